"""A store on the C side, and the calls into it.

Lives here: `Machine`: the handle, the words by which both sides talk, references, and what becomes of a status.
Not here: what C does (native/ at the top level), how values cross (crossing.py), memories and tables (storage.py), and how an
instance is handed over (tier.py).

C never calls Python. It comes back with a status: done, a host function is wanted, a slice of fuel is used up, a trap. Then the
thing is done here, and C is entered again where it stopped. So a Python exception passes guest frames as itself, Ctrl-C works,
and C frames never stand in one another.

A raw value becomes a word: integers as they are, floats as their bits, references as numbers. That of a function is the address
of its record where a type of functions is asked for; of anything else heap.py knows it.

spec: none; exec/runtime on this side of the border
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from threading import get_ident
from typing import Any, TypeVar

from pywasm_vm.errors import ConcurrentUse, Crash, Exhausted, Trap, TrapKind, WasmException
from pywasm_vm.execution.backtrace import FRAMES_MOST, TraceFrame
from pywasm_vm.execution.budget import Budget
from pywasm_vm.execution.native.crossing import (
    ACTIVE,
    BUSY,
    ENTRANCE,
    HELD,
    MAIL,
    MAIL_WORDS,
    MINE,
    SLICE,
    TAKEN,
    host_step,
    slots,
)
from pywasm_vm.execution.native.exceptions import Exceptions
from pywasm_vm.execution.native.heap import References, is_function
from pywasm_vm.native.forked import tell_after_fork
from pywasm_vm.native.owned import Owned
from pywasm_vm.native.tables import reftype_of
from pywasm_vm.numerics.floats import f32_reinterpret_i32, i32_reinterpret_f32
from pywasm_vm.runtime.atomics import WAITS, notify
from pywasm_vm.runtime.casts import cast_failure
from pywasm_vm.runtime.instances import FuncInst, ModuleInst, require_type
from pywasm_vm.runtime.memory import MemInst
from pywasm_vm.runtime.values import Ref, Value
from pywasm_vm.structure.types import F32, F64, AbsHeapType, RefType, ValType
from pywasm_vm.validation.matching import Scope

__all__ = ["Machine"]

_WORD = (1 << 64) - 1
R = TypeVar("R")

_HALF = (1 << 32) - 1

_KINDS = list(TrapKind)
"""Numbered from 1 in C; see native/generated/traps.h."""

_FUNCTIONS = (AbsHeapType.FUNC, AbsHeapType.NOFUNC)

_DOUBLE = struct.Struct("<d")
_QUAD = struct.Struct("<Q")


def _f64_word(value: float) -> int:
    word: int = _QUAD.unpack(_DOUBLE.pack(value))[0]
    return word


def _f64_of(word: int) -> float:
    value: float = _DOUBLE.unpack(_QUAD.pack(word))[0]
    return value


def _signature(ffi: Any, function: FuncInst) -> tuple[Any, int, int, int]:
    """What C asks of the type of a host function: its supertypes and itself, how many supertypes, and how many words parameters
    and results have."""
    deftype = function.deftype
    if deftype.layout is None:
        ids = [supertype.number for supertype in reversed(deftype.supertypes)] + [deftype.number]
        display = ffi.new("uint64_t[]", ids)
        deftype.layout = display, len(ids) - 1, slots(function.type.params), slots(function.type.results)
    known: tuple[Any, int, int, int] = deftype.layout
    return known


class Machine:
    """Everything that C holds of a store. *core* is the pair of ffi and library."""

    def __init__(self, core: tuple[Any, Any]) -> None:
        self.ffi, self.lib = core
        self.metered = False
        """Whether fuel is counted."""
        self.timed = False
        """Whether calls have a deadline."""
        self.halfway = False
        """Whether something in the words is on its way, while the budget knows that somebody is inside."""
        made = self.lib.wasm_machine_new()
        if not made:
            raise MemoryError("the C core got no memory for a store")
        self.handle = made
        self._box = self.lib.wasm_machine_box(self.handle)
        self._bytes = self.ffi.buffer(self._box, 8 * self.lib.WASM_BOX_WORDS)
        view = memoryview(self._bytes).cast("B")
        self.words, self.doubles, self.longs, self.ints = view.cast("Q"), view.cast("d"), view.cast("q"), view.cast("i")
        self.address = self.address_of(made)
        self._take = self.lib.wasm_machine_take
        self.budget = Budget()
        """Of the store, from the first instance on."""
        self.on_stop: Callable[[], None] | None = None
        """Called in front of an instruction while somebody watches."""
        self.instances: list[ModuleInst | None] = [None]
        """By the number that C knows them by; 0 is the host."""
        self.programs: dict[int, tuple[Any, Any]] = {}
        """What was compiled and its program, by the address of that. Kept, because instances run it."""
        self._hosts: list[FuncInst] = []
        self._records: dict[FuncInst, Any] = {}
        """Those of host functions, and of guest functions that were wanted before their instance was bound."""
        self._unbound: dict[int, FuncInst] = {}
        """Of these, the guest functions, by the address of the record."""
        self.references = References(self)
        self._owned = Owned(made, self.references.ending(self.lib.wasm_machine_free))
        self.exceptions = Exceptions(self)
        tell_after_fork(self)
        others = {
            self.lib.WASM_SLICE: self._next_slice,
            self.lib.WASM_TRANSLATE: self._translate,
            self.lib.WASM_ELEM: self._hand_over_elem,
            self.lib.WASM_WAIT32: lambda: self._wait("memory_atomic_wait32"),
            self.lib.WASM_WAIT64: lambda: self._wait("memory_atomic_wait64"),
            self.lib.WASM_NOTIFY: self._notify,
            self.lib.WASM_TRAP: self._trap,
            self.lib.WASM_EXHAUSTED: self._exhausted,
            self.lib.WASM_NO_MEMORY: self._out_of_memory,
            self.lib.WASM_STOP: self._stop,
            self.lib.WASM_UNCAUGHT: self.exceptions.uncaught,
            self.lib.WASM_CAUGHT: self.exceptions.caught,
            self.lib.WASM_THROW_REF: self.exceptions.throw_ref,
            self.lib.WASM_COLLECTED: self._collected,
            self.lib.WASM_TOO_LARGE: self._too_large,
            self.lib.WASM_NO_ROOM: self._no_room,
        }
        self._steps: list[Callable[[], int] | None] = [others.get(status) for status in range(self.lib.WASM_HOST)]
        """What is done, by status. Behind the others stand the host functions, from the first call of each on; see `_link`."""
        self._counting_steps = list(self._steps)
        """The same while fuel is counted."""
        self._counting_steps[self.lib.WASM_SLICE] = self._refill

    def use(self, budget: Budget) -> None:
        """Let *budget* bound what runs here."""
        if self.budget is not budget:
            budget.enter_by(_Entrance(self), self._heed)
        self.budget = budget
        self._heed()
        self.lib.wasm_machine_set_call_depth(self.handle, min(budget.call_depth, _HALF))

    def _heed(self) -> None:
        """The budget has been given fuel or time, or lost it."""
        self.timed = self.budget.seconds is not None
        if self.metered != self.budget.is_counted:
            self.metered = self.budget.is_counted
            self.lib.wasm_machine_set_metered(self.handle, self.metered)
            # Who is under way asks at the next chance: see _next_slice.
            self.words[0] = _WORD

    # Values

    def word_of(self, value: Value, valtype: ValType) -> int:
        """The word for the raw *value*, which is of type *valtype*."""
        if isinstance(valtype, RefType):
            return self.writer(valtype)(value)
        if valtype is F64:
            return _f64_word(value)
        if valtype is F32:
            return i32_reinterpret_f32(value)
        word: int = value
        return word

    def value_of(self, word: int, valtype: ValType, scope: Scope = ()) -> Value:
        """The raw value for *word*."""
        if isinstance(valtype, RefType):
            return self.reader(valtype, scope)(word)
        if valtype is F64:
            return _f64_of(word)
        if valtype is F32:
            return f32_reinterpret_i32(word)
        return word

    def address_of(self, pointer: Any) -> float:
        """The address that *pointer* holds, as C takes it."""
        return float(int(self.ffi.cast("uintptr_t", pointer)))

    def writer(self, reftype: RefType) -> Callable[[Ref], int]:
        """What gives the words of references of *reftype*."""
        if not isinstance(reftype.heap, AbsHeapType):
            # A defined type: functions are of a type of functions, and nothing else is.
            return self._any_word
        return self.function_word if reftype.heap in _FUNCTIONS else self.references.word_of

    def reader(self, reftype: RefType, scope: Scope) -> Callable[[int], Ref]:
        """What gives the references of *reftype* that words lead to. *scope* says what a type index in it stands for."""
        return self._function_or_null if is_function(reftype, scope) else self.references.ref_of

    def function_word(self, function: FuncInst | None) -> int:
        """The word for *function* as a reference to a function."""
        return 0 if function is None else int(self.ffi.cast("uintptr_t", self.record(function)))

    def _any_word(self, ref: Ref) -> int:
        return self.function_word(ref) if isinstance(ref, FuncInst) else self.references.word_of(ref)

    def _function_or_null(self, word: int) -> FuncInst | None:
        return self.function_at(word) if word else None

    def function_at(self, address: int) -> FuncInst:
        """The function whose record stands at *address*."""
        where = self.lib.wasm_function_where(self.ffi.cast("wasm_funcinst *", address))
        instance = self.instances[where >> 32]
        if instance is not None:
            found: FuncInst = instance.funcs[where & _HALF]
            return found
        early = self._unbound.get(address)
        if early is not None:
            return early
        host: FuncInst = self._hosts[where & _HALF]
        return host

    def record(self, function: FuncInst) -> Any:
        """What C has for *function*."""
        bound = None if function.instance is None else function.instance.bound
        if isinstance(bound, Bound) and bound.machine is self and function.index is not None:
            return self.lib.wasm_instance_function(bound.handle, function.index)
        known = self._records.get(function)
        if known is None:
            known = self.checked(self.lib.wasm_function_new(self.handle))
            if function.instance is None or function.instance.bound is not None:
                # Of the host, or of another store: called through its Python side.
                self._make_host(known, function)
            else:
                self._unbound[int(self.ffi.cast("uintptr_t", known))] = function
            # Only now: it was no function before, had memory been short.
            self._records[function] = known
        return known

    def early_records(self, instance: ModuleInst) -> list[tuple[int, Any]]:
        """The records of functions of *instance* that were wanted before it was bound, by index."""
        found = [(address, function) for address, function in self._unbound.items() if function.instance is instance]
        for address, _ in found:
            del self._unbound[address]
        return [(function.index or 0, self._records.pop(function)) for _, function in found]

    def _make_host(self, record: Any, function: FuncInst) -> None:
        number = len(self._hosts)
        if self.lib.wasm_function_is_host(self.handle, record, number, *_signature(self.ffi, function)):
            raise MemoryError("the C core got no memory for a function")
        # An exception may come between any two lines, out of a signal handler: what counts comes last.
        for steps in (self._steps, self._counting_steps):
            steps[self.lib.WASM_HOST + number :] = [None]
        self._hosts.append(function)

    def _link(self, status: int, steps: list[Callable[[], int] | None]) -> Callable[[], int]:
        """A guest calls a function of the host for the first time: most of what it imports it never calls. The one of *steps*."""
        number = status - self.lib.WASM_HOST
        if number < 0:
            raise Crash("the C core came back with a status that nobody knows")
        step, counting_step = self._steps[status], self._counting_steps[status] = host_step(self, self._hosts[number])
        return step if steps is self._steps else counting_step

    def keep(self, compiled: Any, program: Any) -> None:
        """Instances of this store run *program*, which is one of *compiled*."""
        self.programs[int(self.ffi.cast("uintptr_t", program))] = (compiled, program)

    def checked(self, made: Any) -> Any:
        """*made*, which C has just made.

        raises: MemoryError, when it could not.
        """
        if made == self.ffi.NULL:
            raise MemoryError("the C core got no memory")
        return made

    # Calls

    def fuel(self) -> int:
        """What C may use of the slice."""
        return SLICE if not self.metered else self.budget.slice.cell_contents

    def grant(self) -> None:
        """Give C what is left of the slice."""
        self.words[0] = self.fuel() & _WORD

    def _settle(self) -> None:
        """Take back from C what is left of the slice."""
        word = self.words[0]
        self.budget.slice.cell_contents = word - (word >> 63 << 64)

    def run(self, status: int) -> None:
        """Do what *status* and its successors ask for, until the call is done.

        raises: Trap, Exhausted; what a host function raises comes out as itself.
        """
        if not self.metered:
            steps = self._steps
            while status:
                status = (steps[status] or self._link(status, steps))()
            return
        steps = self._counting_steps
        while status:
            self._settle()
            status = (steps[status] or self._link(status, steps))()
        self._settle()

    def take(self) -> bool:
        """Be inside, unless this thread is; whether it was not. Who was not goes with `Budget.leave`.

        raises: ConcurrentUse, when another thread is inside.
        """
        taken = self._take(self.address)
        if taken == MINE:
            return False
        if taken != TAKEN:
            raise ConcurrentUse
        self.halfway = False
        self.budget.adopt()
        return True

    def alone(self, function: Callable[..., R], *arguments: Any) -> R:
        """What *function* gives for *arguments*, while nobody else can be inside.

        raises: ConcurrentUse, when another thread is inside; what *function* raises.
        """
        if self.words[ENTRANCE] == get_ident():
            return function(*arguments)
        try:
            if self._take(self.address):
                return function(*arguments)
        finally:
            # A signal may come before this thread is told that it is inside.
            if self.words[ENTRANCE] == get_ident():
                self.words[ENTRANCE] = 0
        raise ConcurrentUse

    def pause(self) -> tuple[bytes, bytes]:
        """Somebody comes in between while the words are in use: what they hold, which goes back by `proceed`. Until then nothing
        is collected, since nobody else knows of the references among them."""
        widest = self.lib.wasm_machine_widest(self.handle)
        kept = self._bytes[8 : 8 * (MAIL + min(widest, MAIL_WORDS))]
        wide = b"" if widest <= MAIL_WORDS else self.ffi.buffer(self.lib.wasm_machine_wide_mail(self.handle), 8 * widest)[:]
        self.words[HELD] = 1
        self.halfway = False
        return kept, wide

    def proceed(self, paused: tuple[bytes, bytes]) -> None:
        """Go on where `pause` came in between."""
        kept, wide = paused
        if wide:
            self.ffi.buffer(self.lib.wasm_machine_wide_mail(self.handle), len(wide))[:] = wide
        self._bytes[8 : 8 + len(kept)] = kept
        self.halfway = True

    def forked(self) -> None:
        """See `tell_after_fork`."""
        self.lib.wasm_machine_forked(self.handle)

    def visit(self) -> Visit:
        """Be inside while this is entered (`with`), if only to look at what could move."""
        return Visit(self)

    def give_up(self, error: BaseException, status: int | None) -> None:
        """An outermost call by the entrance ends with *error*. *status* is what C has said, None if nobody knows."""
        budget = self.budget
        if status == BUSY or (status is None and budget.is_here):
            return
        taken = self._take(self.address)
        if taken == MINE:
            self.clean_up(error, 0)
        if taken:
            budget.leave()

    def run_to_stop(self, status: int) -> bool:
        """The same, until the call is done (True) or the guest stands in front of an instruction (False)."""
        steps = self._counting_steps if self.metered else self._steps
        while status:
            if self.metered:
                self._settle()
            if status == self.lib.WASM_STOP:
                return False
            status = (steps[status] or self._link(status, steps))()
        if self.metered:
            self._settle()
        return True

    def clean_up(self, error: BaseException, before: int) -> None:
        """A call ends with *error*. *before* says how many were under way before it."""
        if self.words[ACTIVE] > before:
            if isinstance(error, (Trap, WasmException)) and not error.frames:
                error.frames = self.backtrace()
            self.lib.wasm_machine_abandon(self.handle)

    def wide_mail(self, size: int) -> tuple[memoryview[int], memoryview[float]]:
        """*size* words of the mail for many values, as integers and as f64. Good until the next call."""
        view = memoryview(self.ffi.buffer(self.lib.wasm_machine_wide_mail(self.handle), 8 * size)).cast("B")
        return view.cast("Q"), view.cast("d")

    def _stop(self) -> int:
        """The guest stands in front of an instruction of stepping code, and nobody who moves it on has made this call."""
        if self.on_stop is not None:
            self.on_stop()
        return self._continue()

    def throw(self, error: WasmException) -> int:
        """Throw *error*, which a host function has raised, into the guest that called it; a status.

        raises: *error*, when no guest of this call catches it.
        """
        self.halfway = True
        return self.exceptions.throw(error)

    def go_on(self) -> int:
        """Go on with what is left of the slice in the words; a status."""
        status: int = self.lib.wasm_machine_continue(self.handle)
        return status

    def _continue(self) -> int:
        self.grant()
        return self.go_on()

    def _next_slice(self) -> int:
        if self.metered:
            # Fuel came in the middle of this call: what is left of it is counted.
            self.run(self._refill())
            return 0
        self.budget.look_at_clock()
        return self._continue()

    def _refill(self) -> int:
        self.budget.refill()
        return self._continue()

    def _translate(self) -> int:
        compiled, form = self.programs[self.words[2]]
        compiled.translate(self.words[1], form)
        return self._continue()

    def _hand_over_elem(self) -> int:
        instance = self.instances[self.words[2]]
        if instance is None:
            raise Crash("an element segment of an instance that is not there")
        instance.elems[self.words[1]].hand_over()  # type: ignore[attr-defined]
        return self._continue()

    def _memory(self) -> MemInst:
        instance = self.instances[self.words[2]]
        if instance is None:
            raise Crash("a memory of an instance that is not there")
        memory: MemInst = instance.mems[self.words[1]]
        return memory

    def _wait(self, name: str) -> int:
        memory, budget = self._memory(), self.budget
        if budget is None:
            raise Crash("a guest waits that nobody has called")
        address, expected, timeout = self.words[3:6]
        # C looks at this number before it comes back to wake somebody.
        self.lib.wasm_memory_waits(memory.handle, 1)  # type: ignore[attr-defined]
        try:
            result = WAITS[name](memory, address, expected, timeout, budget.wait_for)
        finally:
            self.lib.wasm_memory_waits(memory.handle, -1)  # type: ignore[attr-defined]
        self.words[MAIL] = result
        return self._continue()

    def _notify(self) -> int:
        self.words[MAIL] = notify(self._memory(), self.words[3], self.words[4])
        return self._continue()

    def _trap(self) -> int:
        kind = _KINDS[self.words[1] - 1]
        frames = self.backtrace()
        if kind is TrapKind.CALL_STACK_EXHAUSTED:
            raise Exhausted(kind, "", frames)
        if kind is TrapKind.INDIRECT_CALL_TYPE_MISMATCH:
            instance = self.instances[self.words[4]]
            if instance is not None:
                require_type(self.function_at(self.words[2]), instance.types[self.words[3]])
        if kind in (TrapKind.CAST_FAILURE, TrapKind.DESCRIPTOR_CAST_FAILURE):
            self._refuse_cast(kind)
        if kind is TrapKind.UNALIGNED_ATOMIC:
            raise Trap(kind, f"{self.words[2]} bytes at {self.words[3]:#x}", frames)
        raise Trap(kind, "", frames, element=self.words[2] if kind is TrapKind.UNINITIALIZED_ELEMENT else None)

    def _refuse_cast(self, kind: TrapKind) -> None:
        """raises: Trap, that says what was to be cast, and to what."""
        word, target = self.words[2], reftype_of(self.words[3])
        instance = self.instances[self.words[4]]
        if instance is not None:
            cast_failure(self.reader(target, instance.types)(word), str(target), kind)

    def _collected(self) -> int:
        self.references.forget()
        return self._continue()

    def _too_large(self) -> int:
        limit = self.lib.wasm_machine_most_elements(self.handle)
        text = f"an array of {self.words[2]} elements is beyond the limit of {limit} elements"
        raise Exhausted(TrapKind.OUT_OF_MEMORY, text, self.backtrace())

    def _no_room(self) -> int:
        text = f"the machine has no room for an array of {self.words[2]} elements"
        raise Exhausted(TrapKind.OUT_OF_MEMORY, text, self.backtrace())

    def _exhausted(self) -> int:
        raise Exhausted(TrapKind.CALL_STACK_EXHAUSTED)

    def _out_of_memory(self) -> int:
        raise MemoryError("the C core got no memory for the guest's stack")

    def backtrace(self) -> tuple[TraceFrame, ...]:
        """The guest frames of the innermost call, innermost first; of a very deep one only both ends."""
        depth = self.lib.wasm_machine_depth(self.handle)
        numbers = range(depth)
        chosen = [*numbers] if depth <= 2 * FRAMES_MOST else [*numbers[:FRAMES_MOST], *numbers[-FRAMES_MOST:]]
        program = self.ffi.new("wasm_program **")
        function, cell = self.ffi.new("uint32_t *"), self.ffi.new("uint32_t *")
        found: list[TraceFrame] = []
        for nth in chosen:
            if self.lib.wasm_machine_frame(self.handle, nth, program, function, cell):
                compiled, form = self.programs[int(self.ffi.cast("uintptr_t", program[0]))]
                index = function[0]
                found.append((index, compiled.name_of(index), compiled.offset_of(index, cell[0], form)))
        return tuple(found)


class Visit:
    """See `Machine.visit`."""

    __slots__ = ("_machine", "_taken")

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._taken = False

    def __enter__(self) -> None:
        """raises: ConcurrentUse, when another thread is inside."""
        if self._machine.words[ENTRANCE] == get_ident():
            return
        try:
            self._taken = True
            self._taken = bool(self._machine.lib.wasm_machine_take(self._machine.address))
        except BaseException:  # by a signal: nobody calls `__exit__` then
            if self._taken and self._machine.words[ENTRANCE] == get_ident():
                self._machine.words[ENTRANCE] = 0
            raise
        if not self._taken:
            raise ConcurrentUse

    def __exit__(self, *error: object) -> None:
        if self._taken:
            self._machine.words[ENTRANCE] = 0


class _Entrance:
    """The entrance of a machine, as its budget sees it.

    This thread may have it although its budget knows nothing of that: this is a signal handler in the middle of something short,
    or an exception of one came before it was given back. Nobody can tell which, so it stays taken then, and the words stay as
    they are: for this thread all goes on.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._take, self._address, self._words = machine.lib.wasm_machine_take, machine.address, machine.words
        self._paused: tuple[bytes, bytes] | None = None

    def acquire(self, blocking: bool = False) -> bool:
        """Take it, unless another thread has it. Nobody waits here, whatever *blocking* says."""
        taken = self._take(self._address)
        if taken == MINE:
            self._paused = self._machine.pause()
        elif taken:
            self._machine.halfway = False
        return bool(taken)

    def release(self) -> None:
        """Give it back."""
        paused, self._paused = self._paused, None
        if paused is not None:
            self._machine.proceed(paused)
        else:
            self._words[ENTRANCE] = 0


class Bound:
    """What the tier keeps for an instance: the C side of it."""

    __slots__ = ("compiled", "handle", "machine")

    def __init__(self, machine: Machine, compiled: Any, handle: Any) -> None:
        self.machine = machine
        self.compiled = compiled
        self.handle = handle
