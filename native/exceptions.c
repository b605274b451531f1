/* Throwing: looking for who catches, and going on there. See ir.h for the operations and translate_exceptions.c for the tables.

   Nothing is done for exceptions while nobody throws. Then each frame is asked, from the inside: the operation it stands in says
   whether its function catches anything there, and the table of that function says what, and where that goes on. Only when somebody is
   found the frames above are gone; if nobody is, all is as it was, and a back-trace shows the way.

   spec: exec/instructions, throw_ref and try_table; the legacy exception handling proposal */

#include "machine.h"

#include <string.h>

/* Where the search stands: in *cell* of a function, with the frame pointer and the instance it has there. */
typedef struct {
    const wasm_cell *cell;
    wasm_slot *fp;
    wasm_frame *frame; /* behind what it returns to */
    wasm_instance *instance;
    uint32_t switches; /* passed on the way */
} place;

/* All operations that call have two cells. */
#define CALL_CELLS 2

static bool stands_in(const wasm_code *code, const wasm_cell *cell)
{
    return cell >= code->code && cell < code->code + code->cells;
}

static const wasm_code *code_of(const wasm_program *program, const wasm_cell *cell)
{
    if (cell->b < WASM_MANY_CATCHERS) {
        return program->catchers[cell->b];
    }
    for (const wasm_program *it = program; it; it = it->twin == program ? NULL : it->twin) {
        for (uint32_t x = 0; x < it->count; x++) {
            if (stands_in(&it->codes[x], cell)) {
                return &it->codes[x];
            }
        }
    }
    return NULL;
}

static const wasm_handler *handler_at(const place *at, const wasm_code *code, uint64_t tag)
{
    uint32_t cell = (uint32_t)(at->cell - code->code), level = UINT32_MAX;
    for (uint32_t x = 0; x < code->handler_count; x++) {
        const wasm_handler *it = &code->handlers[x];
        if (cell < it->first || cell >= it->end || it->level > level) {
            continue;
        }
        if (it->kind == WASM_DELEGATES) {
            level = it->target;
        } else if (it->tag == WASM_ANY_TAG || at->instance->tags[it->tag] == tag) {
            return it;
        }
    }
    return NULL;
}

/* To the frame that called; false when that is the host. */
static bool step_out(place *at)
{
    wasm_frame *frame = at->frame - 1;
    while (frame->pc == &wasm_switch_cell) {
        at->instance = (wasm_instance *)(void *)frame->fp;
        at->switches++;
        frame--;
    }
    if (frame->pc == &wasm_leave_cell) {
        return false;
    }
    at->cell = frame->pc - CALL_CELLS;
    at->fp = frame->fp;
    at->frame = frame;
    return true;
}

/* Go on at *handler* of *code*, in the frame of *at*. */
static void go_on_at(wasm_machine *machine, const place *at, const wasm_code *code, const wasm_handler *handler, uint64_t reference)
{
    memcpy(at->fp + handler->base, wasm_mail(machine, handler->slots), handler->slots * sizeof *at->fp);
    if (handler->reference != WASM_NO_SLOT) {
        at->fp[handler->reference].u64 = reference;
    }
    machine->pc = code->code + handler->target;
    machine->fp = at->fp;
    machine->frame = at->frame;
    machine->instance = at->instance;
    machine->switches -= at->switches;
    machine->host = NULL;
    wasm_set_frames_end(machine);
    if (handler->kind == WASM_CATCHES_TO_LOOP) {
        machine->box[WASM_BOX_FUEL] -= machine->pc[-1].v.imm;
    }
}

int wasm_machine_throw(wasm_machine *machine, uint64_t tag, uint64_t reference)
{
    place at = {machine->host ? machine->pc - CALL_CELLS : machine->pc, machine->fp, machine->frame, machine->instance, 0};
    machine->box[WASM_BOX_DETAIL] = tag;
    do {
        const wasm_code *code = at.cell->b ? code_of(at.instance->program, at.cell) : NULL;
        const wasm_handler *handler = code ? handler_at(&at, code, tag) : NULL;
        if (handler) {
            if (handler->reference != WASM_NO_SLOT && !reference) {
                return WASM_CAUGHT;
            }
            go_on_at(machine, &at, code, handler, reference);
            return WASM_DONE;
        }
    } while (step_out(&at));
    return WASM_UNCAUGHT;
}

int wasm_machine_throw_here(wasm_machine *machine)
{
    const wasm_cell *pc = machine->pc;
    uint32_t slots = (uint32_t)pc[1].u.wide;
    int status;
    memcpy(wasm_mail(machine, slots), machine->fp + pc->v.imm, slots * sizeof *machine->fp);
    status = wasm_machine_throw(machine, machine->instance->tags[pc[1].v.imm], 0);
    /* A loop may go round by nothing but exceptions. */
    return status == WASM_DONE && (int64_t)machine->box[WASM_BOX_FUEL] < 0 ? WASM_SLICE : status;
}
