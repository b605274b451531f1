"""Envoy's response flags: why a stream came out as it did, as bits.

Lives here: which flag stands for which `response.code_details`.
Not here: the details themselves, which chains and drivers know.

abi: 17.4 response.flags
"""

from __future__ import annotations

__all__ = ["NO_CONNECTION", "flags_of"]

NO_ROUTE = 0x100
NO_CLUSTER = 0x100_0000
UPSTREAM_TIMEOUT = 0x4
LOCAL_RESET = 0x8
UPSTREAM_RESET = 0x10
UPSTREAM_CONNECTION_FAILURE = 0x20
UPSTREAM_CONNECTION_TERMINATION = 0x40
UPSTREAM_PROTOCOL_ERROR = 0x80_0000
UPSTREAM_RETRY_LIMIT_EXCEEDED = 0x8000
CLIENT_GONE = 0x4000
CLIENT_PROTOCOL_ERROR = 0x4_0000

NO_CONNECTION = UPSTREAM_CONNECTION_FAILURE | UPSTREAM_RETRY_LIMIT_EXCEEDED
"""Of a connection whose server cannot be connected, after the one attempt that it has."""

_OF_DETAILS = {
    "response_timeout": UPSTREAM_TIMEOUT,
    "route_not_found": NO_ROUTE,
    "cluster_not_found": NO_CLUSTER,
    "downstream_remote_disconnect": CLIENT_GONE,
    "low_version": CLIENT_PROTOCOL_ERROR,
    "filter_removed_required_request_headers": CLIENT_PROTOCOL_ERROR,
}
_OF_RESETS = {
    "remote_connection_failure": UPSTREAM_CONNECTION_FAILURE,
    "connection_timeout": UPSTREAM_CONNECTION_FAILURE,
    "connection_termination": UPSTREAM_CONNECTION_TERMINATION,
    "remote_reset": UPSTREAM_RESET,
    "local_reset": LOCAL_RESET,
    "protocol_error": UPSTREAM_PROTOCOL_ERROR,
}


def flags_of(details: str) -> int:
    """The flags that go with *details*; 0 for what Envoy has none for."""
    name, _, reason = details.partition("{")
    if name.startswith("upstream_reset_"):
        return _OF_RESETS.get(reason.rstrip("}").partition("|")[0], 0)
    if name.startswith(("http1.", "http.")):
        return CLIENT_PROTOCOL_ERROR
    return _OF_DETAILS.get(name, 0)
