"""Vectors on their way through emitted code: in locals, slots, globals, blocks and calls, and at the edges of memory."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.isa import vector
from pywasm_vm.isa.opcode import Imm, Opcode

PAGE = 65536
A, B = bytes(range(16)), bytes(range(100, 116))

ACCESSES = [row for row in vector.ROWS if row.width]


@pytest.fixture
def exports(wat: Callable[[str], bytes]) -> Callable[..., Any]:
    """A function from the fields of a module to its exports on the tier `python`."""

    def make(fields: str, imports: Any = None, fuel: int | None = None) -> Any:
        module = wasm.Module.decode(wat(f"(module {fields})"))
        return wasm.Store(tier="python", fuel=fuel).instantiate(module, imports).exports

    return make


@pytest.mark.parametrize("row", ACCESSES, ids=lambda row: row.mnemonic)
def test_access_ends_with_the_last_byte_of_memory_and_not_behind_it(row: Opcode, exports: Callable[..., Any]) -> None:
    """Whether the address or the offset leads out; and a store that traps has written nothing."""
    lane = " 0" if Imm.LANE in row.immediates else ""
    operand = " (v128.const i32x4 -1 -1 -1 -1)" if lane or row.mnemonic == "v128.store" else ""
    drop = "drop" if "store" not in row.mnemonic else ""
    functions = "".join(
        f'(func (export "at {offset}") (param i32) ({row.mnemonic} offset={offset}{lane} (local.get 0){operand}) {drop})'
        for offset in (0, 1, 0xFFFFFFFF)
    )
    guest = exports(f'(memory (export "memory") 1) {functions}')
    last = PAGE - row.width

    guest["at 0"](last)
    guest["at 1"](last - 1)
    guest["memory"].write(last, bytes(row.width))
    for name, address in (("at 0", last + 1), ("at 1", last), ("at 0", -1), ("at 1", -1), ("at 4294967295", 0)):
        with pytest.raises(Trap) as caught:
            guest[name](address)
        assert caught.value.kind is TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS
    assert guest["memory"].read(last, row.width) == bytes(row.width)


def test_vectors_begin_as_zero_wherever_they_live(exports: Callable[..., Any]) -> None:
    guest = exports("""
        (global $g (export "g") (mut v128) (v128.const i32x4 1 2 3 4))
        (func (export "local") (result v128) (local v128) (if (i32.const 0) (then)) local.get 0)
        (func (export "swap") (param v128) (result v128) (global.get $g) (global.set $g (local.get 0)))
    """)

    assert guest.local() == bytes(16)
    assert guest.swap(A) == bytes([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0])
    assert guest.g.value == A
    guest.g.value = B
    assert guest.swap(A) == B


def test_vectors_pass_through_calls_blocks_tables_and_hosts(exports: Callable[..., Any]) -> None:
    guest = exports(
        """
        (import "env" "turn" (func $turn (param v128 i32) (result v128)))
        (type $two (func (param v128 v128) (result v128 v128)))
        (func $swap (type $two) local.get 1 local.get 0)
        (table funcref (elem $swap))
        (func (export "run") (param v128 v128 i32) (result v128 v128)
          (block (result v128)
            (br_if 0 (call $turn (local.get 0) (i32.const 7)) (local.get 2))
            drop
            local.get 1)
          (select (result v128) (local.get 0) (local.get 1) (local.get 2))
          i32.const 0
          call_indirect (type $two))
        """,
        {"env": {"turn": lambda vector, number: vector[number:] + vector[:number]}},
    )

    assert guest.run(A, B, 1) == (A, A[7:] + A[:7])
    assert guest.run(A, B, 0) == (B, B)


def test_a_host_that_gives_no_vector_is_told_what_was_expected(exports: Callable[..., Any]) -> None:
    guest = exports(
        '(import "env" "give" (func $give (result v128))) (func (export "run") (result v128) call $give)',
        {"env": {"give": lambda: b"short"}},
    )

    with pytest.raises(TypeError, match=r"the host function env\.give returned b'short'; expected v128"):
        guest.run()
    with pytest.raises(TypeError, match="run takes 0 arguments"):
        guest.run(A)


def test_an_operand_that_waits_keeps_the_bytes_that_were_there(exports: Callable[..., Any]) -> None:
    """A load stands below a store to the same place; both forms of the loaded vector must be the old one."""
    guest = exports("""
        (memory (export "memory") 1)
        (func (export "run") (result v128)
          (f64x2.add
            (v128.load (i32.const 0))
            (block (result v128)
              (v128.store (i32.const 0) (v128.const f64x2 100 100))
              (v128.load (i32.const 0)))))
    """)

    assert guest.run() == b"\0\0\0\0\0\0\x59\x40" * 2


@pytest.mark.parametrize(
    "body", ["v128.load8_lane 3 (local.get 0) (call $move)", "v128.store8_lane 3 (local.get 0) (call $move)"]
)
def test_lanes_are_moved_after_the_operand_that_makes_room_for_them(body: str, exports: Callable[..., Any]) -> None:
    """The address is outside of memory until the vector operand, a call, has made it grow."""
    guest = exports(f"""
        (memory (export "memory") 1)
        (func $move (result v128)
          (drop (memory.grow (i32.const 1)))
          (i32.store8 (i32.const 70000) (i32.const 9))
          (v128.const i8x16 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16))
        (func (export "run") (param i32) ({body}) {"drop" if "load" in body else ""})
    """)

    guest.run(70000)

    assert guest["memory"].read(70000, 1) == (b"\4" if "store" in body else b"\x09")


@pytest.mark.parametrize("width", [8, 16, 32, 64])
def test_an_address_is_the_one_from_before_its_vector_operand_changed_it(width: int, exports: Callable[..., Any]) -> None:
    guest = exports(f"""
        (memory (export "memory") 1)
        (global $at (mut i32) (i32.const 16))
        (func $move (result v128) (global.set $at (i32.add (global.get $at) (i32.const 48))) (v128.const i64x2 -1 -1))
        (func (export "store") (v128.store{width}_lane 0 (global.get $at) (call $move)))
        (func (export "load") (result v128) (v128.load{width}_lane 0 (global.get $at) (call $move)))
    """)
    ones = b"\xff" * (width // 8)

    guest.store()
    assert guest["memory"].read(0, 128) == bytes(16) + ones + bytes(112 - len(ones))
    guest["memory"].write(112, b"\xee" * 16)
    assert guest.load() == bytes(width // 8) + b"\xff" * (16 - width // 8)


def test_a_constant_vector_in_a_local_is_forgotten_when_the_local_changes(exports: Callable[..., Any]) -> None:
    guest = exports("""
        (func (export "run") (param i32) (result v128) (local v128)
          (local.set 1 (v128.const i32x4 5 5 5 5))
          (loop
            (local.set 1 (i32x4.add (local.get 1) (v128.const i32x4 1 1 1 1)))
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
          (if (i32.eqz (local.get 0)) (then (local.set 1 (i32x4.mul (local.get 1) (v128.const i32x4 2 2 2 2)))))
          (f32x4.convert_i32x4_s (local.get 1)))
    """)

    assert guest.run(3) == b"\0\0\x80\x41" * 4


def test_metered_code_has_vectors_too(exports: Callable[..., Any]) -> None:
    fields = """(func (export "run") (param v128 i32) (result v128)
        (loop (local.set 0 (i8x16.add (local.get 0) (local.get 0)))
          (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))) local.get 0)"""

    assert exports(fields, fuel=1000).run(b"\1" * 16, 3) == b"\x08" * 16
    with pytest.raises(wasm.Exhausted):
        exports(fields, fuel=1000).run(A, 0)


def test_operations_on_bytes_follow_each_other_without_a_turn(source: Callable[[str], str]) -> None:
    text = source("""(module (memory 1)
        (func (param i32) (v128.store (local.get 0) (f32x4.add
          (f32x4.mul (v128.load (local.get 0)) (v128.const f32x4 1 2 3 4)) (v128.load offset=16 (local.get 0))))))
    """)

    assert not re.search(r"vector\(|to_bytes", text)


@pytest.mark.parametrize("width", [8, 16, 32, 64])
def test_a_shift_by_a_constant_is_the_shift_by_that_number(width: int, exports: Callable[..., Any]) -> None:
    shape = f"i{width}x{128 // width}"
    counts = (0, 1, width - 1, width, width + 3, -1)
    guest = exports(
        "".join(
            f'''(func (export "{word} {count}") (param v128 i32) (result v128 v128)
                ({shape}.{word} (v128.not (local.get 0)) (i32.const {count}))
                ({shape}.{word} (v128.not (local.get 0)) (local.get 1)))'''
            for word in ("shl", "shr_u", "shr_s")
            for count in counts
        )
    )

    for word in ("shl", "shr_u", "shr_s"):
        for count in counts:
            constant, variable = guest[f"{word} {count}"](bytes(range(3, 255, 16)), count)
            assert constant == variable


def test_a_long_chain_is_written_in_lines_that_python_can_parse(exports: Callable[..., Any]) -> None:
    chain = "(local.get 0)"
    for _ in range(120):
        chain = f"(f32x4.add (i8x16.shuffle 1 0 2 3 4 5 6 7 8 9 10 11 12 13 14 15 {chain} (local.get 0)) (local.get 0))"
    guest = exports(f'(func (export "run") (param v128) (result v128) {chain})')

    assert guest.run(bytes(16)) == bytes(16)
