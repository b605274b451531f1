"""Integer and float instructions for which bounds, constants or names allow a better expression than the row's.

Lives here: constants; addition, subtraction, multiplication, bits and shifts on loose operands; comparisons; conversions between
widths; division. For i32 and i64 alike.
Not here: everything that the row's expression or its helper says well enough (emit.py takes it from there).

spec: exec/numerics
"""

from __future__ import annotations

from collections.abc import Callable
from math import copysign, isinf
from typing import Any

from pywasm_vm.execution.python.bounds import note_range, note_test
from pywasm_vm.execution.python.emit import M32, M64, Emitter, emits
from pywasm_vm.execution.python.operands import (
    ADD,
    AND,
    ATOM,
    COMPARE,
    EFFECTS,
    LOWEST,
    MUL,
    NAME,
    NOT,
    OR,
    SHIFT,
    SUM,
    TRAPS,
    UNARY,
    XOR,
    Operand,
    constant,
    exact,
    wrap,
)
from pywasm_vm.numerics.floats import f32_reinterpret_i32, f64_reinterpret_i64

__all__: list[str] = []

WIDEST = 1 << 140
"""Bounds beyond this are cut by a mask before they grow further: numbers of more digits cost more than the mask."""

WIDTHS = (("i32", 32), ("i64", 64))


# Constants


@emits("i32.const", "i64.const")
def int_const(emitter: Emitter, immediates: Any, position: int) -> None:
    value = immediates[0]
    emitter.stack.append((str(value), NAME, value, value, 0, None))


@emits("f32.const")
def f32_const(emitter: Emitter, immediates: Any, position: int) -> None:
    bits = immediates[0]
    _float_const(emitter, f32_reinterpret_i32(bits), f"f32_reinterpret_i32({bits})")


@emits("f64.const")
def f64_const(emitter: Emitter, immediates: Any, position: int) -> None:
    bits = immediates[0]
    _float_const(emitter, f64_reinterpret_i64(bits), f"f64_reinterpret_i64({bits})")


def _float_const(emitter: Emitter, value: float, nan: str) -> None:
    """Let a float constant wait; *nan* is the text that makes it when it is not a number."""
    negative = copysign(1.0, value) < 0
    if value != value:
        text, level = nan, ATOM
    else:
        text, level = "INF" if isinf(value) else repr(abs(value)), UNARY if negative else NAME
        text = "-" + text if negative else text
    emitter.stack.append((text, level, 0, 0, 0, None))


# Arithmetic that is right modulo 2**n on loose operands


def _cut(operand: Operand, mask: int) -> Operand:
    """The operand, masked when its bounds have become too wide to be worth carrying."""
    return exact(operand, mask) if operand[2] < -WIDEST or operand[3] > WIDEST else operand


def _folded(first: Operand, second: Operand) -> bool:
    return not (first[4] or second[4]) and first[2] == first[3] and second[2] == second[3]


def _small(value: int, width: int) -> int:
    """The constant *value*, or the negative number that is the same modulo 2**width when that is shorter."""
    return value - (1 << width) if value >> (width - 1) else value


def _add(emitter: Emitter, width: int) -> None:
    second, first = emitter.stack.pop(), emitter.stack.pop()
    if first[2] == first[3] and not first[4]:
        # An addition may be turned around when one side is a constant.
        first, second = second, first
    if second[2] == second[3] and not second[4]:
        _add_constant(emitter, first, second[2] & (1 << width) - 1, width)
        return
    mask = (1 << width) - 1
    first, second = _cut(first, mask), _cut(second, mask)
    text = f"{wrap(first, ADD)} + {wrap(second, MUL)}"
    parts = SUM if emitter.quick else None
    emitter.push((text, ADD, first[2] + second[2], first[3] + second[3], first[4] | second[4], parts))


def _add_constant(emitter: Emitter, first: Operand, value: int, width: int) -> None:
    low, high, deps = first[2], first[3], first[4]
    if low == high and not deps:
        emitter.stack.append(constant(low + value & (1 << width) - 1))
        return
    value = _small(value, width)
    if not value:
        emitter.stack.append(first)
        return
    first = _cut(first, (1 << width) - 1)
    text = f"{wrap(first, ADD)} {'-' if value < 0 else '+'} {abs(value)}"
    parts = None
    if emitter.quick:
        parts = (first[0], "+", value, high) if first[1] == NAME and low >= 0 else SUM
    emitter.push((text, ADD, low + value, high + value, deps, parts))


