"""Bytes for the C core, which reads function bodies out of a binary.

Lives here: `with_source`, which writes a binary of a module that came out of a text, and the way back from its places.
Not here: the writing itself (binary/encode.py).
"""

from __future__ import annotations

from pywasm_vm.limits import Limits
from pywasm_vm.structure.module import Module

__all__ = ["Places", "with_source"]


class Places:
    """From places in the binary that C reads to places in what the module came from."""

    def __init__(self, module: Module, binary: Module) -> None:
        self._module = module
        self._binary = binary

    def places(self, body: int) -> list[int]:
        """The place in the binary of each instruction of body number *body*."""
        return [offset for _row, _immediates, offset in self._binary.funcs[body].body]

    def original(self, body: int, offset: int) -> int | None:
        """The place of the instruction at *offset* of body number *body*."""
        if self._module is self._binary:
            return offset
        pairs = zip(self._binary.funcs[body].body, self._module.funcs[body].body, strict=True)
        return next((here[2] for there, here in pairs if there[2] == offset), None)


def with_source(module: Module) -> tuple[Module, Places]:
    """*module*, or its like that came out of a binary."""
    if module.source is not None:
        return module, Places(module, module)
    from pywasm_vm.binary.decode import decode_module
    from pywasm_vm.binary.encode import encode_module

    unlimited = Limits(function_body_bytes=1 << 30)
    binary = decode_module(encode_module(module), unlimited)
    return binary, Places(module, binary)
