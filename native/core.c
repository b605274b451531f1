/* What the C core says of itself: who built it, and how. */

#include <stdint.h>

#include "allocate.h"

#include "api_core.h"

#ifdef WASM_FAIL_ALLOCATIONS
int64_t wasm_allocations_left = INT64_MAX, wasm_allocations_failing = INT64_MAX, wasm_allocations_kept;
#endif

const char *wasm_core_compiler(void)
{
#if defined(__clang__)
    return "clang " __clang_version__;
#elif defined(__GNUC__)
    return "gcc " __VERSION__;
#elif defined(_MSC_VER)
    return "msvc";
#else
    return "an unknown compiler";
#endif
}

int wasm_core_is_optimised(void)
{
#if defined(__GNUC__) && !defined(__OPTIMIZE__)
    return 0;
#else
    return 1;
#endif
}