def _sub(emitter: Emitter, width: int) -> None:
    second, first = emitter.stack.pop(), emitter.stack.pop()
    mask = (1 << width) - 1
    if second[2] == second[3] and not second[4]:
        _add_constant(emitter, first, -second[2] & mask, width)
        return
    first, second = _cut(first, mask), _cut(second, mask)
    text = f"{wrap(first, ADD)} - {wrap(second, MUL)}" if first[0] != "0" else f"-{wrap(second, UNARY)}"
    level = ADD if first[0] != "0" else UNARY
    parts = SUM if emitter.quick else None
    emitter.push((text, level, first[2] - second[3], first[3] - second[2], first[4] | second[4], parts))


def _mul(emitter: Emitter, width: int) -> None:
    second, first = emitter.stack.pop(), emitter.stack.pop()
    mask = (1 << width) - 1
    if _folded(first, second):
        emitter.stack.append(constant(first[2] * second[2] & mask))
        return
    first, second = _cut(first, mask), _cut(second, mask)
    corners = (first[2] * second[2], first[2] * second[3], first[3] * second[2], first[3] * second[3])
    text = f"{wrap(first, MUL)} * {wrap(second, UNARY)}"
    emitter.push((text, MUL, min(corners), max(corners), first[4] | second[4], None))


def _and(emitter: Emitter, width: int) -> None:
    second, first = emitter.stack.pop(), emitter.stack.pop()
    if _folded(first, second):
        emitter.stack.append(constant(first[2] & second[2] & (1 << width) - 1))
        return
    # The result lies within the bounds of either side that is not negative.
    highs = [operand[3] for operand in (first, second) if operand[2] >= 0]
    low, high = (0, min(highs)) if highs else (-_power(first, second), _power(first, second))
    deps = first[4] | second[4]
    for one, other in ((first, second), (second, first)):
        if one[2] == one[3] and not one[4] and one[2] & one[2] + 1 == 0 and other[2] >= 0 and other[3] <= one[2]:
            emitter.stack.append(other)
            return
    emitter.push((f"{wrap(first, AND)} & {wrap(second, SHIFT)}", AND, low, high, deps, None))


def _power(first: Operand, second: Operand) -> int:
    """A power of two that no bound of the two reaches."""
    return 1 << max(abs(first[2]), abs(first[3]), abs(second[2]), abs(second[3])).bit_length()


def _or_xor(sign: str, level: int, fold: Callable[[int, int], int]) -> Callable[[Emitter, int], None]:
    def binary(emitter: Emitter, width: int) -> None:
        second, first = emitter.stack.pop(), emitter.stack.pop()
        if _folded(first, second):
            emitter.stack.append(constant(fold(first[2], second[2]) & (1 << width) - 1))
            return
        high = _power(first, second)
        low = 0 if first[2] >= 0 and second[2] >= 0 else -high
        text = f"{wrap(first, level)} {sign} {wrap(second, level + 1)}"
        emitter.push((text, level, low, high - 1, first[4] | second[4], None))

    return binary


def _shl(emitter: Emitter, width: int) -> None:
    second, first = emitter.stack.pop(), emitter.stack.pop()
    mask = (1 << width) - 1
    deps = first[4] | second[4]
    if second[2] == second[3] and not second[4]:
        count = second[2] & width - 1
        if not first[4] and first[2] == first[3]:
            emitter.stack.append(constant(first[2] << count & mask))
            return
        first = _cut(first, mask)
        text = f"{wrap(first, SHIFT)} << {count}"
        parts = (first[0], "<<", count, first[3]) if emitter.quick and first[1] == NAME and first[2] >= 0 else None
        emitter.push((text, SHIFT, first[2] << count, first[3] << count, deps, parts))
        return
    first = exact(first, mask)
    emitter.push((f"{wrap(first, SHIFT)} << {_count(second, width)}", SHIFT, 0, first[3] << width - 1, deps, None))


def _count(operand: Operand, width: int) -> str:
    """The text of a shift count."""
    if operand[2] >= 0 and operand[3] < width:
        return wrap(operand, ADD)
    return f"({wrap(operand, AND)} & {width - 1})"


