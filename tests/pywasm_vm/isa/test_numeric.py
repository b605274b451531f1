"""The numeric rows, expression or helper, give what wasmtime gives: bit for bit, NaN by class."""

from __future__ import annotations

import itertools
import random
import struct
from collections.abc import Callable

import pytest

from pywasm_vm.errors import Trap
from pywasm_vm.isa import numeric
from pywasm_vm.isa.opcode import Opcode, stack_words
from pywasm_vm.numerics import floats, ints

wasmtime = pytest.importorskip("wasmtime", reason="the second opinion is not installed")

WIDTH = {"i32": 32, "i64": 64, "f32": 32, "f64": 64}

INTEGERS = {
    width: sorted(
        {
            value & (1 << width) - 1
            for value in (
                0, 1, 2, 3, 7, 31, 32, 33, 63, 64, 65, 127, 128, 255, 32767, 32768, (1 << 24) + 1, (1 << 25) + 3, 0xDEADBEEF,
                (1 << 53) + 1, (1 << 54) + 2, 0x0123456789ABCDEF, 0x7FFFFF4000000001, 0x8000008000000001, 0xFFFFFE8000000001,
                0xFFFFFF4000000001, (1 << width - 1) - 1, 1 << width - 1, (1 << width - 1) + 1, -1 << width - 24, -1, -2, -7,
            )
        }
    )
    for width in (32, 64)
}  # fmt: skip

FLOATS = {
    32: [
        0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007FFFFF, 0x00800000, 0x3F000000, 0xBF000000, 0x3EFFFFFF, 0x3F7FFFFF,
        0x3F800000, 0xBF800000, 0x3FC00000, 0xBFC00000, 0x40200000, 0xC0200000, 0x4B000001, 0x4AFFFFFF, 0xCB000001, 0x4EFFFFFF,
        0x4F000000, 0xCF000000, 0xCF000001, 0x4F7FFFFF, 0x4F800000, 0x5EFFFFFF, 0x5F000000, 0xDF000000, 0xDF000001, 0x5F800000,
        0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000, 0x7FC00001, 0x7FA00000, 0xFF800001,
    ],
    64: [
        0x0000000000000000, 0x8000000000000000, 0x0000000000000001, 0x8000000000000001, 0x000FFFFFFFFFFFFF, 0x0010000000000000,
        0x3FE0000000000000, 0xBFE0000000000000, 0x3FDFFFFFFFFFFFFF, 0x3FF0000000000000, 0xBFF0000000000000, 0x3FF8000000000000,
        0xBFF8000000000000, 0x4004000000000000, 0xC004000000000000, 0x4330000000000001, 0x432FFFFFFFFFFFFF, 0xC32FFFFFFFFFFFFF,
        0x41DFFFFFFFC00000, 0x41DFFFFFFFFFFFFF, 0x41E0000000000000, 0xC1E0000000000000, 0xC1E00000001FFFFF, 0xC1E0000000200000,
        0x41EFFFFFFFFFFFFF, 0x41F0000000000000, 0x43DFFFFFFFFFFFFF, 0x43E0000000000000, 0xC3E0000000000000, 0xC3E0000000000001,
        0x43F0000000000000, 0x47EFFFFFE0000000, 0x47EFFFFFEFFFFFFF, 0x47EFFFFFF0000000, 0x3690000000000000, 0x3690000000000001,
        0x380FFFFFFFFFFFFF, 0x3FF0000010000000, 0x3FF0000030000000, 0x7FEFFFFFFFFFFFFF, 0x7FF0000000000000, 0xFFF0000000000000,
        0x7FF8000000000000, 0xFFF8000000000000, 0x7FF8000000000001, 0x7FF4000000000000, 0xFFF0000000000001,
    ],
}  # fmt: skip

NOT_COMPARED = {
    "i32.const", "i64.const", "f32.const", "f64.const",  # no operands
    "i64.add128", "i64.sub128", "i64.mul_wide_s", "i64.mul_wide_u",  # two results, tried below
}  # fmt: skip
ROWS = [row for row in numeric.ROWS if row.mnemonic not in NOT_COMPARED]

COPIES_BITS = ("abs", "neg", "copysign", "reinterpret_f32", "reinterpret_f64", "reinterpret_i32", "reinterpret_i64")
"""What stands behind the dot in rows that treat a NaN like any other bits."""


def to_bits(word: str, value: int | float) -> int:
    if word == "f32":
        return floats.i32_reinterpret_f32(value)
    if word == "f64":
        return floats.i64_reinterpret_f64(value)
    return int(value)


def from_bits(word: str, bits: int) -> int | float:
    if word == "f32":
        return floats.f32_reinterpret_i32(bits)
    if word == "f64":
        return floats.f64_reinterpret_i64(bits)
    return bits


def kind_of_nan(word: str, bits: int) -> str:
    """canonical, arithmetic (quiet with a payload) or signalling; empty when it is a number."""
    mantissa = {"f32": 23, "f64": 52}.get(word, 0)
    magnitude = bits & (1 << WIDTH[word] - 1) - 1
    infinity = (1 << WIDTH[word] - 1) - (1 << mantissa)
    if not mantissa or magnitude <= infinity:
        return ""
    payload = magnitude - infinity
    quiet = 1 << mantissa - 1
    return "canonical" if payload == quiet else "arithmetic" if payload & quiet else "signalling"


