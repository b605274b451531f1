"""Back-traces of guests, as every tier gives them.

Lives here: what stands for a frame in `Trap.frames`, and how much of a very deep stack is kept.
Not here: finding the frames; that is each tier's own.
"""

from __future__ import annotations

from typing import TypeAlias, TypeVar

__all__ = ["FRAMES_MOST", "TraceFrame", "both_ends"]

TraceFrame: TypeAlias = tuple[int, str | None, int | None]
"""(function index, function name or None, offset in the module or None)."""

FRAMES_MOST = 100
"""Guest frames kept at either end of a back-trace."""

Anything = TypeVar("Anything")


def both_ends(frames: list[Anything]) -> list[Anything]:
    """*frames*, or both ends of them when they are very many."""
    return frames if len(frames) <= 2 * FRAMES_MOST else frames[:FRAMES_MOST] + frames[-FRAMES_MOST:]
