/* The walk over function bodies: every instruction in turn, with short cuts for those that are everywhere.

   Lives here: the walk, the locals, and the door for Python.
   Not here: the long way of an instruction (validate_rows.c); the stacks (validate_stacks.c).

   A short cut fits when the operands are exactly the types wanted. Everything else goes the long way: subtypes of references,
   unreachable code, numbers of more than one byte, errors. The short cuts keep the place and the top of the stack in variables of
   their own, and give them back to the walk before anybody else looks.

   spec: appendix/algorithm */

#include "validate.h"

#include <string.h>

#include "allocate.h"

enum { ALWAYS_EXPANDED = 1024, LOCALS_PER_BYTE = 8 };
/* So many locals become a list of types whatever the size of the function; beyond that, so many for each of its bytes. A few bytes can
   declare fifty thousand of them. */

/* Ways */

/* How a row of one byte is taken, as far as its words tell. */
static way way_of_words(const wasm_row *row, step *s)
{
    bool is_plain = row->immediate_count == 0 && row->push_count == 1;
    for (unsigned x = 0; x < row->pop_count; x++) {
        is_plain = is_plain && row->pops[x] >= WASM_V128;
    }
    s->left = row->pops[0];
    s->right = row->pops[1];
    s->result = row->pushes[0];
    s->align = row->align;
    if (is_plain && row->pop_count == 1) {
        return WAY_UNARY;
    }
    if (is_plain && row->pop_count == 2) {
        return WAY_BINARY;
    }
    if (row->immediate_count == 1 && row->immediates[0] == WASM_IMM_MEMARG && !row->is_aligned) {
        s->left = row->push_count ? row->pushes[0] : row->pops[1];
        return row->push_count ? WAY_LOAD : WAY_STORE;
    }
    return WAY_RULE;
}

static way way_of(const walk *w, int number, step *s)
{
    const wasm_row *row = &wasm_rows[number];
    if (row->feature != WASM_NO_FEATURE && !has_feature(w->module, UINT64_C(1) << row->feature)) {
        return WAY_REFUSED;
    }
    switch (number) {
    case WASM_ROW_local_get:
        return WAY_LOCAL_GET;
    case WASM_ROW_local_set:
        return WAY_LOCAL_SET;
    case WASM_ROW_local_tee:
        return WAY_LOCAL_TEE;
    case WASM_ROW_global_get:
        return WAY_GLOBAL_GET;
    case WASM_ROW_global_set:
        return WAY_GLOBAL_SET;
    case WASM_ROW_i32_const:
        return WAY_I32_CONST;
    case WASM_ROW_i64_const:
        return WAY_I64_CONST;
    case WASM_ROW_block:
        return WAY_BLOCK;
    case WASM_ROW_loop:
        return WAY_LOOP;
    case WASM_ROW_if:
        return WAY_IF;
    case WASM_ROW_end:
        return WAY_END;
    case WASM_ROW_br:
        return WAY_BR;
    case WASM_ROW_br_if:
        return WAY_BR_IF;
    case WASM_ROW_call:
        return WAY_CALL;
    case WASM_ROW_drop:
        return WAY_DROP;
    case WASM_ROW_select:
        return WAY_SELECT;
    case WASM_ROW_nop:
        return WAY_NOP;
    case WASM_ROW_unreachable:
        return WAY_UNREACHABLE;
    default:
        return row->has_words ? way_of_words(row, s) : WAY_RULE;
    }
}

static void fill_steps(walk *w)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        int number = wasm_single[byte];
        step *s = &w->steps[byte];
        s->row = (int16_t)number;
        if (number >= 0) {
            s->way = (uint8_t)way_of(w, number, s);
        } else {
            s->way = WAY_PREFIX;
        }
    }
}

/* Locals */

/* Append *count* locals of type *t*; neighbours of one type are one run. */
static bool add_run(walk *w, uint64_t count, wasm_valtype t)
{
    uint64_t end = w->local_count + count;
    if (end > w->module->most_locals || end > UINT32_MAX) {
        return false;
    }
    if (w->run_count && w->runs[w->run_count - 1].type == t) {
        w->runs[w->run_count - 1].end = (uint32_t)end;
    } else if (count) {
        if (w->run_count == w->run_room) {
            size_t room = 2 * w->run_room + 64;
            run *larger = wasm_resize(w->runs, room, sizeof *larger);
            if (!larger) {
                w->status = NO_MEMORY;
                return false;
            }
            w->runs = larger;
            w->run_room = room;
        }
        w->runs[w->run_count++] = (run){(uint32_t)end, t};
    }
    w->local_count = (uint32_t)end;
    return true;
}

