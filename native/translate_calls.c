/* Calls, and calls that take the place of their caller. See translate.c.

   The arguments are brought to their places, where the frame of the callee begins, and its results stand there afterwards. What a
   tail call leaves behind is its frame: the operation moves the arguments to where that begins. */

#include "emit.h"

/* Emit *op*, of two cells, which calls a function of *type* with the topmost operands; its results are pushed. *slot* holds what is
   called, when an operand says that. Answers the first cell's number. */
static uint32_t finish_call(translation *t, unsigned op, const wasm_type *type, uint16_t slot, wasm_cell data)
{
    uint32_t index, base;
    wasm_cell *cell;
    settle(t, t->depth - type->param_count);
    forget_above(t, t->depth - type->param_count);
    base = t->top;
    note_references(t);
    index = t->count;
    cell = emit(t, op);
    cell->a = slot;
    cell->b = catcher_here(t);
    cell->v.imm = base;
    *emit_data(t) = data;
    push_in_place(t, type->results, type->result_count);
    /* Even a host function without room for its parameters needs their slots. */
    t->last = NONE;
    return index;
}

static void call(translation *t, uint32_t function)
{
    const wasm_type *type = wasm_function_type(t->module, function);
    uint32_t imported = t->module->imported_function_count;
    if (function < imported) {
        finish_call(t, OP_call_import, type, 0, (wasm_cell){.u.wide = function});
    } else {
        finish_call(t, OP_call, type, 0, (wasm_cell){.u.pointer = &t->program->codes[function - imported]});
    }
}

/* A call through an operand that lies above the arguments. */
static void call_through(translation *t, unsigned op, uint32_t type_index, uint32_t table)
{
    const wasm_type *type = &t->module->types[type_index];
    operand it = pop(t);
    uint32_t slot = slot_of(t, &it);
    wasm_cell data = {.u.wide = type->id, .a = (uint16_t)type_index, .b = (uint16_t)(type_index >> 16), .v.imm = table};
    finish_call(t, op, type, slot16(t, slot), data);
}

/* The function takes the place of this one. If it is the host's, that has called it as usual, and returns. Nothing of this function
   catches what comes out of it. */
static void return_what_it_gives(translation *t, uint32_t call)
{
    t->cells[call].b = 0;
    return_results(t, false);
    die(t);
}

static void tail_call(translation *t, uint32_t function)
{
    const wasm_type *type = wasm_function_type(t->module, function);
    uint32_t imported = t->module->imported_function_count, slots = 0, index;
    if (function < imported) {
        index = finish_call(t, OP_tail_call_import, type, 0, (wasm_cell){.u.wide = function});
        return_what_it_gives(t, index);
        return;
    }
    for (uint32_t x = 0; x < type->param_count; x++) {
        slots += width_of((uint8_t)class_of(type->params[x]));
    }
    finish_call(t, OP_tail_call, type, 0, (wasm_cell){.u.pointer = &t->program->codes[function - imported], .v.imm = slots});
    die(t);
}

static void tail_call_through(translation *t, unsigned op, uint32_t type_index, uint32_t table)
{
    call_through(t, op, type_index, table);
    return_what_it_gives(t, t->count - 2);
}

bool call_instruction(translation *t, uint32_t row)
{
    uint32_t type;
    switch (row) {
    case WASM_ROW_call:
        call(t, wasm_take_u32(&t->reader));
        return true;
    case WASM_ROW_call_indirect:
        type = wasm_take_u32(&t->reader);
        call_through(t, OP_call_indirect, type, wasm_take_u32(&t->reader));
        return true;
    case WASM_ROW_call_ref:
        call_through(t, OP_call_ref, wasm_take_u32(&t->reader), 0);
        return true;
    case WASM_ROW_return_call:
        tail_call(t, wasm_take_u32(&t->reader));
        return true;
    case WASM_ROW_return_call_indirect:
        type = wasm_take_u32(&t->reader);
        tail_call_through(t, OP_tail_call_indirect, type, wasm_take_u32(&t->reader));
        return true;
    case WASM_ROW_return_call_ref:
        tail_call_through(t, OP_tail_call_ref, wasm_take_u32(&t->reader), 0);
        return true;
    default:
        return false;
    }
}
