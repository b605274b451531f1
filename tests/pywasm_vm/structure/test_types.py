"""Types as values: equal ones are the same object, and print as the text format spells them."""

from __future__ import annotations

import copy
import gc
import pickle

import pytest

from pywasm_vm.structure.types import (
    BOT,
    EXTERNREF,
    F32,
    F64,
    FUNCREF,
    I32,
    I64,
    V128,
    AbsHeapType,
    AddrType,
    FuncType,
    Limits,
    RefType,
)


def test_equal_reference_types_are_one_object():
    assert RefType(True, AbsHeapType.FUNC) is FUNCREF
    assert RefType(False, 7) is RefType(False, 7)
    assert RefType(False, 7) is not RefType(True, 7)
    assert RefType(False, 7) is not RefType(False, 8)


def test_reference_types_that_nobody_holds_are_forgotten():
    """Type indices come from strangers' modules; a pool that kept them all would grow for ever."""
    before = len(RefType._all)

    for index in range(10_000, 20_000):
        RefType(True, index)
    gc.collect()

    assert len(RefType._all) <= before + 1


@pytest.mark.parametrize("value", [I32, I64, F32, F64, V128, BOT, FUNCREF, EXTERNREF, RefType(False, 3)])
def test_value_type_stays_the_same_object_through_copies(value):
    """`is` compares types, so a copied or pickled module must not bring twins."""
    assert pickle.loads(pickle.dumps(value)) is value
    assert copy.deepcopy(value) is value


def test_types_print_as_the_text_format_spells_them():
    assert repr(RefType(True, AbsHeapType.ANY)) == "(ref null any)"
    assert repr(RefType(False, 3)) == "(ref 3)"
    assert str(FuncType((I32, I64), (F32,))) == "[i32 i64] -> [f32]"
    assert str(FuncType((), ())) == "[] -> []"
    assert str(Limits(1)) == "1"
    assert str(Limits(1, 2)) == "1 2"


def test_address_type_knows_its_value_type():
    assert AddrType.I32.valtype is I32
    assert AddrType.I64.valtype is I64
