"""Where the bytes of memories stand: few of them, many, and how few become many (native/bytes.c)."""

from __future__ import annotations

from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm.limits import PAGE_SIZE
from pywasm_vm.native.core import missing

pytestmark = pytest.mark.skipif(missing() is not None, reason="the C core is not there")

MANY = (1 << 20) // PAGE_SIZE
"""Pages from which on a memory has pages of the system of its own, where there are such."""

GUEST = """(module
  (memory (export "memory") {pages} 1000)
  {data}
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1))))"""


def made(pages: int, data: str = "") -> Any:
    return wasm.Store("native").instantiate(wasm.Module.parse(GUEST.format(pages=pages, data=data))).exports


@pytest.mark.parametrize("pages", [0, 1, MANY - 1, MANY, MANY + 1, 5 * MANY])
def test_a_memory_keeps_its_bytes_and_gets_zeros_each_time_it_grows(pages: int) -> None:
    guest = made(pages)
    size = pages * PAGE_SIZE
    for step, delta in enumerate((1, MANY - 2, 1, 1, 3, 10 * MANY, 1)):
        if size:
            guest.store(size - 1, step + 1)
        assert guest.grow(delta) == size // PAGE_SIZE
        assert not size or guest.load(size - 1) == step + 1
        assert guest.memory.read(size, delta * PAGE_SIZE) == bytes(delta * PAGE_SIZE)
        size += delta * PAGE_SIZE
        guest.store(size - 1, 255)
        assert guest.memory.read(size - 1, 1) == b"\xff"
        assert guest.memory.size == size


@pytest.mark.parametrize("pages", [3, 2 * MANY])
def test_a_view_of_an_image_becomes_a_memory_of_its_own_when_it_grows(pages: int) -> None:
    data = f'(data (i32.const 5) "{"0123456789" * 14_000}")'
    module = wasm.Module.parse(GUEST.format(pages=pages, data=data))
    first, second = (wasm.Store("native").instantiate(module).exports for _ in range(2))

    first.store(6, 9)
    assert first.grow(1) == pages
    assert first.grow(4 * MANY) == pages + 1
    first.store(7, 8)

    assert first.memory.read(4, 5) == b"\x000\x09\x083"
    assert second.memory.read(4, 5) == b"\x000123"
    assert first.memory.read(pages * PAGE_SIZE, 4 * MANY * PAGE_SIZE) == bytes(4 * MANY * PAGE_SIZE)


def test_memories_of_bytes_that_fill_no_page_grow_by_bytes() -> None:
    memory = wasm.Memory((1 << 20) + 5, 1 << 21, page_size=1, tier="native")
    memory.write((1 << 20) + 4, b"x")

    assert memory.grow(3) == (1 << 20) + 5
    assert memory.read((1 << 20) + 3, 5) == b"\0x\0\0\0"
    with pytest.raises(wasm.OutOfBounds):
        memory.read(1 << 20, 9)
    assert memory.grow((1 << 20) - 8) == (1 << 20) + 8
    assert memory.read((1 << 20) + 4, 3) == b"x\0\0"
