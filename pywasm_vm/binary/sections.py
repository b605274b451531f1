"""One function per section: from a cursor over the section's content to the members of the module.

Lives here: what stands in each section, and the limits on how much may.
Not here: the order of sections and the counts that must agree between them (decode.py); custom sections (custom.py).

Function bodies are passed over by their size, and the long lists (functions, data segments, functions in element segments) are
only found here: their members are made when somebody looks (lazy.py). The C core finds them faster, where it is there. Repeated
things (types, element expressions) are made once and shared, so that a module of many small entries stays small in memory.

spec: binary/modules
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

from pywasm_vm.binary.instructions import decode_expression
from pywasm_vm.binary.lazy import BinaryDatas, BinaryReferences
from pywasm_vm.binary.reader import Reader
from pywasm_vm.binary.types import VALUE_TYPES, globaltype, memtype, rectype, reftype, tabletype, tagtype
from pywasm_vm.errors import Malformed
from pywasm_vm.features import Features
from pywasm_vm.limits import Limits
from pywasm_vm.native.scan import scan_bodies, scan_datas, scan_numbers
from pywasm_vm.structure.instructions import Expr, Expression
from pywasm_vm.structure.module import (
    Data,
    Elem,
    Export,
    ExternKind,
    Global,
    Import,
    ImportDesc,
    Mem,
    SegmentMode,
    Table,
    Tag,
)
from pywasm_vm.structure.types import FUNCREF, AbsHeapType, FuncType, RecType, RefType, SubType, TableType

__all__ = [
    "code_section",
    "data_count_section",
    "data_section",
    "element_section",
    "export_section",
    "function_section",
    "global_section",
    "import_section",
    "memory_section",
    "start_section",
    "table_section",
    "tag_section",
    "type_section",
]

Member = TypeVar("Member")

KINDS = (ExternKind.FUNC, ExternKind.TABLE, ExternKind.MEMORY, ExternKind.GLOBAL, ExternKind.TAG)
"""The kinds of imports and exports, at the position of their byte."""

EXACT_FUNC = 0x20
"""The kind of an imported function whose type is exactly the one named."""


def _list(reader: Reader, what: str, limit: int, member: Callable[[Reader], Member]) -> tuple[Member, ...]:
    return tuple([member(reader) for _ in range(_count(reader, what, limit))])


def _count(reader: Reader, what: str, limit: int) -> int:
    start = reader.position
    count = reader.count()
    if count > limit:
        raise Malformed(f"too many {what}: {count}, and the limit is {limit}", offset=start)
    return count


def _expression(reader: Reader) -> Expression:
    """A constant expression with its `end`. Short ones are all there is, so it is decoded at once."""
    instructions, reader.position = decode_expression(reader.data, reader.position, reader.end)
    return Expression(instructions)


def type_section(reader: Reader, limits: Limits) -> tuple[RecType, ...]:
    """Recursive groups. Groups of the same bytes are one object."""
    known: dict[bytes, RecType] = {}
    groups = []
    members = 0
    for _ in range(_count(reader, "types", limits.types)):
        start = reader.position
        group = _plain_function(reader)
        if group is None:
            group = rectype(reader)
            group = known.setdefault(reader.data[start : reader.position], group)
        groups.append(group)
        members += len(group.subtypes)
        if members > limits.types:
            raise Malformed(f"too many types: more than {limits.types}", offset=start)
    return tuple(groups)


def _plain_function(reader: Reader) -> RecType | None:
    """A function type whose counts and types have one byte each, as nearly all have; else None, and nothing is read."""
    data, start = reader.data, reader.position
    if data[start : start + 1] != b"\x60" or start + 3 > reader.end:
        return None
    params = data[start + 1]
    middle = start + 2 + params
    if params >= 0x80 or middle >= reader.end or data[middle] >= 0x80:
        return None
    end = middle + 1 + data[middle]
    if end > reader.end:
        return None
    group = _function_of_bytes(data[start + 2 : middle], data[middle + 1 : end])
    if group is not None:
        reader.position = end
    return group


@lru_cache(maxsize=4096)
def _function_of_bytes(params: bytes, results: bytes) -> RecType | None:
    """The same few types stand in all modules."""
    types = [[VALUE_TYPES.get(byte) for byte in content] for content in (params, results)]
    if None in types[0] or None in types[1]:
        return None
    return RecType((SubType(True, (), FuncType(*map(tuple, types))),))  # type: ignore[arg-type]


def import_section(reader: Reader, limits: Limits, features: Features) -> tuple[Import, ...]:
    """Module name, name, kind, and the type of what is imported."""

    def description(kind: ExternKind) -> ImportDesc:
        match kind:
            case ExternKind.FUNC:
                return reader.u32()
            case ExternKind.TABLE:
                return tabletype(reader)
            case ExternKind.MEMORY:
                return memtype(reader, features)
            case ExternKind.GLOBAL:
                return globaltype(reader)
            case ExternKind.TAG:
                return tagtype(reader)

    def member(reader: Reader) -> Import:
        start = reader.position
        module, name = reader.name(), reader.name()
        if reader.data[reader.position : reader.position + 1] == bytes([EXACT_FUNC]):
            reader.byte()
            return Import(module, name, ExternKind.FUNC, reader.u32(), start, exact=True)
        kind = _kind(reader, "import")
        return Import(module, name, kind, description(kind), start)

    return _list(reader, "imports", limits.imports, member)


def _kind(reader: Reader, what: str) -> ExternKind:
    start = reader.position
    byte = reader.byte()
    if byte >= len(KINDS):
        raise Malformed(f"malformed {what} kind: {byte:#x}", offset=start)
    return KINDS[byte]


def function_section(reader: Reader, limits: Limits) -> array[int]:
    """The type index of each function."""
    return _numbers(reader, _count(reader, "functions", limits.functions))


def _numbers(reader: Reader, count: int) -> array[int]:
    scanned = scan_numbers(reader.data, reader.position, reader.end, count)
    if scanned is not None:
        numbers, reader.position = scanned
        return numbers
    return array("I", [reader.u32() for _ in range(count)])


def table_section(reader: Reader, limits: Limits) -> tuple[Table, ...]:
    """Table types; 0x40 0x00 in front of one says that an expression for its elements follows."""

    def member(reader: Reader) -> Table:
        start = reader.position
        if reader.byte() != 0x40:
            reader.position = start
            return Table(tabletype(reader), None, start)
        if reader.byte() != 0:
            raise Malformed("zero byte expected", offset=start + 1)
        table: TableType = tabletype(reader)
        return Table(table, _expression(reader), start)

    return _list(reader, "tables", limits.tables, member)


def memory_section(reader: Reader, limits: Limits, features: Features) -> tuple[Mem, ...]:
    """Memory types."""

    def member(reader: Reader) -> Mem:
        start = reader.position
        return Mem(memtype(reader, features), start)

    return _list(reader, "memories", limits.memories, member)


def global_section(reader: Reader, limits: Limits) -> tuple[Global, ...]:
    """Global types with the expressions of their values."""

    def member(reader: Reader) -> Global:
        start = reader.position
        kind = globaltype(reader)
        return Global(kind, _expression(reader), start)

    return _list(reader, "globals", limits.globals, member)


def export_section(reader: Reader, limits: Limits) -> tuple[Export, ...]:
    """Name, kind and index."""

    def member(reader: Reader) -> Export:
        start = reader.position
        name = reader.name()
        return Export(name, _kind(reader, "export"), reader.u32(), start)

    return _list(reader, "exports", limits.exports, member)


def start_section(reader: Reader) -> int:
    """The index of the function that runs when the module is instantiated."""
    return reader.u32()


def tag_section(reader: Reader, limits: Limits) -> tuple[Tag, ...]:
    """Tag types."""

    def member(reader: Reader) -> Tag:
        start = reader.position
        return Tag(tagtype(reader), start)

    return _list(reader, "tags", limits.tags, member)


# Bits of the number in front of an element segment.
_NOT_ACTIVE, _EXPLICIT, _EXPRESSIONS = 1, 2, 4


def element_section(reader: Reader, limits: Limits) -> tuple[Elem, ...]:
    """Element segments, written in one of eight ways.

    Bit 0: passive or declarative, and bit 1 then says which. Bit 1 of an active one: table and type are written down. Bit 2:
    the elements are expressions, not function indices.
    """
    left = limits.segment_elements
    shared: dict[object, Expr] = {}

    def member(reader: Reader) -> Elem:
        nonlocal left
        start = reader.position
        flags = reader.u32()
        if flags > 7:
            raise Malformed(f"malformed elements segment kind: {flags:#x}", offset=start)
        table, place, mode = 0, None, SegmentMode.DECLARATIVE if flags & _EXPLICIT else SegmentMode.PASSIVE
        if not flags & _NOT_ACTIVE:
            mode = SegmentMode.ACTIVE
            table = reader.u32() if flags & _EXPLICIT else 0
            place = _expression(reader)
        kind = FUNCREF if flags & _EXPRESSIONS else RefType(False, AbsHeapType.FUNC)
        if flags & (_NOT_ACTIVE | _EXPLICIT):
            kind = reftype(reader) if flags & _EXPRESSIONS else _elemkind(reader)
        count = _count(reader, "elements of segments", left)
        left -= count
        items: Sequence[Expr]
        if flags & _EXPRESSIONS:
            items = tuple([_element_expression(reader, shared) for _ in range(count)])
        else:
            items = BinaryReferences(reader.data, reader.position, _numbers(reader, count))
        return Elem(kind, items, mode, table, place, start)

    return _list(reader, "element segments", limits.element_segments, member)


def _elemkind(reader: Reader) -> RefType:
    start = reader.position
    byte = reader.byte()
    if byte != 0:
        raise Malformed(f"malformed element kind: {byte:#x}", offset=start)
    return RefType(False, AbsHeapType.FUNC)


def _element_expression(reader: Reader, shared: dict[object, Expr]) -> Expr:
    start = reader.position
    expression = _expression(reader)
    return shared.setdefault(reader.data[start : reader.position], expression)


def code_section(reader: Reader, limits: Limits) -> array[int]:
    """Function bodies, each passed over by its size: offset and size of every entry, in turn."""
    count = _count(reader, "functions", limits.functions)
    most = limits.function_body_bytes
    scanned = scan_bodies(reader.data, reader.position, reader.end, count, most)
    if scanned is not None:
        places, reader.position = scanned
        return places
    places = array("I")
    for _ in range(count):
        start = reader.position
        size = reader.u32()
        if size > most:
            raise Malformed(f"function body too large: {size} bytes, and the limit is {most}", offset=start)
        start = reader.position
        if start + size > reader.end:
            raise Malformed(f"length out of bounds: a function of {size} bytes, {reader.end - start} are left", offset=start)
        places.extend((start, size))
        reader.position = start + size
    return places


def data_count_section(reader: Reader) -> int:
    """How many data segments will follow behind the code."""
    return reader.u32()


def data_section(reader: Reader, limits: Limits) -> Sequence[Data]:
    """Data segments. 0: active in memory 0, 1: passive, 2: active in the memory whose index follows."""
    count = _count(reader, "data segments", limits.data_segments)
    scanned = scan_datas(reader.data, reader.position, reader.end, count)
    if scanned is not None:
        words, seen, reader.position = scanned
        return BinaryDatas(reader.data, words, seen)

    def member(reader: Reader) -> Data:
        start = reader.position
        kind = reader.u32()
        if kind > 2:
            raise Malformed(f"malformed data segment kind: {kind:#x}", offset=start)
        memory = reader.u32() if kind == 2 else 0
        place = None if kind == 1 else _expression(reader)
        content = reader.take(reader.count())
        return Data(content, SegmentMode.PASSIVE if kind == 1 else SegmentMode.ACTIVE, memory, place, start)

    return tuple([member(reader) for _ in range(count)])
