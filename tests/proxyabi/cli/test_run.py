"""`proxyabi run`: one exchange, as people and as programs read it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from proxyabi.cli.main import cli

GUESTS = Path(__file__).parents[2] / "guests"
C = str(GUESTS / "c.wasm")
HOSTILE = str(GUESTS / "hostile.wasm")


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["run", *args])


def run_json(*args: str) -> dict[str, Any]:
    result = run(*args, "--json")
    assert result.stdout, result.stderr
    data: dict[str, Any] = json.loads(result.stdout)
    return data


@pytest.fixture
def server() -> Iterator[str]:
    """A real server on loopback that answers 200 to /check and tells what it was asked in a header."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("x-asked", f"{self.path} {self.headers['x-call-id']}")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def test_run_shows_the_whole_conversation() -> None:
    result = run(C, "/hello", "-H", "x-remove: me", "--config", "headers")

    assert result.exit_code == 0, result.output
    text = result.stdout
    assert "proxy_on_request_headers(stream_context_id=2, num_headers=" in text
    assert "→ CONTINUE" in text
    assert 'proxy_add_header_map_value(map_id=HTTP_REQUEST_HEADERS, key="x-filter", value="c") = OK' in text
    assert "+   x-filter: c" in text
    assert "-   x-remove: me" in text
    assert "+   x-filter-response: c" in text
    assert "log info: request header :path: /hello" in text


def test_run_as_json_has_calls_logs_upstream_client_and_contexts_left(engine: str) -> None:
    data = run_json(C, "/hello?a=1", "-H", "x-id: 7", "--config", "headers", "--tier", engine)

    names = [call["name"] for call in data["calls"]]
    assert names.index("proxy_on_configure") < names.index("proxy_on_request_headers") < names.index("proxy_on_log")
    assert data["contexts_left"] == 0
    assert data["upstream"][0]["path"] == "/hello?a=1"
    assert ["x-filter", "c"] in data["upstream"][0]["headers"]
    assert data["client"]["status"] == 200
    assert ["x-filter-response", "c"] in data["client"]["headers"]
    assert {"info"} == {line["log"] for line in data["logs"]}
    call = next(call for call in data["calls"] if call["name"] == "proxy_add_header_map_value")
    assert call["decoded"] == {"map_id": "HTTP_REQUEST_HEADERS", "key": "x-filter", "value": "c"}
    assert (call["from"], call["status"], call["result"]) == ("guest", "OK", 0)
    assert [call["seq"] for call in data["calls"]] == sorted(call["seq"] for call in data["calls"])


def test_a_local_response_keeps_the_request_from_the_upstream() -> None:
    data = run_json(C, "/denied/area", "--config", "local")

    assert data["upstream"] == []
    assert data["client"]["status"] == 403
    assert data["client"]["body"] == "denied by c"


def test_a_body_is_rewritten_on_its_way_in_both_directions() -> None:
    data = run_json(C, "/", "-d", "one secret", "-d", "two", "--config", "body")

    assert data["upstream"][0]["method"] == "POST"
    assert data["upstream"][0]["body"] == "one ******&two"
    assert "secret" not in data["client"]["body"]


def test_an_http_call_goes_to_the_cluster_on_the_command_line(server: str) -> None:
    data = run_json(C, "/", "-H", "x-call-id: 9", "--config", "call", "--cluster", f"web_service={server}")

    assert data["client"]["status"] == 200
    assert ["x-call-status", "200"] in data["upstream"][0]["headers"]
    answer = next(call for call in data["calls"] if call["name"] == "proxy_on_http_call_response")
    assert answer["decoded"]["num_headers"] >= 3


def test_an_http_call_to_a_server_that_is_down_gets_envoys_503() -> None:
    data = run_json(C, "/", "--config", "call", "--cluster", "web_service=http://127.0.0.1:9")

    assert data["upstream"] == []
    assert data["client"] == {
        "status": 503,
        "headers": data["client"]["headers"],
        "body": "check failed",
        "trailers": [],
    }


def test_a_fixed_answer_stands_for_a_cluster_or_for_the_upstream() -> None:
    data = run_json(C, "/", "--config", "call", "--answer", "web_service=200", "--answer", "404:not here")

    assert data["client"]["status"] == 404
    assert data["client"]["body"] == "not here"


def test_a_filter_that_pauses_for_ever_is_named_as_such() -> None:
    result = run(HOSTILE, "/", "--config", "recall", "-d", "x")

    assert "stands still" in result.stdout or "the client got" in result.stdout


