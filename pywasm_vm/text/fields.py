"""The fields of a module, with all their abbreviations, to its members.

Lives here: one method per field; inline imports and exports, segments inside tables and memories.
Not here: the order in which fields are visited and how identifiers got their indices (parse.py).

spec: text/modules
"""

from __future__ import annotations

from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.limits import Limits
from pywasm_vm.structure.instructions import Expression
from pywasm_vm.structure.module import (
    Custom,
    Data,
    Elem,
    Export,
    ExternKind,
    Func,
    Global,
    Import,
    ImportDesc,
    Mem,
    Module,
    Names,
    SegmentMode,
    Table,
    Tag,
)
from pywasm_vm.structure.types import (
    FUNCREF,
    AbsHeapType,
    AddrType,
    MemType,
    RefType,
    TableType,
    TagType,
    ValType,
)
from pywasm_vm.structure.types import Limits as SizeLimits
from pywasm_vm.text.customs import read_name
from pywasm_vm.text.immediates import Reader
from pywasm_vm.text.instructions import ExpressionReader
from pywasm_vm.text.scopes import FunctionScope, ModuleScope, Space
from pywasm_vm.text.tokens import Tokens, is_string
from pywasm_vm.text.types import TypeReader

__all__ = ["Fields"]

_END, _REF_FUNC = BY_MNEMONIC["end"], BY_MNEMONIC["ref.func"]
_CONST = {AddrType.I32: BY_MNEMONIC["i32.const"], AddrType.I64: BY_MNEMONIC["i64.const"]}

_FUNCTIONS = RefType(False, AbsHeapType.FUNC)
"""The type of a segment that lists functions by their indices."""


