"""Throwing and catching, in the present form and the legacy one.

Lives here: `throw` and its relatives, and the guards: what is written where a `try_table` or a legacy `try` ends.
Not here: Python's own `try` around a region (flat.py), and what is thrown (runtime/exceptions.py).

A guest's exception is a Python exception, and a construct that catches some becomes Python's `try`; a branch out of it needs
nothing special. In a region it becomes a number: the state that gets the exceptions, which looks at the tag and goes on, or hands
over to the state of the next guard outside.

Guest code never runs inside of Python's `except`: there, each exception would hold on to the one before it. A legacy handler is
written behind the `try`, as an arm of an `if`.

Two kinds of exceptions pass by a guard. Those of a function that has taken the place of this one (then r is no longer None), and
those that a `delegate` sends to a guard further outside: it puts the number of that guard into `by`.

spec: exec/instructions, throw_ref and try_table; the legacy exception handling proposal
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from pywasm_vm.execution.python import flat
from pywasm_vm.execution.python.bounds import join
from pywasm_vm.execution.python.control import dead, jump, open_construct, to_slots
from pywasm_vm.execution.python.emit import Emitter, emits
from pywasm_vm.execution.python.frames import OUTSIDE, Frame, Region, State
from pywasm_vm.execution.python.operands import TRAPS, WRITES
from pywasm_vm.structure.types import ValType

__all__: list[str] = []


@emits("throw")
def throw(emitter: Emitter, immediates: Any, position: int) -> int:
    tag = immediates[0]
    text, _deps = emitter.pop_arguments(_carried(emitter, tag))
    return _raise(emitter, f"thrown(E{tag}, ({text}{',' if text else ''}))")


@emits("throw_ref")
def throw_ref(emitter: Emitter, immediates: Any, position: int) -> int:
    return _raise(emitter, f"thrown_again({emitter.stack.pop()[0]})")


@emits("rethrow")
def rethrow(emitter: Emitter, immediates: Any, position: int) -> int:
    return _raise(emitter, f"thrown_again(x{emitter.frames[-1 - immediates[0]].body.start})")


def _raise(emitter: Emitter, text: str) -> int:
    emitter.settle(WRITES | TRAPS)
    emitter.emit(f"raise {text}")
    del emitter.stack[emitter.frames[-1].height :]
    return dead(emitter)


def _carried(emitter: Emitter, tag: int) -> tuple[ValType, ...]:
    """The types of what an exception with *tag* carries."""
    return emitter.facts.functype(emitter.facts.tag_types[tag]).params


@emits("try_table")
def try_table(emitter: Emitter, immediates: Any, position: int) -> None:
    frame = open_construct(emitter, position)
    frame.guard = _TryTable(emitter, frame, immediates[1])


@emits("try")
def try_(emitter: Emitter, immediates: Any, position: int) -> None:
    frame = open_construct(emitter, position)
    construct = frame.body
    row, last, _offset = emitter.code[construct.end]
    if row.mnemonic == "delegate":
        label: Any = last[0]
        frame.guard = _Delegate(emitter, frame, label)
    elif construct.arms:
        frame.guard = _LegacyTry(emitter, frame)


@emits("catch", "catch_all")
def catch(emitter: Emitter, immediates: Any, position: int) -> None:
    frame = emitter.frames[-1]
    to_slots(emitter, frame.results, frame.height)
    frame.arrived = True
    if frame.region is not None:
        flat.go_to(emitter, frame.region, frame.body.end)
    assert frame.guard is not None, "validation puts a handler behind a try only"
    frame.guard.begin_arm(position)


class _Guard:
    """What all guards share: the beginning of the `try`, and the exceptions that pass by."""

    def __init__(self, emitter: Emitter, frame: Frame) -> None:
        self.emitter = emitter
        self.frame = frame
        self.depth = len(emitter.frames) - 1
        self.number = 0
        """Not 0 when a `delegate` names it."""
        self.passing: set[int] = set()
        """Guards further outside that a `delegate` inside of this one names."""
        self.stub: State | None = None
        region = frame.region
        if region is not None:
            self.outer = region.handler
            self.stub = flat.new_stub(emitter, region)
            region.handler = self.stub.key
            emitter.emit(f"h{region.number} = {self.stub.key}")
        else:
            emitter.begin("try:")
            emitter.tries += 1
            emitter.written_guards.append(self)
        emitter.guards.append(self)

    def next_arm(self) -> int:
        """See `Guard.next_arm`."""
        return -1

    def begin_arm(self, position: int) -> None:
        """See `Guard.begin_arm`."""
        raise AssertionError(f"no handler at {position}")

    def end_body(self) -> None:
        """What is written next is no longer guarded."""
        self.emitter.guards.pop()
        if self.frame.region is not None:
            self.frame.region.handler = self.outer
        else:
            self.emitter.tries -= 1
            self.emitter.written_guards.pop()

    def begin_except(self) -> None:
        """Write the head of Python's handler, and let pass what is not to be caught here."""
        emitter = self.emitter
        emitter.begin("except WasmException as caught:")
        if emitter.tail_calls:
            emitter.emit("if r is not None: raise")
        if self.passing:
            emitter.emit(f"if by in ({', '.join(map(str, sorted(self.passing)))},): raise")
        self.arrive()

    def arrive(self) -> None:
        """A detour ends here."""
        if self.number:
            self.emitter.emit("by = 0")

    def raise_again(self, region: Region) -> None:
        """In the state for exceptions: hand over to the next guard outside."""
        if self.outer != OUTSIDE:
            flat.go_to(self.emitter, region, self.outer)
        else:
            self.emitter.emit(f"raise q{region.number}")


