"""Walk through a function one instruction at a time, and stop where something happens."""

from pathlib import Path

import pywasm_vm as wasm

module = wasm.Module.from_file(Path(__file__).with_name("math.wasm"))
instance = wasm.Store(tier="stepping").instantiate(module)
instance.exports.memory.write(1000, bytes([7, 8, 9]))

stepper = wasm.Stepper(instance)
stepper.begin("add", 2, 3)
while not stepper.done:
    frame = stepper.frames[0]
    print(f"{frame.offset:#06x}  {frame.instruction:12} stack {frame.stack}")
    stepper.step()
print("add gives", stepper.results)

# The load in the loop of `sum` is a good place to stop: each round comes by.
load = next(line.offset for line in stepper.listing("sum") if line.text.startswith("i32.load8_u"))
stepper.break_at("sum", load)
stepper.begin("sum", 1000, 3)
while stepper.run() is wasm.Stop.BREAKPOINT:
    frame = stepper.frames[0]
    total = next(local for local in frame.locals if local.name == "sum")
    print(f"about to read {stepper.memory(frame.stack[-1], 1)[0]}, the sum is {total.value}")
print("sum gives", stepper.results)
