"""The TCP proxy: clients' connections, the connections to the server behind them, and the host between.

Lives here: listening, both ends of each connection, half-closed ones, back-pressure, and coming to an end.
Not here: what filters do to the bytes (plugin.tcp_chain), command lines (cli).

A client is read only once its server is connected. Each side is read only while the other takes what is written. What has come
is told together with the end when that has come as well, as Envoy reads until there is nothing more.

abi: 14 TCP
"""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic

from proxyabi.abi.types import PeerType
from proxyabi.context.commands import Command
from proxyabi.context.events import DownstreamData, NewConnection, UpstreamData
from proxyabi.context.response_flags import NO_CONNECTION
from proxyabi.context.stream_info import StreamInfo
from proxyabi.errors import ConfigError
from proxyabi.serve.exchange import Statistics
from proxyabi.serve.grpc_client import GrpcClient
from proxyabi.serve.http_client import HttpClient
from proxyabi.serve.places import Address, Origin
from proxyabi.serve.pump import Core, Pump

__all__ = ["TcpProxy"]

CONNECT_TIMEOUT = 5.0
"""Seconds that a server may take to accept a connection. Envoy's default."""


def _to_stderr(message: str) -> None:
    print(f"proxyabi: {message}", file=sys.stderr, flush=True)


class TcpProxy:
    """A proxy in front of the server at *upstream*, with a host's network filters in between. Inside a running event loop.

    *core* is a host that was started; what its start commanded is given to `start`. *clusters* are the targets of the filters'
    calls, *cluster* is the name of the one that *upstream* stands in. *report* is told, in a sentence each, of what goes wrong
    outside any filter.
    """

    def __init__(
        self,
        core: Core,
        upstream: Address,
        *,
        cluster: str = "upstream",
        clusters: Mapping[str, Origin | Sequence[Origin]] | None = None,
        report: Callable[[str], None] = _to_stderr,
    ) -> None:
        named: dict[str, Sequence[Origin]] = {
            name: [origins] if isinstance(origins, Origin) else origins for name, origins in (clusters or {}).items()
        }
        self._clients = {name: HttpClient(*origins) for name, origins in named.items()}
        self._grpc = {name: GrpcClient(origins[0]) for name, origins in named.items() if origins}
        self.pump = Pump(core, self._clients, report, self._grpc)
        self.statistics = Statistics()
        self.cluster = cluster
        self._upstream = upstream
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._accepted = 0
        self._cut = False
        self._empty = asyncio.Event()
        self._empty.set()

    async def start(self, listen: Address, commands: Iterable[Command] = ()) -> Address:
        """Do what the host's start commanded, listen, and give the address that is listened on.

        raises: ConfigError, when the address is taken or not ours.
        """
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._accept, listen.host, listen.port, backlog=1024)
        except OSError as error:
            reason = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
            raise ConfigError(
                "--listen", f"cannot listen on {listen}: {reason}. Choose another address; port 0 takes a free one."
            ) from error
        self.pump.perform(commands)
        host, port = self._server.sockets[0].getsockname()[:2]
        return Address(host, port)

    @property
    def busy(self) -> int:
        """Connections that are open."""
        return len(self._connections)

    async def stop(self, grace: float | None = None) -> bool:
        """Take no more connections, let those that are open come to their end, then close everything and the host.

        *grace* bounds, in seconds, how long they may take; None waits without end. False when connections had to be cut.
        """
        if self._server is not None:
            self._server.close()
        try:
            async with asyncio.timeout(grace):
                await self._empty.wait()
        except TimeoutError:
            self.abort()
        finally:
            self.pump.close()
            for client in self._clients.values():
                client.close()
            for grpc in self._grpc.values():
                grpc.close()
        return not self._cut

    def abort(self) -> None:
        """Cut all connections now."""
        for connection in list(self._connections):
            self._cut = True
            connection.abort()

    def _accept(self) -> asyncio.Protocol:
        self._accepted += 1
        return _Connection(self, self._accepted, self._upstream)

    def opened(self, connection: _Connection) -> None:
        """A connection has begun."""
        self._connections.add(connection)
        self._empty.clear()
        self.statistics.requests += 1

    def closed(self, connection: _Connection, *, upstream_failed: bool) -> None:
        """A connection is over."""
        self._connections.discard(connection)
        self.statistics.responses += not upstream_failed
        self.statistics.upstream_failures += upstream_failed
        if not self._connections:
            self._empty.set()


