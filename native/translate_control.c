/* Blocks, branches, locals, and what else moves operands. See translate.c; calls and exceptions have files of their own.

   At a label all operands are in their places: those that a branch carries are brought to where the label wants them, and what
   names a local is brought to its place when a block begins. Constants below a block may wait; nobody in the block can take them. */

#include "emit.h"

#include "allocate.h"

control *innermost(translation *t)
{
    return &t->controls[t->control_count - 1];
}

/* What a branch to *it* carries. */
static uint32_t arity_of(const control *it)
{
    return it->kind == A_LOOP ? it->type.param_count : it->type.result_count;
}

void count_cost(translation *t)
{
    if (t->loop != NONE) {
        t->controls[t->loop].cost++;
    }
}

control *open_control(translation *t, control_kind kind, wasm_blocktype type)
{
    control *it;
    t->controls = room_for(t, t->controls, t->control_count, &t->control_room, sizeof *t->controls);
    it = &t->controls[t->control_count++];
    *it = (control){.kind = (uint8_t)kind, .type = type, .label = NONE, .otherwise = NONE, .cell = NONE, .outer_loop = t->loop,
                     .catches = NONE, .handler = NONE};
    it->is_dead = t->dead;
    it->height = t->dead ? t->depth : t->depth - type.param_count;
    it->base = it->height < t->depth ? t->operands[it->height].place : t->top;
    return it;
}

void open_body(translation *t, const wasm_type *type)
{
    wasm_blocktype block = {.results = type->results, .result_count = type->result_count};
    t->loop = NONE;
    open_control(t, THE_BODY, block);
    t->loop = 0;
}

void push_in_place(translation *t, const wasm_valtype *types, uint32_t count)
{
    for (uint32_t x = 0; x < count; x++) {
        push(t, IN_PLACE, class_of(types[x]))->is_ref = wasm_is_traced(t->module, types[x]);
    }
}

/* Branches */

/* Bring the topmost operands to where a branch to *target* wants them. They stay on the symbolic stack. */
void carry(translation *t, const control *target)
{
    uint32_t arity = arity_of(target), to = target->base;
    for (uint32_t x = t->depth - arity; x < t->depth; x++) {
        operand *it = &t->operands[x];
        if (it->kind == CONSTANT) {
            write_operand(t, to, it);
        } else if (it->kind == SUM || it->kind == SUM2) {
            emit_sum(t, it, to);
        } else {
            copy_slot(t, to, slot_of(t, it), it->class);
        }
        to += width_of(it->class);
    }
}

static bool is_carried(const translation *t, const control *target)
{
    uint32_t arity = arity_of(target), to = target->base;
    for (uint32_t x = t->depth - arity; x < t->depth; x++) {
        const operand *it = &t->operands[x];
        if (it->kind != IN_PLACE || it->place != to) {
            return false;
        }
        to += width_of(it->class);
    }
    return true;
}

/* A jump that has been emitted in *cell*, its place in *word*: to a loop at once, to anything else later. */
static void aim(translation *t, uint32_t word, uint32_t cell, uint32_t index)
{
    control *target = &t->controls[index];
    if (target->kind == A_LOOP) {
        uint32_t only = new_patch(t, word, cell, NONE);
        if (only != NONE) {
            patch_all(t, only, target->cell + 1);
            t->patch_count--;
        }
    } else {
        target->label = new_patch(t, word, cell, target->label);
    }
}

