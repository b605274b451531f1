"""Check 21: adding joins the names that Envoy keeps in one entry; others keep theirs; reading gives the first (abi: 12)."""

from __future__ import annotations

from proxyabi.abi.types import MapType
from proxyabi.context.header_map import HeaderMap


def test_add_and_get(world):
    headers = world.stream.maps[MapType.HTTP_REQUEST_HEADERS] = HeaderMap([(b"x-forwarded-for", b"1"), (b"x-test", b"1")])
    for name in (b"X-Forwarded-For", b"X-Test"):
        world.call("proxy_add_header_map_value", 0, name, b"2")
    assert headers.pairs() == [(b"x-forwarded-for", b"1,2"), (b"x-test", b"1"), (b"x-test", b"2")]
    assert world.call("proxy_get_header_map_value", 0, b"x-test") == b"1"
    assert world.call("proxy_get_header_map_value", 0, b"x-forwarded-for") == b"1,2"
