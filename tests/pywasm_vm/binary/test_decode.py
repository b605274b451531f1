"""A module out of its bytes: header, sections in order, counts that agree, and nothing but Malformed for anything else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import leb128
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pywasm_vm.binary.decode import decode_module, is_component
from pywasm_vm.errors import Malformed
from pywasm_vm.limits import Limits
from pywasm_vm.structure.module import ExternKind, SegmentMode

GUESTS = Path(__file__).resolve().parents[2] / "guests"

HEADER = b"\0asm\1\0\0\0"

EMPTY_FUNCTION = [(1, b"\1\x60\0\0"), (3, b"\1\0"), (10, b"\1\2\0\x0b")]


def module(*sections: tuple[int, bytes]) -> bytes:
    return HEADER + b"".join(bytes([kind]) + leb128.u.encode(len(content)) + content for kind, content in sections)


def problem(data: bytes) -> Malformed | None:
    """What is wrong with *data*, when everything that can be read of it is read: bodies and names, too."""
    try:
        decoded = decode_module(data)
        for func in decoded.funcs:
            list(func.body)
    except Malformed as error:
        return error
    len(decoded.names.functions)
    len(decoded.names.locals)
    return None


def refusal(data: bytes, **options) -> Malformed:
    with pytest.raises(Malformed) as caught:
        decode_module(data, **options)
    return caught.value


def test_smallest_module_is_its_header():
    decoded = decode_module(HEADER)

    assert decoded.funcs == ()
    assert decoded.types == ()
    assert decoded.start is None


def test_module_of_every_section(wat: Callable[[str], bytes]):
    decoded = decode_module(
        wat("""(module
            (type $t (func (param i32) (result i32)))
            (import "env" "log" (func (type $t)))
            (table 2 funcref) (memory 1 2) (tag (param i32)) (global (mut i64) (i64.const -1))
            (export "run" (func 1)) (start 2) (elem (i32.const 0) 1) (data "passive") (data (i32.const 8) "active")
            (func (type $t) (local i32 i32 f64) local.get 0 memory.size i32.add)
            (func (i32.const 0) (i32.const 0) (i32.const 3) (memory.init 0)))""")
    )

    assert decoded.imported(ExternKind.FUNC)[0].name == "log"
    assert [func.type_index for func in decoded.funcs] == [0, 2]
    assert [length for length, _ in decoded.funcs[0].locals] == [2, 1]
    assert [row.mnemonic for row, _, _ in decoded.funcs[0].body] == ["local.get", "memory.size", "i32.add", "end"]
    assert (decoded.exports[0].name, decoded.exports[0].kind, decoded.exports[0].index) == ("run", ExternKind.FUNC, 1)
    assert decoded.start == 2
    assert decoded.data_count == 2
    assert [data.mode for data in decoded.datas] == [SegmentMode.PASSIVE, SegmentMode.ACTIVE]
    assert len(decoded.tables) == len(decoded.mems) == len(decoded.tags) == len(decoded.globals) == len(decoded.elems) == 1
    assert next(iter(decoded.globals[0].init))[1] == (2**64 - 1,)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "unexpected end"),
        (b"\0as", "unexpected end"),
        (HEADER[:6], "unexpected end"),
        (b"\0asm\2\0\0\0", "unknown binary version: 0x2"),
        (b"asm\0\1\0\0\0", "magic header not detected"),
        (b"(module)", "magic header not detected: this looks like the text format"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "magic header not detected: this looks like gzip"),
        (b"<html></html>", "magic header not detected: this looks like HTML"),
    ],
)
def test_header_that_is_none_is_malformed(data, expected):
    assert refusal(data).reason.startswith(expected)


def test_component_is_told_from_a_module_and_the_message_says_what_to_do():
    data = b"\0asm\x0d\0\1\0"

    found = refusal(data)

    assert is_component(data)
    assert not is_component(HEADER)
    assert found.reason.startswith("unknown binary version: this is a component")
    assert "wasm-tools component unbundle" in found.reason
    assert found.offset == 4


@pytest.mark.parametrize("kind", [14, 0x7F, 0x80, 0xFF])
def test_section_that_is_none_is_malformed(kind):
    assert refusal(module((kind, b""))).reason.startswith("malformed section id")


def test_sections_stand_in_order_and_once():
    assert decode_module(module((5, b"\0"), (13, b"\0"), (6, b"\0")))
    assert decode_module(module(*EMPTY_FUNCTION[:2], (12, b"\0"), EMPTY_FUNCTION[2]))
    for wrong in ([(3, b"\0"), (1, b"\0")], [(1, b"\0"), (1, b"\0")], [(6, b"\0"), (13, b"\0")], [(10, b"\0"), (12, b"\0")]):
        assert refusal(module(*wrong)).reason.startswith("unexpected content after last section")


def test_section_must_be_as_long_as_it_says():
    assert refusal(module((1, b"\0\0"))).reason.startswith("section size mismatch")
    assert refusal(module((1, b"\2\x60\0\0"))).reason.startswith("unexpected end of section or function")
    assert refusal(HEADER + b"\1\5\0").reason.startswith("length out of bounds")


def test_function_and_code_section_have_as_many_members():
    for wrong in (EMPTY_FUNCTION[:2], EMPTY_FUNCTION[2:], [*EMPTY_FUNCTION[:1], (3, b"\2\0\0"), EMPTY_FUNCTION[2]]):
        assert refusal(module(*wrong)).reason.startswith("function and code section have inconsistent lengths")


def test_data_count_and_data_section_agree():
    assert decode_module(module((12, b"\1"), (11, b"\1\1\0"))).data_count == 1
    assert decode_module(module((12, b"\0"))).data_count == 0
    assert refusal(module((12, b"\2"), (11, b"\1\1\0"))).reason.startswith(
        "data count and data section have inconsistent lengths"
    )


def test_custom_sections_stand_anywhere_and_are_kept():
    decoded = decode_module(module((0, b"\1aA"), *EMPTY_FUNCTION[:1], (0, b"\1bB"), *EMPTY_FUNCTION[1:], (0, b"\1c")))

    assert [(custom.name, custom.content, custom.after) for custom in decoded.customs] == [
        ("a", b"A", 0),
        ("b", b"B", 1),
        ("c", b"", 10),
    ]
    assert refusal(module((0, b"\2\xff\xff"))).reason.startswith("malformed UTF-8 encoding")
    assert refusal(module((0, b""))).reason.startswith("unexpected end")


def test_wrong_body_is_said_before_what_is_wrong_behind_it():
    """Bodies are passed over at first; a reader of the message wants to hear of the first wrong byte."""
    bad_body = [*EMPTY_FUNCTION[:2], (10, b"\1\3\0\xff\x0b")]

    assert decode_module(module(*bad_body)).funcs
    assert refusal(module(*bad_body, (14, b""))).reason.startswith("illegal opcode ff")
    assert refusal(module(*EMPTY_FUNCTION, (14, b""))).reason.startswith("malformed section id")


def test_every_error_has_an_offset():
    assert refusal(module((1, b"\1\x60\1\x00\0"))).offset == 13
    assert "at offset 0xd" in str(refusal(module((1, b"\1\x60\1\x00\0"))))


def test_large_counts_cost_nothing():
    """Each of these announces four thousand million members in a dozen bytes."""
    many = b"\xff\xff\xff\xff\x0f"
    for kind in (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13):
        assert refusal(module((kind, many))).reason.startswith("length out of bounds")


def test_limits_are_those_that_are_given():
    data = module(*EMPTY_FUNCTION)

    assert decode_module(data, Limits(functions=1, module_bytes=len(data)))
    assert refusal(data, limits=Limits(functions=0)).reason.startswith("too many functions")
    assert refusal(data, limits=Limits(module_bytes=len(data) - 1)).reason.startswith("module too large")


def test_bytearray_and_memoryview_will_do():
    data = module(*EMPTY_FUNCTION)

    for view in (bytearray(data), memoryview(data)):
        assert [row.mnemonic for row, _, _ in decode_module(view).funcs[0].body] == ["end"]


@pytest.mark.parametrize("path", sorted(GUESTS.glob("*.wasm")), ids=lambda path: path.name)
def test_real_filter_decodes_to_the_last_instruction(path: Path):
    data = path.read_bytes()

    decoded = decode_module(data)

    assert decoded.exports
    for func in decoded.funcs:
        *_, (last, _, offset) = func.body
        assert last.mnemonic == "end"
        assert offset == func.offset + func.size - 1


SMALL_GUESTS = [path.read_bytes() for path in sorted(GUESTS.glob("*.wasm")) if path.stat().st_size < 10_000]


@given(st.data())
def test_mutated_module_is_read_or_malformed_and_nothing_else(data):
    content = bytearray(data.draw(st.sampled_from([*SMALL_GUESTS, module(*EMPTY_FUNCTION)])))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(8, len(content) - 1))
        match data.draw(st.sampled_from(["set", "cut", "insert", "remove"])):
            case "set":
                content[place] = data.draw(st.integers(0, 255))
            case "cut":
                del content[max(place, 9) :]
            case "insert":
                content[place:place] = data.draw(st.binary(min_size=1, max_size=6))
            case "remove":
                del content[place : place + data.draw(st.integers(1, 6))]
        if len(content) < 10:
            break

    error = problem(bytes(content))

    assert error is None or 0 <= error.offset <= len(content)


@given(st.binary(max_size=300))
@example(b"\1\4\1\x4e\xff\xff")
def test_bytes_behind_a_header_are_read_or_malformed_and_nothing_else(content):
    error = problem(HEADER + content)

    assert error is None or 0 <= error.offset <= 8 + len(content)
