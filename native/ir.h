/* The code that the loop runs: cells of 16 bytes, and the list of all operations.

   Lives here: the shape of a cell, which operations there are, and what their forms mean.
   Not here: what operations do (numeric.inc, memory.inc, control.inc …, expanded by loop.c), and how code is made (translate.c).

   An operation names where its operands are by its form:
       s   a slot of the frame        a   the accumulator: what the operation before has left in a C variable
       i   an immediate               (floats: in the cell behind)
   and what becomes of its result:
       _s  goes to slot a and stays in the accumulator
       _a  stays in the accumulator alone: it is needed once, by the next operation
   i64_sub_as_s: the accumulator minus slot c, to slot a.

   An operation of the form _s has an even number, and the same with _a the one behind it, so the lowest bit takes the store away. */

#ifndef WASM_IR_H
#define WASM_IR_H

#include <stdint.h>

#include "ir_aggregates.h"
#include "ir_simd.h"

typedef struct wasm_cell {
    union {
        const void *handler; /* of the first cell of an operation */
        uint64_t op;         /* the same before the code is finished, and always where there is no computed goto */
        uint64_t wide;       /* of a cell behind it */
        double f64;
        float f32;
        void *pointer;
    } u;
    uint16_t a;
    uint16_t b;
    union {
        struct {
            uint16_t c;
            uint16_t d;
        } s;
        uint32_t imm;
        int32_t jump; /* in bytes, from this cell */
    } v;
} wasm_cell;

_Static_assert(sizeof(wasm_cell) == 16, "a cell has 16 bytes");

/* Rows of two operands: name, type of the operands, type of the result, what may stop it, expression.
   Types: u32 i32 u64 i64 f32 f64, v128 and its shapes. C: the operands may change places. */

#define IR_BINARIES(C, N)                                                                                                        \
    C(i32_add, u32, u32, , x + y)                                                                                                \
    C(i32_mul, u32, u32, , x *y)                                                                                                 \
    C(i32_and, u32, u32, , x &y)                                                                                                 \
    C(i32_or, u32, u32, , x | y)                                                                                                 \
    C(i32_xor, u32, u32, , x ^ y)                                                                                                \
    N(i32_sub, u32, u32, , x - y)                                                                                                \
    N(i32_shl, u32, u32, , x << (y & 31))                                                                                        \
    N(i32_shr_s, i32, u32, , x >> (y & 31))                                                                                      \
    N(i32_shr_u, u32, u32, , x >> (y & 31))                                                                                      \
    N(i32_rotl, u32, u32, , wasm_rotl32(x, y))                                                                                   \
    N(i32_rotr, u32, u32, , wasm_rotl32(x, 0u - y))                                                                              \
    N(i32_div_s, i32, u32, NOT_ZERO(y) NOT_OVERFLOWING(x == INT32_MIN && y == -1), x / y)                                        \
    N(i32_div_u, u32, u32, NOT_ZERO(y), x / y)                                                                                   \
    N(i32_rem_s, i32, u32, NOT_ZERO(y), y == -1 ? 0 : x % y)                                                                     \
    N(i32_rem_u, u32, u32, NOT_ZERO(y), x % y)                                                                                   \
    C(i64_add, u64, u64, , x + y)                                                                                                \
    C(i64_mul, u64, u64, , x *y)                                                                                                 \
    C(i64_and, u64, u64, , x &y)                                                                                                 \
    C(i64_or, u64, u64, , x | y)                                                                                                 \
    C(i64_xor, u64, u64, , x ^ y)                                                                                                \
    N(i64_sub, u64, u64, , x - y)                                                                                                \
    N(i64_shl, u64, u64, , x << (y & 63))                                                                                        \
    N(i64_shr_s, i64, u64, , x >> (y & 63))                                                                                      \
    N(i64_shr_u, u64, u64, , x >> (y & 63))                                                                                      \
    N(i64_rotl, u64, u64, , wasm_rotl64(x, y))                                                                                   \
    N(i64_rotr, u64, u64, , wasm_rotl64(x, 0u - y))                                                                              \
    N(i64_div_s, i64, u64, NOT_ZERO(y) NOT_OVERFLOWING(x == INT64_MIN && y == -1), x / y)                                        \
    N(i64_div_u, u64, u64, NOT_ZERO(y), x / y)                                                                                   \
    N(i64_rem_s, i64, u64, NOT_ZERO(y), y == -1 ? 0 : x % y)                                                                     \
    N(i64_rem_u, u64, u64, NOT_ZERO(y), x % y)                                                                                   \
    N(f32_add, f32, f32, , x + y)                                                                                                \
    N(f32_sub, f32, f32, , x - y)                                                                                                \
    N(f32_mul, f32, f32, , x *y)                                                                                                 \
    N(f32_div, f32, f32, , x / y)                                                                                                \
    N(f32_min, f32, f32, , wasm_f32_min(x, y))                                                                                   \
    N(f32_max, f32, f32, , wasm_f32_max(x, y))                                                                                   \
    N(f32_copysign, f32, f32, , wasm_f32_copysign(x, y))                                                                         \
    N(f64_add, f64, f64, , x + y)                                                                                                \
    N(f64_sub, f64, f64, , x - y)                                                                                                \
    N(f64_mul, f64, f64, , x *y)                                                                                                 \
    N(f64_div, f64, f64, , x / y)                                                                                                \
    N(f64_min, f64, f64, , wasm_f64_min(x, y))                                                                                   \
    N(f64_max, f64, f64, , wasm_f64_max(x, y))                                                                                   \
    N(f64_copysign, f64, f64, , wasm_f64_copysign(x, y))

