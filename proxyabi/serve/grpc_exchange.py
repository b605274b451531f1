"""What the HTTP/2 answer to a gRPC call means: events for the host.

Lives here: messages cut out of the bytes, statuses out of headers and trailers, the text that Envoy makes of a failure, and the
headers a call begins with.
Not here: HTTP/2 and its connections (grpc_client.py).

A stream's metadata, messages and end are told as they come. Of a call only the end is told: its last message when the status is
0, else the failure.

abi: 15.2 gRPC
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from proxyabi.abi.types import MapType
from proxyabi.context.commands import DispatchGrpcCall, GrpcTarget, OpenGrpcStream
from proxyabi.context.events import Event, GrpcAnswer, GrpcClosed, GrpcInitialMetadata, GrpcMessage, GrpcTrailingMetadata
from proxyabi.context.header_map import HeaderMap, add_entry, arrived, decimal

__all__ = ["GrpcExchange", "call_headers", "frame", "reason_of_reset"]

UNKNOWN, INTERNAL = 2, 13
STATUS_OF_HTTP = {400: INTERNAL, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14}
HIGHEST_STATUS = 16
NO_STATUS = -1
"""What Envoy makes of a status that is no number, or too high a one."""
RESET = "remote reset"
REASONS = {1: "protocol error", 7: "remote refused stream reset", 10: "remote error with CONNECT request"}
"""What Envoy calls a reset with those HTTP/2 error codes; with any other it is RESET."""
MOST_DIGITS = 99_999_999
PREFIX = 5
VIA_UPSTREAM = "via_upstream"
LARGEST_MESSAGE = 1 << 26
"""Bytes of a message that is taken; a longer one counts as garbled, so that a server cannot fill the memory."""


def frame(message: bytes) -> bytes:
    """A message as it goes over the wire: a flag, its length, itself."""
    return b"\0" + len(message).to_bytes(4, "big") + message


def reason_of_reset(code: int) -> str:
    """Why a stream has ended that was reset with that HTTP/2 error code."""
    return REASONS.get(code, RESET)


def grpc_timeout(milliseconds: int) -> bytes:
    """As the header has it, which takes eight digits and a unit: seconds for what is more than a day."""
    return b"%dm" % milliseconds if milliseconds <= MOST_DIGITS else b"%dS" % (milliseconds // 1000)


def call_headers(command: DispatchGrpcCall | OpenGrpcStream, *, envoy_headers: bool = True) -> HeaderMap:
    """The headers of the request that *command* stands for, in Envoy's order, with what Envoy adds by itself if wanted."""
    target: GrpcTarget = command.target
    timeout_ms = None if command.timeout is None else round(command.timeout * 1000)
    headers = HeaderMap(
        [
            (b":method", b"POST"),
            (b":path", command.path),
            (b":authority", (target.authority or target.cluster).encode()),
            (b":scheme", b"http"),
            (b"te", b"trailers"),
        ]
    )
    if timeout_ms is not None:
        headers.add(b"grpc-timeout", grpc_timeout(timeout_ms))
    headers.add(b"content-type", b"application/grpc")
    for name, value in (*target.metadata, *command.metadata.pairs()):
        binary = name.lower().endswith(b"-bin")
        add_entry(headers, MapType.HTTP_REQUEST_HEADERS, name, base64.b64encode(value) if binary else value)
    if envoy_headers:
        headers.add(b"x-envoy-internal", b"true")
        if timeout_ms:
            headers.add(b"x-envoy-expected-rq-timeout-ms", b"%d" % timeout_ms)
    return headers


