"""Several filters on one stream, local replies in every phase, limits, resets."""

from __future__ import annotations

import gc
import sys
import weakref
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from conversation import Conversation, filter_of, local_headers, request, response
from scripted import (
    CONTINUE,
    PAUSE,
    REQUEST,
    REQUEST_HEADERS,
    REQUEST_TRAILERS,
    RESPONSE,
    RESPONSE_HEADERS,
    add,
    call_check,
    close,
    drop,
    get_property,
    give,
    header,
    local,
    log,
    nth,
    on_end,
    remove,
    replace,
    resume,
    show,
    stream,
)

from proxyabi import HeaderMap, StreamInfo
from proxyabi.context.commands import (
    AbandonUpstream,
    ForwardRequestBody,
    ForwardRequestHeaders,
    ForwardRequestTrailers,
    ForwardResponseBody,
    ForwardResponseHeaders,
    PauseReading,
    ResetStream,
    ResumeReading,
)
from proxyabi.context.events import HttpCallResponse, RequestHeaders, StreamReset, UpstreamFailed

ANSWERED = HttpCallResponse(0, 4, response(), b"", HeaderMap())


def reply(code: int, text: bytes, *headers: tuple[bytes, bytes], stream_id: int = 1) -> list[object]:
    """A local response with a text, as commands."""
    return [
        ForwardResponseHeaders(stream_id, local_headers(code, len(text), *headers), end_of_stream=False),
        ForwardResponseBody(stream_id, text, end_of_stream=True),
    ]


# Order.


def test_a_request_passes_in_order_and_a_response_in_reverse(engine):
    first = {"on_request_headers": [log(b"1")], "on_response_headers": [log(b"1")]}
    second = {"on_request_headers": [log(b"2")], "on_response_headers": [log(b"2")]}
    talk = Conversation(engine, first, second)

    talk.get()
    talk.answer(end=True)

    assert talk.said == ["1", "2", "2", "1"]


def test_a_filter_sees_what_the_one_before_it_made(engine):
    talk = Conversation(
        engine,
        {"on_request_headers": [drop(add(REQUEST_HEADERS, b"x-a", b"1"))]},
        {"on_request_headers": [show("x-a", header(REQUEST_HEADERS, b"x-a"))]},
    )

    talk.get()

    assert talk.said == ["x-a: 00", "1"]


def test_the_second_filter_does_not_run_while_the_first_one_holds(engine):
    second = {"on_request_headers": [log(b"second")], "on_request_body": [log(b"body")]}
    talk = Conversation(
        engine, {"on_request_headers": [call_check(), give(PAUSE)], "on_http_call_response": [stream(), resume(REQUEST)]}, second
    )

    assert talk.post()[1:] == []
    assert talk.body(b"ab", end=True) == []
    assert talk.said == []
    assert talk.feed(ANSWERED) == [
        ForwardRequestHeaders(1, request(method=b"POST"), end_of_stream=False),
        ForwardRequestBody(1, b"ab", end_of_stream=True),
    ]
    assert talk.said == ["second", "body"]


def test_what_two_filters_hold_in_turn_goes_on_whole(engine):
    holding = {"on_request_body": [on_end(give(CONTINUE)), give(PAUSE)]}
    talk = Conversation(engine, holding, holding)
    talk.post()

    assert talk.body(b"ab") == []
    assert talk.body(b"cd") == []
    assert talk.body(b"", end=True) == [ForwardRequestBody(1, b"abcd", end_of_stream=True)]


def test_trailers_added_by_one_filter_are_shown_to_the_next(engine):
    talk = Conversation(
        engine,
        {"on_request_body": [drop(add(REQUEST_TRAILERS, b"x-t", b"1"))], "on_request_trailers": [log(b"first")]},
        {"on_request_body": [on_end(log(b"end"))], "on_request_trailers": [log(b"second")]},
    )
    talk.post()

    assert talk.body(b"ab", end=True) == [
        ForwardRequestBody(1, b"ab", end_of_stream=False),
        ForwardRequestTrailers(1, HeaderMap([(b"x-t", b"1")])),
    ]
    assert talk.said == ["second"], "the next filter's body does not end the stream, its trailers do"


