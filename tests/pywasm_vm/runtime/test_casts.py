"""What a reference is one of."""

from __future__ import annotations

from typing import Any

import pytest

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.runtime.aggregates import I31, class_of
from pywasm_vm.runtime.casts import cast_failure, is_described, is_exact_function, is_function, is_of
from pywasm_vm.runtime.instances import FuncInst
from pywasm_vm.structure.types import I32, AbsHeapType, ArrayType, FieldType, FuncType, RecType, StructType, SubType
from pywasm_vm.validation.matching import ClosedHeapType, DefType, ExactDefType, lone, roll

ANY, EQ, I31TYPE, STRUCT, ARRAY, NONE = (AbsHeapType(word) for word in ("any", "eq", "i31", "struct", "array", "none"))

SCOPE: list[DefType] = []
roll(RecType((SubType(False, (), StructType(())),)), SCOPE)
roll(RecType((SubType(True, (0,), StructType((FieldType(I32, True),))),)), SCOPE)
roll(RecType((SubType(True, (), ArrayType(FieldType(I32, True))),)), SCOPE)
roll(RecType((SubType(False, (), FuncType((), ())),)), SCOPE)
roll(RecType((SubType(True, (3,), FuncType((), ())),)), SCOPE)
ABOVE, BELOW, NUMBERS, OPEN, CLOSED = SCOPE


@pytest.mark.parametrize(
    ("ref", "heaps"),
    [
        (None, []),
        (I31(1), [ANY, EQ, I31TYPE]),
        (class_of(ABOVE)(), [ANY, EQ, STRUCT, ABOVE, ExactDefType(ABOVE)]),
        (class_of(BELOW)(1), [ANY, EQ, STRUCT, ABOVE, BELOW, ExactDefType(BELOW)]),
        (class_of(NUMBERS)([]), [ANY, EQ, ARRAY, NUMBERS, ExactDefType(NUMBERS)]),
        ("an object of the host", [ANY]),
        (7, [ANY]),
    ],
)
def test_a_reference_is_one_of_the_types_above_its_own(ref: Any, heaps: list[ClosedHeapType]) -> None:
    exact = [ExactDefType(t) for t in (ABOVE, BELOW, NUMBERS)]
    known: list[ClosedHeapType] = [ANY, EQ, I31TYPE, STRUCT, ARRAY, NONE, ABOVE, BELOW, NUMBERS, *exact]

    assert [heap for heap in known if is_of(ref, heap)] == heaps


def test_functions_are_told_by_their_defined_type() -> None:
    function = FuncInst(FuncType((), ()), deftype=CLOSED)

    assert is_of(function, AbsHeapType.FUNC)
    assert not is_of(function, AbsHeapType.NOFUNC)
    assert is_function(function, OPEN)
    assert is_exact_function(function, CLOSED)
    assert is_of(function, ExactDefType(CLOSED))
    assert not is_exact_function(function, OPEN)
    assert not is_function(function, lone(FuncType((), ())))
    assert not is_function(None, OPEN)
    assert not is_exact_function(None, CLOSED)


def test_only_a_struct_that_was_made_with_it_is_described() -> None:
    scope: list[DefType] = []
    described = SubType(True, (), StructType(()), descriptor=1)
    roll(RecType((described, SubType(True, (), StructType(()), describes=0))), scope)
    one, other = class_of(scope[1])(), class_of(scope[1])()

    assert is_described(class_of(scope[0])(one), one)
    assert not is_described(class_of(scope[0])(one), other)
    assert not is_described(class_of(ABOVE)(), one)
    assert not is_described(I31(1), one)
    assert not is_described(object(), one)


class Loud:
    """An object of the host whose text must not be asked for."""

    def __repr__(self) -> str:
        raise AssertionError("somebody asked")


@pytest.mark.parametrize(
    ("ref", "words"),
    [(None, "null"), (I31(3), "I31(3)"), (class_of(BELOW)(5), "<struct of 1: 5>"), (Loud(), "an object of the host")],
)
def test_a_failed_cast_says_what_it_found(ref: Any, words: str) -> None:
    with pytest.raises(Trap) as caught:
        cast_failure(ref, "(ref 7)")

    assert caught.value.kind is TrapKind.CAST_FAILURE
    assert str(caught.value) == f"cast failure: {words} is no (ref 7)"
