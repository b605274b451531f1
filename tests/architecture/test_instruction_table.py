"""The instruction table has no hole, no double and no mistake that another engine would notice."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from pywasm_vm.binary.decode import decode_module
from pywasm_vm.features import WASM_3_0, Feature
from pywasm_vm.isa import control, memory, numeric, reference, vector
from pywasm_vm.isa.opcode import Effect, Imm, Opcode, stack_words
from pywasm_vm.isa.table import ALL, BY_CODE, BY_MNEMONIC, NUMBER, PREFIXED, SINGLE, SPELT_LIKE

FIXTURE = Path(__file__).parent / "fixtures" / "instructions.txt"

WORDS = {"i32", "i64", "f32", "f64", "v128", "addr", "eqref", "i31ref", "arrayref"}
"""Every word that a stack type may be made of. A new one needs a type in validation."""

FAMILIES = {"control": control, "numeric": numeric, "memory": memory, "reference": reference, "vector": vector}

IMMEDIATES = {
    Imm.I32: "7",
    Imm.I64: "7",
    Imm.F32: "0.5",
    Imm.F64: "0.5",
    Imm.V128: "i32x4 1 2 3 4",
    Imm.LANE: "1",
    Imm.LANES: "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
    Imm.MEMARG: "offset=3",
    Imm.ORDER: "",
    Imm.LABELIDX: "0",
    Imm.LABELS: "0 0",
    Imm.VALTYPES: "(result i32)",
    Imm.HEAPTYPE: "any",
    Imm.FUNCIDX: "0",
    Imm.TYPEIDX: "1",
    Imm.FIELDIDX: "0",
    Imm.COUNT: "2",
    Imm.TAGIDX: "0",
    Imm.LOCALIDX: "0",
    Imm.GLOBALIDX: "0",
    Imm.MEMIDX: "0",
    Imm.TABLEIDX: "0",
    Imm.DATAIDX: "0",
    Imm.ELEMIDX: "0",
}
"""An example of each kind of immediate in the text format; indices name what CONTEXT holds."""

PHRASES = {
    "block": "block end",
    "loop": "loop end",
    "if": "if end",
    "else": "if else end",
    "end": "",
    "try": "try end",
    "catch": "try catch 0 end",
    "catch_all": "try catch_all end",
    "delegate": "try delegate 0",
    "try_table": "try_table (catch 0 0) (catch_all 0) end",
    "call_indirect": "call_indirect 0 (type 0)",
    "return_call_indirect": "return_call_indirect 0 (type 0)",
    "ref.test": "ref.test (ref any)",
    "ref.test_null": "ref.test (ref null any)",
    "ref.cast": "ref.cast (ref any)",
    "ref.cast_null": "ref.cast (ref null any)",
    "br_on_cast": "br_on_cast 0 (ref null any) (ref i31)",
    "br_on_cast_fail": "br_on_cast_fail 0 (ref null any) (ref i31)",
    "struct.new_desc": "struct.new_desc 2",
    "struct.new_default_desc": "struct.new_default_desc 2",
    "ref.get_desc": "ref.get_desc 2",
    "ref.cast_desc_eq": "ref.cast_desc_eq (ref (exact 2))",
    "ref.cast_desc_eq_null": "ref.cast_desc_eq (ref null 2)",
    "br_on_cast_desc_eq": "br_on_cast_desc_eq 0 (ref null any) (ref 2)",
    "br_on_cast_desc_eq_fail": "br_on_cast_desc_eq_fail 0 (ref null any) (ref (exact 2))",
    "memory.init": "memory.init 0 0",
    "table.init": "table.init 0 0",
}
"""How an instruction is written that is not its mnemonic and its immediates in order."""

CONTEXT = """
    (type (func)) (type (array (mut i32))) (tag) (memory 1) (table 1 funcref) (global (mut i32) (i32.const 0))
    (data "x") (elem declare func 0)
