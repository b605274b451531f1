"""C: what is in scope while a module is checked.

Lives here: the index spaces with everything resolved, look-ups that refuse an unknown index, and the refusal of what needs a
feature that is switched off.
Not here: how the index spaces come about (module.py) and what a function body adds to them (stacks.py).

spec: valid/conventions, contexts
"""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass, field

from pywasm_vm.errors import Invalid
from pywasm_vm.features import Feature, Features, needs
from pywasm_vm.limits import Limits
from pywasm_vm.structure.types import (
    ArrayType,
    CompType,
    ExactType,
    FuncType,
    GlobalType,
    MemType,
    RefType,
    StructType,
    SubType,
    TableType,
    ValType,
)
from pywasm_vm.validation.matching import DefType, valtype_matches

__all__ = ["Context", "Signature"]


class Signature:
    """A function type as the walk over a body wants it: lists, which compare with a slice of the operand stack.

    There is one for each type index; nobody may change the lists.
    """

    __slots__ = ("arity", "params", "results")

    def __init__(self, params: list[ValType], results: list[ValType]) -> None:
        self.arity = len(params)
        self.params = params
        self.results = results


@dataclass(slots=True)
class Context:
    """The index spaces of a module, imports first. Grows while the module is checked, then stays as it is."""

    features: Features
    limits: Limits
    subtypes: list[SubType] = field(default_factory=list)
    comptypes: list[CompType] = field(default_factory=list)
    deftypes: list[DefType] = field(default_factory=list)
    signatures: list[Signature | None] = field(default_factory=list)
    """By type index; None for structs and arrays."""
    final_types: set[int] = field(default_factory=set)
    """The type indices that nobody may name as a supertype."""
    struct_operands: dict[int, list[ValType]] = field(default_factory=dict)
    """What `struct.new` takes, by type index, as far as anybody asked."""
    default_structs: set[int] = field(default_factory=set)
    """The structs all of whose fields were found to have defaults."""
    functypes: list[FuncType] = field(default_factory=list)
    functype_indices: list[int] = field(default_factory=list)
    calls: list[Signature] = field(default_factory=list)
    """By function index."""
    tables: list[TableType] = field(default_factory=list)
    mems: list[MemType] = field(default_factory=list)
    globals: list[GlobalType] = field(default_factory=list)
    imported_functions: int = 0
    exact_imports: set[int] = field(default_factory=set)
    """The imported functions whose type is exactly the one named."""
    imported_globals: int = 0
    read_globals: list[ValType] = field(default_factory=list)
    """What `global.get` gives, by index."""
    written_globals: list[ValType | None] = field(default_factory=list)
    """What `global.set` takes, by index; None for those that are immutable."""
    tags: list[FuncType] = field(default_factory=list)
    elems: list[RefType] = field(default_factory=list)
    datas: int = 0
    """How many data segments there are."""
    refs: set[int] = field(default_factory=set)
    """The functions that the module names outside of function bodies: those that `ref.func` may take."""
    export_names: set[str] = field(default_factory=set)
    allowed_types: set[ValType] = field(default_factory=set)
    """Value types that have been checked already."""

    @property
    def address(self) -> ValType | None:
        """The type of addresses in memory 0, if there is one."""
        return self.mems[0].addrtype.valtype if self.mems else None

    def add_function(self, type_index: int) -> None:
        """The next function of the index space has the type at *type_index*."""
        self.functypes.append(self.functype(type_index))
        self.functype_indices.append(type_index)
        self.calls.append(self.signature(type_index))

    def add_global(self, t: GlobalType) -> None:
        """The next global of the index space has type *t*."""
        self.globals.append(t)
        self.read_globals.append(t.valtype)
        self.written_globals.append(t.valtype if t.mutable else None)

    def require(self, feature: Feature, what: str) -> None:
        """Refuse *what* unless *feature* is on."""
        if feature not in self.features:
            raise Invalid(needs(what, feature))

    def comptype(self, x: int) -> CompType:
        """The composite type at index *x*."""
        if x >= len(self.comptypes):
            raise unknown("type", x, self.comptypes)
        return self.comptypes[x]

    def functype(self, x: int) -> FuncType:
        """The function type at type index *x*."""
        comptype = self.comptype(x)
        if not isinstance(comptype, FuncType):
            raise Invalid(f"type mismatch: type {x} is {_kind(comptype)}, not a function type")
        return comptype

    def structtype(self, x: int) -> StructType:
        """The struct type at type index *x*."""
        comptype = self.comptype(x)
        if not isinstance(comptype, StructType):
            raise Invalid(f"type mismatch: type {x} is {_kind(comptype)}, not a struct type")
        return comptype

    def arraytype(self, x: int) -> ArrayType:
        """The array type at type index *x*."""
        comptype = self.comptype(x)
        if not isinstance(comptype, ArrayType):
            raise Invalid(f"type mismatch: type {x} is {_kind(comptype)}, not an array type")
        return comptype

    def signature(self, x: int) -> Signature:
        """The function type at type index *x*, as lists."""
        known = self.signatures[x] if x < len(self.signatures) else None
        if known is None:
            functype = self.functype(x)
            known = self.signatures[x] = Signature(list(functype.params), list(functype.results))
        return known

    def func(self, x: int) -> Signature:
        """The type of function *x*."""
        if x >= len(self.calls):
            raise unknown("function", x, self.calls)
        return self.calls[x]

    def funcref(self, x: int) -> RefType:
        """The type of a reference to function *x*. An import may be of a subtype of what it is imported as."""
        self.func(x)
        type_index = self.functype_indices[x]
        if x < self.imported_functions and x not in self.exact_imports:
            return RefType(False, type_index)
        return self.made(type_index)

    def made(self, x: int) -> RefType:
        """The type of a reference to what was just made with type *x*: exact, where exact types exist."""
        return RefType(False, ExactType(x) if Feature.CUSTOM_DESCRIPTORS in self.features else x)

    def table(self, x: int) -> TableType:
        """The type of table *x*."""
        if x >= len(self.tables):
            raise unknown("table", x, self.tables)
        return self.tables[x]

    def mem(self, x: int) -> MemType:
        """The type of memory *x*."""
        if x >= len(self.mems):
            raise unknown("memory", x, self.mems)
        return self.mems[x]

    def global_(self, x: int) -> GlobalType:
        """The type of global *x*."""
        if x >= len(self.globals):
            raise unknown("global", x, self.globals)
        return self.globals[x]

    def tag(self, x: int) -> FuncType:
        """The type of tag *x*."""
        if x >= len(self.tags):
            raise unknown("tag", x, self.tags)
        return self.tags[x]

    def elem(self, x: int) -> RefType:
        """The type of element segment *x*."""
        if x >= len(self.elems):
            raise unknown("elem segment", x, self.elems)
        return self.elems[x]

    def data(self, x: int) -> None:
        """Refuse an unknown data segment."""
        if x >= self.datas:
            raise unknown("data segment", x, range(self.datas))

    def matches(self, given: ValType, wanted: ValType) -> bool:
        """Whether *given* may stand where *wanted* is asked for."""
        return given is wanted or valtype_matches(given, wanted, self.deftypes)


def unknown(what: str, x: int, there: Sized) -> Invalid:
    """The refusal of index *x* in an index space with the members *there*."""
    count = len(there)
    if not count:
        return Invalid(f"unknown {what} {x}: the module has none")
    return Invalid(f"unknown {what} {x}: the last one is {count - 1}")


def _kind(comptype: CompType) -> str:
    if isinstance(comptype, FuncType):
        return "a function type"
    return "a struct type" if isinstance(comptype, StructType) else "an array type"
