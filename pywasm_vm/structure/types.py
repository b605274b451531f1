"""The types of the specification, as values.

Lives here: number, vector, reference and heap types; function, struct and array types; recursive groups; limits; the types of
memories, tables, globals and tags; and of anything imported or exported.
Not here: when one type matches another (validation/matching.py) and how types are written (binary/types.py).

Number, vector and reference types are unique: equal types are the same object, so `is` compares them.

spec: syntax/types
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, TypeAlias
from weakref import WeakValueDictionary

__all__ = [
    "BOT",
    "EXTERNREF",
    "F32",
    "F64",
    "FUNCREF",
    "I8",
    "I16",
    "I32",
    "I64",
    "V128",
    "AbsHeapType",
    "AddrType",
    "ArrayType",
    "CompType",
    "ExactType",
    "ExternType",
    "FieldType",
    "FuncType",
    "GlobalType",
    "HeapType",
    "Limits",
    "MemType",
    "NumType",
    "PackType",
    "RecType",
    "RefType",
    "StorageType",
    "StructType",
    "SubType",
    "TableType",
    "TagType",
    "ValType",
]


class ValType:
    """A type of values. The members of the class are unique objects; `str` gives the text format's word."""

    __slots__ = ("word",)

    def __init__(self, word: str) -> None:
        self.word = word

    def __repr__(self) -> str:
        return self.word

    def __reduce__(self) -> tuple[object, ...]:
        return (_unique, (self.word,))


class NumType(ValType):
    """i32, i64, f32 or f64, and v128, which differs from them in nothing that a type can know."""

    __slots__ = ()


I32 = NumType("i32")
I64 = NumType("i64")
F32 = NumType("f32")
F64 = NumType("f64")
V128 = NumType("v128")
BOT = NumType("bot")
"""The type of what unreachable code leaves on the stack: it matches every type. Validation only."""


def _unique(word: str) -> NumType:
    return {t.word: t for t in (I32, I64, F32, F64, V128, BOT)}[word]


class AbsHeapType(Enum):
    """The heap types that have names. The value is the text format's word."""

    ANY = "any"
    EQ = "eq"
    I31 = "i31"
    STRUCT = "struct"
    ARRAY = "array"
    NONE = "none"
    FUNC = "func"
    NOFUNC = "nofunc"
    EXTERN = "extern"
    NOEXTERN = "noextern"
    EXN = "exn"
    NOEXN = "noexn"


@dataclass(frozen=True, slots=True)
class ExactType:
    """`(exact x)`: the values made with the defined type at this index, without those of its subtypes."""

    index: int

    def __str__(self) -> str:
        return f"(exact {self.index})"


HeapType: TypeAlias = AbsHeapType | int | ExactType
"""A named heap type, an index in the type index space of the module, or exactly the type at an index."""


class RefType(ValType):
    """`(ref null ht)` or `(ref ht)`. Equal arguments give the same object.

    The pool of objects holds them weakly: a stream of modules with ever new type indices must not fill the memory.
    """

    __slots__ = ("__weakref__", "heap", "nullable")

    nullable: bool
    heap: HeapType
    _all: ClassVar[WeakValueDictionary[tuple[bool, HeapType], RefType]] = WeakValueDictionary()

    def __new__(cls, nullable: bool, heap: HeapType) -> RefType:
        """The one object of these arguments."""
        known = cls._all.get((nullable, heap))
        if known is None:
            known = object.__new__(cls)
            name = heap.value if isinstance(heap, AbsHeapType) else str(heap)
            known.word = f"(ref {'null ' if nullable else ''}{name})"
            known.nullable = nullable
            known.heap = heap
            known = cls._all.setdefault((nullable, heap), known)
        return known

    def __init__(self, nullable: bool, heap: HeapType) -> None:
        """Everything is set in `__new__`, once for each pair of arguments."""

    def __reduce__(self) -> tuple[object, ...]:
        return (RefType, (self.nullable, self.heap))


