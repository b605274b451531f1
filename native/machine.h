/* What is alive while code runs: machines, instances, functions, memories, tables.

   Lives here: the shapes that the loop reads.
   Not here: how they are made (machine.c) and what code looks like (ir.h).

   Everything belongs to a machine and goes with it. A reference is one word: the address of a wasm_funcinst for a function, what heap.h
   says for anything else; 0 is null.

   spec: exec/runtime */

#ifndef WASM_MACHINE_H
#define WASM_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "module.h"

#include "heap.h"
#include "ir.h"

#include "api_run.h"

/* A word of a frame. It is always written whole, so that reading a part of it finds what was written before. */
typedef union {
    uint64_t u64;
    uint32_t u32;
    double f64;
    float f32;
} wasm_slot;

_Static_assert(sizeof(wasm_slot) == 8, "a slot is a word");

/* Where what is thrown between two cells of a function goes on. Those further inside stand first. */
typedef struct {
    uint32_t first;
    uint32_t end;
    uint32_t level;     /* how many blocks are around the one that catches */
    uint32_t tag;       /* in the tag index space; WASM_ANY_TAG */
    uint32_t target;    /* a cell; of a WASM_DELEGATES the level at which the search goes on */
    uint32_t base;      /* the slots for what the exception carries begin here */
    uint32_t slots;     /* so many of them */
    uint32_t reference; /* the slot for the exception itself, or WASM_NO_SLOT */
    uint8_t kind;
} wasm_handler;

enum { WASM_CATCHES, WASM_CATCHES_TO_LOOP, WASM_DELEGATES };
#define WASM_ANY_TAG UINT32_MAX
#define WASM_NO_SLOT UINT32_MAX
#define WASM_MANY_CATCHERS 0xFFFFu /* the number of all that have none below it */

/* Where a function holds references at the places where it may be stopped while objects are collected: when an operation allocates,
   or has called. Made when somebody asks, see translate_maps.c. Slots of locals hold references everywhere. */
typedef struct wasm_maps {
    const uint32_t *locals;
    const uint32_t *cells;  /* the places, in order */
    const uint32_t *firsts; /* for each where its slots begin, and where those of the last end */
    const uint32_t *slots;
    uint32_t local_count;
    uint32_t count;
    uint32_t wanted;        /* there is only this place, or WASM_NO_SLOT: all are there */
    struct wasm_maps *next; /* for other places */
} wasm_maps;

/* The code of one function, shared by all instances of its module. In front of the first cell of code stands a header: *wide* is
   how many slots a frame takes, *imm* the fuel that entering costs. */
struct wasm_code {
    const wasm_cell *code; /* at first the second cell of the stub, which asks for a translation */
    wasm_program *program;
    uint32_t index;        /* in the function index space */
    uint32_t cells;        /* of the code, header not counted; 0 while there is only the stub */
    wasm_cell stub[2];
    wasm_handler *handlers; /* NULL: it catches nothing */
    uint32_t handler_count;
    uint32_t catcher;      /* its number among those that catch, from 1; operations that may throw have it in b, and 0 outside */
    wasm_maps *maps;
};

/* Where the code of a function begins: at the second cell of its stub as long as it has none. Once it stands anywhere else, *cells*
   is right as well, also for other threads. */
static inline const wasm_cell *wasm_first_cell(const wasm_code *code)
{
#if defined(__GNUC__)
    return __atomic_load_n(&code->code, __ATOMIC_ACQUIRE);
#else
    return code->code;
#endif
}

struct wasm_program {
    const wasm_module *module;
    wasm_code *codes; /* for each function of the module, without the imported ones */
    uint32_t count;
    wasm_code **catchers; /* those that catch, by number */
    uint32_t catcher_count;
    bool is_stepping;    /* it has an operation in front of each instruction at which one may stop, and nothing is fused */
    wasm_program *twin;  /* the same module in the other form; NULL: there is none yet */
    uint32_t translated; /* functions that have code */
};

