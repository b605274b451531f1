"""Exceptions on every tier: what is caught and what is not, what a handler finds, and how host and guest throw to each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm import Exhausted, Feature, Trap, TrapKind, WasmException
from pywasm_vm.binary.encode import encode_module

Load = Callable[..., wasm.Instance]


@pytest.fixture
def store(tier: str) -> wasm.Store:
    """A store on each tier."""
    return wasm.Store(tier=tier)


@pytest.fixture
def load(store: wasm.Store) -> Load:
    """A function from text and imports to an instance."""

    def load(text: str, imports: Any = None) -> wasm.Instance:
        return store.instantiate(wasm.Module.parse(text), imports)

    return load


def both_forms(body: str, tag: str, handler: str, result: str = "(result i32)") -> list[str]:
    """The same `try`, in the present form and in the legacy one. *handler* finds what the exception carries on the stack."""
    clause = f"(catch {tag} $caught)" if tag else "(catch_all $caught)"
    carried = {"$pair": "(result i32 i64)", "$one": "(result i32)"}.get(tag, "")
    arm = f"(catch {tag}" if tag else "(catch_all"
    return [
        f"(block $done {result} (block $caught {carried} (try_table {result} {clause} {body}) (br $done)) {handler})",
        f"(try {result} (do {body}) {arm} {handler}))",
    ]


# What a program sees


RAISER = """(module
  (tag $pair (export "pair") (param i32 i64))
  (tag $plain (export "plain"))
  (func $throws (export "throws") (throw $pair (i32.const -1) (i64.const 5)))
  (func (export "throws_plain") (throw $plain))
  (func $through (export "through") (call $throws)))"""


def test_an_exception_that_nobody_catches_comes_out_with_tag_and_values(load: Load) -> None:
    exports = load(RAISER).exports

    with pytest.raises(WasmException) as caught:
        exports.throws()

    assert caught.value.tag == exports.pair
    assert caught.value.tag is exports.pair
    assert caught.value.tag != exports.plain
    assert caught.value.values == (-1, 5)
    assert str(caught.value) == "uncaught exception with the values -1, 5"
    with pytest.raises(WasmException, match=r"^uncaught exception$"):
        exports.throws_plain()


def test_its_back_trace_begins_where_it_was_thrown(load: Load) -> None:
    exports = load(RAISER).exports

    with pytest.raises(WasmException) as caught:
        exports.through()

    assert [name for _index, name, _offset in caught.value.frames] == ["throws", "through"]
    throw, call = (offset for _index, _name, offset in caught.value.frames)
    assert RAISER[throw:].startswith("throw $pair")
    assert RAISER[call:].startswith("call $throws")


def test_values_are_seen_as_exports_give_them(load: Load) -> None:
    exports = load("""(module
      (tag $all (export "all") (param f32 f64 v128 funcref externref))
      (func $f (export "f") (param externref)
        (throw $all (f32.const 1.5) (f64.const -2) (v128.const i32x4 1 0 0 0) (ref.func $f) (local.get 0))))""").exports

    with pytest.raises(WasmException) as caught:
        exports.f("mine")

    assert caught.value.values == (1.5, -2.0, bytes([1, *[0] * 15]), exports.f, "mine")


def test_a_start_function_may_throw(load: Load) -> None:
    with pytest.raises(WasmException) as caught:
        load("(module (tag $t (param i32)) (func $f (throw $t (i32.const -3))) (start $f))")

    assert caught.value.values == (-3,)


def test_a_vm_lets_exceptions_out_too(tier: str) -> None:
    vm = wasm.Vm(tier)
    vm.load(encode_module(wasm.Module.parse(RAISER).syntax))
    vm.link()

    function = vm.get_function("throws")
    assert function is not None
    with pytest.raises(WasmException) as caught:
        function()
    assert caught.value.values == (-1, 5)
    assert isinstance(caught.value.tag, wasm.Tag)


# Host functions that throw


CATCHER = """(module
  (import "env" "oops" (tag $oops (param i32 i64)))
  (import "env" "call" (func $call (param i32)))
  (func (export "run") (param i32) (result i32 i64)
    (block $caught (result i32 i64)
      (try_table (catch $oops $caught) (call $call (local.get 0)))
      (i32.const 0) (i64.const 0)))
  (func (export "legacy") (param i32) (result i32 i64)
    (try (result i32 i64) (do (call $call (local.get 0)) (i32.const 0) (i64.const 0)) (catch $oops)))
  (func (export "any") (param i32) (block $caught (try_table (catch_all $caught) (call $call (local.get 0))))))"""


@pytest.mark.parametrize("form", ["run", "legacy"])
def test_a_host_function_throws_and_the_guest_catches(load: Load, form: str) -> None:
    oops = wasm.Tag("i32 i64 ->")

    def call(value: int) -> None:
        if value:
            raise WasmException(oops, (value, -value))

    exports = load(CATCHER, {"env": {"oops": oops, "call": call}}).exports

    assert exports[form](7) == (7, -7)
    assert exports[form](0) == (0, 0)
    assert exports.any(7) is None


def test_another_tag_of_the_same_type_is_another_tag(load: Load) -> None:
    oops, other = wasm.Tag("i32 i64 ->"), wasm.Tag("i32 i64 ->")

    def call(value: int) -> None:
        raise WasmException(other, (value, value))

    exports = load(CATCHER, {"env": {"oops": oops, "call": call}}).exports

    with pytest.raises(WasmException) as caught:
        exports.run(3)
    assert caught.value.tag is other
    assert caught.value.values == (3, 3)


def test_the_host_catches_what_its_guest_throws_and_may_throw_it_again(load: Load) -> None:
    """Guest, host, guest: the exception of the inner one passes through the host function to the outer one."""
    oops = wasm.Tag("i32 i64 ->")
    seen: list[tuple[object, ...]] = []

    def call(value: int) -> None:
        try:
            inner.throws(value)
        except WasmException as error:
            seen.append((error.tag, error.values))
            raise

    inner = load(
        """(module (import "env" "oops" (tag $oops (param i32 i64)))
          (func (export "throws") (param i32) (throw $oops (local.get 0) (i64.const 9))))""",
        {"env": {"oops": oops}},
    ).exports
    exports = load(CATCHER, {"env": {"oops": oops, "call": call}}).exports

    assert exports.run(-4) == (-4, 9)
    assert seen == [(oops, (-4, 9))]


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ((1,), TypeError, "carries 2 values; 1 given"),
        ((1, "x"), TypeError, "expected an integer for i64"),
        ((1 << 40, 1), ValueError, "does not fit in i32"),
    ],
)
def test_an_exception_whose_values_do_not_fit_cannot_be_made(values: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        WasmException(wasm.Tag("i32 i64 ->"), values)


def test_a_tag_has_no_results() -> None:
    with pytest.raises(ValueError, match="no results"):
        wasm.Tag("i32 -> i32")


def test_a_tag_of_another_type_is_refused(load: Load) -> None:
    with pytest.raises(wasm.Unlinkable, match=r"incompatible import type: env\.oops"):
        load(CATCHER, {"env": {"oops": wasm.Tag("i32 ->"), "call": lambda value: None}})


# What is no exception


class Stopped(Exception):
    """What a host function raises."""


PASSING = """(module
  (import "env" "call" (func $call (param i32)))
  (memory 1)
  (func $for_ever (export "for_ever") (loop $l (br $l)))
  (func $deep (call $deep))
  (func $bad (param i32)
    (if (i32.eq (local.get 0) (i32.const 0)) (then unreachable))
    (if (i32.eq (local.get 0) (i32.const 1)) (then (drop (i32.div_u (i32.const 1) (i32.const 0)))))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (drop (i32.load (i32.const 70000)))))
    (if (i32.eq (local.get 0) (i32.const 3)) (then (throw_ref (ref.null exn))))
    (if (i32.eq (local.get 0) (i32.const 4)) (then (call $deep)))
    (if (i32.eq (local.get 0) (i32.const 5)) (then (call $for_ever)))
    (call $call (local.get 0)))
  (func $now (export "now") (param i32)
    (block $caught (try_table (catch_all $caught) (call $bad (local.get 0)))))
  (func $legacy (export "legacy") (param i32)
    (try (do (call $bad (local.get 0))) (catch_all)))
  (func $here (export "here") (param i32)
    (block $caught (try_table (catch_all $caught)
      (block (try_table (catch_all 0) (drop (i32.div_u (i32.const 1) (local.get 0)))))))))"""

KINDS = [
    TrapKind.UNREACHABLE,
    TrapKind.INTEGER_DIVIDE_BY_ZERO,
    TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS,
    TrapKind.NULL_EXCEPTION_REFERENCE,
    TrapKind.CALL_STACK_EXHAUSTED,
]


@pytest.mark.parametrize("form", ["now", "legacy"])
@pytest.mark.parametrize("number", range(len(KINDS)))
def test_traps_are_not_caught(load: Load, form: str, number: int) -> None:
    exports = load(PASSING, {"env": {"call": lambda value: None}}).exports

    with pytest.raises(Trap) as caught:
        exports[form](number)

    assert caught.value.kind is KINDS[number]
    assert caught.value.frames[-1][1] == form


@pytest.mark.parametrize("form", ["now", "legacy"])
def test_a_guest_that_is_out_of_fuel_or_time_cannot_catch_that(store: wasm.Store, load: Load, form: str) -> None:
    exports = load(PASSING, {"env": {"call": lambda value: None}}).exports

    store.fuel = 100_000
    with pytest.raises(Exhausted, match="out of fuel"):
        exports[form](5)
    store.fuel = None
    store.set_deadline(0.05)
    with pytest.raises(Exhausted, match="out of time"):
        exports[form](5)


@pytest.mark.parametrize("form", ["now", "legacy"])
def test_what_a_host_function_raises_passes_as_itself(load: Load, form: str) -> None:
    raised = Stopped("host")

    def call(value: int) -> None:
        raise raised

    exports = load(PASSING, {"env": {"call": call}}).exports

    with pytest.raises(Stopped) as caught:
        exports[form](9)
    assert caught.value is raised


def test_a_trap_inside_of_handlers_knows_its_place(load: Load) -> None:
    exports = load(PASSING, {"env": {"call": lambda value: None}}).exports

    with pytest.raises(Trap) as caught:
        exports.here(0)

    (frame,) = caught.value.frames
    assert frame[1] == "here"
    assert PASSING[frame[2] :].startswith("i32.div_u (i32.const 1) (local.get 0)")


# What a handler finds


@pytest.mark.parametrize("form", [0, 1], ids=["now", "legacy"])
def test_a_handler_finds_locals_as_they_were_when_it_was_thrown(load: Load, form: int) -> None:
    """A call whose result waits for its use comes before what is written after it."""
    body = """(local.set 1 (i32.const 2)) (call $f (local.get 0)) (local.set 1 (i32.const 3))
      (drop) (local.set 1 (i32.const 4)) (i32.const -1)"""
    text = f"""(module (tag $one (param i32))
      (func $f (param i32) (result i32) (if (local.get 0) (then (throw $one (i32.const 10)))) (i32.const 5))
      (func (export "run") (param i32) (result i32) (local i32) (local.set 1 (i32.const 1))
        (drop {both_forms(body, "$one", "")[form]}) (local.get 1)))"""

    assert [load(text).exports.run(n) for n in (0, 1)] == [4, 2]


@pytest.mark.parametrize("form", [0, 1], ids=["now", "legacy"])
def test_what_waits_around_a_try_is_still_there(load: Load, form: int) -> None:
    body = "(throw $pair (i32.const 3) (i64.const 4))"
    handler = "(i32.wrap_i64) (i32.mul)"
    text = f"""(module (tag $pair (param i32 i64))
      (func (export "run") (param i32) (result i32)
        (i32.add (local.get 0) (i32.add (i32.const 100) {both_forms(body, "$pair", handler)[form]}))))"""

    assert load(text).exports.run(1000) == 1112


@pytest.mark.parametrize("form", [0, 1], ids=["now", "legacy"])
def test_a_try_in_a_loop_catches_each_time(load: Load, form: int) -> None:
    body = "(throw $one (local.get 0))"
    text = f"""(module (tag $one (param i32))
      (func (export "run") (param i32) (result i32) (local i32)
        (loop $l
          (local.set 1 (i32.add (local.get 1) {both_forms(body, "$one", "")[form]}))
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1)))"""

    assert load(text).exports.run(1000) == 500_500


def test_the_first_clause_that_fits_takes_the_exception(load: Load) -> None:
    exports = load("""(module (tag $a) (tag $b) (tag $c)
      (func $throw (param i32)
        (if (i32.eq (local.get 0) (i32.const 0)) (then (throw $a)))
        (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $b)))
        (throw $c))
      (func (export "run") (param i32) (result i32)
        (block $all (block $second (block $first
          (try_table (catch $a $first) (catch $a $second) (catch $b $second) (catch_all $all) (call $throw (local.get 0)))
          (return (i32.const -1)))
          (return (i32.const 1))) (return (i32.const 2)))
        (i32.const 3)))""").exports

    assert [exports.run(n) for n in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("guard", ["(try_table {0})", "(try (do {0}))"], ids=["now", "legacy"])
def test_a_block_without_clauses_catches_nothing(load: Load, guard: str) -> None:
    """Neither by itself nor in the place of one of another function."""
    exports = load(f"""(module
      (tag $e (export "e"))
      (func $throw (throw $e))
      (func (export "throws") {guard.format("(throw $e)")})
      (func (export "calls") {guard.format("(call $throw)")})
      (func (export "catches") (block $h (try_table (catch_all $h) (call $throw)))))""").exports

    for name in ("throws", "calls"):
        with pytest.raises(WasmException):
            exports[name]()
    exports.catches()
    for name in ("throws", "calls"):
        with pytest.raises(WasmException):
            exports[name]()


def test_an_exception_is_a_value(load: Load) -> None:
    """It goes through locals, globals, tables, calls and the host, and is the same when it is thrown again."""
    exports = load("""(module
      (tag $one (export "one") (param i32))
      (table $t 1 exnref) (global $g (mut exnref) (ref.null exn))
      (func (export "catch") (param i32) (result exnref)
        (block $caught (result exnref)
          (try_table (catch_all_ref $caught) (throw $one (local.get 0))) (unreachable)))
      (func $keep (param exnref) (result exnref) (table.set $t (i32.const 0) (local.get 0)) (table.get $t (i32.const 0)))
      (func (export "throw") (param exnref) (global.set $g (call $keep (local.get 0))) (throw_ref (global.get $g)))
      (func (export "pair") (param exnref) (result i32 i32)
        (block $caught (result i32 exnref)
          (try_table (catch_ref $one $caught) (throw_ref (local.get 0))) (unreachable))
        (ref.is_null)))""").exports

    exn = exports["catch"](42)

    assert type(exn).__name__ == "ExnInst"
    assert exports.pair(exn) == (42, 0)
    with pytest.raises(WasmException) as caught:
        exports["throw"](exn)
    assert caught.value.values == (42,)
    assert caught.value.inst is exn
    with pytest.raises(TypeError, match="expected an exception"):
        exports["throw"](7)


def test_a_tail_call_leaves_its_handlers(load: Load) -> None:
    text = """(module (tag $e) (table funcref (elem $throws)) (elem declare func $throws)
      (type $v (func))
      (func $throws (throw $e))
      (func (export "direct") (block $h (try_table (catch_all $h) (return_call $throws))))
      (func (export "table") (block $h (try_table (catch_all $h) (return_call_indirect (type $v) (i32.const 0)))))
      (func (export "reference") (block $h (try_table (catch_all $h) (return_call_ref $v (ref.func $throws)))))
      (func (export "legacy") (try (do (return_call $throws)) (catch_all)))
      (func (export "arguments") (result i32)
        (block $h (try_table (catch_all $h) (return_call $one (call $throws_one)))) (i32.const 5))
      (func $one (param i32) (result i32) (local.get 0))
      (func $throws_one (result i32) (throw $e)))"""
    exports = load(text).exports

    for name in ("direct", "table", "reference", "legacy"):
        for _ in range(2):
            with pytest.raises(WasmException):
                exports[name]()
    assert exports.arguments() == 5


# The legacy form


def test_rethrow_throws_what_the_handler_at_its_label_caught(load: Load) -> None:
    exports = load("""(module (tag $a (param i32)) (tag $b (param i32))
      (func (export "run") (param i32) (result i32)
        (try (result i32)
          (do (try (result i32) (do (throw $a (i32.const 1)))
            (catch $a (drop)
              (try (result i32) (do (throw $b (i32.const 2)))
                (catch $b (drop) (if (local.get 0) (then (rethrow 1)) (else (rethrow 2))) (unreachable))))))
          (catch $a (i32.add (i32.const 10)))
          (catch $b (i32.add (i32.const 20))))))""").exports

    assert exports.run(1) == 22
    assert exports.run(0) == 11


DELEGATES = """(module (tag $e (param i32))
  (func (export "run") (param i32) (result i32)
    (try $outer (result i32)
      (do (try $middle (result i32)
        (do (try $inner (result i32)
          (do
            (if (i32.eq (local.get 0) (i32.const 0)) (then (try (do (throw $e (i32.const 1))) (delegate $inner))))
            (if (i32.eq (local.get 0) (i32.const 1)) (then (try (do (throw $e (i32.const 1))) (delegate $middle))))
            (if (i32.eq (local.get 0) (i32.const 2)) (then (try (do (throw $e (i32.const 1))) (delegate $outer))))
            (if (i32.eq (local.get 0) (i32.const 3)) (then (try (do (throw $e (i32.const 1))) (delegate 4))))
            (if (i32.eq (local.get 0) (i32.const 4))
              (then (try $again (do (try (do (throw $e (i32.const 1))) (delegate $again))) (delegate $outer))))
            (throw $e (i32.const 1)))
          (catch $e (i32.add (i32.const 10)))))
        (catch $e (i32.add (i32.const 20)))))
      (catch $e (i32.add (i32.const 30))))))"""


def test_delegate_goes_to_the_handlers_at_its_label(load: Load) -> None:
    exports = load(DELEGATES).exports

    assert [exports.run(n) for n in (0, 1, 2, 4, 5)] == [11, 21, 31, 31, 11]
    with pytest.raises(WasmException) as caught:
        exports.run(3)
    assert caught.value.values == (1,)


def test_a_detour_ends_where_it_leads(load: Load) -> None:
    """An exception that comes after one that was delegated is caught by the nearest handler again."""
    exports = load("""(module (tag $e)
      (func (export "run") (result i32) (local i32)
        (loop $again
          (try $outer
            (do (try $inner
              (do (if (i32.eqz (local.get 0)) (then (try (do (throw $e)) (delegate $outer))) (else (throw $e))))
              (catch_all (local.set 0 (i32.add (local.get 0) (i32.const 10))))))
            (catch_all (local.set 0 (i32.add (local.get 0) (i32.const 1)))))
          (br_if $again (i32.lt_u (local.get 0) (i32.const 30))))
        (local.get 0)))""").exports

    assert exports.run() == 31


def test_a_handler_does_not_guard_itself(load: Load) -> None:
    exports = load("""(module (tag $e)
      (func (export "run") (try (do (throw $e)) (catch $e (throw $e)) (catch_all)))
      (func (export "delegated") (try $t (do (throw $e)) (catch $e (try (do (throw $e)) (delegate $t)))))
      (func (export "no_handler") (try (do (throw $e)))))""").exports

    for name in ("run", "delegated", "no_handler"):
        with pytest.raises(WasmException):
            exports[name]()


@pytest.mark.parametrize("count", [3, 60, 2_000])
def test_a_legacy_try_may_have_many_handlers(load: Load, count: int) -> None:
    tags = "".join(f"(tag $t{n} (param i32))" for n in range(count))
    arms = "".join(f"(catch $t{n} (i32.add (i32.const {n})))" for n in range(count))
    exports = load(f"""(module {tags}
      (func (export "run") (result i32) (try (result i32) (do (throw $t{count - 1} (i32.const 1))) {arms})))""").exports

    assert exports.run() == count


# Fuel, depth, features


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        # call, throw's two, br, three ends of blocks, …: each instruction of both bodies once.
        ("(block $h (result i32) (try_table (result i32) (catch $e $h) (call $f)))", 2 + 1 + 2 + 1),
        ("(try (result i32) (do (call $f)) (catch $e))", 1 + 1 + 1 + 1 + 1),
        ("(try (result i32) (do (try (result i32) (do (call $f)) (delegate 0))) (catch $e))", 1 + 1 + 1 + 1 + 1 + 1 + 1),
    ],
)
def test_a_try_costs_its_instructions(store: wasm.Store, load: Load, text: str, cost: int) -> None:
    """The same on every tier: handlers too, whether they run or not."""
    instance = load(f"""(module (tag $e (param i32))
      (func $f (result i32) (throw $e (i32.const 1)))
      (func (export "run") (result i32) {text}))""")
    store.fuel = 1_000

    assert instance.exports.run() == 1

    assert store.fuel == 1_000 - cost - 3


def nested(form: str, depth: int) -> str:
    """A function of *depth* tries around a throw; the outermost catches."""
    if form == "legacy":
        inner = "(try (do " * depth + "(throw $e)" + ") (catch $o))" * depth
        body = f"(try (do {inner}) (catch_all))"
    elif form == "delegate":
        inner = "(try (do " * depth + "(throw $e)" + "".join(f") (delegate {depth - 1 - n}))" for n in range(depth))
        body = f"(try (do {inner}) (catch_all))"
    elif form == "handlers":
        body = "(try (do (throw $e)) (catch $e " * depth + "))" * depth
    else:
        inner = "(block $h (try_table (catch $o $h) " * depth + "(throw $e)" + "))" * depth
        body = f"(block $out (try_table (catch $e $out) {inner}))"
    return f'(module (tag $e) (tag $o) (func (export "run") (result i32) {body} (i32.const 7)))'


@pytest.mark.parametrize("form", ["now", "legacy", "delegate", "handlers"])
@pytest.mark.parametrize("depth", [1, 13, 14, 15, 16, 19, 21, 100, 1_500])
def test_tries_nest_as_deep_as_a_guest_likes(load: Load, form: str, depth: int) -> None:
    """Python nests 20 blocks; the tier that writes Python must not care."""
    assert load(nested(form, depth)).exports.run() == 7


def test_thousands_of_tries_need_no_recursion(quick_tier: str) -> None:
    """Each is two blocks deep: far more than Python's own stack has room for."""
    depth = 5_000
    store = wasm.Store(tier=quick_tier)

    assert store.instantiate(wasm.Module.parse(nested("now", depth))).exports.run() == 7


LEGACY = "(module (tag $e) (func (try (do (throw $e)) (catch $e))))"
PRESENT = "(module (tag $e) (func (block $h (try_table (catch $e $h) (throw $e)))))"


def test_each_form_can_be_switched_off() -> None:
    """The legacy form has its tags from the present one, so that it does not work alone."""
    without = wasm.RUNNABLE - {Feature.EXCEPTIONS}
    without_legacy = wasm.RUNNABLE - {Feature.LEGACY_EXCEPTIONS}

    wasm.Module.parse(PRESENT, features=without_legacy)
    for text in (PRESENT, LEGACY, "(module (func unreachable throw_ref))"):
        with pytest.raises(wasm.Invalid, match="exception-handling"):
            wasm.Module.parse(text, features=without)
    with pytest.raises(wasm.Invalid, match="legacy-exceptions"):
        wasm.Module.parse(LEGACY, features=without_legacy)
