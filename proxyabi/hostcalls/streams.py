"""Streams: go on, close, answer from here.

Lives here: the functions. Not here: what a stream does then, and when (plugin): all of it waits until the guest call has ended.

abi: 6.3 Streams, 11.5 to 11.7
"""

from __future__ import annotations

from proxyabi.abi.types import Status, StreamType
from proxyabi.context.header_map import HeaderMap, Pair
from proxyabi.context.ports import ContextPort
from proxyabi.errors import Fail
from proxyabi.hostcalls.registry import hostcall

__all__: list[str] = []

HIGHEST_GRPC_STATUS = 16


@hostcall("proxy_continue_stream")
def continue_stream(context: ContextPort, stream_type: StreamType) -> None:
    """Let a paused direction go on. OK, and no effect, where there is no such stream.

    fails: UNIMPLEMENTED for data from a TCP upstream, which Envoy cannot resume.
    abi: proxy_continue_stream
    """
    if stream_type is StreamType.UPSTREAM:
        raise Fail(Status.UNIMPLEMENTED, "data from a TCP upstream cannot be resumed, in Envoy either")
    context.continue_stream(stream_type)


@hostcall("proxy_close_stream")
def close_stream(context: ContextPort, stream_type: StreamType) -> None:
    """Close the whole stream, both directions, without an answer.

    abi: proxy_close_stream
    """
    context.close_stream(stream_type)


@hostcall("proxy_clear_route_cache")
def clear_route_cache(context: ContextPort) -> None:
    """Let the route be chosen anew. OK, and no effect, where there is no HTTP stream.

    abi: proxy_clear_route_cache
    """
    context.clear_route_cache()


@hostcall("proxy_send_local_response")
def send_local_response(
    context: ContextPort, status_code: int, status_code_details: bytes, body: bytes, headers: list[Pair], grpc_status: int
) -> None:
    """Answer the client from here. Always OK, also in a context that cannot answer.

    White space in the details becomes `_`; a gRPC status above 16 (-1 among them) means none.

    abi: proxy_send_local_response
    """
    details = "_".join(status_code_details.decode("utf-8", "backslashreplace").split())
    status = grpc_status if grpc_status <= HIGHEST_GRPC_STATUS else None
    context.send_local_response(status_code, details, body, HeaderMap(headers), status)
