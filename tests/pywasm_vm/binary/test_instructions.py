"""Expressions as bytes: immediates in all their lengths, the structure of blocks, and bodies that decode themselves."""

from __future__ import annotations

import leb128
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywasm_vm.binary.instructions import Body, decode_expression
from pywasm_vm.errors import Malformed
from pywasm_vm.isa.opcode import Imm
from pywasm_vm.isa.table import ALL, BY_MNEMONIC
from pywasm_vm.structure.instructions import MemArg
from pywasm_vm.structure.types import FUNCREF, I32, I64, AbsHeapType, RefType

END = b"\x0b"


def code(mnemonic: str, *immediates: bytes) -> bytes:
    row = BY_MNEMONIC[mnemonic]
    opcode = bytes(row.code) if len(row.code) == 1 else bytes(row.code[:1]) + leb128.u.encode(row.code[1])
    return opcode + b"".join(immediates)


def decode(data: bytes, **options):
    return decode_expression(data, 0, len(data), **options)[0]


def only(data: bytes):
    """The immediates of the one instruction in *data*, which an end follows."""
    first, _ = decode(data + END)
    return first[1]


def reason(data: bytes, **options) -> str:
    with pytest.raises(Malformed) as caught:
        decode(data, **options)
    return caught.value.reason


u32 = st.integers(0, 2**32 - 1)


@given(u32)
def test_index_of_any_length(index):
    assert only(code("local.get", leb128.u.encode(index))) == (index,)


@given(st.integers(-(2**31), 2**31 - 1))
def test_i32_constant_of_any_length_is_unsigned(value):
    assert only(code("i32.const", leb128.i.encode(value))) == (value % 2**32,)


@given(st.integers(-(2**63), 2**63 - 1))
def test_i64_constant_of_any_length_is_unsigned(value):
    assert only(code("i64.const", leb128.i.encode(value))) == (value % 2**64,)


@given(st.integers(0, 63), st.one_of(st.integers(0, 2**15), st.integers(0, 2**64 - 1)), st.one_of(st.none(), u32))
def test_memarg_of_any_length(align, offset, memory):
    flags = leb128.u.encode(align | (0 if memory is None else 0x40))
    index = b"" if memory is None else leb128.u.encode(memory)

    found = only(code("i64.load", flags, index, leb128.u.encode(offset)))

    assert found == (MemArg(align, offset, memory or 0),)
    assert isinstance(found[0], MemArg)


@pytest.mark.parametrize("flags", [b"\x80\x01", b"\x80\x02", b"\xff\x7f"])
def test_memarg_with_unknown_flags_is_malformed(flags):
    assert reason(code("i32.load", flags, b"\0") + END).startswith("malformed memop flags")


def test_padded_numbers_mean_the_same():
    assert only(code("local.get", b"\x83\x80\x80\x80\x00")) == (3,)
    assert only(code("i32.const", b"\xff\xff\xff\xff\x7f")) == (0xFFFF_FFFF,)
    assert only(code("i32.load", b"\x82\x00", b"\x83\x80\x00")) == (MemArg(2, 3),)
    assert only(code("call_indirect", b"\x81\x00", b"\x80\x80\x80\x80\x00")) == (1, 0)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (code("call", b"\x80\x80\x80\x80\x80\x00"), "integer representation too long"),
        (code("call", b"\x80\x80\x80\x80\x10"), "integer too large"),
        (code("i32.const", b"\x80\x80\x80\x80\x70"), "integer too large"),
        (code("i64.const", b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02"), "integer too large"),
        (code("i32.load", b"\0", b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02"), "integer too large"),
    ],
)
def test_numbers_that_do_not_fit_are_malformed(data, expected):
    assert reason(data + END) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x40", None),
        (b"\x7f", I32),
        (b"\x7e", I64),
        (b"\x70", FUNCREF),
        (b"\x05", 5),
        (b"\xc0\x01", 192),
        (b"\x63\x6e", RefType(True, AbsHeapType.ANY)),
        (b"\x64\x03", RefType(False, 3)),
    ],
)
def test_block_type(data, expected):
    (_, immediates, _), *_ = decode(code("block", data) + END + END)

    assert immediates == (expected,)


