"""When what C has made is freed.

Lives here: `Owned`, which frees one thing.
Not here: what C makes, and who keeps it alive.

Python collects a cycle in two steps: first it calls the `__del__` of everything in it, in no order that anybody could rely on,
then it takes the cycle apart. A `__del__` may still use anything in the cycle, call a guest for instance. So nothing of C may be
freed in the first step. What is made there, and is known to the cycle alone, goes in the second step: that is what does the work
here. It must not know anything of the cycle, which would be alive again by that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Late", "Owned"]


class Late:
    """Calls *end* when it is taken away itself."""

    __slots__ = ("_end",)

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def __del__(self) -> None:
        self._end()


class Owned:
    """Calls *free* with *handle* when nobody can use what owns this any more."""

    __slots__ = ("__weakref__", "_free", "_handle", "_late")

    def __init__(self, handle: Any, free: Callable[[Any], None]) -> None:
        self._handle = handle
        self._free = free

    def __del__(self, late: type[Late] = Late) -> None:
        # The name `Late` may be gone when the interpreter ends.
        free, handle = self._free, self._handle
        self._late = late(lambda: free(handle))
