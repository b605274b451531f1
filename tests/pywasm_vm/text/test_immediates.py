"""What stands behind the word of an instruction."""

from __future__ import annotations

import pytest

from pywasm_vm.errors import Malformed
from pywasm_vm.isa.table import ALL, SPELT_LIKE
from pywasm_vm.structure.instructions import MemArg
from pywasm_vm.structure.types import FUNCREF, I32, AbsHeapType, RefType
from pywasm_vm.text.immediates import IMMEDIATES, TWO_ROWS
from pywasm_vm.text.parse import parse_module

FIELDS = """
    (type $f (func)) (type $s (struct (field $x i32) (field $y i32))) (type (func (param i32)))
    (tag $t) (tag $u) (memory 1) (memory $m 1) (table 1 funcref) (table $t 1 funcref)
    (global $g i32 (i32.const 0)) (data $d "") (data $e "") (elem $d func) (elem $e func) (func $f) (func $h)
"""


def first(text: str) -> tuple[str, tuple[object, ...]]:
    """Row and immediates of the first instruction that *text* begins with, among things to name."""
    body = list(parse_module(f"{FIELDS} (func (param $p i32) (local $l i32) {text})").funcs[2].body)
    row, immediates, _ = body[0]
    return row.mnemonic, immediates


def refused(text: str) -> str:
    with pytest.raises(Malformed) as caught:
        first(text)
    return caught.value.reason


@pytest.mark.parametrize(
    ("text", "immediates"),
    [
        ("i32.const -1", (0xFFFFFFFF,)),
        ("i64.const 0x8000_0000_0000_0000", (2**63,)),
        ("f32.const -0x1p-1", (0xBF000000,)),
        ("f32.const 7", (0x40E00000,)),
        ("f64.const nan:0x1", (0x7FF0000000000001,)),
        ("local.get $l", (1,)),
        ("global.get $g", (0,)),
        ("call $h", (1,)),
        ("ref.func $h", (1,)),
        ("throw $u", (1,)),
        ("call_ref $f", (0,)),
        ("br_table 3 2 1", ((3, 2, 1),)),
        ("br_table 0", ((0,),)),
        ("ref.null func", (AbsHeapType.FUNC,)),
        ("ref.null $s", (1,)),
        ("array.new_fixed 3 0x10", (3, 16)),
        ("struct.get $s $y", (1, 1)),
        ("struct.set 1 0", (1, 0)),
        ("atomic.fence", (0,)),
        ("i8x16.extract_lane_s 255", (255,)),
        ("i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 0xf", (tuple(range(16)),)),
        ("br_on_cast 0 anyref (ref $s)", (0, (RefType(True, AbsHeapType.ANY), RefType(False, 1)))),
    ],
)
def test_plain_immediates(text: str, immediates: tuple[object, ...]) -> None:
    assert first(text) == (text.split(maxsplit=1)[0], immediates)


@pytest.mark.parametrize(
    ("text", "lanes"),
    [
        ("i8x16 0 -1 255 1 2 3 4 5 6 7 8 9 10 11 12 13", bytes([0, 255, 255, *range(1, 14)])),
        ("i16x8 1 2 3 4 5 6 7 -0x8000", bytes.fromhex("0100 0200 0300 0400 0500 0600 0700 0080")),
        ("i32x4 1 2 3 4", bytes.fromhex("01000000 02000000 03000000 04000000")),
        ("i64x2 1 -1", bytes.fromhex("0100000000000000 ffffffffffffffff")),
        ("f32x4 1 inf -0 nan", bytes.fromhex("0000803f 0000807f 00000080 0000c07f")),
        ("f64x2 1 2", bytes.fromhex("000000000000f03f 0000000000000040")),
    ],
)
def test_vectors_have_a_shape(text: str, lanes: bytes) -> None:
    assert first(f"v128.const {text}") == ("v128.const", (lanes,))


@pytest.mark.parametrize(
    ("text", "memarg"),
    [
        ("", MemArg(2, 0)),
        ("offset=3", MemArg(2, 3)),
        ("align=1", MemArg(0, 0)),
        ("offset=0xffff_ffff_ffff_ffff align=0x8", MemArg(3, 2**64 - 1)),
        ("$m", MemArg(2, 0, 1)),
        ("1 offset=2 align=2", MemArg(1, 2, 1)),
    ],
)
def test_memory_arguments(text: str, memarg: MemArg) -> None:
    assert first(f"i32.load {text}") == ("i32.load", (memarg,))


@pytest.mark.parametrize(
    ("text", "immediates"),
    [
        ("3", (MemArg(0, 0), 3)),
        ("1 3", (MemArg(0, 0, 1), 3)),
        ("$m 3", (MemArg(0, 0, 1), 3)),
        ("offset=4 3", (MemArg(0, 4), 3)),
        ("1 offset=4 align=1 3", (MemArg(0, 4, 1), 3)),
    ],
)
def test_lane_accesses_tell_the_memory_from_the_lane(text: str, immediates: tuple[object, ...]) -> None:
    assert first(f"v128.load8_lane {text}") == ("v128.load8_lane", immediates)


