"""What the host knows of one stream besides its messages: who talks to whom, since when, and how it went.

Lives here: the facts behind the attributes `source.*`, `destination.*`, `connection.*`, `upstream.*`, `xds.*`, and behind those of
`request.*` and `response.*` that are no header.
Not here: how an attribute's path leads to a fact and how its value is encoded (properties.py), and the messages (header_map.py,
buffer.py).

The driver fills in what it knows when it opens the stream, and may add to it later (the upstream's address, for one). The core
counts bytes, and notes the status, its details and the end. None stands for "not known", which a guest sees as NOT_FOUND.

abi: attributes
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["StreamInfo"]


@dataclass(slots=True)
class StreamInfo:
    """The facts of one stream. Addresses are `ip:port`, times seconds since the epoch, durations seconds, sizes bytes."""

    source_address: str | None = None
    destination_address: str | None = None
    connection_id: int | None = None
    protocol: str | None = "HTTP/1.1"
    start_time: float = 0.0
    requested_server_name: str | None = None
    tls_version: str | None = None
    mtls: bool = False

    upstream_address: str | None = None
    upstream_local_address: str | None = None
    upstream_attempts: int = 0
    upstream_failure: str | None = None

    route_name: str = ""
    cluster_name: str | None = None
    virtual_host_name: str | None = None
    listener_direction: int = 0
    filter_chain_name: str = ""

    response_code: int | None = None
    response_code_details: str | None = None
    response_flags: int = 0
    request_bytes: int = 0
    response_bytes: int = 0
    duration: float | None = None
    is_complete: bool = False
