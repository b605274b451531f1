/* Exceptions, in the present form and the legacy one: from blocks that catch to the table of handlers. See translate.c.

   A block that may catch emits nothing. It becomes entries in the table of its function: between which cells something must be thrown,
   and where that goes on, in which slots. All operands below a block are in their places or constants by then, as for any branch.

   A clause of a `try_table` is a branch to a label further outside, so what the exception carries goes right to where that label wants
   it. A handler of a legacy `try` has below these values one operand that no instruction knows: the exception, if the handler throws it
   once more. */

#include "emit.h"

uint16_t catcher_here(translation *t)
{
    if (!t->guards) {
        return 0;
    }
    t->names_catcher = true;
    return (uint16_t)t->catcher;
}

static uint32_t slots_of_tag(const translation *t, uint32_t tag)
{
    const wasm_type *type = &t->module->types[t->module->tags[tag]];
    uint32_t slots = 0;
    for (uint32_t x = 0; x < type->param_count; x++) {
        slots += width_of((uint8_t)class_of(type->params[x]));
    }
    return slots;
}

static uint32_t new_handler(translation *t, const wasm_handler *handler)
{
    t->handlers = room_for(t, t->handlers, t->handler_count, &t->handler_room, sizeof *t->handlers);
    t->handlers[t->handler_count] = *handler;
    return t->handler_count++;
}

/* The handler for what is thrown in *guard*, without saying yet where it goes on. */
static wasm_handler handler_of(const translation *t, const control *guard, uint32_t end, uint32_t tag)
{
    return (wasm_handler){
        .first = guard->guarded,
        .end = end,
        .level = (uint32_t)(guard - t->controls),
        .tag = tag,
        .target = NONE,
        .slots = tag == WASM_ANY_TAG ? 0 : slots_of_tag(t, tag),
        .reference = WASM_NO_SLOT,
        .kind = WASM_CATCHES,
    };
}

void aim_handlers(translation *t, uint32_t first)
{
    for (uint32_t x = first; x != NONE;) {
        uint32_t next = t->handlers[x].target;
        t->handlers[x].target = t->count;
        x = next;
    }
}

void end_of_catching_body(translation *t)
{
    if (t->controls[0].catches != NONE && !t->is_stepping) {
        aim_handlers(t, t->controls[0].catches);
        set_label(t);
        emit(t, OP_return0);
    }
}

/* The guard around the instruction at hand. */
static control *begin_guard(translation *t, control_kind kind, wasm_blocktype type)
{
    control *it = begin_block(t, kind, type);
    if (!it->is_dead) {
        it->guarded = t->count;
        t->guards++;
    }
    return it;
}

/* Present */

typedef struct {
    uint32_t tag;
    uint32_t label;
    bool wants_reference;
} clause;

static clause take_clause(wasm_reader *reader)
{
    uint8_t kind = wasm_take_byte(reader);
    clause it = {.tag = WASM_ANY_TAG, .wants_reference = (kind & 1) != 0};
    if (kind < 2) {
        it.tag = wasm_take_u32(reader);
    }
    it.label = wasm_take_u32(reader);
    return it;
}

static void begin_try_table(translation *t)
{
    wasm_blocktype type = wasm_take_blocktype(&t->reader, t->module);
    wasm_reader clauses = t->reader;
    uint32_t count = wasm_take_u32(&t->reader);
    for (uint32_t x = 0; x < count; x++) {
        take_clause(&t->reader);
    }
    begin_guard(t, A_TRY_TABLE, type)->clauses = clauses;
}

static void add_clause(translation *t, const control *guard, clause it)
{
    control *target = &t->controls[t->control_count - 2 - it.label];
    wasm_handler handler = handler_of(t, guard, t->count, it.tag);
    /* What a function returns stands where its frame begins. */
    handler.base = returns(t, target) ? 0 : target->base;
    if (it.wants_reference) {
        handler.reference = handler.base + handler.slots;
    }
    if (target->kind == A_LOOP) {
        handler.kind = WASM_CATCHES_TO_LOOP;
        handler.target = target->cell + 1;
        new_handler(t, &handler);
        return;
    }
    handler.target = target->catches;
    target->catches = new_handler(t, &handler);
}

