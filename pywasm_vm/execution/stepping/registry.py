"""Which function runs which instruction.

Lives here: the registries `steps` and `operand`, and what operands are prepared from.
Not here: the functions; each family registers its own.

A step is a function of a frame and an operand. The operand is made once, when a body is prepared: the only immediate, or the
tuple of them, unless a function registered with `operand` makes something better (where a block ends, a float from its bits).

spec: exec/instructions
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from pywasm_vm.execution.stepping.configuration import Frame
from pywasm_vm.isa.opcode import Opcode
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.structure.instructions import BlockType
from pywasm_vm.structure.types import FuncType

__all__ = ["OPERANDS", "STEPS", "Construct", "Handler", "Operand", "Scope", "operand", "steps"]

Handler: TypeAlias = Callable[[Frame, Any], int | None]


@dataclass(slots=True)
class Construct:
    """A block, loop or if, by positions in the body."""

    start: int
    is_loop: bool
    end: int = -1
    else_: int = -1
    cost: int = 0
    """Instructions inside that stand in no loop further inside: what arriving at the head of a loop costs."""
    handlers: list[tuple[int | None, int]] = field(default_factory=list)
    """Of a legacy `try`: the tag of each handler (None for every exception), and the position where it begins."""
    delegate: int | None = None
    """Of a legacy `try` without handlers: the label that gets its exceptions, counted from outside."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an operand may be prepared from: the types of the module, those of its tags, the constructs of the body.

    Constructs are found by where they begin; an `else` and a legacy `catch` find the one they belong to. *arity* is the number of
    results of the function.
    """

    types: Sequence[FuncType | None]
    tags: Sequence[int]
    constructs: Mapping[int, Construct]
    arity: int

    def arities(self, blocktype: BlockType) -> tuple[int, int]:
        """How many operands a block takes and gives."""
        if blocktype is None:
            return 0, 0
        if not isinstance(blocktype, int):
            return 0, 1
        functype = self.types[blocktype]
        assert functype is not None
        return len(functype.params), len(functype.results)

    def tag_arity(self, tag: int) -> int:
        """How many values an exception with that tag carries."""
        functype = self.types[self.tags[tag]]
        assert functype is not None
        return len(functype.params)


Operand: TypeAlias = Callable[[Scope, Any, int], Any]
"""Makes the operand from the scope, the immediates and the position of the instruction."""

STEPS: dict[Opcode, Handler] = {}
OPERANDS: dict[Opcode, Operand] = {}

AnyHandler = TypeVar("AnyHandler", bound=Handler)
AnyOperand = TypeVar("AnyOperand", bound=Operand)


def steps(*mnemonics: str) -> Callable[[AnyHandler], AnyHandler]:
    """A decorator: the function runs the instructions of these names."""

    def register(handler: AnyHandler) -> AnyHandler:
        for mnemonic in mnemonics:
            STEPS[BY_MNEMONIC[mnemonic]] = handler
        return handler

    return register


def operand(*mnemonics: str) -> Callable[[AnyOperand], AnyOperand]:
    """A decorator: the function makes the operands of the instructions of these names."""

    def register(maker: AnyOperand) -> AnyOperand:
        for mnemonic in mnemonics:
            OPERANDS[BY_MNEMONIC[mnemonic]] = maker
        return maker

    return register
