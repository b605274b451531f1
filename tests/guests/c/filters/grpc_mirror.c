/* Tells a gRPC service on one stream a request what happens in it, and logs what the service says to it. The stream is half-closed when
 * the response is whole, and cancelled when the request ends without one.
 */
#include "../proxy_wasm.h"

enum { GRPC_MESSAGE = 5, GRPC_INITIAL = 4, GRPC_TRAILING = 5 };
static u32 stream, closed;

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(malloc)(u32 size) { return take(size); }

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    const Text pieces[] = {TEXT("x-context"), TEXT("mirror")};
    Text meta = write_pairs(pieces, 1), path = header(REQUEST_HEADERS, TEXT(":path"));
    closed = 0;
    if (proxy_grpc_stream("grpc_service", 12, "guests.Mirror", 13, "Tell", 4, meta.data, meta.size, &stream) != OK) return CONTINUE;
    proxy_grpc_send(stream, path.data, path.size, 0);
    return CONTINUE;
}

u32 EXPORT(proxy_on_response_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    Text status = header(RESPONSE_HEADERS, TEXT(":status"));
    proxy_grpc_send(stream, status.data, status.size, 0);
    return CONTINUE;
}

u32 EXPORT(proxy_on_response_body)(u32 context, u32 size, u32 end_of_stream) {
    forget_everything();
    Text body = {0, 0};
    if (size && proxy_get_buffer_bytes(RESPONSE_BODY, 0, size, &body.data, &body.size) == OK)
        proxy_grpc_send(stream, body.data, body.size, 0);
    if (end_of_stream) closed = 1, proxy_grpc_close(stream);
    return CONTINUE;
}

void EXPORT(proxy_on_grpc_receive_initial_metadata)(u32 root, u32 id, u32 count) {
    forget_everything();
    say(INFO, TEXT("begins: "), header(GRPC_INITIAL, TEXT("x-initial")), TEXT(""), TEXT(""));
}

void EXPORT(proxy_on_grpc_receive)(u32 root, u32 id, u32 size) {
    forget_everything();
    Text message = {0, 0};
    u32 seen = 0, flags = 0;
    proxy_get_buffer_status(GRPC_MESSAGE, &seen, &flags);
    proxy_get_buffer_bytes(GRPC_MESSAGE, 0, seen, &message.data, &message.size);
    say(INFO, TEXT("says: "), message, TEXT(""), TEXT(""));
    if (same(message, TEXT("stop"))) closed = 1, proxy_grpc_cancel(id);
}

void EXPORT(proxy_on_grpc_receive_trailing_metadata)(u32 root, u32 id, u32 count) {
    forget_everything();
    byte *data = 0;
    u32 size = 0;
    proxy_get_header_map_pairs(GRPC_TRAILING, &data, &size);
    say(INFO, TEXT("ends: "), header(GRPC_TRAILING, TEXT("grpc-status")), TEXT(" "), header(GRPC_TRAILING, TEXT("x-last")));
}

void EXPORT(proxy_on_grpc_close)(u32 root, u32 id, u32 status) {
    forget_everything();
    u32 code = 0;
    Text text = {0, 0};
    proxy_get_status(&code, &text.data, &text.size);
    say(status ? WARN : INFO, TEXT("closed: "), text, TEXT(""), TEXT(""));
    closed = 1;
}

u32 EXPORT(proxy_on_done)(u32 context) {
    if (!closed) proxy_grpc_cancel(stream);
    return 1;
}
