/* Reading of function bodies that have been found valid.

   Lives here: a cursor that takes numbers, types and immediates.
   Not here: any complaint; the checked reading is in read.h. What stands behind the end reads as zero.

   spec: binary/values, binary/instructions */

#ifndef WASM_READER_H
#define WASM_READER_H

#include "module.h"

#include "rows.h"

#define WASM_NO_ROW WASM_OPCODE_COUNT

typedef struct {
    const uint8_t *next;
    const uint8_t *end;
} wasm_reader;

static inline uint8_t wasm_take_byte(wasm_reader *reader)
{
    return reader->next < reader->end ? *reader->next++ : 0;
}

static inline uint64_t wasm_take_unsigned(wasm_reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = wasm_take_byte(reader);
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            break;
        }
    }
    return value;
}

static inline uint32_t wasm_take_u32(wasm_reader *reader)
{
    return (uint32_t)wasm_take_unsigned(reader);
}

static inline int64_t wasm_take_signed(wasm_reader *reader)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = wasm_take_byte(reader);
        value |= (uint64_t)(byte & 0x7F) << shift;
        shift += 7;
    } while (byte >= 0x80 && shift < 64);
    if (shift < 64 && byte & 0x40) {
        value |= ~UINT64_C(0) << shift;
    }
    return (int64_t)value;
}

/* *count* bytes as a number, the first one lowest. */
static inline uint64_t wasm_take_bits(wasm_reader *reader, unsigned count)
{
    uint64_t value = 0;
    for (unsigned x = 0; x < count; x++) {
        value |= (uint64_t)wasm_take_byte(reader) << (8 * x);
    }
    return value;
}

/* The number of the next instruction's row, WASM_NO_ROW for what has none. */
uint32_t wasm_take_instruction(wasm_reader *reader);

wasm_valtype wasm_take_valtype(wasm_reader *reader);

/* A heap type as the lowest bits of a reference type, WASM_EXACT among them. */
wasm_valtype wasm_take_heaptype(wasm_reader *reader);

/* Pass over the immediates of *row*, which has been taken. */
void wasm_skip_immediates(wasm_reader *reader, uint32_t row);

/* The parameters and results of a block. A single result written in place stands in *only*, and results is NULL: blocks move. */
typedef struct {
    const wasm_valtype *params;
    const wasm_valtype *results;
    uint32_t param_count;
    uint32_t result_count;
    wasm_valtype only;
} wasm_blocktype;

wasm_blocktype wasm_take_blocktype(wasm_reader *reader, const wasm_module *module);

/* A load's or store's immediate. */
typedef struct {
    uint32_t memory;
    uint64_t offset;
} wasm_memarg;

wasm_memarg wasm_take_memarg(wasm_reader *reader);

#endif
