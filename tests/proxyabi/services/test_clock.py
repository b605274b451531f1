"""Clocks."""

from __future__ import annotations

from proxyabi.services.clock import StoppedClock, SystemClock


def test_a_stopped_clock_moves_when_told() -> None:
    clock = StoppedClock(10)
    before = clock.wall_ns(), clock.monotonic_ns(), clock.wall_ns()
    clock.advance(0.5)

    assert before == (10, 0, 10)
    assert (clock.wall_ns(), clock.monotonic_ns()) == (500_000_010, 500_000_000)


def test_the_machines_clock_does_not_go_back() -> None:
    clock = SystemClock()
    first = clock.monotonic_ns()

    assert clock.monotonic_ns() >= first
    assert clock.wall_ns() > 1_600_000_000_000_000_000
