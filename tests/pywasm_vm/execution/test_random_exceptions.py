"""Random programs that throw, catch and leave by calls: every tier gives what wasmtime gives.

wasmtime knows the present form only; in the legacy one, the tiers are compared with each other.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm.execution.python import control

sys.path.insert(0, str(Path(__file__).parent))
from random_exceptions import ThrowingProgram
from random_programs import FUEL
from test_random_programs import UNCAUGHT, arguments_of, outcome, their_outcome

State = tuple[Any, bytes, int, int]
"""What a call gave, and the memory, the global g and the fuel after it."""


def calls(program: ThrowingProgram, seed: int) -> list[tuple[str, list[Any]]]:
    """The calls to make: each function twice."""
    random = Random(seed)
    return [(f"f{index}", arguments_of(random, params)) for _ in range(2) for index, (params, _) in enumerate(program.types)]


def run_ours(program: ThrowingProgram, seed: int, tier: str, *, metered: bool = False) -> list[State]:
    return run_counted(program, seed, tier, 10**9 if metered else None)[0]


def run_counted(program: ThrowingProgram, seed: int, tier: str, fuel: int | None) -> tuple[list[State], int | None]:
    """What the calls gave, and the fuel that is left."""
    store = wasm.Store(tier=tier, fuel=fuel)
    exports = store.instantiate(wasm.Module.parse(program.text)).exports
    found = []
    for name, arguments in calls(program, seed):
        exports.fuel.value = FUEL
        result = outcome(exports[name], *arguments)
        found.append((result, exports.m.read(0, exports.m.size), exports.g.value, exports.fuel.value))
    return found, store.fuel


def run_theirs(program: ThrowingProgram, seed: int) -> list[State]:
    wasmtime = pytest.importorskip("wasmtime")
    config = wasmtime.Config()
    config.wasm_exceptions = config.wasm_tail_call = config.wasm_function_references = config.wasm_gc = True
    engine = wasmtime.Engine(config)
    store = wasmtime.Store(engine)
    exports = wasmtime.Instance(store, wasmtime.Module(engine, program.text), []).exports(store)
    found = []
    for name, arguments in calls(program, seed):
        exports["fuel"].set_value(store, FUEL)
        result = their_outcome(exports[name], store, *arguments)
        found.append((result, bytes(exports["m"].read(store)), exports["g"].value(store), exports["fuel"].value(store)))
    return found


@pytest.mark.parametrize("metered", [False, True], ids=["plain", "metered"])
@pytest.mark.parametrize("first", range(0, 30, 15))
def test_random_exceptions_agree_with_wasmtime(tier: str, first: int, metered: bool) -> None:
    uncaught = 0
    for seed in range(first, first + 15):
        program = ThrowingProgram(seed)
        expected = run_theirs(program, seed)
        assert run_ours(program, seed, tier, metered=metered) == expected, f"seed {seed}"
        uncaught += sum(state[0] == UNCAUGHT for state in expected)
    assert uncaught, "none of these programs throws"


@pytest.mark.parametrize("first", range(0, 30, 15))
@pytest.mark.parametrize("fuel", [10**9, 1_500], ids=["plenty", "scarce"])
@pytest.mark.parametrize("legacy", [False, True], ids=["now", "legacy"])
def test_random_exceptions_agree_among_tiers(first: int, legacy: bool, fuel: int) -> None:
    """Down to the fuel that is left, and to where it ran out."""
    for seed in range(first, first + 15):
        program = ThrowingProgram(seed, legacy=legacy)
        assert run_counted(program, seed, "python", fuel) == run_counted(program, seed, "stepping", fuel), f"seed {seed}"


@pytest.mark.parametrize("most", [4, 5, 6])
@pytest.mark.parametrize("legacy", [False, True], ids=["now", "legacy"])
def test_it_does_not_matter_what_python_has_room_for(monkeypatch: pytest.MonkeyPatch, most: int, legacy: bool) -> None:
    """With next to no loops within loops, nearly everything becomes states, and tries stand among them and in them."""
    programs = [(seed, ThrowingProgram(seed, legacy=legacy)) for seed in range(200, 212)]
    expected = [run_ours(program, seed, "python") for seed, program in programs]

    monkeypatch.setattr(control, "LOOPS_MOST", most)

    for (seed, program), states in zip(programs, expected, strict=True):
        assert run_ours(program, seed, "python", metered=bool(seed % 2)) == states, f"seed {seed}"
