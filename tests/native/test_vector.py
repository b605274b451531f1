"""The vector functions of the C core do what the tier `python` does, lane for lane."""

from __future__ import annotations

import struct
from random import Random

import pytest

import pywasm_vm as wasm
from pywasm_vm.isa.opcode import Imm, Opcode, stack_words
from pywasm_vm.isa.table import ALL
from pywasm_vm.native.core import core, missing
from pywasm_vm.numerics.floats import f32_reinterpret_i32, f64_reinterpret_i64, i32_reinterpret_f32, i64_reinterpret_f64

ROWS = [row for row in ALL if row.code[0] == 0xFD and not {Imm.MEMARG, Imm.V128} & set(row.immediates)]

FORMATS = {8: "<16B", 16: "<8H", 32: "<4I", 64: "<2Q"}

EDGES = {
    8: [0, 1, 0x7F, 0x80, 0x81, 0xFF, 15, 16],
    16: [0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF, 0x80, 0xFF],
    32: [
        0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0x7FA0_0000, 0x3F80_0000,
        0xBF00_0000, 0x4F00_0000, 0xCF00_0000, 0x4F80_0000, 0x0080_0000, 0x4020_0000, 0x7F7F_FFFF,
    ],
    64: [
        0, 1, 1 << 63, (1 << 64) - 1, (1 << 63) - 1, 0x7FF0 << 48, 0xFFF0 << 48, 0x7FF8 << 48, 0x7FF4 << 48, 0x3FF0 << 48,
        0xBFE0 << 48, 0x41E0 << 48, 0xC1E0 << 48, 0x41F0 << 48, 0x4004 << 48, 0x7FEF_FFFF_FFFF_FFFF, 0x3690_0000_0000_0001,
    ],
}  # fmt: skip
"""Numbers at which something changes, by the width of a lane: among them infinities, NaNs and halves."""


@pytest.fixture(scope="module")
def native():
    there = core()
    if there is None:
        pytest.skip(f"the C core is not there: {missing()}")
    return there


def _vector(random: Random) -> bytes:
    width = random.choice(list(EDGES))
    lanes = [random.choice(EDGES[width]) if random.random() < 0.6 else random.getrandbits(width) for _ in range(128 // width)]
    return struct.pack(FORMATS[width], *lanes)


def _operand(random: Random, word: str) -> tuple[object, list[int]]:
    """A value as the API takes it, and its slots."""
    if word == "v128":
        value = _vector(random)
        return value, list(struct.unpack("<2Q", value))
    width = int(word[1:])
    bits = random.choice(EDGES[width]) if random.random() < 0.5 else random.getrandbits(width)
    if word[0] == "f":
        return (f32_reinterpret_i32 if width == 32 else f64_reinterpret_i64)(bits), [bits]
    return bits, [bits]


def _immediate(random: Random, row: Opcode) -> bytes:
    if row.immediates == (Imm.LANES,):
        return bytes(random.randrange(32) for _ in range(16))
    if row.immediates == (Imm.LANE,):
        return bytes([random.randrange(int(row.mnemonic.split(".")[0].split("x")[1]))])
    return b""


def _module(row: Opcode, immediate: bytes) -> wasm.Module:
    pops, pushes = stack_words(row.stack or "")
    gets = " ".join(f"local.get {place}" for place in range(len(pops)))
    words = " ".join(map(str, immediate))
    return wasm.Module.parse(
        f'(module (func (export "f") (param {" ".join(pops)}) (result {" ".join(pushes)}) {gets} {row.mnemonic} {words}))'
    )


def _slots(value: object, word: str) -> list[int]:
    if isinstance(value, bytes):
        return list(struct.unpack("<2Q", value))
    if isinstance(value, float):
        return [i32_reinterpret_f32(value) if word == "f32" else i64_reinterpret_f64(value)]
    assert isinstance(value, int)
    return [value % (1 << int(word[1:]))]


def _nans_alike(row: Opcode, slots: list[int]) -> list[object]:
    """The lanes of a float result, any NaN as one and the same; the slots of another."""
    shape = row.mnemonic.split(".")[0]
    if shape not in ("f32x4", "f64x2") or len(slots) != 2:
        return list(slots)
    lanes = struct.unpack(FORMATS[int(shape[1:3])], struct.pack("<2Q", *slots))
    infinite = 0x7F80_0000 if shape == "f32x4" else 0x7FF0 << 48
    sign = 0x8000_0000 if shape == "f32x4" else 1 << 63
    return ["nan" if lane & ~sign > infinite else lane for lane in lanes]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.mnemonic)
def test_the_function_of_a_row_does_what_the_tier_python_does(native, row):
    ffi, lib = native
    random = Random(row.mnemonic)
    pops, pushes = stack_words(row.stack or "")
    for _ in range(4 if row.immediates else 1):
        immediate = _immediate(random, row)
        run = wasm.Store(tier="python").instantiate(_module(row, immediate)).exports.f
        for _ in range(60):
            operands = [_operand(random, word) for word in pops]
            slots = [ffi.new("uint64_t[2]", held) for _, held in operands] + [ffi.NULL] * (3 - len(operands))
            result = ffi.new("uint64_t[2]")

            assert lib.wasm_vector(row.code[1], result, *slots, immediate) == 1

            expected = _slots(run(*(value for value, _ in operands)), pushes[0])
            given = list(result)[: len(expected)]
            assert _nans_alike(row, given) == _nans_alike(row, expected), [held for _, held in operands]


def test_there_is_no_function_where_no_instruction_works_on_slots_alone(native):
    ffi, lib = native
    known = {row.code[1] for row in ROWS}
    slots = ffi.new("uint64_t[2]")

    for opcode in (*range(300), 2**32 - 1):
        assert lib.wasm_vector(opcode, slots, slots, slots, slots, bytes(16)) == (opcode in known)


def test_the_result_may_take_the_place_of_an_operand(native):
    ffi, lib = native
    slots = ffi.new("uint64_t[4]", [1, 2, 10, 20])
    add = next(row for row in ROWS if row.mnemonic == "i64x2.add")

    lib.wasm_vector(add.code[1], slots, slots, slots + 2, ffi.NULL, ffi.NULL)

    assert list(slots) == [11, 22, 10, 20]
