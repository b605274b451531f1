"""Fixtures that every test may use.

Lives here: the fixture `tier`, which runs a test once on every tier that is here, and `wat`, which assembles text.
Not here: anything that belongs to one room alone; that stands in the conftest.py or the test file of the room.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings

from pywasm_vm.native.core import missing

# A machine that is busy with something else is no reason for a failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

NATIVE = () if missing() else ("native",)
"""The tier that needs a compiler: its tests run where the C core is built."""

TIERS = ("python", *NATIVE, "stepping")
"""The tiers of pywasm_vm that this release has."""

QUICK = ("python", *NATIVE)
"""The tiers for tests whose guests run tens of millions of instructions, or which wait for a network most of the time. Each
behaviour that they try is tried on all tiers elsewhere, with less of it."""

ENGINES = (*TIERS, "wasmtime")
"""What can run a filter: our tiers, and the `wasmtime` package as a second opinion."""


@pytest.fixture(params=TIERS)
def tier(request: pytest.FixtureRequest) -> str:
    """The name of a tier of pywasm_vm."""
    return str(request.param)


@pytest.fixture(params=QUICK)
def quick_tier(request: pytest.FixtureRequest) -> str:
    """The name of a tier that is not too slow for a long test."""
    return str(request.param)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The name of anything that can run a filter for the host."""
    return _engine(request.param)


@pytest.fixture(params=(*QUICK, "wasmtime"))
def quick_engine(request: pytest.FixtureRequest) -> str:
    """The same, without tiers that are too slow for a long test."""
    return _engine(request.param)


def _engine(name: str) -> str:
    if name == "wasmtime":
        pytest.importorskip("wasmtime", reason="the extra `wasmtime` is not installed")
    return name


@pytest.fixture(scope="session")
def wat() -> Callable[[str], bytes]:
    """A function from the text format to bytes, by the `wasmtime` package's assembler."""
    wasmtime = pytest.importorskip("wasmtime", reason="the extra `wasmtime` is not installed; it assembles the test modules")

    def assemble(text: str) -> bytes:
        return bytes(wasmtime.wat2wasm(text))

    return assemble
