/* Operand and control stacks of the validator, and the types that stand in bodies.

   Lives here: the long ways of pushing and popping, blocks that open and close, value types read and checked.
   Not here: the shapes of the stacks and the short ways (validate.h).

   spec: appendix/algorithm */

#include "validate.h"

#include "allocate.h"

/* Operands */

/* See to it that there is room for *more* operands besides those that the rest of the body may push one by one. */
bool grow_operands(walk *w, size_t more)
{
    enum { SLACK = 64 };
    size_t used = (size_t)(w->top - w->operands);
    size_t needed = used + more + (size_t)(w->end - w->p) + SLACK;
    wasm_valtype *larger;
    if (needed <= w->operand_room) {
        return true;
    }
    needed += needed / 2;
    larger = wasm_resize(w->operands, needed, sizeof *larger);
    if (!larger) {
        w->status = NO_MEMORY;
        return false;
    }
    w->operands = larger;
    w->operand_room = needed;
    w->top = larger + used;
    return true;
}

/* Take the top of the stack, which must match, and tell what it was: WASM_BOT when unreachable code has nothing left. */
bool pop_slowly(walk *w, wasm_valtype wanted, wasm_valtype *given)
{
    *given = w->top[-1];
    if (*given == ABYSS) {
        *given = WASM_BOT;
        return true;
    }
    if (*given == FLOOR || !wasm_matches(w->module, *given, wanted)) {
        return false;
    }
    w->top--;
    return true;
}

/* Whether the top of the stack matches; changes nothing. */
bool check_types(walk *w, types wanted)
{
    const wasm_valtype *top = w->top;
    for (uint32_t x = wanted.count; x-- > 0;) {
        wasm_valtype given = *--top;
        if (given == ABYSS) {
            return true;
        }
        if (given != wanted.types[x] && (given == FLOOR || !wasm_matches(w->module, given, wanted.types[x]))) {
            return false;
        }
    }
    return true;
}

bool pop_all(walk *w, types wanted)
{
    if (!check_types(w, wanted)) {
        return false;
    }
    for (uint32_t x = wanted.count; x > 0 && w->top[-1] != ABYSS; x--) {
        w->top--;
    }
    return true;
}

bool push_all(walk *w, types given)
{
    if (given.count > 1) {
        if ((uint64_t)(w->top - w->operands) + given.count > w->module->most_operands || !grow_operands(w, given.count)) {
            return false;
        }
    }
    for (uint32_t x = 0; x < given.count; x++) {
        push(w, given.types[x]);
    }
    return true;
}

/* Pop and push: what lies there has from now on these types, and no more precise ones. */
bool retype(walk *w, types wanted)
{
    const wasm_valtype *top = w->top;
    uint32_t x = wanted.count;
    while (x > 0 && top[-1] == wanted.types[x - 1]) {
        x--;
        top--;
    }
    return x == 0 || (pop_all(w, wanted) && push_all(w, wanted));
}

/* Whether there are as many of both, and they match one by one. */
bool types_match(const wasm_module *module, types given, types wanted)
{
    if (given.count != wanted.count) {
        return false;
    }
    for (uint32_t x = 0; x < given.count; x++) {
        if (!wasm_matches(module, given.types[x], wanted.types[x])) {
            return false;
        }
    }
    return true;
}

/* Blocks */

/* Open a block. Its parameters have been popped; they are pushed above its floor. *single* is its result when results.types is NULL. */
bool enter(walk *w, frame_kind kind, types params, types results, wasm_valtype single)
{
    frame *f;
    if (w->frame_count > w->module->most_nesting) {
        return false;
    }
    if (w->frame_count == w->frame_room) {
        size_t room = 2 * w->frame_room + 64;
        frame *larger = wasm_resize(w->frames, room, sizeof *larger);
        if (!larger) {
            w->status = NO_MEMORY;
            return false;
        }
        w->frames = larger;
        w->frame_room = room;
    }
    f = &w->frames[w->frame_count++];
    *f = (frame){
        .params = params.types,
        .results = results.types,
        .param_count = params.count,
        .result_count = results.count,
        .single = single,
        .height = (size_t)(w->top - w->operands),
        .inits = w->init_count,
        .kind = kind,
    };
    push(w, FLOOR);
    return push_all(w, params);
}

/* Close the innermost block: its results must be all that lies above its floor; they are popped, as is the floor. */
bool leave(walk *w, frame *left)
{
    *left = w->frames[w->frame_count - 1];
    if (!pop_all(w, results_of(left)) || w->top != w->operands + left->height + 1) {
        return false;
    }
    w->top--;
    w->frame_count--;
    while (w->init_count > left->inits) {
        w->is_set[w->inits[--w->init_count]] = 0;
    }
    return true;
}

/* Types in bodies */

static bool read_named(uint8_t byte, wasm_valtype *t)
{
    if (byte < WASM_HEAP_EXN || byte > WASM_HEAP_NOEXN) {
        return false;
    }
    *t = WASM_NAMED_REF(byte);
    return true;
}

/* A heap type, as the reference to it without null. An index of no type becomes one that check_valtype refuses. */
bool read_heap(walk *w, wasm_valtype *t)
{
    enum { EXACT = 0x62 };
    int64_t x;
    const uint8_t *p;
    bool exact;
    if (w->p < w->end && read_named(*w->p, t)) {
        w->p++;
        return true;
    }
    exact = w->p < w->end && *w->p == EXACT;
    w->p += exact;
    p = wasm_read_signed(w->p, w->end, 33, &x);
    if (!p || x < 0) {
        return false;
    }
    w->p = p;
    *t = index_ref(x < (int64_t)w->module->type_count ? (uint32_t)x : WASM_HEAP, false) | (exact ? WASM_EXACT : 0);
    return true;
}

bool read_valtype(walk *w, wasm_valtype *t)
{
    enum { REF = 0x64, REF_NULL = 0x63 };
    uint8_t byte;
    if (!read_byte(w, &byte)) {
        return false;
    }
    if (byte >= WASM_V128 && byte <= WASM_I32) {
        *t = byte;
        return true;
    }
    if (byte == REF || byte == REF_NULL) {
        if (!read_heap(w, t)) {
            return false;
        }
    } else if (!read_named(byte, t)) {
        return false;
    }
    *t |= byte == REF ? 0 : WASM_NULLABLE;
    return true;
}

/* Whether a value type is well-formed, and needs no feature that is off. */
bool check_valtype(const wasm_module *module, wasm_valtype t)
{
    if (!wasm_is_ref(t)) {
        return t != WASM_V128 || has_feature(module, WASM_FEATURE_SIMD);
    }
    if (!(t & WASM_NULLABLE) && !has_feature(module, WASM_FEATURE_FUNCTION_REFERENCES)) {
        return false;
    }
    if (t & WASM_EXACT && !has_feature(module, WASM_FEATURE_CUSTOM_DESCRIPTORS)) {
        return false;
    }
    if (!(t & WASM_NAMED)) {
        return (t & WASM_HEAP) < module->type_count && has_feature(module, WASM_FEATURE_FUNCTION_REFERENCES);
    }
    switch (t & WASM_HEAP) {
    case WASM_HEAP_FUNC:
    case WASM_HEAP_EXTERN:
        return has_feature(module, WASM_FEATURE_REFERENCE_TYPES);
    case WASM_HEAP_EXN:
    case WASM_HEAP_NOEXN:
        return has_feature(module, WASM_FEATURE_EXCEPTIONS);
    default:
        return has_feature(module, WASM_FEATURE_GC);
    }
}