def _shr_u(emitter: Emitter, width: int) -> None:
    second, first = emitter.stack.pop(), emitter.stack.pop()
    first = exact(first, (1 << width) - 1)
    deps = first[4] | second[4]
    if second[2] == second[3] and not second[4]:
        count = second[2] & width - 1
        emitter.push((f"{wrap(first, SHIFT)} >> {count}", SHIFT, first[2] >> count, first[3] >> count, deps, None))
        return
    emitter.push((f"{wrap(first, SHIFT)} >> {_count(second, width)}", SHIFT, 0, first[3], deps, None))


def _signed(operand: Operand, width: int) -> Operand:
    """The operand as a signed number: loose, and exactly the value that two's complement means."""
    half = 1 << width - 1
    if -half <= operand[2] and operand[3] < half:
        return operand
    operand = exact(operand, 2 * half - 1)
    if operand[3] < half:
        return operand
    text = f"({wrap(operand, XOR)} ^ {half}) - {half}"
    return (text, ADD, -half, half - 1, operand[4], None)


def _shr_s(emitter: Emitter, width: int) -> None:
    second, first = emitter.stack.pop(), emitter.stack.pop()
    first = _signed(first, width)
    deps = first[4] | second[4]
    if second[2] == second[3] and not second[4]:
        count = second[2] & width - 1
        emitter.push((f"{wrap(first, SHIFT)} >> {count}", SHIFT, first[2] >> count, first[3] >> count, deps, None))
        return
    text = f"{wrap(first, SHIFT)} >> {_count(second, width)}"
    emitter.push((text, SHIFT, min(first[2], 0), max(first[3], 0), deps, None))


def _rotate(left: bool) -> Callable[[Emitter, int], None]:
    def binary(emitter: Emitter, width: int) -> None:
        second, first = emitter.stack.pop(), emitter.stack.pop()
        mask = (1 << width) - 1
        first = exact(first, mask)
        deps = first[4] | second[4]
        if second[2] == second[3] and not second[4]:
            count = second[2] % width
            count = count if left else -count % width
            if width == 32 and emitter.quick:
                twice = emitter.twice(first) or f"{wrap(first, MUL)} * {mask + 2}"
                # What stands above the 32 lowest bits is the next copy: loose, as the mask may come later.
                high = (first[3] * (mask + 2)) >> width - count
                emitter.push((f"{twice} >> {width - count}", SHIFT, 0, high, deps, None))
                return
            name, again = (first[0], first[0]) if first[1] == NAME else (f"(t := {first[0]})", "t")
            text = f"{name} << {count} | {again} >> {width - count}"
            emitter.push((text, OR, 0, (first[3] << count) | first[3], deps, None))
            return
        # The number written twice, shifted so that the lowest copy of what is wanted stands at the bottom.
        count_text = f"(-{wrap(second, UNARY)} & {width - 1})" if left else _count(second, width)
        text = f"{wrap(first, MUL)} * {mask + 2} >> {count_text}"
        emitter.push((text, SHIFT, 0, mask << width | mask, deps, None))

    return binary


# Division


def _unsigned_division(sign: str) -> Callable[[Emitter, int], None]:
    def binary(emitter: Emitter, width: int) -> None:
        second, first = emitter.stack.pop(), emitter.stack.pop()
        mask = (1 << width) - 1
        first, second = exact(first, mask), exact(second, mask)
        deps = first[4] | second[4] | (0 if second[2] > 0 else TRAPS)
        if second[2] == second[3] and not second[4] and second[2] > 0:
            by = second[2]
            high = first[3] // by if sign == "//" else min(first[3], by - 1)
        else:
            high = first[3] if sign == "//" else min(first[3], second[3])
        emitter.push((f"{wrap(first, MUL)} {sign} {wrap(second, UNARY)}", MUL, 0, high, deps, None))

    return binary


