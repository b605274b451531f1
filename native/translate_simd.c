/* Instructions on vectors, and those that give integers of 128 bits. See translate.c.

   An instruction has operations of its own when ir_simd.h has a row of its name. Every other one is an operation that calls a
   function. Those of one operand without an immediate, and v128.load and store, are translated like any other. */

#include "emit.h"

#include <string.h>

#include "vector.h"

/* How an instruction with a row in ir_simd.h takes its operands. */
typedef struct {
    uint16_t op;
    uint8_t shape;
    uint8_t class; /* of the number: of a lane that is read or replaced */
} inline_vector;

enum { NOT_INLINE, COMMUTATIVE, ORDERED, SWAPPED, SHIFT, EXTRACT, REPLACE, SELECT };

#define CLASS_u32 CLASS_INT
#define CLASS_u64 CLASS_INT
#define CLASS_f32 CLASS_F32
#define CLASS_f64 CLASS_F64

static const inline_vector inlines[WASM_OPCODE_COUNT] = {
#define COMMUTATIVE_INLINE(n, ...) [WASM_ROW_##n] = {OP_##n##_ss_s, COMMUTATIVE, 0},
#define ORDERED_INLINE(n, ...) [WASM_ROW_##n] = {OP_##n##_ss_s, ORDERED, 0},
#define SWAPPED_INLINE(n, other) [WASM_ROW_##n] = {OP_##other##_ss_s, SWAPPED, 0},
#define SHIFT_INLINE(n, ...) [WASM_ROW_##n] = {OP_##n##_ss_s, SHIFT, 0},
#define EXTRACT_INLINE(n, R, ...) [WASM_ROW_##n] = {OP_##n##_s, EXTRACT, CLASS_##R},
#define REPLACE_INLINE(n, T, ...) [WASM_ROW_##n] = {OP_##n##_ss_s, REPLACE, CLASS_##T},
#define SELECT_INLINE(n) [WASM_ROW_##n] = {OP_##n##_sss_s, SELECT, 0},
    IR_VECTOR_BINARIES(COMMUTATIVE_INLINE, ORDERED_INLINE)
    IR_VECTOR_SWAPPED(SWAPPED_INLINE)
    IR_VECTOR_SHIFTS(SHIFT_INLINE)
    IR_VECTOR_EXTRACTS(EXTRACT_INLINE)
    IR_VECTOR_REPLACES(REPLACE_INLINE)
    IR_VECTOR_SELECTS(SELECT_INLINE)
};

/* The opcodes of instructions that call a function, from 1: of vector.c, and of vector_memory.c. */
static const uint16_t functions[WASM_OPCODE_COUNT] = {
#define VECTOR(code, name) [WASM_ROW_##name] = (code) + 1,
#include "generated/vectors.h"
#undef VECTOR
};
static const uint16_t loads[WASM_OPCODE_COUNT] = {
#define VECTOR_LOAD(code, name) [WASM_ROW_##name] = (code) + 1,
#include "generated/vector_loads.h"
#undef VECTOR_LOAD
};

/* The slot of *it*; what was no slot is in place from now on. */
static uint32_t placed(translation *t, operand *it)
{
    uint32_t slot = slot_of(t, it);
    if (it->kind > IN_LOCAL) {
        it->kind = IN_PLACE;
    }
    return slot;
}

/* With own operations */

static void binary(translation *t, unsigned op, unsigned shape)
{
    operand y = pop(t), x = pop(t), other = x;
    uint32_t index, x_slot, y_slot = 0;
    unsigned form;
    wasm_cell *cell;
    if (shape == SWAPPED || (shape == COMMUTATIVE && x.kind == CONSTANT && y.kind != CONSTANT)) {
        x = y;
        y = other;
    }
    x_slot = placed(t, &x);
    if (y.kind == CONSTANT) {
        form = in_accumulator(t, &x) ? IR_AI : IR_SI;
    } else {
        y_slot = placed(t, &y);
        form = in_accumulator(t, &x) ? IR_AS : IR_SS;
        if (form == IR_SS && in_accumulator(t, &y)) {
            form = IR_SA;
        }
    }
    if (form == IR_AS || form == IR_AI) {
        take_accumulator(t, &x);
    } else if (form == IR_SA) {
        take_accumulator(t, &y);
        if (shape == COMMUTATIVE) {
            form = IR_AS;
            y_slot = x_slot;
        }
    }
    index = t->count;
    cell = emit(t, op + 2 * form);
    cell->b = slot16(t, x_slot);
    if (form == IR_SI || form == IR_AI) {
        emit_vector(t, &y);
    } else {
        cell->v.s.c = slot16(t, y_slot);
    }
    give(t, index, CLASS_V128);
}

