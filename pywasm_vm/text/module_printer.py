"""A module to text: `print_module`, and `module_lines` for one that is too large to be held as text.

Lives here: one function per sort of member. The text parses back to an equal module.
Not here: instructions (printer.py) and the spelling of names and numbers (identifiers.py).

Names become identifiers; a function, table, memory, global, tag or segment whose name another one has already is called by
number, and an annotation keeps its name. The name section itself is not printed: it is what the names say. Types are named by
index and written out where they are used, so that nothing is defined on the way.

spec: text/modules
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from pywasm_vm.structure.instructions import Expr
from pywasm_vm.structure.module import Custom, Data, Elem, ExternKind, Func, Import, Module, SegmentMode
from pywasm_vm.structure.types import (
    AbsHeapType,
    AddrType,
    FieldType,
    FuncType,
    GlobalType,
    MemType,
    PackType,
    RefType,
    StructType,
    SubType,
    TableType,
    ValType,
)
from pywasm_vm.text.customs import SECTIONS
from pywasm_vm.text.identifiers import Identifiers, bytes_text, name_text, unique
from pywasm_vm.text.printer import InstructionPrinter, print_expression

__all__ = ["function_printer", "module_lines", "print_function", "print_module"]

CHUNK = 96
"""Bytes of data in one line."""

_AFTER = {number: word for word, number in SECTIONS.items()}
_FUNCTIONS = RefType(False, AbsHeapType.FUNC)


def print_module(module: Module) -> str:
    """The text of *module*.

    spec: text/modules
    """
    return "".join(line + "\n" for line in module_lines(module))


def module_lines(module: Module, progress: Callable[[int, int], None] | None = None) -> Iterator[str]:
    """The lines of the text of *module*, one by one, without their ends.

    *progress* is told how many functions have been printed, and of how many.
    """
    printer = _ModulePrinter(module, progress)
    names = unique({0: module.names.module or ""})
    head = f"(module {names[0]}" if names else "(module"
    fields = printer.fields()
    first = next(fields, None)
    if first is None:
        yield head + ")"
        return
    yield head
    yield first
    yield from fields
    yield ")"


class _ModulePrinter:
    """Prints the members of one module, each on lines of its own."""

    def __init__(self, module: Module, progress: Callable[[int, int], None] | None = None) -> None:
        self.module = module
        self.progress = progress
        self.ids = Identifiers(module)
        self.subtypes = module.subtypes()
        self.seen = dict.fromkeys(ExternKind, 0)
        names = module.names
        self.spaces: dict[str, tuple[Mapping[int, str], Mapping[int, str]]] = {
            "func": (self.ids.funcs, names.functions),
            "table": (self.ids.tables, names.tables),
            "memory": (self.ids.mems, names.memories),
            "global": (self.ids.globals, names.globals),
            "tag": (self.ids.tags, names.tags),
            "elem": (self.ids.elems, names.elems),
            "data": (self.ids.datas, names.datas),
        }

    def fields(self) -> Iterator[str]:
        """All fields, in the order of sections."""
        module = self.module
        yield from self._types()
        for item in module.imports:
            yield f"  {self._import(item)}"
        for done, func in enumerate(module.funcs, 1):
            yield from self._func(func, self._next(ExternKind.FUNC))
            if self.progress is not None:
                self.progress(done, len(module.funcs))
        for table in module.tables:
            head = f"  ({self._head('table', self._next(ExternKind.TABLE))} {self._tabletype(table.type)}"
            yield f"{head} {self._expression(table.init)})" if table.init is not None else f"{head})"
        for mem in module.mems:
            yield f"  ({self._head('memory', self._next(ExternKind.MEMORY))} {_memtype(mem.type)})"
        for tag in module.tags:
            yield f"  ({self._head('tag', self._next(ExternKind.TAG))} {self._typeuse(tag.type.type_index)})"
        for item_ in module.globals:
            head = self._head("global", self._next(ExternKind.GLOBAL))
            yield f"  ({head} {self._globaltype(item_.type)} {self._expression(item_.init)})"
        for export in module.exports:
            ids, _ = self.spaces[export.kind.value]
            yield f"  (export {name_text(export.name)} ({export.kind.value} {ids.get(export.index, str(export.index))}))"
        if module.start is not None:
            yield f"  (start {self.ids.funcs.get(module.start, str(module.start))})"
        for index, elem in enumerate(module.elems):
            yield f"  {self._elem(elem, index)}"
        for index, data in enumerate(module.datas):
            yield from self._data(data, index)
        for custom in module.customs:
            if custom.name != "name":
                yield f"  {_custom(custom)}"

    def _next(self, kind: ExternKind) -> int:
        index = self.seen[kind]
        self.seen[kind] += 1
        return index

    def _head(self, word: str, index: int) -> str:
        """The word of a field, its identifier or the annotation with its name, and its number as a comment."""
        ids, names = self.spaces[word]
        parts = [word]
        if index in ids:
            parts.append(ids[index])
        elif index in names:
            parts.append(f"(@name {name_text(names[index])})")
        return " ".join([*parts, f"(;{index};)"])

    # Types

    def _types(self) -> Iterator[str]:
        index = 0
        for group in self.module.types:
            members = []
            for subtype in group.subtypes:
                ids = f" {self.ids.types[index]}" if index in self.ids.types else ""
                members.append(f"(type{ids} (;{index};) {self._subtype(subtype, index)})")
                index += 1
            if len(members) == 1:
                yield f"  {members[0]}"
            else:
                yield "  (rec"
                yield from (f"    {member}" for member in members)
                yield "  )"

    def _subtype(self, subtype: SubType, index: int) -> str:
        text = self._comptype(subtype, index)
        for word, described in (("descriptor", subtype.descriptor), ("describes", subtype.describes)):
            if described is not None:
                text = f"({word} {self.ids.types.get(described, str(described))}) {text}"
        if subtype.final and not subtype.supertypes:
            return text
        supertypes = "".join(f" {self.ids.types.get(x, str(x))}" for x in subtype.supertypes)
        return f"(sub{' final' if subtype.final else ''}{supertypes} {text})"

    def _comptype(self, subtype: SubType, index: int) -> str:
        comptype = subtype.comptype
        if isinstance(comptype, FuncType):
            return f"(func{self._signature(comptype, {})})"
        if isinstance(comptype, StructType):
            ids = self.ids.fields(index)
            fields = [
                f" (field {ids[number] + ' ' if number in ids else ''}{self._fieldtype(field)})"
                for number, field in enumerate(comptype.fields)
            ]
            return f"(struct{''.join(fields)})"
        return f"(array {self._fieldtype(comptype.field)})"

    def _fieldtype(self, field: FieldType) -> str:
        storage = field.storage.value if isinstance(field.storage, PackType) else self.ids.valtype(field.storage)
        return f"(mut {storage})" if field.mutable else storage

    def _signature(self, functype: FuncType, ids: Mapping[int, str]) -> str:
        """Parameters and results, each with a space in front."""
        text = self._declared("param", enumerate(functype.params), ids)
        if functype.results:
            text += f" (result {' '.join(self.ids.valtype(t) for t in functype.results)})"
        return text

    def _declared(self, word: str, types: Iterable[tuple[int, ValType]], ids: Mapping[int, str]) -> str:
        """Parameters or locals: those with identifiers alone, the others together."""
        parts: list[str] = []
        run: list[str] = []
        for index, valtype in types:
            if index in ids:
                if run:
                    parts.append(f" ({word} {' '.join(run)})")
                    run = []
                parts.append(f" ({word} {ids[index]} {self.ids.valtype(valtype)})")
            else:
                run.append(self.ids.valtype(valtype))
        if run:
            parts.append(f" ({word} {' '.join(run)})")
        return "".join(parts)

    def functype(self, index: int) -> FuncType | None:
        """The function type at *index*; None when there is none."""
        comptype = self.subtypes[index].comptype if index < len(self.subtypes) else None
        return comptype if isinstance(comptype, FuncType) else None

    def _typeuse(self, index: int, ids: Mapping[int, str] | None = None) -> str:
        functype = self.functype(index)
        signature = self._signature(functype, ids or {}) if functype is not None else ""
        return f"(type {self.ids.types.get(index, str(index))}){signature}"

    def _tabletype(self, table: TableType) -> str:
        return f"{_addrtype(table.addrtype)}{table.limits} {self.ids.valtype(table.reftype)}"

    def _globaltype(self, item: GlobalType) -> str:
        text = self.ids.valtype(item.valtype)
        return f"(mut {text})" if item.mutable else text

    # Members

    def _import(self, item: Import) -> str:
        index = self._next(item.kind)
        desc = item.desc
        if isinstance(desc, int):
            functype = self.functype(desc)
            text = self._typeuse(desc, self.ids.locals(index, len(functype.params)) if functype is not None else {})
            text = f"(exact {text})" if item.exact else text
        elif isinstance(desc, TableType):
            text = self._tabletype(desc)
        elif isinstance(desc, MemType):
            text = _memtype(desc)
        elif isinstance(desc, GlobalType):
            text = self._globaltype(desc)
        else:
            text = self._typeuse(desc.type_index)
        return f"(import {name_text(item.module)} {name_text(item.name)} ({self._head(item.kind.value, index)} {text}))"

    def local_ids(self, func: Func, index: int) -> dict[int, str]:
        """The identifiers of parameters and locals of the function with that index."""
        functype = self.functype(func.type_index)
        count = (len(functype.params) if functype is not None else 0) + sum(count for count, _ in func.locals)
        return self.ids.locals(index, count)

    def _func(self, func: Func, index: int) -> Iterator[str]:
        local_ids = self.local_ids(func, index)
        yield f"  ({self._head('func', index)} {self._typeuse(func.type_index, local_ids)}"
        functype = self.functype(func.type_index)
        first = len(functype.params) if functype is not None else 0
        types = [valtype for count, valtype in func.locals for _ in range(count)]
        declared = self._declared("local", enumerate(types, first), local_ids)
        if declared:
            yield f"   {declared}"
        instructions = function_printer(self.ids, local_ids, index)
        for _, text in print_expression(instructions, func.body, self.module.hints.get(index)):
            yield f"    {text}"
        yield "  )"

    def _expression(self, expression: Expr, word: str = "") -> str:
        """A constant expression: folded when it is one instruction, else its instructions, within `(word …)` if there is one."""
        texts = [text.strip() for _, text in print_expression(InstructionPrinter(self.ids), expression)]
        if len(texts) == 1:
            return f"({texts[0]})"
        return f"({' '.join([word, *texts])})" if word else " ".join(texts)

    def _elem(self, elem: Elem, index: int) -> str:
        parts = [self._head("elem", index)]
        if elem.mode is SegmentMode.DECLARATIVE:
            parts.append("declare")
        if elem.mode is SegmentMode.ACTIVE:
            if elem.table:
                parts.append(f"(table {self.ids.tables.get(elem.table, str(elem.table))})")
            parts.append(self._expression(elem.place or (), "offset"))
        items = [list(item) for item in elem.items]
        if elem.type is _FUNCTIONS and all(len(item) == 2 and item[0][0].mnemonic == "ref.func" for item in items):
            parts.append("func")
            for item in items:
                ((_, (function,), _), _) = item
                parts.append(self.ids.funcs.get(function, str(function)))  # type: ignore[call-overload]
        else:
            parts.append(self.ids.valtype(elem.type))
            parts.extend(self._expression(item, "item") for item in items)
        return f"({' '.join(parts)})"

    def _data(self, data: Data, index: int) -> Iterator[str]:
        parts = [self._head("data", index)]
        if data.memory:
            parts.append(f"(memory {self.ids.mems.get(data.memory, str(data.memory))})")
        if data.place is not None:
            parts.append(self._expression(data.place, "offset"))
        if len(data.content) <= CHUNK:
            yield f"  ({' '.join([*parts, bytes_text(data.content)])})"
            return
        yield f"  ({' '.join(parts)}"
        for at in range(0, len(data.content), CHUNK):
            yield f"    {bytes_text(data.content[at : at + CHUNK])}"
        yield "  )"


def function_printer(ids: Identifiers, local_ids: Mapping[int, str], index: int) -> InstructionPrinter:
    """A printer for the body of the function with that index."""
    labels = ids.names.labels.get(index, {})
    return InstructionPrinter(
        ids, local_ids, {number: text for number, name in labels.items() for text in unique({0: name}).values()}
    )


def print_function(module: Module, index: int) -> Iterator[tuple[int, str]]:
    """The function with that index, line by line, each with the offset of its instruction; the first line is its head.

    raises: IndexError when the module defines no such function.
    """
    printer = _ModulePrinter(module)
    defined = index - len(module.imported(ExternKind.FUNC))
    if not 0 <= defined < len(module.funcs):
        raise IndexError(f"the module defines no function {index}")
    func = module.funcs[defined]
    local_ids = printer.local_ids(func, index)
    yield func.offset, f"{printer._head('func', index)} {printer._typeuse(func.type_index, local_ids)}"
    instructions = function_printer(printer.ids, local_ids, index)
    for (_, _, offset), text in print_expression(instructions, func.body):
        yield offset, text


def _addrtype(addrtype: AddrType) -> str:
    return "i64 " if addrtype is AddrType.I64 else ""


def _memtype(memory: MemType) -> str:
    shared = " shared" if memory.shared else ""
    page_size = f" (pagesize {memory.page_size})" if memory.page_size != 65536 else ""
    return f"{_addrtype(memory.addrtype)}{memory.limits}{shared}{page_size}"


def _custom(custom: Custom) -> str:
    place = f"(after {_AFTER[custom.after]})" if custom.after in _AFTER else "(before first)"
    return f"(@custom {name_text(custom.name)} {place} {bytes_text(custom.content)})"
