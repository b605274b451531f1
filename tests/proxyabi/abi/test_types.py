"""Enumerations: values of actions that no document knows."""

from __future__ import annotations

import pytest

from proxyabi.abi.types import DataAction, HeadersAction, NetworkAction, TrailersAction


@pytest.mark.parametrize(
    ("members", "values"),
    [
        (HeadersAction, [0, 1, 2, 3, 4, 4, 4]),
        (DataAction, [0, 1, 2, 3, 3, 3, 3]),
        (TrailersAction, [0, 1, 1, 1, 1, 1, 1]),
        (NetworkAction, [0, 1, 1, 1, 1, 1, 1]),
    ],
)
def test_an_action_above_the_known_ones_counts_as_the_last(members: type[HeadersAction], values: list[int]) -> None:
    assert [int(members(value)) for value in (0, 1, 2, 3, 4, 5, 0xFFFF_FFFF)] == values
