"""How values cross the border between a program and a guest, in both directions.

Lives here: checking and converting arguments and results, prepared once for each function type.
Not here: finding the functions (linker.py, api.py), how values are held inside (runtime/values.py), and converting one alone
(runtime/conversion.py).

A call that crosses costs more than what it does, when it is short. So the checks of a function type are written as one small
Python function, compiled once per type and bound to each function of that type: a plain integer in range costs one comparison,
and everything unusual goes to `_Arguments` or `_Result`, which know the names for a good message.

spec: appendix/embedding, values
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from operator import index
from typing import Any, cast

from pywasm_vm.embedding.waiting import awaited
from pywasm_vm.errors import WasmException
from pywasm_vm.execution.budget import Budget
from pywasm_vm.execution.tier import MISSING, Outside, Shell, ShellText, Tier
from pywasm_vm.runtime.conversion import Wrap, from_guest, show_exception, to_guest
from pywasm_vm.runtime.instances import FuncInst
from pywasm_vm.runtime.values import BITS
from pywasm_vm.structure import types
from pywasm_vm.structure.types import FuncType, ValType
from pywasm_vm.validation.matching import Scope

__all__ = ["from_guest", "guest_function", "host_entry", "show_exception", "to_guest", "vm_function"]


def vm_function(name: str, functype: FuncType, code: Callable[..., Any], *, signed: bool = False) -> Any:
    """The callable a program gets for the export *name*, whose inside is *code*: a function with `.name` and `.type`.

    It checks the arguments, calls *code* with unsigned integers, and returns what *code* gives: integers unsigned, or *signed*.
    raises: TypeError for a wrong number or kind of arguments, ValueError for an integer that does not fit; both name the
        function, the parameter and what is expected.
    """
    arguments = _Arguments(name, functype)
    shell = Shell(_shell_text(functype, signed), arguments.convert, arguments.wrong_count, bool)
    call = _outer_factory(shell.text, functype, "code({})", "code")(shell, code)
    return _labelled(call, name, functype)


def guest_function(name: str, tier: Tier, func: FuncInst, budget: Budget, wrap: Wrap, *, signed: bool = False) -> Any:
    """The same for a function of a store: `invoke` of its *tier* is called with *func*, the arguments and *budget*, or what the
    tier has instead of it for calls of *func*.

    An exception that the guest lets out is made fit to be seen with *wrap*; see `show_exception`.
    """
    functype = func.type
    arguments = _Arguments(name, functype, func.scope)
    text = _shell_text(functype, signed)
    shell = Shell(text, arguments.convert, arguments.wrong_count, partial(_show, wrap=wrap))
    call = tier.entry(func, budget, shell)
    if call is None:
        factory = _outer_factory(text, functype, "invoke(func, ({}), budget)", "invoke, func, budget")
        call = factory(shell, tier.invoke, func, budget)
    return _labelled(call, name, functype)


def _show(error: BaseException, wrap: Wrap) -> None:
    if isinstance(error, WasmException):
        show_exception(error, wrap)


def _labelled(call: Any, name: str, functype: FuncType) -> Any:
    call.__name__ = call.__qualname__ = call.name = name
    call.type = functype
    return call


def host_entry(
    name: str,
    functype: FuncType,
    function: Callable[..., Any],
    *,
    scope: Scope = (),
    signed: frozenset[int] = frozenset(),
    first: tuple[Any, ...] = (),
) -> Callable[..., Any]:
    """What a guest calls for the import *name*, which *function* answers.

    *scope* says what a type index in *functype* stands for. The parameters at the positions in *signed* are given as signed
    numbers, the others as they are inside. *first* stands before them. An integer result is taken modulo 2**n.
    A function that is `async def` is waited for, see waiting.py.
    raises (when called): TypeError naming *name* when the result is not what *functype* says.
    """
    function, convert = awaited(name, function), _Result(name, functype, scope).convert
    entry = _inner_factory(functype, signed, len(first))(function, convert, *first)
    entry.outside = Outside(function, convert, first, signed)
    return cast(Callable[..., Any], entry)


class _Arguments:
    """The unusual cases of one exported function's arguments."""

    def __init__(self, name: str, functype: FuncType, scope: Scope = ()) -> None:
        self.name = name
        self.type = functype
        self.scope = scope

    def convert(self, position: int, value: Any) -> Any:
        """Argument *position* as it is held inside."""
        try:
            return to_guest(value, self.type.params[position], self.scope)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{self.name}, parameter {position + 1} of {len(self.type.params)}: {error}") from None

    def wrong_count(self, args: tuple[Any, ...]) -> None:
        """Refuse the call: *args* are too few or too many."""
        given = sum(arg is not MISSING for arg in args)
        wanted = len(self.type.params)
        raise TypeError(f"{self.name} takes {wanted} argument{'s' * (wanted != 1)}, of type {self.type}; {given} given")


