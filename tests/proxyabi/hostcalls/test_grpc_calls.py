"""gRPC calls and streams, from the guest's side: ids, statuses, and what goes to the driver."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.abi.types import Status
from proxyabi.context.commands import (
    CancelGrpc,
    DispatchGrpcCall,
    EndGrpcStream,
    GrpcTarget,
    OpenGrpcStream,
    SendGrpcMessage,
)
from proxyabi.wire.pairs import encode_pairs
from proxyabi.wire.protobuf import encode_fields


def call(world: Any, upstream: bytes = b"backend", metadata: bytes = b"", timeout: int = 1500) -> Any:
    return world.call("proxy_grpc_call", upstream, b"Service", b"Method", metadata, b"message", timeout)


def stream(world: Any, upstream: bytes = b"backend") -> Any:
    return world.call("proxy_grpc_stream", upstream, b"Service", b"Method", b"")


def service(cluster: bytes, **rest: bytes) -> bytes:
    target = encode_fields({1: cluster, 2: rest.get("authority", b"")})
    return encode_fields({1: target, 5: rest.get("metadata", b"")})


def test_a_call_and_a_stream_have_ids_of_their_own_kind(world: Any) -> None:
    assert [call(world), call(world), stream(world), call(world), stream(world)] == [5, 9, 6, 13, 10]


def test_a_call_goes_to_the_driver_whole(world: Any) -> None:
    call(world, metadata=encode_pairs([(b"x-a", b"1")]))

    [command] = world.vm.commands
    assert isinstance(command, DispatchGrpcCall)
    assert (command.target, command.path, command.message, command.timeout) == (
        GrpcTarget("backend"),
        b"/Service/Method",
        b"message",
        1.5,
    )
    assert command.metadata.pairs() == [(b"x-a", b"1")]


def test_an_upstream_may_be_a_grpc_service(world: Any) -> None:
    header = encode_fields({1: b"x-team", 2: b"blue"})

    call(world, service(b"backend", authority=b"other", metadata=header))

    assert world.vm.commands[0].target == GrpcTarget("backend", "other", ((b"x-team", b"blue"),))


@pytest.mark.parametrize("begin", [call, stream])
def test_upstreams_that_cannot_be_called(world: Any, begin: Any) -> None:
    assert begin(world, b"nobody") == Status.PARSE_FAILURE
    assert begin(world, service(b"nobody")) == Status.INTERNAL_FAILURE
    assert begin(world, encode_fields({2: encode_fields({1: b"target"})})) == Status.BAD_ARGUMENT
    assert begin(world, b"") == Status.BAD_ARGUMENT
    assert world.vm.commands == []
    assert [context_id for context_id, _ in world.vm.refused] == [1]


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


@pytest.mark.parametrize("give_up", ["proxy_grpc_cancel", "proxy_grpc_close"])
def test_a_call_is_given_up_once(world: Any, give_up: str) -> None:
    call_id = call(world)

    assert world.call(give_up, call_id) == Status.OK
    assert world.call(give_up, call_id) == Status.NOT_FOUND
    assert world.vm.commands[1:] == [CancelGrpc(0, call_id)]


def test_a_stream_that_the_guest_has_closed_takes_no_more_and_keeps_its_id(world: Any) -> None:
    call_id = stream(world)

    assert world.call("proxy_grpc_send", call_id, b"one", 0) == Status.OK
    assert world.call("proxy_grpc_close", call_id) == Status.OK
    assert world.call("proxy_grpc_send", call_id, b"late", 0) == Status.OK
    assert world.call("proxy_grpc_close", call_id) == Status.OK

    assert world.vm.commands[1:] == [SendGrpcMessage(0, call_id, b"one", False), EndGrpcStream(0, call_id)]
    assert isinstance(world.vm.commands[0], OpenGrpcStream)
    assert world.vm.grpc.awaits(1, call_id)


def test_a_message_that_ends_the_stream_is_its_last(world: Any) -> None:
    call_id = stream(world)

    world.call("proxy_grpc_send", call_id, b"one", 1)
    world.call("proxy_grpc_send", call_id, b"two", 0)
    world.call("proxy_grpc_close", call_id)

    assert world.vm.commands[1:] == [SendGrpcMessage(0, call_id, b"one", True)]


def test_a_plugin_that_goes_takes_its_calls_along(world: Any) -> None:
    ids = [call(world), stream(world)]

    world.vm.grpc.cancel_all(1)

    assert world.vm.commands[2:] == [CancelGrpc(0, call_id) for call_id in ids]
    assert len(world.vm.grpc) == 0


def test_a_wrong_address_for_the_message_is_found_first(world: Any) -> None:
    assert world.raw("proxy_grpc_send", 4, 0xFFFF_FFF0, 1, 0) == Status.INVALID_MEMORY_ACCESS
