"""A module out of its text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pywasm_vm.binary.decode import decode_module
from pywasm_vm.errors import Malformed
from pywasm_vm.limits import Limits
from pywasm_vm.structure.module import Module
from pywasm_vm.text.parse import line_and_column, parse_module, parse_module_at, tokens_of
from pywasm_vm.text.tokens import Tokens


@pytest.mark.parametrize("text", ["", "(module)", "(module $m)", " ;; nothing\n", b"(module)"])
def test_empty_modules(text: str | bytes) -> None:
    assert parse_module(text) == Module()


def test_module_has_its_name() -> None:
    assert parse_module("(module $m)").names.module == "m"
    assert parse_module("(func)").names.module is None


def test_fields_alone_are_a_module() -> None:
    assert parse_module('(func (export "f"))') == parse_module('(module (func (export "f")))')


def test_parsed_module_equals_the_decoded_one() -> None:
    """Offsets say other things, and take no part in it."""
    text = '(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))'
    data = bytes.fromhex(
        "0061736d01000000 0107 01 60 02 7f7f 01 7f 0302 01 00 0707 01 03 616464 00 00 0a09 01 07 00 2000 2001 6a 0b"
    )

    assert parse_module(text) == decode_module(data)
    assert decode_module(data) == parse_module(text)
    assert parse_module(text.replace("add (", "sub (")) != decode_module(data)
    assert decode_module(data) != parse_module(text.replace("get 1", "get 0"))


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("(module)\n(module)", 2, 1),
        ("(module\n  (func\n    i32.foo))", 3, 5),
        ("(module\n\t(foo))", 2, 3),
        ("(func $f)\r\n(;ä;)(func $f)", 2, 12),
        ("(module", 1, 1),
    ],
)
def test_errors_say_line_and_column(text: str, line: int, column: int) -> None:
    with pytest.raises(Malformed) as caught:
        parse_module(text)

    assert (caught.value.line, caught.value.column) == (line, column)
    assert f"(at line {line}, column {column})" in str(caught.value)


def test_one_module_out_of_a_longer_text() -> None:
    """As the scripts of the official suite need it."""
    tokens = tokens_of('(module $a (func $f)) (other) (module $b (memory 1) (func $f) (func $g)) "behind"')

    first = parse_module_at(tokens)
    assert (first.names.module, len(first.funcs), tokens.next) == ("a", 1, "(")
    second = Tokens(tokens.lexed, tokens.ends[tokens.at] + 1)
    assert len(parse_module_at(second).funcs) == 2
    assert second.next == '"behind"'
    with pytest.raises(Malformed, match="unexpected token"):
        parse_module_at(tokens)


def test_annotations_of_another_module_do_not_disturb() -> None:
    tokens = tokens_of('(module) (module (@custom "x")) (module)')

    assert [len(parse_module_at(tokens).customs) for _ in range(3)] == [0, 1, 0]


def test_place_of_an_offset() -> None:
    text = "(module\n  (func nop))"
    ((_, _, offset), _) = parse_module(text).funcs[0].body

    assert line_and_column(text, offset) == (2, 9)


def test_text_is_limited() -> None:
    assert parse_module("(module)", Limits(module_bytes=8)) == Module()
    with pytest.raises(Malformed, match="module too large"):
        parse_module("(module )", Limits(module_bytes=8))


SAMPLE = """
    ( ( ( ) ) ) module func type rec sub final struct array field mut param result local global table memory tag import export
    start elem data item offset declare ref null funcref i32 i64 i8 v128 $a $b 0 1 0x7f -1 1.5 nan "a" "\\ff" block loop if then
    else end try do catch delegate try_table call br br_table i32.const i32.add i32.load local.get select memory.init struct.get
    ref.cast call_indirect v128.const i8x16 (@custom (@name (@x ;; (; ;) unknown
"""
WORDS = [*SAMPLE.split(), "\n"]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_nothing_but_malformed_comes_out_of_words(words: list[str]) -> None:
    for text in (" ".join(words), f"(module (func {' '.join(words)}))", f"({' '.join(words)})"):
        try:
            parse_module(text)
        except Malformed as refusal:
            error = refusal
        else:
            continue
        assert error.line is not None


@given(st.text(max_size=40), st.binary(max_size=40))
def test_nothing_but_malformed_comes_out_of_anything(text: str, data: bytes) -> None:
    for source in (text, data, f"(func {text})", b"(data " + data):
        try:
            parse_module(source)
        except Malformed as refusal:
            error = refusal
        else:
            continue
        assert error.column is not None


@pytest.mark.parametrize(
    "text",
    [
        "(rec " * 100_000 + ")" * 100_000,
        "(type " + "(sub " * 100_000 + ")" * 100_001,
        "(global " + "(mut " * 100_000 + ")" * 100_001,
        "(elem funcref " + "(item " * 100_000 + ")" * 100_001,
        "(module " * 100_000 + ")" * 100_000,
        "(func (param " + "(ref " * 100_000 + ")" * 100_002,
    ],
    ids=["groups", "subtypes", "globals", "items", "modules", "references"],
)
def test_what_nests_where_nothing_may_is_refused_at_once(text: str) -> None:
    with pytest.raises(Malformed, match="unexpected token"):
        parse_module(text)
