"""The handlers of host functions, by name.

Lives here: `@hostcall`, which registers a handler and holds its parameters against the rows; the look-up.
Not here: the handlers, one file per chapter of the ABI document; the way from Wasm to a handler (marshal.py).

abi: 6 Host functions, 8 WASI
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from proxyabi.abi.hostcalls import HOSTCALLS
from proxyabi.abi.signature import Row
from proxyabi.abi.wasi import EMSCRIPTEN, WASI
from proxyabi.context.ports import ContextPort

__all__ = ["HANDLERS", "Handler", "hostcall"]

Function = Callable[..., Any]
Check = Callable[[ContextPort, Any], None]


@dataclass(frozen=True, slots=True)
class Handler:
    """What a host function does.

    *function* gets the effective context and the row's parameters as Python values, and gives the row's result: nothing, one
    value, or a tuple. It raises `Fail` for a status other than OK. *before*, if any, gets the context and the first parameter,
    before anything is read from the guest's memory.
    """

    name: str
    function: Function
    before: Check | None = None


HANDLERS: dict[str, Handler] = {}

_ROWS: dict[str, list[Row]] = {}
for _row in (*HOSTCALLS, *EMSCRIPTEN, *WASI):
    _ROWS.setdefault(_row.handler, []).append(_row)


def hostcall(name: str, *, before: Check | None = None) -> Callable[[Function], Function]:
    """Register the decorated function as the handler *name*; its parameters have to be those of each row that names it.

    raises: TypeError at import, when they are not.
    """

    def register(function: Function) -> Function:
        rows = _ROWS.get(name)
        if not rows:
            raise TypeError(f"{name}: no row of abi/hostcalls.py or abi/wasi.py names this handler")
        signature = inspect.signature(function).parameters
        parameters = list(signature)[1:]
        optional = {key for key in parameters if signature[key].default is not inspect.Parameter.empty}
        for row in rows:
            expected = expected_parameters(row)
            if [key for key in parameters if key in expected or key not in optional] != expected:
                raise TypeError(f"{name}: the row wants parameters {expected}, the handler has {parameters}")
        HANDLERS[name] = Handler(name, function, before)
        return function

    return register


def expected_parameters(row: Row) -> list[str]:
    """The names of what a handler gets for *row* besides the context: parameters, then fixed ones, then rooms to fill."""
    rooms = [result.name for result in row.results if result.kind.name == "room"]
    return [param.name for param in row.params] + list(row.fixed) + rooms
