/* Rules: blocks, branches, calls, exceptions, select, and the long way of locals and globals.

   Lives here: the rules of pywasm_vm/validation/control.py.
   Not here: the short cuts for the most frequent of them (validate.c), which come here when they do not fit.

   spec: valid/instructions, control, parametric and variable instructions */

#include "validate.h"

#include "allocate.h"

static const types NOTHING = {0};

/* Blocks */

typedef struct {
    types params;
    types results; /* .types is NULL when the one result is single */
    wasm_valtype single;
} blocktype;

static bool read_blocktype(walk *w, blocktype *block)
{
    int64_t x;
    const wasm_type *type;
    const uint8_t *p;
    *block = (blocktype){0};
    if (w->p >= w->end) {
        return false;
    }
    if (*w->p == 0x40) {
        w->p++;
        return true;
    }
    /* A negative number of one byte names a value type. */
    if (*w->p >= 0x40 && *w->p < 0x80) {
        block->results.count = 1;
        return read_valtype(w, &block->single) && check_valtype(w->module, block->single);
    }
    p = wasm_read_signed(w->p, w->end, 33, &x);
    if (!p || x < 0 || x >= (int64_t)w->module->type_count || !has_feature(w->module, WASM_FEATURE_MULTI_VALUE)) {
        return false;
    }
    w->p = p;
    type = function_type(w->module, (uint32_t)x);
    if (!type) {
        return false;
    }
    block->params = params_of(type);
    block->results = type_results(type);
    return true;
}

static bool open_block(walk *w, frame_kind kind)
{
    blocktype block;
    return read_blocktype(w, &block) && (kind != IS_IF || pop(w, WASM_I32)) && pop_all(w, block.params) &&
           enter(w, kind, block.params, block.results, block.single);
}

/* The innermost block ends, and one of another kind takes its place, with the same results. */
static bool continue_block(walk *w, frame_kind kind, types params)
{
    frame left;
    return leave(w, &left) && enter(w, kind, params, (types){left.results, left.result_count}, left.single);
}

static bool else_(walk *w)
{
    const frame *f = frame_of(w, 0);
    return f->kind == IS_IF && continue_block(w, IS_ELSE, (types){f->params, f->param_count});
}

static bool end(walk *w)
{
    frame left;
    if (!leave(w, &left)) {
        return false;
    }
    if (left.kind == IS_IF && !types_match(w->module, (types){left.params, left.param_count}, results_of(&left))) {
        return false;
    }
    return push_all(w, results_of(&left));
}

/* Branches */

static bool read_label(walk *w, types *label)
{
    uint32_t x;
    frame *f;
    if (!read_u32(w, &x) || !(f = frame_of(w, x))) {
        return false;
    }
    *label = label_of(f);
    return true;
}

static bool br(walk *w)
{
    types label;
    if (!read_label(w, &label) || !pop_all(w, label)) {
        return false;
    }
    unreachable(w);
    return true;
}

static bool br_if(walk *w)
{
    types label;
    return read_label(w, &label) && pop(w, WASM_I32) && retype(w, label);
}

/* Every block is looked at once, however often it stands in the list; the default stands last. */
static bool br_table(walk *w)
{
    uint32_t count, x, arity = 0;
    types seen = NOTHING;
    if (!read_u32(w, &count) || count >= (size_t)(w->end - w->p) || !pop(w, WASM_I32)) {
        return false;
    }
    w->number++;
    for (uint64_t left = (uint64_t)count + 1; left > 0; left--) {
        frame *f;
        if (!read_u32(w, &x) || !(f = frame_of(w, x))) {
            return false;
        }
        if (f->looked_at != w->number) {
            types label = label_of(f);
            bool is_first = left == (uint64_t)count + 1;
            f->looked_at = w->number;
            if (is_first) {
                arity = label.count;
            }
            if (label.count != arity || ((is_first || label.types != seen.types) && !check_types(w, label))) {
                return false;
            }
            seen = label;
        }
    }
    unreachable(w);
    return true;
}

static bool return_(walk *w)
{
    if (!pop_all(w, results_of(&w->frames[0]))) {
        return false;
    }
    unreachable(w);
    return true;
}

static bool br_on_null(walk *w)
{
    types label;
    wasm_valtype given;
    if (!read_label(w, &label) || !pop_ref(w, &given) || !retype(w, label)) {
        return false;
    }
    push(w, given & ~WASM_NULLABLE);
    return true;
}

