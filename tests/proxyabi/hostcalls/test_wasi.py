"""WASI, as guests see it: what every one of the 45 functions answers."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.abi.types import Errno, LogLevel
from proxyabi.abi.wasi import WASI, WASI_MODULES

PLACE, RESULTS, WILD = 0x100, 0x8000, 0xFFFF_FFF0
SUCCESS, BADF, FAULT, NOTSUP, NOSYS = Errno.SUCCESS, Errno.BADF, Errno.FAULT, Errno.NOTSUP, Errno.NOSYS


@pytest.fixture(params=WASI_MODULES)
def wasi(world: Any, request: pytest.FixtureRequest) -> Any:
    """A function that calls a WASI function with integers."""
    return lambda name, *args: world.raw(name, *args, module=request.param)


def lay_out(world: Any, *buffers: bytes) -> None:
    """Buffers, and a vector of them at PLACE."""
    pointer = PLACE + 8 * len(buffers)
    vector = b""
    for data in buffers:
        world.guest.write(pointer, data)
        vector += (pointer if data else WILD).to_bytes(4, "little") + len(data).to_bytes(4, "little")
        pointer += len(data)
    world.guest.write(PLACE, vector)


@pytest.mark.parametrize(
    ("name", "args", "errno"),
    [
        ("fd_read", (0, WILD, 1, WILD), NOSYS),
        ("fd_pread", (0, WILD, 1, 0, WILD), NOSYS),
        ("fd_seek", (1, 0, 0, WILD), SUCCESS),
        ("fd_close", (77,), SUCCESS),
        ("fd_fdstat_set_flags", (1, 0), NOSYS),
        ("fd_fdstat_set_rights", (2, 0, 0), SUCCESS),
        ("fd_fdstat_set_rights", (3, 0, 0), BADF),
        ("fd_filestat_get", (1, WILD), BADF),
        ("fd_filestat_set_size", (1, 0), SUCCESS),
        ("fd_filestat_set_size", (0, 0), BADF),
        ("fd_filestat_set_times", (1, 0, 0, 0), SUCCESS),
        ("fd_filestat_set_times", (3, 0, 0, 0), BADF),
        ("fd_advise", (77, 0, 0, 0), SUCCESS),
        ("fd_allocate", (1, 0, 0), SUCCESS),
        ("fd_allocate", (3, 0, 0), BADF),
        ("fd_datasync", (1,), SUCCESS),
        ("fd_datasync", (0,), BADF),
        ("fd_sync", (2,), SUCCESS),
        ("fd_sync", (3,), BADF),
        ("fd_renumber", (1, 2), NOTSUP),
        ("fd_renumber", (1, 3), BADF),
        ("fd_prestat_get", (3, WILD), BADF),
        ("fd_prestat_dir_name", (3, WILD, 1), NOSYS),
        ("path_open", (3, 0, WILD, 4, 0, 0, 0, 0, WILD), Errno.NOENT),
        ("path_filestat_get", (3, 0, WILD, 4, WILD), NOTSUP),
        ("path_filestat_set_times", (3, 0, WILD, 4, 0, 0, 0), NOTSUP),
        ("path_create_directory", (3, WILD, 4), NOTSUP),
        ("path_remove_directory", (3, WILD, 4), NOTSUP),
        ("path_unlink_file", (3, WILD, 4), NOTSUP),
        ("path_rename", (3, WILD, 4, 3, WILD, 4), NOTSUP),
        ("path_link", (3, 0, WILD, 4, 3, WILD), NOTSUP),
        ("path_symlink", (WILD, 4, 3, WILD), NOTSUP),
        ("sock_shutdown", (3, 0), NOTSUP),
        ("args_get", (WILD, WILD), SUCCESS),
        ("sched_yield", (), SUCCESS),
        ("clock_time_get", (2, 0, RESULTS), NOTSUP),
        ("clock_res_get", (2, RESULTS), NOTSUP),
        ("fd_tell", (0, RESULTS), BADF),
        ("fd_fdstat_get", (3, RESULTS), BADF),
        ("fd_fdstat_get", (1, WILD), SUCCESS),
        ("random_get", (WILD, 65537), Errno.INVAL),
        ("random_get", (0, 65536), SUCCESS),
        ("random_get", (WILD, 0), SUCCESS),
        ("random_get", (WILD, 1), FAULT),
        ("args_sizes_get", (RESULTS, WILD), FAULT),
        ("environ_sizes_get", (WILD, RESULTS), FAULT),
        ("clock_time_get", (0, 0, WILD), FAULT),
    ],
)
def test_answers(wasi: Any, name: str, args: tuple[int, ...], errno: Errno) -> None:
    assert wasi(name, *args) == errno


@pytest.mark.parametrize(
    ("name", "args", "errno", "zeros"),
    [
        ("fd_tell", (1,), SUCCESS, (8,)),
        ("fd_readdir", (3, WILD, 8, 0), Errno.EXIST, (4,)),
        ("path_readlink", (3, WILD, 4, WILD, 4), NOTSUP, (4,)),
        ("sock_accept", (3, 0), NOTSUP, (8,)),
        ("sock_recv", (3, WILD, 1, 0), NOTSUP, (4, 2)),
        ("sock_send", (3, WILD, 1, 0), NOTSUP, (4,)),
        ("args_sizes_get", (), SUCCESS, (4, 4)),
        ("poll_oneoff", (WILD, WILD, 1), SUCCESS, (4,)),
    ],
)
def test_zeros_are_written_whatever_the_answer(
    world: Any, wasi: Any, name: str, args: tuple[int, ...], errno: Errno, zeros: tuple[int, ...]
) -> None:
    slots = [RESULTS + 16 * number for number in range(len(zeros))]

    assert wasi(name, *args, *slots) == errno
    for slot, size in zip(slots, zeros, strict=True):
        assert world.guest.read(slot, size + 1) == bytes(size) + b"\xa5"
    assert wasi(name, *args, *[WILD] * len(slots)) == FAULT


def test_there_are_45_under_each_name() -> None:
    names = [row.name for row in WASI if row.module == "wasi_unstable"]

    assert len(set(names)) == len(names) == 45
    assert names == [row.name for row in WASI if row.module == "wasi_snapshot_preview1"]


@pytest.mark.parametrize(
    ("fd", "buffers", "lines"),
    [
        (1, [b"hello\n"], [(LogLevel.INFO, "hello")]),
        (2, [b"he", b"", b"llo\n\n"], [(LogLevel.ERROR, "hello\n")]),
        (1, [b"\n"], [(LogLevel.INFO, "")]),
        (1, [b""], []),
        (1, [], []),
    ],
)
def test_what_is_written_is_logged_without_one_newline(
    world: Any, wasi: Any, fd: int, buffers: list[bytes], lines: list[Any]
) -> None:
    lay_out(world, *buffers)

    assert wasi("fd_write", fd, PLACE, len(buffers), RESULTS) == SUCCESS
    assert world.vm.logged == lines
    assert world.word(RESULTS) == len(b"".join(buffers))
    assert wasi("fd_pwrite", fd, PLACE, len(buffers), 1 << 40, RESULTS) == SUCCESS


@pytest.mark.parametrize(
    ("fd", "vector", "count", "written", "errno"),
    [(0, PLACE, 1, RESULTS, BADF), (1, WILD, 1, RESULTS, FAULT), (1, PLACE, 1, WILD, FAULT), (1, PLACE, WILD, RESULTS, FAULT)],
)
def test_writing_fails(world: Any, wasi: Any, fd: int, vector: int, count: int, written: int, errno: Errno) -> None:
    lay_out(world, b"hello")

    assert wasi("fd_write", fd, vector, count, written) == errno


def test_buffers_that_overlap_cannot_add_up_without_end(world: Any, wasi: Any) -> None:
    buffer = (0).to_bytes(4, "little") + (1 << 16).to_bytes(4, "little")
    world.guest.write(0, buffer * 300)

    assert wasi("fd_write", 1, 0, 300, RESULTS) == Errno.INVAL
    assert world.vm.logged == []


def test_output_can_be_written_to(world: Any, wasi: Any) -> None:
    assert wasi("fd_fdstat_get", 1, RESULTS) == SUCCESS
    assert world.guest.read(RESULTS, 25) == bytes(8) + b"\x40" + bytes(15) + b"\xa5"


def test_the_environment_is_the_vms(world: Any, wasi: Any) -> None:
    world.vm.environment = {"NAME": "value", "EMPTY": ""}

    assert wasi("environ_sizes_get", RESULTS, RESULTS + 4) == SUCCESS
    assert (world.word(RESULTS), world.word(RESULTS + 4)) == (2, len(b"NAME=value\0EMPTY=\0"))
    assert wasi("environ_get", RESULTS, PLACE) == SUCCESS
    assert world.guest.read(PLACE, 18) == b"NAME=value\0EMPTY=\0"
    assert (world.word(RESULTS), world.word(RESULTS + 4)) == (PLACE, PLACE + 11)
    assert wasi("environ_get", WILD, PLACE) == FAULT


def test_an_empty_environment_touches_nothing(wasi: Any) -> None:
    assert wasi("environ_get", WILD, WILD) == SUCCESS


def test_clocks(world: Any, wasi: Any) -> None:
    world.clock.advance(1.5)
    for clock, time in ((0, 1_700_000_001_500_000_000), (1, 1_500_000_000)):
        assert wasi("clock_time_get", clock, 0, RESULTS) == SUCCESS
        assert int.from_bytes(world.guest.read(RESULTS, 8), "little") == time
    assert wasi("clock_res_get", 1, RESULTS) == SUCCESS
    assert int.from_bytes(world.guest.read(RESULTS, 8), "little") == 1


def test_random_bytes_fill_exactly_the_room(world: Any, wasi: Any) -> None:
    assert wasi("random_get", RESULTS, 5) == SUCCESS
    assert world.guest.read(RESULTS - 1, 7) == b"\xa5\7\7\7\7\7\xa5"


def test_proc_exit_returns_and_leaves_a_note(world: Any, wasi: Any) -> None:
    assert wasi("proc_exit", 2) is None
    assert "proc_exit(2)" in world.lines[0]
    assert "[trace]" in world.lines[0]


def test_the_helpers_of_emscripten(world: Any) -> None:
    assert world.raw("emscripten_notify_memory_growth", 0) is None
    assert world.raw("pthread_equal", 7, 7) == 1
    assert world.raw("pthread_equal", 7, 8) == 0
