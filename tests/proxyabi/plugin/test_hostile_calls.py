"""Any host call with any arguments and any allocator: a status that the ABI lists, never an exception, never without end."""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from hostile import HEAP, MOST_PAGES, PLACES, SIZE, TEXTS, WAYS, Hostile, rows

from proxyabi.abi.signature import Answer, Row
from proxyabi.abi.types import Errno
from proxyabi.abi.versions import VERSIONS
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


def allowed(row: Row, answer: int | None) -> bool:
    """Whether *row* may answer that."""
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
        assert allowed(row, answer), (row, args, answer)
        assert row.answer is not Answer.STATUS or not reads_outside(row, args, size) or answer != OK, (row, args)
    assert not any("mistake" in line for line in guest.lines), guest.lines
    assert guest.vm.vm.memory_size() <= MOST_PAGES << 16
    guest.end()
    guest.host.close()
    assert guest.host.contexts_left == 0


EVERY = [(version, number) for version in VERSIONS for number in range(len(rows(version)))]


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
                assert allowed(row, answer), (row, args, answer)
                if row.answer is Answer.STATUS and reads_outside(row, args, SIZE):
                    assert answer != OK, (row, args)
        assert guest.vm.failure is None
        assert not any("mistake" in line for line in guest.lines), guest.lines
