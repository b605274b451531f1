"""The functions of WASI and of Emscripten that a guest may import, one row each.

Lives here: names, parameters, results, and the answer itself for the many that always give the same one.
Not here: the behaviour of the few that do something (hostcalls.wasi).

The same 45 functions stand under both module names. There are two files to write to and none to read; `path_link` and
`path_symlink` have a parameter less than in the standard, as in the reference host.

abi: 8 WASI and Emscripten imports, 2.4 Restricted mode
"""

from __future__ import annotations

from proxyabi.abi.signature import Answer, Row, Slots, parse_params
from proxyabi.abi.types import Errno, Mode

__all__ = ["EMSCRIPTEN", "WASI", "WASI_MODULES"]

WASI_MODULES = ("wasi_unstable", "wasi_snapshot_preview1")

WASI: list[Row] = []
EMSCRIPTEN: list[Row] = []

ANY, RUN, ALLOC = Mode.STARTING, Mode.RUNNING, Mode.ALLOCATING


def wasi(
    name: str,
    notation: str,
    allowed: Mode,
    says: Errno | None = None,
    why: str = "",
    *,
    slots: Slots = Slots.AFTER,
    answer: Answer = Answer.ERRNO,
    handler: str | None = None,
) -> None:
    """Add a row under both module names. With *says* it needs no handler: it writes zeros and gives that answer."""
    params, results = parse_params(notation)
    chosen = (handler or name) if says is None else ""
    for module in WASI_MODULES:
        WASI.append(Row(module, name, params, results, answer, allowed=allowed, slots=slots, handler=chosen, says=says, why=why))


def helper(name: str, notation: str, answer: Answer, allowed: Mode) -> None:
    """Add a row of Emscripten's, under `env`."""
    params, results = parse_params(notation)
    EMSCRIPTEN.append(Row("env", name, params, results, answer, allowed=allowed, handler=name))


NO_FILES = "there is no file system"
NO_SOCKETS = "there are no sockets"
NO_INPUT = "there is nothing to read from"

# fmt: off

#    name                      parameters -> results                                                                allowed  always says, and why

# Files
wasi("fd_write",                "fd:output_fd iovecs:iovecs -> written:u32",                                         ALLOC)
wasi("fd_pwrite",               "fd:output_fd iovecs:iovecs offset:u64 -> written:u32",                              ANY)
wasi("fd_read",                 "fd:u32 iovs:u32 iovs_len:u32 nread:u32",                                            RUN, Errno.NOSYS, NO_INPUT)
wasi("fd_pread",                "fd:u32 iovs:u32 iovs_len:u32 offset:u64 nread:u32",                                 ANY, Errno.NOSYS, NO_INPUT)
wasi("fd_seek",                 "fd:u32 offset:i64 whence:u32 new_offset:u32",                                       RUN)
wasi("fd_tell",                 "fd:output_fd -> offset:u64",                                                        ANY, Errno.SUCCESS)
wasi("fd_close",                "fd:u32",                                                                            RUN)
wasi("fd_fdstat_get",           "fd:output_fd -> stat:fdstat",                                                       ANY)
wasi("fd_fdstat_set_flags",     "fd:u32 flags:u32",                                                                  ANY, Errno.NOSYS, "flags of files cannot be changed")
wasi("fd_fdstat_set_rights",    "fd:output_fd rights_base:u64 rights_inheriting:u64",                                ANY, Errno.SUCCESS)
wasi("fd_filestat_get",         "fd:u32 filestat:u32",                                                               ANY, Errno.BADF, NO_FILES)
wasi("fd_filestat_set_size",    "fd:output_fd size:u64",                                                             ANY, Errno.SUCCESS)
wasi("fd_filestat_set_times",   "fd:output_fd accessed:u64 modified:u64 flags:u32",                                  ANY, Errno.SUCCESS)
wasi("fd_advise",               "fd:u32 offset:u64 length:u64 advice:u32",                                           ANY, Errno.SUCCESS)
wasi("fd_allocate",             "fd:output_fd offset:u64 length:u64",                                                ANY, Errno.SUCCESS)
wasi("fd_datasync",             "fd:output_fd",                                                                      ANY, Errno.SUCCESS)
wasi("fd_sync",                 "fd:output_fd",                                                                      ANY, Errno.SUCCESS)
wasi("fd_readdir",              "fd:u32 buffer:u32 buffer_len:u32 cookie:u64 -> used:u32",                           ANY, Errno.EXIST, NO_FILES, slots=Slots.ALWAYS)
wasi("fd_renumber",             "fd_from:output_fd fd_to:output_fd",                                                 ANY, Errno.NOTSUP, "files cannot be renumbered")
wasi("fd_prestat_get",          "fd:u32 prestat:u32",                                                                ANY, Errno.BADF, "no directory is open from the start")
wasi("fd_prestat_dir_name",     "fd:u32 path:u32 path_len:u32",                                                      ANY, Errno.NOSYS, "no directory is open from the start")

