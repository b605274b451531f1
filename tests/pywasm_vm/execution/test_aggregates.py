"""Structs, arrays, small integers and casts on every tier: order of evaluation, packed fields, traps, budgets, types."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm import Exhausted, Feature, Trap, TrapKind

Load = Callable[..., wasm.Instance]


@pytest.fixture
def load(tier: str) -> Load:
    """A function from text and imports to an instance."""

    def load(text: str, imports: Any = None, **options: Any) -> wasm.Instance:
        return wasm.Store(tier=tier, **options).instantiate(wasm.Module.parse(text), imports)

    return load


def trap_of(call: Callable[..., object], *args: object) -> Trap:
    with pytest.raises(Trap) as caught:
        call(*args)
    return caught.value


TYPES = """(type $s (struct (field $n (mut i32)) (field $b (mut i8)) (field $h (mut i16)) (field $next (mut (ref null $s)))))
  (type $a (array (mut i32))) (type $b (array (mut i8))) (type $w (array (mut (ref null $s))))"""


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("(struct.get $s $n (local.get $s))", TrapKind.NULL_STRUCTURE_REFERENCE),
        ("(struct.get_s $s $b (local.get $s))", TrapKind.NULL_STRUCTURE_REFERENCE),
        ("(struct.set $s $n (local.get $s) (i32.const 1)) (i32.const 0)", TrapKind.NULL_STRUCTURE_REFERENCE),
        ("(array.get $a (local.get $a) (i32.const 0))", TrapKind.NULL_ARRAY_REFERENCE),
        ("(array.set $a (local.get $a) (i32.const 0) (i32.const 0)) (i32.const 0)", TrapKind.NULL_ARRAY_REFERENCE),
        ("(array.len (local.get $a))", TrapKind.NULL_ARRAY_REFERENCE),
        ("(array.fill $a (local.get $a) (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 0)", TrapKind.NULL_ARRAY_REFERENCE),
        ("(i31.get_u (local.get $i))", TrapKind.NULL_I31_REFERENCE),
        ("(i31.get_s (local.get $i))", TrapKind.NULL_I31_REFERENCE),
        ("(array.get $a (array.new_default $a (i32.const 3)) (i32.const 3))", TrapKind.OUT_OF_BOUNDS_ARRAY_ACCESS),
        ("(array.get $a (array.new_default $a (i32.const 3)) (i32.const -1))", TrapKind.OUT_OF_BOUNDS_ARRAY_ACCESS),
        (
            "(array.set $a (array.new_default $a (i32.const 3)) (i32.const 0x80000000) (i32.const 1)) (i32.const 0)",
            TrapKind.OUT_OF_BOUNDS_ARRAY_ACCESS,
        ),
        ("(ref.is_null (ref.cast (ref struct) (local.get $any)))", TrapKind.CAST_FAILURE),
        ("(ref.is_null (ref.cast (ref null $s) (ref.i31 (i32.const 1))))", TrapKind.CAST_FAILURE),
        ("(ref.is_null (ref.cast (ref none) (local.get $any)))", TrapKind.CAST_FAILURE),
        ("(i32.load8_u (array.get $a (array.new_fixed $a 1 (i32.const 9)) (i32.const 0)))", TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS),
    ],
)
def test_code_traps_and_names_the_place(load: Load, body: str, kind: TrapKind) -> None:
    text = f"""(module {TYPES} (memory 0) (func (export "f") (result i32)
      (local $s (ref null $s)) (local $a (ref null $a)) (local $i i31ref) (local $any anyref) {body}))"""

    trap = trap_of(load(text).exports.f)

    assert trap.kind is kind
    assert len(trap.frames) == 1


def test_an_index_out_of_an_array_that_is_too_large_for_a_table_is_told_from_the_array(load: Load) -> None:
    """In the tier `python` both are lists, and Python's message is the same."""
    text = f"""(module {TYPES} (table 2 funcref) (memory 1)
      (func (export "array") (param i32)
        (call_indirect (array.get $a (array.new_fixed $a 2 (i32.const 1) (i32.const 7)) (local.get 0))))
      (func (export "memory") (param i32) (call_indirect (i32.load8_u (local.get 0)))))"""
    exports = load(text).exports

    assert trap_of(exports.array, 0).kind is TrapKind.UNINITIALIZED_ELEMENT
    assert trap_of(exports.array, 1).kind is TrapKind.UNDEFINED_ELEMENT
    assert trap_of(exports.array, 2).kind is TrapKind.OUT_OF_BOUNDS_ARRAY_ACCESS
    assert trap_of(exports.memory, 65536).kind is TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS


ORDER = f"""(module {TYPES}
  (global $told (mut i32) (i32.const 0))
  (global $s (mut (ref null $s)) (struct.new_default $s))
  (func $tell (param i32) (result i32)
    (global.set $told (i32.add (i32.mul (global.get $told) (i32.const 10)) (local.get 0))) (i32.const 1))
  (func $struct (param i32) (result (ref null $s)) (drop (call $tell (local.get 0))) (ref.null $s))
  (func $array (param i32) (result (ref null $a)) (drop (call $tell (local.get 0))) (ref.null $a))
  (func $change (result i32)
    (global.set $s (struct.new $s (i32.const 70) (i32.const 0) (i32.const 0) (ref.null $s))) (i32.const 5))
  (func (export "told") (result i32) (global.get $told))
  (func (export "struct.set") (struct.set $s $n (call $struct (i32.const 1)) (call $tell (i32.const 2))))
  (func (export "array.set")
    (array.set $a (call $array (i32.const 1)) (call $tell (i32.const 2)) (call $tell (i32.const 3))))
  (func (export "array.get") (drop (array.get $a (call $array (i32.const 1)) (call $tell (i32.const 2)))))
  (func (export "array.fill")
    (array.fill $a (call $array (i32.const 1)) (call $tell (i32.const 2)) (call $tell (i32.const 3)) (call $tell (i32.const 4))))
  (func (export "divided") (drop (array.get $a (ref.null $a) (i32.div_u (i32.const 1) (global.get $told)))))
  (func (export "old value") (result i32) (i32.add (struct.get $s $n (global.get $s)) (call $change)))
  (func (export "set what was read") (result i32)
    (struct.set $s $n (global.get $s) (call $change)) (struct.get $s $n (global.get $s))))"""


@pytest.mark.parametrize(("name", "told"), [("struct.set", 12), ("array.set", 123), ("array.get", 12), ("array.fill", 1234)])
def test_operands_are_evaluated_in_their_order_before_null_traps(load: Load, name: str, told: int) -> None:
    exports = load(ORDER).exports

    assert trap_of(exports[name]).kind in (TrapKind.NULL_STRUCTURE_REFERENCE, TrapKind.NULL_ARRAY_REFERENCE)
    assert exports.told() == told


def test_an_index_that_traps_does_so_before_null_does(load: Load) -> None:
    assert trap_of(load(ORDER).exports.divided).kind is TrapKind.INTEGER_DIVIDE_BY_ZERO


def test_a_field_is_read_before_what_comes_after_it_changes_something(load: Load) -> None:
    assert load(ORDER).exports["old value"]() == 5
    assert load(ORDER).exports["set what was read"]() == 70


PACKED = f"""(module {TYPES}
  (func $new (param i32) (result (ref $s)) (struct.new $s (local.get 0) (local.get 0) (local.get 0) (ref.null $s)))
  (func (export "n") (param i32) (result i32) (struct.get $s $n (call $new (i32.sub (local.get 0) (i32.const 1)))))
  (func (export "b_s") (param i32) (result i32) (struct.get_s $s $b (call $new (local.get 0))))
  (func (export "b_u") (param i32) (result i32) (struct.get_u $s $b (call $new (local.get 0))))
  (func (export "h_s") (param i32) (result i32) (struct.get_s $s $h (call $new (local.get 0))))
  (func (export "h_u") (param i32) (result i32) (struct.get_u $s $h (call $new (local.get 0))))
  (func (export "set") (param i32) (result i32) (local $s (ref null $s)) (local.set $s (struct.new_default $s))
    (struct.set $s $b (local.get $s) (i32.sub (local.get 0) (i32.const 1))) (struct.get_u $s $b (local.get $s)))
  (func (export "element_s") (param i32) (result i32) (array.get_s $b (array.new $b (local.get 0) (i32.const 3)) (i32.const 2)))
  (func (export "element_u") (param i32) (result i32)
    (array.get_u $b (array.new_fixed $b 2 (i32.const 0) (local.get 0)) (i32.const 1)))
  (func (export "filled") (param i32) (result i32) (local $b (ref null $b)) (local.set $b (array.new_default $b (i32.const 4)))
    (array.fill $b (local.get $b) (i32.const 1) (local.get 0) (i32.const 3))
    (array.set $b (local.get $b) (i32.const 1) (i32.add (local.get 0) (i32.const 1)))
    (i32.sub (array.get_u $b (local.get $b) (i32.const 1)) (array.get_u $b (local.get $b) (i32.const 2)))))"""


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("n", 0, -1),
        ("b_s", 0x1FF, -1),
        ("b_u", 0x1FF, 255),
        ("b_s", 0x80, -128),
        ("h_s", 0x18000, -32768),
        ("h_u", 0x1FFFF, 65535),
        ("set", 0, 255),
        ("element_s", 200, -56),
        ("element_u", -1, 255),
        ("filled", 255, -255),
        ("filled", 7, 1),
    ],
)
def test_packed_fields_and_elements_are_cut_and_widened(load: Load, name: str, given: int, expected: int) -> None:
    assert load(PACKED).exports[name](given) == expected