def _signed_division(sign: str, helper: str) -> Callable[[Emitter, int], None]:
    def binary(emitter: Emitter, width: int) -> None:
        half = 1 << width - 1
        mask = 2 * half - 1
        second = emitter.stack[-1]
        if second[2] == second[3] and not second[4] and 0 < second[2] < half:
            emitter.stack.pop()
            emitter.stack[-1] = exact(emitter.stack[-1], mask)
            by = second[2]
            bound = half // by if sign == "//" else min(half, by - 1)
            if emitter.stack[-1][3] < half:
                first = emitter.stack.pop()
                emitter.push((f"{wrap(first, MUL)} {sign} {by}", MUL, 0, bound, first[4], None))
                return
            emitter.name_top(1)
            name, deps = emitter.stack[-1][0], emitter.stack.pop()[4]
            text = f"{name} {sign} {by} if {name} < {half} else -(({mask + 1} - {name}) {sign} {by})"
            emitter.push((text, LOWEST, -bound, bound, deps, None))
            return
        second, first = emitter.stack.pop(), emitter.stack.pop()
        first, second = exact(first, mask), exact(second, mask)
        emitter.push((f"i{width}_{helper}({first[0]}, {second[0]})", ATOM, 0, mask, first[4] | second[4] | TRAPS, None))

    return binary


# Comparisons


def _eqz(emitter: Emitter, width: int) -> None:
    operand = emitter.stack.pop()
    mask = (1 << width) - 1
    if isinstance(operand[5], str):
        emitter.push((operand[5], NOT, 0, 1, operand[4], operand[0]))
    elif operand[2] == operand[3] and not operand[4]:
        emitter.stack.append(constant(int(operand[2] & mask == 0)))
    else:
        text = wrap(exact(operand, mask) if operand[2] < -mask or operand[3] > mask else operand, OR)
        note_range(emitter, operand, f"not {text}", f"{text} != 0", (0, 0), (1, mask))
        emitter.push((f"not {text}", NOT, 0, 1, operand[4], f"{text} != 0"))


def _equality(sign: str, opposite: str) -> Callable[[Emitter, int], None]:
    def binary(emitter: Emitter, width: int) -> None:
        second, first = emitter.stack.pop(), emitter.stack.pop()
        whole = 1 << width
        if second[2] == second[3] and not second[4] and first[2] < 0 and first[3] < whole >> 1:
            second = constant(_small(second[2] & whole - 1, width))
        # Equal modulo 2**n is equal when the two cannot be 2**n apart.
        if max(first[3], second[3]) - min(first[2], second[2]) >= whole:
            first, second = exact(first, whole - 1), exact(second, whole - 1)
        left, right = wrap(first, OR), wrap(second, OR)
        deps = first[4] | second[4]
        text, inverse = f"{left} {sign} {right}", f"{left} {opposite} {right}"
        if second[2] == second[3] and not second[4] and second[2] >= 0:
            same, other = (second[2], second[2]), (1, whole) if not second[2] else None
            note_range(emitter, first, text, inverse, *((same, other) if sign == "==" else (other, same)))
        emitter.push((text, COMPARE, 0, 1, deps, inverse))

    return binary


_OPPOSITE = {"<": ">=", ">": "<=", "<=": ">", ">=": "<"}
_MIRROR = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _unsigned_order(sign: str) -> Callable[[Emitter, int], None]:
    def binary(emitter: Emitter, width: int) -> None:
        second, first = emitter.stack.pop(), emitter.stack.pop()
        mask = (1 << width) - 1
        _compare(emitter, exact(first, mask), sign, exact(second, mask))

    return binary


def _compare(emitter: Emitter, first: Operand, sign: str, second: Operand) -> None:
    """Push the plain comparison of two numbers that mean themselves."""
    left, right = wrap(first, OR), wrap(second, OR)
    text, inverse = f"{left} {sign} {right}", f"{left} {_OPPOSITE[sign]} {right}"
    note_test(emitter, first, sign, second, text, inverse)
    emitter.push((text, COMPARE, 0, 1, first[4] | second[4], inverse))


def _signed_order(sign: str) -> Callable[[Emitter, int], None]:
    def binary(emitter: Emitter, width: int) -> None:
        second, first = emitter.stack.pop(), emitter.stack.pop()
        half = 1 << width - 1
        mask = 2 * half - 1
        if second[2] == second[3] and not second[4]:
            second = constant(_small(second[2] & mask, width))
        if first[2] == first[3] and not first[4]:
            first = constant(_small(first[2] & mask, width))
        if -half <= min(first[2], second[2]) and max(first[3], second[3]) < half:
            _compare(emitter, first, sign, second)
        elif second[2] == second[3] and not second[4]:
            _against_constant(emitter, exact(first, mask), sign, second[2], half)
        elif first[2] == first[3] and not first[4]:
            _against_constant(emitter, exact(second, mask), _MIRROR[sign], first[2], half)
        else:
            _signs_unknown(emitter, exact(first, mask), sign, exact(second, mask), half)

    return binary


