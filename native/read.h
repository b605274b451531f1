/* Numbers in the binary format: LEB128, straight from the bytes.

   Lives here: one function per width, each from a place to the place behind, or NULL when what stands there is no such number.
   Not here: what the numbers mean.

   Nothing at or behind *end* is ever read. The rules are those of pywasm_vm/binary/reader.py: no more bytes than the width can need, and unused
   bits are zero, or copies of the sign.

   spec: binary/values, integers */

#ifndef WASM_READ_H
#define WASM_READ_H

#include <stddef.h>
#include <stdint.h>

/* An unsigned number of at most *width* bits, 32 or 64. */
static inline const uint8_t *wasm_read_unsigned(const uint8_t *p, const uint8_t *end, unsigned width, uint64_t *value)
{
    uint64_t sum = 0;
    for (unsigned shift = 0; p < end && shift < width; shift += 7) {
        uint64_t byte = *p++;
        unsigned left = width - shift;
        if (left < 7 && (byte & 0x7F) >> left) {
            return NULL;
        }
        sum |= (byte & 0x7F) << shift;
        if (byte < 0x80) {
            *value = sum;
            return p;
        }
    }
    return NULL;
}

/* A signed number of at most *width* bits: 32, 33 or 64. */
static inline const uint8_t *wasm_read_signed(const uint8_t *p, const uint8_t *end, unsigned width, int64_t *value)
{
    uint64_t sum = 0;
    for (unsigned shift = 0; p < end && shift < width; shift += 7) {
        uint64_t byte = *p++;
        unsigned left = width - shift;
        if (left < 7) {
            uint64_t unused = (byte & 0x7F) >> (left - 1);
            if (unused != 0 && unused != 0x7Fu >> (left - 1)) {
                return NULL;
            }
        }
        sum |= (byte & 0x7F) << shift;
        if (byte < 0x80) {
            if (byte & 0x40 && shift + 7 < 64) {
                sum |= UINT64_MAX << (shift + 7);
            }
            *value = (int64_t)sum;
            return p;
        }
    }
    return NULL;
}

static inline const uint8_t *wasm_read_u32(const uint8_t *p, const uint8_t *end, uint32_t *value)
{
    uint64_t wide;
    if (p < end && *p < 0x80) {
        *value = *p;
        return p + 1;
    }
    p = wasm_read_unsigned(p, end, 32, &wide);
    if (p) {
        *value = (uint32_t)wide;
    }
    return p;
}

static inline const uint8_t *wasm_read_u64(const uint8_t *p, const uint8_t *end, uint64_t *value)
{
    if (p < end && *p < 0x80) {
        *value = *p;
        return p + 1;
    }
    return wasm_read_unsigned(p, end, 64, value);
}

#endif
