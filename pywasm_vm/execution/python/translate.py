"""One function, from its instructions to source text.

Lives here: putting the head and the lines together, and the variant whose lines say where in the module they come from.
Not here: the lines (emit.py and the families), and compiling the text (tier.py).

The same function always gives the same lines, so the variant with places can be made when somebody asks for it, after a trap.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pywasm_vm.execution.python import aggregate, calls, control, exceptions, memory, numeric, reference, vector
from pywasm_vm.execution.python.emit import HANDLERS, Emitter, complete
from pywasm_vm.execution.python.facts import Facts
from pywasm_vm.execution.python.shape import CONDITIONS
from pywasm_vm.isa.opcode import Effect
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.structure.instructions import Instr
from pywasm_vm.structure.types import FuncType, ValType

__all__ = ["FAMILIES", "translate"]

FAMILIES = (aggregate, calls, control, exceptions, memory, numeric, reference, vector)
"""The files that say what instructions write; importing them is what registers it."""

complete()


def translate(facts: Facts, index: int, *, places: bool = False) -> str:
    """The source text of function *index*, which the module defines: one `def`, ended by a line end. A metered one stands inside
    of another, whose only variable is the fuel.

    With *places* each line ends in a comment with the offset of the instruction in the module from which it comes.
    """
    func = facts.func(index)
    types = facts.local_types(index)
    code = list(func.body)
    functype = facts.functype(func.type_index)
    emitter = (_PlacingEmitter if places else Emitter)(facts, index, functype, types, code)
    control.begin_body(emitter)
    emitter.run()
    parameters = len(functype.params)
    head = [f"def f{index}({', '.join(f'l{x}' for x in range(parameters))}):"]
    if emitter.written_globals:
        head.append(" global " + ", ".join(f"g{x}" for x in sorted(emitter.written_globals)))
    if facts.metered:
        head.append(" nonlocal fuel")
    if emitter.exits:
        head.append(" br = 0")
    head += [f" b{x} = mem{x}" for x in sorted(emitter.own_memories)]
    if emitter.tail_calls and emitter.shape.body.guarded:
        head.append(" r = None")
    if emitter.detours:
        head.append(" by = 0")
    values: dict[str, list[str]] = {}
    written = _written_first(code)
    for x in range(parameters, len(types)):
        if x not in written:
            values.setdefault(facts.default_text(types[x]), []).append(f"l{x}")
    for value, names in values.items():
        # A chain of assignments nests in Python's compiler, so long ones are cut.
        head += [f" {' = '.join(names[cut : cut + 50])} = {value}" for cut in range(0, len(names), 50)]
    if facts.metered:
        # The function calls itself by its global name, so it must not be a variable of the one around it.
        head = ["def metered(fuel):", f" global f{index}", *(" " + line for line in head)]
    return "\n".join([*head, *emitter.lines, ""])


class _PlacedLines(list[str]):
    """Lines that get a comment when they are appended, with the offset that *emitter* is at."""

    def __init__(self, emitter: _PlacingEmitter) -> None:
        super().__init__()
        self._emitter = emitter

    def append(self, line: str) -> None:
        """Add *line* and its place."""
        super().append(f"{line}  # {self._emitter.place:#x}")
        self._emitter.place = self._emitter.offset


class _PlacingEmitter(Emitter):
    """An emitter of the same lines, each with its place: of the last instruction in it that may trap or call, else of the one
    that made it a line."""

    offset = 0
    place = 0
    asides = 0

    def __init__(self, facts: Facts, index: int, functype: FuncType, locals_: Sequence[ValType], code: Sequence[Instr]) -> None:
        super().__init__(facts, index, functype, locals_, code)
        # A guest that has no fuel for a function is stopped before its first instruction.
        self.offset = self.place = code[0][2]

    def new_lines(self) -> list[str]:
        """See `Emitter.new_lines`."""
        return _PlacedLines(self)

    def run(self) -> None:
        """See `Emitter.run`."""
        position = 0
        noted = False
        while position < len(self.code):
            row, immediates, self.offset = self.code[position]
            if row.effect is not Effect.PURE and row not in _QUIET:
                self.place, noted = self.offset, True
            elif self.place != self.offset and not noted:
                self.place = self.offset
            before, self.asides = len(self.lines), 0
            go_on = HANDLERS[row](self, immediates, position)
            noted = noted and len(self.lines) == before + self.asides
            position = position + 1 if go_on is None else go_on

    def aside(self, line: str) -> None:
        """See `Emitter.aside`. The place belongs to the line that comes."""
        place = self.place
        super().aside(line)
        self.place = place
        self.asides += 1


_QUIET = CONDITIONS - {BY_MNEMONIC["br_on_cast_desc_eq"], BY_MNEMONIC["br_on_cast_desc_eq_fail"]} | {
    BY_MNEMONIC[word]
    for word in (
        *("local.get", "local.set", "local.tee", "global.get", "block", "loop", "if", "else", "end", "br"),
        *("try_table", "try", "catch", "catch_all", "delegate"),
    )
}
"""Rows that have an effect but never are the place of a trap."""

_SETS = frozenset({BY_MNEMONIC["local.set"], BY_MNEMONIC["local.tee"]})
_LOCAL_GET = BY_MNEMONIC["local.get"]
_STRAIGHT_ENDS = CONDITIONS | {
    BY_MNEMONIC[word]
    for word in (
        *("block", "loop", "if", "br", "br_table", "return", "unreachable", "end"),
        *("return_call", "return_call_indirect", "return_call_ref", "try_table", "try", "throw", "throw_ref", "rethrow"),
    )
}


def _written_first(code: Sequence[Instr]) -> set[int]:
    """The locals that the straight beginning of the body writes before it reads them."""
    written: set[int] = set()
    read: set[int] = set()
    immediates: Any
    for row, immediates, _offset in code:
        if row in _STRAIGHT_ENDS:
            break
        if row is _LOCAL_GET:
            read.add(immediates[0])
        elif row in _SETS and immediates[0] not in read:
            written.add(immediates[0])
    return written
