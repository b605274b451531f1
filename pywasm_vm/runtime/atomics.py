"""What atomic instructions do to a memory, shared or not.

Lives here: one function for each row of atomic accesses, under its name; waiting and waking.
Not here: which of these an instruction's operands go to (the tiers), and how time passes for a thread that waits (the budget,
which gives the function that waits).

An access is aligned, or it traps. What reads and then writes does both under the memory's lock, so that no other thread's atomic
access comes between; a plain load or store is one step anyway. A thread that waits is a lock in the memory's queue for that
address, taken already: whoever wakes it releases the lock.

spec: the threads proposal, atomic memory accesses, wait and notify
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeAlias

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.runtime.memory import MemInst

__all__ = ["FUNCTIONS", "WAITS", "WaitFor", "notify"]

WOKEN, NOT_EQUAL, TIMED_OUT = 0, 1, 2
"""What waiting gives."""

WaitFor: TypeAlias = Callable[[Lock, int | None], bool]
"""Waits for a lock at most so many nanoseconds, None for ever, and says whether it has got it; raises when the time of the
running call is over."""


def _placed(memory: MemInst, address: int, size: int) -> int:
    """The end of an access of *size* bytes at *address*.

    raises: Trap, unaligned atomic, or out of bounds memory access.
    """
    if address & size - 1:
        raise Trap(TrapKind.UNALIGNED_ATOMIC, f"{size} bytes at {address:#x}")
    end = address + size
    if end > len(memory.data):
        raise Trap(TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS)
    return end


def _number(memory: MemInst, address: int, size: int) -> int:
    """The number of *size* bytes at *address*, for those who may meet a memory of any tier.

    raises: Trap, unaligned atomic, or out of bounds memory access.
    """
    if address & size - 1:
        raise Trap(TrapKind.UNALIGNED_ATOMIC, f"{size} bytes at {address:#x}")
    if address + size > len(memory):
        raise Trap(TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS)
    return int.from_bytes(memory.read(address, size), "little")


def _load(size: int) -> Callable[[MemInst, int], int]:
    def load(memory: MemInst, address: int) -> int:
        end = _placed(memory, address, size)
        return int.from_bytes(memory.data[address:end], "little")

    return load


def _store(size: int) -> Callable[[MemInst, int, int], None]:
    mask = (1 << 8 * size) - 1

    def store(memory: MemInst, address: int, value: int) -> None:
        end = _placed(memory, address, size)
        content = (value & mask).to_bytes(size, "little")
        # A plain store would do, were it not for the thread that has read under the lock and is about to write.
        with memory.lock:
            memory.data[address:end] = content

    return store


def _modify(size: int, change: Callable[[int, int], int]) -> Callable[[MemInst, int, int], int]:
    """Read, write what *change* makes of it and the operand, and give what was there."""
    mask = (1 << 8 * size) - 1

    def modify(memory: MemInst, address: int, operand: int) -> int:
        end = _placed(memory, address, size)
        with memory.lock:
            old = int.from_bytes(memory.data[address:end], "little")
            memory.data[address:end] = (change(old, operand) & mask).to_bytes(size, "little")
        return old

    return modify


def _compare_exchange(size: int) -> Callable[[MemInst, int, int, int], int]:
    """Write the replacement if what is there is what was expected, and give what was there.

    Of the expected value, too, a narrow access takes the lowest bytes only.
    """
    mask = (1 << 8 * size) - 1

    def compare_exchange(memory: MemInst, address: int, expected: int, replacement: int) -> int:
        end = _placed(memory, address, size)
        with memory.lock:
            old = int.from_bytes(memory.data[address:end], "little")
            if old == expected & mask:
                memory.data[address:end] = (replacement & mask).to_bytes(size, "little")
        return old

    return compare_exchange


def _wait(size: int) -> Callable[[MemInst, int, int, int, WaitFor], int]:
    """Wait at an address until somebody notifies it, unless what is there is not what was expected any more.

    The timeout is in nanoseconds, and for ever when it is negative as a signed number.
    """

    def wait(memory: MemInst, address: int, expected: int, timeout: int, wait_for: WaitFor) -> int:
        _number(memory, address, size)
        if not memory.shared:
            raise Trap(TrapKind.EXPECTED_SHARED_MEMORY)
        waiter = Lock()
        waiter.acquire()
        # Between the look and the place in the queue nobody may change the number and notify.
        with memory.lock:
            if _number(memory, address, size) != expected:
                return NOT_EQUAL
            memory.waiting.setdefault(address, deque()).append(waiter)
        woken = False
        try:
            woken = wait_for(waiter, None if timeout >> 63 else timeout)
        finally:
            if not woken:
                # Somebody may have taken it out of the queue, and counted it, a moment ago.
                woken = not _withdraw(memory, address, waiter)
        return WOKEN if woken else TIMED_OUT

    return wait


def _withdraw(memory: MemInst, address: int, waiter: Lock) -> bool:
    """Take *waiter* out of its queue; false when it is in it no longer."""
    with memory.lock:
        queue = memory.waiting.get(address)
        if queue is None or waiter not in queue:
            return False
        queue.remove(waiter)
        if not queue:
            del memory.waiting[address]
        return True


def notify(memory: MemInst, address: int, count: int) -> int:
    """Wake at most *count* of the threads that wait at *address*, those that came first, and say how many."""
    _number(memory, address, 4)
    woken = 0
    with memory.lock:
        queue = memory.waiting.get(address)
        while queue and woken < count:
            queue.popleft().release()
            woken += 1
        if queue is not None and not queue:
            del memory.waiting[address]
    return woken


def _exchanged(_old: int, operand: int) -> int:
    return operand


_CHANGES: dict[str, Callable[[int, int], int]] = {
    "add": int.__add__,
    "sub": int.__sub__,
    "and": int.__and__,
    "or": int.__or__,
    "xor": int.__xor__,
    "xchg": _exchanged,
}


def _functions() -> dict[str, Callable[..., Any]]:
    """The functions by the names of their rows. Those of i32 and i64 are the same where they touch as many bytes."""
    found: dict[str, Callable[..., Any]] = {"memory_atomic_notify": notify}
    for valtype, own in (("i32", 4), ("i64", 8)):
        for size in (1, 2, 4, 8):
            if size > own:
                continue
            # `rmw.add` touches all bytes of the type, `rmw8.add_u` fewer.
            bits, suffix = ("", "") if size == own else (f"{8 * size}", "_u")
            found[f"{valtype}_atomic_load{bits}{suffix}"] = _load(size)
            found[f"{valtype}_atomic_store{bits}"] = _store(size)
            for word, change in _CHANGES.items():
                found[f"{valtype}_atomic_rmw{bits}_{word}{suffix}"] = _modify(size, change)
            found[f"{valtype}_atomic_rmw{bits}_cmpxchg{suffix}"] = _compare_exchange(size)
    return found


FUNCTIONS: dict[str, Callable[..., Any]] = _functions()
"""Take the memory, the effective address and the operands, all exact; give the result."""

WAITS: dict[str, Callable[[MemInst, int, int, int, WaitFor], int]] = {
    "memory_atomic_wait32": _wait(4),
    "memory_atomic_wait64": _wait(8),
}
"""These take, after the operands, what waits."""
