"""The order of records and what stands in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from proxyabi.abi.types import LogLevel
from proxyabi.abi.versions import VERSIONS, surface
from proxyabi.context.header_map import HeaderMap
from proxyabi.services.clock import StoppedClock
from proxyabi.trace import Trace, plain

SURFACE = surface(VERSIONS[-1])
HEADERS = SURFACE.callbacks["proxy_on_request_headers"]
MALLOC = SURFACE.callbacks["malloc"]
GET = SURFACE.hostcalls["env", "proxy_get_header_map_value"]


@pytest.fixture
def records() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def trace(records: list[dict[str, Any]]) -> Trace:
    return Trace(records.append, StoppedClock(1_500_000_000))


def test_records_come_in_the_order_of_beginnings_once_the_outermost_has_ended(trace: Trace, records: list[Any]) -> None:
    outer = trace.begin_callback(HEADERS, 2, [2, 5, 1])
    call = trace.begin_hostcall(GET, 2, [0, 1, 1, 8, 12], {"map_id": "HTTP_REQUEST_HEADERS"})
    inner = trace.begin_callback(MALLOC, 0, [3])
    trace.end_callback(inner, MALLOC, 4096)
    trace.log(2, LogLevel.INFO, "hello")
    trace.end_hostcall(call, GET, 0)
    assert records == []

    trace.end_callback(outer, HEADERS, 1)
    assert [(r["seq"], r.get("name", r.get("log"))) for r in records] == [
        (1, "proxy_on_request_headers"),
        (2, "proxy_get_header_map_value"),
        (3, "malloc"),
        (4, "info"),
    ]


def test_a_callback_is_decoded_by_its_row(trace: Trace, records: list[Any]) -> None:
    trace.end_callback(trace.begin_callback(HEADERS, 2, [2, 5, 1]), HEADERS, 1)

    assert records == [
        {
            "seq": 1,
            "time": 1.5,
            "context": 2,
            "depth": 0,
            "from": "host",
            "module": "",
            "name": "proxy_on_request_headers",
            "args": [2, 5, 1],
            "decoded": {"stream_context_id": 2, "num_headers": 5, "end_of_stream": 1, "action": "PAUSE"},
            "result": 1,
            "status": "PAUSE",
            "reason": None,
        }
    ]


def test_a_trap_leaves_result_and_status_open(trace: Trace, records: list[Any]) -> None:
    trace.end_callback(trace.begin_callback(HEADERS, 2, [2, 5, 1]), HEADERS, None, "unreachable")

    assert (records[0]["result"], records[0]["status"], records[0]["reason"]) == (None, None, "unreachable")


@pytest.mark.parametrize(("result", "shown"), [(0, False), (7, True)])
def test_a_boolean_result_reads_as_one(trace: Trace, records: list[Any], result: int, shown: bool) -> None:
    row = SURFACE.callbacks["proxy_on_configure"]
    trace.end_callback(trace.begin_callback(row, 1, [1, 9]), row, result)

    assert records[0]["decoded"]["success"] is shown
    assert (records[0]["result"], records[0]["status"]) == (result, None)


def test_a_log_line_outside_any_crossing_goes_out_at_once(trace: Trace, records: list[Any]) -> None:
    trace.log(0, LogLevel.WARN, "early")

    assert records == [{"seq": 1, "time": 1.5, "context": 0, "depth": 0, "log": "warn", "message": "early"}]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"caf\xc3\xa9\xff", "café\\xff"),
        (HeaderMap([(b"a", b"1")]), [["a", "1"]]),
        ((b"x", 3), ["x", 3]),
        (LogLevel.INFO, "INFO"),
        (True, True),
        (None, None),
    ],
)
def test_values_become_plain_data(value: Any, shown: Any) -> None:
    assert plain(value) == shown
    json.dumps(plain(value))
