"""Functions, globals, segments and modules that are alive.

Lives here: the plain objects; `ModuleInst` is the index spaces of one instance.
Not here: memories (memory.py) and tables (table.py), which have behaviour; how instances come to be (embedding) and how they
run (execution).

spec: exec/runtime, instances
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.runtime.memory import MemInst
from pywasm_vm.runtime.table import TableInst
from pywasm_vm.runtime.values import Ref, Value, unique_functype
from pywasm_vm.structure.module import Module
from pywasm_vm.structure.types import FuncType, GlobalType

__all__ = ["Code", "DataInst", "ElemInst", "Extern", "FuncInst", "GlobalInst", "ModuleInst", "wrong_type"]

Code: TypeAlias = Callable[..., Any]
"""Takes raw values as positional arguments; gives None, one raw value, or a tuple of them."""


def _not_bound(*_arguments: Value) -> Value:
    raise RuntimeError("this function is called before its instance has been bound to a tier")


class FuncInst:
    """A function, of a module or of the host. Also the raw value of a reference to it.

    *code* may be replaced while the function lives (a tier may make it better), so callers read it at each call and do not keep
    it. The code of a host function must be a Python function, not something written in C: whoever explains an exception tells
    host from guest by the innermost Python frame.
    """

    __slots__ = ("__weakref__", "code", "index", "instance", "name", "type")

    def __init__(
        self,
        functype: FuncType,
        code: Code = _not_bound,
        *,
        instance: ModuleInst | None = None,
        index: int | None = None,
        name: str | None = None,
    ) -> None:
        self.type = unique_functype(functype)
        """Unique: `is` compares function types."""
        self.code = code
        self.instance = instance
        """The instance whose module defines it; None for a function of the host."""
        self.index = index
        """In the function index space of that module."""
        self.name = name

    def __repr__(self) -> str:
        return f"<function {self.name or self.index} {self.type}>"


def wrong_type(found: FuncInst, expected: FuncType | None) -> NoReturn:
    """Refuse a call through a table that found a function of another type.

    raises: Trap, indirect call type mismatch.
    """
    name = f"function {found.index}" if found.name is None else found.name
    raise Trap(TrapKind.INDIRECT_CALL_TYPE_MISMATCH, f"{name} is {found.type}, the call wants {expected}")


class GlobalInst:
    """A global variable. A tier may keep the value elsewhere; `value` always reads and writes the true one."""

    __slots__ = ("__weakref__", "type", "value")

    def __init__(self, globaltype: GlobalType, value: Value) -> None:
        self.type = globaltype
        self.value = value


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


Extern: TypeAlias = FuncInst | TableInst | MemInst | GlobalInst
"""Anything that is imported or exported."""


@dataclass(eq=False, slots=True, weakref_slot=True)
class ModuleInst:
    """The index spaces of one instance: imports first, then what the module defines, each in order."""

    module: Module
    types: tuple[FuncType | None, ...] = ()
    """The unique function type for each type index; None where the type is no function."""
    funcs: list[FuncInst] = field(default_factory=list)
    tables: list[TableInst] = field(default_factory=list)
    mems: list[MemInst] = field(default_factory=list)
    globals: list[GlobalInst] = field(default_factory=list)
    elems: list[ElemInst] = field(default_factory=list)
    datas: list[DataInst] = field(default_factory=list)
    exports: Mapping[str, Extern] = field(default_factory=dict)
    name: str = ""
    """For people only: what traces call the instance."""
    bound: Any = None
    """What the tier keeps for it."""