struct wasm_funcinst {
    wasm_code *code; /* NULL: of the host */
    wasm_instance *instance;
    uint64_t type_id;
    const uint64_t *display;
    uint32_t depth;
    uint32_t index; /* in the index space of its module; of a host function its number */
    uint32_t param_slots;
    uint32_t result_slots;
    uint64_t *own_display;
    wasm_funcinst *next;
};

struct wasm_meminst {
    uint8_t *base;
    uint64_t state[2]; /* size in bytes; generation */
    uint64_t most_pages;
    uint64_t reserved; /* bytes of addresses, of a shared one */
    uint64_t mapped;   /* bytes that are pages of their own; see bytes.c */
    uint32_t page_bits;
    uint32_t waiting;  /* threads that wait here, or are about to */
    bool is_64;
    bool is_shared;    /* it belongs to nobody, never moves, and may grow at any time */
    bool is_view;      /* of an image; see image.c */
    wasm_meminst *next;
};

/* Its size, which another thread may be changing. */
static inline uint64_t wasm_memory_bytes(const wasm_meminst *memory)
{
#if defined(__GNUC__)
    return __atomic_load_n(&memory->state[0], __ATOMIC_ACQUIRE);
#else
    return memory->state[0];
#endif
}

struct wasm_tableinst {
    uint64_t *elements;
    uint64_t size;
    uint64_t room;
    uint64_t most;
    bool is_64;
    bool is_traced;
    wasm_tableinst *next;
};

typedef struct {
    uint64_t *items;
    uint64_t size;
    bool is_there; /* Python has handed the items over, or they were dropped */
} wasm_eleminst;

typedef struct {
    const uint8_t *content;
    uint64_t size;
} wasm_datainst;

struct wasm_instance {
    wasm_meminst *memory; /* the first; never NULL */
    uint64_t **globals;
    wasm_funcinst **functions; /* NULL: one of its own that nobody has asked for; see wasm_instance_function */
    wasm_tableinst **tables;
    uint64_t *tags; /* the words by which Python knows them: the same tag, the same word */
    wasm_program *program;
    wasm_program *running; /* the same, or the one to step through */
    wasm_machine *machine;
    wasm_meminst **memories;
    wasm_datainst *datas;
    wasm_eleminst *elems;
    wasm_gctype **types; /* those of structs and arrays */
    wasm_funcinst *own; /* room for as many as the module defines */
    uint32_t number;
    uint32_t elem_count;
    uint32_t data_count; /* that code may name */
    wasm_instance *next;
};

/* What a return goes back to. */
typedef struct {
    const wasm_cell *pc;
    wasm_slot *fp;
} wasm_frame;

/* A call from outside that is under way. */
typedef struct {
    wasm_frame *bottom; /* the frames of this call begin here */
    /* where the call around it stands, to go on with when this one is done */
    const wasm_cell *pc;
    wasm_slot *fp;
    wasm_frame *frame;
    wasm_instance *instance;
    wasm_funcinst *host;
    uint32_t argument_base;
    uint32_t result_slots; /* of the function called from outside */
    bool is_prepaid;
    uint64_t serial;       /* counts all calls from outside */
} wasm_activation;

struct wasm_globals {
    struct wasm_globals *next;
    uint64_t cell[2];
    bool is_traced;
};

struct wasm_machine {
    /* what the loop holds in variables, while it does not run */
    const wasm_cell *pc;
    wasm_slot *fp;
    wasm_frame *frame;      /* the first free one */
    wasm_instance *instance;
    wasm_slot *stack_end;   /* no frame may pass it */
    wasm_frame *frames_end; /* where call_depth frames are under way */

    wasm_funcinst *host;    /* the host function that is being called */
    uint32_t argument_base; /* its arguments in the frame */
    bool is_prepaid;        /* the operation at pc has been charged for already */
    bool is_metered;        /* each call has to ask Python for fuel */

    wasm_slot *stack;
    wasm_frame *frames;
    uint64_t stack_room;
    uint64_t frames_room;
    uint32_t call_depth;
    uint32_t switches;      /* frames that no guest function counts for */

    wasm_activation *activations;
    uint32_t activation_count;
    uint32_t activation_room;

