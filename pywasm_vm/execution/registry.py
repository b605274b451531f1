"""The names of the tiers, and the one place that chooses among them.

Lives here: names to tiers, and the reason when one is not here.
Not here: anything that depends on the choice; after it a tier is a value.
"""

from __future__ import annotations

from collections.abc import Callable

from pywasm_vm.errors import TierUnavailable
from pywasm_vm.execution.tier import Tier
from pywasm_vm.native.core import missing

__all__ = ["NAMES", "load_tier"]


def _python() -> Tier:
    # Imported when somebody wants it: a program may import the package and run nothing, or run it on another tier.
    from pywasm_vm.execution.python.tier import PythonTier

    return PythonTier()


def _stepping() -> Tier:
    from pywasm_vm.execution.stepping.tier import SteppingTier

    return SteppingTier()


def _native() -> Tier:
    from pywasm_vm.execution.native.tier import NativeTier

    return NativeTier()


_TIERS: dict[str, Callable[[], Tier]] = {"native": _native, "python": _python, "stepping": _stepping}
"""The tiers that are here, the fastest first. Nobody gets `stepping` without asking for it: it is for looking at code."""

_MISSING = {
    "aot": "compiling ahead of time through C is not part of this release; the tier `python` runs everywhere",
}

NAMES: tuple[str, ...] = ("auto", *_TIERS, *_MISSING)
"""Every name that `load_tier` knows, whether or not that tier is here."""


def load_tier(name: str = "auto") -> Tier:
    """A new tier of that name; "auto" is the fastest one that is here.

    raises: TierUnavailable, with the reason; ValueError for a name that nobody knows.
    """
    if name == "auto":
        name = "python" if missing() else "native"
    if name in _TIERS:
        return _TIERS[name]()
    if name in _MISSING:
        raise TierUnavailable(f"the tier `{name}` is not here: {_MISSING[name]}")
    raise ValueError(f"unknown tier {name!r}; known are {', '.join(NAMES)}")
