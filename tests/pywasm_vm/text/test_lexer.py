"""Characters to tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywasm_vm.errors import Malformed
from pywasm_vm.text.lexer import Lexed, Source, source_of, tokenize


def lex(text: str | bytes) -> Lexed:
    return tokenize(source_of(text))


def texts(text: str) -> list[str]:
    return lex(text).texts[:-1]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("(module)", ["(", "module", ")"]),
        ("a b\tc\r\nd\re", ["a", "b", "c", "d", "e"]),
        ("i32.const -0x1_F", ["i32.const", "-0x1_F"]),
        ("$a$b !#$%&'*+-./:<=>?@\\^_`|~", ["$a$b", "!#$%&'*+-./:<=>?@\\^_`|~"]),
        ('"a b" "\\"" "\\u{41}"', ['"a b"', '"\\""', '"\\u{41}"']),
        ('$"a b"', ['$"a b"']),
        ("offset=4", ["offset=4"]),
        ("a;;b c\nd", ["a", "d"]),
        ("a;;b\rc", ["a", "c"]),
        ("a(;b;)c", ["a", "c"]),
        ("a(;b(;c;)d;)e", ["a", "e"]),
        ("(;;)a(;;;)", ["a"]),
        ("(; \x00 ä \x7f ;)a", ["a"]),
        ("a ;; ä \x00 ;) (@", ["a"]),
        ('(@x y "z)" (a (b)) , ; [ ] { } (; ) ;) (@)) a', ["a"]),
        ('(@"x y" z) a', ["a"]),
        ("(@x)(a (@y) b)", ["(", "a", "b", ")"]),
    ],
)
def test_text_falls_into_tokens(text: str, tokens: list[str]) -> None:
    assert texts(text) == tokens


@pytest.mark.parametrize(
    ("text", "reason", "line", "column"),
    [
        ('"a', "unclosed string", 1, 1),
        ('a\n "b\n"', "unclosed string", 2, 2),
        ('"a\\"', "unclosed string", 1, 1),
        ('"a\tb"', "illegal control character", 1, 3),
        ("\n\x01", "illegal character", 2, 1),
        ("ä", "illegal character", 1, 1),
        ("a, b", "unknown operator ,", 1, 2),
        ("[", "unknown operator [", 1, 1),
        ('a"b"', 'unknown operator a"b"', 1, 1),
        ('"a""b"', "unknown operator", 1, 1),
        ('$"l"0', "unknown operator", 1, 1),
        ('""""$"""a"', "unknown operator", 1, 1),
        ('(@custom "x" "a""b")', "unknown operator", 1, 14),
        ('(@name "a""b""c""d")', "unknown operator", 1, 8),
        ('$"a\tb"', "empty identifier", 1, 1),
        ("(; (; ;)", "unclosed comment", 1, 1),
        ("a\r\n  (@x (y)", "unclosed annotation", 2, 3),
        ('(@x ")', "unclosed string", 1, 5),
        ("(@x ä)", "illegal character", 1, 5),
        ("(@)", "empty annotation id", 1, 1),
        ("(@ x)", "empty annotation id", 1, 1),
        ('(@"")', "empty annotation id", 1, 1),
        ('(@"\\ef")', "malformed UTF-8", 1, 3),
        ("a\n)", "unexpected token", 2, 1),
        ("(@x))", "unexpected token", 1, 5),
        ("a (b (c)", "unexpected token", 1, 3),
    ],
)
def test_what_is_no_token_is_refused_in_its_place(text: str, reason: str, line: int, column: int) -> None:
    with pytest.raises(Malformed) as caught:
        lex(text)

    assert caught.value.reason.startswith(reason)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_bytes_that_are_no_utf8_are_refused_where_they_begin() -> None:
    with pytest.raises(Malformed, match="malformed UTF-8 encoding") as caught:
        lex("(;ä\n;) ".encode() + b"\xff")

    assert (caught.value.line, caught.value.column) == (2, 4)


def test_text_with_half_a_character_is_refused() -> None:
    with pytest.raises(Malformed, match="malformed UTF-8 encoding"):
        lex('(data "\ud800")')


def test_positions_count_characters_and_ends_find_the_closing_parenthesis() -> None:
    lexed = lex("(;ä;)(a (b) c)")

    assert lexed.positions == [5, 6, 8, 9, 10, 12, 13, 14]
    assert [lexed.ends[0], lexed.ends[2]] == [6, 4]


def test_lines_end_with_any_newline() -> None:
    source = Source("a\nb\r\nc\rd")

    assert [source.place(position) for position in (0, 2, 5, 7)] == [(1, 1), (2, 1), (3, 1), (4, 1)]


def test_annotations_of_ours_are_kept_beside_the_token_behind_them() -> None:
    lexed = lex('(a (@custom "x" (after func)) (@other y) b (@name "n"))')

    ((custom,), (name,)) = lexed.annotations[2], lexed.annotations[3]
    assert (custom.name, custom.content.texts) == ("custom", ['"x"', "(", "after", "func", ")", ""])
    assert custom.content.ends[1] == 4
    assert (name.name, name.content.texts) == ("name", ['"n"', ""])


@pytest.mark.parametrize(
    "text", ["(;" * 100_000 + ";)" * 100_000, "(@a" * 100_000 + ")" * 100_000, "(" * 100_000 + ")" * 100_000]
)
def test_depth_is_counted_and_not_recursed(text: str) -> None:
    lex(text)


@given(st.text(alphabet='()"$@;\\ \n0x1abc\0\x7fä{u}=_.', max_size=60))
def test_nothing_but_malformed_comes_out(text: str) -> None:
    try:
        lex(text)
    except Malformed as refusal:
        error = refusal
    else:
        return
    assert error.line is not None
    assert error.column is not None
