"""A module out of its bytes: the header, the order of sections, and the counts that must agree between them.

Lives here: `decode_module`.
Not here: what stands in a section (sections.py) and whether it fits (validation).

spec: binary/modules
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from pywasm_vm.binary import sections
from pywasm_vm.binary.custom import read_names
from pywasm_vm.binary.lazy import BinaryFunctions
from pywasm_vm.binary.reader import Reader
from pywasm_vm.errors import Malformed
from pywasm_vm.features import Feature, Features
from pywasm_vm.limits import Limits
from pywasm_vm.structure.module import Custom, Data, Elem, Export, Global, Import, Mem, Module, Table, Tag
from pywasm_vm.structure.types import RecType

__all__ = ["decode_module", "is_component"]

MAGIC = b"\0asm"
VERSION = b"\1\0\0\0"
COMPONENT = b"\x0d\0\1\0"

EVERYTHING: Features = frozenset(Feature)

CUSTOM, TYPE, IMPORT, FUNCTION, TABLE, MEMORY, GLOBAL, EXPORT, START, ELEMENT, CODE, DATA, DATA_COUNT, TAG = range(14)

ORDER = (TYPE, IMPORT, FUNCTION, TABLE, MEMORY, TAG, GLOBAL, EXPORT, START, ELEMENT, DATA_COUNT, CODE, DATA)
"""The order in which sections stand, each at most once; custom sections stand anywhere."""

PLACE = {section: place for place, section in enumerate(ORDER)}


@dataclass(slots=True)
class Parts:
    """What has been read of a module, section by section."""

    types: tuple[RecType, ...] = ()
    imports: tuple[Import, ...] = ()
    type_indices: array[int] = field(default_factory=lambda: array("I"))
    tables: tuple[Table, ...] = ()
    mems: tuple[Mem, ...] = ()
    tags: tuple[Tag, ...] = ()
    globals: tuple[Global, ...] = ()
    exports: tuple[Export, ...] = ()
    start: int | None = None
    elems: tuple[Elem, ...] = ()
    data_count: int | None = None
    places: array[int] = field(default_factory=lambda: array("I"))
    """Of the functions: offset and size of each."""
    datas: Sequence[Data] = ()
    customs: list[Custom] = field(default_factory=list)


def is_component(data: bytes) -> bool:
    """Whether *data* begins like a component: a wrapper around modules that this program does not open."""
    return data[:8] == MAGIC + COMPONENT


def decode_module(data: bytes, limits: Limits = Limits(), features: Features = EVERYTHING) -> Module:  # noqa: B008
    """The module that *data* writes down. Function bodies stay bytes, and may yet turn out malformed when they are looked at.

    *features* matters only where a proposal changed the meaning of bytes: the flags of memories, and of loads and stores.

    raises: Malformed, with the offset of the byte that is wrong.
    spec: binary/modules
    """
    data = bytes(data)
    if len(data) > limits.module_bytes:
        raise Malformed(f"module too large: {len(data)} bytes, and the limit is {limits.module_bytes}", offset=0)
    _check_header(data)
    parts = Parts()
    try:
        _read_sections(parts, data, limits, features)
        return _put_together(parts, data, limits, features)
    except Malformed:
        # Bodies were passed over. What is wrong first in the file is said first.
        for func in _functions(parts, data, limits, features):
            for _ in func.body:
                break
        raise


def _read_sections(parts: Parts, data: bytes, limits: Limits, features: Features) -> None:
    reader = Reader(data, 8, len(data))
    place = -1
    last = CUSTOM
    while reader.position < len(data):
        start = reader.position
        section = reader.byte()
        if section != CUSTOM and section not in PLACE:
            raise Malformed(f"malformed section id: {section}", offset=start)
        content = _content(reader, section)
        if section == CUSTOM:
            name = content.name()
            parts.customs.append(Custom(name, data[content.position : content.end], last, start))
            continue
        if PLACE[section] <= place:
            raise Malformed(f"unexpected content after last section: section {section} after {last}", offset=start)
        place = PLACE[section]
        if _says_something(section, content):
            last = section
        _read_section(parts, section, content, limits, features)
        if content.position != content.end:
            raise Malformed(f"section size mismatch: {content.end - content.position} bytes are left", offset=content.position)


def _says_something(section: int, content: Reader) -> bool:
    """Whether custom sections may be said to stand behind this one: it is not empty, and does not merely announce another."""
    if section in (START, DATA_COUNT):
        return section == START
    return Reader(content.data, content.position, content.end).u32() > 0


def _check_header(data: bytes) -> None:
    if data[:4] != MAGIC:
        if data == MAGIC[: len(data)] or data == b"\1":
            raise Malformed("unexpected end: this is no complete header", offset=len(data))
        raise Malformed(f"magic header not detected: {_guess(data)}", offset=0)
    if len(data) < 8:
        raise Malformed("unexpected end: this is no complete header", offset=len(data))
    if is_component(data):
        raise Malformed(
            "unknown binary version: this is a component, not a module. Take the module out of it "
            "(wasm-tools component unbundle), or build without the component model (for example target wasm32-wasip1)",
            offset=4,
        )
    if data[4:8] != VERSION:
        raise Malformed(f"unknown binary version: {int.from_bytes(data[4:8], 'little'):#x}", offset=4)


def _guess(data: bytes) -> str:
    """What bytes that are no module may be instead."""
    if data.lstrip()[:1] in (b"(", b";"):
        return "this looks like the text format, which must be assembled first"
    for magic, kind in ((b"\x1f\x8b", "gzip"), (b"PK\3\4", "zip"), (b"\x7fELF", "ELF"), (b"{", "JSON"), (b"<", "HTML or XML")):
        if data.startswith(magic):
            return f"this looks like {kind}"
    return f"the first bytes are {data[:4].hex(' ')}, a module begins with {MAGIC.hex(' ')}"


def _content(reader: Reader, section: int) -> Reader:
    """A cursor over the content of the section whose size comes next; *reader* goes behind it."""
    start = reader.position
    size = reader.u32()
    end = reader.position + size
    if end > reader.end:
        raise Malformed(
            f"length out of bounds: section {section} says {size} bytes, {reader.end - reader.position} are left", offset=start
        )
    content = Reader(reader.data, reader.position, end)
    reader.position = end
    return content


def _read_section(parts: Parts, section: int, content: Reader, limits: Limits, features: Features) -> None:
    match section:
        case 1:
            parts.types = sections.type_section(content, limits)
        case 2:
            parts.imports = sections.import_section(content, limits, features)
        case 3:
            parts.type_indices = sections.function_section(content, limits)
        case 4:
            parts.tables = sections.table_section(content, limits)
        case 5:
            parts.mems = sections.memory_section(content, limits, features)
        case 6:
            parts.globals = sections.global_section(content, limits)
        case 7:
            parts.exports = sections.export_section(content, limits)
        case 8:
            parts.start = sections.start_section(content)
        case 9:
            parts.elems = sections.element_section(content, limits)
        case 10:
            parts.places = sections.code_section(content, limits)
        case 11:
            parts.datas = sections.data_section(content, limits)
        case 12:
            parts.data_count = sections.data_count_section(content)
        case 13:
            parts.tags = sections.tag_section(content, limits)


def _functions(parts: Parts, data: bytes, limits: Limits, features: Features) -> BinaryFunctions:
    """The functions as far as they were found. A code section without a function section has functions of type 0."""
    count = len(parts.places) // 2
    type_indices = (parts.type_indices + array("I", bytes(4 * count)))[:count]
    return BinaryFunctions(
        data,
        type_indices,
        parts.places,
        limits,
        data_count=parts.data_count is not None,
        memories=Feature.MULTI_MEMORY in features,
    )


def _put_together(parts: Parts, data: bytes, limits: Limits, features: Features) -> Module:
    """The module, once the counts agree that two sections give."""
    functions, entries = len(parts.type_indices), len(parts.places) // 2
    if functions != entries:
        raise Malformed(f"function and code section have inconsistent lengths: {functions} and {entries}", offset=len(data))
    if parts.data_count is not None and parts.data_count != len(parts.datas):
        raise Malformed(
            f"data count and data section have inconsistent lengths: {parts.data_count} and {len(parts.datas)}", offset=len(data)
        )
    return Module(
        types=parts.types,
        imports=parts.imports,
        funcs=_functions(parts, data, limits, features),
        tables=parts.tables,
        mems=parts.mems,
        globals=parts.globals,
        tags=parts.tags,
        exports=parts.exports,
        start=parts.start,
        elems=parts.elems,
        datas=parts.datas,
        data_count=parts.data_count,
        customs=tuple(parts.customs),
        names=read_names(parts.customs),
        source=data,
    )
