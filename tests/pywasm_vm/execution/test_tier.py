"""What every tier must do alike: results, order of evaluation, traps and their places, calls, state."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm import Exhausted, Trap, TrapKind

Wat = Callable[[str], bytes]


@pytest.fixture
def load(tier: str, wat: Wat) -> Callable[..., wasm.Instance]:
    """A function from text and imports to an instance."""

    def load(text: str, imports: Any = None, **options: Any) -> wasm.Instance:
        return wasm.Store(tier=tier, **options).instantiate(wasm.Module.decode(wat(text)), imports)

    return load


Load = Callable[..., wasm.Instance]


def trap_of(call: Callable[..., object], *args: object) -> Trap:
    with pytest.raises(Trap) as caught:
        call(*args)
    return caught.value


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("unreachable", TrapKind.UNREACHABLE),
        ("(drop (i32.div_s (i32.const 1) (local.get 0)))", TrapKind.INTEGER_DIVIDE_BY_ZERO),
        ("(drop (i32.div_u (i32.const 1) (local.get 0)))", TrapKind.INTEGER_DIVIDE_BY_ZERO),
        ("(drop (i64.rem_u (i64.const 1) (i64.extend_i32_u (local.get 0))))", TrapKind.INTEGER_DIVIDE_BY_ZERO),
        ("(drop (i32.div_s (i32.const 0x80000000) (i32.sub (local.get 0) (i32.const 1))))", TrapKind.INTEGER_OVERFLOW),
        ("(drop (i32.trunc_f64_s (f64.const nan)))", TrapKind.INVALID_CONVERSION_TO_INTEGER),
        ("(drop (i32.load8_u (i32.sub (local.get 0) (i32.const 1))))", TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS),
        ("(drop (i32.load offset=65533 (local.get 0)))", TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS),
        ("(drop (i64.load16_u offset=0xffffffff (i32.const 0xffffffff)))", TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS),
        ("(f64.store (i32.const 65529) (f64.const 1))", TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS),
        ("(f32.store (i32.const 65533) (f32.const nan:0x200000))", TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS),
        ("(i64.store8 (i32.const 65536) (i64.const 1))", TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS),
        ("(memory.fill (i32.const 65536) (i32.const 0) (i32.const 1))", TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS),
        ("(call_indirect (type $v) (i32.const 9))", TrapKind.UNDEFINED_ELEMENT),
        ("(call_indirect (type $v) (i32.const 0xffffffff))", TrapKind.UNDEFINED_ELEMENT),
        ("(call_indirect (type $v) (i32.const 1))", TrapKind.UNINITIALIZED_ELEMENT),
        ("(call_indirect (type $v) (i32.const 0))", TrapKind.INDIRECT_CALL_TYPE_MISMATCH),
        ("(drop (table.get (i32.const 2)))", TrapKind.OUT_OF_BOUNDS_TABLE_ACCESS),
    ],
)
def test_code_traps(load: Load, body: str, kind: TrapKind) -> None:
    instance = load(
        f"""(module (type $v (func)) (memory 1) (table 2 funcref) (elem (i32.const 0) $f)
        (func $f (export "f") (param i32) {body}))"""
    )

    trap = trap_of(instance.exports.f, 0)

    assert trap.kind is kind
    assert [index for index, _, _ in trap.frames] == [0]


def test_a_store_over_the_end_of_memory_writes_none_of_its_bytes(load: Load) -> None:
    instance = load(
        """(module (memory (export "memory") 1)
        (func (export "f") (i64.store (i32.const 65531) (i64.const -1))))"""
    )

    trap_of(instance.exports.f)

    assert instance.exports.memory.read(65528, 8) == bytes(8)


@pytest.mark.parametrize("address", [0, 1, 2, 3, 5, 7, 65528])
def test_unaligned_accesses_are_exact(load: Load, address: int) -> None:
    instance = load(
        """(module (memory (export "memory") 1)
        (func (export "f") (param i32 i64) (result i64)
          (loop (i64.store (local.get 0) (local.get 1)))
          (i64.load (local.get 0))))"""
    )

    assert instance.exports.f(address, 0x1122334455667788) == 0x1122334455667788
    assert instance.exports.memory.read(address, 8) == bytes.fromhex("8877665544332211")


def test_a_signalling_nan_survives_memory_and_locals(load: Load) -> None:
    instance = load(
        """(module (memory 1) (func (export "f") (param i32) (result i32) (local f32)
        (i32.store (i32.const 5) (local.get 0))
        (local.set 1 (f32.load (i32.const 5)))
        (f32.store (i32.const 9) (local.get 1))
        (i32.load (i32.const 9))))"""
    )

    assert instance.exports.f(0x7FA00001) == 0x7FA00001


# Order of evaluation


def test_what_is_read_before_a_write_has_the_old_value(load: Load) -> None:
    instance = load(
        """(module (memory 1) (global $g (mut i32) (i32.const 1))
        (func (export "local") (param i32) (result i32)
          (i32.sub (local.get 0) (local.tee 0 (i32.const 3))))
        (func (export "global") (result i32)
          (global.get $g) (global.set $g (i32.const 10)) (global.get $g) i32.sub)
        (func (export "memory") (result i32)
          (i32.load (i32.const 0)) (i32.store (i32.const 0) (i32.const 5)) (i32.load (i32.const 0)) i32.sub)
        (func $change (result i32) (global.set $g (i32.const 100)) (i32.store (i32.const 0) (i32.const 50)) (i32.const 0))
        (func (export "call") (result i32)
          (i32.add (i32.add (global.get $g) (i32.load (i32.const 0))) (call $change))))"""
    )

    assert instance.exports.local(5) == 2
    assert instance.exports["global"]() == 1 - 10
    assert instance.exports.memory() == 0 - 5
    assert instance.exports.call() == 10 + 5


def test_the_first_of_two_traps_is_the_one_that_is_raised(load: Load) -> None:
    instance = load(
        """(module (memory 1)
        (func (export "load_first") (param i32) (result i32)
          (i32.add (i32.load (i32.const -1)) (i32.div_u (i32.const 1) (local.get 0))))
        (func (export "divide_first") (param i32) (result i32)
          (i32.add (i32.div_u (i32.const 1) (local.get 0)) (i32.load (i32.const -1))))
        (func (export "address_first") (param i32)
          (i32.store (i32.load (i32.const -1)) (i32.div_u (i32.const 1) (local.get 0))))
        (func (export "chosen_first") (param i32) (result i32)
          (select (i32.load (i32.const -1)) (i32.const 1) (i32.div_u (i32.const 1) (local.get 0)))))"""
    )

    assert trap_of(instance.exports.load_first, 0).kind is TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS
    assert trap_of(instance.exports.divide_first, 0).kind is TrapKind.INTEGER_DIVIDE_BY_ZERO
    assert trap_of(instance.exports.address_first, 0).kind is TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS
    assert trap_of(instance.exports.chosen_first, 0).kind is TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS


def test_a_value_that_is_dropped_still_traps_and_still_acts(load: Load) -> None:
    instance = load(
        """(module (global $g (export "g") (mut i32) (i32.const 0))
        (func $act (result i32) (global.set $g (i32.const 7)) (i32.const 1))
        (func (export "f") (param i32) (drop (call $act)) (drop (i32.rem_u (i32.const 1) (local.get 0)))))"""
    )

    assert trap_of(instance.exports.f, 0).kind is TrapKind.INTEGER_DIVIDE_BY_ZERO
    assert instance.exports.g.value == 7


def test_both_sides_of_a_select_are_evaluated(load: Load) -> None:
    instance = load(
        """(module (global $g (export "g") (mut i32) (i32.const 0))
        (func $act (param i32) (result i32)
          (global.set $g (i32.add (i32.mul (global.get $g) (i32.const 10)) (local.get 0))) (local.get 0))
        (func (export "f") (result i32)
          (select (call $act (i32.const 1)) (call $act (i32.const 2)) (call $act (i32.const 0)))))"""
    )

    assert instance.exports.f() == 2
    assert instance.exports.g.value == 120


def test_a_call_in_an_address_may_grow_the_memory_it_is_used_with(load: Load) -> None:
    instance = load(
        """(module (memory 1)
        (func $grow (result i32) (drop (memory.grow (i32.const 1))) (i32.const 65536))
        (func (export "load") (result i32) (i32.load8_u (call $grow)))
        (func (export "store") (i32.store (call $grow) (i32.const 1)))
        (func (export "value") (i32.store (i32.const 196608) (call $grow))))"""
    )

    assert instance.exports.load() == 0
    instance.exports.store()
    instance.exports.value()


# Calls


def test_functions_of_equal_types_in_different_modules_may_be_called_through_a_table(load: Load, tier: str, wat: Wat) -> None:
    store = wasm.Store(tier=tier)
    table = store.new_table("funcref", 1)
    imports = {"env": {"table": table}}
    giver = """(module (type (func)) (import "env" "table" (table 1 funcref)) (elem (i32.const 0) $f)
      (func $f (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))"""
    caller = """(module (import "env" "table" (table 1 funcref))
      (func (export "call") (param i32) (result i32) (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0)))
      (func (export "wrong") (call_indirect (i32.const 0))))"""
    store.instantiate(wasm.Module.decode(wat(giver)), imports)
    instance = store.instantiate(wasm.Module.decode(wat(caller)), imports)

    assert instance.exports.call(14) == 42
    assert trap_of(instance.exports.wrong).kind is TrapKind.INDIRECT_CALL_TYPE_MISMATCH


def test_arguments_of_an_indirect_call_may_be_indirect_calls(load: Load) -> None:
    instance = load(
        """(module (type $t (func (param i32) (result i32))) (table funcref (elem $double $next))
        (func $double (type $t) (i32.mul (local.get 0) (i32.const 2)))
        (func $next (type $t) (i32.add (local.get 0) (i32.const 1)))
        (func (export "f") (param i32) (result i32)
          (i32.add
            (call_indirect (type $t) (call_indirect (type $t) (local.get 0) (i32.const 1)) (i32.const 0))
            (call_indirect (type $t) (local.get 0) (call_indirect (type $t) (i32.const 0) (i32.const 1))))))"""
    )

    assert instance.exports.f(5) == 12 + 6


def test_several_results_come_in_order(load: Load) -> None:
    instance = load(
        """(module
        (func $turn (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
        (func (export "f") (param i32 i64) (result i64 i32) (call $turn (local.get 0) (local.get 1)))
        (func (export "below") (param i32) (result i32) (local i32)
          (local.get 0) (call $turn (i32.const 7) (i64.const 3)) (local.set 1) drop (i32.sub (local.get 1))))"""
    )

    assert instance.exports.f(1, 2) == (2, 1)
    assert instance.exports.below(10) == 3


def test_recursion_without_end_is_exhaustion_with_a_back_trace(load: Load) -> None:
    instance = load(
        """(module (func $f (export "f") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1))))"""
    )
    before = sys.getrecursionlimit()

    trap = trap_of(instance.exports.f, 1)

    assert isinstance(trap, Exhausted)
    assert trap.kind is TrapKind.CALL_STACK_EXHAUSTED
    assert trap.frames[0][:2] == (0, "f")
    assert sys.getrecursionlimit() == before


@pytest.mark.parametrize("how", ["(call $f (local.get 0))", "(call_indirect (type $t) (local.get 0) (i32.const 0))"])
def test_nine_thousand_calls_within_calls_fit(load: Load, how: str) -> None:
    instance = load(
        f"""(module (type $t (func (param i32) (result i32))) (table funcref (elem $f))
        (func $f (export "f") (param i32) (result i32)
          (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
          (if (result i32) (local.get 0) (then (i32.add {how} (i32.const 1))) (else (i32.const 1)))))"""
    )

    assert instance.exports.f(9000) == 9000


@pytest.mark.parametrize(
    "error",
    [KeyError("k"), IndexError("i"), ZeroDivisionError("z"), AttributeError("a"), RecursionError("r"), OverflowError("o")],
)
def test_what_a_host_function_raises_comes_out_as_itself(load: Load, error: Exception) -> None:
    """The guest's own traps are Python exceptions of the same classes."""

    def fail(value: int) -> int:
        raise error

    instance = load(
        """(module (import "env" "fail" (func $fail (param i32) (result i32))) (memory 1)
        (func (export "f") (result i32) (i32.load8_u (call $fail (i32.const 1)))))""",
        {"env": {"fail": fail}},
    )

    with pytest.raises(type(error)) as caught:
        instance.exports.f()

    assert caught.value is error


def test_a_trap_inside_of_a_nested_invocation_passes_the_host_as_a_trap(load: Load) -> None:
    inner = load("""(module (memory 1) (func (export "f") (drop (i32.load8_u (i32.const 65536)))))""")
    outer = load(
        """(module (import "env" "call" (func $call)) (func (export "f") (call $call)))""",
        {"env": {"call": lambda: inner.exports.f()}},
    )

    assert trap_of(outer.exports.f).kind is TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS


def test_a_trap_tells_the_byte_of_the_instruction_in_each_frame(load: Load, tier: str, wat: Wat) -> None:
    data = wat(
        """(module (memory 1)
        (func $inner (param i32) (result i32) (nop) (i32.load8_u offset=65536 (local.get 0)))
        (func $outer (export "f") (result i32) (nop) (nop) (i32.add (call $inner (i32.const 1)) (i32.const 1))))"""
    )
    instance = wasm.Store(tier=tier).instantiate(wasm.Module.decode(data))

    trap = trap_of(instance.exports.f)

    (inner, outer) = trap.frames
    assert inner[:2] == (0, "inner")
    assert outer[:2] == (1, "outer")
    assert data[inner[2]] == 0x2D, "the load"
    assert data[outer[2]] == 0x10, "the call"


# State


def test_instances_of_one_module_share_nothing_that_changes(tier: str, wat: Wat) -> None:
    module = wasm.Module.decode(
        wat("""(module (global $g (mut i32) (i32.const 0)) (memory 1)
        (func (export "f") (result i32)
          (global.set $g (i32.add (global.get $g) (i32.const 1)))
          (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (global.get $g)))
          (i32.load8_u (i32.const 0))))""")
    )
    store = wasm.Store(tier=tier)
    first, second = store.instantiate(module), store.instantiate(module)

    assert [first.exports.f(), first.exports.f(), second.exports.f(), first.exports.f()] == [1, 3, 1, 6]


def test_a_memory_that_one_instance_grows_is_grown_for_all(tier: str, wat: Wat) -> None:
    store = wasm.Store(tier=tier)
    memory = store.new_memory(1)
    text = """(module (import "env" "memory" (memory 1))
      (func (export "grow") (result i32) (memory.grow (i32.const 1)))
      (func (export "size") (result i32) (memory.size))
      (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
      (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1))))"""
    module = wasm.Module.decode(wat(text))
    first, second = (store.instantiate(module, {"env": {"memory": memory}}) for _ in range(2))
    assert second.exports.load(0) == 0

    assert first.exports.grow() == 1

    first.exports.store(70000, 9)
    assert second.exports.load(70000) == 9
    assert second.exports.size() == 2
    assert memory.read(70000, 1) == b"\x09"


def test_an_exported_global_is_seen_from_both_sides(load: Load) -> None:
    instance = load(
        """(module (global (export "g") (mut i64) (i64.const 5))
        (func (export "f") (result i64) (global.set 0 (i64.add (global.get 0) (i64.const 1))) (global.get 0)))"""
    )

    instance.exports.g.value = 40

    assert instance.exports.f() == 41
    assert instance.exports.g.value == 41
