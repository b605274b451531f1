"""Connections through several filters, as conversations. What Envoy does with one filter is compared in test_steps.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from proxyabi import Host, PluginConfig, Services, StreamInfo
from proxyabi.abi.kinds import HTTP_FILTER, NETWORK_FILTER
from proxyabi.abi.types import PeerType
from proxyabi.context.commands import CloseConnection, ConnectUpstream, SendDownstream, SendUpstream
from proxyabi.context.events import DownstreamClosed, DownstreamData, NewConnection, RequestHeaders, UpstreamData
from proxyabi.context.header_map import HeaderMap
from proxyabi.services.log import Log

GUEST = (Path(__file__).parents[2] / "guests" / "script.wasm").read_bytes()


class Connection:
    """A host with network filters and one connection through them."""

    def __init__(self, engine: str, *configurations: str, **settings: Any) -> None:
        plugins = [
            PluginConfig(
                GUEST, name=f"f{number}", vm_id=str(number), configuration=text.encode(), kind=NETWORK_FILTER, **settings
            )
            for number, text in enumerate(configurations)
        ]
        self.lines: list[str] = []
        self.host = Host(plugins, tier=engine, services=Services(log=Log(2, sink=self.lines.append)))
        self.host.start()
        self.id = self.host.open_connection(StreamInfo())
        self.begun = self.host.feed(NewConnection(self.id))

    def down(self, data: bytes, *, end: bool = False) -> list[Any]:
        return self.host.feed(DownstreamData(self.id, data, end))

    def up(self, data: bytes, *, end: bool = False) -> list[Any]:
        return self.host.feed(UpstreamData(self.id, data, end))

    def close(self) -> None:
        self.host.feed(DownstreamClosed(self.id, PeerType.REMOTE))
        assert self.host.contexts_left == 0


def add(mark: str) -> str:
    return f"on_downstream_data: set_buffer 2 9999 0 {mark}\non_upstream_data: set_buffer 3 9999 0 {mark}"


def test_bytes_pass_filters_in_order_there_and_in_reverse_back(quick_engine: str) -> None:
    c = Connection(quick_engine, add("1"), add("2"))

    assert c.begun == [ConnectUpstream(c.id)]
    assert c.down(b"x") == [SendUpstream(c.id, b"x12", False)]
    assert c.up(b"y") == [SendDownstream(c.id, b"y21", False)]
    c.close()


def test_what_one_filter_holds_the_next_does_not_see(quick_engine: str) -> None:
    c = Connection(quick_engine, "on_downstream_data#1: return 1", "on_downstream_data: get_buffer 2 0 99")

    assert c.down(b"a") == []
    assert c.down(b"b") == [SendUpstream(c.id, b"ab", False)]
    assert next(line for line in c.lines if "get_buffer" in line).endswith("get_buffer: 0 ab")
    c.close()


def test_a_filter_behind_one_that_holds_the_connection_hears_of_it_with_the_first_bytes(quick_engine: str) -> None:
    c = Connection(quick_engine, "on_new_connection: return 1", "on_new_connection: log new\non_downstream_data: log data")

    assert c.begun == []
    assert c.down(b"a") == [ConnectUpstream(c.id), SendUpstream(c.id, b"a", False)]
    assert [line.rpartition(" ")[2] for line in c.lines] == ["new", "data"]
    c.close()


def test_a_held_end_goes_on_once(quick_engine: str) -> None:
    c = Connection(quick_engine, "on_downstream_data: continue 2; return 1")

    assert c.down(b"a", end=True) == [SendUpstream(c.id, b"a", True)]
    assert c.down(b"late") == []
    c.close()


def test_a_closed_connection_takes_nothing_more(quick_engine: str) -> None:
    c = Connection(quick_engine, "on_downstream_data: close 2")

    assert c.down(b"a") == [CloseConnection(c.id, "wasm_downstream_close")]
    assert c.down(b"b") == []
    assert c.up(b"c") == []
    c.close()


def test_a_guest_that_fails_closes_its_connections_and_no_others(quick_engine: str) -> None:
    c = Connection(quick_engine, "on_downstream_data#2: trap")
    other = c.host.open_connection(StreamInfo())
    c.host.feed(NewConnection(other))

    assert c.down(b"a") == [SendUpstream(c.id, b"a", False)]
    assert c.down(b"b") == [CloseConnection(c.id, "wasm_fail_stream")]
    assert c.host.feed(DownstreamData(other, b"c", False)) == [CloseConnection(other, "wasm_fail_stream")]
    c.host.feed(DownstreamClosed(other, PeerType.LOCAL))
    c.close()


def test_a_host_that_closes_ends_its_connections(quick_engine: str) -> None:
    c = Connection(quick_engine, "on_log: log over")
    c.host.close()

    assert c.lines[-1].endswith("over")
    assert c.host.contexts_left == 0


def test_events_of_another_kind_of_stream_mean_nothing(quick_engine: str) -> None:
    c = Connection(quick_engine, add("1"))

    assert c.host.feed(RequestHeaders(c.id, HeaderMap(), True)) == []
    assert c.host.feed(DownstreamData(999, b"x", False)) == []
    c.close()


def test_filters_of_requests_and_of_connections_live_side_by_side(quick_engine: str) -> None:
    plugins = [
        PluginConfig(GUEST, name="h", vm_id="h", configuration=b"on_request_headers: add 0 x-a b", kind=HTTP_FILTER),
        PluginConfig(GUEST, name="t", vm_id="t", configuration=add("1").encode(), kind=NETWORK_FILTER),
    ]
    host = Host(plugins, tier=quick_engine, services=Services(log=Log(6)))
    host.start()
    stream, connection = host.open_stream(StreamInfo()), host.open_connection(StreamInfo())
    head = HeaderMap([(b":method", b"GET"), (b":path", b"/"), (b":authority", b"a")])

    [forwarded] = host.feed(RequestHeaders(stream, head, True))
    host.feed(NewConnection(connection))

    assert forwarded.headers.get(b"x-a") == b"b"  # type: ignore[union-attr]
    assert host.feed(DownstreamData(connection, b"x", False)) == [SendUpstream(connection, b"x1", False)]
    assert host.contexts_left == 2
    host.close()
    assert host.contexts_left == 0
