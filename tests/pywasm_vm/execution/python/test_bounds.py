"""Bounds of locals: constants that travel, loops that count, and forgetting in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., list[Any]]
Source = Callable[..., str]


def counting(start: int, step: int, end: int, test: str = "i32.ne") -> str:
    """A loop that adds the counter to a sum and stores it in memory."""
    return f"""(module (memory 1)
      (func (export "f") (result i32) (local $x i32) (local $sum i32)
        (local.set $x (i32.const {start}))
        (loop
          (i32.store8 offset=16 (local.get $x) (i32.const 1))
          (local.set $sum (i32.add (local.get $sum) (local.get $x)))
          (br_if 0 ({test} (local.tee $x (i32.add (local.get $x) (i32.const {step}))) (i32.const {end}))))
        (i32.add (local.get $sum) (local.get $x))))"""


@pytest.mark.parametrize(
    ("start", "step", "end", "test"),
    [(0, 1, 10, "i32.ne"), (3, 4, 43, "i32.ne"), (100, -10, 0, "i32.ne"), (5, 7, 100, "i32.lt_u"), (0, 1, 1, "i32.ne")],
)
def test_a_loop_that_counts_to_a_constant_needs_no_masks(
    source: Source, run: Run, start: int, step: int, end: int, test: str
) -> None:
    text = counting(start, step, end, test)
    values = [start]
    while (values[-1] + step) != end if test == "i32.ne" else (values[-1] + step) < end:
        values.append(values[-1] + step)

    assert run(text, ()) == [sum(values) + values[-1] + step]
    body = source(text).split("while True:")[1].splitlines()
    assert not any("4294967295" in line for line in body if "mem0" in line or line.lstrip().startswith("l0 =")), body


@pytest.mark.parametrize(("start", "step", "end"), [(0xFFFFFFF0, 8, 0), (8, -8, 0xFFFFFFF0), (0, 1 << 31, 0)])
def test_a_counter_that_wraps_around_is_exact(run: Run, start: int, step: int, end: int) -> None:
    text = f"""(module (func (export "f") (result i32) (local $x i32) (local $rounds i32)
      (local.set $x (i32.const {start}))
      (loop
        (local.set $rounds (i32.add (local.get $rounds) (i32.const 1)))
        (br_if 0 (i32.ne (local.tee $x (i32.add (local.get $x) (i32.const {step}))) (i32.const {end}))))
      (i32.add (i32.mul (local.get $rounds) (i32.const 1000)) (i32.shr_u (local.get $x) (i32.const 24)))))"""
    rounds, x = 1, start + step & 0xFFFFFFFF
    while x != end:
        rounds, x = rounds + 1, x + step & 0xFFFFFFFF

    assert run(text, ()) == [rounds * 1000 + (x >> 24)]


def test_a_constant_travels_to_its_uses(source: Source) -> None:
    text = source("(module (func (result i32) (local i32) (local.set 0 (i32.const 5)) (i32.add (local.get 0) (i32.const 1))))")

    assert " return 6" in text


def test_a_constant_that_is_an_expression_travels_as_its_value(run: Run) -> None:
    """Found by random programs: the text of a folded shift was taken for a name."""
    text = """(module (func (export "f") (param i32) (result i32) (local i32)
      (local.set 1 (i32.shr_u (i32.const 65535) (i32.const 1)))
      (i32.div_u (local.get 0) (local.get 1))))"""

    assert run(text, (-1,)) == [0xFFFFFFFF // 32767]


def test_what_is_known_is_forgotten_where_control_joins(run: Run) -> None:
    text = """(module (func (export "f") (param i32) (result i32) (local i32)
      (local.set 1 (i32.const 5))
      (if (local.get 0) (then (local.set 1 (i32.const -1))))
      (i32.lt_s (local.get 1) (i32.const 0))))"""

    assert run(text, (0,), (1,)) == [0, 1]


def test_what_is_known_before_a_loop_does_not_hold_in_it_when_the_loop_changes_it(run: Run) -> None:
    text = """(module (func (export "f") (param i32) (result i32) (local i32 i32)
      (local.set 1 (i32.const 5))
      (loop
        (local.set 2 (i32.add (local.get 2) (i32.lt_s (local.get 1) (i32.const 0))))
        (block (br_if 0 (i32.and (local.get 0) (i32.const 1))) (local.set 1 (i32.const -3)))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 2)))"""

    assert run(text, (1,), (2,), (5,)) == [0, 1, 3]


def test_a_local_that_the_loop_writes_twice_is_not_counted(run: Run) -> None:
    text = """(module (func (export "f") (result i32) (local $x i32) (local $y i32) (local $below i32)
      (local.set $x (i32.const 0)) (local.set $y (i32.const 10))
      (loop
        (local.set $below (i32.add (local.get $below) (i32.lt_s (local.get $y) (i32.const 0))))
        (local.set $y (i32.sub (local.get $y) (i32.const 3)))
        (if (i32.eq (local.get $x) (i32.const 1)) (then (local.set $y (i32.const -100))))
        (br_if 0 (i32.ne (local.tee $x (i32.add (local.get $x) (i32.const 1))) (i32.const 4))))
      (local.get $below)))"""

    assert run(text, ()) == [2]


def test_a_loop_that_begins_the_function_may_write_its_counter_at_once(run: Run) -> None:
    """Three instructions make a step; fewer stand before this one."""
    text = """(module (func (export "f") (param i32) (result i32) (local $x i32)
      (loop
        (local.set $x (local.get 0))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get $x)))"""

    assert run(text, (5,)) == [1]
