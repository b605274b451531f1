"""The kinds of plugins: what Envoy calls each, which streams it works on, and how many of it there are.

Lives here: one table. Not here: what a plugin does at work (plugin), and which kind a command line asks for (cli).

Every kind has a plugin context; filters have a context for each stream besides. A kind that is no filter hears of streams, if at
all, when they are over.

abi: 18 Log-only, singleton and stats plugins
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ACCESS_LOGGER",
    "HTTP_FILTER",
    "KINDS",
    "NETWORK_FILTER",
    "SERVICE",
    "SINGLETON",
    "STAT_SINK",
    "PluginKind",
]


@dataclass(frozen=True, slots=True)
class PluginKind:
    """A kind of plugin.

    *extension* is its name in Envoy's configuration. *works_on*: "exchange" (HTTP), "connection" (TCP), or "" for none. *hears_of*
    names what reaches it beyond ticks, queues and calls. *single*: it lives in the first worker alone.
    """

    name: str
    extension: str
    works_on: str = ""
    hears_of: str = ""
    single: bool = False

    def __str__(self) -> str:
        return self.name


HTTP_FILTER = PluginKind("http-filter", "envoy.filters.http.wasm", works_on="exchange")
NETWORK_FILTER = PluginKind("network-filter", "envoy.filters.network.wasm", works_on="connection")
ACCESS_LOGGER = PluginKind("access-logger", "envoy.access_loggers.wasm", hears_of="log")
SERVICE = PluginKind("service", "envoy.bootstrap.wasm")
SINGLETON = PluginKind("singleton", "envoy.bootstrap.wasm", single=True)
STAT_SINK = PluginKind("stat-sink", "envoy.stat_sinks.wasm", hears_of="stats", single=True)

KINDS: dict[str, PluginKind] = {
    kind.name: kind for kind in (HTTP_FILTER, NETWORK_FILTER, ACCESS_LOGGER, SERVICE, SINGLETON, STAT_SINK)
}
