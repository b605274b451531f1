/* The loop: one function that runs finished code.

   Lives here: the variables of the loop, the macros by which handlers reach them, and how one operation leads to the next.
   Not here: what operations do; the files *.inc say that, once, in terms of these macros.

   Handlers touch nothing but what the macros give them, so the same text can be expanded in other ways: as a switch, where there is
   no computed goto (WASM_SWITCH), or with a look at every step.

   No signals, no guard pages, no longjmp: whatever happens, the loop saves its variables in the machine and returns a status. */

#if defined(__GNUC__) && !defined(__clang__)
/* The second of these takes half of the time of compiling and finds nothing: so many labels, each of which may follow any other. */
#pragma GCC optimize("no-gcse", "no-tree-fre")
#endif
#if defined(__clang__)
/* Clang looks for uninitialised variables in a function like this for minutes. */
#pragma clang diagnostic ignored "-Wuninitialized"
#pragma clang diagnostic ignored "-Wsometimes-uninitialized"
/* And it needs many minutes for a jump to a thousand labels at the end of a thousand handlers, unless build.py has told it when to
   make the copies of that jump, and said so by this name. */
#if !defined(WASM_CLANG_GOTO) && !defined(WASM_SWITCH)
#define WASM_SWITCH
#endif
#endif
#if defined(__GNUC__) && !defined(__OPTIMIZE__)
#warning "the loop is compiled without optimisation: it will be several times slower, and is refused when it is loaded"
#endif

#include <string.h>

#include "machine.h"

#include "aggregates.h"
#include "atomics.h"
#include "bulk.h"
#include "generated/traps.h"
#include "lanes.h"
#include "numeric.h"
#include "vector.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "memories are little-endian, and so must be the machine"
#endif

#define TRAP(number, name, wording) TRAP_##name = number,
enum { WASM_TRAPS(TRAP) };
#undef TRAP

#if defined(__GNUC__)
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#else
#define LIKELY(x) (x)
#define UNLIKELY(x) (x)
#ifndef WASM_SWITCH
#define WASM_SWITCH
#endif
#endif

/* How one operation leads to the next. */
#ifdef WASM_SWITCH
#define OP(name) case OP_##name:
#define DISPATCH goto dispatch
#else
#define OP(name) label_##name:
#define DISPATCH goto *pc->u.handler
#endif
#define NEXT(cells)                                                                                                              \
    do {                                                                                                                         \
        pc += (cells);                                                                                                           \
        DISPATCH;                                                                                                                \
    } while (0)
#define JUMP()                                                                                                                   \
    do {                                                                                                                         \
        pc = (const wasm_cell *)(const void *)((const char *)pc + pc->v.jump);                                                   \
        DISPATCH;                                                                                                                \
    } while (0)
/* In front of the first cell of a loop stands what an arrival there costs. */
#define JUMP_BACK()                                                                                                              \
    do {                                                                                                                         \
        pc = (const wasm_cell *)(const void *)((const char *)pc + pc->v.jump);                                                   \
        fuel -= pc[-1].v.imm;                                                                                                    \
        if (UNLIKELY(fuel < 0)) {                                                                                                \
            goto slice;                                                                                                          \
        }                                                                                                                        \
        DISPATCH;                                                                                                                \
    } while (0)
/* Costs that are not known beforehand. When the slice ends, the operation begins anew, and has been paid for. */
#define PAY(work)                                                                                                                \
    do {                                                                                                                         \
        if (machine->is_prepaid) {                                                                                               \
            machine->is_prepaid = false;                                                                                         \
        } else if (UNLIKELY((fuel -= (int64_t)(work)) < 0)) {                                                                    \
            machine->is_prepaid = true;                                                                                          \
            goto slice;                                                                                                          \
        }                                                                                                                        \
    } while (0)
#define STOP(name)                                                                                                               \
    do {                                                                                                                         \
        trap = TRAP_##name;                                                                                                      \
        goto trapped;                                                                                                            \
    } while (0)

/* Operands and results by their type. */
#define A (pc->a)
#define B (pc->b)
#define C (pc->v.s.c)
#define D (pc->v.s.d)
#define IMM (pc->v.imm)

