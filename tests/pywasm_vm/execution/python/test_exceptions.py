"""How tries are written: as Python's own, and as states where there is no room for those."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm import WasmException
from pywasm_vm.execution.python import control
from pywasm_vm.execution.python.facts import Facts
from pywasm_vm.execution.python.translate import translate

Exports = Callable[[str], Any]


@pytest.fixture(params=[4, 5, 18], ids=["states", "both", "written"])
def exports(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Exports:
    """A function from text to the exports of an instance, with room for no, one, or many blocks of Python in one another."""
    monkeypatch.setattr(control, "LOOPS_MOST", request.param)
    return lambda text: wasm.Store(tier="python").instantiate(wasm.Module.parse(text)).exports


def source(text: str, index: int = 0) -> str:
    return translate(Facts(wasm.Module.parse(text).syntax, metered=False), index)


def test_what_follows_a_try_is_not_guarded_by_it(exports: Exports) -> None:
    """Even where the end of the try is the end of a block in it."""
    module = exports("""(module (tag $e (param i32))
      (func (export "run") (param i32) (result i32)
        (block $outer (result i32)
          (try_table (result i32) (catch $e $outer)
            (block $h (result i32)
              (try_table (catch $e $h)
                (loop $l (block $b (br_if $b (local.get 0)) (local.set 0 (i32.const 1)) (br $l))))
              (throw $e (i32.const 5)))
            (i32.add (i32.const 100))))))""")

    assert module.run(0) == 5
    assert module.run(1) == 5


def test_what_is_thrown_in_a_loop_finds_the_guard_of_its_place(exports: Exports) -> None:
    """The head of the loop is outside of the try, from which one jumps back to it."""
    module = exports("""(module (tag $e)
      (func (export "run") (param i32) (result i32)
        (block $out
          (try_table (catch $e $out)
            (loop $l
              (if (i32.eq (local.get 0) (i32.const 3)) (then (throw $e)))
              (local.set 0 (i32.add (local.get 0) (i32.const 1)))
              (block $in (try_table (catch $e $in) (br $l)))
              (unreachable))))
        (local.get 0)))""")

    assert module.run(0) == 3


def test_a_tail_call_leaves_all_guards(exports: Exports) -> None:
    module = exports("""(module (tag $e)
      (func $throws (throw $e))
      (func (export "run") (block $a (block $b (block $c
        (try_table (catch_all $a) (try_table (catch $e $b) (try_table (catch_all $c) (return_call $throws))))))))
      (func (export "legacy") (try (do (try (do (try (do (return_call $throws)) (catch_all))) (catch $e))) (catch_all))))""")

    for function in (module.run, module.legacy):
        for _ in range(2):
            with pytest.raises(WasmException):
                function()


def test_a_table_jumps_into_and_out_of_guards(exports: Exports) -> None:
    module = exports("""(module (tag $e (param i32))
      (func (export "run") (param i32) (result i32)
        (block $done (result i32)
          (block $two (block $one (block $zero
            (block $caught (result i32)
              (try_table (catch $e $caught)
                (br_table $zero $one $two 0 (local.get 0))
                (unreachable))
              (throw $e (i32.const 50)))
            (br $done))
            (br $done (i32.const 10)))
            (br $done (i32.const 20)))
          (i32.const 30))))""")

    assert [module.run(n) for n in range(3)] == [10, 20, 30]
    with pytest.raises(WasmException) as caught:
        module.run(3)
    assert caught.value.values == (50,)


@pytest.mark.parametrize("form", ["now", "legacy"])
def test_a_handler_that_jumps_to_a_table_finds_the_number_of_the_throw(exports: Exports, form: str) -> None:
    """Not the one that is known where the try ends."""
    body = "(call $throws) (local.set 0 (i32.const 2))"
    guarded = {
        "now": f"(try_table (catch $e $again) {body})",
        "legacy": f"(try (do {body}) (catch $e (br $again)))",
    }[form]
    module = exports(f"""(module (tag $e) (func $throws (throw $e))
      (func (export "run") (param i32) (result i32)
        (loop $again
          (block $two (block $one (block $zero
            (br_table $zero $one $two (local.get 0)))
            (local.set 0 (i32.const 1))
            {guarded}
            (br $again))
            (return (i32.const 10)))
          (return (i32.const 20)))
        (unreachable)))""")

    assert module.run(0) == 10


def test_a_local_that_a_try_did_not_come_to_write_has_its_first_value(exports: Exports) -> None:
    module = exports("""(module (tag $e) (func $throws (throw $e))
      (func (export "run") (result i32) (local i32)
        (try (do (call $throws) (local.set 0 (i32.const 2))) (catch_all)) (local.get 0)))""")

    assert module.run() == 0


def test_delegates_pass_by_guards_of_both_kinds(exports: Exports) -> None:
    """Guards that are states, then some that are Python's, in and around loops."""
    module = exports("""(module (tag $e (param i32))
      (func (export "run") (param i32) (result i32)
        (try $outer (result i32)
          (do (loop $l (result i32)
            (try $middle (result i32)
              (do (try $inner (result i32)
                (do (block $b (loop $k
                  (if (i32.eq (local.get 0) (i32.const 0)) (then (try (do (throw $e (i32.const 1))) (delegate $inner))))
                  (if (i32.eq (local.get 0) (i32.const 1)) (then (try (do (throw $e (i32.const 1))) (delegate $middle))))
                  (if (i32.eq (local.get 0) (i32.const 2)) (then (try (do (throw $e (i32.const 1))) (delegate $outer))))
                  (if (i32.eq (local.get 0) (i32.const 3)) (then (try (do (throw $e (i32.const 1))) (delegate 7))))
                  (if (i32.eq (local.get 0) (i32.const 4)) (then (local.set 0 (i32.const 5)) (br $l)))
                  (br_if $k (i32.eq (local.get 0) (i32.const 9)))))
                  (throw $e (i32.const 2)))
                (catch $e (i32.add (i32.const 10)))))
              (catch $e (i32.add (i32.const 20))))))
          (catch $e (i32.add (i32.const 30))))))""")

    assert [module.run(n) for n in (0, 1, 2, 4, 5)] == [11, 21, 31, 12, 12]
    with pytest.raises(WasmException):
        module.run(3)


def test_an_exception_does_not_hold_on_to_the_one_before(exports: Exports) -> None:
    module = exports("""(module (tag $e)
      (func (export "run") (result exnref) (local i32)
        (loop $l
          (block $h (try_table (catch $e $h) (throw $e)))
          (br_if $l (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 5))))
        (try_table (throw $e)) (unreachable)))""")

    with pytest.raises(WasmException) as caught:
        module.run()

    assert caught.value.__context__ is None


def test_a_function_that_catches_nothing_is_written_as_ever() -> None:
    text = source("""(module (func $f (result i32) (local i32)
      (call $f) (local.set 0 (i32.const 1)) (i32.add (local.get 0))))""")

    assert "s0 = " not in text


def test_a_small_try_is_a_try_of_python() -> None:
    text = source("(module (tag $e) (func (block $h (try_table (catch $e $h) (call 0)))))")

    assert "try:" in text
    assert "except WasmException as caught:" in text
    assert "pc0" not in text
