"""The helpers of emitted code."""

from __future__ import annotations

import re

import pytest

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.execution.python.names import HELPERS
from pywasm_vm.runtime.instances import FuncInst
from pywasm_vm.structure.types import I32, FuncType
from pywasm_vm.validation.matching import lone


def test_no_helper_has_a_name_that_an_index_could_make() -> None:
    assert not [name for name in HELPERS if re.fullmatch(r"(f|g|G|mem|m|t|T|e|d|Y|l|s|pc)\d+", name)]


def test_a_call_of_the_wrong_type_names_both() -> None:
    found = FuncInst(FuncType((I32,), ()), name="set_level")

    with pytest.raises(Trap) as caught:
        HELPERS["require_type"](found, lone(FuncType((), (I32,))))

    assert caught.value.kind is TrapKind.INDIRECT_CALL_TYPE_MISMATCH
    assert "set_level is [i32] -> [], the call wants [] -> [i32]" in str(caught.value)
