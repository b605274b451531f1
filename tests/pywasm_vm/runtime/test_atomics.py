"""Atomic accesses, waiting and waking, on a memory alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic, sleep

import pytest

from pywasm_vm.errors import Exhausted, Trap, TrapKind
from pywasm_vm.execution.budget import Budget
from pywasm_vm.features import Feature
from pywasm_vm.isa.memory import ROWS
from pywasm_vm.isa.opcode import Imm
from pywasm_vm.runtime.atomics import FUNCTIONS, WAITS, notify
from pywasm_vm.runtime.memory import MemInst
from pywasm_vm.structure.types import Limits, MemType

FOR_EVER = (1 << 64) - 1
SECOND = 1_000_000_000

wait32, wait64 = WAITS["memory_atomic_wait32"], WAITS["memory_atomic_wait64"]


wait_for = Budget().wait_for


def memory(*, shared: bool = True) -> MemInst:
    return MemInst(MemType(Limits(1, 2), shared=shared), 16)


def waiting(mem: MemInst, count: int, address: int = 0) -> None:
    """Until so many threads wait at *address*."""
    end = monotonic() + 10
    while len(mem.waiting.get(address, ())) != count:
        assert monotonic() < end, "nobody came to wait"
        sleep(0.001)


def begin(target: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    return thread


def test_every_row_of_an_atomic_access_has_a_function() -> None:
    rows = {row.name for row in ROWS if row.since is Feature.THREADS and row.immediates == (Imm.MEMARG,)}

    assert rows == FUNCTIONS.keys() | WAITS.keys()


@pytest.mark.parametrize(
    ("word", "stored"),
    [("add", 0x25), ("sub", 0x01), ("and", 0x12), ("or", 0x13), ("xor", 0x01), ("xchg", 0x12)],
)
def test_a_narrow_change_touches_its_bytes_alone_and_gives_what_was_there(word: str, stored: int) -> None:
    mem = memory()
    mem.write(0, bytes([7, 0x13, 7]))

    old = FUNCTIONS[f"i32_atomic_rmw8_{word}_u"](mem, 1, 0xFFFFFF12)

    assert old == 0x13
    assert mem.read(0, 3) == bytes([7, stored, 7])


def test_a_sum_wraps_at_the_width_of_the_access() -> None:
    mem = memory()
    mem.write(8, b"\xff" * 8)

    assert FUNCTIONS["i64_atomic_rmw_add"](mem, 8, 2) == (1 << 64) - 1
    assert FUNCTIONS["i64_atomic_load"](mem, 8) == 1


@pytest.mark.parametrize(("expected", "found"), [(5, b"\x09"), (0x105, b"\x09"), (6, b"\x05")])
def test_a_narrow_compare_exchange_compares_the_lowest_bytes(expected: int, found: bytes) -> None:
    mem = memory()
    mem.write(0, b"\x05")

    assert FUNCTIONS["i32_atomic_rmw8_cmpxchg_u"](mem, 0, expected, 0xFF09) == 5
    assert mem.read(0, 2) == found + b"\0"


@pytest.mark.parametrize(
    "name", [name for name in sorted(FUNCTIONS.keys() | WAITS.keys()) if "8_" not in name and name[-1] != "8"]
)
def test_a_misaligned_access_traps_even_outside_of_the_memory(name: str) -> None:
    function, more = (WAITS[name], [wait_for]) if name in WAITS else (FUNCTIONS[name], [])
    operands = function.__code__.co_argcount - 2 - len(more)

    for address in (1, 65537):
        with pytest.raises(Trap) as caught:
            function(memory(), address, *[0] * operands, *more)
        assert caught.value.kind is TrapKind.UNALIGNED_ATOMIC
    with pytest.raises(Trap) as caught:
        function(memory(), 65536, *[0] * operands, *more)
    assert caught.value.kind is TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS


def test_waiting_on_a_memory_of_ones_own_traps() -> None:
    with pytest.raises(Trap) as caught:
        wait32(memory(shared=False), 0, 0, 0, wait_for)

    assert caught.value.kind is TrapKind.EXPECTED_SHARED_MEMORY
    assert notify(memory(shared=False), 0, 1) == 0


def test_waiting_for_a_number_that_has_changed_does_not_wait() -> None:
    mem = memory()
    mem.write(0, b"\1\0\0\0\0\0\0\1")

    assert wait32(mem, 0, 2, FOR_EVER, wait_for) == 1
    assert wait64(mem, 0, 1, FOR_EVER, wait_for) == 1
    assert mem.waiting == {}


def test_a_timeout_is_in_nanoseconds() -> None:
    mem = memory()
    begun = monotonic()

    assert wait32(mem, 0, 0, 0, wait_for) == 2
    assert wait32(mem, 0, 0, SECOND // 5, wait_for) == 2

    assert 0.19 < monotonic() - begun < 5
    assert mem.waiting == {}


def test_who_came_first_is_woken_first_and_the_number_is_told() -> None:
    mem = memory()
    woken: list[int] = []

    def wait_as(number: int) -> None:
        assert wait32(mem, 0, 0, FOR_EVER, wait_for) == 0
        woken.append(number)

    threads = []
    for number in range(4):
        threads.append(begin(lambda number=number: wait_as(number)))  # type: ignore[misc]
        waiting(mem, number + 1)

    assert notify(mem, 4, 9) == 0
    assert notify(mem, 0, 0) == 0
    assert notify(mem, 0, 1) == 1
    threads[0].join(10)
    assert woken == [0]
    assert notify(mem, 0, 2) == 2
    threads[1].join(10)
    threads[2].join(10)
    assert sorted(woken) == [0, 1, 2]
    assert notify(mem, 0, 0xFFFFFFFF) == 1
    threads[3].join(10)
    assert mem.waiting == {}


def test_the_lock_is_free_while_somebody_waits() -> None:
    mem = memory()
    thread = begin(lambda: wait32(mem, 0, 0, FOR_EVER, wait_for))
    waiting(mem, 1)

    assert FUNCTIONS["i32_atomic_rmw_add"](mem, 0, 1) == 0
    assert mem.grow(1) == 1

    assert notify(mem, 0, 1) == 1
    thread.join(10)
    assert not thread.is_alive()


def test_a_deadline_ends_the_wait_and_leaves_nobody_in_the_queue() -> None:
    mem = memory()
    budget = Budget(seconds=0.1)
    begun = monotonic()

    with pytest.raises(Exhausted), budget:
        wait64(mem, 8, 0, FOR_EVER, budget.wait_for)

    assert 0.09 < monotonic() - begun < 5
    assert mem.waiting == {}
    assert notify(mem, 8, 1) == 0
