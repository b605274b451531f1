"""What must be put right in the child of a fork.

Lives here: `tell_after_fork`.
Not here: what each thing does about it.

Only the thread that forks is there in the child. What another one was just doing to a store is half done for ever, and locks that
it held are never given back. Things that know how to live with that have a method `forked`, which is called in the child.
"""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet

__all__ = ["tell_after_fork"]


class _Concerned(Protocol):
    def forked(self) -> None: ...


_concerned: WeakSet[_Concerned] = WeakSet()


def tell_after_fork(thing: _Concerned) -> None:
    """Call `forked` of *thing*, as long as it is there, in each child of a fork."""
    _concerned.add(thing)


def _tell_all() -> None:
    for thing in list(_concerned):
        thing.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_tell_all)
