/* Maps: which slots of a frame hold references where objects may be collected. See collect.c.

   Code is translated without them. Who wants one has the function translated again, with somebody who takes notes: at each operation
   that may allocate, and each that calls, of the operands that wait in their slots and are references. Locals that are references
   always hold one, so they are noted once.

   All places of a function are noted at once, unless operands and places are too many; then only the one that is asked for. */

#include "emit.h"

#include <string.h>

#include "allocate.h"

#define MOST_NOTES (UINT32_C(1) << 22)

static void add(translation *t, note **list, uint32_t *count, uint32_t *room, note it)
{
    *list = room_for(t, *list, *count, room, sizeof **list);
    (*list)[(*count)++] = it;
}

void note_references(translation *t)
{
    notes *all = t->notes;
    if (!all || all->is_too_much || (all->wanted != WASM_NO_SLOT && all->wanted != t->count)) {
        return;
    }
    all->work += t->depth + 1;
    if (all->work > MOST_NOTES && all->wanted == WASM_NO_SLOT) {
        all->is_too_much = true;
        return;
    }
    add(t, &all->places, &all->place_count, &all->place_room, (note){t->count, all->slot_count});
    for (uint32_t x = 0; x < t->depth; x++) {
        const operand *it = &t->operands[x];
        if (it->kind == IN_PLACE && it->is_ref) {
            add(t, &all->slots, &all->slot_count, &all->slot_room, (note){it->place, it->handler});
        }
    }
}

/* An exception that a legacy handler keeps for a `rethrow` is there only if there is one. */
static bool is_there(const translation *t, const note *slot)
{
    return !slot->more || t->handlers[slot->more - 1].reference != WASM_NO_SLOT;
}

static uint32_t count_locals(const translation *t)
{
    uint32_t count = 0;
    for (uint32_t x = 0; x < t->local_count; x++) {
        count += t->local_refs[x];
    }
    return count;
}

/* One piece of memory, with the lists behind it. */
static wasm_maps *maps_of(const translation *t)
{
    const notes *all = t->notes;
    uint32_t locals = count_locals(t), next = 0, place = 0;
    size_t words = (size_t)locals + 2 * (size_t)all->place_count + 1 + all->slot_count;
    wasm_maps *maps = wasm_allocate(1, sizeof *maps + words * sizeof(uint32_t));
    uint32_t *list, *cells, *firsts, *slots;
    if (!maps) {
        return NULL;
    }
    list = (uint32_t *)(void *)(maps + 1);
    cells = list + locals;
    firsts = cells + all->place_count;
    slots = firsts + all->place_count + 1;
    *maps = (wasm_maps){list, cells, firsts, slots, locals, all->place_count, all->wanted, NULL};
    for (uint32_t x = 0; x < t->local_count; x++) {
        if (t->local_refs[x]) {
            *list++ = t->locals[x];
        }
    }
    for (uint32_t x = 0; x < all->slot_count; x++) {
        while (place < all->place_count && all->places[place].more <= x) {
            cells[place] = all->places[place].what;
            firsts[place++] = next;
        }
        if (is_there(t, &all->slots[x])) {
            slots[next++] = all->slots[x].what;
        }
    }
    while (place < all->place_count) {
        cells[place] = all->places[place].what;
        firsts[place++] = next;
    }
    firsts[place] = next;
    return maps;
}

/* The maps of *code* for all places, or for *wanted*; *is_too_much: not for all. */
static wasm_maps *make_maps(const wasm_code *code, uint32_t wanted, bool *is_too_much)
{
    notes all = {.wanted = wanted};
    translation t;
    wasm_maps *maps = NULL;
    translate_noting(&t, code->program, code->index, &all);
    if (t.status == TRANSLATED && !all.is_too_much) {
        maps = maps_of(&t);
    }
    *is_too_much = all.is_too_much;
    end_translation(&t);
    wasm_release(all.places);
    wasm_release(all.slots);
    return maps;
}

/* The place of *cell* in *maps*; false when it is not there. */
static bool find(const wasm_maps *maps, uint32_t cell, uint32_t *place)
{
    uint32_t low = 0, high = maps->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (maps->cells[middle] < cell) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *place = low;
    return low < maps->count && maps->cells[low] == cell;
}

/* Other threads may run the same code, and collect at the same time. */
static wasm_maps *first_of(const wasm_code *code)
{
#if defined(__GNUC__)
    return __atomic_load_n(&code->maps, __ATOMIC_ACQUIRE);
#else
    return code->maps;
#endif
}

static void publish(wasm_code *code, wasm_maps *maps)
{
#if defined(__GNUC__)
    maps->next = first_of(code);
    while (!__atomic_compare_exchange_n(&code->maps, &maps->next, maps, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    }
#else
    maps->next = code->maps;
    code->maps = maps;
#endif
}

const wasm_maps *wasm_code_map(wasm_code *code, uint32_t cell, uint32_t *place)
{
    bool is_too_much = false;
    wasm_maps *made = NULL;
    for (const wasm_maps *it = first_of(code); it; it = it->next) {
        if (find(it, cell, place)) {
            return it;
        }
        if (it->wanted == WASM_NO_SLOT) {
            return NULL; /* the frame stands somewhere else */
        }
        is_too_much = true;
    }
    if (!is_too_much) {
        made = make_maps(code, WASM_NO_SLOT, &is_too_much);
    }
    if (is_too_much) {
        made = make_maps(code, cell, &is_too_much);
    }
    if (!made) {
        return NULL;
    }
    publish(code, made);
    return find(made, cell, place) ? made : NULL;
}

void wasm_maps_free(wasm_maps *maps)
{
    while (maps) {
        wasm_maps *next = maps->next;
        wasm_release(maps);
        maps = next;
    }
}
