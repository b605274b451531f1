/* An access logger: one line a request, and one with the trailers when there are any. It counts what it has written. */
#include "../proxy_wasm.h"

static u32 lines;

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(proxy_on_memory_allocate)(u32 size) { return take(size); }

u32 EXPORT(proxy_on_configure)(u32 root, u32 size) {
    proxy_define_metric(0, "guest.lines", 11, &lines);
    return 1;
}

static Text property(Text path) {
    Text value = {0, 0};
    return proxy_get_property(path.data, path.size, &value.data, &value.size) == OK ? value : TEXT("-");
}

static Text or_dash(Text text) { return text.size ? text : TEXT("-"); }

void EXPORT(proxy_on_log)(u32 context) {
    forget_everything();
    Text line = {take(4096), 0};
    put(&line, or_dash(header(REQUEST_HEADERS, TEXT(":method")))), put(&line, TEXT(" "));
    put(&line, or_dash(header(REQUEST_HEADERS, TEXT(":path")))), put(&line, TEXT(" "));
    put(&line, or_dash(header(RESPONSE_HEADERS, TEXT(":status")))), put(&line, TEXT(" "));
    put(&line, property(TEXT("request\0protocol"))), put(&line, TEXT(" "));
    put(&line, property(TEXT("response\0code_details"))), put(&line, TEXT(" "));
    put(&line, property(TEXT("upstream\0transport_failure_reason"))), put(&line, TEXT(" "));
    put(&line, property(TEXT("plugin_name")));
    proxy_log(INFO, line.data, line.size);
    Text size = property(TEXT("response\0size"));
    if (size.size == 8 && u32_at(size.data) > 3) say(DEBUG, TEXT("a long answer"), TEXT(""), TEXT(""), TEXT(""));
    u32 trailers = 0;
    if (proxy_get_header_map_size(RESPONSE_TRAILERS, &trailers) == OK && trailers)
        say(INFO, TEXT("trailer "), header(RESPONSE_TRAILERS, TEXT("x-end")), TEXT(""), TEXT(""));
    proxy_increment_metric(lines, 1);
}
