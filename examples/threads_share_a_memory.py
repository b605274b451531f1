"""Several threads, each with a store of its own, in one shared memory: count together, wait, wake, give up."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pywasm_vm as wasm

module = wasm.Module.from_file(Path(__file__).with_name("shared.wasm"))
memory = wasm.Memory(1, 1, shared=True)


def new_guest(seconds=None):
    store = wasm.Store()
    store.set_deadline(seconds)
    return store.instantiate(module, {"env": {"memory": memory}}).exports


with ThreadPoolExecutor() as pool:
    list(pool.map(lambda guest: guest.count(2000), [new_guest() for _ in range(4)]))
    print("4 threads have counted to", int.from_bytes(memory.read(0, 4), "little"))

    waiting = pool.submit(new_guest().wait)
    waker = new_guest()
    while not waker.wake():
        pass
    print("the waiter is told:", waiting.result())

    try:
        new_guest(seconds=0.2).wait()
    except wasm.Exhausted as exhausted:
        print("the impatient one:", exhausted)
