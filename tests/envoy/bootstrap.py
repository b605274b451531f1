"""Envoy's configuration for one scenario.

Lives here: the bootstrap as a Python object. Not here: ports and processes (record.py).

Trailers are switched on, as Envoy's HTTP/1 codec leaves them out otherwise. No failure policy is named, so a failed VM stays
failed: with a reload the moment of the next exchange would decide what is seen.
"""

from __future__ import annotations

from typing import Any

from scenarios import Scenario

TYPE = "type.googleapis.com/"
CLUSTERS = ("upstream", "web_service", "down")
"""The upstream, the cluster our guests call, and one where nobody listens."""

Json = dict[str, Any]


def cluster(name: str, port: int, body_limit: int) -> Json:
    endpoint = {"endpoint": {"address": address(port)}}
    options = {"explicit_http_config": {"http_protocol_options": {"enable_trailers": True}}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        **limit(body_limit),
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": TYPE + "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                **options,
            }
        },
    }


def limit(body_limit: int) -> Json:
    """How much a connection may hold, where it is not Envoy's own limit."""
    return {"per_connection_buffer_limit_bytes": body_limit} if body_limit else {}


def address(port: int) -> Json:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def text(value: str) -> Json:
    return {"@type": TYPE + "google.protobuf.StringValue", "value": value}


def wasm_filter(scenario: Scenario, folder: str, place: int) -> Json:
    """The first (0) or the second (1) Wasm filter of a scenario."""
    guest, configuration = (scenario.guest, scenario.configuration) if place == 0 else scenario.second
    code = {"local": {"filename": f"{folder}/{guest}.wasm"}}
    vm = {"vm_id": f"vm{place + 1}", "runtime": "envoy.wasm.runtime.v8", "code": code}
    config = {
        "name": "test_plugin",
        "root_id": "",
        "configuration": text(configuration),
        "vm_config": {**vm, "configuration": text(scenario.vm_configuration)},
        "fail_open": scenario.fail_open,
        "allow_on_headers_stop_iteration": scenario.stop_iteration,
    }
    wasm = {"@type": TYPE + "envoy.extensions.filters.http.wasm.v3.Wasm", "config": config}
    return {"name": "envoy.filters.http.wasm", "typed_config": wasm}


def bootstrap(scenario: Scenario, folder: str, ports: dict[str, int]) -> Json:
    """Everything Envoy is told; *folder* has the guests, *ports* has `admin`, `listener` and one for each of CLUSTERS."""
    filters = [
        *(wasm_filter(scenario, folder, place) for place in range(2 if scenario.second else 1)),
        {
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": TYPE + "envoy.extensions.filters.http.router.v3.Router"},
        },
    ]
    timeout = {"timeout": f"{scenario.timeout}s"} if scenario.timeout else {}
    routes = [{"match": {"prefix": "/"}, "route": {"cluster": "upstream", **timeout}}]
    manager = {
        "@type": TYPE + "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "ingress",
        "codec_type": "AUTO",
        "generate_request_id": False,
        "http_protocol_options": {"enable_trailers": True},
        "route_config": {"name": "routes", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": filters,
    }
    listener = {"name": "listener", "address": address(ports["listener"]), **limit(scenario.body_limit)}
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    return {
        "admin": {"address": address(ports["admin"])},
        "static_resources": {
            "listeners": [{**listener, "filter_chains": [chain]}],
            "clusters": [cluster(name, ports[name], scenario.body_limit) for name in CLUSTERS],
        },
    }
