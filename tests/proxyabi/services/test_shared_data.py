"""The table behind shared data."""

from __future__ import annotations

import threading

from proxyabi.services.shared_data import SharedData


def test_numbers_come_from_one_counter_for_all_keys() -> None:
    data = SharedData()
    for vm_id, key in (("a", b"k"), ("b", b"k"), ("a", b"l")):
        data.set(vm_id, key, b"")

    assert [data.get(*entry) for entry in (("a", b"k"), ("b", b"k"), ("a", b"l"))] == [(b"", 1), (b"", 2), (b"", 3)]


def test_a_number_is_never_0_also_when_the_counter_begins_anew() -> None:
    data = SharedData()
    data._last_cas = 0xFFFF_FFFF
    data.set("", b"k", b"")

    assert data.get("", b"k") == (b"", 1)


def test_forgetting_a_vm_id_leaves_the_others() -> None:
    data = SharedData()
    data.set("a", b"k", b"1")
    data.set("b", b"k", b"2")
    data.forget("a")

    assert (data.get("a", b"k"), data.get("b", b"k")) == (None, (b"2", 2))


def test_of_many_threads_that_compare_and_swap_none_loses_an_increment() -> None:
    data = SharedData()
    data.set("", b"n", b"0")

    def count() -> None:
        for _ in range(200):
            done = False
            while not done:
                value, cas = data.get("", b"n") or (b"0", 0)
                done = data.set("", b"n", b"%d" % (int(value) + 1), cas)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert data.get("", b"n") == (b"800", 801)
