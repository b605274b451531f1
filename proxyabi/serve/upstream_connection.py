"""Connections to upstreams, kept and used again.

Lives here: one HTTP/1.1 connection to an origin as an asyncio protocol, the pool of them, and the ways in which they fail.
Not here: what the messages mean (exchange.py, http_client.py).

A connection can be written to before it stands: what is said waits. Its listener hears of a response's head, of pieces of its
body (all that one read brought, as one piece), of its end, or, once and last, of a failure.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from dataclasses import dataclass
from typing import Protocol

import h11

from proxyabi.context.header_map import HeaderMap
from proxyabi.serve.http1 import (
    EMPTY_STATUSES,
    LARGEST_HEAD,
    Framing,
    HeaderList,
    announced,
    end_message,
    framing,
    pairs_of,
    response_headers,
)
from proxyabi.serve.places import Origin

__all__ = ["CONNECT_TIMEOUT", "Failure", "Listener", "UpstreamConnection", "UpstreamPool"]

CONNECT_TIMEOUT = 5.0
"""Seconds. Envoy's default."""
WAITING_BYTES = 64 * 1024
"""How much may wait for a connection to stand before the sender is told to hold on."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an upstream gave no whole response. *reason* is Envoy's word for it, *detail* what the system said."""

    status_code: int
    reason: str
    detail: str = ""

    @property
    def body(self) -> bytes:
        """What Envoy tells the client."""
        if self.status_code == 504:
            return b"upstream request timeout"
        return f"upstream connect error or disconnect/reset before headers. reset reason: {self.reason}".encode()

    @property
    def code_details(self) -> str:
        """What Envoy writes into its log when no response had begun."""
        if self.status_code == 504:
            return "response_timeout"
        return f"upstream_reset_before_response_started{{{self.reason.replace(' ', '_')}}}"


CONNECTION_FAILURE = "remote connection failure"
CONNECTION_TIMEOUT = "connection timeout"
TERMINATION = "connection termination"
PROTOCOL_ERROR = "protocol error"


class Listener(Protocol):
    """Whoever waits for a response."""

    def connected(self) -> None:
        """The connection stands, and the request goes out over it."""

    def response_begins(self, headers: HeaderMap, end_of_stream: bool) -> None:
        """The head has arrived, as filters see it; with *end_of_stream* nothing follows, not even `response_ends`."""

    def response_goes_on(self, data: bytes) -> None:
        """A piece of the body has arrived."""

    def response_ends(self, trailers: HeaderList) -> None:
        """The response is whole."""

    def upstream_failed(self, failure: Failure) -> None:
        """There will be no more of it."""

    def hold_request(self, held: bool) -> None:
        """Stop sending, or send on: the upstream takes less than it is given."""


