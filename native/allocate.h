/* Memory from the machine, and the end of it on purpose.

   Lives here: the three functions by which C code of this folder gets and gives back memory.
   Not here: the memories of guests, which are the affair of those who run them.

   Built with WASM_FAIL_ALLOCATIONS, the request numbered wasm_allocations_left fails, and wasm_allocations_failing - 1 after it: a
   test counts down and sees what every single failure leads to. wasm_allocations_kept is what nobody has given back. */

#ifndef WASM_ALLOCATE_H
#define WASM_ALLOCATE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef WASM_FAIL_ALLOCATIONS
extern int64_t wasm_allocations_left, wasm_allocations_failing, wasm_allocations_kept;
static inline int wasm_allocation_fails(void)
{
    int64_t left = __atomic_sub_fetch(&wasm_allocations_left, 1, __ATOMIC_RELAXED);
    return left < 0 && left >= -wasm_allocations_failing;
}
static inline void *wasm_count_kept(void *room, int64_t more)
{
    __atomic_add_fetch(&wasm_allocations_kept, room ? more : 0, __ATOMIC_RELAXED);
    return room;
}
#else
static inline int wasm_allocation_fails(void)
{
    return 0;
}
static inline void *wasm_count_kept(void *room, int64_t more)
{
    (void)more;
    return room;
}
#endif

/* Zeroed room for *count* things of *size* bytes, never NULL for want of things; NULL when the machine has none. */
static inline void *wasm_allocate(size_t count, size_t size)
{
    return wasm_allocation_fails() ? NULL : wasm_count_kept(calloc(count ? count : 1, size), 1);
}

/* The same room with another count; what is new in it is not zeroed. NULL leaves the old one as it was. */
static inline void *wasm_resize(void *room, size_t count, size_t size)
{
    if (wasm_allocation_fails() || (size && count > SIZE_MAX / size)) {
        return NULL;
    }
    return wasm_count_kept(realloc(room, count && size ? count * size : 1), !room);
}

static inline void wasm_release(void *room)
{
    wasm_count_kept(room, -1);
    free(room);
}

#endif
