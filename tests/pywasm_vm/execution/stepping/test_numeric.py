"""Functions made of rows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pywasm_vm.errors import Trap, TrapKind
from pywasm_vm.execution.stepping.numeric import function_text
from pywasm_vm.execution.stepping.registry import STEPS
from pywasm_vm.isa.table import BY_MNEMONIC


def result(mnemonic: str, *operands: Any) -> list[Any]:
    """The stack after *mnemonic* ran with *operands* on top of something else."""
    frame = SimpleNamespace(stack=["below", *operands])
    STEPS[BY_MNEMONIC[mnemonic]](frame, None)  # type: ignore[arg-type]
    assert frame.stack[0] == "below"
    return list(frame.stack[1:])


def test_the_text_of_a_function_is_the_expression_of_its_row() -> None:
    assert function_text(BY_MNEMONIC["i32.add"]) == (
        "def step(frame, immediate):\n stack = frame.stack\n x1 = stack.pop()\n stack[-1] = (stack[-1] + x1) & 4294967295\n"
    )


@pytest.mark.parametrize(
    ("mnemonic", "operands", "expected"),
    [
        ("i32.sub", (1, 2), 0xFFFFFFFF),
        ("i64.sub", (1, 2), 0xFFFFFFFFFFFFFFFF),
        ("i32.lt_s", (0xFFFFFFFF, 0), 1),
        ("i32.shr_s", (0x80000000, 31), 0xFFFFFFFF),
        ("i32.rotl", (0x80000001, 1), 3),
        ("i32.div_s", (0xFFFFFFF9, 2), 0xFFFFFFFD),
        ("i64.extend_i32_s", (0xFFFFFFFF,), 0xFFFFFFFFFFFFFFFF),
        ("i32.wrap_i64", (0x1_00000002,), 2),
        ("f64.div", (1.0, 4.0), 0.25),
        ("f32.add", (0.1, 0.2), 0.30000001192092896),
        ("i32.eqz", (False,), 1),
    ],
)
def test_operands_are_taken_in_order_and_the_result_is_exact(mnemonic: str, operands: tuple[Any, ...], expected: Any) -> None:
    assert result(mnemonic, *operands) == [expected]


@pytest.mark.parametrize("mnemonic", ["i32.div_s", "i32.div_u", "i64.rem_s", "i64.rem_u"])
def test_division_by_zero_is_a_trap(mnemonic: str) -> None:
    with pytest.raises(Trap) as caught:
        result(mnemonic, 1, 0)

    assert caught.value.kind is TrapKind.INTEGER_DIVIDE_BY_ZERO


def test_several_results_are_pushed_in_order() -> None:
    assert result("i64.mul_wide_u", (1 << 64) - 1, 2) == [(1 << 64) - 2, 1]
