"""Instantiation: from a compiled module and the externs it imports to a living instance.

Lives here: the specification's algorithm, a function for each step, in its order.
Not here: finding the externs and checking their types (linker.py), and how tiers keep and run what is made here.

What has been written before a step traps stays written: an instance that failed half-way may have changed a memory or a table
that others see.

spec: exec/modules, instantiation
"""

from __future__ import annotations

from collections.abc import Sequence

from pywasm_vm.errors import Exhausted, Trap, TrapKind
from pywasm_vm.execution.budget import Budget
from pywasm_vm.execution.constant import evaluate
from pywasm_vm.execution.tier import Compiled, Tier
from pywasm_vm.limits import Limits
from pywasm_vm.runtime.instances import DataInst, ElemInst, Extern, FuncInst, FuncRefs, Funcs, GlobalInst, ModuleInst, TagInst
from pywasm_vm.runtime.memory import MemInst
from pywasm_vm.runtime.table import TableInst
from pywasm_vm.runtime.values import Ref
from pywasm_vm.structure.module import Data, Datas, Elem, ExternKind, Module, References, SegmentMode
from pywasm_vm.structure.types import MemType, TableType

__all__ = ["allocate", "initialise", "new_memory", "new_table"]


def allocate(instance: ModuleInst, externs: Sequence[Extern], *, tier: Tier, limits: Limits) -> None:
    """Fill the index spaces of *instance*, which has its module, its types and nothing else. No code runs, nothing of others is
    changed.

    *externs* answer the module's imports in order and are of the right types.
    raises: Exhausted for a memory or table that begins beyond *limits*.

    spec: exec/modules, allocation
    """
    module = instance.module
    instance.heap = tier.new_heap(limits)
    # Functions come first, without code: initial values of everything else may refer to them.
    instance.funcs = Funcs(instance, [extern for extern in externs if isinstance(extern, FuncInst)])
    _take_imports(instance, externs)
    _allocate_tags(instance)
    _allocate_globals(instance, tier)
    _allocate_tables(instance, tier, limits)
    for mem in module.mems:
        instance.mems.append(new_memory(tier, mem.type, limits))
    instance.elems = [ElemInst(_items(elem, instance)) for elem in module.elems]
    instance.datas = _allocate_datas(module)
    _export(instance)


def initialise(instance: ModuleInst, compiled: Compiled, *, tier: Tier, budget: Budget) -> None:
    """Give the functions of *instance*, which is allocated, their code; write the active segments in order; run the start
    function.

    raises: Trap of a segment that does not fit, or of the start function.

    spec: exec/modules, instantiation
    """
    module = instance.module
    tier.bind(compiled, instance, budget)
    for index, elem in enumerate(module.elems):
        _write_elements(instance, index, elem)
    _write_datas(instance, module.datas)
    if module.start is not None:
        tier.invoke(instance.funcs[module.start], (), budget)


def new_memory(tier: Tier, memtype: MemType, limits: Limits) -> MemInst:
    """A memory of *memtype*.

    raises: Exhausted, when its first size is beyond *limits* or what the machine has.
    """
    try:
        return tier.new_memory(memtype, limits)
    except MemoryError as error:
        raise Exhausted(TrapKind.OUT_OF_MEMORY, f"{error or 'the machine has no room for it'}") from None


def new_table(tier: Tier, tabletype: TableType, init: object, limits: Limits) -> TableInst:
    """A table of *tabletype*, each element *init*.

    raises: Exhausted, when its first size is beyond *limits* or what the machine has.
    """
    try:
        return tier.new_table(tabletype, init, limits)
    except MemoryError as error:
        raise Exhausted(TrapKind.OUT_OF_MEMORY, f"{error or 'the machine has no room for it'}") from None


