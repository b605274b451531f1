/* What vector instructions do, one function each.

   Lives here: everything behind the prefix 0xFD that works on slots alone. Each is a loop over lanes, which compilers know to make
   one machine instruction of. Not here: loads and stores, and who calls these functions (the loop).

   Where relaxed instructions may choose, they do as the others do, and products and sums are rounded one by one: the same answer
   on every machine. NaNs come out quiet.

   spec: exec/numerics, vector operations */

#include "vector.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "api_vector.h"
#include "numeric.h"

typedef union {
    int8_t i8[16];
    uint8_t u8[16];
    int16_t i16[8];
    uint16_t u16[8];
    int32_t i32[4];
    uint32_t u32[4];
    int64_t i64[2];
    uint64_t u64[2];
    float f32[4];
    double f64[2];
} v128;

#define ARGUMENTS \
    uint64_t *result, const uint64_t *a, const uint64_t *b, const uint64_t *c, const uint8_t *immediate

#define UNUSED (void)a, (void)b, (void)c, (void)immediate

static inline v128 load(const uint64_t *slots) {
    v128 v;
    memcpy(&v, slots, sizeof v);
    return v;
}

static inline void store(uint64_t *slots, v128 v) { memcpy(slots, &v, sizeof v); }

/* A function that makes vector z, lane by lane, out of x, y and w; *lane* is the member of the union that z is written as. */

#define UNARY(name, count, lane, expression) \
    static void name(ARGUMENTS) { \
        UNUSED; \
        v128 x = load(a), z = {{0}}; \
        for (int i = 0; i < (count); i++) z.lane[i] = (expression); \
        store(result, z); \
    }

#define BINARY(name, count, lane, expression) \
    static void name(ARGUMENTS) { \
        UNUSED; \
        v128 x = load(a), y = load(b), z; \
        for (int i = 0; i < (count); i++) z.lane[i] = (expression); \
        store(result, z); \
    }

#define TERNARY(name, count, lane, expression) \
    static void name(ARGUMENTS) { \
        UNUSED; \
        v128 x = load(a), y = load(b), w = load(c), z; \
        for (int i = 0; i < (count); i++) z.lane[i] = (expression); \
        store(result, z); \
    }

/* y is a number: the operand of a shift, modulo the width of a lane. */
#define SHIFT(name, count, width, lane, expression) \
    static void name(ARGUMENTS) { \
        UNUSED; \
        v128 x = load(a), z; \
        int y = (int)(b[0] & ((width) - 1)); \
        for (int i = 0; i < (count); i++) z.lane[i] = (expression); \
        store(result, z); \
    }

/* Clamping */

static inline int32_t clamp(int32_t value, int32_t least, int32_t largest) {
    return value < least ? least : value > largest ? largest : value;
}

#define CLAMP_S8(value) ((int8_t)clamp((value), -0x80, 0x7F))
#define CLAMP_U8(value) ((uint8_t)clamp((value), 0, 0xFF))
#define CLAMP_S16(value) ((int16_t)clamp((value), -0x8000, 0x7FFF))
#define CLAMP_U16(value) ((uint16_t)clamp((value), 0, 0xFFFF))

/* Integers, in all widths */