def test_two_plugins_with_the_same_configuration_share_their_context(engine):
    one = filter_of({"on_request_headers": []}, name="same")
    talk = Conversation(engine, one, one)

    talk.get()

    assert [record["args"] for record in talk.records if record.get("name") == "proxy_on_context_create"] == [
        [1, 0],
        [2, 1],
        [3, 1],
    ]


# Local responses.


def test_a_local_response_to_a_request_passes_its_own_filter(engine):
    talk = Conversation(
        engine,
        {
            "on_request_headers": [local(403, b"no", [(b"X-Why", b"because")]), give(PAUSE)],
            "on_response_headers": [show("status", header(RESPONSE_HEADERS, b":status"))],
            "on_response_body": [log(b"body")],
        },
    )

    assert talk.get() == reply(403, b"no", (b"x-why", b"because"))
    assert talk.said == ["status: 00", "403", "body"]


def test_a_local_response_counts_whatever_the_callback_returns(engine):
    talk = Conversation(engine, {"on_request_headers": [local(403, b"no"), give(CONTINUE)]})

    assert talk.get() == reply(403, b"no")


def test_a_filter_changes_its_own_local_response(engine):
    talk = Conversation(
        engine,
        {
            "on_request_headers": [local(403, b"no"), give(PAUSE)],
            "on_response_headers": [drop(replace(RESPONSE_HEADERS, b":status", b"404"))],
        },
    )

    (headers, _) = talk.get()

    assert headers.headers.get(b":status") == b"404"


def test_a_local_response_of_the_second_filter_passes_both_in_reverse(engine):
    talk = Conversation(
        engine,
        {"on_response_headers": [log(b"first")]},
        {"on_request_headers": [local(403, b"no"), give(PAUSE)], "on_response_headers": [log(b"second")]},
    )

    assert talk.get() == reply(403, b"no")
    assert talk.said == ["second", "first"]


def test_a_filter_behind_a_local_response_is_only_logged(engine):
    """Case 8 of abi 11.9: the second filter has no context yet, so its response callbacks are left out."""
    second = {"on_request_headers": [], "on_response_headers": [log(b"wrong")], "on_log": [log(b"logged")]}
    talk = Conversation(engine, {"on_request_headers": [local(403, b"no")]}, second)

    talk.get()
    talk.done()

    assert talk.said == ["logged"]
    assert talk.names[-2:] == ["on_context_create", "on_log"]


def test_a_local_response_in_the_body_abandons_the_upstream(engine):
    talk = Conversation(engine, {"on_request_body": [local(403, b"no"), give(PAUSE)]})
    talk.post()

    assert talk.body(b"x") == [AbandonUpstream(1), *reply(403, b"no")]
    assert talk.body(b"y", end=True) == []
    assert talk.answer(end=True) == [], "what the upstream says now comes too late"


def test_an_answer_of_the_upstream_to_a_held_local_response_comes_too_late(engine):
    talk = Conversation(
        engine, {"on_request_body": [local(403, b"no"), give(PAUSE)], "on_response_headers": [call_check(), give(PAUSE)]}
    )
    talk.post()
    talk.body(b"x")

    assert talk.answer(end=True) == []
    assert talk.names.count("on_response_headers") == 1


def test_a_local_response_keeps_the_request_open_whatever_the_callback_returns(engine):
    """As a pause would, and as Envoy does."""
    talk = Conversation(
        engine,
        {
            "on_request_headers": [local(403, b"no"), give(CONTINUE)],
            "on_response_headers": [show("path", header(REQUEST_HEADERS, b":path"))],
        },
    )

    talk.get()

    assert talk.said == ["path: 00", "/"]


def test_a_late_local_response_without_details_still_says_why_the_stream_was_reset(engine):
    talk = Conversation(engine, {"on_response_body": [local(502, b"bad")]})
    talk.get()
    talk.answer()

    assert talk.answer_body(b"x") == [ResetStream(1, "local_response_after_headers")]


def test_a_local_response_in_the_request_trailers(engine):
    talk = Conversation(engine, {"on_request_trailers": [local(403, b"no"), give(PAUSE)]})
    talk.post()

    assert talk.trailers((b"x", b"y")) == [AbandonUpstream(1), *reply(403, b"no")]


