"""How values are held while code runs, which value a type begins with, and the way in and out.

Lives here: the raw form of every value type, default values, conversion from and to what programs use, and the one object per
function type.
Not here: the calls that carry values across (embedding), arithmetic and the bits of floats (numerics).

Raw values, the same for arguments, results, locals, globals, memories and tables:

    i32, i64    a Python int from 0 to 2**n - 1. A comparison leaves a bool, which is the int 0 or 1.
    f64         a Python float
    f32         a Python float that an f32 can hold; a NaN keeps its sign, and its payload shifted left by 29
    v128        a Python int from 0 to 2**128 - 1, lane 0 lowest: the 16 bytes of the vector, read little-endian
    references  None is null; a `FuncInst` for a function, any other Python object for what the host gave

Most operations on lanes are a few operations on the whole int: measured on CPython 3.11, i8x16.add takes 0.35 µs instead of 0.58
on bytes (and 2.4 lane by lane), v128.and 0.06 instead of 0.41. Where bytes are better, for floats, products and shuffles, emitted
code stays with bytes from one such operation to the next (execution/python/vector.py).

Functions take raw values as positional arguments. They return None for no result, the value for one, and a tuple for more.

spec: exec/runtime, values
"""

from __future__ import annotations

from operator import index
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

from pywasm_vm.numerics.floats import f32_reinterpret_i32, f32_round, i32_reinterpret_f32
from pywasm_vm.structure.types import F32, F64, I32, I64, V128, AbsHeapType, FuncType, RefType, ValType

__all__ = ["BITS", "Ref", "Value", "default_value", "from_guest", "to_guest", "unique_functype"]

BITS: dict[ValType, int] = {I32: 32, I64: 64}
"""The width of each integer type."""

Value: TypeAlias = Any
"""A raw value, as the table above says."""

Ref: TypeAlias = Any
"""A raw reference: None, a `FuncInst`, or an object of the host."""

_DEFAULTS: dict[ValType, Value] = {I32: 0, I64: 0, F32: 0.0, F64: 0.0, V128: 0}

_functypes: WeakValueDictionary[tuple[tuple[ValType, ...], tuple[ValType, ...]], FuncType] = WeakValueDictionary()


def default_value(valtype: ValType) -> Value:
    """What a local, a table element or a global of *valtype* holds before anybody wrote to it.

    raises: TypeError for a reference type that has no null.

    spec: exec/runtime, default values
    """
    if isinstance(valtype, RefType):
        if not valtype.nullable:
            raise TypeError(f"{valtype} has no default value")
        return None
    return _DEFAULTS[valtype]


def to_guest(value: Any, valtype: ValType) -> Any:
    """*value* as it is held inside: integers unsigned, an f32 rounded to one, the 16 bytes of a vector as an integer.

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
    return _reference(value, valtype)


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


def _reference(value: Any, valtype: ValType) -> Any:
    if not isinstance(valtype, RefType):
        raise TypeError(f"a value of type {valtype} cannot come from outside")
    if value is None:
        if not valtype.nullable:
            raise TypeError(f"expected a reference for {valtype}, not None")
        return None
    if valtype.heap is AbsHeapType.EXTERN:
        return value
    # What stands for a function outside carries the instance inside; an instance itself is taken as it is.
    inside = getattr(value, "inst", value)
    if not hasattr(inside, "code"):
        raise TypeError(f"expected a function of a store or None for {valtype}, not {value!r}")
    return inside


def unique_functype(functype: FuncType) -> FuncType:
    """The one object that stands for all function types equal to *functype*, so that `is` compares them.

    Every `FuncInst.type` has passed through here; `call_indirect` relies on it. The object lives as long as somebody uses it.
    """
    return _functypes.setdefault((functype.params, functype.results), functype)
