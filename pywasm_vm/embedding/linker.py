"""Imports and what answers them: from names to externs.

Lives here: `Linker`, the names a program offers, and the comparison of what a module wants with what is offered.
Not here: what host functions are (host.py), and what happens once everything is found (instantiate.py).

Nothing stops at the first mistake: all imports that cannot be answered are named in one `Unlinkable`, a sentence each.

spec: exec/modules, instantiation (step 3); valid/matching, external types
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pywasm_vm.embedding.crossing import host_entry, to_guest
from pywasm_vm.embedding.host import HostFunction, near_matches, parse_signature
from pywasm_vm.errors import Invalid, Unlinkable
from pywasm_vm.runtime.instances import Extern, FuncInst, GlobalInst, TagInst
from pywasm_vm.runtime.memory import MemInst
from pywasm_vm.runtime.table import TableInst
from pywasm_vm.structure.module import ExternKind, Import, Module
from pywasm_vm.structure.types import ExternType, FuncType, GlobalType, RefType, TagType
from pywasm_vm.validation.matching import DefType, Scope, extern_matches

__all__ = ["Linker", "import_types", "kind_of"]

_KINDS: dict[type, ExternKind] = {
    FuncInst: ExternKind.FUNC,
    TableInst: ExternKind.TABLE,
    MemInst: ExternKind.MEMORY,
    GlobalInst: ExternKind.GLOBAL,
    TagInst: ExternKind.TAG,
}


class Linker:
    """What a program offers to modules, by module name and name.

    *imports* may be a mapping of mappings, `{"env": {"log": print}}`; a value of the outer mapping may also be an `Instance`,
    whose exports are offered. It may be anything that `add` takes, too.
    """

    def __init__(self, imports: Mapping[str, Any] | Iterable[HostFunction] | None = None) -> None:
        self._offers: dict[str, dict[str, Any]] = {}
        if isinstance(imports, Mapping):
            for module, members in imports.items():
                for name, value in _members(module, members).items():
                    self.define(module, name, value)
        elif imports is not None:
            self.add(imports)

    def define(self, module: str, name: str, value: Any, signature: FuncType | str | None = None) -> None:
        """Offer *value* as *module*.*name*: a callable, a decorated host function, an export, or a number for a constant global.

        *signature* is the type of a callable; without it a callable takes the type that the import asks for.
        """
        if signature is not None:
            functype = parse_signature(signature) if isinstance(signature, str) else signature
            value = HostFunction(module, name, functype, value)
        self._offers.setdefault(module, {})[name] = value

    def add(self, source: Any) -> None:
        """Offer the decorated host functions in *source*: one of them, an iterable of them, or an object whose attributes they
        are, such as a Python module.

        raises: TypeError for an object without one, and for anything else in an iterable.
        """
        if isinstance(source, HostFunction):
            functions = [source]
        elif isinstance(source, Iterable):
            functions = list(source)
        else:
            members = getattr(source, "__dict__", {})
            functions = [item for item in members.values() if isinstance(item, HostFunction)]
            if not functions:
                raise TypeError(f"{source!r} holds no function decorated with host_function")
        for function in functions:
            if not isinstance(function, HostFunction):
                raise TypeError(f"{function!r} is not decorated with host_function: where is it to be offered?")
            self.define(function.module, function.name, function)

    def resolve(self, module: Module, scope: Scope, caller: Any, wrap: Callable[[Any], Any]) -> list[Extern]:
        """What answers the imports of *module*, whose types are *scope*, in order.

        *caller* is given to the host functions that ask for it, and *wrap* makes of a reference to a function what programs see.
        raises: Unlinkable.

        spec: exec/modules, instantiation
        """
        externs: list[Extern] = []
        problems: list[str] = []
        for item, wanted in zip(module.imports, import_types(module), strict=True):
            offered = self._offers.get(item.module, {}).get(item.name, _NOTHING)
            if offered is _NOTHING:
                problems.append(f"unknown import: {item.module}.{item.name}: no such import is offered{self._hint(item)}")
                continue
            try:
                externs.append(_extern(item, wanted, scope, offered, caller, wrap))
            except _Unfit as unfit:
                problems.append(f"incompatible import type: {item.module}.{item.name}: {unfit}")
        if problems:
            raise Unlinkable(problems)
        return externs

    def _hint(self, item: Import) -> str:
        members = self._offers.get(item.module)
        if members is None:
            offered = ", ".join(sorted(self._offers)) or "nothing"
            return f" (no module of the name {item.module!r}; there is {offered})"
        near = near_matches(item.name, list(members))
        return f" (near: {', '.join(near)})" if near else ""


_NOTHING = object()


def kind_of(inst: Any) -> type:
    """What *inst* is to programs, whichever tier has made it: a class of runtime/, or its own."""
    return next((base for base in type(inst).__mro__ if base in _KINDS), type(inst))


class _Unfit(Exception):
    """What is offered is not what the module wants; the text says both."""


def import_types(module: Module) -> list[ExternType]:
    """The type of each import, in order. *module* need not be valid.

    raises: Invalid for a function import whose type index names no function type.
    """
    subtypes = module.subtypes()
    found: list[ExternType] = []
    for item in module.imports:
        if isinstance(item.desc, int):
            comptype = subtypes[item.desc].comptype if item.desc < len(subtypes) else None
            if not isinstance(comptype, FuncType):
                raise Invalid(f"unknown type: the import {item.module}.{item.name} names type {item.desc}", offset=item.offset)
            found.append(comptype)
        else:
            found.append(item.desc)
    return found


def _members(module: str, members: Any) -> Mapping[str, Any]:
    if isinstance(members, Mapping):
        return members
    exports = getattr(members, "exports", None)
    if exports is not None:
        return {name: exports[name] for name in exports}
    raise TypeError(f"the imports for {module!r} must be a mapping of names or an instance, not {members!r}")


def _extern(item: Import, wanted: ExternType, scope: Scope, offered: Any, caller: Any, wrap: Callable[[Any], Any]) -> Extern:
    """The extern that *offered* stands for. *scope* are the types of the module that imports it.

    raises: _Unfit.
    """
    inst = getattr(offered, "inst", None)
    if inst is None:
        if isinstance(item.desc, int) and isinstance(wanted, FuncType):
            return _function(item, wanted, scope, scope[item.desc], offered, caller, wrap)
        if isinstance(wanted, GlobalType) and isinstance(offered, int | float):
            return _constant(wanted, offered)
        raise _Unfit(f"the module wants a {item.kind}, offered is {offered!r}")
    kind = _KINDS.get(kind_of(inst))
    if kind is not item.kind:
        raise _Unfit(f"the module wants a {item.kind}, offered is a {kind or type(inst).__name__}")
    if not _matches(inst, item, wanted, scope):
        wanted_words, offered_words = _described(wanted, scope), str(inst.type)
        another = ", which is declared as another type" if wanted_words == offered_words else ""
        raise _Unfit(f"the module wants {wanted_words}, offered is {offered_words}{another}")
    extern: Extern = inst
    return extern


def _matches(inst: Extern, item: Import, wanted: ExternType, scope: Scope) -> bool:
    """Whether *inst* may be imported as *item*, which is of type *wanted* in the words of *scope*."""
    if isinstance(inst, FuncInst):
        if not isinstance(item.desc, int):
            return False
        deftype = scope[item.desc]
        return inst.deftype is deftype if item.exact else inst.deftype.matches(deftype)
    if isinstance(inst, TagInst):
        return isinstance(wanted, TagType) and inst.deftype is scope[wanted.type_index]
    return extern_matches(inst.type, () if isinstance(inst, MemInst) else inst.scope, wanted, scope)


def _described(wanted: ExternType, scope: Scope) -> str:
    return str(scope[wanted.type_index].comptype) if isinstance(wanted, TagType) else str(wanted)


def _function(
    item: Import, wanted: FuncType, scope: Scope, deftype: DefType, offered: Any, caller: Any, wrap: Callable[[Any], Any]
) -> FuncInst:
    """A function of the host for *item*. A Python callable is of no declared type, so it becomes one of the import's."""
    name = f"{item.module}.{item.name}"
    first: tuple[Any, ...] = ()
    # A callable that says nothing of signs gets signed numbers, as the exports give them.
    unsigned: frozenset[int] = frozenset()
    if isinstance(offered, HostFunction):
        if offered.type != wanted:
            raise _Unfit(f"the module wants {wanted}, offered is {offered.type}")
        function = offered.function
        first = (caller,) if offered.wants_caller else ()
        unsigned = offered.unsigned
    elif callable(offered):
        function = offered
    else:
        raise _Unfit(f"the module wants a function, offered is {offered!r}, which cannot be called")
    if any(isinstance(t, RefType) for t in wanted.params):
        function = _wrapping(function, wrap, len(first), wanted)
    signed = frozenset(range(len(wanted.params))) - unsigned
    entry = host_entry(name, wanted, function, scope=scope, signed=signed, first=first)
    return FuncInst(wanted, entry, deftype=deftype, name=name)


def _wrapping(function: Callable[..., Any], wrap: Callable[[Any], Any], skip: int, functype: FuncType) -> Callable[..., Any]:
    """*function*, with references as programs see them."""
    marks = [False] * skip + [isinstance(t, RefType) for t in functype.params]

    def wrapped(*args: Any) -> Any:
        return function(*[wrap(arg) if mark else arg for arg, mark in zip(args, marks, strict=True)])

    return wrapped


def _constant(wanted: GlobalType, value: float) -> GlobalInst:
    if wanted.mutable:
        raise _Unfit(f"the module wants {wanted}, and a number can only be a constant: offer a Global")
    try:
        return GlobalInst(wanted, to_guest(value, wanted.valtype))
    except (TypeError, ValueError) as error:
        raise _Unfit(str(error)) from None
