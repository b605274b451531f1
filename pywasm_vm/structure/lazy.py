"""Long lists of a module whose members are made when somebody looks at one.

Lives here: `Lazy`, a sequence that makes its members and keeps none.
Not here: the lists that may be so (module.py) and how members are made out of bytes (binary/lazy.py).

A large module has a hundred thousand data segments and as many functions. An object for each would cost more time and memory
than all else that loading does, and hardly any is ever looked at.

spec: syntax/modules
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TypeVar, overload

__all__ = ["Lazy"]

Member = TypeVar("Member")


class Lazy(Sequence[Member]):
    """A sequence that makes its members anew whenever they are asked for. Equal to any sequence of equal members."""

    __slots__ = ()

    @abstractmethod
    def make(self, index: int) -> Member:
        """The member at *index*, which is not negative and exists."""

    @overload
    def __getitem__(self, index: int) -> Member: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Member, ...]: ...
    def __getitem__(self, index: int | slice) -> Member | tuple[Member, ...]:
        """One member, or some as a tuple."""
        if isinstance(index, slice):
            return tuple([self.make(x) for x in range(len(self))[index]])
        return self.make(range(len(self))[index])

    def __iter__(self) -> Iterator[Member]:
        """All members in order."""
        return map(self.make, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return self is other or (len(self) == len(other) and all(map(_equal, self, other)))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<{len(self)} {type(self).__name__}>"


def _equal(one: object, other: object) -> bool:
    return one == other
