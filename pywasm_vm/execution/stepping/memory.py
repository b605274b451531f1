"""Loads, stores and the instructions on memories, data segments, tables and element segments.

Lives here: which operand is what, and the access itself.
Not here: the storage, its bounds and its growth (runtime/memory.py, runtime/table.py).

An address is never negative and neither is an offset; their sum is not cut to the width of addresses, so `struct` refuses
whatever is outside of the memory, before anything is written.

spec: exec/instructions, memory instructions and table instructions
"""

from __future__ import annotations

import struct
from typing import Any

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.execution.stepping.configuration import Frame
from pywasm_vm.execution.stepping.registry import Handler, steps
from pywasm_vm.features import Feature
from pywasm_vm.isa.memory import ROWS
from pywasm_vm.isa.opcode import Imm, Opcode, stack_words
from pywasm_vm.numerics.floats import f32_reinterpret_i32, i32_reinterpret_f32
from pywasm_vm.runtime.atomics import FUNCTIONS, WAITS
from pywasm_vm.structure.instructions import MemArg
from pywasm_vm.structure.types import AddrType

__all__: list[str] = []

_M32, _M64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF

_OUTSIDE = (struct.error, OverflowError, IndexError)
"""What `struct` raises for a place outside of the memory, however far."""


def _load(code: str, mask: int | None) -> Handler:
    """A load of the number that `struct` writes as *code*; a signed one becomes unsigned by *mask*."""
    unpack = struct.Struct("<" + code).unpack_from

    def load(frame: Frame, memarg: MemArg) -> None:
        stack = frame.stack
        try:
            stack[-1] = unpack(frame.instance.mems[memarg[2]].data, stack[-1] + memarg[1])[0]
        except _OUTSIDE:
            raise Trap(TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS) from None

    def load_signed(frame: Frame, memarg: MemArg) -> None:
        load(frame, memarg)
        frame.stack[-1] &= mask

    return load if mask is None else load_signed


def _store(code: str, mask: int | None) -> Handler:
    """A store of the number that `struct` writes as *code*; of a wider one the bits in *mask*."""
    pack = struct.Struct("<" + code).pack_into

    def store(frame: Frame, memarg: MemArg) -> None:
        stack = frame.stack
        value, address = stack.pop(), stack.pop()
        try:
            pack(frame.instance.mems[memarg[2]].data, address + memarg[1], value if mask is None else value & mask)
        except _OUTSIDE:
            raise Trap(TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS) from None

    return store


for _type, _own, _mask in (("i32", "I", _M32), ("i64", "Q", _M64)):
    steps(f"{_type}.load")(_load(_own, None))
    steps(f"{_type}.load8_u")(_load("B", None))
    steps(f"{_type}.load16_u")(_load("H", None))
    steps(f"{_type}.load8_s")(_load("b", _mask))
    steps(f"{_type}.load16_s")(_load("h", _mask))
    steps(f"{_type}.store")(_store(_own, None))
    steps(f"{_type}.store8")(_store("B", 0xFF))
    steps(f"{_type}.store16")(_store("H", 0xFFFF))
steps("i64.load32_u")(_load("I", None))
steps("i64.load32_s")(_load("i", _M64))
steps("i64.store32")(_store("I", _M32))
steps("f64.load")(_load("d", None))
steps("f64.store")(_store("d", None))

_load_bits, _store_bits = _load("I", None), _store("I", None)


@steps("f32.load")
def f32_load(frame: Frame, memarg: MemArg) -> None:
    """Through the bits: the processor would make a signalling NaN quiet."""
    _load_bits(frame, memarg)
    frame.stack[-1] = f32_reinterpret_i32(frame.stack[-1])


@steps("f32.store")
def f32_store(frame: Frame, memarg: MemArg) -> None:
    frame.stack[-1] = i32_reinterpret_f32(frame.stack[-1])
    _store_bits(frame, memarg)


def _width(addrtype: AddrType) -> int:
    """The largest address: what a size of -1 becomes."""
    return _M32 if addrtype is AddrType.I32 else _M64


# Memories


