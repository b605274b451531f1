"""A proxy process from its first to its last breath: filters loaded, signals heard, everything closed.

Lives here: what `proxyabi serve` and `proxyabi demo` share: starting host, echo upstream and proxy, and ending them.
Not here: options and what is printed for people (cli).

The filters are brought up before the event loop runs, so that Ctrl-C ends a long load at once. The first Ctrl-C (or SIGTERM) lets
exchanges under way come to their end; the second cuts them, and whatever a guest is doing.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from proxyabi.abi.kinds import STAT_SINK
from proxyabi.config import PluginConfig
from proxyabi.errors import ConfigError
from proxyabi.formats.proxy import Cluster, Listener
from proxyabi.plugin.host import Host
from proxyabi.serve.echo import EchoUpstream
from proxyabi.serve.http_proxy import UPSTREAM_TIMEOUT, HttpProxy
from proxyabi.serve.places import Address, Origin
from proxyabi.serve.routing import RoundRobin, origins_of
from proxyabi.serve.tcp_proxy import TcpProxy
from proxyabi.services.services import Services
from proxyabi.trace import Trace

__all__ = ["GRACE", "Outcome", "Server", "Setup"]

STATS_PERIOD = 5.0
"""Seconds between two looks of a stat sink at the metrics. Envoy's default."""

GRACE = 10.0
"""Seconds that exchanges under way have after the first signal."""


@dataclass(frozen=True)
class Setup:
    """What to serve. Without *upstream* the built-in echo answers; a cluster without an origin is the echo too.

    With *listeners*, those of a configuration file, their routes lead to the clusters *routed*, which HTTP calls may ask too;
    *listen* and *upstream* count for nothing then. With *tcp_upstream* the proxy is one of connections, for network filters.
    """

    plugins: Sequence[PluginConfig]
    listen: Address
    upstream: Origin | None = None
    clusters: Mapping[str, Origin | None] = field(default_factory=dict)
    tier: str = "auto"
    services: Services = field(default_factory=Services)
    trace: Trace | None = None
    upstream_timeout: float | None = UPSTREAM_TIMEOUT
    envoy_headers: bool = True
    listeners: Sequence[Listener] = ()
    routed: Mapping[str, Cluster] = field(default_factory=dict)
    tcp_upstream: Address | None = None


@dataclass(frozen=True)
class Outcome:
    """What a server did. *cut_off* counts the connections that the end did not wait for."""

    requests: int
    responses: int
    resets: int
    refusals: int
    upstream_failures: int
    contexts_left: int
    cut_off: bool


