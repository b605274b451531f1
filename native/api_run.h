/* The border for running code: programs, machines, and what lives in a machine. See machine.h and program.h. */

typedef struct wasm_program wasm_program;
typedef struct wasm_machine wasm_machine;
typedef struct wasm_instance wasm_instance;
typedef struct wasm_funcinst wasm_funcinst;
typedef struct wasm_meminst wasm_meminst;
typedef struct wasm_image wasm_image;
typedef struct wasm_tableinst wasm_tableinst;

/* Why a call came back. */
enum {
    WASM_DONE,      /* the results of the function stand in the mail */
    WASM_SLICE,     /* the fuel of the slice is used up */
    WASM_TRANSLATE, /* function WASM_BOX_DETAIL of the program in WASM_BOX_MORE has no code yet */
    WASM_ELEM,      /* element segment WASM_BOX_DETAIL of the instance in WASM_BOX_MORE has not been handed over yet */
    WASM_TRAP,      /* of the kind in WASM_BOX_DETAIL; WASM_BOX_MORE says more of some kinds */
    WASM_EXHAUSTED, /* there was no room to begin the call; nothing is under way */
    WASM_WAIT32,    /* memory.atomic.wait32 in memory WASM_BOX_DETAIL of the instance in WASM_BOX_MORE; in the words behind that
                       the address, the expected number, the timeout; the result goes to the mail */
    WASM_WAIT64,
    WASM_NOTIFY,    /* memory.atomic.notify: the address, the count */
    WASM_NO_MEMORY, /* the machine's own: MemoryError; what was under way still is, unless the call did not begin */
    WASM_UNCAUGHT,  /* nobody catches the exception that was thrown: its tag in WASM_BOX_DETAIL, what it carries in the mail */
    WASM_CAUGHT,    /* the same, but it is caught by somebody who wants a reference to it: wasm_machine_throw goes on with one */
    WASM_THROW_REF, /* the exception with the reference in WASM_BOX_MORE is thrown: wasm_machine_throw does */
    WASM_STOP,      /* stepping code stands in front of an instruction at which one wanted to stop */
    WASM_COLLECTED, /* numbers of the host are free that Python must forget: wasm_heap_dead */
    WASM_TOO_LARGE, /* an array of WASM_BOX_MORE elements: the limit does not allow it */
    WASM_NO_ROOM,   /* the machine has none for an object of WASM_BOX_MORE elements */
    WASM_BUSY = 31, /* nothing was done: somebody is inside, or the call needs more than the short way has */
    WASM_HOST = 32 /* and more: a host function is called, whose number is added to this; its arguments stand in the mail */
};

/* Words by which both sides talk, at one place for the life of a machine. */
enum {
    WASM_BOX_FUEL = 0,   /* left of the slice, signed */
    WASM_BOX_DETAIL = 1,
    WASM_BOX_MORE = 2,
    WASM_BOX_ENTRANCE = 6, /* who is inside; 0: nobody */
    WASM_BOX_ACTIVE = 7, /* calls from outside that are under way */
    WASM_BOX_HELD = 8,   /* whether nothing may be collected */
    WASM_BOX_MAIL = 9,   /* arguments and results begin here */
    WASM_BOX_WORDS = 4105
};
/* More arguments, or more results, than this do not go by the mail but by wasm_machine_wide_mail. */
enum { WASM_MAIL_WORDS = 4096 };

/* Programs: the code of a module, shared by all its instances. */
wasm_program *wasm_program_new(const wasm_module *module);
/* The same module as code to step through: it can stop in front of each instruction, and all operands are in their slots there. Once
   for a program, which it must not outlive. */
