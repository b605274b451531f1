"""Serialised maps."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxyabi.wire.pairs import LARGEST_BLOB, MOST_PAIRS, GarbledError, decode_pairs, encode_pairs

PAIRS = st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=40)), max_size=30)


def test_the_layout_is_the_documents() -> None:
    blob = bytes.fromhex("02000000 01000000 01000000 01000000 02000000 61003100 6200323200")

    assert encode_pairs([(b"a", b"1"), (b"b", b"22")]) == blob
    assert decode_pairs(blob) == [(b"a", b"1"), (b"b", b"22")]


@pytest.mark.parametrize("blob", [b"", b"\0", b"\0\0\0\0"])
def test_the_empty_map_has_three_spellings(blob: bytes) -> None:
    assert decode_pairs(blob) == []


@given(PAIRS)
@example([(b"\0", b"\0\0"), (b"", b"")])
def test_what_is_encoded_comes_back(pairs: list[tuple[bytes, bytes]]) -> None:
    blob = encode_pairs(pairs)

    assert decode_pairs(blob) == pairs
    assert len(blob) == 4 + sum(8 + len(name) + 1 + len(value) + 1 for name, value in pairs)


@given(st.binary(max_size=100))
def test_any_bytes_are_a_map_or_garbled_and_nothing_else(blob: bytes) -> None:
    with contextlib.suppress(GarbledError):
        pairs = decode_pairs(blob)
        assert blob in (b"", b"\0") or encode_pairs(pairs) == blob


@given(PAIRS, st.data())
def test_a_damaged_block_is_never_read_past_its_end(pairs: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    blob = bytearray(encode_pairs(pairs))
    position = data.draw(st.integers(0, len(blob) - 1))
    blob[position] = data.draw(st.integers(0, 255))

    with contextlib.suppress(GarbledError):
        assert encode_pairs(decode_pairs(bytes(blob))) in (bytes(blob), b"\0\0\0\0")


@pytest.mark.parametrize(
    ("blob", "words"),
    [
        (b"\1\0\0", "hold no count"),
        (b"\1\0\0\0", "no 1 pairs of lengths"),
        (b"\xff\xff\xff\xff", "4294967295 pairs are more"),
        (struct.pack("<III", 1, 1, 1) + b"a\0b", "passes the end"),
        (struct.pack("<III", 1, 0xFFFFFFFF, 0) + b"\0\0", "passes the end"),
        (struct.pack("<III", 1, 1, 1) + b"a\1b\0", "does not end with NUL"),
        (b"\0\0\0\0\0", "1 bytes follow"),
        (bytes(LARGEST_BLOB + 1), "more than the 1048576"),
        (encode_pairs([(b"", b"")] * (MOST_PAIRS + 1)), "1025 pairs are more"),
    ],
)
def test_a_garbled_block_says_what_is_wrong(blob: bytes, words: str) -> None:
    with pytest.raises(GarbledError, match=words):
        decode_pairs(blob)


def test_the_limits_are_those_of_the_reference_host() -> None:
    assert len(decode_pairs(encode_pairs([(b"", b"")] * MOST_PAIRS))) == 1024
    value = bytes(LARGEST_BLOB - 4 - 8 - 2)
    assert decode_pairs(encode_pairs([(b"", value)])) == [(b"", value)]
