"""Properties, as a guest sees them."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from proxyabi.abi.types import MapType, Status
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.stream_info import TlsInfo
from proxyabi.wire.pairs import decode_pairs
from proxyabi.wire.protobuf import encode_metadata, encode_node, encode_struct

NOT_FOUND, SERIALIZATION_FAILURE = Status.NOT_FOUND, Status.SERIALIZATION_FAILURE


def number(value: int) -> bytes:
    return struct.pack("<q", value)


@pytest.fixture
def read(world: Any) -> Any:
    """A function that reads a property by its dotted path."""
    return lambda path: world.call("proxy_get_property", path.encode().replace(b".", b"\0"))


@pytest.fixture
def stream(world: Any) -> Any:
    info = world.stream_control.info
    info.source_address, info.source_port = "10.0.0.1:4711", 4711
    info.destination_address, info.destination_port = "10.0.0.2:80", 80
    info.connection_id, info.start_time = 7, 1.5
    info.request_bytes, info.response_bytes = 10, 20
    world.stream.maps[MapType.HTTP_REQUEST_HEADERS] = HeaderMap(
        [
            (b":authority", b"example"),
            (b":path", b"/a/b?x=1&y=2#frag"),
            (b":method", b"GET"),
            (b":scheme", b"http"),
            (b"x-id", b"1"),
            (b"x-id", b"2"),
            (b"user-agent", b"test"),
        ]
    )
    world.stream.maps[MapType.HTTP_RESPONSE_HEADERS] = HeaderMap([(b":status", b"404"), (b"a", b"b")])
    return world


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("request.path", b"/a/b?x=1&y=2#frag"),
        ("request.url_path", b"/a/b"),
        ("request.query", b"x=1&y=2"),
        ("request.host", b"example"),
        ("request.method", b"GET"),
        ("request.scheme", b"http"),
        ("request.useragent", b"test"),
        ("request.referer", NOT_FOUND),
        ("request.id", NOT_FOUND),
        ("request.headers.x-id", b"1,2"),
        ("request.headers.X-ID", b"1,2"),
        ("request.headers.x-none", NOT_FOUND),
        ("request.headers_bytes", number(84)),
        ("request.size", number(10)),
        ("request.total_size", number(94)),
        ("request.time", number(1_500_000_000)),
        ("request.protocol", b"HTTP/1.1"),
        ("request.duration", NOT_FOUND),
        ("request.unknown", NOT_FOUND),
        ("request.path.deeper", NOT_FOUND),
        ("Request.path", NOT_FOUND),
        ("response.code", NOT_FOUND),
        ("response.flags", number(0)),
        ("response.headers.a", b"b"),
        ("response.size", number(20)),
        ("response.total_size", number(32)),
        ("response.trailers.x", NOT_FOUND),
        ("source.address", b"10.0.0.1:4711"),
        ("source.port", number(4711)),
        ("destination.address", b"10.0.0.2:80"),
        ("destination.port", number(80)),
        ("connection.id", number(7)),
        ("connection_id", number(7)),
        ("connection.mtls", b"\0"),
        ("connection.requested_server_name", b""),
        ("connection.tls_version", NOT_FOUND),
        ("upstream.address", NOT_FOUND),
        ("upstream.request_attempt_count", number(0)),
        ("xds.node.id", b""),
        ("xds.node.locality.region", b""),
        ("node.id", b""),
        ("xds.listener_direction", number(0)),
        ("listener_direction", number(0)),
        ("xds.route_name", b""),
        ("xds.listener_metadata", b""),
        ("xds.upstream_host_metadata", NOT_FOUND),
        ("xds.virtual_host_name", NOT_FOUND),
        ("connection.peer_certificate_valid", b"\0"),
        ("upstream.locality", NOT_FOUND),
        ("plugin_name", b"my_plugin"),
        ("plugin_root_id", b"my_root"),
        ("plugin_vm_id", b"my_vm"),
        ("nonsense", NOT_FOUND),
        ("request", SERIALIZATION_FAILURE),
        ("xds", SERIALIZATION_FAILURE),
        ("", SERIALIZATION_FAILURE),
        (".request", NOT_FOUND),
    ],
)
def test_names_and_values(stream: Any, read: Any, path: str, value: Any) -> None:
    assert read(path) == value


def test_a_nul_at_the_end_changes_nothing(stream: Any, read: Any) -> None:
    assert read("request.method.") == b"GET"
    assert read("plugin_name.") == b"my_plugin"


def test_all_headers_come_as_a_map_with_each_name_once(stream: Any, read: Any) -> None:
    headers = dict(decode_pairs(read("request.headers")))

    assert headers[b"x-id"] == b"1,2"
    assert len(headers) == 6


def test_an_empty_map_is_four_zero_bytes(stream: Any, read: Any) -> None:
    assert read("response.trailers") == b"\0\0\0\0"


@pytest.mark.parametrize(("length", "size"), [(b"123", number(123)), (b"1x", NOT_FOUND)])
def test_the_size_of_a_request_is_the_one_it_declares(stream: Any, read: Any, length: bytes, size: Any) -> None:
    stream.stream.maps[MapType.HTTP_REQUEST_HEADERS].add(b"content-length", length)

    assert read("request.size") == size


@pytest.mark.parametrize(
    ("code", "headers", "trailers", "status"),
    [
        (None, [], [], NOT_FOUND),
        (200, [(b"grpc-status", b"5")], [], number(5)),
        (200, [(b"grpc-status", b"5")], [(b"grpc-status", b"0")], number(0)),
        (503, [], [], number(14)),
        (200, [], [], number(2)),
        (200, [(b"grpc-status", b"x")], [], number(-1)),
    ],
)
def test_the_grpc_status_comes_from_trailers_headers_or_code(
    stream: Any, read: Any, code: int | None, headers: Any, trailers: Any, status: Any
) -> None:
    stream.stream_control.info.response_code = code
    stream.stream.maps[MapType.HTTP_RESPONSE_HEADERS] = HeaderMap(headers)
    stream.stream.maps[MapType.HTTP_RESPONSE_TRAILERS] = HeaderMap(trailers)

    assert read("response.grpc_status") == status


def test_a_tls_connection_shows_its_certificates(stream: Any, read: Any) -> None:
    stream.stream_control.info.tls = TlsInfo("TLSv1.3", "sni", mtls=True, subject_peer_certificate="CN=me")

    assert read("connection.tls_version") == b"TLSv1.3"
    assert read("connection.mtls") == b"\1"
    assert read("connection.peer_certificate_valid") == b"\0"
    assert read("connection.requested_server_name") == b"sni"
    assert read("connection.subject_peer_certificate") == b"CN=me"
    assert read("connection.uri_san_peer_certificate") == NOT_FOUND


def test_an_upstream_that_was_chosen_has_a_locality_and_no_metadata(stream: Any, read: Any) -> None:
    stream.stream_control.info.upstream_address = "10.0.0.3:8080"

    assert read("upstream.address") == b"10.0.0.3:8080"
    assert read("upstream.locality") == b""
    assert read("upstream.transport_failure_reason") == b""
    assert read("xds.upstream_host_metadata") == SERIALIZATION_FAILURE


def test_metadata_can_be_walked_and_read_whole(stream: Any, read: Any) -> None:
    metadata = {"my.filter": {"n": 3, "b": True, "s": "text", "none": None, "list": ["a", 1]}}
    stream.stream_control.info.metadata = metadata
    path = b"metadata\0filter_metadata\0my.filter"

    def walk(*more: bytes) -> Any:
        return stream.call("proxy_get_property", b"\0".join((path, *more)))

    assert read("metadata") == encode_metadata(metadata)
    assert walk(b"n") == struct.pack("<d", 3.0)
    assert walk(b"b") == b"\1"
    assert walk(b"s") == b"text"
    assert walk(b"none") == SERIALIZATION_FAILURE
    assert walk(b"list", b"1") == struct.pack("<d", 1.0)
    assert walk(b"list", b"2") == NOT_FOUND
    assert walk(b"list", b"x") == NOT_FOUND
    assert decode_pairs(walk(b"list")) == [(b"a", b""), (struct.pack("<d", 1.0), b"")]
    assert walk(b"s", b"deeper") == NOT_FOUND
    assert walk() == SERIALIZATION_FAILURE, "a member of it is null"


def test_the_node_is_a_message_with_fields(stream: Any, read: Any) -> None:
    node = {"id": "me", "cluster": "us", "metadata": {"a": "b"}, "locality": {"zone": "z"}}
    stream.services.node = node

    assert read("xds.node") == encode_node(node)
    assert read("xds.node.locality.zone") == b"z"
    assert read("xds.node.metadata.a") == b"b"
    assert decode_pairs(read("xds.node.metadata")) == [(b"a", b"b")]
    assert read("xds.node.nothing") == NOT_FOUND
    assert encode_struct({"a": "b"}) in read("xds.node")


@pytest.mark.parametrize("path", ["request.path", "request", "source.port", "connection_id", "xds.route_name", "metadata"])
def test_without_a_stream_only_the_plugin_and_the_node_are_known(stream: Any, read: Any, path: str) -> None:
    stream.context = stream.root

    assert read(path) == NOT_FOUND
    assert read("plugin_name") == b"my_plugin"
    assert read("xds.node.cluster") == b""


def test_the_names_of_a_request_are_absent_once_its_headers_are_let_go(stream: Any, read: Any) -> None:
    stream.stream.maps[MapType.HTTP_REQUEST_HEADERS] = None

    assert read("request.path") == NOT_FOUND
    assert read("request.headers_bytes") == number(0)
    assert read("request.protocol") == b"HTTP/1.1"


def test_a_guest_reads_back_what_a_guest_has_set(world: Any, read: Any) -> None:
    assert world.call("proxy_set_property", b"my.name", b"value") == Status.OK
    assert world.call("proxy_get_property", b"my.name") == b"value"
    assert world.call("proxy_get_property", b"filter_state\0wasm.my.name") == b"value"
    assert world.call("proxy_set_property", b"my.name", b"") == Status.OK
    assert world.call("proxy_get_property", b"my.name") == b""


def test_a_name_of_the_proxys_own_cannot_be_shadowed(stream: Any, read: Any) -> None:
    assert stream.call("proxy_set_property", b"plugin_name", b"other") == Status.OK
    assert read("plugin_name") == b"my_plugin"


def test_nothing_can_be_set_without_a_stream(world: Any) -> None:
    world.context = world.root

    assert world.call("proxy_set_property", b"name", b"value") == NOT_FOUND
