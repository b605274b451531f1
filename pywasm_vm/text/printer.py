"""Instructions to text: one printer per kind of immediate.

Lives here: `InstructionPrinter`, which prints one instruction at a time and knows the labels around it; `print_instruction`.
Not here: the fields of a module (module_printer.py), and the folded form: what is printed is flat, so depth costs nothing.

The exceptions of immediates.py are met here the other way round.

spec: text/instructions
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pywasm_vm.isa.opcode import Imm, Opcode
from pywasm_vm.isa.table import ALL, BY_MNEMONIC, SPELT_LIKE
from pywasm_vm.structure.instructions import Expr, Instr, MemArg
from pywasm_vm.structure.types import RefType
from pywasm_vm.text.identifiers import Identifiers, bytes_text, float_text
from pywasm_vm.text.lexer import BRANCH_HINT

__all__ = ["PRINTERS", "InstructionPrinter", "print_expression", "print_instruction"]

_BLOCKS = frozenset(BY_MNEMONIC[word] for word in ("block", "loop", "if", "try", "try_table"))
_ARMS = frozenset(BY_MNEMONIC[word] for word in ("else", "catch", "catch_all"))
_END, _DELEGATE = BY_MNEMONIC["end"], BY_MNEMONIC["delegate"]

_CASTS = ("ref.test", "ref.cast", "ref.cast_desc_eq")
"""The words that stand for two rows each: the type behind them says whether null will do."""

DEEPEST_INDENT = 40
"""Blocks that stand deeper are not indented further: a text must not grow with the square of its depth."""


class InstructionPrinter:
    """Prints the instructions of one expression, in order. *local_ids* and *label_names* are those of its function."""

    def __init__(
        self,
        ids: Identifiers,
        local_ids: Mapping[int, str] | None = None,
        label_ids: Mapping[int, str] | None = None,
    ) -> None:
        self.ids = ids
        self.local_ids = local_ids or {}
        self.label_ids = label_ids or {}
        self.labels: list[str | None] = [None]
        """The identifiers of the open blocks; the function itself stands first."""
        self._bound: dict[str, list[int]] = {}
        self._opened = 0

    def print(self, instr: Instr) -> tuple[int, str]:
        """How deep the instruction stands, and its text. To be called for every instruction, in order."""
        row, immediates, _ = instr
        depth = len(self.labels) - 1
        if row is _END:
            self._close()
            return max(depth - 1, 0), "end"
        if row is _DELEGATE:
            # Its label is looked for outside the block that it ends.
            self._close()
        text = PRINTERS[row](self, immediates)
        word = SPELT_LIKE.get(row.mnemonic, row.mnemonic)
        if row in _BLOCKS:
            name = self._open()
            word = f"{word} {name}" if name else word
        elif row in _ARMS or row is _DELEGATE:
            depth -= 1
        return max(depth, 0), f"{word} {text}" if text else word

    def _open(self) -> str | None:
        name = self.label_ids.get(self._opened)
        self._opened += 1
        if name is not None:
            self._bound.setdefault(name, []).append(len(self.labels))
        self.labels.append(name)
        return name

    def _close(self) -> None:
        name = self.labels.pop() if self.labels else None
        if name is not None:
            self._bound[name].pop()

    def label(self, index: int) -> str:
        """The label *index*: its identifier, unless a block further inside has the same."""
        place = len(self.labels) - 1 - index
        name = self.labels[place] if place >= 0 else None
        return name if name is not None and self._bound[name][-1] == place else str(index)


Printer = Callable[[InstructionPrinter, Any], str]


def _of(space: Callable[[Identifiers], Mapping[int, str]]) -> Printer:
    return lambda printer, index: space(printer.ids).get(index, str(index))


def _blocktype(printer: InstructionPrinter, blocktype: object) -> str:
    if blocktype is None:
        return ""
    if isinstance(blocktype, int):
        return f"(type {printer.ids.types.get(blocktype, str(blocktype))})"
    return f"(result {printer.ids.valtype(blocktype)})"  # type: ignore[arg-type]


def _catches(printer: InstructionPrinter, clauses: tuple[tuple[str, int | None, int], ...]) -> str:
    words = []
    for kind, tag, label in clauses:
        name = "" if tag is None else f" {printer.ids.tags.get(tag, str(tag))}"
        words.append(f"({kind}{name} {printer.label(label)})")
    return " ".join(words)


def _cast(printer: InstructionPrinter, types: tuple[RefType, RefType]) -> str:
    return " ".join(printer.ids.valtype(reftype) for reftype in types)


def _signed(width: int) -> Printer:
    sign = 1 << width - 1
    return lambda printer, value: str((value ^ sign) - sign)


def _v128(printer: InstructionPrinter, value: bytes) -> str:
    lanes = (int.from_bytes(value[at : at + 4], "little") for at in range(0, 16, 4))
    return "i32x4 " + " ".join(f"{lane:#010x}" for lane in lanes)


_ONE: dict[Imm, Printer] = {
    Imm.BLOCKTYPE: _blocktype,
    Imm.LABELIDX: lambda printer, index: printer.label(index),
    Imm.LABELS: lambda printer, labels: " ".join([printer.label(label) for label in labels]),
    Imm.CATCHES: _catches,
    Imm.FUNCIDX: _of(lambda ids: ids.funcs),
    Imm.TYPEIDX: _of(lambda ids: ids.types),
    Imm.TABLEIDX: _of(lambda ids: ids.tables),
    Imm.MEMIDX: _of(lambda ids: ids.mems),
    Imm.GLOBALIDX: _of(lambda ids: ids.globals),
    Imm.LOCALIDX: lambda printer, index: printer.local_ids.get(index, str(index)),
    Imm.TAGIDX: _of(lambda ids: ids.tags),
    Imm.ELEMIDX: _of(lambda ids: ids.elems),
    Imm.DATAIDX: _of(lambda ids: ids.datas),
    Imm.COUNT: lambda printer, count: str(count),
    Imm.VALTYPES: lambda printer, types: f"(result{''.join([' ' + printer.ids.valtype(t) for t in types])})",
    Imm.HEAPTYPE: lambda printer, heap: printer.ids.heaptype(heap),
    Imm.CAST: _cast,
    Imm.LANE: lambda printer, lane: str(lane),
    Imm.LANES: lambda printer, lanes: " ".join(map(str, lanes)),
    Imm.I32: _signed(32),
    Imm.I64: _signed(64),
    Imm.F32: lambda printer, bits: float_text(bits, 32),
    Imm.F64: lambda printer, bits: float_text(bits, 64),
    Imm.V128: _v128,
    Imm.ORDER: lambda printer, order: "",
}
"""One printer for each kind of immediate that stands alone."""


def _may_be_left_out(kind: Imm) -> Printer:
    """An index that the text leaves out when it is 0."""
    return lambda printer, immediates: _ONE[kind](printer, immediates[0]) if immediates[0] else ""


def _both_or_none(printer: InstructionPrinter, row: Opcode, immediates: tuple[int, int]) -> str:
    if not any(immediates):
        return ""
    return " ".join(_ONE[kind](printer, index) for kind, index in zip(row.immediates, immediates, strict=True))


def _segment_into(printer: InstructionPrinter, row: Opcode, immediates: tuple[int, int]) -> str:
    segment, target = (_ONE[kind](printer, index) for kind, index in zip(row.immediates, immediates, strict=True))
    return f"{target} {segment}" if immediates[1] else segment


def _indirect(printer: InstructionPrinter, row: Opcode, immediates: tuple[int, int]) -> str:
    index, table = immediates
    text = f"(type {_ONE[Imm.TYPEIDX](printer, index)})"
    return f"{_ONE[Imm.TABLEIDX](printer, table)} {text}" if table else text


def _field(printer: InstructionPrinter, row: Opcode, immediates: tuple[int, int]) -> str:
    index, field = immediates
    return f"{_ONE[Imm.TYPEIDX](printer, index)} {printer.ids.fields(index).get(field, str(field))}"


def _memarg(printer: InstructionPrinter, row: Opcode, memarg: MemArg) -> str:
    words = []
    if memarg.memory:
        words.append(_ONE[Imm.MEMIDX](printer, memarg.memory))
    if memarg.offset:
        words.append(f"offset={memarg.offset}")
    if 1 << memarg.align != row.width:
        words.append(f"align={1 << memarg.align}")
    return " ".join(words)


def _access(printer: InstructionPrinter, row: Opcode, immediates: tuple[Any, ...]) -> str:
    return " ".join(filter(None, [_memarg(printer, row, immediates[0]), *map(str, immediates[1:])]))


_TOGETHER: dict[tuple[Imm, ...], Callable[[InstructionPrinter, Opcode, Any], str]] = {
    (Imm.MEMIDX, Imm.MEMIDX): _both_or_none,
    (Imm.TABLEIDX, Imm.TABLEIDX): _both_or_none,
    (Imm.DATAIDX, Imm.MEMIDX): _segment_into,
    (Imm.ELEMIDX, Imm.TABLEIDX): _segment_into,
    (Imm.TYPEIDX, Imm.TABLEIDX): _indirect,
    (Imm.TYPEIDX, Imm.FIELDIDX): _field,
    (Imm.MEMARG,): _access,
    (Imm.MEMARG, Imm.LANE): _access,
}
"""Kinds that change when they stand together, or that the width of the access takes part in."""


def _printer_of(row: Opcode) -> Printer:
    kinds = row.immediates
    if SPELT_LIKE.get(row.mnemonic, row.mnemonic) in _CASTS:
        null = "null " if row.mnemonic in SPELT_LIKE else ""
        return lambda printer, immediates: f"(ref {null}{printer.ids.heaptype(immediates[0])})"
    if kinds in _TOGETHER:
        together = _TOGETHER[kinds]
        return lambda printer, immediates: together(printer, row, immediates)
    if kinds in ((Imm.MEMIDX,), (Imm.TABLEIDX,)):
        return _may_be_left_out(kinds[0])
    printers = [_ONE[kind] for kind in kinds]
    if len(printers) == 1:
        (only,) = printers
        return lambda printer, immediates: only(printer, immediates[0])
    return lambda printer, immediates: " ".join(
        filter(None, [one(printer, immediate) for one, immediate in zip(printers, immediates, strict=True)])
    )


PRINTERS: dict[Opcode, Printer] = {row: _printer_of(row) for row in ALL}


def print_expression(
    printer: InstructionPrinter, expression: Expr, hints: Mapping[int, bytes] | None = None
) -> Iterator[tuple[Instr, str]]:
    """Each instruction with its indented text; the last `end`, which closes the expression itself, is left out."""
    waiting: Instr | None = None
    number = 0
    for instr in expression:
        if waiting is not None:
            yield waiting, _indented(printer, waiting, (hints or {}).get(number))
            number += 1
        waiting = instr


def _indented(printer: InstructionPrinter, instr: Instr, hint: bytes | None) -> str:
    depth, text = printer.print(instr)
    if hint is not None:
        text = f"(@{BRANCH_HINT} {bytes_text(hint)}) {text}"
    return "  " * min(depth, DEEPEST_INDENT) + text


def print_instruction(instr: Instr) -> str:
    """One instruction by itself, with numbers for all that it names.

    >>> from pywasm_vm.text.parse import parse_module
    >>> body = parse_module("(func (param $x i32) (drop (i32.eqz (local.get $x))))").funcs[0].body
    >>> [print_instruction(instr) for instr in body]
    ['local.get 0', 'i32.eqz', 'drop', 'end']
    """
    _, text = InstructionPrinter(Identifiers()).print(instr)
    return text