class _Result:
    """The unusual cases of one host function's results."""

    def __init__(self, name: str, functype: FuncType, scope: Scope = ()) -> None:
        self.name = name
        self.type = functype
        self.scope = scope

    def convert(self, value: Any) -> Any:
        """What the host function gave, as it is held inside."""
        types_ = self.type.results
        if len(types_) == 1:
            return self._one(value, types_[0])
        if not isinstance(value, tuple | list) or len(value) != len(types_):
            raise TypeError(f"the host function {self.name} returned {value!r}; expected {len(types_)} values, of {self.type}")
        return tuple(self._one(part, t) for part, t in zip(value, types_, strict=True))

    def _one(self, value: Any, valtype: ValType) -> Any:
        bits = BITS.get(valtype)
        try:
            return to_guest(value, valtype, self.scope) if bits is None else index(value) & ((1 << bits) - 1)
        except (TypeError, ValueError):
            raise TypeError(f"the host function {self.name} returned {value!r}; expected {valtype}, of {self.type}") from None


@lru_cache(maxsize=4096)
def _shell_text(functype: FuncType, signed: bool) -> ShellText:
    """What stands around a call from a program of a function of that type."""
    names = [f"p{i}" for i in range(len(functype.params))]
    last = f" or {names[-1]} is missing" if names else ""
    # One parameter too many, for the message; Python has its own for more.
    checks = [f"if more is not missing{last}:", f"    wrong_count(({''.join(f'{name}, ' for name in names)}more))"]
    for i, (name, valtype) in enumerate(zip(names, functype.params, strict=True)):
        checks.append(f"{_unless_usual(name, valtype)}{name} = convert({i}, {name})")
    seen = [_seen(f"r{i}", t, signed) for i, t in enumerate(functype.results)]
    returned = seen[0] if len(seen) == 1 else f"({', '.join(seen)})" if seen else "None"
    return ShellText("".join(f"{name}=missing, " for name in (*names, "more")) + "/", tuple(checks), returned)


@lru_cache(maxsize=4096)
def _outer_factory(text: ShellText, functype: FuncType, form: str, bound: str) -> Callable[..., Any]:
    """A function that binds (shell, *bound*) to a checked call; *form* is the call inside."""
    called = form.format("".join(f"p{i}, " for i in range(len(functype.params))))
    results = ", ".join(f"r{i}" for i in range(len(functype.results)))
    lines = [
        f"def bind(shell, {bound}):",
        "    convert, wrong_count, uncaught = shell.convert, shell.wrong_count, shell.uncaught",
        f"    def call({text.parameters}):",
        *("        " + line for line in text.checks),
        "        try:",
        f"            {f'{results} = ' if results else ''}{called}",
        "        except WasmException as error:",
        "            uncaught(error)",
        "            raise",
        f"        return {text.returned}",
        "    return call",
    ]
    return _compiled(lines, f"<call of {functype}>")


@lru_cache(maxsize=4096)
def _inner_factory(functype: FuncType, signed: frozenset[int], extra: int) -> Any:
    """A function that binds (function, convert, *first*) to an entry that guests call."""
    names = [f"p{i}" for i in range(len(functype.params))]
    firsts = [f"first{i}" for i in range(extra)]
    given = [_seen(name, t, i in signed) for i, (name, t) in enumerate(zip(names, functype.params, strict=True))]
    called = f"function({', '.join(firsts + given)})"
    lines = [
        f"def bind({', '.join(['function', 'convert', *firsts])}):",
        f"    def entry({', '.join(names)}):",
    ]
    results = functype.results
    bits = BITS.get(results[0]) if len(results) == 1 else None
    if not results:
        lines.append(f"        {called}")
    elif bits is None:
        lines.append(f"        return convert({called})")
    else:
        lines += [
            f"        result = {called}",
            "        if type(result) is int:",
            f"            return result & {(1 << bits) - 1}",
            "        return convert(result)",
        ]
    lines.append("    return entry")
    return _compiled(lines, f"<host function of {functype}>")


def _unless_usual(name: str, valtype: ValType) -> str:
    """The condition, with its colon, under which an argument must be converted; empty when it always must."""
    bits = BITS.get(valtype)
    if bits is not None:
        return f"if type({name}) is not int or not 0 <= {name} < {1 << bits}: "
    if valtype is types.F64:
        return f"if type({name}) is not float: "
    return ""


def _seen(expression: str, valtype: ValType, signed: bool) -> str:
    """*expression* as programs see it. The plus makes a number of the bool that a comparison may have left."""
    bits = BITS.get(valtype)
    if bits is None:
        return f'({expression}).to_bytes(16, "little")' if valtype is types.V128 else expression
    return f"({expression} ^ {1 << (bits - 1)}) - {1 << (bits - 1)}" if signed else f"+{expression}"


def _compiled(lines: list[str], filename: str) -> Callable[..., Any]:
    namespace: dict[str, Any] = {"WasmException": WasmException, "missing": MISSING}
    exec(compile("\n".join(lines), filename, "exec"), namespace)
    bind: Callable[..., Any] = namespace["bind"]
    return bind
