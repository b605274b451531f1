"""The queues themselves."""

from __future__ import annotations

import pytest

from proxyabi.services.shared_queues import SharedQueues


def test_a_receiver_may_take_the_item_while_it_is_told() -> None:
    queues = SharedQueues()
    taken: list[bytes | None] = []
    queue_id = queues.register("", b"q", lambda queue_id: taken.append(queues.dequeue(queue_id)))
    queues.enqueue(queue_id, b"item")

    assert taken == [b"item"]


def test_forgetting_a_vm_id_drops_its_queues_and_reuses_no_id() -> None:
    queues = SharedQueues()
    first = queues.register("a", b"q", lambda queue_id: None)
    other = queues.register("b", b"q", lambda queue_id: None)
    queues.forget("a")

    assert queues.resolve("a", b"q") is None
    assert not queues.enqueue(first, b"x")
    with pytest.raises(KeyError):
        queues.dequeue(first)
    assert queues.resolve("b", b"q") == other
    assert queues.register("a", b"q", lambda queue_id: None) == 3
