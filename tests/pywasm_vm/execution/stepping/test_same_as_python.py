"""Random programs: the tier `stepping` gives what the tier `python` gives, down to the fuel that is left when it stops.

Lives here: a generator of valid programs that branch, loop, call, trap and recurse without an end but that of their fuel, and the
comparison. Hypothesis draws every choice, so that a difference shrinks to a small program.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pywasm_vm as wasm

Wat = Callable[[str], bytes]

FUEL = 3_000
TYPES = ("i32", "i64", "f32", "f64")
CONSTANTS = {
    "i32": ("0", "1", "2", "7", "31", "65533", "65536", "0x7fffffff", "0x80000000", "-1", "-4"),
    "i64": ("0", "1", "3", "63", "0x7fffffffffffffff", "0x8000000000000000", "-1", "0x100000000"),
    "f32": ("0", "-0", "1.5", "-3e9", "inf", "nan", "0x1p-149", "1e38"),
    "f64": ("0", "-0", "0.1", "-2.5", "inf", "nan", "1e300", "4294967296"),
}
INT_BINARY = (
    *("add", "sub", "mul", "div_s", "div_u", "rem_s", "rem_u", "and", "or", "xor"),
    *("shl", "shr_s", "shr_u", "rotl", "rotr"),
)
BINARY = {
    "i32": INT_BINARY,
    "i64": INT_BINARY,
    "f32": ("add", "sub", "mul", "div", "min", "max", "copysign"),
    "f64": ("add", "sub", "mul", "div", "min", "max", "copysign"),
}
UNARY = {
    "i32": ("clz", "ctz", "popcnt", "extend8_s", "extend16_s"),
    "i64": ("clz", "ctz", "popcnt", "extend8_s", "extend16_s", "extend32_s"),
    "f32": ("abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"),
    "f64": ("abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"),
}
CONVERSIONS = {
    "i32": (("wrap_i64", "i64"), ("trunc_f32_s", "f32"), ("trunc_f64_u", "f64"), ("trunc_sat_f64_s", "f64")),
    "i64": (("extend_i32_s", "i32"), ("extend_i32_u", "i32"), ("trunc_f64_s", "f64"), ("trunc_sat_f32_u", "f32")),
    "f32": (("convert_i32_s", "i32"), ("convert_i64_u", "i64"), ("demote_f64", "f64"), ("reinterpret_i32", "i32")),
    "f64": (("convert_i32_u", "i32"), ("convert_i64_s", "i64"), ("promote_f32", "f32"), ("reinterpret_i64", "i64")),
}
COMPARISONS = {"i32": ("eq", "lt_s", "gt_u", "le_s"), "i64": ("ne", "lt_u", "ge_s"), "f32": ("eq", "lt"), "f64": ("ne", "ge")}
LOADS = {
    "i32": ("load", "load8_s", "load8_u", "load16_s", "load16_u"),
    "i64": ("load", "load8_s", "load16_u", "load32_s", "load32_u"),
    "f32": ("load",),
    "f64": ("load",),
}
STORES = {"i32": ("store", "store8", "store16"), "i64": ("store", "store8", "store32"), "f32": ("store",), "f64": ("store",)}


class Program:
    """Three functions, f0 to f2, each with parameters and one or two results, that may call one another."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.types = [
            (
                [random.choice(TYPES) for _ in range(random.randint(0, 2))],
                [random.choice(TYPES) for _ in range(random.randint(1, 2))],
            )
            for _ in range(3)
        ]
        self.locals: list[str] = []
        self.labels: list[list[str]] = []
        """What each label carries, the innermost last."""
        types = " ".join(
            f"(type $t{i} (func (param {' '.join(params)}) (result {' '.join(results)})))"
            for i, (params, results) in enumerate(self.types)
        )
        functions = "\n".join(self.function(index) for index in range(3))
        self.text = f"""(module {types} (memory (export "m") 1 2) (data $d "a segment")
          (table 5 funcref) (elem (i32.const 0) $f0 $f1 $f2) (global $g (export "g") (mut i32) (i32.const 1))
          {functions})"""

    def function(self, index: int) -> str:
        params, results = self.types[index]
        self.locals = [*params, *TYPES]
        self.labels = [results]
        statements = self.statements(3)
        values = " ".join(self.expression(t, 3) for t in results)
        return f'(func $f{index} (export "f{index}") (type $t{index}) (local {" ".join(TYPES)}) {statements} {values})'

    def statements(self, depth: int) -> str:
        return " ".join(self.statement(depth) for _ in range(self.random.randint(0, 3)))

    def statement(self, depth: int) -> str:
        kinds = [self.set_local, self.store, self.set_global, self.br_if, self.drop_call]
        if depth > 0:
            kinds += [self.block, self.loop, self.if_, self.table, self.bulk, self.leave]
        return self.random.choice(kinds)(depth - 1)

    def set_local(self, depth: int) -> str:
        index = self.random.randrange(len(self.locals))
        return f"(local.set {index} {self.expression(self.locals[index], depth)})"

    def store(self, depth: int) -> str:
        kind = self.random.choice(TYPES)
        return f"({kind}.{self.random.choice(STORES[kind])} {self.address(depth)} {self.expression(kind, depth)})"

    def set_global(self, depth: int) -> str:
        return f"(global.set $g {self.expression('i32', depth)})"

    def drop_call(self, depth: int) -> str:
        index = self.random.randrange(3)
        params, results = self.types[index]
        return f"{self.call(index, params, depth)} {'drop ' * len(results)}"

    def bulk(self, depth: int) -> str:
        word = self.random.choice(("memory.fill", "memory.copy", "memory.init $d"))
        return f"({word} {self.expression('i32', 0)} {self.expression('i32', 0)} {self.expression('i32', 0)})"

    def block(self, depth: int) -> str:
        self.labels.append([])
        inside = self.statements(depth)
        self.labels.pop()
        return f"(block {inside})"

    def loop(self, depth: int) -> str:
        self.labels.append([])
        inside = self.statements(depth)
        self.labels.pop()
        return f"(loop {inside})"

    def if_(self, depth: int) -> str:
        condition = self.expression("i32", depth)
        self.labels.append([])
        arms = f"(then {self.statements(depth)})" + (f"(else {self.statements(depth)})" if self.random.random() < 0.5 else "")
        self.labels.pop()
        return f"(if {condition} {arms})"

    def br_if(self, depth: int) -> str:
        label = self.random.randrange(len(self.labels))
        types = self.labels[-1 - label]
        carried = " ".join(self.expression(t, depth) for t in types)
        return f"(br_if {label} {carried} {self.expression('i32', depth)}) {'drop ' * len(types)}"

    def table(self, depth: int) -> str:
        """In a block of its own: what follows a table is never reached."""
        self.labels.append([])
        empty = [label for label, types in enumerate(reversed(self.labels)) if not types]
        chosen = " ".join(str(self.random.choice(empty)) for _ in range(self.random.randint(1, 5)))
        text = f"(block (br_table {chosen} {self.expression('i32', depth)}))"
        self.labels.pop()
        return text

    def leave(self, depth: int) -> str:
        condition = self.expression("i32", depth)
        self.labels.append([])
        values = " ".join(self.expression(t, depth) for t in self.labels[0])
        self.labels.pop()
        return f"(if {condition} (then {self.random.choice((f'(return {values})', 'unreachable'))}))"

    def address(self, depth: int) -> str:
        return self.expression("i32", depth) if self.random.random() < 0.3 else f"(i32.const {self.random.randint(0, 65540)})"

    def call(self, index: int, params: list[str], depth: int) -> str:
        arguments = " ".join(self.expression(t, depth) for t in params)
        if self.random.random() < 0.3:
            element = self.random.choice((index, index, index, 3, 7, (index + 1) % 3))
            return f"(call_indirect (type $t{index}) {arguments} (i32.const {element}))"
        return f"(call $f{index} {arguments})"

    def expression(self, kind: str, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.2:
            return self.leaf(kind)
        kinds = [self.binary, self.unary, self.conversion, self.load, self.select, self.tee, self.value_block, self.value_if]
        kinds += [self.value_call, self.comparison if kind == "i32" else self.binary]
        return self.random.choice(kinds)(kind, depth - 1)

    def leaf(self, kind: str) -> str:
        places = [index for index, t in enumerate(self.locals) if t == kind]
        if self.random.random() < 0.5:
            return f"(local.get {self.random.choice(places)})"
        if kind == "i32" and self.random.random() < 0.2:
            return self.random.choice(("(global.get $g)", "(memory.size)", "(memory.grow (i32.const 1))"))
        return f"({kind}.const {self.random.choice(CONSTANTS[kind])})"

    def binary(self, kind: str, depth: int) -> str:
        word = self.random.choice(BINARY[kind])
        return f"({kind}.{word} {self.expression(kind, depth)} {self.expression(kind, depth)})"

    def unary(self, kind: str, depth: int) -> str:
        return f"({kind}.{self.random.choice(UNARY[kind])} {self.expression(kind, depth)})"

    def conversion(self, kind: str, depth: int) -> str:
        word, source = self.random.choice(CONVERSIONS[kind])
        return f"({kind}.{word} {self.expression(source, depth)})"

    def comparison(self, _kind: str, depth: int) -> str:
        kind = self.random.choice(TYPES)
        return f"({kind}.{self.random.choice(COMPARISONS[kind])} {self.expression(kind, depth)} {self.expression(kind, depth)})"

    def load(self, kind: str, depth: int) -> str:
        return f"({kind}.{self.random.choice(LOADS[kind])} offset={self.random.choice((0, 1, 65530))} {self.address(depth)})"

    def select(self, kind: str, depth: int) -> str:
        return f"(select {self.expression(kind, depth)} {self.expression(kind, depth)} {self.expression('i32', depth)})"

    def tee(self, kind: str, depth: int) -> str:
        places = [index for index, t in enumerate(self.locals) if t == kind]
        return f"(local.tee {self.random.choice(places)} {self.expression(kind, depth)})"

    def value_block(self, kind: str, depth: int) -> str:
        self.labels.append([kind])
        text = f"(block (result {kind}) {self.statements(depth)} {self.expression(kind, depth)})"
        self.labels.pop()
        return text

    def value_if(self, kind: str, depth: int) -> str:
        condition = self.expression("i32", depth)
        self.labels.append([kind])
        then, otherwise = self.expression(kind, depth), self.expression(kind, depth)
        text = f"(if (result {kind}) {condition} (then {self.statements(depth)} {then}) (else {otherwise}))"
        self.labels.pop()
        return text

    def value_call(self, kind: str, depth: int) -> str:
        """The first function that gives a value of this kind alone."""
        for index, (params, results) in enumerate(self.types):
            if results == [kind]:
                return self.call(index, params, depth)
        return self.leaf(kind)


def comparable(value: Any) -> Any:
    """Floats as bits, and all NaNs alike: which operand's payload survives is open."""
    if isinstance(value, float):
        return "nan" if value != value else struct.pack("<d", value)
    return tuple(map(comparable, value)) if isinstance(value, tuple) else value


def outcomes(tier: str, module: wasm.Module, types: list[tuple[list[str], list[str]]]) -> list[Any]:
    """What three calls give, one after the other, and what they leave behind."""
    instance = wasm.Store(tier, fuel=0).instantiate(module)
    found: list[Any] = []
    for index, (params, _results) in enumerate(types):
        instance.store.fuel = FUEL
        try:
            found.append(comparable(instance.exports[f"f{index}"](*(3 - index for _ in params))))
        except wasm.Trap as trap:
            found.append((trap.kind, trap.detail, [(function, name) for function, name, _ in trap.frames]))
        memory = instance.exports.m.read(0, instance.exports.m.size)
        found.append((instance.store.fuel, instance.exports.g.value, len(memory), hash(memory)))
    return found


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(random=st.randoms(use_true_random=False))
def test_stepping_gives_what_the_python_tier_gives(wat: Wat, random: Random) -> None:
    program = Program(random)
    module = wasm.Module.decode(wat(program.text))

    assert outcomes("stepping", module, program.types) == outcomes("python", module, program.types), program.text
