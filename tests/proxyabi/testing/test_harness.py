"""The harness: a host in a box, driven without sockets and without waiting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from proxyabi.abi.types import MapType
from proxyabi.config import PluginConfig
from proxyabi.context.events import RequestHeaders
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.stream_info import StreamInfo
from proxyabi.errors import GuestError
from proxyabi.plugin.host import Host
from proxyabi.testing.harness import Harness
from proxyabi.trace import Record, Trace
from proxyabi.upstream import Answer, Seen, echo
from proxyabi.vms import NullPlugin, load_vm

GUESTS = Path(__file__).parents[2] / "guests"


def c_filter(configuration: str, guest: str = "c") -> PluginConfig:
    return PluginConfig((GUESTS / f"{guest}.wasm").read_bytes(), name=guest, configuration=configuration.encode())


def test_a_request_passes_the_filters_in_order_and_the_response_in_reverse(tier: str) -> None:
    harness = Harness([c_filter("headers"), c_filter("headers")], tier=tier)

    exchange = harness.request(path="/a")

    assert exchange.upstream is not None
    assert exchange.upstream.headers.get_all(b"x-filter") == [b"c", b"c"]
    assert exchange.client is not None
    assert exchange.client.headers.get_all(b"x-filter-response") == [b"c", b"c"]
    assert harness.host.contexts_left == 0


def test_chunks_and_trailers_reach_the_filter_one_by_one(tier: str) -> None:
    harness = Harness([c_filter("trailers")], tier=tier)

    exchange = harness.request("POST", "/", body=[b"one ", b"two"], trailers=[(b"x-sum", b"3")])

    assert exchange.upstream is not None
    assert exchange.upstream.body == b"one two"
    assert exchange.upstream.trailers.pairs() == [(b"x-sum", b"3"), (b"x-trailer-filter", b"c")]
    assert exchange.client is not None
    assert exchange.client.trailers.get(b"x-trailer-filter") == b"c"


def test_an_http_call_is_answered_by_its_target_and_nobody_else(tier: str) -> None:
    asked: list[Seen] = []

    def check(seen: Seen) -> Answer:
        asked.append(seen)
        return Answer(200)

    harness = Harness([c_filter("call auth")], tier=tier, targets={"auth": check, "other": lambda seen: None})

    exchange = harness.request(headers=[(b"x-call-id", b"77")])

    assert exchange.client is not None
    assert exchange.client.status == 200
    assert [(seen.method, seen.path, seen.headers.get(b"x-call-id")) for seen in asked] == [("GET", "/check", b"77")]


def test_a_target_whose_connection_breaks_is_a_failed_call_for_the_filter(tier: str) -> None:
    harness = Harness([c_filter("call auth")], tier=tier, targets={"auth": lambda seen: None})

    exchange = harness.request()

    assert exchange.client is not None
    assert (exchange.client.status, exchange.upstream) == (503, None)


def test_timers_fire_at_once_while_a_stream_stands_still(tier: str) -> None:
    harness = Harness([c_filter("tick")], tier=tier)

    exchange = harness.request()

    assert exchange.upstream is not None
    assert exchange.upstream.headers.get(b"x-ticked") == b"1"


def test_an_upstream_that_breaks_off_gives_the_client_503(tier: str) -> None:
    harness = Harness([c_filter("headers")], tier=tier, upstream=lambda seen: None)

    exchange = harness.request()

    assert exchange.client is not None
    assert exchange.client.status == 503
    assert exchange.client.body.startswith(b"upstream connect error")


def test_a_stream_that_nobody_resumes_is_stalled_and_leaves_no_context(tier: str) -> None:
    harness = Harness([c_filter("recall", "hostile")], tier=tier)

    exchange = harness.request(body=b"x")

    assert exchange.stalled
    assert exchange.client is None
    assert harness.host.contexts_left == 0


def test_a_filter_that_cannot_be_loaded_is_refused_when_the_harness_is_made(tier: str) -> None:
    with pytest.raises(GuestError, match="proxy_make_coffee"):
        Harness([c_filter("", "broken_missing_import")], tier=tier)


def test_the_echo_describes_what_reached_it() -> None:
    answer = echo(Seen(HeaderMap([(b":method", b"PUT"), (b":path", b"/x"), (b"a", b"\xff")]), b"body"))

    assert answer.status == 200
    assert b'"method": "PUT"' in answer.body
    assert b'"\\\\xff"' in answer.body


def test_envoys_own_headers_are_added_when_they_are_asked_for(tier: str) -> None:
    harness = Harness([c_filter("headers")], tier=tier, envoy_headers=True)

    exchange = harness.request()

    assert exchange.upstream is not None
    assert exchange.upstream.headers.get(b"x-forwarded-proto") == b"http"
    assert exchange.upstream.headers.get(b"x-envoy-expected-rq-timeout-ms") == b"15000"
    assert exchange.client is not None
    assert exchange.client.headers.get(b"server") == b"envoy"


class TellsWhereFrom(NullPlugin):
    """Writes two properties of the connection into the request."""

    def proxy_on_request_headers(self, stream_context_id: int, num_headers: int, end_of_stream: int) -> None:
        for path in (("source", "address"), ("xds", "cluster_name")):
            self.add_header(MapType.HTTP_REQUEST_HEADERS, "x-property", self.get_property(*path) or b"absent")


def test_properties_of_the_connection_can_be_read() -> None:
    plugin = PluginConfig(b"null", name="tells")
    harness = Harness([plugin], tier=lambda config: load_vm("null", null_plugin=TellsWhereFrom))

    exchange = harness.request()

    assert exchange.upstream is not None
    assert exchange.upstream.headers.get_all(b"x-property") == [b"127.0.0.1:50000", b"upstream"]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"headers": [("x-id", "7")]}, "headers have to be pairs of bytes"),
        ({"headers": {b"x-id": b"7"}}, "headers have to be pairs of bytes"),
        ({"headers": [(b"x-id", 7)]}, "not (b'x-id', 7)"),
        ({"headers": None}, "not None"),
        ({"trailers": [(b"x-id",)]}, "trailers have to be pairs of bytes"),
        ({"body": "text"}, "body has to be bytes, or a list of bytes, not 'text'"),
        ({"body": [b"one", "two"]}, "body has to be bytes"),
        ({"body": None}, "body has to be bytes"),
        ({"path": b"/x"}, "path has to be text, not b'/x'"),
        ({"method": None}, "method has to be text, not None"),
    ],
)
def test_a_part_of_a_request_that_is_something_else_is_named(parts: dict[str, Any], words: str) -> None:
    harness = Harness([c_filter("headers")])
    with pytest.raises(TypeError) as refused:
        harness.request(**parts)
    assert words in str(refused.value)
    client = harness.request().client
    assert client is not None
    assert client.status == 200


def test_an_answer_of_something_else_is_refused_where_it_is_made_or_given() -> None:
    wrong: list[Any] = [("headers", [(b"a", b"b")]), ("headers", {"a": "b"}), ("trailers", None), ("body", "text")]
    for name, value in wrong:
        with pytest.raises(TypeError, match=f"the {name} of an answer ha"):
            Answer(200, **{name: value})
    with pytest.raises(TypeError, match="the status of an answer"):
        Answer("200")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"the upstream has to answer with an Answer, .* not with 200"):
        Harness([c_filter("headers")], upstream=lambda seen: 200).request()  # type: ignore[arg-type, return-value]


def test_filters_and_a_trace_that_are_none_are_refused_by_name() -> None:
    plugin: Any = c_filter("headers")
    for plugins in (plugin, plugin.code, [plugin.code], ["c.wasm"]):
        with pytest.raises(TypeError, match="plugins has to be a list of PluginConfig") as refused:
            Harness(plugins)
        assert len(str(refused.value)) < 150
    with pytest.raises(TypeError, match=r"as in Trace\(records.append\)"):
        Harness([plugin], trace=[].append)  # type: ignore[arg-type]


def test_a_closed_harness_takes_no_request() -> None:
    harness = Harness([c_filter("headers")])
    harness.close()
    with pytest.raises(RuntimeError, match="has been closed"):
        harness.request()
    harness.close()


@pytest.mark.parametrize("digits", ["9" * 5000, "18446744073709551616", "0" * 5000 + "7"])
@pytest.mark.parametrize(
    "script",
    [
        "on_request_headers: replace 0 content-length {}",
        "on_request_headers: replace 0 content-length {}; get_property request.size",
        "on_response_headers: replace 2 content-length {}",
        "on_response_headers: replace 2 :status {}",
        "on_response_headers: replace 2 grpc-status {}\non_log: get_property response.grpc_status",
    ],
)
def test_a_number_of_any_length_that_a_filter_writes_stops_nobody(script: str, digits: str) -> None:
    harness = Harness([c_filter(script.format(digits), "script")])
    exchange = harness.request("POST", body=b"abc")
    assert exchange.client is not None
    harness.close()
    assert harness.host.contexts_left == 0


ENDLESS = "on_configure: register jobs\non_request_headers: enqueue 1 x\non_queue_ready: dequeue $; enqueue 1 again"


def test_a_filter_that_enqueues_whenever_it_hears_of_an_item_keeps_nobody_waiting() -> None:
    harness = Harness([c_filter(ENDLESS, "script")])
    assert harness.request().client is not None
    harness.close()

    unpolled = Host([c_filter(ENDLESS, "script")])
    unpolled.start()
    stream_id = unpolled.open_stream(StreamInfo())
    assert unpolled.feed(RequestHeaders(stream_id, HeaderMap([(b":path", b"/")]), end_of_stream=True)) != []
    unpolled.close()


def test_filters_hear_of_items_where_no_timer_may_fire() -> None:
    records: list[Record] = []
    script = "on_configure: register jobs\non_request_headers: enqueue 1 x\non_queue_ready: dequeue $"
    harness = Harness([c_filter(script, "script")], ticks=0, trace=Trace(records.append))
    harness.request()
    harness.close()

    assert [record.get("name") for record in records].count("proxy_on_queue_ready") == 1
