"""The little of protobuf that is needed."""

from __future__ import annotations

import contextlib
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyabi.wire.protobuf import WireError, decode_fields, encode_locality, encode_metadata, encode_node, encode_struct

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def test_fields_come_by_number_and_the_last_wins() -> None:
    message = bytes.fromhex("0801 1203 616263 1900000000000000f0 25 01020304 0896 01")

    assert decode_fields(message) == {1: 150, 2: b"abc", 3: bytes.fromhex("00000000000000f0"), 4: b"\1\2\3\4"}
    assert decode_fields(b"") == {}


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (b"\x08", "varint passes the end"),
        (b"\x12\x05abc", "field 2 passes the end"),
        (b"\x19\0\0", "field 3 passes the end"),
        (b"\x00\x00", "field number 0"),
        (b"\x0b", "wire type 3"),
        (b"\x08" + b"\xff" * 10, "more than 10 bytes"),
    ],
)
def test_a_message_that_is_none_says_where(message: bytes, words: str) -> None:
    with pytest.raises(WireError, match=words):
        decode_fields(message)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_not_and_nothing_else(message: bytes) -> None:
    with contextlib.suppress(WireError):
        for value in decode_fields(message).values():
            assert isinstance(value, bytes) or 0 <= value < 1 << 64


def test_a_structure_is_googles() -> None:
    message = encode_struct({"n": 1.5, "s": "é", "b": True, "z": None, "l": ["x"], "o": {}})

    assert message == b"".join(
        [
            bytes.fromhex("0a0e 0a016e 1209 11") + struct.pack("<d", 1.5),
            bytes.fromhex("0a09 0a0173 1204 1a02") + "é".encode(),
            bytes.fromhex("0a07 0a0162 1202 2001"),
            bytes.fromhex("0a07 0a017a 1202 0800"),
            bytes.fromhex("0a0c 0a016c 1207 3205 0a03 1a0178"),
            bytes.fromhex("0a07 0a016f 1202 2a00"),
        ]
    )


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_every_structure_is_a_message(structure: dict[str, Any]) -> None:
    if structure:
        assert set(decode_fields(encode_struct(structure))) == {1}


def test_a_structure_that_holds_itself_is_refused() -> None:
    endless: dict[str, Any] = {}
    endless["self"] = endless

    with pytest.raises(WireError, match="more than 100 deep"):
        encode_struct(endless)
    with pytest.raises(WireError, match="bytes is no value of JSON"):
        encode_struct({"a": b"x"})


def test_messages_leave_out_what_is_empty() -> None:
    assert encode_node({"id": "me"}) == b"\x0a\x02me"
    assert encode_node({"id": "me", "cluster": "us", "locality": {"zone": "z"}, "metadata": {"a": "b"}}) == (
        b"\x0a\x02me\x12\x02us\x1a\x0a\x0a\x08\x0a\x01a\x12\x03\x1a\x01b\x22\x03\x12\x01z"
    )
    assert encode_locality({"region": "r", "sub_zone": "s"}) == b"\x0a\x01r\x1a\x01s"
    assert encode_metadata({}) == b""
    assert encode_metadata({"n": {}}) == b"\x0a\x05\x0a\x01n\x12\x00"