static bool br_on_non_null(walk *w)
{
    types label;
    wasm_valtype given;
    if (!read_label(w, &label) || !pop_ref(w, &given)) {
        return false;
    }
    push(w, given & ~WASM_NULLABLE);
    if (!pop_all(w, label) || label.count == 0 || !wasm_is_ref(label.types[label.count - 1])) {
        return false;
    }
    label.count--;
    return push_all(w, label);
}

/* What a reference of type *source* is when it was found not to be of type *target*. */
static wasm_valtype difference(wasm_valtype source, wasm_valtype target)
{
    return target & WASM_NULLABLE ? source & ~WASM_NULLABLE : source;
}

/* Whether a reference of type *source* may be tried for *target*. Custom descriptors let it be any of their hierarchy. */
static bool may_be_tried(const wasm_module *module, wasm_valtype source, wasm_valtype target)
{
    if (has_feature(module, WASM_FEATURE_CUSTOM_DESCRIPTORS)) {
        return wasm_top_of(module, source) == wasm_top_of(module, target);
    }
    return wasm_matches(module, target, source);
}

static bool br_on_cast(walk *w, bool fails, bool by_descriptor)
{
    types label;
    uint8_t flags;
    wasm_valtype source, target, rest;
    if (!read_byte(w, &flags) || flags > 3 || !read_label(w, &label) || !read_heap(w, &source) || !read_heap(w, &target)) {
        return false;
    }
    source |= flags & 1 ? WASM_NULLABLE : 0;
    target |= flags & 2 ? WASM_NULLABLE : 0;
    if (!check_valtype(w->module, source) || !check_valtype(w->module, target) ||
        (by_descriptor && !pop_descriptor_of(w, target)) || !may_be_tried(w->module, source, target) || !pop(w, source)) {
        return false;
    }
    rest = difference(source, target);
    push(w, fails ? rest : target);
    if (!pop_all(w, label) || label.count == 0) {
        return false;
    }
    label.count--;
    if (!push_all(w, label)) {
        return false;
    }
    push(w, fails ? target : rest);
    return true;
}

/* Calls */

static bool read_function(walk *w, const wasm_type **type)
{
    uint32_t x;
    if (!read_u32(w, &x) || x >= w->module->function_count) {
        return false;
    }
    *type = wasm_function_type(w->module, x);
    return true;
}

/* The type and the table of an indirect call; takes the index of the element. */
static bool read_indirect(walk *w, const wasm_type **type)
{
    uint32_t x;
    const wasm_table *table;
    return read_function_type(w, &x, type) && read_table(w, &table) && wasm_matches(w->module, table->reftype, WASM_FUNCREF) &&
           pop(w, table_address(table));
}

/* The type of a call by reference; takes the reference. */
static bool read_referred(walk *w, const wasm_type **type)
{
    uint32_t x;
    return read_function_type(w, &x, type) && pop(w, index_ref(x, true));
}

static bool call_type(walk *w, const wasm_type *type)
{
    return pop_all(w, params_of(type)) && push_all(w, type_results(type));
}

static bool return_call_type(walk *w, const wasm_type *type)
{
    if (!types_match(w->module, type_results(type), results_of(&w->frames[0])) || !pop_all(w, params_of(type))) {
        return false;
    }
    unreachable(w);
    return true;
}

/* Exceptions */

static bool read_tag(walk *w, const wasm_type **type)
{
    uint32_t x;
    if (!read_u32(w, &x) || x >= w->module->tag_count) {
        return false;
    }
    *type = &w->module->types[w->module->tags[x]];
    return true;
}

static bool throw_(walk *w)
{
    const wasm_type *tag;
    if (!read_tag(w, &tag) || !pop_all(w, params_of(tag))) {
        return false;
    }
    unreachable(w);
    return true;
}

static bool throw_ref(walk *w)
{
    if (!pop(w, WASM_NAMED_REF(WASM_HEAP_EXN) | WASM_NULLABLE)) {
        return false;
    }
    unreachable(w);
    return true;
}