/* Results of the function go to where its frame begins. *keep*: the operands are needed again. */
void return_results(translation *t, bool keep)
{
    static const uint16_t accumulated[] = {OP_return_a, OP_return_fa, OP_return_da, OP_return_s};
    const control *body = &t->controls[0];
    uint32_t count = body->type.result_count, slots = 0;
    operand only;
    wasm_cell *cell;
    if (!count) {
        emit(t, OP_return0);
        return;
    }
    only = t->operands[t->depth - 1];
    if (count == 1 && only.class != CLASS_V128) {
        if (only.kind == CONSTANT && only.value <= UINT32_MAX) {
            emit(t, OP_return_i)->v.imm = (uint32_t)only.value;
        } else {
            uint32_t slot = slot_of(t, &only);
            only.kind = only.kind > IN_LOCAL ? IN_PLACE : only.kind;
            if (in_accumulator(t, &only)) {
                if (!keep) {
                    take_accumulator(t, &only);
                }
                emit(t, accumulated[only.class]);
            } else {
                emit(t, OP_return_s)->b = slot16(t, slot);
            }
        }
        return;
    }
    settle(t, t->depth - count);
    for (uint32_t x = t->depth - count; x < t->depth; x++) {
        slots += width_of(t->operands[x].class);
    }
    if (t->is_far && t->operands[t->depth - count].place + slots > UINT16_MAX) {
        for (uint32_t x = 0; x < slots; x++) {
            copy_slot(t, x, t->operands[t->depth - count].place + x, CLASS_INT);
        }
        emit(t, OP_return0);
        return;
    }
    cell = emit(t, OP_return_n);
    cell->b = slot16(t, t->operands[t->depth - count].place);
    cell->v.imm = slots;
}

void die(translation *t)
{
    t->dead = true;
    forget_above(t, innermost(t)->height);
}

/* Before a branch that may not be taken: return_results would settle several results only on its way. */
static void prepare(translation *t, const control *target)
{
    uint32_t count = target->type.result_count;
    if (returns(t, target) && count > 1 && count <= t->depth) {
        settle(t, t->depth - count);
    }
}

/* Go to control *index* with what it wants, whatever way leads there. */
static void go(translation *t, uint32_t index)
{
    control *target = &t->controls[index];
    uint32_t cell;
    if (returns(t, target)) {
        return_results(t, true);
        return;
    }
    carry(t, target);
    cell = t->count;
    emit(t, target->kind == A_LOOP ? OP_br_back : OP_br);
    aim(t, jump_word(cell), cell, index);
}

static void br(translation *t, uint32_t label)
{
    uint32_t index = t->control_count - 1 - label;
    control *target = &t->controls[index];
    operand *it = t->depth ? &t->operands[t->depth - 1] : NULL;
    if (returns(t, target)) {
        return_results(t, false);
    } else {
        /* What has just been computed may go to its target directly. The slots that follow are free from its own place on, as before:
           what comes behind this branch must not write where blocks outside have their operands. */
        uint32_t place = it ? it->place : 0;
        if (arity_of(target) == 1 && it->kind == IN_PLACE && it->class != CLASS_V128 && it->place != target->base && is_last(t, it)
            && target->base <= UINT16_MAX) {
            t->cells[t->last].a = (uint16_t)target->base;
            it->place = target->base;
        }
        go(t, index);
        if (it) {
            it->place = place;
        }
    }
    die(t);
}

/* Emit a branch that is taken when *condition*, which has been popped, is not zero, or zero when not *wanted*. *loop* is its target,
   or NULL; then the jump is added to *patches. */
void branch_if(translation *t, operand condition, bool wanted, uint32_t *patches, const control *loop)
{
    unsigned row = CONDITION_ROW_i32_ne, form, back = loop != NULL;
    wasm_cell old = {0}, *cell;
    uint64_t wide = 0;
    uint32_t index, word;
    if (condition.kind > IN_LOCAL) {
        slot_of(t, &condition);
        condition.kind = IN_PLACE;
    }
    if (is_last(t, &condition) && is_condition(&t->cells[t->last], &row, &form)) {
        bool has_data = t->count > t->last + 1;
        old = t->cells[t->last];
        if (form == IR_SI || form == IR_AI) {
            wide = has_data ? t->cells[t->last + 1].u.wide : (uint64_t)(int64_t)old.v.jump;
        }
        remove_last(t);
    } else {
        form = in_accumulator(t, &condition) ? IR_AI : IR_SI;
        if (form == IR_AI) {
            take_accumulator(t, &condition);
        }
        old.b = slot16(t, slot_of(t, &condition));
    }
    row ^= !wanted;
    index = t->count;
    cell = emit(t, condition_op(row, IR_CONDITION_BRANCH + 2 * form + back));
    if (form == IR_SS) {
        cell->a = old.b;
        cell->b = old.v.s.c;
    } else if (form == IR_AS) {
        cell->b = old.v.s.c;
    } else {
        cell->a = old.b;
        emit_data(t)->u.wide = wide;
    }
    word = jump_word(index);
    if (loop) {
        aim(t, word, index, (uint32_t)(loop - t->controls));
    } else {
        *patches = new_patch(t, word, index, *patches);
    }
}

