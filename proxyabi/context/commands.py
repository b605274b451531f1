"""What should be done: the core answers by these.

Lives here: one class per command. Commands for a stream carry its *stream_id*, commands for a plugin its *plugin_id*.
Not here: when they are given (plugin) and how they are performed (serve, testing).

abi: 11 HTTP stream semantics, 14 TCP, 15 Callouts, gRPC, timers
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from proxyabi.context.header_map import HeaderMap

__all__ = [
    "AbandonUpstream",
    "CancelGrpc",
    "CancelHttpCall",
    "CloseConnection",
    "Command",
    "ConnectUpstream",
    "Direction",
    "DispatchGrpcCall",
    "DispatchHttpCall",
    "EndGrpcStream",
    "ForwardMetadata",
    "ForwardRequestBody",
    "ForwardRequestHeaders",
    "ForwardRequestTrailers",
    "ForwardResponseBody",
    "ForwardResponseHeaders",
    "ForwardResponseTrailers",
    "GrpcTarget",
    "OpenGrpcStream",
    "PauseReading",
    "ResetStream",
    "ResumeReading",
    "SendDownstream",
    "SendGrpcMessage",
    "SendUpstream",
    "SetTickPeriod",
]

Direction = Literal["request", "response"]


@dataclass(frozen=True, slots=True)
class ForwardRequestHeaders:
    """Send the head of the request to the upstream."""

    stream_id: int
    headers: HeaderMap
    end_of_stream: bool


@dataclass(frozen=True, slots=True)
class ForwardRequestBody:
    """Send a piece of the request's body to the upstream."""

    stream_id: int
    data: bytes
    end_of_stream: bool


@dataclass(frozen=True, slots=True)
class ForwardRequestTrailers:
    """End the request with trailers."""

    stream_id: int
    trailers: HeaderMap


@dataclass(frozen=True, slots=True)
class ForwardResponseHeaders:
    """Send the head of a response, the upstream's or a local one, to the client."""

    stream_id: int
    headers: HeaderMap
    end_of_stream: bool


@dataclass(frozen=True, slots=True)
class ForwardResponseBody:
    """Send a piece of the response's body to the client."""

    stream_id: int
    data: bytes
    end_of_stream: bool


@dataclass(frozen=True, slots=True)
class ForwardResponseTrailers:
    """End the response with trailers."""

    stream_id: int
    trailers: HeaderMap


@dataclass(frozen=True, slots=True)
class ForwardMetadata:
    """Hand on a METADATA frame of HTTP/2: to the upstream (*direction* "request") or to the client."""

    stream_id: int
    direction: Direction
    metadata: HeaderMap


@dataclass(frozen=True, slots=True)
class AbandonUpstream:
    """Stop talking to the upstream and ignore what it sends: a local response has taken over."""

    stream_id: int


@dataclass(frozen=True, slots=True)
class ResetStream:
    """Close both sides now. *details* tells why, in Envoy's words (`wasm_close_stream`)."""

    stream_id: int
    details: str


@dataclass(frozen=True, slots=True)
class PauseReading:
    """Stop reading from the sender of *direction*: too much waits here."""

    stream_id: int
    direction: Direction


@dataclass(frozen=True, slots=True)
class ResumeReading:
    """Read on from the sender of *direction*."""

    stream_id: int
    direction: Direction


@dataclass(frozen=True, slots=True)
class DispatchHttpCall:
    """Make an HTTP call for a plugin. *timeout* is in seconds, None waits without end."""

    plugin_id: int
    call_id: int
    upstream: str
    headers: HeaderMap
    body: bytes
    trailers: HeaderMap
    timeout: float | None


@dataclass(frozen=True, slots=True)
class CancelHttpCall:
    """Give an HTTP call up; nobody waits for its answer any more."""

    plugin_id: int
    call_id: int


@dataclass(frozen=True, slots=True)
class ConnectUpstream:
    """Connect the server behind a connection, and let the client send once that has worked; close both sides when it fails."""

    stream_id: int


@dataclass(frozen=True, slots=True)
class SendUpstream:
    """Send bytes of a connection to its server; with *end_of_stream* they are the last, and there may be none."""

    stream_id: int
    data: bytes
    end_of_stream: bool


@dataclass(frozen=True, slots=True)
class SendDownstream:
    """Send bytes of a connection to its client; with *end_of_stream* they are the last, and there may be none."""

    stream_id: int
    data: bytes
    end_of_stream: bool


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """Send what was to be sent, then close both sides of a connection. *details* tells why (`wasm_downstream_close`)."""

    stream_id: int
    details: str


@dataclass(frozen=True, slots=True)
class GrpcTarget:
    """Where a gRPC call goes: a cluster, and what a serialised `GrpcService` says of how."""

    cluster: str
    authority: str = ""
    metadata: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class DispatchGrpcCall:
    """Make a gRPC call with one message each way. *path* is `/service/method`. *timeout* is in seconds."""

    plugin_id: int
    call_id: int
    target: GrpcTarget
    path: bytes
    metadata: HeaderMap
    message: bytes
    timeout: float


@dataclass(frozen=True, slots=True)
class OpenGrpcStream:
    """Begin a gRPC stream: a call that has no message yet, and may take as long as it likes."""

    plugin_id: int
    call_id: int
    target: GrpcTarget
    path: bytes
    metadata: HeaderMap
    message: ClassVar[None] = None
    timeout: ClassVar[None] = None


@dataclass(frozen=True, slots=True)
class SendGrpcMessage:
    """Send a message on a gRPC stream; with *end_of_stream* it is the last."""

    plugin_id: int
    call_id: int
    message: bytes
    end_of_stream: bool


@dataclass(frozen=True, slots=True)
class EndGrpcStream:
    """Send no more on a gRPC stream; its answer may go on."""

    plugin_id: int
    call_id: int


@dataclass(frozen=True, slots=True)
class CancelGrpc:
    """Give a gRPC call or stream up: reset it, and report nothing of it any more."""

    plugin_id: int
    call_id: int


@dataclass(frozen=True, slots=True)
class SetTickPeriod:
    """Fire a plugin's timer every *seconds*, counted from the end of the tick before; 0 stops it."""

    plugin_id: int
    seconds: float


Command = (
    ForwardRequestHeaders
    | ForwardRequestBody
    | ForwardRequestTrailers
    | ForwardMetadata
    | ForwardResponseHeaders
    | ForwardResponseBody
    | ForwardResponseTrailers
    | AbandonUpstream
    | ResetStream
    | PauseReading
    | ResumeReading
    | DispatchHttpCall
    | CancelHttpCall
    | ConnectUpstream
    | SendUpstream
    | SendDownstream
    | CloseConnection
    | DispatchGrpcCall
    | OpenGrpcStream
    | SendGrpcMessage
    | EndGrpcStream
    | CancelGrpc
    | SetTickPeriod
)