# Paths
wasi("path_open",               "fd:u32 dirflags:u32 path:unread oflags:u32 rights_base:u64 rights_inheriting:u64 fdflags:u32 opened:u32", RUN, Errno.NOENT, NO_FILES)
wasi("path_filestat_get",       "fd:u32 flags:u32 path:unread filestat:u32",                                         ANY, Errno.NOTSUP, NO_FILES)
wasi("path_filestat_set_times", "fd:u32 flags:u32 path:unread accessed:u64 modified:u64 time_flags:u32",         ANY, Errno.NOTSUP, NO_FILES)
wasi("path_create_directory",   "fd:u32 path:unread",                                                                ANY, Errno.NOTSUP, NO_FILES)
wasi("path_remove_directory",   "fd:u32 path:unread",                                                                ANY, Errno.NOTSUP, NO_FILES)
wasi("path_unlink_file",        "fd:u32 path:unread",                                                                ANY, Errno.NOTSUP, NO_FILES)
wasi("path_rename",             "fd:u32 old_path:unread new_fd:u32 new_path:unread",                                 ANY, Errno.NOTSUP, NO_FILES)
wasi("path_readlink",           "fd:u32 path:unread buffer:u32 buffer_len:u32 -> used:u32",                          ANY, Errno.NOTSUP, NO_FILES, slots=Slots.ALWAYS)
wasi("path_link",               "old_fd:u32 old_flags:u32 old_path:unread new_fd:u32 new_path:u32",                  ANY, Errno.NOTSUP, NO_FILES)
wasi("path_symlink",            "old_path:unread fd:u32 new_path:u32",                                               ANY, Errno.NOTSUP, NO_FILES)

# Sockets
wasi("sock_accept",             "fd:u32 flags:u32 -> accepted:u64",                                                  ANY, Errno.NOTSUP, NO_SOCKETS, slots=Slots.ALWAYS)
wasi("sock_recv",               "fd:u32 iovs:u32 iovs_len:u32 in_flags:u32 -> size:u32 out_flags:u16",               ANY, Errno.NOTSUP, NO_SOCKETS, slots=Slots.ALWAYS)
wasi("sock_send",               "fd:u32 iovs:u32 iovs_len:u32 flags:u32 -> size:u32",                                ANY, Errno.NOTSUP, NO_SOCKETS, slots=Slots.ALWAYS)
wasi("sock_shutdown",           "fd:u32 how:u32",                                                                    ANY, Errno.NOTSUP, NO_SOCKETS)

# Environment, arguments, time, chance
wasi("environ_sizes_get",       "-> count:u32 size:u32",                                                             ANY)
wasi("environ_get",             "-> environment:strings",                                                            ANY)
wasi("args_sizes_get",          "-> count:u32 size:u32",                                                             ANY, Errno.SUCCESS)
wasi("args_get",                "argv:u32 argv_buffer:u32",                                                          ANY, Errno.SUCCESS)
wasi("clock_time_get",          "clock:clock_id precision:u64 -> time:u64",                                          ALLOC)
wasi("clock_res_get",           "clock:clock_id -> resolution:u64",                                                  ANY)
wasi("random_get",              "-> buffer:room",                                                                    ANY)

# The process
wasi("sched_yield",             "",                                                                                  RUN, Errno.SUCCESS)
wasi("poll_oneoff",             "subscriptions:u32 events:u32 count:u32 -> stored:u32",                              ALLOC, Errno.SUCCESS)
wasi("proc_exit",               "exit_code:u32",                                                                     RUN, answer=Answer.NOTHING)

helper("emscripten_notify_memory_growth", "memory_index:u32",                                                        Answer.NOTHING, ANY)
helper("pthread_equal",                   "left:u32 right:u32 -> equal:u32",                                         Answer.VALUE, RUN)
# fmt: on
