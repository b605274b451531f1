"""Numeric instructions: a small function for each row, made of what the row says.

Lives here: the making of these functions, and constants.
Not here: arithmetic; a row has an expression, or numerics has a function of its name.

A row qualifies when its stack type is plain words of numbers, when it depends on its operands alone, and when there is an
expression or a helper. Its function is compiled once, at import, from text like this, of `i32.add`:

    def step(frame, immediate):
        stack = frame.stack
        b = stack.pop()
        stack[-1] = (stack[-1] + b) & 0xFFFFFFFF

spec: exec/instructions, numeric instructions; exec/numerics
"""

from __future__ import annotations

from typing import Any

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.execution.stepping.configuration import Frame
from pywasm_vm.execution.stepping.registry import OPERANDS, STEPS, Handler, Scope, operand, steps
from pywasm_vm.isa.opcode import Effect, Opcode, stack_words
from pywasm_vm.isa.table import ALL
from pywasm_vm.numerics import floats, ints
from pywasm_vm.numerics.floats import f32_reinterpret_i32, f64_reinterpret_i64

__all__ = ["derive", "function_text"]

HELPERS: dict[str, Any] = {name: getattr(module, name) for module in (ints, floats) for name in module.__all__}
"""The functions that stand in for a row without an expression, and that expressions may use."""

_NAMES: dict[str, Any] = {**HELPERS, "Trap": Trap, "ZERO": TrapKind.INTEGER_DIVIDE_BY_ZERO}

_MASKS = {"i32": 0xFFFFFFFF, "i64": 0xFFFFFFFFFFFFFFFF}

_NUMBERS = frozenset({"i32", "i64", "f32", "f64", "v128"})


@operand("f32.const")
def f32_operand(_scope: Scope, immediates: Any, _position: int) -> float:
    """The number of the bits."""
    return f32_reinterpret_i32(immediates[0])


@operand("f64.const")
def f64_operand(_scope: Scope, immediates: Any, _position: int) -> float:
    """The number of the bits."""
    return f64_reinterpret_i64(immediates[0])


@steps("i32.const", "i64.const", "f32.const", "f64.const")
def const(frame: Frame, value: int | float) -> None:
    frame.stack.append(value)


def derive(row: Opcode) -> Handler | None:
    """The function that runs *row*, when the row says enough."""
    text = function_text(row)
    if text is None:
        return None
    scope: dict[str, Any] = {"__name__": __name__, **_NAMES}
    exec(compile(text, f"<{row.mnemonic}>", "exec"), scope)
    made: Handler = scope["step"]
    return made


def function_text(row: Opcode) -> str | None:
    """The source of that function; None when the row alone does not say enough."""
    if row.stack is None or row.effect not in (Effect.PURE, Effect.TRAPS):
        return None
    pops, pushes = stack_words(row.stack)
    if not pops or not pushes or not {*pops, *pushes} <= _NUMBERS or row.immediates:
        return None
    if row.py is None and row.name not in HELPERS:
        return None
    lines = ["def step(frame, immediate):", " stack = frame.stack"]
    names = [f"x{position}" for position in range(len(pops))]
    lines += [f" {name} = stack.pop()" for name in reversed(names[1:])]
    # The lowest operand's place is where the result goes.
    names[0] = "stack[-1]"
    result = _expression(row, names, pushes[0])
    if len(pushes) > 1:
        lines.append(f" stack[-1:] = {result}")
    elif row.py is not None and row.effect is Effect.TRAPS:
        lines += [" try:", f"  stack[-1] = {result}", " except ZeroDivisionError:", "  raise Trap(ZERO) from None"]
    else:
        lines.append(f" stack[-1] = {result}")
    return "\n".join([*lines, ""])


def _expression(row: Opcode, names: list[str], result: str) -> str:
    if row.py is None:
        return f"{row.name}({', '.join(names)})"
    text = row.py.format(*names)
    return f"({text}) & {_MASKS[result]}" if row.wraps else text


def _register() -> None:
    for row in ALL:
        if row not in STEPS and row not in OPERANDS:
            made = derive(row)
            if made is not None:
                STEPS[row] = made


_register()
