"""What a module says of everything that its functions name.

Lives here: types by index, which globals are private, and the texts of default values; computed once per module.
Not here: instances.
"""

from __future__ import annotations

from collections.abc import Sequence

from pywasm_vm.execution.python.views import HERE
from pywasm_vm.structure.module import ExternKind, Func, Module
from pywasm_vm.structure.types import (
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    V128,
    AddrType,
    ArrayType,
    CompType,
    FuncType,
    GlobalType,
    MemType,
    StorageType,
    StructType,
    TableType,
    ValType,
)

__all__ = ["Facts"]

_DEFAULTS: dict[StorageType, str] = {I8: "0", I16: "0", I32: "0", I64: "0", F32: "0.0", F64: "0.0", V128: "0"}


class Facts:
    """The index spaces of *module*, as types."""

    def __init__(self, module: Module, metered: bool) -> None:
        self.module = module
        self.metered = metered
        self.comptypes: list[CompType] = [subtype.comptype for subtype in module.subtypes()]
        imported = {kind: [item.desc for item in module.imported(kind)] for kind in ExternKind}
        self.imported_funcs = len(imported[ExternKind.FUNC])
        self.func_types: list[int] = [
            *(desc for desc in imported[ExternKind.FUNC] if isinstance(desc, int)),
            *module.function_types(),
        ]
        """The type index of each function."""
        self.globals: list[GlobalType] = [
            *(desc for desc in imported[ExternKind.GLOBAL] if isinstance(desc, GlobalType)),
            *(item.type for item in module.globals),
        ]
        self.tables: list[TableType] = [
            *(desc for desc in imported[ExternKind.TABLE] if isinstance(desc, TableType)),
            *(item.type for item in module.tables),
        ]
        self.tag_types = module.tag_types()
        """The type index of each tag."""
        self.memories: list[MemType] = [
            *(desc for desc in imported[ExternKind.MEMORY] if isinstance(desc, MemType)),
            *(item.type for item in module.mems),
        ]
        seen = {export.index for export in module.exports if export.kind is ExternKind.GLOBAL}
        seen.update(range(len(imported[ExternKind.GLOBAL])))
        self.private_globals = frozenset(range(len(self.globals))) - seen
        """Globals that nobody outside can see: they live in the namespace."""

    def functype(self, type_index: int) -> FuncType:
        """The function type at *type_index*; validation has seen that it is one."""
        comptype = self.comptypes[type_index]
        assert isinstance(comptype, FuncType)
        return comptype

    def structtype(self, type_index: int) -> StructType:
        """The struct type at *type_index*; validation has seen that it is one."""
        comptype = self.comptypes[type_index]
        assert isinstance(comptype, StructType)
        return comptype

    def arraytype(self, type_index: int) -> ArrayType:
        """The array type at *type_index*; validation has seen that it is one."""
        comptype = self.comptypes[type_index]
        assert isinstance(comptype, ArrayType)
        return comptype

    def memory_mask(self, index: int) -> int:
        """The largest address that memory *index* can have."""
        return _widest(self.memories[index].addrtype)

    def has_views(self, index: int) -> bool:
        """Whether the bytes of memory *index* can be seen as wider numbers.

        Those of a shared memory cannot: it may grow while another thread looks.
        """
        return HERE and not self.memories[index].shared

    def table_mask(self, index: int) -> int:
        """The largest index that table *index* can have."""
        return _widest(self.tables[index].addrtype)

    def func(self, index: int) -> Func:
        """The function at *index* of the function index space, which the module defines itself."""
        return self.module.funcs[index - self.imported_funcs]

    def local_types(self, index: int) -> Sequence[ValType]:
        """The types of all locals of function *index*, parameters first."""
        func = self.func(index)
        types = list(self.functype(func.type_index).params)
        for count, valtype in func.locals:
            types += [valtype] * count
        return types

    def default_text(self, storage: StorageType) -> str:
        """The default value of *storage*, as Python writes it."""
        return _DEFAULTS.get(storage, "None")


def _widest(addrtype: AddrType) -> int:
    return (1 << (32 if addrtype is AddrType.I32 else 64)) - 1
