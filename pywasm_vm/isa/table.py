"""All rows together, and the ways to find one.

Lives here: look-up by opcode, by mnemonic, and the dense numbers that native code uses instead of opcodes.
Not here: the rows (control.py, numeric.py, memory.py, reference.py, vector.py).

spec: appendix/index-instructions
"""

from __future__ import annotations

from pywasm_vm.isa import control, memory, numeric, reference, vector
from pywasm_vm.isa.opcode import Opcode

__all__ = ["ALL", "BY_CODE", "BY_MNEMONIC", "NUMBER", "PREFIXED", "SINGLE", "SPELT_LIKE"]

ALL: tuple[Opcode, ...] = tuple(
    sorted(
        control.ROWS + numeric.ROWS + memory.ROWS + reference.ROWS + vector.ROWS,
        key=lambda row: row.code,
    )
)
"""Every instruction, in the order of the opcodes."""

BY_CODE: dict[tuple[int, ...], Opcode] = {row.code: row for row in ALL}
"""(byte,) or (prefix, number) to the row."""

BY_MNEMONIC: dict[str, Opcode] = {row.mnemonic: row for row in ALL}

SPELT_LIKE: dict[str, str] = {
    "select_t": "select",
    "ref.test_null": "ref.test",
    "ref.cast_null": "ref.cast",
    "ref.cast_desc_eq_null": "ref.cast_desc_eq",
}
"""The mnemonics that the text format spells like another one; the types that follow tell them apart."""

NUMBER: dict[Opcode, int] = {row: number for number, row in enumerate(ALL)}
"""Each row's position in `ALL`: dense, and the same in C."""

SINGLE: list[Opcode | None] = [BY_CODE.get((byte,)) for byte in range(256)]
"""The row of each opcode of one byte; None where there is none, and for the prefixes."""

PREFIXED: dict[int, dict[int, Opcode]] = {
    prefix: {row.code[1]: row for row in ALL if len(row.code) == 2 and row.code[0] == prefix}
    for prefix in sorted({row.code[0] for row in ALL if len(row.code) == 2})
}
"""For each prefix byte, the number behind it to the row."""
