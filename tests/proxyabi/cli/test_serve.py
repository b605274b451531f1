"""`proxyabi serve` as a process: real filters, real sockets, real signals."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from serving import GUESTS, ROOT, Process, free_port, run

C = GUESTS / "c.wasm"
HOSTILE = GUESTS / "hostile.wasm"


def serve(*words: str | Path, program: str = "") -> Process:
    return Process("serve", *words, "--listen", "127.0.0.1:0", program=program)


def test_filter_changes_what_the_upstream_and_the_client_see(engine: str) -> None:
    with serve(C, "--tier", engine) as proxy:
        status, headers, body = proxy.ask("/hello?x=1", x_remove="1")
        seen = dict(json.loads(body)["headers"])

        assert status == 200
        assert headers["x-filter-response"] == "c"
        assert headers["server"] == "envoy"
        assert seen["x-filter"] == "c"
        assert "x-remove" not in seen
        assert json.loads(body)["path"] == "/hello?x=1"
        assert proxy.end() == 0
    assert proxy.out == [f"listening on http://127.0.0.1:{proxy.port}"]
    assert any(f"filter c: ABI 0.2.1, tier {engine}, ready in " in line for line in proxy.err)
    assert any(line.startswith("proxyabi: loading ") and line.endswith("c.wasm, 7.4 kB …") for line in proxy.err)
    assert proxy.err[-1] == "proxyabi: 1 requests, 1 responses, 0 resets, 0 refused, 0 upstream failures, 0 contexts left"


def test_guests_log_lines_have_envoys_shape_on_stderr() -> None:
    with serve(C, "--name", "my_plugin", "--root-id", "my_root", "--vm-id", "my_vm") as proxy:
        proxy.ask("/")
        line = proxy.wait_for(
            r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\]\[info\]\[wasm\] wasm log (.*): request header :path: /$"
        )

        assert line[1] == "my_plugin my_root my_vm"


def test_log_level_silences_what_is_below_it() -> None:
    with serve(C, "--log-level", "warn") as proxy:
        proxy.ask("/")
        proxy.end()

        assert not any("[wasm]" in line for line in proxy.err)


@pytest.mark.parametrize("guest", ["c", "rust", "assemblyscript"])
def test_filters_of_all_toolchains_answer_deny_and_rewrite(guest: str) -> None:
    path = GUESTS / f"{guest}.wasm"
    with serve(path, "--config", "local") as proxy:
        status, headers, body = proxy.ask("/denied/x")
        assert (status, headers["x-denied"], body) == (403, "1", f"denied by {guest}".encode())
        assert proxy.ask("/allowed")[0] == 200
    with serve(path, "--config", "body") as proxy:
        status, headers, body = proxy.ask("/", "POST", b"a secret here")
        assert json.loads(body)["body"] == "a ****** here"
        assert "content-length" not in headers


def test_filters_make_a_chain_in_the_order_given() -> None:
    """The ids keep the two in a VM each: one module in one VM has one memory, and the second configuration would win."""
    words = ["--config", "headers", "--config", "local", "--name", "first", "--name", "second", "--vm-id", "1", "--vm-id", "2"]
    with serve(C, C, *words) as proxy:
        status, headers, _ = proxy.ask("/denied")
        proxy.end()

        assert status == 403
        assert headers["x-denied"] == "1"
        assert sum("wasm log first 1: request header :path: /denied" in line for line in proxy.err) == 1


def test_http_call_goes_to_its_cluster() -> None:
    with (
        serve(C, "--config", "local") as authority,
        serve(C, "--config", "call", "--cluster", f"web_service=http://127.0.0.1:{authority.port}") as proxy,
    ):
        assert dict(proxy.seen("/")["headers"])["x-call-status"] == "200"
        authority.end()
        status, _, body = proxy.ask("/")
        assert (status, body) == (503, b"check failed")


def test_http_call_to_a_name_without_cluster_is_refused() -> None:
    with serve(C, "--config", "call") as proxy:
        status, _, body = proxy.ask("/")

        assert (status, body) == (503, b"cannot call")


def test_timer_ticks() -> None:
    with serve(C, "--config", "tick") as proxy:
        begun = time.monotonic()
        assert dict(proxy.seen("/")["headers"])["x-ticked"] == "1"
        assert time.monotonic() - begun > 0.015


def test_upstream_and_configuration_may_come_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "config.txt").write_text("local")
    with (
        serve(C, "--log-level", "off") as upstream,
        serve(C, "--config", f"@{tmp_path / 'config.txt'}", "--upstream", f"http://127.0.0.1:{upstream.port}") as proxy,
    ):
        assert proxy.ask("/denied")[0] == 403
        assert dict(proxy.seen("/")["headers"])["x-filter"] == "c", "the filter of the second proxy, behind the first"


def test_plain_headers_adds_nothing() -> None:
    with serve(C, "--plain-headers") as proxy:
        _, headers, body = proxy.ask("/")

        assert set(headers) == {"content-type", "content-length", "x-filter-response"}
        assert not any(name.startswith(("x-envoy", "x-forwarded")) for name, _ in json.loads(body)["headers"])


def test_upstream_timeout_gives_504() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with serve(C, "--upstream", f"http://127.0.0.1:{silent.getsockname()[1]}", "--upstream-timeout", "0.2") as proxy:
            status, _, body = proxy.ask("/")

            assert (status, body) == (504, b"upstream request timeout")


def test_upstream_that_is_down_gives_503_and_the_filter_sees_it() -> None:
    with serve(C, "--upstream", f"http://127.0.0.1:{free_port()}") as proxy:
        status, headers, body = proxy.ask("/")

        assert status == 503
        assert body.endswith(b"reset reason: remote connection failure")
        assert headers["x-filter-response"] == "c"


def test_trace_has_one_json_object_a_line_for_every_crossing(tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    with serve(C, "--trace", trace) as proxy:
        proxy.ask("/traced")
        proxy.end()
    records = [json.loads(line) for line in trace.read_text().splitlines()]
    crossings = [record for record in records if "log" not in record]

    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    keys = {"seq", "time", "context", "depth", "from", "module", "name", "args", "decoded", "result", "status", "reason"}
    assert all(set(record) == keys for record in crossings)
    callbacks = [record["name"] for record in crossings if record["from"] == "host" and record["context"] > 1]
    assert [name for name in callbacks if name != "proxy_on_memory_allocate"] == [
        "proxy_on_context_create", "proxy_on_request_headers", "proxy_on_response_headers", "proxy_on_response_body",
        "proxy_on_response_body", "proxy_on_log", "proxy_on_done", "proxy_on_delete",
    ]  # fmt: skip
    assert any(record["name"] == "proxy_on_memory_allocate" for record in crossings)
    assert any(record.get("message") == "request header :path: /traced" for record in records)


# Ending.


def test_sigterm_ends_as_ctrl_c_does() -> None:
    with serve(C) as proxy:
        proxy.process.send_signal(signal.SIGTERM)
        assert proxy.process.wait(30) == 0


def test_ctrl_c_lets_a_request_under_way_end_and_a_second_one_cuts_it() -> None:
    with socket.socket() as slow:
        slow.bind(("127.0.0.1", 0))
        slow.listen()
        with serve(C, "--upstream", f"http://127.0.0.1:{slow.getsockname()[1]}") as proxy:
            answers: list[tuple[int, bytes]] = []

            def ask() -> None:
                status, _, body = proxy.ask("/")
                answers.append((status, body))

            asking = threading.Thread(target=ask)
            asking.start()
            upstream, _ = slow.accept()
            upstream.recv(65536)
            proxy.interrupt()
            proxy.wait_for("stopping: waiting for 1 request under way. Ctrl-C again cuts them off")
            upstream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")
            asking.join()

            assert answers == [(200, b"late")]
            assert proxy.process.wait(30) == 0
        with serve(C, "--upstream", f"http://127.0.0.1:{slow.getsockname()[1]}") as proxy:
            client = socket.create_connection(("127.0.0.1", proxy.port))
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            upstream, _ = slow.accept()
            upstream.recv(65536)
            proxy.interrupt()
            proxy.wait_for("Ctrl-C again")
            begun = time.monotonic()
            proxy.interrupt()

            assert proxy.process.wait(30) == 1
            assert time.monotonic() - begun < 3
        assert "0 contexts left" in proxy.err[-1]


SIGNALLED_BESIDE = """
import signal, threading

