/* A guest that misbehaves in a way and a place chosen by its configuration: "WAY [PLACE]", for example "trap proxy_on_log".
 *
 * Ways at a place (a callback's name): trap, loop (for ever), deep (recursion without end), eat (grow the memory until
 * refused, touch it, log how far it went, then go on).
 * Ways without a place, at request headers: wild (pointers outside memory, numbers outside every enumeration), twice
 * (two local responses), after (a local response, then Continue and header changes), allocator (the allocator gives 0
 * from now on), astray (the allocator gives an address outside memory from now on), recall (continue and Pause in one), close
 * (closes the stream and continues). At response headers: late (a local response), close_response. At the response's body:
 * too_late (a local response).
 * `refuse` makes proxy_on_configure say no, `refuse_vm` proxy_on_vm_start (read from the VM configuration).
 */
#include "proxy_wasm.h"

static byte kept[128];
static Text way, place;
static u32 allocator; /* 0 works, 1 gives 0, 2 gives an address far outside */

void EXPORT(proxy_abi_version_0_2_1)(void) {}

static volatile u32 bottom = 0xffffffff;

/* Recursion of the wasm stack only: nothing here lives in memory, and the volatile read stops it from becoming a loop. */
__attribute__((noinline)) u32 deeper(u32 depth) {
    if (depth == bottom) return 1;
    u32 below = deeper(depth + 1);
    return bottom ? below * 3 + depth : below;
}

static void eat(void) {
    u32 pages = __builtin_wasm_memory_size(0), grown;
    do {
        grown = __builtin_wasm_memory_grow(0, 256);
        if (grown != (u32)-1) *(volatile byte *)(grown << 16) = 1, pages = grown + 256;
    } while (grown != (u32)-1);
    Text number = {take(10), 0};
    put_number(&number, pages);
    say(WARN, TEXT("refused after "), number, TEXT(" pages"), TEXT(""));
}

/* Called first in every callback: misbehave here if this is the place. */
static void come_to(Text here) {
    if (!same(place, here)) return;
    say(INFO, TEXT("now "), way, TEXT(" in "), here);
    if (same(way, TEXT("trap"))) __builtin_trap();
    if (same(way, TEXT("deep"))) bottom = deeper(0);
    if (same(way, TEXT("eat"))) eat();
    if (same(way, TEXT("loop")))
        for (volatile u32 i = 0;; i++) {}
}

#define COME(name) (forget_everything(), come_to(TEXT(#name)))

byte *EXPORT(proxy_on_memory_allocate)(u32 size) {
    if (allocator == 1) return 0;
    if (allocator == 2) return (byte *)0xfffffff0;
    if (same(place, TEXT("proxy_on_memory_allocate"))) come_to(TEXT("proxy_on_memory_allocate"));
    return take(size);
}

/* Keep "WAY [PLACE]" out of a configuration buffer; nothing happens when it is empty. */
static void read(u32 buffer) {
    Text text = {0, 0};
    if (proxy_get_buffer_bytes(buffer, 0, sizeof kept, &text.data, &text.size) != OK || !text.size) return;
    u32 end = 0;
    for (u32 i = 0; i < text.size; i++) kept[i] = text.data[i];
    while (end < text.size && kept[end] != ' ') end++;
    way = (Text){kept, end};
    if (end < text.size) place = (Text){kept + end + 1, text.size - end - 1};
}

void EXPORT(proxy_on_context_create)(u32 context, u32 parent) {
    forget_everything();
    if (!parent) read(PLUGIN_CONFIGURATION);
    if (parent ? same(place, TEXT("stream")) : same(place, TEXT("root"))) {
        place = TEXT("proxy_on_context_create");
        come_to(place);
    }
}

u32 EXPORT(proxy_on_vm_start)(u32 root, u32 size) {
    forget_everything();
    read(VM_CONFIGURATION);
    COME(proxy_on_vm_start);
    return !same(way, TEXT("refuse_vm"));
}

u32 EXPORT(proxy_on_configure)(u32 root, u32 size) {
    COME(proxy_on_configure);
    return !same(way, TEXT("refuse"));
}

static void report(Text what, u32 status) {
    Text number = {take(10), 0};
    put_number(&number, status);
    say(INFO, what, TEXT(": "), number, TEXT(""));
}

