"""Random valid programs with structs, arrays and references, as text: what two engines may be asked about.

Lives here: the generator. A seed gives always the same module, with functions "f0", "f1" … that take an i32 and an i64 and give
an i32, and the global "fuel", which loops and calls count down so that programs end. Other globals hold references, so that calls
find what earlier ones left.
Not here: the comparison (test_random_aggregates.py), arithmetic and control flow without references (random_programs.py).
"""

from __future__ import annotations

import random

__all__ = ["FUEL", "AggregateProgram"]

FUEL = 60
"""Rounds of loops, and calls, in one call."""

TYPES = """
  (rec (type $s (sub (struct (field (mut i32)) (field (mut i8)) (field (mut i64)) (field (mut (ref null $s))) (field i16))))
       (type $t (sub final $s (struct (field (mut i32)) (field (mut i8)) (field (mut i64)) (field (mut (ref null $s)))
         (field i16) (field (mut f32)) (field (mut anyref))))))
  (type $ai (array (mut i32))) (type $ab (array (mut i8))) (type $ah (array (mut i16))) (type $al (array (mut i64)))
  (type $as (array (mut (ref null $s)))) (type $fixed (array i16))
  (type $f (func (param i32 i64) (result i32))) (type $g (func (param anyref i32) (result i32)))
"""
KINDS = {
    "i32": "i32",
    "i64": "i64",
    "f32": "f32",
    "any": "anyref",
    "eq": "eqref",
    "s": "(ref null $s)",
    "t": "(ref null $t)",
    "ai": "(ref null $ai)",
    "ab": "(ref null $ab)",
    "ah": "(ref null $ah)",
    "al": "(ref null $al)",
    "as": "(ref null $as)",
}
ARRAYS = {"ai": "i32", "ab": "i32", "ah": "i32", "al": "i64", "as": "s"}
"""Arrays with the kind of value that their elements take."""
HEAPS = ("any", "eq", "i31", "struct", "array", "none", "$s", "$t", "$ai", "$ab", "$as")
REFERENCES = [kind for kind in KINDS if kind not in ("i32", "i64", "f32")]
NUMBERS = [0, 1, 2, 3, 5, 127, 128, 255, 256, 32768, 65535, 0x3FFFFFFF, 0x40000000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]


def op(head: str, *operands: str) -> str:
    """The instruction *head* behind its operands, folded."""
    return f"({head} {' '.join(operands)})"


