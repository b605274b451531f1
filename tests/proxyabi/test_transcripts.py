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
from known_differences import REFUSED_HERE, TOO_LARGE_TO_PLAY, headers_to_compare
from replay import Replay, Stream
from scenarios import all_scenarios

from proxyabi.errors import ProxyAbiError

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts"
RECORDED = [scenario.name for scenario in all_scenarios()]
NAMES = [name for name in RECORDED if name not in REFUSED_HERE and name not in TOO_LARGE_TO_PLAY]
DEAR = ("go-body", "go-local", "go-refused", "go-call-down", "go-call-nowhere", "go-call-cut")
"""Scenarios of the Go guest that our own tiers play and wasmtime does not, which compiles that guest for seconds each time."""

PLAYED_WHILE_STEPPING = "go-call"
"""The one scenario of the Go guest on the tier `stepping`: each start of it takes seconds there."""

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


def test_every_scenario_has_been_recorded() -> None:
    assert sorted(path.stem for path in TRANSCRIPTS.glob("*.json")) == sorted(RECORDED)


@pytest.mark.parametrize("name", REFUSED_HERE)
def test_host_refuses_what_envoy_starts_in_vain(engine: str, name: str) -> None:
    """Each has its reason in known_differences.py; every request meets a 503 in Envoy."""
    told = transcript(name)

    with pytest.raises(ProxyAbiError, match="test_plugin"):
        Replay(told, engine).start()

    assert {exchange["client"]["start"] for exchange in told["exchanges"]} == {"HTTP/1.1 503 Service Unavailable"}


@pytest.mark.parametrize("name", NAMES)
def test_host_does_what_envoy_did(engine: str, name: str) -> None:
    if engine == "wasmtime" and name in DEAR:
        pytest.skip("wasmtime has played two scenarios of this guest, and compiles it for seconds each time")
    if engine == "stepping" and name.startswith("go-") and name != PLAYED_WHILE_STEPPING:
        pytest.skip("stepping has played one scenario of this guest, which takes seconds to start there")
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
