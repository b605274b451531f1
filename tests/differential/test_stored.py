"""A sample of random modules does on every tier what it does on wasmtime, and changed copies of it are judged alike."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import pytest

import pywasm_vm as wasm
from pywasm_vm import TrapKind

pytest.importorskip("wasmtime", reason="the extra `wasmtime` is not installed")

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "fuzz")]

from engines import END, difference, on_tier, on_wasmtime, verdict, wasmtime_verdict  # noqa: E402
from mutations import change_bytes, change_module  # noqa: E402

MODULES = sorted((HERE / "modules").glob("*.wasm"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_module_does_what_it_does_on_wasmtime(tier: str, path: Path) -> None:
    data, seed = path.read_bytes(), int(path.stem.rpartition("-")[2])

    try:
        steps = list(on_tier(tier, data, seed))
    except wasm.TierUnavailable as reason:
        pytest.skip(str(reason))
    assert difference(steps, on_wasmtime(data, seed)) is None


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_changed_copies_are_judged_as_wasmtime_judges_them(path: Path) -> None:
    random = Random(path.stem)
    for _ in range(15):
        copy = path.read_bytes()
        for _ in range(random.randrange(1, 4)):
            copy = change_module(copy, random, change_bytes)

        ours, theirs = verdict(copy), wasmtime_verdict(copy)

        assert (ours is None) is (theirs is None), f"we say {ours}, wasmtime says {theirs}: {copy.hex()}"


def test_sample_is_worth_running() -> None:
    """Small enough for the repository; and calls of it come to their ends, not only to traps."""
    assert sum(path.stat().st_size for path in MODULES) < 300_000
    outcomes = [came for path in MODULES[::4] for step, came in on_wasmtime(path.read_bytes(), 1) if step.endswith(")")]
    assert sum(not isinstance(came, TrapKind) for came in outcomes) > 0.2 * len(outcomes)


def test_difference_is_noticed() -> None:
    same = [("start", None), ("f(1)", 2), ("memory", b"\0")]

    assert difference(same, list(same)) is None
    assert difference(same, [*same[:1], ("f(1)", 3)]) == (("f(1)", 2), ("f(1)", 3))
    assert difference(same, same[:2]) == (("memory", b"\0"), None)
    assert difference([*same[:1], ("f(1)", END)], same) is None


def test_other_arguments_of_the_same_module_give_other_steps(wat) -> None:
    data = wat('(module (func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))')
    steps = list(on_tier("python", data, 1))

    assert [came for step, came in steps if step.startswith("f(")] == [
        came for step, came in on_wasmtime(data, 1) if step[0] == "f"
    ]
    assert difference(steps, on_tier("python", data, 2)) is not None
