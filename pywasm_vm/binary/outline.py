"""The outline of a module: which sections stand where, and how large they are.

Lives here: `outline`, for programs that look at a module's size rather than at its meaning.
Not here: what the sections hold (decode.py).

spec: binary/modules
"""

from __future__ import annotations

from dataclasses import dataclass

from pywasm_vm.binary.reader import Reader

__all__ = ["Section", "outline"]

NAMES = (
    "custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code", "data",
    "data count", "tag",
)  # fmt: skip
"""What the specification calls the sections, by their ids."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section: what it is, the offset of its id in the module, and its bytes with id and length."""

    name: str
    offset: int
    size: int


def outline(data: bytes) -> tuple[Section, ...]:
    """The sections of the module *data*, in order. A custom section is called "custom NAME".

    Only the header and the lengths are looked at.
    raises: Malformed, when a length passes the end.
    """
    reader = Reader(data, 8, len(data))
    found = []
    while reader.position < len(data):
        start = reader.position
        kind = reader.byte()
        size = reader.count()
        name = NAMES[kind] if kind < len(NAMES) else f"unknown {kind}"
        if kind == 0:
            name = f"custom {Reader(data, reader.position, reader.position + size).name()}"
        reader.take(size)
        found.append(Section(name, start, reader.position - start))
    return tuple(found)
