"""Any host call with any arguments and any allocator: a status that the ABI lists, never an exception, never without end."""

from __future__ import annotations

import sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from hostile import HEAP, MOST_PAGES, PAIRS, PLACES, SIZE, TEXTS, WAYS, Hostile, rows

from proxyabi.abi.signature import Answer, Row
from proxyabi.abi.types import Errno, MapType, Mode
from proxyabi.abi.versions import VERSIONS, AbiVersion
from proxyabi.context.header_map import HeaderMap
from pywasm_vm.native.core import missing

ENGINES = ("python", *(() if missing() else ("native",)), "null")

OK, NOT_FOUND, BAD_ARGUMENT, SERIALIZATION, PARSE, MEMORY, EMPTY, CAS, INTERNAL, UNIMPLEMENTED = 0, 1, 2, 3, 4, 6, 7, 8, 10, 12

STATUSES = {
    "proxy_log": {BAD_ARGUMENT},
    "proxy_get_property": {NOT_FOUND, SERIALIZATION, INTERNAL},
    "proxy_set_property": {NOT_FOUND, BAD_ARGUMENT},
    "proxy_get_buffer_bytes": {NOT_FOUND, BAD_ARGUMENT},
    "proxy_get_buffer_status": {NOT_FOUND, BAD_ARGUMENT},
    "proxy_set_buffer_bytes": {NOT_FOUND, BAD_ARGUMENT},
    "proxy_get_header_map_value": {NOT_FOUND, BAD_ARGUMENT},
    "proxy_add_header_map_value": {BAD_ARGUMENT},
    "proxy_replace_header_map_value": {BAD_ARGUMENT},
    "proxy_remove_header_map_value": {BAD_ARGUMENT},
    "proxy_get_header_map_pairs": {BAD_ARGUMENT},
    "proxy_set_header_map_pairs": {BAD_ARGUMENT},
    "proxy_get_header_map_size": {BAD_ARGUMENT},
    "proxy_continue_stream": {BAD_ARGUMENT, UNIMPLEMENTED},
    "proxy_close_stream": {BAD_ARGUMENT},
    "proxy_http_call": {BAD_ARGUMENT, INTERNAL},
    "proxy_grpc_call": {PARSE, BAD_ARGUMENT, INTERNAL},
    "proxy_grpc_stream": {PARSE, BAD_ARGUMENT, INTERNAL},
    "proxy_grpc_send": {BAD_ARGUMENT, NOT_FOUND},
    "proxy_grpc_cancel": {BAD_ARGUMENT, NOT_FOUND},
    "proxy_grpc_close": {BAD_ARGUMENT, NOT_FOUND},
    "proxy_get_shared_data": {NOT_FOUND},
    "proxy_set_shared_data": {CAS},
    "proxy_resolve_shared_queue": {NOT_FOUND},
    "proxy_enqueue_shared_queue": {NOT_FOUND},
    "proxy_dequeue_shared_queue": {NOT_FOUND, EMPTY},
    "proxy_define_metric": {BAD_ARGUMENT},
    "proxy_increment_metric": {NOT_FOUND, BAD_ARGUMENT},
    "proxy_record_metric": {NOT_FOUND},
    "proxy_get_metric": {NOT_FOUND, BAD_ARGUMENT},
    "proxy_set_effective_context": {BAD_ARGUMENT},
    "proxy_done": {NOT_FOUND},
    "proxy_call_foreign_function": {NOT_FOUND, BAD_ARGUMENT, SERIALIZATION},
}
"""What each function may answer beside OK and, when it takes an address, INVALID_MEMORY_ACCESS. Those left out: nothing more.

abi: 6.3
"""

LONGEST = 2.0
"""Seconds of processor time for one call, of which all but thousandths are patience with the machine."""

