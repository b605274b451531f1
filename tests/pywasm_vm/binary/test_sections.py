"""What stands in each section, and the limits on how much may."""

from __future__ import annotations

from array import array

import leb128
import pytest

from pywasm_vm.binary import sections
from pywasm_vm.binary.lazy import BinaryFunctions
from pywasm_vm.binary.reader import Reader
from pywasm_vm.errors import Malformed
from pywasm_vm.features import Feature
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.limits import Limits
from pywasm_vm.structure.module import ExternKind, SegmentMode
from pywasm_vm.structure.types import FUNCREF, I32, I64, AbsHeapType, GlobalType, MemType, RefType, TableType, TagType
from pywasm_vm.structure.types import Limits as Bounds

EVERYTHING = frozenset(Feature)
NON_NULL_FUNC = RefType(False, AbsHeapType.FUNC)


def cursor(data: bytes) -> Reader:
    return Reader(data, 0, len(data))


def reason(function, data: bytes, *more, **options) -> str:
    with pytest.raises(Malformed) as caught:
        function(cursor(data), *more, **options)
    return caught.value.reason


def words(expression) -> list[tuple[str, tuple[object, ...]]]:
    return [(row.mnemonic, immediates) for row, immediates, _ in expression]


def test_equal_types_are_one_object():
    """A module of a million empty function types must not take a million times their size."""
    first, second, third = sections.type_section(cursor(b"\x03\x60\0\0\x60\1\x7f\0\x60\0\0"), Limits())

    assert first is third
    assert first != second


def test_types_in_groups_count_one_by_one():
    data = b"\x01\x4e\x03" + b"\x60\0\0" * 3

    assert len(sections.type_section(cursor(data), Limits(types=3))[0].subtypes) == 3
    assert reason(sections.type_section, data, Limits(types=2)).startswith("too many types")


def test_imports_of_every_kind():
    data = b"\x05" + b"".join(
        b"\1m\1" + bytes([ord("a") + kind]) + bytes([kind]) + description
        for kind, description in enumerate([b"\7", b"\x70\0\1", b"\0\1", b"\x7e\1", b"\0\3"])
    )

    found = sections.import_section(cursor(data), Limits(), EVERYTHING)

    assert [(item.module, item.name, item.kind, item.desc) for item in found] == [
        ("m", "a", ExternKind.FUNC, 7),
        ("m", "b", ExternKind.TABLE, TableType(Bounds(1), FUNCREF)),
        ("m", "c", ExternKind.MEMORY, MemType(Bounds(1))),
        ("m", "d", ExternKind.GLOBAL, GlobalType(I64, True)),
        ("m", "e", ExternKind.TAG, TagType(3)),
    ]
    assert found[1].offset == 7


def test_kind_that_is_none_is_malformed():
    assert reason(sections.import_section, b"\1\0\0\5\0", Limits(), EVERYTHING).startswith("malformed import kind")
    assert reason(sections.export_section, b"\1\0\5\0", Limits()).startswith("malformed export kind")


def test_table_with_an_expression_for_its_elements():
    plain, filled = sections.table_section(cursor(b"\2\x70\0\1" + b"\x40\0\x64\x70\0\1\xd2\5\x0b"), Limits())

    assert plain.init is None
    assert filled.type.reftype is NON_NULL_FUNC
    assert words(filled.init) == [("ref.func", (5,)), ("end", ())]
    assert reason(sections.table_section, b"\1\x40\1\x70\0\1\xd2\5\x0b", Limits()).startswith("zero byte expected")


def test_global_with_its_value():
    (found,) = sections.global_section(cursor(b"\1\x7f\0\x41\x2a\x0b"), Limits())

    assert found.type == GlobalType(I32, False)
    assert words(found.init) == [("i32.const", (42,)), ("end", ())]


@pytest.mark.parametrize(
    ("data", "kind", "mode", "table", "has_place", "items"),
    [
        (b"\0\x41\0\x0b\2\7\x08", NON_NULL_FUNC, SegmentMode.ACTIVE, 0, True, [7, 8]),
        (b"\1\0\1\7", NON_NULL_FUNC, SegmentMode.PASSIVE, 0, False, [7]),
        (b"\2\3\x41\0\x0b\0\1\7", NON_NULL_FUNC, SegmentMode.ACTIVE, 3, True, [7]),
        (b"\3\0\1\7", NON_NULL_FUNC, SegmentMode.DECLARATIVE, 0, False, [7]),
        (b"\4\x41\0\x0b\1\xd2\7\x0b", FUNCREF, SegmentMode.ACTIVE, 0, True, [7]),
        (b"\5\x70\1\xd2\7\x0b", FUNCREF, SegmentMode.PASSIVE, 0, False, [7]),
        (b"\6\3\x41\0\x0b\x70\1\xd2\7\x0b", FUNCREF, SegmentMode.ACTIVE, 3, True, [7]),
        (b"\7\x70\1\xd2\7\x0b", FUNCREF, SegmentMode.DECLARATIVE, 0, False, [7]),
    ],
)
def test_element_segment_in_each_of_its_eight_forms(data, kind, mode, table, has_place, items):
    (found,) = sections.element_section(cursor(b"\1" + data), Limits())

    assert (found.type, found.mode, found.table, found.place is not None) == (kind, mode, table, has_place)
    assert [words(item) for item in found.items] == [[("ref.func", (index,)), ("end", ())] for index in items]


