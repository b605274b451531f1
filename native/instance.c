/* Functions and instances: what the operations of a module reach by number. See machine.h. */

#include "machine.h"

#include <string.h>

#include "allocate.h"

/* Functions */

static bool make_mail(wasm_machine *machine, const wasm_funcinst *function)
{
    return wasm_machine_make_mail(machine, function->param_slots > function->result_slots ? function->param_slots : function->result_slots);
}

/* Growth of stack and frames */

wasm_funcinst *wasm_function_new(wasm_machine *machine)
{
    wasm_funcinst *function = wasm_allocate(1, sizeof *function);
    if (function) {
        function->next = machine->functions;
        machine->functions = function;
    }
    return function;
}

int wasm_function_is_host(wasm_machine *machine, wasm_funcinst *function, uint32_t number, const uint64_t *ids, uint32_t depth,
                          uint32_t param_slots, uint32_t result_slots)
{
    uint64_t *display = wasm_allocate(depth + 1, sizeof *display);
    if (!display) {
        return 1;
    }
    memcpy(display, ids, (depth + 1) * sizeof *display);
    function->own_display = display;
    function->display = display;
    function->depth = depth;
    function->type_id = display[depth];
    function->index = number;
    function->param_slots = param_slots;
    function->result_slots = result_slots;
    return make_mail(machine, function) ? 0 : 1;
}

uint64_t wasm_function_where(const wasm_funcinst *function)
{
    return (uint64_t)(function->instance ? function->instance->number : 0) << 32 | function->index;
}

/* Instances */

static void publish(wasm_funcinst **place, wasm_funcinst *function)
{
#if defined(__GNUC__)
    __atomic_store_n(place, function, __ATOMIC_RELEASE);
#else
    *(wasm_funcinst *volatile *)place = function;
#endif
}

/* Somebody who is not inside may ask for a function at the same time: both write the same. */
static void make_function(wasm_instance *instance, wasm_funcinst *function, uint32_t index)
{
    const wasm_module *module = instance->program->module;
    const wasm_type *type = wasm_function_type(module, index);
    function->code = &instance->running->codes[index - module->imported_function_count];
    function->instance = instance;
    function->index = index;
    function->type_id = type->id;
    function->display = type->display;
    function->depth = type->depth;
    function->param_slots = wasm_slots_in(type->params, type->param_count);
    function->result_slots = wasm_slots_in(type->results, type->result_count);
    publish(&instance->functions[index], function);
}

/* Every function of *module* may be called from outside. */
static bool make_mail_for_all(wasm_machine *machine, const wasm_module *module)
{
    uint32_t most = 0;
    for (uint32_t x = 0; x < module->type_count; x++) {
        const wasm_type *type = &module->types[x];
        uint32_t params = wasm_slots_in(type->params, type->param_count), results = wasm_slots_in(type->results, type->result_count);
        most = params > most ? params : most;
        most = results > most ? results : most;
    }
    return wasm_machine_make_mail(machine, most);
}

void wasm_instance_free(wasm_instance *instance)
{
    for (uint32_t x = 0; instance->elems && x < instance->elem_count; x++) {
        wasm_release(instance->elems[x].items);
    }
    wasm_release(instance->globals);
    wasm_release(instance->functions);
    wasm_release(instance->tables);
    wasm_release(instance->tags);
    wasm_release(instance->memories);
    wasm_release(instance->datas);
    wasm_release(instance->elems);
    wasm_release(instance->types);
    wasm_release(instance->own);
    wasm_release(instance);
}

