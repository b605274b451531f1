"""Functions, globals, tags, segments and modules that are alive.

Lives here: the plain objects; `ModuleInst` is the index spaces of one instance.
Not here: memories (memory.py) and tables (table.py), which have behaviour; how instances come to be (embedding) and how they
run (execution).

What is alive outlives the module it came from, and meets things of other modules. So functions and tags carry their `DefType`,
and whatever has a type in the words of its module carries the scope in which the type indices have a meaning.

spec: exec/runtime, instances
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, overload

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.runtime.heap import Heap
from pywasm_vm.runtime.memory import MemInst
from pywasm_vm.runtime.table import TableInst
from pywasm_vm.runtime.values import Ref, Value
from pywasm_vm.structure.module import Module
from pywasm_vm.structure.types import FuncType, GlobalType
from pywasm_vm.validation.matching import DefType, Scope, lone

__all__ = [
    "Code",
    "DataInst",
    "ElemInst",
    "Extern",
    "FuncInst",
    "FuncRefs",
    "Funcs",
    "GlobalInst",
    "ModuleInst",
    "TagInst",
    "require_type",
]

Code: TypeAlias = Callable[..., Any]
"""Takes raw values as positional arguments; gives None, one raw value, or a tuple of them."""


def _not_bound(*_arguments: Value) -> Value:
    raise RuntimeError("this function is called before its instance has been bound to a tier")


class FuncInst:
    """A function, of a module or of the host. Also the raw value of a reference to it.

    *code* may be replaced while the function lives (a tier may make it better), so callers read it at each call and do not keep
    it. The code of a host function must be a Python function, not something written in C: whoever explains an exception tells
    host from guest by the innermost Python frame.

    *tail* is what the tier calls instead where a call takes the place of its caller; None while nobody has asked the tier for it.

    *deftype* is its type; a function of the host that has none of its own is of the type that *functype* is alone.
    """

    __slots__ = ("__weakref__", "code", "deftype", "index", "instance", "name", "tail", "type")

    def __init__(
        self,
        functype: FuncType,
        code: Code = _not_bound,
        *,
        deftype: DefType | None = None,
        instance: ModuleInst | None = None,
        index: int | None = None,
        name: str | None = None,
    ) -> None:
        self.deftype = lone(functype) if deftype is None else deftype
        """`is` compares it; see `DefType.matches`."""
        self.type: FuncType = functype if instance is not None else self.deftype.comptype  # type: ignore[assignment]
        """In the words of the module that defines it: see `scope`."""
        self.code = code
        self.tail: Code | None = None
        self.instance = instance
        """The instance whose module defines it; None for a function of the host."""
        self.index = index
        """In the function index space of that module."""
        self.name = name

    @property
    def scope(self) -> Scope:
        """What the type indices in `type` stand for."""
        return self.deftype.scope if self.instance is None else self.instance.types

    def __repr__(self) -> str:
        return f"<function {self.name or self.index} {self.type}>"


class Funcs(Sequence[FuncInst]):
    """The function index space of *instance*: those *imported*, then what its module defines, which is made when somebody asks.

    Most functions of a large module are called by its own code alone, and nobody ever asks for them.
    """

    __slots__ = ("_code_of", "_imported", "_instance", "_made", "_subtypes", "_type_indices")

    def __init__(self, instance: ModuleInst, imported: Sequence[FuncInst]) -> None:
        self._instance = instance
        self._imported = imported
        self._subtypes = instance.module.subtypes()
        self._type_indices = instance.module.function_types()
        self._made: dict[int, FuncInst] = {}
        self._code_of: Callable[[FuncInst], Code] | None = None

    def bind(self, code_of: Callable[[FuncInst], Code]) -> None:
        """Each function that the module defines has the code that *code_of* gives for it, from now on or when it is made."""
        self._code_of = code_of
        for function in list(self._made.values()):
            function.code = code_of(function)

    def __len__(self) -> int:
        return len(self._imported) + len(self._type_indices)

    @overload
    def __getitem__(self, index: int) -> FuncInst: ...
    @overload
    def __getitem__(self, index: slice) -> list[FuncInst]: ...
    def __getitem__(self, index: int | slice) -> FuncInst | list[FuncInst]:
        if isinstance(index, slice):
            return [self[x] for x in range(*index.indices(len(self)))]
        known = self._made.get(index)
        if known is not None:
            return known
        if 0 <= index < len(self._imported):
            return self._imported[index]
        index = range(len(self))[index]
        return self._imported[index] if index < len(self._imported) else self._make(index)

    def _make(self, index: int) -> FuncInst:
        type_index = self._type_indices[index - len(self._imported)]
        functype: FuncType = self._subtypes[type_index].comptype  # type: ignore[assignment]
        made = FuncInst(functype, deftype=self._instance.types[type_index], instance=self._instance, index=index)
        if self._code_of is not None:
            made.code = self._code_of(made)
        # Whoever asks, on whatever thread, gets the same object.
        return self._made.setdefault(index, made)


class FuncRefs(Sequence[FuncInst]):
    """References to the functions of *instance* with *indices*."""

    __slots__ = ("indices", "instance")

    def __init__(self, instance: ModuleInst, indices: Sequence[int]) -> None:
        self.instance = instance
        self.indices = indices

    def __len__(self) -> int:
        return len(self.indices)

    @overload
    def __getitem__(self, index: int) -> FuncInst: ...
    @overload
    def __getitem__(self, index: slice) -> list[FuncInst]: ...
    def __getitem__(self, index: int | slice) -> FuncInst | list[FuncInst]:
        if isinstance(index, slice):
            return [self.instance.funcs[x] for x in self.indices[index]]
        return self.instance.funcs[self.indices[index]]


def require_type(found: FuncInst, expected: DefType) -> None:
    """Let a call through a table go on that found a function of *expected* or of a type below it.

    raises: Trap, indirect call type mismatch.
    """
    if not found.deftype.matches(expected):
        name = f"function {found.index}" if found.name is None else found.name
        raise Trap(TrapKind.INDIRECT_CALL_TYPE_MISMATCH, f"{name} is {found.type}, the call wants {expected.comptype}")


class GlobalInst:
    """A global variable. A tier may keep the value elsewhere; `value` always reads and writes the true one."""

    __slots__ = ("__weakref__", "scope", "type", "value")

    def __init__(self, globaltype: GlobalType, value: Value) -> None:
        self.type = globaltype
        self.scope: Scope = ()
        """What the type indices in `type` stand for."""
        self.value = value


class TagInst:
    """A tag of exceptions. Two tags are the same only when they are the same object."""

    __slots__ = ("__weakref__", "deftype")

    def __init__(self, deftype: DefType) -> None:
        self.deftype = deftype

    @property
    def type(self) -> FuncType:
        """A function type, whose parameters are what its exceptions carry. Type indices in it mean `deftype.scope`."""
        functype = self.deftype.comptype
        assert isinstance(functype, FuncType)
        return functype

    def __repr__(self) -> str:
        return f"<tag {self.type}>"


class ElemInst:
    """An element segment. After `elem.drop` (and after an active segment has done its work) it has no items."""

    __slots__ = ("items",)

    def __init__(self, items: Sequence[Ref]) -> None:
        self.items: Sequence[Ref] = items

    def drop(self) -> None:
        """Forget the items."""
        self.items = ()


class DataInst:
    """A data segment. After `data.drop` (and after an active segment has done its work) it has no content."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content

    def drop(self) -> None:
        """Forget the content."""
        self.content = b""


Extern: TypeAlias = FuncInst | TableInst | MemInst | GlobalInst | TagInst
"""Anything that is imported or exported."""


@dataclass(eq=False, slots=True, weakref_slot=True)
class ModuleInst:
    """The index spaces of one instance: imports first, then what the module defines, each in order."""

    module: Module
    types: tuple[DefType, ...] = ()
    """The type index space."""
    funcs: Sequence[FuncInst] = ()
    tables: list[TableInst] = field(default_factory=list)
    mems: list[MemInst] = field(default_factory=list)
    globals: list[GlobalInst] = field(default_factory=list)
    tags: list[TagInst] = field(default_factory=list)
    elems: list[ElemInst] = field(default_factory=list)
    datas: list[DataInst] = field(default_factory=list)
    heap: Heap = field(default_factory=Heap)
    exports: Mapping[str, Extern] = field(default_factory=dict)
    name: str = ""
    """For people only: what traces call the instance."""
    bound: Any = None
    """What the tier keeps for it."""
