"""The seams between the handlers of host functions and whatever runs a plugin.

Lives here: what a handler may ask of the context it works for, and of the plugin's VM behind it, as protocols. The upper half
(context.py, plugin) fulfils them, so that both halves are checked against one text.
Not here: any behaviour.

abi: 9 Contexts and life cycle
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, Protocol

from proxyabi.abi.types import BufferType, LogLevel, MapType, Mode, StreamType
from proxyabi.config import PluginConfig
from proxyabi.context.buffer import Buffer
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.stream_info import StreamInfo
from proxyabi.context.veil import Veil
from proxyabi.services.metrics import VmMetrics
from proxyabi.services.services import Services

__all__ = ["ContextPort", "Guest", "RootPort", "VmPort"]


class Guest(Protocol):
    """A guest as the marshalling adapter sees it: memory, an allocator, and what it is doing just now.

    `read` and `write` raise an exception of the class *out_of_bounds* when any byte lies outside the memory; for an empty
    range, when the address lies behind the end. They are looked up once, so they may be bound methods of the VM.
    """

    out_of_bounds: type[Exception]
    mode: Mode

    def read(self, pointer: int, size: int, /) -> bytes:
        """A copy of *size* bytes at *pointer*."""

    def write(self, pointer: int, data: bytes, /) -> None:
        """Store *data* at *pointer*."""

    def allocate(self, size: int, /) -> int:
        """The address of *size* fresh bytes from the guest's allocator.

        0 when the allocator gave none, and when it trapped: the guest has failed then, but its outer frames go on.

        abi: 5.5
        """

    def refuse(self, name: str, /) -> NoReturn:
        """Raise the trap `restricted_callback` for host function *name*."""


class VmPort(Protocol):
    """The VM that a context lives in."""

    services: Services
    metrics: VmMetrics
    vm_id: str
    vm_configuration: bytes
    environment: dict[str, str]
    callback: str
    """The guest function that runs just now, "" when none does. For messages."""

    refusal: tuple[str, str, str] | None
    """The latest status other than OK in this guest call: function, status, reason. For messages."""

    def current_context(self) -> ContextPort:
        """The context that the running callback was called for, whichever the guest has made effective."""

    def set_effective_context(self, context_id: int) -> bool:
        """Let host functions work for *context_id* until the current guest call ends. False when there is no such context."""


class ContextPort(Protocol):
    """The effective context of a host function."""

    id: int
    vm: VmPort
    in_log_phase: bool
    stream_info: StreamInfo | None
    properties: dict[bytes, bytes] | None
    """What guests have set on this stream; None where there is no stream to set it on."""
    logged_properties: Mapping[bytes, bytes] | None
    """The same of a stream that is being logged, for reading alone; None at any other time."""
    declared_properties: dict[bytes, bool] | None
    """Properties that were declared while this context was current, and whether each may be set only once. None for none so far.
    Those of the plugin's context count for all its streams; those of a stream's context count for nothing, as in Envoy."""

    last_buffer: tuple[BufferType, Buffer] | None
    """What the guest has asked this context for last, of those that exist: buffer 8, where no callback has arguments there."""

    @property
    def root(self) -> RootPort:
        """The plugin context this one belongs to; a plugin context is its own."""

    def log(self, level: LogLevel, message: str) -> None:
        """Write one line of the guest's to the log, and to the trace when one is attached."""

    def header_map(self, map_type: MapType) -> HeaderMap | None:
        """That map, None when it cannot be read now."""

    def mutable_header_map(self, map_type: MapType) -> HeaderMap | None:
        """That map, made when it can come into being now; None when it cannot be changed now."""

    def note_headers_changed(self, map_type: MapType) -> None:
        """Called after each successful change of a map."""

    def buffer(self, buffer_type: BufferType) -> Buffer | None:
        """That buffer, None when it does not exist now. A body outside its window is an empty buffer."""

    def buffer_is_writable(self, buffer_type: BufferType) -> bool:
        """Whether that buffer can be changed now."""

    def continue_stream(self, stream_type: StreamType) -> None:
        """Let a paused direction go on, once the current guest call has ended. HTTP_* and DOWNSTREAM only."""

    def close_stream(self, stream_type: StreamType) -> None:
        """Close the stream, once the current guest call has ended."""

    def send_local_response(
        self, status_code: int, details: str, body: bytes, headers: HeaderMap, grpc_status: int | None
    ) -> None:
        """Answer the client from here, once the current guest call has ended; the callback's result no longer counts."""

    def clear_route_cache(self) -> None:
        """Let the route be chosen anew."""


class RootPort(ContextPort, Protocol):
    """A plugin context."""

    plugin: PluginConfig
    veil: Veil | None
    """What the plugin must not know of; None when it may know everything."""
    status: tuple[int, str]
    """Code and text of the last failure of a call. (0, "") before there was one."""
    expressions: dict[int, Any]
    """The expressions that `expr_create` has made, by their token, as it keeps them."""
    expressions_made: int
    """How many it has made, which is the next one's token."""

    def http_call(self, upstream: str, headers: HeaderMap, body: bytes, trailers: HeaderMap, timeout_ms: int) -> int:
        """Begin an HTTP call and give its id. A *timeout_ms* of 0 waits without end.

        fails: BAD_ARGUMENT for an unknown upstream, INTERNAL_FAILURE when it cannot be sent.
        """

    def grpc_call(self, upstream: bytes, path: bytes, metadata: HeaderMap, message: bytes, timeout_ms: int) -> int:
        """Begin a gRPC call with one message each way and give its id.

        fails: as `GrpcCalls.call` says.
        """

    def grpc_stream(self, upstream: bytes, path: bytes, metadata: HeaderMap) -> int:
        """Begin a gRPC stream and give its id.

        fails: as `GrpcCalls.stream` says.
        """

    def grpc_send(self, call_id: int, message: bytes, end_of_stream: bool) -> None:
        """Send a message on a gRPC stream.

        fails: as `GrpcCalls.send` says.
        """

    def grpc_cancel(self, call_id: int) -> None:
        """Give a gRPC call or stream up.

        fails: as `GrpcCalls.cancel` says.
        """

    def grpc_close(self, call_id: int) -> None:
        """Give a gRPC call up, or end this side of a stream.

        fails: as `GrpcCalls.close` says.
        """

    def set_tick_period(self, period_ms: int) -> None:
        """Set the plugin's timer; 0 stops it."""

    def post_queue_ready(self, queue_id: int) -> None:
        """Call the guest's `proxy_on_queue_ready` once no guest call is running."""

    def done(self) -> bool:
        """End a shutdown that waits for the guest. False when none waits."""
