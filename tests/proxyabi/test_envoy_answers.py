"""Our host answers single calls of host functions as a real Envoy did: all of WASI, every window, and wrong arguments.

Lives here: the comparison with tests/envoy/probed.json. Not here: the probes (tests/envoy/probes.py) and how they were asked
(tests/envoy/record_probes.py). No Envoy is needed, and nothing may differ.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "envoy"))
import replay
from probes import Guest, all_probes
from record_probes import PROBED, Json, logged


@pytest.fixture(scope="module")
def told() -> Json:
    return json.loads(PROBED.read_text(encoding="utf-8"))


def test_every_probe_was_asked(told: Json) -> None:
    assert {f"{probe.callback} {probe.label}" for probe in all_probes()} == set(told["answers"])


def test_host_answers_as_envoy_did(
    engine: str, told: Json, wat: Callable[[str], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "probe.wasm").write_bytes(wat(Guest(all_probes()).text()))
    monkeypatch.setattr(replay, "GUESTS", tmp_path)
    player = replay.Replay(told, engine)
    player.start()
    lines = player.lines()
    player.exchange(told["exchange"])
    ours = logged([*lines, *player.lines()])
    player.close()

    assert {probe: ours.get(probe) for probe in told["answers"]} == told["answers"]
