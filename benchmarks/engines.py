"""Who runs the programs: our tiers, and every other engine that happens to be installed.

Lives here: one `Engine` for each, with the four things that are measured: running `run`, checking a module, a call of an empty
function, and a round trip through the host.
Not here: what is run (cases.py), the order of it, and the arithmetic (run.py). Nothing is installed.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cases import Program

import pywasm_vm as wasm

__all__ = ["CROSSINGS", "NATIVE_CODE", "TRIPS", "Engine", "engines"]

NATIVE_CODE = "gcc -O2"
"""The same C through a compiler, without WebAssembly."""

PLENTY = 1 << 60
"""Fuel that no program uses up: code that asks for fuel, without an end to it."""

TRIPS = 1000

CROSSINGS = bytes.fromhex(
    "0061736d0100000001130460017f017f60000060027f7f017f60017f0002090103656e760166000003050401020003050301000107270506"
    "6d656d6f7279020005656d70747900010361646400020474726970000305747269707300040a270402000b0700200020016a0b0600200010"
    "000b13000340200010001a200041016b22000d000b0b000b046e616d65010401000166"
)
"""Assembled from the text below, so that no engine needs a text format.

    (module
      (import "env" "f" (func $f (param i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "empty"))
      (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "trip") (param i32) (result i32) (call $f (local.get 0)))
      (func (export "trips") (param i32)
        (loop (drop (call $f (local.get 0))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
"""

Run = Callable[[int], Any]
Calls = tuple[Callable[[], Any], Callable[[], Any]]
"""A call of the empty function, and one that makes TRIPS round trips through the host."""


@dataclass(frozen=True)
class Engine:
    """A way to run WebAssembly. What it cannot do is None."""

    name: str
    version: str
    use: str
    """Which work it is given: "bench" for the fast, "small" for the slow."""
    load: Callable[[Program], Run]
    """The program, ready to run: everything that happens once has happened."""
    check: Callable[[bytes], Any] | None = None
    """Decode and validate a module, as far as the engine does."""
    calls: Callable[[], Calls] | None = None
    lacks: frozenset[str] = frozenset()
    """Features, by the words of the manifests, that it has not."""


def _increment(value: int) -> int:
    return value + 1


# Ours


def _load_tier(tier: str, fuel: int | None, program: Program) -> Run:
    store = wasm.Store(tier=tier, fuel=fuel)
    run: Run = store.instantiate(wasm.Module.decode(program.code), {"env": {"inc": _increment}}).exports.run
    return run


def _tier_calls(tier: str) -> Calls:
    exports = wasm.Store(tier=tier).instantiate(wasm.Module.decode(CROSSINGS), {"env": {"f": lambda value: value}}).exports
    trips = exports.trips
    return exports.empty, lambda: trips(TRIPS)


def _ours() -> list[Engine]:
    found = []
    for tier in wasm.TIER_NAMES:
        try:
            wasm.load_tier(tier)
        except wasm.TierUnavailable:
            continue
        if tier == "auto":
            continue
        use = "bench" if tier in ("native", "aot") else "small"
        ours = version("proxyabi")
        found.append(Engine(tier, ours, use, partial(_load_tier, tier, None), wasm.Module.decode, partial(_tier_calls, tier)))
        if tier != "stepping":
            found.append(Engine(f"{tier}, metered", ours, use, partial(_load_tier, tier, PLENTY)))
    return found


# Others


def _load_wasm3(program: Program) -> Run:
    import wasm3

    environment = wasm3.Environment()
    runtime = environment.new_runtime(1 << 20)
    module = environment.parse_module(program.code)
    runtime.load(module)
    if program.name == "hostcall":
        module.link_function("env", "inc", "i(i)", _increment)
    run: Run = runtime.find_function("run")
    return run


def _wasm3_calls() -> Calls:
    import wasm3

    environment = wasm3.Environment()
    runtime = environment.new_runtime(1 << 16)
    module = environment.parse_module(CROSSINGS)
    runtime.load(module)
    module.link_function("env", "f", "i(i)", lambda value: value)
    trips = runtime.find_function("trips")
    return runtime.find_function("empty"), lambda: trips(TRIPS)


def _wasmtime_instance(code: bytes, host: Callable[[int], int]) -> tuple[Any, Any]:
    import wasmtime

    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    module = wasmtime.Module(engine, code)
    functype = wasmtime.FuncType([wasmtime.ValType.i32()], [wasmtime.ValType.i32()])
    imports = [wasmtime.Func(store, functype, host)] * len(module.imports)
    return store, wasmtime.Instance(store, module, imports).exports(store)


def _load_wasmtime(program: Program) -> Run:
    store, exports = _wasmtime_instance(program.code, _increment)
    return partial(exports["run"], store)


def _wasmtime_calls() -> Calls:
    store, exports = _wasmtime_instance(CROSSINGS, lambda value: value)
    return partial(exports["empty"], store), partial(exports["trips"], store, TRIPS)


def _check_wasmtime(code: bytes) -> None:
    import wasmtime

    wasmtime.Module.validate(wasmtime.Engine(), code)


def _load_pwasm(program: Program) -> Run:
    import pwasm

    imports = {"env": {"inc": _increment}} if program.name == "hostcall" else {}
    run: Run = pwasm.instantiate(pwasm.decode_module(program.code), imports).exports.run
    return run


def _check_pwasm(code: bytes) -> None:
    import pwasm

    pwasm.decode_module(code)


def _load_pywasm(program: Program) -> Run:
    import pywasm

    runtime = pywasm.Runtime()
    instance = runtime.instance_from_file(str(program.path))
    return lambda argument: runtime.invocate(instance, "run", [argument])[0]


def _load_native_code(program: Program) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / f"{program.name}.so"
        command = ["gcc", "-O2", "-w", "-shared", "-fPIC", "-o", str(library), str(program.source)]
        subprocess.run(command, check=True, timeout=60)
        run = ctypes.CDLL(str(library)).run
    run.argtypes = [ctypes.c_int32]
    run.restype = ctypes.c_int64
    loaded: Run = run
    return loaded


def engines() -> list[Engine]:
    """Everything that is here, ours first."""
    found = _ours()
    if shutil.which("gcc"):
        found.append(Engine(NATIVE_CODE, "", "bench", _load_native_code, lacks=frozenset({"host"})))
    if find_spec("wasmtime"):
        found.append(Engine("wasmtime", version("wasmtime"), "bench", _load_wasmtime, _check_wasmtime, _wasmtime_calls))
    if find_spec("wasm3"):
        lacks = frozenset({"simd"})
        found.append(Engine("pywasm3", version("pywasm3"), "bench", _load_wasm3, calls=_wasm3_calls, lacks=lacks))
    if find_spec("pwasm"):
        lacks = frozenset({"simd", "bulk-memory", "host"})
        found.append(Engine("pwasm", version("pwasm"), "small", _load_pwasm, _check_pwasm, lacks=lacks))
    if find_spec("pywasm"):
        found.append(Engine("pywasm", version("pywasm"), "small", _load_pywasm, lacks=frozenset({"host"})))
    return found
