/* Counts the METADATA frames of HTTP/2 in both directions and logs how many pairs each brought. What is in them the ABI does not show:
 * there is no map for it. The callbacks that nobody calls are here too, so that a host that looks for them finds them.
 */
#include "../proxy_wasm.h"

static u32 frames;

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(malloc)(u32 size) { return take(size); }

static u32 tell(Text what, u32 pairs) {
    forget_everything();
    Text line = {take(what.size + 40), 0};
    put(&line, what), put(&line, TEXT(": ")), put_number(&line, pairs), put(&line, TEXT(" pairs, frame ")), put_number(&line, ++frames);
    proxy_log(INFO, line.data, line.size);
    return CONTINUE;
}

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count, u32 end_of_stream) {
    frames = 0;
    return CONTINUE;
}

u32 EXPORT(proxy_on_request_metadata)(u32 context, u32 pairs) {
    tell(TEXT("request"), pairs);
    u32 entries = 0;
    if (proxy_get_header_map_size(REQUEST_HEADERS, &entries) != OK) proxy_log(DEBUG, "no headers any more", 19);
    return CONTINUE;
}

u32 EXPORT(proxy_on_response_metadata)(u32 context, u32 pairs) { return tell(TEXT("response"), pairs); }

u32 EXPORT(proxy_validate_configuration)(u32 root, u32 size) { return size == 0; }

void EXPORT(proxy_on_foreign_function)(u32 root, u32 function, u32 size) { tell(TEXT("foreign"), size); }
