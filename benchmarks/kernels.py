"""Small programs in every pure-Python way to run them: how many times faster than the spec-shaped interpreter `pywasm`.

    python benchmarks/kernels.py [--kernels DIR] [--rounds 7] [--only NAME,NAME] [--use small] [--json]

Lives here: running each kernel on `pywasm` and `pwasm` (when they are installed) and on our tiers, in turns, comparing every
result with the manifest, and the table of ratios with their geometric mean.
Not here: calls across the border (calls.py) and whole filters (first_answer.py).

The kernels are a folder with MANIFEST.json and .wasm files: --kernels, else the variable PYWASM_BENCH_KERNELS, else the folder
`shared/bench-kernels` beside this repository. Kernels that need host functions or that measure bulk copies are left out. The one
that needs SIMD is in the table, with a dash for whoever cannot run it, but takes no part in the mean. Translation happens before
the clock starts; times are processor time, the best of the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from math import exp, log
from pathlib import Path
from platform import python_version
from time import process_time
from typing import Any

import pywasm_vm as wasm

BASELINE = "pywasm"
"""What the ratios are relative to."""

LEFT_OUT = frozenset({"bulk", "hostcall"})

LACKS: dict[str, frozenset[str]] = {"pwasm": frozenset({"simd"})}
"""The features of the manifest that a contender does not have."""

PLENTY = 1 << 60
"""Fuel that no kernel uses up: code that asks for fuel, without an end to it."""

Run = Callable[[int], Any]


@dataclass(frozen=True)
class Case:
    """One kernel with one argument."""

    name: str
    code: bytes
    path: Path
    argument: int
    expected: int
    instructions: int
    features: frozenset[str]
    """What it needs beyond the first version of WebAssembly. Kernels that need something take no part in the mean."""


def kernels(folder: Path, use: str, only: frozenset[str]) -> list[Case]:
    """The cases of the manifest in *folder* for *use*, in its order."""
    manifest = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))
    return [
        Case(
            kernel["name"],
            (folder / kernel["file"]).read_bytes(),
            folder / kernel["file"],
            case["arg"],
            int(case["expected"]) % 2**64,
            case["instructions"],
            frozenset(kernel["features"]),
        )
        for kernel in manifest["kernels"]
        for case in kernel["cases"]
        if case["use"] == use and kernel["name"] not in LEFT_OUT and (not only or kernel["name"] in only)
    ]


def on_pywasm(case: Case) -> Run:
    """The kernel in the interpreter `pywasm`."""
    import pywasm

    runtime = pywasm.Runtime()
    instance = runtime.instance_from_file(str(case.path))
    return lambda argument: runtime.invocate(instance, "run", [argument])[0]


def on_pwasm(case: Case) -> Run:
    """The kernel in the translator `pwasm`."""
    import pwasm

    run: Run = pwasm.instantiate(pwasm.decode_module(case.code)).exports.run
    return run


def on_ours(tier: str, fuel: int | None, case: Case) -> Run:
    """The kernel in one of our tiers; with *fuel*, in code that asks for it."""
    run: Run = wasm.Store(tier=tier, fuel=fuel).instantiate(wasm.Module.decode(case.code)).exports.run
    return run


def contenders() -> dict[str, Callable[[Case], Run]]:
    """Everything that is here, the baseline first."""
    found: dict[str, Callable[[Case], Run]] = {}
    for name, make in (("pywasm", on_pywasm), ("pwasm", on_pwasm)):
        if find_spec(name) is not None:
            found[name] = make
    for tier in wasm.TIER_NAMES:
        try:
            wasm.load_tier(tier)
        except wasm.TierUnavailable:
            continue
        if tier != "auto":
            found[tier] = partial(on_ours, tier, None)
            found[f"{tier}, metered"] = partial(on_ours, tier, PLENTY)
    return found


def measure(case: Case, runs: dict[str, Run], rounds: int) -> dict[str, float]:
    """Seconds of the best round of each. They take turns, so that a noisy machine is noisy for all; the slow one runs twice."""
    best: dict[str, float] = {}
    for turn in range(rounds):
        for name, run in runs.items():
            if name == BASELINE and turn >= 2:
                continue
            begin = process_time()
            result = run(case.argument)
            seconds = process_time() - begin
            if result % 2**64 != case.expected:
                sys.exit(f"{case.name} on {name}: {result} is not {case.expected}")
            best[name] = min(seconds, best.get(name, seconds))
    return best


def mean(ratios: list[float]) -> float:
    """The geometric mean."""
    return exp(sum(map(log, ratios)) / len(ratios))


def table(results: dict[str, dict[str, float]], cases: list[Case]) -> str:
    """The figures as a Markdown table: milliseconds and million instructions per second of each, and how many times faster."""
    names = max((list(times) for times in results.values()), key=len)
    base = BASELINE if BASELINE in names else names[0]
    head = ["kernel", *(f"{name}: ms" for name in names), *(f"{name}: ×{base}" for name in names if name != base)]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for case in cases:
        times = results[case.name]
        cells = [
            f"{times[name] * 1e3:.2f} ({case.instructions / times[name] / 1e6:.1f} Mi/s)" if name in times else "–"
            for name in names
        ]
        cells += [f"{times[base] / times[name]:.1f}" if name in times else "–" for name in names if name != base]
        lines.append("| " + " | ".join([case.name, *cells]) + " |")
    counted = [results[case.name] for case in cases if not case.features]
    if counted:
        means = [f"{mean([times[base] / times[name] for times in counted]):.1f}" for name in names if name != base]
        lines.append("| " + " | ".join(["geometric mean", *[""] * len(names), *means]) + " |")
    return "\n".join(lines)


def main() -> None:
    """Parse the options, measure, print."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "bench-kernels"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kernels", type=Path, default=Path(os.environ.get("PYWASM_BENCH_KERNELS", beside)))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="names with commas between them")
    parser.add_argument("--use", default="small", choices=["small", "bench"])
    parser.add_argument("--json", action="store_true", help="seconds as one JSON object")
    options = parser.parse_args()
    if not (options.kernels / "MANIFEST.json").exists():
        sys.exit(f"no MANIFEST.json in {options.kernels}: say where the kernels are with --kernels or PYWASM_BENCH_KERNELS")
    cases = kernels(options.kernels, options.use, frozenset(filter(None, options.only.split(","))))
    makers = contenders()
    results = {}
    for number, case in enumerate(cases, 1):
        print(f"\r{number}/{len(cases)} {case.name:<12}", end="", file=sys.stderr, flush=True)
        able = {name: make(case) for name, make in makers.items() if not case.features & LACKS.get(name, frozenset())}
        results[case.name] = measure(case, able, options.rounds)
    print("\r" + " " * 30 + "\r", end="", file=sys.stderr)
    if options.json:
        print(json.dumps({"python": python_version(), "seconds": results}, indent=1))
    else:
        print(f"CPython {python_version()}, arguments: {options.use}\n")
        print(table(results, cases))


if __name__ == "__main__":
    main()
