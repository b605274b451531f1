"""Modules to text."""

from __future__ import annotations

import pytest

from pywasm_vm.structure.instructions import Expression
from pywasm_vm.structure.module import Custom, Func, Module, Names
from pywasm_vm.structure.types import FuncType, RecType, SubType
from pywasm_vm.text.module_printer import print_function, print_module
from pywasm_vm.text.parse import parse_module

EVERYTHING = r"""
(module $m
  (type $t (func (param i32 (ref null $s)) (result i64 i64)))
  (rec (type $s (sub (struct (field $x (mut i8)) (field i16) (field $"y y" (ref $t)))))
       (type $r (sub final $s (struct (field $x (mut i8)) (field i16) (field (ref $t)) (field f32)))))
  (type (array (mut v128)))
  (rec)
  (rec (type $d (sub (descriptor $dd) (struct))) (type $dd (sub final (describes $d) (descriptor $ddd) (struct)))
       (type $ddd (describes $dd) (struct)))
  (import "" "exact" (func (exact (param $a i32) (param (ref null (exact $d))) (result i64 i64))))
  (import "m\00" "ä\"" (func $i (type $t) (param $a i32) (param (ref null $s)) (result i64 i64)))
  (import "" "" (table 1 funcref)) (import "" "" (memory i64 1 2 shared)) (import "" "" (global $g (mut f64)))
  (import "" "" (tag $e (param i32)))
  (table $tab i64 3 (ref null $t) (ref.null $t)) (table 1 2 externref)
  (memory $mem 1 (pagesize 1)) (memory (data "x"))
  (global i32 (i32.const -1)) (global $h i32 i32.const 1 i32.const 2 i32.add) (global (ref null any) ref.null none)
  (tag $e2 (type $t)) (tag)
  (func $f (param $a i32) (param i32 i32) (param $b f32) (result i32) (local i64 i64) (local $c f32) (local f32)
    (block $l (param i32) (result i32)
      (if $k (local.get $a) (then (br $l (i32.const 1))) (else (br_table $k $l 2 0 (i32.const 2) (i32.const 0)))))
    (call_indirect $tab (type $t) (i32.const 1) (ref.null $s) (i64.const 0))
    (struct.set $s $"y y" (ref.null $s) (ref.func $f)) (struct.get $r 1)
    (memory.init $mem $d) (data.drop 0) (table.init $tab $el) (memory.copy $mem 0)
    (f64.const nan:0x123) (f32.const -0x1.8p-130) (v128.const f32x4 1 2 3 nan) (i64.load 1 offset=5 align=1)
    (select (result i32)) (ref.cast (ref null $s)) (br_on_cast_fail 0 anyref (ref $r)) (throw $e)
    (ref.cast_desc_eq (ref (exact $d))) (ref.test (ref null (exact $d))) (br_on_cast_desc_eq 0 anyref (ref null (exact $dd)))
    (block $q (try_table $w (catch $e2 0) (catch_all_ref $q) (br $w))) unreachable)
  (func (type $t)) (func)
  (export "f" (func $f)) (export "\u{1}" (memory $mem)) (export "t" (table $tab)) (export "e" (tag $e))
  (start 3)
  (elem $el func $f 0) (elem declare funcref (ref.func $f) (ref.null func))
  (elem (table $tab) (i64.const 0) (ref $t) (item ref.func $f))
  (elem (i32.const 0)) (elem (offset i32.const 1 drop i32.const 2) externref)
  (data $d "a\00\"\\\ff") (data (memory $mem) (i32.const 1) "b") (data (i32.const 0))
  (@custom "c" (before type) "\00") (@custom "d" "e"))
"""


def names(module: Module) -> dict[str, object]:
    found = {field: getattr(module.names, field) for field in Names.__slots__}
    return {field: value if isinstance(value, str | None) else dict(value) for field, value in found.items()}


