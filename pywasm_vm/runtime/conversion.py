"""The way in and out: from values of programs to raw values, and back.

Lives here: the conversion of one value, with its checks, and of an exception that leaves a guest.
Not here: the calls that carry values across (embedding/crossing.py), and the raw forms (values.py).

spec: appendix/embedding, values
"""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import Any, TypeAlias

from pywasm_vm.errors import WasmException
from pywasm_vm.numerics.floats import f32_reinterpret_i32, f32_round, i32_reinterpret_f32
from pywasm_vm.runtime.casts import is_of
from pywasm_vm.runtime.exceptions import ExnInst
from pywasm_vm.runtime.instances import FuncInst
from pywasm_vm.runtime.values import BITS
from pywasm_vm.structure.types import F32, F64, V128, AbsHeapType, RefType, ValType
from pywasm_vm.validation.matching import ClosedHeapType, ExactDefType, Scope, closed, instance_matches

__all__ = ["Reference", "Wrap", "from_guest", "show_exception", "to_guest"]

Wrap: TypeAlias = Callable[[Any], Any]
"""From what is alive inside to what stands for it outside."""


class Reference:
    """What programs see of something that a reference points to: it carries it as *inst*, and is equal to all that carry the
    same."""

    __slots__ = ("inst",)

    def __init__(self, inst: Any) -> None:
        self.inst = inst

    def __eq__(self, other: object) -> bool:
        return self.inst is other.inst if isinstance(other, Reference) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.inst)


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
    """*value* as programs see it: integers signed, a vector as 16 bytes. References stay as they are; a store knows their
    faces."""
    bits = BITS.get(valtype)
    if bits is None:
        return value.to_bytes(16, "little") if valtype is V128 else value
    sign = 1 << (bits - 1)
    return (value ^ sign) - sign


def show_exception(error: WasmException, wrap: Wrap) -> None:
    """Let *error*, which comes out of a guest, have a tag and values as programs see them. *wrap* makes of what is alive what
    stands for it outside."""
    exn = error.inst
    if isinstance(exn, ExnInst) and error.tag is exn.tag:
        error.tag = wrap(exn.tag)
        params = exn.tag.type.params
        error.values = tuple(wrap(from_guest(value, t)) for value, t in zip(exn.fields, params, strict=True))


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
    """*value* as a reference of *valtype*. Any object may pass for a reference to something of the host."""
    if not isinstance(valtype, RefType):
        raise TypeError(f"a value of type {valtype} cannot come from outside")
    if value is None:
        if not valtype.nullable:
            raise TypeError(f"expected a reference for {valtype}, not None")
        return None
    heap = closed(valtype.heap, scope)
    kind = heap if isinstance(heap, AbsHeapType) else heap.type.kind if isinstance(heap, ExactDefType) else heap.kind
    if kind is AbsHeapType.FUNC:
        return _function(value, valtype, heap)
    inside = value.inst if isinstance(value, Reference) else value
    if kind is AbsHeapType.EXTERN or kind is AbsHeapType.ANY:
        return inside
    if heap is AbsHeapType.EXN:
        if not isinstance(inside, ExnInst):
            raise TypeError(f"expected an exception of a store or None for {valtype}, not {value!r}")
        return inside
    if kind not in _WORDS or not is_of(inside, heap):
        raise TypeError(f"expected {_WORDS.get(kind, 'None')} for {valtype}, not {value!r}")
    return inside


_WORDS = {
    AbsHeapType.EQ: "a struct, an array or an I31",
    AbsHeapType.I31: "an I31",
    AbsHeapType.STRUCT: "a struct of that type",
    AbsHeapType.ARRAY: "an array of that type",
}
"""What is expected by heap type, and by kind of a defined type. The others here have only null."""


def _function(value: Any, valtype: RefType, heap: ClosedHeapType) -> FuncInst:
    # What stands for a function outside carries the instance inside; an instance itself is taken as it is.
    inside = getattr(value, "inst", value)
    if not isinstance(inside, FuncInst):
        raise TypeError(f"expected a function of a store or None for {valtype}, not {value!r}")
    if not instance_matches(inside.deftype, heap):
        raise TypeError(f"expected a function of type {valtype}, not {value!r}")
    return inside