def test_element_segment_that_is_none_is_malformed():
    assert reason(sections.element_section, b"\1\x08", Limits()).startswith("malformed elements segment kind")
    assert reason(sections.element_section, b"\1\1\1\0", Limits()).startswith("malformed element kind")
    assert reason(sections.element_section, b"\1\5\x7f\0", Limits()) == "malformed reference type"


def test_elements_of_the_same_bytes_are_one_object():
    """A table of a million entries names few expressions, and functions are kept as their indices."""
    functions, expressions = sections.element_section(cursor(b"\2\1\0\2\7\7\5\x70\2\xd0\x70\x0b\xd0\x70\x0b"), Limits())

    assert list(functions.items.functions) == [7, 7]
    assert expressions.items[0] is expressions.items[1]


def test_elements_of_all_segments_count_together():
    data = b"\2" + b"\1\0\2\7\7" * 2

    assert sections.element_section(cursor(data), Limits(segment_elements=4))
    assert reason(sections.element_section, data, Limits(segment_elements=3)).startswith("too many elements of segments")


def test_data_segment_in_each_of_its_forms():
    active, passive, elsewhere = sections.data_section(cursor(b"\3\0\x41\0\x0b\1a\1\1b\2\5\x41\0\x0b\1c"), Limits())

    assert (active.content, active.mode, active.memory, active.place is None) == (b"a", SegmentMode.ACTIVE, 0, False)
    assert (passive.content, passive.mode, passive.memory, passive.place) == (b"b", SegmentMode.PASSIVE, 0, None)
    assert (elsewhere.content, elsewhere.mode, elsewhere.memory) == (b"c", SegmentMode.ACTIVE, 5)
    assert reason(sections.data_section, b"\1\3", Limits()).startswith("malformed data segment kind")


def body(*parts: bytes) -> bytes:
    content = b"".join(parts)
    return leb128.u.encode(len(content)) + content


def test_code_passes_over_bodies_and_reads_locals_as_runs():
    data = b"\2" + body(b"\2\3\x7f\1\x7e", b"\x0b") + body(b"\0", b"\xff\xff\xff")

    places = sections.code_section(cursor(data), Limits())
    first, second = functions_of(data, places)

    assert list(places) == [2, 6, 9, 4]
    assert first.locals == ((3, I32), (1, I64))
    assert list(first.body) == [(BY_MNEMONIC["end"], (), 7)]
    assert (first.offset, first.size) == (2, 6)
    assert second.locals == ()
    with pytest.raises(Malformed, match="illegal opcode ff"):
        list(second.body)


def functions_of(data, places, limits=Limits()):  # noqa: B008
    return BinaryFunctions(data, array("I", [0] * (len(places) // 2)), places, limits, data_count=False, memories=True)


def test_locals_are_counted_and_never_spread_out():
    def locals_of(entry, limit):
        data = b"\1" + entry
        (found,) = functions_of(data, sections.code_section(cursor(data), Limits()), Limits(locals=limit))
        return found.locals

    run = b"\xff\xff\xff\xff\x0f\x7f"
    assert locals_of(body(b"\1", run, b"\x0b"), 2**32) == ((2**32 - 1, I32),)
    with pytest.raises(Malformed, match="too many locals"):
        locals_of(body(b"\1", run, b"\x0b"), 50_000)
    with pytest.raises(Malformed, match="too many locals"):
        locals_of(body(b"\2", run, b"\1\x7f\x0b"), 2**33)


def test_function_larger_than_what_is_left_or_allowed_is_refused():
    assert reason(sections.code_section, b"\1\x05\0\x0b", Limits()).startswith("length out of bounds")
    assert reason(sections.code_section, b"\1" + body(b"\0", b"\x01" * 20, b"\x0b"), Limits(function_body_bytes=10)).startswith(
        "function body too large"
    )


@pytest.mark.parametrize(
    ("function", "limit", "data"),
    [
        (sections.function_section, "functions", b"\3\0\0\0"),
        (sections.table_section, "tables", b"\3" + b"\x70\0\0" * 3),
        (sections.global_section, "globals", b"\3" + b"\x7f\0\x41\0\x0b" * 3),
        (sections.export_section, "exports", b"\3" + b"\0\0\0" * 3),
        (sections.tag_section, "tags", b"\3" + b"\0\0" * 3),
        (sections.element_section, "element_segments", b"\3" + b"\1\0\0" * 3),
        (sections.data_section, "data_segments", b"\3" + b"\1\0" * 3),
    ],
)
def test_limit_is_inclusive(function, limit, data):
    assert len(function(cursor(data), Limits(**{limit: 3}))) == 3
    assert reason(function, data, Limits(**{limit: 2})).startswith("too many")
