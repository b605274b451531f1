"""Bodies are judged alike by C and by Python, at once and one by one, and C's word alone refuses nothing."""

from __future__ import annotations

import random
import sys
import time
from dataclasses import replace
from pathlib import Path

import leb128
import pytest

from pywasm_vm.binary.decode import decode_module
from pywasm_vm.binary.encode import encode_module
from pywasm_vm.errors import Crash, Invalid, Malformed
from pywasm_vm.features import Feature
from pywasm_vm.isa.table import ALL
from pywasm_vm.limits import Limits
from pywasm_vm.native.tables import NativeModule
from pywasm_vm.text.parse import parse_module
from pywasm_vm.validation.instructions import RULES
from pywasm_vm.validation.module import check_module

sys.path.insert(0, str(Path(__file__).parent))
from mutants import EVERYTHING, FEATURES, NARROW, Both, mutants

GUESTS = Path(__file__).parents[2] / "guests"

NO_MEMORY, REFUSED, NOT_KNOWN = 1, 2, 3


@pytest.fixture(autouse=True, scope="module")
def judge_of_bodies():
    """These tests say themselves when C judges and when it does not."""


def binary(text: str):
    """The module with these fields, decoded from its binary."""
    return decode_module(encode_module(parse_module(f"(module {text})")))


RICH = """
  (rec (type $point (sub (struct (field $x (mut i32)) (field $y i8)))) (type $far (sub $point (struct (field (mut i32)) (field i8) (field f64)))))
  (type $row (array (mut i64))) (type $names (array (ref null $point)))
  (type $add (func (param i32 i32) (result i32))) (type $pair (func (result i32 i64)))
  (tag $oops (param i32)) (global $count (mut i32) (i32.const 0)) (global $origin (ref null $point) (ref.null none))
  (memory $small 1 2) (memory $large i64 1) (table $calls 4 funcref) (table $points 4 (ref null $point))
  (elem $some func $sum $many) (elem declare func $casts) (data $bytes "0123456789abcdef")
  (func $sum (export "sum") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $many (param i32 f32 f64 i64) (result i32 i64) (local v128 i32) (local.get 0) (local.get 3))
  (func $control (param i32) (result i32)
    (block $out (result i32)
      (loop $again (br_if $again (i32.eqz (local.get 0))) (br_table $out $out $out (i32.const 1) (local.get 0)))
      (if (result i32) (local.get 0) (then (i32.const 1)) (else (unreachable)))))
  (func $calling (result i32) (call_indirect $calls (type $add) (i32.const 1) (i32.const 2) (i32.const 0)))
  (func $tail (param i32 i32) (result i32) (return_call $sum (local.get 0) (local.get 1)))
  (func $by_ref (param (ref null $add)) (result i32) (call_ref $add (i32.const 1) (i32.const 2) (local.get 0)))
  (func $structs (local $p (ref $far)) (local.set $p (struct.new $far (i32.const 1) (i32.const 2) (f64.const 3)))
    (struct.set $point $x (local.get $p) (struct.get_u $point $y (local.get $p))))
  (func $arrays (result i64) (array.get $row (array.new_fixed $row 3 (i64.const 1) (i64.const 2) (i64.const 3)) (i32.const 1)))
  (func $casts (param anyref) (result i32)
    (block $is (result (ref $point)) (br_on_cast $is anyref (ref $point) (local.get 0)) (drop) (return (i32.const 0)))
    (drop) (ref.test (ref i31) (local.get 0)))
  (func $throws (param i32) (result i32)
    (block $caught (result i32) (try_table (result i32) (catch $oops $caught) (throw $oops (local.get 0)))))
  (func $legacy (try (do (nop)) (catch $oops (drop)) (catch_all (rethrow 0))))
  (func $memory (memory.copy $small $large (i32.const 1) (i64.const 2) (i32.const 3)) (memory.init $bytes (i32.const 0) (i32.const 0) (i32.const 4))
    (i64.store offset=8 (i32.const 0) (i64.load32_s $large offset=0x100000000 (i64.const 1))) (data.drop $bytes))
  (func $tables (table.set $points (i32.const 1) (table.get $points (i32.const 0))) (table.init $calls $some (i32.const 0) (i32.const 0) (i32.const 1))
    (drop (table.grow $points (ref.null $point) (i32.const 2))))
  (func $vectors (param v128) (result v128) (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 (local.get 0) (v128.load8_lane 3 (i32.const 1) (local.get 0))))
  (func $wide (result i64 i64) (i64.add128 (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)))
  (func $atomic (result i32) (i32.atomic.rmw.add (i32.const 4) (i32.const 1)))
  (func $globals (global.set $count (select (global.get $count) (i32.const 1) (ref.is_null (global.get $origin)))))
"""  # noqa: E501
"""A function for each family of instructions."""


