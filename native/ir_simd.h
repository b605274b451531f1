/* The operations on vectors, those that give two integers, and atomic ones: the part of ir.h that these families have.

   Lives here: which vector instructions have operations of their own. All others are one operation with the address of a function
   of vector.c in its second cell.

   WASM_VECTORS: the compiler has vectors as values. Where it has not, the lists of arithmetic are empty, and all is called. */

#ifndef WASM_IR_SIMD_H
#define WASM_IR_SIMD_H

#if defined(__GNUC__) && !defined(WASM_NO_VECTORS)
#define WASM_VECTORS
#endif

#ifdef WASM_VECTORS

/* Two vectors: name, type of the operands, expression. C: the operands may change places. Forms as in ir.h; an immediate is the
   cell behind. */
#define IR_VECTOR_BINARIES(C, N)                                                                                                 \
    C(i8x16_add, u8x16, x + y)                                                                                                   \
    C(i8x16_eq, u8x16, x == y)                                                                                                   \
    C(i8x16_ne, u8x16, x != y)                                                                                                   \
    N(i8x16_sub, u8x16, x - y)                                                                                                   \
    N(i8x16_gt_s, i8x16, x > y)                                                                                                  \
    N(i8x16_gt_u, u8x16, x > y)                                                                                                  \
    C(i16x8_add, u16x8, x + y)                                                                                                   \
    C(i16x8_mul, u16x8, x *y)                                                                                                    \
    C(i16x8_eq, u16x8, x == y)                                                                                                   \
    N(i16x8_sub, u16x8, x - y)                                                                                                   \
    N(i16x8_gt_s, i16x8, x > y)                                                                                                  \
    C(i32x4_add, u32x4, x + y)                                                                                                   \
    C(i32x4_mul, u32x4, x *y)                                                                                                    \
    C(i32x4_eq, u32x4, x == y)                                                                                                   \
    C(i32x4_ne, u32x4, x != y)                                                                                                   \
    N(i32x4_sub, u32x4, x - y)                                                                                                   \
    N(i32x4_gt_s, i32x4, x > y)                                                                                                  \
    C(i64x2_add, u64x2, x + y)                                                                                                   \
    C(i64x2_mul, u64x2, x *y)                                                                                                    \
    N(i64x2_sub, u64x2, x - y)                                                                                                   \
    C(v128_and, u64x2, x &y)                                                                                                     \
    C(v128_or, u64x2, x | y)                                                                                                     \
    C(v128_xor, u64x2, x ^ y)                                                                                                    \
    N(v128_andnot, u64x2, x & ~y)                                                                                                \
    N(f32x4_add, f32x4, x + y)                                                                                                   \
    N(f32x4_sub, f32x4, x - y)                                                                                                   \
    N(f32x4_mul, f32x4, x *y)                                                                                                    \
    N(f32x4_div, f32x4, x / y)                                                                                                   \
    N(f32x4_lt, f32x4, x < y)                                                                                                    \
    N(f32x4_le, f32x4, x <= y)                                                                                                   \
    N(f64x2_add, f64x2, x + y)                                                                                                   \
    N(f64x2_sub, f64x2, x - y)                                                                                                   \
    N(f64x2_mul, f64x2, x *y)                                                                                                    \
    N(f64x2_div, f64x2, x / y)                                                                                                   \
    N(f64x2_lt, f64x2, x < y)                                                                                                    \
    N(f64x2_le, f64x2, x <= y)

/* Instructions that are one of these with the operands exchanged. */
#define IR_VECTOR_SWAPPED(X)                                                                                                     \
    X(i8x16_lt_s, i8x16_gt_s)                                                                                                    \
    X(i8x16_lt_u, i8x16_gt_u)                                                                                                    \
    X(i16x8_lt_s, i16x8_gt_s)                                                                                                    \
    X(i32x4_lt_s, i32x4_gt_s)                                                                                                    \
    X(f32x4_gt, f32x4_lt)                                                                                                        \
    X(f32x4_ge, f32x4_le)                                                                                                        \
    X(f64x2_gt, f64x2_lt)                                                                                                        \
    X(f64x2_ge, f64x2_le)

/* A vector and a number of bits. */
#define IR_VECTOR_SHIFTS(X)                                                                                                      \
    X(i16x8_shl, u16x8, x << (y & 15))                                                                                           \
    X(i16x8_shr_u, u16x8, x >> (y & 15))                                                                                         \
    X(i32x4_shl, u32x4, x << (y & 31))                                                                                           \
    X(i32x4_shr_s, i32x4, x >> (int32_t)(y & 31))                                                                                \
    X(i32x4_shr_u, u32x4, x >> (y & 31))                                                                                         \
    X(i64x2_shl, u64x2, x << (uint64_t)(y & 63))                                                                                 \
    X(i64x2_shr_u, u64x2, x >> (uint64_t)(y & 63))

