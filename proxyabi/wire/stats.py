"""The snapshot of metrics that a stat sink is shown.

Lives here: its layout. Not here: which metrics there are (services.metrics) and when it is made (plugin.host).

Two blocks, counters then gauges, little-endian:

    u32 size of the block · u32 type (1 counters, 2 gauges) · u32 number of metrics
    each: u32 length of the name · name · padding to 8 bytes · u64 value · counters also: u64 how much it has grown

abi: 18.4 Stats snapshot buffer
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

__all__ = ["encode_snapshot"]

COUNTERS, GAUGES = 1, 2
HEAD = struct.Struct("<III")
ALIGNMENT = 8


def encode_snapshot(counters: Iterable[tuple[bytes, int, int]], gauges: Iterable[tuple[bytes, int]]) -> bytes:
    """The snapshot of *counters* (name, value, growth since the last one) and *gauges* (name, value)."""
    first = _block(COUNTERS, 0, [(name, (value, growth)) for name, value, growth in counters])
    return first + _block(GAUGES, len(first), [(name, (value,)) for name, value in gauges])


def _block(kind: int, start: int, metrics: list[tuple[bytes, tuple[int, ...]]]) -> bytes:
    block = bytearray(HEAD.size)
    for name, numbers in metrics:
        block += struct.pack("<I", len(name)) + name
        block += bytes(-(start + len(block)) % ALIGNMENT)
        block += struct.pack(f"<{len(numbers)}Q", *numbers)
    HEAD.pack_into(block, 0, len(block), kind, len(metrics))
    return bytes(block)
