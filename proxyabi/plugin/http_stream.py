"""One filter on one HTTP stream: its callbacks, and what their results mean.

Lives here: opening and closing the guest's windows on the stream around each callback, reading results, what happens to the
stream when the guest has failed, and the end of the context.
Not here: where the message goes after that (path.py), other filters and local replies (chain.py).

The three kinds of callback follow one plan: show the message, call the guest, read the result, let the guest's put-off wishes
act, close the window when the guest lets go. A guest that has failed is not called any more: its streams are answered with 503,
or pass untouched when the plugin is fail-open.

abi: 11 HTTP stream semantics, 10.5 What each trap does, 9.6 End of a context
"""

from __future__ import annotations

from typing import Protocol

from proxyabi.abi.types import DataAction, HeadersAction, LogLevel, TrailersAction
from proxyabi.config import PluginConfig
from proxyabi.context.buffer import Buffer
from proxyabi.context.context import LocalReply
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.stream_info import StreamInfo
from proxyabi.plugin.path import Hop, Path
from proxyabi.plugin.root import PluginRoot

__all__ = ["HttpStream", "Stream"]

REQUEST, RESPONSE = 0, 1

ON_HEADERS = ("proxy_on_request_headers", "proxy_on_response_headers")
ON_BODY = ("proxy_on_request_body", "proxy_on_response_body")
ON_TRAILERS = ("proxy_on_request_trailers", "proxy_on_response_trailers")
ON_METADATA = ("proxy_on_request_metadata", "proxy_on_response_metadata")
HEADERS_MAP = (0, 2)
TRAILERS_MAP = (1, 3)

HEADERS_ACTIONS = {int(action): action for action in HeadersAction} | {2: HeadersAction.CONTINUE}
"""What a headers callback's result counts as. Envoy has forgotten how to end a stream there, so 2 lets pass."""

FAILED = LocalReply(503, grpc_status=14, details="wasm_fail_stream")
"""What clients get for a stream whose guest has failed."""


SECOND_REPLY = (
    "proxy_send_local_response has no effect: {why}. A stream is answered once; return after the first call, and do not answer "
    "again in later callbacks"
)


class Stream(Protocol):
    """The stream as one of its filters sees it."""

    id: int
    info: StreamInfo
    properties: dict[bytes, bytes]
    paths: tuple[Path, Path]

    def reply(self, reply: LocalReply) -> None:
        """Answer the client from here."""

    def why_no_reply(self) -> str:
        """Why that would have no effect now, "" when it would have one."""

    def close(self) -> None:
        """Reset the stream."""


