"""Envoy's routes: virtual hosts, domains, and the few kinds of match and action that a plain proxy needs.

Lives here: the fields of `RouteConfiguration`. Not here: choosing a route (proxy.py).
"""

# ruff: noqa: SIM905 - names read better as a text than as a list

from __future__ import annotations

from proxyabi.formats.message import Message
from proxyabi.formats.proxy import Route, VirtualHost

__all__ = ["virtual_hosts_of"]

CHANGES = [
    "request_headers_to_add",
    "request_headers_to_remove",
    "response_headers_to_add",
    "response_headers_to_remove",
    "typed_per_filter_config",
]
HOST_REFUSED = """
    require_tls virtual_clusters rate_limits cors per_filter_config retry_policy hedge_policy matcher request_mirror_policies
    include_request_attempt_count include_attempt_count_in_response per_request_buffer_limit_bytes retry_policy_typed_config
    include_is_timeout_retry_header request_body_buffer_limit metadata
    """.split()
MATCH_REFUSED = """
    safe_regex connect_matcher path_match_policy runtime_fraction headers query_parameters grpc tls_context dynamic_metadata
    filter_state cookies
    """.split()
ACTION_REFUSED = """
    weighted_clusters cluster_header cluster_specifier_plugin inline_cluster_specifier_plugin prefix_rewrite regex_rewrite
    path_rewrite path_rewrite_policy host_rewrite_literal auto_host_rewrite host_rewrite_header host_rewrite_path_regex
    append_x_forwarded_host retry_policy retry_policy_typed_config request_mirror_policies rate_limits include_vh_rate_limits
    hash_policy cors max_grpc_timeout grpc_timeout_offset upgrade_configs internal_redirect_policy hedge_policy
    max_stream_duration metadata_match cluster_not_found_response_code early_data_policy flush_timeout host_rewrite
    """.split()

ONLY_PATHS = "is not supported here: routes are chosen by prefix, path or path_separated_prefix"


def virtual_hosts_of(message: Message) -> tuple[VirtualHost, ...]:
    """The virtual hosts of a `RouteConfiguration`.

    raises: ConfigError, with the place of what is wrong or not supported.
    """
    message.without_effect(["name", "validate_clusters", "max_direct_response_body_size_bytes", "internal_only_headers"])
    message.refuse(
        [
            *CHANGES,
            "vhds",
            "cluster_specifier_plugins",
            "request_mirror_policies",
            "ignore_port_in_host_matching",
            "ignore_path_parameters_in_path_matching",
            "most_specific_header_mutations_wins",
            "metadata",
        ]
    )
    hosts = tuple(_virtual_host(host) for host in message.messages("virtual_hosts"))
    message.close()
    return hosts


def _virtual_host(message: Message) -> VirtualHost:
    message.refuse([*CHANGES, *HOST_REFUSED])
    name = message.text("name")
    domains = message.texts("domains")
    if not domains:
        raise message.node.fail("a virtual host needs domains")
    routes = tuple(_route(route) for route in message.messages("routes"))
    message.close()
    return VirtualHost(name, tuple(domains), routes)


def _route(message: Message) -> Route:
    message.refuse([*CHANGES, "redirect", "filter_action", "non_forwarding_action", "per_request_buffer_limit_bytes"])
    message.without_effect(["decorator", "tracing", "stat_prefix", "metadata"])
    name = message.text("name")
    match = message.message("match")
    if match is None:
        raise message.node.fail("a route needs match")
    kinds = [kind for kind in ("prefix", "path", "path_separated_prefix") if match.has(kind)]
    case_sensitive = match.flag("case_sensitive", True)
    match.refuse(
        MATCH_REFUSED,
        ONLY_PATHS,
    )
    if len(kinds) != 1:
        raise match.node.fail("match needs exactly one of prefix, path and path_separated_prefix")
    path = match.text(kinds[0])
    match.close()
    action, direct = message.message("route"), message.message("direct_response")
    message.close()
    if (action is None) == (direct is None):
        raise message.node.fail("a route needs exactly one of route and direct_response")
    if direct is not None:
        return Route(kinds[0], path, direct=_direct(direct), name=name, case_sensitive=case_sensitive)
    if action is None:
        raise message.node.fail("a route needs an action")
    cluster = action.text("cluster")
    timeout = action.seconds("timeout")
    action.refuse(ACTION_REFUSED)
    action.without_effect(["idle_timeout", "priority"])
    action.close()
    if not cluster:
        raise action.node.fail("route needs cluster")
    seconds = 15.0 if timeout is None else timeout or None
    return Route(kinds[0], path, cluster, timeout=seconds, name=name, case_sensitive=case_sensitive)


def _direct(message: Message) -> tuple[int, bytes]:
    status = message.number("status")
    if status is None or not 200 <= status <= 599:
        raise message.node.fail("direct_response needs a status between 200 and 599")
    body = message.message("body")
    text = b""
    if body is not None:
        text = body.text("inline_string").encode() or body.data("inline_bytes") or b""
        body.refuse(["filename", "environment_variable"], "is not supported here; inline_string and inline_bytes are")
        body.close()
    message.refuse(["body_format"])
    message.close()
    return status, text
