"""What every way to run code has in common.

Lives here: the interface `Tier`, and `Compiled`, what a tier made of a module.
Not here: the tiers (a folder each), the choice among them (registry.py), and what stops a guest (budget.py).

The life of an instance, as embedding leads it: `new_memory`, `new_table`, `new_global` for what the module defines; one
`FuncInst` per function it defines, still without code; then `bind`, which gives each of them its code; then segments and the
start function; from then on `invoke`.

spec: exec/modules
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from pywasm_vm.execution.budget import Budget
from pywasm_vm.limits import Limits
from pywasm_vm.runtime.heap import Heap
from pywasm_vm.runtime.instances import FuncInst, GlobalInst, ModuleInst
from pywasm_vm.runtime.memory import MemInst
from pywasm_vm.runtime.table import TableInst
from pywasm_vm.runtime.values import Ref, Value
from pywasm_vm.structure.module import Module
from pywasm_vm.structure.types import GlobalType, MemType, TableType

__all__ = ["MISSING", "Compiled", "Outside", "Shell", "ShellText", "Tier"]


class Compiled(Protocol):
    """What a tier made of a module. Holds no state of instances: any number of them may be bound to it, one after another."""

    @property
    def module(self) -> Module:
        """The module it was made of."""

    @property
    def metered(self) -> bool:
        """Whether its code asks the budget for fuel and time."""


MISSING = object()
"""Stands for an argument that was not given."""


class ShellText(NamedTuple):
    """What stands around a call that a program makes, for all functions of one type: lines of Python."""

    parameters: str
    """Those of the function that the program calls: p0, p1 …"""
    checks: tuple[str, ...]
    """Lines that make raw values of them, with `convert`, `wrong_count` and `missing`."""
    returned: str
    """What the program gets, an expression over the raw results r0, r1 …"""


class Shell(NamedTuple):
    """The same for one function."""

    text: ShellText
    convert: Callable[[int, Any], Any]
    wrong_count: Callable[[tuple[Any, ...]], None]
    uncaught: Callable[[BaseException], Any]
    """What is done with an exception before it comes out."""


class Outside(NamedTuple):
    """What an entry for guests does, for tiers that do it themselves: the attribute `outside` of such a function."""

    function: Callable[..., Any]
    """The program's own."""
    convert: Callable[[Any], Any]
    """Makes raw values of what it gives; a plain integer may be taken modulo 2**n instead."""
    first: tuple[Any, ...]
    """Stands before the arguments."""
    signed: frozenset[int]
    """The positions of the integers that are given as signed numbers; the others are unsigned."""


class Tier(Protocol):
    """A way to run valid code. Tiers differ in speed, never in answers.

    A tier is made once per store. It owns the layout of what it runs, so it also makes memories, tables, globals, structs and
    arrays.
    """

    @property
    def name(self) -> str:
        """What the registry calls it."""

    def new_memory(self, memtype: MemType, limits: Limits) -> MemInst:
        """raises: MemoryError when its minimum is beyond *limits*."""

    def new_table(self, tabletype: TableType, init: Ref, limits: Limits) -> TableInst:
        """raises: MemoryError when its minimum is beyond *limits*."""

    def new_global(self, globaltype: GlobalType, value: Value) -> GlobalInst:
        """A global that holds *value*."""

    def new_heap(self, limits: Limits) -> Heap:
        """What the constant expressions of one instance make structs and arrays with."""

    def compile(self, module: Module, *, metered: bool = False, check: Callable[[int], None] | None = None) -> Compiled:
        """Once per module, which is valid; the result may be kept and bound to many instances.

        *metered* code takes fuel and looks at the clock, other code runs without either. *check* is called with an index in the
        function index space before that function is first translated, and may raise `Invalid`: validation put off until then.
        """

    def bind(self, compiled: Compiled, instance: ModuleInst, budget: Budget) -> None:
        """Once per instance, whose index spaces are complete: each function that the module defines gets its `code`.

        Binding again (to metered code, say) is allowed while the instance is not
        running: it keeps its state.
        """

    def invoke(self, function: FuncInst, arguments: Sequence[Value], budget: Budget) -> Value:
        """Call *function* from outside with raw values, and return its raw results: None, one value, or a tuple.

        Host functions that call back into a guest pass here as well.

        raises: Trap, Exhausted. What a host function raised comes out as itself.
        """

    def entry(self, function: FuncInst, budget: Budget, shell: Shell) -> Callable[..., Any] | None:
        """A call of this *function* by a program, within *budget*, with *shell* around it, when that can be quicker than `invoke`
        in a function of its own; else None."""
