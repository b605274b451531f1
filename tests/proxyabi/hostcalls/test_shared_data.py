"""Shared data, as guests see it."""

from __future__ import annotations

from typing import Any

from proxyabi.abi.types import Status


def test_a_value_comes_with_a_number_that_each_change_raises(world: Any) -> None:
    assert world.call("proxy_get_shared_data", b"key") == Status.NOT_FOUND
    assert world.call("proxy_set_shared_data", b"key", b"one", 0) == Status.OK
    assert world.call("proxy_get_shared_data", b"key") == (b"one", 1)
    assert world.call("proxy_set_shared_data", b"key", b"two", 1) == Status.OK
    assert world.call("proxy_get_shared_data", b"key") == (b"two", 2)


def test_the_number_0_changes_whatever_is_there(world: Any) -> None:
    world.call("proxy_set_shared_data", b"key", b"one", 0)

    assert world.call("proxy_set_shared_data", b"key", b"two", 0) == Status.OK
    assert world.call("proxy_get_shared_data", b"key") == (b"two", 2)


def test_a_wrong_number_changes_nothing(world: Any) -> None:
    world.call("proxy_set_shared_data", b"key", b"one", 0)

    assert world.call("proxy_set_shared_data", b"key", b"two", 99) == Status.CAS_MISMATCH
    assert world.call("proxy_get_shared_data", b"key") == (b"one", 1)


def test_any_number_creates_a_key_that_is_not_there(world: Any) -> None:
    assert world.call("proxy_set_shared_data", b"key", b"one", 99) == Status.OK


def test_an_empty_value_is_a_value(world: Any) -> None:
    world.call("proxy_set_shared_data", b"key", b"", 0)

    assert world.call("proxy_get_shared_data", b"key") == (b"", 1)


def test_vms_with_one_vm_id_share_and_others_do_not(world: Any, make_world: Any) -> None:
    world.call("proxy_set_shared_data", b"key", b"one", 0)

    assert make_world(services=world.services).call("proxy_get_shared_data", b"key") == (b"one", 1)
    assert make_world(services=world.services, vm_id="other").call("proxy_get_shared_data", b"key") == Status.NOT_FOUND
