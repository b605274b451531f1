"""`Vm`: the VM interface on our own tiers.

Lives here: load, link, start and call, in the words of hosts that know nothing but pointers and integers.
Not here: the interface itself (interface.py), host functions (host.py), and what values look like on the way (crossing.py).

A call goes straight from the converter of its type to the tier; memory is read and written in place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pywasm_vm.embedding.api import Tag, check_fuel, check_seconds, require_idle
from pywasm_vm.embedding.crossing import guest_function, host_entry, show_exception
from pywasm_vm.embedding.host import Callback, Callbacks
from pywasm_vm.embedding.instantiate import allocate, initialise, new_memory, new_table
from pywasm_vm.embedding.interface import Stage, VmFunction, start_guest
from pywasm_vm.embedding.module import ImportType, Module, Validation
from pywasm_vm.errors import OutOfBounds, Unlinkable, WasmException
from pywasm_vm.execution.budget import Budget
from pywasm_vm.execution.registry import load_tier
from pywasm_vm.features import RUNNABLE, Features
from pywasm_vm.limits import Limits
from pywasm_vm.runtime.instances import Extern, FuncInst, ModuleInst, TagInst
from pywasm_vm.runtime.memory import MemInst, exact_bytes
from pywasm_vm.structure.types import FuncType, MemType, TableType
from pywasm_vm.structure.types import Limits as TypeLimits
from pywasm_vm.validation.matching import DefType

__all__ = ["Vm"]

_LIMITS = Limits()

_NO_MEMORY = MemInst(MemType(TypeLimits(0, 0)), 0)


class Vm:
    """One guest of one module, on a tier of this package.

    *fuel* is what all calls together may use up, None without a bound. *validate* says when function bodies are checked; see
    `Module.decode`.
    """

    def __init__(
        self,
        tier: str = "auto",
        *,
        limits: Limits = _LIMITS,
        fuel: int | None = None,
        features: Features = RUNNABLE,
        validate: Validation = "eager",
    ) -> None:
        check_fuel(fuel)
        self._tier = load_tier(tier)
        self._limits = limits
        self._features = features
        self._validate: Validation = validate
        self._first_fuel = fuel
        self._budget = Budget(call_depth=limits.call_depth, fuel=fuel)
        self._callbacks = Callbacks()
        self._stage = Stage.NEW
        self._name = ""
        self._module: Module | None = None
        self._instance: ModuleInst | None = None
        self._metered = False
        self._memory: MemInst | None = None
        self._functions: dict[str, VmFunction] = {}

    @property
    def tier(self) -> str:
        """The name of the tier in use."""
        return self._tier.name

    @property
    def module(self) -> Module:
        """The module it has loaded.

        raises: RuntimeError before `load`.
        """
        if self._module is None:
            raise RuntimeError(f"the module: this VM has none yet, {Stage.NEW.value}")
        return self._module

    @property
    def inst(self) -> ModuleInst:
        """What is alive of it, for those who look inside.

        raises: RuntimeError before `link`.
        """
        if self._instance is None:
            raise RuntimeError(f"the instance: this VM has none yet, {self._stage.value}")
        return self._instance

    @property
    def fuel(self) -> int | None:
        """What is left, None without a bound. Setting it fills up."""
        return self._budget.fuel

    @fuel.setter
    def fuel(self, fuel: int | None) -> None:
        check_fuel(fuel)
        if fuel is not None:
            self._meter()
        self._first_fuel = fuel
        self._budget.fuel = fuel

    def set_deadline(self, seconds: float | None) -> None:
        """Give each following outermost call so many seconds; None takes the bound away.

        Guests that are never given one run faster: setting the first after `link` has the code translated anew.
        """
        check_seconds(seconds)
        if seconds is not None:
            self._meter()
        self._budget.seconds = seconds

    def _meter(self) -> None:
        """Code that is linked already begins to count; the guest keeps its state."""
        if self._instance is None or self._metered:
            return
        require_idle(self._budget)
        self._tier.bind(self.module.compiled(self._tier, metered=True), self._instance, self._budget)
        self._metered = True

    def register_callback(self, module: str, name: str, signature: str, callback: Callable[..., Any]) -> None:
        """Offer *callback* as the import *module*.*name* of type *signature*, "i32 i32 -> i32".

        raises: ValueError for an unreadable signature, or for a name that is registered with another one.
        """
        self._callbacks.register(module, name, signature, callback)

    def load(self, bytecode: bytes) -> None:
        """Decode and check *bytecode*.

        raises: Malformed, Invalid.
        """
        self._module = Module.decode(bytecode, validate=self._validate, features=self._features, limits=self._limits)
        self._instance, self._memory, self._functions = None, None, {}
        self._stage = Stage.LOADED

    def link(self, name: str = "") -> None:
        """Answer the imports, make the instance and run the module's start function.

        raises: Unlinkable with a sentence for each import that cannot be answered; Exhausted when the module begins with more
            memory than the limits; Trap, WasmException.
        """
        self._stage.require(Stage.LOADED, "link")
        self._stage = Stage.LOADED
        self._name = name
        module = self.module
        externs = self._answer_imports(module)
        self._metered = self._budget.fuel is not None or self._budget.seconds is not None
        compiled = module.compiled(self._tier, metered=self._metered)
        instance = ModuleInst(module.syntax, module.deftypes, name=name)
        allocate(instance, externs, tier=self._tier, limits=self._limits)
        memories = [extern for extern in (*externs, *instance.exports.values()) if isinstance(extern, MemInst)]
        # In place before the start function runs: its callbacks may look into the memory and call the guest's allocator.
        self._memory = memories[-1] if memories else None
        self._instance, self._functions = instance, {}
        try:
            initialise(instance, compiled, tier=self._tier, budget=self._budget)
            self._stage = Stage.LINKED
        except WasmException as error:
            show_exception(error, _face)
            raise
        finally:
            if self._stage is not Stage.LINKED:
                self._instance = self._memory = None

    def _answer_imports(self, module: Module) -> list[Extern]:
        externs: list[Extern] = []
        problems: list[str] = []
        for item, imported in zip(module.imports, module.syntax.imports, strict=True):
            answer = self._answer(item, module.deftypes[imported.desc] if isinstance(imported.desc, int) else None)
            if isinstance(answer, str):
                problems.append(answer)
            else:
                externs.append(answer)
        if problems:
            raise Unlinkable(problems)
        return externs

    def _answer(self, item: ImportType, deftype: DefType | None) -> Extern | str:
        """The extern for an import, or the sentence that says why there is none. *deftype* is the type of a function."""
        if isinstance(item.type, FuncType):
            found = self._callbacks.resolve(item.module, item.name, item.type)
            return found if isinstance(found, str) else _host_function(found, deftype)
        if isinstance(item.type, MemType):
            return new_memory(self._tier, item.type, self._limits)
        if isinstance(item.type, TableType):
            return new_table(self._tier, item.type, None, self._limits)
        return f"unknown import: {item.module}.{item.name}: a {item.kind} cannot be imported, hosts offer functions only"

    def start(self) -> None:
        """Run what makes the guest ready: `_initialize` and `main` or `__main_void`, or `_start`.

        raises: Trap, WasmException.
        """
        self._stage.require(Stage.LINKED, "start")
        start_guest(self)

    def get_function(self, name: str) -> VmFunction | None:
        """The exported function of that name, None when there is none. Integers go in in either range and come out unsigned."""
        known = self._functions.get(name)
        if known is None:
            if self._instance is None:
                raise RuntimeError(f"get_function({name!r}): this VM is not ready for it, {self._stage.value}")
            inst = self._instance.exports.get(name)
            if isinstance(inst, FuncInst):
                known = self._functions[name] = guest_function(name, self._tier, inst, self._budget, _face)
        return known

    def get_memory(self, pointer: int, size: int) -> bytes:
        """A copy of *size* bytes at *pointer*.

        raises: OutOfBounds.
        """
        memory = self._memory
        if memory is None:
            memory = self._no_memory()
        try:
            return memory.read(pointer, size)
        except IndexError:
            raise OutOfBounds(pointer, size, len(memory)) from None

    def set_memory(self, pointer: int, data: bytes) -> None:
        """Write *data* at *pointer*; nothing is written when it does not fit.

        raises: OutOfBounds.
        """
        memory = self._memory
        if memory is None:
            memory = self._no_memory()
        try:
            memory.write(pointer, data if type(data) is bytes else exact_bytes(data))
        except IndexError:
            raise OutOfBounds(pointer, len(exact_bytes(data)), len(memory)) from None

    def memory_size(self) -> int:
        """Bytes of the guest's memory, 0 when it has none."""
        return len(self._memory or self._no_memory())

    def _no_memory(self) -> MemInst:
        """What a guest without a memory, or with one of no pages, has; the refusal when there is no guest yet."""
        if self._instance is None:
            self._stage.require(Stage.LINKED, "the guest's memory")
        return self._memory if self._memory is not None else _NO_MEMORY

    def clone(self) -> Vm:
        """A new guest of the same module, callbacks and limits: linked, not started. Code is shared, memory and globals are not.

        raises: what `link` raises.
        """
        self._stage.require(Stage.LINKED, "clone")
        copy = Vm(self._tier.name, limits=self._limits, fuel=self._first_fuel, features=self._features, validate=self._validate)
        copy._budget.seconds = self._budget.seconds
        copy._callbacks = self._callbacks.copy()
        copy._module, copy._stage = self._module, Stage.LOADED
        copy.link(self._name)
        return copy


def _face(inst: Any) -> Any:
    """What programs see of a tag, which is all that they see of a guest's insides."""
    return Tag.of(inst) if isinstance(inst, TagInst) else inst


def _host_function(callback: Callback, deftype: DefType | None) -> FuncInst:
    found = callback.inst
    if found is None or found.deftype is not deftype:
        name = f"{callback.module}.{callback.name}"
        code = host_entry(name, callback.type, callback.function)
        found = callback.inst = FuncInst(callback.type, code, deftype=deftype, name=name)
    return found
