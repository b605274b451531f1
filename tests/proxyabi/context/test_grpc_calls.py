"""gRPC calls and streams of one VM: ids and their ends. What guests are told is in hostcalls/test_grpc_calls.py."""

from __future__ import annotations

from proxyabi.context.commands import Command
from proxyabi.context.grpc_calls import GrpcCalls, is_call
from proxyabi.context.header_map import HeaderMap


def calls() -> tuple[GrpcCalls, list[Command]]:
    sent: list[Command] = []
    return GrpcCalls(("a",), sent.append, lambda *_: None, lambda *_: None), sent


def test_low_bits_tell_a_call_from_a_stream() -> None:
    made, _ = calls()
    ids = [made.call(1, 0, b"a", b"/s/m", HeaderMap(), b"", 0), made.stream(1, 0, b"a", b"/s/m", HeaderMap())]

    assert [is_call(call_id) for call_id in ids] == [True, False]


def test_a_call_is_known_until_the_guest_was_told() -> None:
    made, _ = calls()
    call_id = made.call(1, 0, b"a", b"/s/m", HeaderMap(), b"", 0)

    made.end(call_id)
    assert not made.awaits(1, call_id)
    made.cancel(1, call_id)
    made.forget(call_id)

    assert len(made) == 0


def test_a_stream_that_the_peer_has_ended_is_the_guests_to_close() -> None:
    made, sent = calls()
    call_id = made.stream(1, 0, b"a", b"/s/m", HeaderMap())

    made.end(call_id)
    made.forget(call_id)
    made.send(1, call_id, b"late", end_of_stream=False)
    made.close(1, call_id)

    assert len(sent) == 1, "nothing goes to a stream that is over"


def test_what_one_plugin_began_is_nothing_to_another() -> None:
    made, _ = calls()
    call_id = made.call(1, 0, b"a", b"/s/m", HeaderMap(), b"", 0)

    assert made.awaits(1, call_id)
    assert not made.awaits(2, call_id)