/* Conditions: name, type, expression. A value, or fused with the branch that asks. Closed under not and under an exchange of the
   operands, and ordered so that emit.c finds both. Y: there is no such instruction. */

#define IR_CONDITIONS(X, Y)                                                                                                         \
    X(i32_eq, u32, x == y)                                                                                                       \
    X(i32_ne, u32, x != y)                                                                                                       \
    X(i32_lt_s, i32, x < y)                                                                                                      \
    X(i32_ge_s, i32, x >= y)                                                                                                     \
    X(i32_gt_s, i32, x > y)                                                                                                      \
    X(i32_le_s, i32, x <= y)                                                                                                     \
    X(i32_lt_u, u32, x < y)                                                                                                      \
    X(i32_ge_u, u32, x >= y)                                                                                                     \
    X(i32_gt_u, u32, x > y)                                                                                                      \
    X(i32_le_u, u32, x <= y)                                                                                                     \
    Y(i32_none, u32, (x & y) == 0)                                                                                               \
    Y(i32_some, u32, (x & y) != 0)                                                                                               \
    X(i64_eq, u64, x == y)                                                                                                       \
    X(i64_ne, u64, x != y)                                                                                                       \
    X(i64_lt_s, i64, x < y)                                                                                                      \
    X(i64_ge_s, i64, x >= y)                                                                                                     \
    X(i64_gt_s, i64, x > y)                                                                                                      \
    X(i64_le_s, i64, x <= y)                                                                                                     \
    X(i64_lt_u, u64, x < y)                                                                                                      \
    X(i64_ge_u, u64, x >= y)                                                                                                     \
    X(i64_gt_u, u64, x > y)                                                                                                      \
    X(i64_le_u, u64, x <= y)                                                                                                     \
    X(f32_eq, f32, x == y)                                                                                                       \
    X(f32_ne, f32, x != y)                                                                                                       \
    X(f32_lt, f32, x < y)                                                                                                        \
    Y(f32_nlt, f32, !(x < y))                                                                                                    \
    X(f32_gt, f32, x > y)                                                                                                        \
    Y(f32_ngt, f32, !(x > y))                                                                                                    \
    X(f32_le, f32, x <= y)                                                                                                       \
    Y(f32_nle, f32, !(x <= y))                                                                                                   \
    X(f32_ge, f32, x >= y)                                                                                                       \
    Y(f32_nge, f32, !(x >= y))                                                                                                   \
    X(f64_eq, f64, x == y)                                                                                                       \
    X(f64_ne, f64, x != y)                                                                                                       \
    X(f64_lt, f64, x < y)                                                                                                        \
    Y(f64_nlt, f64, !(x < y))                                                                                                    \
    X(f64_gt, f64, x > y)                                                                                                        \
    Y(f64_ngt, f64, !(x > y))                                                                                                    \
    X(f64_le, f64, x <= y)                                                                                                       \
    Y(f64_nle, f64, !(x <= y))                                                                                                   \
    X(f64_ge, f64, x >= y)                                                                                                       \
    Y(f64_nge, f64, !(x >= y))

