/* The border for validation. */

/* Judge so many functions that are not imported, the first of them by its place among these. 0 when all pass, 1 when memory runs
   out, 2 when one does not pass, 3 when one has an instruction that C has no rule for. *reached is the place of the one that ended it.

   A refusal has no reason: the validator in Python, which knows all of them, looks at that function again. */
int wasm_validate(const wasm_module *module, uint32_t first, uint32_t count, uint32_t *reached);