@pytest.fixture(scope="module")
def rich():
    return binary(RICH)


def test_c_and_python_accept_the_same_functions(rich):
    both = Both(rich, EVERYTHING, Limits())

    for position, entry in enumerate(both.entries()):
        assert both.verdicts(position, entry) == (True, 0)


@pytest.mark.parametrize("name", ["rich", "c", "assemblyscript", "gcore", "rust"])
@pytest.mark.parametrize("limits", [Limits(), NARROW], ids=["wide", "narrow"])
def test_c_and_python_say_the_same_of_mutants(name, limits, rich):
    data = rich.source if name == "rich" else (GUESTS / f"{name}.wasm").read_bytes()
    chance = random.Random(name)
    judged = accepted = 0

    for features in FEATURES:
        try:
            both = Both(decode_module(data, features=features), features, limits)
        except (Malformed, Invalid):
            continue
        for position, entry in mutants(both, chance, 250):
            python, c = both.verdicts(position, entry)
            assert (c, entry.hex()) == (0 if python else REFUSED, entry.hex()), f"function {position}, Python: {python}"
            judged, accepted = judged + 1, accepted + python

    assert judged
    if limits is not NARROW:
        assert 0 < accepted < judged


@pytest.mark.parametrize("row", [row for row in ALL if row in RULES], ids=str)
def test_c_has_a_rule_of_its_own_for_every_row_without_words(row, rich):
    prefix, number = row.code if len(row.code) == 2 else (None, row.code[0])
    opcode = bytes([number]) if prefix is None else bytes([prefix, number & 0x7F])
    both = Both(rich, EVERYTHING, Limits())
    position = max(range(len(rich.funcs)), key=lambda x: rich.funcs[x].size)
    entry = b"\0\0" + opcode + bytes(rich.funcs[position].size - 3 - len(opcode)) + b"\x0b"

    _, answer = both.verdicts(position, entry)

    assert answer in (0, REFUSED)


def test_refusal_is_the_one_that_python_gives(monkeypatch):
    module = binary("(func) (func (result i32) (i64.const 1)) (func (drop))")
    with pytest.raises(Invalid) as by_c:
        check_module(module, EVERYTHING)
    monkeypatch.setattr("pywasm_vm.validation.bodies.core", lambda: None)
    with pytest.raises(Invalid) as by_python:
        check_module(module, EVERYTHING)

    assert str(by_c.value) == str(by_python.value)
    assert (by_c.value.function, by_c.value.offset) == (1, by_python.value.offset)


@pytest.mark.parametrize("flags", [b"\x40", b"\xc0\0"], ids=["one byte", "two bytes"])
@pytest.mark.parametrize("features", [EVERYTHING, EVERYTHING - {Feature.MULTI_MEMORY}], ids=["several", "one"])
def test_access_names_its_memory_only_where_there_may_be_several(flags, features):
    """The decoder says so, with the features that it was given; C must agree, however the flags are written."""
    plain = encode_module(parse_module("(module (memory 1) (func (drop (i32.load8_u offset=1 (i32.const 0))) (nop) (nop)))"))
    assert plain.count(b"\x2d\0\1\x1a\1\1") == 1
    named = (b"\x2d" + flags + b"\0\1\x1a\1\1")[:6]
    module = decode_module(plain.replace(b"\x2d\0\1\x1a\1\1", named), features=features)

    if features is EVERYTHING:
        check_module(module, features)
    else:
        with pytest.raises(Malformed, match="malformed memop flags"):
            check_module(module, features)
    check_module(decode_module(module.source), EVERYTHING - {Feature.MULTI_MEMORY})


def test_malformed_body_is_malformed():
    data = bytearray(encode_module(parse_module("(module (func (nop)))")))
    data[-2] = 0xFF

    with pytest.raises(Malformed, match="illegal opcode ff"):
        check_module(decode_module(bytes(data)), EVERYTHING)


