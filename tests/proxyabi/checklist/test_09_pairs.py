"""Check 9: a serialised map that cannot be read counts as an empty one; 1 MiB and 1024 pairs are the limits (abi: 4.1)."""

from __future__ import annotations

import pytest

from proxyabi.abi.types import MapType
from proxyabi.context.header_map import HeaderMap
from proxyabi.wire.pairs import GarbledError, decode_pairs, encode_pairs

ONE = encode_pairs([(b"a", b"1")])
GARBAGE = [
    b"\1",
    b"\1\0\0",
    ONE[:-1],
    ONE + b"!",
    ONE[:-1] + b"x",
    b"\2" + ONE[1:],
    encode_pairs([(b"", b"")] * 1025),
    encode_pairs([(b"a", bytes(1 << 20))]),
]


@pytest.mark.parametrize("blob", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_clears_the_map(world, blob):
    with pytest.raises(GarbledError):
        decode_pairs(blob)
    headers = world.stream.maps[MapType.HTTP_REQUEST_HEADERS] = HeaderMap([(b"x", b"1")])
    world.guest.memory += bytes(2 << 20)
    world.guest.write(0x10000, blob)
    assert world.raw("proxy_set_header_map_pairs", 0, 0x10000, len(blob)) == 0
    assert len(headers) == 0


def test_the_limits_themselves_are_fine():
    assert len(decode_pairs(encode_pairs([(b"", b"")] * 1024))) == 1024
    exact = encode_pairs([(b"a", bytes((1 << 20) - 15))])
    assert len(exact) == 1 << 20
    assert len(decode_pairs(exact)) == 1
