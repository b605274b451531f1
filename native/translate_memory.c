/* Instructions on memories, tables, globals and segments, constants and references. See translate.c. */

#include "emit.h"

/* Loads and stores: the number of the row in ir.h, and its first operation. */
typedef struct {
    uint16_t op;
    uint8_t class;
    uint8_t kind;
    uint8_t number;
} access;

enum { NO_ACCESS, IS_LOAD, IS_STORE };

enum {
#define NUMBER(n, ...) LOAD_##n,
    IR_LOADS(NUMBER)
};
enum {
#undef NUMBER
#define NUMBER(n, ...) STORE_##n,
    IR_STORES(NUMBER)
#undef NUMBER
};

#define CLASS_u32 CLASS_INT
#define CLASS_u64 CLASS_INT
#define CLASS_f32 CLASS_F32
#define CLASS_f64 CLASS_F64
#define CLASS_v128 CLASS_V128

static const access accesses[WASM_OPCODE_COUNT] = {
#define LOAD(n, R, ...) [WASM_ROW_##n] = {OP_##n##_s_s, CLASS_##R, IS_LOAD, LOAD_##n},
#define STORE(n, T, ...) [WASM_ROW_##n] = {OP_##n##_ss, CLASS_##T, IS_STORE, STORE_##n},
    IR_LOADS(LOAD)
    IR_STORES(STORE)
#undef LOAD
#undef STORE
};

bool is_far(const translation *t, const wasm_memarg *memarg)
{
    return memarg->memory || t->module->memories[0].is_64 || memarg->offset > UINT32_MAX;
}

static void far_access(translation *t, const access *it, const wasm_memarg *memarg)
{
    operand value = {0}, place;
    uint32_t index, value_slot = 0, slot;
    wasm_cell *cell;
    if (it->kind == IS_STORE) {
        value = pop(t);
        value_slot = slot_of(t, &value);
    }
    place = pop(t);
    slot = slot_of(t, &place);
    index = t->count;
    cell = emit(t, it->kind == IS_STORE ? OP_far_store : OP_far_load);
    cell->a = slot16(t, slot);
    cell->b = slot16(t, it->kind == IS_STORE ? value_slot : slot);
    cell->v.imm = it->number;
    cell = emit_data(t);
    cell->u.wide = memarg->offset;
    cell->v.imm = memarg->memory;
    if (it->kind == IS_LOAD) {
        give(t, index, it->class);
        t->last = NONE;
    }
}

/* A sum that has just been made only for this access becomes part of it. Fills b, v of *parts*; the form, or NONE. */
static unsigned absorb_sum(translation *t, const operand *place, uint32_t offset, wasm_cell *parts)
{
    const wasm_cell *sum;
    unsigned form = NONE;
    if (!is_last(t, place)) {
        return NONE;
    }
    sum = &t->cells[t->last];
    parts->b = sum->b;
    parts->v = sum->v;
    switch (sum->u.op) {
    case OP_i32_add_si_s:
        form = offset ? NONE : IR_LOAD_W;
        break;
    case OP_i32_add_ai_s:
        form = offset ? NONE : IR_LOAD_V;
        break;
    case OP_i32_add_ss_s:
        form = offset > UINT16_MAX ? NONE : IR_LOAD_X;
        break;
    case OP_i32_add_as_s:
        form = offset > UINT16_MAX ? NONE : IR_LOAD_Y;
        break;
    default:
        break;
    }
    if (form != NONE) {
        if (form == IR_LOAD_X || form == IR_LOAD_Y) {
            parts->v.s.d = (uint16_t)offset;
        }
        remove_last(t);
    }
    return form;
}

static void load(translation *t, const access *it, const wasm_memarg *memarg)
{
    operand place = pop(t);
    uint32_t offset = (uint32_t)memarg->offset, index;
    wasm_cell parts = {0}, *cell;
    unsigned form = NONE;
    if (place.kind == CONSTANT && (uint32_t)place.value + memarg->offset <= UINT32_MAX) {
        parts.v.imm = (uint32_t)place.value + offset;
        form = IR_LOAD_C;
    } else if (place.kind > IN_LOCAL) {
        slot_of(t, &place);
        place.kind = IN_PLACE;
    }
    if (form == NONE) {
        form = absorb_sum(t, &place, offset, &parts);
    }
    if (form == NONE) {
        parts.v.imm = offset;
        form = IR_LOAD_S;
        if (in_accumulator(t, &place)) {
            take_accumulator(t, &place);
            form = IR_LOAD_A;
        } else {
            parts.b = slot16(t, slot_of(t, &place));
        }
    }
    index = t->count;
    cell = emit(t, it->op + 2 * form);
    cell->b = parts.b;
    cell->v = parts.v;
    give(t, index, it->class);
}

