"""The tier `python`: functions run as generated Python functions.

Lives here: `Compiled`, which translates a function when it is first called, and the namespace that binds code to one instance.
Not here: the translation (translate.py) and what an exception means (traps.py).

Code objects belong to the module, functions to the instance: a function is a code object with the instance's namespace as its
globals. All namespaces of a module hold the same names from the beginning, in the same order, so that Python's caches for global
names, which live in the shared code objects, stay right for all of them.

A function that has not been called yet is a stub, which translates, puts the real function in its place, and calls it.

spec: none; DESIGN decides that functions run as Python source
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Sequence
from itertools import count
from types import CodeType, FunctionType
from typing import Any
from weakref import finalize, ref

from pywasm_vm.errors import WasmException
from pywasm_vm.execution.budget import Budget
from pywasm_vm.execution.python.calls import in_tail_position
from pywasm_vm.execution.python.facts import Facts
from pywasm_vm.execution.python.names import HELPERS
from pywasm_vm.execution.python.translate import translate
from pywasm_vm.execution.python.traps import COMPILED, GUEST_ERRORS, INSTANCE, back_trace, explain
from pywasm_vm.execution.python.views import MemoryViews
from pywasm_vm.execution.tier import Compiled, Shell
from pywasm_vm.limits import Limits
from pywasm_vm.runtime.aggregates import class_of
from pywasm_vm.runtime.heap import Heap
from pywasm_vm.runtime.instances import Code, FuncInst, GlobalInst, ModuleInst
from pywasm_vm.runtime.memory import MemInst
from pywasm_vm.runtime.table import TableInst
from pywasm_vm.runtime.values import Ref, Value
from pywasm_vm.structure.module import Module
from pywasm_vm.structure.types import AbsHeapType, GlobalType, MemType, TableType

__all__ = ["PythonCompiled", "PythonTier"]

_serial = count(1)

_CLOSURE = "__closure__"
"""In the namespace of emitted code: the cells of its functions, None where code is not metered."""


class PythonCompiled:
    """A module whose functions become code objects one by one, when they are first called."""

    def __init__(self, module: Module, metered: bool, check: Callable[[int], None] | None) -> None:
        self.module = module
        self.metered = metered
        self.facts = Facts(module, metered)
        self._check = check
        self._codes: dict[int, CodeType] = {}
        self._tail_codes: dict[int, CodeType | None] = {}
        self._places: dict[int, list[str]] = {}
        self._serial = next(_serial)
        self._filenames: set[str] = set()
        finalize(self, _forget_lines, self._filenames)

    def code_of(self, index: int) -> CodeType:
        """The code object of function *index*.

        raises: Invalid, when validation was put off until now.
        """
        code = self._codes.get(index)
        if code is None:
            if self._check is not None:
                self._check(index)
            code = self._codes[index] = self._compile(index, translate(self.facts, index))
        return code

    def tail_code_of(self, index: int) -> CodeType | None:
        """The code object of function *index* for the end of a chain of tail calls; None when `code_of` gives the same.

        raises: Invalid, when validation was put off until now.
        """
        if index not in self._tail_codes:
            self.code_of(index)
            source = in_tail_position(translate(self.facts, index))
            self._tail_codes[index] = None if source is None else self._compile(index, source)
        return self._tail_codes[index]

    def _compile(self, index: int, source: str) -> CodeType:
        filename = self.filename(index)
        # An entry of one function makes the lines when somebody wants to see them. It must not keep the module alive.
        watched = ref(self)
        linecache.cache[filename] = (lambda: _text(watched(), index),)
        self._filenames.add(filename)
        code = compile(source, filename, "exec", dont_inherit=True, optimize=0)
        while code.co_name != f"f{index}":
            code = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
        return code

    def filename(self, index: int) -> str:
        """What tracebacks call the source of function *index*. A module may call itself anything, a file name may not."""
        name = (self.module.names.module or "module")[:60].encode("ascii", "backslashreplace").decode()
        name = "".join(character if character.isprintable() else "?" for character in name)
        return f"wasm:{name}@{self._serial}#{index}"

    def name_of(self, index: int) -> str | None:
        """What the name section calls function *index*."""
        return self.module.names.functions.get(index)

    def lines_of(self, index: int) -> list[str]:
        """The lines of function *index*, each with the offset it comes from in a comment. Made when first asked for."""
        lines = self._places.get(index)
        if lines is None:
            lines = self._places[index] = translate(self.facts, index, places=True).splitlines()
        return lines

    def offset_of(self, index: int, line: int) -> int | None:
        """The byte in the module from which *line* (from 1) of function *index* comes."""
        match = re.search(r"# (0x[0-9a-f]+)$", self.lines_of(index)[line - 1])
        return int(match[1], 16) if match else None


def _text(compiled: PythonCompiled | None, index: int) -> str:
    """The source of function *index*, while its module lives."""
    return "" if compiled is None else "".join(line + "\n" for line in compiled.lines_of(index))


def _forget_lines(filenames: set[str]) -> None:
    for filename in filenames:
        linecache.cache.pop(filename, None)


class PythonTier:
    """The tier `python`."""

    name = "python"

    def new_memory(self, memtype: MemType, limits: Limits) -> MemInst:
        """A memory in one bytearray."""
        return MemInst(memtype, limits.memory_pages)

    def new_table(self, tabletype: TableType, init: Ref, limits: Limits) -> TableInst:
        """A table in one list."""
        return TableInst(tabletype, init, limits.table_elements)

    def new_global(self, globaltype: GlobalType, value: Value) -> GlobalInst:
        """A global; `bind` moves the value of a private one to the namespace."""
        return GlobalInst(globaltype, value)

    def new_heap(self, limits: Limits) -> Heap:
        """A heap of Python objects."""
        return Heap(limits.array_elements)

    def compile(self, module: Module, *, metered: bool = False, check: Callable[[int], None] | None = None) -> PythonCompiled:
        """Nothing is translated yet."""
        return PythonCompiled(module, metered, check)

    def bind(self, compiled: Compiled, instance: ModuleInst, budget: Budget) -> None:
        """A namespace for *instance*, and in it a stub for each function."""
        if not isinstance(compiled, PythonCompiled):
            raise TypeError("this was compiled by another tier")
        # All of them are named in the namespace.
        instance.funcs = list(instance.funcs)
        namespace = instance.bound = _namespace(compiled, instance, budget)
        first = compiled.facts.imported_funcs
        for index, function in enumerate(instance.funcs[first:], first):
            stub = _stub(function, index, namespace)
            namespace[f"f{index}"] = function.code = stub
            function.tail = None

    def invoke(self, function: FuncInst, arguments: Sequence[Value], budget: Budget) -> Value:
        """Call *function* within *budget*; see `Tier.invoke`."""
        with budget:
            try:
                return function.code(*arguments)
            except WasmException as error:
                error.frames = error.frames or back_trace(error)
                raise
            except GUEST_ERRORS as error:
                trap = explain(error, budget.call_depth)
                if trap is None or trap is error:
                    raise
                raise trap from error

    def entry(self, function: FuncInst, budget: Budget, shell: Shell) -> None:
        """There is nothing quicker than `invoke`; see `Tier.entry`."""


def _namespace(compiled: PythonCompiled, instance: ModuleInst, budget: Budget) -> dict[str, Any]:
    """The globals of the functions of *instance*. No name is added later."""
    facts = compiled.facts
    namespace: dict[str, Any] = {
        "__name__": compiled.module.names.module or "wasm",
        "__builtins__": {"len": len, "abs": abs, "isinstance": isinstance},
        INSTANCE: instance,
        COMPILED: compiled,
        _CLOSURE: (budget.slice,) if compiled.metered else None,
        "TailCall": TailCall,
        "tail_code": _tail_code,
        "refill": budget.refill,
        "charge": budget.charge,
        "wait_for": budget.wait_for,
        "funcs": instance.funcs,
        "heap": instance.heap,
        **HELPERS,
    }
    namespace.update((f"f{index}", function.code) for index, function in enumerate(instance.funcs))
    for index, deftype in enumerate(instance.types):
        if deftype.kind is AbsHeapType.FUNC:
            namespace[f"Y{index}"] = deftype
        else:
            # None, until code that names the class is there.
            namespace[f"C{index}"] = deftype.layout
    instance.heap.charge = budget.charge
    for index, table in enumerate(instance.tables):
        namespace[f"t{index}"], namespace[f"T{index}"] = table.elements, table
        table.charge = budget.charge
    namespace.update((f"E{index}", tag) for index, tag in enumerate(instance.tags))
    namespace.update((f"e{index}", elem) for index, elem in enumerate(instance.elems))
    namespace.update((f"d{index}", data) for index, data in enumerate(instance.datas))
    for index, memory in enumerate(instance.mems):
        namespace[f"mem{index}"], namespace[f"m{index}"] = memory.data, memory
        if facts.has_views(index):
            # The name only keeps them: they live as long as the namespace does.
            namespace[f"views{index}"] = MemoryViews(memory, index, namespace)
    for index, variable in enumerate(instance.globals):
        if index in facts.private_globals:
            namespace[f"g{index}"] = variable.value
            instance.globals[index] = _NamespaceGlobal(variable, namespace, f"g{index}")
        else:
            namespace[f"G{index}"] = variable
    return namespace


class _NamespaceGlobal(GlobalInst):
    """A global whose value is a global variable of emitted code."""

    __slots__ = ("_name", "_namespace")

    def __init__(self, known: GlobalInst, namespace: dict[str, Any], name: str) -> None:
        self.type = known.type
        self.scope = known.scope
        self._namespace = namespace
        self._name = name

    @property
    def value(self) -> Value:
        """The raw value."""
        return self._namespace[self._name]

    @value.setter
    def value(self, value: Value) -> None:
        self._namespace[self._name] = value


class TailCall(tuple[FuncInst, tuple[Value, ...]]):
    """A call that takes the place of its caller: the function and the arguments. No guest's value is one of these."""

    __slots__ = ()


