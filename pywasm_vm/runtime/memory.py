"""Linear memory: bytes that grow by pages and never move out of their bounds.

Lives here: `MemInst`, its growth, reads and writes for the host, and the bulk operations with their bounds checks.
Not here: loads and stores of code; a tier writes them against `data`, as fast as it can.

The storage is one bytearray for the whole life of the memory, so code may keep it. It grows in place, with room to spare, so that
a guest that grows page by page does not copy everything each time. Python cannot resize a bytearray of which somebody holds a
view: hand out copies, or be attached and let go in time.

A shared memory is used by several threads at once. Each access is one step of Python's, which no other thread can interrupt, and
a memory only ever grows, so what has been found inside stays inside. What takes several steps (a read-modify-write, growth, the
queues of waiting threads) holds `lock`.

Work that grows with its operands is told to `charge`, 64 bytes a unit, so that budgets bound it too. It is an argument, because
the threads that share a memory have a budget each.

spec: exec/runtime, memory instances
"""

from __future__ import annotations

from collections import deque
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import Any, Protocol
from weakref import ref

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.limits import PAGE_SIZE
from pywasm_vm.runtime.work import Charge, free_of_charge
from pywasm_vm.structure.module import Datas
from pywasm_vm.structure.types import AddrType, MemType
from pywasm_vm.structure.types import Limits as TypeLimits

__all__ = ["MemInst", "Views", "exact_bytes"]

UNIT = 64
"""Bytes that may be filled, copied or added for the fuel of one instruction."""


def exact_bytes(data: bytes | bytearray | memoryview) -> bytes | bytearray:
    """*data* as bytes that are as many as they say: a view may count items of several, and a class of its own what it likes."""
    return data if type(data) is bytes or type(data) is bytearray else memoryview(data).tobytes()


class Views(Protocol):
    """Views of the bytes of a memory, which must be let go while it grows."""

    def release(self) -> None:
        """Let go of the bytes."""

    def renew(self) -> None:
        """Look at all the bytes there are now."""


