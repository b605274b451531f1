"""Operands wait, and are written down in time."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm.execution.python.emit import HANDLERS, LONGEST
from pywasm_vm.execution.python.translate import FAMILIES
from pywasm_vm.isa.table import ALL

Run = Callable[..., list[Any]]
Source = Callable[..., str]


def test_every_row_has_a_translation_or_is_refused_by_name() -> None:
    assert set(HANDLERS) == set(ALL)
    assert FAMILIES


def test_an_expression_becomes_one_line(source: Source) -> None:
    text = source(
        """(module (func (param i32 i32) (result i32)
        (i32.xor (i32.shr_u (local.get 0) (i32.const 3)) (i32.and (local.get 1) (i32.const 15)))))"""
    )

    assert text == "def f0(l0, l1):\n return l0 >> 3 ^ l1 & 15\n"


def test_masks_are_written_only_where_the_value_must_be_exact(source: Source) -> None:
    text = source(
        """(module (func (param i32 i32) (result i32)
        (i32.mul (i32.add (local.get 0) (local.get 1)) (i32.sub (local.get 0) (i32.const 7)))))"""
    )

    assert text.count("4294967295") == 1


def test_a_local_that_is_about_to_change_is_written_down_first(source: Source) -> None:
    text = source("""(module (func (param i32) (result i32) (i32.sub (local.get 0) (local.tee 0 (i32.const 3)))))""")

    assert text.splitlines()[1:3] == [" s0 = l0", " l0 = 3"]


def test_what_does_not_conflict_keeps_waiting(source: Source) -> None:
    text = source(
        """(module (func (param i32 i32) (result i32) (local i32)
        (i32.add (local.get 0) (local.tee 2 (i32.mul (local.get 1) (local.get 1))))))"""
    )

    assert "s0" not in text


def test_calls_wait_for_whoever_uses_their_result(source: Source) -> None:
    text = source("""(module (func $f (param i32) (result i32) (i32.add (call $f (i32.const 1)) (call $f (i32.const 2)))))""")

    assert " return t if (t := f0(1) + f0(2)) <= 4294967295 else t - 4294967296" in text


def test_no_line_grows_without_end(source: Source, run: Run) -> None:
    """Python's parser takes 200 nested parentheses."""
    chain = "local.get 0 " + "local.get 0 i32.const 3 i32.xor i32.mul " * 2000
    text = f'(module (func (export "f") (param i32) (result i32) {chain}))'

    assert max(map(len, source(text).splitlines())) < 2 * LONGEST
    expected = 5
    for _ in range(2000):
        expected = expected * (5 ^ 3) & 0xFFFFFFFF
    assert run(text, (5,)) == [expected - (1 << 32) if expected >> 31 else expected]


def test_ten_thousand_waiting_operands_are_combined(run: Run) -> None:
    text = f'(module (func (export "f") (param i32) (result i32) {"local.get 0 " * 3000} {"i32.add " * 2999}))'

    assert run(text, (2,)) == [6000]


def test_a_slot_is_not_overwritten_while_it_is_waited_for(run: Run) -> None:
    """The first load goes to slot 1 and waits inside of the sum at height 0 while height 1 is used again."""
    text = """(module (memory 1) (data (i32.const 0) "\\05\\07")
      (func (export "f") (result i32)
        (i32.add (i32.const 100) (i32.load8_u (i32.const 0)))
        (i32.load8_u (i32.const 1))
        (i32.store8 (i32.const 0) (i32.const 50))
        (i32.store8 (i32.const 1) (i32.const 60))
        (i32.add)
        (i32.load8_u (i32.const 0))
        (i32.store8 (i32.const 0) (i32.const 1))
        (i32.add)))"""

    assert run(text, ()) == [100 + 5 + 7 + 50]


def test_default_values_are_written_only_for_locals_that_need_them(source: Source) -> None:
    text = source(
        """(module (func (param i32) (result i32) (local i32 f64 i32)
        (local.set 1 (local.get 0)) (block (br_if 0 (local.get 0)) (local.set 3 (i32.const 1)))
        (i32.add (local.get 1) (local.get 3))))"""
    )

    assert re.search(r"^ l3 = 0$", text, re.M)
    assert not re.search(r"l1 = 0", text)


def test_a_slot_is_not_taken_for_a_name_while_it_is_waited_for(run: Run) -> None:
    """The remainder names its operand, in slot 1, which the sum below it still reads."""
    text = """(module (memory 1) (data (i32.const 0) "\\05")
      (func (export "f") (param i32) (result i32)
        (i32.const 100) (i32.load8_u (i32.const 0)) (i32.store8 (i32.const 0) (i32.const 50)) i32.add
        (i32.rem_s (i32.add (local.get 0) (local.get 0)) (i32.const 10))
        i32.add))"""

    assert run(text, (9,)) == [113]


def test_what_is_written_down_early_keeps_its_place_among_traps(wat: Callable[[str], bytes]) -> None:
    """The load must be written before local 1 changes, and the division, which waits below it, traps first."""
    text = """(module (memory 1) (func (export "f") (param i32 i32) (result i32)
      (i32.div_u (i32.const 1) (local.get 0)) (i32.load (local.get 1)) (local.set 1 (i32.const 0)) i32.add))"""
    instance = wasm.Store(tier="python").instantiate(wasm.Module.decode(wat(text)))

    with pytest.raises(wasm.Trap) as caught:
        instance.exports.f(0, -1)

    assert caught.value.kind is wasm.TrapKind.INTEGER_DIVIDE_BY_ZERO