class _TryTable(_Guard):
    """The guard of a `try_table`. *catches* are its clauses; their labels are counted from outside of it."""

    def __init__(self, emitter: Emitter, frame: Frame, catches: Sequence[tuple[str, int | None, int]]) -> None:
        super().__init__(emitter, frame)
        self.catches = catches

    def close(self) -> None:
        """See `Guard.close`."""
        emitter, region = self.emitter, self.frame.region
        self.end_body()
        join(emitter, self.frame)
        if region is None or self.stub is None:
            self.begin_except()
            emitter.emit("x = caught.inst")
            if not self.write_clauses(""):
                emitter.emit("raise")
            emitter.indent = emitter.indent[:-1]
            return

        def write() -> None:
            self.arrive()
            emitter.emit(f"x = q{region.number}.inst")
            if not self.write_clauses(f"q{region.number} = None"):
                self.raise_again(region)

        flat.write_stub(emitter, self.stub, write)

    def write_clauses(self, forget: str) -> bool:
        """Write what becomes of the exception x, and answer whether every one is taken. *forget* is done with one that is."""
        emitter = self.emitter
        for kind, tag, label in self.catches:
            target = emitter.frames[-1 - label]
            slots = [f"s{target.height + at}" for at in range(len(target.label_types))]
            indent = emitter.indent
            if tag is not None:
                emitter.begin(f"if x.tag is E{tag}:")
            if forget:
                emitter.emit(forget)
            if kind.endswith("_ref"):
                emitter.emit(f"{slots.pop()} = x")
            if slots:
                emitter.emit(f"{', '.join(slots)}, = x.fields")
            jump(emitter, target)
            emitter.indent = indent
            if tag is None:
                return True
        return False