static bool expand_locals(walk *w, uint32_t size)
{
    uint64_t most = (uint64_t)LOCALS_PER_BYTE * size;
    uint32_t x = 0;
    if (most < ALWAYS_EXPANDED) {
        most = ALWAYS_EXPANDED;
    }
    w->expanded = w->local_count < most ? w->local_count : (uint32_t)most;
    if (w->expanded > w->local_room) {
        wasm_valtype *larger = wasm_resize(w->locals, w->expanded, sizeof *larger);
        if (!larger) {
            w->status = NO_MEMORY;
            return false;
        }
        w->locals = larger;
        w->local_room = w->expanded;
    }
    for (size_t at = 0; at < w->run_count && x < w->expanded; at++) {
        while (x < w->runs[at].end && x < w->expanded) {
            w->locals[x++] = w->runs[at].type;
        }
    }
    return true;
}

/* Parameters and declared locals. The place is at the beginning of the entry, and behind the declarations afterwards. */
static bool read_locals(walk *w, const wasm_type *type, uint32_t size)
{
    uint32_t count;
    uint64_t declared = 0;
    w->run_count = 0;
    w->local_count = 0;
    w->some_unset = false;
    for (uint32_t x = 0; x < type->param_count; x++) {
        if (!add_run(w, 1, type->params[x])) {
            return false;
        }
    }
    w->param_count = type->param_count;
    if (!read_u32(w, &count)) {
        return false;
    }
    for (; count > 0; count--) {
        uint32_t length;
        wasm_valtype t;
        if (!read_u32(w, &length) || !read_valtype(w, &t)) {
            return false;
        }
        declared += length;
        if (declared > UINT32_MAX || (length && !check_valtype(w->module, t)) || !add_run(w, length, t)) {
            return false;
        }
        w->some_unset = w->some_unset || (length && !has_default(t));
    }
    return expand_locals(w, size);
}

/* The walk */

/* Each way ends in NEXT. Compilers that can jump to an address jump from the end of each way to the next one, which processors
   foretell better than one jump for all; the others go round a switch. */
#if defined(__GNUC__)
#define WAY(name) take_##name:
#define DISPATCH goto *labels[s->way]
#else
#define WAY(name) case WAY_##name:
#define DISPATCH goto again
#endif

#define NEXT                    \
    do {                        \
        if (p >= end) {         \
            return false;       \
        }                       \
        start = p;              \
        s = &w->steps[*p++];    \
        DISPATCH;               \
    } while (0)

/* An index of one byte, or of two. */
#define READ_INDEX(x)                   \
    do {                                \
        x = *p++;                       \
        if (x >= 0x80) {                \
            uint32_t high = *p++;       \
            if (high >= 0x80) {         \
                goto slow;              \
            }                           \
            x = (x & 0x7F) | high << 7; \
        }                               \
    } while (0)

/* How many bytes the number at *p* has, if it has at most eight; else a larger figure. Lengths vary, and a processor that guesses
   them wrong loses more time than eight bytes take to look at. */
static inline size_t length_of_number(const uint8_t *p, const uint8_t *end)
{
    size_t length = 0;
#if defined(__GNUC__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (end - p >= 8) {
        uint64_t bytes;
        memcpy(&bytes, p, sizeof bytes);
        bytes = ~bytes & UINT64_C(0x8080808080808080);
        return bytes ? ((size_t)__builtin_ctzll(bytes) >> 3) + 1 : 9;
    }
#endif
    while (length < 8 && p + length < end) {
        if (p[length++] < 0x80) {
            return length;
        }
    }
    return 9;
}

/* Behind an alignment: an offset that fits 28 bits. */
#define SKIP_OFFSET                                \
    do {                                           \
        size_t length = length_of_number(p, end);  \
        if (length > 4) {                          \
            goto slow;                             \
        }                                          \
        p += length;                               \
    } while (0)

/* From behind the declared locals to the end of the outermost block. The last byte is an end, which is no part of a longer number:
   whoever reads one number behind an opcode stays inside. */