class UpstreamConnection(asyncio.Protocol):
    """One connection to an origin, used for one request after another."""

    def __init__(self, pool: UpstreamPool) -> None:
        self._pool = pool
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
        self._listener: Listener | None = None
        self._transport: asyncio.Transport | None = None
        self._waiting: list[bytes] = []
        self._waiting_size = 0
        self._connecting: asyncio.Task[None] | None = None
        self._method = b""
        self._in_chunks = False
        self._left: int | None = None
        """Bytes that the head announced and that have not been sent; None for a body without a length."""
        self._begun = False
        """Whether the response that is waited for has begun."""
        self._holds: set[str] = set()
        self._reading = False
        self._closed = False

    # What its user says.

    def begin(self, listener: Listener, request: h11.Request) -> None:
        """Send the head of *request* and tell *listener* of the response.

        raises: h11.LocalProtocolError, when HTTP/1 cannot carry it.
        """
        data = self._http.send(request)
        self._listener = listener
        self._method = request.method
        self._in_chunks = framing(pairs_of(request)) is Framing.CHUNKS
        self._left = announced(pairs_of(request))
        self._begun = False
        self._write(data)
        if self._transport is not None:
            listener.connected()

    def send_body(self, data: bytes) -> None:
        """Send a piece of the body, as far as the head announced it."""
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        self._write(self._http.send(h11.Data(data=data)))

    def end(self, trailers: list[tuple[bytes, bytes]]) -> None:
        """End the request. Trailers are dropped when the head announced a length, because HTTP/1 has no place for them then.

        raises: h11.LocalProtocolError, when the body is shorter than the head announced.
        """
        self._write(self._http.send(end_message(trailers if self._in_chunks else [])))

    def hold(self, reason: str, held: bool) -> None:
        """Stop reading the response, or read on when no other *reason* holds it."""
        was_held = bool(self._holds)
        (self._holds.add if held else self._holds.discard)(reason)
        if self._transport is None or self._closed or was_held == bool(self._holds):
            return
        if self._holds:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
            asyncio.get_running_loop().call_soon(self._read)

    def abandon(self) -> None:
        """Close the connection; the listener hears nothing more."""
        self._listener = None
        self._close()

    def ends(self) -> tuple[tuple[str, int] | None, tuple[str, int] | None]:
        """Address and port of the other end and of this one, once connected."""
        transport = self._transport
        names = [] if transport is None else [transport.get_extra_info(name) for name in ("peername", "sockname")]
        peer, own = [(str(name[0]), int(name[1])) if name else None for name in names] or (None, None)
        return peer, own

    # What asyncio says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands: what waited goes out."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._closed:
            transport.abort()
            return
        if self._listener is not None:
            self._listener.connected()
        if self._waiting:
            transport.write(b"".join(self._waiting))
            self._waiting.clear()
            if self._waiting_size > WAITING_BYTES and self._listener is not None:
                self._listener.hold_request(False)
        if self._holds:
            transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Bytes of a response, or something that no one asked for."""
        if self._listener is None:
            self._close()
            return
        self._http.receive_data(data)
        self._read()

    def eof_received(self) -> None:
        """The other side has finished; a body without a length ends here."""
        if self._listener is not None:
            self._http.receive_data(b"")
            self._read()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._closed = True
        self._pool.forget(self)
        self._fail(self._cut_short(str(exc or "")))

    def pause_writing(self) -> None:
        """More waits to be sent than is sensible."""
        if self._listener is not None:
            self._listener.hold_request(True)

    def resume_writing(self) -> None:
        """The other side has taken what waited."""
        if self._listener is not None:
            self._listener.hold_request(False)

    # Inside.

    def connect(self, origin: Origin, tls: ssl.SSLContext | None, timeout: float) -> None:
        """Begin to connect. A failure is told to the listener."""
        self._connecting = asyncio.get_running_loop().create_task(self._connect(origin, tls, timeout))

    async def _connect(self, origin: Origin, tls: ssl.SSLContext | None, timeout: float) -> None:
        loop = asyncio.get_running_loop()
        name = origin.host if tls else None
        try:
            async with asyncio.timeout(timeout):
                await loop.create_connection(lambda: self, origin.host, origin.port, ssl=tls, server_hostname=name)
        except TimeoutError:
            self._fail(Failure(503, CONNECTION_TIMEOUT, f"{origin} did not answer within {timeout:g} s"))
        except OSError as error:
            self._fail(Failure(503, CONNECTION_FAILURE, _of_the_system(error)))

    def _write(self, data: bytes | None) -> None:
        if not data:
            return
        if self._transport is not None:
            self._transport.write(data)
            return
        before = self._waiting_size
        self._waiting.append(data)
        self._waiting_size += len(data)
        if before <= WAITING_BYTES < self._waiting_size and self._listener is not None:
            self._listener.hold_request(True)

    def _read(self) -> None:
        """Tell the listener what has arrived. It may hold, abandon or begin anew while being told."""
        if self._reading:
            return
        self._reading = True
        try:
            self._read_events()
        except h11.RemoteProtocolError as error:
            # At the end of the connection h11 reports a message cut short the same way as a message it cannot read.
            cut_short = self._http.trailing_data[1]
            self._fail(self._cut_short(str(error)) if cut_short else Failure(502, PROTOCOL_ERROR, str(error)))
        finally:
            self._reading = False

    def _cut_short(self, detail: str) -> Failure:
        """The connection has ended too early. In the middle of a response Envoy calls that a protocol error."""
        return Failure(502, PROTOCOL_ERROR, detail) if self._begun else Failure(503, TERMINATION, detail)

    def _read_events(self) -> None:
        body: list[bytes] = []
        while self._listener is not None and not self._holds:
            event = self._http.next_event()
            if type(event) is h11.Data:
                body.append(bytes(event.data))
                continue
            if body:
                self._listener.response_goes_on(b"".join(body))
                body.clear()
                if self._listener is None:
                    return
            if type(event) is h11.EndOfMessage:
                self._finish(event.headers)
            elif type(event) is h11.Response:
                self._begin_response(event)
            elif type(event) is not h11.InformationalResponse:
                return

    def _begin_response(self, response: h11.Response) -> None:
        assert self._listener is not None
        self._begun = True
        pairs = pairs_of(response)
        body = framing(pairs)
        if body is Framing.CHUNKS and any(name == b"content-length" for name, _ in pairs):
            raise h11.RemoteProtocolError("content-length and transfer-encoding in one response")
        headers = response_headers(response.status_code, pairs)
        if body is Framing.EMPTY or self._method == b"HEAD" or response.status_code in EMPTY_STATUSES:
            self._http.next_event()  # The end of the message, which needs no bytes.
            self._release().response_begins(headers, True)
        else:
            self._listener.response_begins(headers, False)

    def _finish(self, trailers: HeaderList) -> None:
        self._release().response_ends(trailers)

    def _release(self) -> Listener:
        """Give the connection back to the pool when it can serve again, before the listener hears of the end."""
        listener, self._listener = self._listener, None
        assert listener is not None
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE and not self._http.trailing_data[0]:
            self._http.start_next_cycle()
            self._pool.keep(self)
        else:
            self._close()
        return listener

    def _fail(self, failure: Failure) -> None:
        listener, self._listener = self._listener, None
        self._close()
        if listener is not None:
            listener.upstream_failed(failure)

    def _close(self) -> None:
        self._pool.forget(self)
        if self._closed:
            return
        self._closed = True
        if self._transport is not None:
            self._transport.close()
        elif self._connecting is not None and self._connecting is not asyncio.current_task():
            self._connecting.cancel()


def _of_the_system(error: OSError) -> str:
    """What the system says of *error*, without what Python adds."""
    return os.strerror(error.errno) if error.errno and not isinstance(error, ssl.SSLError) else str(error)


class UpstreamPool:
    """Connections to one origin; those that idle are used first, the youngest before the others."""

    def __init__(self, origin: Origin, *, connect_timeout: float = CONNECT_TIMEOUT, idle: int = 64) -> None:
        self.origin = origin
        self._tls = origin.tls()
        self._connect_timeout = connect_timeout
        self._most_idle = idle
        self._idle: list[UpstreamConnection] = []
        self._all: set[UpstreamConnection] = set()

    endpoints = 1
    """How many servers there are."""

    def acquire(self) -> UpstreamConnection:
        """A connection for one request. It may still have to be made; what is said to it waits."""
        if self._idle:
            return self._idle.pop()
        connection = UpstreamConnection(self)
        self._all.add(connection)
        connection.connect(self.origin, self._tls, self._connect_timeout)
        return connection

    def keep(self, connection: UpstreamConnection) -> None:
        """Take back a connection that can serve again."""
        if len(self._idle) < self._most_idle:
            self._idle.append(connection)
        else:
            connection.abandon()

    def forget(self, connection: UpstreamConnection) -> None:
        """A connection that is no more."""
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)

    def close(self) -> None:
        """Close all connections, in use or not."""
        for connection in list(self._all):
            connection.abandon()