def test_lazy_check_judges_one_function_at_a_time():
    valid = check_module(binary("(func) (func (drop)) (func)"), EVERYTHING, bodies="lazy")

    valid.check_function(0)
    valid.check_function(2)
    for _ in range(2):
        with pytest.raises(Invalid, match="type mismatch"):
            valid.check_function(1)
    with pytest.raises(IndexError):
        valid.check_function(3)


def test_body_that_only_c_refuses_is_our_mistake(monkeypatch):
    monkeypatch.setattr(NativeModule, "judge", lambda self, first, count: (REFUSED, first))

    with pytest.raises(Crash, match="refuses function 0, which is valid"):
        check_module(binary("(func)"), EVERYTHING)


def test_body_that_c_has_no_rule_for_is_left_to_python(monkeypatch):
    asked = []

    def judge(self, first, count):
        asked.append(first)
        return NOT_KNOWN, first

    monkeypatch.setattr(NativeModule, "judge", judge)

    check_module(binary("(func) (func)"), EVERYTHING)
    with pytest.raises(Invalid):
        check_module(binary("(func) (func (drop))"), EVERYTHING)
    assert asked == [0, 1, 0, 1]


def test_end_of_memory_in_c_is_a_memory_error(monkeypatch):
    monkeypatch.setattr(NativeModule, "judge", lambda self, first, count: (NO_MEMORY, first))

    with pytest.raises(MemoryError):
        check_module(binary("(func)"), EVERYTHING)


def test_module_out_of_a_text_is_judged_by_python():
    module = parse_module("(module (func (drop)))")

    with pytest.raises(Invalid, match="type mismatch"):
        check_module(module, EVERYTHING)
    assert check_module(replace(module, funcs=()), EVERYTHING).native is None


def test_progress_is_told_now_and_then_and_at_the_end():
    told = []

    check_module(binary("(func)" * 700), EVERYTHING, progress=lambda done, total: told.append((done, total)))

    assert told == [(256, 700), (512, 700), (700, 700)]


def deep(depth: int) -> str:
    return "(func " + "(block " * depth + ")" * depth + ")"


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (deep(7), {"nesting": 7}),
        ("(func (param i32) (local i64 i64))", {"locals": 3}),
        ("(type $row (array i32)) (func (drop (array.new_fixed $row 2 (i32.const 1) (i32.const 2))))", {"array_operands": 2}),
        ("(func $two (result i32 i32) unreachable) (func (call $two) drop drop)", {"operands": 5}),
        ("(func nop nop nop)", {"function_body_bytes": 5}),
    ],
    ids=["nesting", "locals", "array operands", "operands", "bytes"],
)
def test_c_keeps_the_limits(text, limit):
    module = binary(text)
    check_module(module, EVERYTHING, Limits(**limit))
    ((name, value),) = limit.items()

    with pytest.raises(Invalid):
        check_module(module, EVERYTHING, Limits(**{name: value - 1}))


def test_deepest_nesting_that_is_allowed_needs_no_recursion():
    depth = 100_000
    entry = b"\0" + b"\x02\x40" * depth + b"\x0b" * (depth + 1)
    module = binary("(func)")
    size = leb128.u.encode(len(entry))
    section = b"\1" + size + entry
    data = module.source[: module.funcs[0].offset - 4] + b"\x0a" + leb128.u.encode(len(section)) + section

    check_module(decode_module(data), EVERYTHING)


def test_many_locals_in_many_small_functions_take_little_time():
    """Fifty thousand locals in seven bytes, twenty thousand times: a list of each would be a thousand million entries."""
    entry = b"\1" + leb128.u.encode(50_000) + b"\x7f\x0b"
    head = b"\0asm\1\0\0\0\1\4\1\x60\0\0"
    count = leb128.u.encode(20_000)

    def section(number: int, content: bytes) -> bytes:
        return bytes([number]) + leb128.u.encode(len(content)) + content

    data = head + section(3, count + b"\0" * 20_000) + section(10, count + (bytes([len(entry)]) + entry) * 20_000)
    start = time.process_time()

    check_module(decode_module(data), EVERYTHING)

    assert time.process_time() - start < 2
