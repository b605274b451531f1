"""Metrics.

Lives here: the four functions and which of them suits which kind. Not here: the metrics (services.metrics).

abi: 6.3 Metrics, 15.6
"""

from __future__ import annotations

from proxyabi.abi.types import MetricType, Status
from proxyabi.context.ports import ContextPort
from proxyabi.errors import Fail
from proxyabi.hostcalls.registry import hostcall
from proxyabi.services.metrics import Metric

__all__: list[str] = []


@hostcall("proxy_define_metric")
def define_metric(context: ContextPort, metric_type: MetricType, metric_name: bytes) -> int:
    """A new id, for this VM, of the metric of that kind and name.

    abi: proxy_define_metric
    """
    return context.vm.metrics.define(metric_type, metric_name)


@hostcall("proxy_increment_metric")
def increment_metric(context: ContextPort, metric_id: int, delta: int) -> None:
    """Add *delta* to a counter (above 0 only) or a gauge.

    fails: NOT_FOUND; BAD_ARGUMENT for a histogram, for an id of no kind, and for a counter that would not grow.
    abi: proxy_increment_metric
    """
    _check_kind(context, metric_id, "incremented")
    metric = _find(context, metric_id)
    if metric.type is MetricType.COUNTER and delta <= 0:
        raise Fail(Status.BAD_ARGUMENT, f"a counter cannot be incremented by {delta}")
    context.vm.metrics.metrics.add(metric, delta)


@hostcall("proxy_record_metric")
def record_metric(context: ContextPort, metric_id: int, value: int) -> None:
    """Add to a counter, set a gauge, take a value into a histogram.

    fails: NOT_FOUND.
    abi: proxy_record_metric
    """
    metric, metrics = _find(context, metric_id), context.vm.metrics.metrics
    if metric.type is MetricType.COUNTER:
        metrics.add(metric, value)
    else:
        metrics.put(metric, value)


@hostcall("proxy_get_metric")
def get_metric(context: ContextPort, metric_id: int) -> int:
    """The value of a counter or gauge.

    fails: NOT_FOUND; BAD_ARGUMENT for a histogram and for an id of no kind.
    abi: proxy_get_metric
    """
    _check_kind(context, metric_id, "read")
    return _find(context, metric_id).value


def _check_kind(context: ContextPort, metric_id: int, verb: str) -> None:
    kind = context.vm.metrics.kind(metric_id)
    if kind is None or kind is MetricType.HISTOGRAM:
        what = "an id of no kind" if kind is None else "a histogram"
        raise Fail(Status.BAD_ARGUMENT, f"{metric_id} is {what} and cannot be {verb}")


def _find(context: ContextPort, metric_id: int) -> Metric:
    metric = context.vm.metrics.find(metric_id)
    if metric is None:
        raise Fail(Status.NOT_FOUND, f"this VM has defined no metric {metric_id}")
    return metric
