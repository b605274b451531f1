"""References: null, functions, small integers, casts, and the branches that ask the same questions.

Lives here: the instructions that look at a reference and not behind it.
Not here: structs and arrays (aggregate.py), tables (memory.py), calls (control.py), and what a reference is one of
(runtime/casts.py).

A cast to a struct or an array is `isinstance`, because their types are classes. Reading a small integer is arithmetic, which
Python refuses for null: its exception becomes the trap (traps.py).

spec: exec/instructions, reference instructions
"""

from __future__ import annotations

from typing import Any

from pywasm_vm.execution.python.control import br_if
from pywasm_vm.execution.python.emit import Emitter, emits
from pywasm_vm.execution.python.operands import (
    ADD,
    AND,
    ATOM,
    COMPARE,
    NAME,
    NOT,
    OR,
    TRAPS,
    Operand,
    constant,
    wrap,
)
from pywasm_vm.runtime.casts import NAMED
from pywasm_vm.structure.types import AbsHeapType, ExactType, FuncType, RefType

__all__: list[str] = []

_M31 = 0x7FFF_FFFF


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


@emits("ref.eq")
def ref_eq(emitter: Emitter, immediates: Any, position: int) -> None:
    second, first = emitter.stack.pop(), emitter.stack.pop()
    one, other = wrap(first, OR), wrap(second, OR)
    emitter.push((f"{one} == {other}", COMPARE, 0, 1, first[4] | second[4], f"{one} != {other}"))


@emits("ref.i31")
def ref_i31(emitter: Emitter, immediates: Any, position: int) -> None:
    operand = emitter.stack.pop()
    emitter.push((f"i31s[{wrap(operand, AND)} & {_M31}]", ATOM, 0, 0, operand[4], None))


@emits("i31.get_u")
def i31_get_u(emitter: Emitter, immediates: Any, position: int) -> None:
    operand = emitter.stack.pop()
    emitter.push((f"{wrap(operand, AND)} & {_M31}", AND, 0, _M31, operand[4] | TRAPS, None))


@emits("i31.get_s")
def i31_get_s(emitter: Emitter, immediates: Any, position: int) -> None:
    operand = emitter.stack.pop()
    emitter.push((f"{wrap(operand, ADD)} + 0", ADD, -(_M31 >> 1) - 1, _M31 >> 1, operand[4] | TRAPS, None))


@emits("any.convert_extern", "extern.convert_any")
def convert(emitter: Emitter, immediates: Any, position: int) -> None:
    """The reference stays the object that it is."""


# Casts


def _tests(emitter: Emitter, text: str, reftype: RefType) -> tuple[str, str]:
    """The text that is true when *text*, a name, is of *reftype*, and the text that is true when it is not. Both bind like atoms,
    or stand behind a `not`."""
    heap = reftype.heap
    if not isinstance(heap, AbsHeapType):
        known, other = _defined(emitter, text, heap)
    elif NAMED[heap] is object:
        return ("True", "False") if reftype.nullable else (f"{text} is not None", f"{text} is None")
    elif NAMED[heap] is None:
        return (f"{text} is None", f"{text} is not None") if reftype.nullable else ("False", "True")
    else:
        known = f"isinstance({text}, {heap.value}_class)"
        other = f"not {known}"
    if reftype.nullable:
        return f"({text} is None or {known})", f"({text} is not None and {other})"
    return known, other


def _defined(emitter: Emitter, text: str, heap: int | ExactType) -> tuple[str, str]:
    """The same for a defined type, when *text* is not null or its class knows that."""
    exact = isinstance(heap, ExactType)
    x = heap.index if isinstance(heap, ExactType) else heap
    if isinstance(emitter.facts.comptypes[x], FuncType):
        known = f"is_exact_function({text}, Y{x})" if exact else f"is_function({text}, Y{x})"
    elif exact:
        return f"type_of({text}) is C{x}", f"type_of({text}) is not C{x}"
    else:
        known = f"isinstance({text}, C{x})"
    return known, f"not {known}"


def _asked(emitter: Emitter, reftype: RefType) -> Operand:
    """Whether the topmost operand, which becomes a name and stays, is of *reftype*."""
    emitter.name_top(1)
    text, _level, _low, _high, deps, _more = emitter.stack[-1]
    true, false = _tests(emitter, text, reftype)
    if true in ("True", "False"):
        return constant(int(true == "True"))
    return (true, COMPARE, 0, 1, deps, false)


@emits("ref.test")
def ref_test(emitter: Emitter, immediates: Any, position: int) -> None:
    _test(emitter, RefType(False, immediates[0]))


@emits("ref.test_null")
def ref_test_null(emitter: Emitter, immediates: Any, position: int) -> None:
    _test(emitter, RefType(True, immediates[0]))


