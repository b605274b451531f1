/* Work on memories, tables and segments that is too long for the loop, or too rare. See bulk.h. */

#include "bulk.h"

#include <string.h>

#include "lanes.h"

static uint64_t address(const wasm_slot *slot, bool is_64)
{
    return is_64 ? slot->u64 : slot->u32;
}

static bool within(uint64_t place, uint64_t count, uint64_t size)
{
    return count <= size && place <= size - count;
}

bool wasm_memory_fill_fits(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp, wasm_bulk *bulk)
{
    const wasm_meminst *memory = instance->memories[pc->v.imm];
    const wasm_slot *operands = &fp[pc->b];
    uint64_t place = address(&operands[0], memory->is_64);
    bulk->size = address(&operands[2], memory->is_64);
    if (!within(place, bulk->size, wasm_memory_bytes(memory))) {
        return false;
    }
    bulk->to = memory->base + place;
    bulk->value = operands[1].u32;
    return true;
}

bool wasm_memory_copy_fits(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp, wasm_bulk *bulk)
{
    const wasm_meminst *to = instance->memories[pc->v.imm], *from = instance->memories[pc[1].v.imm];
    const wasm_slot *operands = &fp[pc->b];
    uint64_t place = address(&operands[0], to->is_64), start = address(&operands[1], from->is_64);
    bulk->size = address(&operands[2], to->is_64 && from->is_64);
    if (!within(place, bulk->size, wasm_memory_bytes(to)) || !within(start, bulk->size, wasm_memory_bytes(from))) {
        return false;
    }
    bulk->to = to->base + place;
    bulk->from = from->base + start;
    return true;
}

bool wasm_memory_init_fits(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp, wasm_bulk *bulk)
{
    const wasm_meminst *to = instance->memories[pc->v.imm];
    const wasm_datainst *from = &instance->datas[pc[1].v.imm];
    const wasm_slot *operands = &fp[pc->b];
    uint64_t place = address(&operands[0], to->is_64), start = operands[1].u32;
    bulk->size = operands[2].u32;
    if (!within(place, bulk->size, wasm_memory_bytes(to)) || !within(start, bulk->size, from->size)) {
        return false;
    }
    bulk->to = to->base + place;
    bulk->from = from->content + start;
    return true;
}

bool wasm_table_fill_fits(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp, wasm_bulk *bulk)
{
    const wasm_tableinst *table = instance->tables[pc->v.imm];
    const wasm_slot *operands = &fp[pc->b];
    uint64_t place = address(&operands[0], table->is_64);
    bulk->size = address(&operands[2], table->is_64);
    if (!within(place, bulk->size, table->size)) {
        return false;
    }
    bulk->to = table->elements + place;
    bulk->value = operands[1].u64;
    return true;
}

bool wasm_table_copy_fits(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp, wasm_bulk *bulk)
{
    const wasm_tableinst *to = instance->tables[pc->v.imm], *from = instance->tables[pc[1].v.imm];
    const wasm_slot *operands = &fp[pc->b];
    uint64_t place = address(&operands[0], to->is_64), start = address(&operands[1], from->is_64);
    bulk->size = address(&operands[2], to->is_64 && from->is_64);
    if (!within(place, bulk->size, to->size) || !within(start, bulk->size, from->size)) {
        return false;
    }
    bulk->to = to->elements + place;
    bulk->from = from->elements + start;
    return true;
}

bool wasm_table_init_fits(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp, wasm_bulk *bulk)
{
    const wasm_eleminst *from = &instance->elems[pc->v.imm];
    const wasm_tableinst *to = instance->tables[pc[1].v.imm];
    const wasm_slot *operands = &fp[pc->b];
    uint64_t place = address(&operands[0], to->is_64), start = operands[1].u32;
    bulk->size = operands[2].u32;
    if (!within(place, bulk->size, to->size) || !within(start, bulk->size, from->size)) {
        return false;
    }
    bulk->to = to->elements + place;
    bulk->from = from->items + start;
    return true;
}

/* Memories and tables of no size have no place either; C wants one even for a size of 0. */

