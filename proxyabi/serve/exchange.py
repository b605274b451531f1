"""One request and its response, between a client's connection, the host and an upstream.

Lives here: which event each happening becomes, and how commands that concern a stream are performed.
Not here: the bytes (client_connection.py, upstream_connection.py) and what filters decide (plugin).

An exchange ends once, by `StreamDone`: when the whole response was handed to the client's connection, or when either side is
closed for good. Whatever arrives later finds nobody.

abi: 11 HTTP stream semantics
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from time import monotonic
from typing import Protocol

import h11

from proxyabi.context.commands import Direction
from proxyabi.context.events import (
    RequestBody,
    RequestHeaders,
    RequestRefused,
    RequestTrailers,
    ResponseBody,
    ResponseHeaders,
    ResponseTrailers,
    StreamReset,
    UpstreamFailed,
)
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.stream_info import StreamInfo
from proxyabi.envoy_headers import Facts, Place, apply
from proxyabi.serve.http1 import (
    EMPTY_STATUSES,
    HeaderList,
    MissingHeader,
    Refusal,
    request_message,
    response_message,
    trailer_headers,
)
from proxyabi.serve.pump import Pump
from proxyabi.serve.routing import Choice, Router
from proxyabi.serve.upstream_connection import CONNECTION_FAILURE, Failure, UpstreamConnection

__all__ = ["ClientSide", "Exchange", "Settings", "Statistics"]


class Statistics:
    """What a proxy has done so far."""

    def __init__(self) -> None:
        self.requests = 0
        self.responses = 0
        self.resets = 0
        self.refusals = 0
        self.upstream_failures = 0


class Settings:
    """What all exchanges of a listener share.

    *plugins* are the ids of those of the host's that work on them, None for all; *direction* is the listener's (1 inbound, 2
    outbound); *body_limit* is how many bytes of a body may wait, None for the host's own limit.
    """

    def __init__(
        self,
        pump: Pump,
        router: Router,
        *,
        envoy_headers: bool,
        statistics: Statistics | None = None,
        plugins: Collection[int] | None = None,
        direction: int = 0,
        body_limit: int | None = None,
    ) -> None:
        self.pump = pump
        self.router = router
        self.envoy_headers = envoy_headers
        self.statistics = statistics or Statistics()
        self.plugins = plugins
        self.direction = direction
        self.body_limit = body_limit


class ClientSide(Protocol):
    """What an exchange asks of the client's connection."""

    @property
    def last(self) -> bool:
        """Whether the connection serves no other request after this one."""

    def send_head(self, response: h11.Response) -> None:
        """Send the head of the response."""

    def send_body(self, data: bytes) -> None:
        """Send a piece of the response's body."""

    def send_end(self, trailers: list[tuple[bytes, bytes]]) -> None:
        """End the response; the connection may serve the next request or is closed."""

    def hold(self, reason: str, held: bool) -> None:
        """Stop reading the request, or read on when no other reason holds it."""

    def close(self) -> None:
        """Close the connection when what was sent is out."""


