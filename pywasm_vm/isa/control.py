"""Rows: blocks, branches, calls, exceptions, drop and select, locals and globals.

Lives here: one row for each of these instructions, in the order of their opcodes.
Not here: what they do. Validation, the tiers and the text format have a file of the same name.

`else`, `end`, `catch`, `catch_all` and `delegate` are words inside other instructions; they are rows because expressions are
flat. `select` with a type is the row `select_t`: the text format spells both alike. `throw` belongs to the legacy exceptions too.

spec: syntax/instructions, control, parametric and variable instructions
"""

from __future__ import annotations

from pywasm_vm.features import Feature
from pywasm_vm.isa.opcode import Effect, Imm, Opcode, row

__all__ = ["ROWS"]

PURE, READS, WRITES, CONTROL = Effect.PURE, Effect.READS, Effect.WRITES, Effect.CONTROL

BLOCKTYPE, LABELIDX, LABELS, CATCHES, CAST, VALTYPES = (
    Imm.BLOCKTYPE, Imm.LABELIDX, Imm.LABELS, Imm.CATCHES, Imm.CAST, Imm.VALTYPES
)  # fmt: skip
FUNCIDX, TYPEIDX, TABLEIDX, TAGIDX, LOCALIDX, GLOBALIDX = (
    Imm.FUNCIDX, Imm.TYPEIDX, Imm.TABLEIDX, Imm.TAGIDX, Imm.LOCALIDX, Imm.GLOBALIDX
)  # fmt: skip

DESCRIPTORS = Feature.CUSTOM_DESCRIPTORS
EXCEPTIONS = Feature.EXCEPTIONS
FUNCREFS = Feature.FUNCTION_REFERENCES
GC = Feature.GC
LEGACY = Feature.LEGACY_EXCEPTIONS
REFTYPES = Feature.REFERENCE_TYPES
TAIL = Feature.TAIL_CALLS

# fmt: off
ROWS: tuple[Opcode, ...] = (
    row("unreachable",          0x00,       None, CONTROL),
    row("nop",                  0x01,       "->", PURE),
    row("block",                0x02,       None, CONTROL, imm=BLOCKTYPE),
    row("loop",                 0x03,       None, CONTROL, imm=BLOCKTYPE),
    row("if",                   0x04,       None, CONTROL, imm=BLOCKTYPE),
    row("else",                 0x05,       None, CONTROL, spec="if"),
    row("try",                  0x06,       None, CONTROL, imm=BLOCKTYPE, since=LEGACY),
    row("catch",                0x07,       None, CONTROL, imm=TAGIDX, since=LEGACY, spec="try"),
    row("throw",                0x08,       None, CONTROL, imm=TAGIDX, since=EXCEPTIONS),
    row("rethrow",              0x09,       None, CONTROL, imm=LABELIDX, since=LEGACY),
    row("throw_ref",            0x0A,       None, CONTROL, since=EXCEPTIONS),
    row("end",                  0x0B,       None, CONTROL, spec="block"),
    row("br",                   0x0C,       None, CONTROL, imm=LABELIDX),
    row("br_if",                0x0D,       None, CONTROL, imm=LABELIDX),
    row("br_table",             0x0E,       None, CONTROL, imm=LABELS),
    row("return",               0x0F,       None, CONTROL),
    row("call",                 0x10,       None, CONTROL, imm=FUNCIDX),
    row("call_indirect",        0x11,       None, CONTROL, imm=(TYPEIDX, TABLEIDX)),
    row("return_call",          0x12,       None, CONTROL, imm=FUNCIDX, since=TAIL),
    row("return_call_indirect", 0x13,       None, CONTROL, imm=(TYPEIDX, TABLEIDX), since=TAIL),
    row("call_ref",             0x14,       None, CONTROL, imm=TYPEIDX, since=FUNCREFS),
    row("return_call_ref",      0x15,       None, CONTROL, imm=TYPEIDX, since=TAIL),
    row("delegate",             0x18,       None, CONTROL, imm=LABELIDX, since=LEGACY, spec="try"),
    row("catch_all",            0x19,       None, CONTROL, since=LEGACY, spec="try"),
    row("drop",                 0x1A,       None, PURE),
    row("select",               0x1B,       None, PURE),
    row("select_t",             0x1C,       None, PURE,    imm=VALTYPES, since=REFTYPES, spec="select"),
    row("try_table",            0x1F,       None, CONTROL, imm=(BLOCKTYPE, CATCHES), since=EXCEPTIONS),
    row("local.get",            0x20,       None, READS,   imm=LOCALIDX),
    row("local.set",            0x21,       None, WRITES,  imm=LOCALIDX),
    row("local.tee",            0x22,       None, WRITES,  imm=LOCALIDX),
    row("global.get",           0x23,       None, READS,   imm=GLOBALIDX, const=True),
    row("global.set",           0x24,       None, WRITES,  imm=GLOBALIDX),
    row("br_on_null",           0xD5,       None, CONTROL, imm=LABELIDX, since=FUNCREFS),
    row("br_on_non_null",       0xD6,       None, CONTROL, imm=LABELIDX, since=FUNCREFS),
    row("br_on_cast",           (0xFB, 24), None, CONTROL, imm=(LABELIDX, CAST), since=GC),
    row("br_on_cast_fail",      (0xFB, 25), None, CONTROL, imm=(LABELIDX, CAST), since=GC),
    row("br_on_cast_desc_eq",   (0xFB, 37), None, CONTROL, imm=(LABELIDX, CAST), since=DESCRIPTORS),
    row("br_on_cast_desc_eq_fail", (0xFB, 38), None, CONTROL, imm=(LABELIDX, CAST), since=DESCRIPTORS),
)
# fmt: on
