/* Calls Envoy's foreign functions as filters do: bodies compressed and expanded again, expressions over the request, properties that
 * were declared, and one name that nobody has registered.
 */
#include "../proxy_wasm.h"


void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(malloc)(u32 size) { return take(size); }

static u32 call(Text name, Text argument, Text *out) {
    out->data = 0, out->size = 0;
    return proxy_call_foreign_function(name.data, name.size, argument.data, argument.size, &out->data, &out->size);
}

static void tell(Text what, u32 status, u32 size) {
    Text line = {take(what.size + 32), 0};
    put(&line, what), put(&line, TEXT(": ")), put_number(&line, status), put(&line, TEXT(" ")), put_number(&line, size);
    proxy_log(INFO, line.data, line.size);
}

u32 EXPORT(proxy_on_configure)(u32 root, u32 size) {
    forget_everything();
    Text out;
    tell(TEXT("declare"), call(TEXT("declare_property"), TEXT("\x0a\x04mark\x10\x01"), &out), out.size);
    tell(TEXT("nobody"), call(TEXT("nobody_has_this"), TEXT("x"), &out), out.size);
    return 1;
}

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    Text out, path = header(REQUEST_HEADERS, TEXT(":path"));
    tell(TEXT("route"), call(TEXT("clear_route_cache"), TEXT(""), &out), out.size);
    u32 status = proxy_set_property("mark", 4, path.data, path.size);
    tell(TEXT("mark"), status, path.size);
    tell(TEXT("mark again"), proxy_set_property("mark", 4, "x", 1), 1);
    tell(TEXT("state"), call(TEXT("set_envoy_filter_state"), TEXT("\x0a\x17" "envoy.tcp_proxy.cluster\x12\x03" "red"), &out), out.size);
    return CONTINUE;
}

static u32 squeeze(u32 buffer, u32 size) {
    forget_everything();
    Text body = {0, 0}, small, large;
    if (!size || proxy_get_buffer_bytes(buffer, 0, size, &body.data, &body.size) != OK) return CONTINUE;
    u32 status = call(TEXT("compress"), body, &small);
    tell(TEXT("compress"), status, 0);
    status = call(TEXT("uncompress"), small, &large);
    tell(TEXT("uncompress"), status, large.size);
    tell(same(body, large) ? TEXT("as before") : TEXT("changed"), call(TEXT("uncompress"), body, &large), large.size);
    return CONTINUE;
}

u32 EXPORT(proxy_on_request_body)(u32 context, u32 size, u32 end_of_stream) { return squeeze(REQUEST_BODY, size); }

u32 EXPORT(proxy_on_response_body)(u32 context, u32 size, u32 end_of_stream) { return squeeze(RESPONSE_BODY, size); }

void EXPORT(proxy_on_log)(u32 context) {
    forget_everything();
    Text mark = {0, 0};
    u32 status = proxy_get_property("mark", 4, &mark.data, &mark.size);
    tell(TEXT("mark at the end"), status, mark.size);
}
