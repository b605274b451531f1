"""The walk over one body: every instruction in turn, with short cuts for those that are everywhere.

Lives here: the loop, the shapes it takes at once, and the place (function, offset) that a refusal gets.
Not here: what an instruction means for the stack when no short cut fits: rows with words in instructions.py, rules in
control.py, memory.py and reference.py.

A large module has millions of instructions, so the loop looks at the top of the operand stack itself. A short cut fits when the
operands are exactly the types wanted (types are unique, `is` compares them). Everything else goes the long way: subtypes of
references, unreachable code, errors. The floor below a block's operands is a type that nothing wants, so no short cut can reach
below it; an index that is out of range is an IndexError, and `_placed` finds out which.

spec: appendix/algorithm
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias, cast

from pywasm_vm.errors import Invalid
from pywasm_vm.isa.opcode import Opcode
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.structure.instructions import Expr
from pywasm_vm.structure.types import I32, ValType
from pywasm_vm.validation import control, memory, reference
from pywasm_vm.validation.context import Context
from pywasm_vm.validation.instructions import Way, steps, take
from pywasm_vm.validation.locals import Locals
from pywasm_vm.validation.stacks import ABYSS, BOTTOM, FLOOR, Mismatch, Stacks, listed

__all__ = ["check_body"]

_RULES = (control, memory, reference)
"""The files that register their rules when they are imported."""

_Occurrence: TypeAlias = tuple[Opcode, tuple[Any, ...], int]

_LOCAL_GET = BY_MNEMONIC["local.get"]
_FUNCTION = BY_MNEMONIC["block"]
"""The body as a whole is a block: a branch to it goes to its end."""

_UNEXPECTED_END = "unexpected end: the body does not end with the end of its outermost block"

_PUSH, _UNARY, _BINARY, _LOAD, _STORE = Way.PUSH, Way.UNARY, Way.BINARY, Way.LOAD, Way.STORE
_LOCAL_SET, _LOCAL_TEE, _GLOBAL_GET, _GLOBAL_SET = Way.LOCAL_SET, Way.LOCAL_TEE, Way.GLOBAL_GET, Way.GLOBAL_SET
_BLOCK, _IF, _END, _CALL, _BR_IF, _RULE = Way.BLOCK, Way.IF, Way.END, Way.CALL, Way.BR_IF, Way.RULE


def check_body(c: Context, body: Expr, local_types: Locals, results: list[ValType], stacks: Stacks | None = None) -> None:
    """Refuse *body* unless every instruction in it finds what it takes and *results* are left at its end.

    Nothing may stand behind the end of the outermost block: whoever made the body has seen to that. *stacks*, which are empty,
    are for those who look at them while the walk is under way.

    raises: Invalid, with the offset of the instruction.
    """
    s = stacks or Stacks(c, local_types)
    s.enter(_FUNCTION, [], results, results)
    operands, frames = s.operands, s.frames
    push, pop = operands.append, operands.pop
    ways = steps(c.features)
    readable, writable = s.locals.readable, s.locals.writable
    read_globals, written_globals, signatures = c.read_globals, c.written_globals, c.calls
    local_get, i32, address = _LOCAL_GET, I32, c.address
    floor, abyss = FLOOR, ABYSS
    # A block in a function that keeps book of its locals needs a frame of its own.
    shared_nesting = c.limits.nesting if local_types.mark() is None else -1
    row: Opcode = _FUNCTION
    immediates: tuple[Any, ...] = ()
    offset: int | None = None
    try:
        for row, immediates, offset in cast("Iterable[_Occurrence]", body):  # noqa: B007 - a refusal needs the offset
            # A short cut that fits ends in `continue`; whatever falls through goes the long way.
            if row is local_get:
                push(readable[immediates[0]])
                continue
            way, first, second, third = ways[row]
            if way is _PUSH:
                push(first)
                continue
            if way is _BINARY:
                if operands[-1] is second and operands[-2] is first:
                    pop()
                    operands[-1] = third
                    continue
            elif way is _LOAD:
                align, displacement, memory = immediates[0]
                if operands[-1] is address and align <= first and displacement < 1 << 32 and not memory:
                    operands[-1] = second
                    continue
            elif way is _UNARY:
                if operands[-1] is first:
                    operands[-1] = second
                    continue
            elif way is _LOCAL_SET:
                if operands[-1] is writable[immediates[0]]:
                    pop()
                    continue
            elif way is _LOCAL_TEE:
                if operands[-1] is writable[immediates[0]]:
                    continue
            elif way is _STORE:
                align, displacement, memory = immediates[0]
                fits = operands[-1] is second and operands[-2] is address
                if fits and align <= first and displacement < 1 << 32 and not memory:
                    del operands[-2:]
                    continue
            elif way is _END:
                top = operands[-1]
                if (top is floor or top is abyss) and frames[-1].is_void:
                    pop()
                    frames.pop()
                    continue
            elif way is _BLOCK:
                if immediates[0] is None and len(frames) <= shared_nesting:
                    frames.append(first)
                    push(floor)
                    continue
            elif way is _BR_IF:
                if operands[-1] is i32 and not frames[~immediates[0]].label:
                    pop()
                    continue
            elif way is _CALL:
                signature = signatures[immediates[0]]
                s.pop_all(signature.params)
                s.push_all(signature.results)
                continue
            elif way is _RULE:
                first(c, s, *immediates)
                continue
            elif way is _GLOBAL_GET:
                push(read_globals[immediates[0]])
                continue
            elif way is _GLOBAL_SET:
                if operands[-1] is written_globals[immediates[0]]:
                    pop()
                    continue
            elif way is _IF and immediates[0] is None and operands[-1] is i32 and len(frames) <= shared_nesting:
                operands[-1] = floor
                frames.append(first)
                continue
            take(c, s, row, immediates)
    except (Mismatch, Invalid, IndexError) as error:
        raise _placed(c, s, row, immediates, offset, error) from None
    if frames or operands[BOTTOM:] != results:
        raise Invalid(_UNEXPECTED_END, offset=offset)


def _placed(c: Context, s: Stacks, row: Opcode, immediates: tuple[Any, ...], offset: int | None, error: Exception) -> Exception:
    """*error* as a refusal that says what was found and where."""
    if not s.frames:
        return Invalid(_UNEXPECTED_END, offset=offset)
    if isinstance(error, IndexError):
        # Some index is out of range. The long way finds it and says which.
        try:
            take(c, s, row, immediates)
        except (Mismatch, Invalid) as refusal:
            error = refusal
    if isinstance(error, Mismatch):
        held = listed(error.held)
        reason = f"type mismatch: instruction requires {listed(error.expected)} but stack has {held}: {row.mnemonic}"
        return Invalid(reason, offset=offset)
    if isinstance(error, Invalid):
        return Invalid(error.reason, offset=offset)
    return error
