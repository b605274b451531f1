"""From the instructions of one function to the text of one Python function.

Lives here: `Emitter`, the lines written so far and the operands that wait, in order of evaluation; `emits`, the registry of what
an instruction writes; and the walk that any row with an expression takes.
Not here: what particular instructions write (numeric.py, memory.py, reference.py, control.py) and states (flat.py).

Operands wait as text until something needs their value. Before a line is written whose effects could change what a waiting
operand reads, or whose order could be observed, that operand is written to its slot: the name s2 for height 2 of the stack.
That is `settle`, and every line that has an effect goes through `statement`.

An operand at height h is made of operands at heights h and above, so it can mention no slot below s{h}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pywasm_vm.errors import Crash
from pywasm_vm.execution.python.alignment import aligned_accesses
from pywasm_vm.execution.python.facts import Facts
from pywasm_vm.execution.python.frames import Frame, Region, While
from pywasm_vm.execution.python.operands import (
    ATOM,
    CONFLICT,
    EFFECTS,
    NAME,
    TRAPS,
    Operand,
    exact,
    exact_text,
)
from pywasm_vm.execution.python.shape import Construct, Kind, shape_of
from pywasm_vm.isa.opcode import Effect, Opcode, stack_words
from pywasm_vm.isa.table import ALL, BY_MNEMONIC
from pywasm_vm.structure.instructions import Instr
from pywasm_vm.structure.types import F32, F64, I32, I64, V128, FuncType, ValType

__all__ = ["HANDLERS", "M32", "M64", "MASKS", "Emitter", "complete", "emits"]

M32, M64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF

MASKS: dict[ValType, int] = {I32: M32, I64: M64}
"""The largest value of an integer type. For other types there is nothing to mask."""

LONGEST = 300
"""Characters of a waiting operand. Python's parser takes 200 nested parentheses; a text this short cannot have as many."""

QUICK_MOST = 150
"""Instructions of a function whose lines may grow for the sake of speed."""

TINY_MOST = 40
"""Instructions of a function that is taken for one that is called in a loop, so that even lines twice as long are worth it."""

Handler = Callable[["Emitter", Any, int], int | None]
"""Takes the emitter, the immediates, and the position of the instruction; may answer with the position to go on at."""

HANDLERS: dict[Opcode, Handler] = {}


AnyHandler = TypeVar("AnyHandler", bound=Handler)


def emits(*mnemonics: str) -> Callable[[AnyHandler], AnyHandler]:
    """A decorator: the function writes the instructions of these names."""

    def register(handler: AnyHandler) -> AnyHandler:
        for mnemonic in mnemonics:
            HANDLERS[BY_MNEMONIC[mnemonic]] = handler
        return handler

    return register


