"""Load a module, call its functions, look into its memory."""

from pathlib import Path

import pywasm_vm as wasm

module = wasm.Module.from_file(Path(__file__).with_name("math.wasm"))
for export in module.exports:
    print(f"{export.kind:8}{export.name:8}{export.type}")

instance = wasm.Store().instantiate(module)

print("2 + 3 =", instance.exports.add(2, 3))
print("-7 / 2 =", instance.exports["divide"](-7, 2), "(quotient and remainder)")

instance.exports.memory.write(1000, bytes(range(10)))
print("0 + 1 + … + 9 =", instance.exports.sum(1000, 10))

try:
    instance.exports.divide(1, 0)
except wasm.Trap as trap:
    print("the guest stopped itself:", trap)
