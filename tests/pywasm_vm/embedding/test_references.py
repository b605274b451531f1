"""What programs see of references, and what they may give for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm

TEXT = """(module
  (type $s (struct (field i32) (field (mut i8)) (field (mut f32)) (field (mut (ref null $s))) (field (mut funcref)) (field v128)
    (field (mut i64))))
  (type $a (array (mut i16))) (type $fixed (array i32)) (type $o (struct (field i64)))
  (elem declare func $seven)
  (func $seven (export "seven") (result i32) (i32.const 7))
  (func (export "struct") (result (ref $s))
    (struct.new $s (i32.const -1) (i32.const -1) (f32.const 0.5) (ref.null $s) (ref.func $seven) (v128.const i8x16
      1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16) (i64.const -2)))
  (func (export "other") (result (ref $o)) (struct.new $o (i64.const 1)))
  (func (export "array") (param i32) (result (ref $a)) (array.new $a (i32.const -1) (local.get 0)))
  (func (export "fixed") (result (ref $fixed)) (array.new_fixed $fixed 2 (i32.const -5) (i32.const 6)))
  (func (export "small") (param i32) (result i31ref) (ref.i31 (local.get 0)))
  (func (export "same any") (param anyref) (result anyref) (local.get 0))
  (func (export "same extern") (param externref) (result externref) (local.get 0))
  (func (export "out") (param anyref) (result externref) (extern.convert_any (local.get 0)))
  (func (export "in") (param externref) (result anyref) (any.convert_extern (local.get 0)))
  (func (export "is null") (param externref) (result i32) (ref.is_null (any.convert_extern (local.get 0))))
  (func (export "is struct") (param externref) (result i32) (ref.test structref (any.convert_extern (local.get 0))))
  (func (export "is i31") (param externref) (result i32) (ref.test i31ref (any.convert_extern (local.get 0))))
  (func (export "take $s") (param (ref $s)) (result i32) (struct.get $s 0 (local.get 0)))
  (func (export "take null $s") (param (ref null $s)))
  (func (export "take $a") (param (ref null $a)))
  (func (export "take struct") (param structref))
  (func (export "take array") (param arrayref))
  (func (export "take eq") (param eqref))
  (func (export "take i31") (param i31ref) (result i32) (i31.get_s (local.get 0)))
  (func (export "take none") (param nullref))
  (func (export "take noextern") (param nullexternref))
  (func (export "take nofunc") (param nullfuncref)))"""


@pytest.fixture
def exports(tier: str) -> wasm.Exports:
    return wasm.Store(tier=tier).instantiate(wasm.Module.parse(TEXT)).exports


def test_a_struct_shows_its_fields(exports: wasm.Exports) -> None:
    struct = exports.struct()

    assert isinstance(struct, wasm.StructRef)
    assert (struct[0], struct[1], struct[2], struct[3], struct[-1]) == (-1, 255, 0.5, None, -2)
    assert struct[4] is exports.seven
    assert struct[4]() == 7
    assert struct[5] == bytes(range(1, 17))
    assert len(struct) == len(list(struct)) == 7
    assert [field.mutable for field in struct.type.fields] == [False, True, True, True, True, False, True]
    assert repr(struct) == "<struct of 7: 4294967295, 255, 0.5, null …>"
    with pytest.raises(IndexError, match="index 7 is outside of a struct of 7 fields"):
        struct[7]


def test_a_mutable_field_can_be_changed_from_outside(exports: wasm.Exports) -> None:
    struct = exports.struct()

    struct[1], struct[2], struct[3], struct[6] = 0x1FF, 0.1, exports.struct(), -3

    assert (struct[1], struct[2], struct[6]) == (255, 0.10000000149011612, -3)
    assert struct[3][0] == -1
    with pytest.raises(TypeError, match="immutable"):
        struct[0] = 1
    with pytest.raises(TypeError, match="expected a struct of that type"):
        struct[3] = exports.other()
    with pytest.raises(ValueError, match="does not fit in i64"):
        struct[6] = 1 << 64


def test_an_array_is_a_sequence(exports: wasm.Exports) -> None:
    array = exports.array(5)

    assert isinstance(array, wasm.ArrayRef)
    assert len(array) == 5
    assert list(array) == [0xFFFF] * 5
    array[1], array[-1] = 7, 0x10008
    assert array[:] == [0xFFFF, 7, 0xFFFF, 0xFFFF, 8]
    assert array.type.field == wasm.FieldType(wasm.PackType.I16, True)
    assert repr(array) == "<array of 5: 65535, 7, 65535, 65535 …>"
    with pytest.raises(IndexError, match="index 5 is outside of an array of 5 elements"):
        array[5] = 1
    fixed = exports.fixed()
    assert list(fixed) == [-5, 6]
    with pytest.raises(TypeError, match="immutable"):
        fixed[0] = 1


def test_handles_of_the_same_thing_are_equal(exports: wasm.Exports) -> None:
    struct, array = exports.struct(), exports.array(1)

    assert exports["same any"](struct) == struct
    assert len({exports["same any"](array), array}) == 1
    assert struct != exports.struct()
    assert struct != array
    assert struct != "something else"


def test_a_small_integer_is_an_int(exports: wasm.Exports) -> None:
    small = exports.small(-3)

    assert small == -3
    assert isinstance(small, wasm.I31)
    assert exports["same any"](small) == small
    assert exports["take i31"](wasm.I31(9)) == 9


@pytest.mark.parametrize("value", ["text", 5, 0, False, "", [], object(), print, 1.5, b"", NotImplemented])
def test_any_object_of_the_host_passes_unchanged(exports: wasm.Exports, value: object) -> None:
    """Only None is null: what is false or empty is a reference. A plain int is no i31, it is the host's."""
    assert exports["same extern"](value) is value
    assert exports["out"](exports["in"](value)) is value
    assert exports["same any"](value) is value
    assert exports["is null"](value) == 0
    assert exports["is i31"](value) == 0