class Emitter:
    """The text of one function, while it is being written. *facts* are what the module says of everything it names."""

    def __init__(self, facts: Facts, index: int, functype: FuncType, locals_: Sequence[ValType], code: Sequence[Instr]) -> None:
        self.facts = facts
        self.index = index
        self.type = functype
        self.code = code
        self.shape = shape_of(code)
        self.lines = self.new_lines()
        self.indent = "  " if facts.metered else " "
        self.base = 0
        """Levels of indentation that the text will have in addition, once a region is put together."""
        self.opened = -1
        """How many lines there were when the last suite was opened."""
        self.stack: list[Operand] = []
        self.frames: list[Frame] = []
        self.whiles: list[While] = []
        self.region: Region | None = None
        self.regions = 0
        self._aligned: frozenset[int] | None = None
        self.tests: dict[str, tuple[int, tuple[int, int] | None, tuple[int, int] | None]] = {}
        """For the text of a condition the local of which it says something, and its bounds where it is true and where not."""
        self.doubled: set[int] = set()
        """The locals of which r12 holds the number of 64 bits that is l12 written twice."""
        self.open_regions: list[Region] = []
        """Those around the present place."""
        self.tries = 0
        """The blocks of Python around the present place that are no loops."""
        self.guards: list[Any] = []
        """Those who catch exceptions at the present place, outermost first."""
        self.written_guards: list[Any] = []
        """Those of them that are a `try` of Python."""
        self.detours = 0
        """Exceptions that pass by guards have numbers; this many are given."""
        self.quick = len(code) < QUICK_MOST
        """Speed is worth longer lines here: inside of a Python loop, and in functions so short that they may be called in one."""
        self.tiny = len(code) < TINY_MOST
        """The function may well be called for each of many things, wherever its code stands."""
        self.exits = 0
        """Branches that pass through Python loops have numbers; this many are given."""
        self.written_globals: set[int] = set()
        self.tail_calls = False
        """It leaves by a call somewhere."""
        self.loops = any(construct.kind == Kind.LOOP and construct.targets for construct in self.shape.constructs.values())
        self.own_memories: set[int] = set()
        """The memories whose bytes have a name in the function."""
        self.local_masks = [MASKS.get(valtype, 0) for valtype in locals_]
        self.slot_base = 3 + len(locals_)
        self.usual: list[Operand] = [(f"l{x}", NAME, 0, mask, 8 << x, None) for x, mask in enumerate(self.local_masks)]
        self.locals = self.usual.copy()
        """What `local.get` pushes: the name, with the bounds that are known here."""
        self.known: list[int] = []
        """The locals of which more is known than usual."""

    # Lines

    def new_lines(self) -> list[str]:
        """An empty list for lines that are written one by one."""
        return []

    def emit(self, line: str) -> None:
        """Write a line at the present indentation."""
        self.lines.append(self.indent + line)

    def begin(self, line: str) -> None:
        """Write the line that opens a suite, and go inside."""
        self.lines.append(self.indent + line)
        self.indent += " "
        self.opened = len(self.lines)

    def close_indent(self, indent: str) -> None:
        """Go back out to *indent*; a suite without lines gets one."""
        if len(self.lines) == self.opened:
            self.lines.append(self.indent + "pass")
        self.indent = indent

    def statement(self, line: str, deps: int, more: int = 0) -> None:
        """Write a line with the effects of *deps*, after every waiting operand that must come first.

        *more* are deps of operands that the line would change.
        """
        mask = CONFLICT[deps & EFFECTS] | more
        if mask and self.stack:
            self.settle(mask)
        self.lines.append(self.indent + line)

    # Operands

    def slot(self, height: int, low: int = 0, high: int = 0) -> Operand:
        """The operand that reads slot *height*."""
        return (f"s{height}", NAME, low, high, 1 << self.slot_base + height, None)

    def spill(self, height: int) -> None:
        """Write the operand at *height* to its slot, and let it wait there."""
        text, level, low, high, deps, _more = self.stack[height]
        bit = 1 << self.slot_base + height
        if level == NAME and (deps == bit or not deps):
            return
        self.free(height)
        self.lines.append(f"{self.indent}s{height} = {text}")
        self.stack[height] = (f"s{height}", NAME, low, high, bit, None)

    def free(self, height: int) -> None:
        """See that no operand below *height* mentions its slot, which is about to change."""
        bit = 1 << self.slot_base + height
        for below in range(height):
            if below < len(self.stack) and self.stack[below][4] & bit:
                self.spill(below)

    def settle(self, mask: int) -> None:
        """Spill the operands that have one of the deps in *mask*, and those below them whose order could be observed."""
        stack = self.stack
        last = len(stack) - 1
        while last >= 0 and not stack[last][4] & mask:
            last -= 1
        slots = self.slot_base
        for height in range(last + 1):
            deps = stack[height][4]
            if deps & mask or deps & EFFECTS or deps >> slots:
                self.spill(height)

    def settle_all(self) -> None:
        """Spill everything but constants."""
        for height in range(len(self.stack)):
            if self.stack[height][4]:
                self.spill(height)

    def push(self, operand: Operand) -> None:
        """Let *operand* wait on top; one that has grown long goes to its slot at once."""
        self.stack.append(operand)
        if len(operand[0]) > LONGEST:
            height = len(self.stack) - 1
            self.stack.pop()
            mask = CONFLICT[operand[4] & EFFECTS]
            if mask and self.stack:
                self.settle(mask)
            self.stack.append(operand)
            self.spill(height)

    def name_top(self, count: int) -> None:
        """See that the topmost *count* operands are names or constants, so that they may be written twice."""
        first = len(self.stack) - count
        for height in range(first, len(self.stack)):
            _text, level, _low, _high, deps, _more = self.stack[height]
            if level != NAME:
                above = self.stack[height + 1 :]
                del self.stack[height + 1 :]
                operand = self.stack.pop()
                mask = CONFLICT[deps & EFFECTS]
                if mask and self.stack:
                    self.settle(mask)
                self.stack.append(operand)
                self.spill(height)
                self.stack.extend(above)

    def forget(self) -> None:
        """Control may arrive here from elsewhere: of the locals only the types are known."""
        if self.known:
            for x in self.known:
                self.locals[x] = self.usual[x]
            self.known.clear()
        self.doubled.clear()

    def twice(self, operand: Operand) -> str | None:
        """The name of the number of 64 bits that *operand*, a local of 32, makes when it is written twice; None for any other.

        Rotations are parts of that number, and hash functions rotate the same number by several counts.
        """
        x = self.local_of(operand)
        if x is None:
            return None
        if x not in self.doubled:
            self.doubled.add(x)
            self.aside(f"r{x} = l{x} * {M32 + 2}")
        return f"r{x}"

    def local_of(self, operand: Operand) -> int | None:
        """The local that *operand* is; None when it is anything else."""
        x = operand[4].bit_length() - 4
        return x if operand[4] > EFFECTS and operand[0] == f"l{x}" else None

    def aside(self, line: str) -> None:
        """Write a line that has no effect, before whatever waits."""
        self.emit(line)

    def pop_exact(self, mask: int) -> Operand:
        """The topmost operand, between 0 and *mask*."""
        operand = self.stack.pop()
        if operand[2] >= 0 and operand[3] <= mask:
            return operand
        return exact(operand, mask)

    def pop_arguments(self, types: Sequence[ValType]) -> tuple[str, int]:
        """The topmost operands as the text of arguments of these types, and their deps."""
        count = len(types)
        if not count:
            return "", 0
        operands = self.stack[-count:]
        del self.stack[-count:]
        deps = 0
        texts = []
        for operand, valtype in zip(operands, types, strict=True):
            deps |= operand[4]
            texts.append(exact_text(operand, MASKS[valtype]) if valtype in MASKS else operand[0])
        return ", ".join(texts), deps

    def push_results(self, call: str, deps: int, types: Sequence[ValType]) -> None:
        """Let the call wait when it gives one value, for whoever uses it; write it down otherwise. *deps* has its effects."""
        if len(types) == 1:
            self.push((call, ATOM, 0, MASKS.get(types[0], 0), deps, None))
            return
        if not types:
            self.statement(call, deps)
            return
        first = len(self.stack)
        heights = range(first, first + len(types))
        for height in heights:
            self.free(height)
        self.statement(f"{', '.join(f's{height}' for height in heights)} = {call}", deps)
        self.stack.extend(self.slot(height, 0, MASKS.get(t, 0)) for height, t in zip(heights, types, strict=True))

    def reset_stack(self, height: int, types: Sequence[ValType]) -> None:
        """The stack where control may come from several places: above *height* there are slots of these types."""
        del self.stack[height:]
        self.stack.extend(self.slot(height + at, 0, MASKS.get(t, 0)) for at, t in enumerate(types))

    # Control

    def leave(self, target: While, action: str) -> None:
        """Do `break` or `continue` of *target*, through the loops inside of it."""
        if self.whiles[-1] is target:
            self.emit(action)
            return
        number = target.exits.get(action)
        if number is None:
            self.exits += 1
            number = target.exits[action] = self.exits
        self.whiles[-1].passing[number] = (target, action)
        self.emit(f"br = {number}; break")

    def charge(self, construct: Construct) -> None:
        """Take the fuel of *construct*, when code is metered."""
        if self.facts.metered:
            self.emit(f"fuel -= {construct.cost}")
            self.emit("if fuel < 0: refill()")

    # The whole

    def bytes_of(self, memory: int) -> str:
        """The name of the bytes of a memory: in a function that loops a variable of its own, which Python finds sooner."""
        if not self.loops:
            return f"mem{memory}"
        self.own_memories.add(memory)
        return f"b{memory}"

    @property
    def hot(self) -> bool:
        """Whether lines twice as long are worth it here."""
        return self.tiny or bool(self.whiles)

    def is_aligned(self, position: int) -> bool:
        """Whether the access at *position* is found to have an address that is a multiple of its size, always.

        The look costs time, so it is taken where there are loops, and when somebody asks.
        """
        if not self.loops:
            return False
        if self._aligned is None:
            self._aligned = aligned_accesses(self.facts, self.index, self.code, self.shape)
        return position in self._aligned

    def run(self) -> None:
        """Write all instructions."""
        code = self.code
        handlers = HANDLERS
        position = 0
        stop = len(code)
        while position < stop:
            row, immediates, _offset = code[position]
            go_on = handlers[row](self, immediates, position)
            position = position + 1 if go_on is None else go_on

    def construct(self, position: int) -> Construct:
        """The construct that begins at *position*."""
        return self.shape.constructs[position]


