/* Structs, arrays, small integers, casts, and branches on casts. See translate.c, ir_aggregates.h and aggregates.c. */

#include "emit.h"

#include "aggregates.h"

/* Operations that read, by how a field is held: without a sign, with one. */
static const uint16_t struct_gets[][2] = {
    [WASM_HELD_8] = {OP_struct_get_u8_s, OP_struct_get_s8_s},     [WASM_HELD_16] = {OP_struct_get_u16_s, OP_struct_get_s16_s},
    [WASM_HELD_32] = {OP_struct_get_u32_s, OP_struct_get_u32_s},  [WASM_HELD_64] = {OP_struct_get_u64_s, OP_struct_get_u64_s},
    [WASM_HELD_128] = {OP_struct_get_v128, OP_struct_get_v128}, [WASM_HELD_REF] = {OP_struct_get_u64_s, OP_struct_get_u64_s},
};
static const uint16_t array_gets[][2] = {
    [WASM_HELD_8] = {OP_array_get_u8_s, OP_array_get_s8_s},     [WASM_HELD_16] = {OP_array_get_u16_s, OP_array_get_s16_s},
    [WASM_HELD_32] = {OP_array_get_u32_s, OP_array_get_u32_s},  [WASM_HELD_64] = {OP_array_get_u64_s, OP_array_get_u64_s},
    [WASM_HELD_128] = {OP_array_get_v128, OP_array_get_v128}, [WASM_HELD_REF] = {OP_array_get_u64_s, OP_array_get_u64_s},
};

/* Of those that write, how far from the first. */
static unsigned write_of(unsigned held)
{
    return held == WASM_HELD_REF ? WASM_HELD_64 : held;
}

static unsigned read_of(const uint16_t gets[][2], wasm_valtype storage, unsigned held, bool is_signed)
{
    if (storage == WASM_F32) {
        return gets == struct_gets ? OP_struct_get_f32_s : OP_array_get_f32_s;
    }
    if (storage == WASM_F64) {
        return gets == struct_gets ? OP_struct_get_f64_s : OP_array_get_f64_s;
    }
    return gets[held][is_signed];
}

static const wasm_type *take_type(translation *t, uint32_t *index)
{
    *index = wasm_take_u32(&t->reader);
    return &t->module->types[*index];
}

/* The result of the operation in *cell*, of type *type*. */
static void give_value(translation *t, uint32_t cell, wasm_valtype type)
{
    give(t, cell, class_of(wasm_unpacked(type)));
    mark_reference(t, wasm_is_traced(t->module, type));
    if (type == WASM_V128) {
        t->last = NONE;
    }
}

/* Fields and elements */

static void struct_get(translation *t, bool is_signed)
{
    uint32_t index, slot, cell, y;
    const wasm_type *type = take_type(t, &index);
    wasm_valtype storage;
    operand it;
    y = wasm_take_u32(&t->reader);
    storage = type->fields[y].storage;
    it = pop(t);
    slot = slot_of(t, &it);
    cell = t->count;
    emit(t, read_of(struct_gets, storage, wasm_held(t->module, storage), is_signed));
    put_operands(t, cell, 0, slot, type->offsets[y]);
    give_value(t, cell, storage);
}

static void struct_set(translation *t)
{
    uint32_t index, y, value_slot, slot;
    const wasm_type *type = take_type(t, &index);
    operand value = pop(t), it = pop(t);
    wasm_cell *cell;
    y = wasm_take_u32(&t->reader);
    value_slot = slot_of(t, &value);
    slot = slot_of(t, &it);
    cell = emit(t, OP_struct_set_8 + write_of(wasm_held(t->module, type->fields[y].storage)));
    cell->a = slot16(t, slot);
    cell->b = slot16(t, value_slot);
    cell->v.imm = type->offsets[y];
}

