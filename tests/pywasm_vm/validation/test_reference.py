"""Rules of references, structs, arrays, casts and conversions."""

from __future__ import annotations

import pytest

from pywasm_vm.errors import Invalid
from pywasm_vm.features import WASM_2_0, WASM_3_0, Feature
from pywasm_vm.text.parse import parse_module
from pywasm_vm.validation.module import check_module

TYPES = """
    (type $f (func)) (type $s (struct (field i32) (field (mut i8)) (field (mut (ref $f)))))
    (type $d (struct (field (mut i64)) (field i16) (field anyref)))
    (type $a (array (mut i32))) (type $c (array i32)) (type $b (array (mut i8))) (type $r (array (mut funcref)))
    (type $n (array (mut (ref $f))))
"""

VALID = {
    "null and its test": "(func (result i32) ref.null func ref.is_null)",
    "a test of nothing in unreachable code": "(func (result i32) unreachable ref.is_null)",
    "a function that an export names": '(func $f (export "f")) (func (result funcref) ref.func $f)',
    "a function that a global names": "(func $f) (global funcref (ref.func $f)) (func ref.func $f drop)",
    "a function that a declarative segment names": "(elem declare func $f) (func $f) (func ref.func $f drop)",
    "a call through a reference": TYPES + "(func (param (ref null $f)) local.get 0 call_ref $f)",
    "comparison": "(func (param eqref i31ref) (result i32) local.get 0 local.get 1 ref.eq)",
    "i31": "(func (result i32) i32.const 1 ref.i31 i31.get_u)",
    "structs": TYPES
    + """
        (func $f) (elem declare func $f)
        (func (result i32) (local (ref null $s)) i32.const 1 i32.const 2 ref.func $f struct.new $s local.tee 0 i32.const 3
          struct.set $s 1 local.get 0 struct.get_s $s 1 local.get 0 struct.get $s 0 i32.add struct.new_default $d drop)""",
    "arrays": TYPES
    + """(data "abcd") (elem funcref (ref.null func))
        (func (local (ref null $a) (ref null $b)) i32.const 1 i32.const 2 array.new $a local.tee 0 i32.const 0 array.get $a drop
          local.get 0 i32.const 0 i32.const 5 array.set $a local.get 0 array.len drop i32.const 1 array.new_default $b local.tee 1
          i32.const 0 array.get_u $b drop i32.const 1 i32.const 2 array.new_fixed $c 2 drop
          i32.const 0 i32.const 4 array.new_data $a 0 drop i32.const 0 i32.const 1 array.new_elem $r 0 drop
          local.get 0 i32.const 0 i32.const 7 i32.const 1 array.fill $a
          local.get 0 i32.const 0 local.get 0 i32.const 0 i32.const 1 array.copy $a $a
          local.get 1 i32.const 0 i32.const 0 i32.const 1 array.init_data $b 0
          ref.null $r i32.const 0 i32.const 0 i32.const 1 array.init_elem $r 0)""",
    "casts": "(func (param anyref) (result eqref) local.get 0 ref.test eqref drop local.get 0 ref.cast eqref)",
    "conversions keep what they know of null": """
        (func (param (ref extern)) (result (ref extern)) local.get 0 any.convert_extern extern.convert_any)""",
}

