"""The tier as a value: what it shares and what it refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import pywasm_vm as wasm
from pywasm_vm.execution.registry import load_tier
from pywasm_vm.execution.stepping.configuration import GuestCode

Wat = Callable[[str], bytes]


def test_nobody_gets_it_without_asking() -> None:
    assert load_tier("auto").name != "stepping"
    assert load_tier("stepping").name == "stepping"


def test_instances_of_a_module_share_the_bodies_of_its_functions(wat: Wat) -> None:
    module = wasm.Module.decode(wat('(module (func (export "f") (result i32) (i32.const 1)))'))
    first, second = (wasm.Store("stepping").instantiate(module) for _ in range(2))
    first.exports.f()
    second.exports.f()

    codes = [instance.exports.f.inst.code for instance in (first, second)]

    assert all(isinstance(code, GuestCode) for code in codes)
    assert codes[0].body is codes[1].body is not None


def test_functions_that_nobody_enters_are_not_prepared(wat: Wat) -> None:
    module = wasm.Module.decode(wat('(module (func (export "f")) (func (export "g")))'))
    instance = wasm.Store("stepping").instantiate(module)
    instance.exports.f()

    assert instance.exports.g.inst.code.body is None


def test_what_another_tier_has_compiled_is_refused(wat: Wat) -> None:
    module = wasm.Module.decode(wat("(module (func))"))
    tier, other = load_tier("stepping"), load_tier("python")
    instance = wasm.Store("stepping").instantiate(module)

    with pytest.raises(TypeError, match="compiled by another tier"):
        tier.bind(module.compiled(other, metered=False), instance.inst, instance.store.budget)
