"""Random programs give on every tier what they give on wasmtime: results, traps, memory and globals."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm import TrapKind

sys.path.insert(0, str(Path(__file__).parent))
from random_programs import FUEL, INTEGERS, Program

UNCAUGHT = "an exception that nobody catches"

WORDS: dict[str, Any] = {
    "thrown Wasm exception": UNCAUGHT,
    "unreachable": TrapKind.UNREACHABLE,
    "divide by zero": TrapKind.INTEGER_DIVIDE_BY_ZERO,
    "integer overflow": TrapKind.INTEGER_OVERFLOW,
    "invalid conversion": TrapKind.INVALID_CONVERSION_TO_INTEGER,
    "out of bounds memory": TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS,
    "undefined element": TrapKind.UNDEFINED_ELEMENT,
    "uninitialized element": TrapKind.UNINITIALIZED_ELEMENT,
    "indirect call type": TrapKind.INDIRECT_CALL_TYPE_MISMATCH,
}
"""What wasmtime's messages hold for each kind of trap."""


def comparable(value: Any) -> Any:
    """Integers and floats as bits; all NaNs alike."""
    if isinstance(value, float):
        return "nan" if value != value else struct.pack("<d", value)
    return value


def arguments_of(random: Random, types: tuple[str, ...]) -> list[Any]:
    """Arguments of these types, integers signed."""
    floats = [0.0, -0.0, 1.5, -2.0, 3e9, float("inf"), float("nan")]
    chosen: list[Any] = []
    for kind in types:
        if kind in INTEGERS:
            value, bits = random.choice(INTEGERS[kind]), int(kind[1:])
            chosen.append(value - (1 << bits) if value >> (bits - 1) else value)
        else:
            chosen.append(random.choice(floats))
    return chosen


def outcome(call: Callable[..., Any], *arguments: Any) -> Any:
    """What one of our functions gives: a value, the kind of a trap, or that it lets an exception out."""
    try:
        return comparable(call(*arguments))
    except wasm.Trap as trap:
        return trap.kind
    except wasm.WasmException:
        return UNCAUGHT


def their_outcome(call: Callable[..., Any], *arguments: Any) -> Any:
    """The same for a function of wasmtime."""
    import wasmtime

    try:
        return comparable(call(*arguments))
    except wasmtime.Trap as trap:
        return next(kind for words, kind in WORDS.items() if words in str(trap))


@pytest.mark.parametrize("metered", [False, True], ids=["plain", "metered"])
@pytest.mark.parametrize("first", range(0, 100, 20))
def test_random_programs_agree_with_wasmtime(tier: str, wat: Callable[[str], bytes], first: int, metered: bool) -> None:
    wasmtime = pytest.importorskip("wasmtime")
    engine = wasmtime.Engine()
    for seed in range(first, first + 20):
        program, random = Program(seed), Random(seed)
        data = wat(program.text)
        store = wasmtime.Store(engine)
        theirs = wasmtime.Instance(store, wasmtime.Module(engine, data), []).exports(store)
        ours = wasm.Store(tier=tier, fuel=10**9 if metered else None).instantiate(wasm.Module.decode(data)).exports
        for _ in range(3):
            for index, (params, _result) in enumerate(program.types):
                arguments = arguments_of(random, params)
                theirs["fuel"].set_value(store, FUEL)
                ours["fuel"].value = FUEL
                where = f"seed {seed}, f{index}{tuple(arguments)}"
                expected = their_outcome(theirs[f"f{index}"], store, *arguments)
                assert outcome(ours[f"f{index}"], *arguments) == expected, where
                assert ours["m"].read(0, ours["m"].size) == bytes(theirs["m"].read(store)), where
                assert ours["g"].value == theirs["g"].value(store), where
                assert ours["fuel"].value == theirs["fuel"].value(store), where
