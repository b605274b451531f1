/* Making and freeing what C knows of a module, and the matching of its types. See module.h. */

#include "module.h"

#include <string.h>

#include "allocate.h"
#include "heap.h"

enum { MADE, NO_MEMORY, CONTRADICTION };

static int copy_types(wasm_module *module, const wasm_module_parts *parts);
static int copy_displays(wasm_module *module, const wasm_module_parts *parts);
static int lay_out(wasm_module *module, uint32_t storage_count);
static int copy_functions(wasm_module *module, const wasm_module_parts *parts);
static int copy_spaces(wasm_module *module, const wasm_module_parts *parts);

int wasm_module_new(const wasm_module_parts *parts, wasm_module **made)
{
    wasm_module *module = wasm_allocate(1, sizeof *module);
    int status;
    *made = NULL;
    if (!module) {
        return NO_MEMORY;
    }
    module->source = parts->source;
    module->source_size = (size_t)parts->source_size;
    module->features = parts->features;
    module->most_locals = parts->most_locals;
    module->most_body_bytes = parts->most_body_bytes;
    module->most_nesting = parts->most_nesting;
    module->most_operands = parts->most_operands;
    module->most_array_operands = parts->most_array_operands;
    module->memories_may_be_named = parts->memories_may_be_named != 0;
    module->data_count = parts->data_count;
    module->data_count_given = parts->data_count_given != 0;
    status = copy_types(module, parts);
    if (status == MADE) {
        status = copy_displays(module, parts);
    }
    if (status == MADE) {
        status = lay_out(module, parts->storage_count);
    }
    if (status == MADE) {
        status = copy_functions(module, parts);
    }
    if (status == MADE) {
        status = copy_spaces(module, parts);
    }
    if (status != MADE) {
        wasm_module_free(module);
        return status;
    }
    *made = module;
    return MADE;
}

void wasm_module_free(wasm_module *module)
{
    if (!module) {
        return;
    }
    wasm_release(module->types);
    wasm_release(module->functions);
    wasm_release(module->tables);
    wasm_release(module->memories);
    wasm_release(module->globals);
    wasm_release(module->tags);
    wasm_release(module->elems);
    wasm_release(module->storage);
    wasm_release(module->displays);
    wasm_release(module->offsets);
    wasm_release(module);
}

static void *copied(const void *from, uint32_t count, size_t size)
{
    void *room = wasm_allocate(count, size);
    if (room && count) {
        memcpy(room, from, count * size);
    }
    return room;
}

/* A field stands in the storage as the two words that wasm_field is made of. */
_Static_assert(sizeof(wasm_field) == 2 * sizeof(uint32_t), "a field is two words");

static int copy_types(wasm_module *module, const wasm_module_parts *parts)
{
    uint64_t next = 0;
    module->type_count = parts->type_count;
    module->types = wasm_allocate(parts->type_count, sizeof *module->types);
    module->storage = copied(parts->storage, parts->storage_count, sizeof *module->storage);
    if (!module->types || !module->storage) {
        return NO_MEMORY;
    }
    for (uint32_t x = 0; x < parts->type_count; x++) {
        const uint32_t *words = &parts->types[7 * (size_t)x];
        wasm_type *type = &module->types[x];
        uint64_t size = words[0] == WASM_KIND_FUNC ? (uint64_t)words[5] + words[6] : 2 * (uint64_t)words[5];
        if (words[0] > WASM_KIND_ARRAY || next + size > parts->storage_count) {
            return CONTRADICTION;
        }
        type->id = parts->type_ids[x];
        type->kind = (uint8_t)words[0];
        type->is_final = words[1] != 0;
        type->supertype = words[2];
        type->descriptor = words[3];
        type->describes = words[4];
        if (type->kind == WASM_KIND_FUNC) {
            type->param_count = words[5];
            type->result_count = words[6];
            type->params = &module->storage[next];
            type->results = type->params + type->param_count;
        } else {
            type->field_count = words[5];
            type->fields = (const wasm_field *)(const void *)&module->storage[next];
        }
        next += size;
    }
    return MADE;
}

