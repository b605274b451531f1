"""One filter on one stream: windows, results, traps, the end of its context."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from conversation import Conversation, filter_of, request, response
from scripted import (
    CONTINUE,
    PAUSE,
    REQUEST,
    REQUEST_BODY,
    REQUEST_HEADERS,
    REQUEST_TRAILERS,
    RESPONSE,
    RESPONSE_BODY,
    RESPONSE_HEADERS,
    RESPONSE_TRAILERS,
    add,
    body,
    call_check,
    context,
    drop,
    get_property,
    give,
    header,
    log,
    nth,
    on_end,
    report,
    resume,
    set_body,
    show,
    stream,
)

from proxyabi import HeaderMap, StreamInfo
from proxyabi.context.commands import (
    DispatchHttpCall,
    ForwardRequestBody,
    ForwardRequestHeaders,
    ForwardRequestTrailers,
    ForwardResponseBody,
    ForwardResponseHeaders,
    ForwardResponseTrailers,
)
from proxyabi.context.events import HttpCallResponse, RequestHeaders, StreamDone, StreamReset


def everything(**steps: Any) -> dict[str, Any]:
    """A script with all callbacks of a stream, empty but for *steps*."""
    names = ("request", "response")
    script: dict[str, Any] = {f"on_{name}_{part}": [] for name in names for part in ("headers", "body", "trailers")}
    script |= {"on_log": [], "on_done": [], "on_delete": []}
    return script | {f"on_{name}": value for name, value in steps.items()}


def test_a_stream_passes_a_filter_that_does_nothing(engine):
    talk = Conversation(engine, everything())

    assert talk.post() == [ForwardRequestHeaders(1, request(b"/", method=b"POST"), end_of_stream=False)]
    assert talk.body(b"abc") == [ForwardRequestBody(1, b"abc", end_of_stream=False)]
    assert talk.trailers((b"x-t", b"1")) == [ForwardRequestTrailers(1, HeaderMap([(b"x-t", b"1")]))]
    assert talk.answer() == [ForwardResponseHeaders(1, response(), end_of_stream=False)]
    assert talk.answer_body(b"de") == [ForwardResponseBody(1, b"de", end_of_stream=False)]
    assert talk.answer_trailers((b"x-u", b"2")) == [ForwardResponseTrailers(1, HeaderMap([(b"x-u", b"2")]))]
    assert talk.done() == []
    assert talk.calls == [
        "on_context_create(2, 1)",
        "on_request_headers(2, 4, 0) = 0",
        "on_request_body(2, 3, 0) = 0",
        "on_request_trailers(2, 1) = 0",
        "on_response_headers(2, 1, 0) = 0",
        "on_response_body(2, 2, 0) = 0",
        "on_response_trailers(2, 1) = 0",
        "on_log(2)",
        "on_done(2) = 1",
        "on_delete(2)",
    ]
    assert talk.host.contexts_left == 0


def test_a_filter_changes_headers_both_ways(engine):
    talk = Conversation(
        engine,
        {
            "on_request_headers": [drop(add(REQUEST_HEADERS, b"X-A", b"1"))],
            "on_response_headers": [drop(add(RESPONSE_HEADERS, b"x-b", b"2"))],
        },
    )

    assert talk.get() == [ForwardRequestHeaders(1, request(b"/", (b"x-a", b"1")), end_of_stream=True)]
    assert talk.answer(end=True) == [ForwardResponseHeaders(1, response((b"x-b", b"2")), end_of_stream=True)]


def test_the_event_keeps_its_headers_when_a_filter_changes_them(engine):
    """The driver may want to show what changed."""
    talk = Conversation(engine, {"on_request_headers": [drop(add(REQUEST_HEADERS, b"x-a", b"1"))]})
    event = RequestHeaders(talk.open(), request(), end_of_stream=True)

    talk.feed(event)

    assert event.headers == request()


def test_what_was_forwarded_does_not_change_any_more(engine):
    """A held response map stays open to the guest after it was let go."""
    talk = Conversation(
        engine,
        {
            "on_response_headers": [call_check(), give(PAUSE)],
            "on_http_call_response": [stream(), resume(RESPONSE), report("after", add(RESPONSE_HEADERS, b"x-late", b"1"))],
            "on_response_body": [report("later", add(RESPONSE_HEADERS, b"x-later", b"1"))],
        },
    )
    talk.get()
    talk.answer()

    commands = talk.feed(HttpCallResponse(0, 4, response(), b"", HeaderMap()))
    talk.answer_body(b"x", end=True)

    assert commands == [ForwardResponseHeaders(1, response((b"x-late", b"1")), end_of_stream=False)]
    assert talk.said == ["after: 00", "later: 00"]


# abi 3.3, 11.2: what a number means.


@pytest.mark.parametrize(
    ("value", "forwarded"),
    [(0, True), (1, False), (2, True), (3, False), (4, False), (5, False), (0xFFFFFFFF, False)],
)
def test_the_result_of_a_headers_callback(engine, value, forwarded):
    talk = Conversation(engine, {"on_request_headers": [give(value)], "on_request_body": []})

    commands = talk.post()

    assert bool(commands) is forwarded
    if not forwarded:
        talk.body(b"x")
        assert "on_request_body" not in talk.names, "a headers callback that stops holds the body too"


@pytest.mark.parametrize(
    ("value", "forwarded", "next_size"),
    [(0, True, 2), (1, False, 4), (2, False, 2), (3, False, 2), (4, False, 2), (0xFFFFFFFF, False, 2)],
)
def test_the_result_of_a_body_callback(engine, value, forwarded, next_size):
    """1 shows what has come together; 2 keeps it but shows the new piece only; 3 and above drop the piece."""
    talk = Conversation(engine, {"on_request_body": [nth(1, give(value))]})
    talk.post()

    first = talk.body(b"ab")
    talk.body(b"cd", end=True)

    assert bool(first) is forwarded
    assert talk.calls[-1] == f"on_request_body(2, {next_size}, 1) = 0"


@pytest.mark.parametrize(("value", "sent"), [(1, b"abcd"), (2, b"abcd"), (3, b"cd")])
def test_a_body_that_was_held_goes_on_with_the_piece_that_continues(engine, value, sent):
    talk = Conversation(engine, {"on_request_body": [nth(1, give(value))]})
    talk.post()

    talk.body(b"ab")
    commands = talk.body(b"cd", end=True)

    assert commands == [ForwardRequestBody(1, sent, end_of_stream=True)]


@pytest.mark.parametrize("value", [1, 2, 7])
def test_trailers_are_held_by_every_result_but_0(engine, value):
    talk = Conversation(engine, {"on_request_trailers": [give(value)]})
    talk.post()

    assert talk.trailers((b"x", b"y")) == []


def test_plain_stop_iteration_lets_the_same_filter_see_the_body(engine):
    """With allow_on_headers_stop_iteration; a body callback that continues then lets the headers go too."""
    script = {"on_request_headers": [give(PAUSE)], "on_request_body": [nth(1, give(PAUSE))]}
    talk = Conversation(engine, filter_of(script, allow_on_headers_stop_iteration=True))

    assert talk.post() == []
    assert talk.body(b"ab") == []
    assert talk.body(b"cd", end=True) == [
        ForwardRequestHeaders(1, request(method=b"POST"), end_of_stream=False),
        ForwardRequestBody(1, b"abcd", end_of_stream=True),
    ]
    assert talk.names == ["on_context_create", "on_request_headers", "on_request_body", "on_request_body"]


# Pause and continue.


def test_a_request_held_for_a_call_goes_on_with_its_answer(engine):
    talk = Conversation(
        engine,
        {
            "on_request_headers": [call_check(), give(PAUSE)],
            "on_request_body": [],
            "on_http_call_response": [stream(), drop(add(REQUEST_HEADERS, b"x-checked", b"1")), resume(REQUEST), log(b"resumed")],
        },
    )

    (dispatched,) = talk.post()
    assert isinstance(dispatched, DispatchHttpCall)
    assert talk.body(b"ab") == []
    assert talk.body(b"cd", end=True) == []
    commands = talk.feed(HttpCallResponse(dispatched.plugin_id, dispatched.call_id, response(), b"", HeaderMap()))

    assert commands == [
        ForwardRequestHeaders(1, request(b"/", (b"x-checked", b"1"), method=b"POST"), end_of_stream=False),
        ForwardRequestBody(1, b"abcd", end_of_stream=True),
    ]
    assert talk.calls[-2:] == ["on_http_call_response(1, 4, 1, 0, 0)", "on_request_body(2, 4, 1) = 0"]
    assert talk.said == ["resumed"], "the request goes on only after the guest has returned"


def test_a_held_request_without_a_body_goes_on_with_its_end(engine):
    talk = Conversation(
        engine, {"on_request_headers": [call_check(), give(PAUSE)], "on_http_call_response": [stream(), resume(REQUEST)]}
    )
    talk.get()

    commands = talk.feed(HttpCallResponse(0, 4, response(), b"", HeaderMap()))

    assert commands == [ForwardRequestHeaders(1, request(), end_of_stream=True)]


def test_continue_twice_is_continue_once(engine):
    talk = Conversation(
        engine,
        {
            "on_request_headers": [call_check(), give(PAUSE)],
            "on_http_call_response": [stream(), resume(REQUEST), resume(REQUEST)],
        },
    )
    talk.get()

    commands = talk.feed(HttpCallResponse(0, 4, response(), b"", HeaderMap()))

    assert commands == [ForwardRequestHeaders(1, request(), end_of_stream=True)]


def test_continue_of_trailers_twice_sends_them_once(engine):
    """Envoy sends them twice here."""
    talk = Conversation(
        engine,
        {
            "on_request_trailers": [call_check(), give(PAUSE)],
            "on_http_call_response": [stream(), resume(REQUEST), resume(REQUEST)],
        },
    )
    talk.post()
    talk.trailers((b"x", b"y"))

    assert talk.feed(HttpCallResponse(0, 4, response(), b"", HeaderMap())) == [
        ForwardRequestTrailers(1, HeaderMap([(b"x", b"y")]))
    ]


def test_continue_in_a_callback_that_continues_changes_nothing(engine):
    """Envoy sends the headers twice here."""
    talk = Conversation(engine, {"on_request_headers": [resume(REQUEST), give(CONTINUE)]})

    assert talk.get() == [ForwardRequestHeaders(1, request(), end_of_stream=True)]


def test_continue_in_a_callback_that_pauses_sends_the_headers_and_holds_the_rest(engine):
    """As Envoy does; the body waits for a continue that never comes, and the host's log says so."""
    talk = Conversation(engine, {"on_request_headers": [resume(REQUEST), give(PAUSE)]})

    assert talk.post() == [ForwardRequestHeaders(1, request(method=b"POST"), end_of_stream=False)]
    assert talk.body(b"x", end=True) == []
    assert len(talk.warnings()) == 1


