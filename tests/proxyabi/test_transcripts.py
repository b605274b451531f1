"""Our host does call for call what a real Envoy did with the same filters and the same messages.

Lives here: the comparison with tests/transcripts. Not here: how the recordings were made (tests/envoy/record.py) and what may
differ (tests/envoy/known_differences.py). No Envoy is needed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "envoy"))
from known_differences import SCENARIOS, headers_to_compare
from replay import Replay, Stream
from scenarios import all_scenarios

from proxyabi.errors import ProxyAbiError

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts"
NAMES = [scenario.name for scenario in all_scenarios()]
CHEAP_GO = ("go-headers", "go-call")
"""Of the Go scenarios, those that every run plays on our tiers too: starting that guest takes seconds there."""

Json = dict[str, Any]


def transcript(name: str) -> Json:
    """The recording of a scenario."""
    return json.loads((TRANSCRIPTS / f"{name}.json").read_text(encoding="utf-8"))


def comparable(seen: Json) -> Json:
    """A message that a client or an upstream saw, without what may differ."""
    return {**seen, "headers": headers_to_compare(seen["headers"])}


def assert_same_exchange(stream: Stream, lines: list[str], told: Json) -> None:
    """Compare one exchange with the recording."""
    assert lines == told["calls"]
    assert comparable(stream.client) == comparable(told["client"])
    upstream = [] if stream.upstream is None else [comparable(stream.upstream)]
    assert upstream == [comparable(seen) for seen in told["upstream"]]
    assert [comparable(seen) for seen in stream.called] == [comparable(seen) for seen in told["called"]]


def names_for(engine: str) -> list[Any]:
    """Every scenario, the dear ones marked."""
    return [
        pytest.param(name, marks=pytest.mark.slow) if name.startswith("go-") and name not in CHEAP_GO else name for name in NAMES
    ]


def test_every_scenario_has_been_recorded() -> None:
    assert sorted(path.stem for path in TRANSCRIPTS.glob("*.json")) == sorted(NAMES)


@pytest.mark.parametrize("name", names_for(""))
def test_host_does_what_envoy_did(engine: str, name: str) -> None:
    if name in SCENARIOS:
        pytest.skip(f"our host differs here on purpose: {SCENARIOS[name]}")
    told = transcript(name)
    replay = Replay(told, engine)
    if not told["started"]:
        with pytest.raises(ProxyAbiError):
            replay.start()
        assert replay.lines() == told["start"]
        return

    replay.start()
    assert replay.lines() == told["start"]
    for exchange in told["exchanges"]:
        stream = replay.exchange(exchange)
        assert_same_exchange(stream, replay.lines(), exchange)
    assert replay.host.contexts_left == 0
    replay.close()
    assert replay.lines() == told["end"]
