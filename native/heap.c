/* The heap: where objects get their memory, and what Python does with them. See heap.h. */

#include "machine.h"

#include <string.h>

#include "allocate.h"

enum { BLOCK_BYTES = 65536 };
#ifdef WASM_STRESS
#define MOST_SMALL 15 /* none, so that a sanitizer knows each of them */
#else
#define MOST_SMALL (16 * (WASM_CLASSES - 1))
#endif
#define FIRST_LIMIT (UINT64_C(1) << 20)
#define NO_PIN UINT32_MAX

/* Objects */

void wasm_hold(char *place, unsigned held, const uint64_t *value)
{
    switch (held) {
    case WASM_HELD_8:
        *(uint8_t *)place = (uint8_t)*value;
        break;
    case WASM_HELD_16: {
        uint16_t number = (uint16_t)*value;
        memcpy(place, &number, sizeof number);
        break;
    }
    case WASM_HELD_32: {
        uint32_t number = (uint32_t)*value;
        memcpy(place, &number, sizeof number);
        break;
    }
    case WASM_HELD_128:
        memcpy(place, value, 16);
        break;
    default:
        memcpy(place, value, 8);
        break;
    }
}

void wasm_give(const char *place, unsigned held, uint64_t *value)
{
    uint16_t half;
    uint32_t number;
    switch (held) {
    case WASM_HELD_8:
        *value = *(const uint8_t *)place;
        break;
    case WASM_HELD_16:
        memcpy(&half, place, sizeof half);
        *value = half;
        break;
    case WASM_HELD_32:
        memcpy(&number, place, sizeof number);
        *value = number;
        break;
    case WASM_HELD_128:
        memcpy(value, place, 16);
        break;
    default:
        memcpy(value, place, 8);
        break;
    }
}

/* Memory. A block is cut into cells of one size; what is too large for that is requested by itself. */

struct wasm_block {
    wasm_block *next;
    uint32_t size; /* of a cell */
    uint32_t count;
};

struct wasm_large {
    wasm_large *next;
    uint64_t size;
};

_Static_assert(sizeof(struct wasm_block) == 16 && sizeof(struct wasm_large) == 16, "objects are aligned to 16 bytes");

static wasm_object *cell_of(wasm_block *block, uint32_t number)
{
    return (wasm_object *)(void *)((char *)block + sizeof *block + (size_t)number * block->size);
}

static bool new_block(wasm_heap *heap, uint32_t class)
{
    wasm_block *block = wasm_allocate(1, BLOCK_BYTES);
    if (!block) {
        return false;
    }
    block->size = 16 * class;
    block->count = (BLOCK_BYTES - (uint32_t)sizeof *block) / block->size;
    block->next = heap->blocks;
    heap->blocks = block;
    for (uint32_t x = block->count; x-- > 0;) {
        wasm_object *cell = cell_of(block, x);
        cell->info = (uint64_t)(uintptr_t)heap->free[class];
        heap->free[class] = cell;
    }
    return true;
}

static wasm_object *take_large(wasm_heap *heap, uint64_t size)
{
    wasm_large *large = size > SIZE_MAX - sizeof *large ? NULL : wasm_allocate(1, (size_t)size + sizeof *large);
    if (!large) {
        return NULL;
    }
    large->size = size;
    large->next = heap->larges;
    heap->larges = large;
    heap->allocated += size;
    return (wasm_object *)(void *)(large + 1);
}

static wasm_object *take_small(wasm_heap *heap, uint32_t class, bool zeroed)
{
    wasm_object *cell = heap->free[class];
    if (!cell) {
        if (!new_block(heap, class)) {
            return NULL;
        }
        cell = heap->free[class];
    }
    heap->free[class] = (wasm_object *)(uintptr_t)cell->info;
    heap->allocated += 16 * class;
    if (zeroed) {
        memset(wasm_content(cell), 0, 16 * (size_t)class - WASM_HEADER);
    }
    return cell;
}

wasm_object *wasm_heap_take(wasm_heap *heap, const wasm_gctype *type, uint32_t length, bool zeroed)
{
    uint64_t size = wasm_object_size(type, length);
    wasm_object *made =
        size <= MOST_SMALL ? take_small(heap, (uint32_t)(size + 15) / 16, zeroed) : take_large(heap, size);
    if (made) {
        made->type = type;
        made->info = type->kind == WASM_KIND_ARRAY ? (uint64_t)length << 32 : 0;
        heap->state[WASM_HEAP_OBJECTS]++;
    }
    return made;
}

/* Sweeping */

