/* The operations that allocate, or work on many elements: what OP(heap) calls.

   Lives here: one function for each such instruction.
   Not here: single fields and elements, and casts (aggregates.inc), and memory (heap.c).

   The operation stands at machine->pc. Its operands begin in the slot that its first cell names, and there goes its result. In the
   second cell stands a type index, in the third what else there is: another index, or how many operands. What may be answered says
   wasm_heap_function. Bounds come first, then limits and costs, then the work; what happens before the cost may happen twice. */

#include "aggregates.h"

#include <string.h>

#include "bulk.h"
#include "generated/traps.h"

#define TRAP(number, name, wording) TRAP_##name = number,
enum { WASM_TRAPS(TRAP) };
#undef TRAP

enum { DONE = 0 };

static wasm_slot *operands_of(const wasm_machine *machine)
{
    return machine->fp + machine->pc->v.imm;
}

static const wasm_gctype *type_of(const wasm_machine *machine)
{
    return machine->instance->types[machine->pc[1].v.imm];
}

static uint64_t other_of(const wasm_machine *machine)
{
    return machine->pc[2].u.wide;
}

/* Take the fuel for *size* elements. */
static int pay(wasm_machine *machine, uint64_t size)
{
    int64_t fuel = (int64_t)machine->box[WASM_BOX_FUEL] - (int64_t)(size / WASM_ELEMENTS_A_UNIT);
    if (machine->is_prepaid) {
        machine->is_prepaid = false;
        return DONE;
    }
    machine->box[WASM_BOX_FUEL] = (uint64_t)fuel;
    if (fuel < 0) {
        machine->is_prepaid = true;
        return -WASM_SLICE;
    }
    return DONE;
}

/* An object of *type* for the operation, which has been paid for. */
static int make(wasm_machine *machine, const wasm_gctype *type, uint32_t length, bool zeroed, wasm_object **made)
{
    wasm_heap *heap = &machine->heap;
    if (wasm_heap_is_due(heap, wasm_object_size(type, length)) && wasm_machine_collect(machine) == WASM_COLLECTED) {
        machine->is_prepaid = true;
        return -WASM_COLLECTED;
    }
    *made = wasm_heap_take(heap, type, length, zeroed);
    if (!*made && heap->allocated) {
        wasm_machine_collect(machine);
        *made = wasm_heap_take(heap, type, length, zeroed);
    }
    if (!*made) {
        machine->box[WASM_BOX_MORE] = length;
        return -WASM_NO_ROOM;
    }
    return DONE;
}

/* Structs */

static int make_struct(wasm_machine *machine, wasm_slot *result, uint64_t descriptor, const wasm_slot *fields)
{
    const wasm_gctype *type = type_of(machine);
    wasm_object *made;
    int status;
    machine->is_prepaid = false;
    status = make(machine, type, 0, !fields, &made);
    if (status) {
        machine->is_prepaid = false;
        return status;
    }
    made->info |= descriptor;
    for (uint32_t x = 0; fields && x < type->count; x++) {
        wasm_hold((char *)made + type->offsets[x], type->held[x], &fields->u64);
        fields += type->held[x] == WASM_HELD_128 ? 2 : 1;
    }
    result->u64 = (uint64_t)(uintptr_t)made;
    return DONE;
}

int wasm_struct_new(wasm_machine *machine)
{
    wasm_slot *at = operands_of(machine);
    return make_struct(machine, at, 0, at);
}

int wasm_struct_new_default(wasm_machine *machine)
{
    return make_struct(machine, operands_of(machine), 0, NULL);
}

/* The third cell says how many slots the fields take: behind them stands the descriptor. */
static int make_described(wasm_machine *machine, bool has_fields)
{
    wasm_slot *at = operands_of(machine);
    uint64_t descriptor = at[other_of(machine)].u64;
    return descriptor ? make_struct(machine, at, descriptor, has_fields ? at : NULL) : TRAP_NULL_DESCRIPTOR_REFERENCE;
}

int wasm_struct_new_desc(wasm_machine *machine)
{
    return make_described(machine, true);
}

int wasm_struct_new_default_desc(wasm_machine *machine)
{
    return make_described(machine, false);
}

/* Arrays */

