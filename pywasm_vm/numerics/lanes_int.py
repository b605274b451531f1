"""Lanes of integers, all of a vector at once.

Lives here: sums, differences, saturation, minimum and maximum, comparisons, shifts and tests, which work on 128 bits as on one
number; and selection of bits.
Not here: what must take lanes apart (lanes_width.py), and whatever a row of isa/vector.py says in one line.

The trick is the same everywhere: with the topmost bit of each lane out of the way a carry (or, with it set, a borrow) has room
inside of its lane, so one addition serves all lanes. What the topmost bits would have become is put in afterwards by `^`. A bit
at the top of a lane becomes a lane of ones by `(bit << 1) - (bit >> width - 1)`.

spec: exec/numerics, integer operations and vector operations
"""

from __future__ import annotations

from pywasm_vm.numerics.lanes import I8X16, I16X8, I32X4, I64X2, LaneFunction, Shape, lane_functions

__all__ = ["FUNCTIONS"]

FUNCTIONS: dict[str, LaneFunction] = {}
"""The functions of this file by name; each is also a name of this file."""

_EVERY = (I8X16, I16X8, I32X4, I64X2)
_NARROW = (I8X16, I16X8)
_ORDERED = (I8X16, I16X8, I32X4)
"""Shapes with comparisons of unsigned lanes, with minimum and maximum."""


# Sums and differences, modulo 2**width


@lane_functions(FUNCTIONS, *_EVERY)
def add(shape: Shape) -> LaneFunction:
    """The sums."""
    low, sign = shape.low, shape.sign

    def function(x: int, y: int) -> int:
        return (x & low) + (y & low) ^ (x ^ y) & sign

    return function


@lane_functions(FUNCTIONS, *_EVERY)
def sub(shape: Shape) -> LaneFunction:
    """The differences."""
    low, sign = shape.low, shape.sign

    def function(x: int, y: int) -> int:
        return (x | sign) - (y & low) ^ (x ^ y ^ sign) & sign

    return function


@lane_functions(FUNCTIONS, *_EVERY)
def neg(shape: Shape) -> LaneFunction:
    """The lanes with the other sign."""
    low, sign = shape.low, shape.sign

    def function(x: int) -> int:
        return sign - (x & low) ^ (x ^ sign) & sign

    return function


@lane_functions(FUNCTIONS, *_EVERY, name="abs")
def abs_(shape: Shape) -> LaneFunction:
    """The lanes without their sign; the smallest number stays what it is."""
    sign, top = shape.sign, shape.width - 1

    def function(x: int) -> int:
        negative = x & sign
        one = negative >> top
        # Not above 2**(width - 1) - 1 after the flip, so the 1 that is added stays in the lane.
        return (x ^ (negative << 1) - one) + one

    return function


# Saturation


@lane_functions(FUNCTIONS, *_NARROW)
def add_sat_u(shape: Shape) -> LaneFunction:
    """The sums of unsigned lanes, not above the largest number."""
    low, sign, top = shape.low, shape.sign, shape.width - 1

    def function(x: int, y: int) -> int:
        total = (x & low) + (y & low) ^ (x ^ y) & sign
        over = (x & y | (x | y) & ~total) & sign
        return total | (over << 1) - (over >> top)

    return function


@lane_functions(FUNCTIONS, *_NARROW)
def sub_sat_u(shape: Shape) -> LaneFunction:
    """The differences of unsigned lanes, not below 0."""
    low, sign, top = shape.low, shape.sign, shape.width - 1

    def function(x: int, y: int) -> int:
        rest = (x | sign) - (y & low)
        differ = x ^ y
        kept = (x & differ | rest & ~differ) & sign
        return (rest ^ (differ ^ sign) & sign) & (kept << 1) - (kept >> top)

    return function


def _clamp(shape: Shape) -> LaneFunction:
    """*total* with the largest or smallest number in the lanes of *over*, by the sign of *x*."""
    low, sign, top = shape.low, shape.sign, shape.width - 1

    def clamp(x: int, total: int, over: int) -> int:
        most = low + ((x & sign) >> top)
        return total ^ (total ^ most) & (over << 1) - (over >> top)

    return clamp


@lane_functions(FUNCTIONS, *_NARROW)
def add_sat_s(shape: Shape) -> LaneFunction:
    """The sums of signed lanes, not beyond the largest and the smallest number."""
    low, sign, clamp = shape.low, shape.sign, _clamp(shape)

    def function(x: int, y: int) -> int:
        total = (x & low) + (y & low) ^ (x ^ y) & sign
        over = (x ^ total) & (y ^ total) & sign
        result: int = clamp(x, total, over) if over else total
        return result

    return function


