"""The messages that the host itself answers with.

Lives here: from a wish ("403, this text") to the headers and the body that a client gets, for plain requests and for gRPC.
Not here: when a reply is possible and which way it takes (chain.py).

abi: 11.7 Content rules
"""

from __future__ import annotations

from proxyabi.abi.types import MapType
from proxyabi.context.context import LocalReply
from proxyabi.context.header_map import HeaderMap, add_entry

__all__ = ["is_grpc", "prepare"]

GRPC = b"application/grpc"
GRPC_STATUS = {400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14}
"""The gRPC status for an HTTP code that comes without one; 2 for all others."""
GRPC_UNKNOWN = 2
LARGEST_GRPC_STATUS = 16


def is_grpc(headers: HeaderMap) -> bool:
    """Whether a request wants its answer in gRPC's form."""
    content_type = headers.get(b"content-type")
    return (
        content_type is not None
        and content_type.startswith(GRPC)
        and content_type[len(GRPC) : len(GRPC) + 1] in (b"", b"+", b";")
    )


def prepare(reply: LocalReply, *, is_head: bool, is_grpc: bool) -> tuple[HeaderMap, bytes]:
    """Headers and body for the client. No body is sent to HEAD requests and to gRPC clients, who get it as `grpc-message`."""
    headers = HeaderMap([(b":status", str(reply.status_code).encode())])
    for name, value in reply.headers or ():
        add_entry(headers, MapType.HTTP_RESPONSE_HEADERS, name, value)
    if is_grpc:
        return _for_grpc(headers, reply, is_head), b""
    if reply.body:
        _put(headers, b"content-length", str(len(reply.body)).encode())
        if headers.get(b"content-type") is None:
            headers.add(b"content-type", b"text/plain")
    else:
        headers.remove(b"content-length")
        headers.remove(b"content-type")
    return headers, b"" if is_head else reply.body


def _for_grpc(headers: HeaderMap, reply: LocalReply, is_head: bool) -> HeaderMap:
    _put(headers, b":status", b"200")
    _put(headers, b"content-type", GRPC)
    if headers.get(b"grpc-status") is None:
        status = reply.grpc_status
        if status is None or not 0 <= status <= LARGEST_GRPC_STATUS:
            status = GRPC_STATUS.get(reply.status_code, GRPC_UNKNOWN)
        headers.add(b"grpc-status", str(status).encode())
    if reply.body and not is_head:
        _put(headers, b"grpc-message", _percent_encoded(reply.body))
    headers.remove(b"content-length")
    return headers


def _put(headers: HeaderMap, name: bytes, value: bytes) -> None:
    """Set *name* in its place, or at the end."""
    headers.assign([(key, value if key == name else old) for key, old in headers.pairs()])
    if headers.get(name) is None:
        headers.add(name, value)


def _percent_encoded(text: bytes) -> bytes:
    return b"".join(bytes([byte]) if 0x20 <= byte <= 0x7E and byte != 0x25 else b"%%%02X" % byte for byte in text)
