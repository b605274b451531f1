"""An occurrence of an instruction, and the immediates that need a shape of their own.

Lives here: `Instr`, `MemArg`, `BlockType`, what an expression is, and when two of them are equal.
Not here: what instructions exist (isa) and what bytes they are written in (binary).

An `Instr` is a plain tuple, because a large module has millions of them: `for row, immediates, offset in expression`.
The offset is the byte of the opcode in the module, or the position of the word in the text.

spec: syntax/instructions
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import NamedTuple, TypeAlias

from pywasm_vm.isa.opcode import Opcode
from pywasm_vm.structure.types import ValType

__all__ = ["BlockType", "Expr", "Expression", "Instr", "MemArg", "same_instructions"]

Instr: TypeAlias = tuple[Opcode, tuple[object, ...], int]
"""(row, immediates, offset). The immediates stand in the order of the row's `immediates`."""

Expr: TypeAlias = Iterable[Instr]
"""A flat sequence in the order of the source, ended by its own `end`. May be iterated more than once; a function body out of a
binary is decoded anew each time, so that a large module costs only its bytes."""


def same_instructions(one: Expr, other: Expr) -> bool:
    """Whether both hold the same instructions with the same immediates, wherever they were written."""
    return all(
        a is not None and b is not None and a[0] is b[0] and a[1] == b[1] for a, b in zip_longest(one, other, fillvalue=None)
    )


class Expression(tuple[Instr, ...]):
    """An expression that is there as a tuple. Offsets take no part in equality, so the same text and bytes give equal ones."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return same_instructions(self, other) if isinstance(other, Iterable) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(tuple([(row, immediates) for row, immediates, _ in self]))


class MemArg(NamedTuple):
    """The immediate of loads and stores. *align* is the exponent of two, *offset* is in bytes."""

    align: int
    offset: int
    memory: int = 0


BlockType: TypeAlias = ValType | int | None
"""One result, the index of a function type, or no result."""