/* A clause of try_table: what it carries must fit the label, which is counted from outside of the block. */
static bool check_catch(walk *w)
{
    enum { WITH_REF = 1, FOR_ALL = 2 };
    uint8_t kind;
    const wasm_type *tag = NULL;
    types carried = NOTHING, label;
    if (!read_byte(w, &kind) || kind > (WITH_REF | FOR_ALL)) {
        return false;
    }
    if (!(kind & FOR_ALL)) {
        if (!read_tag(w, &tag)) {
            return false;
        }
        carried = params_of(tag);
    }
    if (!read_label(w, &label)) {
        return false;
    }
    if (kind & WITH_REF) {
        if (label.count == 0 || !wasm_matches(w->module, WASM_NAMED_REF(WASM_HEAP_EXN), label.types[label.count - 1])) {
            return false;
        }
        label.count--;
    }
    return types_match(w->module, carried, label);
}

static bool try_table(walk *w)
{
    blocktype block;
    uint32_t count;
    if (!read_blocktype(w, &block) || !read_u32(w, &count)) {
        return false;
    }
    for (; count > 0; count--) {
        if (!check_catch(w)) {
            return false;
        }
    }
    return pop_all(w, block.params) && enter(w, IS_BLOCK, block.params, block.results, block.single);
}

static bool is_handled(const frame *f)
{
    return f->kind == IS_TRY || f->kind == IS_CATCH;
}

static bool catch(walk *w)
{
    const wasm_type *tag;
    return read_tag(w, &tag) && is_handled(frame_of(w, 0)) && continue_block(w, IS_CATCH, params_of(tag));
}

static bool catch_all(walk *w)
{
    return is_handled(frame_of(w, 0)) && continue_block(w, IS_CATCH_ALL, NOTHING);
}

static bool delegate(walk *w)
{
    uint32_t x;
    frame left;
    return read_u32(w, &x) && frame_of(w, 0)->kind == IS_TRY && leave(w, &left) && frame_of(w, x) && push_all(w, results_of(&left));
}

static bool rethrow(walk *w)
{
    uint32_t x;
    const frame *f;
    if (!read_u32(w, &x) || !(f = frame_of(w, x)) || (f->kind != IS_CATCH && f->kind != IS_CATCH_ALL)) {
        return false;
    }
    unreachable(w);
    return true;
}

/* Parametric instructions */

static bool select_(walk *w)
{
    wasm_valtype first, second;
    if (!pop(w, WASM_I32) || !pop_any(w, &second) || !pop_any(w, &first) || wasm_is_ref(first) || wasm_is_ref(second)) {
        return false;
    }
    if (first != second && first != WASM_BOT && second != WASM_BOT) {
        return false;
    }
    push(w, first == WASM_BOT ? second : first);
    return true;
}

static bool select_t(walk *w)
{
    uint32_t count;
    wasm_valtype t;
    if (!read_u32(w, &count) || count != 1 || !read_valtype(w, &t) || !check_valtype(w->module, t) || !pop(w, WASM_I32) ||
        !pop(w, t) || !pop(w, t)) {
        return false;
    }
    push(w, t);
    return true;
}

static bool drop(walk *w)
{
    wasm_valtype given;
    return pop_any(w, &given);
}

/* Variable instructions */

