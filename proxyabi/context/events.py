"""What can happen: the core is told by these.

Lives here: one class per event. Events of a stream, an HTTP exchange or a connection, carry its *stream_id*; events of a plugin
its *plugin_id*.
Not here: what a plugin makes of them (plugin), who notices them (serve, testing).

abi: 11.1 Callback sequence, 14 TCP, 15.1 HTTP callouts, 15.2 gRPC, 15.3 Timers, 18 Log-only, singleton and stats plugins
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from proxyabi.abi.types import PeerType
from proxyabi.context.header_map import HeaderMap

__all__ = [
    "DownstreamClosed",
    "DownstreamData",
    "Event",
    "GrpcAnswer",
    "GrpcClosed",
    "GrpcInitialMetadata",
    "GrpcMessage",
    "GrpcTrailingMetadata",
    "HttpCallFailed",
    "HttpCallResponse",
    "NewConnection",
    "RequestBody",
    "RequestHeaders",
    "RequestMetadata",
    "RequestRefused",
    "RequestTrailers",
    "ResponseBody",
    "ResponseHeaders",
    "ResponseMetadata",
    "ResponseTrailers",
    "StatsFlush",
    "StreamDone",
    "StreamReset",
    "Tick",
    "UpstreamData",
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
class RequestMetadata:
    """A METADATA frame of HTTP/2 has come from the client. Filters learn how many pairs it has."""

    stream_id: int
    metadata: HeaderMap


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
class ResponseMetadata:
    """A METADATA frame of HTTP/2 has come from the upstream."""

    stream_id: int
    metadata: HeaderMap


@dataclass(frozen=True, slots=True)
class RequestRefused:
    """The driver lets a request no further: it is malformed, or asks for what there is not.

    The client is answered with *status_code* and *body*, past the filters when they have not seen the request's head; they are
    told of the stream when it is logged. *headers* is the head as far as it was understood, None when it was not.
    """

    stream_id: int
    headers: HeaderMap | None
    status_code: int
    details: str
    body: bytes


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
class NewConnection:
    """A client has connected. The id is one that `Host.open_connection` gave."""

    stream_id: int


@dataclass(frozen=True, slots=True)
class DownstreamData:
    """Bytes have come from the client of a connection; none when it only says that no more will come."""

    stream_id: int
    data: bytes
    end_of_stream: bool


@dataclass(frozen=True, slots=True)
class UpstreamData:
    """Bytes have come from the server of a connection; none when it only says that no more will come."""

    stream_id: int
    data: bytes
    end_of_stream: bool


@dataclass(frozen=True, slots=True)
class DownstreamClosed:
    """The connection to the client is closed, by *peer*: this side (LOCAL) or the client (REMOTE). Always a connection's last."""

    stream_id: int
    peer: PeerType


class GrpcAnswer(IntEnum):
    """How far the answer of a gRPC stream is while the guest is told a part of it."""

    GOING_ON = 0
    COMPLETE = 1
    """The peer has said everything, of which this is a part."""
    RESET = 2
    """It will never be complete."""


@dataclass(frozen=True, slots=True)
class GrpcInitialMetadata:
    """The answer of a gRPC stream has begun. Streams only; *metadata* begins with `:status`, and is empty when none came."""

    plugin_id: int
    call_id: int
    metadata: HeaderMap
    answer: GrpcAnswer = GrpcAnswer.GOING_ON


@dataclass(frozen=True, slots=True)
class GrpcMessage:
    """A message has come on a gRPC stream; for a call it is the answer, and the call's end."""

    plugin_id: int
    call_id: int
    message: bytes
    answer: GrpcAnswer = GrpcAnswer.GOING_ON


@dataclass(frozen=True, slots=True)
class GrpcTrailingMetadata:
    """The answer of a gRPC stream has ended with that. Streams only."""

    plugin_id: int
    call_id: int
    metadata: HeaderMap
    answer: GrpcAnswer = GrpcAnswer.GOING_ON


@dataclass(frozen=True, slots=True)
class GrpcClosed:
    """A gRPC call has failed, or a gRPC stream has ended, with that status and text."""

    plugin_id: int
    call_id: int
    status: int
    message: str


@dataclass(frozen=True, slots=True)
class Tick:
    """The timer of a plugin is due."""

    plugin_id: int


@dataclass(frozen=True, slots=True)
class StatsFlush:
    """Stat sinks are due. The guests' own metrics are added to *counters* and *gauges* (name, value) of the proxy."""

    counters: tuple[tuple[bytes, int], ...] = ()
    gauges: tuple[tuple[bytes, int], ...] = ()


Event = (
    RequestHeaders
    | RequestBody
    | RequestTrailers
    | RequestMetadata
    | RequestRefused
    | ResponseHeaders
    | ResponseBody
    | ResponseTrailers
    | ResponseMetadata
    | UpstreamFailed
    | StreamReset
    | StreamDone
    | HttpCallResponse
    | HttpCallFailed
    | NewConnection
    | DownstreamData
    | UpstreamData
    | DownstreamClosed
    | GrpcInitialMetadata
    | GrpcMessage
    | GrpcTrailingMetadata
    | GrpcClosed
    | Tick
    | StatsFlush
)
