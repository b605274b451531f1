/* The part of the Proxy-Wasm ABI 0.2.1 that our C guests use: host functions, callbacks' names, numbers, an allocator.
 *
 * Lives here: declarations and the few lines every C guest needs. Not here: what any guest does.
 * There is no C library under this: the compiler is told -nostdlib, and memory grows from the linker's __heap_base.
 *
 * abi: host functions, callbacks, status, serialisation of header pairs
 */
#pragma once

typedef unsigned char byte;
typedef unsigned int u32;
typedef unsigned long long u64;

#define HOST(name) __attribute__((import_module("env"), import_name(#name))) u32 name
#define EXPORT(name) __attribute__((export_name(#name))) name

enum { TRACE, DEBUG, INFO, WARN, ERROR, CRITICAL };
enum { OK, NOT_FOUND, BAD_ARGUMENT };
enum { CONTINUE, PAUSE };
enum { REQUEST_HEADERS, REQUEST_TRAILERS, RESPONSE_HEADERS, RESPONSE_TRAILERS, CALL_HEADERS = 6 };
enum { REQUEST_BODY, RESPONSE_BODY, CALL_BODY = 4, VM_CONFIGURATION = 6, PLUGIN_CONFIGURATION = 7 };
enum { REQUEST_STREAM, RESPONSE_STREAM };

HOST(proxy_log)(u32 level, const void *message, u32 size);
HOST(proxy_get_buffer_bytes)(u32 buffer, u32 start, u32 max, byte **data, u32 *size);
HOST(proxy_set_buffer_bytes)(u32 buffer, u32 start, u32 length, const void *data, u32 size);
HOST(proxy_get_header_map_pairs)(u32 map, byte **data, u32 *size);
HOST(proxy_get_header_map_value)(u32 map, const void *key, u32 key_size, byte **data, u32 *size);
HOST(proxy_add_header_map_value)(u32 map, const void *key, u32 key_size, const void *value, u32 size);
HOST(proxy_replace_header_map_value)(u32 map, const void *key, u32 key_size, const void *value, u32 size);
HOST(proxy_remove_header_map_value)(u32 map, const void *key, u32 key_size);
HOST(proxy_get_property)(const void *path, u32 path_size, byte **data, u32 *size);
HOST(proxy_send_local_response)(u32 status, const void *details, u32 details_size, const void *body, u32 body_size,
                                const void *pairs, u32 pairs_size, u32 grpc_status);
HOST(proxy_http_call)(const void *upstream, u32 upstream_size, const void *headers, u32 headers_size, const void *body,
                      u32 body_size, const void *trailers, u32 trailers_size, u32 milliseconds, u32 *call_id);
HOST(proxy_set_effective_context)(u32 context);
HOST(proxy_continue_stream)(u32 stream);
HOST(proxy_close_stream)(u32 stream);
HOST(proxy_set_tick_period_milliseconds)(u32 period);
HOST(proxy_get_status)(u32 *code, byte **data, u32 *size);
HOST(proxy_get_log_level)(u32 *level);
HOST(proxy_get_header_map_size)(u32 map, u32 *size);
HOST(proxy_set_header_map_pairs)(u32 map, const void *pairs, u32 size);
HOST(proxy_get_buffer_status)(u32 buffer, u32 *size, u32 *flags);
HOST(proxy_set_property)(const void *path, u32 path_size, const void *value, u32 size);
HOST(proxy_grpc_call)(const void *upstream, u32 a, const void *service, u32 b, const void *method, u32 c, const void *pairs, u32 d,
                      const void *message, u32 e, u32 timeout, u32 *id);
HOST(proxy_grpc_stream)(const void *upstream, u32 a, const void *service, u32 b, const void *method, u32 c, const void *pairs,
                        u32 d, u32 *id);
