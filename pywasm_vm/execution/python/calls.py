"""Calls, and calls that take the place of their caller.

Lives here: calls of functions, through tables and of references, in both forms.
Not here: what stands behind the names that a call uses (names.py, tier.py).

A guest call is a Python call. A tail call may not be one, for Python has none: a million of them would be a million frames deep.
So a function that makes tail calls has two codes. The one that stands at the end of a chain of tail calls answers with a
`TailCall`: what to call, and with which arguments. The one that everybody else calls makes that call itself, and all the calls
it is answered with, until there is a result. The two differ in the first word of one line, which `in_tail_position` exchanges; a
function without tail calls has one code only, and nothing changes for those who call it.

spec: exec/instructions, control instructions
"""

from __future__ import annotations

from typing import Any

from pywasm_vm.execution.python.control import dead
from pywasm_vm.execution.python.emit import Emitter, emits
from pywasm_vm.execution.python.operands import ATOM, CONFLICT, EFFECTS, READS, TRAPS, WRITES, exact, wrap

__all__ = ["FOLLOW", "in_tail_position"]

CALL = READS | WRITES | TRAPS
"""The effects of a call."""

_BEGIN = " r = TailCall(("
_ANSWER = " return TailCall(("

FOLLOW = "while r.__class__ is TailCall: r = (r[0].tail or tail_code(r[0]))(*r[1])"
"""The line that makes one tail call after the other. A function that stands here is no longer under way itself."""


def in_tail_position(source: str) -> str | None:
    """The same function, of the text *source*, for the end of a chain of tail calls; None when it makes none itself."""
    return source.replace(_BEGIN, _ANSWER) if _BEGIN in source else None


@emits("call")
def call(emitter: Emitter, immediates: Any, position: int) -> None:
    index = immediates[0]
    functype = emitter.facts.functype(emitter.facts.func_types[index])
    text, deps = emitter.pop_arguments(functype.params)
    emitter.push_results(f"f{index}({text})", deps | CALL, functype.results)


@emits("call_indirect")
def call_indirect(emitter: Emitter, immediates: Any, position: int) -> None:
    functype = emitter.facts.functype(immediates[0])
    _look_up(emitter, *immediates)
    text, deps = emitter.pop_arguments(functype.params)
    # A name of its own: for `c.code(…)` Python looks for a method first.
    emitter.emit("c = c.code")
    emitter.push_results(f"c({text})", deps | CALL, functype.results)


def _look_up(emitter: Emitter, type_index: int, table: int) -> None:
    """Write the lines that leave in c the function to call.

    The look-up may trap, so what the arguments do comes before it. An earlier call through a table may still wait to use c.
    """
    if emitter.stack[-1][4] & TRAPS:
        # In the line that looks an element up an IndexError is about the table. What comes out of memory has a line of its own.
        emitter.name_top(1)
    element = exact(emitter.stack.pop(), emitter.facts.table_mask(table))
    emitter.settle(WRITES | TRAPS | CONFLICT[element[4] & EFFECTS])
    emitter.emit(f"c = t{table}[{element[0]}]")
    emitter.emit(f"if c.deftype is not Y{type_index}: require_type(c, Y{type_index})")


@emits("call_ref")
def call_ref(emitter: Emitter, immediates: Any, position: int) -> None:
    functype = emitter.facts.functype(immediates[0])
    callee = emitter.stack.pop()
    # Python looks at the callee before the arguments, the guest after them.
    emitter.settle(CONFLICT[(callee[4] | TRAPS) & EFFECTS])
    text, deps = emitter.pop_arguments(functype.params)
    emitter.push_results(f"{wrap(callee, ATOM)}.code({text})", callee[4] | deps | CALL, functype.results)


@emits("return_call")
def return_call(emitter: Emitter, immediates: Any, position: int) -> int:
    index = immediates[0]
    return _leave_for(emitter, f"funcs[{index}]", emitter.facts.func_types[index])


@emits("return_call_indirect")
def return_call_indirect(emitter: Emitter, immediates: Any, position: int) -> int:
    _look_up(emitter, *immediates)
    return _leave_for(emitter, "c", immediates[0])


@emits("return_call_ref")
def return_call_ref(emitter: Emitter, immediates: Any, position: int) -> int:
    callee = emitter.stack.pop()
    emitter.settle(WRITES | TRAPS | CONFLICT[callee[4] & EFFECTS])
    emitter.emit(f"c = {callee[0]}")
    # A null is found here, and not where the call is made in the end.
    emitter.emit("c.code")
    return _leave_for(emitter, "c", immediates[0])


def _leave_for(emitter: Emitter, callee: str, type_index: int) -> int:
    """Write the lines that leave the function by a call of *callee*."""
    text, _deps = emitter.pop_arguments(emitter.facts.functype(type_index).params)
    emitter.settle(WRITES | TRAPS)
    emitter.emit(f"{_BEGIN[1:]}{callee}, ({text}{',' if text else ''})))")
    emitter.emit(FOLLOW)
    emitter.emit("return r")
    emitter.tail_calls = True
    del emitter.stack[emitter.frames[-1].height :]
    return dead(emitter)
