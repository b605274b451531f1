"""What is known of locals in the present place.

Lives here: forgetting where control joins, but only of locals that may have changed; bounds of locals that count in loops.
Not here: the bounds of operands (operands.py, numeric.py) and of a local that has just been written (control.py).

A condition that compares a local with a constant says more of it in the code that it leads to.

Bounds save masks and make signed comparisons plain ones, so a loop that counts to a constant is worth a look. The look costs
time, so it is taken only where lines may cost time as well (`Emitter.quick`).

A loop that ends in `br_if` to itself, its only branch, runs its own level once per round. When its condition compares a local
that moves by a constant step with a constant, the rounds can be counted, and with them the bounds of every local that moves by
a constant step. When the condition says that a local is below a constant, then it is, at the head, in all rounds but the first.
"""

from __future__ import annotations

from typing import Any

from pywasm_vm.execution.python.emit import Emitter
from pywasm_vm.execution.python.frames import Frame
from pywasm_vm.execution.python.operands import NAME, Operand
from pywasm_vm.execution.python.shape import Construct
from pywasm_vm.isa.table import BY_MNEMONIC

__all__ = ["count_rounds", "join", "narrow", "note_range", "note_test", "remember"]

LONGEST = 4000
"""Instructions of a construct that are looked through."""

_GET, _SET, _TEE = BY_MNEMONIC["local.get"], BY_MNEMONIC["local.set"], BY_MNEMONIC["local.tee"]
_SETS = frozenset({_SET, _TEE})
_CONSTS = frozenset({BY_MNEMONIC["i32.const"], BY_MNEMONIC["i64.const"]})
_ADDS = {BY_MNEMONIC["i32.add"]: 1, BY_MNEMONIC["i64.add"]: 1, BY_MNEMONIC["i32.sub"]: -1, BY_MNEMONIC["i64.sub"]: -1}
_NES = frozenset({BY_MNEMONIC["i32.ne"], BY_MNEMONIC["i64.ne"]})
_LTS = frozenset({BY_MNEMONIC["i32.lt_u"], BY_MNEMONIC["i64.lt_u"]})
_OPENS = frozenset(BY_MNEMONIC[word] for word in ("block", "loop", "if", "try_table", "try"))
_ENDS = frozenset({BY_MNEMONIC["end"], BY_MNEMONIC["delegate"]})
_BR_IF = BY_MNEMONIC["br_if"]


def remember(emitter: Emitter, frame: Frame) -> None:
    """Note in *frame*, which is being opened, what is known of locals."""
    if emitter.known and emitter.quick and frame.body.end - frame.body.start < LONGEST:
        frame.known = {x: emitter.locals[x] for x in emitter.known}


def join(emitter: Emitter, frame: Frame) -> None:
    """Control may come here from elsewhere: keep only what was known when *frame* was opened of locals that it does not write."""
    emitter.forget()
    if not frame.known:
        return
    immediates: Any
    for row, immediates, _offset in emitter.code[frame.body.start : frame.body.end]:
        if row in _SETS:
            frame.known.pop(immediates[0], None)
    for x, operand in frame.known.items():
        emitter.locals[x] = operand
        emitter.known.append(x)


def note_test(emitter: Emitter, first: Operand, sign: str, second: Operand, text: str, inverse: str) -> None:
    """Remember what *text* and *inverse*, the comparison of two numbers that mean themselves and its opposite, say of a local."""
    if second[4] or second[2] != second[3]:
        first, sign, second = second, _MIRROR[sign], first
    if emitter.quick and not second[4] and second[2] == second[3] and second[2] >= 0:
        value, most = second[2], 1 << 64
        below, above = ((0, value - 1), (value, most)) if sign in ("<", ">=") else ((0, value), (value + 1, most))
        inside, outside = (below, above) if sign in ("<", "<=") else (above, below)
        note_range(emitter, first, text, inverse, inside, outside)


def note_range(
    emitter: Emitter, operand: Operand, text: str, inverse: str, inside: tuple[int, int] | None, outside: tuple[int, int] | None
) -> None:
    """Remember that *operand*, when it is a local, is *inside* where *text* is true, and *outside* where *inverse* is."""
    x = emitter.local_of(operand)
    if x is not None and emitter.quick:
        emitter.tests[text] = (x, inside, outside)
        emitter.tests[inverse] = (x, outside, inside)


