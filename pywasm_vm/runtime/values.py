"""How values are held while code runs, and which value a type begins with.

Lives here: the raw form of every value type, default values, and the one object per function type.
Not here: what programs outside see (embedding), arithmetic and the bits of floats (numerics).

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
from weakref import WeakValueDictionary

from pywasm_vm.structure.types import F32, F64, I32, I64, V128, FuncType, RefType, ValType

__all__ = ["Ref", "Value", "default_value", "unique_functype"]

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


def unique_functype(functype: FuncType) -> FuncType:
    """The one object that stands for all function types equal to *functype*, so that `is` compares them.

    Every `FuncInst.type` has passed through here; `call_indirect` relies on it. The object lives as long as somebody uses it.
    """
    return _functypes.setdefault((functype.params, functype.results), functype)
