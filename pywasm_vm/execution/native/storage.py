"""Memories, tables, globals and segments that C owns, with the faces that the rest of the package knows.

Lives here: the same methods as in runtime/, on storage of the C core.
Not here: what code does with them (native/), and references as words (machine.py).

A memory moves when it grows, but for a shared one, which belongs to no machine and stays where it is. What Python sees of it is
one buffer, which is made anew when the memory has moved, and is never given away: reads are copies.

spec: exec/runtime, memory instances, table instances
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from threading import Lock, get_ident
from typing import Any, Concatenate, ParamSpec, TypeVar

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.execution.native.machine import Machine
from pywasm_vm.limits import PAGE_SIZE
from pywasm_vm.native.owned import Owned
from pywasm_vm.runtime.instances import DataInst, ElemInst, FuncRefs, GlobalInst
from pywasm_vm.runtime.memory import UNIT as BYTES_A_UNIT
from pywasm_vm.runtime.memory import MemInst
from pywasm_vm.runtime.table import UNIT as ELEMENTS_A_UNIT
from pywasm_vm.runtime.table import TableInst
from pywasm_vm.runtime.values import Ref, Value
from pywasm_vm.runtime.work import Charge, free_of_charge
from pywasm_vm.structure.module import Datas
from pywasm_vm.structure.types import V128, AbsHeapType, AddrType, GlobalType, MemType, RefType, TableType, ValType
from pywasm_vm.structure.types import Limits as TypeLimits

__all__ = ["NativeData", "NativeElem", "NativeGlobal", "NativeMemory", "NativeTable"]


LEAST_OF_IMAGE = 1 << 17
"""Bytes of data segments that are written for each instance anew, because a view costs as much."""

P = ParamSpec("P")
R = TypeVar("R")
_FUNCTIONS = (AbsHeapType.FUNC, AbsHeapType.NOFUNC)


def is_traced(valtype: ValType) -> bool:
    """Whether values of *valtype* may keep what is in the heap. A type that a module defines says so when an instance has it."""
    return isinstance(valtype, RefType) and isinstance(valtype.heap, AbsHeapType) and valtype.heap not in _FUNCTIONS


class NativeMemory(MemInst):
    """A memory in C."""

    __slots__ = ("_buffer", "_owned", "_seen", "_size", "_state", "handle", "machine")

    def __init__(self, machine: Machine, memtype: MemType, page_limit: int) -> None:
        """raises: MemoryError when the minimum is beyond *page_limit*, or what the machine has; the message names both."""
        size = memtype.limits.minimum * memtype.page_size
        if size > page_limit * PAGE_SIZE:
            unit = "pages" if memtype.page_size == PAGE_SIZE else f"pages of {memtype.page_size} bytes"
            raise MemoryError(f"a memory of {memtype.limits.minimum} {unit} is beyond the limit of {page_limit} pages")
        self.addrtype = memtype.addrtype
        self.maximum = memtype.limits.maximum
        self.page_size = memtype.page_size
        self.page_limit = page_limit
        self.shared = memtype.shared
        self.lock = Lock()
        self.waiting = {}
        self.machine = machine
        most, bits = min(self._most_pages(), (1 << 63) - 1), memtype.page_size.bit_length() - 1
        size_and_kind = memtype.limits.minimum, most, bits, self.addrtype is AddrType.I64
        if self.shared:
            made = machine.checked(machine.lib.wasm_shared_memory_new(*size_and_kind))
            self.handle = made
            self._owned = Owned(made, machine.lib.wasm_shared_memory_free)
        else:
            self.handle = machine.checked(machine.lib.wasm_memory_new(machine.handle, *size_and_kind))
        state = machine.lib.wasm_memory_state(self.handle)
        self._state = memoryview(machine.ffi.buffer(state, 16)).cast("B").cast("Q")
        self._renew()

    def _renew(self) -> None:
        """Find the memory, after it may have moved. It may do so again in the middle of this: whoever calls looks once more."""
        seen = self._state[1]
        buffer = self.machine.ffi.buffer(self.machine.lib.wasm_memory_base(self.handle), self._state[0])
        self._size = len(buffer)
        self._buffer = buffer
        # Last: whoever sees this number on another thread takes the buffer.
        self._seen = seen

    @property
    def pages(self) -> int:
        """The present size in pages."""
        return self._state[0] // self.page_size

    def __len__(self) -> int:
        return self._state[0]

    def grow(self, delta: int, charge: Charge = free_of_charge) -> int:
        """See `MemInst.grow`."""
        with self.hold():
            if delta + self.pages > self._most_pages():
                return -1
            charge(delta * self.page_size // BYTES_A_UNIT)
            old: int = self.machine.lib.wasm_memory_grow(self.handle, delta)
            return old

    def begin_with(self, datas: Datas) -> bool:
        """See `MemInst.begin_with`. What is large is written once for all instances; see native/image.c."""
        if datas.image is None and datas.size < LEAST_OF_IMAGE:
            return datas.write(self.buffer())
        image = datas.image
        if image is None or len(image) != len(self):
            image = Image(self.machine, len(self))
            if not image.handle or not datas.write(image.buffer()):
                return datas.write(self.buffer())
            datas.image = image
        return not self.machine.lib.wasm_memory_begin_with(self.handle, image.handle) or datas.write(self.buffer())

    def hold(self) -> AbstractContextManager[None]:
        """See `MemInst.hold`."""
        return nullcontext() if self.shared else self.machine.visit()

    def buffer(self) -> Any:
        """See `MemInst.buffer`."""
        while self._seen != self._state[1]:
            self._renew()
        return self._buffer

    def read(self, address: int, size: int) -> bytes:
        """See `MemInst.read`."""
        # Whose thread is inside is alone here. Anybody else comes in first, so that nothing moves.
        if self.machine.budget.thread != get_ident() and not self.shared:
            return self.machine.alone(self._read, address, size)
        # The same as `_read`: host functions do little else.
        while self._seen != self._state[1]:
            self._renew()
        end = address + size
        if address < 0 or size < 0 or end > self._size:
            raise self._outside(address, size)
        content: bytes = self._buffer[address:end]
        return content

    def write(self, address: int, content: bytes | bytearray | memoryview) -> None:
        """See `MemInst.write`."""
        if self.machine.budget.thread != get_ident() and not self.shared:
            self.machine.alone(self._write, address, content)
            return
        end = address + len(content)
        while self._seen != self._state[1]:
            self._renew()
        if address < 0 or end > self._size:
            raise self._outside(address, len(content))
        self._buffer[address:end] = content

    # In these two, and above, no call comes after the look at the state: in a call a signal handler may let the memory move.

    def _read(self, address: int, size: int) -> bytes:
        while self._seen != self._state[1]:
            self._renew()
        end = address + size
        if address < 0 or size < 0 or end > self._size:
            raise self._outside(address, size)
        content: bytes = self._buffer[address:end]
        return content

    def _write(self, address: int, content: bytes | bytearray | memoryview) -> None:
        end = address + len(content)
        while self._seen != self._state[1]:
            self._renew()
        if address < 0 or end > self._size:
            raise self._outside(address, len(content))
        self._buffer[address:end] = content

    def _outside(self, address: int, size: int) -> IndexError:
        return IndexError(f"{size} bytes at {address:#x} are outside of a memory of {len(self):#x} bytes")

    def fill(self, address: int, value: int, size: int, charge: Charge = free_of_charge) -> None:
        """See `MemInst.fill`."""
        self._require(address, size)
        charge(size // BYTES_A_UNIT)
        self.write(address, bytes((value & 0xFF,)) * size)

    def copy(self, address: int, source: MemInst, start: int, size: int, charge: Charge = free_of_charge) -> None:
        """See `MemInst.copy`."""
        self._require(address, size)
        if start + size > len(source):
            raise Trap(TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS)
        charge(size // BYTES_A_UNIT)
        self.write(address, source.read(start, size))

    def init(self, address: int, content: bytes, start: int, size: int, charge: Charge = free_of_charge) -> None:
        """See `MemInst.init`."""
        self._require(address, size)
        if start + size > len(content):
            raise Trap(TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS)
        charge(size // BYTES_A_UNIT)
        self.write(address, memoryview(content)[start : start + size])

    def _require(self, address: int, size: int) -> None:
        if address + size > self._state[0]:
            raise Trap(TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS)


class Image:
    """What memories of *size* bytes begin with. It belongs to no machine; without `handle` there is none."""

    def __init__(self, machine: Machine, size: int) -> None:
        self._ffi, self._lib, self._size = machine.ffi, machine.lib, size
        self.handle = self._ffi.gc(self._lib.wasm_image_new(size), self._lib.wasm_image_free)

    def __len__(self) -> int:
        return self._size

    def buffer(self) -> Any:
        """All its bytes."""
        return self._ffi.buffer(self._lib.wasm_image_base(self.handle), self._size)


def _inside(method: Callable[Concatenate[NativeTable, P], R]) -> Callable[Concatenate[NativeTable, P], R]:
    """The same, with nobody else inside: elements move when a table grows."""

    @wraps(method)
    def visiting(table: NativeTable, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with table.machine.visit():
            return method(table, *args, **kwargs)

    return visiting


class NativeTable(TableInst):
    """A table in C."""

    __slots__ = ("handle", "machine")

    def __init__(self, machine: Machine, tabletype: TableType, init: Ref, limit: int) -> None:
        """raises: MemoryError when the minimum is beyond *limit*, or what the machine has; the message names both."""
        minimum = tabletype.limits.minimum
        if minimum > limit:
            raise MemoryError(f"a table of {minimum} elements is beyond the limit of {limit} elements")
        self.reftype = tabletype.reftype
        self.scope = ()
        self.addrtype = tabletype.addrtype
        self.maximum = tabletype.limits.maximum
        self.limit = limit
        self.charge = free_of_charge
        self.machine = machine
        widest = (1 << (32 if self.addrtype is AddrType.I32 else 64)) - 1
        most = min(limit, widest if self.maximum is None else self.maximum, (1 << 63) - 1)
        self.handle = machine.checked(
            machine.lib.wasm_table_new(
                machine.handle, minimum, most, self._word(init), self.addrtype is AddrType.I64, is_traced(self.reftype)
            )
        )

    @property
    def type(self) -> TableType:
        """See `TableInst.type`."""
        return TableType(TypeLimits(len(self), self.maximum), self.reftype, self.addrtype)

    def __len__(self) -> int:
        size: int = self.machine.lib.wasm_table_size(self.handle)
        return size

    @_inside
    def get(self, index: int) -> Ref:
        """See `TableInst.get`."""
        if index >= len(self):
            raise Trap(TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS)
        return self.machine.value_of(self.machine.lib.wasm_table_at(self.handle, index), self.reftype, self.scope)

    @_inside
    def set(self, index: int, value: Ref) -> None:
        """See `TableInst.set`."""
        if index >= len(self):
            raise Trap(TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS)
        self.machine.lib.wasm_table_fill(self.handle, index, 1, self._word(value))

    @_inside
    def grow(self, delta: int, init: Ref) -> int:
        """See `TableInst.grow`."""
        widest = (1 << (32 if self.addrtype is AddrType.I32 else 64)) - 1
        if len(self) + delta > min(self.limit, widest if self.maximum is None else self.maximum):
            return -1
        self.charge(delta // ELEMENTS_A_UNIT)
        old: int = self.machine.lib.wasm_table_grow(self.handle, delta, self._word(init))
        return old

    @_inside
    def fill(self, index: int, value: Ref, size: int) -> None:
        """See `TableInst.fill`."""
        self._require(index, size)
        self.charge(size // ELEMENTS_A_UNIT)
        self.machine.lib.wasm_table_fill(self.handle, index, size, self._word(value))

    @_inside
    def copy(self, index: int, source: TableInst, start: int, size: int) -> None:
        """See `TableInst.copy`."""
        self._require(index, size)
        if start + size > len(source):
            raise Trap(TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS)
        self.charge(size // ELEMENTS_A_UNIT)
        items = [source.get(place) for place in range(start, start + size)]
        self._put(index, items)

    @_inside
    def init(self, index: int, items: Sequence[Ref], start: int, size: int) -> None:
        """See `TableInst.init`."""
        self._require(index, size)
        if start + size > len(items):
            raise Trap(TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS)
        self.charge(size // ELEMENTS_A_UNIT)
        if isinstance(items, FuncRefs) and items.instance.bound is not None:
            indices = items.indices if isinstance(items.indices, array) else array("I", items.indices)
            numbers = self.machine.ffi.from_buffer("uint32_t[]", indices)
            self.machine.lib.wasm_table_set_functions(self.handle, index, items.instance.bound.handle, numbers + start, size)
        else:
            self._put(index, items[start : start + size])

    def _put(self, index: int, items: Sequence[Ref]) -> None:
        for place, item in enumerate(items, index):
            self.machine.lib.wasm_table_fill(self.handle, place, 1, self._word(item))

    def _word(self, ref: Ref) -> int:
        return self.machine.word_of(ref, self.reftype)

    def _require(self, index: int, size: int) -> None:
        if index + size > len(self):
            raise Trap(TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS)


class NativeGlobal(GlobalInst):
    """A global in C. *early* is the value of a constant that C gets when its instance is bound."""

    __slots__ = ("cell", "machine")

    def __init__(self, machine: Machine, globaltype: GlobalType, value: Value) -> None:
        self.type = globaltype
        self.scope = ()
        self.machine = machine
        self.cell = machine.checked(machine.lib.wasm_global_new(machine.handle, is_traced(globaltype.valtype)))
        self.value = value

    @property
    def value(self) -> Value:
        """The raw value."""
        if self.type.valtype is V128:
            return self.cell[0] | self.cell[1] << 64
        if isinstance(self.type.valtype, RefType):
            with self.machine.visit():
                return self.machine.value_of(self.cell[0], self.type.valtype, self.scope)
        return self.machine.value_of(self.cell[0], self.type.valtype, self.scope)

    @value.setter
    def value(self, value: Value) -> None:
        if self.type.valtype is V128:
            self.cell[0], self.cell[1] = value & (1 << 64) - 1, value >> 64
        elif isinstance(self.type.valtype, RefType):
            # What it leads to must stay while a word is made of it.
            with self.machine.visit():
                self.cell[0] = self.machine.word_of(value, self.type.valtype)
        else:
            self.cell[0] = self.machine.word_of(value, self.type.valtype)


class NativeData(DataInst):
    """A data segment whose content C reads where Python has it."""

    __slots__ = ("_instance", "_kept", "_lib", "_place")

    def __init__(self, machine: Machine, instance: Any, place: int, content: bytes) -> None:
        super().__init__(content)
        self._lib, self._instance, self._place = machine.lib, instance, place
        self._kept = machine.ffi.from_buffer("uint8_t[]", content)
        machine.lib.wasm_instance_set_data(instance, place, self._kept, len(content))

    def drop(self) -> None:
        """Forget the content, here and in C."""
        super().drop()
        self._lib.wasm_instance_set_data(self._instance, self._place, self._kept, 0)


class NativeElem(ElemInst):
    """An element segment that C gets when code asks for it: most are used up before any code runs."""

    __slots__ = ("_instance", "_machine", "_place", "_type")

    def __init__(self, machine: Machine, instance: Any, place: int, items: Sequence[Ref], reftype: RefType) -> None:
        super().__init__(items)
        self._machine, self._instance, self._place, self._type = machine, instance, place, reftype

    def hand_over(self) -> None:
        """Give C the items. It has them alone from now on."""
        words = list(map(self._machine.writer(self._type), self.items))
        items = self._machine.ffi.new("uint64_t[]", words)
        if self._machine.lib.wasm_instance_set_elem(self._instance, self._place, items, len(words)):
            raise MemoryError("the C core got no memory for an element segment")
        self.items = ()

    def drop(self) -> None:
        """Forget the items, here and in C."""
        super().drop()
        self.hand_over()
