"""The tier `python`: functions run as generated Python functions."""
from __future__ import annotations
from collections.abc import Callable, Sequence
from pywasm_vm.execution.budget import Budget
from pywasm_vm.execution.tier import Compiled
from pywasm_vm.limits import Limits
from pywasm_vm.runtime.instances import Code, FuncInst, GlobalInst, ModuleInst
from pywasm_vm.runtime.memory import MemInst
from pywasm_vm.runtime.table import TableInst
from pywasm_vm.runtime.values import Ref, Value
from pywasm_vm.structure.module import Module
from pywasm_vm.structure.types import GlobalType, MemType, TableType


class PythonTier:
    """The tier `python`."""

    name = "python"

    def new_memory(self, type: MemType, limits: Limits) -> MemInst:
        return MemInst(type, limits.memory_pages)

    def new_table(self, type: TableType, init: Ref, limits: Limits) -> TableInst:
        return TableInst(type, init, limits.table_elements)

    def new_global(self, type: GlobalType, value: Value) -> GlobalInst:
        return GlobalInst(type, value)

    def compile(self, module: Module, *, metered: bool = False, check: Callable[[int], None] | None = None) -> Compiled:
        raise NotImplementedError

    def bind(self, compiled: Compiled, instance: ModuleInst, budget: Budget) -> Sequence[Code]:
        raise NotImplementedError

    def invoke(self, function: FuncInst, arguments: Sequence[Value], budget: Budget) -> Value:
        raise NotImplementedError
