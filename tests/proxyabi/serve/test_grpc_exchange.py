"""What the answer to a gRPC call means, byte by byte. Envoy's own answers are compared in test_steps.py."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyabi.context.commands import DispatchGrpcCall, GrpcTarget, OpenGrpcStream
from proxyabi.context.events import Event, GrpcClosed, GrpcMessage
from proxyabi.context.header_map import HeaderMap
from proxyabi.serve.grpc_exchange import GrpcExchange, call_headers, frame

TARGET = GrpcTarget("cluster")
HEAD = HeaderMap([(b":status", b"200")])
FINE = HeaderMap([(b"grpc-status", b"0")])


def exchange(*, unary: bool = False) -> tuple[GrpcExchange, list[Event]]:
    told: list[Event] = []
    command: Any = (
        DispatchGrpcCall(0, 5, TARGET, b"/s/m", HeaderMap(), b"", 1.0)
        if unary
        else OpenGrpcStream(0, 6, TARGET, b"/s/m", HeaderMap())
    )
    return GrpcExchange(command, told.append), told


def messages(told: list[Event]) -> list[bytes]:
    return [event.message for event in told if isinstance(event, GrpcMessage)]


@given(st.lists(st.binary(max_size=40), max_size=6), st.data())
def test_messages_come_out_whole_however_they_are_cut(sent: list[bytes], data: st.DataObject) -> None:
    going, told = exchange()
    going.headers(HEAD, end_of_stream=False)
    stream = b"".join(map(frame, sent))
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        going.data(stream[:size], end_of_stream=False)
        stream = stream[size:]

    assert messages(told) == sent


@given(st.binary(max_size=60))
def test_garbage_ends_the_stream_or_waits_for_more(garbage: bytes) -> None:
    going, told = exchange()
    going.headers(HEAD, end_of_stream=False)
    going.data(garbage, end_of_stream=False)
    going.trailers(FINE)

    assert isinstance(told[-1], GrpcClosed)
    assert going.over


def test_a_message_of_four_gigabytes_is_refused_before_it_is_there() -> None:
    going, told = exchange(unary=True)
    going.headers(HEAD, end_of_stream=False)
    going.data(b"\0\xff\xff\xff\xff", end_of_stream=False)

    assert told == [GrpcClosed(0, 5, 13, "via_upstream")]


def test_nothing_is_told_after_the_end() -> None:
    going, told = exchange()
    going.headers(HEAD, end_of_stream=False)
    going.trailers(FINE)
    before = len(told)
    going.data(frame(b"late"), end_of_stream=False)
    going.trailers(FINE)
    going.broken("x")
    going.timed_out()

    assert len(told) == before


@pytest.mark.parametrize(
    ("http", "grpc"), [(b"400", 13), (b"401", 16), (b"403", 7), (b"404", 12), (b"429", 14), (b"503", 14), (b"500", 2)]
)
def test_an_http_status_becomes_one_of_grpc(http: bytes, grpc: int) -> None:
    going, told = exchange(unary=True)
    going.headers(HeaderMap([(b":status", http)]), end_of_stream=False)

    assert told == [GrpcClosed(0, 5, grpc, "via_upstream")]


def test_metadata_of_bytes_is_encoded_and_the_targets_own_comes_first() -> None:
    target = GrpcTarget("cluster", "name", ((b"x-own", b"1"),))
    command = OpenGrpcStream(0, 6, target, b"/s/m", HeaderMap([(b"X-Key-bin", b"\0\xff")]))

    headers = call_headers(command, envoy_headers=False)

    assert headers.get(b":authority") == b"name"
    assert headers.pairs()[-2:] == [(b"x-own", b"1"), (b"x-key-bin", b"AP8=")]
