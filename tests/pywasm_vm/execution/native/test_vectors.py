"""Vector instructions in each form that the C core has for them: operands in locals, just computed, constant, out of memory.

What an instruction does stands in tests/native/test_vector.py, which compares the functions of the C core with the tier `python`.
Here the code that the translator makes is compared with these functions.
"""

from __future__ import annotations

import struct
from itertools import product
from random import Random
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm.isa.opcode import Imm, Opcode, stack_words
from pywasm_vm.isa.table import ALL
from pywasm_vm.native.core import core, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason="the C core is not here")

ROWS = [row for row in ALL if row.code[0] == 0xFD and not {Imm.MEMARG, Imm.V128} & set(row.immediates)]

LANES = {"i8x16": 16, "i16x8": 8, "i32x4": 4, "i64x2": 2, "f32x4": 4, "f64x2": 2}

NUMBERS = [0, 1, 0x7F80_0000, 0x8000_0000, 0x7FC0_0001, 0xFFFF_FFFF, 0x3F80_0000, 0xC000_0000, 0x0080_8080]

WIDTHS = {"i32": 32, "i64": 64, "f32": 32, "f64": 64}


def immediates(row: Opcode, random: Random) -> list[int]:
    if Imm.LANES in row.immediates:
        return [random.randrange(32) for _ in range(16)]
    return [random.randrange(LANES[row.mnemonic.partition(".")[0]])] if Imm.LANE in row.immediates else []


def constant(word: str, bits: int) -> str:
    if word == "v128":
        return f"(v128.const i64x2 {bits % 2**64} {bits >> 64})"
    return f"({word}.const {bits})" if word[0] == "i" else f"({word}.reinterpret_i{word[1:]} (i{word[1:]}.const {bits}))"


def sources(word: str, place: int, bits: int) -> list[str]:
    """The ways in which an operand may come, all with the value *bits*."""
    at = 16 * place
    ways = [f"(local.get {place})", constant(word, bits), f"({word}.load (i32.const {at}))"]
    if word == "v128":
        return [*ways, f"(v128.not (v128.not (local.get {place})))"]
    return [*ways, f"(select (local.get {place}) (local.get {place}) (i32.const 1))"]


def operand(random: Random, word: str) -> int:
    if word == "v128":
        return sum(random.choice([*NUMBERS, random.getrandbits(32)]) << 32 * lane for lane in range(4))
    return (random.choice(NUMBERS) << 32 | random.choice(NUMBERS)) % 2 ** WIDTHS[word]


def expected(row: Opcode, bits: list[int], given: list[int]) -> int:
    """What the function of the C core gives."""
    ffi, lib = core() or (None, None)
    slots = [ffi.new("uint64_t[2]", [value % 2**64, value >> 64]) for value in (*bits, 0, 0, 0)][:3]
    result = ffi.new("uint64_t[2]")
    assert lib.wasm_vector(row.code[1], result, *slots, ffi.new("uint8_t[16]", given))
    return int(result[0] | result[1] << 64)


def same(row: Opcode, mine: int, theirs: int) -> bool:
    """Equal, where a NaN is a NaN: which of two comes through is open."""
    if mine == theirs:
        return True
    shape = row.mnemonic.partition(".")[0]
    if shape not in ("f32x4", "f64x2"):
        return False
    layout = "<4f" if shape == "f32x4" else "<2d"
    pairs = zip(*(struct.unpack(layout, value.to_bytes(16, "little")) for value in (mine, theirs)), strict=True)
    return all(x == y or (x != x and y != y) for x, y in pairs)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_all_forms_give_the_same(row: Opcode) -> None:
    random = Random(row.code[1])
    pops, (push,) = stack_words(row.stack or "")
    for _ in range(2):
        bits, given = [operand(random, word) for word in pops], immediates(row, random)
        ways = product(*(sources(word, place, value) for place, (word, value) in enumerate(zip(pops, bits, strict=True))))
        store = f"{push}.store (i32.const 100)"
        text = " ".join(f"{number}" for number in given)
        functions = "".join(f'(func (export "f{n}") (param {" ".join(pops)}) ({store} ({row.mnemonic} {text} {" ".join(way)})))'
                            for n, way in enumerate(ways))  # fmt: skip
        data = b"".join(value.to_bytes(16, "little") for value in bits)
        written = "".join(f"\\{byte:02x}" for byte in data)
        module = wasm.Module.parse(f'(module (memory (export "m") 1) (data (i32.const 0) "{written}") {functions})')
        exports = wasm.Store(tier="native").instantiate(module).exports
        arguments = [argument(word, value) for word, value in zip(pops, bits, strict=True)]
        wanted = expected(row, bits, given)
        for name in [name for name in exports if name != "m"]:
            exports.m.write(100, bytes(16))
            exports[name](*arguments)
            got = int.from_bytes(exports.m.read(100, 16), "little")
            assert same(row, got, wanted), f"{name}: {got:#x} is not {wanted:#x} for {[hex(value) for value in bits]}, {given}"


