/* Code under construction: cells, the symbolic stack, the accumulator.

   Lives here: what the translation of every instruction is made of.
   Not here: the instructions (translate.c, translate_control.c) and what operations do (ir.h).

   Slots of a frame: parameters, locals, then the operand stack, each operand at the place its height gives it. The translator keeps
   a symbolic stack beside it. An operand that is a local, a constant or the sum of two such has cost no operation yet: it becomes
   part of the operation that takes it, or is written to its place when somebody needs it there (labels, calls).

   The accumulator holds what the last operation gave, so an operation that takes it next need not read it from its slot, and, since
   an operand is taken once, the last operation need not write it there.

   A failure (no memory, a limit of the cells) ends the translation on the spot: stop_translation. */

#ifndef WASM_EMIT_H
#define WASM_EMIT_H

#include <setjmp.h>

#include "machine.h"
#include "reader.h"

/* Which accumulator holds a value. */
typedef enum { CLASS_INT, CLASS_F32, CLASS_F64, CLASS_V128 } value_class;

enum { TRANSLATED, TRANSLATE_NO_MEMORY, TRANSLATE_NO_SENSE, TRANSLATE_TOO_LARGE };

#define NONE UINT32_MAX

typedef enum {
    IN_PLACE, /* in the slot of its height */
    IN_LOCAL, /* local *local* */
    CONSTANT, /* *value*; of a vector its place in *vectors*, from 1, or 0: all bits are 0 */
    SUM,      /* i32: local *local* plus *value*, cut */
    SUM2      /* i32: local *local* plus local *local2*, cut */
} operand_kind;

typedef struct {
    uint8_t kind;
    uint8_t class;
    bool is_ref;      /* and not to a function: see heap.h */
    uint32_t handler; /* the exception that legacy handler number handler - 1 keeps, if a `rethrow` asks for it */
    uint32_t place;   /* the slot of its height */
    uint32_t local;
    uint32_t local2;
    uint32_t next;  /* the operand below that names *local* too */
    uint32_t next2;
    uint64_t value;
} operand;

typedef enum { A_BLOCK, A_LOOP, AN_IF, AN_ELSE, THE_BODY, A_TRY_TABLE, A_TRY, A_CATCH } control_kind;

/* A block that is open. */
typedef struct {
    wasm_blocktype type;
    uint8_t kind;
    bool is_dead;        /* it began in code that nothing reaches: nothing of it is translated */
    uint32_t height;     /* operands below its parameters */
    uint32_t base;       /* the slot behind those */
    uint32_t label;      /* patches of branches forward to its end, linked; NONE */
    uint32_t otherwise;  /* the patch of an `if` to its `else` or end; NONE */
    uint32_t cell;       /* of a loop: its header; of the body: none */
    uint32_t cost;       /* of a loop and the body: instructions that stand in no loop further inside */
    uint32_t outer_loop; /* of a loop: the control that bore the cost before */
    uint32_t stub;       /* a jump to it with what that needs, made for br_table number *stub_of* */
    uint32_t stub_of;
    uint32_t guarded;    /* of what may catch: the first cell of its body */
    uint32_t guarded_end; /* of a legacy `try` with a handler: the cell behind its body */
    uint32_t catches;    /* handlers that go on at its label, linked by *target*; NONE */
    uint32_t handler;    /* of a legacy handler: its number; NONE */
    wasm_reader clauses; /* of a try_table */
} control;

/* Who takes notes of references: see translate_maps.c. */
typedef struct {
    uint32_t what; /* a cell; a slot */
    uint32_t more; /* where the slots of this place begin; 0, or a handler on which the slot depends, as in operands */
} note;

typedef struct {
    note *places;
    note *slots;
    uint32_t place_count;
    uint32_t place_room;
    uint32_t slot_count;
    uint32_t slot_room;
    uint32_t wanted; /* only this cell, or WASM_NO_SLOT */
    uint32_t work;
    bool is_too_much;
} notes;

/* A jump whose target is not known yet. */
typedef struct {
    uint32_t word; /* the place of the jump, in words of 32 bits from the first cell */
    uint32_t from; /* the cell it counts from */
    uint32_t next;
} patch;