# Signals come to a thread that is not the one with the event loop.
threading.Thread(target=threading.Event().wait, daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
from proxyabi.cli import main
main()
"""


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="this system has no masks of signals")
def test_ctrl_c_is_heard_at_once_though_it_does_not_interrupt_the_event_loops_wait() -> None:
    """As when it comes in the moment before that wait begins."""
    with socket.socket() as slow:
        slow.bind(("127.0.0.1", 0))
        slow.listen()
        upstream = f"http://127.0.0.1:{slow.getsockname()[1]}"
        with serve(C, "--upstream", upstream, program=SIGNALLED_BESIDE) as proxy:
            client = socket.create_connection(("127.0.0.1", proxy.port))
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            asked, _ = slow.accept()
            asked.recv(65536)
            begun = time.monotonic()
            proxy.interrupt()
            proxy.wait_for("Ctrl-C again")
            proxy.interrupt()

            assert proxy.process.wait(30) == 1
            assert time.monotonic() - begun < 5


def test_guest_that_never_returns_is_ended_by_the_second_ctrl_c() -> None:
    words = ["--config", "loop proxy_on_request_headers", "--callback-timeout", "0", "--tier", "python"]
    with serve(HOSTILE, *words) as proxy, socket.create_connection(("127.0.0.1", proxy.port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        proxy.wait_for("now loop in proxy_on_request_headers")
        proxy.interrupt()
        time.sleep(0.2)
        assert proxy.process.poll() is None
        proxy.interrupt()

        assert proxy.process.wait(10) == 1
    assert not any("Traceback" in line for line in proxy.err)


def test_body_larger_than_the_buffer_waits_with_the_client_while_a_filter_asks() -> None:
    """The filter pauses the headers for an HTTP call; far more than may be buffered comes behind them, and all of it passes."""
    with socket.socket() as slow:
        slow.bind(("127.0.0.1", 0))
        slow.listen()
        with serve(C, "--config", "call", "--cluster", f"web_service=http://127.0.0.1:{slow.getsockname()[1]}") as proxy:

            def answer() -> None:
                asked, _ = slow.accept()
                asked.recv(65536)
                time.sleep(0.5)
                asked.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

            answering = threading.Thread(target=answer)
            answering.start()
            status, _, body = proxy.ask("/", "POST", b"x" * 8_000_000)
            answering.join()

            assert status == 200
            assert len(json.loads(body)["body"]) == 8_000_000


# What cannot be started: one paragraph, with the place and the remedy, and an exit code.


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["no/such.wasm"], 1, ["no/such.wasm: the filter cannot be read: No such file or directory"]),
        ([C, "--config", "@no/such.json"], 1, ["no/such.json: the file of --config cannot be read"]),
        ([C, "--listen", "nowhere"], 1, ["--listen: 'nowhere' is no address", "such as 127.0.0.1:10000"]),
        ([C, "--upstream", "localhost:8080"], 1, ["--upstream: 'localhost:8080'", "expected http://HOST:PORT"]),
        ([C, "--cluster", "auth=ftp://a"], 1, ["--cluster auth: 'ftp://a'"]),
        ([C, "--trace", "no/such/dir/file"], 1, ["--trace: cannot write no/such/dir/file"]),
        ([C, "--cluster", "auth"], 2, ["--cluster 'auth': expected NAME=URL"]),
        ([C, "--cluster", "a=http://b", "--cluster", "a=http://c"], 2, ["--cluster a is given twice"]),
        ([C, "--config", "a", "--config", "b"], 2, ["--config is given 2 times for 1 filter"]),
        ([C, "--env", "novalue"], 2, ["--env 'novalue': expected KEY=VALUE"]),
        ([], 2, ["Give filters (proxyabi serve FILTER.wasm) or a configuration file"]),
        ([C, "--no-such-option"], 2, ["No such option"]),
        ([C, "--envoy", "envoy.yaml"], 2, ["Give filters or --envoy, not both"]),
        (["--envoy", C], 2, ["a configuration file ends in .yaml, .yml, .json"]),
        ([C, "--upstream-timeout", "nan"], 2, ["'nan' is no time"]),
        ([C, "--config", "no-such-behaviour"], 1, ["proxy_on_configure"]),
        ([GUESTS / "c" / "filter.c"], 1, ["filter.c"]),
        ([GUESTS / "broken_missing_import.wasm"], 1, ["import"]),
        ([GUESTS / "broken_no_marker.wasm"], 1, ["proxy_abi_version"]),
        ([GUESTS / "broken_no_allocator.wasm"], 1, ["proxy_on_memory_allocate"]),
        ([GUESTS / "broken_trap_at_start.wasm"], 1, ["_initialize"]),
    ],
    ids=lambda value: " ".join(str(getattr(word, "name", word)) for word in value) if isinstance(value, list) else "",
)
def test_what_cannot_start_says_why_in_one_paragraph(words: list[str | Path], code: int, said: list[str]) -> None:
    done = run("serve", "--listen", "127.0.0.1:0", *words)
    message = " ".join(done.stderr.split())

    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in message
    for part in said:
        assert part in message
    assert code == 2 or "\n\n" not in done.stderr.strip()


def test_port_in_use_is_told_with_a_remedy() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("serve", C, "--listen", f"127.0.0.1:{port}")

        assert done.returncode == 1
        assert f"--listen: cannot listen on 127.0.0.1:{port}: another program listens there" in done.stderr
        assert "port 0 takes a free one" in done.stderr


# Filters that misbehave: Envoy's status for their stream, and nothing else breaks.


@pytest.mark.parametrize("way", ["trap", "loop", "deep"])
def test_filter_that_dies_gives_503_and_the_process_lives(way: str, engine: str) -> None:
    with serve(HOSTILE, "--config", f"{way} proxy_on_request_headers", "--callback-timeout", "0.5", "--tier", engine) as proxy:
        for _ in range(3):
            assert proxy.ask("/")[0] == 503
        assert proxy.end() == 0
    assert "0 contexts left" in proxy.err[-1]


def test_filter_that_dies_lets_requests_pass_when_it_fails_open() -> None:
    with serve(HOSTILE, "--config", "trap proxy_on_request_headers", "--fail-open") as proxy:
        assert [proxy.ask("/")[0] for _ in range(3)] == [200] * 3


def test_filter_that_dies_late_cuts_the_response() -> None:
    with serve(HOSTILE, "--config", "trap proxy_on_response_body") as proxy:
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            proxy.ask("/")
        assert proxy.ask("/")[0] == 503
        assert proxy.end() == 0


@pytest.mark.parametrize(
    ("way", "status", "said"),
    [
        ("wild", 200, b'"method": "POST"'),
        ("twice", 401, b"first"),
        ("after", 401, b"only"),
        ("late", 502, b"late"),
        ("astray", 200, b""),
    ],
)
def test_filter_that_tries_everything_else_harms_nobody(way: str, status: int, said: bytes) -> None:
    with serve(HOSTILE, "--config", way) as proxy:
        for _ in range(2):
            answer = proxy.ask("/", "POST", b"abc")
            assert answer[0] == status
            assert said in answer[2]
        assert proxy.end() == 0
    assert "0 contexts left" in proxy.err[-1]


def test_filter_that_answers_when_the_response_is_out_cuts_it_and_goes_on() -> None:
    with serve(HOSTILE, "--config", "too_late") as proxy:
        for _ in range(2):
            with pytest.raises((http.client.HTTPException, ConnectionError)):
                proxy.ask("/")
        assert proxy.end() == 0
    assert "2 resets" in proxy.err[-1]
    assert "0 contexts left" in proxy.err[-1]


def test_filter_that_dies_after_a_response_gives_503_to_the_next_request() -> None:
    with serve(HOSTILE, "--config", "trap proxy_on_log") as proxy:
        assert proxy.ask("/")[0] == 200
        assert proxy.ask("/")[0] == 503
        assert proxy.end() == 0
    assert any("Function: proxy_on_log failed" in line for line in proxy.err)


def test_body_that_is_too_large_for_a_filter_that_holds_it_gives_413() -> None:
    with serve(C, "--config", "body") as proxy:
        assert proxy.ask("/", "POST", b"x" * 500_000)[0] == 200
        status, _, body = proxy.ask("/", "POST", b"x" * 3_000_000)
        assert (status, body) == (413, b"Payload Too Large")
        assert proxy.ask("/")[0] == 200


def test_client_that_vanishes_within_its_body_leaves_nothing_behind() -> None:
    with serve(C, "--config", "body") as proxy:
        for _ in range(5):
            client = socket.create_connection(("127.0.0.1", proxy.port))
            client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nsome")
            client.close()
        assert proxy.ask("/", "POST", b"a secret")[0] == 200
        assert proxy.end() == 0
    assert "5 resets" in proxy.err[-1]
    assert "0 contexts left" in proxy.err[-1]


def test_trailers_pass_through_a_filter_both_ways() -> None:
    with serve(C, "--config", "trailers") as proxy, socket.create_connection(("127.0.0.1", proxy.port)) as client:
        client.sendall(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nhi\r\n0\r\nX-T: 1\r\n\r\n"
        )
        answer = b""
        while data := client.recv(65536):
            answer += data

        assert b'["x-trailer-filter", "c"]' in answer
        assert answer.endswith(b"0\r\nx-t: 1\r\nx-trailer-filter: c\r\nx-trailer-filter: c\r\n\r\n")


def test_fifty_connections_at_once_get_their_own_answers_and_leave_nothing_behind() -> None:
    """The short form of benchmarks/soak.py, which checks every response and the contexts that are left."""
    soak = [sys.executable, str(ROOT / "benchmarks" / "soak.py"), "--seconds", "2", "--connections", "50"]
    done = subprocess.run(soak, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "all right" in done.stdout
