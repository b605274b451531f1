"""The log: lines of guests and of the host about them, in Envoy's shape.

Lives here: the level, the shape of a line, and where lines go.
Not here: what guests may log when (hostcalls.logging, hostcalls.wasi).

    [2026-11-21 01:23:45.678][info][wasm] wasm log my_plugin my_root my_vm: message

abi: 6.3 proxy_log
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime

from proxyabi.abi.types import LogLevel
from proxyabi.services.clock import Clock, SystemClock

__all__ = ["Log", "guest_prefix"]

OFF = 6
"""The level at which nothing is written; a guest that asks for the level reads this number."""

WORDS = {
    LogLevel.TRACE: "trace",
    LogLevel.DEBUG: "debug",
    LogLevel.INFO: "info",
    LogLevel.WARN: "warning",
    LogLevel.ERROR: "error",
    LogLevel.CRITICAL: "critical",
}


def guest_prefix(plugin_name: str, root_id: str, vm_id: str) -> str:
    """What stands between "wasm log" and the colon: the non-empty ones of three names, each behind a space.

    In a root context Envoy leaves the plugin's name out.
    """
    return "".join(f" {part}" for part in (plugin_name, root_id, vm_id) if part)


class Log:
    """Writes lines at or above *level* (a `LogLevel`, or 6 for none) to *sink*, by default stderr."""

    def __init__(
        self, level: int = LogLevel.INFO, *, sink: Callable[[str], None] | None = None, clock: Clock | None = None
    ) -> None:
        self.level = level
        self._sink = sink or _to_stderr
        self._clock = clock or SystemClock()

    def guest(self, level: LogLevel, prefix: str, message: str) -> None:
        """A line that a guest has written. *prefix* is that of `guest_prefix`."""
        self.host(level, f"wasm log{prefix}: {message}")

    def host(self, level: LogLevel, message: str) -> None:
        """A line of the host's own about its guests."""
        if level >= self.level:
            seconds, rest = divmod(self._clock.wall_ns(), 1_000_000_000)
            moment = datetime.fromtimestamp(seconds)
            self._sink(f"[{moment:%Y-%m-%d %H:%M:%S}.{rest // 1_000_000:03}][{WORDS[level]}][wasm] {message}")


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
