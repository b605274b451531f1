/* The filter of `proxyabi demo`: four things a Proxy-Wasm filter can do, in plain C, without SDK and without C library.
 *
 *   any path   x-greeting is added to the request, x-requests-seen to the response
 *   /secret    the filter answers by itself: 403, the upstream never hears of it
 *   /shout     the body of the response is held back, then passed on IN CAPITALS
 *   /ask       the request waits until an HTTP call to the cluster "oracle" has been answered
 *
 * The plugin configuration, if there is one, is the greeting. How to build: README.md beside this file.
 *
 * abi: host functions, callbacks, status, serialisation of header pairs
 */

typedef unsigned char byte;
typedef unsigned int u32;

/* What the host gives. Everything goes over addresses and sizes; the result is a status, 0 for OK. */
#define HOST(name) __attribute__((import_module("env"), import_name(#name))) u32 name
HOST(proxy_log)(u32 level, const void *message, u32 size);
HOST(proxy_get_buffer_bytes)(u32 buffer, u32 start, u32 max, byte **data, u32 *size);
HOST(proxy_set_buffer_bytes)(u32 buffer, u32 start, u32 length, const void *data, u32 size);
HOST(proxy_get_header_map_value)(u32 map, const void *key, u32 key_size, byte **data, u32 *size);
HOST(proxy_add_header_map_value)(u32 map, const void *key, u32 key_size, const void *value, u32 size);
HOST(proxy_remove_header_map_value)(u32 map, const void *key, u32 key_size);
HOST(proxy_send_local_response)(u32 status, const void *details, u32 details_size, const void *body, u32 body_size,
                                const void *pairs, u32 pairs_size, u32 grpc_status);
HOST(proxy_http_call)(const void *upstream, u32 upstream_size, const void *headers, u32 headers_size, const void *body,
                      u32 body_size, const void *trailers, u32 trailers_size, u32 milliseconds, u32 *call_id);
HOST(proxy_set_effective_context)(u32 context);
HOST(proxy_continue_stream)(u32 stream);

/* What the filter gives: functions the host calls by these names. */
#define EXPORT(name) __attribute__((export_name(#name))) name

enum { INFO = 2, WARN = 3 };
enum { CONTINUE, PAUSE };
enum { REQUEST_HEADERS = 0, RESPONSE_HEADERS = 2, CALL_HEADERS = 6 };
enum { RESPONSE_BODY = 1, PLUGIN_CONFIGURATION = 7 };
enum { REQUEST_STREAM };

typedef struct {
    byte *data;
    u32 size;
} Text;

#define TEXT(literal) ((Text){(byte *)(literal), sizeof(literal) - 1})

/* Memory: handed out upwards, forgotten as a whole when the host calls again from outside. */
extern byte __heap_base;
static u32 heap_top;

static void forget(void) { heap_top = (u32)&__heap_base; }

byte *EXPORT(proxy_on_memory_allocate)(u32 size) {
    if (!heap_top) forget();
    u32 start = (heap_top + 7) & ~7u, end = start + size, pages = __builtin_wasm_memory_size(0);
    if (end < start) return 0;
    if (end > pages << 16 && __builtin_wasm_memory_grow(0, ((end - 1) >> 16) + 1 - pages) == (unsigned long)-1) return 0;
    heap_top = end;
    return (byte *)start;
}

static void put(Text *to, Text piece) {
    for (u32 i = 0; i < piece.size; i++) to->data[to->size++] = piece.data[i];
}

static void put_number(Text *to, u32 number) {
    if (number >= 10) put_number(to, number / 10);
    to->data[to->size++] = '0' + number % 10;
}

static void say(u32 level, Text first, Text second) {
    Text line = {proxy_on_memory_allocate(first.size + second.size), 0};
    put(&line, first), put(&line, second);
    proxy_log(level, line.data, line.size);
}

static u32 same(Text a, Text b) {
    if (a.size != b.size) return 0;
    for (u32 i = 0; i < a.size; i++)
        if (a.data[i] != b.data[i]) return 0;
    return 1;
}

static Text header(u32 map, Text name) {
    Text value = {0, 0};
    proxy_get_header_map_value(map, name.data, name.size, &value.data, &value.size);
    return value;
}

static void add(u32 map, Text name, Text value) {
    proxy_add_header_map_value(map, name.data, name.size, value.data, value.size);
}

/* The path without its query. */
static Text path(void) {
    Text text = header(REQUEST_HEADERS, TEXT(":path"));
    for (u32 i = 0; i < text.size; i++)
        if (text.data[i] == '?') text.size = i;
    return text;
}

