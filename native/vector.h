/* Vector instructions as plain functions: what a v128 is in C, and the table of what is done with it.

   Lives here: the border between the loop and vector.c, vector_memory.c. Not here: the lanes of vectors as values of the loop (lanes.h).

   A v128 takes two slots, the lower half first, so that in memory it is its 16 bytes, lane 0 first. */

#ifndef PYWASM_VECTOR_H
#define PYWASM_VECTOR_H

#include <stdint.h>

#define WASM_VECTOR_OPCODES 276 /* behind the prefix 0xFD: SIMD, then relaxed SIMD */

/* Reads its operands from slots, the first one lowest on the stack, and writes its result last, so that the result may take the
   place of an operand. What it does not have it does not touch. *immediate* is the lane, or the sixteen of a shuffle. */
typedef void (*wasm_vector_function)(
    uint64_t *result, const uint64_t *a, const uint64_t *b, const uint64_t *c, const uint8_t *immediate);

/* A load, with what it reads, or a lane of it, and with the vector and the lane for those that replace one. */
typedef void (*wasm_vector_access)(const uint8_t *place, uint64_t *result, const uint64_t *vector, unsigned lane);

/* By opcode. NULL for what only moves bytes: v128.load, and stores. */
extern const wasm_vector_access wasm_vector_loads[WASM_VECTOR_OPCODES];

/* By opcode. NULL for what has an address, for v128.const, and where no instruction is. */
extern const wasm_vector_function wasm_vector_functions[WASM_VECTOR_OPCODES];

#endif
