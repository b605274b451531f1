"""The tier `stepping`: the module's own instructions, one at a time.

Lives here: `SteppingCompiled`, which prepares a function when it is first entered, and the tier.
Not here: the machine (configuration.py) and the instructions.

spec: exec/modules
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pywasm_vm.execution.budget import Budget
from pywasm_vm.execution.stepping.body import prepare
from pywasm_vm.execution.stepping.configuration import Body, Configuration, GuestCode
from pywasm_vm.execution.tier import Compiled, Shell
from pywasm_vm.limits import Limits
from pywasm_vm.runtime.heap import Heap
from pywasm_vm.runtime.instances import FuncInst, GlobalInst, ModuleInst
from pywasm_vm.runtime.memory import MemInst
from pywasm_vm.runtime.table import TableInst
from pywasm_vm.runtime.values import Ref, Value
from pywasm_vm.structure.module import ExternKind, Module
from pywasm_vm.structure.types import FuncType, GlobalType, MemType, TableType

__all__ = ["SteppingCompiled", "SteppingTier"]


class SteppingCompiled:
    """A module whose functions become lists of steps one by one, when they are first entered."""

    def __init__(self, module: Module, metered: bool, check: Callable[[int], None] | None) -> None:
        self.module = module
        self.metered = metered
        self.imported_funcs = len(module.imported(ExternKind.FUNC))
        self._check = check
        self._types = [item.comptype if isinstance(item.comptype, FuncType) else None for item in module.subtypes()]
        self._tags = module.tag_types()
        self._bodies: dict[int, Body] = {}

    def body_of(self, index: int) -> Body:
        """The body of function *index*, which the module defines.

        raises: Invalid, when validation was put off until now.
        """
        body = self._bodies.get(index)
        if body is None:
            if self._check is not None:
                self._check(index)
            func = self.module.funcs[index - self.imported_funcs]
            name = self.module.names.functions.get(index)
            body = self._bodies[index] = prepare(func, index, name=name, types=self._types, tags=self._tags, metered=self.metered)
        return body


class SteppingTier:
    """The tier `stepping`."""

    name = "stepping"

    def __init__(self) -> None:
        self._configuration: Configuration | None = None

    def new_memory(self, memtype: MemType, limits: Limits) -> MemInst:
        """A memory in one bytearray."""
        return MemInst(memtype, limits.memory_pages)

    def new_table(self, tabletype: TableType, init: Ref, limits: Limits) -> TableInst:
        """A table in one list."""
        return TableInst(tabletype, init, limits.table_elements)

    def new_global(self, globaltype: GlobalType, value: Value) -> GlobalInst:
        """A plain global."""
        return GlobalInst(globaltype, value)

    def new_heap(self, limits: Limits) -> Heap:
        """A heap of Python objects."""
        return Heap(limits.array_elements)

    def compile(self, module: Module, *, metered: bool = False, check: Callable[[int], None] | None = None) -> SteppingCompiled:
        """Nothing is prepared yet."""
        return SteppingCompiled(module, metered, check)

    def bind(self, compiled: Compiled, instance: ModuleInst, budget: Budget) -> None:
        """Code for each function of *instance*, all on the one configuration of the store."""
        if not isinstance(compiled, SteppingCompiled):
            raise TypeError("this was compiled by another tier")
        if self._configuration is None or self._configuration.budget is not budget:
            self._configuration = Configuration(budget)
        for table in instance.tables:
            table.charge = budget.charge
        instance.heap.charge = budget.charge
        # Looked up at each call: nothing is quicker than a list.
        instance.funcs = list(instance.funcs)
        for function in instance.funcs[compiled.imported_funcs :]:
            function.code = GuestCode(function, compiled.body_of, self._configuration)

    def invoke(self, function: FuncInst, arguments: Sequence[Value], budget: Budget) -> Value:
        """Call *function* within *budget*; see `Tier.invoke`."""
        with budget:
            return function.code(*arguments)

    def entry(self, function: FuncInst, budget: Budget, shell: Shell) -> None:
        """There is no quicker way than `invoke`."""
        return
