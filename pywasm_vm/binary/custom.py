"""Custom sections: names, and what the tools that made a module say of themselves.

Lives here: the readers of the sections `name`, `producers` and `target_features`.
Not here: where custom sections may stand (decode.py); a section nobody knows is kept as it is.

A custom section is a remark. Whatever is wrong in it, the module runs; so these readers give what they could read and are silent
about the rest. A name that is no UTF-8 is shown with replacement characters.

spec: appendix/custom
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

from pywasm_vm.binary.reader import Reader
from pywasm_vm.errors import Malformed
from pywasm_vm.structure.module import Custom, Names

__all__ = ["read_names", "read_producers", "read_target_features"]

MODULE, FUNCTIONS, LOCALS, LABELS, TYPES, TABLES, MEMORIES, GLOBALS, ELEMS, DATAS, FIELDS, TAGS = range(12)
"""Ids of the subsections of the name section."""

Value = TypeVar("Value")


class LazyMap(Mapping[int, Value]):
    """A mapping that reads its bytes when first asked for anything: most programs never ask, and modules bring megabytes."""

    def __init__(self, content: bytes, read: Callable[[Reader], Value]) -> None:
        self._content = content
        self._read = read

    @cached_property
    def _entries(self) -> dict[int, Value]:
        entries: dict[int, Value] = {}
        reader = Reader(self._content, 0, len(self._content))
        try:
            for _ in range(reader.count()):
                index = reader.u32()
                entries[index] = self._read(reader)
        except Malformed:
            pass  # a remark that breaks off: what stands before is kept
        return entries

    def __getitem__(self, index: int) -> Value:
        return self._entries[index]

    def __iter__(self) -> Iterator[int]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def read_names(customs: Iterable[Custom]) -> Names:
    """What the name section among *customs* calls things; of several, the last one speaks."""
    parts: dict[int, bytes] = {}
    for custom in customs:
        if custom.name == "name":
            parts = dict(_subsections(custom.content))
    module = None
    if MODULE in parts:
        reader = Reader(parts[MODULE], 0, len(parts[MODULE]))
        module = next(_until_broken(reader, 1, _name), None)

    def names(subsection: int) -> LazyMap[str]:
        return LazyMap(parts.get(subsection, b"\0"), _name)

    def names_within(subsection: int) -> LazyMap[dict[int, str]]:
        return LazyMap(parts.get(subsection, b"\0"), _name_map)

    return Names(
        module,
        names(FUNCTIONS),
        names_within(LOCALS),
        names(GLOBALS),
        labels=names_within(LABELS),
        types=names(TYPES),
        tables=names(TABLES),
        memories=names(MEMORIES),
        elems=names(ELEMS),
        datas=names(DATAS),
        fields=names_within(FIELDS),
        tags=names(TAGS),
    )


def _subsections(content: bytes) -> Iterator[tuple[int, bytes]]:
    reader = Reader(content, 0, len(content))
    try:
        while reader.position < reader.end:
            kind = reader.byte()
            yield kind, reader.take(reader.u32())
    except Malformed:
        return


def _name(reader: Reader) -> str:
    return reader.take(reader.count()).decode("utf-8", "replace")


def _name_map(reader: Reader) -> dict[int, str]:
    return {reader.u32(): _name(reader) for _ in range(reader.count())}


def read_producers(customs: Iterable[Custom]) -> dict[str, tuple[tuple[str, str], ...]]:
    """What the section `producers` says: field ("language", "processed-by", "sdk") to pairs of name and version."""

    def pair(reader: Reader) -> tuple[str, str]:
        return _name(reader), _name(reader)

    def field(reader: Reader) -> tuple[str, tuple[tuple[str, str], ...]]:
        return _name(reader), tuple(pair(reader) for _ in range(reader.count()))

    return dict(_entries(customs, "producers", field))


def read_target_features(customs: Iterable[Custom]) -> tuple[str, ...]:
    """What the section `target_features` says the code uses, as "+simd128" or "-simd128"."""

    def feature(reader: Reader) -> str:
        return chr(reader.byte()) + _name(reader)

    return tuple(_entries(customs, "target_features", feature))


def _entries(customs: Iterable[Custom], name: str, read: Callable[[Reader], Value]) -> Iterator[Value]:
    for custom in customs:
        if custom.name == name:
            reader = Reader(custom.content, 0, len(custom.content))
            try:
                count = reader.count()
            except Malformed:
                return
            yield from _until_broken(reader, count, read)


def _until_broken(reader: Reader, count: int, read: Callable[[Reader], Value]) -> Iterator[Value]:
    try:
        for _ in range(count):
            yield read(reader)
    except Malformed:
        return
