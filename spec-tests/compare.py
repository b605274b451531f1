"""What a result may be: patterns of test scripts, and whether a value fits.

Lives here: integers and floats bit by bit, the two classes of NaN, lanes of vectors, sorts of references, alternatives.
Not here: how patterns are written (script.py), and which results are compared (runner.py).

A value is what an export gives: an int in either range, a float, 16 bytes for a vector, None for null, any object for another
reference. An f32 is a Python float; the payload of its NaN stands 29 bits higher, so its bits are made by hand and not by a
conversion, which would make a signalling NaN quiet.

spec: exec/numerics, NaN propagation; the interpreter's script language
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Protocol, TypeAlias

__all__ = [
    "AnyOf",
    "FloatBits",
    "HostObject",
    "IntBits",
    "Lanes",
    "NanClass",
    "Null",
    "Pattern",
    "RefOf",
    "SameObject",
    "bits_of",
    "fits",
    "float_of",
    "shown",
]

_F32, _F64 = Struct("<f"), Struct("<d")

QUIET = {32: 0x7FC0_0000, 64: 0x7FF8_0000_0000_0000}
"""The bits of the positive canonical NaN, by width."""


@dataclass(frozen=True, slots=True)
class HostObject:
    """The reference that scripts write as `(ref.extern 7)` or `(ref.host 7)`."""

    number: int


class Pattern(Protocol):
    """What a result may be."""

    def fits(self, value: object) -> bool:
        """Whether *value* is one of them."""


@dataclass(frozen=True, slots=True)
class IntBits:
    """An integer of *width* bits, signed or not."""

    width: int
    bits: int

    def fits(self, value: object) -> bool:
        """Whether *value* has these bits."""
        if type(value) is not int or not -(1 << self.width - 1) <= value < 1 << self.width:
            return False
        return value & ((1 << self.width) - 1) == self.bits

    def __str__(self) -> str:
        return f"i{self.width} {self.bits:#x}"


@dataclass(frozen=True, slots=True)
class FloatBits:
    """A float of *width* bits, to the bit."""

    width: int
    bits: int

    def fits(self, value: object) -> bool:
        """Whether *value* has these bits."""
        return type(value) is float and bits_of(value, self.width) == self.bits

    def __str__(self) -> str:
        return f"f{self.width} {float_of(self.bits, self.width)!r} ({self.bits:#x})"


@dataclass(frozen=True, slots=True)
class NanClass:
    """`nan:canonical`: the quiet NaN without payload, of either sign. `nan:arithmetic`: any quiet NaN."""

    width: int
    canonical: bool

    def fits(self, value: object) -> bool:
        """Whether *value* is such a NaN."""
        if type(value) is not float:
            return False
        quiet, bits = QUIET[self.width], bits_of(value, self.width)
        return bits & ~(1 << self.width - 1) == quiet if self.canonical else bits & quiet == quiet

    def __str__(self) -> str:
        return f"f{self.width} nan:{'canonical' if self.canonical else 'arithmetic'}"


LanePattern: TypeAlias = IntBits | FloatBits | NanClass


@dataclass(frozen=True, slots=True)
class Lanes:
    """A vector, lane by lane; the lanes share one width."""

    lanes: tuple[LanePattern, ...]

    def fits(self, value: object) -> bool:
        """Whether each lane of *value* fits."""
        if not isinstance(value, bytes) or len(value) != 16:
            return False
        size = 16 // len(self.lanes)
        for position, lane in enumerate(self.lanes):
            bits = int.from_bytes(value[position * size : (position + 1) * size], "little")
            if not lane.fits(bits if isinstance(lane, IntBits) else float_of(bits, lane.width)):
                return False
        return True

    def __str__(self) -> str:
        return f"v128 [{', '.join(map(str, self.lanes))}]"


@dataclass(frozen=True, slots=True)
class Null:
    """A null reference of any type."""

    def fits(self, value: object) -> bool:
        """Whether *value* is null."""
        return value is None

    def __str__(self) -> str:
        return "null"


@dataclass(frozen=True, slots=True)
class SameObject:
    """The object of the host with that number."""

    host: HostObject

    def fits(self, value: object) -> bool:
        """Whether *value* is that object."""
        return value == self.host

    def __str__(self) -> str:
        return str(self.host)


_SORTS = {"Func": "func", "I31": "i31", "StructRef": "struct", "ArrayRef": "array", "ExnInst": "exn"}
"""The sorts of references, by the class that stands for them outside."""

_ACCEPTED = {
    "func": {"func"},
    "exn": {"exn"},
    "i31": {"i31"},
    "struct": {"struct"},
    "array": {"array"},
    "eq": {"i31", "struct", "array"},
    "any": {"i31", "struct", "array", "host", "exn"},
    "extern": {"func", "i31", "struct", "array", "host", "exn"},
}


@dataclass(frozen=True, slots=True)
class RefOf:
    """A reference that is not null, of a heap type that has a name."""

    heap: str

    def fits(self, value: object) -> bool:
        """Whether *value* is such a reference."""
        return value is not None and _SORTS.get(type(value).__name__, "host") in _ACCEPTED[self.heap]

    def __str__(self) -> str:
        return f"ref {self.heap}"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of several patterns."""

    patterns: tuple[Pattern, ...]

    def fits(self, value: object) -> bool:
        """Whether *value* fits one of them."""
        return any(pattern.fits(value) for pattern in self.patterns)

    def __str__(self) -> str:
        return f"either {' or '.join(map(str, self.patterns))}"


def fits(values: Sequence[object], patterns: Sequence[Pattern]) -> bool:
    """Whether there are as many *values* as *patterns*, and each fits its own."""
    return len(values) == len(patterns) and all(p.fits(v) for v, p in zip(values, patterns, strict=True))


def bits_of(value: float, width: int) -> int:
    """The bits of *value* as a float of *width* bits, which holds it exactly."""
    wide = int.from_bytes(_F64.pack(value), "little")
    if width == 64:
        return wide
    if value == value:
        return int.from_bytes(_F32.pack(value), "little")
    return wide >> 63 << 31 | 0x7F80_0000 | wide >> 29 & 0x7F_FFFF


def float_of(bits: int, width: int) -> float:
    """The float of *width* bits that *bits* are."""
    if width == 32:
        if bits & 0x7F80_0000 != 0x7F80_0000 or not bits & 0x7F_FFFF:
            narrow: float = _F32.unpack(bits.to_bytes(4, "little"))[0]
            return narrow
        bits = bits >> 31 << 63 | 0x7FF << 52 | (bits & 0x7F_FFFF) << 29
    wide: float = _F64.unpack(bits.to_bytes(8, "little"))[0]
    return wide


def shown(values: Sequence[object]) -> str:
    """*values* for people, floats with their bits."""
    return ", ".join(f"{v!r} ({bits_of(v, 64):#x})" if isinstance(v, float) else repr(v) for v in values) or "nothing"
