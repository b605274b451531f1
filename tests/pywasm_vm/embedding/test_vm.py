"""What our `Vm` has beyond the interface. The interface itself is tried on all VMs in tests/proxyabi/vms/test_vm_interface.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import pywasm_vm as wasm

Wat = Callable[[str], bytes]


def test_a_vm_knows_its_tier_and_its_module(wat: Wat, tier: str) -> None:
    vm = wasm.Vm(tier)
    with pytest.raises(RuntimeError, match=r"call load\(bytecode\) first"):
        _ = vm.module

    vm.load(wat('(module (func (export "f")))'))

    assert vm.tier == tier
    assert [export.name for export in vm.module.exports] == ["f"]


def test_a_clone_translates_nothing_again(wat: Wat, tier: str) -> None:
    vm = wasm.Vm(tier)
    vm.load(wat('(module (func (export "f") (result i32) (i32.const 1)))'))
    vm.link()

    copy = vm.clone()

    assert copy.module is vm.module
    assert len(vm.module._compiled) == 1


def test_a_lazy_vm_checks_a_function_when_it_is_called(wat: Wat, tier: str) -> None:
    data = wat('(module (func (export "broken") (result i32) i32.const 77))').replace(b"\x41\xcd\x00", b"\x42\xcd\x00")
    with pytest.raises(wasm.Invalid):
        wasm.Vm(tier).load(data)

    vm = wasm.Vm(tier, validate="lazy")
    vm.load(data)
    vm.link()
    broken = vm.get_function("broken")

    assert broken is not None
    with pytest.raises(wasm.Invalid, match="type mismatch"):
        broken()


def test_the_allocator_may_be_called_while_the_start_function_runs(wat: Wat, tier: str) -> None:
    """The callbacks of a start function want to hand out data, too."""
    got: list[int] = []
    vm = wasm.Vm(tier)

    def ask() -> None:
        malloc = vm.get_function("malloc")
        assert malloc is not None
        got.append(malloc(8))

    vm.register_callback("env", "ask", "->", ask)
    vm.load(
        wat("""(module (import "env" "ask" (func $ask)) (start $ask)
      (func (export "malloc") (param i32) (result i32) (i32.const 512)))""")
    )
    vm.link()

    assert got == [512]


def test_the_last_exported_memory_is_the_guests(wat: Wat, tier: str) -> None:
    vm = wasm.Vm(tier)
    vm.load(wat("""(module (import "env" "a" (memory 1)) (memory (export "b") 2) (memory (export "c") 3))"""))
    vm.link()

    assert vm.memory_size() == 3 * 65536


def test_a_deadline_cannot_begin_in_the_middle_of_a_call(wat: Wat, tier: str) -> None:
    vm = wasm.Vm(tier)
    vm.register_callback("env", "f", "->", lambda: vm.set_deadline(1))
    vm.load(wat('(module (import "env" "f" (func $f)) (func (export "run") (call $f)))'))
    vm.link()
    run = vm.get_function("run")

    assert run is not None
    with pytest.raises(RuntimeError, match="set fuel or a deadline before the call"):
        run()


def test_a_vm_that_is_linked_again_begins_anew(wat: Wat, tier: str) -> None:
    vm = wasm.Vm(tier)
    vm.load(wat('(module (memory (export "memory") 1))'))
    vm.link()
    vm.set_memory(0, b"x")

    vm.link()

    assert vm.get_memory(0, 1) == b"\0"


def test_limits_of_a_vm_hold_for_its_module(wat: Wat, tier: str) -> None:
    vm = wasm.Vm(tier, limits=wasm.Limits(functions=1))

    with pytest.raises(wasm.WasmError):
        vm.load(wat("(module (func) (func))"))
