"""Configuration files on the command line: listeners with routes and clusters, filters out of files, stubs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from serving import GUESTS, Process, run

pytest.importorskip("yaml", reason="the extra `config` is not installed")

TYPE = "type.googleapis.com/envoy.extensions."


def filter_of(guest: str, configuration: str = "", **config: Any) -> dict[str, Any]:
    text = {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": configuration}
    vm = {"code": {"local": {"filename": str(GUESTS / guest)}}}
    return {
        "name": guest,
        "typed_config": {
            "@type": TYPE + "filters.http.wasm.v3.Wasm",
            "config": {"name": guest, "vm_config": vm, "configuration": text, **config},
        },
    }


def address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def listener(*filters: dict[str, Any], routes: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    manager = {
        "@type": TYPE + "filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "x",
        "http_filters": [*filters, {"name": "router", "typed_config": {"@type": TYPE + "filters.http.router.v3.Router"}}],
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        **more,
    }
    return {"name": "in", "address": address(0), "filter_chains": [{"filters": [{"name": "hcm", "typed_config": manager}]}]}


def bootstrap(path: Path, *listeners: dict[str, Any], **ports: int) -> str:
    clusters = [
        {
            "name": name,
            "type": "STATIC",
            "load_assignment": {
                "cluster_name": name,
                "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(port)}}]}],
            },
        }
        for name, port in ports.items()
    ]
    path.write_text(json.dumps({"node": {"id": "me"}, "static_resources": {"listeners": listeners, "clusters": clusters}}))
    return str(path)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    return lambda *listeners, **ports: bootstrap(tmp_path / "envoy.json", *listeners, **ports)


def test_listeners_of_a_file_are_served_with_their_routes_and_filters(write: Callable[..., str]) -> None:
    tea = {"match": {"path": "/tea"}, "direct_response": {"status": 418, "body": {"inline_string": "short and stout"}}}
    with Process("serve", GUESTS / "c.wasm", "--listen", "127.0.0.1:0") as behind:
        routes = [tea, {"match": {"prefix": "/up"}, "route": {"cluster": "up"}}]
        path = write(listener(filter_of("c.wasm", "headers"), routes=routes), listener(routes=routes), up=behind.port)
        with Process("serve", "--envoy", path) as front:
            second = int(front.wait_for(r"^listening on http://127\.0\.0\.1:(\d+)$")[1])
            assert front.ask("/tea")[::2] == (418, b"short and stout")
            assert front.ask("/nowhere")[0] == 404
            through = front.seen("/up/x")
            front.port = second
            plain = front.seen("/up/x")
        assert through["path"] == plain["path"] == "/up/x"
        assert len(through["headers"]) > len(plain["headers"]), "only the first listener has the filter"
        assert any("stat_prefix has no effect here" in line for line in front.err)


def test_access_loggers_of_a_listener_log_its_requests(write: Callable[..., str]) -> None:
    wasm = filter_of("script.wasm", "on_log: get_value 0 :path")["typed_config"]
    logger = {"name": "logger", "typed_config": {**wasm, "@type": TYPE + "access_loggers.wasm.v3.WasmAccessLog"}}
    routes = [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}]
    with Process("serve", "--envoy", write(listener(routes=routes, access_log=[logger]))) as proxy:
        proxy.ask("/logged")
        proxy.wait_for(r"get_value: 0 /logged")


def test_a_listeners_limit_is_the_limit_of_what_its_filters_may_hold(write: Callable[..., str]) -> None:
    routes = [{"match": {"prefix": "/"}, "route": {"cluster": "up"}}]
    small = {**listener(filter_of("script.wasm", "on_request_headers: return 3"), routes=routes)}
    small["per_connection_buffer_limit_bytes"] = 10
    with Process("serve", "--envoy", write(small, up=1)) as proxy:
        assert proxy.ask(method="POST", body=b"0123456789a")[0] == 413


def test_what_cannot_be_run_is_refused_by_name(write: Callable[..., str]) -> None:
    routes = [{"match": {"prefix": "/"}, "route": {"cluster": "up"}}]
    unknown = {"name": "cors", "typed_config": {"@type": TYPE + "filters.http.cors.v3.Cors"}}
    done = run("serve", "--envoy", write(listener(unknown, routes=routes), up=1))
    assert done.returncode == 1
    assert "envoy.json:1:" in done.stderr
    assert "filters.http.cors.v3.Cors is not supported here" in done.stderr
    beside = run("serve", "--envoy", write(listener(routes=routes), up=1), "--config", "x")
    assert (beside.returncode, "--config cannot be given beside" in beside.stderr) == (2, True)
    assert run("serve").returncode == 2


def test_filters_of_a_file_run_and_are_inspected_by_themselves(write: Callable[..., str]) -> None:
    routes = [{"match": {"prefix": "/"}, "route": {"cluster": "up"}}]
    path = write(listener(filter_of("c.wasm", "headers"), filter_of("rust.wasm"), routes=routes), up=1)
    shown = json.loads(run("inspect", path, "--json").stdout)
    assert [facts["file"] for facts in shown] == ["c.wasm", "rust.wasm"]
    done = run("run", path, "/x", "--json", "--hide", "x-secret", "-H", "x-secret: 1", seconds=120)
    told = json.loads(done.stdout)
    assert dict(map(tuple, told["upstream"][0]["headers"]))["x-secret"] == "1"
    assert not any("x-secret" in json.dumps(call) for call in told["calls"])


def test_stubs_let_a_filter_run_whose_imports_nobody_has() -> None:
    broken = GUESTS / "broken_missing_import.wasm"
    refused = run("run", broken, "/")
    assert (refused.returncode, "--stub-imports" in refused.stderr) == (1, True)
    assert run("run", broken, "/", "--stub-imports").returncode == 0
    assert run("inspect", broken).returncode == 1
    assert run("inspect", broken, "--stub-imports").returncode == 0
