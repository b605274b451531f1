"""Operations on f32 and f64 that are more than an expression, and the conversions between floats, ints and bits.

Lives here: rounding to f32, min, max, nearest and their kin, bits of floats, truncation to integers.
Not here: whatever a row of isa/numeric.py can say in one line, and lanes of vectors.

An f64 is a Python float. An f32 is a Python float that an f32 can hold; its NaNs are f64 NaNs of the same sign with the payload
shifted left by 29 bits, which is what the processor makes of them, except that a signalling one stays signalling. So most
operations on f32 are those on f64, and the sum, product or quotient of two f32 rounded twice (to f64, then to f32) is the one
rounded once, because 53 bits are more than twice 24 and two.

NaN results are quiet: of the operand's payload where there is one, else `nan`, which is canonical.

spec: exec/numerics, floating-point operations and conversions
"""

from __future__ import annotations

from ctypes import c_float
from math import ceil, copysign, floor, inf, nan, sqrt, trunc
from struct import Struct

from pywasm_vm.errors import Trap, TrapKind

__all__ = [
    "f32_ceil",
    "f32_convert_i64_s",
    "f32_convert_i64_u",
    "f32_copysign",
    "f32_div",
    "f32_floor",
    "f32_max",
    "f32_min",
    "f32_nearest",
    "f32_reinterpret_i32",
    "f32_round",
    "f32_sqrt",
    "f32_trunc",
    "f64_ceil",
    "f64_copysign",
    "f64_div",
    "f64_floor",
    "f64_max",
    "f64_min",
    "f64_nearest",
    "f64_reinterpret_i64",
    "f64_sqrt",
    "f64_trunc",
    "i32_reinterpret_f32",
    "i32_trunc_f32_s",
    "i32_trunc_f32_u",
    "i32_trunc_f64_s",
    "i32_trunc_f64_u",
    "i32_trunc_sat_f32_s",
    "i32_trunc_sat_f32_u",
    "i32_trunc_sat_f64_s",
    "i32_trunc_sat_f64_u",
    "i64_reinterpret_f64",
    "i64_trunc_f32_s",
    "i64_trunc_f32_u",
    "i64_trunc_f64_s",
    "i64_trunc_f64_u",
    "i64_trunc_sat_f32_s",
    "i64_trunc_sat_f32_u",
    "i64_trunc_sat_f64_s",
    "i64_trunc_sat_f64_u",
]

_S32, _M32 = 0x8000_0000, 0xFFFF_FFFF
_S64, _M64 = 0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFFF

_pack_f32, _unpack_f32 = Struct("<f").pack, Struct("<f").unpack
_pack_f64, _unpack_f64 = Struct("<d").pack, Struct("<d").unpack
_pack_u32, _unpack_u32 = Struct("<I").pack, Struct("<I").unpack
_pack_u64, _unpack_u64 = Struct("<Q").pack, Struct("<Q").unpack


# Rounding and arithmetic


def f32_round(x: float) -> float:
    """The f32 nearest to *x*, ties to even; infinite beyond the range. A NaN becomes quiet and keeps the payload's upper bits.

    In the range of normal numbers this is Veltkamp's splitting, faster than a call into C. That it takes ties to even in this
    format has been tried on every tie. Everything else goes through C.

    spec: exec/numerics, aux-ieee
    """
    if 1.1754943508222875e-38 <= x <= 3.4028234663852886e38 or -3.4028234663852886e38 <= x <= -1.1754943508222875e-38:
        scaled = x * 536870913.0
        return scaled - (scaled - x)
    return c_float(x).value if x else x


def f64_div(x: float, y: float) -> float:
    """The quotient; a division by zero gives an infinity, 0/0 a NaN."""
    try:
        return x / y
    except ZeroDivisionError:
        if x != x:
            return x * 1.0
        return copysign(inf, x) * copysign(1.0, y) if x else nan


