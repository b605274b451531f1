"""Lines of the log."""

from __future__ import annotations

import re

import pytest

from proxyabi.abi.types import LogLevel
from proxyabi.services.clock import StoppedClock
from proxyabi.services.log import OFF, Log, guest_prefix


def test_a_line_has_envoys_shape() -> None:
    lines: list[str] = []
    log = Log(sink=lines.append, clock=StoppedClock(1_700_000_000_045_999_999))
    log.guest(LogLevel.WARN, guest_prefix("my_plugin", "my_root", "my_vm"), "hello")

    assert re.fullmatch(
        r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.045\]\[warning\]\[wasm\] wasm log my_plugin my_root my_vm: hello", lines[0]
    )


@pytest.mark.parametrize(
    ("names", "prefix"), [(("", "", ""), ""), (("a", "", "c"), " a c"), (("", "b", ""), " b"), (("a", "b", "c"), " a b c")]
)
def test_empty_names_are_left_out(names: tuple[str, str, str], prefix: str) -> None:
    assert guest_prefix(*names) == prefix


@pytest.mark.parametrize(("level", "written"), [(LogLevel.TRACE, 6), (LogLevel.INFO, 4), (LogLevel.CRITICAL, 1), (OFF, 0)])
def test_lines_below_the_level_are_not_written(level: int, written: int) -> None:
    lines: list[str] = []
    log = Log(level, sink=lines.append)
    for each in LogLevel:
        log.guest(each, "", each.name)

    assert len(lines) == written