@lane_functions(FUNCTIONS, *_NARROW)
def sub_sat_s(shape: Shape) -> LaneFunction:
    """The differences of signed lanes, not beyond the largest and the smallest number."""
    low, sign, clamp = shape.low, shape.sign, _clamp(shape)

    def function(x: int, y: int) -> int:
        total = (x | sign) - (y & low) ^ (x ^ y ^ sign) & sign
        over = (x ^ y) & (x ^ total) & sign
        result: int = clamp(x, total, over) if over else total
        return result

    return function


@lane_functions(FUNCTIONS, *_NARROW)
def avgr_u(shape: Shape) -> LaneFunction:
    """The means of unsigned lanes, halves rounded up."""
    low = shape.low

    def function(x: int, y: int) -> int:
        return (x | y) - ((x ^ y) >> 1 & low)

    return function


# Comparisons: a lane of ones where it holds


def _ones_where(shape: Shape) -> tuple[int, int, int]:
    """What every comparison needs."""
    return shape.low, shape.sign, shape.width - 1


@lane_functions(FUNCTIONS, *_EVERY)
def eq(shape: Shape) -> LaneFunction:
    """Where the lanes are equal."""
    low, sign, top = _ones_where(shape)

    def function(x: int, y: int) -> int:
        differ = x ^ y
        same = ((differ & low) + low | differ) & sign ^ sign
        return (same << 1) - (same >> top)

    return function


@lane_functions(FUNCTIONS, *_EVERY)
def ne(shape: Shape) -> LaneFunction:
    """Where the lanes differ."""
    low, sign, top = _ones_where(shape)

    def function(x: int, y: int) -> int:
        differ = x ^ y
        other = ((differ & low) + low | differ) & sign
        return (other << 1) - (other >> top)

    return function


def _below_u(shape: Shape, wanted: bool) -> LaneFunction:
    """Where x is below y as unsigned numbers; not *wanted*: where it is not."""
    low, sign, top = _ones_where(shape)
    flip = 0 if wanted else sign

    def function(x: int, y: int) -> int:
        differ = x ^ y
        below = (y & differ | ~(differ | (x | sign) - (y & low))) & sign ^ flip
        return (below << 1) - (below >> top)

    return function


def _below_s(shape: Shape, wanted: bool) -> LaneFunction:
    """Where x is below y as signed numbers; not *wanted*: where it is not."""
    low, sign, top = _ones_where(shape)
    flip = 0 if wanted else sign

    def function(x: int, y: int) -> int:
        differ = x ^ y
        below = (x & differ | ~(differ | (x | sign) - (y & low))) & sign ^ flip
        return (below << 1) - (below >> top)

    return function


def _turned(function: LaneFunction) -> LaneFunction:
    """The same function of its operands in the other order."""

    def turned(x: int, y: int) -> int:
        result: int = function(y, x)
        return result

    return turned


@lane_functions(FUNCTIONS, *_ORDERED)
def lt_u(shape: Shape) -> LaneFunction:
    """Where the first is below the second, unsigned."""
    return _below_u(shape, True)


@lane_functions(FUNCTIONS, *_ORDERED)
def ge_u(shape: Shape) -> LaneFunction:
    """Where the first is not below the second, unsigned."""
    return _below_u(shape, False)


@lane_functions(FUNCTIONS, *_ORDERED)
def gt_u(shape: Shape) -> LaneFunction:
    """Where the first is above the second, unsigned."""
    return _turned(_below_u(shape, True))


@lane_functions(FUNCTIONS, *_ORDERED)
def le_u(shape: Shape) -> LaneFunction:
    """Where the first is not above the second, unsigned."""
    return _turned(_below_u(shape, False))


@lane_functions(FUNCTIONS, *_EVERY)
def lt_s(shape: Shape) -> LaneFunction:
    """Where the first is below the second, signed."""
    return _below_s(shape, True)


@lane_functions(FUNCTIONS, *_EVERY)
def ge_s(shape: Shape) -> LaneFunction:
    """Where the first is not below the second, signed."""
    return _below_s(shape, False)


@lane_functions(FUNCTIONS, *_EVERY)
def gt_s(shape: Shape) -> LaneFunction:
    """Where the first is above the second, signed."""
    return _turned(_below_s(shape, True))


@lane_functions(FUNCTIONS, *_EVERY)
def le_s(shape: Shape) -> LaneFunction:
    """Where the first is not above the second, signed."""
    return _turned(_below_s(shape, False))


# Minimum and maximum


def _first_where(condition: LaneFunction) -> LaneFunction:
    """The lanes of x where *condition* of x and y has ones, those of y elsewhere."""

    def function(x: int, y: int) -> int:
        result: int = y ^ (x ^ y) & condition(x, y)
        return result

    return function


