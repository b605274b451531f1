"""Events in, commands out, on asyncio: the engine between a host and everything that has a socket or a clock.

Lives here: feeding events one after another, performing commands by their type, timers, and the host's fatal errors.
Not here: connections (exchange.py performs what concerns a stream, http_client.py what concerns a call).

All guest calls of a host happen in here, in the thread of the event loop, and one event is dealt with wholly before the next one
begins: what performing a command brings about waits in a queue. A guest that runs keeps the loop waiting; the deadline of its
callbacks bounds that.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from proxyabi.abi.types import PeerType
from proxyabi.context.commands import (
    AbandonUpstream,
    CancelGrpc,
    CancelHttpCall,
    CloseConnection,
    Command,
    ConnectUpstream,
    Direction,
    DispatchGrpcCall,
    DispatchHttpCall,
    EndGrpcStream,
    ForwardMetadata,
    ForwardRequestBody,
    ForwardRequestHeaders,
    ForwardRequestTrailers,
    ForwardResponseBody,
    ForwardResponseHeaders,
    ForwardResponseTrailers,
    OpenGrpcStream,
    PauseReading,
    ResetStream,
    ResumeReading,
    SendDownstream,
    SendGrpcMessage,
    SendUpstream,
    SetTickPeriod,
)
from proxyabi.context.events import DownstreamClosed, Event, HttpCallFailed, HttpCallResponse, StatsFlush, StreamDone, Tick
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.stream_info import StreamInfo
from proxyabi.serve.grpc_client import GrpcCall, GrpcClient
from proxyabi.serve.http_client import HttpClient

__all__ = ["ConnectionDriver", "Core", "Pump", "StreamDriver"]


class Core(Protocol):
    """What the pump asks of a host; `plugin.host.Host` is one."""

    wake: Callable[[], None] | None
    """Called, by whichever thread, when there is something to poll for."""

    def open_stream(self, info: StreamInfo, plugins: Collection[int] | None = None) -> int:
        """The id of a new stream, which passes those *plugins*, or all."""

    def open_connection(self, info: StreamInfo) -> int:
        """The id of a new connection."""

    def feed(self, event: Event) -> Iterable[Command]:
        """What should be done now that *event* has happened."""

    def poll(self) -> Iterable[Command]:
        """What should be done now that plugins are told of what waits for them."""

    def close(self) -> Iterable[Command]:
        """What should be done at the end."""

    @property
    def contexts_left(self) -> int:
        """Stream contexts that are still alive."""


class StreamDriver(Protocol):
    """Whoever performs what concerns one stream."""

    def forward_request_headers(self, headers: HeaderMap, end_of_stream: bool) -> None:
        """Send the request's head to the upstream."""

    def forward_request_body(self, data: bytes, end_of_stream: bool) -> None:
        """Send a piece of the request's body."""

    def forward_request_trailers(self, trailers: HeaderMap) -> None:
        """End the request."""

    def forward_response_headers(self, headers: HeaderMap, end_of_stream: bool) -> None:
        """Send the response's head to the client."""

    def forward_response_body(self, data: bytes, end_of_stream: bool) -> None:
        """Send a piece of the response's body."""

    def forward_response_trailers(self, trailers: HeaderMap) -> None:
        """End the response."""

    def abandon_upstream(self) -> None:
        """Let go of the upstream."""

    def reset(self, details: str) -> None:
        """Close both sides now."""

    def hold_reading(self, direction: Direction, held: bool) -> None:
        """Stop reading from the sender of *direction*, or read on."""


class ConnectionDriver(Protocol):
    """Whoever performs what concerns one connection."""

    def connect_upstream(self) -> None:
        """Connect the server."""

    def send_upstream(self, data: bytes, end_of_stream: bool) -> None:
        """Send to the server."""

    def send_downstream(self, data: bytes, end_of_stream: bool) -> None:
        """Send to the client."""

    def close(self, details: str) -> None:
        """Close both sides when what was to be sent is sent."""


C = TypeVar("C")
_PERFORM: dict[type, Callable[[Pump, Any], None]] = {}


def performs(command_type: type[C]) -> Callable[[Callable[[Pump, C], None]], Callable[[Pump, C], None]]:
    """Register the decorated function as the one that performs commands of *command_type*."""

    def register(function: Callable[[Pump, C], None]) -> Callable[[Pump, C], None]:
        _PERFORM[command_type] = function
        return function

    return register


