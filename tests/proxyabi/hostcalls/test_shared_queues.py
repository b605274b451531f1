"""Shared queues, as guests see them."""

from __future__ import annotations

from typing import Any

from proxyabi.abi.types import Status


def test_items_come_out_in_order_and_the_receiver_is_told_of_each(world: Any) -> None:
    queue_id = world.call("proxy_register_shared_queue", b"jobs")
    for item in (b"one", b"", b"three"):
        assert world.call("proxy_enqueue_shared_queue", queue_id, item) == Status.OK

    assert world.vm.ready == [queue_id] * 3
    assert [world.call("proxy_dequeue_shared_queue", queue_id) for _ in range(4)] == [b"one", b"", b"three", Status.EMPTY]


def test_a_queue_that_nobody_registered(world: Any) -> None:
    assert world.call("proxy_resolve_shared_queue", b"", b"jobs") == Status.NOT_FOUND
    assert world.call("proxy_enqueue_shared_queue", 7, b"x") == Status.NOT_FOUND
    assert world.call("proxy_dequeue_shared_queue", 7) == Status.NOT_FOUND
    assert world.call("proxy_dequeue_shared_queue", 0) == Status.NOT_FOUND


def test_registering_again_keeps_the_items_and_moves_the_receiver(world: Any, make_world: Any) -> None:
    queue_id = world.call("proxy_register_shared_queue", b"jobs")
    world.call("proxy_enqueue_shared_queue", queue_id, b"one")
    second = make_world(services=world.services)

    assert second.call("proxy_register_shared_queue", b"jobs") == queue_id
    assert second.call("proxy_enqueue_shared_queue", queue_id, b"two") == Status.OK
    assert (world.vm.ready, second.vm.ready) == ([queue_id], [queue_id])
    assert second.call("proxy_dequeue_shared_queue", queue_id) == b"one"


def test_a_queue_resolves_by_the_vm_id_that_registered_it(world: Any, make_world: Any) -> None:
    queue_id = world.call("proxy_register_shared_queue", b"jobs")
    other = make_world(services=world.services, vm_id="other")

    assert world.call("proxy_resolve_shared_queue", b"", b"jobs") == queue_id
    assert other.call("proxy_resolve_shared_queue", b"", b"jobs") == Status.NOT_FOUND
    assert other.call("proxy_resolve_shared_queue", b"my_vm", b"jobs") == queue_id
    assert other.call("proxy_register_shared_queue", b"jobs") != queue_id
