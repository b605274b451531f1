"""Check 5: host calls outside the allowed list trap while the module starts and while it allocates (abi: 2.4)."""

from __future__ import annotations

import pytest

from proxyabi import GuestError
from proxyabi.abi.types import Mode
from proxyabi.abi.versions import VERSIONS, surface

MARKER = '(func (export "proxy_abi_version_0_2_1"))'
MALLOC = '(func (export "malloc") (param i32) (result i32) (i32.const 65536))'
MEMORY = '(memory (export "memory") 2)'

ALWAYS = {"proxy_log", "fd_write", "clock_time_get", "poll_oneoff"}
NOT_AT_START = {"pthread_equal", "fd_read", "fd_seek", "fd_close", "path_open", "sched_yield", "proc_exit"}


def test_the_two_lists_are_the_references():
    rows = surface(VERSIONS[-1]).hostcalls.values()
    assert {row.name for row in rows if row.allowed is Mode.ALLOCATING} == ALWAYS
    at_start = {row.name for row in rows if row.allowed is not Mode.RUNNING}
    assert at_start == {row.name for row in rows if not row.name.startswith("proxy_") and row.name not in NOT_AT_START} | ALWAYS


def test_a_call_at_start_traps(of_text):
    done = '(import "env" "proxy_done" (func $done (result i32)))'
    with pytest.raises(GuestError, match="restricted_callback"):
        of_text(done, MARKER, MALLOC, '(func (export "_initialize") (drop (call $done)))')


def test_a_call_from_the_allocator_traps(of_text):
    get = '(import "env" "proxy_get_property" (func $get (param i32 i32 i32 i32) (result i32)))'
    calls = "(drop (call $get (i32.const 0) (i32.const 11) (i32.const 16) (i32.const 20)))"
    malloc = f'(func (export "malloc") (param i32) (result i32) {calls} (i32.const 1024))'
    tick = f'(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) {calls} (i32.const 0))'
    talk = of_text(get, MEMORY, '(data (i32.const 0) "plugin_name")', MARKER, malloc, tick, name="x")
    talk.get()
    assert "restricted_callback: proxy_get_property" in str(talk.host.plugins[0].failure)