def _against_constant(emitter: Emitter, operand: Operand, sign: str, value: int, half: int) -> None:
    """Push the signed comparison of an exact operand with a signed constant, as a range of unsigned numbers."""
    text, deps = wrap(operand, OR), operand[4]
    if sign in ("<=", ">"):
        if value == half - 1:
            # Nothing is larger than the largest.
            emitter.push((f"({text}, {sign == '<='})[1]", ATOM, 0, 1, deps, None))
            return
        sign, value = ("<", value + 1) if sign == "<=" else (">=", value + 1)
    if value > 0:
        inside, means_less = f"{value} <= {text} < {half}", False
    elif value == 0:
        inside, means_less = f"{text} >= {half}", True
    else:
        inside, means_less = f"{half} <= {text} < {value + 2 * half}", True
    outside = f"{text} < {half}" if value == 0 else f"not {inside}"
    if value > 0:
        note_range(emitter, operand, inside, outside, (value, half - 1), None)
    elif value == 0:
        note_range(emitter, operand, inside, outside, (half, 2 * half - 1), (0, half - 1))
    if means_less == (sign == "<"):
        emitter.push((inside, COMPARE, 0, 1, deps, outside))
    else:
        emitter.push((outside, NOT, 0, 1, deps, inside))


def _signs_unknown(emitter: Emitter, first: Operand, sign: str, second: Operand, half: int) -> None:
    """Push the signed comparison of two exact operands, at least one of which may have its highest bit set."""
    deps = first[4] | second[4]
    left, right = wrap(first, OR), wrap(second, OR)
    strict = sign in ("<", ">")
    if first[3] < half:
        # first is not negative: it is less when second is larger and not negative either.
        inside = f"{left} {'<' if sign in ('<', '>=') else '<='} {right} < {half}"
        turned = sign in (">", ">=")
    elif second[3] < half and not deps & EFFECTS:
        inside = f"{right} {'<' if sign in ('>', '<=') else '<='} {left} < {half}"
        turned = sign in ("<", "<=")
    elif first[1] == NAME and second[1] == NAME:
        other = _MIRROR[sign] if strict else _MIRROR[sign][0]
        same, differ = f"{left} {sign} {right}", f"{left} {other} {right}"
        not_same, not_differ = f"{left} {_OPPOSITE[sign]} {right}", f"{left} {_OPPOSITE[other]} {right}"
        test = f"if ({left} < {half}) is ({right} < {half}) else"
        emitter.push((f"({same} {test} {differ})", ATOM, 0, 1, deps, f"({not_same} {test} {not_differ})"))
        return
    else:
        left, right = f"{wrap(first, XOR)} ^ {half}", f"{wrap(second, AND)} ^ {half}"
        emitter.push((f"{left} {sign} {right}", COMPARE, 0, 1, deps, f"{left} {_OPPOSITE[sign]} {right}"))
        return
    if turned:
        emitter.push((f"not {inside}", NOT, 0, 1, deps, inside))
    else:
        emitter.push((inside, COMPARE, 0, 1, deps, f"not {inside}"))


def _float_order(sign: str) -> Callable[[Emitter, Any, int], None]:
    def binary(emitter: Emitter, immediates: Any, position: int) -> None:
        second, first = emitter.stack.pop(), emitter.stack.pop()
        text = f"{wrap(first, OR)} {sign} {wrap(second, OR)}"
        # Neither of two floats is less when one is no number, so the opposite is no other comparison.
        emitter.push((text, COMPARE, 0, 1, first[4] | second[4], f"not {text}"))

    return binary


# Between widths


@emits("i32.wrap_i64")
def i32_wrap_i64(emitter: Emitter, immediates: Any, position: int) -> None:
    operand = emitter.stack[-1]
    if operand[2] == operand[3] and not operand[4]:
        emitter.stack[-1] = constant(operand[2] & M32)
    elif operand[2] < -WIDEST or operand[3] > WIDEST:
        emitter.stack[-1] = exact(operand, M32)


@emits("i64.extend_i32_u")
def i64_extend_i32_u(emitter: Emitter, immediates: Any, position: int) -> None:
    emitter.stack[-1] = exact(emitter.stack[-1], M32)


