"""A second instance of a module that is loaded already, beside loading it: milliseconds, and memory.

    python benchmarks/instances.py [FILE] [--tier native] [--rounds 5] [--json]

Lives here: decoding, checking and linking a filter in a new process (its start function is not run), then clones of it.
Not here: loading alone (loading.py), and what the clones do (run.py, streams.py).

Seconds are processor time. The first load is the best of some new processes, the clone the median of ten in each. Imports are
answered by functions that do nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import process_time

import pywasm_vm as wasm

FILTER = Path(__file__).resolve().parents[1] / "tests" / "guests" / "go.wasm"
CLONES = 10


def nothing(*_arguments: object) -> int:
    """What a host function of this script does."""
    return 0


def linked(data: bytes, tier: str) -> tuple[wasm.Vm, float]:
    """The module in *data*, linked, and the seconds that took."""
    vm = wasm.Vm(tier)
    for item in wasm.Module.decode(data, validate="never").imports:
        if isinstance(item.type, wasm.FuncType):
            vm.register_callback(item.module, item.name, _signature(item.type), nothing)
    begin = process_time()
    vm.load(data)
    vm.link("first")
    return vm, process_time() - begin


def _signature(functype: wasm.FuncType) -> str:
    return f"{' '.join(map(str, functype.params))} -> {' '.join(map(str, functype.results))}"


def resident() -> int:
    """Bytes of this process in memory. Linux only; 0 elsewhere."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    lines = status.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024


def measure(path: Path, tier: str) -> dict[str, float]:
    """In this process: the first load, the median of the clones, and what one of them adds to the memory."""
    data = path.read_bytes()
    # What belongs to the engine and not to the module: its extension, its own modules.
    linked(b"\0asm\1\0\0\0", tier)
    vm, first = linked(data, tier)
    clones, seconds = [], []
    before = resident()
    for _ in range(CLONES):
        begin = process_time()
        clones.append(vm.clone())
        seconds.append(process_time() - begin)
    added = (resident() - before) / CLONES
    return {"first": first, "second": median(seconds), "memory": clones[0].memory_size(), "added": added}


def main() -> None:
    """Parse the options, measure in new processes, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, default=FILTER)
    parser.add_argument("--tier", default="auto")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps(measure(options.file, options.tier)))
        return
    command = [sys.executable, __file__, str(options.file), "--tier", options.tier, "--here"]
    found = [json.loads(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(options.rounds)]
    first, second = min(it["first"] for it in found), min(it["second"] for it in found)
    added, memory = min(it["added"] for it in found), found[0]["memory"]
    if options.json:
        print(json.dumps({"first": first, "second": second, "added": added, "memory": memory}))
        return
    print(f"{options.file.name}, tier {wasm.load_tier(options.tier).name}")
    print(f"first load: {first * 1e3:.1f} ms; second instance: {second * 1e3:.2f} ms, 1/{first / second:.0f}")
    print(f"a second instance adds {added / 1e6:.2f} MB; its linear memory has {memory / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
