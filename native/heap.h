/* Structs and arrays of guests: how they lie in memory, and the heap of a machine.

   Lives here: objects, their types, what a reference to them is, and the heap.
   Not here: the operations on them (aggregates.inc, aggregates.c), and who is reachable (collect.c).

   A reference in the hierarchies of any and extern is one word, whose lowest bits say what it is:
       0             null
       …1            an i31: its 31 bits stand above
       …010          something of the host: a number that Python knows stands above the lowest three bits
       …0000         an object, which stands at this address
   References of the hierarchy of exn are null or numbers of the same kind. Those of func are addresses of a wasm_funcinst, and no
   affair of the heap.

   An object is a header of 16 bytes and what it holds. It never moves.

   spec: exec/runtime, aggregate instances */

#ifndef WASM_HEAP_H
#define WASM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "module.h"

#include "api_heap.h"

typedef struct wasm_cell wasm_cell;
typedef struct wasm_code wasm_code;

/* How a field or an element lies in memory. */
enum { WASM_HELD_8, WASM_HELD_16, WASM_HELD_32, WASM_HELD_64, WASM_HELD_128, WASM_HELD_REF, WASM_HELD_COUNT };

/* What is known of the objects of one type; shared by all modules of a machine. */
struct wasm_gctype {
    uint64_t id;
    const uint64_t *display; /* as in wasm_type */
    uint32_t depth;
    uint32_t number;         /* by which Python knows it */
    uint32_t size;           /* of a struct, header included; of an element of an array */
    uint32_t count;          /* fields */
    uint32_t ref_count;
    uint8_t kind;            /* WASM_KIND_STRUCT, WASM_KIND_ARRAY */
    uint8_t element;         /* arrays: how elements are held */
    const uint32_t *refs;    /* structs: where the references stand, in bytes from the object's beginning */
    const uint32_t *offsets; /* structs: of each field */
    const uint8_t *held;     /* structs: how each field is */
    wasm_gctype *next;
};

/* *info*: the lowest bit is the mark. Of a struct the other bits are the address of its descriptor, of an array the upper half is
   how many elements it has. A cell that holds no object has no type; then *info* is the next such cell. */
typedef struct {
    const wasm_gctype *type;
    uint64_t info;
} wasm_object;

enum { WASM_HEADER = 16 };
_Static_assert(sizeof(wasm_object) == WASM_HEADER, "the header of an object");

#define WASM_MARK UINT64_C(1)
#define WASM_DESCRIPTOR (~UINT64_C(15))

static inline bool wasm_is_object(uint64_t word)
{
    return word && !(word & 7);
}

static inline wasm_object *wasm_object_of(uint64_t word)
{
    return (wasm_object *)(uintptr_t)word;
}

static inline uint32_t wasm_length(const wasm_object *array)
{
    return (uint32_t)(array->info >> 32);
}

static inline char *wasm_content(wasm_object *object)
{
    return (char *)object + WASM_HEADER;
}

/* Whether *word* is a struct or array of the type that *data* names: in wide its id, in imm how many supertypes are above it, or a
   number that no type reaches if subtypes do not count; the lowest bit of b says what null is. */
static inline bool wasm_is_of_type(uint64_t word, uint64_t id, uint32_t depth, bool null)
{
    const wasm_gctype *type;
    if (!word) {
        return null;
    }
    if (word & 7) {
        return false;
    }
    type = wasm_object_of(word)->type;
    return type->id == id || (type->depth > depth && type->display[depth] == id);
}

typedef struct wasm_block wasm_block;
typedef struct wasm_large wasm_large;

enum { WASM_CLASSES = 33 }; /* sizes up to 512 bytes, in steps of 16 */

/* Where the code of a function stands. */
typedef struct {
    const wasm_cell *first;
    const wasm_cell *end;
    wasm_code *code;
} wasm_range;

