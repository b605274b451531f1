"""A plugin as a whole: start, configuration windows, ticks, queues, answers to HTTP calls, shutdown."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from conversation import Conversation, filter_of, response
from scripted import (
    CALL_BODY,
    CALL_HEADERS,
    CALL_TRAILERS,
    CHECK,
    LOOP,
    PLUGIN_CONFIGURATION,
    SLOT,
    SLOT_2,
    TRAP,
    VM_CONFIGURATION,
    body,
    call_check,
    done,
    drop,
    give,
    header,
    http_call,
    log,
    nth,
    report,
    show,
    text,
    tick,
)

from proxyabi import HeaderMap, PluginFailed
from proxyabi.context.commands import CancelHttpCall, DispatchHttpCall, SetTickPeriod
from proxyabi.context.events import HttpCallFailed, HttpCallResponse, Tick

READ_BOTH = [show("vm", body(VM_CONFIGURATION)), show("plugin", body(PLUGIN_CONFIGURATION))]
VM_OPEN, PLUGIN_OPEN, PLUGIN_CLOSED = ["vm: 00", "the vm"], ["plugin: 00", "the plugin"], ["plugin: 01"]


def started(engine, script, **settings):
    settings = {"vm_configuration": b"the vm", "configuration": b"the plugin", **settings}
    talk = Conversation(engine, filter_of(script, **settings))
    talk.begun = 0
    return talk


# Start.


def test_a_plugin_starts_in_order(engine):
    talk = started(engine, {"on_vm_start": [], "on_configure": []})

    assert talk.calls == ["on_context_create(1, 0)", "on_vm_start(1, 6) = 1", "on_configure(1, 10) = 1"]


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        ("on_context_create", VM_OPEN + PLUGIN_OPEN),
        ("on_vm_start", VM_OPEN + PLUGIN_CLOSED),
        ("on_configure", VM_OPEN + PLUGIN_OPEN),
        ("on_tick", VM_OPEN + PLUGIN_CLOSED),
    ],
)
def test_configurations_are_open_in_their_callbacks(engine, callback, expected):
    talk = started(engine, {callback: READ_BOTH})
    talk.feed(Tick(0))

    assert talk.said == expected


@pytest.mark.parametrize("callback", ["on_vm_start", "on_configure"])
def test_a_plugin_that_refuses_its_configuration_does_not_start(engine, callback):
    with pytest.raises(PluginFailed) as caught:
        started(engine, {callback: [give(0)]}, name="mine")

    assert str(caught.value).startswith(f"plugin mine: proxy_{callback}: the filter returned false")
    assert caught.value.context_id == 1


@pytest.mark.parametrize("fault", [TRAP, LOOP], ids=["trap", "loop"])
@pytest.mark.parametrize("callback", ["on_context_create", "on_vm_start", "on_configure"])
def test_a_plugin_that_fails_while_it_starts_is_refused(engine, callback, fault):
    with pytest.raises(PluginFailed) as caught:
        started(engine, {callback: [fault]}, start_seconds=0.2)

    assert caught.value.callback == f"proxy_{callback}"
    assert caught.value.__cause__ is not None


def test_a_missing_callback_counts_as_agreement(engine):
    talk = started(engine, {})

    assert talk.calls == ["on_context_create(1, 0)"]


# Ticks.


def test_a_timer_is_a_command_and_a_tick_an_event(engine):
    talk = started(engine, {"on_configure": [tick(250)], "on_tick": [log(b"tick"), nth(2, tick(0))]})

    assert talk.started == [SetTickPeriod(0, 0.25)]
    assert talk.feed(Tick(0)) == []
    assert talk.feed(Tick(0)) == [SetTickPeriod(0, 0.0)]
    assert talk.said == ["tick", "tick"]


def test_a_timer_that_no_callback_hears_is_not_armed(engine):
    talk = started(engine, {"on_configure": [tick(250)]})

    assert talk.started == []


def test_a_stream_sets_its_plugins_timer(engine):
    talk = started(engine, {"on_request_headers": [tick(1500)], "on_tick": []})

    assert talk.get()[0] == SetTickPeriod(0, 1.5)


def test_a_trap_in_a_tick_fails_the_plugin(engine):
    talk = started(engine, {"on_tick": [TRAP]})

    assert talk.feed(Tick(0)) == []
    assert talk.feed(Tick(0)) == []
    assert talk.names.count("on_tick") == 1
    assert "unreachable" in str(talk.host.plugins[0].failure)


# HTTP calls.


def test_a_call_is_dispatched_with_all_it_says(engine):
    call = http_call(b"web_service", [*CHECK, (b"X-A", b"1")], b"data", timeout=1500)
    talk = started(engine, {"on_request_headers": [report("call", call)]})

    dispatched = talk.get()[0]

    headers = HeaderMap([*CHECK, (b"x-a", b"1"), (b"content-length", b"4")])
    assert dispatched == DispatchHttpCall(0, 4, "web_service", headers, b"data", HeaderMap(), 1.5)
    assert talk.said == ["call: 00"]


def test_a_call_without_a_timeout_waits_without_end(engine):
    talk = started(engine, {"on_configure": [drop(http_call(b"web_service", CHECK, timeout=0))]})

    assert talk.started == [DispatchHttpCall(0, 4, "web_service", HeaderMap(CHECK), b"", HeaderMap(), None)]


@pytest.mark.parametrize(
    ("upstream", "headers", "timeout"),
    [
        (b"nowhere", CHECK, 1000),
        (b"", CHECK, 1000),
        (b"web_service", CHECK[1:], 1000),
        (b"web_service", (), 1000),
        (b"web_service", CHECK, 1 << 31),
    ],
    ids=["unknown", "unnamed", "no method", "no headers", "long"],
)
def test_a_call_that_cannot_be_made_is_a_bad_argument(engine, upstream, headers, timeout):
    talk = started(engine, {"on_configure": [report("call", http_call(upstream, headers, timeout=timeout))]})

    assert talk.started == []
    assert talk.said == ["call: 02"]
    assert [record["reason"] for record in talk.records if record.get("name") == "proxy_http_call"] != [None]


def test_ids_of_calls_go_up_by_four(engine):
    talk = started(engine, {"on_tick": [call_check(), call_check()]})

    assert [command.call_id for command in (*talk.feed(Tick(0)), *talk.feed(Tick(0)))] == [4, 8, 12, 16]


def test_an_answer_can_be_read_while_it_is_told(engine):
    read = [
        show("status", header(CALL_HEADERS, b":status")),
        show("body", body(CALL_BODY)),
        show("trailer", header(CALL_TRAILERS, b"x-t")),
    ]
    talk = started(engine, {"on_configure": [call_check()], "on_http_call_response": read, "on_tick": read})

    talk.feed(HttpCallResponse(0, 4, response((b"x", b"y")), b"text", HeaderMap([(b"x-t", b"1")])))
    talk.feed(Tick(0))

    assert "on_http_call_response(1, 4, 2, 4, 1)" in talk.calls
    assert talk.said[:6] == ["status: 00", "200", "body: 00", "text", "trailer: 00", "1"]
    assert talk.said[6:] == ["status: 02", "body: 01", "trailer: 02"]


def test_a_failed_call_is_told_with_zeros_and_a_status(engine):
    """The code outlives the callback, its text does not."""
    status = (
        f"(drop (call $proxy_get_status (i32.const {SLOT}) (i32.const 32) (i32.const 36)))"
        f" (call $report {text(b'code')} (i32.load (i32.const {SLOT})))"
        " (drop (call $proxy_log (i32.const 2) (i32.load (i32.const 32)) (i32.load (i32.const 36))))"
    )
    talk = started(engine, {"on_configure": [call_check()], "on_http_call_response": [status], "on_tick": [status]})

    talk.feed(HttpCallFailed(0, 4))
    talk.feed(Tick(0))

    assert "on_http_call_response(1, 4, 0, 0, 0)" in talk.calls
    assert talk.said == ["code: 11", "reset", "code: 11", ""]
    assert SLOT_2 == SLOT + 4


def test_an_answer_that_nobody_waits_for_is_not_told(engine):
    talk = started(engine, {"on_configure": [call_check()], "on_http_call_response": [log(b"told")]})

    talk.feed(HttpCallResponse(0, 4, response(), b"", HeaderMap()))
    talk.feed(HttpCallResponse(0, 4, response(), b"", HeaderMap()))
    talk.feed(HttpCallFailed(0, 8))
    talk.feed(HttpCallFailed(7, 4))

    assert talk.said == ["told"]


# Queues.

REGISTER = drop(f"(call $proxy_register_shared_queue {text(b'jobs')} (i32.const {SLOT}))")
ENQUEUE = drop(f"(call $proxy_enqueue_shared_queue (i32.const 1) {text(b'item')})")
DEQUEUE = show("item", f"(call $proxy_dequeue_shared_queue (local.get 1) (i32.const {SLOT}) (i32.const {SLOT_2}))")


def test_an_item_reaches_the_plugin_that_registered_the_queue(engine):
    receiver = filter_of({"on_configure": [REGISTER], "on_queue_ready": [DEQUEUE]}, name="receiver", vm_id="shared")
    sender = filter_of({"on_request_headers": [ENQUEUE, ENQUEUE, log(b"sent")]}, name="sender", vm_id="shared")
    talk = Conversation(engine, sender, receiver)

    talk.get()

    assert talk.said == ["sent", "item: 00", "item", "item: 00", "item"], "no guest is called while another one runs"
    assert talk.calls[-2:] == ["on_queue_ready(1, 1)"] * 2


def test_an_item_that_a_plugin_sends_itself_comes_after_the_callback(engine):
    talk = started(engine, {"on_configure": [REGISTER], "on_queue_ready": [DEQUEUE], "on_tick": [ENQUEUE, log(b"sent")]})

    talk.feed(Tick(0))

    assert talk.said == ["sent", "item: 00", "item"]


# Shutdown.


def test_a_plugin_ends_with_done_and_delete(engine):
    talk = started(engine, {"on_configure": [call_check(), tick(1000)], "on_done": [], "on_delete": [], "on_tick": []})

    assert talk.host.close() == [CancelHttpCall(0, 4), SetTickPeriod(0, 0)]
    assert talk.calls[-2:] == ["on_done(1) = 1", "on_delete(1)"]
    assert talk.host.close() == []


def test_a_plugin_that_needs_time_ends_when_it_says_so(engine):
    """It keeps getting its events until then; `proxy_done` with nothing to end is NOT_FOUND."""
    script = {
        "on_done": [give(0)],
        "on_delete": [log(b"deleted")],
        "on_tick": [nth(1, log(b"still here")), nth(2, report("done", done()), report("again", done()))],
    }
    talk = started(engine, script)

    talk.host.close()
    talk.feed(Tick(0))
    assert talk.said == ["still here"]
    talk.feed(Tick(0))
    talk.feed(Tick(0))

    assert talk.said == ["still here", "done: 00", "again: 01", "deleted"]
    assert talk.calls[-1] == "on_delete(1)"


def test_done_while_nothing_ends_is_not_found(engine):
    talk = started(engine, {"on_tick": [report("done", done())]})

    talk.feed(Tick(0))

    assert talk.said == ["done: 01"]


def test_a_failed_plugin_ends_without_a_word(engine):
    talk = started(engine, {"on_tick": [TRAP], "on_done": [], "on_delete": []})
    talk.feed(Tick(0))

    talk.host.close()

    assert talk.names[-1] == "on_tick"


def test_open_streams_end_with_the_host(engine):
    talk = started(engine, {"on_request_headers": [], "on_log": [], "on_done": [], "on_delete": []})
    talk.post()

    talk.host.close()

    assert talk.names[-5:] == ["on_log", "on_done", "on_delete", "on_done", "on_delete"]
    assert talk.host.contexts_left == 0
