"""Types and limits as bytes.

Lives here: one function per type of the specification, from a cursor to the type.
Not here: whether a type index exists, or a subtype may be one (validation).

A negative number of one byte names a type, a number that is not negative is a type index: that is why a heap type and a block
type are read as signed numbers of 33 bits.

spec: binary/types
"""

from __future__ import annotations

from pywasm_vm.binary.reader import Reader
from pywasm_vm.errors import Malformed
from pywasm_vm.features import Feature, Features, needs
from pywasm_vm.structure.instructions import BlockType
from pywasm_vm.structure.types import (
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    V128,
    AbsHeapType,
    AddrType,
    ArrayType,
    CompType,
    ExactType,
    FieldType,
    FuncType,
    GlobalType,
    HeapType,
    Limits,
    MemType,
    PackType,
    RecType,
    RefType,
    StorageType,
    StructType,
    SubType,
    TableType,
    TagType,
    ValType,
)

__all__ = [
    "BLOCKTYPES",
    "globaltype",
    "heaptype",
    "memtype",
    "mutability",
    "rectype",
    "reftype",
    "tabletype",
    "tagtype",
    "valtype",
]

NUMBER_TYPES: dict[int, ValType] = {0x7F: I32, 0x7E: I64, 0x7D: F32, 0x7C: F64, 0x7B: V128}

PACK_TYPES: dict[int, PackType] = {0x78: I8, 0x77: I16}

HEAP_TYPES: dict[int, AbsHeapType] = {
    0x74: AbsHeapType.NOEXN,
    0x73: AbsHeapType.NOFUNC,
    0x72: AbsHeapType.NOEXTERN,
    0x71: AbsHeapType.NONE,
    0x70: AbsHeapType.FUNC,
    0x6F: AbsHeapType.EXTERN,
    0x6E: AbsHeapType.ANY,
    0x6D: AbsHeapType.EQ,
    0x6C: AbsHeapType.I31,
    0x6B: AbsHeapType.STRUCT,
    0x6A: AbsHeapType.ARRAY,
    0x69: AbsHeapType.EXN,
}

VALUE_TYPES: dict[int, ValType] = NUMBER_TYPES | {byte: RefType(True, heap) for byte, heap in HEAP_TYPES.items()}
"""Every value type of one byte."""

BLOCKTYPES: list[tuple[BlockType] | None] = [
    (None,) if byte == 0x40 else (VALUE_TYPES[byte],) if byte in VALUE_TYPES else (byte,) if byte < 0x40 else None
    for byte in range(256)
]
"""Every block type of one byte, as the immediates of an instruction; None where more bytes belong to it, or none will do."""

REF, REF_NULL, EXACT = 0x64, 0x63, 0x62
FUNC, STRUCT, ARRAY = 0x60, 0x5F, 0x5E
SUB, SUB_FINAL, REC, DESCRIPTOR, DESCRIBES = 0x50, 0x4F, 0x4E, 0x4D, 0x4C


def heaptype(reader: Reader) -> HeapType:
    """A named heap type, a type index, or the byte EXACT and a type index."""
    start = reader.position
    byte = reader.byte()
    named = HEAP_TYPES.get(byte)
    if named is not None:
        return named
    if byte == EXACT:
        return ExactType(_heap_index(reader))
    reader.position = start
    return _heap_index(reader)


def _heap_index(reader: Reader) -> int:
    start = reader.position
    index = reader.signed(33)
    if index < 0:
        raise Malformed(f"malformed heap type: {reader.data[start]:#x}", offset=start)
    return index


def reftype(reader: Reader) -> RefType:
    """A reference type."""
    start = reader.position
    found = _valtype(reader)
    if not isinstance(found, RefType):
        raise Malformed("malformed reference type", offset=start)
    return found


def valtype(reader: Reader) -> ValType:
    """A value type."""
    start = reader.position
    found = _valtype(reader)
    if found is None:
        raise Malformed(f"malformed value type: {reader.data[start]:#x}", offset=start)
    return found


def _valtype(reader: Reader) -> ValType | None:
    byte = reader.byte()
    found = VALUE_TYPES.get(byte)
    if found is None and byte in (REF, REF_NULL):
        return RefType(byte == REF_NULL, heaptype(reader))
    return found


def blocktype(reader: Reader) -> BlockType:
    """Nothing, a value type, or a type index."""
    start = reader.position
    byte = reader.byte()
    short = BLOCKTYPES[byte]
    if short is not None:
        return short[0]
    reader.position = start
    if byte in (REF, REF_NULL):
        return valtype(reader)
    index = reader.signed(33)
    if index < 0:
        raise Malformed(f"malformed block type: {byte:#x}", offset=start)
    return index


