"""A buffer that a guest can read and, by Envoy's rules, change.

Lives here: `Buffer`, the bytes behind a buffer id.
Not here: which buffer may be read or changed at which moment (context, abi.access).

abi: 13 Buffer semantics
"""

from __future__ import annotations

from proxyabi.abi.types import Status
from proxyabi.errors import Fail

__all__ = ["Buffer"]


class Buffer:
    """Bytes that can be read in part, prepended to, appended to, and replaced from the front."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes = b"") -> None:
        self._data = bytearray(data)

    def __len__(self) -> int:
        return len(self._data)

    def __bytes__(self) -> bytes:
        return bytes(self._data)

    def __repr__(self) -> str:
        return f"Buffer({bytes(self._data)!r})"

    def read(self, start: int, size: int) -> bytes:
        """At most *size* bytes from *start* on; none when *start* lies behind the end."""
        return bytes(self._data[start : start + size])

    def append(self, data: bytes) -> None:
        """Add a chunk at the end."""
        self._data += data

    def clear(self) -> None:
        """Drop all bytes."""
        self._data.clear()

    def take(self) -> bytes:
        """All bytes; the buffer is empty afterwards."""
        data = bytes(self._data)
        self._data.clear()
        return data

    def write(self, start: int, length: int, data: bytes) -> None:
        """Put *data* in the place of the *length* bytes at *start*, as far as Envoy goes.

        *start* 0 drops *length* bytes from the front and prepends; *start* at or behind the end appends and ignores *length*.

        fails: BAD_ARGUMENT when *start* lies inside.
        abi: 13.2
        """
        if start == 0:
            self._data[:length] = data
        elif start >= len(self._data):
            self._data += data
        else:
            raise Fail(
                Status.BAD_ARGUMENT,
                f"bytes can be replaced from the front or added at the end only; {start} lies inside the {len(self._data)} bytes",
            )
