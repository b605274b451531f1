"""What clients may do to the proxy: bad requests, early answers, bodies on demand, and vanishing."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from wires import HELLO, HOST, Client, PassThrough, RawUpstream, answers, local_reply, proxy_before, run

from proxyabi.context.commands import Command, PauseReading, ResetStream, ResumeReading
from proxyabi.context.events import Event, RequestBody, RequestHeaders, StreamReset, Tick

GET = b"GET / HTTP/1.1\r\n" + HOST
POST = b"POST / HTTP/1.1\r\n" + HOST

REFUSED = [
    ("content-length and transfer-encoding", POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("two equal content-lengths", POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400),
    ("two different content-lengths", POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
    ("two content-lengths in one line", POST + b"Content-Length: 5, 6\r\n\r\nhello", 400),
    ("a signed content-length", POST + b"Content-Length: +5\r\n\r\nhello", 400),
    ("a hexadecimal content-length", POST + b"Content-Length: 0x5\r\n\r\nhello", 400),
    ("another transfer coding", POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    ("bare LF", b"GET / HTTP/1.1\nHost: a\n\n", 400),
    ("bare LF in the middle", b"GET / HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n", 400),
    ("bare CR", b"GET / HTTP/1.1\r\nHost: a\rX-A: b\r\n\r\n", 400),
    ("a folded header", GET + b"X-A: b\r\n c\r\n\r\n", 400),
    ("space before the colon", GET + b"X-A : b\r\n\r\n", 400),
    ("NUL in a value", GET + b"X-A: a\0b\r\n\r\n", 400),
    ("a pseudo header", GET + b":path: /b\r\n\r\n", 400),
    ("no host", b"GET / HTTP/1.1\r\n\r\n", 400),
    ("two hosts", b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
    ("a fragment", b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("a foreign scheme", b"GET ftp://a/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("a password in the target", b"GET http://u:p@a/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("no method", b"/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("garbage", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ("a head without end", GET + b"X-A: " + b"a" * 70_000, 431),
    ("a head that is too long", GET + b"X-A: " + b"a" * 62_000 + b"\r\n\r\n", 431),
    ("too many headers", GET + b"".join(b"X-%d: a\r\n" % i for i in range(120)) + b"\r\n", 431),
    ("HTTP/1.0", b"GET / HTTP/1.0\r\n" + HOST + b"\r\n", 426),
    ("an upgrade", GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 403),
]  # fmt: skip


@pytest.mark.parametrize(("request_bytes", "status"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_bad_request_is_refused_and_no_filter_sees_its_head(request_bytes: bytes, status: int) -> None:
    async def test() -> None:
        core = PassThrough()
        upstream = RawUpstream(answers(HELLO))
        async with proxy_before(upstream, core) as (proxy, address):
            client = await Client.to(address)
            await client.send(request_bytes)
            head, _ = await client.response()
            assert head.startswith(b"HTTP/1.1 %d " % status)
            assert b"connection: close" in head
            assert core.kinds() == ["RequestRefused", "StreamDone"]
            assert upstream.seen == []
            assert proxy.statistics.refusals == 1
            assert await client.rest() == b""

    run(test)


def test_tunnel_passes_the_filters_and_finds_no_route() -> None:
    async def test() -> None:
        core = PassThrough()
        async with proxy_before(RawUpstream(answers(HELLO)), core) as (_, address):
            client = await Client.to(address)
            await client.send(b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n")

            assert (await client.response())[0].startswith(b"HTTP/1.1 404 ")
            assert core.kinds()[0] == "RequestHeaders"

    run(test)


@pytest.mark.parametrize(
    "rest",
    [
        b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhelloX\r\n0\r\n\r\n",
        b"zz\r\n",
        b"0\r\nX-T: 1\n\n",
        b"0\r\nX-T: a\r\n b\r\n\r\n",
        b"-1\r\n",
    ],
    ids=["bare LF behind a size", "too long a chunk", "no size", "bare LF in trailers", "a folded trailer", "a negative size"],
)
def test_bad_chunks_end_the_stream_and_the_connection(rest: bytes) -> None:
    """Filters have seen the head by now: they hear that the request goes no further, and the client is told why."""

    async def test() -> None:
        core = PassThrough()
        async with proxy_before(RawUpstream(answers(HELLO)), core) as (_, address):
            client = await Client.to(address)
            await client.send(b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n", rest)
            head, _ = await client.response()

            assert head.startswith(b"HTTP/1.1 400 ")
            assert core.kinds()[-2:] == ["RequestRefused", "StreamDone"]
            assert await client.rest() == b""

    run(test)


def test_refused_head_request_gets_no_body() -> None:
    async def test() -> None:
        async with proxy_before(RawUpstream(answers(HELLO))) as (_, address):
            client = await Client.to(address)
            await client.send(b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n")
            await client.head()
            await client.send(b"HEAD /a#b HTTP/1.1\r\n" + HOST + b"\r\n")

            assert (await client.head()).startswith(b"HTTP/1.1 400 ")
            assert await client.rest() == b""

    run(test)


def test_refusal_behind_a_good_request_is_answered_in_order() -> None:
    async def test() -> None:
        core = PassThrough()
        async with proxy_before(RawUpstream(answers(HELLO)), core) as (_, address):
            client = await Client.to(address)
            await client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\nGET / HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n")

            assert (await client.response())[1] == b"hello"
            assert (await client.head()).startswith(b"HTTP/1.1 400 ")
            assert core.kinds().count("RequestHeaders") == 1

    run(test)


def test_h2c_upgrade_is_ignored_as_envoy_does() -> None:
    async def test() -> None:
        upstream = RawUpstream(answers(HELLO))
        async with proxy_before(upstream, envoy_headers=False) as (_, address):
            client = await Client.to(address)
            for _ in range(2):
                await client.exchange(
                    b"GET / HTTP/1.1\r\n"
                    + HOST
                    + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n"
                )
            assert upstream.seen == [b"GET / HTTP/1.1\r\nhost: h.example"] * 2

    run(test)


def test_client_that_waits_for_100_continue_gets_it_and_upstream_and_filters_never_see_the_wish() -> None:
    async def test() -> None:
        upstream = RawUpstream(answers(HELLO))
        core = PassThrough()
        async with proxy_before(upstream, core) as (_, address):
            client = await Client.to(address)
            await client.send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            assert await client.head() == b"HTTP/1.1 100 Continue"
            assert (await client.exchange(b"hi"))[1] == b"hello"

            request = core.events[0]
            assert isinstance(request, RequestHeaders)
            assert request.headers.get(b"expect") is None
            assert b"\nexpect:" not in upstream.seen[0].lower()

    run(test)


def test_client_that_waits_for_100_continue_is_spared_the_body_when_a_filter_answers_at_once() -> None:
    async def test() -> None:
        def decide(event: Event) -> list[Command] | None:
            return local_reply(event.stream_id, 403, b"no") if isinstance(event, RequestHeaders) else None

        async with proxy_before(RawUpstream(answers(HELLO)), PassThrough(decide)) as (_, address):
            client = await Client.to(address)
            await client.send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            head, body = await client.response()

            assert head.startswith(b"HTTP/1.1 403 Forbidden")
            assert b"connection: close" in head
            assert body == b"no"

    run(test)


def test_answer_before_the_end_of_the_request_reaches_a_client_that_still_sends() -> None:
    """The connection is half closed and drained for a while: a reset could overtake the answer."""

    async def test() -> None:
        def decide(event: Event) -> list[Command] | None:
            return local_reply(event.stream_id, 413, b"too much") if isinstance(event, RequestHeaders) else None

        core = PassThrough(decide)
        async with proxy_before(RawUpstream(answers(HELLO)), core) as (_, address):
            client = await Client.to(address)
            await client.send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 10000000\r\n\r\n")
            for _ in range(50):
                await client.send(bytes(20_000))
            head, body = await client.response()

            assert head.startswith(b"HTTP/1.1 413 ")
            assert b"connection: close" in head
            assert body == b"too much"
            assert await client.rest() == b""
            assert core.kinds() == ["RequestHeaders", "StreamDone"]

    run(test)


def test_upstream_that_answers_before_the_end_of_the_request_is_heard() -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> bool:
            await client.send(HELLO)
            return True

        core = PassThrough()
        async with proxy_before(RawUpstream(behave), core) as (_, address):
            client = await Client.to(address)
            await client.send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 10\r\n\r\nhel")
            head, body = await client.response()

            assert b"connection: close" in head
            assert b"x-envoy-upstream-service-time" not in head, "Envoy measures from the end of the request, and there was none"
            assert body == b"hello"
            assert core.kinds()[-1] == "StreamDone"

    run(test)


def test_client_that_vanishes_within_its_body_resets_the_stream_and_the_upstream() -> None:
    async def test() -> None:
        broken = asyncio.Event()

        async def behave(head: bytes, client: Client) -> None:
            await client.rest()
            broken.set()

        core = PassThrough()
        async with proxy_before(RawUpstream(behave), core) as (proxy, address):
            client = await Client.to(address)
            await client.send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 10\r\n\r\n", b"hel")
            await asyncio.sleep(0.05)
            client.vanish()
            await broken.wait()

            assert core.kinds() == ["RequestHeaders", "RequestBody", "StreamReset", "StreamDone"]
            assert proxy.statistics.resets == 1

    run(test)


@pytest.mark.parametrize("how", ["half-close", "close"])
def test_client_that_leaves_while_the_upstream_thinks_resets_the_stream(how: str) -> None:
    """A half-closed client counts as gone, as with Envoy."""

    async def test() -> None:
        async def behave(head: bytes, client: Client) -> bool:
            await asyncio.sleep(30)
            return True

        upstream = RawUpstream(behave)
        core = PassThrough()
        async with proxy_before(upstream, core) as (_, address):
            client = await Client.to(address)
            await client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            while not upstream.seen:
                await asyncio.sleep(0.01)
            if how == "close":
                client.close()
            else:
                client.writer.write_eof()
            while "StreamDone" not in core.kinds():
                await asyncio.sleep(0.01)

            assert core.kinds() == ["RequestHeaders", "StreamReset", "StreamDone"]

    run(test)


def test_host_may_reset_a_stream_whose_client_has_vanished() -> None:
    """The stream still ends once."""

    async def test() -> None:
        def decide(event: Event) -> list[Command] | None:
            return [ResetStream(event.stream_id, "too late")] if isinstance(event, StreamReset) else None

        core = PassThrough(decide)
        async with proxy_before(RawUpstream(answers(HELLO)), core) as (_, address):
            client = await Client.to(address)
            await client.send(POST + b"Content-Length: 10\r\n\r\nhel")
            client.vanish()
            while "StreamDone" not in core.kinds():
                await asyncio.sleep(0.01)
            assert core.kinds()[-2:] == ["StreamReset", "StreamDone"]

    run(test)


def test_other_streams_go_on_when_a_client_vanishes() -> None:
    async def test() -> None:
        async with proxy_before(RawUpstream(answers(HELLO))) as (_, address):
            good = await Client.to(address)
            await good.exchange(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            for _ in range(10):
                bad = await Client.to(address)
                await bad.send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 10\r\n\r\nhel")
                bad.vanish()
                assert (await good.exchange(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"))[1] == b"hello"

    run(test)


def test_paused_reading_leaves_the_rest_of_a_body_with_the_client() -> None:
    async def test() -> None:
        def decide(event: Event) -> list[Command] | None:
            if isinstance(event, RequestBody) and event.data == b"one":
                return [PauseReading(event.stream_id, "request")]
            if isinstance(event, Tick):
                return [ResumeReading(1, "request")]
            return None

        core = PassThrough(decide)
        async with proxy_before(RawUpstream(answers(HELLO)), core) as (proxy, address):
            client = await Client.to(address)
            await client.send(
                b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n", b"3\r\none\r\n", b"3\r\ntwo\r\n0\r\n\r\n"
            )
            await asyncio.sleep(0.1)
            assert core.kinds() == ["RequestHeaders", "RequestBody"]
            proxy.pump.feed(Tick(0))
            assert (await client.response())[1] == b"hello"
            assert [event.data for event in core.events if isinstance(event, RequestBody)] == [b"one", b"two", b""]

    run(test)


def test_client_that_sends_far_ahead_is_held_until_it_is_served() -> None:
    async def test() -> None:
        go = asyncio.Event()

        async def behave(head: bytes, client: Client) -> bool:
            await go.wait()
            await client.send(HELLO)
            return True

        async with proxy_before(RawUpstream(behave)) as (_, address):
            client = await Client.to(address)
            request = b"GET / HTTP/1.1\r\n" + HOST + b"X-Pad: " + b"a" * 1000 + b"\r\n\r\n"
            client.writer.write(request * 20_000)
            await asyncio.sleep(0.3)
            waiting = client.writer.transport.get_write_buffer_size()
            await asyncio.sleep(0.2)

            assert waiting > 10_000_000
            assert client.writer.transport.get_write_buffer_size() == waiting
            go.set()
            for _ in range(500):
                assert (await client.response())[1] == b"hello"
            client.vanish()

    run(test)
