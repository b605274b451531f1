"""Anything at all from a client or an upstream: the proxy answers or closes, and goes on."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from wires import HOST, Client, PassThrough, RawUpstream, proxy_before, run

from proxyabi.serve.echo import EchoUpstream

FRAGMENTS = [
    b"GET / HTTP/1.1\r\n", b"POST /x HTTP/1.1\r\n", b"HEAD / HTTP/1.1\r\n", b"CONNECT a:1 HTTP/1.1\r\n", b"GET / HTTP/1.0\r\n",
    HOST, b"Content-Length: 3\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n",
    b"Connection: close\r\n", b"Connection: upgrade\r\nUpgrade: h2c\r\n", b"TE: trailers\r\n", b" folded\r\n",
    b"\r\n", b"\n", b"\r",
    b"3\r\nabc\r\n", b"0\r\n\r\n", b"0\r\nX-T: 1\r\n\r\n", b"0\n\n", b"abc", b"\0", b":", b"GET / HTTP/1.1\r\n" + HOST + b"\r\n",
    b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n",
]  # fmt: skip

messages = st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=20), max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(messages, st.booleans(), st.booleans())
def test_no_bytes_of_a_client_harm_the_proxy(pieces: list[bytes], apart: bool, cut: bool) -> None:
    """`run` fails on whatever a callback of the event loop raises, `proxy_before` on a stream that is left."""

    async def test() -> None:
        echo = EchoUpstream()
        core = PassThrough()
        async with proxy_before(await echo.start(), core) as (_, address):
            client = await Client.to(address)
            for piece in pieces if apart else [b"".join(pieces)]:
                client.writer.write(piece)
                await asyncio.sleep(0)
            if cut:
                client.vanish()
            else:
                client.writer.write_eof()
                await client.rest()
            good = await Client.to(address)
            head, _ = await good.exchange(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK")
            good.close()
        echo.stop()

    run(test)


ANSWERS = [
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 204 No\r\n",
    b"HTTP/1.1 101 S\r\n",
    b"HTTP/1.1 304 N\r\n", b"HTTP/1.1 999 X\r\n", b"Content-Length: 3\r\n", b"Content-Length: 0\r\n", b"Connection: close\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip\r\n", b"\r\n", b"\n", b"3\r\nabc\r\n", b"0\r\n\r\n",
    b"0\r\nX-T: 1\r\n\r\n", b"abc", b"\0", b":", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(ANSWERS) | st.binary(max_size=20), max_size=8), st.sampled_from([b"GET", b"HEAD"]), st.booleans())
def test_no_bytes_of_an_upstream_harm_the_proxy(pieces: list[bytes], method: bytes, apart: bool) -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> bool:
            if b"/good" in head:
                await client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
                return True
            for piece in pieces if apart else [b"".join(pieces)]:
                client.writer.write(piece)
                await asyncio.sleep(0)
            return False

        async with proxy_before(RawUpstream(behave)) as (_, address):
            client = await Client.to(address)
            await client.send(method + b" /bad HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
            assert (await client.rest()).startswith(b"HTTP/1.1 ")
            good = await Client.to(address)
            assert (await good.exchange(b"GET /good HTTP/1.1\r\n" + HOST + b"\r\n"))[1] == b"good"
            good.close()

    run(test)
