"""Check 30: proc_exit returns, and fd_write takes one newline off (abi: 8)."""

from __future__ import annotations

import pytest

RESULT = 0x8000


def test_proc_exit_returns(world):
    assert world.raw("proc_exit", 1, module="wasi_unstable") is None
    assert any("proc_exit" in line for line in world.lines)


@pytest.mark.parametrize(("text", "logged"), [(b"a\n", ["a"]), (b"a\n\n", ["a\n"]), (b"a", ["a"]), (b"", [])])
def test_fd_write(world, text, logged):
    world.guest.write(0x100, (0x200).to_bytes(4, "little") + len(text).to_bytes(4, "little"))
    world.guest.write(0x200, text)
    assert world.raw("fd_write", 1, 0x100, 1, RESULT, module="wasi_snapshot_preview1") == 0
    assert [message for _, message in world.vm.logged] == logged
    assert world.word(RESULT) == len(text)
