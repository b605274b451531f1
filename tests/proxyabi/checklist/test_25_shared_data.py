"""Check 25: compare-and-swap, and a key space for each vm_id (abi: 15.4)."""

from __future__ import annotations

from proxyabi.abi.types import Status


def test_compare_and_swap(world):
    assert world.call("proxy_set_shared_data", b"k", b"1", 99) == Status.OK, "a missing key takes any number"
    value, cas = world.call("proxy_get_shared_data", b"k")
    assert (value, cas > 0) == (b"1", True)
    assert world.call("proxy_set_shared_data", b"k", b"2", cas + 1) == Status.CAS_MISMATCH
    assert world.call("proxy_set_shared_data", b"k", b"2", cas) == Status.OK
    assert world.call("proxy_set_shared_data", b"k", b"3", 0) == Status.OK
    assert world.call("proxy_get_shared_data", b"k")[0] == b"3"


def test_another_vm_id_sees_nothing_of_it(world):
    other = type(world)(vm_id="other", services=world.services)
    same = type(world)(vm_id="my_vm", services=world.services)
    world.call("proxy_set_shared_data", b"k", b"1", 0)
    assert other.call("proxy_get_shared_data", b"k") == Status.NOT_FOUND
    assert same.call("proxy_get_shared_data", b"k")[0] == b"1"
