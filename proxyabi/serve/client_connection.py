"""A client's connection: requests come in, responses go out, one after the other.

Lives here: reading requests as h11 tells them, refusing what must not be let in, keep-alive, `Expect: 100-continue`, lingering.
Not here: what becomes of a request (exchange.py).

A connection serves one exchange at a time; what a client sends ahead waits in h11's buffer, and beyond a bound in the client's
own socket. All that one read brought of a body is handed on as one piece, as Envoy does; its end always comes by itself.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import h11

from proxyabi.context.stream_info import StreamInfo
from proxyabi.serve.exchange import Exchange, Settings
from proxyabi.serve.http1 import (
    LARGEST_HEAD,
    Framing,
    Refusal,
    announced,
    asks_to_close,
    check_head,
    check_trailer_section,
    end_message,
    framing,
    lower_case,
    pairs_of,
    refusal_of,
    request_headers,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ClientConnection"]

LINGER = 1.0
"""Seconds in which a client that still sends may notice that it was answered, before the connection is cut. Envoy's default."""
AHEAD = 256 * 1024
"""Bytes that a client may send ahead of its response before nobody reads them."""


class ClientConnection(asyncio.Protocol):
    """One connection of a client. *gone* is called once when it is closed."""

    def __init__(self, settings: Settings, number: int, gone: Callable[[ClientConnection], None]) -> None:
        self._settings = settings
        self._number = number
        self._gone = gone
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)
        self._transport: asyncio.Transport | None = None
        self._exchange: Exchange | None = None
        self._method = b""
        self._head = b""
        self._in_chunks = False
        self._length_announced = False
        self._left: int | None = None
        """Bytes of the response that its head announced and that have not been sent; None for a body without a length."""
        self._holds: set[str] = set()
        self._reading = False
        self._unsent: list[bytes] = []
        self._lingering: asyncio.TimerHandle | None = None
        self._last = False
        self._asked_to_close = False
        self._refused = False
        self._closing = False

    def shut_down(self) -> None:
        """Serve the exchange under way, if there is one, and no other."""
        self._last = True
        if self._exchange is None and self._transport is not None:
            self.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    @property
    def last(self) -> bool:
        """Whether the connection ends with the exchange under way."""
        return self._last or self._asked_to_close or self._refused

    @property
    def busy(self) -> bool:
        """Whether an exchange is under way."""
        return self._exchange is not None

    # What asyncio says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """The client has sent something."""
        if self._lingering is not None or self._closing or self._refused:
            return
        self._http.receive_data(data)
        self._read()
        if self._exchange is not None and self._exchange.request_whole and len(self._http.trailing_data[0]) > AHEAD:
            self.hold("ahead", True)

    def eof_received(self) -> None:
        """The client will send nothing more. Like Envoy, we take it for gone: a half-closed client looks like a lost one."""
        if self._exchange is not None:
            self._exchange.client_vanished()
            self._exchange = None

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._closing = True
        if self._lingering is not None:
            self._lingering.cancel()
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.client_vanished()
        self._gone(self)

    def pause_writing(self) -> None:
        """More waits to be sent than is sensible."""
        if self._exchange is not None:
            self._exchange.client_took(True)

    def resume_writing(self) -> None:
        """The client has taken what waited."""
        if self._exchange is not None:
            self._exchange.client_took(False)

    # What the exchange says.

    def send_head(self, response: h11.Response) -> None:
        """Send the head of the response."""
        self._length_announced = framing(pairs_of(response)) in (Framing.LENGTH, Framing.EMPTY)
        self._left = announced(pairs_of(response))
        self._write(response)

    def send_body(self, data: bytes) -> None:
        """Send a piece of the response's body, as far as the head announced it."""
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        self._write(h11.Data(data=data))

    def send_end(self, trailers: list[tuple[bytes, bytes]]) -> None:
        """End the response, and go on to the next request, or close.

        Trailers are dropped when the head announced a length, because HTTP/1 has no place for them then.
        """
        self._exchange = None
        self._write(end_message([] if self._length_announced else trailers))
        self._flush()
        self._next()

    def hold(self, reason: str, held: bool) -> None:
        """Stop reading the request, or read on when no other *reason* holds it."""
        was_held = bool(self._holds)
        (self._holds.add if held else self._holds.discard)(reason)
        if self._transport is None or self._closing or was_held == bool(self._holds):
            return
        if self._holds:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
            asyncio.get_running_loop().call_soon(self._read)

    def close(self) -> None:
        """Close the connection when what was sent is out."""
        self._exchange = None
        self._closing = True
        self._flush()
        if self._transport is not None:
            self._transport.close()

    # Inside.

    def _write(self, event: h11.Event) -> None:
        """Send *event*, together with what else this turn of the event loop brings: one packet instead of three."""
        data = self._http.send(event)
        if data and type(event) is h11.Response:
            data = lower_case(data)
        if data:
            if not self._unsent:
                asyncio.get_running_loop().call_soon(self._flush)
            self._unsent.append(data)

    def _flush(self) -> None:
        if self._unsent and self._transport is not None:
            self._transport.write(b"".join(self._unsent))
        self._unsent.clear()

    def _next(self) -> None:
        """The exchange is over: wait for the next, or close."""
        self._method = b""
        self._unhold()
        http = self._http
        if http.our_state is h11.DONE and http.their_state is h11.DONE and not self._last:
            http.start_next_cycle()
            if http.trailing_data[0]:
                asyncio.get_running_loop().call_soon(self._read)
        elif http.their_state is h11.SEND_BODY or self._refused:
            self._linger()
        else:
            self.close()

    def _unhold(self) -> None:
        """Nothing of the last exchange holds the next one."""
        if self._holds:
            self._holds.clear()
            if self._transport is not None and not self._closing:
                self._transport.resume_reading()

    def _linger(self) -> None:
        """The client still sends a request that was answered: let it read the answer before the connection is cut.

        Closing at once would reset the connection, and the reset could overtake the answer.
        """
        if self._transport is None or self._closing:
            return
        self._flush()
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._lingering = asyncio.get_running_loop().call_later(LINGER, self.close)

    def _read(self) -> None:
        """Tell the exchange what has arrived."""
        if self._reading or self._closing or self._refused or self._lingering is not None:
            return
        self._reading = True
        try:
            self._read_events()
        except Refusal as refusal:
            self._refuse(refusal)
        except h11.RemoteProtocolError as error:
            self._refuse(refusal_of(error, self._head))
        finally:
            self._reading = False

    def _read_events(self) -> None:
        http = self._http
        body: list[bytes] = []
        before = b""
        while not self._holds and not self._closing and self._lingering is None:
            state = http.their_state
            if state is h11.DONE:
                return
            if state is h11.IDLE:
                self._look_at_head()
            if self._in_chunks:
                before = http.trailing_data[0]
            event = http.next_event()
            if type(event) is h11.Data:
                body.append(bytes(event.data))
                continue
            if body:
                if self._exchange is not None:
                    self._exchange.request_goes_on(b"".join(body))
                body.clear()
            if type(event) is h11.EndOfMessage:
                if self._in_chunks:
                    check_trailer_section(before[: len(before) - len(http.trailing_data[0])])
                if self._exchange is not None:
                    self._exchange.request_ends(event.headers)
            elif type(event) is h11.Request:
                self._begin(event)
            else:
                return

    def _look_at_head(self) -> None:
        waiting = self._http.trailing_data[0]
        end = waiting.find(b"\r\n\r\n")
        if end >= 0:
            self._head = bytes(waiting[: end + 4])
            check_head(self._head)
        elif b"\n\n" in waiting or b"\n\r\n" in waiting:
            check_head(waiting)

    def _begin(self, request: h11.Request) -> None:
        self._method = request.method
        pairs = pairs_of(request)
        self._asked_to_close = asks_to_close(pairs)
        headers = request_headers(request, pairs)
        body = framing(pairs)
        self._in_chunks = body is Framing.CHUNKS
        whole = body is Framing.EMPTY or body is Framing.NOTHING
        if whole and request.method == b"CONNECT":
            whole = False  # What would follow is the tunnel.
        elif whole:
            self._http.next_event()  # The end of the message, which needs no bytes.
        exchange = self._exchange = Exchange(self._settings, self, self._info())
        exchange.request_begins(headers, whole)
        if self._http.they_are_waiting_for_100_continue and not self._closing:
            # Envoy says it before its filters run; a filter that answers at once then lets the client send the body for nothing.
            self._write(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))

    def _info(self) -> StreamInfo:
        info = StreamInfo(connection_id=self._number)
        assert self._transport is not None
        source, destination = self._transport.get_extra_info("peername"), self._transport.get_extra_info("sockname")
        if source:
            info.source_address, info.source_port = f"{source[0]}:{source[1]}", source[1]
        if destination:
            info.destination_address, info.destination_port = f"{destination[0]}:{destination[1]}", destination[1]
        return info

    def _refuse(self, refusal: Refusal) -> None:
        """Let a request go no further: its exchange answers, and the connection ends with it."""
        self._refused = True
        exchange = self._exchange
        if exchange is None:
            exchange = self._exchange = Exchange(self._settings, self, self._info())
        elif exchange.answered:
            self._settings.statistics.refusals += 1
            self._exchange = None
            exchange.client_vanished()
            self.close()
            return
        exchange.request_refused(refusal)
