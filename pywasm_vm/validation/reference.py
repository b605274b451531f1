"""Rules: references, structs, arrays, casts and conversions between the hierarchies.

Lives here: the rules of isa/reference.py that words cannot say.
Not here: branches on null and on casts (control.py), and how reference types compare (matching.py).

spec: valid/instructions, reference and aggregate instructions
"""

from __future__ import annotations

from typing import Final

from pywasm_vm.errors import Invalid
from pywasm_vm.structure.types import (
    I32,
    AbsHeapType,
    ExactType,
    FieldType,
    HeapType,
    PackType,
    RefType,
    StorageType,
    ValType,
)
from pywasm_vm.validation.context import Context
from pywasm_vm.validation.instructions import rule
from pywasm_vm.validation.locals import has_default
from pywasm_vm.validation.matching import storage_matches, top_of
from pywasm_vm.validation.stacks import Stacks
from pywasm_vm.validation.types import check_heaptype

__all__ = ["descriptor_of"]

_ANY: Final = AbsHeapType.ANY
_EXTERN: Final = AbsHeapType.EXTERN


@rule("ref.null")
def ref_null(c: Context, s: Stacks, heap: HeapType) -> None:
    """The null of *heap*."""
    check_heaptype(c, heap)
    s.push(RefType(True, heap))


@rule("ref.is_null")
def ref_is_null(_: Context, s: Stacks) -> None:
    """Whether a reference is null."""
    s.pop_ref()
    s.push(I32)


@rule("ref.as_non_null")
def ref_as_non_null(_: Context, s: Stacks) -> None:
    """The reference, which must not be null."""
    s.push(RefType(False, s.pop_ref().heap))


@rule("ref.func")
def ref_func(c: Context, s: Stacks, x: int) -> None:
    """A reference to function *x*, which the module must name outside of function bodies too."""
    s.push(c.funcref(x))
    if x not in c.refs:
        raise Invalid(f"undeclared function reference: function {x} stands in no export, element segment or global")


@rule("ref.test", "ref.test_null")
def ref_test(c: Context, s: Stacks, heap: HeapType) -> None:
    """Whether a reference is of type *heap*."""
    s.pop(_castable(c, heap))
    s.push(I32)


@rule("ref.cast")
def ref_cast(c: Context, s: Stacks, heap: HeapType) -> None:
    """The reference as one of type *heap*."""
    s.pop(_castable(c, heap))
    s.push(RefType(False, heap))


@rule("ref.cast_null")
def ref_cast_null(c: Context, s: Stacks, heap: HeapType) -> None:
    """The reference as one of type *heap*, or null."""
    s.pop(_castable(c, heap))
    s.push(RefType(True, heap))


def _castable(c: Context, heap: HeapType) -> RefType:
    """The largest type that can be cast to *heap*."""
    check_heaptype(c, heap)
    return RefType(True, top_of(heap, c.deftypes))


@rule("ref.cast_desc_eq")
def ref_cast_desc_eq(c: Context, s: Stacks, heap: HeapType) -> None:
    """The reference as one of type *heap*, which it is when the descriptor on top of it describes it."""
    _cast_by_descriptor(c, s, RefType(False, heap))


@rule("ref.cast_desc_eq_null")
def ref_cast_desc_eq_null(c: Context, s: Stacks, heap: HeapType) -> None:
    """The same, or null."""
    _cast_by_descriptor(c, s, RefType(True, heap))


def _cast_by_descriptor(c: Context, s: Stacks, target: RefType) -> None:
    s.pop(descriptor_of(c, target.heap))
    s.pop(_castable(c, target.heap))
    s.push(target)


def descriptor_of(c: Context, heap: HeapType) -> RefType:
    """The type of a descriptor of *heap*; exact when that is."""
    check_heaptype(c, heap)
    x = heap.index if isinstance(heap, ExactType) else heap
    descriptor = None if isinstance(x, AbsHeapType) else c.subtypes[x].descriptor
    if descriptor is None:
        raise Invalid(f"type {x.value if isinstance(x, AbsHeapType) else x} does not have a descriptor")
    return RefType(True, ExactType(descriptor) if isinstance(heap, ExactType) else descriptor)


@rule("ref.get_desc")
def ref_get_desc(c: Context, s: Stacks, x: int) -> None:
    """What describes a struct of type *x*. Its type is known exactly if that of the struct is."""
    c.comptype(x)
    descriptor = c.subtypes[x].descriptor
    if descriptor is None:
        raise Invalid(f"type without descriptor: values of type {x} have none")
    given = s.pop(RefType(True, x))
    exact = c.matches(given, RefType(True, ExactType(x)))
    s.push(RefType(False, ExactType(descriptor) if exact else descriptor))


