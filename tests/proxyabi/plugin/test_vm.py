"""A module alive: sharing, ids, current and effective context, what is put off, start and its limits, back-traces."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import scripted
from conversation import Conversation, assemble, filter_of, request, response
from scripted import (
    PAUSE,
    REQUEST,
    REQUEST_HEADERS,
    TRAP,
    add,
    call_check,
    context,
    drop,
    get_property,
    give,
    header,
    log,
    report,
    resume,
    set_property,
    show,
    stream,
)

from proxyabi import GuestError, HeaderMap
from proxyabi.context.commands import ForwardRequestHeaders
from proxyabi.context.events import HttpCallResponse, Tick

ANSWERED = HttpCallResponse(0, 4, response(), b"", HeaderMap())


def created(talk: Conversation) -> list[list[int]]:
    return [record["args"] for record in talk.records if record.get("name") == "proxy_on_context_create"]


# Which plugins share a VM, abi 9.2.


@pytest.mark.parametrize(
    ("difference", "contexts"),
    [
        ({}, [[1, 0], [2, 0]]),
        ({"vm_id": "other"}, [[1, 0], [1, 0]]),
        ({"vm_configuration": b"other"}, [[1, 0], [1, 0]]),
        ({"environment": {"A": "1"}}, [[1, 0], [1, 0]]),
    ],
    ids=["nothing differs", "vm_id", "vm configuration", "environment"],
)
def test_plugins_share_a_vm_when_nothing_of_the_vm_differs(engine, difference, contexts):
    script = {"on_request_headers": []}
    talk = Conversation(engine, filter_of(script, name="a"), filter_of(script, name="b", **difference))

    assert created(talk) == contexts


def test_plugins_of_one_vm_fail_together(engine):
    script = {"on_configure": [], "on_tick": [TRAP], "on_request_headers": []}
    talk = Conversation(engine, filter_of(script, name="a"), filter_of(script, name="b"))

    talk.feed(Tick(1))

    assert all(plugin.failure for plugin in talk.host.plugins)


def test_ids_are_counted_in_one_row_and_not_used_again(engine):
    talk = Conversation(engine, {"on_request_headers": []})

    for _ in range(3):
        talk.get()
        talk.done()

    assert created(talk) == [[1, 0], [2, 1], [3, 1], [4, 1]]


# Current and effective context, abi 9.4.


def test_the_effective_context_lasts_for_one_callback(engine):
    reading = report("map", header(REQUEST_HEADERS, b":path"))
    talk = Conversation(
        engine,
        {
            "on_request_headers": [call_check(), give(PAUSE)],
            "on_http_call_response": [reading, stream(), reading],
            "on_tick": [reading],
        },
    )
    talk.get()

    talk.feed(ANSWERED)
    talk.feed(Tick(0))

    assert talk.said == ["map: 02", "map: 00", "map: 02"]


def test_the_effective_context_is_unknown_or_gone(engine):
    talk = Conversation(engine, {"on_tick": [report("none", context(77)), report("gone", context(2)), report("vm", context(0))]})
    talk.get()
    talk.done()

    talk.feed(Tick(0))

    assert talk.said == ["none: 02", "gone: 02", "vm: 00"]


def test_a_tick_lets_a_held_stream_go_on(engine):
    talk = Conversation(
        engine,
        {
            "on_request_headers": [call_check(), give(PAUSE)],
            "on_tick": [stream(), drop(add(REQUEST_HEADERS, b"x-ticked", b"1")), resume(REQUEST)],
        },
    )
    talk.get()

    assert talk.feed(Tick(0)) == [ForwardRequestHeaders(1, request(b"/", (b"x-ticked", b"1")), end_of_stream=True)]


def test_properties_of_a_stream_belong_to_all_its_filters(engine):
    talk = Conversation(
        engine,
        {"on_request_headers": [report("set", set_property(b"mine", b"value"))]},
        {"on_request_headers": [show("get", get_property(b"mine"))]},
    )
    talk.get()
    talk.get()

    assert talk.said == ["set: 00", "get: 00", "value"] * 2


def test_a_plugin_without_a_stream_has_no_properties_to_set(engine):
    talk = Conversation(engine, {"on_tick": [report("set", set_property(b"mine", b"value"))]})

    talk.feed(Tick(0))

    assert talk.said == ["set: 01"]


# The allocator, abi 5.

ALLOCATOR = """(module
(import "env" "proxy_log" (func $proxy_log (param i32 i32 i32) (result i32)))
(import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
(import "env" "proxy_get_current_time_nanoseconds" (func $time (param i32) (result i32)))
(memory (export "memory") 1)
(data (i32.const 100) ":path")
(func (export "proxy_abi_version_0_2_1"))
(func (export "malloc") (param i32) (result i32) {allocator})
(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
  (i32.store8 (i32.const 200)
    (i32.add (i32.const 48) (call $get (i32.const 0) (i32.const 100) (i32.const 5) (i32.const 16) (i32.const 20))))
  (drop (call $proxy_log (i32.const 2) (i32.const 200) (i32.const 1)))
  (i32.const 0)))
"""


@pytest.mark.parametrize(
    ("allocator", "status", "lives"),
    [
        ("(i32.const 1024)", "0", True),
        ("(i32.const 0)", "6", True),
        ("(i32.const 0xfffffff0)", "6", True),
        ("(unreachable)", "6", False),
        ("(drop (call $proxy_log (i32.const 2) (i32.const 100) (i32.const 5))) (i32.const 1024)", "0", True),
        ("(drop (call $time (i32.const 0))) (i32.const 1024)", "6", False),
        ("(loop $l (br $l)) (unreachable)", "6", False),
    ],
    ids=["works", "gives nothing", "gives a wrong address", "traps", "logs", "asks for the time", "never ends"],
)
def test_the_guest_goes_on_whatever_its_allocator_does(engine, allocator, status, lives):
    """The host function says 6; a trap inside ends the plugin only after the callback has returned."""
    plugin = filter_of(ALLOCATOR.replace("{allocator}", allocator), callback_seconds=1)
    talk = Conversation(engine, plugin)

    talk.get()

    assert talk.said[-1] == status
    assert (talk.host.plugins[0].failure is None) is lives


def test_the_first_trap_is_the_one_that_is_told(engine):
    text = ALLOCATOR.replace("{allocator}", "(unreachable)").replace("(i32.const 0)))\n", "(unreachable)))\n")
    talk = Conversation(engine, filter_of(text))

    talk.get()

    assert "Function: malloc failed" in str(talk.host.plugins[0].failure)
    assert sum("[error]" in line for line in talk.lines) == 2


def test_the_allocator_does_not_work_for_the_context_that_the_guest_has_named(engine):
    """It runs for the VM, and speaks for it in the log."""
    allocator = "(drop (call $proxy_log (i32.const 2) (i32.const 100) (i32.const 5))) (i32.const 1024)"
    text = ALLOCATOR.replace("{allocator}", allocator).replace(
        '(import "env" "proxy_get_current',
        '(import "env" "proxy_set_effective_context" (func $name (param i32) (result i32)))\n(import "env" "proxy_get_current',
    )
    text = text.replace("(i32.store8", "(drop (call $name (local.get 0))) (i32.store8", 1)
    talk = Conversation(engine, filter_of(text))

    talk.get()

    assert [record["context"] for record in talk.records if "log" in record] == [0, 2]


def test_a_guest_that_goes_on_after_its_time_ran_out_in_the_allocator_is_stopped(engine):
    text = ALLOCATOR.replace("{allocator}", "(loop $l (br $l)) (unreachable)")
    text = text.replace("(i32.const 0)))\n", "(loop $l (br $l)) (i32.const 0)))\n")
    talk = Conversation(engine, filter_of(text, callback_seconds=0.2))

    talk.get()

    assert talk.said == ["6"]


# Start, abi 2.4.


def module(*members: str) -> bytes:
    body = "\n".join(members)
    return assemble(f"""(module
(import "env" "proxy_log" (func $proxy_log (param i32 i32 i32) (result i32)))
(import "env" "proxy_done" (func $done (result i32)))
(memory (export "memory") 1)
(data (i32.const 100) "istmv")
(func $say (param i32) (drop (call $proxy_log (i32.const 2) (local.get 0) (i32.const 1))))
(func (export "proxy_abi_version_0_2_1"))
(func (export "malloc") (param i32) (result i32) (i32.const 0))
{body})""")


INITIALIZE = '(func (export "_initialize") (call $say (i32.const 100)))'
START = '(func (export "_start") (call $say (i32.const 101)))'
MAIN = '(func (export "main") (param i32 i32) (result i32) (call $say (i32.const 103)) (i32.const 7))'
VOID = '(func (export "__main_void") (result i32) (call $say (i32.const 104)) (i32.const 7))'
SECTION = "(func $section (call $say (i32.const 102))) (start $section)"


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([INITIALIZE, MAIN, VOID, START], ["i", "m"]),
        ([INITIALIZE, VOID, START], ["i", "v"]),
        ([INITIALIZE], ["i"]),
        ([START, MAIN], ["s"]),
        ([MAIN, VOID], []),
        ([SECTION, START], ["t", "s"]),
    ],
    ids=["reactor with main", "reactor with __main_void", "reactor", "command", "main alone", "start section"],
)
def test_start_functions_run_in_the_host_s_order(engine, members, said):
    talk = Conversation(engine, filter_of(module(*members)))

    assert [record["message"] for record in talk.records if "log" in record] == said


def test_most_host_functions_are_out_of_bounds_while_a_module_starts(engine):
    with pytest.raises(GuestError, match=r"start function failed.*restricted_callback.*proxy_done.*while the module starts"):
        Conversation(engine, filter_of(module('(func (export "_initialize") (drop (call $done)))'), name="early"))


@pytest.mark.parametrize("fault", ["(unreachable)", "(loop $l (br $l))"], ids=["trap", "loop"])
@pytest.mark.parametrize("place", ["_initialize", "_start", "section"])
def test_a_module_that_fails_while_it_starts_is_refused(engine, place, fault):
    member = f"(func $section {fault}) (start $section)" if place == "section" else f'(func (export "{place}") {fault})'

    with pytest.raises(GuestError, match=r"start (section|function) failed"):
        Conversation(engine, filter_of(module(member), start_seconds=0.2))


def test_the_message_names_the_plugin(engine):
    with pytest.raises(GuestError, match=r"^mine: the module's start function failed"):
        Conversation(engine, filter_of(module('(func (export "_start") (unreachable))'), name="mine"))


def test_a_guest_cannot_have_more_memory_than_its_limit(engine):
    grow = """(if (i32.eq (memory.grow (i32.const 64)) (i32.const -1)) (then (drop
        (call $proxy_log (i32.const 2) (i32.const 1024) (i32.const 0)))))"""
    talk = Conversation(engine, filter_of({"on_request_headers": [log(b"before"), grow]}, memory_bytes=1 << 20))

    talk.get()

    assert talk.said == ["before", ""]


# Back-traces, abi 2.6.


def test_a_back_trace_names_functions_when_the_module_does(engine):
    named = assemble("""(module
(memory (export "memory") 1)
(func (export "proxy_abi_version_0_2_1"))
(func (export "malloc") (param i32) (result i32) (i32.const 0))
(func $inner (unreachable))
(func $outer (export "proxy_on_tick") (param i32) (call $inner)))""")
    talk = Conversation(engine, filter_of(named))

    talk.feed(Tick(0))

    trace = str(talk.host.plugins[0].failure).split("\n")
    assert trace[1] == "Proxy-Wasm plugin in-VM backtrace:"
    assert trace[2].startswith("  0:  0x")
    assert trace[2].endswith(" - inner")
    assert trace[3].endswith(" - outer")


def test_scripts_of_other_versions_load(engine):
    talk = Conversation(engine, filter_of(scripted.module({"on_tick": [log(b"tick")]}, version="0_2_0")))

    talk.feed(Tick(0))

    assert talk.host.plugins[0].version == "0.2.0"
    assert talk.said == ["tick"]
