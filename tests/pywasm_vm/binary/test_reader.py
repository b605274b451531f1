"""The cursor: numbers, names, bounds, and what is said when they are wrong."""

from __future__ import annotations

import leb128
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywasm_vm.binary.reader import Reader, read_signed, read_unsigned
from pywasm_vm.errors import Malformed


def reader(*parts: bytes) -> Reader:
    data = b"".join(parts)
    return Reader(data, 0, len(data))


def reason(function, *arguments) -> str:
    with pytest.raises(Malformed) as caught:
        function(*arguments)
    return caught.value.reason


@given(st.integers(0, 2**64 - 1), st.binary(max_size=4))
def test_unsigned_number_is_what_leb128_wrote(value, behind):
    data = leb128.u.encode(value) + behind

    assert read_unsigned(data, 0, len(data), 64) == (value, len(data) - len(behind))


@given(st.integers(-(2**63), 2**63 - 1), st.binary(max_size=4))
def test_signed_number_is_what_leb128_wrote(value, behind):
    data = leb128.i.encode(value) + behind

    assert read_signed(data, 0, len(data), 64) == (value, len(data) - len(behind))


@given(st.sampled_from([32, 33, 64]), st.binary(min_size=1, max_size=12))
def test_number_of_any_bytes_agrees_with_the_grammar(width, data):
    """The grammar as a recursion, independent of how the reader loops."""

    def unsigned(n: int, rest: bytes) -> int:
        if n <= 0:
            raise Malformed("integer representation too long")
        if not rest:
            raise Malformed("unexpected end")
        if n < 7 and rest[0] & 0x7F >= 1 << n:
            raise Malformed("integer too large")
        return rest[0] if rest[0] < 0x80 else rest[0] & 0x7F | unsigned(n - 7, rest[1:]) << 7

    def signed(n: int, rest: bytes) -> int:
        if n <= 0:
            raise Malformed("integer representation too long")
        if not rest:
            raise Malformed("unexpected end")
        unused = -1 << n - 1 & 0x7F if n < 7 else 0
        if rest[0] & unused not in (0, unused):
            raise Malformed("integer too large")
        if rest[0] >= 0x80:
            return rest[0] & 0x7F | signed(n - 7, rest[1:]) << 7
        return rest[0] - 0x80 if rest[0] & 0x40 else rest[0]

    for grammar, read in ((unsigned, read_unsigned), (signed, read_signed)):
        try:
            expected: object = grammar(width, data)
        except Malformed as error:
            expected = error.reason
        try:
            found: object = read(data, 0, len(data), width)[0]
        except Malformed as error:
            found = error.reason
        if isinstance(expected, str):
            assert str(found).startswith(expected)
        else:
            assert found == expected


def test_number_may_be_padded_up_to_its_width():
    assert reader(b"\x83\x80\x80\x80\x00").u32() == 3
    assert reader(b"\xff\xff\xff\xff\x7f").signed(32) == -1
    assert reader(b"\x83\x80\x80\x80\x80\x80\x80\x80\x80\x00").u64() == 3


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x83\x80\x80\x80\x80\x00", "integer representation too long"),
        (b"\x83\x80\x80\x80\x10", "integer too large"),
        (b"\x83\x80\x80\x80\x90", "integer too large"),
        (b"\x83\x80", "unexpected end of section or function"),
        (b"", "unexpected end of section or function"),
    ],
)
def test_reader_rejects_a_leb128_that_is_too_long_or_has_unused_bits_set(data, expected):
    assert reason(reader(data).u32) == expected


def test_number_that_passes_the_end_is_judged_before_the_end_is():
    """The official suite cuts sections short in the middle of wrong numbers, and expects to hear of the number."""
    cut = Reader(b"\x83\x80\x80\x80\x80\x00", 0, 4)
    assert reason(cut.u32) == "integer representation too long"

    cut = Reader(b"\x83\x80\x80\x00", 0, 3)
    assert reason(cut.u32) == "unexpected end of section or function"


def test_name_is_strict_utf8():
    assert reader(b"\x05", "čaj!".encode()).name() == "čaj!"
    for wrong in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"):
        assert reason(reader(bytes([len(wrong)]), wrong).name).startswith("malformed UTF-8 encoding")


def test_count_beyond_the_bytes_left_is_refused_before_anything_is_made():
    assert reason(reader(b"\xff\xff\xff\xff\x0f", b"few").count).startswith("length out of bounds")


def test_take_stops_at_the_end_of_the_section_and_not_of_the_file():
    section = Reader(b"abcdef", 0, 3)

    assert section.take(3) == b"abc"
    assert reason(section.take, 1) == "unexpected end of section or function"


def test_error_carries_the_offset():
    with pytest.raises(Malformed) as caught:
        Reader(b"..\x80\x80\x80\x80\x80\x00", 2, 8).u32()

    assert caught.value.offset == 2
    assert "at offset 0x2" in str(caught.value)
