"""Operand and control stacks of the validator.

Lives here: pushing, popping, unreachable code, the types of labels, the types of locals. Everything the appendix calls vals,
ctrls and inits.
Not here: what a particular instruction does (control.py, memory.py, reference.py) and how types compare (matching.py).

The stacks hold types, never values. Below the operands of each block lies FLOOR, which is no type of the language: whoever looks
at the top of the stack and finds the type he wants need not ask how high the stack is. After `unreachable` the floor of the
current block yields BOT for ever.

spec: appendix/algorithm
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pywasm_vm.errors import Invalid
from pywasm_vm.isa.opcode import Opcode
from pywasm_vm.structure.types import BOT, NumType, RefType, ValType
from pywasm_vm.validation.context import Context
from pywasm_vm.validation.locals import Locals
from pywasm_vm.validation.matching import BOT_REF

__all__ = ["BOTTOM", "FLOOR", "Frame", "Mismatch", "Stacks", "listed"]

FLOOR: Final = NumType("floor")
"""Lies below the operands of a block."""

_ANY_REF: Final = NumType("a reference")
"""Stands in messages for a type that is not further known."""

BOTTOM: Final = 2
"""Floors below the one of the outermost block, so that nobody who looks at the topmost operands falls off the list."""


class Mismatch(Exception):  # noqa: N818 - it never leaves the room; functions.py makes an Invalid of it
    """The operands are not those that the instruction wants. Becomes an `Invalid` that names the instruction."""

    def __init__(self, expected: Sequence[ValType], held: Sequence[ValType]) -> None:
        self.expected = expected
        self.held = held
        super().__init__(expected, held)


class Frame:
    """A block that is open.

    *label* holds the types that a branch to it carries; *height* is the position of its floor on the operand stack.
    """

    __slots__ = ("height", "inits", "label", "params", "results", "row", "unreachable")

    def __init__(
        self, row: Opcode, params: list[ValType], results: list[ValType], label: list[ValType], height: int, inits: int
    ) -> None:
        self.row = row
        self.params = params
        self.results = results
        self.label = label
        self.height = height
        self.inits = inits
        self.unreachable = False


class Stacks:
    """The state of the walk over one body."""

    __slots__ = ("context", "frames", "locals", "operands")

    def __init__(self, context: Context, local_types: Locals) -> None:
        self.context = context
        self.locals = local_types
        self.operands: list[ValType] = [FLOOR] * BOTTOM
        self.frames: list[Frame] = []

    def push(self, t: ValType) -> None:
        """Put *t* on the stack."""
        self.operands.append(t)

    def push_all(self, ts: Sequence[ValType]) -> None:
        """Put *ts* on the stack, the last one on top."""
        self.operands += ts
        if len(self.operands) > self.context.limits.operands:
            raise Invalid(f"too many operands: the stack grows beyond {self.context.limits.operands}")

    def pop(self, expected: ValType) -> ValType:
        """Take the top of the stack, which must match *expected*. Gives what it was."""
        operands = self.operands
        given = operands[-1]
        if given is FLOOR:
            if self.frames[-1].unreachable:
                return BOT
            raise Mismatch([expected], [])
        if given is not expected and not self.context.matches(given, expected):
            raise Mismatch([expected], [given])
        operands.pop()
        return given

    def pop_any(self) -> ValType:
        """Take whatever is on top; BOT when unreachable code has nothing left."""
        given = self.operands[-1]
        if given is not FLOOR:
            return self.operands.pop()
        if self.frames[-1].unreachable:
            return BOT
        raise Mismatch([BOT], [])

    def pop_ref(self) -> RefType:
        """Take a reference of whatever type; BOT_REF when unreachable code has nothing left."""
        given = self.pop_any()
        if isinstance(given, RefType):
            return given
        if given is BOT:
            return BOT_REF
        raise Mismatch([_ANY_REF], [given])

    def pop_all(self, expected: Sequence[ValType]) -> None:
        """Take as many operands as *expected* has, the last one first. They must match."""
        self.check(expected)
        operands = self.operands
        del operands[max(len(operands) - len(expected), self.frames[-1].height + 1) :]

    def retype(self, expected: Sequence[ValType]) -> None:
        """Pop *expected* and push them: what lies there has from now on these types, and no more precise ones."""
        if self.operands[len(self.operands) - len(expected) :] != expected:
            self.pop_all(expected)
            self.operands += expected

    def check(self, expected: Sequence[ValType]) -> None:
        """Refuse unless the top of the stack matches *expected*. Changes nothing."""
        operands = self.operands
        frame = self.frames[-1]
        there = min(len(expected), len(operands) - frame.height - 1)
        top = operands[len(operands) - there :]
        wanted = expected[len(expected) - there :]
        if top == wanted:
            fits = True
        else:
            fits = all(map(self.context.matches, top, wanted))
        if not fits or (there < len(expected) and not frame.unreachable):
            raise Mismatch(expected, top)

    def enter(self, row: Opcode, params: list[ValType], results: list[ValType], label: list[ValType]) -> None:
        """Open a block whose *params* lie on the stack, already popped; they are pushed above its floor."""
        operands = self.operands
        frames = self.frames
        if len(frames) > self.context.limits.nesting:
            raise Invalid(f"too many nested blocks: more than {self.context.limits.nesting}")
        frames.append(Frame(row, params, results, label, len(operands), self.locals.initialised))
        operands.append(FLOOR)
        if params:
            self.push_all(params)

    def leave(self) -> Frame:
        """Close the innermost block. Its results must be all that lies above its floor; they are popped, as is the floor."""
        frame = self.frames[-1]
        operands = self.operands
        self.pop_all(frame.results)
        if len(operands) != frame.height + 1:
            raise Invalid(
                f"type mismatch: block requires {listed(frame.results)} but stack has "
                f"{listed([*operands[frame.height + 1 :], *frame.results])}"
            )
        operands.pop()
        self.frames.pop()
        self.locals.forget(frame.inits)
        return frame

    def unreachable(self) -> None:
        """From here to the end of the block nothing runs: the stack holds whatever anybody wants."""
        frame = self.frames[-1]
        del self.operands[frame.height + 1 :]
        frame.unreachable = True

    def label(self, x: int) -> list[ValType]:
        """The types that a branch to label *x* carries; 0 is the innermost."""
        if x >= len(self.frames):
            raise Invalid(f"unknown label {x}: the outermost one is {len(self.frames) - 1}")
        return self.frames[~x].label


def listed(ts: Sequence[ValType]) -> str:
    """*ts* as the specification writes them: "[i32 i64]"."""
    shown = [*ts[:2], "…", *ts[-6:]] if len(ts) > 10 else ts
    return f"[{' '.join(map(str, shown))}]"