def _test(emitter: Emitter, reftype: RefType) -> None:
    answer = _asked(emitter, reftype)
    emitter.stack.pop()
    emitter.push(answer)


@emits("ref.cast")
def ref_cast(emitter: Emitter, immediates: Any, position: int) -> None:
    _cast(emitter, RefType(False, immediates[0]))


@emits("ref.cast_null")
def ref_cast_null(emitter: Emitter, immediates: Any, position: int) -> None:
    _cast(emitter, RefType(True, immediates[0]))


def _cast(emitter: Emitter, reftype: RefType) -> None:
    emitter.name_top(1)
    text, _level, _low, _high, deps, _more = emitter.stack[-1]
    _true, false = _tests(emitter, text, reftype)
    if false != "False":
        emitter.statement(f'if {false}: cast_failure({text}, "{reftype}")', deps | TRAPS)


# Casts by descriptor


def _described(emitter: Emitter, reftype: RefType) -> tuple[str, str, str, int]:
    """Refuse a null descriptor on top of the stack and take it away: the name of the reference below, which stays, the texts that
    are true when it is of *reftype* and when it is not, and their deps."""
    emitter.name_top(2)
    descriptor, _level, _low, _high, more, _more = emitter.stack[-1]
    emitter.statement(f"if {descriptor} is None: null_descriptor()", more | TRAPS)
    emitter.stack.pop()
    text, _level, _low, _high, deps, _more = emitter.stack[-1]
    known = f"is_described({text}, {descriptor})"
    deps |= more
    if reftype.nullable:
        return text, f"({text} is None or {known})", f"({text} is not None and not {known})", deps
    return text, known, f"not {known}", deps


@emits("ref.cast_desc_eq")
def ref_cast_desc_eq(emitter: Emitter, immediates: Any, position: int) -> None:
    _cast_by_descriptor(emitter, RefType(False, immediates[0]))


@emits("ref.cast_desc_eq_null")
def ref_cast_desc_eq_null(emitter: Emitter, immediates: Any, position: int) -> None:
    _cast_by_descriptor(emitter, RefType(True, immediates[0]))


def _cast_by_descriptor(emitter: Emitter, reftype: RefType) -> None:
    text, _true, false, deps = _described(emitter, reftype)
    emitter.statement(f'if {false}: descriptor_cast_failure({text}, "{reftype}")', deps | TRAPS)


# Branches. What they look at waits above what they carry.


@emits("br_on_null")
def br_on_null(emitter: Emitter, immediates: Any, position: int) -> None:
    emitter.name_top(1)
    reference = emitter.stack.pop()
    text, _level, _low, _high, deps, _more = reference
    emitter.stack.append((f"{text} is None", COMPARE, 0, 1, deps, f"{text} is not None"))
    br_if(emitter, immediates, position)
    emitter.stack.append(reference)


@emits("br_on_non_null")
def br_on_non_null(emitter: Emitter, immediates: Any, position: int) -> None:
    emitter.name_top(1)
    text, _level, _low, _high, deps, _more = emitter.stack[-1]
    emitter.stack.append((f"{text} is not None", COMPARE, 0, 1, deps, f"{text} is None"))
    br_if(emitter, immediates, position)
    emitter.stack.pop()


@emits("br_on_cast")
def br_on_cast(emitter: Emitter, immediates: Any, position: int) -> None:
    label, (_given, wanted) = immediates
    emitter.stack.append(_asked(emitter, wanted))
    br_if(emitter, (label,), position)


@emits("br_on_cast_fail")
def br_on_cast_fail(emitter: Emitter, immediates: Any, position: int) -> None:
    label, (_given, wanted) = immediates
    true, _level, low, _high, deps, false = _asked(emitter, wanted)
    emitter.stack.append((false, NOT, 0, 1, deps, true) if isinstance(false, str) else constant(1 - low))
    br_if(emitter, (label,), position)


@emits("br_on_cast_desc_eq")
def br_on_cast_desc_eq(emitter: Emitter, immediates: Any, position: int) -> None:
    label, (_given, wanted) = immediates
    _text, true, false, deps = _described(emitter, wanted)
    emitter.stack.append((true, COMPARE, 0, 1, deps, false))
    br_if(emitter, (label,), position)


@emits("br_on_cast_desc_eq_fail")
def br_on_cast_desc_eq_fail(emitter: Emitter, immediates: Any, position: int) -> None:
    label, (_given, wanted) = immediates
    _text, true, false, deps = _described(emitter, wanted)
    emitter.stack.append((false, NOT, 0, 1, deps, true))
    br_if(emitter, (label,), position)