typedef struct {
    wasm_object *free[WASM_CLASSES]; /* cells that hold nothing, by size in units of 16 bytes */
    wasm_block *blocks;
    wasm_large *larges;
    uint64_t allocated; /* bytes since the last collection */
    uint64_t limit;     /* so many call for one */
    uint64_t least;     /* fewer never do */
    uint64_t state[WASM_HEAP_WORDS];
    uint32_t most_elements; /* of an array */

    wasm_gctype *types;

    uint64_t *pins;     /* objects that Python holds; of a free place the next one, doubled, plus 1 */
    uint32_t pin_count;
    uint32_t pin_room;
    uint32_t free_pin;

    uint8_t *hosts;     /* for each number that Python gave what is known of it */
    uint32_t host_count;
    uint32_t host_room;
    uint32_t free_host; /* no number below it is free */

    wasm_object **grey; /* reached, but not looked into */
    size_t grey_count;
    size_t grey_room;
    bool is_incomplete; /* some that were reached have found no room there */

    wasm_range *ranges;
    uint32_t range_count;
    uint64_t ranges_for; /* so much code there was when they were gathered */

    int lock;
    bool is_lost; /* see wasm_machine_forked */
} wasm_heap;

enum { WASM_HOST_FREE, WASM_HOST_USED, WASM_HOST_REACHED };

/* Python may look into the heap on another thread than the one that runs the guest. Whoever collects, or makes a reference last,
   holds the lock; what code does without it are moves of single words. */
static inline void wasm_heap_lock(wasm_heap *heap)
{
#if defined(__GNUC__)
    while (__atomic_exchange_n(&heap->lock, 1, __ATOMIC_ACQUIRE)) {
    }
#else
    (void)heap;
#endif
}

static inline void wasm_heap_unlock(wasm_heap *heap)
{
#if defined(__GNUC__)
    __atomic_store_n(&heap->lock, 0, __ATOMIC_RELEASE);
#else
    (void)heap;
#endif
}

/* Bytes of one that is held so. */
static inline uint32_t wasm_held_size(unsigned held)
{
    static const uint8_t sizes[WASM_HELD_COUNT] = {1, 2, 4, 8, 16, 8};
    return sizes[held];
}

/* Put a field behind those that end at *end*; where it ends. Fields of a subtype stand where those of its supertype do, so what
   comes later has no say. */
static inline uint32_t wasm_place_field(uint32_t end, unsigned held, uint32_t *offset)
{
    uint32_t size = wasm_held_size(held), alignment = size < 8 ? size : 8;
    *offset = (end + alignment - 1) & ~(alignment - 1);
    return *offset + size;
}

/* The bytes of an object of *type*, with so many elements if it is an array. */
static inline uint64_t wasm_object_size(const wasm_gctype *type, uint32_t length)
{
    return type->kind == WASM_KIND_STRUCT ? type->size : WASM_HEADER + (uint64_t)type->size * length;
}

/* Write a value from one or two words; packed ones are cut. And back, packed ones without a sign. */
void wasm_hold(char *place, unsigned held, const uint64_t *value);
void wasm_give(const char *place, unsigned held, uint64_t *value);

void wasm_heap_begin(wasm_heap *heap);
void wasm_heap_end(wasm_heap *heap);
/* An object whose content is not written yet, or is zero if *zeroed*. NULL when the machine has no room. Nothing is collected. */
wasm_object *wasm_heap_take(wasm_heap *heap, const wasm_gctype *type, uint32_t length, bool zeroed);

/* collect.c: whether what is allocated calls for a collection before *bytes* more; for a test (WASM_STRESS), always. */
static inline bool wasm_heap_is_due(const wasm_heap *heap, uint64_t bytes)
{
#ifdef WASM_STRESS
    (void)bytes;
    return heap->allocated != 0;
#else
    return heap->allocated && heap->allocated + bytes > heap->limit;
#endif
}

/* Something that was reached. */
void wasm_heap_reach(wasm_heap *heap, uint64_t word);
/* Free what nobody has reached, and take the marks from the rest. */
void wasm_heap_sweep(wasm_heap *heap);
/* Take the marks from all, and free nothing. */
void wasm_heap_unmark(wasm_heap *heap);
/* Look into what was reached until there is no more. */
void wasm_heap_trace(wasm_heap *heap);

#endif
