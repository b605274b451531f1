/* A well-behaved filter in plain C: the behaviours all our guests share, and three more that only this one has.
 *
 * The plugin configuration is a word, or a word and an argument: see ../README.md for the table of behaviours.
 * Only in C: `trailers` adds and logs trailers, `tick` holds a request until the next tick, `properties` logs attributes.
 */
#include "proxy_wasm.h"

#define LANGUAGE "c"

enum Behaviour { HEADERS, BODY, LOCAL, CALL, TRAILERS, TICK, PROPERTIES, BEHAVIOURS };

static const Text words[BEHAVIOURS] = {
    {(byte *)"headers", 7}, {(byte *)"body", 4}, {(byte *)"local", 5},       {(byte *)"call", 4},
    {(byte *)"trailers", 8}, {(byte *)"tick", 4}, {(byte *)"properties", 10},
};

static enum Behaviour behaviour;
static byte cluster[64];
static u32 cluster_size;
static u32 waiting[64][2]; /* (call id, stream) of each call under way, or (1, stream) of a stream that waits for a tick */

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(proxy_on_memory_allocate)(u32 size) { return take(size); }

void EXPORT(proxy_on_context_create)(u32 context, u32 parent) {}

u32 EXPORT(proxy_on_vm_start)(u32 root, u32 size) { return 1; }

/* Give the behaviour named by *word*, or BEHAVIOURS when there is none of that name. */
static enum Behaviour find(Text word) {
    u32 found = 0;
    while (found < BEHAVIOURS && !same(word, words[found])) found++;
    return found;
}

u32 EXPORT(proxy_on_configure)(u32 root, u32 size) {
    forget_everything();
    Text text = {0, 0};
    proxy_get_buffer_bytes(PLUGIN_CONFIGURATION, 0, size, &text.data, &text.size);
    u32 end = 0;
    while (end < text.size && text.data[end] != ' ') end++;
    behaviour = text.size ? find((Text){text.data, end}) : HEADERS;
    if (behaviour == BEHAVIOURS) {
        say(ERROR, TEXT("unknown behaviour: "), text, TEXT(""), TEXT(""));
        return 0;
    }
    Text name = TEXT("web_service");
    if (end < text.size) name = (Text){text.data + end + 1, text.size - end - 1};
    for (cluster_size = 0; cluster_size < name.size && cluster_size < sizeof cluster; cluster_size++)
        cluster[cluster_size] = name.data[cluster_size];
    return 1;
}

static void log_pairs(u32 map, Text what) {
    byte *data = 0;
    u32 size = 0;
    if (proxy_get_header_map_pairs(map, &data, &size) != OK || size < 4) return;
    u32 count = u32_at(data);
    byte *at = data + 4 + 8 * count;
    for (u32 i = 0; i < count; i++) {
        Text key = {at, u32_at(data + 4 + 8 * i)}, value = {at + key.size + 1, u32_at(data + 8 + 8 * i)};
        say(INFO, what, key, TEXT(": "), value);
        at = value.data + value.size + 1;
    }
}

static void log_property(Text name, Text path) {
    Text value = {0, 0};
    u32 status = proxy_get_property(path.data, path.size, &value.data, &value.size);
    Text number = {take(10), 0};
    put_number(&number, status);
    if (status == OK)
        say(INFO, TEXT("property "), name, TEXT(" = "), value);
    else
        say(INFO, TEXT("property "), name, TEXT(": status "), number);
}

static void answer(u32 status, Text details, Text body, const Text *pieces, u32 pairs) {
    Text list = write_pairs(pieces, pairs);
    proxy_send_local_response(status, details.data, details.size, body.data, body.size, list.data, list.size, -1);
}

static u32 ask(u32 context) {
    const Text pieces[] = {TEXT(":method"),    TEXT("GET"),         TEXT(":path"),     TEXT("/check"),
                           TEXT(":authority"), TEXT("web_service"), TEXT("x-call-id"), header(REQUEST_HEADERS, TEXT("x-call-id"))};
    Text list = write_pairs(pieces, 4);
    u32 id = 0;
    if (proxy_http_call(cluster, cluster_size, list.data, list.size, 0, 0, 0, 0, 2000, &id) != OK) {
        answer(503, TEXT("call_refused"), TEXT("cannot call"), 0, 0);
        return PAUSE;
    }
    for (u32 i = 0; i < 64; i++)
        if (!waiting[i][1]) {
            waiting[i][0] = id, waiting[i][1] = context;
            break;
        }
    return PAUSE;
}

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    switch (behaviour) {
    case HEADERS:
        log_pairs(REQUEST_HEADERS, TEXT("request header "));
        add(REQUEST_HEADERS, TEXT("x-filter"), TEXT(LANGUAGE));
        remove(REQUEST_HEADERS, TEXT("x-remove"));
        return CONTINUE;
    case BODY:
        remove(REQUEST_HEADERS, TEXT("content-length"));
        return CONTINUE;
    case LOCAL: {
        const Text pieces[] = {TEXT("x-denied"), TEXT("1")};
        if (!begins_with(header(REQUEST_HEADERS, TEXT(":path")), TEXT("/denied"))) return CONTINUE;
        answer(403, TEXT("denied"), TEXT("denied by " LANGUAGE), pieces, 1);
        return PAUSE;
    }
    case CALL:
        return ask(context);
    case TICK:
        for (u32 i = 0; i < 64; i++)
            if (!waiting[i][1]) {
                waiting[i][0] = 1, waiting[i][1] = context;
                break;
            }
        proxy_set_tick_period_milliseconds(200);
        return PAUSE;
    case PROPERTIES:
        log_property(TEXT("request.path"), TEXT("request\0path"));
        log_property(TEXT("request.method"), TEXT("request\0method"));
        log_property(TEXT("request.host"), TEXT("request\0host"));
        log_property(TEXT("request.headers.x-a"), TEXT("request\0headers\0x-a"));
        log_property(TEXT("request.protocol"), TEXT("request\0protocol"));
        log_property(TEXT("plugin_name"), TEXT("plugin_name"));
        log_property(TEXT("plugin_root_id"), TEXT("plugin_root_id"));
        log_property(TEXT("plugin_vm_id"), TEXT("plugin_vm_id"));
        log_property(TEXT("response.code"), TEXT("response\0code"));
        log_property(TEXT("no.such.thing"), TEXT("no\0such\0thing"));
    default:
        return CONTINUE;
    }
}

