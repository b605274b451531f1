"""HTTP calls under way: ids, who waits, giving up."""

from __future__ import annotations

import pytest

from proxyabi.abi.types import Status
from proxyabi.context.calls import HttpCalls
from proxyabi.context.commands import CancelHttpCall, Command, DispatchHttpCall
from proxyabi.context.header_map import HeaderMap
from proxyabi.errors import Fail

HEADERS = HeaderMap([(b":path", b"/")])


def begin(calls: HttpCalls, context_id: int = 1, upstream: str = "a", timeout_ms: int = 0) -> int:
    return calls.begin(context_id, 0, upstream, HEADERS, b"body", HeaderMap(), timeout_ms)


def test_a_call_is_sent_with_its_timeout_in_seconds():
    sent: list[Command] = []
    calls = HttpCalls({"a"}, sent.append)

    assert begin(calls, timeout_ms=1500) == 4
    assert sent == [DispatchHttpCall(0, 4, "a", HEADERS, b"body", HeaderMap(), 1.5)]


def test_the_headers_sent_are_a_copy():
    sent: list[Command] = []
    headers = HeaderMap([(b":path", b"/")])
    HttpCalls({"a"}, sent.append).begin(1, 0, "a", headers, b"", HeaderMap(), 0)

    headers.add(b"x", b"y")

    assert sent[0].headers == HEADERS


def test_an_unknown_upstream_is_a_bad_argument_that_tells_the_known_ones():
    calls = HttpCalls({"a", "b"}, lambda command: None)

    with pytest.raises(Fail) as caught:
        begin(calls, upstream="c")

    assert caught.value.status == Status.BAD_ARGUMENT
    assert "known: a, b" in caught.value.reason
    assert len(calls) == 0


def test_an_answer_is_taken_once_and_by_its_owner_only():
    calls = HttpCalls({"a"}, lambda command: None)
    call_id = begin(calls, context_id=1)

    assert not calls.take(2, call_id)
    assert calls.take(1, call_id)
    assert not calls.take(1, call_id)


def test_all_calls_of_one_context_are_given_up():
    sent: list[Command] = []
    calls = HttpCalls({"a"}, sent.append)
    mine, theirs = begin(calls, context_id=1), begin(calls, context_id=2)
    sent.clear()

    calls.cancel_all(1)

    assert sent == [CancelHttpCall(0, mine)]
    assert not calls.take(1, mine)
    assert calls.take(2, theirs)


def test_ids_begin_anew_and_pass_over_those_in_use():
    calls = HttpCalls({"a"}, lambda command: None)
    begin(calls)
    calls._last_id = (1 << 32) - 4

    assert begin(calls) == 8
