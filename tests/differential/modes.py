"""Under what bounds a module runs, and which engines must then agree to what extent.

Lives here: the modes, and `compare`, which runs one module in one of them on every engine asked for.
Not here: how a module runs on an engine (engines.py), the command line (differential.py).

The fuel that a call takes is one number on every tier (execution/budget.py). The depth at which calls end is exact on the tiers
`native` and `stepping`, and about right on `python`, where the host's stack is counted. wasmtime has other budgets, so what comes
after the end of one is not compared with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random

from engines import FEATURES, LIMITS, ROUNDS, Conditions, Step, decoded, difference, on_tier, on_wasmtime

import pywasm_vm as wasm
from pywasm_vm.binary.decode import decode_module

__all__ = ["ENGINES", "MODES", "compare", "conditions"]

ENGINES = ("python", "stepping", "native", "wasmtime")

EXACT: dict[str, tuple[frozenset[str], ...]] = {
    "plain": (),
    "fuel": (frozenset({"python", "native", "stepping"}),),
    "memory": (frozenset({"python", "native", "stepping"}),),
    "depth": (frozenset({"native", "stepping"}),),
}
"""The tiers that must agree to the last unit of fuel, and on what comes after the end of a budget, by mode."""


def _plain(_: Random, rounds: int, __: int) -> Conditions:
    return Conditions(rounds=rounds)


def _fuel(random: Random, rounds: int, _: int) -> Conditions:
    """Less than 2 for each of the calls that LIMITS allows, so that the depth does not end first."""
    fuel = random.choice((15, 60, 250, 1_000, 3_900))
    return Conditions(fuel=random.randrange(fuel // 2, fuel), rounds=rounds)


def _memory(random: Random, rounds: int, begins: int) -> Conditions:
    """Most modules get so much that they can begin."""
    pages = random.randrange(1, 8)
    if pages < begins and random.randrange(4):
        pages = begins
    limits = wasm.Limits(
        memory_pages=pages, table_elements=random.choice((5, 20, 50)), array_elements=random.choice((10, 1_000)),
        call_depth=LIMITS.call_depth,
    )  # fmt: skip
    return Conditions(limits=limits, rounds=rounds)


def _depth(random: Random, rounds: int, _: int) -> Conditions:
    """Fuel for guests that go on after each end; once in a while the depth that is usual, with fuel to get there."""
    depth, fuel = random.choice(((1, 2_000), (3, 4_000), (20, 10_000), (200, 20_000), (1_000, 40_000)))
    if random.randrange(20) == 0:
        depth, fuel = 10_000, 450_000
    limits = wasm.Limits(memory_pages=1_024, table_elements=100_000, array_elements=1_000, call_depth=depth)
    return Conditions(limits=limits, fuel=fuel, rounds=min(rounds, 2))


MODES: dict[str, Callable[[Random, int, int], Conditions]] = {"plain": _plain, "fuel": _fuel, "memory": _memory, "depth": _depth}
"""Without bounds that matter; with little fuel; with a limit on memories, tables and arrays; with a limit on calls in calls."""


def conditions(mode: str, seed: int, data: bytes, rounds: int = ROUNDS) -> Conditions:
    """The bounds that the module in *data*, made from *seed*, gets in *mode*."""
    begins = [-(-it.type.limits.minimum * it.type.page_size // wasm.PAGE_SIZE) for it in decode_module(data).mems]
    return MODES[mode](Random(seed), rounds, max(begins, default=0))


def compare(
    data: bytes, seed: int, mode: str, engines: Sequence[str] = ENGINES, rounds: int = ROUNDS
) -> tuple[str, Step | None, Step | None] | None:
    """Run the module in *data* on *engines*. None when all agree, else the names of two that differ, and the step of each.

    raises: Invalid, when no tier runs it; TierUnavailable.
    """
    bounds = conditions(mode, seed, data, rounds)
    features = wasm.RUNNABLE & FEATURES
    decoded(data, features)
    seen: dict[str, Iterable[Step]] = {
        name: list(on_wasmtime(data, seed, bounds) if name == "wasmtime" else on_tier(name, data, seed, bounds, features))
        for name in engines
    }
    for place, one in enumerate(engines):
        for other in engines[place + 1 :]:
            exact = any({one, other} <= group for group in EXACT[mode])
            if (found := difference(seen[one], seen[other], exact=exact)) is not None:
                return f"{one} / {other}", *found
    return None
