"""The way in and out: from values of programs to raw values, and back.

Lives here: the conversion of one value, with its checks.
Not here: the calls that carry values across (embedding/crossing.py), and the raw forms (values.py).

spec: appendix/embedding, values
"""

from __future__ import annotations

from operator import index
from typing import Any

from pywasm_vm.numerics.floats import f32_reinterpret_i32, f32_round, i32_reinterpret_f32
from pywasm_vm.runtime.instances import FuncInst
from pywasm_vm.runtime.values import BITS
from pywasm_vm.structure.types import F32, F64, V128, AbsHeapType, RefType, ValType
from pywasm_vm.validation.matching import Scope, closed, closed_matches

__all__ = ["from_guest", "to_guest"]


def to_guest(value: Any, valtype: ValType, scope: Scope = ()) -> Any:
    """*value* as it is held inside: integers unsigned, an f32 rounded to one, the 16 bytes of a vector as an integer.

    *scope* says what a type index in *valtype* stands for.
    raises: TypeError, ValueError, with a phrase that says what was expected.
    """
    bits = BITS.get(valtype)
    if bits is not None:
        return _integer(value, valtype, bits)
    if valtype is F32 or valtype is F64:
        if not isinstance(value, int | float):
            raise TypeError(f"expected a number for {valtype}, not {value!r}")
        try:
            number = float(value)
        except OverflowError:
            raise ValueError(f"an integer too large for a float does not fit: expected a number for {valtype}") from None
        return _f32(number) if valtype is F32 else number
    if valtype is V128:
        if not isinstance(value, bytes) or len(value) != 16:
            raise TypeError(f"expected 16 bytes for v128, not {value!r}")
        return int.from_bytes(value, "little")
    return _reference(value, valtype, scope)


def from_guest(value: Any, valtype: ValType) -> Any:
    """*value* as programs see it: integers signed, a vector as 16 bytes."""
    bits = BITS.get(valtype)
    if bits is None:
        return value.to_bytes(16, "little") if valtype is V128 else value
    sign = 1 << (bits - 1)
    return (value ^ sign) - sign


def _integer(value: Any, valtype: ValType, bits: int) -> int:
    try:
        number = index(value)
    except TypeError:
        raise TypeError(f"expected an integer for {valtype}, not {value!r}") from None
    if not -(1 << (bits - 1)) <= number < 1 << bits:
        raise ValueError(f"{number} does not fit in {valtype}: expected -2**{bits - 1} to 2**{bits} - 1")
    return number & ((1 << bits) - 1)


def _f32(number: float) -> float:
    """The f32 nearest to *number*. A NaN keeps what an f32 has room for, and stays signalling when that makes it one."""
    if number != number:
        kept = f32_reinterpret_i32(i32_reinterpret_f32(number))
        if kept != kept:
            return kept
    return f32_round(number)


def _reference(value: Any, valtype: ValType, scope: Scope) -> Any:
    if not isinstance(valtype, RefType):
        raise TypeError(f"a value of type {valtype} cannot come from outside")
    if value is None:
        if not valtype.nullable:
            raise TypeError(f"expected a reference for {valtype}, not None")
        return None
    heap = closed(valtype.heap, scope)
    if heap is AbsHeapType.EXTERN:
        return value
    # What stands for a function outside carries the instance inside; an instance itself is taken as it is.
    inside = getattr(value, "inst", value)
    if not isinstance(inside, FuncInst):
        raise TypeError(f"expected a function of a store or None for {valtype}, not {value!r}")
    if not closed_matches(inside.deftype, heap):
        raise TypeError(f"expected a function of type {valtype}, not {value!r}")
    return inside
