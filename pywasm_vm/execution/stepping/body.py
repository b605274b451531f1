"""From the instructions of a function to its steps.

Lives here: finding where blocks end and what loops cost, in one pass, and pairing each instruction with its function and operand.
Not here: the functions (control.py, numeric.py, memory.py, reference.py, aggregate.py, vector.py).

One step stands for each instruction, at the same position, so that a position says which instruction of the module is next.

spec: none; the specification's instructions hold their blocks, ours are flat
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pywasm_vm.errors import Crash
from pywasm_vm.execution.stepping import aggregate, control, exceptions, memory, numeric, reference, vector
from pywasm_vm.execution.stepping.configuration import Body, Frame, Step, leave
from pywasm_vm.execution.stepping.registry import OPERANDS, STEPS, Construct, Scope
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.runtime.values import Value, default_value
from pywasm_vm.structure.instructions import Instr
from pywasm_vm.structure.module import Func
from pywasm_vm.structure.types import FuncType, RefType, ValType

__all__ = ["FAMILIES", "prepare"]

FAMILIES = (aggregate, control, exceptions, memory, numeric, reference, vector)
"""The files that say what instructions do; importing them is what registers it."""

_LOOP, _ELSE, _END = BY_MNEMONIC["loop"], BY_MNEMONIC["else"], BY_MNEMONIC["end"]
_OPENS = frozenset({_LOOP, *(BY_MNEMONIC[word] for word in ("block", "if", "try_table", "try"))})
_CATCH, _CATCH_ALL, _DELEGATE = BY_MNEMONIC["catch"], BY_MNEMONIC["catch_all"], BY_MNEMONIC["delegate"]


def prepare(
    func: Func, index: int, *, name: str | None, types: Sequence[FuncType | None], tags: Sequence[int], metered: bool
) -> Body:
    """The body of *func*, which is valid and has *index* in the function index space. *types* is the type index space, *tags* has
    the index of the type of each tag."""
    functype = types[func.type_index]
    assert functype is not None
    code = list(func.body)
    constructs = constructs_of(code)
    scope = Scope(types, tags, constructs, len(functype.results))
    steps = [_step(scope, instr, position, metered) for position, instr in enumerate(code)]
    # The `end` of the body has no label to take away: it returns.
    steps[-1] = (leave, scope.arity)
    # A local whose type has no default is written before it is read; validation has seen to that.
    defaults = [_default(valtype) for count, valtype in func.locals for _ in range(count)]
    cost = constructs[-1].cost if metered else 0
    return Body(index, name, code, steps, len(functype.params), scope.arity, defaults, cost)


def constructs_of(code: Sequence[Instr]) -> dict[int, Construct]:
    """The constructs of a valid body by the position where they begin, and again at their `else` or `catch`.

    The body itself is at -1.
    """
    body = Construct(-1, False)
    found = {-1: body}
    open_ = [body]
    immediates: Any
    for position, (row, immediates, _offset) in enumerate(code):
        if row in _OPENS:
            found[position] = construct = Construct(position, row is _LOOP)
            open_.append(construct)
        elif row is _ELSE:
            found[position] = open_[-1]
            open_[-1].else_ = position
        elif row is _CATCH or row is _CATCH_ALL:
            found[position] = open_[-1]
            open_[-1].handlers.append((immediates[0] if immediates else None, position + 1))
        elif row is _END or row is _DELEGATE:
            if row is _DELEGATE:
                open_[-1].delegate = immediates[0]
            closed = open_.pop()
            closed.end = position
            # `cost` has gathered what stands in loops inside, as a negative number.
            size = position - closed.start
            closed.cost += size
            if open_:
                open_[-1].cost -= size if closed.is_loop else size - closed.cost
    return found


def _default(valtype: ValType) -> Value:
    return None if isinstance(valtype, RefType) else default_value(valtype)


def _stepless(_frame: Frame, row: Any) -> int | None:
    """raises: Crash, because an instruction was reached that has no step."""
    raise Crash(f"the tier `stepping` has no step for {row.mnemonic}, yet validation let it through")


def _step(scope: Scope, instr: Instr, position: int, metered: bool) -> Step:
    row = instr[0]
    immediates: Any = instr[1]
    handler = STEPS.get(row)
    if handler is None:
        # In code that nothing reaches, validation lets everything stand.
        return _stepless, row
    maker = OPERANDS.get(row)
    if maker is not None:
        operand = maker(scope, immediates, position)
    else:
        operand = immediates[0] if len(immediates) == 1 else immediates
    if metered and row is _LOOP:
        handler = control.metered_loop
    return handler, operand
