"""Play a transcript to our host: the same messages in, and what came of it in the transcript's form.

Lives here: a driver without sockets, which cuts messages as they were cut for Envoy. Not here: what is compared
(tests/proxyabi/test_transcripts.py), and Envoy (record.py).

Order, where the transcript leaves it open: the whole request first (recordings are made so that it has arrived before anything
else happens), then the upstream's answer, then the answers to calls, then timers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from functools import singledispatchmethod
from itertools import islice
from pathlib import Path
from typing import Any

from bootstrap import CLUSTERS
from crossings import from_records

from proxyabi.config import PluginConfig
from proxyabi.context.commands import (
    AbandonUpstream,
    Command,
    Direction,
    DispatchHttpCall,
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
    StreamReset,
    Tick,
    UpstreamFailed,
)
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.stream_info import StreamInfo
from proxyabi.envoy_headers import Facts, Place, apply
from proxyabi.plugin.host import Host
from proxyabi.serve.http1 import REASONS
from proxyabi.serve.upstream_connection import CONNECTION_FAILURE, PROTOCOL_ERROR, TERMINATION, Failure
from proxyabi.trace import Trace

GUESTS = Path(__file__).resolve().parents[1] / "guests"
TIMEOUT = 15.0
"""Seconds a route gives its upstream, which Envoy tells it; the default."""

Json = dict[str, Any]


def pairs(headers: Iterable[str]) -> list[tuple[bytes, bytes]]:
    """Headers of a transcript as the host takes them."""
    split = [header.partition(": ") for header in headers]
    return [(name.encode(), value.encode()) for name, _, value in split]


def shown(headers: HeaderMap) -> list[str]:
    """Headers of the host as a transcript has them: without pseudo headers."""
    return [f"{n.decode('latin-1')}: {v.decode('latin-1')}" for n, v in headers.pairs() if not n.startswith(b":")]


def framing(message: Json, empty: str = "") -> list[str]:
    """The header that tells where the body of *message* ends; *empty* when there is none."""
    if message.get("chunked") or message.get("trailers"):
        return ["transfer-encoding: chunked"]
    if message.get("body"):
        return [f"content-length: {sum(map(len, message['body']))}"]
    return [empty] if empty else []


def body_events(stream_id: int, message: Json, body: type[Any], trailers: type[Any]) -> Iterator[list[Event]]:
    """The events of a body that comes piece by piece, as Envoy's HTTP/1 codec hands it on: each time those that come at once.

    Where a body has told its length, its end comes with the last piece.
    """
    end = trailers(stream_id, HeaderMap(pairs(message["trailers"]))) if message.get("trailers") else body(stream_id, b"", True)
    pieces = [[body(stream_id, piece.encode(), False)] for piece in message.get("body", ())]
    if pieces and not message.get("chunked") and not message.get("trailers"):
        pieces[-1].append(end)
    else:
        pieces.append([end])
    yield from pieces


def filter_of(told: Json, place: int) -> PluginConfig:
    """The first (0) or the second (1) filter of a transcript, or of a scenario as a dict."""
    guest, configuration = (told["guest"], told["configuration"]) if place == 0 else told["second"]
    return PluginConfig(
        (GUESTS / f"{guest}.wasm").read_bytes(),
        name="test_plugin",
        vm_id=f"vm{place + 1}",
        configuration=configuration.encode(),
        vm_configuration=told["vm_configuration"].encode(),
        fail_open=told["fail_open"],
        allow_on_headers_stop_iteration=told["stop_iteration"],
        callback_seconds=60.0,
    )


class Replay:
    """A host with the filter of a transcript, and the world around it.

    `start` and each exchange give the lines of their crossings; what clients and upstreams saw has the transcript's form.
    """

    def __init__(self, transcript: Json, engine: str) -> None:
        self._records: list[Json] = []
        plugins = [filter_of(transcript, place) for place in range(2 if transcript["second"] else 1)]
        limit = {"body_limit": transcript["body_limit"]} if transcript["body_limit"] else {}
        self._woken = False
        self.host = Host(plugins, tier=engine, clusters=CLUSTERS, trace=Trace(self._records.append), wake=self._wake, **limit)
        self._calls: deque[DispatchHttpCall] = deque()
        self._ticking = False
        self._timeout = transcript["timeout"] or TIMEOUT
        self.stream = Stream(0, {"request": {}, "answer": {}, "answers_to_calls": ()}, StreamInfo())

    def start(self) -> None:
        """Start the host."""
        self._perform(self.host.start())
        self._settle()

    def close(self) -> None:
        """End the host."""
        self._perform(self.host.close())

    def lines(self) -> list[str]:
        """The crossings since the last time."""
        taken = list(from_records(self._records))
        self._records.clear()
        return taken

    def exchange(self, told: Json) -> Stream:
        """Let one exchange of the transcript happen."""
        info = StreamInfo(cluster_name="upstream", before_leaving=self._complete_head)
        stream_id = self.host.open_stream(info)
        stream = self.stream = Stream(stream_id, told, info)
        self._follow(stream)
        if not stream.over:
            self._perform(self.host.feed(StreamReset(stream_id)))
        self._perform(self.host.feed(StreamDone(stream_id)))
        self._settle()
        while self._calls:
            self._answer_call(self._calls.popleft(), stream)
            self._settle()
        if self._ticking:
            self._tick()
            self._settle()
        return stream

    def _follow(self, stream: Stream) -> None:
        """Let happen what can happen until the stream is over."""
        for _ in range(100):
            if stream.over:
                return
            if stream.answer.get("early") and stream.upstream_waits():
                self._answer(stream)
            elif not stream.reading_paused and (events := next(stream.arriving, None)) is not None:
                for event in events:
                    self._perform(self.host.feed(event))
            elif stream.request.get("vanishes"):
                return
            elif stream.upstream_waits():
                self._answer(stream)
            elif self._calls:
                self._answer_call(self._calls.popleft(), stream)
            elif self._ticking:
                self._tick()
            else:
                return
            if not stream.over:
                self._settle()

    def _wake(self) -> None:
        self._woken = True

    def _settle(self) -> None:
        """Nothing more happens at once: plugins hear of what is in their queues."""
        while self._woken:
            self._woken = False
            self._perform(self.host.poll())

    def _complete_head(self, direction: Direction, headers: HeaderMap) -> None:
        place = Place.REQUEST_LEAVES if direction == "request" else Place.RESPONSE_LEAVES
        apply(place, headers, Facts(timeout=self._timeout))

    def _answer(self, stream: Stream) -> None:
        for events in stream.answer_events():
            for event in events:
                if not stream.over and not stream.abandoned:
                    self._perform(self.host.feed(event))
            if not stream.over:
                self._settle()

    def _tick(self) -> None:
        self._perform(self.host.feed(Tick(0)))

    def _answer_call(self, call: DispatchHttpCall, stream: Stream) -> None:
        """Answer an HTTP call as the transcript's cluster did, or as Envoy answers one that failed."""
        if call.upstream == "down":
            self._fail_call(call, Failure(503, CONNECTION_FAILURE))
            return
        answer = next(stream.call_answers)
        stream.note_call(call)
        if answer.get("failure") == "close":
            self._fail_call(call, Failure(503, TERMINATION))
        elif answer.get("failure") == "silent":
            self._fail_call(call, Failure(504, ""))
        elif answer.get("failure") == "cut":
            self._perform(self.host.feed(HttpCallFailed(call.plugin_id, call.call_id)))
        else:
            headers = response_head(answer)
            apply(Place.RESPONSE_ARRIVES, headers, Facts(upstream_took=answer.get("delay", 0)))
            body = "".join(answer.get("body", ())).encode()
            trailers = HeaderMap(pairs(answer.get("trailers", ())))
            self._perform(self.host.feed(HttpCallResponse(call.plugin_id, call.call_id, headers, body, trailers)))

    def _fail_call(self, call: DispatchHttpCall, failure: Failure) -> None:
        size = b"%d" % len(failure.body)
        head = [(b":status", b"%d" % failure.status_code), (b"content-length", size), (b"content-type", b"text/plain")]
        self._perform(self.host.feed(HttpCallResponse(call.plugin_id, call.call_id, HeaderMap(head), failure.body, HeaderMap())))

    def _perform(self, commands: Iterable[Command]) -> None:
        for command in commands:
            if isinstance(command, SetTickPeriod):
                self._ticking = command.seconds > 0
            elif isinstance(command, DispatchHttpCall):
                self._calls.append(command)
            else:
                self.stream.perform(command)


