"""When one type matches another.

Lives here: type definitions made independent of their module (`DefType`), subtyping of heap, reference, value and composite
types, and of everything that can be imported.
Not here: whether a type is well-formed (types.py) and the shapes of types (structure/types.py).

A recursive group is *rolled*: references inside the group become positions, references to earlier types become the number of
their `DefType`. Rolled groups are kept in one table for the whole process, so equal types, even of different modules, are the
same object and `is` compares them. The table holds its groups weakly, and numbers instead of the types they refer to: a type
lives as long as somebody uses it, and a chain of a thousand types goes at once when nobody does.

A heap type of the syntax is a name or an index, and an index means something only in its module. `closed` makes of it a name, a
`DefType` or an `ExactDefType`; two of these can be compared wherever they came from.

spec: valid/matching, valid/conventions (rolling and unrolling)
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import count
from threading import Lock
from typing import Any, Final, TypeAlias
from weakref import WeakValueDictionary

from pywasm_vm.structure.types import (
    BOT,
    AbsHeapType,
    ArrayType,
    CompType,
    ExactType,
    ExternType,
    FieldType,
    FuncType,
    GlobalType,
    HeapType,
    Limits,
    MemType,
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
    "BOT_REF",
    "ClosedHeapType",
    "DefType",
    "ExactDefType",
    "Scope",
    "closed",
    "closed_matches",
    "comptype_matches",
    "extern_matches",
    "heaptype_matches",
    "instance_matches",
    "limits_match",
    "lone",
    "roll",
    "top_of",
    "valtype_matches",
    "valtypes_match",
]


class DefType:
    """One member of a rolled recursive group. Equal types are the same object, whichever module they came from.

    *kind* is FUNC, STRUCT or ARRAY; *supertypes* the chain of declared supertypes, the nearest first; *final* says that nobody
    may declare itself below it. *comptype* is its own: the type indices in it stand for the members of *scope*, the types that it
    mentions and no others. *descriptor* is the type of what describes its values, *describes* the type of what its values
    describe; both belong to the same group. *layout* is what the runtime keeps for it. `number` is its identity for those who
    have no objects: no other type of this process ever has the same.
    """

    __slots__ = (
        "__weakref__", "comptype", "describes", "descriptor", "final", "group", "kind", "layout", "number", "scope", "supertypes",
    )  # fmt: skip

    scope: tuple[DefType, ...]

    def __init__(self, group: _Group, comptype: CompType, final: bool, supertypes: tuple[DefType, ...]) -> None:
        self.group = group
        self.comptype = comptype
        self.kind = _KINDS[type(comptype)]
        self.final = final
        self.supertypes = supertypes
        self.number = next(_NUMBERS)
        self.descriptor: DefType | None = None
        self.describes: DefType | None = None
        self.scope = ()
        self.layout: Any = None

    def matches(self, wanted: DefType) -> bool:
        """Whether every value of this type is one of *wanted*."""
        return self is wanted or wanted in self.supertypes


@dataclass(frozen=True, slots=True)
class ExactDefType:
    """The values that were made with *type* itself, and not with a subtype of it."""

    type: DefType


class _Group:
    """The members of a rolled recursive group. They keep it alive, it keeps them alive, and those it *refers* to."""

    __slots__ = ("__weakref__", "members", "refers")

    members: tuple[DefType, ...]

    def __init__(self, refers: frozenset[DefType]) -> None:
        self.refers = refers


Scope: TypeAlias = Sequence[DefType]
"""The type index space of a module: what the index in a heap type stands for."""

ClosedHeapType: TypeAlias = AbsHeapType | DefType | ExactDefType
"""A heap type that needs no module to be understood."""

_GROUPS: Final[WeakValueDictionary[Hashable, _Group]] = WeakValueDictionary()
_GROUPS_LOCK: Final = Lock()
_NUMBERS: Final = count(1)
"""A number for each type that is made; none is given twice, and none is 0."""

_KINDS: Final[dict[type, AbsHeapType]] = {
    FuncType: AbsHeapType.FUNC,
    StructType: AbsHeapType.STRUCT,
    ArrayType: AbsHeapType.ARRAY,
}

_ABOVE: Final[dict[AbsHeapType, frozenset[AbsHeapType]]] = {
    AbsHeapType.ANY: frozenset(),
    AbsHeapType.EQ: frozenset({AbsHeapType.ANY}),
    AbsHeapType.I31: frozenset({AbsHeapType.EQ, AbsHeapType.ANY}),
    AbsHeapType.STRUCT: frozenset({AbsHeapType.EQ, AbsHeapType.ANY}),
    AbsHeapType.ARRAY: frozenset({AbsHeapType.EQ, AbsHeapType.ANY}),
    AbsHeapType.NONE: frozenset({AbsHeapType.I31, AbsHeapType.STRUCT, AbsHeapType.ARRAY, AbsHeapType.EQ, AbsHeapType.ANY}),
    AbsHeapType.FUNC: frozenset(),
    AbsHeapType.NOFUNC: frozenset({AbsHeapType.FUNC}),
    AbsHeapType.EXTERN: frozenset(),
    AbsHeapType.NOEXTERN: frozenset({AbsHeapType.EXTERN}),
    AbsHeapType.EXN: frozenset(),
    AbsHeapType.NOEXN: frozenset({AbsHeapType.EXN}),
}
"""For each named heap type the named ones strictly above it."""

BOT_REF: Final = RefType(False, -1)
"""The type of a reference out of unreachable code: it matches every reference type. No module has the type -1."""
BOT_REF.word = "(ref bot)"

_TOPS: Final = (AbsHeapType.ANY, AbsHeapType.FUNC, AbsHeapType.EXTERN, AbsHeapType.EXN)


def roll(group: RecType, scope: list[DefType]) -> None:
    """Append the types of *group* to *scope*, the type index space so far.

    Every index in the group must be known: smaller than the length of *scope* after the call. A supertype must stand before the
    type that names it.
    """
    rolling = _Rolling(scope)
    key = tuple([rolling.subtype(subtype) for subtype in group.subtypes])
    with _GROUPS_LOCK:
        known = _GROUPS.get(key)
        if known is None:
            known = _new_group(group, scope, frozenset(rolling.refers))
            _GROUPS[key] = known
    scope.extend(known.members)


def _new_group(group: RecType, scope: Scope, refers: frozenset[DefType]) -> _Group:
    made = _Group(refers)
    first = len(scope)
    members: list[DefType] = []
    for subtype in group.subtypes:
        supertypes: tuple[DefType, ...] = ()
        if subtype.supertypes:
            x = subtype.supertypes[0]
            nearest = scope[x] if x < first else members[x - first]
            supertypes = (nearest, *nearest.supertypes)
        members.append(DefType(made, subtype.comptype, subtype.final, supertypes))
    for member, subtype in zip(members, group.subtypes, strict=True):
        member.descriptor = None if subtype.descriptor is None else members[subtype.descriptor - first]
        member.describes = None if subtype.describes is None else members[subtype.describes - first]
    made.members = tuple(members)
    for deftype in members:
        _make_own(deftype, first, scope)
    return made


def _make_own(deftype: DefType, first: int, scope: Scope) -> None:
    """Give *deftype*, whose group begins at *first* of its module's types, a scope of its own."""
    places: dict[int, int] = {}

    def own(t: StorageType) -> Any:
        if type(t) is not RefType or isinstance(t.heap, AbsHeapType):
            return t
        if isinstance(t.heap, ExactType):
            return RefType(t.nullable, ExactType(places.setdefault(t.heap.index, len(places))))
        return RefType(t.nullable, places.setdefault(t.heap, len(places)))

    comptype = deftype.comptype
    if isinstance(comptype, FuncType):
        made: CompType = FuncType(tuple(map(own, comptype.params)), tuple(map(own, comptype.results)))
    elif isinstance(comptype, StructType):
        made = StructType(tuple(FieldType(own(field.storage), field.mutable) for field in comptype.fields))
    else:
        made = ArrayType(FieldType(own(comptype.field.storage), comptype.field.mutable))
    if places:
        deftype.comptype = made
        members = deftype.group.members
        deftype.scope = tuple(members[x - first] if x >= first else scope[x] for x in places)


