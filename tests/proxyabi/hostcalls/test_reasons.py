"""No status other than OK comes without a reason: over all host functions, whatever they are asked, in trace and log."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.abi.signature import Answer
from proxyabi.abi.types import Errno, LogLevel, Status
from proxyabi.abi.versions import VERSIONS, surface

ROWS = sorted({row for version in VERSIONS for row in surface(version).hostcalls.values()}, key=str)
STATUSES = [row for row in ROWS if row.answer in (Answer.STATUS, Answer.ERRNO)]
WILD = 0xFFFF_FFF0
PLACE, RESULT = 0x100, 0x8000


def argument_lists(row: Any) -> list[list[int]]:
    """Arguments that bring about every kind of refusal: wild everywhere, unknown numbers, nothing there, unwritable results."""
    count = len(row.wasm_params)
    slots = sum(result.kind.slots for result in row.results)
    some = [[value] * count for value in (WILD, 0, 1, 2, 3, 4, 5, 6, 7, 8, 77)]
    places = [PLACE if index % 2 == 0 else 3 for index in range(count - slots)]
    return [*some, places + [RESULT] * slots, places + [WILD] * slots, [0] * (count - slots) + [RESULT] * slots]


@pytest.mark.parametrize("row", STATUSES, ids=str)
@pytest.mark.parametrize("where", ["stream", "root", "log"])
def test_every_refusal_tells_why(make_world: Any, row: Any, where: str) -> None:
    version = VERSIONS.index(next(version for version in VERSIONS if row in surface(version).hostcalls.values()))
    refused = 0
    for args in argument_lists(row):
        world = make_world()
        world.attach_trace()
        world.context = world.root if where == "root" else world.stream
        world.stream.in_log_phase = where == "log"
        answer = world.raw(row.name, *args, version=version, module=row.module)
        record = world.records[-1]
        status = (Status if row.answer is Answer.STATUS else Errno)(answer).name
        assert record["status"] == status
        if answer:
            refused += 1
            assert record["reason"], (args, record)
            assert world.vm.refusal == (str(row), status, record["reason"])
            told = [line for line in world.lines if "[debug]" in line and str(row) in line]
            assert len(told) == 1
            assert all(part in told[0] for part in (status, record["reason"]))
        else:
            assert record["reason"] is None
    if row.module == "env" and row.results:
        assert refused, "a wild address for a result has to be refused"


def test_above_debug_level_the_log_says_nothing(make_world: Any) -> None:
    world = make_world()
    world.services.log.level = LogLevel.INFO
    assert world.raw("proxy_log", 77, 0, 0) == Status.BAD_ARGUMENT
    assert world.lines == []


@pytest.mark.parametrize(
    ("function", "inputs", "words"),
    [
        ("proxy_log", (6, b""), "6 is no log_level: it has to be between 0 and 5"),
        ("proxy_get_header_map_value", (3, b"x"), "it can in proxy_on_response_trailers"),
        ("proxy_set_buffer_bytes", (6, 0, 0, b""), "buffer VM_CONFIGURATION can never be changed"),
        ("proxy_http_call", (b"nobody", b"", b"", b"", 1), ":path"),
        ("proxy_increment_metric", (3, 1), "3"),
        ("proxy_set_effective_context", (99,), "99"),
        ("proxy_call_foreign_function", (b"nobody", b""), "there are"),
    ],
)
def test_a_reason_names_the_argument_or_the_phase_and_the_remedy(world: Any, function: str, inputs: Any, words: str) -> None:
    world.call(function, *inputs)
    assert words in world.vm.refusal[2]
