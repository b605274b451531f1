"""From a Python exception that left a guest to the trap it stands for.

Lives here: telling a guest's frame from a host's, which exception is which trap, and the back-trace of guest frames.
Not here: raising traps on purpose (the runtime and the helpers do).

The innermost frame that is not a helper's decides. If it is emitted code, the exception is the guest's doing and becomes a
trap. If it is anything else, it is the doing of a host function and none of our business.

A frame belongs to emitted code when its namespace holds `INSTANCE`; the name of its function says which function it is.
"""

from __future__ import annotations

import re
import struct
from types import TracebackType

from pywasm_vm.errors import Crash, Exhausted, Trap, TrapKind
from pywasm_vm.execution.backtrace import FRAMES_MOST, TraceFrame, both_ends
from pywasm_vm.execution.python.calls import FOLLOW

__all__ = ["COMPILED", "FRAMES_MOST", "GUEST_ERRORS", "INSTANCE", "back_trace", "explain"]

INSTANCE = "__instance__"
"""In the namespace of emitted code: its `ModuleInst`."""

COMPILED = "__compiled__"
"""In the namespace of emitted code: the `Compiled` that can say where a line comes from."""

GUEST_ERRORS = (
    *(ZeroDivisionError, IndexError, struct.error, OverflowError, AttributeError, RecursionError, Trap),
    *(TypeError, ValueError, NameError),
)
"""What may leave emitted code: traps, and what would be our mistake."""

_HELPERS = ("pywasm_vm.numerics.", "pywasm_vm.runtime.", "pywasm_vm.execution.", "pywasm_vm.errors")
"""Modules whose frames stand for the instruction that called them."""

_FUNCTION = re.compile(r"f(\d+)")

_ELEMENT_LINE = re.compile(r"\s*c = t\d+\[(?:(\w+)\])?")
"""The look-up of an indirect call, and the index when it is a variable or a number and no expression."""
_TYPE_LINE = re.compile(r"\s*if c\.deftype is not ")

_NULL = re.compile(
    r"'NoneType' object has no attribute '(code|items|f\d+|desc|deftype)'|unsupported operand .*: 'NoneType' and 'int'"
)
"""What Python says when emitted code finds None for a reference: the attribute that it wanted, or arithmetic."""

_NULLS = {
    "code": TrapKind.NULL_FUNCTION_REFERENCE,
    "items": TrapKind.NULL_ARRAY_REFERENCE,
    "desc": TrapKind.NULL_REFERENCE,
    None: TrapKind.NULL_I31_REFERENCE,
}
"""The trap by the attribute that null does not have; a struct has many. None stands for arithmetic."""


def explain(error: BaseException, call_depth: int) -> Trap | Crash | None:
    """The trap that *error* stands for; None when a host function raised it, so that it goes on as itself.

    A `Crash` is the answer when emitted code did what it must never do. *call_depth* is how many guest calls may be under way: a
    host function that finds no room left because the guest used it all up is the guest's doing too.
    """
    guests, innermost_is_guest = _guests(error)
    if isinstance(error, Trap):
        if not error.frames:
            error.frames = _frames(guests)
        return error
    if not innermost_is_guest and not (isinstance(error, RecursionError) and len(guests) >= call_depth):
        return None
    frames = _frames(guests)
    kind = _kind(error, _line(*guests[-1]) if guests else "")
    if kind is None:
        return Crash(f"emitted code raised {error!r} in {frames[:1]}")
    if kind is TrapKind.CALL_STACK_EXHAUSTED:
        return Exhausted(kind, "", frames)
    element = _element(guests, lines_back=1) if kind is TrapKind.UNINITIALIZED_ELEMENT else None
    return Trap(kind, "", frames, element=element)


def back_trace(error: BaseException) -> tuple[TraceFrame, ...]:
    """The guest frames that *error* has come through, innermost first."""
    return _frames(_guests(error)[0])


def _guests(error: BaseException) -> tuple[list[tuple[TracebackType, int]], bool]:
    """The guest frames that *error* has come through, outermost first, each with the index of its function; and whether the
    innermost frame of all, leaving helpers aside, is one of them."""
    guests: list[tuple[TracebackType, int]] = []
    innermost_is_guest = False
    traceback = error.__traceback__
    while traceback is not None:
        names = traceback.tb_frame.f_globals
        match = _FUNCTION.fullmatch(traceback.tb_frame.f_code.co_name) if INSTANCE in names else None
        if match is not None:
            guests.append((traceback, int(match[1])))
            innermost_is_guest = True
        elif not str(names.get("__name__", "")).startswith(_HELPERS):
            innermost_is_guest = INSTANCE in names
        traceback = traceback.tb_next
    return guests, innermost_is_guest


def _kind(error: BaseException, line: str) -> TrapKind | None:
    """The trap that the exception stands for when *line* of emitted code raised it; None when it stands for none."""
    if isinstance(error, RecursionError):
        return TrapKind.CALL_STACK_EXHAUSTED
    if isinstance(error, ZeroDivisionError):
        return TrapKind.INTEGER_DIVIDE_BY_ZERO
    if isinstance(error, IndexError) and _ELEMENT_LINE.match(line):
        return TrapKind.UNDEFINED_ELEMENT
    if isinstance(error, IndexError) and str(error).startswith("list "):
        # The bytes of a memory are no list; tables are left above.
        return TrapKind.OUT_OF_BOUNDS_ARRAY_ACCESS
    if isinstance(error, IndexError | OverflowError | struct.error):
        return TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS
    if isinstance(error, AttributeError | TypeError):
        return _null(str(error), line)
    return None


def _null(message: str, line: str) -> TrapKind | None:
    """The trap for null, when Python refused None what a reference has or a number can; None when it was something else."""
    found = _NULL.match(message)
    if found is None:
        return None
    if _TYPE_LINE.match(line):
        return TrapKind.UNINITIALIZED_ELEMENT
    return _NULLS.get(found[1], TrapKind.NULL_STRUCTURE_REFERENCE)


def _frames(guests: list[tuple[TracebackType, int]]) -> tuple[TraceFrame, ...]:
    """The back-trace, innermost first; of a very deep one only both ends."""
    found: list[TraceFrame] = []
    for traceback, index in reversed(both_ends(guests)):
        compiled = traceback.tb_frame.f_globals[COMPILED]
        if found and compiled.lines_of(index)[traceback.tb_lineno - 1].lstrip().startswith(FOLLOW):
            # Another function has taken its place.
            continue
        found.append((index, compiled.name_of(index), compiled.offset_of(index, traceback.tb_lineno)))
    return tuple(found)


def _line(traceback: TracebackType, index: int, lines_back: int = 0) -> str:
    lines: list[str] = traceback.tb_frame.f_globals[COMPILED].lines_of(index)
    return lines[traceback.tb_lineno - 1 - lines_back]


def _element(guests: list[tuple[TracebackType, int]], lines_back: int) -> int | None:
    """The index that the innermost guest frame looked up in a table; None when it is no longer to be had."""
    found = _ELEMENT_LINE.match(_line(*guests[-1], lines_back)) if guests else None
    if found is None or found[1] is None:
        return None
    if found[1].isdecimal():
        return int(found[1])
    value = guests[-1][0].tb_frame.f_locals.get(found[1])
    return value if isinstance(value, int) else None
