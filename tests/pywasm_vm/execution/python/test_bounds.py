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
    assert not any("4294967295" in line for line in body if "b0" in line or line.lstrip().startswith("l0 =")), body


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


def test_a_local_set_at_once_in_a_loop_at_the_beginning_of_the_body(run: Run) -> None:
    """Found by random programs: fewer than three instructions stand before the first `local.set`."""
    text = """(module (func (export "f") (param i32) (result i32) (local i32)
      (loop
        (local.set 1 (i32.const 7))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br_if 0 (local.get 0)))
      (local.get 1)))"""

    assert run(text, (3,)) == [7]


@pytest.mark.parametrize(
    ("test", "inside", "outside"),
    [
        ("i32.gt_u (local.get 0) (i32.const 1)", "l0 - 1", "l0 + 7"),
        ("i32.lt_u (i32.const 1) (local.get 0)", "l0 - 1", "l0 + 7"),
        ("i32.gt_s (local.get 0) (i32.const 0)", "l0 - 1", None),
        ("local.get 0", "l0 - 1", None),
        ("i32.ne (local.get 0) (i32.const 0)", "l0 - 1", None),
        ("i32.eqz (i32.eqz (local.get 0))", "l0 - 1", None),
        ("i32.le_u (local.get 0) (i32.const 100)", None, "l0 - 1"),
        ("i32.eq (local.get 0) (i32.const 3)", "l0 - 1", None),
    ],
)
def test_a_condition_says_more_of_its_local(source: Source, run: Run, test: str, inside: str | None, outside: str | None) -> None:
    """Where nothing is known, `l0 - 1` needs to be cut and is `l0 - 1 if l0 else 4294967295`."""
    text = f"""(module (func (export "f") (param i32) (result i32) (local i32)
      (if ({test})
        (then (local.set 1 (i32.sub (local.get 0) (i32.const 1))))
        (else (local.set 1 (i32.{"sub" if outside == "l0 - 1" else "add"} (local.get 0)
          (i32.const {1 if outside == "l0 - 1" else 7})))))
      (local.get 1)))"""
    lines = [line.strip() for line in source(text).splitlines()]

    assert (f"l1 = {inside}" in lines) is (inside is not None)
    assert (f"l1 = {outside}" in lines) is (outside is not None)
    for value in (0, 1, 2, 3, 4, 100, 101, -1, -(1 << 31)):
        taken = run(text, (value,))[0]
        assert taken in (((value - 1 + 2**31) % 2**32) - 2**31, ((value + 7 + 2**31) % 2**32) - 2**31)


def test_what_a_condition_says_holds_after_the_others_have_left(source: Source, run: Run) -> None:
    text = """(module (func (export "f") (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.const 77))))
      (i32.sub (local.get 0) (i32.const 1))))"""

    assert " return l0 - 1\n" in source(text)
    assert run(text, (0,), (1,), (-1,)) == [77, 0, -2]


@pytest.mark.parametrize("change", ["(local.set 0 (i32.const 0))", "(if (local.get 1) (then (local.set 0 (i32.const 0))))"])
def test_what_a_condition_says_is_forgotten_when_the_local_changes(run: Run, change: str) -> None:
    text = f"""(module (func (export "f") (param i32 i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.const 77))))
      (block (loop
        {change}
        (br_if 1 (i32.eqz (local.get 0)))
        (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))))
      (i32.shr_u (i32.sub (local.get 0) (i32.const 1)) (i32.const 31))))"""

    assert run(text, (5, 1)) == [1]


def test_a_condition_that_waits_while_its_local_changes_says_nothing_of_it(run: Run) -> None:
    text = """(module (func (export "f") (param i32) (result i32)
      (i32.ne (local.get 0) (i32.const 0))
      (local.set 0 (i32.const 0))
      (if (result i32)
        (then (i32.shr_u (i32.sub (local.get 0) (i32.const 1)) (i32.const 31))) (else (i32.const 9)))))"""

    assert run(text, (4,), (0,)) == [1, 9]
