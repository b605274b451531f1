/* Making and freeing a machine, calls from outside, and the growth of its stacks. See machine.h. */

#include "machine.h"

#include <string.h>

#include "allocate.h"
#include "bulk.h"

#define FIRST_STACK 4096u            /* slots */
#define MOST_STACK (UINT64_C(1) << 24) /* slots: 128 MiB */
#define FIRST_FRAMES 128u

wasm_cell wasm_switch_cell, wasm_leave_cell;

wasm_machine *wasm_machine_new(void)
{
    wasm_machine *machine = wasm_allocate(1, sizeof *machine);
    const void *const *words = wasm_handlers();
    if (!machine) {
        return NULL;
    }
    /* Every machine writes the same. */
    wasm_switch_cell.u.op = OP_switch_back;
    wasm_leave_cell.u.op = OP_leave;
    if (words) {
        wasm_switch_cell.u.handler = words[OP_switch_back];
        wasm_leave_cell.u.handler = words[OP_leave];
    }
    machine->stack = wasm_allocate(FIRST_STACK, sizeof *machine->stack);
    machine->frames = wasm_allocate(FIRST_FRAMES, sizeof *machine->frames);
    if (!machine->stack || !machine->frames) {
        wasm_machine_free(machine);
        return NULL;
    }
    wasm_heap_begin(&machine->heap);
    machine->stack_room = FIRST_STACK;
    machine->frames_room = FIRST_FRAMES;
    machine->stack_end = machine->stack + FIRST_STACK;
    machine->fp = machine->stack;
    machine->frame = machine->frames;
    wasm_set_frames_end(machine);
    return machine;
}

void wasm_machine_set_call_depth(wasm_machine *machine, uint32_t call_depth)
{
    machine->call_depth = call_depth;
    wasm_set_frames_end(machine);
}

/* Programs and modules are not looked at: Python may have freed them before. */
void wasm_machine_free(wasm_machine *machine)
{
    if (!machine || machine->heap.is_lost) {
        return;
    }
    while (machine->instances) {
        wasm_instance *it = machine->instances;
        machine->instances = it->next;
        wasm_instance_free(it);
    }
    while (machine->functions) {
        wasm_funcinst *it = machine->functions;
        machine->functions = it->next;
        wasm_release(it->own_display);
        wasm_release(it);
    }
    while (machine->memories) {
        wasm_meminst *it = machine->memories;
        machine->memories = it->next;
        wasm_memory_let_go(it);
        wasm_release(it);
    }
    while (machine->tables) {
        wasm_tableinst *it = machine->tables;
        machine->tables = it->next;
        wasm_release(it->elements);
        wasm_release(it);
    }
    while (machine->globals) {
        struct wasm_globals *it = machine->globals;
        machine->globals = it->next;
        wasm_release(it);
    }
    wasm_heap_end(&machine->heap);
    wasm_release(machine->activations);
    wasm_release(machine->wide_mail);
    wasm_release(machine->stack);
    wasm_release(machine->frames);
    wasm_release(machine);
}

uint64_t *wasm_machine_box(wasm_machine *machine)
{
    return machine->box;
}

uint64_t *wasm_machine_wide_mail(wasm_machine *machine)
{
    return machine->wide_mail;
}

uint32_t wasm_machine_widest(const wasm_machine *machine)
{
    return machine->widest;
}

/* So many values must have room in the mail. */
bool wasm_machine_make_mail(wasm_machine *machine, uint32_t slots)
{
    uint64_t *mail;
    machine->widest = slots > machine->widest ? slots : machine->widest;
    if (slots <= WASM_MAIL_WORDS || slots <= machine->wide_room) {
        return true;
    }
    mail = wasm_resize(machine->wide_mail, slots, sizeof *mail);
    if (!mail) {
        return false;
    }
    memset(mail + machine->wide_room, 0, (slots - machine->wide_room) * sizeof *mail);
    machine->wide_mail = mail;
    machine->wide_room = slots;
    return true;
}

/* Let *function* be called from outside, and call outside. */
static wasm_slot *moved(wasm_slot *place, const wasm_slot *from, wasm_slot *to)
{
    return place ? to + (place - from) : NULL;
}

