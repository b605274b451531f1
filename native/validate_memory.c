/* Rules: copies between memories or tables whose address types may differ, and tables whose elements take part.

   Lives here: the rules of pywasm_vm/validation/memory.py.
   Not here: loads, stores and the others with words (validate.c).

   spec: valid/instructions, table and memory instructions */

#include "validate.h"

/* Two addresses and a count; the count must fit both sides, so the narrower type is its own. */
static bool pop_copy(walk *w, bool to_64, bool from_64)
{
    return pop(w, wasm_address_type(to_64 && from_64)) && pop(w, wasm_address_type(from_64)) && pop(w, wasm_address_type(to_64));
}

static bool memory_copy(walk *w)
{
    const wasm_memory *to, *from;
    return read_memory(w, &to) && read_memory(w, &from) && pop_copy(w, to->is_64, from->is_64);
}

static bool table_copy(walk *w)
{
    const wasm_table *to, *from;
    return read_table(w, &to) && read_table(w, &from) && wasm_matches(w->module, from->reftype, to->reftype) &&
           pop_copy(w, to->is_64, from->is_64);
}

static bool table_get(walk *w)
{
    const wasm_table *table;
    if (!read_table(w, &table) || !pop(w, table_address(table))) {
        return false;
    }
    push(w, table->reftype);
    return true;
}

static bool table_set(walk *w)
{
    const wasm_table *table;
    return read_table(w, &table) && pop(w, table->reftype) && pop(w, table_address(table));
}

static bool table_grow(walk *w)
{
    const wasm_table *table;
    if (!read_table(w, &table) || !pop(w, table_address(table)) || !pop(w, table->reftype)) {
        return false;
    }
    push(w, table_address(table));
    return true;
}

static bool table_fill(walk *w)
{
    const wasm_table *table;
    return read_table(w, &table) && pop(w, table_address(table)) && pop(w, table->reftype) && pop(w, table_address(table));
}

int take_memory(walk *w, int row)
{
    switch (row) {
    case WASM_ROW_memory_copy:
        return memory_copy(w);
    case WASM_ROW_table_copy:
        return table_copy(w);
    case WASM_ROW_table_get:
        return table_get(w);
    case WASM_ROW_table_set:
        return table_set(w);
    case WASM_ROW_table_grow:
        return table_grow(w);
    case WASM_ROW_table_fill:
        return table_fill(w);
    default:
        return NOT_MINE;
    }
}
