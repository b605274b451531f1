/* Rules: references, structs, arrays, casts and conversions between the hierarchies.

   Lives here: the rules of pywasm_vm/validation/reference.py.
   Not here: branches on null and on casts (validate_control.c), and how reference types compare (module.c).

   spec: valid/instructions, reference and aggregate instructions */

#include "validate.h"

#define NULL_REF(heap) (WASM_NAMED_REF(heap) | WASM_NULLABLE)

static bool ref_null(walk *w)
{
    wasm_valtype t;
    if (!read_heap(w, &t) || !check_valtype(w->module, t | WASM_NULLABLE)) {
        return false;
    }
    push(w, t | WASM_NULLABLE);
    return true;
}

static bool ref_is_null(walk *w)
{
    wasm_valtype given;
    if (!pop_ref(w, &given)) {
        return false;
    }
    push(w, WASM_I32);
    return true;
}

static bool ref_as_non_null(walk *w)
{
    wasm_valtype given;
    if (!pop_ref(w, &given)) {
        return false;
    }
    push(w, given & ~WASM_NULLABLE);
    return true;
}

/* The type of a reference to what was just made with a type: exact, where exact types exist. */
static wasm_valtype made(const walk *w, uint32_t x)
{
    return index_ref(x, false) | (has_feature(w->module, WASM_FEATURE_CUSTOM_DESCRIPTORS) ? WASM_EXACT : 0);
}

static bool ref_func(walk *w)
{
    uint32_t x;
    const wasm_function *function;
    if (!read_u32(w, &x) || x >= w->module->function_count) {
        return false;
    }
    function = &w->module->functions[x];
    if (!function->is_declared) {
        return false;
    }
    push(w, function->is_exact ? made(w, function->type) : index_ref(function->type, false));
    return true;
}

/* Take what can be cast to the heap type that follows: anything of its hierarchy. *target is the reference to it, without null. */
static bool pop_castable(walk *w, wasm_valtype *target)
{
    return read_heap(w, target) && check_valtype(w->module, *target | WASM_NULLABLE) &&
           pop(w, NULL_REF(wasm_top_of(w->module, *target)));
}

static bool ref_test(walk *w)
{
    wasm_valtype target;
    if (!pop_castable(w, &target)) {
        return false;
    }
    push(w, WASM_I32);
    return true;
}

static bool ref_cast(walk *w, bool nullable)
{
    wasm_valtype target;
    if (!pop_castable(w, &target)) {
        return false;
    }
    push(w, nullable ? target | WASM_NULLABLE : target);
    return true;
}

/* Take the descriptor of what a reference may be cast to, whose heap type is *target*. */
bool pop_descriptor_of(walk *w, wasm_valtype target)
{
    uint32_t descriptor;
    if (target & WASM_NAMED || !check_valtype(w->module, target | WASM_NULLABLE)) {
        return false;
    }
    descriptor = w->module->types[target & WASM_HEAP].descriptor;
    return descriptor != WASM_NO_INDEX && pop(w, index_ref(descriptor, true) | (target & WASM_EXACT));
}

static bool ref_cast_desc_eq(walk *w, bool nullable)
{
    wasm_valtype target;
    if (!read_heap(w, &target) || !pop_descriptor_of(w, target) || !pop(w, NULL_REF(wasm_top_of(w->module, target)))) {
        return false;
    }
    push(w, nullable ? target | WASM_NULLABLE : target);
    return true;
}

static bool convert(walk *w, wasm_valtype from, wasm_valtype to)
{
    wasm_valtype given;
    if (!pop_slowly(w, from | WASM_NULLABLE, &given)) {
        return false;
    }
    push(w, to | (wasm_is_ref(given) ? given & WASM_NULLABLE : 0));
    return true;
}

static bool ref_i31(walk *w)
{
    if (!pop(w, WASM_I32)) {
        return false;
    }
    push(w, WASM_NAMED_REF(WASM_HEAP_I31));
    return true;
}

/* Structs and arrays */

static bool read_type(walk *w, uint32_t *x, uint8_t kind, const wasm_type **type)
{
    if (!read_u32(w, x) || *x >= w->module->type_count) {
        return false;
    }
    *type = &w->module->types[*x];
    return (*type)->kind == kind;
}

static bool read_field(walk *w, uint32_t *x, const wasm_field **field)
{
    const wasm_type *type;
    uint32_t y;
    if (!read_type(w, x, WASM_KIND_STRUCT, &type) || !read_u32(w, &y) || y >= type->field_count) {
        return false;
    }
    *field = &type->fields[y];
    return true;
}

static bool read_array(walk *w, uint32_t *x, const wasm_field **field)
{
    const wasm_type *type;
    if (!read_type(w, x, WASM_KIND_ARRAY, &type)) {
        return false;
    }
    *field = type->fields;
    return true;
}

