"""Numbers and strings as they are written: text to value.

Lives here: integers with underscores, decimal and hexadecimal floats to their bits, NaN payloads, strings with escapes, names.
Not here: where a token stands and which of these is wanted there.

All of it takes time in proportion to the length of the token. Python's own conversions do not promise that for decimal integers,
so those that are too long for any type are never converted.

spec: text/values
"""

from __future__ import annotations

import math
import re
import struct
from decimal import Decimal
from fractions import Fraction

__all__ = ["INTEGER", "NATURAL", "NUMBER", "LiteralError", "float_bits", "integer", "name_value", "natural", "string_value"]

_DIGITS = r"[0-9](?:_?[0-9])*+"
_HEX = r"[0-9a-fA-F](?:_?[0-9a-fA-F])*+"
_NATURAL = rf"(?:0x{_HEX}|{_DIGITS})"

NATURAL = re.compile(_NATURAL)
INTEGER = re.compile(rf"[+-]?{_NATURAL}")
NUMBER = re.compile(
    rf"[+-]?(?:0x{_HEX}(?:\.(?:{_HEX})?)?(?:[pP][+-]?{_DIGITS})?|{_DIGITS}(?:\.(?:{_DIGITS})?)?(?:[eE][+-]?{_DIGITS})?"
    rf"|inf|nan(?::0x{_HEX})?)"
)
"""Integers and floats: everything that the specification calls a number."""

_LONG = 60
"""More characters than any number of 128 bits has, once leading zeros and underscores are gone."""


class LiteralError(ValueError):
    """A token of the right sort with a value that cannot be. The message begins as the specification's."""


def natural(text: str, width: int) -> int | None:
    """The value of a NATURAL, or None when *width* bits do not hold it."""
    digits = text.replace("_", "")
    base = 16 if digits.startswith("0x") else 10
    digits = digits.removeprefix("0x").lstrip("0") or "0"
    if len(digits) > _LONG:
        return None
    value = int(digits, base)
    return value if value < 1 << width else None


def integer(text: str, width: int) -> int | None:
    """The *width* bits of an INTEGER, which may be signed or unsigned, as an unsigned number; None when they do not hold it."""
    if text[0] not in "+-":
        return natural(text, width)
    value = natural(text[1:], width)
    if value is None or text[0] == "+":
        return value if value is None or value < 1 << width - 1 else None
    return -value % (1 << width) if value <= 1 << width - 1 else None


def float_bits(text: str, width: int) -> int | None:
    """The 32 or 64 bits of a NUMBER, rounded to nearest, ties to even; None when it is beyond all finite numbers."""
    negative = text[0] == "-"
    word = text.lstrip("+-")
    exponent, mantissa = (8, 23) if width == 32 else (11, 52)
    top = (1 << exponent) - 1 << mantissa
    if word == "inf":
        bits: int | None = top
    elif word == "nan":
        bits = top | 1 << mantissa - 1
    elif word.startswith("nan:"):
        payload = natural(word[4:], mantissa)
        bits = top | payload if payload else None
    else:
        bits = _finite_bits(word.replace("_", ""), width)
        bits = bits if bits is not None and bits < top else None
    return None if bits is None else bits | (1 << width - 1 if negative else 0)


def _finite_bits(digits: str, width: int) -> int | None:
    hexadecimal = digits.startswith("0x")
    try:
        value = float.fromhex(digits) if hexadecimal else float(digits)
    except OverflowError:
        return None
    if width == 64:
        return int.from_bytes(struct.pack("<d", value), "little")
    if math.isinf(value):
        return None
    below, above = _f32_bits(math.nextafter(value, 0.0)), _f32_bits(math.nextafter(value, math.inf))
    if below == above or _f32_value(below) + _f32_value(above) != 2 * value:
        return _f32_bits(value)
    # The f64 is the very middle of two f32s, and the only one from where rounding a second time can go the wrong way.
    exact = _exact(digits, hexadecimal, value)
    return above if exact > 0 else below if exact < 0 else _f32_bits(value)


def _f32_bits(value: float) -> int:
    try:
        return int.from_bytes(struct.pack("<f", value), "little")
    except OverflowError:
        return 0x7F80_0000


def _f32_value(bits: int) -> float:
    """The value of a finite f32; for infinity the power of two that would come next."""
    return 2.0**128 if bits == 0x7F80_0000 else float(struct.unpack("<f", bits.to_bytes(4, "little"))[0])


def _exact(digits: str, hexadecimal: bool, value: float) -> int:
    """1, 0 or -1: whether the number written is above, at or below *value*, its nearest f64, which is neither 0 nor infinite."""
    if not hexadecimal:
        written, rounded = Decimal(digits), Decimal(value)
        return (written > rounded) - (written < rounded)
    mantissa, _, power = digits[2:].lower().partition("p")
    whole, _, part = mantissa.partition(".")
    scale = int(power or "0") - 4 * len(part)
    # *value* is neither tiny nor huge, so the power of two is no further away than the digits are many.
    exact = Fraction(int(whole + part, 16)) * (Fraction(2) ** scale)
    return (exact > value) - (exact < value)


_ESCAPE = re.compile(r"\\(?:u\{([^}]*)\}|([0-9a-fA-F]{2})|(.))", re.DOTALL)
_PLAIN = {"t": b"\t", "n": b"\n", "r": b"\r", '"': b'"', "'": b"'", "\\": b"\\"}


def string_value(text: str) -> bytes:
    """The bytes of a string token, quotes included in *text*.

    raises: LiteralError when an escape is none.
    """
    inner = text[1:-1]
    if "\\" not in inner:
        return inner.encode("utf-8")
    parts: list[bytes] = []
    at = 0
    for escape in _ESCAPE.finditer(inner):
        parts.append(inner[at : escape.start()].encode("utf-8"))
        parts.append(_escaped(escape))
        at = escape.end()
    parts.append(inner[at:].encode("utf-8"))
    return b"".join(parts)


def _escaped(escape: re.Match[str]) -> bytes:
    code, byte, character = escape.groups()
    if byte is not None:
        return bytes([int(byte, 16)])
    if code is not None:
        value = natural("0x" + code, 32) if re.fullmatch(_HEX, code) else None
        if value is None or value > 0x10FFFF or 0xD800 <= value < 0xE000:
            raise LiteralError(f"illegal escape: {escape[0]:.60} names no character")
        return chr(value).encode("utf-8")
    if character not in _PLAIN:
        raise LiteralError(f"illegal escape: {escape[0]}")
    return _PLAIN[character]


def name_value(text: str) -> str:
    """The characters of a string token that must be a name.

    raises: LiteralError when the bytes are no UTF-8.
    spec: text/values, names
    """
    try:
        return string_value(text).decode("utf-8")
    except UnicodeDecodeError as error:
        raise LiteralError(f"malformed UTF-8 encoding: {error.reason}") from None
