"""The metrics of the process."""

from __future__ import annotations

from proxyabi.abi.types import MetricType
from proxyabi.services.metrics import Metrics, VmMetrics


def test_values_wrap_as_envoys_do() -> None:
    metrics = Metrics()
    gauge = metrics.define(MetricType.GAUGE, b"g")
    metrics.add(gauge, -1)
    assert gauge.value == (1 << 64) - 1
    metrics.add(gauge, 2)
    assert gauge.value == 1
    metrics.put(gauge, -1)
    assert gauge.value == (1 << 64) - 1


def test_one_name_may_be_a_metric_of_each_kind() -> None:
    metrics = Metrics()
    kinds = [metrics.define(kind, b"same").type for kind in reversed(MetricType)]

    assert kinds == list(reversed(MetricType))
    assert [(metric.name, metric.type) for metric in metrics.all()] == [(b"same", kind) for kind in MetricType]


def test_two_numbers_of_one_vm_may_mean_one_metric() -> None:
    vm = VmMetrics(Metrics())
    first, second = vm.define(MetricType.COUNTER, b"a"), vm.define(MetricType.COUNTER, b"a")

    assert first != second
    assert vm.find(first) is vm.find(second)
