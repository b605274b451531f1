"""The machine: frames, calls, depth, traps, and guests inside of hosts inside of guests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm.errors import Exhausted, TrapKind
from pywasm_vm.execution.stepping.configuration import Configuration, GuestCode

Wat = Callable[[str], bytes]

DEEP = """(module
  (import "env" "back" (func $back (param i32) (result i32)))
  (func $down (export "down") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))
  (func (export "through") (param i32) (result i32) (call $back (local.get 0))))"""


def instance(wat: Wat, text: str, back: Callable[..., Any] = lambda value: value, **options: Any) -> wasm.Instance:
    store = wasm.Store("stepping", **options)
    return store.instantiate(wasm.Module.decode(wat(text)), {"env": {"back": back}})


def configuration(there: wasm.Instance) -> Configuration:
    code = there.exports.down.inst.code
    assert isinstance(code, GuestCode)
    return code.configuration


def test_the_limit_of_calls_is_exact(wat: Wat) -> None:
    there = instance(wat, DEEP, limits=wasm.Limits(call_depth=50))

    assert there.exports.down(49) == 49
    with pytest.raises(Exhausted) as caught:
        there.exports.down(50)

    assert caught.value.kind is TrapKind.CALL_STACK_EXHAUSTED
    assert [index for index, _, _ in caught.value.frames] == [1] * 50
    assert there.exports.down(49) == 49


def test_depth_does_not_come_from_pythons_stack(wat: Wat) -> None:
    there = instance(wat, DEEP, limits=wasm.Limits(call_depth=200_000))

    assert there.exports.down(150_000) == 150_000


def test_a_very_deep_back_trace_keeps_both_ends(wat: Wat) -> None:
    there = instance(wat, DEEP, limits=wasm.Limits(call_depth=500))

    with pytest.raises(Exhausted) as caught:
        there.exports.down(500)

    assert len(caught.value.frames) == 200


def test_calls_on_both_sides_of_a_host_function_count_together(wat: Wat) -> None:
    there: wasm.Instance = instance(wat, DEEP, back=lambda value: there.exports.down(value), limits=wasm.Limits(call_depth=50))

    assert there.exports.through(48) == 48
    with pytest.raises(Exhausted):
        there.exports.through(49)


def test_nothing_is_left_after_a_call_however_it_ended(wat: Wat) -> None:
    def back(value: int) -> int:
        if value == 1:
            raise KeyError(value)
        return there.exports.down(value)

    there: wasm.Instance = instance(wat, DEEP, back=back, limits=wasm.Limits(call_depth=50))

    with pytest.raises(KeyError):
        there.exports.through(1)
    with pytest.raises(Exhausted):
        there.exports.through(100)
    assert there.exports.through(3) == 3

    assert configuration(there).frames == []
    assert there.exports.down(49) == 49


TRAPS = """(module
  (memory 1) (table 3 funcref) (elem (i32.const 1) func $inner) (type $other (func (param i64)))
  (func $inner (param i32) (result i32)
    (i32.add (i32.div_u (i32.const 1) (local.get 0)) (i32.load (local.get 0))))
  (func $outer (export "outer") (param i32) (result i32)
    (i32.add (call $inner (i32.const 4)) (call $inner (local.get 0))))
  (func (export "indirect") (param i32) (call_indirect (type $other) (i64.const 1) (local.get 0))))"""


def trapped(there: wasm.Instance, name: str, *args: int) -> list[tuple[int, str | None, str]]:
    """(function, name, instruction) of each frame of the trap, the instruction found again at its offset."""
    with pytest.raises(wasm.Trap) as caught:
        there.exports[name](*args)
    found = []
    for index, label, offset in caught.value.frames:
        code = {instr[2]: instr for instr in there.module.syntax.funcs[index].body}
        assert offset is not None
        row, immediates, _ = code[offset]
        found.append((index, label, " ".join([row.mnemonic, *(str(x) for x in immediates if isinstance(x, int))])))
    return found


def test_frames_hold_the_exact_instruction_in_the_middle_of_an_expression(wat: Wat) -> None:
    there = instance(wat, TRAPS)

    assert trapped(there, "outer", 0) == [(0, "inner", "i32.div_u"), (1, "outer", "call 0")]
    assert trapped(there, "outer", 65536) == [(0, "inner", "i32.load"), (1, "outer", "call 0")]


def test_frames_tell_the_second_call_of_a_line_from_the_first(wat: Wat) -> None:
    there = instance(wat, TRAPS)
    calls = [offset for row, _, offset in there.module.syntax.funcs[1].body if row.mnemonic == "call"]

    with pytest.raises(wasm.Trap) as caught:
        there.exports.outer(0)

    assert caught.value.frames[1][2] == calls[1]


@pytest.mark.parametrize(
    ("element", "kind"),
    [
        (0, TrapKind.UNINITIALIZED_ELEMENT),
        (1, TrapKind.INDIRECT_CALL_TYPE_MISMATCH),
        (3, TrapKind.UNDEFINED_ELEMENT),
        (0xFFFFFFFF, TrapKind.UNDEFINED_ELEMENT),
    ],
)
def test_a_call_through_a_table_that_fails_stands_at_the_call(wat: Wat, element: int, kind: TrapKind) -> None:
    there = instance(wat, TRAPS)

    with pytest.raises(wasm.Trap) as caught:
        there.exports.indirect(element)

    assert caught.value.kind is kind
    assert trapped(there, "indirect", element) == [(2, None, "call_indirect 0 0")]


def test_functions_of_another_instance_of_the_store_are_frames_as_well(wat: Wat) -> None:
    store = wasm.Store("stepping")
    inner = store.instantiate(wasm.Module.decode(wat('(module (func $fail (export "fail") unreachable))')))
    text = '(module (import "a" "fail" (func $f)) (func $run (export "run") (call $f)))'
    outer = store.instantiate(wasm.Module.decode(wat(text)), {"a": {"fail": inner.exports.fail}})

    with pytest.raises(wasm.Trap) as caught:
        outer.exports.run()

    assert [(index, name) for index, name, _ in caught.value.frames] == [(0, "fail"), (1, "run")]


def test_a_function_of_another_store_runs_in_its_own_configuration(wat: Wat) -> None:
    inner = instance(wat, DEEP, limits=wasm.Limits(call_depth=10))
    text = """(module (import "a" "down" (func $f (param i32) (result i32)))
      (func (export "run") (result i32) (call $f (i32.const 9))))"""
    outer = wasm.Store("stepping", limits=wasm.Limits(call_depth=1)).instantiate(
        wasm.Module.decode(wat(text)), {"a": {"down": inner.exports.down}}
    )

    assert outer.exports.run() == 9


def test_a_host_function_that_is_exported_again_is_called_directly(wat: Wat) -> None:
    text = '(module (import "env" "back" (func $f (param i32) (result i32))) (export "again" (func $f)))'
    there = instance(wat, text, back=lambda value: value + 1)

    assert there.exports.again(4) == 5


def test_a_host_function_may_give_several_results(wat: Wat) -> None:
    text = """(module (import "env" "back" (func $f (result i32 i64 f64)))
      (func (export "run") (result i32 i64 f64) (call $f)))"""
    there = instance(wat, text, back=lambda: (1, 2, 0.5))

    assert there.exports.run() == (1, 2, 0.5)


def test_a_step_that_raises_what_is_no_trap_is_our_mistake(wat: Wat, monkeypatch: pytest.MonkeyPatch) -> None:
    there = instance(wat, DEEP)
    there.exports.down(0)
    monkeypatch.setattr(there.inst, "funcs", [])

    with pytest.raises(wasm.Crash, match=r"a step raised IndexError.* \(\(1, 'down', "):
        there.exports.down(1)

    assert configuration(there).frames == []


def test_the_same_exception_of_a_host_function_is_its_own(wat: Wat) -> None:
    there = instance(wat, DEEP, back=lambda value: [][value])

    with pytest.raises(IndexError):
        there.exports.through(1)


def test_branches_carry_what_their_label_takes_and_drop_the_rest(wat: Wat) -> None:
    text = '(module (func (export "body") (param i32) (result i32 i32) (i32.const 9) (i32.const 1) (i32.const 2) (br 0)))'
    there = instance(wat, text)

    assert there.exports.body(0) == (1, 2)


@pytest.mark.parametrize("branch", ["br 0", "br_if 0 (i32.const 1)", "br_table 0 (i32.const 0)"])
def test_a_branch_out_of_a_block_leaves_nothing_of_its_operands(wat: Wat, branch: str) -> None:
    text = f"""(module (func (export "f") (result i32)
      (i32.const 1) (block (result i32) (i32.const 9) (i32.const 5) ({branch}) (unreachable)) (i32.add)))"""

    assert instance(wat, text).exports.f() == 6


@pytest.mark.parametrize(("index", "expected"), [(0, 12), (1, 7), (2, 7), (3, 7), (0xFFFFFFFF, 7)])
def test_a_table_of_branches_takes_the_last_label_for_all_beyond(wat: Wat, index: int, expected: int) -> None:
    text = """(module (func (export "out") (param i32) (result i32)
      (block $a (result i32)
        (i32.const 5)
        (block $b (result i32) (br_table $b $a 2 (i32.const 7) (local.get 0)))
        (i32.add))))"""

    assert instance(wat, text).exports.out(index) == expected


def test_a_loop_takes_parameters_anew_in_each_round(wat: Wat) -> None:
    text = """(module (func (export "count") (param i32) (result i32) (local i32)
      (i32.const 0)
      (loop (param i32) (result i32)
        (local.get 0) (i32.add)
        (local.tee 1)
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br_if 0 (local.get 0)))))"""

    assert instance(wat, text).exports.count(4) == 10