def f32_div(x: float, y: float) -> float:
    """The quotient, rounded to f32."""
    return f32_round(f64_div(x, y))


def f64_sqrt(x: float) -> float:
    """The square root; NaN for negative numbers, but -0.0 for -0.0."""
    try:
        return sqrt(x)
    except ValueError:
        return nan


def f32_sqrt(x: float) -> float:
    """The square root, rounded to f32."""
    return f32_round(f64_sqrt(x))


# Operations whose result is an operand, or a whole number: the same for both widths


def f64_min(x: float, y: float) -> float:
    """The smaller one; -0.0 is smaller than 0.0, and any NaN makes the result NaN."""
    if x < y:
        return x
    if y < x:
        return y
    if x == y:
        return x if copysign(1.0, x) < 0.0 else y
    return x + y


def f64_max(x: float, y: float) -> float:
    """The larger one; 0.0 is larger than -0.0, and any NaN makes the result NaN."""
    if x > y:
        return x
    if y > x:
        return y
    if x == y:
        return y if copysign(1.0, x) < 0.0 else x
    return x + y


def f64_ceil(x: float) -> float:
    """The least whole number not below *x*; zeros keep the sign of *x*."""
    if -4503599627370496.0 < x < 4503599627370496.0:
        return copysign(ceil(x), x)
    return x * 1.0


def f64_floor(x: float) -> float:
    """The greatest whole number not above *x*; zeros keep the sign of *x*."""
    if -4503599627370496.0 < x < 4503599627370496.0:
        return copysign(floor(x), x)
    return x * 1.0


def f64_trunc(x: float) -> float:
    """*x* cut toward zero; zeros keep the sign of *x*."""
    if -4503599627370496.0 < x < 4503599627370496.0:
        return copysign(trunc(x), x)
    return x * 1.0


def f64_nearest(x: float) -> float:
    """The whole number nearest to *x*, ties to even; zeros keep the sign of *x*."""
    if -4503599627370496.0 < x < 4503599627370496.0:
        return copysign(round(x), x)
    return x * 1.0


f64_copysign = copysign

f32_min = f64_min
f32_max = f64_max
f32_ceil = f64_ceil
f32_floor = f64_floor
f32_trunc = f64_trunc
f32_nearest = f64_nearest
f32_copysign = copysign


# Bits


def i64_reinterpret_f64(x: float) -> int:
    """The 64 bits of *x*."""
    bits: int = _unpack_u64(_pack_f64(x))[0]
    return bits


def f64_reinterpret_i64(bits: int) -> float:
    """The f64 of these 64 bits."""
    value: float = _unpack_f64(_pack_u64(bits))[0]
    return value


def i32_reinterpret_f32(x: float) -> int:
    """The 32 bits of *x*, an f32. A signalling NaN stays one: C would make it quiet on the way."""
    bits: int
    if x == x:
        bits = _unpack_u32(_pack_f32(x))[0]
        return bits
    bits = _unpack_u64(_pack_f64(x))[0]
    return bits >> 32 & _S32 | 0x7F80_0000 | bits >> 29 & 0x7F_FFFF


def f32_reinterpret_i32(bits: int) -> float:
    """The f32 of these 32 bits. A signalling NaN stays one: C would make it quiet on the way."""
    value: float
    if bits & 0x7FFF_FFFF <= 0x7F80_0000:
        value = _unpack_f32(_pack_u32(bits))[0]
        return value
    value = _unpack_f64(_pack_u64((bits & _S32) << 32 | 0x7FF0_0000_0000_0000 | (bits & 0x7F_FFFF) << 29))[0]
    return value


# Integers to f32, where f64 in between would round twice


def f32_convert_i64_u(x: int) -> float:
    """The f32 nearest to *x*, ties to even."""
    excess = x.bit_length() - 53
    if excess > 0:
        # Too long for an f64: fold the bits below into the lowest one kept, so that the one rounding still sees them.
        x = (x >> excess | (x & (1 << excess) - 1 != 0)) << excess
    return f32_round(x * 1.0)


