"""The plain objects of an instance."""

from __future__ import annotations

import pytest

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.runtime.instances import DataInst, ElemInst, FuncInst, require_type
from pywasm_vm.structure.types import I32, FuncType, RecType, RefType, SubType
from pywasm_vm.validation.matching import DefType, roll


def test_functions_of_the_host_with_equal_types_share_the_defined_type() -> None:
    first = FuncInst(FuncType((I32,), ()))
    second = FuncInst(FuncType((I32,), ()))

    assert first.deftype is second.deftype
    assert first.deftype.final
    assert FuncInst(FuncType((), (I32,))).deftype is not first.deftype


def test_a_function_of_a_type_below_the_expected_one_may_be_called() -> None:
    types: list[DefType] = []
    roll(RecType((SubType(False, (), FuncType((), ())),)), types)
    roll(RecType((SubType(True, (0,), FuncType((), ())),)), types)
    above, below = types

    require_type(FuncInst(FuncType((), ()), deftype=below), above)

    with pytest.raises(Trap) as caught:
        require_type(FuncInst(FuncType((), ()), deftype=above, name="f"), below)
    assert caught.value.kind is TrapKind.INDIRECT_CALL_TYPE_MISMATCH


def test_a_function_of_the_host_brings_the_scope_of_its_type_along() -> None:
    types: list[DefType] = []
    roll(RecType((SubType(True, (), FuncType((), ())),)), types)
    roll(RecType((SubType(True, (), FuncType((I32,), ())),)), types)
    roll(RecType((SubType(True, (), FuncType((RefType(True, 1),), ())),)), types)

    function = FuncInst(FuncType((RefType(True, 1),), ()), deftype=types[2])

    param = function.type.params[0]
    assert isinstance(param, RefType)
    assert isinstance(param.heap, int)
    assert function.scope[param.heap] is types[1]


def test_a_function_without_code_says_that_it_is_not_bound() -> None:
    with pytest.raises(RuntimeError, match="before its instance has been bound"):
        FuncInst(FuncType((I32,), ())).code(1)


def test_dropped_segments_are_empty() -> None:
    data, elem = DataInst(b"abc"), ElemInst([None, None])

    data.drop()
    elem.drop()

    assert data.content == b""
    assert len(elem.items) == 0
