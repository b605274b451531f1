/* Work on memories, tables and segments that is too long for the loop, or too rare.

   Lives here: what memory.inc calls.
   Not here: which slots hold the operands' types (translate.c), and traps and costs (memory.inc). */

#ifndef WASM_BULK_H
#define WASM_BULK_H

#include "machine.h"

#define WASM_BYTES_A_UNIT 64   /* for the fuel of one instruction; see runtime/memory.py */
#define WASM_ELEMENTS_A_UNIT 8 /* see runtime/table.py */

/* A piece of work whose operands fit. */
typedef struct {
    void *to;
    const void *from;
    uint64_t value;
    uint64_t size;
} wasm_bulk;

/* Whether the operands in slots pc->b and behind are within bounds, and then what to do. */
bool wasm_memory_fill_fits(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp, wasm_bulk *bulk);
bool wasm_memory_copy_fits(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp, wasm_bulk *bulk);
bool wasm_memory_init_fits(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp, wasm_bulk *bulk);
bool wasm_table_fill_fits(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp, wasm_bulk *bulk);
bool wasm_table_copy_fits(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp, wasm_bulk *bulk);
bool wasm_table_init_fits(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp, wasm_bulk *bulk);

void wasm_memory_fill_do(const wasm_bulk *bulk);
void wasm_memory_copy_do(const wasm_bulk *bulk);
void wasm_memory_init_do(const wasm_bulk *bulk);
void wasm_table_fill_do(const wasm_bulk *bulk);
void wasm_table_copy_do(const wasm_bulk *bulk);

/* Accesses to memories other than the first, or with 64-bit addresses: pc->v.imm is the instruction, as the number in its row of
   IR_LOADS or IR_STORES; false when they are outside. */
bool wasm_far_load(const wasm_instance *instance, const wasm_cell *pc, wasm_slot *fp);
bool wasm_far_store(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp);

/* The place of *bytes* bytes at the address in *slot* plus *offset*; NULL when it is outside. */
uint8_t *wasm_far_place(const wasm_meminst *memory, const wasm_slot *slot, uint64_t offset, uint64_t bytes);

/* shared.c */
int64_t wasm_shared_memory_grow(wasm_meminst *memory, uint64_t delta);
/* Whether a thread waits, or is about to, and has not yet looked at what the guest has stored before. */
bool wasm_memory_has_waiters(const wasm_meminst *memory);

bool wasm_memory_may_grow(const wasm_meminst *memory, uint64_t delta);
bool wasm_table_may_grow(const wasm_tableinst *table, uint64_t delta);

/* Whether *function* has the type with the number *wanted* among its supertypes. */
bool wasm_function_is(const wasm_funcinst *function, uint64_t wanted);

#endif