void br_if(translation *t, uint32_t label)
{
    uint32_t index = t->control_count - 1 - label, skip = NONE;
    operand condition = pop(t);
    control *target = &t->controls[index];
    if (returns(t, target) || !is_carried(t, target)) {
        prepare(t, target);
        branch_if(t, condition, false, &skip, NULL);
        go(t, index);
        patch_all(t, skip, t->count);
        set_label(t);
    } else {
        branch_if(t, condition, true, &target->label, target->kind == A_LOOP ? target : NULL);
    }
}

/* A jump of table number t->tables to control *index*, which needs more than a jump: to a piece of code behind the table. */
static bool needs_stub(const translation *t, const control *target)
{
    return returns(t, target) || target->kind == A_LOOP || !is_carried(t, target);
}

static void br_table(translation *t)
{
    operand place = pop(t);
    uint32_t slot, count = wasm_take_u32(&t->reader), table;
    wasm_reader labels = t->reader, one = t->reader;
    uint32_t first = t->control_count - 1 - wasm_take_u32(&one);
    wasm_cell *cell;
    /* All labels carry as much; one of them may be the body's. If none can be, there may be operands on top that belong to blocks
       further outside: where these end, nobody would know that they were settled here. */
    if (arity_of(&t->controls[first < t->control_count ? first : 0]) == t->controls[0].type.result_count) {
        prepare(t, &t->controls[0]);
    }
    slot = slot_of(t, &place);
    table = t->count;
    t->tables++;
    cell = emit(t, OP_br_table);
    cell->a = slot16(t, slot);
    cell->v.imm = count;
    for (uint64_t x = 0; x <= count; x += 4) {
        emit_data(t);
    }
    for (uint64_t x = 0; x <= count; x++) {
        uint32_t index = t->control_count - 1 - wasm_take_u32(&t->reader);
        control *target = &t->controls[index < t->control_count ? index : 0];
        if (needs_stub(t, target)) {
            if (target->stub_of != t->tables) {
                target->stub_of = t->tables;
                target->stub = NONE;
            }
            target->stub = new_patch(t, 4 * (table + 1) + (uint32_t)x, table, target->stub);
        } else {
            aim(t, 4 * (table + 1) + (uint32_t)x, table, index);
        }
    }
    for (uint64_t x = 0; x <= count; x++) {
        uint32_t index = t->control_count - 1 - wasm_take_u32(&labels);
        control *target = &t->controls[index < t->control_count ? index : 0];
        if (target->stub_of == t->tables && target->stub != NONE) {
            set_label(t);
            patch_all(t, target->stub, t->count);
            target->stub = NONE;
            go(t, index);
        }
    }
    die(t);
}

/* Blocks */

control *begin_block(translation *t, control_kind kind, wasm_blocktype type)
{
    operand condition = {0};
    control *it;
    uint32_t outer = t->loop;
    if (t->dead) {
        it = open_control(t, kind, type);
        t->loop = kind == A_LOOP ? NONE : t->loop;
        return it;
    }
    if (kind == AN_IF) {
        condition = pop(t);
        if (condition.kind > IN_LOCAL) {
            /* Its place is free only until other operands are settled; they lie below. */
            slot_of(t, &condition);
            condition.kind = IN_PLACE;
        }
    }
    settle(t, t->depth - type.param_count);
    settle_locals(t);
    it = open_control(t, kind, type);
    it->outer_loop = outer;
    if (kind == AN_IF) {
        branch_if(t, condition, false, &it->otherwise, NULL);
    } else if (kind == A_LOOP) {
        it->cell = t->count;
        emit(t, OP_loop);
        stepping_loop(t);
        t->loop = t->control_count - 1;
        set_label(t);
    }
    return it;
}

static void begin(translation *t, control_kind kind)
{
    begin_block(t, kind, wasm_take_blocktype(&t->reader, t->module));
}