static bool is_packed(const wasm_field *field)
{
    return field->storage == WASM_I8 || field->storage == WASM_I16;
}

static bool pop_aggregate(walk *w, uint32_t x)
{
    return pop(w, index_ref(x, true));
}

static bool push_aggregate(walk *w, uint32_t x)
{
    push(w, made(w, x));
    return true;
}

/* The struct type whose index follows; *described says whether its values must have a descriptor. */
static bool read_struct(walk *w, uint32_t *x, bool described, const wasm_type **type)
{
    return read_type(w, x, WASM_KIND_STRUCT, type) && ((*type)->descriptor != WASM_NO_INDEX) == described;
}

static bool pop_descriptor(walk *w, const wasm_type *type)
{
    return pop(w, index_ref(type->descriptor, true) | WASM_EXACT);
}

static bool struct_new(walk *w, bool described)
{
    const wasm_type *type;
    uint32_t x;
    if (!read_struct(w, &x, described, &type) || (described && !pop_descriptor(w, type))) {
        return false;
    }
    /* Unreachable code gives all that are still missing at once. */
    for (uint32_t y = type->field_count; y-- > 0 && w->top[-1] != ABYSS;) {
        if (!pop(w, wasm_unpacked(type->fields[y].storage))) {
            return false;
        }
    }
    return push_aggregate(w, x);
}

static bool struct_new_default(walk *w, bool described)
{
    const wasm_type *type;
    uint32_t x;
    if (!read_struct(w, &x, described, &type)) {
        return false;
    }
    for (uint32_t y = 0; y < type->field_count; y++) {
        if (!has_default(type->fields[y].storage)) {
            return false;
        }
    }
    return (!described || pop_descriptor(w, type)) && push_aggregate(w, x);
}

/* What describes a struct. Its type is known exactly if that of the struct is. */
static bool ref_get_desc(walk *w)
{
    wasm_valtype given;
    uint32_t x, descriptor;
    if (!read_u32(w, &x) || x >= w->module->type_count) {
        return false;
    }
    descriptor = w->module->types[x].descriptor;
    if (descriptor == WASM_NO_INDEX || !pop_slowly(w, index_ref(x, true), &given)) {
        return false;
    }
    push(w, index_ref(descriptor, false) | (wasm_matches(w->module, given, index_ref(x, true) | WASM_EXACT) ? WASM_EXACT : 0));
    return true;
}

static bool struct_get(walk *w, bool packed)
{
    const wasm_field *field;
    uint32_t x;
    if (!read_field(w, &x, &field) || is_packed(field) != packed || !pop_aggregate(w, x)) {
        return false;
    }
    push(w, wasm_unpacked(field->storage));
    return true;
}

static bool struct_set(walk *w)
{
    const wasm_field *field;
    uint32_t x;
    return read_field(w, &x, &field) && field->is_mutable && pop(w, wasm_unpacked(field->storage)) && pop_aggregate(w, x);
}

static bool array_new(walk *w)
{
    const wasm_field *field;
    uint32_t x;
    return read_array(w, &x, &field) && pop(w, WASM_I32) && pop(w, wasm_unpacked(field->storage)) && push_aggregate(w, x);
}

static bool array_new_default(walk *w)
{
    const wasm_field *field;
    uint32_t x;
    return read_array(w, &x, &field) && has_default(field->storage) && pop(w, WASM_I32) && push_aggregate(w, x);
}

static bool array_new_fixed(walk *w)
{
    const wasm_field *field;
    uint32_t x, count;
    if (!read_array(w, &x, &field) || !read_u32(w, &count) || count > w->module->most_array_operands) {
        return false;
    }
    for (; count > 0 && w->top[-1] != ABYSS; count--) {
        if (!pop(w, wasm_unpacked(field->storage))) {
            return false;
        }
    }
    return push_aggregate(w, x);
}

static bool array_new_data(walk *w)
{
    const wasm_field *field;
    uint32_t x;
    return read_array(w, &x, &field) && !wasm_is_ref(field->storage) && read_data(w) && pop(w, WASM_I32) && pop(w, WASM_I32) &&
           push_aggregate(w, x);
}

static bool array_new_elem(walk *w)
{
    const wasm_field *field;
    wasm_valtype given;
    uint32_t x;
    return read_array(w, &x, &field) && read_elem(w, &given) && wasm_matches(w->module, given, field->storage) &&
           pop(w, WASM_I32) && pop(w, WASM_I32) && push_aggregate(w, x);
}

static bool array_get(walk *w, bool packed)
{
    const wasm_field *field;
    uint32_t x;
    if (!read_array(w, &x, &field) || is_packed(field) != packed || !pop(w, WASM_I32) || !pop_aggregate(w, x)) {
        return false;
    }
    push(w, wasm_unpacked(field->storage));
    return true;
}

