"""What an operation costs whose work grows with its operands.

Lives here: `Charge`, to whom such work is told before it is done, and `free_of_charge`, who does not mind.
Not here: what a unit of work is (memory.py, table.py) and what becomes of it (execution/budget.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

__all__ = ["Charge", "free_of_charge"]

Charge: TypeAlias = Callable[[int], None]
"""Takes units of work, each worth the fuel of one instruction; raises when that is too much."""


def free_of_charge(work: int) -> None:
    """Nobody counts."""
