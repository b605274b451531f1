"""What a guest can see and ask for, by the context it works in: the VM's own, a plugin's, or an HTTP stream's.

Lives here: which map and which body is open to the guest at which moment, where a request such as "continue" or "answer the
client" goes, and what a plugin context remembers between callbacks.
Not here: calling the guest and reading its results (plugin.root, plugin.http_stream), what a stream makes of a request
(plugin.chain), connections (tcp_context.py), pointers and statuses (hostcalls).

A context holds windows, not messages: the upper half puts a map into `maps` before a callback and takes it out when the guest
lets go of it. Whatever would enter the proxy's machinery while the guest is running is put off until the guest has returned.

abi: 9 Contexts and life cycle, 11.4 Access windows
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, cast

from proxyabi.abi.types import BufferType, LogLevel, MapType, Status, StreamType
from proxyabi.config import PluginConfig
from proxyabi.context.buffer import Buffer
from proxyabi.context.calls import CallAnswer, HttpCalls
from proxyabi.context.grpc_calls import GrpcCalls
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.ports import RootPort, VmPort
from proxyabi.context.stream_info import StreamInfo
from proxyabi.context.veil import Veil
from proxyabi.errors import Fail
from proxyabi.services.log import guest_prefix

__all__ = [
    "OF_THE_PLUGIN",
    "STREAM_MAPS",
    "Context",
    "HostPort",
    "HttpContext",
    "LocalReply",
    "PluginContext",
    "StreamControl",
]

STREAM_MAPS = 4
"""Map types below this one belong to the stream, the others to the plugin."""

OF_THE_PLUGIN = (BufferType.HTTP_CALL_RESPONSE_BODY, BufferType.GRPC_CALL_MESSAGE)
"""Buffers that a stream's context finds at its plugin's."""

TRAILERS = {MapType.HTTP_REQUEST_TRAILERS: 0, MapType.HTTP_RESPONSE_TRAILERS: 1}
"""The maps that can come into being while the last piece of a body passes, and the direction of that body."""


@dataclass(frozen=True, slots=True)
class LocalReply:
    """An answer that the host gives the client instead of the upstream's. *grpc_status* None lets it follow from the code."""

    status_code: int
    body: bytes = b""
    headers: HeaderMap | None = None
    grpc_status: int | None = None
    details: str = ""


class HostPort(VmPort, Protocol):
    """What contexts need of the VM they live in, beyond what the handlers of host functions need."""

    calls: HttpCalls
    grpc: GrpcCalls
    stop_next: bool
    """Set by a local response: what the running callback returns no longer counts."""

    def defer(self, action: Callable[[], None]) -> None:
        """Do it once the running guest call has ended and its result was read."""

    def log(self, level: LogLevel, prefix: str, message: str) -> None:
        """Write one line of the guest's."""

    def arm_timer(self, root: PluginContext, seconds: float) -> None:
        """Set the timer of *root*; 0 stops it."""

    def post_queue_ready(self, root: PluginContext, queue_id: int) -> None:
        """Tell *root* of an item once no guest call is running."""

    def finish_shutdown(self, root: PluginContext) -> bool:
        """End the shutdown of *root* that waits for `proxy_done`. False when none waits."""


class StreamControl(Protocol):
    """What an HTTP context asks of its place in the stream. *direction*: 0 request, 1 response."""

    info: StreamInfo
    properties: dict[bytes, bytes]

    def held_body(self, direction: int) -> Buffer | None:
        """The body that waits on that side of the stream, whoever holds it."""

    def add_trailers(self, direction: int) -> HeaderMap:
        """Let that side end with trailers, empty so far."""

    def resume(self, direction: int) -> None:
        """Go on behind this filter."""

    def reply(self, reply: LocalReply) -> None:
        """Answer the client from here."""

    def close(self) -> None:
        """Reset the stream."""


def logged_map(info: StreamInfo, map_type: MapType) -> HeaderMap | None:
    """A map of a stream that is being logged. Those of the request's trailers Envoy has forgotten.

    abi: 11.4
    """
    return (info.request_headers, None, info.response_headers, info.response_trailers)[map_type]


