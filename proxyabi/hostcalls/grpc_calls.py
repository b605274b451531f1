"""gRPC calls and streams that a plugin makes.

Lives here: the functions, with the answers that Envoy gives when there is no upstream for them. This host has no gRPC client
yet, so every upstream is unknown, which guests of all SDKs can take.

abi: 6.3 Callouts, 15.2 gRPC
"""

from __future__ import annotations

from typing import NoReturn

from proxyabi.abi.types import Status
from proxyabi.context.header_map import Pair
from proxyabi.context.ports import ContextPort
from proxyabi.errors import Fail
from proxyabi.hostcalls.registry import hostcall

__all__: list[str] = []

KIND_BITS, CALL, STREAM = 0b11, 1, 2


@hostcall("proxy_grpc_call")
def grpc_call(
    context: ContextPort,
    upstream_name: bytes,
    service_name: bytes,
    method_name: bytes,
    initial_metadata: list[Pair],
    message: bytes,
    timeout: int,
) -> NoReturn:
    """Begin a call with one message each way.

    fails: PARSE_FAILURE for an unknown upstream.
    abi: proxy_grpc_call
    """
    _unknown_upstream(upstream_name)


@hostcall("proxy_grpc_stream")
def grpc_stream(
    context: ContextPort, upstream_name: bytes, service_name: bytes, method_name: bytes, initial_metadata: list[Pair]
) -> NoReturn:
    """Begin a stream of messages both ways.

    fails: PARSE_FAILURE for an unknown upstream.
    abi: proxy_grpc_stream
    """
    _unknown_upstream(upstream_name)


@hostcall("proxy_grpc_send")
def grpc_send(context: ContextPort, stream_id: int, message: bytes, end_of_stream: bool) -> NoReturn:
    """Send a message on a stream.

    fails: BAD_ARGUMENT when the id is not a stream's, NOT_FOUND when it is nobody's.
    abi: proxy_grpc_send
    """
    if stream_id & KIND_BITS != STREAM:
        raise Fail(Status.BAD_ARGUMENT, f"{stream_id} is not the id of a gRPC stream: those are 6, 10, 14 …")
    raise Fail(Status.NOT_FOUND, f"there is no gRPC stream {stream_id}")


@hostcall("proxy_grpc_cancel")
def grpc_cancel(context: ContextPort, call_id: int) -> NoReturn:
    """Give a call or stream up.

    fails: BAD_ARGUMENT when the id is not of gRPC, NOT_FOUND when it is nobody's.
    abi: proxy_grpc_cancel
    """
    _unknown_call(call_id)


@hostcall("proxy_grpc_close")
def grpc_close(context: ContextPort, call_id: int) -> NoReturn:
    """End a call, or this side of a stream.

    fails: BAD_ARGUMENT when the id is not of gRPC, NOT_FOUND when it is nobody's.
    abi: proxy_grpc_close
    """
    _unknown_call(call_id)


def _unknown_upstream(name: bytes) -> NoReturn:
    text = name.decode("utf-8", "backslashreplace")
    raise Fail(Status.PARSE_FAILURE, f"there is no upstream {text} for gRPC: this host makes no gRPC calls yet")


def _unknown_call(call_id: int) -> NoReturn:
    if call_id & KIND_BITS not in (CALL, STREAM):
        raise Fail(Status.BAD_ARGUMENT, f"{call_id} is not the id of a gRPC call (5, 9, 13 …) or stream (6, 10, 14 …)")
    raise Fail(Status.NOT_FOUND, f"there is no gRPC call or stream {call_id}")
