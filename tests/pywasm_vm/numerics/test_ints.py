"""Integer operations against Python's own arithmetic on signed numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.numerics import ints

EDGES = {
    width: [
        value % 2**width
        for value in (0, 1, 2, 7, -1, -2, -7, 2 ** (width - 1), 2 ** (width - 1) - 1, 2 ** (width - 1) + 1, 2 ** (width // 2))
    ]
    for width in (32, 64)
}


def numbers(width: int) -> st.SearchStrategy[int]:
    return st.one_of(st.sampled_from(EDGES[width]), st.integers(0, 2**width - 1))


def signed(value: int, width: int) -> int:
    return value - 2**width if value >> width - 1 else value


@pytest.mark.parametrize("width", [32, 64])
@given(st.data())
def test_signed_division_cuts_toward_zero(width, data):
    x, y = data.draw(numbers(width)), data.draw(numbers(width))
    divide, remainder = getattr(ints, f"i{width}_div_s"), getattr(ints, f"i{width}_rem_s")
    p, q = signed(x, width), signed(y, width)
    if q == 0 or (p, q) == (-(2 ** (width - 1)), -1):
        return

    quotient = abs(p) // abs(q) * (1 if (p < 0) == (q < 0) else -1)

    assert divide(x, y) == quotient % 2**width
    assert remainder(x, y) == (p - q * quotient) % 2**width


@pytest.mark.parametrize("width", [32, 64])
def test_division_traps(width):
    least = 2 ** (width - 1)
    for name in ("div_s", "rem_s"):
        for x in EDGES[width]:
            with pytest.raises(Trap) as caught:
                getattr(ints, f"i{width}_{name}")(x, 0)
            assert caught.value.kind is TrapKind.INTEGER_DIVIDE_BY_ZERO
    with pytest.raises(Trap) as caught:
        getattr(ints, f"i{width}_div_s")(least, 2**width - 1)
    assert caught.value.kind is TrapKind.INTEGER_OVERFLOW


@pytest.mark.parametrize("width", [32, 64])
def test_remainder_of_the_least_number_by_minus_one_is_zero(width):
    """The division overflows; the remainder does not."""
    assert getattr(ints, f"i{width}_rem_s")(2 ** (width - 1), 2**width - 1) == 0


@pytest.mark.parametrize("width", [32, 64])
def test_trailing_zeros(width):
    count = getattr(ints, f"i{width}_ctz")

    assert count(0) == width
    for place in range(width):
        assert count(1 << place) == place
        assert count(2**width - (1 << place)) == place


@given(*[numbers(64)] * 4)
def test_arithmetic_on_128_bits(x_low, x_high, y_low, y_high):
    x, y = x_high << 64 | x_low, y_high << 64 | y_low

    def whole(halves: tuple[int, int]) -> int:
        low, high = halves
        assert min(low, high) >= 0
        assert max(low, high) < 2**64
        return high << 64 | low

    assert whole(ints.i64_add128(x_low, x_high, y_low, y_high)) == (x + y) % 2**128
    assert whole(ints.i64_sub128(x_low, x_high, y_low, y_high)) == (x - y) % 2**128
    assert whole(ints.i64_mul_wide_u(x_low, y_low)) == x_low * y_low
    assert whole(ints.i64_mul_wide_s(x_low, y_low)) == math.prod((signed(x_low, 64), signed(y_low, 64))) % 2**128
