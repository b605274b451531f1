"""Another engine behind the VM interface: the `wasmtime` package.

Lives here: `WasmtimeVm`, which puts every promise of the interface on that engine, and the clock thread behind its deadlines.
Not here: when it is chosen (`load_vm` in this package).

It is a second opinion: code is checked, compiled and run by the other engine. Only the list of imports and exports with their
types is read by our decoder, because the engine's C interface aborts the process when asked for the type of a v128 parameter.

Guard pages and signal handlers are switched off in the engine, so that `faulthandler` and other signal users of the process keep
working; it costs guest speed, which is not what this VM is for.

The extra `wasmtime` brings the package; it is imported when the first VM is made.
"""

from __future__ import annotations

import ctypes
import math
import re
import threading
import weakref
from collections.abc import Callable
from time import sleep
from typing import Any, TypeVar

from pywasm_vm import (
    Callback,
    Callbacks,
    Exhausted,
    ExternKind,
    FuncType,
    Invalid,
    Limits,
    Malformed,
    Module,
    OutOfBounds,
    Stage,
    TierUnavailable,
    Trap,
    TrapKind,
    Unlinkable,
    VmFunction,
    WasmException,
    host_entry,
    start_guest,
    vm_function,
)

__all__ = ["WasmtimeVm"]

T = TypeVar("T")

_TICK_SECONDS = 0.01
"""How often a running clock moves the engine's epoch: deadlines are exact to about this much."""
_NO_DEADLINE = 1 << 60
_UNLIMITED_FUEL = 1 << 62
_PAGE = 65536
_NESTING = 32
"""Calls from host functions into the guest, one in the other. Each takes a piece of the C stack, and a dozen Python frames."""

_TRAP_KINDS = {
    "STACK_OVERFLOW": TrapKind.CALL_STACK_EXHAUSTED,
    "MEMORY_OUT_OF_BOUNDS": TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS,
    "HEAP_MISALIGNED": TrapKind.UNALIGNED_ATOMIC,
    # The engine does not tell an indirect call past the end of a table from a `table.get` there; the call is what happens.
    "TABLE_OUT_OF_BOUNDS": TrapKind.UNDEFINED_ELEMENT,
    "INDIRECT_CALL_TO_NULL": TrapKind.UNINITIALIZED_ELEMENT,
    "BAD_SIGNATURE": TrapKind.INDIRECT_CALL_TYPE_MISMATCH,
    "INTEGER_OVERFLOW": TrapKind.INTEGER_OVERFLOW,
    "INTEGER_DIVISION_BY_ZERO": TrapKind.INTEGER_DIVIDE_BY_ZERO,
    "BAD_CONVERSION_TO_INTEGER": TrapKind.INVALID_CONVERSION_TO_INTEGER,
    "UNREACHABLE": TrapKind.UNREACHABLE,
    "INTERRUPT": TrapKind.OUT_OF_TIME,
    "OUT_OF_FUEL": TrapKind.OUT_OF_FUEL,
    "ATOMIC_WAIT_NON_SHARED_MEMORY": TrapKind.EXPECTED_SHARED_MEMORY,
    "NULL_REFERENCE": TrapKind.NULL_REFERENCE,
    "ARRAY_OUT_OF_BOUNDS": TrapKind.OUT_OF_BOUNDS_ARRAY_ACCESS,
    "CAST_FAILURE": TrapKind.CAST_FAILURE,
}
_BUDGETS = {TrapKind.CALL_STACK_EXHAUSTED, TrapKind.OUT_OF_FUEL, TrapKind.OUT_OF_TIME}


def import_wasmtime() -> Any:
    """The package itself.

    raises: TierUnavailable with what to install.
    """
    try:
        import wasmtime
    except ImportError as error:
        raise TierUnavailable(
            f"the tier 'wasmtime' needs the package of that name ({error}): pip install 'proxyabi[wasmtime]'"
        ) from error
    return wasmtime


