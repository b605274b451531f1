"""Function references on every tier: calls, branches on null, and types that are the same or not across modules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm import Feature, Trap, TrapKind

FEATURES = wasm.RUNNABLE | {Feature.EXCEPTIONS}
"""With tags, which are imported like functions."""

Load = Callable[..., wasm.Instance]


@pytest.fixture
def store(tier: str) -> wasm.Store:
    """A store on each tier."""
    return wasm.Store(tier=tier, features=FEATURES)


@pytest.fixture
def load(store: wasm.Store) -> Load:
    """A function from text and imports to an instance."""

    def load(text: str, imports: Any = None) -> wasm.Instance:
        return store.instantiate(wasm.Module.parse(text, features=FEATURES), imports)

    return load


def kind_of(call: Callable[..., object], *args: object) -> TrapKind:
    with pytest.raises(Trap) as caught:
        call(*args)
    return caught.value.kind


CALLS = """(module
  (type $f (func (param i32) (result i32)))
  (global $count (mut i32) (i32.const 0))
  (func $twice (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (func $noted (result i32) (global.set $count (i32.add (global.get $count) (i32.const 1))) (i32.const 21))
  (func $next (param i32) (result i32) (global.set $count (i32.add (global.get $count) (i32.const 1))) (global.get $count))
  (global $g (mut (ref null $f)) (ref.func $twice))
  (elem declare func $next)
  (func (export "call") (param (ref null $f)) (result i32) (call_ref $f (call $noted) (local.get 0)))
  (func (export "through a global") (result i32) (call_ref $f (call $change) (global.get $g)))
  (func $change (result i32) (global.set $g (ref.func $next)) (i32.const 5))
  (func (export "both") (result i32)
    (i32.sub (call_ref $f (i32.const 0) (ref.func $next)) (call_ref $f (i32.const 0) (ref.func $next))))
  (func (export "count") (result i32) (global.get $count)))"""


def test_a_reference_is_called_after_its_arguments(load: Load) -> None:
    """A null traps only then: what the arguments have done stays done."""
    exports = load(CALLS).exports

    assert exports.call(exports.twice) == 42
    assert kind_of(exports.call, None) is TrapKind.NULL_FUNCTION_REFERENCE
    assert exports.count() == 2


def test_the_callee_is_read_after_the_arguments(load: Load) -> None:
    exports = load(CALLS).exports

    assert exports["through a global"]() == 1


def test_calls_of_references_keep_their_order(load: Load) -> None:
    assert load(CALLS).exports.both() == -1


NULLS = """(module
  (type $f (func (result i32)))
  (func $seven (export "seven") (result i32) (i32.const 7))
  (func (export "as_non_null") (param (ref null $f)) (result i32) (call_ref $f (ref.as_non_null (local.get 0))))
  (func (export "br_on_null") (param (ref null $f)) (result i32)
    (block $null (result i32)
      (i32.add (call_ref $f (br_on_null $null (i32.const -1) (local.get 0))))))
  (func (export "br_on_non_null") (param i32 (ref null $f)) (result i32)
    (block $found (result i32 (ref $f))
      (br_on_non_null $found (local.get 0) (local.get 1))
      (return (i32.sub (i32.const 0))))
    (return (i32.add (call_ref $f))))
  (func (export "first") (param (ref null $f) (ref null $f)) (result i32) (local $rounds i32)
    (block $done (result (ref $f))
      (loop $again
        (br_on_non_null $done (local.get 0))
        (local.set 0 (local.get 1))
        (local.set $rounds (i32.add (local.get $rounds) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $rounds) (i32.const 3))))
      (return (local.get $rounds)))
    (return (i32.add (call_ref $f) (local.get $rounds)))))"""
"""The operand of `br_on_null` with -1 below it: the branch carries -1, the call adds to it."""


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("as_non_null", ("seven",), 7),
        ("br_on_null", ("seven",), 6),
        ("br_on_null", (None,), -1),
        ("br_on_non_null", (3, "seven"), 10),
        ("br_on_non_null", (3, None), -3),
        ("first", ("seven", None), 7),
        ("first", (None, "seven"), 8),
        ("first", (None, None), 3),
    ],
)
def test_null_is_told_from_a_reference(load: Load, name: str, given: tuple[Any, ...], expected: int) -> None:
    exports = load(NULLS.replace("(i32.sub (i32.const 0))", "(i32.mul (i32.const -1))")).exports

    assert exports[name](*(exports[item] if isinstance(item, str) else item for item in given)) == expected


def test_a_branch_on_null_that_carries_nothing_skips_the_rest_of_its_block(load: Load) -> None:
    text = """(module (type $f (func (result i32))) (func $seven (export "seven") (result i32) (i32.const 7))
      (func (export "f") (param (ref null $f) (ref null $f)) (result i32) (local $sum i32)
        (block $end
          (local.set $sum (call_ref $f (br_on_null $end (local.get 0))))
          (local.set $sum (i32.add (local.get $sum) (call_ref $f (br_on_null $end (local.get 1))))))
        (local.get $sum)))"""
    exports = load(text).exports
    seven = exports.seven

    assert [exports.f(*given) for given in ((None, seven), (seven, None), (seven, seven))] == [0, 7, 14]


def test_null_as_a_reference_that_is_none_traps(load: Load) -> None:
    assert kind_of(load(NULLS).exports.as_non_null, None) is TrapKind.NULL_REFERENCE


def test_a_wrong_reference_is_refused_with_the_name_of_the_parameter(load: Load) -> None:
    exports = load(NULLS).exports

    with pytest.raises(TypeError, match=r"as_non_null, parameter 1 of 1: expected a function"):
        exports.as_non_null(7)
    with pytest.raises(TypeError, match=r"as_non_null, parameter 1 of 1: expected a function of type"):
        exports.as_non_null(exports.first)


INDIRECT = """(module
  (type $a (sub (func (result i32)))) (type $b (sub $a (func (result i32)))) (type $c (sub final $b (func (result i32))))
  (func $f (type $b) (i32.const 5))
  (table 2 funcref) (elem (i32.const 0) $f)
  (func (export "as_a") (result i32) (call_indirect (type $a) (i32.const 0)))
  (func (export "as_b") (result i32) (call_indirect (type $b) (i32.const 0)))
  (func (export "as_c") (result i32) (call_indirect (type $c) (i32.const 0)))
  (func (export "none") (result i32) (call_indirect (type $a) (i32.const 1))))"""


def test_an_indirect_call_finds_functions_of_types_below_the_one_it_wants(load: Load) -> None:
    exports = load(INDIRECT).exports

    assert (exports.as_a(), exports.as_b()) == (5, 5)
    assert kind_of(exports.as_c) is TrapKind.INDIRECT_CALL_TYPE_MISMATCH
    assert kind_of(exports.none) is TrapKind.UNINITIALIZED_ELEMENT


OFFERS = """(module
  (type (func (param f64))) (type $f (func (param i32) (result i32))) (type $r (func (param (ref null $f))))
  (func (export "f") (type $f) (local.get 0))
  (func (export "r") (param (ref null $f)))
  (global (export "g") (ref null $f) (ref.null $f))
  (global (export "m") (mut (ref null $f)) (ref.null $f))
  (table (export "t") 1 (ref null $f))
  (tag (export "e") (param (ref null $f))))"""

WANTS = """(module
  (type $f (func (param i32) (result {result})))
  (import "o" "r" (func (param (ref null $f))))
  (import "o" "g" (global (ref null $f)))
  (import "o" "m" (global (mut (ref null $f))))
  (import "o" "t" (table 1 (ref null $f)))
  (import "o" "e" (tag (param (ref null $f))))
  (export "e" (tag 0)))"""


def test_types_of_imports_mean_what_their_own_modules_say(load: Load) -> None:
    """The same type has the index 1 in one module and 0 in the other."""
    offers = load(OFFERS)

    instance = load(WANTS.format(result="i32"), {"o": offers})

    assert instance.exports.e is offers.exports.e
    assert isinstance(instance.exports.e, wasm.Tag)


def test_imports_whose_types_have_the_same_index_and_are_others_are_refused(load: Load) -> None:
    with pytest.raises(wasm.Unlinkable) as caught:
        load(WANTS.format(result="i64"), {"o": load(OFFERS)})

    assert [problem.split(":")[1].strip() for problem in caught.value.problems] == ["o.r", "o.g", "o.m", "o.t", "o.e"]


def test_a_constant_global_of_a_narrower_type_may_be_imported(load: Load) -> None:
    load('(module (import "o" "g" (global funcref)))', {"o": load(OFFERS)})

    with pytest.raises(wasm.Unlinkable):
        load('(module (import "o" "m" (global (mut funcref))))', {"o": load(OFFERS)})


def test_a_function_of_an_open_type_is_none_of_the_same_type_declared_final(load: Load) -> None:
    offers = load('(module (type $t (sub (func))) (func (export "f") (type $t)))')

    load('(module (type $t (sub (func))) (import "o" "f" (func (type $t))))', {"o": offers})
    with pytest.raises(wasm.Unlinkable, match=r"the module wants \[\] -> \[\], .* declared as another type"):
        load('(module (import "o" "f" (func)))', {"o": offers})


def test_a_function_of_a_type_below_the_wanted_one_may_be_imported(load: Load) -> None:
    types = "(type $above (sub (func))) (type $below (sub $above (func)))"
    offers = load(f'(module {types} (func (export "below") (type $below)) (func (export "above") (type $above)))')

    load(f'(module {types} (import "o" "below" (func (type $above))))', {"o": offers})
    with pytest.raises(wasm.Unlinkable):
        load(f'(module {types} (import "o" "above" (func (type $below))))', {"o": offers})
    with pytest.raises(wasm.Unlinkable):
        load(f'(module {types} (import "o" "below" (func (exact (type $above)))))', {"o": offers})


def test_a_callable_has_the_type_of_the_import_that_it_answers(load: Load) -> None:
    """A program can write down no type that a module declares, so the module may call it through a table as its own type."""
    text = """(module (type $f (sub (func (param i32) (result i32)))) (import "e" "f" (func $f (type $f)))
      (table funcref (elem $f))
      (func (export "run") (result i32) (call_indirect (type $f) (i32.const 20) (i32.const 0))))"""

    assert load(text, {"e": {"f": lambda x: x + 1}}).exports.run() == 21


def test_a_callable_may_take_and_give_references_of_a_declared_type(load: Load) -> None:
    text = """(module (type $f (func (result i32))) (import "e" "same" (func $same (param (ref $f)) (result (ref $f))))
      (func $seven (export "seven") (result i32) (i32.const 7)) (func (export "other") (result i64) (i64.const 7))
      (func (export "run") (result i32) (call_ref $f (call $same (ref.func $seven)))))"""
    given: list[Any] = []
    answer: list[Any] = []

    def same(function: Any) -> Any:
        given.append(function)
        return answer[-1] if answer else function

    exports = load(text, {"e": {"same": same}}).exports

    assert exports.run() == 7
    assert given == [exports.seven]
    answer.append(exports.other)
    with pytest.raises(TypeError, match=r"the host function e\.same returned .*; expected \(ref"):
        exports.run()


TABLES = """(module (type $f (func (result i32)))
  (global $g (ref $f) (ref.func $seven))
  (table $t (export "t") 3 (ref $f) (ref.func $seven))
  (elem $more (ref $f) (ref.func $eight) (global.get $g))
  (func $seven (result i32) (i32.const 7)) (func $eight (result i32) (i32.const 8))
  (func (export "init") (table.init $t $more (i32.const 1) (i32.const 0) (i32.const 2)))
  (func (export "sum") (result i32)
    (i32.add (call_ref $f (table.get $t (i32.const 0))) (call_ref $f (table.get $t (i32.const 1))))))"""


def test_a_table_begins_with_its_initial_value(load: Load) -> None:
    exports = load(TABLES).exports

    assert exports.sum() == 14
    exports.init()
    assert exports.sum() == 15
    with pytest.raises(TypeError, match="not None"):
        exports.t[0] = None


def test_an_exported_tag_says_what_its_exceptions_carry(load: Load) -> None:
    tag = load('(module (tag (export "e") (param i32 f64)))').exports.e

    assert str(tag.type) == "[i32 f64] -> []"
    assert repr(tag) == "<tag [i32 f64] -> []>"


def test_comparison_may_be_all_that_a_function_does_with_references(tier: str) -> None:
    """A tier that does not run it must say so, and not lose its way in the function. Found by fuzzing."""
    text = '(func (export "f") (param eqref eqref) (result i32) (ref.eq (local.get 0) (local.get 1)))'

    instance = wasm.Store(tier).instantiate(wasm.Module.parse(text))

    assert instance.exports.f(None, None) == 1
