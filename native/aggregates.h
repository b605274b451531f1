/* What the operations on structs and arrays call. See aggregates.c. */

#ifndef WASM_AGGREGATES_H
#define WASM_AGGREGATES_H

#include "machine.h"

int wasm_struct_new(wasm_machine *machine);
int wasm_struct_new_default(wasm_machine *machine);
int wasm_struct_new_desc(wasm_machine *machine);
int wasm_struct_new_default_desc(wasm_machine *machine);
int wasm_array_new(wasm_machine *machine);
int wasm_array_new_default(wasm_machine *machine);
int wasm_array_new_fixed(wasm_machine *machine);
int wasm_array_new_data(wasm_machine *machine);
int wasm_array_new_elem(wasm_machine *machine);
int wasm_array_fill(wasm_machine *machine);
int wasm_array_copy(wasm_machine *machine);
int wasm_array_init_data(wasm_machine *machine);
int wasm_array_init_elem(wasm_machine *machine);

/* Whether a reference that is not null is of a heap type that has a name. */
bool wasm_is_named(uint64_t word, uint32_t heap);
bool wasm_is_of(uint64_t word, const wasm_cell *data);
/* Whether it is a struct that was made with *descriptor*; *null* is the answer for null. */
bool wasm_is_described(uint64_t word, uint64_t descriptor, bool null);

#endif