/* Where a store finds its value. */
enum { VALUE_IN_SLOT, VALUE_IN_ACCUMULATOR, VALUE_IMMEDIATE };

static void store(translation *t, const access *it, const wasm_memarg *memarg)
{
    operand value = pop(t), place = pop(t);
    uint32_t offset = (uint32_t)memarg->offset, slot = 0, slot2 = 0, value_slot = 0;
    unsigned at = IR_STORE_SS, from = VALUE_IN_SLOT;
    wasm_cell *cell;
    if (value.kind == CONSTANT && it->class == CLASS_INT && (int64_t)value.value == (int16_t)(uint16_t)value.value) {
        from = VALUE_IMMEDIATE;
    } else if (value.kind == CONSTANT && it->class == CLASS_INT && value.value == (uint32_t)(int16_t)(uint16_t)value.value
               && it->op != OP_i64_store_ss) {
        from = VALUE_IMMEDIATE; /* an i32 below zero */
    } else if (value.kind == CONSTANT && it->class == CLASS_V128 && !value.value) {
        from = VALUE_IMMEDIATE;
    } else if (value.kind > IN_LOCAL) {
        slot_of(t, &value);
        value.kind = IN_PLACE;
    }
    if (place.kind == SUM && !offset) {
        at = IR_STORE_WS;
        offset = (uint32_t)place.value;
        slot = t->locals[place.local];
    } else if (place.kind == SUM2 && offset <= UINT16_MAX && from != VALUE_IMMEDIATE) {
        at = IR_STORE_XS;
        slot = t->locals[place.local];
        slot2 = t->locals[place.local2];
    } else if (from == VALUE_IN_SLOT && in_accumulator(t, &value) && place.kind <= IN_LOCAL) {
        slot = slot_of(t, &place);
    } else {
        if (place.kind > IN_LOCAL) {
            slot_of(t, &place);
            place.kind = IN_PLACE;
        }
        if (in_accumulator(t, &place)) {
            at = IR_STORE_AS;
        }
        slot = slot_of(t, &place);
    }
    if (from == VALUE_IN_SLOT && at != IR_STORE_AS && in_accumulator(t, &value)) {
        from = VALUE_IN_ACCUMULATOR;
        take_accumulator(t, &value);
    } else if (from == VALUE_IN_SLOT) {
        value_slot = slot_of(t, &value);
    }
    if (at == IR_STORE_AS) {
        take_accumulator(t, &place);
        from = from == VALUE_IMMEDIATE ? 1 : 0;
    }
    cell = emit(t, it->op + at + from);
    cell->a = slot16(t, slot);
    cell->b = from == VALUE_IMMEDIATE || (at == IR_STORE_AS && from) ? (uint16_t)value.value : slot16(t, value_slot);
    if (at == IR_STORE_XS) {
        cell->v.s.c = slot16(t, slot2);
        cell->v.s.d = (uint16_t)offset;
    } else {
        cell->v.imm = offset;
    }
}

static bool access_instruction(translation *t, uint32_t row)
{
    const access *it = &accesses[row];
    wasm_memarg memarg;
    if (it->kind == NO_ACCESS) {
        return false;
    }
    memarg = wasm_take_memarg(&t->reader);
    if (is_far(t, &memarg)) {
        far_access(t, it, &memarg);
    } else if (it->kind == IS_LOAD) {
        load(t, it, &memarg);
    } else {
        store(t, it, &memarg);
    }
    return true;
}

/* An operation of one operand or none, whose result the accumulator does not hold. */
static void simple(translation *t, unsigned op, uint32_t operands, uint32_t imm, bool has_result)
{
    uint32_t slot = 0, index;
    wasm_cell *cell;
    settle(t, t->depth - operands);
    for (uint32_t x = 0; x < operands; x++) {
        slot = pop(t).place;
    }
    slot = near(t, slot, operands);
    index = t->count;
    cell = emit(t, op);
    cell->b = slot16(t, slot);
    cell->v.imm = imm;
    if (has_result) {
        give(t, index, CLASS_INT);
        t->last = NONE;
    }
}

/* One of three operands, which are brought to their places. */
static void bulk(translation *t, unsigned op, uint32_t imm, uint32_t imm2)
{
    simple(t, op, 3, imm, false);
    emit_data(t)->v.imm = imm2;
}

