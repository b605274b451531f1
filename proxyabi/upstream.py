"""What stands behind the filters, as plain functions: a request seen, an answer given.

Lives here: `Seen`, `Answer`, and `echo`, the upstream that answers with a description of what reached it.
Not here: connections (serve) and what lies between (plugin).

The same `echo` answers behind `proxyabi serve`, `proxyabi run` and the test harness, so that they show the same thing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from proxyabi.context.header_map import HeaderMap, decimal

__all__ = ["Answer", "Seen", "as_json", "echo", "readable"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as somebody saw it. The headers contain the pseudo headers `:method`, `:path`, `:authority` and `:scheme`."""

    headers: HeaderMap
    body: bytes = b""
    trailers: HeaderMap = field(default_factory=HeaderMap)

    @property
    def method(self) -> str:
        """The method, "" when a filter removed it."""
        return _text(self.headers.get(b":method"))

    @property
    def path(self) -> str:
        """Path and query, "" when a filter removed it."""
        return _text(self.headers.get(b":path"))

    @property
    def authority(self) -> str:
        """The host asked for, "" when there is none."""
        return _text(self.headers.get(b":authority"))


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. *headers* is without pseudo headers.

    raises: TypeError, for parts that are something else.
    """

    status: int
    headers: HeaderMap = field(default_factory=HeaderMap)
    body: bytes = b""
    trailers: HeaderMap = field(default_factory=HeaderMap)

    def __post_init__(self) -> None:
        if not isinstance(self.status, int):
            raise TypeError(f"the status of an answer has to be an integer, not {self.status!r}")
        if not isinstance(self.body, bytes | bytearray):
            raise TypeError(f"the body of an answer has to be bytes, not {self.body!r}")
        for name, pairs in (("headers", self.headers), ("trailers", self.trailers)):
            if not isinstance(pairs, HeaderMap):
                raise TypeError(
                    f'the {name} of an answer have to be a HeaderMap, as in HeaderMap([(b"x-id", b"7")]), not {pairs!r}'
                )

    def head(self) -> HeaderMap:
        """The headers as a filter sees them, `:status` in front."""
        return HeaderMap([(b":status", str(self.status).encode()), *self.headers.pairs()])

    @classmethod
    def from_parts(cls, headers: HeaderMap, body: bytes, trailers: HeaderMap) -> Answer:
        """The answer that has *headers* with `:status` among them. A status that is no number counts as 0."""
        rest = HeaderMap([(name, value) for name, value in headers.pairs() if not name.startswith(b":")])
        return cls(decimal(headers.get(b":status")) or 0, rest, body, trailers)


def echo(seen: Seen) -> Answer:
    """200 with a JSON description of the request: method, path, headers, body, trailers.

    Trailers come back as trailers, so that a filter's response side can be tried with them too.
    """
    members = [
        f'  "method": {_QUOTE(seen.method)}',
        f'  "path": {_QUOTE(seen.path)}',
        f'  "headers": {_pair_lines(seen.headers)}',
        f'  "body": {_QUOTE(readable(seen.body))}',
        f'  "trailers": {_pair_lines(seen.trailers)}',
    ]
    body = ("{\n" + ",\n".join(members) + "\n}\n").encode()
    headers = [(b"content-type", b"application/json")]
    if not seen.trailers:
        headers.append((b"content-length", str(len(body)).encode()))
    return Answer(200, HeaderMap(headers), body, seen.trailers.copy())


def readable(value: bytes) -> str:
    """*value* as text: UTF-8, with bytes that are none as backslash escapes."""
    return value.decode("utf-8", "backslashreplace")


def as_json(message: Seen | Answer) -> dict[str, Any]:
    """*message* as plain data for `json.dumps`."""
    shape: dict[str, Any] = (
        {"method": message.method, "path": message.path} if isinstance(message, Seen) else {"status": message.status}
    )
    shape["headers"] = [[readable(name), readable(value)] for name, value in message.headers.pairs()]
    shape["body"] = readable(message.body)
    shape["trailers"] = [[readable(name), readable(value)] for name, value in message.trailers.pairs()]
    return shape


_QUOTE = json.JSONEncoder(ensure_ascii=False).encode


def _pair_lines(headers: HeaderMap) -> str:
    """A JSON list with one pair a line: `json.dumps` would put each half of a pair on a line of its own."""
    pairs = headers.pairs()
    if not pairs:
        return "[]"
    lines = (f"    [{_QUOTE(readable(name))}, {_QUOTE(readable(value))}]" for name, value in pairs)
    return "[\n" + ",\n".join(lines) + "\n  ]"


def _text(value: bytes | None) -> str:
    return "" if value is None else readable(value)
