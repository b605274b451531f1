"""Whole modules: exports, start, counts, lazy bodies, progress, and what is left for others."""

from __future__ import annotations

import pytest
import wasmtime

from pywasm_vm.binary.decode import decode_module
from pywasm_vm.errors import Invalid
from pywasm_vm.features import RUNNABLE
from pywasm_vm.limits import Limits
from pywasm_vm.structure.types import FUNCREF, I32, I64, FuncType, GlobalType, MemType, StructType, TableType
from pywasm_vm.structure.types import Limits as Bounds
from pywasm_vm.text.parse import parse_module
from pywasm_vm.validation.module import check_module


def decode(fields: str):
    return decode_module(bytes(wasmtime.wat2wasm(f"(module {fields})")))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ('(func (export "a")) (memory (export "a") 1)', "duplicate export name: 'a' is exported twice"),
        ('(export "a" (func 0))', "unknown function 0: the module has none"),
        ('(export "a" (table 0))', "unknown table 0"),
        ('(export "a" (memory 0))', "unknown memory 0"),
        ('(export "a" (global 0))', "unknown global 0"),
        ('(export "a" (tag 0))', "unknown tag 0"),
        ("(start 0)", "unknown function 0"),
        ("(func (param i32)) (start 0)", "start function: its type must be [] -> [], but function 0 has [i32] -> []"),
        ("(func (result i32) unreachable) (start 0)", "start function: its type must be [] -> []"),
        ("(func (type 4))", "unknown type 4: the module has none"),
        ('(import "m" "f" (func (type 4)))', "unknown type 4: the module has none"),
        ("(type (struct)) (func (type 0))", "type mismatch: type 0 is a struct type, not a function type"),
    ],
)
def test_is_refused(refusal, fields, reason):
    assert refusal(fields).reason.startswith(reason)


def test_what_is_resolved_begins_with_the_imports():
    valid = check_module(
        decode("""
            (type $t (func (param i32)))
            (import "m" "f" (func (type $t))) (import "m" "g" (global i64)) (import "m" "m" (memory 1))
            (import "m" "t" (table 2 funcref))
            (func $own (result i32) i32.const 1) (global (mut i32) (i32.const 0)) (export "f" (func $own))
        """)
    )

    assert valid.functypes == (FuncType((I32,), ()), FuncType((), (I32,)))
    assert valid.functype_indices == (0, 1)
    assert valid.imported_functions == 1
    assert valid.globaltypes == (GlobalType(I64, False), GlobalType(I32, True))
    assert valid.memtypes == (MemType(Bounds(1)),)
    assert valid.tabletypes == (TableType(Bounds(2), FUNCREF),)
    assert valid.comptypes == valid.functypes
    assert valid.declared_functions == {1}
    assert valid.features is RUNNABLE


def test_types_of_two_modules_can_be_compared(check):
    one = check("(type (struct)) (type (func))")
    other = check("(type (func)) (rec (type (func)) (type (struct))) (type (struct))")

    assert one.deftypes[1] is other.deftypes[0]
    assert one.deftypes[0] is other.deftypes[3]
    assert other.deftypes[2] is not other.deftypes[3]
    assert one.comptypes[0] == StructType(())


def test_a_refusal_names_function_and_offset():
    module = decode('(import "m" "f" (func)) (func $fine) (func $broken i32.const 1 i64.eqz drop)')

    with pytest.raises(Invalid) as caught:
        check_module(module)

    assert caught.value.function == 2
    assert caught.value.name == "broken"
    body = module.funcs[1].body
    assert caught.value.offset == next(offset for row, _, offset in body if row.mnemonic == "i64.eqz")
    assert "in function 2 (broken), at offset 0x" in str(caught.value)


def test_lazy_bodies_are_checked_when_asked_for_and_only_once():
    walks = []

    class Counted:
        def __init__(self, body):
            self.body = body

        def __iter__(self):
            walks.append(self)
            return iter(self.body)

    module = decode('(import "m" "f" (func)) (func) (func i32.add)')
    funcs = [type(func)(func.type_index, func.locals, Counted(func.body), func.offset, func.size) for func in module.funcs]
    valid = check_module(type(module)(types=module.types, imports=module.imports, funcs=tuple(funcs)), bodies="lazy")
    assert walks == []

    valid.check_function(0)
    valid.check_function(1)
    valid.check_function(1)

    assert len(walks) == 1
    for _ in range(2):
        with pytest.raises(Invalid, match="type mismatch"):
            valid.check_function(2)
    with pytest.raises(IndexError):
        valid.check_function(3)


def test_progress_counts_bodies_to_the_end():
    told = []

    check_module(decode("(func)" * 600), progress=lambda done, total: told.append((done, total)))

    assert told == [(256, 600), (512, 600), (600, 600)]


@pytest.mark.parametrize(
    ("limits", "fields", "words"),
    [
        (Limits(types=2), "(type (func (param {}i32)))", "types"),
        (Limits(imports=2), '(import "m" "{}" (memory 1))', "imports"),
        (Limits(functions=2), "(func {})", "functions"),
        (Limits(tables=2), "(table {}1 funcref)", "tables"),
        (Limits(memories=2), "(memory {}1)", "memories"),
        (Limits(globals=2), "(global i32 (i32.const {}1))", "globals"),
        (Limits(tags=2), "(tag (param {}))", "tags"),
        (Limits(exports=2), '(export "{}" (memory 0))', "exports"),
        (Limits(element_segments=2), "(elem func {})", "element segments"),
        (Limits(data_segments=2), '(data "{}")', "data segments"),
    ],
)
def test_there_may_be_as_many_members_as_the_limit_and_no_more(check, refusal, limits, fields, words):
    def many(count: int) -> str:
        filler = {"types": "i64 ", "imports": "x", "exports": "x"}.get(words, "")
        memory = "(memory 1)" if words == "exports" else ""
        return memory + "".join(fields.format(filler * x) for x in range(count))

    check(many(2), limits=limits)

    assert refusal(many(3), limits=limits).reason == f"too many {words}: 3 of at most 2"


def test_bodies_and_locals_may_be_as_large_as_the_limit_and_no_larger(check, refusal):
    fields = "(func (param i32) (local i64 i64) nop nop nop)"
    check(fields, limits=Limits(locals=3, function_body_bytes=7))

    assert refusal(fields, limits=Limits(locals=2)).reason == "too many locals: 3 of at most 2"
    assert refusal(fields, limits=Limits(function_body_bytes=6)).reason == "function body too large: 7 of at most 6 bytes"


@pytest.mark.parametrize(("word", "valid"), [("br_if 0", True), ("if end", True), ("drop", False), ("br_table 0", False)])
def test_branch_hint_of_a_text_stands_in_front_of_a_conditional_branch(word: str, valid: bool) -> None:
    module = parse_module(rf'(import "" "" (func)) (func i32.const 0 (@metadata.code.branch_hint "\01") {word})')

    if valid:
        check_module(module)
    else:
        with pytest.raises(Invalid, match=r"@metadata\.code\.branch_hint annotation: invalid target") as caught:
            check_module(module)
        assert caught.value.function == 1
