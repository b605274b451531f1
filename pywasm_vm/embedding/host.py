"""Host functions: what a program offers to a module, from Python callables to typed entries.

Lives here: the reading of "i32 i32 -> i32", the annotations I32, U32 … and the decorator `host_function`, and `Callbacks`, the
list of what a VM may import.
Not here: how values are converted when a call crosses the border (crossing.py) and how imports find these entries (linker.py).

A signature is written in one of three ways: as text, as annotations, or not at all; then the import's own type is taken.

spec: appendix/embedding, functions
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias, get_type_hints

from pywasm_vm.runtime.instances import FuncInst
from pywasm_vm.structure import types
from pywasm_vm.structure.types import AbsHeapType, FuncType, RefType, ValType

__all__ = [
    "F32",
    "F64",
    "I32",
    "I64",
    "U32",
    "U64",
    "Callback",
    "Callbacks",
    "HostFunction",
    "host_function",
    "parse_signature",
]


@dataclass(frozen=True, slots=True)
class Crossing:
    """How one annotated parameter or result crosses the border: its Wasm type, and whether Python sees its sign."""

    valtype: ValType
    signed: bool = True


I32: TypeAlias = Annotated[int, Crossing(types.I32)]
"""An i32 read as a signed number."""
I64: TypeAlias = Annotated[int, Crossing(types.I64)]
"""An i64 read as a signed number."""
U32: TypeAlias = Annotated[int, Crossing(types.I32, signed=False)]
"""An i32 read as 0 to 2**32 - 1: addresses and sizes."""
U64: TypeAlias = Annotated[int, Crossing(types.I64, signed=False)]
"""An i64 read as 0 to 2**64 - 1."""
F32: TypeAlias = Annotated[float, Crossing(types.F32)]
"""An f32."""
F64: TypeAlias = Annotated[float, Crossing(types.F64)]
"""An f64."""

_WORDS: dict[str, ValType] = {
    "i32": types.I32,
    "i64": types.I64,
    "f32": types.F32,
    "f64": types.F64,
    "v128": types.V128,
    "funcref": types.FUNCREF,
    "externref": types.EXTERNREF,
    "anyref": RefType(True, AbsHeapType.ANY),
    "eqref": RefType(True, AbsHeapType.EQ),
    "i31ref": RefType(True, AbsHeapType.I31),
    "structref": RefType(True, AbsHeapType.STRUCT),
    "arrayref": RefType(True, AbsHeapType.ARRAY),
}


def parse_signature(text: str) -> FuncType:
    """The function type that *text* writes down: parameters, an arrow, results, all as words.

    raises: ValueError for a text without exactly one arrow or with an unknown word.

    >>> str(parse_signature("i32 i64 -> i32"))
    '[i32 i64] -> [i32]'
    >>> str(parse_signature("->"))
    '[] -> []'
    """
    if not isinstance(text, str):
        raise TypeError(f'a signature is text such as "i32 i32 -> i32", not {text!r}')
    if text.count("->") != 1:
        raise ValueError(f'the signature {text!r} needs exactly one arrow, as in "i32 i32 -> i32", "i32 ->" or "->"')
    params, _, results = text.partition("->")
    return FuncType(_types(params, text), _types(results, text))


def _types(words: str, text: str) -> tuple[ValType, ...]:
    unknown = [word for word in words.split() if word not in _WORDS]
    if unknown:
        raise ValueError(f"the signature {text!r} holds the unknown word {unknown[0]!r}; known are {', '.join(_WORDS)}")
    return tuple(_WORDS[word] for word in words.split())


@dataclass(frozen=True, slots=True)
class HostFunction:
    """A Python callable with its Wasm type. Calling it calls the callable, so decorated functions stay ordinary functions."""

    module: str
    name: str
    type: FuncType
    function: Callable[..., Any]
    wants_caller: bool = False
    """The first parameter is a `Caller`, which takes no part in the Wasm type."""
    unsigned: frozenset[int] = frozenset()
    """Positions of the parameters that Python sees as unsigned numbers."""

    def __call__(self, *args: Any) -> Any:
        """What the plain function gives for *args*."""
        return self.function(*args)


def host_function(module: str, name: str | None = None) -> Callable[[Callable[..., Any]], HostFunction]:
    """A decorator: the function becomes the import *module*.*name*, its type read from its annotations.

    Every parameter is annotated with I32, I64, U32, U64, F32 or F64, the result with one of them, a tuple of them, or None. A
    first parameter of the name `caller` is given the calling instance. *name* is the function's own name when left out.

    raises: TypeError, naming the parameter, when an annotation is missing or is none of these; or when it stands without a name.

    >>> @host_function("env")
    ... def half(value: I32) -> I32:
    ...     return value // 2
    >>> str(half.type), half(7)
    ('[i32] -> [i32]', 3)
    """

    if not isinstance(module, str):
        raise TypeError(f'host_function needs the name of a module, as in @host_function("env"), not {module!r}')

    def decorate(function: Callable[..., Any]) -> HostFunction:
        hints = get_type_hints(function, include_extras=True)
        names = list(inspect.signature(function).parameters)
        wants_caller = names[:1] == ["caller"]
        crossings = [_crossing(function, parameter, hints) for parameter in names[wants_caller:]]
        return HostFunction(
            module,
            name or function.__name__,
            FuncType(tuple(crossing.valtype for crossing in crossings), _results(function, hints)),
            function,
            wants_caller,
            frozenset(i for i, crossing in enumerate(crossings) if not crossing.signed),
        )

    return decorate


def _crossing(function: Callable[..., Any], parameter: str, hints: dict[str, Any]) -> Crossing:
    for mark in getattr(hints.get(parameter), "__metadata__", ()):
        if isinstance(mark, Crossing):
            return mark
    raise TypeError(
        f"{function.__name__}: the parameter {parameter!r} needs an annotation that names its Wasm type: "
        "I32, I64, U32, U64, F32 or F64 of pywasm_vm"
    )


def _results(function: Callable[..., Any], hints: dict[str, Any]) -> tuple[ValType, ...]:
    if "return" not in hints:
        raise TypeError(f"{function.__name__}: the result needs an annotation: I32, I64, F32, F64, a tuple of them, or None")
    result = hints["return"]
    if result is type(None):
        return ()
    parts = result.__args__ if getattr(result, "__origin__", None) is tuple else (result,)
    return tuple(_crossing(function, "return", {"return": part}).valtype for part in parts)


@dataclass(slots=True)
class Callback:
    """What one import of a VM is answered with."""

    module: str
    name: str
    type: FuncType
    function: Callable[..., Any]
    inst: FuncInst | None = field(default=None, compare=False, repr=False)
    """The function of the host that guests import, made when one is linked. It belongs to no store, so clones share it."""


class Callbacks:
    """The host functions that a VM offers to its guest, by module and name. Every kind of VM keeps one."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], Callback] = {}

    def register(self, module: str, name: str, signature: str, function: Callable[..., Any]) -> None:
        """Offer *function* as *module*.*name*. The same name with the same signature takes the place of the old entry.

        raises: ValueError for an unreadable signature, or a name that is taken with another one; TypeError when *function*
            cannot be called.
        """
        functype = parse_signature(signature)
        if not callable(function):
            raise TypeError(f"{module}.{name}: the callback {function!r} cannot be called")
        known = self._entries.get((module, name))
        if known is not None and known.type != functype:
            raise ValueError(
                f"{module}.{name} is registered as {known.type} already; it cannot be registered as {functype} as well: "
                "an import has one type"
            )
        self._entries[module, name] = Callback(module, name, functype, function)

    def get(self, module: str, name: str) -> Callback | None:
        """The entry of that name, or None."""
        return self._entries.get((module, name))

    def __iter__(self) -> Iterator[Callback]:
        """All entries in the order of their first registration."""
        return iter(self._entries.values())

    def copy(self) -> Callbacks:
        """An independent list of the same entries."""
        copied = Callbacks()
        copied._entries.update(self._entries)
        return copied

    def resolve(self, module: str, name: str, wanted: FuncType) -> Callback | str:
        """The entry that answers the import *module*.*name* of type *wanted*, or the sentence that says why there is none."""
        found = self._entries.get((module, name))
        if found is None:
            return f"unknown import: {module}.{name}: no such import is offered{self._hint(module, name)}"
        if found.type != wanted:
            return f"incompatible import type: {module}.{name}: the module wants {wanted}, offered is {found.type}"
        return found

    def _hint(self, module: str, name: str) -> str:
        elsewhere = sorted({entry.module for entry in self if entry.name == name})
        if elsewhere:
            return f" (there is {', '.join(f'{other}.{name}' for other in elsewhere)})"
        near = near_matches(name, [entry.name for entry in self if entry.module == module])
        if near:
            return f" (near: {', '.join(near)})"
        if not any(entry.module == module for entry in self):
            return f" (nothing is offered in a module of the name {module!r})"
        return ""


def near_matches(name: str, names: list[str]) -> list[str]:
    """At most three of *names* that somebody who wrote *name* may have meant."""
    # Imported here: only a program that has made a mistake pays for it.
    from difflib import get_close_matches

    return get_close_matches(name, names, n=3, cutoff=0.75)
