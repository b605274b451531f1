"""Properties: what a guest can learn of its stream, its proxy and itself, as paths to values.

Lives here: the tree of names, the walk along a path, and the bytes that each type of value becomes.
Not here: the facts (stream_info.py, the context, services), and properties that guests set beyond their storage.

A value is bytes or str (raw), bool (one byte), int and float (eight bytes), dict (a serialised map), list, `Message` (protobuf),
`Tree` (names that cannot be listed). `ABSENT` means that the name is known and has no value now.

abi: 17 Properties
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from proxyabi.abi.types import MapType, Status
from proxyabi.context.header_map import HeaderMap, decimal
from proxyabi.context.ports import ContextPort
from proxyabi.context.stream_info import StreamInfo, TlsInfo
from proxyabi.errors import Fail
from proxyabi.wire.pairs import encode_pairs
from proxyabi.wire.protobuf import WireError, encode_locality, encode_metadata, encode_node

__all__ = ["ABSENT", "Message", "Tree", "encode_value", "find_value", "listed", "member", "read_property"]

ABSENT: Any = object()
U64 = 1 << 64

NO_LOCALITY = {"region": "", "zone": "", "sub_zone": ""}
"""The fields of a `Locality` that says nothing."""

GRPC_STATUS_OF_HTTP = {400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14}
UNKNOWN_GRPC_STATUS = 2


@dataclass(frozen=True, slots=True)
class Message:
    """A protobuf message: fields to walk into, and the whole."""

    fields: Mapping[str, Any]
    encode: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Tree:
    """Names with values that are found one by one and cannot be listed."""

    find: Callable[[bytes], Any]


@dataclass(frozen=True, slots=True)
class _Headers:
    """A header map as properties show it: names once, values joined with a comma."""

    headers: HeaderMap

    def find(self, name: bytes) -> Any:
        values = self.headers.get_all(name)
        if not values and name == b"host":
            # In requests that is another name of :authority; a response has none.
            values = self.headers.get_all(b":authority")
        return b",".join(values) if values else ABSENT

    def all(self) -> dict[bytes, bytes]:
        return {name: b",".join(self.headers.get_all(name)) for name, _ in self.headers}


def read_property(context: ContextPort, path: bytes) -> bytes:
    """The bytes of the value at *path*, segments apart by NUL; a NUL at the end changes nothing.

    fails: NOT_FOUND when a segment is unknown or its value absent; SERIALIZATION_FAILURE for what is no value: the empty path, a
    root by itself, null.
    abi: 17.1 Resolution order
    """
    segments = path.split(b"\0")
    if not segments[-1]:
        segments.pop()
    if not segments:
        raise Fail(Status.SERIALIZATION_FAILURE, "the empty path names no property")
    value = find_value(context, segments[0])
    for segment in segments[1:]:
        if value is ABSENT:
            break
        value = member(value, segment)
    if value is ABSENT:
        raise Fail(Status.NOT_FOUND, f"there is no property {_readable(segments)}")
    try:
        return encode_value(value)
    except WireError as error:
        raise Fail(Status.SERIALIZATION_FAILURE, f"property {_readable(segments)} is no value: {error}") from None


def encode_value(value: Any) -> bytes:
    """The bytes of *value*; the guest has to know its type, for no tag tells.

    raises: WireError for null, and for a tree of names.
    abi: 17.3 Value encodings
    """
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, bool):
        return b"\1" if value else b"\0"
    if isinstance(value, int):
        return (value % U64).to_bytes(8, "little")
    if isinstance(value, float):
        return struct.pack("<d", value)
    if isinstance(value, Message):
        return value.encode()
    if isinstance(value, _Headers):
        value = value.all()
    if isinstance(value, Mapping):
        return encode_pairs([(encode_value(key), encode_value(item)) for key, item in value.items()])
    if isinstance(value, list):
        return encode_pairs([(encode_value(item), b"") for item in value])
    raise WireError("null has no bytes" if value is None else "its members can be read one by one only")


def find_value(context: ContextPort, name: bytes) -> Any:
    """What the first segment of a path names; ABSENT for nothing."""
    if name in _OLD_XDS_NAMES:
        return _xds(context, name)
    of_context = _OF_CONTEXT.get(name)
    if of_context is not None:
        return of_context(context)
    of_stream = _OF_STREAM.get(name)
    if of_stream is not None:
        info = context.stream_info
        return ABSENT if info is None else of_stream(context, info)
    return (context.properties or context.logged_properties or {}).get(name, ABSENT)


def member(value: Any, segment: bytes) -> Any:
    """The member *segment* of *value*; ABSENT for a step that leads nowhere."""
    if isinstance(value, Tree | _Headers):
        return value.find(segment)
    if isinstance(value, Message):
        return value.fields.get(segment.decode("utf-8", "replace"), ABSENT)
    if isinstance(value, Mapping):
        return value.get(segment.decode("utf-8", "replace"), ABSENT)
    if isinstance(value, list) and (place := decimal(segment)) is not None and place < len(value):
        return value[place]
    return ABSENT


def listed(value: Any) -> list[str]:
    """The names of the members of *value*; none for what finds its members one by one."""
    names = value.all() if isinstance(value, _Headers) else value.fields if isinstance(value, Message) else value
    if not isinstance(names, Mapping):
        return []
    return [name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in names]


def _readable(segments: list[bytes]) -> str:
    return ".".join(segment.decode("utf-8", "backslashreplace") for segment in segments)


def _or_absent(value: Any) -> Any:
    return ABSENT if value is None else value


def _nanoseconds(seconds: float | None) -> Any:
    return ABSENT if seconds is None else round(seconds * 1e9)


# The trees. Each getter takes what its tree is about.

_Http = tuple[StreamInfo, HeaderMap | None, HeaderMap | None]
"""The stream, its headers and its trailers as far as the context may see them now."""


def _http_tree(getters: Mapping[bytes, Callable[[_Http], Any]], subject: _Http) -> Tree:
    return Tree(lambda name: getters[name](subject) if name in getters else ABSENT)


def _header(name: bytes) -> Callable[[_Http], Any]:
    return lambda subject: ABSENT if subject[1] is None else _or_absent(subject[1].get(name))


def _map(index: int) -> Callable[[_Http], Any]:
    def find(subject: _Http) -> Any:
        headers = subject[1] if index == 1 else subject[2]
        return _Headers(headers or HeaderMap())

    return find


def _header_bytes(subject: _Http) -> int:
    return subject[1].byte_size() if subject[1] is not None else 0


def _url_path(subject: _Http) -> Any:
    path = _header(b":path")(subject)
    return path if path is ABSENT else path.partition(b"?")[0]


def _query(subject: _Http) -> Any:
    path = _header(b":path")(subject)
    return path if path is ABSENT else path.partition(b"?")[2].partition(b"#")[0]


def _request_size(subject: _Http) -> Any:
    length = _header(b"content-length")(subject)
    if length is ABSENT:
        return subject[0].request_bytes
    number = decimal(length)
    return ABSENT if number is None else number


def _grpc_status(subject: _Http) -> Any:
    info, headers, trailers = subject
    for fields in (trailers, headers):
        text = fields.get(b"grpc-status") if fields is not None else None
        if text is not None:
            number = decimal(text)
            return -1 if number is None else number
    code = info.response_code
    return ABSENT if code is None else GRPC_STATUS_OF_HTTP.get(code, UNKNOWN_GRPC_STATUS)


_REQUEST: dict[bytes, Callable[[_Http], Any]] = {
    b"path": _header(b":path"),
    b"url_path": _url_path,
    b"query": _query,
    b"host": _header(b":authority"),
    b"scheme": _header(b":scheme"),
    b"method": _header(b":method"),
    b"headers": _map(1),
    b"headers_bytes": _header_bytes,
    b"referer": _header(b"referer"),
    b"useragent": _header(b"user-agent"),
    b"id": _header(b"x-request-id"),
    b"time": lambda subject: _nanoseconds(subject[0].start_time),
    b"protocol": lambda subject: _or_absent(subject[0].protocol),
    b"duration": lambda subject: _nanoseconds(subject[0].duration),
    b"size": _request_size,
    b"total_size": lambda subject: subject[0].request_bytes + _header_bytes(subject),
}

_RESPONSE: dict[bytes, Callable[[_Http], Any]] = {
    b"code": lambda subject: _or_absent(subject[0].response_code),
    b"code_details": lambda subject: _or_absent(subject[0].response_code_details),
    b"flags": lambda subject: subject[0].response_flags,
    b"grpc_status": _grpc_status,
    b"headers": _map(1),
    b"headers_bytes": _header_bytes,
    b"trailers": _map(2),
    b"size": lambda subject: subject[0].response_bytes,
    b"total_size": lambda subject: (
        subject[0].response_bytes + _header_bytes(subject) + (subject[2].byte_size() if subject[2] is not None else 0)
    ),
    b"backend_latency": lambda subject: _nanoseconds(subject[0].backend_latency),
}

_TLS_NAMES = {
    name.encode(): name
    for name in (
        "subject_local_certificate",
        "subject_peer_certificate",
        "dns_san_local_certificate",
        "dns_san_peer_certificate",
        "uri_san_local_certificate",
        "uri_san_peer_certificate",
        "sha256_peer_certificate_digest",
        "peer_certificate",
    )
}


def _tls(tls: TlsInfo | None, name: bytes) -> Any:
    """An item of a TLS connection; all are absent without one."""
    if tls is None:
        return ABSENT
    if name == b"tls_version":
        return tls.version
    return _or_absent(getattr(tls, _TLS_NAMES[name])) if name in _TLS_NAMES else ABSENT


def _connection(context: ContextPort, info: StreamInfo) -> Tree:
    tls = info.tls
    own: dict[bytes, Any] = {
        b"id": info.connection_id,
        b"mtls": tls is not None and tls.mtls,
        b"peer_certificate_valid": tls is not None and tls.peer_certificate_valid,
        b"requested_server_name": tls.requested_server_name if tls else "",
        b"transport_failure_reason": info.downstream_transport_failure_reason,
        b"termination_details": info.connection_termination_details,
    }
    return Tree(lambda name: _or_absent(own[name]) if name in own else _tls(tls, name))


def _upstream(context: ContextPort, info: StreamInfo) -> Tree:
    tls, known = info.upstream_tls, info.upstream_address is not None
    why = info.upstream_transport_failure_reason
    own: dict[bytes, Any] = {
        b"address": info.upstream_address,
        b"port": info.upstream_port,
        b"local_address": info.upstream_local_address,
        b"num_endpoints": info.upstream_endpoints,
        b"request_attempt_count": info.upstream_attempts,
        b"transport_failure_reason": "" if why is None and known else why,
        b"locality": Message(NO_LOCALITY, bytes) if known else None,
        b"server_name": tls.requested_server_name if tls else None,
        b"cx_pool_ready_duration": None if info.upstream_ready_duration is None else round(info.upstream_ready_duration * 1e9),
    }
    return Tree(lambda name: _or_absent(own[name]) if name in own else _tls(tls, name))


def _source(context: ContextPort, info: StreamInfo) -> Tree:
    """Where the client comes from, unless the plugin must not know."""
    veil = context.root.veil
    return _end(None, None) if veil is not None and veil.address else _end(info.source_address, info.source_port)


def _end(address: str | None, port: int | None) -> Tree:
    own = {b"address": address, b"port": port}
    return Tree(lambda name: _or_absent(own.get(name)))


def _request(context: ContextPort, info: StreamInfo) -> Tree:
    return _http_tree(_REQUEST, (info, context.header_map(MapType.HTTP_REQUEST_HEADERS), None))


def _response(context: ContextPort, info: StreamInfo) -> Tree:
    headers = context.header_map(MapType.HTTP_RESPONSE_HEADERS)
    return _http_tree(_RESPONSE, (info, headers, context.header_map(MapType.HTTP_RESPONSE_TRAILERS)))


def _metadata(metadata: Mapping[str, Mapping[str, Any]]) -> Message:
    """`config.core.v3.Metadata`; what stands inside are values of JSON, so every number is a double."""
    return Message({"filter_metadata": _json(metadata)}, lambda: encode_metadata(metadata))


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _node(context: ContextPort) -> Message:
    node = context.vm.services.node
    locality = {**NO_LOCALITY, **node.get("locality", {})}
    fields = {
        "id": node.get("id", ""),
        "cluster": node.get("cluster", ""),
        "metadata": _json(node.get("metadata", {})),
        "locality": Message(locality, lambda: encode_locality(locality)),
    }
    return Message(fields, lambda: encode_node(node))


_XDS: dict[bytes, str] = {
    b"cluster_name": "cluster_name",
    b"route_name": "route_name",
    b"virtual_host_name": "virtual_host_name",
    b"listener_direction": "listener_direction",
    b"filter_chain_name": "filter_chain_name",
    b"listener_metadata": "listener_metadata",
    b"route_metadata": "route_metadata",
    b"cluster_metadata": "cluster_metadata",
    b"virtual_host_metadata": "virtual_host_metadata",
}
"""Names below `xds` to attributes of `StreamInfo`."""

_OLD_XDS_NAMES = frozenset(
    {
        b"node",
        b"cluster_name",
        b"cluster_metadata",
        b"route_name",
        b"route_metadata",
        b"listener_direction",
        b"listener_metadata",
        b"upstream_host_metadata",
    }
)
"""Names that stood at the top until Envoy 1.32, and that published guests still ask for.

