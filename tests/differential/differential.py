"""Random modules on our tiers and on wasmtime: `python tests/differential/differential.py --help`.

Lives here: the command line and the report.
Not here: making modules (generate.py) and running them (engines.py).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent), str(ROOT / "tests" / "fuzz")]

from engines import difference, on_tier, on_wasmtime, verdict, wasmtime_verdict  # noqa: E402
from generate import GENERATORS, PROFILES, GeneratorMissing  # noqa: E402
from mutations import change_bytes, change_module  # noqa: E402

import pywasm_vm as wasm  # noqa: E402

BATCH = 100

TIERS = ("python", "stepping", "native")


def main() -> int:
    """Compare what the command line asks for. 1 when there is a difference, 2 when nothing can be compared."""
    options = _parser().parse_args()
    told: Counter[str] = Counter()
    keep = Path(options.keep)
    keep.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    try:
        for first in range(options.first, options.first + options.count, BATCH):
            with TemporaryDirectory() as folder:
                count = min(BATCH, options.first + options.count - first)
                GENERATORS[options.generator](first, count, Path(folder), options.profile)
                for path in sorted(Path(folder).glob("*.wasm"), key=lambda path: int(path.stem)):
                    for outcome in _compare(path.read_bytes(), int(path.stem), options, keep):
                        told[outcome] += 1
            print(f"{first + count - options.first} seeds, {time.monotonic() - started:.0f} s: {dict(told)}", flush=True)
    except GeneratorMissing as missing:
        print(missing, file=sys.stderr)
        return 2
    return 1 if told["different"] else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Run random modules on our tiers and on wasmtime, and compare.")
    parser.add_argument("--generator", choices=GENERATORS, default="smith")
    parser.add_argument("--profile", choices=PROFILES, default="full", help="what modules may use")
    parser.add_argument("--first", type=int, default=1, metavar="SEED")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--tier", action="append", help="may be repeated; all when left out")
    parser.add_argument(
        "--mutants", type=int, default=0, metavar="N", help="also compare the verdict on N changed copies of each"
    )
    parser.add_argument("--keep", default="different", metavar="FOLDER", help="where modules that differ are put")
    return parser


def _compare(data: bytes, seed: int, options: argparse.Namespace, keep: Path) -> list[str]:
    """What became of one module: a word for each thing that was compared."""
    outcomes = []
    random = Random(seed)
    for copy in range(options.mutants):
        mutant = data
        for _ in range(random.randrange(1, 4)):
            mutant = change_module(mutant, random, change_bytes)
        outcomes.append(_compare_verdicts(mutant, f"{seed}-{copy}", keep))
    said = verdict(data)
    if said is not None and wasmtime_verdict(data) is not None:
        return [*outcomes, "refused by both"]
    if said is not None:
        return [*outcomes, _note(data, f"{seed}", keep, f"refused: {said}")]
    try:
        wasm.Module.decode(data, features=wasm.RUNNABLE)
    except wasm.Invalid:
        return [*outcomes, "valid, not run"]
    theirs = list(on_wasmtime(data, seed))
    for tier in options.tier or TIERS:
        try:
            found = difference(on_tier(tier, data, seed), theirs)
        except wasm.TierUnavailable:
            outcomes.append(f"not for {tier}")
            continue
        except Exception as error:
            return [*outcomes, _note(data, f"{seed}", keep, f"{tier}: {error!r}")]
        if found is not None:
            return [*outcomes, _note(data, f"{seed}", keep, f"{tier}: {str(found[0])[:300]} != {str(found[1])[:300]}")]
    return [*outcomes, "same"]


def _compare_verdicts(mutant: bytes, name: str, keep: Path) -> str:
    ours, theirs = verdict(mutant), wasmtime_verdict(mutant)
    if (ours is None) is (theirs is None):
        return "valid mutant" if ours is None else "invalid mutant"
    return _note(mutant, name, keep, f"verdict: {ours} / {theirs}")


def _note(data: bytes, name: str, keep: Path, sentence: str) -> str:
    (keep / f"{name}.wasm").write_bytes(data)
    print(f"{name}: {' '.join(sentence.split())}", flush=True)
    return "different"


if __name__ == "__main__":
    sys.exit(main())
