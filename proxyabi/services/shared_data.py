"""Shared data: values that all VMs of one `vm_id` see, with compare-and-swap.

Lives here: the table and its rules. Not here: statuses (hostcalls.shared_data).

abi: 15.4 Shared data
"""

from __future__ import annotations

import threading

__all__ = ["SharedData"]


class SharedData:
    """Keys with values and CAS numbers, kept apart by `vm_id`. Each call is atomic."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[tuple[str, bytes], tuple[bytes, int]] = {}
        self._last_cas = 0

    def get(self, vm_id: str, key: bytes) -> tuple[bytes, int] | None:
        """Value and CAS number of *key*, None when nobody has set it."""
        with self._lock:
            return self._entries.get((vm_id, key))

    def set(self, vm_id: str, key: bytes, value: bytes, cas: int = 0) -> bool:
        """Set *key*. False, and no change, when it exists and *cas* is neither 0 nor its CAS number.

        A *cas* for a key that does not exist is no obstacle. Numbers come from one counter for all keys, and are never 0.
        """
        with self._lock:
            entry = self._entries.get((vm_id, key))
            if cas and entry is not None and entry[1] != cas:
                return False
            self._last_cas = self._last_cas % 0xFFFFFFFF + 1
            self._entries[vm_id, key] = (value, self._last_cas)
            return True

    def forget(self, vm_id: str) -> None:
        """Drop all keys of *vm_id*: its last VM has gone."""
        with self._lock:
            for entry in [entry for entry in self._entries if entry[0] == vm_id]:
                del self._entries[entry]
