"""Memories and tables with 64-bit addresses, and memories with pages of one byte, on every tier."""

from __future__ import annotations

from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm import TrapKind

FAR = 1 << 32
"""What is address 0 again for whoever takes 32 bits of it."""

WIDE = """(module
  (memory $m (export "memory") i64 1 3) (memory $n 1) (data $d "abcd")
  (table $t i64 2 9 funcref) (table $u 2 funcref) (elem $e func $seven)
  (elem (table $t) (i64.const 0) func $seven)
  (func $seven (result i32) i32.const 7)
  (func (export "load") (param i64) (result i32) (i32.load8_u offset=1 (local.get 0)))
  (func (export "load_f32") (param i64) (result f32) (f32.load (local.get 0)))
  (func (export "load_v128") (param i64) (result v128) (v128.load (local.get 0)))
  (func (export "far") (param i64) (result i64) (i64.load offset=0x1_0000_0000 (local.get 0)))
  (func (export "store") (param i64) (i64.store (local.get 0) (i64.const 1)))
  (func (export "atomic") (param i64) (result i32) (i32.atomic.load (local.get 0)))
  (func (export "size") (result i64) (memory.size))
  (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0)))
  (func (export "fill") (param i64 i64) (memory.fill (local.get 0) (i32.const 5) (local.get 1)))
  (func (export "copy") (param i64 i64 i64) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy_in") (param i64 i32 i32) (memory.copy $m $n (local.get 0) (local.get 1) (local.get 2)))
  (func (export "init") (param i64) (memory.init $d (local.get 0) (i32.const 1) (i32.const 2)))
  (func (export "call") (param i64) (result i32) (call_indirect $t (result i32) (local.get 0)))
  (func (export "table_size") (result i64) (table.size $t))
  (func (export "table_grow") (param i64) (result i64) (table.grow $t (ref.null func) (local.get 0)))
  (func (export "table_get") (param i64) (result i32) (ref.is_null (table.get $t (local.get 0))))
  (func (export "table_set") (param i64) (table.set $t (local.get 0) (ref.null func)))
  (func (export "table_fill") (param i64 i64) (table.fill $t (local.get 0) (ref.func $seven) (local.get 1)))
  (func (export "table_copy") (param i64 i64 i64) (table.copy $t $t (local.get 0) (local.get 1) (local.get 2)))
  (func (export "table_init") (param i64) (table.init $t $e (local.get 0) (i32.const 0) (i32.const 1))))"""


@pytest.fixture
def wide(tier: str) -> Any:
    return wasm.Store(tier=tier).instantiate(wasm.Module.parse(WIDE)).exports


@pytest.mark.parametrize("name", ["load", "load_f32", "load_v128", "store", "atomic", "init"])
@pytest.mark.parametrize("address", [FAR, -8, (1 << 63), 65536])
def test_no_access_takes_a_part_of_its_address(wide: Any, name: str, address: int) -> None:
    with pytest.raises(wasm.Trap) as caught:
        wide[name](address)

    assert caught.value.kind is TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS


def test_an_offset_may_pass_32_bits(wide: Any) -> None:
    with pytest.raises(wasm.Trap, match="out of bounds memory access"):
        wide.far(0)
    with pytest.raises(wasm.Trap, match="out of bounds memory access"):
        wide.far(-FAR)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("fill", (FAR, 1)), ("fill", (0, FAR)), ("copy", (FAR, 0, 1)), ("copy", (0, FAR, 1)), ("copy", (0, 0, FAR)),
     ("copy_in", (FAR, 0, 1))],
)  # fmt: skip
def test_no_bulk_operation_takes_a_part_of_its_operands(wide: Any, name: str, arguments: tuple[int, ...]) -> None:
    with pytest.raises(wasm.Trap, match="out of bounds memory access"):
        wide[name](*arguments)


def test_sizes_and_growth_are_64_bits_wide(wide: Any) -> None:
    assert (wide.size(), wide.grow(FAR), wide.grow(-1), wide.grow(2), wide.size()) == (1, -1, -1, 1, 3)
    assert (wide.table_size(), wide.table_grow(FAR), wide.table_grow(3), wide.table_size()) == (2, -1, 2, 5)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("table_get", (FAR,)), ("table_set", (FAR,)), ("table_fill", (FAR, 1)), ("table_fill", (0, FAR)),
     ("table_copy", (FAR, 0, 1)), ("table_copy", (0, FAR, 1)), ("table_copy", (0, 0, FAR)), ("table_init", (FAR,))],
)  # fmt: skip
def test_no_table_instruction_takes_a_part_of_its_index(wide: Any, name: str, arguments: tuple[int, ...]) -> None:
    with pytest.raises(wasm.Trap, match="out of bounds table access"):
        wide[name](*arguments)


