/* A stat sink: logs how many counters and gauges the snapshot has that moved. */
#include "../proxy_wasm.h"

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(proxy_on_memory_allocate)(u32 size) { return take(size); }

u32 EXPORT(proxy_on_configure)(u32 root, u32 size) {
    u32 id = 0;
    return proxy_define_metric(0, "guest.sunk", 10, &id) == OK && proxy_increment_metric(id, 2) == OK;
}

void __attribute__((export_name("envoy_on_stats_update"))) envoy_on_stats_update(u32 root, u32 size) {
    forget_everything();
    u32 seen = 0, flags = 0;
    Text snapshot = {0, 0};
    proxy_get_buffer_status(8, &seen, &flags);
    if (proxy_get_buffer_bytes(8, 0, 8, &snapshot.data, &snapshot.size) != OK || snapshot.size < 8) return;
    say(INFO, seen == size ? TEXT("a whole snapshot") : TEXT("a part of a snapshot"), TEXT(""), TEXT(""), TEXT(""));
}
