"""A connection and its filters: what the client sends walks through them in order, what the server sends in reverse.

Lives here: the walk, what waits on the way, and both ends.
Not here: the guests (tcp_stream.py), sockets (serve).

The rules are those of Envoy's connections. What a filter holds back stays in one buffer per direction; when more comes, the
walk begins anew at the first filter, which sees all of it again. A filter that has not heard of the connection yet, because one
in front of it has held it, hears of it when the walk first comes by. Behind the last filter stands the server: it is connected
when the walk first comes there, and before that no filter can learn of its cluster. There is no route, ever.

abi: 14 TCP
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from proxyabi.abi.types import NetworkAction
from proxyabi.config import PluginConfig
from proxyabi.context.buffer import Buffer
from proxyabi.context.commands import CloseConnection, Command, ConnectUpstream, SendDownstream, SendUpstream
from proxyabi.context.events import DownstreamClosed, DownstreamData, NewConnection, UpstreamData
from proxyabi.context.stream_info import StreamInfo
from proxyabi.plugin.root import PluginRoot
from proxyabi.plugin.tcp_stream import TcpStream

__all__ = ["TcpChain"]

DOWNSTREAM, UPSTREAM = 0, 1


class TcpChain:
    """One connection. *filters* are the plugins that work on it, in the order of what the client sends."""

    def __init__(
        self,
        stream_id: int,
        info: StreamInfo,
        filters: Iterable[tuple[PluginRoot, PluginConfig]],
        send: Callable[[Command], None],
    ) -> None:
        self.id = stream_id
        self.info = info
        self.properties: dict[bytes, bytes] = {}
        self.filters = [TcpStream(root, plugin, self) for root, plugin in filters]
        self.over = False
        """Whether nothing moves any more: the connection is closed, or will be when all is sent."""
        self._send = send
        self._waiting = (Buffer(), Buffer())
        self._ended = [False, False]
        self._end_passed = False
        self._connected = False
        self._cluster = info.cluster_name, info.cluster_metadata, info.upstream_endpoints
        info.forget_route()
        info.virtual_host_metadata = None
        if info.upstream_transport_failure_reason is None:
            info.upstream_transport_failure_reason = ""

    # What happens to the connection.

    def on_new_connection(self, event: NewConnection) -> None:
        """A client has connected: the filters hear of it, then the server is connected."""
        for filter_ in self.filters:
            if filter_.initialized:
                continue
            if filter_.on_new_connection() is NetworkAction.PAUSE or self.over:
                return
        self._connect()

    def on_downstream_data(self, event: DownstreamData) -> None:
        """Bytes, or the end, have come from the client."""
        if self.over or self._ended[DOWNSTREAM]:
            return
        self.info.request_bytes += len(event.data)
        self._waiting[DOWNSTREAM].append(event.data)
        self._ended[DOWNSTREAM] = event.end_of_stream
        self._walk_down(0)

    def on_upstream_data(self, event: UpstreamData) -> None:
        """Bytes, or the end, have come from the server."""
        if self.over or self._ended[UPSTREAM]:
            return
        waiting = self._waiting[UPSTREAM]
        waiting.append(event.data)
        self._ended[UPSTREAM] = end = event.end_of_stream
        for filter_ in reversed(self.filters):
            action = filter_.on_data(UPSTREAM, waiting, end)
            if end:
                filter_.on_upstream_end()
            if action is NetworkAction.PAUSE or self.over:
                return
        if len(waiting) or end:
            self.info.response_bytes += len(waiting)
            self._send(SendDownstream(self.id, waiting.take(), end))

    def on_closed(self, event: DownstreamClosed) -> None:
        """The connection is closed: the filters' contexts end, one after the other."""
        self.over = True
        for filter_ in self.filters:
            filter_.end(event.peer)

    # What filters ask for.

    def resume_behind(self, filter_: TcpStream) -> None:
        """Let what the client has sent go on behind *filter_*."""
        if not self.over:
            self._walk_down(self.filters.index(filter_) + 1)

    def close(self, details: str) -> None:
        """Close both sides, when what was to be sent is sent. The driver says when that is done."""
        if not self.over:
            self.over = True
            self._send(CloseConnection(self.id, details))

    # Inside.

    def _walk_down(self, start: int) -> None:
        waiting, end = self._waiting[DOWNSTREAM], self._ended[DOWNSTREAM]
        for filter_ in self.filters[start:]:
            if not filter_.initialized and (filter_.on_new_connection() is NetworkAction.PAUSE or self.over):
                return
            if (len(waiting) or end) and (filter_.on_data(DOWNSTREAM, waiting, end) is NetworkAction.PAUSE or self.over):
                return
        self._connect()
        if len(waiting) or (end and not self._end_passed):
            self._end_passed = end
            self._send(SendUpstream(self.id, waiting.take(), end))

    def _connect(self) -> None:
        if not self._connected:
            self._connected = True
            self.info.cluster_name, self.info.cluster_metadata, self.info.upstream_endpoints = self._cluster
            self._send(ConnectUpstream(self.id))