def argument(word: str, bits: int) -> Any:
    if word == "v128":
        return bits.to_bytes(16, "little")
    if word[0] == "i":
        return bits
    return struct.unpack("<f" if word == "f32" else "<d", bits.to_bytes(WIDTHS[word] // 8, "little"))[0]


PLACES = {
    "the first memory": "(memory $m 1)",
    "the second memory": "(memory 1) (memory $m 1)",
    "64-bit addresses": "(memory $m i64 1)",
}

FILLED = '(data (memory $m) ({address}.const 0) "\\81\\92\\a3\\b4\\c5\\d6\\e7\\f8\\09\\1a\\2b\\3c\\4d\\5e\\6f\\70")'

LOADS = {
    "v128.load": "70_6f5e_4d3c_2b1a_09f8_e7d6_c5b4_a392_81",
    "v128.load8x8_s": "fff8_ffe7_ffd6_ffc5_ffb4_ffa3_ff92_ff81",
    "v128.load8x8_u": "00f8_00e7_00d6_00c5_00b4_00a3_0092_0081",
    "v128.load16x4_s": "ffff_f8e7_ffff_d6c5_ffff_b4a3_ffff_9281",
    "v128.load16x4_u": "0000_f8e7_0000_d6c5_0000_b4a3_0000_9281",
    "v128.load32x2_s": "ffff_ffff_f8e7_d6c5_ffff_ffff_b4a3_9281",
    "v128.load32x2_u": "0000_0000_f8e7_d6c5_0000_0000_b4a3_9281",
    "v128.load8_splat": "8181" * 8,
    "v128.load16_splat": "9281" * 8,
    "v128.load32_splat": "b4a3_9281" * 4,
    "v128.load64_splat": "f8e7_d6c5_b4a3_9281" * 2,
    "v128.load32_zero": "b4a3_9281",
    "v128.load64_zero": "f8e7_d6c5_b4a3_9281",
}

SIZES = {"v128.load": 16, "v128.load8_splat": 1, "v128.load16_splat": 2, "v128.load32_splat": 4, "v128.load32_zero": 4}


@pytest.mark.parametrize("memory", PLACES)
@pytest.mark.parametrize("mnemonic", LOADS)
def test_loads_read_what_is_there_and_stop_at_the_end(memory: str, mnemonic: str) -> None:
    address = "i64" if "i64" in PLACES[memory] else "i32"
    module = wasm.Module.parse(f"""(module {PLACES[memory]} {FILLED.format(address=address)}
      (func (export "f") (param {address}) (result v128) ({mnemonic} $m offset=2 (local.get 0)))
      (func (export "at") (result v128) ({mnemonic} $m ({address}.const 0))))""")
    exports = wasm.Store(tier="native").instantiate(module).exports
    last = 65536 - 2 - SIZES.get(mnemonic, 8)

    assert exports.at() == int(LOADS[mnemonic], 16).to_bytes(16, "little")
    assert exports.f(last) == bytes(16)
    for outside in (last + 1, -1 if address == "i64" else 2**32 - 1):
        with pytest.raises(wasm.Trap, match="out of bounds memory access"):
            exports.f(outside)


@pytest.mark.parametrize("memory", PLACES)
@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_lanes_go_to_memory_and_come_from_there(memory: str, bits: int) -> None:
    address = "i64" if "i64" in PLACES[memory] else "i32"
    last_lane = 128 // bits - 1
    module = wasm.Module.parse(f"""(module {PLACES[memory]} {FILLED.format(address=address)} (export "m" (memory $m))
      (func (export "load") (param {address} v128) (result v128)
        (v128.load{bits}_lane $m {last_lane} (local.get 0) (local.get 1)))
      (func (export "store") (param {address} v128)
        (v128.store{bits}_lane $m offset=1 {last_lane} (local.get 0) (local.get 1))))""")
    exports = wasm.Store(tier="native").instantiate(module).exports
    vector, size = bytes(range(16)), bits // 8

    assert exports.load(0, vector) == vector[: 16 - size] + exports.m.read(0, size)
    exports.store(99, vector)
    assert exports.m.read(99, size + 2) == b"\0" + vector[-size:] + b"\0"
    exports.store(65536 - 1 - size, vector)
    for attempt in (lambda: exports.load(65537 - size, vector), lambda: exports.store(65536 - size, vector)):
        with pytest.raises(wasm.Trap, match="out of bounds memory access"):
            attempt()


def test_vectors_pass_through_all_that_moves_operands() -> None:
    """Calls, blocks, branches, select, globals and tables of them, deep enough for every operand to be far from its place."""
    module = wasm.Module.parse("""(module
      (global $g (mut v128) (v128.const i64x2 1 2)) (global $c v128 (v128.const i64x2 3 4))
      (table funcref (elem $swap))
      (type $pair (func (param v128 i32 v128) (result v128 i32 v128)))
      (func $swap (type $pair) (local.get 2) (local.get 1) (local.get 0))
      (func (export "swap") (param v128 v128) (result v128 i32 v128)
        (call_indirect (type $pair) (local.get 0) (i32.const 7) (local.get 1) (i32.const 0)))
      (func (export "choose") (param v128 v128 i32) (result v128)
        (select (local.get 0) (v128.const i64x2 0 0) (local.get 2)) (local.set 0)
        (block $out (result v128)
          (br_if $out (local.get 0) (i32.eq (local.get 2) (i32.const 1)))
          (drop) (br_if $out (v128.const i64x2 5 6) (i32.eq (local.get 2) (i32.const 2)))
          (drop) (loop (result v128) (i64x2.add (local.get 0) (local.get 1)))))
      (func (export "exchange") (param v128) (result v128 v128)
        (global.get $g) (global.set $g (i64x2.add (local.get 0) (global.get $c))) (global.get $g))
      (func (export "kept") (param v128) (result v128 v128 i64)
        (local v128)
        (local.get 0) (local.set 0 (i8x16.splat (i32.const 9))) (local.tee 1 (local.get 0))
        (i64x2.extract_lane 1 (local.get 1))))""")
    exports = wasm.Store(tier="native").instantiate(module).exports

    def pair(low: int, high: int) -> bytes:
        return struct.pack("<2q", low, high)

    assert exports.swap(pair(1, 2), pair(3, 4)) == (pair(3, 4), 7, pair(1, 2))
    assert exports.choose(pair(1, 2), pair(10, 20), 1) == pair(1, 2)
    assert exports.choose(pair(1, 2), pair(10, 20), 2) == pair(5, 6)
    assert exports.choose(pair(1, 2), pair(10, 20), 3) == pair(11, 22)
    assert exports.choose(pair(1, 2), pair(10, 20), 0) == pair(10, 20)
    assert exports.exchange(pair(10, 20)) == (pair(1, 2), pair(13, 24))
    assert exports.exchange(pair(0, 0)) == (pair(13, 24), pair(3, 4))
    assert exports.kept(pair(1, 2)) == (pair(1, 2), b"\t" * 16, 0x0909090909090909)


def test_a_function_of_the_host_takes_and_gives_vectors() -> None:
    module = wasm.Module.parse("""(module (import "env" "f" (func $f (param v128 i32) (result v128)))
      (func (export "run") (param v128) (result v128) (v128.not (call $f (v128.not (local.get 0)) (i32.const 5)))))""")
    seen: list[tuple[bytes, int]] = []

    def host(vector: bytes, number: int) -> bytes:
        seen.append((vector, number))
        return vector[::-1]

    run = wasm.Store(tier="native").instantiate(module, {"env": {"f": host}}).exports.run

    assert run(bytes(range(16))) == bytes(range(15, -1, -1))
    assert seen == [(bytes(255 - x for x in range(16)), 5)]
