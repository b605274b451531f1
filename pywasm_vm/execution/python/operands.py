"""Operands that wait: pieces of Python text with what is known of their value.

Lives here: the tuple that stands on the emitter's stack, its precedence, its bounds, and how it is made exact or a condition.
Not here: which instruction makes which operand (numeric.py, memory.py, reference.py); when operands are written down (emit.py).

An integer operand is *loose* when its text may give a number that is right modulo 2**n only. Its bounds say how loose: they are
bounds of what Python computes, so a mask is written only where bounds and need disagree.

An operand is a plain tuple, for there are as many as there are instructions:

    (text, level, low, high, deps, more)

    level    how tightly Python binds the text: one of the constants below
    low, high  bounds of an integer; 0 and 0 for everything else
    deps     what evaluating it reads or does: READS, WRITES, TRAPS, then one bit for each local, then one for each slot
    more     of a condition, the text of its opposite, at level NOT or tighter; of a name and a constant in code that is worth it,
             `Parts`, from which a quicker exact form than the mask can be made; of a vector, the text that gives it as 16 bytes,
             where that is the shorter way; else None
"""

from __future__ import annotations

from typing import TypeAlias

__all__ = [
    "ADD",
    "AND",
    "ATOM",
    "COMPARE",
    "CONFLICT",
    "EFFECTS",
    "LOWEST",
    "MUL",
    "NAME",
    "NOT",
    "OR",
    "READS",
    "SHIFT",
    "SUM",
    "TRAPS",
    "UNARY",
    "WRITES",
    "XOR",
    "Operand",
    "Parts",
    "condition",
    "constant",
    "exact",
    "exact_text",
    "wrap",
]

Parts: TypeAlias = tuple[str, str, int, int]
"""A name, `+` or `<<`, a constant, and the upper bound of the name, whose lower bound is 0; or `SUM`."""

SUM: Parts = ("", "?", 0, 0)
"""Of a sum or difference of any two operands in code that is worth it: it is hardly ever far outside of its type."""

Operand: TypeAlias = tuple[str, int, int, int, int, str | Parts | None]

LOWEST, NOT, COMPARE, OR, XOR, AND, SHIFT, ADD, MUL, UNARY, ATOM, NAME = range(12)

READS, WRITES, TRAPS = 1, 2, 4
EFFECTS = READS | WRITES | TRAPS

CONFLICT = (0, WRITES, EFFECTS, EFFECTS, WRITES | TRAPS, WRITES | TRAPS, EFFECTS, EFFECTS)
"""For the effects of a step, the effects that must have happened before it: of those, the order could be observed."""


def constant(value: int) -> Operand:
    """An integer known now."""
    return (str(value), NAME if value >= 0 else UNARY, value, value, 0, None)


def wrap(operand: Operand, level: int) -> str:
    """Its text, in parentheses unless it binds at least as tightly as *level*."""
    return operand[0] if operand[1] >= level else f"({operand[0]})"


def exact(operand: Operand, mask: int) -> Operand:
    """The same operand between 0 and *mask*."""
    text, level, low, high, deps, more = operand
    if low >= 0 and high <= mask:
        return operand
    if low == high and not deps:
        return constant(low & mask)
    if more is SUM:
        # Two numbers of which 64 bits are used are hashes, whose sum is outside as often as not.
        half = mask >> 1 if mask >> 32 else mask
        if low >= 0 and high <= mask + half + 1:
            return (f"t if (t := {text}) <= {mask} else t - {mask + 1}", LOWEST, 0, mask, deps, None)
        if low >= -half - 1 and high <= mask:
            return (f"t if (t := {text}) >= 0 else t + {mask + 1}", LOWEST, 0, mask, deps, None)
    elif isinstance(more, tuple) and more[3] <= mask and -mask <= more[2] <= mask:
        return (_quick(more, mask), LOWEST, 0, mask, deps, None)
    if level < AND:
        text = f"({text})"
    return (f"{text} & {mask}", AND, 0, mask, deps, None)


def _quick(parts: Parts, mask: int) -> str:
    """The exact form as a comparison, which costs Python less than a mask: nearly all values of a running program are small."""
    name, sign, value, _high = parts
    if sign == "<<":
        return f"{name} << {value} if {name} < {mask + 1 >> value} else {name} << {value} & {mask}"
    if value == -1:
        return f"{name} - 1 if {name} else {mask}"
    if value < 0:
        return f"{name} - {-value} if {name} >= {-value} else {name} + {mask + 1 + value}"
    return f"{name} + {value} if {name} < {mask + 1 - value} else {name} - {mask + 1 - value}"


def exact_text(operand: Operand, mask: int) -> str:
    """The text of the same operand between 0 and *mask*, at any level."""
    if operand[2] >= 0 and operand[3] <= mask:
        return operand[0]
    return exact(operand, mask)[0]


def condition(operand: Operand, mask: int) -> tuple[str, str]:
    """The text that is true when the integer is not zero, and the text that is true when it is. Both at level NOT or tighter."""
    text, level, low, high, _deps, inverse = operand
    if isinstance(inverse, str):
        # What is compared with zero is as true as it is different from zero.
        return text[:-5] if text.endswith(" != 0") else text, inverse[:-5] if inverse.endswith(" != 0") else inverse
    if low < -mask or high > mask:
        text, level = exact(operand, mask)[:2]
    if level < COMPARE:
        text = f"({text})"
    return text, f"not {text}"
