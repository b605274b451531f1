/* The long way of an instruction: what its row says, or the rule that stands for a row that cannot say it.

   Lives here: the immediates, operands and results of rows with words, and who is asked about all others.
   Not here: those others (validate_control.c, validate_memory.c, validate_reference.c), and the short ways (validate.c).

   spec: valid/instructions */

#include "validate.h"

/* The type that a byte of a row stands for; *address* is what WASM_ADDR is. */
static wasm_valtype type_of_byte(uint8_t byte, wasm_valtype address)
{
    if (byte == WASM_ADDR) {
        return address;
    }
    return byte >= WASM_V128 ? (wasm_valtype)byte : WASM_NAMED_REF(byte) | WASM_NULLABLE;
}

static bool read_memarg(walk *w, const wasm_row *row, wasm_valtype *address)
{
    enum { MEMORY_IS_NAMED = 0x40 };
    uint32_t flags, x = 0;
    uint64_t offset;
    const wasm_memory *memory;
    const uint8_t *p;
    if (!read_u32(w, &flags) || flags >= 2 * MEMORY_IS_NAMED) {
        return false;
    }
    if (flags & MEMORY_IS_NAMED && (!w->module->memories_may_be_named || !read_u32(w, &x))) {
        return false;
    }
    p = wasm_read_u64(w->p, w->end, &offset);
    if (!p || x >= w->module->memory_count) {
        return false;
    }
    w->p = p;
    memory = &w->module->memories[x];
    flags &= MEMORY_IS_NAMED - 1;
    if (flags > row->align || (row->is_aligned && flags != row->align) || (!memory->is_64 && offset >> 32)) {
        return false;
    }
    *address = wasm_address_type(memory->is_64);
    return true;
}

static bool skip_signed(walk *w, unsigned width)
{
    int64_t value;
    const uint8_t *p = wasm_read_signed(w->p, w->end, width, &value);
    if (!p) {
        return false;
    }
    w->p = p;
    return true;
}

static bool read_lanes(walk *w, uint32_t count, uint32_t lanes)
{
    for (; count > 0; count--) {
        uint8_t lane;
        if (!read_byte(w, &lane) || lane >= lanes) {
            return false;
        }
    }
    return true;
}

/* Read and check one immediate of a row with words. *address becomes the address type of the memory or table that is named first. */
static bool read_immediate(walk *w, const wasm_row *row, wasm_imm kind, wasm_valtype *address)
{
    uint32_t x;
    uint8_t byte;
    wasm_valtype t;
    const wasm_table *table;
    const wasm_memory *memory;
    switch (kind) {
    case WASM_IMM_MEMARG:
        return read_memarg(w, row, address);
    case WASM_IMM_MEMIDX:
        if (!read_memory(w, &memory)) {
            return false;
        }
        *address = wasm_address_type(memory->is_64);
        return true;
    case WASM_IMM_TABLEIDX:
        if (!read_table(w, &table)) {
            return false;
        }
        *address = table_address(table);
        return true;
    case WASM_IMM_ELEMIDX:
        return read_elem(w, &t);
    case WASM_IMM_DATAIDX:
        return read_data(w);
    case WASM_IMM_LANE:
        return read_lanes(w, 1, row->lanes);
    case WASM_IMM_LANES:
        return read_lanes(w, 16, 32);
    case WASM_IMM_I32:
        return skip_signed(w, 32);
    case WASM_IMM_I64:
        return skip_signed(w, 64);
    case WASM_IMM_F32:
        return skip_bytes(w, 4);
    case WASM_IMM_F64:
        return skip_bytes(w, 8);
    case WASM_IMM_V128:
        return skip_bytes(w, 16);
    case WASM_IMM_ORDER:
        return read_byte(w, &byte) && byte == 0;
    case WASM_IMM_HEAPTYPE:
        return read_heap(w, &t) && check_valtype(w->module, t | WASM_NULLABLE);
    case WASM_IMM_TYPEIDX:
        return read_u32(w, &x) && x < w->module->type_count;
    default:
        w->status = NOT_KNOWN;
        return false;
    }
}

/* What is in the element segment must fit into the table. */
static bool table_init_fits(walk *w)
{
    uint32_t elem, table = 0;
    const uint8_t *p = wasm_read_u32(w->p, w->end, &elem);
    p = p ? wasm_read_u32(p, w->end, &table) : NULL;
    return p && elem < w->module->elem_count && table < w->module->table_count &&
           wasm_matches(w->module, w->module->elems[elem], w->module->tables[table].reftype);
}

static bool take_words(walk *w, const wasm_row *row)
{
    wasm_valtype address = WASM_I32, pushes[WASM_MOST_PUSHES];
    for (unsigned x = 0; x < row->immediate_count; x++) {
        if (!read_immediate(w, row, (wasm_imm)row->immediates[x], &address)) {
            return false;
        }
    }
    for (unsigned x = row->pop_count; x-- > 0;) {
        if (!pop(w, type_of_byte(row->pops[x], address))) {
            return false;
        }
    }
    for (unsigned x = 0; x < row->push_count; x++) {
        pushes[x] = type_of_byte(row->pushes[x], address);
    }
    return push_all(w, (types){pushes, row->push_count});
}

bool take(walk *w, int number)
{
    const wasm_row *row = &wasm_rows[number];
    int taken;
    if (row->feature != WASM_NO_FEATURE && !has_feature(w->module, UINT64_C(1) << row->feature)) {
        return false;
    }
    if (row->has_words) {
        return (number != WASM_ROW_table_init || table_init_fits(w)) && take_words(w, row);
    }
    taken = take_control(w, number);
    if (taken == NOT_MINE) {
        taken = take_reference(w, number);
    }
    if (taken == NOT_MINE) {
        taken = take_memory(w, number);
    }
    if (taken == NOT_MINE) {
        w->status = NOT_KNOWN;
        return false;
    }
    return taken;
}

bool take_prefixed(walk *w, uint8_t prefix)
{
    uint32_t code;
    int number;
    if (!read_u32(w, &code)) {
        return false;
    }
    number = wasm_prefixed(prefix, code);
    return number >= 0 && take(w, number);
}