/* Rows of one operand: name, its type, type of the result, what may stop it, expression. */

#define IR_UNARIES(X)                                                                                                            \
    X(i32_clz, u32, u32, , wasm_clz32(x))                                                                                        \
    X(i32_ctz, u32, u32, , wasm_ctz32(x))                                                                                        \
    X(i32_popcnt, u32, u32, , wasm_popcnt64(x))                                                                                  \
    X(i64_clz, u64, u64, , wasm_clz64(x))                                                                                        \
    X(i64_ctz, u64, u64, , wasm_ctz64(x))                                                                                        \
    X(i64_popcnt, u64, u64, , wasm_popcnt64(x))                                                                                  \
    X(i32_wrap_i64, u64, u32, , (uint32_t)x)                                                                                     \
    X(i64_extend_i32_s, i32, u64, , (uint64_t)(int64_t)x)                                                                        \
    X(i64_extend_i32_u, u32, u64, , x)                                                                                           \
    X(i32_extend8_s, u32, u32, , (uint32_t)(int8_t)x)                                                                            \
    X(i32_extend16_s, u32, u32, , (uint32_t)(int16_t)x)                                                                          \
    X(i64_extend8_s, u64, u64, , (uint64_t)(int8_t)x)                                                                            \
    X(i64_extend16_s, u64, u64, , (uint64_t)(int16_t)x)                                                                          \
    X(i64_extend32_s, u64, u64, , (uint64_t)(int32_t)x)                                                                          \
    X(f32_abs, f32, f32, , wasm_f32_abs(x))                                                                                      \
    X(f32_neg, f32, f32, , wasm_f32_neg(x))                                                                                      \
    X(f32_ceil, f32, f32, , wasm_f32_ceil(x))                                                                                    \
    X(f32_floor, f32, f32, , wasm_f32_floor(x))                                                                                  \
    X(f32_trunc, f32, f32, , wasm_f32_trunc(x))                                                                                  \
    X(f32_nearest, f32, f32, , wasm_f32_nearest(x))                                                                              \
    X(f32_sqrt, f32, f32, , sqrtf(x))                                                                                            \
    X(f64_abs, f64, f64, , wasm_f64_abs(x))                                                                                      \
    X(f64_neg, f64, f64, , wasm_f64_neg(x))                                                                                      \
    X(f64_ceil, f64, f64, , wasm_f64_ceil(x))                                                                                    \
    X(f64_floor, f64, f64, , wasm_f64_floor(x))                                                                                  \
    X(f64_trunc, f64, f64, , wasm_f64_trunc(x))                                                                                  \
    X(f64_nearest, f64, f64, , wasm_f64_nearest(x))                                                                              \
    X(f64_sqrt, f64, f64, , sqrt(x))                                                                                             \
    X(i32_trunc_f32_s, f32, u32, IN_RANGE(x, -2147483904.0f, 2147483648.0f), (uint32_t)(int32_t)x)                               \
    X(i32_trunc_f32_u, f32, u32, IN_RANGE(x, -1.0f, 4294967296.0f), (uint32_t)(int64_t)x)                                        \
    X(i32_trunc_f64_s, f64, u32, IN_RANGE(x, -2147483649.0, 2147483648.0), (uint32_t)(int32_t)x)                                 \
    X(i32_trunc_f64_u, f64, u32, IN_RANGE(x, -1.0, 4294967296.0), (uint32_t)(int64_t)x)                                          \
    X(i64_trunc_f32_s, f32, u64, IN_RANGE(x, -9223373136366403584.0f, 9223372036854775808.0f), (uint64_t)(int64_t)x)             \
    X(i64_trunc_f32_u, f32, u64, IN_RANGE(x, -1.0f, 18446744073709551616.0f), (uint64_t)x)                                       \
    X(i64_trunc_f64_s, f64, u64, IN_RANGE(x, -9223372036854777856.0, 9223372036854775808.0), (uint64_t)(int64_t)x)               \
    X(i64_trunc_f64_u, f64, u64, IN_RANGE(x, -1.0, 18446744073709551616.0), (uint64_t)x)                                         \
    X(i32_trunc_sat_f32_s, f32, u32, , wasm_sat_i32(x))                                                                          \
    X(i32_trunc_sat_f32_u, f32, u32, , wasm_sat_u32(x))                                                                          \
    X(i32_trunc_sat_f64_s, f64, u32, , wasm_sat_i32(x))                                                                          \
    X(i32_trunc_sat_f64_u, f64, u32, , wasm_sat_u32(x))                                                                          \
    X(i64_trunc_sat_f32_s, f32, u64, , wasm_sat_i64(x))                                                                          \
    X(i64_trunc_sat_f32_u, f32, u64, , wasm_sat_u64(x))                                                                          \
    X(i64_trunc_sat_f64_s, f64, u64, , wasm_sat_i64(x))                                                                          \
    X(i64_trunc_sat_f64_u, f64, u64, , wasm_sat_u64(x))                                                                          \
    X(f32_convert_i32_s, i32, f32, , (float)x)                                                                                   \
    X(f32_convert_i32_u, u32, f32, , (float)x)                                                                                   \
    X(f32_convert_i64_s, i64, f32, , (float)x)                                                                                   \
    X(f32_convert_i64_u, u64, f32, , (float)x)                                                                                   \
    X(f32_demote_f64, f64, f32, , (float)x)                                                                                      \
    X(f64_convert_i32_s, i32, f64, , (double)x)                                                                                  \
    X(f64_convert_i32_u, u32, f64, , (double)x)                                                                                  \
    X(f64_convert_i64_s, i64, f64, , (double)x)                                                                                  \
    X(f64_convert_i64_u, u64, f64, , (double)x)                                                                                  \
    X(f64_promote_f32, f32, f64, , (double)x)                                                                                    \
    X(i32_reinterpret_f32, f32, u32, , wasm_f32_bits(x))                                                                         \
    X(i64_reinterpret_f64, f64, u64, , wasm_f64_bits(x))                                                                         \
    X(f32_reinterpret_i32, u32, f32, , wasm_f32_of(x))                                                                           \
    X(f64_reinterpret_i64, u64, f64, , wasm_f64_of(x))

