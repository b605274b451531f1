/* Calls every function of WASI under both of its names, and the two helpers of Emscripten, for each request whose path is `/wasi` or
 * `/unstable`, and answers with the numbers that came back. No toolchain imports them all; each imports some.
 */
#include "../proxy_wasm.h"

#define OUT (u32)room
#define OUT2 (u32)(room + 32)
#define VECTOR (u32)vector
#define NAME (u32)name

static byte room[256];
static const byte name[] = "file", said[] = "written\n";
static struct {
    const byte *data;
    u32 size;
} vector[1] = {{said, 8}};

#define FUNCTIONS \
    X(args_get, (u32, u32), (7, 7)) \
    X(args_sizes_get, (u32, u32), (OUT, OUT2)) \
    X(clock_res_get, (u32, u32), (1, OUT)) \
    X(clock_time_get, (u32, u64, u32), (0, 0, OUT)) \
    X(environ_get, (u32, u32), (OUT2, OUT2)) \
    X(environ_sizes_get, (u32, u32), (OUT, OUT2)) \
    X(fd_advise, (u32, u64, u64, u32), (1, 0, 0, 0)) \
    X(fd_allocate, (u32, u64, u64), (1, 0, 0)) \
    X(fd_close, (u32), (1)) \
    X(fd_datasync, (u32), (1)) \
    X(fd_fdstat_get, (u32, u32), (1, OUT)) \
    X(fd_fdstat_set_flags, (u32, u32), (1, 0)) \
    X(fd_fdstat_set_rights, (u32, u64, u64), (1, 0, 0)) \
    X(fd_filestat_get, (u32, u32), (1, OUT)) \
    X(fd_filestat_set_size, (u32, u64), (1, 0)) \
    X(fd_filestat_set_times, (u32, u64, u64, u32), (1, 0, 0, 0)) \
    X(fd_pread, (u32, u32, u32, u64, u32), (0, OUT, 0, 0, OUT)) \
    X(fd_prestat_dir_name, (u32, u32, u32), (3, OUT, 0)) \
    X(fd_prestat_get, (u32, u32), (3, OUT)) \
    X(fd_pwrite, (u32, u32, u32, u64, u32), (2, VECTOR, 1, 0, OUT)) \
    X(fd_read, (u32, u32, u32, u32), (0, OUT, 0, OUT)) \
    X(fd_readdir, (u32, u32, u32, u64, u32), (3, OUT, 0, 0, OUT)) \
    X(fd_renumber, (u32, u32), (1, 2)) \
    X(fd_seek, (u32, u64, u32, u32), (1, 0, 0, OUT)) \
    X(fd_sync, (u32), (2)) \
    X(fd_tell, (u32, u32), (1, OUT)) \
    X(fd_write, (u32, u32, u32, u32), (1, VECTOR, 1, OUT)) \
    X(path_create_directory, (u32, u32, u32), (3, NAME, 4)) \
    X(path_filestat_get, (u32, u32, u32, u32, u32), (3, 0, NAME, 4, OUT)) \
    X(path_filestat_set_times, (u32, u32, u32, u32, u64, u64, u32), (3, 0, NAME, 4, 0, 0, 0)) \
    X(path_link, (u32, u32, u32, u32, u32, u32), (3, 0, NAME, 4, 3, NAME)) \
    X(path_open, (u32, u32, u32, u32, u32, u64, u64, u32, u32), (3, 0, NAME, 4, 0, 0, 0, 0, OUT)) \
    X(path_readlink, (u32, u32, u32, u32, u32, u32), (3, NAME, 4, OUT2, 8, OUT)) \
    X(path_remove_directory, (u32, u32, u32), (3, NAME, 4)) \
    X(path_rename, (u32, u32, u32, u32, u32, u32), (3, NAME, 4, 3, NAME, 4)) \
    X(path_symlink, (u32, u32, u32, u32), (NAME, 4, 3, NAME)) \
    X(path_unlink_file, (u32, u32, u32), (3, NAME, 4)) \
    X(poll_oneoff, (u32, u32, u32, u32), (OUT, OUT, 1, OUT)) \
    X(random_get, (u32, u32), (OUT2, 8)) \
    X(sched_yield, (void), ()) \
    X(sock_accept, (u32, u32, u32), (3, 0, OUT)) \
    X(sock_recv, (u32, u32, u32, u32, u32, u32), (3, OUT, 0, 0, OUT, OUT2)) \
    X(sock_send, (u32, u32, u32, u32, u32), (3, OUT, 0, 0, OUT)) \
    X(sock_shutdown, (u32, u32), (3, 0))

#define X(function, types, values)                                                                                       \
    u32 __attribute__((import_module("wasi_snapshot_preview1"), import_name(#function))) preview_##function types;       \
    u32 __attribute__((import_module("wasi_unstable"), import_name(#function))) unstable_##function types;
FUNCTIONS
#undef X
void __attribute__((import_module("wasi_snapshot_preview1"), import_name("proc_exit"))) preview_proc_exit(u32 code);
void __attribute__((import_module("wasi_unstable"), import_name("proc_exit"))) unstable_proc_exit(u32 code);
void __attribute__((import_module("env"), import_name("emscripten_notify_memory_growth"))) emscripten_notify_memory_growth(u32 index);
HOST(pthread_equal)(u32 a, u32 b);

void EXPORT(proxy_abi_version_0_2_1)(void) {}

byte *EXPORT(malloc)(u32 size) { return take(size); }

void EXPORT(_initialize)(void) { emscripten_notify_memory_growth(0); }

u32 __attribute__((export_name("main"))) started(u32 count, u32 arguments) {
    u32 many = 0;
    return preview_args_sizes_get((u32)&many, OUT) + many;
}

static void note(Text *to, const char *what, u32 result) {
    while (*what) to->data[to->size++] = *what++;
    put(to, TEXT(" ")), put_number(to, result), put(to, TEXT("\n"));
}

u32 EXPORT(proxy_on_request_headers)(u32 context, u32 count, u32 end_of_stream) {
    forget_everything();
    Text path = header(REQUEST_HEADERS, TEXT(":path")), told = {take(4096), 0};
    if (same(path, TEXT("/wasi"))) {
#define X(function, types, values) note(&told, #function, preview_##function values);
        FUNCTIONS
#undef X
        preview_proc_exit(3);
    } else if (same(path, TEXT("/unstable"))) {
#define X(function, types, values) note(&told, #function, unstable_##function values);
        FUNCTIONS
#undef X
        unstable_proc_exit(0);
    } else {
        return CONTINUE;
    }
    note(&told, "pthread_equal", pthread_equal(4, 4) * 10 + pthread_equal(4, 5));
    proxy_send_local_response(200, 0, 0, told.data, told.size, 0, 0, -1);
    return PAUSE;
}
