"""Rows: loads and stores, memories and data segments, tables and element segments, atomic accesses.

Lives here: one row for each of these instructions, in the order of their opcodes.
Not here: bounds, alignment and address types, which are rules of validation and work of the tiers.

`addr` is the address type of the memory or table that the immediate names. Where two are named and may differ, or where the
element type of a table takes part, words cannot say the type.

spec: syntax/instructions, memory and table instructions
"""

from __future__ import annotations

from functools import partial

from pywasm_vm.features import Feature
from pywasm_vm.isa.opcode import Effect, Imm, Opcode, row

__all__ = ["ROWS"]

READS, WRITES = Effect.READS, Effect.WRITES

MEMARG, MEMIDX, DATAIDX, TABLEIDX, ELEMIDX, ORDER = (
    Imm.MEMARG, Imm.MEMIDX, Imm.DATAIDX, Imm.TABLEIDX, Imm.ELEMIDX, Imm.ORDER
)  # fmt: skip

BULK = Feature.BULK_MEMORY
REFTYPES = Feature.REFERENCE_TYPES
THREADS = Feature.THREADS

atomic = partial(row, imm=MEMARG, since=THREADS)
"""A row of an atomic access: all of them take a memarg."""

# fmt: off
ROWS: tuple[Opcode, ...] = (
    row("table.get", 0x25, None, READS,  imm=TABLEIDX, since=REFTYPES),
    row("table.set", 0x26, None, WRITES, imm=TABLEIDX, since=REFTYPES),

    row("i32.load",     0x28, "addr -> i32",  READS,  imm=MEMARG, width=4, spec="load-val"),
    row("i64.load",     0x29, "addr -> i64",  READS,  imm=MEMARG, width=8, spec="load-val"),
    row("f32.load",     0x2A, "addr -> f32",  READS,  imm=MEMARG, width=4, spec="load-val"),
    row("f64.load",     0x2B, "addr -> f64",  READS,  imm=MEMARG, width=8, spec="load-val"),
    row("i32.load8_s",  0x2C, "addr -> i32",  READS,  imm=MEMARG, width=1, spec="load-pack"),
    row("i32.load8_u",  0x2D, "addr -> i32",  READS,  imm=MEMARG, width=1, spec="load-pack"),
    row("i32.load16_s", 0x2E, "addr -> i32",  READS,  imm=MEMARG, width=2, spec="load-pack"),
    row("i32.load16_u", 0x2F, "addr -> i32",  READS,  imm=MEMARG, width=2, spec="load-pack"),
    row("i64.load8_s",  0x30, "addr -> i64",  READS,  imm=MEMARG, width=1, spec="load-pack"),
    row("i64.load8_u",  0x31, "addr -> i64",  READS,  imm=MEMARG, width=1, spec="load-pack"),
    row("i64.load16_s", 0x32, "addr -> i64",  READS,  imm=MEMARG, width=2, spec="load-pack"),
    row("i64.load16_u", 0x33, "addr -> i64",  READS,  imm=MEMARG, width=2, spec="load-pack"),
    row("i64.load32_s", 0x34, "addr -> i64",  READS,  imm=MEMARG, width=4, spec="load-pack"),
    row("i64.load32_u", 0x35, "addr -> i64",  READS,  imm=MEMARG, width=4, spec="load-pack"),
    row("i32.store",    0x36, "addr i32 ->",  WRITES, imm=MEMARG, width=4, spec="store-val"),
    row("i64.store",    0x37, "addr i64 ->",  WRITES, imm=MEMARG, width=8, spec="store-val"),
    row("f32.store",    0x38, "addr f32 ->",  WRITES, imm=MEMARG, width=4, spec="store-val"),
    row("f64.store",    0x39, "addr f64 ->",  WRITES, imm=MEMARG, width=8, spec="store-val"),
    row("i32.store8",   0x3A, "addr i32 ->",  WRITES, imm=MEMARG, width=1, spec="store-pack"),
    row("i32.store16",  0x3B, "addr i32 ->",  WRITES, imm=MEMARG, width=2, spec="store-pack"),
    row("i64.store8",   0x3C, "addr i64 ->",  WRITES, imm=MEMARG, width=1, spec="store-pack"),
    row("i64.store16",  0x3D, "addr i64 ->",  WRITES, imm=MEMARG, width=2, spec="store-pack"),
    row("i64.store32",  0x3E, "addr i64 ->",  WRITES, imm=MEMARG, width=4, spec="store-pack"),
    row("memory.size",  0x3F, "-> addr",      READS,  imm=MEMIDX),
    row("memory.grow",  0x40, "addr -> addr", WRITES, imm=MEMIDX),

    row("memory.init", (0xFC, 8),  "addr i32 i32 ->",  WRITES, imm=(DATAIDX, MEMIDX), since=BULK),
    row("data.drop",   (0xFC, 9),  "->",               WRITES, imm=DATAIDX, since=BULK),
    row("memory.copy", (0xFC, 10), None,               WRITES, imm=(MEMIDX, MEMIDX), since=BULK),
    row("memory.fill", (0xFC, 11), "addr i32 addr ->", WRITES, imm=MEMIDX, since=BULK),
    row("table.init",  (0xFC, 12), "addr i32 i32 ->",  WRITES, imm=(ELEMIDX, TABLEIDX), since=BULK),
    row("elem.drop",   (0xFC, 13), "->",               WRITES, imm=ELEMIDX, since=BULK),
    row("table.copy",  (0xFC, 14), None,               WRITES, imm=(TABLEIDX, TABLEIDX), since=BULK),
    row("table.grow",  (0xFC, 15), None,               WRITES, imm=TABLEIDX, since=REFTYPES),
    row("table.size",  (0xFC, 16), "-> addr",          READS,  imm=TABLEIDX, since=REFTYPES),
    row("table.fill",  (0xFC, 17), None,               WRITES, imm=TABLEIDX, since=REFTYPES),

    atomic("memory.atomic.notify", (0xFE, 0), "addr i32 -> i32",     WRITES, width=4),
    atomic("memory.atomic.wait32", (0xFE, 1), "addr i32 i64 -> i32", WRITES, width=4, spec="atomic-wait"),
    atomic("memory.atomic.wait64", (0xFE, 2), "addr i64 i64 -> i32", WRITES, width=8, spec="atomic-wait"),

    row("atomic.fence", (0xFE, 3), "->", WRITES, imm=ORDER, since=THREADS),

    atomic("i32.atomic.load",     (0xFE, 16), "addr -> i32", READS,  width=4, spec="atomic-load"),
    atomic("i64.atomic.load",     (0xFE, 17), "addr -> i64", READS,  width=8, spec="atomic-load"),
    atomic("i32.atomic.load8_u",  (0xFE, 18), "addr -> i32", READS,  width=1, spec="atomic-load"),
    atomic("i32.atomic.load16_u", (0xFE, 19), "addr -> i32", READS,  width=2, spec="atomic-load"),
    atomic("i64.atomic.load8_u",  (0xFE, 20), "addr -> i64", READS,  width=1, spec="atomic-load"),
    atomic("i64.atomic.load16_u", (0xFE, 21), "addr -> i64", READS,  width=2, spec="atomic-load"),
    atomic("i64.atomic.load32_u", (0xFE, 22), "addr -> i64", READS,  width=4, spec="atomic-load"),
    atomic("i32.atomic.store",    (0xFE, 23), "addr i32 ->", WRITES, width=4, spec="atomic-store"),
    atomic("i64.atomic.store",    (0xFE, 24), "addr i64 ->", WRITES, width=8, spec="atomic-store"),
    atomic("i32.atomic.store8",   (0xFE, 25), "addr i32 ->", WRITES, width=1, spec="atomic-store"),
    atomic("i32.atomic.store16",  (0xFE, 26), "addr i32 ->", WRITES, width=2, spec="atomic-store"),
    atomic("i64.atomic.store8",   (0xFE, 27), "addr i64 ->", WRITES, width=1, spec="atomic-store"),
    atomic("i64.atomic.store16",  (0xFE, 28), "addr i64 ->", WRITES, width=2, spec="atomic-store"),
    atomic("i64.atomic.store32",  (0xFE, 29), "addr i64 ->", WRITES, width=4, spec="atomic-store"),

    atomic("i32.atomic.rmw.add",      (0xFE, 30), "addr i32 -> i32", WRITES, width=4, spec="atomic-rmw"),
    atomic("i64.atomic.rmw.add",      (0xFE, 31), "addr i64 -> i64", WRITES, width=8, spec="atomic-rmw"),
    atomic("i32.atomic.rmw8.add_u",   (0xFE, 32), "addr i32 -> i32", WRITES, width=1, spec="atomic-rmw"),
    atomic("i32.atomic.rmw16.add_u",  (0xFE, 33), "addr i32 -> i32", WRITES, width=2, spec="atomic-rmw"),
    atomic("i64.atomic.rmw8.add_u",   (0xFE, 34), "addr i64 -> i64", WRITES, width=1, spec="atomic-rmw"),
    atomic("i64.atomic.rmw16.add_u",  (0xFE, 35), "addr i64 -> i64", WRITES, width=2, spec="atomic-rmw"),
    atomic("i64.atomic.rmw32.add_u",  (0xFE, 36), "addr i64 -> i64", WRITES, width=4, spec="atomic-rmw"),
    atomic("i32.atomic.rmw.sub",      (0xFE, 37), "addr i32 -> i32", WRITES, width=4, spec="atomic-rmw"),
    atomic("i64.atomic.rmw.sub",      (0xFE, 38), "addr i64 -> i64", WRITES, width=8, spec="atomic-rmw"),
    atomic("i32.atomic.rmw8.sub_u",   (0xFE, 39), "addr i32 -> i32", WRITES, width=1, spec="atomic-rmw"),
    atomic("i32.atomic.rmw16.sub_u",  (0xFE, 40), "addr i32 -> i32", WRITES, width=2, spec="atomic-rmw"),
    atomic("i64.atomic.rmw8.sub_u",   (0xFE, 41), "addr i64 -> i64", WRITES, width=1, spec="atomic-rmw"),
    atomic("i64.atomic.rmw16.sub_u",  (0xFE, 42), "addr i64 -> i64", WRITES, width=2, spec="atomic-rmw"),
    atomic("i64.atomic.rmw32.sub_u",  (0xFE, 43), "addr i64 -> i64", WRITES, width=4, spec="atomic-rmw"),
    atomic("i32.atomic.rmw.and",      (0xFE, 44), "addr i32 -> i32", WRITES, width=4, spec="atomic-rmw"),
    atomic("i64.atomic.rmw.and",      (0xFE, 45), "addr i64 -> i64", WRITES, width=8, spec="atomic-rmw"),
    atomic("i32.atomic.rmw8.and_u",   (0xFE, 46), "addr i32 -> i32", WRITES, width=1, spec="atomic-rmw"),
    atomic("i32.atomic.rmw16.and_u",  (0xFE, 47), "addr i32 -> i32", WRITES, width=2, spec="atomic-rmw"),
    atomic("i64.atomic.rmw8.and_u",   (0xFE, 48), "addr i64 -> i64", WRITES, width=1, spec="atomic-rmw"),
    atomic("i64.atomic.rmw16.and_u",  (0xFE, 49), "addr i64 -> i64", WRITES, width=2, spec="atomic-rmw"),
    atomic("i64.atomic.rmw32.and_u",  (0xFE, 50), "addr i64 -> i64", WRITES, width=4, spec="atomic-rmw"),
    atomic("i32.atomic.rmw.or",       (0xFE, 51), "addr i32 -> i32", WRITES, width=4, spec="atomic-rmw"),
    atomic("i64.atomic.rmw.or",       (0xFE, 52), "addr i64 -> i64", WRITES, width=8, spec="atomic-rmw"),
    atomic("i32.atomic.rmw8.or_u",    (0xFE, 53), "addr i32 -> i32", WRITES, width=1, spec="atomic-rmw"),
    atomic("i32.atomic.rmw16.or_u",   (0xFE, 54), "addr i32 -> i32", WRITES, width=2, spec="atomic-rmw"),
    atomic("i64.atomic.rmw8.or_u",    (0xFE, 55), "addr i64 -> i64", WRITES, width=1, spec="atomic-rmw"),
    atomic("i64.atomic.rmw16.or_u",   (0xFE, 56), "addr i64 -> i64", WRITES, width=2, spec="atomic-rmw"),
    atomic("i64.atomic.rmw32.or_u",   (0xFE, 57), "addr i64 -> i64", WRITES, width=4, spec="atomic-rmw"),
    atomic("i32.atomic.rmw.xor",      (0xFE, 58), "addr i32 -> i32", WRITES, width=4, spec="atomic-rmw"),
    atomic("i64.atomic.rmw.xor",      (0xFE, 59), "addr i64 -> i64", WRITES, width=8, spec="atomic-rmw"),
    atomic("i32.atomic.rmw8.xor_u",   (0xFE, 60), "addr i32 -> i32", WRITES, width=1, spec="atomic-rmw"),
    atomic("i32.atomic.rmw16.xor_u",  (0xFE, 61), "addr i32 -> i32", WRITES, width=2, spec="atomic-rmw"),
    atomic("i64.atomic.rmw8.xor_u",   (0xFE, 62), "addr i64 -> i64", WRITES, width=1, spec="atomic-rmw"),
    atomic("i64.atomic.rmw16.xor_u",  (0xFE, 63), "addr i64 -> i64", WRITES, width=2, spec="atomic-rmw"),
    atomic("i64.atomic.rmw32.xor_u",  (0xFE, 64), "addr i64 -> i64", WRITES, width=4, spec="atomic-rmw"),
    atomic("i32.atomic.rmw.xchg",     (0xFE, 65), "addr i32 -> i32", WRITES, width=4, spec="atomic-rmw"),
    atomic("i64.atomic.rmw.xchg",     (0xFE, 66), "addr i64 -> i64", WRITES, width=8, spec="atomic-rmw"),
    atomic("i32.atomic.rmw8.xchg_u",  (0xFE, 67), "addr i32 -> i32", WRITES, width=1, spec="atomic-rmw"),
    atomic("i32.atomic.rmw16.xchg_u", (0xFE, 68), "addr i32 -> i32", WRITES, width=2, spec="atomic-rmw"),
    atomic("i64.atomic.rmw8.xchg_u",  (0xFE, 69), "addr i64 -> i64", WRITES, width=1, spec="atomic-rmw"),
    atomic("i64.atomic.rmw16.xchg_u", (0xFE, 70), "addr i64 -> i64", WRITES, width=2, spec="atomic-rmw"),
    atomic("i64.atomic.rmw32.xchg_u", (0xFE, 71), "addr i64 -> i64", WRITES, width=4, spec="atomic-rmw"),

    atomic("i32.atomic.rmw.cmpxchg",     (0xFE, 72), "addr i32 i32 -> i32", WRITES, width=4, spec="atomic-rmw"),
    atomic("i64.atomic.rmw.cmpxchg",     (0xFE, 73), "addr i64 i64 -> i64", WRITES, width=8, spec="atomic-rmw"),
    atomic("i32.atomic.rmw8.cmpxchg_u",  (0xFE, 74), "addr i32 i32 -> i32", WRITES, width=1, spec="atomic-rmw"),
    atomic("i32.atomic.rmw16.cmpxchg_u", (0xFE, 75), "addr i32 i32 -> i32", WRITES, width=2, spec="atomic-rmw"),
    atomic("i64.atomic.rmw8.cmpxchg_u",  (0xFE, 76), "addr i64 i64 -> i64", WRITES, width=1, spec="atomic-rmw"),
    atomic("i64.atomic.rmw16.cmpxchg_u", (0xFE, 77), "addr i64 i64 -> i64", WRITES, width=2, spec="atomic-rmw"),
    atomic("i64.atomic.rmw32.cmpxchg_u", (0xFE, 78), "addr i64 i64 -> i64", WRITES, width=4, spec="atomic-rmw"),
)
# fmt: on
