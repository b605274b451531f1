"""Shared queues: first in, first out, across plugins, with one receiver each.

Lives here: the queues, their ids, who is told of new items.
Not here: statuses (hostcalls.shared_queues) and the callback (plugin).

abi: 15.5 Shared queues
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Receiver", "SharedQueues"]

Receiver = Callable[[int], None]
"""Told the queue's id once for each item. It must not call a guest at once: a guest is running."""


@dataclass(slots=True)
class _Queue:
    receiver: Receiver
    items: deque[bytes] = field(default_factory=deque)


class SharedQueues:
    """Queues by (`vm_id`, name), with ids counted from 1 for all of them. Each call is atomic."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: dict[tuple[str, bytes], int] = {}
        self._queues: dict[int, _Queue] = {}
        self._last_id = 0

    def register(self, vm_id: str, name: bytes, receiver: Receiver) -> int:
        """The id of that queue, made if need be; *receiver* takes the place of an earlier one."""
        with self._lock:
            queue_id = self._ids.get((vm_id, name))
            if queue_id is None:
                self._last_id += 1
                queue_id = self._ids[vm_id, name] = self._last_id
                self._queues[queue_id] = _Queue(receiver)
            else:
                self._queues[queue_id].receiver = receiver
            return queue_id

    def resolve(self, vm_id: str, name: bytes) -> int | None:
        """The id of that queue, None when nobody has registered it."""
        with self._lock:
            return self._ids.get((vm_id, name))

    def enqueue(self, queue_id: int, item: bytes) -> bool:
        """Append *item* and tell the receiver. False when there is no such queue."""
        with self._lock:
            queue = self._queues.get(queue_id)
            if queue is None:
                return False
            queue.items.append(item)
            receiver = queue.receiver
        receiver(queue_id)
        return True

    def dequeue(self, queue_id: int) -> bytes | None:
        """The oldest item, None when the queue is empty.

        raises: KeyError when there is no such queue.
        """
        with self._lock:
            items = self._queues[queue_id].items
            return items.popleft() if items else None

    def forget(self, vm_id: str) -> None:
        """Drop all queues of *vm_id*: its last VM has gone."""
        with self._lock:
            for key in [key for key in self._ids if key[0] == vm_id]:
                del self._queues[self._ids.pop(key)]
