"""What a printed module calls things: identifiers out of its names, and how words, strings and numbers are written.

Lives here: which names can be identifiers, types with their identifiers, strings with escapes, floats that read back to their
bits.
Not here: instructions (printer.py) and fields (module_printer.py).

spec: text/values, text/types
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping

from pywasm_vm.structure.module import ExternKind, Module, Names
from pywasm_vm.structure.types import AbsHeapType, ExactType, HeapType, RefType, ValType
from pywasm_vm.text.literals import float_bits
from pywasm_vm.text.tokens import ABBREVIATED_REFS

__all__ = ["Identifiers", "bytes_text", "float_text", "name_text", "unique"]

_PLAIN_ID = re.compile(r"[!#-'*+\-./0-9:<-Z\\^-z|~]+")

_BYTES = {byte: chr(byte) if 0x20 <= byte < 0x7F and byte not in (0x22, 0x5C) else f"\\{byte:02x}" for byte in range(256)}

_ABBREVIATIONS = {heap: word for word, heap in ABBREVIATED_REFS.items()}


def bytes_text(content: bytes) -> str:
    """A string token for *content*."""
    return f'"{content.decode("latin-1").translate(_BYTES)}"'


def name_text(name: str) -> str:
    """A string token for *name*. What cannot be seen is written as an escape."""
    if name.isprintable() and '"' not in name and "\\" not in name:
        return f'"{name}"'
    return '"' + "".join(_character(character) for character in name) + '"'


def _character(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"


def identifier_text(name: str) -> str:
    """An identifier token for *name*, which is not empty."""
    return f"${name}" if _PLAIN_ID.fullmatch(name) else f"${name_text(name)}"


def unique(names: Mapping[int, str], count: int | None = None) -> dict[int, str]:
    """The identifiers that *names* can be, by index: those that are not empty, and of equal ones the first.

    *count* is how many things there are; names of others are passed over.
    """
    found: dict[str, int] = {}
    for index in sorted(names):
        if names[index] and (count is None or index < count):
            found.setdefault(names[index], index)
    return {index: identifier_text(name) for name, index in found.items()}


def float_text(bits: int, width: int) -> str:
    """The shortest decimal number that reads back to *bits*; NaNs with their payload."""
    mantissa = 23 if width == 32 else 52
    sign = "-" if bits >> width - 1 else ""
    magnitude = bits & ~(1 << width - 1)
    top = ((1 << width - 1 - mantissa) - 1) << mantissa
    if magnitude > top:
        payload = magnitude - top
        return f"{sign}nan" if payload == 1 << mantissa - 1 else f"{sign}nan:{payload:#x}"
    value: float = struct.unpack("<f" if width == 32 else "<d", magnitude.to_bytes(width // 8, "little"))[0]
    if math.isinf(value):
        return f"{sign}inf"
    if width == 64:
        return f"{sign}{_short(repr(value))}"
    shortest = next(text for digits in range(1, 18) if float_bits(text := f"{value:.{digits}g}", 32) == magnitude)
    return f"{sign}{_short(shortest)}"


def _short(text: str) -> str:
    return text.removesuffix(".0")


class Identifiers:
    """What the members of a module are called, by kind and index. A member without an identifier is called by its number."""

    def __init__(self, module: Module | None = None) -> None:
        names = module.names if module is not None else Names()
        counts = _counts(module) if module is not None else {}
        self.names = names
        self.funcs = unique(names.functions, counts.get("func"))
        self.types = unique(names.types, counts.get("type"))
        self.tables = unique(names.tables, counts.get("table"))
        self.mems = unique(names.memories, counts.get("memory"))
        self.globals = unique(names.globals, counts.get("global"))
        self.tags = unique(names.tags, counts.get("tag"))
        self.elems = unique(names.elems, counts.get("elem"))
        self.datas = unique(names.datas, counts.get("data"))
        self._fields: dict[int, dict[int, str]] = {}

    def fields(self, type_index: int) -> dict[int, str]:
        """The identifiers of the fields of a struct type."""
        known = self._fields.get(type_index)
        if known is None:
            known = self._fields[type_index] = unique(self.names.fields.get(type_index, {}))
        return known

    def locals(self, function: int, count: int) -> dict[int, str]:
        """The identifiers of the *count* locals of a function."""
        return unique(self.names.locals.get(function, {}), count)

    def heaptype(self, heap: HeapType) -> str:
        """A heap type as text."""
        if isinstance(heap, AbsHeapType):
            return heap.value
        if isinstance(heap, ExactType):
            return f"(exact {self.heaptype(heap.index)})"
        return self.types.get(heap, str(heap))

    def valtype(self, valtype: ValType) -> str:
        """A value type as text, abbreviated where that is usual."""
        if not isinstance(valtype, RefType):
            return valtype.word
        if valtype.nullable and isinstance(valtype.heap, AbsHeapType):
            return _ABBREVIATIONS[valtype.heap]
        return f"(ref {'null ' if valtype.nullable else ''}{self.heaptype(valtype.heap)})"


def _counts(module: Module) -> dict[str, int]:
    imported = dict.fromkeys(ExternKind, 0)
    for item in module.imports:
        imported[item.kind] += 1
    return {
        "type": sum(len(group.subtypes) for group in module.types),
        "func": imported[ExternKind.FUNC] + len(module.funcs),
        "table": imported[ExternKind.TABLE] + len(module.tables),
        "memory": imported[ExternKind.MEMORY] + len(module.mems),
        "global": imported[ExternKind.GLOBAL] + len(module.globals),
        "tag": imported[ExternKind.TAG] + len(module.tags),
        "elem": len(module.elems),
        "data": len(module.datas),
    }
