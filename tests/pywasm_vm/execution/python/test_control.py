"""Structured control: blocks that disappear, nested ifs, loops, branches through several loops, unreachable code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., list[Any]]
Source = Callable[..., str]


def test_a_block_to_which_nobody_branches_leaves_no_trace(source: Source) -> None:
    text = source("(module (func (param i32) (result i32) (block (result i32) (loop (result i32) (local.get 0)))))")

    assert text == "def f0(l0):\n return l0\n"


def test_a_block_that_is_left_at_its_own_level_becomes_an_if(source: Source) -> None:
    text = source(
        """(module (func (param i32) (result i32)
        (block (br_if 0 (local.get 0)) (local.set 0 (i32.const 5))) (local.get 0)))"""
    )

    assert text.splitlines()[1:] == [" if not l0:", "  l0 = 5", " return l0"]


def test_a_loop_becomes_a_python_loop(source: Source) -> None:
    text = source(
        """(module (func (param i32)
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"""
    )

    assert "while True:" in text
    assert "  continue" in text
    assert "br" not in text.replace("break", "")


def test_a_branch_through_several_loops_finds_its_way(run: Run) -> None:
    text = """(module (func (export "f") (param i32) (result i32) (local i32)
      (block $out
        (loop $a
          (local.set 1 (i32.add (local.get 1) (i32.const 1)))
          (block $b
            (loop $c
              (local.set 1 (i32.add (local.get 1) (i32.const 10)))
              (block $d
                (br_if $d (i32.eq (local.get 0) (i32.const 0)))
                (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
                (if (i32.eq (local.get 0) (i32.const 7)) (then (br $out)))
                (if (i32.eq (local.get 0) (i32.const 5)) (then (br $a)))
                (if (i32.eq (local.get 0) (i32.const 3)) (then (br $b)))
                (br $c))
              (local.set 1 (i32.add (local.get 1) (i32.const 100)))))
          (local.set 1 (i32.add (local.get 1) (i32.const 1000)))))
      (local.get 1)))"""

    assert run(text, (0,), (2,), (4,), (6,), (8,)) == [1111, 1131, 1011, 1032, 11]


@pytest.mark.parametrize("depth", [19, 25, 99, 150])
def test_nesting_beyond_what_python_compiles(run: Run, depth: int) -> None:
    """Python takes 20 nested loops and 100 levels of indentation."""
    opened = "(block " * depth
    branches = "".join(f"(if (i32.eq (local.get 0) (i32.const {i})) (then (br {i + 1})))" for i in range(depth))
    closed = "".join(f" (local.set 1 (i32.add (local.get 1) (i32.const {i + 1}))))" for i in range(depth))
    text = f'(module (func (export "f") (param i32) (result i32) (local i32) {opened}{branches}{closed} (local.get 1)))'
    cases = [0, 1, depth // 2, depth - 1, depth]

    # Leaving block number n skips what stands before its end.
    assert run(text, *[(n,) for n in cases]) == [
        sum(range(n + 2, depth + 1)) if n < depth else sum(range(1, depth + 1)) for n in cases
    ]


@pytest.mark.parametrize("arm", ["then", "else"])
def test_a_thousand_ifs_within_ifs(run: Run, arm: str) -> None:
    depth = 1000
    head = "(if (local.get 0) (then nop) (else " if arm == "else" else "(if (local.get 0) (then "
    text = f"""(module (func (export "f") (param i32) (result i32) (local i32)
      {head * depth} (local.set 1 (i32.const 7)) {"))" * depth} (local.get 1)))"""

    assert run(text, (0,), (1,)) == ([7, 0] if arm == "else" else [0, 7])


def test_twenty_thousand_blocks_within_blocks(run: Run) -> None:
    depth = 20_000
    text = f"""(module (func (export "f") (param i32) (result i32)
      {"block " * depth} (br_if {depth - 1} (local.get 0)) (br_if 0 (local.get 0)) {"end " * depth} (local.get 0)))"""

    assert run(text, (0,), (1,)) == [0, 1]


def test_sixty_loops_within_loops(run: Run) -> None:
    depth = 60
    again = "(br_if 0 (i32.and (i32.gt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0)) (local.get 0)))"
    text = f"""(module (func (export "f") (param i32) (result i32) (local i32)
      {"(loop " * depth} (local.set 1 (i32.add (local.get 1) (i32.const 1))) {(again + ")") * depth} (local.get 1)))"""

    assert run(text, (1000,), (7,)) == [501, 4]


def test_code_after_a_branch_is_not_written(source: Source) -> None:
    text = source(
        """(module (func (param i32) (result i32)
        (block (br 0) (block (local.set 0 (i32.const 99))) (loop (br 0)))
        (return (local.get 0)) (unreachable)))"""
    )

    assert text == "def f0(l0):\n return l0\n"


def test_a_branch_carries_values_past_what_it_throws_away(run: Run) -> None:
    text = """(module (func (export "f") (param i32) (result i32)
      (i32.add (i32.const 1000) (block (result i32)
        (i32.const 1) (i32.const 2) (br_if 0 (i32.const 3) (local.get 0)) drop drop drop
        (i32.const 4) (i32.const 5) (i32.const 6) (br 0)))))"""

    assert run(text, (1,), (0,)) == [1003, 1006]


def test_what_stands_below_a_block_survives_branches_out_of_it(run: Run) -> None:
    text = """(module (func (export "f") (param i32) (result i32)
      (local.get 0) (i32.const 10)
      (block (result i32) (block (br_if 0 (local.get 0)) (br 1 (i32.const 3))) (i32.const 4))
      i32.mul i32.add))"""

    assert run(text, (0,), (1,)) == [30, 41]


def test_a_loop_takes_parameters_in_each_round(run: Run) -> None:
    text = """(module (func (export "f") (param i32) (result i32)
      (i32.const 0)
      (loop (param i32) (result i32)
        (i32.add (local.get 0))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"""

    assert run(text, (4,)) == [10]


def test_both_arms_of_an_if_begin_with_its_parameters(run: Run) -> None:
    text = """(module (func (export "f") (param i32) (result i32)
      (i32.const 5) (local.get 0)
      (if (param i32) (result i32) (then (i32.const 1) i32.add) (else (i32.const 2) i32.mul))))"""

    assert run(text, (1,), (0,)) == [6, 10]


@pytest.mark.parametrize("labels", [["0"], ["0", "1"], ["0", "1", "0", "1"], ["1", "1", "0"]])
def test_a_small_table_of_branches(run: Run, labels: list[str]) -> None:
    text = f"""(module (func (export "f") (param i32) (result i32)
      (block (block (br_table {" ".join(labels)} (local.get 0))) (return (i32.const 100))) (i32.const 200)))"""

    expected = [100 if labels[min(n, len(labels) - 1)] == "0" else 200 for n in range(6)]
    assert run(text, *[(n,) for n in range(6)], (-1,)) == [*expected, expected[-1]]


def test_globals_nobody_else_sees_are_python_globals(source: Source) -> None:
    text = source(
        """(module (global $own (mut i32) (i32.const 0)) (global $shared (export "g") (mut i32) (i32.const 0))
        (func (global.set $own (i32.const 1)) (global.set $shared (i32.const 2))))"""
    )

    assert text.splitlines()[1:4] == [" global g0", " g0 = 1", " G1.value = 2"]
