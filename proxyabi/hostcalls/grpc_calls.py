"""gRPC calls and streams that a plugin makes.

Lives here: the functions. Not here: calls and streams under way (context.grpc_calls), HTTP/2 (serve).

abi: 6.3 Callouts, 15.2 gRPC
"""

from __future__ import annotations

from proxyabi.context.header_map import HeaderMap, Pair
from proxyabi.context.ports import ContextPort
from proxyabi.hostcalls.registry import hostcall

__all__: list[str] = []


@hostcall("proxy_grpc_call")
def grpc_call(
    context: ContextPort,
    upstream_name: bytes,
    service_name: bytes,
    method_name: bytes,
    initial_metadata: list[Pair],
    message: bytes,
    timeout: int,
) -> int:
    """Begin a call with one message each way and give its id; the answer comes by a callback, never at once.

    The upstream is a serialised `GrpcService` or a cluster's name. *timeout* is in milliseconds.

    fails: PARSE_FAILURE for an unknown upstream, BAD_ARGUMENT for one that this host cannot speak to, INTERNAL_FAILURE when it
    cannot be sent.
    abi: proxy_grpc_call
    """
    return context.root.grpc_call(upstream_name, _path(service_name, method_name), HeaderMap(initial_metadata), message, timeout)


@hostcall("proxy_grpc_stream")
def grpc_stream(
    context: ContextPort, upstream_name: bytes, service_name: bytes, method_name: bytes, initial_metadata: list[Pair]
) -> int:
    """Begin a stream of messages both ways and give its id.

    fails: as `proxy_grpc_call`.
    abi: proxy_grpc_stream
    """
    return context.root.grpc_stream(upstream_name, _path(service_name, method_name), HeaderMap(initial_metadata))


@hostcall("proxy_grpc_send")
def grpc_send(context: ContextPort, stream_id: int, message: bytes, end_of_stream: bool) -> None:
    """Send a message on a stream.

    fails: BAD_ARGUMENT when the id is not a stream's, NOT_FOUND when it is nobody's.
    abi: proxy_grpc_send
    """
    context.root.grpc_send(stream_id, message, end_of_stream)


@hostcall("proxy_grpc_cancel")
def grpc_cancel(context: ContextPort, call_id: int) -> None:
    """Give a call or stream up; no callback follows.

    fails: BAD_ARGUMENT when the id is not of gRPC, NOT_FOUND when it is nobody's.
    abi: proxy_grpc_cancel
    """
    context.root.grpc_cancel(call_id)


@hostcall("proxy_grpc_close")
def grpc_close(context: ContextPort, call_id: int) -> None:
    """Give a call up, or end this side of a stream, whose id stays until the peer has ended its side.

    fails: BAD_ARGUMENT when the id is not of gRPC, NOT_FOUND when it is nobody's.
    abi: proxy_grpc_close
    """
    context.root.grpc_close(call_id)


def _path(service: bytes, method: bytes) -> bytes:
    return b"/%s/%s" % (service, method)
