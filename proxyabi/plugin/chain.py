"""A stream and its filters: the request walks through them in order, the response in reverse.

Lives here: both ends of both paths, local replies, resets, and the end of the stream.
Not here: the walk itself (path.py) and the guests (http_stream.py).

A local reply before there is a response walks through the response filters like one; when a response is known but not sent it
takes that one's place past all filters; when headers are sent already, all that is left is to reset the stream.

abi: 11 HTTP stream semantics
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from proxyabi.abi.types import MapType
from proxyabi.config import PluginConfig
from proxyabi.context.commands import (
    AbandonUpstream,
    Command,
    Direction,
    ForwardMetadata,
    ForwardRequestBody,
    ForwardRequestHeaders,
    ForwardRequestTrailers,
    ForwardResponseBody,
    ForwardResponseHeaders,
    ForwardResponseTrailers,
    PauseReading,
    ResetStream,
    ResumeReading,
)
from proxyabi.context.context import LocalReply
from proxyabi.context.events import (
    RequestBody,
    RequestHeaders,
    RequestMetadata,
    RequestRefused,
    RequestTrailers,
    ResponseBody,
    ResponseHeaders,
    ResponseMetadata,
    ResponseTrailers,
    StreamDone,
    StreamReset,
    UpstreamFailed,
)
from proxyabi.context.header_map import HeaderMap, arrived, decimal
from proxyabi.context.response_flags import flags_of
from proxyabi.context.stream_info import StreamInfo
from proxyabi.plugin.http_stream import REQUEST, RESPONSE, HttpStream
from proxyabi.plugin.local_reply import is_grpc, prepare
from proxyabi.plugin.path import HOLDS_ALL, Hold, Hop, Path
from proxyabi.plugin.root import PluginRoot

__all__ = ["BODY_LIMIT", "FilterChain"]

BODY_LIMIT = 1 << 20
"""Bytes of body that may wait in one direction, Envoy's default."""

DIRECTIONS: tuple[Direction, Direction] = ("request", "response")
FORWARD_HEADERS = (ForwardRequestHeaders, ForwardResponseHeaders)
FORWARD_BODY = (ForwardRequestBody, ForwardResponseBody)
FORWARD_TRAILERS = (ForwardRequestTrailers, ForwardResponseTrailers)
TOO_LARGE = (
    LocalReply(413, b"Payload Too Large", details="request_payload_too_large"),
    LocalReply(500, b"Internal Server Error", details="response_payload_too_large"),
)


NO_ROUTE = "route_not_found"
BAD_REQUEST = 400
"""To Envoy a local response with this status means that the client's connection is not to be trusted any more."""
FORWARDED_PROTO = b"x-forwarded-proto"

PROTO_LOST = (
    "the request had x-forwarded-proto and has lost it: without it Envoy finds no route, and the client gets 404. A filter that "
    "sets all headers (proxy_set_header_map_pairs) has to keep this one"
)

STANDSTILL = (
    "the filter holds {what}, but it has no HTTP call under way and no timer: unless something else calls it, the stream waits "
    "for ever. Call proxy_continue_stream or proxy_send_local_response later, from another callback; a proxy_continue_stream "
    "before the callback returns Pause does not count"
)

BODY_WANTED = (
    ". Its callback for the body is not called meanwhile: Pause of a headers callback holds everything, as in Envoy. Return "
    "Continue and pause in the body's callback, or hold the headers alone with allow_on_headers_stop_iteration"
)

WRONG_LENGTH = (
    "the {what} says content-length {said}, but its body has {sent} bytes since this filter changed it. Remove content-length in "
    "the headers' callback, or write the new length while the headers are still held"
)

LOST = (
    "the {what}'s body is lost, here as in Envoy: the filter held the headers, then the body, and let the trailers go with the "
    "body still held. Let the trailers' callback return Pause too and continue later, or return Continue from the body's callback"
)


