"""Rows and their notation."""

from __future__ import annotations

import pytest

from proxyabi.abi.signature import KINDS, Answer, Row, parse_params


@pytest.mark.parametrize(
    ("notation", "answer", "signature"),
    [
        ("", Answer.STATUS, "-> i32"),
        ("", Answer.NOTHING, "->"),
        ("-> time:u64", Answer.STATUS, "i32 -> i32"),
        ("level:log_level message:bytes", Answer.STATUS, "i32 i32 i32 -> i32"),
        ("map:map_type key:bytes -> value:bytes", Answer.STATUS, "i32 i32 i32 i32 i32 -> i32"),
        ("id:u32 delta:i64", Answer.STATUS, "i32 i64 -> i32"),
        ("size:u32 -> address:u32", Answer.VALUE, "i32 -> i32"),
        ("-> buffer:room", Answer.ERRNO, "i32 i32 -> i32"),
    ],
)
def test_the_notation_gives_the_wasm_type(notation: str, answer: Answer, signature: str) -> None:
    assert Row("env", "name", *parse_params(notation), answer).signature == signature


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        parse_params("name:nonsense")


def test_a_kind_can_stand_somewhere() -> None:
    assert [kind.name for kind in KINDS.values() if not (kind.params or kind.slots or kind.value)] == []