static bool array_set(walk *w)
{
    const wasm_field *field;
    uint32_t x;
    return read_array(w, &x, &field) && field->is_mutable && pop(w, wasm_unpacked(field->storage)) && pop(w, WASM_I32) &&
           pop_aggregate(w, x);
}

static bool array_fill(walk *w)
{
    const wasm_field *field;
    uint32_t x;
    return read_array(w, &x, &field) && field->is_mutable && pop(w, WASM_I32) && pop(w, wasm_unpacked(field->storage)) &&
           pop(w, WASM_I32) && pop_aggregate(w, x);
}

static bool array_copy(walk *w)
{
    const wasm_field *to, *from;
    uint32_t x, y;
    return read_array(w, &x, &to) && to->is_mutable && read_array(w, &y, &from) &&
           wasm_matches(w->module, from->storage, to->storage) && pop(w, WASM_I32) && pop(w, WASM_I32) && pop_aggregate(w, y) &&
           pop(w, WASM_I32) && pop_aggregate(w, x);
}

/* What array.init_data and array.init_elem take. */
static bool pop_init(walk *w, uint32_t x)
{
    return pop(w, WASM_I32) && pop(w, WASM_I32) && pop(w, WASM_I32) && pop_aggregate(w, x);
}

static bool array_init_data(walk *w)
{
    const wasm_field *field;
    uint32_t x;
    return read_array(w, &x, &field) && field->is_mutable && !wasm_is_ref(field->storage) && read_data(w) && pop_init(w, x);
}

static bool array_init_elem(walk *w)
{
    const wasm_field *field;
    wasm_valtype given;
    uint32_t x;
    return read_array(w, &x, &field) && field->is_mutable && read_elem(w, &given) &&
           wasm_matches(w->module, given, field->storage) && pop_init(w, x);
}

int take_reference(walk *w, int row)
{
    switch (row) {
    case WASM_ROW_ref_null:
        return ref_null(w);
    case WASM_ROW_ref_is_null:
        return ref_is_null(w);
    case WASM_ROW_ref_as_non_null:
        return ref_as_non_null(w);
    case WASM_ROW_ref_func:
        return ref_func(w);
    case WASM_ROW_ref_test:
    case WASM_ROW_ref_test_null:
        return ref_test(w);
    case WASM_ROW_ref_cast:
        return ref_cast(w, false);
    case WASM_ROW_ref_cast_null:
        return ref_cast(w, true);
    case WASM_ROW_any_convert_extern:
        return convert(w, WASM_NAMED_REF(WASM_HEAP_EXTERN), WASM_NAMED_REF(WASM_HEAP_ANY));
    case WASM_ROW_extern_convert_any:
        return convert(w, WASM_NAMED_REF(WASM_HEAP_ANY), WASM_NAMED_REF(WASM_HEAP_EXTERN));
    case WASM_ROW_ref_i31:
        return ref_i31(w);
    case WASM_ROW_struct_new:
        return struct_new(w, false);
    case WASM_ROW_struct_new_desc:
        return struct_new(w, true);
    case WASM_ROW_struct_new_default:
        return struct_new_default(w, false);
    case WASM_ROW_struct_new_default_desc:
        return struct_new_default(w, true);
    case WASM_ROW_ref_get_desc:
        return ref_get_desc(w);
    case WASM_ROW_ref_cast_desc_eq:
        return ref_cast_desc_eq(w, false);
    case WASM_ROW_ref_cast_desc_eq_null:
        return ref_cast_desc_eq(w, true);
    case WASM_ROW_struct_get:
        return struct_get(w, false);
    case WASM_ROW_struct_get_s:
    case WASM_ROW_struct_get_u:
        return struct_get(w, true);
    case WASM_ROW_struct_set:
        return struct_set(w);
    case WASM_ROW_array_new:
        return array_new(w);
    case WASM_ROW_array_new_default:
        return array_new_default(w);
    case WASM_ROW_array_new_fixed:
        return array_new_fixed(w);
    case WASM_ROW_array_new_data:
        return array_new_data(w);
    case WASM_ROW_array_new_elem:
        return array_new_elem(w);
    case WASM_ROW_array_get:
        return array_get(w, false);
    case WASM_ROW_array_get_s:
    case WASM_ROW_array_get_u:
        return array_get(w, true);
    case WASM_ROW_array_set:
        return array_set(w);
    case WASM_ROW_array_fill:
        return array_fill(w);
    case WASM_ROW_array_copy:
        return array_copy(w);
    case WASM_ROW_array_init_data:
        return array_init_data(w);
    case WASM_ROW_array_init_elem:
        return array_init_elem(w);
    default:
        return NOT_MINE;
    }
}
