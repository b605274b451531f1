"""The shape of a body, found before it is emitted.

Lives here: where each construct ends, who branches to it, how deep it would nest in Python, and which ones become a loop over a
state number.
Not here: text.

Python's compiler takes at most 20 loops within loops and 100 levels of indentation. So each construct knows what it needs of
both, and the emitter can choose before it writes the first line.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum, auto
from typing import Any

from pywasm_vm.isa.opcode import Opcode
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.structure.instructions import BlockType, Instr

__all__ = ["CONDITIONS", "Construct", "Kind", "Shape", "shape_of"]

NEST_MOST = 12
"""Branches out of a block, from its own level, that are written as nested ifs; a block with more becomes a loop."""

ARMS_MOST = 50
"""Handlers of one legacy `try` that are written as arms of one `if`: Python's compiler nests each in the one before."""

UNWRITTEN = 1_000
"""More loops within loops than Python takes: what has so many becomes states."""

TABLE_LEAST = 3
"""Different targets of a `br_table` from which on its blocks become states."""


class Kind(IntEnum):
    """The sorts of constructs."""

    BODY = auto()
    BLOCK = auto()
    LOOP = auto()
    IF = auto()
    TRY = auto()
    """`try_table`, or the legacy `try`."""


class Construct:
    """A block, loop, if or try, or the body itself, by positions in the sequence of instructions."""

    __slots__ = (
        "arms", "else_", "elsewhere", "end", "flat", "guarded", "indents", "inner_loops", "kind", "loops", "own_branches",
        "parent", "root", "start", "targets", "type",
    )  # fmt: skip

    def __init__(self, kind: Kind, start: int, type_: BlockType, parent: Construct | None) -> None:
        self.kind = kind
        self.start = start
        self.type = type_
        self.parent = parent
        self.end = -1
        self.else_ = -1
        self.arms: list[int] = []
        """Where the handlers of a legacy `try` begin."""
        self.guarded = False
        """It is a try, or there is one inside."""
        self.targets = 0
        """How many branches name it."""
        self.own_branches = 0
        """How many of them are conditions at its own level."""
        self.elsewhere = False
        """Some of them come from deeper inside, or out of a table."""
        self.flat = False
        """It stands between a `br_table` and the root of its states."""
        self.root = False
        """It is the outermost of such constructs."""
        self.loops = 0
        """Python loops within loops that it needs, itself included."""
        self.indents = 0
        """Levels of indentation that it needs, itself included."""
        self.inner_loops = 0
        """Instructions inside of it that stand in a loop further inside."""

    @property
    def nests(self) -> bool:
        """Whether all branches to it are conditions at its own level, so that ifs can say it."""
        return self.kind == Kind.BLOCK and not self.elsewhere and self.own_branches <= NEST_MOST

    @property
    def cost(self) -> int:
        """Instructions inside that stand in no loop further inside: what the budget charges."""
        return self.end - self.start - self.inner_loops


class Shape:
    """The constructs of a body by the position where they begin; the body itself begins at -1."""

    __slots__ = ("body", "constructs")

    def __init__(self, body: Construct, constructs: dict[int, Construct]) -> None:
        self.body = body
        self.constructs = constructs


_OPENS: dict[Opcode, Kind] = {
    BY_MNEMONIC["block"]: Kind.BLOCK,
    BY_MNEMONIC["loop"]: Kind.LOOP,
    BY_MNEMONIC["if"]: Kind.IF,
    BY_MNEMONIC["try_table"]: Kind.TRY,
    BY_MNEMONIC["try"]: Kind.TRY,
}
_BR, _BR_TABLE = BY_MNEMONIC["br"], BY_MNEMONIC["br_table"]
CONDITIONS = frozenset(
    BY_MNEMONIC[word]
    for word in (
        *("br_if", "br_on_null", "br_on_non_null", "br_on_cast", "br_on_cast_fail"),
        *("br_on_cast_desc_eq", "br_on_cast_desc_eq_fail"),
    )
)
"""Branches that are taken or not."""
_ELSE, _END = BY_MNEMONIC["else"], BY_MNEMONIC["end"]
_TRY_TABLE = BY_MNEMONIC["try_table"]
_ARMS = frozenset({BY_MNEMONIC["catch"], BY_MNEMONIC["catch_all"]})
_ENDS = frozenset({_END, BY_MNEMONIC["delegate"]})
_SHAPES = frozenset({*_OPENS, *CONDITIONS, *_ARMS, *_ENDS, _BR, _BR_TABLE, _ELSE})