HOST(proxy_grpc_send)(u32 id, const void *message, u32 size, u32 end);
HOST(proxy_grpc_cancel)(u32 id);
HOST(proxy_grpc_close)(u32 id);
HOST(proxy_get_shared_data)(const void *key, u32 key_size, byte **data, u32 *size, u32 *cas);
HOST(proxy_set_shared_data)(const void *key, u32 key_size, const void *value, u32 size, u32 cas);
HOST(proxy_register_shared_queue)(const void *name, u32 size, u32 *id);
HOST(proxy_resolve_shared_queue)(const void *vm, u32 vm_size, const void *name, u32 size, u32 *id);
HOST(proxy_enqueue_shared_queue)(u32 id, const void *value, u32 size);
HOST(proxy_dequeue_shared_queue)(u32 id, byte **data, u32 *size);
HOST(proxy_define_metric)(u32 type, const void *name, u32 size, u32 *id);
HOST(proxy_increment_metric)(u32 id, long long offset);
HOST(proxy_record_metric)(u32 id, u64 value);
HOST(proxy_get_metric)(u32 id, u64 *value);
HOST(proxy_done)(void);
HOST(proxy_call_foreign_function)(const void *name, u32 name_size, const void *arguments, u32 size, byte **data, u32 *result);
HOST(proxy_get_current_time_nanoseconds)(u64 *time);

/* A piece of memory and its size: what the ABI passes instead of C's strings. */
typedef struct {
    byte *data;
    u32 size;
} Text;

#define TEXT(literal) ((Text){(byte *)(literal), sizeof(literal) - 1})

/* Memory is handed out upwards from the heap's first byte. Nothing outlives a callback but static variables, so each
 * callback that the host makes from outside begins with forget_everything(). */
extern byte __heap_base;
static u32 heap_top;

static void forget_everything(void) { heap_top = (u32)&__heap_base; }

static byte *take(u32 size) {
    if (!heap_top) forget_everything();
    u32 start = (heap_top + 7) & ~7u, pages = __builtin_wasm_memory_size(0), end = start + size;
    if (end < start) return 0;
    if (end > pages << 16 && __builtin_wasm_memory_grow(0, ((end - 1) >> 16) + 1 - pages) == (unsigned long)-1) return 0;
    heap_top = end;
    return (byte *)start;
}

static u32 same(Text a, Text b) {
    if (a.size != b.size) return 0;
    for (u32 i = 0; i < a.size; i++)
        if (a.data[i] != b.data[i]) return 0;
    return 1;
}

static u32 begins_with(Text text, Text start) { return text.size >= start.size && same((Text){text.data, start.size}, start); }

static void put(Text *to, Text piece) {
    for (u32 i = 0; i < piece.size; i++) to->data[to->size++] = piece.data[i];
}

static void put_number(Text *to, u32 number) {
    if (number >= 10) put_number(to, number / 10);
    to->data[to->size++] = '0' + number % 10;
}

/* One log line out of up to four pieces; an empty piece is nothing. */
static void say(u32 level, Text a, Text b, Text c, Text d) {
    Text line = {take(a.size + b.size + c.size + d.size), 0};
    put(&line, a), put(&line, b), put(&line, c), put(&line, d);
    proxy_log(level, line.data, line.size);
}

static void put_u32(Text *to, u32 number) {
    for (u32 i = 0; i < 4; i++) to->data[to->size++] = number >> 8 * i;
}

static u32 u32_at(const byte *data) { return data[0] | data[1] << 8 | data[2] << 16 | (u32)data[3] << 24; }

/* The ABI's list of pairs: count, sizes, then every key and value with a zero byte behind it. */
static Text write_pairs(const Text *pieces, u32 pairs) {
    u32 total = 4 + 10 * pairs;
    for (u32 i = 0; i < 2 * pairs; i++) total += pieces[i].size;
    Text out = {take(total), 0};
    put_u32(&out, pairs);
    for (u32 i = 0; i < 2 * pairs; i++) put_u32(&out, pieces[i].size);
    for (u32 i = 0; i < 2 * pairs; i++) put(&out, pieces[i]), out.data[out.size++] = 0;
    return out;
}

static Text header(u32 map, Text name) {
    Text value = {0, 0};
    proxy_get_header_map_value(map, name.data, name.size, &value.data, &value.size);
    return value;
}

static void add(u32 map, Text name, Text value) { proxy_add_header_map_value(map, name.data, name.size, value.data, value.size); }

static void remove(u32 map, Text name) { proxy_remove_header_map_value(map, name.data, name.size); }