INVALID = [
    ("(func i32.const 1 ref.is_null drop)", "type mismatch: instruction requires [a reference] but stack has [i32]"),
    ("(func ref.func 7 drop)", "unknown function 7: the last one is 0"),
    ("(func ref.func 0 drop)", "undeclared function reference: function 0 stands in no export"),
    ("(func ref.null 3 drop)", "unknown type 3: the last one is 0"),
    (
        "(func (param anyref) local.get 0 local.get 0 ref.eq drop)",
        "type mismatch: instruction requires [(ref null eq) (ref null eq)]",
    ),
    ("(func (param funcref) local.get 0 ref.test (ref any) drop)", "type mismatch: instruction requires [(ref null any)]"),
    (TYPES + "(func (param funcref) local.get 0 call_ref $f)", "type mismatch: instruction requires [(ref null 0)]"),
    (TYPES + "(func (param (ref $f)) local.get 0 call_ref $s)", "type mismatch: type 1 is a struct type, not a function type"),
    (TYPES + "(func struct.new_default $s drop)", "type mismatch: field 2 of struct type 1 has no default value"),
    (TYPES + "(func (param (ref $s)) local.get 0 struct.get $s 1 drop)", "type mismatch: the storage type is i8"),
    (
        TYPES + "(func (param (ref $s)) local.get 0 struct.get_s $s 0 drop)",
        "type mismatch: struct.get_s and struct.get_u take packed",
    ),
    (TYPES + "(func (param (ref $s)) local.get 0 i32.const 1 struct.set $s 0)", "immutable field: field 0 of struct type 1"),
    (TYPES + "(func (param (ref $s)) local.get 0 struct.get $s 9 drop)", "unknown field 9: struct type 1 has 3"),
    (
        TYPES + "(func (param (ref $a)) local.get 0 struct.get $a 0 drop)",
        "type mismatch: type 3 is an array type, not a struct type",
    ),
    (
        TYPES + "(func (param (ref $s)) local.get 0 i32.const 0 array.get $s drop)",
        "type mismatch: type 1 is a struct type, not an array",
    ),
    (
        TYPES + "(func (param (ref $c)) local.get 0 i32.const 0 i32.const 0 array.set $c)",
        "immutable array: elements of array type 4",
    ),
    (TYPES + "(func i32.const 1 array.new_default $n drop)", "type mismatch: the elements of array type 7 have no default value"),
    (TYPES + '(data "") (func i32.const 0 i32.const 0 array.new_data $r 0 drop)', "array type is not numeric or vector"),
    (TYPES + "(func i32.const 0 i32.const 0 array.new_data $a 0 drop)", "unknown data segment 0"),
    (
        TYPES + "(elem externref) (func i32.const 0 i32.const 0 array.new_elem $r 0 drop)",
        "type mismatch: element segment 0 holds",
    ),
    (
        TYPES + "(func ref.null $a i32.const 0 ref.null $b i32.const 0 i32.const 0 array.copy $a $b)",
        "array types do not match: i8 is no i32",
    ),
    (
        TYPES + "(func i32.const 0 array.new_fixed $a 10001 drop)",
        "too many operands: array.new_fixed takes 10001 of at most 10000",
    ),
]


@pytest.mark.parametrize("fields", VALID.values(), ids=VALID)
def test_is_valid(check, fields):
    check(fields)


@pytest.mark.parametrize(("fields", "reason"), INVALID, ids=range(len(INVALID)))
def test_is_refused(refusal, fields, reason):
    assert refusal(fields).reason.startswith(reason)


@pytest.mark.parametrize(
    ("fields", "feature"),
    [
        ("(func (param (ref func)))", "function-references"),
        ("(type (struct))", "gc"),
        ("(type (array i8))", "gc"),
        ("(type (sub (func)))", "gc"),
        ("(rec (type (func)) (type (func)))", "gc"),
        ("(func (param i31ref))", "gc"),
        ("(func (param exnref))", "exception-handling"),
        ("(tag)", "exception-handling"),
        ("(memory i64 1)", "memory64"),
        ("(table i64 1 funcref)", "memory64"),
        ("(memory 1 1 shared)", "threads"),
        ("(table 1 funcref (ref.null func))", "function-references"),
        ("(func return_call 0)", "tail-calls"),
        ("(func i32.const 1 ref.i31 drop)", "gc"),
    ],
)
def test_what_needs_a_feature_that_is_off_is_refused_by_its_name(check, refusal, fields, feature):
    check(fields)

    reason = refusal(fields, frozenset(Feature) - {Feature(feature)}).reason
    assert reason.endswith(f"needs the feature {feature}, which is switched off")


