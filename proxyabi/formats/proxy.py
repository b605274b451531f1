"""What a configuration file describes, as values: listeners, routes, clusters and plugins.

Lives here: the values, and which route a request takes.
Not here: reading them (envoy.py, routes.py, clusters.py), and acting on them (serve).

abi: 18 Log-only, singleton, stats plugins
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from proxyabi.config import PluginConfig

__all__ = ["Cluster", "Endpoint", "Listener", "ProxyConfig", "Route", "Service", "VirtualHost"]


@dataclass(frozen=True)
class Endpoint:
    """A place where a server listens."""

    host: str
    port: int


@dataclass(frozen=True)
class Cluster:
    """Servers under one name. *tls* is the name asked for by TLS, None for plain connections; *http2* that it speaks HTTP/2."""

    name: str
    endpoints: tuple[Endpoint, ...]
    tls: str | None = None
    http2: bool = False


@dataclass(frozen=True)
class Route:
    """Where requests go whose path matches: to *cluster*, or nowhere, when *direct* (status, body) answers them.

    *kind* is how *path* is compared: "prefix", "path" (the whole), or "path_separated_prefix" (whole segments).
    """

    kind: str
    path: str
    cluster: str = ""
    direct: tuple[int, bytes] | None = None
    timeout: float | None = 15.0
    name: str = ""
    case_sensitive: bool = True

    def matches(self, path: str) -> bool:
        """Whether a request for *path*, query included, takes this route. The query counts for prefixes alone."""
        whole, _, _ = path.partition("?")
        wanted = self.path
        if not self.case_sensitive:
            path, whole, wanted = path.lower(), whole.lower(), wanted.lower()
        if self.kind == "prefix":
            return path.startswith(wanted)
        return whole == wanted or (self.kind == "path_separated_prefix" and whole.startswith(wanted + "/"))


@dataclass(frozen=True)
class VirtualHost:
    """Routes for requests to some domains: a name, `*.suffix`, `prefix.*`, or `*`."""

    name: str
    domains: tuple[str, ...]
    routes: tuple[Route, ...]


@dataclass(frozen=True)
class Listener:
    """An address, and what happens to those who connect there.

    *plugins* are numbers of the file's plugins: the filters, in order. With *tcp_cluster* they are network filters, in front of
    that cluster; otherwise HTTP filters in front of *virtual_hosts*. *access_loggers* are numbers of plugins too.
    """

    name: str
    host: str
    port: int
    plugins: tuple[int, ...]
    virtual_hosts: tuple[VirtualHost, ...] = ()
    tcp_cluster: str = ""
    access_loggers: tuple[int, ...] = ()
    direction: int = 0
    body_limit: int | None = None

    def route(self, authority: str, path: str) -> tuple[VirtualHost, Route] | None:
        """The route of a request, None when none matches. The most exact domain decides, then the first route."""
        host = self._host_of(authority.lower())
        if host is None:
            return None
        return next(((host, route) for route in host.routes if route.matches(path)), None)

    def _host_of(self, authority: str) -> VirtualHost | None:
        found: list[tuple[int, int, VirtualHost]] = []
        for host in self.virtual_hosts:
            for domain in host.domains:
                rank = _rank(domain.lower(), authority)
                if rank is not None:
                    found.append((*rank, host))
        return max(found, key=lambda entry: entry[:2])[2] if found else None


def _rank(domain: str, authority: str) -> tuple[int, int] | None:
    """How well a domain fits: whole names, then the longest suffix, the longest prefix, `*`. None: it does not."""
    if domain == authority:
        return 3, 0
    if domain == "*":
        return 0, 0
    if domain.startswith("*") and authority.endswith(domain[1:]) and len(authority) > len(domain) - 1:
        return 2, len(domain)
    if domain.endswith("*") and authority.startswith(domain[:-1]) and len(authority) > len(domain) - 1:
        return 1, len(domain)
    return None


@dataclass(frozen=True)
class Service:
    """A plugin that runs by itself: *kind* is "service" or "stat_sink", *plugin* its number."""

    kind: str
    plugin: int
    singleton: bool = False


@dataclass
class ProxyConfig:
    """All that a file says. *notes* are what it says that has no effect here."""

    plugins: list[PluginConfig] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    clusters: dict[str, Cluster] = field(default_factory=dict)
    services: list[Service] = field(default_factory=list)
    node: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
