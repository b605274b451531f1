"""What is known of one stream besides its bytes: addresses, protocol, counters, times.

Lives here: `StreamInfo`, filled by the driver when the stream opens and kept up to date by the core while it lives.
Not here: how guests read it (properties.py).

abi: 17.4 Attribute table
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proxyabi.context.commands import Direction
from proxyabi.context.header_map import HeaderMap

__all__ = ["StreamInfo", "TlsInfo"]


@dataclass(slots=True)
class TlsInfo:
    """One end's view of a TLS connection. Certificates are PEM text, digests hexadecimal."""

    version: str = ""
    requested_server_name: str = ""
    mtls: bool = False
    peer_certificate_valid: bool = False
    subject_local_certificate: str | None = None
    subject_peer_certificate: str | None = None
    dns_san_local_certificate: str | None = None
    dns_san_peer_certificate: str | None = None
    uri_san_local_certificate: str | None = None
    uri_san_peer_certificate: str | None = None
    sha256_peer_certificate_digest: str | None = None
    peer_certificate: str | None = None


@dataclass(slots=True)
class StreamInfo:
    """The facts of one stream. None means: not known (yet), and a guest that asks gets NOT_FOUND.

    The driver gives addresses ("ip:port"), protocol, connection and *start_time* (seconds since the epoch). The core sets the
    maps as they come by, counts, and adds what it learns. Times other than *start_time* are seconds. Sizes are bytes.
    """

    source_address: str | None = None
    source_port: int | None = None
    destination_address: str | None = None
    destination_port: int | None = None
    protocol: str | None = "HTTP/1.1"
    connection_id: int | None = None
    start_time: float | None = None
    tls: TlsInfo | None = None
    connection_termination_details: str | None = None
    downstream_transport_failure_reason: str | None = None

    request_headers: HeaderMap | None = None
    request_trailers: HeaderMap | None = None
    request_bytes: int = 0
    duration: float | None = None

    response_headers: HeaderMap | None = None
    response_trailers: HeaderMap | None = None
    response_code: int | None = None
    response_code_details: str | None = None
    response_flags: int = 0
    response_bytes: int = 0
    closes_connection: bool = False
    """Whether the client's connection serves nothing after this stream; a local response with status 400 says so."""
    backend_latency: float | None = None

    upstream_address: str | None = None
    upstream_port: int | None = None
    upstream_local_address: str | None = None
    upstream_endpoints: int | None = None
    upstream_attempts: int = 0
    upstream_tls: TlsInfo | None = None
    upstream_transport_failure_reason: str | None = None
    upstream_ready_duration: float | None = None

    cluster_name: str | None = None
    route_name: str | None = ""
    virtual_host_name: str | None = None
    filter_chain_name: str | None = ""
    listener_direction: int = 0
    listener_metadata: Mapping[str, Any] | None = field(default_factory=dict)
    route_metadata: Mapping[str, Any] | None = field(default_factory=dict)
    cluster_metadata: Mapping[str, Any] | None = field(default_factory=dict)
    virtual_host_metadata: Mapping[str, Any] | None = field(default_factory=dict)

    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Dynamic metadata: name space to a structure of plain JSON values."""
    filter_state: dict[bytes, bytes] = field(default_factory=dict)
    """Filter state that other parts of the proxy, or guests by `set_envoy_filter_state`, left for this stream."""

    body_limit: int | None = None
    """How many bytes of a body may wait in one direction; None leaves it to the host."""
    before_leaving: Callable[[Direction, HeaderMap], None] | None = None
    """The driver's: called with a head that has passed all filters, just before the command to send it, to complete it."""

    def forget_route(self) -> None:
        """There is no route for the request, or none any more."""
        self.cluster_name = self.route_name = None
        self.route_metadata = self.cluster_metadata = self.upstream_endpoints = None
