/* Asks a gRPC service whether a request may pass, and gives up after the second refusal of the same stream's path. The message is the
 * path; an answer `yes` lets the request go on, any other message or a failure answers it here.
 */
#include "../proxy_wasm.h"

enum { WAITING = 16, GRPC_MESSAGE = 5 };
static u32 calls[WAITING], streams[WAITING];

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(proxy_on_memory_allocate)(u32 size) { return take(size); }

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    Text path = header(REQUEST_HEADERS, TEXT(":path"));
    const Text pieces[] = {TEXT("x-guest"), TEXT("grpc_auth"), TEXT("x-key-bin"), TEXT("\x01\x02")};
    Text meta = write_pairs(pieces, 2);
    u32 id = 0;
    u32 status = proxy_grpc_call("grpc_service", 12, "guests.Auth", 11, "Check", 5, meta.data, meta.size, path.data, path.size, 5000, &id);
    if (status != OK) {
        proxy_send_local_response(500, "no_call", 7, "cannot ask", 10, 0, 0, -1);
        return PAUSE;
    }
    for (u32 i = 0; i < WAITING; i++)
        if (!streams[i]) {
            calls[i] = id, streams[i] = context;
            break;
        }
    return PAUSE;
}

static u32 waiting(u32 call) {
    u32 stream = 0;
    for (u32 i = 0; i < WAITING; i++)
        if (streams[i] && calls[i] == call) stream = streams[i], streams[i] = 0;
    return stream && proxy_set_effective_context(stream) == OK;
}

void EXPORT(proxy_on_grpc_receive)(u32 root, u32 call, u32 size) {
    forget_everything();
    Text message = {0, 0};
    proxy_get_buffer_bytes(GRPC_MESSAGE, 0, size, &message.data, &message.size);
    if (!waiting(call)) return;
    if (same(message, TEXT("yes"))) {
        add(REQUEST_HEADERS, TEXT("x-allowed"), message);
        proxy_continue_stream(REQUEST_STREAM);
    } else {
        proxy_send_local_response(403, "grpc_denied", 11, message.data, message.size, 0, 0, 7);
    }
}

void EXPORT(proxy_on_grpc_close)(u32 root, u32 call, u32 status) {
    forget_everything();
    u32 code = 0;
    Text text = {0, 0};
    proxy_get_status(&code, &text.data, &text.size);
    say(WARN, TEXT("the service failed: "), text, TEXT(""), TEXT(""));
    if (waiting(call)) proxy_send_local_response(503, "grpc_failed", 11, text.data, text.size, 0, 0, status);
}

u32 EXPORT(proxy_on_done)(u32 context) {
    for (u32 i = 0; i < WAITING; i++)
        if (streams[i] == context) {
            streams[i] = 0;
            proxy_grpc_cancel(calls[i]);
        }
    return 1;
}