"""


def phrase(row: Opcode) -> str:
    """*row* in the text format, with some immediates."""
    if row.mnemonic in PHRASES:
        return PHRASES[row.mnemonic]
    return " ".join([SPELT_LIKE.get(row.mnemonic, row.mnemonic), *(IMMEDIATES[kind] for kind in row.immediates)])


def opcode_bytes(row: Opcode) -> bytes:
    """The opcode as it is written: a byte, or a prefix and a LEB128 number of at most two bytes."""
    if len(row.code) == 1:
        return bytes(row.code)
    prefix, number = row.code
    return bytes([prefix, number] if number < 128 else [prefix, number & 127 | 128, number >> 7])


def test_no_opcode_mnemonic_or_number_stands_twice():
    assert len(BY_CODE) == len(BY_MNEMONIC) == len(ALL)
    assert [NUMBER[row] for row in ALL] == list(range(len(ALL)))
    assert len({row.name for row in ALL}) == len(ALL)


def test_look_up_by_byte_and_prefix_finds_every_row():
    found = [row for row in SINGLE if row is not None]
    found += [row for rows in PREFIXED.values() for row in rows.values()]

    assert set(found) == set(ALL)
    assert all(SINGLE[prefix] is None for prefix in PREFIXED)


@pytest.mark.parametrize("family", FAMILIES)
def test_family_is_sorted_by_opcode(family):
    rows = FAMILIES[family].ROWS

    assert [row.code for row in rows] == sorted(row.code for row in rows)


def test_names_are_identifiers():
    assert all(row.name.isidentifier() for row in ALL)
    assert [row.name for row in ALL if keyword.iskeyword(row.name)] == ["if", "else", "try", "return"]


def test_stack_types_are_made_of_known_words():
    for row in ALL:
        if row.stack is not None:
            pops, pushes = stack_words(row.stack)
            assert set(pops + pushes) <= WORDS, row
            assert "addr" not in pops + pushes or {Imm.MEMARG, Imm.MEMIDX, Imm.TABLEIDX} & set(row.immediates), row


def test_standard_has_499_instructions():
    """The number of entries in the standard's own index."""
    proposals = {feature for feature in Feature if feature not in WASM_3_0}

    assert sum(row.since not in proposals for row in ALL) == 499


def test_expression_takes_each_operand_at_most_once():
    """Else an operand with an effect, or a long one, would run twice."""
    for row in ALL:
        if row.py is not None:
            counts = Counter(re.findall(r"\{(\w+)\}", row.py))
            operands = [str(position) for position in range(len(stack_words(row.stack or "->")[0]))]
            assert set(counts) <= {*operands, "i0"}, row
            assert set(counts.values()) == {1}, row
            assert set(operands) <= set(counts), row


def test_effects_agree_with_what_the_row_says():
    for row in ALL:
        accesses = Imm.MEMARG in row.immediates
        assert accesses == (row.width > 0), row
        if accesses:
            assert row.effect in (Effect.READS, Effect.WRITES), row
        if row.py is not None:
            assert row.effect in (Effect.PURE, Effect.TRAPS), row
        if row.const_since is not None:
            assert row.const, row


def test_table_is_the_one_written_down():
    """A slip in a row would else be noticed only where somebody happens to use the instruction."""
    written = [line for line in FIXTURE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = []
    for row in ALL:
        code = ":".join(f"{part:02X}" for part in row.code)
        stack = "*"
        if row.stack is not None:
            pops, pushes = stack_words(row.stack)
            stack = f"[{' '.join(pops)}] -> [{' '.join(pushes)}]"
        rows.append(f"{code:<7} {row.mnemonic:<38} {stack}")

    assert rows == written


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.mnemonic)
def test_another_assembler_writes_the_same_opcode(row: Opcode, wat: Callable[[str], bytes]):
    """And the decoder finds the row and as many immediates as it has."""
    described = "(rec (type (descriptor 3) (struct)) (type (describes 2) (struct)))"
    content = wat(f"(module {CONTEXT} {described} (func (local i32) {phrase(row)}))")
    func = decode_module(content).funcs[-1]
    body = content[func.offset : func.offset + func.size]
    instructions = list(func.body)

    assert opcode_bytes(row) in body[3:]
    found = [immediates for found, immediates, _ in instructions if found is row]
    assert found, f"{instructions} has no {row.mnemonic}"
    assert len(found[0]) == len(row.immediates)


@pytest.mark.parametrize("row", [row for row in ALL if row.stack is not None], ids=lambda row: row.mnemonic)
def test_another_validator_agrees_with_the_stack_type(row: Opcode, wat: Callable[[str], bytes]):
    """A function of exactly that type, with the operands as parameters, is valid."""
    wasmtime = pytest.importorskip("wasmtime")
    config = wasmtime.Config()
    for name in dir(config):
        if name.startswith("wasm_") and "component" not in name and name != "wasm_stack_switching":
            setattr(config, name, True)
    pops, pushes = stack_words(row.stack or "")
    types = {"addr": "i32"}
    params = "".join(f" (param {types.get(word, word)})" for word in pops)
    results = "".join(f" (result {types.get(word, word)})" for word in pushes)
    operands = " ".join(f"local.get {position}" for position in range(len(pops)))

    content = wat(f"(module {CONTEXT} (func) (func {params} {results} {operands} {phrase(row)}))")

    wasmtime.Module.validate(wasmtime.Engine(config), content)
