/* The walk over a function body: its state, and what every rule does with it.

   Lives here: operand and control stacks, reading of immediates, look-ups in the module.
   Not here: the walk (validate.c) and the rules (validate_control.c, validate_memory.c, validate_reference.c).

   Every function answers true, or false for a body that is not accepted; no reason is given, because Python finds it again. It is
   the algorithm of pywasm_vm/validation, in its shape: below the operands of each block lies FLOOR, which nothing wants, so a look
   at the top needs no look at the height; code that cannot be reached has ABYSS there, which yields any operand for ever.

   Room on the operand stack: there is always as much left as the body has bytes left, and an instruction has more bytes than it
   pushes operands. Only those that push several at once ask for room (push_all).

   spec: appendix/algorithm */

#ifndef WASM_VALIDATE_H
#define WASM_VALIDATE_H

#include "generated/features.h"
#include "module.h"
#include "read.h"
#include "rows.h"

#define FLOOR ((wasm_valtype)1)
#define ABYSS ((wasm_valtype)2)
#define NO_TYPE ((wasm_valtype)3) /* never on the stack */

enum { BOTTOM = 2 }; /* floors below the outermost one; the limit of operands counts them */

enum { PASSED, NO_MEMORY, REFUSED, NOT_KNOWN };

typedef enum { IS_BLOCK, IS_LOOP, IS_IF, IS_ELSE, IS_TRY, IS_CATCH, IS_CATCH_ALL } frame_kind;

/* A block that is open. */
typedef struct {
    const wasm_valtype *params;
    const wasm_valtype *results; /* NULL when the one result stands in single: frames move when the stack of them grows */
    uint32_t param_count;
    uint32_t result_count;
    wasm_valtype single;
    size_t height; /* where its floor lies */
    size_t inits;  /* how many locals had been set when it began */
    frame_kind kind;
    uint64_t looked_at; /* the last br_table that found it among its labels */
} frame;

/* A list of types. */
typedef struct {
    const wasm_valtype *types;
    uint32_t count;
} types;

/* A run of declared locals; *end* is the index behind its last. */
typedef struct {
    uint32_t end;
    wasm_valtype type;
} run;

/* How the walk takes an opcode of one byte: WAY_RULE goes through take, the others are short cuts for the shapes that are everywhere. */
typedef enum {
    WAY_RULE,
    WAY_REFUSED,
    WAY_PREFIX,
    WAY_LOCAL_GET,
    WAY_LOCAL_SET,
    WAY_LOCAL_TEE,
    WAY_I32_CONST,
    WAY_I64_CONST,
    WAY_UNARY,
    WAY_BINARY,
    WAY_LOAD,
    WAY_STORE,
    WAY_BLOCK,
    WAY_LOOP,
    WAY_IF,
    WAY_END,
    WAY_BR,
    WAY_BR_IF,
    WAY_CALL,
    WAY_DROP,
    WAY_SELECT,
    WAY_NOP,
    WAY_GLOBAL_GET,
    WAY_GLOBAL_SET,
    WAY_UNREACHABLE,
} way;

typedef struct {
    uint8_t way;
    uint8_t left; /* the operand of a unary; the lower one of a binary; what a load gives or a store takes */
    uint8_t right;
    uint8_t result;
    uint8_t align;
    int16_t row;
} step;

typedef struct {
    const wasm_module *module;
    step steps[256];
    int status; /* set to NO_MEMORY or NOT_KNOWN by what answers false for such a reason */

    const uint8_t *p;
    const uint8_t *end;
    uint64_t number; /* counts br_tables */

    wasm_valtype *operands;
    wasm_valtype *top; /* behind the topmost operand */
    size_t operand_room;

    frame *frames;
    size_t frame_count;
    size_t frame_room;

    wasm_valtype *locals; /* the types of those that are expanded */
    uint32_t expanded;
    uint32_t local_count;
    size_t local_room;
    run *runs; /* the types of all */
    size_t run_count;
    size_t run_room;

    bool some_unset;  /* some local has no default: reading it needs a look */
    uint32_t param_count;
    uint8_t *is_set; /* by index of local; always all zero between bodies */
    size_t is_set_room;
    uint32_t *inits; /* the locals that were set, in order */
    size_t init_count;
    size_t init_room;
} walk;

/* validate_rows.c: take any instruction. *number* is that of its row, or *prefix* the byte before its number; the place is behind
   either. */
bool take(walk *w, int number);
bool take_prefixed(walk *w, uint8_t prefix);

/* Rules of rows without words, by family: true or false, or NOT_MINE for a row of another family. */
enum { NOT_MINE = 2 };
int take_control(walk *w, int row);
int take_memory(walk *w, int row);
int take_reference(walk *w, int row);

bool pop_descriptor_of(walk *w, wasm_valtype target);

/* Operands */

bool grow_operands(walk *w, size_t more);
bool pop_slowly(walk *w, wasm_valtype wanted, wasm_valtype *given);
bool check_types(walk *w, types wanted);
bool pop_all(walk *w, types wanted);
bool push_all(walk *w, types given);
bool retype(walk *w, types wanted);
bool types_match(const wasm_module *module, types given, types wanted);