class WasmtimeVm:
    """A guest on the other engine. Clones share the engine and the compiled module, and have a store of their own."""

    tier = "wasmtime"

    def __init__(self, *, limits: Limits | None = None, fuel: int | None = None) -> None:
        self._wasmtime = import_wasmtime()
        self._limits = limits or Limits()
        self._fuel = fuel
        self._seconds: float | None = None
        self._callbacks = Callbacks()
        self._stage = Stage.NEW
        self._engine: Any = None
        self._clock: _Clock | None = None
        self._metered = False
        self._code: Any = None
        self._module: Module | None = None
        self._store: Any = None
        self._exports: dict[str, Any] = {}
        self._functions: dict[str, VmFunction] = {}
        self._memory: Any = None
        self._name = ""
        self._nesting = 0

    @property
    def fuel(self) -> int | None:
        """Steps the guest may still take, as this engine counts them; None for no bound."""
        if self._fuel is None or self._store is None:
            return self._fuel
        return int(self._store.get_fuel())

    @fuel.setter
    def fuel(self, fuel: int | None) -> None:
        if fuel is not None and self._engine is not None and not self._metered:
            raise RuntimeError("this code was compiled without counting steps: set the fuel before load(), or load again")
        self._fuel = fuel
        if self._store is not None and self._metered:
            self._store.set_fuel(_UNLIMITED_FUEL if fuel is None else fuel)

    def register_callback(self, module: str, name: str, signature: str, callback: Callable[..., Any]) -> None:
        """Offer *callback* as the import *module*.*name*."""
        self._callbacks.register(module, name, signature, callback)

    def load(self, bytecode: bytes) -> None:
        """Compile *bytecode*."""
        module = Module.decode(bytecode, validate="never")
        self._metered = self._fuel is not None
        self._engine = self._new_engine()
        self._clock = _Clock(self._engine)
        try:
            self._code = self._wasmtime.Module(self._engine, bytes(bytecode))
        except self._wasmtime.WasmtimeError as error:
            raise _refusal(str(error)) from None
        self._module = module
        self._stage = Stage.LOADED

    def _new_engine(self) -> Any:
        config = self._wasmtime.Config()
        config.epoch_interruption = True
        config.consume_fuel = self._metered
        config.signals_based_traps = False
        config.memory_reservation = 0
        config.memory_guard_size = 0
        return self._wasmtime.Engine(config)

    def link(self, name: str = "") -> None:
        """Answer the imports, instantiate, run the start section."""
        self._stage.require(Stage.LOADED, "link")
        self._name = name
        store = self._wasmtime.Store(self._engine)
        store.set_limits(memory_size=self._limits.memory_pages * _PAGE, table_elements=self._limits.table_elements)
        store.set_epoch_deadline(_NO_DEADLINE)
        if self._metered:
            store.set_fuel(_UNLIMITED_FUEL if self._fuel is None else self._fuel)
        self._store, self._functions, self._memory, self._stage = store, {}, None, Stage.LOADED
        try:
            self._take_exports(self._instantiate(store))
            self._stage = Stage.LINKED
        finally:
            if self._stage is not Stage.LINKED:
                self._memory = None

    def _instantiate(self, store: Any) -> Any:
        externs = self._answer_imports()
        try:
            return self._guarded(lambda: self._wasmtime.Instance(store, self._code, externs)).exports(store)
        except self._wasmtime.WasmtimeError as error:
            raise _cannot_instantiate(str(error)) from None

    def _take_exports(self, exports: Any) -> None:
        self._exports = {export: exports[export] for export in exports}
        for extern in exports.by_index:
            if isinstance(extern, self._wasmtime.Memory):
                self._memory = extern

    def _answer_imports(self) -> list[Any]:
        """The engine's objects for all imports, in order.

        raises: Unlinkable with a sentence for each that has none.
        """
        assert self._module is not None
        externs, problems = [], []
        for wanted, given in zip(self._module.imports, self._code.imports, strict=True):
            label = f"{wanted.module}.{wanted.name}"
            if isinstance(wanted.type, FuncType):
                answer = self._callbacks.resolve(wanted.module, wanted.name, wanted.type)
                if isinstance(answer, str):
                    problems.append(answer)
                else:
                    externs.append(self._new_function(answer, given.type))
            elif wanted.kind is ExternKind.MEMORY or wanted.kind is ExternKind.TABLE:
                externs.append(self._new_extern(wanted.kind, given.type))
            else:
                problems.append(f"unknown import: {label}: a {wanted.kind} cannot be imported, hosts offer functions only")
        if problems:
            raise Unlinkable(problems)
        return externs

    def _new_function(self, callback: Callback, engine_type: Any) -> Any:
        assert self._module is not None
        entry = host_entry(f"{callback.module}.{callback.name}", callback.type, callback.function)
        entry = _with_unsigned_arguments(callback.type, entry)
        memories = [export.name for export in self._module.exports if export.kind is ExternKind.MEMORY]
        if self._module.syntax.start is None or not memories:
            return self._wasmtime.Func(self._store, engine_type, entry)

        def with_memory(caller: Any, *args: Any) -> Any:
            # The start function runs before the engine hands out the instance, and its callbacks may look into the memory.
            if self._stage is not Stage.LINKED:
                self._memory = caller.get(memories[-1])
            return entry(*args)

        return self._wasmtime.Func(self._store, engine_type, with_memory, access_caller=True)

    def _new_extern(self, kind: ExternKind, engine_type: Any) -> Any:
        try:
            if kind is ExternKind.TABLE:
                return self._wasmtime.Table(self._store, engine_type, None)
            self._memory = self._wasmtime.Memory(self._store, engine_type)
        except self._wasmtime.WasmtimeError as error:
            raise _cannot_instantiate(str(error)) from None
        return self._memory

    def start(self) -> None:
        """Run what makes the guest ready."""
        self._stage.require(Stage.LINKED, "start")
        start_guest(self)

    def get_function(self, name: str) -> VmFunction | None:
        """The exported function of that name, None when there is none."""
        self._stage.require(Stage.LINKED, f"get_function({name!r})")
        known = self._functions.get(name)
        extern = self._exports.get(name)
        if known is not None or not isinstance(extern, self._wasmtime.Func):
            return known
        assert self._module is not None
        functype = next(export.type for export in self._module.exports if export.name == name)
        assert isinstance(functype, FuncType)
        store = self._store

        def code(*args: Any) -> Any:
            return _unsigned_results(functype, self._guarded(lambda: extern(store, *args)))

        function: VmFunction = vm_function(name, functype, code)
        self._functions[name] = function
        return function

    def _guarded(self, run: Callable[[], T]) -> T:
        """What *run* gives, with the deadline around the outermost call and the engine's traps as ours."""
        if self._nesting >= _NESTING:
            raise Exhausted(
                TrapKind.CALL_STACK_EXHAUSTED, f"{_NESTING} calls from host functions into the guest, one in the other"
            )
        timed = self._nesting == 0 and self._seconds is not None
        self._nesting += 1
        try:
            if timed:
                self._start_clock()
            return run()
        except self._wasmtime.Trap as trap:
            raise self._our_trap(trap) from None
        finally:
            self._nesting -= 1
            if timed:
                self._stop_clock()

    def _start_clock(self) -> None:
        assert self._clock is not None
        assert self._seconds is not None
        # One tick more than the time asks for: the current one is already running.
        self._store.set_epoch_deadline(math.ceil(self._seconds / _TICK_SECONDS) + 1)
        self._clock.enter()

    def _stop_clock(self) -> None:
        assert self._clock is not None
        self._clock.leave()
        self._store.set_epoch_deadline(_NO_DEADLINE)

    def _our_trap(self, trap: Any) -> Trap | WasmException:
        code = trap.trap_code
        kind = _TRAP_KINDS.get(code.name, TrapKind.UNREACHABLE) if code is not None else TrapKind.UNREACHABLE
        cause = trap.message.partition("Caused by:\n")[2].strip().removeprefix("wasm trap: ")
        frames = [
            (frame.func_index, frame.func_name, frame.module_offset if frame.module_offset < 1 << 63 else None)
            for frame in trap.frames
        ]
        if cause == "thrown Wasm exception":
            # Of which one, the package tells nothing.
            uncaught = WasmException(None)
            uncaught.frames = tuple(frames)
            return uncaught
        if kind is TrapKind.UNDEFINED_ELEMENT and not frames:
            # No code was running: an element segment did not fit.
            kind = TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS
        if kind is TrapKind.OUT_OF_TIME:
            cause = f"the call ran longer than {self._seconds:g} s"
        detail = "" if cause.startswith(kind.value) else cause
        return (Exhausted if kind in _BUDGETS else Trap)(kind, detail, frames)

    def get_memory(self, pointer: int, size: int) -> bytes:
        """A copy of *size* bytes at *pointer*."""
        return ctypes.string_at(self._address(pointer, size), size)

    def set_memory(self, pointer: int, data: bytes) -> None:
        """Write *data* at *pointer*."""
        ctypes.memmove(self._address(pointer, len(data)), bytes(data), len(data))

    def _address(self, pointer: int, size: int) -> int:
        """The address in this process of *size* bytes at *pointer*, looked up anew each time: memory moves when it grows."""
        memory_size = self.memory_size()
        if not (pointer >= 0 and size >= 0 and pointer + size <= memory_size):
            raise OutOfBounds(pointer, size, memory_size)
        if self._memory is None:
            return 0
        base = ctypes.cast(self._memory.data_ptr(self._store), ctypes.c_void_p).value or 0
        return base + pointer

    def memory_size(self) -> int:
        """Bytes of the guest's memory, 0 when it has none."""
        if self._memory is None:
            self._stage.require(Stage.LINKED, "the guest's memory")
            return 0
        return int(self._memory.data_len(self._store))

    def clone(self) -> WasmtimeVm:
        """A new guest of the same code, linked with the same callbacks."""
        self._stage.require(Stage.LINKED, "clone")
        copy = WasmtimeVm(limits=self._limits, fuel=self._fuel)
        copy._callbacks = self._callbacks.copy()
        copy._seconds = self._seconds
        copy._engine, copy._clock, copy._metered = self._engine, self._clock, self._metered
        copy._code, copy._module, copy._stage = self._code, self._module, Stage.LOADED
        copy.link(self._name)
        return copy

    def set_deadline(self, seconds: float | None) -> None:
        """Give each following outermost call so many seconds. The bound is looked at when the guest branches back or calls."""
        if seconds is not None and not seconds > 0:
            raise ValueError(f"a deadline is a positive number of seconds or None, not {seconds!r}")
        self._seconds = seconds


