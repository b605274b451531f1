"""The pump: one event after another, timers, calls, and a host that fails."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from wires import HELLO, HOST, Client, PassThrough, RawUpstream, answers, local_reply, proxy_before, run

from proxyabi.context.commands import CancelHttpCall, Command, DispatchHttpCall, SetTickPeriod
from proxyabi.context.events import Event, HttpCallFailed, HttpCallResponse, RequestHeaders, Tick
from proxyabi.context.header_map import HeaderMap
from proxyabi.serve import http_client
from proxyabi.serve.http_client import HttpClient
from proxyabi.serve.places import Origin
from proxyabi.serve.pump import Pump

GET = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"


def call(
    call_id: int, *, timeout: float | None = 5, cluster: str = "there", path: bytes = b"/", body: bytes = b""
) -> DispatchHttpCall:
    headers = HeaderMap([(b":method", b"POST" if body else b"GET"), (b":path", path), (b":authority", b"there"), (b"x-a", b"b")])
    return DispatchHttpCall(0, call_id, cluster, headers, body, HeaderMap(), timeout)


async def until(condition: Any) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def test_what_a_command_brings_about_waits_until_its_event_is_dealt_with() -> None:
    """A reset within the commands of one event must not be fed in the middle of them."""

    async def test() -> None:
        order: list[str] = []

        class Core(PassThrough):
            def feed(self, event: Event) -> list[Command]:
                order.append(type(event).__name__)
                if isinstance(event, Tick) and event.plugin_id == 0:
                    return [SetTickPeriod(0, 0), SetTickPeriod(1, 0)]
                return []

        pump = Pump(Core(), {}, order.append)
        original = pump.set_tick_period

        def nested(plugin_id: int, seconds: float) -> None:
            pump.feed(Tick(plugin_id + 10))
            order.append(f"performed {plugin_id}")
            original(plugin_id, seconds)

        pump.set_tick_period = nested  # type: ignore[method-assign]
        pump.feed(Tick(0))

        assert order == ["Tick", "performed 0", "performed 1", "Tick", "Tick"]

    run(test)


def test_what_commands_outside_of_an_event_bring_about_is_fed_in_order() -> None:
    async def test() -> None:
        core = PassThrough()
        pump = Pump(core, {}, print)
        original = pump.set_tick_period

        def nested(plugin_id: int, seconds: float) -> None:
            pump.feed(Tick(plugin_id))
            assert core.events == [], "not before all commands are performed"
            original(plugin_id, seconds)

        pump.set_tick_period = nested  # type: ignore[method-assign]
        pump.perform([SetTickPeriod(1, 0), SetTickPeriod(2, 0), SetTickPeriod(3, 0)])

        assert core.events == [Tick(1), Tick(2), Tick(3)]

    run(test)


def test_timer_fires_again_and_again_until_it_is_stopped() -> None:
    async def test() -> None:
        core = PassThrough(lambda event: [SetTickPeriod(3, 0)] if len(core.events) == 3 else [])
        pump = Pump(core, {}, print)
        pump.perform([SetTickPeriod(3, 0.02)])
        begun = asyncio.get_running_loop().time()
        await until(lambda: len(core.events) == 3)
        took = asyncio.get_running_loop().time() - begun
        await asyncio.sleep(0.06)

        assert core.events == [Tick(3)] * 3
        assert took >= 0.055

    run(test)


def test_period_set_within_a_tick_counts_from_then() -> None:
    async def test() -> None:
        def decide(event: Event) -> list[Command]:
            return [SetTickPeriod(0, 10)] if len(core.events) == 1 else []

        core = PassThrough(decide)
        pump = Pump(core, {}, print)
        pump.perform([SetTickPeriod(0, 0.01)])
        await asyncio.sleep(0.1)

        assert core.events == [Tick(0)]
        pump.close()

    run(test)


def test_two_plugins_have_two_timers() -> None:
    async def test() -> None:
        core = PassThrough()
        pump = Pump(core, {}, print)
        pump.perform([SetTickPeriod(0, 0.01), SetTickPeriod(1, 0.015)])
        await until(lambda: Tick(0) in core.events and Tick(1) in core.events)
        pump.close()
        fired = len(core.events)
        await asyncio.sleep(0.05)

        assert len(core.events) == fired
        assert core.closed

    run(test)


def test_call_is_answered_with_headers_body_and_trailers() -> None:
    async def test() -> None:
        upstream = RawUpstream(
            answers(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nX-B: c\r\n\r\n2\r\nhi\r\n0\r\nX-T: 1\r\n\r\n")
        )
        core = PassThrough()
        pump = Pump(core, {"there": HttpClient(await upstream.start())}, print)
        pump.perform([call(4, body=b"question")])
        assert core.events == [], "the answer must not come before the guest has returned"
        await until(lambda: core.events)

        answer = core.events[0]
        assert isinstance(answer, HttpCallResponse)
        assert (answer.plugin_id, answer.call_id, answer.body) == (0, 4, b"hi")
        assert [name for name, _ in answer.headers.pairs()] == [
            b":status", b"transfer-encoding", b"x-b", b"x-envoy-upstream-service-time",
        ]  # fmt: skip
        assert answer.trailers == HeaderMap([(b"x-t", b"1")])
        assert upstream.seen == [
            b"POST / HTTP/1.1\r\nhost: there\r\nx-a: b\r\ncontent-length: 8\r\nx-envoy-internal: true\r\n"
            b"x-envoy-expected-rq-timeout-ms: 5000"
        ]
        pump.close()
        upstream.stop()

    run(test)


@pytest.mark.parametrize(("body", "trailers_sent"), [(b"question", False), (b"", True)])
def test_trailers_of_a_call_are_sent_where_no_body_tells_its_length(body: bytes, trailers_sent: bool) -> None:
    """Envoy gives every body of a call its length, and HTTP/1 has no room for trailers behind such a body."""

    async def test() -> None:
        upstream = RawUpstream(answers(HELLO))
        core = PassThrough()
        pump = Pump(core, {"there": HttpClient(await upstream.start())}, print)
        pump.perform([replace(call(4, body=body), trailers=HeaderMap([(b"x-t", b"1")]))])
        await until(lambda: core.events)

        assert (b"transfer-encoding: chunked" in upstream.seen[0]) is trailers_sent
        assert (b"content-length" in upstream.seen[0]) is not trailers_sent
        pump.close()
        upstream.stop()

    run(test)


def test_call_without_timeout_does_not_announce_one() -> None:
    async def test() -> None:
        upstream = RawUpstream(answers(HELLO))
        core = PassThrough()
        pump = Pump(core, {"there": HttpClient(await upstream.start())}, print)
        pump.perform([call(4, timeout=None)])
        await until(lambda: core.events)

        assert b"x-envoy-expected-rq-timeout-ms" not in upstream.seen[0]
        upstream.stop()

    run(test)


def test_call_to_a_server_that_is_down_is_answered_with_503_as_envoy_does() -> None:
    async def test() -> None:
        core = PassThrough()
        pump = Pump(core, {"there": HttpClient(Origin("http", "127.0.0.1", 9))}, print)
        pump.perform([call(4)])
        await until(lambda: core.events)

        body = b"upstream connect error or disconnect/reset before headers. reset reason: remote connection failure"
        headers = HeaderMap([(b":status", b"503"), (b"content-length", b"98"), (b"content-type", b"text/plain")])
        assert core.events == [HttpCallResponse(0, 4, headers, body, HeaderMap())]

    run(test)


def test_call_that_takes_too_long_is_answered_with_504_as_envoy_does() -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> bool:
            await asyncio.sleep(0.2)
            await client.send(HELLO)
            return True

        upstream = RawUpstream(behave)
        core = PassThrough()
        pump = Pump(core, {"there": HttpClient(await upstream.start())}, print)
        pump.perform([call(4, timeout=0.05)])
        await until(lambda: core.events)
        await asyncio.sleep(0.2)

        headers = HeaderMap([(b":status", b"504"), (b"content-length", b"24"), (b"content-type", b"text/plain")])
        assert core.events == [HttpCallResponse(0, 4, headers, b"upstream request timeout", HeaderMap())]
        upstream.stop()

    run(test)


@pytest.mark.parametrize(
    ("answer", "timeout"),
    [(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel", 5.0), (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel", 0.1)],
    ids=["closed", "too slow"],
)
def test_call_that_breaks_off_within_its_answer_has_failed(answer: bytes, timeout: float) -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> None:
            await client.send(answer)
            if timeout < 1:
                await asyncio.sleep(5)

        upstream = RawUpstream(behave)
        core = PassThrough()
        pump = Pump(core, {"there": HttpClient(await upstream.start())}, print)
        pump.perform([call(4, timeout=timeout)])
        await until(lambda: core.events)

        assert core.events == [HttpCallFailed(0, 4)]
        upstream.stop()

    run(test)


def test_call_with_too_large_an_answer_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "LARGEST_ANSWER", 1000)

    async def test() -> None:
        async def behave(head: bytes, client: Client) -> bool:
            size = int(head.split(b" ")[1][1:])
            await client.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size))
            return True

        upstream = RawUpstream(behave)
        core = PassThrough()
        pump = Pump(core, {"there": HttpClient(await upstream.start())}, print)
        pump.perform([call(4, path=b"/1001")])
        await until(lambda: core.events)
        pump.perform([call(8, path=b"/1000")])
        await until(lambda: len(core.events) == 2)

        assert core.events[0] == HttpCallFailed(0, 4)
        assert isinstance(core.events[1], HttpCallResponse)
        upstream.stop()

    run(test)


def test_call_with_a_header_that_cannot_be_sent_has_failed() -> None:
    async def test() -> None:
        core = PassThrough()
        upstream = RawUpstream(answers(HELLO))
        pump = Pump(core, {"there": HttpClient(await upstream.start())}, print)
        bad = call(4)
        bad.headers.add(b"x-bad", b"a\r\nb: c")
        pump.perform([bad])
        await until(lambda: core.events)

        assert core.events == [HttpCallFailed(0, 4)]
        assert upstream.seen == []
        upstream.stop()

    run(test)


def test_cancelled_call_is_never_heard_of_again() -> None:
    async def test() -> None:
        upstream = RawUpstream(answers(HELLO))
        core = PassThrough()
        pump = Pump(core, {"there": HttpClient(await upstream.start())}, print)
        pump.perform([call(4), call(8), CancelHttpCall(0, 4)])
        await until(lambda: core.events)
        await asyncio.sleep(0.05)

        assert [event.call_id for event in core.events if isinstance(event, HttpCallResponse)] == [8]
        upstream.stop()

    run(test)


def test_calls_go_side_by_side_and_are_told_apart() -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> bool:
            number = int(head.split(b" ")[1][1:])
            await asyncio.sleep((10 - number) / 100)
            await client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % number)
            return True

        upstream = RawUpstream(behave)
        core = PassThrough()
        pump = Pump(core, {"there": HttpClient(await upstream.start())}, print)
        pump.perform([call(4 * number, path=b"/%d" % number) for number in range(10)])
        await until(lambda: len(core.events) == 10)

        answered = [(event.call_id // 4, event.body) for event in core.events if isinstance(event, HttpCallResponse)]
        assert sorted(answered) == [(number, b"%d" % number) for number in range(10)]
        assert answered[0][0] > answered[-1][0]
        upstream.stop()

    run(test)


def test_failing_host_is_reported_and_takes_only_its_stream_along() -> None:
    """A mistake inside the host closes the stream it was made on; the process and all other streams live."""

    class Broken(PassThrough):
        def feed(self, event: Event) -> Any:
            if isinstance(event, RequestHeaders) and event.headers.get(b":path") == b"/bug":
                raise KeyError("a mistake of ours")
            return super().feed(event)

    async def test() -> None:
        said: list[str] = []
        core = Broken()
        problems: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context["exception"]))
        async with proxy_before(RawUpstream(answers(HELLO)), core, report=said.append) as (_, address):
            good, bad = await Client.to(address), await Client.to(address)
            await good.exchange(GET)
            await bad.send(b"GET /bug HTTP/1.1\r\n" + HOST + b"\r\n")

            assert await bad.rest() == b""
            assert (await good.exchange(GET))[1] == b"hello"
            assert "the host failed on RequestHeaders: KeyError" in said[0]
            assert isinstance(problems[0], KeyError)

    run(test)


def test_answer_to_a_call_can_answer_a_client() -> None:
    """The way of an authorisation filter: headers wait, a call is made, its answer decides."""

    async def test() -> None:
        asked = RawUpstream(answers(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"))

        def decide(event: Event) -> list[Command] | None:
            if isinstance(event, RequestHeaders):
                return [call(4)]
            if isinstance(event, HttpCallResponse):
                return local_reply(1, int(event.headers.get(b":status") or 0), b"no")
            return None

        origin = await asked.start()
        upstream = RawUpstream(answers(HELLO))
        async with proxy_before(upstream, PassThrough(decide), clusters={"there": origin}) as (_, address):
            client = await Client.to(address)
            head, body = await client.exchange(GET)

            assert head.startswith(b"HTTP/1.1 403 ")
            assert body == b"no"
            assert upstream.seen == []
        asked.stop()

    run(test)
