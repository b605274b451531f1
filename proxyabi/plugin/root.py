"""A plugin in its VM: start, ticks, queues, answers to calls, logs, statistics, shutdown.

Lives here: the callbacks that run for a plugin as a whole, and what is open to the guest while they do.
Not here: streams (http_stream.py, tcp_stream.py), calls that wait (context.calls, context.grpc_calls), timers that run (the
driver).

abi: 9.3 Start-up order, 9.6 End of a context, 15 Callouts, gRPC, timers, 18 Log-only, singleton and stats plugins
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from proxyabi.abi.types import LogLevel, MapType, Status
from proxyabi.config import PluginConfig
from proxyabi.context.buffer import Buffer
from proxyabi.context.calls import CallAnswer
from proxyabi.context.events import GrpcAnswer
from proxyabi.context.grpc_calls import is_call
from proxyabi.context.header_map import HeaderMap, arrived
from proxyabi.context.stream_info import StreamInfo
from proxyabi.errors import PluginFailed, VmState
from proxyabi.plugin.vm import NO_PEER, PluginVm

__all__ = ["PluginRoot", "RootKey", "root_key"]

RootKey: TypeAlias = tuple[str, bytes, str]

U32 = 1 << 32
AS_OF_A_RESPONSE = {
    MapType.GRPC_CALL_INITIAL_METADATA: MapType.HTTP_RESPONSE_HEADERS,
    MapType.GRPC_CALL_TRAILING_METADATA: MapType.HTTP_RESPONSE_TRAILERS,
}
"""Metadata is kept as the headers and trailers that it is on the wire."""


def root_key(config: PluginConfig) -> RootKey:
    """Plugins in one VM for which this is equal share a plugin context.

    abi: 9.2
    """
    return (config.root_id, config.configuration, config.name)


class PluginRoot:
    """A plugin in its VM. *title* is what messages call it."""

    def __init__(self, vm: PluginVm, plugin: PluginConfig, plugin_id: int, title: str) -> None:
        self.vm = vm
        self.plugin = plugin
        self.title = title
        self.context = vm.add_plugin(plugin, plugin_id)

    def start(self) -> None:
        """Make the plugin ready for streams.

        raises: PluginFailed when the guest refuses or traps.
        abi: 9.3
        """
        vm, context, plugin = self.vm, self.context, self.plugin
        vm.limit(plugin.start_seconds)
        context.configuration_is_open = True
        self._starting("proxy_on_context_create", context_id=context.id, parent_context_id=0)
        context.configuration_is_open = False
        self._starting("proxy_on_vm_start", plugin_context_id=context.id, vm_configuration_size=len(plugin.vm_configuration))
        context.configuration_is_open = True
        self._starting("proxy_on_configure", plugin_context_id=context.id, plugin_configuration_size=len(plugin.configuration))
        context.configuration_is_open = False
        vm.limit(plugin.callback_seconds)

    def tick(self) -> None:
        """The timer is due.

        abi: 15.3
        """
        self._call("proxy_on_tick", plugin_context_id=self.context.id)

    def queue_ready(self, queue_id: int) -> None:
        """There is an item in a queue that this plugin receives.

        abi: 15.5
        """
        self._call("proxy_on_queue_ready", plugin_context_id=self.context.id, queue_id=queue_id)

    def call_answered(self, call_id: int, headers: HeaderMap, body: bytes, trailers: HeaderMap) -> None:
        """An HTTP call was answered. The answer can be read until the guest returns.

        abi: 15.1
        """
        if not self.vm.calls.take(self.context.id, call_id):
            return
        headers = arrived(headers, MapType.HTTP_RESPONSE_HEADERS)
        trailers = arrived(trailers, MapType.HTTP_RESPONSE_TRAILERS)
        self.context.answer = CallAnswer(headers, Buffer(body), trailers)
        # First in the queue, so that nothing the guest has put off finds the answer still there.
        self.vm.defer(self._forget_answer)
        self._call(
            "proxy_on_http_call_response",
            plugin_context_id=self.context.id,
            call_id=call_id,
            num_headers=len(headers),
            body_size=len(body),
            num_trailers=len(trailers),
        )

    def call_failed(self, call_id: int) -> None:
        """An HTTP call came to nothing. The code of the failure stays readable after the callback, its text does not.

        abi: 15.1, 6.3 proxy_get_status
        """
        if not self.vm.calls.take(self.context.id, call_id):
            return
        self.context.status = (Status.BROKEN_CONNECTION, "reset")
        self.vm.defer(self._forget_status_text)
        self._call(
            "proxy_on_http_call_response",
            plugin_context_id=self.context.id,
            call_id=call_id,
            num_headers=0,
            body_size=0,
            num_trailers=0,
        )

    def grpc_metadata(self, call_id: int, map_type: MapType, metadata: HeaderMap, answer: GrpcAnswer) -> None:
        """The answer of a gRPC stream has begun, or has ended, with *metadata*; *answer* is how far it is.

        abi: 15.2
        """
        vm = self.vm
        if vm.grpc.awaits(self.context.id, call_id):
            vm.grpc.tell(call_id, answer)
            vm.limit(self.plugin.callback_seconds)
            vm.tell_grpc_metadata(self.context, call_id, map_type, arrived(metadata, AS_OF_A_RESPONSE[map_type]))

    def grpc_message(self, call_id: int, message: bytes, answer: GrpcAnswer) -> None:
        """A message has come on a gRPC stream, or is the answer to a call, whose id is still known to the guest while it reads
        it.

        abi: 15.2
        """
        vm, context = self.vm, self.context
        if not vm.grpc.awaits(context.id, call_id):
            return
        vm.grpc.tell(call_id, answer)
        context.grpc_message = Buffer(message)
        if is_call(call_id):
            vm.grpc.end(call_id)
        vm.limit(self.plugin.callback_seconds)
        if vm.failure is None:
            vm.guest.call(
                "proxy_on_grpc_receive", context, plugin_context_id=context.id, call_id=call_id, message_size=len(message)
            )
        context.grpc_message = None
        if is_call(call_id):
            vm.grpc.forget(call_id)
        vm.settle()

    def grpc_closed(self, call_id: int, status: int, message: str) -> None:
        """A gRPC call has failed, or a stream has ended. The guest knows the id while it is told.

        abi: 15.2
        """
        vm, context = self.vm, self.context
        if not vm.grpc.awaits(context.id, call_id):
            return
        if vm.grpc.was_late(call_id):
            message = NO_PEER[1]
        vm.grpc.end(call_id)
        vm.limit(self.plugin.callback_seconds)
        vm.tell_grpc_closed(context, call_id, status % U32, message)
        vm.grpc.forget(call_id)

    def log_stream(self, info: StreamInfo, properties: Mapping[bytes, bytes]) -> None:
        """As an access logger: a stream is over. Its maps and properties can be read until the guest returns.

        abi: 18.1
        """
        context = self.context
        context.stream_info, context.logged_properties, context.in_log_phase = info, properties, True
        try:
            self._call("proxy_on_log", context_id=context.id)
        finally:
            context.stream_info, context.logged_properties, context.in_log_phase = None, None, False

    def stats_update(self, snapshot: bytes) -> None:
        """As a stat sink: this is how the metrics stand.

        abi: 18.4
        """
        self.context.arguments = Buffer(snapshot)
        self.context.last_buffer = None
        self.vm.defer(self._forget_arguments)
        self._call("envoy_on_stats_update", plugin_context_id=self.context.id, snapshot_size=len(snapshot))

    def shut_down(self) -> None:
        """End the plugin, at once or, when the guest asks for time, once it calls `proxy_done`.

        abi: 9.6
        """
        vm, context = self.vm, self.context
        if context.id in vm.leaving or context.id not in vm.contexts:
            return
        done: int | None = 1
        if vm.failure is None and vm.guest.has("proxy_on_done"):
            vm.leaving[context.id] = context
            done = vm.guest.call("proxy_on_done", context, context_id=context.id)
            vm.settle()
        if vm.failure is not None or done:
            # The guest may have called proxy_done in the meantime, which has ended the context.
            vm.leaving.pop(context.id, None)
            if context.id in vm.contexts:
                vm.delete_plugin(context)

    def expects_anything(self) -> bool:
        """Whether an answer or a tick is on its way to the guest, for whichever of its plugins."""
        if self.vm.failure is not None:
            return False
        return len(self.vm.calls) > 0 or len(self.vm.grpc) > 0 or self.vm.has_timer()

    def warn(self, message: str) -> None:
        """Write a line of the host's own about this plugin."""
        self.vm.host_log(LogLevel.WARN, f"{self.title}: {message}")

    def _call(self, name: str, **arguments: int) -> None:
        vm = self.vm
        if vm.failure is None and self.context.id in vm.contexts:
            vm.limit(self.plugin.callback_seconds)
            vm.guest.call(name, self.context, **arguments)
        vm.settle()

    def _starting(self, name: str, **arguments: int) -> None:
        vm = self.vm
        result = vm.guest.call(name, self.context, **arguments)
        vm.settle()
        if vm.failure is not None:
            raise PluginFailed(self.title, name, vm.failure, context_id=self.context.id) from vm.trap
        if result == 0 and name != "proxy_on_context_create":
            vm.state = VmState.START_FAILED if name == "proxy_on_vm_start" else VmState.CONFIGURE_FAILED
            remedy = "it refuses the VM configuration" if name == "proxy_on_vm_start" else "it refuses the plugin configuration"
            raise PluginFailed(
                self.title,
                name,
                f"the filter returned false: {remedy}. Its own log lines above tell why, if it has any",
                context_id=self.context.id,
                state=vm.state,
            )

    def _forget_answer(self) -> None:
        self.context.answer = None

    def _forget_arguments(self) -> None:
        self.context.arguments = None

    def _forget_status_text(self) -> None:
        self.context.status = (self.context.status[0], "")