class _Connection(asyncio.Protocol):
    """A client's end, and the driver of the whole connection."""

    def __init__(self, proxy: TcpProxy, number: int, upstream: Address) -> None:
        self.pump = proxy.pump
        self._proxy = proxy
        self._number = number
        self._address = upstream
        self._upstream = _Upstream(self)
        self._arrivals = _Arrivals(self._tell)
        self._connecting: asyncio.Task[None] | None = None
        self._client_ended = self._end_sent = self._over = False
        self._asked_at = 0.0

    # What the client does.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is here: the filters hear of it; nothing is read before the server is connected."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.pause_reading()
        peer, local = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        self.info = StreamInfo(
            source_address=str(Address(*peer[:2])),
            source_port=peer[1],
            destination_address=str(Address(*local[:2])),
            destination_port=local[1],
            connection_id=self._number,
            cluster_name=self._proxy.cluster,
            upstream_endpoints=1,
        )
        self._proxy.opened(self)
        self.id = self.pump.open_connection(self.info, self)
        self.pump.feed(NewConnection(self.id))

    def data_received(self, data: bytes) -> None:
        """The client has sent."""
        self._arrivals.add(data)

    def eof_received(self) -> bool:
        """The client sends no more; it may still want to hear."""
        self._client_ended = True
        self._arrivals.end()
        self._close_when_ended(PeerType.REMOTE)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._arrivals.flush()
        self._finish(PeerType.REMOTE)

    def pause_writing(self) -> None:
        """The client takes no more for now."""
        self._upstream.hold(True)

    def resume_writing(self) -> None:
        """The client takes more."""
        self._upstream.hold(False)

    def hold(self, held: bool) -> None:
        """Read no more from the client, or read on."""
        if not self._over:
            (self.transport.pause_reading if held else self.transport.resume_reading)()

    def _tell(self, data: bytes, end_of_stream: bool) -> None:
        self.pump.feed(DownstreamData(self.id, data, end_of_stream))

    # What the server does.

    def upstream_data(self, data: bytes, end_of_stream: bool) -> None:
        """The server has sent, or says that it sends no more."""
        self.pump.feed(UpstreamData(self.id, data, end_of_stream))

    def upstream_connected(self) -> None:
        """The server is there: now the client may speak."""
        self.info.upstream_ready_duration = monotonic() - self._asked_at
        self.hold(False)

    def upstream_lost(self) -> None:
        """The server has gone without a word."""
        self._finish(PeerType.LOCAL)

    # What the host commands.

    def connect_upstream(self) -> None:
        """Connect the server."""
        self.info.upstream_address, self.info.upstream_port = str(self._address), self._address.port
        self.info.upstream_attempts += 1
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    def send_upstream(self, data: bytes, end_of_stream: bool) -> None:
        """Send to the server."""
        self._upstream.send(data, end_of_stream)

    def send_downstream(self, data: bytes, end_of_stream: bool) -> None:
        """Send to the client."""
        if self._over:
            return
        if data:
            self.transport.write(data)
        if end_of_stream and not self._end_sent:
            self._end_sent = True
            if self.transport.can_write_eof():
                self.transport.write_eof()
            self._close_when_ended(PeerType.LOCAL)

    def close(self, details: str) -> None:
        """Close both sides when what was to be sent is sent."""
        self._finish(PeerType.LOCAL)

    def abort(self) -> None:
        """Cut both sides now."""
        self.transport.abort()
        self._finish(PeerType.LOCAL)

    # Inside.

    async def _connect(self) -> None:
        self._asked_at = monotonic()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await asyncio.get_running_loop().create_connection(lambda: self._upstream, self._address.host, self._address.port)
        except OSError as error:  # TimeoutError is one
            self.info.response_flags |= NO_CONNECTION
            if error.errno is not None:
                self.info.upstream_transport_failure_reason = f"delayed connect error: {os.strerror(error.errno)}"
            why = error.strerror or str(error) or "it is too slow"
            self._proxy.pump.report(f"the upstream {self._address} cannot be connected: {why}")
            self._finish(PeerType.LOCAL, upstream_failed=True)

    def _close_when_ended(self, last: PeerType) -> None:
        """Both sides have said that they send no more: the connection is over. *last* is who said so last."""
        if self._client_ended and self._end_sent:
            self._finish(last)

    def _finish(self, peer: PeerType, *, upstream_failed: bool = False) -> None:
        if self._over:
            return
        self._over = True
        if self._connecting is not None:
            self._connecting.cancel()
        self.transport.close()
        self._upstream.close()
        self.pump.finish_connection(self.id, peer)
        self._proxy.closed(self, upstream_failed=upstream_failed)


