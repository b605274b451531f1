"""Metrics: counters, gauges and histograms that guests define.

Lives here: the metrics of the process by name, and the numbers under which one VM knows them.
Not here: statuses (hostcalls.metrics).

A number tells its kind in its low two bits (0 counter, 1 gauge, 2 histogram) and belongs to one VM; the metric behind it belongs
to all. Defining a name again gives a new number for the same metric.

abi: 15.6 Metrics
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from proxyabi.abi.types import MetricType

__all__ = ["Histogram", "Metric", "Metrics", "VmMetrics"]

KIND_BITS = 0b11
STEP = 4
WRAP = 1 << 64


@dataclass(slots=True)
class Histogram:
    """What was recorded, in sum."""

    count: int = 0
    total: int = 0
    smallest: int | None = None
    largest: int | None = None

    def record(self, value: int) -> None:
        """Take one more value in."""
        self.count += 1
        self.total += value
        self.smallest = value if self.smallest is None else min(self.smallest, value)
        self.largest = value if self.largest is None else max(self.largest, value)


@dataclass(slots=True)
class Metric:
    """A metric of the process. *value* is a counter's or gauge's, taken modulo 2**64; *histogram* is None for those.

    *used*: something was written to it.
    """

    type: MetricType
    name: bytes
    value: int = 0
    histogram: Histogram | None = None
    used: bool = False


class Metrics:
    """All metrics of the process, by kind and name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._metrics: dict[tuple[MetricType, bytes], Metric] = {}

    def define(self, metric_type: MetricType, name: bytes) -> Metric:
        """The metric of that kind and name, made if need be."""
        with self._lock:
            metric = self._metrics.get((metric_type, name))
            if metric is None:
                histogram = Histogram() if metric_type is MetricType.HISTOGRAM else None
                metric = self._metrics[metric_type, name] = Metric(metric_type, name, histogram=histogram)
            return metric

    def add(self, metric: Metric, delta: int) -> None:
        """Add to a counter or gauge; below 0 it wraps, as Envoy's do."""
        with self._lock:
            metric.used = True
            metric.value = (metric.value + delta) % WRAP

    def put(self, metric: Metric, value: int) -> None:
        """Set a gauge, or take a value into a histogram."""
        with self._lock:
            metric.used = True
            if metric.histogram is None:
                metric.value = value % WRAP
            else:
                metric.histogram.record(value)

    def all(self) -> list[Metric]:
        """Every metric, by name."""
        with self._lock:
            return sorted(self._metrics.values(), key=lambda metric: (metric.name, metric.type))


class VmMetrics:
    """The numbers under which one VM knows metrics: counters 4, 8, …, gauges 5, 9, …, histograms 6, 10, …."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics
        self._last = {kind: int(kind) for kind in MetricType}
        self._known: dict[int, Metric] = {}

    def define(self, metric_type: MetricType, name: bytes) -> int:
        """A new number for the metric of that kind and name."""
        self._last[metric_type] += STEP
        metric_id = self._last[metric_type]
        self._known[metric_id] = self.metrics.define(metric_type, name)
        return metric_id

    def find(self, metric_id: int) -> Metric | None:
        """The metric behind a number, None when this VM has not been given it."""
        return self._known.get(metric_id)

    @staticmethod
    def kind(metric_id: int) -> MetricType | None:
        """The kind that a number's low bits tell, None for the bits that no kind has."""
        bits = metric_id & KIND_BITS
        return None if bits == KIND_BITS else MetricType(bits)
