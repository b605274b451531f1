"""The context of one filter on one connection.

Lives here: which of the two buffers is open to the guest, and where "continue" and "close" go.
Not here: calling the guest (plugin.tcp_stream), what the connection makes of a wish (plugin.tcp_chain), HTTP streams
(context.py).

abi: 14 TCP
"""

from __future__ import annotations

from functools import partial
from typing import Protocol

from proxyabi.abi.types import BufferType, MapType, StreamType
from proxyabi.context.buffer import Buffer
from proxyabi.context.context import OF_THE_PLUGIN, STREAM_MAPS, Context, PluginContext
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.ports import RootPort
from proxyabi.context.stream_info import StreamInfo

__all__ = ["ConnectionControl", "TcpContext"]

DIRECTIONS = {BufferType.DOWNSTREAM_DATA: 0, BufferType.UPSTREAM_DATA: 1}
CLOSED_BY = {StreamType.DOWNSTREAM: "wasm_downstream_close", StreamType.UPSTREAM: "wasm_upstream_close"}
"""How Envoy's logs call the close that a filter asks for."""


class ConnectionControl(Protocol):
    """What a context asks of its place on the connection."""

    info: StreamInfo
    properties: dict[bytes, bytes]

    def resume(self) -> None:
        """Let what the client has sent go on behind this filter."""

    def close(self, details: str) -> None:
        """Close both sides."""


class TcpContext(Context):
    """The context of one filter on one connection.

    *data* holds, by direction (0 from the client, 1 from the server), the bytes that are open to the guest.
    """

    def __init__(self, context_id: int, parent: PluginContext, connection: ConnectionControl) -> None:
        self.id = context_id
        self.parent_id = parent.id
        self.vm = parent.vm
        self.log_prefix = parent.stream_log_prefix
        self.stream_info = connection.info
        self.properties = connection.properties
        self.data: list[Buffer | None] = [None, None]
        self._parent = parent
        self._connection = connection

    @property
    def root(self) -> RootPort:
        """The context of the plugin that this filter is an instance of."""
        return self._parent.root

    def header_map(self, map_type: MapType) -> HeaderMap | None:
        """A connection has no maps; those of calls are the plugin's."""
        return self._parent.header_map(map_type) if map_type >= STREAM_MAPS else None

    def buffer(self, buffer_type: BufferType) -> Buffer | None:
        """The bytes of a direction, empty outside their window; what belongs to the plugin otherwise."""
        direction = DIRECTIONS.get(buffer_type)
        if direction is not None:
            data = self.data[direction]
            return Buffer() if data is None else data
        return self._parent.buffer(buffer_type) if buffer_type in OF_THE_PLUGIN else super().buffer(buffer_type)

    def buffer_is_writable(self, buffer_type: BufferType) -> bool:
        """The bytes of a direction are, inside their window, and what is the plugin's as it says."""
        direction = DIRECTIONS.get(buffer_type)
        return self._parent.buffer_is_writable(buffer_type) if direction is None else self.data[direction] is not None

    def continue_stream(self, stream_type: StreamType) -> None:
        """Let what the client has sent go on, once the guest has returned."""
        if stream_type is StreamType.DOWNSTREAM:
            self.vm.defer(self._connection.resume)

    def close_stream(self, stream_type: StreamType) -> None:
        """Close both sides, whichever is named, once the guest has returned."""
        details = CLOSED_BY.get(stream_type)
        if details is not None:
            self.vm.defer(partial(self._connection.close, details))
