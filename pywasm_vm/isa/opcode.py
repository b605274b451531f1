"""The row: what the instruction table says of one kind of instruction.

Lives here: `Opcode` (the row), the kinds of immediates, the effects, and the reading of "i32 i32 -> i32".
Not here: the rows themselves (control.py, numeric.py, memory.py, reference.py, vector.py) and all behaviour.

A row holds words and numbers. Each reader turns the words into what it needs, once, at import.

spec: appendix/index-instructions
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from pywasm_vm.features import Feature

__all__ = ["Effect", "Imm", "Opcode", "stack_words"]


class Effect(Enum):
    """What running the instruction may do besides giving its results.

    Emitters read it to keep the order of evaluation: an expression that waits to be written down must be written before a
    step whose effect could change what it reads.
    """

    PURE = auto()
    """Depends on its operands alone and always gives results."""
    TRAPS = auto()
    """Depends on its operands alone and may trap."""
    READS = auto()
    """Reads memory, a table or a global; may trap."""
    WRITES = auto()
    """Changes memory, a table, a global or a local; may trap."""
    CONTROL = auto()
    """Leaves the straight line: blocks, branches, calls, traps on purpose."""


class Imm(Enum):
    """The kinds of immediates. The value says what stands in `Instr` for it."""

    BLOCKTYPE = "BlockType: None, a ValType, or a type index"
    LABELIDX = "int, 0 is the innermost label"
    LABELS = "tuple of label indices; the default stands last"
    CATCHES = "tuple of (kind, tag index or None, label index)"
    FUNCIDX = "int, in the function index space"
    TYPEIDX = "int, in the type index space"
    TABLEIDX = "int"
    MEMIDX = "int"
    GLOBALIDX = "int"
    LOCALIDX = "int, parameters first"
    TAGIDX = "int"
    ELEMIDX = "int"
    DATAIDX = "int"
    FIELDIDX = "int, in the fields of the struct type that stands before it"
    COUNT = "int, how many operands to take"
    VALTYPES = "tuple of ValType"
    HEAPTYPE = "HeapType"
    CAST = "(RefType, RefType): from and to"
    MEMARG = "MemArg"
    LANE = "int"
    LANES = "tuple of 16 ints"
    I32 = "int, 0 to 2**32 - 1"
    I64 = "int, 0 to 2**64 - 1"
    F32 = "int, the 32 bits"
    F64 = "int, the 64 bits"
    V128 = "bytes, 16 of them, the first is lane 0 of i8x16"
    ORDER = "int, the memory order of an atomic.fence"


@dataclass(frozen=True, slots=True, eq=False)
class Opcode:
    """One kind of instruction. Two rows are equal only when they are the same row."""

    mnemonic: str
    code: tuple[int, ...]
    """(byte,) or (prefix, number)."""
    stack: str | None
    """Words with the top on the right, "addr i32 -> i32". `addr` is the address type of the memory or table that the immediate
    names. None when words cannot say it: then a rule of that name exists in validation."""
    effect: Effect
    immediates: tuple[Imm, ...] = ()
    py: str | None = None
    """An expression of Python over the operands {0}, {1} … and the immediates {i0}, {i1} …, each operand at most once. None: the
    helper of the name `name` in numerics, or an emitter of that mnemonic."""
    c: str | None = None
    """The same in C."""
    wraps: bool = False
    """`py` gives a result that is right modulo 2**n only, and is content with operands that are; n is the result's width."""
    width: int = 0
    """Bytes that a load or store touches; 0 for all others. Bounds the alignment."""
    const: bool = False
    """Allowed in constant expressions (since extended-const, where `const_since` says so)."""
    const_since: Feature | None = None
    since: Feature | None = None
    """The feature that brought it; None for Wasm 1.0."""
    spec: str = ""
    """The anchor word: gives valid-binop and exec-binop."""
    name: str = field(init=False)
    """The mnemonic as an identifier of Python and C: `i32_div_s`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.mnemonic.replace(".", "_"))

    def __repr__(self) -> str:
        return f"<{self.mnemonic}>"


def stack_words(stack: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What *stack* pops and what it pushes, as words, the top of the stack last.

    >>> stack_words("i32 i32 -> i32")
    (('i32', 'i32'), ('i32',))
    """
    pops, arrow, pushes = stack.partition("->")
    if not arrow:
        raise ValueError(f"no arrow in the stack type {stack!r}")
    return tuple(pops.split()), tuple(pushes.split())
