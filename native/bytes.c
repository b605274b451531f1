/* The bytes of memories: getting them, getting more of them, giving them back.

   Lives here: where the bytes of a memory stand, and how they come to stand somewhere else.
   Not here: whether a memory may grow (storage.c), what an image is (image.c), and shared memories, which never move (shared.c).

   Few bytes come from where everything else comes from. Many are pages of their own, where the system lets us ask for them: what
   nobody has touched costs nothing, and a memory that grows takes its pages along instead of copying them. */

#if defined(__linux__)
#define _GNU_SOURCE
#include <sys/mman.h>
#endif

#include "allocate.h"
#include "machine.h"

/* Sanitizers watch what malloc gives. */
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)

#define LEAST_MAPPED ((uint64_t)1 << 20)

static uint8_t *map(uint64_t size)
{
    void *base;
    if (wasm_allocation_fails()) {
        return NULL;
    }
    base = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return base == MAP_FAILED ? NULL : base;
}

static uint8_t *map_more(uint8_t *base, uint64_t old_size, uint64_t size)
{
    void *moved;
    if (wasm_allocation_fails()) {
        return NULL;
    }
    moved = mremap(base, (size_t)old_size, (size_t)size, MREMAP_MAYMOVE);
    return moved == MAP_FAILED ? NULL : moved;
}

#else

#define LEAST_MAPPED UINT64_MAX

static uint8_t *map(uint64_t size)
{
    (void)size;
    return NULL;
}

static uint8_t *map_more(uint8_t *base, uint64_t old_size, uint64_t size)
{
    (void)base;
    (void)old_size;
    (void)size;
    return NULL;
}

#endif

bool wasm_memory_get_bytes(wasm_meminst *memory, uint64_t size)
{
    bool many = size >= LEAST_MAPPED;
    memory->base = many ? map(size) : wasm_allocate((size_t)size, 1);
    memory->mapped = many ? size : 0;
    memory->is_view = false;
    return memory->base != NULL;
}

/* Other bytes, with what the old ones hold. */
static bool move(wasm_meminst *memory, uint64_t old_size, uint64_t size)
{
    wasm_meminst before = *memory;
    if (!wasm_memory_get_bytes(memory, size)) {
        *memory = before;
        return false;
    }
    memcpy(memory->base, before.base, (size_t)old_size);
    wasm_memory_let_go(&before);
    return true;
}

bool wasm_memory_get_more(wasm_meminst *memory, uint64_t old_size, uint64_t size)
{
    uint8_t *base;
    /* A view ends where its image does. */
    if (memory->is_view || (!memory->mapped && size >= LEAST_MAPPED)) {
        return move(memory, old_size, size);
    }
    base = memory->mapped ? map_more(memory->base, memory->mapped, size) : wasm_resize(memory->base, (size_t)size, 1);
    if (!base) {
        return false;
    }
    if (memory->mapped) {
        memory->mapped = size;
    } else {
        memset(base + old_size, 0, (size_t)(size - old_size));
    }
    memory->base = base;
    return true;
}

void wasm_memory_let_go(wasm_meminst *memory)
{
#if defined(__linux__)
    if (memory->mapped) {
        munmap(memory->base, (size_t)memory->mapped);
        return;
    }
#endif
    wasm_release(memory->base);
}
