"""The raw form of values."""

from __future__ import annotations

import pytest

from pywasm_vm.runtime.values import default_value
from pywasm_vm.structure.types import EXTERNREF, F32, F64, FUNCREF, I32, I64, V128, AbsHeapType, RefType, ValType


@pytest.mark.parametrize(
    ("valtype", "value"),
    [(I32, 0), (I64, 0), (F32, 0.0), (F64, 0.0), (V128, 0), (FUNCREF, None), (EXTERNREF, None)],
)
def test_default_value_is_zero_or_null(valtype: ValType, value: object) -> None:
    assert default_value(valtype) == value
    assert type(default_value(valtype)) is type(value)


def test_a_reference_that_cannot_be_null_has_no_default_value() -> None:
    with pytest.raises(TypeError, match="no default value"):
        default_value(RefType(False, AbsHeapType.FUNC))