def f32_convert_i64_s(x: int) -> float:
    """The f32 nearest to the signed number *x*, ties to even."""
    return -f32_convert_i64_u(-x & _M64) if x & _S64 else f32_convert_i64_u(x)


# Floats to integers, or a trap. The bounds are floats themselves, so the comparison is exact.


def _no_integer(x: float) -> Trap:
    return Trap(TrapKind.INTEGER_OVERFLOW if x == x else TrapKind.INVALID_CONVERSION_TO_INTEGER)


def i32_trunc_f64_s(x: float) -> int:
    """*x* cut toward zero.

    raises: Trap when *x* is NaN, infinite, or the result no signed 32-bit integer.
    spec: exec/numerics, trunc_s
    """
    if -2147483649.0 < x < 2147483648.0:
        return int(x) & _M32
    raise _no_integer(x)


def i32_trunc_f64_u(x: float) -> int:
    """*x* cut toward zero.

    raises: Trap when *x* is NaN, infinite, or the result no unsigned 32-bit integer.
    spec: exec/numerics, trunc_u
    """
    if -1.0 < x < 4294967296.0:
        return int(x)
    raise _no_integer(x)


def i64_trunc_f64_s(x: float) -> int:
    """*x* cut toward zero.

    raises: Trap when *x* is NaN, infinite, or the result no signed 64-bit integer.
    spec: exec/numerics, trunc_s
    """
    if -9223372036854775808.0 <= x < 9223372036854775808.0:
        return int(x) & _M64
    raise _no_integer(x)


def i64_trunc_f64_u(x: float) -> int:
    """*x* cut toward zero.

    raises: Trap when *x* is NaN, infinite, or the result no unsigned 64-bit integer.
    spec: exec/numerics, trunc_u
    """
    if -1.0 < x < 18446744073709551616.0:
        return int(x)
    raise _no_integer(x)


# Floats to integers, clamped


def i32_trunc_sat_f64_s(x: float) -> int:
    """*x* cut toward zero and clamped to the signed 32-bit integers. NaN gives 0.

    spec: exec/numerics, trunc_sat_s
    """
    if -2147483649.0 < x < 2147483648.0:
        return int(x) & _M32
    if x != x:
        return 0
    return _S32 if x < 0.0 else _S32 - 1


def i32_trunc_sat_f64_u(x: float) -> int:
    """*x* cut toward zero and clamped to the unsigned 32-bit integers. NaN gives 0.

    spec: exec/numerics, trunc_sat_u
    """
    if -1.0 < x < 4294967296.0:
        return int(x)
    return _M32 if x > 0.0 else 0


def i64_trunc_sat_f64_s(x: float) -> int:
    """*x* cut toward zero and clamped to the signed 64-bit integers. NaN gives 0.

    spec: exec/numerics, trunc_sat_s
    """
    if -9223372036854775808.0 <= x < 9223372036854775808.0:
        return int(x) & _M64
    if x != x:
        return 0
    return _S64 if x < 0.0 else _S64 - 1


def i64_trunc_sat_f64_u(x: float) -> int:
    """*x* cut toward zero and clamped to the unsigned 64-bit integers. NaN gives 0.

    spec: exec/numerics, trunc_sat_u
    """
    if -1.0 < x < 18446744073709551616.0:
        return int(x)
    return _M64 if x > 0.0 else 0


i32_trunc_f32_s = i32_trunc_f64_s
i32_trunc_f32_u = i32_trunc_f64_u
i64_trunc_f32_s = i64_trunc_f64_s
i64_trunc_f32_u = i64_trunc_f64_u
i32_trunc_sat_f32_s = i32_trunc_sat_f64_s
i32_trunc_sat_f32_u = i32_trunc_sat_f64_u
i64_trunc_sat_f32_s = i64_trunc_sat_f64_s
i64_trunc_sat_f32_u = i64_trunc_sat_f64_u
