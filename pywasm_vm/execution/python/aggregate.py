"""Structs and arrays.

Lives here: how fields and elements are read and written, packed ones among them, and calls of the runtime for many elements.
Not here: how structs and arrays are held (runtime/aggregates.py), work on many elements (runtime/heap.py), casts (reference.py).

A field is a slot of the struct, an element stands in the list of the array: `l0.f2`, `l1.items[l2]`. Null has neither, and a list
knows its bounds; Python's exceptions become the traps (traps.py).

Python evaluates what is assigned before what it is assigned to, and asks an array for its list before it evaluates the index.
Where somebody could see that, operands are named first.

spec: exec/instructions, aggregate instructions
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pywasm_vm.execution.python.emit import M32, MASKS, Emitter, emits
from pywasm_vm.execution.python.operands import (
    ADD,
    ATOM,
    CONFLICT,
    EFFECTS,
    READS,
    TRAPS,
    WRITES,
    Operand,
    exact_text,
    wrap,
)
from pywasm_vm.runtime.aggregates import PACKED_BITS
from pywasm_vm.structure.types import PackType, StorageType

__all__: list[str] = []

ACCESS = READS | TRAPS


def _held(operand: Operand, storage: StorageType) -> str:
    """The text of *operand* as a field of this type holds it."""
    mask = _mask(storage)
    return exact_text(operand, mask) if mask else operand[0]


def _mask(storage: StorageType) -> int:
    """The largest number that a field of this type holds; 0 for what is no integer."""
    if isinstance(storage, PackType):
        return (1 << PACKED_BITS[storage]) - 1
    return MASKS.get(storage, 0)


def _push_field(emitter: Emitter, text: str, storage: StorageType, deps: int, signed: bool) -> None:
    """Let the field wait that *text* reads."""
    mask = _mask(storage)
    if signed:
        half = (mask + 1) >> 1
        emitter.push((f"({text} ^ {half}) - {half}", ADD, -half, half - 1, deps, None))
    else:
        emitter.push((text, ATOM, 0, mask, deps, None))


def _many_held(operands: list[Operand], storages: list[StorageType]) -> tuple[str, int]:
    """The texts of *operands* as fields of these types hold them, and their deps."""
    deps = 0
    texts = []
    for operand, storage in zip(operands, storages, strict=True):
        deps |= operand[4]
        texts.append(_held(operand, storage))
    return ", ".join(texts), deps


def _pop(emitter: Emitter, count: int) -> list[Operand]:
    """The topmost *count* operands."""
    first = len(emitter.stack) - count
    operands = emitter.stack[first:]
    del emitter.stack[first:]
    return operands


# Structs


@emits("struct.new")
def struct_new(emitter: Emitter, immediates: Any, position: int) -> None:
    storages = [field.storage for field in emitter.facts.structtype(immediates[0]).fields]
    text, deps = _many_held(_pop(emitter, len(storages)), storages)
    _push_new(emitter, f"C{immediates[0]}({text})", deps)


def _push_new(emitter: Emitter, text: str, deps: int) -> None:
    """Let the making of something new wait. It must happen once, and nobody sees when: like a read that nothing changes."""
    emitter.push((text, ATOM, 0, 0, deps, None))


@emits("struct.new_default")
def struct_new_default(emitter: Emitter, immediates: Any, position: int) -> None:
    facts = emitter.facts
    values = ", ".join(facts.default_text(field.storage) for field in facts.structtype(immediates[0]).fields)
    _push_new(emitter, f"C{immediates[0]}({values})", 0)


@emits("struct.new_desc")
def struct_new_desc(emitter: Emitter, immediates: Any, position: int) -> None:
    storages = [field.storage for field in emitter.facts.structtype(immediates[0]).fields]
    _refuse_null_descriptor(emitter)
    *values, descriptor = _pop(emitter, len(storages) + 1)
    text, deps = _many_held(values, storages)
    _push_new(emitter, f"C{immediates[0]}({text}{', ' if text else ''}{descriptor[0]})", deps | descriptor[4])


@emits("struct.new_default_desc")
def struct_new_default_desc(emitter: Emitter, immediates: Any, position: int) -> None:
    facts = emitter.facts
    values = [facts.default_text(field.storage) for field in facts.structtype(immediates[0]).fields]
    _refuse_null_descriptor(emitter)
    descriptor = emitter.stack.pop()
    _push_new(emitter, f"C{immediates[0]}({', '.join([*values, descriptor[0]])})", descriptor[4])


def _refuse_null_descriptor(emitter: Emitter) -> None:
    emitter.name_top(1)
    text, _level, _low, _high, deps, _more = emitter.stack[-1]
    emitter.statement(f"if {text} is None: null_descriptor()", deps | TRAPS)


@emits("ref.get_desc")
def ref_get_desc(emitter: Emitter, immediates: Any, position: int) -> None:
    found = emitter.stack.pop()
    emitter.push((f"{wrap(found, ATOM)}.desc", ATOM, 0, 0, found[4] | TRAPS, None))


def _struct_get(signed: bool) -> Callable[[Emitter, Any, int], None]:
    def handler(emitter: Emitter, immediates: Any, position: int) -> None:
        type_index, y = immediates
        found = emitter.stack.pop()
        storage = emitter.facts.structtype(type_index).fields[y].storage
        _push_field(emitter, f"{wrap(found, ATOM)}.f{y}", storage, found[4] | ACCESS, signed)

    return handler


@emits("struct.set")
def struct_set(emitter: Emitter, immediates: Any, position: int) -> None:
    type_index, y = immediates
    found, value = emitter.stack[-2:]
    if value[4] & WRITES or CONFLICT[value[4] & EFFECTS] & found[4]:
        emitter.name_top(2)
    found, value = _pop(emitter, 2)
    text = _held(value, emitter.facts.structtype(type_index).fields[y].storage)
    emitter.statement(f"{wrap(found, ATOM)}.f{y} = {text}", found[4] | value[4] | WRITES | TRAPS)


# Arrays


@emits("array.new")
def array_new(emitter: Emitter, immediates: Any, position: int) -> None:
    value, size = _pop(emitter, 2)
    text = _held(value, emitter.facts.arraytype(immediates[0]).field.storage)
    _push_repeated(emitter, immediates[0], text, size, value[4])


@emits("array.new_default")
def array_new_default(emitter: Emitter, immediates: Any, position: int) -> None:
    facts = emitter.facts
    text = facts.default_text(facts.arraytype(immediates[0]).field.storage)
    _push_repeated(emitter, immediates[0], text, emitter.stack.pop(), 0)


def _push_repeated(emitter: Emitter, type_index: int, value: str, size: Operand, deps: int) -> None:
    text = f"heap.repeat(C{type_index}, {value}, {exact_text(size, M32)})"
    emitter.push((text, ATOM, 0, 0, deps | size[4] | TRAPS, None))


@emits("array.new_fixed")
def array_new_fixed(emitter: Emitter, immediates: Any, position: int) -> None:
    type_index, count = immediates
    storage = emitter.facts.arraytype(type_index).field.storage
    text, deps = _many_held(_pop(emitter, count), [storage] * count)
    _push_new(emitter, f"C{type_index}([{text}])", deps)


@emits("array.new_data")
def array_new_data(emitter: Emitter, immediates: Any, position: int) -> None:
    _push_piece(emitter, f"heap.from_data(C{immediates[0]}, d{immediates[1]}.content")


@emits("array.new_elem")
def array_new_elem(emitter: Emitter, immediates: Any, position: int) -> None:
    _push_piece(emitter, f"heap.from_items(C{immediates[0]}, e{immediates[1]}.items")


def _push_piece(emitter: Emitter, call: str) -> None:
    start, size = _pop(emitter, 2)
    # The segment is read before the operands are evaluated, and only its `drop` would change it.
    emitter.push((f"{call}, {exact_text(start, M32)}, {exact_text(size, M32)})", ATOM, 0, 0, start[4] | size[4] | ACCESS, None))


def _name_below(emitter: Emitter, above: int) -> None:
    """Name the operand that has *above* others above it."""
    operands = _pop(emitter, above)
    emitter.name_top(1)
    emitter.stack.extend(operands)


def _array_get(signed: bool) -> Callable[[Emitter, Any, int], None]:
    def handler(emitter: Emitter, immediates: Any, position: int) -> None:
        if emitter.stack[-1][4] & (WRITES | TRAPS):
            emitter.name_top(1)
        array, index = _pop(emitter, 2)
        text = f"{wrap(array, ATOM)}.items[{exact_text(index, M32)}]"
        storage = emitter.facts.arraytype(immediates[0]).field.storage
        _push_field(emitter, text, storage, array[4] | index[4] | ACCESS, signed)

    return handler


@emits("array.set")
def array_set(emitter: Emitter, immediates: Any, position: int) -> None:
    array, index, value = emitter.stack[-3:]
    if value[4] & WRITES or CONFLICT[value[4] & EFFECTS] & (array[4] | index[4]):
        emitter.name_top(3)
    elif index[4] & (WRITES | TRAPS):
        _name_below(emitter, 1)
    array, index, value = _pop(emitter, 3)
    text = _held(value, emitter.facts.arraytype(immediates[0]).field.storage)
    deps = array[4] | index[4] | value[4] | WRITES | TRAPS
    emitter.statement(f"{wrap(array, ATOM)}.items[{exact_text(index, M32)}] = {text}", deps)


@emits("array.len")
def array_len(emitter: Emitter, immediates: Any, position: int) -> None:
    array = emitter.stack.pop()
    emitter.push((f"len({wrap(array, ATOM)}.items)", ATOM, 0, M32, array[4] | TRAPS, None))


# Work on many elements


def _bulk(emitter: Emitter, call: str, operands: list[str], deps: int) -> None:
    emitter.statement(call.format(*operands), deps | READS | WRITES | TRAPS)


@emits("array.fill")
def array_fill(emitter: Emitter, immediates: Any, position: int) -> None:
    array, index, value, size = _pop(emitter, 4)
    held = _held(value, emitter.facts.arraytype(immediates[0]).field.storage)
    operands = [array[0], exact_text(index, M32), held, exact_text(size, M32)]
    _bulk(emitter, "heap.fill({}, {}, {}, {})", operands, array[4] | index[4] | value[4] | size[4])


@emits("array.copy")
def array_copy(emitter: Emitter, immediates: Any, position: int) -> None:
    array, index, source, start, size = _pop(emitter, 5)
    operands = [array[0], exact_text(index, M32), source[0], exact_text(start, M32), exact_text(size, M32)]
    _bulk(emitter, "heap.copy({}, {}, {}, {}, {})", operands, array[4] | index[4] | source[4] | start[4] | size[4])


@emits("array.init_data")
def array_init_data(emitter: Emitter, immediates: Any, position: int) -> None:
    _init(emitter, f"heap.init_data({{}}, {{}}, d{immediates[1]}.content, {{}}, {{}})")


@emits("array.init_elem")
def array_init_elem(emitter: Emitter, immediates: Any, position: int) -> None:
    _init(emitter, f"heap.init_items({{}}, {{}}, e{immediates[1]}.items, {{}}, {{}})")


def _init(emitter: Emitter, call: str) -> None:
    array, index, start, size = _pop(emitter, 4)
    operands = [array[0], exact_text(index, M32), exact_text(start, M32), exact_text(size, M32)]
    _bulk(emitter, call, operands, array[4] | index[4] | start[4] | size[4])


for _word, _signed in (("get", False), ("get_u", False), ("get_s", True)):
    emits(f"struct.{_word}")(_struct_get(_signed))
    emits(f"array.{_word}")(_array_get(_signed))
