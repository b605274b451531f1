"""Branches and what lies below them, on every tier."""

from __future__ import annotations

import pytest

import pywasm_vm as wasm

TABLES = {
    "nothing": "(br_table 0 1 0 (local.get 1))",
    "a branch before it": "(br_if 1 (i32.eqz (local.get 1))) (br_table 0 1 0 (local.get 1))",
    "a block of its own": "(block (br_table 0 1 0 (local.get 1)))",
}
"""A table of branches that carry nothing, by what else there is."""


@pytest.mark.parametrize("body", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("results", ["i64", "i64 i64", "i64 i64 i64"])
def test_a_constant_below_a_table_of_branches_is_there_on_the_way_around_it(tier: str, body: str, results: str) -> None:
    """However much the function returns: only labels say what a branch takes along."""
    count = len(results.split())
    constants = " ".join(f"(i64.const {7 + n})" for n in range(count))
    text = f"""(module (func (export "f") (param i32 i32) (result {results})
      {constants} (block (if (local.get 0) (then {body})))))"""
    f = wasm.Store(tier).instantiate(wasm.Module.parse(text)).exports.f

    expected = 7 if count == 1 else tuple(7 + n for n in range(count))
    for arguments in ((0, 0), (1, 0), (1, 1), (1, 2)):
        assert f(*arguments) == expected


@pytest.mark.parametrize("results", ["i64 i64", "i64 i64 i64"])
def test_a_table_of_branches_may_return_and_leave_a_block_with_as_much(tier: str, results: str) -> None:
    count = len(results.split())
    constants = " ".join(f"(i64.const {7 + n})" for n in range(count))
    text = f"""(module (func (export "f") (param i32) (result {results})
      (block (result {results}) {constants} (br_table 0 1 0 (local.get 0)))
      {"(drop) " * count} {"(i64.const 1) " * count}))"""
    f = wasm.Store(tier).instantiate(wasm.Module.parse(text)).exports.f

    assert f(0) == f(2) == (1,) * count
    assert f(1) == tuple(7 + n for n in range(count))


VALUES = {"(i64.clz (local.get 1))": 57, "(i64.add (local.get 1) (i64.const 1))": 128, "(global.get 0)": 5}
"""What is computed, and what that is for 127."""


@pytest.mark.parametrize("value", VALUES)
def test_what_stands_behind_a_branch_outwards_leaves_operands_outside_alone(tier: str, value: str) -> None:
    """The value that the branch takes along is computed right where the block outside begins, below operands that others want."""
    text = f"""(module (global (mut i64) (i64.const 5)) (func (export "f") (param i32 i64) (result i64)
      (block (result i64)
        (i64.popcnt (local.get 1)) (i64.ctz (local.get 1)) (i64.extend8_s (local.get 1))
        (if (result i64) (local.get 0) (then (br 1 {value})) (else (i64.const 1)))
        (i64.mul (i64.add (i64.clz (local.get 1)) (i64.ctz (local.get 1)))) (i64.add)
        (i64.mul (i64.const 100)) (i64.add) (i64.mul (i64.const 100)) (i64.add))
      (i64.sub (local.get 1))))"""
    f = wasm.Store(tier).instantiate(wasm.Module.parse(text)).exports.f

    bits, zeros, itself, first = 7, 0, 127, 57
    assert f(0, 127) == bits + 100 * (zeros + 100 * (itself + first)) - 127
    assert f(1, 127) == VALUES[value] - 127
