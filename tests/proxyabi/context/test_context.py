"""What a guest can see and ask for, by the context it works in."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest

from proxyabi.abi.types import BufferType, LogLevel, MapType, Status, StreamType
from proxyabi.config import PluginConfig
from proxyabi.context.buffer import Buffer
from proxyabi.context.calls import CallAnswer
from proxyabi.context.context import Context, HttpContext, LocalReply, PluginContext
from proxyabi.context.header_map import HeaderMap
from proxyabi.context.stream_info import StreamInfo
from proxyabi.errors import Fail
from proxyabi.services.log import Log
from proxyabi.services.services import Services


class Vm:
    """As much of a VM as contexts need."""

    vm_id = "my_vm"
    vm_configuration = b"vm"
    stop_next = False
    callback = "proxy_on_request_headers"

    def __init__(self) -> None:
        self.services = Services(log=Log(LogLevel.WARN, sink=lambda line: None))
        self.put_off: deque[Any] = deque()
        self.timers: list[tuple[int, float]] = []
        self.lines: list[str] = []

    def defer(self, action: Any) -> None:
        self.put_off.append(action)

    def log(self, level: int, prefix: str, message: str) -> None:
        self.lines.append(f"{prefix}: {message}")

    def arm_timer(self, root: PluginContext, seconds: float) -> None:
        self.timers.append((root.id, seconds))


class Stream:
    """A stream that remembers what was asked of it."""

    def __init__(self) -> None:
        self.info = StreamInfo()
        self.properties: dict[bytes, bytes] = {}
        self.asked: list[Any] = []
        self.held: list[Buffer | None] = [None, None]

    def held_body(self, direction: int) -> Buffer | None:
        return self.held[direction]

    def add_trailers(self, direction: int) -> HeaderMap:
        self.asked.append(("add_trailers", direction))
        return HeaderMap()

    def resume(self, direction: int) -> None:
        self.asked.append(("resume", direction))

    def reply(self, reply: LocalReply) -> None:
        self.asked.append(reply)

    def close(self) -> None:
        self.asked.append("close")


@pytest.fixture
def vm() -> Any:
    return Vm()


@pytest.fixture
def root(vm: Any) -> PluginContext:
    config = PluginConfig(b"", name="my_plugin", root_id="my_root", vm_id="my_vm", configuration=b"plugin")
    return PluginContext(1, vm, config, 0)


@pytest.fixture
def stream() -> Stream:
    return Stream()


@pytest.fixture
def http(root: PluginContext, stream: Stream) -> HttpContext:
    return HttpContext(2, root, stream)


def test_log_lines_say_who_speaks(vm, root, http):
    for context in (Context(0, vm), root, http):
        context.log(2, "x")

    assert vm.lines == [" my_vm: x", " my_root my_vm: x", " my_plugin my_root my_vm: x"]


def test_the_context_of_the_vm_has_no_plugin(vm):
    with pytest.raises(Fail) as caught:
        _ = Context(0, vm).root

    assert caught.value.status == Status.INTERNAL_FAILURE


@pytest.mark.parametrize("buffer_type", list(BufferType))
def test_buffers_of_the_vm_and_of_a_plugin_outside_its_windows(vm, root, http, buffer_type):
    """abi 11.4: bodies and gRPC messages are empty rather than absent."""
    expected = {BufferType.VM_CONFIGURATION: b"vm"} | dict.fromkeys(
        [BufferType.HTTP_CALL_RESPONSE_BODY, BufferType.PLUGIN_CONFIGURATION]
    )
    for context in (Context(0, vm), root, http):
        buffer = context.buffer(buffer_type)
        assert (None if buffer is None else bytes(buffer)) == expected.get(buffer_type, b"")
        assert not context.buffer_is_writable(buffer_type)


def test_a_plugin_reads_its_configuration_while_that_is_open(root):
    root.configuration_is_open = True

    assert bytes(root.buffer(BufferType.PLUGIN_CONFIGURATION)) == b"plugin"


def test_the_answer_to_a_call_is_read_by_the_plugin_and_its_streams(root, http):
    root.answer = CallAnswer(HeaderMap([(b":status", b"200")]), Buffer(b"text"), HeaderMap([(b"t", b"1")]))

    for context in (root, http):
        assert context.header_map(MapType.HTTP_CALL_RESPONSE_HEADERS) == HeaderMap([(b":status", b"200")])
        assert context.header_map(MapType.HTTP_CALL_RESPONSE_TRAILERS) == HeaderMap([(b"t", b"1")])
        assert context.header_map(MapType.GRPC_CALL_INITIAL_METADATA) is None
        assert bytes(context.buffer(BufferType.HTTP_CALL_RESPONSE_BODY)) == b"text"
        assert context.mutable_header_map(MapType.HTTP_CALL_RESPONSE_HEADERS) is None


@pytest.mark.parametrize("map_type", [MapType(number) for number in range(4)])
def test_maps_of_a_stream_are_there_when_they_were_opened(http, map_type):
    assert http.header_map(map_type) is None
    headers = http.maps[map_type] = HeaderMap()

    assert http.header_map(map_type) is headers
    assert http.mutable_header_map(map_type) is headers


def test_at_log_time_a_stream_reads_what_is_left_of_it(http, stream):
    http.in_log_phase = True
    stream.info.request_headers = HeaderMap([(b"a", b"1")])
    stream.info.request_trailers = HeaderMap([(b"b", b"2")])
    stream.info.response_trailers = HeaderMap([(b"c", b"3")])

    assert http.header_map(MapType.HTTP_REQUEST_HEADERS) == HeaderMap([(b"a", b"1")])
    assert http.header_map(MapType.HTTP_REQUEST_TRAILERS) is None
    assert http.header_map(MapType.HTTP_RESPONSE_HEADERS) is None
    assert http.header_map(MapType.HTTP_RESPONSE_TRAILERS) == HeaderMap([(b"c", b"3")])


@pytest.mark.parametrize(("direction", "map_type"), [(0, MapType.HTTP_REQUEST_TRAILERS), (1, MapType.HTTP_RESPONSE_TRAILERS)])
def test_trailers_come_into_being_with_the_last_piece_of_a_body(http, stream, direction, map_type):
    http.bodies[direction] = Buffer(b"x")
    assert http.mutable_header_map(map_type) is None

    http.end_of_stream = True

    trailers = http.mutable_header_map(map_type)
    assert trailers is not None
    assert http.mutable_header_map(map_type) is trailers
    assert stream.asked == [("add_trailers", direction)]


def test_reading_trailers_does_not_make_them(http, stream):
    http.bodies[0] = Buffer(b"x")
    http.end_of_stream = True

    assert http.header_map(MapType.HTTP_REQUEST_TRAILERS) is None
    assert stream.asked == []


def test_a_body_is_the_piece_that_passes_or_all_that_waits(http, stream):
    stream.held[0] = Buffer(b"all of it")
    http.bodies[0] = Buffer(b"piece")
    assert bytes(http.buffer(BufferType.HTTP_REQUEST_BODY)) == b"piece"
    assert http.buffer_is_writable(BufferType.HTTP_REQUEST_BODY)

    http.buffering[0] = True

    assert bytes(http.buffer(BufferType.HTTP_REQUEST_BODY)) == b"all of it"
    assert bytes(http.buffer(BufferType.HTTP_RESPONSE_BODY)) == b""


@pytest.mark.parametrize("stream_type", [StreamType.HTTP_REQUEST, StreamType.HTTP_RESPONSE])
def test_continue_waits_and_closes_the_windows_of_the_request_at_once(vm, http, stream, stream_type):
    http.maps = [HeaderMap(), HeaderMap(), HeaderMap(), HeaderMap()]
    http.bodies = [Buffer(b"a"), Buffer(b"b")]

    http.continue_stream(stream_type)

    assert [headers is None for headers in http.maps] == [True, True, False, False]
    assert [body is None for body in http.bodies] == [True, False]
    assert stream.asked == []
    vm.put_off.popleft()()
    assert stream.asked == [("resume", int(stream_type))]


def test_what_is_no_http_direction_is_not_continued_or_closed(vm, http):
    http.continue_stream(StreamType.DOWNSTREAM)
    http.close_stream(StreamType.DOWNSTREAM)

    assert not vm.put_off


def test_close_waits(vm, http, stream):
    http.close_stream(StreamType.HTTP_RESPONSE)

    assert stream.asked == []
    vm.put_off.popleft()()
    assert stream.asked == ["close"]


def test_a_local_response_waits_and_makes_the_result_of_the_callback_void(vm, http, stream):
    http.send_local_response(403, "denied", b"no", HeaderMap([(b"a", b"b")]), 7)

    assert vm.stop_next
    assert stream.asked == []
    vm.put_off.popleft()()
    assert stream.asked == [LocalReply(403, b"no", HeaderMap([(b"a", b"b")]), 7, "denied")]


def test_a_local_response_of_a_plugin_answers_nobody(vm, root):
    root.send_local_response(403, "", b"no", HeaderMap(), None)

    assert vm.stop_next
    assert not vm.put_off


def test_a_timer_is_armed_in_seconds(vm, root):
    root.set_tick_period(250)
    root.set_tick_period(0)

    assert vm.timers == [(1, 0.25), (1, 0.0)]


def test_what_a_stream_has_no_part_in_is_ignored_elsewhere(vm, root):
    for context in (Context(0, vm), root):
        context.continue_stream(StreamType.HTTP_REQUEST)
        context.close_stream(StreamType.HTTP_REQUEST)
        context.clear_route_cache()
        context.note_headers_changed(MapType.HTTP_REQUEST_HEADERS)
        assert context.header_map(MapType.HTTP_REQUEST_HEADERS) is None
        assert context.mutable_header_map(MapType.HTTP_REQUEST_HEADERS) is None

    assert not vm.put_off