class Context:
    """The VM's own context, number 0: current while the guest starts and while its allocator runs. It sees no message at all."""

    in_log_phase: bool = False
    stream_info: StreamInfo | None = None
    properties: dict[bytes, bytes] | None = None
    logged_properties: Mapping[bytes, bytes] | None = None
    declared_properties: dict[bytes, bool] | None = None
    last_buffer: tuple[BufferType, Buffer] | None = None
    log_prefix: str

    def __init__(self, context_id: int, vm: HostPort, parent_id: int = 0) -> None:
        self.id = context_id
        self.parent_id = parent_id
        self.vm = vm
        self.log_prefix = guest_prefix("", "", vm.vm_id)

    @property
    def root(self) -> RootPort:
        """The plugin context this one belongs to. The VM's context belongs to none."""
        raise Fail(Status.INTERNAL_FAILURE, "no plugin context yet: the module is starting or allocating memory")

    def log(self, level: LogLevel, message: str) -> None:
        """Write one line of the guest's."""
        self.vm.log(level, self.log_prefix, message)

    def header_map(self, map_type: MapType) -> HeaderMap | None:
        """That map, None when it cannot be read now."""
        return None

    def mutable_header_map(self, map_type: MapType) -> HeaderMap | None:
        """That map, None when it cannot be changed now."""
        return None

    def note_headers_changed(self, map_type: MapType) -> None:
        """Called after each successful change of a map. There is one route for all requests, so nothing follows from it."""

    def buffer(self, buffer_type: BufferType) -> Buffer | None:
        """That buffer, None when it does not exist now. A body outside its window is an empty buffer.

        abi: 11.4, 9.3
        """
        if buffer_type is BufferType.VM_CONFIGURATION:
            return Buffer(self.vm.vm_configuration)
        return Buffer() if buffer_type in _NEVER_ABSENT else None

    def buffer_is_writable(self, buffer_type: BufferType) -> bool:
        """Whether that buffer can be changed now."""
        return False

    def continue_stream(self, stream_type: StreamType) -> None:
        """A context without a stream has nothing to continue."""
        self._no_stream("proxy_continue_stream")

    def close_stream(self, stream_type: StreamType) -> None:
        """A context without a stream has nothing to close."""
        self._no_stream("proxy_close_stream")

    def send_local_response(
        self, status_code: int, details: str, body: bytes, headers: HeaderMap, grpc_status: int | None
    ) -> None:
        """A context without a stream has nobody to answer; the callback's result does not count all the same.

        abi: 11.7
        """
        self.vm.stop_next = True
        self._no_stream("proxy_send_local_response")

    def clear_route_cache(self) -> None:
        """There is one route for all requests, so nothing is cleared."""

    def _no_stream(self, function: str) -> None:
        where = f"{self.vm.callback} (context {self.id})" if self.vm.callback else f"context {self.id}"
        self.vm.services.log.host(
            LogLevel.WARN,
            f"{function} in {where} has no effect: this context has no stream. Call proxy_set_effective_context first, with the "
            "id of the stream's context",
        )


_NEVER_ABSENT = frozenset(
    {
        BufferType.HTTP_REQUEST_BODY,
        BufferType.HTTP_RESPONSE_BODY,
        BufferType.DOWNSTREAM_DATA,
        BufferType.UPSTREAM_DATA,
        BufferType.GRPC_CALL_MESSAGE,
        BufferType.FOREIGN_FUNCTION_ARGUMENTS,
    }
)


