"""The proxy: a listener, its clients' connections, and the host behind them.

Lives here: listening, counting, and coming to an end without cutting anybody off.
Not here: one connection (client_connection.py), one exchange (exchange.py), command lines (cli).
"""

from __future__ import annotations

import asyncio
import errno
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from proxyabi.context.commands import Command
from proxyabi.errors import ConfigError
from proxyabi.formats.proxy import Listener
from proxyabi.serve.client_connection import ClientConnection
from proxyabi.serve.exchange import Settings, Statistics
from proxyabi.serve.grpc_client import GrpcClient
from proxyabi.serve.http_client import HttpClient
from proxyabi.serve.places import Address, Origin
from proxyabi.serve.pump import Core, Pump
from proxyabi.serve.routing import OneUpstream, Pool, Routes
from proxyabi.serve.upstream_connection import UpstreamPool

__all__ = ["UPSTREAM_TIMEOUT", "HttpProxy"]

UPSTREAM_TIMEOUT = 15.0
"""Seconds between the end of a request and the end of its response. Envoy's default."""


def _to_stderr(message: str) -> None:
    print(f"proxyabi: {message}", file=sys.stderr, flush=True)


class HttpProxy:
    """A proxy in front of one upstream, with a host's filters in between. To be used inside a running event loop.

    *core* is a host that was started; what its start commanded is given to `start`. *clusters* are the targets of the filters'
    HTTP calls, each one origin or several. More listeners, with filters and routes of their own, come by `also_listen`.
    *upstream_timeout* in seconds, None waits without end. *envoy_headers* adds what Envoy adds by itself. *report* is
    told, in a sentence each, of what goes wrong outside any filter.
    """

    def __init__(
        self,
        core: Core,
        upstream: Origin,
        *,
        clusters: Mapping[str, Origin | Sequence[Origin]] | None = None,
        upstream_timeout: float | None = UPSTREAM_TIMEOUT,
        envoy_headers: bool = True,
        report: Callable[[str], None] = _to_stderr,
    ) -> None:
        named: dict[str, Sequence[Origin]] = {
            name: [origins] if isinstance(origins, Origin) else origins for name, origins in (clusters or {}).items()
        }
        self._clients = {name: HttpClient(*origins, envoy_headers=envoy_headers) for name, origins in named.items()}
        self._grpc = {name: GrpcClient(origins[0], envoy_headers=envoy_headers) for name, origins in named.items() if origins}
        self._pool = UpstreamPool(upstream)
        self._pools: list[Pool] = [self._pool]
        self.pump = Pump(core, self._clients, report, self._grpc)
        router = OneUpstream("upstream", self._pool, upstream_timeout)
        self._settings = Settings(self.pump, router, envoy_headers=envoy_headers)
        self._connections: set[ClientConnection] = set()
        self._accepted = 0
        self._cut = False
        self._servers: list[asyncio.Server] = []
        self._empty = asyncio.Event()
        self._empty.set()

    async def start(self, listen: Address, commands: Iterable[Command] = ()) -> Address:
        """Do what the host's start commanded, listen, and give the address that is listened on.

        raises: ConfigError, when the address is taken or not ours.
        """
        address = await self._listen(listen, self._settings)
        self.pump.perform(commands)
        return address

    async def also_listen(
        self, listen: Address, listener: Listener, pools: Mapping[str, Pool], commands: Iterable[Command] = ()
    ) -> Address:
        """Listen at one more address, with the filters and routes of *listener*; *pools* serves the clusters it names.

        raises: ConfigError, when the address is taken or not ours.
        """
        settings = Settings(
            self.pump,
            Routes(listener, pools),
            envoy_headers=self._settings.envoy_headers,
            statistics=self._settings.statistics,
            plugins=frozenset((*listener.plugins, *listener.access_loggers)),
            direction=listener.direction,
            body_limit=listener.body_limit,
        )
        address = await self._listen(listen, settings)
        self._pools += pools.values()
        self.pump.perform(commands)
        return address

    async def _listen(self, listen: Address, settings: Settings) -> Address:
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(partial(self._accept, settings), listen.host, listen.port, backlog=1024)
        except OSError as error:
            reason = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
            raise ConfigError(
                "--listen", f"cannot listen on {listen}: {reason}. Choose another address; port 0 takes a free one."
            ) from error
        self._servers.append(server)
        host, port = server.sockets[0].getsockname()[:2]
        return Address(host, port)

    @property
    def statistics(self) -> Statistics:
        """What was done so far."""
        return self._settings.statistics

    @property
    def busy(self) -> int:
        """Connections with an exchange under way."""
        return sum(connection.busy for connection in self._connections)

    async def stop(self, grace: float | None = None) -> bool:
        """Take no more connections, let exchanges under way come to their end, then close everything and the host.

        *grace* bounds, in seconds, how long they may take; None waits without end. False when connections had to be cut.
        """
        for server in self._servers:
            server.close()
        for connection in list(self._connections):
            connection.shut_down()
        try:
            async with asyncio.timeout(grace):
                await self._empty.wait()
        except TimeoutError:
            self.abort()
            await self._empty.wait()
        finally:
            self._end()
        return not self._cut

    def abort(self) -> None:
        """Cut all connections now."""
        for connection in list(self._connections):
            self._cut = self._cut or connection.busy
            connection.abort()

    def _end(self) -> None:
        self.pump.close()
        for pool in self._pools:
            pool.close()
        for client in self._clients.values():
            client.close()
        for grpc in self._grpc.values():
            grpc.close()

    def _accept(self, settings: Settings) -> ClientConnection:
        self._accepted += 1
        connection = ClientConnection(settings, self._accepted, self._lost)
        self._connections.add(connection)
        self._empty.clear()
        return connection

    def _lost(self, connection: ClientConnection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()
