"""Who may still use what, when things are collected on both sides of the border."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

import pywasm_vm as wasm
from pywasm_vm.native.core import missing

pytestmark = pytest.mark.skipif(missing() is not None, reason="the C core is not there")

MANY = 40_000
"""More new objects of the host than are let through before the C heap is collected."""

NUMBERED = """
(module
  (type $numbered (struct (field (mut i32)) (field (mut anyref))))
  (import "host" "fresh" (func $fresh (result externref)))
  (import "host" "same" (func $same (param externref) (result externref)))
  (import "host" "same struct" (func $same_struct (param anyref) (result anyref)))
  (func (export "new") (param i32) (result (ref $numbered)) (struct.new $numbered (local.get 0) (ref.null any)))
  (func (export "number") (param (ref null $numbered)) (result i32) (struct.get $numbered 0 (local.get 0)))
  (func (export "litter") (param i32)
    (loop $next
      (drop (struct.new $numbered (local.get 0) (ref.null any)))
      (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
  (func (export "to and fro") (param i32) (result externref)
    (local $last externref)
    (loop $next
      (local.set $last (call $same (call $fresh)))
      (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get $last))
  (func (export "structs to and fro") (param i32) (result i32)
    (local $right i32)
    (loop $next
      (drop (call $fresh))
      (local.set $right (i32.add (local.get $right) (i32.eq (local.get 0) (struct.get $numbered 0 (ref.cast (ref $numbered)
        (call $same_struct (struct.new $numbered (local.get 0) (ref.null any))))))))
      (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get $right))
  (elem (ref $numbered) (item (struct.new $numbered (i32.const 1) (ref.null any)))))
"""


@pytest.fixture(autouse=True)
def _nothing_but_this_test() -> Iterator[None]:
    """Collections do not look at what was there before: in a run of all tests that is much, and takes its time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


class Thing:
    """Something of the host."""


def new_instance() -> wasm.Instance:
    host = {"fresh": Thing, "same": lambda value: value, "same struct": lambda value: value}
    return wasm.Store(tier="native").instantiate(wasm.Module.parse(NUMBERED), {"host": host})


def test_an_argument_of_the_host_is_there_when_the_heap_is_collected_on_the_way() -> None:
    assert type(new_instance().exports["to and fro"](MANY)) is Thing


def test_a_struct_that_is_an_argument_of_the_host_is_not_collected_on_the_way() -> None:
    assert new_instance().exports["structs to and fro"](MANY) == MANY


def test_structs_may_go_together_with_their_store() -> None:
    for _ in range(20):
        instance = new_instance()
        kept: list[Any] = [instance.exports.new(number) for number in range(100)]
        kept.append(kept)
        del instance, kept
        gc.collect()


class LastWord:
    """Calls a guest when it is taken away, together with the store of the guest."""

    heard: ClassVar[list[int]] = []

    def __init__(self, instance: wasm.Instance, struct: Any) -> None:
        self.instance, self.struct, self.me = instance, struct, self

    def __del__(self) -> None:
        self.instance.exports.litter(200_000)
        self.heard.append(self.instance.exports.number(self.struct))


def test_who_is_taken_away_with_a_store_may_still_call_its_guests_and_look_at_their_structs() -> None:
    LastWord.heard.clear()
    for number in range(20):
        instance = new_instance()
        LastWord(instance, instance.exports.new(number))
        del instance
        gc.collect()

    assert LastWord.heard == list(range(20))
