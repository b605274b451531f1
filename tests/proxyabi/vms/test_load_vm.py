"""The one place that turns a tier's name into a VM."""

from __future__ import annotations

import sys

import pytest

from proxyabi.vms import NullGuest, available_tiers, load_vm
from pywasm_vm import TierUnavailable, Vm
from pywasm_vm.native.core import missing


@pytest.mark.parametrize(
    ("name", "tier"),
    [("auto", "python" if missing() else "native"), ("python", "python"), ("stepping", "stepping"), ("wasmtime", "wasmtime")],
)
def test_a_name_gives_its_vm(name: str, tier: str) -> None:
    assert load_vm(name).tier == tier


def test_an_unknown_name_is_answered_with_those_that_are_known() -> None:
    with pytest.raises(ValueError) as caught:
        load_vm("v8")

    text = str(caught.value)
    assert text.startswith("unknown tier 'v8'; there are: auto; native; python")
    assert "; aot (" in text
    assert "wasmtime" in text
    assert "null" in text


def test_a_tier_that_is_not_here_says_why() -> None:
    with pytest.raises(TierUnavailable, match="compiling ahead of time through C is not part of this release"):
        load_vm("aot")


def test_every_name_is_listed_with_the_reason_why_it_is_not_here() -> None:
    tiers = available_tiers()

    assert set(tiers) == {"auto", "python", "stepping", "native", "aot", "wasmtime", "null"}
    assert tiers["auto"] == tiers["python"] == tiers["stepping"] == tiers["null"] == ""
    assert "not part of this release" in tiers["aot"]


def test_without_the_package_the_adapter_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wasmtime", None)

    with pytest.raises(TierUnavailable, match=r"pip install 'proxyabi\[wasmtime\]'"):
        load_vm("wasmtime")
    assert "pip install" in available_tiers()["wasmtime"]
    assert load_vm("python").tier == "python"


def test_the_null_tier_and_its_plugin_belong_together() -> None:
    with pytest.raises(ValueError, match="belong together"):
        load_vm("null")
    with pytest.raises(ValueError, match="belong together"):
        load_vm("python", null_plugin=NullGuest)


def test_limits_are_set_before_the_code_is_loaded() -> None:
    """So that the code is translated once, with the checks in it."""
    vm = load_vm("python", fuel=500, seconds=3.0)

    assert isinstance(vm, Vm)
    assert vm.fuel == 500
