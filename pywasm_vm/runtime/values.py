"""How values are held while code runs, and which value a type begins with.

Lives here: the raw form of every value type, and default values.
Not here: what programs see of them (conversion.py), arithmetic and the bits of floats (numerics).

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

from typing import Any, TypeAlias

from pywasm_vm.structure.types import F32, F64, I32, I64, V128, RefType, ValType

__all__ = ["BITS", "Ref", "Value", "default_value"]

BITS: dict[ValType, int] = {I32: 32, I64: 64}
"""The width of each integer type."""

Value: TypeAlias = Any
"""A raw value, as the table above says."""

Ref: TypeAlias = Any
"""A raw reference: None, a `FuncInst`, or an object of the host."""

_DEFAULTS: dict[ValType, Value] = {I32: 0, I64: 0, F32: 0.0, F64: 0.0, V128: 0}


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