/* One operand: as IR_UNARIES. */
#define IR_VECTOR_UNARIES(X)                                                                                                     \
    X(v128_not, u64x2, v128, , ~x)                                                                                               \
    X(v128_any_true, u64x2, u32, , (x[0] | x[1]) != 0)                                                                           \
    X(i8x16_bitmask, u8x16, u32, , wasm_bitmask8(x))                                                                             \
    X(f32x4_neg, u32x4, v128, , x ^ UINT32_C(0x80000000))                                                                        \
    X(f32x4_abs, u32x4, v128, , x & UINT32_C(0x7FFFFFFF))                                                                        \
    X(f64x2_neg, u64x2, v128, , x ^ UINT64_C(0x8000000000000000))                                                                \
    X(f64x2_abs, u64x2, v128, , x & UINT64_C(0x7FFFFFFFFFFFFFFF))                                                                \
    X(f32x4_convert_i32x4_s, i32x4, v128, , __builtin_convertvector(x, wasm_f32x4))                                              \
    X(i8x16_splat, u32, v128, , (wasm_u8x16){0} + (uint8_t)x)                                                                    \
    X(i16x8_splat, u32, v128, , (wasm_u16x8){0} + (uint16_t)x)                                                                   \
    X(i32x4_splat, u32, v128, , (wasm_u32x4){0} + x)                                                                             \
    X(i64x2_splat, u64, v128, , (wasm_u64x2){0} + x)                                                                             \
    X(f32x4_splat, f32, v128, , ((wasm_f32x4){x, x, x, x}))                                                                      \
    X(f64x2_splat, f64, v128, , ((wasm_f64x2){x, x}))

/* Lanes: name, type of the number, its vector, bytes of a lane. The lane is slot d. */
#define IR_VECTOR_REPLACES(X)                                                                                                    \
    X(i8x16_replace_lane, u32, wasm_u8x16, 1, (wasm_u8x16){0} + (uint8_t)y)                                                      \
    X(i16x8_replace_lane, u32, wasm_u16x8, 2, (wasm_u16x8){0} + (uint16_t)y)                                                     \
    X(i32x4_replace_lane, u32, wasm_u32x4, 4, (wasm_u32x4){0} + y)                                                               \
    X(i64x2_replace_lane, u64, wasm_u64x2, 8, (wasm_u64x2){0} + y)                                                               \
    X(f32x4_replace_lane, f32, wasm_f32x4, 4, ((wasm_f32x4){y, y, y, y}))                                                        \
    X(f64x2_replace_lane, f64, wasm_f64x2, 8, ((wasm_f64x2){y, y}))

#define IR_VECTOR_SELECTS(X) X(v128_bitselect)

#else

#define IR_VECTOR_BINARIES(C, N)
#define IR_VECTOR_SWAPPED(X)
#define IR_VECTOR_SHIFTS(X)
#define IR_VECTOR_UNARIES(X)
#define IR_VECTOR_REPLACES(X)
#define IR_VECTOR_SELECTS(X)

#endif

/* Name, type of the result, type of the lane. The vector is in a slot, the lane is the immediate. */
#define IR_VECTOR_EXTRACTS(X)                                                                                                    \
    X(i8x16_extract_lane_s, u32, int8_t)                                                                                         \
    X(i8x16_extract_lane_u, u32, uint8_t)                                                                                        \
    X(i16x8_extract_lane_s, u32, int16_t)                                                                                        \
    X(i16x8_extract_lane_u, u32, uint16_t)                                                                                       \
    X(i32x4_extract_lane, u32, uint32_t)                                                                                         \
    X(i64x2_extract_lane, u64, uint64_t)                                                                                         \
    X(f32x4_extract_lane, f32, float)                                                                                            \
    X(f64x2_extract_lane, f64, double)

/* One name each. vector: a function of vector.c, which gives a vector; vector_number: one that gives an integer; shuffle: the same
   with its sixteen lanes in a third cell; vector_load: a function of vector_memory.c. */
#define IR_VECTOR_PAIRS(X)                                                                                                       \
    X(vglobal_get)                                                                                                               \
    X(vselect)                                                                                                                   \
    X(vector)                                                                                                                    \
    X(vector_number)                                                                                                             \
    X(shuffle)                                                                                                                   \
    X(vector_load)                                                                                                               \
    X(vector_far_load)

#define IR_VECTOR_OTHERS(X)                                                                                                      \
    X(const128)                                                                                                                  \
    X(vglobal_set)                                                                                                               \
    X(vector_store)                                                                                                              \
    X(vector_far_store)                                                                                                          \
    X(add128)                                                                                                                    \
    X(sub128)                                                                                                                    \
    X(mul_wide_s)                                                                                                                \
    X(mul_wide_u)

/* Atomic accesses: see atomics.h. */
#define IR_ATOMICS(X)                                                                                                            \
    X(atomic)                                                                                                                    \
    X(atomic_fence)                                                                                                              \
    X(atomic_wait32)                                                                                                             \
    X(atomic_wait64)                                                                                                             \
    X(atomic_notify)                                                                                                             \
    X(take_mail)

/* Forms of replacing and selecting: which operand is in the accumulator. */
enum { IR_LANE_SS, IR_LANE_AS, IR_LANE_SA };
enum { IR_SELECT_SSS, IR_SELECT_ASS, IR_SELECT_SSA };

#define IR_REPLACE(n, ...) IR_PAIR(n##_ss) IR_PAIR(n##_as) IR_PAIR(n##_sa)
#define IR_SELECT(n) IR_PAIR(n##_sss) IR_PAIR(n##_ass) IR_PAIR(n##_ssa)

#define IR_SIMD_PAIRS                                                                                                            \
    IR_VECTOR_BINARIES(IR_COMMUTATIVE, IR_BINARY)                                                                                \
    IR_VECTOR_SHIFTS(IR_COMMUTATIVE)                                                                                             \
    IR_VECTOR_UNARIES(IR_UNARY)                                                                                                  \
    IR_VECTOR_REPLACES(IR_REPLACE)                                                                                               \
    IR_VECTOR_SELECTS(IR_SELECT)                                                                                                 \
    IR_VECTOR_EXTRACTS(IR_PAIR_ROW)                                                                                              \
    IR_VECTOR_PAIRS(IR_PAIR)
#define IR_PAIR_ROW(n, ...) IR_PAIR(n)

#endif
