"""Which loads and stores always find an address that is a multiple of their size.

Lives here: a walk over the body of a function that follows how many of the lowest bits of each number are zero.
Not here: what an access is written like when that is known (memory.py).

A number stands here as its count of zero bits at the bottom, 6 for all counts from there on: sums keep the smaller count, a shift
to the left adds to it, a mask may raise it. Locals are followed through the control flow. A loop begins with what is known before
it and is walked again while its branches bring less; counts only ever fall, so that this comes to an end.

Parameters, what is loaded and what calls give are known for nothing. Code that the walk does not understand ends it, and then
nothing is known of the function: this is for speed only.

spec: none; this is the tier's own
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pywasm_vm.execution.python.facts import Facts
from pywasm_vm.execution.python.shape import Construct, Kind, Shape
from pywasm_vm.isa.opcode import Imm, Opcode, stack_words
from pywasm_vm.isa.table import ALL, BY_MNEMONIC
from pywasm_vm.structure.instructions import BlockType, Instr

__all__ = ["LONGEST", "aligned_accesses"]

LONGEST = 1200
"""Instructions of a function that is walked over."""

WALKED_MOST = 10
"""How many times as many instructions may be walked over, loops within loops included."""

MOST = 6
"""The largest count that is told from others."""


class _GivenUp(Exception):
    """The walk has met something that it does not understand, or is taking too long."""


class _Block:
    """A construct that is open: what arrives at its label, and at its other arm."""

    __slots__ = ("arity", "arrived", "construct", "entry", "height", "label_arity", "params")

    def __init__(self, construct: Construct, height: int, params: int, arity: int, entry: list[int]) -> None:
        self.construct = construct
        self.height = height
        self.params = params
        self.arity = arity
        self.label_arity = params if construct.kind == Kind.LOOP else arity
        self.arrived: list[int] | None = None
        """The counts of all locals, then of what branches carry: the smallest that have come."""
        self.entry = entry
        """The same where it begins: locals and parameters."""


def aligned_accesses(facts: Facts, index: int, code: Sequence[Instr], shape: Shape) -> frozenset[int]:
    """The positions in *code*, the body of function *index*, of the accesses whose address is a multiple of their size."""
    if len(code) > LONGEST:
        return frozenset()
    walk = _Walk(facts, index, code, shape)
    try:
        walk.run()
    except _GivenUp:
        return frozenset()
    return frozenset(position for position, aligned in walk.accesses.items() if aligned)


class _Walk:
    def __init__(self, facts: Facts, index: int, code: Sequence[Instr], shape: Shape) -> None:
        self.facts = facts
        self.code = code
        self.shape = shape
        functype = facts.functype(facts.func(index).type_index)
        parameters = len(functype.params)
        self.locals = [0] * parameters + [MOST] * (len(facts.local_types(index)) - parameters)
        self.stack: list[int] = []
        self.blocks = [_Block(shape.body, 0, 0, len(functype.results), [])]
        self.accesses: dict[int, bool] = {}
        """What the last walk over each access has found."""
        self.budget = WALKED_MOST * len(code)

    def run(self) -> None:
        """Walk to the end.

        raises: _GivenUp.
        """
        position, stop = 0, len(self.code)
        while position < stop:
            self.budget -= 1
            if self.budget < 0:
                raise _GivenUp
            row = self.code[position][0]
            control = _CONTROL.get(row)
            if control is not None:
                position = control(self, self.code[position][1], position)
            else:
                step = _STEPS.get(row)
                if step is None:
                    raise _GivenUp
                step(self, self.code[position][1], position)
                position += 1

    def constant_before(self, position: int) -> int | None:
        """The number that the instruction before *position* pushes, when it is a constant."""
        row, immediates, _offset = self.code[position - 1]
        value: Any = immediates[0] if row in _CONSTS else None
        return value if isinstance(value, int) else None

    # Control

    def arities(self, blocktype: BlockType) -> tuple[int, int]:
        """How many operands a block takes and gives."""
        if blocktype is None:
            return 0, 0
        if isinstance(blocktype, int):
            functype = self.facts.functype(blocktype)
            return len(functype.params), len(functype.results)
        return 0, 1

    def open(self, position: int) -> None:
        """Go into the construct that begins at *position*."""
        construct = self.shape.constructs[position]
        params, arity = self.arities(construct.type)
        height = len(self.stack) - params
        self.blocks.append(_Block(construct, height, params, arity, self.locals + self.stack[height:]))

    def arrive(self, block: _Block) -> None:
        """Note that control goes to the label of *block* from here."""
        count = block.label_arity
        state = self.locals + (self.stack[-count:] if count else [])
        block.arrived = state if block.arrived is None else list(map(min, block.arrived, state))

    def go_on(self, block: _Block, state: list[int]) -> None:
        """Set locals and operands to *state* after *block*, or inside of it."""
        count = len(self.locals)
        self.locals = state[:count]
        del self.stack[block.height :]
        self.stack += state[count:]

    def end(self, position: int, alive: bool) -> int:
        """Close the innermost block; *alive* says whether its end is reached from inside. Answers where to go on."""
        block = self.blocks[-1]
        construct = block.construct
        if construct.kind == Kind.BODY:
            return len(self.code)
        if construct.kind == Kind.LOOP and block.arrived is not None:
            head = list(map(min, block.entry, block.arrived))
            if head != block.entry:
                # Some branch brings less than what was known: once more.
                block.entry, block.arrived = head, None
                self.go_on(block, head)
                return construct.start + 1
        self.blocks.pop()
        if construct.kind == Kind.LOOP:
            return position + 1 if alive else self.dead(position)
        if construct.kind == Kind.IF and construct.else_ < 0:
            # The condition may be false; what it takes it gives.
            block.arrived = block.entry if block.arrived is None else list(map(min, block.arrived, block.entry))
        if alive:
            count = block.arity
            state = self.locals + (self.stack[-count:] if count else [])
            block.arrived = state if block.arrived is None else list(map(min, block.arrived, state))
        if block.arrived is None:
            return self.dead(position)
        self.go_on(block, block.arrived)
        return position + 1

    def other_arm(self, position: int) -> int:
        """Go on with the `else` at *position*."""
        block = self.blocks[-1]
        self.go_on(block, block.entry)
        return position + 1

    def dead(self, position: int) -> int:
        """What follows *position* is never reached: answer where something is again."""
        block = self.blocks[-1]
        construct = block.construct
        if construct.kind == Kind.BODY:
            return len(self.code)
        if position < construct.else_:
            return self.other_arm(construct.else_)
        return self.end(construct.end, alive=False)


Step = Callable[[_Walk, Any, int], None]
Control = Callable[[_Walk, Any, int], int]

_STEPS: dict[Opcode, Step] = {}
_CONTROL: dict[Opcode, Control] = {}

_CONSTS = frozenset({BY_MNEMONIC["i32.const"], BY_MNEMONIC["i64.const"]})


def _zeros(value: int) -> int:
    """The count of a constant."""
    return min(MOST, (value & -value).bit_length() - 1) if value else MOST


# Control


def _block(walk: _Walk, _immediates: Any, position: int) -> int:
    walk.open(position)
    return position + 1


def _if(walk: _Walk, _immediates: Any, position: int) -> int:
    walk.stack.pop()
    walk.open(position)
    return position + 1


def _else(walk: _Walk, _immediates: Any, position: int) -> int:
    walk.arrive(walk.blocks[-1])
    return walk.other_arm(position)


def _end(walk: _Walk, _immediates: Any, position: int) -> int:
    return walk.end(position, alive=True)


def _br(walk: _Walk, immediates: Any, position: int) -> int:
    walk.arrive(walk.blocks[-1 - immediates[0]])
    return walk.dead(position)


def _br_if(walk: _Walk, immediates: Any, position: int) -> int:
    walk.stack.pop()
    walk.arrive(walk.blocks[-1 - immediates[0]])
    return position + 1


def _br_table(walk: _Walk, immediates: Any, position: int) -> int:
    walk.stack.pop()
    for label in set(immediates[0]):
        walk.arrive(walk.blocks[-1 - label])
    return walk.dead(position)


def _leave(walk: _Walk, _immediates: Any, position: int) -> int:
    return walk.dead(position)


# Everything else


def _const(walk: _Walk, immediates: Any, _position: int) -> None:
    walk.stack.append(_zeros(immediates[0]))


def _local_get(walk: _Walk, immediates: Any, _position: int) -> None:
    walk.stack.append(walk.locals[immediates[0]])


def _local_set(walk: _Walk, immediates: Any, _position: int) -> None:
    walk.locals[immediates[0]] = walk.stack.pop()


def _local_tee(walk: _Walk, immediates: Any, _position: int) -> None:
    walk.locals[immediates[0]] = walk.stack[-1]


def _smaller(walk: _Walk, _immediates: Any, _position: int) -> None:
    second = walk.stack.pop()
    walk.stack[-1] = min(walk.stack[-1], second)


def _larger(walk: _Walk, _immediates: Any, _position: int) -> None:
    second = walk.stack.pop()
    walk.stack[-1] = max(walk.stack[-1], second)


def _product(walk: _Walk, _immediates: Any, _position: int) -> None:
    second = walk.stack.pop()
    walk.stack[-1] = min(MOST, walk.stack[-1] + second)


def _shift_left(walk: _Walk, _immediates: Any, position: int) -> None:
    walk.stack.pop()
    count = walk.constant_before(position)
    # The smallest width is 32, and a count beyond it is taken modulo the width.
    walk.stack[-1] = min(MOST, walk.stack[-1] + (count if count is not None and count < 32 else 0))


def _same(_walk: _Walk, _immediates: Any, _position: int) -> None:
    """One operand, whose lowest bits stay."""


def _drop(walk: _Walk, _immediates: Any, _position: int) -> None:
    walk.stack.pop()


def _select(walk: _Walk, _immediates: Any, _position: int) -> None:
    del walk.stack[-1:]
    _smaller(walk, None, 0)


def _global_get(walk: _Walk, _immediates: Any, _position: int) -> None:
    walk.stack.append(0)


def _call(walk: _Walk, immediates: Any, _position: int) -> None:
    _replace(walk, *_sizes(walk, walk.facts.func_types[immediates[0]]))


def _call_indirect(walk: _Walk, immediates: Any, _position: int) -> None:
    params, results = _sizes(walk, immediates[0])
    _replace(walk, params + 1, results)


def _sizes(walk: _Walk, type_index: int) -> tuple[int, int]:
    functype = walk.facts.functype(type_index)
    return len(functype.params), len(functype.results)


def _replace(walk: _Walk, pops: int, pushes: int) -> None:
    if pops:
        del walk.stack[-pops:]
    walk.stack += [0] * pushes


def _plain(pops: int, pushes: int) -> Step:
    return lambda walk, _immediates, _position: _replace(walk, pops, pushes)


def _access(row: Opcode, pops: int, pushes: int) -> Step:
    """A load or store of more than one byte."""
    size = row.width
    needed = size.bit_length() - 1

    def access(walk: _Walk, immediates: Any, position: int) -> None:
        offset: int = immediates[0].offset
        walk.accesses[position] = walk.stack[-pops] >= needed and not offset % size
        _replace(walk, pops, pushes)

    return access


def _register() -> None:
    for row in ALL:
        if row.stack is None:
            continue
        pops, pushes = stack_words(row.stack)
        if row.width > 1 and row.immediates[:1] == (Imm.MEMARG,):
            _STEPS[row] = _access(row, len(pops), len(pushes))
        else:
            _STEPS[row] = _plain(len(pops), len(pushes))
    for word, step in _ON_NUMBERS.items():
        _STEPS[BY_MNEMONIC[f"i32.{word}"]] = _STEPS[BY_MNEMONIC[f"i64.{word}"]] = step
    _STEPS.update((BY_MNEMONIC[word], step) for word, step in _OTHERS.items())
    _CONTROL.update((BY_MNEMONIC[word], control) for word, control in _CONTROLS.items())


_ON_NUMBERS: dict[str, Step] = {
    "const": _const,
    "add": _smaller,
    "sub": _smaller,
    "or": _smaller,
    "xor": _smaller,
    "and": _larger,
    "mul": _product,
    "shl": _shift_left,
}

_OTHERS: dict[str, Step] = {
    "i32.wrap_i64": _same,
    "i64.extend_i32_s": _same,
    "i64.extend_i32_u": _same,
    "nop": _same,
    "local.get": _local_get,
    "local.set": _local_set,
    "local.tee": _local_tee,
    "drop": _drop,
    "select": _select,
    "select_t": _select,
    "global.get": _global_get,
    "global.set": _drop,
    "call": _call,
    "call_indirect": _call_indirect,
    "memory.copy": _plain(3, 0),
}

_CONTROLS: dict[str, Control] = {
    "block": _block,
    "loop": _block,
    "if": _if,
    "else": _else,
    "end": _end,
    "br": _br,
    "br_if": _br_if,
    "br_table": _br_table,
    "return": _leave,
    "unreachable": _leave,
}

_register()
