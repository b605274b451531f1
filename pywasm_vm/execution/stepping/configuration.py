"""The state of the machine: frames of functions, each with its locals, labels and operands, and what moves it on.

Lives here: `Frame`, `Label`, `Configuration` with `step` and `run`, calls from guest to guest and to the host, the back-trace.
Not here: what single instructions do (control.py, numeric.py, memory.py, reference.py) and how a body becomes a list of steps
(body.py).

The specification keeps values, labels and frames on one stack. Here each frame has two lists, its operands and its labels, so
that both can be looked at; a label knows how many operands stand below it. Guest calls are frames in a list and never Python
calls, so Python's own stack has no part in how deep a guest may go.

Below the first guest frame of each invocation stands a frame of the host, which only takes the results: the specification's
"dummy frame". A host function that calls back into the guest puts another one on top.

spec: exec/runtime, configurations; exec/instructions, function calls
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

from pywasm_vm.errors import Crash, Exhausted, Trap, TrapKind, WasmException
from pywasm_vm.execution.backtrace import TraceFrame, both_ends
from pywasm_vm.execution.budget import Budget
from pywasm_vm.runtime.exceptions import ExnInst
from pywasm_vm.runtime.instances import FuncInst, ModuleInst
from pywasm_vm.runtime.values import Value
from pywasm_vm.structure.instructions import Instr

__all__ = ["SWITCH", "Body", "Configuration", "Frame", "Guard", "GuestCode", "Label", "Step", "call", "leave", "leave_for"]

SWITCH = -1
"""What a step answers when another frame has come to the top."""

Step: TypeAlias = tuple[Callable[["Frame", Any], int | None], Any]
"""A function, and the operand it was prepared with. The function answers None to go on with the next step, a position to go on
there, or SWITCH."""

Label: TypeAlias = "tuple[int, int, int, Guard | None]"
"""(arity, continuation, height, guard): how many operands a branch to it carries, the position where that goes on, how many
operands stand below, and what becomes of an exception that comes out of the block."""


class Guard(Protocol):
    """What stands on the label of a block that may catch exceptions."""

    def offer(self, frame: Frame, level: int, exn: ExnInst) -> int | None:
        """Take *exn*, which comes out of the block of label number *level* of *frame*: unwind to there, and set the position.

        Or refuse, without touching anything, and answer with the number of the label that is asked next.
        """


class Body:
    """The code of a function, prepared once for all instances of its module."""

    __slots__ = ("arity", "code", "cost", "defaults", "index", "label", "name", "parameters", "steps")

    def __init__(
        self, index: int, name: str | None, code: Sequence[Instr], steps: Sequence[Step], parameters: int, arity: int,
        defaults: Sequence[Value], cost: int,
    ) -> None:  # fmt: skip
        self.index = index
        self.name = name
        self.code = code
        """The module's own instructions; step *n* runs instruction *n*."""
        self.steps = steps
        self.parameters = parameters
        self.arity = arity
        self.defaults = list(defaults)
        """What the declared locals begin with."""
        self.cost = cost
        """The fuel that entering takes; 0 when code is not metered."""
        self.label: Label = (arity, len(steps) - 1, 0, None)
        """A branch to the body itself goes to its last `end`."""

    def offset(self, position: int) -> int:
        """The byte in the module where the instruction at *position* stands."""
        return self.code[position][2]


_MISTAKES = (TypeError, ValueError, NameError, AttributeError, LookupError, ArithmeticError)
"""What a step could raise that is no trap."""

_STEPS = ("pywasm_vm.execution.stepping.", "pywasm_vm.runtime.", "pywasm_vm.numerics.")
"""Where steps, and what they call, are written."""

_HOST = Body(-1, None, (), (), 0, 0, (), 0)
"""What frames of the host have for code."""


class Frame:
    """A function that is under way. *position* is that of the next instruction."""

    __slots__ = ("body", "configuration", "first", "instance", "labels", "locals", "position", "stack")

    def __init__(self, configuration: Configuration, body: Body, instance: ModuleInst | None, locals_: list[Value]) -> None:
        self.configuration = configuration
        self.body = body
        self.instance: ModuleInst = instance  # type: ignore[assignment] # only the frame of the host has none, and no code
        self.locals = locals_
        self.labels: list[Label] = [body.label]
        """The innermost stands last, the body's own first."""
        self.stack: list[Value] = []
        """The operands, top on the right."""
        self.position = 0
        self.first: Frame | None = None
        """After tail calls, the frame whose place it has taken in the end; None when nobody has given up a place for it."""

    @property
    def is_host(self) -> bool:
        """Whether it stands for the host that called, and not for a function."""
        return self.body is _HOST


