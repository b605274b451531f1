"""Locals by index: runs, defaults, and little memory for large declarations."""

from __future__ import annotations

import pytest

from pywasm_vm.errors import Invalid
from pywasm_vm.structure.types import F32, FUNCREF, I32, I64, AbsHeapType, RefType
from pywasm_vm.validation.locals import Locals, has_default

NON_NULL = RefType(False, AbsHeapType.FUNC)


def test_parameters_stand_before_the_runs() -> None:
    local_types = Locals((I32,), ((2, I64), (0, I32), (1, F32)), size=10, limit=100)

    assert [local_types.readable[x] for x in range(4)] == [I32, I64, I64, F32]
    assert [local_types.writable[x] for x in range(4)] == [I32, I64, I64, F32]


@pytest.mark.parametrize("size", [10, 100_000], ids=["kept as runs", "expanded"])
def test_runs_give_the_same_types_expanded_or_not(size: int) -> None:
    local_types = Locals((I32, I64), ((20_000, F32), (0, I32), (20_000, I64)), size=size, limit=50_000)

    found = [local_types.readable[x] for x in (0, 1, 2, 20_001, 20_002, 40_001)]

    assert found == [I32, I64, F32, F32, I64, I64]
    with pytest.raises(IndexError):
        local_types.readable[40_002]
    with pytest.raises(Invalid, match="unknown local 40002"):
        local_types.type(40_002)


def test_a_large_declaration_in_a_small_function_takes_little_memory() -> None:
    local_types = Locals((), ((50_000, I32),), size=4, limit=50_000)

    assert not isinstance(local_types.readable, list)


def test_one_local_more_than_the_limit_is_refused() -> None:
    Locals((I32,), ((99, I64),), size=10, limit=100)

    with pytest.raises(Invalid, match="too many locals: 101 of at most 100"):
        Locals((I32,), ((100, I64),), size=10, limit=100)


def test_a_local_without_default_must_be_set_before_it_is_read() -> None:
    local_types = Locals((NON_NULL,), ((1, NON_NULL), (1, FUNCREF)), size=10, limit=100)

    assert local_types.readable[0] is NON_NULL
    assert local_types.readable[2] is FUNCREF
    assert local_types.writable[1] is None
    with pytest.raises(Invalid, match="uninitialized local 1"):
        local_types.readable[1]

    local_types.initialise(1)

    assert local_types.readable[1] is NON_NULL
    assert local_types.writable[1] is NON_NULL


def test_what_a_block_set_is_unset_after_it() -> None:
    local_types = Locals((), ((2, NON_NULL),), size=10, limit=100)
    local_types.initialise(0)
    mark = local_types.mark()
    local_types.initialise(0)
    local_types.initialise(1)

    assert mark is not None
    local_types.forget(mark)

    assert local_types.readable[0] is NON_NULL
    with pytest.raises(Invalid, match="uninitialized local 1"):
        local_types.readable[1]


@pytest.mark.parametrize(("t", "default"), [(I32, True), (FUNCREF, True), (NON_NULL, False)])
def test_only_references_without_null_have_no_default(t: RefType, default: bool) -> None:
    assert has_default(t) is default
