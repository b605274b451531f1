/* Memories, tables and globals: what instances share. Shared memories have a file of their own, shared.c. See machine.h. */

#include "machine.h"

#include <string.h>

#include "allocate.h"
#include "bulk.h"

/* Memories */

wasm_meminst *wasm_memory_new(wasm_machine *machine, uint64_t pages, uint64_t most_pages, uint32_t page_bits, int is_64)
{
    wasm_meminst *memory;
    if (pages > SIZE_MAX >> page_bits) {
        return NULL;
    }
    memory = wasm_allocate(1, sizeof *memory);
    if (!memory) {
        return NULL;
    }
    if (!wasm_memory_get_bytes(memory, pages << page_bits)) {
        wasm_release(memory);
        return NULL;
    }
    memory->state[0] = pages << page_bits;
    memory->most_pages = most_pages;
    memory->page_bits = page_bits;
    memory->is_64 = is_64 != 0;
    memory->next = machine->memories;
    machine->memories = memory;
    return memory;
}

uint8_t *wasm_memory_base(const wasm_meminst *memory)
{
    return memory->base;
}

const uint64_t *wasm_memory_state(const wasm_meminst *memory)
{
    return memory->state;
}

int64_t wasm_memory_grow(wasm_meminst *memory, uint64_t delta)
{
    uint64_t old_size = memory->state[0], old = old_size >> memory->page_bits, size;
    if (memory->is_shared) {
        return wasm_shared_memory_grow(memory, delta);
    }
    if (!wasm_memory_may_grow(memory, delta) || old + delta > SIZE_MAX >> memory->page_bits) {
        return -1;
    }
    if (!delta) {
        return (int64_t)old;
    }
    size = (old + delta) << memory->page_bits;
    if (!wasm_memory_get_more(memory, old_size, size)) {
        return -1;
    }
    memory->state[0] = size;
    memory->state[1]++;
    return (int64_t)old;
}

/* Tables */

wasm_tableinst *wasm_table_new(wasm_machine *machine, uint64_t size, uint64_t most, uint64_t init, int is_64, int is_traced)
{
    wasm_tableinst *table = size > SIZE_MAX / sizeof(uint64_t) ? NULL : wasm_allocate(1, sizeof *table);
    if (!table) {
        return NULL;
    }
    table->elements = wasm_allocate((size_t)size, sizeof *table->elements);
    if (!table->elements) {
        wasm_release(table);
        return NULL;
    }
    for (uint64_t x = 0; init && x < size; x++) {
        table->elements[x] = init;
    }
    table->size = table->room = size;
    table->most = most;
    table->is_64 = is_64 != 0;
    table->is_traced = is_traced != 0;
    table->next = machine->tables;
    machine->tables = table;
    return table;
}

uint64_t wasm_table_size(const wasm_tableinst *table)
{
    return table->size;
}

uint64_t wasm_table_at(const wasm_tableinst *table, uint64_t index)
{
    return table->elements[index];
}

void wasm_table_fill(wasm_tableinst *table, uint64_t index, uint64_t count, uint64_t word)
{
    for (uint64_t x = 0; x < count; x++) {
        table->elements[index + x] = word;
    }
}

void wasm_table_set_functions(wasm_tableinst *table, uint64_t index, wasm_instance *instance, const uint32_t *functions, uint64_t count)
{
    for (uint64_t x = 0; x < count; x++) {
        table->elements[index + x] = (uint64_t)(uintptr_t)wasm_instance_function(instance, functions[x]);
    }
}

int64_t wasm_table_grow(wasm_tableinst *table, uint64_t delta, uint64_t init)
{
    uint64_t old = table->size, size = old + delta;
    if (!wasm_table_may_grow(table, delta)) {
        return -1;
    }
    if (size > table->room) {
        uint64_t room = size + size / 4;
        uint64_t *elements = room > SIZE_MAX / sizeof *elements ? NULL : wasm_resize(table->elements, (size_t)room, sizeof *elements);
        if (!elements) {
            return -1;
        }
        table->elements = elements;
        table->room = room;
    }
    for (uint64_t x = old; x < size; x++) {
        table->elements[x] = init;
    }
    table->size = size;
    return (int64_t)old;
}

/* Globals */

uint64_t *wasm_global_new(wasm_machine *machine, int is_traced)
{
    struct wasm_globals *made = wasm_allocate(1, sizeof *made);
    if (!made) {
        return NULL;
    }
    made->is_traced = is_traced != 0;
    made->next = machine->globals;
    machine->globals = made;
    return made->cell;
}
