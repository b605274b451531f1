"""Several hosts on several threads, which share services."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from proxyabi import HeaderMap, PluginConfig, PluginFailed, Services, StreamInfo, Workers
from proxyabi.abi.kinds import HTTP_FILTER, SERVICE, SINGLETON
from proxyabi.abi.types import MetricType
from proxyabi.context.events import RequestHeaders, StreamDone
from proxyabi.services.log import Log

GUEST = (Path(__file__).parents[2] / "guests" / "script.wasm").read_bytes()


class Lines:
    """Log lines with the thread that wrote them."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, line: str) -> None:
        self.lines.append((threading.current_thread().name, line.rpartition("wasm log")[2]))

    def having(self, text: str) -> list[tuple[str, str]]:
        return [line for line in self.lines if text in line[1]]


def plugin(configuration: str, kind: Any = HTTP_FILTER, vm_id: str = "") -> PluginConfig:
    return PluginConfig(GUEST, name="p", vm_id=vm_id, configuration=configuration.encode(), kind=kind)


def services() -> tuple[Services, Lines]:
    lines = Lines()
    return Services(log=Log(2, sink=lines)), lines


def request(host: Any) -> list[Any]:
    stream_id = host.open_stream(StreamInfo())
    head = HeaderMap([(b":path", b"/"), (b":method", b"GET"), (b":authority", b"a")])
    return [*host.feed(RequestHeaders(stream_id, head, True)), *host.feed(StreamDone(stream_id))]


def until(condition: Callable[[], Any]) -> None:
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("it did not come")


def test_every_worker_has_a_vm_and_counts_into_the_same_metrics() -> None:
    shared, lines = services()
    workers = Workers(
        [plugin("on_configure: define 0 hits\non_request_headers: increment 4 1")], 3, services=shared, tier="python"
    )
    workers.start()
    waiting = [workers.submit(number % 3, request) for number in range(60)]
    for done in waiting:
        done.result(30)
    workers.close()

    assert shared.metrics.define(MetricType.COUNTER, b"hits").value == 60
    assert {thread for thread, _ in lines.having("increment")} == {"worker 0", "worker 1", "worker 2"}
    assert [host.contexts_left for host in workers.hosts] == [0, 0, 0]


def test_an_item_is_told_to_the_worker_that_registered_the_queue_last() -> None:
    """Each worker registers when it starts, so the last one receives, as in Envoy."""
    shared, lines = services()
    receiver = plugin("on_configure: register items\non_queue_ready: dequeue $", SERVICE, "queues")
    sender = plugin("on_request_headers: resolve queues items; enqueue & thing")
    workers = Workers([receiver, sender], 3, services=shared, tier="python")
    workers.start()
    workers.submit(0, request).result(30)
    until(lambda: lines.having("dequeue"))
    workers.close()

    assert lines.having("dequeue") == [("worker 2", " queues: dequeue: 0 thing")]


def test_a_singleton_lives_in_the_first_worker_and_receives_there() -> None:
    shared, lines = services()
    receiver = plugin("on_configure: register items\non_queue_ready: dequeue $", SINGLETON, "queues")
    sender = plugin("on_request_headers: resolve queues items; enqueue & thing")
    workers = Workers([receiver, sender], 2, services=shared, tier="python")
    workers.start()
    workers.submit(1, request).result(30)
    until(lambda: lines.having("dequeue"))
    workers.close()

    assert lines.having("register") == [("worker 0", " queues: register: 0 1")]
    assert lines.having("dequeue") == [("worker 0", " queues: dequeue: 0 thing")]


def test_compare_and_swap_loses_no_update_between_workers() -> None:
    shared, _ = services()
    workers = Workers([plugin("on_request_headers: get_shared key; set_shared key x &")], 4, services=shared, tier="python")
    workers.start()
    for done in [workers.submit(number % 4, request) for number in range(80)]:
        done.result(30)
    workers.close()

    assert shared.shared_data.get("", b"key") is not None


def test_a_plugin_that_refuses_is_told_and_nothing_runs_on() -> None:
    shared, _ = services()
    workers = Workers([plugin("on_configure: return 0")], 2, services=shared, tier="python")

    with pytest.raises(PluginFailed):
        workers.start()

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("worker ")]


def test_work_for_workers_that_have_been_closed_is_refused() -> None:
    workers = Workers([plugin("")], 1)
    workers.start()
    workers.close()
    with pytest.raises(RuntimeError, match="have been closed"):
        workers.submit(0, request)
    workers.close()
