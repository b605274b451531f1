/* A guest that does what its configuration says: in which callback, which host functions with which arguments.
 *
 * The configuration is lines of the form
 *
 *     on_request_headers: grpc_call web_service Echo Say x=1 hello 500; return 1
 *     on_grpc_receive#2: get_buffer 5 0 100; effective 2; continue 0
 *
 * `#2` means the second call of that callback in this VM; a line without a number is for every call. Steps are host functions,
 * whose arguments are numbers, words (`%20` is the byte 0x20, a lone `-` the empty word) and pairs (`a=1,b=2`). Each logs its
 * status and what came out. `trap` traps, `return N` decides the callback's result. `@` stands for the callback's first
 * parameter, `$` for its second, `&` for the id that the latest call gave.
 *
 * When the configuration is `by header`, each request brings its own script in the header `x-script`, with `|` between lines.
 */
#include "proxy_wasm.h"

/* The types that every host function has as a table of arguments sees them. */
typedef u32 F0(void), F1(u32), F2(u32, u32), F3(u32, u32, u32), F4(u32, u32, u32, u32), F5(u32, u32, u32, u32, u32);
typedef u32 F6(u32, u32, u32, u32, u32, u32), F8(u32, u32, u32, u32, u32, u32, u32, u32);
typedef u32 F9(u32, u32, u32, u32, u32, u32, u32, u32, u32), F10(u32, u32, u32, u32, u32, u32, u32, u32, u32, u32);
typedef u32 F12(u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32);

/* u a number, t a word, p pairs; o a number out, T a text out, P pairs out. Functions with 64-bit numbers have no entry. */
static const struct {
    const char *name, *shape;
    void *function;
} FUNCTIONS[] = {
    {"status", "oT", proxy_get_status},
    {"log_level", "o", proxy_get_log_level},
    {"tick", "u", proxy_set_tick_period_milliseconds},
    {"get_property", "tT", proxy_get_property},
    {"set_property", "tt", proxy_set_property},
    {"get_buffer", "uuuT", proxy_get_buffer_bytes},
    {"buffer_status", "uoo", proxy_get_buffer_status},
    {"set_buffer", "uuut", proxy_set_buffer_bytes},
    {"get_value", "utT", proxy_get_header_map_value},
    {"add", "utt", proxy_add_header_map_value},
    {"replace", "utt", proxy_replace_header_map_value},
    {"remove", "ut", proxy_remove_header_map_value},
    {"get_pairs", "uP", proxy_get_header_map_pairs},
    {"set_pairs", "up", proxy_set_header_map_pairs},
    {"map_size", "uo", proxy_get_header_map_size},
    {"continue", "u", proxy_continue_stream},
    {"close", "u", proxy_close_stream},
    {"local", "uttpu", proxy_send_local_response},
    {"http_call", "tptpuo", proxy_http_call},
    {"grpc_call", "tttptuo", proxy_grpc_call},
    {"grpc_stream", "tttpo", proxy_grpc_stream},
    {"grpc_send", "utu", proxy_grpc_send},
    {"grpc_cancel", "u", proxy_grpc_cancel},
    {"grpc_close", "u", proxy_grpc_close},
    {"get_shared", "tTo", proxy_get_shared_data},
    {"set_shared", "ttu", proxy_set_shared_data},
    {"register", "to", proxy_register_shared_queue},
    {"resolve", "tto", proxy_resolve_shared_queue},
    {"enqueue", "ut", proxy_enqueue_shared_queue},
    {"dequeue", "uT", proxy_dequeue_shared_queue},
    {"define", "uto", proxy_define_metric},
    {"effective", "u", proxy_set_effective_context},
    {"done", "", proxy_done},
    {"foreign", "ttT", proxy_call_foreign_function},
};

static byte script[32768];
static u32 script_size, latest, first, second, result;
static u32 counts[40];

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(proxy_on_memory_allocate)(u32 size) { return take(size); }

static Text named(const char *name) {
    Text text = {(byte *)name, 0};
    while (name[text.size]) text.size++;
    return text;
}

/* The next word in *line*, up to *end*; what was read is taken off. */
static Text word(Text *line, byte end) {
    while (line->size && *line->data == ' ') line->data++, line->size--;
    Text found = {line->data, 0};
    while (found.size < line->size && found.data[found.size] != end && found.data[found.size] != ' ') found.size++;
    u32 used = found.size + (found.size < line->size);
    line->data += used, line->size -= used;
    return found;
}

static u32 number(Text text) {
    u32 value = 0;
    if (same(text, TEXT("@"))) return first;
    if (same(text, TEXT("$"))) return second;
    if (same(text, TEXT("&"))) return latest;
    for (u32 i = 0; i < text.size; i++) value = value * 10 + text.data[i] - '0';
    return value;
}

static u32 digit(byte c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; }

