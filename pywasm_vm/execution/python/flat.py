"""Loops over a state number, for code that Python's nesting cannot say.

Lives here: regions. Straight pieces of code are states; a jump sets the number of the next state and begins the loop again, which
finds the state by a binary search.
Not here: when a construct becomes part of a region (shape.py, control.py).

The number of a state is the position in the body where it begins, so numbers rise with the text. The search ends in small groups
of states written one after another, each behind `if pc <= its number`: a state that falls into its neighbour just goes on.

A region that catches exceptions keeps in h0 the state that gets them at present. It is set where a state begins, so a jump needs
not know what it leaves. The exception itself is put into q0.

Code made by compilers that have jumps (Go's, above all) is one loop around a table around all blocks, and jumps by setting a
local and going to the head of the loop. When the local is known at the jump, the jump goes to the table's answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pywasm_vm.execution.python.emit import Emitter
from pywasm_vm.execution.python.frames import OUTSIDE, Frame, Mode, Region, State
from pywasm_vm.execution.python.shape import Kind
from pywasm_vm.isa.table import BY_MNEMONIC

__all__ = ["close", "dispatch_of", "go_to", "jump", "new_stub", "open_region", "place", "table", "write_stub"]

GROUP = 3
"""States at the leaves of the search."""

GUARD_BLOCKS = 2
"""What Python nests more when a region catches exceptions: a loop around a try around the loop over its states."""

SEARCH_INDENTS = 16
"""Levels of indentation that the search may need, and what catches exceptions around it."""

_BLOCK, _LOCAL_GET, _BR_TABLE = BY_MNEMONIC["block"], BY_MNEMONIC["local.get"], BY_MNEMONIC["br_table"]


def open_region(emitter: Emitter, position: int) -> None:
    """Begin a region, and its first state."""
    region = Region(emitter.regions, len(emitter.frames), emitter.lines, emitter.indent, emitter.construct(position).guarded)
    emitter.regions += 1
    emitter.emit(f"pc{region.number} = {position}")
    emitter.region = region
    emitter.open_regions.append(region)
    emitter.whiles.append(region.loop)
    emitter.tries += GUARD_BLOCKS * region.guarded
    emitter.base += len(emitter.indent) + SEARCH_INDENTS
    first = State(position, emitter.new_lines(), OUTSIDE)
    region.states.append(first)
    emitter.lines = first.lines
    emitter.indent = ""


def place(emitter: Emitter, key: int, falls: bool) -> None:
    """Begin the state *key*; *falls* says whether the one before it goes on here."""
    region = emitter.region
    assert region is not None, "states stand in regions"
    last = region.states[-1]
    last.falls = falls
    if falls and not last.lines and last.key <= key:
        # Nothing stands between the two labels.
        last.key = key
        last.handler = region.handler
    else:
        region.states.append(State(key, emitter.new_lines(), region.handler))
        emitter.lines = region.states[-1].lines
    emitter.indent = ""
    emitter.forget()


def go_to(emitter: Emitter, region: Region, key: int) -> None:
    """Write the jump to state *key* of *region*."""
    emitter.emit(f"pc{region.number} = {key}")
    emitter.leave(region.loop, "continue")


def jump(emitter: Emitter, frame: Frame, region: Region) -> None:
    """Write the branch to the label of the flat construct of *frame*."""
    if frame.body.kind == Kind.LOOP:
        key = _threaded(emitter, frame)
        if key is None:
            go_to(emitter, region, frame.body.start)
        else:
            # The head of the loop is passed by, but not its price.
            emitter.charge(frame.body)
            go_to(emitter, region, key)
        return
    frame.arrived = True
    if frame.root:
        emitter.leave(region.loop, "break")
    else:
        go_to(emitter, region, frame.body.end)


def _threaded(emitter: Emitter, frame: Frame) -> int | None:
    """The state in which a branch to the loop of *frame* really ends, when the local that its table reads is known here."""
    if frame.dispatch is None:
        return None
    x, keys = frame.dispatch
    _text, _level, low, high, _deps, _inverse = emitter.locals[x]
    return keys[min(low, len(keys) - 1)] if low == high else None


def dispatch_of(emitter: Emitter, position: int) -> tuple[int, tuple[int | None, ...]] | None:
    """When the loop at *position* begins with blocks around `local.get x; br_table`: x, and for each label of the table the state
    it leads to; None for a label outside of the loop."""
    code = emitter.code
    at = position + 1
    while code[at][0] is _BLOCK:
        at += 1
    if code[at][0] is not _LOCAL_GET or code[at + 1][0] is not _BR_TABLE:
        return None
    immediates: Any = code[at + 1][1]
    blocks = at - position - 1
    constructs = emitter.shape.constructs
    keys = [
        constructs[position + blocks - label].end if label < blocks else position if label == blocks else None
        for label in immediates[0]
    ]
    local: Any = code[at][1][0]
    return local, tuple(keys)


def table(emitter: Emitter, frames: Sequence[Frame], text: str, arrive: Callable[[Emitter, Frame], None]) -> None:
    """Write a `br_table` among the states of the present region: to the labels of *frames*, the last of them for all other values
    of *text*. *arrive* writes the branch to a label that needs more than a state number."""
    region = emitter.region
    assert region is not None, "tables of states stand in regions"
    known: dict[int, int] = {}
    keys = []
    for frame in frames:
        key = known.get(id(frame))
        if key is None:
            key = known[id(frame)] = _key(emitter, region, frame, arrive)
        keys.append(key)
    *listed, other = keys
    emitter.emit(f"pc{region.number} = ({', '.join(map(str, listed))},)[{text}] if {text} < {len(listed)} else {other}")
    emitter.leave(region.loop, "continue")


def _key(emitter: Emitter, region: Region, frame: Frame, arrive: Callable[[Emitter, Frame], None]) -> int:
    """The state for the label of *frame*: its own, or one that only goes on from there."""
    if frame.mode is Mode.FLAT and frame.region is region and not frame.root and not frame.label_types:
        if frame.body.kind == Kind.LOOP:
            return frame.body.start
        frame.arrived = True
        return frame.body.end
    stub = new_stub(emitter, region)
    write_stub(emitter, stub, lambda: arrive(emitter, frame))
    return stub.key


def new_stub(emitter: Emitter, region: Region) -> State:
    """A state of *region* after all others, without lines."""
    stub = State(len(emitter.code) + len(region.stubs), emitter.new_lines(), region.handler)
    region.stubs.append(stub)
    return stub


def write_stub(emitter: Emitter, stub: State, write: Callable[[], None]) -> None:
    """Let *write* write the lines of *stub*."""
    lines, indent = emitter.lines, emitter.indent
    emitter.lines, emitter.indent = stub.lines, ""
    write()
    emitter.lines, emitter.indent = lines, indent


def close(emitter: Emitter, frame: Frame, alive: bool, after: bool) -> None:
    """Close the flat construct of *frame*, and the region with it when it is the root."""
    if frame.body.kind != Kind.LOOP and after and (frame.arrived or frame.body.kind in (Kind.IF, Kind.TRY)):
        place(emitter, frame.body.end, falls=alive)
        alive = True
    if not frame.root:
        return
    region = frame.region
    assert region is not None, "a flat construct has a region"
    if alive:
        emitter.leave(region.loop, "break")
    emitter.lines = region.outer_lines
    emitter.indent = region.outer_indent
    emitter.base -= len(emitter.indent) + SEARCH_INDENTS
    emitter.open_regions.pop()
    if not region.guarded:
        _write_loop(emitter, region)
        return
    emitter.tries -= GUARD_BLOCKS
    emitter.begin("while True:")
    emitter.begin("try:")
    _write_loop(emitter, region)
    emitter.emit("break")
    emitter.indent = region.outer_indent + " "
    emitter.begin("except WasmException as caught:")
    number = region.number
    # What comes out of a function that has taken the place of this one is not to be caught here.
    emitter.emit(f"if h{number} < 0{' or r is not None' if emitter.tail_calls else ''}: raise")
    emitter.emit(f"q{number} = caught; pc{number} = h{number}")
    emitter.indent = region.outer_indent


def _write_loop(emitter: Emitter, region: Region) -> None:
    """Write the loop over the states of *region*."""
    indent = emitter.indent
    emitter.begin("while True:")
    _search(emitter, region, [*region.states, *region.stubs])
    emitter.close_indent(indent)


def _search(emitter: Emitter, region: Region, states: Sequence[State], following: State | None = None) -> None:
    """Write *states* behind a binary search for the state number. *following* is the state after the last of them."""
    indent = emitter.indent
    if len(states) > GROUP:
        middle = len(states) // 2
        emitter.begin(f"if pc{region.number} <= {states[middle - 1].key}:")
        _search(emitter, region, states[:middle], states[middle])
        emitter.close_indent(indent)
        emitter.begin("else:")
        _search(emitter, region, states[middle:], following)
        emitter.close_indent(indent)
        return
    for state in states[:-1]:
        emitter.begin(f"if pc{region.number} <= {state.key}:")
        emitter.lines += [emitter.indent + line for line in _lines(region, state)]
        emitter.close_indent(indent)
    emitter.lines += [indent + line for line in _lines(region, states[-1])]
    if states[-1].falls and following is not None:
        emitter.emit(f"pc{region.number} = {following.key}")


def _lines(region: Region, state: State) -> list[str]:
    """The lines of *state*; where it matters, they begin with who gets its exceptions."""
    return [f"h{region.number} = {state.handler}", *state.lines] if region.guarded else state.lines
