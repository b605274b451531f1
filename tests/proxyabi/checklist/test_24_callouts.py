"""Check 24: tokens 4, 8, …; zeros for failures; a timeout is an answer of 504 (abi: 15.1)."""

from __future__ import annotations

import scripted as s

from proxyabi.context.commands import DispatchHttpCall
from proxyabi.context.events import HttpCallFailed, HttpCallResponse
from proxyabi.context.header_map import HeaderMap

SCRIPT: s.Script = {
    "on_request_headers": (s.call_check(), s.call_check(), s.give(1)),
    "on_http_call_response": (s.show("status", s.header(6, b":status")),),
}


def test_tokens_count_by_four(run):
    talk = run(SCRIPT)
    assert [command.call_id for command in talk.get() if isinstance(command, DispatchHttpCall)] == [4, 8]
    assert [command.call_id for command in talk.get() if isinstance(command, DispatchHttpCall)] == [12, 16]


def test_a_failure_has_zeros(run):
    talk = run(SCRIPT)
    talk.get()
    talk.feed(HttpCallFailed(0, 4))
    assert talk.calls[-1] == "on_http_call_response(1, 4, 0, 0, 0)"
    assert talk.said == ["status: 02"]


def test_a_timeout_is_an_answer(run):
    talk = run(SCRIPT)
    talk.get()
    talk.feed(HttpCallResponse(0, 8, HeaderMap([(b":status", b"504")]), b"upstream request timeout", HeaderMap()))
    assert talk.calls[-1] == "on_http_call_response(1, 8, 1, 24, 0)"
    assert talk.said == ["status: 00", "504"]


def test_an_answer_that_nobody_waits_for_is_not_told(run):
    talk = run(SCRIPT)
    talk.get()
    before = len(talk.calls)
    talk.feed(HttpCallFailed(0, 400))
    assert len(talk.calls) == before
