"""Python exceptions that left emitted code."""

from __future__ import annotations

import struct
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

import pytest

from pywasm_vm.errors import Crash, Exhausted, Trap, TrapKind
from pywasm_vm.execution.python.traps import COMPILED, FRAMES_MOST, INSTANCE, explain


class Lines:
    """Stands for the compiled module: it knows names and lines."""

    def __init__(self, source: str) -> None:
        self.lines = source.splitlines()

    def name_of(self, index: int) -> str:
        return f"name{index}"

    def offset_of(self, index: int, line: int) -> int:
        return 100 * index + line

    def lines_of(self, index: int) -> list[str]:
        return self.lines


def guest(body: str, **names: Any) -> Callable[..., Any]:
    """Function 7 of a guest, with this body."""
    source = f"def f7(x):\n {body}\n"
    code = next(c for c in compile(source, "wasm:test#7", "exec").co_consts if isinstance(c, CodeType))
    return FunctionType(code, {INSTANCE: object(), COMPILED: Lines(source), **names})


def explained(call: Callable[..., Any], *arguments: Any, call_depth: int = 1000) -> Any:
    try:
        call(*arguments)
    except Exception as error:
        return explain(error, call_depth)
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("return 1 // x", TrapKind.INTEGER_DIVIDE_BY_ZERO),
        ("return mem0[x + 9]", TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS),
        ("return u32(mem0, x + 1)[0]", TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS),
        ("c = t0[x + 9]", TrapKind.UNDEFINED_ELEMENT),
        ("c = t0[x]\n if c.deftype is not Y0: pass", TrapKind.UNINITIALIZED_ELEMENT),
        ("t0[x].code(5)", TrapKind.NULL_FUNCTION_REFERENCE),
    ],
)
def test_an_exception_in_emitted_code_is_a_trap(body: str, kind: TrapKind) -> None:
    trap = explained(guest(body, mem0=bytearray(4), t0=[None], u32=struct.Struct("<I").unpack_from), 0)

    assert trap is not None
    assert trap.kind is kind
    assert trap.frames == ((7, "name7", 703 if "\n" in body else 702),)


@pytest.mark.parametrize("body", ["return unknown", "return x.type", "return x()", "mem0[0] = 256"])
def test_an_exception_that_is_no_trap_is_our_mistake(body: str) -> None:
    crash = explained(guest(body, mem0=bytearray(4)), 0)

    assert isinstance(crash, Crash)
    assert "name7" in str(crash)


def test_an_exception_in_a_helper_is_the_trap_of_the_instruction_that_called_it() -> None:
    from pywasm_vm.execution.python.names import load_f32_nan

    trap = explained(guest("return load_f32_nan(mem0, x)", mem0=bytearray(3), load_f32_nan=load_f32_nan), 0)

    assert trap is not None
    assert trap.kind is TrapKind.OUT_OF_BOUNDS_MEMORY_ACCESS


def test_an_exception_in_a_host_function_is_none_of_our_business() -> None:
    def host(x: int) -> int:
        return [1, 2][x]

    assert explained(guest("return host(x)", host=host), 5) is None


def test_a_host_function_that_finds_no_room_left_is_the_guests_doing_when_the_guest_took_it() -> None:
    def host(x: int) -> int:
        raise RecursionError

    def rounds(depth: int) -> Callable[..., Any]:
        made = guest("return host(x) if x < 2 else f7(x - 1)", host=host)
        made.__globals__["f7"] = made
        return made

    assert explained(rounds(5), 5, call_depth=6) is None
    trap = explained(rounds(5), 5, call_depth=4)
    assert isinstance(trap, Exhausted)
    assert trap.kind is TrapKind.CALL_STACK_EXHAUSTED


def test_a_trap_keeps_the_frames_it_has() -> None:
    trap = Trap(TrapKind.UNREACHABLE, frames=((1, None, 2),))

    def unreachable() -> None:
        raise trap

    assert explained(guest("unreachable()", unreachable=unreachable), 0) is trap
    assert trap.frames == ((1, None, 2),)


def test_of_a_very_deep_back_trace_both_ends_are_kept() -> None:
    made = guest("return f7(x - 1) if x else 1 // x")
    made.__globals__["f7"] = made

    trap = explained(made, 3 * FRAMES_MOST)

    assert trap is not None
    assert len(trap.frames) == 2 * FRAMES_MOST
