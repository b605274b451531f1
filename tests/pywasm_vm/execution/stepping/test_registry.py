"""Every instruction that runs has a step, and each step is written by hand or derived, never both."""

from __future__ import annotations

from pywasm_vm.execution.stepping.body import FAMILIES
from pywasm_vm.execution.stepping.numeric import derive, function_text
from pywasm_vm.execution.stepping.registry import OPERANDS, STEPS
from pywasm_vm.features import RUNNABLE
from pywasm_vm.isa.table import ALL

HAND_WRITTEN = {function for family in FAMILIES for function in vars(family).values() if callable(function)}


def test_every_runnable_row_has_a_step() -> None:
    runnable = [row for row in ALL if row.since is None or row.since in RUNNABLE]

    assert [row.mnemonic for row in runnable if row not in STEPS] == []
    assert len(runnable) > 200


def test_rows_that_numerics_or_an_expression_can_say_are_derived() -> None:
    derived = [row for row, step in STEPS.items() if step.__code__.co_filename == f"<{row.mnemonic}>"]

    assert len(derived) > 130
    assert all(function_text(row) for row in derived)


def test_no_derived_row_is_written_by_hand_as_well() -> None:
    doubled = [row.mnemonic for row, step in STEPS.items() if step in HAND_WRITTEN and function_text(row)]

    assert doubled == []


def test_operands_are_made_for_instructions_that_have_steps() -> None:
    assert OPERANDS.keys() <= STEPS.keys()


def test_a_row_that_says_too_little_is_not_derived() -> None:
    by_hand = {"call", "i32.load", "memory.fill", "i32.const", "select", "br_table", "struct.new"}

    assert [row.mnemonic for row in ALL if row.mnemonic in by_hand and derive(row) is not None] == []