/* Loads: name, type of the result, type in memory, bytes. Addresses by their form:
       s   slot b plus the offset              a   the accumulator plus the offset
       w   slot b plus the immediate, cut      v   the accumulator plus the immediate, cut
       x   slots b and c, cut, plus offset d   y   accumulator and slot c, cut, plus offset d
       c   the immediate
   "Cut" is what i32.add does. */

#define IR_LOADS(X)                                                                                                              \
    X(i32_load, u32, uint32_t, 4)                                                                                                \
    X(i64_load, u64, uint64_t, 8)                                                                                                \
    X(f32_load, f32, float, 4)                                                                                                   \
    X(f64_load, f64, double, 8)                                                                                                  \
    X(i32_load8_s, u32, int8_t, 1)                                                                                               \
    X(i32_load8_u, u32, uint8_t, 1)                                                                                              \
    X(i32_load16_s, u32, int16_t, 2)                                                                                             \
    X(i32_load16_u, u32, uint16_t, 2)                                                                                            \
    X(i64_load8_s, u64, int8_t, 1)                                                                                               \
    X(i64_load8_u, u64, uint8_t, 1)                                                                                              \
    X(i64_load16_s, u64, int16_t, 2)                                                                                             \
    X(i64_load16_u, u64, uint16_t, 2)                                                                                            \
    X(i64_load32_s, u64, int32_t, 4)                                                                                             \
    X(i64_load32_u, u64, uint32_t, 4)                                                                                            \
    X(v128_load, v128, wasm_v128, 16)

