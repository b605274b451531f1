"""Lanes that change their place or their width, and products.

Lives here: shuffling, narrowing, extending, products and sums of products.
Not here: what works on all lanes at once (lanes_int.py), floats (lanes_float.py).

Most take and give 16 bytes: `struct` takes the lanes apart and puts them together, and `bytes.translate` finds lanes by their
numbers. A narrow product always fits in lanes of twice the width, so these need no mask.

spec: exec/numerics, vector operations
"""

from __future__ import annotations

from itertools import product
from operator import mul
from struct import Struct

from pywasm_vm.numerics.lanes import I8X16, I16X8, I32X4, I64X2, LaneFunction, Shape, lane_function

__all__ = ["FUNCTIONS", "PADDING"]

FUNCTIONS: dict[str, LaneFunction] = {}
"""The functions of this file by name; each is also a name of this file."""

PADDING = bytes(240)
"""Makes a table for `bytes.translate` of a vector: every lane number that is too large finds a zero."""

_LETTERS = {8: "b", 16: "h", 32: "i", 64: "q"}
"""What `struct` calls a signed lane."""


def _letter(width: int, signed: bool) -> str:
    letter = _LETTERS[width]
    return letter if signed else letter.upper()


def _half(width: int, signed: bool, high: bool) -> Struct:
    """The lanes of *width* in one half of a vector."""
    lanes = f"{64 // width}{_letter(width, signed)}"
    return Struct(f"<8x{lanes}" if high else f"<{lanes}8x")


def _whole(width: int, signed: bool) -> Struct:
    """All lanes of *width*."""
    return Struct(f"<{128 // width}{_letter(width, signed)}")


# Places


def i8x16_swizzle(x: bytes, lanes: bytes) -> bytes:
    """The bytes of *x* that *lanes* names; 0 for a number above 15."""
    return lanes.translate(x + PADDING)


def i8x16_relaxed_swizzle(x: bytes, lanes: bytes) -> bytes:
    """The same, which is one of the things it may do."""
    return lanes.translate(x + PADDING)


def i8x16_shuffle(x: bytes, y: bytes, lanes: bytes) -> bytes:
    """The bytes of *x*, then *y*, that *lanes* names: none of its numbers is above 31."""
    return lanes.translate(x + y + PADDING[16:])


FUNCTIONS |= {function.__name__: function for function in (i8x16_swizzle, i8x16_relaxed_swizzle, i8x16_shuffle)}


# Widths


