"""Random programs, step by step: the tier `native` stands where the tier `stepping` stands, and shows the same."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm import FrameView, Stepper, Stop
from pywasm_vm.native.core import missing
from pywasm_vm.observe.native import NativeStepper
from pywasm_vm.runtime.exceptions import ExnInst
from pywasm_vm.runtime.instances import FuncInst

sys.path.insert(0, str(Path(__file__).parents[1] / "execution"))
from random_exceptions import ThrowingProgram
from random_programs import Program
from test_random_programs import arguments_of

pytestmark = pytest.mark.skipif(missing() is not None, reason="the C core is not built")

STEPS = 300
"""Of each call."""


def shown(value: Any) -> Any:
    """*value* without what belongs to its store alone; every NaN is like itself."""
    if isinstance(value, FuncInst):
        return f"function {value.index}"
    if isinstance(value, ExnInst):
        return tuple(map(repr, value.fields))
    return repr(value)


def comparable(view: FrameView) -> Any:
    locals_ = tuple(replace(local, value=shown(local.value)) for local in view.locals)
    return replace(view, locals=locals_, stack=tuple(map(shown, view.stack)))


def walk(program: Program, seed: int, tier: str) -> list[Any]:
    instance = wasm.Store(tier).instantiate(wasm.Module.parse(program.text))
    stepper = Stepper(instance)
    assert isinstance(stepper, NativeStepper) == (tier == "native")
    random, found = Random(seed), []
    for index, (params, _results) in enumerate(program.types):
        instance.exports.fuel.value = 200
        stepper.begin(f"f{index}", *arguments_of(random, params))
        for step in range(STEPS):
            found.append([comparable(view) for view in stepper.frames])
            try:
                stop = stepper.next() if step % 7 == 3 else stepper.finish() if step % 61 == 60 else stepper.step()
            except wasm.WasmError as error:
                found.append((type(error), getattr(error, "frames", None), [view.offset for view in stepper.frames]))
                break
            if stop is Stop.DONE:
                found.append(list(map(shown, stepper.results or ())))
                break
        stepper.close()
    return found


@pytest.mark.parametrize("seed", range(6))
def test_every_step_of_a_random_program_shows_the_same(seed: int) -> None:
    program = Program(seed)

    assert walk(program, seed, "native") == walk(program, seed, "stepping")


@pytest.mark.parametrize("legacy", [False, True], ids=["now", "legacy"])
@pytest.mark.parametrize("seed", range(6))
def test_every_step_of_a_random_program_that_throws_shows_the_same(seed: int, legacy: bool) -> None:
    program = ThrowingProgram(seed, legacy=legacy)

    assert walk(program, seed, "native") == walk(program, seed, "stepping")


def test_calls_of_others_run_the_fast_code_again_afterwards() -> None:
    instance = wasm.Store("native").instantiate(
        wasm.Module.parse('(module (func (export "f") (result i32) (i32.add (i32.const 1) (i32.const 2))))')
    )
    stepper = Stepper(instance)
    stepper.break_at("f")

    stepper.begin("f")
    assert stepper.run() is Stop.DONE

    assert instance.exports.f() == 3


def test_two_stores_that_share_a_module_do_not_stop_at_breakpoints_of_each_other() -> None:
    module = wasm.Module.parse('(module (func (export "f") (result i32) (i32.const 7)))')
    one, other = (Stepper(wasm.Store("native").instantiate(module)) for _ in range(2))
    one.break_at("f", one.listing("f")[-1].offset)

    other.begin("f")

    assert other.run() is Stop.DONE