static void shift(translation *t, unsigned op)
{
    operand y = pop(t), x = pop(t);
    bool is_immediate = y.kind == CONSTANT;
    uint32_t index, x_slot = placed(t, &x), y_slot = is_immediate ? 0 : placed(t, &y);
    bool from_accumulator = in_accumulator(t, &x);
    wasm_cell *cell;
    if (from_accumulator) {
        take_accumulator(t, &x);
    }
    index = t->count;
    cell = emit(t, op + 2 * ((is_immediate ? IR_SI : IR_SS) + from_accumulator));
    cell->b = slot16(t, x_slot);
    if (is_immediate) {
        cell->v.imm = (uint32_t)y.value;
    } else {
        cell->v.s.c = slot16(t, y_slot);
    }
    give(t, index, CLASS_V128);
}

static void extract(translation *t, const inline_vector *it)
{
    operand x = pop(t);
    uint32_t slot = placed(t, &x), index = t->count;
    wasm_cell *cell = emit(t, it->op);
    cell->b = slot16(t, slot);
    cell->v.imm = wasm_take_byte(&t->reader);
    give(t, index, (value_class)it->class);
}

static void replace(translation *t, const inline_vector *it)
{
    operand y = pop(t), x = pop(t);
    uint32_t index, x_slot = placed(t, &x), y_slot = placed(t, &y);
    unsigned form = IR_LANE_SS;
    wasm_cell *cell;
    if (in_accumulator(t, &x)) {
        take_accumulator(t, &x);
        form = IR_LANE_AS;
    } else if (in_accumulator(t, &y)) {
        take_accumulator(t, &y);
        form = IR_LANE_SA;
    }
    index = t->count;
    cell = emit(t, it->op + 2 * form);
    cell->b = slot16(t, x_slot);
    cell->v.s.c = slot16(t, y_slot);
    cell->v.s.d = wasm_take_byte(&t->reader);
    give(t, index, CLASS_V128);
}

static void bitselect(translation *t, unsigned op)
{
    operand mask = pop(t), y = pop(t), x = pop(t);
    uint32_t index, x_slot = placed(t, &x), y_slot = placed(t, &y), mask_slot = placed(t, &mask);
    unsigned form = IR_SELECT_SSS;
    wasm_cell *cell;
    if (in_accumulator(t, &mask)) {
        take_accumulator(t, &mask);
        form = IR_SELECT_SSA;
    } else if (in_accumulator(t, &x)) {
        take_accumulator(t, &x);
        form = IR_SELECT_ASS;
    }
    index = t->count;
    cell = emit(t, op + 2 * form);
    cell->b = slot16(t, x_slot);
    cell->v.s.c = slot16(t, y_slot);
    cell->v.s.d = slot16(t, mask_slot);
    give(t, index, CLASS_V128);
}

static bool inline_instruction(translation *t, uint32_t row)
{
    const inline_vector *it = &inlines[row];
    switch (it->shape) {
    case COMMUTATIVE:
    case ORDERED:
    case SWAPPED:
        binary(t, it->op, it->shape);
        return true;
    case SHIFT:
        shift(t, it->op);
        return true;
    case EXTRACT:
        extract(t, it);
        return true;
    case REPLACE:
        replace(t, it);
        return true;
    case SELECT:
        bitselect(t, it->op);
        return true;
    default:
        return false;
    }
}

/* By functions */

static void call_function(translation *t, uint32_t row, wasm_vector_function function)
{
    const wasm_row *it = &wasm_rows[row];
    bool is_shuffle = row == WASM_ROW_i8x16_shuffle, gives_vector = it->pushes[0] == (uint8_t)WASM_V128;
    operand operands[3];
    uint32_t index, slots[3] = {0};
    wasm_cell *cell;
    for (unsigned x = it->pop_count; x-- > 0;) {
        operands[x] = pop(t);
    }
    for (unsigned x = 0; x < it->pop_count; x++) {
        slots[x] = slot_of(t, &operands[x]);
    }
    index = t->count;
    cell = emit(t, is_shuffle ? OP_shuffle_s : gives_vector ? OP_vector_s : OP_vector_number_s);
    cell->b = slot16(t, slots[0]);
    cell->v.s.c = slot16(t, slots[1]);
    cell->v.s.d = slot16(t, slots[2]);
    cell = emit_data(t);
    cell->u.wide = (uint64_t)(uintptr_t)function;
    if (is_shuffle) {
        uint64_t lanes[2] = {wasm_take_bits(&t->reader, 8), wasm_take_bits(&t->reader, 8)};
        memcpy(emit_data(t), lanes, sizeof lanes);
    } else if (it->immediate_count) {
        cell->v.imm = wasm_take_byte(&t->reader);
    }
    give(t, index, gives_vector ? CLASS_V128 : class_of(it->pushes[0]));
}

