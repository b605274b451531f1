/* What numeric operations do that C has no operator for.

   Lives here: functions from numbers to numbers.
   Not here: operands and results (numeric.inc), and traps.

   spec: exec/numerics */

#ifndef WASM_NUMERIC_H
#define WASM_NUMERIC_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t wasm_rotl32(uint32_t x, uint32_t y)
{
    return x << (y & 31) | x >> (-y & 31);
}

static inline uint64_t wasm_rotl64(uint64_t x, uint64_t y)
{
    return x << (y & 63) | x >> (-y & 63);
}

static inline uint32_t wasm_popcnt64(uint64_t x)
{
    x -= x >> 1 & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    return (uint32_t)(x * UINT64_C(0x0101010101010101) >> 56);
}

#if defined(__GNUC__)
static inline uint32_t wasm_clz64(uint64_t x)
{
    return x ? (uint32_t)__builtin_clzll(x) : 64;
}

static inline uint32_t wasm_ctz64(uint64_t x)
{
    return x ? (uint32_t)__builtin_ctzll(x) : 64;
}
#else
static inline uint32_t wasm_clz64(uint64_t x)
{
    for (int shift = 1; shift < 64; shift *= 2) {
        x |= x >> shift;
    }
    return 64 - wasm_popcnt64(x);
}

static inline uint32_t wasm_ctz64(uint64_t x)
{
    return wasm_popcnt64(~x & (x - 1));
}
#endif

static inline uint32_t wasm_clz32(uint32_t x)
{
    return wasm_clz64(x) - 32;
}

static inline uint32_t wasm_ctz32(uint32_t x)
{
    return x ? wasm_ctz64(x) : 32;
}

/* The upper half of the product of two unsigned numbers. */
static inline uint64_t wasm_high_of_product(uint64_t x, uint64_t y)
{
#if defined(__SIZEOF_INT128__)
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)((wide)x * y >> 64);
#else
    uint64_t low = (x & UINT32_MAX) * (y & UINT32_MAX);
    uint64_t middle = (x >> 32) * (y & UINT32_MAX) + (low >> 32);
    uint64_t other = (x & UINT32_MAX) * (y >> 32) + (middle & UINT32_MAX);
    return (x >> 32) * (y >> 32) + (middle >> 32) + (other >> 32);
#endif
}

/* Floats and their bits */

static inline uint32_t wasm_f32_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float wasm_f32_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline uint64_t wasm_f64_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double wasm_f64_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#define F32_SIGN UINT32_C(0x80000000)
#define F64_SIGN UINT64_C(0x8000000000000000)

static inline float wasm_f32_abs(float x)
{
    return wasm_f32_of(wasm_f32_bits(x) & ~F32_SIGN);
}

static inline float wasm_f32_neg(float x)
{
    return wasm_f32_of(wasm_f32_bits(x) ^ F32_SIGN);
}

static inline float wasm_f32_copysign(float x, float y)
{
    return wasm_f32_of((wasm_f32_bits(x) & ~F32_SIGN) | (wasm_f32_bits(y) & F32_SIGN));
}

static inline double wasm_f64_abs(double x)
{
    return wasm_f64_of(wasm_f64_bits(x) & ~F64_SIGN);
}

static inline double wasm_f64_neg(double x)
{
    return wasm_f64_of(wasm_f64_bits(x) ^ F64_SIGN);
}

static inline double wasm_f64_copysign(double x, double y)
{
    return wasm_f64_of((wasm_f64_bits(x) & ~F64_SIGN) | (wasm_f64_bits(y) & F64_SIGN));
}

/* A NaN is the sum of both, which is quiet; of two zeros the negative one is the smaller. */
#define MINIMUM(name, type, bits, of)                                                                                            \
    static inline type wasm_##name##_min(type x, type y)                                                                         \
    {                                                                                                                            \
        return x < y ? x : y < x ? y : x == y ? of(bits(x) | bits(y)) : x + y;                                                   \
    }                                                                                                                            \
    static inline type wasm_##name##_max(type x, type y)                                                                         \
    {                                                                                                                            \
        return x > y ? x : y > x ? y : x == y ? of(bits(x) & bits(y)) : x + y;                                                   \
    }

MINIMUM(f32, float, wasm_f32_bits, wasm_f32_of)
MINIMUM(f64, double, wasm_f64_bits, wasm_f64_of)
#undef MINIMUM

/* Rounding of a NaN makes it quiet; the functions of C may leave it as it is. */
#define ROUNDING(name, of_c)                                                                                                     \
    static inline float wasm_f32_##name(float x)                                                                                 \
    {                                                                                                                            \
        return x == x ? of_c##f(x) : x + x;                                                                                      \
    }                                                                                                                            \
    static inline double wasm_f64_##name(double x)                                                                               \
    {                                                                                                                            \
        return x == x ? of_c(x) : x + x;                                                                                         \
    }

ROUNDING(ceil, ceil)
ROUNDING(floor, floor)
ROUNDING(trunc, trunc)
ROUNDING(nearest, rint)
#undef ROUNDING

/* Conversions that stop at the ends of the integers. */

static inline uint32_t wasm_sat_i32(double x)
{
    return x != x ? 0 : x <= -2147483648.0 ? UINT32_C(0x80000000) : x >= 2147483647.0 ? 0x7FFFFFFF : (uint32_t)(int32_t)x;
}

static inline uint32_t wasm_sat_u32(double x)
{
    return !(x > 0.0) ? 0 : x >= 4294967295.0 ? UINT32_MAX : (uint32_t)(int64_t)x;
}

static inline uint64_t wasm_sat_i64(double x)
{
    return x != x                          ? 0
           : x < -9223372036854775808.0    ? UINT64_C(0x8000000000000000)
           : x >= 9223372036854775808.0    ? UINT64_C(0x7FFFFFFFFFFFFFFF)
                                           : (uint64_t)(int64_t)x;
}

static inline uint64_t wasm_sat_u64(double x)
{
    return !(x > 0.0) ? 0 : x >= 18446744073709551616.0 ? UINT64_MAX : (uint64_t)x;
}

#endif