static inline void push(walk *w, wasm_valtype t)
{
    *w->top++ = t;
}

/* Take the top of the stack, which must match. */
static inline bool pop(walk *w, wasm_valtype wanted)
{
    wasm_valtype given;
    if (w->top[-1] == wanted) {
        w->top--;
        return true;
    }
    return pop_slowly(w, wanted, &given);
}

/* Take whatever is on top; WASM_BOT when unreachable code has nothing left. */
static inline bool pop_any(walk *w, wasm_valtype *given)
{
    *given = w->top[-1];
    if (*given == ABYSS) {
        *given = WASM_BOT;
        return true;
    }
    if (*given == FLOOR) {
        return false;
    }
    w->top--;
    return true;
}

/* Take a reference of whatever type; WASM_BOT_REF when unreachable code has nothing left. */
static inline bool pop_ref(walk *w, wasm_valtype *given)
{
    if (!pop_any(w, given)) {
        return false;
    }
    if (*given == WASM_BOT) {
        *given = WASM_BOT_REF;
    }
    return wasm_is_ref(*given);
}

static inline void unreachable(walk *w)
{
    w->top = w->operands + w->frames[w->frame_count - 1].height;
    push(w, ABYSS);
}

/* Blocks */

bool enter(walk *w, frame_kind kind, types params, types results, wasm_valtype single);
bool leave(walk *w, frame *left);

static inline types results_of(const frame *f)
{
    return (types){f->results ? f->results : &f->single, f->result_count};
}

/* What a branch to the block carries. */
static inline types label_of(const frame *f)
{
    return f->kind == IS_LOOP ? (types){f->params, f->param_count} : results_of(f);
}

/* The block that label *x* names, 0 the innermost; NULL where there is none. Valid until the next block is entered. */
static inline frame *frame_of(walk *w, uint32_t x)
{
    return x < w->frame_count ? &w->frames[w->frame_count - 1 - x] : NULL;
}

/* Immediates */

bool read_heap(walk *w, wasm_valtype *t);
bool read_valtype(walk *w, wasm_valtype *t);

static inline bool read_u32(walk *w, uint32_t *value)
{
    const uint8_t *p = wasm_read_u32(w->p, w->end, value);
    if (!p) {
        return false;
    }
    w->p = p;
    return true;
}

static inline bool skip_bytes(walk *w, size_t count)
{
    if ((size_t)(w->end - w->p) < count) {
        return false;
    }
    w->p += count;
    return true;
}

static inline bool read_byte(walk *w, uint8_t *value)
{
    if (w->p >= w->end) {
        return false;
    }
    *value = *w->p++;
    return true;
}

/* Look-ups: read an index and find what it names. */

bool check_valtype(const wasm_module *module, wasm_valtype t);

static inline bool has_feature(const wasm_module *module, uint64_t feature)
{
    return (module->features & feature) != 0;
}

/* Whether a local, field or element of this type has a value before it is set. */
static inline bool has_default(wasm_valtype t)
{
    return !wasm_is_ref(t) || t & WASM_NULLABLE;
}

static inline const wasm_type *function_type(const wasm_module *module, uint32_t x)
{
    return x < module->type_count && module->types[x].kind == WASM_KIND_FUNC ? &module->types[x] : NULL;
}

static inline bool read_function_type(walk *w, uint32_t *x, const wasm_type **type)
{
    return read_u32(w, x) && (*type = function_type(w->module, *x)) != NULL;
}

static inline bool read_table(walk *w, const wasm_table **table)
{
    uint32_t x;
    if (!read_u32(w, &x) || x >= w->module->table_count) {
        return false;
    }
    *table = &w->module->tables[x];
    return true;
}

static inline bool read_memory(walk *w, const wasm_memory **memory)
{
    uint32_t x;
    if (!read_u32(w, &x) || x >= w->module->memory_count) {
        return false;
    }
    *memory = &w->module->memories[x];
    return true;
}

static inline bool read_elem(walk *w, wasm_valtype *type)
{
    uint32_t x;
    if (!read_u32(w, &x) || x >= w->module->elem_count) {
        return false;
    }
    *type = w->module->elems[x];
    return true;
}

/* An instruction may name a data segment only in a module that announces them. */
static inline bool read_data(walk *w)
{
    uint32_t x;
    return read_u32(w, &x) && x < w->module->data_count && w->module->data_count_given;
}

static inline types params_of(const wasm_type *type)
{
    return (types){type->params, type->param_count};
}

static inline types type_results(const wasm_type *type)
{
    return (types){type->results, type->result_count};
}

static inline wasm_valtype table_address(const wasm_table *table)
{
    return wasm_address_type(table->is_64);
}

static inline wasm_valtype index_ref(uint32_t x, bool nullable)
{
    return WASM_REF | (nullable ? WASM_NULLABLE : 0) | x;
}

#endif
