"""The tier `native`: functions run as register code in C.

Lives here: `NativeCompiled`, which has a function translated when it is first called, and the tier.
Not here: the translation and the loop (native/ at the top level), and calls (machine.py).

The code of a module is made once and shared by all its instances, and it is the same whether or not somebody meters it: it always
counts, and a guest without a limit is only given ever new slices.

spec: none; DESIGN decides that functions run as register code
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from pywasm_vm.errors import Crash, TierUnavailable
from pywasm_vm.execution.budget import Budget
from pywasm_vm.execution.native.crossing import direct_call, entry_call
from pywasm_vm.execution.native.heap import NativeHeap
from pywasm_vm.execution.native.machine import Bound, Machine
from pywasm_vm.execution.native.source import with_source
from pywasm_vm.execution.native.storage import NativeData, NativeElem, NativeGlobal, NativeMemory, NativeTable
from pywasm_vm.execution.tier import Compiled, Shell
from pywasm_vm.features import Feature
from pywasm_vm.limits import Limits
from pywasm_vm.native.core import core, missing
from pywasm_vm.native.forked import tell_after_fork
from pywasm_vm.native.owned import Owned
from pywasm_vm.native.tables import NativeModule
from pywasm_vm.runtime.heap import Heap
from pywasm_vm.runtime.instances import FuncInst, Funcs, GlobalInst, ModuleInst
from pywasm_vm.runtime.memory import MemInst
from pywasm_vm.runtime.table import TableInst
from pywasm_vm.runtime.values import Ref, Value
from pywasm_vm.structure.module import ExternKind, Module
from pywasm_vm.structure.types import AbsHeapType, GlobalType, MemType, TableType
from pywasm_vm.validation.matching import DefType, roll

__all__ = ["NativeCompiled", "NativeTier"]

_NO_MEMORY = 1


class NativeCompiled:
    """A module whose functions are translated one by one, when they are first called."""

    def __init__(self, module: Module, metered: bool, check: Callable[[int], None] | None) -> None:
        loaded = core()
        if loaded is None:
            raise TierUnavailable(f"the tier `native` is not here: {missing()}")
        self.module = module
        self.metered = metered
        self._check = check
        self._ffi, self._lib = loaded
        binary, self._places = with_source(module)
        types: list[DefType] = []
        for group in module.types:
            roll(group, types)
        self._types = types  # they keep their numbers as long as somebody uses them
        self._native = NativeModule(
            loaded, binary, type_ids=[t.number for t in types], declared=(), features=frozenset(Feature), limits=Limits()
        )
        made = self._lib.wasm_program_new(self._native.handle)
        if made == self._ffi.NULL:
            raise MemoryError("the C core got no memory for a module")
        self.program = made
        self._owned = Owned(made, self._lib.wasm_program_free)
        self._stepping: Any = None
        self.imported_funcs = len(module.imported(ExternKind.FUNC))
        self._lock = Lock()
        tell_after_fork(self)

    def forked(self) -> None:
        """See `tell_after_fork`: who translates something lets nobody see it before it is done."""
        self._lock = Lock()

    @property
    def stepping(self) -> Any:
        """The program to step through; see native/translate_stepping.c. Made when somebody asks."""
        with self._lock:
            if self._stepping is None:
                made = self._lib.wasm_program_new_stepping(self.program)
                if made == self._ffi.NULL:
                    raise MemoryError("the C core got no memory for code to step through")
                self._stepping_owned = Owned(made, self._lib.wasm_program_free)
                self._stepping = made
        return self._stepping

    def positions(self, index: int) -> list[int]:
        """For each instruction of function *index* the place at which C finds it."""
        return self._places.places(index - self.imported_funcs)

    def translate(self, index: int, program: Any = None) -> None:
        """Give function *index* its code in *program*, one of the two.

        raises: Invalid, when validation was put off until now; MemoryError.
        """
        if self._check is not None:
            self._check(index)
        with self._lock:
            status = self._lib.wasm_program_translate(self.program if program is None else program, index)
        if status == _NO_MEMORY:
            raise MemoryError(f"the C core got no memory for the code of function {index}")
        if status:
            raise Crash(f"the C core has found no sense in function {index}, which is valid (status {status})")

    def name_of(self, index: int) -> str | None:
        """What the name section calls function *index*."""
        return self.module.names.functions.get(index)

    def offset_of(self, index: int, cell: int, program: Any = None) -> int | None:
        """The byte in the module from which *cell* of the code of function *index* in *program* comes."""
        offset = self._lib.wasm_program_offset(self.program if program is None else program, index, cell)
        return None if offset == 0xFFFF_FFFF else self._places.original(index - self.imported_funcs, offset)

    def dump(self, index: int) -> str:
        """The code of function *index* as text, for those who work on the translator."""
        size = self._lib.wasm_program_dump(self.program, index, self._ffi.NULL, 0)
        text = self._ffi.new("char[]", size + 1)
        self._lib.wasm_program_dump(self.program, index, text, size + 1)
        written: bytes = self._ffi.string(text)
        return written.decode()


class NativeTier:
    """The tier `native`."""

    name = "native"

    def __init__(self) -> None:
        """raises: TierUnavailable, when the C core is not there."""
        loaded = core()
        if loaded is None:
            raise TierUnavailable(f"the tier `native` is not here: {missing()}")
        self.machine = Machine(loaded)

    def new_memory(self, memtype: MemType, limits: Limits) -> MemInst:
        """A memory in C."""
        with self.machine.visit():
            return NativeMemory(self.machine, memtype, limits.memory_pages)

    def new_table(self, tabletype: TableType, init: Ref, limits: Limits) -> TableInst:
        """A table in C."""
        with self.machine.visit():
            return NativeTable(self.machine, tabletype, init, limits.table_elements)

    def new_global(self, globaltype: GlobalType, value: Value) -> GlobalInst:
        """A global in C."""
        with self.machine.visit():
            return NativeGlobal(self.machine, globaltype, value)

    def new_heap(self, limits: Limits) -> Heap:
        """A heap in C."""
        self.machine.lib.wasm_machine_set_most_elements(self.machine.handle, limits.array_elements)
        return NativeHeap(self.machine.references, limits.array_elements)

    def compile(self, module: Module, *, metered: bool = False, check: Callable[[int], None] | None = None) -> NativeCompiled:
        """Nothing is translated by that."""
        return NativeCompiled(module, metered, check)

    def bind(self, compiled: Compiled, instance: ModuleInst, budget: Budget) -> None:
        """Hand *instance* over to C."""
        if not isinstance(compiled, NativeCompiled):
            raise TypeError("this was compiled by another tier")
        machine = self.machine
        with machine.visit():
            machine.use(budget)
            for table in instance.tables:
                table.charge = budget.charge
            if not isinstance(instance.bound, Bound):
                _hand_over(machine, compiled, instance)
            if isinstance(instance.funcs, Funcs):
                instance.funcs.bind(lambda function: _direct_later(machine, function))

    def invoke(self, function: FuncInst, arguments: Sequence[Value], budget: Budget) -> Value:
        """Call *function* within *budget*; see `Tier.invoke`."""
        with budget:
            return function.code(*arguments)

    def entry(self, function: FuncInst, budget: Budget, shell: Shell) -> Callable[..., Any] | None:
        """A quicker `invoke` for this *function* and *budget* alone, None when it is not one of this store's guests."""
        bound = None if function.instance is None else function.instance.bound
        if not isinstance(bound, Bound) or bound.machine is not self.machine:
            return None
        return entry_call(self.machine, function, self.machine.record(function), budget, shell)