def test_a_pause_that_nothing_can_end_is_told_once(engine):
    talk = Conversation(engine, {"on_request_headers": [give(PAUSE)]})

    talk.post()
    talk.body(b"x")

    (warning,) = talk.warnings()
    assert "filter 0: stream 1 (context 2): the filter holds the whole request" in warning
    assert "proxy_continue_stream" in warning


def test_a_pause_with_a_call_under_way_is_not_told(engine):
    talk = Conversation(engine, {"on_request_headers": [call_check(), give(PAUSE)], "on_http_call_response": [log(b"forgot")]})
    talk.get()
    assert talk.warnings() == []

    talk.feed(HttpCallResponse(0, 4, response(), b"", HeaderMap()))

    assert len(talk.warnings()) == 1, "the answer came and the stream still stands"


def test_a_body_that_is_being_gathered_is_not_told(engine):
    talk = Conversation(engine, {"on_request_body": [on_end(give(CONTINUE)), give(PAUSE)]})

    talk.post()
    talk.body(b"x")

    assert talk.warnings() == []


# Bodies and trailers.


def test_a_gathered_body_is_replaced(engine):
    talk = Conversation(
        engine,
        {
            "on_request_body": [
                on_end(show("body", body(REQUEST_BODY)), report("set", set_body(REQUEST_BODY, b"new")), give(CONTINUE)),
                give(PAUSE),
            ]
        },
    )
    talk.post()

    assert talk.body(b"old ") == []
    assert talk.body(b"body") == []
    assert talk.body(b"", end=True) == [ForwardRequestBody(1, b"new", end_of_stream=True)]
    assert talk.said == ["body: 00", "old body", "set: 00"]
    assert talk.calls[-1] == "on_request_body(2, 8, 1) = 0"


