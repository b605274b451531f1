"""gRPC calls of filters: one HTTP/2 connection to an origin, many calls on it.

Lives here: the connection, by `h2`, with flow control both ways, deadlines, and giving calls up.
Not here: what an answer means (grpc_exchange.py), and who asked (pump.py).

The connection is made when the first call needs it, and made anew when it is gone. Calls wait for it, and for the server's
allowance of streams. `h2` belongs to the extra `grpc` and is imported with the first call.

abi: 15.2 gRPC
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from proxyabi.context.commands import DispatchGrpcCall, OpenGrpcStream
from proxyabi.context.events import Event
from proxyabi.context.header_map import HeaderMap
from proxyabi.envoy_headers import Facts, Place, apply
from proxyabi.serve.grpc_exchange import GrpcExchange, call_headers, frame, reason_of_reset
from proxyabi.serve.places import Origin

__all__ = ["GrpcCall", "GrpcClient", "check_fields"]

INTERNAL_ERROR = 2
"""The HTTP/2 error code that Envoy resets a stream with which it gives up."""

GOAWAY = 7
"""The frame's type."""
HEAD = 9
"""Bytes of a frame before its payload."""
LARGEST_STREAM = 0x7FFF_FFFF
REFUSED_STREAM = 7
"""The error code of streams that a server has not begun to work on."""
CONTROLS = re.compile(rb"[\0-\x08\x0a-\x1f\x7f]")
STATUS = re.compile(rb"(?!101)[0-9]{3}")
"""What a response over HTTP/2 may say; it never switches protocols."""
MOST_BEGUN_TOO_LATE = 100
"""Calls that are begun on a connection while it ends, and end with it."""
NO_H2 = 'gRPC needs the extra `grpc`: pip install "proxyabi[grpc]"'
CONNECT_TIMEOUT = 5.0

Tell = Callable[[Event], None]


class GrpcClient:
    """Makes gRPC calls to one origin, on another connection when the server takes no more on the last.

    *envoy_headers* adds what Envoy adds to calls.
    """

    def __init__(self, origin: Origin, *, envoy_headers: bool = True) -> None:
        self._origin = origin
        self._envoy_headers = envoy_headers
        self._connection: _Connection | None = None
        """The newest, which takes calls as long as it has room."""
        self._connections: set[_Connection] = set()

    def begin(self, command: DispatchGrpcCall | OpenGrpcStream, tell: Tell) -> GrpcCall:
        """Begin a call or stream. *tell* takes its events, never before this returns."""
        call = GrpcCall(command, tell, envoy_headers=self._envoy_headers)
        connection = self._connection
        if connection is None or not connection.has_room():
            connection = self._connection = _Connection(self._origin, self._connections)
        connection.add(call)
        if command.message is not None:
            call.send(command.message, end_of_stream=True)
        if command.timeout:
            call.limit(command.timeout)
        return call

    def close(self) -> None:
        """Close the connections; calls under way are told nothing any more."""
        for connection in list(self._connections):
            connection.abort()


def check_fields(fields: Sequence[tuple[bytes, bytes]], *, trailers: bool) -> None:
    """Refuse headers or trailers that Envoy would: what `h2` refuses, save for blanks around values, and two things more.

    raises: ProtocolError.
    """
    from h2.exceptions import ProtocolError
    from h2.utilities import HeaderValidationFlags, validate_headers

    flags = HeaderValidationFlags(is_client=True, is_trailer=trailers, is_response_header=not trailers, is_push_promise=False)
    for name, value in validate_headers([(name, value.strip()) for name, value in fields], flags):
        if CONTROLS.search(value) or (name == b":status" and not STATUS.fullmatch(value)):
            raise ProtocolError(f"{name!r} cannot be {value!r}")


class GrpcCall:
    """A call or stream under way."""

    def __init__(self, command: DispatchGrpcCall | OpenGrpcStream, tell: Tell, *, envoy_headers: bool) -> None:
        self.exchange = GrpcExchange(command, tell)
        self.headers = call_headers(command, envoy_headers=envoy_headers)
        self.stream_id = 0
        """Its number on the connection, 0 while it waits for one."""
        self.outgoing = bytearray()
        self.ended = False
        """Whether this side sends no more after *outgoing*."""
        self.end_sent = False
        self.answer_ended = False
        self._connection: _Connection | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._envoy_headers = envoy_headers
        self._ended_at: float | None = None

    def attach(self, connection: _Connection) -> None:
        """Work on *connection* from now on."""
        self._connection = connection

    def send(self, message: bytes, *, end_of_stream: bool) -> None:
        """Send a message."""
        self.outgoing += frame(message)
        if end_of_stream:
            self.end()
        else:
            self._flush()

    def end(self) -> None:
        """Send no more."""
        self.ended = True
        self._ended_at = monotonic()
        self._flush()

    def answered(self, headers: HeaderMap, end_of_stream: bool) -> None:
        """The head of the answer has come."""
        if self._envoy_headers and self._ended_at is not None:
            apply(Place.RESPONSE_ARRIVES, headers, Facts(upstream_took=monotonic() - self._ended_at))
        self.exchange.headers(headers, end_of_stream)

    def cancel(self) -> None:
        """Give it up: nothing of it is told any more."""
        self.exchange.over = True
        self.finish()

    def limit(self, seconds: float) -> None:
        """Give it that long."""
        self._deadline = asyncio.get_running_loop().call_later(seconds, self._too_late)

    def broken(self, reason: str, more: str = "") -> None:
        """The stream was reset, or its connection is gone."""
        self.exchange.broken(reason, more)
        self.finish()

    def finish(self) -> None:
        """The answer is known, or nobody wants it any more: let the connection forget the stream."""
        if self._deadline is not None:
            self._deadline.cancel()
        if self._connection is not None:
            self._connection.drop(self)

    def _too_late(self) -> None:
        self.exchange.timed_out()
        self.finish()

    def _flush(self) -> None:
        if self._connection is not None:
            self._connection.send(self)