def test_a_local_response_to_a_response_passes_no_filter(engine):
    talk = Conversation(
        engine, {"on_response_headers": [log(b"headers"), local(502, b"bad"), give(CONTINUE)], "on_response_body": [log(b"body")]}
    )
    talk.get()

    assert talk.answer() == [AbandonUpstream(1), *reply(502, b"bad")]
    assert talk.answer_body(b"rest", end=True) == []
    assert talk.said == ["headers"]


def test_a_local_response_to_a_complete_response_has_no_upstream_to_abandon(engine):
    talk = Conversation(engine, {"on_response_headers": [local(502, b"bad"), give(CONTINUE)]})
    talk.get()

    assert talk.answer(end=True) == reply(502, b"bad")


@pytest.mark.parametrize("callback", ["on_response_body", "on_response_trailers"])
def test_a_local_response_after_the_headers_resets_the_stream(engine, callback):
    talk = Conversation(engine, {callback: [local(502, b"bad", details=b"too  late"), give(PAUSE)]})
    talk.get()
    talk.answer()

    commands = talk.answer_body(b"x") if callback == "on_response_body" else talk.answer_trailers((b"x", b"y"))

    (reset,) = commands
    assert isinstance(reset, ResetStream)
    assert " " not in reset.details


def test_a_local_response_while_the_response_headers_are_held_takes_their_place(engine):
    talk = Conversation(
        engine,
        {
            "on_response_headers": [call_check(), give(PAUSE)],
            "on_http_call_response": [stream(), local(502, b"bad")],
            "on_response_body": [log(b"wrong")],
        },
    )
    talk.get()
    talk.answer()

    assert talk.feed(ANSWERED) == [AbandonUpstream(1), *reply(502, b"bad")]
    assert talk.said == []


def test_a_local_response_from_an_answer_passes_the_filter(engine):
    talk = Conversation(
        engine,
        {
            "on_request_headers": [call_check(), give(PAUSE)],
            "on_http_call_response": [stream(), local(403, b"no")],
            "on_response_headers": [log(b"headers")],
            "on_response_body": [log(b"body")],
        },
    )
    talk.get()

    assert talk.feed(ANSWERED) == reply(403, b"no")
    assert talk.said == ["headers", "body"]


def test_the_first_of_two_local_responses_counts(engine):
    talk = Conversation(engine, {"on_request_headers": [local(401, b"first"), local(402, b"second"), give(PAUSE)]})

    assert talk.get() == reply(401, b"first")


def test_a_local_response_to_a_local_response_takes_its_place(engine):
    """What Envoy does with a filter that answers in both header callbacks."""
    talk = Conversation(engine, {"on_request_headers": [local(403, b"first")], "on_response_headers": [local(404, b"second")]})

    assert talk.get() == reply(404, b"second")


def test_a_local_response_and_then_continue_is_a_local_response(engine):
    talk = Conversation(
        engine,
        {
            "on_request_headers": [call_check(), give(PAUSE)],
            "on_http_call_response": [stream(), local(403, b"no"), resume(REQUEST)],
        },
    )
    talk.get()

    assert talk.feed(ANSWERED) == reply(403, b"no")


def test_continue_and_then_a_local_response_sends_both_ways(engine):
    talk = Conversation(
        engine,
        {
            "on_request_headers": [call_check(), give(PAUSE)],
            "on_http_call_response": [stream(), resume(REQUEST), local(403, b"no")],
        },
    )
    talk.get()

    assert talk.feed(ANSWERED) == [
        ForwardRequestHeaders(1, request(), end_of_stream=True),
        AbandonUpstream(1),
        *reply(403, b"no"),
    ]


def test_a_held_local_response_goes_on_like_any_other(engine):
    talk = Conversation(
        engine,
        {
            "on_request_headers": [local(403, b"no"), give(PAUSE)],
            "on_response_headers": [call_check(), give(PAUSE)],
            "on_http_call_response": [stream(), resume(RESPONSE)],
            "on_response_body": [log(b"body")],
        },
    )

    assert talk.get()[1:] == []
    assert talk.feed(ANSWERED) == reply(403, b"no")
    assert talk.said == ["body"]


