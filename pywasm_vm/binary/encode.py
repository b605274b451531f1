"""The way back: `Module` to bytes.

Lives here: `encode_module`, and one writer for each kind of immediate and each section.
Not here: how bytes are read (decode.py, sections.py, instructions.py), and whether the module is valid; what cannot be decoded
again cannot be in a `Module` either.

Numbers take as few bytes as they can, and sections that would be empty are left out. A name section and branch hints that came as
bytes are custom sections like others; those that came as text are written when nothing of that name is there.

spec: binary
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pywasm_vm.binary.decode import (
    CODE,
    CUSTOM,
    DATA,
    DATA_COUNT,
    ELEMENT,
    EXPORT,
    FUNCTION,
    GLOBAL,
    IMPORT,
    MAGIC,
    MEMORY,
    ORDER,
    START,
    TABLE,
    TAG,
    TYPE,
    VERSION,
)
from pywasm_vm.binary.instructions import CATCH_KINDS, MEMORY_IS_NAMED, NEEDS_DATA_COUNT
from pywasm_vm.binary.sections import EXACT_FUNC, KINDS
from pywasm_vm.binary.types import (
    ARRAY,
    DESCRIBES,
    DESCRIPTOR,
    EXACT,
    FUNC,
    HEAP_TYPES,
    PACK_TYPES,
    REC,
    REF,
    REF_NULL,
    STRUCT,
    SUB,
    SUB_FINAL,
    VALUE_TYPES,
)
from pywasm_vm.isa.opcode import Imm, Opcode
from pywasm_vm.isa.table import ALL, BY_MNEMONIC
from pywasm_vm.structure.instructions import Expr, MemArg
from pywasm_vm.structure.module import Custom, Elem, ExternKind, Func, Import, Module, Names, SegmentMode
from pywasm_vm.structure.types import (
    FUNCREF,
    AbsHeapType,
    AddrType,
    ExactType,
    FieldType,
    FuncType,
    GlobalType,
    HeapType,
    MemType,
    PackType,
    RecType,
    RefType,
    StructType,
    SubType,
    TableType,
    TagType,
    ValType,
)
from pywasm_vm.structure.types import Limits as SizeLimits

__all__ = ["WRITERS", "encode_module"]

Out = bytearray
Place = list[tuple[int, int]]

BRANCH_HINT = "metadata.code.branch_hint"


def encode_module(module: Module, *, names: bool = False) -> bytes:
    """The bytes of *module*. With *names* its names are written too, unless a name section is among its custom sections.

    spec: binary/modules
    """
    places: dict[int, Place] = {}
    contents = _sections(module, places)
    customs = list(module.customs)
    known = {custom.name for custom in customs}
    if module.hints and BRANCH_HINT not in known:
        customs.append(Custom(BRANCH_HINT, _hint_section(module.hints, places), ELEMENT))
    if names and "name" not in known and (said := _name_section(module.names)):
        customs.append(Custom("name", said, DATA))
    out = Out(MAGIC + VERSION)
    _write_customs(out, customs, CUSTOM)
    for section in ORDER:
        content = contents[section]
        if content is not None:
            out.append(section)
            _bytes(out, content)
        _write_customs(out, customs, section)
    return bytes(out)


def _write_customs(out: Out, customs: Iterable[Custom], after: int) -> None:
    for custom in customs:
        if custom.after == after:
            content = Out()
            _name(content, custom.name)
            content += custom.content
            out.append(CUSTOM)
            _bytes(out, content)


# Numbers, names, lists


def _unsigned(out: Out, value: int) -> None:
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _signed(out: Out, value: int) -> None:
    while not -0x40 <= value < 0x40:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)


def _bytes(out: Out, content: bytes | bytearray) -> None:
    _unsigned(out, len(content))
    out += content


def _name(out: Out, name: str) -> None:
    _bytes(out, name.encode("utf-8"))


def _list(out: Out, members: Iterable[Any], write: Callable[[Out, Any], None]) -> None:
    listed = list(members)
    _unsigned(out, len(listed))
    for member in listed:
        write(out, member)


# Types

_VALUES: dict[ValType, int] = {valtype: byte for byte, valtype in VALUE_TYPES.items()}
_HEAPS: dict[AbsHeapType, int] = {heap: byte for byte, heap in HEAP_TYPES.items()}
_PACKED: dict[PackType, int] = {packed: byte for byte, packed in PACK_TYPES.items()}


def _heaptype(out: Out, heap: HeapType) -> None:
    if isinstance(heap, AbsHeapType):
        out.append(_HEAPS[heap])
    elif isinstance(heap, ExactType):
        out.append(EXACT)
        _signed(out, heap.index)
    else:
        _signed(out, heap)


def _valtype(out: Out, valtype: ValType) -> None:
    byte = _VALUES.get(valtype)
    if byte is not None:
        out.append(byte)
    elif isinstance(valtype, RefType):
        out.append(REF_NULL if valtype.nullable else REF)
        _heaptype(out, valtype.heap)
    else:
        raise ValueError(f"no module holds a value of type {valtype!r}")


def _blocktype(out: Out, blocktype: ValType | int | None) -> None:
    if blocktype is None:
        out.append(0x40)
    elif isinstance(blocktype, int):
        _signed(out, blocktype)
    else:
        _valtype(out, blocktype)


def _fieldtype(out: Out, field: FieldType) -> None:
    if isinstance(field.storage, PackType):
        out.append(_PACKED[field.storage])
    else:
        _valtype(out, field.storage)
    out.append(field.mutable)


def _subtype(out: Out, subtype: SubType) -> None:
    if subtype.supertypes or not subtype.final:
        out.append(SUB_FINAL if subtype.final else SUB)
        _list(out, subtype.supertypes, _unsigned)
    for clause, index in ((DESCRIBES, subtype.describes), (DESCRIPTOR, subtype.descriptor)):
        if index is not None:
            out.append(clause)
            _unsigned(out, index)
    comptype = subtype.comptype
    if isinstance(comptype, FuncType):
        out.append(FUNC)
        _list(out, comptype.params, _valtype)
        _list(out, comptype.results, _valtype)
    elif isinstance(comptype, StructType):
        out.append(STRUCT)
        _list(out, comptype.fields, _fieldtype)
    else:
        out.append(ARRAY)
        _fieldtype(out, comptype.field)


def _rectype(out: Out, group: RecType) -> None:
    if len(group.subtypes) != 1:
        out.append(REC)
        _list(out, group.subtypes, _subtype)
    else:
        _subtype(out, group.subtypes[0])


def _limits(out: Out, limits: SizeLimits, flags: int) -> None:
    out.append(flags | (limits.maximum is not None))
    _unsigned(out, limits.minimum)
    if limits.maximum is not None:
        _unsigned(out, limits.maximum)


def _tabletype(out: Out, table: TableType) -> None:
    _valtype(out, table.reftype)
    _limits(out, table.limits, 4 * (table.addrtype is AddrType.I64))


def _memtype(out: Out, memory: MemType) -> None:
    custom = memory.page_size != 65536
    _limits(out, memory.limits, 4 * (memory.addrtype is AddrType.I64) | 2 * memory.shared | 8 * custom)
    if custom:
        _unsigned(out, memory.page_size.bit_length() - 1)


def _globaltype(out: Out, globaltype: GlobalType) -> None:
    _valtype(out, globaltype.valtype)
    out.append(globaltype.mutable)


def _tagtype(out: Out, tag: TagType) -> None:
    out.append(0)
    _unsigned(out, tag.type_index)


# One writer for each kind of immediate


def _memarg(out: Out, memarg: MemArg) -> None:
    _unsigned(out, memarg.align | (MEMORY_IS_NAMED if memarg.memory else 0))
    if memarg.memory:
        _unsigned(out, memarg.memory)
    _unsigned(out, memarg.offset)


def _labels(out: Out, labels: tuple[int, ...]) -> None:
    _list(out, labels[:-1], _unsigned)
    _unsigned(out, labels[-1])


def _catch(out: Out, clause: tuple[str, int | None, int]) -> None:
    kind, tag, label = clause
    out.append(CATCH_KINDS.index(kind))
    if tag is not None:
        _unsigned(out, tag)
    _unsigned(out, label)


def _number(width: int) -> Callable[[Out, int], None]:
    sign = 1 << width - 1
    return lambda out, value: _signed(out, (value ^ sign) - sign)


def _bits(size: int) -> Callable[[Out, int], None]:
    return lambda out, value: out.extend(value.to_bytes(size, "little"))


_IMMEDIATE: dict[Imm, Callable[[Out, Any], None]] = dict.fromkeys(Imm, _unsigned) | {
    Imm.BLOCKTYPE: _blocktype,
    Imm.LABELS: _labels,
    Imm.CATCHES: lambda out, clauses: _list(out, clauses, _catch),
    Imm.VALTYPES: lambda out, valtypes: _list(out, valtypes, _valtype),
    Imm.HEAPTYPE: _heaptype,
    Imm.MEMARG: _memarg,
    Imm.LANE: Out.append,
    Imm.LANES: Out.extend,
    Imm.I32: _number(32),
    Imm.I64: _number(64),
    Imm.F32: _bits(4),
    Imm.F64: _bits(8),
    Imm.V128: Out.extend,
    Imm.ORDER: Out.append,
}
"""All that is not named here is an index or a count."""

Writer = Callable[[Out, tuple[Any, ...]], None]


def _cast_branch(out: Out, immediates: tuple[Any, ...]) -> None:
    """The immediates of br_on_cast: the flags that make the two types nullable stand in front of the label."""
    label, (source, target) = immediates
    out.append(source.nullable | 2 * target.nullable)
    _unsigned(out, label)
    _heaptype(out, source.heap)
    _heaptype(out, target.heap)


def _writer_of(row: Opcode) -> Writer:
    if Imm.CAST in row.immediates:
        return _cast_branch
    writers = [_IMMEDIATE[kind] for kind in row.immediates]

    def write(out: Out, immediates: tuple[Any, ...]) -> None:
        for writer, immediate in zip(writers, immediates, strict=True):
            writer(out, immediate)

    return write


def _code_of(row: Opcode) -> bytes:
    out = Out([row.code[0]])
    for number in row.code[1:]:
        _unsigned(out, number)
    return bytes(out)


WRITERS: dict[Opcode, tuple[bytes, Writer]] = {row: (_code_of(row), _writer_of(row)) for row in ALL}
"""For each row the bytes of its opcode and the writer of its immediates."""


def _expression(out: Out, expression: Expr, places: Place | None = None) -> None:
    """All instructions; *places* collects where each one begins in *out*."""
    for number, (row, immediates, _) in enumerate(expression):
        if places is not None:
            places.append((number, len(out)))
        code, write = WRITERS[row]
        out += code
        if immediates:
            write(out, immediates)


# Sections


def _sections(module: Module, places: dict[int, Place]) -> dict[int, bytes | None]:
    """The contents of all sections; None for those that are not there. *places* gets the places of hinted functions."""

    def section(members: Iterable[Any], write: Callable[[Out, Any], None]) -> bytes | None:
        listed = list(members)
        if not listed:
            return None
        out = Out()
        _list(out, listed, write)
        return bytes(out)

    imported = len(module.imported(ExternKind.FUNC))
    numbered = enumerate(module.funcs, imported)

    def code(out: Out, pair: tuple[int, Func]) -> None:
        index, func = pair
        _code(out, func, places.setdefault(index, []) if index in module.hints else None)

    start = None
    if module.start is not None:
        out = Out()
        _unsigned(out, module.start)
        start = bytes(out)
    return {
        TYPE: section(module.types, _rectype),
        IMPORT: section(module.imports, _import),
        FUNCTION: section(module.function_types(), _unsigned),
        TABLE: section(module.tables, _table),
        MEMORY: section([mem.type for mem in module.mems], _memtype),
        TAG: section([tag.type for tag in module.tags], _tagtype),
        GLOBAL: section(module.globals, _global),
        EXPORT: section(module.exports, _export),
        START: start,
        ELEMENT: section(module.elems, _elem),
        DATA_COUNT: _data_count(module),
        CODE: section(numbered, code),
        DATA: section(module.datas, _data),
    }


def _import(out: Out, item: Import) -> None:
    _name(out, item.module)
    _name(out, item.name)
    out.append(EXACT_FUNC if item.exact else KINDS.index(item.kind))
    desc = item.desc
    if isinstance(desc, int):
        _unsigned(out, desc)
    elif isinstance(desc, TableType):
        _tabletype(out, desc)
    elif isinstance(desc, MemType):
        _memtype(out, desc)
    elif isinstance(desc, GlobalType):
        _globaltype(out, desc)
    else:
        _tagtype(out, desc)


def _table(out: Out, table: Any) -> None:
    if table.init is not None:
        out += b"\x40\0"
    _tabletype(out, table.type)
    if table.init is not None:
        _expression(out, table.init)


def _global(out: Out, item: Any) -> None:
    _globaltype(out, item.type)
    _expression(out, item.init)


def _export(out: Out, export: Any) -> None:
    _name(out, export.name)
    out.append(KINDS.index(export.kind))
    _unsigned(out, export.index)


_REF_FUNC = BY_MNEMONIC["ref.func"]
_FUNCTIONS = RefType(False, AbsHeapType.FUNC)


def _elem(out: Out, elem: Elem) -> None:
    """The shortest of the eight ways that says all: by function indices where every item is one."""
    items = [list(item) for item in elem.items]
    by_index = elem.type is _FUNCTIONS and all(len(item) == 2 and item[0][0] is _REF_FUNC for item in items)
    if elem.mode is SegmentMode.ACTIVE:
        flags = 2 if elem.table or (not by_index and elem.type is not FUNCREF) else 0
    else:
        flags = 1 if elem.mode is SegmentMode.PASSIVE else 3
    out.append(flags | (0 if by_index else 4))
    if elem.mode is SegmentMode.ACTIVE:
        if flags:
            _unsigned(out, elem.table)
        _expression(out, elem.place or ())
    if flags and by_index:
        out.append(0)
    elif flags:
        _valtype(out, elem.type)
    _unsigned(out, len(items))
    for item in items:
        if by_index:
            _IMMEDIATE[Imm.FUNCIDX](out, item[0][1][0])
        else:
            _expression(out, item)


def _data(out: Out, data: Any) -> None:
    if data.mode is SegmentMode.PASSIVE:
        out.append(1)
    elif data.memory:
        out.append(2)
        _unsigned(out, data.memory)
    else:
        out.append(0)
    if data.place is not None:
        _expression(out, data.place)
    _bytes(out, data.content)


def _data_count(module: Module) -> bytes | None:
    """Announced when it was, and whenever code names a data segment."""
    if module.data_count is None and not any(row in NEEDS_DATA_COUNT for func in module.funcs for row, _, _ in func.body):
        return None
    out = Out()
    _unsigned(out, len(module.datas))
    return bytes(out)


def _code(out: Out, func: Func, places: Place | None) -> None:
    body = Out()
    _unsigned(body, len(func.locals))
    for count, valtype in func.locals:
        _unsigned(body, count)
        _valtype(body, valtype)
    _expression(body, func.body, places)
    _bytes(out, body)


# Custom sections out of what the text said


def _hint_section(hints: Mapping[int, Mapping[int, bytes]], places: Mapping[int, Place]) -> bytes:
    """Function index, then pairs of the hinted instruction's place in the body and the hint."""

    def of_function(out: Out, index: int) -> None:
        _unsigned(out, index)
        where = dict(places.get(index, []))
        listed = [(where[number], hint) for number, hint in sorted(hints[index].items()) if number in where]
        _list(out, listed, of_instruction)

    def of_instruction(out: Out, pair: tuple[int, bytes]) -> None:
        _unsigned(out, pair[0])
        _bytes(out, pair[1])

    out = Out()
    _list(out, sorted(hints), of_function)
    return bytes(out)


