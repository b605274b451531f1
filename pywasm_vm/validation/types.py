"""Whether types are well-formed.

Lives here: the type section with its recursive groups and declared supertypes; heap and value types that a module mentions;
limits; the types of memories, tables, globals and tags; and which feature each form of type needs.
Not here: when one type matches another (matching.py).

spec: valid/types
"""

from __future__ import annotations

from typing import Final

from pywasm_vm.errors import Invalid
from pywasm_vm.features import Feature
from pywasm_vm.structure.types import (
    V128,
    AbsHeapType,
    AddrType,
    CompType,
    ExactType,
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
from pywasm_vm.validation.context import Context, unknown
from pywasm_vm.validation.matching import closed_matches, comptype_matches, roll

__all__ = [
    "check_globaltype",
    "check_heaptype",
    "check_memtype",
    "check_rectype",
    "check_tabletype",
    "check_tagtype",
    "check_valtype",
]

_HEAP_FEATURES: Final = {
    AbsHeapType.FUNC: Feature.REFERENCE_TYPES,
    AbsHeapType.EXTERN: Feature.REFERENCE_TYPES,
    AbsHeapType.EXN: Feature.EXCEPTIONS,
    AbsHeapType.NOEXN: Feature.EXCEPTIONS,
}
"""The named heap types that came before GC."""


def check_heaptype(c: Context, heap: HeapType) -> None:
    """Refuse an unknown type index, and a form that needs a feature that is off."""
    if isinstance(heap, AbsHeapType):
        c.require(_HEAP_FEATURES.get(heap, Feature.GC), f"the heap type {heap.value}")
        return
    c.require(Feature.FUNCTION_REFERENCES, "a reference to a type by its index")
    if isinstance(heap, ExactType):
        c.require(Feature.CUSTOM_DESCRIPTORS, "an exact heap type")
        heap = heap.index
    if heap >= len(c.comptypes):
        raise unknown("type", heap, c.comptypes)


def check_valtype(c: Context, t: ValType) -> None:
    """Refuse a value type that is not well-formed, or that needs a feature that is off."""
    if t in c.allowed_types:
        return
    if t is V128:
        c.require(Feature.SIMD, "the type v128")
    elif isinstance(t, RefType):
        if not t.nullable:
            c.require(Feature.FUNCTION_REFERENCES, "a reference type without null")
        check_heaptype(c, t.heap)
    c.allowed_types.add(t)


# The type section


def check_rectype(c: Context, group: RecType) -> None:
    """Check *group* and add its members to the type index space.

    spec: valid/types, recursive types
    """
    first = len(c.comptypes)
    if len(group.subtypes) != 1:
        c.require(Feature.GC, "a recursive group")
    # Members may name one another, so all of them are in scope before the first is looked at.
    c.subtypes += group.subtypes
    c.comptypes += [subtype.comptype for subtype in group.subtypes]
    c.signatures += [None] * len(group.subtypes)
    depths: list[int] = []
    for position, subtype in enumerate(group.subtypes):
        _check_declaration(c, subtype, first + position)
        depths.append(_depth(c, subtype, first, depths))
        if subtype.descriptor is not None or subtype.describes is not None:
            _check_described(c, group, first, position)
        if subtype.final:
            c.final_types.add(first + position)
    roll(group, c.deftypes)
    for position, subtype in enumerate(group.subtypes):
        if subtype.supertypes:
            _check_supertype(c, subtype, first + position)


def _check_described(c: Context, group: RecType, first: int, position: int) -> None:
    """What a type describes, and what describes it, stand in the same group and say so of each other."""
    c.require(Feature.CUSTOM_DESCRIPTORS, "a type with a descriptor, or that describes another,")
    subtype, x = group.subtypes[position], first + position

    def member(y: int, what: str) -> SubType:
        if not first <= y < first + len(group.subtypes):
            raise Invalid(f"{what} type is outside rec group: type {x} names type {y}")
        return group.subtypes[y - first]

    if subtype.describes is not None:
        described = member(subtype.describes, "described")
        if subtype.describes >= x:
            raise Invalid(f"forward use of described type: type {x} describes type {subtype.describes}")
        if described.descriptor != x:
            raise Invalid(f"described type is not described by descriptor: type {subtype.describes} does not name type {x}")
        if not isinstance(subtype.comptype, StructType):
            raise Invalid(f"described type must be a struct, and so must what describes it: type {x} is none")
    if subtype.descriptor is not None:
        if member(subtype.descriptor, "descriptor").describes != x:
            raise Invalid(f"type is not described by its descriptor: type {subtype.descriptor} does not describe type {x}")
        if not isinstance(subtype.comptype, StructType):
            raise Invalid(f"descriptor type must be a struct, and so must what it describes: type {x} is none")


def _check_declaration(c: Context, subtype: SubType, x: int) -> None:
    _check_comptype(c, subtype.comptype)
    if subtype.supertypes or not subtype.final:
        c.require(Feature.GC, "a type with a supertype, or open for subtypes,")
    if len(subtype.supertypes) > 1:
        raise Invalid(f"sub type {x} has {len(subtype.supertypes)} super types, but only one is allowed")
    for y in subtype.supertypes:
        if y >= x:
            raise Invalid(f"unknown type {y}: the super type of type {x} must come before it")


def _depth(c: Context, subtype: SubType, first: int, depths: list[int]) -> int:
    """How many supertypes *subtype* has above it. *depths* are those of the types in front of it, from *first* on.

    Looked at before the group is rolled: each type of a rolled group holds the whole chain above it.
    """
    if not subtype.supertypes:
        return 0
    (y,) = subtype.supertypes
    depth = 1 + (depths[y - first] if y >= first else len(c.deftypes[y].supertypes))
    if depth > c.limits.subtype_depth:
        x = first + len(depths)
        raise Invalid(f"sub type {x} has {depth} super types above it, and {c.limits.subtype_depth} are allowed")
    return depth


def _check_supertype(c: Context, subtype: SubType, x: int) -> None:
    (y,) = subtype.supertypes
    if y in c.final_types or not comptype_matches(subtype.comptype, c.comptypes[y], c.deftypes):
        why = "is final" if y in c.final_types else "has another shape"
        raise Invalid(f"sub type {x} does not match super type {y}, which {why}")
    _check_described_like_supertype(c, subtype, x, y)


def _check_described_like_supertype(c: Context, subtype: SubType, x: int, y: int) -> None:
    """What *subtype* (type *x*) describes, and what describes it, are subtypes of the same of its supertype *y*.

    A subtype may have a descriptor where its supertype has none; what it describes it has in common with it.
    """
    given, wanted = c.deftypes[x], c.deftypes[y]
    if (given.describes is None) != (wanted.describes is None):
        one, other = ("sub", "super") if wanted.describes is None else ("super", "sub")
        raise Invalid(f"sub type {x} does not match super type {y}: the {one} type describes a type, the {other} type none")
    if given.describes and wanted.describes and not closed_matches(given.describes, wanted.describes):
        raise Invalid(f"described type {subtype.describes} does not match what super type {y} describes")
    if wanted.descriptor is None:
        return
    if given.descriptor is None:
        raise Invalid(f"sub type {x} does not match super type {y}, which has a descriptor")
    if not closed_matches(given.descriptor, wanted.descriptor):
        raise Invalid(f"descriptor type {subtype.descriptor} does not match the descriptor of super type {y}")


def _check_comptype(c: Context, comptype: CompType) -> None:
    if isinstance(comptype, FuncType):
        _check_functype(c, comptype)
    elif isinstance(comptype, StructType):
        c.require(Feature.GC, "a struct type")
        if len(comptype.fields) > c.limits.fields:
            raise Invalid(f"too many fields: {len(comptype.fields)} of at most {c.limits.fields}")
        for field in comptype.fields:
            _check_storage(c, field.storage)
    else:
        c.require(Feature.GC, "an array type")
        _check_storage(c, comptype.field.storage)


def _check_functype(c: Context, functype: FuncType) -> None:
    for types in (functype.params, functype.results):
        if not c.allowed_types.issuperset(types):
            for t in types:
                check_valtype(c, t)
    if len(functype.results) > 1:
        c.require(Feature.MULTI_VALUE, "a function with more than one result")
    if len(functype.params) > c.limits.parameters:
        raise Invalid(f"too many parameters: {len(functype.params)} of at most {c.limits.parameters}")
    if len(functype.results) > c.limits.results:
        raise Invalid(f"too many results: {len(functype.results)} of at most {c.limits.results}")


def _check_storage(c: Context, t: StorageType) -> None:
    if isinstance(t, ValType):
        check_valtype(c, t)


# Memories, tables, globals, tags


def _check_limits(limits: Limits, largest: int, sentence: str) -> None:
    """Refuse bounds beyond *largest* with *sentence*, and bounds in the wrong order."""
    if limits.minimum > largest or (limits.maximum is not None and limits.maximum > largest):
        raise Invalid(f"{sentence}: the limits are {limits}")
    if limits.maximum is not None and limits.minimum > limits.maximum:
        raise Invalid(f"size minimum must not be greater than maximum: {limits.minimum} is greater than {limits.maximum}")


def check_memtype(c: Context, t: MemType) -> None:
    """Refuse a memory whose limits no memory can keep.

    spec: valid/types, memory types
    """
    if t.shared:
        c.require(Feature.THREADS, "a shared memory")
        if t.limits.maximum is None:
            raise Invalid("shared memory must have maximum")
    if t.page_size not in (1, 65536):
        raise Invalid(f"invalid custom page size: {t.page_size} bytes, and only 1 and 65536 are allowed")
    if t.page_size != 65536:
        c.require(Feature.CUSTOM_PAGE_SIZES, "a memory with its own page size")
    bits = 32 if t.addrtype is AddrType.I32 else 64
    if t.addrtype is AddrType.I64:
        c.require(Feature.MEMORY64, "a memory with 64-bit addresses")
    # A page size of 1 would allow 2**bits pages, one more than an address can count; the last one is out of reach.
    pages = (1 << bits) // t.page_size if t.page_size > 1 else (1 << bits) - 1
    readable = "65536 pages (4GiB)" if pages == 65536 else f"{pages} pages of {t.page_size} bytes"
    _check_limits(t.limits, pages, f"memory size must be at most {readable}")


def check_tabletype(c: Context, t: TableType) -> None:
    """Refuse a table whose limits or elements cannot be.

    spec: valid/types, table types
    """
    if t.reftype is not _FUNCREF:
        check_valtype(c, t.reftype)
    bits = 32 if t.addrtype is AddrType.I32 else 64
    if t.addrtype is AddrType.I64:
        c.require(Feature.MEMORY64, "a table with 64-bit indices")
    _check_limits(t.limits, (1 << bits) - 1, f"table size must be at most 2**{bits} - 1 elements")


_FUNCREF: Final = RefType(True, AbsHeapType.FUNC)
"""The one element type that tables had before there were reference types."""


def check_globaltype(c: Context, t: GlobalType) -> None:
    """Refuse a global whose type is not well-formed."""
    check_valtype(c, t.valtype)


def check_tagtype(c: Context, t: TagType) -> FuncType:
    """The function type of a tag, which must have no results.

    spec: valid/types, tag types
    """
    c.require(Feature.EXCEPTIONS, "a tag")
    functype = c.functype(t.type_index)
    if functype.results:
        raise Invalid(f"non-empty tag result type: type {t.type_index} is {functype}")
    return functype
