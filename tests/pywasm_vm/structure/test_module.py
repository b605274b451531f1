"""The abstract syntax: what a module answers about itself."""

from __future__ import annotations

import pytest

from pywasm_vm.structure.module import Export, ExternKind, Import, Module
from pywasm_vm.structure.types import I32, FuncType, RecType, StructType, SubType


def subtype(comptype) -> SubType:
    return SubType(True, (), comptype)


FIRST, SECOND = FuncType((I32,), ()), FuncType((), (I32,))
MODULE = Module(types=(RecType((subtype(FIRST), subtype(StructType(())))), RecType((subtype(SECOND),))))


def test_type_indices_run_through_recursive_groups():
    assert [member.comptype for member in MODULE.subtypes()] == [FIRST, StructType(()), SECOND]
    assert MODULE.functype(2) is SECOND


def test_function_type_of_a_struct_is_refused():
    with pytest.raises(TypeError, match="type 1 is no function type"):
        MODULE.functype(1)


def test_imports_of_a_kind_keep_their_order():
    module = Module(
        imports=(
            Import("a", "f", ExternKind.FUNC, 0),
            Import("a", "m", ExternKind.TAG, 0),
            Import("b", "g", ExternKind.FUNC, 1),
        )
    )

    assert [item.name for item in module.imported(ExternKind.FUNC)] == ["f", "g"]
    assert module.imported(ExternKind.TABLE) == ()


def test_place_in_the_binary_takes_no_part_in_equality():
    """A module parsed from text equals the one decoded from its bytes."""
    assert Export("run", ExternKind.FUNC, 0, offset=5) == Export("run", ExternKind.FUNC, 0, offset=9)
    assert Export("run", ExternKind.FUNC, 0) != Export("run", ExternKind.FUNC, 1)