static void end_try_table(translation *t)
{
    control *it = innermost(t);
    if (!it->is_dead) {
        uint32_t count = wasm_take_u32(&it->clauses);
        for (uint32_t x = 0; x < count; x++) {
            add_clause(t, it, take_clause(&it->clauses));
        }
        t->guards--;
    }
    end_block(t);
}

/* Legacy */

/* The body of a `try`, or the handler before, is at its end. */
static void end_arm(translation *t, control *it)
{
    uint32_t cell;
    if (!t->dead) {
        carry(t, it);
        cell = t->count;
        emit(t, OP_br);
        it->label = new_patch(t, jump_word(cell), cell, it->label);
    }
    if (it->kind == A_TRY) {
        it->guarded_end = t->count;
        t->guards--;
    }
    forget_above(t, it->height);
}

static void begin_handler(translation *t, uint32_t tag)
{
    control *it = innermost(t);
    const wasm_type *type = tag == WASM_ANY_TAG ? NULL : &t->module->types[t->module->tags[tag]];
    wasm_handler handler;
    if (it->is_dead) {
        return;
    }
    end_arm(t, it);
    it->kind = A_CATCH;
    set_label(t);
    handler = handler_of(t, it, it->guarded_end, tag);
    handler.target = t->count;
    handler.base = it->base + 1;
    it->handler = new_handler(t, &handler);
    push(t, IN_PLACE, CLASS_INT)->is_ref = true;
    t->operands[t->depth - 1].handler = it->handler + 1;
    if (type) {
        push_in_place(t, type->params, type->param_count);
    }
    t->dead = false;
}

static void delegate(translation *t, uint32_t label)
{
    control *it = innermost(t);
    if (!it->is_dead) {
        wasm_handler handler = handler_of(t, it, t->count, WASM_ANY_TAG);
        handler.kind = WASM_DELEGATES;
        handler.target = t->control_count - 2 - label;
        new_handler(t, &handler);
        t->guards--;
    }
    end_block(t);
}

bool exception_block(translation *t, uint32_t row)
{
    switch (row) {
    case WASM_ROW_try_table:
        begin_try_table(t);
        return true;
    case WASM_ROW_try:
        begin_guard(t, A_TRY, wasm_take_blocktype(&t->reader, t->module));
        return true;
    case WASM_ROW_catch:
        begin_handler(t, wasm_take_u32(&t->reader));
        return true;
    case WASM_ROW_catch_all:
        begin_handler(t, WASM_ANY_TAG);
        return true;
    case WASM_ROW_delegate:
        delegate(t, wasm_take_u32(&t->reader));
        return true;
    case WASM_ROW_end:
        if (innermost(t)->kind == A_TRY_TABLE) {
            end_try_table(t);
            return true;
        }
        if (innermost(t)->kind == A_TRY && !innermost(t)->is_dead) {
            t->guards--;
        }
        end_block(t);
        return true;
    default:
        return false;
    }
}

/* Throwing */

static void throw_new(translation *t, uint32_t tag)
{
    const wasm_type *type = &t->module->types[t->module->tags[tag]];
    uint32_t height = t->depth - type->param_count;
    wasm_cell *cell;
    settle(t, height);
    cell = emit(t, OP_throw);
    cell->b = catcher_here(t);
    cell->v.imm = height < t->depth ? t->operands[height].place : t->top;
    cell = emit_data(t);
    cell->u.wide = slots_of_tag(t, tag);
    cell->v.imm = tag;
    die(t);
}

static void throw_again(translation *t, uint32_t slot)
{
    wasm_cell *cell = emit(t, OP_throw_ref);
    cell->b = catcher_here(t);
    cell->v.imm = slot;
    die(t);
}

bool exception_instruction(translation *t, uint32_t row)
{
    operand it;
    control *target;
    switch (row) {
    case WASM_ROW_throw:
        throw_new(t, wasm_take_u32(&t->reader));
        return true;
    case WASM_ROW_throw_ref:
        it = pop(t);
        throw_again(t, slot_of(t, &it));
        return true;
    case WASM_ROW_rethrow:
        target = &t->controls[t->control_count - 1 - wasm_take_u32(&t->reader)];
        if (target->handler != NONE) {
            t->handlers[target->handler].reference = target->base;
        }
        throw_again(t, target->base);
        return true;
    default:
        return false;
    }
}
