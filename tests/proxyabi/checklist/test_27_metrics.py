"""Check 27: what each operation does to each kind of metric (abi: 15.6)."""

from __future__ import annotations

import pytest

from proxyabi.abi.types import Status

OK, BAD, NONE = Status.OK, Status.BAD_ARGUMENT, Status.NOT_FOUND


@pytest.mark.parametrize(
    ("kind", "number", "increments", "record", "value"),
    [(0, 4, (OK, BAD, BAD), OK, 8), (1, 5, (OK, OK, OK), OK, 5), (2, 6, (BAD, BAD, BAD), OK, BAD)],
)
def test_the_matrix(world, kind, number, increments, record, value):
    assert world.call("proxy_define_metric", kind, b"m") == number
    assert tuple(world.call("proxy_increment_metric", number, offset) for offset in (3, 0, -1)) == increments
    assert world.call("proxy_record_metric", number, 5) == record
    assert world.call("proxy_get_metric", number) == value


@pytest.mark.parametrize(("number", "increment"), [(400, NONE), (401, NONE), (402, BAD), (403, BAD)])
def test_ids_of_nobody(world, number, increment):
    assert world.call("proxy_increment_metric", number, 1) == increment
    assert world.call("proxy_record_metric", number, 1) == NONE
    assert world.call("proxy_get_metric", number) == increment