def test_a_piece_of_body_is_changed_in_passing(engine):
    talk = Conversation(
        engine, {"on_response_body": [drop(set_body(RESPONSE_BODY, b"<", 0, 0)), drop(set_body(RESPONSE_BODY, b">", 9999, 0))]}
    )
    talk.get()
    talk.answer()

    assert talk.answer_body(b"ab") == [ForwardResponseBody(1, b"<ab>", end_of_stream=False)]


def test_an_empty_end_is_shown_to_the_filter(engine):
    talk = Conversation(engine, {"on_request_body": []})
    talk.post()

    assert talk.body(b"ab") == [ForwardRequestBody(1, b"ab", end_of_stream=False)]
    assert talk.body(b"", end=True) == [ForwardRequestBody(1, b"", end_of_stream=True)]
    assert talk.calls[-1] == "on_request_body(2, 0, 1) = 0"


def test_trailers_are_added_with_the_last_piece(engine):
    """The filter that adds them is not shown them."""
    talk = Conversation(
        engine,
        {
            "on_request_body": [report("add", add(REQUEST_TRAILERS, b"x-sum", b"3"))],
            "on_request_trailers": [log(b"trailers")],
        },
    )
    talk.post()

    first = talk.body(b"ab")
    last = talk.body(b"c", end=True)

    assert first == [ForwardRequestBody(1, b"ab", end_of_stream=False)]
    assert last == [
        ForwardRequestBody(1, b"c", end_of_stream=False),
        ForwardRequestTrailers(1, HeaderMap([(b"x-sum", b"3")])),
    ]
    assert talk.said == ["add: 02", "add: 00"]


