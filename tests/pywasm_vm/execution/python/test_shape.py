"""The shape of bodies."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pywasm_vm.binary.decode import decode_module
from pywasm_vm.execution.python.shape import Kind, Shape, shape_of


@pytest.fixture
def shape(wat: Callable[[str], bytes]) -> Callable[[str], Shape]:
    """A function from the text of a body with one i32 parameter to its shape."""

    def shape(body: str) -> Shape:
        (func,) = decode_module(wat(f"(module (func (param i32) {body}))")).funcs
        return shape_of(list(func.body))

    return shape


def test_constructs_know_where_they_end(shape: Callable[[str], Shape]) -> None:
    found = shape("block nop end  local.get 0 if nop else nop end")

    assert [(c.kind, c.start, c.else_, c.end) for c in found.constructs.values()] == [
        (Kind.BODY, -1, -1, 9),
        (Kind.BLOCK, 0, -1, 2),
        (Kind.IF, 4, 6, 8),
    ]


def test_a_block_left_at_its_own_level_nests(shape: Callable[[str], Shape]) -> None:
    (block,) = [c for c in shape("block local.get 0 br_if 0 nop end").constructs.values() if c.kind is Kind.BLOCK]

    assert block.nests
    assert (block.loops, block.indents) == (0, 1)


def test_a_block_left_from_deeper_inside_needs_a_loop(shape: Callable[[str], Shape]) -> None:
    outer = shape("block local.get 0 if br 1 end nop end").constructs[0]

    assert not outer.nests
    assert (outer.loops, outer.indents) == (1, 2)


def test_a_table_with_many_targets_makes_states_of_the_blocks_around_it(shape: Callable[[str], Shape]) -> None:
    found = shape("loop block block block local.get 0 br_table 0 1 2 end end end end")

    assert found.constructs[0].root, "the loop that begins with the blocks is one of the states"
    assert all(found.constructs[at].flat for at in range(4))


def test_a_table_with_two_targets_makes_no_states(shape: Callable[[str], Shape]) -> None:
    found = shape("block block local.get 0 br_table 0 1 0 1 end end")

    assert not any(construct.flat for construct in found.constructs.values())


def test_the_cost_of_a_construct_leaves_out_the_loops_inside(shape: Callable[[str], Shape]) -> None:
    found = shape("nop loop nop nop loop nop end block nop end end")

    assert found.constructs[4].cost == 2, "nop and end"
    assert found.constructs[1].cost == 7, "nop, nop, loop, block, nop, end, end"
    assert found.body.cost == 3, "nop, loop, end"
