"""A host in a box: give it a request, see what the filters, the upstream and the client saw.

Lives here: the driver that performs a host's commands without sockets and without waiting. The upstream and the targets of HTTP
calls are plain functions; time passes only when nothing else can happen, and then at once.
Not here: what a filter may do (plugin) and real connections (serve).

How it goes on when a stream stands still: first the answers to HTTP calls that wait, in the order they were asked for; then the
timer that is due first. When neither is left the exchange is over and the result says `stalled`. Calls that are still open when
the response is complete are answered after the stream's end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from proxyabi.config import PluginConfig
from proxyabi.context.commands import (
    AbandonUpstream,
    CancelHttpCall,
    Command,
    Direction,
    DispatchHttpCall,
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
    SetTickPeriod,
)
from proxyabi.context.events import (
    Event,
    HttpCallFailed,
    HttpCallResponse,
    RequestBody,
    RequestHeaders,
    RequestTrailers,
    ResponseBody,
    ResponseHeaders,
    ResponseTrailers,
    StreamDone,
    Tick,
    UpstreamFailed,
)
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.stream_info import StreamInfo
from proxyabi.envoy_headers import Facts, Place, apply
from proxyabi.plugin.host import Host
from proxyabi.plugin.vm import VmFactory
from proxyabi.services.services import Services
from proxyabi.trace import Trace
from proxyabi.upstream import Answer, Seen, echo

__all__ = ["Exchange", "Harness", "Target"]

TIMEOUT = 15.0
"""Seconds that Envoy's router gives an upstream when nobody says otherwise."""

Target = Callable[[Seen], Answer | None]
"""Answers a request. None stands for a connection that broke before an answer came."""

MOST_POLLS = 100
"""How often in a row plugins hear of items that come of others. A filter may put one into its queue whenever it hears of one."""


@dataclass(slots=True)
class _Timer:
    """The timer of one plugin. *due* counts seconds of the harness's own time."""

    period: float
    due: float


@dataclass(slots=True)
class _Message:
    """A message as it arrives piece by piece."""

    headers: HeaderMap = field(default_factory=HeaderMap)
    body: bytearray = field(default_factory=bytearray)
    trailers: HeaderMap = field(default_factory=HeaderMap)
    begun: bool = False
    complete: bool = False


@dataclass(slots=True)
class Exchange:
    """What became of one request.

    *upstream* holds the request as the upstream saw it, None when the filters kept it to themselves; *client* the response as
    the client saw it. *reset* tells why the connection was closed instead, *stalled* that a filter holds the stream and nothing
    is left that could make it go on.
    """

    sent: Seen
    upstream: Seen | None = None
    upstream_complete: bool = False
    answer: Answer | None = None
    client: Answer | None = None
    reset: str | None = None
    stalled: bool = False


