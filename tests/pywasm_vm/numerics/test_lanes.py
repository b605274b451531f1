"""Every vector row gives what wasmtime gives, on any lanes: bit for bit, NaN by class, in both forms that an operand may have."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pywasm_vm as wasm
from pywasm_vm.isa import vector
from pywasm_vm.isa.opcode import Effect, Imm, Opcode, stack_words
from pywasm_vm.numerics import lanes_float, lanes_int, lanes_width

wasmtime = pytest.importorskip("wasmtime", reason="the second opinion is not installed")

MODULES = (lanes_int, lanes_width, lanes_float)

DOT = (
    "{0} {1} i16x8.extmul_low_i8x16_s i32x4.extadd_pairwise_i16x8_s {0} {1} i16x8.extmul_high_i8x16_s "
    "i32x4.extadd_pairwise_i16x8_s i8x16.shuffle 0 1 4 5 8 9 12 13 16 17 20 21 24 25 28 29"
)
STRICT = {
    "i8x16.relaxed_swizzle": "{0} {1} i8x16.swizzle",
    "i16x8.relaxed_q15mulr_s": "{0} {1} i16x8.q15mulr_sat_s",
    "i16x8.relaxed_dot_i8x16_i7x16_s": DOT,
    "i32x4.relaxed_dot_i8x16_i7x16_add_s": DOT + " i32x4.extadd_pairwise_i16x8_s {2} i32x4.add",
    **{f"i32x4.relaxed_trunc_{form}": f"{{0}} i32x4.trunc_sat_{form}" for form in ("f32x4_s", "f32x4_u")},
    **{f"i32x4.relaxed_trunc_{form}": f"{{0}} i32x4.trunc_sat_{form}" for form in ("f64x2_s_zero", "f64x2_u_zero")},
    **{f"{shape}.relaxed_laneselect": "{0} {1} {2} v128.bitselect" for shape in ("i8x16", "i16x8", "i32x4", "i64x2")},
    **{f"{shape}.relaxed_madd": f"{{0}} {{1}} {shape}.mul {{2}} {shape}.add" for shape in ("f32x4", "f64x2")},
    **{f"{shape}.relaxed_nmadd": f"{{0}} {{1}} {shape}.mul {shape}.neg {{2}} {shape}.add" for shape in ("f32x4", "f64x2")},
    **{f"{shape}.relaxed_{end}": f"{{0}} {{1}} {shape}.{end}" for shape in ("f32x4", "f64x2") for end in ("min", "max")},
}
"""What we do of the things a relaxed instruction may do, in instructions that leave no choice. Any processor does the same."""

COPIES_BITS = ("abs", "neg", "pmin", "pmax", "splat", "replace_lane")
"""What stands behind the dot in rows of floats that treat a NaN like any other bits."""

RESULT = 80
"""Where a vector that comes out is written; operands stand below."""

LAST_LANE = {"i8x16": 15, "i16x8": 7, "i32x4": 3, "i64x2": 1, "f32x4": 3, "f64x2": 1, "8": 15, "16": 7, "32": 3, "64": 1}

SCALARS = {"i32": "(i32.load (i32.const 48))", "i64": "(i64.load (i32.const 48))"}
SCALARS |= {"f32": "(f32.load (i32.const 48))", "f64": "(f64.load (i32.const 48))"}


def immediates(row: Opcode) -> list[str]:
    """The immediates with which *row* is tried, in the text format."""
    if Imm.LANES in row.immediates:
        return [" 0 17 2 31 4 4 16 15 8 25 10 27 1 29 14 0"]
    memarg = " offset=5" if Imm.MEMARG in row.immediates else ""
    if Imm.LANE not in row.immediates:
        return [memarg]
    shape, _, rest = row.mnemonic.partition(".")
    last = LAST_LANE[shape if shape != "v128" else "".join(filter(str.isdigit, rest))]
    return [f"{memarg} {lane}" for lane in (0, 1, last)]


def functions(row: Opcode, strict: bool) -> list[str]:
    """*row* with each of its immediates, as functions without parameters: operands from memory, or from there through locals.

    A vector is left in memory, anything else returned.
    """
    pops, pushes = stack_words(row.stack or "->")
    found = []
    for number, immediate in enumerate(immediates(row)):
        for way in ("direct", "locals"):
            operands, before, vectors = [], "", 0
            for word in pops:
                if word == "addr":
                    operands.append("(i32.const 3)")
                elif word != "v128":
                    operands.append(SCALARS[word])
                else:
                    place = f"(v128.load (i32.const {16 * vectors}))"
                    before += f"(local.set {vectors} {place})" if way == "locals" else ""
                    operands.append(f"(local.get {vectors})" if way == "locals" else place)
                    vectors += 1
            phrase = f"{' '.join(operands)} {row.mnemonic}{immediate}"
            if strict and row.mnemonic in STRICT:
                phrase = STRICT[row.mnemonic].format(*operands)
            body = f"{before} {phrase}" if pushes != ("v128",) else f"i32.const {RESULT} {before} {phrase} v128.store"
            result = f"(result {pushes[0]})" if pushes and pushes[0] != "v128" else ""
            head = f'(func (export "{row.name} {number} {way}")'
            found.append(f"{head} {result} (local v128 v128 v128) {body})")
    return found


def module(strict: bool) -> bytes:
    rows = [row for row in vector.ROWS if row.mnemonic != "v128.const"]
    text = "".join(text for row in rows for text in functions(row, strict))
    return bytes(wasmtime.wat2wasm(f'(module (memory (export "memory") 1) {text})'))


Engine = Callable[[str, bytes], tuple[Any, bytes]]
"""Runs a function on the bytes that memory begins with; gives its result and those bytes afterwards."""


@pytest.fixture(scope="module")
def ours() -> Engine:
    exports = wasm.Store(tier="python").instantiate(wasm.Module.decode(module(False))).exports

    def run(name: str, content: bytes) -> tuple[Any, bytes]:
        exports["memory"].write(0, content)
        result = exports[name]()
        return result, exports["memory"].read(0, len(content))

    return run


@pytest.fixture(scope="module")
def theirs() -> Engine:
    store = wasmtime.Store()
    instance = wasmtime.Instance(store, wasmtime.Module(store.engine, module(True)), [])
    exports = instance.exports(store)

    def run(name: str, content: bytes) -> tuple[Any, bytes]:
        exports["memory"].write(store, content, 0)
        result = exports[name](store)
        return result, bytes(exports["memory"].read(store, 0, len(content)))

    return run


def edges() -> list[bytes]:
    """Lanes of every width that are special to some operation."""
    found = []
    for width, letter in ((1, "B"), (2, "H"), (4, "I"), (8, "Q")):
        half = 1 << 8 * width - 1
        found += [struct.pack(f"<{letter}", value % (2 * half)) for value in (0, 1, 2, -1, -2, half, half - 1, half + 1)]
    for value in (0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 1.0, 8388607.5, 2147483648.0, -2147483648.0, 4294967040.0, 3e38, 1e-45):
        found += [struct.pack("<f", value), struct.pack("<d", value)]
    found += [struct.pack("<d", value) for value in (4294967295.5, -2147483649.0, 1e300, 5e-324, 3.4028235677973366e38)]
    for bits in (0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000, 0x7FC00001, 0x7FA00000, 0xFF800001):
        found.append(struct.pack("<I", bits))
    for bits in (0x7FF << 52, 0xFFF << 52, 0x7FF8 << 48, 0xFFF8 << 48, (0x7FF8 << 48) + 1, 0x7FF4 << 48, (0x7FF << 52) + 1):
        found.append(struct.pack("<Q", bits))
    return found


SPECIAL = {width: [edge for edge in edges() if len(edge) == width] for width in (1, 2, 4, 8)}


def content_of(width: int, seed: int) -> bytes:
    """Lanes of *width* bytes, half of them special, and zeros."""
    generator = random.Random(seed)
    lanes = (
        generator.choice(SPECIAL[width]) if generator.random() < 0.5 else generator.randbytes(width) for _ in range(64 // width)
    )
    return b"".join(lanes) + bytes(32)


CONTENT = st.builds(content_of, st.sampled_from(sorted(SPECIAL)), st.integers(0, 1 << 32))
"""Three vectors and a scalar."""


def result_lanes(row: Opcode, result: Any, memory: bytes) -> tuple[str, list[int], bytes]:
    """The float shape of what came out ("" when its bits are just bits), its lanes as bits, and the rest of memory."""
    shape, _, rest = row.mnemonic.partition(".")
    if result is not None:
        if isinstance(result, float):
            letter = "Q" if shape == "f64x2" else "I"
            packed = struct.pack("<d" if letter == "Q" else "<f", result)
            return shape, list(struct.unpack(f"<{letter}", packed)), memory
        return "", [result], memory
    letters = {"f32x4": "4I", "f64x2": "2Q"}.get(shape if rest not in COPIES_BITS else "", "16B")
    lanes = list(struct.unpack(f"<{letters}", memory[RESULT:]))
    return shape if letters != "16B" else "", lanes, memory[:RESULT]


def kind(shape: str, bits: int) -> str | int:
    """The bits, or what the standard says of a NaN: all that it says is that it is quiet."""
    magnitude, infinity, quiet = (
        (bits & 0x7FFF_FFFF, 0x7F80_0000, 0x40_0000) if shape == "f32x4" else (bits & 0x7FFF_FFFF_FFFF_FFFF, 0x7FF << 52, 1 << 51)
    )
    if magnitude <= infinity:
        return bits
    return "a quiet NaN" if magnitude & quiet else "a signalling NaN"


@pytest.mark.parametrize("row", [row for row in vector.ROWS if row.mnemonic != "v128.const"], ids=lambda row: row.mnemonic)
@settings(max_examples=40)
@given(content=CONTENT)
def test_row_agrees_with_wasmtime(row: Opcode, content: bytes, ours: Engine, theirs: Engine) -> None:
    for number in range(len(immediates(row))):
        for way in ("direct", "locals"):
            name = f"{row.name} {number} {way}"
            shape, here, rest = result_lanes(row, *ours(name, content))
            _, there, other_rest = result_lanes(row, *theirs(name, content))
            if shape:
                assert [kind(shape, lane) for lane in here] == [kind(shape, lane) for lane in there], name
            else:
                assert here == there, name
            assert rest == other_rest


@pytest.mark.parametrize("shape", ["f32x4", "f64x2"])
@pytest.mark.parametrize("word", ["add", "sub", "mul", "div", "sqrt", "min", "max", "ceil", "floor", "trunc", "nearest"])
def test_canonical_nans_and_none_give_canonical_ones(shape: str, word: str, ours: Engine) -> None:
    """0/0, infinity times 0 and the like have no operand whose payload they could keep."""
    letter, infinity, nan = ("f", 0x7F800000, 0x7FC00000) if shape == "f32x4" else ("d", 0x7FF << 52, 0x7FF8 << 48)
    count = 4 if letter == "f" else 2
    bits = "<4I" if letter == "f" else "<2Q"
    for lanes in ([infinity], [nan], [infinity, nan]):
        for other in (0, infinity, nan):
            first = struct.pack(bits, *(lanes * count)[:count])
            second = struct.pack(bits, *[other] * count)
            _, memory = ours(f"{shape}_{word} 0 direct", first + second + bytes(64))
            for lane in struct.unpack(bits, memory[RESULT:]):
                magnitude = lane & (1 << (31 if letter == "f" else 63)) - 1
                assert magnitude <= infinity or magnitude == nan


def test_every_helper_is_named_like_a_row_and_belongs_to_one_file():
    names = [name for module in MODULES for name in module.FUNCTIONS]

    assert len(set(names)) == len(names)
    assert set(names) <= {row.name for row in vector.ROWS}
    for each in MODULES:
        for name, function in each.FUNCTIONS.items():
            assert getattr(each, name) is function
            assert function.__name__ == function.__code__.co_name == name


def test_every_pure_row_without_immediates_says_its_work_or_has_a_helper():
    helpers = {name for module in MODULES for name in module.FUNCTIONS}

    for row in vector.ROWS:
        if row.effect is Effect.PURE and not row.immediates:
            assert (row.py is None) == (row.name in helpers), row
