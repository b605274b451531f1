"""What a plugin may not use answers so, touches nothing, and says so in log and trace."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.abi.types import Errno, Mode, Status
from proxyabi.abi.versions import VERSIONS, surface
from proxyabi.hostcalls.stubs import bind_restricted, is_restrictable

ROWS = sorted((row for row in surface(VERSIONS[-1]).hostcalls.values() if is_restrictable(row)), key=str)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_restricted_function_answers_without_doing_anything(world: Any, row: Any) -> None:
    world.attach_trace()
    before = bytes(world.guest.memory)
    answer = bind_restricted(row, world.guest, lambda: world.context, world.trace)(*[0xFFFFFFF0] * len(row.wasm_params))

    expected = {"env": Status.INTERNAL_FAILURE}.get(row.module, None if row.name == "proc_exit" else Errno.NOTCAPABLE)
    assert answer == expected
    assert world.guest.memory == before
    assert f"Attempted call to restricted proxy-wasm capability: {row.name}" in world.lines[0]
    assert "allowed_capabilities" in world.records[0]["reason"]


def test_emscriptens_helpers_cannot_be_restricted() -> None:
    every = surface(VERSIONS[-1]).hostcalls
    assert {row.name for row in every.values() if not is_restrictable(row)} == {
        "emscripten_notify_memory_growth",
        "pthread_equal",
    }


def test_what_traps_while_the_guest_starts_still_does(world: Any) -> None:
    world.guest.mode = Mode.STARTING
    call = bind_restricted(world.row("proxy_done"), world.guest, lambda: world.context, None)
    with pytest.raises(Exception, match="proxy_done"):
        call()