class _LegacyTry(_Guard):
    """The guard of a legacy `try` with handlers. The exception it holds stands in `x` and the position of the `try`."""

    def __init__(self, emitter: Emitter, frame: Frame) -> None:
        self.name = f"x{frame.body.start}"
        if frame.region is None:
            emitter.emit(f"{self.name} = None")
        super().__init__(emitter, frame)
        self.arms = [(self.tag_at(position, emitter), position) for position in frame.body.arms]
        self.begun = 0

    @staticmethod
    def tag_at(position: int, emitter: Emitter) -> int | None:
        """The tag of the handler at *position*; None when it takes every exception."""
        immediates: Any = emitter.code[position][1]
        return immediates[0] if immediates else None

    def next_arm(self) -> int:
        """See `Guard.next_arm`."""
        return self.arms[self.begun][1] if self.begun < len(self.arms) else -1

    def begin_arm(self, position: int) -> None:
        """See `Guard.begin_arm`."""
        emitter, frame = self.emitter, self.frame
        first, (tag, _position) = not self.begun, self.arms[self.begun]
        self.begun += 1
        types = () if tag is None else _carried(emitter, tag)
        if first:
            self.end_body()
        join(emitter, frame)
        emitter.reset_stack(frame.height, types)
        if frame.region is not None:
            flat.place(emitter, position, falls=False)
            return
        emitter.close_indent(frame.indent + " " if frame.loop is not None else frame.indent)
        if first:
            self.write_except()
        emitter.begin("else:" if tag is None else f"elif {self.name}.tag is E{tag}:")
        self.write_fields(types)

    def write_except(self) -> None:
        """Write Python's handler, which takes what one of ours takes, and the beginning of the `if` whose arms they are."""
        emitter = self.emitter
        indent = emitter.indent
        self.begin_except()
        emitter.emit(f"{self.name} = caught.inst")
        tags = [tag for tag, _position in self.arms]
        if None not in tags:
            emitter.emit(f"if {' and '.join(f'{self.name}.tag is not E{tag}' for tag in tags)}: raise")
        emitter.indent = indent
        emitter.emit(f"if {self.name} is None: pass")

    def write_fields(self, types: Sequence[ValType]) -> None:
        """Write what brings the values of the exception to their slots."""
        if types:
            height = self.frame.height
            self.emitter.emit(f"{', '.join(f's{height + at}' for at in range(len(types)))}, = {self.name}.fields")

    def close(self) -> None:
        """See `Guard.close`."""
        emitter, region = self.emitter, self.frame.region
        if region is None or self.stub is None:
            return

        def write() -> None:
            self.arrive()
            emitter.emit(f"{self.name} = q{region.number}.inst")
            for tag, position in self.arms:
                indent = emitter.indent
                if tag is not None:
                    emitter.begin(f"if {self.name}.tag is E{tag}:")
                    self.write_fields(_carried(emitter, tag))
                emitter.emit(f"q{region.number} = None")
                flat.go_to(emitter, region, position)
                emitter.indent = indent
                if tag is None:
                    return
            self.raise_again(region)

        flat.write_stub(emitter, self.stub, write)


class _Delegate(_Guard):
    """The guard of a legacy `try` that ends in `delegate`: exceptions go to the guard at *label*, or outside of it."""

    def __init__(self, emitter: Emitter, frame: Frame, label: int) -> None:
        super().__init__(emitter, frame)
        self.label = label

    def close(self) -> None:
        """See `Guard.close`."""
        emitter, region = self.emitter, self.frame.region
        self.end_body()
        if region is None or self.stub is None:
            self.begin_except()
            self.write_detour()
            emitter.emit("raise")
            emitter.indent = emitter.indent[:-1]
            return

        def write() -> None:
            self.arrive()
            self.write_detour()
            emitter.emit(f"raise q{region.number}")

        flat.write_stub(emitter, self.stub, write)

    def write_detour(self) -> None:
        """Write what makes the guards in between let the exception pass."""
        emitter = self.emitter
        guards: list[_Guard] = emitter.guards
        outward = bisect_right(guards, len(emitter.frames) - 1 - self.label, key=lambda guard: guard.depth)
        target = guards[outward - 1] if outward else None
        depth = -1 if target is None else target.depth
        for region in reversed(emitter.open_regions):
            if target is not None and target.stub is not None and region is target.frame.region:
                emitter.emit(f"h{region.number} = {target.stub.key}")
                break
            if region.guarded and region.depth > depth:
                emitter.emit(f"h{region.number} = {OUTSIDE}")
        between = [guard for guard in emitter.written_guards if guard.depth > depth]
        if not between:
            return
        number = target.number if target is not None else 0
        if not number:
            emitter.detours += 1
            number = emitter.detours
        if target is not None:
            target.number = number
        emitter.emit(f"by = {number}")
        for guard in between:
            guard.passing.add(number)