class Server:
    """One host and its proxy. *report* is told, in a sentence each, of what goes wrong outside any filter.

    raises: ConfigError, GuestError or PluginFailed, when a filter cannot be brought up.
    """

    def __init__(self, setup: Setup, report: Callable[[str], None]) -> None:
        self.host = Host(
            setup.plugins,
            services=setup.services,
            tier=setup.tier,
            clusters=(*setup.clusters, *setup.routed),
            trace=setup.trace,
        )
        self._origins = {name: origins_of(cluster) for name, cluster in setup.routed.items()}
        self._setup = setup
        self._report = report
        self._first_commands = self.host.start()

    def run(
        self,
        ready: Callable[[Address, Origin | Address], None],
        stopping: Callable[[int], None],
        session: Callable[[Address], Awaitable[None]] | None = None,
    ) -> Outcome:
        """Serve until a signal comes, or until *session* is over.

        *ready* is told where the proxy listens and what stands behind it, *stopping* how many connections are still busy.
        raises: ConfigError, when the address cannot be listened on.
        """
        return asyncio.run(self._run(ready, stopping, session))

    async def _run(
        self,
        ready: Callable[[Address, Origin | Address], None],
        stopping: Callable[[int], None],
        session: Callable[[Address], Awaitable[None]] | None,
    ) -> Outcome:
        setup = self._setup
        echo = EchoUpstream()
        origin = await echo.start()
        clusters: dict[str, Origin | Sequence[Origin]] = dict(self._origins)
        clusters |= {name: target or origin for name, target in setup.clusters.items()}
        proxy: HttpProxy | TcpProxy
        behind: Origin | Address = setup.tcp_upstream or setup.upstream or origin
        if isinstance(behind, Address):
            named = setup.listeners[0].tcp_cluster if setup.listeners else ""
            proxy = TcpProxy(self.host, behind, cluster=named or "upstream", clusters=clusters, report=self._report)
        else:
            proxy = HttpProxy(
                self.host,
                behind,
                clusters=clusters,
                upstream_timeout=setup.upstream_timeout,
                envoy_headers=setup.envoy_headers,
                report=self._report,
            )
        try:
            addresses = await self._open(proxy)
            address = addresses[0]
            if any(plugin.config.kind is STAT_SINK for plugin in self.host.plugins):
                proxy.pump.flush_stats(STATS_PERIOD)
            with _Signals(proxy) as signals:
                for one in addresses:
                    ready(one, behind)
                await _first_of(signals.heard.wait(), session(address) if session is not None else None)
                stopping(proxy.busy)
                in_time = await proxy.stop(GRACE)
        finally:
            echo.stop()
        self.plugin_reports = [plugin.report() for plugin in self.host.plugins]
        done = proxy.statistics
        return Outcome(
            done.requests,
            done.responses,
            done.resets,
            done.refusals,
            done.upstream_failures,
            self.host.contexts_left,
            cut_off=not in_time,
        )

    async def _open(self, proxy: HttpProxy | TcpProxy) -> list[Address]:
        """Listen everywhere, and give the addresses."""
        setup = self._setup
        if not setup.listeners or isinstance(proxy, TcpProxy):
            return [await proxy.start(setup.listen, self._first_commands)]
        addresses = []
        for number, listener in enumerate(setup.listeners):
            named = {route.cluster for host in listener.virtual_hosts for route in host.routes if route.cluster}
            for name in named:
                if setup.routed[name].http2:
                    raise ConfigError(f"cluster {name}", "speaks HTTP/2, which requests are not sent by here; gRPC calls are")
            pools = {name: RoundRobin(self._origins[name]) for name in named}
            commands = self._first_commands if number == 0 else ()
            addresses.append(await proxy.also_listen(Address(listener.host, listener.port), listener, pools, commands))
        return addresses


class _Signals:
    """SIGINT and SIGTERM, while the context lasts: the first is *heard*, the second cuts all connections.

    Python's own handlers and not the event loop's, because those would wait for a guest that runs: one that never returns could
    not be ended.
    """

    def __init__(self, proxy: HttpProxy | TcpProxy) -> None:
        self.heard = asyncio.Event()
        self._proxy = proxy
        self._loop = asyncio.get_running_loop()
        self._times = 0
        self._undo = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._wake()
        for number in (signal.SIGINT, signal.SIGTERM):
            self._undo.callback(signal.signal, number, signal.signal(number, self._hear))
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def _wake(self) -> None:
        """Let signals wake the event loop.

        Python hears a signal between two of its own steps. One that comes just before the loop waits, or to another thread,
        would be heard when that wait is over, which may be the whole time of grace.
        """
        woken, waker = socket.socketpair()
        self._undo.callback(woken.close)
        self._undo.callback(waker.close)
        woken.setblocking(False)
        waker.setblocking(False)
        try:
            self._loop.add_reader(woken, woken.recv, 4096)
        except NotImplementedError:  # The loop of Windows, which signals wake already.
            return
        self._undo.callback(self._loop.remove_reader, woken)
        self._undo.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False))

    def _hear(self, *_: object) -> None:
        self._times += 1
        if self._times == 1:
            self._loop.call_soon_threadsafe(self.heard.set)
        elif self._proxy.pump.feeding:
            raise KeyboardInterrupt
        else:
            self._loop.call_soon_threadsafe(self._proxy.abort)


async def _first_of(first: Awaitable[object], second: Awaitable[object] | None) -> None:
    """Wait for whichever ends first; what it raises is raised. The other is cancelled."""
    tasks = [asyncio.ensure_future(awaitable) for awaitable in (first, second) if awaitable is not None]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