#define TYPE_u32 uint32_t
#define TYPE_i32 int32_t
#define TYPE_u64 uint64_t
#define TYPE_i64 int64_t
#define TYPE_f32 float
#define TYPE_f64 double
#define SLOT_u32(n) fp[n].u32
#define SLOT_i32(n) (int32_t) fp[n].u32
#define SLOT_u64(n) fp[n].u64
#define SLOT_i64(n) (int64_t) fp[n].u64
#define SLOT_f32(n) fp[n].f32
#define SLOT_f64(n) fp[n].f64
#define ACC_u32 (uint32_t) acc
#define ACC_i32 (int32_t) acc
#define ACC_u64 acc
#define ACC_i64 (int64_t) acc
#define ACC_f32 facc
#define ACC_f64 dacc
#define IMM_u32 pc->v.imm
#define IMM_i32 pc->v.jump
#define IMM_u64 (uint64_t)(int64_t) pc->v.jump
#define IMM_i64 (int64_t) pc->v.jump
#define IMM_f32 pc[1].u.f32
#define IMM_f64 pc[1].u.f64
#define CELLS_u32 1
#define CELLS_i32 1
#define CELLS_u64 1
#define CELLS_i64 1
#define CELLS_f32 2
#define CELLS_f64 2
#define WIDE_u32 (uint32_t) pc[1].u.wide
#define WIDE_i32 (int32_t) pc[1].u.wide
#define WIDE_u64 pc[1].u.wide
#define WIDE_i64 (int64_t) pc[1].u.wide
#define WIDE_f32 pc[1].u.f32
#define WIDE_f64 pc[1].u.f64
#define GIVE_u32(e) acc = (uint32_t)(e)
#define GIVE_u64(e) acc = (uint64_t)(e)
#define GIVE_f32(e) facc = (e)
#define GIVE_f64(e) dacc = (e)
#define KEEP_u32(n) fp[n].u64 = acc
#define KEEP_u64(n) fp[n].u64 = acc
#define KEEP_f32(n) fp[n].u64 = wasm_f32_bits(facc)
#define KEEP_f64(n) fp[n].f64 = dacc

/* Vectors: the one type of the accumulator, and its shapes. */
#define SLOT_v128(n) wasm_get_v128(&fp[n])
#define ACC_v128 vacc
#define GIVE_v128(e) vacc = WASM_AS_V128(e)
#define KEEP_v128(n) wasm_put_v128(&fp[n], vacc)
#define TYPE_u8x16 wasm_u8x16
#define SLOT_u8x16(n) (wasm_u8x16) SLOT_v128(n)
#define ACC_u8x16 (wasm_u8x16) vacc
#define IMM_u8x16 (wasm_u8x16) wasm_get_v128(&pc[1])
#define CELLS_u8x16 2
#define TYPE_i8x16 wasm_i8x16
#define SLOT_i8x16(n) (wasm_i8x16) SLOT_v128(n)
#define ACC_i8x16 (wasm_i8x16) vacc
#define IMM_i8x16 (wasm_i8x16) wasm_get_v128(&pc[1])
#define CELLS_i8x16 2
#define TYPE_u16x8 wasm_u16x8
#define SLOT_u16x8(n) (wasm_u16x8) SLOT_v128(n)
#define ACC_u16x8 (wasm_u16x8) vacc
#define IMM_u16x8 (wasm_u16x8) wasm_get_v128(&pc[1])
#define CELLS_u16x8 2
#define TYPE_i16x8 wasm_i16x8
#define SLOT_i16x8(n) (wasm_i16x8) SLOT_v128(n)
#define ACC_i16x8 (wasm_i16x8) vacc
#define IMM_i16x8 (wasm_i16x8) wasm_get_v128(&pc[1])
#define CELLS_i16x8 2
#define TYPE_u32x4 wasm_u32x4
#define SLOT_u32x4(n) (wasm_u32x4) SLOT_v128(n)
#define ACC_u32x4 (wasm_u32x4) vacc
#define IMM_u32x4 (wasm_u32x4) wasm_get_v128(&pc[1])
#define CELLS_u32x4 2
#define TYPE_i32x4 wasm_i32x4
#define SLOT_i32x4(n) (wasm_i32x4) SLOT_v128(n)
#define ACC_i32x4 (wasm_i32x4) vacc
#define IMM_i32x4 (wasm_i32x4) wasm_get_v128(&pc[1])
#define CELLS_i32x4 2
#define TYPE_u64x2 wasm_u64x2
#define SLOT_u64x2(n) (wasm_u64x2) SLOT_v128(n)
#define ACC_u64x2 (wasm_u64x2) vacc
#define IMM_u64x2 (wasm_u64x2) wasm_get_v128(&pc[1])
#define CELLS_u64x2 2
#define TYPE_f32x4 wasm_f32x4
#define SLOT_f32x4(n) (wasm_f32x4) SLOT_v128(n)
#define ACC_f32x4 (wasm_f32x4) vacc
#define IMM_f32x4 (wasm_f32x4) wasm_get_v128(&pc[1])
#define CELLS_f32x4 2
#define TYPE_f64x2 wasm_f64x2
#define SLOT_f64x2(n) (wasm_f64x2) SLOT_v128(n)
#define ACC_f64x2 (wasm_f64x2) vacc
#define IMM_f64x2 (wasm_f64x2) wasm_get_v128(&pc[1])
#define CELLS_f64x2 2

