/* Reading of function bodies that have been found valid. See reader.h. */

#include "reader.h"

uint32_t wasm_take_instruction(wasm_reader *reader)
{
    uint8_t byte = wasm_take_byte(reader);
    int row = wasm_single[byte];
    if (row < 0) {
        row = wasm_prefixed(byte, wasm_take_u32(reader));
    }
    return row < 0 ? WASM_NO_ROW : (uint32_t)row;
}

wasm_valtype wasm_take_heaptype(wasm_reader *reader)
{
    enum { EXACT = 0x62 };
    bool is_exact = reader->next < reader->end && *reader->next == EXACT;
    int64_t heap;
    reader->next += is_exact;
    heap = wasm_take_signed(reader);
    if (heap < 0) {
        return WASM_NAMED | (wasm_valtype)(heap & 0x7F);
    }
    return ((wasm_valtype)heap & WASM_HEAP) | (is_exact ? WASM_EXACT : 0);
}

wasm_valtype wasm_take_valtype(wasm_reader *reader)
{
    uint8_t byte = wasm_take_byte(reader);
    switch (byte) {
    case 0x7F:
    case 0x7E:
    case 0x7D:
    case 0x7C:
    case 0x7B:
        return byte;
    case 0x63:
        return WASM_REF | WASM_NULLABLE | wasm_take_heaptype(reader);
    case 0x64:
        return WASM_REF | wasm_take_heaptype(reader);
    default:
        return WASM_NAMED_REF(byte) | WASM_NULLABLE;
    }
}

wasm_blocktype wasm_take_blocktype(wasm_reader *reader, const wasm_module *module)
{
    uint8_t byte = reader->next < reader->end ? *reader->next : 0x40;
    wasm_blocktype type = {0};
    if (byte == 0x40) {
        wasm_take_byte(reader);
    } else if (byte & 0x40 && byte < 0x80) {
        type.result_count = 1;
        type.only = wasm_take_valtype(reader);
    } else {
        uint64_t index = (uint64_t)wasm_take_signed(reader);
        if (index < module->type_count) {
            const wasm_type *it = &module->types[index];
            type.params = it->params;
            type.results = it->results;
            type.param_count = it->param_count;
            type.result_count = it->result_count;
        }
    }
    return type;
}

wasm_memarg wasm_take_memarg(wasm_reader *reader)
{
    uint32_t flags = wasm_take_u32(reader);
    wasm_memarg memarg = {0, 0};
    if (flags & 0x40) {
        memarg.memory = wasm_take_u32(reader);
    }
    memarg.offset = wasm_take_unsigned(reader);
    return memarg;
}

static void skip_bytes(wasm_reader *reader, size_t count)
{
    size_t left = (size_t)(reader->end - reader->next);
    reader->next += left < count ? left : count;
}

static void skip_catch(wasm_reader *reader)
{
    if (wasm_take_byte(reader) < 2) {
        wasm_take_u32(reader);
    }
    wasm_take_u32(reader);
}

/* The types and labels of which there are as many as a number in front of them says, and *more*. */
static void skip_list(wasm_reader *reader, wasm_imm kind)
{
    uint32_t count = wasm_take_u32(reader);
    for (uint32_t x = 0; x < count && reader->next < reader->end; x++) {
        if (kind == WASM_IMM_LABELS) {
            wasm_take_u32(reader);
        } else if (kind == WASM_IMM_CATCHES) {
            skip_catch(reader);
        } else {
            wasm_take_valtype(reader);
        }
    }
    if (kind == WASM_IMM_LABELS) {
        wasm_take_u32(reader);
    }
}

static void skip_blocktype(wasm_reader *reader)
{
    uint8_t byte = reader->next < reader->end ? *reader->next : 0x40;
    if (byte == 0x63 || byte == 0x64) {
        wasm_take_valtype(reader);
    } else {
        wasm_take_signed(reader);
    }
}

static void skip_immediate(wasm_reader *reader, wasm_imm kind)
{
    switch (kind) {
    case WASM_IMM_NONE:
        break;
    case WASM_IMM_BLOCKTYPE:
        skip_blocktype(reader);
        break;
    case WASM_IMM_LABELS:
    case WASM_IMM_CATCHES:
    case WASM_IMM_VALTYPES:
        skip_list(reader, kind);
        break;
    case WASM_IMM_MEMARG:
        wasm_take_memarg(reader);
        break;
    case WASM_IMM_LANE:
    case WASM_IMM_ORDER:
        skip_bytes(reader, 1);
        break;
    case WASM_IMM_LANES:
    case WASM_IMM_V128:
        skip_bytes(reader, 16);
        break;
    case WASM_IMM_F32:
        skip_bytes(reader, 4);
        break;
    case WASM_IMM_F64:
        skip_bytes(reader, 8);
        break;
    case WASM_IMM_HEAPTYPE:
        wasm_take_heaptype(reader);
        break;
    default: /* an index, a constant: one number */
        wasm_take_unsigned(reader);
        break;
    }
}

void wasm_skip_immediates(wasm_reader *reader, uint32_t row)
{
    const wasm_row *it = &wasm_rows[row];
    for (unsigned x = 0; x < it->immediate_count; x++) {
        if (it->immediates[x] == WASM_IMM_CAST) {
            /* The flags stand in front of the label, which has been passed over as a number of one byte. */
            wasm_take_u32(reader);
            wasm_take_heaptype(reader);
            wasm_take_heaptype(reader);
        } else {
            skip_immediate(reader, (wasm_imm)it->immediates[x]);
        }
    }
}
