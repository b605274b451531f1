/* Stops in every phase whose letter is in the header `x-pause` (h b t in the request, H B T in the response) and goes on when a
 * cluster has answered; bodies are held as `x-hold` says: 1 buffer, 2 watermark, 3 no buffer. The answer to each call says what then:
 * its body `deny` becomes a local response, `close` closes the stream, anything else goes on.
 */
#include "../proxy_wasm.h"

enum { PHASES = 6 };
static const byte letters[] = "hbtHBT";
static struct {
    u32 stream, call, phase;
} waits[32];
static u32 asked[256][PHASES], hold = 1;

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(proxy_on_memory_allocate)(u32 size) { return take(size); }

static byte wanted[256];

static u32 stop(u32 context, u32 phase, u32 action) {
    forget_everything();
    if (!(wanted[context & 255] >> phase & 1) || asked[context & 255][phase]) return CONTINUE;
    asked[context & 255][phase] = 1;
    byte name[] = "/phase-x";
    name[7] = letters[phase];
    const Text pieces[] = {TEXT(":method"), TEXT("GET"), TEXT(":path"), {name, 8}, TEXT(":authority"), TEXT("a")};
    Text list = write_pairs(pieces, 3);
    u32 id = 0;
    if (proxy_http_call("web_service", 11, list.data, list.size, 0, 0, 0, 0, 3000, &id) != OK) return CONTINUE;
    for (u32 i = 0; i < 32; i++)
        if (!waits[i].stream) {
            waits[i].stream = context, waits[i].call = id, waits[i].phase = phase;
            break;
        }
    return action;
}

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    Text phases = header(REQUEST_HEADERS, TEXT("x-pause")), how = header(REQUEST_HEADERS, TEXT("x-hold"));
    hold = how.size ? how.data[0] - '0' : 1;
    wanted[context & 255] = 0;
    for (u32 i = 0; i < phases.size; i++)
        for (u32 k = 0; k < PHASES; k++)
            if (phases.data[i] == letters[k]) wanted[context & 255] |= 1 << k;
    for (u32 k = 0; k < PHASES; k++) asked[context & 255][k] = 0;
    return stop(context, 0, PAUSE);
}

u32 EXPORT(proxy_on_request_body)(u32 context, u32 size, u32 end) { return stop(context, 1, hold); }
u32 EXPORT(proxy_on_request_trailers)(u32 context, u32 count) { return stop(context, 2, PAUSE); }
u32 EXPORT(proxy_on_response_headers)(u32 context, u32 count, u32 end) { return stop(context, 3, PAUSE); }
u32 EXPORT(proxy_on_response_body)(u32 context, u32 size, u32 end) { return stop(context, 4, hold); }
u32 EXPORT(proxy_on_response_trailers)(u32 context, u32 count) { return stop(context, 5, PAUSE); }

void EXPORT(proxy_on_http_call_response)(u32 root, u32 id, u32 headers, u32 size, u32 trailers) {
    forget_everything();
    u32 at = 0;
    while (at < 32 && !(waits[at].stream && waits[at].call == id)) at++;
    if (at == 32) return;
    u32 stream = waits[at].stream, phase = waits[at].phase;
    waits[at].stream = 0;
    Text body = {0, 0};
    proxy_get_buffer_bytes(CALL_BODY, 0, size, &body.data, &body.size);
    if (proxy_set_effective_context(stream) != OK) return;
    u32 direction = phase / 3;
    if (same(body, TEXT("deny"))) proxy_send_local_response(403, "phase_denied", 12, "denied", 6, 0, 0, -1);
    else if (same(body, TEXT("close"))) proxy_close_stream(direction);
    else proxy_continue_stream(direction);
}

u32 EXPORT(proxy_on_done)(u32 context) {
    for (u32 i = 0; i < 32; i++)
        if (waits[i].stream == context) waits[i].stream = 0;
    return 1;
}
