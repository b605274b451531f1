"""Instructions as bytes: one reader per kind of immediate, and expressions as flat sequences of `Instr`.

Lives here: the loop over the bytes of an expression, what it needs to be fast, and `Body`, a function body left as bytes.
Not here: whether the operands of an instruction fit (validation).

A large module has millions of instructions, so the loop knows the immediates that nearly all of them have (none, an index, a
constant, a memarg, a block type) in their one- and two-byte forms, and shares the tuples of small immediates. All else goes
through `Reader` and the table `READERS`.

spec: binary/instructions
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat

from pywasm_vm.binary.reader import UNEXPECTED_END, Reader, read_signed, read_unsigned
from pywasm_vm.binary.types import BLOCKTYPES, blocktype, heaptype, valtype
from pywasm_vm.errors import Malformed
from pywasm_vm.features import Feature, needs
from pywasm_vm.isa.opcode import Imm, Opcode
from pywasm_vm.isa.table import ALL, BY_MNEMONIC, PREFIXED, SINGLE
from pywasm_vm.structure.instructions import Instr, MemArg, same_instructions
from pywasm_vm.structure.types import RefType

__all__ = ["Body", "decode_expression"]

Immediates = tuple[object, ...]

_BEYOND = 1_000
"""Instructions that are read behind the end of an expression before it is given up."""

MEMORY_IS_NAMED = 0x40
"""The bit of a memarg's flags that says that the index of a memory follows. Below it stands the alignment, above it nothing."""


# One reader for each kind of immediate


def _memarg(reader: Reader) -> MemArg:
    start = reader.position
    flags = reader.u32()
    if flags >= 2 * MEMORY_IS_NAMED:
        raise Malformed(f"malformed memop flags: {flags:#x}", offset=start)
    memory = reader.u32() if flags & MEMORY_IS_NAMED else 0
    return MemArg(flags % MEMORY_IS_NAMED, reader.u64(), memory)


def _labels(reader: Reader) -> tuple[int, ...]:
    count = reader.count() + 1
    position = reader.position
    content = reader.data[position : position + count]
    if len(content) == count and position + count <= reader.end and max(content) < 0x80:
        reader.position = position + count
        return tuple(content)
    return tuple([reader.u32() for _ in range(count)])


def _catches(reader: Reader) -> tuple[tuple[str, int | None, int], ...]:
    return tuple([_catch(reader) for _ in range(reader.count())])


def _catch(reader: Reader) -> tuple[str, int | None, int]:
    start = reader.position
    kind = reader.byte()
    if kind >= len(CATCH_KINDS):
        raise Malformed(f"malformed catch clause: {kind:#x}", offset=start)
    tag = reader.u32() if kind < 2 else None
    return CATCH_KINDS[kind], tag, reader.u32()


CATCH_KINDS = ("catch", "catch_ref", "catch_all", "catch_all_ref")


def _valtypes(reader: Reader) -> tuple[object, ...]:
    return tuple([valtype(reader) for _ in range(reader.count())])


def _zero(reader: Reader) -> int:
    start = reader.position
    byte = reader.byte()
    if byte:
        raise Malformed(f"zero byte expected: {byte:#x}", offset=start)
    return byte


_IMMEDIATE: dict[Imm, Callable[[Reader], object]] = {
    **dict.fromkeys(
        (
            Imm.LABELIDX,
            Imm.FUNCIDX,
            Imm.TYPEIDX,
            Imm.TABLEIDX,
            Imm.MEMIDX,
            Imm.GLOBALIDX,
            Imm.LOCALIDX,
            Imm.TAGIDX,
            Imm.ELEMIDX,
            Imm.DATAIDX,
            Imm.FIELDIDX,
            Imm.COUNT,
        ),
        Reader.u32,
    ),
    Imm.BLOCKTYPE: blocktype,
    Imm.LABELS: _labels,
    Imm.CATCHES: _catches,
    Imm.VALTYPES: _valtypes,
    Imm.HEAPTYPE: heaptype,
    Imm.MEMARG: _memarg,
    Imm.LANE: Reader.byte,
    Imm.LANES: lambda reader: tuple(reader.take(16)),
    Imm.I32: lambda reader: reader.signed(32) & 0xFFFF_FFFF,
    Imm.I64: lambda reader: reader.signed(64) & 0xFFFF_FFFF_FFFF_FFFF,
    Imm.F32: lambda reader: int.from_bytes(reader.take(4), "little"),
    Imm.F64: lambda reader: int.from_bytes(reader.take(8), "little"),
    Imm.V128: lambda reader: reader.take(16),
    Imm.ORDER: _zero,
}


