"""The echo upstream by itself, asked over raw sockets."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from wires import HOST, Client, run

from proxyabi.context.header_map import HeaderMap
from proxyabi.serve.echo import EchoUpstream
from proxyabi.serve.places import Address
from proxyabi.upstream import Answer


def asked(echo: EchoUpstream, ask: Callable[[Client], Awaitable[None]]) -> None:
    async def test() -> None:
        origin = await echo.start()
        client = await Client.to(Address(origin.host, origin.port))
        await ask(client)
        client.close()
        echo.stop()

    run(test)


def test_echo_describes_request_after_request() -> None:
    echo = EchoUpstream()

    async def ask(client: Client) -> None:
        for number in range(3):
            head, body = await client.exchange(
                b"PUT /%d?q HTTP/1.1\r\n" % number + HOST + b"X-A: b\r\nContent-Length: 2\r\n\r\nhi"
            )
            assert head.startswith(b"HTTP/1.1 200 OK")
            assert json.loads(body) == {
                "method": "PUT",
                "path": f"/{number}?q",
                "headers": [
                    [":authority", "h.example"], [":path", f"/{number}?q"], [":method", "PUT"], [":scheme", "http"],
                    ["x-a", "b"], ["content-length", "2"],
                ],
                "body": "hi",
                "trailers": [],
            }  # fmt: skip
        assert echo.requests == 3

    asked(echo, ask)


def test_echo_sends_trailers_back_as_trailers() -> None:
    async def ask(client: Client) -> None:
        _, body = await client.exchange(
            b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-T: 1\r\n\r\n"
        )
        assert b'["x-t", "1"]' in body
        assert body.endswith(b"|x-t: 1")

    asked(EchoUpstream(), ask)


def test_echo_lets_a_client_send_that_waits_for_leave() -> None:
    async def ask(client: Client) -> None:
        await client.send(b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert await client.head() == b"HTTP/1.1 100 Continue"
        assert b'"body": "hi"' in (await client.exchange(b"hi"))[1]

    asked(EchoUpstream(), ask)


def test_echo_answers_head_without_a_body() -> None:
    async def ask(client: Client) -> None:
        for _ in range(2):
            await client.send(b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert b"content-length: " in await client.head()

    asked(EchoUpstream(), ask)


def test_echo_closes_on_what_is_no_request() -> None:
    async def ask(client: Client) -> None:
        await client.send(b"what?\r\n\r\n")
        assert await client.rest() == b""

    asked(EchoUpstream(), ask)


def test_answers_may_be_anybodys() -> None:
    async def ask(client: Client) -> None:
        head, body = await client.exchange(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert head == b"HTTP/1.1 202 Accepted\r\nx-a: b\r\ncontent-length: 0"
        assert body == b""

    asked(EchoUpstream(lambda _: Answer(202, HeaderMap([(b"x-a", b"b")]))), ask)


def test_stopped_echo_is_gone() -> None:
    async def test() -> None:
        echo = EchoUpstream()
        origin = await echo.start()
        client = await Client.to(Address(origin.host, origin.port))
        await asyncio.sleep(0.02)
        echo.stop()

        assert await client.rest() == b""

    run(test)
