/* Guests that no host should accept, or that fail before their first callback; one binary per macro.
 *
 * NO_MARKER: no ABI version exported. NO_ALLOCATOR: neither malloc nor proxy_on_memory_allocate. MISSING_IMPORT: imports
 * a function no host gives. WRONG_IMPORT: imports proxy_log with a wrong type. WRONG_CALLBACK: exports
 * proxy_on_request_headers without end_of_stream. TRAP_AT_START: traps in _initialize. CALL_AT_START: calls a host
 * function in _initialize which is not allowed there. Without a macro it is a valid guest that does nothing.
 */
typedef unsigned int u32;

#define EXPORT(name) __attribute__((export_name(#name))) name
#define IMPORT(name) __attribute__((import_module("env"), import_name(#name)))

#ifndef NO_MARKER
void EXPORT(proxy_abi_version_0_2_1)(void) {}
#endif

#ifndef NO_ALLOCATOR
void *EXPORT(malloc)(u32 size) { return (void *)1024; }
#endif

#ifdef MISSING_IMPORT
IMPORT(proxy_make_coffee) u32 coffee(u32 cups);
IMPORT(proxy_make_tea) u32 tea(u32 cups);
u32 EXPORT(proxy_on_done)(u32 context) { return coffee(context) + tea(context); }
#endif

#ifdef WRONG_IMPORT
IMPORT(proxy_log) u32 log_one(u32 level);
u32 EXPORT(proxy_on_done)(u32 context) { return log_one(context); }
#endif

#ifdef WRONG_CALLBACK
u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count) { return 0; }
#endif

#ifdef TRAP_AT_START
void EXPORT(_initialize)(void) { __builtin_trap(); }
#endif

#ifdef CALL_AT_START
IMPORT(proxy_set_tick_period_milliseconds) u32 tick(u32 period);
void EXPORT(_initialize)(void) { tick(1); }
#endif
