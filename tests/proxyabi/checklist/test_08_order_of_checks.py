"""Check 8: numbers out of range are found before addresses outside the memory (abi: 6.3)."""

from __future__ import annotations

import pytest

from proxyabi.abi.types import Status

WILD = 0xFFFF_FFF0


@pytest.mark.parametrize(
    ("function", "number"),
    [
        ("proxy_log", 6),
        ("proxy_get_header_map_value", 8),
        ("proxy_add_header_map_value", 8),
        ("proxy_get_header_map_pairs", 8),
        ("proxy_set_header_map_pairs", 8),
        ("proxy_get_header_map_size", 8),
        ("proxy_get_buffer_bytes", 9),
        ("proxy_get_buffer_status", 9),
        ("proxy_set_buffer_bytes", 9),
        ("proxy_continue_stream", 4),
        ("proxy_close_stream", 4),
    ],
)
def test_the_number_is_looked_at_first(world, function, number):
    count = len(world.row(function).wasm_params)
    assert world.raw(function, number, *[WILD] * (count - 1)) == Status.BAD_ARGUMENT


def test_of_a_metric_the_address_is_looked_at_first(world):
    assert world.raw("proxy_define_metric", 3, WILD, 4, 0) == Status.INVALID_MEMORY_ACCESS
