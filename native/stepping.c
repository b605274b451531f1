/* Looking at a guest that stands still, and choosing the form of the code that it runs. See translate_stepping.c. */

#include "machine.h"

void wasm_machine_watch(wasm_machine *machine, uint64_t frames)
{
    machine->watched = frames;
}

uint64_t wasm_machine_frames(const wasm_machine *machine)
{
    return (uint64_t)(machine->frame - machine->frames);
}

uint64_t wasm_machine_serial(const wasm_machine *machine)
{
    return machine->activation_count ? machine->activations[machine->activation_count - 1].serial : 0;
}

int wasm_machine_in_host(const wasm_machine *machine)
{
    return machine->host != NULL;
}

void wasm_instance_run(wasm_instance *instance, wasm_program *program)
{
    uint32_t imported = program->module->imported_function_count;
    instance->running = program;
    for (uint32_t x = 0; x < program->count; x++) {
        wasm_funcinst *made = instance->functions[imported + x];
        if (made) {
            made->code = &program->codes[x];
        }
    }
}

/* A guest function that stands in the cell before *pc*. */
typedef struct {
    const wasm_cell *pc;
    const wasm_slot *fp;
    const wasm_frame *frame;
    const wasm_instance *instance;
    uint32_t activation; /* so many are below the call it belongs to */
} place;

/* To the function that called; false when no guest did. */
static bool step_out(const wasm_machine *machine, place *at)
{
    for (;;) {
        const wasm_frame *frame = --at->frame;
        if (frame->pc == &wasm_switch_cell) {
            at->instance = (const wasm_instance *)(const void *)frame->fp;
        } else if (frame->pc != &wasm_leave_cell) {
            at->pc = frame->pc;
            at->fp = frame->fp;
            return true;
        } else {
            const wasm_activation *around = &machine->activations[at->activation];
            if (!at->activation || !around->host) {
                return false;
            }
            at->activation--;
            *at = (place){around->pc, around->fp, around->frame, around->instance, at->activation};
            return true;
        }
    }
}

/* The place in the source of what stands in the cell before *pc*: in stepping code the last step before it says that. */
static uint32_t offset_at(const wasm_code *code, const wasm_cell *pc)
{
    uint32_t cell = !code->cells || pc <= code->code ? 0 : (uint32_t)(pc - 1 - code->code);
    return wasm_program_offset(code->program, code->index, cell);
}

int wasm_machine_view(const wasm_machine *machine, uint32_t nth, wasm_view *view)
{
    place at;
    const wasm_code *code;
    if (!machine->activation_count) {
        return 0;
    }
    at = (place){machine->pc, machine->fp, machine->frame, machine->instance, machine->activation_count - 1};
    for (uint32_t x = 0; x < nth; x++) {
        if (!step_out(machine, &at)) {
            return 0;
        }
    }
    code = wasm_code_at(machine, at.pc);
    if (!code) {
        return 0;
    }
    *view = (wasm_view){code->program, code->index, at.instance->number, offset_at(code, at.pc), code->program->is_stepping,
                        &at.fp->u64};
    return 1;
}