def test_trailers_added_to_a_gathered_body_go_on_once(engine):
    talk = Conversation(
        engine,
        {"on_response_body": [on_end(drop(add(RESPONSE_TRAILERS, b"x-sum", b"3")), give(CONTINUE)), give(PAUSE)]},
    )
    talk.get()
    talk.answer()

    talk.answer_body(b"ab")

    assert talk.answer_body(b"c", end=True) == [
        ForwardResponseBody(1, b"abc", end_of_stream=False),
        ForwardResponseTrailers(1, HeaderMap([(b"x-sum", b"3")])),
    ]


def test_held_trailers_go_on_with_the_body_before_them(engine):
    talk = Conversation(
        engine,
        {
            "on_request_body": [give(PAUSE)],
            "on_request_trailers": [call_check(), give(PAUSE)],
            "on_http_call_response": [stream(), drop(add(REQUEST_TRAILERS, b"x-b", b"2")), resume(REQUEST)],
        },
    )
    talk.post()
    talk.body(b"ab")
    talk.trailers((b"x-a", b"1"))

    assert talk.feed(HttpCallResponse(0, 4, response(), b"", HeaderMap())) == [
        ForwardRequestBody(1, b"ab", end_of_stream=False),
        ForwardRequestTrailers(1, HeaderMap([(b"x-a", b"1"), (b"x-b", b"2")])),
    ]


# abi 11.4: windows.


def window_report(map_type: int) -> str:
    return report(str(map_type), header(map_type, b"x"))


def windows() -> list[str]:
    """Report the status of reading every map of a stream: 1 is open (there is no such header), 2 is closed."""
    return [window_report(map_type) for map_type in range(4)]


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        ("on_request_headers", [1, 2, 2, 2]),
        ("on_request_body", [2, 2, 2, 2]),
        ("on_request_trailers", [2, 1, 2, 2]),
        ("on_response_headers", [2, 2, 1, 2]),
        ("on_response_body", [2, 2, 2, 2]),
        ("on_response_trailers", [2, 2, 2, 1]),
        ("on_log", [1, 1, 1, 1]),
        ("on_done", [2, 2, 2, 2]),
    ],
)
def test_maps_are_open_in_their_callbacks(engine, callback, expected):
    """At log time a map that is not there gives NOT_FOUND as well."""
    talk = Conversation(engine, {callback: windows()})
    talk.post()
    talk.body(b"x")
    talk.trailers((b"y", b"z"))
    talk.answer()
    talk.answer_body(b"x")
    talk.answer_trailers((b"y", b"z"))
    talk.done()

    assert talk.said == [f"{map_type}: {status:02}" for map_type, status in enumerate(expected)]


def test_request_maps_close_with_continue_of_either_direction(engine):
    talk = Conversation(
        engine,
        {
            "on_request_headers": [call_check(), give(PAUSE)],
            "on_http_call_response": [
                stream(),
                window_report(REQUEST_HEADERS),
                resume(RESPONSE),
                window_report(REQUEST_HEADERS),
                resume(REQUEST),
            ],
        },
    )
    talk.get()

    talk.feed(HttpCallResponse(0, 4, response(), b"", HeaderMap()))

    assert talk.said == ["0: 01", "0: 02"]