static bool walk_instructions(walk *w)
{
#if defined(__GNUC__)
#define LABEL(name) [WAY_##name] = &&take_##name
    static const void *const labels[] = {
        LABEL(RULE),      LABEL(REFUSED),   LABEL(PREFIX), LABEL(LOCAL_GET), LABEL(LOCAL_SET), LABEL(LOCAL_TEE), LABEL(I32_CONST),
        LABEL(I64_CONST), LABEL(UNARY),     LABEL(BINARY), LABEL(LOAD),      LABEL(STORE),     LABEL(BLOCK),     LABEL(LOOP),
        LABEL(IF),        LABEL(END),       LABEL(BR),     LABEL(BR_IF),     LABEL(CALL),      LABEL(DROP),      LABEL(SELECT),
        LABEL(NOP),       LABEL(GLOBAL_GET), LABEL(GLOBAL_SET), LABEL(UNREACHABLE),
    };
#undef LABEL
#endif
    const wasm_module *const module = w->module;
    const uint8_t *const end = w->end;
    const wasm_valtype *const locals = w->locals;
    const uint32_t readable = w->some_unset ? 0 : w->expanded;
    const wasm_valtype address = module->memory_count ? wasm_address_type(module->memories[0].is_64) : NO_TYPE;
    const uint8_t *p = w->p, *start;
    wasm_valtype *top = w->top;
    const step *s;
    uint32_t x;

    NEXT;
#if !defined(__GNUC__)
again:
    switch ((way)s->way) {
#endif
    WAY(LOCAL_GET)
    {
        READ_INDEX(x);
        if (x >= readable) {
            goto slow;
        }
        *top++ = locals[x];
        NEXT;
    }
    WAY(LOCAL_SET)
    {
        READ_INDEX(x);
        if (x >= readable || top[-1] != locals[x]) {
            goto slow;
        }
        top--;
        NEXT;
    }
    WAY(LOCAL_TEE)
    {
        READ_INDEX(x);
        if (x >= readable || top[-1] != locals[x]) {
            goto slow;
        }
        NEXT;
    }
    WAY(I32_CONST)
    {
        size_t length = length_of_number(p, end);
        if (length > 4) {
            goto slow;
        }
        p += length;
        *top++ = WASM_I32;
        NEXT;
    }
    WAY(I64_CONST)
    {
        size_t length = length_of_number(p, end);
        if (length > 8) {
            goto slow;
        }
        p += length;
        *top++ = WASM_I64;
        NEXT;
    }
    WAY(UNARY)
    {
        if (top[-1] != s->left) {
            goto slow;
        }
        top[-1] = s->result;
        NEXT;
    }
    WAY(BINARY)
    {
        if (top[-1] != s->right || top[-2] != s->left) {
            goto slow;
        }
        top--;
        top[-1] = s->result;
        NEXT;
    }
    WAY(LOAD)
    {
        if (*p++ > s->align || top[-1] != address) {
            goto slow;
        }
        SKIP_OFFSET;
        top[-1] = s->left;
        NEXT;
    }
    WAY(STORE)
    {
        if (*p++ > s->align || top[-1] != s->left || top[-2] != address) {
            goto slow;
        }
        SKIP_OFFSET;
        top -= 2;
        NEXT;
    }
    WAY(BLOCK)
    WAY(LOOP)
    WAY(IF)
    {
        const uint8_t byte = *p++;
        frame *f;
        if ((byte != 0x40 && (byte < WASM_F64 || byte > WASM_I32)) || w->frame_count >= w->frame_room ||
            w->frame_count > module->most_nesting) {
            goto slow;
        }
        if (s->way == WAY_IF) {
            if (top[-1] != WASM_I32) {
                goto slow;
            }
            top--;
        }
        f = &w->frames[w->frame_count++];
        *f = (frame){
            .result_count = byte != 0x40,
            .single = byte,
            .height = (size_t)(top - w->operands),
            .inits = w->init_count,
            .kind = s->way == WAY_IF ? IS_IF : s->way == WAY_LOOP ? IS_LOOP : IS_BLOCK,
        };
        *top++ = FLOOR;
        NEXT;
    }
    WAY(END)
    {
        const frame *f = &w->frames[w->frame_count - 1];
        size_t height = (size_t)(top - w->operands) - 1;
        if (w->some_unset || f->kind == IS_IF || w->frame_count == 1) {
            goto slow;
        }
        if (f->result_count == 0 && height == f->height) {
            top--;
        } else if (f->result_count == 1 && height == f->height + 1 && top[-1] == *results_of(f).types) {
            top--;
            top[-1] = top[0];
        } else {
            goto slow;
        }
        w->frame_count--;
        NEXT;
    }
    WAY(BR)
    {
        const frame *f = &w->frames[w->frame_count - 1];
        READ_INDEX(x);
        if (x >= w->frame_count || label_of(f - x).count) {
            goto slow;
        }
        top = w->operands + f->height;
        *top++ = ABYSS;
        NEXT;
    }
    WAY(BR_IF)
    {
        READ_INDEX(x);
        if (x >= w->frame_count || top[-1] != WASM_I32 || label_of(&w->frames[w->frame_count - 1 - x]).count) {
            goto slow;
        }
        top--;
        NEXT;
    }
    WAY(CALL)
    {
        const wasm_type *type;
        const wasm_valtype *wanted;
        READ_INDEX(x);
        if (x >= module->function_count) {
            return false;
        }
        type = wasm_function_type(module, x);
        wanted = type->params + type->param_count;
        for (const wasm_valtype *given = top; wanted != type->params;) {
            if (*--given != *--wanted) {
                goto slow;
            }
        }
        if (type->result_count > 1) {
            goto slow;
        }
        top -= type->param_count;
        if (type->result_count) {
            *top++ = type->results[0];
        }
        NEXT;
    }
    WAY(DROP)
    {
        if (top[-1] == FLOOR || top[-1] == ABYSS) {
            goto slow;
        }
        top--;
        NEXT;
    }
    WAY(SELECT)
    {
        if (top[-1] != WASM_I32 || top[-2] != top[-3] || top[-2] < WASM_V128 || top[-2] > WASM_I32) {
            goto slow;
        }
        top -= 2;
        NEXT;
    }
    WAY(NOP)
    {
        NEXT;
    }
    WAY(GLOBAL_GET)
    {
        READ_INDEX(x);
        if (x >= module->global_count) {
            return false;
        }
        *top++ = module->globals[x].valtype;
        NEXT;
    }
    WAY(GLOBAL_SET)
    {
        READ_INDEX(x);
        if (x >= module->global_count || !module->globals[x].is_mutable) {
            return false;
        }
        if (top[-1] != module->globals[x].valtype) {
            goto slow;
        }
        top--;
        NEXT;
    }
    WAY(UNREACHABLE)
    {
        top = w->operands + w->frames[w->frame_count - 1].height;
        *top++ = ABYSS;
        NEXT;
    }
    WAY(REFUSED)
    {
        return false;
    }
    WAY(RULE)
    WAY(PREFIX)
    {
        goto slow;
    }
#if !defined(__GNUC__)
    }
#endif
slow:
    w->p = start + 1;
    w->top = top;
    if (s->way == WAY_PREFIX ? !take_prefixed(w, *start) : !take(w, s->row)) {
        return false;
    }
    if (w->frame_count == 0) {
        return w->p == end;
    }
    p = w->p;
    top = w->top;
    NEXT;
}

