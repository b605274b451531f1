/* The entrance of a machine, and the shortest way through it.

   Lives here: who is inside of a machine, and calls from outside with a few numbers as arguments.
   Not here: what a call is (machine.c), and what Python does before and after it (pywasm_vm/execution/native/crossing.py).

   One thread at a time is inside. The word WASM_BOX_ENTRANCE has its number, and 0 when nobody is inside; whoever is inside may write
   the 0. Python holds its lock when it does, but a guest runs without that lock, so the word is taken as the machine takes words that
   threads share. */

#include "machine.h"

#define SLICE INT64_C(20000000) /* SLICE of crossing.py */

#if defined(_WIN32)
#include <intrin.h>
#include <windows.h>
#else
#include <pthread.h>
#endif

/* A number that no other living thread has, and never 0. */
static uint64_t this_thread(void)
{
#if defined(_WIN32)
    return GetCurrentThreadId();
#else
    return (uint64_t)(uintptr_t)pthread_self();
#endif
}

static bool take(wasm_machine *machine)
{
    uint64_t *word = &machine->box[WASM_BOX_ENTRANCE];
#if defined(__GNUC__)
    uint64_t nobody = 0;
    if (!__atomic_compare_exchange_n(word, &nobody, this_thread(), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        return false;
    }
#else
    if (_InterlockedCompareExchange64((volatile long long *)word, (long long)this_thread(), 0) != 0) {
        return false;
    }
#endif
    machine->box[WASM_BOX_HELD] = 0;
    return true;
}

static uint64_t inside(const wasm_machine *machine)
{
#if defined(__GNUC__)
    return __atomic_load_n(&machine->box[WASM_BOX_ENTRANCE], __ATOMIC_ACQUIRE);
#else
    return *(const volatile uint64_t *)&machine->box[WASM_BOX_ENTRANCE];
#endif
}

static void leave(wasm_machine *machine)
{
#if defined(__GNUC__)
    __atomic_store_n(&machine->box[WASM_BOX_ENTRANCE], 0, __ATOMIC_RELEASE);
#else
    _InterlockedExchange64((volatile long long *)&machine->box[WASM_BOX_ENTRANCE], 0);
#endif
}

int wasm_machine_take(wasm_address address)
{
    wasm_machine *machine = wasm_at(address);
    return take(machine) ? WASM_TAKEN : inside(machine) == this_thread() ? WASM_MINE : WASM_OTHERS;
}

void wasm_machine_forked(wasm_machine *machine)
{
    uint64_t who = inside(machine);
    if ((who && who != this_thread()) || machine->heap.lock) {
        machine->heap.is_lost = true;
        machine->heap.lock = 0;
    }
}

static int enter(wasm_funcinst *function, const uint64_t *arguments, uint32_t count)
{
    wasm_machine *machine = function->instance->machine;
    int status;
    if (!take(machine)) {
        return WASM_BUSY;
    }
    if (machine->is_metered) {
        leave(machine);
        return WASM_BUSY;
    }
    for (uint32_t x = 0; x < count; x++) {
        machine->box[WASM_BOX_MAIL + x] = arguments[x];
    }
    status = wasm_machine_call(machine, function, SLICE);
    if (status == WASM_DONE && !function->result_slots) {
        leave(machine);
    }
    return status;
}

int wasm_enter0(wasm_address function)
{
    return enter(wasm_at(function), NULL, 0);
}

int wasm_enter1(wasm_address function, uint64_t a)
{
    return enter(wasm_at(function), &a, 1);
}

int wasm_enter2(wasm_address function, uint64_t a, uint64_t b)
{
    uint64_t arguments[] = {a, b};
    return enter(wasm_at(function), arguments, 2);
}

int wasm_enter3(wasm_address function, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t arguments[] = {a, b, c};
    return enter(wasm_at(function), arguments, 3);
}

int wasm_enter4(wasm_address function, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t arguments[] = {a, b, c, d};
    return enter(wasm_at(function), arguments, 4);
}

void wasm_machine_set_metered(wasm_machine *machine, int is_metered)
{
    machine->is_metered = is_metered != 0;
}
