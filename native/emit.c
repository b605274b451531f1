/* Code under construction: cells, the symbolic stack, the accumulator. See emit.h. */

#include "emit.h"

#include <string.h>

#include "allocate.h"

void stop_translation(translation *t, int status)
{
    t->status = status;
    longjmp(t->out, 1);
}

void *room_for(translation *t, void *list, uint32_t count, uint32_t *room, size_t size)
{
    void *grown;
    if (count < *room) {
        return list;
    }
    if (*room > UINT32_MAX / 4) {
        stop_translation(t, TRANSLATE_TOO_LARGE);
    }
    grown = wasm_resize(list, *room ? 2 * (size_t)*room : 64, size);
    if (!grown) {
        stop_translation(t, TRANSLATE_NO_MEMORY);
    }
    *room = *room ? 2 * *room : 64;
    return grown;
}

/* Cells */

static wasm_cell *new_cell(translation *t, uint32_t offset)
{
    t->cells = room_for(t, t->cells, t->count, &t->room, sizeof *t->cells);
    t->offsets = room_for(t, t->offsets, t->count, &t->offset_room, sizeof *t->offsets);
    if (t->count >= 1u << 26) {
        stop_translation(t, TRANSLATE_TOO_LARGE); /* jumps have 32 bits for bytes */
    }
    t->offsets[t->count] = offset;
    memset(&t->cells[t->count], 0, sizeof *t->cells);
    return &t->cells[t->count++];
}

wasm_cell *emit(translation *t, unsigned op)
{
    wasm_cell *cell = new_cell(t, t->offset);
    cell->u.op = op;
    return cell;
}

wasm_cell *emit_data(translation *t)
{
    return new_cell(t, NONE);
}

void put_operands(translation *t, uint32_t cell, uint32_t a, uint32_t b, uint32_t imm)
{
    t->cells[cell].a = (uint16_t)a;
    t->cells[cell].b = slot16(t, b);
    t->cells[cell].v.imm = imm;
}

uint16_t slot16(translation *t, uint32_t slot)
{
    if (slot > UINT16_MAX) {
        stop_translation(t, TRANSLATE_TOO_LARGE);
    }
    return (uint16_t)slot;
}

/* Jumps */

uint32_t new_patch(translation *t, uint32_t word, uint32_t from, uint32_t next)
{
    t->patches = room_for(t, t->patches, t->patch_count, &t->patch_room, sizeof *t->patches);
    t->patches[t->patch_count] = (patch){word, from, next};
    return t->patch_count++;
}

void patch_all(translation *t, uint32_t first, uint32_t target)
{
    for (uint32_t x = first; x != NONE; x = t->patches[x].next) {
        int32_t jump = ((int32_t)target - (int32_t)t->patches[x].from) * (int32_t)sizeof(wasm_cell);
        memcpy((char *)t->cells + (size_t)t->patches[x].word * 4, &jump, sizeof jump);
    }
}

void set_label(translation *t)
{
    t->barrier = t->count;
    t->last = NONE;
}

/* The symbolic stack */

value_class class_of(wasm_valtype type)
{
    switch (type) {
    case WASM_F32:
        return CLASS_F32;
    case WASM_F64:
        return CLASS_F64;
    case WASM_V128:
        return CLASS_V128;
    default:
        return CLASS_INT;
    }
}

operand *push(translation *t, operand_kind kind, value_class class)
{
    operand *it;
    t->operands = room_for(t, t->operands, t->depth, &t->operand_room, sizeof *t->operands);
    it = &t->operands[t->depth++];
    it->kind = (uint8_t)kind;
    it->class = (uint8_t)class;
    it->place = t->top;
    it->value = 0;
    it->is_ref = false;
    it->handler = 0;
    t->top += width_of(it->class);
    if (t->top > t->frame) {
        t->frame = t->top;
    }
    return it;
}

static void use_local(translation *t, uint32_t local, uint32_t *next)
{
    *next = t->local_users[local];
    t->local_users[local] = t->depth - 1;
}

void push_local(translation *t, uint32_t local)
{
    if (t->is_far) {
        operand *copy = push(t, IN_PLACE, t->local_classes[local]);
        copy->is_ref = t->local_refs[local];
        copy_slot(t, copy->place, t->locals[local], (value_class)t->local_classes[local]);
        return;
    }
    operand *it = push(t, IN_LOCAL, t->local_classes[local]);
    it->is_ref = t->local_refs[local];
    it->local = local;
    use_local(t, local, &it->next);
}

void push_constant(translation *t, value_class class, uint64_t value)
{
    push(t, CONSTANT, class)->value = value;
}

