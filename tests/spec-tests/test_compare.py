"""Patterns and the values that fit them, to the bit."""

from __future__ import annotations

import math
from typing import Any

import pytest
from compare import AnyOf, FloatBits, HostObject, IntBits, Lanes, NanClass, Null, RefOf, SameObject, bits_of, fits, float_of

F32_NAN, F64_NAN = 0x7FC0_0000, 0x7FF8_0000_0000_0000


@pytest.mark.parametrize(
    ("pattern", "value", "fitting"),
    [
        (IntBits(32, 0xFFFF_FFFF), -1, True),
        (IntBits(32, 0xFFFF_FFFF), 0xFFFF_FFFF, True),
        (IntBits(32, 0), 1 << 32, False),
        (IntBits(32, 1), True, False),
        (IntBits(64, 1), 1.0, False),
        (FloatBits(64, 0), 0.0, True),
        (FloatBits(64, 0), -0.0, False),
        (FloatBits(32, 0x3F80_0000), 1.0, True),
        (FloatBits(32, 0x3F80_0000), 1, False),
        (FloatBits(64, F64_NAN | 1), float_of(F64_NAN | 1, 64), True),
        (FloatBits(64, F64_NAN | 1), math.nan, False),
        (NanClass(64, True), math.nan, True),
        (NanClass(64, True), -math.nan, True),
        (NanClass(64, True), float_of(F64_NAN | 1, 64), False),
        (NanClass(64, False), float_of(F64_NAN | 1, 64), True),
        (NanClass(64, False), float_of(0x7FF4_0000_0000_0000, 64), False),
        (NanClass(64, False), 1.0, False),
        (NanClass(32, True), float_of(F32_NAN | 1, 32), False),
        (NanClass(32, False), float_of(F32_NAN | 1, 32), True),
        (Null(), None, True),
        (Null(), 0, False),
        (SameObject(HostObject(1)), HostObject(1), True),
        (SameObject(HostObject(1)), HostObject(2), False),
        (RefOf("extern"), HostObject(0), True),
        (RefOf("extern"), None, False),
        (RefOf("func"), HostObject(0), False),
        (AnyOf((IntBits(32, 1), IntBits(32, 2))), 2, True),
        (AnyOf((IntBits(32, 1), IntBits(32, 2))), 3, False),
    ],
)
def test_a_value_fits_its_pattern_and_no_other(pattern: Any, value: object, fitting: bool) -> None:
    assert pattern.fits(value) is fitting


def test_lanes_are_compared_each_by_its_own_pattern() -> None:
    lanes = Lanes((FloatBits(32, 0), NanClass(32, True), FloatBits(32, 0x3F80_0000), NanClass(32, False)))
    vector = b"".join(bits.to_bytes(4, "little") for bits in (0, F32_NAN | 1 << 31, 0x3F80_0000, F32_NAN | 5))

    assert lanes.fits(vector)
    assert not lanes.fits(b"\x01" + vector[1:])
    assert not lanes.fits(vector[:4] + b"\x01" + vector[5:])
    assert not lanes.fits(vector[:15])


def test_there_must_be_as_many_results_as_patterns() -> None:
    assert fits([], [])
    assert not fits([None], [])
    assert not fits([1], [IntBits(32, 1), IntBits(32, 1)])


@pytest.mark.parametrize(
    "bits", [0, 0x8000_0000, 1, 0x7F80_0000, 0xFF80_0000, 0x7F80_0001, 0xFFBF_FFFF, 0x7FFF_FFFF, 0x3F80_0001]
)
def test_an_f32_keeps_its_bits_on_the_way_through_a_python_float(bits: int) -> None:
    """Signalling NaNs as well: a conversion by the processor would make them quiet."""
    assert bits_of(float_of(bits, 32), 32) == bits