static void array_get(translation *t, bool is_signed)
{
    uint32_t index, place_slot, slot, cell;
    wasm_valtype storage = take_type(t, &index)->fields[0].storage;
    operand place = pop(t), it = pop(t);
    place_slot = slot_of(t, &place);
    slot = slot_of(t, &it);
    cell = t->count;
    emit(t, read_of(array_gets, storage, wasm_held(t->module, storage), is_signed));
    put_operands(t, cell, 0, slot, slot16(t, place_slot));
    give_value(t, cell, storage);
}

static void array_set(translation *t)
{
    uint32_t index, value_slot, place_slot, slot;
    const wasm_type *type = take_type(t, &index);
    operand value = pop(t), place = pop(t), it = pop(t);
    wasm_cell *cell;
    value_slot = slot_of(t, &value);
    place_slot = slot_of(t, &place);
    slot = slot_of(t, &it);
    cell = emit(t, OP_array_set_8 + write_of(wasm_held(t->module, type->fields[0].storage)));
    cell->a = slot16(t, slot);
    cell->b = slot16(t, place_slot);
    cell->v.s.c = slot16(t, value_slot);
}

/* One operand, one result. */
static void look(translation *t, unsigned op, bool is_ref)
{
    operand it = pop(t);
    uint32_t slot = slot_of(t, &it), cell = t->count;
    emit(t, op);
    put_operands(t, cell, 0, slot, 0);
    give(t, cell, CLASS_INT);
    mark_reference(t, is_ref);
}

/* What functions do */

static void call_heap(translation *t, wasm_heap_function function, uint32_t operands, uint32_t type, uint64_t other, bool makes)
{
    uint32_t height = t->depth - operands, base;
    wasm_cell *cell;
    settle(t, height);
    base = height < t->depth ? t->operands[height].place : t->top;
    note_references(t);
    forget_above(t, height);
    emit(t, OP_heap)->v.imm = base;
    cell = emit_data(t);
    cell->u.wide = (uint64_t)(uintptr_t)function;
    cell->v.imm = type;
    emit_data(t)->u.wide = other;
    if (makes) {
        push(t, IN_PLACE, CLASS_INT)->is_ref = true;
    }
    t->last = NONE;
}

static uint32_t slots_of_fields(const wasm_type *type)
{
    uint32_t slots = 0;
    for (uint32_t x = 0; x < type->field_count; x++) {
        slots += width_of((uint8_t)class_of(type->fields[x].storage));
    }
    return slots;
}

static bool struct_instruction(translation *t, uint32_t row)
{
    const wasm_type *type;
    uint32_t x;
    switch (row) {
    case WASM_ROW_struct_new:
        type = take_type(t, &x);
        call_heap(t, wasm_struct_new, type->field_count, x, 0, true);
        return true;
    case WASM_ROW_struct_new_default:
        take_type(t, &x);
        call_heap(t, wasm_struct_new_default, 0, x, 0, true);
        return true;
    case WASM_ROW_struct_new_desc:
        type = take_type(t, &x);
        call_heap(t, wasm_struct_new_desc, type->field_count + 1, x, slots_of_fields(type), true);
        return true;
    case WASM_ROW_struct_new_default_desc:
        take_type(t, &x);
        call_heap(t, wasm_struct_new_default_desc, 1, x, 0, true);
        return true;
    case WASM_ROW_struct_get:
    case WASM_ROW_struct_get_u:
        struct_get(t, false);
        return true;
    case WASM_ROW_struct_get_s:
        struct_get(t, true);
        return true;
    case WASM_ROW_struct_set:
        struct_set(t);
        return true;
    case WASM_ROW_ref_get_desc:
        wasm_take_u32(&t->reader);
        look(t, OP_ref_get_desc_s, true);
        return true;
    default:
        return false;
    }
}

