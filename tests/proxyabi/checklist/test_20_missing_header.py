"""Check 20: a missing header is NOT_FOUND, and OK and empty in 0.1.0 (abi: 6.3)."""

from __future__ import annotations

from proxyabi.abi.types import MapType, Status
from proxyabi.context.header_map import HeaderMap


def test_by_version(world):
    world.stream.maps[MapType.HTTP_REQUEST_HEADERS] = HeaderMap([(b"here", b"1")])
    assert world.call("proxy_get_header_map_value", 0, b"x-none", version=0) == b""
    for version in (1, 2):
        assert world.call("proxy_get_header_map_value", 0, b"x-none", version=version) == Status.NOT_FOUND
