"""Calls from Python into C and from C into Python, as one small Python function for each function type.

Lives here: the text of these functions, by which values get into the mail and out of it.
Not here: what the statuses mean (machine.py), and the checks of what programs give (embedding/crossing.py).

A call that crosses costs more than what it does, when it is short. So what can be known from the type is written down when the
function is linked: no loop over types, no attribute that could be a variable, one call into C.

An `entry` is for calls from outside by which no other call is under way. C takes the entrance of the machine on the way in, and
nothing else of what `Budget.__enter__` does is done: guests in C do not use Python's stack, and code that nobody meters has no
deadline. Only when C has something to say before it is done, the budget hears of the call. Where more is to be done from the
start (a call inside another one, fuel), the call is left to `slow`. An exception may come in between any two steps, by a signal:
`give_up` finds out how far things have come.

What comes in between may also go on afterwards, and may have called the same store: a signal handler, or what Python does when it
takes something away. Such a call finds the mail full of what belongs to others. `halfway` says so; while a host function runs the
mail is free. A call that finds it in use puts everything back (`Machine.pause`).

What is called *machine* here is the `Machine` of the store (machine.py), which uses this file.

spec: none; exec/runtime on this side of the border
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import get_ident
from typing import Any

from pywasm_vm.errors import WasmException
from pywasm_vm.execution.budget import Budget
from pywasm_vm.execution.tier import MISSING, Outside, Shell, ShellText
from pywasm_vm.numerics.floats import f32_reinterpret_i32, i32_reinterpret_f32
from pywasm_vm.runtime.instances import FuncInst
from pywasm_vm.runtime.values import Value
from pywasm_vm.structure.types import F32, F64, I32, I64, V128, AbsHeapType, FuncType, RefType, ValType
from pywasm_vm.validation.matching import Scope

__all__ = ["Payload", "direct_call", "entry_call", "host_step", "slots"]

MAIL = 9
"""WASM_BOX_MAIL."""

MAIL_WORDS = 4096
"""WASM_MAIL_WORDS."""

HIGH = sys.byteorder == "big"
"""Where the lower half of a word stands."""

_WORD = (1 << 64) - 1


def slots(types: Sequence[ValType]) -> int:
    """How many words values of *types* take."""
    return sum(2 if t is V128 else 1 for t in types)


def host_step(machine: Any, function: FuncInst) -> tuple[Callable[[], int], Callable[[], int]]:
    """What is done when the guest calls *function*: it is called, and the guest goes on; a status.

    The second one is for code that counts.
    """
    outside: Outside | None = getattr(function.code, "outside", None)
    if outside is None:
        outside = Outside(function.code, _unchanged, (), frozenset())
        factory = _step_factory(function.type, outside.signed, 0, False)
    else:
        factory = _step_factory(function.type, outside.signed, len(outside.first), True)
    steps: tuple[Callable[[], int], Callable[[], int]] = factory(machine, outside, function.scope)
    return steps


def _unchanged(value: Any) -> Any:
    return value


def direct_call(machine: Any, function: FuncInst, record: Any) -> Callable[..., Value]:
    """A call of the guest function *function* with raw values, within a budget that somebody else has entered."""
    call: Callable[..., Value] = _direct_factory(function.type)(machine, record, function.scope)
    return call


def entry_call(machine: Any, function: FuncInst, record: Any, budget: Budget, shell: Shell) -> Callable[..., Any]:
    """A call of the guest function *function* by a program, with *shell* around it."""

    def slow(*arguments: Value) -> Value:
        with budget:
            return function.code(*arguments)

    call: Callable[..., Any] = _entry_factory(function.type, shell.text)(machine, record, function.scope, budget, shell, slow)
    return call


def _is_of_host(valtype: ValType) -> bool:
    return isinstance(valtype, RefType) and valtype.heap in (AbsHeapType.EXTERN, AbsHeapType.ANY)


class _Side:
    """The parameters or the results of a function type as text. *name* is what tells their variables from others, *signed* which
    integers are read as signed numbers."""

    def __init__(self, types: Sequence[ValType], name: str, signed: frozenset[int] = frozenset()) -> None:
        self.types = types
        self._signed = signed
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
        if position in self._signed and not self.is_wide and valtype in (I32, I64):
            # The lower half of a word comes first where the machine has the guest's order of bytes.
            return f"ints[{2 * place + HIGH}]" if valtype is I32 else f"longs[{place}]"
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
        """Lines that find out, once, how references get across."""
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
    "    handle, address, words, doubles = machine.handle, machine.address, machine.words, machine.doubles",
    "    references, ints, longs = machine.references, machine.ints, machine.longs",
]


def _setup(*sides: _Side) -> list[str]:
    return [*_SETUP, *(line for side in sides for line in side.setup())]


def _returned(results: _Side) -> list[str]:
    values = results.read()
    if not values:
        return ["return None"]
    return [*results.fetch(), f"return {values[0]}" if len(values) == 1 else f"return ({', '.join(values)})"]


@lru_cache(maxsize=4096)
def _step_factory(functype: FuncType, signed: frozenset[int], extra: int, is_stranger: bool) -> Callable[..., Any]:
    """A function that binds (machine, outside, scope) to two steps. What a stranger gives has to be looked at."""
    params, results = _Side(functype.params, "p", signed), _Side(functype.results, "r")
    values = [
        f'({value}).to_bytes(16, "little")' if is_stranger and valtype is V128 else value
        for value, valtype in zip(params.read(), params.types, strict=True)
    ]
    given = ", ".join([*(f"first{i}" for i in range(extra)), *params.names])
    unpacked = f"{', '.join(results.names)} = result" if results.names else "pass"
    made = [f"result = function({given})"]
    if is_stranger and len(results.types) == 1 and results.types[0] in (I32, I64):
        mask = (1 << (32 if results.types[0] is I32 else 64)) - 1
        made += ["if type(result) is int:", f"    r0 = result & {mask}", "else:", "    r0 = convert(result)"]
    elif is_stranger and results.types:
        made += ["result = convert(result)", unpacked]
    else:
        made += [unpacked]
    body = [
        *params.fetch(),
        *(f"{name} = {value}" for name, value in zip(params.names, values, strict=True)),
        "machine.halfway = False",
        "try:",
        *("    " + line for line in made),
        "except WasmException as error:",
        "    return machine.throw(error)",
    ]
    # Slices measure what guests do. What the host does for them takes its time, too.
    timed = ["if machine.timed:", f"    longs[0] -= {HOST_CALL}"]
    # The arguments are Python's by now, so no collection can take them.
    end = [*results.tidy(), "machine.halfway = True", *results.write(), "return resume(address)"]
    lines = [
        "def bind(machine, outside, scope):",
        *_setup(params, results),
        "    resume, function, convert = machine.lib.wasm_machine_resume, outside.function, outside.convert",
        *(f"    first{i} = outside.first[{i}]" for i in range(extra)),
        "    def step():",
        *("        " + line for line in [*body, *timed, *end]),
        "    def counting_step():",
        *("        " + line for line in [*body, "machine.grant()", *end]),
        "    return step, counting_step",
    ]
    return _compiled(lines, f"<call of the host, {functype}>", params, results)


class Payload:
    """What exceptions of a tag carry, on its way over the border. *functype* and *scope* are those of the tag."""

    def __init__(self, machine: Any, functype: FuncType, scope: Scope) -> None:
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
        *_setup(side),
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
        *_setup(params, results),
        "    call, run, take = machine.lib.wasm_machine_call, machine.run, machine.take",
        f"    def direct({', '.join(params.names)}):",
        "        was_outside = take()",
        f"        before = words[{ACTIVE}]",
        "        paused = None",
        "        try:",
        "            if machine.halfway:",
        "                paused = machine.pause()",
        "            machine.halfway = True",
        *("            " + line for line in body),
        "        except BaseException as error:",
        "            machine.clean_up(error, before)",
        "            raise",
        "        finally:",
        "            if paused is not None:",
        "                machine.proceed(paused)",
        "            else:",
        "                machine.halfway = False",
        "            if was_outside:",
        "                machine.budget.leave()",
        "    return direct",
    ]
    return _compiled(lines, f"<call of the guest, {functype}>", params, results)


@lru_cache(maxsize=4096)
def _entry_factory(functype: FuncType, text: ShellText) -> Callable[..., Any]:
    params, results = _Side(functype.params, "p"), _Side(functype.results, "r")
    given = ", ".join(params.names)
    is_short = len(params.types) <= MOST_BY_HAND and all(t in (I32, I64) for t in params.types)
    way = _short_way if is_short else _long_way
    lines = [
        "def bind(machine, record, scope, budget, shell, slow):",
        *_setup(params, results),
        "    lib, run, leave = machine.lib, machine.run, budget.leave",
        f"    enter = lib.wasm_enter{len(params.types) if is_short else 0}",
        "    take, call, clean_up = lib.wasm_machine_take, lib.wasm_machine_call, machine.clean_up",
        "    function = machine.address_of(record)",
        "    convert, wrong_count, uncaught = shell.convert, shell.wrong_count, shell.uncaught",
        f"    def entry({text.parameters}):",
        *("        " + line for line in text.checks),
        "        status = None",
        "        try:",
        *("            " + line for line in way(params, results, text.returned)),
        "        except BaseException as error:",
        "            fail(error, status)",
        "            raise",
        f"        return inside({given})",
        # Python pays for each name from outside that a function has, used or not: what is rare has functions of its own.
        "    def the_rest(status):",
        *("        " + line for line in _the_rest(results, text.returned)),
        f"    def inside({given}):",
        *("        " + line for line in _inside(params, results, text.returned)),
        "    def fail(error, status):",
        "        machine.give_up(error, status)",
        "        uncaught(error)",
        "    return entry",
    ]
    return _compiled(lines, f"<call of the guest, {functype}>", params, results)


def _short_way(params: _Side, results: _Side, returned: str) -> list[str]:
    """A few integers go along with the call."""
    # Who has no results has gone already.
    done = [*_kept(results), f"words[{ENTRANCE}] = 0"] if results.types else []
    return [
        f"status = enter({', '.join(['function', *params.names])})",
        "if not status:",
        *("    " + line for line in [*done, f"return {returned}"]),
        f"if status != {BUSY}:",
        "    return the_rest(status)",
    ]


def _long_way(params: _Side, results: _Side, returned: str) -> list[str]:
    """Everything else goes by the mail, which belongs to whoever is inside."""
    return [
        f"if take(address) == {TAKEN}:",
        "    if not machine.metered:",
        *("        " + line for line in [*params.tidy(), *params.write()]),
        f"        status = call(handle, record, {SLICE})",
        "        if not status:",
        *("            " + line for line in [*_kept(results), f"words[{ENTRANCE}] = 0", f"return {returned}"]),
        "        return the_rest(status)",
        f"    words[{ENTRANCE}] = 0",
    ]


def _the_rest(results: _Side, returned: str) -> list[str]:
    """C has something to say before it is done. Written out: what `Budget.adopt` and `leave` do."""
    return [
        "machine.halfway = True",
        "budget.thread = get_ident()",
        "budget.nesting = 1",
        "budget.deadline = budget.end() if machine.timed else None",
        "run(status)",
        *_kept(results),
        "budget.nesting = 0",
        "if budget.need:",
        "    leave()",
        f"    return {returned}",
        "budget.thread = 0",
        f"words[{ENTRANCE}] = 0",
        f"return {returned}",
    ]


def _inside(params: _Side, results: _Side, returned: str) -> list[str]:
    """A host function calls the guest back, or steps are counted."""
    return [
        f"if budget.thread == get_ident() and budget.nesting < {SHALLOW} and not machine.metered and not machine.halfway:",
        "    budget.nesting += 1",
        f"    before = words[{ACTIVE}]",
        "    machine.halfway = True",
        "    try:",
        *("        " + line for line in [*params.tidy(), *params.write()]),
        f"        run(call(handle, record, {SLICE}))",
        *("        " + line for line in _kept(results)),
        "    except BaseException as error:",
        "        clean_up(error, before)",
        "        uncaught(error)",
        "        raise",
        "    finally:",
        "        machine.halfway = False",
        "        budget.nesting -= 1",
        f"    return {returned}",
        "try:",
        f"    {_assigned(results)}slow({', '.join(params.names)})",
        "except BaseException as error:",
        "    uncaught(error)",
        "    raise",
        f"return {returned}",
    ]


def _kept(results: _Side) -> list[str]:
    """Lines that take the results out of the mail."""
    return (
        [*results.fetch(), *(f"{name} = {value}" for name, value in zip(results.names, results.read(), strict=True))]
        if results.types
        else []
    )


def _assigned(results: _Side) -> str:
    return f"{', '.join(results.names)} = " if results.names else ""


MOST_BY_HAND = 4
"""Arguments that go along with a call: wasm_enter0 to wasm_enter4."""

SHALLOW = 4
"""Calls inside one another that Python's own recursion limit has room for: deeper ones raise it (`Budget.__enter__`)."""

SLICE = 20_000_000
"""Fuel between two looks at signals for guests that nobody meters: some hundredths of a second."""

HOST_CALL = 100_000
"""What a call of the host takes from a slice after which somebody looks at the clock."""

ENTRANCE = 6
"""WASM_BOX_ENTRANCE."""

ACTIVE = 7
"""WASM_BOX_ACTIVE."""

HELD = 8
"""WASM_BOX_HELD."""

TAKEN, MINE = 1, 2
"""WASM_TAKEN and WASM_MINE."""

BUSY = 31
"""WASM_BUSY."""


def _compiled(lines: list[str], filename: str, *sides: _Side) -> Callable[..., Any]:
    namespace: dict[str, Any] = {
        "float_of": f32_reinterpret_i32,
        "word_of": i32_reinterpret_f32,
        "WasmException": WasmException,
        "get_ident": get_ident,
        "missing": MISSING,
    }
    for side in sides:
        namespace.update(side.constants())
    exec(compile("\n".join(lines), filename, "exec"), namespace)
    bind: Callable[..., Any] = namespace["bind"]
    return bind