def response_head(answer: Json) -> HeaderMap:
    """The head of an answer as it comes from the wire."""
    status = str(answer.get("status", 200))
    empty = "" if status == "204" else "content-length: 0"
    framed = framing(answer, empty)
    headers = [*answer.get("headers", ()), *framed] if framed != [empty] else [*framed, *answer.get("headers", ())]
    return HeaderMap([(b":status", status.encode()), *pairs(headers)])


class Stream:
    """One exchange: what the client sends, what the upstream answers, what both saw."""

    def __init__(self, stream_id: int, told: Json, info: StreamInfo) -> None:
        self.id = stream_id
        self.info = info
        self.request, self.answer = told["request"], told["answer"]
        self.call_answers = iter(told["answers_to_calls"])
        self.over = self.abandoned = self.answered = self.reading_paused = False
        self.called: list[Json] = []
        self.upstream: Json | None = None
        self.client: Json = {"start": "", "headers": [], "body": "", "trailers": [], "complete": False}
        self.arriving = self._request_events()
        self._head = self.request.get("method") == "HEAD"

    def _request_events(self) -> Iterator[list[Event]]:
        """The request as it arrives, as long as it is read."""
        method, path = self.request.get("method", "GET"), self.request.get("path", "/")
        pseudo = [":authority: example.test", f":path: {path}", f":method: {method}", ":scheme: http"]
        framed = [line for line in framing(self.request) if not line.startswith("transfer-encoding")]
        headers = HeaderMap([(b":" + n, v) for n, v in pairs(h[1:] for h in pseudo)])
        for name, value in pairs([*self.request.get("headers", ()), *framed]):
            headers.add(name, value)
        apply(Place.REQUEST_ARRIVES, headers, Facts())
        bodyless = not any(key in self.request for key in ("body", "trailers", "chunked"))
        yield [RequestHeaders(self.id, headers, end_of_stream=bodyless)]
        events = () if bodyless else body_events(self.id, self.request, RequestBody, RequestTrailers)
        yield from islice(events, 1 if self.request.get("vanishes") else None)

    def upstream_waits(self) -> bool:
        """Whether the upstream has what it answers to, and has not answered."""
        has_it = self.upstream is not None and (self.upstream["complete"] or self.answer.get("early"))
        return bool(has_it) and not self.answered and not self.abandoned

    def answer_events(self) -> Iterator[list[Event]]:
        """The upstream's answer as it arrives."""
        self.answered = True
        self.info.upstream_address = "127.0.0.1:8000"
        failure = Failure(504, "") if self.answer.get("failure") == "silent" else Failure(503, TERMINATION)
        if self.answer.get("failure") == "cut":
            failure = Failure(502, PROTOCOL_ERROR)
        failed = UpstreamFailed(self.id, failure.status_code, failure.code_details, failure.body)
        if self.answer.get("failure") in ("close", "silent"):
            yield [failed]
            return
        if self._head or self.answer.get("status") in (204, 304):
            head = HeaderMap([(b":status", b"%d" % self.answer.get("status", 200)), *pairs(self.answer.get("headers", ()))])
            bodyless = True
        else:
            head = response_head(self.answer)
            bodyless = not any(key in self.answer for key in ("body", "trailers", "chunked"))
        took = None if self.answer.get("early") else 0
        apply(Place.RESPONSE_ARRIVES, head, Facts(upstream_took=took))
        yield [ResponseHeaders(self.id, head, end_of_stream=bodyless)]
        if bodyless:
            return
        events = body_events(self.id, self.answer, ResponseBody, ResponseTrailers)
        if self.answer.get("failure") == "cut":
            yield next(events)
            cut = Failure(502, PROTOCOL_ERROR)
            details = cut.code_details.replace("before", "after")
            yield [UpstreamFailed(self.id, cut.status_code, details, cut.body)]
        else:
            yield from events

    def note_call(self, call: DispatchHttpCall) -> None:
        """Keep what the called cluster sees. HTTP/1 has no room for trailers behind a body that tells its length."""
        headers = call.headers.copy()
        apply(Place.CALL_LEAVES, headers, Facts(timeout=call.timeout))
        trailers = [] if headers.get(b"content-length") else shown(call.trailers)
        self.called.append(as_request(headers, call.body.decode(), trailers))

    @singledispatchmethod
    def perform(self, command: Command) -> None:
        """Do what the host says."""
        raise TypeError(command)

    @perform.register
    def _(self, command: ForwardRequestHeaders) -> None:
        self.upstream = as_request(command.headers, "", [])
        self.upstream["complete"] = command.end_of_stream

    @perform.register
    def _(self, command: ForwardRequestBody) -> None:
        assert self.upstream is not None, "a body before its headers"
        self.upstream["body"] += command.data.decode()
        told = f"content-length: {len(self.upstream['body'])}"
        self.upstream["complete"] = command.end_of_stream or told in self.upstream["headers"]

    @perform.register
    def _(self, command: ForwardRequestTrailers) -> None:
        assert self.upstream is not None, "trailers before their headers"
        self.upstream["trailers"] = shown(command.trailers)
        self.upstream["complete"] = True

    @perform.register
    def _(self, command: ForwardResponseHeaders) -> None:
        headers = command.headers
        status = int(headers.get(b":status") or 0)
        self.client["start"] = f"HTTP/1.1 {status} {REASONS[status].decode()}"
        self.client["headers"] = shown(headers)
        self._end_client(command.end_of_stream)

    @perform.register
    def _(self, command: ForwardResponseBody) -> None:
        if not self._head:
            self.client["body"] += command.data.decode()
        self._end_client(command.end_of_stream)

    @perform.register
    def _(self, command: ForwardResponseTrailers) -> None:
        self.client["trailers"] = shown(command.trailers)
        self._end_client(True)

    @perform.register
    def _(self, command: AbandonUpstream) -> None:
        self.abandoned = True

    @perform.register
    def _(self, command: ResetStream) -> None:
        self.over = True

    @perform.register
    def _(self, command: PauseReading | ResumeReading) -> None:
        if command.direction == "request":
            self.reading_paused = isinstance(command, PauseReading)

    def _end_client(self, complete: bool) -> None:
        self.client["complete"] = complete
        self.over = self.over or complete


def as_request(headers: HeaderMap, body: str, trailers: list[str]) -> Json:
    """A request as its receiver sees it."""
    method, path = (headers.get(name) or b"" for name in (b":method", b":path"))
    authority = (headers.get(b":authority") or b"").decode()
    start = f"{method.decode()} {path.decode()} HTTP/1.1"
    return {
        "start": start,
        "headers": [f"host: {authority}", *shown(headers)],
        "body": body,
        "trailers": trailers,
        "complete": True,
    }
