"""What passes through the proxy, on both sides of the wire, byte for byte where it matters."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from wires import HELLO, HOST, Client, PassThrough, RawUpstream, answers, proxy_before, run

from proxyabi.config import PluginConfig
from proxyabi.context.commands import Command, ForwardRequestBody, ForwardRequestHeaders, ForwardRequestTrailers
from proxyabi.context.events import Event, RequestBody, RequestHeaders, RequestTrailers, ResponseBody, ResponseHeaders
from proxyabi.context.header_map import HeaderMap
from proxyabi.errors import ConfigError
from proxyabi.plugin.host import Host
from proxyabi.serve.echo import EchoUpstream
from proxyabi.serve.http_proxy import HttpProxy
from proxyabi.serve.places import Address, Origin
from proxyabi.trace import Record, Trace


def test_request_and_response_pass_with_envoys_headers_in_envoys_order() -> None:
    """The expected bytes are those that a real Envoy 1.40 wrote for the same request and answer, but for the times."""

    async def test() -> None:
        upstream = RawUpstream(answers(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello"))
        core = PassThrough()
        async with proxy_before(upstream, core) as (_, address):
            client = await Client.to(address)
            head, body = await client.exchange(
                b"GET /a?b=c HTTP/1.1\r\nX-One: 1\r\n" + HOST + b"Accept: */*\r\nUser-Agent: u\r\nX-One: 2\r\n"
                b"Connection: keep-alive, x-hop\r\nX-Hop: 1\r\nKeep-Alive: 3\r\nTE: trailers, deflate\r\n"
                b"Proxy-Connection: keep-alive\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"
            )

            assert upstream.seen == [
                b"GET /a?b=c HTTP/1.1\r\nhost: h.example\r\nx-one: 1\r\naccept: */*\r\nuser-agent: u\r\nx-one: 2\r\n"
                b"te: trailers\r\nx-forwarded-for: 1.2.3.4\r\nx-forwarded-proto: http\r\nx-envoy-expected-rq-timeout-ms: 15000"
            ]
            lines = head.split(b"\r\n")
            assert [line.split(b":")[0] for line in lines[1:]] == [
                b"content-length", b"content-type", b"x-envoy-upstream-service-time", b"date", b"server",
            ]  # fmt: skip
            assert lines[0] == b"HTTP/1.1 200 OK"
            assert lines[-1] == b"server: envoy"
            assert body == b"hello"
            request = core.events[0]
            assert isinstance(request, RequestHeaders)
            assert request.end_of_stream
            assert request.headers.pairs()[:5] == [
                (b":authority", b"h.example"),
                (b":path", b"/a?b=c"),
                (b":method", b"GET"),
                (b":scheme", b"http"),
                (b"x-one", b"1"),
            ]
            assert request.headers.pairs()[-1] == (b"x-forwarded-proto", b"http")

    run(test)


def test_te_without_trailers_is_dropped() -> None:
    async def test() -> None:
        upstream = RawUpstream(answers(HELLO))
        async with proxy_before(upstream, envoy_headers=False) as (_, address):
            client = await Client.to(address)
            await client.exchange(b"GET / HTTP/1.1\r\n" + HOST + b"TE: gzip\r\n\r\n")

            assert upstream.seen == [b"GET / HTTP/1.1\r\nhost: h.example"]

    run(test)


def test_plain_headers_leaves_out_all_that_envoy_adds() -> None:
    async def test() -> None:
        upstream = RawUpstream(answers(HELLO))
        async with proxy_before(upstream, envoy_headers=False) as (_, address):
            client = await Client.to(address)
            head, _ = await client.exchange(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")

            assert head == b"HTTP/1.1 200 OK\r\ncontent-length: 5"
            assert upstream.seen == [b"GET / HTTP/1.1\r\nhost: h.example"]

    run(test)


def test_filters_see_a_response_as_the_upstream_wrote_it_but_for_keep_alive() -> None:
    async def test() -> None:
        upstream = RawUpstream(
            answers(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-t\r\nConnection: keep-alive\r\n"
                b"Keep-Alive: timeout=5\r\nX-Up: 1\r\nServer: mine\r\nDate: then\r\n\r\n5\r\nhello\r\n0\r\nX-T: v\r\n\r\n"
            )
        )
        core = PassThrough()
        async with proxy_before(upstream, core) as (_, address):
            client = await Client.to(address)
            head, body = await client.exchange(b"GET / HTTP/1.1\r\n" + HOST + b"TE: trailers\r\n\r\n")

            seen = next(event for event in core.events if isinstance(event, ResponseHeaders)).headers
            assert [name for name, _ in seen.pairs()] == [
                b":status", b"transfer-encoding", b"trailer", b"connection", b"x-up", b"server", b"date",
                b"x-envoy-upstream-service-time",
            ]  # fmt: skip
            assert head.split(b"\r\n")[1:5] == [b"trailer: x-t", b"x-up: 1", b"server: envoy", b"date: then"]
            assert head.endswith(b"\r\ntransfer-encoding: chunked")
            assert body == b"hello|x-t: v"

    run(test)


def test_body_comes_as_one_piece_for_each_read_and_its_end_by_itself() -> None:
    async def test() -> None:
        core = PassThrough()
        async with proxy_before(RawUpstream(answers(HELLO)), core) as (_, address):
            client = await Client.to(address)
            await client.exchange(
                b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n",
                b"1\r\nf\r\n0\r\n\r\n",
            )

            pieces = [(e.data, e.end_of_stream) for e in core.events if isinstance(e, RequestBody)]
            assert pieces == [(b"abcde", False), (b"f", False), (b"", True)]
            pieces = [(e.data, e.end_of_stream) for e in core.events if isinstance(e, ResponseBody)]
            assert pieces == [(b"hello", False), (b"", True)]

    run(test)


@pytest.mark.parametrize(
    ("framing", "end_of_stream", "upstream_framing"),
    [
        ((b"POST", b"", b""), True, b"content-length: 0"),
        ((b"POST", b"Content-Length: 0\r\n", b""), True, b"content-length: 0"),
        ((b"DELETE", b"", b""), True, None),
        ((b"GET", b"", b""), True, None),
        ((b"POST", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"), False, b"transfer-encoding: chunked"),
        ((b"POST", b"Content-Length: 2\r\n", b"ab"), False, b"content-length: 2"),
    ],
)  # fmt: skip
def test_request_framing_decides_whether_the_head_ends_the_stream(
    framing: tuple[bytes, bytes, bytes], end_of_stream: bool, upstream_framing: bytes | None
) -> None:
    method, lines, body = framing

    async def test() -> None:
        upstream = RawUpstream(answers(HELLO))
        core = PassThrough()
        async with proxy_before(upstream, core, envoy_headers=False) as (_, address):
            client = await Client.to(address)
            await client.exchange(method + b" / HTTP/1.1\r\n" + HOST + lines + b"\r\n" + body)

            request = core.events[0]
            assert isinstance(request, RequestHeaders)
            assert request.end_of_stream is end_of_stream
            assert upstream.seen[0].split(b"\r\n")[2:] == ([] if upstream_framing is None else [upstream_framing])

    run(test)


def test_trailers_pass_both_ways() -> None:
    async def test() -> None:
        core = PassThrough()
        echo = EchoUpstream()
        async with proxy_before(await echo.start(), core) as (_, address):
            client = await Client.to(address)
            _, body = await client.exchange(
                b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-T: 1\r\nX-U: 2\r\n\r\n"
            )

            trailers = [event.trailers for event in core.events if isinstance(event, RequestTrailers)]
            assert trailers == [HeaderMap([(b"x-t", b"1"), (b"x-u", b"2")])]
            assert body.endswith(b"|x-t: 1|x-u: 2")
        echo.stop()

    run(test)


def test_trailers_that_speak_of_framing_or_routing_are_dropped() -> None:
    async def test() -> None:
        core = PassThrough()
        async with proxy_before(RawUpstream(answers(HELLO)), core) as (_, address):
            client = await Client.to(address)
            await client.exchange(
                b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nContent-Length: 9\r\n"
                b"Host: other\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nX-T: 1\r\n\r\n"
            )

            trailers = [event.trailers for event in core.events if isinstance(event, RequestTrailers)]
            assert trailers == [HeaderMap([(b"x-t", b"1")])]

    run(test)


def test_trailers_behind_an_announced_length_are_dropped() -> None:
    """HTTP/1 has no place for them; the body still arrives whole."""

    async def test() -> None:
        def decide(event: Event) -> list[Command] | None:
            if isinstance(event, RequestHeaders):
                return [ForwardRequestHeaders(event.stream_id, event.headers, False)]
            if isinstance(event, RequestBody) and event.end_of_stream:
                return [
                    ForwardRequestBody(event.stream_id, b"", False),
                    ForwardRequestTrailers(event.stream_id, HeaderMap([(b"x-t", b"1")])),
                ]
            return None

        async with proxy_before(RawUpstream(answers(HELLO)), PassThrough(decide)) as (_, address):
            client = await Client.to(address)
            _, body = await client.exchange(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\nhi")

            assert body == b"hello"

    run(test)


@pytest.mark.parametrize(
    ("request_line", "answer", "head"),
    [
        (b"HEAD /", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"content-length: 5"),
        (b"GET /", b"HTTP/1.1 204 No Content\r\nX-Up: 1\r\n\r\n", b"x-up: 1"),
        (b"GET /", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", b"content-length: 10"),
    ],
)
def test_responses_without_body_end_with_their_head(request_line: bytes, answer: bytes, head: bytes) -> None:
    async def test() -> None:
        upstream = RawUpstream(answers(answer))
        core = PassThrough()
        async with proxy_before(upstream, core) as (_, address):
            client = await Client.to(address)
            for _ in range(2):
                await client.send(request_line + b" HTTP/1.1\r\n" + HOST + b"\r\n")
                assert head in await client.head()
            assert all(event.end_of_stream for event in core.events if isinstance(event, ResponseHeaders))
            assert upstream.connections == 1

    run(test)


def test_keep_alive_serves_many_requests_over_one_connection_on_each_side() -> None:
    async def test() -> None:
        upstream = RawUpstream(answers(HELLO))
        core = PassThrough()
        async with proxy_before(upstream, core) as (proxy, address):
            client = await Client.to(address)
            for _ in range(5):
                assert (await client.exchange(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"))[1] == b"hello"

            assert upstream.connections == 1
            assert proxy.statistics.requests == proxy.statistics.responses == 5
            assert core.contexts_left == 0

    run(test)


def test_pipelined_requests_are_answered_in_order() -> None:
    async def test() -> None:
        echo = EchoUpstream()
        async with proxy_before(await echo.start()) as (_, address):
            client = await Client.to(address)
            await client.send(b"".join(b"GET /%d HTTP/1.1\r\n" % number + HOST + b"\r\n" for number in range(20)))
            for number in range(20):
                assert b'"path": "/%d"' % number in (await client.response())[1]
        echo.stop()

    run(test)


def test_client_that_asks_for_it_gets_its_connection_closed() -> None:
    async def test() -> None:
        async with proxy_before(RawUpstream(answers(HELLO))) as (_, address):
            client = await Client.to(address)
            await client.send(b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
            answer = await client.rest()

            assert b"connection: close" in answer
            assert answer.endswith(b"\r\n\r\nhello")

    run(test)


@pytest.mark.parametrize(
    ("target", "authority", "path"),
    [
        (b"http://other.example:81/x?y", b"other.example:81", b"/x?y"),
        (b"HTTP://other.example", b"other.example", b"/"),
        (b"http://other.example?q", b"other.example", b"/?q"),
    ],
)
def test_absolute_target_overrides_the_host_header(target: bytes, authority: bytes, path: bytes) -> None:
    async def test() -> None:
        core = PassThrough()
        async with proxy_before(RawUpstream(answers(HELLO)), core) as (_, address):
            client = await Client.to(address)
            await client.exchange(b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n")

            request = core.events[0]
            assert isinstance(request, RequestHeaders)
            assert request.headers.get(b":authority") == authority
            assert request.headers.get(b":path") == path
            assert request.headers.get(b"host") is None

    run(test)


def test_informational_responses_of_the_upstream_are_swallowed() -> None:
    """As Envoy does unless it is told otherwise: neither filters nor the client hear of them."""

    async def test() -> None:
        upstream = RawUpstream(answers(b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + HELLO))
        core = PassThrough()
        async with proxy_before(upstream, core) as (_, address):
            client = await Client.to(address)
            head, _ = await client.exchange(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")

            assert head.startswith(b"HTTP/1.1 200 OK")
            assert core.kinds().count("ResponseHeaders") == 1

    run(test)


def test_response_without_a_length_ends_with_the_upstreams_connection() -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> None:
            await client.send(b"HTTP/1.1 200 OK\r\n\r\nfirst", b"second")

        async with proxy_before(RawUpstream(behave)) as (_, address):
            client = await Client.to(address)
            for _ in range(2):
                assert (await client.exchange(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"))[1] == b"firstsecond"

    run(test)


def test_large_bodies_pass_whole_in_both_directions() -> None:
    async def test() -> None:
        body = bytes(range(256)) * 20_000
        seen: list[bytes] = []

        async def behave(head: bytes, client: Client) -> bool:
            seen.append(await client.chunked())
            await client.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            return True

        async with proxy_before(RawUpstream(behave)) as (_, address):
            client = await Client.to(address)
            chunks = b"".join(
                b"%x\r\n" % len(p) + p + b"\r\n" for p in (body[i : i + 50_000] for i in range(0, len(body), 50_000))
            )
            _, answer = await client.exchange(
                b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
            )

            assert seen == [body]
            assert answer == body

    run(test)


def test_slow_client_holds_the_upstream_and_no_memory_grows() -> None:
    """The proxy reads from the upstream only as fast as the client takes: when the client stands still, so does the upstream."""

    async def test() -> None:
        written = 0

        async def behave(head: bytes, client: Client) -> None:
            nonlocal written
            client.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
            for _ in range(1000):
                client.writer.write(bytes(100_000))
                await client.writer.drain()
                written += 100_000

        async with proxy_before(RawUpstream(behave)) as (_, address):
            client = await Client.to(address)
            client.reader._limit = 1 << 16  # type: ignore[attr-defined] - asyncio's own bound on what a reader keeps
            await client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            await asyncio.sleep(0.5)
            stood_at = written
            await asyncio.sleep(0.3)

            assert written == stood_at
            assert written < 40_000_000
            await client.head()
            await client.reader.readexactly(60_000_000)
            assert written > 55_000_000
            client.vanish()

    run(test)


def test_slow_upstream_holds_the_client() -> None:
    async def test() -> None:
        free = asyncio.Event()
        received = 0

        async def behave(head: bytes, client: Client) -> bool:
            nonlocal received
            client.reader._limit = 1 << 16  # type: ignore[attr-defined] - asyncio's own bound on what a reader keeps
            await free.wait()
            while received < 50_000_000:
                received += len(await client.reader.read(1 << 20))
            await client.send(HELLO)
            return True

        async with proxy_before(RawUpstream(behave)) as (_, address):
            client = await Client.to(address)
            await client.send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 50000000\r\n\r\n")
            sent = 0

            async def send() -> None:
                nonlocal sent
                while sent < 50_000_000:
                    client.writer.write(bytes(100_000))
                    await client.writer.drain()
                    sent += 100_000

            sending = asyncio.create_task(send())
            await asyncio.sleep(0.5)
            assert sent < 40_000_000
            free.set()
            assert (await client.response())[1] == b"hello"
            await sending
            assert received == 50_000_000

    run(test)


def test_address_in_use_is_told_with_a_remedy() -> None:
    async def test() -> None:
        async with proxy_before(Origin("http", "127.0.0.1", 9)) as (_, address):
            second = HttpProxy(PassThrough(), Origin("http", "127.0.0.1", 9))
            with pytest.raises(ConfigError, match="another program listens there"):
                await second.start(address)

    run(test)


def test_stop_lets_the_exchange_under_way_end_and_takes_no_other() -> None:
    async def test() -> None:
        go = asyncio.Event()

        async def behave(head: bytes, client: Client) -> bool:
            await go.wait()
            await client.send(HELLO)
            return True

        upstream = RawUpstream(behave)
        core = PassThrough()
        proxy = HttpProxy(core, await upstream.start())
        address = await proxy.start(Address("127.0.0.1", 0))
        idle = await Client.to(address)
        client = await Client.to(address)
        await client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        while not upstream.seen:
            await asyncio.sleep(0.01)
        stopping = asyncio.create_task(proxy.stop(grace=5))
        assert await idle.rest() == b""
        with pytest.raises(OSError):
            await Client.to(address)
        go.set()
        answer = await client.rest()

        assert b"connection: close" in answer
        assert answer.endswith(b"hello")
        assert await stopping
        assert core.closed
        assert core.contexts_left == 0
        upstream.stop()

    run(test)


def test_stop_cuts_what_does_not_end_in_time() -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> bool:
            await asyncio.sleep(60)
            return True

        upstream = RawUpstream(behave)
        core = PassThrough()
        proxy = HttpProxy(core, await upstream.start())
        client = await Client.to(await proxy.start(Address("127.0.0.1", 0)))
        await client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        while not upstream.seen:
            await asyncio.sleep(0.01)

        assert not await proxy.stop(grace=0.05)
        assert core.kinds()[-2:] == ["StreamReset", "StreamDone"]
        assert core.contexts_left == 0
        upstream.stop()

    run(test)


def test_filters_hear_of_items_in_their_queues_after_all_that_came_in_one_piece() -> None:
    """Here a whole answer, which is the end of its stream."""
    callbacks = ("request_headers", "response_headers", "response_body", "log", "done", "delete")
    script = ["on_configure: register jobs", *(f"on_{name}: enqueue 1 {name}" for name in callbacks), "on_queue_ready: dequeue $"]
    guest = (Path(__file__).parents[2] / "guests" / "script.wasm").read_bytes()

    async def test() -> None:
        records: list[Record] = []
        host = Host([PluginConfig(guest, configuration="\n".join(script).encode())], trace=Trace(records.append))
        upstream = RawUpstream(answers(HELLO))
        async with proxy_before(upstream, host) as (proxy, address):
            proxy.pump.perform(host.start())
            await (await Client.to(address)).exchange(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            await asyncio.sleep(0.1)
        heard = [str(record["name"]).removeprefix("proxy_on_") for record in records if record.get("from") == "host"]
        first = heard.index("request_headers")

        assert [name for name in heard[first:] if name != "memory_allocate"][:14] == [
            "request_headers", "queue_ready",
            "response_headers", "response_body", "response_body", "log", "done", "delete", *["queue_ready"] * 6,
        ]  # fmt: skip

    run(test)
