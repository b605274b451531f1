"""What becomes of a guest when C gets no memory: a program for a core that was built with `native/build.py --failing`.

Lives here: the situations, and the counting of requests that fail.
Not here: how this is started (test_starving.py).

    PYWASM_VM_NATIVE=$PWD/build/native-failing/_native.abi3.so python tests/pywasm_vm/execution/native/starving.py [--once] [NAME …]

In each situation the first request fails, then the second, and so on until nothing asks for more: once that one alone, once all
from that one on (not with `--once`). Each time the end must be one that the guest or the program can see, the store must be good for the next call, and
nothing may be kept when everything is gone.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Callable
from typing import Any

import pywasm_vm as wasm
from pywasm_vm.binary.encode import encode_module
from pywasm_vm.text.parse import parse_module

MOST = 20_000
EVER = 1 << 62

_extension = ctypes.CDLL(os.environ["PYWASM_VM_NATIVE"])
left, failing, kept = (ctypes.c_int64.in_dll(_extension, f"wasm_allocations_{name}") for name in ("left", "failing", "kept"))


GUEST = """(module
  (type $leaf (struct (field (mut i32))))
  (type $pair (struct (field (mut (ref null $pair))) (field (mut i32)) (field (mut v128))))
  (type $list (array (mut (ref null $pair))))
  (type $bytes (array (mut i8)))
  (type $binary (func (param i32 i32) (result i32)))
  (import "host" "ask" (func $ask (param i32) (result i32)))
  (import "host" "keep" (func $keep (param anyref) (result anyref)))
  (import "host" "hold" (func $hold (param externref) (result externref)))
  (import "host" "many" (func $many (result i64 i64 i64 i64)))
  (memory (export "memory") 1 100)
  (memory $other 0 10)
  (table $t (export "table") 2 50 funcref)
  (table $refs (export "refs") 1 50 anyref)
  (table $outer (export "outer") 1 50000 externref)
  (global $kept (export "kept") (mut (ref null $pair)) (ref.null $pair))
  (global $constant (ref $pair) (struct.new $pair (ref.null $pair) (i32.const 3) (v128.const i64x2 1 2)))
  (tag $t (export "tag") (param i32 i64))
  (tag $wide (param anyref v128))
  (elem (table $t) (offset (i32.const 0)) func $add)
  (elem $funcs func $add $deep $sum)
  (elem $pairs (ref null $pair) (item (struct.new_default $pair)) (item (ref.null $pair)))
  (data (memory 0) (offset (i32.const 3)) "abc")
  (data $text "hello, world")
  (func $add (export "add") (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func $deep (export "deep") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))
  (func $sum (export "sum") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (local.get 1) (call_indirect $t (type $binary) (local.get 0) (i32.const 1) (i32.const 0))))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "grow other") (param i32) (result i32) (memory.grow $other (local.get 0)))
  (func (export "grow table") (param i32) (result i32) (table.grow $t (ref.func $add) (local.get 0)))
  (func (export "grow refs") (param i32) (result i32) (table.grow $refs (struct.new_default $pair) (local.get 0)))
  (func (export "ask") (param i32) (result i32) (call $ask (local.get 0)))
  (func (export "many") (result i64) (call $many) (i64.add) (i64.add) (i64.add))
  (func (export "pairs") (param i32) (result i32) (local (ref null $pair))
    (loop $l
      (local.set 1 (struct.new $pair (local.get 1) (local.get 0) (v128.const i64x2 1 2)))
      (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (global.set $kept (local.get 1))
    (loop $l
      (local.set 0 (i32.add (local.get 0) (i32.const 1)))
      (br_if $l (ref.is_null (local.tee 1 (struct.get $pair 0 (ref.as_non_null (local.get 1))))) (i32.eqz)))
    (local.get 0))
  (func (export "arrays") (param i32) (result i32) (local (ref null $list))
    (local.set 1 (array.new $list (struct.new_default $pair) (local.get 0)))
    (table.set $refs (i32.const 0) (local.get 1))
    (drop (array.new_data $bytes $text (i32.const 0) (i32.const 5)))
    (drop (array.new_elem $list $pairs (i32.const 0) (i32.const 2)))
    (drop (array.new_fixed $list 2 (ref.null $pair) (ref.null $pair)))
    (array.copy $list $list (ref.as_non_null (local.get 1)) (i32.const 1) (ref.as_non_null (local.get 1)) (i32.const 0) (i32.const 3))
    (array.len (ref.as_non_null (local.get 1))))
  (func (export "elems") (table.init $t $funcs (i32.const 0) (i32.const 0) (i32.const 1)) (elem.drop $funcs))
  (func (export "keep") (param i32) (result i32)
    (struct.get $pair 1 (ref.cast (ref $pair)
      (call $keep (struct.new $pair (ref.null $pair) (local.get 0) (v128.const i64x2 1 2))))))
  (func (export "hold") (param externref) (result externref)
    (table.set $outer (i32.const 0) (local.get 0))
    (call $hold (local.get 0)))
  (func (export "give") (param i32) (result (ref $pair))
    (struct.new $pair (global.get $kept) (local.get 0) (v128.const i64x2 1 2)))
  (func $throw (param i32)
    (if (i32.eqz (local.get 0)) (then (throw $t (i32.const 7) (i64.const 8))))
    (call $throw (i32.sub (local.get 0) (i32.const 1))))
  (func (export "throw") (param i32) (call $throw (local.get 0)))
  (func (export "catch") (param i32) (result i32) (local exnref)
    (block $c (result i32 i64)
      (try_table (catch $t $c) (call $throw (local.get 0)))
      (unreachable))
    (drop)
    (local.set 1 (block $r (result exnref)
      (try_table (catch_all_ref $r) (call $throw (local.get 0)))
      (unreachable)))
    (drop (block $v (result anyref v128)
      (try_table (catch $wide $v) (throw $wide (struct.new_default $pair) (v128.const i64x2 3 4)))
      (unreachable)) (drop))
    (drop (block $again (result i32 i64) (try_table (catch $t $again) (throw_ref (local.get 1))) (unreachable)) (drop)))
  (func (export "back") (param i32) (result i32) (call $ask (local.get 0)))
  (func (export "copy") (memory.copy (i32.const 100) (i32.const 0) (i32.const 1000))
    (memory.init $text (i32.const 0) (i32.const 0) (i32.const 5))))
"""

BYTES = encode_module(parse_module(GUEST))

Action = Callable[[], Any]
Situation = Callable[[], tuple[Action, Action]]
"""Gives what is done while memory is short, and what must be possible afterwards."""


def instantiated(store: Any, module: Any = None) -> Any:
    """The exports of a new instance in *store*."""
    made: list[Any] = []

    def ask(number: int) -> int:
        return int(made[0].ask(number - 1)) + 1 if number else 5

    host = {"ask": ask, "keep": lambda value: value, "hold": lambda value: value, "many": lambda: (1, 2, 3, 4)}
    made.append(store.instantiate(module or wasm.Module.decode(BYTES), {"host": host}).exports)
    return made[0]


def works(exports: Any) -> None:
    """Whatever has happened: the guest does its work."""
    assert exports.add(2, 3) == 5
    assert exports.deep(300) == 300
    assert exports.sum(4) == 14
    assert exports.ask(3) == 8
    assert exports.many() == 10
    assert exports.pairs(50) == 50
    assert exports.arrays(20) == 20
    assert exports.keep(9) == 9
    assert exports.hold(exports) is exports
    assert exports.give(4)[1] == 4
    assert exports.catch(3) == 7
    exports.memory.write(0, b"abc")
    assert exports.memory.read(0, 3) == b"abc"
    try:
        exports.throw(2)
    except wasm.WasmException as error:
        assert error.values == (7, 8)
    else:
        raise AssertionError("nothing was thrown")


def loading() -> tuple[Action, Action]:
    def load() -> None:
        works(instantiated(wasm.Store(tier="native")))

    return load, load


def instantiating() -> tuple[Action, Action]:
    module, store = wasm.Module.decode(BYTES), wasm.Store(tier="native")

    def more() -> None:
        works(instantiated(store, module))

    return lambda: instantiated(store, module), more


def called(name: str, *arguments: Any, **options: Any) -> Situation:
    """A call of the export *name*."""

    def situation() -> tuple[Action, Action]:
        exports = instantiated(wasm.Store(tier="native", **options))
        return lambda: exports[name](*arguments), lambda: works(exports)

    return situation


def warm(use: Callable[[Any], Any], **options: Any) -> Situation:
    """What *use* makes of exports whose functions have run before."""

    def situation() -> tuple[Action, Action]:
        exports = instantiated(wasm.Store(tier="native", **options))
        works(exports)
        return lambda: use(exports), lambda: works(exports)

    return situation


def everything(exports: Any) -> None:
    """Much that is done rarely."""
    works(exports)
    exports.elems()
    exports.copy()


def host_objects(exports: Any) -> None:
    for _ in range(200):
        exports.outer.grow(1, object())


def throwing() -> tuple[Action, Action]:
    exports = instantiated(wasm.Store(tier="native"))

    def throw() -> None:
        try:
            exports.throw(4)
        except wasm.WasmException as error:
            assert error.values == (7, 8)

    return throw, lambda: works(exports)


def growing(name: str) -> Situation:
    """The guest grows something, and may hear -1."""

    def situation() -> tuple[Action, Action]:
        exports = instantiated(wasm.Store(tier="native"))
        works(exports)
        before = []

        def grow() -> None:
            before.append(exports[name](3))
            if before[-1] == -1:
                raise MemoryError(f"{name}: the guest heard -1")

        return grow, lambda: works(exports)

    return situation


def stepping() -> tuple[Action, Action]:
    store = wasm.Store(tier="native")
    instance = store.instantiate(wasm.Module.parse(SMALL))

    def walk() -> None:
        stepper = wasm.Stepper(instance)
        try:
            stepper.begin("sum", 5)
            for _ in range(7):
                if stepper.step() is wasm.Stop.DONE:
                    break
                for frame in stepper.frames:
                    assert frame.locals
        finally:
            stepper.close()

    def after() -> None:
        walk()
        assert instance.exports.sum(5) == 15

    return walk, after


SMALL = """(module (func $next (param i32) (result i32) (i32.sub (local.get 0) (i32.const 1)))
  (func (export "sum") (param i32) (result i32) (local i32)
    (loop $l (local.set 1 (i32.add (local.get 1) (local.get 0)))
      (br_if $l (local.tee 0 (call $next (local.get 0)))))
    (local.get 1)))"""


def sharing() -> tuple[Action, Action]:
    """Memories that threads share."""
    store = wasm.Store(tier="native")

    def share() -> None:
        memory = store.new_memory(1, 100, shared=True)
        if memory.grow(3) == -1:
            raise MemoryError("the memory did not grow")
        memory.write(0, b"abc")
        wasm.Store(tier="native").instantiate(
            wasm.Module.parse('(module (import "" "m" (memory 1 100 shared)))'), {"": {"m": memory}}
        )

    return share, share


SITUATIONS: dict[str, Situation] = {
    "loading": loading,
    "instantiating": instantiating,
    "deep": called("deep", 20_000, limits=wasm.Limits(call_depth=100_000)),
    "sum with fuel": called("sum", 10, fuel=10**9),
    "ask": called("ask", 40),
    "many": called("many"),
    "pairs": called("pairs", 3000),
    "arrays": called("arrays", 1000),
    "elems": called("elems"),
    "keep": called("keep", 4),
    "throw": throwing,
    "catch": called("catch", 4),
    "everything": warm(everything),
    "host objects": warm(host_objects),
    "structs for the host": warm(lambda exports: [exports.give(number) for number in range(200)]),
    "many pairs": warm(lambda exports: exports.pairs(100_000)),
    "growing memory": growing("grow"),
    "growing an empty memory": growing("grow other"),
    "growing a table": growing("grow table"),
    "growing a table of structs": growing("grow refs"),
    "stepping": stepping,
    "sharing": sharing,
}


def is_shortage(error: BaseException) -> bool:
    """Whether *error* says that memory is short."""
    return isinstance(error, MemoryError) or (
        isinstance(error, wasm.Exhausted) and error.kind in (wasm.TrapKind.OUT_OF_MEMORY, wasm.TrapKind.CALL_STACK_EXHAUSTED)
    )


def starve(name: str, failures: int) -> int:
    """Play a situation with *failures* requests that fail, from the first on, from the second on …; how often that was."""
    gc.collect()
    most_kept = kept.value
    for number in range(MOST):
        action, after = SITUATIONS[name]()
        failing.value, left.value = failures, number
        short = None
        try:
            action()
        except BaseException as error:
            if not is_shortage(error):
                left.value = EVER
                raise AssertionError(f"{name}, request {number}, {failures} failing: {error!r}") from error
            short = type(error)
        untouched, left.value = left.value >= 0, EVER
        try:
            after()
        except Exception as error:
            raise AssertionError(f"{name}, request {number}, {failures} failing: afterwards {error!r}") from error
        del action, after
        gc.collect()
        if kept.value > most_kept:
            raise AssertionError(f"{name}, request {number}, {failures} failing: {kept.value - most_kept} things are kept")
        if untouched:
            assert short is None, f"{name}: {short} without a reason"
            return number
    raise AssertionError(f"{name}: it asks for more and more")


def main(arguments: list[str]) -> int:
    """Give the exit code."""
    names = [argument for argument in arguments if argument != "--once"]
    for name in names or SITUATIONS:
        count = starve(name, 1)
        if "--once" not in arguments:
            assert starve(name, EVER) == count
        print(f"{name}: {count} requests, each has failed", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