def _narrow(shape: Shape, signed: bool) -> LaneFunction:
    """The lanes of two vectors of twice the width, read as signed and clamped."""
    width, wide = shape.width, 2 * shape.width
    # Both vectors are one number of 256 bits, whose lanes are made to begin with 0 for the least result, cut off below that,
    # and filled with ones where a bit beyond *width* is left.
    ones = sum(1 << place for place in range(0, 256, wide))
    sign, low, kept = ones << wide - 1, (ones << wide - 1) - ones, ones * ((1 << width) - 1)
    least = ones * ((1 << wide - 1) - (1 << width - 1)) if signed else sign
    turn = ones << width - 1 if signed else 0
    places = bytes(place for place in range(32) if place % (wide // 8) < width // 8)

    def function(x: int, y: int) -> bytes:
        lanes = (x | y << 128) ^ sign
        rest = (lanes | sign) - (least & low)
        differ = lanes ^ least
        above = (lanes & differ | rest & ~differ) & sign
        lanes = (rest ^ (differ ^ sign) & sign) & (above << 1) - (above >> wide - 1)
        beyond = lanes & ~kept
        beyond = ((beyond & low) + low | beyond) & sign
        lanes = (lanes | (beyond >> wide - 1 - width) - (beyond >> wide - 1)) & kept ^ turn
        return places.translate(lanes.to_bytes(256, "little"))

    return function


def _extend(shape: Shape, signed: bool, high: bool) -> LaneFunction:
    """The lanes of one half of a vector of half the width."""
    unpack, pack = _half(shape.width // 2, signed, high).unpack, _whole(shape.width, signed).pack

    def function(x: bytes) -> bytes:
        return pack(*unpack(x))

    return function


def _extmul(shape: Shape, signed: bool, high: bool) -> LaneFunction:
    """The whole products of the lanes of one half of two vectors of half the width."""
    unpack, pack = _half(shape.width // 2, signed, high).unpack, _whole(shape.width, signed).pack

    def function(x: bytes, y: bytes) -> bytes:
        return pack(*map(mul, unpack(x), unpack(y)))

    return function


def _extadd_pairwise_u(shape: Shape) -> LaneFunction:
    """The sums of pairs of unsigned lanes of half the width."""
    half = shape.width // 2
    even = shape.repeat((1 << half) - 1)

    def function(x: int) -> int:
        return (x & even) + (x >> half & even)

    return function


def _extadd_pairwise_s(shape: Shape) -> LaneFunction:
    """The sums of pairs of signed lanes of half the width."""
    half = shape.width // 2
    even = shape.repeat((1 << half) - 1)
    # Both lanes are made positive by adding 2**(half - 1), so that their sum is too large by twice that.
    bias, excess, sign = shape.repeat((1 << half - 1) * ((1 << half) + 1)), shape.repeat(1 << half), shape.sign

    def function(x: int) -> int:
        x ^= bias
        return ((x & even) + (x >> half & even) | sign) - excess ^ sign

    return function


def _between_widths() -> None:
    """Give names to what a table of widths, halves and signs makes."""
    for narrow, wide in ((I8X16, I16X8), (I16X8, I32X4), (I32X4, I64X2)):
        for sign, half in product("su", ("low", "high")):
            signed, high = sign == "s", half == "high"
            end = f"{half}_{narrow.name}_{sign}"
            lane_function(FUNCTIONS, f"{wide.name}_extend_{end}", _extend(wide, signed, high), _extend.__doc__)
            lane_function(FUNCTIONS, f"{wide.name}_extmul_{end}", _extmul(wide, signed, high), _extmul.__doc__)
    for narrow, wide in ((I8X16, I16X8), (I16X8, I32X4)):
        for sign, sums in (("s", _extadd_pairwise_s), ("u", _extadd_pairwise_u)):
            lane_function(FUNCTIONS, f"{narrow.name}_narrow_{wide.name}_{sign}", _narrow(narrow, sign == "s"), _narrow.__doc__)
            lane_function(FUNCTIONS, f"{wide.name}_extadd_pairwise_{narrow.name}_{sign}", sums(wide), sums.__doc__)


_between_widths()


# Products in the same width, and sums of products

_every_other = Struct("<8b").unpack
_shorts, _pack_shorts, _pack_u_shorts = Struct("<8h").unpack, Struct("<8h").pack, Struct("<8H").pack
_u_words, _pack_u_words = Struct("<4I").unpack, Struct("<4I").pack
_u_longs, _pack_u_longs = Struct("<2Q").unpack, Struct("<2Q").pack

_M16, _M32, _M64 = 0xFFFF, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF


def i16x8_mul(x: bytes, y: bytes) -> bytes:
    """The products modulo 2**16."""
    a, b, c, d, e, f, g, h = _shorts(x)
    i, j, k, m, n, o, p, q = _shorts(y)
    return _pack_u_shorts(
        a * i & _M16, b * j & _M16, c * k & _M16, d * m & _M16, e * n & _M16, f * o & _M16, g * p & _M16, h * q & _M16
    )


def i32x4_mul(x: bytes, y: bytes) -> bytes:
    """The products modulo 2**32."""
    a, b, c, d = _u_words(x)
    e, f, g, h = _u_words(y)
    return _pack_u_words(a * e & _M32, b * f & _M32, c * g & _M32, d * h & _M32)


def i64x2_mul(x: bytes, y: bytes) -> bytes:
    """The products modulo 2**64."""
    a, b = _u_longs(x)
    c, d = _u_longs(y)
    return _pack_u_longs(a * c & _M64, b * d & _M64)


def i16x8_q15mulr_sat_s(x: bytes, y: bytes) -> bytes:
    """The products of fractions of 15 bits, rounded; the one that does not fit, of -1 and -1, becomes the largest number.

    spec: exec/numerics, iq15mulrsat_s
    """
    rounded = [whole + 0x4000 >> 15 for whole in map(mul, _shorts(x), _shorts(y))]
    if 0x8000 in rounded:
        rounded = [min(lane, 0x7FFF) for lane in rounded]
    return _pack_shorts(*rounded)


def i16x8_relaxed_q15mulr_s(x: bytes, y: bytes) -> bytes:
    """The same, which is one of the two things it may do."""
    return i16x8_q15mulr_sat_s(x, y)


def i32x4_dot_i16x8_s(x: bytes, y: bytes) -> bytes:
    """The sums of two products each, modulo 2**32."""
    a, b, c, d, e, f, g, h = map(mul, _shorts(x), _shorts(y))
    return _pack_u_words(a + b & _M32, c + d & _M32, e + f & _M32, g + h & _M32)


def i16x8_relaxed_dot_i8x16_i7x16_s(x: bytes, y: bytes) -> bytes:
    """The sums of two products each, modulo 2**16; the second operand is signed too, which is one of the things it may be."""
    even = map(mul, _every_other(x[::2]), _every_other(y[::2]))
    odd = map(mul, _every_other(x[1::2]), _every_other(y[1::2]))
    return _pack_u_shorts(*[a + b & _M16 for a, b in zip(even, odd, strict=True)])


def i32x4_relaxed_dot_i8x16_i7x16_add_s(x: bytes, y: bytes, z: bytes) -> bytes:
    """The sums of two lanes each of what the function above gives, and of *z*, modulo 2**32."""
    a, b, c, d, e, f, g, h = _shorts(i16x8_relaxed_dot_i8x16_i7x16_s(x, y))
    i, j, k, m = _u_words(z)
    return _pack_u_words(a + b + i & _M32, c + d + j & _M32, e + f + k & _M32, g + h + m & _M32)


for _function in (
    i16x8_mul,
    i32x4_mul,
    i64x2_mul,
    i16x8_q15mulr_sat_s,
    i16x8_relaxed_q15mulr_s,
    i32x4_dot_i16x8_s,
    i16x8_relaxed_dot_i8x16_i7x16_s,
    i32x4_relaxed_dot_i8x16_i7x16_add_s,
):
    FUNCTIONS[_function.__name__] = _function

globals().update(FUNCTIONS)