static const Text secret = {(byte *)"secret", 6};

/* Hold the body back until it is whole, then write stars over every "secret" in it. */
static u32 hide(u32 buffer, u32 size, u32 end_of_stream) {
    if (!end_of_stream) return PAUSE;
    Text body = {0, 0};
    if (proxy_get_buffer_bytes(buffer, 0, size, &body.data, &body.size) != OK || !body.size) return CONTINUE;
    for (u32 i = 0; i + secret.size <= body.size; i++)
        if (same((Text){body.data + i, secret.size}, secret))
            for (u32 k = 0; k < secret.size; k++) body.data[i + k] = '*';
    proxy_set_buffer_bytes(buffer, 0, size, body.data, body.size);
    return CONTINUE;
}

u32 EXPORT(proxy_on_request_body)(u32 context, u32 size, u32 end_of_stream) {
    forget_everything();
    return behaviour == BODY ? hide(REQUEST_BODY, size, end_of_stream) : CONTINUE;
}

u32 EXPORT(proxy_on_response_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    if (behaviour == HEADERS) add(RESPONSE_HEADERS, TEXT("x-filter-response"), TEXT(LANGUAGE));
    if (behaviour == BODY) remove(RESPONSE_HEADERS, TEXT("content-length"));
    if (behaviour == PROPERTIES) {
        log_property(TEXT("request.path"), TEXT("request\0path"));
        log_property(TEXT("response.headers.x-b"), TEXT("response\0headers\0x-b"));
    }
    return CONTINUE;
}

u32 EXPORT(proxy_on_response_body)(u32 context, u32 size, u32 end_of_stream) {
    forget_everything();
    return behaviour == BODY ? hide(RESPONSE_BODY, size, end_of_stream) : CONTINUE;
}

u32 EXPORT(proxy_on_request_trailers)(u32 context, u32 count) {
    forget_everything();
    if (behaviour != TRAILERS) return CONTINUE;
    log_pairs(REQUEST_TRAILERS, TEXT("request trailer "));
    add(REQUEST_TRAILERS, TEXT("x-trailer-filter"), TEXT(LANGUAGE));
    return CONTINUE;
}

u32 EXPORT(proxy_on_response_trailers)(u32 context, u32 count) {
    forget_everything();
    if (behaviour != TRAILERS) return CONTINUE;
    log_pairs(RESPONSE_TRAILERS, TEXT("response trailer "));
    add(RESPONSE_TRAILERS, TEXT("x-trailer-filter"), TEXT(LANGUAGE));
    return CONTINUE;
}

void EXPORT(proxy_on_http_call_response)(u32 root, u32 id, u32 headers, u32 body_size, u32 trailers) {
    forget_everything();
    u32 stream = 0;
    for (u32 i = 0; i < 64; i++)
        if (waiting[i][1] && waiting[i][0] == id) stream = waiting[i][1], waiting[i][1] = 0;
    if (!stream) return;
    Text status = header(CALL_HEADERS, TEXT(":status"));
    if (proxy_set_effective_context(stream) != OK) return;
    if (!same(status, TEXT("200"))) {
        say(WARN, TEXT("check answered "), status, TEXT(""), TEXT(""));
        answer(503, TEXT("check_failed"), TEXT("check failed"), 0, 0);
        return;
    }
    add(REQUEST_HEADERS, TEXT("x-call-status"), status);
    proxy_continue_stream(REQUEST_STREAM);
}

void EXPORT(proxy_on_tick)(u32 root) {
    forget_everything();
    proxy_set_tick_period_milliseconds(0);
    for (u32 i = 0; i < 64; i++) {
        u32 stream = waiting[i][1];
        waiting[i][1] = 0;
        if (!stream || proxy_set_effective_context(stream) != OK) continue;
        add(REQUEST_HEADERS, TEXT("x-ticked"), TEXT("1"));
        proxy_continue_stream(REQUEST_STREAM);
    }
}

u32 EXPORT(proxy_on_done)(u32 context) {
    forget_everything();
    for (u32 i = 0; i < 64; i++)
        if (waiting[i][1] == context) waiting[i][1] = 0;
    return 1;
}

void EXPORT(proxy_on_log)(u32 context) {
    forget_everything();
    if (behaviour == PROPERTIES) log_property(TEXT("response.code at the end"), TEXT("response\0code"));
}

void EXPORT(proxy_on_delete)(u32 context) {}