@pytest.mark.parametrize("callback", ["on_log", "on_done", "on_delete"])
def test_a_local_response_at_the_end_has_no_effect(engine, callback):
    """In on_log, Envoy calls the callback again and again until its stack ends."""
    talk = Conversation(engine, {callback: [local(403, b"no")]})
    talk.get()
    talk.answer(end=True)

    assert talk.done() == []
    assert talk.names.count(callback) == 1


def test_the_details_of_a_local_response_can_be_read(engine):
    talk = Conversation(
        engine,
        {
            "on_request_headers": [local(403, b"no", details=b"not for you")],
            "on_response_headers": [show("details", get_property(b"response\0code_details"))],
        },
    )

    talk.get()

    assert talk.said == ["details: 00", "not_for_you"]


# Close.


def test_close_stream_resets_both_sides_and_the_stream_is_logged(engine):
    talk = Conversation(engine, {"on_request_headers": [close(REQUEST), give(CONTINUE)], "on_log": [log(b"logged")]})

    assert talk.get() == [ResetStream(1, "wasm_close_stream")]
    assert talk.answer(end=True) == []
    assert talk.done() == []
    assert talk.said == ["logged"]
    assert talk.host.contexts_left == 0


def test_close_stream_during_a_response(engine):
    talk = Conversation(engine, {"on_response_body": [close(RESPONSE), give(CONTINUE)]})
    talk.get()
    talk.answer()

    assert talk.answer_body(b"x") == [ResetStream(1, "via_upstream")]


# Missing pseudo headers, abi 12.


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b":method", reply(503, b"missing required header: :method")),
        (b":path", [ForwardResponseHeaders(1, HeaderMap([(b":status", b"404")]), end_of_stream=True)]),
    ],
)
def test_a_request_that_lost_what_it_needs_is_refused(engine, name, expected):
    """Without a path Envoy finds no route; without a method its codec refuses the request."""
    talk = Conversation(engine, {"on_request_headers": [drop(remove(REQUEST_HEADERS, name))]})

    assert talk.get() == expected


def test_a_request_without_authority_goes_on(engine):
    talk = Conversation(engine, {"on_request_headers": [drop(remove(REQUEST_HEADERS, b":authority"))]})

    (forwarded,) = talk.get()

    assert isinstance(forwarded, ForwardRequestHeaders)


def test_a_response_that_lost_its_status_becomes_502(engine):
    talk = Conversation(engine, {"on_response_headers": [drop(remove(RESPONSE_HEADERS, b":status"))]})
    talk.get()

    assert talk.answer() == [AbandonUpstream(1), *reply(502, b"missing required header: :status")]


# Limits.


def gathering(direction: str) -> dict[str, list[str]]:
    return {f"on_{direction}_body": [on_end(give(CONTINUE)), give(PAUSE)]}


def test_a_request_that_is_gathered_past_the_limit_becomes_413(engine):
    talk = Conversation(engine, gathering("request") | {"on_response_headers": [log(b"seen")]}, body_limit=100)
    talk.post()

    assert talk.body(b"x" * 100) == []
    assert talk.body(b"y") == [AbandonUpstream(1), *reply(413, b"Payload Too Large")]
    assert talk.said == ["seen"]


def test_a_request_held_whole_past_the_limit_becomes_413(engine):
    """Value 3 of a headers callback: hold everything, and refuse what is too large."""
    talk = Conversation(engine, {"on_request_headers": [call_check(), give(3)]}, body_limit=100)
    talk.post()

    assert talk.body(b"x" * 101) == reply(413, b"Payload Too Large")


def test_a_response_that_is_gathered_past_the_limit_resets_the_stream(engine):
    """Its headers are out already. The guest is not shown the piece that broke the limit."""
    talk = Conversation(engine, gathering("response"), body_limit=100)
    talk.get()
    talk.answer()

    assert talk.answer_body(b"x" * 100) == []
    assert talk.answer_body(b"y") == [ResetStream(1, "response_payload_too_large")]
    assert talk.names.count("on_response_body") == 1


