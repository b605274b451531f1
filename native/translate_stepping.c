/* Stepping code: the second form of a program, which can stop in front of each instruction. See translate.c.

   It is made of the same operations by the same translation, but for two things: every operand is brought to its place before the next
   instruction begins, so nothing is fused or delayed and a frame can be read; and in front of each instruction stands one more
   operation, `step`, which stops or does not. The other form of the program knows nothing of all this. */

#include "emit.h"

/* A branch to the body goes to its last `end`, as any branch goes behind the `end` of its block. */
static void arrive_at_last_end(translation *t)
{
    control *it = &t->controls[0];
    if (it->label == NONE && it->catches == NONE) {
        return;
    }
    if (!t->dead) {
        carry(t, it);
    }
    forget_above(t, 0);
    patch_all(t, it->label, t->count);
    aim_handlers(t, it->catches);
    it->label = it->catches = NONE;
    push_in_place(t, it->type.results, it->type.result_count);
    t->dead = false;
}

void stepping_place(translation *t, uint32_t row)
{
    if (!t->dead) {
        settle(t, 0);
    }
    if (row == WASM_ROW_end && t->control_count == 1) {
        arrive_at_last_end(t);
    }
    if (!t->dead) {
        set_label(t);
        emit(t, OP_step)->v.imm = t->offset;
        set_label(t);
    }
}

/* Who comes from above has stopped already, and goes round the place at which those stop who come back. In front of that stands the
   cost of an arrival, as in front of any loop's first cell. */
void stepping_loop(translation *t)
{
    control *it = innermost(t);
    if (!t->is_stepping) {
        return;
    }
    emit(t, OP_br)->v.jump = 3 * (int32_t)sizeof(wasm_cell);
    it->cell = t->count;
    emit(t, OP_loop);
    emit(t, OP_step)->v.imm = t->offset;
}
