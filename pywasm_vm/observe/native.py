"""Walking through a guest on the tier `native`.

Lives here: `NativeStepper`, which `Stepper` becomes for an instance of that tier, and what is read out of a frame of the C core.
Not here: the faces of all this (stepper.py, views.py), and the code that stops (execution/native/stepping.py).

C knows where an instruction stands and which slots a frame has; which types its operands have there, only validation knows. So
whoever looks at a frame has the validator walk over the function as far as that instruction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pywasm_vm.errors import Trap, WasmException
from pywasm_vm.execution.native.crossing import slots
from pywasm_vm.execution.native.machine import Bound
from pywasm_vm.execution.native.stepping import ALWAYS, Standing, Steps
from pywasm_vm.execution.stepping.body import constructs_of
from pywasm_vm.features import Feature
from pywasm_vm.observe.stepper import (
    NO_FUNCTION,
    OF_THE_HOST,
    SOMEBODY_ELSE,
    UNDER_WAY,
    Alive,
    Go,
    Stepper,
    Stop,
    answered,
    function_of,
    place_of,
    raw_arguments,
)
from pywasm_vm.observe.views import FrameView, LabelView, Line, LocalView, listing, local_types, text_of
from pywasm_vm.runtime.conversion import from_guest, show_exception
from pywasm_vm.runtime.instances import FuncInst, ModuleInst
from pywasm_vm.runtime.values import Value
from pywasm_vm.structure.instructions import Instr
from pywasm_vm.structure.module import ExternKind, Module
from pywasm_vm.structure.types import FuncType, ValType
from pywasm_vm.validation.module import ValidModule, check_module

__all__ = ["NativeStepper"]

_Place = tuple[ModuleInst, int, int]
"""(instance, function index in its module, position in the body)."""


class NativeStepper(Stepper):
    """See `Stepper`."""

    @classmethod
    def walks(cls, inst: ModuleInst) -> bool:
        """See `Stepper.walks`."""
        return isinstance(inst.bound, Bound)

    def __init__(self, target: Alive) -> None:
        self._inst = target.inst
        if not any(function.instance is self._inst for function in self._inst.funcs):
            raise ValueError(NO_FUNCTION)
        self._machine = self._inst.bound.machine
        self._steps = Steps(self._machine)
        self._bodies = _Bodies()
        self._places: set[_Place] = set()
        self._called: FuncInst | None = None
        self._fell: tuple[FrameView, ...] = ()
        self._results = None

    # Calls

    def begin(self, function: int | str, *arguments: object) -> None:
        """See `Stepper.begin`."""
        self.close()
        called = self._function_of(function)
        raw = raw_arguments(called, arguments)
        if self._steps.frames:
            raise RuntimeError(UNDER_WAY)
        self._called = called
        self._steps.use(True)
        self._steps.watch(ALWAYS)
        self._attempt(lambda: self._arrive(self._steps.begin(called, raw)))

    def close(self) -> None:
        """See `Stepper.close`."""
        if self._called is not None:
            self._give_up()
        self._fell, self._results = (), None

    def _give_up(self) -> None:
        if self._steps.frames:
            self._steps.abandon()
        self._end()

    def _end(self) -> None:
        self._called = None
        self._steps.watch(0)
        self._steps.use(False)

    @property
    def done(self) -> bool:
        """See `Stepper.done`."""
        return self._called is None

    # Moves

    def _walk(self, go: Go) -> Stop:
        frames = self._steps.frames
        most = {Go.STEP: ALWAYS, Go.NEXT: frames, Go.FINISH: frames - 1, Go.RUN: 0}[go]
        self._steps.watch(most)
        is_done = self._steps.go_on()
        # Stores that share a module share its code, and so the places where others have breakpoints.
        while not is_done and self._steps.frames > most and not self._stands_at_breakpoint():
            is_done = self._steps.go_on()
        return self._arrive(is_done)

    def _move(self, go: Go) -> Stop:
        if self._called is None:
            raise RuntimeError("no call is under way: begin one")
        return self._attempt(lambda: self._walk(go))

    def _arrive(self, is_done: bool) -> Stop:
        if not is_done:
            return Stop.BREAKPOINT if self._stands_at_breakpoint() else Stop.STEP
        assert self._called is not None
        values = zip(self._steps.results(self._called), self._called.type.results, strict=True)
        self._results = tuple(from_guest(value, valtype) for value, valtype in values)
        self._end()
        return Stop.DONE

    def _attempt(self, action: Callable[[], Stop | None]) -> Stop:
        """See `Stepper._attempt`."""
        budget, fell = self._machine.budget, True
        assert budget is not None
        try:
            with budget:
                stop = action() or Stop.STEP
            fell = False
        except (Trap, WasmException) as error:
            if not error.frames:
                error.frames = self._machine.backtrace()
            if isinstance(error, WasmException):
                show_exception(error, lambda inst: inst)
            raise
        finally:
            if fell and self._called is not None:
                try:
                    self._fell = self._views()
                finally:
                    self._give_up()
        return stop

    # Somebody else calls

    @contextmanager
    def watching(self, ask: Callable[[Stepper], Go], first: Go = Go.STEP) -> Iterator[None]:
        """See `Stepper.watching`."""
        machine, steps = self._machine, self._steps
        if machine.on_stop is not None:
            raise RuntimeError(SOMEBODY_ELSE)
        is_done = self._until(first)

        def stopped() -> None:
            nonlocal is_done
            if self._stands_at_breakpoint() or is_done():
                machine.on_stop = None
                try:
                    go = answered(ask(self))
                finally:
                    machine.on_stop = stopped
                is_done = self._until(go)

        steps.use(True)
        machine.on_stop = stopped
        try:
            yield
        finally:
            machine.on_stop = None
            steps.watch(0)
            steps.use(False)

    def _until(self, go: Go) -> Callable[[], bool]:
        """Let the guest stop where a move may be done, and answer what says whether it is."""
        steps, frames, serial = self._steps, self._steps.frames, self._steps.serial
        if go is Go.RUN:
            steps.watch(0)
            return lambda: False
        steps.watch(ALWAYS)
        if go is Go.STEP or not frames:
            return lambda: True

        def is_done() -> bool:
            now = steps.frames
            # The numbers of calls rise, so one that was inside of ours has a higher one.
            left = now < frames or (now == frames and steps.serial != serial)
            return left or (go is Go.NEXT and now == frames)

        return is_done

    # Breakpoints

    def break_at(self, function: int | str, offset: int | None = None) -> tuple[int, int]:
        """See `Stepper.break_at`."""
        place = self._place_of(function, offset)
        self._places.add(place)
        self._steps.set_breakpoint(*place, True)
        return self._seen(place)

    def clear(self, function: int | str | None = None, offset: int | None = None) -> None:
        """See `Stepper.clear`."""
        places = list(self._places) if function is None else [self._place_of(function, offset)]
        for place in places:
            if place in self._places:
                self._places.discard(place)
                self._steps.set_breakpoint(*place, False)

    @property
    def breakpoints(self) -> tuple[tuple[int, int], ...]:
        """See `Stepper.breakpoints`."""
        return tuple(sorted(self._seen(place) for place in self._places))

    def run_to(self, function: int | str, offset: int | None = None) -> Stop:
        """See `Stepper.run_to`."""
        if self._place_of(function, offset) in self._places:
            return self.run()
        self.break_at(function, offset)
        try:
            return self.run()
        finally:
            self.clear(function, offset)

    def _stands_at_breakpoint(self) -> bool:
        if not self._places:
            return False
        top = self._steps.standing()[0]
        return (top.instance, top.function, top.position) in self._places

    def _place_of(self, function: int | str, offset: int | None) -> _Place:
        found = self._function_of(function)
        assert found.instance is not None
        assert found.index is not None
        return found.instance, found.index, place_of(self._bodies.code(found.instance.module, found.index), found.index, offset)

    def _seen(self, place: _Place) -> tuple[int, int]:
        instance, index, position = place
        return index, self._bodies.code(instance.module, index)[position][2]

    def _function_of(self, function: int | str) -> FuncInst:
        found = function_of(self._inst, function)
        if found.instance is None:
            raise ValueError(OF_THE_HOST.format(function))
        return found

    # What there is to see

    @property
    def frames(self) -> tuple[FrameView, ...]:
        """See `Stepper.frames`."""
        return self._fell or self._views()

    def _views(self) -> tuple[FrameView, ...]:
        in_host = self._steps.in_host
        return tuple(self._view(it, calls=bool(x) or in_host) for x, it in enumerate(self._steps.standing()))

    def _view(self, it: Standing, *, calls: bool) -> FrameView:
        module, index = it.instance.module, it.function
        code, names = self._bodies.code(module, index), module.names.locals.get(index, {})
        instr = code[it.position]
        types = local_types(module, index)
        *places, first = self._steps.local_slots(it, len(types))
        scope = it.instance.types
        return FrameView(
            index,
            module.names.functions.get(index),
            it.instance.name,
            instr[2],
            text_of(instr),
            tuple(
                LocalView(x, names.get(x), valtype, self._steps.value(it, place, valtype, scope))
                for x, (valtype, place) in enumerate(zip(types, places, strict=True))
            ),
            self._operands(it, first, instr, calls) if it.is_exact else (),
            self._bodies.labels(module, index, it.position),
        )

    def _operands(self, it: Standing, first: int, instr: Instr, calls: bool) -> tuple[Value, ...]:
        """The operands of *it*, which begin in slot *first*. A call that is under way has taken its arguments."""
        types = [t for block in self._bodies.operands(it.instance.module, it.function, it.position) for t in block]
        values, slot = [], first
        for valtype in types[: len(types) - (_taken(it.instance, instr) if calls else 0)]:
            values.append(self._steps.value(it, slot, valtype, it.instance.types))
            slot += slots((valtype,))
        return tuple(values)

    def listing(self, function: int | str) -> tuple[Line, ...]:
        """See `Stepper.listing`."""
        found = self._function_of(function)
        assert found.instance is not None
        assert found.index is not None
        return listing(self._bodies.code(found.instance.module, found.index), found.instance.module)


def _taken(instance: ModuleInst, instr: Instr) -> int:
    """How many operands the call *instr* takes."""
    word = instr[0].mnemonic.removeprefix("return_")
    immediates: Any = instr[1]
    if word == "call":
        return len(instance.funcs[immediates[0]].type.params)
    if word in ("call_indirect", "call_ref"):
        functype = instance.types[immediates[0]].comptype
        assert isinstance(functype, FuncType)
        return len(functype.params) + 1
    return 0


class _Bodies:
    """What is known of functions without running them. Looked up when somebody asks, and kept."""

    def __init__(self) -> None:
        self._code: dict[tuple[int, int], list[Instr]] = {}
        self._valid: dict[int, ValidModule] = {}
        self._modules: list[Module] = []
        """They keep their ids."""

    def code(self, module: Module, index: int) -> list[Instr]:
        """The instructions of function *index*."""
        found = self._code.get((id(module), index))
        if found is None:
            self._modules.append(module)
            body = module.funcs[index - len(module.imported(ExternKind.FUNC))].body
            found = self._code[id(module), index] = list(body)
        return found

    def operands(self, module: Module, index: int, position: int) -> list[list[ValType]]:
        """The types of the operands before the instruction at *position*, for each open block."""
        valid = self._valid.get(id(module))
        if valid is None:
            self._modules.append(module)
            valid = self._valid[id(module)] = check_module(module, frozenset(Feature), bodies="lazy")
        return valid.operands_before(index, position)

    def labels(self, module: Module, index: int, position: int) -> tuple[LabelView, ...]:
        """The labels around the instruction at *position*, innermost first."""
        code = self.code(module, index)
        blocks = self.operands(module, index, position)
        functype = module.functype(module.funcs[index - len(module.imported(ExternKind.FUNC))].type_index)
        found, height = [LabelView(len(functype.results), 0, code[-1][2])], len(blocks[0])
        open_ = {it.start: it for it in constructs_of(code).values() if -1 < it.start < position <= it.end}
        for start, block in zip(sorted(open_), blocks[1:], strict=True):
            construct = open_[start]
            params, results = self._arities(module, code[start])
            goes_on = start if construct.is_loop else construct.end + 1
            found.append(LabelView(params if construct.is_loop else results, height, code[goes_on][2]))
            height += len(block)
        return tuple(reversed(found))

    def _arities(self, module: Module, instr: Instr) -> tuple[int, int]:
        """How many operands a block takes and gives."""
        blocktype = instr[1][0]
        if isinstance(blocktype, int):
            functype = module.functype(blocktype)
            return len(functype.params), len(functype.results)
        return 0, 0 if blocktype is None else 1