def test_none_is_null(exports: wasm.Exports) -> None:
    assert exports["same extern"](None) is None
    assert exports["is null"](None) == 1
    assert exports["same any"](None) is None


def test_an_aggregate_that_went_out_as_an_external_reference_comes_back_as_itself(exports: wasm.Exports) -> None:
    struct = exports.struct()

    outside = exports.out(struct)

    assert outside == struct
    assert exports["is struct"](outside) == 1
    assert exports["in"](outside) == struct
    assert exports["is i31"](wasm.I31(3)) == 1


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("take $s", ["struct"], [None, "other", "array", 5, "seven", "small"]),
        ("take null $s", ["struct", None], ["other", "fixed", 5]),
        ("take $a", ["array", None], ["fixed", "struct", []]),
        ("take struct", ["struct", "other", None], ["array", "small", 5]),
        ("take array", ["array", "fixed", None], ["struct", "small", [1]]),
        ("take eq", ["array", "struct", "small", None], [5, "seven", object()]),
        ("take i31", ["small"], [5, "struct"]),
        ("take none", [None], ["struct", 5]),
        ("take noextern", [None], [5]),
        ("take nofunc", [None], ["seven", 5]),
    ],
)
def test_a_reference_of_the_wrong_type_is_refused_with_the_name_of_the_parameter(
    exports: wasm.Exports, name: str, good: list[Any], bad: list[Any]
) -> None:
    make: dict[str, Callable[[], Any]] = {
        "struct": exports.struct,
        "other": exports.other,
        "array": lambda: exports.array(3),
        "fixed": exports.fixed,
        "small": lambda: exports.small(4),
        "seven": lambda: exports.seven,
    }

    for given in good:
        exports[name](make[given]() if isinstance(given, str) else given)
    for given in bad:
        with pytest.raises(TypeError, match=rf"{name.replace('$', '.')}, parameter 1 of 1: expected "):
            exports[name](make[given]() if isinstance(given, str) else given)