/* Arrays: a type index, and for some another number. */
static bool array_bulk(translation *t, uint32_t row)
{
    static const struct {
        uint16_t row;
        uint8_t operands; /* NO_OPERANDS: the second number says how many */
        bool has_other;
        bool makes;
        wasm_heap_function function;
    } bulks[] = {
        {WASM_ROW_array_new, 2, false, true, wasm_array_new},
        {WASM_ROW_array_new_default, 1, false, true, wasm_array_new_default},
        {WASM_ROW_array_new_fixed, 0, true, true, wasm_array_new_fixed},
        {WASM_ROW_array_new_data, 2, true, true, wasm_array_new_data},
        {WASM_ROW_array_new_elem, 2, true, true, wasm_array_new_elem},
        {WASM_ROW_array_fill, 4, false, false, wasm_array_fill},
        {WASM_ROW_array_copy, 5, true, false, wasm_array_copy},
        {WASM_ROW_array_init_data, 4, true, false, wasm_array_init_data},
        {WASM_ROW_array_init_elem, 4, true, false, wasm_array_init_elem},
    };
    for (unsigned x = 0; x < sizeof bulks / sizeof *bulks; x++) {
        if (bulks[x].row == row) {
            uint32_t type = wasm_take_u32(&t->reader), other = bulks[x].has_other ? wasm_take_u32(&t->reader) : 0;
            uint32_t operands = row == WASM_ROW_array_new_fixed ? other : bulks[x].operands;
            call_heap(t, bulks[x].function, operands, type, other, bulks[x].makes);
            return true;
        }
    }
    return false;
}

static bool array_instruction(translation *t, uint32_t row)
{
    switch (row) {
    case WASM_ROW_array_get:
    case WASM_ROW_array_get_u:
        array_get(t, false);
        return true;
    case WASM_ROW_array_get_s:
        array_get(t, true);
        return true;
    case WASM_ROW_array_set:
        array_set(t);
        return true;
    case WASM_ROW_array_len:
        look(t, OP_array_len_s, false);
        return true;
    case WASM_ROW_ref_i31:
        look(t, OP_ref_i31_s, true);
        return true;
    case WASM_ROW_i31_get_s:
        look(t, OP_i31_get_s_s, false);
        return true;
    case WASM_ROW_i31_get_u:
        look(t, OP_i31_get_u_s, false);
        return true;
    default:
        return array_bulk(t, row);
    }
}

/* Casts */

/* Whether a cast to *target* asks for a type of structs or arrays. */
static bool is_of_type(const translation *t, wasm_valtype target)
{
    return !(target & WASM_NAMED) && t->module->types[target & WASM_HEAP].kind != WASM_KIND_FUNC;
}

/* The second cell of a cast to the reference type *target*. */
static void emit_target(translation *t, wasm_valtype target)
{
    enum { NO_DEPTH = UINT32_MAX };
    wasm_cell *cell = emit_data(t);
    cell->b = (target & WASM_NULLABLE) != 0;
    if (target & WASM_NAMED) {
        cell->a = (uint16_t)(target & WASM_HEAP);
    } else {
        const wasm_type *type = &t->module->types[target & WASM_HEAP];
        cell->u.wide = type->id;
        cell->v.imm = target & WASM_EXACT ? NO_DEPTH : type->depth;
    }
}

/* Whether the topmost operand, which stays, is of *target*: that is the operand above it then. */
static void ask(translation *t, wasm_valtype target)
{
    uint32_t slot = slot_of(t, &t->operands[t->depth - 1]), cell = t->count;
    emit(t, is_of_type(t, target) ? OP_ref_test_type_s : OP_ref_test_s);
    put_operands(t, cell, 0, slot, target);
    emit_target(t, target);
    give(t, cell, CLASS_INT);
}

/* The same, by the descriptor that lies on top. */
static void ask_by_descriptor(translation *t, wasm_valtype target)
{
    operand descriptor = pop(t);
    uint32_t descriptor_slot = slot_of(t, &descriptor), slot = slot_of(t, &t->operands[t->depth - 1]), cell = t->count;
    wasm_cell *data;
    emit(t, OP_ref_test_desc_s);
    put_operands(t, cell, 0, slot, target);
    data = emit_data(t);
    data->a = slot16(t, descriptor_slot);
    data->b = (target & WASM_NULLABLE) != 0;
    give(t, cell, CLASS_INT);
}

