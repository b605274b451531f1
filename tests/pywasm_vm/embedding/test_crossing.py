"""Values on their way in and out, for every type and both directions."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

import pytest

from pywasm_vm.embedding.api import Tag
from pywasm_vm.embedding.crossing import from_guest, guest_function, host_entry, to_guest, vm_function
from pywasm_vm.embedding.host import parse_signature
from pywasm_vm.errors import WasmException
from pywasm_vm.execution.budget import Budget
from pywasm_vm.numerics.floats import f32_reinterpret_i32, f64_reinterpret_i64, i32_reinterpret_f32
from pywasm_vm.runtime.exceptions import thrown
from pywasm_vm.runtime.instances import FuncInst
from pywasm_vm.structure import types
from pywasm_vm.structure.types import AbsHeapType, RefType, ValType


class Indexed:
    def __index__(self) -> int:
        return 7


@pytest.mark.parametrize(
    ("value", "valtype", "inside"),
    [
        (0, types.I32, 0),
        (-1, types.I32, 0xFFFFFFFF),
        (-(1 << 31), types.I32, 1 << 31),
        (0xFFFFFFFF, types.I32, 0xFFFFFFFF),
        (True, types.I32, 1),
        (Indexed(), types.I32, 7),
        (-1, types.I64, (1 << 64) - 1),
        ((1 << 64) - 1, types.I64, (1 << 64) - 1),
        (1, types.F64, 1.0),
        (0.1, types.F32, struct.unpack("<f", struct.pack("<f", 0.1))[0]),
        (1e300, types.F32, math.inf),
        (bytes(range(1, 17)), types.V128, 0x100F0E0D0C0B0A090807060504030201),
        (None, types.FUNCREF, None),
        (None, types.EXTERNREF, None),
        ("anything", types.EXTERNREF, "anything"),
    ],
)
def test_values_are_held_as_the_runtime_wants_them(value: Any, valtype: ValType, inside: Any) -> None:
    assert to_guest(value, valtype) == inside
    assert type(to_guest(value, valtype)) is type(inside)


@pytest.mark.parametrize(
    ("given", "held"),
    [
        (0x7FF4_0000_0000_0000, 0x7FF4_0000_0000_0000),
        (0xFFF0_4060_8000_0000, 0xFFF0_4060_8000_0000),
        (0x7FFC_0000_0000_0001, 0x7FFC_0000_0000_0000),
        (0x7FF0_0000_0000_0001, 0x7FF8_0000_0000_0000),
    ],
)
def test_a_nan_that_an_f32_can_hold_stays_signalling(given: int, held: int) -> None:
    """Handing a number over is no arithmetic: only a payload too long for an f32 is rounded, and then the NaN is quiet."""
    inside = to_guest(struct.unpack("<d", given.to_bytes(8, "little"))[0], types.F32)

    assert struct.pack("<d", inside) == held.to_bytes(8, "little")


@pytest.mark.parametrize(
    ("value", "valtype", "error"),
    [
        (1 << 32, types.I32, ValueError),
        (-(1 << 31) - 1, types.I32, ValueError),
        (1 << 64, types.I64, ValueError),
        (1.0, types.I32, TypeError),
        ("1", types.I64, TypeError),
        (None, types.I32, TypeError),
        ("1.0", types.F64, TypeError),
        (10**400, types.F64, ValueError),
        (bytes(15), types.V128, TypeError),
        (len, types.FUNCREF, TypeError),
        (None, RefType(False, AbsHeapType.EXTERN), TypeError),
    ],
)
def test_values_that_do_not_fit_are_refused(value: Any, valtype: ValType, error: type[Exception]) -> None:
    with pytest.raises(error, match="expected"):
        to_guest(value, valtype)


@pytest.mark.parametrize(
    ("inside", "valtype", "outside"),
    [
        (0xFFFFFFFF, types.I32, -1),
        (1 << 31, types.I32, -(1 << 31)),
        (5, types.I64, 5),
        (True, types.I32, 1),
        (0.5, types.F32, 0.5),
        (1, types.V128, b"\1" + bytes(15)),
    ],
)
def test_programs_see_signed_integers(inside: Any, valtype: ValType, outside: Any) -> None:
    seen = from_guest(inside, valtype)

    assert seen == outside
    assert type(seen) is type(outside)


def test_results_are_signed_or_not_as_asked() -> None:
    functype = parse_signature("-> i32 i64 f64")

    def code() -> tuple[int, int, float]:
        return 0xFFFFFFFF, 1 << 63, 0.5

    assert vm_function("f", functype, code)() == (0xFFFFFFFF, 1 << 63, 0.5)
    assert vm_function("f", functype, code, signed=True)() == (-1, -(1 << 63), 0.5)


def test_a_vector_is_sixteen_bytes_outside() -> None:
    seen: list[Any] = []
    functype = parse_signature("v128 -> v128")
    entry = host_entry("env.f", functype, lambda vector: seen.append(vector) or vector[::-1])
    first, last = b"\1" + bytes(15), bytes(15) + b"\1"

    assert entry(1) == 1 << 120
    assert seen == [first]
    assert vm_function("f", functype, entry)(last) == first


@pytest.mark.parametrize("bits", [0x7F800001, 0xFFC00001, 0x7FA00000])
def test_a_nan_that_an_f32_can_hold_comes_in_with_all_its_bits(bits: int) -> None:
    """A signalling one too: rounding would make it quiet."""
    assert i32_reinterpret_f32(to_guest(f32_reinterpret_i32(bits), types.F32)) == bits


def test_a_nan_that_no_f32_can_hold_stays_a_nan() -> None:
    inside = to_guest(f64_reinterpret_i64(0x7FF0000000000001), types.F32)

    assert i32_reinterpret_f32(inside) == 0x7FC00000


def test_a_function_without_results_gives_none_whatever_its_code_leaves() -> None:
    assert vm_function("f", parse_signature("->"), lambda: 5)() is None


BUDGET = Budget()


class Slow:
    """As much of a tier as a call needs: one without a quicker way."""

    def __init__(self, invoke: Callable[..., Any]) -> None:
        self.invoke = invoke

    def entry(self, *_: object) -> None:
        """See `Tier.entry`."""


def test_a_function_of_a_store_is_invoked_with_its_budget() -> None:
    seen: list[Any] = []

    def invoke(func: object, args: tuple[int, ...], budget: object) -> int:
        seen.append((func, args, budget))
        return args[0]

    func = FuncInst(parse_signature("i32 i32 -> i32"))
    call = guest_function("f", Slow(invoke), func, BUDGET, lambda inst: inst, signed=True)

    assert call(-1, 2) == -1
    assert seen == [(func, (0xFFFFFFFF, 2), BUDGET)]


def test_an_exception_that_leaves_a_function_of_a_store_is_made_fit_to_be_seen() -> None:
    tag = Tag("i32 funcref ->")
    func = FuncInst(parse_signature("->"))

    def invoke(*_: object) -> None:
        raise thrown(tag.inst, (0xFFFFFFFF, func))

    call = guest_function("f", Slow(invoke), func, BUDGET, lambda inst: ("outside", inst))

    with pytest.raises(WasmException) as caught:
        call()
    assert caught.value.tag == ("outside", tag.inst)
    assert caught.value.values == (("outside", -1), ("outside", func))


def test_an_argument_is_not_given_by_name() -> None:
    """The parameters of an export have no names; those of the generated code are nobody's business."""
    call = vm_function("f", parse_signature("i32 -> i32"), lambda value: value)

    with pytest.raises(TypeError, match="f"):
        call(value=1)