class _Arrivals:
    """What one end has sent: told by *tell* a moment later, so that an end which is there too can be told with it."""

    def __init__(self, tell: Callable[[bytes, bool], None]) -> None:
        self._tell = tell
        self._data = bytearray()

    def add(self, data: bytes) -> None:
        """More has come."""
        if not self._data:
            # Sockets are looked at after the first of the two steps and before the second.
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, self.flush)
        self._data += data

    def end(self) -> None:
        """No more will come."""
        data = bytes(self._data)
        self._data.clear()
        self._tell(data, True)

    def flush(self) -> None:
        """Tell what has come now."""
        if self._data:
            data = bytes(self._data)
            self._data.clear()
            self._tell(data, False)


class _Upstream(asyncio.Protocol):
    """The server's end. What is sent before it is connected waits."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._arrivals = _Arrivals(connection.upstream_data)
        self._transport: asyncio.Transport | None = None
        self._early = bytearray()
        self._ended = self._heard_end = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The server has accepted."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        info = self._connection.info
        peer, local = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        info.upstream_address, info.upstream_port = str(Address(*peer[:2])), peer[1]
        info.upstream_local_address = str(Address(*local[:2]))
        early, ended = bytes(self._early), self._ended
        self._ended = False
        self.send(early, ended)
        self._connection.upstream_connected()

    def data_received(self, data: bytes) -> None:
        """The server has sent."""
        self._arrivals.add(data)

    def eof_received(self) -> bool:
        """The server sends no more; it may still want to hear."""
        self._heard_end = True
        self._arrivals.end()
        self._lose_when_ended()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The server is gone."""
        self._arrivals.flush()
        self._connection.upstream_lost()

    def pause_writing(self) -> None:
        """The server takes no more for now."""
        self._connection.hold(True)

    def resume_writing(self) -> None:
        """The server takes more."""
        self._connection.hold(False)

    def hold(self, held: bool) -> None:
        """Read no more from the server, or read on."""
        if self._transport is not None and not self._transport.is_closing():
            (self._transport.pause_reading if held else self._transport.resume_reading)()

    def send(self, data: bytes, end_of_stream: bool) -> None:
        """Send to the server."""
        if self._transport is None:
            self._early += data
            self._ended = self._ended or end_of_stream
            return
        if self._transport.is_closing():
            return
        if data:
            self._transport.write(data)
        if end_of_stream and not self._ended:
            self._ended = True
            if self._transport.can_write_eof():
                self._transport.write_eof()
            # Not now: when the client has just ended too, it is the client that closes the connection.
            asyncio.get_running_loop().call_soon(self._lose_when_ended)

    def _lose_when_ended(self) -> None:
        """A server that neither sends nor hears any more is gone, and with it what filters still hold of its bytes."""
        if self._ended and self._heard_end:
            self._connection.upstream_lost()

    def close(self) -> None:
        """Close when what was to be sent is sent."""
        if self._transport is not None:
            self._transport.close()
