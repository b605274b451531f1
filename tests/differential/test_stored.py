"""A sample of random modules does on every engine what it does on the others, in every mode; changed copies are judged alike."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import pytest

from pywasm_vm import TrapKind
from pywasm_vm.binary.encode import encode_module
from pywasm_vm.native.core import missing
from pywasm_vm.text.parse import parse_module

pytest.importorskip("wasmtime", reason="the extra `wasmtime` is not installed")

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "fuzz")]

from campaign import TIERS_ONLY  # noqa: E402
from engines import END, FUEL_LEFT, End, difference, on_tier, on_wasmtime, verdict, wasmtime_verdict  # noqa: E402
from modes import ENGINES, MODES, compare, conditions  # noqa: E402
from mutations import change_bytes, change_module  # noqa: E402

MODULES = sorted((HERE / "modules").glob("*.wasm"))

HERE_NOW = tuple(name for name in ENGINES if name != "native" or not missing())
"""The engines of this machine: the quickest tier of ours is the last but one."""

BOUNDED = tuple(mode for mode in MODES if mode != "plain")


def seed_of(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])


def engines_for(path: Path) -> tuple[str, ...]:
    """All that run what the module has, each in a way that must be the others'."""
    return tuple(name for name in HERE_NOW if name != "wasmtime" or not path.stem.startswith(TIERS_ONLY))


@pytest.mark.parametrize("path", [path for path in MODULES if "endless" not in path.stem], ids=lambda path: path.stem)
def test_module_does_the_same_on_every_engine(path: Path) -> None:
    assert compare(path.read_bytes(), seed_of(path), "plain", engines_for(path), rounds=4) is None


@pytest.mark.parametrize("mode", BOUNDED)
@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_module_does_the_same_on_every_engine_under_bounds(path: Path, mode: str) -> None:
    if mode == "memory" and "endless" in path.stem:
        mode = "fuel"

    assert compare(path.read_bytes(), seed_of(path), mode, engines_for(path), rounds=2) is None


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
    ending = [path for path in MODULES if "endless" not in path.stem and "wasmtime" in engines_for(path)]
    outcomes = [came for path in ending[::4] for step, came in on_wasmtime(path.read_bytes(), 1) if step.endswith(")")]
    assert sum(not isinstance(came, TrapKind) for came in outcomes) > 0.2 * len(outcomes)


@pytest.mark.parametrize("mode", BOUNDED)
def test_bounds_are_met(mode: str) -> None:
    """Some calls end by the bound of the mode, and some do not."""
    kind = {"fuel": TrapKind.OUT_OF_FUEL, "depth": TrapKind.CALL_STACK_EXHAUSTED, "memory": TrapKind.OUT_OF_MEMORY}[mode]
    came = [
        outcome
        for path in MODULES[::2]
        if mode != "memory" or "endless" not in path.stem
        for data, seed in [(path.read_bytes(), seed_of(path))]
        for step, outcome in on_tier(HERE_NOW[-2], data, seed, conditions(mode, seed, data, 1))
        if step == "start" or step.endswith(")")
    ]

    ends = [outcome for outcome in came if isinstance(outcome, End)]
    assert End(kind.value) in ends
    assert len(ends) < 0.8 * len(came)


def test_difference_is_noticed() -> None:
    same = [("start", None), ("f(1)", 2), ("memory", b"\0")]

    assert difference(same, list(same)) is None
    assert difference(same, [*same[:1], ("f(1)", 3)]) == (("f(1)", 2), ("f(1)", 3))
    assert difference(same, same[:2]) == (("memory", b"\0"), None)
    assert difference([*same[:1], ("f(1)", END)], same) is None


def test_fuel_and_what_comes_after_an_end_count_in_an_exact_comparison_only() -> None:
    one = [("f()", End("out of fuel")), (FUEL_LEFT, 0), ("g()", 1)]
    other = [("f()", End("out of fuel")), (FUEL_LEFT, 0), ("g()", 2)]
    third = [("f()", 1), (FUEL_LEFT, 3)]

    assert difference(one, other) is None
    assert difference(one, other, exact=True) == (("g()", 1), ("g()", 2))
    assert difference(third, [third[0], (FUEL_LEFT, 4)]) is None
    assert difference(third, [third[0], (FUEL_LEFT, 4)], exact=True) == ((FUEL_LEFT, 3), (FUEL_LEFT, 4))


def test_nans_in_vectors_are_nans() -> None:
    """Which of two a tier of ours gives depends on how Python has compiled a sum."""
    quiet, other, one = "fff8000000000000", "fff8000000000001", "0000803f00000000"
    texts = [f"(v128.const i64x2 0x{lane} 5)" for lane in (quiet, other, one)]
    imported = '(import "env" "log" (func $log (param v128)))'
    log = [f'(module {imported} (func (export "f") (call $log {text})))' for text in texts]

    first, second, third = (list(on_tier("python", encode_module(parse_module(text)), 1)) for text in log)

    assert difference(first, second, exact=True) is None
    assert difference(first, third, exact=True) is not None


def test_engines_that_differ_are_named() -> None:
    """A relaxed product and sum is two roundings on each of our tiers, and one on wasmtime."""
    x = "(f64x2.splat (f64.const 0x1.0000002p+0))"
    text = f"""(module (func (export "f") (result f64)
      (f64x2.extract_lane 0 (f64x2.relaxed_madd {x} {x} (f64x2.splat (f64.const -0x1.0000004p+0))))))"""
    data = encode_module(parse_module(text))

    found = compare(data, 1, "plain", HERE_NOW, rounds=1)

    assert found is not None
    assert found[0] == "python / wasmtime"
    assert found[1] is not None
    assert found[1][0] == "f()"
    assert compare(data, 1, "plain", HERE_NOW[:-1], rounds=1) is None


def test_other_arguments_of_the_same_module_give_other_steps(wat) -> None:
    data = wat('(module (func (export "f") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))')
    steps = list(on_tier("python", data, 1))

    assert [came for step, came in steps if step.startswith("f(")] == [
        came for step, came in on_wasmtime(data, 1) if step[0] == "f"
    ]
    assert difference(steps, on_tier("python", data, 2)) is not None
