"""The plain objects of an instance."""

from __future__ import annotations

import pytest

from pywasm_vm.runtime.instances import DataInst, ElemInst, FuncInst
from pywasm_vm.structure.types import I32, FuncType


def test_functions_of_equal_types_share_the_type_object() -> None:
    first = FuncInst(FuncType((I32,), ()))
    second = FuncInst(FuncType((I32,), ()))

    assert first.type is second.type


def test_a_function_without_code_says_that_it_is_not_bound() -> None:
    with pytest.raises(RuntimeError, match="before its instance has been bound"):
        FuncInst(FuncType((I32,), ())).code(1)


def test_dropped_segments_are_empty() -> None:
    data, elem = DataInst(b"abc"), ElemInst([None, None])

    data.drop()
    elem.drop()

    assert data.content == b""
    assert len(elem.items) == 0