class _Clock:
    """Moves an engine's epoch while anybody waits for a deadline. One thread for each engine, there only when it is needed."""

    def __init__(self, engine: Any) -> None:
        self._engine = weakref.ref(engine)
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._waiting = 0
        self._running = False

    def enter(self) -> None:
        """Somebody waits for a deadline."""
        with self._lock:
            self._waiting += 1
            self._wanted.set()
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="wasmtime-clock", daemon=True).start()

    def leave(self) -> None:
        """Somebody waits no longer."""
        with self._lock:
            self._waiting -= 1
            if not self._waiting:
                self._wanted.clear()

    def _run(self) -> None:
        while self._needed():
            sleep(_TICK_SECONDS)
            engine = self._engine()
            if engine is None:
                return
            engine.increment_epoch()
            del engine

    def _needed(self) -> bool:
        """Wait until somebody needs the clock; False after a second in which nobody did, and then the thread ends."""
        if self._wanted.wait(timeout=1.0):
            return True
        with self._lock:
            if self._waiting:
                return True
            self._running = False
            return False


def _with_unsigned_arguments(functype: FuncType, entry: Callable[..., Any]) -> Callable[..., Any]:
    masks = [_mask(valtype) for valtype in functype.params]
    return lambda *args: entry(*[arg if mask is None else arg & mask for arg, mask in zip(args, masks, strict=True)])


