"""Random valid programs, as text: what two engines may be asked about.

Lives here: the generator. A seed gives always the same module, with functions "f0", "f1" … of random types, a memory "m", and the
globals "fuel", which every loop counts down so that programs end, and "g".
Not here: the comparison (test_random_programs.py).

No program looks at the bits of a NaN, which the standard leaves open.
"""

from __future__ import annotations

import random
from collections.abc import Callable

__all__ = ["FUEL", "INTEGERS", "Program"]

FUEL = 300
"""Rounds of loops in one call."""

TYPES = ("i32", "i64", "f32", "f64")

INTEGERS = {
    "i32": [0, 1, 2, 3, 7, 31, 32, 33, 255, 256, 65535, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFE, 0xFFFFFFFF],
    "i64": [0, 1, 63, 64, 255, 1 << 31, 1 << 32, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 2, (1 << 64) - 1],
}
FLOATS = ["0", "-0", "1", "-1", "1.5", "0.1", "inf", "-inf", "nan", "1e10", "-3.7", "2147483648", "0x1p-149", "1e30"]

ARITHMETIC = ("add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr", "add", "sub")
DIVISIONS = ("div_s", "div_u", "rem_s", "rem_u")
ORDERS = ("eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u")


class Program:
    """One random module: `text`, and the parameter types and the result type of each function."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        count = self.random.randint(1, 4)
        self.types = [
            (tuple(self.random.choices(TYPES, k=self.random.randint(0, 4))), self.random.choice(TYPES)) for _ in range(count)
        ]
        self.locals: list[str] = []
        self.labels: list[str] = []
        """From the outermost: "" for a label that carries nothing, else the type it carries."""
        self.callable = 0
        self.result = "i32"
        self.text = self._module()

    def _module(self) -> str:
        types = "".join(
            f"(type $t{i} (func (param {' '.join(params)}) (result {result})))" for i, (params, result) in enumerate(self.types)
        )
        functions = "".join(self._function(index) for index in range(len(self.types)))
        return f"""(module {types} (memory (export "m") 1 3) (data (i32.const 16) "hello\\ff\\80\\7f")
          (table {len(self.types) + 2} funcref) (elem (i32.const 0) {" ".join(f"$f{i}" for i in range(len(self.types)))})
          (global $fuel (export "fuel") (mut i32) (i32.const {FUEL}))
          (global $i32 (mut i32) (i32.const 5)) (global $i64 (export "g") (mut i64) (i64.const 77))
          {functions})"""

    def _function(self, index: int) -> str:
        params, self.result = self.types[index]
        self.callable = index
        self.locals = [*params, *TYPES, "i32", "i64", "i32"]
        body = " ".join(
            self._switch() if self.random.random() < 0.25 else self.statement(self.random.choice([2, 3, 4]))
            for _ in range(self.random.randint(1, 6))
        )
        declared = " ".join(self.locals[len(params) :])
        return f"""(func $f{index} (export "f{index}") (type $t{index}) (local {declared}) {body} {self.value(self.result, 3)})"""

    # Values

    def constant(self, kind: str) -> str:
        """A constant, at an edge more often than not."""
        if kind in INTEGERS:
            bits = self.random.getrandbits(int(kind[1:]))
            return f"({kind}.const {self.random.choice(INTEGERS[kind]) if self.random.random() < 0.7 else bits})"
        return f"({kind}.const {self.random.choice(FLOATS)})"

    def local(self, kind: str) -> int:
        """A local of that type."""
        return self.random.choice([x for x, valtype in enumerate(self.locals) if valtype == kind])

    def value(self, kind: str, depth: int) -> str:
        """An expression of that type."""
        if depth <= 0 or self.random.random() < 0.12:
            return self.constant(kind) if self.random.random() < 0.4 else f"(local.get {self.local(kind)})"
        return self.random.choice(self._makers(kind))(kind, depth - 1)

    def _makers(self, kind: str) -> list[Callable[[str, int], str]]:
        plain = [self._integer, self._integer, self._convert] if kind in INTEGERS else [self._float, self._float, self._convert]
        shaped = [self._select, self._tee, self._block, self._if, self._call, self._branch]
        reading = [self._compare, self._load, self._global] if kind == "i32" else [self._load, self._global]
        return [*plain, *plain, *shaped, *(reading * 2 if kind in INTEGERS else [])]

    def _integer(self, kind: str, depth: int) -> str:
        choice = self.random.random()
        if choice < 0.7:
            return f"({kind}.{self.random.choice(ARITHMETIC)} {self.value(kind, depth)} {self.value(kind, depth)})"
        if choice < 0.85:
            unary = ["clz", "ctz", "popcnt", "extend8_s", "extend16_s", *(["extend32_s"] if kind == "i64" else [])]
            return f"({kind}.{self.random.choice(unary)} {self.value(kind, depth)})"
        divisor = self.value(kind, depth) if self.random.random() < 0.5 else self.constant(kind)
        return f"({kind}.{self.random.choice(DIVISIONS)} {self.value(kind, depth)} {divisor})"

    def _float(self, kind: str, depth: int) -> str:
        if self.random.random() < 0.6:
            word = self.random.choice(["add", "sub", "mul", "div", "min", "max"])
            return f"({kind}.{word} {self.value(kind, depth)} {self.value(kind, depth)})"
        word = self.random.choice(["neg", "abs", "sqrt", "ceil", "floor", "trunc", "nearest"])
        return f"({kind}.{word} {self.value(kind, depth)})"

    def _convert(self, kind: str, depth: int) -> str:
        sign = self.random.choice("su")
        if kind in INTEGERS and self.random.random() < 0.6:
            source = self.random.choice(["f32", "f64"])
            trunc = "trunc_sat" if self.random.random() < 0.7 else "trunc"
            return f"({kind}.{trunc}_{source}_{sign} {self.value(source, depth)})"
        if kind == "i32":
            return f"(i32.wrap_i64 {self.value('i64', depth)})"
        if kind == "i64":
            return f"(i64.extend_i32_{sign} {self.value('i32', depth)})"
        source = self.random.choice(["i32", "i64"])
        if self.random.random() < 0.7:
            return f"({kind}.convert_{source}_{sign} {self.value(source, depth)})"
        return (
            f"(f64.promote_f32 {self.value('f32', depth)})" if kind == "f64" else f"(f32.demote_f64 {self.value('f64', depth)})"
        )

    def _compare(self, _kind: str, depth: int) -> str:
        source = self.random.choice(TYPES)
        if source in INTEGERS and self.random.random() < 0.3:
            return f"({source}.eqz {self.value(source, depth)})"
        word = self.random.choice(ORDERS if source in INTEGERS else ("eq", "ne", "lt", "gt", "le", "ge"))
        return f"({source}.{word} {self.value(source, depth)} {self.value(source, depth)})"

    def _load(self, kind: str, depth: int) -> str:
        words = ["load", "load8_s", "load8_u", "load16_s", "load16_u", *(["load32_s", "load32_u"] if kind == "i64" else [])]
        return f"({kind}.{self.random.choice(words)} offset={self.random.choice([0, 1, 4, 8, 65530])} {self._address(depth)})"

    def _address(self, depth: int) -> str:
        if self.random.random() < 0.75:
            return f"(i32.and {self.value('i32', depth)} (i32.const {self.random.choice([255, 65535, 0xFFFC])}))"
        return self.value("i32", depth)

    def _global(self, kind: str, _depth: int) -> str:
        return f"(global.get ${kind})"

    def _select(self, kind: str, depth: int) -> str:
        return f"(select {self.value(kind, depth)} {self.value(kind, depth)} {self.value('i32', depth)})"

    def _tee(self, kind: str, depth: int) -> str:
        return f"(local.tee {self.local(kind)} {self.value(kind, depth)})"

    def _block(self, kind: str, depth: int) -> str:
        return f"(block (result {kind}) {self._within(kind, lambda: f'{self.statements(depth)} {self.value(kind, depth)}')})"

    def _if(self, kind: str, depth: int) -> str:
        test = self.value("i32", depth)
        arms = [self._within(kind, lambda: f"{self.statements(depth - 1)} {self.value(kind, depth)}") for _ in range(2)]
        return f"(if (result {kind}) {test} (then {arms[0]}) (else {arms[1]}))"

    def _call(self, kind: str, depth: int) -> str:
        fitting = [index for index in range(self.callable) if self.types[index][1] == kind]
        if not fitting:
            return self.constant(kind)
        index = self.random.choice(fitting)
        arguments = " ".join(self.value(parameter, depth) for parameter in self.types[index][0])
        if self.random.random() < 0.7:
            return f"(call $f{index} {arguments})"
        element = f"(i32.const {index})" if self.random.random() < 0.8 else self.value("i32", 1)
        return f"(call_indirect (type $t{index}) {arguments} {element})"

    def _branch(self, kind: str, depth: int) -> str:
        labels = [at for at, carried in enumerate(reversed(self.labels)) if carried == kind]
        if not labels:
            return self.constant(kind)
        return f"(br_if {self.random.choice(labels)} {self.value(kind, depth)} {self.value('i32', depth)})"

    def _within(self, label: str, write: Callable[[], str]) -> str:
        self.labels.append(label)
        text = write()
        self.labels.pop()
        return text

    # Statements

    def statements(self, depth: int) -> str:
        """Some statements, or none."""
        return " ".join(self.statement(depth) for _ in range(self.random.randint(0, 3) if depth > 0 else 0))

    def statement(self, depth: int) -> str:
        """One statement."""
        kind = self.random.choice(TYPES)
        writers: list[Callable[[], str]] = [
            lambda: f"(local.set {self.local(kind)} {self.value(kind, depth)})",
            lambda: f"(local.set {self.local(kind)} {self.value(kind, depth)})",
            lambda: self._store(depth),
            lambda: f"(global.set $i64 {self.value('i64', depth)})",
            lambda: f"(block {self._within('', lambda: self.statements(depth - 1))})",
            lambda: self._loop(depth - 1),
            lambda: self._counted(depth),
            lambda: f"(if {self.value('i32', depth - 1)} (then {self._within('', lambda: self.statements(depth - 1))}))",
            lambda: self._leave(depth),
            lambda: f"(drop {self.value(kind, depth)})",
            lambda: "(drop (memory.grow (i32.const 1)))" if self.random.random() < 0.2 else "nop",
        ]
        return self.random.choice(writers)()

    def _store(self, depth: int) -> str:
        kind = self.random.choice(["i32", "i64"])
        word = self.random.choice(["store", "store8", "store16", *(["store32"] if kind == "i64" else [])])
        return f"({kind}.{word} offset={self.random.choice([0, 1, 4, 65530])} {self._address(depth)} {self.value(kind, depth)})"

    def _burn(self) -> str:
        """The lines at the head of a loop that make it end; the label 1 is outside of it."""
        return "(br_if 1 (i32.eqz (global.get $fuel))) (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))"

    def _loop(self, depth: int) -> str:
        inside = self._within("", lambda: self._within("", lambda: f"{self.statements(1)} {self.statements(depth)}"))
        again = self._within("", lambda: self._within("", lambda: f"(br_if 0 {self.value('i32', 2)})"))
        return f"(block (loop {self._burn()} {inside} {again}))"

    def _counted(self, depth: int) -> str:
        """A loop with a constant number of rounds, unless something inside of it counts too."""
        x = len(self.locals) - 1
        start, step = self.random.choice([0, 2, 100, 0xFFFFFFF0]), self.random.choice([1, 2, 4, 8, 0xFFFFFFFF])
        end = start + step * self.random.randint(1, 6) & 0xFFFFFFFF
        test = self.random.choice(["i32.ne", "i32.ne", "i32.lt_u"])
        counted = f"(local.tee {x} (i32.add (local.get {x}) (i32.const {step})))"
        inside = self._within("", lambda: self._within("", lambda: self.statements(depth - 1)))
        return f"""(local.set {x} (i32.const {start}))
          (block (loop (if (i32.eqz (global.get $fuel)) (then unreachable))
            (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))
            {inside} (br_if 0 ({test} {counted} (i32.const {end})))))"""

    def _leave(self, depth: int) -> str:
        labels = [at for at, carried in enumerate(reversed(self.labels)) if not carried]
        if not labels:
            test = self.value("i32", depth - 1)
            return f"(if {test} (then (return {self._within('', lambda: self.value(self.result, depth - 1))})))"
        choice = self.random.random()
        if choice < 0.6:
            return f"(br_if {self.random.choice(labels)} {self.value('i32', depth - 1)})"
        if choice < 0.75:
            return f"(br {self.random.choice(labels)})"
        table = " ".join(str(self.random.choice(labels)) for _ in range(self.random.randint(1, 7)))
        return f"(br_table {table} {self.value('i32', depth - 1)})"

    def _switch(self) -> str:
        """Blocks around a table, and a loop around them in which cases jump by a number."""
        count = self.random.randint(3, 7)
        table = " ".join(str(self.random.randint(0, count)) for _ in range(self.random.randint(2, 9)))
        self.labels += [""] * (count + 3)
        text = f"(br_table {table} {self.value('i32', 2)})"
        for left in range(count, -1, -1):
            self.labels.pop()
            text = f"(block {text}) {self.statements(2)}"
            if self.random.random() < 0.5:
                number = f"(local.set {self.local('i32')} (i32.const {self.random.randint(0, 8)}))"
                text = f"{text} {number} (br {self.random.randint(0, left + 1)})"
        self.labels.pop()
        self.labels.pop()
        return f"(block (loop {self._burn()} {text}))"
