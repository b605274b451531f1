"""Operands: precedence, exactness, conditions."""

from __future__ import annotations

import pytest

from pywasm_vm.execution.python.operands import (
    ADD,
    ATOM,
    COMPARE,
    LOWEST,
    MUL,
    NAME,
    NOT,
    SHIFT,
    Operand,
    condition,
    constant,
    exact,
    wrap,
)

M32 = 0xFFFFFFFF


def test_wrap_adds_parentheses_only_where_python_needs_them() -> None:
    total: Operand = ("a + b", ADD, 0, 10, 0, None)

    assert wrap(total, ADD) == "a + b"
    assert wrap(total, SHIFT) == "a + b"
    assert wrap(total, MUL) == "(a + b)"


def test_an_operand_within_its_bounds_needs_no_mask() -> None:
    small: Operand = ("a + b", ADD, 0, 510, 8, None)

    assert exact(small, M32) is small


@pytest.mark.parametrize(
    ("operand", "text"),
    [
        (("a + b", ADD, 0, 1 << 33, 8, None), "a + b & 4294967295"),
        (("a if b else c", LOWEST, -1, 5, 8, None), "(a if b else c) & 4294967295"),
        (("-1", ADD, -1, -1, 0, None), "4294967295"),
    ],
)
def test_a_loose_operand_is_masked(operand: Operand, text: str) -> None:
    made = exact(operand, M32)

    assert made[0] == text
    assert made[2] >= 0
    assert made[3] <= M32


@pytest.mark.parametrize("mask", [0xFF, 0xFFFF, M32])
@pytest.mark.parametrize("value", [-65536, -256, -255, -8, -1, 1, 8, 255, 256, 65535, 1 << 31])
@pytest.mark.parametrize("top", [0xFF, M32])
def test_the_quick_form_equals_the_mask(mask: int, value: int, top: int) -> None:
    operand: Operand = ("x + v", ADD, value, top + value, 8, ("x", "+", value, top))
    text = exact(operand, mask)[0]

    for x in sorted({0, 1, 7, 8, 254, 255, *(n for n in (256, 65535, M32 - 8, M32 - 1, M32) if n <= top)}):
        assert eval(text, {"x": x, "v": value}) == x + value & mask, (text, x)


@pytest.mark.parametrize("count", [0, 1, 7, 31])
def test_the_quick_shift_equals_the_mask(count: int) -> None:
    text = exact(("x << n", SHIFT, 0, M32 << count, 8, ("x", "<<", count, M32)), M32)[0]

    for x in (0, 1, M32 >> count, min((M32 >> count) + 1, M32), M32):
        assert eval(text, {"x": x, "n": count}) == x << count & M32


def test_a_condition_knows_its_opposite() -> None:
    assert condition(("a < b", COMPARE, 0, 1, 8, "a >= b"), M32) == ("a < b", "a >= b")


def test_a_number_is_a_condition_as_it_stands_when_no_other_number_means_zero() -> None:
    assert condition(("a - b", ADD, -M32, M32, 8, None), M32) == ("a - b", "not a - b")
    assert condition(("a + b", ADD, 0, 2 * M32, 8, None), M32) == ("a + b & 4294967295", "not a + b & 4294967295")


def test_a_comparison_with_zero_is_as_true_as_the_number() -> None:
    assert condition(("not a", NOT, 0, 1, 8, "a != 0"), M32) == ("not a", "a")


@pytest.mark.parametrize(("value", "level"), [(5, NAME), (0, NAME), (-5, ATOM - 1)])
def test_a_constant_binds_as_tightly_as_its_sign_allows(value: int, level: int) -> None:
    assert constant(value)[:2] == (str(value), level)