SIZES = [0, 1, 3, 4, 8, 1 << 20, 1 << 30, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, *map(len, TEXTS)]
ADDRESSES = [0, 1, 8, HEAP, SIZE - 8, SIZE - 4, SIZE - 1, SIZE, SIZE + 1, 1 << 31, (1 << 32) - 8, (1 << 32) - 1, *PLACES]
NUMBERS = st.sampled_from([*range(10), 17, 255, *SIZES, *ADDRESSES]) | st.integers(0, (1 << 32) - 1)
LONG = st.sampled_from([0, 1, 1 << 63, (1 << 64) - 1, (1 << 63) - 1]) | st.integers(0, (1 << 64) - 1)
TEXT = st.sampled_from([*zip(PLACES, map(len, TEXTS), strict=True)]) | st.tuples(
    st.sampled_from(ADDRESSES) | NUMBERS, st.sampled_from(SIZES) | NUMBERS
)
SLOT = st.sampled_from([16, 20, 24]) | st.sampled_from(ADDRESSES) | NUMBERS


@st.composite
def arguments(draw: st.DrawFn, row: Row) -> list[int]:
    """Arguments for *row*: sensible ones, those at the edge of something, and any others."""
    args: list[int] = []
    for param in row.params:
        types = param.kind.params
        args += draw(TEXT) if len(types) == 2 else [draw(LONG if types == ("i64",) else NUMBERS)]
    while len(args) < len(row.wasm_params):
        args.append(draw(SLOT))
    return args


def allowed(row: Row, answer: int | None, *, of_a_plugin: bool = True) -> bool:
    """Whether *row* may answer that. The context of the VM has no plugin, and what needs one fails there."""
    if not of_a_plugin and answer == INTERNAL:
        return True
    if row.answer is Answer.ERRNO:
        return answer in set(Errno)
    if row.answer is Answer.NOTHING:
        return answer is None
    if row.answer is Answer.VALUE:
        return answer in (0, 1)
    takes_addresses = any(len(param.kind.params) == 2 for param in row.params) or bool(row.results)
    return answer in {OK, *STATUSES.get(row.name, ()), *([MEMORY] if takes_addresses else [])}


def reads_outside(row: Row, args: list[int], size: int) -> bool:
    """Whether an input of the call lies outside the memory."""
    index = 0
    for param in row.params:
        if param.kind.name in ("bytes", "pairs") and args[index] + args[index + 1] > size:
            return True
        index += len(param.kind.params)
    return False