/* Whether *block* holds anything; its free cells are put into the lists. */
static bool sweep_block(wasm_heap *heap, wasm_block *block)
{
    uint32_t class = block->size / 16, left = 0;
    wasm_object *list = heap->free[class];
    for (uint32_t x = block->count; x-- > 0;) {
        wasm_object *cell = cell_of(block, x);
        if (cell->type && cell->info & WASM_MARK) {
            cell->info &= ~WASM_MARK;
            left++;
        } else {
            cell->type = NULL;
            cell->info = (uint64_t)(uintptr_t)list;
            list = cell;
        }
    }
    if (left) {
        heap->free[class] = list;
        heap->state[WASM_HEAP_OBJECTS] += left;
        heap->state[WASM_HEAP_LIVE] += (uint64_t)left * block->size;
    }
    return left != 0;
}

static void sweep_larges(wasm_heap *heap)
{
    wasm_large **link = &heap->larges;
    while (*link) {
        wasm_large *it = *link;
        wasm_object *object = (wasm_object *)(void *)(it + 1);
        if (object->info & WASM_MARK) {
            object->info &= ~WASM_MARK;
            heap->state[WASM_HEAP_OBJECTS]++;
            heap->state[WASM_HEAP_LIVE] += it->size;
            link = &it->next;
        } else {
            *link = it->next;
            wasm_release(it);
        }
    }
}

void wasm_heap_sweep(wasm_heap *heap)
{
    wasm_block **link = &heap->blocks;
    memset(heap->free, 0, sizeof heap->free);
    heap->state[WASM_HEAP_OBJECTS] = 0;
    heap->state[WASM_HEAP_LIVE] = 0;
    while (*link) {
        wasm_block *it = *link;
        if (sweep_block(heap, it)) {
            link = &it->next;
        } else {
            *link = it->next;
            wasm_release(it);
        }
    }
    sweep_larges(heap);
    heap->allocated = 0;
    heap->limit = heap->least && heap->state[WASM_HEAP_LIVE] > heap->least ? heap->state[WASM_HEAP_LIVE] : heap->least;
}

/* Tracing */

static void reach_object(wasm_heap *heap, wasm_object *object)
{
    if (object->info & WASM_MARK) {
        return;
    }
    object->info |= WASM_MARK;
    if (heap->grey_count == heap->grey_room) {
        size_t room = heap->grey_room ? 2 * heap->grey_room : 1024;
        wasm_object **grown = wasm_resize(heap->grey, room, sizeof *grown);
        if (!grown) {
            heap->is_incomplete = true;
            return;
        }
        heap->grey = grown;
        heap->grey_room = room;
    }
    heap->grey[heap->grey_count++] = object;
}

void wasm_heap_reach(wasm_heap *heap, uint64_t word)
{
    if (wasm_is_object(word)) {
        reach_object(heap, wasm_object_of(word));
    } else if ((word & 7) == 2 && word >> 3 < heap->host_count) {
        heap->hosts[word >> 3] = WASM_HOST_REACHED;
    }
}

static void look_into(wasm_heap *heap, wasm_object *object)
{
    const wasm_gctype *type = object->type;
    uint64_t word;
    if (type->kind == WASM_KIND_STRUCT) {
        for (uint32_t x = 0; x < type->ref_count; x++) {
            memcpy(&word, (char *)object + type->refs[x], sizeof word);
            wasm_heap_reach(heap, word);
        }
        wasm_heap_reach(heap, object->info & WASM_DESCRIPTOR);
    } else if (type->element == WASM_HELD_REF) {
        const char *content = wasm_content(object);
        for (uint32_t x = 0, length = wasm_length(object); x < length; x++) {
            memcpy(&word, content + 8 * (size_t)x, sizeof word);
            wasm_heap_reach(heap, word);
        }
    }
}

/* Do *what* with every object that is marked. */
static void for_marked(wasm_heap *heap, void (*what)(wasm_heap *, wasm_object *))
{
    for (wasm_block *block = heap->blocks; block; block = block->next) {
        for (uint32_t x = 0; x < block->count; x++) {
            wasm_object *cell = cell_of(block, x);
            if (cell->type && cell->info & WASM_MARK) {
                what(heap, cell);
            }
        }
    }
    for (wasm_large *it = heap->larges; it; it = it->next) {
        wasm_object *object = (wasm_object *)(void *)(it + 1);
        if (object->info & WASM_MARK) {
            what(heap, object);
        }
    }
}

static void unmark(wasm_heap *heap, wasm_object *object)
{
    (void)heap;
    object->info &= ~WASM_MARK;
}

void wasm_heap_unmark(wasm_heap *heap)
{
    for_marked(heap, unmark);
}

