"""Guests that mean harm, on every engine: allocators that fail, lie, trap or call back; dead ids; too much of all."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import scripted as s
from conversation import Conversation, assemble, filter_of, request

from proxyabi import HeaderMap, PluginConfig, StreamInfo
from proxyabi.context.events import RequestHeaders
from proxyabi.errors import VmState

READS = (
    # The path and the name of the plugin take one byte each.
    s.report("value", s.header(0, b":path")),
    s.report("pairs", f"(call $proxy_get_header_map_pairs (i32.const 0) (i32.const {s.SLOT}) (i32.const {s.SLOT_2}))"),
    s.report("property", s.get_property(b"plugin_name")),
    s.report("none", s.get_property(b"plugin_root_id")),
)


def with_malloc(body: str, script: s.Script) -> PluginConfig:
    """The plugin of *script* with another allocator."""
    text = s.module(script)
    start = text.index('(func (export "malloc")')
    end = text.index("(func $report")
    return PluginConfig(
        assemble(text[:start] + f'(func (export "malloc") (param i32) (result i32) {body})\n' + text[end:]), name="x"
    )


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        ("(i32.const 0)", ["06", "06", "06", "00"]),
        ("(i32.const -16)", ["06", "06", "06", "00"]),
        ("(i32.const 131071)", ["00", "06", "00", "00"]),
        ("(i32.const 65536)", ["00", "00", "00", "00"]),
        ("(drop (call $proxy_log (i32.const 2) (i32.const 0) (i32.const 0))) (i32.const 65536)", ["00", "00", "00", "00"]),
    ],
)
def test_an_allocator_that_gives_nothing_or_lies(engine: str, body: str, statuses: list[str]) -> None:
    talk = Conversation(engine, with_malloc(body, {"on_request_headers": READS}))
    talk.get()
    assert [line[-2:] for line in talk.said if ": " in line] == statuses
    assert talk.host.plugins[0].state is VmState.OK


@pytest.mark.parametrize(
    "body",
    [
        "unreachable",
        "(drop (call $proxy_get_property (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))) (i32.const 65536)",
        "(drop (call $proxy_get_header_map_pairs (i32.const 0) (i32.const 0) (i32.const 0))) (i32.const 8)",
    ],
)
def test_an_allocator_that_traps_or_calls_back_ends_the_guest_behind_the_running_frame(engine: str, body: str) -> None:
    talk = Conversation(engine, with_malloc(body, {"on_request_headers": READS}))
    talk.get()
    assert talk.said[0] == "value: 06", "the outer frame goes on and sees the status"
    assert talk.host.plugins[0].state is VmState.RUNTIME_ERROR
    calls = len(talk.calls)
    talk.done()
    assert len(talk.calls) == calls, "a failed guest is never called again"


def test_an_allocator_that_never_returns_is_stopped(quick_engine: str) -> None:
    plugin = with_malloc("(loop $l (br $l)) (i32.const 0)", {"on_request_headers": READS})
    talk = Conversation(quick_engine, PluginConfig(plugin.code, callback_seconds=0.3))
    talk.get()
    assert talk.host.plugins[0].state is VmState.RUNTIME_ERROR


def test_ids_of_the_dead_and_of_nobody_are_refused(engine: str) -> None:
    script: s.Script = {
        "on_request_headers": (
            s.nth(2, s.report("dead", s.context(2)), s.report("own", s.context(3)), s.report("none", s.context(0x7FFFFFFF))),
        )
    }
    talk = Conversation(engine, script)
    talk.get()
    talk.done()
    talk.get()
    assert talk.said == ["dead: 02", "own: 00", "none: 02"]


def test_a_million_headers_come_through(quick_engine: str) -> None:
    count = 1_000_000
    plugin = filter_of({"on_request_headers": READS[:2]}, callback_seconds=60.0)
    talk = Conversation(quick_engine, plugin)
    stream = talk.stream = talk.host.open_stream(StreamInfo())
    headers = HeaderMap([*request().pairs(), *((b"x", b"%d" % number) for number in range(count))])
    (forwarded,) = talk.feed(RequestHeaders(stream, headers, end_of_stream=True))
    assert talk.said == ["value: 00", "pairs: 00"]
    assert f"({talk.host.plugins[0].root.vm._last_id}, {count + 4}, 1)" in talk.calls[1]
    assert len(forwarded.headers) == count + 4


def test_a_value_larger_than_the_guests_memory_is_refused_without_harm(quick_engine: str) -> None:
    script: s.Script = {"on_request_headers": (s.report("huge", s.get_property(b"filter_state\0huge")), s.log(b"alive"))}
    talk = Conversation(quick_engine, filter_of(script, memory_bytes=4 << 20))
    info = StreamInfo()
    info.filter_state[b"huge"] = bytes(32 << 20)
    talk.stream = talk.host.open_stream(info)
    talk.feed(RequestHeaders(talk.stream, request(), end_of_stream=True))
    assert talk.said == ["huge: 06", "alive"]


def test_sizes_up_to_a_gibibyte_and_more_are_refused_when_the_memory_is_smaller(engine: str) -> None:
    steps = [
        s.report(str(size), f"(call $proxy_set_property (i32.const 8) (i32.const 1) (i32.const 0) (i32.const {size}))")
        for size in (1 << 30, (1 << 31) - 1, -1)
    ]
    talk = Conversation(engine, {"on_request_headers": steps})
    talk.get()
    assert [line[-2:] for line in talk.said] == ["06"] * 3
