"""What keeps a module from running is said before it runs, and all of it at once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from conversation import Conversation, assemble, filter_of

from proxyabi import GuestError, PluginConfig
from proxyabi.plugin.preflight import examine, looked_up
from pywasm_vm import Module

MARKER = '(func (export "proxy_abi_version_0_2_1"))'
MALLOC = '(func (export "malloc") (param i32) (result i32) (i32.const 0))'
GUESTS = Path(__file__).parents[2] / "guests"


def findings(*members: str) -> tuple[str, ...]:
    return examine(Module.decode(assemble("(module " + " ".join(members) + ")"))).problems


def test_a_module_in_order_has_no_problems():
    assert findings(MARKER, MALLOC) == ()


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([MALLOC], "missing or unknown Proxy-Wasm ABI version"),
        ([MALLOC, '(func (export "proxy_abi_version_0_9_9"))'], "it exports proxy_abi_version_0_9_9, which no host knows"),
        ([MALLOC, '(global (export "proxy_abi_version_0_2_1") i32 (i32.const 0))'], "missing or unknown"),
        ([MARKER], "neither malloc nor proxy_on_memory_allocate"),
        (
            ['(import "env" "abort" (func))', MARKER, MALLOC],
            "missing import env.abort: no host function of that name",
        ),
        (['(import "env" "proxy_log" (func))', MARKER, MALLOC], "env.proxy_log is i32 i32 i32 -> i32, but the module imports ->"),
        (['(import "env" "__memory_base" (global i32))', MARKER, MALLOC], "imported global env.__memory_base"),
        (['(import "env" "proxy_continue_request" (func (result i32)))', MARKER, MALLOC], "is in ABI 0.1.0 only"),
        (
            [MARKER, MALLOC, '(func (export "proxy_on_request_headers") (param i32 i32) (result i32) (i32.const 0))'],
            "proxy_on_request_headers, want: i32 i32 i32 -> i32 but the module exports: i32 i32 -> i32",
        ),
        ([MARKER, '(func (export "malloc"))'], "bad function signature for: malloc, want: i32 -> i32"),
        ([MARKER, MALLOC, '(func (export "_start") (param i32))'], "bad function signature for: _start"),
    ],
)
def test_a_problem_is_named(members, words):
    (problem,) = findings(*members)

    assert words in problem


def test_imported_memories_and_tables_are_fine():
    assert findings('(import "env" "memory" (memory 1))', '(import "env" "table" (table 1 funcref))', MARKER, MALLOC) == ()


def test_a_callback_that_is_no_function_counts_as_absent():
    assert findings(MARKER, MALLOC, '(global (export "proxy_on_tick") i32 (i32.const 0))') == ()


@pytest.mark.parametrize(
    ("name", "exported", "expected"),
    [
        ("_start", [], True),
        ("_start", ["_initialize"], False),
        ("main", [], False),
        ("main", ["_initialize"], True),
        ("__main_void", ["_initialize"], True),
        ("__main_void", ["_initialize", "main"], False),
        ("proxy_on_memory_allocate", [], True),
        ("proxy_on_memory_allocate", ["malloc"], False),
        ("proxy_on_tick", ["malloc"], True),
    ],
)
def test_an_export_that_no_host_looks_at_may_be_what_it_likes(name, exported, expected):
    assert looked_up(name, [name, *exported]) is expected


def test_all_problems_come_at_once(engine):
    code = assemble(f"""(module (import "env" "abort" (func)) (import "env" "g" (global i32)) {MARKER})""")

    with pytest.raises(GuestError) as caught:
        Conversation(engine, filter_of(code, name="broken"))

    text = str(caught.value)
    assert text.startswith("broken: Envoy would not load this module, and neither does this host:\n  - ")
    assert text.count("\n  - ") == 3


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (b"", "it is empty"),
        (b"hello world", "not a WebAssembly module: it begins with b'hello wo'"),
        (b" (module)", "It looks like the text format; `pywasm-vm wat2wasm` makes a module of it"),
        (b"\0asm\1\0\0\0\1", "not a WebAssembly module that this VM can run"),
        (b"\0asm\x0d\0\1\0", "this is a WebAssembly component"),
    ],
    ids=["empty", "words", "text", "truncated", "component"],
)
def test_bytes_that_are_no_module_are_refused(engine, code, words):
    with pytest.raises(GuestError) as caught:
        Conversation(engine, PluginConfig(code, code_path="some/file.wasm"))

    assert str(caught.value).startswith("some/file.wasm: ")
    assert words in str(caught.value)


def test_a_module_with_a_wrong_type_inside_is_refused(engine):
    """`i32.const 0` where nothing is left on the stack, spelled in bytes: the body gives a value nobody takes."""
    good = assemble(f"(module {MARKER} {MALLOC} (func (drop (i32.const 0))))")
    bad = good.replace(bytes([0x41, 0x00, 0x1A, 0x0B]), bytes([0x41, 0x00, 0x01, 0x0B]))
    assert good != bad

    with pytest.raises(GuestError, match="not a WebAssembly module that this VM can run"):
        Conversation(engine, filter_of(bad))


@pytest.mark.parametrize(
    ("guest", "words"),
    [
        ("no_marker", "missing or unknown Proxy-Wasm ABI version"),
        ("no_allocator", "no allocator"),
        ("missing_import", "missing import env."),
        ("wrong_import", "import type mismatch"),
        ("wrong_callback", "bad function signature"),
        ("trap_at_start", "start function failed"),
        ("call_at_start", "restricted_callback"),
    ],
)
def test_a_broken_guest_is_refused_in_one_message(engine, guest, words):
    with pytest.raises(GuestError) as caught:
        Conversation(engine, filter_of((GUESTS / f"broken_{guest}.wasm").read_bytes()))

    assert words in str(caught.value)