class PluginContext(Context):
    """A plugin's context: its configuration while it is being configured, the answer to a call while it is delivered.

    *grpc_maps* and *grpc_message* are what a gRPC call has brought, *arguments* the buffer of callbacks beyond the ABI, each
    while it is delivered.
    """

    def __init__(self, context_id: int, vm: HostPort, plugin: PluginConfig, plugin_id: int) -> None:
        super().__init__(context_id, vm)
        self.plugin = plugin
        self.plugin_id = plugin_id
        self.status: tuple[int, str] = (0, "")
        self.declared_properties = {}
        self.configuration_is_open = False
        self.answer: CallAnswer | None = None
        self.grpc_maps: dict[MapType, HeaderMap] = {}
        self.grpc_message: Buffer | None = None
        self.arguments: Buffer | None = None
        self.expressions: dict[int, Any] = {}
        self.expressions_made = 0
        self.tick_seconds = 0.0
        self.veil = Veil(plugin.hide, self._note_hidden) if plugin.hide else None
        """What the plugin must not know of; None when it may know everything."""
        self.log_prefix = guest_prefix("", plugin.root_id, vm.vm_id)
        self.stream_log_prefix = guest_prefix(plugin.name, plugin.root_id, vm.vm_id)

    @property
    def root(self) -> RootPort:
        """A plugin context is its own."""
        return cast(RootPort, self)

    def header_map(self, map_type: MapType) -> HeaderMap | None:
        """The answer to an HTTP or gRPC call while it is delivered; the maps of a stream while it is logged."""
        if self.in_log_phase and map_type < STREAM_MAPS and self.stream_info is not None:
            return logged_map(self.stream_info, map_type)
        if map_type in self.grpc_maps:
            return self.grpc_maps[map_type]
        if self.answer is None:
            return None
        if map_type is MapType.HTTP_CALL_RESPONSE_HEADERS:
            return self.answer.headers
        return self.answer.trailers or None if map_type is MapType.HTTP_CALL_RESPONSE_TRAILERS else None

    def buffer(self, buffer_type: BufferType) -> Buffer | None:
        """As every context's, and the plugin's configuration and the answer to a call in their windows.

        abi: 9.3, 11.4
        """
        if buffer_type is BufferType.PLUGIN_CONFIGURATION and self.configuration_is_open:
            return Buffer(self.plugin.configuration)
        if buffer_type is BufferType.HTTP_CALL_RESPONSE_BODY and self.answer is not None:
            return self.answer.body
        if buffer_type is BufferType.GRPC_CALL_MESSAGE and self.grpc_message is not None:
            return self.grpc_message
        if buffer_type is BufferType.FOREIGN_FUNCTION_ARGUMENTS and self.arguments is not None:
            return self.arguments
        return super().buffer(buffer_type)

    def buffer_is_writable(self, buffer_type: BufferType) -> bool:
        """A gRPC message is, while it is being delivered, in Envoy too; to no effect."""
        return buffer_type is BufferType.GRPC_CALL_MESSAGE and self.grpc_message is not None

    def http_call(self, upstream: str, headers: HeaderMap, body: bytes, trailers: HeaderMap, timeout_ms: int) -> int:
        """Begin an HTTP call and give its id.

        fails: BAD_ARGUMENT, as `HttpCalls.begin` says.
        """
        return self.vm.calls.begin(self.id, self.plugin_id, upstream, headers, body, trailers, timeout_ms)

    def grpc_call(self, upstream: bytes, path: bytes, metadata: HeaderMap, message: bytes, timeout_ms: int) -> int:
        """Begin a gRPC call with one message each way and give its id.

        fails: as `GrpcCalls.call` says.
        """
        return self.vm.grpc.call(self.id, self.plugin_id, upstream, path, metadata, message, timeout_ms)

    def grpc_stream(self, upstream: bytes, path: bytes, metadata: HeaderMap) -> int:
        """Begin a gRPC stream and give its id.

        fails: as `GrpcCalls.stream` says.
        """
        return self.vm.grpc.stream(self.id, self.plugin_id, upstream, path, metadata)

    def grpc_send(self, call_id: int, message: bytes, end_of_stream: bool) -> None:
        """Send a message on a gRPC stream.

        fails: as `GrpcCalls.send` says.
        """
        self.vm.grpc.send(self.id, call_id, message, end_of_stream)

    def grpc_cancel(self, call_id: int) -> None:
        """Give a gRPC call or stream up.

        fails: as `GrpcCalls.cancel` says.
        """
        self.vm.grpc.cancel(self.id, call_id)

    def grpc_close(self, call_id: int) -> None:
        """Give a gRPC call up, or end this side of a stream.

        fails: as `GrpcCalls.close` says.
        """
        self.vm.grpc.close(self.id, call_id)

    def set_tick_period(self, period_ms: int) -> None:
        """Set the plugin's timer; 0 stops it."""
        self.tick_seconds = period_ms / 1000
        self.vm.arm_timer(self, self.tick_seconds)

    def post_queue_ready(self, queue_id: int) -> None:
        """Tell the guest of an item in a queue that it receives, once no guest call is running."""
        self.vm.post_queue_ready(self, queue_id)

    def done(self) -> bool:
        """End a shutdown that waits for the guest. False when none waits."""
        return self.vm.finish_shutdown(self)

    def _note_hidden(self, what: str) -> None:
        name = self.plugin.name or "the filter"
        self.vm.services.log.host(LogLevel.DEBUG, f"{name}: {self.vm.callback}: {what}, has no effect")