class HttpStream:
    """One filter's part in one stream."""

    __slots__ = (
        "_created",
        "_failed",
        "_plugin",
        "_root",
        "_stream",
        "_vm",
        "changed_body",
        "context",
        "hops",
        "info",
        "properties",
    )

    def __init__(self, root: PluginRoot, plugin: PluginConfig, stream: Stream) -> None:
        self.info = stream.info
        self.properties = stream.properties
        self._root = root
        self._plugin = plugin
        self._stream = stream
        self._vm = root.vm
        self._created = False
        self._failed = False
        self.changed_body = [False, False]
        """Whether the guest has changed the size of that direction's body."""
        self.context = root.vm.add_stream(root.context, self)
        self.hops: tuple[Hop, Hop]

    # What the stream does to the guest.

    def on_headers(self, direction: int, headers: HeaderMap, end_of_stream: bool) -> HeadersAction:
        """Show the guest a message's head.

        abi: proxy_on_request_headers, proxy_on_response_headers
        """
        if direction == REQUEST:
            self._create()
        elif not self._created or self._failed:
            return HeadersAction.CONTINUE
        context, vm = self.context, self._vm
        context.maps[HEADERS_MAP[direction]] = headers
        context.end_of_stream = end_of_stream
        result = None
        if vm.failure is None:
            vm.limit(self._plugin.callback_seconds)
            result = vm.guest.call(
                ON_HEADERS[direction],
                context,
                stream_context_id=context.id,
                num_headers=len(context.visible(headers)),
                end_of_stream=int(end_of_stream),
            )
        if vm.failure is not None:
            action = HeadersAction.CONTINUE if self._fail() else HeadersAction.STOP_ALL_ITERATION_AND_WATERMARK
        elif vm.stop_next:
            action = HeadersAction.STOP_ALL_ITERATION_AND_WATERMARK
        else:
            action = HEADERS_ACTIONS.get(result or 0, HeadersAction.STOP_ALL_ITERATION_AND_WATERMARK)
            if action is HeadersAction.PAUSE and not self._plugin.allow_on_headers_stop_iteration:
                action = HeadersAction.STOP_ALL_ITERATION_AND_WATERMARK
        vm.settle()
        if action is HeadersAction.CONTINUE:
            context.maps[HEADERS_MAP[direction]] = None
        return action

    def on_data(self, direction: int, data: Buffer, end_of_stream: bool) -> DataAction:
        """Show the guest a piece of body, or all that waits when it has asked for that.

        abi: proxy_on_request_body, proxy_on_response_body
        """
        if not self._created or (direction == RESPONSE and self._failed):
            return DataAction.CONTINUE
        context, vm, path = self.context, self._vm, self._stream.paths[direction]
        if context.buffering[direction]:
            path.streaming = False
            path.hold_back(data)
            if direction == RESPONSE and path.stopped:
                # The body has become too large just now. A response ends with that; a request is refused once the guest returns.
                return DataAction.PAUSE
        context.bodies[direction] = data
        context.end_of_stream = end_of_stream
        result = None
        if vm.failure is None:
            body = context.body(direction)
            size = 0 if body is None else len(body)
            result = vm.guest.call(
                ON_BODY[direction],
                context,
                stream_context_id=context.id,
                body_size=size,
                end_of_stream=int(end_of_stream),
            )
            if body is not None and len(body) != size:
                self.changed_body[direction] = True
        if vm.failure is not None:
            action = DataAction.CONTINUE if self._fail() else DataAction.STOP_ITERATION_NO_BUFFER
        else:
            action = DataAction.STOP_ITERATION_NO_BUFFER if vm.stop_next else DataAction(result or 0)
        vm.settle()
        context.buffering[direction] = action is DataAction.PAUSE
        if action is DataAction.CONTINUE:
            context.bodies[direction] = None
        return action

    def on_trailers(self, direction: int, trailers: HeaderMap) -> TrailersAction:
        """Show the guest a message's trailers.

        abi: proxy_on_request_trailers, proxy_on_response_trailers
        """
        if not self._created or (direction == RESPONSE and self._failed):
            return TrailersAction.CONTINUE
        context, vm = self.context, self._vm
        context.maps[TRAILERS_MAP[direction]] = trailers
        result = None
        if vm.failure is None:
            count = len(context.visible(trailers))
            result = vm.guest.call(ON_TRAILERS[direction], context, stream_context_id=context.id, num_trailers=count)
        if vm.failure is not None:
            action = TrailersAction.CONTINUE if self._fail() else TrailersAction.PAUSE
        else:
            action = TrailersAction.PAUSE if vm.stop_next else TrailersAction(result or 0)
        vm.settle()
        if action is TrailersAction.CONTINUE:
            context.maps[TRAILERS_MAP[direction]] = None
        return action

    def on_metadata(self, direction: int, metadata: HeaderMap) -> None:
        """Tell the guest how much metadata passes; there is no map to read it from, and the result means nothing.

        abi: proxy_on_request_metadata, proxy_on_response_metadata
        """
        if not self._created or (direction == RESPONSE and self._failed):
            return
        context, vm = self.context, self._vm
        if vm.failure is None:
            vm.guest.call(ON_METADATA[direction], context, stream_context_id=context.id, num_elements=len(metadata))
        if vm.failure is not None:
            self._fail()
        vm.settle()

    def log(self) -> None:
        """The stream is over: let the guest log it. A context that never saw headers is created first.

        abi: 9.7
        """
        self._create()
        context, vm = self.context, self._vm
        context.in_log_phase = True
        if vm.failure is None:
            vm.guest.call("proxy_on_log", context, context_id=context.id)
            vm.settle()
        context.in_log_phase = False

    def delete(self) -> None:
        """End the guest's context: done, whose result does not matter for a stream, then delete.

        abi: 9.6
        """
        context, vm = self.context, self._vm
        if vm.failure is None:
            vm.guest.call("proxy_on_done", context, context_id=context.id)
            vm.settle()
        if vm.failure is None:
            vm.guest.call("proxy_on_delete", context, context_id=context.id)
            vm.settle()
        vm.drop_context(context)
        context.untie()
        del self.hops

    # What the guest does to the stream.

    def held_body(self, direction: int) -> Buffer | None:
        """The body that waits on that side of the stream, whoever holds it."""
        return self._stream.paths[direction].held

    def add_trailers(self, direction: int) -> HeaderMap:
        """Let that side end with trailers, empty so far."""
        return self._stream.paths[direction].add_trailers()

    def resume(self, direction: int) -> None:
        """Go on behind this filter."""
        hop = self.hops[direction]
        self._stream.paths[direction].resume(hop)

    def reply(self, reply: LocalReply) -> None:
        """Answer the client from here."""
        why = self._stream.why_no_reply()
        if why:
            self.warn(SECOND_REPLY.format(why=why))
        self._stream.reply(reply)

    def close(self) -> None:
        """Reset the stream."""
        self._stream.close()

    # For people.

    def waits_in_vain(self) -> bool:
        """Whether nothing that the host knows of will make this filter's guest run again for a stream that it holds."""
        return not self._root.expects_anything()

    def waits_for_body(self, direction: int) -> bool:
        """Whether the guest holds the headers of a message whose body it has a callback for, and has not seen."""
        headers_held = self.context.maps[HEADERS_MAP[direction]] is not None and not self.context.end_of_stream
        return headers_held and self.context.bodies[direction] is None and self._vm.guest.has(ON_BODY[direction])

    def warn(self, message: str) -> None:
        """Write a line of the host's own about this filter on this stream."""
        self._vm.host_log(LogLevel.WARN, f"{self._root.title}: stream {self._stream.id} (context {self.context.id}): {message}")

    # Inside.

    def _create(self) -> None:
        if self._created:
            return
        context, vm = self.context, self._vm
        if vm.failure is None:
            vm.guest.call("proxy_on_context_create", context, context_id=context.id, parent_context_id=context.parent_id)
            vm.settle()
        self._created = True

    def _fail(self) -> bool:
        """What a stream does whose guest has failed. True when it goes on without the guest."""
        if self._plugin.fail_open:
            return True
        if not self._failed:
            self._failed = True
            self._stream.reply(FAILED)
        return False
