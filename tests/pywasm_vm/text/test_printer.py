"""Instructions to text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pywasm_vm.isa.opcode import Imm, Opcode
from pywasm_vm.isa.table import ALL, BY_MNEMONIC
from pywasm_vm.structure.instructions import MemArg
from pywasm_vm.structure.types import FUNCREF, I32, AbsHeapType, RefType
from pywasm_vm.text.identifiers import Identifiers
from pywasm_vm.text.parse import parse_module
from pywasm_vm.text.printer import InstructionPrinter, print_expression, print_instruction

EXAMPLES: dict[Imm, tuple[object, ...]] = {
    Imm.BLOCKTYPE: (None, I32, 0),
    Imm.CATCHES: ((), (("catch", 0, 1), ("catch_all_ref", None, 0))),
    Imm.LABELS: ((0,), (1, 0, 2)),
    Imm.VALTYPES: ((I32,), (FUNCREF, I32), ()),
    Imm.HEAPTYPE: (AbsHeapType.FUNC, 0),
    Imm.CAST: ((RefType(True, AbsHeapType.ANY), RefType(False, 0)),),
    Imm.MEMARG: (MemArg(0, 0), MemArg(4, 7, 1)),
    Imm.LANE: (0, 255),
    Imm.LANES: (tuple(range(16)),),
    Imm.I32: (0, 2**32 - 1),
    Imm.I64: (2**63, 5),
    Imm.F32: (0x7F800001, 0x3F800000),
    Imm.F64: (1, 0xFFF8000000000000),
    Imm.V128: (bytes(range(16)),),
    Imm.ORDER: (0,),
}
"""Examples for each kind of immediate. All others are indices."""


def instructions(row: Opcode) -> Iterator[tuple[Opcode, tuple[object, ...], int]]:
    examples = [EXAMPLES.get(kind, (0, 1)) for kind in row.immediates]
    for number in range(max([1, *map(len, examples)])):
        yield row, tuple(choices[number % len(choices)] for choices in examples), 0


BLOCKS = {"block": "{} end", "loop": "{} end", "if": "{} end", "try": "{} end", "try_table": "{} end"}
WITHIN = {"else": "if {} end", "end": "block {}", "catch": "try {} end", "catch_all": "try {} end", "delegate": "try {}"}


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.mnemonic)
def test_every_row_prints_what_parses_back_to_it(row: Opcode) -> None:
    for instr in instructions(row):
        text = BLOCKS.get(row.mnemonic, WITHIN.get(row.mnemonic, "{}")).format(print_instruction(instr))

        body = parse_module(f"(type (func)) (func {text})").funcs[0].body

        assert instr[:2] in [parsed[:2] for parsed in body]


@pytest.mark.parametrize(
    ("mnemonic", "immediates", "text"),
    [
        ("i32.const", (0xFFFFFFFF,), "i32.const -1"),
        ("i32.load", (MemArg(2, 0),), "i32.load"),
        ("i32.load", (MemArg(0, 8, 1),), "i32.load 1 offset=8 align=1"),
        ("v128.load8_lane", (MemArg(0, 0, 2), 3), "v128.load8_lane 2 3"),
        ("memory.size", (0,), "memory.size"),
        ("memory.init", (1, 0), "memory.init 1"),
        ("memory.init", (1, 2), "memory.init 2 1"),
        ("call_indirect", (3, 0), "call_indirect (type 3)"),
        ("call_indirect", (3, 1), "call_indirect 1 (type 3)"),
        ("select_t", ((I32,),), "select (result i32)"),
        ("ref.cast_null", (0,), "ref.cast (ref null 0)"),
        ("f32.const", (0x3DCCCCCD,), "f32.const 0.1"),
    ],
)
def test_instructions_are_written_shortly(mnemonic: str, immediates: tuple[object, ...], text: str) -> None:
    assert print_instruction((BY_MNEMONIC[mnemonic], immediates, 0)) == text


def printed(text: str) -> list[str]:
    module = parse_module(text)
    names = module.names.labels.get(0, {})
    printer = InstructionPrinter(Identifiers(module), {}, {number: f"${name}" for number, name in names.items()})
    return [line for _, line in print_expression(printer, module.funcs[0].body)]


def test_blocks_are_indented_and_labels_called_by_name_unless_hidden() -> None:
    assert printed("(func block $a block $a br $a br 1 br 2 end if $b br $b else br $a end end)") == [
        "block $a",
        "  block $a",
        "    br $a",
        "    br 1",
        "    br 2",
        "  end",
        "  if $b",
        "    br $b",
        "  else",
        "    br $a",
        "  end",
        "end",
    ]


def test_arms_of_try_stand_where_it_stands() -> None:
    assert printed("(tag $t) (func block $l try $m br $m catch $t catch_all end try delegate $l end)") == [
        "block $l",
        "  try $m",
        "    br $m",
        "  catch $t",
        "  catch_all",
        "  end",
        "  try",
        "  delegate $l",
        "end",
    ]


def test_indentation_ends_somewhere() -> None:
    lines = printed("(func " + "block " * 5000 + "end " * 5000 + ")")

    assert max(map(len, lines)) < 100
