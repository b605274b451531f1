"""A look at a module before it is loaded: would it run here, and if not, why not.

Lives here: the version a module says it has, and everything about its imports and exports that this host would refuse, all at
once.
Not here: decoding (pywasm_vm), the tables of what exists (abi).

The rules are the reference host's: every import must exist in the module's own version with exactly its type, no global may be
imported, a known export must have its type, and one of two allocators must be there. A callback that the plugin's capabilities
leave out is not looked up, so its type does not matter.

abi: 1.2 Detection, 2.2 Linking rules, 2.3 Exports the host looks up
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from proxyabi.abi.hints import hint, marker_hint
from proxyabi.abi.signature import Row
from proxyabi.abi.versions import AbiVersion, Surface, detect, markers, surface
from pywasm_vm import ExportType, ImportType, Module

__all__ = ["ALLOCATORS", "Findings", "examine", "is_hideable", "looked_up", "signature_of", "wrong_import"]

ALLOCATORS = ("malloc", "proxy_on_memory_allocate")
"""The guest's allocator: the first of these that it exports. The document says the other order; the reference host does this."""


@dataclass(frozen=True)
class Findings:
    """What a look at a module has shown.

    *problems* are sentences, one for each thing that keeps it from running; *unresolved* are the imported functions among them,
    which a stub could stand in for.
    """

    version: AbiVersion | None
    markers: tuple[str, ...]
    problems: tuple[str, ...]
    unresolved: tuple[ImportType, ...] = ()
    no_allocator: bool = False


def _everything(name: str) -> bool:
    return True


def examine(
    module: Module, *, drafts: bool = False, stubs: bool = False, allows: Callable[[str], bool] = _everything
) -> Findings:
    """Everything that this host would refuse about *module*.

    With *drafts* the marker of the open draft counts as that of 0.2.1; with *stubs* imported functions that nobody has are no
    problem; *allows* says which callbacks are looked up at all.
    """
    functions = {export.name: export for export in module.exports if export.kind == "func"}
    version = detect(functions, drafts=drafts)
    problems: list[str] = []
    unresolved: list[ImportType] = []
    if version is None:
        problems.append(_no_version(functions))
    else:
        scope = surface(version)
        for item in module.imports:
            problem = wrong_import(item, scope)
            if problem is None:
                continue
            if item.kind == "func":
                unresolved.append(item)
            if not (stubs and item.kind == "func"):
                problems.append(problem)
        problems += _wrong_exports(functions, scope, allows)
    no_allocator = not any(name in functions for name in ALLOCATORS)
    if no_allocator:
        problems.append(
            "no allocator: the module exports neither malloc nor proxy_on_memory_allocate as a function. "
            "Export one of type i32 -> i32, so that the host can hand it header values and bodies"
        )
    return Findings(version, tuple(markers(functions)), tuple(problems), tuple(unresolved), no_allocator)


def is_hideable(name: str) -> bool:
    """Whether capabilities say anything about that export: allocators and start functions are always looked up."""
    return name.startswith("proxy_") and name not in ALLOCATORS


def looked_up(name: str, exported: Iterable[str]) -> bool:
    """Whether a host looks at the export *name* at all, given what else is exported."""
    names = set(exported)
    if name == "_start":
        return "_initialize" not in names
    if name in ("main", "__main_void"):
        return "_initialize" in names and not (name == "__main_void" and "main" in names)
    return not (name == ALLOCATORS[1] and ALLOCATORS[0] in names)


def _no_version(functions: Iterable[str]) -> str:
    near = [name for name in functions if name.startswith("proxy_abi_version")]
    told = [f"{name}, {marker_hint(name)}" for name in near]
    said = f"it exports {'; '.join(told)}" if near else "it exports none"
    return (
        f"missing or unknown Proxy-Wasm ABI version: a filter tells its version by an exported function such as "
        f"proxy_abi_version_0_2_1, {said}"
    )


def wrong_import(item: ImportType, scope: Surface) -> str | None:
    """Why the import *item* would not be resolved for a guest of that version; None when it would."""
    label = f"{item.module}.{item.name}"
    if item.kind == "global":
        return f"imported global {label}: hosts give functions, memories and tables only. Build without dynamic linking"
    if item.kind != "func":
        return None
    row = scope.hostcalls.get((item.module, item.name))
    if row is None:
        remedy = hint(item.module, item.name, scope.version)
        return f"missing import {label}: no host function of that name in ABI {scope.version}" + (
            f". {remedy[0].upper()}{remedy[1:]}" if remedy else ""
        )
    found = signature_of(item.type)
    if found != row.signature:
        return f"import type mismatch: {label} is {row.signature}, but the module imports {found}"
    return None


def _wrong_exports(functions: dict[str, ExportType], scope: Surface, allows: Callable[[str], bool]) -> Iterable[str]:
    for name, export in functions.items():
        row: Row | None = scope.callbacks.get(name)
        if row is not None and looked_up(name, functions) and (allows(name) or not is_hideable(name)):
            found = signature_of(export.type)
            if found != row.signature:
                yield f"bad function signature for: {name}, want: {row.signature} but the module exports: {found}"


def signature_of(functype: Any) -> str:
    """The type of a function as rows write it: "i32 i32 -> i32"."""
    return " ".join((*map(repr, functype.params), "->", *map(repr, functype.results)))
