"""A VM without bytecode: the guest is a Python object that lives behind the same border as a module would.

Lives here: `NullVm`; `NullGuest`, what every such guest has (a memory of its own, an allocator, imports by name); and `export`.
Not here: what makes writing a Proxy-Wasm plugin pleasant (null_plugin.py).

Pointers are real: host and guest exchange bytes through a bytearray that only this guest has, so a host cannot tell the
difference and a plugin is tested against the same hostcalls. What is not real is the wall. The guest is code of this process: it
is trusted, a loop in it cannot be stopped, and the deadline is looked at when it calls the host.

An exception that the guest lets out is its trap. What a callback of the host raised comes out as itself.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from pywasm_vm import (
    PAGE_SIZE,
    Callbacks,
    Exhausted,
    FuncType,
    Limits,
    Malformed,
    OutOfBounds,
    Stage,
    Trap,
    TrapKind,
    VmFunction,
    WasmError,
    host_entry,
    near_matches,
    parse_signature,
    start_guest,
    vm_function,
)

__all__ = ["GuestMemory", "Imports", "NullGuest", "NullVm", "export"]

F = TypeVar("F", bound=Callable[..., Any])

_RESERVED = 1024
"""Bytes at the start of the memory that the allocator never gives away, so that no pointer is 0 or close to it."""
_SMALLEST_BLOCK = 16


def export(signature: str) -> Callable[[F], F]:
    """A decorator: the method is exported under its name as a function of type *signature*, "i32 i32 -> i32"."""
    functype = parse_signature(signature)

    def mark(method: F) -> F:
        method.__dict__["functype"] = functype
        return method

    return mark


class GuestMemory:
    """The guest's bytes and their allocator: blocks of powers of two, one free list for each size."""

    def __init__(self, max_bytes: int) -> None:
        self.data = bytearray(PAGE_SIZE)
        self._max_bytes = max_bytes
        self._top = _RESERVED
        self._sizes: dict[int, int] = {}
        self._free: dict[int, list[int]] = {}

    def allocate(self, size: int) -> int:
        """The address of a block of at least *size* bytes, 0 when the memory may not grow so far."""
        block = max(_SMALLEST_BLOCK, 1 << (size - 1).bit_length() if size else 0)
        free = self._free.get(block)
        if free:
            pointer = free.pop()
        else:
            pointer = self._top
            if pointer + block > self._max_bytes:
                return 0
            self._top = pointer + block
            missing = self._top - len(self.data)
            if missing > 0:
                self.data.extend(bytes(-(-missing // PAGE_SIZE) * PAGE_SIZE))
        self._sizes[pointer] = block
        return pointer

    def free(self, pointer: int) -> None:
        """Take a block back. 0 is no block and is passed over.

        raises: ValueError for an address at which no block begins.
        """
        if not pointer:
            return
        block = self._sizes.pop(pointer, None)
        if block is None:
            raise ValueError(f"free({pointer:#x}): no block begins there, or it has been freed already")
        self._free.setdefault(block, []).append(pointer)

    def read(self, pointer: int, size: int) -> bytes:
        """*size* bytes at *pointer*.

        raises: Trap, as a load would.
        """
        if not (pointer >= 0 and size >= 0 and pointer + size <= len(self.data)):
            raise Trap(TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS, f"{size} bytes at {pointer:#x}")
        return bytes(self.data[pointer : pointer + size])

    def write(self, pointer: int, data: bytes) -> None:
        """Put *data* at *pointer*.

        raises: Trap, as a store would.
        """
        if not (pointer >= 0 and pointer + len(data) <= len(self.data)):
            raise Trap(TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS, f"{len(data)} bytes at {pointer:#x}")
        self.data[pointer : pointer + len(data)] = data

    def store(self, data: bytes) -> int:
        """The address of a fresh block that holds *data*, 0 for no data.

        raises: MemoryError when there is no room.
        """
        if not data:
            return 0
        pointer = self.allocate(len(data))
        if not pointer:
            raise MemoryError(f"no room for {len(data)} bytes in the guest's memory")
        self.write(pointer, data)
        return pointer


class Imports:
    """The host's functions: `imports.proxy_log(level, pointer, size)`; those of other modules: `imports["module", "name"]`."""

    def __init__(self, resolve: Callable[[str, str], Callable[..., Any]], offered: Callable[[], list[str]]) -> None:
        self._resolve = resolve
        self._offered = offered

    def __getattr__(self, name: str) -> Callable[..., Any]:
        try:
            function = self["env", name]
        except KeyError:
            near = near_matches(name, self._offered())
            hint = f"; near: {', '.join(near)}" if near else ""
            raise AttributeError(f"unknown import: env.{name}: no such import is offered{hint}") from None
        setattr(self, name, function)
        return function

    def __getitem__(self, key: tuple[str, str]) -> Callable[..., Any]:
        return self._resolve(*key)


class NullGuest:
    """A guest written in Python. Methods marked with `export`, and those that `exports` gives, are what the host may call."""

    memory: GuestMemory
    """Set before the guest is called for the first time, not yet in `__init__`."""
    imports: Imports
    """Set before the guest is called for the first time, not yet in `__init__`."""

    def exports(self) -> Iterator[tuple[str, FuncType, Callable[..., Any]]]:
        """(name, type, function) of everything the host may call."""
        for name in dir(type(self)):
            functype = getattr(getattr(type(self), name), "functype", None)
            if isinstance(functype, FuncType):
                yield name, functype, getattr(self, name)

    @export("i32 -> i32")
    def malloc(self, size: int) -> int:
        """The address of *size* fresh bytes, 0 when there is no room."""
        return self.memory.allocate(size)


class NullVm:
    """The VM of a guest that *plugin*, a class or a function without parameters, makes. Each link and each clone makes one."""

    tier = "null"

    def __init__(self, plugin: Callable[[], NullGuest], *, limits: Limits | None = None, fuel: int | None = None) -> None:
        if not callable(plugin):
            raise TypeError(f"plugin must be a class or function that makes a NullGuest, not {plugin!r}")
        self.fuel = fuel
        self.plugin = plugin
        self._limits = limits or Limits()
        self._callbacks = Callbacks()
        self._stage = Stage.NEW
        self._guest: NullGuest | None = None
        self._exports: dict[str, VmFunction] = {}
        self._name = ""
        self._seconds: float | None = None
        self._ends_at: float | None = None
        self._nesting = 0
        self._passing: BaseException | None = None

    @property
    def fuel(self) -> int | None:
        """Always None: Python code has no steps to count."""
        return None

    @fuel.setter
    def fuel(self, fuel: int | None) -> None:
        if fuel is not None:
            raise ValueError("the tier 'null' cannot count the steps of Python code: leave fuel at None")

    def register_callback(self, module: str, name: str, signature: str, callback: Callable[..., Any]) -> None:
        """Offer *callback* as the import *module*.*name*."""
        self._callbacks.register(module, name, signature, callback)

    def load(self, bytecode: bytes = b"null") -> None:
        """Nothing to take in: *bytecode* is b"null" or empty.

        raises: Malformed for anything else: somebody took this for a VM that runs modules.
        """
        if bytecode not in (b"", b"null"):
            raise Malformed("the tier 'null' runs a Python class, not a module: give b'null' as its code, or choose another tier")
        self._stage = Stage.LOADED

    def link(self, name: str = "") -> None:
        """Make the guest and give it its memory and its imports."""
        self._stage.require(Stage.LOADED, "link")
        guest = self._guarded("__init__", self.plugin)
        if not isinstance(guest, NullGuest):
            raise TypeError(f"the plugin must be a NullGuest, {self.plugin!r} made {guest!r}")
        guest.memory = GuestMemory(self._limits.memory_pages * PAGE_SIZE)
        guest.imports = Imports(self._import, lambda: [entry.name for entry in self._callbacks if entry.module == "env"])
        self._guest = guest
        self._name = name
        self._exports = {
            export_name: vm_function(
                export_name,
                functype,
                partial(self._guarded, export_name, host_entry(export_name, functype, function)),
            )
            for export_name, functype, function in guest.exports()
        }
        self._stage = Stage.LINKED

    def _guarded(self, name: str, function: Callable[..., Any], *args: Any) -> Any:
        """What *function* gives; an exception of the guest's own is a trap."""
        if self._nesting == 0:
            self._passing = None
            self._ends_at = None if self._seconds is None else monotonic() + self._seconds
        self._nesting += 1
        try:
            return function(*args)
        except WasmError:
            raise
        except RecursionError as error:
            raise Exhausted(TrapKind.CALL_STACK_EXHAUSTED, f"in {name}") from error
        except Exception as error:
            # The guest is a stranger: whatever it raises is its trap.
            if error is self._passing:
                raise
            raise Trap(TrapKind.UNREACHABLE, _story(name, error), [(self._index(name), name, None)]) from error
        finally:
            self._nesting -= 1

    def _index(self, name: str) -> int:
        names = list(self._exports)
        return names.index(name) if name in names else 0

    def _import(self, module: str, name: str) -> Callable[..., Any]:
        """The host function of that name, as the guest calls it.

        raises: KeyError.
        """
        callback = self._callbacks.get(module, name)
        if callback is None:
            raise KeyError(f"{module}.{name}")
        entry = host_entry(f"{module}.{name}", callback.type, callback.function)

        def cross(*args: Any) -> Any:
            if self._ends_at is not None and monotonic() > self._ends_at:
                raise Exhausted(TrapKind.OUT_OF_TIME, f"the call ran longer than {self._seconds:g} s")
            try:
                return entry(*args)
            except Exception as error:
                self._passing = error
                raise

        checked: Callable[..., Any] = vm_function(name, callback.type, cross)
        return checked

    def start(self) -> None:
        """Run what makes the guest ready, when it has it."""
        self._stage.require(Stage.LINKED, "start")
        start_guest(self)

    def get_function(self, name: str) -> VmFunction | None:
        """The exported method of that name, None when there is none."""
        self._stage.require(Stage.LINKED, f"get_function({name!r})")
        return self._exports.get(name)

    @property
    def guest(self) -> NullGuest:
        """The Python object that runs, for tests to look into."""
        self._stage.require(Stage.LINKED, "the guest")
        assert self._guest is not None
        return self._guest

    def get_memory(self, pointer: int, size: int) -> bytes:
        """A copy of *size* bytes at *pointer*."""
        data = self._inside(pointer, size)
        return bytes(data[pointer : pointer + size])

    def set_memory(self, pointer: int, data: bytes) -> None:
        """Write *data* at *pointer*."""
        self._inside(pointer, len(data))[pointer : pointer + len(data)] = data

    def _inside(self, pointer: int, size: int) -> bytearray:
        data = self.guest.memory.data
        if not (pointer >= 0 and size >= 0 and pointer + size <= len(data)):
            raise OutOfBounds(pointer, size, len(data))
        return data

    def memory_size(self) -> int:
        """Bytes of the guest's memory."""
        return len(self.guest.memory.data)

    def clone(self) -> NullVm:
        """A new guest of the same making, linked with the same callbacks."""
        self._stage.require(Stage.LINKED, "clone")
        copy = NullVm(self.plugin, limits=self._limits)
        copy._callbacks = self._callbacks.copy()
        copy._seconds = self._seconds
        copy.load()
        copy.link(self._name)
        return copy

    def set_deadline(self, seconds: float | None) -> None:
        """Give each following outermost call so many seconds, looked at whenever the guest calls the host."""
        if seconds is not None and not seconds > 0:
            raise ValueError(f"a deadline is a positive number of seconds or None, not {seconds!r}")
        self._seconds = seconds


def _story(name: str, error: Exception) -> str:
    """What the guest raised and where: the last line of its own traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    return f"{name} raised {type(error).__name__}: {error}{place}"
