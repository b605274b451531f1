/* Reading of function bodies that have been found valid. See reader.h. */

#include "reader.h"

#define PLANE 1024 /* opcodes behind one prefix are fewer */
#define PLACE(prefix, opcode) (((prefix) < 0 ? 0 : (prefix) - 0xFA) * PLANE + (opcode))

static const uint16_t numbers[6 * PLANE] = {
#define ROW(number, name, mnemonic, prefix, opcode, stack) [PLACE(prefix, opcode)] = (number) + 1,
    WASM_OPCODES(ROW)
#undef ROW
};

uint32_t wasm_read_instruction(wasm_reader *reader)
{
    uint8_t byte = wasm_read_byte(reader);
    uint32_t number = 0;
    if (byte >= 0xFB && byte <= 0xFE) {
        uint32_t code = wasm_read_u32(reader);
        number = code < PLANE ? numbers[PLACE((int)byte, code)] : 0;
    } else {
        number = numbers[byte];
    }
    return number ? number - 1 : INSTR_unknown;
}

wasm_valtype wasm_read_heaptype(wasm_reader *reader)
{
    int64_t heap = wasm_read_signed(reader);
    return heap < 0 ? WASM_NAMED | (wasm_valtype)(heap & 0x7F) : (wasm_valtype)heap & WASM_HEAP;
}

wasm_valtype wasm_read_valtype(wasm_reader *reader)
{
    uint8_t byte = wasm_read_byte(reader);
    switch (byte) {
    case WASM_I32:
    case WASM_I64:
    case WASM_F32:
    case WASM_F64:
    case WASM_V128:
        return byte;
    case 0x63:
        return WASM_REF | WASM_NULLABLE | wasm_read_heaptype(reader);
    case 0x64:
        return WASM_REF | wasm_read_heaptype(reader);
    default:
        return WASM_NAMED_REF(byte) | WASM_NULLABLE;
    }
}

void wasm_read_blocktype(wasm_reader *reader, const wasm_module *module, wasm_blocktype *type)
{
    uint8_t byte = reader->next < reader->end ? *reader->next : 0x40;
    *type = (wasm_blocktype){0};
    type->results = &type->only;
    if (byte == 0x40) {
        wasm_read_byte(reader);
    } else if (byte & 0x40 && byte < 0x80) {
        type->result_count = 1;
        type->only = wasm_read_valtype(reader);
    } else {
        uint64_t index = (uint64_t)wasm_read_signed(reader);
        if (index < module->type_count) {
            const wasm_type *it = &module->types[index];
            type->params = it->params;
            type->results = it->results;
            type->param_count = it->param_count;
            type->result_count = it->result_count;
        }
    }
}

wasm_memarg wasm_read_memarg(wasm_reader *reader)
{
    uint32_t flags = wasm_read_u32(reader);
    wasm_memarg memarg = {0, 0};
    if (flags & 0x40) {
        memarg.memory = wasm_read_u32(reader);
    }
    memarg.offset = wasm_read_unsigned(reader);
    return memarg;
}

static void skip(wasm_reader *reader, uint32_t count)
{
    size_t left = (size_t)(reader->end - reader->next);
    reader->next += left < count ? left : count;
}

static void skip_numbers(wasm_reader *reader, uint32_t count)
{
    while (count-- && reader->next < reader->end) {
        wasm_read_unsigned(reader);
    }
}

static void skip_blocktype(wasm_reader *reader)
{
    uint8_t byte = reader->next < reader->end ? *reader->next : 0x40;
    if (byte == 0x63 || byte == 0x64) {
        wasm_read_valtype(reader);
    } else {
        wasm_read_signed(reader);
    }
}

static void skip_catches(wasm_reader *reader)
{
    uint32_t count = wasm_read_u32(reader);
    while (count-- && reader->next < reader->end) {
        uint8_t kind = wasm_read_byte(reader);
        skip_numbers(reader, kind < 2 ? 2 : 1);
    }
}