class Harness:
    """A host with its filters, driven without sockets.

    *upstream* answers what the filters let through; *targets* answers HTTP calls, by the name of the upstream they ask for.
    *tier* says what runs the filters, as for `Host`.
    *ticks* bounds how often timers may fire while a stream stands still, and how many HTTP calls are answered after its end.
    *envoy_headers* adds the headers that Envoy adds by itself; without them a filter sees just what the test has written.

    raises: ConfigError, GuestError, PluginFailed, as `Host.start` does.
    """

    def __init__(
        self,
        plugins: Sequence[PluginConfig],
        *,
        upstream: Target = echo,
        targets: Mapping[str, Target] | None = None,
        services: Services | None = None,
        tier: str | VmFactory = "auto",
        trace: Trace | None = None,
        ticks: int = 100,
        envoy_headers: bool = False,
    ) -> None:
        self._upstream = upstream
        self._envoy_headers = envoy_headers
        self._connections = 0
        self._closed = False
        self._targets = dict(targets or {})
        self._ticks = ticks
        self._now = 0.0
        self._timers: dict[int, _Timer] = {}
        self._calls: deque[DispatchHttpCall] = deque()
        self._streams: dict[int, _Stream] = {}
        self._woken = False
        clusters = tuple(self._targets)
        self.host = Host(plugins, services=services, tier=tier, clusters=clusters, trace=trace, wake=self._wake)
        self._perform(self.host.start())
        self._settle()

    def request(
        self,
        method: str = "GET",
        path: str = "/",
        headers: Iterable[tuple[bytes, bytes]] = (),
        body: bytes | Sequence[bytes] = b"",
        trailers: Iterable[tuple[bytes, bytes]] = (),
        *,
        authority: str = "localhost",
        scheme: str = "http",
        info: StreamInfo | None = None,
    ) -> Exchange:
        """Send one request through all filters and follow it to its end.

        *body* may come as several chunks. Body bytes arrive as over HTTP/1: each chunk by itself, then the end of the stream.
        raises: TypeError for parts that are no bytes or text, or an answer that is no `Answer`; RuntimeError after `close`.
        """
        if self._closed:
            raise RuntimeError("this harness has been closed, and its filters have ended with it: make another one")
        chunks = _chunks(body)
        headers, trailers = _pairs("headers", headers), _pairs("trailers", trailers)
        for name, value in (("method", method), ("path", path), ("authority", authority), ("scheme", scheme)):
            if not isinstance(value, str):
                raise TypeError(f"{name} has to be text, not {value!r}")
        head = HeaderMap(
            [
                (b":authority", authority.encode()),
                (b":path", path.encode()),
                (b":method", method.encode()),
                (b":scheme", scheme.encode()),
                *headers,
            ]
        )
        tail = HeaderMap(trailers)
        seen = Seen(head.copy(), b"".join(chunks), tail.copy())
        self._pass(Place.REQUEST_ARRIVES, head)
        info = info or self._new_info()
        info.before_leaving = self._complete_head
        stream_id = self.host.open_stream(info)
        stream = self._streams[stream_id] = _Stream(Exchange(seen))
        self._let_arrive(stream, RequestHeaders(stream_id, head, end_of_stream=not chunks and not tail))
        for events in _request_events(stream_id, chunks, tail):
            self._let_arrive(stream, *events)
        self._follow(stream_id, stream)
        self._feed(StreamDone(stream_id))
        self._settle()
        for _ in range(self._ticks):
            if self._calls:
                self._answer_call(self._calls.popleft())
                self._settle()
        del self._streams[stream_id]
        return stream.result()

    def close(self) -> None:
        """Shut the host down: the filters' contexts end as when a proxy stops."""
        self._closed = True
        self._perform(self.host.close())

    def _new_info(self) -> StreamInfo:
        """The facts of a connection on loopback, one for each request."""
        self._connections += 1
        return StreamInfo(
            source_address="127.0.0.1:50000",
            source_port=50000,
            destination_address="127.0.0.1:10000",
            destination_port=10000,
            connection_id=self._connections,
            cluster_name="upstream",
        )

    def _pass(self, place: Place, headers: HeaderMap) -> None:
        """A message comes to *place*: Envoy's own headers join it, when they are wanted. Nothing takes any time here."""
        if self._envoy_headers:
            apply(place, headers, Facts(timeout=TIMEOUT, upstream_took=0.0))

    def _complete_head(self, direction: Direction, headers: HeaderMap) -> None:
        self._pass(Place.REQUEST_LEAVES if direction == "request" else Place.RESPONSE_LEAVES, headers)

    def _feed(self, event: Event) -> None:
        self._perform(self.host.feed(event))

    def _let_arrive(self, stream: _Stream, *events: Event) -> None:
        """Feed what arrives at once. When it ends the stream, that end comes before anything else happens."""
        for event in events:
            if not stream.over and not (stream.answered and stream.abandoned):
                self._feed(event)
        if not stream.over:
            self._settle()

    def _wake(self) -> None:
        self._woken = True

    def _settle(self) -> None:
        """Let plugins hear of items in their queues, and of those that come of that."""
        for _ in range(MOST_POLLS):
            if not self._woken:
                return
            self._woken = False
            self._perform(self.host.poll())

    def _perform(self, commands: Iterable[Command]) -> None:
        for command in commands:
            _PERFORM[type(command)](self, command)

    def _follow(self, stream_id: int, stream: _Stream) -> None:
        """Let happen what can happen, until the stream is over or nothing is left that could move it."""
        fired = 0
        while not stream.over:
            if stream.request.complete and not stream.answered and not stream.abandoned:
                self._answer_request(stream_id, stream)
            elif self._calls:
                self._answer_call(self._calls.popleft())
            elif self._timers and fired < self._ticks:
                self._fire()
                fired += 1
            else:
                stream.exchange.stalled = True
                return
            if not stream.over:
                self._settle()

    def _fire(self) -> None:
        """Let the time pass until the timer that is due first, and fire it."""
        plugin_id = min(self._timers, key=lambda plugin: (self._timers[plugin].due, plugin))
        timer = self._timers[plugin_id]
        self._now = timer.due
        self._feed(Tick(plugin_id))
        if self._timers.get(plugin_id) is timer:
            timer.due = self._now + timer.period

    def _answer_call(self, call: DispatchHttpCall) -> None:
        answer = _asked(self._targets[call.upstream], Seen(call.headers, call.body, call.trailers), call.upstream)
        if answer is None:
            self._feed(HttpCallFailed(call.plugin_id, call.call_id))
        else:
            head = answer.head()
            self._pass(Place.RESPONSE_ARRIVES, head)
            self._feed(HttpCallResponse(call.plugin_id, call.call_id, head, answer.body, answer.trailers))

    def _answer_request(self, stream_id: int, stream: _Stream) -> None:
        """The upstream has the whole request: let it answer, piece by piece."""
        stream.answered = True
        request = Seen(stream.request.headers, bytes(stream.request.body), stream.request.trailers)
        answer = _asked(self._upstream, request, "the upstream")
        stream.exchange.answer = answer
        if answer is None:
            body = b"upstream connect error or disconnect/reset before headers. reset reason: connection termination"
            self._feed(UpstreamFailed(stream_id, 503, "upstream_reset_before_response_started{connection_termination}", body))
            return
        head = answer.head()
        self._pass(Place.RESPONSE_ARRIVES, head)
        self._let_arrive(stream, ResponseHeaders(stream_id, head, end_of_stream=not answer.body and not answer.trailers))
        events: list[Event] = []
        if answer.body:
            events.append(ResponseBody(stream_id, answer.body, end_of_stream=False))
        if answer.trailers:
            events.append(ResponseTrailers(stream_id, answer.trailers.copy()))
        elif answer.body:
            events.append(ResponseBody(stream_id, b"", end_of_stream=True))
        self._let_arrive(stream, *events)


