"""HTTP calls that a plugin makes.

Lives here: `proxy_http_call` and its checks. Not here: calls that are under way (context.calls), connections (serve).

abi: 6.3 Callouts, 15.1 HTTP callouts
"""

from __future__ import annotations

from proxyabi.abi.types import Status
from proxyabi.context.header_map import HeaderMap, Pair
from proxyabi.context.ports import ContextPort
from proxyabi.errors import Fail
from proxyabi.hostcalls.registry import hostcall

__all__: list[str] = []

REQUIRED = (b":path", b":method", b":authority")
LONGEST_TIMEOUT_MS = (1 << 31) - 1


@hostcall("proxy_http_call")
def http_call(
    context: ContextPort, upstream_name: bytes, headers: list[Pair], body: bytes, trailers: list[Pair], timeout: int
) -> int:
    """Begin a call for the plugin and give its id; the answer comes by `proxy_on_http_call_response`, never at once.

    `host` fills `:authority`; `content-length` is set when there is a body. A *timeout* of 0 waits without end.

    fails: BAD_ARGUMENT for an unknown upstream, a missing pseudo header or a timeout from 2**31 on; INTERNAL_FAILURE when it
    cannot be sent.
    abi: proxy_http_call
    """
    if timeout > LONGEST_TIMEOUT_MS:
        raise Fail(Status.BAD_ARGUMENT, f"a timeout of {timeout} ms is negative for Envoy")
    request = HeaderMap((b":authority" if name.lower() == b"host" else name, value) for name, value in headers)
    missing = [name.decode() for name in REQUIRED if request.get(name) is None]
    if missing:
        raise Fail(Status.BAD_ARGUMENT, f"an HTTP call needs {', '.join(missing)}")
    if body:
        request.replace(b"content-length", b"%d" % len(body))
    upstream = upstream_name.decode("utf-8", "backslashreplace")
    return context.root.http_call(upstream, request, body, HeaderMap(trailers), timeout)
