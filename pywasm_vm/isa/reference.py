"""Rows: references, structs, arrays, i31, casts and extern conversions.

Lives here: one row for each of these instructions, in the order of their opcodes.
Not here: the branches on casts and on null, which are control.

`ref.test_null`, `ref.cast_null` and `ref.cast_desc_eq_null` are the instructions without `_null` with a nullable type: the text
format spells them alike, the opcode tells. The words `eqref`, `i31ref` and `arrayref` stand for the nullable types of these names.

spec: syntax/instructions, reference and aggregate instructions
"""

from __future__ import annotations

from pywasm_vm.features import Feature
from pywasm_vm.isa.opcode import Effect, Imm, Opcode, row

__all__ = ["ROWS"]

PURE, TRAPS, READS, WRITES = Effect.PURE, Effect.TRAPS, Effect.READS, Effect.WRITES

HEAPTYPE, FUNCIDX, TYPEIDX, FIELDIDX, COUNT, DATAIDX, ELEMIDX = (
    Imm.HEAPTYPE, Imm.FUNCIDX, Imm.TYPEIDX, Imm.FIELDIDX, Imm.COUNT, Imm.DATAIDX, Imm.ELEMIDX
)  # fmt: skip

DESCRIPTORS = Feature.CUSTOM_DESCRIPTORS
FUNCREFS = Feature.FUNCTION_REFERENCES
GC = Feature.GC
REFTYPES = Feature.REFERENCE_TYPES

# fmt: off
ROWS: tuple[Opcode, ...] = (
    row("ref.null",           0xD0,       None,                 PURE,   imm=HEAPTYPE, const=True, since=REFTYPES),
    row("ref.is_null",        0xD1,       None,                 PURE,   since=REFTYPES),
    row("ref.func",           0xD2,       None,                 PURE,   imm=FUNCIDX, const=True, since=REFTYPES),
    row("ref.eq",             0xD3,       "eqref eqref -> i32", PURE,   since=GC),
    row("ref.as_non_null",    0xD4,       None,                 TRAPS,  since=FUNCREFS),
    row("struct.new",         (0xFB, 0),  None,                 PURE,   imm=TYPEIDX, const=True, since=GC),
    row("struct.new_default", (0xFB, 1),  None,                 PURE,   imm=TYPEIDX, const=True, since=GC),
    row("struct.get",         (0xFB, 2),  None,                 READS,  imm=(TYPEIDX, FIELDIDX), since=GC),
    row("struct.get_s",       (0xFB, 3),  None,                 READS,  imm=(TYPEIDX, FIELDIDX), since=GC, spec="struct.get"),
    row("struct.get_u",       (0xFB, 4),  None,                 READS,  imm=(TYPEIDX, FIELDIDX), since=GC, spec="struct.get"),
    row("struct.set",         (0xFB, 5),  None,                 WRITES, imm=(TYPEIDX, FIELDIDX), since=GC),
    row("array.new",          (0xFB, 6),  None,                 TRAPS,  imm=TYPEIDX, const=True, since=GC),
    row("array.new_default",  (0xFB, 7),  None,                 TRAPS,  imm=TYPEIDX, const=True, since=GC),
    row("array.new_fixed",    (0xFB, 8),  None,                 PURE,   imm=(TYPEIDX, COUNT), const=True, since=GC),
    row("array.new_data",     (0xFB, 9),  None,                 READS,  imm=(TYPEIDX, DATAIDX), since=GC),
    row("array.new_elem",     (0xFB, 10), None,                 READS,  imm=(TYPEIDX, ELEMIDX), since=GC),
    row("array.get",          (0xFB, 11), None,                 READS,  imm=TYPEIDX, since=GC),
    row("array.get_s",        (0xFB, 12), None,                 READS,  imm=TYPEIDX, since=GC, spec="array.get"),
    row("array.get_u",        (0xFB, 13), None,                 READS,  imm=TYPEIDX, since=GC, spec="array.get"),
    row("array.set",          (0xFB, 14), None,                 WRITES, imm=TYPEIDX, since=GC),
    row("array.len",          (0xFB, 15), "arrayref -> i32",    TRAPS,  since=GC),
    row("array.fill",         (0xFB, 16), None,                 WRITES, imm=TYPEIDX, since=GC),
    row("array.copy",         (0xFB, 17), None,                 WRITES, imm=(TYPEIDX, TYPEIDX), since=GC),
    row("array.init_data",    (0xFB, 18), None,                 WRITES, imm=(TYPEIDX, DATAIDX), since=GC),
    row("array.init_elem",    (0xFB, 19), None,                 WRITES, imm=(TYPEIDX, ELEMIDX), since=GC),
    row("ref.test",           (0xFB, 20), None,                 PURE,   imm=HEAPTYPE, since=GC),
    row("ref.test_null",      (0xFB, 21), None,                 PURE,   imm=HEAPTYPE, since=GC, spec="ref.test"),
    row("ref.cast",           (0xFB, 22), None,                 TRAPS,  imm=HEAPTYPE, since=GC),
    row("ref.cast_null",      (0xFB, 23), None,                 TRAPS,  imm=HEAPTYPE, since=GC, spec="ref.cast"),
    row("any.convert_extern", (0xFB, 26), None,                 PURE,   const=True, since=GC),
    row("extern.convert_any", (0xFB, 27), None,                 PURE,   const=True, since=GC),
    row("ref.i31",            (0xFB, 28), None,                 PURE,   const=True, since=GC),
    row("i31.get_s",          (0xFB, 29), "i31ref -> i32",      TRAPS,  since=GC, spec="i31.get"),
    row("i31.get_u",          (0xFB, 30), "i31ref -> i32",      TRAPS,  since=GC, spec="i31.get"),
    row("struct.new_desc",    (0xFB, 32), None,                 TRAPS,  imm=TYPEIDX, const=True, since=DESCRIPTORS),
    row("struct.new_default_desc", (0xFB, 33), None,            TRAPS,  imm=TYPEIDX, const=True, since=DESCRIPTORS),
    row("ref.get_desc",       (0xFB, 34), None,                 TRAPS,  imm=TYPEIDX, since=DESCRIPTORS),
    row("ref.cast_desc_eq",   (0xFB, 35), None,                 TRAPS,  imm=HEAPTYPE, since=DESCRIPTORS),
    row("ref.cast_desc_eq_null", (0xFB, 36), None,              TRAPS,  imm=HEAPTYPE, since=DESCRIPTORS, spec="ref.cast_desc_eq"),
)
# fmt: on