void push_vector(translation *t, uint64_t low, uint64_t high)
{
    uint64_t place = 0;
    if (low || high) {
        t->vectors = room_for(t, t->vectors, t->vector_count, &t->vector_room, sizeof *t->vectors);
        t->vectors[t->vector_count][0] = low;
        t->vectors[t->vector_count][1] = high;
        place = ++t->vector_count;
    }
    push_constant(t, CLASS_V128, place);
}

/* The topmost operand no longer names locals. It is the first in their lists. */
static void unuse(translation *t, const operand *it)
{
    if (it->kind == SUM2) {
        t->local_users[it->local2] = it->next2;
    }
    if (it->kind == IN_LOCAL || it->kind == SUM || it->kind == SUM2) {
        t->local_users[it->local] = it->next;
    }
}

operand pop(translation *t)
{
    operand it = {0};
    if (!t->depth) {
        stop_translation(t, TRANSLATE_NO_SENSE);
    }
    it = t->operands[--t->depth];
    unuse(t, &it);
    t->top = it.place;
    if (t->settled > t->depth) {
        t->settled = t->depth;
    }
    return it;
}

void forget_above(translation *t, uint32_t height)
{
    while (t->depth > height) {
        pop(t);
    }
}

/* Operations that only move, here to slot *to*, leave the accumulators alone. */
static void moved_only(translation *t, bool was_there, uint32_t to)
{
    if (was_there) {
        t->last_end = t->count;
        if (t->last_slot == to) {
            t->last = NONE;
        }
    }
}

static bool is_there(const translation *t)
{
    return t->last != NONE && t->last_end == t->count;
}

static void copy_far(translation *t, uint32_t to, uint32_t from, uint32_t width)
{
    for (uint32_t x = 0; x < width; x++) {
        emit(t, OP_copy_far)->v.imm = to + x;
        emit_data(t)->v.imm = from + x;
    }
    t->last = NONE;
}

uint32_t near(translation *t, uint32_t slot, uint32_t count)
{
    uint32_t place = t->scratch + 2 * SCRATCH_PAIRS;
    if (!t->is_far || slot + count <= UINT16_MAX || count > SCRATCH_GROUP) {
        return slot;
    }
    copy_far(t, place, slot, count);
    return place;
}

static uint32_t next_scratch(translation *t)
{
    uint32_t place = t->scratch + 2 * t->scratch_next;
    t->scratch_next = (t->scratch_next + 1) % SCRATCH_PAIRS;
    return place;
}

void copy_slot(translation *t, uint32_t to, uint32_t from, value_class class)
{
    bool was_there = is_there(t);
    wasm_cell *cell, *before;
    if (to == from) {
        return;
    }
    if (t->is_far && (to >= UINT16_MAX || from >= UINT16_MAX)) {
        copy_far(t, to, from, width_of((uint8_t)class));
        return;
    }
    if (class == CLASS_V128) {
        cell = emit(t, OP_copy128);
    } else {
        before = t->count > t->barrier && t->offsets[t->count - 1] != NONE ? &t->cells[t->count - 1] : NULL;
        if (before && before->u.op == OP_copy) {
            before->u.op = OP_copy2;
            before->v.s.c = slot16(t, to);
            before->v.s.d = slot16(t, from);
            moved_only(t, was_there, to);
            return;
        }
        cell = emit(t, OP_copy);
    }
    cell->a = slot16(t, to);
    cell->b = slot16(t, from);
    moved_only(t, was_there, to);
}

void write_constant(translation *t, uint32_t slot, uint64_t value)
{
    bool was_there = is_there(t), is_far = t->is_far && slot > UINT16_MAX;
    uint32_t there = slot;
    wasm_cell *cell = emit(t, value <= UINT32_MAX ? OP_const32 : OP_const64);
    if (is_far) {
        slot = t->scratch + 2 * SCRATCH_PAIRS + SCRATCH_GROUP;
    }
    cell->a = slot16(t, slot);
    if (value <= UINT32_MAX) {
        cell->v.imm = (uint32_t)value;
    } else {
        emit_data(t)->u.wide = value;
    }
    if (is_far) {
        copy_far(t, there, slot, 1);
    }
    moved_only(t, was_there, slot);
}

void emit_vector(translation *t, const operand *it)
{
    static const uint64_t zero[2];
    memcpy(emit_data(t), it->value ? t->vectors[it->value - 1] : zero, sizeof zero);
}

void write_operand(translation *t, uint32_t slot, const operand *it)
{
    bool was_there = is_there(t);
    if (it->class != CLASS_V128) {
        write_constant(t, slot, it->value);
        return;
    }
    emit(t, OP_const128)->a = slot16(t, slot);
    emit_vector(t, it);
    moved_only(t, was_there, slot);
}