    wasm_instance *instances;
    wasm_funcinst *functions;
    wasm_meminst *memories;
    wasm_tableinst *tables;
    struct wasm_globals *globals;
    wasm_heap heap;
    wasm_meminst no_memory; /* for instances without one */

    uint64_t *wide_mail; /* for more than WASM_MAIL_WORDS arguments or results */
    uint32_t wide_room;
    uint32_t widest; /* words that anything in the mail has needed so far */

    uint64_t watched; /* stepping code stops where no more frames than this are under way; 0: only at breakpoints */
    uint64_t serial;

    uint64_t box[WASM_BOX_WORDS];
};

/* Where *slots* arguments or results cross the border. */
static inline uint64_t *wasm_mail(wasm_machine *machine, uint32_t slots)
{
    return slots <= WASM_MAIL_WORDS ? &machine->box[WASM_BOX_MAIL] : machine->wide_mail;
}

/* What stands at *address*. Whole numbers of 53 bits are exact in a double, and so are those of 57 with four zeros at the end, which
   addresses of the largest machines have. */
static inline void *wasm_at(wasm_address address)
{
    return (void *)(uintptr_t)(uint64_t)address;
}

/* Run from machine->pc until something is to be said; a status. */
int wasm_run(wasm_machine *machine);

/* The words that stand for the operations in finished code; made of addresses where there is computed goto. */
const void *const *wasm_handlers(void);

/* More room for *slots* from machine->fp and for *frames* (0 or 1) of a function, if the limits allow: 1 when there is, 0 when not,
   -1 when memory ran out. Everything that points into stack and frames may have moved; what the machine holds points to the new
   places. */
int wasm_machine_make_room(wasm_machine *machine, uint64_t slots, uint32_t frames);

/* The code in which *pc* stands, NULL if none does. */
static inline uint32_t wasm_slots_in(const wasm_valtype *types, uint32_t count)
{
    uint32_t slots = 0;
    for (uint32_t x = 0; x < count; x++) {
        slots += types[x] == WASM_V128 ? 2 : 1;
    }
    return slots;
}

/* bytes.c: get *size* zeroed bytes; get more of them, false when there are none; give them back. */
bool wasm_memory_get_bytes(wasm_meminst *memory, uint64_t size);
bool wasm_memory_get_more(wasm_meminst *memory, uint64_t old_size, uint64_t size);
void wasm_memory_let_go(wasm_meminst *memory);
void wasm_instance_free(wasm_instance *instance);
/* Make sure that the mail has room for *slots*. */
bool wasm_machine_make_mail(wasm_machine *machine, uint32_t slots);
const wasm_code *wasm_code_at(const wasm_machine *machine, const wasm_cell *pc);

/* exceptions.c: the operation at machine->pc throws a new exception. WASM_DONE when the guest goes on where it is caught. */
int wasm_machine_throw_here(wasm_machine *machine);

/* aggregates.c: what OP(heap) calls. The operation stands at machine->pc. 0 when it is done; a trap; or a status, with its sign
   changed. */
typedef int (*wasm_heap_function)(wasm_machine *machine);

/* collect.c: collect. WASM_COLLECTED when Python has something to forget, else WASM_DONE. */
int wasm_machine_collect(wasm_machine *machine);

/* translate_maps.c: the map of *code* for *cell*; NULL when there is no memory for it. */
const wasm_maps *wasm_code_map(wasm_code *code, uint32_t cell, uint32_t *place);
void wasm_maps_free(wasm_maps *maps);

#define WASM_SPARE_FRAMES 4u /* behind frames_end, for the frames that a call between instances adds */

/* Guest frames may come up to the call depth or to the end of the room, less what the last call may add. */
static inline void wasm_set_frames_end(wasm_machine *machine)
{
    uint64_t most = (uint64_t)machine->call_depth + machine->switches;
    uint64_t room = machine->frames_room - WASM_SPARE_FRAMES;
    machine->frames_end = machine->frames + (most < room ? most : room);
}

/* What stands where a return leaves the instance, or the guest. */
extern wasm_cell wasm_switch_cell, wasm_leave_cell;

#endif
