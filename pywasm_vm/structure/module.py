"""What a module is, whoever wrote it down.

Lives here: `Module` and its members, frozen.
Not here: how it is read (binary), what is allowed (validation), and instances of it (runtime).

Members that a diagnosis may point at carry *offset*: the byte in the module where they begin. It takes no part in equality.

spec: syntax/modules
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, TypeAlias

from pywasm_vm.structure.instructions import Expr
from pywasm_vm.structure.lazy import Lazy
from pywasm_vm.structure.types import (
    FuncType,
    GlobalType,
    MemType,
    RecType,
    RefType,
    SubType,
    TableType,
    TagType,
    ValType,
)

__all__ = [
    "Custom",
    "Data",
    "Datas",
    "Elem",
    "Export",
    "ExternKind",
    "Func",
    "Functions",
    "Global",
    "Import",
    "ImportDesc",
    "Mem",
    "Module",
    "Names",
    "References",
    "SegmentMode",
    "Table",
    "Tag",
]


class ExternKind(StrEnum):
    """The sorts of things that modules import and export. Equal to the text format's word: `kind == "func"`."""

    FUNC = "func"
    TABLE = "table"
    MEMORY = "memory"
    GLOBAL = "global"
    TAG = "tag"


ImportDesc: TypeAlias = int | TableType | MemType | GlobalType | TagType
"""What is imported: a type index for a function, else the type."""


@dataclass(frozen=True, slots=True)
class Import:
    """A thing that the module takes from outside. *desc* of a function is its type index.

    With *exact* it is a function of that very type and not of a subtype; only functions are imported so.
    """

    module: str
    name: str
    kind: ExternKind
    desc: ImportDesc
    offset: int = field(default=0, compare=False)
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """A thing that the module gives to outside, by its index in the index space of its kind."""

    name: str
    kind: ExternKind
    index: int
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Func:
    """A function with a body. *locals* are those it declares, without its parameters, as runs of (count, type)."""

    type_index: int
    locals: tuple[tuple[int, ValType], ...]
    body: Expr
    offset: int = field(default=0, compare=False)
    size: int = field(default=0, compare=False)
    """Bytes of the body in the binary, locals included."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table; *init* gives the value of all elements, None stands for null."""

    type: TableType
    init: Expr | None = None
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Mem:
    """A memory."""

    type: MemType
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Global:
    """A global with its initial value."""

    type: GlobalType
    init: Expr
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of exceptions."""

    type: TagType
    offset: int = field(default=0, compare=False)


class SegmentMode(Enum):
    """When a segment is used: by an instruction, at instantiation, or never (it declares references only)."""

    PASSIVE = "passive"
    ACTIVE = "active"
    DECLARATIVE = "declare"


@dataclass(frozen=True, slots=True)
class Elem:
    """An element segment. *items* are expressions that give references; *place* is the offset of an active one, in *table*."""

    type: RefType
    items: Sequence[Expr]
    mode: SegmentMode
    table: int = 0
    place: Expr | None = None
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Data:
    """A data segment. *place* is the address of an active one, in memory *memory*."""

    content: bytes
    mode: SegmentMode
    memory: int = 0
    place: Expr | None = None
    offset: int = field(default=0, compare=False)


class Functions(Lazy[Func]):
    """The functions of a binary, made when somebody looks at one. What concerns all of them can be asked without that."""

    __slots__ = ()

    type_indices: Sequence[int]
    """Of each, the index of its type."""
    places: Sequence[int]
    """Two numbers for each: its `offset` and its `size`."""
    memories: bool
    """Whether their loads and stores may name a memory."""


class Datas(Lazy[Data]):
    """The data segments of a binary, in the same way. All of them are passive, or their places are single constants."""

    __slots__ = ()

    some_passive: bool
    some_i32: bool
    """Some place is an i32.const."""
    some_i64: bool
    """Some place is an i64.const."""
    first_memory_only: bool
    """No active one names another memory than the first."""
    image: Any
    """What a tier keeps to be quicker with the next instance; None at first."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Bytes of all of them."""

    @abstractmethod
    def contents(self) -> Iterator[bytes]:
        """The content of each."""

    @abstractmethod
    def active(self) -> Iterable[int]:
        """Which of them are active."""

    @abstractmethod
    def write(self, memory: Any) -> bool:
        """Write the active ones, in order, as if all of them were for *memory*.

        False, and nothing is written, when one does not fit, or when there is no fast way; then take them one by one.
        """


