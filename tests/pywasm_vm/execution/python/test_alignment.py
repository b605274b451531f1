"""Accesses whose address is found to be a multiple of their size, and those of which it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm.execution.python.alignment import aligned_accesses
from pywasm_vm.execution.python.facts import Facts
from pywasm_vm.execution.python.shape import shape_of

Source = Callable[..., str]
Run = Callable[..., list[Any]]


def aligned(body: str, params: str = "(param i32)") -> list[bool]:
    """Of each access in a function with two more locals: whether it is found to be aligned."""
    syntax = wasm.Module.parse(f"""(module (memory 1) (type $two (func (param i32) (result i32)))
      (func $f {params} (local $x i32) (local $y i32) {body})
      (func $g (param i32) (result i32) (local.get 0)) (table 1 funcref))""").syntax
    facts = Facts(syntax, False)
    code = list(syntax.funcs[0].body)
    found = aligned_accesses(facts, 0, code, shape_of(code))
    return [at in found for at, (row, _immediates, _offset) in enumerate(code) if row.width > 1]


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("(i32.const 8)", True),
        ("(i32.const 6)", False),
        ("(i32.const 0)", True),
        ("(local.get 0)", False),
        ("(local.get $x)", True),
        ("(i32.shl (local.get 0) (i32.const 2))", True),
        ("(i32.shl (local.get 0) (i32.const 1))", False),
        ("(i32.shl (local.get 0) (i32.const 34))", False),
        ("(i32.shl (local.get 0) (local.get 0))", False),
        ("(i32.mul (local.get 0) (i32.const 12))", True),
        ("(i32.and (local.get 0) (i32.const 0xfffffffc))", True),
        ("(i32.and (local.get 0) (i32.const 0x7ffffffe))", False),
        ("(i32.add (i32.shl (local.get 0) (i32.const 3)) (i32.const 1028))", True),
        ("(i32.sub (i32.const 16) (i32.shl (local.get 0) (i32.const 3)))", True),
        ("(i32.sub (i32.const 2) (i32.shl (local.get 0) (i32.const 3)))", False),
        ("(i32.or (i32.shl (local.get 0) (i32.const 3)) (i32.const 4))", True),
        ("(i32.shr_u (i32.const 16) (i32.const 3))", False),
        ("(i32.load8_u (local.get 0))", False),
        ("(call $g (i32.const 8))", False),
        ("(call_indirect (type $two) (i32.const 8) (i32.const 0))", False),
        ("(select (i32.const 8) (i32.const 4) (local.get 0))", True),
        ("(select (i32.const 8) (i32.const 2) (local.get 0))", False),
        ("(i32.wrap_i64 (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 2)))", True),
        ("(block (result i32) (br_if 0 (i32.const 8) (local.get 0)) (drop) (i32.const 4))", True),
        ("(block (result i32) (br_if 0 (i32.const 9) (local.get 0)) (drop) (i32.const 4))", False),
        ("(if (result i32) (local.get 0) (then (i32.const 4)) (else (i32.const 8)))", True),
        ("(if (result i32) (local.get 0) (then (i32.const 4)) (else (i32.const 9)))", False),
        ("(if (result i32) (local.get 0) (then (i32.const 4)) (else (return)))", True),
    ],
)
def test_the_lowest_bits_of_an_address_are_followed(address: str, answer: bool) -> None:
    assert aligned(f"(drop (i32.load {address}))")[-1] is answer


@pytest.mark.parametrize(("offset", "answer"), [(4, True), (2, False)])
def test_the_offset_takes_part(offset: int, answer: bool) -> None:
    assert aligned(f"(i32.store offset={offset} (i32.const 8) (i32.const 0))") == [answer]


def test_each_size_needs_its_own_number_of_zeros() -> None:
    body = "(drop (i32.load16_u (i32.const 6))) (drop (i32.load (i32.const 6))) (drop (i64.load (i32.const 12)))"

    assert aligned(body) == [True, False, False]


STEP = "(local.set $x (i32.add (local.get $x) (i32.const {})))"


@pytest.mark.parametrize(("step", "answer"), [(4, True), (8, True), (6, False)])
def test_a_pointer_that_moves_in_a_loop_keeps_what_its_steps_leave(step: int, answer: bool) -> None:
    loop = f"(loop (i32.store (local.get $x) (i32.const 1)) {STEP.format(step)} (br_if 0 (local.get 0)))"

    assert aligned(loop) == [answer]


def test_what_an_inner_loop_spoils_is_spoilt_in_the_outer_one() -> None:
    loops = f"""(loop (i32.store (local.get $x) (i32.const 1)) (i32.store (local.get $y) (i32.const 1))
      (loop {STEP.format(2)} (br_if 0 (local.get 0)))
      (local.set $y (i32.add (local.get $y) (i32.const 8)))
      (br_if 0 (local.get 0)))"""

    assert aligned(loops) == [False, True]


def test_a_table_of_branches_and_dead_code_are_passed() -> None:
    body = f"""(block $a (block $b (br_table $a $b $a (local.get 0)) (local.set $x (i32.const 1))) {STEP.format(8)})
      (i32.store (local.get $x) (i32.const 1))"""

    assert aligned(body) == [True]


def test_what_the_walk_does_not_understand_ends_it() -> None:
    assert aligned("(drop (table.get 0 (i32.const 0))) (i32.store (i32.const 8) (i32.const 1))") == [False]


def test_a_walk_that_takes_too_long_is_given_up() -> None:
    """Each loop is walked once more for its own sake, and all inside of it with it."""
    depth = 12
    loops = "(loop (local.set $x (i32.add (local.get $x) (i32.shl (i32.const 1) (i32.const 5)))) " * depth
    body = loops + f"{STEP.format(1)} (i32.store (i32.const 8) (i32.const 1))" + " (br_if 0 (local.get 0)))" * depth

    assert aligned(body) in ([True], [False])


def test_an_aligned_access_in_a_loop_is_an_index(source: Source) -> None:
    text = source(f"""(module (memory 1) (func (param i32) (local $x i32)
      (loop (i64.store offset=8 (local.get $x) (i64.load offset=16 (local.get $x)))
        {STEP.format(8)} (br_if 0 (local.get 0)))))""")

    assert "mQ0[l1 + 8 >> 3] = mQ0[l1 + 16 >> 3]" in text


def test_another_access_asks_for_its_address(source: Source) -> None:
    text = source("""(module (memory 1) (func (param i32) (result i32) (i32.load offset=4 (local.get 0))))""")

    assert "mI0[l0 + 4 >> 2] if not l0 & 3 else u32(mem0, l0 + 4)[0]" in text


@pytest.mark.parametrize(
    "load", ["i32.load", "i32.load16_u", "i32.load16_s", "i64.load", "i64.load32_u", "i64.load32_s", "f64.load"]
)
def test_both_ways_to_an_address_lead_to_the_same_bytes(run: Run, load: str) -> None:
    kind = load[:3]
    content = "".join(f"\\{byte:02x}" for byte in range(0x81, 0x95))
    text = f"""(module (memory 1) (data (i32.const 60) "{content}")
      (func (export "f") (param i32) (result {kind} {kind})
        ({load} offset=8 (local.get 0)) ({load} (i32.add (local.get 0) (i32.const 8)))))"""

    for address in range(52, 60):
        first, second = run(text, (address,))[0]
        assert first == second
    size = 2 if "16" in load else 4 if "load32" in load or kind == "i32" else 8
    assert run(text, (65528 - size,)) == [(0, 0)]
    for address in range(65529 - size, 65529):
        with pytest.raises(wasm.Trap, match="out of bounds memory access"):
            run(text, (address,))


@pytest.mark.parametrize(
    ("store", "size"), [("i32.store", 4), ("i32.store16", 2), ("i64.store", 8), ("i64.store32", 4), ("f64.store", 8)]
)
def test_both_ways_of_storing_write_the_same_bytes_or_none(run: Run, store: str, size: int) -> None:
    kind = store[:3]
    value = f"({kind}.const {0x1122334455667788 if kind == 'i64' else 0x11223344 if kind == 'i32' else 1.5})"
    text = f"""(module (memory (export "m") 1) (func (export "f") (param i32) ({store} offset={size} (local.get 0) {value})))"""
    instance = wasm.Store(tier="python").instantiate(wasm.Module.parse(text))

    written = set()
    for address in range(16):
        instance.exports.f(address)
        written.add(instance.exports.m.read(address + size, size))
        instance.exports.m.write(0, bytes(64))
    assert len(written) == 1
    for address in range(65537 - 2 * size, 65537):
        with pytest.raises(wasm.Trap, match="out of bounds memory access"):
            instance.exports.f(address)
    assert instance.exports.m.read(65528, 8) == bytes(8)
