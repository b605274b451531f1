"""Check 6: malloc wins over proxy_on_memory_allocate (abi: 2.3)."""

from __future__ import annotations

import pytest

MARKER = '(func (export "proxy_abi_version_0_2_1"))'
MALLOC = '(func (export "malloc") (param i32) (result i32) (i32.const 65536))'
MEMORY = '(memory (export "memory") 2)'

OTHER = '(func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 65536))'
READ = """
  (import "env" "proxy_get_buffer_bytes" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (drop (call $get (i32.const 7) (i32.const 0) (i32.const 9) (i32.const 0) (i32.const 4))) (i32.const 1))
"""


@pytest.mark.parametrize(
    ("members", "used"), [((MALLOC, OTHER), "malloc"), ((OTHER, MALLOC), "malloc"), ((OTHER,), "proxy_on_memory_allocate")]
)
def test_the_allocator_is_malloc_when_there_is_one(of_text, members, used):
    talk = of_text(READ, MEMORY, MARKER, *members, configuration=b"hello")
    assert [r["args"] for r in talk.records if r.get("name") == used] == [[5]]