def _cast_branch(reader: Reader) -> Immediates:
    """The immediates of br_on_cast: the flags that make the two types nullable stand in front of the label."""
    start = reader.position
    flags = reader.byte()
    if flags > 3:
        raise Malformed(f"malformed cast flags: {flags:#x}", offset=start)
    label = reader.u32()
    source = RefType(bool(flags & 1), heaptype(reader))
    return label, (source, RefType(bool(flags & 2), heaptype(reader)))


def _reader_of(row: Opcode) -> Callable[[Reader], Immediates]:
    if Imm.CAST in row.immediates:
        return _cast_branch
    kinds = [_IMMEDIATE[kind] for kind in row.immediates]
    if len(kinds) == 1:
        (only,) = kinds
        return lambda reader: (only(reader),)
    return lambda reader: tuple([kind(reader) for kind in kinds])


READERS: dict[Opcode, Callable[[Reader], Immediates]] = {row: _reader_of(row) for row in ALL}
"""For each row, from a cursor behind the opcode to the immediates."""

NEEDS_DATA_COUNT = frozenset(row for row in ALL if Imm.DATAIDX in row.immediates)
"""What may stand only in a module that announces its data segments, so that code can be checked before they are seen."""


# What the loop does for each opcode of one byte

PLAIN, SHORT, MEMARG, END, BLOCK, OTHER, ILLEGAL = range(7)


def _way(row: Opcode | None) -> int:
    if row is None:
        return ILLEGAL
    if row.mnemonic == "end":
        return END
    if row.mnemonic in ("else", "catch", "catch_all", "delegate"):
        return OTHER
    if len(row.immediates) != 1:
        return OTHER if row.immediates else PLAIN
    (kind,) = row.immediates
    if kind in (Imm.I32, Imm.I64) or _IMMEDIATE[kind] is Reader.u32:
        return SHORT
    return {Imm.MEMARG: MEMARG, Imm.BLOCKTYPE: BLOCK}.get(kind, OTHER)


WAYS = [_way(row) for row in SINGLE]

# A prefix is no opcode of its own, and 0xFF will never be one; the loop meets both as ILLEGAL and takes no row from here.
ROWS = [row if row is not None else BY_MNEMONIC["unreachable"] for row in SINGLE]

Numbers = list[tuple[int] | None]

INDICES: Numbers = [(byte,) if byte < 128 else None for byte in range(256)]
"""The immediates of an instruction whose one immediate is an index of that byte; None where it has more bytes."""

CONSTANTS: dict[Imm, Numbers] = {
    kind: [(byte if byte < 64 else byte - 128 & mask,) if byte < 128 else None for byte in range(256)]
    for kind, mask in ((Imm.I32, 0xFFFF_FFFF), (Imm.I64, 0xFFFF_FFFF_FFFF_FFFF))
}
"""The same for constants."""

SHORTS: list[Numbers | None] = [
    CONSTANTS.get(row.immediates[0], INDICES) if row is not None and way == SHORT else None
    for row, way in zip(SINGLE, WAYS, strict=True)
]

MEMARGS: list[list[tuple[MemArg] | None] | None] = [
    [(MemArg(align, offset),) if offset < 128 else None for offset in range(256)] if align < 8 else None for align in range(256)
]
"""The immediates of loads and stores, by the bytes of alignment and offset; None where they have more bytes."""

_longer_memargs: dict[int, tuple[MemArg]] = {}
"""Those with an offset of two bytes that have been met so far. At most 4 alignments x 2**12 offsets are kept."""


