"""Every row is taken one way or another, by its words or by a rule, and never by both."""

from __future__ import annotations

import pytest

from pywasm_vm.features import WASM_1_0, WASM_2_0, Feature
from pywasm_vm.isa.opcode import Imm
from pywasm_vm.isa.table import ALL, BY_MNEMONIC
from pywasm_vm.validation import functions  # registers the rules
from pywasm_vm.validation.instructions import RULES, Way, steps

EVERYTHING = frozenset(Feature)


@pytest.mark.parametrize("row", ALL, ids=repr)
def test_a_row_has_either_words_or_a_rule(row):
    assert (row.stack is None) is (row in RULES)


@pytest.mark.parametrize(
    ("mnemonic", "way"),
    [
        ("i32.const", Way.PUSH),
        ("i32.eqz", Way.UNARY),
        ("i32.add", Way.BINARY),
        ("f64.load", Way.LOAD),
        ("i64.store32", Way.STORE),
        ("memory.size", Way.PLAIN),
        ("memory.fill", Way.PLAIN),
        ("table.init", Way.PLAIN),
        ("i32.atomic.load", Way.PLAIN),
        ("v128.load8_lane", Way.PLAIN),
        ("i8x16.shuffle", Way.PLAIN),
        ("v128.bitselect", Way.PLAIN),
        ("i64.add128", Way.PLAIN),
        ("loop", Way.BLOCK),
        ("br_table", Way.RULE),
    ],
)
def test_rows_of_one_shape_go_one_way(mnemonic, way):
    assert steps(EVERYTHING)[BY_MNEMONIC[mnemonic]][0] is way


def test_a_short_cut_never_skips_the_check_of_an_immediate():
    """Numbers need no check, and the walk itself looks at memargs."""
    harmless = {Imm.I32, Imm.I64, Imm.F32, Imm.F64, Imm.V128}
    for row, (way, *_) in steps(EVERYTHING).items():
        if way in (Way.PUSH, Way.UNARY, Way.BINARY):
            assert set(row.immediates) <= harmless, row
        if way in (Way.LOAD, Way.STORE):
            assert row.immediates == (Imm.MEMARG,), row


def test_a_row_of_a_feature_that_is_off_refuses(refusal):
    assert refusal("(func i32.const 1 i32.extend8_s drop)", WASM_1_0).reason == (
        "i32.extend8_s needs the feature sign-extension, which is switched off"
    )
    assert refusal("(func (drop (i8x16.relaxed_swizzle (unreachable) (unreachable))))", WASM_2_0).reason == (
        "i8x16.relaxed_swizzle needs the feature relaxed-simd, which is switched off"
    )
    assert functions.steps(WASM_1_0)[BY_MNEMONIC["i32.extend8_s"]][0] is Way.RULE
