"""Numbers and strings as they are written."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywasm_vm.text.literals import INTEGER, NATURAL, NUMBER, LiteralError, float_bits, integer, name_value, natural, string_value


@pytest.mark.parametrize("text", ["0", "1_000", "0xfF", "0x1_a", "00"])
def test_naturals(text: str) -> None:
    assert NATURAL.fullmatch(text)


@pytest.mark.parametrize("text", ["", "_1", "1_", "1__0", "0x", "0x_1", "+1", "-1", "1.0", "0xg", "a", "0X1"])
def test_no_naturals(text: str) -> None:
    assert not NATURAL.fullmatch(text)


@pytest.mark.parametrize(
    "text",
    ["1.", "1.5", "1e5", "1E-5", "1.e+5", "0x1p4", "0x1.8P-1", "0x1.", "inf", "-nan", "nan:0x1", "+0x0", "1_0.0_1e1_0", "-7"],
)
def test_numbers(text: str) -> None:
    assert NUMBER.fullmatch(text)


@pytest.mark.parametrize(
    "text",
    [".5", "1e", "1e+", "0x1p", "0x.1", "nan:1", "nan:0x", "nan:canonical", "Inf", "0x1.gp1", "1._5", "--1", "infinity", "NaN"],
)
def test_no_numbers(text: str) -> None:
    assert not NUMBER.fullmatch(text)


@pytest.mark.parametrize(
    ("text", "width", "value"),
    [
        ("0", 32, 0),
        ("-1", 32, 0xFFFFFFFF),
        ("4294967295", 32, 0xFFFFFFFF),
        ("4294967296", 32, None),
        ("-0x80000000", 32, 0x80000000),
        ("-0x80000001", 32, None),
        ("+0x7fffffff", 32, 0x7FFFFFFF),
        ("-0", 64, 0),
        ("0xffff_ffff_ffff_ffff", 64, 2**64 - 1),
        ("-128", 8, 128),
        ("-129", 8, None),
        ("256", 8, None),
        ("1" * 100_000, 64, None),
        ("0" * 100_000 + "7", 64, 7),
        ("0x" + "f" * 100_000, 64, None),
    ],
)
def test_integers_in_their_width(text: str, width: int, value: int | None) -> None:
    assert INTEGER.fullmatch(text)
    assert integer(text, width) == value


def test_naturals_out_of_their_width_have_no_value() -> None:
    assert natural("255", 8) == 255
    assert natural("256", 8) is None


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("0", 0),
        ("-0.0", 0x80000000),
        ("1", 0x3F800000),
        ("0x1p-149", 1),
        ("0x1p-150", 0),
        ("0x1.000002p-150", 1),
        ("0x1.fffffep127", 0x7F7FFFFF),
        ("0x1.fffffefp127", 0x7F7FFFFF),
        ("0x1.ffffffp127", None),
        ("3.4028234663852886e+38", 0x7F7FFFFF),
        ("340282356779733661637539395458142568447", 0x7F7FFFFF),
        ("340282356779733661637539395458142568448", None),
        ("inf", 0x7F800000),
        ("-inf", 0xFF800000),
        ("nan", 0x7FC00000),
        ("-nan:0x1", 0xFF800001),
        ("nan:0x7fffff", 0x7FFFFFFF),
        ("nan:0x800000", None),
        ("nan:0x0", None),
        ("1e39", None),
        ("1e-400", 0),
        # The middle of two f32s, and a hair to either side, which an f64 does not hold.
        ("1.000000059604644775390625", 0x3F800000),
        ("1.00000005960464477539062500000001", 0x3F800001),
        ("1.00000017881393432617187499999999", 0x3F800001),
        ("1.000000178813934326171875", 0x3F800002),
        ("0x1.00000100000000000000001p0", 0x3F800001),
        ("0x1.000001p0", 0x3F800000),
        ("0x1.000000fffffff8p0", 0x3F800000),
        ("0xffffff7ffffff800000000b9ap-60", 0x537FFFFF),
        ("0x1.000002fffffffffffffffffp0", 0x3F800001),
    ],
)
def test_f32_is_rounded_once(text: str, bits: int | None) -> None:
    assert float_bits(text, 32) == bits


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("0x1p-1074", 1),
        ("0x1.fffffffffffffp1023", 0x7FEFFFFFFFFFFFFF),
        ("0x1.fffffffffffff8p1023", None),
        ("1e309", None),
        ("nan:0x4000000000000", 0x7FF4000000000000),
        ("6.02214076e23", 0x44DFE185CA57C517),
        ("1e" + "9" * 100_000, None),
        ("0x1p-" + "9" * 100_000, 0),
        ("1." + "1" * 100_000, 0x3FF1C71C71C71C72),
    ],
)
def test_f64(text: str, bits: int | None) -> None:
    assert float_bits(text, 64) == bits


@given(st.fractions(min_value=Fraction(1, 2**40), max_value=2**40), st.integers(-100, 80))
def test_f32_hexadecimal_is_the_nearest(fraction: Fraction, exponent: int) -> None:
    """Against exact arithmetic: no f32 is closer."""
    digits = int(fraction * 2**60)
    bits = float_bits(f"0x{digits:x}p{exponent - 60}", 32)

    assert bits is not None
    exact = Fraction(digits) * Fraction(2) ** (exponent - 60)
    found = Fraction(struct.unpack("<f", bits.to_bytes(4, "little"))[0])
    for other in (bits - 1, bits + 1):
        neighbour = struct.unpack("<f", (other % 2**32).to_bytes(4, "little"))[0]
        if math.isfinite(neighbour) and other >= 0:
            assert abs(exact - found) <= abs(exact - Fraction(neighbour))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('""', b""),
        ('"abc"', b"abc"),
        ('"ä"', "ä".encode()),
        (r'"\t\n\r\"\'\\"', b"\t\n\r\"'\\"),
        (r'"\00\fF\41"', b"\0\xffA"),
        (r'"\u{41}\u{20AC}\u{10_ffff}"', "A€\U0010ffff".encode()),
    ],
)
def test_strings(text: str, value: bytes) -> None:
    assert string_value(text) == value


@pytest.mark.parametrize("text", [r'"\x"', r'"\u{}"', r'"\u{d800}"', r'"\u{110000}"', r'"\u41"', r'"\0"', r'"\u{_1}"'])
def test_what_is_no_escape_is_refused(text: str) -> None:
    with pytest.raises(LiteralError, match="illegal escape"):
        string_value(text)


@pytest.mark.parametrize("text", [r'"\ff"', r'"\ed\a0\80"', r'"\c0\80"', r'"\e2\82"'])
def test_names_are_strict_utf8(text: str) -> None:
    with pytest.raises(LiteralError, match="malformed UTF-8 encoding"):
        name_value(text)


def test_name_of_bytes_that_are_characters() -> None:
    assert name_value(r'"\e2\82\ac"') == "€"