class Pump:
    """Feeds one host and performs what it commands.

    *clusters* gives the HTTP client of each name that calls may ask for, *grpc* the gRPC client. *report* is told, in a
    sentence each, of what goes wrong outside any filter. To be used inside a running event loop.
    """

    def __init__(
        self,
        core: Core,
        clusters: Mapping[str, HttpClient],
        report: Callable[[str], None],
        grpc: Mapping[str, GrpcClient] | None = None,
    ) -> None:
        self.core = core
        self.report = report
        self._clusters = clusters
        self._grpc = grpc or {}
        self._grpc_calls: dict[tuple[int, int], GrpcCall] = {}
        self._connections: dict[int, ConnectionDriver] = {}
        self._streams: dict[int, StreamDriver] = {}
        self._timers: dict[int, _Timer] = {}
        self._calls: dict[tuple[int, int], Callable[[], None]] = {}
        self._queue: deque[Event] = deque()
        self._feeding = False
        self._flushing: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        core.wake = self._wake

    @property
    def feeding(self) -> bool:
        """Whether an event is being dealt with just now: a guest may be running."""
        return self._feeding

    def open_stream(self, info: StreamInfo, driver: StreamDriver, plugins: Collection[int] | None = None) -> int:
        """The id of a new stream, through *plugins* or all, whose commands *driver* performs until it is finished."""
        stream_id = self.core.open_stream(info, plugins)
        self._streams[stream_id] = driver
        return stream_id

    def finish_stream(self, stream_id: int) -> None:
        """The driver is done with that stream: commands for it find nobody from now on."""
        del self._streams[stream_id]
        self.feed(StreamDone(stream_id))

    def open_connection(self, info: StreamInfo, driver: ConnectionDriver) -> int:
        """The id of a new connection whose commands *driver* performs, until it is finished."""
        stream_id = self.core.open_connection(info)
        self._connections[stream_id] = driver
        return stream_id

    def finish_connection(self, stream_id: int, peer: PeerType) -> None:
        """A connection is closed, by *peer*: commands for it find nobody from now on."""
        del self._connections[stream_id]
        self.feed(DownstreamClosed(stream_id, peer))

    def feed(self, event: Event) -> None:
        """Tell the host of *event* and do what it says; later, when it is dealing with another event just now."""
        self._queue.append(event)
        if not self._feeding:
            self._drain()

    def perform(self, commands: Iterable[Command]) -> None:
        """Do what *commands* say, in their order. What that brings about is fed afterwards."""
        feeding, self._feeding = self._feeding, True
        try:
            for command in commands:
                _PERFORM[type(command)](self, command)
        finally:
            self._feeding = feeding
        if not feeding:
            self._drain()

    def close(self) -> None:
        """Stop the timers, give all calls up, and let the host end its plugins."""
        for timer in self._timers.values():
            timer.stop()
        self._timers.clear()
        self.core.wake = None
        if self._flushing is not None:
            self._flushing.cancel()
            self.feed(StatsFlush())
        self.perform(self.core.close())
        for cancel in list(self._calls.values()):
            cancel()
        self._calls.clear()
        for call in list(self._grpc_calls.values()):
            call.cancel()
        self._grpc_calls.clear()

    def connection(self, stream_id: int) -> ConnectionDriver | None:
        """Who performs for that connection; None when it is closed."""
        return self._connections.get(stream_id)

    def stream(self, stream_id: int) -> StreamDriver | None:
        """Who performs for that stream; None when it is done."""
        return self._streams.get(stream_id)

    def _drain(self) -> None:
        """Feed what waits, one after the other, and what that brings about."""
        self._feeding = True
        try:
            while self._queue:
                self._feed_one(self._queue.popleft())
        finally:
            self._feeding = False

    def _feed_one(self, event: Event) -> None:
        try:
            commands = self.core.feed(event)
        except Exception as error:  # noqa: BLE001 - the border: a mistake of ours inside the host must not take the other streams along.
            self._contain(type(event).__name__, error)
            driver = self._streams.get(getattr(event, "stream_id", -1))
            if driver is not None:
                driver.reset("host_failed")
            return
        for command in commands:
            _PERFORM[type(command)](self, command)

    def _wake(self) -> None:
        """Poll in another turn of the event loop: what arrives together is fed together before, as in Envoy."""
        self._loop.call_soon_threadsafe(self._poll)

    def _poll(self) -> None:
        """Let plugins hear of the items that wait for them."""
        self._feeding = True
        try:
            commands = self.core.poll()
        except Exception as error:  # noqa: BLE001 - the border, as above.
            self._contain("a queue's item", error)
            return
        finally:
            self._feeding = False
        self.perform(commands)

    def _contain(self, what: str, error: Exception) -> None:
        """The host has failed on *what*: say so."""
        self.report(
            f"the host failed on {what}: {type(error).__name__}: {error}. "
            "This is a mistake of proxyabi, not of the filter. Please report it."
        )
        asyncio.get_running_loop().call_exception_handler({"message": "host failed", "exception": error})

    # Timers.

    def set_tick_period(self, plugin_id: int, seconds: float) -> None:
        """Arm the timer of a plugin anew; 0 stops it."""
        timer = self._timers.pop(plugin_id, None)
        if timer is not None:
            timer.stop()
        if seconds > 0:
            self._timers[plugin_id] = _Timer(self, plugin_id, seconds)

    def tick(self, timer: _Timer) -> None:
        """A timer is due. It is armed again only when the tick is over and nobody has set it meanwhile."""
        self.feed(Tick(timer.plugin_id))
        if self._timers.get(timer.plugin_id) is timer:
            timer.arm()

    def flush_stats(self, seconds: float) -> None:
        """Show the metrics to the stat sinks every *seconds* from now on, and once more at the end."""

        def flush() -> None:
            self.feed(StatsFlush())
            self.flush_stats(seconds)

        self._flushing = asyncio.get_running_loop().call_later(seconds, flush)

    # Calls.

    def dispatch(self, command: DispatchHttpCall) -> None:
        """Make an HTTP call; its end is fed as an event, never before this returns."""
        key = (command.plugin_id, command.call_id)

        def answered(headers: HeaderMap, body: bytes, trailers: HeaderMap) -> None:
            if self._calls.pop(key, None) is not None:
                self.feed(HttpCallResponse(*key, headers, body, trailers))

        def failed() -> None:
            if self._calls.pop(key, None) is not None:
                self.feed(HttpCallFailed(*key))

        client = self._clusters[command.upstream]
        self._calls[key] = client.request(
            command.headers, command.body, command.trailers, command.timeout, answered=answered, failed=failed
        )

    def cancel_call(self, plugin_id: int, call_id: int) -> None:
        """Give a call up; nothing of it is fed any more."""
        cancel = self._calls.pop((plugin_id, call_id), None)
        if cancel is not None:
            cancel()

    def begin_grpc(self, command: DispatchGrpcCall | OpenGrpcStream) -> None:
        """Begin a gRPC call or stream; what becomes of it is fed as events, never before this returns."""
        key = (command.plugin_id, command.call_id)

        def tell(event: Event) -> None:
            self.feed(event)
            if call.exchange.over:
                self._grpc_calls.pop(key, None)

        call = self._grpc_calls[key] = self._grpc[command.target.cluster].begin(command, tell)

    def grpc_call(self, plugin_id: int, call_id: int) -> GrpcCall | None:
        """The gRPC call or stream of that id; None when it is over."""
        return self._grpc_calls.get((plugin_id, call_id))

    def cancel_grpc(self, plugin_id: int, call_id: int) -> None:
        """Give a gRPC call or stream up; nothing of it is fed any more."""
        call = self._grpc_calls.pop((plugin_id, call_id), None)
        if call is not None:
            call.cancel()


