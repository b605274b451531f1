/* Programs: the code of all functions of a module, in one of its two forms, and what can be asked about it.

   Lives here: finished code, and the ways from its cells to the source and back.
   Not here: how code is made of a function body (translate.c), and who runs it (machine.c).

   A function is translated when it is called for the first time. The places that its operations come from in the source are not
   kept: whoever needs one, for a back-trace, has the function translated again. */

#include <stdio.h>
#include <string.h>

#include "allocate.h"
#include "emit.h"

/* Let the handlers of *t* be found, even if there are none: cells may have the number. False when memory ran out. */
static bool publish_handlers(translation *t, wasm_program *program, wasm_code *it)
{
    uint32_t most = program->count < WASM_MANY_CATCHERS ? program->count + 1 : WASM_MANY_CATCHERS;
    if (!t->handler_count && !t->names_catcher) {
        return true;
    }
    if (!program->catchers) {
        program->catchers = wasm_allocate(most, sizeof(wasm_code *));
        if (!program->catchers) {
            return false;
        }
    }
    it->handlers = t->handlers;
    it->handler_count = t->handler_count;
    it->catcher = t->catcher;
    t->handlers = NULL;
    if (it->catcher < WASM_MANY_CATCHERS) {
        program->catcher_count = it->catcher;
        program->catchers[it->catcher] = it;
    }
    return true;
}

static wasm_cell *finish(const translation *t)
{
    const void *const *words = wasm_handlers();
    wasm_cell *code = wasm_allocate((size_t)t->count + 1, sizeof *code);
    if (!code) {
        return NULL;
    }
    code[0].u.wide = t->frame;
    code[0].v.imm = t->controls[0].cost;
    memcpy(&code[1], t->cells, t->count * sizeof *code);
    for (uint32_t x = 0; words && x < t->count; x++) {
        if (t->offsets[x] != NONE) {
            code[x + 1].u.handler = words[t->cells[x].u.op];
        }
    }
    return code;
}

/* Programs */

wasm_program *wasm_program_new(const wasm_module *module)
{
    uint32_t own = module->function_count - module->imported_function_count;
    wasm_program *program = wasm_allocate(1, sizeof *program);
    const void *const *words = wasm_handlers();
    if (!program) {
        return NULL;
    }
    program->module = module;
    program->count = own;
    program->codes = wasm_allocate(own, sizeof *program->codes);
    if (!program->codes) {
        wasm_release(program);
        return NULL;
    }
    for (uint32_t x = 0; x < own; x++) {
        wasm_code *it = &program->codes[x];
        it->program = program;
        it->index = module->imported_function_count + x;
        it->stub[1].u.op = OP_translate;
        if (words) {
            it->stub[1].u.handler = words[OP_translate];
        }
        it->code = &it->stub[1];
    }
    return program;
}

wasm_program *wasm_program_new_stepping(wasm_program *program)
{
    wasm_program *made = wasm_program_new(program->module);
    if (made) {
        made->is_stepping = true;
        made->twin = program;
#if defined(__GNUC__)
        __atomic_store_n(&program->twin, made, __ATOMIC_RELEASE);
#else
        program->twin = made;
#endif
    }
    return made;
}

void wasm_program_free(wasm_program *program)
{
    if (!program) {
        return;
    }
    /* The module is not looked at: Python may have freed it before. */
    for (uint32_t x = 0; x < program->count; x++) {
        wasm_code *it = &program->codes[x];
        if (it->code != &it->stub[1]) {
            wasm_release((void *)(uintptr_t)(it->code - 1));
        }
        wasm_release(it->handlers);
        wasm_maps_free(it->maps);
    }
    wasm_release(program->catchers);
    wasm_release(program->codes);
    wasm_release(program);
}

int wasm_program_translate(wasm_program *program, uint32_t function)
{
    translation t;
    wasm_code *it = &program->codes[function - program->module->imported_function_count];
    wasm_cell *code;
    int status;
    if (wasm_first_cell(it) != &it->stub[1]) {
        return TRANSLATED;
    }
    translate_noting(&t, program, function, NULL);
    status = t.status;
    if (status == TRANSLATED) {
        code = finish(&t);
        if (code && !publish_handlers(&t, program, it)) {
            wasm_release(code);
            code = NULL;
        }
        if (code) {
            it->cells = t.count;
#if defined(__GNUC__)
            /* Another thread may be about to call it, or count the code there is: what it finds by that is there already. */
            __atomic_store_n(&it->code, &code[1], __ATOMIC_RELEASE);
            __atomic_fetch_add(&program->translated, 1, __ATOMIC_RELEASE);
#else
            it->code = &code[1];
            program->translated++;
#endif
        } else {
            status = TRANSLATE_NO_MEMORY;
        }
    }
    end_translation(&t);
    return status;
}

uint32_t wasm_program_offset(wasm_program *program, uint32_t function, uint32_t cell)
{
    translation t;
    uint32_t offset = NONE;
    translate_noting(&t, program, function, NULL);
    if (t.status == TRANSLATED && cell < t.count) {
        while (cell && t.offsets[cell] == NONE) {
            cell--;
        }
        offset = t.offsets[cell];
    }
    end_translation(&t);
    return offset;
}

int wasm_program_slots(wasm_program *program, uint32_t function, uint32_t *slots, uint32_t count)
{
    translation t;
    int status = 1;
    translate_noting(&t, program, function, NULL);
    if (t.status == TRANSLATED && count == t.local_count + 1) {
        memcpy(slots, t.locals, t.local_count * sizeof *slots);
        slots[t.local_count] = t.controls[0].base;
        status = 0;
    }
    end_translation(&t);
    return status;
}

int wasm_program_break(wasm_program *program, uint32_t function, uint32_t offset, int wanted)
{
    wasm_code *it = &program->codes[function - program->module->imported_function_count];
    translation t;
    int status = 1;
    translate_noting(&t, program, function, NULL);
    for (uint32_t x = 0; t.status == TRANSLATED && x < it->cells; x++) {
        if (t.offsets[x] == offset && t.cells[x].u.op == OP_step) {
            ((wasm_cell *)(uintptr_t)it->code)[x].a = wanted != 0;
            status = 0;
        }
    }
    end_translation(&t);
    return status;
}

/* For people */

static const char *const names[] = {
#define OP(n) #n,
    IR_OPERATIONS
#undef OP
};

size_t wasm_program_dump(const wasm_program *program, uint32_t function, char *text, size_t size)
{
    translation t;
    size_t length = 0;
    translate_noting(&t, program, function, NULL);
    for (uint32_t x = 0; x < t.count; x++) {
        const wasm_cell *cell = &t.cells[x];
        size_t left = length < size ? size - length : 0;
        int written;
        if (t.offsets[x] == NONE) {
            written = snprintf(text + (left ? length : 0), left, "%5u   + %llx %u %u %d\n", x, (unsigned long long)cell->u.wide,
                               cell->a, cell->b, cell->v.jump);
        } else {
            written = snprintf(text + (left ? length : 0), left, "%5u %06x %-24s a=%u b=%u c=%u d=%u imm=%d\n", x, t.offsets[x],
                               names[cell->u.op], cell->a, cell->b, cell->v.s.c, cell->v.s.d, cell->v.jump);
        }
        length += written > 0 ? (size_t)written : 0;
    }
    end_translation(&t);
    return length;
}
