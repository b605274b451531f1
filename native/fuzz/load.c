/* What reads a module must bear any bytes, and what translates it anything that is valid: a program for libFuzzer.

   The first byte of an input chooses what to do with the others. Even: they are the body of a function in a module that has
   something of everything, so that every rule can be reached; bits 1 to 3 choose features, narrow limits and the type of the function.
   Odd: they are a list of the module's, with the length of the list in front.

   Python checks the sections of a module before C sees them, so the module itself is the same each time. See run.py. */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../allocate.h"
#include "../machine.h"
#include "../module.h"

#include "../api_scan.h"
#include "../api_validate.h"

#define REF_TO(x) (WASM_REF | (x))
#define NULL_TO(x) (REF_TO(x) | WASM_NULLABLE)
#define NAMED(heap) (WASM_NAMED_REF(heap) | WASM_NULLABLE)
#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NONE WASM_NO_INDEX

/* kind, final, supertype, descriptor, describes, parameters or fields, results */
static const uint32_t types[] = {
    WASM_KIND_FUNC, 1, NONE, NONE, NONE, 0, 0, /* 0: [] -> [] */
    WASM_KIND_FUNC, 1, NONE, NONE, NONE, 2, 1, /* 1: [i32 i32] -> [i32] */
    WASM_KIND_FUNC, 1, NONE, NONE, NONE, 6, 2, /* 2: [i32 i64 f32 f64 v128 externref] -> [i64 f64] */
    WASM_KIND_FUNC, 0, NONE, NONE, NONE, 1, 1, /* 3: [(ref null 5)] -> [(ref 5)] */
    WASM_KIND_STRUCT, 0, NONE, NONE, NONE, 3, 0, /* 4: mutable i32, i8, mutable (ref null 4) */
    WASM_KIND_STRUCT, 0, 4, NONE, NONE, 4, 0,    /* 5, below 4: and f64 */
    WASM_KIND_ARRAY, 0, NONE, NONE, NONE, 1, 0,  /* 6: mutable i16 */
    WASM_KIND_ARRAY, 0, NONE, NONE, NONE, 1, 0,  /* 7: mutable (ref null 4) */
    WASM_KIND_FUNC, 1, NONE, NONE, NONE, 1, 0,   /* 8: [i32] -> [], of tags */
    WASM_KIND_STRUCT, 1, NONE, 10, NONE, 1, 0,   /* 9: i32, described by 10 */
    WASM_KIND_STRUCT, 1, NONE, NONE, 9, 1, 0,    /* 10: i32, describes 9 */
    WASM_KIND_FUNC, 0, 3, NONE, NONE, 1, 1,      /* 11, below 3 */
};
static const uint64_t type_ids[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const uint32_t storage[] = {
    WASM_I32, WASM_I32, WASM_I32,
    WASM_I32, WASM_I64, WASM_F32, WASM_F64, WASM_V128, WASM_EXTERNREF, WASM_I64, WASM_F64,
    NULL_TO(5), REF_TO(5),
    WASM_I32, 1, WASM_I8, 0, NULL_TO(4), 1,
    WASM_I32, 1, WASM_I8, 0, NULL_TO(4), 1, WASM_F64, 0,
    WASM_I16, 1,
    NULL_TO(4), 1,
    WASM_I32,
    WASM_I32, 0,
    WASM_I32, 0,
    NULL_TO(4), REF_TO(5),
};
static const uint32_t functions[] = {0, 1, 2, 3, 8, 11, 0, 0};
static const uint8_t declared[] = {1, 1, 0, 3, 1, 1, 1, 1};
static const uint32_t tables[] = {WASM_FUNCREF, 0, NAMED(WASM_HEAP_ANY), 1, WASM_EXTERNREF, 0};
static const uint32_t memories[] = {0, 0, 16, 1, 0, 16, 0, 1, 0};
static const uint32_t globals[] = {WASM_I32, 1, WASM_I64, 0, WASM_F64, 1, NULL_TO(4), 1, WASM_V128, 1, WASM_FUNCREF, 0};
static const uint32_t tags[] = {8, 0};
static const uint32_t elems[] = {WASM_FUNCREF, REF_TO(4), NAMED(WASM_HEAP_I31)};

/* Nothing runs here: there is no loop, and operations keep their numbers. */
const void *const *wasm_handlers(void)
{
    return NULL;
}

int wasm_run(wasm_machine *machine)
{
    (void)machine;
    return WASM_DONE;
}

/* Both forms of the last function, and its maps, as one who collects would ask for them. */
static void translate_body(const wasm_module *module)
{
    const uint32_t index = COUNT(functions) - 1;
    wasm_program *program = wasm_program_new(module), *stepping = program ? wasm_program_new_stepping(program) : NULL;
    uint32_t place, seen = 0;
    if (program && wasm_program_translate(program, index) == 0) {
        wasm_code *code = &program->codes[0];
        for (uint32_t cell = 0; cell < code->cells && seen < 3; cell++) {
            seen += wasm_code_map(code, cell, &place) != NULL;
        }
        wasm_program_offset(program, index, code->cells - 1);
    }
    if (stepping) {
        assert(wasm_program_translate(stepping, index) != 2);
    }
    wasm_program_free(stepping);
    wasm_program_free(program);
}

static void judge_body(uint8_t choice, const uint8_t *data, size_t size)
{
    static const uint32_t own_types[] = {0, 1, 2, 3};
    const int narrow = choice & 4;
    uint32_t all_functions[COUNT(functions)], bodies[2], reached;
    uint8_t *exact = malloc(size ? size : 1); /* so that one byte too far is seen */
    wasm_module *module;
    wasm_module_parts parts = {
        .source = exact,
        .source_size = size,
        .features = choice & 2 ? UINT64_MAX : 0x3FFFF,
        .most_locals = narrow ? 12 : 50000,
        .most_body_bytes = narrow ? 300 : 7654321,
        .most_nesting = narrow ? 4 : 100000,
        .most_operands = narrow ? 12 : 1000000,
        .most_array_operands = narrow ? 3 : 10000,
        .types = types, .type_ids = type_ids, .type_count = COUNT(type_ids),
        .storage = storage, .storage_count = COUNT(storage),
        .functions = all_functions, .declared = declared, .function_count = COUNT(functions),
        .bodies = bodies, .body_count = 1,
        .tables = tables, .table_count = COUNT(tables) / 2,
        .memories = memories, .memory_count = COUNT(memories) / 3, .memories_may_be_named = !(choice & 32),
        .globals = globals, .global_count = COUNT(globals) / 2, .imported_global_count = 1,
        .tags = tags, .tag_count = COUNT(tags),
        .elems = elems, .elem_count = COUNT(elems),
        .data_count = 2, .data_count_given = 1,
    };
    memcpy(exact, data, size);
    memcpy(all_functions, functions, sizeof functions);
    all_functions[COUNT(functions) - 1] = own_types[choice >> 3 & 3];
    bodies[0] = 0;
    bodies[1] = (uint32_t)size;
    if (wasm_module_new(&parts, &module) == 0) {
        if (wasm_validate(module, 0, 1, &reached) == 0) {
            translate_body(module);
        }
        wasm_module_free(module);
    }
    free(exact);
}

static void scan_list(uint8_t choice, const uint8_t *data, size_t size)
{
    enum { MOST = 1 << 16 };
    uint32_t count, seen;
    uint64_t position = 0;
    uint32_t *words;
    uint8_t *exact;
    if (size < 2) {
        return;
    }
    count = (data[0] | (uint32_t)data[1] << 8) % MOST;
    size -= 2;
    exact = malloc(size ? size : 1);
    memcpy(exact, data + 2, size);
    words = malloc(5 * sizeof *words * (count ? count : 1));
    switch (choice >> 1 & 3) {
    case 0:
        wasm_scan_numbers(exact, size, &position, count, words);
        break;
    case 1:
        wasm_scan_bodies(exact, size, &position, count, 1000, words);
        break;
    default:
        if (wasm_scan_datas(exact, size, &position, count, words, &seen)) {
            uint8_t *memory = malloc(256);
            assert(position <= size);
            wasm_write_datas(exact, words, count, memory, 256);
            free(memory);
        }
    }
    free(words);
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
#ifdef WASM_FAIL_ALLOCATIONS
    wasm_allocations_left = data[0] >> 5 ? data[0] >> 5 : INT64_MAX;
#endif
    if (data[0] & 1) {
        scan_list(data[0], data + 1, size - 1);
    } else {
        judge_body(data[0], data + 1, size - 1);
    }
    return 0;
}