def test_small_integers_have_31_bits_and_are_equal_when_their_numbers_are(load: Load) -> None:
    exports = load("""(module
      (func (export "u") (param i32) (result i32) (i31.get_u (ref.i31 (local.get 0))))
      (func (export "s") (param i32) (result i32) (i31.get_s (ref.i31 (local.get 0))))
      (func (export "same") (param i32 i32) (result i32) (ref.eq (ref.i31 (local.get 0)) (ref.i31 (local.get 1))))
      (func (export "half") (param i32) (result i32) (i32.shr_u (i31.get_s (ref.i31 (local.get 0))) (i32.const 1))))""").exports

    assert (exports.u(-1), exports.s(-1)) == (0x7FFFFFFF, -1)
    assert (exports.u(0x40000000), exports.s(0x40000000)) == (0x40000000, -0x40000000)
    assert (exports.same(5, 5), exports.same(1 << 31, 0), exports.same(1, 2)) == (1, 1, 0)
    assert (exports.same(100_000, 100_000), exports.half(-2)) == (1, 0x7FFFFFFF)


CASTS = """(module
  (type $above (sub (struct (field i32)))) (type $below (sub final $above (struct (field i32) (field i32))))
  (type $a (array i32)) (type $f (func (result i32)))
  (func $make (param i32) (result anyref)
    (block $null (block $i31 (block $above (block $below (block $array
      (br_table $null $i31 $above $below $array (local.get 0)))
      (return (array.new_default $a (i32.const 2))))
      (return (struct.new $below (i32.const 3) (i32.const 4))))
      (return (struct.new $above (i32.const 5))))
      (return (ref.i31 (i32.const 6))))
    (ref.null none))"""


@pytest.mark.parametrize(("made", "bits"), [(0, 0b110100), (1, 0b011000), (2, 0b001001), (3, 0b001011), (4, 0b001100)])
def test_casts_ask_for_the_type_that_something_was_made_with(load: Load, made: int, bits: int) -> None:
    test = """(func (export "test") (param i32) (result i32) (local $x anyref)
      (local.set $x (call $make (local.get 0)))
      (ref.test (ref $above) (local.get $x))
      (i32.or (i32.shl (ref.test (ref $below) (local.get $x)) (i32.const 1)))
      (i32.or (i32.shl (ref.test (ref null $a) (local.get $x)) (i32.const 2)))
      (i32.or (i32.shl (ref.test (ref eq) (local.get $x)) (i32.const 3)))
      (i32.or (i32.shl (ref.test (ref null i31) (local.get $x)) (i32.const 4)))
      (i32.or (i32.shl (ref.test nullref (local.get $x)) (i32.const 5))))"""

    assert load(f"{CASTS} {test})").exports.test(made) == bits


