"""Vectors: constants, lanes, loads and stores, and every row whose lanes a function of numerics works on.

Lives here: how these instructions move vectors between stack and memory, and lanes in and out of them.
Not here: the lanes themselves (numerics), and bits and splats, whose rows say it all (numeric.py).

On the stack a vector is one integer of 128 bits. Functions of numerics take some vectors as that integer and some as 16 bytes;
their annotations say which.

spec: exec/instructions, vector instructions
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.execution.stepping.configuration import Frame
from pywasm_vm.execution.stepping.registry import STEPS, Handler, Scope, operand, steps
from pywasm_vm.isa import vector
from pywasm_vm.isa.opcode import Opcode, stack_words
from pywasm_vm.numerics import lanes_float, lanes_int, lanes_width
from pywasm_vm.numerics.floats import f32_reinterpret_i32, f64_reinterpret_i64, i32_reinterpret_f32, i64_reinterpret_f64
from pywasm_vm.structure.instructions import MemArg

__all__: list[str] = []

HELPERS: dict[str, Callable[..., Any]] = {**lanes_int.FUNCTIONS, **lanes_float.FUNCTIONS, **lanes_width.FUNCTIONS}

M128 = (1 << 128) - 1


@operand("v128.const")
def constant(_scope: Scope, immediates: Any, _position: int) -> int:
    """The number of the bytes."""
    return int.from_bytes(immediates[0], "little")


@steps("v128.const")
def v128_const(frame: Frame, value: int) -> None:
    frame.stack.append(value)


def _helped(row: Opcode) -> Handler:
    """A step that asks the function of numerics of the name of *row*."""
    function = HELPERS[row.name]
    pops, _ = stack_words(row.stack or "->")
    forms = list(function.__annotations__.items())
    as_bytes = [kind == "bytes" for _, kind in forms[: len(pops)]]
    gives_bytes = function.__annotations__["return"] == "bytes"
    count = len(pops)

    def step(frame: Frame, _immediate: Any) -> None:
        stack = frame.stack
        values = stack[-count:]
        del stack[-count:]
        given = [value.to_bytes(16, "little") if wanted else value for value, wanted in zip(values, as_bytes, strict=True)]
        result = function(*given)
        stack.append(int.from_bytes(result, "little") if gives_bytes else result)

    return step


@steps("i8x16.shuffle")
def shuffle(frame: Frame, lanes: tuple[int, ...]) -> None:
    stack = frame.stack
    second, first = stack.pop(), stack.pop()
    both = first.to_bytes(16, "little") + second.to_bytes(16, "little")
    stack.append(int.from_bytes(bytes(both[lane] for lane in lanes), "little"))


# Single lanes


def _unchanged(bits: int) -> int:
    return bits


def _extract(width: int, convert: Callable[[int], Any]) -> Handler:
    mask = (1 << width) - 1

    def step(frame: Frame, lane: int) -> None:
        frame.stack[-1] = convert(frame.stack[-1] >> width * lane & mask)

    return step


def _with_lane(number: int, bits: int, width: int, lane: int) -> int:
    place = width * lane
    return number & (M128 ^ ((1 << width) - 1 << place)) | bits << place


def _replace(width: int, convert: Callable[[Any], int]) -> Handler:
    mask = (1 << width) - 1

    def step(frame: Frame, lane: int) -> None:
        value = frame.stack.pop()
        frame.stack[-1] = _with_lane(frame.stack[-1], convert(value) & mask, width, lane)

    return step


def _sign_extended(width: int) -> Callable[[int], int]:
    sign = 1 << width - 1
    return lambda bits: (bits ^ sign) - sign & 0xFFFFFFFF


# Loads and stores


def _place(frame: Frame, memarg: MemArg, address: int, size: int) -> tuple[bytearray, int]:
    """The bytes of the memory, and the first of *size* that are meant.

    raises: Trap, out of bounds memory access.
    """
    data = frame.instance.mems[memarg.memory].data
    place = address + memarg.offset
    if place + size > len(data):
        raise Trap(TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS)
    return data, place


def _read(frame: Frame, memarg: MemArg, address: int, size: int) -> int:
    data, place = _place(frame, memarg, address, size)
    return int.from_bytes(data[place : place + size], "little")


def _load(size: int, factor: int) -> Handler:
    """A load of *size* bytes to the lowest lanes; *factor* repeats them to the others."""

    def step(frame: Frame, memarg: MemArg) -> None:
        frame.stack[-1] = _read(frame, memarg, frame.stack[-1], size) * factor

    return step


@steps("v128.store")
def v128_store(frame: Frame, memarg: MemArg) -> None:
    value, address = frame.stack.pop(), frame.stack.pop()
    data, place = _place(frame, memarg, address, 16)
    data[place : place + 16] = value.to_bytes(16, "little")


def _load_extend(narrow: str, wide: str) -> Handler:
    """A load of half a vector, each of its lanes made twice as wide."""
    unpack, pack = struct.Struct(narrow).unpack_from, struct.Struct(wide).pack

    def step(frame: Frame, memarg: MemArg) -> None:
        data, place = _place(frame, memarg, frame.stack[-1], 8)
        frame.stack[-1] = int.from_bytes(pack(*unpack(data, place)), "little")

    return step


def _load_lane(width: int) -> Handler:
    def step(frame: Frame, immediates: tuple[MemArg, int]) -> None:
        memarg, lane = immediates
        number = frame.stack.pop()
        bits = _read(frame, memarg, frame.stack[-1], width // 8)
        frame.stack[-1] = _with_lane(number, bits, width, lane)

    return step


def _store_lane(width: int) -> Handler:
    size, mask = width // 8, (1 << width) - 1

    def step(frame: Frame, immediates: tuple[MemArg, int]) -> None:
        memarg, lane = immediates
        number, address = frame.stack.pop(), frame.stack.pop()
        data, place = _place(frame, memarg, address, size)
        data[place : place + size] = (number >> width * lane & mask).to_bytes(size, "little")

    return step


# Registration


def _register() -> None:
    for row in vector.ROWS:
        if row.name in HELPERS and not row.immediates:
            STEPS[row] = _helped(row)
    steps("v128.load")(_load(16, 1))
    for width in (8, 16, 32, 64):
        steps(f"v128.load{width}_splat")(_load(width // 8, M128 // ((1 << width) - 1)))
        steps(f"v128.load{width}_lane")(_load_lane(width))
        steps(f"v128.store{width}_lane")(_store_lane(width))
    for width, shape in ((8, "i8x16"), (16, "i16x8"), (32, "i32x4"), (64, "i64x2")):
        steps(f"{shape}.replace_lane")(_replace(width, _unchanged))
        if width < 32:
            steps(f"{shape}.extract_lane_s")(_extract(width, _sign_extended(width)))
            steps(f"{shape}.extract_lane_u")(_extract(width, _unchanged))
        else:
            steps(f"{shape}.extract_lane")(_extract(width, _unchanged))
    steps("f32x4.extract_lane")(_extract(32, f32_reinterpret_i32))
    steps("f64x2.extract_lane")(_extract(64, f64_reinterpret_i64))
    steps("f32x4.replace_lane")(_replace(32, i32_reinterpret_f32))
    steps("f64x2.replace_lane")(_replace(64, i64_reinterpret_f64))
    for width in (32, 64):
        steps(f"v128.load{width}_zero")(_load(width // 8, 1))
    for form, codes in (("8x8", "8b 8h"), ("16x4", "4h 4i"), ("32x2", "2i 2q")):
        narrow, wide = codes.split()
        steps(f"v128.load{form}_s")(_load_extend(f"<{narrow}", f"<{wide}"))
        steps(f"v128.load{form}_u")(_load_extend(f"<{narrow.upper()}", f"<{wide.upper()}"))


_register()
