"""Loading a large module: seconds and memory from the bytes of the file to a checked module.

    python benchmarks/loading.py FILE [--rounds 3] [--seconds 40 --megabytes 1536] [--json]

Lives here: decoding, and decoding with each way of checking, each in a process of its own, without and (when it is built) with
the C core; the table of seconds and peak memory.
Not here: how fast the code runs (run.py), and whole filters until their first answer (first_answer.py).

Seconds are processor time, the best of the rounds; memory is the largest that the process has had, the interpreter and the bytes
of the file included. With --seconds or --megabytes the exit code is 1 when checking everything takes more without the C core.
A well-known large module is the one in the npm package esbuild-wasm.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from platform import python_version
from time import process_time

ROOT = Path(__file__).resolve().parents[1]

WAYS = {
    "never": "decode only",
    "lazy": "decode, check all but the functions",
    "eager": "decode, check everything",
}
"""The ways of `Module.decode` to check a module."""

CORES = {"0": "Python", "1": "C core"}
"""The values of the switch, and who checks functions then."""


def load(path: str, way: str) -> None:
    """Load the file in this process, and print what it took."""
    import pywasm_vm as wasm
    from pywasm_vm.native.core import core

    if os.environ["PYWASM_VM_NATIVE"] == "1" and core() is None:
        print("null")
        return
    data = Path(path).read_bytes()
    before = process_time()
    module = wasm.Module.decode(data, validate=way, features=frozenset(wasm.Feature))  # type: ignore[arg-type]
    seconds = process_time() - before
    # The kernel of Linux counts in KiB, others in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(json.dumps({"seconds": seconds, "bytes": peak, "functions": len(module.syntax.funcs)}))


def measure(path: Path, way: str, core: str, rounds: int) -> dict[str, float] | None:
    """The best of the rounds; None when there is no C core."""
    best: dict[str, float] | None = None
    for _ in range(rounds):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYWASM_VM_NATIVE": core}
        command = [sys.executable, __file__, str(path), "--load", way]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{path} cannot be loaded: {done.stderr.strip().splitlines()[-1]}")
        result: dict[str, float] | None = json.loads(done.stdout)
        if result is None:
            return None
        if best is None or result["seconds"] < best["seconds"]:
            best = result
    return best


def main() -> int:
    """Parse the options, measure, print; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="a binary module")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, help="what decoding and checking may take without the C core")
    parser.add_argument("--megabytes", type=float, help="the memory that it may take, in MiB")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--load", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        load(str(options.file), options.load)
        return 0
    results = {
        (way, core): result
        for way, core in (("never", "0"), ("lazy", "0"), ("eager", "0"), ("eager", "1"))
        if (result := measure(options.file, way, core, options.rounds)) is not None
    }
    if options.json:
        print(
            json.dumps(
                {"python": python_version(), "loading": {f"{way}, {CORES[core]}": r for (way, core), r in results.items()}}
            )
        )
    else:
        whole = results["eager", "0"]
        size = options.file.stat().st_size
        print(f"CPython {python_version()}, {options.file.name}: {size:,} bytes, {whole['functions']:,} functions\n")
        print("| what | functions checked by | seconds | MB/s | peak memory, MiB |\n|---|---|---|---|---|")
        for (way, core), result in results.items():
            seconds, mebibytes = result["seconds"], result["bytes"] / 2**20
            by = CORES[core] if way == "eager" else "nobody"
            print(f"| {WAYS[way]} | {by} | {seconds:.2f} | {size / seconds / 1e6:.1f} | {mebibytes:.0f} |")
    slowest = results["eager", "0"]
    late = options.seconds is not None and slowest["seconds"] > options.seconds
    fat = options.megabytes is not None and slowest["bytes"] > options.megabytes * 2**20
    return 1 if late or fat else 0


if __name__ == "__main__":
    sys.exit(main())
