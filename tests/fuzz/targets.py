"""What must hold for any input whatever: the properties that fuzzers and property tests try.

Lives here: one function for each door that strangers' input comes through. Each takes the input and returns what became of it;
whatever it raises is a defect.
Not here: where inputs come from (mutations.py, fuzz.py, test_properties.py).

Only `Malformed` and `Invalid` may come out of a door, a limit's own error being one of them. A module that is valid, and only
that, must come back the same from its own bytes and its own text. A module that runs must do the same on every tier.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import pywasm_vm as wasm
from pywasm_vm.binary.custom import read_producers, read_target_features
from pywasm_vm.binary.decode import decode_module
from pywasm_vm.binary.encode import encode_module
from pywasm_vm.errors import Invalid, Malformed
from pywasm_vm.features import Feature, Features
from pywasm_vm.limits import Limits
from pywasm_vm.structure.module import ExternKind, Module, Names
from pywasm_vm.structure.types import F32, F64, FuncType, RefType
from pywasm_vm.text.module_printer import print_module
from pywasm_vm.text.parse import parse_module
from pywasm_vm.validation.module import check_module

__all__ = ["DOORS", "binary", "round_trip", "run", "text"]

EVERYTHING: Features = frozenset(Feature)

LIMITS = Limits(module_bytes=1 << 20)
ROOMY = Limits()
"""What comes back may be written with more characters than it was read from."""


def binary(data: bytes) -> str:
    """Decode *data*, look at all that it says of itself, and check it."""
    try:
        module = decode_module(data, LIMITS, EVERYTHING)
        _read_remarks(module)
        check_module(module, EVERYTHING, LIMITS)
    except (Malformed, Invalid) as refusal:
        return _said(refusal)
    return "valid"


def text(data: bytes) -> str:
    """Parse *data* as text, and check it. What is valid must come back from its text and its bytes."""
    try:
        module = parse_module(data, LIMITS, EVERYTHING)
        check_module(module, EVERYTHING, LIMITS)
    except (Malformed, Invalid) as refusal:
        return _said(refusal)
    _check_way_back(module)
    return "valid"


def round_trip(data: bytes) -> str:
    """Decode and check *data*; a module that is valid must come back from its bytes and its text."""
    try:
        module = decode_module(data, LIMITS, EVERYTHING)
        check_module(module, EVERYTHING, LIMITS)
    except (Malformed, Invalid) as refusal:
        return _said(refusal)
    _check_way_back(module)
    return "valid"


def run(data: bytes) -> str:
    """Instantiate the module in *data* on every tier and call all its exports. Only the errors of running code may come out."""
    try:
        module = wasm.Module.decode(data, features=RUNNABLE, limits=LIMITS)
    except (Malformed, Invalid) as refusal:
        return _said(refusal)
    first = list(_runs(TIERS[0], module))
    for tier in TIERS[1:]:
        try:
            other = list(_runs(tier, module))
        except wasm.TierUnavailable:
            continue
        for one, same in zip(first, other, strict=False):
            # Budgets are counted differently, and whatever comes behind the end of one is left undone.
            if "exhausted" in (one[1], same[1]):
                break
            if one != same:
                raise AssertionError(f"tiers do not agree: {TIERS[0]} says {one}, {tier} {same}")
    return "ran"


DOORS = {"binary": binary, "text": text, "round-trip": round_trip, "run": run}

RUNNABLE = wasm.RUNNABLE - {Feature.THREADS}
"""Not threads: whoever waits for another thread that is not there waits for ever."""

TIERS = ("python", "stepping", "native")
"""The last one only where it was built, and for what it runs."""

Step = tuple[str, object]


def _runs(tier: str, module: wasm.Module) -> Any:
    """What comes of instantiating *module* and calling its exports in order."""
    limits = Limits(memory_pages=16, table_elements=1_000, call_depth=50)
    store = wasm.Store(tier, limits=limits, fuel=5_000, features=RUNNABLE)
    instance = None

    def step(do: Any) -> object:
        try:
            return do()
        except wasm.Exhausted:
            return "exhausted"
        except wasm.Trap as trap:
            return trap.kind
        except (wasm.Unlinkable, wasm.WasmException) as error:
            return type(error).__name__

    def instantiate() -> object:
        nonlocal instance
        instance = store.instantiate(module, _imports(module))
        return "instantiated"

    yield "module", step(instantiate)
    if instance is None:
        return
    for export in module.exports:
        thing = instance.exports[export.name]
        if export.kind is ExternKind.FUNC and isinstance(export.type, FuncType):
            arguments = [_zero(t) for t in export.type.params]
            if not any(isinstance(t, RefType) and not t.nullable for t in export.type.params):
                yield export.name, step(lambda f=thing, a=arguments: _seen(f(*a)))
        elif export.kind is ExternKind.GLOBAL:
            yield export.name, _seen(thing.value)
        elif export.kind is ExternKind.MEMORY:
            yield export.name, thing.read(0, min(thing.size, 1 << 16))


def _imports(module: wasm.Module) -> dict[str, dict[str, Any]]:
    """A function that gives zeros for each function that *module* imports; nothing else."""
    offered: dict[str, dict[str, Any]] = {}
    for item in module.imports:
        if isinstance(item.type, FuncType):
            zeros = tuple(_zero(t) for t in item.type.results)
            given = None if not zeros else zeros[0] if len(zeros) == 1 else zeros
            offered.setdefault(item.module, {})[item.name] = lambda *_, given=given: given
    return offered


def _zero(t: object) -> object:
    if isinstance(t, RefType):
        return None
    return 0.0 if t in (F32, F64) else bytes(16) if str(t) == "v128" else 0


def _seen(value: object) -> object:
    """*value* as something to compare: all NaNs alike, references by their sort."""
    if isinstance(value, tuple):
        return tuple(map(_seen, value))
    if isinstance(value, float):
        return "nan" if value != value else struct.pack("<d", value)
    return value if isinstance(value, int | bytes | None) else type(value).__name__


def _check_way_back(module: Module) -> None:
    decode_module(encode_module(module, names=True), ROOMY, EVERYTHING)
    # Branch hints of a text become a custom section, which the text did not have.
    if not module.hints and decode_module(encode_module(module), ROOMY, EVERYTHING) != module:
        raise AssertionError("decoding the module's own bytes gives another module")
    printed = print_module(module)
    parsed = parse_module(printed, ROOMY, EVERYTHING)
    # The name section is not printed: it is what the names say.
    customs = tuple(custom for custom in module.customs if custom.name != "name")
    if parsed != replace(module, customs=customs):
        raise AssertionError("parsing the module's own text gives another module")
    if print_module(parsed) != printed:
        raise AssertionError("the same module is printed in two ways")


def _read_remarks(module: Module) -> None:
    """Look at everything that is read only when somebody asks."""
    read_producers(module.customs)
    read_target_features(module.customs)
    for field in Names.__slots__:
        names = getattr(module.names, field)
        if names is not None and not isinstance(names, str):
            dict(names)


def _said(refusal: Malformed | Invalid) -> str:
    """The message, which must have a place that can be printed."""
    said = str(refusal)
    if not refusal.reason or len(refusal.reason) > 100_000:
        raise AssertionError(f"a refusal says too little or too much: {len(refusal.reason)} characters")
    return said
