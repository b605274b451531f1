"""References: null, the test for it, functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Run = Callable[..., list[Any]]


def test_null_is_told_from_every_other_reference(run: Run) -> None:
    text = """(module (elem declare func $f)
      (func $f (export "f") (param externref) (result i32 i32 i32)
        (ref.is_null (local.get 0)) (ref.is_null (ref.null func)) (ref.is_null (ref.func $f))))"""

    assert run(text, (None,), (0,), ("",)) == [(1, 1, 0), (0, 1, 0), (0, 1, 0)]


def test_a_reference_chooses_a_way(run: Run) -> None:
    text = """(module (func (export "f") (param externref) (result i32)
      (if (result i32) (i32.eqz (ref.is_null (local.get 0))) (then (i32.const 1)) (else (i32.const 2)))))"""

    assert run(text, (None,), ("x",)) == [2, 1]


def test_references_pass_through_locals_and_select(run: Run) -> None:
    thing = object()
    text = """(module (func (export "f") (param externref i32) (result externref) (local externref)
      (select (result externref) (local.get 0) (local.get 2) (local.get 1))))"""

    assert run(text, (thing, 1), (thing, 0)) == [thing, None]