static bool grow_stack(wasm_machine *machine, uint64_t wanted)
{
    uint64_t room = machine->stack_room;
    wasm_slot *old = machine->stack, *new;
    while (room < wanted) {
        room *= 2;
    }
    new = wasm_allocate((size_t)room, sizeof *new);
    if (!new) {
        return false;
    }
    memcpy(new, old, (size_t)machine->stack_room * sizeof *new);
    machine->fp = moved(machine->fp, old, new);
    for (wasm_frame *it = machine->frames; it < machine->frame; it++) {
        if (it->pc != &wasm_switch_cell) {
            it->fp = moved(it->fp, old, new);
        }
    }
    for (uint32_t x = 0; x < machine->activation_count; x++) {
        machine->activations[x].fp = moved(machine->activations[x].fp, old, new);
    }
    wasm_release(old);
    machine->stack = new;
    machine->stack_room = room;
    machine->stack_end = new + room;
    return true;
}

static bool grow_frames(wasm_machine *machine)
{
    uint64_t room = 2 * machine->frames_room;
    wasm_frame *old = machine->frames, *new = wasm_allocate((size_t)room, sizeof *new);
    if (!new) {
        return false;
    }
    memcpy(new, old, (size_t)machine->frames_room * sizeof *new);
    machine->frame = new + (machine->frame - old);
    for (uint32_t x = 0; x < machine->activation_count; x++) {
        wasm_activation *it = &machine->activations[x];
        it->bottom = new + (it->bottom - old);
        it->frame = new + (it->frame - old);
    }
    wasm_release(old);
    machine->frames = new;
    machine->frames_room = room;
    wasm_set_frames_end(machine);
    return true;
}

int wasm_machine_make_room(wasm_machine *machine, uint64_t slots, uint32_t frames)
{
    uint64_t wanted = (uint64_t)(machine->fp - machine->stack) + slots;
    uint64_t under_way = (uint64_t)(machine->frame - machine->frames) - machine->switches;
    if (wanted > MOST_STACK || under_way + frames > machine->call_depth) {
        return 0;
    }
    if (wanted > machine->stack_room && !grow_stack(machine, wanted)) {
        return -1;
    }
    wasm_set_frames_end(machine);
    if (frames && machine->frame + 1 >= machine->frames_end && (uint64_t)(machine->frame - machine->frames) + 2 + WASM_SPARE_FRAMES > machine->frames_room
        && !grow_frames(machine)) {
        return -1;
    }
    return 1;
}

/* Calls from outside */

static uint64_t slots_of(const wasm_funcinst *function)
{
    return function->param_slots > function->result_slots ? function->param_slots : function->result_slots;
}

static int push_activation(wasm_machine *machine, const wasm_funcinst *function)
{
    wasm_activation *it;
    if (machine->activation_count == machine->activation_room) {
        uint32_t room = machine->activation_room ? 2 * machine->activation_room : 4;
        it = wasm_resize(machine->activations, room, sizeof *it);
        if (!it) {
            return 0;
        }
        machine->activations = it;
        machine->activation_room = room;
    }
    it = &machine->activations[machine->activation_count++];
    it->bottom = machine->frame;
    it->pc = machine->pc;
    it->fp = machine->fp;
    it->frame = machine->frame;
    it->instance = machine->instance;
    it->host = machine->host;
    it->argument_base = machine->argument_base;
    it->result_slots = function->result_slots;
    it->is_prepaid = machine->is_prepaid;
    it->serial = ++machine->serial;
    machine->box[WASM_BOX_ACTIVE] = machine->activation_count;
    return 1;
}

/* The slots from machine->fp on that a call from outside must leave alone. Within a call of the host its arguments are the last of
   them. Anywhere else Python is asked for something else, and may call a guest all the same, from a signal handler or at a
   breakpoint. */
static uint64_t slots_in_use(const wasm_machine *machine)
{
    const wasm_code *code;
    const wasm_type *type;
    if (machine->host) {
        return machine->argument_base + slots_of(machine->host);
    }
    code = machine->activation_count ? wasm_code_at(machine, machine->pc) : NULL;
    if (!code) {
        return 0;
    }
    type = wasm_function_type(code->program->module, code->index);
    if (wasm_first_cell(code) == &code->stub[1]) {
        return wasm_slots_in(type->params, type->param_count);
    }
    return code->code[-1].u.wide;
}