@pytest.mark.parametrize("data", [b"\x41", b"\x62", b"\x80\x7f"])
def test_block_type_that_is_none_is_malformed(data):
    assert reason(code("block", data) + END + END).startswith("malformed block type")


def test_branch_table_of_short_and_long_labels():
    assert only(code("br_table", b"\x02", b"\x01\x02", b"\x03")) == ((1, 2, 3),)
    assert only(code("br_table", b"\x02", b"\x01\x80\x01", b"\x03")) == ((1, 128, 3),)
    assert only(code("br_table", b"\x00", b"\x00")) == ((0,),)


def test_other_immediates():
    assert only(code("f32.const", b"\x01\x02\x03\x04")) == (0x04030201,)
    assert only(code("f64.const", b"\1\2\3\4\5\6\7\x08")) == (0x0807060504030201,)
    assert only(code("v128.const", bytes(range(16)))) == (bytes(range(16)),)
    assert only(code("i8x16.shuffle", bytes(range(16)))) == (tuple(range(16)),)
    assert only(code("v128.load8_lane", b"\0\1", b"\5")) == (MemArg(0, 1), 5)
    assert only(code("select_t", b"\x01\x7f")) == ((I32,),)
    assert only(code("ref.null", b"\x70")) == (AbsHeapType.FUNC,)
    assert only(code("ref.test", b"\x05")) == (5,)
    assert only(code("memory.copy", b"\1\2")) == (1, 2)
    assert only(code("table.init", b"\1\2")) == (1, 2)
    assert only(code("atomic.fence", b"\0")) == (0,)
    assert only(code("br_on_cast", b"\x01\x07\x6e\x6c")) == (
        7,
        (RefType(True, AbsHeapType.ANY), RefType(False, AbsHeapType.I31)),
    )


def test_catch_clauses():
    (_, immediates, _), *_ = decode(code("try_table", b"\x40", b"\x03", b"\0\5\1", b"\1\6\2", b"\3\0") + END + END)

    assert immediates == (None, (("catch", 5, 1), ("catch_ref", 6, 2), ("catch_all_ref", None, 0)))
    assert reason(code("try_table", b"\x40", b"\x01", b"\x04\0\0") + END + END).startswith("malformed catch")


def test_opcodes_nobody_knows_are_illegal():
    known = {row.code[0] for row in ALL}
    for byte in set(range(256)) - known:
        assert reason(bytes([byte]) + END).startswith(f"illegal opcode {byte:02x}")
    for prefix in (0xFB, 0xFC, 0xFD, 0xFE):
        assert reason(bytes([prefix]) + b"\xff\x7f" + END) == f"illegal opcode {prefix:02x} 3fff"


def test_prefixed_opcode_may_be_padded():
    (row, _, _), _ = decode(b"\xfc\x80\x80\x00" + END)

    assert row.mnemonic == "i32.trunc_sat_f32_s"


def test_every_row_has_a_reader_for_its_immediates():
    """Sixteen zeros and an end will do for each kind of immediate but a reference type."""
    structure = {"end", "else", "catch", "catch_all", "delegate"}
    for row in ALL:
        if row.mnemonic not in structure:
            filler = b"\x6e" * 20 if Imm.HEAPTYPE in row.immediates else bytes(20)
            opcode = code(row.mnemonic, b"\0\0\x6e\x6e" if Imm.CAST in row.immediates else filler)
            try:
                instructions = decode(opcode + END * 40)
            except Malformed as error:
                pytest.fail(f"{row}: {error}")
            assert instructions[0][0] is row
            assert len(instructions[0][1]) == len(row.immediates)


