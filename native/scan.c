/* The long lists of a module, read in one go. See api_scan.h.

   Lives here: what is read before anything is known of the module: indices, sizes, constant places.
   Not here: everything that is rare, or needs a message (pywasm_vm/binary/sections.py), and function bodies (validate.c).

   spec: binary/modules */

#include <stdbool.h>
#include <string.h>

#include "read.h"

#include "api_scan.h"

int wasm_scan_numbers(const uint8_t *source, uint64_t end, uint64_t *position, uint32_t count, uint32_t *numbers)
{
    const uint8_t *p = source + *position;
    for (uint32_t x = 0; x < count; x++) {
        p = wasm_read_u32(p, source + end, &numbers[x]);
        if (!p) {
            return 0;
        }
    }
    *position = (uint64_t)(p - source);
    return 1;
}

int wasm_scan_bodies(const uint8_t *source, uint64_t end, uint64_t *position, uint32_t count, uint64_t most, uint32_t *places)
{
    const uint8_t *p = source + *position, *const last = source + end;
    for (uint32_t x = 0; x < count; x++) {
        uint32_t size;
        p = wasm_read_u32(p, last, &size);
        if (!p || size > most || size > (uint64_t)(last - p)) {
            return 0;
        }
        places[2 * (size_t)x] = (uint32_t)(p - source);
        places[2 * (size_t)x + 1] = size;
        p += size;
    }
    *position = (uint64_t)(p - source);
    return 1;
}

enum { PASSIVE_SEEN = 1, I32_SEEN = 2, I64_SEEN = 4, OTHER_MEMORY_SEEN = 8 };

/* A constant and its end. */
static const uint8_t *read_place(const uint8_t *p, const uint8_t *end, uint32_t *value, uint32_t *seen)
{
    enum { I32_CONST = 0x41, I64_CONST = 0x42, END = 0x0B };
    int64_t wide;
    bool is_64;
    if (p >= end || (*p != I32_CONST && *p != I64_CONST)) {
        return NULL;
    }
    is_64 = *p++ == I64_CONST;
    p = wasm_read_signed(p, end, is_64 ? 64 : 32, &wide);
    if (!p || p >= end || *p++ != END || (is_64 && (uint64_t)wide > UINT32_MAX)) {
        return NULL;
    }
    *value = (uint32_t)wide;
    *seen |= is_64 ? I64_SEEN : I32_SEEN;
    return p;
}

int wasm_scan_datas(const uint8_t *source, uint64_t end, uint64_t *position, uint32_t count, uint32_t *words, uint32_t *seen)
{
    enum { ACTIVE, PASSIVE, ACTIVE_IN };
    const uint8_t *p = source + *position, *const last = source + end;
    *seen = 0;
    for (uint32_t x = 0; x < count; x++, words += 5) {
        uint32_t kind;
        words[0] = (uint32_t)(p - source);
        words[1] = words[2] = 0;
        p = wasm_read_u32(p, last, &kind);
        if (!p || kind > ACTIVE_IN) {
            return 0;
        }
        if (kind == ACTIVE_IN) {
            p = wasm_read_u32(p, last, &words[1]);
            if (!p || words[1] == UINT32_MAX) {
                return 0;
            }
            *seen |= words[1] ? OTHER_MEMORY_SEEN : 0;
        }
        if (kind == PASSIVE) {
            words[1] = UINT32_MAX;
            *seen |= PASSIVE_SEEN;
        } else {
            p = read_place(p, last, &words[2], seen);
            if (!p) {
                return 0;
            }
        }
        p = wasm_read_u32(p, last, &words[4]);
        if (!p || words[4] > (uint64_t)(last - p)) {
            return 0;
        }
        words[3] = (uint32_t)(p - source);
        p += words[4];
    }
    *position = (uint64_t)(p - source);
    return 1;
}

int wasm_write_datas(const uint8_t *source, const uint32_t *words, uint32_t count, uint8_t *memory, uint64_t size)
{
    for (uint32_t x = 0; x < count; x++) {
        const uint32_t *word = &words[5 * (size_t)x];
        if (word[1] != UINT32_MAX && (uint64_t)word[2] + word[4] > size) {
            return 0;
        }
    }
    for (uint32_t x = 0; x < count; x++) {
        const uint32_t *word = &words[5 * (size_t)x];
        if (word[1] != UINT32_MAX && word[4]) {
            memcpy(memory + word[2], source + word[3], word[4]);
        }
    }
    return 1;
}
