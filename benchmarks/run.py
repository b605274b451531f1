"""How fast everything is: every tier and every other engine that is installed, in one run, in turns, every result checked.

    python benchmarks/run.py [--kernels DIR] [--module FILE]... [--engine NAME]... [--only NAME]... [--rounds 3]
                             [--base native] [--quick] [--json FILE] [--plot FILE.svg]

Lives here: the order of measuring, and the report.
Not here: the engines (engines.py), the programs (cases.py), and the tables (figures.py). Nothing is installed: an engine that is
missing is not in the table.

What is measured. *Programs*: processor time of `run` after everything that happens once has happened, the best round of each;
slow engines get smaller arguments, and times are compared by instruction. *Loading*: decoding and validating the files given with
--module. *Crossings*: calls from Python into a guest, and from a guest to Python and back. *Memory*: what loading a file adds to
the peak of a process of its own. Compare ratios of one run only: on a shared machine single times vary by a factor of two.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, process_time
from timeit import Timer
from typing import Any

from cases import MIX, Program, kernel_folder, programs
from engines import NATIVE_CODE, TRIPS, Engine, engines
from figures import geometric_mean, markdown, number, picture, ratios

import pywasm_vm as wasm

NOT_IN_THE_MEAN = frozenset({"bulk", "simd", "hostcall", "mix"})
"""Programs that measure one thing only, or everything at once. They have a line of their own."""

NEEDS_HOST = frozenset({"hostcall"})

Table = dict[str, dict[str, float]]
"""By program or file, then by engine: seconds."""


def able(engine: Engine, program: Program) -> bool:
    """Whether *engine* has what *program* needs."""
    needs = program.features | ({"host"} if program.name in NEEDS_HOST else set())
    return not needs & engine.lacks


def measure_program(program: Program, found: Sequence[Engine], rounds: int, quick: bool) -> dict[str, float]:
    """Nanoseconds for an instruction, the best round of each engine. They take turns."""
    runs = {}
    for engine in found:
        if able(engine, program):
            try:
                runs[engine.name] = (engine.load(program), program.works["small" if quick else engine.use])
            except wasm.TierUnavailable as error:
                print(f"{program.name}: {error}", file=sys.stderr)
    small = program.works["small"]
    for name, (run, _) in runs.items():
        # Tiers translate at the first call, which is not to be in the times.
        _checked(program, name, run(small.argument), small.expected)
    best: dict[str, float] = {}
    for _ in range(rounds):
        for name, (run, work) in runs.items():
            begin = process_time()
            result = run(work.argument)
            seconds = process_time() - begin
            _checked(program, name, result, work.expected)
            best[name] = min(seconds * 1e9 / work.instructions, best.get(name, seconds * 1e9))
    return best


def _checked(program: Program, name: str, result: int, expected: int) -> None:
    if result % 2**64 != expected:
        sys.exit(f"{program.name} on {name}: {result % 2**64} is not {expected}")


def measure_loading(path: Path, found: Sequence[Engine], rounds: int) -> dict[str, float]:
    """Seconds to decode and validate the file at *path*, the best round of each. Engines that refuse it are left out."""
    code = path.read_bytes()
    best: dict[str, float] = {}
    refused: set[str] = set()
    for _ in range(rounds):
        for engine in found:
            if engine.check is None or engine.name in refused:
                continue
            begin = perf_counter()
            try:
                kept = engine.check(code)
            except Exception as error:  # noqa: BLE001  other people's engines raise what they like; the report says who refused
                print(f"{engine.name} refuses {path.name}: {str(error)[:100]}", file=sys.stderr)
                refused.add(engine.name)
                continue
            seconds = perf_counter() - begin
            del kept
            best[engine.name] = min(seconds, best.get(engine.name, seconds))
    return best


def measure_memory(path: Path, engine: Engine) -> int | None:
    """Bytes that loading the file at *path* adds to the peak of a new process; None when the engine refuses."""
    command = [sys.executable, __file__, "--peak", engine.name, "--module", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    return int(done.stdout) if done.returncode == 0 else None


def print_peak(path: Path, engine: Engine) -> None:
    """What `measure_memory` asks of the new process."""
    if engine.check is None:
        sys.exit(1)
    engine.check(b"\0asm\1\0\0\0")
    code = path.read_bytes()
    before = peak()
    kept = engine.check(code)
    print(peak() - before)
    del kept


def peak() -> int:
    """The most bytes that this process has had in memory. Linux only: elsewhere the figure would hold the parent's peak."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) * 1024