def test_offsets_count_from_the_beginning_of_the_module():
    data = b"module" + code("nop") + code("i32.const", b"\x80\x01") + code("memory.copy", b"\0\0") + code("drop") + END

    instructions, position = decode_expression(data, 6, len(data))

    assert [offset for _, _, offset in instructions] == [6, 7, 10, 14, 15]
    assert position == len(data)


def test_expression_ends_with_its_own_end_and_not_with_that_of_a_block():
    data = code("block", b"\x40") + code("if", b"\x7f") + code("else") + END + END + END + code("nop")

    instructions, position = decode_expression(data, 0, len(data))

    assert [row.mnemonic for row, _, _ in instructions] == ["block", "if", "else", "end", "end", "end"]
    assert position == len(data) - 1


@pytest.mark.parametrize(
    "words",
    [
        ["else"],
        ["block", "else", "end"],
        ["if", "else", "else", "end"],
        ["catch_all"],
        ["try", "catch_all", "catch_all", "end"],
        ["try", "catch_all", "delegate"],
        ["block", "delegate"],
    ],
)
def test_word_that_continues_no_block_is_malformed(words):
    immediates = {"block": b"\x40", "if": b"\x40", "try": b"\x40", "catch": b"\0", "delegate": b"\0"}
    data = b"".join(code(word, immediates.get(word, b"")) for word in words)

    assert reason(data + END).startswith("END opcode expected")


def test_delegate_ends_its_try():
    data = code("try", b"\x40") + code("delegate", b"\0") + END

    assert [row.mnemonic for row, _, _ in decode(data)] == ["try", "delegate", "end"]


@pytest.mark.parametrize("word", ["block", "try_table"])
def test_nesting_beyond_the_limit_is_refused(word):
    opening = code(word, b"\x40", b"\0" if word == "try_table" else b"")

    assert len(decode(opening * 50 + END * 51, nesting=50)) == 101
    assert reason(opening * 51 + END * 52, nesting=50).startswith("nesting too deep")


def test_deep_nesting_needs_no_deep_stack():
    assert len(decode(code("block", b"\x40") * 90_000 + END * 90_001)) == 180_001


def test_instructions_on_data_segments_need_a_data_count_section():
    for data in (code("memory.init", b"\0\0"), code("data.drop", b"\0"), code("array.new_data", b"\0\0")):
        assert decode(data + END)
        assert reason(data + END, data_count=False) == "data count section required"
    assert decode(code("memory.fill", b"\0") + END, data_count=False)


def test_body_decodes_anew_each_time():
    data = code("local.get", b"\0") + END
    body = Body(data, 0, len(data), data_count=False, nesting=10)

    assert list(body) == list(body) == [(BY_MNEMONIC["local.get"], (0,), 0), (BY_MNEMONIC["end"], (), 2)]


@pytest.mark.parametrize(
    ("data", "end", "expected"),
    [
        (code("nop") + END + code("nop"), 3, "END opcode expected"),
        (code("nop"), 1, "unexpected end of section or function"),
        (code("nop") + END, 1, "section size mismatch"),
        (code("local.get", b"\x80"), 2, "unexpected end of section or function"),
        (code("f64.const", b"\0\0"), 3, "unexpected end of section or function"),
        (b"", 0, "unexpected end of section or function"),
        (code("nop") + code("else"), 1, "END opcode expected"),
    ],
)
def test_body_that_does_not_end_where_it_should_is_malformed(data, end, expected):
    body = Body(data, 0, end, data_count=False, nesting=10)

    with pytest.raises(Malformed) as caught:
        list(body)

    assert caught.value.reason.startswith(expected)


def test_small_immediates_are_shared():
    """A million instructions have few different immediates."""
    twice = code("local.get", b"\5") + code("local.get", b"\5") + code("i32.load", b"\2\x90\1") * 2 + END

    first, second, third, fourth, _ = decode(twice)

    assert first[1] is second[1]
    assert third[1] is fourth[1]
