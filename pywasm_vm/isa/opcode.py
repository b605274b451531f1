"""The row: what the instruction table says of one kind of instruction.

Lives here: `Opcode` (the row), the kinds of immediates, the effects, and the reading of "i32 i32 -> i32".
Not here: the rows themselves (control.py, numeric.py, memory.py, reference.py, vector.py) and all behaviour.

A row holds words and numbers. Each reader turns the words into what it needs, once, at import.

spec: appendix/index-instructions
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto, unique

from pywasm_vm.features import Feature

__all__ = ["Effect", "Imm", "Opcode", "row", "stack_words"]


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


@unique
class Imm(Enum):
    """The kinds of immediates. The value says what stands in `Instr` for it."""

    BLOCKTYPE = "BlockType: None, a ValType, or a type index"
    LABELIDX = "int, 0 is the innermost label"
    LABELS = "tuple of label indices; the default stands last"
    CATCHES = "tuple of (kind, tag index or None, label index)"
    FUNCIDX = "int, in the function index space"
    TYPEIDX = "int, in the type index space"
    TABLEIDX = "int, in the table index space"
    MEMIDX = "int, in the memory index space"
    GLOBALIDX = "int, in the global index space"
    LOCALIDX = "int, parameters first"
    TAGIDX = "int, in the tag index space"
    ELEMIDX = "int, which element segment"
    DATAIDX = "int, which data segment"
    FIELDIDX = "int, in the fields of the struct type that stands before it"
    COUNT = "int, how many operands to take"
    VALTYPES = "tuple of ValType"
    HEAPTYPE = "HeapType"
    CAST = "(RefType, RefType): from and to"
    MEMARG = "MemArg"
    LANE = "int, which lane"
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
    """In the order of the binary format, and so of the tuple in `Instr`."""
    py: str | None = None
    """An expression of Python over the operands {0}, {1} … and the immediates {i0}, {i1} …, each operand at most once. Whoever
    fills it puts parentheses around operands that are not names or literals, and around the whole before it becomes an operand.
    Integers and vectors are unsigned, comparisons give bools. None: the helper of the name `name` in numerics, or an emitter of
    that mnemonic."""
    c: str | None = None
    """The same in C."""
    wraps: bool = False
    """`py` gives a result that is right modulo 2**n only (it may be negative, or too large), and is content with operands that
    are; n is the width of each one's type. False: operands must be exact, and so is the result."""
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


_CONSTANTS = {
    "S32": "0x80000000",
    "M32": "0xFFFFFFFF",
    "R32": "0x100000001",
    "S64": "0x8000000000000000",
    "M64": "0xFFFFFFFFFFFFFFFF",
    "R64": "0x10000000000000001",
    "M128": "0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "REP8": "0x01010101010101010101010101010101",
    "REP16": "0x00010001000100010001000100010001",
    "REP32": "0x00000001000000010000000100000001",
    "TOP32": "0x80000000800000008000000080000000",
    "LOW32": "0x7FFFFFFF7FFFFFFF7FFFFFFF7FFFFFFF",
    "TOP64": "0x80000000000000008000000000000000",
    "LOW64": "0x7FFFFFFFFFFFFFFF7FFFFFFFFFFFFFFF",
}
"""What the short words in the `py` of a row stand for. Literals cost emitted code no look-up."""


def row(
    mnemonic: str,
    code: int | tuple[int, int],
    stack: str | None,
    effect: Effect,
    *,
    imm: Imm | tuple[Imm, ...] = (),
    width: int = 0,
    py: str | None = None,
    wraps: bool = False,
    const: bool | Feature = False,
    since: Feature | None = None,
    spec: str = "",
) -> Opcode:
    """A row, written so that it fits on a line.

    *const* is the feature that made the instruction constant, or True when it always was. *spec* is left out where the anchor is
    the mnemonic. In *py* the words S32 and S64 (sign bits), M32, M64 and M128 (masks), R32 and R64 (2**n + 1) stand for literals.
    For the lanes of a vector REP8, REP16 and REP32 repeat the number 1, TOP32 and TOP64 the sign bit, LOW32 and LOW64 all others.
    """
    for word, literal in _CONSTANTS.items():
        py = py and py.replace(word, literal)
    return Opcode(
        mnemonic,
        (code,) if isinstance(code, int) else code,
        stack,
        effect,
        (imm,) if isinstance(imm, Imm) else imm,
        py=py,
        wraps=wraps,
        width=width,
        const=const is not False,
        const_since=const if isinstance(const, Feature) else None,
        since=since,
        spec=spec or mnemonic,
    )


def stack_words(stack: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What *stack* pops and what it pushes, as words, the top of the stack last.

    >>> stack_words("i32 i32 -> i32")
    (('i32', 'i32'), ('i32',))
    """
    pops, arrow, pushes = stack.partition("->")
    if not arrow:
        raise ValueError(f"no arrow in the stack type {stack!r}")
    return tuple(pops.split()), tuple(pushes.split())
