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


def cluster(name: str, port: int) -> Json:
    endpoint = {"endpoint": {"address": address(port)}}
    options = {"explicit_http_config": {"http_protocol_options": {"enable_trailers": True}}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": TYPE + "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                **options,
            }
        },
    }


def address(port: int) -> Json:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def text(value: str) -> Json:
    return {"@type": TYPE + "google.protobuf.StringValue", "value": value}


def plugin(scenario: Scenario, filename: str) -> Json:
    """The configuration of the Wasm filter itself."""
    code = {"local": {"filename": filename}}
    vm = {"vm_id": "vm1", "runtime": "envoy.wasm.runtime.v8", "code": code, "configuration": text(scenario.vm_configuration)}
    return {
        "name": "test_plugin",
        "root_id": "",
        "configuration": text(scenario.configuration),
        "vm_config": vm,
        "fail_open": scenario.fail_open,
        "allow_on_headers_stop_iteration": scenario.stop_iteration,
    }


def bootstrap(scenario: Scenario, filename: str, ports: dict[str, int]) -> Json:
    """Everything Envoy is told; *ports* has `admin`, `listener` and one for each of CLUSTERS."""
    filters = [
        {
            "name": "envoy.filters.http.wasm",
            "typed_config": {"@type": TYPE + "envoy.extensions.filters.http.wasm.v3.Wasm", "config": plugin(scenario, filename)},
        },
        {
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": TYPE + "envoy.extensions.filters.http.router.v3.Router"},
        },
    ]
    routes = [{"match": {"prefix": "/"}, "route": {"cluster": "upstream"}}]
    manager = {
        "@type": TYPE + "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "ingress",
        "codec_type": "AUTO",
        "generate_request_id": False,
        "http_protocol_options": {"enable_trailers": True},
        "route_config": {"name": "routes", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": filters,
    }
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    return {
        "admin": {"address": address(ports["admin"])},
        "static_resources": {
            "listeners": [{"name": "listener", "address": address(ports["listener"]), "filter_chains": [chain]}],
            "clusters": [cluster(name, ports[name]) for name in CLUSTERS],
        },
    }
