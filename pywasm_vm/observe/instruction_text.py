"""An instruction as a line of text, for people who step through code.

Lives here: the mnemonic and its immediates in the order and the words of the text format.
Not here: whole functions and modules; names of functions and locals (a listing may add them).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from pywasm_vm.isa.opcode import Imm, Opcode
from pywasm_vm.structure.instructions import Instr, MemArg

__all__ = ["print_instruction"]

_SPELLED = {"select_t": "select", "ref.test_null": "ref.test", "ref.cast_null": "ref.cast"}
"""Rows that the text format spells like another."""

_TURNED = frozenset({"call_indirect", "return_call_indirect", "memory.init", "table.init"})
"""Instructions whose immediates stand the other way round in the binary."""


def print_instruction(instr: Instr) -> str:
    """*instr* without what is inside of it: `i32.load offset=8`."""
    row, immediates, _offset = instr
    words = [_word(row, kind, value) for kind, value in zip(row.immediates, immediates, strict=True)]
    if row.mnemonic in _TURNED:
        words.reverse()
    return " ".join([_SPELLED.get(row.mnemonic, row.mnemonic), *filter(None, words)])


def _word(row: Opcode, kind: Imm, value: Any) -> str:
    if kind is Imm.TYPEIDX and row.mnemonic.endswith("call_indirect"):
        return f"(type {value})"
    if kind is Imm.MEMARG:
        return _memarg(value, row.width)
    return _PRINTERS.get(kind, str)(value)


def _memarg(memarg: MemArg, width: int) -> str:
    words = [str(memarg.memory)] if memarg.memory else []
    words += [f"offset={memarg.offset}"] if memarg.offset else []
    words += [f"align={1 << memarg.align}"] if 1 << memarg.align != width else []
    return " ".join(words)


def _blocktype(blocktype: object) -> str:
    if blocktype is None:
        return ""
    return f"(type {blocktype})" if isinstance(blocktype, int) else f"(result {blocktype})"


def _signed(width: int) -> Callable[[int], str]:
    sign = 1 << (width - 1)
    return lambda value: str((value ^ sign) - sign)


def _float(code: str, bits_code: str, payload: int) -> Callable[[int], str]:
    """The shortest decimal, and for what is no number its payload of *payload* bits."""

    def text(bits: int) -> str:
        number = struct.unpack("<" + code, struct.pack("<" + bits_code, bits))[0]
        if number == number:
            return repr(number)
        negative = bits >> struct.calcsize(bits_code) * 8 - 1
        return f"{'-' * negative}nan:{bits & (1 << payload) - 1:#x}"

    return text


_PRINTERS: dict[Imm, Callable[[Any], str]] = {
    Imm.BLOCKTYPE: _blocktype,
    Imm.LABELS: lambda labels: " ".join(map(str, labels)),
    Imm.VALTYPES: lambda types: f"(result {' '.join(map(str, types))})",
    Imm.HEAPTYPE: lambda heap: str(getattr(heap, "value", heap)),
    Imm.MEMIDX: lambda index: str(index) if index else "",
    Imm.LANES: lambda lanes: " ".join(map(str, lanes)),
    Imm.I32: _signed(32),
    Imm.I64: _signed(64),
    Imm.F32: _float("f", "I", 23),
    Imm.F64: _float("d", "Q", 52),
    Imm.V128: lambda content: "i8x16 " + " ".join(map(str, content)),
}
"""The kinds of immediates that are more than a number."""
