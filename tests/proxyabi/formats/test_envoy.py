"""Envoy's files come in whole: filters, routes, clusters; what is not supported is refused by name and place."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from proxyabi.config import FailurePolicy
from proxyabi.errors import ConfigError
from proxyabi.formats.load import load
from proxyabi.formats.plugin import Overrides
from proxyabi.formats.proxy import Endpoint

pytest.importorskip("yaml", reason="the extra `config` is not installed")

CODE = b"\0asm\1\0\0\0"
TYPE = "type.googleapis.com/"
WASM = TYPE + "envoy.extensions.filters.http.wasm.v3.Wasm"
ROUTER = {"name": "router", "typed_config": {"@type": TYPE + "envoy.extensions.filters.http.router.v3.Router"}}
INLINE = {"local": {"inline_bytes": base64.b64encode(CODE).decode()}}

Json = dict[str, Any]
Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(content: Any, name: str = "envoy.yaml") -> str:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2), encoding="utf-8")
        return str(path)

    (tmp_path / "filter.wasm").write_bytes(CODE)
    return to_file


def text(value: str) -> Json:
    return {"@type": TYPE + "google.protobuf.StringValue", "value": value}


def wasm(code: Json = INLINE, vm: Json | None = None, **config: Any) -> Json:
    vm_config = {"code": copy.deepcopy(code), **(vm or {})}
    return {"name": "f", "typed_config": {"@type": WASM, "config": {"vm_config": vm_config, **config}}}


def address(port: int, host: str = "127.0.0.1") -> Json:
    return {"socket_address": {"address": host, "port_value": port}}


def cluster(name: str, *ports: int, **more: Any) -> Json:
    endpoints = [{"endpoint": {"address": address(port)}} for port in ports]
    return {
        "name": name,
        "type": "STATIC",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
        **more,
    }


def manager(filters: list[Json], hosts: list[Json] | None = None, **more: Any) -> Json:
    all_to_up = [{"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "up"}}]}]
    return {
        "name": "hcm",
        "typed_config": {
            "@type": TYPE + "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "x",
            "http_filters": [*filters, ROUTER],
            "route_config": {"virtual_hosts": hosts or all_to_up},
            **more,
        },
    }


def bootstrap(*filters: Json, clusters: list[Json] | None = None, hosts: list[Json] | None = None, **more: Any) -> Json:
    listener = {"name": "in", "address": address(10000), "filter_chains": [{"filters": [manager([*filters], hosts, **more)]}]}
    return {"static_resources": {"listeners": [listener], "clusters": clusters or [cluster("up", 9000)]}}


def test_a_whole_bootstrap(write: Write) -> None:
    config = load(
        write(
            bootstrap(
                wasm(
                    {"local": {"filename": "filter.wasm"}},
                    {
                        "vm_id": "vm",
                        "runtime": "envoy.wasm.runtime.v8",
                        "configuration": text("vm!"),
                        "environment_variables": {"host_env_keys": ["HOME"], "key_values": {"A": "1"}},
                    },
                    name="n",
                    root_id="r",
                    configuration=text("plugin!"),
                    failure_policy="FAIL_RELOAD",
                    reload_config={"backoff": {"base_interval": "2.5s"}},
                    allow_on_headers_stop_iteration=True,
                    capability_restriction_config={"allowed_capabilities": {"proxy_log": {}}},
                ),
                clusters=[cluster("up", 9000, 9001), cluster("auth", 9002)],
            )
        )
    )
    (plugin,) = config.plugins
    assert plugin.code == CODE
    assert plugin.code_path.endswith("filter.wasm")
    assert (plugin.name, plugin.root_id, plugin.vm_id) == ("n", "r", "vm")
    assert (plugin.configuration, plugin.vm_configuration) == (b"plugin!", b"vm!")
    assert (plugin.environment, plugin.host_env_keys) == ({"A": "1"}, ("HOME",))
    assert (plugin.failure_policy, plugin.reload_seconds) == (FailurePolicy.FAIL_RELOAD, 2.5)
    assert plugin.allow_on_headers_stop_iteration
    assert plugin.allowed_capabilities == {"proxy_log"}
    (listener,) = config.listeners
    assert (listener.host, listener.port, listener.plugins) == ("127.0.0.1", 10000, (0,))
    assert config.clusters["up"].endpoints == (Endpoint("127.0.0.1", 9000), Endpoint("127.0.0.1", 9001))
    assert any("stat_prefix has no effect" in note for note in config.notes)


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (text("plain"), b"plain"),
        ({"@type": TYPE + "google.protobuf.BytesValue", "value": "AP8="}, b"\0\xff"),
        (
            {"@type": TYPE + "google.protobuf.Struct", "value": {"b": 1, "a": [1.5, 2.0, True, None], "c": {"z": "ü"}}},
            '{"a":[1.5,2,true,null],"b":1,"c":{"z":"ü"}}'.encode(),
        ),
        (None, b""),
    ],
)
def test_every_form_of_a_configuration(write: Write, value: Any, data: bytes) -> None:
    assert load(write(bootstrap(wasm(configuration=value)))).plugins[0].configuration == data


def test_yaml_and_json_and_both_cases_mean_the_same(write: Write, tmp_path: Path) -> None:
    yaml_text = f"""