def test_branches_on_casts_carry_the_reference(load: Load) -> None:
    text = f"""{CASTS}
      (func (export "first") (param i32) (result i32)
        (block $other (result anyref)
          (return (struct.get $above 0 (br_on_cast_fail $other anyref (ref $above) (call $make (local.get 0))))))
        (drop)
        (block $small (result (ref i31))
          (drop (br_on_cast $small anyref (ref i31) (call $make (local.get 0))))
          (return (i32.const -1)))
        (i31.get_s))
      (func (export "below") (param i32) (result i32)
        (i32.const 100)
        (block $found (param i32) (result i32 (ref $below))
          (br_on_cast $found anyref (ref $below) (call $make (local.get 0)))
          (drop) (return))
        (struct.get $below 1) (i32.add)))"""
    exports = load(text).exports

    assert [exports.first(made) for made in range(5)] == [-1, 6, 5, 3, -1]
    assert [exports.below(made) for made in range(5)] == [100, 100, 100, 104, 100]


def test_casts_in_loops_and_tables_of_branches_find_their_way(load: Load) -> None:
    """Counts the structs of a list, with branches out of nested loops: those of the tier `python` pass through Python loops."""
    text = """(module (type $l (struct (field (ref null $l)) (field anyref)))
      (func $list (param i32) (result (ref null $l)) (local $l (ref null $l))
        (loop $more
          (local.set $l (struct.new $l (local.get $l)
            (if (result anyref) (i32.rem_u (local.get 0) (i32.const 3)) (then (ref.i31 (local.get 0))) (else (local.get $l)))))
          (br_if $more (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get $l))
      (func (export "count") (param i32) (result i32) (local $l (ref null $l)) (local $n i32)
        (local.set $l (call $list (local.get 0)))
        (block $end
          (loop $next
            (block $struct (result (ref null struct))
              (block $small (result (ref i31))
                (drop (br_on_cast $struct anyref (ref null struct)
                  (br_on_cast $small anyref (ref i31) (struct.get $l 1 (br_on_null $end (local.get $l))))))
                (unreachable))
              (i31.get_u)
              (local.set $n (i32.add (local.get $n)))
              (local.set $l (struct.get $l 0 (local.get $l)))
              (br $next))
            (drop)
            (local.set $n (i32.add (local.get $n) (i32.const 1000)))
            (local.set $l (struct.get $l 0 (local.get $l)))
            (br $next)))
        (local.get $n)))"""

    assert load(text).exports.count(10) == 3000 + sum(n for n in range(1, 11) if n % 3)


def test_constant_expressions_make_structs_and_arrays(load: Load) -> None:
    text = f"""(module {TYPES}
      (global $one (ref $s) (struct.new $s (i32.const 7) (i32.const 511) (i32.const 0) (struct.new_default $s)))
      (global $many (ref $b) (array.new $b (i32.const 300) (i32.const 4)))
      (global $some (ref $w) (array.new_fixed $w 2 (global.get $one) (ref.null $s)))
      (global $zeros (ref $a) (array.new_default $a (i32.add (i32.const 2) (i32.const 3))))
      (global $small (ref i31) (ref.i31 (i32.const -1)))
      (global $outside externref (extern.convert_any (global.get $one)))
      (global $inside anyref (any.convert_extern (global.get $outside)))
      (table $t 3 anyref (struct.new_default $s))
      (elem $e (ref null $s) (global.get $one) (ref.null $s) (struct.new_default $s))
      (func (export "sum") (result i32)
        (i32.add (i32.add (struct.get $s $n (global.get $one)) (struct.get_u $s $b (global.get $one)))
          (i32.add (array.get_u $b (global.get $many) (i32.const 3))
            (i32.add (array.len (global.get $zeros)) (i31.get_s (global.get $small))))))
      (func (export "same") (result i32)
        (i32.and (ref.eq (global.get $one) (array.get $w (global.get $some) (i32.const 0)))
          (i32.and (ref.eq (ref.cast eqref (global.get $inside)) (global.get $one))
            (ref.eq (ref.cast eqref (table.get $t (i32.const 0))) (ref.cast eqref (table.get $t (i32.const 2)))))))
      (func (export "element") (result i32)
        (struct.get $s $n (array.get $w (array.new_elem $w $e (i32.const 0) (i32.const 3)) (i32.const 0)))))"""
    exports = load(text).exports

    assert exports.sum() == 7 + 255 + 44 + 5 - 1
    assert exports.same() == 1
    assert exports.element() == 7


