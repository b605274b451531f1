"""The long run: `python tests/differential/campaign.py --log FILE --share 0/2`, once for each core.

Lives here: how many modules of which kind run in which mode.
Not here: what is done with each (differential.py).

It may be stopped and started again: what stands in the log is not done again. Each piece is a process of its own, so that a crash
ends the piece alone; the module is then found in the folder of differences, as `under-way-…`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from differential import BATCH

PIECE = 200
"""Modules in one process."""

MODES = {"plain": 2_600, "fuel": 1_600, "memory": 800, "depth": 800}
"""Modules in each mode, for each kind of module."""

KINDS = [
    *(("smith", profile) for profile in ("scalar", "plain", "tail", "exceptions", "gc", "full", "threads", "pages", "relaxed")),
    *(("binaryen", profile) for profile in ("tail", "threads", "simd")),
]

TIERS_ONLY = ("relaxed", "simd")
"""Relaxed instructions may give one thing here, and another on wasmtime. The package cannot offer functions that take vectors."""

FIRST = 1_000_000
"""The first seed; each mode has its own million."""


def pieces() -> Iterator[list[str]]:
    """The arguments of each process, all kinds and modes in turn."""
    for place in range(0, max(MODES.values()), PIECE):
        for million, (mode, count) in enumerate(MODES.items(), 1):
            if place >= count:
                continue
            for generator, profile in KINDS:
                engines = ["python", "native"]
                if mode == "depth":
                    engines.append("stepping")
                if profile not in TIERS_ONLY:
                    engines.append("wasmtime")
                where = ["--first", str(FIRST * million + place), "--count", str(PIECE)]
                what = ["--generator", generator, "--profile", profile, "--mode", mode]
                yield [*what, "--engines", ",".join(engines), "--rounds", "2", *where]


def words_of(piece: list[str]) -> Iterator[str]:
    """How the batches of a piece begin in the log."""
    generator, profile, mode, _, rounds, first, count = piece[1::2]
    for batch in range(int(first), int(first) + int(count), BATCH):
        yield json.dumps([[generator, profile, mode, int(rounds), batch]])[:-2] + ","


def main() -> int:
    """Run a share of all pieces. 1 when one of them found something."""
    parser = argparse.ArgumentParser(description="Compare some fifty thousand random modules.")
    parser.add_argument("--log", required=True, metavar="FILE")
    parser.add_argument("--keep", default="different", metavar="FOLDER")
    parser.add_argument("--share", default="0/1", metavar="N/OF", help="which part of the pieces")
    options = parser.parse_args()
    share, of = map(int, options.share.split("/"))
    done = Path(options.log).read_text() if Path(options.log).exists() else ""
    program = [sys.executable, str(Path(__file__).with_name("differential.py")), "--log", options.log, "--keep", options.keep]
    found = False
    for piece in list(pieces())[share::of]:
        if all(words in done for words in words_of(piece)):
            continue
        ended = subprocess.run([*program, *piece], stdout=subprocess.PIPE, text=True)
        if ended.returncode:
            found = True
            print(f"{ended.returncode}: {' '.join(piece)}\n{ended.stdout}", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
