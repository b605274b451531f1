"""Every exception of the package, and the kinds of trap with the specification's wording.

Lives here: who erred (the bytes, the types, the imports, the code, the host, ourselves) and the place, as data.
Not here: who raises them and when.

The first words of a message are the specification's own ("integer divide by zero", "type mismatch"); what we know beyond
them follows after a colon. Test scripts compare the first words, people read the rest.

spec: appendix/embedding, errors
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

__all__ = [
    "ConcurrentUse",
    "Crash",
    "Exhausted",
    "HostError",
    "Invalid",
    "Malformed",
    "OutOfBounds",
    "TierUnavailable",
    "Trap",
    "TrapKind",
    "Unlinkable",
    "WasmError",
    "WasmException",
]


class WasmError(Exception):
    """Everything this package raises on purpose."""


class Malformed(WasmError):
    """These bytes, or this text, are no module.

    *offset* is the byte in the module (binary), *line* and *column* count from 1 (text).
    """

    def __init__(self, reason: str, *, offset: int | None = None, line: int | None = None, column: int | None = None) -> None:
        self.reason = reason
        self.offset = offset
        self.line = line
        self.column = column
        super().__init__(reason + _place(offset=offset, line=line, column=column))


class Invalid(WasmError):
    """A module, but its types do not fit.

    *offset* is the byte of the instruction or member in the module; a module out of a text has *line* and *column* instead.
    *function* is its index in the function index space, or None outside functions; *name* what the name section calls it.
    """

    def __init__(
        self,
        reason: str,
        *,
        offset: int | None = None,
        function: int | None = None,
        name: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        self.reason = reason
        self.offset = offset
        self.function = function
        self.name = name
        self.line = line
        self.column = column
        super().__init__(reason + _place(function=function, name=name, offset=offset, line=line, column=column))


class Unlinkable(WasmError):
    """Imports that are missing, or of another type. *problems* holds a sentence for each; the message the first 100."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        more = len(self.problems) - 100
        said = [*self.problems[:100], f"and {more} more"] if more > 0 else self.problems
        super().__init__("; ".join(said))


class TrapKind(Enum):
    """The reasons for which code stops itself. The value is the wording of the specification's test suite."""

    UNREACHABLE = "unreachable"
    INTEGER_DIVIDE_BY_ZERO = "integer divide by zero"
    INTEGER_OVERFLOW = "integer overflow"
    INVALID_CONVERSION_TO_INTEGER = "invalid conversion to integer"
    OUT_OF_BOUNDS_MEMORY_ACCESS = "out of bounds memory access"
    OUT_OF_BOUNDS_TABLE_ACCESS = "out of bounds table access"
    OUT_OF_BOUNDS_ARRAY_ACCESS = "out of bounds array access"
    UNDEFINED_ELEMENT = "undefined element"
    UNINITIALIZED_ELEMENT = "uninitialized element"
    INDIRECT_CALL_TYPE_MISMATCH = "indirect call type mismatch"
    NULL_REFERENCE = "null reference"
    NULL_FUNCTION_REFERENCE = "null function reference"
    NULL_STRUCTURE_REFERENCE = "null structure reference"
    NULL_ARRAY_REFERENCE = "null array reference"
    NULL_I31_REFERENCE = "null i31 reference"
    NULL_DESCRIPTOR_REFERENCE = "null descriptor reference"
    NULL_EXCEPTION_REFERENCE = "null exception reference"
    CAST_FAILURE = "cast failure"
    DESCRIPTOR_CAST_FAILURE = "descriptor cast failure"
    UNALIGNED_ATOMIC = "unaligned atomic"
    EXPECTED_SHARED_MEMORY = "expected shared memory"
    CALL_STACK_EXHAUSTED = "call stack exhausted"
    OUT_OF_FUEL = "out of fuel"
    OUT_OF_TIME = "out of time"
    OUT_OF_MEMORY = "out of memory"


class Trap(WasmError):
    """The code stopped itself.

    *frames* is the back-trace, innermost first: (function index, function name or None, offset in the module or None).
    *element* is the index into a table that led to nothing, where it is known.
    """

    def __init__(
        self,
        kind: TrapKind,
        detail: str = "",
        frames: Sequence[tuple[int, str | None, int | None]] = (),
        *,
        element: int | None = None,
    ) -> None:
        self.kind = kind
        self.detail = detail
        self.frames = tuple(frames)
        self.element = element
        words = kind.value if element is None else f"{kind.value} {element}"
        super().__init__(f"{words}: {detail}" if detail else words)


class Exhausted(Trap):
    """A budget ran out: call depth, fuel or time of running code, or the memory that a module begins with. `kind` says which."""


class WasmException(WasmError):
    """An exception of WebAssembly: one that a guest threw and nobody caught, or one that a host function throws into its guest.

    *tag* is a `Tag`, *values* is what the exception carries, integers signed. *frames* is the back-trace of the place where it
    was thrown, as in `Trap`; it is empty when the host threw it.
    raises: TypeError or ValueError, when the host makes one whose values do not fit the tag.
    """

    def __init__(self, tag: Any, values: Sequence[object] = (), *, inst: Any = None) -> None:
        self.tag = tag
        self.values = tuple(values)
        self.frames: tuple[tuple[int, str | None, int | None], ...] = ()
        self.inst = tag.new_exception(self.values) if inst is None and tag is not None else inst
        """The exception as guests know it; None when another engine threw it."""
        super().__init__(tag, values)

    def __str__(self) -> str:
        values = ", ".join(map(repr, self.values))
        return f"uncaught exception with the values {values}" if values else "uncaught exception"


class OutOfBounds(WasmError):
    """The host asked for bytes that the guest's memory does not have.

    *pointer* and *size* are what was asked for, in bytes; *memory_size* is what there was at that moment. A guest that does the
    same is stopped by a `Trap`; this one says that the pointer came from, or through, the host.
    """

    def __init__(self, pointer: int, size: int, memory_size: int) -> None:
        self.pointer = pointer
        self.size = size
        self.memory_size = memory_size
        super().__init__(
            f"out of bounds memory access: {size} bytes at {pointer:#x} were asked for, the memory ends at {memory_size:#x}"
        )


class HostError(WasmError):
    """A host function raised; `__cause__` is what it raised."""


class ConcurrentUse(WasmError):
    """Two threads have entered one store. The second one is refused, and nothing has happened to the first."""

    def __init__(self) -> None:
        super().__init__(
            "another thread is inside of this store, and a store is used by one thread at a time: give each thread a store of "
            "its own (they may share modules, and memories made with shared=True), or hold a lock around the calls"
        )


class TierUnavailable(WasmError):
    """That tier is not here; the message says why."""


class Crash(WasmError):
    """Our mistake: valid code reached a state that cannot be. Please report it."""


def _place(
    *,
    function: int | None = None,
    name: str | None = None,
    offset: int | None = None,
    line: int | None = None,
    column: int | None = None,
) -> str:
    parts = []
    if function is not None:
        parts.append(f"in function {function}" + (f" ({name})" if name else ""))
    if offset is not None:
        parts.append(f"at offset {offset:#x}")
    if line is not None:
        parts.append(f"at line {line}" + (f", column {column}" if column is not None else ""))
    return f" ({', '.join(parts)})" if parts else ""
