"""Loads, stores and the instructions on memories, data segments, tables and element segments.

Lives here: how an access is written so that Python's own bounds check is the guest's.
Not here: vectors (vector.py), the storage (runtime/memory.py, runtime/table.py) and what is atomic on it (runtime/atomics.py),
what becomes of Python's IndexError (traps.py).

An address is exact and an offset is not negative, so an index is never negative, and whatever is outside raises. Bytes are read
and written by index. Wider numbers go through `struct`, whose functions check first and write all or nothing; or, where code is
worth it and their address is aligned, by index through a view of the bytes. A view is let go when the memory grows, so that an
address whose evaluation may grow it takes the other way: Python looks at the container first.

spec: exec/instructions, memory instructions and table instructions
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pywasm_vm.execution.python.emit import M32, M64, Emitter, emits
from pywasm_vm.execution.python.operands import (
    ADD,
    ATOM,
    CONFLICT,
    EFFECTS,
    LOWEST,
    NAME,
    READS,
    SHIFT,
    TRAPS,
    WRITES,
    Operand,
    constant,
    exact_text,
    wrap,
)
from pywasm_vm.execution.python.views import SIZES
from pywasm_vm.features import Feature
from pywasm_vm.isa.memory import ROWS
from pywasm_vm.isa.opcode import Imm, Opcode, stack_words
from pywasm_vm.runtime.atomics import WAITS
from pywasm_vm.structure.instructions import MemArg
from pywasm_vm.structure.types import I32, I64

__all__ = ["ACCESS", "address_of", "store_operands"]

ACCESS = READS | TRAPS


def address_of(emitter: Emitter, memarg: MemArg) -> Operand:
    """The effective address: the topmost operand and the offset."""
    operand = emitter.pop_exact(emitter.facts.memory_mask(memarg.memory))
    offset = memarg.offset
    if not offset:
        return operand
    _text, _level, low, high, deps, _more = operand
    if low == high and not deps:
        return constant(low + offset)
    return (f"{wrap(operand, ADD)} + {offset}", ADD, low + offset, high + offset, deps, None)


def _load(reader: str, low: int, high: int) -> Callable[[Emitter, Any, int], None]:
    letter = _LETTERS[reader]
    size = SIZES[letter]

    def handler(emitter: Emitter, immediates: Any, position: int) -> None:
        memarg = immediates[0]
        base = emitter.stack[-1]
        address = address_of(emitter, memarg)
        deps = address[4] | ACCESS
        plain = f"{reader}({emitter.bytes_of(memarg.memory)}, {address[0]})[0]"
        if emitter.quick and emitter.facts.has_views(memarg.memory) and not address[4] & WRITES:
            if _multiple(address, size) or emitter.is_aligned(position):
                emitter.push((_element(letter, size, memarg, address), ATOM, low, high, deps, None))
                return
            if emitter.hot and base[1] == NAME and address[0].startswith(base[0]) and not memarg.offset % size:
                text = f"{_element(letter, size, memarg, address)} if not {base[0]} & {size - 1} else {plain}"
                emitter.push((text, LOWEST, low, high, deps, None))
                return
        emitter.push((plain, ATOM, low, high, deps, None))

    return handler


def _multiple(address: Operand, size: int) -> bool:
    """Whether *address* is a constant that is a multiple of *size*."""
    return address[2] == address[3] and not address[4] and not address[2] % size


def _element(letter: str, size: int, memarg: MemArg, address: Operand) -> str:
    """The text of the number at *address*, which is a multiple of its size."""
    shift = size.bit_length() - 1
    text = str(address[2] >> shift) if address[2] == address[3] and not address[4] else f"{wrap(address, SHIFT)} >> {shift}"
    return f"m{letter}{memarg.memory}[{text}]"


_LETTERS = {"u16": "H", "i16": "h", "u32": "I", "i32": "i", "u64": "Q", "uf64": "d"}
"""For what reads a number at any address the view that has it when the address is aligned."""


@emits("i32.load8_u", "i64.load8_u")
def load8_u(emitter: Emitter, immediates: Any, position: int) -> None:
    memarg = immediates[0]
    address = address_of(emitter, memarg)
    emitter.push((f"{emitter.bytes_of(memarg.memory)}[{address[0]}]", ATOM, 0, 255, address[4] | ACCESS, None))


@emits("i32.load8_s", "i64.load8_s")
def load8_s(emitter: Emitter, immediates: Any, position: int) -> None:
    memarg = immediates[0]
    address = address_of(emitter, memarg)
    text = f"({emitter.bytes_of(memarg.memory)}[{address[0]}] ^ 128) - 128"
    emitter.push((text, ADD, -128, 127, address[4] | ACCESS, None))


@emits("f32.load")
def f32_load(emitter: Emitter, immediates: Any, position: int) -> None:
    memarg = immediates[0]
    address = address_of(emitter, memarg)
    name = emitter.bytes_of(memarg.memory)
    first, again = (address[0], address[0]) if address[1] == NAME else (f"(a := {address[0]})", "a")
    text = f"v if (v := uf32({name}, {first})[0]) == v else load_f32_nan({name}, {again})"
    emitter.push((text, LOWEST, 0, 0, address[4] | ACCESS, None))


def store_operands(emitter: Emitter, memarg: MemArg) -> tuple[Operand, Operand]:
    """The effective address and the value of a store, so that they may be evaluated in any order."""
    address, value = emitter.stack[-2], emitter.stack[-1]
    if value[4] & WRITES or CONFLICT[value[4] & EFFECTS] & address[4]:
        emitter.name_top(2)
    value = emitter.stack.pop()
    return address_of(emitter, memarg), value


def _store(writer: str, letter: str, mask: int) -> Callable[[Emitter, Any, int], None]:
    size = SIZES[letter]

    def handler(emitter: Emitter, immediates: Any, position: int) -> None:
        memarg = immediates[0]
        base = emitter.stack[-2]
        address, value = store_operands(emitter, memarg)
        text = exact_text(value, mask) if mask else value[0]
        deps = address[4] | value[4] | WRITES | TRAPS
        plain = f"{writer}({emitter.bytes_of(memarg.memory)}, {address[0]}, {text})"
        if not emitter.quick or not emitter.facts.has_views(memarg.memory) or address[4] & WRITES:
            emitter.statement(plain, deps)
        elif _multiple(address, size) or emitter.is_aligned(position):
            emitter.statement(f"{_element(letter, size, memarg, address)} = {text}", deps)
        elif (
            emitter.hot and base[1] == NAME and address[0].startswith(base[0]) and not memarg.offset % size and len(text) < TWICE
        ):
            emitter.statement(f"if {base[0]} & {size - 1}: {plain}", deps)
            emitter.emit(f"else: {_element(letter, size, memarg, address)} = {text}")
        else:
            emitter.statement(plain, deps)

    return handler


def _store_byte(emitter: Emitter, immediates: Any, position: int) -> None:
    memarg = immediates[0]
    address, value = store_operands(emitter, memarg)
    line = f"{emitter.bytes_of(memarg.memory)}[{address[0]}] = {exact_text(value, 0xFF)}"
    emitter.statement(line, address[4] | value[4] | WRITES | TRAPS)


TWICE = 60
"""Characters of a value that is written twice, for an address that is aligned and for one that is not."""


@emits("f32.store")
def f32_store(emitter: Emitter, immediates: Any, position: int) -> None:
    memarg = immediates[0]
    if emitter.stack[-1][1] != NAME:
        emitter.name_top(2)
    address, value = store_operands(emitter, memarg)
    deps = address[4] | value[4] | WRITES | TRAPS
    arguments = f"{emitter.bytes_of(memarg.memory)}, {address[0]}, {value[0]}"
    emitter.statement(f"pf32({arguments}) if {value[0]} == {value[0]} else store_f32_nan({arguments})", deps)


# Memories


@emits("memory.size")
def memory_size(emitter: Emitter, immediates: Any, position: int) -> None:
    memtype = emitter.facts.memories[immediates[0]]
    shift = memtype.page_size.bit_length() - 1
    size = f"len({emitter.bytes_of(immediates[0])})"
    most = emitter.facts.memory_mask(immediates[0]) // memtype.page_size + 1
    if shift:
        emitter.stack.append((f"{size} >> {shift}", SHIFT, 0, most, READS, None))
    else:
        emitter.stack.append((size, ATOM, 0, most - 1, READS, None))


@emits("memory.grow")
def memory_grow(emitter: Emitter, immediates: Any, position: int) -> None:
    mask = emitter.facts.memory_mask(immediates[0])
    delta = emitter.pop_exact(mask)
    deps = delta[4] | READS | WRITES | TRAPS
    emitter.push((f"m{immediates[0]}.grow({delta[0]}, charge)", ATOM, -1, mask, deps, None))


def _bulk(emitter: Emitter, call: str, *masks: int) -> None:
    """Write a call of a method of the runtime with the topmost operands as arguments, each of them cut by its mask."""
    arguments = emitter.stack[-len(masks) :]
    del emitter.stack[-len(masks) :]
    deps = READS | WRITES | TRAPS
    texts = []
    for operand, mask in zip(arguments, masks, strict=True):
        deps |= operand[4]
        texts.append(exact_text(operand, mask))
    emitter.statement(call.format(*texts), deps)


@emits("memory.fill")
def memory_fill(emitter: Emitter, immediates: Any, position: int) -> None:
    mask = emitter.facts.memory_mask(immediates[0])
    _bulk(emitter, f"m{immediates[0]}.fill({{0}}, {{1}}, {{2}}, charge)", mask, M32, mask)


@emits("memory.copy")
def memory_copy(emitter: Emitter, immediates: Any, position: int) -> None:
    target, source = immediates
    to, start = emitter.facts.memory_mask(target), emitter.facts.memory_mask(source)
    _bulk(emitter, f"m{target}.copy({{0}}, m{source}, {{1}}, {{2}}, charge)", to, start, min(to, start))


@emits("memory.init")
def memory_init(emitter: Emitter, immediates: Any, position: int) -> None:
    data, target = immediates
    mask = emitter.facts.memory_mask(target)
    _bulk(emitter, f"m{target}.init({{0}}, d{data}.content, {{1}}, {{2}}, charge)", mask, M32, M32)


@emits("data.drop")
def data_drop(emitter: Emitter, immediates: Any, position: int) -> None:
    emitter.statement(f"d{immediates[0]}.drop()", WRITES)


# Tables


@emits("table.get")
def table_get(emitter: Emitter, immediates: Any, position: int) -> None:
    index = emitter.pop_exact(emitter.facts.table_mask(immediates[0]))
    emitter.push((f"T{immediates[0]}.get({index[0]})", ATOM, 0, 0, index[4] | ACCESS, None))


@emits("table.set")
def table_set(emitter: Emitter, immediates: Any, position: int) -> None:
    value = emitter.stack.pop()
    index = emitter.pop_exact(emitter.facts.table_mask(immediates[0]))
    deps = index[4] | value[4] | WRITES | TRAPS
    emitter.statement(f"T{immediates[0]}.set({index[0]}, {value[0]})", deps)


@emits("table.size")
def table_size(emitter: Emitter, immediates: Any, position: int) -> None:
    emitter.stack.append((f"len(t{immediates[0]})", ATOM, 0, emitter.facts.table_mask(immediates[0]), READS, None))


@emits("table.grow")
def table_grow(emitter: Emitter, immediates: Any, position: int) -> None:
    mask = emitter.facts.table_mask(immediates[0])
    delta = emitter.pop_exact(mask)
    value = emitter.stack.pop()
    # Python evaluates arguments from the left; by keyword they may stand in the guest's order.
    text = f"T{immediates[0]}.grow(init={value[0]}, delta={delta[0]})"
    emitter.push((text, ATOM, -1, mask, value[4] | delta[4] | READS | WRITES | TRAPS, None))


@emits("table.fill")
def table_fill(emitter: Emitter, immediates: Any, position: int) -> None:
    mask = emitter.facts.table_mask(immediates[0])
    size = emitter.pop_exact(mask)
    value = emitter.stack.pop()
    index = emitter.pop_exact(mask)
    deps = size[4] | value[4] | index[4] | READS | WRITES | TRAPS
    emitter.statement(f"T{immediates[0]}.fill({index[0]}, {value[0]}, {size[0]})", deps)


@emits("table.copy")
def table_copy(emitter: Emitter, immediates: Any, position: int) -> None:
    target, source = immediates
    to, start = emitter.facts.table_mask(target), emitter.facts.table_mask(source)
    _bulk(emitter, f"T{target}.copy({{0}}, T{source}, {{1}}, {{2}})", to, start, min(to, start))


@emits("table.init")
def table_init(emitter: Emitter, immediates: Any, position: int) -> None:
    elem, target = immediates
    _bulk(emitter, f"T{target}.init({{0}}, e{elem}.items, {{1}}, {{2}})", emitter.facts.table_mask(target), M32, M32)


@emits("elem.drop")
def elem_drop(emitter: Emitter, immediates: Any, position: int) -> None:
    emitter.statement(f"e{immediates[0]}.drop()", WRITES)


# Atomic accesses


def _atomic(row: Opcode) -> Callable[[Emitter, Any, int], None]:
    """A handler for *row*: a call of the function of its name, which nothing else may be moved across."""
    pops, pushes = stack_words(row.stack or "->")
    operands = [I64 if word == "i64" else I32 for word in pops[1:]]
    results = [I64 if word == "i64" else I32 for word in pushes]
    more = ", wait_for" if row.name in WAITS else ""

    def handler(emitter: Emitter, immediates: Any, _position: int) -> None:
        memarg = immediates[0]
        text, deps = emitter.pop_arguments(operands)
        address = address_of(emitter, memarg)
        call = f"{row.name}(m{memarg.memory}, {address[0]}{', ' if text else ''}{text}{more})"
        emitter.push_results(call, address[4] | deps | READS | WRITES | TRAPS, results)

    return handler


@emits("atomic.fence")
def atomic_fence(emitter: Emitter, immediates: Any, position: int) -> None:
    # Python does one thing after the other; what waits to be written down has to come before.
    emitter.settle(READS | WRITES | TRAPS)


# Registration


def _register() -> None:
    for row in ROWS:
        if row.since is Feature.THREADS and row.immediates == (Imm.MEMARG,):
            emits(row.mnemonic)(_atomic(row))
    half, full = 1 << 15, 1 << 31
    for prefix, own in (("i32", "u32"), ("i64", "u64")):
        mask = M32 if prefix == "i32" else M64
        emits(f"{prefix}.load")(_load(own, 0, mask))
        emits(f"{prefix}.load16_u")(_load("u16", 0, 2 * half - 1))
        emits(f"{prefix}.load16_s")(_load("i16", -half, half - 1))
        emits(f"{prefix}.store")(_store(f"p{own[1:]}", _LETTERS[own], mask))
        emits(f"{prefix}.store8")(_store_byte)
        emits(f"{prefix}.store16")(_store("p16", "H", 0xFFFF))
    emits("i64.load32_u")(_load("u32", 0, M32))
    emits("i64.load32_s")(_load("i32", -full, full - 1))
    emits("i64.store32")(_store("p32", "I", M32))
    emits("f64.load")(_load("uf64", 0, 0))
    emits("f64.store")(_store("pf64", "d", 0))


_register()
