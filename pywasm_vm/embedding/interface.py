"""The interface that every kind of VM has: ours in its tiers, a plugin in plain Python, another engine behind an adapter.

Lives here: `VmInterface`, `VmFunction`, the order in which its methods may be called, and the order in which a guest is started.
Not here: any VM (vm.py is ours; others live with the programs that need them).

A host that knows only this page runs on all of them. All raise the exceptions of `pywasm_vm.errors`; what a callback raises
passes through the guest's frames and comes out as itself.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Protocol

from pywasm_vm.embedding.host import parse_signature
from pywasm_vm.errors import Unlinkable
from pywasm_vm.structure.types import FuncType

__all__ = ["Stage", "VmFunction", "VmInterface", "start_guest"]


class VmFunction(Protocol):
    """An exported function. Integers go in signed or unsigned and come out unsigned."""

    @property
    def name(self) -> str:
        """The name it is exported under."""

    @property
    def type(self) -> FuncType:
        """What it takes and gives."""

    def __call__(self, *args: Any) -> Any:
        """Run it: None without results, the result, or a tuple of several.

        raises: TypeError or ValueError for arguments that do not fit, Trap, and whatever a callback raises.
        """


class VmInterface(Protocol):
    """One guest: bytes are loaded, linked with callbacks, started, and then called.

    Used by one thread at a time.
    """

    @property
    def tier(self) -> str:
        """The name of what runs the code."""

    fuel: int | None
    """Steps the guest may still take, None for no bound. What a step is depends on the tier. Setting it refills it."""

    def register_callback(self, module: str, name: str, signature: str, callback: Callable[..., Any]) -> None:
        """Offer *callback* as the import *module*.*name* of type *signature*, "i32 i32 -> i32".

        It is called with unsigned integers and floats. Of its result, an integer is taken modulo 2**n.
        raises: ValueError for an unreadable signature, or for a name that is registered with another one.
        """

    def load(self, bytecode: bytes) -> None:
        """Take the module in and check it.

        raises: Malformed, Invalid.
        """

    def link(self, name: str = "") -> None:
        """Answer the imports, make the instance and run the module's own start function. *name* is what messages call it.

        Imported memories and tables are made with the limits the module declares; imported globals are refused.
        raises: Unlinkable with a sentence for each import that cannot be answered; Trap.
        """

    def start(self) -> None:
        """Run what makes the guest ready: `_initialize`, then `main(0, 0)` or else `__main_void`; without it `_start`.

        raises: Trap.
        """

    def get_function(self, name: str) -> VmFunction | None:
        """The exported function of that name, None when there is none."""

    def get_memory(self, pointer: int, size: int) -> bytes:
        """A copy of *size* bytes at *pointer*.

        raises: OutOfBounds.
        """

    def set_memory(self, pointer: int, data: bytes) -> None:
        """Write *data* at *pointer*; nothing is written when it does not fit.

        raises: OutOfBounds.
        """

    def memory_size(self) -> int:
        """Bytes of the guest's memory, 0 when it has none."""

    def clone(self) -> VmInterface:
        """A new guest of the same module, callbacks and limits: linked, not started, sharing code and nothing that changes."""

    def set_deadline(self, seconds: float | None) -> None:
        """Give each following call into the guest, counted from the outermost one, so many seconds; None takes the bound away.

        A guest that needs longer is stopped with Exhausted.
        """


class Stage(Enum):
    """How far a VM has come. The value says what to do next."""

    NEW = "call load(bytecode) first"
    LOADED = "call link() first"
    LINKED = ""

    def require(self, wanted: Stage, what: str) -> None:
        """Refuse *what* when it comes too early.

        raises: RuntimeError that names the step that is missing.
        """
        order = list(Stage)
        if order.index(self) < order.index(wanted):
            raise RuntimeError(f"{what}: this VM is not ready for it, {self.value}")


_START_FUNCTIONS = {"_initialize": "->", "main": "i32 i32 -> i32", "__main_void": "-> i32", "_start": "->"}


def start_guest(vm: VmInterface) -> None:
    """Run what makes the guest of *vm* ready, in the order hosts have agreed on. Results are ignored.

    A guest that exports `_initialize` gets that and then `main(0, 0)`, or `__main_void()` when there is no `main`; any other gets
    `_start`, when it exports one.
    raises: Unlinkable when one of these is exported with another type; Trap.
    """
    initialize = _start_function(vm, "_initialize")
    if initialize is None:
        start = _start_function(vm, "_start")
        if start is not None:
            start()
        return
    main, main_void = _start_function(vm, "main"), _start_function(vm, "__main_void")
    initialize()
    if main is not None:
        main(0, 0)
    elif main_void is not None:
        main_void()


def _start_function(vm: VmInterface, name: str) -> VmFunction | None:
    function = vm.get_function(name)
    wanted = parse_signature(_START_FUNCTIONS[name])
    if function is not None and function.type != wanted:
        raise Unlinkable([f"incompatible export type: {name}: hosts call it as {wanted}, the module exports {function.type}"])
    return function
