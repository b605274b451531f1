"""Types as text, and type uses with their abbreviations.

Lives here: one function per type of the specification; type definitions; the function types that are used but nowhere defined.
Not here: whether a type index exists, or a subtype may be one (validation).

spec: text/types
"""

from __future__ import annotations

from pywasm_vm.features import Feature, Features, needs
from pywasm_vm.structure.types import (
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    V128,
    AbsHeapType,
    AddrType,
    ArrayType,
    CompType,
    ExactType,
    FieldType,
    FuncType,
    GlobalType,
    HeapType,
    Limits,
    MemType,
    PackType,
    RecType,
    RefType,
    StorageType,
    StructType,
    SubType,
    TableType,
    ValType,
)
from pywasm_vm.text.scopes import ModuleScope, Space
from pywasm_vm.text.tokens import ABBREVIATED_REFS, Tokens, shown

__all__ = ["TypeReader"]

_NUMBERS: dict[str, ValType] = {"i32": I32, "i64": I64, "f32": F32, "f64": F64, "v128": V128}
_PACKED: dict[str, PackType] = {"i8": I8, "i16": I16}
_ABBREVIATIONS: dict[str, RefType] = {word: RefType(True, heap) for word, heap in ABBREVIATED_REFS.items()}
_VALUES: dict[str, ValType] = _NUMBERS | _ABBREVIATIONS
_HEAPS: dict[str, AbsHeapType] = {heap.value: heap for heap in AbsHeapType}
_ADDRESSES: dict[str, AddrType] = {"i32": AddrType.I32, "i64": AddrType.I64}

PAGE_SIZE = 65536


