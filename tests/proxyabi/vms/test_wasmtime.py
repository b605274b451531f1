"""What the adapter of the `wasmtime` package does on its own."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from pywasm_vm import Exhausted, Invalid, Malformed, Unlinkable

pytest.importorskip("wasmtime", reason="the extra `wasmtime` is not installed")

from proxyabi.vms.wasmtime import WasmtimeVm

Wat = Callable[[str], bytes]


def linked(data: bytes) -> WasmtimeVm:
    vm = WasmtimeVm()
    vm.load(data)
    vm.link()
    return vm


def run(vm: WasmtimeVm, name: str) -> object:
    function = vm.get_function(name)
    assert function is not None
    return function()


def test_a_type_with_v128_does_not_take_the_process_down(wat: Wat) -> None:
    """The engine's C interface aborts when asked for such a type; we never ask it."""
    data = wat('(module (import "env" "f" (func (param v128))) (func (export "g") (param v128)))')
    vm = WasmtimeVm()
    vm.load(data)

    with pytest.raises(Unlinkable, match=r"env\.f: no such import is offered"):
        vm.link()


def test_a_component_is_malformed() -> None:
    with pytest.raises(Malformed):
        WasmtimeVm().load(b"\0asm\x0d\0\1\0")


def test_a_body_of_illegal_bytes_is_malformed_with_its_offset(wat: Wat) -> None:
    data = wat("(module (func (result i32) i32.const 77))").replace(b"\x41\xcd\x00", b"\xff\x01\x01")

    with pytest.raises(Malformed) as caught:
        WasmtimeVm().load(data)

    assert caught.value.offset == data.index(b"\xff\x01\x01")
    assert "illegal opcode" in str(caught.value)


def test_a_wrong_index_is_invalid(wat: Wat) -> None:
    data = wat('(module (func (export "a")))').replace(b"\x01a\x00\x00", b"\x01a\x00\x05")

    with pytest.raises(Invalid):
        WasmtimeVm().load(data)


OTHER_SIGNALS = """
import faulthandler
from proxyabi.vms import load_vm
from pywasm_vm import Trap
vm = load_vm("wasmtime")
vm.load(bytes.fromhex({data!r}))
vm.link()
faulthandler.enable()
try:
    vm.get_function("load")()
except Trap as trap:
    print(trap.kind.value)
"""


def test_traps_are_caught_although_somebody_else_handles_signals(wat: Wat) -> None:
    """Engines that trap by signals die when faulthandler is switched on after them; this one is told not to."""
    data = wat('(module (memory 1) (func (export "load") (drop (i32.load (i32.const 70000)))))')

    done = subprocess.run(
        [sys.executable, "-c", OTHER_SIGNALS.format(data=data.hex())], capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stdout) == (0, "out of bounds memory access\n"), done.stderr


def test_deadlines_of_clones_do_not_stop_each_other(wat: Wat) -> None:
    """They share an engine, and with it the epoch that the clock moves."""
    vm = WasmtimeVm()
    vm.load(wat('(module (func (export "forever") (loop (br 0))))'))
    vm.link()
    long, short = vm.clone(), vm.clone()
    long.set_deadline(1.0)
    short.set_deadline(0.1)
    ended: dict[str, float] = {}
    began = time.monotonic()

    def spin(name: str, guest: WasmtimeVm) -> None:
        with pytest.raises(Exhausted):
            run(guest, "forever")
        ended[name] = time.monotonic() - began

    threads = [threading.Thread(target=spin, args=item) for item in (("long", long), ("short", short))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert ended["short"] < ended["long"]
    assert ended["long"] >= 0.9


def test_fuel_cannot_be_asked_of_code_that_does_not_count(wat: Wat) -> None:
    vm = linked(wat("(module)"))

    with pytest.raises(RuntimeError, match="set the fuel before load"):
        vm.fuel = 5