def mutability(reader: Reader) -> bool:
    """Whether a global or a field may be changed."""
    start = reader.position
    byte = reader.byte()
    if byte > 1:
        raise Malformed(f"malformed mutability: {byte:#x} is neither 0 nor 1", offset=start)
    return byte == 1


def _fieldtype(reader: Reader) -> FieldType:
    start = reader.position
    byte = reader.byte()
    storage: StorageType | None = PACK_TYPES.get(byte)
    if storage is None:
        reader.position = start
        try:
            storage = _valtype(reader)
        except Malformed as error:
            if not error.reason.startswith("malformed heap type"):
                raise
            raise Malformed(f"malformed storage type: {error.reason}", offset=error.offset) from None
    if storage is None:
        raise Malformed(f"malformed storage type: {byte:#x}", offset=start)
    return FieldType(storage, mutability(reader))


def _comptype(reader: Reader, start: int, byte: int) -> CompType:
    if byte == FUNC:
        params = tuple([valtype(reader) for _ in range(reader.count())])
        return FuncType(params, tuple([valtype(reader) for _ in range(reader.count())]))
    if byte == STRUCT:
        return StructType(tuple([_fieldtype(reader) for _ in range(reader.count())]))
    if byte == ARRAY:
        return ArrayType(_fieldtype(reader))
    reason = "integer representation too long" if byte >= 0x80 else "malformed definition type"
    raise Malformed(f"{reason}: {byte:#x}", offset=start)


def _subtype(reader: Reader, start: int, byte: int) -> SubType:
    final = True
    supertypes: tuple[int, ...] = ()
    if byte in (SUB, SUB_FINAL):
        final = byte == SUB_FINAL
        supertypes = tuple([reader.u32() for _ in range(reader.count())])
        start = reader.position
        byte = reader.byte()
    # What it describes stands before what describes it.
    described: dict[int, int] = {}
    for clause in (DESCRIBES, DESCRIPTOR):
        if byte == clause:
            described[clause] = reader.u32()
            start = reader.position
            byte = reader.byte()
    return SubType(final, supertypes, _comptype(reader, start, byte), described.get(DESCRIPTOR), described.get(DESCRIBES))


def rectype(reader: Reader) -> RecType:
    """A recursive group; a single type stands for the group of itself."""
    start = reader.position
    byte = reader.byte()
    if byte != REC:
        return RecType((_subtype(reader, start, byte),))
    return RecType(tuple([_subtype(reader, reader.position, reader.byte()) for _ in range(reader.count())]))


def _limits(reader: Reader, flags: int) -> Limits:
    minimum = reader.u64()
    return Limits(minimum, reader.u64() if flags & 1 else None)


def tabletype(reader: Reader) -> TableType:
    """Element type and limits. Bit 0: there is a maximum. Bit 2: indices are i64."""
    element = reftype(reader)
    start = reader.position
    flags = reader.byte()
    if flags & ~0b101:
        raise Malformed(f"malformed limits flags: {flags:#x}", offset=start)
    return TableType(_limits(reader, flags), element, AddrType.I64 if flags & 4 else AddrType.I32)


_MEMORY_FLAGS = (
    (0b0010, Feature.THREADS, "a shared memory"),
    (0b1000, Feature.CUSTOM_PAGE_SIZES, "a memory with its own page size"),
)


def memtype(reader: Reader, features: Features) -> MemType:
    """Limits. Bit 0: there is a maximum. Bit 1: shared. Bit 2: addresses are i64. Bit 3: a page size follows.

    Bits 1 and 3 came with proposals, and without them in *features* they are no flags at all.
    """
    start = reader.position
    flags = reader.byte()
    if flags & ~0b1111:
        raise Malformed(f"malformed limits flags: {flags:#x}", offset=start)
    for flag, feature, what in _MEMORY_FLAGS:
        if flags & flag and feature not in features:
            raise Malformed(f"malformed limits flags: {flags:#x}: {needs(what, feature)}", offset=start)
    limits = _limits(reader, flags)
    page_size = 65536
    if flags & 8:
        start = reader.position
        exponent = reader.u32()
        if exponent > 63:
            raise Malformed(f"invalid custom page size: 2**{exponent} bytes", offset=start)
        page_size = 1 << exponent
    return MemType(limits, AddrType.I64 if flags & 4 else AddrType.I32, bool(flags & 2), page_size)


def globaltype(reader: Reader) -> GlobalType:
    """Value type and mutability."""
    value = valtype(reader)
    return GlobalType(value, mutability(reader))


def tagtype(reader: Reader) -> TagType:
    """The index of a function type, behind a byte that is kept for other sorts of tags."""
    start = reader.position
    if reader.byte() != 0:
        raise Malformed("zero byte expected: the only sort of tag is an exception", offset=start)
    return TagType(reader.u32())
