"""What tests of the tier `python` share: the source text of functions, and calls by value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm
from pywasm_vm.binary.decode import decode_module
from pywasm_vm.execution.python.facts import Facts
from pywasm_vm.execution.python.translate import translate


@pytest.fixture
def source(wat: Callable[[str], bytes]) -> Callable[..., str]:
    """A function from the text of a module to the source of its function *index*."""

    def source(text: str, index: int = 0, *, metered: bool = False, places: bool = False) -> str:
        return translate(Facts(decode_module(wat(text)), metered), index, places=places)

    return source


@pytest.fixture
def run(wat: Callable[[str], bytes]) -> Callable[..., Any]:
    """A function that calls the export "f" of a module, with one call per tuple of arguments."""

    def run(text: str, *calls: tuple[Any, ...]) -> list[Any]:
        instance = wasm.Store(tier="python").instantiate(wasm.Module.decode(wat(text)))
        return [instance.exports.f(*arguments) for arguments in calls]

    return run
