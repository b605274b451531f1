"""Check 7: results without bytes are 0 and 0, and nothing is allocated, but for foreign functions (abi: 5, 6.3)."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("function", "inputs"),
    [
        ("proxy_get_buffer_bytes", (0, 0, 10)),
        ("proxy_get_header_map_pairs", (0,)),
        ("proxy_get_status", ()),
    ],
)
def test_an_empty_result_is_not_allocated(world, function, inputs):
    world.context = world.stream
    row = world.row(function)
    args = world.arguments(row, inputs)
    assert world.raw(function, *args) == 0
    assert [world.word(slot) for slot in args[-2:]] == [0, 0]
    assert world.guest.asked == []


def test_a_foreign_function_may_ask_for_an_empty_block(world):
    args = world.arguments(world.row("proxy_call_foreign_function"), (b"uncompress", bytes.fromhex("789c030000000001")))
    assert world.raw("proxy_call_foreign_function", *args) == 0
    assert world.guest.asked == [0]
    assert world.word(args[-1]) == 0
