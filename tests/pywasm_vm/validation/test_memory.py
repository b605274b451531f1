"""Rules of memories, tables and segments, and the immediates of loads and stores."""

from __future__ import annotations

import pytest

from pywasm_vm.features import RUNNABLE

INVALID = [
    ("(func i32.const 0 i32.load drop)", "unknown memory 0: the module has none"),
    (
        "(memory 1) (func i32.const 0 i32.load align=8 drop)",
        "alignment must not be larger than natural: 2**3 is more than 4 bytes",
    ),
    ("(memory 1) (func i32.const 0 i32.const 0 i32.store16 align=4)", "alignment must not be larger than natural"),
    ("(memory 1) (func i64.const 0 i32.load drop)", "type mismatch: instruction requires [i32] but stack has [i64]: i32.load"),
    ("(memory i64 1) (func i32.const 0 i32.load drop)", "type mismatch: instruction requires [i64] but stack has [i32]"),
    ("(memory 1) (memory 1) (func i32.const 0 i32.load 2 drop)", "unknown memory 2: the last one is 1"),
    (
        "(memory 1) (func i32.const 0 f32.const 1 i32.store)",
        "type mismatch: instruction requires [i32 i32] but stack has [i32 f32]",
    ),
    ("(memory 1) (func memory.size drop drop)", "type mismatch: instruction requires [anything]"),
    ("(func memory.size drop)", "unknown memory 0"),
    ("(memory 1) (func i32.const 0 i32.const 0 i32.const 0 memory.init 0)", "unknown data segment 0: the module has none"),
    ('(memory 1) (data "") (func data.drop 1)', "unknown data segment 1: the last one is 0"),
    (
        "(memory i64 1) (memory 1) (func i64.const 0 i32.const 0 i64.const 0 memory.copy 0 1)",
        "type mismatch: instruction requires [i64 i32 i32]",
    ),
    ("(memory 1) (func i32.const 0 i64.const 0 i32.const 0 memory.fill)", "type mismatch: instruction requires [i32 i32 i32]"),
    ("(func i32.const 0 table.get 0 drop)", "unknown table 0: the module has none"),
    (
        "(table 1 externref) (func i32.const 0 ref.null func table.set 0)",
        "type mismatch: instruction requires [i32 (ref null extern)]",
    ),
    (
        "(table 1 funcref) (table 1 externref) (func i32.const 0 i32.const 0 i32.const 0 table.copy 0 1)",
        "type mismatch: table 1 holds",
    ),
    (
        "(table 1 funcref) (elem externref) (func i32.const 0 i32.const 0 i32.const 0 table.init 0 0)",
        "type mismatch: element segment 0",
    ),
    (
        "(table 1 funcref) (func i32.const 0 i32.const 0 i32.const 0 table.init 0 0)",
        "unknown elem segment 0: the module has none",
    ),
    ("(func elem.drop 0)", "unknown elem segment 0"),
    (
        "(table 1 funcref) (func i32.const 1 ref.null func table.grow 0 drop)",
        "type mismatch: instruction requires [(ref null func) i32]",
    ),
    (
        "(table 1 funcref) (func i32.const 1 i32.const 1 i32.const 1 table.fill 0)",
        "type mismatch: instruction requires [i32 (ref null func) i32]",
    ),
    ("(memory 1 1 shared) (func i32.const 0 i32.atomic.load align=2 drop)", "alignment must be natural in atomic accesses"),
    ("(memory 1) (func i32.const 0 v128.const i64x2 0 0 v128.load16_lane 8 drop)", "invalid lane index 8: the shape has 8 lanes"),
    ("(func v128.const i64x2 0 0 i32x4.extract_lane 4 drop)", "invalid lane index 4: the shape has 4 lanes"),
    (
        "(func v128.const i64x2 0 0 v128.const i64x2 0 0 i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 32 drop)",
        "invalid lane index 32",
    ),
]

VALID = {
    "loads and stores of all widths": """(memory 1) (func
        i32.const 0 i64.load32_u offset=4294967295 align=4 drop i32.const 0 f64.const 1 f64.store align=8)""",
    "a second memory": "(memory 1) (memory 2) (func (result i32) i32.const 0 i32.load 1 memory.size 1 drop)",
    "a memory with long addresses": """(memory i64 1) (func (result i64)
        i64.const 0 i64.load offset=0x1_0000_0000 i64.const 0 i32.const 1 i32.store i64.const 1 memory.grow drop)""",
    "a copy between memories of two address types": """(memory i64 1) (memory 1) (func
        i64.const 0 i32.const 0 i32.const 0 memory.copy 0 1 i32.const 0 i64.const 0 i32.const 0 memory.copy 1 0)""",
    "segments": """(memory 1) (data "x") (table 1 funcref) (elem func 0) (func
        i32.const 0 i32.const 0 i32.const 0 memory.init 0 data.drop 0
        i32.const 0 i32.const 0 i32.const 0 table.init 0 elem.drop 0)""",
    "tables": """(table 1 funcref) (table i64 1 externref) (func (param funcref externref)
        i32.const 0 local.get 0 table.set 0 i64.const 0 table.get 1 drop local.get 0 i32.const 1 table.grow 0 drop
        i64.const 0 local.get 1 i64.const 1 table.fill 1 i32.const 0 i32.const 0 i32.const 1 table.copy 0 0)""",
}


@pytest.mark.parametrize(("fields", "reason"), INVALID, ids=range(len(INVALID)))
def test_is_refused(refusal, fields, reason):
    assert refusal(fields).reason.startswith(reason)


@pytest.mark.parametrize("fields", VALID.values(), ids=VALID)
def test_is_valid(check, fields):
    check(fields)


def test_an_offset_beyond_32_bits_is_refused_in_a_32_bit_memory(refusal_of_memarg):
    assert refusal_of_memarg(offset=1 << 32).startswith("offset out of range: 4294967296 does not fit the 32-bit memory 0")


def test_a_second_memory_needs_its_feature(check, refusal):
    fields = "(memory 1) (memory 1)"
    check(fields, RUNNABLE)

    reason = refusal(fields, RUNNABLE - {f for f in RUNNABLE if f.value == "multi-memory"}).reason

    assert reason.startswith("multiple memories: a module with more than one memory needs the feature multi-memory")
