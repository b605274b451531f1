/* A token bucket in shared data: each client (header `x-client`) has three tokens; who has none left gets 429 until the next tick
 * fills every bucket again. The timer runs only while a bucket is not full.
 */
#include "../proxy_wasm.h"

enum { CAPACITY = 3, CAS_MISMATCH = 8, CLIENTS = 8 };
static byte names[CLIENTS][32];
static u32 sizes[CLIENTS], clients;

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(proxy_on_memory_allocate)(u32 size) { return take(size); }

static void remember(Text name) {
    for (u32 i = 0; i < clients; i++)
        if (same(name, (Text){names[i], sizes[i]})) return;
    if (clients == CLIENTS || name.size > 32) return;
    for (u32 i = 0; i < name.size; i++) names[clients][i] = name.data[i];
    sizes[clients++] = name.size;
}

/* Take a token of *name*; gives how many were left before. */
static u32 take_token(Text name) {
    for (u32 attempt = 0; attempt < 4; attempt++) {
        byte *data = 0;
        u32 size = 0, cas = 0, left = CAPACITY;
        if (proxy_get_shared_data(name.data, name.size, &data, &size, &cas) == OK && size == 1) left = *data;
        if (!left) return 0;
        byte less = left - 1;
        u32 status = proxy_set_shared_data(name.data, name.size, &less, 1, cas);
        if (status == OK) return left;
        if (status != CAS_MISMATCH) return 0;
    }
    return 0;
}

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    Text name = header(REQUEST_HEADERS, TEXT("x-client"));
    if (!name.size) name = TEXT("nobody");
    u32 left = take_token(name);
    Text number = {take(10), 0};
    put_number(&number, left ? left - 1 : 0);
    remember(name);
    if (left) {
        add(REQUEST_HEADERS, TEXT("x-ratelimit-remaining"), number);
        return CONTINUE;
    }
    proxy_set_tick_period_milliseconds(60);
    const Text pieces[] = {TEXT("retry-after"), TEXT("1"), TEXT("x-ratelimit-limit"), TEXT("3")};
    Text pairs = write_pairs(pieces, 2);
    proxy_send_local_response(429, "rate_limited", 12, "slow down", 9, pairs.data, pairs.size, 8);
    return PAUSE;
}

void EXPORT(proxy_on_tick)(u32 root) {
    forget_everything();
    proxy_set_tick_period_milliseconds(0);
    byte full = CAPACITY;
    for (u32 i = 0; i < clients; i++) proxy_set_shared_data(names[i], sizes[i], &full, 1, 0);
    say(INFO, TEXT("buckets are full again"), TEXT(""), TEXT(""), TEXT(""));
}