def _name_section(names: Names) -> bytes:
    """The subsections that have anything to say, in the order of their ids."""

    def plain(mapping: Mapping[int, str]) -> bytes:
        out = Out()
        _name_map(out, mapping)
        return bytes(out) if mapping else b""

    def indirect(mapping: Mapping[int, Mapping[int, str]]) -> bytes:
        def entry(out: Out, index: int) -> None:
            _unsigned(out, index)
            _name_map(out, mapping[index])

        out = Out()
        _list(out, sorted(mapping), entry)
        return bytes(out) if mapping else b""

    module = Out()
    if names.module is not None:
        _name(module, names.module)
    subsections = [
        bytes(module),
        plain(names.functions),
        indirect(names.locals),
        indirect(names.labels),
        plain(names.types),
        plain(names.tables),
        plain(names.memories),
        plain(names.globals),
        plain(names.elems),
        plain(names.datas),
        indirect(names.fields),
        plain(names.tags),
    ]
    out = Out()
    for number, content in enumerate(subsections):
        if content:
            out.append(number)
            _bytes(out, content)
    return bytes(out)


def _name_map(out: Out, mapping: Mapping[int, str]) -> None:
    def entry(out: Out, index: int) -> None:
        _unsigned(out, index)
        _name(out, mapping[index])

    _list(out, sorted(mapping), entry)