def _direct_later(machine: Machine, function: FuncInst) -> Callable[..., Value]:
    """What becomes a `direct_call` of *function* when it is called first: most of what an instance exports nobody calls so."""

    def first(*arguments: Value) -> Value:
        if function.code is first:
            function.code = direct_call(machine, function, machine.record(function))
        return function.code(*arguments)

    return first


def _hand_over(machine: Machine, compiled: NativeCompiled, instance: ModuleInst) -> None:
    """Give C the index spaces of *instance*."""
    lib = machine.lib
    number = len(machine.instances)
    # First: C looks at the programs of all its instances.
    machine.keep(compiled, compiled.program)
    handle: Any = machine.checked(lib.wasm_instance_new(machine.handle, compiled.program, number))
    machine.instances.append(instance)
    for index, record in machine.early_records(instance):
        lib.wasm_instance_set_function(handle, index, record)
    for index, function in enumerate(instance.funcs[: compiled.imported_funcs]):
        lib.wasm_instance_set_function(handle, index, machine.record(function))
    instance.bound = Bound(machine, compiled, handle)
    for index, deftype in enumerate(instance.types):
        if deftype.kind is not AbsHeapType.FUNC:
            lib.wasm_instance_set_type(handle, index, machine.references.gctype(deftype))
    for index, memory in enumerate(instance.mems):
        lib.wasm_instance_set_memory(handle, index, _shared_or_own(memory, machine).handle)
    for index, table in enumerate(instance.tables):
        lib.wasm_instance_set_table(handle, index, _own(table, NativeTable, machine).handle)
    for index, variable in enumerate(instance.globals):
        if not isinstance(variable, NativeGlobal) and not variable.type.mutable:
            # A constant that the program wrote down.
            made = instance.globals[index] = NativeGlobal(machine, variable.type, variable.value)
            made.scope = variable.scope
        lib.wasm_instance_set_global(handle, index, _own(instance.globals[index], NativeGlobal, machine).cell)
    for index, tag in enumerate(instance.tags):
        if lib.wasm_instance_set_tag(handle, index, machine.exceptions.word_of(tag)):
            raise MemoryError("the C core got no memory for a tag")
    instance.datas = [NativeData(machine, handle, place, data.content) for place, data in enumerate(instance.datas)]
    instance.elems = [
        NativeElem(machine, handle, place, elem.items, instance.module.elems[place].type)
        for place, elem in enumerate(instance.elems)
    ]


def _shared_or_own(memory: MemInst, machine: Machine) -> NativeMemory:
    """*memory*, which may belong to another store if it is a shared one of this tier.

    raises: TypeError, when it may not.
    """
    if isinstance(memory, NativeMemory) and memory.shared:
        return memory
    own: NativeMemory = _own(memory, NativeMemory, machine)
    return own


def _own(thing: Any, kind: type, machine: Machine) -> Any:
    """*thing*, which must be of *kind* and of *machine*.

    raises: TypeError, when it belongs to another store.
    """
    if not isinstance(thing, kind) or thing.machine is not machine:  # type: ignore[attr-defined]
        raise TypeError(f"{thing!r} belongs to another store: what an instance imports must be of its own")
    return thing
