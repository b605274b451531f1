"""One filter on one connection: its callbacks, and what their results mean.

Lives here: opening and closing the guest's windows on the bytes, reading results, a guest that has failed, and the end of the
context.
Not here: other filters and where bytes go (tcp_chain.py), HTTP streams (http_stream.py).

abi: 14 TCP, 10.5 What each trap does, 9.6 End of a context
"""

from __future__ import annotations

from typing import Protocol

from proxyabi.abi.types import NetworkAction, PeerType
from proxyabi.config import PluginConfig
from proxyabi.context.buffer import Buffer
from proxyabi.context.stream_info import StreamInfo
from proxyabi.plugin.root import PluginRoot

__all__ = ["Connection", "TcpStream"]

ON_DATA = ("proxy_on_downstream_data", "proxy_on_upstream_data")
FAILED = "wasm_fail_stream"
"""Why a connection was closed whose guest has failed."""


class Connection(Protocol):
    """The connection as one of its filters sees it."""

    id: int
    info: StreamInfo
    properties: dict[bytes, bytes]
    over: bool

    def resume_behind(self, filter_: TcpStream) -> None:
        """Let what the client has sent go on behind *filter_*."""

    def close(self, details: str) -> None:
        """Close both sides."""


class TcpStream:
    """One filter's part in one connection."""

    __slots__ = ("_connection", "_created", "_late_end", "_plugin", "_vm", "context", "info", "initialized", "properties")

    def __init__(self, root: PluginRoot, plugin: PluginConfig, connection: Connection) -> None:
        self.info = connection.info
        self.properties = connection.properties
        self.initialized = False
        """Whether it has heard of the connection."""
        self._plugin = plugin
        self._connection = connection
        self._vm = root.vm
        self._created = self._late_end = False
        self.context = root.vm.add_connection(root.context, self)

    # What the connection does to the guest.

    def on_new_connection(self) -> NetworkAction:
        """A client has connected.

        abi: proxy_on_new_connection
        """
        self.initialized = True
        context, vm = self.context, self._vm
        if vm.failure is None:
            vm.limit(self._plugin.callback_seconds)
            vm.guest.call("proxy_on_context_create", context, context_id=context.id, parent_context_id=context.parent_id)
            vm.settle()
        self._created = True
        result = None
        if vm.failure is None:
            result = vm.guest.call("proxy_on_new_connection", context, stream_context_id=context.id)
        return self._action(result)

    def on_data(self, direction: int, data: Buffer, end_of_stream: bool) -> NetworkAction:
        """Bytes have come from the client (0) or the server (1): *data* is all that has come and not gone on.

        abi: proxy_on_downstream_data, proxy_on_upstream_data
        """
        if not self._created:
            return NetworkAction.CONTINUE
        context, vm = self.context, self._vm
        context.data[direction] = data
        result = None
        if vm.failure is None:
            vm.limit(self._plugin.callback_seconds)
            result = vm.guest.call(
                ON_DATA[direction],
                context,
                stream_context_id=context.id,
                data_size=len(data),
                end_of_stream=int(end_of_stream),
            )
        action = self._action(result)
        if action is NetworkAction.CONTINUE and not self._connection.over:
            # A filter that has closed the connection sees the bytes to the end.
            context.data[direction] = None
        return action

    def on_upstream_end(self) -> None:
        """The server has said that no more will come. Who has closed the connection is not known, in Envoy either.

        A filter that has closed the connection, being shown that end, hears of it after everything else, even its deletion.

        abi: proxy_on_upstream_connection_close
        """
        context, vm = self.context, self._vm
        if self._connection.over and not self._late_end:
            self._late_end = True
        elif self._created and vm.failure is None:
            vm.guest.call(
                "proxy_on_upstream_connection_close", context, stream_context_id=context.id, close_source=int(PeerType.UNKNOWN)
            )
            vm.settle()

    def end(self, peer: PeerType) -> None:
        """The connection is closed: close, done, log, delete. A guest that never heard of it does not now.

        abi: proxy_on_downstream_connection_close; 9.6
        """
        context, vm = self.context, self._vm
        if self._created:
            self._tell("proxy_on_downstream_connection_close", stream_context_id=context.id, close_source=int(peer))
            self._tell("proxy_on_done", context_id=context.id)
            self._tell("proxy_on_log", context_id=context.id)
            self._tell("proxy_on_delete", context_id=context.id)
            if self._late_end:
                self.on_upstream_end()
        vm.drop_context(context)

    # What the guest does to the connection.

    def resume(self) -> None:
        """Let what the client has sent go on behind this filter."""
        self._connection.resume_behind(self)

    def close(self, details: str) -> None:
        """Close both sides."""
        self._connection.close(details)

    # Inside.

    def _tell(self, name: str, **arguments: int) -> None:
        if self._vm.failure is None:
            self._vm.guest.call(name, self.context, **arguments)
            self._vm.settle()

    def _action(self, result: int | None) -> NetworkAction:
        """What the callback that has just returned wants; then its put-off wishes act."""
        vm = self._vm
        if vm.failure is not None:
            action = NetworkAction.CONTINUE if self._plugin.fail_open else NetworkAction.PAUSE
            if not self._plugin.fail_open:
                self._connection.close(FAILED)
        else:
            # A local response, which a connection cannot give, does not stop it either.
            action = NetworkAction(result or 0)
        vm.settle()
        return action
