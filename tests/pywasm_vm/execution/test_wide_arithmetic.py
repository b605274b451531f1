"""Sums, differences and products of 128 bits on every tier."""

from __future__ import annotations

from random import Random

import pytest

import pywasm_vm as wasm

EDGES = [0, 1, 2, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, (1 << 64) - 2, (1 << 64) - 1]

TEXT = """(module
  (func (export "add") (param i64 i64 i64 i64) (result i64 i64)
    (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "sub") (param i64 i64 i64 i64) (result i64 i64)
    (i64.sub128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "mul_u") (param i64 i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 1)))
  (func (export "mul_s") (param i64 i64) (result i64 i64) (i64.mul_wide_s (local.get 0) (local.get 1))))"""


def whole(low: int, high: int) -> int:
    """Both halves as one unsigned number."""
    return low % 2**64 + (high % 2**64 << 64)


def signed(value: int) -> int:
    return value - (value >> 63 << 64)


def test_both_halves_are_right(tier: str) -> None:
    exports = wasm.Store(tier=tier).instantiate(wasm.Module.parse(TEXT)).exports
    random = Random(1)

    for _ in range(300):
        a, b, c, d = (random.choice([random.choice(EDGES), random.getrandbits(64)]) for _ in range(4))
        assert whole(*exports.add(a, b, c, d)) == (whole(a, b) + whole(c, d)) % 2**128
        assert whole(*exports.sub(a, b, c, d)) == (whole(a, b) - whole(c, d)) % 2**128
        assert whole(*exports.mul_u(a, c)) == a * c
        assert whole(*exports.mul_s(a, c)) == signed(a) * signed(c) % 2**128


@pytest.mark.parametrize("metered", [False, True], ids=["plain", "metered"])
def test_results_stand_beside_what_waits_below_them(tier: str, metered: bool) -> None:
    """In the tier `python` the results go to slots, which operands below may mention, and loose operands are cut first."""
    module = wasm.Module.parse("""(module (func (export "f") (param i64 i64) (result i64 i64 i64)
      (local $low i64) (local $high i64)
      (i64.add (local.get 0) (local.get 1))
      (i64.mul_wide_u (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (i64.const 2)))
      (local.set $high) (local.set $low)
      (i64.add128 (local.get $low) (local.get $high) (i64.sub (i64.const 0) (local.get 0)) (i64.const 5))))""")

    exports = wasm.Store(tier=tier, fuel=1000 if metered else None).instantiate(module).exports

    product = (2**64 - 1) * 9
    total = product + whole(0, 5)
    assert exports.f(0, 7) == (7, signed(total % 2**64), total >> 64)