/* *size* elements with what that costs. */
static int make_array(wasm_machine *machine, uint32_t size, bool zeroed, wasm_object **made)
{
    int status;
    if (size > machine->heap.most_elements) {
        machine->box[WASM_BOX_MORE] = size;
        machine->is_prepaid = false;
        return -WASM_TOO_LARGE;
    }
    status = pay(machine, size);
    return status ? status : make(machine, type_of(machine), size, zeroed, made);
}

static void repeat(wasm_object *array, uint32_t index, const uint64_t *value, uint32_t size)
{
    const wasm_gctype *type = array->type;
    char *place = wasm_content(array) + (size_t)index * type->size;
    if (type->element == WASM_HELD_8) {
        memset(place, (int)(*value & 0xFF), size);
        return;
    }
    for (uint32_t x = 0; x < size; x++, place += type->size) {
        wasm_hold(place, type->element, value);
    }
}

static int finish(wasm_slot *result, const wasm_object *made)
{
    result->u64 = (uint64_t)(uintptr_t)made;
    return DONE;
}

int wasm_array_new(wasm_machine *machine)
{
    wasm_slot *at = operands_of(machine);
    uint32_t size = at[type_of(machine)->element == WASM_HELD_128 ? 2 : 1].u32;
    uint64_t value[2] = {at[0].u64, type_of(machine)->element == WASM_HELD_128 ? at[1].u64 : 0};
    bool is_zero = !value[0] && !value[1];
    wasm_object *made;
    int status = make_array(machine, size, is_zero, &made);
    if (status) {
        return status;
    }
    if (!is_zero) {
        repeat(made, 0, value, size);
    }
    return finish(at, made);
}

int wasm_array_new_default(wasm_machine *machine)
{
    wasm_slot *at = operands_of(machine);
    wasm_object *made;
    int status = make_array(machine, at[0].u32, true, &made);
    return status ? status : finish(at, made);
}

int wasm_array_new_fixed(wasm_machine *machine)
{
    wasm_slot *at = operands_of(machine);
    const wasm_gctype *type = type_of(machine);
    uint32_t size = (uint32_t)other_of(machine), width = type->element == WASM_HELD_128 ? 2 : 1;
    wasm_object *made;
    int status = make(machine, type, size, false, &made);
    machine->is_prepaid = false;
    if (status) {
        return status;
    }
    for (uint32_t x = 0; x < size; x++) {
        wasm_hold(wasm_content(made) + (size_t)x * type->size, type->element, &at[(size_t)x * width].u64);
    }
    return finish(at, made);
}

/* Where *size* elements of *type* begin in a data segment; NULL when they are not there. */
static const uint8_t *in_data(const wasm_machine *machine, const wasm_gctype *type, uint32_t start, uint32_t size)
{
    static const uint8_t nothing[1];
    const wasm_datainst *data = &machine->instance->datas[other_of(machine)];
    if (start + (uint64_t)size * type->size > data->size) {
        return NULL;
    }
    return data->size ? data->content + start : nothing;
}

int wasm_array_new_data(wasm_machine *machine)
{
    wasm_slot *at = operands_of(machine);
    const wasm_gctype *type = type_of(machine);
    uint32_t size = at[1].u32;
    const uint8_t *from = in_data(machine, type, at[0].u32, size);
    wasm_object *made;
    int status = from ? make_array(machine, size, false, &made) : TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS;
    if (status) {
        return status;
    }
    memcpy(wasm_content(made), from, (size_t)size * type->size);
    return finish(at, made);
}

/* *size* references of an element segment, which Python may have to hand over first. */
static int in_elem(wasm_machine *machine, uint32_t start, uint32_t size, const uint64_t **from)
{
    const wasm_eleminst *elem = &machine->instance->elems[other_of(machine)];
    if (!elem->is_there) {
        machine->box[WASM_BOX_DETAIL] = other_of(machine);
        machine->box[WASM_BOX_MORE] = machine->instance->number;
        return -WASM_ELEM;
    }
    if ((uint64_t)start + size > elem->size) {
        return TRAP_OUT_OF_BOUNDS_TABLE_ACCESS;
    }
    *from = elem->items + (elem->size ? start : 0);
    return DONE;
}

int wasm_array_new_elem(wasm_machine *machine)
{
    wasm_slot *at = operands_of(machine);
    uint32_t size = at[1].u32;
    const uint64_t *from;
    wasm_object *made;
    int status = in_elem(machine, at[0].u32, size, &from);
    status = status ? status : make_array(machine, size, false, &made);
    if (status) {
        return status;
    }
    if (size) {
        memcpy(wasm_content(made), from, (size_t)size * sizeof *from);
    }
    return finish(at, made);
}

