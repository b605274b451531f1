"""gRPC calls and streams that plugins have begun.

Lives here: the id of each, who waits for it, which side has closed it; where a call goes.
Not here: what a guest has to say (hostcalls.grpc_calls), HTTP/2 (serve), and telling the guest (plugin.root).

Ids are two sequences per VM in steps of four, one for calls (5, 9, …) and one for streams (6, 10, …): the low two bits tell the
kind. A call is over with its answer. A stream is over when both sides have closed it: the peer by its status, the guest by
`proxy_grpc_close`; a cancelled one is over at once.

A guest that sends on a stream, or closes its side, while it is told a part of an answer that has ended already, sends too late:
Envoy has let go of the peer, which makes this a failure of its own. The guest hears of it at once, inside that call.

abi: 15.2 gRPC
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from proxyabi.abi.types import Status
from proxyabi.context.commands import (
    CancelGrpc,
    Command,
    DispatchGrpcCall,
    EndGrpcStream,
    GrpcTarget,
    OpenGrpcStream,
    SendGrpcMessage,
)
from proxyabi.context.events import GrpcAnswer
from proxyabi.context.header_map import HeaderMap
from proxyabi.errors import Fail
from proxyabi.wire.protobuf import WireError, decode_field_list

__all__ = ["GrpcCalls", "is_call"]

STEP = 4
KIND_BITS, CALL, STREAM = 0b11, 1, 2
LARGEST = 1 << 32


def is_call(call_id: int) -> bool:
    """Whether that id is a call's, and not a stream's."""
    return call_id & KIND_BITS == CALL


@dataclass(slots=True)
class _Entry:
    """A call or stream that the guest knows. *sends*: the guest may still send on it. *late*: it has done so too late."""

    context_id: int
    plugin_id: int
    answer: GrpcAnswer = GrpcAnswer.GOING_ON
    late: bool = False
    local_closed: bool = False
    remote_closed: bool = False
    sends: bool = True


class GrpcCalls:
    """The gRPC calls and streams of one VM. *clusters* are the upstreams that exist; *send* takes the commands for the driver.

    *refuse* is told (plugin context, id) of those that could not be begun; the guest hears of them once it has returned.
    *end* is told in the same way of streams on which the guest has sent after their end.
    """

    def __init__(
        self,
        clusters: Collection[str],
        send: Callable[[Command], None],
        refuse: Callable[[int, int], None],
        end: Callable[[int, int], None],
    ) -> None:
        self._clusters = clusters
        self._send = send
        self._refuse = refuse
        self._end = end
        self._last = {CALL: CALL, STREAM: STREAM}
        self._entries: dict[int, _Entry] = {}
        self._awaited = 0

    def __len__(self) -> int:
        """How many of them the peer has not ended."""
        return self._awaited

    def call(
        self, context_id: int, plugin_id: int, upstream: bytes, path: bytes, metadata: HeaderMap, message: bytes, timeout_ms: int
    ) -> int:
        """Begin a call with one message each way and give its id.

        fails: PARSE_FAILURE for an unknown upstream, BAD_ARGUMENT for a service that this host cannot speak to,
        INTERNAL_FAILURE when the service's cluster does not exist.
        """
        target = self._target(upstream)
        call_id = self._add(CALL, context_id, plugin_id, target)
        self._send(DispatchGrpcCall(plugin_id, call_id, target, path, metadata.copy(), message, timeout_ms / 1000))
        return call_id

    def stream(self, context_id: int, plugin_id: int, upstream: bytes, path: bytes, metadata: HeaderMap) -> int:
        """Begin a stream and give its id.

        fails: as `call`.
        """
        target = self._target(upstream)
        call_id = self._add(STREAM, context_id, plugin_id, target)
        self._send(OpenGrpcStream(plugin_id, call_id, target, path, metadata.copy()))
        return call_id

    def send(self, context_id: int, call_id: int, message: bytes, end_of_stream: bool) -> None:
        """Send on a stream. After its end, on either side, the message goes nowhere.

        fails: BAD_ARGUMENT when the id is not a stream's, NOT_FOUND when it is nobody's.
        """
        if call_id & KIND_BITS != STREAM:
            raise Fail(Status.BAD_ARGUMENT, f"{call_id} is not the id of a gRPC stream: those are 6, 10, 14 …")
        entry = self._entry(context_id, call_id)
        if entry.sends and self._in_time(call_id, entry):
            entry.sends = not end_of_stream
            self._send(SendGrpcMessage(entry.plugin_id, call_id, message, end_of_stream))

    def close(self, context_id: int, call_id: int) -> None:
        """Give a call up, or end this side of a stream, whose id stays until the peer has ended its side too.

        fails: BAD_ARGUMENT when the id is not of gRPC, NOT_FOUND when it is nobody's.
        """
        entry = self._known(context_id, call_id)
        if call_id & KIND_BITS == CALL:
            self._drop(call_id, entry)
            return
        if entry.sends and self._in_time(call_id, entry):
            entry.sends = False
            self._send(EndGrpcStream(entry.plugin_id, call_id))
        entry.local_closed = True
        if entry.remote_closed:
            self._entries.pop(call_id, None)

    def cancel(self, context_id: int, call_id: int) -> None:
        """Give a call or stream up: nothing of it reaches the guest any more.

        fails: BAD_ARGUMENT when the id is not of gRPC, NOT_FOUND when it is nobody's.
        """
        self._drop(call_id, self._known(context_id, call_id))

    def awaits(self, context_id: int, call_id: int) -> bool:
        """Whether plugin context *context_id* waits for something on *call_id*."""
        entry = self._entries.get(call_id)
        return entry is not None and entry.context_id == context_id and not entry.remote_closed

    def tell(self, call_id: int, answer: GrpcAnswer) -> None:
        """The guest is told a part of the answer to it, which is that far."""
        self._entries[call_id].answer = answer

    def was_late(self, call_id: int) -> bool:
        """Whether the guest has sent after the peer was gone."""
        return self._entries[call_id].late

    def end(self, call_id: int) -> None:
        """The peer has ended it. The guest knows the id until `forget`."""
        entry = self._entries[call_id]
        self._awaited -= not entry.remote_closed
        entry.remote_closed, entry.sends = True, False

    def forget(self, call_id: int) -> None:
        """The guest has been told of the end: a call is over, and a stream that the guest has closed too."""
        entry = self._entries.get(call_id)
        if entry is not None and (call_id & KIND_BITS == CALL or entry.local_closed):
            del self._entries[call_id]

    def cancel_all(self, context_id: int) -> None:
        """Give up everything of one plugin context."""
        for call_id, entry in list(self._entries.items()):
            if entry.context_id == context_id:
                self._drop(call_id, entry)

    # Inside.

    def _in_time(self, call_id: int, entry: _Entry) -> bool:
        """Whether there is still a peer to send to. When the answer was complete the guest hears that there is none."""
        if entry.answer is GrpcAnswer.GOING_ON:
            return True
        entry.sends, entry.late = False, True
        if entry.answer is GrpcAnswer.COMPLETE:
            self.end(call_id)
            self._end(entry.context_id, call_id)
        return False

    def _add(self, kind: int, context_id: int, plugin_id: int, target: GrpcTarget) -> int:
        call_id = self._free_id(kind)
        if target.cluster not in self._clusters:
            self._refuse(context_id, call_id)
            raise Fail(Status.INTERNAL_FAILURE, f"the gRPC service names the cluster {target.cluster!r}, which does not exist")
        self._entries[call_id] = _Entry(context_id, plugin_id)
        self._awaited += 1
        return call_id

    def _drop(self, call_id: int, entry: _Entry) -> None:
        del self._entries[call_id]
        if not entry.remote_closed:
            self._awaited -= 1
            self._send(CancelGrpc(entry.plugin_id, call_id))

    def _known(self, context_id: int, call_id: int) -> _Entry:
        if call_id & KIND_BITS not in (CALL, STREAM):
            raise Fail(Status.BAD_ARGUMENT, f"{call_id} is not the id of a gRPC call (5, 9, 13 …) or stream (6, 10, 14 …)")
        return self._entry(context_id, call_id)

    def _entry(self, context_id: int, call_id: int) -> _Entry:
        entry = self._entries.get(call_id)
        if entry is None or entry.context_id != context_id:
            raise Fail(Status.NOT_FOUND, f"this plugin has no gRPC call or stream {call_id}; it may have ended")
        return entry

    def _free_id(self, kind: int) -> int:
        while True:
            self._last[kind] = (self._last[kind] + STEP) % LARGEST
            if self._last[kind] not in self._entries and self._last[kind] > STREAM:
                return self._last[kind]

    def _target(self, upstream: bytes) -> GrpcTarget:
        """Where *upstream* leads: a serialised `envoy.config.core.v3.GrpcService` or, when it is none, a cluster's name."""
        try:
            fields = decode_field_list(upstream)
        except WireError:
            name = upstream.decode("utf-8", "backslashreplace")
            if name not in self._clusters:
                known = ", ".join(sorted(self._clusters)) or "none"
                raise Fail(Status.PARSE_FAILURE, f"there is no upstream {name!r} for gRPC; known: {known}") from None
            return GrpcTarget(name)
        return _service(fields)


def _service(fields: list[tuple[int, int | bytes]]) -> GrpcTarget:
    """What a `GrpcService` names.

    {1 envoy_grpc {1 cluster_name, 2 authority}, 2 google_grpc, 3 timeout, 5 initial_metadata {1 key, 2 value}}
    """
    try:
        envoy = next((decode_field_list(value) for number, value in fields if number == 1 and isinstance(value, bytes)), None)
        headers = [dict(decode_field_list(value)) for number, value in fields if number == 5 and isinstance(value, bytes)]
    except WireError as error:
        raise Fail(Status.PARSE_FAILURE, f"the upstream is no GrpcService and no cluster's name: {error}") from None
    if envoy is None:
        raise Fail(Status.BAD_ARGUMENT, "the GrpcService names no envoy_grpc cluster: this host speaks to clusters alone")
    service = dict(envoy)
    metadata = tuple((_bytes(header.get(1, b"")), _bytes(header.get(2, b""))) for header in headers)
    return GrpcTarget(
        _bytes(service.get(1, b"")).decode("utf-8", "replace"), _bytes(service.get(2, b"")).decode("latin-1"), metadata
    )


def _bytes(value: int | bytes) -> bytes:
    return value if isinstance(value, bytes) else b""