def _unsigned_results(functype: FuncType, results: Any) -> Any:
    masks = [_mask(valtype) for valtype in functype.results]
    if len(masks) < 2:
        return results if not masks or masks[0] is None else results & masks[0]
    return tuple(result if mask is None else result & mask for result, mask in zip(results, masks, strict=True))


def _mask(valtype: object) -> int | None:
    return {"i32": (1 << 32) - 1, "i64": (1 << 64) - 1}.get(repr(valtype))


def _cannot_instantiate(message: str) -> Unlinkable | Exhausted:
    """The engine's refusal of an instance, as ours: with all imports answered, only limits are left to be the reason."""
    if "exceeds" in message or "limit" in message:
        return Exhausted(TrapKind.OUT_OF_MEMORY, message)
    return Unlinkable([f"the module cannot be instantiated: {message}"])


_BROKEN_BYTES = re.compile("illegal opcode|unexpected end|integer (representation )?too|malformed|END opcode expected")


def _refusal(message: str) -> Malformed | Invalid:
    """The engine's refusal of a module, as ours. The last line of *message* says what and where."""
    reason = message.strip().splitlines()[-1].strip()
    reason = re.sub(r"^\d+: ", "", reason)
    place = re.search(r"at offset (0x[0-9a-f]+|\d+)", reason)
    offset = int(place[1], 0) if place else None
    reason = re.sub(r" \(at offset [^)]*\)|^Invalid input WebAssembly code at offset \d+: ", "", reason)
    return (Malformed if _BROKEN_BYTES.search(reason) else Invalid)(reason, offset=offset)
