"""What C must know of a module, gathered into arrays and handed over in one call.

Lives here: the encoding of types, features and limits for native/module.h, and `NativeModule`, which keeps both sides alive.
Not here: what C does with it, and the shapes on its side (native/module.h, native/api_module.h).

A large module has a hundred thousand functions, so nothing is handed over one by one: C gets arrays and copies them. The bytes of
the module it does not copy: it reads bodies where they stand, and `NativeModule` keeps them there.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from pywasm_vm.errors import Crash
from pywasm_vm.features import Feature, Features
from pywasm_vm.limits import Limits
from pywasm_vm.native.owned import Owned
from pywasm_vm.structure.module import Functions, Module
from pywasm_vm.structure.types import (
    F32,
    F64,
    I32,
    I64,
    V128,
    AbsHeapType,
    AddrType,
    ExactType,
    FuncType,
    GlobalType,
    MemType,
    PackType,
    RefType,
    StorageType,
    StructType,
    SubType,
    TableType,
    TagType,
)

__all__ = ["MOST_BYTES", "NativeModule", "feature_bits", "reftype_of", "valtype_word"]

_HEAPS = {
    AbsHeapType.EXN: 0x69,
    AbsHeapType.ARRAY: 0x6A,
    AbsHeapType.STRUCT: 0x6B,
    AbsHeapType.I31: 0x6C,
    AbsHeapType.EQ: 0x6D,
    AbsHeapType.ANY: 0x6E,
    AbsHeapType.EXTERN: 0x6F,
    AbsHeapType.FUNC: 0x70,
    AbsHeapType.NONE: 0x71,
    AbsHeapType.NOEXTERN: 0x72,
    AbsHeapType.NOFUNC: 0x73,
    AbsHeapType.NOEXN: 0x74,
}

_PLAIN: dict[StorageType, int] = {
    I32: 0x7F,
    I64: 0x7E,
    F32: 0x7D,
    F64: 0x7C,
    V128: 0x7B,
    PackType.I8: 0x78,
    PackType.I16: 0x77,
}

_REF, _NULLABLE, _EXACT, _NAMED = 1 << 31, 1 << 30, 1 << 29, 1 << 28

_MOST_TYPES = 1 << 28
"""A type index has so many bits in the word of a reference type."""
MOST_BYTES = 1 << 32
"""Places in the source have 32 bits: a module of so many bytes is too large."""
_UNBOUNDED = (1 << 63) - 1

_NO_INDEX = 0xFFFF_FFFF
_FUNC, _STRUCT, _ARRAY = range(3)

_DECLARED, _EXACT_IMPORT = 1, 2

_NO_MEMORY = 1


def valtype_word(t: StorageType) -> int:
    """*t* as C has it. Made for types that the validator has let pass."""
    if not isinstance(t, RefType):
        return _PLAIN[t]
    if isinstance(t.heap, AbsHeapType):
        heap = _NAMED | _HEAPS[t.heap]
    else:
        heap = _EXACT | t.heap.index if isinstance(t.heap, ExactType) else t.heap
    return _REF | (_NULLABLE if t.nullable else 0) | heap


def reftype_of(word: int) -> RefType:
    """The reference type whose word is *word*."""
    heap: AbsHeapType | ExactType | int = word & 0x0FFF_FFFF
    if word & _NAMED:
        heap = next(named for named, byte in _HEAPS.items() if byte == heap)
    elif word & _EXACT:
        heap = ExactType(word & 0x0FFF_FFFF)
    return RefType(bool(word & _NULLABLE), heap)


def feature_bits(features: Features) -> int:
    """*features* as C has them: the bits of native/generated/features.h."""
    return sum(1 << place for place, feature in enumerate(Feature) if feature in features)


class NativeModule:
    """A module as C knows it: `handle` is the `wasm_module *`, and is freed with this object.

    The module must have passed validation as far as its sections go; its bodies need not have. It must come out of a binary
    (`Module.source`): C reads bodies where they stand.
    """

    __slots__ = ("__weakref__", "_kept", "_lib", "_new", "_owned", "handle")

    def __init__(
        self,
        core: tuple[Any, Any],
        module: Module,
        *,
        type_ids: Sequence[int],
        declared: Collection[int],
        features: Features,
        limits: Limits,
    ) -> None:
        """*core* is the pair of ffi and library. *type_ids* has for each type a number that equal types share, of whatever
        module; *declared* are the functions that `ref.func` may name in bodies.

        raises: MemoryError; ValueError when the module has no source, or is too large for the words of C.
        """
        ffi, lib = core
        if module.source is None:
            raise ValueError("this module was not decoded from a binary")
        if len(type_ids) >= _MOST_TYPES or len(module.source) >= MOST_BYTES:
            raise ValueError("this module is too large for the C core")
        source = ffi.from_buffer("uint8_t[]", module.source)
        parts = ffi.new("wasm_module_parts *")
        parts.source, parts.source_size = source, len(module.source)
        parts.features = feature_bits(features)
        _fill_limits(parts, limits)
        kept = [source]

        def give(name: str, ctype: str, values: array[int] | bytearray) -> None:
            pointer = ffi.from_buffer(ctype, values)
            kept.append(pointer)
            setattr(parts, name, pointer)

        types, storage = _types(module.subtypes())
        give("types", "uint32_t[]", types)
        give("type_ids", "uint64_t[]", array("Q", type_ids))
        give("storage", "uint32_t[]", storage)
        parts.type_count, parts.storage_count = len(type_ids), len(storage)
        functions, bodies = _functions(module)
        give("functions", "uint32_t[]", functions)
        give("bodies", "uint32_t[]", bodies)
        give("declared", "uint8_t[]", _marks(module, declared, len(functions)))
        parts.function_count, parts.body_count = len(functions), len(bodies) // 2
        parts.memories_may_be_named = not isinstance(module.funcs, Functions) or module.funcs.memories
        _give_spaces(module, parts, give)
        made = ffi.new("wasm_module **")
        status = lib.wasm_module_new(parts, made)
        if status == _NO_MEMORY:
            raise MemoryError("the C core got no memory for a module")
        if status:
            raise Crash("what was handed to the C core of this module contradicts itself")
        self._kept = source
        self._lib = lib
        self._new = ffi.new
        self.handle = made[0]
        self._owned = Owned(self.handle, lib.wasm_module_free)

    def judge(self, first: int, count: int) -> tuple[int, int]:
        """What `wasm_validate` answers of *count* bodies, the first of them by its place among the module's own, and where it
        came to its answer.
        """
        reached = self._new("uint32_t *")
        return self._lib.wasm_validate(self.handle, first, count, reached), reached[0]


def _fill_limits(parts: Any, limits: Limits) -> None:
    parts.most_locals = min(limits.locals, _UNBOUNDED)
    parts.most_body_bytes = min(limits.function_body_bytes, _UNBOUNDED)
    parts.most_nesting = min(limits.nesting, _UNBOUNDED)
    parts.most_operands = min(limits.operands, _UNBOUNDED)
    parts.most_array_operands = min(limits.array_operands, _UNBOUNDED)


def _types(subtypes: Iterable[SubType]) -> tuple[array[int], array[int]]:
    """Seven words for each type, and the words of what they are made of."""
    types: list[int] = []
    storage: list[int] = []
    for subtype in subtypes:
        comptype = subtype.comptype
        if isinstance(comptype, FuncType):
            kind, count, results = _FUNC, len(comptype.params), len(comptype.results)
            storage += map(valtype_word, comptype.params + comptype.results)
        else:
            is_struct = isinstance(comptype, StructType)
            fields = comptype.fields if isinstance(comptype, StructType) else (comptype.field,)
            kind, count, results = _STRUCT if is_struct else _ARRAY, len(fields), 0
            for field in fields:
                storage += (valtype_word(field.storage), field.mutable)
        supertype = subtype.supertypes[0] if subtype.supertypes else _NO_INDEX
        descriptor = _NO_INDEX if subtype.descriptor is None else subtype.descriptor
        describes = _NO_INDEX if subtype.describes is None else subtype.describes
        types += (kind, subtype.final, supertype, descriptor, describes, count, results)
    return array("I", types), array("I", storage)


def _functions(module: Module) -> tuple[array[int], array[int]]:
    """The type index of each function, and the places of bodies: offset, size, offset, size …"""
    functions = array("I", [item.desc for item in module.imports if isinstance(item.desc, int)])
    functions.extend(module.function_types())
    funcs = module.funcs
    places = funcs.places if isinstance(funcs, Functions) else [word for func in funcs for word in (func.offset, func.size)]
    return functions, array("I", places)


def _marks(module: Module, declared: Collection[int], count: int) -> bytearray:
    """For each function, bit 0: it is one of *declared*; bit 1: it is imported as exactly of its type."""
    imported = [_EXACT_IMPORT * item.exact for item in module.imports if isinstance(item.desc, int)]
    marks = bytearray(imported) + bytearray(count - len(imported))
    for index in declared:
        marks[index] |= _DECLARED
    return marks


def _give_spaces(module: Module, parts: Any, give: Any) -> None:
    """Tables, memories, globals, tags and segments, imports first."""
    descs = [item.desc for item in module.imports]
    tables = [desc for desc in descs if isinstance(desc, TableType)] + [table.type for table in module.tables]
    mems = [desc for desc in descs if isinstance(desc, MemType)] + [mem.type for mem in module.mems]
    imported_globals = [desc for desc in descs if isinstance(desc, GlobalType)]
    globals_ = imported_globals + [item.type for item in module.globals]
    tags = [desc.type_index for desc in descs if isinstance(desc, TagType)] + [tag.type.type_index for tag in module.tags]
    give("tables", "uint32_t[]", array("I", [word for t in tables for word in (valtype_word(t.reftype), _is_64(t.addrtype))]))
    give("memories", "uint32_t[]", array("I", [word for t in mems for word in _memory(t)]))
    give("globals", "uint32_t[]", array("I", [word for t in globals_ for word in (valtype_word(t.valtype), t.mutable)]))
    give("tags", "uint32_t[]", array("I", tags))
    give("elems", "uint32_t[]", array("I", [valtype_word(elem.type) for elem in module.elems]))
    parts.table_count, parts.memory_count = len(tables), len(mems)
    parts.global_count, parts.imported_global_count = len(globals_), len(imported_globals)
    parts.tag_count, parts.elem_count = len(tags), len(module.elems)
    parts.data_count, parts.data_count_given = len(module.datas), module.data_count is not None


def _memory(t: MemType) -> tuple[int, int, int]:
    return _is_64(t.addrtype), t.shared, t.page_size.bit_length() - 1


def _is_64(addrtype: AddrType) -> int:
    return addrtype is AddrType.I64
