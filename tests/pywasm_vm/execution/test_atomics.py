"""Atomic instructions on every tier: the same as on wasmtime, and in the guest's order."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm import TrapKind
from pywasm_vm.features import Feature
from pywasm_vm.isa.memory import ROWS
from pywasm_vm.isa.opcode import Opcode, stack_words

ACCESSES = [row for row in ROWS if row.since is Feature.THREADS and row.width and "wait" not in row.mnemonic]

WORDS = {"unaligned atomic": TrapKind.UNALIGNED_ATOMIC, "out of bounds": TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS}


def function_of(row: Opcode) -> str:
    """A function that does the access of *row*, at an offset of 16."""
    pops, pushes = stack_words(row.stack or "->")
    params = ["i32", *pops[1:]]
    operands = " ".join(f"(local.get {x})" for x in range(len(params)))
    result = f"(result {pushes[0]})" if pushes else ""
    return f'(func (export "{row.name}") (param {" ".join(params)}) {result} ({row.mnemonic} offset=16 {operands}))'


CONTENT = "".join(f"\\{x * 37 % 256:02x}" for x in range(64))

MODULE = f"""(module (memory (export "m") 1 2 shared) (data (i32.const 0) "{CONTENT}")
  {" ".join(map(function_of, ACCESSES))})"""


def test_every_access_does_what_it_does_on_wasmtime(tier: str) -> None:
    wasmtime = pytest.importorskip("wasmtime")
    config = wasmtime.Config()
    config.wasm_threads = True
    config.shared_memory = True
    engine = wasmtime.Engine(config)
    store = wasmtime.Store(engine)
    text = MODULE.replace("1 2 shared", "1 2")
    theirs = wasmtime.Instance(store, wasmtime.Module(engine, text), []).exports(store)
    ours = wasm.Store(tier=tier).instantiate(wasm.Module.parse(MODULE)).exports
    random = Random(3)

    for round_ in range(6):
        for row in ACCESSES:
            pops, _pushes = stack_words(row.stack or "->")
            address = random.choice([0, 0, 8, 8, 16, random.randrange(40), 65520, 65519, -16])
            operands: list[Any] = [random.choice([0, 1, 0xDB, 255, -1, random.getrandbits(31)]) for _ in pops[1:]]
            if row.mnemonic.endswith("cmpxchg") or "cmpxchg_" in row.mnemonic:
                found = int.from_bytes(ours["m"].read(address + 16, row.width), "little") if 0 <= address < 40 else 0
                operands[0] = random.choice([operands[0], found - (found >> 63 << 64) if pops[1] == "i64" else _signed(found)])
            where = f"round {round_}: {row.mnemonic} {address} {operands}"
            try:
                expected = theirs[row.name](store, address, *operands)
            except wasmtime.Trap as trap:
                expected = next(kind for words, kind in WORDS.items() if words in str(trap))
            try:
                result = ours[row.name](address, *operands)
            except wasm.Trap as trap:
                result = trap.kind
            assert result == expected, where
            assert ours["m"].read(0, 65536) == bytes(theirs["m"].read(store, 0, 65536)), where


def _signed(bits: int) -> int:
    return bits - (bits >> 31 << 32)


def run(tier: str, text: str, *arguments: int) -> Any:
    return wasm.Store(tier=tier).instantiate(wasm.Module.parse(text)).exports.f(*arguments)


@pytest.mark.parametrize("between", ["(atomic.fence)", "(drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))"])
def test_what_was_read_before_stays_read(tier: str, between: str) -> None:
    """An operand that waits in the tier `python` is written down before an atomic access can change it."""
    text = f"""(module (memory 1 1 shared) (func (export "f") (result i32)
      (i32.load (i32.const 0)) {between} (i32.store (i32.const 0) (i32.const 9))
      (i32.atomic.load (i32.const 0)) (i32.sub)))"""

    assert run(tier, text) == -9


def test_operands_of_an_atomic_access_are_computed_in_their_order(tier: str) -> None:
    text = """(module (memory 1 1 shared) (global $g (mut i32) (i32.const 0))
      (func $next (result i32) (global.set $g (i32.add (global.get $g) (i32.const 4))) (global.get $g))
      (func (export "f") (result i32)
        (drop (i32.atomic.rmw.cmpxchg (call $next) (i32.sub (call $next) (i32.const 8)) (call $next)))
        (i32.load (i32.const 4))))"""

    assert run(tier, text) == 12


def test_an_address_wraps_before_the_offset_is_added(tier: str) -> None:
    text = """(module (memory 1 1 shared) (func (export "f") (param i32) (result i32)
      (i32.atomic.store offset=4 (i32.add (local.get 0) (i32.const 8)) (i32.const 7))
      (i32.load (i32.const 8))))"""

    assert run(tier, text, -4) == 7


def test_a_loose_operand_is_cut_to_its_type(tier: str) -> None:
    text = """(module (memory 1 1 shared) (func (export "f") (param i32) (result i32)
      (i32.atomic.store (i32.const 0) (i32.sub (local.get 0) (i32.const 1)))
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.sub (local.get 0) (i32.const 1))))
      (i32.atomic.rmw.cmpxchg (i32.const 0) (i32.sub (local.get 0) (i32.const 2)) (i32.const 1))))"""

    assert run(tier, text, 0) == -2


def test_a_back_trace_names_the_atomic_instruction(tier: str) -> None:
    module = wasm.Module.parse("""(module (memory 1 1 shared) (func $off (export "f") (param i32) (result i32)
      (i32.atomic.load (local.get 0))))""")

    with pytest.raises(wasm.Trap) as caught:
        wasm.Store(tier=tier).instantiate(module).exports.f(2)

    assert str(caught.value).startswith("unaligned atomic: 4 bytes at 0x2")
    assert caught.value.frames[0][:2] == (0, "off")


def test_waiting_on_a_memory_that_is_not_shared_traps(tier: str) -> None:
    text = """(module (memory 1) (func (export "f") (result i32)
      (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0))))"""

    with pytest.raises(wasm.Trap, match="expected shared memory"):
        run(tier, text)
