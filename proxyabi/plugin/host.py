"""Everything alive in one worker: plugins and streams. Events in, commands out.

Lives here: bringing plugins up, which of them share a VM, opening streams, handing events to whom they concern, shutting down.
Not here: what a stream or a plugin does (chain.py, root.py), sockets, clocks that ring and threads (the drivers above).

An event is worked off whole before `feed` returns: what it sets off inside (an item in a shared queue, for one) is delivered
too. A plugin that fails takes nobody with it: its streams get 503, or pass when it is fail-open, and those of other plugins
never notice.

abi: 9 Contexts and life cycle, 10 VM sharing and failures
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from proxyabi.abi.kinds import ACCESS_LOGGER, HTTP_FILTER, NETWORK_FILTER, STAT_SINK, PluginKind
from proxyabi.abi.types import LogLevel, MapType, MetricType, PeerType
from proxyabi.config import FailurePolicy, PluginConfig
from proxyabi.context.commands import Command
from proxyabi.context.context import PluginContext
from proxyabi.context.events import (
    DownstreamClosed,
    DownstreamData,
    Event,
    GrpcClosed,
    GrpcInitialMetadata,
    GrpcMessage,
    GrpcTrailingMetadata,
    HttpCallFailed,
    HttpCallResponse,
    NewConnection,
    RequestBody,
    RequestHeaders,
    RequestMetadata,
    RequestRefused,
    RequestTrailers,
    ResponseBody,
    ResponseHeaders,
    ResponseMetadata,
    ResponseTrailers,
    StatsFlush,
    StreamDone,
    StreamReset,
    Tick,
    UpstreamData,
    UpstreamFailed,
)
from proxyabi.context.stream_info import StreamInfo
from proxyabi.errors import ConfigError, GuestError, PluginFailed, VmState
from proxyabi.plugin.chain import BODY_LIMIT, FilterChain
from proxyabi.plugin.root import PluginRoot, RootKey, root_key
from proxyabi.plugin.tcp_chain import TcpChain
from proxyabi.plugin.vm import Outside, PluginVm, VmFactory, VmKey, vm_key
from proxyabi.services.services import Services
from proxyabi.trace import Trace
from proxyabi.vms import load_vm
from proxyabi.wire.stats import encode_snapshot
from pywasm_vm import PAGE_SIZE, Limits, TierUnavailable, VmInterface

__all__ = ["Host", "Plugin"]

FOR_STREAMS: Mapping[type[Event], Callable[[FilterChain, Any], None]] = {
    RequestHeaders: FilterChain.on_request_headers,
    RequestBody: FilterChain.on_request_body,
    RequestTrailers: FilterChain.on_request_trailers,
    RequestMetadata: FilterChain.on_request_metadata,
    RequestRefused: FilterChain.on_request_refused,
    ResponseHeaders: FilterChain.on_response_headers,
    ResponseBody: FilterChain.on_response_body,
    ResponseTrailers: FilterChain.on_response_trailers,
    ResponseMetadata: FilterChain.on_response_metadata,
    UpstreamFailed: FilterChain.on_upstream_failed,
}
"""What each event does to the stream it names. Those that end a stream are the host's own."""

FOR_CONNECTIONS: Mapping[type[Event], Callable[[TcpChain, Any], None]] = {
    NewConnection: TcpChain.on_new_connection,
    DownstreamData: TcpChain.on_downstream_data,
    UpstreamData: TcpChain.on_upstream_data,
}
"""The same for connections."""

MOST_ITEMS_AT_ONCE = 10_000
"""Of those that a host tells of without being polled. A filter may put an item into its queue whenever it hears of one."""

CUSTOM = b"wasmcustom."
"""What Envoy puts before the names of metrics that guests define."""