def ours(row: Opcode) -> Callable[..., int | float]:
    """The row as a Python function."""
    if row.py is None:
        return getattr(ints, row.name, None) or getattr(floats, row.name)
    names = {f"{{{position}}}": name for position, name in enumerate("abcd")}
    expression = row.py
    for placeholder, name in names.items():
        expression = expression.replace(placeholder, name)
    pops, pushes = stack_words(row.stack)
    if row.wraps:
        expression = f"({expression}) & {(1 << WIDTH[pushes[0]]) - 1}"
    return eval(f"lambda {', '.join('abcd'[: len(pops)])}: {expression}", {"f32_round": floats.f32_round})


@pytest.fixture(scope="module")
def theirs():
    """Each row as a function from bits to bits, in one instance of wasmtime."""
    functions = []
    for row in ROWS:
        pops, (push,) = stack_words(row.stack)
        params = " ".join(f"i{WIDTH[word]}" for word in pops)
        operands = " ".join(
            f"local.get {position}" + (f" {word}.reinterpret_i{WIDTH[word]}" if word[0] == "f" else "")
            for position, word in enumerate(pops)
        )
        back = f"i{WIDTH[push]}.reinterpret_{push}" if push[0] == "f" else ""
        functions.append(
            f'(func (export "{row.name}") (param {params}) (result i{WIDTH[push]}) {operands} {row.mnemonic} {back})'
        )
    store = wasmtime.Store()
    module = wasmtime.Module(store.engine, wasmtime.wat2wasm(f"(module {' '.join(functions)})"))
    exports = wasmtime.Instance(store, module, []).exports(store)
    return lambda row, *bits: exports[row.name](store, *bits)


def signed(bits: int, word: str) -> int:
    sign = 1 << WIDTH[word] - 1
    return (bits ^ sign) - sign


def operands_of(row: Opcode) -> list[tuple[int, ...]]:
    pops, _ = stack_words(row.stack)
    choices = [(INTEGERS if word[0] == "i" else FLOATS)[WIDTH[word]] for word in pops]
    every = list(itertools.product(*choices))
    generator = random.Random(row.mnemonic)
    rest = [tuple(generator.getrandbits(WIDTH[word]) for word in pops) for _ in range(60)]
    return (generator.sample(every, 250) if len(every) > 250 else every) + rest


def outcome(row: Opcode, bits: tuple[int, ...], function: Callable[[], int]) -> str | int:
    """The result's bits, "trap", or for a NaN that the standard leaves open only as much as the standard says."""
    pops, (push,) = stack_words(row.stack)
    try:
        result = function() & (1 << WIDTH[push]) - 1
    except (Trap, ZeroDivisionError, wasmtime.Trap):
        return "trap"
    kind = kind_of_nan(push, result)
    if not kind or row.mnemonic.partition(".")[2] in COPIES_BITS:
        return result
    if any(kind_of_nan(word, item) in ("arithmetic", "signalling") for word, item in zip(pops, bits, strict=True)):
        return "signalling NaN" if kind == "signalling" else "quiet NaN"
    return f"{kind} NaN"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.mnemonic)
def test_row_agrees_with_wasmtime(row, theirs):
    pops, (push,) = stack_words(row.stack)
    function = ours(row)
    for bits in operands_of(row):
        values = [from_bits(word, item) for word, item in zip(pops, bits, strict=True)]
        numbers = [signed(item, word) for word, item in zip(pops, bits, strict=True)]
        here = outcome(row, bits, lambda: to_bits(push, function(*values)))  # noqa: B023
        there = outcome(row, bits, lambda: theirs(row, *numbers))  # noqa: B023
        assert here == there, f"{row.mnemonic} of {[hex(item) for item in bits]}"


@pytest.mark.parametrize("row", [row for row in ROWS if row.wraps], ids=lambda row: row.mnemonic)
def test_wrapping_row_is_content_with_operands_modulo_2_to_the_n(row):
    """The emitter leaves out masks between such rows, so an operand may be negative or too large."""
    pops, _ = stack_words(row.stack)
    function = ours(row)
    for bits in operands_of(row):
        for turns in (-2, -1, 1, 5):
            shifted = [item + (turns << WIDTH[word]) for word, item in zip(pops, bits, strict=True)]
            assert function(*shifted) == function(*bits)


def test_helper_of_wide_arithmetic_agrees_with_python():
    x, y = 0xFFFF_FFFF_0000_0001_8000_0000_0000_0000, 0x0000_0000_FFFF_FFFF_9000_0000_0000_0001
    halves = struct.unpack("<QQQQ", x.to_bytes(16, "little") + y.to_bytes(16, "little"))

    low, high = ints.i64_add128(*halves)
    assert high << 64 | low == (x + y) % (1 << 128)
    low, high = ints.i64_sub128(halves[2], halves[3], halves[0], halves[1])
    assert high << 64 | low == (y - x) % (1 << 128)
    low, high = ints.i64_mul_wide_u(halves[0], halves[2])
    assert high << 64 | low == halves[0] * halves[2]
    low, high = ints.i64_mul_wide_s(halves[0], halves[2])
    assert high << 64 | low == (halves[0] - (1 << 64)) * (halves[2] - (1 << 64))
