"""Two stores on two threads: how much more they do together than one alone.

    python benchmarks/threads.py [--threads 2] [--rounds 5] [--check]

Lives here: one program without host calls, in a store for each thread, timed by the clock on the wall.
Not here: anything else; a guest that calls the host often has to wait for Python's lock.

The best round counts: whatever else the machine does costs a core. With --check the exit code tells whether two threads do at
least 1.8 times as much as one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread
from time import perf_counter

from cases import MIX, programs

import pywasm_vm as wasm

BAR = 1.8


def guests(number: int, tier: str) -> list[Callable[[int], int]]:
    """*number* instances of the mix, each in a store of its own."""
    module = wasm.Module.decode(programs(Path(MIX))[0].code)
    runs = [wasm.Store(tier=tier).instantiate(module).exports.run for _ in range(number)]
    for run in runs:
        run(1)
    return runs


def seconds(runs: list[Callable[[int], int]], argument: int) -> float:
    """How long all of *runs* take, each on a thread, from when the last is ready."""
    ready = Barrier(len(runs) + 1)

    def work(run: Callable[[int], int]) -> None:
        ready.wait()
        run(argument)

    threads = [Thread(target=work, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    ready.wait()
    begin = perf_counter()
    for thread in threads:
        thread.join()
    return perf_counter() - begin


def main() -> int:
    """Parse the options, measure, print; gives the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tier", default="native")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    argument = programs(Path(MIX))[0].works["bench"].argument
    runs = guests(options.threads, options.tier)
    one = all_of_them = float("inf")
    for _ in range(options.rounds):
        one = min(one, seconds(runs[:1], argument))
        all_of_them = min(all_of_them, seconds(runs, argument))
    ratio = options.threads * one / all_of_them
    print(f"tier {options.tier}: one store {one:.3f} s; {options.threads} at once {all_of_them:.3f} s: {ratio:.2f} times as much")
    return 1 if options.check and ratio < BAR else 0


if __name__ == "__main__":
    sys.exit(main())
