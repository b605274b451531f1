"""What references point to besides functions: structs, arrays and small integers.

Lives here: `StructInst`, `ArrayInst`, `I31`, and the classes that stand for defined types.
Not here: functions (instances.py), work on many elements and its limits (heap.py), the question of every cast (casts.py), what
programs see of them (embedding/references.py).

Each defined type of a struct or an array is a Python class, made when it is first needed, below the class of its supertype. So a
cast is `isinstance`, and the fields of a struct are slots, f0, f1 …, which Python reads faster than anything in a list (measured
on CPython 3.11: 5 ns instead of 25 ns; making a struct takes 160 ns instead of 200 ns, and less memory).

A struct whose type has a descriptor has one more slot, desc, which holds it.

Packed fields and elements hold 0 to 2**n - 1. A reference that passes from the extern hierarchy to that of any, or back, stays
the object that it is: whatever is none of the classes here came from the host.

spec: exec/runtime, aggregate instances
"""

from __future__ import annotations

from threading import Lock
from types import FunctionType
from typing import Any, ClassVar

from pywasm_vm.runtime.values import Value, default_value
from pywasm_vm.structure.types import AbsHeapType, ArrayType, FieldType, PackType, StorageType, StructType
from pywasm_vm.validation.matching import DefType

__all__ = [
    "I31",
    "PACKED_BITS",
    "Aggregate",
    "ArrayInst",
    "Eq",
    "StructInst",
    "array_field",
    "class_of",
    "packed",
    "small_integers",
    "storage_default",
    "struct_fields",
]

PACKED_BITS = {PackType.I8: 8, PackType.I16: 16}
"""The width of each packed type."""

_SHOWN = 4
"""Fields or elements that the text of an aggregate shows."""


class Eq:
    """What `ref.eq` compares: with `==`. Only some structs have a descriptor, *desc*."""

    __slots__ = ()

    desc: StructInst | None = None


class I31(Eq, int):
    """A reference that is a number: an int from -2**30 to 2**30 - 1. Equal numbers are the same reference.

    >>> I31(5), I31(-1) == I31(-1), I31(3) + 4
    (I31(5), True, 7)
    """

    __slots__ = ()

    def __new__(cls, value: int) -> I31:
        """raises: ValueError for a number that has no room in 31 bits; it may be given as unsigned."""
        if not -0x4000_0000 <= value < 0x8000_0000:
            raise ValueError(f"{value} does not fit in an i31: expected -2**30 to 2**31 - 1")
        return int.__new__(cls, value - 0x8000_0000 if value >= 0x4000_0000 else value)

    def __repr__(self) -> str:
        return f"I31({int(self)})"


class _SmallIntegers(dict[int, I31]):
    """31 bits to their reference. The first ones asked for are kept, since looking one up is quicker than making it."""

    _KEPT = 1 << 16

    def __missing__(self, bits: int) -> I31:
        made = int.__new__(I31, bits - 0x8000_0000 if bits >= 0x4000_0000 else bits)
        if len(self) < self._KEPT:
            self[bits] = made
        return made


small_integers = _SmallIntegers()
"""What `ref.i31` gives for 31 bits."""


class Aggregate(Eq):
    """A struct or an array. Two of them are equal only when they are the same object."""

    __slots__ = ()

    deftype: ClassVar[DefType]


class StructInst(Aggregate):
    """A struct. Classes below it have a slot for each field."""

    __slots__ = ()

    def __repr__(self) -> str:
        count = len(struct_fields(self.deftype))
        return f"<struct {_listed([getattr(self, f'f{y}') for y in range(min(count, _SHOWN))], count)}>"


class ArrayInst(Aggregate):
    """An array. *items* is the same list for its whole life."""

    __slots__ = ("items",)

    def __init__(self, items: list[Value]) -> None:
        self.items = items

    def __repr__(self) -> str:
        return f"<array {_listed(self.items[:_SHOWN], len(self.items))}>"


def _listed(values: list[Value], count: int) -> str:
    """The first of *count* values, for people."""
    shown = [_word(value) for value in values]
    return f"of {count}: {', '.join(shown)}{' …' if count > len(values) else ''}" if count else "of 0"


def _word(value: Value) -> str:
    """A value inside of an aggregate. What it refers to is not looked into: it may be the same aggregate again."""
    if value is None:
        return "null"
    if isinstance(value, Aggregate):
        return "<struct>" if isinstance(value, StructInst) else "<array>"
    return repr(value) if isinstance(value, int | float) else f"<{type(value).__name__.removesuffix('Inst').lower()}>"


# Defined types as classes

_LOCK = Lock()


def class_of(deftype: DefType) -> Any:
    """The class of the structs or arrays of *deftype*. A struct is made from its fields in order, and from its descriptor behind
    them when its type has one; an array from a list."""
    if deftype.layout is None:
        above = class_of(deftype.supertypes[0]) if deftype.supertypes else None
        with _LOCK:
            if deftype.layout is None:
                make = _struct_class if deftype.kind is AbsHeapType.STRUCT else _array_class
                deftype.layout = make(deftype, above)
    return deftype.layout


def _struct_class(deftype: DefType, above: type[StructInst] | None) -> type[StructInst]:
    names = _slots(deftype)
    inherited = _slots(deftype.supertypes[0]) if deftype.supertypes else []
    own = tuple(name for name in names if name not in inherited)
    members = {"__slots__": own, "__init__": _initialiser(names), "deftype": deftype}
    return type("StructInst", (above or StructInst,), members)


def _slots(deftype: DefType) -> list[str]:
    """What a struct of *deftype* is made from."""
    names = [f"f{y}" for y in range(len(struct_fields(deftype)))]
    return names if deftype.descriptor is None else [*names, "desc"]


def _array_class(deftype: DefType, above: type[ArrayInst] | None) -> type[ArrayInst]:
    # A code object of its own: Python keeps in it what it has learned of the class.
    init = ArrayInst.__init__
    own = FunctionType(init.__code__.replace(), init.__globals__, "__init__")
    return type("ArrayInst", (above or ArrayInst,), {"__slots__": (), "__init__": own, "deftype": deftype})


def _initialiser(names: list[str]) -> FunctionType:
    lines = [f"def __init__({', '.join(['self', *names])}):", *(f" self.{name} = {name}" for name in names), " pass"]
    scope: dict[str, Any] = {"__name__": __name__}
    exec("\n".join(lines), scope)
    made: FunctionType = scope["__init__"]
    return made


def struct_fields(deftype: DefType) -> tuple[FieldType, ...]:
    """The fields of the struct type *deftype*."""
    comptype = deftype.comptype
    assert isinstance(comptype, StructType)
    return comptype.fields


def array_field(deftype: DefType) -> FieldType:
    """What all elements of the array type *deftype* are."""
    comptype = deftype.comptype
    assert isinstance(comptype, ArrayType)
    return comptype.field


def packed(value: Value, storage: StorageType) -> Value:
    """*value* as a field of this type holds it."""
    return value & (1 << PACKED_BITS[storage]) - 1 if isinstance(storage, PackType) else value


def storage_default(storage: StorageType) -> Value:
    """What a field of this type begins with when nobody says otherwise."""
    return 0 if isinstance(storage, PackType) else default_value(storage)
