"""References to functions and to what the host gave.

Lives here: null, the tests for it, and references to functions.
Not here: tables (memory.py), calls and branches (control.py).

spec: exec/instructions, reference instructions
"""

from __future__ import annotations

from typing import Any

from pywasm_vm.execution.python.emit import Emitter, emits
from pywasm_vm.execution.python.operands import ATOM, COMPARE, NAME, OR, TRAPS, wrap

__all__: list[str] = []


@emits("ref.null")
def ref_null(emitter: Emitter, immediates: Any, position: int) -> None:
    emitter.stack.append(("None", NAME, 0, 0, 0, None))


@emits("ref.is_null")
def ref_is_null(emitter: Emitter, immediates: Any, position: int) -> None:
    operand = emitter.stack.pop()
    text = wrap(operand, OR)
    emitter.push((f"{text} is None", COMPARE, 0, 1, operand[4], f"{text} is not None"))


@emits("ref.as_non_null")
def ref_as_non_null(emitter: Emitter, immediates: Any, position: int) -> None:
    emitter.name_top(1)
    text, _level, _low, _high, deps, _more = emitter.stack[-1]
    emitter.statement(f"if {text} is None: null_reference()", deps | TRAPS)


@emits("ref.func")
def ref_func(emitter: Emitter, immediates: Any, position: int) -> None:
    emitter.stack.append((f"funcs[{immediates[0]}]", ATOM, 0, 0, 0, None))
