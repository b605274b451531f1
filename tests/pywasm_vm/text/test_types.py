"""Types as text, and type uses."""

from __future__ import annotations

import pytest

from pywasm_vm.errors import Malformed
from pywasm_vm.features import WASM_2_0
from pywasm_vm.structure.types import (
    EXTERNREF,
    F32,
    F64,
    FUNCREF,
    I8,
    I16,
    I32,
    I64,
    V128,
    AbsHeapType,
    AddrType,
    ArrayType,
    ExactType,
    FieldType,
    FuncType,
    GlobalType,
    Limits,
    MemType,
    RecType,
    RefType,
    StructType,
    SubType,
    TableType,
    ValType,
)
from pywasm_vm.text.parse import parse_module


def params(text: str) -> tuple[ValType, ...]:
    comptype = parse_module(f"(type (func (param {text})))").types[0].subtypes[0].comptype
    assert isinstance(comptype, FuncType)
    return comptype.params


@pytest.mark.parametrize(
    ("text", "valtype"),
    [
        ("i32", I32),
        ("i64", I64),
        ("f32", F32),
        ("f64", F64),
        ("v128", V128),
        ("funcref", FUNCREF),
        ("externref", EXTERNREF),
        *((f"{heap.value}ref", RefType(True, heap)) for heap in AbsHeapType if not heap.value.startswith("no")),
        ("nullref", RefType(True, AbsHeapType.NONE)),
        ("nullfuncref", RefType(True, AbsHeapType.NOFUNC)),
        ("nullexternref", RefType(True, AbsHeapType.NOEXTERN)),
        ("nullexnref", RefType(True, AbsHeapType.NOEXN)),
        ("(ref func)", RefType(False, AbsHeapType.FUNC)),
        ("(ref null noextern)", RefType(True, AbsHeapType.NOEXTERN)),
        ("(ref 0)", RefType(False, 0)),
        ("(ref null (exact 1))", RefType(True, ExactType(1))),
        ("(ref null 7)", RefType(True, 7)),
    ],
)
def test_value_types(text: str, valtype: ValType) -> None:
    assert params(text) == (valtype,)


@pytest.mark.parametrize(
    "text", ["i8", "ref", "(ref)", "(ref null)", "(ref i32)", "func", "(ref null null func)", "(mut i32)", "$x i32 i32"]
)
def test_no_value_types(text: str) -> None:
    with pytest.raises(Malformed, match="unexpected token"):
        params(text)


def test_anyfunc_is_forgotten() -> None:
    with pytest.raises(Malformed, match="unknown operator anyfunc"):
        params("anyfunc")


def test_composite_types() -> None:
    module = parse_module(
        """
        (type $f (func (param i32 i64) (param $x f32) (result f64) (result v128 i32)))
        (type $s (struct (field i8 (mut i16)) (field) (field $a (mut (ref $f))) (field $b f64)))
        (type (array (mut i8)))
        """
    )

    assert module.subtypes() == (
        SubType(True, (), FuncType((I32, I64, F32), (F64, V128, I32))),
        SubType(
            True,
            (),
            StructType((FieldType(I8, False), FieldType(I16, True), FieldType(RefType(False, 0), True), FieldType(F64, False))),
        ),
        SubType(True, (), ArrayType(FieldType(I8, True))),
    )
    assert module.names.fields == {1: {2: "a", 3: "b"}}


def test_recursive_groups_and_subtypes() -> None:
    module = parse_module(
        """
        (rec (type $a (sub (struct (field (ref null $b))))) (type $b (sub final $a (struct (field (ref null $b))))))
        (rec)
        (rec (type (sub $a $b (struct))))
        """
    )

    field = (FieldType(RefType(True, 1), False),)
    assert module.types == (
        RecType((SubType(False, (), StructType(field)), SubType(True, (0,), StructType(field)))),
        RecType(()),
        RecType((SubType(False, (0, 1), StructType(())),)),
    )


