"""Rules of blocks, branches, calls, exceptions, drop, select, locals and globals."""

from __future__ import annotations

import pytest

VALID = {
    "a block with parameters": "(func (param i32) (result i32) local.get 0 (block (param i32) (result i32)))",
    "a loop is branched to with its parameters": "(func (local i64) i32.const 1 (loop (param i32) br 0))",
    "an if without else whose parameters are its results": """
        (func (param i32) (result i32) local.get 0 i32.const 1 (if (param i32) (result i32) (then)))""",
    "both arms of an if get the parameters": """
        (func (result i64) i32.const 7 i32.const 1
          (if (param i32) (result i64) (then i64.extend_i32_u) (else drop i64.const 1)))""",
    "whatever follows a branch finds what it wants": "(func (result i32) (block br 0 i32.add drop f32.neg drop) i32.const 1)",
    "a branch carries what lies on top of others": "(func (result i32) (block (result i32) f32.const 1 i32.const 2 br 0))",
    "br_table to labels of equal types": """
        (func (result i32) (block (result i32) (block (result i32) i32.const 1 i32.const 2 br_table 0 1 0 2)))""",
    "br_table in unreachable code to labels of different types": """
        (func (block (result f32) (block (result i32) unreachable br_table 0 1 0) drop f32.const 1) drop)""",
    "br_if leaves the operands": "(func (result i32) (block (result i32) i32.const 1 i32.const 2 br_if 0))",
    "return drops what it does not carry": "(func (result i32) i64.const 1 i32.const 2 return)",
    "a call with several results": """
        (func $f (param i32) (result i64 f32) i64.const 1 f32.const 2) (func (result f32) i32.const 1 call $f return)""",
    "an indirect call": """
        (type $t (func (param i32) (result i32))) (table 1 funcref)
        (func (result i32) (call_indirect (type $t) (i32.const 1) (i32.const 0)))""",
    "a tail call gives the same results": "(func $f (result i32) i32.const 1) (func (result i32) f32.const 1 return_call $f)",
    "select of numbers in unreachable code": "(func (result i32) unreachable select)",
    "select of vectors": "(func (param v128 v128 i32) (result v128) local.get 0 local.get 1 local.get 2 select)",
    "select of references with its type": """
        (func (param funcref funcref i32) (result funcref) local.get 0 local.get 1 local.get 2 select (result funcref))""",
    "a local without default after it was set": """
        (func (param (ref func)) (local (ref func)) local.get 0 local.set 1 (block local.get 1 drop) local.get 1 drop)""",
    "br_on_null": "(func (param funcref) (result (ref func)) (block local.get 0 br_on_null 0 return) unreachable)",
    "br_on_non_null": "(func (param funcref) (result (ref func)) local.get 0 br_on_non_null 0 unreachable)",
    "br_on_cast": """
        (func (param anyref) (result (ref i31)) local.get 0 br_on_cast 0 anyref (ref i31) drop unreachable)""",
    "br_on_cast_fail": """
        (func (param anyref) (result anyref) local.get 0 br_on_cast_fail 0 anyref (ref i31) i31.get_s drop unreachable)""",
    "handlers of all kinds": """
        (tag $e (param i32))
        (func (result i32) (try_table (result i32) (catch $e 0) i32.const 1))
        (func (result i32 exnref) (try_table (catch_ref $e 0)) unreachable)
        (func (result (ref exn)) (try_table (catch_all_ref 0)) unreachable)
        (func (try_table (catch_all 0)))""",
    "throwing": "(tag $e (param i32)) (func (result f32) i32.const 1 throw $e) (func (param exnref) local.get 0 throw_ref)",
}

