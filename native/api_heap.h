/* The border for structs and arrays: types, objects that Python holds, and numbers of what the host has given. See heap.h. */

typedef struct wasm_gctype wasm_gctype;

/* What the heap tells of itself, in words that stay where they are. */
enum {
    WASM_HEAP_LIVE = 0,        /* bytes of the objects that the last collection has left */
    WASM_HEAP_OBJECTS = 1,     /* objects that there are: what was left then, and what was made since */
    WASM_HEAP_COLLECTIONS = 2, /* so far */
    WASM_HEAP_WORDS = 3
};