typedef struct {
    const wasm_module *module;
    const wasm_program *program;
    wasm_reader reader;
    const uint8_t *start; /* of the source */
    int status;
    jmp_buf out; /* see stop_translation */

    wasm_cell *cells;
    uint32_t *offsets; /* for each cell: where in the source its operation comes from; NONE: it belongs to the cell before */
    uint32_t count;
    uint32_t room;
    uint32_t offset_room;
    uint32_t offset;  /* of the instruction at hand */
    uint32_t barrier; /* the last cell that somebody may jump to */

    operand *operands;
    uint32_t depth;
    uint32_t operand_room;
    uint32_t settled;  /* operands below are in place or constants */
    uint32_t top;      /* the first free slot */
    uint32_t frame;    /* slots needed so far */
    bool is_far;       /* the frame has slots that a cell cannot name; see `near` */
    uint32_t scratch;  /* then: slots that cells can name */
    uint32_t scratch_next;
    bool is_stepping;  /* the program is; see step.c */

    uint32_t *locals;        /* for each local its slot */
    uint8_t *local_classes;
    bool *local_refs;
    uint32_t *local_users;   /* for each local the topmost operand that names it */
    uint32_t local_count;

    control *controls;
    uint32_t control_count;
    uint32_t control_room;
    uint32_t loop; /* the control that bears the cost of instructions */
    bool dead;     /* nothing reaches the instruction at hand */
    uint32_t tables; /* br_tables so far */

    patch *patches;
    uint32_t patch_count;
    uint32_t patch_room;

    wasm_handler *handlers;
    uint32_t handler_count;
    uint32_t handler_room;
    uint32_t guards;  /* blocks that may catch what is thrown by the instruction at hand */
    bool names_catcher; /* some cell has its number, though perhaps nothing is caught */
    uint32_t catcher; /* the number of the function among those that catch, if it is one */
    uint64_t (*vectors)[2]; /* constants */
    uint32_t vector_count;
    uint32_t vector_room;

    notes *notes; /* or NULL */

    uint32_t last;      /* the cell of the last operation with a result, if the accumulator still holds that */
    uint32_t last_end;  /* so many cells there were behind it, copies included */
    uint32_t last_slot;
    uint8_t last_class;
} translation;

/* Give up: go back to where the translation began, which frees what there is of it. Nobody has to think of what comes then. */
_Noreturn void stop_translation(translation *t, int status);
/* *list*, which may have moved, with room for one thing more. */
void *room_for(translation *t, void *list, uint32_t count, uint32_t *room, size_t size);

/* Cells. What is returned is good until the next emission. */
wasm_cell *emit(translation *t, unsigned op);
wasm_cell *emit_data(translation *t);
uint16_t slot16(translation *t, uint32_t slot);

/* Functions with more slots than cells can name. They are translated once more, with *is_far*: every value is worked on in a few
   slots at the beginning of the frame, and copied from and to its place; nothing is delayed, and the accumulator is not used. So
   `slot_of` always answers a slot that a cell can name, and `give` takes the result to its place. Who reads operands where they
   were settled asks `near`. */
enum { SCRATCH_PAIRS = 8, SCRATCH_GROUP = 4, SCRATCH_SLOTS = 2 * SCRATCH_PAIRS + SCRATCH_GROUP + 2 };
/* A slot from which *count* operands, of one slot each, that lie together from *slot* on can be read: there, or in copies. */
uint32_t near(translation *t, uint32_t slot, uint32_t count);

/* Jumps. */
uint32_t new_patch(translation *t, uint32_t word, uint32_t from, uint32_t next);
void patch_all(translation *t, uint32_t first, uint32_t target);
/* Somebody may jump to the next cell. */
void set_label(translation *t);

static inline uint32_t jump_word(uint32_t cell)
{
    return 4 * cell + 3;
}

/* The symbolic stack. */
value_class class_of(wasm_valtype type);
static inline uint32_t width_of(uint8_t class)
{
    return class == CLASS_V128 ? 2 : 1;
}

operand *push(translation *t, operand_kind kind, value_class class);
void push_local(translation *t, uint32_t local);
void push_constant(translation *t, value_class class, uint64_t value);
void push_vector(translation *t, uint64_t low, uint64_t high);
operand pop(translation *t);
/* Take the operands above *height* away without looking at them. */
void forget_above(translation *t, uint32_t height);
/* The slot in which *it*, popped or not, can be read; operations are emitted if need be. */
uint32_t slot_of(translation *t, const operand *it);
/* Bring the operands from *height* on to their places. */
void settle(translation *t, uint32_t height);
/* Bring operands to their places that are not constants, as before a label. */
void settle_locals(translation *t);
/* Bring operands to their places that name *local*, which is about to change. */
void settle_users(translation *t, uint32_t local);
void copy_slot(translation *t, uint32_t to, uint32_t from, value_class class);
void write_constant(translation *t, uint32_t slot, uint64_t value);
/* Write a constant operand of any class to *slot*. */
void write_operand(translation *t, uint32_t slot, const operand *it);
/* The cell behind an operation that has a vector as its immediate. */
void emit_vector(translation *t, const operand *it);

