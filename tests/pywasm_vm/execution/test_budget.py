"""Fuel, time and depth, and the recursion limit of the process."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from time import monotonic

import pytest

import pywasm_vm as wasm
from pywasm_vm.errors import Exhausted, TrapKind
from pywasm_vm.execution.budget import NESTING, SLICE, Budget

Wat = Callable[[str], bytes]

LOOPS = """(module
  (func (export "count") (param i32)
    (loop                                                          ;; 11 instructions inside, its end included
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (if (local.get 0) (then nop))
      (br_if 0 (local.get 0))))
  (func (export "straight") nop nop)
  (func (export "for_ever") (loop (br 0)))
  (func (export "calls") (call 1) (call 1)))"""


def store(wat: Wat, tier: str, fuel: int | None) -> tuple[wasm.Store, wasm.Instance]:
    made = wasm.Store(tier=tier, fuel=fuel)
    return made, made.instantiate(wasm.Module.decode(wat(LOOPS)))


def spent(wat: Wat, tier: str, name: str, *args: int) -> int:
    made, instance = store(wat, tier, 1_000_000)
    instance.exports[name](*args)
    assert made.fuel is not None
    return 1_000_000 - made.fuel


def test_a_function_costs_its_instructions(tier: str, wat: Wat) -> None:
    assert spent(wat, tier, "straight") == 3
    assert spent(wat, tier, "calls") == 3 + 2 * 3


def test_each_round_of_a_loop_costs_the_instructions_inside(tier: str, wat: Wat) -> None:
    """`loop` and the end of the body cost once; each arrival at the head costs what is inside, its `end` included."""
    one = spent(wat, tier, "count", 1)
    two = spent(wat, tier, "count", 2)

    assert two - one == 11
    assert one == 2 + 11


def test_a_guest_with_exactly_enough_fuel_comes_to_its_end(tier: str, wat: Wat) -> None:
    made, instance = store(wat, tier, 2 + 11 * 7)

    instance.exports.count(7)

    assert made.fuel == 0


def test_a_guest_that_lacks_one_unit_is_stopped(tier: str, wat: Wat) -> None:
    made, instance = store(wat, tier, 2 + 11 * 7 - 1)

    with pytest.raises(Exhausted) as caught:
        instance.exports.count(7)

    assert caught.value.kind is TrapKind.OUT_OF_FUEL
    assert caught.value.frames
    assert made.fuel == 0


def test_fuel_can_be_filled_up_again(tier: str, wat: Wat) -> None:
    made, instance = store(wat, tier, 5)
    with pytest.raises(Exhausted):
        instance.exports.count(7)

    made.fuel = 1000

    instance.exports.count(7)
    assert made.fuel == 1000 - (2 + 11 * 7)


def test_a_deadline_stops_a_guest_that_loops_for_ever(tier: str, wat: Wat) -> None:
    made, instance = store(wat, tier, None)
    made.set_deadline(0.05)
    begin = monotonic()

    with pytest.raises(Exhausted) as caught:
        instance.exports.for_ever()

    assert caught.value.kind is TrapKind.OUT_OF_TIME
    assert monotonic() - begin < 5
    instance.exports.straight()


def test_a_refill_pays_the_debt_and_gives_one_slice() -> None:
    budget = Budget(fuel=SLICE * 2)
    budget.slice.cell_contents = -5

    budget.refill()

    assert budget.slice.cell_contents == SLICE
    assert budget.fuel == SLICE * 2 - 5


def test_the_recursion_limit_is_raised_inside_and_restored_outside() -> None:
    before = sys.getrecursionlimit()

    with Budget(call_depth=5000):
        assert sys.getrecursionlimit() >= before + 5000
        with Budget(call_depth=100):
            assert sys.getrecursionlimit() >= before + 5000
        assert sys.getrecursionlimit() >= before + 5000

    assert sys.getrecursionlimit() == before


def test_the_last_of_several_threads_restores_the_recursion_limit() -> None:
    before = sys.getrecursionlimit()
    barrier = threading.Barrier(4)
    seen: list[int] = []

    def invoke(depth: int) -> None:
        with Budget(call_depth=depth):
            barrier.wait()
            seen.append(sys.getrecursionlimit())

    threads = [threading.Thread(target=invoke, args=(1000 * n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert min(seen) >= before
    assert max(seen) >= before + 4000
    assert sys.getrecursionlimit() == before


def test_invocations_within_invocations_have_an_end() -> None:
    budget = Budget()

    def nest() -> None:
        with budget:
            nest()

    with pytest.raises(Exhausted, match=f"{NESTING} calls from host functions"):
        nest()

    assert not budget.running


def test_work_is_charged_to_a_running_guest_and_not_to_the_host() -> None:
    budget = Budget(fuel=100)

    budget.charge(1_000)
    with budget:
        budget.charge(30)
        with pytest.raises(Exhausted, match="out of fuel"):
            budget.charge(100)

    assert budget.fuel == 0