static Text unescaped(Text text) {
    Text out = {take(text.size), 0};
    if (same(text, TEXT("-"))) return out;
    for (u32 i = 0; i < text.size; i++) {
        if (text.data[i] == '%' && i + 2 < text.size)
            out.data[out.size++] = digit(text.data[i + 1]) << 4 | digit(text.data[i + 2]), i += 2;
        else
            out.data[out.size++] = text.data[i];
    }
    return out;
}

static Text parsed_pairs(Text text) {
    Text pieces[32];
    u32 count = 0;
    if (same(text, TEXT("-"))) text.size = 0;
    while (text.size && count < 32) {
        Text pair = word(&text, ',');
        pieces[count++] = unescaped(word(&pair, '='));
        pieces[count++] = unescaped(pair);
    }
    return write_pairs(pieces, count / 2);
}

/* The serialised map *data* as "a=1,b=2". */
static Text shown_pairs(Text data) {
    Text out = {take(data.size + 4), 0};
    if (!data.size) return out;
    u32 count = u32_at(data.data);
    byte *at = data.data + 4 + 8 * count;
    for (u32 i = 0; i < count; i++) {
        u32 key = u32_at(data.data + 4 + 8 * i), value = u32_at(data.data + 8 + 8 * i);
        if (i) put(&out, TEXT(","));
        put(&out, (Text){at, key}), put(&out, TEXT("=")), put(&out, (Text){at + key + 1, value});
        at += key + value + 2;
    }
    return out;
}

static u32 invoke(void *f, u32 count, u32 *a) {
    switch (count) {
    case 0: return ((F0 *)f)();
    case 1: return ((F1 *)f)(a[0]);
    case 2: return ((F2 *)f)(a[0], a[1]);
    case 3: return ((F3 *)f)(a[0], a[1], a[2]);
    case 4: return ((F4 *)f)(a[0], a[1], a[2], a[3]);
    case 5: return ((F5 *)f)(a[0], a[1], a[2], a[3], a[4]);
    case 6: return ((F6 *)f)(a[0], a[1], a[2], a[3], a[4], a[5]);
    case 8: return ((F8 *)f)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
    case 9: return ((F9 *)f)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8]);
    case 10: return ((F10 *)f)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9]);
    default: return ((F12 *)f)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11]);
    }
}

/* Call FUNCTIONS[index] with the words of *line*, and log "name: status" and what came out. */
static void call(u32 index, Text line) {
    u32 args[16], out[16], count = 0, outs = 0;
    const char *shape = FUNCTIONS[index].shape;
    for (const char *c = shape; *c; c++) {
        if (*c == 'u') args[count++] = number(word(&line, ' '));
        if (*c == 't' || *c == 'p') {
            Text given = word(&line, ' ');
            given = *c == 't' ? unescaped(given) : parsed_pairs(given);
            args[count++] = (u32)given.data, args[count++] = given.size;
        }
        if (*c == 'o' || *c == 'T' || *c == 'P') out[outs] = 0, args[count++] = (u32)&out[outs++];
        if (*c == 'T' || *c == 'P') out[outs] = 0, args[count++] = (u32)&out[outs++];
    }
    u32 status = invoke(FUNCTIONS[index].function, count, args), size = 64, at = 0;
    for (u32 i = 0; i < outs; i++) size += 16;
    for (const char *c = shape; *c; c++) {
        if (*c == 'T' || *c == 'P') size += out[at + 1];
        at += *c == 'o' ? 1 : *c == 'T' || *c == 'P' ? 2 : 0;
    }
    Text told = {take(size), 0};
    put(&told, named(FUNCTIONS[index].name)), put(&told, TEXT(": ")), put_number(&told, status);
    at = 0;
    for (const char *c = shape; *c; c++) {
        if (*c == 'o') {
            put(&told, TEXT(" ")), put_number(&told, latest = out[at]);
            at++;
        } else if (*c == 'T' || *c == 'P') {
            Text text = {(byte *)out[at], out[at + 1]};
            put(&told, TEXT(" ")), put(&told, *c == 'T' ? text : shown_pairs(text));
            at += 2;
        }
    }
    proxy_log(INFO, told.data, told.size);
}

/* The functions with 64-bit numbers. */
static void measure(Text name, Text line) {
    u32 id = number(word(&line, ' ')), status;
    u64 value = 0;
    if (same(name, TEXT("increment"))) status = proxy_increment_metric(id, number(word(&line, ' ')));
    else if (same(name, TEXT("record"))) status = proxy_record_metric(id, number(word(&line, ' ')));
    else status = proxy_get_metric(id, &value);
    Text told = {take(64), 0};
    put(&told, name), put(&told, TEXT(": ")), put_number(&told, status), put(&told, TEXT(" ")), put_number(&told, (u32)value);
    proxy_log(INFO, told.data, told.size);
}

static void step(Text line) {
    Text name = word(&line, ' ');
    if (!name.size) return;
    if (same(name, TEXT("trap"))) __builtin_trap();
    if (same(name, TEXT("return"))) {
        result = number(word(&line, ' '));
        return;
    }
    if (same(name, TEXT("log"))) {
        Text said = unescaped(word(&line, ' '));
        proxy_log(INFO, said.data, said.size);
        return;
    }
    if (same(name, TEXT("increment")) || same(name, TEXT("record")) || same(name, TEXT("get_metric"))) {
        measure(name, line);
        return;
    }
    for (u32 i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++)
        if (same(name, named(FUNCTIONS[i].name))) call(i, line);
}

