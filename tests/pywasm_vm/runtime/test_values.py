"""The raw form of values, and the one object per function type."""

from __future__ import annotations

import gc

import pytest

from pywasm_vm.runtime.values import default_value, unique_functype
from pywasm_vm.structure.types import EXTERNREF, F32, F64, FUNCREF, I32, I64, V128, AbsHeapType, FuncType, RefType, ValType


@pytest.mark.parametrize(
    ("valtype", "value"),
    [(I32, 0), (I64, 0), (F32, 0.0), (F64, 0.0), (V128, bytes(16)), (FUNCREF, None), (EXTERNREF, None)],
)
def test_default_value_is_zero_or_null(valtype: ValType, value: object) -> None:
    assert default_value(valtype) == value
    assert type(default_value(valtype)) is type(value)


def test_a_reference_that_cannot_be_null_has_no_default_value() -> None:
    with pytest.raises(TypeError, match="no default value"):
        default_value(RefType(False, AbsHeapType.FUNC))


def test_equal_function_types_become_the_same_object() -> None:
    first = unique_functype(FuncType((I32, I64), (F32,)))
    second = unique_functype(FuncType((I32, I64), (F32,)))

    assert first is second
    assert unique_functype(FuncType((I32, I64), ())) is not first


def test_a_function_type_that_nobody_uses_is_forgotten() -> None:
    """A process that loads and drops many modules must not keep their types."""
    from pywasm_vm.runtime import values

    params = (I32,) * 77
    kept = unique_functype(FuncType(params, ()))
    assert values._functypes.get((params, ())) is kept

    del kept
    gc.collect()

    assert (params, ()) not in values._functypes
