/* From a valid function body to code for the loop, in one pass.

   Lives here: the walk over the body, and the instructions that are rows of ir.h.
   Not here: control (translate_control.c), memories and tables (translate_memory.c), how code is built (emit.c), and what becomes of
   it (program.c).

   spec: none; the specification runs structured code */

#include "allocate.h"
#include "emit.h"

/* What a row of ir.h says of the instruction of the same name. */
typedef struct {
    uint16_t op; /* the first of its operations */
    uint8_t shape;
    uint8_t in;
    uint8_t out;
} plain;

enum { NOT_PLAIN, COMMUTATIVE, ORDERED, CONDITION, UNARY };

#define CLASS_u32 CLASS_INT
#define CLASS_i32 CLASS_INT
#define CLASS_u64 CLASS_INT
#define CLASS_i64 CLASS_INT
#define CLASS_f32 CLASS_F32
#define CLASS_f64 CLASS_F64
#define CLASS_v128 CLASS_V128
#define CLASS_u8x16 CLASS_V128
#define CLASS_u32x4 CLASS_V128
#define CLASS_i32x4 CLASS_V128
#define CLASS_u64x2 CLASS_V128

static const plain plains[WASM_OPCODE_COUNT] = {
#define COMMUTATIVE_PLAIN(n, T, R, ...) [WASM_ROW_##n] = {OP_##n##_ss_s, COMMUTATIVE, CLASS_##T, CLASS_##R},
#define ORDERED_PLAIN(n, T, R, ...) [WASM_ROW_##n] = {OP_##n##_ss_s, ORDERED, CLASS_##T, CLASS_##R},
#define CONDITION_PLAIN(n, T, ...) [WASM_ROW_##n] = {OP_##n##_ss_s, CONDITION, CLASS_##T, CLASS_INT},
#define NO_PLAIN(n, ...)
#define UNARY_PLAIN(n, T, R, ...) [WASM_ROW_##n] = {OP_##n##_s_s, UNARY, CLASS_##T, CLASS_##R},
    IR_BINARIES(COMMUTATIVE_PLAIN, ORDERED_PLAIN)
    IR_CONDITIONS(CONDITION_PLAIN, NO_PLAIN)
    IR_UNARIES(UNARY_PLAIN)
    IR_VECTOR_UNARIES(UNARY_PLAIN)
};

#define FIRST_CONDITION OP_i32_eq_ss_s

unsigned condition_op(unsigned row, unsigned form)
{
    return FIRST_CONDITION + row * IR_CONDITION_SPAN + form;
}

/* The condition that holds when the operands are exchanged. In each group the first two, and those behind the tenth, are
   symmetric; of the others less and greater stand two apart. */
unsigned swapped_condition(unsigned row)
{
    unsigned first = row >= CONDITION_ROW_f64_eq   ? CONDITION_ROW_f64_eq
                     : row >= CONDITION_ROW_f32_eq ? CONDITION_ROW_f32_eq
                     : row >= CONDITION_ROW_i64_eq ? CONDITION_ROW_i64_eq
                                               : CONDITION_ROW_i32_eq;
    unsigned place = row - first;
    if (place < 2 || place >= 10) {
        return row;
    }
    return first + (((place - 2) ^ 2) + 2);
}

bool is_condition(const wasm_cell *cell, unsigned *row, unsigned *form)
{
    unsigned op = (unsigned)cell->u.op;
    if (op >= OP_i32_and_ss_s && op <= OP_i32_and_ai_a) {
        /* Not zero in all bits that both have. */
        *row = CONDITION_ROW_i32_some;
        *form = (op - OP_i32_and_ss_s) / 2;
        return true;
    }
    if (op < FIRST_CONDITION || op >= condition_op(CONDITION_ROW_COUNT, 0)) {
        return false;
    }
    *row = (op - FIRST_CONDITION) / IR_CONDITION_SPAN;
    *form = (op - FIRST_CONDITION) % IR_CONDITION_SPAN / 2;
    return true;
}

