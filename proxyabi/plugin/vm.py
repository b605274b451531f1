"""A module alive: one VM with all the plugins and streams that live in it.

Lives here: from a module's bytes to a started guest; the contexts of the VM and their ids; which of them is current; what is
put off until the guest has returned; and the end that a trap makes of it all.
Not here: callbacks of plugins and streams (root.py, http_stream.py), what host functions do (hostcalls).

One VM has one current context: that of the callback that runs. A guest may name another one for the rest of the callback. Outside
callbacks the VM's own is current. A guest that has trapped once is never called again; its contexts stay, so that streams can be
answered.

abi: 2 Loading, linking and start, 9.4 Current and effective context, 9.5 Deferred actions
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias, cast

import proxyabi.hostcalls  # noqa: F401 - importing the room registers the handlers
from proxyabi.abi.types import LogLevel, MapType
from proxyabi.abi.versions import VERSIONS, AbiVersion, surface
from proxyabi.config import PluginConfig
from proxyabi.context.calls import HttpCalls
from proxyabi.context.commands import Command, SetTickPeriod
from proxyabi.context.context import Context, HttpContext, PluginContext, StreamControl
from proxyabi.context.grpc_calls import GrpcCalls
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.ports import ContextPort
from proxyabi.context.tcp_context import ConnectionControl, TcpContext
from proxyabi.demangle import demangle
from proxyabi.errors import GuestError, VmState
from proxyabi.hostcalls.marshal import bind
from proxyabi.hostcalls.stubs import bind_restricted, is_restrictable
from proxyabi.plugin.guest import Guest, stub_import
from proxyabi.plugin.preflight import Findings, examine, is_hideable, signature_of
from proxyabi.services.metrics import VmMetrics
from proxyabi.services.services import Services
from proxyabi.trace import Trace
from proxyabi.vms.null import NullVm
from pywasm_vm import Invalid, Malformed, Module, Trap, Unlinkable, VmInterface, WasmError, WasmException

__all__ = ["Outside", "PluginVm", "VmFactory", "VmKey", "vm_key"]

VmFactory: TypeAlias = Callable[[PluginConfig], VmInterface]
"""Makes the empty VM for a plugin."""

VmKey: TypeAlias = tuple[object, ...]

COMPONENT = b"\0asm\x0d\0\1\0"
DEEPEST_BACKTRACE = 20
LARGEST_ID = (1 << 32) - 1
ON_METADATA = {
    MapType.GRPC_CALL_INITIAL_METADATA: "proxy_on_grpc_receive_initial_metadata",
    MapType.GRPC_CALL_TRAILING_METADATA: "proxy_on_grpc_receive_trailing_metadata",
}
NO_CLUSTER = (14, "Cluster not available")
"""The gRPC status and text of a call to a cluster that does not exist."""
NO_PEER = (13, "upstream_reset_before_response_started")
"""Those of a stream on which the guest has sent when its peer was gone."""


def vm_key(config: PluginConfig) -> VmKey:
    """Plugins for which this is equal share a VM.

    Those that are kept from different things do not, and those of which a process has one live apart from those of workers.

    abi: 9.2, 18
    """
    environment = tuple(sorted(config.environment.items())), config.host_env_keys
    kept_from = config.allowed_capabilities, config.hide, config.memory_bytes, config.drafts, config.stub_imports
    return (config.vm_id, config.vm_configuration, config.code, *environment, *kept_from, config.kind.single)


@dataclass(frozen=True)
class Outside:
    """What a VM gets from the host it belongs to.

    *send* takes commands for the driver; *post* takes (plugin context, queue id), to be delivered when no guest call is running.
    """

    services: Services
    clusters: Collection[str]
    trace: Trace | None
    make_vm: VmFactory
    send: Callable[[Command], None]
    post: Callable[[PluginContext, int], None]


class PluginVm:
    """One guest and its contexts. *title* is what messages call the plugin that brings it up.

    raises: GuestError, with everything that is wrong with the module.
    """

    def __init__(self, config: PluginConfig, title: str, outside: Outside) -> None:
        self.services = outside.services
        self.metrics = VmMetrics(outside.services.metrics)
        self.calls = HttpCalls(outside.clusters, outside.send)
        self.grpc = GrpcCalls(outside.clusters, outside.send, self._grpc_refused, self._grpc_ended)
        self.trace = outside.trace
        self.vm_id = config.vm_id
        self.vm_configuration = config.vm_configuration
        self.environment = config.variables(outside.services.host_environment)
        self.state = VmState.OK
        self.callback = ""
        self.refusal: tuple[str, str, str] | None = None
        self.stop_next = False
        self.failure: str | None = None
        """What the guest died of, None while it lives."""
        self.trap: WasmError | None = None
        """What it was that killed it."""
        self.vm_context = Context(0, self)
        self.current: Context = self.vm_context
        self.effective_id = 0
        self.contexts: dict[int, Context] = {0: self.vm_context}
        self._plugins: dict[int, PluginContext] = {}
        """Those of the contexts that are plugins'."""
        self.leaving: dict[int, PluginContext] = {}
        """Plugin contexts whose guest has said that it needs time to shut down."""
        self._title = title
        self._outside = outside
        self._last_id = 0
        self._put_off: deque[Callable[[], None]] = deque()
        self._seconds: float | None = None
        self._stubbed: frozenset[tuple[str, str]] = frozenset()
        self.loaded_ns = outside.services.clock.monotonic_ns()
        """When it was made, for the back-off of reloads."""
        self.vm = outside.make_vm(config)
        self.version = self._examine(config)
        self.guest = self._load(config)

    # Loading.

    def _examine(self, config: PluginConfig) -> AbiVersion:
        if isinstance(self.vm, NullVm):
            spoken = getattr(self.vm.plugin, "abi_version", str(VERSIONS[-1]))
            return next((version for version in VERSIONS if str(version) == spoken), VERSIONS[-1])
        if config.code.startswith(COMPONENT):
            raise GuestError(
                f"{self._title}: this is a WebAssembly component; a Proxy-Wasm filter is a core module. "
                "Build for a target without the component model, wasm32-wasip1 for instance"
            )
        try:
            module = Module.decode(config.code, validate="never")
        except (Malformed, Invalid) as error:
            raise self._no_module(config.code, error) from error
        findings = examine(module, drafts=config.drafts, stubs=config.stub_imports, allows=config.allows)
        if findings.problems or findings.version is None:
            raise self._refused(findings.problems, findings)
        for item in findings.unresolved:
            self.vm.register_callback(item.module, item.name, signature_of(item.type), stub_import(item.module, item.name))
            self.host_log(LogLevel.WARN, f"{self._title}: {item.module}.{item.name} is a stub, and traps when it is called")
        self._stubbed = frozenset((item.module, item.name) for item in findings.unresolved)
        return findings.version

    def _load(self, config: PluginConfig) -> Guest:
        """Load, link and start the module."""
        vm = self.vm
        scope = surface(self.version)
        callbacks = {name: row for name, row in scope.callbacks.items() if config.allows(name) or not is_hideable(name)}
        guest = Guest(vm, callbacks, self)
        current = cast(Callable[[], ContextPort], self.effective)
        for key, row in scope.hostcalls.items():
            if key not in self._stubbed:
                kept = is_restrictable(row) and not config.allows(row.name)
                bound = (bind_restricted if kept else bind)(row, guest, current, self.trace)
                vm.register_callback(row.module, row.name, row.signature, bound)
        try:
            vm.load(config.code)
            self.limit(config.start_seconds)
            vm.link(config.name or self._title)
        except (Malformed, Invalid) as error:
            raise self._no_module(config.code, error) from error
        except Unlinkable as error:
            raise self._refused(error.problems) from error
        except WasmError as error:
            raise GuestError(f"{self._title}: the module's start section failed: {error}") from error
        guest.look_up()
        guest.start()
        if self.failure is not None:
            raise GuestError(f"{self._title}: the module's start function failed: {self.failure}", state=VmState.RUNTIME_ERROR)
        return guest

    def _no_module(self, code: bytes, error: Exception) -> GuestError:
        if code[:4] != b"\0asm":
            begins = f"it begins with {code[:8]!r}" if code else "it is empty"
            is_text = code.lstrip()[:1] in (b"(", b";")
            remedy = ". It looks like the text format; `pywasm-vm wat2wasm` makes a module of it" if is_text else ""
            return GuestError(f"{self._title}: not a WebAssembly module: {begins}, a module begins with b'\\x00asm'{remedy}")
        return GuestError(f"{self._title}: not a WebAssembly module that this VM can run: {error}")

    def _refused(self, problems: Sequence[str], findings: Findings | None = None) -> GuestError:
        told = f" {problems[0]}" if len(problems) == 1 else "".join(f"\n  - {problem}" for problem in problems)
        text = f"{self._title}: Envoy would not load this module, and neither does this host:{told}"
        if findings is not None and findings.unresolved:
            text += "\nTo run it all the same, as long as it calls none of those imports: --stub-imports (stub_imports=True)"
        lacks = findings is not None and findings.no_allocator and len(problems) == 1
        return GuestError(text, state=VmState.MISSING_FUNCTION if lacks else VmState.UNABLE_TO_INITIALIZE_CODE)

    def limit(self, seconds: float | None) -> None:
        """Bound each following call into the guest; None bounds nothing."""
        if seconds != self._seconds:
            self.vm.set_deadline(seconds)
            self._seconds = seconds

    # Contexts.

    def add_plugin(self, plugin: PluginConfig, plugin_id: int) -> PluginContext:
        """A new plugin context."""
        context = PluginContext(self._free_id(), self, plugin, plugin_id)
        self.contexts[context.id] = self._plugins[context.id] = context
        return context

    def add_stream(self, parent: PluginContext, stream: StreamControl) -> HttpContext:
        """A new stream context of a plugin."""
        context = HttpContext(self._free_id(), parent, stream)
        self.contexts[context.id] = context
        return context

    def add_connection(self, parent: PluginContext, connection: ConnectionControl) -> TcpContext:
        """A new context of a plugin for a connection."""
        context = TcpContext(self._free_id(), parent, connection)
        self.contexts[context.id] = context
        return context

    def drop_context(self, context: Context) -> None:
        """The context has ended."""
        if self.contexts.pop(context.id, None) is not None and not context.parent_id:
            del self._plugins[context.id]

    def stream_contexts(self) -> int:
        """How many contexts of streams and connections there are."""
        return len(self.contexts) - len(self._plugins) - 1

    def has_timer(self) -> bool:
        """Whether the timer of any plugin here is running."""
        return any(context.tick_seconds for context in self._plugins.values())

    def _free_id(self) -> int:
        """The next id, counted from 1; ids in use are passed over when the count begins anew.

        abi: 9.1
        """
        while True:
            self._last_id = self._last_id + 1 if self._last_id < LARGEST_ID else 1
            if self._last_id not in self.contexts:
                return self._last_id

    def effective(self) -> Context:
        """The context that host functions work for: the one the guest has named, as long as it exists, else the current one."""
        if self.effective_id:
            named = self.contexts.get(self.effective_id)
            if named is not None:
                return named
        return self.current

    def current_context(self) -> ContextPort:
        """The context that the running callback was called for."""
        return cast(ContextPort, self.current)

    def set_effective_context(self, context_id: int) -> bool:
        """Let host functions work for *context_id* until the current guest call ends. False when there is no such context."""
        if context_id not in self.contexts:
            return False
        self.effective_id = context_id
        return True

    # What waits until the guest has returned.

    def defer(self, action: Callable[[], None]) -> None:
        """Do it once the running guest call has ended and its result was read."""
        self._put_off.append(action)

    def settle(self) -> None:
        """A guest call has ended and its result was read: do what was put off, in order. More may come while it is done."""
        self.stop_next = False
        put_off = self._put_off
        while put_off:
            put_off.popleft()()

    def arm_timer(self, root: PluginContext, seconds: float) -> None:
        """Set the timer of *root*; 0 stops it. Without a callback for it there is nothing to arm."""
        if self.guest.has("proxy_on_tick"):
            self._outside.send(SetTickPeriod(root.plugin_id, seconds))

    def post_queue_ready(self, root: PluginContext, queue_id: int) -> None:
        """Tell *root* of an item once no guest call is running."""
        self._outside.post(root, queue_id)

    def _grpc_refused(self, context_id: int, call_id: int) -> None:
        """Tell a plugin, once its guest has returned, of a gRPC call that could not be begun; the guest has no id for it.

        abi: 15.2 Synchronous failure
        """
        context = self.contexts.get(context_id)
        if isinstance(context, PluginContext):
            self.defer(partial(self.tell_grpc_closed, context, call_id, *NO_CLUSTER))

    def _grpc_ended(self, context_id: int, call_id: int) -> None:
        """Tell a plugin, inside the host function that it has called, that there is no peer any more, and the rest later.

        abi: 15.2 Send
        """
        context = self.contexts.get(context_id)
        if isinstance(context, PluginContext):
            self.tell_grpc_metadata(context, call_id, MapType.GRPC_CALL_TRAILING_METADATA, HeaderMap())
            context.grpc_message = None
            self.defer(partial(self.tell_grpc_closed, context, call_id, *NO_PEER))

    def tell_grpc_metadata(self, context: PluginContext, call_id: int, map_type: MapType, metadata: HeaderMap) -> None:
        """The answer of a gRPC stream has begun, or has ended, with *metadata*, which can be read until the guest returns.

        abi: 15.2
        """
        context.grpc_maps[map_type] = metadata
        if self.failure is None:
            self.guest.call(
                ON_METADATA[map_type], context, plugin_context_id=context.id, call_id=call_id, num_elements=len(metadata)
            )
        context.grpc_maps.pop(map_type, None)
        self.settle()

    def tell_grpc_closed(self, context: PluginContext, call_id: int, status: int, text: str) -> None:
        """A gRPC call has failed, or a stream has ended. The code stays readable after the callback, the text does not.

        abi: 15.2, 6.3 proxy_get_status
        """
        if self.guest.has("proxy_on_grpc_close"):
            context.status = (status, text)
            if self.failure is None:
                self.guest.call("proxy_on_grpc_close", context, plugin_context_id=context.id, call_id=call_id, status_code=status)
            context.status = (status, "")
        self.settle()

    def finish_shutdown(self, root: PluginContext) -> bool:
        """End the shutdown of *root* that waits for `proxy_done`. False when none waits.

        abi: 9.6
        """
        if self.leaving.pop(root.id, None) is None:
            return False
        self.defer(lambda: self.delete_plugin(root))
        return True

    def delete_plugin(self, root: PluginContext) -> None:
        """End a plugin context: its calls and its timer with it."""
        if self.failure is None:
            self.guest.call("proxy_on_delete", root, context_id=root.id)
            self.settle()
        self.calls.cancel_all(root.id)
        self.grpc.cancel_all(root.id)
        if root.tick_seconds:
            self.arm_timer(root, 0)
        self.drop_context(root)

    def retire(self) -> None:
        """Another VM takes this one's place: nobody waits any more for what its plugins have begun."""
        for context in self._plugins.values():
            self.calls.cancel_all(context.id)
            self.grpc.cancel_all(context.id)
            if context.tick_seconds:
                self._outside.send(SetTickPeriod(context.plugin_id, 0))

    # What goes to the log.

    def log(self, level: LogLevel, prefix: str, message: str) -> None:
        """Write one line of the guest's."""
        self.services.log.guest(level, prefix, message)
        if self.trace is not None:
            self.trace.log(self.effective().id, level, message)

    def host_log(self, level: LogLevel, message: str) -> None:
        """Write one line of the host's own."""
        self.services.log.host(level, message)

    # The end.

    def fail(self, callback: str, context_id: int, error: WasmError) -> None:
        """The guest has trapped in *callback*: it is not called any more. The first trap is the one that counts.

        abi: 2.6, 10.5
        """
        text = f"Function: {callback} failed: Uncaught RuntimeError: {error}{_backtrace(error)}"
        if self.failure is None:
            self.failure, self.trap, self.state = text, error, VmState.RUNTIME_ERROR
        self.host_log(LogLevel.ERROR, text)
        self._explain(callback, context_id)

    def _explain(self, callback: str, context_id: int) -> None:
        """Tell what may have led to a trap: SDKs end a filter for statuses and for bytes that they do not expect."""
        if self.refusal is not None:
            function, status, reason = self.refusal
            self.host_log(
                LogLevel.WARN,
                f"{self._title}: before {callback} failed, {function} answered {status}: {reason}. "
                "If the filter does not expect that status, its SDK ends it",
            )
        context = self.contexts.get(context_id)
        for headers in context.maps if isinstance(context, HttpContext) else ():
            for name, value in headers or ():
                if not _is_text(value):
                    self.host_log(
                        LogLevel.WARN,
                        f"{self._title}: the value of {name.decode('utf-8', 'backslashreplace')} is no UTF-8 text, which ends "
                        "Rust filters that read it as a string; the functions that give bytes can read it",
                    )


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _written(function: int, name: str | None) -> str:
    return demangle(name) if name else f"unknown(function index:{function})"


def _backtrace(error: WasmError) -> str:
    """The guest's frames as Envoy prints them, "" when they are not known."""
    frames = error.frames[:DEEPEST_BACKTRACE] if isinstance(error, Trap | WasmException) else ()
    lines = [
        f"{number:3}:  {'0x?' if offset is None else hex(offset)} - {_written(function, name)}"
        for number, (function, name, offset) in enumerate(frames)
    ]
    return "\nProxy-Wasm plugin in-VM backtrace:\n" + "\n".join(lines) if lines else ""
