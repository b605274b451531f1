"""Structs and arrays.

Lives here: which operand is what, single fields and elements, packed ones among them.
Not here: how structs and arrays are held (runtime/aggregates.py), work on many elements (runtime/heap.py).

spec: exec/instructions, aggregate instructions
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.execution.stepping.configuration import Frame
from pywasm_vm.execution.stepping.registry import Handler, steps
from pywasm_vm.runtime.aggregates import PACKED_BITS, ArrayInst, array_field, class_of, packed, storage_default, struct_fields
from pywasm_vm.runtime.values import Value
from pywasm_vm.structure.types import PackType, StorageType

__all__: list[str] = []

_M32 = 0xFFFF_FFFF


def _unchanged(value: Value, _storage: StorageType) -> Value:
    return value


def _signed(value: Value, storage: StorageType) -> Value:
    """A packed *value*, extended with its sign."""
    assert isinstance(storage, PackType)
    sign = 1 << PACKED_BITS[storage] - 1
    return (value ^ sign) - sign & _M32


# Structs


@steps("struct.new")
def struct_new(frame: Frame, type_index: int) -> None:
    deftype, stack = frame.instance.types[type_index], frame.stack
    fields = struct_fields(deftype)
    first = len(stack) - len(fields)
    values = [packed(value, field.storage) for value, field in zip(stack[first:], fields, strict=True)]
    stack[first:] = [class_of(deftype)(*values)]


@steps("struct.new_default")
def struct_new_default(frame: Frame, type_index: int) -> None:
    deftype = frame.instance.types[type_index]
    frame.stack.append(class_of(deftype)(*[storage_default(field.storage) for field in struct_fields(deftype)]))


def _descriptor(frame: Frame) -> Value:
    """The descriptor on top of the stack, taken away.

    raises: Trap, null descriptor reference.
    """
    descriptor = frame.stack.pop()
    if descriptor is None:
        raise Trap(TrapKind.NULL_DESCRIPTOR_REFERENCE)
    return descriptor


@steps("struct.new_desc")
def struct_new_desc(frame: Frame, type_index: int) -> None:
    descriptor = _descriptor(frame)
    deftype, stack = frame.instance.types[type_index], frame.stack
    fields = struct_fields(deftype)
    first = len(stack) - len(fields)
    values = [packed(value, field.storage) for value, field in zip(stack[first:], fields, strict=True)]
    stack[first:] = [class_of(deftype)(*values, descriptor)]


@steps("struct.new_default_desc")
def struct_new_default_desc(frame: Frame, type_index: int) -> None:
    descriptor = _descriptor(frame)
    deftype = frame.instance.types[type_index]
    values = [storage_default(field.storage) for field in struct_fields(deftype)]
    frame.stack.append(class_of(deftype)(*values, descriptor))


@steps("ref.get_desc")
def ref_get_desc(frame: Frame, _: int) -> None:
    found = frame.stack[-1]
    if found is None:
        raise Trap(TrapKind.NULL_REFERENCE)
    frame.stack[-1] = found.desc


def _struct_get(extended: Callable[[Value, StorageType], Value]) -> Handler:
    def struct_get(frame: Frame, operand: tuple[int, int]) -> None:
        type_index, y = operand
        found = frame.stack[-1]
        if found is None:
            raise Trap(TrapKind.NULL_STRUCTURE_REFERENCE)
        storage = struct_fields(frame.instance.types[type_index])[y].storage
        frame.stack[-1] = extended(getattr(found, f"f{y}"), storage)

    return struct_get


@steps("struct.set")
def struct_set(frame: Frame, operand: tuple[int, int]) -> None:
    type_index, y = operand
    value, found = frame.stack.pop(), frame.stack.pop()
    if found is None:
        raise Trap(TrapKind.NULL_STRUCTURE_REFERENCE)
    setattr(found, f"f{y}", packed(value, struct_fields(frame.instance.types[type_index])[y].storage))


# Arrays


@steps("array.new")
def array_new(frame: Frame, type_index: int) -> None:
    deftype, stack = frame.instance.types[type_index], frame.stack
    size, value = stack.pop(), stack.pop()
    stack.append(frame.instance.heap.repeat(class_of(deftype), packed(value, array_field(deftype).storage), size))


@steps("array.new_default")
def array_new_default(frame: Frame, type_index: int) -> None:
    deftype, stack = frame.instance.types[type_index], frame.stack
    default = storage_default(array_field(deftype).storage)
    stack.append(frame.instance.heap.repeat(class_of(deftype), default, stack.pop()))


@steps("array.new_fixed")
def array_new_fixed(frame: Frame, operand: tuple[int, int]) -> None:
    type_index, count = operand
    deftype, stack = frame.instance.types[type_index], frame.stack
    storage = array_field(deftype).storage
    first = len(stack) - count
    stack[first:] = [class_of(deftype)([packed(value, storage) for value in stack[first:]])]


@steps("array.new_data")
def array_new_data(frame: Frame, operand: tuple[int, int]) -> None:
    type_index, data = operand
    instance, stack = frame.instance, frame.stack
    size, start = stack.pop(), stack.pop()
    made = class_of(instance.types[type_index])
    stack.append(instance.heap.from_data(made, instance.datas[data].content, start, size))


@steps("array.new_elem")
def array_new_elem(frame: Frame, operand: tuple[int, int]) -> None:
    type_index, elem = operand
    instance, stack = frame.instance, frame.stack
    size, start = stack.pop(), stack.pop()
    made = class_of(instance.types[type_index])
    stack.append(instance.heap.from_items(made, instance.elems[elem].items, start, size))


def _items(array: ArrayInst | None, index: int) -> list[Value]:
    """The elements of *array*, which has one at *index*.

    raises: Trap, null array reference or out of bounds array access.
    """
    if array is None:
        raise Trap(TrapKind.NULL_ARRAY_REFERENCE)
    if index >= len(array.items):
        raise Trap(TrapKind.OUT_OF_BOUNDS_ARRAY_ACCESS)
    return array.items


def _array_get(extended: Callable[[Value, StorageType], Value]) -> Handler:
    def array_get(frame: Frame, type_index: int) -> None:
        index = frame.stack.pop()
        storage = array_field(frame.instance.types[type_index]).storage
        frame.stack[-1] = extended(_items(frame.stack[-1], index)[index], storage)

    return array_get


@steps("array.set")
def array_set(frame: Frame, type_index: int) -> None:
    stack = frame.stack
    value, index, array = stack.pop(), stack.pop(), stack.pop()
    _items(array, index)[index] = packed(value, array_field(frame.instance.types[type_index]).storage)


@steps("array.len")
def array_len(frame: Frame, _: Any) -> None:
    array = frame.stack[-1]
    if array is None:
        raise Trap(TrapKind.NULL_ARRAY_REFERENCE)
    frame.stack[-1] = len(array.items)


@steps("array.fill")
def array_fill(frame: Frame, type_index: int) -> None:
    stack = frame.stack
    size, value, index, array = stack.pop(), stack.pop(), stack.pop(), stack.pop()
    storage = array_field(frame.instance.types[type_index]).storage
    frame.instance.heap.fill(array, index, packed(value, storage), size)


@steps("array.copy")
def array_copy(frame: Frame, _: Any) -> None:
    stack = frame.stack
    size, start, source, index, array = stack.pop(), stack.pop(), stack.pop(), stack.pop(), stack.pop()
    frame.instance.heap.copy(array, index, source, start, size)


@steps("array.init_data")
def array_init_data(frame: Frame, operand: tuple[int, int]) -> None:
    stack = frame.stack
    size, start, index, array = stack.pop(), stack.pop(), stack.pop(), stack.pop()
    frame.instance.heap.init_data(array, index, frame.instance.datas[operand[1]].content, start, size)


@steps("array.init_elem")
def array_init_elem(frame: Frame, operand: tuple[int, int]) -> None:
    stack = frame.stack
    size, start, index, array = stack.pop(), stack.pop(), stack.pop(), stack.pop()
    frame.instance.heap.init_items(array, index, frame.instance.elems[operand[1]].items, start, size)


for _word, _extended in (("get", _unchanged), ("get_u", _unchanged), ("get_s", _signed)):
    steps(f"struct.{_word}")(_struct_get(_extended))
    steps(f"array.{_word}")(_array_get(_extended))
