"""Moments that no program chooses: signals, other threads, forks and the end of the interpreter, while guests run.

What programs do on purpose stands in test_hostile.py, whose guest this is.
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
from pathlib import Path
from typing import Any

import pytest

import pywasm_vm as wasm

sys.path.insert(0, str(Path(__file__).parent))
from test_hostile import made, works

ROOT = Path(__file__).parents[3]


class Ring(KeyboardInterrupt):
    """What the signal raises."""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no such clock here")
def test_an_interrupt_at_any_moment_leaves_the_store_in_order(quick_tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Python ignores those that come while something is taken away, and goes on.
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)

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
                for number in range(1, 100):
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

    assert rung > 5
    gc.collect()
    works(guest)
    guest.litter(50_000)


EVERY = 7
"""One in so many steps of Python is interrupted."""


def interrupted(tier: str, moment: int) -> bool:
    """A guest at work is interrupted before the step of Python with this number, and has to be in order afterwards. False when
    it took fewer steps than that."""
    store = wasm.Store(tier)
    guest = made(tier, store=store)
    if tier == "native":
        machine: Any = store._tier.machine  # type: ignore[attr-defined]
        machine.lib.wasm_heap_collect_after(machine.handle, 0)
    things = [type("Thing", (), {})() for _ in range(5)]
    for thing in things:
        guest.give(thing)
    step = 0

    def in_frame(frame: Any, event: str, _: object) -> Any:
        nonlocal step
        step += event == "opcode"
        if step == moment:
            sys.settrace(None)
            raise Ring
        return in_frame

    def in_call(frame: Any, *_: object) -> Any:
        name = frame.f_code.co_filename
        if f"pywasm_vm{os.sep}execution" in name or name.startswith("<call"):
            frame.f_trace_opcodes = True
            return in_frame
        return None

    before = sys.gettrace()
    sys.settrace(in_call)
    try:
        guest.objects[1] = things[2]
        guest.litter(2)
        for thing in things:
            guest.give(thing)
        guest.memory.write(1, guest.memory.read(0, 10))
        guest.new(3)[0] = guest.new(4)
    except Ring:
        pass
    finally:
        sys.settrace(before)

    guest.objects[1] = None
    guest.litter(1)
    others = [type("Thing", (), {})() for _ in range(7)]
    for thing in [*others, *things]:
        assert guest.give(thing) is thing
    works(guest)
    return step >= moment


def test_an_interrupt_before_any_step_of_python_leaves_the_store_in_order(
    quick_tier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)

    moment = 1
    while interrupted(quick_tier, moment):
        moment += EVERY

    assert moment > 30 * EVERY


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
