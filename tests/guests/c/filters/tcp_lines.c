/* A filter for connections that speak in lines: holds what the client sends until a line is whole, writes `PASS ...` lines over, greets
 * with the first bytes of the server, and closes the connection at the line `QUIT`.
 */
#include "../proxy_wasm.h"

enum { DOWNSTREAM_DATA = 2, UPSTREAM_DATA = 3, DOWNSTREAM = 2, UPSTREAM = 3 };
static u32 greeted[64];

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(malloc)(u32 size) { return take(size); }

u32 EXPORT(proxy_on_new_connection)(u32 context) {
    forget_everything();
    greeted[context & 63] = 0;
    Text name = {0, 0};
    proxy_get_property("plugin_name", 11, &name.data, &name.size);
    say(INFO, TEXT("a connection for "), name, TEXT(""), TEXT(""));
    return CONTINUE;
}

u32 EXPORT(proxy_on_downstream_data)(u32 context, u32 size, u32 end_of_stream) {
    forget_everything();
    Text data = {0, 0};
    if (!size || proxy_get_buffer_bytes(DOWNSTREAM_DATA, 0, size, &data.data, &data.size) != OK) return CONTINUE;
    if (data.data[data.size - 1] != '\n' && !end_of_stream) return PAUSE;
    if (begins_with(data, TEXT("QUIT"))) {
        proxy_close_stream(DOWNSTREAM);
        return CONTINUE;
    }
    if (begins_with(data, TEXT("PASS "))) proxy_set_buffer_bytes(DOWNSTREAM_DATA, 0, size, "PASS ****\n", 10);
    return CONTINUE;
}

u32 EXPORT(proxy_on_upstream_data)(u32 context, u32 size, u32 end_of_stream) {
    forget_everything();
    if (size && !greeted[context & 63]) {
        greeted[context & 63] = 1;
        proxy_set_buffer_bytes(UPSTREAM_DATA, 0, 0, "hello! ", 7);
    } else if (size) {
        proxy_set_buffer_bytes(UPSTREAM_DATA, size, 0, ".", 1);
    }
    return CONTINUE;
}

void EXPORT(proxy_on_downstream_connection_close)(u32 context, u32 peer) {
    forget_everything();
    say(INFO, TEXT("the client's side closed by "), peer == 2 ? TEXT("the client") : TEXT("us"), TEXT(""), TEXT(""));
}

void EXPORT(proxy_on_upstream_connection_close)(u32 context, u32 peer) {
    forget_everything();
    say(INFO, TEXT("the server's side closed"), TEXT(""), TEXT(""), TEXT(""));
}

void EXPORT(proxy_on_log)(u32 context) {
    forget_everything();
    say(DEBUG, TEXT("the connection is over"), TEXT(""), TEXT(""), TEXT(""));
}
