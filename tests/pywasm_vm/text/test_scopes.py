"""Identifiers and what they stand for."""

from __future__ import annotations

import pytest

from pywasm_vm.errors import Malformed
from pywasm_vm.text.parse import parse_module
from pywasm_vm.text.scopes import FunctionScope
from pywasm_vm.text.tokens import Tokens


def tokens(text: str) -> Tokens:
    from pywasm_vm.text.parse import tokens_of

    return tokens_of(text)


def test_identifier_may_be_used_before_it_is_bound() -> None:
    module = parse_module('(export "a" (func $f)) (start $g) (func $f (call $g)) (func $g)')

    assert module.exports[0].index == 0
    assert module.start == 1
    assert [immediates for _, immediates, _ in module.funcs[0].body] == [(1,), ()]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(func $x) (func $x)", "duplicate func $x"),
        ('(import "" "" (func $x)) (func $x)', "duplicate func"),
        ('(func $x (import "" "")) (func $"x")', "duplicate func"),
        ("(table $x 0 funcref) (table $x 0 funcref)", "duplicate table"),
        ("(memory $x 0) (memory $x 0)", "duplicate memory"),
        ("(global $x i32) (global $x i32)", "duplicate global"),
        ("(tag $x) (tag $x)", "duplicate tag"),
        ("(type $x (func)) (rec (type $x (func)))", "duplicate type"),
        ("(elem $x func) (elem $x func)", "duplicate elem segment"),
        ("(data $x) (data $x)", "duplicate data segment"),
        ("(func (param $x i32) (param $x i32))", "duplicate local"),
        ("(func (param $x i32) (local $x i32))", "duplicate local"),
        ("(type (struct (field $x i32) (field $x i32)))", "duplicate field"),
    ],
)
def test_second_binding_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_module(text)

    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(start $x)", "unknown func $x"),
        ("(func (type $x))", "unknown type"),
        ("(func table.get $x)", "unknown table"),
        ("(func memory.size $x)", "unknown memory"),
        ("(func global.get $x)", "unknown global"),
        ("(func throw $x)", "unknown tag"),
        ("(func elem.drop $x)", "unknown elem segment"),
        ("(func data.drop $x)", "unknown data segment"),
        ("(func local.get $x)", "unknown local"),
        ("(func br $x)", "unknown label"),
        ("(func (block $x) br $x)", "unknown label"),
        ("(type $s (struct)) (func struct.get $s $x)", "unknown field"),
        ("(type $s (array i8)) (func struct.get $s $x)", "unknown field"),
    ],
)
def test_identifier_that_nobody_bound_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_module(text)

    assert caught.value.reason.startswith(reason)


def test_names_of_different_sorts_do_not_meet() -> None:
    module = parse_module(
        "(type $x (func)) (func $x (param $x i32) (block $x (br $x))) (global $x i32 (i32.const 0)) (memory $x 1)"
    )

    names = module.names
    assert (names.types, names.functions, names.globals, names.memories) == ({0: "x"}, {0: "x"}, {0: "x"}, {0: "x"})
    assert (names.locals, names.labels) == ({0: {0: "x"}}, {0: {0: "x"}})


def test_inner_label_hides_the_outer_one_until_it_ends() -> None:
    scope = FunctionScope()
    for name in ("x", None, "x"):
        scope.open(name)

    assert scope.label(tokens("$x")) == 0
    scope.close()
    assert scope.label(tokens("$x")) == 1
    scope.close()
    scope.close()
    with pytest.raises(Malformed, match="unknown label"):
        scope.label(tokens("$x"))


def test_number_names_any_label_even_one_that_is_not_there() -> None:
    assert FunctionScope().label(tokens("77")) == 77
