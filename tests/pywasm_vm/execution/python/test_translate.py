"""Whole functions as text, and the places of their lines."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

Source = Callable[..., str]

TEXTS = [
    "(module (func (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))",
    """(module (memory 1) (func (param i32) (local i32)
      (loop (i32.store (local.get 0) (i32.load (local.get 1)))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))""",
    """(module (func (param i32) (result i32) (block (block (block (block
      (br_table 0 1 2 3 (local.get 0)))
      (return (i32.const 5))) (return (i32.const 6))) (call 0 (i32.const 3)) drop) (i32.const 7)))""",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("metered", [False, True])
def test_the_variant_with_places_has_the_same_lines(source: Source, text: str, metered: bool) -> None:
    plain = source(text, metered=metered).splitlines()
    placed = source(text, metered=metered, places=True).splitlines()

    assert [re.sub(r"  # 0x[0-9a-f]+$", "", line) for line in placed] == plain


@pytest.mark.parametrize("text", TEXTS)
def test_the_same_function_always_gives_the_same_text(source: Source, text: str) -> None:
    assert source(text) == source(text)


def test_metered_code_shares_one_variable(source: Source) -> None:
    text = source(TEXTS[1], metered=True)

    assert text.startswith("def metered(fuel):\n global f0\n def f0(l0):\n  nonlocal fuel\n")
    assert text.count("if fuel < 0: refill()") == 2


def test_code_that_is_not_metered_knows_no_fuel(source: Source) -> None:
    assert "fuel" not in source(TEXTS[1])


def test_a_place_is_that_of_the_instruction_that_may_trap(source: Source) -> None:
    text = source(TEXTS[1], places=True)
    (store,) = [line for line in text.splitlines() if "p32(" in line]
    (loop,) = [line for line in text.splitlines() if "while True:" in line]

    assert int(store.split("# ")[1], 16) > int(loop.split("# ")[1], 16)
