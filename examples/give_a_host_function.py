"""Offer Python functions to a module that imports them."""

from pathlib import Path

import pywasm_vm as wasm

module = wasm.Module.from_file(Path(__file__).with_name("greet.wasm"))


@wasm.host_function("env", "log")
def log(caller: wasm.Caller, pointer: wasm.U32, size: wasm.U32) -> None:
    """Print *size* bytes of the caller's memory at *pointer*."""
    print("the guest says:", caller.memory.read(pointer, size).decode())


try:
    wasm.Store().instantiate(module, [log])
except wasm.Unlinkable as unlinkable:
    print("not yet:", unlinkable)

# A callable without annotations takes the type that the import asks for.
linker = wasm.Linker([log])
linker.define("env", "random", lambda: 16)
instance = wasm.Store().instantiate(module, linker)

print("it threw a", instance.exports.greet())
