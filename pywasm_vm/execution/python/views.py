"""The bytes of a memory as numbers of other sizes, for accesses that are aligned.

Lives here: `MemoryViews`, the casts of one memory under their names in one namespace, made anew when the memory has grown.
Not here: who uses which (memory.py).

An index into such a view costs half of what `struct` does. It needs the machine to have the guest's order of bytes. While there
are views, Python cannot resize the bytearray they look at: a memory that grows asks for them to be let go, and made again.

spec: none; this is the tier's own
"""

from __future__ import annotations

import sys
from typing import Any

from pywasm_vm.runtime.memory import MemInst

__all__ = ["HERE", "SIZES", "MemoryViews"]

HERE = sys.byteorder == "little"
"""Whether this machine has views that show a guest its numbers."""

SIZES: dict[Any, int] = {"H": 2, "h": 2, "I": 4, "i": 4, "Q": 8, "d": 8}
"""The bytes that an element has, by the letter that Python's formats give it and that names the view: mI0 of memory 0."""

_NOTHING = {letter: memoryview(bytearray(8)).cast(letter)[:0] for letter in SIZES}
"""What an empty memory is seen as: Python makes no other view of it."""


class MemoryViews:
    """The views of *memory*, which is memory *index* of the instance whose *namespace* they are put into."""

    __slots__ = ("__weakref__", "_index", "_memory", "_namespace")

    def __init__(self, memory: MemInst, index: int, namespace: dict[str, Any]) -> None:
        self._memory = memory
        self._index = index
        self._namespace = namespace
        self.renew()
        memory.attach(self)

    def release(self) -> None:
        """Let go of the bytes."""
        for letter in SIZES:
            view = self._namespace[f"m{letter}{self._index}"]
            if view is not _NOTHING[letter]:
                view.release()

    def renew(self) -> None:
        """Look at all the bytes there are now."""
        whole = memoryview(self._memory.data)
        for letter, size in SIZES.items():
            view = _NOTHING[letter]
            if len(whole) >= size:
                # A memory with pages of one byte may end in the middle of a number.
                view = whole[: len(whole) - len(whole) % size].cast(letter)
            self._namespace[f"m{letter}{self._index}"] = view
        whole.release()