# Rows whose expression, or whose helper, says everything.

_EFFECT_BITS = {Effect.PURE: 0, Effect.TRAPS: TRAPS}
_LITERALS = {"S32": 1 << 31, "M32": M32, "R32": M32 + 2, "S64": 1 << 63, "M64": M64, "R64": M64 + 2}
_BY_WORD: dict[str, ValType] = {"i32": I32, "i64": I64, "f32": F32, "f64": F64, "v128": V128}
_TYPES: dict[str, int] = {word: MASKS.get(valtype, 0) for word, valtype in _BY_WORD.items()}


def _plain(row: Opcode) -> Handler:
    """A handler for *row* from what the row says: its stack, and its expression or the helper of its name."""
    pops, pushes = stack_words(row.stack or "->")
    count = len(pops)
    text = row.py
    if text is None:
        text = f"{row.name}({', '.join(f'{{{i}}}' for i in range(count))})"
        shape, bare = "{}", True
    else:
        text = re.sub(r"\b[SMR](32|64)\b", lambda word: str(_LITERALS[word[0]]), text)
        bare = re.fullmatch(r"\w+\([^()]*\)", text) is not None
        shape = "{}" if bare else "({})"
    template = shape.format(text)
    masks = [_TYPES[word] for word in pops]
    high = _TYPES[pushes[0]]
    effects = _EFFECT_BITS[row.effect]
    in_call = [bare and re.search(rf"[(,] *\{{{i}\}} *[,)]", text) is not None for i in range(count)]

    def handler(emitter: Emitter, _immediates: Any, _position: int) -> None:
        operands = emitter.stack[-count:]
        del emitter.stack[-count:]
        deps = effects
        texts = []
        for operand, mask, argument in zip(operands, masks, in_call, strict=True):
            if mask:
                operand = exact(operand, mask)
            deps |= operand[4]
            texts.append(operand[0] if argument or operand[1] >= ATOM else f"({operand[0]})")
        emitter.push((template.format(*texts), ATOM, 0, high, deps, None))

    return handler


def _several(row: Opcode) -> Handler:
    """A handler for *row*, which gives several results: a call of the helper of its name, into as many slots."""
    pops, pushes = ([_BY_WORD[word] for word in words] for words in stack_words(row.stack or "->"))
    effects = _EFFECT_BITS[row.effect]

    def handler(emitter: Emitter, _immediates: Any, _position: int) -> None:
        text, deps = emitter.pop_arguments(pops)
        emitter.push_results(f"{row.name}({text})", deps | effects, pushes)

    return handler


def _unknown(row: Opcode) -> Handler:
    def handler(_emitter: Emitter, _immediates: Any, _position: int) -> None:
        raise Crash(f"the tier `python` has no translation for {row.mnemonic}, yet validation let it through")

    return handler


def complete() -> None:
    """Give a handler to every row that has none: from its own words where they suffice."""
    for row in ALL:
        if row not in HANDLERS:
            words = stack_words(row.stack) if row.stack is not None else ((), ())
            derived = row.effect in _EFFECT_BITS and words[1] and set(words[0] + words[1]) <= _TYPES.keys()
            HANDLERS[row] = _unknown(row) if not derived else _plain(row) if len(words[1]) == 1 else _several(row)
