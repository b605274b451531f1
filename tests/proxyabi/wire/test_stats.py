"""The snapshot for stat sinks. Envoy's own is compared in test_steps.py."""

from __future__ import annotations

import struct

from proxyabi.wire.stats import encode_snapshot


def test_an_empty_snapshot_has_two_empty_blocks() -> None:
    assert encode_snapshot([], []) == struct.pack("<III", 12, 1, 0) + struct.pack("<III", 12, 2, 0)


def test_values_stand_at_multiples_of_eight_of_the_whole() -> None:
    data = encode_snapshot([(b"abc", 7, 2), (b"d", 1, 1)], [(b"gauge", 9)])

    assert data[:12] == struct.pack("<III", 64, 1, 2)
    assert data[12:40] == struct.pack("<I", 3) + b"abc" + bytes(5) + struct.pack("<QQ", 7, 2)
    assert data[64:76] == struct.pack("<III", len(data) - 64, 2, 1)
    assert struct.unpack_from("<Q", data, 88) == (9,)
