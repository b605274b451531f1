"""Integer and float expressions: short where bounds, constants or names allow it, and equal to the plain form everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., list[Any]]
Source = Callable[..., str]

EDGES = [0, 1, 2, 5, 127, 128, 255, 256, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFE, 0xFFFFFFFF]
SIGNS = {"lt": int.__lt__, "le": int.__le__, "gt": int.__gt__, "ge": int.__ge__}


def signed(value: int, bits: int = 32) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


@pytest.mark.parametrize("word", SIGNS)
@pytest.mark.parametrize("constant", [0, 1, 5, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFB, 0xFFFFFFFF])
@pytest.mark.parametrize("left", [True, False], ids=["constant_left", "constant_right"])
def test_signed_comparison_with_a_constant(run: Run, word: str, constant: int, left: bool) -> None:
    sides = f"(i32.const {constant}) (local.get 0)" if left else f"(local.get 0) (i32.const {constant})"
    text = f'(module (func (export "f") (param i32) (result i32) (i32.{word}_s {sides})))'

    for value, result in zip(EDGES, run(text, *[(value,) for value in EDGES]), strict=True):
        pair = (constant, value) if left else (value, constant)
        assert result == SIGNS[word](*map(signed, pair)), value


@pytest.mark.parametrize("word", SIGNS)
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("(local.get 0)", "(local.get 1)"),
        ("(i32.and (local.get 0) (i32.const 0xff))", "(local.get 1)"),
        ("(local.get 0)", "(i32.and (local.get 1) (i32.const 0xff))"),
        ("(i32.xor (local.get 0) (i32.const 1))", "(local.get 1)"),
        ("(i32.add (local.get 0) (i32.const 1))", "(i32.sub (local.get 1) (i32.const 3))"),
        ("(i32.extend8_s (local.get 0))", "(i32.shr_s (local.get 1) (i32.const 3))"),
    ],
)
def test_signed_comparison_of_unknown_numbers(run: Run, word: str, first: str, second: str) -> None:
    pairs = [(a, b) for a in EDGES for b in EDGES]
    direct = run(f'(module (func (export "f") (param i32 i32) (result i32) (i32.{word}_s {first} {second})))', *pairs)
    values = list(
        zip(
            run(f'(module (func (export "f") (param i32 i32) (result i32) {first}))', *pairs),
            run(f'(module (func (export "f") (param i32 i32) (result i32) {second}))', *pairs),
            strict=True,
        )
    )

    assert direct == [SIGNS[word](a, b) for a, b in values]


@pytest.mark.parametrize(
    "expression",
    [
        "(i32.rotl (local.get 0) (i32.const 7))",
        "(i32.rotr (i32.add (local.get 0) (i32.const 1)) (i32.const 33))",
        "(i32.rotl (local.get 0) (local.get 1))",
        "(i32.rotr (local.get 0) (local.get 1))",
        "(i32.shl (i32.sub (local.get 0) (local.get 1)) (i32.const 35))",
        "(i32.shr_s (i32.mul (local.get 0) (local.get 1)) (local.get 1))",
        "(i32.shr_u (i32.sub (i32.const 0) (local.get 0)) (local.get 1))",
        "(i32.div_s (local.get 0) (i32.const 7))",
        "(i32.rem_s (local.get 0) (i32.const 10))",
        "(i32.rem_s (i32.add (local.get 0) (local.get 1)) (i32.const 0x7fffffff))",
        "(i32.div_u (local.get 0) (i32.or (local.get 1) (i32.const 1)))",
        "(i32.eq (i32.sub (local.get 0) (local.get 1)) (i32.const -1))",
        "(i32.ne (i32.extend8_s (local.get 0)) (i32.const -128))",
        "(i32.eqz (i32.eqz (i32.add (local.get 0) (local.get 1))))",
        "(i32.clz (i32.shr_s (local.get 0) (i32.const 1)))",
        "(i32.or (i32.shr_s (local.get 0) (i32.const 4)) (local.get 1))",
        "(i32.xor (i32.const -1) (i32.and (i32.sub (local.get 0) (i32.const 1)) (local.get 1)))",
        "(i32.wrap_i64 (i64.shr_s (i64.extend_i32_s (local.get 0)) (i64.extend_i32_u (local.get 1))))",
        "(i32.wrap_i64 (i64.shr_u (i64.mul (i64.extend_i32_s (local.get 0)) (i64.extend_i32_s (local.get 1))) (i64.const 32)))",
        "(i32.trunc_sat_f64_s (f64.convert_i32_s (local.get 0)))",
    ],
)
def test_expressions_agree_with_wasmtime(run: Run, wat: Callable[[str], bytes], expression: str) -> None:
    wasmtime = pytest.importorskip("wasmtime")
    text = f'(module (func (export "f") (param i32 i32) (result i32) {expression}))'
    pairs = [(a, b) for a in EDGES for b in EDGES]
    store = wasmtime.Store()
    theirs = wasmtime.Instance(store, wasmtime.Module(store.engine, wat(text)), []).exports(store)["f"]

    assert run(text, *pairs) == [theirs(store, signed(a), signed(b)) for a, b in pairs]


def test_division_by_a_known_divisor_cannot_trap(source: Source) -> None:
    text = source("(module (func (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 3))))")

    assert " return l0 // 3" in text


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        ("(i32.ge_s (local.get 0) (i32.const 1))", "1 <= l0 < 2147483648"),
        ("(i32.lt_s (local.get 0) (i32.const 0))", "l0 >= 2147483648"),
        ("(i32.lt_u (i32.and (local.get 0) (i32.const 7)) (i32.const 3))", "l0 & 7 < 3"),
        ("(i32.lt_s (i32.and (local.get 0) (i32.const 7)) (i32.const 3))", "l0 & 7 < 3"),
        ("(i32.shl (i32.const 3) (i32.const 4))", "48"),
    ],
)
def test_known_bounds_make_plain_comparisons(source: Source, expression: str, written: str) -> None:
    assert f" return {written}\n" in source(f"(module (func (param i32) (result i32) {expression}))")


def test_float_constants_keep_their_bits(run: Run) -> None:
    text = """(module (func (export "f") (result i64 i64 i64 i32)
      (i64.reinterpret_f64 (f64.const -0)) (i64.reinterpret_f64 (f64.const -inf))
      (i64.reinterpret_f64 (f64.const -nan:0x4000000000001)) (i32.reinterpret_f32 (f32.const nan:0x200001))))"""

    assert run(text, ()) == [(-(1 << 63), -(1 << 52), signed(0xFFF4000000000001, 64), 0x7FA00001)]


def test_a_float_divided_by_zero_is_no_trap(run: Run) -> None:
    text = (
        '(module (func (export "f") (param f64 f64) (result f64) (f64.div (f64.add (local.get 0) (local.get 0)) (local.get 1))))'
    )
    inf = float("inf")

    assert run(text, (1.0, 0.0), (1.0, -0.0), (3.0, 2.0)) == [inf, -inf, 3.0]


@pytest.mark.parametrize("word", ["convert_i32_u", "convert_i32_s", "convert_i64_u", "convert_i64_s"])
@pytest.mark.parametrize("width", ["f32", "f64"])
def test_zero_converted_to_a_float_has_a_sign_that_can_be_turned(run: Run, word: str, width: str) -> None:
    """A Python int 0 has none."""
    integer = word[8:11]
    bits = {"f32": "i32.reinterpret_f32", "f64": "i64.reinterpret_f64"}[width]
    text = f"""(module (func (export "f") (param {integer}) (result i{width[1:]})
      ({bits} ({width}.neg ({width}.{word} (local.get 0))))))"""

    assert run(text, (0,)) == [-(1 << int(width[1:]) - 1)]


def test_rotations_of_one_local_share_its_double(source: Source, run: Run) -> None:
    text = """(module (func (export "f") (param i32) (result i32)
      (i32.xor (i32.xor (i32.rotr (local.get 0) (i32.const 6)) (i32.rotl (local.get 0) (i32.const 21)))
        (i32.rotr (local.get 0) (i32.const 0)))))"""

    assert source(text).count("r0 = l0 * 4294967297") == 1
    for value in (0, 1, 0x80000001, 0x12345678, 0xFFFFFFFF):
        rotated = [(value >> count | value << 32 - count) & 0xFFFFFFFF for count in (6, 11, 0)]
        assert run(text, (value,))[0] & 0xFFFFFFFF == rotated[0] ^ rotated[1] ^ rotated[2]


@pytest.mark.parametrize(
    "change",
    [
        "(local.set 0 (i32.const 2))",
        "(drop (local.tee 0 (i32.const 2)))",
        "(if (local.get 1) (then (local.set 0 (i32.const 2)) (local.set 2 (i32.rotl (local.get 0) (i32.const 1)))))",
        "(loop (local.set 0 (i32.const 2)) (br_if 0 (i32.eqz (local.tee 1 (i32.add (local.get 1) (i32.const 1))))))",
        "(block (br_if 0 (i32.eqz (local.get 1))) (local.set 0 (i32.const 2)))",
    ],
)
def test_a_local_that_has_changed_is_doubled_anew(run: Run, change: str) -> None:
    text = f"""(module (func (export "f") (param i32 i32) (result i32) (local i32)
      (local.set 2 (i32.rotl (local.get 0) (i32.const 4)))
      {change}
      (i32.rotl (local.get 0) (i32.const 8))))"""

    assert run(text, (1, 1)) == [0x200]
