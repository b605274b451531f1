"""Check 2: only the version's own imports link, with exact types, and no globals (abi: 2.2)."""

from __future__ import annotations

import pytest

from proxyabi import GuestError

MARKER = '(func (export "proxy_abi_version_0_2_1"))'
MALLOC = '(func (export "malloc") (param i32) (result i32) (i32.const 65536))'
MEMORY = '(memory (export "memory") 2)'


@pytest.mark.parametrize(
    ("imported", "words"),
    [
        ('(import "env" "proxy_continue_request" (func (result i32)))', "ABI 0.1.0 only"),
        ('(import "env" "nobody" (func))', "missing import env.nobody"),
        ('(import "wasi" "fd_write" (func (param i32 i32 i32 i32) (result i32)))', "missing import wasi.fd_write"),
        ('(import "env" "proxy_log" (func (param i32 i32 i32)))', "import type mismatch"),
        ('(import "env" "base" (global i32))', "imported global env.base"),
    ],
)
def test_what_does_not_link_is_refused(of_text, imported, words):
    with pytest.raises(GuestError, match=words):
        of_text(imported, MARKER, MALLOC)


def test_functions_of_the_version_and_memories_and_tables_link(of_text):
    get_level = '(import "env" "proxy_get_log_level" (func (param i32) (result i32)))'
    others = '(import "env" "memory" (memory 2)) (import "env" "table" (table 1 funcref))'
    assert of_text(get_level, others, MARKER, MALLOC).host.plugins[0].failure is None


def test_a_function_that_came_later_does_not_link(of_text):
    with pytest.raises(GuestError, match="proxy_get_log_level"):
        of_text(
            '(import "env" "proxy_get_log_level" (func (param i32) (result i32)))',
            MALLOC,
            '(func (export "proxy_abi_version_0_2_0"))',
        )