filter_chains:
- filters:
  - name: hcm
    typedConfig:
      "@type": {TYPE}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
      statPrefix: x
      httpFilters:
      - name: f
        typedConfig:
          "@type": type.googleapis.com/xds.type.v3.TypedStruct
          typeUrl: {WASM}
          value:
            config:
              rootId: r
              failOpen: true
              vmConfig: {{code: {{local: {{filename: filter.wasm}}}}}}
      - {json.dumps(ROUTER)}
      routeConfig: {{virtualHosts: []}}
address: {{socketAddress: {{address: 0.0.0.0, portValue: 80}}}}
"""
    (plugin,) = load(write(yaml_text)).plugins
    assert (plugin.root_id, plugin.fail_open, plugin.code) == ("r", True, CODE)
    tabbed = json.dumps(bootstrap(wasm(root_id="\U0001f600")), indent="\t")
    assert load(write(tabbed, "envoy.json")).plugins[0].root_id == "\U0001f600"


def test_filters_alone_are_enough_to_run_them(write: Write) -> None:
    assert len(load(write({"http_filters": [wasm(), ROUTER]})).plugins) == 1
    assert len(load(write(wasm())).plugins) == 1


def test_a_disabled_filter_is_left_out_and_told_of(write: Write) -> None:
    config = load(write(bootstrap({**wasm(), "disabled": True})))
    assert config.plugins == []
    assert any("is disabled" in note for note in config.notes)


def test_a_list_of_filters_without_a_router_runs_and_it_is_told_that_envoy_refuses_it(write: Write) -> None:
    whole, cut = bootstrap(wasm()), bootstrap(wasm())
    hcm(cut)["http_filters"].pop()
    assert not any("router" in note for note in load(write(whole)).notes)
    config = load(write(cut))
    assert len(config.plugins) == 1
    assert any("does not end in the router" in note and "Envoy refuses" in note for note in config.notes)


def test_settings_of_ours_reach_every_plugin(write: Write) -> None:
    plugins = load(write(bootstrap(wasm(), wasm())), Overrides(hide=frozenset({"cookie"}), stub_imports=True)).plugins
    assert [(plugin.hide, plugin.stub_imports) for plugin in plugins] == [({"cookie"}, True)] * 2


def test_routes_are_chosen_by_domain_then_in_order(write: Write) -> None:
    def host(name: str, domains: list[str], *routes: Json) -> Json:
        return {"name": name, "domains": domains, "routes": list(routes)}

    hosts = [
        host("any", ["*"], {"match": {"prefix": "/"}, "route": {"cluster": "up", "timeout": "0s"}}),
        host(
            "exact", ["a.test"], {"match": {"path": "/x"}, "direct_response": {"status": 418, "body": {"inline_string": "tea"}}}
        ),
        host("suffix", ["*.test"], {"name": "s", "match": {"path_separated_prefix": "/p"}, "route": {"cluster": "up"}}),
        host(
            "prefix", ["b.*"], {"match": {"prefix": "/Q", "case_sensitive": False}, "route": {"cluster": "up", "timeout": "3s"}}
        ),
    ]
    (listener,) = load(write(bootstrap(hosts=hosts))).listeners

    def chosen(authority: str, path: str) -> str | None:
        found = listener.route(authority, path)
        return None if found is None else found[0].name

    assert [chosen(*ask) for ask in (("other", "/"), ("A.test", "/x?q"), ("a.test", "/y"))] == ["any", "exact", None]
    assert [chosen("c.test", path) for path in ("/p", "/p/q", "/pq", "/p?x")] == ["suffix", "suffix", None, "suffix"]
    assert [chosen("b.org", path) for path in ("/q1", "/z")] == ["prefix", None]
    assert [route.timeout for host in listener.virtual_hosts for route in host.routes] == [None, 15.0, 15.0, 3.0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: at(b)["config"].update(nme="x"), "config has no field nme. Did you mean name?"),
        (lambda b: at(b)["config"]["vm_config"].update(runtme="x"), "has no field runtme. Did you mean runtime?"),
        (lambda b: at(b)["config"]["vm_config"].update(runtime="envoy.wasm.runtime.null"), "names C"),
        (lambda b: at(b)["config"]["vm_config"].update(runtime="envoy.wasm.runtime.v9"), "there is no runtime"),
        (lambda b: at(b)["config"].update(failure_policy="FAIL_OPN"), "Did you mean FAIL_OPEN?"),
        (lambda b: at(b)["config"].update(failure_policy="FAIL_OPEN", fail_open=True), "only one of fail_open"),
        (lambda b: at(b)["config"].update(fail_open="yes"), "fail_open has to be true or false"),
        (lambda b: at(b)["config"].update(rootId=7), "root_id has to be text"),
        (lambda b: at(b)["config"]["vm_config"].pop("code"), "vm_config needs code"),
        (lambda b: at(b)["config"].pop("vm_config"), "needs vm_config"),
        (
            lambda b: at(b)["config"]["vm_config"]["code"].update(local={"filename": "nowhere.wasm"}),
            "nowhere.wasm cannot be read",
        ),
        (lambda b: at(b)["config"]["vm_config"]["code"].update(local={"inline_bytes": "?"}), "has to be base64"),
        (lambda b: at(b)["config"]["vm_config"]["code"].update(local={}), "exactly one of filename"),
        (
            lambda b: at(b)["config"]["vm_config"]["code"].update(remote={"http_uri": {"uri": "x"}, "sha256": "0"}),
            "exactly one of local",
        ),
        (lambda b: at(b)["config"].update(configuration={"value": "x"}), "needs @type"),
        (lambda b: at(b)["config"].update(configuration={"@type": TYPE + "google.protobuf.Any2"}), "serialised protobuf"),
        (
            lambda b: hcm(b)["http_filters"].insert(0, {"name": "cors", "typed_config": {"@type": TYPE + "c.Cors"}}),
            "filter c.Cors is not",
        ),
        (lambda b: listener(b).update(address=address(65536)), "port_value 65536 is not between 0 and 65535"),
        (lambda b: listener(b).update(address=address(-1)), "port_value -1 is not between"),
        (lambda b: b["static_resources"].update(clusters=[cluster("up", 1 << 40)]), "is not between 0 and 65535"),
        (lambda b: listener(b).update(address=address("\u00b2")), "has to be a whole number"),
        (lambda b: hcm(b).update(local_reply_config={"mappers": [{}]}), "local_reply_config is not supported here"),
        (lambda b: hcm(b).pop("route_config"), "needs route_config"),
        (lambda b: hcm(b).update(codec_type="HTTP2"), "codec_type HTTP2 is not supported"),
        (
            lambda b: route(b)["match"].update(safe_regex={"regex": ".*"}),
            "safe_regex is not supported here: routes are chosen by prefix",
        ),
        (lambda b: route(b)["route"].update(prefix_rewrite="/x"), "prefix_rewrite is not supported here"),
        (lambda b: route(b)["route"].update(cluster="nowhere"), "names the cluster nowhere"),
        (lambda b: route(b)["route"].update(timeout="soon"), "has to be a duration"),
        (lambda b: listener(b).update(listener_filters=[{"name": "tls"}]), "listener_filters is not supported"),
        (lambda b: listener(b)["filter_chains"].append({}), "2 filter chains"),
        (lambda b: listener(b).update(address={"pipe": {"path": "/x"}}), "address.pipe is not supported"),
        (lambda b: b["static_resources"]["clusters"][0].update(type="EDS"), "type EDS is not supported"),
        (lambda b: b["static_resources"]["clusters"][0].update(health_checks=[{}]), "health_checks is not supported"),
        (lambda b: b["static_resources"]["clusters"].append(cluster("up", 1)), "a cluster up already"),
        (lambda b: b.update(dynamic_resources={"lds_config": {}}), "dynamic_resources is not supported"),
        (lambda b: b.update(static_resource={}), "Did you mean static_resources?"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(write: Write, change: Callable[[Json], object], words: str) -> None:
    content = bootstrap(wasm())
    change(content)
    path = write(content)
    with pytest.raises(ConfigError) as refused:
        load(path)
    assert words in str(refused.value)
    file, line, column = refused.value.path.rsplit(":", 2)
    assert file == path
    assert 0 < int(line) <= len(Path(path).read_text().splitlines())
    assert int(column) > 0


def hcm(content: Json) -> Json:
    return listener(content)["filter_chains"][0]["filters"][0]["typed_config"]


def at(content: Json) -> Json:
    return hcm(content)["http_filters"][0]["typed_config"]


def listener(content: Json) -> Json:
    return content["static_resources"]["listeners"][0]


def route(content: Json) -> Json:
    return hcm(content)["route_config"]["virtual_hosts"][0]["routes"][0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a: [", "no YAML or JSON"),
        ("static_resources:\n  listeners: []\n  listeners: []", ":3:3: listeners stands here a second time; it stands at line 2"),
        ("", "there is nothing in this file"),
        ("a: 1", "no configuration that is known"),
        ("- 1", "no configuration that is known"),
        ("static_resources: {}\n---\nstatic_resources: {}", "a second document"),
        ("static_resources: &x\n  listeners: *x", "contains itself"),
        ("static_resources:\n  ? [a]\n  : 1", "has to be text"),
        ("static_resources: 7", "has to be a mapping, not a number"),
    ],
)
def test_a_file_that_is_no_configuration(write: Write, content: str, words: str) -> None:
    with pytest.raises(ConfigError, match=r".*") as refused:
        load(write(content))
    assert words in str(refused.value)


def test_wasm_elsewhere_than_in_http_is_read_into_values(write: Write) -> None:
    inner = wasm()["typed_config"]["config"]

    def of(kind: str, **more: Any) -> Json:
        return {"name": "x", "typed_config": {"@type": TYPE + "envoy.extensions." + kind, "config": inner, **more}}

    tcp = {
        "name": "tcp",
        "typed_config": {"@type": TYPE + "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", "cluster": "up"},
    }
    content = bootstrap(wasm(), access_log=[of("access_loggers.wasm.v3.WasmAccessLog")])
    content["static_resources"]["listeners"].append(
        {"address": address(1), "filter_chains": [{"filters": [of("filters.network.wasm.v3.Wasm"), tcp]}]}
    )
    content["bootstrap_extensions"] = [of("wasm.v3.WasmService", singleton=True)]
    content["stats_sinks"] = [of("stat_sinks.wasm.v3.Wasm")]
    config = load(write(content))
    assert len(config.plugins) == 5
    assert config.listeners[0].access_loggers == (1,)
    assert (config.listeners[1].tcp_cluster, config.listeners[1].plugins) == ("up", (2,))
    assert [(service.kind, service.plugin, service.singleton) for service in config.services] == [
        ("service", 3, True),
        ("stat_sink", 4, True),
    ]


class _Serves(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/f.wasm" else 404)
        self.end_headers()
        self.wfile.write(CODE)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def remote() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Serves)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_remote_code_is_fetched_and_held_against_its_sum(write: Write, remote: str) -> None:
    def code(path: str, sha256: str) -> Json:
        return {"remote": {"http_uri": {"uri": remote + path, "cluster": "c", "timeout": "5s"}, "sha256": sha256}}

    right = hashlib.sha256(CODE).hexdigest()
    assert load(write(bootstrap(wasm(code("/f.wasm", right))))).plugins[0].code == CODE
    with pytest.raises(ConfigError, match="another module than the one meant"):
        load(write(bootstrap(wasm(code("/f.wasm", "0" * 64)))))
    with pytest.raises(ConfigError, match="cannot be fetched: HTTP Error 404"):
        load(write(bootstrap(wasm(code("/g.wasm", right)))))
    with pytest.raises(ConfigError, match="was not asked for"):
        load(write(bootstrap(wasm(code("/f.wasm", right)))), fetch=False)
