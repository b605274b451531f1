"""Types and limits as bytes."""

from __future__ import annotations

import pytest

from pywasm_vm.binary import types
from pywasm_vm.binary.reader import Reader
from pywasm_vm.errors import Malformed
from pywasm_vm.features import WASM_3_0, Feature
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
    TagType,
)

EVERYTHING = frozenset(Feature)


def read(function, data: bytes, *more):
    reader = Reader(data, 0, len(data))
    found = function(reader, *more)
    assert reader.position == len(data)
    return found


def reason(function, data: bytes, *more) -> str:
    with pytest.raises(Malformed) as caught:
        function(Reader(data, 0, len(data)), *more)
    return caught.value.reason


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x7f", I32),
        (b"\x7e", I64),
        (b"\x7d", F32),
        (b"\x7c", F64),
        (b"\x7b", V128),
        (b"\x70", FUNCREF),
        (b"\x6f", EXTERNREF),
        (b"\x69", RefType(True, AbsHeapType.EXN)),
        (b"\x63\x70", FUNCREF),
        (b"\x64\x70", RefType(False, AbsHeapType.FUNC)),
        (b"\x63\x85\x01", RefType(True, 133)),
        (b"\x63\x62\x85\x01", RefType(True, ExactType(133))),
        (b"\x64\x62\x00", RefType(False, ExactType(0))),
    ],
)
def test_value_type(data, expected):
    assert read(types.valtype, data) is expected


def test_every_named_heap_type_has_a_byte():
    found = {read(types.heaptype, bytes([byte])) for byte in range(0x69, 0x75)}

    assert found == set(AbsHeapType)


@pytest.mark.parametrize("data", [b"\x40", b"\x62", b"\x7a", b"\x60", b"\x00", b"\xff\x7f"])
def test_byte_that_names_no_value_type_is_malformed(data):
    assert reason(types.valtype, data).startswith("malformed value type")


def test_reference_type_is_no_number_type():
    assert reason(types.reftype, b"\x7f") == "malformed reference type"


def test_negative_heap_type_without_a_name_is_malformed():
    assert reason(types.heaptype, b"\x40").startswith("malformed heap type")
    assert reason(types.heaptype, b"\x80\x7f").startswith("malformed heap type")


def test_function_type():
    group = read(types.rectype, b"\x60\x02\x7f\x7e\x01\x7d")

    assert group == RecType((SubType(True, (), FuncType((I32, I64), (F32,))),))


def test_recursive_group_with_subtypes():
    group = read(types.rectype, b"\x4e\x03\x5f\x02\x78\x01\x63\x00\x00\x50\x01\x00\x5e\x77\x00\x4f\x00\x60\x00\x00")

    assert group == RecType(
        (
            SubType(True, (), StructType((FieldType(I8, True), FieldType(RefType(True, 0), False)))),
            SubType(False, (0,), ArrayType(FieldType(I16, False))),
            SubType(True, (), FuncType((), ())),
        )
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x61", "malformed definition type"),
        (b"\xe0\x7f", "integer representation too long"),
        (b"\x5e\x78\x02", "malformed mutability"),
        (b"\x5e\x40\x00", "malformed storage type"),
        (b"\x60\x05\x7f", "length out of bounds"),
        (b"\x50\x00\x50\x00\x60\x00\x00", "malformed definition type"),
        (b"\x4d\x01\x4c\x00\x5f\x00", "malformed definition type"),
        (b"\x4d\x01\x4d\x01\x5f\x00", "malformed definition type"),
        (b"\x4c\x01\x50\x00\x5f\x00", "malformed definition type"),
        (b"\x5e\x64\x62\x62\x00\x00", "malformed storage type: malformed heap type"),
        (b"\x5e\x64\x62\x70\x00", "malformed storage type: malformed heap type"),
    ],
)
def test_definition_that_is_wrong_is_malformed(data, expected):
    assert reason(types.rectype, data).startswith(expected)


def test_type_that_describes_and_is_described():
    (subtype,) = read(types.rectype, b"\x50\x01\x03\x4c\x01\x4d\x02\x5f\x00").subtypes

    assert subtype == SubType(False, (3,), StructType(()), descriptor=2, describes=1)


def test_memory_type_with_each_flag():
    assert read(types.memtype, b"\x00\x01", EVERYTHING) == MemType(Limits(1))
    assert read(types.memtype, b"\x01\x01\x02", EVERYTHING) == MemType(Limits(1, 2))
    assert read(types.memtype, b"\x03\x01\x02", EVERYTHING) == MemType(Limits(1, 2), shared=True)
    assert read(types.memtype, b"\x04\x80\x80\x80\x80\x80\x80\x40", EVERYTHING) == MemType(Limits(1 << 48), AddrType.I64)
    assert read(types.memtype, b"\x08\x01\x00", EVERYTHING) == MemType(Limits(1), page_size=1)
    assert read(types.memtype, b"\x0f\x01\x02\x10", EVERYTHING) == MemType(Limits(1, 2), AddrType.I64, True, 65536)


@pytest.mark.parametrize("data", [b"\x10\x00", b"\x81\x00\x00", b"\x81\x01\x00"])
def test_memory_type_with_unknown_flags_is_malformed(data):
    assert reason(types.memtype, data, EVERYTHING).startswith("malformed limits flags")


@pytest.mark.parametrize("flags", [b"\x02", b"\x03", b"\x08"])
def test_flag_of_a_proposal_is_unknown_without_it(flags):
    assert reason(types.memtype, flags + b"\x00\x00\x00", WASM_3_0).startswith("malformed limits flags")


def test_page_size_beyond_64_bits_is_malformed():
    assert reason(types.memtype, b"\x08\x00\x41", EVERYTHING).startswith("invalid custom page size")


def test_table_type():
    assert read(types.tabletype, b"\x70\x00\x05") == TableType(Limits(5), FUNCREF)
    assert read(types.tabletype, b"\x64\x6f\x05\x01\x02") == TableType(
        Limits(1, 2), RefType(False, AbsHeapType.EXTERN), AddrType.I64
    )
    assert reason(types.tabletype, b"\x70\x08").startswith("malformed limits flags")
    assert reason(types.tabletype, b"\x70\x02\x00").startswith("malformed limits flags")


def test_global_and_tag_types():
    assert read(types.globaltype, b"\x7f\x01") == GlobalType(I32, True)
    assert read(types.tagtype, b"\x00\x05") == TagType(5)
    assert reason(types.globaltype, b"\x7f\x02").startswith("malformed mutability")
    assert reason(types.tagtype, b"\x01\x05").startswith("zero byte expected")