/* A pair of operations: *setup* and *result*, which is kept in a slot or only in the accumulator. */
#define PAIR(name, R, cells, setup, result)                                                                                      \
    OP(name##_s)                                                                                                                 \
    {                                                                                                                            \
        setup;                                                                                                                   \
        GIVE_##R(result);                                                                                                        \
        KEEP_##R(A);                                                                                                             \
        NEXT(cells);                                                                                                             \
    }                                                                                                                            \
    OP(name##_a)                                                                                                                 \
    {                                                                                                                            \
        setup;                                                                                                                   \
        GIVE_##R(result);                                                                                                        \
        NEXT(cells);                                                                                                             \
    }

/* What is in variables while the loop runs goes to the machine and back. */
#define SAVE()                                                                                                                   \
    do {                                                                                                                         \
        machine->pc = pc;                                                                                                        \
        machine->fp = fp;                                                                                                        \
        machine->frame = frame;                                                                                                  \
        machine->instance = instance;                                                                                            \
        machine->box[WASM_BOX_FUEL] = (uint64_t)fuel;                                                                            \
    } while (0)
#define RELOAD_MEMORY()                                                                                                          \
    do {                                                                                                                         \
        memory = instance->memory->base;                                                                                         \
        memory_size = wasm_memory_bytes(instance->memory);                                                                              \
    } while (0)
#define LEAVE(status)                                                                                                            \
    do {                                                                                                                         \
        SAVE();                                                                                                                  \
        return status;                                                                                                           \
    } while (0)

static const void *const *handlers;

int wasm_run(wasm_machine *machine)
{
    const wasm_cell *pc;
    wasm_slot *fp;
    wasm_frame *frame;
    wasm_instance *instance;
    uint8_t *memory;
    uint64_t memory_size;
    int64_t fuel;
    uint64_t acc;
    float facc;
    double dacc;
    wasm_v128 vacc;
    int trap;
    wasm_funcinst *function; /* for those handlers that find out whom they call, and where its frame begins */
    wasm_slot *callee_fp;
    uint64_t slots_wanted;
    uint32_t frames_wanted;

#ifndef WASM_SWITCH
#undef OP
#define OP(name) &&label_##name,
    static const void *const labels[] = {IR_OPERATIONS};
#undef OP
#define OP(name) label_##name:
    if (!machine) {
        handlers = labels;
        return 0;
    }
#endif
go_on:
    pc = machine->pc;
    fp = machine->fp;
    frame = machine->frame;
    instance = machine->instance;
    fuel = (int64_t)machine->box[WASM_BOX_FUEL];
    /* What a host call has left, as if an operation had. */
    acc = machine->box[WASM_BOX_MAIL];
    dacc = wasm_f64_of(acc);
    facc = wasm_f32_of((uint32_t)acc);
    vacc = wasm_get_v128(&machine->box[WASM_BOX_MAIL]);
    RELOAD_MEMORY();
#ifdef WASM_SWITCH
dispatch:
    switch (pc->u.op) {
#else
    DISPATCH;
#endif

#include "numeric.inc"

#include "memory.inc"

#include "simd.inc"

#include "atomics.inc"

#include "control.inc"

#include "calls.inc"

#include "aggregates.inc"

#ifdef WASM_SWITCH
    default:
        break;
    }
#endif

slice:
    LEAVE(WASM_SLICE);

trap_memory:
    /* Another thread may have let it grow. The access has done nothing yet, and begins anew. */
    if (memory_size != wasm_memory_bytes(instance->memory)) {
        RELOAD_MEMORY();
        DISPATCH;
    }
    trap = TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS;
trapped:
    machine->box[WASM_BOX_DETAIL] = (uint64_t)trap;
    LEAVE(WASM_TRAP);
}

const void *const *wasm_handlers(void)
{
#ifndef WASM_SWITCH
    if (!handlers) {
        wasm_run(NULL);
    }
#endif
    return handlers;
}
