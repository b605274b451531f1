"""Calls that take the place of their caller, on every tier: constant space, fuel, depth and back-traces."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm import Exhausted, Feature, Trap, TrapKind

MANY = 50_000
"""Rounds that no stack has room for, and that the slowest tier runs in a second. A million is tried on the quick ones."""

Load = Callable[..., wasm.Instance]

PARITY = """(module
  (type $test (func (param i32) (result i32)))
  (table funcref (elem $even $odd))
  (elem declare func $by_reference)
  (func $even (export "even") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 1))
      (else (return_call $odd (i32.sub (local.get 0) (i32.const 1))))))
  (func $odd (export "odd") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (return_call_indirect (type $test) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))))
  (func $by_reference (export "by_reference") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 7))
      (else (return_call_ref $test (i32.sub (local.get 0) (i32.const 1)) (ref.func $by_reference))))))"""


@pytest.fixture
def load(tier: str) -> Load:
    """A function from text, imports and fuel to an instance."""

    def load(text: str, imports: Any = None, fuel: int | None = None) -> wasm.Instance:
        return wasm.Store(tier=tier, fuel=fuel).instantiate(wasm.Module.parse(text), imports)

    return load


@pytest.mark.parametrize("fuel", [None, 10**9], ids=["plain", "metered"])
def test_tail_calls_of_all_three_forms_take_no_room(load: Load, fuel: int | None) -> None:
    exports = load(PARITY, fuel=fuel).exports

    assert exports.even(MANY) == 1
    assert exports.odd(MANY) == 0
    assert exports.by_reference(MANY) == 7


def test_a_million_tail_calls_take_no_room(quick_tier: str) -> None:
    exports = wasm.Store(tier=quick_tier).instantiate(wasm.Module.parse(PARITY)).exports

    assert exports.even(1_000_000) == 1


def test_a_chain_of_functions_that_are_called_for_the_first_time_takes_no_room(load: Load) -> None:
    """Each of them is translated in the middle of the chain."""
    count = 3_000
    functions = "".join(f"(func $f{i} (param i32) (result i32) (return_call $f{i + 1} (local.get 0)))" for i in range(count))
    text = f"""(module {functions} (func $f{count} (param i32) (result i32) (local.get 0))
      (func (export "run") (param i32) (result i32) (call $f0 (local.get 0))))"""
    module = wasm.Module.parse(text)
    store = wasm.Store(tier=load(PARITY).store.tier, limits=wasm.Limits(call_depth=100))

    assert store.instantiate(module).exports.run(42) == 42


def test_tail_calls_across_instances_take_no_room(load: Load, tier: str) -> None:
    store = wasm.Store(tier=tier)
    board = store.instantiate(wasm.Module.parse('(module (table (export "t") 2 funcref))'))
    text = """(module
      (type $f (func (param i32 i32) (result i32)))
      (table $t (import "board" "t") 2 funcref)
      (global $other (import "" "other") i32)
      (func $own (export "run") (param i32 i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
        (return_call_indirect $t (type $f) (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 1))
          (global.get $other)))
      (elem (table $t) (offset (i32.sub (i32.const 1) (global.get $other))) func $own))"""
    one, _other = (store.instantiate(wasm.Module.parse(text), {"board": board, "": {"other": other}}) for other in (0, 1))

    assert one.exports.run(MANY, 5) == MANY + 5


def test_a_host_function_may_be_what_takes_the_place(load: Load) -> None:
    seen: list[int] = []

    def host(value: int) -> int:
        seen.append(value)
        return -value

    text = """(module (import "env" "host" (func $host (param i32) (result i32)))
      (func $g (param i32) (result i32) (return_call $host (i32.add (local.get 0) (i32.const 1))))
      (func (export "run") (param i32) (result i32) (return_call $g (local.get 0))))"""

    assert load(text, {"env": {"host": host}}).exports.run(41) == -42
    assert seen == [42]


def test_results_of_any_number_come_through(load: Load) -> None:
    exports = load("""(module
      (func $two (result i32 f64) (i32.const -3) (f64.const 1.5))
      (func (export "two") (result i32 f64) (return_call $two))
      (func $none) (func (export "none") (return_call $none)))""").exports

    assert exports.two() == (-3, 1.5)
    assert exports.none() is None


def test_what_waits_below_the_arguments_has_its_effects_first(load: Load) -> None:
    exports = load("""(module
      (global $log (mut i32) (i32.const 0))
      (func $note (param i32) (result i32)
        (global.set $log (i32.add (i32.mul (global.get $log) (i32.const 10)) (local.get 0))) (local.get 0))
      (func $end (param i32) (result i32) (global.get $log))
      (func (export "run") (result i32)
        (call $note (i32.const 1)) (call $note (i32.const 2)) (return_call $end (call $note (i32.const 3)))))""").exports

    assert exports.run() == 123


TRAPS = """(module
  (type $f (func (param i32) (result i32)))
  (table 3 funcref) (elem (i32.const 0) $wrong)
  (func $wrong)
  (func $element (export "element") (param i32) (result i32)
    (return_call_indirect (type $f) (i32.const 0) (local.get 0)))
  (func $null (export "null") (result i32) (return_call_ref $f (i32.const 0) (ref.null $f)))
  (func $inner (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
  (func $middle (param i32) (result i32) (return_call $inner (local.get 0)))
  (func $begin (param i32) (result i32) (return_call $middle (local.get 0)))
  (func $caller (export "divide") (param i32) (result i32) (i32.add (i32.const 1) (call $begin (local.get 0)))))"""


def names_of(trap: Trap) -> list[str | None]:
    return [name for _index, name, _offset in trap.frames]


@pytest.mark.parametrize(
    ("export", "argument", "kind"),
    [
        ("element", 0, TrapKind.INDIRECT_CALL_TYPE_MISMATCH),
        ("element", 1, TrapKind.UNINITIALIZED_ELEMENT),
        ("element", 9, TrapKind.UNDEFINED_ELEMENT),
        ("null", None, TrapKind.NULL_FUNCTION_REFERENCE),
    ],
)
def test_a_tail_call_of_nothing_traps_in_the_function_that_makes_it(
    load: Load, export: str, argument: int | None, kind: TrapKind
) -> None:
    exports = load(TRAPS).exports

    with pytest.raises(Trap) as caught:
        exports[export](*() if argument is None else (argument,))

    assert caught.value.kind is kind
    assert names_of(caught.value) == [export]


def test_the_back_trace_leaves_out_who_has_given_up_its_place(load: Load) -> None:
    exports = load(TRAPS).exports

    for _ in range(2):
        # The first time, the functions are translated on the way.
        with pytest.raises(Trap) as caught:
            exports.divide(0)
        assert names_of(caught.value) == ["inner", "caller"]
    assert exports.divide(1) == 2


def test_each_function_that_takes_a_place_costs_its_instructions(load: Load) -> None:
    """The same on every tier: a body of `end` and two or three instructions each time it is entered."""
    instance = load(
        """(module
          (func $last (param i32) (result i32) (local.get 0))
          (func $first (export "run") (param i32) (result i32) (return_call $last (local.get 0))))""",
        fuel=1_000,
    )

    instance.exports.run(1)

    assert instance.store.fuel == 1_000 - 3 - 2


def test_fuel_ends_an_endless_chain_at_the_same_place_on_every_tier(load: Load) -> None:
    text = """(module
      (global $rounds (export "rounds") (mut i32) (i32.const 0))
      (func $g (export "run") (global.set $rounds (i32.add (global.get $rounds) (i32.const 1))) (return_call $g)))"""
    instance = load(text, fuel=60_000)

    with pytest.raises(Exhausted) as caught:
        instance.exports.run()

    assert caught.value.kind is TrapKind.OUT_OF_FUEL
    assert names_of(caught.value) == ["g"]
    assert instance.exports.rounds.value == 60_000 // 6
    assert instance.store.fuel == 0


def test_a_deadline_ends_an_endless_chain(load: Load) -> None:
    instance = load('(module (func $g (return_call $h)) (func $h (export "run") (return_call $g)))')
    instance.store.set_deadline(0.05)
    begin = monotonic()

    with pytest.raises(Exhausted) as caught:
        instance.exports.run()

    assert caught.value.kind is TrapKind.OUT_OF_TIME
    assert monotonic() - begin < 5


def test_fuel_may_be_set_after_tail_calls_were_made(load: Load) -> None:
    instance = load(PARITY)
    assert instance.exports.even(10) == 1

    instance.store.fuel = 50

    with pytest.raises(Exhausted):
        instance.exports.even(10)


def test_calls_in_between_still_have_an_end(tier: str) -> None:
    store = wasm.Store(tier=tier, limits=wasm.Limits(call_depth=200))
    exports = store.instantiate(
        wasm.Module.parse("""(module
          (func $deep (export "run") (drop (call $hop)) )
          (func $hop (result i32) (return_call $again))
          (func $again (result i32) (call $deep) (i32.const 0)))""")
    ).exports

    with pytest.raises(Exhausted, match="call stack exhausted"):
        exports.run()


def test_tail_calls_can_be_switched_off() -> None:
    with pytest.raises(wasm.Invalid, match="tail-calls"):
        wasm.Module.parse(PARITY, features=wasm.RUNNABLE - {Feature.TAIL_CALLS})
