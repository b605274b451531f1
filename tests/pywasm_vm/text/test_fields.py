"""The fields of a module, with all their abbreviations."""

from __future__ import annotations

import pytest

from pywasm_vm.errors import Malformed
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.limits import Limits
from pywasm_vm.structure.instructions import Expression
from pywasm_vm.structure.module import Data, Elem, Export, ExternKind, Import, Module, SegmentMode
from pywasm_vm.structure.types import (
    EXTERNREF,
    F32,
    FUNCREF,
    I32,
    I64,
    AbsHeapType,
    AddrType,
    GlobalType,
    MemType,
    RefType,
    TableType,
    TagType,
)
from pywasm_vm.structure.types import Limits as Size
from pywasm_vm.text.parse import parse_module

FUNCTIONS = RefType(False, AbsHeapType.FUNC)


def expression(*instructions: tuple[str, object]) -> Expression:
    rows = [(BY_MNEMONIC[word], () if immediate is None else (immediate,), 0) for word, immediate in instructions]
    return Expression([*rows, (BY_MNEMONIC["end"], (), 0)])


def zero(word: str = "i32.const", value: int = 0) -> Expression:
    return expression((word, value))


def func(index: int) -> Expression:
    return expression(("ref.func", index))


NULL = expression(("ref.null", AbsHeapType.FUNC))


def test_imports_long_and_inline_are_the_same() -> None:
    long = parse_module(
        """
        (import "m" "f" (func $f (param $x i32))) (import "m" "t" (table $t 1 funcref)) (import "m" "m" (memory $m 1 2))
        (import "m" "g" (global $g (mut i64))) (import "m" "e" (tag $e (param f32)))
        """
    )
    inline = parse_module(
        """
        (func $f (import "m" "f") (param $x i32)) (table $t (import "m" "t") 1 funcref) (memory $m (import "m" "m") 1 2)
        (global $g (import "m" "g") (mut i64)) (tag $e (import "m" "e") (param f32))
        """
    )

    assert inline == long
    assert inline.names == long.names
    assert long.names.locals == {0: {0: "x"}}
    assert long.imports == (
        Import("m", "f", ExternKind.FUNC, 0),
        Import("m", "t", ExternKind.TABLE, TableType(Size(1), FUNCREF)),
        Import("m", "m", ExternKind.MEMORY, MemType(Size(1, 2))),
        Import("m", "g", ExternKind.GLOBAL, GlobalType(I64, True)),
        Import("m", "e", ExternKind.TAG, TagType(1)),
    )


def test_inline_exports_stand_in_the_order_of_the_text() -> None:
    module = parse_module(
        """
        (export "first" (func $f))
        (func $f (export "a") (export "") (import "m" "f"))
        (memory (export "m") 1) (table (export "t") 0 funcref) (global (export "g") i32 (i32.const 0)) (tag (export "e"))
        (func (export "ä\\00"))
        """
    )

    assert module.exports == (
        Export("first", ExternKind.FUNC, 0),
        Export("a", ExternKind.FUNC, 0),
        Export("", ExternKind.FUNC, 0),
        Export("m", ExternKind.MEMORY, 0),
        Export("t", ExternKind.TABLE, 0),
        Export("g", ExternKind.GLOBAL, 0),
        Export("e", ExternKind.TAG, 0),
        Export("ä\0", ExternKind.FUNC, 1),
    )


@pytest.mark.parametrize("word", ["function", "table", "memory", "global", "tag"])
def test_imports_stand_in_front_of_definitions(word: str) -> None:
    definition = {
        "function": "(func)",
        "table": "(table 0 funcref)",
        "memory": "(memory 0)",
        "global": "(global i32)",
        "tag": "(tag)",
    }

    for late in ('(import "" "" (func))', '(memory (import "" "") 0)', '(func $f (export "a") (import "" ""))'):
        with pytest.raises(Malformed, match=f"import after {word}"):
            parse_module(f"{definition[word]} {late}")


def test_locals_of_one_type_are_one_run() -> None:
    module = parse_module("(func (param i64) (local i32 i32) (local $x i32) (local) (local f32 i32))")

    assert module.funcs[0].locals == ((3, I32), (1, F32), (1, I32))
    assert module.names.locals == {0: {3: "x"}}


