"""The types of a function's locals, and which of them have a value yet.

Lives here: runs of locals made into something an index can be put to, without letting a few bytes of declaration take much
memory; and the bookkeeping of locals without a default value.
Not here: the instructions that read and write locals (functions.py).

Ordinary functions get a plain list. Two kinds do not: those that declare far more locals than their size explains, whose runs
stay runs, and those with a local that has no default value, where reading must first ask whether it was set.

spec: valid/instructions, variable instructions; appendix/algorithm
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Protocol

from pywasm_vm.errors import Invalid
from pywasm_vm.structure.types import RefType, ValType

__all__ = ["Locals", "has_default"]

_ALWAYS_EXPANDED = 1024
"""So many locals become a list whatever the size of the function; beyond that a list may be this …"""
_ENTRIES_PER_BYTE = 8
"""… many entries long for each byte of the function."""


class _Types(Protocol):
    """What an index can be put to. raises: IndexError beyond the end."""

    def __len__(self) -> int: ...

    def __getitem__(self, x: int, /) -> ValType: ...


def has_default(t: ValType) -> bool:
    """Whether a local of type *t* has a value before it is set."""
    return not isinstance(t, RefType) or t.nullable


class Locals:
    """The locals of one function, parameters first.

    `readable[x]` is what `local.get x` gives. `writable[x]` is what `local.set x` takes, or None where setting also has to be
    recorded with `initialise`. Both raise IndexError when there is no such local.
    """

    __slots__ = ("_initialised", "_types", "readable", "writable")

    def __init__(self, params: Sequence[ValType], runs: Sequence[tuple[int, ValType]], *, size: int, limit: int) -> None:
        """*size* is that of the function in bytes. raises: Invalid when there are more than *limit* locals."""
        count = len(params) + sum(n for n, _ in runs)
        if count > limit:
            raise Invalid(f"too many locals: {count} of at most {limit}")
        self._types: _Types
        if count <= max(_ALWAYS_EXPANDED, _ENTRIES_PER_BYTE * size):
            types = list(params)
            for n, t in runs:
                types += [t] * n
            self._types = types
        else:
            self._types = _Runs(params, runs)
        self._initialised: list[int] = []
        self.readable: _Types = self._types
        self.writable: _Types | _WritableOnceSet = self._types
        if not all(has_default(t) for _, t in runs):
            initialised: set[int] = set(range(len(params)))
            self.readable = _ReadableOnceSet(self._types, initialised)
            self.writable = _WritableOnceSet(self._types, initialised)

    def mark(self) -> int | None:
        """How many locals without a default have been set and are still known to be; None where all locals have defaults."""
        return len(self._initialised) if isinstance(self.readable, _ReadableOnceSet) else None

    def type(self, x: int) -> ValType:
        """The declared type of local *x*."""
        if x >= len(self._types):
            raise Invalid(f"unknown local {x}: the function has {len(self._types)}")
        return self._types[x]

    def initialise(self, x: int) -> None:
        """Record that local *x* has a value from here to the end of the block."""
        if isinstance(self.readable, _ReadableOnceSet) and x not in self.readable.initialised:
            self.readable.initialised.add(x)
            self._initialised.append(x)

    def forget(self, mark: int) -> None:
        """A block ends: what was set since `mark` gave *mark* counts as unset again."""
        if len(self._initialised) > mark:
            assert isinstance(self.readable, _ReadableOnceSet)
            self.readable.initialised.difference_update(self._initialised[mark:])
            del self._initialised[mark:]


class _Runs:
    """Types by index, kept as runs."""

    __slots__ = ("_ends", "_types")

    def __init__(self, params: Sequence[ValType], runs: Sequence[tuple[int, ValType]]) -> None:
        self._types = [*params, *(t for _, t in runs)]
        self._ends = list(accumulate([1] * len(params) + [n for n, _ in runs]))

    def __len__(self) -> int:
        return self._ends[-1]

    def __getitem__(self, x: int) -> ValType:
        return self._types[bisect_right(self._ends, x)]


class _ReadableOnceSet:
    """Types by index that refuse the index of a local without a value."""

    __slots__ = ("_types", "initialised")

    def __init__(self, types: _Types, initialised: set[int]) -> None:
        self._types = types
        self.initialised = initialised

    def __len__(self) -> int:
        return len(self._types)

    def __getitem__(self, x: int) -> ValType:
        t = self._types[x]
        if x not in self.initialised and not has_default(t):
            raise Invalid(f"uninitialized local {x}: its type {t} has no default value")
        return t


class _WritableOnceSet:
    """Types by index; None for a local without a value, so that setting it takes the long way."""

    __slots__ = ("_initialised", "_types")

    def __init__(self, types: _Types, initialised: set[int]) -> None:
        self._types = types
        self._initialised = initialised

    def __getitem__(self, x: int) -> ValType | None:
        t = self._types[x]
        return t if x in self._initialised or has_default(t) else None