void wasm_memory_fill_do(const wasm_bulk *bulk)
{
    if (bulk->size) {
        memset(bulk->to, (int)(bulk->value & 0xFF), (size_t)bulk->size);
    }
}

void wasm_memory_copy_do(const wasm_bulk *bulk)
{
    if (bulk->size) {
        memmove(bulk->to, bulk->from, (size_t)bulk->size);
    }
}

void wasm_memory_init_do(const wasm_bulk *bulk)
{
    wasm_memory_copy_do(bulk);
}

void wasm_table_fill_do(const wasm_bulk *bulk)
{
    uint64_t *to = bulk->to;
    for (uint64_t x = 0; x < bulk->size; x++) {
        to[x] = bulk->value;
    }
}

void wasm_table_copy_do(const wasm_bulk *bulk)
{
    if (bulk->size) {
        memmove(bulk->to, bulk->from, (size_t)bulk->size * sizeof(uint64_t));
    }
}

uint8_t *wasm_far_place(const wasm_meminst *memory, const wasm_slot *slot, uint64_t offset, uint64_t bytes)
{
    uint64_t place = address(slot, memory->is_64);
    if (offset > UINT64_MAX - place || !within(place + offset, bytes, wasm_memory_bytes(memory))) {
        return NULL;
    }
    return memory->base + (place + offset);
}

/* The same for an access that stands at pc. */
static uint8_t *far_place(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *slot, uint64_t bytes)
{
    return wasm_far_place(instance->memories[pc[1].v.imm], slot, pc[1].u.wide, bytes);
}

enum {
#define NUMBER(n, ...) FAR_##n,
    IR_LOADS(NUMBER)
};
enum { IR_STORES(NUMBER) };
#undef NUMBER

bool wasm_far_load(const wasm_instance *instance, const wasm_cell *pc, wasm_slot *fp)
{
    const wasm_slot *slot = &fp[pc->b];
    const uint8_t *place;
    uint64_t *result = &fp[pc->a].u64;
    switch (pc->v.imm) {
#define ROW(n, R, M, bytes)                                                                                                      \
    case FAR_##n: {                                                                                                              \
        M value;                                                                                                                 \
        place = far_place(instance, pc, slot, bytes);                                                                            \
        if (!place) {                                                                                                            \
            return false;                                                                                                        \
        }                                                                                                                        \
        memcpy(&value, place, sizeof value);                                                                                     \
        GIVE_##R;                                                                                                                \
        return true;                                                                                                                 \
    }
#define GIVE_u32 *result = (uint32_t)value
#define GIVE_u64 *result = (uint64_t)value
#define GIVE_f32 *result = 0, memcpy(result, &value, sizeof value)
#define GIVE_f64 memcpy(result, &value, sizeof value)
#define GIVE_v128 memcpy(result, &value, sizeof value)
        IR_LOADS(ROW)
#undef ROW
    default:
        return false;
    }
}

bool wasm_far_store(const wasm_instance *instance, const wasm_cell *pc, const wasm_slot *fp)
{
    uint8_t *place;
    switch (pc->v.imm) {
    /* The lowest bytes of the slot are what is stored, whatever the type. */
#define ROW(n, T, M, bytes)                                                                                                      \
    case FAR_##n:                                                                                                                \
        place = far_place(instance, pc, &fp[pc->a], bytes);                                                                      \
        if (!place) {                                                                                                            \
            return false;                                                                                                        \
        }                                                                                                                        \
        memcpy(place, &fp[pc->b], bytes);                                                                                        \
        return true;
        IR_STORES(ROW)
#undef ROW
    default:
        return false;
    }
}

bool wasm_memory_may_grow(const wasm_meminst *memory, uint64_t delta)
{
    uint64_t pages = wasm_memory_bytes(memory) >> memory->page_bits;
    return delta <= memory->most_pages && pages <= memory->most_pages - delta;
}

bool wasm_table_may_grow(const wasm_tableinst *table, uint64_t delta)
{
    return delta <= table->most && table->size <= table->most - delta;
}

bool wasm_function_is(const wasm_funcinst *function, uint64_t wanted)
{
    for (uint32_t x = 0; x <= function->depth; x++) {
        if (function->display[x] == wanted) {
            return true;
        }
    }
    return false;
}
