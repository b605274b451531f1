"""What stands in for a host function that a guest may not call.

Lives here: the stub of a function that the plugin's capabilities leave out.
Not here: which functions those are (proxyabi.config).

A restricted function reads nothing and writes nothing. What may not be called while the guest starts or allocates is refused all
the same, as the reference host looks at that first.

abi: 10.7 Capability restriction
"""

from __future__ import annotations

from collections.abc import Callable

from proxyabi.abi.signature import Answer, Row
from proxyabi.abi.types import Errno, LogLevel, Status
from proxyabi.context.ports import ContextPort, Guest
from proxyabi.trace import Trace

__all__ = ["bind_restricted", "is_restrictable"]

ANSWERS: dict[Answer, int | None] = {
    Answer.STATUS: int(Status.INTERNAL_FAILURE),
    Answer.ERRNO: int(Errno.NOTCAPABLE),
    Answer.NOTHING: None,
}


def is_restrictable(row: Row) -> bool:
    """Whether capabilities say anything about that function: Emscripten's helpers can always be called."""
    return row.answer is not Answer.VALUE and (row.module != "env" or row.name.startswith("proxy_"))


def bind_restricted(row: Row, guest: Guest, current: Callable[[], ContextPort], trace: Trace | None) -> Callable[..., int | None]:
    """The callable that a VM gets for *row* when its plugin may not use it."""
    answer, why = ANSWERS[row.answer], f"{row.name} is not among the plugin's allowed_capabilities"

    def call(*args: int) -> int | None:
        if guest.mode > row.allowed:
            guest.refuse(row.name)
        context = current()
        context.vm.services.log.host(LogLevel.ERROR, f"Attempted call to restricted proxy-wasm capability: {row.name}")
        if trace is not None:
            record = trace.begin_hostcall(row, context.id, args, {})
            trace.end_hostcall(record, row, answer, why)
        return answer

    return call
