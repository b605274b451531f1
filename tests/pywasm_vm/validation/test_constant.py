"""Constant expressions: what may stand in them, and in which order things come into scope."""

from __future__ import annotations

import pytest

from pywasm_vm.features import RUNNABLE, WASM_2_0, WASM_3_0, Feature

VALID = [
    "(global i32 (i32.const 1)) (global f64 (f64.const 1)) (global v128 (v128.const i64x2 0 0))",
    "(global i32 (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3))))",
    '(global $a (import "m" "g") i32) (global i32 (global.get $a)) (memory 1) (data (global.get $a) "x")',
    "(global $a i32 (i32.const 1)) (global i32 (global.get $a))",
    "(func $f) (global funcref (ref.func $f)) (global (ref func) (ref.func $f)) (table 1 (ref func) (ref.func $f))",
    "(table 1 funcref) (elem (i32.const 0) $f $f) (func $f) (elem funcref (ref.func $f) (ref.null func))",
    "(type $s (struct (field i32))) (global (ref $s) (struct.new $s (i32.const 1)))",
    "(global (ref i31) (ref.i31 (i32.const 1)))",
]

INVALID = [
    ("(global i32 (i64.const 1))", "type mismatch: instruction requires [i32] but stack has [i64]: end"),
    ("(global i32 (nop))", "constant expression required: nop may not stand here"),
    ("(global i32 (i32.ctz (i32.const 1)))", "constant expression required: i32.ctz may not stand here"),
    ("(global i32)", "type mismatch: instruction requires [i32] but stack has []: end"),
    ("(global i32 (i32.const 1) (i32.const 1))", "type mismatch: block requires [i32] but stack has [i32 i32]"),
    ("(global i32 (global.get 0))", "unknown global 0: 0 are in scope here"),
    ("(global i32 (global.get 1)) (global i32 (i32.const 1))", "unknown global 1: 0 are in scope here"),
    ('(global (import "m" "g") (mut i32)) (global i32 (global.get 0))', "constant expression required: global 0 is mutable"),
    ("(global funcref (ref.func 7))", "unknown function 7: the module has none"),
    ("(global externref (ref.func 0)) (func)", "type mismatch: instruction requires [(ref null extern)]"),
    ('(memory 1) (data (i64.const 0) "")', "type mismatch: instruction requires [i32] but stack has [i64]"),
    ("(table 1 funcref) (elem (f32.const 0) func)", "type mismatch: instruction requires [i32] but stack has [f32]"),
    ("(table 1 funcref) (elem (i32.const 0) externref (ref.null extern))", "type mismatch: the segment holds (ref null extern)"),
    ("(elem funcref (ref.null extern))", "type mismatch: instruction requires [(ref null func)]"),
    ('(data (i32.const 0) "")', "unknown memory 0: the module has none"),
    ("(elem (i32.const 0) func)", "unknown table 0: the module has none"),
    ("(global $g i32 (i32.const 1)) (table 1 funcref (global.get $g))", "unknown global 0"),
]


@pytest.mark.parametrize("fields", VALID)
def test_is_valid(check, fields):
    check(fields)


@pytest.mark.parametrize(("fields", "reason"), INVALID, ids=range(len(INVALID)))
def test_is_refused(refusal, fields, reason):
    assert refusal(fields).reason.startswith(reason)


def test_arithmetic_needs_extended_constants(check, refusal):
    fields = "(global i32 (i32.sub (i32.const 1) (i32.const 2)))"
    check(fields, RUNNABLE)

    reason = refusal(fields, WASM_2_0).reason

    assert reason == "constant expression required: i32.sub may not stand here without the feature extended-const"


def test_a_global_of_the_module_itself_needs_gc(refusal):
    fields = "(global i32 (i32.const 1)) (global i32 (global.get 0))"

    assert "only with the feature gc" in refusal(fields, WASM_3_0 - {Feature.GC}).reason


def test_a_refusal_names_the_place(refusal):
    invalid = refusal("(global i32 (i32.const 1)) (global i32 (i32.clz (i32.const 1)))")

    # Header, section id and size, count, the first global (5 bytes), the type of the second and its i32.const.
    assert invalid.offset == 8 + 2 + 1 + 5 + 2 + 2
    assert invalid.function is None
