"""What can happen: the core is told by these.

Lives here: one class per event. Events of a stream carry its *stream_id*, events of a plugin its *plugin_id*.
Not here: what a plugin makes of them (plugin), who notices them (serve, testing).

abi: 11.1 Callback sequence, 15.1 HTTP callouts, 15.3 Timers
"""

from __future__ import annotations

from dataclasses import dataclass

from proxyabi.context.header_map import HeaderMap

__all__ = [
    "Event",
    "HttpCallFailed",
    "HttpCallResponse",
    "RequestBody",
    "RequestHeaders",
    "RequestTrailers",
    "ResponseBody",
    "ResponseHeaders",
    "ResponseTrailers",
    "StreamDone",
    "StreamReset",
    "Tick",
    "UpstreamFailed",
]


@dataclass(frozen=True, slots=True)
class RequestHeaders:
    """The head of a request has arrived; *end_of_stream* when nothing follows it."""

    stream_id: int
    headers: HeaderMap
    end_of_stream: bool


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A piece of the request's body has arrived; it may be empty when it ends the stream."""

    stream_id: int
    data: bytes
    end_of_stream: bool


@dataclass(frozen=True, slots=True)
class RequestTrailers:
    """The request has ended with trailers."""

    stream_id: int
    trailers: HeaderMap


@dataclass(frozen=True, slots=True)
class ResponseHeaders:
    """The head of the upstream's response has arrived; *end_of_stream* when nothing follows it."""

    stream_id: int
    headers: HeaderMap
    end_of_stream: bool


@dataclass(frozen=True, slots=True)
class ResponseBody:
    """A piece of the response's body has arrived; it may be empty when it ends the stream."""

    stream_id: int
    data: bytes
    end_of_stream: bool


@dataclass(frozen=True, slots=True)
class ResponseTrailers:
    """The response has ended with trailers."""

    stream_id: int
    trailers: HeaderMap


@dataclass(frozen=True, slots=True)
class UpstreamFailed:
    """The upstream is down, too slow, or has closed early.

    Before response headers the core answers the client with *status_code*, *details* and *body*; after them it resets the stream.
    """

    stream_id: int
    status_code: int
    details: str
    body: bytes


@dataclass(frozen=True, slots=True)
class StreamReset:
    """The client has vanished."""

    stream_id: int


@dataclass(frozen=True, slots=True)
class StreamDone:
    """The driver has finished with the stream: the response is sent, or the stream is reset."""

    stream_id: int


@dataclass(frozen=True, slots=True)
class HttpCallResponse:
    """An HTTP call that a plugin made was answered. *headers* begins with `:status`."""

    plugin_id: int
    call_id: int
    headers: HeaderMap
    body: bytes
    trailers: HeaderMap


@dataclass(frozen=True, slots=True)
class HttpCallFailed:
    """An HTTP call that a plugin made was reset without an answer."""

    plugin_id: int
    call_id: int


@dataclass(frozen=True, slots=True)
class Tick:
    """The timer of a plugin is due."""

    plugin_id: int


Event = (
    RequestHeaders
    | RequestBody
    | RequestTrailers
    | ResponseHeaders
    | ResponseBody
    | ResponseTrailers
    | UpstreamFailed
    | StreamReset
    | StreamDone
    | HttpCallResponse
    | HttpCallFailed
    | Tick
)
