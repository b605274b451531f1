"""Work on many elements of arrays."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest

from pywasm_vm.errors import Exhausted, Trap, TrapKind
from pywasm_vm.numerics.floats import f32_reinterpret_i32, i32_reinterpret_f32
from pywasm_vm.runtime.aggregates import ArrayInst, class_of
from pywasm_vm.runtime.heap import Heap
from pywasm_vm.structure.types import EXTERNREF, F32, F64, I8, I16, I32, I64, V128, ArrayType, FieldType, StorageType
from pywasm_vm.validation.matching import lone


def made(storage: StorageType = I32) -> Any:
    return class_of(lone(ArrayType(FieldType(storage, True))))


def array(count: int = 8) -> ArrayInst:
    return made()(list(range(count)))


def kind_of(call: Callable[[], object]) -> TrapKind:
    with pytest.raises(Trap) as caught:
        call()
    return caught.value.kind


def test_an_array_may_be_as_large_as_the_limit_and_no_larger() -> None:
    heap = Heap(100)

    assert heap.repeat(made(), 7, 100).items == [7] * 100
    for attempt in (
        lambda: heap.repeat(made(), 7, 101),
        lambda: heap.repeat(made(), 7, 0xFFFFFFFF),
        lambda: heap.from_data(made(I8), bytes(101), 0, 101),
        lambda: heap.from_items(made(EXTERNREF), [None] * 101, 0, 101),
    ):
        with pytest.raises(Exhausted, match=r"out of memory: an array of \d+ elements is beyond the limit of 100 elements"):
            attempt()


CONTENT = bytes(range(1, 100))


@pytest.mark.parametrize(
    ("storage", "expected"),
    [
        (I8, [3, 4]),
        (I16, [0x0403, 0x0605]),
        (I32, [0x06050403, 0x0A090807]),
        (I64, [0x0A09080706050403, 0x1211100F0E0D0C0B]),
        (F64, list(struct.unpack("<2d", CONTENT[2:18]))),
        (V128, [int.from_bytes(CONTENT[2:18], "little"), int.from_bytes(CONTENT[18:34], "little")]),
    ],
)
def test_bytes_of_a_segment_become_elements(storage: StorageType, expected: list[Any]) -> None:
    heap = Heap()
    target = made(storage)([0, 0, 0])

    heap.init_data(target, 1, CONTENT, 2, 2)

    assert heap.from_data(made(storage), CONTENT, 2, 2).items == expected
    assert target.items == [0, *expected]


def test_a_nan_out_of_a_segment_keeps_its_bits() -> None:
    content = (0x7FA00001).to_bytes(4, "little")

    found = Heap().from_data(made(F32), content, 0, 1).items[0]

    assert i32_reinterpret_f32(found) == 0x7FA00001
    assert type(found) is type(f32_reinterpret_i32(0))


def test_a_copy_of_an_array_to_itself_is_as_through_a_buffer() -> None:
    up, down = array(), array()

    Heap().copy(up, 2, up, 0, 5)
    Heap().copy(down, 0, down, 3, 5)

    assert up.items == [0, 1, 0, 1, 2, 3, 4, 7]
    assert down.items == [3, 4, 5, 6, 7, 5, 6, 7]


def test_what_would_be_outside_traps_and_changes_nothing() -> None:
    heap, target = Heap(), array()
    outside = TrapKind.OUT_OF_BOUNDS_ARRAY_ACCESS

    assert kind_of(lambda: heap.fill(target, 5, 9, 4)) is outside
    assert kind_of(lambda: heap.copy(target, 5, array(), 0, 4)) is outside
    assert kind_of(lambda: heap.copy(target, 0, array(3), 0, 4)) is outside
    assert kind_of(lambda: heap.init_data(target, 5, bytes(99), 0, 4)) is outside
    assert kind_of(lambda: heap.init_data(target, 0, bytes(15), 0, 4)) is TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS
    assert kind_of(lambda: heap.init_items(target, 5, [None] * 9, 0, 4)) is outside
    assert kind_of(lambda: heap.init_items(target, 0, [None] * 3, 0, 4)) is TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS
    assert kind_of(lambda: heap.from_data(made(I64), bytes(15), 0, 2)) is TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS
    assert kind_of(lambda: heap.from_items(made(EXTERNREF), [None], 1, 1)) is TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS
    assert target.items == list(range(8))


def test_nothing_of_size_zero_is_outside_at_the_very_end() -> None:
    heap, target = Heap(), array()

    heap.fill(target, 8, 1, 0)
    heap.copy(target, 8, target, 8, 0)
    heap.init_data(target, 8, b"", 0, 0)
    heap.init_items(target, 8, [], 0, 0)

    assert kind_of(lambda: heap.fill(target, 9, 1, 0)) is TrapKind.OUT_OF_BOUNDS_ARRAY_ACCESS


def test_null_is_no_array() -> None:
    heap = Heap()

    for attempt in (
        lambda: heap.fill(None, 0, 0, 0),
        lambda: heap.copy(None, 0, array(), 0, 0),
        lambda: heap.copy(array(), 0, None, 0, 0),
        lambda: heap.init_data(None, 0, b"", 0, 0),
        lambda: heap.init_items(None, 0, [], 0, 0),
    ):
        assert kind_of(attempt) is TrapKind.NULL_ARRAY_REFERENCE


def test_eight_elements_are_a_unit_of_work() -> None:
    heap = Heap()
    told: list[int] = []
    heap.charge = told.append
    target = made(I8)([0] * 100)

    heap.repeat(made(), 0, 17)
    heap.from_data(made(I8), bytes(99), 0, 99)
    heap.from_items(made(EXTERNREF), [None] * 8, 0, 8)
    heap.fill(target, 0, 0, 80)
    heap.copy(target, 0, target, 0, 24)
    heap.init_data(target, 0, bytes(9), 0, 7)
    heap.init_items(target, 0, [None] * 16, 0, 16)

    assert told == [2, 12, 1, 10, 3, 0, 2]


def test_work_is_told_before_it_is_done() -> None:
    heap, target = Heap(), array()

    def refuse(_work: int) -> None:
        raise Exhausted(TrapKind.OUT_OF_FUEL)

    heap.charge = refuse
    assert kind_of(lambda: heap.fill(target, 0, 9, 8)) is TrapKind.OUT_OF_FUEL
    assert target.items == list(range(8))
