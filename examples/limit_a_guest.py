"""Run code that nobody trusts: bound its time, its steps, its memory, its depth."""

from pathlib import Path

import pywasm_vm as wasm

module = wasm.Module.from_file(Path(__file__).with_name("wild.wasm"))
store = wasm.Store(limits=wasm.Limits(memory_pages=64, call_depth=500), fuel=100_000)
guest = store.instantiate(module).exports

try:
    guest.spin()
except wasm.Exhausted as exhausted:
    print("spin:", exhausted)

store.fuel = None
store.set_deadline(0.2)
try:
    guest.spin()
except wasm.Exhausted as exhausted:
    print("spin:", exhausted)

try:
    guest.fall()
except wasm.Exhausted as exhausted:
    print("fall:", exhausted)

print("eat: it got", guest.eat(), "pages and was refused the next ones")
