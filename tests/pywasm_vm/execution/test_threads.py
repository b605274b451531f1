"""Real threads: a store each, one memory for all."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any

import pytest

import pywasm_vm as wasm

MODULE = wasm.Module.parse("""(module
  (import "env" "memory" (memory 1 64 shared))
  (func (export "count") (param $times i32)
    (loop $again
      (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))

  ;; A mutex at 8, and plain code inside of it.
  (func $lock
    (block $mine
      (loop $again
        (br_if $mine (i32.eqz (i32.atomic.rmw.cmpxchg (i32.const 8) (i32.const 0) (i32.const 1))))
        (drop (memory.atomic.wait32 (i32.const 8) (i32.const 1) (i64.const -1)))
        (br $again))))
  (func $unlock
    (i32.atomic.store (i32.const 8) (i32.const 0))
    (drop (memory.atomic.notify (i32.const 8) (i32.const 1))))
  (func (export "count_alone") (param $times i32)
    (loop $again
      (call $lock)
      (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
      (call $unlock)
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))

  (func (export "wait") (param $timeout i64) (result i32)
    (memory.atomic.wait32 (i32.const 24) (i32.const 0) (local.get $timeout)))
  (func (export "notify") (param $count i32) (result i32)
    (memory.atomic.notify (i32.const 24) (local.get $count)))
  (func (export "grow_by_one") (param $times i32)
    (loop $again
      (drop (memory.grow (i32.const 1)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
  (func (export "store_and_load") (param $at i32) (param $times i32) (result i32)
    (loop $again
      (i64.store (local.get $at) (i64.extend_i32_u (local.get $times)))
      (if (i64.ne (i64.load (local.get $at)) (i64.extend_i32_u (local.get $times))) (then (return (i32.const 1))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (i32.const 0))
  (func (export "size") (result i32) (memory.size))
  (func (export "fill") (memory.fill (i32.const 1024) (i32.const 1) (i32.const 6400))))""")


@pytest.fixture(autouse=True)
def restless() -> Iterator[None]:
    """Python changes threads a thousand times as often as usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(usual)


def exports(tier: str, memory: wasm.Memory, **options: Any) -> Any:
    return wasm.Store(tier=tier, **options).instantiate(MODULE, {"env": {"memory": memory}}).exports


def together(*tasks: Callable[[], object]) -> list[Any]:
    """What each of them gives or raises, run on threads of their own."""
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


def number(memory: wasm.Memory, address: int) -> int:
    return int.from_bytes(memory.read(address, 4), "little")


def until_somebody_waits(memory: wasm.Memory, count: int = 1) -> None:
    end = monotonic() + 10
    while len(memory.inst.waiting.get(24, ())) != count:
        assert monotonic() < end, "nobody came to wait"
        sleep(0.001)


@pytest.mark.parametrize("metered", [False, True], ids=["plain", "metered"])
def test_no_change_is_lost_between_threads(tier: str, metered: bool) -> None:
    memory = wasm.Memory(1, 64, shared=True, tier=tier)
    guests = [exports(tier, memory, fuel=10**9 if metered else None) for _ in range(4)]

    together(*[lambda guest=guest: guest.count(4000) for guest in guests])  # type: ignore[misc]

    assert number(memory, 0) == 4 * 4000


def test_plain_code_between_lock_and_unlock_is_alone(tier: str) -> None:
    memory = wasm.Memory(1, 64, shared=True, tier=tier)
    guests = [exports(tier, memory) for _ in range(3)]

    together(*[lambda guest=guest: guest.count_alone(100) for guest in guests])  # type: ignore[misc]

    assert number(memory, 16) == 300


def test_notify_wakes_as_many_as_it_says(tier: str) -> None:
    memory = wasm.Memory(1, 64, shared=True, tier=tier)
    waiters = [exports(tier, memory) for _ in range(3)]

    def wake() -> tuple[int, int, int]:
        until_somebody_waits(memory, 3)
        waker = exports(tier, memory)
        return waker.notify(2), waker.notify(-1), waker.notify(-1)

    results = together(*[lambda guest=guest: guest.wait(-1) for guest in waiters], wake)  # type: ignore[misc]

    assert results == [0, 0, 0, (2, 1, 0)]


def test_a_timeout_passes(tier: str) -> None:
    guest = exports(tier, wasm.Memory(1, 64, shared=True, tier=tier))

    assert guest.wait(30_000_000) == 2


def test_a_deadline_reaches_a_thread_that_waits_for_ever(tier: str) -> None:
    store = wasm.Store(tier=tier)
    memory = store.new_memory(1, 64, shared=True)
    guest = store.instantiate(MODULE, {"env": {"memory": memory}}).exports
    store.set_deadline(0.15)
    begun = monotonic()

    with pytest.raises(wasm.Exhausted) as caught:
        guest.wait(-1)

    assert caught.value.kind is wasm.TrapKind.OUT_OF_TIME
    assert 0.1 < monotonic() - begun < 5
    assert memory.inst.waiting == {}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timer that sends a signal")
def test_an_interrupt_reaches_the_main_thread_while_it_waits(tier: str) -> None:
    memory = wasm.Memory(1, 64, shared=True, tier=tier)
    guest = exports(tier, memory)
    usual = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt):
            guest.wait(-1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, usual)

    assert memory.inst.waiting == {}
    assert guest.wait(0) == 2


def test_growth_is_seen_by_all_while_they_load_and_store(tier: str) -> None:
    memory = wasm.Memory(1, 64, shared=True, tier=tier)
    guests = [exports(tier, memory) for _ in range(4)]

    results = together(
        lambda: guests[0].grow_by_one(20),
        lambda: guests[1].grow_by_one(20),
        lambda: guests[2].store_and_load(1000, 2000),
        lambda: guests[3].store_and_load(2000, 2000),
        lambda: [memory.read(0, memory.size)[:1] for _ in range(50)],
    )

    assert results == [None, None, 0, 0, [b"\0"] * 50]
    assert {guest.size() for guest in guests} == {41}
    assert memory.pages == 41


def test_each_store_pays_for_its_own_work(tier: str) -> None:
    memory = wasm.Memory(1, 64, shared=True, tier=tier)
    first, second = wasm.Store(tier=tier, fuel=1000), wasm.Store(tier=tier, fuel=1000)
    guests = [store.instantiate(MODULE, {"env": {"memory": memory}}).exports for store in (first, second)]

    guests[0].fill()

    assert second.fuel == 1000
    assert first.fuel is not None
    assert first.fuel <= 900


# One store, two threads

HOLD = wasm.Module.parse("""(module (import "env" "hold" (func $hold (param i32) (result i32)))
  (func $twice (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (func (export "held") (param i32) (result i32) (call $hold (local.get 0))))""")


def test_a_second_thread_is_refused_and_the_first_goes_on(tier: str) -> None:
    store = wasm.Store(tier=tier)
    inside, leave = threading.Event(), threading.Event()

    def hold(value: int) -> int:
        inside.set()
        assert leave.wait(30)
        # The thread that is inside may come in again.
        return int(instance.exports.twice(value)) + 1

    instance = store.instantiate(HOLD, {"env": {"hold": hold}})

    def intrude() -> list[str]:
        assert inside.wait(30)
        said = []
        for attempt in (lambda: instance.exports.twice(1), lambda: store.instantiate(HOLD, {"env": {"hold": hold}})):
            with pytest.raises(wasm.ConcurrentUse, match="give each thread a store of its own") as caught:
                attempt()
            said.append(str(caught.value))
        leave.set()
        return said

    first, second = together(lambda: instance.exports.held(20), intrude)

    assert first == 41
    assert len(second) == 2
    assert instance.exports.twice(4) == 8


def test_a_store_may_go_from_thread_to_thread(tier: str) -> None:
    instance = wasm.Store(tier=tier).instantiate(HOLD, {"env": {"hold": lambda value: value}})

    assert together(lambda: instance.exports.twice(3)) == [6]
    assert together(lambda: instance.exports.held(3)) == [3]
    assert instance.exports.twice(5) == 10


def test_two_stores_on_two_threads_share_a_module(tier: str) -> None:
    module = wasm.Module.parse("""(module (func $f (export "f") (param i32) (result i32)
      (if (result i32) (i32.lt_u (local.get 0) (i32.const 2)) (then (local.get 0))
        (else (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 2))))))))""")

    tasks = [lambda: wasm.Store(tier=tier).instantiate(module).exports.f(12) for _ in range(4)]

    assert together(*tasks) == [144] * 4
