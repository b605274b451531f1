"""Walking through a guest: one instruction, one line of calls, to the end of a function, to a place.

Lives here: `Stepper`, its moves and its breakpoints, on the tier `stepping`.
Not here: the same on the tier `native` (native.py), what one sees on the way (views.py), and how instructions run (the tiers).

There are two ways to walk. In the first the program calls and moves on, and the guest stands still in between:

    stepper = Stepper(instance)
    stepper.begin("add", 2, 3)
    while stepper.step() is not Stop.DONE:
        print(stepper.frames[0])

In the second somebody else calls (a host that feeds a filter, say), and a function is asked at each stop how to go on:

    with stepper.watching(lambda stepper: Go.NEXT):
        instance.exports.add(2, 3)

The tiers `stepping` and `native` can be walked through, and nothing here costs anything while nobody does: a watched
configuration runs another loop, and the C core other code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import ClassVar, Protocol, TypeAlias

from pywasm_vm.errors import OutOfBounds, Trap, WasmException
from pywasm_vm.execution.stepping.configuration import Configuration, Frame, GuestCode
from pywasm_vm.observe.views import FrameView, GlobalView, Line, globals_of, listing, view
from pywasm_vm.runtime.conversion import from_guest, show_exception, to_guest
from pywasm_vm.runtime.instances import FuncInst, ModuleInst
from pywasm_vm.runtime.values import Value
from pywasm_vm.structure.instructions import Instr

__all__ = ["Go", "Stepper", "Stop"]


class Go(Enum):
    """How to go on. All but STEP also stop at breakpoints, wherever those are."""

    STEP = "to the next instruction, wherever that is"
    NEXT = "to the next instruction of this function, or of the one that takes its place; what it calls runs through"
    FINISH = "until this function has returned, or the last one that has taken its place"
    RUN = "to the next breakpoint"


class Stop(Enum):
    """Why a guest stands still."""

    STEP = "the move is done"
    BREAKPOINT = "there is a breakpoint here"
    DONE = "the call has come to its end"


class Alive(Protocol):
    """An `Instance`, or a `Vm` that is linked."""

    @property
    def inst(self) -> ModuleInst:
        """What is alive of it."""


_Place: TypeAlias = tuple[ModuleInst | None, int, int]
"""(instance, function index in its module, position in the body)."""


class Stepper:
    """Walks through the functions of *target*, an instance or a `Vm` on one of the tiers `stepping` and `native`, and of whatever
    they call.

    raises: TypeError when *target* runs on another tier; ValueError when it defines no function.
    """

    _others: ClassVar[list[type[Stepper]]] = []
    """For other tiers; each has a method *walks* that says whether an instance is one of its own."""

    def __init_subclass__(cls) -> None:
        Stepper._others.append(cls)

    def __new__(cls, target: Alive) -> Stepper:
        """The one for the tier of *target*."""
        inst = target.inst
        return object.__new__(next((other for other in Stepper._others if other.walks(inst)), cls))

    @classmethod
    def walks(cls, inst: ModuleInst) -> bool:
        """Whether this class walks through *inst*."""
        return True

    def __init__(self, target: Alive) -> None:
        self._inst = target.inst
        self._configuration = _configuration_of(self._inst)
        self._breakpoints: set[_Place] = set()
        self._base = 0
        self._host: Frame | None = None
        """The frame below the call that was begun here; None when there is none under way."""
        self._function: FuncInst | None = None
        self._fallen: list[Frame] = []
        """After a trap, what was under way."""
        self._results: tuple[Value, ...] | None = None

    # Calls

    def begin(self, function: int | str, *arguments: object) -> None:
        """Call *function* and stand before its first instruction.

        It is an index, the name of an export, or a name of the name section.

        raises: TypeError, ValueError for arguments that do not fit; RuntimeError while another call stands still.
        """
        self.close()
        code = self._code_of(function)
        raw = raw_arguments(code.function, arguments)
        if self._configuration.frames:
            raise RuntimeError(UNDER_WAY)
        self._function, self._base = code.function, 0
        self._attempt(lambda: self._begin(code, raw))

    def _begin(self, code: GuestCode, arguments: list[Value]) -> None:
        self._host = self._configuration.begin(code, arguments)

    def close(self) -> None:
        """Give up the call that was begun."""
        if self._host is not None:
            self._configuration.unwind(self._base)
        self._host, self._function, self._fallen, self._results = None, None, [], None

    @property
    def done(self) -> bool:
        """Whether no call is under way."""
        return self._host is None

    @property
    def results(self) -> tuple[Value, ...] | None:
        """What the call has given, integers signed; None before its end."""
        return self._results

    # Moves

    def step(self) -> Stop:
        """Run one instruction. A call goes inside; a call of a host function is done at once.

        raises: Trap, WasmException, or what a host function raises: then the call is over, and `frames` shows where it ended.
        """
        return self._move(Go.STEP)

    def next(self) -> Stop:
        """Run one instruction of this function, and all that it calls. See `step` for what it raises."""
        return self._move(Go.NEXT)

    def finish(self) -> Stop:
        """Run until this function has returned. See `step` for what it raises."""
        return self._move(Go.FINISH)

    def run(self) -> Stop:
        """Run to the next breakpoint, or to the end. See `step` for what it raises."""
        return self._move(Go.RUN)

    def run_to(self, function: int | str, offset: int | None = None) -> Stop:
        """Run to the instruction at *offset* in the module (the first one of *function*), a breakpoint, or the end."""
        place = self._place(function, offset)
        if place in self._breakpoints:
            return self.run()
        self._breakpoints.add(place)
        try:
            return self.run()
        finally:
            self._breakpoints.discard(place)

    def _move(self, go: Go) -> Stop:
        if self._host is None:
            raise RuntimeError("no call is under way: begin one")
        return self._attempt(lambda: self._walk(go))

    def _walk(self, go: Go) -> Stop:
        configuration, host = self._configuration, self._host
        assert host is not None
        if go is Go.RUN and not self._breakpoints:
            configuration.run(host)
        else:
            move = _Move(go, configuration)
            configuration.step()
            while configuration.frames[-1] is not host:
                if self._at_breakpoint():
                    return Stop.BREAKPOINT
                if move.is_done():
                    return Stop.STEP
                configuration.step()
        assert self._function is not None
        types = self._function.type.results
        self._results = tuple(from_guest(value, valtype) for value, valtype in zip(host.stack, types, strict=True))
        configuration.unwind(self._base)
        self._host = None
        return Stop.DONE

    def _attempt(self, action: Callable[[], Stop | None]) -> Stop:
        """Do *action* within the budget of the store; what it raises ends the call, and its frames are kept to be looked at.

        Each move has all of the time that a call may take: a person thinks in between.
        """
        configuration = self._configuration
        fell = True
        try:
            with configuration.budget:
                stop = action() or Stop.STEP
            fell = False
        except (Trap, WasmException) as error:
            configuration.explain(error, self._base)
            if isinstance(error, WasmException):
                show_exception(error, lambda inst: inst)
            raise
        finally:
            if fell:
                self._fallen = configuration.frames[self._base :]
                configuration.unwind(self._base)
                self._host = None
        return stop

    # Somebody else calls

    @contextmanager
    def watching(self, ask: Callable[[Stepper], Go], first: Go = Go.STEP) -> Iterator[None]:
        """While this is entered, every call into the store stops as if told *first*, and *ask* says how to go on.

        With `Go.STEP` the first stop is before the first instruction of the next call, with `Go.RUN` at a breakpoint. What a host
        function calls is watched too; what *ask* calls is not.
        """
        configuration = self._configuration
        if configuration.watch is not None:
            raise RuntimeError(SOMEBODY_ELSE)
        move = _Move(first, configuration)

        def watch() -> None:
            nonlocal move
            if self._at_breakpoint() or move.is_done():
                configuration.watch = None
                try:
                    go = answered(ask(self))
                finally:
                    configuration.watch = watch
                move = _Move(go, configuration)

        configuration.watch = watch
        try:
            yield
        finally:
            configuration.watch = None

    # Breakpoints

    def break_at(self, function: int | str, offset: int | None = None) -> tuple[int, int]:
        """Stop before the instruction at *offset* in the module (before the first one of *function*): (function index, offset).

        raises: ValueError when no instruction of the function stands there.
        """
        place = self._place(function, offset)
        self._breakpoints.add(place)
        return _function_and_offset(place)

    def clear(self, function: int | str | None = None, offset: int | None = None) -> None:
        """Take away the breakpoint that `break_at` set with the same arguments; all of them without arguments."""
        if function is None:
            self._breakpoints.clear()
        else:
            self._breakpoints.discard(self._place(function, offset))

    @property
    def breakpoints(self) -> tuple[tuple[int, int], ...]:
        """(function index, offset), in order."""
        return tuple(sorted(_function_and_offset(place) for place in self._breakpoints))

    def _at_breakpoint(self) -> bool:
        frame = self._configuration.frames[-1]
        return (frame.instance, frame.body.index, frame.position) in self._breakpoints

    def _place(self, function: int | str, offset: int | None) -> _Place:
        code = self._code_of(function)
        body = code.prepare()
        return code.instance, body.index, place_of(body.code, body.index, offset)

    def _code_of(self, function: int | str) -> GuestCode:
        """The code of *function*.

        raises: ValueError, when there is no such function, or it is none of the guest's.
        """
        return _guest_code(function_of(self._inst, function), function)

    # What there is to see

    @property
    def frames(self) -> tuple[FrameView, ...]:
        """The functions that are under way, innermost first; after a trap those that were. Frames of the host are left out."""
        frames = self._fallen or self._configuration.frames
        # Only the innermost function stands before an instruction, unless it fell, or called the host who asks now.
        standing = None if self._fallen or not frames else frames[-1]
        return tuple(view(frame, under_way=frame is not standing) for frame in reversed(frames) if not frame.is_host)

    @property
    def globals(self) -> tuple[GlobalView, ...]:
        """The globals of the instance, imported ones first."""
        return globals_of(self._inst)

    def memory(self, pointer: int, size: int, *, index: int = 0) -> bytes:
        """A copy of *size* bytes at *pointer* in memory *index* of the instance.

        raises: OutOfBounds; IndexError when there is no such memory.
        """
        memory = self._inst.mems[index]
        try:
            return memory.read(pointer, size)
        except IndexError:
            raise OutOfBounds(pointer, size, len(memory)) from None

    def listing(self, function: int | str) -> tuple[Line, ...]:
        """The instructions of *function*, line by line."""
        code = self._code_of(function)
        assert code.instance is not None
        return listing(code.prepare().code, code.instance.module)


OF_THE_HOST = "function {!r} belongs to the host: there is nothing in it to step through"
NO_FUNCTION = "the instance defines no function that one could step through"
UNDER_WAY = "another call is under way: let it come to its end, or close its stepper"
SOMEBODY_ELSE = "somebody else is watching already"


def answered(go: Go) -> Go:
    """*go*, when it says how to go on.

    raises: TypeError, which comes out of the call that is watched.
    """
    if not isinstance(go, Go):
        raise TypeError(f"who watches a guest answers with a Go, such as Go.STEP, not with {go!r}")
    return go


def raw_arguments(function: FuncInst, arguments: Sequence[object]) -> list[Value]:
    """*arguments* as raw values.

    raises: TypeError, ValueError, when they do not fit.
    """
    params = function.type.params
    if len(arguments) != len(params):
        raise TypeError(f"the function takes {len(params)} arguments, of type {function.type}; {len(arguments)} given")
    return [to_guest(value, valtype, function.scope) for value, valtype in zip(arguments, params, strict=True)]


def function_of(inst: ModuleInst, function: int | str) -> FuncInst:
    """The function of *inst* that is meant: by its index, as an export, or as the name section calls it.

    raises: ValueError, when there is none.
    """
    index = function
    if isinstance(function, str):
        extern = inst.exports.get(function)
        if isinstance(extern, FuncInst):
            return extern
        names = inst.module.names.functions
        index = next((found for found, name in names.items() if name == function), -1)
    if not isinstance(index, int) or not 0 <= index < len(inst.funcs):
        raise ValueError(f"the instance has no function {function!r}")
    return inst.funcs[index]


def place_of(code: Sequence[Instr], index: int, offset: int | None) -> int:
    """The position of the instruction of function *index* at *offset*, or of its first one.

    raises: ValueError, when none stands there.
    """
    if offset is None:
        return 0
    offsets = [instr[2] for instr in code]
    if offset not in offsets:
        near = min(offsets, key=lambda there: abs(there - offset))
        raise ValueError(f"no instruction of function {index} is at {offset:#x}; the nearest one is at {near:#x}")
    return offsets.index(offset)


class _Move:
    """One move: where it began, and whether it is done."""

    def __init__(self, go: Go, configuration: Configuration) -> None:
        self._go = go
        self._frames = configuration.frames
        self._depth = len(configuration.frames)
        self._first = _first(configuration.frames[-1]) if configuration.frames else None

    def is_done(self) -> bool:
        """Whether to stop before the next instruction."""
        if self._go is Go.STEP:
            return True
        if self._go is Go.RUN:
            return False
        frames, depth = self._frames, self._depth
        left = not depth or len(frames) < depth or _first(frames[depth - 1]) is not self._first
        return left or (self._go is Go.NEXT and len(frames) == depth)


def _first(frame: Frame) -> Frame:
    """The frame of the function that was called here, before tail calls put others in its place."""
    return frame.first or frame


def _configuration_of(inst: ModuleInst) -> Configuration:
    own = [function for function in inst.funcs if function.instance is inst]
    if not own:
        raise ValueError(NO_FUNCTION)
    return _guest_code(own[0], own[0].index).configuration


def _function_and_offset(place: _Place) -> tuple[int, int]:
    instance, index, position = place
    assert instance is not None
    return index, _guest_code(instance.funcs[index], index).prepare().offset(position)


def _guest_code(function: FuncInst, name: object) -> GuestCode:
    code = function.code
    if isinstance(code, GuestCode):
        return code
    if function.instance is None:
        raise ValueError(OF_THE_HOST.format(name))
    raise TypeError('the instance runs on a tier that cannot be stepped through: make its store with tier="stepping"')
