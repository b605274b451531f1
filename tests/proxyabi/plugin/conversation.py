"""A host, its filters and whoever talks to it, for tests that read as conversations: events in, commands out.

Lives here: bringing a host up with scripted filters on some engine, and short words for messages.
Not here: the scripts (scripted.py), and a driver that performs commands (proxyabi.testing).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import scripted

from proxyabi import Event, HeaderMap, Host, PluginConfig, Services, StreamInfo, Trace
from proxyabi.context.commands import Command
from proxyabi.context.events import (
    RequestBody,
    RequestHeaders,
    RequestTrailers,
    ResponseBody,
    ResponseHeaders,
    ResponseTrailers,
    StreamDone,
)
from proxyabi.services.clock import StoppedClock
from proxyabi.services.log import Log

Pairs = Iterable[tuple[bytes, bytes]]


@cache
def assemble(text: str) -> bytes:
    """The module of a text, by the assembler of the `wasmtime` package."""
    wasmtime = pytest.importorskip("wasmtime", reason="the extra `wasmtime` is not installed; it assembles the test modules")
    return bytes(wasmtime.wat2wasm(text))


def filter_of(script: scripted.Script | str | bytes, **settings: Any) -> PluginConfig:
    """The plugin of a script, of WAT, or of a module."""
    if isinstance(script, bytes):
        return PluginConfig(script, **settings)
    return PluginConfig(assemble(script if isinstance(script, str) else scripted.module(script)), **settings)


class Conversation:
    """A started host. *filters* are scripts or plugins; *settings* are the host's."""

    def __init__(self, engine: Any, *filters: scripted.Script | PluginConfig, **settings: Any) -> None:
        self.lines: list[str] = []
        self.records: list[dict[str, Any]] = []
        log = Log(0, sink=self.lines.append)
        settings.setdefault("services", Services(log=log, clock=StoppedClock()))
        settings["services"].log = log
        settings.setdefault("clusters", ("web_service",))
        plugins = [
            item if isinstance(item, PluginConfig) else filter_of(item, name=f"filter {index}")
            for index, item in enumerate(filters)
        ]
        self.host = Host(plugins, tier=engine, trace=Trace(self.records.append), **settings)
        self.started = self.host.start()
        self.begun = len(self.records)

    def feed(self, event: Event) -> list[Command]:
        return self.host.feed(event)

    def get(self, path: bytes = b"/", *headers: tuple[bytes, bytes]) -> list[Command]:
        """Open a stream with a request that has no body."""
        return self.feed(RequestHeaders(self.open(), request(path, *headers), end_of_stream=True))

    def post(self, *headers: tuple[bytes, bytes]) -> list[Command]:
        """Open a stream with a request whose body follows."""
        return self.feed(RequestHeaders(self.open(), request(b"/", *headers, method=b"POST"), end_of_stream=False))

    def open(self) -> int:
        self.stream = self.host.open_stream(StreamInfo())
        return self.stream

    def body(self, data: bytes, *, end: bool = False) -> list[Command]:
        return self.feed(RequestBody(self.stream, data, end))

    def trailers(self, *pairs: tuple[bytes, bytes]) -> list[Command]:
        return self.feed(RequestTrailers(self.stream, HeaderMap(pairs)))

    def answer(self, *headers: tuple[bytes, bytes], status: bytes = b"200", end: bool = False) -> list[Command]:
        return self.feed(ResponseHeaders(self.stream, response(*headers, status=status), end))

    def answer_body(self, data: bytes, *, end: bool = False) -> list[Command]:
        return self.feed(ResponseBody(self.stream, data, end))

    def answer_trailers(self, *pairs: tuple[bytes, bytes]) -> list[Command]:
        return self.feed(ResponseTrailers(self.stream, HeaderMap(pairs)))

    def done(self) -> list[Command]:
        return self.feed(StreamDone(self.stream))

    @property
    def said(self) -> list[str]:
        """What the guests have logged since the host was started."""
        return [record["message"] for record in self.records[self.begun :] if "log" in record]

    @property
    def calls(self) -> list[str]:
        """The callbacks since the host was started, as "on_request_headers(2, 4, 1) = 0"."""
        return [
            f"{record['name'].removeprefix('proxy_')}({', '.join(map(str, record['args']))})"
            + ("" if record["result"] is None else f" = {record['result']}")
            for record in self.records[self.begun :]
            if record.get("from") == "host" and record["name"] != "malloc"
        ]

    @property
    def names(self) -> list[str]:
        """The callbacks since the host was started, by name alone."""
        return [call.partition("(")[0] for call in self.calls]

    def warnings(self) -> list[str]:
        """What the host itself has warned of."""
        return [line for line in self.lines if "[warning][wasm]" in line and "wasm log" not in line]


def request(path: bytes = b"/", *headers: tuple[bytes, bytes], method: bytes = b"GET") -> HeaderMap:
    pseudo = [(b":authority", b"example.test"), (b":path", path), (b":method", method), (b":scheme", b"http")]
    return HeaderMap([*pseudo, *headers])


def response(*headers: tuple[bytes, bytes], status: bytes = b"200") -> HeaderMap:
    return HeaderMap([(b":status", status), *headers])


def local_headers(code: int, size: int, *headers: tuple[bytes, bytes]) -> HeaderMap:
    """The head of a local response with a text of *size* bytes."""
    pairs: Sequence[tuple[bytes, bytes]] = [(b":status", str(code).encode()), *headers]
    return HeaderMap([*pairs, (b"content-length", str(size).encode()), (b"content-type", b"text/plain")])
