"""Connections to upstreams: the pool, and TLS."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from wires import HELLO, HOST, Client, PassThrough, RawUpstream, answers, proxy_before, run

from proxyabi.context.events import UpstreamFailed
from proxyabi.serve.places import Origin
from proxyabi.serve.upstream_connection import UpstreamPool

GET = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"


def test_parallel_requests_have_a_connection_each_and_share_them_later() -> None:
    async def test() -> None:
        async def behave(head: bytes, client: Client) -> bool:
            await asyncio.sleep(0.05)
            await client.send(HELLO)
            return True

        upstream = RawUpstream(behave)
        async with proxy_before(upstream) as (_, address):
            clients = [await Client.to(address) for _ in range(10)]
            for _ in range(3):
                await asyncio.gather(*(client.exchange(GET) for client in clients))
            assert upstream.connections == 10
            for client in clients:
                await client.exchange(GET)
            assert upstream.connections == 10

    run(test)


def test_upstream_that_talks_out_of_turn_loses_its_connection() -> None:
    """Bytes behind a whole response could be taken for the answer to the next request."""

    async def test() -> None:
        upstream = RawUpstream(answers(HELLO + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"))
        async with proxy_before(upstream) as (_, address):
            client = await Client.to(address)
            for _ in range(3):
                assert (await client.exchange(GET))[1] == b"hello"
            assert upstream.connections == 3

    run(test)


def test_upstream_that_says_so_is_not_connected_to_twice_over_one_connection() -> None:
    async def test() -> None:
        upstream = RawUpstream(answers(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"))
        async with proxy_before(upstream) as (_, address):
            client = await Client.to(address)
            for _ in range(3):
                assert b"connection" not in (await client.exchange(GET))[0]
            assert upstream.connections == 3

    run(test)


def test_upstream_that_does_not_answer_the_call_to_connect_gives_503(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener whose queue is full takes no connection; the system would try for minutes."""

    async def test() -> None:
        monkeypatch.setitem(UpstreamPool.__init__.__kwdefaults__, "connect_timeout", 0.2)
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            waiting = []
            for _ in range(3):
                one = socket.socket()
                one.setblocking(False)
                one.connect_ex(full.getsockname())
                waiting.append(one)
            async with proxy_before(Origin("http", *full.getsockname())) as (_, address):
                client = await Client.to(address)
                head, body = await client.exchange(GET)

                assert head.startswith(b"HTTP/1.1 503 ")
                assert body.endswith(b"reset reason: connection timeout")
            for one in waiting:
                one.close()

    run(test)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that only itself vouches for, with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the program openssl to make a certificate")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", path, "-out", path.with_suffix(".crt")],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


def tls_server(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_upstream_with_a_certificate_we_trust_is_spoken_to_over_tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    async def test() -> None:
        upstream = RawUpstream(answers(HELLO))
        upstream.tls = tls_server(certificate)
        await upstream.start()
        async with proxy_before(Origin("https", "localhost", upstream.port)) as (_, address):
            client = await Client.to(address)
            for _ in range(2):
                assert (await client.exchange(GET))[1] == b"hello"
            assert upstream.connections == 1
        upstream.stop()

    run(test)


def test_upstream_with_a_certificate_nobody_vouches_for_gives_503(certificate: Path) -> None:
    async def test() -> None:
        upstream = RawUpstream(answers(HELLO))
        upstream.tls = tls_server(certificate)
        await upstream.start()
        core = PassThrough()
        async with proxy_before(Origin("https", "localhost", upstream.port), core) as (_, address):
            client = await Client.to(address)
            assert (await client.exchange(GET))[0].startswith(b"HTTP/1.1 503 ")
            assert any(isinstance(event, UpstreamFailed) for event in core.events)
            assert "certificate" in (core.infos[0].upstream_transport_failure_reason or "").lower()
        upstream.stop()

    run(test)