def narrow(emitter: Emitter, test: Operand, truth: bool) -> None:
    """Here *test*, a condition, is known to be true, or false."""
    x = emitter.local_of(test)
    if x is not None and emitter.quick and emitter.local_masks[x]:
        bounds: tuple[int, int] | None = (1, emitter.local_masks[x]) if truth else (0, 0)
    else:
        noted = emitter.tests.get(test[0])
        if noted is None:
            return
        x, bounds = noted[0], noted[1] if truth else noted[2]
    if bounds is None:
        return
    _text, level, low, high, deps, _more = emitter.locals[x]
    low, high = max(low, bounds[0]), min(high, bounds[1])
    if deps and level == NAME and low <= high:
        usual = emitter.usual[x]
        emitter.locals[x] = (usual[0], NAME, low, high, usual[4], None)
        emitter.known.append(x)


_MIRROR = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def count_rounds(emitter: Emitter, frame: Frame, before: dict[int, Any]) -> None:
    """At the head of the loop of *frame*: bounds of the locals that count in it. *before* is what was known of them before it."""
    loop = frame.body
    code = emitter.code
    last = loop.end - 1
    if loop.targets != 1 or loop.own_branches != 1 or code[last][0] is not _BR_IF or loop.end - loop.start > LONGEST:
        return
    steps, writes = _steps(emitter, loop)
    bound: int | None = None
    row = code[last - 1][0]
    at = last - 1
    if row in _NES or row in _LTS:
        if code[last - 2][0] not in _CONSTS:
            return
        bound = _immediate(code[last - 2])
        at = last - 3
    if code[at][0] is not _GET and code[at][0] is not _TEE:
        return
    tested = _immediate(code[at])
    if row in _LTS and bound:
        _narrow(emitter, before, tested, 0, bound - 1, writes)
    rounds = _rounds(emitter, before, tested, steps.get(tested), 0 if bound is None else bound) if row not in _LTS else None
    if rounds is None:
        return
    for x, step in steps.items():
        known = before.get(x)
        if known is not None:
            way = step * (rounds - 1)
            _set(emitter, x, known[2] + min(0, way), known[3] + max(0, way))


def _immediate(instr: Any) -> int:
    value: int = instr[1][0]
    return value


def _steps(emitter: Emitter, loop: Construct) -> tuple[dict[int, int], set[int]]:
    """The locals that the loop moves by a constant, once per round, with their steps; and all locals that it writes."""
    code = emitter.code
    depth = 0
    steps: dict[int, int] = {}
    writes: set[int] = set()
    for position in range(loop.start + 1, loop.end):
        row, immediates, _offset = code[position]
        if row in _OPENS:
            depth += 1
        elif row in _ENDS:
            depth -= 1
        elif row in _SETS:
            x = _immediate((row, immediates))
            steps.pop(x, None)
            if not depth and x not in writes and position - 3 > loop.start:
                get, constant, add = code[position - 3 : position]
                if get[0] is _GET and _immediate(get) == x and constant[0] in _CONSTS and add[0] in _ADDS:
                    mask = emitter.local_masks[x]
                    step = _immediate(constant) * _ADDS[add[0]] & mask
                    steps[x] = step - mask - 1 if step > mask >> 1 else step
            writes.add(x)
    return steps, writes


def _rounds(emitter: Emitter, before: dict[int, Any], tested: int, step: int | None, bound: int) -> int | None:
    """How often the loop runs that goes on while *tested*, after its step, is not *bound*."""
    known = before.get(tested)
    if not step or known is None or known[2] != known[3]:
        return None
    mask = emitter.local_masks[tested]
    way = (bound - known[2]) * (1 if step > 0 else -1) & mask
    return way // abs(step) if way and way % abs(step) == 0 else None


def _narrow(emitter: Emitter, before: dict[int, Any], x: int, low: int, high: int, writes: set[int]) -> None:
    """At the head *x* is what it was before the loop, or between *low* and *high*."""
    known = before.get(x)
    if known is not None and x in writes:
        _set(emitter, x, min(low, known[2]), max(high, known[3]))


def _set(emitter: Emitter, x: int, low: int, high: int) -> None:
    """Bounds of *x* at the head of a loop, unless they are no better than those of its type."""
    mask = emitter.local_masks[x]
    if low < 0 or high > mask:
        return
    usual = emitter.usual[x]
    emitter.locals[x] = (usual[0], NAME, low, high, usual[4], None)
    emitter.known.append(x)
