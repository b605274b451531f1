"""Integer operations that are more than an expression.

Lives here: division and remainder of signed numbers, counting trailing zeros, arithmetic on 128 bits.
Not here: conversions from floats (floats.py), and whatever a row of isa/numeric.py can say in one line.

An integer of n bits is a Python int from 0 to 2**n - 1, as an operand and as a result; the signed functions read it as two's
complement. Most operands of real programs are small and not negative, so that case comes first in each function.

spec: exec/numerics, integer operations
"""

from __future__ import annotations

from pywasm_vm.errors import Trap, TrapKind

__all__ = [
    "i32_ctz",
    "i32_div_s",
    "i32_rem_s",
    "i64_add128",
    "i64_ctz",
    "i64_div_s",
    "i64_mul_wide_s",
    "i64_mul_wide_u",
    "i64_rem_s",
    "i64_sub128",
]

_S32, _M32 = 0x8000_0000, 0xFFFF_FFFF
_S64, _M64 = 0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFFF
_M128 = (1 << 128) - 1


def i32_ctz(x: int) -> int:
    """How many zero bits stand below the lowest one; 32 for zero."""
    return (x & -x).bit_length() - 1 if x else 32


def i64_ctz(x: int) -> int:
    """How many zero bits stand below the lowest one; 64 for zero."""
    return (x & -x).bit_length() - 1 if x else 64


def i32_div_s(x: int, y: int) -> int:
    """The quotient, cut toward zero.

    raises: Trap when *y* is zero, and when the quotient is 2**31.
    spec: exec/numerics, idiv_s
    """
    if x < _S32 and 0 < y < _S32:
        return x // y
    return _div_s(x, y, _S32) & _M32


def i64_div_s(x: int, y: int) -> int:
    """The quotient, cut toward zero.

    raises: Trap when *y* is zero, and when the quotient is 2**63.
    spec: exec/numerics, idiv_s
    """
    if x < _S64 and 0 < y < _S64:
        return x // y
    return _div_s(x, y, _S64) & _M64


def i32_rem_s(x: int, y: int) -> int:
    """The remainder, with the sign of *x*.

    raises: Trap when *y* is zero.
    spec: exec/numerics, irem_s
    """
    if x < _S32 and 0 < y < _S32:
        return x % y
    return _rem_s(x, y, _S32) & _M32


def i64_rem_s(x: int, y: int) -> int:
    """The remainder, with the sign of *x*.

    raises: Trap when *y* is zero.
    spec: exec/numerics, irem_s
    """
    if x < _S64 and 0 < y < _S64:
        return x % y
    return _rem_s(x, y, _S64) & _M64


def _div_s(x: int, y: int, sign: int) -> int:
    """The quotient as a signed number; *sign* is the sign bit of the operands' width."""
    if y == 0:
        raise Trap(TrapKind.INTEGER_DIVIDE_BY_ZERO)
    x = (x ^ sign) - sign
    y = (y ^ sign) - sign
    quotient = abs(x) // abs(y)
    if (x < 0) is not (y < 0):
        return -quotient
    if quotient == sign:
        raise Trap(TrapKind.INTEGER_OVERFLOW)
    return quotient


def _rem_s(x: int, y: int, sign: int) -> int:
    """The remainder as a signed number; *sign* is the sign bit of the operands' width."""
    if y == 0:
        raise Trap(TrapKind.INTEGER_DIVIDE_BY_ZERO)
    x = (x ^ sign) - sign
    y = (y ^ sign) - sign
    remainder = abs(x) % abs(y)
    return -remainder if x < 0 else remainder


def i64_add128(x_low: int, x_high: int, y_low: int, y_high: int) -> tuple[int, int]:
    """The low and the high half of the sum of two 128-bit numbers, given as halves."""
    total = (x_high << 64 | x_low) + (y_high << 64 | y_low) & _M128
    return total & _M64, total >> 64


def i64_sub128(x_low: int, x_high: int, y_low: int, y_high: int) -> tuple[int, int]:
    """The low and the high half of the difference of two 128-bit numbers, given as halves."""
    difference = (x_high << 64 | x_low) - (y_high << 64 | y_low) & _M128
    return difference & _M64, difference >> 64


def i64_mul_wide_s(x: int, y: int) -> tuple[int, int]:
    """The low and the high half of the signed product."""
    product = ((x ^ _S64) - _S64) * ((y ^ _S64) - _S64) & _M128
    return product & _M64, product >> 64


def i64_mul_wide_u(x: int, y: int) -> tuple[int, int]:
    """The low and the high half of the unsigned product."""
    product = x * y
    return product & _M64, product >> 64