@steps("memory.size")
def memory_size(frame: Frame, index: int) -> None:
    frame.stack.append(frame.instance.mems[index].pages)


@steps("memory.grow")
def memory_grow(frame: Frame, index: int) -> None:
    memory = frame.instance.mems[index]
    frame.stack[-1] = memory.grow(frame.stack[-1], frame.configuration.budget.charge) & _width(memory.addrtype)


@steps("memory.fill")
def memory_fill(frame: Frame, index: int) -> None:
    address, value, size = _pop3(frame)
    frame.instance.mems[index].fill(address, value, size, frame.configuration.budget.charge)


@steps("memory.copy")
def memory_copy(frame: Frame, operand: tuple[int, int]) -> None:
    target, source = operand
    address, start, size = _pop3(frame)
    frame.instance.mems[target].copy(address, frame.instance.mems[source], start, size, frame.configuration.budget.charge)


@steps("memory.init")
def memory_init(frame: Frame, operand: tuple[int, int]) -> None:
    data, target = operand
    address, start, size = _pop3(frame)
    content = frame.instance.datas[data].content
    frame.instance.mems[target].init(address, content, start, size, frame.configuration.budget.charge)


@steps("data.drop")
def data_drop(frame: Frame, index: int) -> None:
    frame.instance.datas[index].drop()


# Atomic accesses


def _atomic(row: Opcode) -> Handler:
    """A step that asks the function of runtime of the name of *row*."""
    waits = row.name in WAITS
    function = WAITS[row.name] if waits else FUNCTIONS[row.name]
    pops, pushes = stack_words(row.stack or "->")
    count = len(pops)

    def step(frame: Frame, memarg: MemArg) -> None:
        stack = frame.stack
        address, *operands = stack[-count:]
        del stack[-count:]
        if waits:
            operands.append(frame.configuration.budget.wait_for)
        result = function(frame.instance.mems[memarg[2]], address + memarg[1], *operands)
        if pushes:
            stack.append(result)

    return step


for _row in ROWS:
    if _row.since is Feature.THREADS and _row.immediates == (Imm.MEMARG,):
        steps(_row.mnemonic)(_atomic(_row))


@steps("atomic.fence")
def atomic_fence(frame: Frame, _: Any) -> None:
    """Nothing: steps follow one another, and what they write is there for all threads at once."""


# Tables


@steps("table.get")
def table_get(frame: Frame, index: int) -> None:
    frame.stack[-1] = frame.instance.tables[index].get(frame.stack[-1])


@steps("table.set")
def table_set(frame: Frame, index: int) -> None:
    value, element = frame.stack.pop(), frame.stack.pop()
    frame.instance.tables[index].set(element, value)


@steps("table.size")
def table_size(frame: Frame, index: int) -> None:
    frame.stack.append(len(frame.instance.tables[index]))


@steps("table.grow")
def table_grow(frame: Frame, index: int) -> None:
    table = frame.instance.tables[index]
    delta = frame.stack.pop()
    frame.stack[-1] = table.grow(delta, frame.stack[-1]) & _width(table.addrtype)


@steps("table.fill")
def table_fill(frame: Frame, index: int) -> None:
    element, value, size = _pop3(frame)
    frame.instance.tables[index].fill(element, value, size)


@steps("table.copy")
def table_copy(frame: Frame, operand: tuple[int, int]) -> None:
    target, source = operand
    element, start, size = _pop3(frame)
    frame.instance.tables[target].copy(element, frame.instance.tables[source], start, size)


@steps("table.init")
def table_init(frame: Frame, operand: tuple[int, int]) -> None:
    elem, target = operand
    element, start, size = _pop3(frame)
    frame.instance.tables[target].init(element, frame.instance.elems[elem].items, start, size)


@steps("elem.drop")
def elem_drop(frame: Frame, index: int) -> None:
    frame.instance.elems[index].drop()


def _pop3(frame: Frame) -> list[Any]:
    """The topmost three operands, the lowest first."""
    operands = frame.stack[-3:]
    del frame.stack[-3:]
    return operands
