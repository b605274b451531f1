"""Blocks and branches, as Python control flow.

Lives here: how each construct is opened, left and closed; conditions; tables of branches; drop and select; variables.
Not here: branches that look at a reference (reference.py); loops over states (flat.py), which these functions ask for where
nesting would be too deep or jumps too many; calls (calls.py) and exceptions (exceptions.py).

A block to which nobody branches disappears. One that is left by conditions at its own level becomes nested ifs. All other
blocks, and loops, become `while True:`, left by `break` and begun again by `continue`. A branch out of several Python loops puts
its number into `br` and breaks; after each loop on the way stands a test that passes it on.

spec: exec/instructions, control instructions
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pywasm_vm.execution.python import flat
from pywasm_vm.execution.python.bounds import count_rounds, join, narrow, remember
from pywasm_vm.execution.python.emit import M32, MASKS, Emitter, emits
from pywasm_vm.execution.python.frames import Frame, Mode, While
from pywasm_vm.execution.python.operands import (
    ATOM,
    CONFLICT,
    EFFECTS,
    LOWEST,
    NAME,
    NOT,
    READS,
    TRAPS,
    WRITES,
    condition,
    constant,
    exact,
    exact_text,
    wrap,
)
from pywasm_vm.execution.python.shape import Construct, Kind
from pywasm_vm.structure.instructions import BlockType
from pywasm_vm.structure.types import ValType

__all__ = ["begin_body", "br_if", "dead", "jump", "open_construct", "to_slots"]

LOOPS_MOST = 18
"""Python loops within loops that are written; its compiler takes 20."""

GUARD_ROOM = 4
"""How many fewer in a function that catches exceptions: for a region with a guard, and for the clauses of a try."""

INDENTS_MOST = 60
"""Levels of indentation that are asked for; Python takes 100, and states need some of them."""


def begin_body(emitter: Emitter) -> None:
    """Open the frame of the function itself."""
    results = emitter.type.results
    emitter.frames.append(Frame(emitter.shape.body, Mode.BODY, 0, (), results))
    emitter.charge(emitter.shape.body)


def block_types(emitter: Emitter, blocktype: BlockType) -> tuple[tuple[ValType, ...], tuple[ValType, ...]]:
    """Parameters and results of a block."""
    if blocktype is None:
        return (), ()
    if isinstance(blocktype, int):
        functype = emitter.facts.functype(blocktype)
        return functype.params, functype.results
    return (), (blocktype,)


def _fits(emitter: Emitter, construct: Construct) -> bool:
    """Whether *construct* may be written as Python control flow here."""
    most = LOOPS_MOST - GUARD_ROOM if emitter.shape.body.guarded else LOOPS_MOST
    return (
        len(emitter.whiles) + emitter.tries + construct.loops <= most
        and emitter.base + len(emitter.indent) + construct.indents <= INDENTS_MOST
    )


def _open(emitter: Emitter, position: int) -> Frame:
    """Open the construct at *position*: choose its mode, settle what waits, bring its parameters to their slots."""
    construct = emitter.construct(position)
    params, results = block_types(emitter, construct.type)
    height = len(emitter.stack) - len(params)
    for at, valtype in enumerate(params, height):
        if valtype in MASKS:
            emitter.stack[at] = exact(emitter.stack[at], MASKS[valtype])
    emitter.settle_all()
    if construct.kind == Kind.LOOP and construct.targets:
        # A parameter of a loop has another value in each round, so that even a constant needs its slot.
        to_slots(emitter, params, height)
    in_region = emitter.region is not None
    if in_region:
        mode = Mode.FLAT if construct.flat or not _fits(emitter, construct) else None
    else:
        mode = Mode.FLAT if construct.root or not _fits(emitter, construct) else None
    if mode is None:
        mode = Mode.INLINE if not construct.targets else Mode.NEST if construct.nests else Mode.LOOP
    frame = Frame(construct, mode, height, params, results)
    if construct.kind == Kind.LOOP:
        frame.label_types = params
    frame.indent = emitter.indent
    frame.outer_region = emitter.region
    remember(emitter, frame)
    if mode is Mode.FLAT:
        if emitter.region is None:
            flat.open_region(emitter, position)
            frame.root = True
        frame.region = emitter.region
    else:
        emitter.region = None
    emitter.frames.append(frame)
    return frame


def to_slots(emitter: Emitter, types: Sequence[ValType], height: int) -> None:
    """Write the topmost operands, of these types, to the slots from *height* on, and let them wait there."""
    first = len(emitter.stack) - len(types)
    # Whatever is thrown away below them must still have its effects, and before theirs.
    if first > height:
        operands = emitter.stack[first:]
        del emitter.stack[first:]
        emitter.settle(WRITES | TRAPS)
        emitter.stack.extend(operands)
    for place, valtype in enumerate(types):
        operand = emitter.stack[first + place]
        mask = MASKS.get(valtype, 0)
        if mask:
            operand = exact(operand, mask)
        target = f"s{height + place}"
        if operand[0] != target:
            emitter.free(height + place)
            emitter.emit(f"{target} = {operand[0]}")
    emitter.reset_stack(height, types)


def begin_loop(emitter: Emitter, frame: Frame) -> None:
    """Write `while True:` and go inside."""
    frame.loop = While()
    emitter.begin("while True:")
    emitter.whiles.append(frame.loop)


def open_construct(emitter: Emitter, position: int) -> Frame:
    """Open the block, or what begins like one, at *position*."""
    frame = _open(emitter, position)
    if frame.mode is Mode.LOOP:
        begin_loop(emitter, frame)
    return frame


@emits("block")
def block(emitter: Emitter, immediates: Any, position: int) -> None:
    open_construct(emitter, position)


@emits("loop")
def loop(emitter: Emitter, immediates: Any, position: int) -> None:
    frame = _open(emitter, position)
    before = frame.known.copy()
    join(emitter, frame)
    if frame.mode is Mode.FLAT:
        flat.place(emitter, position, falls=True)
        frame.dispatch = flat.dispatch_of(emitter, position)
    elif frame.mode is Mode.LOOP:
        begin_loop(emitter, frame)
        frame.quick = emitter.quick
        emitter.quick = True
        count_rounds(emitter, frame, before)
    emitter.charge(frame.body)


@emits("if")
def if_(emitter: Emitter, immediates: Any, position: int) -> None:
    test = emitter.stack.pop()
    true, false = condition(test, M32)
    frame = _open(emitter, position)
    if frame.params:
        # Both arms begin with them, even when they are constants; without an `else` they are the results.
        to_slots(emitter, frame.params, frame.height)
    if frame.region is not None:
        emitter.begin(f"if {false}:")
        flat.go_to(emitter, frame.region, frame.body.end if frame.body.else_ < 0 else frame.body.else_)
        emitter.close_indent(emitter.indent[:-1])
        return
    if frame.mode is Mode.LOOP:
        begin_loop(emitter, frame)
    frame.test = test
    emitter.begin(f"if {true}:")
    narrow(emitter, test, True)


@emits("else")
def else_(emitter: Emitter, immediates: Any, position: int) -> None:
    frame = emitter.frames[-1]
    to_slots(emitter, frame.results, frame.height)
    frame.arrived = True
    if frame.region is not None:
        flat.go_to(emitter, frame.region, frame.body.end)
    begin_else(emitter, frame)


def begin_else(emitter: Emitter, frame: Frame) -> None:
    """Go from the first arm of an `if` to its second."""
    join(emitter, frame)
    frame.else_seen = True
    emitter.reset_stack(frame.height, frame.params)
    if frame.mode is Mode.FLAT:
        flat.place(emitter, frame.body.else_, falls=False)
    else:
        emitter.close_indent(frame.indent + " " if frame.mode is Mode.LOOP else frame.indent)
        emitter.begin("else:")
        if frame.test is not None:
            narrow(emitter, frame.test, False)


@emits("end", "delegate")
def end(emitter: Emitter, immediates: Any, position: int) -> int | None:
    frame = emitter.frames[-1]
    if frame.mode is Mode.BODY:
        return return_(emitter, immediates, position)
    if frame.body.kind in (Kind.IF, Kind.TRY) or (frame.body.kind == Kind.BLOCK and frame.body.targets):
        to_slots(emitter, frame.results, frame.height)
    close(emitter, alive=True)
    return None


def close(emitter: Emitter, alive: bool) -> bool:
    """Close the innermost construct. *alive* says whether its end is reached from inside; answers whether what follows is."""
    frame = emitter.frames.pop()
    construct = frame.body
    is_loop = construct.kind == Kind.LOOP
    # An `if` without `else` goes on when the condition is false.
    skips = construct.kind == Kind.IF and not frame.else_seen
    after = alive or skips or (frame.arrived and not is_loop)
    if frame.region is not None:
        emitter.region = frame.region
        if frame.guard is not None:
            frame.guard.close()
        flat.close(emitter, frame, alive, after)
        if frame.root:
            close_while(emitter, after)
    elif frame.loop is not None:
        emitter.close_indent(frame.indent + " ")
        if frame.guard is not None:
            frame.guard.close()
        if alive or construct.kind in (Kind.IF, Kind.TRY):
            emitter.emit("break")
        emitter.indent = frame.indent
        close_while(emitter, after)
        if is_loop:
            emitter.quick = frame.quick
    else:
        emitter.close_indent(frame.indent)
        if frame.guard is not None:
            frame.guard.close()
    emitter.region = frame.outer_region
    if construct.kind == Kind.IF or (frame.arrived and not is_loop):
        join(emitter, frame)
        if skips and not alive and not frame.arrived and frame.test is not None:
            # Whoever went inside has not come back.
            narrow(emitter, frame.test, False)
    if after and not (alive and (is_loop or not frame.arrived) and construct.kind != Kind.IF):
        emitter.reset_stack(frame.height, frame.results)
    return after


def close_while(emitter: Emitter, after: bool) -> None:
    """After a Python loop: pass on the branches that go further outside. *after* says whether control may also stay here."""
    passing = sorted(emitter.whiles.pop().passing.items())
    indent = emitter.indent
    if len(passing) > 1 and after:
        # Hardly ever does anything pass, and one question is enough to know it.
        emitter.begin("if br:")
    for count, (number, (target, action)) in enumerate(passing, 1):
        if emitter.whiles[-1] is target:
            line = f"br = 0; {action}"
        else:
            line = "break"
            emitter.whiles[-1].passing[number] = (target, action)
        if count == len(passing) and not after:
            emitter.emit(line)
        else:
            emitter.emit(f"if {'br' if len(passing) == 1 else f'br == {number}'}: {line}")
    emitter.indent = indent


def dead(emitter: Emitter) -> int:
    """What follows is never reached: close constructs until something is, and answer where to go on."""
    while True:
        frame = emitter.frames[-1]
        if frame.mode is Mode.BODY:
            return len(emitter.code)
        if frame.body.else_ >= 0 and not frame.else_seen:
            begin_else(emitter, frame)
            return frame.body.else_ + 1
        arm = -1 if frame.guard is None else frame.guard.next_arm()
        if frame.guard is not None and arm >= 0:
            frame.guard.begin_arm(arm)
            return arm + 1
        if close(emitter, alive=False):
            return frame.body.end + 1


# Branches


def jump(emitter: Emitter, frame: Frame) -> None:
    """Write the lines that go to the label of *frame*; what it carries stands in its slots."""
    if frame.mode is Mode.BODY:
        results = ", ".join(f"s{at}" for at in range(len(frame.results)))
        emitter.emit(f"return {results}")
    elif frame.region is not None:
        flat.jump(emitter, frame, frame.region)
    elif frame.mode is Mode.LOOP and frame.loop is not None:
        frame.arrived = True
        emitter.leave(frame.loop, "continue" if frame.body.kind == Kind.LOOP else "break")
    else:
        # The only branch out of nested ifs that is no condition stands at their own level: what follows is dead.
        frame.arrived = True


def _moves(emitter: Emitter, frame: Frame) -> list[str]:
    """The lines that bring the topmost operands, which are names and exact, to the slots of the label of *frame*."""
    types = frame.label_types
    first = len(emitter.stack) - len(types)
    lines = []
    for at in range(len(types)):
        text = emitter.stack[first + at][0]
        target = f"s{frame.height + at}"
        if text != target:
            lines.append(f"{target} = {text}")
    return lines


def _name_carried(emitter: Emitter, types: Sequence[ValType]) -> None:
    """Make names, exact ones, of the operands that a branch carries."""
    first = len(emitter.stack) - len(types)
    for at, valtype in enumerate(types, first):
        if valtype in MASKS:
            emitter.stack[at] = exact(emitter.stack[at], MASKS[valtype])
    if types:
        emitter.name_top(len(types))


@emits("br")
def br(emitter: Emitter, immediates: Any, position: int) -> int:
    frame = emitter.frames[-1 - immediates[0]]
    if frame.mode is Mode.BODY:
        return return_(emitter, immediates, position)
    # The constructs in between still need what stands below them.
    below = emitter.stack[: emitter.frames[-1].height]
    to_slots(emitter, frame.label_types, frame.height)
    emitter.stack[:] = below
    jump(emitter, frame)
    return dead(emitter)


@emits("br_if")
def br_if(emitter: Emitter, immediates: Any, position: int) -> None:
    """Write a branch on the condition on top of the stack; branches that look at a reference ask for it too."""
    frame = emitter.frames[-1 - immediates[0]]
    types = frame.label_types
    test = emitter.stack.pop()
    if types:
        _name_carried(emitter, types)
    emitter.settle(WRITES | TRAPS | CONFLICT[test[4] & EFFECTS])
    true, false = condition(test, M32)
    if frame.mode is Mode.NEST:
        frame.arrived = True
        moves = _moves(emitter, frame)
        if moves:
            emitter.emit(f"if {true}: {'; '.join(moves)}")
        emitter.begin("else:" if moves else f"if {false}:")
        narrow(emitter, test, False)
        return
    indent = emitter.indent
    emitter.begin(f"if {true}:")
    _arrive(emitter, frame)
    emitter.indent = indent
    narrow(emitter, test, False)


@emits("br_table")
def br_table(emitter: Emitter, immediates: Any, position: int) -> int:
    labels: Sequence[int] = immediates[0]
    test = exact(emitter.stack.pop(), M32)
    types = emitter.frames[-1 - labels[-1]].label_types
    if types:
        _name_carried(emitter, types)
    emitter.settle(WRITES | TRAPS)
    if test[1] != NAME:
        emitter.emit(f"t = {test[0]}")
        test = ("t", NAME, test[2], test[3], 0, None)
    runs: list[tuple[int, Frame]] = []
    for at, label in enumerate(labels):
        frame = emitter.frames[-1 - label]
        if at and runs[-1][1] is frame:
            runs[-1] = (at, frame)
        else:
            runs.append((at, frame))
    if emitter.region is not None and len(runs) > 2:
        flat.table(emitter, [emitter.frames[-1 - label] for label in labels], test[0], _arrive)
    else:
        _choose(emitter, runs, test[0])
    return dead(emitter)


def _arrive(emitter: Emitter, frame: Frame) -> None:
    """Bring what a branch carries to its place and go."""
    if frame.mode is Mode.BODY:
        first = len(emitter.stack) - len(frame.results)
        emitter.emit(f"return {', '.join(operand[0] for operand in emitter.stack[first:])}")
        return
    for line in _moves(emitter, frame):
        emitter.emit(line)
    jump(emitter, frame)


def _choose(emitter: Emitter, runs: Sequence[tuple[int, Frame]], text: str) -> None:
    """A binary search for the run of labels that *text* falls into; each run ends with its index, the last has all others."""
    if len(runs) == 1:
        _arrive(emitter, runs[0][1])
        return
    middle = len(runs) // 2
    indent = emitter.indent
    emitter.begin(f"if {text} <= {runs[middle - 1][0]}:")
    _choose(emitter, runs[:middle], text)
    emitter.close_indent(indent)
    emitter.begin("else:")
    _choose(emitter, runs[middle:], text)
    emitter.close_indent(indent)


@emits("return")
def return_(emitter: Emitter, immediates: Any, position: int) -> int:
    types = emitter.type.results
    text, _deps = emitter.pop_arguments(types)
    if emitter.stack:
        emitter.settle(WRITES | TRAPS)
    emitter.emit(f"return {text}" if text else "return")
    del emitter.stack[emitter.frames[-1].height :]
    return dead(emitter)


@emits("unreachable")
def unreachable(emitter: Emitter, immediates: Any, position: int) -> int:
    emitter.settle(WRITES | TRAPS)
    emitter.emit("unreachable()")
    return dead(emitter)


@emits("nop")
def nop(emitter: Emitter, immediates: Any, position: int) -> None:
    """Nothing."""


# Drop, select, variables


@emits("drop")
def drop(emitter: Emitter, immediates: Any, position: int) -> None:
    text, _level, _low, _high, deps, _inverse = emitter.stack.pop()
    if deps & (WRITES | TRAPS):
        emitter.statement(text, deps)


@emits("select", "select_t")
def select(emitter: Emitter, immediates: Any, position: int) -> None:
    stack = emitter.stack
    chosen = stack[-3][4] | stack[-2][4]
    if chosen & (WRITES | TRAPS) or (stack[-1][4] & WRITES and chosen & READS):
        # Python evaluates the condition first, and only one of the two.
        test = stack.pop()
        emitter.name_top(2)
        stack.append(test)
    test, second, first = stack.pop(), stack.pop(), stack.pop()
    true, _false = condition(test, M32)
    text = f"{wrap(first, NOT)} if {true} else {wrap(second, NOT)}"
    low, high = min(first[2], second[2]), max(first[3], second[3])
    emitter.push((text, LOWEST, low, high, first[4] | second[4] | test[4], None))


@emits("local.get")
def local_get(emitter: Emitter, immediates: Any, position: int) -> None:
    emitter.stack.append(emitter.locals[immediates[0]])


@emits("local.set")
def local_set(emitter: Emitter, immediates: Any, position: int) -> None:
    _assign(emitter, immediates[0])


@emits("local.tee")
def local_tee(emitter: Emitter, immediates: Any, position: int) -> None:
    _assign(emitter, immediates[0])
    emitter.stack.append(emitter.locals[immediates[0]])


def _assign(emitter: Emitter, x: int) -> None:
    """Write the topmost operand to local *x*, and remember its bounds."""
    mask = emitter.local_masks[x]
    emitter.doubled.discard(x)
    operand = emitter.stack.pop()
    if mask:
        operand = exact(operand, mask)
    text, _level, low, high, deps, more = operand
    usual = emitter.usual[x]
    # A handler of this function would see a local that was written before a call that comes first.
    emitter.statement(f"l{x} = {text}", deps, usual[4] | WRITES if emitter.shape.body.guarded else usual[4])
    if not mask:
        emitter.locals[x] = usual
        if not deps and isinstance(more, str):
            # A constant vector, known in both of its forms.
            emitter.locals[x] = operand
            emitter.known.append(x)
    else:
        if low == high and not deps:
            emitter.locals[x] = constant(low)
            emitter.known.append(x)
        elif high < mask:
            emitter.locals[x] = (usual[0], NAME, low, high, usual[4], None)
            emitter.known.append(x)
        else:
            emitter.locals[x] = usual


@emits("global.get")
def global_get(emitter: Emitter, immediates: Any, position: int) -> None:
    index = immediates[0]
    name = f"g{index}" if index in emitter.facts.private_globals else f"G{index}.value"
    emitter.stack.append((name, ATOM, 0, MASKS.get(emitter.facts.globals[index].valtype, 0), READS, None))


@emits("global.set")
def global_set(emitter: Emitter, immediates: Any, position: int) -> None:
    index = immediates[0]
    operand = emitter.stack.pop()
    valtype = emitter.facts.globals[index].valtype
    text = exact_text(operand, MASKS[valtype]) if valtype in MASKS else operand[0]
    if index in emitter.facts.private_globals:
        emitter.written_globals.add(index)
        name = f"g{index}"
    else:
        name = f"G{index}.value"
    emitter.statement(f"{name} = {text}", operand[4] | WRITES)
