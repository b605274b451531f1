"""Linear memory: growth within its bounds, and operations that check before they write."""

from __future__ import annotations

import threading
from time import sleep

import pytest

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.runtime.memory import MemInst
from pywasm_vm.structure.types import Limits, MemType

PAGE = 65536


def memory(minimum: int = 1, maximum: int | None = None, page_limit: int = 16) -> MemInst:
    return MemInst(MemType(Limits(minimum, maximum)), page_limit)


def test_memory_grow_returns_the_old_size_and_keeps_the_content() -> None:
    mem = memory()
    mem.write(PAGE - 2, b"ab")

    assert mem.grow(2) == 1
    assert mem.pages == 3
    assert mem.read(PAGE - 2, 4) == b"ab\0\0"


@pytest.mark.parametrize(("maximum", "page_limit"), [(2, 16), (None, 2)])
def test_memory_grow_past_the_maximum_returns_minus_one(maximum: int | None, page_limit: int) -> None:
    mem = memory(1, maximum, page_limit)

    assert mem.grow(2) == -1
    assert mem.pages == 1
    assert mem.grow(1) == 1


def test_a_memory_keeps_its_bytearray_when_it_grows() -> None:
    mem = memory()
    data = mem.data

    assert mem.grow(0) == 1
    assert mem.grow(1) == 1
    assert mem.data is data
    assert len(data) == 2 * PAGE


def test_work_is_told_before_it_is_done_and_only_when_it_will_be() -> None:
    mem = memory(2)
    told: list[int] = []

    mem.fill(0, 1, 640, told.append)
    mem.copy(0, mem, 64, 63, told.append)
    mem.init(0, bytes(200), 0, 128, told.append)
    mem.grow(1, told.append)
    with pytest.raises(Trap):
        mem.fill(0, 1, 10 * PAGE, told.append)

    assert mem.grow(100_000, told.append) == -1
    assert told == [10, 0, 2, PAGE // 64]


def test_a_memory_whose_minimum_is_beyond_the_limit_is_refused() -> None:
    with pytest.raises(MemoryError, match="17 pages is beyond the limit of 16 pages"):
        memory(17)


def test_the_type_of_a_memory_follows_its_size() -> None:
    mem = memory(1, 5)
    mem.grow(2)

    assert mem.type == MemType(Limits(3, 5))


def test_the_type_of_a_memory_says_that_it_is_shared_and_how_large_its_pages_are() -> None:
    memtype = MemType(Limits(3, 5), shared=True, page_size=1)

    assert MemInst(memtype, 16).type == memtype


def test_pages_of_one_byte_are_counted_in_bytes_and_limited_in_pages_of_64_kib() -> None:
    mem = MemInst(MemType(Limits(1), page_size=1), 2)

    assert mem.grow(PAGE) == 1
    assert mem.pages == len(mem) == PAGE + 1
    assert mem.grow(PAGE) == -1
    assert mem.grow(PAGE - 1) == PAGE + 1


def test_threads_that_grow_a_memory_at_once_are_given_different_sizes() -> None:
    mem = MemInst(MemType(Limits(0, 16), shared=True), 16)
    sizes: list[int] = []

    def grow() -> None:
        # Whoever is told of the work sleeps in the middle of it.
        sizes.extend(mem.grow(1, lambda _work: sleep(0.01)) for _ in range(4))

    threads = [threading.Thread(target=grow, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(sizes) == list(range(16))


@pytest.mark.parametrize(("address", "size"), [(PAGE, 1), (PAGE - 1, 2), (-1, 1), (0, -1), (1 << 40, 0)])
def test_reading_outside_raises(address: int, size: int) -> None:
    with pytest.raises(IndexError, match="outside of a memory of 0x10000 bytes"):
        memory().read(address, size)


def test_writing_over_the_end_writes_nothing() -> None:
    mem = memory()

    with pytest.raises(IndexError):
        mem.write(PAGE - 1, b"ab")

    assert mem.read(PAGE - 1, 1) == b"\0"


def test_nothing_may_be_read_at_the_very_end() -> None:
    assert memory().read(PAGE, 0) == b""


def test_copy_overlaps_as_if_through_a_buffer() -> None:
    mem = memory()
    mem.write(0, b"abcdef")

    mem.copy(2, mem, 0, 4)

    assert mem.read(0, 6) == b"ababcd"


def test_copy_takes_bytes_of_another_memory() -> None:
    source, target = memory(), memory()
    source.write(7, b"other")

    target.copy(1, source, 7, 5)

    assert target.read(0, 7) == b"\0other\0"


@pytest.mark.parametrize(
    "operation",
    [
        lambda mem: mem.fill(PAGE - 1, 7, 2),
        lambda mem: mem.fill(PAGE + 1, 7, 0),
        lambda mem: mem.copy(0, mem, PAGE - 1, 2),
        lambda mem: mem.copy(PAGE - 1, mem, 0, 2),
        lambda mem: mem.init(0, b"abc", 2, 2),
        lambda mem: mem.init(PAGE - 1, b"abc", 0, 2),
    ],
)
def test_bulk_operations_out_of_bounds_trap_and_write_nothing(operation: object) -> None:
    mem = memory()
    mem.write(0, b"xyz")

    with pytest.raises(Trap) as caught:
        operation(mem)  # type: ignore[operator]

    assert caught.value.kind is TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS
    assert mem.read(0, 3) == b"xyz"
    assert mem.read(PAGE - 1, 1) == b"\0"


def test_fill_takes_the_lowest_byte() -> None:
    mem = memory()

    mem.fill(3, 0x1FF, 2)

    assert mem.read(2, 4) == b"\0\xff\xff\0"
