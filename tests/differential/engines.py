"""One module on one engine: everything that can be seen of it from outside, as values that compare.

Lives here: `on_tier` and `on_wasmtime`, which do the same with a module and tell what came of it, step by step; the arguments;
what a difference is.
Not here: where modules come from (generate.py); under which bounds they run, and which engines must then agree to what
extent (modes.py).

NaNs are compared as NaNs: the standard lets engines choose their payload. Where a call uses up a stack or a budget, engines part:
nothing behind it is compared, unless the comparison is an exact one.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from random import Random
from typing import Any

import wasmtime

import pywasm_vm as wasm
from pywasm_vm import TrapKind

__all__ = [
    "END",
    "FEATURES",
    "FUEL_LEFT",
    "Conditions",
    "Step",
    "decoded",
    "difference",
    "on_tier",
    "on_wasmtime",
    "verdict",
    "wasmtime_verdict",
]

Step = tuple[str, object]
"""What was done, and what came of it."""

FEATURES: wasm.Features = frozenset(wasm.Feature) - {wasm.Feature.LEGACY_EXCEPTIONS, wasm.Feature.CUSTOM_DESCRIPTORS}
"""What both sides can be told of."""

ROUNDS = 6
"""How many instances are made. On each one all exports are called, and every time another one is the first: a module counts its
own fuel, and what is called last may find none."""

LIMITS = wasm.Limits(memory_pages=1_024, table_elements=100_000, array_elements=100_000, call_depth=2_000)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under what bounds a module runs. *fuel* is given anew to each call."""

    limits: wasm.Limits = LIMITS
    fuel: int | None = None
    rounds: int = ROUNDS


UNBOUNDED = Conditions()


class End(str):
    """A stack or budget ran out; which one it was."""


END = End("the end of a stack or budget")

FUEL_LEFT = "fuel left"
"""The step that only tiers have."""

THEIR_FUEL = 500_000
"""Instructions that a call may take on wasmtime, when it is bounded on our side: always more than there."""

_CODES = wasmtime.TrapCode

TRAPS = {
    _CODES.MEMORY_OUT_OF_BOUNDS: TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS,
    _CODES.TABLE_OUT_OF_BOUNDS: TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS,
    _CODES.ARRAY_OUT_OF_BOUNDS: TrapKind.OUT_OF_BOUNDS_ARRAY_ACCESS,
    _CODES.INDIRECT_CALL_TO_NULL: TrapKind.UNINITIALIZED_ELEMENT,
    _CODES.BAD_SIGNATURE: TrapKind.INDIRECT_CALL_TYPE_MISMATCH,
    _CODES.INTEGER_OVERFLOW: TrapKind.INTEGER_OVERFLOW,
    _CODES.INTEGER_DIVISION_BY_ZERO: TrapKind.INTEGER_DIVIDE_BY_ZERO,
    _CODES.BAD_CONVERSION_TO_INTEGER: TrapKind.INVALID_CONVERSION_TO_INTEGER,
    _CODES.UNREACHABLE: TrapKind.UNREACHABLE,
    _CODES.NULL_REFERENCE: TrapKind.NULL_REFERENCE,
    _CODES.CAST_FAILURE: TrapKind.CAST_FAILURE,
    _CODES.HEAP_MISALIGNED: TrapKind.UNALIGNED_ATOMIC,
}
"""What wasmtime's codes are called here."""

COARSE = {kind: TrapKind.NULL_REFERENCE for kind in TrapKind if kind.value.startswith("null ")} | {
    # An element segment is out of bounds, a table is, an index of an indirect call is: one code there, three kinds here.
    TrapKind.UNDEFINED_ELEMENT: TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS,
}
"""Kinds that wasmtime does not tell apart."""

ENDS = (_CODES.STACK_OVERFLOW, _CODES.OUT_OF_FUEL, _CODES.INTERRUPT, _CODES.ALLOCATION_TOO_LARGE)


