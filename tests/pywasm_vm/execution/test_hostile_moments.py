"""Moments that no program chooses: signals, other threads, forks and the end of the interpreter, while guests run.

What programs do on purpose stands in test_hostile.py, whose guest this is.
"""

from __future__ import annotations

import dis
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import CodeType
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


class Thing:
    """Something of the host."""


@cache
def hearing(code: CodeType) -> frozenset[int]:
    """The instructions of *code* in front of which Python looks whether there are signals: a frame begins or goes back, or a call
    is over."""
    instructions = list(dis.get_instructions(code))
    return frozenset(
        after.offset
        for before, after in pairwise(instructions)
        if before.opname.startswith(("RESUME", "CALL", "JUMP_BACKWARD")) and "INTRINSIC" not in before.opname
    )


def in_between(tier: str, moment: int, event: Callable[[Any], None]) -> bool:
    """*event* happens to a guest at work when Python looks for signals for the time with this number; the guest has to be in
    order during the rest of the work, and afterwards. False when Python looked fewer times than that."""
    store = wasm.Store(tier)
    guest = made(tier, store=store)
    if tier == "native":
        machine: Any = store._tier.machine  # type: ignore[attr-defined]
        machine.lib.wasm_heap_collect_after(machine.handle, 0)
    things = [Thing() for _ in range(5)]
    for thing in things:
        guest.give(thing)
    step = 0

    def in_frame(frame: Any, kind: str, _: object) -> Any:
        nonlocal step
        if kind != "opcode" or frame.f_lasti not in hearing(frame.f_code):
            return in_frame
        step += 1
        if step == moment:
            sys.settrace(None)
            event(guest)
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
            assert guest.give(thing) is thing
        assert guest.objects[1] is things[2]
        assert guest.add(moment, 5) == moment + 5
        assert guest.two() == 3
        guest.memory.write(60_000, b"mine")
        assert guest.memory.read(60_000, 4) == b"mine"
        outer, inner = guest.new(3), guest.new(4)
        outer[0] = inner
        assert (outer[0], outer[1], inner[1]) == (inner, 3, 4)
    except Ring:
        pass
    finally:
        sys.settrace(before)

    guest.objects[1] = None
    guest.litter(1)
    others = [Thing() for _ in range(7)]
    for thing in [*others, *things]:
        assert guest.give(thing) is thing
    works(guest)
    return step >= moment


def test_an_interrupt_wherever_python_hears_signals_leaves_the_store_in_order(
    quick_tier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)

    def event(_: Any) -> None:
        raise Ring

    moment = 1
    while in_between(quick_tier, moment, event):
        moment += 1

    assert moment > 20


def test_a_signal_handler_may_use_the_store_it_comes_in_between(quick_tier: str) -> None:
    """Its calls give what they give anywhere, and what it came in between goes on as if nothing had happened."""
    calls = 0

    def event(guest: Any) -> None:
        nonlocal calls
        calls += 1
        thing = Thing()
        works(guest)
        assert guest.give(thing) is thing
        assert guest.add(calls, calls) == 2 * calls
        guest.objects[2] = thing
        guest.new(7)[0] = guest.new(8)
        guest.grow(3)
        guest.table.grow(400)
        guest.objects.grow(400)
        guest.memory.write(70_000, b"theirs")
        assert guest.memory.read(70_000, 6) == b"theirs"
        assert guest.objects[2] is thing

    moment = 1
    while in_between(quick_tier, moment, event):
        moment += 1

    assert calls > 20


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
