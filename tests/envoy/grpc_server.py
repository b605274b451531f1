"""A gRPC server that does what a step says: a frame here, a reset there.

Lives here: HTTP/2 on asyncio by `h2`, as bare as possible: what is sent is decided outside. Not here: which steps
(walkthroughs.py).
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import hpack

METADATA, END_METADATA = 0x4D, 0x04
"""The frame's type, and the flag of one that is whole."""
GOAWAY = 0x07

Pairs = list[tuple[str, str]]


@dataclass
class Call:
    """A request as it was seen, and where its answer goes."""

    connection: _Connection
    stream_id: int
    headers: list[str]
    data: bytearray = field(default_factory=bytearray)
    ended: bool = False
    reset: int | None = None

    def shown(self) -> dict[str, Any]:
        """As a transcript has it."""
        return {"headers": self.headers, "data": self.data.hex(), "ended": self.ended, "reset": self.reset}


class _Connection(asyncio.Protocol):
    def __init__(self, server: GrpcServer) -> None:
        self.server = server
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(
                client_side=False, header_encoding="latin-1", validate_outbound_headers=False, normalize_outbound_headers=False
            )
        )
        self.calls: dict[int, Call] = {}

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.h2.initiate_connection()
        self.flush()

    def data_received(self, data: bytes) -> None:
        for event in self.h2.receive_data(data):
            stream_id = getattr(event, "stream_id", 0)
            if isinstance(event, h2.events.RequestReceived):
                call = Call(self, stream_id, [f"{name}: {value}" for name, value in event.headers or ()])
                self.calls[stream_id] = call
                self.server.calls.append(call)
            elif isinstance(event, h2.events.DataReceived):
                self.calls[stream_id].data += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.calls[stream_id].ended = True
            elif isinstance(event, h2.events.StreamReset):
                self.calls[stream_id].reset = int(event.error_code)
        self.flush()

    def flush(self) -> None:
        self.transport.write(self.h2.data_to_send())


def pairs(text: str) -> Pairs:
    """The pairs of "a=1,b=2"."""
    return [(name, value) for name, _, value in (pair.partition("=") for pair in text.split(",") if pair)]


def frame(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4, "big") + message


def metadata_frame(stream_id: int, metadata: Pairs) -> bytes:
    """A METADATA frame, which only Envoy knows: like HEADERS, with a table of its own, so that nothing may be put into that."""
    payload = hpack.Encoder().encode([(name, value, True) for name, value in metadata], huffman=False)
    return len(payload).to_bytes(3, "big") + bytes([METADATA, END_METADATA]) + stream_id.to_bytes(4, "big") + payload


def goaway_frame(last_stream_id: int, code: int) -> bytes:
    """A GOAWAY frame. Written by hand: after its own, `h2` would send nothing more for the streams that go on."""
    payload = last_stream_id.to_bytes(4, "big") + code.to_bytes(4, "big")
    return len(payload).to_bytes(3, "big") + bytes([GOAWAY, 0]) + bytes(4) + payload


class GrpcServer:
    """The server. `calls` are the requests in the order of their arrival."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.port = 0

    async def start(self) -> None:
        server = await asyncio.get_running_loop().create_server(lambda: _Connection(self), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    def perform(self, step: tuple[Any, ...]) -> None:
        """Do what a step whose name begins with `grpc-` says. A stream that is closed already takes nothing any more."""
        with contextlib.suppress(h2.exceptions.StreamClosedError, IndexError):
            self._perform(step)

    def _perform(self, step: tuple[Any, ...]) -> None:
        call = self.calls[step[1] if len(step) > 1 else 0]
        connection, stream_id = call.connection, call.stream_id
        match step[0]:
            case "grpc-headers" | "grpc-only-trailers":
                headers = pairs(step[2])
                if headers[0][0] != ":status":
                    headers.insert(0, (":status", "200"))
                connection.h2.send_headers(stream_id, headers, end_stream=step[0] == "grpc-only-trailers")
            case "grpc-message":
                connection.h2.send_data(stream_id, frame(step[2].encode()))
            case "grpc-data":
                connection.h2.send_data(stream_id, step[2])
            case "grpc-last-data":
                connection.h2.send_data(stream_id, step[2], end_stream=True)
            case "grpc-trailers":
                connection.h2.send_headers(stream_id, pairs(step[2]), end_stream=True)
            case "grpc-end":
                connection.h2.end_stream(stream_id)
            case "grpc-reset":
                connection.h2.reset_stream(stream_id, step[2])
            case "grpc-metadata":
                connection.transport.write(metadata_frame(stream_id, pairs(step[2])))
            case "grpc-goaway":
                connection.transport.write(goaway_frame(stream_id, 0))
            case "grpc-gone":
                connection.transport.close()
        connection.flush()
