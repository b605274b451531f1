/* Vectors of 128 bits as C values, for handlers that stand in the loop.

   Lives here: the types, how they come out of slots and go there, and what C's own operators do not say.
   Not here: the instructions (ir_simd.h), and those that are functions (vector.c).

   GCC and clang have such types on every machine. Another compiler sees two words, and the loop then calls vector.c for everything. */

#ifndef WASM_LANES_H
#define WASM_LANES_H

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#ifdef WASM_VECTORS
typedef uint64_t wasm_v128 __attribute__((vector_size(16)));
typedef int8_t wasm_i8x16 __attribute__((vector_size(16)));
typedef uint8_t wasm_u8x16 __attribute__((vector_size(16)));
typedef int16_t wasm_i16x8 __attribute__((vector_size(16)));
typedef uint16_t wasm_u16x8 __attribute__((vector_size(16)));
typedef int32_t wasm_i32x4 __attribute__((vector_size(16)));
typedef uint32_t wasm_u32x4 __attribute__((vector_size(16)));
typedef int64_t wasm_i64x2 __attribute__((vector_size(16)));
typedef uint64_t wasm_u64x2 __attribute__((vector_size(16)));
typedef float wasm_f32x4 __attribute__((vector_size(16)));
typedef double wasm_f64x2 __attribute__((vector_size(16)));
#define WASM_AS_V128(x) ((wasm_v128)(x))
#else
typedef struct {
    uint64_t half[2];
} wasm_v128;
#define WASM_AS_V128(x) (x)
#endif

static inline wasm_v128 wasm_get_v128(const void *place)
{
    wasm_v128 value;
    memcpy(&value, place, sizeof value);
    return value;
}

static inline void wasm_put_v128(void *place, wasm_v128 value)
{
    memcpy(place, &value, sizeof value);
}

static inline wasm_v128 wasm_zero_v128(void)
{
    wasm_v128 value;
    memset(&value, 0, sizeof value);
    return value;
}

#ifdef WASM_VECTORS

/* All bits of the one lane of *width* bytes that begins at byte *at*. */
static inline wasm_v128 wasm_lane_mask(unsigned width, unsigned at)
{
    static const uint8_t windows[4][40] = {
        {[16] = 0xFF},
        {[16] = 0xFF, 0xFF},
        {[16] = 0xFF, 0xFF, 0xFF, 0xFF},
        {[16] = 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
    };
    return wasm_get_v128(&windows[width == 8 ? 3 : width / 2][16 - (at & 15)]);
}

static inline wasm_v128 wasm_bitselect(wasm_v128 x, wasm_v128 y, wasm_v128 mask)
{
    return (x & mask) | (y & ~mask);
}

static inline uint32_t wasm_bitmask8(wasm_u8x16 x)
{
#if defined(__SSE2__)
    return (uint32_t)_mm_movemask_epi8((__m128i)x);
#else
    /* The highest bits of eight bytes, brought together in the highest byte. */
    wasm_v128 high = (wasm_v128)(x >> 7);
    uint64_t gather = UINT64_C(0x0102040810204080);
    return (uint32_t)(high[0] * gather >> 56) | (uint32_t)(high[1] * gather >> 56) << 8;
#endif
}

#endif

#endif