static void get_global(translation *t, uint32_t global)
{
    static const uint16_t ops[] = {OP_global_get_s, OP_fglobal_get_s, OP_dglobal_get_s, OP_vglobal_get_s};
    value_class class = class_of(t->module->globals[global].valtype);
    uint32_t index = t->count;
    emit(t, ops[class])->v.imm = global;
    give(t, index, class);
    mark_reference(t, wasm_is_traced(t->module, t->module->globals[global].valtype));
}

static void set_global(translation *t, uint32_t global)
{
    operand value = pop(t);
    uint32_t slot = slot_of(t, &value);
    wasm_cell *cell = emit(t, value.class == CLASS_V128 ? OP_vglobal_set : OP_global_set);
    cell->b = slot16(t, slot);
    cell->v.imm = global;
}

static void set_table(translation *t, uint32_t table)
{
    operand value = pop(t), place = pop(t);
    uint32_t value_slot = slot_of(t, &value), slot = slot_of(t, &place);
    wasm_cell *cell = emit(t, OP_table_set);
    cell->a = slot16(t, slot);
    cell->b = slot16(t, value_slot);
    cell->v.imm = table;
}

static bool bulk_instruction(translation *t, uint32_t row)
{
    uint32_t first = wasm_take_u32(&t->reader);
    switch (row) {
    case WASM_ROW_memory_size:
        simple(t, OP_memory_size, 0, first, true);
        return true;
    case WASM_ROW_memory_grow:
        simple(t, OP_memory_grow, 1, first, true);
        return true;
    case WASM_ROW_memory_fill:
        bulk(t, OP_memory_fill, first, 0);
        return true;
    case WASM_ROW_memory_copy:
        bulk(t, OP_memory_copy, first, wasm_take_u32(&t->reader));
        return true;
    case WASM_ROW_memory_init:
        bulk(t, OP_memory_init, wasm_take_u32(&t->reader), first);
        return true;
    case WASM_ROW_data_drop:
        simple(t, OP_data_drop, 0, first, false);
        return true;
    case WASM_ROW_table_get:
        simple(t, OP_table_get, 1, first, true);
        mark_reference(t, wasm_is_traced(t->module, t->module->tables[first].reftype));
        return true;
    case WASM_ROW_table_set:
        set_table(t, first);
        return true;
    case WASM_ROW_table_size:
        simple(t, OP_table_size, 0, first, true);
        return true;
    case WASM_ROW_table_grow:
        simple(t, OP_table_grow, 2, first, true);
        return true;
    case WASM_ROW_table_fill:
        bulk(t, OP_table_fill, first, 0);
        return true;
    case WASM_ROW_table_copy:
        bulk(t, OP_table_copy, first, wasm_take_u32(&t->reader));
        return true;
    case WASM_ROW_table_init:
        bulk(t, OP_table_init, first, wasm_take_u32(&t->reader));
        return true;
    case WASM_ROW_elem_drop:
        simple(t, OP_elem_drop, 0, first, false);
        return true;
    case WASM_ROW_global_get:
        get_global(t, first);
        return true;
    case WASM_ROW_global_set:
        set_global(t, first);
        return true;
    case WASM_ROW_ref_func:
        simple(t, OP_ref_func, 0, first, true);
        return true;
    default:
        return false;
    }
}

bool memory_instruction(translation *t, uint32_t row)
{
    switch (row) {
    case WASM_ROW_i32_const:
        push_constant(t, CLASS_INT, (uint32_t)wasm_take_signed(&t->reader));
        return true;
    case WASM_ROW_i64_const:
        push_constant(t, CLASS_INT, (uint64_t)wasm_take_signed(&t->reader));
        return true;
    case WASM_ROW_f32_const:
        push_constant(t, CLASS_F32, wasm_take_bits(&t->reader, 4));
        return true;
    case WASM_ROW_f64_const:
        push_constant(t, CLASS_F64, wasm_take_bits(&t->reader, 8));
        return true;
    case WASM_ROW_ref_null:
        wasm_take_heaptype(&t->reader);
        push_constant(t, CLASS_INT, 0);
        return true;
    case WASM_ROW_ref_is_null:
        plain_instruction(t, WASM_ROW_i64_eqz);
        return true;
    case WASM_ROW_ref_as_non_null: {
        operand it = pop(t);
        uint32_t slot = slot_of(t, &it);
        emit(t, OP_ref_as_non_null)->b = slot16(t, slot);
        if (it.kind == IN_LOCAL) {
            push_local(t, it.local);
        } else {
            push(t, IN_PLACE, CLASS_INT)->is_ref = it.is_ref;
        }
        return true;
    }
    default:
        return access_instruction(t, row) || bulk_instruction(t, row);
    }
}
