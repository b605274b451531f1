"""Shared memories of the C core: threads that really run at once, growth under their feet, and no wake-up that is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm.native.core import missing

pytestmark = pytest.mark.skipif(bool(missing()), reason="the C core is not here")

KINDS = {"plain": "1 2000 shared", "64-bit addresses": "i64 1 2000 shared", "small pages": "65536 131072000 shared (pagesize 1)"}


def together(*tasks: Callable[[], object]) -> list[Any]:
    given: list[Any] = [None] * len(tasks)

    def run(at: int) -> None:
        try:
            given[at] = tasks[at]()
        except Exception as error:
            given[at] = error

    threads = [threading.Thread(target=run, args=(at,), daemon=True) for at in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return given


def instances(kind: str, text: str, count: int) -> list[Any]:
    """*count* instances, each in a store of its own, of a module that imports the memory of another one."""
    address = "i64" if "i64" in KINDS[kind] else "i32"
    owner = wasm.Store(tier="native").instantiate(wasm.Module.parse(f'(module (memory (export "m") {KINDS[kind]}))'))
    module = wasm.Module.parse(f'(module (import "env" "m" (memory {KINDS[kind]})) {text.replace("ADDR", address)})')
    offered = {"env": {"m": owner.exports.m}}
    return [wasm.Store(tier="native").instantiate(module, offered).exports for _ in range(count)]


GROWING = """
  (func (export "grow") (param $delta ADDR) (param $times i32)
    (loop $again
      (drop (memory.grow (local.get $delta)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
  ;; The number of times that a word at the end of what there is was not what has just been written, until the memory is so large.
  (func (export "look") (param $page ADDR) (param $until ADDR) (result i32) (local $at ADDR) (local $size ADDR) (local $wrong i32)
    (i32.atomic.store (ADDR.const 0) (i32.const 1))
    (loop $again
      (local.set $at (ADDR.sub (ADDR.mul (local.tee $size (memory.size)) (local.get $page)) (ADDR.const 32)))
      (v128.store (local.get $at) (i32x4.splat (local.get $wrong)))
      (local.set $wrong (i32.add (local.get $wrong)
        (i32.ne (i32x4.extract_lane 3 (v128.load (local.get $at))) (local.get $wrong))))
      (br_if $again (ADDR.lt_u (local.get $size) (local.get $until))))
    (local.get $wrong))
  (func (export "somebody_looks") (result i32) (i32.atomic.load (ADDR.const 0)))
  (func (export "size") (result ADDR) (memory.size))"""


@pytest.mark.parametrize("kind", KINDS)
def test_what_another_thread_has_added_is_there_at_once(kind: str) -> None:
    """The loop keeps the size in a variable; a memory that has grown since must not stop it."""
    guests = instances(kind, GROWING, 3)
    page = 1 if kind == "small pages" else 65536
    begin, more = guests[0].size(), 65536 // page

    def grow(guest: Any) -> None:
        while not guest.somebody_looks():
            pass
        for _ in range(450):
            guest.grow(more, 2)

    results = together(
        lambda: grow(guests[0]), lambda: grow(guests[1]), lambda: guests[2].look(page, begin + 1800 * more)
    )  # fmt: skip

    assert results == [None, None, 0]
    assert guests[2].size() == begin + 1800 * more


def test_growth_stops_at_the_maximum_for_all_of_them_together() -> None:
    guests = instances("plain", GROWING, 3)

    together(*[lambda guest=guest: guest.grow(1, 1000) for guest in guests])  # type: ignore[misc]

    assert {guest.size() for guest in guests} == {2000}


PING_PONG = """
  ;; Hand the number at 0 to and fro: mine is even or odd.
  (func (export "play") (param $mine i32) (param $times i32)
    (local $seen i32)
    (loop $again
      (local.set $seen (i32.atomic.load (ADDR.const 0)))
      (if (i32.eq (i32.and (local.get $seen) (i32.const 1)) (local.get $mine))
        (then
          (i32.atomic.store (ADDR.const 0) (i32.add (local.get $seen) (i32.const 1)))
          (drop (memory.atomic.notify (ADDR.const 0) (i32.const 1)))
          (local.set $times (i32.sub (local.get $times) (i32.const 1))))
        (else (drop (memory.atomic.wait32 (ADDR.const 0) (local.get $seen) (i64.const -1)))))
      (br_if $again (local.get $times))))
  (func (export "number") (result i32) (i32.atomic.load (ADDR.const 0)))"""


@pytest.mark.parametrize("kind", KINDS)
def test_no_wake_up_is_lost(kind: str) -> None:
    guests = instances(kind, PING_PONG, 2)

    assert together(lambda: guests[0].play(0, 3000), lambda: guests[1].play(1, 3000)) == [None, None]

    assert guests[0].number() == 6000


COUNTING = """
  (func (export "count") (param $times i32)
    (loop $again
      (drop (i64.atomic.rmw.add (ADDR.const 8) (i64.const 1)))
      (drop (i32.atomic.rmw8.xor_u (ADDR.const 17) (i32.const 1)))
      (drop (i64.atomic.rmw32.sub_u (ADDR.const 20) (i64.const 1)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
  (func (export "add") (result i64) (i64.atomic.load (ADDR.const 8)))
  (func (export "sub") (result i32) (i32.atomic.load (ADDR.const 20)))
  (func (export "xor") (result i32) (i32.atomic.load16_u (ADDR.const 16)))"""


@pytest.mark.parametrize("kind", KINDS)
def test_no_change_is_lost(kind: str) -> None:
    guests = instances(kind, COUNTING, 3)

    together(*[lambda guest=guest: guest.count(100_001) for guest in guests])  # type: ignore[misc]

    assert (guests[0].add(), guests[0].sub(), guests[0].xor()) == (300_003, -300_003, 1 << 8)


def test_a_memory_outlives_the_store_that_made_it() -> None:
    store = wasm.Store(tier="native")
    memory = store.instantiate(wasm.Module.parse('(module (memory (export "m") 1 9 shared))')).exports.m
    del store
    module = wasm.Module.parse("""(module (import "env" "m" (memory 1 9 shared))
      (func (export "f") (result i32) (i32.store (i32.const 0) (i32.const 7)) (memory.grow (i32.const 2))))""")
    guest = wasm.Store(tier="native").instantiate(module, {"env": {"m": memory}})

    assert guest.exports.f() == 1
    assert memory.read(0, 4) == b"\7\0\0\0"
    assert memory.pages == 3
    del memory
    assert guest.exports.f() == 3


def test_a_memory_that_is_not_shared_stays_with_its_store() -> None:
    memory = wasm.Memory(1, 9, tier="native")
    module = wasm.Module.parse('(module (import "env" "m" (memory 1 9)))')

    with pytest.raises(TypeError, match="belongs to another store"):
        wasm.Store(tier="native").instantiate(module, {"env": {"m": memory}})


def test_waiting_and_waking_tell_what_is_wrong_in_the_order_of_the_tier_python(tier: str) -> None:
    module = wasm.Module.parse("""(module (memory 1 2)
      (func (export "wait") (param i32) (result i32) (memory.atomic.wait32 (local.get 0) (i32.const 1) (i64.const 0)))
      (func (export "notify") (param i32) (result i32) (memory.atomic.notify offset=4 (local.get 0) (i32.const 1))))""")
    exports = wasm.Store(tier=tier).instantiate(module).exports

    def said(name: str, address: int) -> str:
        with pytest.raises(wasm.Trap) as caught:
            exports[name](address)
        return str(caught.value).partition("\n")[0]

    assert said("wait", 65537).startswith("unaligned atomic: 4 bytes at 0x10001")
    assert said("wait", 65536).startswith("out of bounds memory access")
    assert said("wait", 0).startswith("expected shared memory")
    assert said("notify", 2).startswith("unaligned atomic: 4 bytes at 0x6")
    assert said("notify", 65532).startswith("out of bounds memory access")
    assert exports.notify(0) == 0


SMALL_ROOM = """
import resource
import pywasm_vm as wasm
store = wasm.Store(tier="native")
used = 1024 * next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize:"))
resource.setrlimit(resource.RLIMIT_AS, (used + (200 << 20), resource.RLIM_INFINITY))
memory = store.new_memory(1, 16384, shared=True)
print(memory.grow(1000), memory.grow(15000), memory.pages)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on addresses is that of Linux")
def test_where_addresses_are_limited_a_memory_grows_as_far_as_they_go() -> None:
    done = subprocess.run([sys.executable, "-c", SMALL_ROOM], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.split() == ["1", "-1", "1001"]
