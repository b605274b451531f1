"""References to functions and to what the host gave.

Lives here: null, the tests for it, and references to functions.
Not here: tables (memory.py), calls and branches (control.py).

spec: exec/instructions, reference instructions
"""

from __future__ import annotations

from typing import Any

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.execution.stepping.configuration import Frame
from pywasm_vm.execution.stepping.registry import steps

__all__: list[str] = []


@steps("ref.null")
def ref_null(frame: Frame, _: Any) -> None:
    frame.stack.append(None)


@steps("ref.is_null")
def ref_is_null(frame: Frame, _: Any) -> None:
    frame.stack[-1] = frame.stack[-1] is None


@steps("ref.as_non_null")
def ref_as_non_null(frame: Frame, _: Any) -> None:
    if frame.stack[-1] is None:
        raise Trap(TrapKind.NULL_REFERENCE)


@steps("ref.func")
def ref_func(frame: Frame, index: int) -> None:
    frame.stack.append(frame.instance.funcs[index])
