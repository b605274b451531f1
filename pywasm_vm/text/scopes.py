"""Identifiers and what they stand for: the index spaces of a module, the locals and labels of a function.

Lives here: names to indices, before and after they are bound; who says "duplicate" and "unknown".
Not here: what the indices name (parse.py) and whether a number that is written down exists (validation).

spec: text/conventions, contexts
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pywasm_vm.text.tokens import Tokens, is_identifier, shown

__all__ = ["FunctionScope", "ModuleScope", "Space"]


class Space:
    """One index space. *what* is the specification's word for its members."""

    __slots__ = ("count", "indices", "names", "what")

    def __init__(self, what: str) -> None:
        self.what = what
        self.count = 0
        self.indices: dict[str, int] = {}
        self.names: dict[int, str] = {}
        """What the members are called: identifiers, unless an annotation says better."""

    def bind(self, tokens: Tokens, at: int) -> int:
        """A new member. The token with index *at* names it, if it is an identifier."""
        index = self.count
        self.count += 1
        if is_identifier(tokens.texts[at]):
            name = tokens.identifier_at(at)
            if name in self.indices:
                raise tokens.malformed(f"duplicate {self.what} {shown('$' + name)}", at)
            self.indices[name] = index
            self.names[index] = name
        return index

    def index(self, tokens: Tokens) -> int:
        """The index that must come next: an identifier or a number."""
        token = tokens.texts[tokens.at]
        if token[:1] != "$":
            return tokens.natural(32, f"a {self.what} index")
        name = tokens.identifier_at(tokens.at)
        index = self.indices.get(name)
        if index is None:
            raise tokens.malformed(f"unknown {self.what} {shown('$' + name)}")
        tokens.at += 1
        return index

    def has_index(self, tokens: Tokens) -> bool:
        """Whether an index comes next."""
        return is_identifier(tokens.next) or tokens.has_natural()


@dataclass(slots=True)
class ModuleScope:
    """The index spaces of a module."""

    types: Space = field(default_factory=lambda: Space("type"))
    funcs: Space = field(default_factory=lambda: Space("func"))
    tables: Space = field(default_factory=lambda: Space("table"))
    mems: Space = field(default_factory=lambda: Space("memory"))
    globals: Space = field(default_factory=lambda: Space("global"))
    tags: Space = field(default_factory=lambda: Space("tag"))
    elems: Space = field(default_factory=lambda: Space("elem segment"))
    datas: Space = field(default_factory=lambda: Space("data segment"))
    fields: dict[int, Space] = field(default_factory=dict)
    """The fields of the struct types that have any, by the index of the type."""
    code_names_data: bool = False
    """Whether an instruction names a data segment: then a binary must announce how many there are."""

    def of_kind(self, word: str) -> Space:
        """The space of what may be imported and exported, by the word of the text format."""
        return {
            "func": self.funcs,
            "table": self.tables,
            "memory": self.mems,
            "global": self.globals,
            "tag": self.tags,
        }[word]


class FunctionScope:
    """The locals and the open labels of one function, or of one constant expression."""

    __slots__ = ("_bound", "label_names", "labels", "locals", "opened")

    def __init__(self) -> None:
        self.locals = Space("local")
        self.labels: list[str | None] = [None]
        """The identifiers of the blocks that are open, the function itself first."""
        self._bound: dict[str, list[int]] = {}
        self.opened = 0
        """How many blocks have begun so far."""
        self.label_names: dict[int, str] = {}

    def open(self, name: str | None) -> None:
        """A block begins that is called *name*."""
        if name is not None:
            self._bound.setdefault(name, []).append(len(self.labels))
            self.label_names[self.opened] = name
        self.opened += 1
        self.labels.append(name)

    def close(self) -> None:
        """The innermost block ends."""
        name = self.labels.pop()
        if name is not None:
            self._bound[name].pop()

    def label(self, tokens: Tokens) -> int:
        """The label index that must come next."""
        if not is_identifier(tokens.next):
            return tokens.natural(32, "a label index")
        name = tokens.identifier_at(tokens.at)
        depths = self._bound.get(name)
        if not depths:
            raise tokens.malformed(f"unknown label {shown('$' + name)}")
        tokens.at += 1
        return len(self.labels) - 1 - depths[-1]
