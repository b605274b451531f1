"""Imports and what answers them; all that is wrong, said at once."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm.embedding.linker import Linker

Wat = Callable[[str], bytes]


def instantiate(data: bytes, imports: Any, store: wasm.Store | None = None) -> wasm.Instance:
    return (store or wasm.Store()).instantiate(wasm.Module.decode(data), imports)


CALLS_F = """(module
  (import "env" "f" (func $f (param i32 i64 f64) (result i32)))
  (func (export "run") (result i32) (call $f (i32.const -1) (i64.const -1) (f64.const 0.5))))"""


def test_a_callable_takes_the_imports_type_and_sees_signed_integers(wat: Wat) -> None:
    seen: list[Any] = []

    instance = instantiate(wat(CALLS_F), {"env": {"f": lambda *args: seen.append(args) or -5}})

    assert instance.exports.run() == -5
    assert seen == [(-1, -1, 0.5)]


def test_a_decorated_function_sees_the_signs_it_asked_for(wat: Wat) -> None:
    seen: list[Any] = []

    @wasm.host_function("env", "f")
    def f(a: wasm.U32, b: wasm.I64, c: wasm.F64) -> wasm.I32:
        seen.append((a, b, c))
        return 3

    assert instantiate(wat(CALLS_F), [f]).exports.run() == 3
    assert seen == [(0xFFFFFFFF, -1, 0.5)]


def test_decorated_functions_are_found_in_a_list_an_object_and_a_mapping(wat: Wat) -> None:
    @wasm.host_function("env", "f")
    def f(a: wasm.I32, b: wasm.I64, c: wasm.F64) -> wasm.I32:
        return 9

    linker = Linker()
    linker.add(SimpleNamespace(f=f, other=1))

    assert instantiate(wat(CALLS_F), linker).exports.run() == 9
    assert instantiate(wat(CALLS_F), {"env": {"f": f}}).exports.run() == 9
    with pytest.raises(TypeError, match="holds no function decorated with host_function"):
        linker.add(SimpleNamespace(other=1))
    with pytest.raises(TypeError, match="is not decorated with host_function: where is it to be offered"):
        linker.add([f, print])
    linker.add([])


def test_define_takes_a_signature_and_holds_it_against_the_import(wat: Wat) -> None:
    linker = Linker()
    linker.define("env", "f", lambda *_: 1, "i32 -> i32")

    with pytest.raises(wasm.Unlinkable) as caught:
        instantiate(wat(CALLS_F), linker)

    assert caught.value.problems == (
        "incompatible import type: env.f: the module wants [i32 i64 f64] -> [i32], offered is [i32] -> [i32]",
    )


def test_a_caller_is_the_instance_that_imports(wat: Wat) -> None:
    text = """(module
      (import "env" "log" (func $log (param i32 i32)))
      (memory 1) (data (i32.const 8) "hello")
      (func (export "run") (call $log (i32.const 8) (i32.const 5))))"""
    said: list[bytes] = []

    @wasm.host_function("env")
    def log(caller: wasm.Caller, pointer: wasm.U32, size: wasm.U32) -> None:
        said.append(caller.memory.read(pointer, size))

    instantiate(wat(text), [log]).exports.run()

    assert said == [b"hello"]


def test_a_caller_is_there_while_the_start_function_runs(wat: Wat) -> None:
    text = '(module (import "env" "look" (func $look)) (memory 1) (data (i32.const 0) "x") (start $look))'
    seen: list[bytes] = []

    @wasm.host_function("env")
    def look(caller: wasm.Caller) -> None:
        seen.append(caller.memory.read(0, 1))

    instantiate(wat(text), [look])

    assert seen == [b"x"]


def test_everything_missing_or_mistyped_is_named_at_once(wat: Wat) -> None:
    store = wasm.Store()
    text = """(module
      (import "env" "memry" (memory 1))
      (import "env" "small" (memory 2))
      (import "env" "f" (func (param i32)))
      (import "env" "g" (global (mut i32)))
      (import "env" "constant" (global (mut i64)))
      (import "env" "t" (table 1 funcref))
      (import "env" "number" (func))
      (import "elsewhere" "f" (func)))"""
    linker = Linker({"env": {"memory": store.new_memory(1), "f": store.new_memory(1), "small": store.new_memory(1, 3)}})
    linker.define("env", "g", store.new_global("i32", 1))
    linker.define("env", "constant", 5)
    linker.define("env", "t", store.new_table("externref", 1))
    linker.define("env", "number", 5)

    with pytest.raises(wasm.Unlinkable) as caught:
        instantiate(wat(text), linker, store)

    assert list(caught.value.problems) == [
        "unknown import: env.memry: no such import is offered (near: memory)",
        "incompatible import type: env.small: the module wants (memory 2), offered is (memory 1 3)",
        "incompatible import type: env.f: the module wants a func, offered is a memory",
        "incompatible import type: env.g: the module wants (global (mut i32)), offered is (global i32)",
        "incompatible import type: env.constant: the module wants (global (mut i64)), and a number can only be a constant: "
        "offer a Global",
        "incompatible import type: env.t: the module wants (table 1 funcref), offered is (table 1 externref)",
        "incompatible import type: env.number: the module wants a function, offered is 5, which cannot be called",
        "unknown import: elsewhere.f: no such import is offered (no module of the name 'elsewhere'; there is env)",
    ]


@pytest.mark.parametrize(
    ("offered", "wanted", "fits"),
    [
        ((1, None), "1", True),
        ((2, None), "1", True),
        ((1, None), "2", False),
        ((1, 2), "1 2", True),
        ((1, 2), "1 3", True),
        ((1, 3), "1 2", False),
        ((1, None), "1 2", False),
    ],
)
def test_limits_of_memories_match_as_the_specification_says(
    wat: Wat, offered: tuple[int, int | None], wanted: str, fits: bool
) -> None:
    store = wasm.Store()
    data = wat(f'(module (import "env" "m" (memory {wanted})))')
    imports = {"env": {"m": store.new_memory(*offered)}}

    if fits:
        instantiate(data, imports, store)
    else:
        with pytest.raises(wasm.Unlinkable, match="incompatible import type"):
            instantiate(data, imports, store)


def test_a_memory_that_has_grown_is_offered_with_its_present_size(wat: Wat) -> None:
    store = wasm.Store()
    memory = store.new_memory(1, 4)
    memory.grow(2)

    instantiate(wat('(module (import "env" "m" (memory 3)))'), {"env": {"m": memory}}, store)


def test_exports_of_an_instance_are_offered_under_a_name(wat: Wat) -> None:
    store = wasm.Store()
    first = instantiate(
        wat("""(module (memory (export "memory") 1) (global (export "g") (mut i32) (i32.const 1))
          (table (export "t") 1 funcref) (elem (i32.const 0) $seven)
          (func $seven (export "seven") (result i32) (i32.const 7)))"""),
        None,
        store,
    )
    second = instantiate(
        wat("""(module
          (import "first" "memory" (memory 1)) (import "first" "g" (global $g (mut i32)))
          (import "first" "t" (table 1 funcref)) (import "first" "seven" (func $seven (result i32)))
          (func (export "run") (result i32)
            (i32.store8 (i32.const 3) (i32.const 65))
            (global.set $g (i32.add (global.get $g) (i32.const 1)))
            (i32.add (call $seven) (call_indirect (result i32) (i32.const 0)))))"""),
        {"first": first},
        store,
    )

    assert second.exports.run() == 14
    assert first.exports.g.value == 2
    assert first.exports.memory.read(3, 1) == b"A"


def test_a_number_is_a_constant_global(wat: Wat) -> None:
    data = wat("""(module (import "env" "i" (global $i i32)) (import "env" "f" (global $f f32))
      (func (export "i") (result i32) (global.get $i)) (func (export "f") (result f32) (global.get $f)))""")

    exports = instantiate(data, {"env": {"i": -3, "f": 0.1}}).exports

    assert exports.i() == -3
    assert exports.f() == 0.10000000149011612
    with pytest.raises(wasm.Unlinkable, match="does not fit in i32"):
        instantiate(data, {"env": {"i": 1 << 32, "f": 0.1}})


def test_imports_of_the_wrong_shape_are_a_type_error(wat: Wat) -> None:
    with pytest.raises(TypeError, match="the imports for 'env' must be a mapping of names or an instance"):
        instantiate(wat("(module)"), {"env": 5})
