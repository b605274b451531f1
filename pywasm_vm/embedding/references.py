"""What programs see of structs and arrays: a handle that reads, and writes what the type lets be written.

Lives here: `StructRef` and `ArrayRef`.
Not here: who hands them out (api.py), what they stand for (runtime/aggregates.py), other references: a function is a `Func`, a
small integer an `I31`, null is None, and what the host gave comes back as the object that it is.

A handle is made anew each time a reference crosses the border; handles of the same struct or array are equal. A guest cannot keep
a handle, only what it stands for, so there is nothing to free.

spec: appendix/embedding, values
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pywasm_vm.runtime.aggregates import ArrayInst, StructInst, array_field, packed, struct_fields
from pywasm_vm.runtime.conversion import Reference, from_guest, to_guest
from pywasm_vm.structure.types import I32, ArrayType, FieldType, PackType, StructType

__all__ = ["ArrayRef", "StructRef"]


class StructRef(Reference):
    """A struct of a guest: `ref[0]` is its first field, `ref[0] = 5` changes it when its type says that it is mutable.

    Integers are signed, packed ones are not. Iterating gives all fields.
    """

    __slots__ = ("_wrap",)

    inst: StructInst

    def __init__(self, inst: StructInst, wrap: Callable[[Any], Any]) -> None:
        super().__init__(inst)
        self._wrap = wrap

    @property
    def type(self) -> StructType:
        """Its fields, in order. A type index in it names another type of the guest, and means nothing outside."""
        return StructType(struct_fields(self.inst.deftype))

    def __len__(self) -> int:
        return len(struct_fields(self.inst.deftype))

    def __getitem__(self, index: int) -> Any:
        field, name = self._field(index)
        return self._wrap(_seen(getattr(self.inst, name), field))

    def __setitem__(self, index: int, value: Any) -> None:
        """raises: TypeError when the field is immutable or the value of another type, ValueError when it does not fit."""
        field, name = self._field(index)
        setattr(self.inst, name, _held(value, field, self))

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))

    def _field(self, index: int) -> tuple[FieldType, str]:
        place = _place(index, len(self), "a struct of {} fields")
        return struct_fields(self.inst.deftype)[place], f"f{place}"

    def __repr__(self) -> str:
        return repr(self.inst)


class ArrayRef(Reference):
    """An array of a guest: `len(ref)`, `ref[3]`, and `ref[3] = 5` when its type says that it is mutable.

    Integers are signed, packed ones are not. Iterating gives all elements; `ref[2:5]` is a list.
    """

    __slots__ = ("_wrap",)

    inst: ArrayInst

    def __init__(self, inst: ArrayInst, wrap: Callable[[Any], Any]) -> None:
        super().__init__(inst)
        self._wrap = wrap

    @property
    def type(self) -> ArrayType:
        """What its elements are. A type index in it names another type of the guest, and means nothing outside."""
        return ArrayType(array_field(self.inst.deftype))

    def __len__(self) -> int:
        return len(self.inst.items)

    def __getitem__(self, index: int | slice) -> Any:
        field = array_field(self.inst.deftype)
        if isinstance(index, slice):
            return [self._wrap(_seen(value, field)) for value in self.inst.items[index]]
        return self._wrap(_seen(self.inst.items[_place(index, len(self), "an array of {} elements")], field))

    def __setitem__(self, index: int, value: Any) -> None:
        """raises: TypeError when the array is immutable or the value of another type, ValueError when it does not fit."""
        place = _place(index, len(self), "an array of {} elements")
        self.inst.items[place] = _held(value, array_field(self.inst.deftype), self)

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))

    def __repr__(self) -> str:
        return repr(self.inst)


def _place(index: int, count: int, whole: str) -> int:
    """*index*, counted from the end when it is negative, as Python does.

    raises: IndexError.
    """
    place = index + count if index < 0 else index
    if not 0 <= place < count:
        raise IndexError(f"index {index} is outside of {whole.format(count)}")
    return place


def _seen(value: Any, field: FieldType) -> Any:
    return +value if isinstance(field.storage, PackType) else from_guest(value, field.storage)


def _held(value: Any, field: FieldType, ref: StructRef | ArrayRef) -> Any:
    if not field.mutable:
        raise TypeError(f"{ref!r} is immutable there: its type does not let it be changed")
    if isinstance(field.storage, PackType):
        return packed(to_guest(value, I32), field.storage)
    return to_guest(value, field.storage, ref.inst.deftype.scope)