def shape_of(code: Sequence[Instr]) -> Shape:
    """The shape of a valid body, in one pass over it."""
    body = Construct(Kind.BODY, -1, None, None)
    constructs: dict[int, Construct] = {-1: body}
    stack = [body]
    immediates: Any
    for position, (row, immediates, _offset) in enumerate(code):
        if row not in _SHAPES:
            continue
        if row in _OPENS:
            if row is _TRY_TABLE:
                _branches_elsewhere([stack[-1 - label] for _kind, _tag, label in immediates[1]])
            opened = Construct(_OPENS[row], position, immediates[0], stack[-1])
            constructs[position] = opened
            stack.append(opened)
        elif row in _ENDS:
            closed = stack.pop()
            closed.end = position
            _close(closed)
        elif row in CONDITIONS:
            target = stack[-1 - immediates[0]]
            target.targets += 1
            if immediates[0]:
                target.elsewhere = True
            else:
                target.own_branches += 1
        elif row is _BR:
            # A `br` to the innermost block, at its own level, only makes the rest of it dead.
            target = stack[-1 - immediates[0]]
            target.targets += 1
            if immediates[0]:
                target.elsewhere = True
        elif row is _ELSE:
            stack[-1].else_ = position
        elif row in _ARMS:
            stack[-1].arms.append(position)
        else:
            _table(stack, immediates[0])
    return Shape(body, constructs)


def _close(closed: Construct) -> None:
    """Hand to the parent what *closed* needs."""
    if not closed.targets:
        own_loops = own_indents = 0
    elif closed.nests:
        own_loops, own_indents = 0, closed.own_branches
    else:
        own_loops = own_indents = 1
    if closed.kind == Kind.TRY:
        own_loops += 1 if len(closed.arms) <= ARMS_MOST else UNWRITTEN
        own_indents += 1
        closed.guarded = True
    closed.loops += own_loops
    closed.indents += own_indents + (closed.kind == Kind.IF)
    parent = closed.parent
    if parent is not None:
        parent.loops = max(parent.loops, closed.loops)
        parent.indents = max(parent.indents, closed.indents)
        parent.guarded = parent.guarded or closed.guarded
        parent.inner_loops += closed.end - closed.start if closed.kind == Kind.LOOP else closed.inner_loops


def _branches_elsewhere(targets: Sequence[Construct]) -> None:
    """Note branches to each of *targets* that are no conditions at its own level."""
    for target in targets:
        target.targets += 1
        target.elsewhere = True


def _table(stack: list[Construct], labels: Sequence[int]) -> None:
    """Note the targets of a `br_table`, and make states of its blocks when there are many."""
    targets = set(labels)
    _branches_elsewhere([stack[-1 - label] for label in targets])
    if len(targets) < TABLE_LEAST:
        return
    blocks = [label for label in targets if stack[-1 - label].kind == Kind.BLOCK]
    if not blocks:
        return
    root = len(stack) - 1 - max(blocks)
    # A loop that begins with these blocks is the usual form of code made of jumps: its head is one of the states.
    if stack[root - 1].kind == Kind.LOOP and stack[root - 1].start == stack[root].start - 1:
        root -= 1
    stack[root].root = True
    for construct in stack[root:]:
        construct.flat = True