/* The type of a declared local, which may stand in a run that was not expanded. */
static wasm_valtype type_of_local(const walk *w, uint32_t x)
{
    size_t low = 0, high = w->run_count;
    if (x < w->expanded) {
        return w->locals[x];
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (w->runs[middle].end > x) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return w->runs[low].type;
}

static bool read_local(walk *w, uint32_t *x, wasm_valtype *t)
{
    if (!read_u32(w, x) || *x >= w->local_count) {
        return false;
    }
    *t = type_of_local(w, *x);
    return true;
}

static bool is_readable(const walk *w, uint32_t x, wasm_valtype t)
{
    return has_default(t) || x < w->param_count || (x < w->is_set_room && w->is_set[x]);
}

/* Record that a local without a default has a value from here to the end of the block. */
static bool initialise(walk *w, uint32_t x, wasm_valtype t)
{
    if (is_readable(w, x, t)) {
        return true;
    }
    if (x >= w->is_set_room) {
        size_t room = (size_t)x + x / 2 + 64;
        uint8_t *larger = wasm_resize(w->is_set, room, 1);
        if (!larger) {
            w->status = NO_MEMORY;
            return false;
        }
        for (size_t at = w->is_set_room; at < room; at++) {
            larger[at] = 0;
        }
        w->is_set = larger;
        w->is_set_room = room;
    }
    if (w->init_count == w->init_room) {
        size_t room = 2 * w->init_room + 64;
        uint32_t *larger = wasm_resize(w->inits, room, sizeof *larger);
        if (!larger) {
            w->status = NO_MEMORY;
            return false;
        }
        w->inits = larger;
        w->init_room = room;
    }
    w->is_set[x] = 1;
    w->inits[w->init_count++] = x;
    return true;
}

static bool local_get(walk *w)
{
    uint32_t x;
    wasm_valtype t;
    if (!read_local(w, &x, &t) || !is_readable(w, x, t)) {
        return false;
    }
    push(w, t);
    return true;
}

static bool local_set(walk *w)
{
    uint32_t x;
    wasm_valtype t;
    return read_local(w, &x, &t) && pop(w, t) && initialise(w, x, t);
}

static bool local_tee(walk *w)
{
    uint32_t x;
    wasm_valtype t;
    if (!read_local(w, &x, &t) || !pop(w, t) || !initialise(w, x, t)) {
        return false;
    }
    push(w, t);
    return true;
}

static bool read_global(walk *w, const wasm_global **global)
{
    uint32_t x;
    if (!read_u32(w, &x) || x >= w->module->global_count) {
        return false;
    }
    *global = &w->module->globals[x];
    return true;
}

static bool global_get(walk *w)
{
    const wasm_global *global;
    if (!read_global(w, &global)) {
        return false;
    }
    push(w, global->valtype);
    return true;
}

static bool global_set(walk *w)
{
    const wasm_global *global;
    return read_global(w, &global) && global->is_mutable && pop(w, global->valtype);
}

int take_control(walk *w, int row)
{
    const wasm_type *type;
    switch (row) {
    case WASM_ROW_unreachable:
        unreachable(w);
        return true;
    case WASM_ROW_block:
        return open_block(w, IS_BLOCK);
    case WASM_ROW_loop:
        return open_block(w, IS_LOOP);
    case WASM_ROW_if:
        return open_block(w, IS_IF);
    case WASM_ROW_else:
        return else_(w);
    case WASM_ROW_end:
        return end(w);
    case WASM_ROW_br:
        return br(w);
    case WASM_ROW_br_if:
        return br_if(w);
    case WASM_ROW_br_table:
        return br_table(w);
    case WASM_ROW_return:
        return return_(w);
    case WASM_ROW_br_on_null:
        return br_on_null(w);
    case WASM_ROW_br_on_non_null:
        return br_on_non_null(w);
    case WASM_ROW_br_on_cast:
        return br_on_cast(w, false, false);
    case WASM_ROW_br_on_cast_fail:
        return br_on_cast(w, true, false);
    case WASM_ROW_br_on_cast_desc_eq:
        return br_on_cast(w, false, true);
    case WASM_ROW_br_on_cast_desc_eq_fail:
        return br_on_cast(w, true, true);
    case WASM_ROW_call:
        return read_function(w, &type) && call_type(w, type);
    case WASM_ROW_call_indirect:
        return read_indirect(w, &type) && call_type(w, type);
    case WASM_ROW_call_ref:
        return read_referred(w, &type) && call_type(w, type);
    case WASM_ROW_return_call:
        return read_function(w, &type) && return_call_type(w, type);
    case WASM_ROW_return_call_indirect:
        return read_indirect(w, &type) && return_call_type(w, type);
    case WASM_ROW_return_call_ref:
        return read_referred(w, &type) && return_call_type(w, type);
    case WASM_ROW_throw:
        return throw_(w);
    case WASM_ROW_throw_ref:
        return throw_ref(w);
    case WASM_ROW_try_table:
        return try_table(w);
    case WASM_ROW_try:
        return open_block(w, IS_TRY);
    case WASM_ROW_catch:
        return catch(w);
    case WASM_ROW_catch_all:
        return catch_all(w);
    case WASM_ROW_delegate:
        return delegate(w);
    case WASM_ROW_rethrow:
        return rethrow(w);
    case WASM_ROW_drop:
        return drop(w);
    case WASM_ROW_select:
        return select_(w);
    case WASM_ROW_select_t:
        return select_t(w);
    case WASM_ROW_local_get:
        return local_get(w);
    case WASM_ROW_local_set:
        return local_set(w);
    case WASM_ROW_local_tee:
        return local_tee(w);
    case WASM_ROW_global_get:
        return global_get(w);
    case WASM_ROW_global_set:
        return global_set(w);
    default:
        return NOT_MINE;
    }
}