class _Connection(asyncio.Protocol):
    """One HTTP/2 connection and the calls on it. It is in *connections* as long as there is something to close."""

    def __init__(self, origin: Origin, connections: set[_Connection]) -> None:
        self.closing = False
        """Whether new calls need another connection."""
        self._origin = origin
        self._calls: dict[int, GrpcCall] = {}
        self._waiting: deque[GrpcCall] = deque()
        self._reading = False
        """Whether frames are being read; what calls want to send meanwhile goes out after that, if they still want it."""
        self._behind: list[GrpcCall] = []
        self._transport: asyncio.Transport | None = None
        self._incoming = bytearray()
        self._h2: Any = None
        self._events: Any = None
        self._connections = connections
        connections.add(self)
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    # What calls ask for.

    def has_room(self) -> bool:
        """Whether one more call can begin here, as far as is known: the server says how many it takes once it is connected."""
        if self.closing or self._transport is None:
            return not self.closing
        return bool(len(self._waiting) + self._h2.open_outbound_streams < self._h2.remote_settings.max_concurrent_streams)

    def add(self, call: GrpcCall) -> None:
        """Begin *call* as soon as there is room for it."""
        call.attach(self)
        self._waiting.append(call)
        self._begin_waiting()
        self._write()

    def send(self, call: GrpcCall) -> None:
        """Send what *call* has to send, as far as the server lets us."""
        if self._reading:
            self._behind.append(call)
        elif call.stream_id and self._transport is not None:
            self._send(call)
            self._write()

    def drop(self, call: GrpcCall) -> None:
        """Forget *call*; the server is told when it still works on it."""
        if call in self._waiting:
            self._waiting.remove(call)
        if self._calls.pop(call.stream_id, None) is None or self._transport is None:
            return
        if not (call.end_sent and call.answer_ended):
            self._h2.reset_stream(call.stream_id, INTERNAL_ERROR)
        self._begin_waiting()
        self._write()
        self._leave()

    def abort(self) -> None:
        """Close at once."""
        self.closing = True
        self._connections.discard(self)
        self._connecting.cancel()
        for call in (*self._calls.values(), *self._waiting):
            call.exchange.over = True
        if self._transport is not None:
            self._transport.abort()

    # What the network does.

    async def _connect(self) -> None:
        origin = self._origin
        try:
            from h2 import config, connection, events, settings
        except ImportError:
            self._break_all(NO_H2)
            return
        self._events = events
        self._h2 = connection.H2Connection(
            config.H2Configuration(
                header_encoding=None,
                validate_inbound_headers=False,
                validate_outbound_headers=False,
                normalize_outbound_headers=False,
            )
        )
        self._h2.local_settings[settings.SettingCodes.ENABLE_PUSH] = 0
        self._h2.local_settings.acknowledge()
        tls = origin.tls()
        if tls is not None:
            tls.set_alpn_protocols(["h2"])
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await asyncio.get_running_loop().create_connection(lambda: self, origin.host, origin.port, ssl=tls)
        except OSError as error:  # TimeoutError is one
            told = os.strerror(error.errno) if error.errno else str(error) or "timeout"
            self._break_all("remote connection failure", f"|delayed_connect_error:_{'_'.join(told.split())}")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the server, and begin what has waited."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._h2.initiate_connection()
        self._begin_waiting()
        self._write()

    def data_received(self, data: bytes) -> None:
        """Frames have come. One by one: what came before a broken one counts."""
        from h2.exceptions import ProtocolError

        self._incoming += data
        self._reading = True
        try:
            while (frame := self._next_frame()) is not None:
                if frame[3] == GOAWAY:
                    self._go_away(frame[HEAD:])
                    continue
                for event in self._h2.receive_data(frame):
                    self._note(event)
        except ProtocolError:
            self._write()
            if self._transport is not None:
                self._transport.close()
            self._break_with_calls("protocol error")
            return
        finally:
            self._reading = False
        self._catch_up()
        self._write()

    def _catch_up(self) -> None:
        """Begin and send what calls have asked for while frames were read."""
        self._begin_waiting()
        behind, self._behind = self._behind, []
        for call in behind:
            if call.stream_id in self._calls:
                self._send(call)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, and what was on it."""
        self._transport = None
        self._break_with_calls("connection termination")

    # Inside.

    def _next_frame(self) -> bytes | None:
        """The next frame, when it is there whole.

        raises: ProtocolError, for one that is longer than we have allowed; its payload is not waited for.
        """
        from h2.exceptions import FrameTooLargeError

        if len(self._incoming) < HEAD:
            return None
        size = int.from_bytes(self._incoming[:3], "big")
        if size > self._h2.max_inbound_frame_size:
            raise FrameTooLargeError(f"a frame of {size} bytes")
        if len(self._incoming) < HEAD + size:
            return None
        frame = bytes(self._incoming[: HEAD + size])
        del self._incoming[: HEAD + size]
        return frame

    def _go_away(self, payload: bytes) -> None:
        """The server takes no more streams here, and none above the last that it names; it goes on with the others.

        `h2` would take it for the connection's end.
        """
        self.closing = True
        last = int.from_bytes(payload[:4], "big") & LARGEST_STREAM
        refused = [call for stream_id, call in self._calls.items() if stream_id > last]
        for call in (*reversed(self._waiting), *reversed(refused)):
            call.end_sent = call.answer_ended = True
            call.broken(reason_of_reset(REFUSED_STREAM))
        self._leave()

    def _leave(self) -> None:
        """Close a connection that takes no more calls and has none left."""
        if self.closing and not self._calls and not self._waiting and self._transport is not None:
            self._transport.close()

    def _note(self, event: Any) -> None:
        kinds = self._events
        if isinstance(event, kinds.WindowUpdated | kinds.RemoteSettingsChanged):
            for call in list(self._calls.values()):
                self._send(call)
            return
        if isinstance(event, kinds.DataReceived):
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        found = self._calls.get(getattr(event, "stream_id", 0) or 0)
        if found is not None:
            self._note_of(found, event)

    def _note_of(self, call: GrpcCall, event: Any) -> None:
        """What has come for *call*."""
        kinds, exchange = self._events, call.exchange
        ended = getattr(event, "stream_ended", None) is not None
        if isinstance(event, kinds.ResponseReceived | kinds.TrailersReceived | kinds.InformationalResponseReceived):
            check_fields(event.headers, trailers=isinstance(event, kinds.TrailersReceived))
        call.answer_ended = call.answer_ended or ended
        if isinstance(event, kinds.ResponseReceived):
            call.answered(HeaderMap(event.headers), ended)
        elif isinstance(event, kinds.DataReceived):
            exchange.data(event.data, ended)
        elif isinstance(event, kinds.TrailersReceived):
            exchange.trailers(HeaderMap(event.headers))
        elif isinstance(event, kinds.StreamReset):
            call.end_sent = call.answer_ended = True
            exchange.broken(reason_of_reset(event.error_code))
        if exchange.over:
            call.finish()

    def _begin_waiting(self) -> None:
        """Begin the calls that wait, as far as the server lets us."""
        while self._waiting and not self._reading and self._transport is not None and not self._transport.is_closing():
            if self._h2.open_outbound_streams >= self._h2.remote_settings.max_concurrent_streams:
                return
            call = self._waiting.popleft()
            call.stream_id = self._h2.get_next_available_stream_id()
            self._calls[call.stream_id] = call
            nothing_follows = call.ended and not call.outgoing
            self._h2.send_headers(call.stream_id, call.headers.pairs(), end_stream=nothing_follows)
            call.end_sent = nothing_follows
            self._send(call)

    def _send(self, call: GrpcCall) -> None:
        while call.outgoing:
            room = min(self._h2.local_flow_control_window(call.stream_id), self._h2.max_outbound_frame_size)
            if room <= 0:
                return
            piece = bytes(call.outgoing[:room])
            del call.outgoing[:room]
            last = call.ended and not call.outgoing
            self._h2.send_data(call.stream_id, piece, end_stream=last)
            call.end_sent = call.end_sent or last
        if call.ended and not call.end_sent:
            call.end_sent = True
            self._h2.end_stream(call.stream_id)

    def _write(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            data = self._h2.data_to_send()
            if data:
                self._transport.write(data)

    def _break_with_calls(self, reason: str) -> None:
        """End every call, the newest first, and those too that guests begin when they hear of it, as Envoy does.

        A guest that tries again each time would go on for ever, so that some of these go over another connection here.
        """
        self._connections.discard(self)
        for _ in range(len(self._calls) + len(self._waiting) + MOST_BEGUN_TOO_LATE):
            if not self._calls and not self._waiting:
                break
            call = self._waiting.pop() if self._waiting else self._calls.popitem()[1]
            call.broken(reason)
        self._break_all(reason)

    def _break_all(self, reason: str, more: str = "") -> None:
        """End every call, the newest first. Those that guests begin when they hear of it go over another connection."""
        self.closing = True
        self._connections.discard(self)
        calls = [*reversed(self._waiting), *reversed(self._calls.values())]
        self._calls.clear()
        self._waiting.clear()
        for call in calls:
            call.broken(reason, more)
