/* Memory from the machine, and the end of it on purpose.

   Lives here: the three functions by which C code of this folder gets and gives back memory.
   Not here: the memories of guests, which are the affair of those who run them.

   Built with WASM_FAIL_ALLOCATIONS, the request numbered wasm_allocations_left fails, and all after it: a test counts down and
   sees what every single failure leads to. */

#ifndef WASM_ALLOCATE_H
#define WASM_ALLOCATE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef WASM_FAIL_ALLOCATIONS
extern int64_t wasm_allocations_left;
static inline int wasm_allocation_fails(void)
{
    return wasm_allocations_left <= 0 || wasm_allocations_left-- <= 0;
}
#else
static inline int wasm_allocation_fails(void)
{
    return 0;
}
#endif

/* Zeroed room for *count* things of *size* bytes, never NULL for want of things; NULL when the machine has none. */
static inline void *wasm_allocate(size_t count, size_t size)
{
    return wasm_allocation_fails() ? NULL : calloc(count ? count : 1, size);
}

/* The same room with another count; what is new in it is not zeroed. NULL leaves the old one as it was. */
static inline void *wasm_resize(void *room, size_t count, size_t size)
{
    if (wasm_allocation_fails() || (size && count > SIZE_MAX / size)) {
        return NULL;
    }
    return realloc(room, count && size ? count * size : 1);
}

static inline void wasm_release(void *room)
{
    free(room);
}

#endif
