"""Plain and folded instructions, blocks and labels."""

from __future__ import annotations

import pytest

from pywasm_vm.errors import Malformed
from pywasm_vm.limits import Limits
from pywasm_vm.text.parse import parse_module


def words(text: str) -> str:
    """The flat sequence that *text* stands for: words, with numbers behind those that have them."""
    body = parse_module(f"(tag) (tag $t) (func {text})").funcs[0].body
    return " ".join(" ".join([row.mnemonic, *(str(x) for x in immediates if isinstance(x, int))]) for row, immediates, _ in body)


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("", "end"),
        ("nop nop", "nop nop end"),
        ("(nop) nop (nop)", "nop nop nop end"),
        ("(i32.add (i32.const 1) (i32.const 2))", "i32.const 1 i32.const 2 i32.add end"),
        ("(drop (i32.eqz (i32.const 1)))", "i32.const 1 i32.eqz drop end"),
        ("(block nop (nop))", "block nop nop end end"),
        ("(loop (block))", "loop block end end end"),
        ("(if (then))", "if end end"),
        ("(if (i32.const 1) (then nop))", "i32.const 1 if nop end end"),
        ("(if (i32.const 1) (then) (else))", "i32.const 1 if else end end"),
        ("(if (nop) (nop) (then nop) (else nop nop))", "nop nop if nop else nop nop end end"),
        ("if nop else nop end", "if nop else nop end end"),
        ("block loop end end", "block loop end end end"),
        ("block (block) end", "block block end end end"),
        ("(block block end)", "block block end end end"),
        ("(if (if (then) (else)) (then))", "if else end if end end"),
        ("(try (do nop) (catch $t nop) (catch 0) (catch_all nop))", "try nop catch 1 nop catch 0 catch_all nop end end"),
        ("(try (do))", "try end end"),
        ("(block $l (try $m (do (br $m)) (delegate $l)))", "block try br 0 delegate 0 end end"),
        ("block $l try $m br $l delegate $l end", "block try br 1 delegate 0 end end"),
        ("try nop catch $t nop catch_all nop end", "try nop catch 1 nop catch_all nop end end"),
        ("(try_table (catch_all 0) nop)", "try_table nop end end"),
    ],
)
def test_folded_and_plain_forms_come_out_flat(text: str, flat: str) -> None:
    assert words(text) == flat


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("block $a block $b br $a br $b br 7 end end", "block block br 1 br 0 br 7 end end end"),
        ("(block $a (block $a (br $a)) (br $a))", "block block br 0 end br 0 end end"),
        ("(if $a (br 1) (then (br $a)) (else (br $a)))", "br 1 if br 0 else br 0 end end"),
        ("block $a end $a", "block end end"),
        ('if $a else $a end $"a"', "if else end end"),
        ("(block $a (br_if $a (br $a)))", "block br 0 br_if 0 end end"),
    ],
)
def test_labels_count_from_the_innermost_block(text: str, flat: str) -> None:
    assert words(text) == flat


def test_condition_of_a_folded_if_does_not_see_its_label() -> None:
    with pytest.raises(Malformed, match="unknown label"):
        words("(if $a (br $a) (then))")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("block", "unexpected token"),
        ("end", "unexpected token"),
        ("else", "unexpected token"),
        ("block else end", "unexpected token"),
        ("if else else end", "unexpected token"),
        ("(end)", "unexpected token"),
        ("(else)", "unexpected token"),
        ("(then)", "unexpected token"),
        ("(block end)", "unexpected token"),
        ("(block block)", "unexpected token"),
        ("(if)", "unexpected token"),
        ("(if (else))", "unexpected token"),
        ("(if (then) (then))", "unexpected token"),
        ("(if (then) (else) (else))", "unexpected token"),
        ("(if (then) nop)", "unexpected token"),
        ("(if nop (then))", "unexpected token"),
        ("(i32.eqz nop)", "unexpected token"),
        ("(i32.eqz foo)", "unknown operator foo"),
        ("(foo)", "unknown operator foo"),
        ("foo", "unknown operator foo"),
        ("()", "unexpected token"),
        ('("nop")', "unexpected token"),
        ("(try)", "unexpected token"),
        ("(try (catch_all))", "unexpected token"),
        ("(try (do) (catch_all) (catch 0))", "unexpected token"),
        ("(try (do) (delegate 0) (catch_all))", "unexpected token"),
        ("try catch_all catch 0 end", "unexpected token"),
        ("try catch 0 delegate 0", "unexpected token"),
        ("block catch_all end", "unexpected token"),
        ("block end $a", "mismatching label $a"),
        ("block $a end $b", "mismatching label $b"),
        ("if $a else $b end", "mismatching label $b"),
        ("if $a else end $b", "mismatching label"),
        ("(local i32) nop (local i32)", "unexpected token"),
        ("nop (param i32)", "unexpected token"),
    ],
)
def test_wrong_structure(text: str, reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        words(text)

    assert caught.value.reason.startswith(reason)


def test_offset_of_an_instruction_is_the_place_of_its_word() -> None:
    text = "(func (i32.add (i32.const 1) (;ä;) (i32.const 2)))"

    offsets = [offset for _, _, offset in parse_module(text).funcs[0].body]

    assert [text[offset:].split(maxsplit=1)[0] for offset in offsets] == ["i32.const", "i32.const", "i32.add", ")"]


DEPTH = 100_000


@pytest.mark.parametrize(
    "text",
    [
        "(i32.eqz " * DEPTH + "(nop)" + ")" * DEPTH,
        "(block " * DEPTH + ")" * DEPTH,
        "block " * DEPTH + "end " * DEPTH,
        "(if (then " * DEPTH + "))" * DEPTH,
        "(if " * DEPTH + "(then))" * DEPTH,
    ],
    ids=["folded", "folded blocks", "plain blocks", "arms", "conditions"],
)
def test_depth_of_the_text_is_no_depth_of_ours(text: str) -> None:
    assert len(list(parse_module(f"(func {text})").funcs[0].body)) > DEPTH


def test_blocks_nest_as_deep_as_the_limit_and_no_deeper() -> None:
    limits = Limits(nesting=3)

    parse_module("(func " + "(block " * 3 + ")" * 4, limits)
    with pytest.raises(Malformed, match="nesting too deep"):
        parse_module("(func " + "(block " * 4 + ")" * 5, limits)


def test_branch_hints_belong_to_the_instruction_behind_them() -> None:
    module = parse_module(
        r"""(func
            (@metadata.code.branch_hint "\00") (if (i32.const 1) (then))
            i32.const 1 (@metadata.code.branch_hint "\01") br_if 0
            (@metadata.code.branch_hint "\01") (br_if 0 (i32.const 1)))"""
    )

    body = list(module.funcs[0].body)
    assert {body[number][0].mnemonic: hint for number, hint in module.hints[0].items()} == {"if": b"\0", "br_if": b"\1"}
    assert sorted(module.hints[0]) == [1, 4, 6]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (r'(func (@metadata.code.branch_hint "\01") (@metadata.code.branch_hint "\01") nop)', "duplicate annotation"),
        (r'(@metadata.code.branch_hint "\01") (func)', "not in a function"),
        (r'(global i32 (@metadata.code.branch_hint "\01") (i32.const 1))', "not in a function"),
    ],
)
def test_branch_hints_in_the_wrong_place(text: str, reason: str) -> None:
    with pytest.raises(Malformed, match=rf"@metadata.code.branch_hint annotation: {reason}"):
        parse_module(text)
