/* Lets a request pass that carries the user name and the password of the configuration (`user:password`), answers 401 otherwise.
 * The user's name goes on as `x-user`, the password does not.
 */
#include "../proxy_wasm.h"

static byte expected[128];
static u32 expected_size;

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(malloc)(u32 size) { return take(size); }

static Text base64(Text plain) {
    static const byte letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    Text out = {take(plain.size * 2 + 4), 0};
    for (u32 i = 0; i < plain.size; i += 3) {
        u32 left = plain.size - i;
        u32 bits = plain.data[i] << 16 | (left > 1 ? plain.data[i + 1] << 8 : 0) | (left > 2 ? plain.data[i + 2] : 0);
        for (u32 k = 0; k < 4; k++) out.data[out.size++] = k <= left ? letters[bits >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

u32 EXPORT(proxy_on_configure)(u32 root, u32 size) {
    forget_everything();
    Text text = {0, 0};
    if (proxy_get_buffer_bytes(PLUGIN_CONFIGURATION, 0, 90, &text.data, &text.size) != OK || !text.size) {
        say(ERROR, TEXT("basic auth needs user:password"), TEXT(""), TEXT(""), TEXT(""));
        return 0;
    }
    Text encoded = base64(text);
    for (expected_size = 0; expected_size < encoded.size; expected_size++) expected[expected_size] = encoded.data[expected_size];
    return 1;
}

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    Text given = header(REQUEST_HEADERS, TEXT("authorization"));
    u32 basic = begins_with(given, TEXT("Basic "));
    if (basic && same((Text){given.data + 6, given.size - 6}, (Text){expected, expected_size})) {
        remove(REQUEST_HEADERS, TEXT("authorization"));
        proxy_replace_header_map_value(REQUEST_HEADERS, "X-User", 6, "known", 5);
        return CONTINUE;
    }
    say(given.size ? WARN : INFO, given.size ? TEXT("refused credentials") : TEXT("no credentials"), TEXT(""), TEXT(""), TEXT(""));
    const Text pieces[] = {TEXT("www-authenticate"), TEXT("Basic realm=\"guests\"")};
    Text pairs = write_pairs(pieces, 1), body = basic ? TEXT("wrong user or password\n") : TEXT("");
    proxy_send_local_response(401, "unauthorized", 12, body.data, body.size, pairs.data, pairs.size, -1);
    return PAUSE;
}

u32 EXPORT(proxy_on_response_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    Text status = header(RESPONSE_HEADERS, TEXT(":status"));
    if (same(status, TEXT("401"))) add(RESPONSE_HEADERS, TEXT("cache-control"), TEXT("no-store"));
    return CONTINUE;
}