def _take_imports(instance: ModuleInst, externs: Sequence[Extern]) -> None:
    for extern in externs:
        if isinstance(extern, FuncInst):
            continue
        if isinstance(extern, TableInst):
            instance.tables.append(extern)
        elif isinstance(extern, MemInst):
            instance.mems.append(extern)
        elif isinstance(extern, GlobalInst):
            instance.globals.append(extern)
        elif isinstance(extern, TagInst):
            instance.tags.append(extern)


def _allocate_tags(instance: ModuleInst) -> None:
    for tag in instance.module.tags:
        deftype = instance.types[tag.type.type_index]
        instance.tags.append(TagInst(deftype))


def _allocate_globals(instance: ModuleInst, tier: Tier) -> None:
    """Each initial value may read the globals before it."""
    for item in instance.module.globals:
        made = tier.new_global(item.type, evaluate(item.init, instance))
        made.scope = instance.types
        instance.globals.append(made)


def _allocate_tables(instance: ModuleInst, tier: Tier, limits: Limits) -> None:
    for table in instance.module.tables:
        init = None if table.init is None else evaluate(table.init, instance)
        made = new_table(tier, table.type, init, limits)
        made.scope = instance.types
        instance.tables.append(made)


def _items(elem: Elem, instance: ModuleInst) -> Sequence[Ref]:
    if isinstance(elem.items, References):
        return FuncRefs(instance, elem.items.functions)
    return [evaluate(item, instance) for item in elem.items]


def _allocate_datas(module: Module) -> list[DataInst]:
    if not isinstance(module.datas, Datas):
        return [DataInst(data.content) for data in module.datas]
    # Code of a binary may name data segments only when they are announced. Some modules have a hundred thousand.
    return [] if module.data_count is None else list(map(DataInst, module.datas.contents()))


def _export(instance: ModuleInst) -> None:
    spaces: dict[ExternKind, Sequence[Extern]] = {
        ExternKind.FUNC: instance.funcs,
        ExternKind.TABLE: instance.tables,
        ExternKind.MEMORY: instance.mems,
        ExternKind.GLOBAL: instance.globals,
        ExternKind.TAG: instance.tags,
    }
    instance.exports = {export.name: spaces[export.kind][export.index] for export in instance.module.exports}


def _write_elements(instance: ModuleInst, index: int, elem: Elem) -> None:
    """What an active element segment does; it and a declarative one are empty afterwards.

    spec: exec/modules, runelem
    """
    inst = instance.elems[index]
    if elem.place is not None:
        table, place = instance.tables[elem.table], evaluate(elem.place, instance)
        try:
            table.init(place, inst.items, 0, len(inst.items))
        except Trap as trap:
            raise Trap(
                trap.kind,
                f"element segment {index} puts {len(inst.items)} elements at {place}, table {elem.table} has {len(table)}",
            ) from None
    if elem.mode is not SegmentMode.PASSIVE:
        inst.drop()


def _write_datas(instance: ModuleInst, datas: Sequence[Data]) -> None:
    if isinstance(datas, Datas) and datas.first_memory_only and instance.mems:
        memory, is_new = instance.mems[0], not instance.module.imported(ExternKind.MEMORY)
        with memory.hold():
            is_done = memory.begin_with(datas) if is_new else datas.write(memory.buffer())
        if is_done:
            for index in datas.active() if instance.datas else ():
                instance.datas[index].drop()
            return
    for index, data in enumerate(datas):
        _write_data(instance, index, data)


def _write_data(instance: ModuleInst, index: int, data: Data) -> None:
    """What an active data segment does; it is empty afterwards.

    spec: exec/modules, rundata
    """
    if data.place is None:
        return
    memory, place = instance.mems[data.memory], evaluate(data.place, instance)
    try:
        memory.init(place, data.content, 0, len(data.content))
    except Trap as trap:
        raise Trap(
            trap.kind,
            f"data segment {index} puts {len(data.content)} bytes at {place:#x}, memory {data.memory} has {len(memory):#x}",
        ) from None
    if instance.datas:
        instance.datas[index].drop()