@pytest.mark.parametrize("engine", ENGINES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_whatever_a_guest_asks_has_an_answer_that_the_abi_lists(engine: str, data: st.DataObject) -> None:
    version = data.draw(st.sampled_from(VERSIONS))
    guest = Hostile(engine, version)
    way = data.draw(st.sampled_from(WAYS))
    number = data.draw(st.integers(0, len(rows(version)) - 1) if way == "calls" else st.sampled_from(ADDRESSES))
    guest.allocate_by(way, number)
    for _ in range(data.draw(st.integers(1, 24))):
        index = data.draw(st.integers(0, len(rows(version)) - 1))
        row = rows(version)[index]
        args = data.draw(arguments(row))
        context = data.draw(st.sampled_from([guest.stream, guest.stream, guest.root, guest.vm.vm_context]))
        guest.open_windows()
        guest.stream.in_log_phase = data.draw(st.booleans())
        size = guest.vm.vm.memory_size()
        begun = process_time()
        answer = guest.call(index, *args, context=context)
        assert process_time() - begun < LONGEST
        if guest.vm.failure is not None:
            assert way in ("traps", "calls", "recurses"), guest.vm.failure
            break
        assert allowed(row, answer, of_a_plugin=context.id > 0), (row.name, args, answer)
        assert row.answer is not Answer.STATUS or not reads_outside(row, args, size) or answer != OK, (row.name, args)
    assert not any("mistake" in line for line in guest.lines), guest.lines
    assert guest.vm.vm.memory_size() <= MOST_PAGES << 16
    guest.end()
    guest.host.close()
    assert guest.host.contexts_left == 0


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("outside", [SIZE, SIZE - 3, 1 << 31, (1 << 32) - 1])
def test_each_address_of_each_function_may_be_wild(engine: str, outside: int) -> None:
    for version in VERSIONS:
        guest = Hostile(engine, version)
        for number, row in enumerate(rows(version)):
            addresses = [index for index, wasm_type in enumerate(row.wasm_params) if wasm_type == "i32"]
            for wild in addresses:
                guest.open_windows()
                args = [outside if index == wild else 8 for index in range(len(row.wasm_params))]
                answer = guest.call(number, *args)
                assert allowed(row, answer), (row.name, args, answer)
                if row.answer is Answer.STATUS and reads_outside(row, args, SIZE):
                    assert answer != OK, (row.name, args)
        assert guest.vm.failure is None
        assert not any("mistake" in line for line in guest.lines), guest.lines


# One thing that guests may do to a host each.


@pytest.fixture(params=ENGINES)
def guest(request: pytest.FixtureRequest) -> Hostile:
    hostile = Hostile(request.param, VERSIONS[-1])
    hostile.open_windows()
    return hostile


def text(content: bytes) -> tuple[int, int]:
    """Where *content* stands in the guest's memory, and its size."""
    return PLACES[TEXTS.index(content)], len(content)


GARBLED = [content for content in TEXTS if content not in (PAIRS, b"compress")]
X_ID, BAD_MAP = text(b"x-id"), 99


@pytest.mark.parametrize("content", GARBLED)
def test_a_map_that_is_none_counts_as_an_empty_one(guest: Hostile, content: bytes) -> None:
    assert guest.named("proxy_set_header_map_pairs", 0, *text(content)) == OK
    assert guest.stream.maps[0].pairs() == []
    call = guest.named("proxy_http_call", *text(b"web_service"), *text(content), 0, 0, *text(content), 1000, 16)
    assert call == BAD_ARGUMENT, "the headers that every call needs are missing"
    assert guest.named("proxy_send_local_response", 403, 0, 0, 0, 0, *text(content), 0) == OK


def test_ids_of_queues_and_metrics_that_nobody_has_made(guest: Hostile) -> None:
    for wild in (0, 1, 4, 5, 6, 1 << 31, (1 << 32) - 4):
        assert guest.named("proxy_enqueue_shared_queue", wild, *X_ID) == NOT_FOUND
        assert guest.named("proxy_dequeue_shared_queue", wild, 16, 20) == NOT_FOUND
        assert guest.named("proxy_record_metric", wild, 1) == NOT_FOUND
        assert guest.named("proxy_increment_metric", wild, 1) in (NOT_FOUND, BAD_ARGUMENT)
        assert guest.named("proxy_get_metric", wild, 16) in (NOT_FOUND, BAD_ARGUMENT)
        assert guest.named("proxy_grpc_send", wild, *X_ID, 0) in (NOT_FOUND, BAD_ARGUMENT)
        assert guest.named("proxy_grpc_close", wild) in (NOT_FOUND, BAD_ARGUMENT)


def test_contexts_that_have_ended_and_that_never_were(guest: Hostile) -> None:
    for wild in (guest.dead, 0x7FFFFFFF, (1 << 32) - 1):
        assert guest.named("proxy_set_effective_context", wild) == BAD_ARGUMENT
    assert guest.named("proxy_set_effective_context", guest.stream.id) == OK


@pytest.mark.parametrize("number", [0, SIZE - 1, SIZE, (1 << 32) - 16])
def test_an_allocator_that_gives_nothing_or_an_address_outside(guest: Hostile, number: int) -> None:
    guest.allocate_by("gives", number)
    for name, args in (
        ("proxy_get_header_map_pairs", (0, 16, 20)),
        ("proxy_get_buffer_bytes", (0, 0, 100, 16, 20)),
        ("proxy_get_property", (*text(b"filter_state\0huge"), 16, 20)),
    ):
        assert guest.named(name, *args) == MEMORY
    assert guest.vm.failure is None


def test_an_allocator_that_gives_the_place_where_the_results_go(guest: Hostile) -> None:
    guest.allocate_by("gives", 16)
    assert guest.named("proxy_get_header_map_value", 0, *X_ID, 16, 20) == OK
    assert guest.vm.vm.get_memory(16, 8) == b"\x10\0\0\0\1\0\0\0", "the address and the size are written last"


def test_an_allocator_that_traps(guest: Hostile) -> None:
    guest.allocate_by("traps")
    assert guest.named("proxy_get_header_map_value", 0, *X_ID, 16, 20) == MEMORY
    assert guest.vm.failure is not None


def test_an_allocator_without_end(guest: Hostile) -> None:
    guest.allocate_by("recurses")
    guest.named("proxy_get_header_map_value", 0, *X_ID, 16, 20)
    assert "stack" in (guest.vm.failure or "")


def test_an_allocator_that_moves_the_memory(guest: Hostile) -> None:
    guest.allocate_by("grows")
    assert guest.named("proxy_get_header_map_value", 0, *X_ID, 16, 20) == OK
    assert guest.vm.vm.memory_size() == SIZE + (1 << 16)
    pointer, size = (int.from_bytes(guest.vm.vm.get_memory(slot, 4), "little") for slot in (16, 20))
    assert guest.vm.vm.get_memory(pointer, size) == b"1"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_an_allocator_that_calls_any_host_function(engine: str, version: AbiVersion) -> None:
    guest = Hostile(engine, version)
    for number, row in enumerate(rows(version)):
        guest.open_windows()
        guest.allocate_by("calls", number)
        guest.named("proxy_get_header_map_value", 0, *X_ID, 16, 20)
        if row.allowed < Mode.ALLOCATING:
            assert f"restricted_callback: {row.name} must not be called" in (guest.vm.failure or ""), row.name
            guest.vm.failure = None
        else:
            assert guest.vm.failure is None, row.name


def test_a_million_headers_are_not_written_where_there_is_no_room(guest: Hostile) -> None:
    guest.stream.maps[0] = HeaderMap((b"x-%d" % number, b"1") for number in range(1_000_000))
    begun = process_time()
    assert guest.named("proxy_get_header_map_pairs", 0, 16, 20) == MEMORY
    assert guest.named("proxy_get_header_map_size", 0, 16) == OK
    assert guest.named("proxy_replace_header_map_value", 0, *X_ID, *X_ID) == OK
    assert guest.named("proxy_remove_header_map_value", 0, *X_ID) == OK
    assert process_time() - begun < 10
    assert len(guest.stream.maps[0]) == 1_000_000


def test_a_property_of_a_gibibyte(guest: Hostile) -> None:
    guest.stream.stream_info.filter_state[b"huge"] = bytes(1 << 30)
    before = getrusage(RUSAGE_SELF).ru_maxrss
    assert guest.named("proxy_get_property", *text(b"filter_state\0huge"), 16, 20) == MEMORY
    for size in (1 << 30, 1 << 31, (1 << 32) - 1):
        assert guest.named("proxy_get_property", 8, size, 16, 20) == MEMORY
        assert guest.named("proxy_set_property", *X_ID, 8, size) == MEMORY
        assert guest.named("proxy_set_shared_data", *X_ID, 8, size, 0) == MEMORY
        assert guest.named("proxy_set_buffer_bytes", 0, 0, 0, 8, size) == MEMORY
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 100 << 10, "nobody has copied it (KiB)"


def test_maps_and_buffers_beyond_the_last_one(guest: Hostile) -> None:
    for wild in (len(MapType), BAD_MAP, (1 << 32) - 1):
        assert guest.named("proxy_get_header_map_pairs", wild, 16, 20) == BAD_ARGUMENT
        assert guest.named("proxy_set_header_map_pairs", wild, *text(PAIRS)) == BAD_ARGUMENT
    for wild in (9, BAD_MAP, (1 << 32) - 1):
        assert guest.named("proxy_get_buffer_bytes", wild, 0, 10, 16, 20) == BAD_ARGUMENT
        assert guest.named("proxy_set_buffer_bytes", wild, 0, 0, *X_ID) == BAD_ARGUMENT