def nanoseconds(run: Callable[[], Any], per_run: int = 1) -> float:
    """The best of five timings of *run*, which does *per_run* of what is measured."""
    timer = Timer(run, timer=process_time)
    count = max(1, timer.autorange()[0] // 4)
    return min(timer.repeat(5, count)) / count / per_run * 1e9


def measure_crossings(found: Sequence[Engine]) -> Table:
    """Nanoseconds of a call into a guest, and of a round trip out of it, by engine."""
    table: Table = {"host → guest, empty function": {}, "guest → host → guest, i32 → i32": {}}
    for engine in found:
        if engine.calls is not None:
            empty, trips = engine.calls()
            table["host → guest, empty function"][engine.name] = nanoseconds(empty)
            table["guest → host → guest, i32 → i32"][engine.name] = nanoseconds(trips, TRIPS)
    return table


def program_table(results: Table, names: Sequence[str], base: str) -> tuple[str, dict[str, float]]:
    """The ratios to *base* as a table, and the geometric mean for each engine that ran all programs of the mean."""
    rows = []
    counted = [name for name in results if name not in NOT_IN_THE_MEAN]
    for program, times in results.items():
        if program not in NOT_IN_THE_MEAN:
            rows.append([program, *_cells(ratios(times, base), names)])
    means = {}
    for name in names:
        if counted and all(name in results[program] and base in results[program] for program in counted):
            means[name] = geometric_mean(results[program][name] / results[program][base] for program in counted)
    if means:
        rows.append(["**geometric mean**", *[f"**{cell}**" for cell in _cells(means, names)]])
    for program, times in results.items():
        if program in NOT_IN_THE_MEAN:
            rows.append([f"{program}, not in the mean", *_cells(ratios(times, base), names)])
    return markdown([f"time, {base} = 1", *names], rows), means


def _cells(values: dict[str, float], names: Sequence[str]) -> list[str]:
    return [number(values.get(name)) for name in names]


def report(results: dict[str, Any], base: str, names: Sequence[str], versions: dict[str, str]) -> str:
    """Everything that was measured, as Markdown."""
    about = ", ".join(f"{name} {word}" for name, word in versions.items() if word)
    parts = [f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}; {about}"]
    if results["programs"]:
        parts.append(program_table(results["programs"], names, base)[0])
    for key, what, scale in (("loading", "decode and validate, ms", 1e3), ("memory", "added to the peak by loading, MB", 1e-6)):
        if results[key]:
            rows = [[file, *_cells({n: v * scale for n, v in by.items()}, names)] for file, by in results[key].items()]
            parts.append(markdown([what, *names], rows))
    if results["crossings"]:
        rows = [[what, *_cells(times, names)] for what, times in results["crossings"].items()]
        parts.append(markdown(["crossing, ns", *names], rows))
    return "\n\n".join(parts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kernels", type=Path, default=kernel_folder(), help="a folder with a MANIFEST.json")
    parser.add_argument("--module", type=Path, action="append", default=[], metavar="FILE", help="measure loading it, too")
    parser.add_argument("--engine", action="append", default=[], metavar="NAME", help="only these engines")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only these programs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--base", help="the engine that counts as 1 (default: native, else python)")
    parser.add_argument("--quick", action="store_true", help="small arguments for everybody: ratios of fast engines are rough")
    parser.add_argument("--no-crossings", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write the geometric means as a picture, SVG")
    parser.add_argument("--peak", help=argparse.SUPPRESS)
    return parser.parse_args()


def _programs(options: argparse.Namespace) -> list[Program]:
    found = programs(MIX)
    if (options.kernels / "MANIFEST.json").exists():
        found = programs(options.kernels) + found
    else:
        print(f"no kernels in {options.kernels} (--kernels, PYWASM_BENCH_KERNELS): only the mix is run", file=sys.stderr)
    return [program for program in found if not options.only or program.name in options.only]


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def main() -> None:
    """Parse the options, measure, print."""
    options = _options()
    every = engines()
    unknown = set(options.engine) - {engine.name for engine in every}
    if unknown:
        sys.exit(f"no engine {', '.join(sorted(unknown))} here; there is {', '.join(engine.name for engine in every)}")
    if options.peak:
        print_peak(options.module[0], next(engine for engine in every if engine.name == options.peak))
        return
    found = [engine for engine in every if not options.engine or engine.name in options.engine]
    names = [engine.name for engine in found]
    base = options.base or next((name for name in ("native", "python") if name in names), names[0])
    results: dict[str, Any] = {"programs": {}, "loading": {}, "memory": {}, "crossings": {}}
    begin = perf_counter()
    for program in _programs(options):
        _say(f"{program.name} …")
        results["programs"][program.name] = measure_program(program, found, options.rounds, options.quick)
    for path in options.module:
        _say(f"loading {path.name} …")
        results["loading"][path.name] = measure_loading(path, found, options.rounds)
        peaks = {engine.name: measure_memory(path, engine) for engine in found if engine.name in results["loading"][path.name]}
        results["memory"][path.name] = {name: peak for name, peak in peaks.items() if peak is not None}
    if not options.no_crossings:
        _say("crossings …")
        results["crossings"] = measure_crossings(found)
    _say("")
    versions = {engine.name: engine.version for engine in found if "," not in engine.name}
    print(report(results, base, names, versions))
    print(f"\nmeasured in {perf_counter() - begin:.0f} s, {options.rounds} rounds, load {os.getloadavg()[0]:.1f}")
    if options.json:
        figures = {"python": platform.python_version(), "versions": versions, "base": base, **results}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.plot and results["programs"]:
        against = NATIVE_CODE if NATIVE_CODE in names else base
        means = program_table(results["programs"], names, against)[1]
        if means:
            title = f"Twelve kernels, geometric mean: time, {against} = 1"
            options.plot.write_text(picture(title, means, frozenset({"native", "python"})), encoding="utf-8")


if __name__ == "__main__":
    main()
