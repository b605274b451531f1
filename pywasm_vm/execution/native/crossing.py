"""Calls from Python into C and from C into Python, as one small Python function for each function type.

Lives here: the text of these functions, by which values get into the mail and out of it.
Not here: what the statuses mean (machine.py), and the checks of what programs give (embedding/crossing.py).

A call that crosses costs more than what it does, when it is short. So what can be known from the type is written down when the
function is linked: no loop over types, no attribute that could be a variable, one call into C.

An `entry` is for calls from outside by which no other call is under way. It takes the lock of the budget by itself and does
nothing else of what `Budget.__enter__` does, because guests in C do not use Python's stack and code that nobody meters has no
deadline. Where more is to be done (a call inside another one, fuel), it leaves the call to `slow`.

spec: none; exec/runtime on this side of the border
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import get_ident
from typing import TYPE_CHECKING, Any

from pywasm_vm.errors import WasmException
from pywasm_vm.execution.budget import Budget
from pywasm_vm.numerics.floats import f32_reinterpret_i32, i32_reinterpret_f32
from pywasm_vm.runtime.instances import FuncInst
from pywasm_vm.runtime.values import Value
from pywasm_vm.structure.types import F32, F64, V128, AbsHeapType, FuncType, RefType, ValType
from pywasm_vm.validation.matching import Scope

if TYPE_CHECKING:
    from pywasm_vm.execution.native.machine import Machine

__all__ = ["Payload", "direct_call", "entry_call", "host_step", "slots"]

MAIL = 8
"""WASM_BOX_MAIL."""

MAIL_WORDS = 4096
"""WASM_MAIL_WORDS."""

_WORD = (1 << 64) - 1


def slots(types: Sequence[ValType]) -> int:
    """How many words values of *types* take."""
    return sum(2 if t is V128 else 1 for t in types)


def host_step(machine: Machine, function: FuncInst) -> Callable[[], int]:
    """What is done when the guest calls *function*: it is called, and the guest goes on; a status."""
    step: Callable[[], int] = _step_factory(function.type)(machine, function, function.scope)
    return step


def direct_call(machine: Machine, function: FuncInst, record: Any) -> Callable[..., Value]:
    """A call of the guest function *function* with raw values, within a budget that somebody else has entered."""
    call: Callable[..., Value] = _direct_factory(function.type)(machine, record, function.scope)
    return call


def entry_call(machine: Machine, function: FuncInst, record: Any, budget: Budget) -> Callable[..., Value]:
    """The same with a budget of its own."""

    def slow(*arguments: Value) -> Value:
        with budget:
            return function.code(*arguments)

    call: Callable[..., Value] = _entry_factory(function.type)(machine, record, function.scope, budget, slow)
    return call


def _is_of_host(valtype: ValType) -> bool:
    return isinstance(valtype, RefType) and valtype.heap in (AbsHeapType.EXTERN, AbsHeapType.ANY)


class _Side:
    """The parameters or the results of a function type as text. *name* is what tells their variables from others."""

    def __init__(self, types: Sequence[ValType], name: str) -> None:
        self.types = types
        self.is_wide = slots(types) > MAIL_WORDS
        self.words, self.doubles = ("wide", "wide_doubles") if self.is_wide else ("words", "doubles")
        self.names = [f"{name}{position}" for position in range(len(types))]
        self._places = []
        place = 0 if self.is_wide else MAIL
        for valtype in types:
            self._places.append(place)
            place += 2 if valtype is V128 else 1

    def fetch(self) -> list[str]:
        """Before values are read or written."""
        return [f"{self.words}, {self.doubles} = machine.wide_mail({slots(self.types)})"] if self.is_wide else []

    def read(self) -> list[str]:
        """An expression for each value."""
        return [self._read(position) for position in range(len(self.types))]

    def write(self) -> list[str]:
        """Lines that put the variables `names` into the mail."""
        return self.fetch() + [line for position in range(len(self.types)) for line in self._write(position)]

    def _read(self, position: int) -> str:
        place, valtype = self._places[position], self.types[position]
        word = f"{self.words}[{place}]"
        if isinstance(valtype, RefType):
            return f"{self.names[position]}_ref({word})"
        if valtype is F64:
            return f"{self.doubles}[{place}]"
        if valtype is F32:
            return f"float_of({word})"
        return f"{word} | {self.words}[{place + 1}] << 64" if valtype is V128 else word

    def _write(self, position: int) -> list[str]:
        place, valtype, name = self._places[position], self.types[position], self.names[position]
        word = f"{self.words}[{place}]"
        if isinstance(valtype, RefType):
            return [f"{word} = {name}_word({name})"]
        if valtype is F64:
            return [f"{self.doubles}[{place}] = {name}"]
        if valtype is F32:
            return [f"{word} = word_of({name})"]
        if valtype is V128:
            return [f"{word} = {name} & {_WORD}", f"{self.words}[{place + 1}] = {name} >> 64"]
        return [f"{word} = {name}"]

    def setup(self) -> list[str]:
        """Lines that find out, once, how references get across. *crowded*: whether many may have."""
        lines = []
        for name, valtype in zip(self.names, self.types, strict=True):
            if isinstance(valtype, RefType):
                lines += [
                    f"    {name}_word = machine.writer({name}_type)",
                    f"    {name}_ref = machine.reader({name}_type, scope)",
                ]
        return lines

    def tidy(self) -> list[str]:
        """Before new references of the host cross: let those go that no guest holds, when there are many."""
        return ["if references.crowded:", "    references.collect()"] if any(map(_is_of_host, self.types)) else []

    def constants(self) -> dict[str, Any]:
        """What the text needs to know of types."""
        return {f"{name}_type": t for name, t in zip(self.names, self.types, strict=True) if isinstance(t, RefType)}


_SETUP = [
    "    handle, words, doubles = machine.handle, machine.words, machine.doubles",
    "    references = machine.references",
]


def _returned(results: _Side) -> list[str]:
    values = results.read()
    if not values:
        return ["return None"]
    return [*results.fetch(), f"return {values[0]}" if len(values) == 1 else f"return ({', '.join(values)})"]


@lru_cache(maxsize=4096)
def _step_factory(functype: FuncType) -> Callable[..., Any]:
    params, results = _Side(functype.params, "p"), _Side(functype.results, "r")
    arguments, taken = params.read(), results.tidy()
    if taken:
        # No guest holds the arguments any more: they are taken before anything is let go.
        taken = [*(f"{name} = {value}" for name, value in zip(params.names, arguments, strict=True)), *taken]
        arguments = params.names
    called = f"function.code({', '.join(arguments)})"
    given = f"{', '.join(results.names)} = {called}" if results.names else called
    throw = ["try:", f"    {given}", "except WasmException as error:", "    return machine.throw(error)"]
    body = [
        *params.fetch(),
        *taken,
        *throw,
        "if machine.metered:",
        "    machine.grant()",
        *results.write(),
        "return resume(handle)",
    ]
    lines = [
        "def bind(machine, function, scope):",
        *_SETUP,
        *params.setup(),
        *results.setup(),
        "    resume = machine.lib.wasm_machine_resume",
        "    def step():",
        *("        " + line for line in body),
        "    return step",
    ]
    return _compiled(lines, f"<call of the host, {functype}>", params, results)


class Payload:
    """What exceptions of a tag carry, on its way over the border. *functype* and *scope* are those of the tag."""

    def __init__(self, machine: Machine, functype: FuncType, scope: Scope) -> None:
        self.read: Callable[[], tuple[Value, ...]]
        """The raw values in the mail."""
        self.write: Callable[[Sequence[Value]], None]
        """Put raw values into the mail."""
        self.read, self.write = _payload_factory(functype.params)(machine, scope)


@lru_cache(maxsize=4096)
def _payload_factory(types: tuple[ValType, ...]) -> Callable[..., Any]:
    side = _Side(types, "p")
    names = "".join(f"{name}, " for name in side.names)
    unpacked = [f"{names} = values"] if names else []
    lines = [
        "def bind(machine, scope):",
        *_SETUP,
        *side.setup(),
        "    def read():",
        *("        " + line for line in side.fetch()),
        f"        return ({''.join(f'{value}, ' for value in side.read())})",
        "    def write(values):",
        *("        " + line for line in [*unpacked, *side.write()]),
        "        return None",
        "    return read, write",
    ]
    return _compiled(lines, "<exceptions>", side)


@lru_cache(maxsize=4096)
def _direct_factory(functype: FuncType) -> Callable[..., Any]:
    params, results = _Side(functype.params, "p"), _Side(functype.results, "r")
    body = [*params.tidy(), *params.write(), "run(call(handle, record, machine.fuel()))", *_returned(results)]
    lines = [
        "def bind(machine, record, scope):",
        *_SETUP,
        *params.setup(),
        *results.setup(),
        "    call, run = machine.lib.wasm_machine_call, machine.run",
        f"    def direct({', '.join(params.names)}):",
        f"        before = words[{ACTIVE}]",
        "        machine.direct += 1",
        "        try:",
        *("            " + line for line in body),
        "        except BaseException as error:",
        "            machine.clean_up(error, before)",
        "            raise",
        "        finally:",
        "            machine.direct -= 1",
        "    return direct",
    ]
    return _compiled(lines, f"<call of the guest, {functype}>", params, results)


@lru_cache(maxsize=4096)
def _entry_factory(functype: FuncType) -> Callable[..., Any]:
    params, results = _Side(functype.params, "p"), _Side(functype.results, "r")
    body = [
        *params.tidy(),
        *params.write(),
        f"status = call(handle, record, {SLICE})",
        "if status:",
        "    run(status)",
        *_returned(results),
    ]
    given = ", ".join(params.names)
    lines = [
        "def bind(machine, record, scope, budget, slow):",
        *_SETUP,
        *params.setup(),
        *results.setup(),
        "    call, run = machine.lib.wasm_machine_call, machine.run",
        "    acquire, release = budget._entrance.acquire, budget._entrance.release",
        f"    def entry({given}):",
        "        if machine.metered or not acquire(False):",
        f"            return slow({given})",
        "        budget._thread = get_ident()",
        "        budget._nesting = 1",
        "        try:",
        *("            " + line for line in body),
        "        except BaseException as error:",
        "            machine.clean_up(error, machine.direct)",
        "            raise",
        "        finally:",
        "            budget._nesting = 0",
        "            if budget._need:",
        "                budget._lower_limit()",
        "            budget._thread = 0",
        "            release()",
        "    return entry",
    ]
    return _compiled(lines, f"<call of the guest, {functype}>", params, results)


SLICE = 20_000_000
"""Fuel between two looks at signals for guests that nobody meters: some hundredths of a second."""

ACTIVE = 7
"""WASM_BOX_ACTIVE."""


def _compiled(lines: list[str], filename: str, *sides: _Side) -> Callable[..., Any]:
    namespace: dict[str, Any] = {
        "float_of": f32_reinterpret_i32,
        "word_of": i32_reinterpret_f32,
        "get_ident": get_ident,
        "WasmException": WasmException,
    }
    for side in sides:
        namespace.update(side.constants())
    exec(compile("\n".join(lines), filename, "exec"), namespace)
    bind: Callable[..., Any] = namespace["bind"]
    return bind