static int copy_displays(wasm_module *module, const wasm_module_parts *parts)
{
    uint64_t total = 0;
    uint64_t *next;
    for (uint32_t x = 0; x < parts->type_count; x++) {
        wasm_type *type = &module->types[x];
        if (type->supertype != WASM_NO_INDEX) {
            if (type->supertype >= x) {
                return CONTRADICTION;
            }
            type->depth = module->types[type->supertype].depth + 1;
        }
        total += (uint64_t)type->depth + 1;
    }
    if (total > SIZE_MAX / sizeof *next) {
        return NO_MEMORY;
    }
    next = module->displays = wasm_allocate((size_t)total, sizeof *next);
    if (!next) {
        return NO_MEMORY;
    }
    for (uint32_t x = 0; x < parts->type_count; x++) {
        wasm_type *type = &module->types[x];
        type->display = next;
        if (type->depth) {
            memcpy(next, module->types[type->supertype].display, type->depth * sizeof *next);
        }
        next[type->depth] = type->id;
        next += type->depth + 1;
    }
    return MADE;
}

unsigned wasm_held(const wasm_module *module, wasm_valtype storage)
{
    switch (storage) {
    case WASM_I8:
        return WASM_HELD_8;
    case WASM_I16:
        return WASM_HELD_16;
    case WASM_I32:
    case WASM_F32:
        return WASM_HELD_32;
    case WASM_V128:
        return WASM_HELD_128;
    default:
        return wasm_is_traced(module, storage) ? WASM_HELD_REF : WASM_HELD_64;
    }
}

/* Where the fields of structs stand. */
static int lay_out(wasm_module *module, uint32_t storage_count)
{
    uint32_t *next = module->offsets = wasm_allocate(storage_count, sizeof *next);
    if (!next) {
        return NO_MEMORY;
    }
    for (uint32_t x = 0; x < module->type_count; x++) {
        wasm_type *type = &module->types[x];
        if (type->kind == WASM_KIND_STRUCT) {
            uint32_t end = WASM_HEADER;
            type->offsets = next;
            for (uint32_t y = 0; y < type->field_count; y++) {
                end = wasm_place_field(end, wasm_held(module, type->fields[y].storage), next++);
            }
            type->size = end;
        }
    }
    return MADE;
}

static int copy_functions(wasm_module *module, const wasm_module_parts *parts)
{
    if (parts->body_count > parts->function_count) {
        return CONTRADICTION;
    }
    module->function_count = parts->function_count;
    module->imported_function_count = parts->function_count - parts->body_count;
    module->functions = wasm_allocate(parts->function_count, sizeof *module->functions);
    if (!module->functions) {
        return NO_MEMORY;
    }
    for (uint32_t x = 0; x < parts->function_count; x++) {
        uint32_t type = parts->functions[x];
        if (type >= module->type_count || module->types[type].kind != WASM_KIND_FUNC) {
            return CONTRADICTION;
        }
        module->functions[x].type = type;
        module->functions[x].is_declared = (parts->declared[x] & 1) != 0;
        module->functions[x].is_exact = x >= module->imported_function_count || (parts->declared[x] & 2) != 0;
    }
    for (uint32_t x = 0; x < parts->body_count; x++) {
        wasm_function *function = &module->functions[module->imported_function_count + x];
        function->offset = parts->bodies[2 * (size_t)x];
        function->size = parts->bodies[2 * (size_t)x + 1];
        if ((uint64_t)function->offset + function->size > parts->source_size) {
            return CONTRADICTION;
        }
    }
    return MADE;
}

