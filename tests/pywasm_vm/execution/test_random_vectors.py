"""Random programs on vectors give on every tier what they give on wasmtime: results, traps and memory.

Left out are operations that may make a NaN, whose bits the standard leaves open, and relaxed ones.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

import pywasm_vm as wasm
from pywasm_vm.features import Feature
from pywasm_vm.isa import vector
from pywasm_vm.isa.opcode import Imm, Opcode, stack_words

LANES = {"i8x16": 16, "i16x8": 8, "i32x4": 4, "i64x2": 2, "f32x4": 4, "f64x2": 2}

KEEPS_BITS = {"eq", "ne", "lt", "gt", "le", "ge", "pmin", "pmax", "neg", "abs", "splat", "extract_lane", "replace_lane"}


def is_certain(row: Opcode) -> bool:
    """Whether the standard says every bit of the result."""
    shape, _, word = row.mnemonic.partition(".")
    return row.since is Feature.SIMD and bool(row.stack) and (shape[0] != "f" or word in KEEPS_BITS or "convert" in word)


ROWS: dict[str, list[tuple[Opcode, tuple[str, ...]]]] = {}
for _row in vector.ROWS:
    if is_certain(_row) and _row.mnemonic != "v128.const":
        _pops, _pushes = stack_words(_row.stack or "")
        ROWS.setdefault("".join(_pushes), []).append((_row, _pops))


class Program:
    """A module that runs a few random statements three times and leaves all it has computed in memory."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        data = "".join(f"\\{byte:02x}" for byte in self.random.randbytes(400))
        statements = " ".join(self.statement(self.random.randint(2, 4)) for _ in range(self.random.randint(1, 7)))
        results = " ".join(f"(v128.store offset={at * 16} (i32.const 6000) {self.value('v128', 3)})" for at in range(2))
        saved = " ".join(f"(v128.store offset={6032 + at * 16} (i32.const 0) (local.get {at}))" for at in range(3))
        self.text = f"""(module (memory (export "memory") 1) (data (i32.const 0) "{data}")
          (global $private (mut v128) (v128.const i64x2 1 2)) (global $seen (export "seen") (mut v128) (v128.const i64x2 3 4))
          (func $change (param i32) (result v128) (i32.store8 (local.get 0) (i32.const 77))
            (global.set $private (v128.load (local.get 0))) (global.set $seen (v128.not (global.get $seen))) global.get $private)
          (func (export "run") (result i32) (local v128 v128 v128 i32)
            (loop {statements} (br_if 0 (i32.lt_u (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const 3))))
            {results} {saved} {self.value("i32", 3)}))"""

    def value(self, kind: str, depth: int) -> str:
        """An expression of type *kind*."""
        random = self.random
        if kind == "addr":
            return f"(i32.and {self.value('i32', depth - 1)} (i32.const {random.choice([255, 255, 1023, 0x1FFFF])}))"
        if depth <= 0 or kind in ("f32", "f64") or random.random() < 0.1:
            return random.choice(self.leaves(kind))
        if random.random() < 0.2 and kind in ("v128", "i32"):
            first, second, test = self.value(kind, depth - 1), self.value(kind, depth - 1), self.value("i32", depth - 1)
            forms = [
                f"(select {first} {second} {test})",
                f"(block (result {kind}) (br_if 0 {first} {test}) drop {second})",
                f"(if (result {kind}) {test} (then {self.statement(depth - 2)} {first}) (else {second}))",
            ]
            return random.choice([*forms, f"(local.tee {random.randrange(3)} {first})"] if kind == "v128" else forms)
        return self.instruction(kind, depth)

    def leaves(self, kind: str) -> list[str]:
        """The ways to have a value of type *kind* at once."""
        random = self.random
        if kind == "v128":
            constant = f"(v128.const i64x2 {random.getrandbits(64)} {random.getrandbits(64)})"
            changed = f"(call $change (i32.const {random.randrange(300)}))"
            local = f"(local.get {random.randrange(3)})"
            return [local, constant, f"(v128.load (i32.const {random.randrange(300)}))", "(global.get $private)", changed]
        if kind[0] == "f":
            return [f"({kind}.const {number})" for number in ("1.5", "-3e38", "inf", "-0.0")]
        constant = f"({kind}.const {random.choice([0, 1, 31, 300, random.getrandbits(int(kind[1:]))])})"
        return [constant, f"({kind}.load8_s (i32.const {random.randrange(300)}))"]

    def instruction(self, kind: str, depth: int) -> str:
        """A vector instruction that gives *kind*, or nothing for ""."""
        random = self.random
        row, pops = random.choice(ROWS.get(kind) or [(None, ())])
        if row is None:
            return self.value(kind, 0)
        shape, _, word = row.mnemonic.partition(".")
        given = f" offset={random.choice([0, 1, 7, 100])}" if Imm.MEMARG in row.immediates else ""
        if Imm.LANES in row.immediates:
            given += "".join(f" {random.randrange(32)}" for _ in range(16))
        if Imm.LANE in row.immediates:
            given += f" {random.randrange(LANES.get(shape) or 128 // int(''.join(filter(str.isdigit, word))))}"
        return f"({row.mnemonic}{given} {' '.join(self.value(word, depth - 1) for word in pops)})"

    def statement(self, depth: int) -> str:
        """Something that changes memory, a local or a global, or nothing."""
        random = self.random
        return random.choice(
            [
                lambda: self.instruction("", depth),
                lambda: self.instruction("", depth),
                lambda: f"(local.set {random.randrange(3)} {self.value('v128', depth)})",
                lambda: f"(global.set {random.choice(['$private', '$seen'])} {self.value('v128', depth)})",
                lambda: f"(drop {self.value('v128', depth)})",
                lambda: f"(if {self.value('i32', depth - 1)} (then {self.statement(depth - 1)}))" if depth > 0 else "nop",
            ]
        )()


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_random_vectors_agree_with_wasmtime(tier: str, wat: Callable[[str], bytes], first: int) -> None:
    wasmtime = pytest.importorskip("wasmtime")
    engine = wasmtime.Engine()
    for seed in range(first, first + 20):
        data = wat(Program(seed).text)
        store = wasmtime.Store(engine)
        theirs = wasmtime.Instance(store, wasmtime.Module(engine, data), []).exports(store)
        ours = wasm.Store(tier=tier).instantiate(wasm.Module.decode(data)).exports
        try:
            there = theirs["run"](store)
        except wasmtime.Trap:
            there = None
        try:
            here = ours.run()
        except wasm.Trap:
            here = None

        assert here == there, f"seed {seed}"
        assert ours["memory"].read(0, 8000) == bytes(theirs["memory"].read(store, 0, 8000)), f"seed {seed}"
