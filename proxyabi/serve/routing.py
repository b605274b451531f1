"""Where a request goes: one upstream for all, or the routes of a configuration file.

Lives here: `Choice`, what a route says; the routers that make one of a request's head; several servers under one name.
Not here: what routes may be (proxyabi.formats), connections (upstream_connection.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from proxyabi.context.header_map import HeaderMap
from proxyabi.errors import ConfigError
from proxyabi.formats.proxy import Cluster, Listener
from proxyabi.serve.places import Origin
from proxyabi.serve.upstream_connection import UpstreamConnection, UpstreamPool

__all__ = ["Choice", "OneUpstream", "Pool", "RoundRobin", "Router", "Routes", "origins_of"]


class Pool(Protocol):
    """Connections to whoever serves a request."""

    @property
    def endpoints(self) -> int:
        """How many servers there are."""

    def acquire(self) -> UpstreamConnection:
        """A connection for one request."""

    def close(self) -> None:
        """Close all connections."""


class RoundRobin:
    """Several servers under one name, asked in turn."""

    def __init__(self, origins: Sequence[Origin]) -> None:
        self._pools = [UpstreamPool(origin) for origin in origins]
        self._turns = itertools.cycle(self._pools)

    def acquire(self) -> UpstreamConnection:
        """A connection to the server whose turn it is."""
        return next(self._turns).acquire()

    @property
    def endpoints(self) -> int:
        """How many there are."""
        return len(self._pools)

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools:
            pool.close()


@dataclass(frozen=True)
class Choice:
    """What becomes of a request: *pool* serves it within *timeout* seconds, or *direct* (status, body) answers it.

    *endpoints* is how many servers the cluster has.
    """

    cluster: str | None
    pool: Pool | None
    timeout: float | None
    route: str = ""
    virtual_host: str | None = None
    direct: tuple[int, bytes] | None = None
    endpoints: int = 1


class Router(Protocol):
    """Chooses where requests go."""

    def choose(self, headers: HeaderMap) -> Choice | None:
        """What becomes of the request with that head; None when there is no route for it."""


class OneUpstream:
    """Everything goes to one upstream."""

    def __init__(self, cluster: str, pool: Pool, timeout: float | None) -> None:
        self._choice = Choice(cluster, pool, timeout)

    def choose(self, headers: HeaderMap) -> Choice | None:
        """The same for every request."""
        return self._choice


class Routes:
    """The routes of a listener. *pools* has every cluster that they name."""

    def __init__(self, listener: Listener, pools: Mapping[str, Pool]) -> None:
        self._listener = listener
        self._pools = pools

    def choose(self, headers: HeaderMap) -> Choice | None:
        """The route of the most exact domain, the first that matches the path."""
        authority, path = (headers.get(name) or b"" for name in (b":authority", b":path"))
        found = self._listener.route(authority.decode("latin-1"), path.decode("latin-1"))
        if found is None:
            return None
        host, route = found
        if route.direct is not None:
            return Choice(None, None, None, route.name, host.name, route.direct)
        pool = self._pools[route.cluster]
        return Choice(route.cluster, pool, route.timeout, route.name, host.name, endpoints=pool.endpoints)


def origins_of(cluster: Cluster) -> list[Origin]:
    """The servers of a cluster.

    raises: ConfigError, when this proxy cannot speak to them.
    """
    for endpoint in cluster.endpoints:
        if cluster.tls and cluster.tls != endpoint.host:
            raise ConfigError(
                f"cluster {cluster.name}",
                f"asks {endpoint.host} for a certificate of {cluster.tls}; only the host's own name can be asked for",
            )
    scheme = "http" if cluster.tls is None else "https"
    return [Origin(scheme, endpoint.host, endpoint.port) for endpoint in cluster.endpoints]
