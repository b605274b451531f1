"""The client, the upstream and the called cluster around Envoy, down to the bytes.

Lives here: HTTP/1 as plain as possible, written so that every cut of a body is ours. Not here: which messages (scenarios.py).

A message that was read is a dict with `start` (the first line), `headers`, `body`, `trailers` and `complete` (False when the
connection ended too early); header names are lower-cased, since Envoy sends them so.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from scenarios import Answer, Message, Pairs, Request

PAUSE = 0.03
"""Seconds between two pieces of a body, so that the other side reads them one by one."""

PATIENCE = 4.0
"""Seconds after which a client gives up and closes the connection."""

Seen = dict[str, Any]


async def read_message(reader: asyncio.StreamReader, *, bodyless: bool = False, early: bool = False) -> Seen | None:
    """Read one request or response; None when the connection ends before it begins.

    *bodyless* tells that it answers a HEAD, *early* that the headers are enough. A response without a length lasts until the
    connection ends.
    """
    start = (await reader.readline()).decode("latin-1").strip()
    if not start:
        return None
    headers = await read_headers(reader)
    fields = dict(headers)
    seen: Seen = {"start": start, "headers": headers, "body": "", "trailers": [], "complete": True}
    response = start.startswith("HTTP/")
    if early:
        seen["complete"] = False
    if early or bodyless or (response and start.split()[1] in ("204", "304")):
        return seen
    try:
        if fields.get("transfer-encoding") == "chunked":
            seen["body"], seen["trailers"] = await read_chunks(reader, seen)
        elif "content-length" in fields:
            seen["body"] = (await reader.readexactly(int(fields["content-length"]))).decode("latin-1")
        elif response:
            seen["body"] = (await reader.read()).decode("latin-1")
    except asyncio.IncompleteReadError as short:
        seen["body"] += short.partial.decode("latin-1")
        seen["complete"] = False
    return seen


async def read_headers(reader: asyncio.StreamReader) -> list[list[str]]:
    """Read header lines, or trailer lines, up to the empty one."""
    headers = []
    while line := (await reader.readline()).decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers.append([name.lower(), value.strip()])
    return headers


async def read_chunks(reader: asyncio.StreamReader, seen: Seen) -> tuple[str, list[list[str]]]:
    """Read a chunked body and its trailers; keeps in *seen* what has come so far."""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        seen["body"] += (await reader.readexactly(size)).decode("latin-1")
        await reader.readexactly(2)
    return seen["body"], await read_headers(reader)


async def write_message(
    writer: asyncio.StreamWriter, start: str, headers: Pairs, message: Message, cut: bool = False, pause: float = PAUSE
) -> None:
    """Write a message piece by piece; with *cut* only as far as the first piece of the body."""
    chunked = message.chunked or bool(message.trailers)
    lines = [start, *(f"{name}: {value}" for name, value in (*headers, *message.headers))]
    if chunked:
        lines.append("transfer-encoding: chunked")
    elif message.body:
        lines.append(f"content-length: {sum(map(len, message.body))}")
    writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode("latin-1"))
    await writer.drain()
    for piece in message.body:
        await asyncio.sleep(pause)
        data = piece.encode("latin-1")
        writer.write(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)
        await writer.drain()
        if cut:
            return
    if chunked:
        await asyncio.sleep(pause)
        writer.write("".join(f"{line}\r\n" for line in ("0", *(f"{n}: {v}" for n, v in message.trailers), "")).encode("latin-1"))
        await writer.drain()


class Server:
    """An upstream or a called cluster: gives its answers one after the other and keeps the requests it has seen."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.seen: list[Seen] = []
        self.answering = 0
        """How many requests it has read and not answered yet."""
        self.port = 0

    async def start(self) -> None:
        """Begin to listen on a free port of the loopback address."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await read_message(reader, early=bool(self.answers and self.answers[0].early)):
                self.seen.append(request)
                answer = self.answers.pop(0) if self.answers else Answer(status=599)
                if answer.failure == "silent":
                    await asyncio.sleep(60)
                self.answering += 1
                await asyncio.sleep(answer.delay)
                self.answering -= 1
                if answer.failure == "close":
                    break
                bodyless = request["start"].startswith("HEAD ") or answer.status in (204, 304)
                length: Pairs = () if answer.body or answer.chunked or answer.trailers or bodyless else (("content-length", "0"),)
                cut, pause = answer.failure == "cut", 0 if answer.early else PAUSE
                await write_message(writer, f"HTTP/1.1 {answer.status} Status", length, answer, cut=cut, pause=pause)
                if cut or answer.early:
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass  # Envoy hung up, or the recording is over
        finally:
            writer.close()


NOTHING: Seen = {"start": "", "headers": [], "body": "", "trailers": [], "complete": False}
"""What a client sees when nothing comes back, or when it does not wait."""


async def ask(port: int, request: Request, pause: float = PAUSE) -> Seen:
    """Send *request* to the proxy on *port*, with *pause* seconds between its pieces, and give what came back; `start` is empty
    when nothing did in time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        host: Pairs = (("host", "example.test"),)
        start = f"{request.method} {request.path} HTTP/1.1"
        sending = asyncio.create_task(write_message(writer, start, host, request, cut=request.vanishes, pause=pause))
        if request.vanishes:
            await sending
            await asyncio.sleep(PAUSE)
            return NOTHING
        seen = None
        with contextlib.suppress(TimeoutError, ConnectionError):
            seen = await asyncio.wait_for(read_message(reader, bodyless=request.method == "HEAD"), PATIENCE)
        await asyncio.wait([sending], timeout=1)
        if not sending.done():
            sending.cancel()
        elif sending.exception() is not None and not isinstance(sending.exception(), ConnectionError):
            raise sending.exception() or RuntimeError
        return seen or NOTHING
    finally:
        writer.close()