wasm_program *wasm_program_new_stepping(wasm_program *program);
void wasm_program_free(wasm_program *program);
/* The slots of the locals of *function* in stepping code, and behind them the first slot for operands. 0 when done. */
int wasm_program_slots(wasm_program *program, uint32_t function, uint32_t *slots, uint32_t count);
/* Stop before the instruction at *offset* of *function*, which stepping code has been made of, or no longer. 0 if there is one. */
int wasm_program_break(wasm_program *program, uint32_t function, uint32_t offset, int wanted);
/* 0 when *function* has code now; 1 when memory ran out, 2 when the body makes no sense. */
int wasm_program_translate(wasm_program *program, uint32_t function);
/* The place in the source of the operation in *cell* of *function*; UINT32_MAX when there is no memory to find out. */
uint32_t wasm_program_offset(wasm_program *program, uint32_t function, uint32_t cell);
/* The code of *function* as text, for those who work on the translator. At most *size* bytes are written; the length is returned. */
size_t wasm_program_dump(const wasm_program *program, uint32_t function, char *text, size_t size);

/* Machines: one for each store. */
wasm_machine *wasm_machine_new(void);
void wasm_machine_set_call_depth(wasm_machine *machine, uint32_t call_depth);
void wasm_machine_free(wasm_machine *machine);
uint64_t *wasm_machine_box(wasm_machine *machine);
/* Where many arguments or results stand; it moves when functions with more of them appear. NULL as long as there are none. */
uint64_t *wasm_machine_wide_mail(wasm_machine *machine);
/* The most words that arguments or results of any function have so far. */
uint32_t wasm_machine_widest(const wasm_machine *machine);
/* Call *function* with the arguments in the mail and *fuel* for the slice; a status. Calls may stand in one another. */
int wasm_machine_call(wasm_machine *machine, wasm_funcinst *function, int64_t fuel);
/* An address, which as a double crosses the border faster than as a pointer or as an integer; see wasm_at in machine.h. */
typedef double wasm_address;
/* Go on behind a host call, with its results in the mail; a status. */
int wasm_machine_resume(wasm_address machine);
/* Go on after any other interruption; a status. */
int wasm_machine_continue(wasm_machine *machine);
/* Throw an exception where the guest stands: in a host call or after one of the statuses above. *tag* is its word, what it carries
   stands in the mail, *reference* is its word or 0 for one that has none yet. WASM_DONE: it is caught, and the guest may go on. */
int wasm_machine_throw(wasm_machine *machine, uint64_t tag, uint64_t reference);
/* The entrance. Whoever is inside goes by writing 0 to WASM_BOX_ENTRANCE. */
enum { WASM_OTHERS, WASM_TAKEN, WASM_MINE };
/* WASM_TAKEN: this thread is inside now. WASM_MINE: it was already; WASM_OTHERS: another one is. */
int wasm_machine_take(wasm_address machine);
/* This is the child of a fork. If a thread that is not there any more was doing something to *machine*, its heap is left as it is for
   ever, and never freed. */
void wasm_machine_forked(wasm_machine *machine);
/* Take the entrance and call the guest function at that address with its arguments: a status. WASM_DONE: whoever called still is
   inside when there are results, and is not when there are none; WASM_BUSY: is not; any other status: is. */
