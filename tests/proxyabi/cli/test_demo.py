"""`proxyabi demo`, and the filter it ships."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from serving import Process, run

from proxyabi.config import PluginConfig
from proxyabi.context.header_map import HeaderMap
from proxyabi.services.log import OFF, Log
from proxyabi.services.services import Services
from proxyabi.testing.harness import Harness
from proxyabi.upstream import Answer

CODE = (resources.files("proxyabi") / "demo" / "demo.wasm").read_bytes()


@pytest.fixture
def demo(engine: str) -> Iterator[Harness]:
    targets = {"oracle": lambda seen: Answer(204 if seen.path == "/answer" else 500)}
    harness = Harness([PluginConfig(CODE)], targets=targets, tier=engine, services=Services(log=Log(OFF)))
    yield harness
    harness.close()
    assert harness.host.contexts_left == 0


def test_demo_filter_greets_the_upstream_and_counts_for_the_client(demo: Harness) -> None:
    for number in (b"1", b"2"):
        exchange = demo.request(path="/hello")
        assert exchange.upstream is not None
        assert exchange.upstream.headers.get(b"x-greeting") == b"hello from WebAssembly"
        assert exchange.client is not None
        assert exchange.client.headers.get(b"x-requests-seen") == number


def test_demo_filter_greets_as_it_is_told(engine: str) -> None:
    harness = Harness([PluginConfig(CODE, configuration=b"hi there")], tier=engine)
    exchange = harness.request()

    assert exchange.upstream is not None
    assert exchange.upstream.headers.get(b"x-greeting") == b"hi there"


def test_demo_filter_keeps_its_secret(demo: Harness) -> None:
    exchange = demo.request(path="/secret?please")

    assert exchange.upstream is None
    assert exchange.client is not None
    assert (exchange.client.status, exchange.client.body) == (403, b"This is a secret.\n")
    assert exchange.client.headers.get(b"x-refused-by") == b"demo"


def test_demo_filter_shouts(engine: str) -> None:
    answer = Answer(200, HeaderMap([(b"content-length", b"11")]), b"Hello World")
    harness = Harness([PluginConfig(CODE)], upstream=lambda _: answer, tier=engine)

    exchange = harness.request(path="/shout")
    assert exchange.client is not None
    assert exchange.client.body == b"HELLO WORLD"
    assert exchange.client.headers.get(b"content-length") is None
    exchange = harness.request(path="/whisper")
    assert exchange.client is not None
    assert exchange.client.body == b"Hello World"


def test_demo_filter_asks_the_oracle(demo: Harness) -> None:
    exchange = demo.request(path="/ask")

    assert exchange.upstream is not None
    assert exchange.upstream.headers.get(b"x-oracle-says") == b"204"


def test_demo_filter_goes_on_without_an_oracle() -> None:
    harness = Harness([PluginConfig(CODE)], services=Services(log=Log(OFF)))
    exchange = harness.request(path="/ask")

    assert exchange.client is not None
    assert exchange.client.status == 200


def test_demo_once_makes_a_request_shows_it_and_ends() -> None:
    done = run("demo", "--once", "--listen", "127.0.0.1:0", "--greeting", "good evening")

    assert done.returncode == 0, done.stderr
    assert re.search(r"^GET http://127\.0\.0\.1:\d+/hello$", done.stdout, re.MULTILINE)
    assert 'proxy_add_header_map_value(map_id=HTTP_REQUEST_HEADERS, key="x-greeting", value="good evening") = OK' in done.stdout
    assert "200 OK" in done.stdout
    assert '["x-greeting", "good evening"]' in done.stdout
    assert done.stderr.endswith("1 requests, 1 responses, 0 resets, 0 refused, 0 upstream failures, 0 contexts left\n")


def test_demo_says_what_to_curl_and_shows_what_happens() -> None:
    demo = Process("demo", "--listen", "127.0.0.1:0")
    try:
        demo.port = int(demo.wait_for(r"curl http://127\.0\.0\.1:(\d+)/hello")[1])
        demo.wait_for("shows below")
        assert demo.ask("/secret")[0] == 403
        demo.wait_for(r"proxy_send_local_response\(status_code=403")
        assert demo.ask("/ask")[0] == 200
        demo.wait_for(r"proxy_http_call\(upstream_name=\"oracle\"")
        demo.wait_for("the oracle has answered 200")
    finally:
        demo.__exit__(None, None, None)
    assert demo.process.returncode == 0


def test_demo_takes_a_free_port_when_the_usual_one_is_taken() -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 10000))
        except OSError:
            pass  # Somebody else has taken it: all the better.
        else:
            taken.listen()
        done = run("demo", "--once")

        assert done.returncode == 0, done.stderr
        assert "http://127.0.0.1:10000/" not in done.stdout


def test_demo_refuses_a_tier_nobody_knows_and_takes_any_bytes_for_a_greeting() -> None:
    done = run("demo", "--once", "--tier", "warp")
    assert (done.returncode, "There are: auto, native" in done.stderr) == (2, True)
    assert run("demo", "--once", "--listen", "127.0.0.1:0", "--greeting", "h\udcff").returncode == 0