int wasm_machine_call(wasm_machine *machine, wasm_funcinst *function, int64_t fuel)
{
    uint64_t above = slots_in_use(machine);
    const wasm_cell *code = function->code->code;
    uint64_t wanted = code[-1].u.wide > slots_of(function) ? code[-1].u.wide : slots_of(function);
    if (!push_activation(machine, function)) {
        return WASM_NO_MEMORY;
    }
    if (above + wanted > (uint64_t)(machine->stack_end - machine->fp) || machine->frame + 1 >= machine->frames_end) {
        int made = wasm_machine_make_room(machine, above + wanted, 1);
        if (made != 1) {
            wasm_machine_abandon(machine);
            return made ? WASM_NO_MEMORY : WASM_EXHAUSTED;
        }
    }
    machine->is_prepaid = false;
    machine->host = NULL;
    machine->fp += above;
    if (function->param_slots) {
        memcpy(machine->fp, wasm_mail(machine, function->param_slots), function->param_slots * sizeof *machine->fp);
    }
    machine->frame->pc = &wasm_leave_cell;
    machine->frame->fp = machine->fp;
    machine->frame++;
    machine->instance = function->instance;
    machine->pc = code;
    fuel -= code[-1].v.imm;
    machine->box[WASM_BOX_FUEL] = (uint64_t)fuel;
    return fuel < 0 ? WASM_SLICE : wasm_run(machine);
}

int wasm_machine_resume(wasm_address address)
{
    wasm_machine *machine = wasm_at(address);
    memcpy(machine->fp + machine->argument_base, wasm_mail(machine, machine->host->result_slots),
           machine->host->result_slots * sizeof *machine->fp);
    machine->host = NULL;
    return wasm_run(machine);
}

int wasm_machine_continue(wasm_machine *machine)
{
    return (int64_t)machine->box[WASM_BOX_FUEL] < 0 ? WASM_SLICE : wasm_run(machine);
}

void wasm_machine_abandon(wasm_machine *machine)
{
    wasm_activation *it;
    if (!machine->activation_count) {
        return;
    }
    it = &machine->activations[--machine->activation_count];
    machine->box[WASM_BOX_ACTIVE] = machine->activation_count;
    for (wasm_frame *frame = it->bottom; frame < machine->frame; frame++) {
        machine->switches -= frame->pc == &wasm_switch_cell;
    }
    machine->pc = it->pc;
    machine->fp = it->fp;
    machine->frame = it->frame;
    machine->instance = it->instance;
    machine->host = it->host;
    machine->argument_base = it->argument_base;
    machine->is_prepaid = it->is_prepaid;
    wasm_set_frames_end(machine);
}

/* Back-traces */

static bool stands_in(const wasm_code *code, const wasm_cell *pc)
{
    const wasm_cell *first = wasm_first_cell(code);
    return pc == &code->stub[1] || (first != &code->stub[1] && pc >= first && pc < first + code->cells);
}

const wasm_code *wasm_code_at(const wasm_machine *machine, const wasm_cell *pc)
{
    for (const wasm_instance *it = machine->instances; it; it = it->next) {
        const wasm_module *module = it->program->module;
        for (uint32_t x = 0; x < module->function_count - module->imported_function_count; x++) {
            if (stands_in(&it->program->codes[x], pc)) {
                return &it->program->codes[x];
            }
            if (it->program->twin && stands_in(&it->program->twin->codes[x], pc)) {
                return &it->program->twin->codes[x];
            }
        }
    }
    return NULL;
}

uint32_t wasm_machine_depth(const wasm_machine *machine)
{
    uint32_t depth = 0;
    if (machine->activation_count) {
        for (const wasm_frame *it = machine->activations[machine->activation_count - 1].bottom; it < machine->frame; it++) {
            depth += it->pc != &wasm_switch_cell;
        }
    }
    return depth;
}

int wasm_machine_frame(const wasm_machine *machine, uint32_t nth, wasm_program **program, uint32_t *function, uint32_t *cell)
{
    /* The innermost stands at pc, each other one where the frame above it returns to. */
    const wasm_cell *pc = machine->host ? machine->pc - 1 : machine->pc;
    const wasm_frame *bottom = machine->activations[machine->activation_count - 1].bottom;
    const wasm_frame *it = machine->frame;
    const wasm_code *code;
    while (nth && it > bottom) {
        it--;
        if (it->pc != &wasm_switch_cell) {
            pc = it->pc - 1;
            nth--;
        }
    }
    code = wasm_code_at(machine, pc);
    if (!code) {
        return 0;
    }
    *program = code->program;
    *function = code->index;
    *cell = pc == &code->stub[1] ? 0 : (uint32_t)(pc - code->code);
    return 1;
}