static void begin_else(translation *t)
{
    control *it = innermost(t);
    uint32_t cell = t->count;
    if (it->is_dead) {
        return;
    }
    if (!t->dead) {
        settle(t, it->height);
        cell = t->count;
        emit(t, OP_br);
        it->label = new_patch(t, jump_word(cell), cell, it->label);
    }
    forget_above(t, it->height);
    patch_all(t, it->otherwise, t->count);
    it->otherwise = NONE;
    it->kind = AN_ELSE;
    set_label(t);
    push_in_place(t, it->type.params, it->type.param_count);
    t->dead = false;
}

static void end_body(translation *t)
{
    if (!t->dead) {
        return_results(t, false);
    }
    end_of_catching_body(t);
    t->control_count--;
}

void end_block(translation *t)
{
    control it = *innermost(t);
    bool is_reached = it.label != NONE || it.otherwise != NONE || it.catches != NONE || (it.kind == A_CATCH && !t->dead);
    if (it.kind == THE_BODY) {
        end_body(t);
        return;
    }
    if (it.kind == A_LOOP) {
        t->loop = it.outer_loop;
        if (it.cell != NONE) {
            t->cells[it.cell].v.imm = it.cost;
            if (t->is_stepping) {
                t->cells[it.cell - 2].v.imm = it.cost;
            }
        }
    }
    t->control_count--;
    if (it.is_dead) {
        t->loop = it.outer_loop;
        return;
    }
    if (is_reached) {
        const wasm_valtype *results = it.type.results ? it.type.results : &it.type.only;
        if (!t->dead && it.kind == A_CATCH) {
            carry(t, &it);
        } else if (!t->dead) {
            settle(t, it.height);
        }
        forget_above(t, it.height);
        patch_all(t, it.label, t->count);
        patch_all(t, it.otherwise, t->count);
        aim_handlers(t, it.catches);
        set_label(t);
        push_in_place(t, results, it.type.result_count);
        t->dead = false;
    }
}

/* Locals and operands */

static void set_local(translation *t, uint32_t local, bool tee)
{
    operand it = pop(t);
    uint32_t slot = t->locals[local];
    bool has_users = t->local_users[local] != NONE;
    if (it.kind == IN_LOCAL && it.local == local) {
        if (tee) {
            push_local(t, local);
        }
        return;
    }
    if (!has_users && it.kind <= IN_LOCAL && is_last(t, &it) && slot <= UINT16_MAX) {
        /* The operation that has made it writes to the local instead. */
        t->cells[t->last].a = (uint16_t)slot;
        t->last_slot = slot;
    } else if (it.kind == CONSTANT) {
        settle_users(t, local);
        write_operand(t, slot, &it);
    } else if (it.kind == SUM || it.kind == SUM2) {
        if (has_users) {
            /* The sum may name the local itself: it is computed before the others are brought to their places. */
            emit_sum(t, &it, it.place);
            it.kind = IN_PLACE;
            settle_users(t, local);
            copy_slot(t, slot, it.place, it.class);
        } else {
            emit_sum(t, &it, slot);
        }
    } else {
        uint32_t from = slot_of(t, &it);
        settle_users(t, local);
        copy_slot(t, slot, from, it.class);
    }
    if (tee) {
        push_local(t, local);
    }
}

static void drop(translation *t)
{
    pop(t);
}

static void choose(translation *t)
{
    static const uint16_t ops[] = {OP_select_s, OP_fselect_s, OP_dselect_s, OP_vselect_s};
    operand condition = pop(t), y = pop(t), x = pop(t);
    uint32_t condition_slot = slot_of(t, &condition), y_slot = slot_of(t, &y), x_slot = slot_of(t, &x), index = t->count;
    wasm_cell *cell = emit(t, ops[x.class]);
    cell->b = slot16(t, condition_slot);
    cell->v.s.c = slot16(t, x_slot);
    cell->v.s.d = slot16(t, y_slot);
    give(t, index, (value_class)x.class);
    mark_reference(t, x.is_ref || y.is_ref);
}