abi: 17.2 Removed names
"""


def _xds(context: ContextPort, name: bytes) -> Any:
    if name == b"node":
        return _node(context)
    info = context.stream_info
    if info is not None and name in (b"upstream_host_metadata", b"upstream_host_locality_metadata"):
        return ABSENT if info.upstream_address is None else None
    if info is None or name not in _XDS:
        return ABSENT
    value = getattr(info, _XDS[name])
    return _metadata(value) if isinstance(value, Mapping) else _or_absent(value)


_OF_CONTEXT: dict[bytes, Callable[[ContextPort], Any]] = {
    b"xds": lambda context: Tree(lambda name: _xds(context, name)),
    b"plugin_name": lambda context: context.root.plugin.name,
    b"plugin_root_id": lambda context: context.root.plugin.root_id,
    b"plugin_vm_id": lambda context: context.root.plugin.vm_id,
}
"""First segments that need no stream."""

_OF_STREAM: dict[bytes, Callable[[ContextPort, StreamInfo], Any]] = {
    b"request": _request,
    b"response": _response,
    b"connection": _connection,
    b"upstream": _upstream,
    b"source": lambda context, info: _source(context, info),
    b"destination": lambda context, info: _end(info.destination_address, info.destination_port),
    b"metadata": lambda context, info: _metadata(info.metadata),
    b"filter_state": lambda context, info: Tree(lambda name: _filter_state(context, info, name)),
    b"upstream_filter_state": lambda context, info: Tree(lambda name: ABSENT),
    b"connection_id": lambda context, info: _or_absent(info.connection_id),
}
"""First segments that need a stream."""

GUEST_PREFIX = b"wasm."


def _filter_state(context: ContextPort, info: StreamInfo, name: bytes) -> Any:
    """Filter state; what guests set as property NAME stands there as `wasm.NAME`."""
    if name.startswith(GUEST_PREFIX):
        return (context.properties or {}).get(name[len(GUEST_PREFIX) :], ABSENT)
    return info.filter_state.get(name, ABSENT)