def test_a_host_function_sees_signs_where_it_asked_for_them() -> None:
    seen: list[Any] = []
    entry = host_entry("env.f", parse_signature("i32 i32 i64 ->"), lambda *args: seen.append(args), signed=frozenset({0, 2}))

    entry(0xFFFFFFFF, 0xFFFFFFFF, (1 << 64) - 1)

    assert seen == [(-1, 0xFFFFFFFF, -1)]


def test_a_bool_that_code_left_is_a_number_outside() -> None:
    seen: list[Any] = []
    entry = host_entry("env.f", parse_signature("i32 ->"), seen.append)
    entry(True)

    assert type(seen[0]) is int
    assert type(vm_function("f", parse_signature("-> i32"), lambda: True)()) is int


def test_what_stands_first_is_given_first() -> None:
    entry = host_entry("env.f", parse_signature("i32 -> i32"), lambda caller, value: caller + value, first=(40,))

    assert entry(2) == 42


@pytest.mark.parametrize(
    ("signature", "given", "taken"),
    [
        ("-> i32", -1, 0xFFFFFFFF),
        ("-> i32", 1 << 40, 0),
        ("-> i64", -1, (1 << 64) - 1),
        ("-> i32", Indexed(), 7),
        ("-> f32", 0.1, 0.10000000149011612),
        ("-> f64", 2, 2.0),
        ("-> externref", None, None),
        ("-> i32 f64", (-1, 1), (0xFFFFFFFF, 1.0)),
        ("-> i32 f64", [1, 0.5], (1, 0.5)),
        ("->", "anything", None),
    ],
)
def test_results_of_host_functions_are_taken_in(signature: str, given: Any, taken: Any) -> None:
    assert host_entry("env.f", parse_signature(signature), lambda: given)() == taken


@pytest.mark.parametrize(
    ("signature", "given"),
    [("-> i32", None), ("-> i32", 1.5), ("-> i64", "1"), ("-> f64", "x"), ("-> i32 i32", 1), ("-> i32 i32", (1, 2, 3))],
)
def test_results_that_do_not_fit_are_refused_with_name_and_type(signature: str, given: Any) -> None:
    with pytest.raises(TypeError, match=r"the host function env\.f returned .* expected"):
        host_entry("env.f", parse_signature(signature), lambda: given)()