def test_a_response_held_whole_past_the_limit_becomes_500(engine):
    talk = Conversation(engine, {"on_response_headers": [call_check(), give(3)]}, body_limit=100)
    talk.get()
    talk.answer()

    assert talk.answer_body(b"x" * 101) == [AbandonUpstream(1), *reply(500, b"Internal Server Error")]


def test_a_request_held_past_the_limit_slows_its_sender_down(engine):
    talk = Conversation(
        engine,
        {"on_request_headers": [call_check(), give(PAUSE)], "on_http_call_response": [stream(), resume(REQUEST)]},
        body_limit=100,
    )
    talk.post()

    assert talk.body(b"x" * 100) == []
    assert talk.body(b"y") == [PauseReading(1, "request")]
    assert talk.body(b"z", end=True) == []
    assert talk.feed(ANSWERED) == [
        ForwardRequestHeaders(1, request(method=b"POST"), end_of_stream=False),
        ForwardRequestBody(1, b"x" * 100 + b"yz", end_of_stream=True),
        ResumeReading(1, "request"),
    ]


def test_a_watermarked_body_slows_the_upstream_down(engine):
    """Value 2 of a body callback."""
    talk = Conversation(engine, {"on_response_body": [nth(1, give(2))]}, body_limit=100)
    talk.get()
    talk.answer()

    assert talk.answer_body(b"x" * 101) == [PauseReading(1, "response")]
    assert talk.answer_body(b"y") == [
        ForwardResponseBody(1, b"x" * 101 + b"y", end_of_stream=False),
        ResumeReading(1, "response"),
    ]


@pytest.mark.parametrize(("status", "closes"), [(400, True), (401, False), (503, False)])
def test_a_local_response_with_400_lets_the_connection_serve_nothing_more(engine, status, closes):
    talk = Conversation(engine, {"on_request_headers": [local(status)]})
    info = StreamInfo()
    stream = talk.host.open_stream(info)

    talk.feed(RequestHeaders(stream, request(), end_of_stream=True))

    assert info.closes_connection is closes


# Upstreams and clients that fail.


def test_an_upstream_that_fails_before_its_headers_gives_a_local_response(engine):
    talk = Conversation(engine, {"on_response_headers": [drop(add(RESPONSE_HEADERS, b"x-seen", b"1"))]})
    talk.get()

    expected = HeaderMap([*local_headers(503, 4), (b"x-seen", b"1")])
    assert talk.feed(UpstreamFailed(1, 503, "upstream_reset", b"down")) == [
        ForwardResponseHeaders(1, expected, end_of_stream=False),
        ForwardResponseBody(1, b"down", end_of_stream=True),
    ]


def test_an_upstream_that_fails_after_its_headers_resets_the_stream(engine):
    talk = Conversation(engine, {})
    talk.get()
    talk.answer()

    assert talk.feed(UpstreamFailed(1, 503, "upstream_reset", b"down")) == [ResetStream(1, "upstream_reset")]
    assert talk.feed(UpstreamFailed(1, 503, "upstream_reset", b"down")) == []


def test_an_upstream_that_fails_while_its_headers_are_held_gives_a_local_response(engine):
    talk = Conversation(engine, {"on_response_headers": [call_check(), give(PAUSE)]})
    talk.get()
    talk.answer()

    assert talk.feed(UpstreamFailed(1, 503, "upstream_reset", b"down")) == [
        ForwardResponseHeaders(1, HeaderMap(local_headers(503, 4)), end_of_stream=False),
        ForwardResponseBody(1, b"down", end_of_stream=True),
    ]


def test_a_client_that_vanishes_lets_the_upstream_go(engine):
    talk = Conversation(engine, {"on_request_body": []})
    talk.post()

    assert talk.feed(StreamReset(1)) == [AbandonUpstream(1)]
    assert talk.body(b"x") == []
    assert talk.done() == []
    assert talk.host.contexts_left == 0


def test_a_stream_that_has_ended_goes_without_the_collector(engine):
    talk = Conversation(engine, {"on_request_headers": [call_check(), give(PAUSE)]}, {})
    talk.get()
    chain = weakref.ref(talk.host._streams[talk.stream])
    gc.disable()
    try:
        talk.feed(StreamReset(talk.stream))
        talk.done()
        assert chain() is None
    finally:
        gc.enable()
