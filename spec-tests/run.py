"""Runs the official test suite: every script on every tier, with a summary that fits a screen.

Lives here: the command line, and the order of the work.
Not here: everything else; README.md says where.

Exit codes: 0 when every command passed or is a known gap; 1 when something else happened, a gap that is none any more included;
2 for wrong usage and when there is no suite.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from gaps import GapsBroken, ScriptResult, Verdict, judge, misspelt, read_gaps
from pool import Job, largest_process, run_jobs
from report import Progress, as_json, miscounted, summary
from script import Script
from suite import NO_SUITE, SuiteScript, find_suite, scripts_in

import pywasm_vm as wasm

__all__ = ["main", "tiers_here"]

SLOW = ("skip-stack-guard-page.wast",)
"""Scripts that take longer than their size says: each call of a very large function runs until the stack is full."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for, and return the exit code."""
    options = _parser().parse_args(arguments)
    suite = find_suite(options.suite)
    if suite is None:
        return _refuse(f"there is no test suite at {options.suite}" if options.suite else NO_SUITE)
    scripts = scripts_in(suite, options.only)
    if not scripts:
        return _refuse(f"no script of {suite} matches {options.only!r}")
    try:
        tiers = options.tier or tiers_here()
        for tier in tiers:
            wasm.load_tier(tier)
        gaps = read_gaps()
    except (wasm.TierUnavailable, ValueError, GapsBroken) as error:
        return _refuse(str(error))
    print(f"{len(scripts)} scripts of {suite}, {options.processes} processes")
    reports, good = [], True
    for tier in tiers:
        started = time.monotonic()
        results = _run(scripts, tier, options.processes, options.timeout)
        verdicts = [judge(result, gaps) for result in results]
        print(summary(tier, verdicts, verbose=options.verbose))
        complaints = _complaints(results, suite)
        if options.only is None:
            complaints += misspelt(gaps, (script.name for script in scripts))
        print("".join(f"\n{complaint}" for complaint in complaints))
        print(_last_words(verdicts, complaints, time.monotonic() - started))
        good = good and not complaints and all(verdict.good for verdict in verdicts)
        reports.append(as_json(tier, results))
    if options.json:
        Path(options.json).write_text(json.dumps(reports[0] if len(reports) == 1 else reports, indent=1) + "\n", encoding="utf-8")
    return 0 if good else 1


def tiers_here() -> list[str]:
    """The tiers that can run something."""
    here = []
    for name in wasm.TIER_NAMES:
        if name == "auto":
            continue
        try:
            wasm.load_tier(name)
        except wasm.TierUnavailable:
            continue
        here.append(name)
    return here


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py", description="Run the official WebAssembly test suite.")
    parser.add_argument("--suite", metavar="DIR", help="the folder of the suite (else WASM_TESTSUITE, testsuite/, ../shared)")
    parser.add_argument("--tier", metavar="NAME", action="append", help="a tier to run; may be repeated (else all that are here)")
    parser.add_argument("--only", metavar="GLOB", help='only scripts whose names match: "simd_*.wast", "proposals/threads/*"')
    parser.add_argument("--json", metavar="FILE", help="write total, passed and failed per file and command form")
    parser.add_argument("-j", dest="processes", metavar="N", type=_positive, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=120.0, help="for each script (120)")
    parser.add_argument("-v", "--verbose", action="store_true", help="show every failure")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least one process is needed")
    return number


def _run(scripts: Sequence[SuiteScript], tier: str, processes: int, seconds: float) -> list[ScriptResult]:
    """The results on *tier*, by name. What takes longest begins first, so that nobody waits for it alone in the end."""
    ordered = sorted(scripts, key=lambda script: (script.name not in SLOW, -script.path.stat().st_size))
    jobs = [Job(tier, script.name, script.path) for script in ordered]
    progress = Progress(_commands(scripts) if sys.stderr.isatty() else 0)
    results = list(run_jobs(jobs, processes=processes, seconds=seconds, progress=progress.advance))
    progress.clear()
    return sorted(results, key=lambda result: result.script)


def _commands(scripts: Sequence[SuiteScript]) -> int:
    """How many commands there are. Reading all scripts takes seconds, and only a progress bar wants to know it beforehand."""
    total = 0
    for script in scripts:
        try:
            total += len(Script(script.path.read_bytes()))
        except wasm.Malformed:
            total += 1
    return total


def _complaints(results: Sequence[ScriptResult], suite: Path) -> list[str]:
    counts = suite / "COUNTS.json"
    if not counts.exists():
        return []
    return miscounted(results, json.loads(counts.read_text(encoding="utf-8")))


def _last_words(verdicts: Sequence[Verdict], complaints: Sequence[str], seconds: float) -> str:
    failures, closed = sum(len(v.unexpected) for v in verdicts), sum(len(v.closed) for v in verdicts)
    took = f"{seconds:.1f} s, largest process {largest_process() >> 20} MB"
    if not failures and not closed and not complaints:
        gaps = sum(v.explained.total() for v in verdicts)
        return f"good: everything passes ({took})" if not gaps else f"good: everything passes or is a known gap ({took})"
    parts = [f"{failures:,} unexpected failures", f"{closed:,} gaps to take off the list", f"{len(complaints)} other complaints"]
    return f"not good: {', '.join(parts)} ({took})"


def _refuse(sentence: str) -> int:
    print(f"run.py: {sentence}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