void wasm_heap_trace(wasm_heap *heap)
{
    for (;;) {
        while (heap->grey_count) {
            look_into(heap, heap->grey[--heap->grey_count]);
        }
        if (!heap->is_incomplete) {
            return;
        }
        /* The list could not grow: all that is marked is looked into again. */
        heap->is_incomplete = false;
        for_marked(heap, look_into);
    }
}

/* Beginning and end */

void wasm_heap_begin(wasm_heap *heap)
{
    heap->limit = heap->least = FIRST_LIMIT;
    heap->most_elements = UINT32_MAX;
    heap->free_pin = NO_PIN;
}

void wasm_heap_end(wasm_heap *heap)
{
    while (heap->blocks) {
        wasm_block *it = heap->blocks;
        heap->blocks = it->next;
        wasm_release(it);
    }
    while (heap->larges) {
        wasm_large *it = heap->larges;
        heap->larges = it->next;
        wasm_release(it);
    }
    while (heap->types) {
        wasm_gctype *it = heap->types;
        heap->types = it->next;
        wasm_release(it);
    }
    wasm_release(heap->pins);
    wasm_release(heap->hosts);
    wasm_release(heap->grey);
    wasm_release(heap->ranges);
}

const uint64_t *wasm_machine_heap_state(wasm_machine *machine)
{
    return machine->heap.state;
}

void wasm_machine_set_most_elements(wasm_machine *machine, uint64_t most)
{
    machine->heap.most_elements = most < UINT32_MAX ? (uint32_t)most : UINT32_MAX;
}

uint64_t wasm_machine_most_elements(const wasm_machine *machine)
{
    return machine->heap.most_elements;
}

void wasm_heap_collect_after(wasm_machine *machine, uint64_t bytes)
{
    machine->heap.limit = machine->heap.least = bytes;
}

/* Types: one piece of memory each, with its lists behind it. */

wasm_gctype *wasm_heap_type(wasm_machine *machine, const uint64_t *ids, uint32_t depth, uint32_t number, int is_array,
                            const uint8_t *held, uint32_t count)
{
    size_t bytes = sizeof(wasm_gctype) + (depth + 1) * sizeof *ids + (size_t)count * (2 * sizeof(uint32_t) + 1);
    wasm_gctype *type = wasm_allocate(1, bytes);
    uint64_t *display;
    uint32_t *offsets, *refs, end = WASM_HEADER;
    uint8_t *copy;
    if (!type) {
        return NULL;
    }
    display = (uint64_t *)(void *)(type + 1);
    offsets = (uint32_t *)(void *)(display + depth + 1);
    refs = offsets + count;
    copy = (uint8_t *)(refs + count);
    memcpy(display, ids, (depth + 1) * sizeof *ids);
    memcpy(copy, held, count);
    type->id = ids[depth];
    type->display = display;
    type->depth = depth;
    type->number = number;
    type->offsets = offsets;
    type->refs = refs;
    type->held = copy;
    if (is_array) {
        type->kind = WASM_KIND_ARRAY;
        type->element = held[0];
        type->size = wasm_held_size(held[0]);
    } else {
        type->kind = WASM_KIND_STRUCT;
        type->count = count;
        for (uint32_t x = 0; x < count; x++) {
            end = wasm_place_field(end, held[x], &offsets[x]);
            if (held[x] == WASM_HELD_REF) {
                refs[type->ref_count++] = offsets[x];
            }
        }
        type->size = end;
    }
    type->next = machine->heap.types;
    machine->heap.types = type;
    return type;
}

void wasm_instance_set_type(wasm_instance *instance, uint32_t index, wasm_gctype *type)
{
    instance->types[index] = type;
}

/* What Python holds */

static uint32_t new_pin(wasm_heap *heap, uint64_t word)
{
    uint32_t pin = heap->free_pin;
    if (heap->is_lost) {
        return NO_PIN;
    }
    if (pin != NO_PIN) {
        heap->free_pin = (uint32_t)(heap->pins[pin] >> 1);
    } else {
        if (heap->pin_count == heap->pin_room) {
            uint32_t room = heap->pin_room ? 2 * heap->pin_room : 64;
            uint64_t *grown = wasm_resize(heap->pins, room, sizeof *grown);
            if (!grown) {
                return NO_PIN;
            }
            heap->pins = grown;
            heap->pin_room = room;
        }
        pin = heap->pin_count++;
    }
    heap->pins[pin] = word;
    return pin;
}

