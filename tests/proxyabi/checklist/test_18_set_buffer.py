"""Check 18: prepend, replace from the front, append; the middle is refused (abi: 13.2)."""

from __future__ import annotations

import pytest

from proxyabi.abi.types import Status
from proxyabi.context.buffer import Buffer


@pytest.mark.parametrize(
    ("start", "length", "becomes"),
    [(0, 0, b"XXbody"), (0, 2, b"XXdy"), (0, 9, b"XX"), (4, 0, b"bodyXX"), (9, 1, b"bodyXX"), (2, 1, None), (1, 0, None)],
)
def test_a_splice(world, start, length, becomes):
    buffer = world.stream.bodies[0] = Buffer(b"body")
    answer = world.call("proxy_set_buffer_bytes", 0, start, length, b"XX")
    assert answer == (Status.BAD_ARGUMENT if becomes is None else Status.OK)
    assert buffer.read(0, 99) == (becomes or b"body")


@pytest.mark.parametrize("buffer", [1, 2, 3, 6])
def test_outside_its_window_and_for_ever_unwritable(world, buffer):
    assert world.call("proxy_set_buffer_bytes", buffer, 0, 0, b"X") == Status.BAD_ARGUMENT