bool is_plain(uint32_t row)
{
    return plains[row].shape != NOT_PLAIN;
}

static bool is_wide_row(uint32_t row)
{
    const wasm_row *it = &wasm_rows[row];
    return it->pop_count && it->pops[0] == (uint8_t)WASM_I64;
}

/* Whether *value* can stand in an operation: integers of 64 bits have 32 there, with a sign. */
static bool is_immediate(uint64_t value, bool is_wide)
{
    return !is_wide || (int64_t)value == (int64_t)(int32_t)(uint32_t)value;
}

/* Emit the form of *op* that suits *x* and *y*. *swapped* is the operation that is right when they are exchanged, or NONE. */
static void two_operands(translation *t, unsigned op, unsigned swapped, operand x, operand y, value_class in, value_class out,
                         bool is_wide)
{
    uint32_t index, x_slot = 0, y_slot = 0;
    unsigned form;
    wasm_cell *cell;
    if (x.kind == CONSTANT && y.kind != CONSTANT && swapped != NONE && is_immediate(x.value, is_wide)) {
        operand other = x;
        unsigned first = op;
        x = y;
        y = other;
        op = swapped;
        swapped = first;
    }
    if (y.kind == CONSTANT && is_immediate(y.value, is_wide)) {
        if (!in_accumulator(t, &x)) {
            x_slot = slot_of(t, &x);
        }
        x.kind = x.kind > IN_LOCAL ? IN_PLACE : x.kind;
        form = in_accumulator(t, &x) ? IR_AI : IR_SI;
    } else {
        /* What is no slot yet becomes one; the last to do so is in the accumulator. */
        if (x.kind > IN_LOCAL) {
            slot_of(t, &x);
            x.kind = IN_PLACE;
        }
        if (y.kind > IN_LOCAL) {
            slot_of(t, &y);
            y.kind = IN_PLACE;
        }
        x_slot = slot_of(t, &x);
        y_slot = slot_of(t, &y);
        form = IR_SS;
        if (in_accumulator(t, &x)) {
            form = IR_AS;
        } else if (in_accumulator(t, &y)) {
            operand other = x;
            form = swapped != NONE ? IR_AS : IR_SA;
            if (swapped != NONE) {
                op = swapped;
                x = y;
                y = other;
                y_slot = x_slot;
            }
        }
    }
    if (form == IR_AS || form == IR_AI) {
        take_accumulator(t, &x);
    } else if (form == IR_SA) {
        take_accumulator(t, &y);
    }
    index = t->count;
    cell = emit(t, op + 2 * form);
    cell->b = slot16(t, x_slot);
    if (form == IR_SI || form == IR_AI) {
        if (in == CLASS_INT) {
            cell->v.imm = (uint32_t)y.value;
        } else {
            emit_data(t)->u.wide = y.value;
        }
    } else {
        cell->v.s.c = slot16(t, y_slot);
    }
    give(t, index, out);
}

static void unary(translation *t, const plain *it)
{
    operand x = pop(t);
    uint32_t index, slot = 0;
    bool from_accumulator;
    if (x.kind > IN_LOCAL) {
        slot = slot_of(t, &x);
        x.kind = IN_PLACE;
    }
    from_accumulator = in_accumulator(t, &x);
    slot = slot_of(t, &x);
    if (from_accumulator) {
        take_accumulator(t, &x);
    }
    index = t->count;
    emit(t, it->op + 2u * from_accumulator)->b = slot16(t, slot);
    give(t, index, it->out);
}

/* i32.eqz and i64.eqz: what was a condition becomes its contrary. */
static void not_operation(translation *t, bool is_wide)
{
    operand x = pop(t), zero = {.kind = CONSTANT};
    unsigned row, form;
    if (!is_wide && is_last(t, &x) && is_condition(&t->cells[t->last], &row, &form)) {
        t->cells[t->last].u.op = condition_op(row ^ 1, 2 * form);
        give(t, t->last, CLASS_INT);
        return;
    }
    two_operands(t, condition_op(is_wide ? CONDITION_ROW_i64_eq : CONDITION_ROW_i32_eq, 0),
                 condition_op(is_wide ? CONDITION_ROW_i64_eq : CONDITION_ROW_i32_eq, 0), x, zero, CLASS_INT, CLASS_INT, is_wide);
}

