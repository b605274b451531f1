"""Whatever a program does with guests, and in whatever order: it gets an answer or a clear error, and the store stays in order.

Most of it is dull on a tier written in Python. All tiers do the same, so all of them are asked.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from typing import Any

import pytest

import pywasm_vm as wasm

GUEST = """(module
  (type $pair (struct (field (mut (ref null $pair))) (field (mut i32))))
  (type $list (array (mut (ref null $pair))))
  (type $number (func (param i32) (result i32)))
  (import "host" "ask" (func $ask (param i32) (result i32)))
  (import "host" "give" (func $give (param externref) (result externref)))
  (import "host" "two" (func $two (result i32 i64)))
  (import "host" "pair" (func $host_pair (param (ref null $pair)) (result (ref null $pair))))
  (memory (export "memory") 1 200)
  (table $t (export "table") 1 1000 funcref)
  (table (export "objects") 4 externref)
  (global $kept (export "kept") (mut (ref null $pair)) (ref.null $pair))
  (global $going (export "going") (mut i32) (i32.const 1))
  (tag $error (export "error") (param i32))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "ask") (param i32) (result i32) (call $ask (local.get 0)))
  (func $down (export "down") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
      (else (call $ask (i32.const 0)))))
  (func (export "give") (param externref) (result externref) (call $give (local.get 0)))
  (func (export "two") (result i64) (local i64) (local.set 0 (call $two)) (i64.extend_i32_u) (i64.add (local.get 0)))
  (func (export "pair") (param i32) (result i32)
    (struct.get $pair 1 (ref.as_non_null (call $host_pair (struct.new $pair (global.get $kept) (local.get 0))))))
  (func (export "new") (param i32) (result (ref $pair)) (struct.new $pair (global.get $kept) (local.get 0)))
  (func (export "number") (param (ref null $pair)) (result i32) (struct.get $pair 1 (local.get 0)))
  (func (export "keep") (param i32)
    (loop $l
      (global.set $kept (struct.new $pair (global.get $kept) (local.get 0)))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "litter") (param i32)
    (loop $l
      (drop (array.new $list (struct.new $pair (ref.null $pair) (local.get 0)) (i32.const 9)))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func $throw (param i32)
    (if (i32.eqz (local.get 0)) (then (throw $error (call $ask (i32.const 0)))))
    (call $throw (i32.sub (local.get 0) (i32.const 1))))
  (func (export "catch") (param i32) (result i32)
    (block $c (result i32) (try_table (catch $error $c) (call $throw (local.get 0))) (i32.const -1)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "ask and load") (param i32) (result i32)
    (i32.add (call $ask (i32.const 1)) (i32.load (local.get 0))))
  (func (export "indirect") (param i32) (result i32) (call_indirect $t (type $number) (local.get 0) (i32.const 0)))
  (func (export "itself") (result funcref) (ref.func $down))
  (func (export "spin") (loop $l (br_if $l (global.get $going))))
  (func (export "work") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (local.get 1) (call $down (i32.const 3))))
      (global.set $kept (struct.new $pair (ref.null $pair) (local.get 1)))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (elem declare func $down))"""

MODULE = wasm.Module.parse(GUEST)


def made(tier: str, *, module: wasm.Module = MODULE, store: wasm.Store | None = None, **host: Any) -> Any:
    """The exports of a new instance, in a store of its own if there is no other."""
    given = {"ask": lambda value: value, "give": lambda value: value, "two": lambda: (1, 2), "pair": lambda value: value, **host}
    return (store or wasm.Store(tier)).instantiate(module, {"host": given}).exports


def works(guest: Any) -> None:
    assert guest.add(2, 3) == 5
    assert guest.ask(7) == 7
    assert guest.down(20) == 20
    assert guest.pair(6) == 6
    assert guest.catch(3) == 0
    assert guest.give(works) is works
    assert guest.two() == 3
    guest.litter(10)


# Growth


def test_memory_is_read_and_written_where_it_is_after_each_growth_from_anywhere(tier: str) -> None:
    guest: Any = None
    memory: Any = None

    def ask(step: int) -> int:
        memory.write(40, b"before")
        assert guest.grow(3) >= 0
        assert memory.grow(2) >= 0
        assert memory.read(40, 6) == b"before"
        memory.write(40, (1000 + step).to_bytes(4, "little"))
        memory.write(memory.size - 1, b"!")
        return step

    guest = made(tier, ask=ask)
    memory = guest.memory

    for _ in range(20):
        assert guest["ask and load"](40) == 1002

    assert memory.size == (1 + 20 * 5) * wasm.PAGE_SIZE
    with pytest.raises(wasm.OutOfBounds):
        memory.read(memory.size, 1)


def test_a_copy_of_memory_stays_what_it_was(tier: str) -> None:
    guest = made(tier)
    guest.memory.write(0, b"now")
    copy = guest.memory.read(0, 3)

    guest.memory.write(0, b"new")
    guest.grow(100)
    view = memoryview(guest.memory.read(0, wasm.PAGE_SIZE))
    guest.grow(50)

    assert copy == b"now"
    assert bytes(view[:3]) == b"new"


class Lying(bytes):
    """Says that it is longer than it is, or shorter."""

    said = 0

    def __len__(self) -> int:
        return self.said


@pytest.mark.parametrize("said", [0, 1, 2, 1000, wasm.PAGE_SIZE * 2])
def test_content_that_lies_about_its_length_is_written_as_it_is(tier: str, said: int) -> None:
    guest = made(tier)
    content = Lying(b"abcd")
    content.said = said

    guest.memory.write(wasm.PAGE_SIZE - 4, content)
    with pytest.raises(wasm.OutOfBounds):
        guest.memory.write(wasm.PAGE_SIZE - 3, content)

    assert guest.memory.size == wasm.PAGE_SIZE == len(guest.memory.read(0, wasm.PAGE_SIZE))
    assert guest.memory.read(wasm.PAGE_SIZE - 5, 5) == b"\0abcd"


def test_a_view_that_counts_items_is_written_byte_by_byte(tier: str) -> None:
    guest = made(tier)
    view = memoryview(bytes(range(32))).cast("I")

    guest.memory.write(0, view[::2])
    guest.memory.write(wasm.PAGE_SIZE - 32, view)
    with pytest.raises(wasm.OutOfBounds):
        guest.memory.write(wasm.PAGE_SIZE - 31, view)

    assert guest.memory.read(0, 20) == bytes([0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27, 0, 0, 0, 0])
    assert guest.memory.read(wasm.PAGE_SIZE - 32, 32) == bytes(range(32))


@pytest.mark.parametrize(
    ("pointer", "size"), [(-1, 1), (0, -1), (1 << 64, 1), (0, 1 << 64), (wasm.PAGE_SIZE, 1), (-1 << 70, 1 << 70)]
)
def test_places_that_no_memory_has_are_refused(tier: str, pointer: int, size: int) -> None:
    guest = made(tier)

    with pytest.raises(wasm.OutOfBounds):
        guest.memory.read(pointer, size)
    if size == 1:
        with pytest.raises(wasm.OutOfBounds):
            guest.memory.write(pointer, b"x")


@pytest.mark.parametrize("index", [-1, 1, 1 << 32, 1 << 64, 1 << 100])
def test_places_that_no_table_has_are_refused(tier: str, index: int) -> None:
    guest = made(tier)

    with pytest.raises((IndexError, ValueError, wasm.Trap)):
        guest.table[index]
    with pytest.raises((IndexError, ValueError, wasm.Trap)):
        guest.table[index] = None


def test_a_table_may_grow_while_its_function_is_called(tier: str) -> None:
    guest: Any = None

    def ask(value: int) -> int:
        guest.table.grow(900)
        guest.table[0] = None
        gc.collect()
        return value + 1

    guest = made(tier, ask=ask)
    guest.table[0] = guest.itself()

    assert guest.indirect(3) == 4
    assert len(guest.table) == 901


# Dropped while it runs


def test_everything_may_be_dropped_while_a_function_runs(tier: str) -> None:
    world: dict[str, Any] = {}

    def ask(value: int) -> int:
        world.clear()
        gc.collect()
        return value + 1

    world["guest"] = made(tier, ask=ask)
    world["memory"] = world["guest"].memory
    world["loop"] = world

    assert world["guest"].down(50) == 51
    assert not world


def test_a_function_outlives_all_other_names_of_its_instance(tier: str) -> None:
    guest = made(tier)
    add, ask = guest.add, guest.ask
    del guest
    gc.collect()

    assert add(1, 2) == 3
    assert ask(5) == 5


def test_structs_and_functions_outlive_all_other_names_of_their_store(tier: str) -> None:
    guest = made(tier)
    guest.keep(100)
    struct, function, memory = guest.new(5), guest.itself(), guest.memory
    del guest
    gc.collect()

    assert struct[1] == 5
    length = 0
    while struct is not None:
        struct, length = struct[0], length + 1
    assert length == 101
    assert function(7) == 7
    memory.write(0, b"still")
    assert memory.read(0, 5) == b"still"


def test_a_store_that_failed_to_instantiate_is_in_order(tier: str) -> None:
    store = wasm.Store(tier)
    host = {"host": {"f": lambda: (_ for _ in ()).throw(KeyError("start"))}}
    bad = wasm.Module.parse('(module (import "host" "f" (func $f)) (memory 3) (start $f))')
    trap = wasm.Module.parse('(module (memory 1) (data (offset (i32.const 65536)) "x"))')

    for _ in range(3):
        with pytest.raises(KeyError):
            store.instantiate(bad, host)
        with pytest.raises(wasm.Trap):
            store.instantiate(trap)
    gc.collect()

    assert store.instantiate(wasm.Module.parse('(module (func (export "f") (result i32) (i32.const 4)))')).exports.f() == 4


# What the host gives


@pytest.mark.parametrize(
    "result", [None, "1", 1.5, (1,), [1], object(), b"\0\0\0\0", (1, 2), 1j], ids=lambda it: type(it).__name__
)
def test_a_result_of_a_wrong_type_is_an_error_and_no_more(tier: str, result: Any) -> None:
    guest = made(tier, ask=lambda _: result)

    for depth in (0, 1, 30):
        with pytest.raises((TypeError, ValueError), match="ask"):
            guest.down(depth)

    assert guest.add(1, 1) == 2


@pytest.mark.parametrize("result", [(), (1,), (1, 2, 3), 1, None, "ab", {1: 2, 3: 4, 5: 6}, ("1", 2), (1, None)], ids=repr)
def test_results_that_are_too_many_or_too_few_are_an_error_and_no_more(tier: str, result: Any) -> None:
    guest = made(tier, two=lambda: result)

    for _ in range(3):
        with pytest.raises((TypeError, ValueError), match="two"):
            guest.two()

    assert guest.add(1, 1) == 2


@pytest.mark.parametrize("value", [1 << 32, -1 << 31, (1 << 200) + 7, -1, True], ids=str)
def test_an_integer_of_any_size_is_cut(tier: str, value: int) -> None:
    guest = made(tier, ask=lambda _: value)

    assert guest.ask(0) & 0xFFFFFFFF == value & 0xFFFFFFFF


def test_a_struct_where_another_type_is_wanted_is_refused(tier: str) -> None:
    other = made(tier).new(3)

    for wrong in (5, "struct", made, object()):
        with pytest.raises((TypeError, ValueError)):
            made(tier, pair=lambda _, wrong=wrong: wrong).pair(1)
    with pytest.raises((TypeError, ValueError, wasm.Trap)):
        made(tier, pair=lambda _: None).pair(1)
    assert other[1] == 3


def test_references_go_from_store_to_store_or_are_refused(tier: str) -> None:
    here, there = made(tier), made(tier)
    struct = here.new(5)

    # A tier whose heap belongs to a store says so; on the others a struct is at home everywhere.
    with suppress(TypeError):
        assert there.number(struct) == 5
    with suppress(TypeError):
        there.kept.value = struct
    there.table[0] = here.itself()
    there.objects[0] = here
    # As a thing of the host it is no struct, but may be kept.
    assert there.give(here) is here
    del here, struct
    gc.collect()

    there.litter(1000)
    assert there.indirect(5) == 5
    works(there)


@pytest.mark.parametrize("depth", [0, 1, 2, 50, 2000])
@pytest.mark.parametrize(
    "kind", [KeyError, KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError, RecursionError, StopIteration]
)
def test_an_exception_of_the_host_comes_out_of_any_depth_as_itself(tier: str, depth: int, kind: type[BaseException]) -> None:
    error = kind("trouble")

    def ask(_: int) -> int:
        raise error

    guest = made(tier, ask=ask)

    for call in (guest.down, guest.catch):
        with pytest.raises(kind) as caught:
            call(depth)
        assert caught.value is error

    guest.litter(100)
    assert guest.add(1, 2) == 3


def test_calls_may_alternate_until_they_are_too_deep_and_end_in_any_way(tier: str) -> None:
    guest: Any = None
    left = [0]

    def ask(value: int) -> int:
        guest.litter(3)
        if left[0] == 0:
            raise KeyError(value)
        left[0] -= 1
        try:
            return int(guest.down(value + 2)) if left[0] % 3 else int(guest.catch(1)) + 1
        except KeyError:
            if left[0] % 2:
                raise
            return 3

    guest = made(tier, ask=ask)

    for deep in range(1, 40):
        left[0] = deep
        with suppress(KeyError):
            guest.down(5)
        assert guest.add(deep, 1) == deep + 1
    left[0] = 10_000
    with pytest.raises((wasm.Exhausted, RecursionError)):
        guest.down(1)
    assert guest.add(1, 1) == 2


# Modules


def test_no_locals_of_a_type_that_is_not_there_are_no_locals(tier: str) -> None:
    """Valid, for nothing is of that type."""
    body = bytes.fromhex("01 00 63 20 00 0b".replace(" ", ""))
    code = bytes([10, len(body) + 2, 1, len(body)]) + body
    binary = b"\0asm\1\0\0\0" + bytes.fromhex("0104016000000302010007050101660000".replace(" ", "")) + code
    guest = wasm.Store(tier).instantiate(wasm.Module.decode(binary)).exports

    with pytest.raises(wasm.Trap, match="unreachable"):
        guest.f()
