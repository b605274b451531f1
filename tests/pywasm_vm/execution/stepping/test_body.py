"""From instructions to steps: where blocks end, what loops cost, what becomes of operands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from pywasm_vm.binary.decode import decode_module
from pywasm_vm.errors import Crash
from pywasm_vm.execution.stepping.body import constructs_of, prepare
from pywasm_vm.execution.stepping.configuration import Body
from pywasm_vm.execution.stepping.control import loop, metered_loop
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.structure.types import FuncType

Wat = Callable[[str], bytes]

TEXT = """(module (type (func (param i32 i32) (result i32)))
  (func (export "f") (param i32) (result i32) (local i64 f32)
    block
      loop
        local.get 0
        if (result i32)
          f32.const 1.5
          drop
          i32.const 1
        else
          i32.const 2
        end
        br_if 0
        loop
          nop
        end
      end
    end
    i32.const 1 i32.const 2
    block (type 0) i32.add end))"""


def body(wat: Wat, text: str = TEXT, *, metered: bool = False) -> Body:
    module = decode_module(wat(text))
    types: Sequence[FuncType | None] = [module.functype(index) for index in range(len(module.subtypes()))]
    return prepare(module.funcs[0], 0, name="f", types=types, tags=[], metered=metered)


def words(made: Body) -> list[str]:
    return [row.mnemonic for row, _, _ in made.code]


def test_one_step_stands_for_each_instruction(wat: Wat) -> None:
    made = body(wat)

    assert len(made.steps) == len(made.code)
    assert (made.parameters, made.arity, made.defaults) == (1, 1, [0, 0.0])
    assert made.label == (1, len(made.code) - 1, 0, None)


def test_operands_hold_what_a_block_takes_gives_and_where_it_ends(wat: Wat) -> None:
    made = body(wat)
    names = words(made)
    if_, else_, last_block = names.index("if"), names.index("else"), len(names) - 4

    assert made.steps[0][1] == (0, 0, 16)
    assert made.steps[1] == (loop, (0, 1, made.steps[1][1][2]))
    assert made.steps[if_][1] == (0, 1, if_ + 7, else_ + 1)
    assert made.steps[else_][1] == if_ + 7
    assert names[last_block] == "block"
    assert made.steps[last_block][1] == (2, 1, last_block + 3)


def test_constants_are_prepared(wat: Wat) -> None:
    made = body(wat)

    assert made.steps[words(made).index("f32.const")][1] == 1.5


def test_costs_leave_out_loops_further_inside(wat: Wat) -> None:
    made = body(wat, metered=True)
    constructs = constructs_of(made.code)

    outer, inner = (position for position, word in enumerate(words(made)) if word == "loop")

    assert constructs[inner].cost == 2, "nop and its end"
    assert constructs[outer].cost == constructs[outer].end - outer - 2, "the inner `loop` itself is outside of it"
    assert made.cost == len(made.code) - (constructs[outer].end - outer)
    assert made.steps[outer] == (metered_loop, (0, outer, constructs[outer].cost))


def test_code_that_is_not_metered_costs_nothing(wat: Wat) -> None:
    assert body(wat).cost == 0


def test_an_instruction_without_a_step_is_our_mistake_when_it_is_reached(wat: Wat) -> None:
    """A row that somebody adds to the table before its step."""
    func = decode_module(wat("(module (func))")).funcs[0]
    strange = replace(func, body=((replace(BY_MNEMONIC["nop"], mnemonic="f32.cosh"), (), 7), (BY_MNEMONIC["end"], (), 8)))

    made = prepare(strange, 0, name=None, types=[FuncType((), ())], tags=[], metered=False)
    step, operand = made.steps[0]

    with pytest.raises(Crash, match=r"no step for f32\.cosh"):
        step(None, operand)  # type: ignore[arg-type]
