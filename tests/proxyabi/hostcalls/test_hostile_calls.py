"""Whatever integers a guest passes, every host function answers with a status, and nothing of the host breaks."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxyabi.abi.signature import Answer, Row
from proxyabi.abi.types import Errno, MapType, Status
from proxyabi.abi.versions import VERSIONS, surface
from proxyabi.context.buffer import Buffer
from proxyabi.context.calls import CallAnswer
from proxyabi.context.header_map import HeaderMap
from proxyabi.hostcalls.marshal import bind
from proxyabi.wire.pairs import encode_pairs

SIZE, INPUTS, RESULTS, HEAP = 1 << 16, 0x100, 0x8000, 0x9000
TEXTS = [b"x-id", b"compress", b"request\0headers", b"metadata\0filter_metadata", encode_pairs([(b":path", b"/"), (b"a", b"b")])]
PLACES = [INPUTS + 0x100 * number for number in range(len(TEXTS))]

EDGES = [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    17,
    SIZE - 1,
    SIZE,
    SIZE + 1,
    RESULTS,
    HEAP,
    1 << 31,
    (1 << 31) - 1,
    (1 << 32) - 1,
    *PLACES,
]
EDGES += [len(text) for text in TEXTS]
I32 = st.sampled_from(EDGES) | st.integers(0, (1 << 32) - 1)
I64 = st.sampled_from([0, 1, 1 << 63, (1 << 64) - 1]) | st.integers(0, (1 << 64) - 1)
ALLOCATORS = (None, 0, 1, SIZE - 1, SIZE, (1 << 32) - 1)
"""What the guest's allocator gives: blocks in order, nothing, or always the same address."""
ROWS = sorted({row for version in VERSIONS for row in surface(version).hostcalls.values()}, key=str)
NEVER = {5, 9, 10, 11}
"""Statuses that are never a result, and the one that stands for a mistake of the host."""


@settings(max_examples=1500, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(ROWS), st.data())
def test_a_status_for_everything(make_world: Any, row: Row, data: st.DataObject) -> None:
    world = make_world()
    for place, text in zip(PLACES, TEXTS, strict=True):
        world.guest.write(place, text)
    world.stream.maps[MapType.HTTP_REQUEST_HEADERS] = HeaderMap([(b":path", b"/"), (b"x-id", b"1")])
    world.stream.bodies[0] = Buffer(b"body")
    world.stream.end_of_stream = True
    place = data.draw(st.sampled_from(["request", "root", "log", "answer"]))
    if place in ("root", "answer"):
        world.context = world.root
    world.stream.in_log_phase = place == "log"
    if place == "answer":
        world.root.answer = CallAnswer(HeaderMap([(b":status", b"200")]), Buffer(b"answer"), HeaderMap())
    allocator = data.draw(st.sampled_from(ALLOCATORS))
    if allocator is not None:
        world.guest.allocate = lambda size: allocator
    args = [data.draw(I64 if wasm_type == "i64" else I32) for wasm_type in row.wasm_params]
    before = len(world.guest.memory)
    answer = bind(row, world.guest, lambda: world.context, world.trace)(*args)

    assert len(world.guest.memory) == before
    assert not any("mistake" in line for line in world.lines), world.lines
    if row.answer is Answer.STATUS:
        assert Status(answer) not in NEVER
    elif row.answer is Answer.ERRNO:
        assert answer in set(Errno)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    path=st.lists(st.sampled_from([b"request", b"headers", b"xds", b"node", b"metadata", b"0", b"", b"\xff", b"x" * 300])).map(
        b"\0".join
    )
)
def test_any_property_path_has_an_answer(make_world: Any, path: bytes) -> None:
    world = make_world()
    world.stream.maps[MapType.HTTP_REQUEST_HEADERS] = HeaderMap([(b":path", b"/"), (b"x-id", b"1")])
    world.stream_control.info.metadata = {"request": {"0": [1, None]}}

    answer = world.call("proxy_get_property", path)

    assert isinstance(answer, bytes) or answer in (Status.NOT_FOUND, Status.SERIALIZATION_FAILURE)
