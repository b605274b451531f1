/* Shared memories: room that never moves, and growth while other threads look.

   Lives here: the reservation of address space, growth by several threads at once, and the count of those who wait.
   Not here: atomic accesses (atomics.c), and the queues of waiting threads, which are Python's (pywasm_vm/runtime/atomics.py).

   Any thread may have the base in a register while another one lets the memory grow, so all the addresses that it may ever have are
   reserved when it is made: no memory is used by that, but where addresses are limited the reservation may fail. Then a smaller one
   is tried, and the memory can grow as far as that.

   Sizes only grow, and pages are there before the size says so: who has seen a size may use all of it. */

#if !defined(_WIN32)
#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#include <sys/mman.h>
#include <unistd.h>
#else
#include <windows.h>
#endif

#include "allocate.h"
#include "bulk.h"
#include "machine.h"

#if defined(__GNUC__)

#if defined(_WIN32)

static void *reserve(size_t size)
{
    return VirtualAlloc(NULL, size, MEM_RESERVE, PAGE_NOACCESS);
}

static bool make_usable(uint8_t *base, size_t size)
{
    return !size || VirtualAlloc(base, size, MEM_COMMIT, PAGE_READWRITE);
}

static void give_back(uint8_t *base, size_t size)
{
    (void)size;
    VirtualFree(base, 0, MEM_RELEASE);
}

#else

#if !defined(MAP_NORESERVE)
#define MAP_NORESERVE 0
#endif

static void *reserve(size_t size)
{
    void *base = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return base == MAP_FAILED ? NULL : base;
}

/* May be asked for what is usable already. */
static bool make_usable(uint8_t *base, size_t size)
{
    return !size || mprotect(base, size, PROT_READ | PROT_WRITE) == 0;
}

static void give_back(uint8_t *base, size_t size)
{
    munmap(base, size);
}

#endif

#define GRANULE ((size_t)1 << 16) /* of reservations; no machine has larger pages than this */

static size_t rounded(size_t size)
{
    return (size + GRANULE - 1) & ~(GRANULE - 1);
}

/* At most *wanted* bytes of addresses, but *least*; how many is left in *wanted*. */
static uint8_t *reserve_some(size_t least, size_t *wanted)
{
    uint8_t *base = NULL;
    while (!base && !wasm_allocation_fails()) {
        base = reserve(*wanted);
        if (!base && *wanted == least) {
            break;
        }
        if (!base) {
            *wanted = rounded(*wanted / 2 > least ? *wanted / 2 : least);
        }
    }
    return base;
}

wasm_meminst *wasm_shared_memory_new(uint64_t pages, uint64_t most_pages, uint32_t page_bits, int is_64)
{
    wasm_meminst *memory;
    size_t least, wanted;
    if (most_pages > (SIZE_MAX >> 1) >> page_bits) {
        most_pages = (SIZE_MAX >> 1) >> page_bits;
    }
    if (pages > most_pages) {
        return NULL;
    }
    memory = wasm_allocate(1, sizeof *memory);
    if (!memory) {
        return NULL;
    }
    least = rounded((size_t)(pages ? pages << page_bits : 1));
    wanted = rounded((size_t)(most_pages ? most_pages << page_bits : 1));
    memory->base = reserve_some(least, &wanted);
    if (!memory->base || !make_usable(memory->base, (size_t)(pages << page_bits))) {
        if (memory->base) {
            give_back(memory->base, wanted);
        }
        wasm_release(memory);
        return NULL;
    }
    memory->reserved = wanted;
    memory->state[0] = pages << page_bits;
    memory->most_pages = most_pages;
    memory->page_bits = page_bits;
    memory->is_64 = is_64 != 0;
    memory->is_shared = true;
    return memory;
}

void wasm_shared_memory_free(wasm_meminst *memory)
{
    if (memory) {
        give_back(memory->base, (size_t)memory->reserved);
        wasm_release(memory);
    }
}

int64_t wasm_shared_memory_grow(wasm_meminst *memory, uint64_t delta)
{
    for (;;) {
        uint64_t old = wasm_memory_bytes(memory), size;
        if (!wasm_memory_may_grow(memory, delta)) {
            return -1;
        }
        size = old + (delta << memory->page_bits);
        if (size > memory->reserved || (delta && !make_usable(memory->base, (size_t)size))) {
            return -1;
        }
        if (__atomic_compare_exchange_n(&memory->state[0], &old, size, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
            __atomic_fetch_add(&memory->state[1], delta != 0, __ATOMIC_SEQ_CST);
            return (int64_t)(old >> memory->page_bits);
        }
    }
}

void wasm_memory_waits(wasm_meminst *memory, int32_t more)
{
    __atomic_fetch_add(&memory->waiting, (uint32_t)more, __ATOMIC_SEQ_CST);
}

bool wasm_memory_has_waiters(const wasm_meminst *memory)
{
    /* What the guest has stored before comes before the look; who waits says so before he looks at what is stored. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return __atomic_load_n(&memory->waiting, __ATOMIC_SEQ_CST) != 0;
}

#else

/* Without atomic operations there are no shared memories. */

wasm_meminst *wasm_shared_memory_new(uint64_t pages, uint64_t most_pages, uint32_t page_bits, int is_64)
{
    (void)pages, (void)most_pages, (void)page_bits, (void)is_64;
    return NULL;
}

void wasm_shared_memory_free(wasm_meminst *memory)
{
    wasm_release(memory);
}

int64_t wasm_shared_memory_grow(wasm_meminst *memory, uint64_t delta)
{
    (void)memory, (void)delta;
    return -1;
}

void wasm_memory_waits(wasm_meminst *memory, int32_t more)
{
    memory->waiting += (uint32_t)more;
}

bool wasm_memory_has_waiters(const wasm_meminst *memory)
{
    return memory->waiting != 0;
}

#endif
