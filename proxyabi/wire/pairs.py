"""Serialised maps: a list of (name, value) as one block of bytes.

Lives here: the layout and its limits.
Not here: who sends which map (hostcalls), and maps themselves (context.header_map).

    u32 n, then n times (u32 length of name, u32 length of value), then n times (name, NUL, value, NUL); little-endian

abi: 4.1 Header pairs
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

__all__ = ["LARGEST_BLOB", "MOST_PAIRS", "GarbledError", "decode_pairs", "encode_pairs"]

LARGEST_BLOB = 1 << 20
MOST_PAIRS = 1024
"""What the reference host takes from a guest. What it gives is not limited."""


class GarbledError(ValueError):
    """These bytes are no serialised map; the message says what is wrong."""


def encode_pairs(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The block for *pairs*; four zero bytes for none."""
    lengths = [length for name, value in pairs for length in (len(name), len(value))]
    parts = [struct.pack(f"<{len(lengths) + 1}I", len(pairs), *lengths)]
    for name, value in pairs:
        parts += (name, b"\0", value, b"\0")
    return b"".join(parts)


def decode_pairs(data: bytes) -> list[tuple[bytes, bytes]]:
    """The pairs in the block *data*. Nothing, and a lone NUL byte, are spellings of the empty map.

    raises: GarbledError.
    """
    if data in (b"", b"\0"):
        return []
    if len(data) > LARGEST_BLOB:
        raise GarbledError(f"{len(data)} bytes are more than the {LARGEST_BLOB} that a host takes")
    if len(data) < 4:
        raise GarbledError(f"{len(data)} bytes hold no count")
    count = int.from_bytes(data[:4], "little")
    if count > MOST_PAIRS:
        raise GarbledError(f"{count} pairs are more than the {MOST_PAIRS} that a host takes")
    end = 4 + 8 * count
    if len(data) < end:
        raise GarbledError(f"{len(data)} bytes hold no {count} pairs of lengths")
    lengths = struct.unpack_from(f"<{2 * count}I", data, 4)
    texts: list[bytes] = []
    for length in lengths:
        start, end = end, end + length + 1
        if end > len(data):
            raise GarbledError(f"a text of {length} bytes at {start} passes the end of {len(data)} bytes")
        if data[end - 1]:
            raise GarbledError(f"the text of {length} bytes at {start} does not end with NUL")
        texts.append(data[start : end - 1])
    if end != len(data):
        raise GarbledError(f"{len(data) - end} bytes follow the last value")
    return list(zip(texts[::2], texts[1::2], strict=True))
