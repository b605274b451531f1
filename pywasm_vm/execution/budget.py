"""What a guest may use up: fuel, time, and depth of calls.

Lives here: `Budget`, one for each store, which counts all three.
Not here: where code asks for them (the tiers).

Fuel, defined so that every tier counts alike. Each instruction of a function body costs 1, `end` and `else` included. A function
that is entered costs at once all instructions of its body that stand in no loop; one that takes the place of its caller is
entered like any other, and the caller gets nothing back. Each arrival at the head of a loop, from before it or by a branch, costs
at once all instructions inside that loop that stand in no loop further inside; `loop` itself counts to what is outside of it. An
instruction whose work grows with its operands costs more, before it is done: `memory.grow`, `fill`, `copy` and `init` 1 for each
whole 64 bytes, `table.grow`, `fill`, `copy` and `init` 1 for each whole 8 elements, and so do `array.new`, `new_default`,
`new_data`, `new_elem`, `fill`, `copy`, `init_data` and `init_elem`. A guest that is charged more than it has is stopped on the
spot.

Code counts down `slice` and calls `refill` when it is below zero. A slice is a part of the fuel; between two slices the clock is
read. So a guest without a limit of fuel, but with a deadline, runs the same code.

Depth: a guest call is a Python call, so Python's own limit counts it. That limit belongs to the whole process. It is raised while
anybody is inside a guest, and set back when the last one has left. The guests of the tier `native` have a stack of their own: who
comes in by its entrance does not raise the limit (execution/native/crossing.py); only a call inside a call raises it there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Lock, RLock, get_ident
from time import monotonic
from types import CellType, TracebackType
from typing import Protocol

from pywasm_vm.errors import ConcurrentUse, Exhausted, TrapKind

__all__ = ["NESTING", "SLICE", "WAIT_SLICE", "Budget", "Entrance"]

SLICE = 200_000
"""Fuel between two looks at the clock: some milliseconds in the python tier."""

WAIT_SLICE = 0.05
"""Seconds that a guest waits before it looks up."""

NESTING = 100
"""Invocations inside one another: a guest that calls a host function that calls the guest. Each takes some frames of the host,
which are not the guest's to use up."""

_HEADROOM = 200
"""Python frames that a guest at its deepest point leaves to host functions and to helpers."""

_HIGHEST = (1 << 31) - 1
"""The largest recursion limit that Python takes."""

_lock = RLock()
"""Taken again by the same thread when a budget is taken away just then."""
_inside: dict[int, int] = {}
"""What each outermost invocation needs as recursion limit, by the `id` of its budget; the process has the largest of them."""
_usual: list[int] = []
"""The recursion limit before the first of them came: no entry while nobody is inside."""


class Entrance(Protocol):
    """What the outermost invocation takes, as it takes a lock."""

    def acquire(self, blocking: bool = ...) -> bool:
        """Take it; False when another thread has it."""

    def release(self) -> None:
        """Give it back."""


class _Door:
    """The entrance where Python alone runs. It knows who has it: an exception out of a signal handler may come before that thread
    knows itself, and the next invocation is not to find the store taken for ever."""

    __slots__ = ("_inside",)

    def __init__(self) -> None:
        self._inside: dict[int, int] = {}

    def acquire(self, blocking: bool = False) -> bool:
        """Take it, unless another thread has it. Nobody waits here, whatever *blocking* says."""
        thread = get_ident()
        return self._inside.setdefault(0, thread) == thread

    def release(self) -> None:
        """Give it back."""
        self._inside.clear()