FUNCREF = RefType(True, AbsHeapType.FUNC)
EXTERNREF = RefType(True, AbsHeapType.EXTERN)


class PackType(Enum):
    """The types that exist only inside structs and arrays."""

    I8 = "i8"
    I16 = "i16"


I8 = PackType.I8
I16 = PackType.I16

StorageType: TypeAlias = ValType | PackType


@dataclass(frozen=True, slots=True)
class FieldType:
    """A field of a struct, or the element of an array."""

    storage: StorageType
    mutable: bool


@dataclass(frozen=True, slots=True, weakref_slot=True)
class FuncType:
    """What a function takes and gives, the first parameter first."""

    params: tuple[ValType, ...]
    results: tuple[ValType, ...]

    def __str__(self) -> str:
        return f"[{' '.join(map(repr, self.params))}] -> [{' '.join(map(repr, self.results))}]"


@dataclass(frozen=True, slots=True)
class StructType:
    """The fields of a struct, in order."""

    fields: tuple[FieldType, ...]


@dataclass(frozen=True, slots=True)
class ArrayType:
    """The one field type that all elements of an array have."""

    field: FieldType


CompType: TypeAlias = FuncType | StructType | ArrayType


@dataclass(frozen=True, slots=True)
class SubType:
    """A composite type with the types it declares to be a subtype of.

    *descriptor* is the type of the values that describe its values, *describes* the type whose values its own ones describe.
    """

    final: bool
    supertypes: tuple[int, ...]
    comptype: CompType
    descriptor: int | None = None
    describes: int | None = None


@dataclass(frozen=True, slots=True)
class RecType:
    """A recursive group: members that may name one another. They take consecutive type indices."""

    subtypes: tuple[SubType, ...]


class AddrType(Enum):
    """The type of addresses of a memory, and of indices of a table."""

    I32 = "i32"
    I64 = "i64"

    @property
    def valtype(self) -> ValType:
        """The value type of the same width."""
        return I32 if self is AddrType.I32 else I64


@dataclass(frozen=True, slots=True)
class Limits:
    """Lower and upper bound of a size, both inclusive: pages of a memory, elements of a table."""

    minimum: int
    maximum: int | None = None

    def __str__(self) -> str:
        return f"{self.minimum}" if self.maximum is None else f"{self.minimum} {self.maximum}"


@dataclass(frozen=True, slots=True)
class MemType:
    """A memory. The limits count pages of *page_size* bytes."""

    limits: Limits
    addrtype: AddrType = AddrType.I32
    shared: bool = False
    page_size: int = 65536

    def __str__(self) -> str:
        index = "" if self.addrtype is AddrType.I32 else f"{self.addrtype.value} "
        shared = " shared" if self.shared else ""
        page_size = "" if self.page_size == 65536 else f" (pagesize {self.page_size})"
        return f"(memory {index}{self.limits}{shared}{page_size})"


@dataclass(frozen=True, slots=True)
class TableType:
    """A table. The limits count elements."""

    limits: Limits
    reftype: RefType
    addrtype: AddrType = AddrType.I32

    def __str__(self) -> str:
        index = "" if self.addrtype is AddrType.I32 else f"{self.addrtype.value} "
        word = {FUNCREF: "funcref", EXTERNREF: "externref"}.get(self.reftype, repr(self.reftype))
        return f"(table {index}{self.limits} {word})"


@dataclass(frozen=True, slots=True)
class GlobalType:
    """A global."""

    valtype: ValType
    mutable: bool

    def __str__(self) -> str:
        return f"(global (mut {self.valtype}))" if self.mutable else f"(global {self.valtype})"


@dataclass(frozen=True, slots=True)
class TagType:
    """A tag, by the index of the function type whose parameters it carries."""

    type_index: int


ExternType: TypeAlias = FuncType | TableType | MemType | GlobalType | TagType
"""What may be imported or exported, once type indices are resolved."""