class Fields:
    """Reads field after field, and collects what they define."""

    def __init__(self, tokens: Tokens, types: TypeReader, scope: ModuleScope, limits: Limits) -> None:
        self.tokens = tokens
        self.types = types
        self.scope = scope
        self.limits = limits
        self.imports: list[Import] = []
        self.funcs: list[Func] = []
        self.tables: list[Table] = []
        self.mems: list[Mem] = []
        self.globals: list[Global] = []
        self.tags: list[Tag] = []
        self.exports: list[Export] = []
        self.start: int | None = None
        self.elems: list[Elem] = []
        self.datas: list[Data] = []
        self.locals: dict[int, dict[int, str]] = {}
        self.labels: dict[int, dict[int, str]] = {}
        self.hints: dict[int, dict[int, bytes]] = {}
        self._seen = dict.fromkeys(ExternKind, 0)
        """How many of each kind have been read, imported or defined: the index of the next one."""
        self._readers = {
            "func": self._func,
            "table": self._table,
            "memory": self._memory,
            "global": self._global,
            "tag": self._tag,
            "import": self._import,
            "export": self._export,
            "start": self._start,
            "elem": self._elem,
            "data": self._data,
        }

    def read(self) -> None:
        """The field whose parenthesis comes next. Types have been read before."""
        tokens = self.tokens
        position = tokens.position
        stop = tokens.ends[tokens.at]
        tokens.at += 1
        word = tokens.next
        if word in ("type", "rec"):
            tokens.at = stop + 1
            return
        reader = self._readers.get(word)
        if reader is None:
            raise tokens.unexpected("a field of a module")
        tokens.at += 1
        reader(stop, position)
        tokens.take(")")

    # Expressions

    def _expression(self, stop: int) -> Expression:
        """The constant expression up to the token with index *stop*."""
        reader = Reader(self.tokens, self.types, self.scope, FunctionScope())
        return ExpressionReader(reader, self.limits.nesting).read(stop)

    def _within(self, word: str) -> Expression:
        """`(word instr …)`, or one folded instruction, which stands for the same."""
        tokens = self.tokens
        stop = tokens.ends[tokens.at]
        if tokens.next != "(":
            raise tokens.unexpected(f"`({word}`")
        if not tokens.enter(word):
            return self._expression(stop + 1)
        expression = self._expression(stop)
        tokens.take(")")
        return expression

    # What definitions have in common

    def _member(self, kind: ExternKind, word: str) -> int:
        """The identifier of a definition, and its exports; gives its index."""
        tokens = self.tokens
        index = self._seen[kind]
        self._seen[kind] += 1
        self._name(self.scope.of_kind(word), index, word)
        while tokens.enter("export"):
            self.exports.append(Export(tokens.name(), kind, index, tokens.positions[tokens.at - 3]))
            tokens.take(")")
        return index

    def _name(self, space: Space, index: int, what: str) -> None:
        """Go behind the identifier, and take the annotation that says a better name."""
        self.tokens.identifier()
        name = read_name(self.tokens, what, None)
        if name is not None:
            space.names[index] = name

    def _inline_import(self) -> tuple[str, str] | None:
        """`(import "module" "name")` inside a definition."""
        tokens = self.tokens
        if not tokens.enter("import"):
            return None
        names = tokens.name(), tokens.name()
        tokens.take(")")
        return names

    def _description(self, kind: ExternKind, function: FunctionScope) -> ImportDesc:
        match kind:
            case ExternKind.FUNC:
                return self.types.typeuse(function.locals)
            case ExternKind.TABLE:
                return self.types.tabletype()
            case ExternKind.MEMORY:
                return self.types.memtype()
            case ExternKind.GLOBAL:
                return self.types.globaltype()
            case ExternKind.TAG:
                return TagType(self.types.typeuse(Space("local")))

    def _imported(self, kind: ExternKind, index: int, position: int) -> bool:
        """Read the rest of a definition that is an import, and say whether it is one."""
        names = self._inline_import()
        if names is None:
            return False
        self._add_import(names, kind, index, position)
        return True

    def _add_import(self, names: tuple[str, str], kind: ExternKind, index: int, position: int) -> None:
        function = FunctionScope()
        exact = kind is ExternKind.FUNC and self.tokens.enter("exact")
        self.imports.append(Import(*names, kind, self._description(kind, function), position, exact))
        if exact:
            self.tokens.take(")")
        if kind is ExternKind.FUNC and function.locals.names:
            self.locals[index] = function.locals.names

    # Fields

    def _import(self, stop: int, position: int) -> None:
        tokens = self.tokens
        names = tokens.name(), tokens.name()
        tokens.take("(")
        word = tokens.next
        if word not in ("func", "table", "memory", "global", "tag"):
            raise tokens.unexpected("what is imported")
        tokens.at += 1
        kind = ExternKind(word)
        index = self._seen[kind]
        self._seen[kind] += 1
        self._name(self.scope.of_kind(word), index, word)
        self._add_import(names, kind, index, position)
        tokens.take(")")

    def _export(self, stop: int, position: int) -> None:
        tokens = self.tokens
        name = tokens.name()
        tokens.take("(")
        word = tokens.next
        if word not in ("func", "table", "memory", "global", "tag"):
            raise tokens.unexpected("what is exported")
        tokens.at += 1
        self.exports.append(Export(name, ExternKind(word), self.scope.of_kind(word).index(tokens), position))
        tokens.take(")")

    def _start(self, stop: int, position: int) -> None:
        if self.start is not None:
            raise self.tokens.malformed("multiple start sections", self.tokens.at - 2)
        self.start = self.scope.funcs.index(self.tokens)

    def _func(self, stop: int, position: int) -> None:
        index = self._member(ExternKind.FUNC, "func")
        if self._imported(ExternKind.FUNC, index, position):
            return
        function = FunctionScope()
        type_index = self.types.typeuse(function.locals)
        runs = self._locals(function.locals)
        hints: dict[int, bytes] = {}
        reader = Reader(self.tokens, self.types, self.scope, function)
        body = ExpressionReader(reader, self.limits.nesting, hints).read(stop)
        self.funcs.append(Func(type_index, runs, body, position))
        for found, where in ((function.locals.names, self.locals), (function.label_names, self.labels)):
            if found:
                where[index] = found
        if hints:
            self.hints[index] = hints

    def _locals(self, names: Space) -> tuple[tuple[int, ValType], ...]:
        """The declared locals, neighbours of one type as one run."""
        tokens = self.tokens
        runs: list[tuple[int, ValType]] = []
        first = tokens.at
        while tokens.enter("local"):
            types: tuple[ValType, ...]
            if tokens.next[:1] == "$":
                names.bind(tokens, tokens.at)
                tokens.at += 1
                types = (self.types.valtype(),)
                tokens.take(")")
            else:
                types = self.types.valtypes()
                names.count += len(types)
            for valtype in types:
                if runs and runs[-1][1] is valtype:
                    runs[-1] = (runs[-1][0] + 1, valtype)
                else:
                    runs.append((1, valtype))
        if names.count > self.limits.locals:
            raise tokens.malformed(f"too many locals: {names.count}, and the limit is {self.limits.locals}", first)
        return tuple(runs)

    def _table(self, stop: int, position: int) -> None:
        tokens = self.tokens
        index = self._member(ExternKind.TABLE, "table")
        if self._imported(ExternKind.TABLE, index, position):
            return
        addrtype = self.types.addrtype()
        if tokens.has_natural():
            limits = self.types.limits()
            tabletype = TableType(limits, self.types.reftype(), addrtype)
            self.tables.append(Table(tabletype, self._expression(stop) if tokens.at < stop else None, position))
            return
        reftype = self.types.reftype()
        if not tokens.enter("elem"):
            raise tokens.unexpected("`(elem`")
        kind = reftype
        if tokens.next == "(":
            items = self._items()
        else:
            items = self._functions()
            kind = _FUNCTIONS if reftype is FUNCREF else reftype
        tokens.take(")")
        size = len(items)
        self.tables.append(Table(TableType(SizeLimits(size, size), reftype, addrtype), None, position))
        self.elems.append(Elem(kind, items, SegmentMode.ACTIVE, index, self._zero(addrtype, position), position))

    def _memory(self, stop: int, position: int) -> None:
        tokens = self.tokens
        index = self._member(ExternKind.MEMORY, "memory")
        if self._imported(ExternKind.MEMORY, index, position):
            return
        at = tokens.at
        addrtype = self.types.addrtype()
        page_size = self.types.page_size()
        if not tokens.enter("data"):
            tokens.at = at
            self.mems.append(Mem(self.types.memtype(), position))
            return
        content = tokens.strings()
        tokens.take(")")
        pages = -(-len(content) // page_size)
        self.mems.append(Mem(MemType(SizeLimits(pages, pages), addrtype, False, page_size), position))
        self.datas.append(Data(content, SegmentMode.ACTIVE, index, self._zero(addrtype, position), position))

    def _zero(self, addrtype: AddrType, position: int) -> Expression:
        return Expression(((_CONST[addrtype], (0,), position), (_END, (), position)))

    def _global(self, stop: int, position: int) -> None:
        index = self._member(ExternKind.GLOBAL, "global")
        if not self._imported(ExternKind.GLOBAL, index, position):
            globaltype = self.types.globaltype()
            self.globals.append(Global(globaltype, self._expression(stop), position))

    def _tag(self, stop: int, position: int) -> None:
        index = self._member(ExternKind.TAG, "tag")
        if not self._imported(ExternKind.TAG, index, position):
            self.tags.append(Tag(TagType(self.types.typeuse(Space("local"))), position))

    # Segments

    def _elem(self, stop: int, position: int) -> None:
        tokens = self.tokens
        self._name(self.scope.elems, len(self.elems), "elem")
        if tokens.accept("declare"):
            kind, items = self._elemlist()
            self.elems.append(Elem(kind, items, SegmentMode.DECLARATIVE, 0, None, position))
            return
        if self.types.is_reftype() or tokens.next == "func":
            kind, items = self._elemlist()
            self.elems.append(Elem(kind, items, SegmentMode.PASSIVE, 0, None, position))
            return
        table, named = self._target("table", self.scope.tables)
        place = self._within("offset")
        if not named and (tokens.at == stop or self.scope.funcs.has_index(tokens)):
            kind, items = _FUNCTIONS, self._functions()
        else:
            kind, items = self._elemlist()
        self.elems.append(Elem(kind, items, SegmentMode.ACTIVE, table, place, position))

    def _target(self, word: str, space: Space) -> tuple[int, bool]:
        """The table or memory of an active segment, and whether it was written as `(table x)`.

        A bare number is the form of Wasm 1.0.
        """
        tokens = self.tokens
        if tokens.enter(word):
            index = space.index(tokens)
            tokens.take(")")
            return index, True
        return tokens.natural(32) if tokens.has_natural() else 0, False

    def _elemlist(self) -> tuple[RefType, tuple[Expression, ...]]:
        if self.tokens.accept("func"):
            return _FUNCTIONS, self._functions()
        return self.types.reftype(), self._items()

    def _functions(self) -> tuple[Expression, ...]:
        """Function indices, each standing for `ref.func` of it."""
        tokens, space = self.tokens, self.scope.funcs
        items = []
        while space.has_index(tokens):
            position = tokens.position
            items.append(Expression(((_REF_FUNC, (space.index(tokens),), position), (_END, (), position))))
        return tuple(items)

    def _items(self) -> tuple[Expression, ...]:
        items = []
        while self.tokens.next == "(":
            items.append(self._within("item"))
        return tuple(items)

    def _data(self, stop: int, position: int) -> None:
        tokens = self.tokens
        self._name(self.scope.datas, len(self.datas), "data")
        if tokens.at == stop or is_string(tokens.next):
            self.datas.append(Data(tokens.strings(), SegmentMode.PASSIVE, 0, None, position))
            return
        memory, _ = self._target("memory", self.scope.mems)
        place = self._within("offset")
        self.datas.append(Data(tokens.strings(), SegmentMode.ACTIVE, memory, place, position))

    # The whole

    def present(self) -> dict[str, bool]:
        """Which sections a binary of this module has, by the words of annotations; one that only announces another is none."""
        return {
            "type": bool(self.types.groups),
            "import": bool(self.imports),
            "func": bool(self.funcs),
            "table": bool(self.tables),
            "memory": bool(self.mems),
            "tag": bool(self.tags),
            "global": bool(self.globals),
            "export": bool(self.exports),
            "start": self.start is not None,
            "elem": bool(self.elems),
            "datacount": False,
            "code": bool(self.funcs),
            "data": bool(self.datas),
        }

    def module(self, name: str | None, customs: tuple[Custom, ...]) -> Module:
        """What has been read, put together.

        raises: Malformed when there is more of something than the limits allow.
        """
        self._check_counts()
        scope = self.scope
        return Module(
            types=tuple(self.types.groups),
            imports=tuple(self.imports),
            funcs=tuple(self.funcs),
            tables=tuple(self.tables),
            mems=tuple(self.mems),
            globals=tuple(self.globals),
            tags=tuple(self.tags),
            exports=tuple(self.exports),
            start=self.start,
            elems=tuple(self.elems),
            datas=tuple(self.datas),
            data_count=len(self.datas) if scope.code_names_data else None,
            customs=customs,
            names=Names(
                name,
                scope.funcs.names,
                self.locals,
                scope.globals.names,
                labels=self.labels,
                types=scope.types.names,
                tables=scope.tables.names,
                memories=scope.mems.names,
                elems=scope.elems.names,
                datas=scope.datas.names,
                fields={index: space.names for index, space in scope.fields.items() if space.names},
                tags=scope.tags.names,
            ),
            hints=self.hints,
        )

    def _check_counts(self) -> None:
        limits = self.limits
        for what, count, limit in (
            ("types", len(self.types.subtypes), limits.types),
            ("imports", len(self.imports), limits.imports),
            ("functions", len(self.funcs), limits.functions),
            ("tables", len(self.tables), limits.tables),
            ("memories", len(self.mems), limits.memories),
            ("globals", len(self.globals), limits.globals),
            ("tags", len(self.tags), limits.tags),
            ("exports", len(self.exports), limits.exports),
            ("element segments", len(self.elems), limits.element_segments),
            ("elements of segments", sum(len(elem.items) for elem in self.elems), limits.segment_elements),
            ("data segments", len(self.datas), limits.data_segments),
        ):
            if count > limit:
                raise self.tokens.malformed(f"too many {what}: {count}, and the limit is {limit}")
