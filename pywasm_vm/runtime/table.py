"""Tables: references by index.

Lives here: `TableInst` and the operations of table instructions, with their bounds checks.
Not here: which type of reference fits (validation) and what is called through a table (execution).

Work that grows with its operands is told to `charge`, 8 elements a unit, so that budgets bound it too.

spec: exec/runtime, table instances
"""

from __future__ import annotations

from collections.abc import Sequence

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.runtime.values import Ref
from pywasm_vm.runtime.work import Charge, free_of_charge
from pywasm_vm.structure.types import AddrType, RefType, TableType
from pywasm_vm.structure.types import Limits as TypeLimits
from pywasm_vm.validation.matching import Scope

__all__ = ["TableInst"]

UNIT = 8
"""Elements that may be filled, copied or added for the fuel of one instruction."""


class TableInst:
    """A table. *limit* is how many elements the store allows; the type's own maximum holds beside it.

    `elements` is the same list for the whole life of the table, so code may keep it. None is a null element.
    """

    __slots__ = ("__weakref__", "addrtype", "charge", "elements", "limit", "maximum", "reftype", "scope")

    def __init__(self, tabletype: TableType, init: Ref, limit: int) -> None:
        """raises: MemoryError when the minimum is beyond *limit*; the message names both."""
        if tabletype.limits.minimum > limit:
            raise MemoryError(f"a table of {tabletype.limits.minimum} elements is beyond the limit of {limit} elements")
        self.reftype: RefType = tabletype.reftype
        self.scope: Scope = ()
        """What a type index in `reftype` stands for."""
        self.addrtype: AddrType = tabletype.addrtype
        self.maximum = tabletype.limits.maximum
        self.limit = limit
        self.charge: Charge = free_of_charge
        self.elements: list[Ref] = [init] * tabletype.limits.minimum

    @property
    def type(self) -> TableType:
        """Its type as it is now: the minimum is the present size.

        spec: exec/modules, external typing
        """
        return TableType(TypeLimits(len(self.elements), self.maximum), self.reftype, self.addrtype)

    def __len__(self) -> int:
        return len(self.elements)

    def get(self, index: int) -> Ref:
        """The element at *index*, which is not negative.

        raises: Trap, out of bounds table access.
        spec: exec/instructions, table.get
        """
        if index >= len(self.elements):
            raise Trap(TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS)
        return self.elements[index]

    def set(self, index: int, value: Ref) -> None:
        """Replace the element at *index*, which is not negative.

        raises: Trap, out of bounds table access.
        spec: exec/instructions, table.set
        """
        if index >= len(self.elements):
            raise Trap(TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS)
        self.elements[index] = value

    def grow(self, delta: int, init: Ref) -> int:
        """Add *delta* elements that hold *init*, and return the old size; -1, and nothing changed, when it must not be.

        spec: exec/modules, growing tables
        """
        old = len(self.elements)
        widest = (1 << (32 if self.addrtype is AddrType.I32 else 64)) - 1
        if old + delta > min(self.limit, widest if self.maximum is None else self.maximum):
            return -1
        self.charge(delta // UNIT)
        try:
            self.elements.extend([init] * delta)
        except MemoryError:
            return -1
        return old

    def fill(self, index: int, value: Ref, size: int) -> None:
        """Set *size* elements at *index* to *value*.

        raises: Trap, out of bounds table access.
        spec: exec/instructions, table.fill
        """
        if index + size > len(self.elements):
            raise Trap(TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS)
        self.charge(size // UNIT)
        self.elements[index : index + size] = [value] * size

    def copy(self, index: int, source: TableInst, start: int, size: int) -> None:
        """Copy *size* elements at *start* of *source* to *index* here, as if through a buffer.

        raises: Trap, out of bounds table access.
        spec: exec/instructions, table.copy
        """
        if index + size > len(self.elements) or start + size > len(source.elements):
            raise Trap(TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS)
        self.charge(size // UNIT)
        self.elements[index : index + size] = source.elements[start : start + size]

    def init(self, index: int, items: Sequence[Ref], start: int, size: int) -> None:
        """Copy *size* items at *start* of an element segment to *index*.

        raises: Trap, out of bounds table access.
        spec: exec/instructions, table.init
        """
        if index + size > len(self.elements) or start + size > len(items):
            raise Trap(TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS)
        self.charge(size // UNIT)
        self.elements[index : index + size] = items[start : start + size]
