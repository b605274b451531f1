"""Envoy's clusters: names, endpoints, TLS and protocol.

Lives here: the fields of `Cluster` that a plain proxy needs. Not here: connecting (serve).
"""

# ruff: noqa: SIM905 - names read better as a text than as a list

from __future__ import annotations

from proxyabi.formats.message import Message
from proxyabi.formats.plugin import typed
from proxyabi.formats.proxy import Cluster, Endpoint

__all__ = ["cluster_of", "socket_address"]

KINDS = ("STATIC", "STRICT_DNS", "LOGICAL_DNS")
TLS = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
RAW = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer"
HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

REFUSED = """
    eds_cluster_config cluster_type health_checks circuit_breakers ring_hash_lb_config maglev_lb_config lb_subset_config
    least_request_lb_config original_dst_lb_config upstream_config transport_socket_matches upstream_bind_config filters
    load_balancing_policy outlier_detection connection_pool_per_downstream_connection
    """.split()
WITHOUT_EFFECT = """
    alt_stat_name connect_timeout per_connection_buffer_limit_bytes dns_lookup_family dns_refresh_rate dns_failure_refresh_rate
    respect_dns_ttl dns_resolvers use_tcp_for_dns_lookups wait_for_warm_on_init cleanup_interval upstream_connection_options
    close_connections_on_host_health_failure ignore_health_on_host_removal metadata common_lb_config track_timeout_budgets
    common_http_protocol_options http_protocol_options max_requests_per_connection track_cluster_stats preconnect_policy
    typed_dns_resolver_config dns_resolution_config lrs_server upstream_http_protocol_options dns_jitter
    """.split()


def cluster_of(message: Message) -> Cluster:
    """The cluster of a message.

    raises: ConfigError, with the place of what is wrong or not supported.
    """
    name = message.text("name")
    kind = message.take("type")
    if kind is not None and kind.value not in KINDS:
        raise kind.fail(f"cluster {name}: type {kind.value} is not supported here; {', '.join(KINDS)} are")
    policy = message.take("lb_policy")
    if policy is not None and policy.value not in ("ROUND_ROBIN", "RANDOM", "LEAST_REQUEST"):
        raise policy.fail(f"cluster {name}: lb_policy {policy.value} is not supported here; ROUND_ROBIN is what is done")
    http2 = message.take("http2_protocol_options") is not None
    options = message.table("typed_extension_protocol_options")
    for key, node in options.items():
        type_name, inner = typed(node, key, message.notes)
        if type_name != HTTP_OPTIONS:
            raise node.fail(f"cluster {name}: {type_name} is not supported here; {HTTP_OPTIONS} is")
        http2 = _protocol(inner) or http2
    if http2:
        message.notes.add(
            message.node.mark, f"cluster {name}: gRPC calls go there over HTTP/2, HTTP calls over HTTP/1.1 all the same"
        )
    tls = _transport(message)
    endpoints = _endpoints(message)
    message.refuse(REFUSED)
    message.without_effect(WITHOUT_EFFECT)
    message.close()
    return Cluster(name, tuple(endpoints), tls, http2)


def _protocol(message: Message) -> bool:
    """Whether the options ask for HTTP/2."""
    explicit = message.message("explicit_http_config")
    http2 = False
    if explicit is not None:
        explicit.without_effect(["http_protocol_options"], "has no effect: trailers are always passed on")
        http2 = explicit.take("http2_protocol_options") is not None
        explicit.refuse(["http3_protocol_options"])
        explicit.close()
    message.refuse(["use_downstream_protocol_config", "http_filters"])
    message.without_effect(["auto_config", "common_http_protocol_options", "upstream_http_protocol_options"])
    message.close()
    return http2


def _transport(message: Message) -> str | None:
    socket = message.message("transport_socket")
    if socket is None:
        return None
    socket.text("name")
    node = socket.need("typed_config")
    socket.close()
    name, inner = typed(node, "transport_socket", message.notes)
    if name == RAW:
        return None
    if name != TLS:
        raise node.fail(f"transport socket {name} is not supported here; plain connections and UpstreamTlsContext are")
    sni = inner.text("sni")
    inner.refuse(["common_tls_context"], "is not supported here: certificates are checked against the machine's authorities")
    inner.without_effect(["allow_renegotiation", "max_session_keys"])
    inner.close()
    return sni


def _endpoints(message: Message) -> list[Endpoint]:
    found: list[Endpoint] = []
    assignment = message.message("load_assignment")
    if assignment is None:
        return found
    assignment.text("cluster_name")
    assignment.refuse(["policy", "named_endpoints"])
    for group in assignment.messages("endpoints"):
        for entry in group.messages("lb_endpoints"):
            endpoint = entry.message("endpoint")
            if endpoint is None:
                raise entry.node.fail("an endpoint needs endpoint with an address")
            found.append(Endpoint(*socket_address(endpoint)))
            endpoint.without_effect(["hostname", "health_check_config"])
            endpoint.close()
            entry.without_effect(["health_status", "metadata", "load_balancing_weight"])
            entry.close()
        group.without_effect(["locality", "load_balancing_weight", "priority", "proximity", "metadata"])
        group.close()
    assignment.close()
    return found


def socket_address(message: Message) -> tuple[str, int]:
    """Host and port of a message's `address`."""
    address = message.message("address")
    if address is None:
        raise message.node.fail(f"{message.what} needs address")
    address.refuse(["pipe", "envoy_internal_address"], "is not supported here; socket_address is")
    socket = address.message("socket_address")
    if socket is None:
        raise address.node.fail("address needs socket_address")
    host, port = socket.text("address"), socket.number("port_value")
    protocol = socket.take("protocol")
    if protocol is not None and protocol.value not in ("TCP", 0):
        raise protocol.fail(f"protocol {protocol.value} is not supported here; TCP is")
    socket.refuse(["named_port"])
    socket.without_effect(["resolver_name", "ipv4_compat"])
    socket.close()
    address.close()
    if port is None:
        raise socket.node.fail("socket_address needs port_value")
    if not 0 <= port <= 65535:
        raise socket.node.fail(f"port_value {port} is not between 0 and 65535")
    return host, port
