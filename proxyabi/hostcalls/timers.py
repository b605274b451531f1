"""The date, and the plugin's timer.

Lives here: the two functions. Not here: clocks (services.clock), and when a timer fires (serve).

abi: 6.3 Logging and time, 15.3 Timers
"""

from __future__ import annotations

from proxyabi.context.ports import ContextPort
from proxyabi.hostcalls.registry import hostcall

__all__: list[str] = []


@hostcall("proxy_get_current_time_nanoseconds")
def get_current_time(context: ContextPort) -> int:
    """Nanoseconds since the epoch; the same clock as WASI's realtime.

    abi: proxy_get_current_time_nanoseconds
    """
    return context.vm.services.clock.wall_ns()


@hostcall("proxy_set_tick_period_milliseconds")
def set_tick_period(context: ContextPort, period: int) -> None:
    """Set the timer of the plugin, whichever of its contexts asks; 0 stops it.

    abi: proxy_set_tick_period_milliseconds
    """
    context.root.set_tick_period(period)
