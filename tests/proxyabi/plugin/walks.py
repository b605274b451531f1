"""Streams through filters that hold, answer, close and trap at random, from a number each.

Lives here: from a number to up to three scripts and an exchange, and the driver that plays it through our host.
Not here: what a real Envoy did with the same (walks.json, written by tests/envoy/record_walks.py).

Everything comes from `Random.random`, whose sequence Python promises to keep.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar

sys.path.insert(0, str(Path(__file__).parent))
from conversation import Conversation, filter_of, request
from scripted import (
    TRAP,
    Step,
    add,
    call_check,
    close,
    drop,
    give,
    local,
    nth,
    on_end,
    replace,
    resume,
    stream,
)

from proxyabi import HeaderMap
from proxyabi.context.commands import (
    AbandonUpstream,
    Command,
    DispatchHttpCall,
    ForwardRequestBody,
    ForwardRequestHeaders,
    ForwardRequestTrailers,
    ForwardResponseBody,
    ForwardResponseHeaders,
    ForwardResponseTrailers,
    ResetStream,
)
from proxyabi.context.events import HttpCallResponse

T = TypeVar("T")
Script = dict[str, list[Step]]
Pairs = tuple[tuple[bytes, bytes], ...]

ENDING: Script = {"on_log": [], "on_done": [], "on_delete": []}
CALL_HEADERS: Pairs = (
    (b":status", b"200"),
    (b"content-type", b"text/plain"),
    (b"content-length", b"4"),
    (b"x-envoy-upstream-service-time", b"0"),
)


@dataclass(frozen=True)
class Walk:
    """Filters, a request and a response. Bodies come in the pieces that are listed."""

    scripts: tuple[Script, ...]
    stop_iteration: bool
    request_body: tuple[bytes, ...]
    request_trailers: Pairs
    response_body: tuple[bytes, ...]
    response_trailers: Pairs


def walk(number: int) -> Walk:
    """The walk of that number, always the same."""
    random = Random(number)
    count = _pick(random, (1, 2, 2, 3))
    has_body, has_answer_body = random.random() < 0.7, random.random() < 0.8
    return Walk(
        tuple(_script(random) for _ in range(count)),
        stop_iteration=random.random() < 0.3,
        request_body=(b"ab", b"cdef") if has_body else (),
        request_trailers=((b"x-last", b"1"),) if has_body and random.random() < 0.4 else (),
        response_body=(b"hello, ", b"world") if has_answer_body else (),
        response_trailers=((b"x-end", b"1"),) if has_answer_body and random.random() < 0.4 else (),
    )


def _pick(random: Random, options: Sequence[T]) -> T:
    return options[int(random.random() * len(options))]


def _script(random: Random) -> Script:
    script: Script = dict(ENDING)
    for direction, name in enumerate(("request", "response")):
        script[f"on_{name}_headers"] = _headers(random, direction)
        script[f"on_{name}_body"] = _body(random, direction)
        script[f"on_{name}_trailers"] = _trailers(random, direction)
    first = _pick(random, ([resume(0)], [resume(0)], [resume(1)], [local(429, b"late")], [close(0)]))
    script["on_http_call_response"] = [stream(), nth(1, *first), nth(2, resume(_pick(random, (0, 1)))), nth(3, resume(1))]
    return script


def _headers(random: Random, direction: int) -> list[Step]:
    chance = random.random()
    if chance < 0.12:
        return [local(_pick(random, (403, 200, 503)), _pick(random, (b"no", b""))), give(_pick(random, (0, 1)))]
    if chance < 0.42:
        return [call_check(), give(_pick(random, (1, 1, 3, 4)))]
    if chance < 0.48:
        return [close(direction), give(_pick(random, (0, 1)))]
    if chance < 0.52:
        return [give(2)]
    if chance < 0.55:
        return [TRAP]
    return [drop(replace(2 * direction, b"x-walk", b"1"))]


def _body(random: Random, direction: int) -> list[Step]:
    chance = random.random()
    if chance < 0.4:
        return [on_end(give(0)), give(_pick(random, (1, 1, 2, 3)))]
    if chance < 0.48:
        return [nth(1, give(1))]
    if chance < 0.54:
        return [nth(1, call_check(), give(_pick(random, (1, 2))))]
    if chance < 0.6:
        return [nth(2, local(403, b"no"), give(1))]
    if chance < 0.65:
        return [on_end(call_check(), give(1)), give(_pick(random, (0, 1)))]
    return [nth(2, TRAP)] if chance < 0.69 else []


def _trailers(random: Random, direction: int) -> list[Step]:
    chance = random.random()
    if chance < 0.25:
        return [call_check(), give(1)]
    if chance < 0.32:
        return [local(403, b"no"), give(1)]
    return [drop(add(2 * direction + 1, b"x-add", b"1"))] if chance < 0.45 else []


# Playing one.


class Play:
    """A walk through our host. The upstream answers when it has the whole request; calls are answered when nothing else moves."""

    def __init__(self, engine: str, number: int) -> None:
        self.walk = walk(number)
        settings = {"allow_on_headers_stop_iteration": self.walk.stop_iteration}
        filters = [
            filter_of(script, name=f"p{index}", vm_id=f"vm{index}", **settings) for index, script in enumerate(self.walk.scripts)
        ]
        self.talk = Conversation(engine, *filters)
        self.status = ""
        self.client = b""
        self.client_trailers: Pairs = ()
        self.upstream: bytes | None = None
        self.upstream_complete = False
        self.upstream_trailers: Pairs = ()
        self.complete = self.reset = self.abandoned = self.ended = False
        self._calls: deque[DispatchHttpCall] = deque()
        self._request()
        self._follow()

    def _request(self) -> None:
        walk, talk = self.walk, self.talk
        method = b"POST" if walk.request_body else b"GET"
        plain = ((b"content-type", b"text/plain"),) if walk.request_body else ()
        headers = request(b"/x", *plain, (b"x-forwarded-proto", b"http"), method=method).pairs()
        talk.open()
        self._send(len(walk.request_body), headers, walk.request_body, walk.request_trailers, "Request")

    def _answer(self) -> None:
        walk = self.walk
        length = (b"transfer-encoding", b"chunked") if walk.response_body else (b"content-length", b"0")
        headers = [(b":status", b"200"), (b"content-type", b"text/plain"), length, (b"x-envoy-upstream-service-time", b"0")]
        self._send(len(walk.response_body), headers, walk.response_body, walk.response_trailers, "Response")

    def _send(self, pieces: int, headers: Any, body: tuple[bytes, ...], trailers: Pairs, kind: str) -> None:
        """Feed one message, as far as somebody still wants it."""
        from proxyabi.context import events

        stream_id = self.talk.stream
        said = [getattr(events, f"{kind}Headers")(stream_id, HeaderMap(headers), not pieces)]
        said += [getattr(events, f"{kind}Body")(stream_id, piece, False) for piece in body]
        if trailers:
            said.append(getattr(events, f"{kind}Trailers")(stream_id, HeaderMap(trailers)))
        elif pieces:
            said.append(getattr(events, f"{kind}Body")(stream_id, b"", True))
        for event in said:
            if not (self.complete or self.reset or (self.abandoned and kind == "Response")):
                self._perform(self.talk.feed(event))

    def _follow(self) -> None:
        answered = False
        while not self.ended:
            if self.upstream_complete and not self.abandoned and not answered:
                answered = True
                self._answer()
            elif self._calls:
                call = self._calls.popleft()
                answer = HttpCallResponse(call.plugin_id, call.call_id, HeaderMap(CALL_HEADERS), b"fine", HeaderMap())
                self._perform(self.talk.feed(answer))
            else:
                return
        # What was asked before the end is answered after it: calls belong to plugins.
        while self._calls:
            call = self._calls.popleft()
            answer = HttpCallResponse(call.plugin_id, call.call_id, HeaderMap(CALL_HEADERS), b"fine", HeaderMap())
            self._perform(self.talk.feed(answer))

    def _perform(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case ForwardRequestHeaders():
                    self.upstream, self.upstream_complete = b"", command.end_of_stream
                case ForwardRequestBody():
                    self.upstream = (self.upstream or b"") + command.data
                    self.upstream_complete = command.end_of_stream
                case ForwardRequestTrailers():
                    self.upstream_trailers, self.upstream_complete = tuple(command.trailers.pairs()), True
                case ForwardResponseHeaders():
                    self.status, self.complete = (command.headers.get(b":status") or b"").decode(), command.end_of_stream
                case ForwardResponseBody():
                    self.client += command.data
                    self.complete = command.end_of_stream
                case ForwardResponseTrailers():
                    self.client_trailers, self.complete = tuple(command.trailers.pairs()), True
                case ResetStream():
                    self.reset = True
                case AbandonUpstream():
                    self.abandoned = True
                case DispatchHttpCall():
                    self._calls.append(command)
        if (self.complete or self.reset) and not self.ended:
            self.ended = True
            self._perform(self.talk.done())

    def outcome(self) -> dict[str, Any]:
        """What there is to compare, in the form of walks.json."""
        outcome: dict[str, Any] = {"calls": self.talk.calls}
        if not self.ended:
            return outcome | {"ends": "held"}
        outcome["ends"] = "complete" if self.complete else "reset"
        if self.complete:
            trailers = [f"{name.decode()}: {value.decode()}" for name, value in self.client_trailers]
            outcome |= {"status": self.status, "body": self.client.decode(), "trailers": trailers}
        if self.upstream is not None and self.upstream_complete:
            trailers = [f"{name.decode()}: {value.decode()}" for name, value in self.upstream_trailers]
            outcome["upstream"] = [self.upstream.decode(), trailers]
        return outcome