def _function(code: CodeType, index: int, namespace: dict[str, Any]) -> Code:
    """Function *index* of the instance of *namespace*, whose code object is *code*."""
    _make_classes(code, namespace)
    return FunctionType(code, namespace, f"f{index}", None, namespace[_CLOSURE])


def _tail_code(function: FuncInst) -> Code:
    """What to call where *function* takes the place of its caller."""
    instance, index = function.instance, function.index
    if instance is None or index is None:
        return function.code
    namespace = instance.bound
    code = namespace[COMPILED].tail_code_of(index)
    if code is None:
        code = namespace[COMPILED].code_of(index)
    function.tail = _function(code, index, namespace)
    return function.tail


def _stub(function: FuncInst, index: int, namespace: dict[str, Any]) -> Code:
    """What stands for function *index* until it is first called."""
    name = f"f{index}"

    def ready() -> Code:
        known: Code = namespace[name]
        if known is stub:
            known = _function(namespace[COMPILED].code_of(index), index, namespace)
            namespace[name] = function.code = known
        return known

    stub = _STUBS[len(function.type.params)](ready)
    return stub


_CLASS = re.compile(r"C(\d+)")


def _make_classes(code: CodeType, namespace: dict[str, Any]) -> None:
    """See that the classes of structs and arrays which *code* names are there. A module may have many that it never uses."""
    for name in code.co_names:
        if name.startswith("C") and namespace.get(name, code) is None:
            match = _CLASS.fullmatch(name)
            if match is not None:
                namespace[name] = class_of(namespace[INSTANCE].types[int(match[1])])


class _Stubs(dict[int, Callable[[Callable[[], Code]], Code]]):
    """For each number of parameters, what makes a stub. A stub passes its arguments on one by one: spreading a tuple would take
    room on the C stack for each call under way."""

    def __missing__(self, count: int) -> Callable[[Callable[[], Code]], Code]:
        names = ", ".join(f"l{x}" for x in range(count))
        scope: dict[str, Any] = {"__name__": __name__}
        exec(f"def make(ready):\n def stub({names}):\n  return ready()({names})\n return stub", scope)
        self[count] = scope["make"]
        return self[count]


_STUBS = _Stubs()
