"""Modules written as text, assembled by wasmtime, which leaves the checking to us."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

import pytest
import wasmtime

from pywasm_vm.binary.decode import decode_module
from pywasm_vm.errors import Invalid
from pywasm_vm.features import WASM_3_0, Feature, Features
from pywasm_vm.isa.opcode import Imm
from pywasm_vm.isa.table import BY_MNEMONIC
from pywasm_vm.limits import Limits
from pywasm_vm.structure.instructions import Instr, MemArg
from pywasm_vm.structure.module import Func, Mem, Module, Tag
from pywasm_vm.structure.types import I32, FuncType, MemType, RecType, SubType, TagType
from pywasm_vm.structure.types import Limits as Bounds
from pywasm_vm.validation import bodies
from pywasm_vm.validation.module import ValidModule, check_module

EVERYTHING: Features = WASM_3_0 | {Feature.THREADS, Feature.CUSTOM_PAGE_SIZES, Feature.WIDE_ARITHMETIC}


@pytest.fixture(autouse=True, scope="module", params=["C", "Python"])
def judge_of_bodies(request: pytest.FixtureRequest) -> Iterator[str]:
    """Whether the C core judges bodies, where it is there, or Python alone. Every test here runs both ways."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "Python":
            patch.setattr(bodies, "core", lambda: None)
        yield str(request.param)


class Check(Protocol):
    def __call__(self, text: str, features: Features = ..., limits: Limits = ...) -> ValidModule: ...


@pytest.fixture
def check() -> Check:
    """Decode and check the module with these fields."""

    def check_fields(fields: str, features: Features = EVERYTHING, limits: Limits = Limits()) -> ValidModule:  # noqa: B008
        return check_module(decode_module(bytes(wasmtime.wat2wasm(f"(module {fields})"))), features, limits)

    return check_fields


@pytest.fixture
def refusal(check: Check) -> Callable[..., Invalid]:
    """The same, for modules that are refused: gives the refusal."""

    def refuse(fields: str, features: Features = EVERYTHING, limits: Limits = Limits()) -> Invalid:  # noqa: B008
        with pytest.raises(Invalid) as caught:
            check(fields, features, limits)
        return caught.value

    return refuse


DEFAULTS: dict[Imm, object] = {Imm.BLOCKTYPE: None, Imm.LABELS: (0,), Imm.MEMARG: MemArg(0, 0), Imm.VALTYPES: (I32,)}
"""What stands for an immediate when a test does not care."""


def instrs(*mnemonics: str) -> tuple[Instr, ...]:
    """An expression of these instructions, ended, with zeros for immediates; each stands at its own position."""
    rows = [BY_MNEMONIC[mnemonic] for mnemonic in (*mnemonics, "end")]
    return tuple((row, tuple(DEFAULTS.get(kind, 0) for kind in row.immediates), x) for x, row in enumerate(rows))


def module_of(body: tuple[Instr, ...]) -> Module:
    """A module with one function without parameters, one tag with an i32, and this body."""
    types = tuple(RecType((SubType(True, (), FuncType(params, ())),)) for params in ((), (I32,)))
    return Module(types=types, funcs=(Func(0, (), body),), tags=(Tag(TagType(1)),))


@pytest.fixture
def accepts_body() -> Callable[..., None]:
    """Check a body given by its mnemonics, for sequences that no text can say."""

    def accept(*mnemonics: str) -> None:
        check_module(module_of(instrs(*mnemonics)), EVERYTHING | {Feature.LEGACY_EXCEPTIONS})

    return accept


@pytest.fixture
def refusal_of_body(accepts_body: Callable[..., None]) -> Callable[..., Invalid]:
    """The same, for bodies that are refused."""

    def refuse(*mnemonics: str) -> Invalid:
        with pytest.raises(Invalid) as caught:
            accepts_body(*mnemonics)
        return caught.value

    return refuse


@pytest.fixture
def refusal_of_memarg() -> Callable[..., str]:
    """The refusal of an i32.load with this offset, which text and bytes can say only for a 64-bit memory."""

    def refuse(offset: int) -> str:
        load = (BY_MNEMONIC["i32.load"], (MemArg(0, offset),), 1)
        body = (instrs("i32.const")[0], load, *instrs("drop"))
        module = replace(module_of(body), mems=(Mem(MemType(Bounds(1))),))
        with pytest.raises(Invalid) as caught:
            check_module(module, EVERYTHING)
        return caught.value.reason

    return refuse
