"""What becomes of an exchange when the upstream, a filter or the clock ends it in another way than usual."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from wires import HELLO, HOST, Client, PassThrough, RawUpstream, answers, local_reply, proxy_before, run

from proxyabi.context.commands import (
    AbandonUpstream,
    Command,
    ForwardRequestBody,
    ForwardRequestHeaders,
    ForwardResponseBody,
    ForwardResponseHeaders,
    ForwardResponseTrailers,
    PauseReading,
    ResetStream,
    ResumeReading,
)
from proxyabi.context.events import Event, RequestBody, RequestHeaders, ResponseBody, ResponseHeaders, Tick, UpstreamFailed
from proxyabi.context.header_map import HeaderMap
from proxyabi.serve.places import Origin

GET = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
RESET = b"upstream connect error or disconnect/reset before headers. reset reason: "


def failures(core: PassThrough) -> list[UpstreamFailed]:
    return [event for event in core.events if isinstance(event, UpstreamFailed)]


def test_upstream_that_is_down_gives_503_with_envoys_words() -> None:
    async def test() -> None:
        core = PassThrough()
        async with proxy_before(Origin("http", "127.0.0.1", 9), core) as (proxy, address):
            client = await Client.to(address)
            for _ in range(2):
                head, body = await client.exchange(GET)
                assert head.startswith(b"HTTP/1.1 503 Service Unavailable")
                assert body == RESET + b"remote connection failure"
            assert failures(core)[0].details == (
                "upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}"
            )
            assert proxy.statistics.upstream_failures == 2
            assert "Connection refused" in (core.infos[0].upstream_transport_failure_reason or "")

    run(test)


def test_upstream_that_closes_before_its_head_gives_503() -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> None:
            await client.send(b"HTTP/1.1 20")

        core = PassThrough()
        async with proxy_before(RawUpstream(behave), core) as (_, address):
            client = await Client.to(address)
            head, body = await client.exchange(GET)

            assert head.startswith(b"HTTP/1.1 503 ")
            assert body == RESET + b"connection termination"

    run(test)


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000,
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ],
    ids=["garbage", "content-length and transfer-encoding", "a head without end", "an upgrade nobody asked for"],
)
def test_upstream_that_speaks_no_http_gives_502(answer: bytes) -> None:
    async def test() -> None:
        async with proxy_before(RawUpstream(answers(answer))) as (_, address):
            client = await Client.to(address)
            head, body = await client.exchange(GET)

            assert head.startswith(b"HTTP/1.1 502 Bad Gateway")
            assert body == RESET + b"protocol error"

    run(test)


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 50\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"], ids=["length", "chunks"]
)
def test_upstream_that_closes_within_its_body_cuts_the_client_too(framing: bytes) -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> None:
            await client.send(b"HTTP/1.1 200 OK\r\n" + framing)

        core = PassThrough()
        async with proxy_before(RawUpstream(behave), core) as (proxy, address):
            client = await Client.to(address)
            await client.send(GET)
            answer = await client.rest()

            assert b"hello" in answer
            assert not answer.endswith(b"0\r\n\r\n")
            assert failures(core)[0].details == "upstream_reset_after_response_started{protocol_error}"
            assert proxy.statistics.resets == 1

    run(test)


def test_upstream_that_is_too_slow_gives_504_and_its_late_answer_is_nobodys() -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> bool:
            if b"/slow" in head:
                await asyncio.sleep(0.3)
            await client.send(HELLO)
            return True

        upstream = RawUpstream(behave)
        async with proxy_before(upstream, upstream_timeout=0.1) as (_, address):
            client = await Client.to(address)
            head, body = await client.exchange(b"GET /slow HTTP/1.1\r\n" + HOST + b"\r\n")
            assert head.startswith(b"HTTP/1.1 504 Gateway Timeout")
            assert body == b"upstream request timeout"
            assert (await client.exchange(GET))[1] == b"hello"
            assert b"x-envoy-expected-rq-timeout-ms: 100" in upstream.seen[0]
            await asyncio.sleep(0.3)
            assert (await client.exchange(GET))[1] == b"hello"

    run(test)


def test_upstream_that_is_too_slow_within_its_body_cuts_the_client() -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> bool:
            await client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
            await asyncio.sleep(5)
            return True

        async with proxy_before(RawUpstream(behave), upstream_timeout=0.1) as (_, address):
            client = await Client.to(address)
            await client.send(GET)

            assert (await client.rest()).endswith(b"hello")

    run(test)


def test_upstream_has_all_the_time_it_wants_without_a_timeout() -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> bool:
            await asyncio.sleep(0.2)
            await client.send(HELLO)
            return True

        upstream = RawUpstream(behave)
        async with proxy_before(upstream, upstream_timeout=None) as (_, address):
            client = await Client.to(address)
            assert (await client.exchange(GET))[1] == b"hello"
            assert b"timeout" not in upstream.seen[0]

    run(test)


def test_upstream_that_closed_an_idle_connection_is_connected_anew() -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> None:
            await client.send(HELLO)

        upstream = RawUpstream(behave)
        async with proxy_before(upstream) as (_, address):
            client = await Client.to(address)
            for _ in range(3):
                assert (await client.exchange(GET))[1] == b"hello"
                await asyncio.sleep(0.05)
            assert upstream.connections == 3

    run(test)


def test_local_reply_within_the_request_body_drops_the_upstream() -> None:
    async def test() -> None:
        broken = asyncio.Event()

        async def behave(head: bytes, client: Client) -> None:
            await client.rest()
            broken.set()

        def decide(event: Event) -> list[Command] | None:
            return local_reply(event.stream_id, 403, b"no") if isinstance(event, RequestBody) else None

        core = PassThrough(decide)
        async with proxy_before(RawUpstream(behave), core) as (_, address):
            client = await Client.to(address)
            head, body = await client.exchange(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 10\r\n\r\n", b"hel")
            await broken.wait()

            assert head.startswith(b"HTTP/1.1 403 ")
            assert body == b"no"

    run(test)


def test_client_is_read_on_when_the_upstream_that_held_it_is_abandoned() -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> bool:
            client.reader._limit = 1 << 16  # type: ignore[attr-defined] - asyncio's own bound on what a reader keeps
            await asyncio.sleep(30)
            return True

        def decide(event: Event) -> list[Command] | None:
            return [AbandonUpstream(1)] if isinstance(event, Tick) else None

        core = PassThrough(decide)
        async with proxy_before(RawUpstream(behave), core) as (proxy, address):
            client = await Client.to(address)
            client.writer.write(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 50000000\r\n\r\n" + bytes(50_000_000))

            def read() -> int:
                return sum(len(event.data) for event in core.events if isinstance(event, RequestBody))

            await asyncio.sleep(0.5)
            assert read() < 40_000_000
            proxy.pump.feed(Tick(0))
            while read() < 50_000_000:
                await asyncio.sleep(0.01)
            client.vanish()

    run(test)


def test_reset_closes_both_sides_and_leaves_other_streams_alone() -> None:
    async def test() -> None:
        broken = asyncio.Event()

        async def behave(head: bytes, client: Client) -> bool:
            if b"/reset" in head:
                await client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
                await client.rest()
                broken.set()
                return False
            await client.send(HELLO)
            return True

        def decide(event: Event) -> list[Command] | None:
            if isinstance(event, ResponseBody) and event.data == b"hello" and event.stream_id == 2:
                return [ResetStream(event.stream_id, "wasm_close_stream")]
            return None

        core = PassThrough(decide)
        async with proxy_before(RawUpstream(behave), core) as (_, address):
            good, bad = await Client.to(address), await Client.to(address)
            await good.exchange(GET)
            await bad.send(b"GET /reset HTTP/1.1\r\n" + HOST + b"\r\n")
            answer = await bad.rest()
            await broken.wait()

            assert not answer.endswith(b"hello")
            assert core.kinds()[-1] == "StreamDone"
            assert (await good.exchange(GET))[1] == b"hello"

    run(test)


def test_response_body_goes_out_as_far_as_its_head_announced_it() -> None:
    """Envoy sends the rest too, and the client takes it for the next response."""

    async def test() -> None:
        def decide(event: Event) -> list[Command] | None:
            if isinstance(event, ResponseBody) and event.data:
                return [ForwardResponseBody(event.stream_id, b"much longer than before", False)]
            return None

        async with proxy_before(RawUpstream(answers(HELLO)), PassThrough(decide)) as (_, address):
            client = await Client.to(address)

            assert [(await client.exchange(GET))[1] for _ in range(2)] == [b"much "] * 2

    run(test)


def test_filter_that_shortens_a_response_without_its_length_cuts_the_connection() -> None:
    async def test() -> None:
        said: list[str] = []

        def decide(event: Event) -> list[Command] | None:
            if isinstance(event, ResponseBody) and event.data:
                return [ForwardResponseBody(event.stream_id, b"hel", False)]
            return None

        async with proxy_before(RawUpstream(answers(HELLO)), PassThrough(decide), report=said.append) as (_, address):
            client = await Client.to(address)
            await client.send(GET)

            assert (await client.rest()).endswith(b"hel")
            assert "must remove content-length" in said[0]

    run(test)


def test_request_body_goes_out_as_far_as_its_head_announced_it() -> None:
    async def test() -> None:
        def decide(event: Event) -> list[Command] | None:
            if isinstance(event, RequestBody) and event.data:
                return [ForwardRequestBody(event.stream_id, b"much longer", False)]
            return None

        async with proxy_before(RawUpstream(answers(HELLO)), PassThrough(decide)) as (_, address):
            client = await Client.to(address)
            head, _ = await client.exchange(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\nhi")

            assert head.startswith(b"HTTP/1.1 200 ")
            assert (await client.exchange(GET))[1] == b"hello"

    run(test)


@pytest.mark.parametrize("name", [b":method", b":path"])
def test_request_without_a_header_it_needs_gives_envoys_503(name: bytes) -> None:
    async def test() -> None:
        def decide(event: Event) -> list[Command] | None:
            if isinstance(event, RequestHeaders):
                event.headers.remove(name)
                return [ForwardRequestHeaders(event.stream_id, event.headers, True)]
            return None

        core = PassThrough(decide)
        async with proxy_before(RawUpstream(answers(HELLO)), core) as (_, address):
            client = await Client.to(address)
            head, body = await client.exchange(GET)

            assert head.startswith(b"HTTP/1.1 503 ")
            assert body == b"missing required header: " + name
            assert failures(core)[0].details.startswith("filter_removed_required_request_headers")

    run(test)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers: headers.remove(b":status"),
        lambda headers: headers.replace(b":status", b"abc"),
        lambda headers: headers.replace(b":status", b"101"),
        lambda headers: headers.add(b"x-bad", b"a\r\nset-cookie: b"),
        lambda headers: headers.add(b"x bad", b"a"),
    ],
    ids=["no status", "a status of letters", "an informational status", "a line break in a value", "a space in a name"],
)
def test_response_that_cannot_be_sent_gives_502_and_injects_nothing(spoil: object) -> None:
    async def test() -> None:
        def decide(event: Event) -> list[Command] | None:
            if isinstance(event, ResponseHeaders):
                spoil(event.headers)  # type: ignore[operator]
                return [ForwardResponseHeaders(event.stream_id, event.headers, False)]
            return None

        said: list[str] = []
        async with proxy_before(RawUpstream(answers(HELLO)), PassThrough(decide), report=said.append) as (_, address):
            client = await Client.to(address)
            head, _ = await client.exchange(GET)

            assert head.startswith(b"HTTP/1.1 502 Bad Gateway")
            assert b"set-cookie" not in head
            assert await client.rest() == b""
            assert len(said) == 1

    run(test)


def test_header_with_a_line_break_never_reaches_the_upstream() -> None:
    async def test() -> None:
        def decide(event: Event) -> list[Command] | None:
            if isinstance(event, RequestHeaders):
                event.headers.add(b"x-bad", b"a\r\nx-injected: b")
                return [ForwardRequestHeaders(event.stream_id, event.headers, True)]
            return None

        upstream = RawUpstream(answers(HELLO))
        said: list[str] = []
        async with proxy_before(upstream, PassThrough(decide), report=said.append) as (_, address):
            client = await Client.to(address)

            assert (await client.exchange(GET))[0].startswith(b"HTTP/1.1 503 ")
            assert upstream.seen == []

    run(test)


def test_body_of_a_local_reply_to_head_is_kept_back() -> None:
    async def test() -> None:
        def decide(event: Event) -> list[Command] | None:
            return local_reply(event.stream_id, 403, b"no") if isinstance(event, RequestHeaders) else None

        async with proxy_before(RawUpstream(answers(HELLO)), PassThrough(decide)) as (_, address):
            client = await Client.to(address)
            for _ in range(2):
                await client.send(b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n")
                assert b"content-length: 2" in await client.head()

    run(test)


def test_response_that_gains_a_body_and_trailers_goes_in_chunks() -> None:
    async def test() -> None:
        def decide(event: Event) -> list[Command] | None:
            if isinstance(event, ResponseHeaders):
                event.headers.remove(b"content-length")
            if isinstance(event, ResponseBody) and event.end_of_stream:
                return [ForwardResponseTrailers(event.stream_id, HeaderMap([(b"x-t", b"1")]))]
            return None

        async with proxy_before(RawUpstream(answers(HELLO)), PassThrough(decide)) as (_, address):
            client = await Client.to(address)
            for _ in range(2):
                assert (await client.exchange(GET))[1] == b"hello|x-t: 1"

    run(test)


def test_paused_response_reads_no_further_and_resumes() -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> bool:
            await client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n", b"one", b"two")
            return True

        def decide(event: Event) -> list[Command] | None:
            if isinstance(event, ResponseBody) and event.data == b"one":
                return [ForwardResponseBody(event.stream_id, b"one", False), PauseReading(event.stream_id, "response")]
            return [ResumeReading(1, "response")] if isinstance(event, Tick) else None

        core = PassThrough(decide)
        async with proxy_before(RawUpstream(behave), core) as (proxy, address):
            client = await Client.to(address)
            await client.send(GET)
            await client.head()
            assert await client.reader.readexactly(3) == b"one"
            await asyncio.sleep(0.15)
            assert core.kinds()[-1] == "ResponseBody"
            proxy.pump.feed(Tick(0))
            assert await client.reader.readexactly(3) == b"two"
            client.vanish()

    run(test)


def test_stream_knows_its_addresses() -> None:
    async def test() -> None:
        upstream = RawUpstream(answers(HELLO))
        core = PassThrough()
        async with proxy_before(upstream, core) as (_, address):
            client = await Client.to(address)
            await client.exchange(GET)
            host, port = client.writer.get_extra_info("sockname")
            info = core.infos[0]

            assert (info.source_address, info.source_port) == (f"{host}:{port}", port)
            assert (info.destination_address, info.destination_port) == (str(address), address.port)
            assert info.upstream_address is not None
            assert info.upstream_attempts == 1
            assert info.connection_id == 1

    run(test)