@rule("any.convert_extern")
def any_convert_extern(_: Context, s: Stacks) -> None:
    """An outside reference from within."""
    given = s.pop(RefType(True, _EXTERN))
    s.push(RefType(isinstance(given, RefType) and given.nullable, _ANY))


@rule("extern.convert_any")
def extern_convert_any(_: Context, s: Stacks) -> None:
    """An inside reference for the outside."""
    given = s.pop(RefType(True, _ANY))
    s.push(RefType(isinstance(given, RefType) and given.nullable, _EXTERN))


@rule("ref.i31")
def ref_i31(_: Context, s: Stacks) -> None:
    """A small number as a reference."""
    s.pop(I32)
    s.push(RefType(False, AbsHeapType.I31))


# Structs


def _unpacked(t: StorageType) -> ValType:
    return I32 if isinstance(t, PackType) else t


def _defaultable(t: StorageType) -> bool:
    return isinstance(t, PackType) or has_default(t)


def _field(c: Context, x: int, y: int) -> FieldType:
    fields = c.structtype(x).fields
    if y >= len(fields):
        raise Invalid(f"unknown field {y}: struct type {x} has {len(fields)}")
    return fields[y]


@rule("struct.new")
def struct_new(c: Context, s: Stacks, x: int) -> None:
    """A struct of type *x* with these fields."""
    _refuse_described(c, x)
    s.pop_all(_operands(c, x))
    s.push(c.made(x))


@rule("struct.new_default")
def struct_new_default(c: Context, s: Stacks, x: int) -> None:
    """A struct of type *x* with zeros and nulls."""
    _refuse_described(c, x)
    _check_defaults(c, x)
    s.push(c.made(x))


@rule("struct.new_desc")
def struct_new_desc(c: Context, s: Stacks, x: int) -> None:
    """A struct of type *x* with these fields and the descriptor on top of them."""
    s.pop(_own_descriptor(c, x))
    s.pop_all(_operands(c, x))
    s.push(c.made(x))


@rule("struct.new_default_desc")
def struct_new_default_desc(c: Context, s: Stacks, x: int) -> None:
    """A struct of type *x* with zeros, nulls and a descriptor."""
    descriptor = _own_descriptor(c, x)
    _check_defaults(c, x)
    s.pop(descriptor)
    s.push(c.made(x))


def _operands(c: Context, x: int) -> list[ValType]:
    """What the fields of struct type *x* take."""
    operands = c.struct_operands.get(x)
    if operands is None:
        operands = c.struct_operands[x] = [_unpacked(field.storage) for field in c.structtype(x).fields]
    return operands


def _check_defaults(c: Context, x: int) -> None:
    if x in c.default_structs:
        return
    for y, field in enumerate(c.structtype(x).fields):
        if not _defaultable(field.storage):
            raise Invalid(f"type mismatch: field {y} of struct type {x} has no default value")
    c.default_structs.add(x)


def _refuse_described(c: Context, x: int) -> None:
    c.structtype(x)
    if c.subtypes[x].descriptor is not None:
        raise Invalid(f"type with descriptor requires descriptor allocation: type {x} has one")


def _own_descriptor(c: Context, x: int) -> RefType:
    """The type of the descriptor that a struct of type *x* is made with."""
    c.structtype(x)
    descriptor = c.subtypes[x].descriptor
    if descriptor is None:
        raise Invalid(f"type without descriptor requires non-descriptor allocation: type {x} has none")
    return RefType(True, ExactType(descriptor))


@rule("struct.get")
def struct_get(c: Context, s: Stacks, x: int, y: int) -> None:
    """A field that is not packed."""
    field = _field(c, x, y)
    _refuse_packed(field, "struct.get")
    s.pop(RefType(True, x))
    s.push(_unpacked(field.storage))


@rule("struct.get_s", "struct.get_u")
def struct_get_packed(c: Context, s: Stacks, x: int, y: int) -> None:
    """A packed field, widened."""
    _demand_packed(_field(c, x, y), "struct.get_s and struct.get_u")
    s.pop(RefType(True, x))
    s.push(I32)


@rule("struct.set")
def struct_set(c: Context, s: Stacks, x: int, y: int) -> None:
    """Change a field."""
    field = _field(c, x, y)
    if not field.mutable:
        raise Invalid(f"immutable field: field {y} of struct type {x} cannot be set")
    s.pop_all([RefType(True, x), _unpacked(field.storage)])


def _refuse_packed(field: FieldType, mnemonic: str) -> None:
    if isinstance(field.storage, PackType):
        raise Invalid(f"type mismatch: the storage type is {field.storage.value}, so {mnemonic} needs _s or _u")


