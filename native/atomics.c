/* What atomic instructions do to memory. See atomics.h.

   Lives here: a function for each width and change, and the table of which instruction has which.
   Not here: waiting and waking, for which code goes back to Python (machine.py), and shared memories themselves (shared.c).

   All are sequentially consistent, with each other and on whatever thread. An access that is not aligned traps before one that is
   out of bounds, as in pywasm_vm/runtime/atomics.py.

   spec: the threads proposal, atomic memory accesses */

#include "atomics.h"

#include <string.h>

#include "bulk.h"
#include "generated/traps.h"

#define TRAP(number, name, wording) TRAP_##name = number,
enum { WASM_TRAPS(TRAP) };
#undef TRAP

#define NAMED(name) static uint64_t name(uint8_t *place, uint64_t operand, uint64_t replacement)
#define UNUSED (void)operand, (void)replacement

#if defined(__GNUC__)
#define CHANGE(bits, name, builtin)                                                                                              \
    NAMED(name##bits)                                                                                                            \
    {                                                                                                                            \
        UNUSED;                                                                                                                  \
        return builtin((uint##bits##_t *)(void *)place, (uint##bits##_t)operand, __ATOMIC_SEQ_CST);                              \
    }
#define WIDTH(bits)                                                                                                              \
    NAMED(load##bits)                                                                                                            \
    {                                                                                                                            \
        UNUSED;                                                                                                                  \
        return __atomic_load_n((const uint##bits##_t *)(const void *)place, __ATOMIC_SEQ_CST);                                   \
    }                                                                                                                            \
    NAMED(store##bits)                                                                                                           \
    {                                                                                                                            \
        UNUSED;                                                                                                                  \
        __atomic_store_n((uint##bits##_t *)(void *)place, (uint##bits##_t)operand, __ATOMIC_SEQ_CST);                            \
        return 0;                                                                                                                \
    }                                                                                                                            \
    NAMED(cmpxchg##bits)                                                                                                         \
    {                                                                                                                            \
        uint##bits##_t seen = (uint##bits##_t)operand;                                                                           \
        __atomic_compare_exchange_n((uint##bits##_t *)(void *)place, &seen, (uint##bits##_t)replacement, false, __ATOMIC_SEQ_CST, \
                                    __ATOMIC_SEQ_CST);                                                                           \
        return seen;                                                                                                             \
    }                                                                                                                            \
    CHANGE(bits, add, __atomic_fetch_add)                                                                                        \
    CHANGE(bits, sub, __atomic_fetch_sub)                                                                                        \
    CHANGE(bits, and, __atomic_fetch_and)                                                                                        \
    CHANGE(bits, or, __atomic_fetch_or)                                                                                          \
    CHANGE(bits, xor, __atomic_fetch_xor)                                                                                        \
    CHANGE(bits, xchg, __atomic_exchange_n)
#else
/* There are no shared memories here (shared.c), so nobody can come between. */
#define CHANGE(bits, name, e)                                                                                                    \
    NAMED(name##bits)                                                                                                            \
    {                                                                                                                            \
        uint##bits##_t x, y = (uint##bits##_t)operand, z;                                                                        \
        UNUSED;                                                                                                                  \
        memcpy(&x, place, sizeof x);                                                                                             \
        z = (uint##bits##_t)(e);                                                                                                 \
        memcpy(place, &z, sizeof z);                                                                                             \
        return x;                                                                                                                \
    }
#define WIDTH(bits)                                                                                                              \
    CHANGE(bits, load, (y, x))                                                                                                   \
    CHANGE(bits, store, y)                                                                                                       \
    CHANGE(bits, cmpxchg, x == y ? replacement : x)                                                                              \
    CHANGE(bits, add, x + y)                                                                                                     \
    CHANGE(bits, sub, x - y)                                                                                                     \
    CHANGE(bits, and, x &y)                                                                                                      \
    CHANGE(bits, or, x | y)                                                                                                      \
    CHANGE(bits, xor, x ^ y)                                                                                                     \
    CHANGE(bits, xchg, y)
#endif

WIDTH(8)
WIDTH(16)
WIDTH(32)
WIDTH(64)

/* The instructions of a type that touch *bits* bits, which names say as *part* when it is less than all, with *u* behind. */
#define INSTRUCTIONS(type, bits, part, u)                                                                                        \
    [WASM_ROW_##type##_atomic_load##part##u] = load##bits,                                                                       \
    [WASM_ROW_##type##_atomic_store##part] = store##bits,                                                                        \
    [WASM_ROW_##type##_atomic_rmw##part##_add##u] = add##bits,                                                                   \
    [WASM_ROW_##type##_atomic_rmw##part##_sub##u] = sub##bits,                                                                   \
    [WASM_ROW_##type##_atomic_rmw##part##_and##u] = and##bits,                                                                   \
    [WASM_ROW_##type##_atomic_rmw##part##_or##u] = or##bits,                                                                     \
    [WASM_ROW_##type##_atomic_rmw##part##_xor##u] = xor##bits,                                                                   \
    [WASM_ROW_##type##_atomic_rmw##part##_xchg##u] = xchg##bits,                                                                 \
    [WASM_ROW_##type##_atomic_rmw##part##_cmpxchg##u] = cmpxchg##bits,

const wasm_atomic_function wasm_atomic_functions[WASM_OPCODE_COUNT] = {
    INSTRUCTIONS(i32, 32, , )
    INSTRUCTIONS(i32, 8, 8, _u)
    INSTRUCTIONS(i32, 16, 16, _u)
    INSTRUCTIONS(i64, 64, , )
    INSTRUCTIONS(i64, 8, 8, _u)
    INSTRUCTIONS(i64, 16, 16, _u)
    INSTRUCTIONS(i64, 32, 32, _u)
};

int wasm_atomic_address(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp, bool must_be_shared,
                        uint64_t *address)
{
    const wasm_meminst *memory = instance->memories[pc[1].v.imm];
    uint64_t place = memory->is_64 ? fp[pc->b].u64 : fp[pc->b].u32, bytes = pc[1].a;
    *address = place + pc[2].u.wide;
    if (*address & (bytes - 1)) {
        instance->machine->box[WASM_BOX_MORE] = bytes;
        instance->machine->box[WASM_BOX_MORE + 1] = *address;
        return TRAP_UNALIGNED_ATOMIC;
    }
    if (!wasm_far_place(memory, &fp[pc->b], pc[2].u.wide, bytes)) {
        return TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS;
    }
    return must_be_shared && !memory->is_shared ? TRAP_EXPECTED_SHARED_MEMORY : 0;
}

int wasm_atomic_access(const wasm_instance *instance, const wasm_cell *pc, wasm_slot *fp)
{
    uint64_t address;
    int trap = wasm_atomic_address(instance, pc, fp, false, &address);
    if (!trap) {
        wasm_atomic_function function = (wasm_atomic_function)(uintptr_t)pc[1].u.wide;
        uint64_t old = function(instance->memories[pc[1].v.imm]->base + address, fp[pc->v.s.c].u64, fp[pc->v.s.d].u64);
        if (pc[1].b) {
            fp[pc->a].u64 = old;
        }
    }
    return trap;
}

void wasm_atomic_fence(void)
{
#if defined(__GNUC__)
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}