wasm_instance *wasm_instance_new(wasm_machine *machine, wasm_program *program, uint32_t number)
{
    const wasm_module *module = program->module;
    uint32_t own = module->function_count - module->imported_function_count;
    wasm_instance *instance = wasm_allocate(1, sizeof *instance);
    if (!instance) {
        return NULL;
    }
    instance->machine = machine;
    instance->program = program;
    instance->running = program;
    instance->number = number;
    instance->memory = &machine->no_memory;
    instance->elem_count = module->elem_count;
    /* Code names segments only when they are announced. Some modules have a hundred thousand. */
    instance->data_count = module->data_count_given ? module->data_count : 0;
    instance->globals = wasm_allocate(module->global_count, sizeof *instance->globals);
    instance->functions = wasm_allocate(module->function_count, sizeof *instance->functions);
    instance->tables = wasm_allocate(module->table_count, sizeof *instance->tables);
    instance->tags = wasm_allocate(module->tag_count, sizeof *instance->tags);
    instance->memories = wasm_allocate(module->memory_count, sizeof *instance->memories);
    instance->datas = wasm_allocate(instance->data_count, sizeof *instance->datas);
    instance->elems = wasm_allocate(module->elem_count, sizeof *instance->elems);
    instance->types = wasm_allocate(module->type_count, sizeof *instance->types);
    /* Not zeroed: most of it nobody will ever touch. */
    instance->own = wasm_resize(NULL, own, sizeof *instance->own);
    if (!instance->globals || !instance->functions || !instance->tables || !instance->tags || !instance->memories || !instance->datas
        || !instance->elems || !instance->types || !instance->own || !make_mail_for_all(machine, module)) {
        wasm_instance_free(instance);
        return NULL;
    }
    /* Only now: a collector looks at all of them. */
    instance->next = machine->instances;
    machine->instances = instance;
    return instance;
}

wasm_funcinst *wasm_instance_function(wasm_instance *instance, uint32_t index)
{
    wasm_funcinst *function = instance->functions[index];
    if (!function) {
        function = &instance->own[index - instance->program->module->imported_function_count];
        function->own_display = NULL;
        function->next = NULL;
        make_function(instance, function, index);
    }
    return function;
}

void wasm_instance_set_function(wasm_instance *instance, uint32_t index, wasm_funcinst *function)
{
    if (index < instance->program->module->imported_function_count) {
        instance->functions[index] = function;
    } else {
        make_function(instance, function, index);
    }
}

void wasm_instance_set_memory(wasm_instance *instance, uint32_t index, wasm_meminst *memory)
{
    instance->memories[index] = memory;
    if (index == 0) {
        instance->memory = memory;
    }
}

void wasm_instance_set_table(wasm_instance *instance, uint32_t index, wasm_tableinst *table)
{
    const wasm_module *module = instance->program->module;
    table->is_traced = wasm_is_traced(module, module->tables[index].reftype);
    instance->tables[index] = table;
}

int wasm_instance_set_tag(wasm_instance *instance, uint32_t index, uint64_t word)
{
    const wasm_module *module = instance->program->module;
    const wasm_type *type = &module->types[module->tags[index]];
    instance->tags[index] = word;
    return wasm_machine_make_mail(instance->machine, wasm_slots_in(type->params, type->param_count)) ? 0 : 1;
}

void wasm_instance_set_global(wasm_instance *instance, uint32_t index, uint64_t *cell)
{
    const wasm_module *module = instance->program->module;
    struct wasm_globals *global = (struct wasm_globals *)(void *)((char *)cell - offsetof(struct wasm_globals, cell));
    global->is_traced = wasm_is_traced(module, module->globals[index].valtype);
    instance->globals[index] = cell;
}

void wasm_instance_set_data(wasm_instance *instance, uint32_t index, const uint8_t *content, uint64_t size)
{
    if (index < instance->data_count) {
        instance->datas[index] = (wasm_datainst){content, size};
    }
}

int wasm_instance_set_elem(wasm_instance *instance, uint32_t index, const uint64_t *items, uint64_t size)
{
    wasm_eleminst *it = &instance->elems[index];
    uint64_t *copy = wasm_allocate((size_t)size, sizeof *copy);
    if (!copy) {
        return 1;
    }
    if (size) {
        memcpy(copy, items, (size_t)size * sizeof *copy);
    }
    wasm_release(it->items);
    *it = (wasm_eleminst){copy, size, true};
    return 0;
}
