"""The row and its constructor."""

from __future__ import annotations

import pytest

from pywasm_vm.features import Feature
from pywasm_vm.isa.opcode import Effect, Imm, row, stack_words


def test_kinds_of_immediates_are_all_different():
    """Members of an enumeration with equal values would be one member under two names."""
    assert len(set(Imm)) == len(Imm.__members__)


def test_row_spells_out_short_words_of_its_expression():
    shift = row("i32.shr_s", 0x75, "i32 i32 -> i32", Effect.PURE, py="({0} ^ S32) - S32 >> {1} & M32")

    assert shift.py == "({0} ^ 0x80000000) - 0x80000000 >> {1} & 0xFFFFFFFF"


def test_row_takes_one_immediate_or_several():
    one = row("a", 1, None, Effect.PURE, imm=Imm.MEMIDX)
    several = row("b", (0xFC, 2), None, Effect.PURE, imm=(Imm.DATAIDX, Imm.MEMIDX))

    assert (one.immediates, one.code) == ((Imm.MEMIDX,), (1,))
    assert (several.immediates, several.code) == ((Imm.DATAIDX, Imm.MEMIDX), (0xFC, 2))


def test_row_is_constant_always_or_since_a_feature():
    always = row("a", 1, None, Effect.PURE, const=True)
    later = row("b", 2, None, Effect.PURE, const=Feature.EXTENDED_CONST)
    never = row("c", 3, None, Effect.PURE)

    assert (always.const, always.const_since) == (True, None)
    assert (later.const, later.const_since) == (True, Feature.EXTENDED_CONST)
    assert (never.const, never.const_since) == (False, None)


def test_row_is_equal_only_to_itself():
    """Rows are keys of tables; a second row of the same words would be a mistake."""
    first, second = (row("a", 1, None, Effect.PURE) for _ in range(2))

    assert first != second
    assert len({first, second}) == 2


def test_name_is_the_mnemonic_as_an_identifier():
    assert row("i32.div_s", 0x6D, None, Effect.TRAPS).name == "i32_div_s"


def test_stack_words():
    assert stack_words("addr i32 ->") == (("addr", "i32"), ())
    assert stack_words("->") == ((), ())
    with pytest.raises(ValueError, match="no arrow"):
        stack_words("i32 i32")