/* Sums of a local and a constant, or of two locals, wait: they may be part of an address. */
static bool delay_sum(translation *t, const operand *x, const operand *y)
{
    operand *sum;
    if (x->kind == CONSTANT && y->kind == IN_LOCAL) {
        const operand *other = x;
        x = y;
        y = other;
    }
    if (x->kind == IN_LOCAL && y->kind == CONSTANT) {
        sum = push(t, SUM, CLASS_INT);
        sum->value = (uint32_t)y->value;
    } else if (x->kind == IN_LOCAL && y->kind == IN_LOCAL && x->local != y->local) {
        sum = push(t, SUM2, CLASS_INT);
        sum->local2 = y->local;
    } else {
        return false;
    }
    sum->local = x->local;
    sum->next = t->local_users[sum->local];
    t->local_users[sum->local] = t->depth - 1;
    if (sum->kind == SUM2) {
        sum->next2 = t->local_users[sum->local2];
        t->local_users[sum->local2] = t->depth - 1;
    }
    return true;
}

void plain_instruction(translation *t, uint32_t row)
{
    const plain *it = &plains[row];
    operand x, y;
    unsigned op = it->op, swapped = it->op;
    if (row == WASM_ROW_i32_eqz || row == WASM_ROW_i64_eqz) {
        not_operation(t, row == WASM_ROW_i64_eqz);
        return;
    }
    if (it->shape == UNARY) {
        unary(t, it);
        return;
    }
    y = pop(t);
    x = pop(t);
    if (row == WASM_ROW_i32_sub && y.kind == CONSTANT) {
        row = WASM_ROW_i32_add;
        op = swapped = plains[row].op;
        y.value = -(uint32_t)y.value;
    } else if (it->shape == ORDERED) {
        swapped = NONE;
    } else if (it->shape == CONDITION) {
        swapped = condition_op(swapped_condition((op - FIRST_CONDITION) / IR_CONDITION_SPAN), 0);
    }
    if (row == WASM_ROW_i32_add && delay_sum(t, &x, &y)) {
        return;
    }
    two_operands(t, op, swapped, x, y, it->in, it->out, is_wide_row(row));
}

/* The walk */

static void leave_scratch(translation *t)
{
    if (t->is_far) {
        t->scratch = t->top;
        t->top += SCRATCH_SLOTS;
    }
}

static bool allocate_locals(translation *t, const wasm_type *type, uint32_t *first_declared)
{
    wasm_reader declared = t->reader;
    uint32_t runs = wasm_take_u32(&declared);
    uint64_t total = type->param_count;
    uint32_t next = 0;
    for (uint32_t x = 0; x < runs; x++) {
        total += wasm_take_u32(&declared);
        wasm_take_valtype(&declared);
    }
    if (total >= NONE) {
        return false;
    }
    t->locals = wasm_allocate((size_t)total, sizeof *t->locals);
    t->local_classes = wasm_allocate((size_t)total, sizeof *t->local_classes);
    t->local_users = wasm_allocate((size_t)total, sizeof *t->local_users);
    t->local_refs = wasm_allocate((size_t)total, sizeof *t->local_refs);
    if (!t->locals || !t->local_classes || !t->local_refs || !t->local_users) {
        return false;
    }
    for (uint32_t x = 0; x < type->param_count; x++) {
        t->local_refs[next] = wasm_is_traced(t->module, type->params[x]);
        t->local_classes[next++] = (uint8_t)class_of(type->params[x]);
    }
    runs = wasm_take_u32(&t->reader);
    for (uint32_t x = 0; x < runs; x++) {
        uint32_t count = wasm_take_u32(&t->reader);
        wasm_valtype valtype = wasm_take_valtype(&t->reader);
        uint8_t class = (uint8_t)class_of(valtype);
        bool is_ref = count && wasm_is_traced(t->module, valtype); /* the type of no locals may be none */
        for (uint32_t y = 0; y < count; y++) {
            t->local_refs[next] = is_ref;
            t->local_classes[next++] = class;
        }
    }
    t->local_count = next;
    for (uint32_t x = 0; x < next; x++) {
        if (x == type->param_count) {
            leave_scratch(t);
            *first_declared = t->top;
        }
        t->locals[x] = t->top;
        t->local_users[x] = NONE;
        t->top += width_of(t->local_classes[x]);
    }
    if (next == type->param_count) {
        leave_scratch(t);
        *first_declared = t->top;
    }
    t->frame = t->top;
    return true;
}