def test_a_dropped_segment_is_empty_for_arrays_too(load: Load) -> None:
    exports = load(f"""(module {TYPES} (data $d "abcdefgh") (elem $e (ref null $s) (ref.null $s))
      (func (export "data") (param i32) (result i32) (array.len (array.new_data $a $d (i32.const 0) (local.get 0))))
      (func (export "elem") (param i32) (result i32) (array.len (array.new_elem $w $e (i32.const 0) (local.get 0))))
      (func (export "drop") (data.drop $d) (elem.drop $e)))""").exports

    assert (exports.data(2), exports.elem(1)) == (2, 1)
    assert trap_of(exports.data, 3).kind is TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS
    exports.drop()
    assert (exports.data(0), exports.elem(0)) == (0, 0)
    assert trap_of(exports.data, 1).kind is TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS
    assert trap_of(exports.elem, 1).kind is TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS


# Limits and budgets

SIZED = f"""(module {TYPES}
  (func (export "new") (param i32) (result i32) (array.len (array.new $a (i32.const 7) (local.get 0))))
  (func (export "default") (param i32) (result i32) (array.len (array.new_default $w (local.get 0))))
  (func (export "fill") (param i32) (local $a (ref null $a)) (local.set $a (array.new_default $a (i32.const 800)))
    (array.fill $a (local.get $a) (i32.const 0) (i32.const 1) (local.get 0)))
  (func (export "copy") (param i32) (local $a (ref null $a)) (local.set $a (array.new_default $a (i32.const 800)))
    (array.copy $a $a (local.get $a) (i32.const 0) (local.get $a) (i32.const 0) (local.get 0))))"""


@pytest.mark.parametrize("name", ["new", "default"])
def test_an_array_beyond_the_limit_exhausts_and_one_at_the_limit_is_made(load: Load, name: str) -> None:
    exports = load(SIZED, limits=wasm.Limits(array_elements=1000)).exports

    assert exports[name](1000) == 1000
    for size in (1001, 0xFFFFFFFF):
        with pytest.raises(Exhausted, match="out of memory: an array of"):
            exports[name](size)


def test_the_largest_array_there_is_is_refused_by_the_usual_limits(load: Load) -> None:
    """2**32 - 1 elements would take 32 GiB."""
    with pytest.raises(Exhausted, match="out of memory"):
        load(SIZED).exports.new(0xFFFFFFFF)


def test_an_array_beyond_the_limit_in_a_constant_expression_exhausts(load: Load) -> None:
    with pytest.raises(Exhausted, match="an array of 1001 elements is beyond the limit of 1000 elements"):
        load(
            "(module (type $a (array i8)) (global (ref $a) (array.new_default $a (i32.const 1001))))",
            limits=wasm.Limits(array_elements=1000),
        )


@pytest.mark.parametrize(("name", "units"), [("new", 100), ("default", 100), ("fill", 100), ("copy", 100)])
def test_work_on_many_elements_costs_fuel(load: Load, name: str, units: int) -> None:
    """Each eight elements cost as much as an instruction."""
    costs = []
    for size in (0, 800):
        instance = load(SIZED, fuel=10_000)
        instance.exports[name](size)
        costs.append(10_000 - (instance.store.fuel or 0))

    assert costs[1] - costs[0] == units


def test_a_guest_without_fuel_for_a_large_array_is_stopped_before_it_is_made(load: Load) -> None:
    with pytest.raises(Exhausted, match="out of fuel"):
        load(SIZED, fuel=1000).exports.new(10_000_000)


# Types


def test_a_struct_with_as_many_fields_as_the_limits_allow_can_be_made(load: Load) -> None:
    count = 10_000
    fields = "(field (mut i32))" * count
    values = "".join(f"(i32.const {n})" for n in range(count))
    text = f"""(module (type $s (struct {fields}))
      (func (export "last") (result i32) (struct.get $s {count - 1} (struct.new $s {values}))))"""

    assert load(text).exports.last() == count - 1


def test_subtypes_as_deep_as_the_limits_allow_are_cast_right(load: Load) -> None:
    depth = 63
    types = "(type $t0 (sub (struct (field i32))))" + "".join(
        f"(type $t{n} (sub $t{n - 1} (struct (field i32))))" for n in range(1, depth + 1)
    )
    text = f"""(module {types}
      (func (export "up") (result i32) (ref.test (ref $t0) (struct.new $t{depth} (i32.const 1))))
      (func (export "down") (result i32) (local $x (ref null $t0)) (local.set $x (struct.new $t{depth - 1} (i32.const 1)))
        (ref.test (ref $t{depth}) (local.get $x))))"""
    exports = load(text).exports

    assert (exports.up(), exports.down()) == (1, 0)


