"""Tables: references by index, and operations that check before they write."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.runtime.table import TableInst
from pywasm_vm.structure.types import EXTERNREF, Limits, TableType


def table(minimum: int = 3, maximum: int | None = None, limit: int = 10, init: object = None) -> TableInst:
    return TableInst(TableType(Limits(minimum, maximum), EXTERNREF), init, limit)


def test_a_new_table_holds_its_initial_value_everywhere() -> None:
    assert table(2, init="x").elements == ["x", "x"]


def test_table_grow_returns_the_old_size_and_keeps_the_list() -> None:
    """Emitted code keeps the list, so growth must not replace it."""
    grown = table()
    elements = grown.elements

    assert grown.grow(2, "y") == 3
    assert grown.elements is elements
    assert elements == [None, None, None, "y", "y"]
    assert grown.type.limits == Limits(5, None)


@pytest.mark.parametrize(("maximum", "limit"), [(4, 10), (None, 4)])
def test_table_grow_past_the_maximum_returns_minus_one(maximum: int | None, limit: int) -> None:
    small = table(3, maximum, limit)

    assert small.grow(2, None) == -1
    assert len(small) == 3
    assert small.grow(1, None) == 3


def test_a_table_whose_minimum_is_beyond_the_limit_is_refused() -> None:
    with pytest.raises(MemoryError, match="11 elements is beyond the limit of 10 elements"):
        table(11)


def test_copy_overlaps_as_if_through_a_buffer() -> None:
    letters = table(5)
    letters.init(0, ["a", "b", "c", "d", "e"], 0, 5)

    letters.copy(1, letters, 0, 4)

    assert letters.elements == ["a", "a", "b", "c", "d"]


@pytest.mark.parametrize(
    "operation",
    [
        lambda t: t.get(3),
        lambda t: t.set(3, "x"),
        lambda t: t.fill(2, "x", 2),
        lambda t: t.fill(4, "x", 0),
        lambda t: t.copy(2, t, 0, 2),
        lambda t: t.copy(0, t, 2, 2),
        lambda t: t.init(2, ["x", "x"], 0, 2),
        lambda t: t.init(0, ["x"], 1, 1),
    ],
)
def test_operations_out_of_bounds_trap_and_write_nothing(operation: Callable[[TableInst], object]) -> None:
    small = table()

    with pytest.raises(Trap) as caught:
        operation(small)

    assert caught.value.kind is TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS
    assert small.elements == [None, None, None]
