/* A filter of the first version, 0.1.0: callbacks without the end-of-stream flag, `proxy_continue_request`, and an empty value for a
 * header that is missing. It asks a cluster where to send a request, and again whether the answer may leave.
 */
#include "../proxy_wasm.h"

HOST(proxy_get_configuration)(byte **data, u32 *size);
HOST(proxy_continue_request)(void);
HOST(proxy_continue_response)(void);
HOST(proxy_clear_route_cache)(void);

static u32 calls[64], streams[64], answers[64], used;
static byte realm[32];
static u32 realm_size;

void EXPORT(proxy_abi_version_0_1_0)(void) {}

byte *EXPORT(malloc)(u32 size) { return take(size); }

u32 EXPORT(proxy_on_configure)(u32 root, u32 size) {
    forget_everything();
    Text text = {0, 0};
    proxy_get_configuration(&text.data, &text.size);
    for (realm_size = 0; realm_size < text.size && realm_size < 32; realm_size++) realm[realm_size] = text.data[realm_size];
    say(INFO, TEXT("configured: "), text, TEXT(""), TEXT(""));
    return 1;
}

static u32 ask(u32 context, Text path, u32 answer) {
    const Text pieces[] = {TEXT(":method"), TEXT("GET"), TEXT(":path"), path, TEXT(":authority"), TEXT("web_service")};
    Text list = write_pairs(pieces, 3);
    u32 id = 0;
    if (proxy_http_call("web_service", 11, list.data, list.size, 0, 0, 0, 0, 1000, &id) != OK) return CONTINUE;
    calls[used & 63] = id, answers[used & 63] = answer, streams[used++ & 63] = context;
    return PAUSE;
}

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count) {
    forget_everything();
    Text data = {(byte *)1, 1};
    u32 status = proxy_get_header_map_value(REQUEST_HEADERS, "x-missing", 9, &data.data, &data.size);
    if (status == OK && !data.size) add(REQUEST_HEADERS, TEXT("x-realm"), (Text){realm, realm_size});
    proxy_clear_route_cache();
    return ask(context, TEXT("/where"), 0);
}

u32 EXPORT(proxy_on_response_headers)(u32 context, u32 count) {
    forget_everything();
    return ask(context, TEXT("/may"), 1);
}

void EXPORT(proxy_on_http_call_response)(u32 root, u32 id, u32 headers, u32 size, u32 trailers) {
    forget_everything();
    u32 stream = 0, answer = 0;
    for (u32 i = 0; i < used && i < 64; i++)
        if (calls[i] == id) stream = streams[i], answer = answers[i];
    if (!stream || proxy_set_effective_context(stream) != OK) return;
    Text status = headers ? header(CALL_HEADERS, TEXT(":status")) : TEXT("none");
    Text body = {0, 0};
    proxy_get_buffer_bytes(CALL_BODY, 0, size, &body.data, &body.size);
    if (answer) {
        add(RESPONSE_HEADERS, TEXT("x-may"), status);
        proxy_continue_response();
    } else {
        if (body.size) proxy_replace_header_map_value(REQUEST_HEADERS, "x-where", 7, body.data, body.size);
        proxy_continue_request();
    }
}

void EXPORT(proxy_on_log)(u32 context) {
    forget_everything();
    say(DEBUG, TEXT("over: "), header(RESPONSE_HEADERS, TEXT(":status")), TEXT(" "), header(RESPONSE_HEADERS, TEXT("x-may")));
}
