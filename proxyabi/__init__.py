"""A complete Proxy-Wasm host: the plugin ABI of Envoy and Istio, for programs, servers and tests.

Lives here: the public names, nothing else. `Host` runs filters without a socket; `serve` puts one around it.
Not here: the command line (cli), the toolkit for tests of filters (testing).
"""

from __future__ import annotations

from proxyabi.abi.kinds import KINDS, PluginKind
from proxyabi.abi.types import Status
from proxyabi.config import PluginConfig
from proxyabi.context import commands, events
from proxyabi.context.commands import Command
from proxyabi.context.events import Event
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.stream_info import StreamInfo
from proxyabi.errors import ConfigError, Fail, GuestError, PluginFailed, ProxyAbiError
from proxyabi.hostcalls.foreign import foreign as foreign_function
from proxyabi.plugin.host import Host, Plugin
from proxyabi.plugin.workers import Workers
from proxyabi.services.services import Services
from proxyabi.trace import Trace

__all__ = [
    "KINDS",
    "Command",
    "ConfigError",
    "Event",
    "Fail",
    "GuestError",
    "HeaderMap",
    "Host",
    "Plugin",
    "PluginConfig",
    "PluginFailed",
    "PluginKind",
    "ProxyAbiError",
    "Services",
    "Status",
    "StreamInfo",
    "Trace",
    "Workers",
    "commands",
    "events",
    "foreign_function",
]
