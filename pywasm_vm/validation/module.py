"""The check of a whole module, and what it leaves for those who run it.

Lives here: the order in which the members are checked, what each member must fulfil, and `ValidModule`.
Not here: types (types.py), constant expressions (constant.py), bodies (functions.py).

Bodies (bodies.py) are checked at once or, with `bodies="lazy"`, each when somebody asks for it. Whoever asks twice waits once.

spec: valid/modules
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

from pywasm_vm.errors import Invalid
from pywasm_vm.features import RUNNABLE, Feature, Features
from pywasm_vm.limits import Limits
from pywasm_vm.native.tables import NativeModule
from pywasm_vm.structure.module import (
    Data,
    Datas,
    Elem,
    Export,
    ExternKind,
    Func,
    Global,
    Import,
    Mem,
    Module,
    References,
    SegmentMode,
    Table,
    Tag,
)
from pywasm_vm.structure.types import (
    FUNCREF,
    I32,
    I64,
    AbsHeapType,
    CompType,
    FuncType,
    GlobalType,
    MemType,
    RefType,
    TableType,
    ValType,
)
from pywasm_vm.validation.bodies import Bodies
from pywasm_vm.validation.constant import check_constant, named_functions
from pywasm_vm.validation.context import Context
from pywasm_vm.validation.locals import has_default
from pywasm_vm.validation.matching import DefType
from pywasm_vm.validation.types import (
    check_globaltype,
    check_memtype,
    check_rectype,
    check_tabletype,
    check_tagtype,
    check_valtype,
)

__all__ = ["ValidModule", "check_module"]

_LIMITS = Limits()


class _Placed(Protocol):
    """A member that knows where it stands in the module."""

    @property
    def offset(self) -> int: ...


_Member = TypeVar("_Member", bound=_Placed)


@dataclass(frozen=True, slots=True)
class ValidModule:
    """A module that passed, with its types resolved. All index spaces begin with the imports.

    With `bodies="lazy"` its functions have not passed yet: `check_function` must be called before one of them is used.
    """

    module: Module
    features: Features
    comptypes: tuple[CompType, ...]
    """The type index space."""
    deftypes: tuple[DefType, ...]
    """The same, independent of this module: equal types of different modules are the same object."""
    functypes: tuple[FuncType, ...]
    functype_indices: tuple[int, ...]
    """The type index of each function."""
    tabletypes: tuple[TableType, ...]
    memtypes: tuple[MemType, ...]
    globaltypes: tuple[GlobalType, ...]
    tagtypes: tuple[FuncType, ...]
    declared_functions: frozenset[int]
    """The functions that `ref.func` may name in bodies."""
    imported_functions: int
    """How many functions of the index space are imported."""
    _bodies: Bodies = field(repr=False, compare=False)

    @property
    def native(self) -> NativeModule | None:
        """The module as the C core knows it; None where there is no C core, or no binary for it to read.

        raises: MemoryError.
        """
        return self._bodies.native

    def check_function(self, index: int) -> None:
        """Check the body of function *index* of the function index space, unless it has passed already. An import has none.

        raises: Invalid, with the offset of the instruction and the function; Malformed, where the bytes of the body are
        decoded while they are checked; IndexError when there is no such function; MemoryError.
        """
        self._bodies.check(index)

    def operands_before(self, index: int, count: int) -> list[list[ValType]]:
        """The types of the operands after *count* instructions of function *index*: for each open block, the outermost first."""
        return self._bodies.operands_before(index - self.imported_functions, count)


def check_module(
    module: Module,
    features: Features = RUNNABLE,
    limits: Limits = _LIMITS,
    *,
    bodies: Literal["eager", "lazy"] = "eager",
    progress: Callable[[int, int], None] | None = None,
) -> ValidModule:
    """Check that *module* is valid and needs nothing that *features* does not have.

    *progress* is told how many bodies have passed, and of how many, now and then and at the end.

    raises: Invalid; Malformed, where the bytes of a body are decoded while they are checked; MemoryError.
    spec: valid/modules, modules
    """
    c = Context(features, limits)
    _check_counts(module, limits)
    for group in module.types:
        check_rectype(c, group)
    _check_each(c, module.imports, _check_import)
    c.imported_globals = len(c.globals)
    c.imported_functions = imported_functions = len(c.calls)
    _add_functions(c, module)
    c.refs = _named_outside_bodies(module)
    _check_each(c, module.tags, _check_tag)
    _check_each(c, module.tables, _check_table)
    _check_each(c, module.mems, _check_mem)
    _check_each(c, module.globals, _check_global)
    _check_each(c, module.elems, _check_elem)
    _check_datas(c, module.datas)
    if module.data_count is not None:
        c.require(Feature.BULK_MEMORY, "a data count section")
    _check_each(c, module.exports, _check_export)
    _check_start(c, module.start)
    valid = ValidModule(
        module,
        features,
        tuple(c.comptypes),
        tuple(c.deftypes),
        tuple(c.functypes),
        tuple(c.functype_indices),
        tuple(c.tables),
        tuple(c.mems),
        tuple(c.globals),
        tuple(c.tags),
        frozenset(c.refs),
        imported_functions,
        Bodies(c, module, imported_functions),
    )
    if bodies == "eager":
        valid._bodies.check_all(progress)
    _check_hints(module, imported_functions)
    return valid


def _check_hints(module: Module, imported_functions: int) -> None:
    """Branch hints that the text wrote stand in front of branches on a condition. Those of a binary are never looked at.

    spec: appendix/custom, branch hints
    """
    for index, hints in module.hints.items():
        for number, (row, _, offset) in enumerate(module.funcs[index - imported_functions].body):
            if number in hints and row.mnemonic not in ("if", "br_if"):
                reason = f"@metadata.code.branch_hint annotation: invalid target {row.mnemonic}"
                raise Invalid(reason, offset=offset, function=index)


def _check_each(c: Context, members: Iterable[_Member], check: Callable[[Context, _Member], None]) -> None:
    """Call *check* with each of *members*, and give a refusal the place of the member where it has no better one."""
    for member in members:
        try:
            check(c, member)
        except Invalid as invalid:
            if invalid.offset is None and member.offset:
                raise Invalid(invalid.reason, offset=member.offset) from None
            raise


def _check_counts(module: Module, limits: Limits) -> None:
    members = (
        ("types", sum(len(group.subtypes) for group in module.types), limits.types),
        ("imports", len(module.imports), limits.imports),
        ("functions", len(module.funcs) + len(module.imported(ExternKind.FUNC)), limits.functions),
        ("tables", len(module.tables) + len(module.imported(ExternKind.TABLE)), limits.tables),
        ("memories", len(module.mems) + len(module.imported(ExternKind.MEMORY)), limits.memories),
        ("globals", len(module.globals) + len(module.imported(ExternKind.GLOBAL)), limits.globals),
        ("tags", len(module.tags) + len(module.imported(ExternKind.TAG)), limits.tags),
        ("exports", len(module.exports), limits.exports),
        ("element segments", len(module.elems), limits.element_segments),
        ("elements of segments", sum(len(elem.items) for elem in module.elems), limits.segment_elements),
        ("data segments", len(module.datas), limits.data_segments),
    )
    for what, count, limit in members:
        if count > limit:
            raise Invalid(f"too many {what}: {count} of at most {limit}")


def _add_functions(c: Context, module: Module) -> None:
    type_indices = module.function_types()
    try:
        known = {x: (c.functype(x), c.signature(x)) for x in set(type_indices)}
    except Invalid:
        _check_each(c, module.funcs, _add_function)
        return
    c.functype_indices += type_indices
    c.functypes += [known[x][0] for x in type_indices]
    c.calls += [known[x][1] for x in type_indices]


def _add_function(c: Context, func: Func) -> None:
    c.add_function(func.type_index)


def _check_import(c: Context, item: Import) -> None:
    desc = item.desc
    if isinstance(desc, int):
        if item.exact:
            c.require(Feature.CUSTOM_DESCRIPTORS, "an exact import of a function")
            c.exact_imports.add(len(c.calls))
        c.add_function(desc)
    elif isinstance(desc, TableType):
        _add_table(c, desc)
    elif isinstance(desc, MemType):
        _add_mem(c, desc)
    elif isinstance(desc, GlobalType):
        check_globaltype(c, desc)
        if desc.mutable:
            c.require(Feature.MUTABLE_GLOBALS, "an imported global that can be set")
        c.add_global(desc)
    else:
        c.tags.append(check_tagtype(c, desc))


def _named_outside_bodies(module: Module) -> set[int]:
    """The functions that stand in exports, segments, and initial values.

    spec: valid/modules, modules (the set of declared function references)
    """
    refs = {item.index for item in module.exports if item.kind is ExternKind.FUNC}
    for elem in module.elems:
        if isinstance(elem.items, References):
            refs.update(elem.items.functions)
        else:
            for expr in elem.items:
                refs.update(named_functions(expr))
        if elem.place is not None:
            refs.update(named_functions(elem.place))
    for member in module.globals:
        refs.update(named_functions(member.init))
    for table in module.tables:
        if table.init is not None:
            refs.update(named_functions(table.init))
    # The places of lazy ones are numbers.
    for data in () if isinstance(module.datas, Datas) else module.datas:
        if data.place is not None:
            refs.update(named_functions(data.place))
    return refs


# Tags, tables, memories, globals


def _check_tag(c: Context, tag: Tag) -> None:
    c.tags.append(check_tagtype(c, tag.type))


def _check_table(c: Context, table: Table) -> None:
    t = table.type
    _add_table(c, t)
    if table.init is not None:
        c.require(Feature.FUNCTION_REFERENCES, "a table with an initial value")
        check_constant(c, table.init, t.reftype)
    elif not has_default(t.reftype):
        raise Invalid(f"type mismatch: a table of {t.reftype} needs an initial value")


def _check_mem(c: Context, mem: Mem) -> None:
    _add_mem(c, mem.type)


def _check_global(c: Context, member: Global) -> None:
    check_globaltype(c, member.type)
    # A global is in scope only behind its own initial value.
    check_constant(c, member.init, member.type.valtype)
    c.add_global(member.type)


def _add_table(c: Context, t: TableType) -> None:
    check_tabletype(c, t)
    c.tables.append(t)
    if len(c.tables) > 1:
        c.require(Feature.REFERENCE_TYPES, "multiple tables: a module with more than one table")


def _add_mem(c: Context, t: MemType) -> None:
    check_memtype(c, t)
    c.mems.append(t)
    if len(c.mems) > 1:
        c.require(Feature.MULTI_MEMORY, "multiple memories: a module with more than one memory")


# Segments

_FUNCTIONS = RefType(False, AbsHeapType.FUNC)
"""What a segment that lists function indices holds: allowed before there were reference types."""


def _check_elem(c: Context, elem: Elem) -> None:
    if elem.type is not _FUNCTIONS:
        check_valtype(c, elem.type)
    if elem.mode is not SegmentMode.ACTIVE:
        c.require(Feature.BULK_MEMORY, "an element segment that is not active")
    elif elem.place is not None:
        table = c.table(elem.table)
        if not c.matches(elem.type, table.reftype):
            raise Invalid(f"type mismatch: the segment holds {elem.type}, table {elem.table} {table.reftype}")
        check_constant(c, elem.place, table.addrtype.valtype)
    if not (isinstance(elem.items, References) and _are_references(c, elem.items.functions, elem.type)):
        for expr in elem.items:
            check_constant(c, expr, elem.type)
    c.elems.append(elem.type)


def _are_references(c: Context, functions: Sequence[int], t: RefType) -> bool:
    """Whether references to *functions* are of type *t*, as far as one look at all of them tells."""
    return (t is _FUNCTIONS or t is FUNCREF) and max(functions, default=-1) < len(c.calls)


def _check_datas(c: Context, datas: Sequence[Data]) -> None:
    if isinstance(datas, Datas) and _are_plain(c, datas):
        c.datas += len(datas)
    else:
        _check_each(c, datas, _check_data)


def _are_plain(c: Context, datas: Datas) -> bool:
    """Whether all segments are right, as far as one look at all of them tells."""
    if datas.some_passive and Feature.BULK_MEMORY not in c.features:
        return False
    if not datas.some_i32 and not datas.some_i64:
        return True
    place = I64 if datas.some_i64 else I32
    return datas.first_memory_only and not (datas.some_i32 and datas.some_i64) and c.address is place


def _check_data(c: Context, data: Data) -> None:
    if data.mode is not SegmentMode.ACTIVE:
        c.require(Feature.BULK_MEMORY, "a data segment that is not active")
    elif data.place is not None:
        check_constant(c, data.place, c.mem(data.memory).addrtype.valtype)
    c.datas += 1


# Exports and the start function


def _check_export(c: Context, item: Export) -> None:
    if item.kind is ExternKind.FUNC:
        c.func(item.index)
    elif item.kind is ExternKind.TABLE:
        c.table(item.index)
    elif item.kind is ExternKind.MEMORY:
        c.mem(item.index)
    elif item.kind is ExternKind.GLOBAL:
        if c.global_(item.index).mutable:
            c.require(Feature.MUTABLE_GLOBALS, "an exported global that can be set")
    else:
        c.tag(item.index)
    if item.name in c.export_names:
        raise Invalid(f"duplicate export name: {item.name!r:.60} is exported twice")
    c.export_names.add(item.name)


def _check_start(c: Context, start: int | None) -> None:
    if start is None:
        return
    c.func(start)
    functype = c.functypes[start]
    if functype.params or functype.results:
        raise Invalid(f"start function: its type must be [] -> [], but function {start} has {functype}")