@pytest.mark.parametrize(
    ("text", "immediates"),
    [
        ("memory.size", (0,)),
        ("memory.grow $m", (1,)),
        ("memory.copy", (0, 0)),
        ("memory.copy $m 0", (1, 0)),
        ("memory.init $e", (1, 0)),
        ("memory.init $m $d", (0, 1)),
        ("memory.init 1 0", (0, 1)),
        ("table.get", (0,)),
        ("table.get $t", (1,)),
        ("table.copy 0 $t", (0, 1)),
        ("table.init $e", (1, 0)),
        ("table.init $t 1", (1, 1)),
        ("call_indirect", (0, 0)),
        ("call_indirect (type 2)", (2, 0)),
        ("call_indirect $t (param i32)", (2, 1)),
        ("return_call_indirect 1 (type $f)", (0, 1)),
    ],
)
def test_what_is_left_out_is_0_and_the_order_is_the_texts_own(text: str, immediates: tuple[object, ...]) -> None:
    assert first(text) == (text.split(maxsplit=1)[0], immediates)


@pytest.mark.parametrize(
    ("text", "row", "immediates"),
    [
        ("select", "select", ()),
        ("select (result i32)", "select_t", ((I32,),)),
        ("select (result) (result i32 i32)", "select_t", ((I32, I32),)),
        ("select (result)", "select_t", ((),)),
        ("ref.test (ref $s)", "ref.test", (1,)),
        ("ref.test (ref null any)", "ref.test_null", (AbsHeapType.ANY,)),
        ("ref.cast i31ref", "ref.cast_null", (AbsHeapType.I31,)),
    ],
)
def test_one_word_two_rows(text: str, row: str, immediates: tuple[object, ...]) -> None:
    assert first(text) == (row, immediates)


@pytest.mark.parametrize(
    ("text", "blocktype"),
    [
        ("", None),
        ("(result i32)", I32),
        ("(result funcref)", FUNCREF),
        ("(type $f)", 0),
        ("(type 2) (param i32)", 2),
        ("(param i32)", 2),
        ("(result i32 i32)", 3),
        ("(param) (result)", None),
    ],
)
def test_block_types(text: str, blocktype: object) -> None:
    assert first(f"block {text} end") == ("block", (blocktype,))


def test_catch_clauses_name_labels_outside_of_their_own_block() -> None:
    body = list(
        parse_module(
            """(tag $a) (tag $e)
            (func block $l try_table $l (catch $e $l) (catch_ref 0 1) (catch_all $l) (catch_all_ref 0) end end)"""
        )
        .funcs[0]
        .body
    )

    assert body[1][1] == (None, (("catch", 1, 0), ("catch_ref", 0, 1), ("catch_all", None, 0), ("catch_all_ref", None, 0)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("i32.const", "unexpected token"),
        ("i32.const 1.0", "unexpected token"),
        ("i32.const 0x", "unknown operator 0x"),
        ("i32.const 4294967296", "constant out of range"),
        ("f32.const 1e39", "constant out of range"),
        ("f32.const nan:0x0", "constant out of range"),
        ("f64.const nan:canonical", "unexpected token"),
        ("f64.const .5", "unknown operator"),
        ("v128.const 0", "unexpected token"),
        ("v128.const i32x4 1 2 3", "wrong number of lane literals"),
        ("v128.const i32x4 1 2 3 4 5", "wrong number of lane literals"),
        ("v128.const i32x4 1 2 3 4x", "unknown operator"),
        ("v128.const i32x4 1 2 3 4.0", "unexpected token"),
        ("v128.const i8x16 256 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0", "constant out of range"),
        ("i8x16.extract_lane_s 256", "i8 constant out of range"),
        ("i8x16.extract_lane_s -1", "unexpected token"),
        ("i8x16.shuffle 0 1 2", "invalid lane length"),
        ("i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 256", "i8 constant out of range"),
        ("i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 0x1p1", "i8 constant out of range"),
        ("i8x16.shuffle 0 1 2 x", "unknown operator x"),
        ("i32.load align=3", "alignment must be a power of two"),
        ("i32.load align=0", "alignment must be a power of two"),
        ("i32.load offset=-1", "unknown operator"),
        ("i32.load align=", "unknown operator"),
        ("i32.load offset=0x1_0000_0000_0000_0000", "i64 constant out of range"),
        ("i32.load align=4 offset=4", "unexpected token"),
        ("local.get", "unexpected token"),
        ("local.get 4294967296", "i32 constant out of range"),
        ("br_table", "unexpected token"),
        ("ref.test any", "unexpected token"),
        ("memory.copy $m", "unexpected token"),
        ("select_t (result i32)", "unknown operator select_t"),
        ("ref.test_null any", "unknown operator"),
        ("get_local 0", "unknown operator get_local"),
    ],
)
def test_wrong_immediates(text: str, reason: str) -> None:
    assert refused(text).startswith(reason)


def test_every_row_has_a_word() -> None:
    words = IMMEDIATES.keys() | TWO_ROWS.keys()

    assert {row.mnemonic for row in ALL} - words == SPELT_LIKE.keys()