static int copy_spaces(wasm_module *module, const wasm_module_parts *parts)
{
    module->table_count = parts->table_count;
    module->memory_count = parts->memory_count;
    module->global_count = parts->global_count;
    module->tag_count = parts->tag_count;
    module->elem_count = parts->elem_count;
    module->tables = wasm_allocate(parts->table_count, sizeof *module->tables);
    module->memories = wasm_allocate(parts->memory_count, sizeof *module->memories);
    module->globals = wasm_allocate(parts->global_count, sizeof *module->globals);
    module->tags = copied(parts->tags, parts->tag_count, sizeof *module->tags);
    module->elems = copied(parts->elems, parts->elem_count, sizeof *module->elems);
    if (!module->tables || !module->memories || !module->globals || !module->tags || !module->elems) {
        return NO_MEMORY;
    }
    for (uint32_t x = 0; x < parts->table_count; x++) {
        module->tables[x] = (wasm_table){parts->tables[2 * (size_t)x], parts->tables[2 * (size_t)x + 1] != 0};
    }
    for (uint32_t x = 0; x < parts->memory_count; x++) {
        const uint32_t *words = &parts->memories[3 * (size_t)x];
        module->memories[x] = (wasm_memory){words[0] != 0, words[1] != 0, (uint8_t)words[2]};
    }
    for (uint32_t x = 0; x < parts->global_count; x++) {
        const uint32_t *words = &parts->globals[2 * (size_t)x];
        module->globals[x] = (wasm_global){words[0], words[1] != 0, x < parts->imported_global_count};
    }
    for (uint32_t x = 0; x < parts->tag_count; x++) {
        uint32_t type = parts->tags[x];
        if (type >= module->type_count || module->types[type].kind != WASM_KIND_FUNC) {
            return CONTRADICTION;
        }
    }
    return MADE;
}

/* Whether every value of the named heap type *given* is one of *wanted*, another one. */
static bool named_matches(uint32_t given, uint32_t wanted)
{
    switch (given) {
    case WASM_HEAP_EQ:
        return wanted == WASM_HEAP_ANY;
    case WASM_HEAP_I31:
    case WASM_HEAP_STRUCT:
    case WASM_HEAP_ARRAY:
        return wanted == WASM_HEAP_EQ || wanted == WASM_HEAP_ANY;
    case WASM_HEAP_NONE:
        return wanted >= WASM_HEAP_ARRAY && wanted <= WASM_HEAP_ANY;
    case WASM_HEAP_NOFUNC:
        return wanted == WASM_HEAP_FUNC;
    case WASM_HEAP_NOEXTERN:
        return wanted == WASM_HEAP_EXTERN;
    case WASM_HEAP_NOEXN:
        return wanted == WASM_HEAP_EXN;
    default:
        return false;
    }
}

static uint32_t named_kind(const wasm_type *type)
{
    static const uint8_t names[] = {WASM_HEAP_FUNC, WASM_HEAP_STRUCT, WASM_HEAP_ARRAY};
    return names[type->kind];
}

bool wasm_matches(const wasm_module *module, wasm_valtype given, wasm_valtype wanted)
{
    uint32_t low = given & WASM_HEAP, high = wanted & WASM_HEAP;
    if (given == wanted || given == WASM_BOT) {
        return true;
    }
    if (!wasm_is_ref(given) || !wasm_is_ref(wanted)) {
        return false;
    }
    if (given == WASM_BOT_REF) {
        return true;
    }
    if (given & WASM_NULLABLE & ~wanted) {
        return false;
    }
    if (given & WASM_NAMED) {
        if (wanted & WASM_NAMED) {
            return low == high || named_matches(low, high);
        }
        /* Only the bottom of its own hierarchy is below a defined type. */
        return low == (module->types[high].kind == WASM_KIND_FUNC ? WASM_HEAP_NOFUNC : WASM_HEAP_NONE);
    }
    if (wanted & WASM_NAMED) {
        uint32_t kind = named_kind(&module->types[low]);
        return kind == high || named_matches(kind, high);
    }
    if (wanted & WASM_EXACT) {
        return given & WASM_EXACT && module->types[low].id == module->types[high].id;
    }
    return wasm_type_matches(&module->types[low], &module->types[high]);
}

uint32_t wasm_top_of(const wasm_module *module, wasm_valtype t)
{
    uint32_t heap = t & WASM_NAMED ? t & WASM_HEAP : named_kind(&module->types[t & WASM_HEAP]);
    switch (heap) {
    case WASM_HEAP_FUNC:
    case WASM_HEAP_NOFUNC:
        return WASM_HEAP_FUNC;
    case WASM_HEAP_EXTERN:
    case WASM_HEAP_NOEXTERN:
        return WASM_HEAP_EXTERN;
    case WASM_HEAP_EXN:
    case WASM_HEAP_NOEXN:
        return WASM_HEAP_EXN;
    default:
        return WASM_HEAP_ANY;
    }
}