class _Timer:
    """The timer of one plugin: fires once *period* seconds after it was armed."""

    def __init__(self, pump: Pump, plugin_id: int, period: float) -> None:
        self.plugin_id = plugin_id
        self._pump = pump
        self._period = period
        self.arm()

    def arm(self) -> None:
        """Fire after the period."""
        self._handle = asyncio.get_running_loop().call_later(self._period, self._pump.tick, self)

    def stop(self) -> None:
        """Do not fire any more."""
        self._handle.cancel()


@performs(ForwardRequestHeaders)
def _forward_request_headers(pump: Pump, command: ForwardRequestHeaders) -> None:
    if driver := pump.stream(command.stream_id):
        driver.forward_request_headers(command.headers, command.end_of_stream)


@performs(ForwardRequestBody)
def _forward_request_body(pump: Pump, command: ForwardRequestBody) -> None:
    if driver := pump.stream(command.stream_id):
        driver.forward_request_body(command.data, command.end_of_stream)


@performs(ForwardMetadata)
def _forward_metadata(pump: Pump, command: ForwardMetadata) -> None:
    """HTTP/1 has no metadata, on either side."""


@performs(ForwardRequestTrailers)
def _forward_request_trailers(pump: Pump, command: ForwardRequestTrailers) -> None:
    if driver := pump.stream(command.stream_id):
        driver.forward_request_trailers(command.trailers)


