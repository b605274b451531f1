"""Every limit at its edge: exactly as much is accepted, one more is refused by the limit's own error, in bytes and in text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import pytest

import pywasm_vm as wasm
from pywasm_vm.binary.encode import encode_module
from pywasm_vm.features import Feature
from pywasm_vm.limits import Limits
from pywasm_vm.text.parse import parse_module

EVERYTHING = frozenset(Feature)

N = 4
"""The limit that is set. Modules are written with N or N + 1 of something."""


def exports(count: int) -> str:
    return "(memory 0)" + "".join(f'(export "{x}" (memory 0))' for x in range(count))


def supertypes(count: int) -> str:
    """A type with *count* above it; all but the first in one group, which is rolled as a whole."""
    return "(type (sub (func))) (rec " + "".join(f"(type (sub {x} (func)))" for x in range(count)) + ")"


COUNTS: dict[str, tuple[str, Callable[[int], str]]] = {
    "types": ("too many types", lambda n: "(type (func))" * n),
    "functions": ("too many functions", lambda n: "(type (func))" + "(func (type 0))" * n),
    "imports": ("too many imports", lambda n: '(import "" "" (memory 0))' * n),
    "exports": ("too many exports", exports),
    "globals": ("too many globals", lambda n: "(global i32 (i32.const 0))" * n),
    "tables": ("too many tables", lambda n: "(table 0 funcref)" * n),
    "memories": ("too many memories", lambda n: "(memory 0)" * n),
    "tags": ("too many tags", lambda n: "(type (func))" + "(tag (type 0))" * n),
    "element_segments": ("too many element segments", lambda n: "(elem func)" * n),
    "segment_elements": ("too many elements of segments", lambda n: "(func) (elem func 0)" + f"(elem func {'0 ' * (n - 1)})"),
    "data_segments": ("too many data segments", lambda n: '(data "")' * n),
    "parameters": ("too many parameters", lambda n: f"(type (func (param {'i32 ' * n})))"),
    "results": ("too many results", lambda n: f"(type (func (result {'i32 ' * n})))"),
    "fields": ("too many fields", lambda n: f"(type (struct {'(field i32)' * n}))"),
    "locals": ("too many locals", lambda n: f"(func (param i32) (local {'i32 ' * (n - 1)}))"),
    "function_body_bytes": ("function body too large", lambda n: f"(func {'nop ' * (n - 2)})"),
    "nesting": ("nesting too deep", lambda n: f"(func {'block ' * n}{'end ' * n})"),
    "operands": (
        "too many operands",
        lambda n: (
            f"(type (func (result i32 i32))) (func (type 0) unreachable) (func {'i32.const 0 ' * (n - 2)}call 0 unreachable)"
        ),
    ),
    "array_operands": ("too many operands", lambda n: f"(type (array i32)) (func unreachable array.new_fixed 0 {n} drop)"),
    "subtype_depth": ("sub type 5 has 5 super types", supertypes),
}
"""For each limit what its error says, and a module with so many of what it counts."""

ONLY_BINARY = {"function_body_bytes"}
"""Text has no bodies of so many bytes; its size as a whole is limited."""

EXTRA = {"operands": 3}
"""What is there besides what is counted: the floors below the operands."""


def decode(text: str, limits: Limits) -> object:
    return wasm.Module.decode(encode_module(parse_module(text)), features=EVERYTHING, limits=limits)


def parse(text: str, limits: Limits) -> object:
    return wasm.Module.parse(text, features=EVERYTHING, limits=limits)


EDGES = [(name, door) for name in COUNTS for door in (decode, parse) if door is decode or name not in ONLY_BINARY]


@pytest.mark.parametrize(("name", "door"), EDGES, ids=[f"{name}-{door.__name__}" for name, door in EDGES])
def test_exactly_the_limit_passes_and_one_more_does_not(name: str, door: Callable[[str, Limits], object]) -> None:
    reason, text = COUNTS[name]
    limits = replace(Limits(), **{name: N + EXTRA.get(name, 0)})

    door(text(N), limits)

    with pytest.raises((wasm.Malformed, wasm.Invalid)) as caught:
        door(text(N + 1), limits)
    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize("size", [8, 100])
def test_module_may_have_as_many_bytes_as_the_limit(size: int) -> None:
    data = b"\0asm\1\0\0\0" + (b"" if size == 8 else bytes([0, size - 10, 0]) + bytes(size - 11))

    wasm.Module.decode(data, limits=Limits(module_bytes=size))
    with pytest.raises(wasm.Malformed, match="module too large"):
        wasm.Module.decode(data, limits=Limits(module_bytes=size - 1))


def test_text_may_have_as_many_characters_as_the_limit() -> None:
    wasm.Module.parse("(module)", limits=Limits(module_bytes=8))

    with pytest.raises(wasm.Malformed, match="module too large"):
        wasm.Module.parse("(module )", limits=Limits(module_bytes=8))


def test_memory_may_reach_as_many_pages_as_the_limit(tier: str) -> None:
    store = wasm.Store(tier, limits=Limits(memory_pages=N))

    instance = store.instantiate(wasm.Module.parse(f'(memory (export "m") {N - 1})'))

    assert instance.exports.m.grow(1) == N - 1
    assert instance.exports.m.grow(1) == -1
    store.instantiate(wasm.Module.parse(f"(memory {N})"))
    with pytest.raises(wasm.Exhausted, match="memory of 5 pages is beyond the limit of 4"):
        store.instantiate(wasm.Module.parse(f"(memory {N + 1})"))


def test_table_may_have_as_many_elements_as_the_limit(tier: str) -> None:
    store = wasm.Store(tier, limits=Limits(table_elements=N))

    instance = store.instantiate(wasm.Module.parse(f'(table (export "t") {N - 1} funcref)'))

    assert instance.exports.t.grow(1) == N - 1
    assert instance.exports.t.grow(1) == -1
    store.instantiate(wasm.Module.parse(f"(table {N} funcref)"))
    with pytest.raises(wasm.Exhausted, match="table of 5 elements is beyond the limit of 4"):
        store.instantiate(wasm.Module.parse(f"(table {N + 1} funcref)"))


def test_array_may_have_as_many_elements_as_the_limit(tier: str) -> None:
    text = '(type $a (array i8)) (func (export "f") (param i32) (result i32) (array.len (array.new_default $a (local.get 0))))'
    function = wasm.Store(tier, limits=Limits(array_elements=N)).instantiate(wasm.Module.parse(text)).exports.f

    assert function(N) == N
    with pytest.raises(wasm.Exhausted, match="an array of 5 elements is beyond the limit of 4"):
        function(N + 1)


def test_calls_may_be_as_deep_as_the_limit_and_cannot_go_on_for_ever(tier: str) -> None:
    """How much deeper they may be before the tier notices is its own affair."""
    text = '(func $f (export "f") (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))))))'
    store = wasm.Store(tier, limits=Limits(call_depth=N))
    function = store.instantiate(wasm.Module.parse(text)).exports.f

    function(N - 1)
    with pytest.raises(wasm.Exhausted):
        function(1_000_000)


def test_every_limit_is_tried_here() -> None:
    elsewhere = {"module_bytes", "memory_pages", "table_elements", "array_elements", "call_depth"}

    assert {field.name for field in fields(Limits)} == COUNTS.keys() | elsewhere


def test_a_limit_that_is_no_number_or_less_than_nothing_is_refused_by_name() -> None:
    for wrong in (None, 1.5, "1"):
        with pytest.raises(TypeError, match="the limit memory_pages has to be an integer, not "):
            Limits(memory_pages=wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the limit call_depth has to be 0 or more, not -1"):
        Limits(call_depth=-1)
