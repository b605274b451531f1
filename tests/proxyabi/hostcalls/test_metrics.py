"""Metrics, as guests see them: which operation suits which kind."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.abi.types import MetricType, Status

COUNTER, GAUGE, HISTOGRAM = MetricType
OK, NOT_FOUND, BAD_ARGUMENT = Status.OK, Status.NOT_FOUND, Status.BAD_ARGUMENT


def test_ids_tell_their_kind_and_each_definition_gives_a_new_one(world: Any) -> None:
    assert [world.call("proxy_define_metric", kind, b"a") for kind in MetricType] == [4, 5, 6]
    assert [world.call("proxy_define_metric", kind, b"a") for kind in MetricType] == [8, 9, 10]


@pytest.mark.parametrize(
    ("kind", "delta", "status", "value"),
    [
        (COUNTER, 3, OK, 13),
        (COUNTER, 0, BAD_ARGUMENT, 10),
        (COUNTER, -1, BAD_ARGUMENT, 10),
        (GAUGE, 3, OK, 13),
        (GAUGE, 0, OK, 10),
        (GAUGE, -3, OK, 7),
        (GAUGE, -11, OK, (1 << 64) - 1),
        (HISTOGRAM, 1, BAD_ARGUMENT, BAD_ARGUMENT),
    ],
)
def test_incrementing(world: Any, kind: MetricType, delta: int, status: Status, value: Any) -> None:
    metric_id = world.call("proxy_define_metric", kind, b"requests")
    world.call("proxy_record_metric", metric_id, 10)

    assert world.call("proxy_increment_metric", metric_id, delta) == status
    assert world.call("proxy_get_metric", metric_id) == value


@pytest.mark.parametrize(("kind", "value"), [(COUNTER, 11), (GAUGE, 4)])
def test_recording_adds_to_a_counter_and_sets_a_gauge(world: Any, kind: MetricType, value: int) -> None:
    metric_id = world.call("proxy_define_metric", kind, b"requests")
    world.call("proxy_record_metric", metric_id, 7)
    world.call("proxy_record_metric", metric_id, 4)

    assert world.call("proxy_get_metric", metric_id) == value


def test_a_histogram_takes_values_in(world: Any) -> None:
    metric_id = world.call("proxy_define_metric", HISTOGRAM, b"sizes")
    for value in (5, 2, 9):
        assert world.call("proxy_record_metric", metric_id, value) == OK

    (metric,) = world.services.metrics.all()
    assert (metric.histogram.count, metric.histogram.total, metric.histogram.smallest, metric.histogram.largest) == (3, 16, 2, 9)


@pytest.mark.parametrize(
    ("metric_id", "increment", "record", "get"),
    [
        (400, NOT_FOUND, NOT_FOUND, NOT_FOUND),
        (401, NOT_FOUND, NOT_FOUND, NOT_FOUND),
        (402, BAD_ARGUMENT, NOT_FOUND, BAD_ARGUMENT),
        (403, BAD_ARGUMENT, NOT_FOUND, BAD_ARGUMENT),
    ],
)
def test_unknown_ids(world: Any, metric_id: int, increment: Status, record: Status, get: Status) -> None:
    assert world.call("proxy_increment_metric", metric_id, 1) == increment
    assert world.call("proxy_record_metric", metric_id, 1) == record
    assert world.call("proxy_get_metric", metric_id) == get


def test_vms_share_metrics_and_not_their_ids(world: Any, make_world: Any) -> None:
    metric_id = world.call("proxy_define_metric", COUNTER, b"requests")
    world.call("proxy_increment_metric", metric_id, 2)
    other = make_world(services=world.services)

    assert other.call("proxy_get_metric", metric_id) == NOT_FOUND
    other.call("proxy_define_metric", COUNTER, b"something_else")
    assert other.call("proxy_get_metric", other.call("proxy_define_metric", COUNTER, b"requests")) == 2
