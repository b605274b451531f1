"""Single instructions as text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pywasm_vm.binary.decode import decode_module
from pywasm_vm.observe.instruction_text import print_instruction

CONTEXT = """(type (func)) (type (func (param i32) (result i32 i32))) (memory 1) (memory 1) (table 1 funcref) (table 1 funcref)
  (data "x") (elem declare func 0) (global (mut i32) (i32.const 0)) (func) (func (type 1) unreachable)"""


@pytest.mark.parametrize(
    "text",
    [
        "nop",
        "block",
        "block (result i32)",
        "block (type 1)",
        "local.get 0",
        "call 1",
        "br_table 0 0 0",
        "i32.const -1",
        "i64.const 7",
        "f64.const 1.5",
        "f32.const inf",
        "f32.const nan:0x400000",
        "f64.const -nan:0x8000000000000",
        "i32.load",
        "i32.load offset=8",
        "i32.load offset=8 align=1",
        "i32.load 1 offset=8",
        "memory.size",
        "memory.size 1",
        "memory.copy",
        "memory.init 0",
        "table.init 1 0",
        "table.get 1",
        "call_indirect 0 (type 1)",
        "select (result i64)",
        "ref.null func",
        "global.set 0",
    ],
)
def test_an_instruction_is_written_as_the_text_format_writes_it(wat: Callable[[str], bytes], text: str) -> None:
    """The assembler reads what we print, and what comes out is printed the same."""
    end = " end" if text.startswith("block") else ""
    module = decode_module(wat(f"(module {CONTEXT} (func (local i32) unreachable {text} {end} unreachable))"))

    assert print_instruction(list(module.funcs[-1].body)[1]) == text
