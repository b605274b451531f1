"""What the tests of sockets share: a core that lets everything pass, raw clients, raw upstreams.

Lives here: stand-ins for the two ends of the wire, which write and read plain bytes, and the smallest core there can be.
Not here: tests, and anything that HTTP libraries would smooth over.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from typing import Any

from proxyabi.context.commands import (
    AbandonUpstream,
    Command,
    ForwardRequestBody,
    ForwardRequestHeaders,
    ForwardRequestTrailers,
    ForwardResponseBody,
    ForwardResponseHeaders,
    ForwardResponseTrailers,
    ResetStream,
)
from proxyabi.context.events import (
    Event,
    RequestBody,
    RequestHeaders,
    RequestRefused,
    RequestTrailers,
    ResponseBody,
    ResponseHeaders,
    ResponseTrailers,
    StreamDone,
    UpstreamFailed,
)
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.stream_info import StreamInfo
from proxyabi.serve.http_proxy import HttpProxy
from proxyabi.serve.places import Address, Origin

HOST = b"Host: h.example\r\n"

PASS = {
    RequestHeaders: ForwardRequestHeaders,
    RequestBody: ForwardRequestBody,
    RequestTrailers: ForwardRequestTrailers,
    ResponseHeaders: ForwardResponseHeaders,
    ResponseBody: ForwardResponseBody,
    ResponseTrailers: ForwardResponseTrailers,
}

FORWARD_HEADERS = (ForwardRequestHeaders, ForwardResponseHeaders)


class PassThrough:
    """A core without filters. Every event is kept in *events*; a subclass or *decide* may answer some of them differently."""

    def __init__(self, decide: Callable[[Event], list[Command] | None] | None = None) -> None:
        self.events: list[Event] = []
        self.infos: list[StreamInfo] = []
        self.open: set[int] = set()
        self.answered: set[int] = set()
        self.closed = False
        self._decide = decide
        self._last = 0

    @property
    def contexts_left(self) -> int:
        return len(self.open)

    def open_stream(self, info: StreamInfo, plugins: object = None) -> int:
        self._last += 1
        self.open.add(self._last)
        self.infos.append(info)
        return self._last

    def feed(self, event: Event) -> Iterable[Command]:
        commands = list(self._feed(event))
        for command in commands:
            complete = self.infos[command.stream_id - 1].before_leaving if isinstance(command, FORWARD_HEADERS) else None
            if complete is not None:
                complete("request" if isinstance(command, ForwardRequestHeaders) else "response", command.headers)
        return commands

    def _feed(self, event: Event) -> Iterable[Command]:
        self.events.append(event)
        decided = self._decide(event) if self._decide is not None else None
        if decided is not None:
            return decided
        if type(event) is StreamDone:
            self.open.remove(event.stream_id)
            return []
        if isinstance(event, RequestRefused | UpstreamFailed):
            if event.stream_id in self.answered:
                return [ResetStream(event.stream_id, event.details)]
            return local_reply(event.stream_id, event.status_code, event.body)
        if type(event) is ResponseHeaders:
            self.answered.add(event.stream_id)
        if type(event) in PASS:
            fields = [getattr(event, name) for name in type(event).__slots__]
            fields = [field.copy() if isinstance(field, HeaderMap) else field for field in fields]
            return [PASS[type(event)](*fields)]
        return []

    def close(self) -> Iterable[Command]:
        self.closed = True
        return []

    def kinds(self) -> list[str]:
        """The names of all events so far."""
        return [type(event).__name__ for event in self.events]


def local_reply(stream_id: int, status: int, body: bytes) -> list[Command]:
    headers = HeaderMap([(b":status", b"%d" % status), (b"content-length", b"%d" % len(body)), (b"content-type", b"text/plain")])
    return [
        AbandonUpstream(stream_id),
        ForwardResponseHeaders(stream_id, headers, False),
        ForwardResponseBody(stream_id, body, True),
    ]


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run the body of a test in an event loop of its own; what a callback of the loop raises fails the test."""
    problems: list[dict[str, Any]] = []

    async def watched() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        async with asyncio.timeout(20):
            await test()

    asyncio.run(watched())
    assert problems == []


