/* Work that one plugin hands another through a shared queue. Configured as `consume NAME` it registers the queue and logs what
 * comes; as `produce VM NAME` it puts the path of each request into that queue, and its method into one that nobody has.
 */
#include "../proxy_wasm.h"

enum { EMPTY = 7 };
static byte kept[64];
static Text vm, name;
static u32 consumes, queue;

void EXPORT(proxy_abi_version_0_2_0)(void) {}

byte *EXPORT(proxy_on_memory_allocate)(u32 size) { return take(size); }

static Text cut(Text *text) {
    Text word = {text->data, 0};
    while (word.size < text->size && word.data[word.size] != ' ') word.size++;
    u32 used = word.size + (word.size < text->size);
    text->data += used, text->size -= used;
    return word;
}

u32 EXPORT(proxy_on_configure)(u32 root, u32 size) {
    forget_everything();
    Text text = {0, 0};
    proxy_get_buffer_bytes(PLUGIN_CONFIGURATION, 0, sizeof kept, &text.data, &text.size);
    for (u32 i = 0; i < text.size; i++) kept[i] = text.data[i];
    Text left = {kept, text.size};
    consumes = same(cut(&left), TEXT("consume"));
    if (!consumes) vm = cut(&left);
    name = cut(&left);
    return !consumes || proxy_register_shared_queue(name.data, name.size, &queue) == OK;
}

static void hand_over(Text item) {
    u32 id = 0;
    if (proxy_resolve_shared_queue(vm.data, vm.size, name.data, name.size, &id) != OK) {
        say(WARN, TEXT("nobody waits at "), name, TEXT(""), TEXT(""));
        return;
    }
    if (proxy_enqueue_shared_queue(id, item.data, item.size) != OK) say(ERROR, TEXT("lost "), item, TEXT(""), TEXT(""));
}

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    if (consumes) return CONTINUE;
    hand_over(header(REQUEST_HEADERS, TEXT(":path")));
    Text work = header(REQUEST_HEADERS, TEXT("x-work"));
    if (work.size) hand_over(work), hand_over(TEXT(""));
    proxy_enqueue_shared_queue(4711, "nobody", 6);
    return CONTINUE;
}

void EXPORT(proxy_on_queue_ready)(u32 root, u32 id) {
    forget_everything();
    Text item = {0, 0};
    u32 status = proxy_dequeue_shared_queue(id, &item.data, &item.size);
    if (status == EMPTY) say(WARN, TEXT("called for nothing"), TEXT(""), TEXT(""), TEXT(""));
    else say(INFO, TEXT("work: "), item, TEXT(""), TEXT(""));
}