class MemInst:
    """A memory. *page_limit* is what the store allows, in pages of 64 KiB; the type's own maximum holds beside it."""

    __slots__ = ("__weakref__", "addrtype", "data", "lock", "maximum", "page_limit", "page_size", "shared", "views", "waiting")

    def __init__(self, memtype: MemType, page_limit: int) -> None:
        """raises: MemoryError when the minimum is beyond *page_limit*; the message names both."""
        size = memtype.limits.minimum * memtype.page_size
        if size > page_limit * PAGE_SIZE:
            unit = "pages" if memtype.page_size == PAGE_SIZE else f"pages of {memtype.page_size} bytes"
            raise MemoryError(f"a memory of {memtype.limits.minimum} {unit} is beyond the limit of {page_limit} pages")
        self.addrtype: AddrType = memtype.addrtype
        self.maximum = memtype.limits.maximum
        self.page_size = memtype.page_size
        self.page_limit = page_limit
        self.shared = memtype.shared
        self.data = bytearray(size)
        self.views: list[ref[Views]] = []
        """Who looks at the bytes, as long as somebody else keeps it. Nobody looks at a shared memory so."""
        self.lock = Lock()
        """Held while something happens that other threads must see as one step. Nobody waits for anything else under it."""
        self.waiting: dict[int, deque[Lock]] = {}
        """The threads that wait at an address, in order of arrival; each waits for its lock to be released."""

    @property
    def type(self) -> MemType:
        """Its type as it is now: the minimum is the present size.

        spec: valid/matching, memory types; exec/modules, external typing
        """
        return MemType(TypeLimits(self.pages, self.maximum), self.addrtype, self.shared, self.page_size)

    @property
    def pages(self) -> int:
        """The present size in pages."""
        return len(self.data) // self.page_size

    def __len__(self) -> int:
        """The present size in bytes."""
        return len(self.data)

    def grow(self, delta: int, charge: Charge = free_of_charge) -> int:
        """Make the memory *delta* pages, of its own size, larger and return its old size in pages.

        Returns -1, and changes nothing, when the new size passes the type's maximum, the store's limit, or what the machine has.

        spec: exec/modules, growing memories
        """
        with self.lock:
            old = self.pages
            new = old + delta
            if new > self._most_pages():
                return -1
            if delta:
                more = delta * self.page_size
                charge(more // UNIT)
                return old if self._extend(more) else -1
            return old

    def attach(self, views: Views) -> None:
        """Have *views* let go while the memory grows."""
        self.views = [known for known in self.views if known() is not None]
        self.views.append(ref(views))

    def _extend(self, more: int) -> bool:
        """Add so many bytes; false when the machine does not have them."""
        present = [views for views in (known() for known in self.views) if views is not None]
        for views in present:
            views.release()
        try:
            self.data.extend(bytes(more))
        except MemoryError:
            return False
        finally:
            for views in present:
                views.renew()
        return True

    def _most_pages(self) -> int:
        """How many pages it may have: by its type, its addresses, and the store."""
        bits = 32 if self.addrtype is AddrType.I32 else 64
        # With pages of one byte the number of pages must fit an address, too.
        widest = min((1 << bits) // self.page_size, (1 << bits) - 1)
        return min(self.page_limit * PAGE_SIZE // self.page_size, widest if self.maximum is None else self.maximum)

    def buffer(self) -> Any:
        """All its bytes, to be read and written at once. Not to be kept: the memory cannot grow while somebody holds it."""
        return self.data

    def begin_with(self, datas: Datas) -> bool:
        """Write all of *datas* into this memory, which is new; False, and nothing is written, if they do not fit."""
        return datas.write(self.buffer())

    def hold(self) -> AbstractContextManager[None]:
        """Entered (`with`) around the use of `buffer`: nobody else can be at work here meanwhile.

        raises (when entered): ConcurrentUse, where memories move and another thread is inside of the store.
        """
        return nullcontext()

    def read(self, address: int, size: int) -> bytes:
        """A copy of *size* bytes at *address*.

        raises: IndexError when a part of it is outside.
        """
        end = address + size
        if address < 0 or size < 0 or end > len(self.data):
            raise IndexError(f"{size} bytes at {address:#x} are outside of a memory of {len(self.data):#x} bytes")
        return bytes(self.data[address:end])

    def write(self, address: int, content: bytes | bytearray | memoryview) -> None:
        """Put *content* at *address*.

        raises: IndexError when a part of it would be outside; then nothing is written.
        """
        size = len(content)
        if address < 0 or address + size > len(self.data):
            raise IndexError(f"{size} bytes at {address:#x} are outside of a memory of {len(self.data):#x} bytes")
        self.data[address : address + size] = content

    def fill(self, address: int, value: int, size: int, charge: Charge = free_of_charge) -> None:
        """Set *size* bytes at *address* to the lowest byte of *value*.

        raises: Trap, out of bounds memory access.
        spec: exec/instructions, memory.fill
        """
        if address + size > len(self.data):
            raise Trap(TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS)
        charge(size // UNIT)
        self.data[address : address + size] = bytes((value & 0xFF,)) * size

    def copy(self, address: int, source: MemInst, start: int, size: int, charge: Charge = free_of_charge) -> None:
        """Copy *size* bytes at *start* in *source* to *address* here, as if through a buffer.

        raises: Trap, out of bounds memory access.
        spec: exec/instructions, memory.copy
        """
        if address + size > len(self.data) or start + size > len(source.data):
            raise Trap(TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS)
        charge(size // UNIT)
        self.data[address : address + size] = source.data[start : start + size]

    def init(self, address: int, content: bytes, start: int, size: int, charge: Charge = free_of_charge) -> None:
        """Copy *size* bytes at *start* of the data segment *content* to *address*.

        raises: Trap, out of bounds memory access.
        spec: exec/instructions, memory.init
        """
        if address + size > len(self.data) or start + size > len(content):
            raise Trap(TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS)
        charge(size // UNIT)
        self.data[address : address + size] = content[start : start + size]