class TypeReader:
    """Reads types at the cursor, and keeps the type index space: what the text defines, then what it uses without defining."""

    def __init__(self, tokens: Tokens, scope: ModuleScope, features: Features) -> None:
        self.tokens = tokens
        self.scope = scope
        self._features = features
        self.groups: list[RecType] = []
        self.subtypes: list[SubType] = []
        self._known: dict[FuncType, int] = {}
        """Function types that stand alone, final and without supertypes, by their first index."""

    # Value types

    def is_valtype(self) -> bool:
        """Whether a value type comes next."""
        return self.tokens.next in _VALUES or self.tokens.opens("ref")

    def valtype(self) -> ValType:
        """A value type."""
        found = _VALUES.get(self.tokens.next)
        if found is None:
            return self._long_reftype("a value type")
        self.tokens.at += 1
        return found

    def is_reftype(self) -> bool:
        """Whether a reference type comes next."""
        return self.tokens.next in _ABBREVIATIONS or self.tokens.opens("ref")

    def reftype(self) -> RefType:
        """A reference type."""
        found = _ABBREVIATIONS.get(self.tokens.next)
        if found is None:
            return self._long_reftype("a reference type")
        self.tokens.at += 1
        return found

    def _long_reftype(self, wanted: str) -> RefType:
        if not self.tokens.enter("ref"):
            raise self.tokens.unexpected(wanted)
        nullable = self.tokens.accept("null")
        heap = self.heaptype()
        self.tokens.take(")")
        return RefType(nullable, heap)

    def heaptype(self) -> HeapType:
        """A named heap type, a type index, or `(exact index)`."""
        named = _HEAPS.get(self.tokens.next)
        if named is not None:
            self.tokens.at += 1
            return named
        if not self.tokens.enter("exact"):
            return self.scope.types.index(self.tokens)
        exact = ExactType(self.scope.types.index(self.tokens))
        self.tokens.take(")")
        return exact

    def valtypes(self) -> tuple[ValType, ...]:
        """Value types up to the closing parenthesis, which is taken too."""
        found = []
        while not self.tokens.accept(")"):
            found.append(self.valtype())
        return tuple(found)

    # Composite types

    def _storage(self) -> StorageType:
        packed = _PACKED.get(self.tokens.next)
        if packed is None:
            return self.valtype()
        self.tokens.at += 1
        return packed

    def _fieldtype(self) -> FieldType:
        if not self.tokens.enter("mut"):
            return FieldType(self._storage(), False)
        storage = self._storage()
        self.tokens.take(")")
        return FieldType(storage, True)

    def _fields(self, names: Space) -> tuple[FieldType, ...]:
        """The fields of a struct: `(field $name type)` or `(field type …)`, up to the closing parenthesis."""
        tokens = self.tokens
        fields = []
        while not tokens.accept(")"):
            if not tokens.enter("field"):
                raise tokens.unexpected("a field")
            if tokens.next[:1] == "$":
                names.bind(tokens, tokens.at)
                tokens.at += 1
                fields.append(self._fieldtype())
                tokens.take(")")
                continue
            while not tokens.accept(")"):
                names.bind(tokens, tokens.at)
                fields.append(self._fieldtype())
        return tuple(fields)

    def comptype(self, index: int) -> CompType:
        """A function, struct or array type; *index* is the place of the type that it belongs to."""
        tokens = self.tokens
        if tokens.enter("func"):
            functype = self.functype(None)
            tokens.take(")")
            return functype
        if tokens.enter("struct"):
            names = self.scope.fields[index] = Space("field")
            return StructType(self._fields(names))
        if tokens.enter("array"):
            element = self._fieldtype()
            tokens.take(")")
            return ArrayType(element)
        raise tokens.unexpected("a composite type")

    def functype(self, names: Space | None, *, named: bool = True) -> FuncType:
        """Parameters and results. Parameters are bound in *names*; without *named* they may have no identifiers."""
        tokens = self.tokens
        params: list[ValType] = []
        known = names if names is not None else Space("local")
        while tokens.enter("param"):
            if named and tokens.next[:1] == "$":
                known.bind(tokens, tokens.at)
                tokens.at += 1
                params.append(self.valtype())
                tokens.take(")")
                continue
            types = self.valtypes()
            known.count += len(types)
            params.extend(types)
        functype = FuncType(tuple(params), self.results())
        if tokens.opens("param"):
            raise tokens.unexpected("no parameter, behind results,", tokens.at + 1)
        return functype

    def results(self) -> tuple[ValType, ...]:
        """All `(result …)` that come next."""
        results: list[ValType] = []
        while self.tokens.enter("result"):
            results.extend(self.valtypes())
        return tuple(results)

    # Definitions

    def define(self) -> None:
        """A type definition or a recursive group of them, behind whose word the cursor stands, up to the parenthesis."""
        first = len(self.subtypes)
        if self.tokens.texts[self.tokens.at - 1] == "type":
            group = [self._definition(first)]
        else:
            group = []
            while self.tokens.next == "(":
                self.tokens.take("(")
                self.tokens.take("type")
                group.append(self._definition(first + len(group)))
                self.tokens.take(")")
        self._add(RecType(tuple(group)))

    def _definition(self, index: int) -> SubType:
        self.tokens.identifier()
        if not self.tokens.enter("sub"):
            return self._described(index, True, ())
        final = self.tokens.accept("final")
        supertypes = []
        while self.scope.types.has_index(self.tokens):
            supertypes.append(self.scope.types.index(self.tokens))
        subtype = self._described(index, final, tuple(supertypes))
        self.tokens.take(")")
        return subtype

    def _described(self, index: int, final: bool, supertypes: tuple[int, ...]) -> SubType:
        """`(describes x)` and `(descriptor y)`, either of which may be missing, and a composite type."""
        describes, descriptor = self._clause("describes"), self._clause("descriptor")
        return SubType(final, supertypes, self.comptype(index), descriptor, describes)

    def _clause(self, word: str) -> int | None:
        if not self.tokens.enter(word):
            return None
        index = self.scope.types.index(self.tokens)
        self.tokens.take(")")
        return index

    def _add(self, group: RecType) -> None:
        index = len(self.subtypes)
        self.groups.append(group)
        self.subtypes.extend(group.subtypes)
        if len(group.subtypes) == 1:
            (only,) = group.subtypes
            if isinstance(only.comptype, FuncType) and only == SubType(True, (), only.comptype):
                self._known.setdefault(only.comptype, index)

    # Type uses

    def index_of(self, functype: FuncType) -> int:
        """The index of *functype*, which is defined behind all other types when it was not there."""
        index = self._known.get(functype)
        if index is None:
            index = len(self.subtypes)
            self._add(RecType((SubType(True, (), functype),)))
        return index

    def has_typeuse(self) -> bool:
        """Whether anything of a type use comes next."""
        return self.tokens.opens("type") or self.tokens.opens("param") or self.tokens.opens("result")

    def written_typeuse(self, names: Space | None, *, named: bool = True) -> tuple[int | None, FuncType | None]:
        """The type index and the function type that are written, each None when it is not. Both must agree.

        raises: Malformed.
        spec: text/modules, type uses
        """
        tokens = self.tokens
        if not tokens.enter("type"):
            return None, self.functype(names, named=named)
        at = tokens.at
        index = self.scope.types.index(tokens)
        tokens.take(")")
        if not (tokens.opens("param") or tokens.opens("result")):
            if names is not None:
                names.count += len(self._params(index))
            return index, None
        functype = self.functype(names, named=named)
        if index >= len(self.subtypes):
            raise tokens.malformed(f"unknown type {index}", at)
        if self.subtypes[index].comptype != functype:
            raise tokens.malformed(f"inline function type: type {index} is another than {shown(str(functype))}", at)
        return index, functype

    def _params(self, index: int) -> tuple[ValType, ...]:
        comptype = self.subtypes[index].comptype if index < len(self.subtypes) else None
        return comptype.params if isinstance(comptype, FuncType) else ()

    def typeuse(self, names: Space | None = None, *, named: bool = True) -> int:
        """The index of a function type, given by index, by its parameters and results, or both."""
        index, functype = self.written_typeuse(names, named=named)
        return index if index is not None else self.index_of(functype or FuncType((), ()))

    # Limits, memories, tables, globals

    def addrtype(self) -> AddrType:
        """The type of addresses; i32 when nothing is said."""
        found = _ADDRESSES.get(self.tokens.next)
        if found is None:
            return AddrType.I32
        self.tokens.at += 1
        return found

    def limits(self) -> Limits:
        """A minimum, and a maximum when a second number follows."""
        minimum = self._size()
        return Limits(minimum, self._size() if self.tokens.has_natural() else None)

    def _size(self) -> int:
        size = self.tokens.natural(64, "a size")
        if size >> 32 and Feature.MEMORY64 not in self._features:
            reason = needs("a size of more than 32 bits", Feature.MEMORY64)
            raise self.tokens.malformed(f"i32 constant out of range: {reason}", self.tokens.at - 1)
        return size

    def page_size(self) -> int:
        """`(pagesize n)`, or the size of a page that nobody declared."""
        tokens = self.tokens
        if not tokens.enter("pagesize"):
            return PAGE_SIZE
        if Feature.CUSTOM_PAGE_SIZES not in self._features:
            raise tokens.malformed(needs("a memory with its own page size", Feature.CUSTOM_PAGE_SIZES), tokens.at - 1)
        size = tokens.natural(64, "a page size")
        if size == 0 or size & size - 1:
            raise tokens.malformed(f"invalid custom page size: {size} is no power of two", tokens.at - 1)
        tokens.take(")")
        return size

    def memtype(self) -> MemType:
        """Address type, limits, whether shared, page size."""
        addrtype = self.addrtype()
        limits = self.limits()
        shared = self.tokens.accept("shared")
        return MemType(limits, addrtype, shared, self.page_size())

    def tabletype(self) -> TableType:
        """Address type, limits, element type."""
        addrtype = self.addrtype()
        limits = self.limits()
        return TableType(limits, self.reftype(), addrtype)

    def globaltype(self) -> GlobalType:
        """A value type; `(mut …)` around it when the global may be changed."""
        if not self.tokens.enter("mut"):
            return GlobalType(self.valtype(), False)
        valtype = self.valtype()
        self.tokens.take(")")
        return GlobalType(valtype, True)