def on_tier(
    tier: str, data: bytes, seed: int, conditions: Conditions = UNBOUNDED, features: wasm.Features = wasm.RUNNABLE & FEATURES
) -> Iterator[Step]:
    """What comes of the module in *data* on a tier of ours. *seed* chooses the arguments."""
    module = decoded(data, features)
    types = {export.name: export.type for export in module.exports}
    for round_ in range(conditions.rounds):
        store = wasm.Store(tier, limits=conditions.limits, fuel=conditions.fuel, features=features)
        logged: list[object] = []
        exports: Any = None

        def start() -> None:
            nonlocal exports
            exports = store.instantiate(module, _imports(module, logged)).exports  # noqa: B023 - called at once

        yield "start", _on_ours(start)
        if exports is None:
            return
        for name, arguments in _calls(types, seed, round_):
            store.fuel = conditions.fuel
            yield f"{name}{arguments}", _on_ours(lambda name=name, arguments=arguments: exports[name](*arguments))  # noqa: B023
            if conditions.fuel is not None:
                yield FUEL_LEFT, store.fuel
        for name, kind in sorted(types.items()):
            if isinstance(kind, wasm.MemType):
                yield name, exports[name].read(0, exports[name].size)
            elif isinstance(kind, wasm.GlobalType) and str(kind.valtype) in BITS:
                yield name, _seen(exports[name].value)
        yield "logged", tuple(logged)


def on_wasmtime(data: bytes, seed: int, conditions: Conditions = UNBOUNDED) -> Iterator[Step]:
    """The same on wasmtime."""
    metered = conditions.fuel is not None
    engine = _engine(metered)
    module = wasmtime.Module(engine, data)
    ours = decoded(data, FEATURES)
    types = {export.name: export.type for export in ours.exports}
    for round_ in range(conditions.rounds):
        store = wasmtime.Store(engine)
        store.set_limits(
            memory_size=conditions.limits.memory_pages * wasm.PAGE_SIZE, table_elements=conditions.limits.table_elements
        )
        logged: list[object] = []
        exports: Any = None

        def start() -> None:
            nonlocal exports
            imports = list(_their_imports(store, ours, logged))  # noqa: B023 - called at once
            exports = wasmtime.Instance(store, module, imports).exports(store)  # noqa: B023

        if metered:
            store.set_fuel(THEIR_FUEL)
        yield "start", _on_theirs(start)
        if exports is None:
            return
        for name, arguments in _calls(types, seed, round_):
            if metered:
                store.set_fuel(THEIR_FUEL)
            yield f"{name}{arguments}", _on_theirs(lambda name=name, arguments=arguments: exports[name](store, *arguments))  # noqa: B023
        for name, kind in sorted(types.items()):
            if isinstance(kind, wasm.MemType):
                yield name, _their_memory(exports[name], store)
            elif isinstance(kind, wasm.GlobalType) and str(kind.valtype) in BITS:
                yield name, _seen(exports[name].value(store))
        yield "logged", tuple(logged)


def _their_memory(memory: Any, store: wasmtime.Store) -> bytes:
    if isinstance(memory, wasmtime.SharedMemory):
        return ctypes.string_at(memory.data_ptr(), memory.data_len())
    return bytes(memory.read(store))


def difference(ours: Iterable[Step], theirs: Iterable[Step], *, exact: bool = False) -> tuple[Step | None, Step | None] | None:
    """The first step that came out differently; None when there is none. *exact*: the ends of budgets and the fuel left too."""
    if not exact:
        ours, theirs = (step for step in ours if step[0] != FUEL_LEFT), (step for step in theirs if step[0] != FUEL_LEFT)
    for one, other in zip_longest(ours, theirs):
        if not exact and one is not None and other is not None and (isinstance(one[1], End) or isinstance(other[1], End)):
            return None
        if one != other:
            return one, other
    return None


@lru_cache(maxsize=2)
def decoded(data: bytes, features: wasm.Features) -> wasm.Module:
    """The module in *data*, which all tiers share.

    raises: Malformed, Invalid.
    """
    return wasm.Module.decode(data, features=features)


def verdict(data: bytes) -> str | None:
    """Why *data* is no valid module by our rules; None when it is one."""
    try:
        decoded(data, FEATURES)
    except (wasm.Malformed, wasm.Invalid) as refusal:
        return str(refusal)
    return None


