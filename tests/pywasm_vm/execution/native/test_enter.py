"""The entrance of a store: one thread at a time, whatever comes in between. The quick way in C must end as the slow one does."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm.execution.native import crossing
from pywasm_vm.native.core import core, missing

if missing():
    pytest.skip(missing(), allow_module_level=True)

GUEST = """(module
  (import "host" "ask" (func $ask (param i32) (result i32)))
  (memory (export "memory") 1)
  (table (export "table") 1 funcref)
  (global $go (export "go") (mut i32) (i32.const 1))
  (func (export "empty"))
  (func (export "add") (param i32 i64) (result i64) (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)))
  (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
  (func (export "ask") (param i32) (result i32) (call $ask (local.get 0)))
  (func (export "stop") unreachable)
  (func (export "spin") (loop (br_if 0 (global.get $go)))))"""


def made(ask: Any = lambda value: value) -> Any:
    store = wasm.Store(tier="native")
    return store.instantiate(wasm.Module.parse(GUEST), {"host": {"ask": ask}}).exports


@contextmanager
def spinning(guest: Any) -> Iterator[None]:
    """Another thread is inside of the guest meanwhile."""
    other = threading.Thread(target=guest.spin)
    other.start()
    time.sleep(0.05)
    try:
        yield
    finally:
        guest.go.value = 0
        other.join(10)
        assert not other.is_alive()


def test_the_numbers_of_the_border_are_those_of_c() -> None:
    found = core()
    assert found is not None
    _, lib = found
    named = {
        "MAIL": lib.WASM_BOX_MAIL,
        "MAIL_WORDS": lib.WASM_MAIL_WORDS,
        "ENTRANCE": lib.WASM_BOX_ENTRANCE,
        "ACTIVE": lib.WASM_BOX_ACTIVE,
        "TAKEN": lib.WASM_TAKEN,
        "MINE": lib.WASM_MINE,
        "BUSY": lib.WASM_BUSY,
    }

    assert {name: getattr(crossing, name) for name in named} == named


@pytest.mark.parametrize(
    "use",
    [
        lambda guest: guest.empty(),
        lambda guest: guest.add(1, 2),
        lambda guest: guest.half(1.0),
        lambda guest: guest.memory.read(0, 4),
        lambda guest: guest.memory.write(0, b"abcd"),
        lambda guest: guest.memory.grow(1),
        lambda guest: guest.table[0],
        lambda guest: guest.table.grow(1),
    ],
)
def test_a_second_thread_is_refused_while_one_is_inside_and_welcome_afterwards(use: Any) -> None:
    guest = made()

    with spinning(guest), pytest.raises(wasm.ConcurrentUse):
        use(guest)

    use(guest)


def test_a_host_function_calls_the_guest_again_and_the_store_is_free_afterwards() -> None:
    inner: list[int] = []
    guest: Any = None

    def ask(value: int) -> int:
        inner.append(guest.add(value, 5))
        guest.memory.write(0, b"deep")
        return guest.ask(value - 1) if value else 7

    guest = made(ask)

    assert guest.ask(3) == 7
    assert inner == [8, 7, 6, 5]
    assert guest.memory.read(0, 4) == b"deep"
    with spinning(guest):
        pass


@pytest.mark.parametrize("depth", [0, 1, 5])
def test_an_exception_of_the_host_leaves_the_store_free_at_every_depth(depth: int) -> None:
    guest: Any = None
    trouble = KeyError("trouble")

    def ask(value: int) -> int:
        if value:
            return int(guest.ask(value - 1))
        raise trouble

    guest = made(ask)

    with pytest.raises(KeyError) as caught:
        guest.ask(depth)

    assert caught.value is trouble
    assert guest.add(-1, 1) == 0
    with spinning(guest), pytest.raises(wasm.ConcurrentUse):
        guest.empty()


def test_a_trap_leaves_the_store_free_and_tells_where() -> None:
    guest = made()

    with pytest.raises(wasm.Trap, match="unreachable") as caught:
        guest.stop()

    assert caught.value.frames
    guest.empty()


def test_wrong_arguments_leave_the_store_free() -> None:
    guest = made()

    for wrong in ((1,), (1, 2, 3), ("one", 2), (1, 1 << 64)):
        with pytest.raises((TypeError, ValueError)):
            guest.add(*wrong)
    with pytest.raises(TypeError):
        guest.half("one")

    assert guest.half(3.0) == 1.5


def test_a_signal_between_any_two_steps_of_a_call_leaves_the_store_free() -> None:
    class Ring(Exception):
        pass

    def ring(*_: object) -> None:
        raise Ring

    guest = made(lambda value: value + 1)
    before = signal.signal(signal.SIGALRM, ring)
    rung = 0
    try:
        end = time.monotonic() + 2
        while time.monotonic() < end:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0002 + (rung % 50) * 1e-6)
                while True:
                    guest.empty()
                    guest.add(1, 2)
                    guest.half(1.0)
                    guest.ask(1)
            except Ring:
                rung += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert rung > 100
    assert guest.ask(4) == 5
    with spinning(guest), pytest.raises(wasm.ConcurrentUse):
        guest.empty()


TRIPS = """(module (import "host" "ask" (func $ask))
  (func (export "trips") (param i32)
    (loop (call $ask) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"""


def test_a_deadline_is_seen_when_the_host_takes_the_time() -> None:
    guest = wasm.Store("native").instantiate(wasm.Module.parse(TRIPS), {"host": {"ask": lambda: time.sleep(0.001)}})
    guest.store.set_deadline(0.05)

    started = time.monotonic()
    with pytest.raises(wasm.Exhausted) as caught:
        guest.exports.trips(1_000_000)

    assert caught.value.kind is wasm.TrapKind.OUT_OF_TIME
    assert time.monotonic() - started < 30


def test_a_deadline_that_was_taken_away_is_forgotten() -> None:
    guest = wasm.Store("native").instantiate(wasm.Module.parse(TRIPS), {"host": {"ask": lambda: None}})
    guest.store.set_deadline(0.001)
    guest.exports.trips(1)
    guest.store.set_deadline(None)
    time.sleep(0.002)

    guest.exports.trips(3_000_000)