def test_tables() -> None:
    module = parse_module(
        """
        (func $f)
        (table 1 2 funcref)
        (table 3 (ref func) (ref.func $f))
        (table i64 4 externref ref.null extern)
        (table funcref (elem $f $f 0))
        (table $t i64 (ref null func) (elem (ref.func $f) (item ref.null func) (item (ref.func 0))))
        (table externref (elem))
        """
    )

    assert [table.type for table in module.tables] == [
        TableType(Size(1, 2), FUNCREF),
        TableType(Size(3), FUNCTIONS),
        TableType(Size(4), EXTERNREF, AddrType.I64),
        TableType(Size(3, 3), FUNCREF),
        TableType(Size(3, 3), FUNCREF, AddrType.I64),
        TableType(Size(0, 0), EXTERNREF),
    ]
    assert [table.init for table in module.tables[:3]] == [None, func(0), expression(("ref.null", AbsHeapType.EXTERN))]
    assert module.elems == (
        Elem(FUNCTIONS, (func(0), func(0), func(0)), SegmentMode.ACTIVE, 3, zero()),
        Elem(FUNCREF, (func(0), NULL, func(0)), SegmentMode.ACTIVE, 4, zero("i64.const")),
        Elem(EXTERNREF, (), SegmentMode.ACTIVE, 5, zero()),
    )


def test_memories_with_data_are_as_large_as_it_needs() -> None:
    module = parse_module(
        """(memory (data "ab" "c")) (memory i64 (data)) (memory (pagesize 1) (data "abc")) (data $d "x") (func (data.drop $d))"""
    )

    assert [mem.type for mem in module.mems] == [
        MemType(Size(1, 1)),
        MemType(Size(0, 0), AddrType.I64),
        MemType(Size(3, 3), page_size=1),
    ]
    assert module.datas == (
        Data(b"abc", SegmentMode.ACTIVE, 0, zero()),
        Data(b"", SegmentMode.ACTIVE, 1, zero("i64.const")),
        Data(b"abc", SegmentMode.ACTIVE, 2, zero()),
        Data(b"x", SegmentMode.PASSIVE),
    )
    assert next(iter(module.funcs[0].body))[1] == (3,)


@pytest.mark.parametrize(
    ("text", "elem"),
    [
        ("(elem func)", Elem(FUNCTIONS, (), SegmentMode.PASSIVE)),
        ("(elem $x func $f 1)", Elem(FUNCTIONS, (func(0), func(1)), SegmentMode.PASSIVE)),
        ("(elem funcref (ref.func $f) (item ref.null func))", Elem(FUNCREF, (func(0), NULL), SegmentMode.PASSIVE)),
        ("(elem (ref null func) (ref.null func))", Elem(FUNCREF, (NULL,), SegmentMode.PASSIVE)),
        ("(elem declare func $f)", Elem(FUNCTIONS, (func(0),), SegmentMode.DECLARATIVE)),
        ("(elem declare externref)", Elem(EXTERNREF, (), SegmentMode.DECLARATIVE)),
        ("(elem (i32.const 7) $f)", Elem(FUNCTIONS, (func(0),), SegmentMode.ACTIVE, 0, zero(value=7))),
        ("(elem (offset i32.const 7))", Elem(FUNCTIONS, (), SegmentMode.ACTIVE, 0, zero(value=7))),
        ("(elem (i32.const 0) func $f)", Elem(FUNCTIONS, (func(0),), SegmentMode.ACTIVE, 0, zero())),
        ("(elem (i32.const 0) funcref (ref.func $f))", Elem(FUNCREF, (func(0),), SegmentMode.ACTIVE, 0, zero())),
        ("(elem (table $t) (i32.const 0) func $f)", Elem(FUNCTIONS, (func(0),), SegmentMode.ACTIVE, 1, zero())),
        ("(elem (table 1) (offset (i32.const 0)) externref)", Elem(EXTERNREF, (), SegmentMode.ACTIVE, 1, zero())),
        ("(elem 1 (i32.const 0) $f)", Elem(FUNCTIONS, (func(0),), SegmentMode.ACTIVE, 1, zero())),
    ],
)
def test_element_segments(text: str, elem: Elem) -> None:
    assert parse_module(f"(func $f) (func) (table 1 funcref) (table $t 1 funcref) {text}").elems == (elem,)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("(data)", Data(b"", SegmentMode.PASSIVE)),
        ('(data $x "a" "\\ff")', Data(b"a\xff", SegmentMode.PASSIVE)),
        ('(data (i32.const 1) "a")', Data(b"a", SegmentMode.ACTIVE, 0, zero(value=1))),
        ("(data (offset i32.const 1))", Data(b"", SegmentMode.ACTIVE, 0, zero(value=1))),
        ('(data (memory $m) (i32.const 0) "a")', Data(b"a", SegmentMode.ACTIVE, 1, zero())),
        ('(data 1 (i32.const 0) "a")', Data(b"a", SegmentMode.ACTIVE, 1, zero())),
    ],
)
def test_data_segments(text: str, data: Data) -> None:
    assert parse_module(f"(memory 1) (memory $m 1) {text}").datas == (data,)


