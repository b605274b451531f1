"""Stepping code: the C core with a place to stop in front of each instruction.

Lives here: choosing the form of the code, stopping, and what is under way as plain numbers.
Not here: the code itself (native/translate_stepping.c), and what people see of it (observe/).

The code of each function exists in two forms. Calls that begin while somebody looks run the one that can stop; others run the
fast one, which knows nothing of it.

spec: none
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pywasm_vm.execution.native.crossing import Payload, slots
from pywasm_vm.execution.native.machine import Bound, Machine
from pywasm_vm.runtime.instances import FuncInst, ModuleInst
from pywasm_vm.runtime.values import Value
from pywasm_vm.structure.types import FuncType, ValType
from pywasm_vm.validation.matching import Scope

__all__ = ["ALWAYS", "Standing", "Steps"]

ALWAYS = (1 << 64) - 1
"""For `Steps.watch`: stop in front of every instruction."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A guest function that is under way."""

    instance: ModuleInst
    function: int
    position: int
    """Of the instruction that comes next, or is under way, in the body."""
    is_exact: bool
    """Whether its operands are where they are looked for."""
    words: Any
    """Its slots; good until the guest goes on."""


class Steps:
    """The stepping code of all instances of *machine*."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._lib, self._handle = machine.lib, machine.handle
        self._positions: dict[tuple[int, int], dict[int, int]] = {}

    # Which code runs

    def use(self, stepping: bool) -> None:
        """Let calls that begin from now on run stepping code, or the fast one."""
        for instance in self.machine.instances:
            if instance is not None and isinstance(instance.bound, Bound):
                bound = instance.bound
                program = bound.compiled.stepping if stepping else bound.compiled.program
                self.machine.keep(bound.compiled, program)
                self._lib.wasm_instance_run(bound.handle, program)

    def set_breakpoint(self, instance: ModuleInst, function: int, position: int, wanted: bool) -> None:
        """Stop in front of that instruction, or no longer."""
        compiled = instance.bound.compiled
        compiled.translate(function, compiled.stepping)
        place = compiled.positions(function)[position]
        # Code that nothing reaches has no places to stop; nobody comes there.
        self._lib.wasm_program_break(compiled.stepping, function, place, wanted)

    # Moving on

    def watch(self, frames: int) -> None:
        """Stop where no more frames than so many are under way."""
        self._lib.wasm_machine_watch(self._handle, frames)

    @property
    def frames(self) -> int:
        """How many frames are under way, those of hosts included."""
        count: int = self._lib.wasm_machine_frames(self._handle)
        return count

    @property
    def in_host(self) -> bool:
        """Whether the innermost guest function has called the host."""
        return bool(self._lib.wasm_machine_in_host(self._handle))

    @property
    def serial(self) -> int:
        """A number for the innermost call from outside."""
        number: int = self._lib.wasm_machine_serial(self._handle)
        return number

    def begin(self, function: FuncInst, arguments: Sequence[Value]) -> bool:
        """Call *function*, and stop as `watch` says; whether it is done already."""
        machine = self.machine
        machine.halfway = True
        Payload(machine, FuncType(function.type.params, ()), function.scope).write(arguments)
        status = self._lib.wasm_machine_call(self._handle, machine.record(function), machine.fuel())
        return machine.run_to_stop(status)

    def go_on(self) -> bool:
        """Go on to the next stop; whether the call is done."""
        self.machine.grant()
        return self.machine.run_to_stop(self.machine.go_on())

    def results(self, function: FuncInst) -> tuple[Value, ...]:
        """What *function* has given, when it is done."""
        return Payload(self.machine, FuncType(function.type.results, ()), function.scope).read()

    def abandon(self) -> None:
        """Give up the innermost call from outside."""
        self._lib.wasm_machine_abandon(self._handle)

    # What there is to see

    def standing(self) -> list[Standing]:
        """All guest functions that are under way, innermost first."""
        machine = self.machine
        view = machine.ffi.new("wasm_view *")
        found: list[Standing] = []
        while self._lib.wasm_machine_view(self._handle, len(found), view):
            instance = machine.instances[view.instance]
            assert instance is not None
            position = self._position(instance, view.function, view.offset)
            found.append(Standing(instance, view.function, position, bool(view.is_stepping), view.slots))
        return found

    def _position(self, instance: ModuleInst, function: int, offset: int) -> int:
        key = (id(instance.bound.compiled), function)
        known = self._positions.get(key)
        if known is None:
            places = instance.bound.compiled.positions(function)
            known = self._positions[key] = {place: position for position, place in enumerate(places)}
        return known.get(offset, 0)

    def local_slots(self, standing: Standing, count: int) -> list[int]:
        """The slot of each of *count* locals, and the first one for operands."""
        found = self.machine.ffi.new("uint32_t[]", count + 1)
        if self._lib.wasm_program_slots(standing.instance.bound.compiled.stepping, standing.function, found, count + 1):
            raise MemoryError("the C core got no memory to look at a frame")
        return list(found)

    def value(self, standing: Standing, slot: int, valtype: ValType, scope: Scope) -> Value:
        """The raw value of *valtype* that stands in *slot*."""
        words = standing.words
        if slots((valtype,)) == 2:
            return words[slot] | words[slot + 1] << 64
        return self.machine.value_of(words[slot], valtype, scope)
