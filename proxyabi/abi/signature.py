"""The shape of a host function or callback: kinds of parameters, and the reading of their notation.

Lives here: what each kind is in Wasm and how it fails; `Row`, one line of the tables; the notation
"map_id:map_type key:bytes -> value:bytes".
Not here: the rows (hostcalls.py, callbacks.py, wasi.py), and how a kind is read from and written to a guest (hostcalls.marshal).

A parameter's kind fixes how many Wasm parameters it takes: `bytes` is an address and a size. A result of a host function is an
address (for `bytes` two) that the guest passes behind the parameters, and the host writes to.

abi: 5 Memory rules, 6.1 Master signature table
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum, auto
from typing import Any

from proxyabi.abi.types import (
    BufferType,
    ClockId,
    DataAction,
    Errno,
    HeadersAction,
    LogLevel,
    MapType,
    MetricType,
    Mode,
    NetworkAction,
    OutputFd,
    PeerType,
    Status,
    StreamType,
    TrailersAction,
)

__all__ = ["KINDS", "OLDEST", "Answer", "Kind", "Param", "Row", "Slots", "Version", "parse_params"]

Version = tuple[int, int, int]
OLDEST: Version = (0, 1, 0)
LATEST: Version = (0, 2, 1)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of parameter or result.

    *params* are its Wasm types as a parameter, () when it cannot be one; *slots* how many addresses it takes as a result of a
    host function, 0 when it cannot be one; *value* its Wasm type as the result of a callback, "" when it cannot be one.
    *enumeration* are the values it may have, and *fails* the answer to any other.
    """

    name: str
    python: str
    params: tuple[str, ...] = ()
    slots: int = 0
    value: str = ""
    enumeration: type[IntEnum] | None = None
    fails: int | None = None


def _enumeration(name: str, members: type[IntEnum], fails: int) -> Kind:
    return Kind(name, members.__name__, params=("i32",), enumeration=members, fails=fails)


def _action(name: str, members: type[IntEnum]) -> Kind:
    return Kind(name, members.__name__, value="i32", enumeration=members)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("u16", "int", slots=1),
        Kind("u32", "int", params=("i32",), slots=1, value="i32"),
        Kind("u64", "int", params=("i64",), slots=1),
        Kind("i64", "int, signed", params=("i64",)),
        Kind("bool", "bool", params=("i32",), value="i32"),
        Kind("ms", "int, milliseconds", params=("i32",)),
        Kind("bytes", "bytes", params=("i32", "i32"), slots=2),
        Kind("pairs", "list of (name, value); as a result a HeaderMap", params=("i32", "i32"), slots=2),
        Kind("block", "bytes or None; either address may be 0", slots=2),
        _enumeration("log_level", LogLevel, Status.BAD_ARGUMENT),
        _enumeration("map_type", MapType, Status.BAD_ARGUMENT),
        _enumeration("buffer_type", BufferType, Status.BAD_ARGUMENT),
        _enumeration("stream_type", StreamType, Status.BAD_ARGUMENT),
        _enumeration("metric_type", MetricType, Status.BAD_ARGUMENT),
        Kind("peer_type", "PeerType", params=("i32",), enumeration=PeerType),
        _enumeration("output_fd", OutputFd, Errno.BADF),
        _enumeration("clock_id", ClockId, Errno.NOTSUP),
        Kind("iovecs", "bytes, gathered from a vector of buffers", params=("i32", "i32")),
        Kind("unread", "bytes that nobody looks at, except a trace", params=("i32", "i32")),
        Kind("room", "its size goes in; bytes to fill it with come out", slots=2),
        Kind("strings", "list of bytes, laid out at two addresses", slots=2),
        Kind("fdstat", "bytes; an address outside the memory is forgiven", slots=1),
        _action("headers_action", HeadersAction),
        _action("data_action", DataAction),
        _action("trailers_action", TrailersAction),
        _action("network_action", NetworkAction),
    )
}


@dataclass(frozen=True, slots=True)
class Param:
    """A named parameter or result."""

    name: str
    kind: Kind


class Answer(Enum):
    """What a function gives back to its caller in Wasm."""

    STATUS = auto()
    """An i32: a `Status`."""
    ERRNO = auto()
    """An i32: an `Errno`."""
    VALUE = auto()
    """An i32: its one result."""
    NOTHING = auto()
    """Nothing."""


class Slots(Enum):
    """When a host function writes its results."""

    AFTER = auto()
    """Once it has succeeded."""
    ALWAYS = auto()
    """Also when it has failed: zeros then."""
    FIRST = auto()
    """Zeros before it begins, so that a wrong address is found in time; and at the end in any case."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One host function, or one callback, in the versions from *since* to *until*.

    For host functions: *answer* is what Wasm sees, *slots* when results are written, *late* that a wrong enumeration value is
    found after wrong addresses, *allowed* the most restricted mode in which it may be called. *handler* is the name of its
    handler, with *fixed* filling in arguments that the Wasm function does not have. A row with *says* needs none: it always gives
    that answer, for the reason *why*.
    """

    module: str
    name: str
    params: tuple[Param, ...]
    results: tuple[Param, ...]
    answer: Answer
    since: Version = OLDEST
    until: Version = LATEST
    slots: Slots = Slots.AFTER
    late: bool = False
    allowed: Mode = Mode.RUNNING
    handler: str = ""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    says: int | None = None
    why: str = ""

    @property
    def wasm_params(self) -> tuple[str, ...]:
        """The Wasm types of its parameters, addresses of results included."""
        types = [wasm_type for param in self.params for wasm_type in param.kind.params]
        if self.answer in (Answer.STATUS, Answer.ERRNO):
            types += ["i32"] * sum(result.kind.slots for result in self.results)
        return tuple(types)

    @property
    def wasm_results(self) -> tuple[str, ...]:
        """The Wasm types of what it gives back."""
        if self.answer is Answer.VALUE:
            return tuple(result.kind.value for result in self.results)
        return () if self.answer is Answer.NOTHING else ("i32",)

    @property
    def signature(self) -> str:
        """Its Wasm type as text: "i32 i32 -> i32", "i32 ->", "->"."""
        return " ".join((*self.wasm_params, "->", *self.wasm_results))

    def __str__(self) -> str:
        return f"{self.module}.{self.name}" if self.module else self.name


def parse_params(notation: str) -> tuple[tuple[Param, ...], tuple[Param, ...]]:
    """Parameters and results of "name:kind … -> name:kind …"; either side may be empty, and so may the arrow's."""
    left, _, right = notation.partition("->")
    return _params(left), _params(right)


def _params(text: str) -> tuple[Param, ...]:
    pairs = (word.split(":") for word in text.split())
    return tuple(Param(name, KINDS[kind]) for name, kind in pairs)