/* The accumulator. */
bool in_accumulator(const translation *t, const operand *it);
/* *it*, which is in the accumulator, is taken from there by the next operation. */
void take_accumulator(translation *t, const operand *it);
/* Whether the last operation is still the last cell or cells, gave *it*, and gave it to nobody else: then it may be replaced. */
bool is_last(const translation *t, const operand *it);
void remove_last(translation *t);
/* The operation in *cell* has just been emitted; its result goes to a new operand. */
void give(translation *t, uint32_t cell, value_class class);

/* The operand just given is a reference that is traced. */
static inline void mark_reference(translation *t, bool is_ref)
{
    if (t->depth && !t->status) {
        t->operands[t->depth - 1].is_ref = is_ref;
    }
}
/* Slots and immediate of an operation that has been emitted. */
void put_operands(translation *t, uint32_t cell, uint32_t a, uint32_t b, uint32_t imm);

/* translate_maps.c: objects may be collected while the next operation stands there. */
void note_references(translation *t);

/* Emit what a SUM or SUM2 stands for, its result in *slot*. */
void emit_sum(translation *t, const operand *it, uint32_t slot);

/* translate.c */
/* Translate *function*; *all* are the notes to take, or NULL. What *t* holds goes with end_translation. */
void translate_noting(translation *t, const wasm_program *program, uint32_t function, notes *all);
void end_translation(translation *t);
void plain_instruction(translation *t, uint32_t row);
bool is_plain(uint32_t row);
/* translate_control.c */
bool control_instruction(translation *t, uint32_t row);
void open_body(translation *t, const wasm_type *type);
void branch_if(translation *t, operand condition, bool wanted, uint32_t *patches, const control *loop);
control *innermost(translation *t);
void br_if(translation *t, uint32_t label);
void count_cost(translation *t);
void return_results(translation *t, bool keep);
control *open_control(translation *t, control_kind kind, wasm_blocktype type);
control *begin_block(translation *t, control_kind kind, wasm_blocktype type);
void end_block(translation *t);
void push_in_place(translation *t, const wasm_valtype *types, uint32_t count);
/* Bring the topmost operands to where a branch to *target* wants them. They stay on the symbolic stack. */
void carry(translation *t, const control *target);
/* Nothing reaches the next instruction. */
void die(translation *t);
/* translate_calls.c */
bool call_instruction(translation *t, uint32_t row);
/* translate_exceptions.c */
bool exception_instruction(translation *t, uint32_t row);
/* Those that begin, divide or end a block. They count in code that nothing reaches, too. */
bool exception_block(translation *t, uint32_t row);
/* Handlers go on at the next cell. */
void aim_handlers(translation *t, uint32_t first);
/* An exception that is caught with the label of the body returns. */
void end_of_catching_body(translation *t);
/* translate_stepping.c: the place in front of the instruction *row*, where stepping code may stop. */
void stepping_place(translation *t, uint32_t row);
void stepping_loop(translation *t);
/* Whether a branch to *target* returns at once. In stepping code it goes to the last `end` instead. */
static inline bool returns(const translation *t, const control *target)
{
    return target->kind == THE_BODY && !t->is_stepping;
}
/* What the operation just emitted has in b: who catches what it throws. */
uint16_t catcher_here(translation *t);
/* translate_memory.c */
bool memory_instruction(translation *t, uint32_t row);
/* Whether an access is not to the first memory, or that has 64-bit addresses. */
bool is_far(const translation *t, const wasm_memarg *memarg);

/* translate_aggregates.c */
bool aggregate_instruction(translation *t, uint32_t row);
/* translate_atomics.c */
bool atomic_instruction(translation *t, uint32_t row);
/* translate_simd.c */
bool vector_instruction(translation *t, uint32_t row);
bool wide_instruction(translation *t, uint32_t row);

/* Conditions by the numbers of their rows in IR_CONDITIONS. */
enum {
#define NUMBER(n, ...) CONDITION_ROW_##n,
    IR_CONDITIONS(NUMBER, NUMBER) CONDITION_ROW_COUNT
#undef NUMBER
};
unsigned condition_op(unsigned row, unsigned form);
unsigned swapped_condition(unsigned row);
/* Whether the operation in *cell* gives what a branch can ask for itself: then which condition, in which form. */
bool is_condition(const wasm_cell *cell, unsigned *row, unsigned *form);

#endif
