"""Operands and blocks: what is popped, what unreachable code gives, and what a refusal shows."""

from __future__ import annotations

import pytest

from pywasm_vm.errors import Invalid
from pywasm_vm.features import WASM_3_0
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.limits import Limits
from pywasm_vm.structure.types import BOT, F32, FUNCREF, I32, I64, AbsHeapType, RefType
from pywasm_vm.validation.context import Context
from pywasm_vm.validation.locals import Locals
from pywasm_vm.validation.matching import BOT_REF
from pywasm_vm.validation.stacks import Mismatch, Stacks, listed

BLOCK = BY_MNEMONIC["block"]
NON_NULL = RefType(False, AbsHeapType.FUNC)


@pytest.fixture
def s() -> Stacks:
    """The stacks inside a function without parameters and results."""
    stacks = Stacks(Context(WASM_3_0, Limits(nesting=3, operands=10)), Locals((), (), size=0, limit=0))
    stacks.enter(BLOCK, [], [], [])
    return stacks


def test_pop_gives_what_was_there_not_what_was_asked_for(s):
    s.push(NON_NULL)

    assert s.pop(FUNCREF) is NON_NULL


def test_pop_refuses_another_type_and_the_floor(s):
    s.push(I32)
    s.enter(BLOCK, [], [], [])
    with pytest.raises(Mismatch) as caught:
        s.pop(I32)
    assert caught.value.held == []

    s.push(I64)
    with pytest.raises(Mismatch) as caught:
        s.pop(I32)
    assert caught.value.held == [I64]


def test_unreachable_code_has_operands_of_all_types(s):
    s.push(F32)
    s.unreachable()
    s.push(I32)

    s.pop_all([I64, FUNCREF, I32])

    assert s.pop(I64) is BOT
    assert s.pop_any() is BOT
    assert s.pop_ref() is BOT_REF


def test_what_unreachable_code_pushed_is_still_checked(s):
    s.unreachable()
    s.push(I32)

    with pytest.raises(Mismatch):
        s.pop_all([I64, I64])


def test_check_changes_nothing(s):
    s.push_all([I32, NON_NULL])

    s.check([I32, FUNCREF])

    assert s.operands[-2:] == [I32, NON_NULL]
    with pytest.raises(Mismatch) as caught:
        s.check([I64, I32, FUNCREF])
    assert caught.value.held == [I32, NON_NULL]


def test_retype_forgets_what_was_known_more_precisely(s):
    s.push(NON_NULL)

    s.retype([FUNCREF])

    assert s.operands[-1] is FUNCREF


def test_leave_wants_the_results_and_nothing_else(s):
    s.enter(BLOCK, [], [I32], [I32])
    s.push_all([I64, I32])

    with pytest.raises(Invalid, match=r"^type mismatch: block requires \[i32\] but stack has \[i64 i32\]"):
        s.leave()


def test_a_block_keeps_the_operands_of_the_one_around_it(s):
    s.push(I64)
    s.enter(BLOCK, [I32], [], [])
    s.unreachable()
    s.leave()

    assert s.pop(I64) is I64


def test_blocks_nest_as_deep_as_the_limit_and_no_deeper(s):
    for _ in range(3):
        s.enter(BLOCK, [], [], [])

    with pytest.raises(Invalid, match="too many nested blocks: more than 3"):
        s.enter(BLOCK, [], [], [])


def test_many_operands_at_once_stop_at_the_limit(s):
    s.push_all([I32] * 6)

    with pytest.raises(Invalid, match="too many operands: the stack grows beyond 10"):
        s.push_all([I32] * 6)


def test_labels_count_from_the_innermost_block(s):
    s.enter(BLOCK, [], [I32], [I32])

    assert s.label(0) == [I32]
    assert s.label(1) == []
    with pytest.raises(Invalid, match="unknown label 2: the outermost one is 1"):
        s.label(2)


def test_long_lists_of_types_are_shown_in_short():
    assert listed([I32, I64]) == "[i32 i64]"
    assert listed([I64] + [I32] * 1000) == "[i64 i32 … i32 i32 i32 i32 i32 i32]"
