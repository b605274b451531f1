"""Check 4: _initialize, then main or __main_void; else _start (abi: 2.4)."""

from __future__ import annotations

import pytest

MARKER = '(func (export "proxy_abi_version_0_2_1"))'
MALLOC = '(func (export "malloc") (param i32) (result i32) (i32.const 65536))'
MEMORY = '(memory (export "memory") 2)'

LOG = '(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))'


def function(name: str, params: str = "", result: str = "") -> str:
    data = sum(map(ord, name)) % 1000 + 100
    code = f"(drop (call $log (i32.const 2) (i32.const {data}) (i32.const {len(name)})))"
    value = "(i32.const 0)" if result else ""
    return f'(func (export "{name}") {params} {result} {code} {value}) (data (i32.const {data}) "{name}")'


INITIALIZE, START = function("_initialize"), function("_start")
MAIN, VOID = function("main", "(param i32 i32)", "(result i32)"), function("__main_void", "", "(result i32)")


@pytest.mark.parametrize(
    ("members", "called"),
    [
        ((INITIALIZE, MAIN, VOID, START), ["_initialize", "main"]),
        ((INITIALIZE, VOID), ["_initialize", "__main_void"]),
        ((INITIALIZE,), ["_initialize"]),
        ((START, MAIN), ["_start"]),
        ((MAIN,), []),
    ],
)
def test_start_functions_run_in_order(of_text, members, called):
    talk = of_text(LOG, MEMORY, MARKER, MALLOC, *members)
    assert [record["message"] for record in talk.records if "log" in record] == called
