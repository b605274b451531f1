"""Every feature can be switched off: whatever belongs to it is then refused by its name, in bytes, in text and by a store."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

import pywasm_vm as wasm
from pywasm_vm.binary.encode import encode_module
from pywasm_vm.features import RUNNABLE, WASM_1_0, WASM_2_0, WASM_3_0, Feature, Features, needs
from pywasm_vm.isa.opcode import Imm, Opcode
from pywasm_vm.isa.table import ALL, BY_MNEMONIC
from pywasm_vm.structure.instructions import Expression, MemArg
from pywasm_vm.structure.module import Data, Func, Module, SegmentMode
from pywasm_vm.structure.types import I32, FuncType, RecType, RefType, SubType
from pywasm_vm.text.module_printer import print_module
from pywasm_vm.text.parse import parse_module

EVERYTHING: Features = frozenset(Feature)

NEW_ROWS = [row for row in ALL if row.since is not None]

LEGACY_ARMS = ("catch", "catch_all", "delegate")
"""Words that stand only within a `try`, which is refused before them."""


def bare(row: Opcode) -> Module:
    """A module with the instruction in a function, and nothing that it speaks of."""
    null = RefType(True, 0)
    by_kind: dict[Imm, object] = {
        Imm.BLOCKTYPE: None,
        Imm.LABELS: (0,),
        Imm.CATCHES: (),
        Imm.VALTYPES: (I32,),
        Imm.CAST: (null, null),
        Imm.LANES: (0,) * 16,
        Imm.V128: bytes(16),
        Imm.MEMARG: MemArg(max(row.width.bit_length() - 1, 0), 0),
    }
    end = (BY_MNEMONIC["end"], (), 0)
    body = [(row, tuple(by_kind.get(kind, 0) for kind in row.immediates), 0)]
    if Imm.BLOCKTYPE in row.immediates:
        body.append(end)
    types = (RecType((SubType(True, (), FuncType((), ())),)),)
    datas = (Data(b"", SegmentMode.PASSIVE),) if Imm.DATAIDX in row.immediates else ()
    return Module(types=types, funcs=(Func(0, (), Expression([*body, end])),), datas=datas)


@pytest.mark.parametrize("row", [row for row in NEW_ROWS if row.mnemonic not in LEGACY_ARMS], ids=lambda row: row.mnemonic)
def test_instruction_is_refused_by_the_name_of_its_feature(row: Opcode) -> None:
    module, off = bare(row), EVERYTHING - {row.since}
    # A data segment that is not active came with the same feature as all that names one; the text says it in any case.
    segments = row.since is Feature.BULK_MEMORY and bool(module.datas)

    for door, given in ((wasm.Module.decode, encode_module(module)), (wasm.Module.parse, print_module(module))):
        with pytest.raises(wasm.Invalid) as caught:
            door(given, features=off)
        what = "a data segment that is not active" if segments else row.mnemonic
        assert caught.value.reason == needs(what, row.since)


@pytest.mark.parametrize("row", [row for row in NEW_ROWS if row.mnemonic not in LEGACY_ARMS], ids=lambda row: row.mnemonic)
def test_store_refuses_a_module_whose_instruction_it_must_not_run(row: Opcode) -> None:
    """Whatever the module was decoded with. Nothing is run, so any tier will do."""
    module = wasm.Module.decode(encode_module(bare(row)), features=EVERYTHING, validate="lazy")
    store = wasm.Store("stepping", features=EVERYTHING - {row.since})

    with pytest.raises(wasm.Invalid, match=f"the feature {row.since.value}, which is switched off"):
        store.instantiate(module)


FORMS: list[tuple[Feature, str]] = [
    (Feature.MUTABLE_GLOBALS, '(import "" "" (global (mut i32)))'),
    (Feature.MUTABLE_GLOBALS, '(global (export "") (mut i32) (i32.const 0))'),
    (Feature.MULTI_VALUE, "(func (result i32 i32) unreachable)"),
    (Feature.MULTI_VALUE, "(type (func (result i32 i32)))"),
    (Feature.MULTI_VALUE, "(func (i32.const 0) (block (param i32) drop))"),
    (Feature.MULTI_VALUE, "(func (i32.const 0) (loop (param i32) drop))"),
    (Feature.MULTI_VALUE, "(func unreachable (if (result i32 i32) (then unreachable) (else unreachable)) unreachable)"),
    (Feature.BULK_MEMORY, '(data "")'),
    (Feature.BULK_MEMORY, "(elem func)"),
    (Feature.BULK_MEMORY, "(elem declare func)"),
    (Feature.REFERENCE_TYPES, "(func (param funcref))"),
    (Feature.REFERENCE_TYPES, "(func (result externref) unreachable)"),
    (Feature.REFERENCE_TYPES, "(func (local externref))"),
    (Feature.REFERENCE_TYPES, "(func (block (result funcref) unreachable) unreachable)"),
    (Feature.REFERENCE_TYPES, '(import "" "" (global externref))'),
    (Feature.REFERENCE_TYPES, "(table 0 externref)"),
    (Feature.REFERENCE_TYPES, "(table 0 funcref) (table 0 funcref)"),
    (Feature.REFERENCE_TYPES, '(import "" "" (table 0 funcref)) (table 0 funcref)'),
    (Feature.REFERENCE_TYPES, "(elem externref)"),
    (Feature.REFERENCE_TYPES, "(table 0 funcref) (elem (i32.const 0) funcref (ref.func 0)) (func)"),
    (Feature.SIMD, "(func (param v128))"),
    (Feature.SIMD, "(type (func (result v128)))"),
    (Feature.SIMD, "(func (local v128))"),
    (Feature.SIMD, "(func unreachable (block (result v128) unreachable) unreachable)"),
    (Feature.SIMD, '(import "" "" (global v128))'),
    (Feature.EXTENDED_CONST, "(global i32 (i32.add (i32.const 1) (i32.const 2)))"),
    (Feature.EXTENDED_CONST, "(memory 1) (data (offset (i32.mul (i32.const 1) (i32.const 2))))"),
    (Feature.EXTENDED_CONST, "(table 1 funcref) (elem (offset (i32.sub (i32.const 1) (i32.const 1))))"),
    (Feature.FUNCTION_REFERENCES, "(func (param (ref func)))"),
    (Feature.FUNCTION_REFERENCES, "(type (func)) (func (param (ref null 0)))"),
    (Feature.FUNCTION_REFERENCES, "(table 1 funcref (ref.null func))"),
    (Feature.FUNCTION_REFERENCES, "(type (func)) (func (ref.null 0) drop)"),
    (Feature.GC, "(type (struct))"),
    (Feature.GC, "(type (array i8))"),
    (Feature.GC, "(type (sub (func)))"),
    (Feature.GC, "(rec (type (func)) (type (func)))"),
    (Feature.GC, "(rec)"),
    (Feature.GC, "(func (param anyref))"),
    (Feature.GC, "(func (param nullfuncref))"),
    (Feature.GC, "(func (local structref))"),
    (Feature.GC, "(func (ref.null none) drop)"),
    (Feature.GC, "(global i32 (i32.const 0)) (global i32 (global.get 0))"),
    (Feature.EXCEPTIONS, "(tag)"),
    (Feature.EXCEPTIONS, '(import "" "" (tag))'),
    (Feature.EXCEPTIONS, "(func (param exnref))"),
    (Feature.EXCEPTIONS, "(func (ref.null noexn) drop)"),
    (Feature.MULTI_MEMORY, "(memory 0) (memory 0)"),
    (Feature.MULTI_MEMORY, '(import "" "" (memory 0)) (memory 0)'),
    (Feature.MULTI_MEMORY, "(memory 0) (memory 0) (func (drop (i32.load 1 (i32.const 0))))"),
    (Feature.MEMORY64, "(memory i64 1)"),
    (Feature.MEMORY64, '(import "" "" (memory i64 1))'),
    (Feature.MEMORY64, "(table i64 1 funcref)"),
    (Feature.THREADS, "(memory 1 1 shared)"),
    (Feature.THREADS, '(import "" "" (memory 1 1 shared))'),
    (Feature.CUSTOM_PAGE_SIZES, "(memory 1 (pagesize 1))"),
    (Feature.CUSTOM_PAGE_SIZES, '(import "" "" (memory 1 (pagesize 1)))'),
    (Feature.CUSTOM_DESCRIPTORS, "(rec (type (descriptor 1) (struct)) (type (describes 0) (struct)))"),
    (Feature.CUSTOM_DESCRIPTORS, "(type (struct)) (func (param (ref (exact 0))))"),
    (Feature.CUSTOM_DESCRIPTORS, "(type (struct)) (func (ref.null (exact 0)) drop)"),
    (Feature.CUSTOM_DESCRIPTORS, '(import "" "" (func (exact (param i32))))'),
    (Feature.CUSTOM_DESCRIPTORS, "(func (result anyref) (br_on_cast 0 structref arrayref (unreachable)))"),
]
"""What belongs to a feature and is no instruction of its own."""

BY_TEXT = {feature: [text for named, text in FORMS if named is feature] for feature in Feature}

NAMELESS = {FORMS[-1]}
"""Forms that are wrong without their feature in a way that says nothing of it: a type mismatch like any other."""


@pytest.mark.parametrize(("feature", "text"), FORMS, ids=[f"{feature.value}: {text}" for feature, text in FORMS])
@pytest.mark.parametrize("door", ["binary", "text", "store"])
def test_form_is_refused_by_the_name_of_its_feature(feature: Feature, text: str, door: str) -> None:
    if door == "binary":
        data = encode_module(parse_module(text))

        def enter(features: Features) -> object:
            return wasm.Module.decode(data, features=features)

    elif door == "text":

        def enter(features: Features) -> object:
            return wasm.Module.parse(text, features=features)

    else:
        module = wasm.Module.parse(text, features=EVERYTHING)

        def enter(features: Features) -> object:
            return _instantiate(module, features)

    with pytest.raises((wasm.Malformed, wasm.Invalid)) as caught:
        enter(EVERYTHING - {feature})

    assert (feature.value in caught.value.reason) is ((feature, text) not in NAMELESS)
    if door != "store":
        enter(EVERYTHING)


def _instantiate(module: wasm.Module, features: Features) -> object:
    return wasm.Store("stepping", features=features).instantiate(module)


def test_features_without_forms_have_instructions() -> None:
    instructions = {row.since for row in NEW_ROWS}

    assert {feature for feature in Feature if not BY_TEXT[feature]} <= instructions
    assert instructions | {feature for feature, _ in FORMS} == set(Feature)


def module_with(memory_type: bytes, code: bytes = b"") -> bytes:
    """A module with one memory of this type, and one function with this code."""
    body = b"\0" + code + b"\x0b"
    sections = (1, b"\1\x60\0\0"), (3, b"\1\0"), (5, b"\1" + memory_type), (10, b"\1" + bytes([len(body)]) + body)
    return b"\0asm\1\0\0\0" + b"".join(bytes([number, len(content)]) + content for number, content in sections)


@pytest.mark.parametrize(
    ("feature", "data", "reason"),
    [
        (Feature.THREADS, module_with(b"\x03\0\1"), "malformed limits flags: 0x3: a shared memory"),
        (Feature.CUSTOM_PAGE_SIZES, module_with(b"\x08\0\x10"), "malformed limits flags: 0x8: a memory with its own page size"),
        (
            Feature.MULTI_MEMORY,
            module_with(b"\0\0", b"\x41\0\x28\x42\0\0\x1a"),
            "malformed memop flags: 0x42: an access that names its memory",
        ),
        (
            Feature.MULTI_MEMORY,
            module_with(b"\0\0", b"\x41\0\xfd\0\x44\0\0\x1a"),
            "malformed memop flags: 0x44: an access that names its memory",
        ),
    ],
    ids=["shared", "page size", "memory of a load", "memory of a vector's load"],
)
def test_flag_of_a_binary_is_refused_by_the_name_of_its_feature(feature: Feature, data: bytes, reason: str) -> None:
    """Even where it changes nothing: the page size is the usual one, the memory the first."""
    wasm.Module.decode(data, features=EVERYTHING)

    with pytest.raises(wasm.Malformed) as caught:
        wasm.Module.decode(data, features=EVERYTHING - {feature})

    assert caught.value.reason == needs(reason, feature)


@pytest.mark.parametrize(
    ("feature", "text", "reason"),
    [
        (Feature.CUSTOM_PAGE_SIZES, "(memory 1 (pagesize 65536))", "a memory with its own page size"),
        (Feature.MEMORY64, "(memory 0x1_0000_0000)", "i32 constant out of range: a size of more than 32 bits"),
        (Feature.MEMORY64, "(table 0 0x1_0000_0000 funcref)", "i32 constant out of range: a size of more than 32 bits"),
    ],
)
def test_form_that_only_text_has_is_refused_by_the_name_of_its_feature(feature: Feature, text: str, reason: str) -> None:
    with pytest.raises(wasm.Malformed) as caught:
        wasm.Module.parse(text, features=EVERYTHING - {feature})

    assert caught.value.reason == needs(reason, feature)


def test_data_count_section_is_refused_without_bulk_memory() -> None:
    data = b"\0asm\1\0\0\0\x0c\1\0"
    wasm.Module.decode(data)

    with pytest.raises(wasm.Invalid, match="a data count section needs the feature bulk-memory"):
        wasm.Module.decode(data, features=EVERYTHING - {Feature.BULK_MEMORY})


@pytest.mark.parametrize("features", [WASM_1_0, WASM_2_0, WASM_3_0, RUNNABLE], ids=["1.0", "2.0", "3.0", "runnable"])
def test_versions_of_the_standard_contain_one_another(features: Features) -> None:
    versions = [WASM_1_0, WASM_2_0, WASM_3_0]

    assert sorted(versions, key=len) == versions
    assert all(one < other for one, other in pairwise(versions))
    assert features >= WASM_1_0


def test_vm_refuses_by_name_too(wat: Callable[[str], bytes]) -> None:
    vm = wasm.Vm("stepping", features=WASM_1_0)

    with pytest.raises(wasm.Invalid, match="needs the feature sign-extension, which is switched off"):
        vm.load(wat("(module (func (drop (i32.extend8_s (i32.const 0)))))"))
