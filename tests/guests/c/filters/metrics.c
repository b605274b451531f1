/* Counts: requests by method, streams in flight, bytes of bodies; `GET /stats` answers with the numbers itself. */
#include "../proxy_wasm.h"

enum { COUNTER, GAUGE, HISTOGRAM };
static u32 gets, others, in_flight, bytes, sizes;

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(malloc)(u32 size) { return take(size); }

u32 EXPORT(proxy_on_configure)(u32 root, u32 size) {
    forget_everything();
    u32 bad = 0;
    bad |= proxy_define_metric(COUNTER, "guest.requests.get", 18, &gets);
    bad |= proxy_define_metric(COUNTER, "guest.requests.other", 20, &others);
    bad |= proxy_define_metric(GAUGE, "guest.in_flight", 15, &in_flight);
    bad |= proxy_define_metric(COUNTER, "guest.bytes", 11, &bytes);
    bad |= proxy_define_metric(HISTOGRAM, "guest.sizes", 11, &sizes);
    return !bad;
}

static void report(Text *to, Text what, u32 metric) {
    u64 value = 0;
    put(to, what);
    if (proxy_get_metric(metric, &value) == OK) put_number(to, (u32)value);
    else put(to, TEXT("?"));
    put(to, TEXT("\n"));
}

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    proxy_increment_metric(same(header(REQUEST_HEADERS, TEXT(":method")), TEXT("GET")) ? gets : others, 1);
    proxy_increment_metric(in_flight, 1);
    proxy_record_metric(sizes, count);
    if (!same(header(REQUEST_HEADERS, TEXT(":path")), TEXT("/stats"))) return CONTINUE;
    Text body = {take(200), 0};
    report(&body, TEXT("get "), gets);
    report(&body, TEXT("other "), others);
    report(&body, TEXT("in flight "), in_flight);
    report(&body, TEXT("bytes "), bytes);
    report(&body, TEXT("sizes "), sizes);
    proxy_send_local_response(200, 0, 0, body.data, body.size, 0, 0, -1);
    return PAUSE;
}

static u32 weigh(u32 size) {
    if (size) proxy_record_metric(bytes, size);
    return CONTINUE;
}

u32 EXPORT(proxy_on_request_body)(u32 context, u32 size, u32 end_of_stream) { return weigh(size); }

u32 EXPORT(proxy_on_response_body)(u32 context, u32 size, u32 end_of_stream) {
    weigh(size);
    if (end_of_stream) proxy_record_metric(sizes, size);
    return CONTINUE;
}

void EXPORT(proxy_on_log)(u32 context) { proxy_increment_metric(in_flight, -1); }