/* Work on many elements */

/* Whether *size* elements at *index* of the array in *slot* are there: 0 then. */
static int within(const wasm_slot *slot, uint32_t index, uint32_t size)
{
    if (!slot->u64) {
        return TRAP_NULL_ARRAY_REFERENCE;
    }
    return (uint64_t)index + size > wasm_length(wasm_object_of(slot->u64)) ? TRAP_OUT_OF_BOUNDS_ARRAY_ACCESS : DONE;
}

static char *element(const wasm_slot *slot, uint32_t index)
{
    wasm_object *array = wasm_object_of(slot->u64);
    return wasm_content(array) + (size_t)index * array->type->size;
}

int wasm_array_fill(wasm_machine *machine)
{
    wasm_slot *at = operands_of(machine);
    uint32_t index = at[1].u32, size = at[type_of(machine)->element == WASM_HELD_128 ? 4 : 3].u32;
    int status = within(at, index, size);
    status = status ? status : pay(machine, size);
    if (!status) {
        repeat(wasm_object_of(at->u64), index, &at[2].u64, size);
    }
    return status;
}

int wasm_array_copy(wasm_machine *machine)
{
    wasm_slot *at = operands_of(machine);
    uint32_t size = at[4].u32;
    int status = at[2].u64 || !at[0].u64 ? within(at, at[1].u32, size) : TRAP_NULL_ARRAY_REFERENCE;
    status = status ? status : within(at + 2, at[3].u32, size);
    status = status ? status : pay(machine, size);
    if (!status) {
        memmove(element(at, at[1].u32), element(at + 2, at[3].u32), (size_t)size * type_of(machine)->size);
    }
    return status;
}

int wasm_array_init_data(wasm_machine *machine)
{
    wasm_slot *at = operands_of(machine);
    const wasm_gctype *type = type_of(machine);
    uint32_t size = at[3].u32;
    const uint8_t *from = in_data(machine, type, at[2].u32, size);
    int status = within(at, at[1].u32, size);
    if (!status && !from) {
        status = TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS;
    }
    status = status ? status : pay(machine, size);
    if (!status) {
        memcpy(element(at, at[1].u32), from, (size_t)size * type->size);
    }
    return status;
}

int wasm_array_init_elem(wasm_machine *machine)
{
    wasm_slot *at = operands_of(machine);
    uint32_t size = at[3].u32;
    const uint64_t *from;
    int status = within(at, at[1].u32, size);
    status = status ? status : in_elem(machine, at[2].u32, size, &from);
    status = status ? status : pay(machine, size);
    if (!status && size) {
        memcpy(element(at, at[1].u32), from, (size_t)size * sizeof *from);
    }
    return status;
}

/* Casts */

bool wasm_is_named(uint64_t word, uint32_t heap)
{
    switch (heap) {
    case WASM_HEAP_EQ:
        return word & 1 || wasm_is_object(word);
    case WASM_HEAP_I31:
        return word & 1;
    case WASM_HEAP_STRUCT:
        return wasm_is_object(word) && wasm_object_of(word)->type->kind == WASM_KIND_STRUCT;
    case WASM_HEAP_ARRAY:
        return wasm_is_object(word) && wasm_object_of(word)->type->kind == WASM_KIND_ARRAY;
    case WASM_HEAP_NONE:
    case WASM_HEAP_NOEXTERN:
    case WASM_HEAP_NOFUNC:
    case WASM_HEAP_NOEXN:
        return false;
    default:
        return true;
    }
}

/* *data*: as for wasm_is_of_type; in a a named heap type, or 0 for a type of functions. */
bool wasm_is_of(uint64_t word, const wasm_cell *data)
{
    const wasm_funcinst *function = (const wasm_funcinst *)(uintptr_t)word;
    if (!word) {
        return data->b & 1;
    }
    if (data->a) {
        return wasm_is_named(word, data->a);
    }
    return function->type_id == data->u.wide ||
           (function->depth > data->v.imm && function->display[data->v.imm] == data->u.wide);
}

bool wasm_is_described(uint64_t word, uint64_t descriptor, bool null)
{
    const wasm_object *object = wasm_object_of(word);
    if (!word) {
        return null;
    }
    return wasm_is_object(word) && object->type->kind == WASM_KIND_STRUCT && (object->info & WASM_DESCRIPTOR) == descriptor;
}
