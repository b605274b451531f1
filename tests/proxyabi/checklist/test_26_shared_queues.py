"""Check 26: registering points the receiver anew; queues are found across vm_ids (abi: 15.5)."""

from __future__ import annotations

from proxyabi.abi.types import Status


def test_registering_again_keeps_the_items_and_changes_the_receiver(world):
    queue = world.call("proxy_register_shared_queue", b"q")
    world.call("proxy_enqueue_shared_queue", queue, b"1")
    other = type(world)(vm_id="my_vm", services=world.services)
    assert other.call("proxy_register_shared_queue", b"q") == queue
    world.call("proxy_enqueue_shared_queue", queue, b"2")
    assert (world.vm.ready, other.vm.ready) == ([queue], [queue])
    assert [other.call("proxy_dequeue_shared_queue", queue) for _ in range(3)] == [b"1", b"2", Status.EMPTY]


def test_a_queue_of_another_vm_id_is_resolved(world):
    queue = world.call("proxy_register_shared_queue", b"q")
    other = type(world)(vm_id="other", services=world.services)
    assert other.call("proxy_resolve_shared_queue", b"my_vm", b"q") == queue
    assert other.call("proxy_resolve_shared_queue", b"", b"q") == Status.NOT_FOUND
    assert other.call("proxy_enqueue_shared_queue", 99, b"x") == Status.NOT_FOUND
