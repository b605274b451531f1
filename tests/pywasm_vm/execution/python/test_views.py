"""Views of a memory that grows, is shared by instances, is empty, or ends in the middle of a number."""

from __future__ import annotations

import gc
from typing import Any
from weakref import ref

import pytest

import pywasm_vm as wasm

GROWING = """(module (memory (export "m") 1 40)
  (func $grow (export "grow") (result i32) (memory.grow (i32.const 1)))
  (func (export "f") (param i32) (result i64) (local $x i32) (local $sum i64)
    (loop $again
      (i64.store offset=65528 (local.get $x) (i64.const 3))
      (drop (call $grow))
      (local.set $sum (i64.add (local.get $sum) (i64.load offset=65528 (local.get $x))))
      (local.set $x (i32.add (local.get $x) (i32.const 65536)))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get $sum))
  (func (export "in_address") (result i32)
    (i32.load (i32.add (i32.shl (memory.grow (i32.const 1)) (i32.const 16)) (i32.const 8))))
  (func (export "in_value") (i32.store (i32.const 16) (memory.grow (i32.const 1)))))"""


def exports(text: str, imports: Any = None, **options: Any) -> Any:
    return wasm.Store(tier="python", **options).instantiate(wasm.Module.parse(text), imports).exports


@pytest.mark.parametrize("fuel", [None, 10**6], ids=["plain", "metered"])
def test_a_loop_sees_the_memory_it_has_made_grow(fuel: int | None) -> None:
    guest = exports(GROWING, fuel=fuel)

    assert guest.f(20) == 60
    assert guest.m.pages == 21
    assert guest.m.read(20 * 65536 - 8, 8) == bytes([3, 0, 0, 0, 0, 0, 0, 0])


def test_a_memory_that_grows_within_an_access_is_seen_whole() -> None:
    guest = exports(GROWING)
    guest.m.write(8, b"\7")

    assert guest.in_address() == 0
    guest.in_value()
    assert guest.m.read(16, 4) == b"\2\0\0\0"


def test_the_host_makes_a_memory_grow_between_calls_and_in_them() -> None:
    text = """(module (import "env" "host" (func $host)) (memory (export "m") 1)
      (func (export "f") (result i32) (local $x i32)
        (loop $again (i32.store (local.get $x) (i32.const 5)) (call $host)
          (br_if $again (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 65536))) (i32.const 262144))))
        (i32.load (i32.const 196608))))"""
    guest = exports(text, {"env": {"host": lambda: guest.m.grow(1)}})

    assert guest.f() == 5
    guest.m.grow(1)
    assert guest.f() == 5


def test_all_instances_of_a_memory_see_it_grow() -> None:
    store = wasm.Store(tier="python")
    module = wasm.Module.parse("""(module (import "env" "m" (memory 1))
      (func (export "grow") (drop (memory.grow (i32.const 1))))
      (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
      (func (export "store") (param i32) (i32.store (local.get 0) (i32.const 9))))""")
    memory = store.new_memory(1)
    first, second = (store.instantiate(module, {"env": {"m": memory}}).exports for _ in range(2))

    for page in range(1, 4):
        with pytest.raises(wasm.Trap, match="out of bounds"):
            second.load(page * 65536)
        first.grow()
        second.store(page * 65536)
        assert first.load(page * 65536) == 9


def test_an_instance_that_is_gone_looks_no_longer() -> None:
    store = wasm.Store(tier="python")
    memory = store.new_memory(1)
    module = wasm.Module.parse('(module (import "env" "m" (memory 1)) (func (export "f") (result i32) (i32.load (i32.const 8))))')
    for _ in range(3):
        watched = ref(store.instantiate(module, {"env": {"m": memory}}).inst)
    gc.collect()

    assert watched() is None
    assert memory.grow(1) == 1
    assert store.instantiate(module, {"env": {"m": memory}}).exports.f() == 0
    assert len(memory.inst.views) == 1


def test_code_that_begins_to_count_in_the_middle_sees_the_memory_grow() -> None:
    store = wasm.Store(tier="python")
    guest = store.instantiate(wasm.Module.parse(GROWING)).exports
    assert guest.f(2) == 6
    store.fuel = 10_000

    assert guest.f(2) == 6
    assert guest.m.grow(1) == 5
    assert guest.f(2) == 6


def test_an_empty_memory_is_out_of_bounds_until_it_grows() -> None:
    guest = exports("""(module (memory 0)
      (func (export "grow") (drop (memory.grow (i32.const 1))))
      (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
      (func (export "store") (param i32) (i32.store (local.get 0) (i32.const 9))))""")

    for call in (guest.load, guest.store):
        with pytest.raises(wasm.Trap, match="out of bounds memory access"):
            call(0)
    guest.grow()
    guest.store(65532)
    assert guest.load(65532) == 9


def test_a_memory_without_a_whole_number_leaves_the_view_of_empty_ones_alone() -> None:
    small = exports("""(module (memory (export "m") 1 (pagesize 1)))""")
    empty = exports("""(module (memory 0) (func (export "load") (result i32) (i32.load (i32.const 0))))""")

    assert small.m.grow(1) == 1

    with pytest.raises(wasm.Trap, match="out of bounds memory access"):
        empty.load()


@pytest.mark.parametrize("size", [1, 3, 7, 8, 13])
def test_a_memory_may_end_in_the_middle_of_a_number(size: int) -> None:
    guest = exports(f"""(module (memory (export "m") {size} (pagesize 1))
      (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
      (func (export "store") (param i32) (i64.store (local.get 0) (i64.const -1))))""")

    for address in range(size + 4):
        if address + 4 <= size:
            assert guest.load(address) == 0
        else:
            with pytest.raises(wasm.Trap, match="out of bounds memory access"):
                guest.load(address)
        if address + 8 > size:
            with pytest.raises(wasm.Trap, match="out of bounds memory access"):
                guest.store(address)
    assert guest.m.read(0, size) == bytes(size)


def test_a_shared_memory_is_not_looked_at() -> None:
    """It may grow while another thread looks."""
    memory = wasm.Memory(1, 3, shared=True, tier="python")
    guest = exports(
        '(module (import "env" "m" (memory 1 3 shared)) (func (export "f") (param i32) (result i32) (i32.load (local.get 0))))',
        {"env": {"m": memory}},
    )

    assert guest.f(8) == 0
    assert memory.inst.views == []
