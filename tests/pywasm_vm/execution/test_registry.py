"""The names of the tiers."""

from __future__ import annotations

import pytest

from pywasm_vm.errors import TierUnavailable
from pywasm_vm.execution.registry import NAMES, load_tier


def test_every_tier_that_is_here_has_the_name_it_is_asked_for(tier: str) -> None:
    assert load_tier(tier).name == tier


def test_auto_is_a_tier_that_is_here() -> None:
    assert load_tier().name in NAMES
    assert load_tier("auto").name != "auto"


def test_a_tier_that_is_not_here_says_why() -> None:
    with pytest.raises(TierUnavailable, match=r"`aot` is not here: .*this release"):
        load_tier("aot")


def test_an_unknown_tier_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="unknown tier 'fast'; known are auto, python"):
        load_tier("fast")
