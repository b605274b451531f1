"""Constant expressions."""

from __future__ import annotations

import math

import pytest

from pywasm_vm.errors import Crash
from pywasm_vm.execution.constant import evaluate
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.runtime.instances import FuncInst, GlobalInst, ModuleInst
from pywasm_vm.structure.instructions import Instr
from pywasm_vm.structure.module import Module
from pywasm_vm.structure.types import I32, FuncType, GlobalType


def expression(*words: tuple[object, ...]) -> list[Instr]:
    return [(BY_MNEMONIC[str(word)], immediates, 0) for word, *rest in (*words, ("end",)) for immediates in [tuple(rest)]]


INSTANCE = ModuleInst(Module(), funcs=[FuncInst(FuncType((), ()), name="f")], globals=[GlobalInst(GlobalType(I32, False), 41)])


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ([("i32.const", 0xFFFFFFFF)], 0xFFFFFFFF),
        ([("f32.const", 0x3FC00000)], 1.5),
        ([("f64.const", 0x8000000000000000)], -0.0),
        ([("ref.null", "func")], None),
        ([("global.get", 0)], 41),
        ([("global.get", 0), ("i32.const", 1), ("i32.add",)], 42),
        ([("i32.const", 0), ("i32.const", 1), ("i32.sub",)], 0xFFFFFFFF),
        ([("i32.const", 3), ("global.get", 0), ("i32.const", 2), ("i32.sub",), ("i32.mul",)], 117),
        ([("i64.const", 1 << 63), ("i64.const", 2), ("i64.mul",)], 0),
    ],
)
def test_constant_expression_gives(words: list[tuple[object, ...]], value: object) -> None:
    result = evaluate(expression(*words), INSTANCE)

    assert result == value
    if isinstance(value, float):
        assert math.copysign(1, result) == math.copysign(1, value)


def test_a_function_reference_is_the_function_of_the_instance() -> None:
    assert evaluate(expression(("ref.func", 0)), INSTANCE) is INSTANCE.funcs[0]


def test_an_instruction_that_is_not_constant_is_our_mistake() -> None:
    with pytest.raises(Crash, match=r"memory\.size"):
        evaluate(expression(("memory.size", 0)), INSTANCE)