@dataclass(slots=True)
class _Stream:
    """One exchange under way: the request towards the upstream, the response towards the client."""

    exchange: Exchange
    request: _Message = field(default_factory=_Message)
    response: _Message = field(default_factory=_Message)
    answered: bool = False
    abandoned: bool = False

    @property
    def over(self) -> bool:
        return self.response.complete or self.exchange.reset is not None

    def result(self) -> Exchange:
        if self.request.begun:
            self.exchange.upstream = Seen(self.request.headers, bytes(self.request.body), self.request.trailers)
            self.exchange.upstream_complete = self.request.complete
        if self.response.begun:
            self.exchange.client = Answer.from_parts(self.response.headers, bytes(self.response.body), self.response.trailers)
        return self.exchange


def _request_events(stream_id: int, chunks: Sequence[bytes], trailers: HeaderMap) -> list[list[Event]]:
    """What follows the head of a request, each time all that arrives at once: the end comes with the last chunk."""
    events: list[list[Event]] = [[RequestBody(stream_id, chunk, end_of_stream=False)] for chunk in chunks]
    if trailers:
        events.append([RequestTrailers(stream_id, trailers)])
    elif chunks:
        events[-1].append(RequestBody(stream_id, b"", end_of_stream=True))
    return events


def _message_of(harness: Harness, command: Any) -> _Message:
    """The message, of those under way, that a Forward command adds to."""
    stream = harness._streams[command.stream_id]
    return stream.request if type(command) in _TO_UPSTREAM else stream.response