/* In code that nothing reaches, only the ends of blocks count, and what instructions cost. */
static bool dead_instruction(translation *t, uint32_t row)
{
    switch (row) {
    case WASM_ROW_block:
        begin(t, A_BLOCK);
        break;
    case WASM_ROW_loop:
        begin(t, A_LOOP);
        break;
    case WASM_ROW_if:
        begin(t, AN_IF);
        break;
    case WASM_ROW_else:
        begin_else(t);
        break;
    default:
        if (!exception_block(t, row)) {
            wasm_skip_immediates(&t->reader, row);
        }
        break;
    }
    return true;
}

static bool branch_instruction(translation *t, uint32_t row)
{
    operand it;
    uint32_t label;
    switch (row) {
    case WASM_ROW_br:
        br(t, wasm_take_u32(&t->reader));
        return true;
    case WASM_ROW_br_if:
        br_if(t, wasm_take_u32(&t->reader));
        return true;
    case WASM_ROW_br_table:
        br_table(t);
        return true;
    case WASM_ROW_return:
        return_results(t, false);
        die(t);
        return true;
    case WASM_ROW_unreachable:
        emit(t, OP_unreachable);
        die(t);
        return true;
    case WASM_ROW_br_on_null: {
        uint32_t skip = NONE, skipped;
        label = wasm_take_u32(&t->reader);
        it = pop(t);
        prepare(t, &t->controls[t->control_count - 1 - label]);
        {
            uint32_t slot = slot_of(t, &it);
            wasm_cell *cell;
            skipped = t->count;
            cell = emit(t, condition_op(CONDITION_ROW_i64_ne, IR_CONDITION_BRANCH + 2 * IR_SI));
            cell->a = slot16(t, slot);
            emit_data(t);
        }
        skip = new_patch(t, jump_word(skipped), skipped, NONE);
        go(t, t->control_count - 1 - label);
        patch_all(t, skip, t->count);
        set_label(t);
        if (it.kind == IN_LOCAL) {
            push_local(t, it.local);
        } else {
            push(t, IN_PLACE, CLASS_INT)->is_ref = it.is_ref;
        }
        return true;
    }
    case WASM_ROW_br_on_non_null: {
        uint32_t skip, skipped, slot;
        label = wasm_take_u32(&t->reader);
        prepare(t, &t->controls[t->control_count - 1 - label]);
        settle(t, t->depth - 1);
        slot = near(t, t->operands[t->depth - 1].place, 1);
        skipped = t->count;
        emit(t, condition_op(CONDITION_ROW_i64_eq, IR_CONDITION_BRANCH + 2 * IR_SI))->a =
            slot16(t, slot);
        emit_data(t);
        skip = new_patch(t, jump_word(skipped), skipped, NONE);
        go(t, t->control_count - 1 - label);
        pop(t);
        patch_all(t, skip, t->count);
        set_label(t);
        return true;
    }
    default:
        return false;
    }
}

static bool structure_instruction(translation *t, uint32_t row)
{
    switch (row) {
    case WASM_ROW_nop:
        return true;
    case WASM_ROW_block:
        begin(t, A_BLOCK);
        return true;
    case WASM_ROW_loop:
        begin(t, A_LOOP);
        return true;
    case WASM_ROW_if:
        begin(t, AN_IF);
        return true;
    case WASM_ROW_else:
        begin_else(t);
        return true;
    default:
        return exception_block(t, row);
    }
}

bool control_instruction(translation *t, uint32_t row)
{
    count_cost(t);
    if (t->dead) {
        return dead_instruction(t, row);
    }
    if (structure_instruction(t, row) || branch_instruction(t, row)) {
        return true;
    }
    switch (row) {
    case WASM_ROW_local_get:
        push_local(t, wasm_take_u32(&t->reader));
        return true;
    case WASM_ROW_local_set:
        set_local(t, wasm_take_u32(&t->reader), false);
        return true;
    case WASM_ROW_local_tee:
        set_local(t, wasm_take_u32(&t->reader), true);
        return true;
    case WASM_ROW_drop:
        drop(t);
        return true;
    case WASM_ROW_select_t:
        wasm_skip_immediates(&t->reader, row);
        choose(t);
        return true;
    case WASM_ROW_select:
        choose(t);
        return true;
    default:
        return call_instruction(t, row) || exception_instruction(t, row);
    }
}
