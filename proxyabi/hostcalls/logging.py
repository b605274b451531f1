"""Log lines of the guest's.

Lives here: `proxy_log` and the level. Not here: the shape of a line (services.log).

abi: 6.3 Logging and time
"""

from __future__ import annotations

from proxyabi.abi.types import LogLevel
from proxyabi.context.ports import ContextPort
from proxyabi.hostcalls.registry import hostcall

__all__: list[str] = []


@hostcall("proxy_log")
def log(context: ContextPort, log_level: LogLevel, message: bytes) -> None:
    """Write a line to the log. An empty message is a line too.

    abi: proxy_log
    """
    context.log(log_level, message.decode("utf-8", "backslashreplace"))


@hostcall("proxy_get_log_level")
def get_log_level(context: ContextPort) -> int:
    """The level from which on lines are written; 6 when none are.

    abi: proxy_get_log_level
    """
    return int(context.vm.services.log.level)
