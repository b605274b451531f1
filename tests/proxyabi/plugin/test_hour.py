"""A few seconds of the simulated hour of benchmarks/hour.py: when the traffic has gone, nothing of it is left."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "hour.py"
STREAMS, SECONDS = 500, 2.0


@pytest.fixture(scope="module")
def benchmark() -> Any:
    spec = importlib.util.spec_from_file_location("hour", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["hour"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_left_of_a_few_seconds_of_mixed_traffic(benchmark: Any, quick_tier: str, seed: int) -> None:
    hour = benchmark.Hour(quick_tier, seed)
    sizes = []
    for _ in range(4):
        hour.chapter(STREAMS, SECONDS)
        assert hour.left_over() == []
        sizes.append(benchmark.Sizes.now(hour))
    assert sizes[3].objects - sizes[1].objects <= benchmark.ALLOWED_BLOCKS
    assert sizes[3].guests == sizes[1].guests
    kinds = ("completed", "vanished", "upstream failed", "call answered", "call failed", "call never answered", "ticks")
    assert all(hour.seen[kind] for kind in kinds), hour.seen
    assert hour.seen["streams"] == 4 * STREAMS
    assert any(plugin.reloads.succeeded for plugin in hour.host.plugins), "one filter traps, and gets a new VM"


def test_what_is_left_is_found(benchmark: Any) -> None:
    hour = benchmark.Hour("python", 1)
    hour.host.open_stream(benchmark.StreamInfo(), (0,))
    hour.calls[0, 4] = None
    assert hour.left_over() == [
        "1 contexts",
        "1 entries in the host's _streams",
        "3 contexts in the VM of calls in place of 2",
        "1 calls and 0 streams of the driver's own",
    ]