int wasm_enter0(wasm_address function);
int wasm_enter1(wasm_address function, uint64_t a);
int wasm_enter2(wasm_address function, uint64_t a, uint64_t b);
int wasm_enter3(wasm_address function, uint64_t a, uint64_t b, uint64_t c);
int wasm_enter4(wasm_address function, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
/* Whether the functions above answer WASM_BUSY always. */
void wasm_machine_set_metered(wasm_machine *machine, int is_metered);
/* Forget the innermost call that is under way. */
void wasm_machine_abandon(wasm_machine *machine);
/* The guest functions of the innermost call that are under way: how many. */
uint32_t wasm_machine_depth(const wasm_machine *machine);
/* The *nth* of them, innermost first: its program, function index and cell. 0 when there is none. */
int wasm_machine_frame(const wasm_machine *machine, uint32_t nth, wasm_program **program, uint32_t *function, uint32_t *cell);

/* Stop where no more frames than *frames* are under way (see wasm_machine_frames); UINT64_MAX: everywhere, 0: at breakpoints only. */
void wasm_machine_watch(wasm_machine *machine, uint64_t frames);
/* How many frames are under way, those of the host included. */
uint64_t wasm_machine_frames(const wasm_machine *machine);
/* A number for the innermost call from outside, never given twice; 0 when there is none. */
uint64_t wasm_machine_serial(const wasm_machine *machine);

/* Whether a host function is being called. */
int wasm_machine_in_host(const wasm_machine *machine);

/* One of all guest functions under way. */
typedef struct {
    wasm_program *program;
    uint32_t function;
    uint32_t instance;     /* its number */
    uint32_t offset;       /* of the instruction that comes next, or is under way */
    int is_stepping;       /* operands are in their slots */
    const uint64_t *slots; /* good until the guest goes on */
} wasm_view;
/* The *nth* of them, innermost first. 0 when there is none. */
int wasm_machine_view(const wasm_machine *machine, uint32_t nth, wasm_view *view);

/* Functions. The machine keeps them all. NULL when memory runs out, as everywhere below. */
wasm_funcinst *wasm_function_new(wasm_machine *machine);
/* Make it a function of the host. *ids* are the numbers of its type's supertypes, *depth* of them, and of the type. 0 when done. */
int wasm_function_is_host(wasm_machine *machine, wasm_funcinst *function, uint32_t number, const uint64_t *ids, uint32_t depth,
                          uint32_t param_slots, uint32_t result_slots);
/* The number of its instance (0: the host) in the high half, its index or number in the low half. */
uint64_t wasm_function_where(const wasm_funcinst *function);

/* Instances. All of their index spaces are filled before code runs. */
wasm_instance *wasm_instance_new(wasm_machine *machine, wasm_program *program, uint32_t number);
/* A function, made when somebody asks for it first; *index* is right. */
wasm_funcinst *wasm_instance_function(wasm_instance *instance, uint32_t index);
/* What stands for a function from now on: an import, or one of its own that was wanted before there was the instance. */
void wasm_instance_set_function(wasm_instance *instance, uint32_t index, wasm_funcinst *function);
void wasm_instance_set_memory(wasm_instance *instance, uint32_t index, wasm_meminst *memory);
void wasm_instance_set_table(wasm_instance *instance, uint32_t index, wasm_tableinst *table);
/* Let calls of its functions run *program*, which is that of the instance or its twin. */
void wasm_instance_run(wasm_instance *instance, wasm_program *program);
/* The same tag has the same *word* everywhere. 0 when done. */
int wasm_instance_set_tag(wasm_instance *instance, uint32_t index, uint64_t word);
void wasm_instance_set_global(wasm_instance *instance, uint32_t index, uint64_t *cell);
/* The content is Python's and stays where it is; size 0 drops it. */
void wasm_instance_set_data(wasm_instance *instance, uint32_t index, const uint8_t *content, uint64_t size);
/* The items are copied. 0 when that was possible. */
int wasm_instance_set_elem(wasm_instance *instance, uint32_t index, const uint64_t *items, uint64_t size);

/* Memories, in bytes and pages. */
wasm_meminst *wasm_memory_new(wasm_machine *machine, uint64_t pages, uint64_t most_pages, uint32_t page_bits, int is_64);
/* One that belongs to no machine, and is used by several. It never moves. */
wasm_meminst *wasm_shared_memory_new(uint64_t pages, uint64_t most_pages, uint32_t page_bits, int is_64);
void wasm_shared_memory_free(wasm_meminst *memory);
/* So many more threads are about to wait there; or fewer. */
void wasm_memory_waits(wasm_meminst *memory, int32_t more);
/* What memories of *size* bytes begin with, to be written before the first of them does; NULL where there is no such thing. Lives as
   long as one likes, whoever began with it. */
wasm_image *wasm_image_new(uint64_t size);
uint8_t *wasm_image_base(const wasm_image *image);
void wasm_image_free(wasm_image *image);
/* A new memory of the size of *image* holds what that does; 0 when done. */
int wasm_memory_begin_with(wasm_meminst *memory, const wasm_image *image);
uint8_t *wasm_memory_base(const wasm_meminst *memory);
/* Two words: the size in bytes, and a number that changes whenever the memory may have moved. */
const uint64_t *wasm_memory_state(const wasm_meminst *memory);
/* The old size in pages, or -1. */
int64_t wasm_memory_grow(wasm_meminst *memory, uint64_t delta);

/* Tables of 64-bit references, 0 is null. *is_traced*: not of functions, so what they lead to may be in the heap. */
wasm_tableinst *wasm_table_new(wasm_machine *machine, uint64_t size, uint64_t most, uint64_t init, int is_64, int is_traced);
uint64_t wasm_table_size(const wasm_tableinst *table);
/* One element, and *count* elements that become *word*; all of them must be there. */
uint64_t wasm_table_at(const wasm_tableinst *table, uint64_t index);
void wasm_table_fill(wasm_tableinst *table, uint64_t index, uint64_t count, uint64_t word);
/* Elements from *index* on are the functions of *instance* with these indices. All of it is there. */
void wasm_table_set_functions(wasm_tableinst *table, uint64_t index, wasm_instance *instance, const uint32_t *functions, uint64_t count);
int64_t wasm_table_grow(wasm_tableinst *table, uint64_t delta, uint64_t init);

/* A global: two words, of which a v128 takes both. *is_traced*: as above. */
uint64_t *wasm_global_new(wasm_machine *machine, int is_traced);

/* The heap. See api_heap.h. */
const uint64_t *wasm_machine_heap_state(wasm_machine *machine);
void wasm_machine_set_most_elements(wasm_machine *machine, uint64_t most);
uint64_t wasm_machine_most_elements(const wasm_machine *machine);
/* The type of structs or arrays with these supertypes, itself last, as for functions; *held* says of each field, or of the elements,
   how it is held (8, 16, 32, 64, 128 bits, or a reference that is traced: 0 to 5). Python keeps them apart by *number*. */
wasm_gctype *wasm_heap_type(wasm_machine *machine, const uint64_t *ids, uint32_t depth, uint32_t number, int is_array,
                            const uint8_t *held, uint32_t count);
void wasm_instance_set_type(wasm_instance *instance, uint32_t index, wasm_gctype *type);
/* A new object whose content is all zero, and its pin. 0 when there is no room. */
uint64_t wasm_heap_make(wasm_machine *machine, const wasm_gctype *type, uint32_t length, uint64_t descriptor, uint32_t *pin);
/* Objects that are pinned stay. UINT32_MAX when memory ran out. */
uint32_t wasm_heap_pin(wasm_machine *machine, uint64_t word);
void wasm_heap_unpin(wasm_machine *machine, uint32_t pin);
/* The number of its type. */
uint32_t wasm_heap_type_of(uint64_t word);
uint32_t wasm_heap_length(uint64_t word);
/* Read field or element *index* into two words, or write it. What is read as a reference to an object is pinned, its pin given. The
   field numbered UINT32_MAX is the descriptor. 0 when memory ran out. */
int wasm_heap_read(wasm_machine *machine, uint64_t word, uint32_t index, uint64_t *value, uint32_t *pin);
void wasm_heap_write(uint64_t word, uint32_t index, const uint64_t *value);
/* A number for something of the host, UINT32_MAX when memory ran out. References to it are the number times 8, plus 2. */
uint32_t wasm_heap_host_number(wasm_machine *machine);
/* The next number from *from* on that was given before the last collection and not reached by it; UINT32_MAX: no more. */
uint32_t wasm_heap_dead(const wasm_machine *machine, uint32_t from);
/* Take such a number back. */
void wasm_heap_release(wasm_machine *machine, uint32_t number);
/* Collect whenever *bytes* were allocated, or as many as are alive if these are more. For tests; 0: all the time. */
void wasm_heap_collect_after(wasm_machine *machine, uint64_t bytes);
/* Collect now: while nothing runs, or within a call of the host. 0 when it is not the time for it. */
int wasm_heap_collect(wasm_machine *machine);
