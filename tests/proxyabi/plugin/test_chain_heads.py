"""Heads that leave: what the driver writes into them, what a request needs for a route, and trailers that come late."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from conversation import Conversation, local_headers, request, response
from scripted import (
    PAUSE,
    REQUEST,
    REQUEST_BODY,
    REQUEST_HEADERS,
    REQUEST_TRAILERS,
    RESPONSE,
    RESPONSE_HEADERS,
    add,
    body,
    call_check,
    drop,
    give,
    header,
    local,
    log,
    on_end,
    remove,
    resume,
    show,
    stream,
)

from proxyabi import HeaderMap
from proxyabi.context.commands import ForwardRequestHeaders, ForwardResponseBody, ForwardResponseHeaders
from proxyabi.context.events import HttpCallResponse, RequestHeaders, UpstreamFailed
from proxyabi.context.stream_info import StreamInfo

PROTO = (b"x-forwarded-proto", b"http")
ANSWERED = HttpCallResponse(0, 4, response(), b"", HeaderMap())
HELD_RESPONSE = {"on_response_headers": [call_check(), give(PAUSE)]}


def test_a_request_that_lost_x_forwarded_proto_finds_no_route_and_the_log_says_why(engine):
    talk = Conversation(engine, {"on_request_headers": [drop(remove(REQUEST_HEADERS, PROTO[0]))]})

    (command,) = talk.get(b"/", PROTO)

    assert command == ForwardResponseHeaders(1, HeaderMap([(b":status", b"404")]), end_of_stream=True)
    assert "lost it" in talk.warnings()[0]


def test_a_request_that_never_had_x_forwarded_proto_goes_on(engine):
    talk = Conversation(engine, {"on_request_headers": [drop(remove(REQUEST_HEADERS, PROTO[0]))]})

    assert talk.get() == [ForwardRequestHeaders(1, request(), end_of_stream=True)]


def test_continuing_a_connection_leaves_the_windows_of_a_request_open(engine):
    script = {"on_request_headers": [resume(2), show(":path", header(REQUEST_HEADERS, b":path"))]}
    talk = Conversation(engine, script)

    talk.get(b"/here")

    assert talk.said == [":path: 00", "/here"]


def test_trailers_added_to_a_body_that_was_held_whole_are_shown_to_the_filter_that_added_them(engine):
    script = {
        "on_request_headers": [call_check(), give(PAUSE)],
        "on_http_call_response": [stream(), resume(REQUEST)],
        "on_request_body": [on_end(drop(add(REQUEST_TRAILERS, b"x-t", b"1")))],
        "on_request_trailers": [log(b"trailers")],
    }
    talk = Conversation(engine, script)
    talk.post()
    talk.body(b"ab", end=True)

    talk.feed(ANSWERED)

    assert talk.said == ["trailers"]


def test_what_the_driver_writes_into_a_head_is_seen_by_a_guest_that_still_holds_it(engine):
    script = HELD_RESPONSE | {
        "on_http_call_response": [stream(), resume(RESPONSE)],
        "on_response_body": [show("server", header(RESPONSE_HEADERS, b"server"))],
    }
    talk = Conversation(engine, script)
    heads: list[str] = []

    def complete(direction: str, headers: HeaderMap) -> None:
        heads.append(direction)
        headers.add(b"server", b"me")

    talk.stream = talk.host.open_stream(StreamInfo(before_leaving=complete))
    talk.feed(RequestHeaders(talk.stream, request(), end_of_stream=True))
    talk.answer()
    talk.answer_body(b"ab", end=True)
    commands = talk.feed(ANSWERED)

    assert heads == ["request", "response"]
    assert commands[0] == ForwardResponseHeaders(1, response((b"server", b"me")), end_of_stream=False)
    assert talk.said == ["server: 00", "me"]


def test_an_upstream_that_fails_while_its_response_is_held_gives_a_local_response_that_no_filter_sees(engine):
    talk = Conversation(engine, HELD_RESPONSE)
    talk.get()
    talk.answer()

    commands = talk.feed(UpstreamFailed(1, 502, "upstream_reset_after_response_started{protocol_error}", b"too bad"))

    assert commands == [
        ForwardResponseHeaders(1, local_headers(502, 7), end_of_stream=False),
        ForwardResponseBody(1, b"too bad", end_of_stream=True),
    ]
    assert talk.names.count("on_response_headers") == 1


def test_a_piece_of_body_that_goes_nowhere_is_empty_when_a_guest_looks_at_it_later(engine):
    script = {
        "on_request_headers": [call_check()],
        "on_request_body": [local(429, b"no")],
        "on_http_call_response": [stream(), show("body", body(REQUEST_BODY))],
    }
    talk = Conversation(engine, script)
    talk.post()
    talk.body(b"abcd")

    talk.feed(ANSWERED)

    assert talk.said == ["body: 00", ""]
