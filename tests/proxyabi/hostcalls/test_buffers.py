"""Buffers, as a guest sees them."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.abi.types import BufferType, Status
from proxyabi.context.buffer import Buffer

BODY = BufferType.HTTP_REQUEST_BODY


@pytest.fixture
def body(world: Any) -> Buffer:
    world.stream.bodies[0] = Buffer(b"0123456789")
    return world.stream.bodies[0]


@pytest.mark.parametrize(
    ("start", "size", "data"),
    [
        (0, 4, b"0123"),
        (8, 10, b"89"),
        (10, 1, b""),
        (11, 1, b""),
        (0, 0xFFFF_FFFF, b"0123456789"),
        (9, 0xFFFF_FFFF, b"9"),
        (0, 0, b""),
    ],
)
def test_reading_is_cut_at_the_end(world: Any, body: Buffer, start: int, size: int, data: bytes) -> None:
    assert world.call("proxy_get_buffer_bytes", BODY, start, size) == data


@pytest.mark.parametrize(
    ("start", "length", "data", "result"),
    [
        (0, 0, b"new ", b"new 0123456789"),
        (0, 4, b"new", b"new456789"),
        (0, 4, b"", b"456789"),
        (0, 10, b"new", b"new"),
        (0, 0x7FFF_FFFF, b"new", b"new"),
        (10, 0, b" end", b"0123456789 end"),
        (0x7FFF_FFFF, 0, b" end", b"0123456789 end"),
        (11, 5, b" end", b"0123456789 end"),
        (3, 2, b"new", None),
        (9, 0, b"new", None),
    ],
)
def test_writing_goes_to_the_front_or_behind_the_end(
    world: Any, body: Buffer, start: int, length: int, data: bytes, result: bytes | None
) -> None:
    """None stands for a bad argument: the middle cannot be replaced."""
    status = world.call("proxy_set_buffer_bytes", BODY, start, length, data)

    assert status == (Status.BAD_ARGUMENT if result is None else Status.OK)
    assert bytes(body) == (b"0123456789" if result is None else result)


@pytest.mark.parametrize("start", [0, 5])
def test_anything_written_to_an_empty_body_is_the_body(world: Any, start: int) -> None:
    world.stream.bodies[0] = Buffer()

    assert world.call("proxy_set_buffer_bytes", BODY, start, 3, b"new") == Status.OK
    assert bytes(world.stream.bodies[0]) == b"new"


@pytest.mark.parametrize(
    ("buffer_type", "size"),
    [
        (BufferType.HTTP_REQUEST_BODY, 0),
        (BufferType.HTTP_RESPONSE_BODY, 0),
        (BufferType.DOWNSTREAM_DATA, 0),
        (BufferType.UPSTREAM_DATA, 0),
        (BufferType.HTTP_CALL_RESPONSE_BODY, None),
        (BufferType.GRPC_CALL_MESSAGE, 0),
        (BufferType.VM_CONFIGURATION, 9),
        (BufferType.PLUGIN_CONFIGURATION, None),
        (BufferType.FOREIGN_FUNCTION_ARGUMENTS, 0),
    ],
)
def test_buffers_outside_their_windows_are_empty_or_absent(world: Any, buffer_type: BufferType, size: int | None) -> None:
    status = world.call("proxy_get_buffer_status", buffer_type)

    assert status == (Status.NOT_FOUND if size is None else (size, 0))
    written = world.call("proxy_set_buffer_bytes", buffer_type, 0, 0, b"x")
    assert written == (Status.NOT_FOUND if size is None else Status.BAD_ARGUMENT)


def test_configurations_are_readable_as_often_as_one_likes_and_not_writable(world: Any) -> None:
    world.context = world.root
    world.root.configuration_is_open = True

    for _ in range(2):
        assert world.call("proxy_get_buffer_bytes", BufferType.PLUGIN_CONFIGURATION, 0, 100) == b"PLUGIN CONFIG"
    assert world.call("proxy_set_buffer_bytes", BufferType.PLUGIN_CONFIGURATION, 0, 0, b"x") == Status.BAD_ARGUMENT


def test_the_configuration_of_0_1_0_is_the_plugins_while_it_is_open_and_the_vms_otherwise(world: Any) -> None:
    world.context = world.root
    assert world.call("proxy_get_configuration", version=0) == b"VM CONFIG"

    world.root.configuration_is_open = True
    assert world.call("proxy_get_configuration", version=0) == b"PLUGIN CONFIG"
