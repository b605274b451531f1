"""WASI and Emscripten's helpers: the functions that do something.

Lives here: output as log lines, environment, clocks, chance, and the calls that only leave a note.
Not here: the many that always give one answer; their rows say it (abi.wasi).

abi: 8 WASI and Emscripten imports
"""

from __future__ import annotations

from proxyabi.abi.types import ClockId, Errno, LogLevel, OutputFd
from proxyabi.context.ports import ContextPort
from proxyabi.errors import Fail
from proxyabi.hostcalls.registry import hostcall

__all__: list[str] = []

MOST_RANDOM = 1 << 16
FDSTAT = bytes(8) + (64).to_bytes(8, "little") + bytes(8)
"""No type, no flags, the right to write, no rights to inherit."""

_LEVELS = {OutputFd.STDOUT: LogLevel.INFO, OutputFd.STDERR: LogLevel.ERROR}


@hostcall("fd_write")
def fd_write(context: ContextPort, fd: OutputFd, iovecs: bytes) -> int:
    """Log what is written, without one newline at its end: stdout as info, stderr as error. Nothing written logs nothing.

    abi: 8 fd_write
    """
    return _write(context, fd, iovecs)


@hostcall("fd_pwrite")
def fd_pwrite(context: ContextPort, fd: OutputFd, iovecs: bytes, offset: int) -> int:
    """As fd_write; *offset* means nothing in a log.

    abi: 8 fd_pwrite
    """
    return _write(context, fd, iovecs)


@hostcall("fd_seek")
def fd_seek(context: ContextPort, fd: int, offset: int, whence: int, new_offset: int) -> None:
    """Leave a note and do nothing; the address for the new offset is not written to.

    abi: 8 fd_seek
    """
    _note(context, f"fd_seek({fd}, {offset}, {whence})")


@hostcall("fd_close")
def fd_close(context: ContextPort, fd: int) -> None:
    """Leave a note and do nothing.

    abi: 8 fd_close
    """
    _note(context, f"fd_close({fd})")


@hostcall("fd_fdstat_get")
def fd_fdstat_get(context: ContextPort, fd: OutputFd) -> bytes:
    """A file that can be written to.

    abi: 8 fd_fdstat_get
    """
    return FDSTAT


@hostcall("environ_sizes_get")
def environ_sizes_get(context: ContextPort) -> tuple[int, int]:
    """How many variables there are, and how many bytes their `KEY=VALUE` texts take, each with its NUL.

    abi: 8 environ_sizes_get
    """
    entries = _environment(context)
    return len(entries), sum(len(entry) + 1 for entry in entries)


@hostcall("environ_get")
def environ_get(context: ContextPort) -> list[bytes]:
    """The variables as `KEY=VALUE`.

    abi: 8 environ_get
    """
    return _environment(context)


@hostcall("clock_time_get")
def clock_time_get(context: ContextPort, clock: ClockId, precision: int) -> int:
    """Nanoseconds: since the epoch, or on a clock that never goes back. *precision* is ignored.

    abi: 8 clock_time_get
    """
    clocks = context.vm.services.clock
    return clocks.wall_ns() if clock is ClockId.REALTIME else clocks.monotonic_ns()


@hostcall("clock_res_get")
def clock_res_get(context: ContextPort, clock: ClockId) -> int:
    """One nanosecond.

    abi: 8 clock_res_get
    """
    return 1


@hostcall("random_get")
def random_get(context: ContextPort, buffer: int) -> bytes:
    """*buffer* unpredictable bytes.

    fails: INVAL for more than 64 KiB at once.
    abi: 8 random_get
    """
    if buffer > MOST_RANDOM:
        raise Fail(Errno.INVAL, f"{buffer} bytes are more than the {MOST_RANDOM} that one call gives")
    return context.vm.services.random(buffer) if buffer else b""


@hostcall("proc_exit")
def proc_exit(context: ContextPort, exit_code: int) -> None:
    """Leave a note and return to the guest, whose next instruction usually traps.

    abi: 8 proc_exit
    """
    _note(context, f"proc_exit({exit_code})")


@hostcall("emscripten_notify_memory_growth")
def emscripten_notify_memory_growth(context: ContextPort, memory_index: int) -> None:
    """Do nothing: addresses are looked up for every access.

    abi: 8 Emscripten helpers
    """


@hostcall("pthread_equal")
def pthread_equal(context: ContextPort, left: int, right: int) -> int:
    """1 when both are the same thread, else 0.

    abi: 8 Emscripten helpers
    """
    return int(left == right)


def _write(context: ContextPort, fd: OutputFd, data: bytes) -> int:
    if data:
        text = data[:-1] if data.endswith(b"\n") else data
        context.log(_LEVELS[fd], text.decode("utf-8", "backslashreplace"))
    return len(data)


def _environment(context: ContextPort) -> list[bytes]:
    return [f"{key}={value}".encode("utf-8", "surrogateescape") for key, value in context.vm.environment.items()]


def _note(context: ContextPort, what: str) -> None:
    context.vm.services.log.host(LogLevel.TRACE, f"the guest called {what}, which does nothing in this host")