class Budget:
    """Fuel, time and depth of one store. Entered (`with`) around each invocation; nested ones share what the outermost has.

    *seconds* is the time that each outermost invocation may take, None for ever; *fuel* what is left for all of them, None for no
    limit. Both take effect in metered code only.
    """

    def __init__(self, *, call_depth: int = 10_000, fuel: int | None = None, seconds: float | None = None) -> None:
        self.call_depth = call_depth
        self._heard: Callable[[], None] = _nobody
        self._seconds = seconds
        self.slice = CellType(0)
        """What the running code counts down: a variable that functions share, the quickest that Python has."""
        self._reserve: int | None = None
        self.deadline: float | None = None
        """When the invocation under way has to be over, None when it may take for ever."""
        self.nesting = 0
        """Invocations under way, one inside the other."""
        self.need = 0
        """What the invocation under way needs as recursion limit, 0 when it has not asked."""
        self._entrance: Entrance = _Door()
        """Taken by the outermost invocation."""
        self.thread = 0
        """The thread that is inside; 0 when none is, or when it is about to go again. No thread has the number 0."""
        self.fuel = fuel

    @property
    def fuel(self) -> int | None:
        """What is left; None when there is no limit."""
        return None if self._reserve is None else max(0, self._reserve + self.slice.cell_contents)

    @fuel.setter
    def fuel(self, fuel: int | None) -> None:
        self.slice.cell_contents = 0
        self._reserve = fuel
        self._heard()

    @property
    def seconds(self) -> float | None:
        """What each outermost invocation may take from now on."""
        return self._seconds

    @seconds.setter
    def seconds(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._heard()

    @property
    def is_counted(self) -> bool:
        """Whether there is a limit of fuel."""
        return self._reserve is not None

    @property
    def running(self) -> bool:
        """Whether an invocation is under way."""
        return self.nesting > 0

    def __enter__(self) -> None:
        """raises: ConcurrentUse, when another thread is inside; Exhausted, when this one is so too often."""
        thread = get_ident()
        if self.thread != thread:
            if not self._entrance.acquire(blocking=False):
                raise ConcurrentUse
            begun = False
            try:
                self._begin(thread)
                _raise_recursion_limit(self)
                begun = True
            finally:
                if not begun:  # by a signal: nobody calls `__exit__` then
                    self.leave()
        elif self.nesting < NESTING:
            self.nesting += 1
            if not self.need:
                _raise_recursion_limit(self)
        else:
            raise Exhausted(
                TrapKind.CALL_STACK_EXHAUSTED, f"{NESTING} calls from host functions into the guest, one in the other"
            )

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self.nesting == 1:
            self.leave()
        else:
            self.nesting -= 1

    def enter_by(self, entrance: Entrance, heard: Callable[[], None]) -> None:
        """From now on *entrance* says who is inside; nobody is, so far. *heard* is called when fuel or seconds are set."""
        self._entrance = entrance
        self._heard = heard

    def adopt(self) -> None:
        """This thread has taken the entrance by itself: its invocation is the outermost one."""
        self._begin(get_ident())

    def leave(self) -> None:
        """The outermost invocation is over, in whatever way."""
        self.nesting = 0
        if self.need:
            _restore_recursion_limit(self)
        self.thread = 0
        self._entrance.release()

    def __del__(self) -> None:
        # An exception out of a signal handler may have been quicker than `leave`; a copy that could not be made has no `need`.
        if getattr(self, "need", 0):
            _restore_recursion_limit(self)

    def _begin(self, thread: int) -> None:
        self.thread = thread
        self.nesting = 1
        self.deadline = self.end()

    def end(self) -> float | None:
        """When an invocation that begins now has to be over."""
        return None if self._seconds is None else monotonic() + self._seconds

    @property
    def is_here(self) -> bool:
        """Whether this thread is inside, and nobody else can be."""
        return self.thread == get_ident()

    def require_this_thread(self) -> None:
        """raises: ConcurrentUse, when another thread is inside."""
        if not self.is_here:
            if not self._entrance.acquire(blocking=False):
                raise ConcurrentUse
            self._entrance.release()

    def wait_for(self, lock: Lock, nanoseconds: int | None) -> bool:
        """Take *lock*, for which the running guest waits so long at most (None for ever), and say whether it came to that.

        The wait is cut into slices, so that a signal reaches the main thread on every system.
        raises: Exhausted, when the time of the invocation has run out.
        """
        end = None if nanoseconds is None else monotonic() + nanoseconds * 1e-9
        while True:
            now = monotonic()
            seconds = WAIT_SLICE
            if end is not None:
                seconds = min(seconds, end - now)
            if self.deadline is not None:
                if now >= self.deadline:
                    raise self._out_of_time()
                seconds = min(seconds, self.deadline - now)
            if seconds <= 0:
                return lock.acquire(blocking=False)
            if lock.acquire(timeout=seconds):
                return True

    def _out_of_time(self) -> Exhausted:
        return Exhausted(TrapKind.OUT_OF_TIME, f"the call took longer than {self.seconds:g} seconds")

    def charge(self, work: int) -> None:
        """Take *work* units of fuel from the guest that is running; what the host does by itself costs nothing.

        raises: Exhausted, when the fuel or the time has run out.
        """
        if self.nesting:
            self.slice.cell_contents -= work
            if self.slice.cell_contents < 0:
                self.refill()

    def look_at_clock(self) -> None:
        """raises: Exhausted, when the time has run out."""
        if self.deadline is not None and monotonic() >= self.deadline:
            raise self._out_of_time()

    def refill(self) -> None:
        """Pay the debt in `slice` and begin a new slice.

        raises: Exhausted, when the fuel or the time has run out.
        """
        self.look_at_clock()
        if self._reserve is None:
            self.slice.cell_contents = SLICE
            return
        grant = min(self._reserve, SLICE - self.slice.cell_contents)
        self._reserve -= grant
        self.slice.cell_contents += grant
        if self.slice.cell_contents < 0:
            self.fuel = 0
            raise Exhausted(TrapKind.OUT_OF_FUEL)


def _nobody() -> None:
    """Nobody wants to hear of it."""


def _raise_recursion_limit(budget: Budget) -> None:
    with _lock:
        if not _inside:
            _usual[:] = [sys.getrecursionlimit()]
        need = min(_usual[0] + budget.call_depth + _HEADROOM, _HIGHEST)
        # An exception may come between any two lines, out of a signal handler. Whoever needs something says so first.
        budget.need = need
        _inside[id(budget)] = need
        if need > sys.getrecursionlimit():
            sys.setrecursionlimit(need)


def _restore_recursion_limit(budget: Budget) -> None:
    with _lock:
        # While others are inside the limit stays: their stacks may be deep already.
        _inside.pop(id(budget), None)
        if not _inside and _usual:
            sys.setrecursionlimit(_usual.pop())
        budget.need = 0