def lone(comptype: CompType) -> DefType:
    """The type of *comptype* declared by itself, final and below nothing: what a program that writes down a type means.

    raises: IndexError when *comptype* mentions a type by its index, which only a module can give a meaning.
    """
    scope: list[DefType] = []
    roll(RecType((SubType(True, (), comptype),)), scope)
    return scope[0]


class _Rolling:
    """Makes a group independent of its module, and collects the earlier types that it *refers* to."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.first = len(scope)
        self.refers: set[DefType] = set()

    def index(self, x: int) -> int:
        """The number of an earlier type; for one of the group its position, as a number below zero."""
        if x >= self.first:
            return self.first - x - 1
        earlier = self.scope[x]
        self.refers.add(earlier)
        return earlier.number

    def subtype(self, subtype: SubType) -> Hashable:
        """All that makes *subtype* what it is."""
        supertypes = tuple(map(self.index, subtype.supertypes))
        described = tuple(None if x is None else self.index(x) for x in (subtype.descriptor, subtype.describes))
        comptype = subtype.comptype
        if isinstance(comptype, FuncType):
            # Most types are numbers: a call for each would be most of the time it takes to load a module.
            params = tuple([self.storage(t) if type(t) is RefType else t for t in comptype.params])
            results = tuple([self.storage(t) if type(t) is RefType else t for t in comptype.results])
            return (subtype.final, supertypes, described, FuncType, params, results)
        fields = comptype.fields if isinstance(comptype, StructType) else (comptype.field,)
        storage = tuple((field.mutable, self.storage(field.storage)) for field in fields)
        return (subtype.final, supertypes, described, type(comptype), storage)

    def storage(self, t: StorageType) -> Hashable:
        """*t*, or what it refers to."""
        if type(t) is not RefType or isinstance(t.heap, AbsHeapType):
            return t
        if isinstance(t.heap, ExactType):
            return (t.nullable, True, self.index(t.heap.index))
        return (t.nullable, False, self.index(t.heap))


def closed(heap: HeapType, scope: Scope) -> ClosedHeapType:
    """*heap* of the module whose types are *scope*, made independent of it."""
    if isinstance(heap, ExactType):
        return ExactDefType(scope[heap.index])
    return scope[heap] if isinstance(heap, int) else heap


def closed_matches(given: ClosedHeapType, wanted: ClosedHeapType) -> bool:
    """Whether every value of *given* is one of *wanted*.

    spec: valid/matching, heap types
    """
    if given is wanted:
        return True
    if isinstance(given, ExactDefType):
        return instance_matches(given.type, wanted)
    if isinstance(given, DefType):
        if isinstance(wanted, AbsHeapType):
            return given.kind is wanted or wanted in _ABOVE[given.kind]
        return isinstance(wanted, DefType) and given.matches(wanted)
    if isinstance(wanted, AbsHeapType):
        return wanted in _ABOVE[given]
    # Only the bottom of its own hierarchy is below a defined type.
    kind = wanted.type.kind if isinstance(wanted, ExactDefType) else wanted.kind
    return given is (AbsHeapType.NOFUNC if kind is AbsHeapType.FUNC else AbsHeapType.NONE)


def instance_matches(made: DefType, wanted: ClosedHeapType) -> bool:
    """Whether a value that was made with the type *made* is one of *wanted*."""
    return made is wanted.type if isinstance(wanted, ExactDefType) else closed_matches(made, wanted)


def heaptype_matches(given: HeapType, wanted: HeapType, scope: Scope) -> bool:
    """Whether *given* matches *wanted*, both of the module whose types are *scope*."""
    return given == wanted or closed_matches(closed(given, scope), closed(wanted, scope))


def valtype_matches(given: ValType, wanted: ValType, scope: Scope) -> bool:
    """Whether a value of type *given* may stand where *wanted* is asked for. BOT matches every type.

    spec: valid/matching, value types
    """
    if given is wanted or given is BOT:
        return True
    if not isinstance(given, RefType) or not isinstance(wanted, RefType):
        return False
    if given is BOT_REF:
        return True
    return (wanted.nullable or not given.nullable) and heaptype_matches(given.heap, wanted.heap, scope)


def valtypes_match(given: Sequence[ValType], wanted: Sequence[ValType], scope: Scope) -> bool:
    """Whether *given* matches *wanted* one by one, and there are as many."""
    return len(given) == len(wanted) and all(map(valtype_matches, given, wanted, [scope] * len(given)))


def comptype_matches(given: CompType, wanted: CompType, scope: Scope) -> bool:
    """Whether a type with *given* may declare itself a subtype of one with *wanted*.

    spec: valid/matching, composite types
    """
    if isinstance(given, FuncType) and isinstance(wanted, FuncType):
        return valtypes_match(wanted.params, given.params, scope) and valtypes_match(given.results, wanted.results, scope)
    if isinstance(given, StructType) and isinstance(wanted, StructType):
        # A subtype may have further fields behind those of its supertype.
        pairs = zip(given.fields, wanted.fields, strict=False)
        return len(given.fields) >= len(wanted.fields) and all(_field_matches(a, b, scope) for a, b in pairs)
    if isinstance(given, ArrayType) and isinstance(wanted, ArrayType):
        return _field_matches(given.field, wanted.field, scope)
    return False


def _field_matches(given: FieldType, wanted: FieldType, scope: Scope) -> bool:
    if given.mutable is not wanted.mutable or not storage_matches(given.storage, wanted.storage, scope):
        return False
    return not wanted.mutable or storage_matches(wanted.storage, given.storage, scope)


def storage_matches(given: StorageType, wanted: StorageType, scope: Scope) -> bool:
    """Whether *given* matches *wanted*; the packed types match themselves only.

    spec: valid/matching, field types
    """
    if isinstance(given, ValType) and isinstance(wanted, ValType):
        return valtype_matches(given, wanted, scope)
    return given is wanted


def top_of(heap: HeapType, scope: Scope) -> AbsHeapType:
    """The largest heap type above *heap*: any, func, extern or exn."""
    kind = closed(heap, scope)
    if isinstance(kind, ExactDefType):
        kind = kind.type
    if isinstance(kind, DefType):
        kind = kind.kind
    return kind if kind in _TOPS else next(top for top in _TOPS if top in _ABOVE[kind])


def limits_match(given: Limits, wanted: Limits) -> bool:
    """Whether a size within *given* is always within *wanted*.

    spec: valid/matching, limits
    """
    if given.minimum < wanted.minimum:
        return False
    return wanted.maximum is None or (given.maximum is not None and given.maximum <= wanted.maximum)


def extern_matches(given: ExternType, given_scope: Scope, wanted: ExternType, wanted_scope: Scope) -> bool:
    """Whether something of type *given* may be imported as *wanted*; each side with the types of its own module.

    Functions and tags are compared by their structure here; where both sides have a `DefType`, `closed_matches` is the answer.

    spec: valid/matching, external types
    """
    if isinstance(given, MemType) and isinstance(wanted, MemType):
        same = given.addrtype is wanted.addrtype and given.shared is wanted.shared and given.page_size == wanted.page_size
        return same and limits_match(given.limits, wanted.limits)
    if isinstance(given, TableType) and isinstance(wanted, TableType):
        if given.addrtype is not wanted.addrtype or not limits_match(given.limits, wanted.limits):
            return False
        return _equal(given.reftype, given_scope, wanted.reftype, wanted_scope)
    if isinstance(given, GlobalType) and isinstance(wanted, GlobalType):
        if given.mutable or wanted.mutable:
            both = given.mutable and wanted.mutable
            return both and _equal(given.valtype, given_scope, wanted.valtype, wanted_scope)
        return _crosses(given.valtype, given_scope, wanted.valtype, wanted_scope)
    if isinstance(given, FuncType) and isinstance(wanted, FuncType):
        given_types, wanted_types = given.params + given.results, wanted.params + wanted.results
        same_arity = len(given.params) == len(wanted.params) and len(given_types) == len(wanted_types)
        pairs = zip(given_types, wanted_types, strict=False)
        return same_arity and all(_equal(a, given_scope, b, wanted_scope) for a, b in pairs)
    if isinstance(given, TagType) and isinstance(wanted, TagType):
        return given_scope[given.type_index] is wanted_scope[wanted.type_index]
    return False


def _crosses(given: ValType, given_scope: Scope, wanted: ValType, wanted_scope: Scope) -> bool:
    """`valtype_matches` for types of two modules."""
    if isinstance(given, RefType) and isinstance(wanted, RefType):
        if given.nullable and not wanted.nullable:
            return False
        return closed_matches(closed(given.heap, given_scope), closed(wanted.heap, wanted_scope))
    return given is wanted


def _equal(given: ValType, given_scope: Scope, wanted: ValType, wanted_scope: Scope) -> bool:
    return _crosses(given, given_scope, wanted, wanted_scope) and _crosses(wanted, wanted_scope, given, given_scope)