class HttpContext(Context):
    """The context of one filter on one HTTP stream.

    *maps* holds, by map type, those of the stream's maps that are open to the guest; *bodies*, by direction, the piece of body
    that is passing. While *buffering* a direction, the guest sees the whole body that waits there instead of the piece.

    abi: 11.4
    """

    def __init__(self, context_id: int, parent: PluginContext, stream: StreamControl) -> None:
        self.id = context_id
        self.parent_id = parent.id
        self.vm = parent.vm
        self.log_prefix = parent.stream_log_prefix
        self.stream_info = stream.info
        self.properties = stream.properties
        self.maps: list[HeaderMap | None] = [None] * STREAM_MAPS
        self.bodies: list[Buffer | None] = [None, None]
        self.buffering = [False, False]
        self.end_of_stream = False
        self._parent = parent
        self._stream = stream

    @property
    def root(self) -> RootPort:
        """The context of the plugin that this filter is an instance of."""
        return self._parent.root

    def header_map(self, map_type: MapType) -> HeaderMap | None:
        """That map, None when it cannot be read now.

        At log time the stream is over, and all its maps but the request's trailers can be read.
        """
        if map_type >= STREAM_MAPS:
            return self._parent.header_map(map_type)
        if self.in_log_phase:
            headers = logged_map(self._stream.info, map_type)
        else:
            headers = self.maps[map_type]
        veil = self._parent.veil
        return headers if veil is None or headers is None else veil.over(headers)

    def mutable_header_map(self, map_type: MapType) -> HeaderMap | None:
        """That map, None when it cannot be changed now. Trailers come into being with the last piece of the body.

        abi: 12 Trailers map
        """
        if map_type >= STREAM_MAPS:
            return None
        headers = self.maps[map_type]
        if headers is None and map_type in TRAILERS and self.end_of_stream and self.bodies[TRAILERS[map_type]] is not None:
            headers = self.maps[map_type] = self._stream.add_trailers(TRAILERS[map_type])
        return None if headers is None else self.visible(headers)

    def untie(self) -> None:
        """The stream has ended, and the guest knows this context no more: let go of it."""
        del self._stream

    def visible(self, headers: HeaderMap) -> HeaderMap:
        """*headers* without what the plugin must not know of."""
        veil = self._parent.veil
        return headers if veil is None else veil.over(headers)

    def body(self, direction: int) -> Buffer | None:
        """What the guest sees as the body of that direction, None outside its window."""
        return self._stream.held_body(direction) if self.buffering[direction] else self.bodies[direction]

    def buffer(self, buffer_type: BufferType) -> Buffer | None:
        """A body, empty outside its window; what belongs to the plugin otherwise."""
        if buffer_type <= BufferType.HTTP_RESPONSE_BODY:
            body = self.body(buffer_type)
            return Buffer() if body is None else body
        return self._parent.buffer(buffer_type) if buffer_type in OF_THE_PLUGIN else super().buffer(buffer_type)

    def buffer_is_writable(self, buffer_type: BufferType) -> bool:
        """Bodies are, inside their windows, and what is the plugin's as it says."""
        if buffer_type <= BufferType.HTTP_RESPONSE_BODY:
            return self.body(buffer_type) is not None
        return self._parent.buffer_is_writable(buffer_type)

    def continue_stream(self, stream_type: StreamType) -> None:
        """Let a paused direction go on, once the guest has returned. The guest's hold on the request ends at once.

        The request's windows close whichever direction is meant; those of the response stay open. That is how Envoy does it. The
        types of connections do nothing here.

        abi: 11.5
        """
        if stream_type > StreamType.HTTP_RESPONSE:
            return
        self.vm.defer(partial(self._stream.resume, int(stream_type)))
        self.maps[MapType.HTTP_REQUEST_HEADERS] = None
        self.maps[MapType.HTTP_REQUEST_TRAILERS] = None
        self.bodies[0] = None

    def close_stream(self, stream_type: StreamType) -> None:
        """Reset the whole stream, once the guest has returned.

        abi: 11.6
        """
        if stream_type <= StreamType.HTTP_RESPONSE:
            self.vm.defer(self._stream.close)

    def send_local_response(
        self, status_code: int, details: str, body: bytes, headers: HeaderMap, grpc_status: int | None
    ) -> None:
        """Answer the client from here, once the guest has returned.

        abi: 11.7
        """
        self.vm.stop_next = True
        self.vm.defer(partial(self._stream.reply, LocalReply(status_code, body, headers, grpc_status, details)))
