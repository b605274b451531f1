"""The C core, or why it is not there.

Lives here: `core`, which every user of C asks, and the switch that does without it.
Not here: what C can do (native/ at the top level).

Setting the environment variable PYWASM_VM_NATIVE to 0 does without the C core: to compare, or to see a mistake in another light.
Set to a path it names the extension to load: one for tests, see native/build.py.
"""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

from pywasm_vm.native.border import BORDER

__all__ = ["core", "missing"]

SWITCH = "PYWASM_VM_NATIVE"


@lru_cache(maxsize=1)
def _load() -> tuple[Any, Any] | str:
    choice = os.environ.get(SWITCH, "")
    if choice == "0":
        return f"the environment variable {SWITCH} is 0"
    try:
        if os.sep in choice:
            _load_from(choice)
        from pywasm_vm._native import ffi, lib
    except ImportError as error:
        if error.name == "_cffi_backend":
            return "the package `cffi` is not installed, which the C core needs: pip install cffi"
        return (
            "the C core was not built when this package was installed; with a C compiler there, install it again "
            f"(in a source tree: python native/build.py). The import says: {error}"
        )
    if getattr(lib, "WASM_BORDER", None) != BORDER:
        return (
            "the C core in the package (_native) was built from other sources than this Python code, and would misunderstand it; "
            "build it again: pip install ., in a source tree python native/build.py"
        )
    if not lib.wasm_core_is_optimised():
        return "the C core was built without optimisation (-O0); build it again with python native/build.py"
    return ffi, lib


def _load_from(path: str) -> None:
    """Let the extension at *path* be that of the package."""
    name = "pywasm_vm._native"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path}, which {SWITCH} names, is no extension module", path=path)
    extension = module_from_spec(spec)
    spec.loader.exec_module(extension)
    sys.modules[name] = extension


def core() -> tuple[Any, Any] | None:
    """(ffi, lib) of the extension, or None when it is not there."""
    loaded = _load()
    return None if isinstance(loaded, str) else loaded


def missing() -> str | None:
    """Why the C core is not there, a clause without a full stop; None when it is there."""
    loaded = _load()
    return loaded if isinstance(loaded, str) else None