static void skip_structured(wasm_reader *reader, uint32_t instruction)
{
    uint32_t count;
    switch (instruction) {
    case INSTR_block:
    case INSTR_loop:
    case INSTR_if:
    case INSTR_try:
        skip_blocktype(reader);
        break;
    case INSTR_try_table:
        skip_blocktype(reader);
        skip_catches(reader);
        break;
    case INSTR_br_table:
        count = wasm_read_u32(reader);
        skip_numbers(reader, count);
        skip_numbers(reader, 1);
        break;
    case INSTR_select_t:
        count = wasm_read_u32(reader);
        while (count-- && reader->next < reader->end) {
            wasm_read_valtype(reader);
        }
        break;
    case INSTR_br_on_cast:
    case INSTR_br_on_cast_fail:
        wasm_read_byte(reader);
        skip_numbers(reader, 1);
        wasm_read_signed(reader);
        wasm_read_signed(reader);
        break;
    default:
        break;
    }
}

void wasm_skip_immediates(wasm_reader *reader, uint32_t instruction)
{
    switch (instruction) {
    case INSTR_block: case INSTR_loop: case INSTR_if: case INSTR_try: case INSTR_try_table: case INSTR_br_table:
    case INSTR_select_t: case INSTR_br_on_cast: case INSTR_br_on_cast_fail:
        skip_structured(reader, instruction);
        return;
    case INSTR_catch: case INSTR_throw: case INSTR_rethrow: case INSTR_delegate: case INSTR_br: case INSTR_br_if:
    case INSTR_call: case INSTR_return_call: case INSTR_call_ref: case INSTR_return_call_ref: case INSTR_local_get:
    case INSTR_local_set: case INSTR_local_tee: case INSTR_global_get: case INSTR_global_set: case INSTR_br_on_null:
    case INSTR_br_on_non_null: case INSTR_table_get: case INSTR_table_set: case INSTR_memory_size: case INSTR_memory_grow:
    case INSTR_memory_fill: case INSTR_data_drop: case INSTR_elem_drop: case INSTR_table_grow: case INSTR_table_size:
    case INSTR_table_fill: case INSTR_ref_func: case INSTR_struct_new: case INSTR_struct_new_default: case INSTR_array_new:
    case INSTR_array_new_default: case INSTR_array_get: case INSTR_array_get_s: case INSTR_array_get_u: case INSTR_array_set:
    case INSTR_array_fill: case INSTR_atomic_fence:
        skip_numbers(reader, 1);
        return;
    case INSTR_call_indirect: case INSTR_return_call_indirect: case INSTR_memory_init: case INSTR_memory_copy:
    case INSTR_table_init: case INSTR_table_copy: case INSTR_struct_get: case INSTR_struct_get_s: case INSTR_struct_get_u:
    case INSTR_struct_set: case INSTR_array_new_fixed: case INSTR_array_new_data: case INSTR_array_new_elem:
    case INSTR_array_copy: case INSTR_array_init_data: case INSTR_array_init_elem:
        skip_numbers(reader, 2);
        return;
    case INSTR_i32_const: case INSTR_i64_const: case INSTR_ref_null: case INSTR_ref_test: case INSTR_ref_test_null:
    case INSTR_ref_cast: case INSTR_ref_cast_null:
        wasm_read_signed(reader);
        return;
    case INSTR_f32_const:
        skip(reader, 4);
        return;
    case INSTR_f64_const:
        skip(reader, 8);
        return;
    case INSTR_v128_const: case INSTR_i8x16_shuffle:
        skip(reader, 16);
        return;
    default:
        break;
    }
    if ((instruction >= INSTR_i32_load && instruction <= INSTR_i64_store32)
        || (instruction >= INSTR_v128_load && instruction <= INSTR_v128_store)
        || instruction == INSTR_v128_load32_zero || instruction == INSTR_v128_load64_zero
        || (instruction >= INSTR_memory_atomic_notify && instruction <= INSTR_i64_atomic_rmw32_cmpxchg_u)) {
        wasm_read_memarg(reader);
    } else if (instruction >= INSTR_v128_load8_lane && instruction <= INSTR_v128_store64_lane) {
        wasm_read_memarg(reader);
        skip(reader, 1);
    } else if (instruction >= INSTR_i8x16_extract_lane_s && instruction <= INSTR_f64x2_replace_lane) {
        skip(reader, 1);
    }
}
