"""A complete Proxy-Wasm host: the plugin ABI of Envoy and Istio, for programs, servers and tests.

Lives here: the public names, nothing else. `Host` runs filters without a socket; `serve` puts one around it.
Not here: the command line (cli), the toolkit for tests of filters (testing).
"""

from __future__ import annotations

from proxyabi.config import PluginConfig
from proxyabi.context import commands, events
from proxyabi.context.commands import Command
from proxyabi.context.events import Event
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.stream_info import StreamInfo
from proxyabi.errors import ConfigError, GuestError, PluginFailed, ProxyAbiError
from proxyabi.plugin.host import Host, Plugin
from proxyabi.services.services import Services
from proxyabi.trace import Trace

__all__ = [
    "Command",
    "ConfigError",
    "Event",
    "GuestError",
    "HeaderMap",
    "Host",
    "Plugin",
    "PluginConfig",
    "PluginFailed",
    "ProxyAbiError",
    "Services",
    "StreamInfo",
    "Trace",
    "commands",
    "events",
]
