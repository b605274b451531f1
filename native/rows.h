/* The instruction table as C reads it.

   Lives here: the shape of a row, and the way from an opcode to its row.
   Not here: the rows, which native/generate.py writes from pywasm_vm/isa, and what instructions do.

   spec: appendix/index-instructions */

#ifndef WASM_ROWS_H
#define WASM_ROWS_H

#include <stdint.h>

#include "generated/opcodes.h"

/* The kinds of immediates, named as in isa/opcode.py. */
typedef enum {
    WASM_IMM_NONE,
    WASM_IMM_BLOCKTYPE,
    WASM_IMM_LABELIDX,
    WASM_IMM_LABELS,
    WASM_IMM_CATCHES,
    WASM_IMM_FUNCIDX,
    WASM_IMM_TYPEIDX,
    WASM_IMM_TABLEIDX,
    WASM_IMM_MEMIDX,
    WASM_IMM_GLOBALIDX,
    WASM_IMM_LOCALIDX,
    WASM_IMM_TAGIDX,
    WASM_IMM_ELEMIDX,
    WASM_IMM_DATAIDX,
    WASM_IMM_FIELDIDX,
    WASM_IMM_COUNT,
    WASM_IMM_VALTYPES,
    WASM_IMM_HEAPTYPE,
    WASM_IMM_CAST,
    WASM_IMM_MEMARG,
    WASM_IMM_LANE,
    WASM_IMM_LANES,
    WASM_IMM_I32,
    WASM_IMM_I64,
    WASM_IMM_F32,
    WASM_IMM_F64,
    WASM_IMM_V128,
    WASM_IMM_ORDER,
} wasm_imm;

/* The number of each row: WASM_ROW_i32_add. */
#define WASM_ROW_NUMBER(number, name, mnemonic, prefix, code, stack) WASM_ROW_##name = number,
enum { WASM_OPCODES(WASM_ROW_NUMBER) };
#undef WASM_ROW_NUMBER

/* The types in a row are bytes of the binary format; one of a named heap type stands for the nullable reference. This is no type:
   the address type of the memory or table that the row names. */
#define WASM_ADDR 1

enum { WASM_MOST_POPS = 5, WASM_MOST_PUSHES = 2, WASM_MOST_IMMEDIATES = 2, WASM_NO_FEATURE = 0xFF };

typedef struct {
    uint8_t has_words;  /* pops and pushes say all there is to say of its type */
    uint8_t feature;    /* the bit of generated/features.h, or WASM_NO_FEATURE */
    uint8_t align;      /* loads and stores: log2 of the bytes they touch */
    uint8_t is_aligned; /* no smaller alignment will do: atomic accesses */
    uint8_t lanes;      /* how many a lane immediate counts */
    uint8_t pop_count;
    uint8_t push_count;
    uint8_t immediate_count;
    uint8_t pops[WASM_MOST_POPS]; /* the top of the stack last */
    uint8_t pushes[WASM_MOST_PUSHES];
    uint8_t immediates[WASM_MOST_IMMEDIATES]; /* wasm_imm, in the order of the binary format */
} wasm_row;

extern const wasm_row wasm_rows[WASM_OPCODE_COUNT];

/* The number of the row of an opcode of one byte; -1 where there is none, and for the prefixes. */
extern const int16_t wasm_single[256];

/* The number of the row of *code* behind *prefix*, or -1. */
int wasm_prefixed(uint8_t prefix, uint32_t code);

#endif