class Plugin:
    """A plugin as reports show it. *start_seconds* is what it took to load, start and configure it."""

    def __init__(self, plugin_id: int, config: PluginConfig, root: PluginRoot, start_seconds: float) -> None:
        self.id = plugin_id
        self.config = config
        self.root = root
        self.start_seconds = start_seconds
        self.reloads = Reloads()
        self.last_load_ns = root.vm.loaded_ns
        """When its VM was made, or when that was last tried in vain."""

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.root.title

    @property
    def tier(self) -> str:
        """The tier that runs it."""
        return str(self.root.vm.vm.tier)

    @property
    def version(self) -> str:
        """The version of the ABI that its module speaks."""
        return str(self.root.vm.version)

    @property
    def failure(self) -> str | None:
        """What its guest died of, None while it lives."""
        return self.root.vm.failure

    @property
    def state(self) -> VmState:
        """What has become of its guest.

        abi: 2.5
        """
        return self.root.vm.state

    @property
    def context_id(self) -> int:
        """The id of its plugin context."""
        return self.root.context.id

    def report(self) -> dict[str, Any]:
        """What there is to know of it, as plain data."""
        vm = self.root.vm
        return {
            "name": self.name,
            "state": self.state.name,
            "failure": self.failure,
            "abi_version": self.version,
            "tier": self.tier,
            "memory_bytes": vm.vm.memory_size(),
            "stream_contexts": vm.stream_contexts(),
            "failure_policy": self.config.failure_policy.name,
            "vm_reload_success": self.reloads.succeeded,
            "vm_reload_failure": self.reloads.failed,
            "vm_reload_backoff": self.reloads.held_back,
            "hidden": sorted(self.config.hide),
        }


@dataclass(slots=True)
class Reloads:
    """How often a plugin's VM was to be made anew: with success, without, and too early. The names are Envoy's stats."""

    succeeded: int = 0
    failed: int = 0
    held_back: int = 0