class Client:
    """A client that writes and reads bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, address: Address) -> Client:
        return cls(*await asyncio.open_connection(address.host, address.port, limit=1 << 24))

    async def send(self, *pieces: bytes) -> None:
        """Send the pieces in separate packets."""
        for index, piece in enumerate(pieces):
            if index:
                await asyncio.sleep(0.03)
            self.writer.write(piece)
            await self.writer.drain()

    async def head(self) -> bytes:
        """The next head, without its last empty line."""
        return (await self.reader.readuntil(b"\r\n\r\n"))[:-4]

    async def response(self) -> tuple[bytes, bytes]:
        """Head and body of the next response that says its length or comes in chunks."""
        head = await self.head()
        lower = head.lower()
        if b"transfer-encoding: chunked" in lower:
            return head, await self.chunked()
        length = next((int(line.split(b":")[1]) for line in lower.split(b"\r\n") if line.startswith(b"content-length")), 0)
        return head, await self.reader.readexactly(length)

    async def chunked(self) -> bytes:
        """All chunks and the trailers behind them, as they came."""
        data = b""
        while True:
            line = await self.reader.readuntil(b"\r\n")
            size = int(line.split(b";")[0], 16)
            if not size:
                break
            data += await self.reader.readexactly(size)
            await self.reader.readexactly(2)
        while (line := await self.reader.readuntil(b"\r\n")) != b"\r\n":
            data += b"|" + line[:-2]
        return data

    async def rest(self) -> bytes:
        """All bytes until the other side closes."""
        return await self.reader.read()

    async def exchange(self, *pieces: bytes) -> tuple[bytes, bytes]:
        await self.send(*pieces)
        return await self.response()

    def close(self) -> None:
        self.writer.close()

    def vanish(self) -> None:
        """Cut the connection, as a process that died."""
        self.writer.transport.abort()


class RawUpstream:
    """An upstream that reads one head a time, keeps what it saw in *seen*, and lets *behave* write the answer."""

    def __init__(self, behave: Callable[[bytes, Client], Awaitable[bool | None]]) -> None:
        self.seen: list[bytes] = []
        self.connections = 0
        self.port = 0
        self.tls: ssl.SSLContext | None = None
        self._behave = behave
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> Origin:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=1 << 24, ssl=self.tls)
        host, self.port = self._server.sockets[0].getsockname()[:2]
        return Origin("http", host, self.port)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: asyncio finds fault with one of its own that is cancelled before it has begun, as when a test ends.
        self._tasks.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            client = Client(reader, writer)
            while True:
                head = await client.head()
                self.seen.append(head)
                if not await self._behave(head, client):
                    break
        with contextlib.suppress(ConnectionError):
            writer.close()

    def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()


def answers(data: bytes) -> Callable[[bytes, Client], Awaitable[bool]]:
    """A behaviour: read the body that the head announces, then write *data*, then wait for the next request."""

    async def behave(head: bytes, client: Client) -> bool:
        lower = head.lower()
        if b"transfer-encoding: chunked" in lower:
            await client.chunked()
        for line in lower.split(b"\r\n"):
            if line.startswith(b"content-length:"):
                await client.reader.readexactly(int(line.split(b":")[1]))
        await client.send(data)
        return True

    return behave


HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@contextlib.asynccontextmanager
async def proxy_before(
    upstream: RawUpstream | Origin, core: PassThrough | None = None, **options: Any
) -> AsyncIterator[tuple[HttpProxy, Address]]:
    """A proxy in front of *upstream*, stopped at the end; no stream may be left then."""
    origin = upstream if isinstance(upstream, Origin) else await upstream.start()
    core = core or PassThrough()
    proxy = HttpProxy(core, origin, **options)
    address = await proxy.start(Address("127.0.0.1", 0))
    try:
        yield proxy, address
    finally:
        proxy.abort()
        await proxy.stop(grace=1)
        if not isinstance(upstream, Origin):
            upstream.stop()
        await asyncio.sleep(0)
    assert core.contexts_left == 0, core.kinds()