static void test(translation *t, wasm_valtype target)
{
    operand it = pop(t);
    uint32_t slot = slot_of(t, &it), cell = t->count;
    emit(t, is_of_type(t, target) ? OP_ref_test_type_s : OP_ref_test_s);
    put_operands(t, cell, 0, slot, target);
    emit_target(t, target);
    give(t, cell, CLASS_INT);
}

/* The operand stays what and where it is. */
static void cast(translation *t, wasm_valtype target)
{
    uint32_t slot = slot_of(t, &t->operands[t->depth - 1]), cell = t->count;
    emit(t, is_of_type(t, target) ? OP_ref_cast_type : OP_ref_cast);
    put_operands(t, cell, 0, slot, target);
    emit_target(t, target);
}

static void cast_by_descriptor(translation *t, wasm_valtype target)
{
    operand descriptor = pop(t);
    uint32_t descriptor_slot = slot_of(t, &descriptor), slot = slot_of(t, &t->operands[t->depth - 1]), cell = t->count;
    wasm_cell *data;
    emit(t, OP_ref_cast_desc);
    put_operands(t, cell, 0, slot, target);
    data = emit_data(t);
    data->a = slot16(t, descriptor_slot);
    data->b = (target & WASM_NULLABLE) != 0;
}

static void branch_on_cast(translation *t, bool by_descriptor, bool wanted)
{
    enum { TARGET_IS_NULLABLE = 2 };
    uint8_t flags = wasm_take_byte(&t->reader);
    uint32_t label = wasm_take_u32(&t->reader);
    wasm_valtype target;
    wasm_take_heaptype(&t->reader);
    target = WASM_REF | wasm_take_heaptype(&t->reader) | (flags & TARGET_IS_NULLABLE ? WASM_NULLABLE : 0);
    if (by_descriptor) {
        ask_by_descriptor(t, target);
    } else {
        ask(t, target);
    }
    if (!wanted) {
        plain_instruction(t, WASM_ROW_i32_eqz);
    }
    br_if(t, label);
}

bool aggregate_instruction(translation *t, uint32_t row)
{
    switch (row) {
    case WASM_ROW_ref_eq:
        plain_instruction(t, WASM_ROW_i64_eq);
        return true;
    case WASM_ROW_any_convert_extern:
    case WASM_ROW_extern_convert_any:
        return true;
    case WASM_ROW_ref_test:
    case WASM_ROW_ref_test_null:
        test(t, WASM_REF | wasm_take_heaptype(&t->reader) | (row == WASM_ROW_ref_test_null ? WASM_NULLABLE : 0));
        return true;
    case WASM_ROW_ref_cast:
    case WASM_ROW_ref_cast_null:
        cast(t, WASM_REF | wasm_take_heaptype(&t->reader) | (row == WASM_ROW_ref_cast_null ? WASM_NULLABLE : 0));
        return true;
    case WASM_ROW_ref_cast_desc_eq:
    case WASM_ROW_ref_cast_desc_eq_null:
        cast_by_descriptor(t, WASM_REF | wasm_take_heaptype(&t->reader) |
                                  (row == WASM_ROW_ref_cast_desc_eq_null ? WASM_NULLABLE : 0));
        return true;
    case WASM_ROW_br_on_cast:
    case WASM_ROW_br_on_cast_fail:
        branch_on_cast(t, false, row == WASM_ROW_br_on_cast);
        return true;
    case WASM_ROW_br_on_cast_desc_eq:
    case WASM_ROW_br_on_cast_desc_eq_fail:
        branch_on_cast(t, true, row == WASM_ROW_br_on_cast_desc_eq);
        return true;
    default:
        return struct_instruction(t, row) || array_instruction(t, row);
    }
}