class FilterChain:
    """One stream. *filters* are the plugins that work on it, in the order of the request; *send* takes commands."""

    def __init__(
        self,
        stream_id: int,
        info: StreamInfo,
        filters: Iterable[tuple[PluginRoot, PluginConfig]],
        send: Callable[[Command], None],
        body_limit: int = BODY_LIMIT,
    ) -> None:
        self.id = stream_id
        self.info = info
        self.properties: dict[bytes, bytes] = {}
        self.filters = [HttpStream(root, plugin, self) for root, plugin in filters]
        request = Path(REQUEST, [*self.filters], self, body_limit)
        response = Path(RESPONSE, [*reversed(self.filters)], self, body_limit)
        for filter_, there, back in zip(self.filters, request.hops, reversed(response.hops), strict=True):
            filter_.hops = (there, back)
        self.paths = (request, response)
        self.over = False
        """Whether nothing more can be done for the client: the response is sent, or the stream is reset."""
        self.plugins: Collection[int] | None = None
        """The ids of the plugins that the stream has to do with, access loggers included; None for all."""
        self.warned = False
        self._send = send
        self._prepared: LocalReply | None = None
        self._upstream_asked = False
        self._upstream_over = False
        self._head_sent = False
        self._is_head = False
        self._is_grpc = False
        self._needs_proto = False
        self._replied = False
        self._announced: list[int | None] = [None, None]
        self._sent_bytes = [0, 0]

    # What happens to the stream.

    def on_request_headers(self, event: RequestHeaders) -> None:
        """The head of the request has come."""
        if self.info.request_headers is not None or self.over:
            return
        headers = arrived(event.headers, MapType.HTTP_REQUEST_HEADERS)
        self.info.request_headers = headers
        self._is_head = headers.first(b":method") == b"HEAD"
        self._is_grpc = is_grpc(headers)
        self._needs_proto = bool(headers.get(FORWARDED_PROTO))
        self.paths[REQUEST].start(headers, event.end_of_stream)

    def on_request_body(self, event: RequestBody) -> None:
        """A piece of the request's body has come. Nobody wants it any more once the stream is answered."""
        path = self.paths[REQUEST]
        if not path.stopped and not path.ended:
            self.info.request_bytes += len(event.data)
            path.data(event.data, event.end_of_stream)

    def on_request_trailers(self, event: RequestTrailers) -> None:
        """The request has ended with trailers."""
        path = self.paths[REQUEST]
        if not path.stopped and not path.ended:
            trailers = event.trailers.copy()
            self.info.request_trailers = trailers
            path.end(trailers)

    def on_request_metadata(self, event: RequestMetadata) -> None:
        """Metadata has come with the request."""
        self._take_metadata(REQUEST, event.metadata)

    def on_request_refused(self, event: RequestRefused) -> None:
        """The request goes no further, and the client gets an answer of the driver's.

        abi: 9.7
        """
        reply = LocalReply(event.status_code, event.body, details=event.details)
        if self.over:
            return
        if self.paths[REQUEST].headers is not None:
            self.reply(reply)
            return
        self.info.request_headers = event.headers
        self._note_details(reply.details)
        self._replied = True
        self._is_head = event.headers is not None and event.headers.get(b":method") == b"HEAD"
        self._answer_past_the_filters(reply)

    def on_response_headers(self, event: ResponseHeaders) -> None:
        """The head of the upstream's response has come. What comes after a local reply took over is ignored."""
        path = self.paths[RESPONSE]
        if self._upstream_over or path.headers is not None or self.over:
            return
        self._upstream_over = event.end_of_stream
        headers = arrived(event.headers, MapType.HTTP_RESPONSE_HEADERS)
        self.info.response_headers = headers
        self.info.response_code = decimal(headers.first(b":status"))
        self.info.response_code_details = "via_upstream"
        path.start(headers, event.end_of_stream)

    def on_response_body(self, event: ResponseBody) -> None:
        """A piece of the response's body has come."""
        path = self.paths[RESPONSE]
        if not self._upstream_over and not path.stopped:
            self._upstream_over = event.end_of_stream
            path.data(event.data, event.end_of_stream)

    def on_response_trailers(self, event: ResponseTrailers) -> None:
        """The response has ended with trailers."""
        path = self.paths[RESPONSE]
        if not self._upstream_over and not path.stopped:
            self._upstream_over = True
            trailers = arrived(event.trailers, MapType.HTTP_RESPONSE_TRAILERS)
            self.info.response_trailers = trailers
            path.end(trailers)

    def on_response_metadata(self, event: ResponseMetadata) -> None:
        """Metadata has come with the upstream's response."""
        if not self._upstream_over:
            self._take_metadata(RESPONSE, event.metadata)

    def on_upstream_failed(self, event: UpstreamFailed) -> None:
        """The upstream gives no (whole) answer: the client gets one from here, or a reset when that is too late.

        It is not too late while a filter still holds the response's head.
        """
        if self._upstream_over or self.over:
            return
        self._upstream_over = True
        if not self._head_sent:
            self.reply(LocalReply(event.status_code, event.body, details=event.details))
        else:
            self._note_details(event.details)
            self._reset(event.details)

    def on_stream_reset(self, event: StreamReset) -> None:
        """The client has vanished."""
        if not self.over:
            self._note_details("downstream_remote_disconnect")
        self._stop()
        self._abandon_upstream()

    def on_stream_done(self, event: StreamDone, also_log: Callable[[], None]) -> None:
        """The driver has finished. Every filter logs the stream, then everybody else; then the contexts end in order."""
        self._stop()
        self._upstream_over = True
        for filter_ in self.filters:
            filter_.log()
        also_log()
        for filter_ in self.filters:
            filter_.delete()
        # Everything here knows everything else. Untied, it goes at once, and not when the collector finds it.
        self.filters.clear()
        for path in self.paths:
            path.untie()

    # What filters ask for.

    def reply(self, reply: LocalReply) -> None:
        """Answer the client from here, in the way that is still open.

        abi: 11.7
        """
        request, response = self.paths
        if self.over or self._prepared is not None:
            return
        self._replied = True
        self._note_details(reply.details)
        self.info.closes_connection |= reply.status_code == BAD_REQUEST
        if response.headers is None:
            request.stopped = True
            if request.calling:
                # A request filter is running: its own response callback may come only after it has returned.
                self._prepared = reply
            else:
                self._answer(reply)
        elif not self._head_sent:
            self._answer_past_the_filters(reply)
        else:
            self._reset(reply.details or "local_response_after_headers")

    def why_no_reply(self) -> str:
        """Why a local response would have no effect now, "" when it would have one."""
        if self._replied:
            return "the stream has been answered by a local response already"
        return "the stream is over" if self.over else ""

    def close(self) -> None:
        """Reset the stream because a filter wants it.

        abi: 11.6
        """
        if not self.over:
            details = self.info.response_code_details or "wasm_close_stream"
            self._note_details(details)
            self._reset(details)

    # Both ends of both paths.

    def pass_headers(self, direction: int, headers: HeaderMap, end_of_stream: bool) -> None:
        """The head has passed all filters. One that lost what every message needs goes no further.

        abi: 12 Remove
        """
        if direction == REQUEST and self._needs_proto and not headers.get(FORWARDED_PROTO):
            # Envoy chooses a route by this header's scheme, once more after filters have changed any header.
            refusal: LocalReply | None = LocalReply(404, details=NO_ROUTE)
            self._warn_of_lost_proto()
        else:
            refusal = _refusal(direction, headers)
        if refusal is not None:
            if refusal.details == NO_ROUTE:
                self.info.forget_route()
            self.reply(refusal)
            return
        if direction == REQUEST:
            self._upstream_asked = True
        else:
            self._head_sent = True
            self.info.response_code = decimal(headers.first(b":status"))
        self._let_driver_write(direction, headers)
        self._announced[direction] = decimal(headers.first(b"content-length"))
        self._send(FORWARD_HEADERS[direction](self.id, headers.copy(), end_of_stream))
        self._passed(direction, end_of_stream)

    def pass_data(self, direction: int, data: bytes, end_of_stream: bool) -> None:
        """A piece of body has passed all filters."""
        self._sent_bytes[direction] += len(data)
        if direction == RESPONSE:
            self.info.response_bytes += len(data)
        self._send(FORWARD_BODY[direction](self.id, data, end_of_stream))
        self._passed(direction, end_of_stream)

    def pass_metadata(self, direction: int, metadata: HeaderMap) -> None:
        """Metadata has passed all filters."""
        self._send(ForwardMetadata(self.id, DIRECTIONS[direction], metadata.copy()))

    def pass_trailers(self, direction: int, trailers: HeaderMap) -> None:
        """The trailers have passed all filters."""
        if direction == RESPONSE:
            self.info.response_trailers = trailers
        self._send(FORWARD_TRAILERS[direction](self.id, trailers.copy()))
        self._passed(direction, True)

    def refuse_body(self, direction: int) -> None:
        """More of a body waits than may."""
        self.reply(TOO_LARGE[direction])

    def lose_body(self, direction: int, hop: Hop) -> None:
        """The body that *hop* held will go nowhere: tell whoever wrote the filter."""
        self._filter_at(direction, hop).warn(LOST.format(what=DIRECTIONS[direction]))

    def slow_down(self, direction: int, slow: bool) -> None:
        """Let the driver stop, or start again, reading from the sender."""
        self._send((PauseReading if slow else ResumeReading)(self.id, DIRECTIONS[direction]))

    def aborted(self, direction: int) -> None:
        """A filter has ended its path and has returned: now the reply that it left can go its way."""
        if self._prepared is not None and not self.over:
            reply, self._prepared = self._prepared, None
            self._answer(reply)

    # For people.

    def is_held(self) -> bool:
        """Whether a filter keeps the stream from going on."""
        if self.over:
            return False
        request, response = self.paths
        if not request.stopped and request.holder() is not None:
            return True
        return not response.stopped and response.holder() is not None

    def explain_standstill(self) -> None:
        """Say once when a filter holds the stream and nothing is left that could make it let go.

        abi: 11.5
        """
        if self.warned or self.over:
            return
        for path in self.paths:
            hop = None if path.stopped else path.holder()
            if hop is None or (hop.hold is Hold.SINGLE and not path.ended):
                continue
            filter_ = self._filter_at(path.direction, hop)
            if filter_.waits_in_vain():
                self.warned = True
                what = DIRECTIONS[path.direction]
                how = "the whole " if hop.hold in HOLDS_ALL else "the end of the "
                more = BODY_WANTED if filter_.waits_for_body(path.direction) else ""
                filter_.warn(STANDSTILL.format(what=f"{how}{what}") + more)
                return

    # Inside.

    def _filter_at(self, direction: int, hop: Hop) -> HttpStream:
        return next(filter_ for filter_ in self.filters if filter_.hops[direction] is hop)

    def _answer(self, reply: LocalReply) -> None:
        self._abandon_upstream()
        self._upstream_over = True
        headers, body = prepare(reply, is_head=self._is_head, is_grpc=self._is_grpc)
        self.info.response_headers = headers
        self.info.response_code = reply.status_code
        response = self.paths[RESPONSE]
        response.start(headers, not body)
        if body and not response.stopped:
            response.data(body, True)

    def _answer_past_the_filters(self, reply: LocalReply) -> None:
        self._abandon_upstream()
        self._upstream_over = True
        headers, body = prepare(reply, is_head=self._is_head, is_grpc=self._is_grpc)
        self.paths[RESPONSE].stopped = True
        self.info.response_headers = headers
        self.info.response_code = reply.status_code
        self._head_sent = True
        self._let_driver_write(RESPONSE, headers)
        self._send(ForwardResponseHeaders(self.id, headers.copy(), not body))
        if body:
            self.info.response_bytes += len(body)
            self._send(ForwardResponseBody(self.id, body, True))
        self._stop()

    def _take_metadata(self, direction: int, metadata: HeaderMap) -> None:
        path = self.paths[direction]
        if path.headers is not None and not path.stopped:
            path.metadata(metadata)

    def _let_driver_write(self, direction: int, headers: HeaderMap) -> None:
        """Let the driver write what it has to add into the map itself, where guests that still hold it see it, and loggers."""
        if self.info.before_leaving is not None:
            self.info.before_leaving(DIRECTIONS[direction], headers)

    def _note_details(self, details: str) -> None:
        """Keep why the stream came out as it did."""
        self.info.response_code_details = details or None
        self.info.response_flags |= flags_of(details)

    def _passed(self, direction: int, end_of_stream: bool) -> None:
        if end_of_stream:
            self._check_length(direction)
        if end_of_stream and direction == RESPONSE:
            self._stop()

    def _check_length(self, direction: int) -> None:
        """Say when a filter has changed the size of a body that was announced with another one."""
        said, sent = self._announced[direction], self._sent_bytes[direction]
        if said is None or said == sent:
            return
        changer = next((filter_ for filter_ in self.filters if filter_.changed_body[direction]), None)
        if changer is not None:
            changer.warn(WRONG_LENGTH.format(what=DIRECTIONS[direction], said=said, sent=sent))

    def _warn_of_lost_proto(self) -> None:
        if self.filters:
            self.filters[0].warn(PROTO_LOST)

    def _abandon_upstream(self) -> None:
        if self._upstream_asked and not self._upstream_over:
            self._upstream_over = True
            self._send(AbandonUpstream(self.id))

    def _reset(self, details: str) -> None:
        self._stop()
        self._upstream_over = True
        self._send(ResetStream(self.id, details))

    def _stop(self) -> None:
        """Nothing moves any more."""
        self.over = True
        self._prepared = None
        for path in self.paths:
            path.stopped = True


def _refusal(direction: int, headers: HeaderMap) -> LocalReply | None:
    """What the client gets when filters have taken a pseudo header away that the message needs.

    A request without a path matches no route; Envoy looks for those before it looks at anything else.
    """
    if direction == RESPONSE:
        return None if headers.first(b":status") is not None else _lost("response", ":status", 502)
    method = headers.first(b":method")
    if method == b"CONNECT":
        return None if headers.get(b":authority") is not None else _lost("request", ":authority", 503)
    if headers.first(b":path") is None:
        return LocalReply(404, details=NO_ROUTE)
    return None if method is not None else _lost("request", ":method", 503)


def _lost(where: str, name: str, status_code: int) -> LocalReply:
    text = f"missing required header: {name}"
    details = f"filter_removed_required_{where}_headers{{{text.replace(' ', '_')}}}"
    return LocalReply(status_code, text.encode(), details=details)