static void go_wild(void) {
    byte *far = (byte *)0xfffffff0, *data = 0;
    u32 size = 0, id = 0;
    Text path = TEXT("request\0path");
    report(TEXT("log from outside"), proxy_log(INFO, far, 64));
    report(TEXT("log of a huge size"), proxy_log(INFO, kept, 0xffffffff));
    report(TEXT("log at level 77"), proxy_log(77, "x", 1));
    report(TEXT("header name outside"), proxy_get_header_map_value(REQUEST_HEADERS, far, 64, &data, &size));
    report(TEXT("header result outside"), proxy_get_header_map_value(REQUEST_HEADERS, ":path", 5, (byte **)far, &size));
    report(TEXT("header size outside"), proxy_get_header_map_value(REQUEST_HEADERS, ":path", 5, &data, (u32 *)0xfffffffe));
    report(TEXT("map 99"), proxy_get_header_map_value(99, ":path", 5, &data, &size));
    report(TEXT("pairs of map 99"), proxy_get_header_map_pairs(99, &data, &size));
    report(TEXT("buffer 99"), proxy_get_buffer_bytes(99, 0, 10, &data, &size));
    report(TEXT("body result outside"), proxy_get_buffer_bytes(VM_CONFIGURATION, 0, 10, (byte **)far, (u32 *)far));
    report(TEXT("property path outside"), proxy_get_property(far, 64, &data, &size));
    report(TEXT("property result outside"), proxy_get_property(path.data, path.size, (byte **)far, &size));
    report(TEXT("add from outside"), proxy_add_header_map_value(REQUEST_HEADERS, "x-wild", 6, far, 64));
    report(TEXT("call with outside pairs"), proxy_http_call("web_service", 11, far, 64, 0, 0, 0, 0, 100, &id));
    report(TEXT("call with broken pairs"), proxy_http_call("web_service", 11, "\377\377\377\377", 4, 0, 0, 0, 0, 100, &id));
    report(TEXT("call without headers"), proxy_http_call("web_service", 11, "\0\0\0\0", 4, 0, 0, 0, 0, 100, &id));
    report(TEXT("context 4242"), proxy_set_effective_context(4242));
    report(TEXT("stream 9"), proxy_continue_stream(9));
}

static void answer(u32 status, Text body) {
    proxy_send_local_response(status, "", 0, body.data, body.size, "\0\0\0\0", 4, -1);
}

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count, u32 end_of_stream) {
    COME(proxy_on_request_headers);
    if (same(way, TEXT("wild"))) go_wild();
    if (same(way, TEXT("twice"))) {
        answer(401, TEXT("first"));
        answer(402, TEXT("second"));
        return PAUSE;
    }
    if (same(way, TEXT("after"))) {
        answer(401, TEXT("only"));
        add(REQUEST_HEADERS, TEXT("x-after"), TEXT("1"));
        return CONTINUE;
    }
    if (same(way, TEXT("close"))) report(TEXT("close"), proxy_close_stream(REQUEST_STREAM));
    if (same(way, TEXT("recall"))) {
        proxy_continue_stream(REQUEST_STREAM);
        return PAUSE;
    }
    if (same(way, TEXT("allocator")) || same(way, TEXT("astray"))) {
        byte *data = 0;
        u32 size = 7, status;
        allocator = same(way, TEXT("allocator")) ? 1 : 2;
        status = proxy_get_header_map_value(REQUEST_HEADERS, ":path", 5, &data, &size);
        report(TEXT("header without memory"), status);
        status = proxy_get_header_map_pairs(REQUEST_HEADERS, &data, &size);
        report(TEXT("pairs without memory"), status);
    }
    return CONTINUE;
}

u32 EXPORT(proxy_on_request_body)(u32 context, u32 size, u32 end_of_stream) {
    COME(proxy_on_request_body);
    return CONTINUE;
}

u32 EXPORT(proxy_on_request_trailers)(u32 context, u32 count) {
    COME(proxy_on_request_trailers);
    return CONTINUE;
}

u32 EXPORT(proxy_on_response_headers)(u32 context, u32 count, u32 end_of_stream) {
    COME(proxy_on_response_headers);
    if (same(way, TEXT("late"))) answer(502, TEXT("late"));
    if (same(way, TEXT("close_response"))) report(TEXT("close"), proxy_close_stream(RESPONSE_STREAM));
    return CONTINUE;
}

u32 EXPORT(proxy_on_response_body)(u32 context, u32 size, u32 end_of_stream) {
    COME(proxy_on_response_body);
    if (same(way, TEXT("too_late"))) answer(502, TEXT("too late"));
    return CONTINUE;
}

u32 EXPORT(proxy_on_response_trailers)(u32 context, u32 count) {
    COME(proxy_on_response_trailers);
    return CONTINUE;
}

void EXPORT(proxy_on_tick)(u32 root) { COME(proxy_on_tick); }

u32 EXPORT(proxy_on_done)(u32 context) {
    COME(proxy_on_done);
    return 1;
}

/* The timer starts when the first stream is over, so that it never meets one that is under way. */
void EXPORT(proxy_on_log)(u32 context) {
    COME(proxy_on_log);
    if (same(place, TEXT("proxy_on_tick"))) proxy_set_tick_period_milliseconds(20);
}

void EXPORT(proxy_on_delete)(u32 context) { COME(proxy_on_delete); }
