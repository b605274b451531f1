"""gRPC calls over real HTTP/2, against a server that does what the test says."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("h2", reason="the extra `grpc` is not installed")
sys.path.insert(0, str(Path(__file__).parents[2] / "envoy"))
from grpc_server import GrpcServer
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes

from proxyabi.context.commands import DispatchGrpcCall, GrpcTarget, OpenGrpcStream
from proxyabi.context.events import Event, GrpcClosed, GrpcInitialMetadata, GrpcMessage, GrpcTrailingMetadata
from proxyabi.context.header_map import HeaderMap
from proxyabi.serve.grpc_client import GrpcClient, check_fields
from proxyabi.serve.places import Origin

TARGET = GrpcTarget("service")


def call(call_id: int = 5, message: bytes = b"hello", timeout: float = 5.0) -> DispatchGrpcCall:
    return DispatchGrpcCall(0, call_id, TARGET, b"/some.Service/Method", HeaderMap([(b"x-meta", b"1")]), message, timeout)


def stream(call_id: int = 6) -> OpenGrpcStream:
    return OpenGrpcStream(0, call_id, TARGET, b"/some.Service/Method", HeaderMap())


class Meeting:
    """A client and a server, and what the client was told."""

    def __init__(self) -> None:
        self.server = GrpcServer()
        self.told: list[Event] = []

    async def start(self) -> None:
        await self.server.start()
        self.client = GrpcClient(Origin("http", "127.0.0.1", self.server.port))

    async def arrived(self, count: int = 1) -> None:
        await until(lambda: len(self.server.calls) >= count)

    async def heard(self, count: int) -> None:
        await until(lambda: len(self.told) >= count)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


def meet(talk: Callable[[Meeting], Awaitable[None]]) -> Meeting:
    async def run() -> Meeting:
        meeting = Meeting()
        await meeting.start()
        try:
            await talk(meeting)
        finally:
            meeting.client.close()
            await asyncio.sleep(0)
        return meeting

    return asyncio.run(run())


def test_a_call_brings_its_answer_and_nothing_else() -> None:
    async def talk(m: Meeting) -> None:
        m.client.begin(call(), m.told.append)
        await m.arrived()
        await until(lambda: m.server.calls[0].ended)
        m.server.perform(("grpc-headers", 0, "x-initial=1"))
        m.server.perform(("grpc-message", 0, "world"))
        m.server.perform(("grpc-trailers", 0, "grpc-status=0"))
        await m.heard(1)

    meeting = meet(talk)

    assert meeting.told == [GrpcMessage(0, 5, b"world")]
    seen = meeting.server.calls[0]
    assert seen.data.hex() == "000000000568656c6c6f"
    assert "x-meta: 1" in seen.headers
    assert seen.reset is None


def test_a_stream_is_told_as_it_goes() -> None:
    async def talk(m: Meeting) -> None:
        handle = m.client.begin(stream(), m.told.append)
        handle.send(b"one", end_of_stream=False)
        await m.arrived()
        m.server.perform(("grpc-headers", 0, "x-initial=1"))
        m.server.perform(("grpc-message", 0, "a"))
        await m.heard(2)
        handle.send(b"two", end_of_stream=True)
        await until(lambda: m.server.calls[0].ended)
        m.server.perform(("grpc-trailers", 0, "grpc-status=5,grpc-message=gone"))
        await m.heard(4)

    meeting = meet(talk)

    assert [type(event) for event in meeting.told] == [GrpcInitialMetadata, GrpcMessage, GrpcTrailingMetadata, GrpcClosed]
    assert meeting.told[-1] == GrpcClosed(0, 6, 5, "gone{via_upstream}")
    assert meeting.server.calls[0].data == b"\0\0\0\0\3one\0\0\0\0\3two"


def test_calls_share_a_connection_and_keep_apart() -> None:
    async def talk(m: Meeting) -> None:
        for call_id in (5, 9, 13):
            m.client.begin(call(call_id, b"%d" % call_id), m.told.append)
        await m.arrived(3)
        for number in (2, 0, 1):
            m.server.perform(("grpc-headers", number, "a=b"))
            m.server.perform(("grpc-message", number, m.server.calls[number].data[5:].decode()))
            m.server.perform(("grpc-trailers", number, "grpc-status=0"))
        await m.heard(3)

    meeting = meet(talk)

    assert meeting.told == [GrpcMessage(0, 13, b"13"), GrpcMessage(0, 5, b"5"), GrpcMessage(0, 9, b"9")]
    assert len({seen.connection for seen in meeting.server.calls}) == 1


def test_a_long_message_waits_for_the_servers_window() -> None:
    long = bytes(range(256)) * 1024

    async def talk(m: Meeting) -> None:
        m.client.begin(call(message=long), m.told.append)
        await m.arrived()
        await until(lambda: m.server.calls[0].ended)

    meeting = meet(talk)

    assert meeting.server.calls[0].data[5:] == long


def test_a_slow_answer_becomes_envoys_timeout_and_resets_the_stream() -> None:
    async def talk(m: Meeting) -> None:
        m.client.begin(call(timeout=0.05), m.told.append)
        await m.arrived()
        await m.heard(1)
        await until(lambda: m.server.calls[0].reset is not None)

    meeting = meet(talk)

    assert meeting.told == [GrpcClosed(0, 5, 14, "upstream request timeout{response_timeout}")]
    assert meeting.server.calls[0].reset == 2


def test_a_cancelled_call_is_reset_and_told_nothing() -> None:
    async def talk(m: Meeting) -> None:
        handle = m.client.begin(call(), m.told.append)
        await m.arrived()
        handle.cancel()
        await until(lambda: m.server.calls[0].reset is not None)

    meeting = meet(talk)

    assert meeting.told == []


def test_a_server_that_goes_ends_what_was_on_the_connection_and_the_next_call_connects_anew() -> None:
    async def talk(m: Meeting) -> None:
        m.client.begin(stream(), m.told.append)
        await m.arrived()
        m.server.perform(("grpc-headers", 0, "a=b"))
        await m.heard(1)
        m.server.perform(("grpc-gone",))
        await m.heard(3)
        m.client.begin(call(9), m.told.append)
        await m.arrived(2)

    meeting = meet(talk)

    assert meeting.told[-1] == GrpcClosed(0, 6, 13, "upstream_reset_after_response_started{connection_termination}")
    assert meeting.server.calls[0].connection is not meeting.server.calls[1].connection


def test_a_server_that_goes_away_goes_on_with_what_it_has_and_refuses_the_rest() -> None:
    async def talk(m: Meeting) -> None:
        for call_id in (5, 9, 13):
            m.client.begin(call(call_id), m.told.append)
        await m.arrived(3)
        m.server.perform(("grpc-goaway", 0))
        await m.heard(2)
        m.client.begin(call(17), m.told.append)
        await m.arrived(4)
        m.server.perform(("grpc-headers", 0, "a=b"))
        m.server.perform(("grpc-message", 0, "after all"))
        m.server.perform(("grpc-trailers", 0, "grpc-status=0"))
        await m.heard(3)
        await until(lambda: m.server.calls[0].connection.transport.is_closing())

    meeting = meet(talk)

    reason = "upstream connect error or disconnect/reset before headers. reset reason: remote refused stream reset"
    text = f"{reason}{{upstream_reset_before_response_started{{remote_refused_stream_reset}}}}"
    assert meeting.told == [GrpcClosed(0, 13, 14, text), GrpcClosed(0, 9, 14, text), GrpcMessage(0, 5, b"after all")]
    assert meeting.server.calls[3].connection is not meeting.server.calls[0].connection


def test_what_came_before_a_broken_frame_counts_and_the_newest_hears_of_the_end_first() -> None:
    async def talk(m: Meeting) -> None:
        for call_id in (6, 10):
            m.client.begin(stream(call_id), m.told.append)
        await m.arrived(2)
        connection = m.server.calls[0].connection
        connection.h2.send_headers(1, [(":status", "200")])
        connection.transport.write(connection.h2.data_to_send() + b"\xff\xff\xff\0\0\0\0\0\1")
        await m.heard(5)

    meeting = meet(talk)

    assert [(type(event), event.call_id) for event in meeting.told if not isinstance(event, GrpcTrailingMetadata)] == [
        (GrpcInitialMetadata, 6),
        (GrpcInitialMetadata, 10),
        (GrpcClosed, 10),
        (GrpcClosed, 6),
    ]
    assert meeting.told[-1] == GrpcClosed(0, 6, 13, "upstream_reset_after_response_started{protocol_error}")


def test_more_calls_than_a_server_takes_on_a_connection_go_over_another_one() -> None:
    async def talk(m: Meeting) -> None:
        m.client.begin(call(), m.told.append)
        await m.arrived()
        connection = m.server.calls[0].connection
        connection.h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: 1})
        connection.flush()
        await until(lambda: connection.h2.local_settings.max_concurrent_streams == 1)
        m.client.begin(call(9), m.told.append)
        await m.arrived(2)

    meeting = meet(talk)

    assert meeting.server.calls[0].connection is not meeting.server.calls[1].connection


def test_the_head_of_an_answer_tells_how_long_a_whole_request_has_waited() -> None:
    async def talk(m: Meeting) -> None:
        m.client.begin(stream(6), m.told.append).end()
        m.client.begin(stream(10), m.told.append)
        await m.arrived(2)
        m.server.perform(("grpc-headers", 0, "a=b"))
        m.server.perform(("grpc-headers", 1, "a=b"))
        await m.heard(2)

    whole, going_on = meet(talk).told

    assert isinstance(whole, GrpcInitialMetadata)
    assert isinstance(going_on, GrpcInitialMetadata)
    assert (whole.metadata.get(b"x-envoy-upstream-service-time") or b"").isdigit()
    assert going_on.metadata.get(b"x-envoy-upstream-service-time") is None


def test_what_a_filter_sends_and_gives_up_at_once_in_a_callback_is_never_sent() -> None:
    async def talk(m: Meeting) -> None:
        def hear(event: Event) -> None:
            m.told.append(event)
            handle.send(b"too hasty", end_of_stream=True)
            handle.cancel()

        handle = m.client.begin(stream(), hear)
        await m.arrived()
        m.server.perform(("grpc-headers", 0, "a=b"))
        await until(lambda: m.server.calls[0].reset is not None)

    seen = meet(talk).server.calls[0]

    assert (bytes(seen.data), seen.ended, seen.reset) == (b"", False, 2)


def test_a_call_that_is_begun_while_its_connection_ends_ends_with_it() -> None:
    async def talk(m: Meeting) -> None:
        def hear(event: Event) -> None:
            m.told.append(event)
            if event == GrpcClosed(0, 9, 14, text):
                m.client.begin(call(13), m.told.append)

        m.client.begin(call(5), m.told.append)
        m.client.begin(call(9), hear)
        await m.arrived(2)
        m.server.perform(("grpc-gone",))
        await m.heard(3)

    reason = "upstream connect error or disconnect/reset before headers. reset reason: connection termination"
    text = f"{reason}{{upstream_reset_before_response_started{{connection_termination}}}}"
    assert meet(talk).told == [GrpcClosed(0, 9, 14, text), GrpcClosed(0, 13, 14, text), GrpcClosed(0, 5, 14, text)]


def test_a_filter_that_tries_again_each_time_does_not_keep_the_loop_for_itself() -> None:
    async def talk(m: Meeting) -> None:
        def hear(event: Event) -> None:
            m.told.append(event)
            m.client.begin(call(), hear)

        m.client.begin(call(), hear)
        await m.arrived()
        m.server.perform(("grpc-gone",))
        await m.arrived(2)

    meeting = meet(talk)

    assert meeting.server.calls[0].connection is not meeting.server.calls[1].connection


@pytest.mark.parametrize(
    ("fields", "trailers", "fine"),
    [
        ([(b":status", b"200"), (b"x-a", b" blanks ")], False, True),
        ([(b":status", b"200"), (b"x-a", b"\xc3\xa9")], False, True),
        ([(b":status", b"200"), (b"x-a", b"\x01")], False, False),
        ([(b":status", b"200"), (b"X-A", b"1")], False, False),
        ([(b":status", b"20")], False, False),
        ([(b":status", b"101")], False, False),
        ([(b":status", b"200"), (b"connection", b"close")], False, False),
        ([(b"grpc-status", b" 5")], True, True),
        ([(b"grpc-status", b"0"), (b":status", b"200")], True, False),
    ],
)
def test_fields_that_envoy_refuses_are_refused(fields: list[tuple[bytes, bytes]], trailers: bool, fine: bool) -> None:
    if fine:
        check_fields(fields, trailers=trailers)
    else:
        with pytest.raises(ProtocolError):
            check_fields(fields, trailers=trailers)


def test_a_server_may_not_push() -> None:
    async def talk(m: Meeting) -> None:
        m.client.begin(call(), m.told.append)
        await m.arrived()
        assert m.server.calls[0].connection.h2.remote_settings.enable_push == 0

    meet(talk)


def test_metadata_goes_out_as_the_filter_has_given_it() -> None:
    async def talk(m: Meeting) -> None:
        seen: list[bytes] = []
        server = await asyncio.start_server(lambda reader, _: keep(reader, seen), "127.0.0.1", 0)
        m.client = GrpcClient(Origin("http", "127.0.0.1", server.sockets[0].getsockname()[1]))
        metadata = HeaderMap([(b"x-meta", b" blanks ")])
        m.client.begin(OpenGrpcStream(0, 6, TARGET, b"/s/m", metadata), m.told.append)
        await until(lambda: huffman(b" blanks ") in b"".join(seen))
        server.close()

    meet(talk)


def huffman(text: bytes) -> bytes:
    from hpack.huffman import HuffmanEncoder
    from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH

    return HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH).encode(text)


async def keep(reader: asyncio.StreamReader, seen: list[bytes]) -> None:
    while data := await reader.read(65536):
        seen.append(data)


def test_nobody_there_is_unavailable() -> None:
    async def talk(m: Meeting) -> None:
        m.client = GrpcClient(Origin("http", "127.0.0.1", 1))
        m.client.begin(call(), m.told.append)
        await m.heard(1)

    [told] = meet(talk).told

    assert isinstance(told, GrpcClosed)
    assert told.status == 14
    assert told.message == (
        "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure"
        "{upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}}"
    )


def test_a_server_that_speaks_something_else_fails_the_call() -> None:
    async def talk(m: Meeting) -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n" * 20)

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        m.client = GrpcClient(Origin("http", "127.0.0.1", server.sockets[0].getsockname()[1]))
        m.client.begin(call(), m.told.append)
        await m.heard(1)
        server.close()

    [told] = meet(talk).told

    assert isinstance(told, GrpcClosed)
    assert told.status == 14
