"""The echo upstream: a small HTTP server that answers with a description of what reached it.

Lives here: the server, with real sockets, for the proxy's default upstream and for tests.
Not here: what it answers (proxyabi.upstream), which other drivers without sockets share.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import h11

from proxyabi.context.header_map import HeaderMap
from proxyabi.serve.http1 import LARGEST_HEAD, Refusal, end_message, pairs_of, request_headers, response_message, trailer_headers
from proxyabi.serve.places import Address, Origin
from proxyabi.upstream import Answer, Seen, echo

__all__ = ["EchoUpstream"]


class EchoUpstream:
    """Answers every request by *answer*, a function from what was seen. To be used inside a running event loop."""

    def __init__(self, answer: Callable[[Seen], Answer] = echo) -> None:
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._transports: set[asyncio.Transport] = set()
        self.requests = 0

    async def start(self, listen: Address = Address("127.0.0.1", 0)) -> Origin:  # noqa: B008 - frozen
        """Listen, and give the origin to connect to."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _EchoConnection(self), listen.host, listen.port, backlog=1024)
        host, port = self._server.sockets[0].getsockname()[:2]
        return Origin("http", host, port)

    def stop(self) -> None:
        """Listen no more and close all connections."""
        if self._server is not None:
            self._server.close()
        for transport in list(self._transports):
            transport.close()

    def reply(self, seen: Seen) -> Answer:
        """The answer to *seen*."""
        self.requests += 1
        return self._answer(seen)

    def opened(self, transport: asyncio.Transport) -> None:
        """A connection stands."""
        self._transports.add(transport)

    def closed(self, transport: asyncio.Transport) -> None:
        """A connection is gone."""
        self._transports.discard(transport)


class _EchoConnection(asyncio.Protocol):
    """One connection to the echo: requests are collected whole, then answered."""

    def __init__(self, server: EchoUpstream) -> None:
        self._server = server
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)
        self._transport: asyncio.Transport | None = None
        self._headers = HeaderMap()
        self._body = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.opened(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        if self._transport is not None:
            self._server.closed(self._transport)

    def data_received(self, data: bytes) -> None:
        """The client has sent something."""
        self._http.receive_data(data)
        try:
            self._read()
        except (h11.RemoteProtocolError, Refusal):
            assert self._transport is not None
            self._transport.close()

    def _read(self) -> None:
        while True:
            event = self._http.next_event()
            if type(event) is h11.Request:
                self._headers = request_headers(event, pairs_of(event))
                self._body.clear()
                if self._http.they_are_waiting_for_100_continue:
                    self._write(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
            elif type(event) is h11.Data:
                self._body += event.data
            elif type(event) is h11.EndOfMessage:
                self._reply(Seen(self._headers, bytes(self._body), trailer_headers(event.headers)))
                if not self._http.trailing_data[0]:
                    return
            else:
                return

    def _reply(self, seen: Seen) -> None:
        assert self._transport is not None
        answer = self._server.reply(seen)
        method = seen.headers.get(b":method") or b""
        head = response_message(answer.head(), not answer.body and not answer.trailers, method, close=False)
        data = self._http.send(head) or b""
        if answer.body and method != b"HEAD":
            data += self._http.send(h11.Data(data=answer.body)) or b""
        data += self._http.send(end_message(answer.trailers.pairs() if method != b"HEAD" else [])) or b""
        self._transport.write(data)
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self._transport.close()

    def _write(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data and self._transport is not None:
            self._transport.write(data)
