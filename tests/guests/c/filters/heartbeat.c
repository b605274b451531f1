/* A service that nobody calls: it beats, asks a cluster how it is at every beat, and keeps the latest answer in shared data. After
 * two beats it stops, and asks whether anybody waits for its end.
 */
#include "../proxy_wasm.h"

static u32 beats, gauge;

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(malloc)(u32 size) { return take(size); }

void EXPORT(_initialize)(void) {}

u32 EXPORT(__main_void)(void) { return 0; }

u32 EXPORT(proxy_on_configure)(u32 root, u32 size) {
    forget_everything();
    u32 level = 9;
    u64 now = 0;
    if (proxy_get_log_level(&level) != OK || proxy_get_current_time_nanoseconds(&now) != OK || !now) return 0;
    say(level > INFO ? WARN : INFO, TEXT("the heart begins to beat"), TEXT(""), TEXT(""), TEXT(""));
    proxy_define_metric(1, "guest.beats", 11, &gauge);
    proxy_set_tick_period_milliseconds(1500);
    return 1;
}

void EXPORT(proxy_on_tick)(u32 root) {
    forget_everything();
    proxy_record_metric(gauge, ++beats);
    if (beats == 2) {
        proxy_set_tick_period_milliseconds(0);
        proxy_done();
    }
    const Text pieces[] = {TEXT(":method"), TEXT("GET"), TEXT(":path"), TEXT("/health"), TEXT(":authority"), TEXT("web_service")};
    Text list = write_pairs(pieces, 3);
    u32 id = 0;
    if (proxy_http_call("web_service", 11, list.data, list.size, 0, 0, 0, 0, 300, &id) != OK)
        say(ERROR, TEXT("cannot ask"), TEXT(""), TEXT(""), TEXT(""));
}

void EXPORT(proxy_on_http_call_response)(u32 root, u32 id, u32 headers, u32 size, u32 trailers) {
    forget_everything();
    Text status = header(CALL_HEADERS, TEXT(":status"));
    u32 code = 99, cas = 0;
    Text text = {0, 0}, before = {0, 0};
    proxy_get_status(&code, &text.data, &text.size);
    proxy_get_shared_data("health", 6, &before.data, &before.size, &cas);
    if (!same(before, status)) say(INFO, TEXT("health: "), status, TEXT(" before: "), before);
    proxy_set_shared_data("health", 6, status.data, status.size, 0);
}

u32 EXPORT(proxy_on_done)(u32 root) { return 0; }
