/* Atomic instructions. See translate.c, and atomics.h for the cells. */

#include "emit.h"

#include "atomics.h"

static unsigned op_of(uint32_t row)
{
    switch (row) {
    case WASM_ROW_memory_atomic_wait32:
        return OP_atomic_wait32;
    case WASM_ROW_memory_atomic_wait64:
        return OP_atomic_wait64;
    case WASM_ROW_memory_atomic_notify:
        return OP_atomic_notify;
    default:
        return OP_atomic;
    }
}

bool atomic_instruction(translation *t, uint32_t row)
{
    const wasm_row *it = &wasm_rows[row];
    operand operands[3];
    uint32_t slots[3] = {0}, index;
    wasm_memarg memarg;
    wasm_cell *cell;
    if (row == WASM_ROW_atomic_fence) {
        wasm_skip_immediates(&t->reader, row);
        emit(t, OP_atomic_fence);
        return true;
    }
    if (!wasm_atomic_functions[row] && op_of(row) == OP_atomic) {
        return false;
    }
    memarg = wasm_take_memarg(&t->reader);
    for (unsigned x = it->pop_count; x-- > 0;) {
        operands[x] = pop(t);
    }
    for (unsigned x = 0; x < it->pop_count; x++) {
        slots[x] = slot_of(t, &operands[x]);
    }
    index = t->count;
    cell = emit(t, op_of(row));
    cell->b = slot16(t, slots[0]);
    cell->v.s.c = slot16(t, slots[1]);
    cell->v.s.d = slot16(t, slots[2]);
    cell = emit_data(t);
    cell->u.wide = (uint64_t)(uintptr_t)wasm_atomic_functions[row];
    cell->a = (uint16_t)(1u << it->align);
    cell->b = it->push_count;
    cell->v.imm = memarg.memory;
    emit_data(t)->u.wide = memarg.offset;
    if (op_of(row) != OP_atomic) {
        index = t->count;
        emit(t, OP_take_mail);
    }
    if (it->push_count) {
        give(t, index, CLASS_INT);
        t->last = NONE;
    }
    return true;
}
