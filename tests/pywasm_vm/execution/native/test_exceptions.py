"""What is particular to exceptions and tail calls in the C core; what they mean is tried on every tier elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm import Tag, WasmException
from pywasm_vm.native.core import missing

sys.path.insert(0, str(Path(__file__).parents[1]))
from random_exceptions import ThrowingProgram
from test_random_exceptions import run_counted

pytestmark = pytest.mark.skipif(missing() is not None, reason="the C core is not built")


def load(text: str, imports: Any = None, **options: Any) -> wasm.Instance:
    return wasm.Store("native", **options).instantiate(wasm.Module.parse(text), imports)


def code(instance: wasm.Instance, index: int) -> str:
    return str(instance.inst.bound.compiled.dump(index))


@pytest.mark.parametrize("first", range(0, 40, 10))
@pytest.mark.parametrize("fuel", [10**9, 1_500], ids=["plenty", "scarce"])
@pytest.mark.parametrize("legacy", [False, True], ids=["now", "legacy"])
def test_random_exceptions_cost_the_same_as_on_the_tier_python(first: int, legacy: bool, fuel: int) -> None:
    for seed in range(first, first + 10):
        program = ThrowingProgram(seed, legacy=legacy)
        assert run_counted(program, seed, "native", fuel) == run_counted(program, seed, "python", fuel), f"seed {seed}"


def test_a_block_that_catches_has_no_operation() -> None:
    body = "(drop (call $f (i32.const 1)))"
    text = f"""(module (tag $t) (func $f (param i32) (result i32) (local.get 0))
      (func (block {body}))
      (func (block $l (try_table (catch $t $l) (catch_all $l) {body}))))"""
    instance = load(text)

    plain, guarded = ([line.split()[2] for line in code(instance, index).splitlines()] for index in (1, 2))

    assert guarded == plain


@pytest.mark.parametrize("legacy", [False, True], ids=["now", "legacy"])
def test_a_loop_that_goes_round_by_nothing_but_exceptions_is_stopped(legacy: bool) -> None:
    text = """(module (tag $t) (func (export "new") (loop $l (try_table (catch $t $l) (throw $t))))
      (func (export "again") (loop $l
        (drop (block $b (result exnref) (try_table (catch_all_ref $b) (throw $t)) (unreachable)))
        (br $l)))
      (func (export "ref") (local exnref)
        (local.set 0 (block $b (result exnref) (try_table (catch_all_ref $b) (throw $t)) (unreachable)))
        (loop $l (try_table (catch $t $l) (throw_ref (local.get 0))))))"""
    if legacy:
        text = """(module (tag $t) (func (export "new") (loop $l (try (do (throw $t)) (catch $t (br $l))))))"""
    exports = load(text, fuel=10_000).exports

    for name in ("new",) if legacy else ("new", "again", "ref"):
        with pytest.raises(wasm.Exhausted, match="out of fuel"):
            exports[name]()


def test_an_exception_is_caught_across_instances_and_calls_go_on_there() -> None:
    """The memory, the globals and the depth of the one that catches are its own again."""
    store = wasm.Store("native", limits=wasm.Limits(call_depth=50))
    tag = Tag("i32 ->")
    inner = store.instantiate(
        wasm.Module.parse("""(module (tag $t (import "env" "t") (param i32)) (memory 1)
          (func (export "f") (param i32) (throw $t (local.get 0))))"""),
        {"env": {"t": tag}},
    )
    text = """(module
      (tag $t (import "env" "t") (param i32)) (func $f (import "env" "f") (param i32))
      (memory 1) (data (i32.const 0) "\\2a")
      (func (export "run") (param i32) (result i32) (local $sum i32)
        (loop $again
          (block $caught (result i32)
            (try_table (result i32) (catch $t $caught) (call $f (local.get 0)) (i32.const 0)))
          (local.set $sum (i32.add (local.get $sum)))
          (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.const 0))))
          (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get $sum)))"""
    outer = store.instantiate(wasm.Module.parse(text), {"env": {"t": tag, "f": inner.exports.f}})

    assert outer.exports.run(1000) == sum(range(1, 1001)) + 42 * 1000


def test_many_values_come_along_with_an_exception() -> None:
    count = 1000
    instance = load(f"""(module (tag $t (export "t") (param {"i64 " * count}))
      (func (export "out") (throw $t {" ".join(f"(i64.const {x})" for x in range(count))}))
      (func (export "caught") (result {"i64 " * count})
        (block $l (result {"i64 " * count})
          (try_table (catch $t $l) (throw $t {" ".join(f"(i64.const {x})" for x in range(count))}))
          (unreachable))))""")

    assert instance.exports.caught() == tuple(range(count))
    with pytest.raises(WasmException) as caught:
        instance.exports.out()
    assert caught.value.values == tuple(range(count))


def test_a_host_function_in_the_place_of_a_function_is_outside_of_its_blocks() -> None:
    """Whoever gives up his place has left all of his blocks."""
    store = wasm.Store("native")
    tag = Tag("->")

    def throws() -> None:
        raise WasmException(tag)

    text = """(module (tag $t (import "env" "t")) (func $throws (import "env" "throws"))
      (func $inner (result i32) (block $l (try_table (catch_all $l) (call $thrower))) (i32.const 1))
      (func $thrower (block $l (try_table (catch_all $l) (return_call $throws))))
      (func (export "run") (result i32) (call $inner)))"""
    module = wasm.Module.parse(text)
    instance = store.instantiate(module, {"env": {"t": tag, "throws": throws}})

    assert instance.exports.run() == 1
    frames = load('(module (func $f (import "env" "f")) (func $g (export "g") (return_call $f)))', {"env": {"f": lambda: 1 // 0}})
    with pytest.raises(ZeroDivisionError):
        frames.exports.g()


def test_tail_calls_between_instances_need_no_frames_even_at_the_limit() -> None:
    store = wasm.Store("native", limits=wasm.Limits(call_depth=1))
    board = store.instantiate(wasm.Module.parse('(module (table (export "t") 2 funcref))'))
    text = """(module
      (type $f (func (param i32) (result i32)))
      (table $t (import "board" "t") 2 funcref)
      (global $other (import "" "other") i32)
      (func $own (export "run") (param i32) (result i32) (local f64 f64 f64 f64)
        (if (i32.eqz (local.get 0)) (then (return (global.get $other))))
        (return_call_indirect $t (type $f) (i32.sub (local.get 0) (i32.const 1)) (global.get $other)))
      (elem (table $t) (offset (i32.sub (i32.const 1) (global.get $other))) func $own))"""
    one, _ = (store.instantiate(wasm.Module.parse(text), {"board": board, "": {"other": other}}) for other in (0, 1))

    assert [one.exports.run(count) for count in (0, 1, 2, 100_001)] == [0, 1, 0, 1]


def test_a_call_may_be_made_while_a_guest_stands_in_the_midst_of_its_work() -> None:
    """A frame that stands still elsewhere than in a call of the host keeps its slots."""
    instance = load("""(module (func (export "f") (param i32) (result i32) (local i32)
      (local.set 1 (i32.mul (local.get 0) (i32.const 3))) (i32.add (local.get 1) (local.get 0))))""")
    stepper = wasm.Stepper(instance)
    stepper.begin("f", 5)
    for _ in range(4):
        stepper.step()

    assert instance.exports.f(100) == 400

    assert [local.value for local in stepper.frames[0].locals] == [5, 15]
    stepper.run()
    assert stepper.results == (20,)
