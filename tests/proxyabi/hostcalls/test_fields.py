"""Header and trailer maps, as a guest sees them."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.abi.types import MapType, Status
from proxyabi.context.buffer import Buffer
from proxyabi.context.calls import CallAnswer
from proxyabi.context.header_map import HeaderMap
from proxyabi.wire.pairs import decode_pairs, encode_pairs

REQUEST, RESPONSE = MapType.HTTP_REQUEST_HEADERS, MapType.HTTP_RESPONSE_HEADERS
REQUEST_TRAILERS, RESPONSE_TRAILERS = MapType.HTTP_REQUEST_TRAILERS, MapType.HTTP_RESPONSE_TRAILERS


@pytest.fixture
def headers(world: Any) -> HeaderMap:
    headers = HeaderMap([(b":authority", b"example"), (b":path", b"/"), (b"x-a", b"1"), (b"x-b", b"2"), (b"x-a", b"3")])
    world.stream.maps[REQUEST] = headers
    return headers


def test_reading_gives_the_first_value_whatever_the_case_of_the_name(world: Any, headers: HeaderMap) -> None:
    assert world.call("proxy_get_header_map_value", REQUEST, b"X-A") == b"1"


def test_host_is_the_authority_of_a_request_and_of_nothing_else(world: Any, headers: HeaderMap) -> None:
    world.stream.maps[RESPONSE] = HeaderMap([(b"host", b"other")])

    assert world.call("proxy_get_header_map_value", REQUEST, b"Host") == b"example"
    assert world.call("proxy_get_header_map_value", RESPONSE, b"host") == b"other"
    world.call("proxy_replace_header_map_value", REQUEST, b"host", b"new")
    assert headers.pairs()[:2] == [(b":path", b"/"), (b":authority", b"new")]


def test_all_pairs_come_in_order_with_repeated_names(world: Any, headers: HeaderMap) -> None:
    assert decode_pairs(world.call("proxy_get_header_map_pairs", REQUEST)) == headers.pairs()


@pytest.mark.parametrize(
    ("name", "inputs", "status"),
    [
        ("proxy_get_header_map_value", (b"x",), Status.BAD_ARGUMENT),
        ("proxy_add_header_map_value", (b"x", b"1"), Status.BAD_ARGUMENT),
        ("proxy_replace_header_map_value", (b"x", b"1"), Status.BAD_ARGUMENT),
        ("proxy_remove_header_map_value", (b"x",), Status.BAD_ARGUMENT),
        ("proxy_set_header_map_pairs", (b"",), Status.BAD_ARGUMENT),
        ("proxy_get_header_map_size", (), Status.BAD_ARGUMENT),
        ("proxy_get_header_map_pairs", (), b""),
    ],
)
@pytest.mark.parametrize("map_type", MapType)
def test_a_map_outside_its_window(world: Any, map_type: MapType, name: str, inputs: tuple[Any, ...], status: Any) -> None:
    """Pairs of a map that is not there are OK and empty, which guests rely on; everything else is a bad argument."""
    assert world.call(name, map_type, *inputs) == status


def test_in_the_log_phase_an_absent_map_is_not_found(world: Any) -> None:
    world.stream.in_log_phase = True

    assert world.call("proxy_get_header_map_value", REQUEST_TRAILERS, b"x") == Status.NOT_FOUND


@pytest.mark.parametrize("map_type", [MapType.HTTP_CALL_RESPONSE_HEADERS, MapType.HTTP_CALL_RESPONSE_TRAILERS])
def test_the_answer_to_a_call_can_be_read_and_not_changed(world: Any, map_type: MapType) -> None:
    answer = HeaderMap([(b":status", b"200")])
    world.root.answer = CallAnswer(answer, Buffer(), answer)

    assert world.call("proxy_get_header_map_value", map_type, b":status") == b"200"
    assert world.call("proxy_add_header_map_value", map_type, b"x", b"1") == Status.BAD_ARGUMENT
    assert world.call("proxy_get_header_map_size", map_type) == Status.BAD_ARGUMENT


@pytest.mark.parametrize(
    ("map_type", "name", "old", "added", "values"),
    [
        (REQUEST, b"x-test", b"1", b"2", [b"1", b"2"]),
        (REQUEST, b"X-Forwarded-For", b"1", b"2", [b"1,2"]),
        (REQUEST, b"cookie", b"a=1", b"b=2", [b"a=1", b"b=2"]),
        (REQUEST, b"via", b"", b"b", [b"b"]),
        (REQUEST, b"via", b"a", b"", [b"a"]),
        (REQUEST, b":path", b"/a", b"/b", [b"/a,/b"]),
        (REQUEST, b"location", b"1", b"2", [b"1", b"2"]),
        (RESPONSE, b"location", b"1", b"2", [b"1,2"]),
        (RESPONSE, b"x-forwarded-for", b"1", b"2", [b"1", b"2"]),
        (RESPONSE, b"set-cookie", b"a=1", b"b=2", [b"a=1", b"b=2"]),
        (RESPONSE_TRAILERS, b"grpc-status", b"1", b"2", [b"1,2"]),
        (REQUEST_TRAILERS, b"via", b"1", b"2", [b"1", b"2"]),
    ],
)
def test_adding_joins_names_that_envoy_keeps_as_one_entry(
    world: Any, map_type: MapType, name: bytes, old: bytes, added: bytes, values: list[bytes]
) -> None:
    world.stream.maps[map_type] = HeaderMap([(name, old)])

    assert world.call("proxy_add_header_map_value", map_type, name, added) == Status.OK
    assert world.stream.maps[map_type].get_all(name) == values


def test_replacing_moves_an_entry_to_the_end_and_leaves_one(world: Any, headers: HeaderMap) -> None:
    assert world.call("proxy_replace_header_map_value", REQUEST, b"X-A", b"9") == Status.OK
    assert headers.pairs()[2:] == [(b"x-b", b"2"), (b"x-a", b"9")]


def test_removing_what_is_not_there_is_ok(world: Any, headers: HeaderMap) -> None:
    assert world.call("proxy_remove_header_map_value", REQUEST, b"x-none") == Status.OK
    assert world.call("proxy_remove_header_map_value", REQUEST, b":path") == Status.OK
    assert headers.get(b":path") is None


def test_setting_pairs_drops_what_was_there_and_joins_as_adding_does(world: Any, headers: HeaderMap) -> None:
    pairs = encode_pairs([(b"X-New", b"1"), (b"via", b"a"), (b"via", b"b"), (b":path", b"/new")])

    assert world.call("proxy_set_header_map_pairs", REQUEST, pairs) == Status.OK
    assert headers.pairs() == [(b":path", b"/new"), (b"x-new", b"1"), (b"via", b"a,b")]


def test_setting_pairs_keeps_their_order_with_host_among_the_pseudo_headers(world: Any, headers: HeaderMap) -> None:
    world.call("proxy_set_header_map_pairs", REQUEST, encode_pairs([(b"x", b"1"), (b"host", b"h"), (b":path", b"/")]))

    assert headers.pairs() == [(b":authority", b"h"), (b":path", b"/"), (b"x", b"1")]


def test_the_size_is_that_of_names_and_values(world: Any, headers: HeaderMap) -> None:
    assert world.call("proxy_get_header_map_size", REQUEST) == headers.byte_size() == 35


def test_trailers_come_into_being_when_the_last_piece_of_a_body_passes(world: Any) -> None:
    world.stream.bodies[0] = Buffer(b"end")
    assert world.call("proxy_add_header_map_value", REQUEST_TRAILERS, b"x", b"1") == Status.BAD_ARGUMENT

    world.stream.end_of_stream = True
    assert world.call("proxy_add_header_map_value", REQUEST_TRAILERS, b"x", b"1") == Status.OK
    assert world.stream_control.added[0].pairs() == [(b"x", b"1")]


def test_names_and_values_are_bytes_and_pass_unchanged(world: Any, headers: HeaderMap) -> None:
    world.call("proxy_add_header_map_value", REQUEST, b"x-\xff", b"\x00\xfe")

    assert world.call("proxy_get_header_map_value", REQUEST, b"x-\xff") == b"\x00\xfe"
