/* Images: what memories hold when their instances begin, once for all of them.

   Lives here: making an image, and letting a memory begin with one.
   Not here: what is written into it (wasm_write_datas in scan.c), and memories that have none (storage.c).

   An image is a file without a name. A memory that begins with it is a private view of that file: pages are shared until somebody
   writes to them, so the second instance of a module costs neither the copy of its data nor the room for it. Where a system has no
   such files there are no images, and memories are filled as usual. */

#if defined(__linux__)
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "allocate.h"
#include "machine.h"

struct wasm_image {
    uint64_t size;
    uint8_t *base;
    int file;
};

#if defined(__linux__) && defined(SYS_memfd_create)

#define CLOSE_WHEN_REPLACED 1u /* MFD_CLOEXEC */

wasm_image *wasm_image_new(uint64_t size)
{
    wasm_image *image;
    if (!size || size > SIZE_MAX / 2) {
        return NULL;
    }
    image = wasm_allocate(1, sizeof *image);
    if (!image) {
        return NULL;
    }
    image->size = size;
    image->file = (int)syscall(SYS_memfd_create, "wasm", CLOSE_WHEN_REPLACED);
    if (image->file < 0) {
        wasm_release(image);
        return NULL;
    }
    if (ftruncate(image->file, (off_t)size) == 0) {
        void *base = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, image->file, 0);
        if (base != MAP_FAILED) {
            image->base = base;
            return image;
        }
    }
    close(image->file);
    wasm_release(image);
    return NULL;
}

void wasm_image_free(wasm_image *image)
{
    if (image) {
        munmap(image->base, (size_t)image->size);
        close(image->file);
        wasm_release(image);
    }
}

int wasm_memory_begin_with(wasm_meminst *memory, const wasm_image *image)
{
    void *base;
    if (memory->is_shared || memory->is_view || memory->state[0] != image->size) {
        return 1;
    }
    base = mmap(NULL, (size_t)image->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, image->file, 0);
    if (base == MAP_FAILED) {
        return 1;
    }
    wasm_memory_let_go(memory);
    memory->base = base;
    memory->mapped = image->size;
    memory->is_view = true;
    memory->state[1]++;
    return 0;
}

#else

wasm_image *wasm_image_new(uint64_t size)
{
    (void)size;
    return NULL;
}

void wasm_image_free(wasm_image *image)
{
    (void)image;
}

int wasm_memory_begin_with(wasm_meminst *memory, const wasm_image *image)
{
    (void)memory;
    (void)image;
    return 1;
}

#endif

uint8_t *wasm_image_base(const wasm_image *image)
{
    return image->base;
}
