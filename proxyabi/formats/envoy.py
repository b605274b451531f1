"""Envoy's bootstrap, listeners and filters.

Lives here: the way from a file's top to the Wasm plugins in it, and everything on it that a plain proxy can do.
Not here: plugins (plugin.py), routes (routes.py), clusters (clusters.py).

What Envoy has and this host has not is refused by its name; what changes nothing here is told of in notes. Nothing is passed over
in silence.
"""

# ruff: noqa: SIM905 - names read better as a text than as a list

from __future__ import annotations

from dataclasses import replace

from proxyabi.abi.kinds import ACCESS_LOGGER as LOGGER_KIND
from proxyabi.abi.kinds import HTTP_FILTER, NETWORK_FILTER, SINGLETON, PluginKind
from proxyabi.abi.kinds import SERVICE as SERVICE_KIND
from proxyabi.abi.kinds import STAT_SINK as STAT_SINK_KIND
from proxyabi.formats.clusters import cluster_of, socket_address
from proxyabi.formats.document import Node
from proxyabi.formats.message import Message, Notes
from proxyabi.formats.plugin import Overrides, Source, plugin_of, typed
from proxyabi.formats.proxy import Listener, ProxyConfig, Service
from proxyabi.formats.routes import virtual_hosts_of

__all__ = ["is_envoy", "read_envoy"]

EXTENSIONS = "envoy.extensions."
HTTP_WASM = EXTENSIONS + "filters.http.wasm.v3.Wasm"
ROUTER = EXTENSIONS + "filters.http.router.v3.Router"
NETWORK_WASM = EXTENSIONS + "filters.network.wasm.v3.Wasm"
HTTP_MANAGER = EXTENSIONS + "filters.network.http_connection_manager.v3.HttpConnectionManager"
TCP_PROXY = EXTENSIONS + "filters.network.tcp_proxy.v3.TcpProxy"
ACCESS_LOGGER = EXTENSIONS + "access_loggers.wasm.v3.WasmAccessLog"
STAT_SINK = EXTENSIONS + "stat_sinks.wasm.v3.Wasm"
SERVICE = EXTENSIONS + "wasm.v3.WasmService"
LISTENER = "envoy.config.listener.v3.Listener"
CLUSTER = "envoy.config.cluster.v3.Cluster"

DIRECTIONS = {"UNSPECIFIED": 0, "INBOUND": 1, "OUTBOUND": 2}
TOP = ("static_resources", "filter_chains", "resources", "http_filters", "typed_config")

BOOTSTRAP_REFUSED = """
    dynamic_resources cluster_manager hds_config overload_manager layered_runtime default_socket_interface
    """.split()
BOOTSTRAP_WITHOUT_EFFECT = """
    admin node_context_params stats_config stats_flush_interval stats_flush_on_admin stats_server_version_override watchdog
    watchdogs runtime use_tcp_for_dns_lookups dns_resolution_config typed_dns_resolver_config enable_dispatcher_stats
    header_prefix flags_path certificate_provider_instances inline_headers perf_tracing_file_path default_regex_engine
    fatal_actions tracing config_sources default_config_source xds_config_tracker_extension application_log_config
    grpc_async_client_manager_config memory_allocator_manager deferred_stat_options stats_flush_interval listener_manager
    xds_delegate_extension
    """.split()
LISTENER_REFUSED = """
    listener_filters filter_chain_matcher udp_listener_config api_listener internal_listener additional_addresses
    default_filter_chain connection_balance_config use_original_dst deprecated_v1 fcds_config
    """.split()
LISTENER_WITHOUT_EFFECT = """
    stat_prefix reuse_port enable_reuse_port bind_to_port drain_type tcp_backlog_size metadata listener_filters_timeout
    continue_on_listener_filters_timeout transparent freebind socket_options tcp_fast_open_queue_length ignore_global_conn_limit
    enable_mptcp max_connections_to_accept_per_socket_event bypass_overload_manager
    """.split()
MANAGER_REFUSED = """
    rds scoped_routes local_reply_config upgrade_configs request_id_extension original_ip_detection_extensions
    early_header_mutation_extensions set_current_client_cert_details forward_client_cert_details internal_address_config
    path_with_escaped_slashes_action normalize_path merge_slashes strip_matching_host_port strip_any_host_port
    strip_trailing_host_dot http_filters_with_downstream_override typed_header_validation_config via proxy_100_continue
    represent_ipv4_remote_address_as_ipv4_mapped_ipv6 server_header_transformation scheme_header_transformation add_user_agent
    append_local_overload append_x_forwarded_port max_request_headers_kb xff_num_trusted_hops
    """.split()
MANAGER_WITHOUT_EFFECT = """
    stat_prefix generate_request_id use_remote_address skip_xff_append server_name preserve_external_request_id
    always_set_request_id_in_response http_protocol_options common_http_protocol_options http2_protocol_options
    http3_protocol_options stream_idle_timeout request_timeout request_headers_timeout drain_timeout delayed_close_timeout
    tracing stream_error_on_invalid_http_message access_log_options access_log_flush_interval flush_access_log_on_new_request
    proxy_status_config max_requests_per_connection
    """.split()


