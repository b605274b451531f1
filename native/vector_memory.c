/* What vector loads do that are more than a copy of 16 bytes.

   Lives here: a function for each, from the place of the bytes, which is within bounds, to the vector.
   Not here: addresses and their bounds (simd.inc), and vectors in slots (vector.c).

   spec: exec/instructions, v128.load */

#include <string.h>

#include "vector.h"

#define NAMED(name) static void name(const uint8_t *place, uint64_t *result, const uint64_t *vector, unsigned lane)

/* As many lanes as fill eight bytes, each made twice as wide. */
#define EXTEND(name, count, narrow, wide)                                                                                        \
    NAMED(name)                                                                                                                  \
    {                                                                                                                            \
        narrow lanes[count];                                                                                                     \
        wide wider[count];                                                                                                       \
        (void)vector, (void)lane;                                                                                                \
        memcpy(lanes, place, sizeof lanes);                                                                                      \
        for (int x = 0; x < (count); x++) {                                                                                      \
            wider[x] = lanes[x];                                                                                                 \
        }                                                                                                                        \
        memcpy(result, wider, sizeof wider);                                                                                     \
    }

EXTEND(v128_load8x8_s, 8, int8_t, int16_t)
EXTEND(v128_load8x8_u, 8, uint8_t, uint16_t)
EXTEND(v128_load16x4_s, 4, int16_t, int32_t)
EXTEND(v128_load16x4_u, 4, uint16_t, uint32_t)
EXTEND(v128_load32x2_s, 2, int32_t, int64_t)
EXTEND(v128_load32x2_u, 2, uint32_t, uint64_t)

/* One number: in all lanes; in the first one, with zeros behind it; in one lane of a vector. */
#define SINGLE(bits, every)                                                                                                      \
    NAMED(v128_load##bits##_splat)                                                                                               \
    {                                                                                                                            \
        uint##bits##_t number;                                                                                                   \
        (void)vector, (void)lane;                                                                                                \
        memcpy(&number, place, sizeof number);                                                                                   \
        result[0] = result[1] = number * UINT64_C(every);                                                                        \
    }                                                                                                                            \
    NAMED(v128_load##bits##_lane)                                                                                                \
    {                                                                                                                            \
        uint##bits##_t lanes[128 / (bits)];                                                                                      \
        memcpy(lanes, vector, sizeof lanes);                                                                                     \
        memcpy(&lanes[lane], place, sizeof *lanes);                                                                              \
        memcpy(result, lanes, sizeof lanes);                                                                                     \
    }

SINGLE(8, 0x0101010101010101)
SINGLE(16, 0x0001000100010001)
SINGLE(32, 0x0000000100000001)
SINGLE(64, 1)

NAMED(v128_load32_zero)
{
    uint32_t number;
    (void)vector, (void)lane;
    memcpy(&number, place, sizeof number);
    result[0] = number;
    result[1] = 0;
}

NAMED(v128_load64_zero)
{
    (void)vector, (void)lane;
    memcpy(result, place, 8);
    result[1] = 0;
}

#define VECTOR_LOAD(opcode, name) [opcode] = name,
const wasm_vector_access wasm_vector_loads[WASM_VECTOR_OPCODES] = {
#include "generated/vector_loads.h"
};