def _long_number(data: bytes, position: int, row: Opcode) -> tuple[tuple[int], int]:
    """The one immediate of *row*, which has more than one byte, and the position behind it."""
    (kind,) = row.immediates
    if kind is Imm.I32:
        value, position = read_signed(data, position, len(data), 32)
        return (value & 0xFFFF_FFFF,), position
    if kind is Imm.I64:
        value, position = read_signed(data, position, len(data), 64)
        return (value & 0xFFFF_FFFF_FFFF_FFFF,), position
    second = data[position + 1]
    if second < 0x80:
        return (data[position] & 0x7F | second << 7,), position + 2
    value, position = read_unsigned(data, position, len(data), 32)
    return (value,), position


def _long_memarg(data: bytes, position: int) -> tuple[tuple[MemArg], int]:
    """The memarg at *position*, which has more than two bytes, and the position behind it."""
    align = data[position]
    low, high = data[position + 1], data[position + 2]
    if align < 4 and low >= 0x80 and high < 0x20:
        offset = low & 0x7F | high << 7
        known = _longer_memargs.get(offset << 2 | align)
        if known is None:
            known = _longer_memargs[offset << 2 | align] = (MemArg(align, offset),)
        return known, position + 3
    if align < MEMORY_IS_NAMED:
        offset, position = read_unsigned(data, position + 1, len(data), 64)
        return (MemArg(align, offset),), position
    reader = Reader(data, position, len(data))
    return (_memarg(reader),), reader.position


def decode_expression(
    data: bytes, start: int, end: int, *, data_count: bool = True, memories: bool = True, nesting: int = 100_000
) -> tuple[list[Instr], int]:
    """The instructions from *start* up to the `end` that closes them, and the position behind it.

    *end* is where the section or function ends, *data_count* says whether a data count section was there, *memories* whether a
    load or store may name its memory, *nesting* how deep blocks may stand in one another.

    The loop does not look at *end*: an expression that passes it goes on in the bytes behind, and whatever is wrong there is
    what the official suite expects to hear.

    raises: Malformed.
    """
    rows, ways, shorts, memargs, blocktypes = ROWS, WAYS, SHORTS, MEMARGS, BLOCKTYPES
    instructions: list[Instr] = []
    opened: list[Opcode] = []
    immediates: Immediates | None
    position = start
    try:
        # An instruction takes a byte at least. Without this bound a body that never ends would be read to the end of the file.
        for _ in repeat(None, end - start + _BEYOND):
            opcode = data[position]
            short = shorts[opcode]
            if short is not None:
                immediates = short[data[position + 1]]
                if immediates is not None:
                    instructions.append((rows[opcode], immediates, position))
                    position += 2
                else:
                    immediates, after = _long_number(data, position + 1, rows[opcode])
                    instructions.append((rows[opcode], immediates, position))
                    position = after
                continue
            way = ways[opcode]
            if way == PLAIN:
                instructions.append((rows[opcode], (), position))
                position += 1
            elif way == MEMARG:
                offsets = memargs[data[position + 1]]
                immediates = offsets[data[position + 2]] if offsets is not None else None
                if immediates is not None:
                    instructions.append((rows[opcode], immediates, position))
                    position += 3
                else:
                    if not memories:
                        _refuse_memory(data, position + 1)
                    immediates, after = _long_memarg(data, position + 1)
                    instructions.append((rows[opcode], immediates, position))
                    position = after
            elif way == END:
                instructions.append((rows[opcode], (), position))
                position += 1
                if not opened:
                    break
                opened.pop()
            elif way == BLOCK:
                opened.append(rows[opcode])
                if len(opened) > nesting:
                    raise _too_deep(nesting, position)
                immediates = blocktypes[data[position + 1]]
                after = position + 2
                if immediates is None:
                    reader = Reader(data, position + 1, len(data))
                    immediates = (blocktype(reader),)
                    after = reader.position
                instructions.append((rows[opcode], immediates, position))
                position = after
            else:
                reader = Reader(data, position, len(data))
                row = _row(reader)
                _note_structure(row, opened, position)
                if len(opened) > nesting:
                    raise _too_deep(nesting, position)
                if not memories and row.width:
                    _refuse_memory(data, reader.position)
                immediates = READERS[row](reader)
                if row in NEEDS_DATA_COUNT and not data_count:
                    raise Malformed("data count section required", offset=position)
                instructions.append((row, immediates, position))
                position = reader.position
    except IndexError:
        raise Malformed(UNEXPECTED_END, offset=end) from None
    if position > end:
        raise Malformed("section size mismatch: an expression passes the end", offset=end)
    return instructions, position


