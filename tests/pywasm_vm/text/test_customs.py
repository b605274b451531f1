"""Annotations that stand for custom sections."""

from __future__ import annotations

import pytest

from pywasm_vm.errors import Malformed
from pywasm_vm.structure.module import Custom
from pywasm_vm.text.parse import parse_module


def test_custom_sections_stand_where_they_say() -> None:
    module = parse_module(
        r"""(module
            (@custom "end" "a" "\00b")
            (@custom "before" (before first) "1")
            (type (func))
            (@custom "late" (after func))
            (@custom "early" (before func))
            (func)
            (@custom "last" (after last))
            (@custom "nothing there" (after memory)))"""
    )

    assert module.customs == (
        Custom("before", b"1", 0),
        Custom("early", b"", 1),
        Custom("late", b"", 3),
        Custom("nothing there", b"", 3),
        Custom("end", b"a\0b", 10),
        Custom("last", b"", 10),
    )


def test_annotation_alone_is_a_module() -> None:
    assert parse_module('(@custom "x")').customs == (Custom("x", b"", 0),)


def test_names_by_annotation_are_better_than_identifiers() -> None:
    module = parse_module(
        """(module $m (@name "Modül") (func $f (@name "λ")) (func (@name "b b")) (tag (@name "t")) (global (@name "g") i32)
        (table (@name "x") 0 funcref) (memory (@name "y") 0) (elem (@name "e") func) (data (@name "d")))"""
    )

    names = module.names
    assert (names.module, names.functions, names.tags, names.globals) == ("Modül", {0: "λ", 1: "b b"}, {0: "t"}, {0: "g"})
    assert (names.tables, names.memories, names.elems, names.datas) == ({0: "x"}, {0: "y"}, {0: "e"}, {0: "d"})


def test_identifier_of_a_function_stays_its_identifier() -> None:
    module = parse_module('(func $f (@name "other") (call $f))')

    assert next(iter(module.funcs[0].body))[1] == (0,)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(@custom)", "@custom annotation: missing section name"),
        ("(@custom x)", "@custom annotation: missing section name"),
        (r'(@custom "\df")', "@custom annotation: malformed UTF-8 encoding"),
        ('(@custom "x" here)', "@custom annotation: unexpected token"),
        ('(@custom "x" "y" z)', "@custom annotation: unexpected token"),
        ('(@custom "x" (after))', "@custom annotation: malformed section kind"),
        ('(@custom "x" (after first))', "@custom annotation: malformed section kind"),
        ('(@custom "x" (before types))', "@custom annotation: malformed section kind"),
        ('(@custom "x" (type))', "@custom annotation: malformed placement"),
        ('(func (@custom "x"))', "misplaced @custom annotation"),
        ('(func (nop (@custom "x")))', "misplaced @custom annotation"),
        ('(module (@name "a") (@name "b"))', "@name annotation: multiple module"),
        ('(func (@name "a") (@name "b"))', "@name annotation: multiple func"),
        ("(module (@name))", "@name annotation: unexpected token"),
        (r'(module (@name "\ff"))', "@name annotation: malformed UTF-8 encoding"),
        ('(module (@name "a" "b"))', "@name annotation: unexpected token"),
        ('(module (func) (@name "a"))', "misplaced @name annotation"),
        ('(start (@name "a") 0)', "misplaced @name annotation"),
    ],
)
def test_annotations_that_say_nothing_we_understand_are_refused(text: str, reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_module(text)

    assert caught.value.reason.startswith(reason)


def test_annotations_of_others_may_stand_anywhere() -> None:
    text = '((@a) module (@a) $m (@b "x") ((@a) func (@a (b)) $f (@c)) (@d))'

    assert parse_module(text) == parse_module("(module (func))")
