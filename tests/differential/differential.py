"""Random modules on our tiers and on wasmtime: `python tests/differential/differential.py --help`.

Lives here: the command line, the report, and the log by which a long run goes on where it ended.
Not here: making modules (generate.py), running them (engines.py) and comparing (modes.py).
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent), str(ROOT / "tests" / "fuzz")]

from engines import ROUNDS, verdict, wasmtime_verdict  # noqa: E402
from generate import GENERATORS, PROFILES, GeneratorMissing  # noqa: E402
from modes import ENGINES, MODES, compare  # noqa: E402
from mutations import change_bytes, change_module  # noqa: E402

import pywasm_vm as wasm  # noqa: E402
from pywasm_vm.binary.decode import decode_module  # noqa: E402

BATCH = 100

PATIENCE = 300
"""Seconds for one module; then the program says where it hangs, and ends."""


def main() -> int:
    """Compare what the command line asks for. 1 when there is a difference, 2 when nothing can be compared."""
    options = _parser().parse_args()
    keep = Path(options.keep)
    keep.mkdir(parents=True, exist_ok=True)
    log = Path(options.log) if options.log else None
    if options.summary:
        print(summary(log))
        return 0
    done = {key for key, _ in _entries(log)}
    told: Counter[str] = Counter()
    started = time.monotonic()
    try:
        for first in range(options.first, options.first + options.count, BATCH):
            count = min(BATCH, options.first + options.count - first)
            key = (options.generator, options.profile, options.mode, options.rounds, first, count, *options.engine)
            if key in done:
                continue
            batch = _batch(first, count, options, keep)
            told += batch
            if log is not None:
                with log.open("a") as file:
                    file.write(json.dumps([key, dict(batch)]) + "\n")
            print(f"{first + count - options.first} seeds, {time.monotonic() - started:.0f} s: {dict(told)}", flush=True)
    except GeneratorMissing as missing:
        print(missing, file=sys.stderr)
        return 2
    return 1 if told["different"] else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Run random modules on our tiers and on wasmtime, and compare.")
    parser.add_argument("--generator", choices=GENERATORS, default="smith")
    parser.add_argument("--profile", choices=PROFILES, default="full", help="what modules may use")
    parser.add_argument("--mode", choices=MODES, default="plain", help="under what bounds they run")
    parser.add_argument("--first", type=int, default=1, metavar="SEED")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="instances of each module")
    parser.add_argument(
        "--engines", dest="engine", type=lambda text: text.split(","), default=list(ENGINES), help="names with commas between"
    )
    parser.add_argument(
        "--mutants", type=int, default=0, metavar="N", help="also compare the verdict on N changed copies of each"
    )
    parser.add_argument("--keep", default="different", metavar="FOLDER", help="where modules that differ are put")
    parser.add_argument("--log", metavar="FILE", help="what was done is written there, and not done again")
    parser.add_argument("--summary", action="store_true", help="only say what stands in the log")
    return parser


def _batch(first: int, count: int, options: argparse.Namespace, keep: Path) -> Counter[str]:
    told: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        GENERATORS[options.generator](first, count, Path(folder), options.profile, options.mode in ("fuel", "depth"))
        for path in sorted(Path(folder).glob("*.wasm"), key=lambda path: int(path.stem)):
            faulthandler.dump_traceback_later(PATIENCE, exit=True)
            under_way = keep / f"under-way-{options.generator}-{options.profile}-{options.mode}-{path.name}"
            under_way.write_bytes(path.read_bytes())
            told.update(_compare(path.read_bytes(), int(path.stem), options, keep))
            under_way.unlink()
    faulthandler.cancel_dump_traceback_later()
    return told


def _compare(data: bytes, seed: int, options: argparse.Namespace, keep: Path) -> list[str]:
    """What became of one module: a word for each thing that was compared."""
    outcomes = []
    random = Random(seed)
    for copy in range(options.mutants):
        mutant = data
        for _ in range(random.randrange(1, 4)):
            mutant = change_module(mutant, random, change_bytes)
        outcomes.append(_compare_verdicts(mutant, f"{seed}-{copy}", keep))
    name = f"{options.profile}-{options.generator}-{options.mode}-{seed}"
    said = verdict(data)
    if said is not None and wasmtime_verdict(data) is not None:
        return [*outcomes, "refused by both"]
    if said is not None:
        return [*outcomes, _note(data, name, keep, f"refused: {said}")]
    if options.profile == "threads" and waits(data):
        return [*outcomes, "may wait for ever"]
    try:
        found = compare(data, seed, options.mode, options.engine, options.rounds)
    except wasm.Invalid:
        return [*outcomes, "valid, not run"]
    except Exception as error:
        return [*outcomes, _note(data, name, keep, repr(error))]
    if found is not None:
        names, one, other = found
        return [*outcomes, _note(data, name, keep, f"{names}: {str(one)[:300]} != {str(other)[:300]}")]
    return [*outcomes, "same"]


def waits(data: bytes) -> bool:
    """Whether a function of the module waits for other threads."""
    return any(
        instr[0].mnemonic.startswith("memory.atomic.wait") for function in decode_module(data).funcs for instr in function.body
    )


def _compare_verdicts(mutant: bytes, name: str, keep: Path) -> str:
    ours, theirs = verdict(mutant), wasmtime_verdict(mutant)
    if (ours is None) is (theirs is None):
        return "valid mutant" if ours is None else "invalid mutant"
    return _note(mutant, name, keep, f"verdict: {ours} / {theirs}")


def _note(data: bytes, name: str, keep: Path, sentence: str) -> str:
    (keep / f"{name}.wasm").write_bytes(data)
    print(f"{name}: {' '.join(sentence.split())}", flush=True)
    return "different"


def _entries(log: Path | None) -> Iterator[tuple[tuple[object, ...], dict[str, int]]]:
    """The batches that stand in the log: what each was, and what came of it."""
    if log is not None and log.exists():
        for line in log.read_text().splitlines():
            key, told = json.loads(line)
            yield tuple(key), told


def summary(log: Path | None) -> str:
    """A table of what the log tells, a line for each generator, profile and mode."""
    rows: dict[tuple[object, ...], Counter[str]] = {}
    for key, told in _entries(log):
        for row in (key[:3], ("all", "", "")):
            rows.setdefault(row, Counter()).update(told)
    return "\n".join(f"{' '.join(map(str, row)):30} {dict(told)}" for row, told in sorted(rows.items()))


if __name__ == "__main__":
    sys.exit(main())