static void walk(translation *t, const wasm_type *type)
{
    uint32_t first_declared = 0;
    if (!allocate_locals(t, type, &first_declared)) {
        stop_translation(t, TRANSLATE_NO_MEMORY);
    }
    open_body(t, type);
    if (t->top > first_declared) {
        wasm_cell *cell = emit(t, OP_zero);
        cell->a = slot16(t, first_declared);
        cell->v.imm = t->top - first_declared;
    }
    while (t->control_count) {
        uint32_t row;
        if (t->reader.next >= t->reader.end) {
            stop_translation(t, TRANSLATE_NO_SENSE);
        }
        t->offset = (uint32_t)(t->reader.next - t->start);
        row = wasm_take_instruction(&t->reader);
        if (t->is_stepping && row != WASM_NO_ROW) {
            stepping_place(t, row);
        }
        if (row == WASM_NO_ROW) {
            stop_translation(t, TRANSLATE_NO_SENSE);
        } else if (control_instruction(t, row)) {
            continue;
        } else if (is_plain(row)) {
            plain_instruction(t, row);
        } else if (row == WASM_ROW_i32_eqz || row == WASM_ROW_i64_eqz) {
            plain_instruction(t, row);
        } else if (!vector_instruction(t, row) && !wide_instruction(t, row) && !atomic_instruction(t, row)
                   && !aggregate_instruction(t, row) && !memory_instruction(t, row)) {
            stop_translation(t, TRANSLATE_NO_SENSE);
        }
    }
}

void end_translation(translation *t)
{
    wasm_release(t->cells);
    wasm_release(t->offsets);
    wasm_release(t->operands);
    wasm_release(t->locals);
    wasm_release(t->local_classes);
    wasm_release(t->local_users);
    wasm_release(t->local_refs);
    wasm_release(t->controls);
    wasm_release(t->patches);
    wasm_release(t->handlers);
    wasm_release(t->vectors);
}

static uint32_t catcher_number(const wasm_program *program, uint32_t function)
{
    uint32_t known = program->codes[function - program->module->imported_function_count].catcher;
    uint32_t next = program->catcher_count + 1;
    return known ? known : next < WASM_MANY_CATCHERS ? next : WASM_MANY_CATCHERS;
}

static void translate_as(translation *t, const wasm_program *program, uint32_t function, bool is_far, notes *all)
{
    const wasm_module *module = program->module;
    const wasm_function *it = &module->functions[function];
    *t = (translation){0};
    t->module = module;
    t->start = module->source;
    t->reader = (wasm_reader){module->source + it->offset, module->source + it->offset + it->size};
    t->last = NONE;
    t->program = program;
    t->is_far = is_far;
    t->is_stepping = program->is_stepping;
    t->notes = all;
    if (all) {
        all->place_count = all->slot_count = all->work = 0;
    }
    t->catcher = program->is_stepping ? WASM_MANY_CATCHERS : catcher_number(program, function);
    if (!setjmp(t->out)) {
        walk(t, wasm_function_type(module, function));
    }
}

void translate_noting(translation *t, const wasm_program *program, uint32_t function, notes *all)
{
    translate_as(t, program, function, false, all);
    if (t->status == TRANSLATE_TOO_LARGE) {
        end_translation(t);
        translate_as(t, program, function, true, all);
    }
}