@pytest.mark.parametrize(
    ("text", "memtype"),
    [
        ("1", MemType(Limits(1))),
        ("0x1 2", MemType(Limits(1, 2))),
        ("i64 1 0xffff_ffff_ffff_ffff", MemType(Limits(1, 2**64 - 1), AddrType.I64)),
        ("i32 1 2 shared", MemType(Limits(1, 2), AddrType.I32, True)),
        ("0 (pagesize 1)", MemType(Limits(0), page_size=1)),
        ("0 1 shared (pagesize 0x10000)", MemType(Limits(0, 1), shared=True)),
    ],
)
def test_memory_types(text: str, memtype: MemType) -> None:
    assert parse_module(f"(memory {text})").mems[0].type == memtype


def test_table_and_global_types() -> None:
    module = parse_module("(table i64 1 2 (ref null func)) (global (mut (ref any)) unreachable) (global v128)")

    assert module.tables[0].type == TableType(Limits(1, 2), FUNCREF, AddrType.I64)
    assert [item.type for item in module.globals] == [
        GlobalType(RefType(False, AbsHeapType.ANY), True),
        GlobalType(V128, False),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(memory i64 0x1_0000_0000_0000_0000)", "i64 constant out of range"),
        ("(memory 0 (pagesize 3))", "invalid custom page size"),
        ("(memory 0 (pagesize 0))", "invalid custom page size"),
        ("(memory)", "unexpected token"),
        ("(memory 1.0)", "unexpected token"),
        ("(table 1)", "unexpected token"),
        ("(type (func (result i32) (param i32)))", "unexpected token"),
        ("(type (func (result $x i32)))", "unexpected token"),
        ("(type (struct i32))", "unexpected token"),
        ("(type (field i32))", "unexpected token"),
        ("(rec (func))", "unexpected token"),
        ("(type (descriptor 0) (describes 0) (struct))", "unexpected token"),
        ("(type (sub (descriptor 0) (descriptor 0) (struct)))", "unexpected token"),
        ("(type (descriptor 0) (sub (struct)))", "unexpected token"),
        ("(type (descriptor) (struct))", "unexpected token"),
        ("(type (array (ref (exact any))))", "unexpected token"),
        ("(type (array (ref exact 0)))", "unexpected token"),
        ('(import "" "" (global (exact i32)))', "unexpected token"),
    ],
)
def test_no_types(text: str, reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_module(text)

    assert caught.value.reason.startswith(reason)


def test_without_memory64_sizes_have_32_bits() -> None:
    with pytest.raises(Malformed, match="i32 constant out of range"):
        parse_module("(memory 0x1_0000_0000)", features=WASM_2_0)


def test_unknown_function_types_are_defined_behind_all_others_in_the_order_of_their_use() -> None:
    module = parse_module(
        """
        (func (param i32) (block (param i64) (drop)))
        (func (param i64))
        (tag (param f32))
        (type $last (func (result i32)))
        """
    )

    assert [subtype.comptype for subtype in module.subtypes()] == [
        FuncType((), (I32,)),
        FuncType((I32,), ()),
        FuncType((I64,), ()),
        FuncType((F32,), ()),
    ]
    assert [func.type_index for func in module.funcs] == [1, 2]
    assert module.tags[0].type.type_index == 3


def test_known_function_type_is_used_again_only_when_it_stands_alone_and_is_final() -> None:
    module = parse_module("(type (sub (func))) (rec (type (func)) (type (struct))) (rec (type (func))) (func)")

    assert module.funcs[0].type_index == 3


def test_type_use_by_index_binds_locals_behind_the_parameters_of_that_type() -> None:
    module = parse_module("(type (func (param i32 i32))) (func (type 0) (local $x i32) (local.get $x))")

    assert next(iter(module.funcs[0].body))[1] == (2,)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(type (func)) (func (type 0) (param i32))", "inline function type"),
        ("(type (func (param i32))) (func (block (type 0) (result i32)))", "inline function type"),
        ("(type (struct)) (func (type 0) (result i32))", "inline function type"),
        ("(type (func)) (func (type 1) (param i32))", "unknown type"),
        ("(func (param i32) (type 0))", "unexpected token"),
        ("(func (call_indirect (param $x i32)))", "unexpected token"),
        ("(func (block (result i32) (param i32)))", "unexpected token"),
    ],
)
def test_type_uses_that_contradict_themselves(text: str, reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_module(text)

    assert caught.value.reason.startswith(reason)


def test_type_use_of_a_type_that_is_not_there_is_left_to_validation() -> None:
    assert parse_module("(func (type 9))").funcs[0].type_index == 9
