"""Contexts, status, log and time."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.abi.types import LogLevel, Status
from proxyabi.services.log import OFF


def test_another_context_can_be_made_the_effective_one(world: Any) -> None:
    assert world.call("proxy_set_effective_context", 1) == Status.OK
    assert world.vm.effective_id == 1
    assert world.call("proxy_set_effective_context", 0) == Status.OK
    assert world.call("proxy_set_effective_context", 99) == Status.BAD_ARGUMENT


def test_done_is_for_a_shutdown_that_waits(world: Any) -> None:
    assert world.call("proxy_done") == Status.NOT_FOUND

    world.vm.shutdown_waits = True
    assert world.call("proxy_done") == Status.OK


def test_the_status_is_that_of_the_plugins_last_failed_call(world: Any) -> None:
    assert world.call("proxy_get_status") == (0, b"")

    world.root.status = (11, "reset")
    assert world.call("proxy_get_status") == (11, b"reset")


@pytest.mark.parametrize(("message", "text"), [(b"hello", "hello"), (b"", ""), (b"caf\xc3\xa9 \xff", "café \\xff")])
def test_a_message_is_logged_as_text(world: Any, message: bytes, text: str) -> None:
    assert world.call("proxy_log", LogLevel.WARN, message) == Status.OK
    assert world.vm.logged == [(LogLevel.WARN, text)]


@pytest.mark.parametrize("level", [*LogLevel, OFF])
def test_the_log_level_is_the_hosts(world: Any, level: int) -> None:
    world.services.log.level = level

    assert world.call("proxy_get_log_level") == level


def test_the_time_is_the_clocks(world: Any) -> None:
    assert world.call("proxy_get_current_time_nanoseconds") == 1_700_000_000_000_000_000
    assert world.call("clock_time_get", 0, 0, module="wasi_unstable") == 1_700_000_000_000_000_000


def test_a_stream_sets_its_plugins_timer_in_milliseconds(world: Any) -> None:
    assert world.call("proxy_set_tick_period_milliseconds", 1500) == Status.OK
    assert world.vm.armed == [1.5]
