/* Routing by header: `x-version: N` puts /vN in front of the path, `x-tenant: NAME` makes NAME.test the host; then the whole map is
 * written anew without either header, and the route is looked for again. Responses tell which way they came.
 */
#include "../proxy_wasm.h"

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(proxy_on_memory_allocate)(u32 size) { return take(size); }

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    byte *data = 0;
    u32 size = 0, entries = 0;
    proxy_get_header_map_size(REQUEST_HEADERS, &entries);
    if (proxy_get_header_map_pairs(REQUEST_HEADERS, &data, &size) != OK || size < 4) return CONTINUE;
    Text version = header(REQUEST_HEADERS, TEXT("x-version")), tenant = header(REQUEST_HEADERS, TEXT("x-tenant"));
    if (!version.size && !tenant.size) return CONTINUE;
    u32 number = u32_at(data), kept = 0;
    byte *at = data + 4 + 8 * number;
    Text *pieces = (Text *)take(number * 2 * sizeof(Text));
    for (u32 i = 0; i < number; i++) {
        Text key = {at, u32_at(data + 4 + 8 * i)}, value = {at + key.size + 1, u32_at(data + 8 + 8 * i)};
        at = value.data + value.size + 1;
        if (same(key, TEXT("x-version")) || same(key, TEXT("x-tenant"))) continue;
        Text changed = {take(value.size + version.size + tenant.size + 16), 0};
        if (version.size && same(key, TEXT(":path"))) {
            put(&changed, TEXT("/v")), put(&changed, version), put(&changed, value);
            value = changed;
        } else if (tenant.size && same(key, TEXT(":authority"))) {
            put(&changed, tenant), put(&changed, TEXT(".test"));
            value = changed;
        }
        pieces[kept++] = key, pieces[kept++] = value;
    }
    Text list = write_pairs(pieces, kept / 2);
    proxy_set_header_map_pairs(REQUEST_HEADERS, list.data, list.size);
    u32 none = 0;
    byte *nothing = 0;
    proxy_call_foreign_function("clear_route_cache", 17, 0, 0, &nothing, &none);
    Text path = header(REQUEST_HEADERS, TEXT(":path"));
    proxy_set_property("way", 3, path.data, path.size);
    say(DEBUG, TEXT("routed to "), path, TEXT(""), TEXT(""));
    return CONTINUE;
}

u32 EXPORT(proxy_on_response_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    Text way = {0, 0};
    if (proxy_get_property("wasm.way", 8, &way.data, &way.size) != OK && proxy_get_property("way", 3, &way.data, &way.size) != OK)
        return CONTINUE;
    proxy_replace_header_map_value(RESPONSE_HEADERS, "x-way", 5, way.data, way.size);
    return CONTINUE;
}
