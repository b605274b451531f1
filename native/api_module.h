/* The border for modules: what Python hands over of one, once. See module.h for what C makes of it. */

typedef uint32_t wasm_valtype;

typedef struct wasm_module wasm_module;

/* Arrays that are copied, except the source, which Python keeps where it is for as long as the module lives.
   All index spaces begin with the imports. */
typedef struct {
    const uint8_t *source;
    uint64_t source_size;
    uint64_t features;              /* bits of generated/features.h */
    uint64_t most_locals;           /* the limits of limits.py that are met inside of bodies */
    uint64_t most_body_bytes;
    uint64_t most_nesting;
    uint64_t most_operands;
    uint64_t most_array_operands;

    const uint32_t *types;          /* seven words each: kind, final, index of the supertype, of its descriptor, of what it
                                       describes, how many parameters or fields, how many results */
    const uint64_t *type_ids;       /* equal types of whatever module have the same */
    uint32_t type_count;
    const uint32_t *storage;        /* of all types in turn: parameters, results; or storage type and mutability of each field */
    uint32_t storage_count;

    const uint32_t *functions;      /* the type index of each */
    const uint8_t *declared;        /* for each, bit 0: ref.func may name it in bodies; bit 1: an import of exactly that type */
    uint32_t function_count;
    const uint32_t *bodies;         /* two words for each function that is not imported: offset in the source, size */
    uint32_t body_count;

    const uint32_t *tables;         /* two words each: element type, whether indices are i64 */
    uint32_t table_count;
    const uint32_t *memories;       /* three words each: whether addresses are i64, whether shared, log2 of the page size */
    uint32_t memory_count;
    uint32_t memories_may_be_named; /* whether loads and stores may say which memory they mean */
    const uint32_t *globals;        /* two words each: type, whether mutable */
    uint32_t global_count;
    uint32_t imported_global_count;
    const uint32_t *tags;           /* the type index of each */
    uint32_t tag_count;
    const uint32_t *elems;          /* the type of each element segment */
    uint32_t elem_count;
    uint32_t data_count;            /* data segments */
    uint32_t data_count_given;      /* whether the binary announced them */
} wasm_module_parts;

/* 0 and the module in *made; 1 when memory runs out, 2 when the parts contradict one another. */
int wasm_module_new(const wasm_module_parts *parts, wasm_module **made);

void wasm_module_free(wasm_module *module);
