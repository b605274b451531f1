"""Bodies, configurations and other buffers.

Lives here: reading, size, writing. Not here: the splice itself (context.buffer).

abi: 6.3 Buffers, 13 Buffer semantics
"""

from __future__ import annotations

from proxyabi.abi.access import BUFFER_ACCESS
from proxyabi.abi.types import BufferType, Status
from proxyabi.context.buffer import Buffer
from proxyabi.context.ports import ContextPort
from proxyabi.errors import Fail
from proxyabi.hostcalls.registry import hostcall
from proxyabi.hostcalls.windows import window

__all__: list[str] = []


@hostcall("proxy_get_buffer_bytes")
def get_buffer_bytes(context: ContextPort, buffer_id: BufferType, start: int, max_size: int) -> bytes:
    """At most *max_size* bytes of the buffer from *start* on; none when *start* lies behind the end.

    fails: NOT_FOUND when the buffer does not exist now.
    abi: proxy_get_buffer_bytes
    """
    return _present(context, buffer_id).read(start, max_size)


@hostcall("proxy_get_buffer_status")
def get_buffer_status(context: ContextPort, buffer_id: BufferType) -> tuple[int, int]:
    """The visible size, and flags, which are always 0 as in the reference host.

    fails: NOT_FOUND when the buffer does not exist now.
    abi: proxy_get_buffer_status
    """
    return len(_present(context, buffer_id)), 0


def _shown_already(context: ContextPort, buffer_id: BufferType) -> tuple[BufferType, Buffer] | None:
    """In Envoy a context has one window on buffers, and FOREIGN_FUNCTION_ARGUMENTS is what that shows already, if anything."""
    return context.last_buffer if buffer_id is BufferType.FOREIGN_FUNCTION_ARGUMENTS else None


def _present(context: ContextPort, buffer_id: BufferType) -> Buffer:
    shown = _shown_already(context, buffer_id)
    if shown is not None:
        return shown[1]
    buffer = context.buffer(buffer_id)
    if buffer is None:
        raise Fail(Status.NOT_FOUND, window(context, BUFFER_ACCESS[buffer_id], "buffer"))
    if buffer_id is not BufferType.FOREIGN_FUNCTION_ARGUMENTS:
        context.last_buffer = buffer_id, buffer
    return buffer


def _check_presence(context: ContextPort, buffer_id: BufferType) -> None:
    _present(context, buffer_id)


@hostcall("proxy_set_buffer_bytes", before=_check_presence)
def set_buffer_bytes(context: ContextPort, buffer_id: BufferType, start: int, length: int, data: bytes) -> None:
    """Put *data* in the place of *length* bytes from *start* on: at the front, of the whole, or behind the end.

    fails: NOT_FOUND when the buffer does not exist now; BAD_ARGUMENT when it cannot be changed now, or not in the middle.
    abi: proxy_set_buffer_bytes
    """
    shown = _shown_already(context, buffer_id)
    if not context.buffer_is_writable(buffer_id if shown is None else shown[0]):
        raise Fail(Status.BAD_ARGUMENT, window(context, BUFFER_ACCESS[buffer_id], "buffer", change=True))
    _present(context, buffer_id).write(start, length, data)
