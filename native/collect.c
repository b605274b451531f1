/* Collecting: who is reachable. See heap.h for what becomes of the others.

   References that code holds are found exactly: the frames say where each function stands, and the map of that place says which slots
   hold references (translate_maps.c). Nothing is guessed, so a number that looks like an address keeps nothing alive. Objects do not
   move, and code stands still meanwhile.

   A collection happens when an operation allocates, or when Python asks for one in a call of the host or while nothing runs. Where a
   frame stands anywhere else, because Python was asked for something or looks at a guest in front of an instruction, nothing is
   collected: the map of a call, say, is that of the time when the arguments belong to the callee. */

#include "machine.h"

#include <stdlib.h>

#include "allocate.h"

/* All operations that call have two cells. */
#define CALL_CELLS 2

/* Functions by the addresses of their code */

static int by_address(const void *one, const void *other)
{
    const wasm_range *x = one, *y = other;
    return (x->first > y->first) - (x->first < y->first);
}

static int by_program(const void *one, const void *other)
{
    const wasm_program *const *x = one, *const *y = other;
    return (*x > *y) - (*x < *y);
}

/* The programs of all instances, in both their forms, each once; NULL when there is no memory for the list. */
static wasm_program **programs_of(const wasm_machine *machine, uint32_t *count)
{
    uint32_t found = 0, kept = 0;
    wasm_program **programs;
    for (const wasm_instance *it = machine->instances; it; it = it->next) {
        found += it->program->twin ? 2 : 1;
    }
    programs = wasm_allocate(found, sizeof *programs);
    if (!programs) {
        return NULL;
    }
    found = 0;
    for (const wasm_instance *it = machine->instances; it; it = it->next) {
        programs[found++] = it->program;
        if (it->program->twin) {
            programs[found++] = it->program->twin;
        }
    }
    qsort(programs, found, sizeof *programs, by_program);
    for (uint32_t x = 0; x < found; x++) {
        if (!kept || programs[kept - 1] != programs[x]) {
            programs[kept++] = programs[x];
        }
    }
    *count = kept;
    return programs;
}

/* Another thread may be translating functions of *program*. */
static uint64_t translated_of(const wasm_program *program)
{
#if defined(__GNUC__)
    return __atomic_load_n(&program->translated, __ATOMIC_ACQUIRE);
#else
    return program->translated;
#endif
}

/* Gather the places of all code that there is, unless that is known. */
static bool find_code(wasm_machine *machine)
{
    wasm_heap *heap = &machine->heap;
    uint32_t program_count = 0, count = 0;
    uint64_t translated = 0;
    wasm_program **programs = programs_of(machine, &program_count);
    wasm_range *ranges;
    if (!programs) {
        return false;
    }
    for (uint32_t x = 0; x < program_count; x++) {
        translated += translated_of(programs[x]);
    }
    translated = translated << 24 | program_count;
    if (heap->ranges && translated == heap->ranges_for) {
        wasm_release(programs);
        return true;
    }
    ranges = wasm_allocate((size_t)(translated >> 24), sizeof *ranges);
    if (!ranges) {
        wasm_release(programs);
        return false;
    }
    for (uint32_t x = 0; x < program_count; x++) {
        for (uint32_t y = 0; y < programs[x]->count && count < translated >> 24; y++) {
            wasm_code *code = &programs[x]->codes[y];
            const wasm_cell *first = wasm_first_cell(code);
            if (first != &code->stub[1]) {
                ranges[count++] = (wasm_range){first, first + code->cells, code};
            }
        }
    }
    wasm_release(programs);
    qsort(ranges, count, sizeof *ranges, by_address);
    wasm_release(heap->ranges);
    heap->ranges = ranges;
    heap->range_count = count;
    heap->ranges_for = translated;
    return true;
}

static const wasm_range *range_at(const wasm_heap *heap, const wasm_cell *pc)
{
    uint32_t low = 0, high = heap->range_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (heap->ranges[middle].end <= pc) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < heap->range_count && heap->ranges[low].first <= pc ? &heap->ranges[low] : NULL;
}

/* Roots */

/* The last place that was looked up: in deep recursion the next one is often the same. */
typedef struct {
    const wasm_cell *pc;
    const wasm_maps *maps;
    uint32_t place;
} looked_up;