/* Loads and stores */

/* The cells behind one that loads or stores *bytes* bytes. */
static void access_cells(translation *t, wasm_vector_access function, const wasm_memarg *memarg, uint32_t vector_slot,
                         uint32_t lane, uint32_t bytes, bool far)
{
    wasm_cell *cell = emit_data(t);
    cell->u.wide = (uint64_t)(uintptr_t)function;
    cell->a = slot16(t, vector_slot);
    cell->b = (uint16_t)(lane | bytes << 8);
    cell->v.imm = memarg->memory;
    if (far) {
        emit_data(t)->u.wide = memarg->offset;
    }
}

static void lane_access(translation *t, uint32_t row, wasm_vector_access function)
{
    const wasm_row *it = &wasm_rows[row];
    wasm_memarg memarg = wasm_take_memarg(&t->reader);
    bool has_vector = it->pop_count == 2, far = is_far(t, &memarg);
    uint32_t lane = has_vector ? wasm_take_byte(&t->reader) : 0, index, slot, vector_slot = 0;
    operand vector = {0}, place;
    wasm_cell *cell;
    if (has_vector) {
        vector = pop(t);
    }
    place = pop(t);
    slot = slot_of(t, &place);
    if (has_vector) {
        vector_slot = slot_of(t, &vector);
    }
    index = t->count;
    cell = emit(t, function ? (far ? OP_vector_far_load_s : OP_vector_load_s) : (far ? OP_vector_far_store : OP_vector_store));
    cell->b = slot16(t, slot);
    cell->v.imm = (uint32_t)memarg.offset;
    access_cells(t, function, &memarg, vector_slot, lane, 1u << it->align, far);
    if (function) {
        give(t, index, CLASS_V128);
    }
}

bool vector_instruction(translation *t, uint32_t row)
{
    uint64_t low;
    if (inline_instruction(t, row)) {
        return true;
    }
    if (functions[row]) {
        call_function(t, row, wasm_vector_functions[functions[row] - 1]);
        return true;
    }
    if (loads[row]) {
        lane_access(t, row, wasm_vector_loads[loads[row] - 1]);
        return true;
    }
    switch (row) {
    case WASM_ROW_v128_store8_lane:
    case WASM_ROW_v128_store16_lane:
    case WASM_ROW_v128_store32_lane:
    case WASM_ROW_v128_store64_lane:
        lane_access(t, row, NULL);
        return true;
    case WASM_ROW_v128_const:
        low = wasm_take_bits(&t->reader, 8);
        push_vector(t, low, wasm_take_bits(&t->reader, 8));
        return true;
    default:
        return false;
    }
}

/* Integers of 128 bits in two operands */

bool wide_instruction(translation *t, uint32_t row)
{
    static const uint16_t ops[] = {OP_add128, OP_sub128, OP_mul_wide_s, OP_mul_wide_u};
    operand operands[4];
    uint32_t index, slots[4] = {0}, count;
    wasm_cell *cell;
    if (row < WASM_ROW_i64_add128 || row > WASM_ROW_i64_mul_wide_u) {
        return false;
    }
    count = wasm_rows[row].pop_count;
    for (uint32_t x = count; x-- > 0;) {
        operands[x] = pop(t);
    }
    for (uint32_t x = 0; x < count; x++) {
        slots[x] = slot_of(t, &operands[x]);
    }
    index = t->count;
    cell = emit(t, ops[row - WASM_ROW_i64_add128]);
    cell->b = slot16(t, slots[0]);
    cell->v.s.c = slot16(t, slots[1]);
    cell->v.s.d = slot16(t, slots[2]);
    if (count == 4) {
        emit_data(t)->a = slot16(t, slots[3]);
    }
    give(t, index, CLASS_INT);
    push(t, IN_PLACE, CLASS_INT);
    t->last = NONE;
    return true;
}
