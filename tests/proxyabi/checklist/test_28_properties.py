"""Check 28: the bytes of values, under old names and new ones (abi: 17)."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (b"connection\0id", (7).to_bytes(8, "little")),
        (b"connection_id", (7).to_bytes(8, "little")),
        (b"connection\0mtls", b"\0"),
        (b"source\0address", b"10.0.0.1:4711"),
        (b"source\0port", (4711).to_bytes(8, "little")),
        (b"request\0time", (1_500_000_000).to_bytes(8, "little")),
        (b"response\0code", (200).to_bytes(8, "little")),
        (b"xds\0cluster_name", b"up"),
        (b"cluster_name", b"up"),
        (b"xds\0listener_direction", (1).to_bytes(8, "little")),
        (b"listener_direction", (1).to_bytes(8, "little")),
        (b"plugin_name", b"my_plugin"),
        (b"plugin_name\0", b"my_plugin"),
        (b"metadata\0filter_metadata\0a\0n", bytes.fromhex("000000000000f03f")),
        (b"metadata\0filter_metadata\0a\0l", bytes.fromhex("02000000010000000000000001000000000000006100006200" + "00")),
    ],
)
def test_encodings(world, path, data):
    info = world.stream_control.info
    info.connection_id, info.source_address, info.source_port = 7, "10.0.0.1:4711", 4711
    info.start_time, info.response_code, info.cluster_name, info.listener_direction = 1.5, 200, "up", 1
    info.metadata = {"a": {"n": 1.0, "l": ["a", "b"]}}
    assert world.call("proxy_get_property", path) == data