class Host:
    """Everything alive in one worker: plugins and streams; events in, commands out. No socket, no clock, no thread.

    *plugins* are the filters in the order of the request, and loggers, services and sinks among them. *clusters* are the
    upstreams that HTTP calls may name. *tier* says what runs the code; a function in its place makes the VM for each plugin.
    *body_limit* is how many bytes of a body may wait in one direction.

    *wake* is called, by whichever thread, when an item waits in a queue for one of the plugins: call `poll` in this host's own
    thread then, once all that has happened at the same time was fed, as Envoy does. Without it, plugins hear of items at the end
    of the event that brought them, and of items from other hosts with the next event.
    """

    def __init__(
        self,
        plugins: Sequence[PluginConfig],
        *,
        services: Services | None = None,
        tier: str | VmFactory = "auto",
        clusters: Collection[str] = (),
        trace: Trace | None = None,
        body_limit: int = BODY_LIMIT,
        wake: Callable[[], None] | None = None,
    ) -> None:
        configs = () if isinstance(plugins, PluginConfig) else tuple(plugins)
        if isinstance(plugins, PluginConfig) or not all(isinstance(config, PluginConfig) for config in configs):
            raise TypeError(f"plugins has to be a list of PluginConfig, not {plugins!r:.60}")
        if trace is not None and not isinstance(trace, Trace):
            raise TypeError(f"trace has to be a Trace, as in Trace(records.append), not {trace!r:.60}")
        self.plugins: list[Plugin] = []
        self.services = services or Services()
        self._configs = configs
        self._has_loggers = any(config.kind is ACCESS_LOGGER for config in configs)
        self._commands: list[Command] = []
        self._ready: deque[tuple[PluginContext, int]] = deque()
        self._streams: dict[int, FilterChain] = {}
        self._connections: dict[int, TcpChain] = {}
        self._held: dict[int, FilterChain] = {}
        self._vms: dict[VmKey, PluginVm] = {}
        self._known_roots: dict[tuple[VmKey, RootKey], PluginRoot] = {}
        self._replaced: list[PluginVm] = []
        """Failed VMs that others have taken the place of, as long as streams are left in them."""
        self._last_stream = 0
        self._flushed: dict[bytes, int] = {}
        """How high each counter stood when stat sinks were shown it last."""
        self._body_limit = body_limit
        self._outside = Outside(
            self.services,
            frozenset(clusters),
            trace,
            partial(_new_vm, tier) if isinstance(tier, str) else tier,
            self._commands.append,
            self._post,
        )
        self.wake = wake
        """Drivers may set it when they begin to drive."""

    @property
    def contexts_left(self) -> int:
        """Stream contexts that have not ended, those of VMs that were replaced included."""
        return sum(vm.stream_contexts() for vm in self._every_vm())

    def start(self) -> list[Command]:
        """Bring all plugins up, in order. Those with equal code, `vm_id`, VM configuration and environment share a VM.

        raises: GuestError, PluginFailed or ConfigError, with one clear paragraph. Nothing is up then.
        """
        if self.plugins:
            raise ConfigError("plugins", "this host has been started already")
        self._commands.clear()
        self._vms.clear()
        self._known_roots.clear()
        plugins = []
        for plugin_id, config in enumerate(self._configs):
            begun = self.services.clock.monotonic_ns()
            root = self._bring_up(plugin_id, config)
            seconds = (self.services.clock.monotonic_ns() - begun) / 1e9
            plugins.append(Plugin(plugin_id, config, root, seconds))
        self.plugins = plugins
        return self._take_commands()

    def open_stream(self, info: StreamInfo, plugins: Collection[int] | None = None) -> int:
        """The id of a new stream, which passes the plugins in order: those with an id in *plugins*, or all.

        raises: RuntimeError before `start`: the stream would pass nothing.
        A plugin that has failed is left out when its policy says so, or gets a new VM.
        abi: 10.4
        """
        if len(self.plugins) < len(self._configs):
            raise RuntimeError("this host has not been started: call start() first")
        self._last_stream += 1
        stream_id = self._last_stream
        if info.start_time is None:
            info.start_time = self.services.clock.wall_ns() / 1e9
        filters = self._filters(HTTP_FILTER, plugins)
        limit = self._body_limit if info.body_limit is None else info.body_limit
        chain = self._streams[stream_id] = FilterChain(stream_id, info, filters, self._commands.append, limit)
        chain.plugins = plugins
        return stream_id

    def open_connection(self, info: StreamInfo) -> int:
        """The id of a new connection, which passes the network filters in order. `NewConnection` has to be its first event.

        Ids are one sequence for streams and connections. Plugins that have failed are treated as for streams.
        """
        self._last_stream += 1
        stream_id = self._last_stream
        info.protocol = None
        if info.start_time is None:
            info.start_time = self.services.clock.wall_ns() / 1e9
        self._connections[stream_id] = TcpChain(stream_id, info, self._filters(NETWORK_FILTER), self._commands.append)
        return stream_id

    def poll(self) -> list[Command]:
        """Tell plugins of the items that wait for them just now, and get what should be done."""
        for _ in range(len(self._ready)):
            self._tell_of_item()
        return self._take_commands()

    def feed(self, event: Event) -> list[Command]:
        """Tell what has happened, and get what should be done, in order. Events of streams that are over mean nothing."""
        kind = type(event)
        on_stream = FOR_STREAMS.get(kind)
        if on_stream is not None:
            chain = self._streams.get(event.stream_id)  # type: ignore[union-attr]
            if chain is not None:
                on_stream(chain, event)
                self._note_standstill(chain)
        elif kind in FOR_CONNECTIONS:
            connection = self._connections.get(event.stream_id)  # type: ignore[union-attr]
            if connection is not None:
                FOR_CONNECTIONS[kind](connection, event)
        else:
            if kind not in _FOR_HOST:
                raise TypeError(f"{event!r} is no event: proxyabi.events has them")
            _FOR_HOST[kind](self, event)
        return self._take_commands()

    def close(self) -> list[Command]:
        """Shut down: streams end, then plugins.

        A plugin whose guest asks for time keeps getting events until it says `proxy_done`.
        """
        for stream_id in list(self._streams):
            self._end_stream(StreamReset(stream_id))
            self._end_stream(StreamDone(stream_id))
        for stream_id in list(self._connections):
            self._end_connection(DownstreamClosed(stream_id, PeerType.LOCAL))
        for root in self._roots():
            root.shut_down()
        return self._take_commands()

    # Events that are not a stream's alone.

    def _end_stream(self, event: StreamDone | StreamReset) -> None:
        chain = self._streams.get(event.stream_id)
        if chain is None:
            return
        if isinstance(event, StreamReset):
            chain.on_stream_reset(event)
            return
        info = chain.info
        if info.duration is None and info.start_time is not None:
            info.duration = max(0.0, self.services.clock.wall_ns() / 1e9 - info.start_time)
        del self._streams[event.stream_id]
        self._held.pop(event.stream_id, None)
        chain.on_stream_done(event, partial(self._log, info, chain.properties, chain.plugins))
        self._let_go()

    def _end_connection(self, event: DownstreamClosed) -> None:
        connection = self._connections.pop(event.stream_id, None)
        if connection is None:
            return
        info = connection.info
        connection.on_closed(event)
        # Filters do not learn how long it took; loggers do.
        if info.duration is None and info.start_time is not None:
            info.duration = max(0.0, self.services.clock.wall_ns() / 1e9 - info.start_time)
        self._log(info, connection.properties)
        self._let_go()

    def _log(self, info: StreamInfo, properties: Mapping[bytes, bytes], plugins: Collection[int] | None = None) -> None:
        """Show a stream that is over to the access loggers: those with an id in *plugins*, or all."""
        if self._has_loggers:
            for root in self._roots(ACCESS_LOGGER, plugins):
                root.log_stream(info, properties)

    def _tick(self, event: Tick) -> None:
        root = self._root(event.plugin_id)
        if root is not None:
            root.tick()
            self._look_after_held(root)

    def _call_answered(self, event: HttpCallResponse) -> None:
        root = self._root(event.plugin_id)
        if root is not None:
            root.call_answered(event.call_id, event.headers, event.body, event.trailers)
            self._look_after_held(root)

    def _call_failed(self, event: HttpCallFailed) -> None:
        root = self._root(event.plugin_id)
        if root is not None:
            root.call_failed(event.call_id)
            self._look_after_held(root)

    def _grpc_metadata(self, event: GrpcInitialMetadata | GrpcTrailingMetadata) -> None:
        root = self._root(event.plugin_id)
        if root is not None:
            begins = isinstance(event, GrpcInitialMetadata)
            map_type = MapType.GRPC_CALL_INITIAL_METADATA if begins else MapType.GRPC_CALL_TRAILING_METADATA
            root.grpc_metadata(event.call_id, map_type, event.metadata, event.answer)
            self._look_after_held(root)

    def _grpc_message(self, event: GrpcMessage) -> None:
        root = self._root(event.plugin_id)
        if root is not None:
            root.grpc_message(event.call_id, event.message, event.answer)
            self._look_after_held(root)

    def _grpc_closed(self, event: GrpcClosed) -> None:
        root = self._root(event.plugin_id)
        if root is not None:
            root.grpc_closed(event.call_id, event.status, event.message)
            self._look_after_held(root)

    def _flush_stats(self, event: StatsFlush) -> None:
        """Show the metrics, the proxy's and the guests', to the stat sinks."""
        counters, gauges = list(event.counters), list(event.gauges)
        for metric in self.services.metrics.all():
            if metric.used and metric.type is not MetricType.HISTOGRAM:
                (counters if metric.type is MetricType.COUNTER else gauges).append((CUSTOM + metric.name, metric.value))
        grown = [(name, value, value - self._flushed.get(name, 0)) for name, value in counters]
        self._flushed.update(counters)
        snapshot = encode_snapshot(grown, gauges)
        for root in self._roots(STAT_SINK):
            root.stats_update(snapshot)

    # Inside.

    def _post(self, context: PluginContext, queue_id: int) -> None:
        """An item is there for one of our plugins: it hears of it when no guest call is running."""
        self._ready.append((context, queue_id))
        if self.wake is not None:
            self.wake()

    def _bring_up(self, plugin_id: int, config: PluginConfig) -> PluginRoot:
        """The started plugin of that configuration, in the VM that it shares or in one of its own."""
        key = vm_key(config)
        known = self._known_roots.get((key, root_key(config)))
        if known is not None:
            return known
        title = _title(config, plugin_id)
        vm = self._vms.get(key)
        if vm is None:
            vm = self._vms[key] = PluginVm(config, title, self._outside)
        root = self._known_roots[key, root_key(config)] = PluginRoot(vm, config, plugin_id, title)
        root.start()
        return root

    def _reload(self, plugin: Plugin) -> None:
        """Give a plugin whose guest has trapped a new VM, unless the last one is too young.

        abi: 10.4
        """
        config, old = plugin.config, plugin.root.vm
        now = self.services.clock.monotonic_ns()
        chance = int.from_bytes(self.services.random(4), "little") / (1 << 32)
        if now - plugin.last_load_ns < config.reload_seconds * (1 + chance / 2) * 1e9:
            plugin.reloads.held_back += 1
            return
        plugin.last_load_ns = now
        key = vm_key(config)
        if self._vms.get(key) is old:
            # Whoever shares the VM comes into the new one by its own reload; what is left of the old one is its streams.
            del self._vms[key]
            self._known_roots = {known: root for known, root in self._known_roots.items() if root.vm is not old}
            self._replaced.append(old)
            self._let_go()
            old.retire()
        try:
            plugin.root = self._bring_up(plugin.id, config)
        except (GuestError, PluginFailed, ConfigError) as error:
            plugin.reloads.failed += 1
            self._vms.pop(key, None)
            self._known_roots = {known: root for known, root in self._known_roots.items() if known[0] != key}
            self.services.log.host(LogLevel.ERROR, f"{plugin.name}: the plugin cannot be made anew: {error}")
        else:
            plugin.reloads.succeeded += 1
            self.services.log.host(LogLevel.WARN, f"{plugin.name}: the plugin has failed and runs in a new VM now")

    def _let_go(self) -> None:
        """Forget the replaced VMs in which no stream is left."""
        if self._replaced:
            self._replaced = [vm for vm in self._replaced if vm.stream_contexts()]

    def _take_commands(self) -> list[Command]:
        """What has come together. If nobody would poll, plugins hear of their items first."""
        if self.wake is None:
            for _ in range(MOST_ITEMS_AT_ONCE):
                if not self._ready:
                    break
                self._tell_of_item()
        commands = self._commands[:]
        del self._commands[:]
        return commands

    def _tell_of_item(self) -> None:
        context, queue_id = self._ready.popleft()
        for root in self._roots():
            if root.context is context and context.id in root.vm.contexts:
                root.queue_ready(queue_id)
                self._look_after_held(root)

    def _note_standstill(self, chain: FilterChain) -> None:
        if chain.is_held():
            chain.explain_standstill()
            if not chain.warned:
                self._held[chain.id] = chain
                return
        if self._held:
            self._held.pop(chain.id, None)

    def _look_after_held(self, root: PluginRoot) -> None:
        """A plugin has had its say: do the streams that it holds still have somebody to wait for?

        As long as it expects more itself they do, and nothing is looked at: there may be thousands.
        """
        if self._held and not root.expects_anything():
            for chain in list(self._held.values()):
                self._note_standstill(chain)

    def _root(self, plugin_id: int) -> PluginRoot | None:
        return self.plugins[plugin_id].root if 0 <= plugin_id < len(self.plugins) else None

    def _roots(self, kind: PluginKind | None = None, plugins: Collection[int] | None = None) -> list[PluginRoot]:
        """Every plugin context once, in order; those of one *kind*, and with an id in *plugins*, alone."""
        chosen = [p for p in self.plugins if kind in (None, p.config.kind) and (plugins is None or p.id in plugins)]
        return list({id(plugin.root): plugin.root for plugin in chosen}.values())

    def _filters(self, kind: PluginKind, plugins: Collection[int] | None = None) -> Iterator[tuple[PluginRoot, PluginConfig]]:
        """The filters of *kind* that a new stream passes: those with an id in *plugins*, or all.

        One that has failed is left out when its policy says so, or gets a new VM: one after the other, as the stream takes them,
        so that in a new VM that several share its context stands between their own.
        """
        for plugin in self.plugins:
            if plugin.config.kind is not kind or (plugins is not None and plugin.id not in plugins):
                continue
            if plugin.root.vm.failure is not None:
                if plugin.config.lets_pass:
                    continue
                if plugin.config.failure_policy is FailurePolicy.FAIL_RELOAD:
                    self._reload(plugin)
            yield plugin.root, plugin.config

    def _every_vm(self) -> list[PluginVm]:
        living = [plugin.root.vm for plugin in self.plugins]
        return list({id(vm): vm for vm in (*living, *self._replaced)}.values())


_FOR_HOST: Mapping[type[Event], Callable[[Host, Any], None]] = {
    StreamReset: Host._end_stream,
    StreamDone: Host._end_stream,
    HttpCallResponse: Host._call_answered,
    HttpCallFailed: Host._call_failed,
    DownstreamClosed: Host._end_connection,
    GrpcInitialMetadata: Host._grpc_metadata,
    GrpcTrailingMetadata: Host._grpc_metadata,
    GrpcMessage: Host._grpc_message,
    GrpcClosed: Host._grpc_closed,
    Tick: Host._tick,
    StatsFlush: Host._flush_stats,
}


def _new_vm(tier: str, config: PluginConfig) -> VmInterface:
    try:
        return load_vm(tier, limits=Limits(memory_pages=config.memory_bytes // PAGE_SIZE), seconds=config.start_seconds)
    except (TierUnavailable, ValueError) as error:
        raise ConfigError("tier", str(error)) from error


def _title(config: PluginConfig, plugin_id: int) -> str:
    """What messages call a plugin: its name, or where its code came from, or its place."""
    return config.name or config.code_path or f"plugin {plugin_id + 1}"