static Text until(Text *text, byte end) {
    Text found = {text->data, 0};
    while (found.size < text->size && found.data[found.size] != end) found.size++;
    u32 used = found.size + (found.size < text->size);
    text->data += used, text->size -= used;
    return found;
}

/* Do the lines of callback *name*, which is the *slot*th of this file; gives what it should return. */
static u32 play(u32 slot, Text name, u32 a, u32 b, u32 usual) {
    Text left = {script, script_size};
    u32 turn = ++counts[slot];
    first = a, second = b, result = usual;
    while (left.size) {
        Text line = until(&left, '\n');
        Text head = until(&line, ':');
        Text wanted = until(&head, '#');
        if (!same(wanted, name) || (head.size && number(head) != turn)) continue;
        while (line.size) step(until(&line, ';'));
    }
    return result;
}

#define GIVES(slot, name, usual, a, b, ...)                     \
    u32 EXPORT(proxy_##name)(__VA_ARGS__) {                     \
        forget_everything();                                    \
        return play(slot, TEXT(#name), a, b, usual);            \
    }
#define DOES(slot, name, a, b, ...)                             \
    void EXPORT(proxy_##name)(__VA_ARGS__) {                    \
        forget_everything();                                    \
        play(slot, TEXT(#name), a, b, 0);                       \
    }

static u32 by_header;

static void keep(Text text, byte separator) {
    for (script_size = 0; script_size < text.size && script_size < sizeof script; script_size++)
        script[script_size] = text.data[script_size] == separator ? '\n' : text.data[script_size];
}

void EXPORT(proxy_on_context_create)(u32 context, u32 parent) {
    forget_everything();
    if (!parent) {
        Text text = {0, 0};
        proxy_get_buffer_bytes(PLUGIN_CONFIGURATION, 0, sizeof script, &text.data, &text.size);
        keep(text, '\n');
        by_header = same(text, TEXT("by header"));
    }
    forget_everything();
    play(0, TEXT("on_context_create"), context, parent, 0);
}

GIVES(1, on_vm_start, 1, root, size, u32 root, u32 size)
GIVES(2, on_configure, 1, root, size, u32 root, u32 size)
DOES(3, on_tick, root, 0, u32 root)
DOES(4, on_queue_ready, root, queue, u32 root, u32 queue)
GIVES(5, on_new_connection, 0, context, 0, u32 context)
GIVES(6, on_downstream_data, 0, context, size, u32 context, u32 size, u32 end)
GIVES(7, on_upstream_data, 0, context, size, u32 context, u32 size, u32 end)
DOES(8, on_downstream_connection_close, context, peer, u32 context, u32 peer)
DOES(9, on_upstream_connection_close, context, peer, u32 context, u32 peer)

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count, u32 end) {
    forget_everything();
    if (by_header) {
        keep(header(REQUEST_HEADERS, TEXT("x-script")), '|');
        for (u32 i = 0; i < 40; i++) counts[i] = 0;
    }
    return play(10, TEXT("on_request_headers"), context, count, 0);
}

GIVES(11, on_request_body, 0, context, size, u32 context, u32 size, u32 end)
GIVES(12, on_request_trailers, 0, context, count, u32 context, u32 count)
GIVES(13, on_response_headers, 0, context, count, u32 context, u32 count, u32 end)
GIVES(14, on_response_body, 0, context, size, u32 context, u32 size, u32 end)
GIVES(15, on_response_trailers, 0, context, count, u32 context, u32 count)
DOES(16, on_http_call_response, root, call_id, u32 root, u32 call_id, u32 headers, u32 size, u32 trailers)
DOES(17, on_grpc_receive_initial_metadata, root, call_id, u32 root, u32 call_id, u32 count)
DOES(18, on_grpc_receive, root, call_id, u32 root, u32 call_id, u32 size)
DOES(19, on_grpc_receive_trailing_metadata, root, call_id, u32 root, u32 call_id, u32 count)
DOES(20, on_grpc_close, root, call_id, u32 root, u32 call_id, u32 status)
GIVES(21, on_done, 1, context, 0, u32 context)
DOES(22, on_log, context, 0, u32 context)
DOES(23, on_delete, context, 0, u32 context)
DOES(24, on_foreign_function, context, id, u32 context, u32 id, u32 size)
GIVES(26, on_request_metadata, 0, context, pairs, u32 context, u32 pairs)
GIVES(27, on_response_metadata, 0, context, pairs, u32 context, u32 pairs)

void __attribute__((export_name("envoy_on_stats_update"))) envoy_on_stats_update(u32 root, u32 size) {
    forget_everything();
    play(25, TEXT("on_stats_update"), root, size, 0);
}