class AggregateProgram:
    """One random module: `text`, and how many functions it exports."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = self.random.randint(1, 3)
        self.locals: list[str] = []
        self.labels = 0
        """Blocks without results around the present place, by number: $b0 is the outermost."""
        self.fresh = 0
        functions = "".join(self._function(index) for index in range(self.count))
        globals_ = "".join(f"(global $g_{kind} (mut {KINDS[kind]}) (ref.null {self._heap(kind)}))" for kind in REFERENCES)
        self.text = f"""(module {TYPES} (global $fuel (export "fuel") (mut i32) (i32.const {FUEL}))
          {globals_} (data $d "\\01\\80\\ff\\7f\\00\\fe\\10\\20\\30\\40\\50\\60\\70\\81\\92\\a3\\b4")
          (elem $e (ref null $s) (global.get $g0) (struct.new_default $s) (struct.new_default $t) (ref.null $s))
          (global $g0 (ref $s) (struct.new $s (i32.const 9) (i32.const 200) (i64.const 7) (ref.null $s) (i32.const 77)))
          {functions})"""

    @staticmethod
    def _heap(kind: str) -> str:
        return kind if kind in ("any", "eq") else f"${kind}"

    def _function(self, index: int) -> str:
        self.index = index
        self.locals = ["i32", "i64", *KINDS, "i32", "s", "any", "as"]
        self.labels = 0
        body = " ".join(self.statement(3) for _ in range(self.random.randint(2, 7)))
        declared = " ".join(KINDS[kind] for kind in self.locals[2:])
        return f"""(func $f{index} (export "f{index}") (type $f) (local {declared})
          (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))
          (if (i32.lt_s (global.get $fuel) (i32.const 0)) (then (return (i32.const -7))))
          {self._first_values()} {body} {self.value("i32", 3)})"""

    def _first_values(self) -> str:
        """Most locals begin with something: a null stops a program soon."""
        references = [(x, kind) for x, kind in enumerate(self.locals) if kind in REFERENCES]
        return " ".join(f"(local.set {x} {self._made(kind)})" for x, kind in references if self.random.random() < 0.97)

    def _local(self, kind: str) -> int:
        return self.random.choice([x for x, own in enumerate(self.locals) if own == kind])

    # Values

    def value(self, kind: str, depth: int) -> str:
        """An expression of *kind*, at most so deep."""
        choose = self.random.random
        if depth <= 0 or choose() < 0.2:
            return self._leaf(kind)
        if choose() < 0.06:
            one, other = self.value(kind, depth - 1), self.value(kind, depth - 1)
            return op(f"select (result {KINDS[kind]})", one, other, self.value("i32", depth - 1))
        if choose() < 0.05:
            test, one, other = self.value("i32", depth - 1), self.value(kind, depth - 1), self.value(kind, depth - 1)
            return op(f"if (result {KINDS[kind]})", test, op("then", self.statement(depth - 1), one), op("else", other))
        if choose() < 0.08:
            return f"(local.tee {self._local(kind)} {self.value(kind, depth - 1)})"
        if kind in ("i32", "i64", "f32"):
            return getattr(self, f"_{kind}")(depth - 1)
        return self._reference(kind, depth - 1)

    def _leaf(self, kind: str) -> str:
        if self.random.random() < 0.6:
            return f"(local.get {self._local(kind)})"
        if kind in ("i32", "i64"):
            return f"({kind}.const {self.random.choice(NUMBERS)})"
        if kind == "f32":
            return f"(f32.const {self.random.choice(['0', '1.5', '-3', '1e10'])})"
        if self.random.random() < 0.02:
            return f"(ref.null {self._heap(kind)})"
        return self._made(kind) if self.random.random() < 0.9 else f"(global.get $g_{kind})"

    def _made(self, kind: str) -> str:
        """Something new of *kind* that needs no other values."""
        if kind in ("any", "eq"):
            other = self.random.choice(["i31", "s", "t", "ai", "as"])
            return f"(ref.i31 (i32.const {self.random.choice(NUMBERS)}))" if other == "i31" else self._made(other)
        if kind in "st":
            more = "(f32.const 2) (ref.null any)" if kind == "t" else ""
            number = self.random.choice(NUMBERS)
            fields = (f"(i32.const {number})", "(i32.const 5)", f"(i64.const {number})", "(global.get $g0)", "(i32.const 6)")
            return op(f"struct.new ${kind}", *fields, more)
        if kind == "as":
            return f"(array.new_elem $as $e (i32.const 0) (i32.const {self.random.choice([2, 4, 4, 4])}))"
        return f"(array.new_default ${kind} (i32.const {self.random.choice([2, 6, 9, 12])}))"

    def _i32(self, depth: int) -> str:
        value, pick = self.value, self.random.choice
        form = self.random.randrange(13)
        if form == 0:
            word = pick(["add", "sub", "mul", "xor", "lt_s", "lt_u", "eq", "shr_s"])
            return op(f"i32.{word}", value("i32", depth), value("i32", depth))
        if form == 1:
            return self._field(depth, "struct.get", 0)
        if form == 2:
            return self._field(depth, f"struct.get_{pick('su')}", pick([1, 4]))
        if form in (3, 4):
            array = pick(["ai", "ab", "ah"])
            sign = "" if array == "ai" else f"_{pick('su')}"
            return op(f"array.get{sign} ${array}", value(array, depth), self._index(depth))
        if form == 5:
            return op("array.len", value(pick(list(ARRAYS)), depth))
        if form == 6:
            return op(f"ref.test (ref {self._null()}{pick(HEAPS)})", value(pick(["any", "any", "eq", "s", "t", "as"]), depth))
        if form == 7:
            return op("ref.eq", value(self._eq(), depth), value(self._eq(), depth))
        if form == 8:
            return self._i31(depth)
        if form == 9:
            return op("ref.is_null", value(pick(REFERENCES), depth))
        if form == 10:
            return op(f"call $f{self.random.randrange(self.count)}", value("i32", depth), value("i64", depth))
        if form == 11:
            return op("i32.wrap_i64", value("i64", depth))
        return op("f32.lt", value("f32", depth), value("f32", depth))

    def _null(self) -> str:
        return self.random.choice(["", "null "])

    def _i31(self, depth: int) -> str:
        get = f"i31.get_{self.random.choice('su')}"
        if self.random.random() < 0.5:
            return op(get, op("ref.i31", self.value("i32", depth)))
        self.fresh += 1
        label = f"$i{self.fresh}"
        word = self.random.choice(["br_on_cast", "br_on_cast_fail"])
        branch = op(f"{word} {label} anyref (ref {self._null()}i31)", self.value("any", depth))
        return op(get, op("ref.cast (ref null i31)", op(f"block {label} (result anyref)", branch)))

    def _eq(self) -> str:
        return self.random.choice(["eq", "s", "t", "ai", "as"])

    def _index(self, depth: int) -> str:
        if self.random.random() < 0.5:
            return f"(i32.const {self.random.choice([0, 0, 0, 0, 1, 1, 2, 3])})"
        return f"(i32.and {self.value('i32', depth)} (i32.const {self.random.choice([1, 1, 3])}))"

    def _field(self, depth: int, word: str, field: int, *operands: str) -> str:
        """The instruction *word* on *field* of a struct."""
        kind = "t" if field > 4 else self.random.choice("st")
        return op(f"{word} ${kind} {field}", self.value(kind, depth), *operands)

    def _i64(self, depth: int) -> str:
        form = self.random.randrange(4)
        if form == 0:
            return self._field(depth, "struct.get", 2)
        if form == 1:
            return f"(array.get $al {self.value('al', depth)} {self._index(depth)})"
        if form == 2:
            word = self.random.choice(["add", "sub", "mul"])
            return op(f"i64.{word}", self.value("i64", depth), self.value("i64", depth))
        return f"(i64.extend_i32_{self.random.choice('su')} {self.value('i32', depth)})"

    def _f32(self, depth: int) -> str:
        if self.random.random() < 0.5:
            return self._field(depth, "struct.get", 5)
        return f"(f32.convert_i32_s {self.value('i32', depth)})"

    def _reference(self, kind: str, depth: int) -> str:
        value, choose, pick = self.value, self.random.random, self.random.choice
        if choose() < 0.1:
            return self._branched(kind, depth)
        if choose() < 0.1:
            return f"(ref.cast (ref null {self._heap(kind)}) {value(pick(['any', kind, kind]), depth)})"
        if choose() < 0.1:
            return f"(ref.as_non_null {value(kind, depth)})"
        if kind == "any":
            form = self.random.randrange(5)
            if form == 0:
                return f"(any.convert_extern (extern.convert_any {value('any', depth)}))"
            if form == 1:
                return f"(struct.get $t 6 {value('t', depth)})"
            return value("eq" if form == 2 else self._eq() if form == 3 else pick(list(ARRAYS)), depth)
        if kind == "eq":
            return f"(ref.i31 {value('i32', depth)})" if choose() < 0.5 else value(pick(["s", "t", *ARRAYS]), depth)
        if kind == "s":
            form = self.random.randrange(4)
            if form == 0:
                return self._field(depth, "struct.get", 3)
            if form == 1:
                return f"(array.get $as {value('as', depth)} {self._index(depth)})"
            return value("t", depth) if form == 2 else self._new_struct("s", depth)
        return self._new_struct(kind, depth) if kind == "t" else self._new_array(kind, depth)

    def _new_struct(self, kind: str, depth: int) -> str:
        if self.random.random() < 0.2:
            return f"(struct.new_default ${kind})"
        kinds = ["i32", "i32", "i64", "s", "i32", *(["f32", "any"] if kind == "t" else [])]
        return f"(struct.new ${kind} {' '.join(self.value(own, depth) for own in kinds)})"

    def _new_array(self, kind: str, depth: int) -> str:
        element = ARRAYS[kind]
        form = self.random.randrange(4)
        if self.random.random() < 0.3:
            size = f"(i32.and {self.value('i32', depth)} (i32.const 15))"
        else:
            size = f"(i32.const {self.random.choice([1, 6, 8, 8, 8])})"
        if form == 0:
            return f"(array.new ${kind} {self.value(element, depth)} {size})"
        if form == 1:
            return f"(array.new_default ${kind} {size})"
        if form == 2:
            count = self.random.choice([1, 4, 5, 6])
            return f"(array.new_fixed ${kind} {count} {' '.join(self.value(element, depth) for _ in range(count))})"
        if kind == "as":
            return f"(array.new_elem $as $e {self._index(depth)} (i32.const {self.random.randrange(4)}))"
        return f"(array.new_data ${kind} $d {self._index(depth)} (i32.const {self.random.randrange(4)}))"

    def _branched(self, kind: str, depth: int) -> str:
        """A block that a branch on a reference may leave."""
        self.fresh += 1
        label, type_, heap = f"$r{self.fresh}", KINDS[kind], self._heap(kind)
        form = self.random.randrange(3)
        if form == 0:
            branch = op(f"br_on_cast {label} anyref (ref null {heap})", self.value("any", depth))
            return op(f"block {label} (result {type_})", op("drop", branch), self.statement(depth), self.value(kind, depth))
        if form == 1:
            branch = op(f"br_on_cast_fail {label} anyref (ref {heap})", self.value("any", depth))
            keep = f"(local.set {self._local(kind)})"
            block = op(f"block {label} (result anyref)", branch, keep, self.value("any", depth))
            return op(f"block (result {type_})", op("drop", block), self.value(kind, depth))
        first, then = op(f"br_on_non_null {label}", self.value(kind, depth)), self.statement(depth)
        second = op(f"br_on_non_null {label}", self.value(kind, depth))
        return op(f"block {label} (result (ref {heap}))", first, then, second, op("return", self.value("i32", depth)))

    # Statements

    def statement(self, depth: int) -> str:
        """Something that leaves nothing on the stack."""
        value, pick = self.value, self.random.choice
        depth -= 1
        form = self.random.randrange(16)
        if form <= 2 or depth <= 0:
            kind = pick(list(KINDS))
            return op(f"local.set {self._local(kind)}", value(kind, depth))
        if form == 3:
            kind = pick(REFERENCES)
            return op(f"global.set $g_{kind}", value(kind, depth))
        if form in (4, 5):
            field, kind = pick([(0, "i32"), (1, "i32"), (2, "i64"), (3, "s"), (5, "f32"), (6, "any")])
            return self._field(depth, "struct.set", field, value(kind, depth))
        if form <= 10:
            return self._change(form, depth)
        if form == 11:
            return op("if", value("i32", depth), op("then", self.statement(depth)), op("else", self.statement(depth)))
        if form == 12:
            return self._loop(depth)
        if form == 13:
            self.fresh += 1
            label, kind = f"$n{self.fresh}", pick(REFERENCES)
            kept = op(f"local.set {self._local(kind)}", op(f"br_on_null {label}", value(kind, depth)))
            return op(f"block {label}", kept, self.statement(depth))
        return op("drop", value(pick(list(KINDS)), depth))

    def _change(self, form: int, depth: int) -> str:
        """Something that changes an array."""
        value, pick, index = self.value, self.random.choice, self._index
        array = pick(list(ARRAYS))
        target = (value(array, depth), index(depth))
        if form in (6, 7):
            return op(f"array.set ${array}", *target, value(ARRAYS[array], depth))
        if form == 8:
            return op(f"array.fill ${array}", *target, value(ARRAYS[array], depth), index(depth))
        if form == 9:
            # Of a target that is too short and a source that is null, the standard says null first, wasmtime the other.
            source = op("ref.as_non_null", value(array, depth))
            return op(f"array.copy ${array} ${array}", *target, source, index(depth), index(depth))
        word = "array.init_elem $as $e" if array == "as" else f"array.init_data ${array} $d"
        return op(word, *target, index(depth), index(depth))

    def _loop(self, depth: int) -> str:
        self.fresh += 1
        label = f"$l{self.fresh}"
        return f"""(loop {label} {self.statement(depth)} {self.statement(depth)}
          (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))
          (br_if {label} (i32.and (i32.gt_s (global.get $fuel) (i32.const 0)) {self.value("i32", depth)})))"""