void emit_sum(translation *t, const operand *it, uint32_t slot)
{
    uint32_t index = t->count;
    operand one = {.kind = IN_LOCAL, .class = CLASS_INT, .local = it->local};
    bool from_accumulator = in_accumulator(t, &one);
    wasm_cell *cell;
    if (it->kind == SUM) {
        cell = emit(t, from_accumulator ? OP_i32_add_ai_s : OP_i32_add_si_s);
        cell->v.imm = (uint32_t)it->value;
    } else {
        cell = emit(t, from_accumulator ? OP_i32_add_as_s : OP_i32_add_ss_s);
        cell->v.s.c = slot16(t, t->locals[it->local2]);
    }
    cell->a = slot16(t, slot);
    cell->b = slot16(t, t->locals[it->local]);
    t->last = index;
    t->last_end = t->count;
    t->last_slot = slot;
    t->last_class = CLASS_INT;
}

/* Where *it* is, or is now. */
static uint32_t place_of(translation *t, const operand *it)
{
    switch (it->kind) {
    case IN_LOCAL:
        return t->locals[it->local];
    case CONSTANT:
        write_operand(t, it->place, it);
        return it->place;
    case SUM:
    case SUM2:
        emit_sum(t, it, it->place);
        return it->place;
    default:
        return it->place;
    }
}

uint32_t slot_of(translation *t, const operand *it)
{
    uint32_t slot = place_of(t, it), copy;
    if (!t->is_far || slot < UINT16_MAX) {
        return slot;
    }
    copy = next_scratch(t);
    copy_far(t, copy, slot, width_of(it->class));
    return copy;
}

static void place_operand(translation *t, operand *it)
{
    uint32_t slot;
    if (it->kind != IN_PLACE) {
        slot = place_of(t, it);
        copy_slot(t, it->place, slot, it->class);
        it->kind = IN_PLACE;
    }
}

/* Take the operand at *index* out of the list of those that name *local*. */
static void unlink_user(translation *t, uint32_t local, uint32_t index)
{
    uint32_t *link = &t->local_users[local];
    while (*link != NONE && *link != index) {
        operand *it = &t->operands[*link];
        link = it->local == local ? &it->next : &it->next2;
    }
    if (*link == index) {
        operand *it = &t->operands[index];
        *link = it->local == local ? it->next : it->next2;
    }
}

static void settle_one(translation *t, uint32_t index)
{
    operand *it = &t->operands[index];
    if (it->kind == IN_LOCAL || it->kind == SUM || it->kind == SUM2) {
        unlink_user(t, it->local, index);
        if (it->kind == SUM2) {
            unlink_user(t, it->local2, index);
        }
    }
    place_operand(t, it);
}

void settle(translation *t, uint32_t height)
{
    for (uint32_t x = height; x < t->depth; x++) {
        settle_one(t, x);
    }
}

void settle_locals(translation *t)
{
    for (uint32_t x = t->settled; x < t->depth; x++) {
        if (t->operands[x].kind != CONSTANT) {
            settle_one(t, x);
        }
    }
    t->settled = t->depth;
}

void settle_users(translation *t, uint32_t local)
{
    while (t->local_users[local] != NONE) {
        settle_one(t, t->local_users[local]);
    }
}

/* The accumulator */

bool in_accumulator(const translation *t, const operand *it)
{
    uint32_t slot;
    if (!is_there(t) || it->class != t->last_class || it->kind > IN_LOCAL) {
        return false;
    }
    slot = it->kind == IN_LOCAL ? t->locals[it->local] : it->place;
    return slot == t->last_slot;
}

void take_accumulator(translation *t, const operand *it)
{
    if (it->kind == IN_PLACE) {
        t->cells[t->last].u.op |= 1;
    }
}

bool is_last(const translation *t, const operand *it)
{
    uint32_t x;
    if (it->kind != IN_PLACE || !in_accumulator(t, it)) {
        return false;
    }
    for (x = t->last + 1; x < t->count; x++) {
        if (t->offsets[x] != NONE) {
            return false;
        }
    }
    return true;
}

void remove_last(translation *t)
{
    t->count = t->last;
    t->last = NONE;
}

void give(translation *t, uint32_t cell, value_class class)
{
    operand *it = push(t, IN_PLACE, class);
    if (t->is_far) {
        uint32_t place = it->place, slot = place < UINT16_MAX ? place : next_scratch(t);
        t->cells[cell].a = slot16(t, slot);
        if (slot != place) {
            copy_far(t, place, slot, width_of((uint8_t)class));
        }
        t->last = NONE;
        return;
    }
    t->cells[cell].a = slot16(t, it->place);
    t->last = cell;
    t->last_end = t->count;
    t->last_slot = it->place;
    t->last_class = (uint8_t)class;
}