def is_envoy(document: Node) -> bool:
    """Whether a document looks like one of Envoy's."""
    return isinstance(document.value, dict) and any(name in document.value for name in (*TOP, "staticResources", "filterChains"))


def read_envoy(document: Node, source: Source, overrides: Overrides) -> ProxyConfig:
    """What a bootstrap, a list of resources, a listener or a single Wasm filter describes.

    raises: ConfigError, with the place of what is wrong or not supported.
    """
    reader = _Reader(source, overrides)
    top = Message(document, "the bootstrap", reader.notes)
    if top.has("static_resources") or not is_envoy(document):
        reader.bootstrap(top)
    elif top.has("resources"):
        for node in top.items("resources"):
            reader.resource(node)
        top.without_effect(["version_info", "type_url", "nonce"])
        top.close()
    elif top.has("filter_chains"):
        top.text("@type")
        reader.listener(replace_what(top, "the listener"))
    elif top.has("http_filters"):
        reader.http_filters(top)
    else:
        reader.http_filter(top)
    reader.check_clusters()
    reader.config.notes = reader.notes.lines
    return reader.config


def replace_what(message: Message, what: str) -> Message:
    """*message* under the name that it turned out to have."""
    message.what = what
    return message


class _Reader:
    """Gathers what one file says."""

    def __init__(self, source: Source, overrides: Overrides) -> None:
        self.notes = Notes()
        self.config = ProxyConfig()
        self._source = source
        self._overrides = overrides
        self._named: list[tuple[Node, str]] = []
        """Clusters that routes name, and where."""

    def bootstrap(self, top: Message) -> None:
        node = top.take("node")
        if node is not None:
            self.config.node = node.plain()
        resources = top.message("static_resources")
        if resources is None:
            raise top.node.fail("nothing to run: the file has neither static_resources nor filter_chains")
        for cluster in resources.messages("clusters"):
            self._cluster(replace_what(cluster, "the cluster"))
        for listener in resources.messages("listeners"):
            self.listener(replace_what(listener, "the listener"))
        resources.refuse(["secrets"])
        resources.close()
        for extension in top.messages("bootstrap_extensions"):
            self._service(extension, SERVICE, "service")
        for sink in top.messages("stats_sinks"):
            self._service(sink, STAT_SINK, "stat_sink")
        top.refuse(BOOTSTRAP_REFUSED)
        top.without_effect(BOOTSTRAP_WITHOUT_EFFECT)
        top.close()

    def resource(self, node: Node) -> None:
        """An element of a list of resources, as files for dynamic configuration have them."""
        name, message = typed(node, "the resource", self.notes)
        if name == LISTENER:
            self.listener(message)
        elif name == CLUSTER:
            self._cluster(message)
        else:
            raise node.fail(f"resources of type {name} are not supported here; listeners and clusters are")

    def _cluster(self, message: Message) -> None:
        cluster = cluster_of(message)
        if cluster.name in self.config.clusters:
            raise message.node.fail(f"there is a cluster {cluster.name} already")
        self.config.clusters[cluster.name] = cluster

    def listener(self, message: Message) -> None:
        name = message.text("name")
        host, port = socket_address(message)
        direction = message.take("traffic_direction")
        limit = message.number("per_connection_buffer_limit_bytes")
        message.refuse(LISTENER_REFUSED)
        message.without_effect(LISTENER_WITHOUT_EFFECT)
        message.without_effect(["access_log"], "has no effect: it would log connections, not streams")
        chains = message.messages("filter_chains")
        message.close()
        if len(chains) != 1:
            raise message.node.fail(f"the listener has {len(chains)} filter chains; exactly one is supported here")
        listener = self._filter_chain(chains[0], Listener(name, host, port, (), body_limit=limit))
        if direction is not None:
            listener = replace(listener, direction=DIRECTIONS.get(str(direction.value), 0))
        self.config.listeners.append(listener)

    def _filter_chain(self, chain: Message, listener: Listener) -> Listener:
        chain.refuse(["filter_chain_match", "transport_socket", "use_proxy_proto"])
        chain.without_effect(["name", "metadata", "transport_socket_connect_timeout"])
        filters = chain.messages("filters")
        chain.close()
        network: list[int] = []
        for place, item in enumerate(filters):
            name = item.text("name")
            item.refuse(["config_discovery"])
            node = item.need("typed_config")
            item.close()
            kind, content = typed(node, name or "the filter", self.notes)
            last = place == len(filters) - 1
            if kind == NETWORK_WASM:
                network.append(self._plugin(content, NETWORK_FILTER))
            elif kind == HTTP_MANAGER and last and not network:
                return self._manager(replace_what(content, "http_connection_manager"), listener)
            elif kind == TCP_PROXY and last:
                return self._tcp_proxy(content, listener, network)
            else:
                raise node.fail(f"the network filter {kind} is not supported here{_where(kind, last)}")
        raise chain.node.fail("a filter chain has to end with http_connection_manager or tcp_proxy")

    def _tcp_proxy(self, content: Message, listener: Listener, network: list[int]) -> Listener:
        cluster = content.need("cluster")
        self._named.append((cluster, str(cluster.value)))
        content.without_effect(["stat_prefix", "idle_timeout", "max_connect_attempts", "access_log_options"])
        loggers = self._access_loggers(content)
        content.refuse(["weighted_clusters", "tunneling_config", "on_demand", "hash_policy", "metadata_match"])
        content.close()
        return replace(listener, tcp_cluster=str(cluster.value), plugins=tuple(network), access_loggers=loggers)

    def _manager(self, content: Message, listener: Listener) -> Listener:
        content.refuse(MANAGER_REFUSED)
        content.without_effect(MANAGER_WITHOUT_EFFECT)
        codec = content.take("codec_type")
        if codec is not None and codec.value not in ("AUTO", "HTTP1", 0, 1):
            raise codec.fail(f"codec_type {codec.value} is not supported here; clients speak HTTP/1.1")
        first = len(self.config.plugins)
        self.http_filters(content, whole=True)
        plugins = tuple(range(first, len(self.config.plugins)))
        loggers = self._access_loggers(content)
        routes = content.message("route_config")
        content.close()
        if routes is None:
            raise content.node.fail(
                "http_connection_manager needs route_config; routes that come from elsewhere are not supported here"
            )
        hosts = virtual_hosts_of(replace_what(routes, "route_config"))
        for host in hosts:
            self._named += [(routes.node, route.cluster) for route in host.routes if route.cluster]
        return replace(listener, plugins=plugins, virtual_hosts=hosts, access_loggers=loggers)

    def http_filters(self, message: Message, *, whole: bool = False) -> None:
        """Filters in their order. Those of a *whole* chain have the router at their end, which Envoy insists on."""
        filters = message.messages("http_filters")
        kinds = [self.http_filter(item, last=place == len(filters) - 1) for place, item in enumerate(filters)]
        if whole and kinds and kinds[-1] != ROUTER:
            missing = f"http_filters does not end in the router ({ROUTER}): requests are routed here; Envoy refuses such a list"
            self.notes.add(filters[-1].node.mark, missing)

    def http_filter(self, item: Message, *, last: bool = False) -> str:
        """One HTTP filter: a Wasm plugin, or at the end the router. Gives its type."""
        name = item.text("name")
        disabled = item.flag("disabled")
        item.refuse(["config_discovery"])
        item.without_effect(["is_optional"])
        node = item.need("typed_config")
        item.close()
        kind, content = typed(node, name or "the filter", self.notes)
        if disabled:
            self.notes.add(node.mark, f"{name} is disabled and left out")
        elif kind == HTTP_WASM:
            self._plugin(content)
        elif kind == ROUTER and last:
            content.refuse(["upstream_http_filters", "strict_check_headers"])
            content.without_effect(["dynamic_stats", "start_child_span", "suppress_envoy_headers", "upstream_log"])
            content.close()
        else:
            raise node.fail(f"the HTTP filter {kind} is not supported here; {HTTP_WASM} and, at the end, {ROUTER} are")
        return kind

    def _access_loggers(self, message: Message) -> tuple[int, ...]:
        found: list[int] = []
        for item in message.messages("access_log"):
            item.text("name")
            node = item.need("typed_config")
            kind, content = typed(node, "access_log", self.notes)
            if kind == ACCESS_LOGGER:
                item.refuse(["filter"])
                found.append(self._plugin(content, LOGGER_KIND))
            else:
                item.take("filter")
                self.notes.add(node.mark, f"the access logger {kind} has no effect here")
            item.close()
        return tuple(found)

    def _service(self, item: Message, wanted: str, kind: str) -> None:
        item.text("name")
        node = item.need("typed_config")
        item.close()
        name, content = typed(node, kind, self.notes)
        if name != wanted:
            self.notes.add(node.mark, f"{name} has no effect here")
            return
        singleton = content.flag("singleton") if kind == "service" else True
        plugin_kind = STAT_SINK_KIND if kind == "stat_sink" else SINGLETON if singleton else SERVICE_KIND
        self.config.services.append(Service(kind, self._plugin(content, plugin_kind), singleton))

    def _plugin(self, content: Message, kind: PluginKind = HTTP_FILTER) -> int:
        config = content.message("config")
        if config is None:
            raise content.node.fail(f"{content.what} needs config")
        content.close()
        self.config.plugins.append(plugin_of(replace_what(config, "config"), self._source, self._overrides, kind))
        return len(self.config.plugins) - 1

    def check_clusters(self) -> None:
        """Every cluster that a route names has to be there, with an endpoint, when the file has clusters at all."""
        for node, name in self._named:
            cluster = self.config.clusters.get(name)
            if cluster is None:
                raise node.fail(f"a route names the cluster {name}, which the file does not have")
            if not cluster.endpoints:
                raise node.fail(f"a route names the cluster {name}, which has no endpoints")


def _where(kind: str, last: bool) -> str:
    if kind in (HTTP_MANAGER, TCP_PROXY) and not last:
        return ": it has to be the last one of its chain"
    return ": Wasm filters cannot stand before an http_connection_manager" if kind == HTTP_MANAGER else ""