def test_constant_expressions_may_be_plain_folded_or_several_instructions() -> None:
    module = parse_module("(global i32 i32.const 1) (global i32 (i32.add (i32.const 1) (i32.const 2))) (global i32)")

    assert [len(list(item.init)) for item in module.globals] == [2, 4, 1]


def test_data_count_is_announced_when_code_names_a_segment() -> None:
    assert parse_module('(data "a") (data "b") (func (data.drop 0))').data_count == 2
    assert parse_module('(data "a") (func)').data_count is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(start 0) (start 0)", "multiple start sections"),
        ("(foo)", "unknown operator foo"),
        ("foo", "unknown operator foo"),
        ("(i32.add)", "unexpected token"),
        ('"a"', "unexpected token"),
        ("(func) nop", "unexpected token"),
        ("()", "unexpected token"),
        ('(import "a" (func))', "unexpected token"),
        ('(import "a" "b")', "unexpected token"),
        ('(import "a" "b" (type (func)))', "unexpected token"),
        ('(import "a" "b" (func (result i32) nop))', "unexpected token"),
        ('(func (import "a" "b") (local i32))', "unexpected token"),
        ('(export "a" 0)', "unexpected token"),
        ("(export a (func 0))", "unknown operator a"),
        ('(export "a" (func 0) (func 0))', "unexpected token"),
        ("(start)", "unexpected token"),
        ("(global)", "unexpected token"),
        ("(table funcref)", "unexpected token"),
        ("(table 1 funcref (elem))", "unexpected token"),
        ("(memory (data i32))", "unexpected token"),
        ("(elem)", "unexpected token"),
        ("(elem declare)", "unexpected token"),
        ("(elem (table 0) (i32.const 0) 0)", "unexpected token"),
        ("(data (i32.const 0) 7)", "unexpected token"),
        ('(export "\\ff" (func 0))', "malformed UTF-8 encoding"),
        ("(func $)", "empty identifier"),
        ("(module)", "unexpected token"),
    ],
)
def test_what_is_no_field(text: str, reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_module(f"(module {text})")

    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize(
    ("limits", "text", "what"),
    [
        (Limits(types=1), "(type (func))", "types"),
        (Limits(functions=1), "(func)", "functions"),
        (Limits(imports=1), '(import "" "" (func))', "imports"),
        (Limits(exports=1), '(export "" (func 0))', "exports"),
        (Limits(globals=1), "(global i32)", "globals"),
        (Limits(tables=1), "(table 0 funcref)", "tables"),
        (Limits(memories=1), "(memory 0)", "memories"),
        (Limits(tags=1), "(tag)", "tags"),
        (Limits(element_segments=1), "(elem func)", "element segments"),
        (Limits(segment_elements=1), "(elem func 0)", "elements of segments"),
        (Limits(data_segments=1), "(data)", "data segments"),
    ],
)
def test_counts_are_limited_inclusively(limits: Limits, text: str, what: str) -> None:
    assert isinstance(parse_module(text, limits), Module)
    with pytest.raises(Malformed, match=f"too many {what}: 2, and the limit is 1"):
        parse_module(text * 2, limits)


def test_locals_are_limited() -> None:
    parse_module("(func (param i32) (local i32))", Limits(locals=2))
    with pytest.raises(Malformed, match="too many locals: 3"):
        parse_module("(func (param i32) (local i32 i32))", Limits(locals=2))
