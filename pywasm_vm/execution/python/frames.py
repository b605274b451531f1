"""What is open while a function is being written.

Lives here: Python loops (`While`), loops over states (`Region`), and the constructs around the present place (`Frame`).
Not here: how they are opened, left and closed (control.py, flat.py).
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Protocol

from pywasm_vm.execution.python.operands import Operand
from pywasm_vm.execution.python.shape import Construct
from pywasm_vm.structure.types import ValType

__all__ = ["OUTSIDE", "Frame", "Guard", "Mode", "Region", "State", "While"]

OUTSIDE = -1
"""Stands for the state of a handler where there is none in the region."""


class Mode(Enum):
    """How a construct is written."""

    BODY = auto()
    """The function itself: a branch to it is a return."""
    INLINE = auto()
    """Nobody branches to it, so only its contents are written."""
    NEST = auto()
    """Each branch to it opens an `if` around the rest."""
    LOOP = auto()
    """A Python loop: branches are `break` or `continue`."""
    FLAT = auto()
    """Its label is a state of the region."""


class While:
    """A Python loop that is being written."""

    __slots__ = ("exits", "passing")

    def __init__(self) -> None:
        self.exits: dict[str, int] = {}
        """The numbers of the branches that come here from loops further inside, by what they do here: `break` or `continue`."""
        self.passing: dict[int, tuple[While, str]] = {}
        """Branches out of this loop to one further outside."""


class State:
    """A piece of straight code in a region. *key* is the position in the body at which it begins.

    *handler* is the state that gets the exceptions that come out of it, OUTSIDE when that is none of the region's business.
    """

    __slots__ = ("falls", "handler", "key", "lines")

    def __init__(self, key: int, lines: list[str], handler: int) -> None:
        self.key = key
        self.lines = lines
        self.handler = handler
        self.falls = False
        """Its end is reached, and goes on with the next state."""


class Region:
    """A loop over states. *number* makes its variable."""

    __slots__ = ("depth", "guarded", "handler", "loop", "number", "outer_indent", "outer_lines", "states", "stubs")

    def __init__(self, number: int, depth: int, outer_lines: list[str], outer_indent: str, guarded: bool) -> None:
        self.number = number
        self.depth = depth
        """How many constructs are around it."""
        self.guarded = guarded
        """Whether some construct in it catches exceptions."""
        self.handler = OUTSIDE
        """What the next state has as its handler."""
        self.loop = While()
        self.states: list[State] = []
        self.stubs: list[State] = []
        """States that nothing falls into: branches of tables to labels outside, and what becomes of exceptions."""
        self.outer_lines = outer_lines
        self.outer_indent = outer_indent


class Guard(Protocol):
    """What a construct that catches exceptions does beyond what a block does."""

    def next_arm(self) -> int:
        """The position of the next handler; -1 when there is none."""

    def begin_arm(self, position: int) -> None:
        """Go from the body, or from a handler, to the handler at *position*."""

    def close(self) -> None:
        """Write what stands at the end of the construct. Its frame is gone."""


class Frame:
    """A construct around the present place."""

    __slots__ = (
        "arrived", "body", "dispatch", "else_seen", "guard", "height", "indent", "known", "label_types", "loop", "mode",
        "outer_region", "params", "quick", "region", "results", "root", "test",
    )  # fmt: skip

    def __init__(
        self, body: Construct, mode: Mode, height: int, params: tuple[ValType, ...], results: tuple[ValType, ...]
    ) -> None:
        self.body = body
        self.mode = mode
        self.height = height
        """Of the stack, below the parameters."""
        self.params = params
        self.results = results
        self.label_types = results
        """What a branch to it carries."""
        self.indent = ""
        """To go back to at the end."""
        self.loop: While | None = None
        self.region: Region | None = None
        """Of a flat construct: where its states are."""
        self.outer_region: Region | None = None
        """To go back to at the end."""
        self.known: dict[int, Operand] = {}
        """What was known of locals when it was opened, as far as it may still be so."""
        self.quick = False
        """Of a loop: whether what is around it is worth longer lines."""
        self.root = False
        """It opened the region."""
        self.arrived = False
        """A branch to its end has been written."""
        self.else_seen = False
        self.test: Operand | None = None
        """Of an `if` in Python's form: its condition."""
        self.guard: Guard | None = None
        """Of a construct that catches exceptions: what it does with them."""
        self.dispatch: tuple[int, tuple[int | None, ...]] | None = None
        """Of a flat loop that begins with a table: the local that the table reads, and the key of the state for each of its
        values; the last is for all others. None is a label outside."""
