"""The trace: every crossing between host and guest, in the order in which they began.

Lives here: records of crossings and log lines, their decoding by the rows, and when they are handed out.
Not here: files and formats (cli).

A crossing is open from `begin` to `end`, and others begin inside it: a host function inside a callback, the allocator inside a
host function. A record is complete only when its crossing has ended, so records wait until the outermost one has, and go out in
order.

    {"seq": 7, "time": 1700000000.25, "context": 2, "depth": 1, "from": "guest", "module": "env",
     "name": "proxy_get_header_map_value", "args": [0, 1024, 4, 2048, 2052],
     "decoded": {"map_id": "HTTP_REQUEST_HEADERS", "key": "x-id"}, "result": 1, "status": "NOT_FOUND",
     "reason": "no header x-id in HTTP_REQUEST_HEADERS"}

abi: 2.6 Trap messages and tracing
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from typing import Any

from proxyabi.abi.signature import Answer, Kind, Row
from proxyabi.abi.types import Errno, LogLevel, Status
from proxyabi.services.clock import Clock, SystemClock

__all__ = ["Record", "Trace", "plain"]

Record = dict[str, Any]


class Trace:
    """Collects records and hands each to *sink* once nothing that began before it is still open."""

    def __init__(self, sink: Callable[[Record], None], clock: Clock | None = None) -> None:
        self._sink = sink
        self._clock = clock or SystemClock()
        self._seq = 0
        self._depth = 0
        self._waiting: list[Record] = []

    def begin_callback(self, row: Row, context_id: int, args: Iterable[int]) -> Record:
        """The host calls the guest: a callback, a start function, or the allocator. *args* are the integers as passed."""
        args = list(args)
        decoded = {param.name: _meaning(param.kind, value) for param, value in zip(row.params, args, strict=True)}
        return self._open("host", row, context_id, args, decoded)

    def end_callback(self, record: Record, row: Row, result: int | None, reason: str | None = None) -> None:
        """The guest has returned *result*, or it trapped: then *result* is None and *reason* the trap's text."""
        status = None
        if result is not None and row.results:
            returned = row.results[0]
            if returned.kind.enumeration is not None:
                status = _name(returned.kind.enumeration, result)
            record["decoded"][returned.name] = bool(result) if returned.kind.name == "bool" else status or result
        self._close(record, result, status, reason)

    def begin_hostcall(self, row: Row, context_id: int, args: Iterable[int], decoded: dict[str, Any]) -> Record:
        """The guest calls the host."""
        return self._open("guest", row, context_id, list(args), decoded)

    def end_hostcall(self, record: Record, row: Row, result: int | None, reason: str | None = None) -> None:
        """The host function has returned *result*; *reason* says why it is another status than OK, or why it trapped."""
        status = None
        if result is not None and row.answer is Answer.STATUS:
            status = _name(Status, result)
        elif result is not None and row.answer is Answer.ERRNO:
            status = _name(Errno, result)
        self._close(record, result, status, reason)

    def log(self, context_id: int, level: LogLevel, message: str) -> None:
        """A log line of the guest's."""
        record = {**self._head(context_id), "log": level.name.lower(), "message": message}
        self._waiting.append(record)
        self._flush()

    def _open(self, side: str, row: Row, context_id: int, args: list[int], decoded: dict[str, Any]) -> Record:
        record = self._head(context_id)
        record |= {"from": side, "module": row.module, "name": row.name, "args": args, "decoded": decoded}
        record |= {"result": None, "status": None, "reason": None}
        self._waiting.append(record)
        self._depth += 1
        return record

    def _close(self, record: Record, result: int | None, status: str | None, reason: str | None) -> None:
        record["result"], record["status"], record["reason"] = result, status, reason
        self._depth -= 1
        self._flush()

    def _head(self, context_id: int) -> Record:
        self._seq += 1
        return {"seq": self._seq, "time": self._clock.wall_ns() / 1e9, "context": context_id, "depth": self._depth}

    def _flush(self) -> None:
        if self._depth == 0:
            ready, self._waiting = self._waiting, []
            for record in ready:
                self._sink(record)


def plain(value: Any) -> Any:
    """*value*, an argument or a result of a handler, as plain data for `json.dumps`.

    Bytes become text: UTF-8, other bytes as backslash escapes. Maps become lists of [name, value].
    """
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, IntEnum):
        return value.name
    if value is None or isinstance(value, int | float | str):
        return value
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value]


def _meaning(kind: Kind, value: int) -> int | bool | str:
    """What the one integer *value* stands for."""
    if kind.enumeration is not None:
        return _name(kind.enumeration, value)
    return bool(value) if kind.name == "bool" else value


def _name(members: type[IntEnum], value: int) -> str:
    """The name of *value*; its number when it has none."""
    try:
        return members(value).name
    except ValueError:
        return str(value)