/* Stores: name, type of the operand, type in memory, bytes. The first letter of the form is the address, as for loads, in slot a
   where it is one; the second the value: slot b, the accumulator, or the 16 bits in b. Form x keeps its second slot in c. */

#define IR_STORES(X)                                                                                                             \
    X(i32_store, u32, uint32_t, 4)                                                                                               \
    X(i64_store, u64, uint64_t, 8)                                                                                               \
    X(f32_store, f32, float, 4)                                                                                                  \
    X(f64_store, f64, double, 8)                                                                                                 \
    X(i32_store8, u32, uint8_t, 1)                                                                                               \
    X(i32_store16, u32, uint16_t, 2)                                                                                             \
    X(i64_store8, u64, uint8_t, 1)                                                                                               \
    X(i64_store16, u64, uint16_t, 2)                                                                                             \
    X(i64_store32, u64, uint32_t, 4)                                                                                             \
    X(v128_store, v128, wasm_v128, 16)

/* Everything else, one operation a name: first those with a result that may be redirected. */

#define IR_PAIRS(X)                                                                                                              \
    X(i64_const)                                                                                                                 \
    X(global_get)                                                                                                                \
    X(fglobal_get)                                                                                                               \
    X(dglobal_get)                                                                                                               \
    X(select)                                                                                                                    \
    X(fselect)                                                                                                                   \
    X(dselect)

#define IR_OTHERS(X)                                                                                                             \
    X(unreachable)                                                                                                               \
    X(translate)                                                                                                                 \
    X(leave)                                                                                                                     \
    X(switch_back)                                                                                                               \
    X(zero)                                                                                                                      \
    X(copy)                                                                                                                      \
    X(copy2)                                                                                                                     \
    X(copy128)                                                                                                                   \
    X(copy_far)                                                                                                                  \
    X(const32)                                                                                                                   \
    X(const64)                                                                                                                   \
    X(loop)                                                                                                                      \
    X(br)                                                                                                                        \
    X(br_back)                                                                                                                   \
    X(br_table)                                                                                                                  \
    X(return0)                                                                                                                   \
    X(return_s)                                                                                                                  \
    X(return_a)                                                                                                                  \
    X(return_fa)                                                                                                                 \
    X(return_da)                                                                                                                 \
    X(return_i)                                                                                                                  \
    X(return_n)                                                                                                                  \
    X(call)                                                                                                                      \
    X(call_import)                                                                                                               \
    X(call_indirect)                                                                                                             \
    X(call_ref)                                                                                                                  \
    X(tail_call)                                                                                                                 \
    X(tail_call_import)                                                                                                          \
    X(tail_call_indirect)                                                                                                        \
    X(tail_call_ref)                                                                                                             \
    X(throw)                                                                                                                     \
    X(throw_ref)                                                                                                                 \
    X(step)                                                                                                                      \
    X(global_set)                                                                                                                \
    X(ref_func)                                                                                                                  \
    X(ref_as_non_null)                                                                                                           \
    X(far_load)                                                                                                                  \
    X(far_store)                                                                                                                 \
    X(memory_size)                                                                                                               \
    X(memory_grow)                                                                                                               \
    X(memory_fill)                                                                                                               \
    X(memory_copy)                                                                                                               \
    X(memory_init)                                                                                                               \
    X(data_drop)                                                                                                                 \
    X(table_get)                                                                                                                 \
    X(table_set)                                                                                                                 \
    X(table_size)                                                                                                                \
    X(table_grow)                                                                                                                \
    X(table_fill)                                                                                                                \
    X(table_copy)                                                                                                                \
    X(table_init)                                                                                                                \
    X(elem_drop)