@emits("i64.extend_i32_s")
def i64_extend_i32_s(emitter: Emitter, immediates: Any, position: int) -> None:
    operand = emitter.stack.pop()
    if operand[2] == operand[3] and not operand[4]:
        emitter.stack.append(constant(_small(operand[2] & M32, 32) & M64))
    else:
        emitter.push(_signed(operand, 32))


def _extend(bits: int) -> Callable[[Emitter, Any, int], None]:
    def unary(emitter: Emitter, immediates: Any, position: int) -> None:
        emitter.push(_signed(exact(emitter.stack.pop(), (1 << bits) - 1), bits))

    return unary


# Floats


def _float_binary(sign: str, level: int) -> Callable[[Emitter, Any, int], None]:
    def binary(emitter: Emitter, immediates: Any, position: int) -> None:
        second, first = emitter.stack.pop(), emitter.stack.pop()
        text = f"{wrap(first, level)} {sign} {wrap(second, level + 1)}"
        emitter.push((text, level, 0, 0, first[4] | second[4], None))

    return binary


@emits("f64.sqrt")
def f64_sqrt(emitter: Emitter, immediates: Any, position: int) -> None:
    if emitter.quick:
        emitter.name_top(1)
        name, _level, _low, _high, deps, _more = emitter.stack.pop()
        emitter.push((f"sqrt({name}) if {name} >= 0.0 else f64_sqrt({name})", LOWEST, 0, 0, deps, None))
    else:
        operand = emitter.stack.pop()
        emitter.push((f"f64_sqrt({operand[0]})", ATOM, 0, 0, operand[4], None))


@emits("f64.div")
def f64_div(emitter: Emitter, immediates: Any, position: int) -> None:
    if emitter.quick:
        emitter.name_top(1)
    second, first = emitter.stack.pop(), emitter.stack.pop()
    deps = first[4] | second[4]
    if second[1] == NAME and not second[4] and second[0] != "INF" and float(second[0]):
        emitter.push((f"{wrap(first, MUL)} / {second[0]}", MUL, 0, 0, deps, None))
    elif second[1] == NAME and len(first[0]) < 60:
        # Evaluated once: Python takes one of the two sides.
        name = second[0]
        emitter.push((f"{wrap(first, MUL)} / {name} if {name} else f64_div({first[0]}, {name})", LOWEST, 0, 0, deps, None))
    else:
        emitter.push((f"f64_div({first[0]}, {second[0]})", ATOM, 0, 0, deps, None))


# Registration


def _register() -> None:
    for prefix, width in WIDTHS:
        by_width: dict[str, Callable[[Emitter, int], None]] = {
            "add": _add,
            "sub": _sub,
            "mul": _mul,
            "and": _and,
            "or": _or_xor("|", OR, int.__or__),
            "xor": _or_xor("^", XOR, int.__xor__),
            "shl": _shl,
            "shr_u": _shr_u,
            "shr_s": _shr_s,
            "rotl": _rotate(left=True),
            "rotr": _rotate(left=False),
            "div_u": _unsigned_division("//"),
            "rem_u": _unsigned_division("%"),
            "div_s": _signed_division("//", "div_s"),
            "rem_s": _signed_division("%", "rem_s"),
            "eqz": _eqz,
            "eq": _equality("==", "!="),
            "ne": _equality("!=", "=="),
        }
        for word, sign in (("lt", "<"), ("gt", ">"), ("le", "<="), ("ge", ">=")):
            by_width[f"{word}_u"] = _unsigned_order(sign)
            by_width[f"{word}_s"] = _signed_order(sign)
        for word, write in by_width.items():
            emits(f"{prefix}.{word}")(_of_width(write, width))
        for bits in (8, 16, 32):
            if bits < width:
                emits(f"{prefix}.extend{bits}_s")(_extend(bits))
    for prefix in ("f32", "f64"):
        for word, sign in (("lt", "<"), ("gt", ">"), ("le", "<="), ("ge", ">="), ("eq", "=="), ("ne", "!=")):
            emits(f"{prefix}.{word}")(_float_order(sign))
    for word, sign, level in (("add", "+", ADD), ("sub", "-", ADD), ("mul", "*", MUL)):
        emits(f"f64.{word}")(_float_binary(sign, level))


def _of_width(write: Callable[[Emitter, int], None], width: int) -> Callable[[Emitter, Any, int], None]:
    def handler(emitter: Emitter, immediates: Any, position: int) -> None:
        write(emitter, width)

    return handler


_register()
