"""Structs, arrays, small integers, and the classes of defined types."""

from __future__ import annotations

import gc
import weakref

import pytest

from pywasm_vm.runtime.aggregates import I31, ArrayInst, StructInst, class_of, packed, small_integers, storage_default
from pywasm_vm.structure.types import (
    FUNCREF,
    I8,
    I16,
    I32,
    I64,
    AbsHeapType,
    ArrayType,
    FieldType,
    RecType,
    RefType,
    StructType,
    SubType,
)
from pywasm_vm.validation.matching import DefType, lone, roll

NUMBER, BYTE = FieldType(I32, True), FieldType(I8, True)


def types(*subtypes: SubType) -> list[DefType]:
    scope: list[DefType] = []
    for subtype in subtypes:
        roll(RecType((subtype,)), scope)
    return scope


def test_a_small_integer_is_its_number_with_a_sign() -> None:
    assert I31(-1) == I31(0x7FFFFFFF) == -1
    assert I31(0x40000000) == -0x40000000
    assert small_integers[5] is small_integers[5]
    assert small_integers[0x7FFFFFFF] == I31(-1)
    assert repr(I31(-3)) == "I31(-3)"


@pytest.mark.parametrize("number", [0x80000000, -0x40000001])
def test_a_number_of_more_than_31_bits_is_no_small_integer(number: int) -> None:
    with pytest.raises(ValueError, match="does not fit in an i31"):
        I31(number)


def test_not_every_small_integer_is_kept() -> None:
    """A guest that makes two billion different ones must not fill the memory."""
    made = type(small_integers)()

    for bits in range(made._KEPT + 10):
        assert made[bits] == bits

    assert len(made) == made._KEPT


def test_the_class_of_a_subtype_stands_below_that_of_its_supertype() -> None:
    above, below = types(
        SubType(False, (), StructType((NUMBER,))), SubType(True, (0,), StructType((NUMBER, BYTE, FieldType(FUNCREF, False))))
    )

    struct = class_of(below)(1, 2, None)

    assert isinstance(struct, class_of(above))
    assert not isinstance(class_of(above)(1), class_of(below))
    assert (struct.f0, struct.f1, struct.f2) == (1, 2, None)
    assert struct.deftype is below
    assert not hasattr(struct, "__dict__")


def test_arrays_of_a_subtype_are_arrays_of_the_supertype() -> None:
    above, below = types(SubType(False, (), ArrayType(NUMBER)), SubType(True, (0,), ArrayType(NUMBER)))

    array = class_of(below)([1, 2])

    assert isinstance(array, class_of(above))
    assert isinstance(array, ArrayInst)
    assert array.deftype is below


def test_equal_types_have_one_class() -> None:
    assert class_of(lone(StructType((NUMBER, BYTE)))) is class_of(lone(StructType((NUMBER, BYTE))))


def test_a_struct_with_a_descriptor_holds_it_behind_its_fields() -> None:
    scope: list[DefType] = []
    described = SubType(True, (), StructType((NUMBER,)), descriptor=1)
    roll(RecType((described, SubType(True, (), StructType(()), describes=0))), scope)
    descriptor = class_of(scope[1])()

    struct = class_of(scope[0])(5, descriptor)

    assert struct.desc is descriptor
    assert descriptor.desc is None


def test_aggregates_are_equal_only_to_themselves() -> None:
    made = class_of(lone(StructType((NUMBER,))))

    assert made(1) != made(1)
    assert len({made(1), made(1)}) == 2


def test_the_text_of_an_aggregate_ends_even_when_it_holds_itself() -> None:
    struct = class_of(lone(StructType((FieldType(RefType(True, AbsHeapType.ANY), True), FieldType(I64, True)))))(None, 7)
    struct.f0 = struct
    array = class_of(lone(ArrayType(NUMBER)))(list(range(100)))

    assert repr(struct) == "<struct of 2: <struct>, 7>"
    assert repr(array) == "<array of 100: 0, 1, 2, 3 …>"
    assert repr(class_of(lone(StructType(())))()) == "<struct of 0>"


def test_a_type_that_nobody_uses_takes_its_class_along() -> None:
    """A process that loads and drops many modules must not keep their types."""
    made = class_of(lone(StructType((NUMBER,) * 77)))
    watched = weakref.ref(made)

    del made
    gc.collect()

    assert watched() is None


def test_packed_fields_hold_what_fits() -> None:
    assert (packed(0x1FF, I8), packed(0x1FFFF, I16), packed(0x1FFFF, I32)) == (0xFF, 0xFFFF, 0x1FFFF)
    assert storage_default(I8) == 0
    assert storage_default(FUNCREF) is None


def test_a_struct_may_have_as_many_fields_as_the_limits_allow() -> None:
    count = 10_000
    struct = class_of(lone(StructType((NUMBER,) * count)))(*range(count))

    assert struct.f9999 == 9999
    assert isinstance(struct, StructInst)