/* Whether the body of *function* is accepted. */
static bool check_function(walk *w, const wasm_function *function)
{
    const wasm_module *module = w->module;
    const wasm_type *type = &module->types[function->type];
    w->p = module->source + function->offset;
    w->end = w->p + function->size;
    w->frame_count = 0;
    w->top = w->operands;
    if (function->size == 0 || function->size > module->most_body_bytes || w->end[-1] != 0x0B) {
        return false;
    }
    if (!read_locals(w, type, function->size) || !grow_operands(w, BOTTOM + 1)) {
        return false;
    }
    for (unsigned x = 0; x < BOTTOM; x++) {
        push(w, FLOOR);
    }
    return enter(w, IS_BLOCK, (types){0}, type_results(type), 0) && walk_instructions(w);
}

static void forget_all(walk *w)
{
    while (w->init_count) {
        w->is_set[w->inits[--w->init_count]] = 0;
    }
}

int wasm_validate(const wasm_module *module, uint32_t first, uint32_t count, uint32_t *reached)
{
    walk w = {0};
    const uint32_t last = module->function_count - module->imported_function_count;
    w.module = module;
    fill_steps(&w);
    for (*reached = first; w.status == PASSED && *reached < last && *reached - first < count; ++*reached) {
        if (!check_function(&w, &module->functions[module->imported_function_count + *reached])) {
            w.status = w.status ? w.status : REFUSED;
            break;
        }
        forget_all(&w);
    }
    wasm_release(w.operands);
    wasm_release(w.frames);
    wasm_release(w.locals);
    wasm_release(w.runs);
    wasm_release(w.is_set);
    wasm_release(w.inits);
    return w.status;
}
