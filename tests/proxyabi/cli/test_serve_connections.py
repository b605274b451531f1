"""`proxyabi serve` with plugins that are no filters of requests."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "envoy"))
from grpc_server import GrpcServer
from serving import GUESTS, Process, run

SCRIPT = GUESTS / "script.wasm"


def echo_server() -> int:
    """The port of a server that sends back what it gets, for one connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, listener:
            while data := connection.recv(4096):
                connection.sendall(data)

    threading.Thread(target=serve, daemon=True).start()
    return int(listener.getsockname()[1])


def test_a_network_filter_stands_between_a_client_and_a_server() -> None:
    port = echo_server()
    config = "on_downstream_data: set_buffer 2 9999 0 !"
    words = ("serve", SCRIPT, "--kind", "network-filter", "--upstream", f"127.0.0.1:{port}", "--config", config)
    with Process(*words, "--listen", "127.0.0.1:0") as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=20) as client:
            client.sendall(b"hello")
            assert client.recv(100) == b"hello!"
        proxy.end()

    assert proxy.out == [f"listening on tcp://127.0.0.1:{proxy.port}"]
    assert proxy.err[-1].endswith(" 0 contexts left")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--kind", "network-filter"), "--upstream HOST:PORT is needed behind network filters"),
        (("--kind", "http-filter", "--kind", "network-filter"), "filters of requests or of connections, not both"),
        (("--kind", "tcp"), "'tcp' is not one of"),
    ],
)
def test_what_cannot_be_served_is_wrong_usage(words: tuple[str, ...], says: str) -> None:
    paths = [SCRIPT] * max(1, len(words) // 2)

    done = run("serve", *paths, *words, "--listen", "127.0.0.1:0")

    assert done.returncode == 2
    assert says in done.stderr.replace("\n", " ")


def test_loggers_and_sinks_run_beside_filters() -> None:
    words = ("serve", SCRIPT, SCRIPT, SCRIPT, "--kind", "http-filter", "--kind", "access-logger", "--kind", "stat-sink")
    configs = ("--config", "on_configure: define 0 hits; increment 4 1", "--config", "on_log: get_value 0 :path")
    with Process(*words, *configs, "--config", "on_stats_update: buffer_status 8", "--listen", "127.0.0.1:0") as proxy:
        proxy.ask("/logged")
        proxy.wait_for(r"get_value: 0 /logged")
        proxy.end()

    assert any("buffer_status: 0 60" in line for line in proxy.err)


def test_a_filter_asks_a_grpc_server_over_http2() -> None:
    pytest.importorskip("h2", reason="the extra `grpc` is not installed")
    config = (
        "on_request_headers: grpc_call checks some.Checks May - please 5000; return 1\n"
        "on_grpc_receive: get_buffer 5 0 99; effective 2; add 0 x-checked yes; continue 0"
    )

    async def talk() -> tuple[bytes, str]:
        server = GrpcServer()
        await server.start()
        words = ("serve", SCRIPT, "--config", config, "--cluster", f"checks=http://127.0.0.1:{server.port}")
        loop = asyncio.get_running_loop()
        with Process(*words, "--listen", "127.0.0.1:0") as proxy:
            asking = loop.run_in_executor(None, proxy.ask, "/")
            async with asyncio.timeout(30):
                while not server.calls or not server.calls[0].ended:
                    await asyncio.sleep(0.01)
                for step in (("grpc-headers", 0, "a=b"), ("grpc-message", 0, "granted"), ("grpc-trailers", 0, "grpc-status=0")):
                    server.perform(step)
                status, _, body = await asking
            assert status == 200
            await loop.run_in_executor(None, proxy.end)
        return body, "\n".join(proxy.err)

    body, said = asyncio.run(talk())

    assert b'["x-checked", "yes"]' in body
    assert "get_buffer: 0 granted" in said
