/* What C knows of a module: its types and index spaces, and where its bodies stand.

   Lives here: the shapes, the encoding of value types, and when one type matches another.
   Not here: how Python gathers it (pywasm_vm/native/tables.py), what is allowed in bodies (validate.c), and instances.

   A module never changes after it was made, so any number of threads may read it.

   spec: syntax/modules, syntax/types, valid/matching */

#ifndef WASM_MODULE_H
#define WASM_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api_module.h"

/* Number and vector types are their byte in the binary format. References have bit 31, and say the rest in bits 28 to 30; below
   stands the byte of a named heap type, or a type index. */
#define WASM_I32 ((wasm_valtype)0x7F)
#define WASM_I64 ((wasm_valtype)0x7E)
#define WASM_F32 ((wasm_valtype)0x7D)
#define WASM_F64 ((wasm_valtype)0x7C)
#define WASM_V128 ((wasm_valtype)0x7B)
#define WASM_I8 ((wasm_valtype)0x78)  /* fields only */
#define WASM_I16 ((wasm_valtype)0x77) /* fields only */

#define WASM_REF ((wasm_valtype)1 << 31)
#define WASM_NULLABLE ((wasm_valtype)1 << 30)
#define WASM_EXACT ((wasm_valtype)1 << 29)
#define WASM_NAMED ((wasm_valtype)1 << 28) /* clear: a type index stands in the low bits */
#define WASM_HEAP ((wasm_valtype)0x0FFFFFFF)
#define WASM_MOST_TYPES 0x10000000u

/* Validation only. The type of what unreachable code leaves behind matches every type; its reference, every reference type. */
#define WASM_BOT ((wasm_valtype)0)
#define WASM_BOT_REF (WASM_REF | WASM_NAMED)

enum {
    WASM_HEAP_EXN = 0x69,
    WASM_HEAP_ARRAY = 0x6A,
    WASM_HEAP_STRUCT = 0x6B,
    WASM_HEAP_I31 = 0x6C,
    WASM_HEAP_EQ = 0x6D,
    WASM_HEAP_ANY = 0x6E,
    WASM_HEAP_EXTERN = 0x6F,
    WASM_HEAP_FUNC = 0x70,
    WASM_HEAP_NONE = 0x71,
    WASM_HEAP_NOEXTERN = 0x72,
    WASM_HEAP_NOFUNC = 0x73,
    WASM_HEAP_NOEXN = 0x74,
};

#define WASM_NAMED_REF(heap) (WASM_REF | WASM_NAMED | (wasm_valtype)(heap))
#define WASM_FUNCREF (WASM_NAMED_REF(WASM_HEAP_FUNC) | WASM_NULLABLE)
#define WASM_EXTERNREF (WASM_NAMED_REF(WASM_HEAP_EXTERN) | WASM_NULLABLE)

#define WASM_NO_INDEX 0xFFFFFFFFu

enum { WASM_KIND_FUNC, WASM_KIND_STRUCT, WASM_KIND_ARRAY };

typedef struct {
    wasm_valtype storage; /* WASM_I8 and WASM_I16 are packed */
    uint32_t is_mutable;
} wasm_field;

typedef struct {
    uint64_t id;             /* equal types, of whatever module, have the same; no other type of this process ever has it */
    const uint64_t *display; /* the ids of its declared supertypes, the root first; its own stands last, at [depth] */
    uint32_t depth;          /* how many declared supertypes are above it */
    uint32_t supertype;      /* type index of the nearest, or WASM_NO_INDEX, as in the next two */
    uint32_t descriptor;     /* of what describes its values */
    uint32_t describes;      /* of what its values describe */
    uint8_t kind;
    uint8_t is_final;
    uint32_t param_count;    /* functions */
    uint32_t result_count;   /* functions */
    uint32_t field_count;    /* structs; 1 for arrays */
    const wasm_valtype *params;
    const wasm_valtype *results;
    const wasm_field *fields;
    const uint32_t *offsets; /* structs: where each field stands in an object, see heap.h */
    uint32_t size;           /* structs: bytes of an object */
} wasm_type;

typedef struct {
    uint32_t type;   /* type index */
    uint32_t offset; /* where its entry in the code section begins behind the size: the declared locals, then the instructions */
    uint32_t size;   /* bytes of that entry; 0 for imports */
    bool is_declared; /* ref.func may name it in bodies */
    bool is_exact;    /* it is of that very type, and not of a subtype as some imports are */
} wasm_function;

typedef struct {
    wasm_valtype reftype;
    bool is_64;
} wasm_table;

typedef struct {
    bool is_64;
    bool is_shared;
    uint8_t page_bits; /* a page has 1 << page_bits bytes */
} wasm_memory;

typedef struct {
    wasm_valtype valtype;
    bool is_mutable;
    bool is_imported;
} wasm_global;

struct wasm_module {
    const uint8_t *source; /* the binary; Python keeps it */
    size_t source_size;
    uint64_t features;
    uint64_t most_locals;
    uint64_t most_body_bytes;
    uint64_t most_nesting;
    uint64_t most_operands;
    uint64_t most_array_operands;

    uint32_t type_count;
    uint32_t function_count; /* imports included, as in all index spaces */
    uint32_t imported_function_count;
    uint32_t table_count;
    uint32_t memory_count;
    uint32_t global_count;
    uint32_t tag_count;
    uint32_t elem_count;
    uint32_t data_count;
    bool memories_may_be_named; /* by loads and stores */
    bool data_count_given; /* instructions that name data segments ask for it */

    wasm_type *types;
    wasm_function *functions;
    wasm_table *tables;
    wasm_memory *memories;
    wasm_global *globals;
    uint32_t *tags; /* type indices */
    wasm_valtype *elems;

    uint32_t *storage; /* what params, results and fields point into */
    uint64_t *displays;
    uint32_t *offsets;
};

static inline bool wasm_is_ref(wasm_valtype t)
{
    return (t & WASM_REF) != 0;
}

static inline wasm_valtype wasm_address_type(bool is_64)
{
    return is_64 ? WASM_I64 : WASM_I32;
}

/* What a field gives and takes: packed ones are i32 outside. */
static inline wasm_valtype wasm_unpacked(wasm_valtype storage)
{
    return storage == WASM_I8 || storage == WASM_I16 ? WASM_I32 : storage;
}

static inline const wasm_type *wasm_function_type(const wasm_module *module, uint32_t function)
{
    return &module->types[module->functions[function].type];
}

/* Whether a value of type *given* may stand where *wanted* is asked for. */
bool wasm_matches(const wasm_module *module, wasm_valtype given, wasm_valtype wanted);

/* Whether *given* is *wanted* or declares it, perhaps by way of others, as its supertype. */
static inline bool wasm_type_matches(const wasm_type *given, const wasm_type *wanted)
{
    return given->depth >= wanted->depth && given->display[wanted->depth] == wanted->id;
}

/* The largest named heap type above the heap type in *t*: any, func, extern or exn. */
uint32_t wasm_top_of(const wasm_module *module, wasm_valtype t);

/* Whether values of type *t* may lead to what the heap holds or keeps: references, but not those to functions. */
static inline bool wasm_is_traced(const wasm_module *module, wasm_valtype t)
{
    return wasm_is_ref(t) && wasm_top_of(module, t) != WASM_HEAP_FUNC;
}

/* How a field or element of this type is held in an object: see heap.h. */
unsigned wasm_held(const wasm_module *module, wasm_valtype storage);

#endif
