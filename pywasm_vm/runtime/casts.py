"""What a reference is one of.

Lives here: the question of every cast, for references of any kind.
Not here: the classes that answer it (aggregates.py, instances.py), and types without values (validation/matching.py).

spec: exec/values, reference typing; exec/instructions, ref.test
"""

from __future__ import annotations

from typing import NoReturn

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.runtime.aggregates import I31, Aggregate, ArrayInst, Eq, StructInst
from pywasm_vm.runtime.instances import FuncInst
from pywasm_vm.runtime.values import Ref
from pywasm_vm.structure.types import AbsHeapType
from pywasm_vm.validation.matching import ClosedHeapType, DefType, instance_matches

__all__ = ["NAMED", "cast_failure", "is_described", "is_exact_function", "is_function", "is_of"]

NAMED: dict[AbsHeapType, type | None] = {
    AbsHeapType.ANY: object,
    AbsHeapType.EQ: Eq,
    AbsHeapType.I31: I31,
    AbsHeapType.STRUCT: StructInst,
    AbsHeapType.ARRAY: ArrayInst,
    AbsHeapType.NONE: None,
    AbsHeapType.FUNC: object,
    AbsHeapType.NOFUNC: None,
    AbsHeapType.EXTERN: object,
    AbsHeapType.NOEXTERN: None,
    AbsHeapType.EXN: object,
    AbsHeapType.NOEXN: None,
}
"""The class of the references of each named heap type, as far as they are in its hierarchy already; None where only null is."""


def is_of(ref: Ref, heap: ClosedHeapType) -> bool:
    """Whether *ref*, which is in the hierarchy of *heap* and may be null, is a reference of *heap* and not null."""
    if isinstance(heap, AbsHeapType):
        named = NAMED[heap]
        return ref is not None and named is not None and isinstance(ref, named)
    return isinstance(ref, Aggregate | FuncInst) and instance_matches(ref.deftype, heap)


def is_function(ref: FuncInst | None, deftype: DefType) -> bool:
    """Whether *ref*, a function or null, is a function of *deftype*."""
    return ref is not None and ref.deftype.matches(deftype)


def is_exact_function(ref: FuncInst | None, deftype: DefType) -> bool:
    """Whether *ref*, a function or null, is a function of *deftype* and not of a type below it."""
    return ref is not None and ref.deftype is deftype


def is_described(ref: Ref, descriptor: StructInst) -> bool:
    """Whether *ref*, in the hierarchy of any, is a struct that was made with *descriptor*."""
    return isinstance(ref, Eq) and ref.desc is descriptor


def cast_failure(ref: Ref, wanted: str, kind: TrapKind = TrapKind.CAST_FAILURE) -> NoReturn:
    """Refuse a cast of *ref* to the type *wanted*, a text.

    raises: Trap, of *kind*.
    """
    if ref is None:
        sort = "null"
    elif isinstance(ref, Aggregate | I31 | FuncInst):
        sort = repr(ref)
    else:
        # Its text may be anything, and belongs to the host.
        sort = "an object of the host"
    raise Trap(kind, f"{sort} is no {wanted}")