def test_a_trap_is_told_with_its_place_and_answered_with_503() -> None:
    result = run(HOSTILE, "/", "--config", "trap proxy_on_request_headers")

    assert "unreachable" in result.stdout
    assert "503" in result.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["/path/only"], "Give a filter and the path"),
        ([C, "no-slash"], "no path and no http URL"),
        ([C, "/", "-H", "no colon"], "expected 'NAME: VALUE'"),
        ([C, "/", "--answer", "fine"], "expected STATUS"),
        ([C, "/", "--config", "a", "--config", "b"], "2 times for 1 filter"),
        ([C, "/", "--tier", "warp"], "There are: auto, native"),
        ([C, "http://[::1/x"], "is no URL: Invalid IPv6 URL"),
        ([C, "http://host:99999/x"], "is no URL: Port out of range"),
        ([C, "/a b"], "in a path ' ' is written %20"),
        ([C, "/a\nb"], "is written %0A"),
        ([C, "/a\udcff"], "is written %FF"),
        ([C, "/", "-X", "G T"], "a method is one word"),
        ([C, "/", "-H", "a: b\r\nc: d"], "holds no line breaks"),
        ([C, "/", "-H", "a b: c"], "'a b' cannot be the name of a header"),
        ([C, "/", "--answer", "\u00b2"], "expected STATUS"),
        ([C, "/", "--callback-timeout", "nan"], "'nan' is no time"),
    ],
)
def test_wrong_usage_says_what_was_expected(args: list[str], message: str) -> None:
    result = run(*args)

    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nowhere.wasm", "/"], "nowhere.wasm: the filter cannot be read"),
        ([str(GUESTS / "README.md"), "/"], "not a WebAssembly module"),
        ([str(GUESTS / "broken_missing_import.wasm"), "/"], "env.proxy_make_coffee"),
        ([str(GUESTS / "broken_no_marker.wasm"), "/"], "ABI version"),
        ([str(GUESTS / "broken_no_allocator.wasm"), "/"], "no allocator"),
        ([str(GUESTS / "broken_trap_at_start.wasm"), "/"], "unreachable"),
        ([C, "/", "--config", "nonsense"], "proxy_on_configure"),
        ([C, "/", "--config", "@nowhere.txt"], "nowhere.txt"),
        ([C, "/", "--cluster", "a=ftp://x"], "no http or https URL"),
        ([C, "/", "--cluster", "a=http://x:99999"], "is no URL: Port out of range"),
        ([C, "/", "--cluster", "a=http://[::1"], "is no URL: Invalid IPv6 URL"),
        ([C, "/", "--tier", "aot"], "not part of this release"),
    ],
)
def test_what_cannot_be_run_ends_with_one_paragraph_and_exit_code_1(args: list[str], message: str) -> None:
    result = run(*args)

    assert result.exit_code == 1, result.output
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_bytes_of_the_command_line_that_are_no_utf_8_pass_as_they_are() -> None:
    data = run_json(C, "/", "-H", "x-odd: \udcff", "-d", "\udcfe", "--config", "headers")
    assert ["x-odd", "\\xff"] in data["upstream"][0]["headers"]
    assert data["upstream"][0]["body"] == "\\xfe"


def test_lines_below_the_log_level_are_not_shown() -> None:
    assert run_json(C, "/", "--config", "headers")["logs"]
    assert run_json(C, "/", "--config", "headers", "--log-level", "warn")["logs"] == []
    shown = run(C, "/", "--config", "headers", "--log-level", "warn").stdout
    assert "log info" not in shown
    assert "proxy_on_request_headers" in shown


def test_the_filter_reads_the_log_level_that_was_asked_for() -> None:
    script = str(GUESTS / "script.wasm")
    for level, number in (("trace", 0), ("info", 2), ("off", 6)):
        calls = run_json(script, "/", "--config", "on_request_headers: log_level", "--log-level", level)["calls"]
        asked = next(call for call in calls if call["name"] == "proxy_get_log_level")
        assert asked["decoded"]["log_level"] == number


def test_a_filter_that_does_not_come_up_has_said_why_above() -> None:
    result = run(C, "/", "--config", "nonsense")
    assert result.exit_code == 1
    said, error = result.stderr.split("Error: ")
    assert "log error: unknown behaviour: nonsense" in said
    assert "proxy_on_configure(plugin_context_id=1, plugin_configuration_size=8, success=false)" in said
    assert "Its own log lines above tell why" in error


def test_control_characters_are_shown_and_move_no_cursor(tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"one\n\x1b[31mtwo\tthree")
    result = run(C, "/", "-d", f"@{body}", "-H", "x-odd: \x1b[2J", "--config", "headers", "--answer", "200:a\x07b")
    assert result.exit_code == 0
    assert "x-odd: \\x1b[2J" in result.stdout
    assert "a\\x07b" in result.stdout
    assert "\x1b" not in result.stdout
    assert "\x07" not in result.stdout
