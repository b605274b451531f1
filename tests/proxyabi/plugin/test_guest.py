"""The guest's functions by name: versions pick arguments, absent callbacks are silent."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from conversation import Conversation, filter_of, request

from proxyabi.context.commands import ForwardRequestHeaders

OLD = """(module
(import "env" "proxy_log" (func $proxy_log (param i32 i32 i32) (result i32)))
(import "env" "proxy_continue_request" (func $continue (result i32)))
(import "env" "proxy_get_configuration" (func $configuration (param i32 i32) (result i32)))
(memory (export "memory") 1)
(func (export "proxy_abi_version_0_1_0"))
(func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 1024))
(func (export "proxy_on_configure") (param i32 i32) (result i32)
  (drop (call $configuration (i32.const 16) (i32.const 20)))
  (drop (call $proxy_log (i32.const 2) (i32.load (i32.const 16)) (i32.load (i32.const 20)))) (i32.const 1))
(func (export "proxy_on_request_headers") (param i32 i32) (result i32) (drop (call $continue)) (i32.const 0)))
"""


def test_an_old_guest_is_called_without_end_of_stream(engine):
    talk = Conversation(engine, filter_of(OLD, configuration=b"the plugin"))

    assert talk.get() == [ForwardRequestHeaders(1, request(), end_of_stream=True)]
    assert talk.host.plugins[0].version == "0.1.0"
    assert talk.calls == ["on_request_headers(2, 4) = 0"]


def test_an_old_guest_reads_its_configuration_by_a_function(engine):
    talk = Conversation(engine, filter_of(OLD, configuration=b"the plugin"))
    talk.begun = 0

    assert talk.said == ["the plugin"]


def test_malloc_wins_over_the_other_allocator(engine):
    both = OLD.replace("(memory", '(func (export "malloc") (param i32) (result i32) (i32.const 2048)) (memory', 1)
    talk = Conversation(engine, filter_of(both, configuration=b"x"))

    assert [record["result"] for record in talk.records if record.get("name") == "malloc"] == [2048]


def test_a_guest_without_callbacks_lets_everything_pass(engine):
    bare = """(module (memory (export "memory") 1) (func (export "proxy_abi_version_0_2_1"))
      (func (export "malloc") (param i32) (result i32) (i32.const 0)))"""
    talk = Conversation(engine, filter_of(bare))

    assert talk.get() == [ForwardRequestHeaders(1, request(), end_of_stream=True)]
    talk.done()
    assert talk.calls == []
    assert talk.host.contexts_left == 0


def test_the_allocator_runs_for_the_context_of_the_vm(engine):
    talk = Conversation(engine, filter_of(OLD, configuration=b"x"))

    (record,) = [record for record in talk.records if record.get("name") == "proxy_on_memory_allocate"]
    assert record["context"] == 0
    assert record["args"] == [1]
