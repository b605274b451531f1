"""Modules to bytes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pywasm_vm.binary.decode import decode_module
from pywasm_vm.binary.encode import encode_module
from pywasm_vm.isa.opcode import Imm, Opcode
from pywasm_vm.isa.table import ALL
from pywasm_vm.structure.instructions import Expression, MemArg
from pywasm_vm.structure.module import Custom, Func, Module, Names
from pywasm_vm.structure.types import FUNCREF, I32, I64, AbsHeapType, ExactType, FuncType, NumType, RecType, RefType, SubType
from pywasm_vm.text.parse import parse_module

MODULES = [
    "(module)",
    "(type (func (param i32 (ref null 1)) (result i64 v128))) (rec (type (sub (struct (field i8))))) (rec)"
    "(type (array (mut (ref 0))))",
    "(rec (type (sub final 1 (func))) (type (sub (func))))",
    '(import "a" "b" (func (param i32))) (import "" "" (table i64 1 funcref)) (import "" "" (memory 1 2 shared))'
    '(import "" "" (global (mut f32))) (import "" "" (tag (param i64)))',
    "(table 1 funcref) (table i64 1 2 (ref func) (ref.func 0)) (func)",
    "(memory 1) (memory i64 0 0xffff_ffff_ffff_ffff) (memory 1 (pagesize 1)) (memory 1 (pagesize 65536))",
    "(global i32 (i32.const -1)) (global (mut i64) (i64.add (i64.const 1) (i64.const 0x7fff_ffff_ffff_ffff)))",
    '(func $f (export "f") (export "ä") (param i32)) (tag (export "t")) (start $f)',
    "(func) (table $t 1 funcref) (table $u 1 funcref) (elem func 0 0) (elem declare func 0) (elem (i32.const 0) func 0)"
    "(elem (table $u) (i32.const 0) func 0) (elem funcref (ref.null func)) (elem (i32.const 0) funcref (ref.func 0))"
    "(elem (table $u) (i32.const 0) funcref (ref.func 0)) (elem declare externref)"
    "(elem (i32.const 0) (ref func) (item ref.func 0 nop))"
    "(elem (i32.const 0) externref) (elem (ref null 0))",
    '(memory 1) (memory $m 1) (data "") (data (i32.const 0) "a") (data (memory $m) (i32.const 0) "\\ff\\00")',
    '(data "a") (data "b") (func data.drop 1) (func (memory.init 0 1))',
    "(func (local i32 i32 i64 f32) (local.set 3 (f32.const nan:0x123456)))",
    "(rec (type (descriptor 1) (struct)) (type (sub (describes 0) (descriptor 2) (struct))) (type (describes 1) (struct)))"
    '(import "" "" (func (exact (type 3)))) (type (func (param (ref null (exact 0))) (result (ref (exact 200)))))'
    "(func (ref.cast_desc_eq (ref null (exact 1)) (unreachable)) (br_on_cast_desc_eq 0 (ref (exact 0)) (ref null 1)))",
    '(@custom "first" (before first) "a") (type (func)) (@custom "t" (after type)) (func) (memory 1) (@custom "end" "\\00")',
]


@pytest.mark.parametrize("text", MODULES)
def test_encoded_module_decodes_to_an_equal_one(text: str) -> None:
    module = parse_module(text)

    data = encode_module(module)

    assert decode_module(data) == module
    assert encode_module(decode_module(data)) == data


EXAMPLES: dict[Imm, tuple[object, ...]] = {
    Imm.BLOCKTYPE: (None, I32, RefType(False, 70), 64, 200),
    Imm.CATCHES: ((), (("catch", 200, 1), ("catch_ref", 1, 200), ("catch_all", None, 0), ("catch_all_ref", None, 0))),
    Imm.LABELS: ((0,), (1, 0, 200)),
    Imm.VALTYPES: ((I32,), (FUNCREF, I64), ()),
    Imm.HEAPTYPE: (AbsHeapType.NOEXN, 64, 8192, ExactType(64)),
    Imm.CAST: (
        (RefType(True, AbsHeapType.ANY), RefType(False, 200)),
        (RefType(False, 0), RefType(True, AbsHeapType.NONE)),
        (RefType(True, 1), RefType(True, 1)),
        (RefType(False, ExactType(0)), RefType(True, ExactType(200))),
    ),
    Imm.MEMARG: (MemArg(0, 0), MemArg(63, 2**64 - 1, 200), MemArg(2, 128)),
    Imm.LANE: (0, 255),
    Imm.LANES: (tuple(range(16)), (255,) * 16),
    Imm.I32: (0, 63, 64, 2**31 - 1, 2**31, 2**32 - 1, 2**32 - 65),
    Imm.I64: (0, 2**63 - 1, 2**63, 2**64 - 1),
    Imm.F32: (0x7F800001, 0),
    Imm.F64: (1, 0xFFF8000000000000),
    Imm.V128: (bytes(range(16)),),
    Imm.ORDER: (0,),
}


def around(row: Opcode, immediates: tuple[object, ...]) -> Expression:
    """An expression in which the instruction may stand."""
    before = {"else": "if end", "catch": "try end", "catch_all": "try end", "delegate": "try", "end": "block"}.get(
        row.mnemonic, ""
    )
    body = [*parse_module(f"(func {before + ' end' if before and not before.endswith('end') else before})").funcs[0].body]
    opened = body[: 1 if before else 0]
    closes = row.mnemonic in ("block", "loop", "if", "try", "try_table", "else", "catch", "catch_all")
    return Expression([*opened, (row, immediates, 0), *([body[-1]] if closes else []), body[-1]])


@pytest.mark.parametrize("row", [row for row in ALL if row.mnemonic != "delegate"], ids=lambda row: row.mnemonic)
def test_every_row_is_written_as_it_is_read(row: Opcode) -> None:
    choices = [EXAMPLES.get(kind, (0, 127, 128, 2**32 - 1)) for kind in row.immediates]
    for number in range(max([1, *map(len, choices)])):
        immediates = tuple(options[number % len(options)] for options in choices)
        module = Module(
            types=(RecType((SubType(True, (), FuncType((), ())),)),), funcs=(Func(0, (), around(row, immediates)),), data_count=0
        )

        assert decode_module(encode_module(module)).funcs[0].body == module.funcs[0].body


def test_delegate_is_written_as_it_is_read() -> None:
    module = parse_module("(func try nop delegate 200)")

    assert decode_module(encode_module(module)) == module


def test_numbers_and_sections_take_as_few_bytes_as_they_can() -> None:
    long = "0061736d01000000 01 85808000 01 60 8000 00 03 02 01 00 04 01 00 0a 06 01 8300 8000 0b"

    module = decode_module(bytes.fromhex(long))

    assert encode_module(module).hex(" ") == "00 61 73 6d 01 00 00 00 01 04 01 60 00 00 03 02 01 00 0a 04 01 02 00 0b"


def test_names_are_written_when_asked_for() -> None:
    text = """(module $m (type $t (struct (field $x i32))) (import "" "" (func $i))
    (func $f (param $a i32) (local $b i32) (block $l))
    (table $tab 0 funcref) (memory $mem 0) (global $g i32) (tag $e) (elem $el func) (data $d))"""
    module = parse_module(text)

    names = decode_module(encode_module(module, names=True)).names

    for field in Names.__slots__:
        found, expected = getattr(names, field), getattr(module.names, field)
        assert expected
        assert found == expected or dict(found) == expected
    assert decode_module(encode_module(module)).customs == ()


def test_name_section_that_is_there_is_not_written_twice() -> None:
    module = decode_module(encode_module(parse_module("(func $f)"), names=True))

    assert encode_module(module, names=True) == encode_module(module)


def test_branch_hints_become_a_section_in_front_of_the_code() -> None:
    """The numbers are those of the bytes of the body, which begins with its locals."""
    module = parse_module(r'(func) (func (local i32) (@metadata.code.branch_hint "\01") (if (i32.const 0) (then)))')

    (custom,) = decode_module(encode_module(module)).customs

    assert custom == Custom("metadata.code.branch_hint", bytes.fromhex("01 01 01 05 01 01"), 3)


def test_type_that_no_module_holds_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="bot"):
        encode_module(Module(funcs=(Func(0, ((1, NumType("bot")),), ()),)))


def test_real_filters_keep_what_they_are() -> None:
    guests = Path(__file__).parents[2] / "guests"
    for path in sorted(guests.rglob("*.wasm")):
        module = decode_module(path.read_bytes())
        if sum(func.size for func in module.funcs) < 100_000:
            assert decode_module(encode_module(module)) == module, path


def test_depth_costs_nothing() -> None:
    depth = 100_000
    module = parse_module("(func " + "(block " * depth + ")" * (depth + 1))

    assert depth > sys.getrecursionlimit()
    assert decode_module(encode_module(module)) == module
