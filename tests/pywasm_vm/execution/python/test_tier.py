"""Translation at the first call, code shared by instances, and what tracebacks show."""

from __future__ import annotations

import gc
import linecache
import traceback
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm.binary.decode import decode_module
from pywasm_vm.binary.encode import encode_module
from pywasm_vm.errors import Invalid, Trap
from pywasm_vm.execution.budget import Budget
from pywasm_vm.execution.python.tier import PythonCompiled, PythonTier
from pywasm_vm.limits import Limits
from pywasm_vm.runtime.instances import FuncInst, ModuleInst
from pywasm_vm.structure.types import I32, GlobalType
from pywasm_vm.validation.module import check_module

Wat = Callable[[str], bytes]

TEXT = """(module $counter (memory 1) (global $g (mut i32) (i32.const 3))
  (func $next (param i32) (result i32) (global.set $g (i32.add (global.get $g) (local.get 0))) (global.get $g))
  (func $twice (param i32) (result i32) (drop (call $next (local.get 0))) (call $next (local.get 0)))
  (func $fail (drop (i32.load8_u (i32.const 0x10000)))))"""


class Bound:
    """One instance of the text above, bound by hand."""

    def __init__(self, compiled: PythonCompiled, tier: PythonTier, fuel: int | None = None) -> None:
        facts = compiled.facts
        types = check_module(compiled.module).deftypes
        self.tier = tier
        self.budget = Budget(fuel=fuel)
        self.inst = ModuleInst(compiled.module, types)
        self.inst.funcs = [
            FuncInst(facts.functype(func.type_index), instance=self.inst, index=index)
            for index, func in enumerate(compiled.module.funcs)
        ]
        self.inst.mems = [tier.new_memory(mem.type, Limits()) for mem in compiled.module.mems]
        self.inst.globals = [tier.new_global(GlobalType(I32, True), 3)]
        tier.bind(compiled, self.inst, self.budget)
        self.stubs = [function.code for function in self.inst.funcs]

    def call(self, index: int, *arguments: int) -> Any:
        return self.tier.invoke(self.inst.funcs[index], arguments, self.budget)


@pytest.fixture
def compiled(wat: Wat) -> PythonCompiled:
    return PythonTier().compile(decode_module(wat(TEXT)))


def test_nothing_is_translated_before_it_is_called(compiled: PythonCompiled) -> None:
    bound = Bound(compiled, PythonTier())
    assert compiled._codes == {}

    assert bound.call(0, 1) == 4

    assert list(compiled._codes) == [0]
    assert bound.inst.funcs[0].code is not bound.stubs[0]
    assert bound.inst.funcs[1].code is bound.stubs[1]


def test_a_stub_that_somebody_kept_goes_on_working(compiled: PythonCompiled) -> None:
    bound = Bound(compiled, PythonTier())
    bound.call(0, 1)

    assert bound.stubs[0](1) == 5


def test_instances_share_code_and_no_state(compiled: PythonCompiled) -> None:
    first, second = Bound(compiled, PythonTier()), Bound(compiled, PythonTier())

    assert [first.call(1, 10), second.call(0, 1), first.call(0, 1)] == [23, 4, 24]
    assert first.inst.funcs[0].code.__code__ is second.inst.funcs[0].code.__code__  # type: ignore[attr-defined]


def test_namespaces_of_a_module_have_the_same_names_in_the_same_order(compiled: PythonCompiled) -> None:
    """Python's caches for global names live in the code that instances share."""
    first, second = Bound(compiled, PythonTier()), Bound(compiled, PythonTier())
    before = list(first.inst.bound)

    first.call(1, 10)

    assert list(first.inst.bound) == before == list(second.inst.bound)


def test_a_private_global_can_still_be_read_and_written(compiled: PythonCompiled) -> None:
    bound = Bound(compiled, PythonTier())
    bound.call(0, 4)
    assert bound.inst.globals[0].value == 7

    bound.inst.globals[0].value = 100

    assert bound.call(0, 1) == 101


def test_binding_again_keeps_the_state(compiled: PythonCompiled, wat: Wat) -> None:
    tier = PythonTier()
    bound = Bound(compiled, tier, fuel=1000)
    bound.call(0, 4)
    assert bound.budget.fuel == 1000

    tier.bind(tier.compile(compiled.module, metered=True), bound.inst, bound.budget)

    assert bound.call(0, 1) == 8
    assert bound.budget.fuel == 1000 - 6


def test_validation_put_off_happens_before_the_translation(wat: Wat) -> None:
    checked: list[int] = []

    def check(index: int) -> None:
        checked.append(index)
        if index == 1:
            raise Invalid("type mismatch", function=index)

    bound = Bound(PythonTier().compile(decode_module(wat(TEXT)), check=check), PythonTier())

    assert bound.call(0, 1) == 4
    assert bound.call(0, 1) == 5
    with pytest.raises(Invalid):
        bound.call(1, 1)
    assert checked == [0, 1]


def test_a_traceback_shows_the_emitted_line_and_its_place(compiled: PythonCompiled) -> None:
    bound = Bound(compiled, PythonTier())

    with pytest.raises(Trap) as caught:
        bound.call(2)

    text = "".join(traceback.format_exception(caught.value))
    assert "in f2" in text
    assert f"mem0[65536]  # {caught.value.frames[0][2]:#x}" in text


def test_source_of_a_trap_is_made_only_when_it_is_looked_at(compiled: PythonCompiled) -> None:
    bound = Bound(compiled, PythonTier())
    bound.call(1, 1)

    assert compiled._places == {}


def test_guests_cannot_reach_pythons_builtins(compiled: PythonCompiled) -> None:
    bound = Bound(compiled, PythonTier())

    assert set(bound.inst.bound["__builtins__"]) == {"len", "abs", "isinstance"}


def test_a_function_with_a_thousand_parameters_can_be_called(wat: Wat) -> None:
    count = 1000
    types = " ".join(["i32"] * count)
    text = f"""(module (func $last (param {types}) (result i32) (local.get {count - 1}))
      (func (export "f") (result i32) {" ".join(f"(i32.const {n})" for n in range(count))} (call $last)))"""

    instance = wasm.Store(tier="python").instantiate(wasm.Module.decode(wat(text)))

    assert instance.exports.f() == count - 1


def test_a_module_that_nobody_uses_is_forgotten_with_its_lines(wat: Wat) -> None:
    """A process that loads many modules must not keep them for the sake of tracebacks."""
    tier = PythonTier()
    made = tier.compile(decode_module(wat(TEXT)))
    Bound(made, tier).call(1, 1)
    watched, filenames = weakref.ref(made), set(made._filenames)
    assert filenames & set(linecache.cache)

    del made
    gc.collect()

    assert watched() is None
    assert not filenames & set(linecache.cache)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\0b\n", "a?b?"), ("häß", "h\\xe4\\xdf"), ("\U0001f600", "\\U0001f600"), ("x" * 1_000, "x" * 60), ("", "module")],
)
def test_module_of_any_name_can_be_compiled(name: str, shown: str) -> None:
    """A file name must not hold a null character, nor any that the file system cannot write. Found by fuzzing."""
    module = wasm.Module.parse('(func (export "f") (result i32) (i32.const 7))')
    syntax = replace(module.syntax, names=replace(module.syntax.names, module=name))
    made = PythonTier().compile(syntax)

    assert made.filename(0).startswith(f"wasm:{shown}@")
    named = wasm.Module.decode(encode_module(syntax, names=True))
    assert wasm.Store("python").instantiate(named).exports.f() == 7
