"""gRPC calls, none of which finds an upstream yet."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.abi.types import Status


def test_every_upstream_is_unknown(world: Any) -> None:
    assert world.call("proxy_grpc_call", b"backend", b"Service", b"Method", b"", b"message", 0) == Status.PARSE_FAILURE
    assert world.call("proxy_grpc_stream", b"backend", b"Service", b"Method", b"") == Status.PARSE_FAILURE


@pytest.mark.parametrize(
    ("call_id", "send", "end"),
    [
        (4, Status.BAD_ARGUMENT, Status.BAD_ARGUMENT),
        (5, Status.BAD_ARGUMENT, Status.NOT_FOUND),
        (6, Status.NOT_FOUND, Status.NOT_FOUND),
        (7, Status.BAD_ARGUMENT, Status.BAD_ARGUMENT),
    ],
)
def test_ids_tell_what_they_are_of(world: Any, call_id: int, send: Status, end: Status) -> None:
    assert world.call("proxy_grpc_send", call_id, b"message", 1) == send
    assert world.call("proxy_grpc_cancel", call_id) == end
    assert world.call("proxy_grpc_close", call_id) == end


def test_a_wrong_address_for_the_message_is_found_first(world: Any) -> None:
    assert world.raw("proxy_grpc_send", 4, 0xFFFF_FFF0, 1, 0) == Status.INVALID_MEMORY_ACCESS