def wasmtime_verdict(data: bytes) -> str | None:
    """The same by those of wasmtime."""
    try:
        wasmtime.Module.validate(_engine(), data)
    except wasmtime.WasmtimeError as refusal:
        return str(refusal)
    return None


@lru_cache
def _engine(metered: bool = False) -> wasmtime.Engine:
    config = wasmtime.Config()
    for name in dir(config):
        if name.startswith("wasm_") and "component" not in name and name != "wasm_stack_switching":
            setattr(config, name, True)
    config.shared_memory = True
    config.consume_fuel = metered
    # Most of a run would be time in its compiler.
    config.parallel_compilation = False
    config.cranelift_opt_level = "none"
    return wasmtime.Engine(config)


# Arguments

BITS = {"i32": 32, "i64": 64, "f32": 32, "f64": 64}

FLOATS = (
    0.0,
    -0.0,
    1.0,
    -1.5,
    3.25e9,
    -2147483649.0,
    1e-40,
    3.4028234663852886e38,
    1e308,
    float("inf"),
    float("-inf"),
    float("nan"),
)


def _calls(types: dict[str, Any], seed: int, round_: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The functions that take and give numbers, each with arguments."""
    random = Random(seed * ROUNDS + round_)
    callable_names = [
        name
        for name, kind in sorted(types.items())
        if isinstance(kind, wasm.FuncType) and all(str(t) in BITS for t in kind.params + kind.results)
    ]
    turn = round_ % max(len(callable_names), 1)
    for name in callable_names[turn:] + callable_names[:turn]:
        yield name, tuple(_argument(random, str(t)) for t in types[name].params)


def _argument(random: Random, word: str) -> Any:
    if word[0] == "f":
        value = random.choice(FLOATS)
        return value if word == "f64" else struct.unpack("<f", struct.pack("<f", max(min(value, 3e38), -3e38)))[0]
    edge = 1 << BITS[word] - 1
    return random.choice((0, 1, -1, 2, 7, 100, 65_535, 65_536, edge - 1, -edge, random.randrange(-edge, edge)))


# What came of it


def _seen(value: Any) -> object:
    if isinstance(value, tuple | list):
        return tuple(map(_seen, value))
    if isinstance(value, float):
        return "nan" if value != value else struct.pack("<d", value)
    if isinstance(value, bytes):
        return tuple(map(_lane, zip(struct.unpack("<2d", value), struct.iter_unpack("<2f", value), strict=True)))
    return value


def _lane(lane: tuple[float, tuple[float, ...]]) -> object:
    """Half of a vector, which may be one number or two."""
    whole, halves = lane
    return "nan" if whole != whole else _seen(halves)


def _on_ours(do: Any) -> object:
    try:
        return _seen(do())
    except wasm.Exhausted as end:
        return End(end.kind.value)
    except wasm.Trap as trap:
        return COARSE.get(trap.kind, trap.kind)
    except wasm.WasmException:
        return "exception"


def _on_theirs(do: Any) -> object:
    try:
        return _seen(do())
    except wasmtime.Trap as trap:
        code = trap.trap_code
        if code is _CODES.UNCAUGHT_EXCEPTION or "thrown Wasm exception" in str(trap):
            return "exception"
        return END if code in ENDS else TRAPS.get(code, str(trap))
    except wasmtime.WasmtimeError as error:
        if "exception" in str(error):
            return "exception"
        return END if "limit" in str(error) or "GC heap" in str(error) else str(error)


def _imports(module: wasm.Module, logged: list[object]) -> dict[str, dict[str, Any]]:
    """The functions a module of binaryen tells its doings to."""
    offered: dict[str, dict[str, Any]] = {}
    for item in module.imports:
        offered.setdefault(item.module, {})[item.name] = lambda *values, name=item.name: logged.append((name, _logged(values)))
    return offered


def _their_imports(store: wasmtime.Store, module: wasm.Module, logged: list[object]) -> Iterator[wasmtime.Func]:
    for item in module.imports:
        params = [getattr(wasmtime.ValType, str(t))() for t in item.type.params]
        yield wasmtime.Func(
            store, wasmtime.FuncType(params, []), lambda *values, name=item.name: logged.append((name, _logged(values)))
        )


def _logged(values: tuple[Any, ...]) -> object:
    return _seen(values)
