"""The cursor over tokens, and what it says when the next one is not what is wanted."""

from __future__ import annotations

import pytest

from pywasm_vm.errors import Malformed
from pywasm_vm.text.parse import tokens_of


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("get_local", "unknown operator get_local"),
        ("0drop", "unknown operator 0drop"),
        ("offset=x", "unknown operator offset=x"),
        ("i32.add", "unexpected token: `i32.add` where a string is wanted"),
        ("func", "unexpected token"),
        ("0x1p3", "unexpected token"),
        ("-1_0", "unexpected token"),
        ("nan:canonical", "unexpected token"),
        ("offset=4", "unexpected token"),
        ("$x", "unexpected token: `$x`"),
        ("$", "empty identifier"),
        ("", "unexpected token: the end of the text"),
        ("x" * 1000, "unknown operator " + "x" * 57 + "..."),
    ],
)
def test_unknown_words_are_told_from_known_ones_in_the_wrong_place(text: str, reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        tokens_of(text).string()

    assert caught.value.reason.startswith(reason)


def test_number_beyond_its_width_is_out_of_range() -> None:
    with pytest.raises(Malformed, match="i8 constant out of range: 256") as caught:
        tokens_of("\n 256").natural(8)

    assert (caught.value.line, caught.value.column) == (2, 2)


def test_identifier_in_quotes_is_the_same_as_without() -> None:
    tokens = tokens_of(r'$a $"\61" $"a b" 7')

    assert [tokens.identifier() for _ in range(4)] == ["a", "a", "a b", None]


@pytest.mark.parametrize(
    ("text", "reason"), [("$", "empty identifier"), ('$""', "empty identifier"), (r'$"\ff"', "malformed UTF-8")]
)
def test_identifier_that_is_none(text: str, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        tokens_of(text).identifier()


def test_neighbouring_strings_are_one() -> None:
    tokens = tokens_of(r'"a" "" "\00b" c')

    assert tokens.strings() == b"a\0b"
    assert tokens.next == "c"


def test_annotation_is_seen_once() -> None:
    tokens = tokens_of('(@name "x") (@custom "y") a')

    assert [annotation.name for annotation in tokens.annotated("name")] == ["name"]
    assert tokens.annotated("name") == []
    assert [annotation.name for annotation in tokens.annotated("custom")] == ["custom"]
    assert tokens.annotations == {}
