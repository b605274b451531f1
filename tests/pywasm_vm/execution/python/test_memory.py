"""Loads and stores of every width, and instructions on memories, segments and tables, as text and as results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., list[Any]]
Source = Callable[..., str]


@pytest.mark.parametrize(
    ("load", "result"),
    [
        ("i32.load", -2122219135 & 0xFFFFFFFF),
        ("i32.load8_s", -127),
        ("i32.load8_u", 0x81),
        ("i32.load16_s", -32127),
        ("i32.load16_u", 0x8281),
        ("i64.load", 0x8887868584838281),
        ("i64.load8_s", -127),
        ("i64.load16_s", -32127),
        ("i64.load32_s", 0x84838281 - (1 << 32)),
        ("i64.load32_u", 0x84838281),
    ],
)
@pytest.mark.parametrize("loop", ["", "(loop "])
def test_load(run: Run, load: str, result: int, loop: str) -> None:
    width = int(load[1:3])
    body = f"({load} offset=2 (local.get 0))"
    body = f"(loop (result i{width}) {body})" if loop else body
    text = f"""(module (memory 1) (data (i32.const 3) "\\81\\82\\83\\84\\85\\86\\87\\88")
      (func (export "f") (param i32) (result i{width}) {body}))"""
    if load == "i32.load":
        result = 0x84838281 - (1 << 32)
    if load == "i64.load":
        result -= 1 << 64

    assert run(text, (1,)) == [result]


@pytest.mark.parametrize(
    ("store", "size"),
    [
        ("i32.store", 4),
        ("i32.store8", 1),
        ("i32.store16", 2),
        ("i64.store", 8),
        ("i64.store8", 1),
        ("i64.store16", 2),
        ("i64.store32", 4),
    ],
)
def test_store_takes_the_lowest_bytes_of_a_loose_value(run: Run, store: str, size: int) -> None:
    kind = store[:3]
    text = f"""(module (memory 1)
      (func (export "f") (param i32 {kind}) (result i64)
        ({store} offset=1 (local.get 0) ({kind}.sub (local.get 1) ({kind}.const 1)))
        (i64.load (i32.const 8))))"""

    assert run(text, (7, 0))[0] & 0xFFFFFFFFFFFFFFFF == (1 << 8 * size) - 1


def test_an_address_wraps_before_the_offset_is_added(run: Run) -> None:
    text = """(module (memory 1) (data (i32.const 5) "\\2a")
      (func (export "f") (param i32) (result i32) (i32.load8_u offset=4 (i32.add (local.get 0) (i32.const 2)))))"""

    assert run(text, (-1,)) == [0x2A]


def test_memories_and_tables_have_sizes_and_grow(run: Run) -> None:
    text = """(module (memory 1 3) (table 2 4 externref)
      (func (export "f") (param i32) (result i32 i32 i32 i32)
        (memory.grow (local.get 0)) (memory.size)
        (table.grow (ref.null extern) (local.get 0)) (table.size)))"""

    assert run(text, (0,), (2,), (9,)) == [(1, 1, 2, 2), (1, 3, 2, 4), (-1, 3, -1, 4)]


def test_segments_are_used_and_dropped(run: Run) -> None:
    text = """(module (memory 1) (data $d "abcdef") (table 3 funcref) (elem $e func $g $g) (func $g)
      (func (export "f") (param i32) (result i32)
        (memory.init $d (i32.const 10) (i32.const 2) (i32.const 3))
        (memory.copy (i32.const 20) (i32.const 10) (i32.const 3))
        (memory.fill (i32.const 21) (i32.const 0x141) (i32.const 1))
        (data.drop $d)
        (memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))
        (table.init $e (i32.const 1) (i32.const 0) (i32.const 2))
        (elem.drop $e)
        (table.copy (i32.const 0) (i32.const 1) (i32.const 1))
        (table.set (i32.const 2) (ref.null func))
        (table.fill (i32.const 1) (ref.func $g) (i32.const 1))
        (i32.add (i32.load (i32.const 20))
          (i32.mul (i32.const 0x1000000)
            (i32.add (ref.is_null (table.get (i32.const 0))) (ref.is_null (table.get (i32.const 2))))))))"""

    assert run(text, (0,)) == [int.from_bytes(b"cAe\x01", "little")]


def test_a_second_memory_is_another_memory(run: Run) -> None:
    text = """(module (memory $a 1) (memory $b 1)
      (func (export "f") (result i32 i32)
        (i32.store8 $b (i32.const 1) (i32.const 7))
        (memory.copy $a $b (i32.const 5) (i32.const 1) (i32.const 1))
        (i32.load8_u $a (i32.const 5)) (i32.load8_u $a (i32.const 1))))"""

    assert run(text, ()) == [(7, 0)]


def test_a_byte_that_fits_is_stored_without_a_mask(source: Source) -> None:
    text = source("(module (memory 1) (func (param i32) (i32.store8 (local.get 0) (i32.load8_u (local.get 0)))))")

    assert " mem0[l0] = mem0[l0]" in text
