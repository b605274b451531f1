"""Shared queues.

Lives here: the four functions. Not here: the queues (services.shared_queues), and the callback to the receiver (plugin).

abi: 6.3 Queues, 15.5
"""

from __future__ import annotations

from proxyabi.abi.types import Status
from proxyabi.context.ports import ContextPort
from proxyabi.errors import Fail
from proxyabi.hostcalls.registry import hostcall

__all__: list[str] = []


@hostcall("proxy_register_shared_queue")
def register_shared_queue(context: ContextPort, queue_name: bytes) -> int:
    """The id of the queue, made if need be; from now on this plugin is told of its items.

    abi: proxy_register_shared_queue
    """
    return context.vm.services.shared_queues.register(context.vm.vm_id, queue_name, context.root.post_queue_ready)


@hostcall("proxy_resolve_shared_queue")
def resolve_shared_queue(context: ContextPort, vm_id: bytes, queue_name: bytes) -> int:
    """The id of a queue that *vm_id* (its own when empty) has registered.

    fails: NOT_FOUND.
    abi: proxy_resolve_shared_queue
    """
    owner = vm_id.decode("utf-8", "backslashreplace") or context.vm.vm_id
    queue_id = context.vm.services.shared_queues.resolve(owner, queue_name)
    if queue_id is None:
        name = queue_name.decode("utf-8", "backslashreplace")
        raise Fail(Status.NOT_FOUND, f"vm_id {owner!r} has registered no queue {name}")
    return queue_id


@hostcall("proxy_enqueue_shared_queue")
def enqueue_shared_queue(context: ContextPort, queue_id: int, value: bytes) -> None:
    """Append an item and tell the receiver, once this guest call has ended.

    fails: NOT_FOUND.
    abi: proxy_enqueue_shared_queue
    """
    if not context.vm.services.shared_queues.enqueue(queue_id, value):
        raise Fail(Status.NOT_FOUND, f"there is no queue {queue_id}")


@hostcall("proxy_dequeue_shared_queue")
def dequeue_shared_queue(context: ContextPort, queue_id: int) -> bytes:
    """Take the oldest item.

    fails: NOT_FOUND when there is no such queue, EMPTY when there is no item.
    abi: proxy_dequeue_shared_queue
    """
    try:
        item = context.vm.services.shared_queues.dequeue(queue_id)
    except KeyError:
        raise Fail(Status.NOT_FOUND, f"there is no queue {queue_id}") from None
    if item is None:
        raise Fail(Status.EMPTY, f"queue {queue_id} is empty; somebody may have been faster")
    return item