class GrpcExchange:
    """One call or stream whose answer comes in.

    *tell* takes the events. `over` becomes true with the last one; the HTTP/2 stream has to be reset then, unless both sides had
    ended it.
    """

    def __init__(self, command: DispatchGrpcCall | OpenGrpcStream, tell: Callable[[Event], None]) -> None:
        self.over = False
        self.begun = False
        """Whether headers have come."""
        self._key = (command.plugin_id, command.call_id)
        self._unary = command.message is not None
        self._tell = tell
        self._far = GrpcAnswer.GOING_ON
        self._bytes = bytearray()
        self._answer: bytes | None = None

    def headers(self, headers: HeaderMap, end_of_stream: bool, details: str = VIA_UPSTREAM) -> None:
        """The head of the answer has come. One that ends the answer too is its trailers."""
        self.begun = True
        headers = arrived(headers, MapType.HTTP_RESPONSE_HEADERS)
        self._come(end_of_stream)
        status = _number(headers.get(b":status"))
        fine = status == 200
        self._metadata(headers.copy() if fine and not end_of_stream else HeaderMap())
        if end_of_stream and (fine or headers.get(b"grpc-status") is not None):
            self.trailers(headers, details)
        elif not fine:
            self._fail(STATUS_OF_HTTP.get(status or 0, UNKNOWN), details)

    def data(self, data: bytes, end_of_stream: bool) -> None:
        """A piece of the answer has come: any number of messages, and a part of another."""
        self._come(end_of_stream)
        self._bytes += data
        while not self.over and len(self._bytes) >= PREFIX:
            size = int.from_bytes(self._bytes[1:PREFIX], "big")
            if self._bytes[0] > 1 or size > LARGEST_MESSAGE or (self._bytes[0] and size and len(self._bytes) >= PREFIX + size):
                # A flag that nobody knows, or a compressed message, which nobody has agreed upon.
                self._fail(INTERNAL, VIA_UPSTREAM)
                return
            if len(self._bytes) < PREFIX + size:
                break
            message = bytes(self._bytes[PREFIX : PREFIX + size])
            del self._bytes[: PREFIX + size]
            if self._unary:
                self._answer = message
            else:
                self._tell(GrpcMessage(*self._key, message, self._far))
        if end_of_stream and not self.over:
            self._fail(UNKNOWN, VIA_UPSTREAM)

    def trailers(self, trailers: HeaderMap, details: str = VIA_UPSTREAM) -> None:
        """The answer has ended with its status."""
        if self.over:
            return
        trailers = arrived(trailers, MapType.HTTP_RESPONSE_TRAILERS)
        self._come(end_of_stream=True)
        if not self._unary:
            self._tell(GrpcTrailingMetadata(*self._key, trailers.copy(), self._far))
        given = trailers.get(b"grpc-status")
        status = _number(given) if given else UNKNOWN
        if status is None or status > HIGHEST_STATUS:
            status = NO_STATUS
        message = (trailers.get(b"grpc-message") or b"").decode("utf-8", "backslashreplace")
        self._end(status, f"{message}{{{details}}}" if message else details)

    def broken(self, reason: str, more: str = "") -> None:
        """The stream was reset, or its connection is gone. *more* is what Envoy's details have after the reason."""
        if self.over:
            return
        details = reason.replace(" ", "_") + more
        if self.begun:
            self._far = GrpcAnswer.RESET
            self._fail(INTERNAL, f"upstream_reset_after_response_started{{{details}}}")
        else:
            text = f"upstream connect error or disconnect/reset before headers. reset reason: {reason}"
            self._made_up(14, text, f"upstream_reset_before_response_started{{{details}}}")

    def timed_out(self) -> None:
        """The answer has taken too long."""
        if self.begun:
            self._fail(INTERNAL, "response_timeout")
        else:
            self._made_up(14, "upstream request timeout", "response_timeout")

    # Inside.

    def _come(self, end_of_stream: bool) -> None:
        if end_of_stream:
            self._far = GrpcAnswer.COMPLETE

    def _made_up(self, status: int, text: str, details: str) -> None:
        """An answer that Envoy makes in the upstream's place."""
        head = [(b":status", b"200"), (b"content-type", b"application/grpc")]
        ending = [(b"grpc-status", b"%d" % status), (b"grpc-message", text.encode())]
        self.headers(HeaderMap([*head, *ending]), True, details)

    def _metadata(self, metadata: HeaderMap) -> None:
        if not self._unary and not self.over:
            self._tell(GrpcInitialMetadata(*self._key, metadata, self._far))

    def _fail(self, status: int, text: str) -> None:
        if not self._unary and not self.over:
            self._tell(GrpcTrailingMetadata(*self._key, HeaderMap(), self._far))
        self._end(status, text)

    def _end(self, status: int, text: str) -> None:
        if self.over:
            return
        self.over = True
        if not self._unary or status:
            self._tell(GrpcClosed(*self._key, status, text))
        elif self._answer is None:
            self._tell(GrpcClosed(*self._key, INTERNAL, ""))
        else:
            self._tell(GrpcMessage(*self._key, self._answer))


def _number(value: bytes | None) -> int | None:
    """The number that a header's *value* stands for, read as Envoy reads it: blanks around it and a plus sign are fine."""
    return decimal((value or b"").strip().removeprefix(b"+"))
