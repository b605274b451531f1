/* One vector instruction by itself, for those who compare it with another implementation: see native/vector.h. */

/* Does the instruction of *opcode*, behind the prefix 0xFD. Gives 0 when there is none that works on slots alone. */
int wasm_vector(
    uint32_t opcode, uint64_t *result, const uint64_t *a, const uint64_t *b, const uint64_t *c, const uint8_t *immediate);
