"""HTTP calls of filters: one request, one whole response.

Lives here: making a call to an origin, its deadline, its largest answer, and how Envoy tells a filter of a call that failed.
Not here: who asked (pump.py), and the connection (upstream_connection.py).

A call that could not connect, or was too slow, is answered with a response made here, as Envoy does; one that broke off
within the response has failed.

abi: 15.1 HTTP callouts
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

import h11

from proxyabi.context.header_map import HeaderMap
from proxyabi.envoy_headers import Facts, Place, apply
from proxyabi.serve.http1 import HeaderList, MissingHeader, request_message, trailer_headers
from proxyabi.serve.places import Origin
from proxyabi.serve.routing import RoundRobin
from proxyabi.serve.upstream_connection import Failure

__all__ = ["LARGEST_ANSWER", "HttpClient"]

LARGEST_ANSWER = 32 * 1024 * 1024
"""Bytes of a body that a call may be answered with. Envoy's default."""

Answered = Callable[[HeaderMap, bytes, HeaderMap], None]
Failed = Callable[[], None]


class HttpClient:
    """Makes calls to one origin, or to several in turn. *envoy_headers* adds what Envoy adds to calls and their answers."""

    def __init__(self, *origins: Origin, envoy_headers: bool = True) -> None:
        self._pool = RoundRobin(origins)
        self._envoy_headers = envoy_headers

    def request(
        self,
        headers: HeaderMap,
        body: bytes,
        trailers: HeaderMap,
        timeout: float | None,
        *,
        answered: Answered,
        failed: Failed,
    ) -> Callable[[], None]:
        """Make a call. Later, once, *answered* or *failed* is called, unless the function given back was called first."""
        call = _Call(self._pool, self._envoy_headers, timeout, answered, failed)
        call.send(headers.copy(), body, trailers)
        return call.cancel

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Call:
    """One call under way: the listener of its connection."""

    def __init__(self, pool: RoundRobin, envoy_headers: bool, timeout: float | None, answered: Answered, failed: Failed) -> None:
        self._loop = asyncio.get_running_loop()
        self._envoy_headers = envoy_headers
        self._timeout = timeout
        self._answered = answered
        self._failed = failed
        self._connection = pool.acquire()
        self._deadline = None if timeout is None else self._loop.call_later(timeout, self._too_late)
        self._headers: HeaderMap | None = None
        self._body = bytearray()
        self._sent = monotonic()
        self._over = False

    def send(self, headers: HeaderMap, body: bytes, trailers: HeaderMap) -> None:
        """Send the whole request. HTTP/1 has no room for trailers behind a body that tells its length, and all bodies here do."""
        if body and headers.get(b"content-length") is None:
            headers.add(b"content-length", b"%d" % len(body))
        if self._envoy_headers:
            apply(Place.CALL_LEAVES, headers, Facts(timeout=self._timeout))
        sent = [] if body else [(name, value) for name, value in trailers.pairs() if name[:1] != b":"]
        try:
            self._connection.begin(self, request_message(headers, end_of_stream=not body and not sent))
            if body:
                self._connection.send_body(body)
            self._connection.end(sent)
        except (MissingHeader, h11.LocalProtocolError):
            self._loop.call_soon(self._break_off)

    def cancel(self) -> None:
        """Nobody waits any more."""
        self._end()
        self._connection.abandon()

    def connected(self) -> None:
        """The connection stands: nothing to tell anybody."""

    def response_begins(self, headers: HeaderMap, end_of_stream: bool) -> None:
        """The head has arrived."""
        self._headers = headers
        if self._envoy_headers:
            apply(Place.RESPONSE_ARRIVES, headers, Facts(upstream_took=monotonic() - self._sent))
        if end_of_stream:
            self._answer(HeaderMap())

    def response_goes_on(self, data: bytes) -> None:
        """A piece of the body has arrived."""
        self._body += data
        if len(self._body) > LARGEST_ANSWER:
            self._break_off()

    def response_ends(self, trailers: HeaderList) -> None:
        """The response is whole."""
        self._answer(trailer_headers(trailers))

    def upstream_failed(self, failure: Failure) -> None:
        """There will be no more of it: an answer of our own when none had begun."""
        if self._headers is not None:
            self._break_off()
            return
        body = failure.body
        self._headers = HeaderMap(
            [
                (b":status", b"%d" % failure.status_code),
                (b"content-length", b"%d" % len(body)),
                (b"content-type", b"text/plain"),
            ]
        )
        self._body[:] = body
        self._answer(HeaderMap())

    def hold_request(self, held: bool) -> None:
        """Nothing to hold: the whole request is in memory anyway."""

    def _too_late(self) -> None:
        self._connection.abandon()
        self.upstream_failed(Failure(504, "timeout"))

    def _answer(self, trailers: HeaderMap) -> None:
        if not self._over:
            self._end()
            assert self._headers is not None
            self._answered(self._headers, bytes(self._body), trailers)

    def _break_off(self) -> None:
        self._connection.abandon()
        if not self._over:
            self._end()
            self._failed()

    def _end(self) -> None:
        self._over = True
        if self._deadline is not None:
            self._deadline.cancel()
