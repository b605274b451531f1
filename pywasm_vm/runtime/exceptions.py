"""Exceptions of guests: what is thrown, and how it travels.

Lives here: `ExnInst`, and what the tiers that are written in Python raise to throw one.
Not here: tags (instances.py), and where exceptions are caught (the tiers).

A guest's exception travels as a `WasmException`, a Python exception. What is caught and thrown again is the same `ExnInst`, in a
new Python exception: that one has the back-trace of its own way.

spec: exec/runtime, exception instances
"""

from __future__ import annotations

from pywasm_vm.errors import Trap, TrapKind, WasmException
from pywasm_vm.runtime.instances import TagInst
from pywasm_vm.runtime.values import Value

__all__ = ["ExnInst", "thrown", "thrown_again"]


class ExnInst:
    """An exception: its tag, and the raw values that it carries. Also the raw value of a reference to it."""

    __slots__ = ("__weakref__", "fields", "tag")

    def __init__(self, tag: TagInst, fields: tuple[Value, ...]) -> None:
        self.tag = tag
        self.fields = fields

    def __repr__(self) -> str:
        return f"<exception {self.tag.type} {self.fields}>"


def thrown(tag: TagInst, fields: tuple[Value, ...]) -> WasmException:
    """What to raise for a new exception.

    spec: exec/instructions, throw
    """
    return WasmException(tag, fields, inst=ExnInst(tag, fields))


def thrown_again(exn: ExnInst | None) -> WasmException:
    """What to raise for *exn*, which a reference names.

    raises: Trap, for a null.
    spec: exec/instructions, throw_ref
    """
    if exn is None:
        raise Trap(TrapKind.NULL_EXCEPTION_REFERENCE)
    return WasmException(exn.tag, exn.fields, inst=exn)
