"""Accesses at the edges, and what growing gives."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

import pywasm_vm as wasm
from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.execution.stepping.registry import STEPS
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.structure.instructions import MemArg

Wat = Callable[[str], bytes]

TEXT = """(module
  (memory (export "memory") 1 2) (table 4 8 funcref) (elem $e func $f) (func $f)
  (func (export "refused") (result i32 i32)
    (i32.eq (memory.grow (i32.const 2)) (i32.const -1))
    (i32.eq (table.grow (ref.null func) (i32.const 5)) (i32.const -1)))
  (func (export "through") (param i32) (f32.store offset=4 (local.get 0) (f32.load (local.get 0))))
  (func (export "narrow") (i64.store8 (i32.const 65535) (i64.const -2)))
  (func (export "fill") (param i32)
    (table.fill (i32.const 0) (ref.null func) (local.get 0))
    (memory.fill (i32.const 0) (i32.const 0) (i32.mul (local.get 0) (i32.const 64)))))"""


def instance(wat: Wat, **options: int) -> wasm.Instance:
    return wasm.Store("stepping", fuel=options.get("fuel")).instantiate(wasm.Module.decode(wat(TEXT)))


def test_growing_beyond_a_limit_gives_minus_one(wat: Wat) -> None:
    assert instance(wat).exports.refused() == (1, 1)


def test_an_f32_keeps_all_bits_on_the_way_through_memory(wat: Wat) -> None:
    there = instance(wat)
    signalling = bytes.fromhex("0100a07f")
    there.exports.memory.write(0, signalling)

    there.exports.through(0)

    assert there.exports.memory.read(4, 4) == signalling


def test_a_narrow_store_writes_the_lowest_bits_and_may_touch_the_last_byte(wat: Wat) -> None:
    there = instance(wat)

    there.exports.narrow()

    assert there.exports.memory.read(65535, 1) == b"\xfe"


def test_work_on_memories_and_tables_is_charged(wat: Wat) -> None:
    empty, full = instance(wat, fuel=1000), instance(wat, fuel=1000)
    empty.exports.fill(0)
    full.exports.fill(4)
    assert (empty.store.fuel or 0) - (full.store.fuel or 0) == 4, "4 times 64 bytes; 4 elements are less than a unit"

    with pytest.raises(Trap):
        full.exports.fill(5)
    store = wasm.Store("stepping", fuel=1000)
    text = TEXT.replace("(table 4 8 funcref)", "(table 800 funcref)")
    store.instantiate(wasm.Module.decode(wat(text))).exports.fill(800)
    assert (empty.store.fuel or 0) - (store.fuel or 0) == 800 + 100


@pytest.mark.parametrize("address", [65533, 1 << 32, 1 << 63, (1 << 64) - 1])
@pytest.mark.parametrize(("mnemonic", "operands"), [("i32.load", ()), ("i32.store", (7,))])
def test_whatever_is_outside_of_the_memory_traps_however_far(mnemonic: str, operands: tuple[int, ...], address: int) -> None:
    memory = SimpleNamespace(data=bytearray(65536))
    frame = SimpleNamespace(stack=[address, *operands], instance=SimpleNamespace(mems=[memory]))

    with pytest.raises(Trap) as caught:
        STEPS[BY_MNEMONIC[mnemonic]](frame, MemArg(2, 0))  # type: ignore[arg-type]

    assert caught.value.kind is TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS
    assert not any(memory.data)