/* The names of all operations, in the order of their numbers. The user defines OP(name). */

enum { IR_SS, IR_AS, IR_SI, IR_AI, IR_SA }; /* forms of binary operations and, but for the last, of conditions */
enum { IR_LOAD_S, IR_LOAD_A, IR_LOAD_W, IR_LOAD_V, IR_LOAD_X, IR_LOAD_Y, IR_LOAD_C };
enum { IR_STORE_SS, IR_STORE_SA, IR_STORE_SI, IR_STORE_WS, IR_STORE_WA, IR_STORE_WI, IR_STORE_AS, IR_STORE_AI, IR_STORE_XS,
       IR_STORE_XA };

#define IR_PAIR(n) OP(n##_s) OP(n##_a)
#define IR_UNARY(n, ...) IR_PAIR(n##_s) IR_PAIR(n##_a)
#define IR_COMMUTATIVE(n, ...) IR_PAIR(n##_ss) IR_PAIR(n##_as) IR_PAIR(n##_si) IR_PAIR(n##_ai)
#define IR_BINARY(n, ...) IR_COMMUTATIVE(n) IR_PAIR(n##_sa)
/* The value forms of a condition, then the branches: forwards, and back to a loop. */
#define IR_CONDITION(n, ...)                                                                                                     \
    IR_COMMUTATIVE(n)                                                                                                            \
    OP(n##_ss_br) OP(n##_ss_loop) OP(n##_as_br) OP(n##_as_loop) OP(n##_si_br) OP(n##_si_loop) OP(n##_ai_br) OP(n##_ai_loop)
#define IR_LOAD(n, ...)                                                                                                          \
    IR_PAIR(n##_s) IR_PAIR(n##_a) IR_PAIR(n##_w) IR_PAIR(n##_v) IR_PAIR(n##_x) IR_PAIR(n##_y) IR_PAIR(n##_c)
#define IR_STORE(n, ...)                                                                                                         \
    OP(n##_ss) OP(n##_sa) OP(n##_si) OP(n##_ws) OP(n##_wa) OP(n##_wi) OP(n##_as) OP(n##_ai) OP(n##_xs) OP(n##_xa)

#define IR_OPERATIONS                                                                                                            \
    IR_BINARIES(IR_COMMUTATIVE, IR_BINARY)                                                                                       \
    IR_CONDITIONS(IR_CONDITION, IR_CONDITION)                                                                                                  \
    IR_UNARIES(IR_UNARY)                                                                                                         \
    IR_LOADS(IR_LOAD)                                                                                                            \
    IR_PAIRS(IR_PAIR)                                                                                                            \
    IR_SIMD_PAIRS                                                                                                                \
    IR_AGGREGATE_PAIRS(IR_PAIR)                                                                                                  \
    IR_STORES(IR_STORE)                                                                                                          \
    IR_OTHERS(OP)                                                                                                                \
    IR_VECTOR_OTHERS(OP)                                                                                                         \
    IR_ATOMICS(OP)                                                                                                               \
    IR_AGGREGATE_OTHERS(OP)

#define OP(n) OP_##n,
enum wasm_op { IR_OPERATIONS IR_COUNT };
#undef OP

/* How many numbers each kind of row takes. */
#define IR_CONDITION_SPAN 16
#define IR_CONDITION_BRANCH 8 /* from the first value form to the first branch */

#endif
