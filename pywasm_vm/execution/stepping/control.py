"""Blocks, branches and calls; drop, select and variables.

Lives here: what these instructions do to labels, operands and frames.
Not here: branches that look at a reference (reference.py), entering and leaving a function (configuration.py), and finding where
blocks end (body.py).

A branch to a block goes on after its `end`; a branch to a loop runs the `loop` again, which puts its label back. A branch to the
body itself goes to its last `end`, which leaves the function.

spec: exec/instructions, control, parametric and variable instructions
"""

from __future__ import annotations

from typing import Any

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.execution.stepping import configuration
from pywasm_vm.execution.stepping.configuration import Frame
from pywasm_vm.execution.stepping.registry import Scope, operand, steps
from pywasm_vm.runtime.instances import FuncInst, require_type

__all__ = ["br", "else_", "else_operand", "end", "metered_loop"]


@steps("unreachable")
def unreachable(frame: Frame, _: Any) -> None:
    raise Trap(TrapKind.UNREACHABLE)


@steps("nop")
def nop(frame: Frame, _: Any) -> None:
    """Nothing."""


# Blocks


@operand("block")
def block_operand(scope: Scope, immediates: Any, position: int) -> tuple[int, int, int]:
    """(parameters, results, the position after the end)."""
    parameters, results = scope.arities(immediates[0])
    return parameters, results, scope.constructs[position].end + 1


@steps("block")
def block(frame: Frame, operand: tuple[int, int, int]) -> None:
    parameters, arity, continuation = operand
    frame.labels.append((arity, continuation, len(frame.stack) - parameters, None))


@operand("loop")
def loop_operand(scope: Scope, immediates: Any, position: int) -> tuple[int, int, int]:
    """(parameters, its own position, fuel)."""
    return scope.arities(immediates[0])[0], position, scope.constructs[position].cost


@steps("loop")
def loop(frame: Frame, operand: tuple[int, int, int]) -> None:
    parameters, position, _cost = operand
    frame.labels.append((parameters, position, len(frame.stack) - parameters, None))


def metered_loop(frame: Frame, operand: tuple[int, int, int]) -> None:
    """`loop` in metered code: each arrival costs."""
    frame.configuration.charge(operand[2])
    loop(frame, operand)


@operand("if")
def if_operand(scope: Scope, immediates: Any, position: int) -> tuple[int, int, int, int]:
    """(parameters, results, the position after the end, the first position of the other arm, 0 when there is none)."""
    construct = scope.constructs[position]
    return *scope.arities(immediates[0]), construct.end + 1, construct.else_ + 1


@steps("if")
def if_(frame: Frame, operand: tuple[int, int, int, int]) -> int | None:
    parameters, arity, continuation, otherwise = operand
    if frame.stack.pop():
        frame.labels.append((arity, continuation, len(frame.stack) - parameters, None))
        return None
    if not otherwise:
        return continuation
    frame.labels.append((arity, continuation, len(frame.stack) - parameters, None))
    return otherwise


@operand("else")
def else_operand(scope: Scope, _: Any, position: int) -> int:
    """The position after the end of the whole."""
    return scope.constructs[position].end + 1


@steps("else")
def else_(frame: Frame, continuation: int) -> int:
    """The end of the first arm."""
    frame.labels.pop()
    return continuation


@steps("end")
def end(frame: Frame, _: Any) -> None:
    """The end of a block; that of the body is a `return`."""
    frame.labels.pop()


# Branches


@steps("br")
def br(frame: Frame, label: int) -> int:
    """Go to *label* with what it carries; every other branch that is taken does so too."""
    labels, stack = frame.labels, frame.stack
    target = -1 - label
    arity, continuation, height, _guard = labels[target]
    del labels[target:]
    if len(stack) > height + arity:
        del stack[height : len(stack) - arity]
    return continuation


@steps("br_if")
def br_if(frame: Frame, label: int) -> int | None:
    return br(frame, label) if frame.stack.pop() else None


@steps("br_table")
def br_table(frame: Frame, labels: tuple[int, ...]) -> int:
    """The last label is for every number beyond."""
    index = frame.stack.pop()
    return br(frame, labels[index] if index < len(labels) else labels[-1])


@operand("return")
def return_operand(scope: Scope, _immediates: Any, _position: int) -> int:
    """The number of results."""
    return scope.arity


steps("return")(configuration.leave)


# Calls


@steps("call")
def call(frame: Frame, index: int) -> int | None:
    return configuration.call(frame, frame.instance.funcs[index])


@steps("call_indirect")
def call_indirect(frame: Frame, operand: tuple[int, int]) -> int | None:
    return configuration.call(frame, _look_up(frame, *operand))


def _look_up(frame: Frame, type_index: int, table: int) -> FuncInst:
    elements = frame.instance.tables[table].elements
    element = frame.stack.pop()
    if element >= len(elements):
        raise Trap(TrapKind.UNDEFINED_ELEMENT)
    function = elements[element]
    if function is None:
        raise Trap(TrapKind.UNINITIALIZED_ELEMENT, element=element)
    require_type(function, frame.instance.types[type_index])
    found: FuncInst = function
    return found


@steps("call_ref")
def call_ref(frame: Frame, _type_index: int) -> int | None:
    return configuration.call(frame, _callee(frame))


def _callee(frame: Frame) -> FuncInst:
    function: FuncInst | None = frame.stack.pop()
    if function is None:
        raise Trap(TrapKind.NULL_FUNCTION_REFERENCE)
    return function


@steps("return_call")
def return_call(frame: Frame, index: int) -> int:
    return configuration.leave_for(frame, frame.instance.funcs[index])


@steps("return_call_indirect")
def return_call_indirect(frame: Frame, operand: tuple[int, int]) -> int:
    return configuration.leave_for(frame, _look_up(frame, *operand))


@steps("return_call_ref")
def return_call_ref(frame: Frame, _type_index: int) -> int:
    return configuration.leave_for(frame, _callee(frame))


# Drop, select, variables


@steps("drop")
def drop(frame: Frame, _: Any) -> None:
    frame.stack.pop()


@steps("select", "select_t")
def select(frame: Frame, _: Any) -> None:
    stack = frame.stack
    condition, second = stack.pop(), stack.pop()
    if not condition:
        stack[-1] = second


@steps("local.get")
def local_get(frame: Frame, index: int) -> None:
    frame.stack.append(frame.locals[index])


@steps("local.set")
def local_set(frame: Frame, index: int) -> None:
    frame.locals[index] = frame.stack.pop()


@steps("local.tee")
def local_tee(frame: Frame, index: int) -> None:
    frame.locals[index] = frame.stack[-1]


@steps("global.get")
def global_get(frame: Frame, index: int) -> None:
    frame.stack.append(frame.instance.globals[index].value)


@steps("global.set")
def global_set(frame: Frame, index: int) -> None:
    frame.instance.globals[index].value = frame.stack.pop()
