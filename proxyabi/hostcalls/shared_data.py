"""Shared data.

Lives here: the two functions. Not here: the table (services.shared_data).

abi: 6.3 Shared data, 15.4
"""

from __future__ import annotations

from proxyabi.abi.types import Status
from proxyabi.context.ports import ContextPort
from proxyabi.errors import Fail
from proxyabi.hostcalls.registry import hostcall

__all__: list[str] = []


@hostcall("proxy_get_shared_data")
def get_shared_data(context: ContextPort, key: bytes) -> tuple[bytes, int]:
    """Value and CAS number of *key*.

    fails: NOT_FOUND when nobody has set it.
    abi: proxy_get_shared_data
    """
    entry = context.vm.services.shared_data.get(context.vm.vm_id, key)
    if entry is None:
        raise Fail(Status.NOT_FOUND, f"no VM with this vm_id has set the key {key.decode('utf-8', 'backslashreplace')}")
    return entry


@hostcall("proxy_set_shared_data")
def set_shared_data(context: ContextPort, key: bytes, value: bytes, cas: int) -> None:
    """Set *key*; a *cas* other than 0 has to be its number, if it exists.

    fails: CAS_MISMATCH.
    abi: proxy_set_shared_data
    """
    if not context.vm.services.shared_data.set(context.vm.vm_id, key, value, cas):
        name = key.decode("utf-8", "backslashreplace")
        raise Fail(Status.CAS_MISMATCH, f"{name} has been set since: its number is no longer {cas}")
