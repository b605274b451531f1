"""Random programs with structs and arrays give on every tier what they give on wasmtime: results, traps and what is left."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

import pywasm_vm as wasm

sys.path.insert(0, str(Path(__file__).parent))
from random_aggregates import FUEL, NUMBERS, AggregateProgram

WORDS = ("null", "out of bounds array access", "out of bounds memory access", "out of bounds table access", "cast failure")
"""What tells one trap from another in the messages of both."""


def trap_word(message: str) -> str:
    """The first of the words that stands in the message."""
    return next(word for word in WORDS if word in message)


@pytest.mark.parametrize("metered", [False, True], ids=["plain", "metered"])
@pytest.mark.parametrize("first", range(0, 100, 20))
def test_random_aggregates_agree_with_wasmtime(tier: str, wat: Callable[[str], bytes], first: int, metered: bool) -> None:
    for seed in range(first, first + 20):
        compare(tier, wat, seed, metered)


def compare(tier: str, wat: Callable[[str], bytes], seed: int, metered: bool) -> int:
    """Hold one program against wasmtime's; answers how many calls gave a result."""
    wasmtime = pytest.importorskip("wasmtime")
    engine = wasmtime.Engine()
    program, random = AggregateProgram(seed), Random(seed)
    data = wat(program.text)
    store = wasmtime.Store(engine)
    theirs = wasmtime.Instance(store, wasmtime.Module(engine, data), []).exports(store)
    ours = wasm.Store(tier=tier, fuel=10**9 if metered else None).instantiate(wasm.Module.decode(data)).exports
    good = 0
    for _ in range(4):
        for index in range(program.count):
            number, wide = random.choice(NUMBERS), random.choice(NUMBERS)
            arguments = (number - (1 << 32) if number >> 31 else number, wide)
            theirs["fuel"].set_value(store, FUEL)
            ours["fuel"].value = FUEL
            where = f"seed {seed}, f{index}{arguments}"
            result: Any
            try:
                expected = theirs[f"f{index}"](store, *arguments)
                good += 1
            except wasmtime.Trap as trap:
                expected = trap_word(str(trap).partition("wasm trap:")[2])
            try:
                result = ours[f"f{index}"](*arguments)
            except wasm.Trap as trap:
                result = trap_word(trap.kind.value)
            assert result == expected, where
            assert ours["fuel"].value == theirs["fuel"].value(store), where
    return good