uint32_t wasm_heap_pin(wasm_machine *machine, uint64_t word)
{
    uint32_t pin;
    wasm_heap_lock(&machine->heap);
    pin = new_pin(&machine->heap, word);
    wasm_heap_unlock(&machine->heap);
    return pin;
}

void wasm_heap_unpin(wasm_machine *machine, uint32_t pin)
{
    wasm_heap *heap = &machine->heap;
    if (heap->is_lost) {
        return;
    }
    wasm_heap_lock(heap);
    heap->pins[pin] = (uint64_t)heap->free_pin << 1 | 1;
    heap->free_pin = pin;
    wasm_heap_unlock(heap);
}

uint64_t wasm_heap_make(wasm_machine *machine, const wasm_gctype *type, uint32_t length, uint64_t descriptor, uint32_t *pin)
{
    wasm_object *made;
    wasm_heap_lock(&machine->heap);
    made = machine->heap.is_lost ? NULL : wasm_heap_take(&machine->heap, type, length, true);
    *pin = made ? new_pin(&machine->heap, (uint64_t)(uintptr_t)made) : NO_PIN;
    if (made) {
        made->info |= descriptor;
    }
    wasm_heap_unlock(&machine->heap);
    return *pin == NO_PIN ? 0 : (uint64_t)(uintptr_t)made;
}

uint32_t wasm_heap_type_of(uint64_t word)
{
    return wasm_object_of(word)->type->number;
}

uint32_t wasm_heap_length(uint64_t word)
{
    return wasm_length(wasm_object_of(word));
}

static char *place_of(wasm_object *object, uint32_t index, unsigned *held)
{
    const wasm_gctype *type = object->type;
    if (type->kind == WASM_KIND_ARRAY) {
        *held = type->element;
        return wasm_content(object) + (size_t)index * type->size;
    }
    *held = type->held[index];
    return (char *)object + type->offsets[index];
}

int wasm_heap_read(wasm_machine *machine, uint64_t word, uint32_t index, uint64_t *value, uint32_t *pin)
{
    wasm_object *object = wasm_object_of(word);
    unsigned held = WASM_HELD_REF;
    *pin = NO_PIN;
    wasm_heap_lock(&machine->heap);
    if (index == UINT32_MAX) {
        value[0] = object->info & WASM_DESCRIPTOR;
    } else {
        const char *place = place_of(object, index, &held);
        wasm_give(place, held, value);
    }
    if (held == WASM_HELD_REF && wasm_is_object(value[0])) {
        *pin = new_pin(&machine->heap, value[0]);
    } else {
        held = WASM_HELD_64;
    }
    wasm_heap_unlock(&machine->heap);
    return held != WASM_HELD_REF || *pin != NO_PIN;
}

void wasm_heap_write(uint64_t word, uint32_t index, const uint64_t *value)
{
    unsigned held;
    char *place = place_of(wasm_object_of(word), index, &held);
    wasm_hold(place, held, value);
}

/* What the host has given */

enum { BYTES_OF_HOST = 64 }; /* that it counts for, to those who decide when to collect */

uint32_t wasm_heap_host_number(wasm_machine *machine)
{
    wasm_heap *heap = &machine->heap;
    uint32_t number;
    if (heap->is_lost) {
        return UINT32_MAX;
    }
    wasm_heap_lock(heap);
    number = heap->free_host;
    while (number < heap->host_count && heap->hosts[number] != WASM_HOST_FREE) {
        number++;
    }
    if (number == heap->host_room) {
        uint32_t room = heap->host_room ? 2 * heap->host_room : 64;
        uint8_t *grown = room < heap->host_room ? NULL : wasm_resize(heap->hosts, room, 1);
        if (!grown) {
            wasm_heap_unlock(heap);
            return UINT32_MAX;
        }
        heap->hosts = grown;
        heap->host_room = room;
    }
    if (number == heap->host_count) {
        heap->host_count++;
    }
    heap->hosts[number] = WASM_HOST_REACHED;
    heap->free_host = number + 1;
    heap->allocated += BYTES_OF_HOST;
    wasm_heap_unlock(heap);
    return number;
}

uint32_t wasm_heap_dead(const wasm_machine *machine, uint32_t from)
{
    const wasm_heap *heap = &machine->heap;
    while (from < heap->host_count && heap->hosts[from] != WASM_HOST_USED) {
        from++;
    }
    return from < heap->host_count ? from : UINT32_MAX;
}

void wasm_heap_release(wasm_machine *machine, uint32_t number)
{
    wasm_heap *heap = &machine->heap;
    heap->hosts[number] = WASM_HOST_FREE;
    if (number < heap->free_host) {
        heap->free_host = number;
    }
}
