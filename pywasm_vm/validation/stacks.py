"""Operand and control stacks of the validator.

Lives here: pushing, popping, unreachable code, the types of labels, the types of locals. Everything the appendix calls vals,
ctrls and inits.
Not here: what a particular instruction does (control.py, memory.py, reference.py) and how types compare (matching.py).

The stacks hold types, never values. Below the operands of each block lies FLOOR, which is no type of the language: whoever looks
at the top of the stack and finds the type he wants need not ask how high the stack is. Code that cannot be reached has ABYSS
instead, which yields BOT for ever.

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

__all__ = ["ABYSS", "BOTTOM", "FLOOR", "Frame", "Mismatch", "Stacks", "listed"]

FLOOR: Final = NumType("floor")
"""Lies below the operands of a block."""

ABYSS: Final = NumType("abyss")
"""Lies there instead when the code cannot be reached: it has operands of all types."""

_ANY: Final = NumType("anything")
_ANY_REF: Final = NumType("a reference")
"""These stand in messages for types that are not further known."""

BOTTOM: Final = 2
"""Floors below the one of the outermost block, so that nobody who looks at the topmost operands falls off the list."""


class Mismatch(Exception):
    """The operands are not those that the instruction wants. Becomes an `Invalid` that names the instruction."""

    def __init__(self, expected: Sequence[ValType], held: Sequence[ValType]) -> None:
        self.expected = expected
        self.held = held
        super().__init__(expected, held)


class Frame:
    """A block that is open. Never changes, so blocks of the same kind and type may share one.

    *label* holds the types that a branch to it carries; *inits* is how many locals had been initialised when it began, where
    that matters.
    """

    __slots__ = ("inits", "is_void", "label", "params", "results", "row")

    def __init__(
        self, row: Opcode, params: list[ValType], results: list[ValType], label: list[ValType], inits: int | None = None
    ) -> None:
        self.row = row
        self.params = params
        self.results = results
        self.label = label
        self.inits = inits
        self.is_void = not params and not results and inits is None
        """Its end asks for nothing but that nothing is left."""


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

    def push_all(self, ts: list[ValType]) -> None:
        """Put *ts* on the stack, the last one on top."""
        self.operands += ts
        # One operand costs the module a byte at least, but many at once are cheap to ask for.
        if len(ts) > 1 and len(self.operands) > self.context.limits.operands:
            raise Invalid(f"too many operands: the stack grows beyond {self.context.limits.operands}")

    def pop(self, expected: ValType) -> ValType:
        """Take the top of the stack, which must match *expected*. Gives what it was."""
        given = self.operands[-1]
        if given is ABYSS:
            return BOT
        if given is FLOOR:
            raise Mismatch([expected], [])
        if given is not expected and not self.context.matches(given, expected):
            raise Mismatch([expected], [given])
        return self.operands.pop()

    def pop_any(self) -> ValType:
        """Take whatever is on top; BOT when unreachable code has nothing left."""
        given = self.operands[-1]
        if given is ABYSS:
            return BOT
        if given is FLOOR:
            raise Mismatch([_ANY], [])
        return self.operands.pop()

    def pop_ref(self) -> RefType:
        """Take a reference of whatever type; BOT_REF when unreachable code has nothing left."""
        given = self.pop_any()
        if isinstance(given, RefType):
            return given
        if given is BOT:
            return BOT_REF
        raise Mismatch([_ANY_REF], [given])

    def pop_all(self, expected: list[ValType]) -> None:
        """Take as many operands as *expected* has, the last one first. They must match."""
        count = len(expected)
        if not count:
            return
        operands = self.operands
        if operands[-count:] == expected:
            del operands[-count:]
            return
        self._check_each(expected)
        for _ in expected:
            # Unreachable code may ask for a thousand operands again and again, and get them from nothing.
            if operands[-1] is ABYSS:
                return
            operands.pop()

    def check(self, expected: list[ValType]) -> None:
        """Refuse unless the top of the stack matches *expected*. Changes nothing."""
        if expected and self.operands[-len(expected) :] != expected:
            self._check_each(expected)

    def retype(self, expected: list[ValType]) -> None:
        """Pop *expected* and push them: what lies there has from now on these types, and no more precise ones."""
        if expected and self.operands[-len(expected) :] != expected:
            self.pop_all(expected)
            self.push_all(expected)

    def _check_each(self, expected: list[ValType]) -> None:
        matches = self.context.matches
        for count, (given, wanted) in enumerate(zip(reversed(self.operands), reversed(expected), strict=False)):
            if given is ABYSS:
                return
            if given is FLOOR or not matches(given, wanted):
                held = self.operands[-len(expected) :] if given is not FLOOR else self.operands[len(self.operands) - count :]
                raise Mismatch(expected, _above_floor(held))

    def enter(self, row: Opcode, params: list[ValType], results: list[ValType], label: list[ValType]) -> None:
        """Open a block. Its *params* have been popped; they are pushed above its floor."""
        frames = self.frames
        if len(frames) > self.context.limits.nesting:
            raise Invalid(f"too many nested blocks: more than {self.context.limits.nesting}")
        frames.append(Frame(row, params, results, label, self.locals.mark()))
        self.operands.append(FLOOR)
        if params:
            self.push_all(params)

    def leave(self) -> Frame:
        """Close the innermost block. Its results must be all that lies above its floor; they are popped, as is the floor."""
        frame = self.frames[-1]
        operands = self.operands
        self.pop_all(frame.results)
        if operands[-1] is not FLOOR and operands[-1] is not ABYSS:
            held = _above_floor([*operands, *frame.results])
            raise Invalid(f"type mismatch: block requires {listed(frame.results)} but stack has {listed(held)}")
        operands.pop()
        self.frames.pop()
        if frame.inits is not None:
            self.locals.forget(frame.inits)
        return frame

    def unreachable(self) -> None:
        """From here to the end of the block nothing runs: the stack holds whatever anybody wants."""
        operands = self.operands
        top = operands.pop()
        while top is not FLOOR and top is not ABYSS:
            top = operands.pop()
        operands.append(ABYSS)

    def label(self, x: int) -> list[ValType]:
        """The types that a branch to label *x* carries; 0 is the innermost."""
        if x >= len(self.frames):
            raise Invalid(f"unknown label {x}: the outermost one is {len(self.frames) - 1}")
        return self.frames[~x].label


def _above_floor(ts: list[ValType]) -> list[ValType]:
    """The operands of the innermost block among *ts*."""
    height = next((x for x in range(len(ts) - 1, -1, -1) if ts[x] is FLOOR or ts[x] is ABYSS), -1)
    return ts[height + 1 :]


def listed(ts: Sequence[ValType]) -> str:
    """*ts* as the specification writes them: "[i32 i64]"."""
    shown = [*ts[:2], "…", *ts[-6:]] if len(ts) > 10 else ts
    return f"[{' '.join(map(str, shown))}]"
