"""Streams: go on, close, answer from here."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.abi.types import Status, StreamType
from proxyabi.wire.pairs import encode_pairs


@pytest.mark.parametrize(
    ("stream_type", "status", "asked"),
    [
        (StreamType.HTTP_REQUEST, Status.OK, [("resume", 0)]),
        (StreamType.HTTP_RESPONSE, Status.OK, [("resume", 1)]),
        (StreamType.DOWNSTREAM, Status.OK, []),
        (StreamType.UPSTREAM, Status.UNIMPLEMENTED, []),
    ],
)
def test_continuing_waits_until_the_guest_has_returned(
    world: Any, stream_type: StreamType, status: Status, asked: list[Any]
) -> None:
    assert world.call("proxy_continue_stream", stream_type) == status
    assert world.stream_control.asked == []
    world.run_deferred()
    assert world.stream_control.asked == asked


@pytest.mark.parametrize("stream_type", StreamType)
def test_closing_is_ok_for_every_type(world: Any, stream_type: StreamType) -> None:
    assert world.call("proxy_close_stream", stream_type) == Status.OK


@pytest.mark.parametrize("name", ["proxy_continue_stream", "proxy_close_stream"])
def test_a_plugin_context_has_nothing_to_continue_or_close(world: Any, name: str) -> None:
    world.context = world.root

    assert world.call(name, StreamType.HTTP_REQUEST) == Status.OK
    assert world.vm.deferred == []


@pytest.mark.parametrize(("grpc_status", "given"), [(0, 0), (16, 16), (17, None), (-1, None)])
def test_a_local_response_carries_what_the_guest_said(world: Any, grpc_status: int, given: int | None) -> None:
    pairs = encode_pairs([(b"X-Why", b"because")])
    status = world.call("proxy_send_local_response", 403, b"not  by\tme", b"no", pairs, grpc_status)
    world.run_deferred()

    (reply,) = world.stream_control.asked
    assert status == Status.OK
    assert (reply.status_code, reply.details, reply.body, reply.grpc_status) == (403, "not_by_me", b"no", given)
    assert reply.headers.pairs() == [(b"x-why", b"because")]
    assert world.vm.stop_next


def test_a_local_response_where_nobody_waits_is_ok(world: Any) -> None:
    world.context = world.root

    assert world.call("proxy_send_local_response", 403, b"", b"", b"", 0) == Status.OK
    assert world.vm.deferred == []


def test_clearing_the_route_cache_is_a_host_function_in_0_1_0_alone(world: Any) -> None:
    assert world.call("proxy_clear_route_cache", version=0) == Status.OK
    with pytest.raises(KeyError):
        world.call("proxy_clear_route_cache", version=1)
