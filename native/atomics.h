/* Atomic accesses. They are rare enough to be functions that the loop calls.

   Lives here: what simd.inc and translate_atomics.c share with atomics.c. */

#ifndef WASM_ATOMICS_H
#define WASM_ATOMICS_H

#include "machine.h"

#include "rows.h"

/* Does an access at *place*, which is aligned and within bounds, and gives what was there. */
typedef uint64_t (*wasm_atomic_function)(uint8_t *place, uint64_t operand, uint64_t replacement);

/* By row; NULL for what is no access to memory, and for waiting and waking. */
extern const wasm_atomic_function wasm_atomic_functions[WASM_OPCODE_COUNT];

/* The operation at pc, in three cells. Slot a: the result; b: the address; c, d: the operands. Cell two: the function, slot a: the
   bytes in memory, the memory. Cell three: the offset.
   What follows gives 0 when all is well, else the trap. */

int wasm_atomic_access(const wasm_instance *instance, const wasm_cell *pc, wasm_slot *fp);

/* Fills *address*. *must_be_shared*: for those who wait. */
int wasm_atomic_address(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp, bool must_be_shared,
                        uint64_t *address);

void wasm_atomic_fence(void);

#endif
