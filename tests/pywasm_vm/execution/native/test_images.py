"""Memories that begin with the same image: each is its instance's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import pywasm_vm as wasm
from pywasm_vm.execution.native.storage import LEAST_OF_IMAGE
from pywasm_vm.native.core import missing

pytestmark = pytest.mark.skipif(missing() is not None, reason="the C core is not built")

SIZE = LEAST_OF_IMAGE + 5


@pytest.fixture
def module(wat: Callable[[str], bytes]) -> wasm.Module:
    """Data behind the first page, and functions that change it and grow the memory."""
    return wasm.Module.decode(
        wat(f"""(module (memory (export "memory") 4 8) (data (i32.const 70000) "{"x" * SIZE}") (data (i32.const 5) "early")
          (func (export "put") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
          (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0)))
          (func (export "grow") (result i32) (memory.grow (i32.const 1))))""")
    )


def test_what_one_instance_writes_no_other_sees(module: wasm.Module) -> None:
    first, second = (wasm.Store("native").instantiate(module).exports for _ in range(2))
    first.put(70_001, 65)
    second.memory.write(70_002, b"B")
    third = wasm.Store("native").instantiate(module).exports

    assert [each.memory.read(70_000, 4) for each in (first, second, third)] == [b"xAxx", b"xxBx", b"xxxx"]
    assert [each.memory.read(0, 12) for each in (first, second, third)] == [b"\0\0\0\0\0early\0\0"] * 3
    assert third.memory.read(70_000 + SIZE - 1, 3) == b"x\0\0"


def test_a_memory_that_grows_takes_its_bytes_along(module: wasm.Module) -> None:
    first, second = (wasm.Store("native").instantiate(module).exports for _ in range(2))
    first.put(70_001, 65)

    assert [first.grow(), first.grow(), second.grow()] == [4, 5, 4]

    assert [each.memory.read(70_000, 3) for each in (first, second)] == [b"xAx", b"xxx"]
    assert first.get(5 * 65536) == 0
    first.put(6 * 65536 - 1, 7)
    assert first.memory.read(6 * 65536 - 1, 1) == b"\7"
    with pytest.raises(wasm.Trap):
        first.get(6 * 65536)


def test_instances_outlive_the_module_and_each_other(module: wasm.Module) -> None:
    first, second = (wasm.Store("native").instantiate(module).exports for _ in range(2))
    del first, module

    assert second.get(70_000) == ord("x")


def test_an_imported_memory_keeps_what_it_holds(wat: Callable[[str], bytes]) -> None:
    text = f'(module (import "host" "memory" (memory 4)) (data (i32.const 70000) "{"x" * SIZE}"))'
    store = wasm.Store("native")
    memory = store.new_memory(4)
    memory.write(3, b"here")
    module = wasm.Module.decode(wat(text))
    for _ in range(2):
        store.instantiate(module, {"host": {"memory": memory}})

    assert memory.read(3, 4) == b"here"
    assert memory.read(70_000, 2) == b"xx"


def test_data_that_does_not_fit_stops_every_instance(wat: Callable[[str], bytes]) -> None:
    module = wasm.Module.decode(wat(f'(module (memory 2) (data (i32.const 5) "{"x" * SIZE}"))'))
    for _ in range(2):
        with pytest.raises(wasm.Trap, match="data segment 0 puts"):
            wasm.Store("native").instantiate(module)
