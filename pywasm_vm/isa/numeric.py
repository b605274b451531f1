"""Rows: constants, tests, comparisons, arithmetic and conversions of i32, i64, f32 and f64.

Lives here: one row for each of these instructions, in the order of their opcodes.
Not here: the functions of numerics that stand in for a row without an expression.

How to read `py`: i32 and i64 are Python ints from 0 to 2**n - 1, f32 and f64 are Python floats, and an f32 is a float that an
f32 can hold. Division by zero is Python's own ZeroDivisionError in `div_u` and `rem_u`; whoever runs the expression turns it
into the trap. A rotation is a shift of the number written twice. `* 1.0` is the quickest way from int to float, rounds to
nearest, and makes a signalling NaN quiet.

spec: syntax/instructions, numeric instructions
"""

from __future__ import annotations

from pywasm_vm.features import Feature
from pywasm_vm.isa.opcode import Effect, Imm, Opcode, row

__all__ = ["ROWS"]

PURE, TRAPS = Effect.PURE, Effect.TRAPS

I32, I64, F32, F64 = Imm.I32, Imm.I64, Imm.F32, Imm.F64

EXTEND = Feature.SIGN_EXTENSION
EXTENDED = Feature.EXTENDED_CONST
SATURATE = Feature.SATURATING_CONVERSIONS
WIDE = Feature.WIDE_ARITHMETIC

