/* Writes a star over every digit that stands in a row of four or more, piece by piece as bodies pass, in both directions. A row
 * that is cut by the border of two pieces is recognised when its second half comes; only that half is hidden, and a line says so.
 */
#include "../proxy_wasm.h"

static u32 runs[256][2]; /* how long the row of digits is with which the last piece ended, by stream and direction */

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(malloc)(u32 size) { return take(size); }

static u32 redact(u32 context, u32 buffer, u32 size, u32 end_of_stream) {
    forget_everything();
    u32 *run = &runs[context & 255][buffer], before = *run, changed = 0;
    u32 seen = 0, flags = 7;
    if (proxy_get_buffer_status(buffer, &seen, &flags) != OK || !seen) {
        if (end_of_stream) *run = 0;
        return CONTINUE;
    }
    Text body = {0, 0};
    if (proxy_get_buffer_bytes(buffer, 0, seen, &body.data, &body.size) != OK) return CONTINUE;
    for (u32 i = 0; i < body.size; i++) {
        *run = body.data[i] >= '0' && body.data[i] <= '9' ? *run + 1 : 0;
        u32 ends = *run && (i + 1 == body.size || body.data[i + 1] < '0' || body.data[i + 1] > '9');
        if (!ends || *run < 4) continue;
        for (u32 k = 0; k < *run && k <= i; k++) body.data[i - k] = '*', changed++;
    }
    if (before && changed && body.data[0] == '*') say(WARN, TEXT("a number was cut"), TEXT(""), TEXT(""), TEXT(""));
    if (changed) proxy_set_buffer_bytes(buffer, 0, body.size, body.data, body.size);
    if (end_of_stream) *run = 0;
    return CONTINUE;
}

u32 EXPORT(proxy_on_request_body)(u32 context, u32 size, u32 end_of_stream) {
    return redact(context, REQUEST_BODY, size, end_of_stream);
}

u32 EXPORT(proxy_on_response_body)(u32 context, u32 size, u32 end_of_stream) {
    return redact(context, RESPONSE_BODY, size, end_of_stream);
}

u32 EXPORT(proxy_on_done)(u32 context) {
    runs[context & 255][0] = runs[context & 255][1] = 0;
    return 1;
}