@pytest.mark.parametrize(
    ("fields", "feature"),
    [
        ("(func (result i32 i32) i32.const 1 i32.const 1)", "multi-value"),
        ("(func (param i32) local.get 0 (block (param i32) drop))", "multi-value"),
        ("(func (param i32) local.get 0 i32.extend8_s drop)", "sign-extension"),
        ("(func f32.const 1 i32.trunc_sat_f32_s drop)", "saturating-float-to-int"),
        ("(func (param funcref))", "reference-types"),
        ("(func (param v128))", "simd"),
        ("(func v128.const i64x2 0 0 drop)", "simd"),
        ("(table 1 funcref) (table 1 funcref)", "reference-types"),
        ('(data "")', "bulk-memory"),
        ("(elem func)", "bulk-memory"),
        ('(global (export "g") (mut i32) (i32.const 1))', "mutable-globals"),
        ('(global (import "m" "g") (mut i32))', "mutable-globals"),
    ],
)
def test_features_of_the_second_version_can_be_switched_off_too(check, refusal, fields, feature):
    check(fields, WASM_2_0)

    reason = refusal(fields, WASM_2_0 - {f for f in WASM_2_0 if f.value == feature}).reason

    assert reason.endswith(f"needs the feature {feature}, which is switched off")


DESCRIPTORS = WASM_3_0 | {Feature.CUSTOM_DESCRIPTORS}

DESCRIBED = """
    (rec (type $a (sub (descriptor $b) (struct (field i32)))) (type $b (sub (describes $a) (struct))))
    (rec (type $c (sub $a (descriptor $d) (struct (field i32)))) (type $d (sub $b (describes $c) (struct))))
    (type $s (sub (struct))) (type $f (func))
"""

VALID_WITH_DESCRIPTORS = {
    "a struct with its descriptor": "(func (result (ref (exact $a))) i32.const 1 struct.new $b struct.new_desc $a)",
    "a struct with defaults and its descriptor": "(func (result (ref (exact $a))) ref.null none struct.new_default_desc $a)",
    "a descriptor made in a constant expression": "(global (ref (exact $b)) (struct.new $b))"
    "(global (ref $a) (struct.new_desc $a (i32.const 1) (global.get 0)))",
    "the descriptor of something exact": "(func (param (ref (exact $a))) (result (ref (exact $b))) local.get 0 ref.get_desc $a)",
    "the descriptor of nothing": "(func (result (ref (exact $b))) unreachable ref.get_desc $a)",
    "the descriptor of a subtype": "(func (param (ref (exact $c))) (result (ref $b)) local.get 0 ref.get_desc $a)",
    "a cast": "(func (param anyref (ref $d)) (result (ref $a)) local.get 0 local.get 1 ref.cast_desc_eq (ref $a))",
    "an exact cast": """
        (func (param anyref (ref null (exact $b))) (result (ref null (exact $a)))
          local.get 0 local.get 1 ref.cast_desc_eq (ref null (exact $a)))""",
    "a branch": """
        (func (param anyref (ref $b)) (result (ref $a)) (block (result anyref)
          (br_on_cast_desc_eq 1 anyref (ref $a) (local.get 0) (local.get 1))) unreachable)""",
    "a branch on failure": """
        (func (param i31ref (ref $b)) (result (ref $a)) (block (result (ref i31))
          (br_on_cast_desc_eq_fail 0 (ref i31) (ref $a) (ref.as_non_null (local.get 0)) (local.get 1)) return) unreachable)""",
    "a branch on a cast sideways": "(func (result anyref) (br_on_cast 0 structref arrayref (unreachable)))",
    "an exact function": "(func $g (type $f)) (elem declare func $g) (func (result (ref (exact $f))) ref.func $g)",
    "an exact import": '(import "" "" (func $g (exact (type $f)))) (global (ref (exact $f)) (ref.func $g))',
    "exact arrays": "(type $i (array i8)) (func (result (ref (exact $i))) i32.const 1 array.new_default $i)",
    "an exact cast without descriptors": "(func (param anyref) (result (ref (exact $s))) local.get 0 ref.cast (ref (exact $s)))",
}