class Exchange:
    """One stream. Made when the head of a request has been read."""

    def __init__(self, settings: Settings, client: ClientSide, info: StreamInfo) -> None:
        self._settings = settings
        self._pump = settings.pump
        self._client = client
        self._info = info
        self._upstream: UpstreamConnection | None = None
        self._response_timer: asyncio.TimerHandle | None = None
        self._method = b""
        self._request_whole = False
        self._request_sent_at: float | None = None
        self._asked_at = 0.0
        self._response_headers_read = False
        self._response_head_sent = False
        self._bodiless = False
        self._done = False
        self._timeout: float | None = None
        self._choice: Choice | None = None
        info.before_leaving = self.complete_head
        info.listener_direction, info.body_limit = settings.direction, settings.body_limit
        self.stream_id = self._pump.open_stream(info, self, settings.plugins)
        settings.statistics.requests += 1

    # What the client's connection says.

    def request_begins(self, headers: HeaderMap, end_of_stream: bool) -> None:
        """The head has arrived."""
        self._method = headers.get(b":method") or b""
        self._request_whole = end_of_stream
        if self._settings.envoy_headers:
            apply(Place.REQUEST_ARRIVES, headers, Facts())
        self._note_route(self._choose(headers))
        self._pump.feed(RequestHeaders(self.stream_id, headers, end_of_stream))

    def request_refused(self, refusal: Refusal) -> None:
        """The request goes no further, because of what it is."""
        self._settings.statistics.refusals += 1
        self._pump.report(f"stream {self.stream_id}: request refused with {refusal}")
        self._method = (refusal.headers.get(b":method") if refusal.headers is not None else None) or self._method
        self._pump.feed(RequestRefused(self.stream_id, refusal.headers, refusal.status_code, refusal.details, refusal.body))

    def request_goes_on(self, data: bytes) -> None:
        """A piece of the body has arrived."""
        if not self._done:
            self._pump.feed(RequestBody(self.stream_id, data, False))

    def request_ends(self, trailers: HeaderList) -> None:
        """The request is whole."""
        self._request_whole = True
        if self._done:
            return
        if trailers:
            self._pump.feed(RequestTrailers(self.stream_id, trailer_headers(trailers)))
        else:
            self._pump.feed(RequestBody(self.stream_id, b"", True))

    def client_vanished(self) -> None:
        """The client is gone before the response was whole."""
        if not self._done:
            self._settings.statistics.resets += 1
            self._pump.feed(StreamReset(self.stream_id))
            if not self._done:
                self._finish()

    def client_took(self, less_than_given: bool) -> None:
        """The client's connection is full, or free again: hold the upstream meanwhile."""
        if self._upstream is not None:
            self._upstream.hold("client", less_than_given)

    @property
    def answered(self) -> bool:
        """Whether a response has begun to go out."""
        return self._response_head_sent

    @property
    def request_whole(self) -> bool:
        """Whether all of the request has been read."""
        return self._request_whole

    # What the upstream's connection says.

    def connected(self) -> None:
        """The connection stands, and guests may know of it."""
        info = self._info
        peer, own = self._upstream.ends() if self._upstream is not None else (None, None)
        if peer is not None:
            info.upstream_address, info.upstream_port = f"{peer[0]}:{peer[1]}", peer[1]
        if own is not None:
            info.upstream_local_address = f"{own[0]}:{own[1]}"
        info.upstream_ready_duration = monotonic() - self._asked_at

    def response_begins(self, headers: HeaderMap, end_of_stream: bool) -> None:
        """The head of the response has arrived."""
        self._response_headers_read = True
        if self._settings.envoy_headers:
            took = None if self._request_sent_at is None else monotonic() - self._request_sent_at
            apply(Place.RESPONSE_ARRIVES, headers, Facts(upstream_took=took))
        if end_of_stream:
            self._upstream_has_answered()
        self._pump.feed(ResponseHeaders(self.stream_id, headers, end_of_stream))

    def response_goes_on(self, data: bytes) -> None:
        """A piece of the response's body has arrived."""
        self._pump.feed(ResponseBody(self.stream_id, data, False))

    def response_ends(self, trailers: HeaderList) -> None:
        """The response is whole."""
        self._upstream_has_answered()
        if trailers:
            self._pump.feed(ResponseTrailers(self.stream_id, trailer_headers(trailers)))
        else:
            self._pump.feed(ResponseBody(self.stream_id, b"", True))

    def upstream_failed(self, failure: Failure) -> None:
        """The upstream is down, or has broken off."""
        self._upstream_is_done()
        if self._done:
            return
        self._settings.statistics.upstream_failures += 1
        details = failure.code_details
        if self._response_headers_read:
            details = f"upstream_reset_after_response_started{{{failure.reason.replace(' ', '_')}}}"
        elif failure.reason == CONNECTION_FAILURE:
            self._info.upstream_transport_failure_reason = f"delayed connect error: {failure.detail}"
            details = f"{details[:-1]}|{self._info.upstream_transport_failure_reason.replace(' ', '_')}}}"
        self._pump.feed(UpstreamFailed(self.stream_id, failure.status_code, details, failure.body))

    def hold_request(self, held: bool) -> None:
        """The upstream takes less than it is given, or takes on: hold the client meanwhile."""
        self._client.hold("upstream", held)

    # What the host commands.

    def complete_head(self, direction: Direction, headers: HeaderMap) -> None:
        """Write into a head that has passed all filters what Envoy writes there, before it is sent."""
        if direction == "request":
            self._choice = self._choose(headers)
            self._note_route(self._choice)
            if self._choice is None or self._choice.pool is None:
                return
        if self._settings.envoy_headers:
            place = Place.REQUEST_LEAVES if direction == "request" else Place.RESPONSE_LEAVES
            apply(place, headers, Facts(timeout=self._choice.timeout if self._choice is not None else None))
        if direction == "response" and self._closes():
            headers.replace(b"connection", b"close")

    def _closes(self) -> bool:
        """Whether the client's connection ends with this response."""
        return self._client.last or not self._request_whole or self._info.closes_connection

    def forward_request_headers(self, headers: HeaderMap, end_of_stream: bool) -> None:
        """Send the request's head to the upstream."""
        choice = self._choice or self._choose(headers)
        if choice is None or choice.pool is None:
            status, body = (404, b"") if choice is None or choice.direct is None else choice.direct
            self._pump.feed(
                UpstreamFailed(self.stream_id, status, "route_not_found" if choice is None else "direct_response", body)
            )
            return
        self._timeout = choice.timeout
        try:
            message = request_message(headers, end_of_stream)
            self._upstream = choice.pool.acquire()
            self._asked_at = monotonic()
            self._info.upstream_attempts += 1
            self._upstream.begin(self, message)
        except MissingHeader as error:
            details = f"filter_removed_required_request_headers{{{str(error).replace(' ', '_')}}}"
            self._pump.feed(UpstreamFailed(self.stream_id, 503, details, str(error).encode()))
            return
        except h11.LocalProtocolError as error:
            self._request_cannot_go_on(error)
            return
        if end_of_stream:
            self._end_request([])

    def forward_request_body(self, data: bytes, end_of_stream: bool) -> None:
        """Send a piece of the request's body."""
        if self._upstream is None:
            return
        try:
            if data:
                self._upstream.send_body(data)
        except h11.LocalProtocolError as error:
            self._request_cannot_go_on(error)
            return
        if end_of_stream:
            self._end_request([])

    def forward_request_trailers(self, trailers: HeaderMap) -> None:
        """End the request with trailers."""
        self._end_request([(name, value) for name, value in trailers.pairs() if name[:1] != b":"])

    def forward_response_headers(self, headers: HeaderMap, end_of_stream: bool) -> None:
        """Send the response's head to the client."""
        try:
            message = response_message(headers, end_of_stream, self._method, close=self._closes())
            self._client.send_head(message)
        except (MissingHeader, h11.LocalProtocolError) as error:
            self._response_cannot_go_on(error)
            return
        self._response_head_sent = True
        self._bodiless = self._method == b"HEAD" or message.status_code in EMPTY_STATUSES
        if end_of_stream:
            self._end_response([])

    def forward_response_body(self, data: bytes, end_of_stream: bool) -> None:
        """Send a piece of the response's body."""
        try:
            if data and not self._bodiless:
                self._client.send_body(data)
        except h11.LocalProtocolError as error:
            self._response_cannot_go_on(error)
            return
        if end_of_stream:
            self._end_response([])

    def forward_response_trailers(self, trailers: HeaderMap) -> None:
        """End the response with trailers."""
        self._end_response([(name, value) for name, value in trailers.pairs() if name[:1] != b":"])

    def abandon_upstream(self) -> None:
        """Let go of the upstream; what it sends is nobody's."""
        upstream = self._upstream
        self._upstream_is_done()
        if upstream is not None:
            upstream.abandon()
            self._client.hold("upstream", False)

    def reset(self, details: str) -> None:
        """Close both sides now."""
        if not self._done:
            self._settings.statistics.resets += 1
            self._finish()
            self._client.close()

    def hold_reading(self, direction: Direction, held: bool) -> None:
        """Stop reading from the sender of *direction*, or read on."""
        if direction == "request":
            self._client.hold("filter", held)
        elif self._upstream is not None:
            self._upstream.hold("filter", held)

    # Inside.

    def _end_request(self, trailers: list[tuple[bytes, bytes]]) -> None:
        if self._upstream is None:
            return
        try:
            self._upstream.end(trailers)
        except h11.LocalProtocolError as error:
            self._request_cannot_go_on(error)
            return
        self._request_sent_at = monotonic()
        timeout = self._timeout
        if timeout is not None:
            self._response_timer = asyncio.get_running_loop().call_later(timeout, self._too_late)

    def _end_response(self, trailers: list[tuple[bytes, bytes]]) -> None:
        self._finish()
        try:
            self._client.send_end([] if self._bodiless else trailers)
        except h11.LocalProtocolError as error:
            self._report("response", error)
            self._client.close()
            return
        self._settings.statistics.responses += 1

    def _too_late(self) -> None:
        upstream = self._upstream
        if upstream is not None:
            upstream.abandon()
        self.upstream_failed(Failure(504, "timeout"))

    def _request_cannot_go_on(self, error: h11.LocalProtocolError) -> None:
        """What the filters let through is no HTTP/1 message: give up the upstream."""
        self._report("request", error)
        self.abandon_upstream()
        self.upstream_failed(Failure(503, "protocol error", str(error)))

    def _response_cannot_go_on(self, error: Exception) -> None:
        """What the filters let through is no HTTP/1 message: answer 502 when nothing is out yet, else close."""
        self._report("response", error)
        if self._response_head_sent:
            self.reset("filter_wrote_unsendable_response")
            return
        body = str(error).encode() if isinstance(error, MissingHeader) else b"a filter wrote a response that cannot be sent"
        pairs = [(b":status", b"502"), (b"content-length", b"%d" % len(body)), (b"content-type", b"text/plain")]
        self._client.send_head(response_message(HeaderMap(pairs), False, self._method, close=True))
        self._response_head_sent = True
        if self._method != b"HEAD":
            self._client.send_body(body)
        self._end_response([])

    def _report(self, what: str, error: Exception) -> None:
        advice = ""
        if "Content-Length" in str(error):
            advice = (
                " A filter that changes the size of a body must remove content-length in its headers callback,"
                " or write the new one."
            )
        self._pump.report(f"stream {self.stream_id}: a filter left a {what} that cannot be sent: {error}.{advice}")

    def _upstream_has_answered(self) -> None:
        self._info.backend_latency = monotonic() - self._asked_at
        self._upstream_is_done()

    def _upstream_is_done(self) -> None:
        self._upstream = None
        if self._response_timer is not None:
            self._response_timer.cancel()
            self._response_timer = None

    def _choose(self, headers: HeaderMap) -> Choice | None:
        """The route of a request. There is none for tunnels."""
        return None if headers.get(b":method") == b"CONNECT" else self._settings.router.choose(headers)

    def _note_route(self, choice: Choice | None) -> None:
        """Let guests see the route: it is known before filters run, and may be another one after them."""
        info = self._info
        if choice is None:
            info.forget_route()
            return
        info.cluster_name, info.route_name, info.virtual_host_name = choice.cluster, choice.route, choice.virtual_host
        info.upstream_endpoints = choice.endpoints if choice.pool is not None else None
        info.route_metadata = info.route_metadata or {}
        info.cluster_metadata = info.cluster_metadata or {} if choice.pool is not None else None

    def _finish(self) -> None:
        """The one end of an exchange."""
        self._done = True
        upstream = self._upstream
        self._upstream_is_done()
        if upstream is not None:
            upstream.abandon()
        self._pump.finish_stream(self.stream_id)