def _forward_headers(harness: Harness, command: ForwardRequestHeaders | ForwardResponseHeaders) -> None:
    message = _message_of(harness, command)
    message.headers = command.headers.copy()
    message.begun = True
    message.complete = command.end_of_stream


def _forward_body(harness: Harness, command: ForwardRequestBody | ForwardResponseBody) -> None:
    message = _message_of(harness, command)
    message.body += command.data
    message.complete = command.end_of_stream


def _chunks(body: bytes | Sequence[bytes]) -> list[bytes]:
    """The chunks of *body* that hold something."""
    if isinstance(body, bytes | bytearray) or not isinstance(body, Iterable):
        body = [body]
    chunks = list(body)
    if not all(isinstance(chunk, bytes | bytearray) for chunk in chunks):
        raise TypeError(f"body has to be bytes, or a list of bytes, not {body!r:.60}")
    return [bytes(chunk) for chunk in chunks if chunk]


def _pairs(what: str, pairs: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """*pairs* as a list, when they are pairs of bytes."""
    found = list(pairs) if isinstance(pairs, Iterable) else [pairs]
    for pair in found:
        if not (isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(part, bytes) for part in pair)):
            raise TypeError(f'{what} have to be pairs of bytes, as in [(b"x-id", b"7")], not {pair!r}')
    return [(name, value) for name, value in found]


def _asked(target: Target, request: Seen, who: str) -> Answer | None:
    """What *target*, which a test has written, answers to *request*."""
    answer = target(request)
    if answer is not None and not isinstance(answer, Answer):
        raise TypeError(f"{who} has to answer with an Answer, or with None for a broken connection, not with {answer!r}")
    return answer


def _forward_trailers(harness: Harness, command: ForwardRequestTrailers | ForwardResponseTrailers) -> None:
    message = _message_of(harness, command)
    message.trailers = command.trailers.copy()
    message.complete = True


def _abandon(harness: Harness, command: AbandonUpstream) -> None:
    harness._streams[command.stream_id].abandoned = True


def _reset(harness: Harness, command: ResetStream) -> None:
    harness._streams[command.stream_id].exchange.reset = command.details


def _dispatch(harness: Harness, command: DispatchHttpCall) -> None:
    headers = command.headers.copy()
    harness._pass(Place.CALL_LEAVES, headers)
    harness._calls.append(replace(command, headers=headers))


def _cancel(harness: Harness, command: CancelHttpCall) -> None:
    harness._calls = deque(
        call for call in harness._calls if (call.plugin_id, call.call_id) != (command.plugin_id, command.call_id)
    )


def _set_tick_period(harness: Harness, command: SetTickPeriod) -> None:
    if command.seconds:
        harness._timers[command.plugin_id] = _Timer(command.seconds, harness._now + command.seconds)
    else:
        harness._timers.pop(command.plugin_id, None)


def _nothing(harness: Harness, command: PauseReading | ResumeReading | ForwardMetadata) -> None:
    """Flow control: the harness holds every message whole, so there is nothing to slow down. Nor does it send metadata."""


_TO_UPSTREAM = (ForwardRequestHeaders, ForwardRequestBody, ForwardRequestTrailers)

_PERFORM: dict[type[Command], Callable[[Harness, Any], None]] = {
    ForwardRequestHeaders: _forward_headers,
    ForwardRequestBody: _forward_body,
    ForwardRequestTrailers: _forward_trailers,
    ForwardMetadata: _nothing,
    ForwardResponseHeaders: _forward_headers,
    ForwardResponseBody: _forward_body,
    ForwardResponseTrailers: _forward_trailers,
    AbandonUpstream: _abandon,
    ResetStream: _reset,
    DispatchHttpCall: _dispatch,
    CancelHttpCall: _cancel,
    SetTickPeriod: _set_tick_period,
    PauseReading: _nothing,
    ResumeReading: _nothing,
}
