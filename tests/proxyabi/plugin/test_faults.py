"""What a guest does wrong, callback by callback, and what becomes of its streams and of others."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from conversation import Conversation, filter_of, request, response
from scripted import (
    LOOP,
    PAUSE,
    REQUEST_HEADERS,
    TRAP,
    add,
    call_check,
    drop,
    give,
    local,
    nth,
)

from proxyabi import HeaderMap
from proxyabi.context.commands import (
    AbandonUpstream,
    ForwardRequestBody,
    ForwardRequestHeaders,
    ForwardResponseHeaders,
    ResetStream,
)
from proxyabi.context.events import HttpCallResponse

FAILED_HEADERS = HeaderMap([(b":status", b"503")])


def failed_reply(end: bool = True) -> list[Any]:
    return [ForwardResponseHeaders(1, FAILED_HEADERS, end_of_stream=end)]


@pytest.mark.parametrize("fault", [TRAP, LOOP], ids=["trap", "loop"])
@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        ("on_context_create", "503 from the request"),
        ("on_request_headers", "503 from the request"),
        ("on_request_body", "503 from the body"),
        ("on_request_trailers", "503 from the trailers"),
        ("on_response_headers", "503 past the filters"),
        ("on_response_body", "reset with the body"),
        ("on_response_trailers", "reset with the trailers"),
        ("on_log", "nothing"),
        ("on_done", "nothing"),
        ("on_delete", "nothing"),
    ],
)
def test_a_fault_in_each_callback(engine, callback, expected, fault):
    """abi 10.5. An endless loop ends like a trap, by the deadline."""
    steps = [f"(if (local.get 1) (then {fault}))" if callback == "on_context_create" else fault]
    talk = Conversation(engine, filter_of({callback: steps}, callback_seconds=0.2))
    abandoned = AbandonUpstream(1)

    outcome = "nothing"
    if talk.post() == failed_reply():
        outcome = "503 from the request"
    elif talk.body(b"x") == [abandoned, *failed_reply()]:
        outcome = "503 from the body"
    elif talk.trailers((b"x", b"y")) == [abandoned, *failed_reply()]:
        outcome = "503 from the trailers"
    elif talk.answer() == [abandoned, *failed_reply()]:
        outcome = "503 past the filters"
    elif talk.answer_body(b"x") == [ResetStream(1, "wasm_fail_stream")]:
        outcome = "reset with the body"
    elif talk.answer_trailers((b"x", b"y")) == [ResetStream(1, "wasm_fail_stream")]:
        outcome = "reset with the trailers"
    talk.done()

    assert outcome == expected
    assert talk.host.contexts_left == 0
    assert talk.host.plugins[0].failure is not None
    calls = len(talk.calls)
    assert talk.get() == [ForwardResponseHeaders(2, FAILED_HEADERS, end_of_stream=True)]
    talk.done()
    assert len(talk.calls) == calls, "a guest that has failed is never called again"


def test_the_log_tells_of_a_trap_in_envoys_words(engine):
    talk = Conversation(engine, {"on_request_headers": [TRAP]})

    talk.get()

    (line,) = [line for line in talk.lines if "[error]" in line]
    assert "[error][wasm] Function: proxy_on_request_headers failed: Uncaught RuntimeError: unreachable" in line
    assert "\nProxy-Wasm plugin in-VM backtrace:\n  0:  0x" in line


def test_a_loop_is_told_by_its_time(engine):
    talk = Conversation(engine, filter_of({"on_request_headers": [LOOP]}, callback_seconds=0.2))

    talk.get()

    assert "out of time" in str(talk.host.plugins[0].failure)


def test_a_grpc_client_gets_the_failure_as_grpc_status(engine):
    talk = Conversation(engine, {"on_request_headers": [TRAP]})

    commands = talk.get(b"/", (b"content-type", b"application/grpc"))

    expected = HeaderMap([(b":status", b"200"), (b"content-type", b"application/grpc"), (b"grpc-status", b"14")])
    assert commands == [ForwardResponseHeaders(1, expected, end_of_stream=True)]


def test_a_fail_open_plugin_lets_streams_pass_when_it_traps(engine):
    talk = Conversation(engine, filter_of({"on_request_headers": [TRAP]}, fail_open=True))

    assert talk.post() == [ForwardRequestHeaders(1, request(method=b"POST"), end_of_stream=False)]
    assert talk.body(b"x", end=True) == [ForwardRequestBody(1, b"x", end_of_stream=True)]
    assert talk.answer(end=True) == [ForwardResponseHeaders(1, response(), end_of_stream=True)]
    talk.done()
    assert talk.get() == [ForwardRequestHeaders(2, request(), end_of_stream=True)], "a new stream does without the filter"
    assert talk.host.contexts_left == 0


def test_streams_of_other_plugins_go_on_when_one_fails(engine):
    bad, good = {"on_request_headers": [TRAP]}, {"on_request_headers": [drop(add(REQUEST_HEADERS, b"x-good", b"1"))]}
    talk = Conversation(engine, filter_of(good, name="good"), filter_of(bad, name="bad", fail_open=True))

    for number in (1, 2):
        assert talk.get() == [ForwardRequestHeaders(number, request(b"/", (b"x-good", b"1")), end_of_stream=True)]

    assert [plugin.failure is None for plugin in talk.host.plugins] == [True, False]


def test_streams_under_way_get_503_at_their_next_callback(engine):
    """The trap happens in another stream of the same VM."""
    talk = Conversation(engine, {"on_request_headers": [nth(2, TRAP)], "on_request_body": []})
    talk.post()
    first = talk.stream
    talk.get()

    talk.stream = first
    assert talk.body(b"x") == [AbandonUpstream(1), *failed_reply()]


def test_a_local_response_before_a_trap_loses_to_503(engine):
    """Envoy decides the same: the reply was only put off."""
    talk = Conversation(engine, {"on_request_headers": [local(403, b"no"), TRAP]})

    assert talk.get() == failed_reply()


def test_a_trap_in_an_answer_leaves_the_waiting_stream_held(engine):
    """As in Envoy; the host's log says that nothing will come any more."""
    talk = Conversation(
        engine, {"on_request_headers": [call_check(), give(PAUSE)], "on_http_call_response": [TRAP], "on_request_body": []}
    )
    talk.post()

    assert talk.feed(HttpCallResponse(0, 4, response(), b"", HeaderMap())) == []

    assert len(talk.warnings()) == 1
    assert talk.done() == []
    assert talk.host.contexts_left == 0
