/* The operations on structs, arrays, small integers, and casts: the part of ir.h that this family has.

   Fields and elements, by how they are held and what becomes of them: name, type of the result or operand, type in memory. */

#ifndef WASM_IR_AGGREGATES_H
#define WASM_IR_AGGREGATES_H

/* struct_get_*: the struct in slot b, the field at offset imm. array_get_*: the array in slot b, the index in slot c. */
#define IR_HELD_READS(X)                                                                                                         \
    X(u8, u32, uint8_t)                                                                                                          \
    X(s8, u32, int8_t)                                                                                                           \
    X(u16, u32, uint16_t)                                                                                                        \
    X(s16, u32, int16_t)                                                                                                         \
    X(u32, u32, uint32_t)                                                                                                        \
    X(u64, u64, uint64_t)                                                                                                        \
    X(f32, f32, float)                                                                                                           \
    X(f64, f64, double)

/* struct_set_*: the struct in slot a, the value in slot b, the field at offset imm. array_set_*: the array in slot a, the index in
   slot b, the value in slot c. In the order of heap.h. */
#define IR_HELD_WRITES(X)                                                                                                        \
    X(8, uint8_t)                                                                                                                \
    X(16, uint16_t)                                                                                                              \
    X(32, uint32_t)                                                                                                              \
    X(64, uint64_t)                                                                                                              \
    X(128, wasm_held_128)

#define IR_AGGREGATE_PAIRS(X)                                                                                                    \
    X(struct_get_u8) X(struct_get_s8) X(struct_get_u16) X(struct_get_s16) X(struct_get_u32) X(struct_get_u64)                    \
    X(struct_get_f32) X(struct_get_f64)                                                                                          \
    X(array_get_u8) X(array_get_s8) X(array_get_u16) X(array_get_s16) X(array_get_u32) X(array_get_u64)                          \
    X(array_get_f32) X(array_get_f64)                                                                                            \
    X(array_len)                                                                                                                 \
    X(ref_i31)                                                                                                                   \
    X(i31_get_s)                                                                                                                 \
    X(i31_get_u)                                                                                                                 \
    X(ref_get_desc)                                                                                                              \
    X(ref_test_type)                                                                                                             \
    X(ref_test)                                                                                                                  \
    X(ref_test_desc)

#define IR_AGGREGATE_OTHERS(X)                                                                                                   \
    X(struct_get_v128)                                                                                                           \
    X(array_get_v128)                                                                                                            \
    X(struct_set_8) X(struct_set_16) X(struct_set_32) X(struct_set_64) X(struct_set_128)                                         \
    X(array_set_8) X(array_set_16) X(array_set_32) X(array_set_64) X(array_set_128)                                              \
    X(ref_cast_type)                                                                                                             \
    X(ref_cast)                                                                                                                  \
    X(ref_cast_desc)                                                                                                             \
    X(heap)

#endif
