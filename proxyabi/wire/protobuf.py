"""The little of protobuf that properties and foreign functions need.

Lives here: fields of a message as numbers and bytes, both ways; `google.protobuf.Struct`, and the messages that properties give
as a whole.
Not here: which property is which message (context.properties).

A message is encoded with its fields in the order of their numbers, and without those that have their default.

abi: 17.3 Value encodings, 16 Foreign functions
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

__all__ = [
    "WireError",
    "decode_field_list",
    "decode_fields",
    "encode_fields",
    "encode_locality",
    "encode_metadata",
    "encode_node",
    "encode_struct",
]

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
LONGEST_VARINT = 10
DEEPEST = 100


class WireError(ValueError):
    """These bytes are no protobuf message; the message says where they go wrong."""


def decode_fields(data: bytes) -> dict[int, int | bytes]:
    """The fields of a message by number: integers for varints, bytes for everything else. The last of several wins.

    raises: WireError.
    """
    return dict(decode_field_list(data))


def decode_field_list(data: bytes) -> list[tuple[int, int | bytes]]:
    """The fields of a message as they come: (number, integer for a varint, bytes for everything else).

    raises: WireError.
    """
    fields: list[tuple[int, int | bytes]] = []
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        number, wire_type = key >> 3, key & 7
        if number == 0:
            raise WireError(f"field number 0 before byte {position}")
        if wire_type == VARINT:
            value, position = _varint(data, position)
            fields.append((number, value))
            continue
        if wire_type == BYTES:
            size, position = _varint(data, position)
        elif wire_type in (FIXED64, FIXED32):
            size = 8 if wire_type == FIXED64 else 4
        else:
            raise WireError(f"wire type {wire_type} before byte {position}")
        if position + size > len(data):
            raise WireError(f"field {number} passes the end: {size} bytes at {position} of {len(data)}")
        fields.append((number, data[position : position + size]))
        position += size
    return fields


def encode_fields(fields: Mapping[int, int | bytes]) -> bytes:
    """A message of those fields; those that have their default are left out."""
    parts = []
    for number, value in sorted(fields.items()):
        if not value:
            continue
        if isinstance(value, int):
            parts.append(_length(number << 3 | VARINT) + _length(value))
        else:
            parts.append(_field(number, value))
    return b"".join(parts)


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for count in range(LONGEST_VARINT):
        if position >= len(data):
            raise WireError(f"a varint passes the end at {position}")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position
    raise WireError(f"a varint of more than {LONGEST_VARINT} bytes before {position}")


def encode_struct(fields: Mapping[str, Any]) -> bytes:
    """`google.protobuf.Struct` from plain JSON values.

    raises: WireError when it is nested more than 100 deep or holds something that is no JSON value.
    """
    return _struct(fields, 0)


def encode_metadata(metadata: Mapping[str, Mapping[str, Any]]) -> bytes:
    """`envoy.config.core.v3.Metadata` with its filter metadata."""
    return b"".join(_field(1, _field(1, name.encode()) + _field(2, encode_struct(value))) for name, value in metadata.items())


def encode_locality(locality: Mapping[str, Any]) -> bytes:
    """`envoy.config.core.v3.Locality`."""
    return b"".join(_text(number, locality.get(name, "")) for number, name in enumerate(("region", "zone", "sub_zone"), 1))


def encode_node(node: Mapping[str, Any]) -> bytes:
    """`envoy.config.core.v3.Node`: id, cluster, metadata, locality."""
    parts = [_text(1, node.get("id", "")), _text(2, node.get("cluster", ""))]
    if node.get("metadata"):
        parts.append(_field(3, encode_struct(node["metadata"])))
    if node.get("locality"):
        parts.append(_field(4, encode_locality(node["locality"])))
    return b"".join(parts)


def _struct(fields: Mapping[str, Any], depth: int) -> bytes:
    return b"".join(_field(1, _field(1, key.encode()) + _field(2, _value(value, depth + 1))) for key, value in fields.items())


def _value(value: Any, depth: int) -> bytes:
    """`google.protobuf.Value`: null 1, number 2, string 3, bool 4, struct 5, list 6."""
    if depth > DEEPEST:
        raise WireError(f"a value is nested more than {DEEPEST} deep")
    if value is None:
        return bytes([1 << 3 | VARINT, 0])
    if isinstance(value, bool):
        return bytes([4 << 3 | VARINT, value])
    if isinstance(value, int | float):
        return bytes([2 << 3 | FIXED64]) + struct.pack("<d", value)
    if isinstance(value, str):
        return _field(3, value.encode())
    if isinstance(value, Mapping):
        return _field(5, _struct(value, depth))
    if isinstance(value, list | tuple):
        return _field(6, b"".join(_field(1, _value(item, depth + 1)) for item in value))
    raise WireError(f"{type(value).__name__} is no value of JSON")


def _text(number: int, value: str) -> bytes:
    return _field(number, value.encode()) if value else b""


def _field(number: int, data: bytes) -> bytes:
    return _length(number << 3 | BYTES) + _length(len(data)) + data


def _length(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
