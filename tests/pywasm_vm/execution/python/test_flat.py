"""Loops over a state number: tables of branches, jumps that know where they end, leaving from deep inside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm

Run = Callable[..., list[Any]]
Source = Callable[..., str]


def switch(count: int) -> str:
    """A function that falls from case n through all cases after it, adding their numbers."""
    table = " ".join(str(n) for n in range(count))
    cases = "".join(f") (local.set 1 (i32.add (local.get 1) (i32.const {n + 1})))" for n in range(count))
    return f"""(module (func (export "f") (param i32) (result i32) (local i32)
      {"(block " * count} (br_table {table} {count - 1} (local.get 0)) {cases} (local.get 1)))"""


@pytest.mark.parametrize("count", [3, 4, 7, 40, 1000])
def test_cases_fall_through(run: Run, count: int) -> None:
    cases = sorted({0, 1, 2, count // 2, count - 1, count, 1 << 31})

    assert run(switch(count), *[(n,) for n in cases]) == [sum(range(min(n, count - 1) + 1, count + 1)) for n in cases]


MACHINE = """(module (func (export "f") (param $pc i32) (param $n i32) (result i32) (local $sum i32)
  (loop $again
    (block $exit (block $three (block $two (block $one (block $zero
      (br_table $zero $one $two $three $exit (local.get $pc)))
      ;; zero: to two when n is even, else to one
      (local.set $sum (i32.add (local.get $sum) (i32.const 1)))
      (if (i32.and (local.get $n) (i32.const 1))
        (then (local.set $pc (i32.const 1)) (br $again)))
      (local.set $pc (i32.const 2)) (br $again))
      ;; one: falls into two
      (local.set $sum (i32.add (local.get $sum) (i32.const 10))))
      ;; two: to three until n is 0
      (local.set $sum (i32.add (local.get $sum) (i32.const 100)))
      (local.set $n (i32.shr_u (local.get $n) (i32.const 1)))
      (local.set $pc (select (i32.const 3) (i32.const 9) (local.get $n))) (br $again))
      ;; three: back to zero
      (local.set $sum (i32.add (local.get $sum) (i32.const 1000)))
      (local.set $pc (i32.const 0)) (br $again)))
  (local.get $sum)))"""
"""Code as compilers with jumps write it: a loop around a table around all blocks."""


def machine(pc: int, n: int) -> int:
    total = 0
    while pc < 4:
        if pc == 0:
            total += 1
            pc = 1 if n & 1 else 2
        elif pc in (1, 2):
            total += 110 if pc == 1 else 100
            n >>= 1
            pc = 3 if n else 9
        else:
            total += 1000
            pc = 0
    return total


def test_a_machine_of_jumps_gives_what_python_gives(run: Run) -> None:
    cases = [(pc, n) for pc in range(6) for n in (0, 1, 2, 3, 7, 100, 255)]

    assert run(MACHINE, *cases) == [machine(*case) for case in cases]


def test_a_jump_whose_state_is_known_does_not_go_through_the_table(source: Source) -> None:
    """Of four jumps to the head, one asks the table: the one whose state is chosen by a select."""
    lines = [line.strip() for line in source(MACHINE).splitlines()]
    table = next(at for at, line in enumerate(lines) if ")[l0] if l0 < " in line)
    head = lines[table - 1].removeprefix("if pc0 <= ").removesuffix(":")

    assert lines.count("continue") == 5, "the table's, and the four jumps"
    assert lines.count(f"pc0 = {head}") == 2, "at the entry, and the one jump"


def test_a_threaded_jump_still_pays_for_the_round(wat: Callable[[str], bytes]) -> None:
    """Fuel is counted by arrivals at the head, however the code gets to the state behind it."""
    store = wasm.Store(tier="python", fuel=10**6)
    instance = store.instantiate(wasm.Module.decode(wat(MACHINE)))

    def cost(*arguments: int) -> int:
        before = store.fuel
        instance.exports.f(*arguments)
        assert before is not None
        assert store.fuel is not None
        return before - store.fuel

    # f(9, 0) arrives once, f(2, 0) twice, f(0, 2) six times: 0 2 3 0 1 9, of which all jumps but those to 3 and 9 are known.
    round_cost = cost(2, 0) - cost(9, 0)
    assert cost(0, 2) - cost(9, 0) == 5 * round_cost


def test_a_table_may_lead_out_of_the_region_and_carry_values(run: Run) -> None:
    text = """(module (func (export "f") (param i32) (result i32)
      (i32.add (i32.const 1000) (block $a (result i32)
        (loop $b
          (block $c (block $d (block $e
            (local.set 0 (i32.add (local.get 0) (i32.const 1)))
            (br_if $b (i32.lt_s (local.get 0) (i32.const 0)))
            (br_table $c $d $e (local.get 0)))
            (br $a (i32.const 3)))
            (br $a (i32.const 2)))
          (br $a (i32.const 1)))
        (i32.const 4)))))"""

    assert run(text, (-1,), (0,), (1,), (-5,)) == [1001, 1002, 1003, 1001]


def test_a_table_that_carries_a_value_to_labels_at_different_heights(run: Run) -> None:
    text = """(module (func (export "f") (param i32) (result i32)
      (block $a (result i32)
        (i32.const 100)
        (block $b (result i32)
          (i32.const 200)
          (block $c (result i32)
            (i32.const 300)
            (br_table $a $b $c (i32.const 7) (local.get 0)))
          (i32.add))
        (i32.add))))"""

    assert run(text, (0,), (1,), (2,), (9,)) == [7, 107, 307, 307]


def test_loops_inside_of_a_state_stay_loops(run: Run, source: Source) -> None:
    text = """(module (func (export "f") (param i32) (result i32) (local i32)
      (block $x (block $a (block $b (block $c
        (br_table $a $b $c $x (local.get 0)))
        (local.set 0 (i32.const 5))
        (loop (local.set 1 (i32.add (local.get 1) (i32.const 3))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
        (loop $l (local.set 1 (i32.add (local.get 1) (i32.const 1))) (br_if $x (i32.gt_u (local.get 1) (i32.const 30))) (br $l)))
      (local.set 1 (i32.add (local.get 1) (i32.const 100))))
      (local.get 1)))"""

    assert run(text, (0,), (1,), (2,), (3,)) == [100, 31, 31, 0]
    assert source(text).count("while True:") == 3
