"""One module on one engine: everything that can be seen of it from outside, as values that compare.

Lives here: `on_tier` and `on_wasmtime`, which do the same with a module and tell what came of it, step by step; the arguments;
what a difference is.
Not here: where modules come from (generate.py).

NaNs are compared as NaNs: the standard lets engines choose their payload. Where a call uses up a stack or a budget, engines part:
nothing behind it is compared.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from random import Random
from typing import Any

import wasmtime

import pywasm_vm as wasm
from pywasm_vm import TrapKind

__all__ = ["END", "FEATURES", "Step", "difference", "on_tier", "on_wasmtime", "verdict", "wasmtime_verdict"]

Step = tuple[str, object]
"""What was done, and what came of it."""

FEATURES: wasm.Features = frozenset(wasm.Feature) - {
    wasm.Feature.LEGACY_EXCEPTIONS, wasm.Feature.CUSTOM_DESCRIPTORS, wasm.Feature.RELAXED_SIMD, wasm.Feature.THREADS,
}  # fmt: skip
"""What both sides can be told of, without what may differ (relaxed instructions) and what may wait for ever (threads)."""

ROUNDS = 6
"""How many instances are made. On each one all exports are called, and every time another one is the first: a module counts its
own fuel, and what is called last may find none."""

LIMITS = wasm.Limits(memory_pages=1_024, table_elements=100_000, call_depth=2_000)

END = "the end of a stack or budget"

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


def on_tier(tier: str, data: bytes, seed: int, features: wasm.Features = wasm.RUNNABLE & FEATURES) -> Iterator[Step]:
    """What comes of the module in *data* on a tier of ours. *seed* chooses the arguments."""
    module = wasm.Module.decode(data, features=features)
    types = {export.name: export.type for export in module.exports}
    for round_ in range(ROUNDS):
        store = wasm.Store(tier, limits=LIMITS, features=features)
        logged: list[object] = []
        exports: Any = None

        def start() -> None:
            nonlocal exports
            exports = store.instantiate(module, _imports(module, logged)).exports  # noqa: B023 - called at once

        yield "start", _on_ours(start)
        if exports is None:
            return
        for name, arguments in _calls(types, seed, round_):
            yield f"{name}{arguments}", _on_ours(lambda name=name, arguments=arguments: exports[name](*arguments))  # noqa: B023
        for name, kind in sorted(types.items()):
            if isinstance(kind, wasm.MemType):
                yield name, exports[name].read(0, exports[name].size)
            elif isinstance(kind, wasm.GlobalType) and str(kind.valtype) in BITS:
                yield name, _seen(exports[name].value)
        yield "logged", tuple(logged)


def on_wasmtime(data: bytes, seed: int) -> Iterator[Step]:
    """The same on wasmtime."""
    engine = _engine()
    module = wasmtime.Module(engine, data)
    ours = wasm.Module.decode(data, features=FEATURES, validate="never")
    types = {export.name: export.type for export in ours.exports}
    for round_ in range(ROUNDS):
        store = wasmtime.Store(engine)
        logged: list[object] = []
        exports: Any = None

        def start() -> None:
            nonlocal exports
            imports = list(_their_imports(store, ours, logged))  # noqa: B023 - called at once
            exports = wasmtime.Instance(store, module, imports).exports(store)  # noqa: B023

        yield "start", _on_theirs(start)
        if exports is None:
            return
        for name, arguments in _calls(types, seed, round_):
            yield f"{name}{arguments}", _on_theirs(lambda name=name, arguments=arguments: exports[name](store, *arguments))  # noqa: B023
        for name, kind in sorted(types.items()):
            if isinstance(kind, wasm.MemType):
                yield name, bytes(exports[name].read(store))
            elif isinstance(kind, wasm.GlobalType) and str(kind.valtype) in BITS:
                yield name, _seen(exports[name].value(store))
        yield "logged", tuple(logged)


def difference(ours: Iterable[Step], theirs: Iterable[Step]) -> tuple[Step | None, Step | None] | None:
    """The first step that came out differently; None when there is none."""
    for one, other in zip_longest(ours, theirs):
        if one is not None and other is not None and END in (one[1], other[1]):
            return None
        if one != other:
            return one, other
    return None


def verdict(data: bytes) -> str | None:
    """Why *data* is no valid module by our rules; None when it is one."""
    try:
        wasm.Module.decode(data, features=FEATURES)
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


_ENGINES: list[wasmtime.Engine] = []


def _engine() -> wasmtime.Engine:
    if not _ENGINES:
        config = wasmtime.Config()
        for name in dir(config):
            if name.startswith("wasm_") and "component" not in name and name != "wasm_stack_switching":
                setattr(config, name, "relaxed" not in name and "threads" not in name)
        _ENGINES.append(wasmtime.Engine(config))
    return _ENGINES[0]


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
    return value


def _on_ours(do: Any) -> object:
    try:
        return _seen(do())
    except wasm.Exhausted:
        return END
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
        return "exception" if "exception" in str(error) else str(error)


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
