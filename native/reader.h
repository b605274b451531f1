/* Reading of function bodies that have been found valid.

   Lives here: numbers and types in LEB128, opcodes as the dense numbers of generated/opcodes.h.
   Not here: any complaint. What stands behind the end reads as zero.

   spec: binary/values */

#ifndef WASM_READER_H
#define WASM_READER_H

#include "module.h"

#include "generated/opcodes.h"

#define ROW(number, name, mnemonic, prefix, opcode, stack) INSTR_##name = number,
enum { WASM_OPCODES(ROW) INSTR_unknown };
#undef ROW

typedef struct {
    const uint8_t *next;
    const uint8_t *end;
} wasm_reader;

static inline uint8_t wasm_read_byte(wasm_reader *reader)
{
    return reader->next < reader->end ? *reader->next++ : 0;
}

static inline uint64_t wasm_read_unsigned(wasm_reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = wasm_read_byte(reader);
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            break;
        }
    }
    return value;
}

static inline uint32_t wasm_read_u32(wasm_reader *reader)
{
    return (uint32_t)wasm_read_unsigned(reader);
}

static inline int64_t wasm_read_signed(wasm_reader *reader)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = wasm_read_byte(reader);
        value |= (uint64_t)(byte & 0x7F) << shift;
        shift += 7;
    } while (byte >= 0x80 && shift < 64);
    if (shift < 64 && byte & 0x40) {
        value |= ~UINT64_C(0) << shift;
    }
    return (int64_t)value;
}

/* The number of the next instruction, INSTR_unknown for what has no row. */
uint32_t wasm_read_instruction(wasm_reader *reader);

wasm_valtype wasm_read_heaptype(wasm_reader *reader);
wasm_valtype wasm_read_valtype(wasm_reader *reader);

/* Pass over the immediates of *instruction*, which has been read. */
void wasm_skip_immediates(wasm_reader *reader, uint32_t instruction);

/* The parameters and results of a block. *only* holds a single result. */
typedef struct {
    const wasm_valtype *params;
    const wasm_valtype *results;
    uint32_t param_count;
    uint32_t result_count;
    wasm_valtype only;
} wasm_blocktype;

/* Fills in place: *only* is pointed to. */
void wasm_read_blocktype(wasm_reader *reader, const wasm_module *module, wasm_blocktype *type);

/* A load's or store's immediate. */
typedef struct {
    uint32_t memory;
    uint64_t offset;
} wasm_memarg;

wasm_memarg wasm_read_memarg(wasm_reader *reader);

#endif
