"""Types that are well-formed, and limits that a memory or table can keep."""

from __future__ import annotations

import pytest

from pywasm_vm.errors import Invalid
from pywasm_vm.features import WASM_3_0, Feature
from pywasm_vm.limits import Limits
from pywasm_vm.text.parse import parse_module
from pywasm_vm.validation.module import check_module

DESCRIPTORS = WASM_3_0 | {Feature.CUSTOM_DESCRIPTORS}

INVALID = [
    ("(type (func (param (ref 3))))", "unknown type 3: the last one is 0"),
    ("(type (struct (field (ref 1)))) (type (struct))", "unknown type 1: the last one is 0"),
    ("(func (local (ref 9)))", "unknown type 9: the last one is 0"),
    ("(table 1 funcref) (elem (table 0) (i32.const 0) (ref null 5) (ref.null 5))", "unknown type 5: the module has none"),
    ("(global (ref null 5) (ref.null 5))", "unknown type 5: the module has none"),
    ("(func (block (result (ref 5)) unreachable) drop)", "unknown type 5: the last one is 0"),
    ("(type (sub 1 (struct))) (type (sub (struct)))", "unknown type 1: the super type of type 0 must come before it"),
    ("(type (struct)) (type (sub 0 (struct)))", "sub type 1 does not match super type 0, which is final"),
    (
        "(type (sub (struct (field i32)))) (type (sub 0 (struct)))",
        "sub type 1 does not match super type 0, which has another shape",
    ),
    ("(type (sub (func))) (type (sub 0 (struct)))", "sub type 1 does not match super type 0"),
    ("(memory 2 1)", "size minimum must not be greater than maximum: 2 is greater than 1"),
    ("(table 2 1 funcref)", "size minimum must not be greater than maximum: 2 is greater than 1"),
    ("(memory 65537)", "memory size must be at most 65536 pages (4GiB): the limits are 65537"),
    ("(memory 0 65537)", "memory size must be at most 65536 pages (4GiB): the limits are 0 65537"),
    ("(memory i64 0x1_0000_0000_0001)", "memory size must be at most 281474976710656 pages of 65536 bytes"),
    ("(memory 1 shared)", "shared memory must have maximum"),
    ("(table 1 (ref func))", "type mismatch: a table of (ref func) needs an initial value"),
    ("(tag (result i32))", "non-empty tag result type: type 0 is [] -> [i32]"),
    ('(tag (import "" "") (result i32))', "non-empty tag result type"),
]

VALID = [
    "(rec (type (struct (field (ref 1)))) (type (struct (field (ref 0)))))",
    "(type $a (sub (struct))) (type $b (sub final $a (struct (field i32))))",
    "(type $a (sub (func (param (ref i31)) (result anyref)))) (type (sub $a (func (param anyref) (result i31ref))))",
    "(memory 65536) (memory 0 65536) (memory i64 0x1_0000_0000_0000)",
    "(table 0xffff_ffff funcref) (table i64 0xffff_ffff_ffff_ffff funcref)",
]


@pytest.mark.parametrize(("fields", "reason"), INVALID, ids=range(len(INVALID)))
def test_is_refused(refusal, fields, reason):
    assert refusal(fields).reason.startswith(reason)


@pytest.mark.parametrize("fields", VALID)
def test_is_valid(check, fields):
    check(fields)


def test_supertypes_may_be_as_deep_as_the_limit_and_no_deeper(check, refusal):
    chain = ["(type (sub (struct)))", *(f"(type (sub {x} (struct)))" for x in range(5))]
    check("".join(chain), limits=Limits(subtype_depth=5))

    reason = refusal("".join(chain), limits=Limits(subtype_depth=4)).reason

    assert reason == "sub type 5 has 5 super types above it, and 4 are allowed"


@pytest.mark.parametrize(("word", "limits"), [("param", Limits(parameters=3)), ("result", Limits(results=3))])
def test_signatures_may_be_as_long_as_the_limit_and_no_longer(check, refusal, word, limits):
    check(f"(type (func ({word} i32 i32 i32)))", limits=limits)

    assert "4 of at most 3" in refusal(f"(type (func ({word} i32 i32 i32 i32)))", limits=limits).reason


def test_a_struct_may_have_as_many_fields_as_the_limit_and_no_more(check, refusal):
    check("(type (struct (field i32 i32)))", limits=Limits(fields=2))

    assert refusal("(type (struct (field i32 i32 i32)))", limits=Limits(fields=2)).reason == "too many fields: 3 of at most 2"


PAIR = "(rec (type $a (sub (descriptor $b) (struct))) (type $b (sub (describes $a) (struct))))"

DESCRIBED = [
    ("(type (descriptor 1) (struct))", "descriptor type is outside rec group: type 0 names type 1"),
    ("(type (struct)) (type (describes 0) (struct))", "described type is outside rec group: type 1 names type 0"),
    ("(rec (type (descriptor 1) (struct)) (type (struct)))", "type is not described by its descriptor"),
    ("(rec (type (struct)) (type (describes 0) (struct)))", "described type is not described by descriptor"),
    ("(rec (type (describes 1) (struct)) (type (descriptor 0) (struct)))", "forward use of described type"),
    ("(type (describes 0) (descriptor 0) (struct))", "forward use of described type"),
    ("(rec (type (descriptor 1) (func)) (type (describes 0) (struct)))", "descriptor type must be a struct"),
    ("(rec (type (descriptor 1) (struct)) (type (describes 0) (array i8)))", "described type must be a struct"),
    (f"{PAIR} (type (sub $a (struct)))", "sub type 2 does not match super type 0, which has a descriptor"),
    (f"{PAIR} (type (sub $b (struct)))", "sub type 2 does not match super type 1: the super type describes a type"),
    (
        "(type $d (sub (struct))) (rec (type (descriptor 2) (struct)) (type (sub $d (describes 1) (struct))))",
        "sub type 2 does not match super type 0: the sub type describes a type",
    ),
    (f"{PAIR} (rec (type (sub $a (descriptor 3) (struct))) (type (describes 2) (struct)))", "descriptor type 3 does not match"),
    (f"{PAIR} (rec (type (descriptor 3) (struct)) (type (sub $b (describes 2) (struct))))", "described type 2 does not match"),
    ("(type (func (param (ref null (exact 3)))))", "unknown type 3: the last one is 0"),
]


@pytest.mark.parametrize(("fields", "reason"), DESCRIBED, ids=range(len(DESCRIBED)))
def test_descriptors_that_do_not_fit_are_refused(fields, reason):
    with pytest.raises(Invalid) as caught:
        check_module(parse_module(fields), DESCRIPTORS)

    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize(
    "fields",
    [
        PAIR,
        f"{PAIR} (rec (type (sub $a (descriptor 3) (struct (field i32)))) (type (sub $b (describes 2) (struct))))",
        "(type $s (sub (struct))) (rec (type (sub $s (descriptor 2) (struct))) (type (describes 1) (struct)))",
        "(rec (type (descriptor 1) (struct)) (type (describes 0) (descriptor 2) (struct)) (type (describes 1) (struct)))",
        "(type (array (ref null (exact 0))))",
    ],
)
def test_descriptors_that_fit_are_valid(fields):
    check_module(parse_module(fields), DESCRIPTORS)