def _demand_packed(field: FieldType, mnemonic: str) -> None:
    if not isinstance(field.storage, PackType):
        raise Invalid(f"type mismatch: {mnemonic} take packed storage, not {field.storage}")


# Arrays


def _mutable_element(c: Context, x: int) -> FieldType:
    field = c.arraytype(x).field
    if not field.mutable:
        raise Invalid(f"immutable array: elements of array type {x} cannot be set")
    return field


def _check_element_of_data(field: FieldType) -> None:
    if isinstance(field.storage, RefType):
        raise Invalid(f"array type is not numeric or vector: its elements are {field.storage}")


def _check_element_of_segment(c: Context, field: FieldType, y: int) -> None:
    segment = c.elem(y)
    if not storage_matches(segment, field.storage, c.deftypes):
        raise Invalid(f"type mismatch: element segment {y} holds {segment}, the array {_word(field.storage)}")


def _word(t: StorageType) -> str:
    return t.value if isinstance(t, PackType) else str(t)


@rule("array.new")
def array_new(c: Context, s: Stacks, x: int) -> None:
    """An array of type *x*, all elements alike."""
    s.pop_all([_unpacked(c.arraytype(x).field.storage), I32])
    s.push(c.made(x))


@rule("array.new_default")
def array_new_default(c: Context, s: Stacks, x: int) -> None:
    """An array of type *x*, all zeros or nulls."""
    if not _defaultable(c.arraytype(x).field.storage):
        raise Invalid(f"type mismatch: the elements of array type {x} have no default value")
    s.pop(I32)
    s.push(c.made(x))


@rule("array.new_fixed")
def array_new_fixed(c: Context, s: Stacks, x: int, count: int) -> None:
    """An array of type *x* from *count* operands."""
    t = _unpacked(c.arraytype(x).field.storage)
    if count > c.limits.array_operands:
        raise Invalid(f"too many operands: array.new_fixed takes {count} of at most {c.limits.array_operands}")
    s.pop_all([t] * count)
    s.push(c.made(x))


@rule("array.new_data")
def array_new_data(c: Context, s: Stacks, x: int, y: int) -> None:
    """An array of type *x* from bytes of data segment *y*."""
    _check_element_of_data(c.arraytype(x).field)
    c.data(y)
    s.pop_all([I32, I32])
    s.push(c.made(x))


@rule("array.new_elem")
def array_new_elem(c: Context, s: Stacks, x: int, y: int) -> None:
    """An array of type *x* from element segment *y*."""
    _check_element_of_segment(c, c.arraytype(x).field, y)
    s.pop_all([I32, I32])
    s.push(c.made(x))


@rule("array.get")
def array_get(c: Context, s: Stacks, x: int) -> None:
    """An element that is not packed."""
    field = c.arraytype(x).field
    _refuse_packed(field, "array.get")
    s.pop_all([RefType(True, x), I32])
    s.push(_unpacked(field.storage))


@rule("array.get_s", "array.get_u")
def array_get_packed(c: Context, s: Stacks, x: int) -> None:
    """A packed element, widened."""
    _demand_packed(c.arraytype(x).field, "array.get_s and array.get_u")
    s.pop_all([RefType(True, x), I32])
    s.push(I32)


@rule("array.set")
def array_set(c: Context, s: Stacks, x: int) -> None:
    """Change an element."""
    field = _mutable_element(c, x)
    s.pop_all([RefType(True, x), I32, _unpacked(field.storage)])


@rule("array.fill")
def array_fill(c: Context, s: Stacks, x: int) -> None:
    """Change many elements to one value."""
    field = _mutable_element(c, x)
    s.pop_all([RefType(True, x), I32, _unpacked(field.storage), I32])


@rule("array.copy")
def array_copy(c: Context, s: Stacks, x: int, y: int) -> None:
    """Copy elements of an array of type *y* to one of type *x*."""
    target = _mutable_element(c, x)
    source = c.arraytype(y).field
    if not storage_matches(source.storage, target.storage, c.deftypes):
        raise Invalid(f"array types do not match: {_word(source.storage)} is no {_word(target.storage)}")
    s.pop_all([RefType(True, x), I32, RefType(True, y), I32, I32])


@rule("array.init_data")
def array_init_data(c: Context, s: Stacks, x: int, y: int) -> None:
    """Copy bytes of data segment *y* into an array of type *x*."""
    _check_element_of_data(_mutable_element(c, x))
    c.data(y)
    s.pop_all([RefType(True, x), I32, I32, I32])


@rule("array.init_elem")
def array_init_elem(c: Context, s: Stacks, x: int, y: int) -> None:
    """Copy references of element segment *y* into an array of type *x*."""
    _check_element_of_segment(c, _mutable_element(c, x), y)
    s.pop_all([RefType(True, x), I32, I32, I32])
