"""Constant expressions: the initial values of globals, elements and segments' places.

Lives here: a small stack machine for the few instructions that may stand there.
Not here: which expressions are allowed (validation) and code in functions (the tiers).

spec: exec/instructions, expressions; valid/instructions, constant expressions
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from pywasm_vm.errors import Crash, Trap, TrapKind
from pywasm_vm.numerics.floats import f32_reinterpret_i32, f64_reinterpret_i64
from pywasm_vm.runtime.aggregates import array_field, packed, small_integers, storage_default, struct_fields
from pywasm_vm.runtime.instances import ModuleInst
from pywasm_vm.runtime.values import Value
from pywasm_vm.structure.instructions import Expr

__all__ = ["evaluate"]

_M32, _M64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF

_LEAVES: dict[str, Callable[[Any, ModuleInst], Value]] = {
    "i32.const": lambda value, _: value,
    "i64.const": lambda value, _: value,
    "f32.const": lambda bits, _: f32_reinterpret_i32(bits),
    "f64.const": lambda bits, _: f64_reinterpret_i64(bits),
    "v128.const": lambda content, _: int.from_bytes(content, "little"),
    "ref.null": lambda _heap, _: None,
    "ref.func": lambda index, instance: instance.funcs[index],
    "global.get": lambda index, instance: instance.globals[index].value,
}
"""What pushes a value: from its one immediate and the instance."""

_BINARY: dict[str, Callable[[int, int], int]] = {
    "i32.add": lambda a, b: a + b & _M32,
    "i32.sub": lambda a, b: a - b & _M32,
    "i32.mul": lambda a, b: a * b & _M32,
    "i64.add": lambda a, b: a + b & _M64,
    "i64.sub": lambda a, b: a - b & _M64,
    "i64.mul": lambda a, b: a * b & _M64,
}


_Stack: TypeAlias = list[Value]


def _struct_new(stack: _Stack, instance: ModuleInst, x: int) -> None:
    deftype = instance.types[x]
    fields = struct_fields(deftype)
    first = len(stack) - len(fields)
    stack[first:] = [
        instance.heap.class_of(deftype)(
            *[packed(value, field.storage) for value, field in zip(stack[first:], fields, strict=True)]
        )
    ]


def _struct_new_default(stack: _Stack, instance: ModuleInst, x: int) -> None:
    deftype = instance.types[x]
    stack.append(instance.heap.class_of(deftype)(*[storage_default(field.storage) for field in struct_fields(deftype)]))


def _struct_new_desc(stack: _Stack, instance: ModuleInst, x: int) -> None:
    descriptor = _descriptor(stack)
    deftype = instance.types[x]
    fields = struct_fields(deftype)
    first = len(stack) - len(fields)
    values = [packed(value, field.storage) for value, field in zip(stack[first:], fields, strict=True)]
    stack[first:] = [instance.heap.class_of(deftype)(*values, descriptor)]


def _struct_new_default_desc(stack: _Stack, instance: ModuleInst, x: int) -> None:
    descriptor = _descriptor(stack)
    deftype = instance.types[x]
    stack.append(
        instance.heap.class_of(deftype)(*[storage_default(field.storage) for field in struct_fields(deftype)], descriptor)
    )


def _descriptor(stack: _Stack) -> Value:
    descriptor = stack.pop()
    if descriptor is None:
        raise Trap(TrapKind.NULL_DESCRIPTOR_REFERENCE)
    return descriptor


def _array_new(stack: _Stack, instance: ModuleInst, x: int) -> None:
    size, value = stack.pop(), stack.pop()
    deftype = instance.types[x]
    stack.append(instance.heap.repeat(instance.heap.class_of(deftype), packed(value, array_field(deftype).storage), size))


def _array_new_default(stack: _Stack, instance: ModuleInst, x: int) -> None:
    deftype = instance.types[x]
    stack.append(
        instance.heap.repeat(instance.heap.class_of(deftype), storage_default(array_field(deftype).storage), stack.pop())
    )


def _array_new_fixed(stack: _Stack, instance: ModuleInst, x: int, count: int) -> None:
    deftype = instance.types[x]
    first = len(stack) - count
    stack[first:] = [instance.heap.class_of(deftype)([packed(value, array_field(deftype).storage) for value in stack[first:]])]


def _ref_i31(stack: _Stack, _instance: ModuleInst) -> None:
    stack.append(small_integers[stack.pop() & 0x7FFF_FFFF])


def _nothing(_stack: _Stack, _instance: ModuleInst) -> None:
    """A reference that passes to another hierarchy stays the object that it is."""


_OTHERS: dict[str, Callable[..., None]] = {
    "struct.new": _struct_new,
    "struct.new_default": _struct_new_default,
    "struct.new_desc": _struct_new_desc,
    "struct.new_default_desc": _struct_new_default_desc,
    "array.new": _array_new,
    "array.new_default": _array_new_default,
    "array.new_fixed": _array_new_fixed,
    "ref.i31": _ref_i31,
    "any.convert_extern": _nothing,
    "extern.convert_any": _nothing,
    "end": _nothing,
}
"""What takes several operands, or types: from the stack, the instance and the immediates."""


def evaluate(expression: Expr, instance: ModuleInst) -> Value:
    """The raw value of the valid constant *expression*, whose globals and functions are those of *instance* so far.

    raises: Trap for a null descriptor, Exhausted for an array that is too large; Crash for an instruction that validation must
        not let through.
    """
    stack: list[Value] = []
    for row, immediates, _offset in expression:
        word = row.mnemonic
        if word in _LEAVES:
            stack.append(_LEAVES[word](immediates[0], instance))
        elif word in _BINARY:
            right = stack.pop()
            stack.append(_BINARY[word](stack.pop(), right))
        elif word in _OTHERS:
            _OTHERS[word](stack, instance, *immediates)
        else:
            raise Crash(f"the instruction {word} in a constant expression")
    return stack.pop()
