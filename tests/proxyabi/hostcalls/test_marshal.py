"""The border between Wasm integers and Python values."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.abi.types import BufferType, Errno, LogLevel, MapType, Mode, Status
from proxyabi.abi.versions import VERSIONS, surface
from proxyabi.context.header_map import HeaderMap
from proxyabi.hostcalls.marshal import bind

REQUEST = MapType.HTTP_REQUEST_HEADERS
SIZE, INPUTS, RESULTS, HEAP = 1 << 16, 0x100, 0x8000, 0x9000
WILD = 0xFFFF_FFF0


@pytest.fixture
def world(world: Any) -> Any:
    world.stream.maps[REQUEST] = HeaderMap([(b":path", b"/"), (b"x-id", b"42"), (b"x-empty", b"")])
    return world


def test_a_value_comes_in_a_block_of_exactly_its_size(world: Any) -> None:
    assert world.call("proxy_get_header_map_value", REQUEST, b"x-id") == b"42"
    assert world.guest.asked == [2]
    assert world.word(RESULTS) == HEAP
    assert world.word(RESULTS + 8) == 2


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("proxy_get_header_map_value", (REQUEST, b"x-empty")),
        ("proxy_get_header_map_pairs", (MapType.HTTP_RESPONSE_HEADERS,)),
        ("proxy_get_buffer_bytes", (BufferType.HTTP_REQUEST_BODY, 0, 100)),
    ],
)
def test_an_empty_result_is_address_0_and_length_0_and_allocates_nothing(world: Any, name: str, inputs: tuple[Any, ...]) -> None:
    assert world.call(name, *inputs) == b""
    assert world.guest.asked == []
    assert (world.word(RESULTS), world.word(RESULTS + 8)) == (0, 0)


@pytest.mark.parametrize(
    ("name", "args", "status"),
    [
        ("proxy_log", (6, WILD, 4), Status.BAD_ARGUMENT),
        ("proxy_get_header_map_value", (8, WILD, 4, WILD, WILD), Status.BAD_ARGUMENT),
        ("proxy_get_buffer_bytes", (9, 0, 1, WILD, WILD), Status.BAD_ARGUMENT),
        ("proxy_continue_stream", (4,), Status.BAD_ARGUMENT),
        ("proxy_close_stream", (4,), Status.BAD_ARGUMENT),
        ("proxy_define_metric", (3, WILD, 4, RESULTS), Status.INVALID_MEMORY_ACCESS),
        ("proxy_define_metric", (3, INPUTS, 4, RESULTS), Status.BAD_ARGUMENT),
        ("proxy_set_buffer_bytes", (BufferType.PLUGIN_CONFIGURATION, 0, 0, WILD, 4), Status.NOT_FOUND),
        ("proxy_set_buffer_bytes", (BufferType.VM_CONFIGURATION, 0, 0, WILD, 4), Status.INVALID_MEMORY_ACCESS),
    ],
)
def test_checks_have_their_order(world: Any, name: str, args: tuple[int, ...], status: Status) -> None:
    """Enumerations before memory, but for metrics; presence of a buffer before the bytes to put into it."""
    assert world.raw(name, *args) == status


@pytest.mark.parametrize(
    ("pointer", "size", "status"),
    [
        (0, 0, Status.NOT_FOUND),
        (SIZE, 0, Status.NOT_FOUND),
        (SIZE + 1, 0, Status.INVALID_MEMORY_ACCESS),
        (0xFFFF_FFFF, 0, Status.INVALID_MEMORY_ACCESS),
        (SIZE - 1, 1, Status.NOT_FOUND),
        (SIZE - 1, 2, Status.INVALID_MEMORY_ACCESS),
        (1, 0xFFFF_FFFF, Status.INVALID_MEMORY_ACCESS),
    ],
)
def test_an_input_has_to_lie_in_memory_even_when_it_is_empty(world: Any, pointer: int, size: int, status: Status) -> None:
    assert world.raw("proxy_get_header_map_value", REQUEST, pointer, size, RESULTS, RESULTS + 8) == status


@pytest.mark.parametrize("slots", [(WILD, RESULTS), (RESULTS, WILD), (SIZE - 3, RESULTS), (RESULTS, SIZE - 3)])
def test_a_wrong_address_for_a_result_is_an_invalid_memory_access(world: Any, slots: tuple[int, int]) -> None:
    world.guest.write(INPUTS, b"x-id")

    assert world.raw("proxy_get_header_map_value", REQUEST, INPUTS, 4, *slots) == Status.INVALID_MEMORY_ACCESS


def test_address_0_is_an_address_like_any_other(world: Any) -> None:
    assert world.raw("proxy_get_buffer_status", BufferType.VM_CONFIGURATION, 0, 4) == Status.OK
    assert (world.word(0), world.word(4)) == (len(b"VM CONFIG"), 0)


def test_results_are_checked_after_the_work(world: Any) -> None:
    """So a wrong address loses what was dequeued."""
    queue_id = world.call("proxy_register_shared_queue", b"jobs")
    world.call("proxy_enqueue_shared_queue", queue_id, b"job")

    assert world.raw("proxy_dequeue_shared_queue", queue_id, WILD, WILD) == Status.INVALID_MEMORY_ACCESS
    assert world.call("proxy_dequeue_shared_queue", queue_id) == Status.EMPTY


def test_an_allocator_that_gives_nothing_is_an_invalid_memory_access(world: Any) -> None:
    world.guest.exhausted = True

    assert world.call("proxy_get_header_map_value", REQUEST, b"x-id") == Status.INVALID_MEMORY_ACCESS


def test_a_guest_that_starts_or_allocates_may_call_little(world: Any) -> None:
    allowed = {mode: {row for row in surface(VERSIONS[-1]).hostcalls.values() if row.allowed >= mode} for mode in Mode}
    names = {mode: {row.name for row in rows} for mode, rows in allowed.items()}

    assert names[Mode.ALLOCATING] == {"proxy_log", "fd_write", "clock_time_get", "poll_oneoff"}
    assert {row.name for row in allowed[Mode.STARTING] if row.module == "env"} == {
        "proxy_log",
        "emscripten_notify_memory_growth",
    }
    assert names[Mode.RUNNING] - names[Mode.STARTING] >= {
        "pthread_equal",
        "fd_read",
        "fd_seek",
        "fd_close",
        "path_open",
        "sched_yield",
        "proc_exit",
    }
    wasi = {row.name for row in surface(VERSIONS[-1]).hostcalls.values() if row.module != "env"}
    assert len(wasi - {row.name for row in allowed[Mode.STARTING]}) == 6


@pytest.mark.parametrize("mode", [Mode.STARTING, Mode.ALLOCATING])
def test_a_forbidden_call_traps_before_anything_is_looked_at(world: Any, mode: Mode) -> None:
    world.guest.mode = mode

    with pytest.raises(Exception, match="proxy_get_header_map_value") as caught:
        world.raw("proxy_get_header_map_value", 99, WILD, 1, WILD, WILD)
    assert type(caught.value).__name__ == "RestrictedError"


def test_a_mistake_of_the_host_is_an_internal_failure_and_tells_the_log(world: Any) -> None:
    world.vm.metrics = None

    assert world.call("proxy_define_metric", 0, b"requests") == Status.INTERNAL_FAILURE
    assert "proxy_define_metric" in world.lines[-1]
    assert "AttributeError" in world.lines[-1]


@pytest.mark.parametrize(
    "blob",
    [b"\x01", b"\x01\0\0\0", b"\xff\xff\xff\xff", b"\x01\0\0\0\x01\0\0\0\x01\0\0\0aXbX", b"\0\0\0\0more"],
)
def test_a_map_that_cannot_be_read_counts_as_empty(world: Any, blob: bytes) -> None:
    assert world.call("proxy_set_header_map_pairs", REQUEST, blob) == Status.OK
    assert len(world.stream.maps[REQUEST]) == 0


def test_a_call_of_version_0_1_0_gets_the_arguments_that_its_row_fixes(world: Any) -> None:
    world.vm.deferred.clear()
    assert world.call("proxy_continue_response", version=0) == Status.OK
    world.run_deferred()

    assert world.stream_control.asked == [("resume", 1)]


def test_a_missing_header_is_empty_in_0_1_0_and_not_found_later(world: Any) -> None:
    assert world.call("proxy_get_header_map_value", REQUEST, b"x-none", version=0) == b""
    assert world.call("proxy_get_header_map_value", REQUEST, b"x-none", version=1) == Status.NOT_FOUND


def test_an_http_call_writes_its_id_first_and_whatever_happens(world: Any) -> None:
    args = world.arguments(world.row("proxy_http_call"), (b"nowhere", b"", b"", b"", 1000))

    assert world.raw("proxy_http_call", *args) == Status.BAD_ARGUMENT
    assert world.word(args[-1]) == 0
    assert world.raw("proxy_http_call", *args[:-1], WILD) == Status.INVALID_MEMORY_ACCESS


def test_an_http_call_with_a_wrong_address_for_its_id_is_not_made(world: Any) -> None:
    pairs = HeaderMap([(b":path", b"/"), (b":method", b"GET"), (b":authority", b"a")])
    from proxyabi.wire.pairs import encode_pairs

    args = world.arguments(world.row("proxy_http_call"), (b"backend", encode_pairs(pairs.pairs()), b"", b"", 1000))

    assert world.raw("proxy_http_call", *args[:-1], WILD) == Status.INVALID_MEMORY_ACCESS
    assert world.vm.commands == []
    assert world.raw("proxy_http_call", *args) == Status.OK
    assert len(world.vm.commands) == 1


class TestTrace:
    """What a trace says of a call."""

    @pytest.fixture(autouse=True)
    def attach(self, world: Any) -> None:
        world.attach_trace()

    def test_a_record_decodes_arguments_and_results_by_name(self, world: Any) -> None:
        world.call("proxy_get_header_map_value", REQUEST, b"x-id")

        (record,) = world.records
        assert record["name"] == "proxy_get_header_map_value"
        assert (record["from"], record["module"], record["context"]) == ("guest", "env", 2)
        assert record["args"] == [0, INPUTS, 4, RESULTS, RESULTS + 8]
        assert record["decoded"] == {"map_id": "HTTP_REQUEST_HEADERS", "key": "x-id", "value": "42"}
        assert (record["result"], record["status"], record["reason"]) == (0, "OK", None)

    def test_maps_are_lists_of_pairs(self, world: Any) -> None:
        world.call("proxy_get_header_map_pairs", REQUEST)

        assert world.records[0]["decoded"]["pairs"] == [[":path", "/"], ["x-id", "42"], ["x-empty", ""]]

    def test_a_garbled_map_says_what_is_wrong_with_it(self, world: Any) -> None:
        world.call("proxy_set_header_map_pairs", REQUEST, b"\x05\0\0\0")

        assert "counts as an empty one" in world.records[0]["decoded"]["pairs"]

    @pytest.mark.parametrize(
        ("name", "args", "status", "words"),
        [
            ("proxy_get_header_map_value", (0, INPUTS, 0, RESULTS, RESULTS), "NOT_FOUND", "HTTP_REQUEST_HEADERS"),
            ("proxy_get_header_map_value", (2, INPUTS, 0, RESULTS, RESULTS), "BAD_ARGUMENT", "proxy_on_response_headers"),
            ("proxy_get_header_map_value", (9, INPUTS, 0, RESULTS, RESULTS), "BAD_ARGUMENT", "map_type"),
            (
                "proxy_get_header_map_value",
                (0, WILD, 7, RESULTS, RESULTS),
                "INVALID_MEMORY_ACCESS",
                "key (7 bytes at 0xfffffff0)",
            ),
            ("proxy_get_current_time_nanoseconds", (WILD,), "INVALID_MEMORY_ACCESS", "time"),
            ("proxy_set_effective_context", (77,), "BAD_ARGUMENT", "77"),
        ],
    )
    def test_a_status_other_than_ok_has_a_reason(
        self, world: Any, name: str, args: tuple[int, ...], status: str, words: str
    ) -> None:
        world.raw(name, *args)

        assert world.records[0]["status"] == status
        assert words in world.records[0]["reason"]

    def test_reasons_and_results_belong_to_one_call_alone(self, world: Any) -> None:
        get = bind(world.row("proxy_get_header_map_value"), world.guest, lambda: world.context, world.trace)
        world.guest.write(INPUTS, b"x-id")
        for size in (3, 4, 3):
            get(REQUEST, INPUTS, size, RESULTS, RESULTS + 8)

        assert [record["reason"] is None for record in world.records] == [False, True, False]
        assert [record["decoded"].get("value") for record in world.records] == [None, "42", None]

    def test_a_trapped_call_has_the_trap_as_its_reason(self, world: Any) -> None:
        world.guest.mode = Mode.STARTING
        with pytest.raises(Exception, match="proxy_done"):
            world.raw("proxy_done")

        assert world.records[0]["result"] is None
        assert world.records[0]["reason"] == "proxy_done"

    def test_wasi_calls_have_the_names_of_errno(self, world: Any) -> None:
        world.raw("fd_write", 7, 0, 0, RESULTS, module="wasi_snapshot_preview1")

        assert world.records[0]["status"] == Errno.BADF.name
        assert "output_fd" in world.records[0]["reason"]

    def test_constant_answers_say_why(self, world: Any) -> None:
        world.guest.write(INPUTS, b"/etc/passwd")
        world.raw("path_open", 3, 0, INPUTS, 11, 0, 0, 0, 0, RESULTS, module="wasi_snapshot_preview1")

        assert world.records[0]["decoded"]["path"] == "/etc/passwd"
        assert world.records[0]["reason"] == "there is no file system"

    def test_a_long_argument_is_cut(self, world: Any) -> None:
        world.call("proxy_log", LogLevel.INFO, b"a" * 5000)

        assert world.records[0]["decoded"]["message"].endswith("… (5000 bytes)")
