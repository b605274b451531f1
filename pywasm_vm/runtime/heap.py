"""Work on many elements of arrays, and how large an array may be.

Lives here: `Heap`, with the operations of array instructions whose work grows with their operands: their bounds checks, the limit
and what they cost.
Not here: the arrays themselves (aggregates.py), single elements (the tiers).

Such work is told to `charge`, 8 elements a unit, so that budgets bound it too.

spec: exec/instructions, aggregate instructions
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

from pywasm_vm.errors import Exhausted, Trap, TrapKind
from pywasm_vm.limits import Limits
from pywasm_vm.numerics.floats import f32_reinterpret_i32
from pywasm_vm.runtime.aggregates import ArrayInst, array_field, class_of
from pywasm_vm.runtime.values import Ref, Value
from pywasm_vm.runtime.work import Charge, free_of_charge
from pywasm_vm.structure.types import F32, F64, I32, I64, V128, PackType, StorageType
from pywasm_vm.validation.matching import DefType

__all__ = ["ELEMENT_BYTES", "Heap"]

UNIT = 8
"""Elements that may be made, filled or copied for the fuel of one instruction."""

ELEMENT_BYTES: dict[StorageType, int] = {PackType.I8: 1, PackType.I16: 2, I32: 4, I64: 8, F32: 4, F64: 8, V128: 16}
"""How many bytes of a data segment make an element."""


def _structured(code: str) -> Callable[[bytes], list[Value]]:
    size = struct.calcsize("<" + code)
    return lambda content: list(struct.unpack(f"<{len(content) // size}{code}", content))


_READERS: dict[StorageType, Callable[[bytes], list[Value]]] = {
    PackType.I8: list,
    PackType.I16: _structured("H"),
    I32: _structured("I"),
    I64: _structured("Q"),
    F32: lambda content: list(map(f32_reinterpret_i32, _structured("I")(content))),
    F64: _structured("d"),
    V128: lambda content: [int.from_bytes(content[at : at + 16], "little") for at in range(0, len(content), 16)],
}
"""From bytes of a data segment to elements."""


class Heap:
    """What the code of one instance makes and changes arrays with. *limit* is how many elements one array may have.

    `charge` is told how much work an operation is before it is done; whoever runs code sets it.
    """

    __slots__ = ("charge", "limit")

    def __init__(self, limit: int = Limits().array_elements) -> None:
        self.limit = limit
        self.charge: Charge = free_of_charge

    # Making

    def class_of(self, deftype: DefType) -> Any:
        """What makes structs or arrays of *deftype*, called as the class in `aggregates.class_of` is. A tier that has them
        elsewhere says otherwise."""
        return class_of(deftype)

    def admit(self, size: int) -> None:
        """Let an array of *size* elements be made.

        raises: Exhausted, when that is beyond the limit, or costs more fuel than there is.
        """
        if size > self.limit:
            raise Exhausted(TrapKind.OUT_OF_MEMORY, f"an array of {size} elements is beyond the limit of {self.limit} elements")
        self.charge(size // UNIT)

    def repeat(self, made: Any, value: Value, size: int) -> ArrayInst:
        """An array of the class *made* with *size* elements, all *value*.

        raises: Exhausted.
        spec: exec/instructions, array.new
        """
        self.admit(size)
        try:
            array: ArrayInst = made([value] * size)
        except MemoryError:
            raise Exhausted(TrapKind.OUT_OF_MEMORY, f"the machine has no room for an array of {size} elements") from None
        return array

    def from_data(self, made: Any, content: bytes, start: int, size: int) -> ArrayInst:
        """An array of the class *made* with *size* elements that the data segment *content* holds from the byte *start* on.

        raises: Trap, out of bounds memory access; Exhausted.
        spec: exec/instructions, array.new_data
        """
        piece = _piece(made.deftype, content, start, size)
        self.admit(size)
        array: ArrayInst = made(piece())
        return array

    def from_items(self, made: Any, items: Sequence[Ref], start: int, size: int) -> ArrayInst:
        """An array of the class *made* with *size* references that the element segment *items* holds from *start* on.

        raises: Trap, out of bounds table access; Exhausted.
        spec: exec/instructions, array.new_elem
        """
        if start + size > len(items):
            raise Trap(TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS)
        self.admit(size)
        array: ArrayInst = made(list(items[start : start + size]))
        return array

    # Changing

    def fill(self, array: ArrayInst | None, index: int, value: Value, size: int) -> None:
        """Set *size* elements at *index* to *value*.

        raises: Trap, null array reference or out of bounds array access.
        spec: exec/instructions, array.fill
        """
        items = _items(array)
        if index + size > len(items):
            raise Trap(TrapKind.OUT_OF_BOUNDS_ARRAY_ACCESS)
        self.charge(size // UNIT)
        items[index : index + size] = [value] * size

    def copy(self, array: ArrayInst | None, index: int, source: ArrayInst | None, start: int, size: int) -> None:
        """Copy *size* elements at *start* of *source* to *index* of *array*, as if through a buffer.

        raises: Trap, null array reference or out of bounds array access.
        spec: exec/instructions, array.copy
        """
        items, given = _items(array), _items(source)
        if index + size > len(items) or start + size > len(given):
            raise Trap(TrapKind.OUT_OF_BOUNDS_ARRAY_ACCESS)
        self.charge(size // UNIT)
        items[index : index + size] = given[start : start + size]

    def init_data(self, array: ArrayInst | None, index: int, content: bytes, start: int, size: int) -> None:
        """Copy *size* elements from the byte *start* of the data segment *content* on to *index* of *array*.

        raises: Trap, null array reference, out of bounds array access or out of bounds memory access.
        spec: exec/instructions, array.init_data
        """
        items = _items(array)
        if index + size > len(items):
            raise Trap(TrapKind.OUT_OF_BOUNDS_ARRAY_ACCESS)
        assert array is not None
        piece = _piece(array.deftype, content, start, size)
        self.charge(size // UNIT)
        items[index : index + size] = piece()

    def init_items(self, array: ArrayInst | None, index: int, given: Sequence[Ref], start: int, size: int) -> None:
        """Copy *size* references from *start* of the element segment *given* on to *index* of *array*.

        raises: Trap, null array reference, out of bounds array access or out of bounds table access.
        spec: exec/instructions, array.init_elem
        """
        items = _items(array)
        if index + size > len(items):
            raise Trap(TrapKind.OUT_OF_BOUNDS_ARRAY_ACCESS)
        if start + size > len(given):
            raise Trap(TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS)
        self.charge(size // UNIT)
        items[index : index + size] = given[start : start + size]


def _items(array: ArrayInst | None) -> list[Value]:
    if array is None:
        raise Trap(TrapKind.NULL_ARRAY_REFERENCE)
    return array.items


def _piece(deftype: DefType, content: bytes, start: int, size: int) -> Callable[[], list[Value]]:
    """What reads *size* elements of *deftype* from the byte *start* of *content* on.

    raises: Trap, out of bounds memory access.
    """
    storage = array_field(deftype).storage
    end = start + size * ELEMENT_BYTES[storage]
    if end > len(content):
        raise Trap(TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS)
    return lambda: _READERS[storage](content[start:end])
