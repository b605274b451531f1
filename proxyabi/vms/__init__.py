"""The VMs that can run a filter, and the one place that turns a tier's name into one.

Lives here: `load_vm` and `available_tiers`. The tiers of pywasm_vm are a `Vm` each; "null" is a plugin in Python (null.py,
null_plugin.py), "wasmtime" another engine (wasmtime.py).
Not here: anything that depends on the choice; after it a VM is a value with one interface, `pywasm_vm.VmInterface`.
"""

from __future__ import annotations

from collections.abc import Callable

from proxyabi.vms.null import NullGuest, NullVm, export
from proxyabi.vms.null_plugin import HostcallRefused, NullPlugin
from proxyabi.vms.wasmtime import WasmtimeVm, import_wasmtime
from pywasm_vm import TIER_NAMES, Limits, TierUnavailable, Validation, Vm, VmInterface, load_tier

__all__ = [
    "HostcallRefused",
    "NullGuest",
    "NullPlugin",
    "NullVm",
    "WasmtimeVm",
    "available_tiers",
    "export",
    "load_vm",
]

PluginFactory = Callable[[], NullGuest]

_LIMITS = Limits()


def load_vm(
    tier: str = "auto",
    *,
    limits: Limits = _LIMITS,
    fuel: int | None = None,
    seconds: float | None = None,
    validate: Validation = "eager",
    null_plugin: PluginFactory | None = None,
) -> VmInterface:
    """A new, empty VM of the tier of that name; "auto" is the fastest one of pywasm_vm that is here.

    *fuel* and *seconds* (for each outermost call) bound what the guest may use up; *validate* says when the tiers of pywasm_vm
    check function bodies. *null_plugin* is the class that the tier "null" runs.
    raises: TierUnavailable with the reason; ValueError for an unknown name, or a *null_plugin* that is missing or too much.
    """
    if (tier == "null") != (null_plugin is not None):
        raise ValueError("the tier 'null' and null_plugin= belong together: the plugin is what that tier runs, not a module")
    vm = _new_vm(tier, limits, fuel, validate, null_plugin)
    # Before the code is loaded, so that it is translated once, with the checks of the clock in it.
    vm.set_deadline(seconds)
    return vm


def _new_vm(tier: str, limits: Limits, fuel: int | None, validate: Validation, null_plugin: PluginFactory | None) -> VmInterface:
    if null_plugin is not None:
        return NullVm(null_plugin, limits=limits, fuel=fuel)
    others: dict[str, Callable[[], VmInterface]] = {"wasmtime": lambda: WasmtimeVm(limits=limits, fuel=fuel)}
    if tier in others:
        return others[tier]()
    if tier not in TIER_NAMES:
        listing = "; ".join(f"{name} ({reason})" if reason else name for name, reason in available_tiers().items())
        raise ValueError(f"unknown tier {tier!r}; there are: {listing}")
    return Vm(tier, limits=limits, fuel=fuel, validate=validate)


def available_tiers() -> dict[str, str]:
    """Every name that `load_vm` knows, with the reason why it is not here; an empty text for those that are."""
    tiers = dict.fromkeys(TIER_NAMES, "")
    for name in tiers:
        tiers[name] = _reason(lambda name=name: load_tier(name))  # type: ignore[misc]
    tiers["wasmtime"] = _reason(import_wasmtime)
    tiers["null"] = ""
    return tiers


def _reason(load: Callable[[], object]) -> str:
    try:
        load()
    except TierUnavailable as unavailable:
        return str(unavailable)
    return ""
