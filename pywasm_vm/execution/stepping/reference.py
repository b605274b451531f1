"""References: null, functions, small integers, casts, and the branches that ask the same questions.

Lives here: the instructions that look at a reference and not behind it.
Not here: structs and arrays (aggregate.py), tables (memory.py), calls (control.py), and what a reference is one of
(runtime/casts.py).

spec: exec/instructions, reference instructions
"""

from __future__ import annotations

from typing import Any

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.execution.stepping.configuration import Frame
from pywasm_vm.execution.stepping.control import br
from pywasm_vm.execution.stepping.registry import steps
from pywasm_vm.runtime.aggregates import small_integers
from pywasm_vm.runtime.casts import cast_failure, is_described, is_of
from pywasm_vm.runtime.values import Ref
from pywasm_vm.structure.types import HeapType, RefType
from pywasm_vm.validation.matching import closed

__all__: list[str] = []

_M31 = 0x7FFF_FFFF


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


@steps("ref.eq")
def ref_eq(frame: Frame, _: Any) -> None:
    second = frame.stack.pop()
    frame.stack[-1] = frame.stack[-1] == second


@steps("ref.i31")
def ref_i31(frame: Frame, _: Any) -> None:
    frame.stack[-1] = small_integers[frame.stack[-1] & _M31]


@steps("i31.get_u")
def i31_get_u(frame: Frame, _: Any) -> None:
    frame.stack[-1] = _small(frame.stack[-1]) & _M31


@steps("i31.get_s")
def i31_get_s(frame: Frame, _: Any) -> None:
    frame.stack[-1] = _small(frame.stack[-1]) & 0xFFFF_FFFF


def _small(ref: Ref) -> int:
    if ref is None:
        raise Trap(TrapKind.NULL_I31_REFERENCE)
    number: int = ref
    return number


@steps("any.convert_extern", "extern.convert_any")
def convert(frame: Frame, _: Any) -> None:
    """The reference stays the object that it is."""


# Casts


def _is(frame: Frame, ref: Ref, reftype: RefType) -> bool:
    """Whether *ref* is of *reftype*, in the words of the module that runs."""
    return reftype.nullable if ref is None else is_of(ref, closed(reftype.heap, frame.instance.types))


@steps("ref.test")
def ref_test(frame: Frame, heap: HeapType) -> None:
    frame.stack[-1] = _is(frame, frame.stack[-1], RefType(False, heap))


@steps("ref.test_null")
def ref_test_null(frame: Frame, heap: HeapType) -> None:
    frame.stack[-1] = _is(frame, frame.stack[-1], RefType(True, heap))


@steps("ref.cast")
def ref_cast(frame: Frame, heap: HeapType) -> None:
    _cast(frame, RefType(False, heap))


@steps("ref.cast_null")
def ref_cast_null(frame: Frame, heap: HeapType) -> None:
    _cast(frame, RefType(True, heap))


def _cast(frame: Frame, reftype: RefType) -> None:
    if not _is(frame, frame.stack[-1], reftype):
        cast_failure(frame.stack[-1], str(reftype))


def _described(frame: Frame, reftype: RefType) -> bool:
    """Take the descriptor on top of the stack away: whether the reference below is of *reftype* by it.

    raises: Trap, null descriptor reference.
    """
    descriptor = frame.stack.pop()
    if descriptor is None:
        raise Trap(TrapKind.NULL_DESCRIPTOR_REFERENCE)
    ref = frame.stack[-1]
    return reftype.nullable if ref is None else is_described(ref, descriptor)


@steps("ref.cast_desc_eq")
def ref_cast_desc_eq(frame: Frame, heap: HeapType) -> None:
    _cast_by_descriptor(frame, RefType(False, heap))


@steps("ref.cast_desc_eq_null")
def ref_cast_desc_eq_null(frame: Frame, heap: HeapType) -> None:
    _cast_by_descriptor(frame, RefType(True, heap))


def _cast_by_descriptor(frame: Frame, reftype: RefType) -> None:
    if not _described(frame, reftype):
        cast_failure(frame.stack[-1], str(reftype), TrapKind.DESCRIPTOR_CAST_FAILURE)


# Branches


@steps("br_on_null")
def br_on_null(frame: Frame, label: int) -> int | None:
    if frame.stack[-1] is not None:
        return None
    frame.stack.pop()
    return br(frame, label)


@steps("br_on_non_null")
def br_on_non_null(frame: Frame, label: int) -> int | None:
    if frame.stack[-1] is not None:
        return br(frame, label)
    frame.stack.pop()
    return None


@steps("br_on_cast")
def br_on_cast(frame: Frame, operand: tuple[int, tuple[RefType, RefType]]) -> int | None:
    label, (_given, wanted) = operand
    return br(frame, label) if _is(frame, frame.stack[-1], wanted) else None


@steps("br_on_cast_fail")
def br_on_cast_fail(frame: Frame, operand: tuple[int, tuple[RefType, RefType]]) -> int | None:
    label, (_given, wanted) = operand
    return None if _is(frame, frame.stack[-1], wanted) else br(frame, label)


@steps("br_on_cast_desc_eq")
def br_on_cast_desc_eq(frame: Frame, operand: tuple[int, tuple[RefType, RefType]]) -> int | None:
    label, (_given, wanted) = operand
    return br(frame, label) if _described(frame, wanted) else None


@steps("br_on_cast_desc_eq_fail")
def br_on_cast_desc_eq_fail(frame: Frame, operand: tuple[int, tuple[RefType, RefType]]) -> int | None:
    label, (_given, wanted) = operand
    return None if _described(frame, wanted) else br(frame, label)
