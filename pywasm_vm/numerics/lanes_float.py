"""Lanes of floats.

Lives here: arithmetic, rounding, comparisons, minimum and maximum of f32x4 and f64x2, and conversions from and to integers.
Not here: sign bits (the rows of abs and neg say it all), and what a single float does (floats.py).

All take vectors as 16 bytes; comparisons give ints, which is how masks are used, the others bytes. `struct` reads an f32 as a
Python float, a signalling NaN as a quiet one, and rounds when it writes, to nearest, ties to even; only what is too large for an
f32 it refuses, and then `f32_round` has its turn.

spec: exec/numerics, floating-point operations and vector operations
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from struct import Struct
from typing import Any

from pywasm_vm.numerics import floats
from pywasm_vm.numerics.floats import f32_round, f64_div, f64_max, f64_min, f64_sqrt
from pywasm_vm.numerics.lanes import F32X4, F64X2, LaneFunction, Shape, lane_function

__all__ = ["FUNCTIONS"]

FUNCTIONS: dict[str, LaneFunction] = {}
"""The functions of this file by name; each is also a name of this file."""

_unpack_f32, _pack_f32 = Struct("<4f").unpack, Struct("<4f").pack
_unpack_f64, _pack_f64 = Struct("<2d").unpack, Struct("<2d").pack

_UNPACK: dict[Shape, Callable[[bytes], tuple[Any, ...]]] = {F32X4: _unpack_f32, F64X2: _unpack_f64}


def _rounded(*lanes: float) -> bytes:
    """The bytes of four lanes, rounded to f32, infinite where they are too large."""
    try:
        return _pack_f32(*lanes)
    except OverflowError:
        return _pack_f32(*map(f32_round, lanes))


_PACK: dict[Shape, Callable[..., bytes]] = {F32X4: _rounded, F64X2: _pack_f64}


# Arithmetic: written out where programs spend their time


def f32x4_add(x: bytes, y: bytes) -> bytes:
    """The sums."""
    a, b, c, d = _unpack_f32(x)
    e, f, g, h = _unpack_f32(y)
    try:
        return _pack_f32(a + e, b + f, c + g, d + h)
    except OverflowError:
        return _rounded(a + e, b + f, c + g, d + h)


def f32x4_sub(x: bytes, y: bytes) -> bytes:
    """The differences."""
    a, b, c, d = _unpack_f32(x)
    e, f, g, h = _unpack_f32(y)
    try:
        return _pack_f32(a - e, b - f, c - g, d - h)
    except OverflowError:
        return _rounded(a - e, b - f, c - g, d - h)


def f32x4_mul(x: bytes, y: bytes) -> bytes:
    """The products."""
    a, b, c, d = _unpack_f32(x)
    e, f, g, h = _unpack_f32(y)
    try:
        return _pack_f32(a * e, b * f, c * g, d * h)
    except OverflowError:
        return _rounded(a * e, b * f, c * g, d * h)


def f64x2_add(x: bytes, y: bytes) -> bytes:
    """The sums."""
    a, b = _unpack_f64(x)
    c, d = _unpack_f64(y)
    return _pack_f64(a + c, b + d)


def f64x2_sub(x: bytes, y: bytes) -> bytes:
    """The differences."""
    a, b = _unpack_f64(x)
    c, d = _unpack_f64(y)
    return _pack_f64(a - c, b - d)


def f64x2_mul(x: bytes, y: bytes) -> bytes:
    """The products."""
    a, b = _unpack_f64(x)
    c, d = _unpack_f64(y)
    return _pack_f64(a * c, b * d)


def f32x4_relaxed_madd(x: bytes, y: bytes, z: bytes) -> bytes:
    """x * y + z, rounded after each step, which is one of the two things it may do."""
    return f32x4_add(f32x4_mul(x, y), z)


def f32x4_relaxed_nmadd(x: bytes, y: bytes, z: bytes) -> bytes:
    """-(x * y) + z, rounded after each step, which is one of the two things it may do."""
    return f32x4_sub(z, f32x4_mul(x, y))


def f64x2_relaxed_madd(x: bytes, y: bytes, z: bytes) -> bytes:
    """x * y + z, rounded after each step, which is one of the two things it may do."""
    return f64x2_add(f64x2_mul(x, y), z)


def f64x2_relaxed_nmadd(x: bytes, y: bytes, z: bytes) -> bytes:
    """-(x * y) + z, rounded after each step, which is one of the two things it may do."""
    return f64x2_sub(z, f64x2_mul(x, y))


# Lane by lane with what a single float does


def _unary(shape: Shape, single: Callable[[float], float]) -> LaneFunction:
    unpack, pack = _UNPACK[shape], _PACK[shape]

    def function(x: bytes) -> bytes:
        return pack(*map(single, unpack(x)))

    return function


def _binary(shape: Shape, single: Callable[[float, float], float]) -> LaneFunction:
    unpack, pack = _UNPACK[shape], _PACK[shape]

    def function(x: bytes, y: bytes) -> bytes:
        return pack(*map(single, unpack(x), unpack(y)))

    return function


_UNARY: dict[str, Callable[[float], float]] = {
    "sqrt": f64_sqrt,
    "ceil": floats.f64_ceil,
    "floor": floats.f64_floor,
    "trunc": floats.f64_trunc,
    "nearest": floats.f64_nearest,
}

_BINARY: dict[str, Callable[[float, float], float]] = {
    "div": f64_div,
    "min": f64_min,
    "max": f64_max,
    "relaxed_min": f64_min,
    "relaxed_max": f64_max,
}
"""The relaxed ones do the same as the others, which is one of the things they may do."""


# Minimum and maximum by comparison alone: the result is one of the operands, with all its bits


def _second_if(shape: Shape, compare: Callable[[float, float], bool]) -> LaneFunction:
    """The lanes of y where *compare* says yes to them and those of x, else those of x."""
    unpack = _UNPACK[shape]

    def four(x: bytes, y: bytes) -> bytes:
        a, b, c, d = unpack(x)
        e, f, g, h = unpack(y)
        low = (y if compare(e, a) else x)[:4] + (y if compare(f, b) else x)[4:8]
        return low + (y if compare(g, c) else x)[8:12] + (y if compare(h, d) else x)[12:]

    def two(x: bytes, y: bytes) -> bytes:
        a, b = unpack(x)
        c, d = unpack(y)
        return (y if compare(c, a) else x)[:8] + (y if compare(d, b) else x)[8:]

    return four if shape is F32X4 else two


# Comparisons: a lane of ones where they hold


def _compared(shape: Shape, compare: Callable[[float, float], bool]) -> LaneFunction:
    """Where *compare* says yes to the lanes of x and y."""
    unpack = _UNPACK[shape]
    first, second, third, fourth = ((1 << shape.width) - 1 << shape.width * lane for lane in range(4))

    def four(x: bytes, y: bytes) -> int:
        a, b, c, d = unpack(x)
        e, f, g, h = unpack(y)
        low = (first if compare(a, e) else 0) | (second if compare(b, f) else 0)
        return low | (third if compare(c, g) else 0) | (fourth if compare(d, h) else 0)

    def two(x: bytes, y: bytes) -> int:
        a, b = unpack(x)
        c, d = unpack(y)
        return (first if compare(a, c) else 0) | (second if compare(b, d) else 0)

    return four if shape is F32X4 else two


# Conversions


def _quiet(x: float) -> float:
    """*x*; a signalling NaN becomes quiet."""
    return x * 1.0


def _narrowed(*lanes: float) -> bytes:
    """The bytes of two lanes, rounded to f32, and of two zeros."""
    return _rounded(*lanes, 0.0, 0.0)


def _conversion(source: str, single: Callable[[Any], Any], pack: Callable[..., bytes]) -> LaneFunction:
    """The lanes read as *source*, each made what *single* makes of it, written by *pack*."""
    unpack = Struct(source).unpack

    def function(x: bytes) -> bytes:
        return pack(*map(single, unpack(x)))

    return function


_TO_F32, _TO_F64, _TO_I32, _TO_I32_ZERO = _pack_f32, _pack_f64, Struct("<4I").pack, Struct("<2I8x").pack

_CONVERSIONS: dict[str, tuple[str, Callable[[Any], Any], Callable[..., bytes]]] = {
    "f32x4_convert_i32x4_s": ("<4i", float, _TO_F32),
    "f32x4_convert_i32x4_u": ("<4I", float, _TO_F32),
    "f64x2_convert_low_i32x4_s": ("<2i8x", float, _TO_F64),
    "f64x2_convert_low_i32x4_u": ("<2I8x", float, _TO_F64),
    "f64x2_promote_low_f32x4": ("<2f8x", _quiet, _TO_F64),
    "f32x4_demote_f64x2_zero": ("<2d", _quiet, _narrowed),
    **{
        f"i32x4_{kind}_{form}": (source, single, pack)
        for kind in ("trunc_sat", "relaxed_trunc")
        for form, source, single, pack in (
            ("f32x4_s", "<4f", floats.i32_trunc_sat_f32_s, _TO_I32),
            ("f32x4_u", "<4f", floats.i32_trunc_sat_f32_u, _TO_I32),
            ("f64x2_s_zero", "<2d", floats.i32_trunc_sat_f64_s, _TO_I32_ZERO),
            ("f64x2_u_zero", "<2d", floats.i32_trunc_sat_f64_u, _TO_I32_ZERO),
        )
    },
}
"""The relaxed ones clamp as the others do, which is one of the things they may do."""


def _by_table() -> None:
    """Give names to what the tables make."""
    for shape in (F32X4, F64X2):
        for word, unary in _UNARY.items():
            lane_function(FUNCTIONS, f"{shape.name}_{word}", _unary(shape, unary), unary.__doc__)
        for word, binary in _BINARY.items():
            lane_function(FUNCTIONS, f"{shape.name}_{word}", _binary(shape, binary), binary.__doc__)
        for word in ("eq", "ne", "lt", "gt", "le", "ge"):
            lane_function(FUNCTIONS, f"{shape.name}_{word}", _compared(shape, getattr(operator, word)), _compared.__doc__)
        lane_function(FUNCTIONS, f"{shape.name}_pmin", _second_if(shape, operator.lt), _second_if.__doc__)
        lane_function(FUNCTIONS, f"{shape.name}_pmax", _second_if(shape, operator.gt), _second_if.__doc__)
    for name, (source, single, pack) in _CONVERSIONS.items():
        lane_function(FUNCTIONS, name, _conversion(source, single, pack), single.__doc__)


_by_table()

for _function in (
    f32x4_add,
    f32x4_sub,
    f32x4_mul,
    f64x2_add,
    f64x2_sub,
    f64x2_mul,
    f32x4_relaxed_madd,
    f32x4_relaxed_nmadd,
    f64x2_relaxed_madd,
    f64x2_relaxed_nmadd,
):
    FUNCTIONS[_function.__name__] = _function

globals().update(FUNCTIONS)
