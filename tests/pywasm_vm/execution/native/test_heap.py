"""The heap in C: what is collected, what is kept, and who keeps it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm import Exhausted
from pywasm_vm.native.core import missing

pytestmark = pytest.mark.skipif(missing() is not None, reason="the C core is not built")

PLENTY = wasm.Limits()

TEXT = """(module
  (type $node (struct (field $next (mut (ref null $node))) (field $number (mut i64))))
  (type $box (struct (field (mut externref)) (field (mut funcref))))
  (type $bytes (array (mut i8)))
  (type $nodes (array (mut (ref null $node))))
  (type $f (func (param i32) (result i32)))
  (import "host" "look" (func $look (param i32)))
  (import "host" "swap" (func $swap (param externref) (result externref)))
  (global $kept (export "kept") (mut (ref null $node)) (ref.null $node))
  (global $box (mut (ref null $box)) (ref.null $box))
  (global $constant (export "constant") (ref $node) (struct.new $node (ref.null $node) (i64.const 77)))
  (table $t (export "t") 4 (ref null $node))
  (elem $e (ref null $node) (item (struct.new $node (ref.null $node) (i64.const 5))) (item (global.get $constant)))
  (tag $oops (param (ref $node)))

  (func $node (param i64) (result (ref $node)) (struct.new $node (ref.null $node) (local.get 0)))
  (func (export "make") (param i64) (result (ref $node)) (call $node (local.get 0)))
  (func (export "get") (param (ref $node)) (result i64) (struct.get $node $number (local.get 0)))
  (func (export "waste") (param $n i32)
    (loop $l (drop (call $node (i64.const 1)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "waste arrays") (param $n i32) (param $size i32)
    (loop $l (drop (array.new_default $bytes (local.get $size)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "cycles") (param $n i32) (local $a (ref null $node)) (local $b (ref null $node))
    (loop $l
      (local.set $a (call $node (i64.const 1)))
      (local.set $b (struct.new $node (local.get $a) (i64.const 2)))
      (struct.set $node $next (local.get $a) (local.get $b))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "list") (param $n i32)
    (global.set $kept (ref.null $node))
    (loop $l
      (global.set $kept (struct.new $node (global.get $kept) (i64.extend_i32_u (local.get $n))))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "length") (result i32) (local $n i32) (local $a (ref null $node))
    (local.set $a (global.get $kept))
    (block $done (loop $l
      (local.set $a (struct.get $node $next (br_on_null $done (local.get $a))))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br $l)))
    (local.get $n))
  (func (export "box") (param externref) (global.set $box (struct.new $box (local.get 0) (ref.null func))))
  (func (export "unbox") (result externref) (struct.get $box 0 (global.get $box)))
  (func (export "forget") (global.set $box (ref.null $box)) (global.set $kept (ref.null $node)))
  (func (export "fan") (param $n i32) (result i64) (local $all (ref $nodes)) (local $x i32) (local $sum i64)
    (local.set $all (array.new_default $nodes (local.get $n)))
    (loop $l
      (array.set $nodes (local.get $all) (local.get $x) (call $node (i64.extend_i32_u (local.get $x))))
      (br_if $l (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 1))) (local.get $n))))
    (loop $l
      (local.set $x (i32.sub (local.get $x) (i32.const 1)))
      (local.set $sum (i64.add (local.get $sum) (struct.get $node $number (array.get $nodes (local.get $all) (local.get $x)))))
      (br_if $l (local.get $x)))
    (local.get $sum))
  (func $deep (export "deep") (param $n i32) (result i64) (local $own (ref null $node))
    (local.set $own (call $node (i64.extend_i32_u (local.get $n))))
    (if (i32.eqz (local.get $n)) (then (return (i64.const 0))))
    (struct.new $node (local.get $own) (i64.const 3))
    (call $deep (i32.sub (local.get $n) (i32.const 1)))
    (call $sum))
  (func $sum (param $pair (ref $node)) (param $rest i64) (result i64)
    (i64.add (local.get $rest)
      (struct.get $node $number (ref.as_non_null (struct.get $node $next (local.get $pair))))))
  (func (export "over the host") (param $n i32) (result i64) (local $own (ref null $node))
    (local.set $own (call $node (i64.extend_i32_u (local.get $n))))
    (call $node (i64.const 1000))
    (call $look (local.get $n))
    (i64.add (struct.get $node $number) (struct.get $node $number (local.get $own))))
  (func (export "swap") (param externref) (result externref) (call $swap (local.get 0)))
  (func (export "element") (param i32) (result i64)
    (struct.get $node $number (array.get $nodes (array.new_elem $nodes $e (i32.const 0) (i32.const 2)) (local.get 0))))
  (func (export "throw and catch") (param $n i32) (result i64) (local $sum i64)
    (loop $l
      (block $caught (result (ref $node))
        (try_table (catch $oops $caught) (throw $oops (call $node (i64.extend_i32_u (local.get $n)))))
        (unreachable))
      (drop (call $node (i64.const 9)))
      struct.get $node $number
      (local.set $sum (i64.add (local.get $sum)))
      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))"""


class Guest:
    """An instance of the module above, and the heap of its store."""

    def __init__(self, all_the_time: bool = False, limits: wasm.Limits = PLENTY) -> None:
        self.look: Callable[[int], None] = lambda _: None
        self.store = wasm.Store(tier="native", limits=limits)
        machine: Any = self.store._tier.machine  # type: ignore[attr-defined]
        self.heap = machine.references
        if all_the_time:
            machine.lib.wasm_heap_collect_after(machine.handle, 0)
        host = {"look": lambda n: self.look(n), "swap": lambda _: Thing()}
        self.exports = self.store.instantiate(wasm.Module.parse(TEXT), {"host": host}).exports

    def call(self, name: str, *arguments: Any) -> Any:
        return self.exports[name](*arguments)

    def collect(self) -> int:
        """The objects that a collection leaves."""
        self.heap.collect()
        return int(self.heap.objects)


class Thing:
    """Something of the host."""


CONSTANTS = 2
"""Objects that the constant expressions of the module make, and that stay."""


def test_a_million_objects_that_nobody_keeps_need_little_memory() -> None:
    guest = Guest()

    guest.call("waste", 1_000_000)

    assert guest.heap.collections >= 10
    assert guest.heap.objects * 32 < 2 << 20
    assert guest.collect() == CONSTANTS


def test_large_arrays_that_nobody_keeps_are_freed() -> None:
    guest = Guest()

    guest.call("waste arrays", 1000, 10_000_000)

    assert guest.heap.collections >= 900
    assert guest.collect() == CONSTANTS


def test_cycles_are_freed() -> None:
    guest = Guest()

    guest.call("cycles", 1000)

    assert guest.heap.objects == 2000 + CONSTANTS
    assert guest.collect() == CONSTANTS


def test_a_list_of_a_million_nodes_is_marked_without_recursion_and_freed_when_it_is_let_go() -> None:
    guest = Guest()

    guest.call("list", 1_000_000)

    assert guest.collect() == 1_000_000 + CONSTANTS
    assert guest.call("length") == 1_000_000
    guest.call("forget")
    assert guest.collect() == CONSTANTS


def test_a_handle_of_the_host_keeps_its_object() -> None:
    guest = Guest()
    handle = guest.call("make", 42)

    assert guest.collect() == 1 + CONSTANTS
    assert (handle[1], guest.call("get", handle)) == (42, 42)
    del handle
    gc.collect()
    assert guest.collect() == CONSTANTS


def test_what_a_handle_leads_to_is_kept() -> None:
    guest = Guest()
    guest.call("list", 10)
    handle = guest.exports["kept"].value
    guest.call("forget")

    assert guest.collect() == 10 + CONSTANTS
    last = handle[0][0][0]
    del handle
    assert guest.collect() == 7 + CONSTANTS
    assert last[1] == 4


def test_one_object_has_one_face() -> None:
    guest = Guest()
    handle = guest.call("make", 1)
    guest.exports["kept"].value = handle

    assert guest.exports["kept"].value == handle
    assert guest.exports["kept"].value.inst is handle.inst
    assert guest.call("make", 1) != handle


def test_an_object_of_the_host_in_a_struct_is_let_go_when_the_struct_is_collected() -> None:
    guest = Guest()
    thing = Thing()
    watch = weakref.ref(thing)
    guest.call("box", thing)
    del thing

    guest.collect()
    assert guest.call("unbox") is watch() is not None
    guest.call("forget")
    guest.collect()
    gc.collect()
    assert watch() is None


def test_objects_of_the_host_that_guests_only_pass_on_do_not_pile_up() -> None:
    guest = Guest()

    for _ in range(40_000):
        guest.call("swap", Thing())

    assert len(guest.heap._objects) < 40_000


def test_an_object_of_the_host_stays_while_a_local_holds_it() -> None:
    guest = Guest(all_the_time=True)
    thing = Thing()
    guest.call("box", thing)

    for _ in range(3):
        guest.call("waste", 100)

    assert guest.call("unbox") is thing


def test_a_number_that_equals_the_address_of_an_object_does_not_keep_it() -> None:
    guest = Guest()
    handle = guest.call("make", 1)
    address = handle.inst.word
    guest.exports["kept"].value = guest.call("make", address)
    guest.look = lambda _: seen.append(guest.collect())
    seen: list[int] = []
    del handle
    gc.collect()

    guest.call("over the host", address & 0x7FFF_FFFF)

    assert seen == [1 + 2 + CONSTANTS]  # the one that holds the number, and those that the frame holds


def test_collections_in_deep_recursion_find_what_every_frame_holds() -> None:
    guest = Guest()
    depth = 9_000
    heap = guest.heap
    heap.lib.wasm_heap_collect_after(heap._handle, 100_000)

    assert guest.call("deep", depth) == depth * (depth + 1) // 2

    assert heap.collections >= 3


def test_collections_at_every_allocation_take_nothing_that_is_held() -> None:
    guest = Guest(all_the_time=True)

    assert guest.call("deep", 100) == 5050
    assert guest.call("fan", 100) == 4950
    assert guest.call("throw and catch", 50) == 1275
    assert guest.call("element", 0) == 5
    assert guest.call("element", 1) == 77
    guest.call("list", 100)
    assert guest.call("length") == 100
    assert guest.heap.collections >= 500


def test_frames_below_a_call_of_the_host_are_looked_into() -> None:
    guest = Guest(all_the_time=True)

    def look(n: int) -> None:
        if n:
            assert guest.call("over the host", n - 1) == 1000 + n - 1
        guest.collect()

    guest.look = look

    assert guest.call("over the host", 20) == 1020


def test_tables_globals_and_constants_keep_what_they_hold() -> None:
    guest = Guest(all_the_time=True)
    table = guest.exports["t"]
    table[1] = guest.call("make", 11)
    guest.exports["kept"].value = guest.call("make", 12)
    gc.collect()

    guest.call("waste", 100)

    assert (table[1][1], guest.exports["kept"].value[1], guest.exports["constant"].value[1]) == (11, 12, 77)
    assert table[0] is None


def test_an_array_beyond_the_limit_is_refused_and_the_guest_goes_on() -> None:
    guest = Guest(limits=wasm.Limits(array_elements=100))

    guest.call("waste arrays", 1, 100)
    with pytest.raises(Exhausted, match="an array of 101 elements is beyond the limit of 100 elements") as caught:
        guest.call("waste arrays", 1, 101)
    assert caught.value.frames
    guest.call("waste arrays", 1, 100)


def test_an_array_for_which_there_is_no_memory_is_refused() -> None:
    resource = pytest.importorskip("resource")
    guest = Guest(limits=wasm.Limits(array_elements=1 << 32))
    before = resource.getrlimit(resource.RLIMIT_AS)
    statm = Path("/proc/self/statm")
    used = int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0
    resource.setrlimit(resource.RLIMIT_AS, (used + (4 << 30), before[1]))
    try:
        with pytest.raises(Exhausted, match="the machine has no room for an array of 4294967295 elements"):
            guest.call("fan", -1)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert guest.call("fan", 10) == 45


def test_a_struct_of_another_store_is_refused_where_a_struct_is_wanted() -> None:
    guest, other = Guest(), Guest()
    foreign = other.call("make", 1)

    with pytest.raises(TypeError, match="another store"):
        guest.call("get", foreign)


def test_handles_may_be_looked_into_while_a_guest_collects_on_another_thread() -> None:
    guest = Guest()
    guest.call("list", 1000)
    handle = guest.exports["kept"].value
    heap = guest.heap
    heap.lib.wasm_heap_collect_after(heap._handle, 10_000)
    thread = Thread(target=guest.call, args=("waste", 300_000))
    thread.start()
    while thread.is_alive():
        assert handle[0][0][0][1] == 4
    thread.join()

    assert guest.call("length") == 1000
