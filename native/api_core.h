/* What the C core says of itself. */

/* The compiler that built it, for people. */
const char *wasm_core_compiler(void);

/* 0 when it was built without optimisation: the loop is then several times slower than it should be. */
int wasm_core_is_optimised(void);