INVALID = [
    ("(func (result i32))", "type mismatch: instruction requires [i32] but stack has []: end"),
    ("(func i32.const 1)", "type mismatch: block requires [] but stack has [i32]"),
    ("(func (result i32) i64.const 1 i32.const 2)", "type mismatch: block requires [i32] but stack has [i64 i32]"),
    (
        "(func i32.const 1 i64.const 2 i32.add drop)",
        "type mismatch: instruction requires [i32 i32] but stack has [i32 i64]: i32.add",
    ),
    ("(func i32.const 1 (block drop))", "type mismatch: instruction requires [anything] but stack has []: drop"),
    ("(func i32.const 1 (block (param i64) drop))", "type mismatch: instruction requires [i64] but stack has [i32]: block"),
    ("(func (block i32.add drop))", "type mismatch: instruction requires [i32 i32] but stack has []: i32.add"),
    ("(func (block i32.const 0 i32.add drop))", "type mismatch: instruction requires [i32 i32] but stack has [i32]: i32.add"),
    ("(func (result i32) i32.const 1 (if (result i32) (then i32.const 2)))", "type mismatch: an if without else gives"),
    ("(func i32.const 1 (if (then) (else i32.const 1)))", "type mismatch: block requires [] but stack has [i32]"),
    ("(func (if (then)))", "type mismatch: instruction requires [i32] but stack has []: if"),
    ("(func br 1)", "unknown label 1: the outermost one is 0"),
    ("(func i32.const 0 br_if 7)", "unknown label 7: the outermost one is 0"),
    ("(func i32.const 0 br_table 0 0 5 0)", "unknown label 5: the outermost one is 0"),
    ("(func (loop (result i32) i64.const 1 br_if 0 i32.const 1) drop)", "type mismatch: instruction requires [i32]"),
    (
        "(func (block (result i32) (block i32.const 1 i32.const 1 br_table 0 1) i32.const 1) drop)",
        "type mismatch: label 0 takes []",
    ),
    (
        "(func (block (result f32) (block (result i32) i32.const 1 i32.const 2 br_table 0 1) drop f32.const 1) drop)",
        "type mismatch: instruction requires",
    ),
    ("(func unreachable i32.const 1 i64.const 1 i32.add drop)", "type mismatch: instruction requires [i32 i32]"),
    ("(func unreachable f32.const 1 br_if 0)", "type mismatch: instruction requires [i32] but stack has [f32]: br_if"),
    ("(func (block unreachable i32.const 1))", "type mismatch: block requires [] but stack has [i32]"),
    ("(func call 3)", "unknown function 3: the last one is 0"),
    ("(func $f (param i32)) (func i64.const 1 call $f)", "type mismatch: instruction requires [i32] but stack has [i64]: call"),
    ("(func i32.const 0 call_indirect)", "unknown table 0: the module has none"),
    ("(table 1 externref) (func i32.const 0 call_indirect)", "type mismatch: table 0 holds (ref null extern), not functions"),
    ("(table 1 funcref) (func i32.const 0 call_indirect (type 5))", "unknown type 5: the last one is 0"),
    ("(func $f (result i64) i64.const 1) (func (result i32) return_call $f)", "type mismatch: the function called gives [i64]"),
    (
        "(func (param funcref) local.get 0 local.get 0 i32.const 1 select drop)",
        "type mismatch: select without a type takes numbers",
    ),
    (
        "(func i32.const 1 f32.const 1 i32.const 1 select drop)",
        "type mismatch: select takes two operands of one type, not [i32 f32]",
    ),
    (
        "(func unreachable i32.const 1 i32.const 1 i32.const 1 select (result) drop)",
        "invalid result arity: select has one result, not 0",
    ),
    ("(func local.get 0)", "unknown local 0: the function has 0"),
    ("(func (param i32) (local i64) i32.const 1 local.set 2)", "unknown local 2: the function has 2"),
    (
        "(func (param i32) i64.const 1 local.tee 0 drop)",
        "type mismatch: instruction requires [i32] but stack has [i64]: local.tee",
    ),
    ("(func local.set 0)", "unknown local 0: the function has 0"),
    ("(func (local (ref func)) local.get 0 drop)", "uninitialized local 0: its type (ref func) has no default value"),
    ("(func (param (ref func)) (local (ref func)) (block local.get 0 local.set 1) local.get 1 drop)", "uninitialized local 1"),
    (
        "(func (param (ref func)) (local (ref func)) i32.const 0 (if (then local.get 0 local.set 1) (else local.get 1 drop)))",
        "uninitialized local 1",
    ),
    ("(func global.get 0 drop)", "unknown global 0: the module has none"),
    ("(global i32 (i32.const 1)) (func i32.const 1 global.set 0)", "immutable global: global 0 cannot be set"),
    (
        "(global (mut i32) (i32.const 1)) (func i64.const 1 global.set 0)",
        "type mismatch: instruction requires [i32] but stack has [i64]",
    ),
    ("(func throw 0)", "unknown tag 0: the module has none"),
    ("(tag (param i32)) (func throw 0)", "type mismatch: instruction requires [i32] but stack has []: throw"),
    ("(tag (param i32)) (func (try_table (catch 0 0)))", "type mismatch: a catch gives [i32], but label 0 takes []"),
    (
        "(func (param anyref) local.get 0 br_on_cast 0 (ref i31) anyref drop)",
        "type mismatch: (ref null any) is no subtype of (ref i31)",
    ),
    ("(func (param i32) local.get 0 br_on_null 0 drop)", "type mismatch: instruction requires [a reference] but stack has [i32]"),
    ("(func (param funcref) local.get 0 br_on_non_null 0)", "type mismatch: label 0 takes []"),
    (
        "(func (param funcref) (block (result i32) unreachable ref.as_non_null br 0) drop)",
        "type mismatch: instruction requires [i32]",
    ),
]


@pytest.mark.parametrize("fields", VALID.values(), ids=VALID)
def test_is_valid(check, fields):
    check(fields)


@pytest.mark.parametrize(("fields", "reason"), INVALID, ids=range(len(INVALID)))
def test_is_refused_with_what_was_wanted_and_what_was_there(refusal, fields, reason):
    assert refusal(fields).reason.startswith(reason)


def test_an_else_needs_an_if(refusal_of_body):
    assert refusal_of_body("block", "else", "end").reason.startswith("unexpected token else")
    assert refusal_of_body("i32.const", "if", "else", "else", "end").reason.startswith("unexpected token else")


def test_legacy_handlers_follow_a_try(refusal_of_body, accepts_body):
    accepts_body("try", "catch", "drop", "catch_all", "rethrow", "end")
    accepts_body("try", "delegate")
    assert refusal_of_body("block", "catch", "end").reason.startswith("unexpected token catch:")
    assert refusal_of_body("try", "catch_all", "catch_all", "end").reason.startswith("unexpected token catch_all")
    assert refusal_of_body("try", "catch_all", "delegate").reason.startswith("unexpected token delegate")
    assert refusal_of_body("try", "rethrow", "end").reason.startswith("invalid rethrow label 0")
