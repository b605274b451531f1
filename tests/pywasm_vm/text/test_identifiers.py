"""How names, strings and numbers are printed."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywasm_vm.structure.module import Module, Names
from pywasm_vm.structure.types import EXTERNREF, I32, AbsHeapType, RefType, ValType
from pywasm_vm.text.identifiers import Identifiers, bytes_text, float_text, identifier_text, name_text, unique
from pywasm_vm.text.literals import float_bits, name_value, string_value
from pywasm_vm.text.parse import parse_module, tokens_of


@given(st.integers(0, 2**32 - 1))
def test_f32_reads_back_to_its_bits(bits: int) -> None:
    assert float_bits(float_text(bits, 32), 32) == bits


@given(st.integers(0, 2**64 - 1))
def test_f64_reads_back_to_its_bits(bits: int) -> None:
    assert float_bits(float_text(bits, 64), 64) == bits


@pytest.mark.parametrize(
    ("value", "text"), [(0.1, "0.1"), (1.0, "1"), (-2.5, "-2.5"), (float("inf"), "inf"), (-0.0, "-0"), (1e30, "1e+30")]
)
def test_floats_are_short(value: float, text: str) -> None:
    assert float_text(int.from_bytes(struct.pack("<f", value), "little"), 32) == text
    assert float_text(int.from_bytes(struct.pack("<d", value), "little"), 64) == text


@pytest.mark.parametrize(
    ("bits", "text"), [(0x7FC00000, "nan"), (0xFFC00000, "-nan"), (0x7F800001, "nan:0x1"), (0x7FC00001, "nan:0x400001")]
)
def test_nans_keep_their_payload(bits: int, text: str) -> None:
    assert float_text(bits, 32) == text


@given(st.binary())
def test_bytes_read_back(content: bytes) -> None:
    assert string_value(bytes_text(content)) == content
    assert bytes_text(content).isascii()


@given(st.text())
def test_names_read_back(name: str) -> None:
    text = name_text(name)

    assert name_value(text) == name
    assert text.isprintable()


@given(st.text(min_size=1))
def test_every_name_can_be_an_identifier(name: str) -> None:
    assert tokens_of(identifier_text(name)).identifier() == name


def test_identifiers_are_quoted_only_when_they_must_be() -> None:
    assert identifier_text("core::fmt<T>") == "$core::fmt<T>"
    assert identifier_text("a b") == '$"a b"'


def test_of_equal_names_the_first_is_the_identifier() -> None:
    assert unique({3: "a", 1: "b", 0: "", 2: "a"}) == {1: "$b", 2: "$a"}


def test_names_of_things_that_are_not_there_are_passed_over() -> None:
    assert Identifiers(Module(names=Names(functions={0: "f", 7: "g"}))).funcs == {}
    assert Identifiers(parse_module("(func $f)")).funcs == {0: "$f"}


@pytest.mark.parametrize(
    ("valtype", "text"),
    [
        (I32, "i32"),
        (EXTERNREF, "externref"),
        (RefType(True, AbsHeapType.NONE), "nullref"),
        (RefType(False, AbsHeapType.ANY), "(ref any)"),
        (RefType(True, 0), "(ref null $t)"),
        (RefType(False, 1), "(ref 1)"),
    ],
)
def test_types_are_called_by_their_identifiers(valtype: ValType, text: str) -> None:
    assert Identifiers(parse_module("(type $t (func)) (type (func (param i32)))")).valtype(valtype) == text