class GuestCode:
    """The code of a function on this tier: called, it runs; a guest that calls it gets a frame instead."""

    __slots__ = ("_body_of", "body", "configuration", "function", "instance")

    def __init__(self, function: FuncInst, body_of: Callable[[int], Body], configuration: Configuration) -> None:
        self.function = function
        self.instance = function.instance
        self.configuration = configuration
        self.body: Body | None = None
        """Its steps, once somebody has asked for them."""
        self._body_of = body_of

    def prepare(self) -> Body:
        """Its steps.

        raises: Invalid, when validation was put off until now.
        """
        if self.body is None:
            assert self.function.index is not None
            self.body = self._body_of(self.function.index)
        return self.body

    def __call__(self, *arguments: Value) -> Value:
        """See `Configuration.invoke`."""
        return self.configuration.invoke(self, arguments)


class Configuration:
    """Everything that is under way in one store, innermost last."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.frames: list[Frame] = []
        self.watch: Callable[[], None] | None = None
        """Called before each instruction while somebody looks. A call that is under way when that begins is not watched."""
        self._room = budget.call_depth
        """How long `frames` may become: frames of the host do not count."""

    # From outside

    def invoke(self, code: GuestCode, arguments: Sequence[Value]) -> Value:
        """Run *code* to its end: None, one value, or a tuple.

        raises: Trap, Exhausted; what a host function raises comes out as itself.
        spec: exec/modules, invocation
        """
        base = len(self.frames)
        try:
            host = self.begin(code, arguments)
            self.run(host)
        except (Trap, WasmException) as error:
            self.explain(error, base)
            raise
        except _MISTAKES as error:
            if _is_ours(error):
                raise Crash(f"a step raised {error!r} in {self.backtrace(base)[:1]}") from error
            raise
        finally:
            self.unwind(base)
        return results_of(host, code.prepare().arity)

    def begin(self, code: GuestCode, arguments: Sequence[Value]) -> Frame:
        """Put a frame of the host on top, which is returned, and on it one for *code* before its first instruction."""
        host = Frame(self, _HOST, None, [])
        self.frames.append(host)
        self._room += 1
        self.enter(code.prepare(), code.instance, list(arguments))
        return host

    def unwind(self, base: int) -> None:
        """Throw away all frames but the first *base*."""
        self._room -= sum(frame.is_host for frame in self.frames[base:])
        del self.frames[base:]

    def run(self, host: Frame) -> None:
        """Go on until *host*, the frame of a host further down, is on top."""
        frames = self.frames
        frame = frames[-1]
        if self.watch is not None:
            self._run_watched(host)
            return
        while frame is not host:
            steps = frame.body.steps
            position = frame.position
            try:
                try:
                    while True:
                        handler, operand = steps[position]
                        position += 1
                        goto = handler(frame, operand)
                        if goto is not None:
                            if goto < 0:
                                break
                            position = goto
                finally:
                    frame.position = position
            except WasmException as error:
                self.catch(error)
            frame = frames[-1]

    def _run_watched(self, host: Frame) -> None:
        while self.frames[-1] is not host:
            if self.watch is not None:
                self.watch()
            self.step()

    def step(self) -> None:
        """Run exactly one instruction of the frame on top."""
        frame = self.frames[-1]
        handler, operand = frame.body.steps[frame.position]
        frame.position += 1
        try:
            goto = handler(frame, operand)
        except WasmException as error:
            self.catch(error)
        else:
            if goto is not None and goto >= 0:
                frame.position = goto

    def catch(self, error: WasmException) -> None:
        """Go on where the guest catches *error*: in the innermost block that does, above the next frame of the host.

        raises: *error*, when nobody catches it; then all frames are as they were.
        spec: exec/instructions, throw_ref
        """
        exn = error.inst
        for depth in range(len(self.frames) - 1, -1, -1):
            frame = self.frames[depth]
            if frame.is_host or not isinstance(exn, ExnInst):
                break
            if _takes(frame, exn):
                del self.frames[depth + 1 :]
                return
        raise error

    # Calls

    def enter(self, body: Body, instance: ModuleInst | None, arguments: list[Value], first: Frame | None = None) -> None:
        """Put a frame for *body* on top, in the place of *first* if that is a frame. *arguments* becomes its list of locals.

        raises: Exhausted, when that is one too many, or the fuel or time is used up.
        """
        frames = self.frames
        if len(frames) >= self._room:
            raise Exhausted(TrapKind.CALL_STACK_EXHAUSTED)
        if body.defaults:
            arguments += body.defaults
        frame = Frame(self, body, instance, arguments)
        frame.first = first
        frames.append(frame)
        if body.cost:
            self.charge(body.cost)

    def charge(self, cost: int) -> None:
        """Take fuel.

        raises: Exhausted.
        """
        fuel = self.budget.slice
        fuel.cell_contents -= cost
        if fuel.cell_contents < 0:
            self.budget.refill()

    def explain(self, error: Trap | WasmException, base: int) -> None:
        """Give *error* the back-trace of the frames above the first *base*, unless it has one from further inside."""
        if not error.frames:
            error.frames = self.backtrace(base)

    def backtrace(self, base: int) -> tuple[TraceFrame, ...]:
        """The guest frames above the first *base*, innermost first; of a very deep one only both ends.

        The instruction of a frame is the one before its position: it was begun and is not done.
        """
        guests = both_ends([frame for frame in self.frames[base:] if not frame.is_host])
        return tuple(
            (frame.body.index, frame.body.name, frame.body.offset(max(0, frame.position - 1))) for frame in reversed(guests)
        )


def _takes(frame: Frame, exn: ExnInst) -> bool:
    """Whether a block of *frame* has taken *exn*."""
    level = len(frame.labels) - 1
    while level >= 0:
        guard = frame.labels[level][3]
        following = level - 1 if guard is None else guard.offer(frame, level, exn)
        if following is None:
            return True
        level = following
    return False


def _is_ours(error: BaseException) -> bool:
    """Whether a step raised *error*, and not a function of the host: valid code never makes one do so."""
    traceback = error.__traceback__
    name = ""
    while traceback is not None:
        name = str(traceback.tb_frame.f_globals.get("__name__", ""))
        traceback = traceback.tb_next
    return name.startswith(_STEPS)


def results_of(host: Frame, arity: int) -> Value:
    """What has come back to the frame of a host, as a function returns it."""
    if arity == 1:
        return host.stack[0]
    return tuple(host.stack) if arity else None


def call(frame: Frame, function: FuncInst) -> int | None:
    """Call *function* with the topmost operands of *frame*: a frame of its own for a guest's, a Python call for the host's.

    spec: exec/instructions, invocation of function addresses
    """
    code = function.code
    stack = frame.stack
    if type(code) is GuestCode and code.configuration is frame.configuration:
        body = code.body or code.prepare()
        first = len(stack) - body.parameters
        code.configuration.enter(body, code.instance, stack[first:])
        del stack[first:]
        return SWITCH
    first = len(stack) - len(function.type.params)
    arguments = stack[first:]
    del stack[first:]
    result = code(*arguments)
    arity = len(function.type.results)
    if arity == 1:
        stack.append(result)
    elif arity:
        stack.extend(result)
    return None


def leave_for(frame: Frame, function: FuncInst) -> int:
    """Call *function* with the topmost operands of *frame*, which gives up its place: whatever that returns, it returns.

    A function of the host has no frame, so the one that calls it stays until it is done.

    spec: exec/instructions, return_invoke
    """
    code = function.code
    if type(code) is not GuestCode or code.configuration is not frame.configuration:
        call(frame, function)
        return leave(frame, len(function.type.results))
    body = code.body or code.prepare()
    arguments = frame.stack[len(frame.stack) - body.parameters :]
    configuration = frame.configuration
    configuration.frames.pop()
    configuration.enter(body, code.instance, arguments, frame.first or frame)
    return SWITCH


def leave(frame: Frame, arity: int) -> int:
    """Take *frame* away and give its topmost *arity* operands to the one below.

    spec: exec/instructions, returning from a function
    """
    frames = frame.configuration.frames
    frames.pop()
    if arity:
        frames[-1].stack += frame.stack[-arity:]
    return SWITCH
