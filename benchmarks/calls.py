"""What it costs to cross the border between Python and a guest, beside a plain Python call.

Lives here: empty calls, calls with arguments, round trips through a host function, and copies of memory, each in nanoseconds and
as a multiple of a plain Python call measured in the same run.
Not here: what guests cost inside (the kernels).

    python benchmarks/calls.py [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from time import process_time
from timeit import Timer

import pywasm_vm as wasm

WASM = bytes.fromhex(
    "0061736d0100000001130460017f017f60000060027f7f017f60017f0002090103656e760166000003050401020003050301000107270506"
    "6d656d6f7279020005656d70747900010361646400020474726970000305747269707300040a270402000b0700200020016a0b0600200010"
    "000b13000340200010001a200041016b22000d000b0b000b046e616d65010401000166"
)
"""Assembled from the text below, so that this script needs nothing but the package.

    (module
      (import "env" "f" (func $f (param i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "empty"))
      (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "trip") (param i32) (result i32) (call $f (local.get 0)))
      (func (export "trips") (param i32)
        (loop (drop (call $f (local.get 0))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
"""

TRIPS = 1000


def module() -> wasm.Module:
    """The guest."""
    return wasm.Module.decode(WASM)


def nanoseconds(run: Callable[[], object], per_run: int = 1) -> float:
    """The best of seven timings of *run*, which does *per_run* of what is measured."""
    timer = Timer(run, timer=process_time)
    count = max(1, timer.autorange()[0] // 4)
    return min(timer.repeat(7, count)) / count / per_run * 1e9


def plain(a: int, b: int) -> int:
    """What everything is compared with."""
    return (a + b) & 0xFFFFFFFF


def nothing() -> None:
    """An empty function."""


def measure(seconds: float | None) -> dict[str, float]:
    """Each crossing of our `Vm`; with *seconds* the code looks at the clock, as that of a host's plugins does."""
    vm = wasm.Vm()
    vm.register_callback("env", "f", "i32 -> i32", lambda value: value)
    vm.set_deadline(seconds)
    vm.load(WASM)
    vm.link()
    empty, add, trip, trips = (vm.get_function(name) for name in ("empty", "add", "trip", "trips"))
    assert empty is not None
    assert add is not None
    assert trip is not None
    assert trips is not None
    data = bytes(64)
    return {
        "call of an empty function": nanoseconds(empty),
        "call with two arguments and a result": nanoseconds(lambda: add(2, 3)),
        "call that calls the host once": nanoseconds(lambda: trip(7)),
        "guest to host and back": nanoseconds(lambda: trips(TRIPS), TRIPS),
        "read 64 bytes of memory": nanoseconds(lambda: vm.get_memory(1000, 64)),
        "write 64 bytes of memory": nanoseconds(lambda: vm.set_memory(1000, data)),
    }


def measure_exports() -> dict[str, float]:
    """The same call through the friendly face."""
    exports = wasm.Store().instantiate(module(), {"env": {"f": lambda value: value}}).exports
    add = exports.add
    return {
        "exports: call with two arguments": nanoseconds(lambda: add(2, 3)),
        "exports: look-up and call": nanoseconds(lambda: exports.add(2, 3)),
    }


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    arguments = parser.parse_args()
    base = nanoseconds(lambda: plain(2, 3))
    figures = {"plain Python call": base, "empty Python call": nanoseconds(nothing), **measure(None), **measure_exports()}
    figures |= {f"{name}, with a deadline": value for name, value in measure(10.0).items() if "memory" not in name}
    if arguments.json:
        print(json.dumps({"python": sys.version.split()[0], "nanoseconds": figures}))
        return 0
    print(f"Python {sys.version.split()[0]}")
    for name, value in figures.items():
        print(f"{name:55}{value:9.0f} ns{value / base:8.1f} ×")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