def test_printed_module_parses_back_to_an_equal_one_with_the_same_names() -> None:
    module = parse_module(EVERYTHING)

    again = parse_module(print_module(module))

    assert again == module
    assert names(again) == names(module)
    assert print_module(again) == print_module(module)


def test_small_module_looks_like_this() -> None:
    module = parse_module(
        """(module $small (import "env" "log" (func $log (param i32))) (memory (export "memory") 1)
        (func $main (export "main") (param $n i32) (local i32 i32)
          (block $out (br_if $out (local.get $n)) (call $log (i32.const 7))))
        (data (i32.const 16) "hi\\n"))"""
    )

    assert (
        print_module(module)
        == r"""(module $small
  (type (;0;) (func (param i32)))
  (import "env" "log" (func $log (;0;) (type 0) (param i32)))
  (func $main (;1;) (type 0) (param $n i32)
    (local i32 i32)
    block $out
      local.get $n
      br_if $out
      i32.const 7
      call $log
    end
  )
  (memory (;0;) 1)
  (export "memory" (memory 0))
  (export "main" (func $main))
  (data (;0;) (i32.const 16) "hi\0a")
)
"""
    )


def test_empty_module() -> None:
    assert print_module(Module()) == "(module)\n"


def test_name_that_is_taken_stays_as_an_annotation() -> None:
    module = Module(
        types=(RecType((SubType(True, (), FuncType((), ())),)),),
        funcs=tuple(Func(0, (), parse_module("(func)").funcs[0].body) for _ in range(3)),
        names=Names(functions={0: "twice", 1: "twice", 2: "", 9: "nobody"}),
    )

    text = print_module(module)

    assert "(func $twice (;0;)" in text
    assert '(func (@name "twice") (;1;)' in text
    assert '(func (@name "") (;2;)' in text
    assert names(parse_module(text))["functions"] == {0: "twice", 1: "twice", 2: ""}


def test_name_section_is_not_printed_because_names_are() -> None:
    module = Module(customs=(Custom("name", b"\0", 0), Custom("other", b"x", 0)))

    assert parse_module(print_module(module)).customs == (Custom("other", b"x", 0),)


def test_function_of_a_type_that_is_not_there_is_printed_all_the_same() -> None:
    module = Module(funcs=(Func(7, (), Expression(parse_module("(func)").funcs[0].body)),))

    assert parse_module(print_module(module)) == module


def test_branch_hints_stand_in_front_of_their_instruction() -> None:
    module = parse_module(r'(func (@metadata.code.branch_hint "\01") (if (i32.const 1) (then)))')

    text = print_module(module)

    assert r'(@metadata.code.branch_hint "\01") if' in text
    assert parse_module(text).hints == module.hints


def test_long_data_stands_on_several_lines() -> None:
    module = parse_module(f'(data "{"x" * 1000}")')

    text = print_module(module)

    assert max(map(len, text.splitlines())) < 130
    assert parse_module(text) == module


def test_one_function_with_the_places_of_its_instructions() -> None:
    text = '(import "" "" (func)) (func $f (param $x i32) (drop (local.get $x)))'
    module = parse_module(text)

    (_, head), *lines = print_function(module, 1)

    assert head == "func $f (;1;) (type 1) (param $x i32)"
    words = [text[offset:].split(maxsplit=1)[0] for offset, _ in lines]
    assert words == ["local.get", "drop"]
    assert [line for _, line in lines] == ["local.get $x", "drop"]


@pytest.mark.parametrize("index", [0, 2])
def test_function_that_the_module_does_not_define_cannot_be_printed(index: int) -> None:
    with pytest.raises(IndexError):
        list(print_function(parse_module('(import "" "" (func)) (func)'), index))


def test_depth_costs_nothing() -> None:
    depth = 100_000
    module = parse_module("(func " + "(block " * depth + ")" * (depth + 1))

    assert parse_module(print_module(module)) == module