def test_the_same_type_of_two_modules_is_the_same(tier: str) -> None:
    """Whichever module made a struct, the other one finds it to be of its own type; a type of another shape it is not."""
    store = wasm.Store(tier=tier)
    one = store.instantiate(
        wasm.Module.parse("""(module (type $pad (func (param f64))) (type $s (struct (field i32)))
          (func (export "make") (param i32) (result anyref) (struct.new $s (local.get 0))))""")
    )
    other = store.instantiate(
        wasm.Module.parse("""(module (type $s (struct (field i32))) (type $o (struct (field i64)))
          (import "one" "make" (func $make (param i32) (result anyref)))
          (func (export "get") (result i32) (struct.get $s 0 (ref.cast (ref $s) (call $make (i32.const 5)))))
          (func (export "other") (result i32) (ref.test (ref $o) (call $make (i32.const 5)))))"""),
        {"one": one},
    )

    assert (other.exports.get(), other.exports.other()) == (5, 0)


def test_circles_of_structs_are_collected(load: Load) -> None:
    exports = load(f"""(module {TYPES} (func (export "circle") (result anyref) (local $s (ref null $s))
      (local.set $s (struct.new_default $s)) (struct.set $s $next (local.get $s) (local.get $s)) (local.get $s)))""").exports
    gc.collect()
    made = type(exports.circle().inst)

    gc.collect()

    assert not [item for item in gc.get_objects() if type(item) is made]


# Features


@pytest.mark.parametrize(
    ("feature", "text"),
    [
        (Feature.FUNCTION_REFERENCES, "(module (type $f (func)) (func (call_ref $f (ref.null $f))))"),
        (Feature.FUNCTION_REFERENCES, "(module (func (drop (ref.as_non_null (ref.null func)))))"),
        (Feature.GC, "(module (type $s (struct)))"),
        (Feature.GC, "(module (func (drop (ref.i31 (i32.const 1)))))"),
        (Feature.GC, "(module (func (param externref) (drop (any.convert_extern (local.get 0)))))"),
        (Feature.CUSTOM_DESCRIPTORS, "(module (rec (type $a (descriptor $b) (struct)) (type $b (describes $a) (struct))))"),
    ],
)
def test_what_needs_a_feature_is_refused_without_it_and_runs_with_it(tier: str, feature: Feature, text: str) -> None:
    wasm.Store(tier=tier).instantiate(wasm.Module.parse(text))

    with pytest.raises(wasm.Invalid, match=f"needs the feature {feature.value}, which is switched off"):
        wasm.Module.parse(text, features=wasm.RUNNABLE - {feature})


# Descriptors

DESCRIPTORS = """(module
  (rec (type $a (descriptor $d) (struct (field i32))) (type $d (describes $a) (struct (field i32))))
  (global $one (ref (exact $d)) (struct.new $d (i32.const 1)))
  (global $two (ref (exact $d)) (struct.new $d (i32.const 2)))
  (global $made (ref $a) (struct.new_desc $a (i32.const 9) (global.get $two)))
  (func (export "described by") (param i32) (result i32) (local $d (ref null (exact $d)))
    (if (local.get 0) (then (local.set $d (global.get $one))))
    (struct.get $d 0 (ref.get_desc $a (struct.new_desc $a (i32.const 5) (local.get $d)))))
  (func (export "cast") (param i32) (result i32)
    (struct.get $a 0 (ref.cast_desc_eq (ref $a) (global.get $made)
      (if (result (ref null $d)) (local.get 0) (then (global.get $two)) (else (global.get $one))))))
  (func (export "null") (param (ref null $a)) (result i32) (struct.get $d 0 (ref.get_desc $a (local.get 0)))))"""


def test_a_struct_knows_what_describes_it(load: Load) -> None:
    exports = load(DESCRIPTORS).exports

    assert exports["described by"](1) == 1
    assert exports.cast(1) == 9
    assert trap_of(exports["described by"], 0).kind is TrapKind.NULL_DESCRIPTOR_REFERENCE
    assert trap_of(exports.cast, 0).kind is TrapKind.DESCRIPTOR_CAST_FAILURE
    assert trap_of(exports.null, None).kind is TrapKind.NULL_REFERENCE