def test_host_functions_get_handles_and_may_give_them_back(tier: str) -> None:
    text = """(module (type $s (struct (field (mut i32)))) (type $a (array i8))
      (import "e" "change" (func $change (param (ref $s) anyref i31ref) (result (ref $s))))
      (func (export "run") (param i32) (result i32)
        (call $change (struct.new $s (local.get 0)) (array.new_default $a (i32.const 3)) (ref.i31 (i32.const 4)))
        (struct.get $s 0)))"""
    seen: list[Any] = []

    def change(struct: Any, array: Any, small: Any) -> Any:
        seen.append((struct[0], len(array), small))
        struct[0] += 100
        return struct if seen[-1][0] < 10 else array

    exports = wasm.Store(tier=tier).instantiate(wasm.Module.parse(text), {"e": {"change": change}}).exports

    assert exports.run(5) == 105
    assert seen == [(5, 3, 4)]
    with pytest.raises(TypeError, match=r"the host function e\.change returned <array of 3: 0, 0, 0>; expected \(ref 0\)"):
        exports.run(50)


def test_globals_and_tables_hold_handles(tier: str) -> None:
    store = wasm.Store(tier=tier)
    exports = store.instantiate(
        wasm.Module.parse("""(module (type $s (struct (field i32)))
      (global (export "g") (mut (ref null $s)) (struct.new $s (i32.const 5)))
      (table (export "t") 2 eqref)
      (func (export "get") (result i32) (struct.get $s 0 (ref.cast (ref $s) (table.get 0 (i32.const 1))))))""")
    ).exports

    exports.t[1] = exports.g.value
    exports.t[0] = wasm.I31(8)

    assert exports.g.value[0] == exports.t[1][0] == exports.get() == 5
    assert exports.t[0] == 8
    with pytest.raises(TypeError, match="expected a struct of that type"):
        exports.g.value = wasm.I31(1)
    with pytest.raises(TypeError, match="expected a struct, an array or an I31"):
        exports.t[0] = "text"


@pytest.mark.parametrize("word", ["anyref", "eqref", "i31ref", "structref", "arrayref"])
def test_reference_types_have_words_in_signatures(tier: str, word: str) -> None:
    store = wasm.Store(tier=tier)
    text = f"""(module (import "e" "f" (func $f (param {word}) (result {word}))) (export "f" (func $f))
      (import "e" "t" (table 1 {word})) (import "e" "g" (global {word})))"""
    offered = {
        "f": store.new_function(f"{word} -> {word}", lambda x: x),
        "t": store.new_table(word, 1),
        "g": store.new_global(word, None),
    }

    exports = store.instantiate(wasm.Module.parse(text), {"e": offered}).exports

    assert exports.f(None) is None


def test_a_walk_through_the_guest_shows_references() -> None:
    text = """(module (type $s (struct (field i32) (field anyref))) (global (mut anyref) (ref.i31 (i32.const 6)))
      (func (export "f") (param externref) (result i32) (local $s (ref null $s))
        (local.set $s (struct.new $s (i32.const 5) (ref.i31 (i32.const 7))))
        (struct.get $s 0 (local.get $s))))"""
    instance = wasm.Store(tier="stepping").instantiate(wasm.Module.parse(text))
    stepper = wasm.Stepper(instance)

    stepper.begin("f", "outside")
    for _ in range(6):
        stepper.step()

    assert repr(stepper.frames[0].stack) == "(<struct of 2: 5, I31(7)>,)"
    assert [repr(local.value) for local in stepper.frames[0].locals] == ["'outside'", "<struct of 2: 5, I31(7)>"]
    assert repr(stepper.globals[0].value) == "I31(6)"
