/* The instruction table: what native/generate.py writes, and the search for a row behind a prefix. */

#include "rows.h"

#include "generated/rows.h"

int wasm_prefixed(uint8_t prefix, uint32_t code)
{
    for (unsigned x = 0; x < sizeof prefixes / sizeof *prefixes; x++) {
        if (prefixes[x].prefix == prefix) {
            return code < prefixes[x].count ? prefixes[x].numbers[code] : -1;
        }
    }
    return -1;
}