def test_an_indirect_call_takes_the_whole_index(wide: Any) -> None:
    assert wide.call(0) == 7
    with pytest.raises(wasm.Trap, match="undefined element"):
        wide.call(FAR)
    with pytest.raises(wasm.Trap, match="uninitialized element"):
        wide.call(1)


def test_what_is_inside_works_as_ever(wide: Any) -> None:
    wide.init(16)
    wide.fill(20, 2)
    wide.copy(32, 16, 8)

    assert wide.memory.read(32, 8) == b"bc\0\0\5\5\0\0"
    assert wide.load(31) == ord("b")


# Pages of one byte

SMALL = """(module (memory (export "memory") 3 10 (pagesize 1)) (data (i32.const 0) "abc")
  (func (export "size") (result i32) (memory.size))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "load_all") (param i32) (result i32) (i32.load (local.get 0))))"""


def test_a_memory_with_pages_of_one_byte_counts_bytes(tier: str) -> None:
    exports = wasm.Store(tier=tier).instantiate(wasm.Module.parse(SMALL)).exports

    assert (exports.size(), exports.load(2), exports.memory.pages, exports.memory.size) == (3, ord("c"), 3, 3)
    with pytest.raises(wasm.Trap, match="out of bounds memory access"):
        exports.load_all(0)
    assert (exports.grow(1), exports.load_all(0), exports.grow(7), exports.grow(6), exports.size()) == (3, 0x636261, -1, 4, 10)
    assert exports.memory.grow(1) == -1
    assert str(exports.memory.type.page_size) == "1"


def test_the_limit_of_the_store_is_in_bytes_for_small_pages(tier: str) -> None:
    """`memory_pages` counts pages of 64 KiB whatever pages a memory has."""
    store = wasm.Store(tier=tier, limits=wasm.Limits(memory_pages=1))
    exports = store.instantiate(wasm.Module.parse(SMALL.replace("3 10", "3"))).exports

    assert (exports.grow(65534), exports.grow(65533), exports.size(), exports.load(65535)) == (-1, 3, 65536, 0)
    with pytest.raises(wasm.Exhausted, match="a memory of 65537 pages of 1 bytes is beyond the limit of 1 pages"):
        store.instantiate(wasm.Module.parse(SMALL.replace("3 10", "65537")))


def test_memories_of_different_pages_do_not_link(tier: str) -> None:
    store = wasm.Store(tier=tier)
    memory = store.new_memory(1, 2, page_size=1)

    store.instantiate(wasm.Module.parse('(module (import "m" "m" (memory 1 2 (pagesize 1))))'), {"m": {"m": memory}})
    with pytest.raises(wasm.Unlinkable, match=r"wants \(memory 1 2\), offered is \(memory 1 2 \(pagesize 1\)\)"):
        store.instantiate(wasm.Module.parse('(module (import "m" "m" (memory 1 2)))'), {"m": {"m": memory}})


# Switched off


@pytest.mark.parametrize(
    ("feature", "fields"),
    [
        ("threads", "(memory 1 1) (func (atomic.fence))"),
        ("threads", "(memory 1 1) (func (drop (i32.atomic.load (i32.const 0))))"),
        ("threads", "(memory 1 1 shared)"),
        ("custom-page-sizes", "(memory 1 (pagesize 1))"),
        ("wide-arithmetic", "(func (param i64 i64) (result i64 i64) (i64.mul_wide_s (local.get 0) (local.get 1)))"),
        ("memory64", "(memory i64 1)"),
        ("memory64", "(table i64 1 funcref)"),
    ],
)
def test_a_feature_that_is_switched_off_is_refused_by_its_name(tier: str, feature: str, fields: str) -> None:
    module = wasm.Module.parse(f"(module {fields})")
    wasm.Store(tier=tier).instantiate(module)
    fewer = wasm.RUNNABLE - {wasm.Feature(feature)}

    with pytest.raises(wasm.Invalid, match=f"needs the feature {feature}, which is switched off"):
        wasm.Store(tier=tier, features=fewer).instantiate(module)


@pytest.mark.parametrize(("feature", "flags"), [("threads", "03 01 01"), ("custom-page-sizes", "09 01 01 00")])
def test_bytes_of_a_feature_that_is_switched_off_name_it_too(feature: str, flags: str) -> None:
    body = bytes.fromhex(flags)
    data = b"\0asm\1\0\0\0\5" + bytes([len(body) + 1, 1]) + body
    assert wasm.Module.decode(data).exports == ()

    with pytest.raises(wasm.Malformed, match=f"malformed limits flags: .* needs the feature {feature}"):
        wasm.Module.decode(data, features=wasm.RUNNABLE - {wasm.Feature(feature)})
