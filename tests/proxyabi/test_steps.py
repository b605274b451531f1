"""Our host does step by step what a real Envoy did: gRPC calls, connections, access loggers, services, stat sinks.

Lives here: the comparison with tests/transcripts/steps. Not here: how the recordings were made (tests/envoy/record_steps.py) and
what may differ (tests/envoy/known_differences.py). No Envoy is needed.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "envoy"))
from known_differences import MASKED_LINES, SERVER_NOT_COMPARED, SNAPSHOT_NOT_COMPARED, TICKS_WHILE_STARTING
from play_steps import Player
from walkthroughs import all_walkthroughs

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts" / "steps"
NAMES = [walk.name for walk in all_walkthroughs()]

Json = dict[str, Any]


def transcript(name: str) -> Json:
    return json.loads((TRANSCRIPTS / f"{name}.json").read_text(encoding="utf-8"))


def masked(lines: list[str]) -> list[str]:
    for pattern, replacement, _ in MASKED_LINES:
        lines = [re.sub(pattern, replacement, line) for line in lines]
    return lines


def play(name: str, engine: str) -> tuple[Json, Player, list[str], list[tuple[Json, Json]]]:
    told = transcript(name)
    player = Player(told, engine)
    started = player.start()
    return told, player, started, [(step, player.step(step["step"])) for step in told["steps"]]


def test_every_walkthrough_has_been_recorded() -> None:
    assert sorted(path.stem for path in TRANSCRIPTS.glob("*.json")) == sorted(NAMES)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in (TICKS_WHILE_STARTING, SNAPSHOT_NOT_COMPARED)])
def test_host_does_what_envoy_did(engine: str, name: str) -> None:
    if name == "foreign-cel":
        pytest.importorskip("celpy", reason="the extra `cel` is not installed")
    if name == "foreign-sign":
        pytest.importorskip("cryptography", reason="the extra `sign` is not installed")
    recording, player, started, steps = play(name, engine)

    if recording["start"] and not recording["others"]:  # plugins of two threads start in either order
        assert masked(started) == masked(recording["start"][-len(started) :])
    for told, seen in steps:
        assert masked(seen["calls"]) == masked(told["calls"]), told["step"]
        for side in ("client", "upstream"):
            if told.get(side) is not None:
                assert seen[side] == told[side]["data"], (told["step"], side)
        if "grpc" in told and name not in SERVER_NOT_COMPARED:
            assert seen["grpc"] == told["grpc"], told["step"]
    player.host.close()
    assert player.host.contexts_left == 0


def test_a_service_ticks_as_in_envoy(engine: str) -> None:
    told, _, started, [(_, seen)] = play(TICKS_WHILE_STARTING, engine)
    recorded = told["start"]

    worker = recorded[len(recorded) - len(started) - len(seen["calls"]) :]
    assert masked(worker) == masked([*started, *seen["calls"]])


def test_a_stat_sink_is_shown_the_same_metrics(engine: str) -> None:
    told, _, _, [(step, seen)] = play(SNAPSHOT_NOT_COMPARED, engine)
    snapshots = [metrics(lines) for lines in (step["calls"], seen["calls"])]

    # Envoy has started the plugin twice, and the counters of both are one.
    assert snapshots == [
        [(1, "wasmcustom.hits", (6, 6)), (2, "wasmcustom.level", (7,))],
        [(1, "wasmcustom.hits", (3, 3)), (2, "wasmcustom.level", (7,))],
    ]
    assert len(told["steps"]) == 1


def metrics(lines: list[str]) -> list[tuple[int, str, tuple[int, ...]]]:
    """(type, name, numbers) of the metrics in the snapshot that a guest has logged."""
    [shown] = [line for line in lines if "get_buffer: 0" in line and len(line) > 60]
    data = shown.partition("get_buffer: 0 ")[2].encode()
    found, at = [], 0
    for numbers in (2, 1):
        kind = data[at + 4]
        size, at = data[at + 12], at + 16
        name = data[at : at + size].decode()
        at = -(-(at + size) // 8) * 8
        values = tuple(int.from_bytes(data[at + 8 * i : at + 8 * i + 8], "little") for i in range(numbers))
        found.append((kind, name, values))
        at += 8 * numbers
    return found