@performs(ForwardResponseHeaders)
def _forward_response_headers(pump: Pump, command: ForwardResponseHeaders) -> None:
    if driver := pump.stream(command.stream_id):
        driver.forward_response_headers(command.headers, command.end_of_stream)


@performs(ForwardResponseBody)
def _forward_response_body(pump: Pump, command: ForwardResponseBody) -> None:
    if driver := pump.stream(command.stream_id):
        driver.forward_response_body(command.data, command.end_of_stream)


@performs(ForwardResponseTrailers)
def _forward_response_trailers(pump: Pump, command: ForwardResponseTrailers) -> None:
    if driver := pump.stream(command.stream_id):
        driver.forward_response_trailers(command.trailers)


@performs(AbandonUpstream)
def _abandon_upstream(pump: Pump, command: AbandonUpstream) -> None:
    if driver := pump.stream(command.stream_id):
        driver.abandon_upstream()


@performs(ResetStream)
def _reset_stream(pump: Pump, command: ResetStream) -> None:
    if driver := pump.stream(command.stream_id):
        driver.reset(command.details)


@performs(PauseReading)
def _pause_reading(pump: Pump, command: PauseReading) -> None:
    if driver := pump.stream(command.stream_id):
        driver.hold_reading(command.direction, True)


@performs(ResumeReading)
def _resume_reading(pump: Pump, command: ResumeReading) -> None:
    if driver := pump.stream(command.stream_id):
        driver.hold_reading(command.direction, False)


@performs(DispatchHttpCall)
def _dispatch_http_call(pump: Pump, command: DispatchHttpCall) -> None:
    pump.dispatch(command)


@performs(CancelHttpCall)
def _cancel_http_call(pump: Pump, command: CancelHttpCall) -> None:
    pump.cancel_call(command.plugin_id, command.call_id)


@performs(SetTickPeriod)
def _set_tick_period(pump: Pump, command: SetTickPeriod) -> None:
    pump.set_tick_period(command.plugin_id, command.seconds)


@performs(ConnectUpstream)
def _connect_upstream(pump: Pump, command: ConnectUpstream) -> None:
    if driver := pump.connection(command.stream_id):
        driver.connect_upstream()


@performs(SendUpstream)
def _send_upstream(pump: Pump, command: SendUpstream) -> None:
    if driver := pump.connection(command.stream_id):
        driver.send_upstream(command.data, command.end_of_stream)


@performs(SendDownstream)
def _send_downstream(pump: Pump, command: SendDownstream) -> None:
    if driver := pump.connection(command.stream_id):
        driver.send_downstream(command.data, command.end_of_stream)


@performs(CloseConnection)
def _close_connection(pump: Pump, command: CloseConnection) -> None:
    if driver := pump.connection(command.stream_id):
        driver.close(command.details)


@performs(DispatchGrpcCall)
def _dispatch_grpc_call(pump: Pump, command: DispatchGrpcCall) -> None:
    pump.begin_grpc(command)


@performs(OpenGrpcStream)
def _open_grpc_stream(pump: Pump, command: OpenGrpcStream) -> None:
    pump.begin_grpc(command)


@performs(SendGrpcMessage)
def _send_grpc_message(pump: Pump, command: SendGrpcMessage) -> None:
    if call := pump.grpc_call(command.plugin_id, command.call_id):
        call.send(command.message, end_of_stream=command.end_of_stream)


@performs(EndGrpcStream)
def _end_grpc_stream(pump: Pump, command: EndGrpcStream) -> None:
    if call := pump.grpc_call(command.plugin_id, command.call_id):
        call.end()


@performs(CancelGrpc)
def _cancel_grpc(pump: Pump, command: CancelGrpc) -> None:
    pump.cancel_grpc(command.plugin_id, command.call_id)
