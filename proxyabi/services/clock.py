"""What time it is, for guests that ask and for records.

Lives here: the clock of the machine, and one that moves only when told, for tests. Nobody else in the core reads the time.
Not here: timers; time that passes reaches the core as events.

abi: 6.3 proxy_get_current_time_nanoseconds, 8 clock_time_get
"""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["Clock", "StoppedClock", "SystemClock"]


class Clock(Protocol):
    """Two clocks: one that tells the date, one that never goes back. Both in nanoseconds."""

    def wall_ns(self) -> int:
        """Nanoseconds since the epoch."""

    def monotonic_ns(self) -> int:
        """Nanoseconds since some moment."""


class SystemClock:
    """The machine's clocks."""

    def wall_ns(self) -> int:
        """Nanoseconds since the epoch."""
        return time.time_ns()

    def monotonic_ns(self) -> int:
        """Nanoseconds since some moment."""
        return time.monotonic_ns()


class StoppedClock:
    """A clock that stands still until somebody moves it."""

    def __init__(self, now_ns: int = 1_700_000_000_000_000_000) -> None:
        self._start = now_ns
        self._now = now_ns

    def advance(self, seconds: float) -> None:
        """Move both clocks forward."""
        self._now += round(seconds * 1e9)

    def wall_ns(self) -> int:
        """Nanoseconds since the epoch."""
        return self._now

    def monotonic_ns(self) -> int:
        """Nanoseconds since the clock was made."""
        return self._now - self._start