def test_a_body_outside_its_window_is_empty_and_read_only(engine):
    talk = Conversation(
        engine, {"on_request_headers": [show("get", body(REQUEST_BODY)), report("set", set_body(REQUEST_BODY, b"x"))]}
    )

    talk.post()

    assert talk.said == ["get: 00", "", "set: 02"]


def test_a_body_that_has_passed_is_closed(engine):
    """What waits while the body callback itself pauses stays open, into the trailers."""
    setting = report("set", set_body(REQUEST_BODY, b"x"))
    for result, status in ((CONTINUE, 2), (PAUSE, 0)):
        talk = Conversation(engine, {"on_request_body": [give(result)], "on_request_trailers": [setting]})
        talk.post()
        talk.body(b"ab")
        talk.trailers((b"x", b"y"))

        assert talk.said == [f"set: {status:02}"]


def test_a_stream_that_never_had_headers_is_created_to_be_logged(engine):
    talk = Conversation(engine, {"on_log": windows()})

    talk.open()
    talk.done()

    assert talk.names == ["on_context_create", "on_log"]
    assert talk.said == ["0: 01", "1: 01", "2: 01", "3: 01"]


def test_the_response_code_is_known_from_the_response_headers_on(engine):
    show_code = report("code", get_property(b"response\0code"))
    talk = Conversation(engine, {"on_request_headers": [show_code], "on_response_headers": [show_code], "on_log": [show_code]})

    talk.get()
    talk.answer(end=True)
    talk.done()

    assert talk.said == ["code: 01", "code: 00", "code: 00"]


# The end.


def test_a_stream_that_is_reset_while_held_is_logged_and_ends(engine):
    talk = Conversation(
        engine,
        everything(request_headers=[call_check(), give(PAUSE)])
        | {"on_http_call_response": [stream(), report("set", context(2))]},
    )
    talk.get()

    assert talk.feed(StreamReset(1)) == []
    assert talk.done() == []
    assert talk.names[-3:] == ["on_log", "on_done", "on_delete"]
    talk.feed(HttpCallResponse(0, 4, response(), b"", HeaderMap()))
    assert talk.names[-1] == "on_http_call_response", "the call belongs to the plugin, which is told all the same"
    assert talk.said == ["set: 02"]
    assert talk.host.contexts_left == 0


def test_two_filters_end_one_after_the_other_and_log_together(engine):
    talk = Conversation(engine, everything(log=[log(b"a")]), everything(log=[log(b"b")]))
    talk.get()
    talk.answer(end=True)
    before = len(talk.names)
    talk.done()

    assert talk.names[before:] == ["on_log", "on_log", "on_done", "on_delete", "on_done", "on_delete"]
    assert talk.said == ["a", "b"]


def test_events_of_a_stream_that_has_ended_mean_nothing(engine):
    talk = Conversation(engine, everything())
    talk.get()
    talk.done()
    calls = len(talk.calls)

    assert talk.answer(end=True) == []
    assert talk.feed(StreamDone(1)) == []
    assert talk.feed(StreamDone(77)) == []
    assert len(talk.calls) == calls


def test_a_stream_keeps_what_the_driver_knows(engine):
    talk = Conversation(engine, {"on_request_headers": [show("source", get_property(b"source\0address"))]})
    stream_id = talk.host.open_stream(StreamInfo(source_address="10.0.0.1:1234"))

    talk.feed(RequestHeaders(stream_id, request(), end_of_stream=True))

    assert talk.said == ["source: 00", "10.0.0.1:1234"]


def test_a_body_held_anew_before_trailers_is_lost_as_in_envoy_and_told(engine):
    """Everything held, then the body held by its own callback, then trailers that continue: Envoy 1.40 drops the body."""
    talk = Conversation(
        engine,
        {
            "on_request_headers": [call_check(), give(PAUSE)],
            "on_request_body": [give(PAUSE)],
            "on_request_trailers": [],
            "on_http_call_response": [stream(), resume(REQUEST)],
        },
    )
    talk.post()
    talk.body(b"abc")
    talk.trailers((b"x-t", b"1"))

    assert talk.feed(HttpCallResponse(0, 4, response(), b"", HeaderMap())) == [
        ForwardRequestHeaders(1, request(method=b"POST"), end_of_stream=False),
        ForwardRequestTrailers(1, HeaderMap([(b"x-t", b"1")])),
    ]
    assert talk.names[-3:] == ["on_request_body", "on_request_trailers", "on_request_trailers"]
    (warning,) = talk.warnings()
    assert "the request's body is lost, here as in Envoy" in warning