class References(Lazy[Expr]):
    """The items of an element segment that lists functions: each is a reference to one."""

    __slots__ = ()

    functions: Sequence[int]
    """The index of each function."""


@dataclass(frozen=True, slots=True)
class Custom:
    """A custom section. *after* is the id of the last section in front of it that is not empty, 0 at the beginning.

    The data count section is passed over, because it says nothing of its own.
    """

    name: str
    content: bytes
    after: int = 0
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Names:
    """What the name section, or the text, calls things. Never needed to run a module, and never a reason to refuse one.

    Locals and labels are named for each function, fields for each type. Labels count the blocks of a function in order.
    """

    module: str | None = None
    functions: Mapping[int, str] = field(default_factory=dict)
    locals: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    globals: Mapping[int, str] = field(default_factory=dict)
    labels: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    types: Mapping[int, str] = field(default_factory=dict)
    tables: Mapping[int, str] = field(default_factory=dict)
    memories: Mapping[int, str] = field(default_factory=dict)
    elems: Mapping[int, str] = field(default_factory=dict)
    datas: Mapping[int, str] = field(default_factory=dict)
    fields: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    tags: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Module:
    """The abstract syntax of a module, decoded or parsed.

    Index spaces begin with the imports of their kind, in order. `names` is read from the custom section when first asked for by
    whoever wrote the module down, and takes no part in equality. Nor does `data_count`, what the binary announced of its data
    segments: it says nothing that `datas` does not say. `hints` are remarks on branches, kept as the text wrote them: for each
    function index, the number of an instruction in its body, and the bytes of the hint. Long lists may be lazy (lazy.py).
    """

    types: tuple[RecType, ...] = ()
    imports: tuple[Import, ...] = ()
    funcs: Sequence[Func] = ()
    tables: tuple[Table, ...] = ()
    mems: tuple[Mem, ...] = ()
    globals: tuple[Global, ...] = ()
    tags: tuple[Tag, ...] = ()
    exports: tuple[Export, ...] = ()
    start: int | None = None
    elems: tuple[Elem, ...] = ()
    datas: Sequence[Data] = ()
    data_count: int | None = field(default=None, compare=False)
    customs: tuple[Custom, ...] = ()
    names: Names = field(default_factory=Names, compare=False)
    hints: Mapping[int, Mapping[int, bytes]] = field(default_factory=dict, compare=False)
    source: bytes | None = field(default=None, compare=False, repr=False)
    """The binary that it was decoded from, if it was: offsets count from its beginning."""

    def subtypes(self) -> tuple[SubType, ...]:
        """The type index space: the members of all recursive groups in order."""
        return tuple(subtype for group in self.types for subtype in group.subtypes)

    def function_types(self) -> Sequence[int]:
        """The type index of each function that it defines."""
        funcs = self.funcs
        return funcs.type_indices if isinstance(funcs, Functions) else [func.type_index for func in funcs]

    def imported(self, kind: ExternKind) -> tuple[Import, ...]:
        """The imports of *kind*, in order: the beginning of that index space."""
        return tuple(item for item in self.imports if item.kind is kind)

    def tag_types(self) -> tuple[int, ...]:
        """The tag index space: the index of the type of each tag."""
        imported = [item.desc for item in self.imported(ExternKind.TAG)]
        return tuple(
            [desc.type_index for desc in imported if isinstance(desc, TagType)] + [tag.type.type_index for tag in self.tags]
        )

    def functype(self, type_index: int) -> FuncType:
        """The function type at *type_index*. The module must be valid.

        raises: TypeError when that type is a struct or an array.
        """
        comptype = self.subtypes()[type_index].comptype
        if not isinstance(comptype, FuncType):
            raise TypeError(f"type {type_index} is no function type")
        return comptype