INVALID_WITH_DESCRIPTORS = [
    ("(func i32.const 1 struct.new $a drop)", "type with descriptor requires descriptor allocation: type 0 has one"),
    ("(func struct.new_default $a drop)", "type with descriptor requires descriptor allocation"),
    ("(func struct.new_desc $b drop)", "type without descriptor requires non-descriptor allocation: type 1 has none"),
    ("(func struct.new_default_desc $b drop)", "type without descriptor requires non-descriptor allocation"),
    ("(func struct.new_desc $f drop)", "type mismatch: type 5 is a function type, not a struct type"),
    (
        "(func (param (ref $b)) i32.const 1 local.get 0 struct.new_desc $a drop)",
        "type mismatch: instruction requires [(ref null (exact 1))]",
    ),
    ("(func ref.get_desc 9 drop)", "unknown type 9"),
    ("(func ref.get_desc $b drop)", "type without descriptor: values of type 1 have none"),
    ("(func ref.get_desc $f drop)", "type without descriptor"),
    ("(func (param (ref (exact $c))) (result (ref (exact $b))) local.get 0 ref.get_desc $a)", "type mismatch"),
    ("(func (param anyref) local.get 0 ref.get_desc $a drop)", "type mismatch: instruction requires [(ref null 0)]"),
    ("(func unreachable ref.cast_desc_eq (ref 9) drop)", "unknown type 9"),
    ("(func unreachable ref.cast_desc_eq anyref drop)", "type any does not have a descriptor"),
    ("(func unreachable ref.cast_desc_eq (ref (exact $b)) drop)", "type 1 does not have a descriptor"),
    ("(func (param anyref (ref $b)) local.get 0 local.get 1 ref.cast_desc_eq (ref (exact $a)) drop)", "type mismatch"),
    ("(func (param funcref (ref $b)) local.get 0 local.get 1 ref.cast_desc_eq (ref $a) drop)", "type mismatch"),
    ("(func (result anyref) (br_on_cast_desc_eq 0 anyref nullref (unreachable)))", "type none does not have a descriptor"),
    (
        "(func (result funcref) (br_on_cast_desc_eq 0 funcref (ref $a) (unreachable)))",
        "type mismatch: (ref 0) and (ref null func)",
    ),
    ("(func (br_on_cast_desc_eq_fail 0 anyref (ref $a) (unreachable)) drop)", "type mismatch: label 0 takes nothing"),
    ('(import "" "" (func $g (type $f))) (global (ref (exact $f)) (ref.func $g))', "type mismatch"),
    ("(global (ref $b) (ref.get_desc $a (ref.null none)))", "constant expression required: ref.get_desc may not stand here"),
]


@pytest.mark.parametrize("fields", VALID_WITH_DESCRIPTORS.values(), ids=VALID_WITH_DESCRIPTORS)
def test_is_valid_with_descriptors(fields):
    check_module(parse_module(DESCRIBED + fields), DESCRIPTORS)


@pytest.mark.parametrize(("fields", "reason"), INVALID_WITH_DESCRIPTORS, ids=range(len(INVALID_WITH_DESCRIPTORS)))
def test_is_refused_with_descriptors(fields, reason):
    with pytest.raises(Invalid) as caught:
        check_module(parse_module(DESCRIBED + fields), DESCRIPTORS)

    assert caught.value.reason.startswith(reason)


def test_made_things_are_exact_only_where_exact_types_exist():
    """Messages and the types of branches would otherwise change for everybody."""
    fields = "(type $s (struct)) (func (result i32) struct.new_default $s)"
    said = []
    for features in (WASM_3_0, DESCRIPTORS):
        with pytest.raises(Invalid) as caught:
            check_module(parse_module(fields), features)
        said.append(caught.value.reason)

    assert "stack has [(ref 0)]" in said[0]
    assert "stack has [(ref (exact 0))]" in said[1]


def test_cast_sideways_is_refused_without_descriptors():
    with pytest.raises(Invalid, match="no subtype of"):
        check_module(parse_module("(func (result anyref) (br_on_cast 0 structref arrayref (unreachable)))"), WASM_3_0)
