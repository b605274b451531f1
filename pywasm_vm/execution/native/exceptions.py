"""Exceptions of guests on their way over the border.

Lives here: `Exceptions`, which knows the tags of a store and answers what C asks when something is thrown.
Not here: who catches what inside of a guest (native/exceptions.c), and what is thrown (runtime/exceptions.py).

C throws and catches by itself as long as nobody wants the exception as a thing: then it is a tag and values. It becomes an
`ExnInst` when a guest wants a reference to it, or when no guest catches it, and comes from one when a reference is thrown, or a
host function throws.

spec: exec/instructions, throw_ref and try_table
"""

from __future__ import annotations

from typing import Any

from pywasm_vm.errors import WasmException
from pywasm_vm.execution.native.crossing import Payload
from pywasm_vm.runtime.exceptions import ExnInst, thrown_again
from pywasm_vm.runtime.instances import TagInst

__all__ = ["Exceptions"]

_DETAIL, _MORE = 1, 2
"""WASM_BOX_DETAIL and WASM_BOX_MORE."""


class Exceptions:
    """The tags and the exceptions of the store that *machine*, a `Machine`, is."""

    def __init__(self, machine: Any) -> None:
        self._machine = machine
        self._tags: list[tuple[TagInst, Payload] | None] = [None]
        """By the word that C knows them by."""
        self._words: dict[TagInst, int] = {}

    def word_of(self, tag: TagInst) -> int:
        """The word for *tag*."""
        word = self._words.get(tag)
        if word is None:
            word = self._words[tag] = len(self._tags)
            self._tags.append((tag, Payload(self._machine, tag.type, tag.deftype.scope)))
        return word

    def throw(self, error: WasmException) -> int:
        """Throw *error* where the guest stands in a call of the host; a status.

        raises: *error*, when no guest of this call catches it.
        """
        machine, exn = self._machine, error.inst
        if not isinstance(exn, ExnInst):
            raise error
        machine.grant()
        if not self._is_caught(exn):
            raise error
        status: int = machine.go_on()
        return status

    def uncaught(self) -> int:
        """raises: WasmException, for what no guest catches."""
        raise thrown_again(self._thrown())

    def caught(self) -> int:
        """Somebody wants a reference to what was thrown: go on there; a status."""
        machine = self._machine
        reference = machine.references.word_of(self._thrown())
        machine.grant()
        machine.lib.wasm_machine_throw(machine.handle, machine.words[_DETAIL], reference)
        status: int = machine.go_on()
        return status

    def throw_ref(self) -> int:
        """Throw what a reference leads to; a status.

        raises: WasmException, when no guest of this call catches it.
        """
        machine = self._machine
        exn: ExnInst = machine.references.ref_of(machine.words[_MORE])
        machine.grant()
        if not self._is_caught(exn):
            raise thrown_again(exn)
        status: int = machine.go_on()
        return status

    def _thrown(self) -> ExnInst:
        """What the words say was thrown."""
        known = self._tags[self._machine.words[_DETAIL]]
        assert known is not None
        tag, payload = known
        return ExnInst(tag, payload.read())

    def _is_caught(self, exn: ExnInst) -> bool:
        """Let the guest go on where it catches *exn*, if it does."""
        machine, lib = self._machine, self._machine.lib
        tag = self.word_of(exn.tag)
        known = self._tags[tag]
        assert known is not None
        known[1].write(exn.fields)
        status = lib.wasm_machine_throw(machine.handle, tag, 0)
        if status == lib.WASM_CAUGHT:
            status = lib.wasm_machine_throw(machine.handle, tag, machine.references.word_of(exn))
        return bool(status == lib.WASM_DONE)