# fmt: off
ROWS: tuple[Opcode, ...] = (
    row("i32.const", 0x41, "-> i32", PURE, imm=I32, py="{i0}", const=True, spec="const"),
    row("i64.const", 0x42, "-> i64", PURE, imm=I64, py="{i0}", const=True, spec="const"),
    row("f32.const", 0x43, "-> f32", PURE, imm=F32, const=True, spec="const"),
    row("f64.const", 0x44, "-> f64", PURE, imm=F64, const=True, spec="const"),

    row("i32.eqz",  0x45, "i32 -> i32",     PURE, py="{0} == 0", spec="testop"),
    row("i32.eq",   0x46, "i32 i32 -> i32", PURE, py="{0} == {1}", spec="relop"),
    row("i32.ne",   0x47, "i32 i32 -> i32", PURE, py="{0} != {1}", spec="relop"),
    row("i32.lt_s", 0x48, "i32 i32 -> i32", PURE, py="({0} ^ S32) < ({1} ^ S32)", spec="relop"),
    row("i32.lt_u", 0x49, "i32 i32 -> i32", PURE, py="{0} < {1}", spec="relop"),
    row("i32.gt_s", 0x4A, "i32 i32 -> i32", PURE, py="({0} ^ S32) > ({1} ^ S32)", spec="relop"),
    row("i32.gt_u", 0x4B, "i32 i32 -> i32", PURE, py="{0} > {1}", spec="relop"),
    row("i32.le_s", 0x4C, "i32 i32 -> i32", PURE, py="({0} ^ S32) <= ({1} ^ S32)", spec="relop"),
    row("i32.le_u", 0x4D, "i32 i32 -> i32", PURE, py="{0} <= {1}", spec="relop"),
    row("i32.ge_s", 0x4E, "i32 i32 -> i32", PURE, py="({0} ^ S32) >= ({1} ^ S32)", spec="relop"),
    row("i32.ge_u", 0x4F, "i32 i32 -> i32", PURE, py="{0} >= {1}", spec="relop"),

    row("i64.eqz",  0x50, "i64 -> i32",     PURE, py="{0} == 0", spec="testop"),
    row("i64.eq",   0x51, "i64 i64 -> i32", PURE, py="{0} == {1}", spec="relop"),
    row("i64.ne",   0x52, "i64 i64 -> i32", PURE, py="{0} != {1}", spec="relop"),
    row("i64.lt_s", 0x53, "i64 i64 -> i32", PURE, py="({0} ^ S64) < ({1} ^ S64)", spec="relop"),
    row("i64.lt_u", 0x54, "i64 i64 -> i32", PURE, py="{0} < {1}", spec="relop"),
    row("i64.gt_s", 0x55, "i64 i64 -> i32", PURE, py="({0} ^ S64) > ({1} ^ S64)", spec="relop"),
    row("i64.gt_u", 0x56, "i64 i64 -> i32", PURE, py="{0} > {1}", spec="relop"),
    row("i64.le_s", 0x57, "i64 i64 -> i32", PURE, py="({0} ^ S64) <= ({1} ^ S64)", spec="relop"),
    row("i64.le_u", 0x58, "i64 i64 -> i32", PURE, py="{0} <= {1}", spec="relop"),
    row("i64.ge_s", 0x59, "i64 i64 -> i32", PURE, py="({0} ^ S64) >= ({1} ^ S64)", spec="relop"),
    row("i64.ge_u", 0x5A, "i64 i64 -> i32", PURE, py="{0} >= {1}", spec="relop"),

    row("f32.eq", 0x5B, "f32 f32 -> i32", PURE, py="{0} == {1}", spec="relop"),
    row("f32.ne", 0x5C, "f32 f32 -> i32", PURE, py="{0} != {1}", spec="relop"),
    row("f32.lt", 0x5D, "f32 f32 -> i32", PURE, py="{0} < {1}", spec="relop"),
    row("f32.gt", 0x5E, "f32 f32 -> i32", PURE, py="{0} > {1}", spec="relop"),
    row("f32.le", 0x5F, "f32 f32 -> i32", PURE, py="{0} <= {1}", spec="relop"),
    row("f32.ge", 0x60, "f32 f32 -> i32", PURE, py="{0} >= {1}", spec="relop"),
    row("f64.eq", 0x61, "f64 f64 -> i32", PURE, py="{0} == {1}", spec="relop"),
    row("f64.ne", 0x62, "f64 f64 -> i32", PURE, py="{0} != {1}", spec="relop"),
    row("f64.lt", 0x63, "f64 f64 -> i32", PURE, py="{0} < {1}", spec="relop"),
    row("f64.gt", 0x64, "f64 f64 -> i32", PURE, py="{0} > {1}", spec="relop"),
    row("f64.le", 0x65, "f64 f64 -> i32", PURE, py="{0} <= {1}", spec="relop"),
    row("f64.ge", 0x66, "f64 f64 -> i32", PURE, py="{0} >= {1}", spec="relop"),

    row("i32.clz",    0x67, "i32 -> i32",     PURE,  py="32 - ({0}).bit_length()", spec="unop"),
    row("i32.ctz",    0x68, "i32 -> i32",     PURE,  spec="unop"),
    row("i32.popcnt", 0x69, "i32 -> i32",     PURE,  py="({0}).bit_count()", spec="unop"),
    row("i32.add",    0x6A, "i32 i32 -> i32", PURE,  py="{0} + {1}", wraps=True, const=EXTENDED, spec="binop"),
    row("i32.sub",    0x6B, "i32 i32 -> i32", PURE,  py="{0} - {1}", wraps=True, const=EXTENDED, spec="binop"),
    row("i32.mul",    0x6C, "i32 i32 -> i32", PURE,  py="{0} * {1}", wraps=True, const=EXTENDED, spec="binop"),
    row("i32.div_s",  0x6D, "i32 i32 -> i32", TRAPS, spec="binop"),
    row("i32.div_u",  0x6E, "i32 i32 -> i32", TRAPS, py="{0} // {1}", spec="binop"),
    row("i32.rem_s",  0x6F, "i32 i32 -> i32", TRAPS, spec="binop"),
    row("i32.rem_u",  0x70, "i32 i32 -> i32", TRAPS, py="{0} % {1}", spec="binop"),
    row("i32.and",    0x71, "i32 i32 -> i32", PURE,  py="{0} & {1}", spec="binop"),
    row("i32.or",     0x72, "i32 i32 -> i32", PURE,  py="{0} | {1}", spec="binop"),
    row("i32.xor",    0x73, "i32 i32 -> i32", PURE,  py="{0} ^ {1}", spec="binop"),
    row("i32.shl",    0x74, "i32 i32 -> i32", PURE,  py="{0} << ({1} & 31)", wraps=True, spec="binop"),
    row("i32.shr_s",  0x75, "i32 i32 -> i32", PURE,  py="({0} ^ S32) - S32 >> ({1} & 31) & M32", spec="binop"),
    row("i32.shr_u",  0x76, "i32 i32 -> i32", PURE,  py="{0} >> ({1} & 31)", spec="binop"),
    row("i32.rotl",   0x77, "i32 i32 -> i32", PURE,  py="{0} * R32 >> (-{1} & 31) & M32", spec="binop"),
    row("i32.rotr",   0x78, "i32 i32 -> i32", PURE,  py="{0} * R32 >> ({1} & 31) & M32", spec="binop"),

    row("i64.clz",    0x79, "i64 -> i64",     PURE,  py="64 - ({0}).bit_length()", spec="unop"),
    row("i64.ctz",    0x7A, "i64 -> i64",     PURE,  spec="unop"),
    row("i64.popcnt", 0x7B, "i64 -> i64",     PURE,  py="({0}).bit_count()", spec="unop"),
    row("i64.add",    0x7C, "i64 i64 -> i64", PURE,  py="{0} + {1}", wraps=True, const=EXTENDED, spec="binop"),
    row("i64.sub",    0x7D, "i64 i64 -> i64", PURE,  py="{0} - {1}", wraps=True, const=EXTENDED, spec="binop"),
    row("i64.mul",    0x7E, "i64 i64 -> i64", PURE,  py="{0} * {1}", wraps=True, const=EXTENDED, spec="binop"),
    row("i64.div_s",  0x7F, "i64 i64 -> i64", TRAPS, spec="binop"),
    row("i64.div_u",  0x80, "i64 i64 -> i64", TRAPS, py="{0} // {1}", spec="binop"),
    row("i64.rem_s",  0x81, "i64 i64 -> i64", TRAPS, spec="binop"),
    row("i64.rem_u",  0x82, "i64 i64 -> i64", TRAPS, py="{0} % {1}", spec="binop"),
    row("i64.and",    0x83, "i64 i64 -> i64", PURE,  py="{0} & {1}", spec="binop"),
    row("i64.or",     0x84, "i64 i64 -> i64", PURE,  py="{0} | {1}", spec="binop"),
    row("i64.xor",    0x85, "i64 i64 -> i64", PURE,  py="{0} ^ {1}", spec="binop"),
    row("i64.shl",    0x86, "i64 i64 -> i64", PURE,  py="{0} << ({1} & 63)", wraps=True, spec="binop"),
    row("i64.shr_s",  0x87, "i64 i64 -> i64", PURE,  py="({0} ^ S64) - S64 >> ({1} & 63) & M64", spec="binop"),
    row("i64.shr_u",  0x88, "i64 i64 -> i64", PURE,  py="{0} >> ({1} & 63)", spec="binop"),
    row("i64.rotl",   0x89, "i64 i64 -> i64", PURE,  py="{0} * R64 >> (-{1} & 63) & M64", spec="binop"),
    row("i64.rotr",   0x8A, "i64 i64 -> i64", PURE,  py="{0} * R64 >> ({1} & 63) & M64", spec="binop"),

    row("f32.abs",      0x8B, "f32 -> f32",     PURE, py="abs({0})", spec="unop"),
    row("f32.neg",      0x8C, "f32 -> f32",     PURE, py="-{0}", spec="unop"),
    row("f32.ceil",     0x8D, "f32 -> f32",     PURE, spec="unop"),
    row("f32.floor",    0x8E, "f32 -> f32",     PURE, spec="unop"),
    row("f32.trunc",    0x8F, "f32 -> f32",     PURE, spec="unop"),
    row("f32.nearest",  0x90, "f32 -> f32",     PURE, spec="unop"),
    row("f32.sqrt",     0x91, "f32 -> f32",     PURE, spec="unop"),
    row("f32.add",      0x92, "f32 f32 -> f32", PURE, py="f32_round({0} + {1})", spec="binop"),
    row("f32.sub",      0x93, "f32 f32 -> f32", PURE, py="f32_round({0} - {1})", spec="binop"),
    row("f32.mul",      0x94, "f32 f32 -> f32", PURE, py="f32_round({0} * {1})", spec="binop"),
    row("f32.div",      0x95, "f32 f32 -> f32", PURE, spec="binop"),
    row("f32.min",      0x96, "f32 f32 -> f32", PURE, spec="binop"),
    row("f32.max",      0x97, "f32 f32 -> f32", PURE, spec="binop"),
    row("f32.copysign", 0x98, "f32 f32 -> f32", PURE, spec="binop"),

    row("f64.abs",      0x99, "f64 -> f64",     PURE, py="abs({0})", spec="unop"),
    row("f64.neg",      0x9A, "f64 -> f64",     PURE, py="-{0}", spec="unop"),
    row("f64.ceil",     0x9B, "f64 -> f64",     PURE, spec="unop"),
    row("f64.floor",    0x9C, "f64 -> f64",     PURE, spec="unop"),
    row("f64.trunc",    0x9D, "f64 -> f64",     PURE, spec="unop"),
    row("f64.nearest",  0x9E, "f64 -> f64",     PURE, spec="unop"),
    row("f64.sqrt",     0x9F, "f64 -> f64",     PURE, spec="unop"),
    row("f64.add",      0xA0, "f64 f64 -> f64", PURE, py="{0} + {1}", spec="binop"),
    row("f64.sub",      0xA1, "f64 f64 -> f64", PURE, py="{0} - {1}", spec="binop"),
    row("f64.mul",      0xA2, "f64 f64 -> f64", PURE, py="{0} * {1}", spec="binop"),
    row("f64.div",      0xA3, "f64 f64 -> f64", PURE, spec="binop"),
    row("f64.min",      0xA4, "f64 f64 -> f64", PURE, spec="binop"),
    row("f64.max",      0xA5, "f64 f64 -> f64", PURE, spec="binop"),
    row("f64.copysign", 0xA6, "f64 f64 -> f64", PURE, spec="binop"),

    row("i32.wrap_i64",        0xA7, "i64 -> i32", PURE,  py="{0}", wraps=True, spec="cvtop"),
    row("i32.trunc_f32_s",     0xA8, "f32 -> i32", TRAPS, spec="cvtop"),
    row("i32.trunc_f32_u",     0xA9, "f32 -> i32", TRAPS, spec="cvtop"),
    row("i32.trunc_f64_s",     0xAA, "f64 -> i32", TRAPS, spec="cvtop"),
    row("i32.trunc_f64_u",     0xAB, "f64 -> i32", TRAPS, spec="cvtop"),
    row("i64.extend_i32_s",    0xAC, "i32 -> i64", PURE,  py="({0} & M32 ^ S32) - S32", wraps=True, spec="cvtop"),
    row("i64.extend_i32_u",    0xAD, "i32 -> i64", PURE,  py="{0}", spec="cvtop"),
    row("i64.trunc_f32_s",     0xAE, "f32 -> i64", TRAPS, spec="cvtop"),
    row("i64.trunc_f32_u",     0xAF, "f32 -> i64", TRAPS, spec="cvtop"),
    row("i64.trunc_f64_s",     0xB0, "f64 -> i64", TRAPS, spec="cvtop"),
    row("i64.trunc_f64_u",     0xB1, "f64 -> i64", TRAPS, spec="cvtop"),
    row("f32.convert_i32_s",   0xB2, "i32 -> f32", PURE,  py="f32_round((({0} ^ S32) - S32) * 1.0)", spec="cvtop"),
    row("f32.convert_i32_u",   0xB3, "i32 -> f32", PURE,  py="f32_round({0} * 1.0)", spec="cvtop"),
    row("f32.convert_i64_s",   0xB4, "i64 -> f32", PURE,  spec="cvtop"),
    row("f32.convert_i64_u",   0xB5, "i64 -> f32", PURE,  spec="cvtop"),
    row("f32.demote_f64",      0xB6, "f64 -> f32", PURE,  py="f32_round({0})", spec="cvtop"),
    row("f64.convert_i32_s",   0xB7, "i32 -> f64", PURE,  py="(({0} ^ S32) - S32) * 1.0", spec="cvtop"),
    row("f64.convert_i32_u",   0xB8, "i32 -> f64", PURE,  py="{0} * 1.0", spec="cvtop"),
    row("f64.convert_i64_s",   0xB9, "i64 -> f64", PURE,  py="(({0} ^ S64) - S64) * 1.0", spec="cvtop"),
    row("f64.convert_i64_u",   0xBA, "i64 -> f64", PURE,  py="{0} * 1.0", spec="cvtop"),
    row("f64.promote_f32",     0xBB, "f32 -> f64", PURE,  py="{0} * 1.0", spec="cvtop"),
    row("i32.reinterpret_f32", 0xBC, "f32 -> i32", PURE,  spec="cvtop"),
    row("i64.reinterpret_f64", 0xBD, "f64 -> i64", PURE,  spec="cvtop"),
    row("f32.reinterpret_i32", 0xBE, "i32 -> f32", PURE,  spec="cvtop"),
    row("f64.reinterpret_i64", 0xBF, "i64 -> f64", PURE,  spec="cvtop"),

    row("i32.extend8_s",  0xC0, "i32 -> i32", PURE, py="({0} & 0xFF ^ 0x80) - 0x80", wraps=True, since=EXTEND, spec="unop"),
    row("i32.extend16_s", 0xC1, "i32 -> i32", PURE, py="({0} & 0xFFFF ^ 0x8000) - 0x8000", wraps=True, since=EXTEND, spec="unop"),
    row("i64.extend8_s",  0xC2, "i64 -> i64", PURE, py="({0} & 0xFF ^ 0x80) - 0x80", wraps=True, since=EXTEND, spec="unop"),
    row("i64.extend16_s", 0xC3, "i64 -> i64", PURE, py="({0} & 0xFFFF ^ 0x8000) - 0x8000", wraps=True, since=EXTEND, spec="unop"),
    row("i64.extend32_s", 0xC4, "i64 -> i64", PURE, py="({0} & M32 ^ S32) - S32", wraps=True, since=EXTEND, spec="unop"),

    row("i32.trunc_sat_f32_s", (0xFC, 0), "f32 -> i32", PURE, since=SATURATE, spec="cvtop"),
    row("i32.trunc_sat_f32_u", (0xFC, 1), "f32 -> i32", PURE, since=SATURATE, spec="cvtop"),
    row("i32.trunc_sat_f64_s", (0xFC, 2), "f64 -> i32", PURE, since=SATURATE, spec="cvtop"),
    row("i32.trunc_sat_f64_u", (0xFC, 3), "f64 -> i32", PURE, since=SATURATE, spec="cvtop"),
    row("i64.trunc_sat_f32_s", (0xFC, 4), "f32 -> i64", PURE, since=SATURATE, spec="cvtop"),
    row("i64.trunc_sat_f32_u", (0xFC, 5), "f32 -> i64", PURE, since=SATURATE, spec="cvtop"),
    row("i64.trunc_sat_f64_s", (0xFC, 6), "f64 -> i64", PURE, since=SATURATE, spec="cvtop"),
    row("i64.trunc_sat_f64_u", (0xFC, 7), "f64 -> i64", PURE, since=SATURATE, spec="cvtop"),

    row("i64.add128",     (0xFC, 19), "i64 i64 i64 i64 -> i64 i64", PURE, since=WIDE, spec="wideop"),
    row("i64.sub128",     (0xFC, 20), "i64 i64 i64 i64 -> i64 i64", PURE, since=WIDE, spec="wideop"),
    row("i64.mul_wide_s", (0xFC, 21), "i64 i64 -> i64 i64",         PURE, since=WIDE, spec="wideop"),
    row("i64.mul_wide_u", (0xFC, 22), "i64 i64 -> i64 i64",         PURE, since=WIDE, spec="wideop"),
)
# fmt: on
