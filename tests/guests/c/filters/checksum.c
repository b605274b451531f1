/* Adds up the bytes of both bodies and sends the sum in a trailer, `x-sum`; where the message has trailers anyway, a sum that is
 * there already is compared. A response that is to have trailers is announced with `trailer: x-sum` and loses its content-length.
 */
#include "../proxy_wasm.h"

static u32 sums[256][2];

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(proxy_on_memory_allocate)(u32 size) { return take(size); }

static void weigh(u32 context, u32 buffer, u32 size) {
    Text body = {0, 0};
    if (!size || proxy_get_buffer_bytes(buffer, 0, size, &body.data, &body.size) != OK) return;
    for (u32 i = 0; i < body.size; i++) sums[context & 255][buffer] += body.data[i];
}

static Text sum(u32 context, u32 buffer) {
    Text number = {take(10), 0};
    put_number(&number, sums[context & 255][buffer]);
    return number;
}

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    sums[context & 255][0] = sums[context & 255][1] = 0;
    if (!end_of_stream) remove(REQUEST_HEADERS, TEXT("content-length"));
    return CONTINUE;
}

u32 EXPORT(proxy_on_response_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    if (end_of_stream) return CONTINUE;
    remove(RESPONSE_HEADERS, TEXT("content-length"));
    add(RESPONSE_HEADERS, TEXT("trailer"), TEXT("x-sum"));
    return CONTINUE;
}

static u32 end_body(u32 context, u32 buffer, u32 map, u32 size, u32 end_of_stream) {
    forget_everything();
    weigh(context, buffer, size);
    if (end_of_stream) add(map, TEXT("x-sum"), sum(context, buffer));
    return CONTINUE;
}

u32 EXPORT(proxy_on_request_body)(u32 context, u32 size, u32 end_of_stream) {
    return end_body(context, REQUEST_BODY, REQUEST_TRAILERS, size, end_of_stream);
}

u32 EXPORT(proxy_on_response_body)(u32 context, u32 size, u32 end_of_stream) {
    return end_body(context, RESPONSE_BODY, RESPONSE_TRAILERS, size, end_of_stream);
}

static u32 end_trailers(u32 context, u32 buffer, u32 map) {
    forget_everything();
    Text told = header(map, TEXT("x-sum")), ours = sum(context, buffer);
    if (told.size && !same(told, ours)) say(WARN, TEXT("told "), told, TEXT(", found "), ours);
    proxy_replace_header_map_value(map, "x-sum", 5, ours.data, ours.size);
    return CONTINUE;
}

u32 EXPORT(proxy_on_request_trailers)(u32 context, u32 count) { return end_trailers(context, REQUEST_BODY, REQUEST_TRAILERS); }

u32 EXPORT(proxy_on_response_trailers)(u32 context, u32 count) { return end_trailers(context, RESPONSE_BODY, RESPONSE_TRAILERS); }
