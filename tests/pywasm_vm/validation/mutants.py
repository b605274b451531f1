"""Bodies that were changed at random, and what both validators say of them.

Run as a script it tries as many as one likes, and names those of which they say different things:

    python tests/pywasm_vm/validation/mutants.py [--seed N] [--count N] MODULE.wasm …
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pywasm_vm.binary.decode import decode_module
from pywasm_vm.errors import Invalid, Malformed
from pywasm_vm.features import WASM_1_0, WASM_2_0, WASM_3_0, Feature, Features
from pywasm_vm.limits import Limits
from pywasm_vm.native.core import core
from pywasm_vm.native.tables import NativeModule
from pywasm_vm.structure.module import Module
from pywasm_vm.validation.module import check_module

EVERYTHING: Features = frozenset(Feature)

FEATURES = (EVERYTHING, EVERYTHING - {Feature.CUSTOM_DESCRIPTORS}, WASM_3_0, WASM_2_0, WASM_1_0)

NARROW = Limits(locals=12, function_body_bytes=300, nesting=4, operands=12, array_operands=3)
"""Limits that small functions reach."""

TELLING = bytes.fromhex(
    "000102030405060708090a0b0c0d0e0f101112131415181a1b1c1f202122232425262840414243446a706f7a7b7c7d7e7f80d0d1d2d3d4d5d6fbfcfdfeff"
)
"""Bytes that mean much in a body."""

MOST_BYTES = 4000
"""Larger functions are left alone: Python takes too long over them."""


class Both:
    """A module whose sections are valid, and the two validators of its bodies. Both read them in a copy that may change."""

    def __init__(self, module: Module, features: Features, limits: Limits) -> None:
        """raises: Invalid."""
        native = core()
        assert native is not None, "these tests are about the C core"
        assert module.source is not None
        self.module = module
        self.source = bytearray(module.source)
        self.valid = check_module(module, features, limits, bodies="lazy")
        self.limits = limits
        self.native = NativeModule(
            native,
            replace(module, source=self.source),  # type: ignore[arg-type]
            type_ids=[deftype.number for deftype in self.valid.deftypes],
            declared=self.valid.declared_functions,
            features=features,
            limits=limits,
        )

    def entries(self) -> list[bytes]:
        """The functions as the code section has them."""
        source = bytes(self.source)
        places = self.module.funcs.places  # type: ignore[attr-defined]
        return [source[offset : offset + size] for offset, size in zip(places[::2], places[1::2], strict=True)]

    def verdicts(self, position: int, entry: bytes) -> tuple[bool, int]:
        """Whether Python accepts *entry*, as long as what it replaces, as function *position*; and what C answers."""
        places = self.module.funcs.places  # type: ignore[attr-defined]
        offset, size = places[2 * position : 2 * position + 2]
        assert len(entry) == size
        original = self.source[offset : offset + size]
        self.source[offset : offset + size] = entry
        answer, _ = self.native.judge(position, 1)
        accepted = self._python_accepts(position)
        self.source[offset : offset + size] = original
        return accepted, answer

    def _python_accepts(self, position: int) -> bool:
        """The body ends where the entry ends: what stands behind it in the module is none of its bytes."""
        places = self.module.funcs.places  # type: ignore[attr-defined]
        end = places[2 * position] + places[2 * position + 1]
        funcs = self.module.funcs
        try:
            func = funcs.over(bytes(self.source[:end])).make(position)  # type: ignore[attr-defined]
            self.valid._bodies.check_in_python(func, position)
        except (Malformed, Invalid):
            return False
        return True


def mutants(both: Both, chance: random.Random, count: int) -> Iterator[tuple[int, bytes]]:
    """*count* times a function and what became of it."""
    entries = both.entries()
    small = [position for position, entry in enumerate(entries) if 2 < len(entry) <= MOST_BYTES]
    for _ in range(count if small else 0):
        position = chance.choice(small)
        changed = entries[position]
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            changed = _changed(changed, chance.choice(entries), chance)
        yield position, changed


def _changed(entry: bytes, other: bytes, chance: random.Random) -> bytes:
    """*entry* with one change, and of the same length."""
    at = chance.randrange(len(entry))
    size = chance.randrange(1, 5)
    there = chance.randrange(len(other) + 1)
    way = chance.randrange(7)
    if way == 0:
        middle = bytes([chance.randrange(256)])
    elif way == 1:
        middle = bytes([entry[at] ^ 1 << chance.randrange(8)])
    elif way == 2:
        middle = bytes([chance.choice(TELLING)])
    elif way == 3:
        middle = b"\1" * size
    elif way == 4:
        middle = other[there : there + 4 * size]
    elif way == 5:
        middle = entry[at : at + 2][::-1]
    else:
        # Something comes in between, and what stands at the end gives way.
        return (entry[:at] + bytes(chance.choice(TELLING) for _ in range(size)) + entry[at:])[: len(entry) - 1] + b"\x0b"
    return (entry[:at] + middle + entry[at + len(middle) :])[: len(entry)]


def main(arguments: Sequence[str]) -> int:
    """Give the exit code: 1 when the two differed."""
    parser = argparse.ArgumentParser(description="Ask both validators of function bodies that were changed at random.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("modules", nargs="+", type=Path)
    options = parser.parse_args(arguments)
    chance = random.Random(options.seed)
    modules = []
    for path in options.modules:
        try:
            modules.append((path, decode_module(path.read_bytes())))
        except Malformed:
            continue
    judged = accepted = differences = 0
    while judged < options.count:
        path, module = chance.choice(modules)
        limits = NARROW if chance.random() < 0.2 else Limits()
        features = chance.choice(FEATURES)
        try:
            both = Both(module, features, limits)
        except Invalid:
            continue
        for position, entry in mutants(both, chance, min(50, 4 * len(module.funcs))):
            python, c = both.verdicts(position, entry)
            judged, accepted = judged + 1, accepted + python
            if c != (0 if python else 2):
                differences += 1
                sys.stdout.write(f"{path}, function {position}: Python {python}, C {c}: {entry.hex()}\n")
    sys.stdout.write(f"{judged} judged, {accepted} accepted, {differences} differences\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