static bool reach_frame(wasm_heap *heap, const wasm_cell *pc, const wasm_slot *fp, looked_up *last)
{
    const wasm_maps *maps;
    if (pc != last->pc) {
        const wasm_range *range = range_at(heap, pc);
        if (!range) {
            return false;
        }
        last->maps = wasm_code_map(range->code, (uint32_t)(pc - range->first), &last->place);
        if (!last->maps) {
            return false;
        }
        last->pc = pc;
    }
    maps = last->maps;
    for (uint32_t x = 0; x < maps->local_count; x++) {
        wasm_heap_reach(heap, fp[maps->locals[x]].u64);
    }
    for (uint32_t x = maps->firsts[last->place]; x < maps->firsts[last->place + 1]; x++) {
        wasm_heap_reach(heap, fp[maps->slots[x]].u64);
    }
    return true;
}

/* From the inside to the outside, through all calls that are under way; false when that is not possible now. */
static bool reach_frames(wasm_machine *machine)
{
    uint32_t level = machine->activation_count;
    const wasm_cell *pc = machine->host ? machine->pc - CALL_CELLS : machine->pc;
    const wasm_slot *fp = machine->fp;
    const wasm_frame *frame = machine->frame;
    looked_up last = {0};
    while (level) {
        if (!reach_frame(&machine->heap, pc, fp, &last)) {
            return false;
        }
        do {
            frame--;
        } while (frame->pc == &wasm_switch_cell);
        pc = frame->pc - CALL_CELLS;
        fp = frame->fp;
        if (frame->pc == &wasm_leave_cell) {
            const wasm_activation *it = &machine->activations[--level];
            if (level && !it->host) {
                return false;
            }
            pc = it->pc - (level ? CALL_CELLS : 0);
            fp = it->fp;
            frame = it->frame;
        }
    }
    return true;
}

static void reach_all_of(wasm_heap *heap, const uint64_t *words, uint64_t count)
{
    for (uint64_t x = 0; x < count; x++) {
        wasm_heap_reach(heap, words[x]);
    }
}

static void reach_what_stays(wasm_machine *machine)
{
    wasm_heap *heap = &machine->heap;
    for (const struct wasm_globals *it = machine->globals; it; it = it->next) {
        if (it->is_traced) {
            wasm_heap_reach(heap, it->cell[0]);
        }
    }
    for (const wasm_tableinst *it = machine->tables; it; it = it->next) {
        if (it->is_traced) {
            reach_all_of(heap, it->elements, it->size);
        }
    }
    for (const wasm_instance *it = machine->instances; it; it = it->next) {
        const wasm_module *module = it->program->module;
        for (uint32_t x = 0; x < it->elem_count; x++) {
            if (wasm_is_traced(module, module->elems[x])) {
                reach_all_of(heap, it->elems[x].items, it->elems[x].size);
            }
        }
    }
    /* Of a free place the word is odd, which leads nowhere. */
    reach_all_of(heap, heap->pins, heap->pin_count);
}

/* Take back what was reached so far. */
static void give_up(wasm_heap *heap)
{
    heap->grey_count = 0;
    heap->is_incomplete = false;
    for (uint32_t x = 0; x < heap->host_count; x++) {
        heap->hosts[x] = heap->hosts[x] ? WASM_HOST_REACHED : WASM_HOST_FREE;
    }
    wasm_heap_unmark(heap);
    heap->limit += heap->limit + heap->allocated;
}

static int collect(wasm_machine *machine)
{
    wasm_heap *heap = &machine->heap;
    for (uint32_t x = 0; x < heap->host_count; x++) {
        heap->hosts[x] = heap->hosts[x] ? WASM_HOST_USED : WASM_HOST_FREE;
    }
    if (!find_code(machine) || !reach_frames(machine)) {
        give_up(heap);
        return WASM_DONE;
    }
    reach_what_stays(machine);
    wasm_heap_trace(heap);
    wasm_heap_sweep(heap);
    heap->state[WASM_HEAP_COLLECTIONS]++;
    return wasm_heap_dead(machine, 0) == UINT32_MAX ? WASM_DONE : WASM_COLLECTED;
}

int wasm_machine_collect(wasm_machine *machine)
{
    int status;
    if (machine->box[WASM_BOX_HELD]) {
        return WASM_DONE;
    }
    wasm_heap_lock(&machine->heap);
    status = collect(machine);
    wasm_heap_unlock(&machine->heap);
    return status;
}

int wasm_heap_collect(wasm_machine *machine)
{
    if (machine->heap.is_lost || machine->box[WASM_BOX_HELD] || (!machine->host && machine->activation_count)) {
        return 0;
    }
    wasm_machine_collect(machine);
    return 1;
}