#define INTEGERS(shape, count, width, s, u) \
    BINARY(shape##_eq, count, u, x.u[i] == y.u[i] ? -1 : 0) \
    BINARY(shape##_ne, count, u, x.u[i] != y.u[i] ? -1 : 0) \
    BINARY(shape##_lt_s, count, u, x.s[i] < y.s[i] ? -1 : 0) \
    BINARY(shape##_gt_s, count, u, x.s[i] > y.s[i] ? -1 : 0) \
    BINARY(shape##_le_s, count, u, x.s[i] <= y.s[i] ? -1 : 0) \
    BINARY(shape##_ge_s, count, u, x.s[i] >= y.s[i] ? -1 : 0) \
    UNARY(shape##_abs, count, u, x.s[i] < 0 ? 0 - x.u[i] : x.u[i]) \
    UNARY(shape##_neg, count, u, 0 - x.u[i]) \
    BINARY(shape##_add, count, u, x.u[i] + y.u[i]) \
    BINARY(shape##_sub, count, u, x.u[i] - y.u[i]) \
    SHIFT(shape##_shl, count, width, u, x.u[i] << y) \
    SHIFT(shape##_shr_s, count, width, s, x.s[i] >> y) \
    SHIFT(shape##_shr_u, count, width, u, x.u[i] >> y) \
    static void shape##_all_true(ARGUMENTS) { \
        UNUSED; \
        v128 x = load(a); \
        int all = 1; \
        for (int i = 0; i < (count); i++) all &= x.u[i] != 0; \
        result[0] = (uint64_t)all; \
    } \
    static void shape##_bitmask(ARGUMENTS) { \
        UNUSED; \
        v128 x = load(a); \
        uint32_t mask = 0; \
        for (int i = 0; i < (count); i++) mask |= (uint32_t)(x.s[i] < 0) << i; \
        result[0] = mask; \
    }

INTEGERS(i8x16, 16, 8, i8, u8)
INTEGERS(i16x8, 8, 16, i16, u16)
INTEGERS(i32x4, 4, 32, i32, u32)
INTEGERS(i64x2, 2, 64, i64, u64)

/* Integers, in all widths but the largest */

#define NARROW_INTEGERS(shape, count, s, u) \
    BINARY(shape##_lt_u, count, u, x.u[i] < y.u[i] ? -1 : 0) \
    BINARY(shape##_gt_u, count, u, x.u[i] > y.u[i] ? -1 : 0) \
    BINARY(shape##_le_u, count, u, x.u[i] <= y.u[i] ? -1 : 0) \
    BINARY(shape##_ge_u, count, u, x.u[i] >= y.u[i] ? -1 : 0) \
    BINARY(shape##_min_s, count, s, x.s[i] < y.s[i] ? x.s[i] : y.s[i]) \
    BINARY(shape##_min_u, count, u, x.u[i] < y.u[i] ? x.u[i] : y.u[i]) \
    BINARY(shape##_max_s, count, s, x.s[i] > y.s[i] ? x.s[i] : y.s[i]) \
    BINARY(shape##_max_u, count, u, x.u[i] > y.u[i] ? x.u[i] : y.u[i])

NARROW_INTEGERS(i8x16, 16, i8, u8)
NARROW_INTEGERS(i16x8, 8, i16, u16)
NARROW_INTEGERS(i32x4, 4, i32, u32)

/* Integers of 8 and 16 bits */

#define SATURATING(shape, count, s, u, clamp_s, clamp_u) \
    BINARY(shape##_add_sat_s, count, s, clamp_s(x.s[i] + y.s[i])) \
    BINARY(shape##_add_sat_u, count, u, clamp_u(x.u[i] + y.u[i])) \
    BINARY(shape##_sub_sat_s, count, s, clamp_s(x.s[i] - y.s[i])) \
    BINARY(shape##_sub_sat_u, count, u, clamp_u(x.u[i] - y.u[i])) \
    BINARY(shape##_avgr_u, count, u, (x.u[i] + y.u[i] + 1) >> 1)

SATURATING(i8x16, 16, i8, u8, CLAMP_S8, CLAMP_U8)
SATURATING(i16x8, 8, i16, u16, CLAMP_S16, CLAMP_U16)

static inline uint8_t count_ones(uint8_t value) {
    value = (uint8_t)(value - ((value >> 1) & 0x55));
    value = (uint8_t)((value & 0x33) + ((value >> 2) & 0x33));
    return (value + (value >> 4)) & 0x0F;
}

UNARY(i8x16_popcnt, 16, u8, count_ones(x.u8[i]))

/* Products. Multiplied as unsigned numbers of 32 bits at least: C makes signed ones of 16 bits, which may overflow. */

BINARY(i16x8_mul, 8, u16, (uint32_t)x.u16[i] * y.u16[i])
BINARY(i32x4_mul, 4, u32, x.u32[i] * y.u32[i])
BINARY(i64x2_mul, 2, u64, x.u64[i] * y.u64[i])
BINARY(i16x8_q15mulr_sat_s, 8, i16, CLAMP_S16((x.i16[i] * y.i16[i] + 0x4000) >> 15))
BINARY(i32x4_dot_i16x8_s, 4, u32,
    (uint32_t)(x.i16[2 * i] * y.i16[2 * i]) + (uint32_t)(x.i16[2 * i + 1] * y.i16[2 * i + 1]))
BINARY(i16x8_relaxed_dot_i8x16_i7x16_s, 8, u16, x.i8[2 * i] * y.i8[2 * i] + x.i8[2 * i + 1] * y.i8[2 * i + 1])

static void i32x4_relaxed_dot_i8x16_i7x16_add_s(ARGUMENTS) {
    uint64_t half[2];
    i16x8_relaxed_dot_i8x16_i7x16_s(half, a, b, c, immediate);
    v128 x = load(half), w = load(c), z;
    for (int i = 0; i < 4; i++) z.u32[i] = (uint32_t)(x.i16[2 * i] + x.i16[2 * i + 1]) + w.u32[i];
    store(result, z);
}

/* Other widths */

#define EXTEND(shape, narrow, count, s, u, ns, nu) \
    UNARY(shape##_extend_low_##narrow##_s, count, s, x.ns[i]) \
    UNARY(shape##_extend_high_##narrow##_s, count, s, x.ns[i + (count)]) \
    UNARY(shape##_extend_low_##narrow##_u, count, u, x.nu[i]) \
    UNARY(shape##_extend_high_##narrow##_u, count, u, x.nu[i + (count)]) \
    BINARY(shape##_extmul_low_##narrow##_s, count, s, (int64_t)x.ns[i] * y.ns[i]) \
    BINARY(shape##_extmul_high_##narrow##_s, count, s, (int64_t)x.ns[i + (count)] * y.ns[i + (count)]) \
    BINARY(shape##_extmul_low_##narrow##_u, count, u, (uint64_t)x.nu[i] * y.nu[i]) \
    BINARY(shape##_extmul_high_##narrow##_u, count, u, (uint64_t)x.nu[i + (count)] * y.nu[i + (count)])

EXTEND(i16x8, i8x16, 8, i16, u16, i8, u8)
EXTEND(i32x4, i16x8, 4, i32, u32, i16, u16)
EXTEND(i64x2, i32x4, 2, i64, u64, i32, u32)

#define EXTADD(shape, narrow, count, s, u, ns, nu) \
    UNARY(shape##_extadd_pairwise_##narrow##_s, count, s, x.ns[2 * i] + x.ns[2 * i + 1]) \
    UNARY(shape##_extadd_pairwise_##narrow##_u, count, u, (uint32_t)x.nu[2 * i] + x.nu[2 * i + 1])

EXTADD(i16x8, i8x16, 8, i16, u16, i8, u8)
EXTADD(i32x4, i16x8, 4, i32, u32, i16, u16)

/* One operand after the other: so compilers see it. */
#define NARROW(name, count, lane, wide, clamped) \
    static void name(ARGUMENTS) { \
        UNUSED; \
        v128 x = load(a), y = load(b), z; \
        for (int i = 0; i < (count); i++) z.lane[i] = clamped(x.wide[i]); \
        for (int i = 0; i < (count); i++) z.lane[i + (count)] = clamped(y.wide[i]); \
        store(result, z); \
    }

NARROW(i8x16_narrow_i16x8_s, 8, i8, i16, CLAMP_S8)
NARROW(i8x16_narrow_i16x8_u, 8, u8, i16, CLAMP_U8)
NARROW(i16x8_narrow_i32x4_s, 4, i16, i32, CLAMP_S16)
NARROW(i16x8_narrow_i32x4_u, 4, u16, i32, CLAMP_U16)

/* Bits */

UNARY(v128_not, 2, u64, ~x.u64[i])
BINARY(v128_and, 2, u64, x.u64[i] & y.u64[i])
BINARY(v128_andnot, 2, u64, x.u64[i] & ~y.u64[i])
BINARY(v128_or, 2, u64, x.u64[i] | y.u64[i])
BINARY(v128_xor, 2, u64, x.u64[i] ^ y.u64[i])
TERNARY(v128_bitselect, 2, u64, (x.u64[i] & w.u64[i]) | (y.u64[i] & ~w.u64[i]))

#define i8x16_relaxed_laneselect v128_bitselect
#define i16x8_relaxed_laneselect v128_bitselect
#define i32x4_relaxed_laneselect v128_bitselect
#define i64x2_relaxed_laneselect v128_bitselect

static void v128_any_true(ARGUMENTS) {
    UNUSED;
    result[0] = (a[0] | a[1]) != 0;
}

/* Places */

static void i8x16_shuffle(ARGUMENTS) {
    UNUSED;
    uint8_t both[32];
    v128 z;
    memcpy(both, a, 16);
    memcpy(both + 16, b, 16);
    for (int i = 0; i < 16; i++) z.u8[i] = both[immediate[i] & 31];
    store(result, z);
}

BINARY(i8x16_swizzle, 16, u8, y.u8[i] < 16 ? x.u8[y.u8[i] & 15] : 0)

#define SPLAT(name, count, lane, type) \
    static void name(ARGUMENTS) { \
        UNUSED; \
        v128 z; \
        for (int i = 0; i < (count); i++) z.lane[i] = (type)a[0]; \
        store(result, z); \
    }

SPLAT(i8x16_splat, 16, u8, uint8_t)
SPLAT(i16x8_splat, 8, u16, uint16_t)
SPLAT(i32x4_splat, 4, u32, uint32_t)
SPLAT(i64x2_splat, 2, u64, uint64_t)

/* A float is its bits in a slot. */
#define f32x4_splat i32x4_splat
#define f64x2_splat i64x2_splat

#define EXTRACT(name, count, lane, type) \
    static void name(ARGUMENTS) { \
        UNUSED; \
        v128 x = load(a); \
        result[0] = (type)x.lane[immediate[0] & ((count) - 1)]; \
    }

EXTRACT(i8x16_extract_lane_s, 16, i8, uint32_t)
EXTRACT(i8x16_extract_lane_u, 16, u8, uint32_t)
EXTRACT(i16x8_extract_lane_s, 8, i16, uint32_t)
EXTRACT(i16x8_extract_lane_u, 8, u16, uint32_t)
EXTRACT(i32x4_extract_lane, 4, u32, uint32_t)
EXTRACT(i64x2_extract_lane, 2, u64, uint64_t)

#define f32x4_extract_lane i32x4_extract_lane
#define f64x2_extract_lane i64x2_extract_lane

#define REPLACE(name, count, lane, type) \
    static void name(ARGUMENTS) { \
        UNUSED; \
        v128 z = load(a); \
        z.lane[immediate[0] & ((count) - 1)] = (type)b[0]; \
        store(result, z); \
    }

REPLACE(i8x16_replace_lane, 16, u8, uint8_t)
REPLACE(i16x8_replace_lane, 8, u16, uint16_t)
REPLACE(i32x4_replace_lane, 4, u32, uint32_t)
REPLACE(i64x2_replace_lane, 2, u64, uint64_t)

#define f32x4_replace_lane i32x4_replace_lane
#define f64x2_replace_lane i64x2_replace_lane

/* Floats. Adding makes a NaN quiet; -0.0 is less than 0.0. */

static inline float min_f32(float x, float y) {
    if (x != x || y != y) return x + y;
    return x < y || (x == y && signbit(x)) ? x : y;
}

static inline float max_f32(float x, float y) {
    if (x != x || y != y) return x + y;
    return x > y || (x == y && !signbit(x)) ? x : y;
}

static inline double min_f64(double x, double y) {
    if (x != x || y != y) return x + y;
    return x < y || (x == y && signbit(x)) ? x : y;
}

static inline double max_f64(double x, double y) {
    if (x != x || y != y) return x + y;
    return x > y || (x == y && !signbit(x)) ? x : y;
}

#define FLOATS(shape, count, f, u, suffix, letter) \
    BINARY(shape##_eq, count, u, x.f[i] == y.f[i] ? -1 : 0) \
    BINARY(shape##_ne, count, u, x.f[i] != y.f[i] ? -1 : 0) \
    BINARY(shape##_lt, count, u, x.f[i] < y.f[i] ? -1 : 0) \
    BINARY(shape##_gt, count, u, x.f[i] > y.f[i] ? -1 : 0) \
    BINARY(shape##_le, count, u, x.f[i] <= y.f[i] ? -1 : 0) \
    BINARY(shape##_ge, count, u, x.f[i] >= y.f[i] ? -1 : 0) \
    UNARY(shape##_abs, count, u, x.u[i] & ~SIGN_##suffix) \
    UNARY(shape##_neg, count, u, x.u[i] ^ SIGN_##suffix) \
    UNARY(shape##_sqrt, count, f, sqrt##letter(x.f[i])) \
    UNARY(shape##_ceil, count, f, wasm_##f##_ceil(x.f[i])) \
    UNARY(shape##_floor, count, f, wasm_##f##_floor(x.f[i])) \
    UNARY(shape##_trunc, count, f, wasm_##f##_trunc(x.f[i])) \
    UNARY(shape##_nearest, count, f, wasm_##f##_nearest(x.f[i])) \
    BINARY(shape##_add, count, f, x.f[i] + y.f[i]) \
    BINARY(shape##_sub, count, f, x.f[i] - y.f[i]) \
    BINARY(shape##_mul, count, f, x.f[i] * y.f[i]) \
    BINARY(shape##_div, count, f, x.f[i] / y.f[i]) \
    BINARY(shape##_min, count, f, min_##f(x.f[i], y.f[i])) \
    BINARY(shape##_max, count, f, max_##f(x.f[i], y.f[i])) \
    BINARY(shape##_pmin, count, u, y.f[i] < x.f[i] ? y.u[i] : x.u[i]) \
    BINARY(shape##_pmax, count, u, x.f[i] < y.f[i] ? y.u[i] : x.u[i]) \
    TERNARY(shape##_relaxed_madd, count, f, x.f[i] * y.f[i] + w.f[i]) \
    TERNARY(shape##_relaxed_nmadd, count, f, w.f[i] - x.f[i] * y.f[i])

#define SIGN_32 0x80000000U
#define SIGN_64 0x8000000000000000U

FLOATS(f32x4, 4, f32, u32, 32, f)
FLOATS(f64x2, 2, f64, u64, 64, )

/* Conversions */

static inline int32_t to_i32(double x) {
    if (x != x) return 0;
    return x <= -2147483648.0 ? INT32_MIN : x >= 2147483647.0 ? INT32_MAX : (int32_t)x;
}

static inline uint32_t to_u32(double x) {
    if (!(x > 0)) return 0;
    return x >= 4294967295.0 ? UINT32_MAX : (uint32_t)x;
}

UNARY(i32x4_trunc_sat_f32x4_s, 4, i32, to_i32(x.f32[i]))
UNARY(i32x4_trunc_sat_f32x4_u, 4, u32, to_u32(x.f32[i]))
UNARY(i32x4_trunc_sat_f64x2_s_zero, 2, i32, to_i32(x.f64[i]))
UNARY(i32x4_trunc_sat_f64x2_u_zero, 2, u32, to_u32(x.f64[i]))
UNARY(f32x4_convert_i32x4_s, 4, f32, (float)x.i32[i])
UNARY(f32x4_convert_i32x4_u, 4, f32, (float)x.u32[i])
UNARY(f64x2_convert_low_i32x4_s, 2, f64, x.i32[i])
UNARY(f64x2_convert_low_i32x4_u, 2, f64, x.u32[i])
UNARY(f32x4_demote_f64x2_zero, 2, f32, (float)x.f64[i])
UNARY(f64x2_promote_low_f32x4, 2, f64, x.f32[i])

/* The relaxed ones that do what their strict relatives do */

#define i8x16_relaxed_swizzle i8x16_swizzle
#define i32x4_relaxed_trunc_f32x4_s i32x4_trunc_sat_f32x4_s
#define i32x4_relaxed_trunc_f32x4_u i32x4_trunc_sat_f32x4_u
#define i32x4_relaxed_trunc_f64x2_s_zero i32x4_trunc_sat_f64x2_s_zero
#define i32x4_relaxed_trunc_f64x2_u_zero i32x4_trunc_sat_f64x2_u_zero
#define f32x4_relaxed_min f32x4_min
#define f32x4_relaxed_max f32x4_max
#define f64x2_relaxed_min f64x2_min
#define f64x2_relaxed_max f64x2_max
#define i16x8_relaxed_q15mulr_s i16x8_q15mulr_sat_s

/* The table */

#define VECTOR(opcode, name) [opcode] = name,
const wasm_vector_function wasm_vector_functions[WASM_VECTOR_OPCODES] = {
#include "generated/vectors.h"
};
#undef VECTOR

int wasm_vector(
    uint32_t opcode, uint64_t *result, const uint64_t *a, const uint64_t *b, const uint64_t *c, const uint8_t *immediate) {
    if (opcode >= WASM_VECTOR_OPCODES || wasm_vector_functions[opcode] == NULL) return 0;
    wasm_vector_functions[opcode](result, a, b, c, immediate);
    return 1;
}
