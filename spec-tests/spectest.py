"""The module `spectest`, which every script of the suite may import.

Lives here: its functions, which print nothing, and the rest of it, which a module of our own exports.
Not here: who registers it (runner.py).

source: the README of the reference interpreter, "Spectest host module"
"""

from __future__ import annotations

from typing import Any

import pywasm_vm as wasm
from pywasm_vm import Feature

__all__ = ["spectest"]

_FUNCTIONS = {
    "print": "->",
    "print_i32": "i32 ->",
    "print_i64": "i64 ->",
    "print_f32": "f32 ->",
    "print_f64": "f64 ->",
    "print_i32_f32": "i32 f32 ->",
    "print_f64_f64": "f64 f64 ->",
}

_FIELDS = """
    (global (export "global_i32") i32 (i32.const 666))
    (global (export "global_i64") i64 (i64.const 666))
    (global (export "global_f32") f32 (f32.const 666.6))
    (global (export "global_f64") f64 (f64.const 666.6))
    (memory (export "memory") 1 2)
    (table (export "table") 10 20 funcref)
"""

_MORE_FIELDS = {
    Feature.MEMORY64: '(table (export "table64") i64 10 20 funcref)',
    Feature.THREADS: '(memory (export "shared_memory") 1 2 shared)',
}
"""What there is only where the standard has a word for it."""


def _print(*_arguments: Any) -> None:
    """What the reference interpreter writes to the terminal; the suite never asks for it."""


def spectest(store: wasm.Store) -> dict[str, Any]:
    """What `spectest` offers, newly made in *store*."""
    offered: dict[str, Any] = {name: store.new_function(signature, _print, name=name) for name, signature in _FUNCTIONS.items()}
    # Each in a module of its own: a second memory or table in one module is a feature again.
    for fields in (_FIELDS, *(text for feature, text in _MORE_FIELDS.items() if feature in store.features)):
        instance = store.instantiate(wasm.Module.parse(fields, features=store.features), name="spectest")
        offered.update((name, instance.exports[name]) for name in instance.exports)
    return offered