/* The ABI's form of a list of headers: how many, the sizes of all pieces, then the pieces, each with a zero behind it. */
static Text pairs(const Text *pieces, u32 count) {
    u32 total = 4 + 10 * count;
    for (u32 i = 0; i < 2 * count; i++) total += pieces[i].size;
    Text out = {proxy_on_memory_allocate(total), 0};
    *(u32 *)out.data = count;
    for (u32 i = 0; i < 2 * count; i++) ((u32 *)out.data)[1 + i] = pieces[i].size;
    out.size = 4 + 8 * count;
    for (u32 i = 0; i < 2 * count; i++) put(&out, pieces[i]), out.data[out.size++] = 0;
    return out;
}

static byte greeting[256] = "hello from WebAssembly";
static u32 greeting_size = 22, requests_seen;
static u32 shouting[256], asking[256][2]; /* streams by the last byte of their id; good enough for a demo */

void EXPORT(proxy_abi_version_0_2_1)(void) {}

u32 EXPORT(proxy_on_configure)(u32 plugin, u32 size) {
    forget();
    Text text = {0, 0};
    if (!size || proxy_get_buffer_bytes(PLUGIN_CONFIGURATION, 0, size, &text.data, &text.size)) return 1;
    for (greeting_size = 0; greeting_size < text.size && greeting_size < sizeof greeting; greeting_size++)
        greeting[greeting_size] = text.data[greeting_size];
    return 1;
}

u32 EXPORT(proxy_on_request_headers)(u32 stream, u32 count, u32 end_of_stream) {
    forget();
    requests_seen++;
    Text asked = path();
    shouting[stream & 255] = same(asked, TEXT("/shout"));
    if (same(asked, TEXT("/secret"))) {
        const Text extra[] = {TEXT("x-refused-by"), TEXT("demo")};
        Text list = pairs(extra, 1), body = TEXT("This is a secret.\n");
        proxy_send_local_response(403, "secret", 6, body.data, body.size, list.data, list.size, -1);
        return PAUSE;
    }
    add(REQUEST_HEADERS, TEXT("x-greeting"), (Text){greeting, greeting_size});
    if (!same(asked, TEXT("/ask"))) return CONTINUE;
    const Text question[] = {TEXT(":method"), TEXT("GET"), TEXT(":path"), TEXT("/answer"), TEXT(":authority"), TEXT("oracle")};
    Text list = pairs(question, 3);
    u32 call = 0;
    if (proxy_http_call("oracle", 6, list.data, list.size, 0, 0, 0, 0, 2000, &call)) {
        say(WARN, TEXT("there is no cluster called "), TEXT("oracle"));
        return CONTINUE;
    }
    asking[call >> 2 & 255][0] = call, asking[call >> 2 & 255][1] = stream;
    say(INFO, TEXT("asking the oracle, the request waits"), TEXT(""));
    return PAUSE;
}

void EXPORT(proxy_on_http_call_response)(u32 plugin, u32 call, u32 headers, u32 body_size, u32 trailers) {
    forget();
    Text status = header(CALL_HEADERS, TEXT(":status"));
    u32 stream = asking[call >> 2 & 255][1];
    if (asking[call >> 2 & 255][0] != call || proxy_set_effective_context(stream)) return;
    say(INFO, TEXT("the oracle has answered "), status);
    add(REQUEST_HEADERS, TEXT("x-oracle-says"), status);
    proxy_continue_stream(REQUEST_STREAM);
}

u32 EXPORT(proxy_on_response_headers)(u32 stream, u32 count, u32 end_of_stream) {
    forget();
    Text number = {proxy_on_memory_allocate(10), 0};
    put_number(&number, requests_seen);
    add(RESPONSE_HEADERS, TEXT("x-requests-seen"), number);
    if (shouting[stream & 255]) proxy_remove_header_map_value(RESPONSE_HEADERS, "content-length", 14);
    return CONTINUE;
}

u32 EXPORT(proxy_on_response_body)(u32 stream, u32 size, u32 end_of_stream) {
    forget();
    if (!shouting[stream & 255]) return CONTINUE;
    if (!end_of_stream) return PAUSE;
    Text body = {0, 0};
    if (!size || proxy_get_buffer_bytes(RESPONSE_BODY, 0, size, &body.data, &body.size)) return CONTINUE;
    for (u32 i = 0; i < body.size; i++)
        if (body.data[i] >= 'a' && body.data[i] <= 'z') body.data[i] -= 'a' - 'A';
    proxy_set_buffer_bytes(RESPONSE_BODY, 0, size, body.data, body.size);
    return CONTINUE;
}
