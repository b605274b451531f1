"""Calls between instances in the C core: the frames that they take beside those of guest functions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import pywasm_vm as wasm
from pywasm_vm import Exhausted
from pywasm_vm.native.core import missing

pytestmark = pytest.mark.skipif(missing() is not None, reason="the C core is not built")

PING_PONG = """(module
  (type $f (func (param i32 i32) (result i32)))
  (table $t (import "board" "t") 2 funcref)
  (global $other (import "" "other") i32)
  (func $own (export "run") (param i32 i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (i32.add (i32.const 1)
      (call_indirect $t (type $f) (i32.sub (local.get 0) (i32.const 1)) (local.get 1) (global.get $other))))
  (elem (table $t) (offset (i32.sub (i32.const 1) (global.get $other))) func $own))"""


def ping_pong(call_depth: int) -> wasm.Instance:
    """An instance that calls another one, which calls it back."""
    store = wasm.Store(tier="native", limits=wasm.Limits(call_depth=call_depth), fuel=10**8)
    board = store.instantiate(wasm.Module.parse('(module (table (export "t") 2 funcref))'))
    module = wasm.Module.parse(PING_PONG)
    first, _ = (store.instantiate(module, {"board": board, "": {"other": other}}) for other in (0, 1))
    return first


def test_calls_between_instances_may_be_as_deep_as_others() -> None:
    assert ping_pong(100_000).exports.run(20_000, 5) == 20_005


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 100, 101, 127, 128, 129])
def test_calls_between_instances_stop_at_exactly_the_call_depth(depth: int) -> None:
    run = ping_pong(depth).exports.run

    assert run(depth - 1, 5) == depth + 4
    with pytest.raises(Exhausted, match="call stack exhausted"):
        run(depth, 5)
    assert run(depth - 1, 6) == depth + 5


def test_functions_that_nobody_asks_for_are_known_to_c_alone(wat: Callable[[str], bytes]) -> None:
    text = """(module (table (export "t") 4 funcref) (elem (i32.const 1) $a $b)
      (func $a (result i32) (i32.const 1)) (func $b (result i32) (call $c)) (func $c (result i32) (i32.const 3))
      (func (export "run") (param i32) (result i32) (call_indirect (result i32) (local.get 0))))"""
    store = wasm.Store("native")
    instance = store.instantiate(wasm.Module.decode(wat(text)))

    assert [instance.exports.run(1), instance.exports.run(2)] == [1, 3]
    assert list(instance.inst.funcs._made) == [3]

    assert instance.exports.t[2]() == 3
    assert instance.exports.t[2] == instance.exports.t[2]
