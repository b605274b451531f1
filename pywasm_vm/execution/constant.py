"""Constant expressions: the initial values of globals, elements and segments' places.

Lives here: a small stack machine for the few instructions that may stand there.
Not here: which expressions are allowed (validation) and code in functions (the tiers).

spec: exec/instructions, expressions; valid/instructions, constant expressions
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pywasm_vm.errors import Crash
from pywasm_vm.numerics.floats import f32_reinterpret_i32, f64_reinterpret_i64
from pywasm_vm.runtime.instances import ModuleInst
from pywasm_vm.runtime.values import Value
from pywasm_vm.structure.instructions import Expr

__all__ = ["evaluate"]

_M32, _M64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF

_LEAVES: dict[str, Callable[[Any, ModuleInst], Value]] = {
    "i32.const": lambda value, _: value,
    "i64.const": lambda value, _: value,
    "f32.const": lambda bits, _: f32_reinterpret_i32(bits),
    "f64.const": lambda bits, _: f64_reinterpret_i64(bits),
    "v128.const": lambda content, _: int.from_bytes(content, "little"),
    "ref.null": lambda _heap, _: None,
    "ref.func": lambda index, instance: instance.funcs[index],
    "global.get": lambda index, instance: instance.globals[index].value,
}
"""What pushes a value: from its one immediate and the instance."""

_BINARY: dict[str, Callable[[int, int], int]] = {
    "i32.add": lambda a, b: a + b & _M32,
    "i32.sub": lambda a, b: a - b & _M32,
    "i32.mul": lambda a, b: a * b & _M32,
    "i64.add": lambda a, b: a + b & _M64,
    "i64.sub": lambda a, b: a - b & _M64,
    "i64.mul": lambda a, b: a * b & _M64,
}


def evaluate(expression: Expr, instance: ModuleInst) -> Value:
    """The raw value of the valid constant *expression*, whose globals and functions are those of *instance* so far.

    raises: Crash for an instruction that validation must not let through.
    """
    stack: list[Value] = []
    for row, immediates, _offset in expression:
        word = row.mnemonic
        if word in _LEAVES:
            stack.append(_LEAVES[word](immediates[0], instance))
        elif word in _BINARY:
            right = stack.pop()
            stack.append(_BINARY[word](stack.pop(), right))
        elif word != "end":
            raise Crash(f"the instruction {word} in a constant expression")
    return stack.pop()