def _row(reader: Reader) -> Opcode:
    """The row of the opcode at the cursor."""
    start = reader.position
    byte = reader.byte()
    row = SINGLE[byte]
    if row is not None:
        return row
    if byte not in PREFIXED:
        raise Malformed(f"illegal opcode {byte:02x}", offset=start)
    number = reader.u32()
    row = PREFIXED[byte].get(number)
    if row is None:
        raise Malformed(f"illegal opcode {byte:02x} {number:02x}", offset=start)
    return row


_ELSE, _IF, _TRY, _TRY_TABLE = (BY_MNEMONIC[word] for word in ("else", "if", "try", "try_table"))
_CATCH, _CATCH_ALL, _DELEGATE = (BY_MNEMONIC[word] for word in ("catch", "catch_all", "delegate"))

# word: (what it may follow in a block, what the block is after it)
_CONTINUES: dict[Opcode, tuple[tuple[Opcode, ...], Opcode | None]] = {
    _ELSE: ((_IF,), _ELSE),
    _CATCH: ((_TRY, _CATCH), _CATCH),
    _CATCH_ALL: ((_TRY, _CATCH), _CATCH_ALL),
    _DELEGATE: ((_TRY,), None),
}


def _note_structure(row: Opcode, opened: list[Opcode], offset: int) -> None:
    """Keep account of blocks: *opened* holds the word that began, or last continued, each one that is open."""
    if row is _TRY_TABLE:
        opened.append(row)
    elif row in _CONTINUES:
        before, after = _CONTINUES[row]
        if not opened or opened[-1] not in before:
            raise Malformed(f"END opcode expected: {row.mnemonic} has no {before[0].mnemonic}", offset=offset)
        opened.pop()
        if after is not None:
            opened.append(after)


def _refuse_memory(data: bytes, position: int) -> None:
    """Refuse the memarg at *position* if it names its memory."""
    flags, _ = read_unsigned(data, position, len(data), 32)
    if MEMORY_IS_NAMED <= flags < 2 * MEMORY_IS_NAMED:
        reason = needs("an access that names its memory", Feature.MULTI_MEMORY)
        raise Malformed(f"malformed memop flags: {flags:#x}: {reason}", offset=position)


def _too_deep(nesting: int, offset: int) -> Malformed:
    return Malformed(f"nesting too deep: more than {nesting} blocks in one another", offset=offset)


class Body:
    """A function body that is still bytes. Iterating over it decodes it; nothing is kept, so a large module costs its bytes."""

    __slots__ = ("data", "data_count", "end", "memories", "nesting", "start")

    def __init__(self, data: bytes, start: int, end: int, *, data_count: bool, nesting: int, memories: bool = True) -> None:
        self.data = data
        self.start = start
        self.end = end
        self.data_count = data_count
        self.memories = memories
        self.nesting = nesting

    def __iter__(self) -> Iterator[Instr]:
        """The instructions, the final `end` included.

        raises: Malformed, before the first one.
        """
        return iter(self.decode())

    def decode(self) -> list[Instr]:
        """The instructions as a list."""
        instructions, position = decode_expression(
            self.data, self.start, self.end, data_count=self.data_count, memories=self.memories, nesting=self.nesting
        )
        if position != self.end:
            raise Malformed("END opcode expected: bytes follow the end of the function", offset=position)
        return instructions

    def __eq__(self, other: object) -> bool:
        return self is other or same_instructions(self, other) if isinstance(other, Iterable) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple([(row, immediates) for row, immediates, _ in self]))

    def __repr__(self) -> str:
        return f"<body of {self.end - self.start} bytes at {self.start:#x}>"
