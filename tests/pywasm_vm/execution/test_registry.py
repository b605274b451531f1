"""The names of the tiers."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pywasm_vm.errors import TierUnavailable
from pywasm_vm.execution.registry import load_tier
from pywasm_vm.native.core import missing


def test_every_tier_that_is_here_has_the_name_it_is_asked_for(tier: str) -> None:
    assert load_tier(tier).name == tier


def test_auto_is_the_fastest_tier_that_is_here() -> None:
    assert load_tier().name == ("python" if missing() else "native")
    assert load_tier("auto").name == load_tier().name


def test_auto_does_without_the_c_core() -> None:
    command = "import pywasm_vm as wasm; print(wasm.Store().tier, wasm.load_tier().name)"
    environment = {**os.environ, "PYWASM_VM_NATIVE": "0"}
    said = subprocess.run([sys.executable, "-c", command], env=environment, capture_output=True, text=True, check=True).stdout

    assert said.split() == ["python", "python"]


def test_a_tier_that_is_not_here_says_why() -> None:
    with pytest.raises(TierUnavailable, match=r"`aot` is not here: .*this release"):
        load_tier("aot")


def test_an_unknown_tier_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="unknown tier 'fast'; known are auto, native, python"):
        load_tier("fast")
