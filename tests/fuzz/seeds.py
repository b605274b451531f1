"""Modules that property tests begin with: valid ones, which between them use every feature and every sort of member.

Lives here: their text. Seeds out of the official test suite are for the fuzzers (corpus.py).
Not here: how they are changed (mutations.py).
"""

from __future__ import annotations

from pywasm_vm.binary.encode import encode_module
from pywasm_vm.text.parse import parse_module

__all__ = ["BINARIES", "TEXTS"]

TEXTS = (
    """(module $numbers
      (func $f (export "f") (param $a i32) (param i64 f32 f64) (result i32) (local i64 i64) (local $c f32)
        (local.set $c (f32.demote_f64 (f64.mul (local.get 3) (f64.const -0x1.8p-3))))
        (i64.store offset=8 (i32.const 0) (i64.extend_i32_u (i32.clz (local.get $a))))
        (i32.add (i32.trunc_sat_f32_s (local.get $c)) (i32.div_s (local.get $a) (i32.load8_u (i32.const 3)))))
      (memory (export "memory") 1 2) (data (i32.const 0) "a\\00\\ff") (data $p "passive")
      (func (memory.init $p (i32.const 0) (i32.const 0) (i32.const 3)) (data.drop $p)
        (memory.fill (i32.const 9) (i32.const 7) (i32.const 5)) (memory.copy (i32.const 1) (i32.const 2) (i32.const 3))
        (drop (memory.grow (memory.size)))))""",
    """(module $control
      (type $t (func (param i32) (result i32)))
      (func $f (export "f") (type $t) (local $x i32)
        (block $out (result i32)
          (loop $again
            (local.set $x (i32.add (local.get $x) (i32.const 1)))
            (br_if $again (i32.lt_u (local.get $x) (local.get 0))))
          (if (result i32) (local.get 0) (then (br $out (i32.const 1))) (else (i32.const 2)))
          (br_table 0 $out 0 (local.get $x))))
      (func $g (export "g") (type $t)
        (select (call $f (local.get 0)) (call_indirect (type $t) (i32.const 1) (i32.const 0)) (local.get 0)))
      (func $pair (export "pair") (result i32 i64) (i32.const 1) (block (param i32) (result i32 i64) (i64.const 3)) (return))
      (func (param i32) (result i32) (return_call $f (local.get 0)))
      (table 4 funcref) (elem (i32.const 0) $f $g) (global $n (mut i32) (i32.const 5)) (export "n" (global $n))
      (func $start (global.set $n (i32.const 6))) (start $start))""",
    """(module $imports
      (import "env" "f" (func $f (param i32) (result i64))) (import "env" "m" (memory 1))
      (import "env" "t" (table 1 funcref)) (import "env" "g" (global $g i32)) (import "env" "e" (tag (param i32)))
      (export "again" (func $f)) (global i32 (global.get $g)) (data (global.get $g) "x") (elem (global.get $g) func $f)
      (@custom "remark" (after type) "bytes"))""",
    """(module $vectors
      (memory 1)
      (func (export "f") (param v128) (result v128)
        (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 (local.get 0) (v128.const i32x4 1 2 3 4))
        (i32x4.replace_lane 2 (i32.const 7)) (f32x4.relaxed_madd (v128.load offset=4 (i32.const 0)) (local.get 0))
        (v128.store64_lane 1 (i32.const 8) (local.get 0)) (i16x8.extmul_high_i8x16_u (local.get 0))))""",
    """(module $references
      (rec (type $s (sub (struct (field $a (mut i8)) (field (ref null $r)))))
        (type $r (sub final $s (struct (field (mut i8)) (field (ref null $r)) (field f64)))))
      (type $a (array (mut i32))) (type $c (array (mut i8))) (type $f (func (result (ref $a))))
      (func $g (type $f) (array.new_fixed $a 2 (i32.const 1) (i32.const 2))) (elem declare func $g)
      (data $d "abcd")
      (func (export "f") (result i32) (local $x (ref null $s)) (local $y (ref $a))
        (local.set $x (struct.new $s (i32.const 300) (ref.null $r))) (local.set $y (call_ref $f (ref.func $g)))
        (struct.set $s $a (local.get $x) (i32.const 5))
        (drop (array.new_data $c $d (i32.const 1) (i32.const 2)))
        (block $b (result (ref $r)) (drop (br_on_cast $b (ref null $s) (ref $r) (local.get $x))) (struct.new_default $r)) (drop)
        (i32.add (struct.get_u $s 0 (local.get $x)) (array.get $a (local.get $y) (i32.const 1)))
        (i32.add (ref.test (ref null i31) (ref.i31 (i32.const 4))))
        (i32.add (ref.is_null (any.convert_extern (ref.null extern)))))
      (table $t 3 (ref null $f) (ref.func $g)) (table externref (elem (ref.null extern)))
      (global (ref $a) (array.new $a (i32.const 7) (i32.const 3))))""",
    """(module $exceptions
      (tag $e (param i32)) (tag $none)
      (func (export "f") (param i32) (result i32)
        (block $h (result i32) (try_table (result i32) (catch $e $h) (throw $e (local.get 0)))))
      (func (export "g") (result exnref)
        (block $h (result exnref) (try_table (catch_all_ref $h) (throw $none)) (unreachable)))
      (func (block $h (result exnref) (ref.null exn)) (throw_ref))
      (func (export "old") (param i32) (result i32)
        (try $t (result i32) (do (throw $e (local.get 0))) (catch $e) (catch_all (rethrow $t))))
      (func (try (do (call 0 (i32.const 1)) (drop)) (delegate 0))))""",
    """(module $sizes
      (memory $m i64 1 2) (memory $n 1 (pagesize 1)) (memory $s 1 1 shared) (table $t i64 2 funcref)
      (func (export "f") (param i64 i64) (result i64 i64)
        (i64.store $m offset=0x1 (i64.const 8) (local.get 0)) (drop (i32.load8_s $n (i32.const 0)))
        (drop (i32.atomic.rmw.add $s (i32.const 4) (i32.const 1))) (atomic.fence)
        (drop (memory.atomic.notify $s (i32.const 0) (i32.const 1)))
        (table.set $t (i64.const 1) (ref.null func)) (i64.mul_wide_u (local.get 0) (local.get 1)))
      (global i64 (i64.add (i64.const 1) (i64.mul (i64.const 2) (i64.const 3)))))""",
    """(module $descriptors
      (rec (type $a (sub (descriptor $b) (struct (field i32)))) (type $b (sub (describes $a) (struct))))
      (import "env" "x" (func $x (exact (param i32))))
      (global $d (ref (exact $b)) (struct.new $b))
      (func (export "f") (result i32) (local $v (ref null (exact $a)))
        (local.set $v (struct.new_desc $a (i32.const 3) (global.get $d)))
        (ref.eq (ref.get_desc $a (local.get $v)) (global.get $d))
        (drop (ref.cast_desc_eq (ref $a) (local.get $v) (global.get $d)))
        (block $o (result anyref) (br_on_cast_desc_eq $o anyref (ref $a) (local.get $v) (global.get $d))) (drop)))""",
)  # fmt: skip

BINARIES = tuple(encode_module(parse_module(text), names=True) for text in TEXTS)
