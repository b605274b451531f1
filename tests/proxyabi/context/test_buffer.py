"""The buffer itself, apart from who may touch it."""

from __future__ import annotations

import pytest

from proxyabi.abi.types import Status
from proxyabi.context.buffer import Buffer
from proxyabi.errors import Fail


def test_a_buffer_grows_and_gives_itself_away() -> None:
    buffer = Buffer(b"one")
    buffer.append(b" two")

    assert (len(buffer), bytes(buffer), buffer.read(4, 9)) == (7, b"one two", b"two")
    assert buffer.take() == b"one two"
    assert bytes(buffer) == b""


def test_what_was_read_does_not_change_with_the_buffer() -> None:
    buffer = Buffer(b"one")
    data = buffer.read(0, 3)
    buffer.write(0, 3, b"two")

    assert data == b"one"


def test_the_middle_cannot_be_replaced() -> None:
    buffer = Buffer(b"one")
    with pytest.raises(Fail, match="1 lies inside the 3 bytes") as caught:
        buffer.write(1, 1, b"x")

    assert caught.value.status == Status.BAD_ARGUMENT
