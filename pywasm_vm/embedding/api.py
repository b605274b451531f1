"""The friendly face: `Store`, `Instance` and what an instance exports.

Lives here: thin objects around what is alive, with the checks that programs need and code inside does not.
Not here: how anything works; each method is a step or two into another room.

Exported functions take integers in either range and give them signed. Objects of one store belong together; a store is used by
one thread at a time, and refuses the second one. Only shared memories belong to several stores.

spec: appendix/embedding
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import index
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakKeyDictionary

from pywasm_vm.embedding.crossing import from_guest, guest_function, host_entry, show_exception, to_guest
from pywasm_vm.embedding.host import HostFunction, near_matches, parse_signature
from pywasm_vm.embedding.instantiate import allocate, initialise, new_memory, new_table
from pywasm_vm.embedding.linker import Linker, kind_of
from pywasm_vm.embedding.module import Module
from pywasm_vm.embedding.references import ArrayRef, StructRef
from pywasm_vm.errors import OutOfBounds, WasmException
from pywasm_vm.execution.budget import Budget
from pywasm_vm.execution.registry import load_tier
from pywasm_vm.features import RUNNABLE, Features
from pywasm_vm.limits import PAGE_SIZE, Limits
from pywasm_vm.runtime.aggregates import ArrayInst, StructInst
from pywasm_vm.runtime.exceptions import ExnInst
from pywasm_vm.runtime.instances import FuncInst, GlobalInst, ModuleInst, TagInst
from pywasm_vm.runtime.memory import MemInst, exact_bytes
from pywasm_vm.runtime.table import TableInst
from pywasm_vm.structure import types
from pywasm_vm.structure.types import FuncType, GlobalType, MemType, RefType, TableType, ValType
from pywasm_vm.validation.matching import lone

__all__ = ["Caller", "Exports", "Extern", "Func", "Global", "Instance", "Memory", "Store", "Table", "Tag"]

_LIMITS = Limits()


class Store:
    """All that is alive together: instances, the tier that runs them, and what they may use up.

    *fuel* is what all its code together may use up, None without a bound.
    """

    def __init__(
        self, tier: str = "auto", *, limits: Limits = _LIMITS, fuel: int | None = None, features: Features = RUNNABLE
    ) -> None:
        check_fuel(fuel)
        self._tier = load_tier(tier)
        self.limits = limits
        self.features = features
        self.budget = Budget(call_depth=limits.call_depth, fuel=fuel)
        self._metered = fuel is not None
        self._modules: WeakKeyDictionary[ModuleInst, Module] = WeakKeyDictionary()
        self._faces: dict[Any, Extern] = {}

    @property
    def tier(self) -> str:
        """The name of the tier in use."""
        return self._tier.name

    @property
    def fuel(self) -> int | None:
        """What is left of the fuel, None without a bound. Setting it fills up."""
        return self.budget.fuel

    @fuel.setter
    def fuel(self, fuel: int | None) -> None:
        check_fuel(fuel)
        if fuel is not None:
            self._meter()
        self.budget.fuel = fuel

    def set_deadline(self, seconds: float | None) -> None:
        """Give each following outermost call so many seconds; None takes the bound away.

        A call that takes longer raises Exhausted.
        """
        check_seconds(seconds)
        if seconds is not None:
            self._meter()
        self.budget.seconds = seconds

    def _meter(self) -> None:
        """From now on code counts; instances that are there already get such code, and keep their state."""
        if self._metered:
            return
        require_idle(self.budget)
        self._metered = True
        for inst, module in list(self._modules.items()):
            self._tier.bind(module.compiled(self._tier, metered=True), inst, self.budget)

    def instantiate(
        self, module: Module, imports: Mapping[str, Any] | Linker | Iterable[HostFunction] | None = None, *, name: str = ""
    ) -> Instance:
        """An instance of *module*, its imports answered from *imports* (see `Linker`), its start function run.

        *name* is what back-traces call it.
        raises: Unlinkable with a sentence for each import that cannot be answered; Invalid when the module uses a feature that
            this store does not have; Exhausted when it begins with more memory than the limits; Trap and WasmException of its
            start function; ConcurrentUse when another thread is inside of this store.
        """
        self.budget.require_this_thread()
        if not isinstance(module, Module):
            raise TypeError(f"instantiate takes a Module, not {type(module).__name__}: Module.decode makes one from bytes")
        if not module.features <= self.features:
            module = module.checked_with(self.features)
        compiled = module.compiled(self._tier, metered=self._metered)
        inst = ModuleInst(module.syntax, module.deftypes, name=name)
        instance = Instance(self, module, inst)
        linker = imports if isinstance(imports, Linker) else Linker(imports)
        externs = linker.resolve(module.syntax, module.deftypes, instance, self.wrap)
        allocate(inst, externs, tier=self._tier, limits=self.limits)
        self._modules[inst] = module
        try:
            initialise(inst, compiled, tier=self._tier, budget=self.budget)
        except WasmException as error:
            show_exception(error, self.wrap)
            raise
        return instance

    def new_function(self, signature: str | FuncType, function: Callable[..., Any], *, name: str = "") -> Func:
        """A host function of the type *signature*, "i32 i32 -> i32", to put into a table or to offer to modules."""
        functype = parse_signature(signature) if isinstance(signature, str) else signature
        name = name or getattr(function, "__name__", "host function")
        entry = host_entry(name, functype, function, signed=frozenset(range(len(functype.params))))
        return Func(self, FuncInst(functype, entry, name=name))

    def new_memory(self, minimum: int, maximum: int | None = None, *, shared: bool = False, page_size: int = PAGE_SIZE) -> Memory:
        """A memory of *minimum* pages, which may grow to *maximum*: see `Memory`, whose arguments these are."""
        return Memory._of(self, new_memory(self._tier, _memtype(minimum, maximum, shared, page_size), self.limits))

    def new_table(self, element: str, minimum: int, maximum: int | None = None, init: Any = None) -> Table:
        """A table of *minimum* elements, all *init*, which may grow to *maximum*; *element* is "funcref", "externref", "anyref" …

        raises: ValueError for another word, Exhausted for more elements than the limits.
        """
        reftype = _valtype(element)
        if not isinstance(reftype, RefType):
            raise ValueError(f'a table holds "funcref", "externref" or other references, not {element!r}')  # noqa: TRY004 - a wrong word
        tabletype = TableType(types.Limits(minimum, maximum), reftype)
        return Table(self, new_table(self._tier, tabletype, to_guest(init, reftype), self.limits))

    def new_global(self, valtype: str, value: Any, *, mutable: bool = False) -> Global:
        """A global of the type *valtype*, "i32", that begins with *value*."""
        globaltype = GlobalType(_valtype(valtype), mutable)
        return Global(self, self._tier.new_global(globaltype, to_guest(value, globaltype.valtype)))

    def __repr__(self) -> str:
        return f"<store on tier {self.tier}>"

    def function(self, inst: FuncInst, name: str) -> Any:
        """The checked callable for *inst*, with signed integers."""
        return guest_function(name, self._tier, inst, self.budget, self.wrap, signed=True)

    def wrap(self, inst: Any, name: str = "") -> Any:
        """What programs see of something alive: always the same object for the same instance. A struct or an array gets a new
        handle each time, which equals all others of it; other values stay as they are.

        *name* is what messages call a function that has no other name.
        """
        kind = kind_of(inst)
        if kind is not FuncInst and kind not in _FACES:
            if isinstance(inst, StructInst):
                return StructRef(inst, self.wrap)
            return ArrayRef(inst, self.wrap) if isinstance(inst, ArrayInst) else inst
        known = self._faces.get(inst)
        if known is None:
            known = self._faces[inst] = Func(self, inst, name) if kind is FuncInst else _FACES[kind](self, inst)
        return known


class Func:
    """A function of a store, called with numbers: `func(2, 3)`.

    A call gives None without results, the result, or a tuple of several; integers signed.
    raises (when called): TypeError or ValueError, naming the parameter, for arguments that do not fit; Trap; WasmException; what
        a host function raises.
    """

    __slots__ = ("__call__", "__weakref__", "inst", "name")
    # A slot of this name holds what is called: Python finds it without a frame of its own in between, which costs as much as a
    # short guest.
    if TYPE_CHECKING:

        def __call__(self, *args: Any) -> Any:
            """See above."""

    def __init__(self, store: Store, inst: FuncInst, name: str = "") -> None:
        self.inst = inst
        self.name = inst.name or name or f"function {inst.index}"
        call = store.function(inst, self.name)
        if any(isinstance(t, RefType) for t in inst.type.results):
            call = _wrapping_results(call, store.wrap)
        object.__setattr__(self, "__call__", call)

    @property
    def type(self) -> FuncType:
        """What it takes and gives."""
        return self.inst.type

    def __repr__(self) -> str:
        return f"<function {self.name} {self.type}>"


class Memory:
    """A linear memory. Addresses and sizes are bytes, and never negative.

    `Memory(1, 16)` makes one of *minimum* pages of *page_size* bytes, which may grow to *maximum* pages; pages have 64 KiB, or 1
    byte. *limits* bounds it, and *tier* says whose stores can import it.

    A *shared* memory, which needs a maximum, may be used by several threads at once: each of them has a store of its own, and
    instantiates modules there that import it. Reading and writing here needs no lock: each call is one step that no thread can
    come between.

    >>> memory = Memory(1, 2, shared=True)
    >>> memory.grow(1), memory.pages, memory.size
    (1, 2, 131072)
    """

    def __init__(
        self,
        minimum: int,
        maximum: int | None = None,
        *,
        shared: bool = False,
        page_size: int = PAGE_SIZE,
        tier: str = "auto",
        limits: Limits = _LIMITS,
    ) -> None:
        """raises: ValueError for a type that no memory has; Exhausted when *minimum* is beyond *limits*."""
        memtype = _memtype(minimum, maximum, shared, page_size)
        self.inst: MemInst = new_memory(load_tier(tier), memtype, limits)

    @classmethod
    def _of(cls, _store: Store, inst: MemInst) -> Memory:
        """The face of a memory that is there already."""
        memory = cls.__new__(cls)
        memory.inst = inst
        return memory

    def read(self, pointer: int, size: int) -> bytes:
        """A copy of *size* bytes at *pointer*.

        raises: OutOfBounds.
        """
        try:
            return self.inst.read(pointer, size)
        except IndexError:
            raise OutOfBounds(pointer, size, len(self.inst)) from None

    def write(self, pointer: int, data: bytes | bytearray | memoryview) -> None:
        """Put *data* at *pointer*; nothing is written when it does not fit.

        raises: OutOfBounds.
        """
        content = exact_bytes(data)
        try:
            self.inst.write(pointer, content)
        except IndexError:
            raise OutOfBounds(pointer, len(content), len(self.inst)) from None

    @property
    def size(self) -> int:
        """Its present size in bytes."""
        return len(self.inst)

    @property
    def pages(self) -> int:
        """Its present size in pages of its type."""
        return self.inst.pages

    @property
    def type(self) -> MemType:
        """Its limits; the minimum is the present size."""
        return self.inst.type

    def grow(self, pages: int) -> int:
        """Add *pages* pages, of its type's size, and return the old size in pages; -1, and nothing changed, when a limit forbids
        it.
        """
        pages = index(pages)
        if pages < 0:
            raise ValueError(f"a memory grows by a positive number of pages, not by {pages}")
        return self.inst.grow(pages)

    def __len__(self) -> int:
        return len(self.inst)

    def __repr__(self) -> str:
        return f"<memory of {self.size} bytes>"


class Table:
    """A table of references: `table[index]` reads, `table[index] = func` writes."""

    def __init__(self, store: Store, inst: TableInst) -> None:
        self.inst = inst
        self._store = store

    def __len__(self) -> int:
        return len(self.inst)

    def __getitem__(self, index: int) -> Any:
        self._check(index)
        return self._store.wrap(self.inst.get(index))

    def __setitem__(self, index: int, value: Any) -> None:
        self._check(index)
        self.inst.set(index, to_guest(value, self.inst.reftype, self.inst.scope))

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self.inst):
            raise IndexError(f"index {index} is outside of a table of {len(self.inst)} elements")

    @property
    def type(self) -> TableType:
        """Its limits and what it holds; the minimum is the present size."""
        return self.inst.type

    def grow(self, count: int, init: Any = None) -> int:
        """Add *count* elements, all *init*, and return the old size; -1, and nothing changed, when a limit forbids it."""
        if count < 0:
            raise ValueError(f"a table grows by a positive number of elements, not by {count}")
        return self.inst.grow(count, to_guest(init, self.inst.reftype, self.inst.scope))

    def __repr__(self) -> str:
        return f"<{self.type}>"


class Global:
    """A global: `value` reads and, when it is mutable, writes it."""

    def __init__(self, store: Store, inst: GlobalInst) -> None:
        self.inst = inst
        self._store = store

    @property
    def value(self) -> Any:
        """What it holds; integers signed."""
        return self._store.wrap(from_guest(self.inst.value, self.inst.type.valtype))

    @value.setter
    def value(self, value: Any) -> None:
        if not self.inst.type.mutable:
            raise TypeError(f"this global is constant: its type is {self.inst.type}")
        self.inst.value = to_guest(value, self.inst.type.valtype, self.inst.scope)

    @property
    def type(self) -> GlobalType:
        """The type of its value, and whether it may change."""
        return self.inst.type

    def __repr__(self) -> str:
        return f"<{self.type}>"


class Tag:
    """A tag of exceptions: what tells them apart, and says what they carry.

    `Tag("i32 i64 ->")` makes a new one, which any store can import. Two tags are equal only when they are the same tag, whatever
    their types are.

    >>> Tag("i32 ->") == Tag("i32 ->")
    False
    """

    def __init__(self, signature: str | FuncType) -> None:
        """raises: ValueError for a type with results."""
        functype = parse_signature(signature) if isinstance(signature, str) else signature
        if functype.results:
            raise ValueError(f'exceptions have no results, so a tag is written as "i32 i64 ->", not as {signature!r}')
        self.inst = TagInst(lone(functype))

    @classmethod
    def of(cls, inst: TagInst) -> Tag:
        """The face of a tag that is there already."""
        tag = cls.__new__(cls)
        tag.inst = inst
        return tag

    def __eq__(self, other: object) -> bool:
        inst = getattr(other, "inst", other)
        return self.inst is inst if isinstance(inst, TagInst) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.inst)

    def new_exception(self, values: Sequence[Any]) -> ExnInst:
        """What `WasmException(tag, values)` throws.

        raises: TypeError, ValueError for values that do not fit.
        """
        params = self.type.params
        if len(values) != len(params):
            raise TypeError(
                f"an exception of {self!r} carries {len(params)} value{'s' * (len(params) != 1)}; {len(values)} given"
            )
        scope = self.inst.deftype.scope
        return ExnInst(self.inst, tuple(to_guest(value, t, scope) for value, t in zip(values, params, strict=True)))

    @property
    def type(self) -> FuncType:
        """A function type, whose parameters are what its exceptions carry."""
        return self.inst.type

    def __repr__(self) -> str:
        return f"<tag {self.type}>"


Extern: TypeAlias = Func | Memory | Table | Global | Tag
"""Anything exported."""

_FACES: dict[type, Callable[[Store, Any], Extern]] = {
    MemInst: Memory._of,
    TableInst: Table,
    GlobalInst: Global,
    TagInst: lambda _store, inst: Tag.of(inst),
}


class Exports:
    """What an instance exports, by attribute or item: `exports.add`, `exports["add"]`. Iterating gives the names.

    It has no methods of its own, so that no export's name is taken.
    """

    __store: Store
    __inst: ModuleInst

    def __init__(self, store: Store, inst: ModuleInst) -> None:
        # Two underscores: an export may be called `_store`.
        self.__dict__.update(_Exports__store=store, _Exports__inst=inst)

    def __getitem__(self, name: str) -> Any:
        try:
            inst = self.__inst.exports[name]
        except KeyError:
            raise KeyError(self.__unknown(name)) from None
        return self.__store.wrap(inst, name)

    def __getattr__(self, name: str) -> Any:
        if name == "_Exports__inst":  # asked of a copy that is being made, which has nothing yet
            raise AttributeError(name)
        inst = self.__inst.exports.get(name)
        if inst is None:
            raise AttributeError(self.__unknown(name))
        found = self.__store.wrap(inst, name)
        # The next access finds it without coming here.
        self.__dict__[name] = found
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"what an instance exports stays what it is; a mutable global changes by exports.{name}.value = …")

    def __unknown(self, name: str) -> str:
        names = list(self.__inst.exports)
        near = near_matches(str(name), names)
        if near:
            hint = f"near: {', '.join(near)}"
        else:
            hint = f"there is {', '.join(names[:8])}{' …' if len(names) > 8 else ''}" if names else "it exports nothing"
        return f"the instance has no export {name!r}; {hint}"

    def __iter__(self) -> Iterator[str]:
        return iter(self.__inst.exports)

    def __contains__(self, name: object) -> bool:
        return name in self.__inst.exports

    def __len__(self) -> int:
        return len(self.__inst.exports)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.__inst.exports]

    def __repr__(self) -> str:
        return f"<exports: {', '.join(self.__inst.exports)}>"


class Instance:
    """A living module. Host functions that ask for their caller get one of these."""

    def __init__(self, store: Store, module: Module, inst: ModuleInst) -> None:
        self.store = store
        self.module = module
        self.inst = inst
        self.exports = Exports(store, inst)

    @property
    def memory(self) -> Memory:
        """Its first memory, whether or not it exports it.

        raises: AttributeError when it has none.
        """
        if not self.inst.mems:
            raise AttributeError("this instance has no memory")
        memory: Memory = self.store.wrap(self.inst.mems[0])
        return memory

    def __repr__(self) -> str:
        name = self.inst.name or self.module.names.module
        return f"<instance{f' {name}' if name else ''}: {len(self.exports)} exports>"


Caller: TypeAlias = Instance
"""The instance that called a host function."""


def check_fuel(fuel: int | None) -> None:
    """Refuse fuel that is no number of instructions."""
    if fuel is not None and not isinstance(fuel, int):
        raise TypeError(f"fuel is a number of instructions or None, not {fuel!r}")
    if fuel is not None and fuel < 0:
        raise ValueError(f"fuel is 0 or more instructions, not {fuel}")


def check_seconds(seconds: float | None) -> None:
    """Refuse a deadline that is no time."""
    if seconds is not None and not isinstance(seconds, int | float):
        raise TypeError(f"a deadline is a number of seconds or None, not {seconds!r}")
    if seconds is not None and not seconds > 0:
        raise ValueError(f"a deadline is a positive number of seconds or None, not {seconds!r}")


def require_idle(budget: Budget) -> None:
    """Refuse to begin counting in the middle of a call.

    raises: RuntimeError.
    """
    if budget.running:
        raise RuntimeError(
            "the code that runs now does not count its steps: set fuel or a deadline before the call, not in a host function"
        )


def _memtype(minimum: int, maximum: int | None, shared: bool, page_size: int) -> MemType:
    """The type of a memory with 32-bit addresses.

    raises: ValueError when no memory has it.
    """
    if page_size not in (1, PAGE_SIZE):
        raise ValueError(f"a memory has pages of 1 or of {PAGE_SIZE} bytes, not of {page_size}")
    if minimum < 0 or (maximum is not None and maximum < minimum):
        raise ValueError(f"a memory cannot begin with {minimum} pages and grow to {maximum}")
    if shared and maximum is None:
        raise ValueError("a shared memory needs a maximum")
    return MemType(types.Limits(minimum, maximum), shared=shared, page_size=page_size)


def _valtype(word: str) -> ValType:
    return parse_signature(f"-> {word}").results[0]


def _wrapping_results(call: Callable[..., Any], wrap: Callable[[Any], Any]) -> Callable[..., Any]:
    def wrapped(*args: Any) -> Any:
        result = call(*args)
        return tuple(wrap(part) for part in result) if isinstance(result, tuple) else wrap(result)

    return wrapped
