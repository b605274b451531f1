"""Any host function in any callback answers as a real Envoy did: the universal guest's table, statuses by step.

Lives here: the comparison with tests/envoy/universal.json. Not here: the guest and the table (tests/envoy/universal.py), and how
Envoy was asked (tests/envoy/record_universal.py). No Envoy is needed, and nothing may differ.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "envoy"))
import replay
from record import brief
from record_universal import LOGGED, TOLD, Json
from universal import AT_START, CALLBACKS, CASES, FUNCTIONS, RETURN, answers, guest, program

from proxyabi.abi.versions import VERSIONS, surface
from pywasm_vm import Module
from pywasm_vm.binary.encode import encode_module


@pytest.fixture(scope="module")
def told() -> Json:
    return json.loads(TOLD.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def module() -> bytes:
    return encode_module(Module.parse(guest()).syntax)


def test_the_guest_can_call_every_host_function_of_the_latest_version() -> None:
    wanted = {name for module, name in surface(VERSIONS[-1]).hostcalls if module != "wasi_unstable"}
    assert {row.name for row in FUNCTIONS} == wanted
    assert len(FUNCTIONS) < RETURN


def test_every_step_was_answered_by_envoy(told: Json) -> None:
    steps = {step.name for case in CASES for step in case.steps if step.callback == case.callback and step.function != "return"}
    assert set(told["statuses"]) == steps | {step.name for step in AT_START}
    assert {name.split()[0] for name in steps} == set(CALLBACKS[1:])


def test_every_status_is_envoys(
    quick_engine: str, told: Json, module: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "universal.wasm").write_bytes(module)
    monkeypatch.setattr(replay, "GUESTS", tmp_path)
    player = replay.Replay({**told, "configuration": program(AT_START)}, quick_engine)
    player.start()
    ours = answers((line for line in player.lines() if LOGGED in line), AT_START)
    for case, answered in zip(CASES, told["exchanges"], strict=True):
        player.exchange({"request": brief(case.exchange().request), **answered})
        found = answers((line for line in player.lines() if LOGGED in line), case.steps)
        ours |= {name: statuses for name, statuses in found.items() if name.startswith(case.callback)}
    player.close()

    envoys = told["statuses"]
    differ = {name: (statuses, ours.get(name)) for name, statuses in envoys.items() if ours.get(name) != statuses}
    assert differ == {}, "step: (Envoy's, ours)"
    assert set(ours) == set(envoys)