def _second_where(condition: LaneFunction) -> LaneFunction:
    """The lanes of y where *condition* of x and y has ones, those of x elsewhere."""

    def function(x: int, y: int) -> int:
        result: int = x ^ (x ^ y) & condition(x, y)
        return result

    return function


@lane_functions(FUNCTIONS, *_ORDERED)
def min_u(shape: Shape) -> LaneFunction:
    """The smaller ones, unsigned."""
    return _first_where(_below_u(shape, True))


@lane_functions(FUNCTIONS, *_ORDERED)
def max_u(shape: Shape) -> LaneFunction:
    """The larger ones, unsigned."""
    return _second_where(_below_u(shape, True))


@lane_functions(FUNCTIONS, *_ORDERED)
def min_s(shape: Shape) -> LaneFunction:
    """The smaller ones, signed."""
    return _first_where(_below_s(shape, True))


@lane_functions(FUNCTIONS, *_ORDERED)
def max_s(shape: Shape) -> LaneFunction:
    """The larger ones, signed."""
    return _second_where(_below_s(shape, True))


# Shifts, by a count modulo the width


def _kept(shape: Shape) -> tuple[int, ...]:
    """For each count, the bits that a lane keeps: all but so many at its top."""
    return tuple(shape.repeat((1 << shape.width - count) - 1) for count in range(shape.width))


@lane_functions(FUNCTIONS, *_EVERY)
def shl(shape: Shape) -> LaneFunction:
    """The lanes shifted up."""
    kept, most = _kept(shape), shape.width - 1

    def function(x: int, count: int) -> int:
        count &= most
        return (x & kept[count]) << count

    return function


@lane_functions(FUNCTIONS, *_EVERY)
def shr_u(shape: Shape) -> LaneFunction:
    """The lanes shifted down; zeros come in."""
    kept, most = _kept(shape), shape.width - 1

    def function(x: int, count: int) -> int:
        count &= most
        return x >> count & kept[count]

    return function


@lane_functions(FUNCTIONS, *_EVERY)
def shr_s(shape: Shape) -> LaneFunction:
    """The lanes shifted down; copies of the sign come in."""
    kept, most, sign = _kept(shape), shape.width - 1, shape.sign

    def function(x: int, count: int) -> int:
        count &= most
        negative = x & sign
        return x >> count & kept[count] | (negative << 1) - (negative >> count)

    return function


# Tests and bits


@lane_functions(FUNCTIONS, *_EVERY)
def all_true(shape: Shape) -> LaneFunction:
    """Whether no lane is 0."""
    low, sign = shape.low, shape.sign

    def function(x: int) -> bool:
        return ((x & low) + low | x) & sign == sign

    return function


@lane_functions(FUNCTIONS, *_EVERY)
def bitmask(shape: Shape) -> LaneFunction:
    """The topmost bits of the lanes, lane 0 lowest, as a number."""
    width, ones, top = shape.width, shape.ones, shape.width - 1
    # A factor with a bit at each (width - 1) * j moves bit width * i to all places that differ by that; of lane i exactly one of
    # them is `place + i`, and no two meet, because there are at most 8 lanes.
    lanes = min(shape.count, 8)
    factor = sum(1 << top * j for j in range(lanes))
    place, mask = top * (lanes - 1), (1 << lanes) - 1

    def function(x: int) -> int:
        return (x >> top & ones) * factor >> place & mask

    def two_halves(x: int) -> int:
        bits = x >> top & ones
        return (bits & 0xFFFF_FFFF_FFFF_FFFF) * factor >> place & mask | ((bits >> 64) * factor >> place & mask) << 8

    return two_halves if width == 8 else function


@lane_functions(FUNCTIONS, I8X16)
def popcnt(shape: Shape) -> LaneFunction:
    """How many bits of each lane are set."""
    ones, twos, fours = shape.repeat(0x55), shape.repeat(0x33), shape.repeat(0x0F)

    def function(x: int) -> int:
        x -= x >> 1 & ones
        x = (x & twos) + (x >> 2 & twos)
        return x + (x >> 4) & fours

    return function


def v128_bitselect(x: int, y: int, mask: int) -> int:
    """The bits of *x* where *mask* has ones, those of *y* elsewhere."""
    return y ^ (x ^ y) & mask


FUNCTIONS["v128_bitselect"] = v128_bitselect


@lane_functions(FUNCTIONS, *_EVERY)
def relaxed_laneselect(shape: Shape) -> LaneFunction:
    """The same bit by bit, which is one of the two things it may do."""

    def function(x: int, y: int, mask: int) -> int:
        return y ^ (x ^ y) & mask

    return function


globals().update(FUNCTIONS)
