"""Whatever a program does with guests, and in whatever order: it gets an answer or a clear error, and the store stays in order.

Most of it is dull on a tier written in Python. All tiers do the same, so all of them are asked.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import pywasm_vm as wasm

ROOT = Path(__file__).parents[3]

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
    "pointer, size", [(-1, 1), (0, -1), (1 << 64, 1), (0, 1 << 64), (wasm.PAGE_SIZE, 1), (-1 << 70, 1 << 70)]
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
    add, ask = (lambda guest: (guest.add, guest.ask))(made(tier))
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


@pytest.mark.parametrize("result", [None, "1", 1.5, (1,), [1], object(), b"\0\0\0\0", (1, 2), 1j], ids=repr)
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

    try:
        assert there.number(struct) == 5
    except TypeError as error:
        assert "another store" in str(error)
    try:
        there.kept.value = struct
    except TypeError as error:
        assert "another store" in str(error)
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
        try:
            guest.down(5)
        except KeyError:
            pass
        assert guest.add(deep, 1) == deep + 1
    left[0] = 10_000
    with pytest.raises((wasm.Exhausted, RecursionError)):
        guest.down(1)
    assert guest.add(1, 1) == 2


# Signals, threads, forks, the end


class Ring(KeyboardInterrupt):
    """What the signal raises."""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no such clock here")
def test_an_interrupt_at_any_moment_leaves_the_store_in_order(quick_tier: str) -> None:
    def ring(*_: object) -> None:
        raise Ring

    guest: Any = None
    guest = made(quick_tier, ask=lambda value: int(guest.add(value, 0)))
    before = signal.signal(signal.SIGALRM, ring)
    rung = 0
    try:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            store: Any = None
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0003 + rung % 97 * 7e-6)
                for number in count(1):
                    works(guest)
                    guest.work(number % 50 + 1)
                    guest.memory.write(1, guest.memory.read(0, 100))
                    guest.table.grow(0)
                    guest.new(number)[0] = guest.new(3)
                    guest.objects[number % 4] = object()
                    store = made(quick_tier)
                    store.keep(5)
            except Ring:
                rung += 1
            except wasm.Exhausted:
                pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert rung > 50
    gc.collect()
    works(guest)
    guest.litter(50_000)


def test_another_thread_is_refused_whatever_it_does_while_one_is_inside(tier: str) -> None:
    store = wasm.Store(tier)
    guest = made(tier, store=store)
    works(guest)
    struct = guest.new(4)
    uses: list[Callable[[], object]] = [
        lambda: guest.add(1, 2),
        lambda: guest.litter(1),
        lambda: guest.memory.read(0, 1),
        lambda: guest.memory.grow(1),
        lambda: guest.table.grow(1),
        lambda: guest.table[0],
        lambda: struct[1],
        lambda: struct[0],
        lambda: struct.__setitem__(1, 4),
        lambda: struct.__setitem__(0, struct),
        lambda: guest.objects.__setitem__(0, object()),
        lambda: guest.kept.value,
        lambda: setattr(guest.kept, "value", struct),
        lambda: made(tier, store=store),
        lambda: store.new_memory(1),
        lambda: store.new_table("anyref", 3),
        lambda: store.new_global("anyref", struct, mutable=True),
    ]
    other = threading.Thread(target=guest.spin)
    other.start()
    time.sleep(0.05)
    answers = []
    try:
        for _ in range(20):
            for use in uses:
                try:
                    answers.append(use())
                except wasm.ConcurrentUse:
                    answers.append(None)
    finally:
        guest.going.value = 0
        other.join(30)

    assert not other.is_alive()
    assert len(answers) == 20 * len(uses)
    for use in uses:
        use()
    works(guest)


def test_stores_of_one_module_on_many_threads_do_not_disturb_one_another(quick_tier: str) -> None:
    """Functions are translated at their first call, by whoever comes first, while others run and collect."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    functions = "".join(
        f'(func $f{n} (export "f{n}") (param i32) (result i32) (local (ref null $p))'
        f" (if (i32.eqz (local.get 0)) (then (return (i32.const {n}))))"
        f" (local.set 1 (struct.new $p (ref.null $p) (local.get 0)))"
        f" (drop (array.new_default $a (i32.const 100)))"
        f" (i32.add (call $f{(n * 7 + 1) % 60} (i32.sub (local.get 0) (i32.const 1))) (struct.get $p 1 (local.get 1))))"
        for n in range(60)
    )
    text = f"(module (type $p (struct (field (ref null $p)) (field i32))) (type $a (array (mut i64))) {functions})"
    try:
        for _ in range(5):
            module = wasm.Module.parse(text)
            wrong: list[object] = []
            together = threading.Barrier(4)

            def hammer(first: int, module: wasm.Module = module, wrong: list[object] = wrong, together: Any = together) -> None:
                guest = wasm.Store(quick_tier).instantiate(module).exports
                together.wait(30)
                for step in range(60):
                    number, depth = (first + step * 11) % 60, step % 40
                    last = number
                    for _ in range(depth):
                        last = (last * 7 + 1) % 60
                    if guest[f"f{number}"](depth) != last + depth * (depth + 1) // 2:
                        wrong.append((number, depth))

            threads = [threading.Thread(target=hammer, args=(13 * number,)) for number in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
                assert not thread.is_alive()
            assert not wrong
    finally:
        sys.setswitchinterval(before)


PRELUDE = f"""
import gc, os, sys, threading, time
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_hostile import made, works
import pywasm_vm as wasm
tier, delay = sys.argv[1], float(sys.argv[2])
"""


def play(text: str, tier: str, delay: float = 0.0) -> str:
    """What a program of its own writes. It must end by itself, with 0."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + text, tier, str(delay)], capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode == 0, (done.returncode, done.stderr)
    return done.stdout


@pytest.mark.parametrize(
    "body",
    [
        "guest.spin()",
        "while True: guest.work(1000)",
        "while True: guest.litter(3000)",
        "made(tier, ask=lambda value: time.sleep(100)).ask(1)",
        "while True: made(tier).keep(100)",
        "stuck(3)",
    ],
)
def test_the_interpreter_may_end_while_a_guest_runs_on_a_daemon_thread(quick_tier: str, body: str) -> None:
    text = f"""
guest = made(tier)
def stuck(depth):
    made(tier, ask=lambda value: stuck(depth - 1) if depth else guest.spin()).down(10)
def run():
    {body}
threading.Thread(target=run, daemon=True).start()
time.sleep(0.02 + delay)
held = [made(tier).new(3), guest.memory]
print("end")
"""

    for delay in (0.0, 0.013, 0.05):
        assert play(text, quick_tier, delay) == "end\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_both_sides_of_a_fork_in_a_host_function_go_on(quick_tier: str) -> None:
    text = """
children = []
def ask(value):
    children.append(os.fork())
    return value + 1
guest = made(tier, ask=ask)
guest.keep(1000)
assert guest.down(100) == 101
guest.litter(50_000)
assert guest.grow(1) == 1
if children == [0]:
    print("child", flush=True)
    os._exit(0)
assert os.waitpid(children[0], 0)[1] == 0
print("parent")
"""

    assert play(text, quick_tier) == "child\nparent\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("function", ["spin()", "litter(100_000_000)"])
def test_a_child_has_stores_of_its_own_when_another_thread_was_in_one(quick_tier: str, function: str) -> None:
    text = f"""
guest = made(tier)
structs = [guest.new(number) for number in range(50)]
threading.Thread(target=lambda: guest.{function}, daemon=True).start()
time.sleep(0.05 + delay)
for _ in range(10):
    child = os.fork()
    if child == 0:
        try:
            guest.add(1, 2)
        except wasm.ConcurrentUse:
            pass
        works(made(tier))
        structs.clear()
        gc.collect()
        os._exit(7)
    end = time.monotonic() + 20
    while (done := os.waitpid(child, os.WNOHANG)) == (0, 0):
        time.sleep(0.01)
        if time.monotonic() > end:
            os.kill(child, 9)
    assert os.waitstatus_to_exitcode(done[1]) == 7, done
print("parent")
sys.stdout.flush()
os._exit(0)
"""

    assert play(text, quick_tier) == "parent\n"


# Modules


def test_no_locals_of_a_type_that_is_not_there_are_no_locals(tier: str) -> None:
    """Valid, for nothing is of that type."""
    body = bytes.fromhex("01 00 63 20 00 0b".replace(" ", ""))
    code = bytes([10, len(body) + 2, 1, len(body)]) + body
    binary = b"\0asm\1\0\0\0" + bytes.fromhex("0104016000000302010007050101660000".replace(" ", "")) + code
    guest = wasm.Store(tier).instantiate(wasm.Module.decode(binary)).exports

    with pytest.raises(wasm.Trap, match="unreachable"):
        guest.f()
